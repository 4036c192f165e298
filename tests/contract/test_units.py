"""The unit is the user's own: times, places and values times 1e-9 … 1e9, and shifted. The answer follows, or the call refuses.

Each case solves one small problem in a unit and says what must not depend on it. A refusal is a ValueError that names a
remedy. A wrong number without a word is what this test is for.
"""

import re
import warnings

import numpy as np
import pytest
import torch

from mmlib import (
    arterial,
    data,
    design,
    discrepancy,
    ensemble,
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
    screening,
    surfaces,
    twin,
    wall_shear,
)  # fmt: skip
from mmlib.pinn import dde
from mmlib.systems import artery, connectome, growing_ring, herg, sarcomeres, waves
from mmlib.systems.glucose_insulin import published_start
from tests.contract.bank import SHEARED, Decay, strains, web
from tests.contract.fitting import WAVES, carotid, fitting

REMEDY = "(?i)Rescale|Multiply|t from 0 to 1799|measure x|order one|Measure from|apart|apply_output_transform|unit"
N = np.linspace(0, 1, 41)
NOISE = 1e-4 * np.random.default_rng(0).standard_normal(41)


def _law(method):
    def case(x, y, shift):
        t = x * 3 * N + shift * x
        state = y * (np.exp(-3 * N) + NOISE)
        law = method(identify.problem(t, state[:, None], names=["c"], degree=2, window=9))
        return law.rhs(0, state[None, :])[0] * x / y  # rates, in the unit of the first problem

    return case


def sindy_path(p):
    return identify.choose(p, identify.path(p, "sindy"))


def lasso_path(p):
    return identify.choose(p, identify.path(p, "lasso"))


def bagged(p):
    coef = np.median(identify.bagging(p, seed=0, n_models=9, drop=0).coef, axis=0)
    return identify.refit(p, coef != 0)


def film(x, y, shift):
    s, t = x * (np.linspace(0, 6, 81) + shift), np.linspace(0, 1, 61)
    u = y * (2 + np.exp(-t)[:, None] * np.sin(np.linspace(0, 6, 81)))
    p = identify.field_problem(s, t, u, powers=[1], window=(41, 41))
    return identify.refit(p, [[0, 0, 1]]).coef[0, 2:] / x**2


def _regress(**options):
    def case(x, y, shift):
        at = x * (np.linspace(0, 1, 12) + shift)
        fit = gp.regress(at, y * np.sin(6 * np.linspace(0, 1, 12)), restarts=1, **options)
        return fit.predict(x * (np.array([0.13, 0.61]) + shift)).mean / y

    return case


def fusion(x, y, shift):
    low, high = np.linspace(0, 1, 15), np.linspace(0, 1, 6)
    levels = [(x * (low + shift), y * np.sin(6 * low)), (x * (high + shift), y * (2 * np.sin(6 * high) + 1))]
    return gp.ar1(levels, restarts=1, discrepancy_mean="constant").rho


def draws(x, y, shift):
    run = ensemble.solve(Decay(np.array([1.0, 5.0]) / x), [y], x * (np.array([0.0, 1.0]) + shift))
    assert run.success
    return run.y[-1, 0] / y


def shooting(x, y, shift):
    t = x * (np.linspace(0, 2, 12) + shift)
    fit = neural_ode.fit_ode(
        lambda p, z: p * z / x, [-0.5], t, y * np.exp(-1.3 * np.linspace(0, 2, 12))[:, None], sd=0.01 * y
    )
    return fit.params.numpy()


def slope(x, y, shift):
    t = x * (np.linspace(0, 1, 5) + shift)
    g = neural_ode.ode_gradient(lambda p, z: p * z / x, [-1.0], [y], t, lambda z: z[-1, 0], atol=1e-9 * y)
    return g.params / y


def starts(x, y, shift):
    def function(z, which):
        return y * (z / x - shift - 0.3), np.full((len(z), 1, 1), y / x)

    run = multistart.least_squares(
        function, x * (np.array([[0.1], [0.8]]) + shift), x * (np.zeros(1) + shift), x * (np.ones(1) + shift)
    )
    return run.x[:, 0] / x - shift


