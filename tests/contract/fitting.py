"""All calls that fit something, found by what they say of themselves, and one small run of each."""

import importlib
import inspect
import pkgutil
import re
import sys
import typing
from functools import cache

import numpy as np
import torch

import mmlib
from mmlib import (
    arterial,
    data,
    discrepancy,
    fluxes,
    gaps,
    gp,
    hyperelastic,
    identify,
    mixed_effects,
    multistart,
    nets,
    neural_ode,
    pinn,
    random_features,
    rate_laws,
    reactions,
    sbinn,
    surfaces,
    twin,
    wall_shear,
)
from mmlib.pinn import dde
from mmlib.systems import growing_ring, herg
from mmlib.systems.artery import Artery, carotid_inflow, pulse_wave
from mmlib.systems.glucose_insulin import published_start

ELSEWHERE = ("mmlib.reproduce", "mmlib.exercises", "mmlib.claims", "mmlib.data.")
INNER = ("mmlib.gp.", "mmlib.identify.", "mmlib.optim.", "mmlib.petab.", "mmlib.pinn.")  # reached through their package
SAID = re.compile(r"(Fit|Refit|Train|Learn|Infer|Calibrate|Minimise|Identify|Estimate)\b")
NAMED = re.compile(r"(fit|refit|train|regress|calibrate|infer|identify|estimate)(_|$)")
ASKED = {"iterations", "restarts", "rounds", "stages", "n_models", "starts"}
NO_FIT = {
    "collocation.gauss": "its stages are those of a time step",
    "identify.weigh_film": "as identify.weigh",
    "identify.weigh": "rows of equal error; the law that they need on the way is least squares, and is not returned",
}


def public_functions():
    for found in pkgutil.walk_packages(mmlib.__path__, "mmlib."):
        name = found.name
        if name.startswith((*ELSEWHERE, *INNER)) or "._" in name or name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            thing = getattr(module, public)
            if inspect.isfunction(thing) and thing.__module__.startswith(name):
                yield f"{name.removeprefix('mmlib.')}.{public}", thing


def answers(function):
    """Classes that the annotation of a function's answer names."""
    told = inspect.signature(function).return_annotation
    if told is inspect.Signature.empty:
        return []
    told = eval(told, vars(sys.modules[function.__module__])) if isinstance(told, str) else told
    return [c for c in (told, *typing.get_args(told)) if inspect.isclass(c)]


def has_verdict(kind):
    return "verdict" in getattr(kind, "__annotations__", {}) or hasattr(kind, "verdict")


def fits(name, function):
    """By its words, its name, its arguments or its answer."""
    return (
        SAID.match(inspect.getdoc(function) or "")
        or NAMED.match(name.rpartition(".")[2])
        or ASKED & set(inspect.signature(function).parameters)
        or any(map(has_verdict, answers(function)))
    )


@cache
def fitting():
    """{name: function} of all public calls that fit."""
    return {name: f for name, f in public_functions() if name not in NO_FIT and fits(name, f)}


def uses_torch(function):
    return "torch" in vars(sys.modules[function.__module__])


# -- one small run of each: name -> (device, …) -> what it returns

T = np.linspace(0, 1, 15)
Y = np.sin(6 * T)
LEVELS, TWO = [(T, Y), (T[::3], 2 * Y[::3])], [(T, Y), (T[::2], Y[::2] ** 2)]
PLACES = np.random.default_rng(0).uniform(-1, 1, (30, 2))
GAUSS_NEWTON = {"iterations": 6, "seed": 0}


def chain():
    """A network of two reactions: two of the first make one of the second."""
    ends, names = (np.zeros(2), np.array([10.0, 99.0])), (("in", "out"), ("m",), ("", ""), ())
    return fluxes.Network(np.array([[1.0, -2.0]]), *ends, np.array([0.0, 1.0]), *names)