def groups(x, y, shift):
    z = np.random.default_rng(0).normal([[0, 0]] * 40 + [[9, 0]] * 40) * [x, x] + shift * x
    return np.array([screening.gap(z, rng=0, most=3, references=3).k])


def _surface(fit):
    def case(x, y, shift):
        place = np.random.default_rng(0).uniform(-1, 1, (60, 2))
        found = fit(x * (place + shift), 2 * place * y / x)
        return found(x * (place[:5] + shift)).ravel() * x / y

    return case


def physics(x, y, shift):
    with pinn.float64():
        span = dde.geometry.TimeDomain(x * shift, x * (shift + 2.0))
        start = dde.icbc.IC(span, lambda t: 0 * t + y, lambda t, on: on)
        data = dde.data.PDE(span, lambda t, u: dde.grad.jacobian(u, t) * x + u, [start], num_domain=24, num_boundary=2)
        net = dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal")
    fit = pinn.fit(data, net, seed=0, iterations=30)
    return fit.predict(x * (np.linspace(0, 2, 5)[:, None] + shift))[:, 0] / y


def operator(x, y, shift):
    rng, s = np.random.default_rng(0), np.linspace(0, 1, 20)
    c = rng.standard_normal((30, 3))
    u = c @ np.sin(np.arange(1, 4)[:, None] * s)
    g, at = y * np.cumsum(u, axis=1) / 20, x * (s[:, None] + shift)
    net = nets.fit_deeponet(u, g, at, modes=3, branch=0, trunk=8, iterations=(30, 1), seed=0)
    return net.predict(u[:2], x * (s[::5, None] + shift)).ravel() / y


def by_solution(x, y, shift):
    t, noise = np.linspace(0, 10, 201), np.random.default_rng(0).standard_normal(201)
    c = y / (1 + 9 * np.exp(-t)) * (1 + 0.01 * noise)
    law = identify.by_solution(x * (t + shift), c[:, None], names=["c"], degree=2, windows=(25,), iterations=5).law
    return law.rhs(0, np.array([[0.3 * y]]))[0] * x / y


def through_solution(x, y, shift):
    t = np.linspace(0, 2, 101)
    c = y * (np.exp(-3 * t) + 0.01 * np.random.default_rng(0).standard_normal(101))[:, None]
    t = x * (t + shift)
    law = identify.refit(identify.problem(t, c, names=["c"], degree=1, window=9), [[False, True]])
    return identify.through_solution(law, t, c).law.coef[0, 1] * x


def noisy_film(x, y, shift):
    s, t = x * (np.linspace(0, 6, 121) + shift), np.linspace(0, 1, 81)
    u = 2 + np.exp(-t)[:, None] * np.sin(np.linspace(0, 6, 121))
    return s, t, y * (u + 0.01 * np.random.default_rng(0).standard_normal(u.shape))


def pointwise(x, y, shift):
    found = identify.refit(identify.pointwise_problem(*noisy_film(x, y, shift), powers=[1]), [[0, 0, 1]])
    return found.coef[0, 2:] / x**2


def misfit(x, y, shift):
    p = identify.field_problem(*noisy_film(x, y, shift), powers=[1], derivatives=[1], window=(41, 41))
    return np.array([identify.misfit(p, identify.refit(p, np.ones((1, len(p.terms)), bool))).ratio])


def film_noise(x, y, shift):
    return np.array([identify.film_noise(noisy_film(x, y, shift)[2])]) / y


def lawful(x, y, shift):
    at, ends = np.linspace(0, 1, 9), np.array([0.0, 1.0])
    fit = gp.with_law(
        {(0, 0): -(x**2)}, None, (x * (at + shift), 9 * y * np.sin(3 * at)), exact=(x * (ends + shift), y * np.sin(3 * ends)), restarts=1
    )  # fmt: skip
    return fit.predict(x * (np.array([0.3, 0.7]) + shift)).mean / y


def sines(x, y, shift):
    at = x * (np.linspace(0, 1, 40)[:, None] + shift)
    inside = random_features.Condition(at, [(), (0, 0)], lambda u, uxx: x**2 * uxx + 9 * u)
    ends = random_features.Condition(at[[0, -1]], [()], lambda u: u - y * np.array([0, np.sin(3)]))
    run = random_features.solve([inside, ends], features=40, rng=0)
    return run(x * (np.array([[0.2], [0.6]]) + shift)).ravel() / y


def vessel(x, y, shift):
    r = np.linspace(0, 2e-3, 12)
    fit = wall_shear.fit_profile(x * r, y * (1 - (r / 3e-3) ** 2)[None], x * 3e-3)
    return np.ravel(fit.wall_slope()) * x / y


def tissue(x, y, shift):
    found = hyperelastic.fit([("I1", "I4f^2")], **SHEARED, stress=y * np.array([0.4, 0.85, 1.4, 2.1]))
    return np.r_[found.a[0], found.rms] / y


def tissue_network(x, y, shift):
    stress = y * np.array([0.4, 0.85, 1.4, 2.1])
    return hyperelastic.network(**SHEARED, stress=stress, rng=0, steps=1000, curve=4).squares / y**2


def enzymes_by_slopes(x, y, shift):
    known, slopes = strains()
    m, e = y * known["metabolites"], y * known["enzymes"]
    return np.log(rate_laws.fit_slopes([("C", 1, "competitive")], m, slopes * y / x, e).constants[0, :4] * x)


def enzymes(x, y, shift):
    known, _ = strains()
    m, e, t = y * known["metabolites"], y * known["enzymes"], x * (known["t"] + shift)
    run = rate_laws.fit([None], t, m, e, [20 * y, 0, 0, 0, 0], step=3 * x, iterations=6)
    return np.log(run.constants[0, :4] * x)


def ring(x, y, shift):
    t = [0, 2.0, 4.0]
    made = y * growing_ring.grow([2], [0.2], [1.0], t, lambda t: 18.6)
    return growing_ring.fit(t, made, lambda t: 18.6, iterations=6).rate[0, 2:3]


def dilation(x, y, shift):
    a, h, cells = [[20, 25], [21, 26], [19, 25]], [[10, 10], [10, 9], [9, 10]], [[100, 110], [100, 112], [100, 109]]
    return np.array(sarcomeres.sphere_share(y * np.array(a), y * np.array(h), x * np.array(cells)))


def spreading(x, y, shift):
    model = connectome.NetworkSpread(web(), growth=0.5 / x, coupling=1.0 / x)  # starts at time zero: no shift
    return model.simulate([0.1, 0, 0.2, 0], x * np.array([0.0, 1.0, 2.0]))[-1]


def crossing(x, y, shift):
    t = x * (np.array([0.0, 1.0, 2.0]) + shift)
    return connectome.crossing(t, np.linspace(0.1, 0.9, 6).reshape(3, 2)) / x - shift


def wave(x, y, shift):
    s = np.arange(32) / 32 * 2 * np.pi
    law = waves.Ring("Burgers", {(2, 1): -0.5 / (x * y), (1, 2): 0.1 / x})
    return law.solve(y * np.sin(s), s, x * (np.array([0, 0.3]) + shift), step=0.05 * x)[-1] / y


def schedule(x, y, shift):
    z = np.random.default_rng(0).standard_normal((3, 500, 2))
    return design.information(y * z[0], y * z[1], z[2], error=0.5 * y, chosen=[[0], [1]]).upper


def weighed(x, y, shift):
    z = np.random.default_rng(0).standard_normal((400, 2))
    after = design.posterior(y * z, x * (z[:, 0] + shift), y * np.array([0.1, 0.2]), error=0.5 * y, chosen=[[0, 1]])
    return after.mean / x - shift


def nonlinear_fusion(x, y, shift):
    low, high = np.linspace(0, 1, 15), np.linspace(0, 1, 8)
    levels = [(x * (low + shift), y * np.sin(6 * low)), (x * (high + shift), y * np.sin(6 * high) ** 2)]
    fit = gp.nargp(levels, restarts=1, samples=20, noise=1e-6 * y**2)
    return fit.predict(x * (np.array([0.13, 0.61]) + shift)).mean / y


def wrong_law(x, y, shift):
    n = np.linspace(0, 1, 12)
    told = dict(mean=[0.0, 0.0], sd=[2 * y, 2 * y], noise=0.05 * y, size=[0.0, 0.3 * y], length=[0.3 * x])
    fit = discrepancy.calibrate(
        lambda c, t: c[:, :1] + c[:, 1:] * (t / x - shift), x * (n + shift), y * (n + 0.2 * np.sin(6 * n)), **told
    )
    return np.r_[fit.predict(x * (np.array([0.3, 1.2]) + shift)).quantile(0.5)[0] / y, 10 * fit.weights[0]]