def rows(**place):
    x = torch.linspace(-1, 1, 20, dtype=torch.float64, device="cpu")[:, None]
    data = (x, torch.sin(3 * x))
    return nets.fit_rows(
        nets.mlp([1, 5, 1], seed=0), lambda f, x: f(x), lambda z, y: z - y, data, iterations=6, **place
    )


def sequences(cell="GRU", **place):
    x = np.random.default_rng(0).choice([-1.0, 1.0], (20, 5, 1))
    return nets.fit_sequences(nets.Recurrent(cell, 1, 4, seed=0), x, x, seed=0, iterations=4, **place)


def operators(branch=4, **place):
    u, x = np.random.default_rng(0).standard_normal((12, 6)), T[:, None]
    g = np.sin(3 * x.T) * u[:, :1] + x.T * u[:, 1:2]
    sizes = dict(modes=2, inputs=2, trunk=6, branch=branch, iterations=(3, 3))
    return nets.fit_deeponet(u, g, x, seed=0, **sizes, **place)


def ode(**options):
    t = np.array([0.0, 0.3, 0.9, 1.0, 1.6, 2.0])
    y = np.stack([2 * np.exp(-1.3 * t), 1 + np.exp(-0.4 * t)], axis=1)
    y[2, 1] = np.nan
    return neural_ode.fit_ode(lambda p, y: p * y, [-1.0], t, y, sd=0.01, iterations=4, weights=(1, 10), **options)


def glucose(**place):
    options = dict(seed=0, iterations=2, warm_up=2, every=100, log=1)
    return sbinn.train([0, 900], [110, 120], published_start()[None], **options, **place)


def poisson():
    line = dde.geometry.Interval(0, 1)
    ends = dde.icbc.DirichletBC(line, lambda x: 0 * x, lambda _, on: on)

    def equation(x, u):
        return dde.grad.hessian(u, x) + torch.pi**2 * torch.sin(torch.pi * x)

    return dde.data.PDE(line, equation, [ends], num_domain=15, num_boundary=2)


def network():
    return dde.nn.FNN([1, 5, 1], "tanh", "Glorot normal")


def points(**place):
    """An unknown constant, readings, resampling."""
    span, k, t = dde.geometry.TimeDomain(0, 1), dde.Variable(0.5), np.linspace(0.1, 1, 8)[:, None]
    told = dde.icbc.PointSetBC(t, np.exp(-1.7 * t))
    data = dde.data.PDE(span, lambda t, y: dde.grad.jacobian(y, t) + k * y, [told], num_domain=10, num_boundary=2)
    often = pinn.Resample(every=2, candidates=50)
    return pinn.fit(data, network(), variables={"k": k}, resample=often, **GAUSS_NEWTON, **place)


def fallen():
    t = np.linspace(0, 2, 201)
    return t, np.exp(-3 * t)[:, None] + 0.01 * np.random.default_rng(0).standard_normal((201, 1))


def law():
    return identify.problem(*fallen(), names=["x"])


def square(x, which):
    return x**2 - 4.0, 2 * x[:, :, None]


def hidden(**place):
    return surfaces.fit_network(PLACES, 2 * PLACES, rng=0, hidden=(6,), steps=4, **place)


def population():
    rng, t = np.random.default_rng(0), np.arange(3.0)
    slopes = 3 + 0.2 * rng.standard_normal((30, 1))
    return mixed_effects.fit_population(lambda z: z * t, slopes * t, error=0.05, normal=rng.standard_normal((300, 1)))


def recurrent(**place):
    waves = np.sin(0.7 * np.arange(12.0))[None, :, None] + np.zeros((2, 12, 1))
    waves[0, 4:6] = np.nan
    return gaps.forecast_gru(waves, 3, rng=np.random.default_rng(0), noise=0.1, hidden=3, iterations=3, **place)


def channel():
    t = np.arange(0.0, 8000.0, 20.0)
    rates = [2.26e-4, 0.0699, 3.45e-5, 0.05462, 0.0873, 8.91e-3, 5.15e-3, 0.03158]
    return herg.calibrate(t, herg.current(rates, 0.15, t, dt=5.0), starts=1, dt=5.0)