def diabetic(x, y, shift):
    t, glucose, insulin = data.glucose_tolerance()
    found = twin.tolerance(x * (np.asarray(t) + shift), y * np.asarray(glucose), insulin, iterations=30)
    return np.log(np.array([found.SG * x, found.G0 / y])).ravel()


def diabetic_insulin(x, y, shift):
    t, glucose, insulin = data.glucose_tolerance()
    return np.log(twin.tolerance(t, glucose, y * np.asarray(insulin), iterations=30).SI * y).ravel()


def population(x, y, shift):
    rng, t = np.random.default_rng(0), np.linspace(0, 2, 3)
    curves = y * (3 + 0.2 * rng.standard_normal((30, 1))) * t
    fit = mixed_effects.fit_population(
        lambda z: y * z * t, curves, error=0.05 * y, normal=rng.standard_normal((300, 1))
    )
    return fit.mean


def rows(x, y, shift):
    at = torch.linspace(-1, 1, 20, dtype=torch.float64)[:, None]
    net = nets.mlp([1, 5, 1], seed=0)
    fit = nets.fit_rows(
        net,
        lambda f, v: y * f(v / x - shift),
        lambda z, r: z - r,
        (x * (at + shift), y * torch.sin(3 * at)),
        iterations=20,
    )
    return np.array([fit.loss[-1] ** 0.5 / y + 0.1])


def in_order(x, y, shift):
    values = np.random.default_rng(0).choice([-1.0, 1.0], (20, 5, 1))
    net = nets.Recurrent("GRU", 1, 4, seed=0)
    nets.fit_sequences(net, x * (values + shift), y * values, seed=0, iterations=20)
    return net(torch.as_tensor(x * (values + shift)))[0].detach().numpy().ravel() / y


def recurrent(x, y, shift):
    waves = np.sin(0.7 * np.arange(12.0))[None, :, None] + np.zeros((2, 12, 1))
    run = gaps.forecast_gru(
        y * (waves + shift), 3, rng=np.random.default_rng(0), noise=0.1 * y, hidden=3, iterations=30
    )
    return np.ravel(run.ahead) / y - shift


def projected(x, y, shift):
    place = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    found = surfaces.project(lambda v: y * 2 * (v / x - shift) / x, x * (place + shift))
    return np.ravel(found(x * (place[:5] + shift))) * x / y


def reaction(x, y, shift):
    t = x * (3 * N + shift)
    state = y * (np.exp(-3 * N) + NOISE)[:, None]
    found = reactions.discover(identify.problem(t, state, names=["c"], degree=1, window=9), ["c -> c + c", "c -> 0"])
    return np.ravel(found.rhs(0, state[:1])) * x / y


def _flux(solve):
    def case(x, y, shift):
        ends, names = (np.zeros(2), y * np.array([10.0, 99.0])), (("in", "out"), ("m",), ("", ""), ())
        return np.ravel(solve(fluxes.Network(np.array([[1.0, -2.0]]), *ends, np.array([0.0, 1.0]), *names), y).v) / y

    return case


def searched(x, y, shift):
    stress = y * np.array([0.4, 0.85, 1.4, 2.1])
    return hyperelastic.search(1, **SHEARED, stress=stress).rms[:3] / y


def channel(x, y, shift):
    t = np.arange(0.0, 8000.0, 40.0)
    rates = [2.26e-4, 0.0699, 3.45e-5, 0.05462, 0.0873, 8.91e-3, 5.15e-3, 0.03158]
    fit = herg.calibrate(t, y * herg.current(rates, 0.15, t, dt=5.0), starts=1, dt=5.0)
    return np.array([fit.rms / y + 0.01, fit.conductance / y])


def many_physics(x, y, shift):
    with pinn.float64():
        span = dde.geometry.TimeDomain(x * shift, x * (shift + 2.0))
        start = dde.icbc.IC(span, lambda t: 0 * t + y, lambda t, on: on)
        told = dde.data.PDE(span, lambda t, u: dde.grad.jacobian(u, t) * x + u, [start], num_domain=24, num_boundary=2)
        net = dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal")
    fits = pinn.fit_many(told, net, seeds=[0, 1], iterations=30)
    return np.ravel([f.predict(x * (np.linspace(0, 2, 5)[:, None] + shift)) for f in fits]) / y


def sugar(x, y, shift):
    run = sbinn.train(
        x * np.array([0.0, 900.0]),
        y * np.array([110.0, 120.0]),
        published_start()[None],
        seed=0,
        iterations=2,
        warm_up=2,
        every=100,
        log=1,
    )
    return run.values[0] * 1.0


def _pulse(x, y, shift):
    """Sites, readings and cuff of a carotid artery in other units of length and pressure, measured from elsewhere."""
    at, A, U, cuff = carotid()
    return x * (at + shift), x**2 * A, x * U, y * cuff


def windkessel(x, y, shift):
    _, A, U, cuff = _pulse(x, y, shift)
    found = arterial.windkessel(artery.Artery(), A[:, 0], U[:, 0], cuff)
    return np.r_[found.stiffness * x / y / 1e3, found.pressure / y]


def free_waves(x, y, shift):
    noise, where = [WAVES["noise"][0], x * WAVES["noise"][1]], x * (WAVES["where"] + shift)
    vessel = artery.Artery(density=1060.0 * y / x**2, viscosity=artery.Artery().viscosity * y)
    found = arterial.free_waves(vessel, *_pulse(x, y, shift), noise=noise, where=where, harmonics=4)
    return np.r_[found.stiffness * x / y / 1e3, found.pressure / y]


def through_solver(x, y, shift):
    noise, where = [WAVES["noise"][0], x * WAVES["noise"][1]], x * (WAVES["where"] + shift)
    options = dict(nodes=5, evaluations=2, harmonics=3)
    found = arterial.through_solver(artery.Artery(), *_pulse(x, y, shift), noise=noise, where=where, **options)
    return np.r_[found.stiffness * x / y / 1e3, found.pressure / y]