SHEARS = [[[1, 0, 0], [g, 1, 0], [0, 0, 1]] for g in (0.1, 0.2, 0.3, 0.4)]


def sines():
    x = np.linspace(0, 1, 20)[:, None]
    inside = random_features.Condition(x, [(), (0, 0)], lambda u, uxx: uxx + u)
    ends = random_features.Condition(x[[0, -1]], [()], lambda u: u - np.array([0.0, 1.0]))
    return random_features.solve([inside, ends], features=12, bandwidth=2.0)


@cache
def carotid():
    pulse = pulse_wave(Artery(), carotid_inflow, nodes=9, keep=40, beats=2)
    return pulse.x[1:8:3], pulse.A[:, 1:8:3], pulse.U[:, 1:8:3], float(pulse.P[:, 1].min())


WAVES = {"where": 0.126, "noise": (0.002, 0.02)}


def windkessel():
    _, A, U, cuff = carotid()
    return arterial.windkessel(Artery(), A[:, 0], U[:, 0], cuff)


def pathway():
    t, level, rise = np.arange(0, 13, 3.0), np.full((1, 4), 0.01), np.full((1, 4), 5.0)
    return t, rate_laws.mass_action(level, rise, t)[0], rate_laws.induced(level, rise, t), [20.0, 0, 0, 0, 0]


RUNS = {
    "arterial.windkessel": windkessel,
    "arterial.free_waves": lambda: arterial.free_waves(Artery(), *carotid(), **WAVES),
    "arterial.through_solver": lambda: arterial.through_solver(Artery(), *carotid(), nodes=5, evaluations=3, harmonics=3, **WAVES),
    "discrepancy.calibrate": lambda: discrepancy.calibrate(lambda c, t: c[:, :1] + c[:, 1:] * t, T, Y, mean=[0.0, 0.0], sd=[1.0, 1.0], noise=0.1),
    "wall_shear.fit_profile": lambda: wall_shear.fit_profile(1e-3 * T, np.stack([1 - T**2, 0.5 - Y**2]), 1.5e-3),
    "gaps.forecast_gru": recurrent,
    "gp.regress": lambda **k: gp.regress(T, Y, mean="linear", sources=np.arange(15) % 2, restarts=1, restricted=True, **k),
    "gp.ar1": lambda **k: gp.ar1(LEVELS, restarts=1, noise=1e-6, **k),
    "gp.with_law": lambda **k: gp.with_law(
        {(0, 0): "D"}, (T[::2], Y[::2]), (T, Y), unknowns={"D": (-1.0, -1e-3)}, restarts=1, **k
    ),
    "gp.nargp": lambda **k: gp.nargp(TWO, restarts=1, samples=20, noise=1e-6, **k),
    "nets.fit_rows": rows,
    "nets.fit_sequences": sequences,
    "nets.fit_deeponet": operators,
    "neural_ode.fit_ode": ode,
    "pinn.fit": points,
    "pinn.fit_many": lambda **k: pinn.fit_many(poisson(), network(), seeds=[0, 1], iterations=6, **k),
    "sbinn.train": glucose,
    "surfaces.fit_network": hidden,
    "surfaces.fit_spline": lambda: surfaces.fit_spline(PLACES, 2 * PLACES),
    "surfaces.project": lambda: surfaces.project(lambda x: 2 * x, PLACES),
    "fluxes.optimum": lambda: fluxes.optimum(chain()),
    "fluxes.nearest": lambda: fluxes.nearest(chain(), [8.0, 5.0]),
    "rate_laws.fit": lambda: rate_laws.fit([None], *pathway(), iterations=3),
    "rate_laws.fit_slopes": lambda: rate_laws.fit_slopes([None], pathway()[1], 0.01 * pathway()[1] ** 2, pathway()[2], iterations=3),
    "hyperelastic.fit": lambda: hyperelastic.fit([("I1",)], SHEARS, [[0, 1]] * 4, [0.4, 0.8, 1.2, 1.6]),
    "hyperelastic.search": lambda: hyperelastic.search(1, SHEARS, [[0, 1]] * 4, [0.4, 0.8, 1.2, 1.6]),
    "hyperelastic.network": lambda: hyperelastic.network(
        SHEARS, [[0, 1]] * 4, [0.4, 0.8, 1.2, 1.6], rng=np.random.default_rng(0), steps=3, curve=4
    ),
    "systems.growing_ring.fit": lambda **k: growing_ring.fit([0, 1.0], np.linspace([1.3, 1.37, 1.44, 1.53, 1.62], [1.29, 1.36, 1.44, 1.53, 1.63], 2)[None], lambda t: 18.6, **k),
    "random_features.solve": sines,
    "reactions.discover": lambda: reactions.discover(law(), ["x -> y"]),
    "identify.sindy": lambda: identify.sindy(law()),
    "identify.lasso": lambda: identify.lasso(law()),
    "identify.ridge": lambda: identify.ridge(law()),
    "identify.stepwise": lambda: identify.stepwise(law()),
    "identify.refit": lambda: identify.refit(law(), np.array([[False, True, False]])),
    "identify.join": lambda: identify.join([identify.sindy(law())]),
    "identify.path": lambda: identify.path(law(), "stepwise"),
    "identify.choose": lambda: identify.choose(law(), identify.path(law(), "stepwise")),
    "identify.exhaustive": lambda: identify.exhaustive(law()),
    "identify.bagging": lambda: identify.bagging(law(), seed=0, n_models=10),
    "identify.through_solution": lambda: identify.through_solution(identify.refit(law(), np.array([[False, True, False]])), *fallen()),
    "identify.by_solution": lambda: identify.by_solution(*fallen(), names=["x"], degree=1, windows=(25,)),
    "multistart.least_squares": lambda: multistart.least_squares(square, [[0.5], [3.0]], [0.1], [5.0]),
    "mixed_effects.fit_population": population,
    "twin.tolerance": lambda: twin.tolerance(*data.glucose_tolerance()),
    "systems.herg.calibrate": channel,
}  # fmt: skip
MORE = {  # other ways through the same calls
    "gp.regress, kernel as given": lambda **k: gp.regress(T, Y, restarts=0, noise=1e-3, **k),
    "nets.fit_sequences, LSTM": lambda **k: sequences("LSTM", **k),
    "nets.fit_deeponet, linear branch": lambda **k: operators(0, **k),
    "neural_ode.fit_ode, logarithms and a pull": lambda **k: ode(log=True, decay=0.1, **k),
    "pinn.fit, self-scaled": lambda **k: pinn.fit(poisson(), network(), method="ssbroyden", **GAUSS_NEWTON, **k),
    "pinn.fit, self-scaled BFGS": lambda **k: pinn.fit(poisson(), network(), method="ssbfgs", **GAUSS_NEWTON, **k),
    "pinn.fit, from the small side": lambda **k: pinn.fit(
        poisson(), dde.nn.FNN([1, 32, 32, 1], "tanh", "Glorot normal"), **GAUSS_NEWTON, **k
    ),
    "pinn.fit, stock recipe": lambda **k: pinn.fit(poisson(), network(), method="adam+lbfgs", **GAUSS_NEWTON, **k),
    "surfaces.fit_network, two slopes": lambda **k: surfaces.fit_network(
        PLACES, 2 * PLACES, rng=0, hidden=(6,), steps=4, slopes=None, waves=3, **k
    ),
    "neural_ode.ode_gradient": lambda **k: neural_ode.ode_gradient(
        lambda p, y: p * y, [-1.0], [2.0], T, lambda y: y[-1, 0], by="adjoint", **k
    ),
}