CASES = {
    "arterial.windkessel": (windkessel, 1e-3),
    "arterial.free_waves": (free_waves, 1e-3),
    "arterial.through_solver": (through_solver, 1e-3),
    "gp.nargp": (nonlinear_fusion, 0.05),
    "discrepancy.calibrate": (wrong_law, 0.02),
    "twin.tolerance": (diabetic, 0.02),
    "twin.tolerance, insulin": (diabetic_insulin, 0.02),
    "fit_population": (population, 1e-3),
    "fit_rows": (rows, 0.05),
    "fit_sequences": (in_order, 0.05),
    "forecast_gru": (recurrent, 0.05),
    "surfaces.project": (projected, 0.02),
    "reactions.discover": (reaction, 0.05),
    "fluxes.optimum": (_flux(lambda net, y: fluxes.optimum(net)), 1e-6),
    "fluxes.nearest": (_flux(lambda net, y: fluxes.nearest(net, y * np.array([8.0, 5.0]))), 1e-6),
    "hyperelastic.search": (searched, 1e-3),
    "herg.calibrate": (channel, 0.02),
    "pinn.fit_many": (many_physics, 0.01),
    "sbinn.train": (sugar, 1e-3),
    "exhaustive": (_law(identify.exhaustive), 0.05),
    "join": (_law(lambda p: identify.join([identify.sindy(p)])), 0.05),
    "by_solution": (by_solution, 0.02),
    "through_solution": (through_solution, 0.02),
    "pointwise_problem": (pointwise, 0.02),
    "misfit": (misfit, 0.02),
    "film_noise": (film_noise, 1e-6),
    "with_law": (lawful, 0.02),
    "random_features": (sines, 1e-3),
    "fit_profile": (vessel, 1e-6),
    "hyperelastic": (tissue, 1e-3),
    "hyperelastic.network": (tissue_network, 1e-3),
    "rate_laws.fit_slopes": (enzymes_by_slopes, 0.02),
    "rate_laws.fit": (enzymes, 0.02),
    "growing_ring.fit": (ring, 0.02),
    "sphere_share": (dilation, 1e-9),
    "NetworkSpread": (spreading, 1e-6),
    "crossing": (crossing, 1e-3),
    "waves": (wave, 1e-6),
    "design.information": (schedule, 1e-6),
    "design.posterior": (weighed, 1e-3),
    "sindy": (_law(identify.sindy), 0.05),
    "path of sindy": (_law(sindy_path), 0.05),
    "bagging": (_law(bagged), 0.05),
    "lasso": (_law(identify.lasso), 0.05),
    "path of lasso": (_law(lasso_path), 0.05),
    "ridge": (_law(identify.ridge), 0.05),
    "stepwise": (_law(identify.stepwise), 0.05),
    "field": (film, 0.02),
    "regress": (_regress(), 0.02),
    "regress on a line": (_regress(mean="linear"), 0.02),
    "ar1": (fusion, 0.02),
    "ensemble": (draws, 0.02),
    "fit_ode": (shooting, 0.01),
    "ode_gradient": (slope, 1e-3),
    "multistart": (starts, 1e-4),
    "gap": (groups, 1e-9),
    "fit_spline": (_surface(surfaces.fit_spline), 0.02),
    "fit_network": (_surface(lambda x, mu: surfaces.fit_network(x, mu, rng=0, hidden=(8,), steps=40)), 0.05),
    "pinn": (physics, 0.01),
    "deeponet": (operator, 0.1),
}
OF = {  # public calls that fit, whose case has another name
    "gp.regress": "regress",
    "gp.ar1": "ar1",
    "gp.with_law": "with_law",
    "nets.fit_deeponet": "deeponet",
    "nets.fit_rows": "fit_rows",
    "nets.fit_sequences": "fit_sequences",
    "gaps.forecast_gru": "forecast_gru",
    "pinn.fit": "pinn",
    "multistart.least_squares": "multistart",
    "random_features.solve": "random_features",
    "hyperelastic.fit": "hyperelastic",
    "mixed_effects.fit_population": "fit_population",
    "systems.growing_ring.fit": "growing_ring.fit",
    "systems.herg.calibrate": "herg.calibrate",
    "identify.refit": "film_noise",
    "identify.path": "path of sindy",
    "identify.choose": "path of sindy",
}
UNITS = [(f, 1.0, 0.0) for f in (1e-9, 1e-3, 1e3, 1e9)] + [(1.0, f, 0.0) for f in (1e-9, 1e-3, 1e3, 1e9)] + [(1.0, 1.0, 1e3), (1.0, 1.0, 1e9)]  # fmt: skip


ORDER_ONE = {
    "sindy",
    "path of sindy",
    "bagging",
    "pinn",
    "deeponet",
    "hyperelastic.network",
    "rate_laws.fit_slopes",
    "rate_laws.fit",
    "growing_ring.fit",
    "join",
    "fit_sequences",
    "forecast_gru",
    "pinn.fit_many",
    "sbinn.train",
    "twin.tolerance",
    "twin.tolerance, insulin",
    "arterial.windkessel",
    "arterial.free_waves",
    "arterial.through_solver",
}  # the only ones that may refuse a thousandfold unit


def test_every_call_that_fits_has_a_case():
    """Under its own name, its last part, or the name that stands in OF."""
    named = {n: OF.get(n, n if n in CASES else n.rpartition(".")[2]) for n in fitting()}
    assert not [n for n, case in named.items() if case not in CASES]


@pytest.fixture(scope="module")
def first():
    """Answers in the first unit, each computed once."""
    return {}


@pytest.mark.parametrize(("x", "y", "shift"), UNITS, ids=[f"x{x:g} y{y:g} shift{s:g}" for x, y, s in UNITS])
@pytest.mark.parametrize("name", CASES)
def test_the_answer_follows_the_unit_or_the_call_refuses(first, name, x, y, shift):
    case, tolerance = CASES[name]
    if name not in first:
        first[name] = case(1.0, 1.0, 0.0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = case(x, y, shift)
    except ValueError as error:
        assert re.search(REMEDY, str(error)), str(error)
        assert name in ORDER_ONE or shift or not 1e-4 < x * y < 1e4, "nothing here is compared with one"
        return
    assert np.isfinite(found).all()
    size = max(np.abs(first[name]).max(), 1e-12)
    assert np.abs(found - first[name]).max() < tolerance * size
    assert torch.get_default_dtype() is torch.float32
