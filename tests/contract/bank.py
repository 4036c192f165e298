"""Calls that work, and for each of their arguments the kind of thing it is: the bank of bad inputs is made from both."""

import inspect
import signal
import time
import traceback
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import cobra
import numpy as np
import torch
import torch._dynamo  # an optimiser imports it when it is made; cut short there, it would stay half imported for all that follow
from scipy.sparse import coo_matrix
from sklearn.cluster import KMeans

import mmlib
from mmlib import (
    arterial,
    closed_loop,
    data,
    design,
    discrepancy,
    ensemble,
    fluxes,
    gillespie,
    gp,
    growth_laws,
    hyperelastic,
    identify,
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
    virtual_trial,
    wall_shear,
)
from mmlib.pinn import dde
from mmlib.systems import growing_ring, sarcomeres, signalled_ring
from mmlib.systems.artery import Artery, carotid_inflow, pulse_wave
from mmlib.systems.cell_invasion import CellInvasion, finite_volumes
from mmlib.systems.coagulation import Coagulation, shape_of
from mmlib.systems.connectome import NetworkSpread, cohort, crossing, rewired, smoothed, strength
from mmlib.systems.diabetes import Hovorka, MinimalModel
from mmlib.systems.eikonal import TwoFronts
from mmlib.systems.glucose_insulin import GlucoseInsulin, published_start
from mmlib.systems.waves import BURGERS, Ring, cole_hopf, solitons

from . import bank_of_models, bank_of_patients

LIBRARY = Path(mmlib.__file__).parent
T = np.linspace(0, 2, 61)
RNG = np.random.default_rng(0)
LINE = np.linspace(0, 1, 20)[:, None]


def oscillator(x=LINE, derivatives=((), (0, 0)), residual=lambda u, uxx: uxx + u, weight=1.0):
    return random_features.Condition(x, derivatives, residual, weight)


def ends():
    return random_features.Condition(LINE[[0, -1]], [()], lambda u: u - np.array([0.0, 1.0]))


GROWTH = [
    ("theta", "one row", [0.0, 1.0], "theta"),
    ("theta", "too many", np.zeros((1, 9)), "Columns"),
    ("theta", "text", "a", "numbers"),
    ("theta", "complex", [[1j]], "real"),
    ("t", "text", "a", "numbers"),
    ("t", "other rows", np.zeros((3, 2)), "row a data set"),
]


def birth_and_death(n, which):
    return np.stack([np.full(len(n), 5.0), n[:, 0]], axis=1)


SCATTER = RNG.uniform(-1, 1, (40, 2))


def double(*shape):
    return torch.from_numpy(np.random.default_rng(1).standard_normal(shape))


def beats():
    turn = np.outer(2 * np.pi * np.arange(40) / 40, np.ones(4)) - 0.1 * np.arange(4)
    return dict(x=np.array([0.01, 0.04, 0.08, 0.11]), A=2.8e-5 * (1.1 + 0.1 * np.sin(turn)), U=0.2 + 0.1 * np.sin(turn),
        cuff=1e4, where=0.126, noise=(0.002, 0.02), joint=0.06, harmonics=2)  # fmt: skip


def _with(value, index, new, dtype=float):
    changed = np.array(value, dtype=dtype)
    changed[(min(index, len(changed) - 1),) + (0,) * (changed.ndim - 1)] = new
    return changed


# kind -> [(what is wrong, function of the good value -> bad value, a word that the message must hold)]
NUMBERS = [
    ("NaN", lambda v: _with(v, 1, np.nan), "finite|NaN"),
    ("infinity", lambda v: _with(v, 1, np.inf), "finite|infinit"),
    ("complex", lambda v: np.asarray(v) + 1j, "real"),
    ("dates", lambda v: np.array(np.asarray(v), dtype="M8[s]"), r"timedelta64\(1, 's'\)"),
    ("text", lambda v: np.asarray(v).astype(str), "numbers"),
    ("None", lambda v: None, "numbers"),
    ("ragged", lambda v: [[1.0, 2.0], [3.0]], "shape|numbers"),
    ("four axes", lambda v: np.zeros((5, 2, 2, 2)), "shape|expected"),
    ("empty", lambda v: np.zeros((0,) + np.shape(v)[1:]), "shape|at least|expected"),
    ("sparse", lambda v: coo_matrix(np.reshape(v, (len(v), -1))), "toarray"),
    ("a set", lambda v: {1.0, 2.0}, "numbers|shape"),
    ("one too large", lambda v: _with(v, 1, 1e300), "."),
    ("all vanishing", lambda v: np.full(np.shape(v), 1e-310), "."),
]
TIMES = [
    *[n for n in NUMBERS if n[0] != "ragged"],
    ("unsorted", lambda v: np.asarray(v)[::-1].copy(), "increas|sort"),
    ("repeated", lambda v: _with(v, 2, np.asarray(v)[1]), "increas|repeat"),
]
POSITIVE = [
    (repr(v), lambda _, v=v: v, "positive|above|<|between|real|atol") for v in (0, -1.0, np.nan, "a", [1.0, 2.0], 1j)
] + [(repr(v), lambda _, v=v: v, ".") for v in (1e300, 1e-310)]
FIELD = [p for p in POSITIVE if p[0] != "[1.0, 2.0]"]  # of a model: may be an array, one value a draw
COUNT = [
    (repr(v), lambda _, v=v: v, "whole|at least|>=|positive|odd|between|<=|even")
    for v in (-1, 1.5, np.nan, "3", [2], 1e300)
]
SEED = [(repr(v), lambda _, v=v: v, "whole number") for v in (-1, 1.5, np.nan, "a", [1])]
WORD = [(repr(v), lambda _, v=v: v, "expected|unknown") for v in ("nonsense", 3.5, ["bic"])]
FUNCTION = [(repr(v), lambda _, v=v: v, "function") for v in (3.0, "f")]
NAMES = [
    ("too few", lambda v: v[1:], "names"),
    ("one twice", lambda v: [v[0]] * len(v), "differ|twice"),
    ("a blank", lambda v: ["flow in", *v[1:]], "blanks"),
    ("a number", lambda v: [1, *v[1:]], "names"),
]
BOX = [
    ("infinite", lambda v: np.full(len(v), np.inf), "finite"),
    ("NaN", lambda v: np.full(len(v), np.nan), "finite"),
    ("another length", lambda v: np.zeros(len(v) + 1), "shape"),
    ("text", lambda v: ["a"] * len(v), "numbers"),
    ("None", lambda v: None, "numbers"),
]
SIZES = [
    (repr(v), lambda _, v=v: v, "sizes|layer") for v in ([2, 0, 1], [2, 1.5, 1], "abc", 3, [2, -4, 1], [2, None, 1])
]
DEVICE = [
    ("gpu", lambda _: "gpu", "'cuda'"),
    ("no such", lambda _: "abacus", "'cpu' or 'cuda'"),
    ("absent", lambda _: f"cuda:{torch.cuda.device_count()}", "CUDA"),
    ("no double precision", lambda _: "mps", "double precision"),
    ("without numbers", lambda _: "meta", "'cpu' or 'cuda'"),
]
STRUCTURE = [
    ("another shape", lambda v: np.ones((7, 2), bool), "structure"),
    ("positions", lambda v: np.full(np.shape(v), 2), "structure"),
    ("None", lambda v: None, "structure"),
    ("text", lambda v: "all", "structure"),
]
LAW = [
    (repr(v), lambda _, v=v: v, "law|I1|I9")
    for v in (None, 3.0, "I1", {}, {"I1": 2.0}, {"I1": (np.nan, 0.0)}, {"I9": (1.0, 0.0)})
]
PRESSURE = [
    *FUNCTION,
    ("no number", lambda _: lambda t: None, "at t = "),
    ("text", lambda _: lambda t: "a", "at t = "),
    ("NaN", lambda _: lambda t: np.nan, "at t = "),
    ("complex", lambda _: lambda t: 1j, "at t = |real"),
    ("many", lambda _: lambda t: np.ones(3), "at t = "),
    ("suction", lambda _: lambda t: -5.0, "at least 0"),
]
RADII = [
    (repr(v), lambda _, v=v: v, "radius|radii")
    for v in (None, 1.0, (1.4, 1.0), (1.0, np.nan), (-1.0, 1.4), "ab", (1.0, 1.2, 1.4))
]
PROBLEM = [("an array", lambda _: T, "problem"), ("None", lambda _: None, "problem")]
NET = [("None", lambda _: None, "network|net"), ("a function", lambda _: np.sin, "network|net")]
VALUES = [
    n for n in NUMBERS if n[0] in ("complex", "dates", "text", "None", "ragged", "sparse", "a set")
]  # any shape, NaN too
STATE = [
    ("text", lambda v: np.asarray(v).astype(str), "numbers"),
    ("None", lambda v: None, "state"),
    ("dates", lambda v: np.asarray(v).astype(int).astype("M8[s]"), r"timedelta64\(1, 's'\)"),
    ("a number", lambda v: 1.0, "time comes first"),
    ("a row too many", lambda v: np.append(v, 1.0), "rows"),
    ("a row a time", lambda v: np.ones((4, len(v))), "Transpose"),
]
KINDS = {
    "values": VALUES, "state": STATE,
    "numbers": NUMBERS, "times": TIMES, "positive": POSITIVE, "field": FIELD, "count": COUNT, "seed": SEED, "word": WORD, "function": FUNCTION,
    "names": NAMES, "box": BOX, "sizes": SIZES, "device": DEVICE, "structure": STRUCTURE, "law": LAW, "pressure": PRESSURE, "wall": RADII, "problem": PROBLEM, "net": NET,
}  # fmt: skip


@dataclass
class Entry:
    """A call that works with `good`; `kinds` says what each of its arguments is, `own` are bad values of its own."""

    call: Any
    good: Any  # function without arguments: keyword arguments that work
    kinds: dict = field(default_factory=dict)
    own: list = field(default_factory=list)  # (argument, what is wrong, value, word)


def chain(**other):
    """Two of the first make one of the second."""
    net = fluxes.Network(
        np.array([[1.0, -2.0]]), np.zeros(2), np.array([10.0, 99.0]), np.array([0.0, 1.0]), ("in", "out"), ("m",), ("a", ""), ("a",)
    )  # fmt: skip
    return net._replace(**other)


FLUXES = [
    ("net", "None", None, "Network"),
    ("net", "crossed", chain(lower=np.array([11.0, 0.0])), "Exchange"),
    ("net", "a bound too few", chain(upper=np.ones(1)), "upper"),
    ("net", "NaN", chain(lower=np.array([np.nan, 0.0])), "lower"),
]
PLANES = dict(points=[[0.0], [3.0]], values=[0.0, 2.0], slopes=[[1.0], [0.0]])


@dataclass(frozen=True)
class Decay(ensemble.Draws):
    k: np.ndarray
    bands = (0, 0)

    def rhs(self, y):
        return -self.k * y

    def jacobian(self, y):
        return np.broadcast_to(-self.k, (1, *y.shape))


@cache
def two_states():
    y = np.stack([np.cos(3 * T) + 0.1 * T, np.sin(3 * T)], axis=1)
    return identify.problem(T, y + 0.01 * np.random.default_rng(2).standard_normal(y.shape), names=["u", "v"], window=7)


@cache
def gaussian():
    return gp.regress(T, np.sin(3 * T), restarts=1)


@cache
def trained():
    return neural_ode.fit_ode(lambda p, y: p * y, [-1.0], T[::10], np.exp(-T[::10])[:, None], sd=0.1)


def levels():
    return [(T[::3], np.sin(T[::3])), (T[::6], 2 * np.sin(T[::6]))]


@cache
def fused():
    return gp.ar1(levels(), restarts=1)


def where_fused():
    fused()  # fitted before the clock of the call starts
    return {"x": T}


@cache
def lawful():
    return gp.with_law(
        {(0, 0): "D"}, (T[::6], np.sin(3 * T[::6])), (T, np.sin(3 * T)), unknowns={"D": (-1.0, 1.0)}, restarts=1
    )


def where_lawful():
    lawful()
    return {"x": T}


@cache
def heat():
    line = dde.geometry.Interval(0, 1)
    ends = dde.icbc.DirichletBC(line, lambda x: 0 * x, lambda x, on: on)
    return dde.data.PDE(
        line, lambda x, u: dde.grad.hessian(u, x) + torch.sin(3 * x), [ends], num_domain=20, num_boundary=2
    )


@cache
def inverse():
    """A decay with its rate unknown, its network and variables."""
    span, k, t = dde.geometry.TimeDomain(0, 1), dde.Variable(1.0), np.linspace(0.1, 1, 8)[:, None]
    told = dde.icbc.PointSetBC(t, np.exp(-1.7 * t))
    law = dde.data.PDE(span, lambda t, y: dde.grad.jacobian(y, t) + k * y, [told], num_domain=8, num_boundary=2)
    return dict(data=law, net=small(), variables={"k": k})


def small():
    return dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal")


@cache
def solved():
    return pinn.fit(heat(), small(), iterations=2, seed=0)


def readings():
    return np.stack([np.cos(3 * T), np.sin(3 * T)], axis=1)


def film():
    x, t = np.linspace(0, 6, 81), np.linspace(0, 1, 61)
    return dict(x=x, t=t, u=2 + np.exp(-t)[:, None] * np.sin(x), window=(21, 21))


def operators():
    u = RNG.standard_normal((20, 12))
    return dict(u=u, g=np.cumsum(u, axis=1), x=np.linspace(0, 1, 12)[:, None], modes=3, inputs=3, trunk=4, branch=4, iterations=(2, 2), seed=0)  # fmt: skip


def sequences():
    x = RNG.choice([-1.0, 1.0], (20, 5, 1))
    return dict(net=nets.Recurrent("GRU", 1, 3, seed=0), x=x, y=x, seed=0, iterations=2)


SHEARED = dict(F=[[[1.0, 0, 0], [g, 1, 0], [0, 0, 1]] for g in (0.1, 0.2, 0.3, 0.4)], face=[[0, 1]] * 4)
TESTED = SHEARED | dict(stress=[0.4, 0.8, 1.2, 1.6])


@cache
def strains():
    """A chain of enzymes in two strains, and their slopes."""
    t, level, rise = np.arange(0, 31, 3.0), [[0.01] * 4, [0.005, 0.01, 0.02, 0.01]], np.full((2, 4), 5.0)
    m, slopes = rate_laws.mass_action(level, rise, t)
    return dict(t=t, metabolites=m, enzymes=rate_laws.induced(level, rise, t)), slopes


def chain_of_four():
    return strains()[0] | dict(laws=[("C", 1, "competitive")], start=[20.0, 0, 0, 0, 0], step=3.0, iterations=2)


def chain_slopes():
    known = {k: v for k, v in strains()[0].items() if k != "t"}
    return known | dict(laws=[("C", 1, "competitive")], slopes=strains()[1], iterations=2)


def web():
    """A network of four regions."""
    return np.array([[0, 1.0, 2, 3], [1, 0, 1, 1], [2, 1, 0, 1], [3, 1, 1, 0]])


FIT = dict(iterations=2, seed=0)
ENTRIES = {
    "identify.problem": Entry(
        lambda **k: identify.problem(**k), lambda: dict(t=T, y=readings(), names=["u", "v"], degree=2, window=7),
        dict(t="times", y="numbers", names="names", degree="count", window="count", derivative="word"),
        [("y", "a state that never changes", np.stack([np.cos(T), 0 * T + 2], 1), "constant|never changes"),
         ("y", "a dead sensor", np.stack([np.cos(T), 0 * T], 1), "never changes"),
         ("t", "one array too many", [T, T, T], "as many")],
    ),
    "identify.field_problem": Entry(
        lambda **k: identify.field_problem(**k), film, dict(x="times", t="times", u="numbers"),
        [("powers", "half", (0.5,), "whole"), ("powers", "none", (), "power"), ("derivatives", "13th", (0, 13), "derivative|order"),
         ("derivatives", "negative", (-1,), "whole"), ("window", "one number", 21, "window"), ("window", "even", (20, 21), "odd"),
         ("window", "text", "ab", "window")],
    ),
    "identify.sindy": Entry(identify.sindy, lambda: dict(problem=two_states()), dict(problem="problem", threshold="positive", alpha="positive")),
    "identify.lasso": Entry(identify.lasso, lambda: dict(problem=two_states()), dict(problem="problem")),
    "identify.ridge": Entry(identify.ridge, lambda: dict(problem=two_states()), dict(problem="problem"),
        [("penalties", "negative", [-1.0], "positive"), ("penalties", "none", [], "penalties"), ("penalties", "text", "a", "numbers"), ("penalties", "NaN", [np.nan], "finite")]),
    "identify.stepwise": Entry(identify.stepwise, lambda: dict(problem=two_states()), dict(problem="problem", p="positive"), [("p", "two", 2.0, "between|below")]),
    "identify.refit": Entry(identify.refit, lambda: dict(problem=two_states(), structure=np.ones((2, 6), bool)), dict(problem="problem", structure="structure")),
    "identify.scores": Entry(identify.scores, lambda: dict(problem=two_states(), structure=np.ones((2, 6), bool), rule="bic"), dict(problem="problem", structure="structure", rule="word")),
    "identify.path": Entry(identify.path, lambda: dict(problem=two_states(), method="sindy"), dict(problem="problem", method="word"),
        [("thresholds", "zero", [0.0], "positive"), ("thresholds", "none", [], "threshold"), ("thresholds", "a number", 0.1, "threshold")]),
    "identify.choose": Entry(lambda **k: identify.choose(**k), lambda: dict(problem=two_states(), laws=identify.path(two_states(), "stepwise"), rule="bic"),
        dict(problem="problem", rule="word"), [("laws", "none", [], "law"), ("laws", "numbers", [1, 2], "law"), ("laws", "nothing", None, "law")]),
    "identify.exhaustive": Entry(identify.exhaustive, lambda: dict(problem=two_states()), dict(problem="problem", rule="word")),
    "identify.bagging": Entry(identify.bagging, lambda: dict(problem=two_states(), seed=0, n_models=3),
        dict(problem="problem", seed="seed", threshold="positive", alpha="positive", n_models="count", drop="count", rows="count")),
    "identify.split": Entry(identify.split, lambda: dict(problem=two_states()), dict(problem="problem")),
    "identify.weigh": Entry(identify.weigh, lambda: dict(problem=two_states()), dict(problem="problem", rounds="count"),
        [("sd", "negative", -1.0, "positive"), ("sd", "text", "a", "numbers|positive"), ("sd", "three", [1.0, 1, 1], "each state"), ("law", "text", "law", "law")]),
    "identify.through_solution": Entry(lambda **k: identify.through_solution(**k), lambda: dict(law=identify.sindy(two_states()), t=T, y=readings(), iterations=2),
        dict(t="times", y="numbers", iterations="count"), [("law", "text", "law", "law"), ("law", "nothing", None, "law"), ("y", "one state", readings()[:, :1], "states")]),
    "identify.by_solution": Entry(lambda **k: identify.by_solution(**k), lambda: dict(t=T, y=readings(), names=["u", "v"], degree=1, windows=(7,), iterations=2),
        dict(t="times", y="numbers", names="names", degree="count", iterations="count"),
        [("windows", "none", (), "window"), ("windows", "even", (8,), "odd"), ("windows", "text", ("a",), "window"), ("windows", "longer than the path", (10001,), "samples")]),
    "identify.pointwise_problem": Entry(
        lambda **k: identify.pointwise_problem(**k), film, dict(x="times", t="times", u="numbers"),
        [("powers", "half", (0.5,), "whole"), ("derivatives", "13th", (0, 13), "derivative|order"), ("window", "one number", 21, "window"), ("window", "even", (20, 21), "odd"),
         ("degree", "one number", 6, "degree"), ("degree", "below the derivative", (1, 3), "degree"), ("degree", "as the window", (21, 3), "degree"), ("thin", "zero", (0, 1), "thin|at least")],
    ),
    "identify.weigh_film": Entry(identify.weigh_film, lambda: dict(problem=identify.field_problem(**film())), dict(problem="problem", rounds="count", sd="positive"), [("law", "text", "law", "law"), ("law", "of states", identify.sindy(two_states()), "law")]),
    "identify.misfit": Entry(identify.misfit, lambda: dict(problem=identify.field_problem(**film()), law=identify.stepwise(identify.field_problem(**film()))), dict(problem="problem"), [("law", "text", "law", "law"), ("law", "nothing", None, "law")]),
    "identify.film_noise": Entry(identify.film_noise, lambda: dict(u=film()["u"]), dict(u="numbers"), [("u", "three frames", np.ones((3, 9)), "five frames")]),
    "identify.noise_of": Entry(identify.noise_of, lambda: dict(y=readings()), dict(y="numbers")),
    "identify.join": Entry(identify.join, lambda: dict(laws=[identify.sindy(two_states())]), {}, [("laws", "none", [], "laws"), ("laws", "numbers", [1], "laws"), ("laws", "nothing", None, "laws")]),
    "gp.regress": Entry(gp.regress, lambda: dict(x=T[::6], y=np.sin(T[::6]), restarts=1),
        dict(x="numbers", y="numbers", restarts="count", seed="seed", mean="word", device="device"),
        [("noise", "negative", -1.0, "positive"), ("noise", "complex", 1j, "positive|real"), ("kernel", "text", "rbf", "kernel"), ("kernel", "three inputs", lambda: gp.gaussian_kernel(3), "kernel"),
         ("sources", "text", "ab", "sources"), ("mean", "a slope too many", lambda x: torch.cat([x**k for k in range(len(x))], 1), "coefficients")]),
    "gp.predict": Entry(lambda x, **k: gaussian().predict(x, **k), lambda: dict(x=T), dict(x="numbers"),
        [("noise", "negative", -1.0, "noise"), ("noise", "NaN", np.nan, "noise"), ("noise", "text", "a", "noise")]),
    "gp.ar1": Entry(gp.ar1, lambda: dict(levels=levels(), restarts=1), dict(restarts="count", seed="seed", device="device", discrepancy_mean="word"),
        [("levels", "one", levels()[:1], "at least two"), ("levels", "nothing", None, "levels"), ("levels", "swapped", levels()[::-1], "order|lowest"), ("levels", "numbers", [1, 2], "levels"),
         ("levels", "three expensive points", [(T, np.sin(T)), (T[:3], np.sin(2 * T[:3]))], "coefficients")]),
    "gp.nargp": Entry(gp.nargp, lambda: dict(levels=levels(), restarts=1, samples=20), dict(restarts="count", seed="seed", samples="count", device="device"), [("levels", "nothing", None, "levels"), ("levels", "swapped", levels()[::-1], "order|lowest")]),
    "gp.Fusion.predict": Entry(lambda **k: fused().predict(**k), where_fused, dict(x="numbers"), [("level", "fifth", 5, "level"), ("level", "half", 0.5, "level|whole"), ("noise", "negative", -1.0, "noise")]),
    "gp.with_law": Entry(gp.with_law, lambda: dict(law={(0, 0): -1.0}, sources=(T[::6], np.ones(len(T[::6]))), exact=([0, 1], [0, 0]), restarts=1), dict(restarts="count", seed="seed", device="device"),
        [("law", "a function", lambda u: u * u, "linear"), ("law", "a number", 1.0, "dict"), ("law", "a product", {((0,), ()): 1.0}, "not linear"), ("law", "NaN", {(0, 0): np.nan}, "coefficient"),
         ("law", "no range", {(0, 0): "D"}, "unknowns"), ("sources", "one array", T, "pair"), ("sources", "two columns", (np.zeros((4, 2)), np.ones(4)), "columns"), ("sources", "zeros", (T, 0 * T), "flat"),
         ("sources", "NaN", (T[:4], [1, np.nan, 1, 1]), "finite"), ("exact", "text", "ends", "pair"), ("unknowns", "a list", ["D"], "dict"), ("noise", "one number", 0.1, "pair"), ("noise", "negative", ("learn", -1.0), "positive")]),
    "gp.Lawful.predict": Entry(lambda **k: lawful().predict(**k), where_lawful, dict(x="numbers", of="word"), [("noise", "negative", -1.0, "noise")]),
    "gp.Lawful.interval": Entry(lambda **k: lawful().interval(**k), lambda: dict(name="D"), dict(name="word"), [("level", "one", 1.0, "below"), ("level", "text", "a", "level")]),
    "gp.gaussian_kernel": Entry(gp.gaussian_kernel, lambda: dict(d=2), dict(d="count")),
    "discrepancy.calibrate": Entry(discrepancy.calibrate, lambda: dict(law=lambda c, t: c[:, :1] + c[:, 1:] * t, t=T[::6], y=1 + 2 * T[::6], mean=[0.0, 0.0], sd=[2.0, 2.0], noise=0.1),
        dict(t="numbers", y="numbers", mean="numbers", sd="numbers", kernel="word", iterations="count"),
        [("law", "a number", 3.0, "function"), ("law", "one row", lambda c, t: t[0], "shape"), ("law", "not finite", lambda c, t: c[:, :1] / 0 * t, "finite"), ("noise", "zero", 0.0, "positive"), ("noise", "NaN", np.nan, "finite"),
         ("noise", "none", [], "at least one"), ("size", "negative", -1.0, "negative"), ("length", "zero", 0.0, "positive"), ("t", "another count", [0.0, 1.0], "readings"), ("sd", "zero", [0.0, 1.0], "positive"), ("sd", "three", [1.0, 1.0, 1.0], "sd")]),
    "discrepancy.average": Entry(discrepancy.average, lambda: dict(calibrated=[discrepancy.calibrate(lambda c, t: c[:, :1] + 0 * t, T[::6], T[::6], mean=[0.0], sd=[2.0], noise=0.1)], t=[1.0, 2.0]),
        dict(t="numbers"), [("calibrated", "nothing", [], "list"), ("calibrated", "numbers", [1.0], "list"), ("calibrated", "text", "laws", "list")]),
    "growth_laws.constant": Entry(growth_laws.constant, lambda: dict(theta=[[0.0]], t=[0.0, 1.0]), {}, GROWTH),
    "growth_laws.exponential": Entry(growth_laws.exponential, lambda: dict(theta=[[0.0, 0.1]], t=[0.0, 1.0]), {}, GROWTH),
    "growth_laws.gompertz": Entry(growth_laws.gompertz, lambda: dict(theta=[[0.0, 1.0, 0.1]], t=[0.0, 1.0]), {}, GROWTH),
    "growth_laws.logistic": Entry(growth_laws.logistic, lambda: dict(theta=[[0.0, 1.0, 0.1]], t=[0.0, 1.0]), {}, GROWTH),
    "growth_laws.bertalanffy": Entry(growth_laws.bertalanffy, lambda: dict(theta=[[0.0, 1.0, 0.1]], t=[0.0, 1.0]), {}, GROWTH),
    "growth_laws.richards": Entry(growth_laws.richards, lambda: dict(theta=[[0.0, 1.0, 0.1, 0.2]], t=[0.0, 1.0]), {}, GROWTH),
    "growth_laws.shrink_and_grow": Entry(growth_laws.shrink_and_grow, lambda: dict(theta=[[0.0, 1.0, 0.1]], t=[0.0, 1.0]), {}, GROWTH),
    "design.nearest": Entry(design.nearest, lambda: dict(times=[1.0, 2.0, 4.0, 8.0], wanted=[2.5, 7.0]), dict(times="numbers", wanted="numbers"), [("wanted", "too many", np.ones(5), "at most 4")]),
    "design.information": Entry(design.information, lambda: dict(outer=SCATTER, inner=SCATTER + 0.1, normal=SCATTER, error=0.5, chosen=[[0]]),
        dict(outer="numbers", inner="numbers", normal="numbers"), [("error", "negative", -1.0, "positive"), ("error", "text", "a", "numbers"), ("chosen", "no such time", [[2]], "indices"), ("chosen", "fractions", [[0.5]], "indices")]),
    "design.gaussian": Entry(design.gaussian, lambda: dict(slopes=SCATTER[:, :, None], error=0.5, chosen=[[0], [1]], cov=[[1.0]]),
        dict(slopes="numbers"), [("error", "zero", 0.0, "positive"), ("cov", "negative", [[-1.0]], "definite"), ("cov", "NaN", [[np.nan]], "finite"), ("chosen", "one row", [0], "indices")]),
    "design.posterior": Entry(design.posterior, lambda: dict(curves=SCATTER, values=SCATTER[:, 0], readings=[0.1, 0.2], error=0.5, chosen=[[0, 1]]),
        dict(curves="numbers", values="numbers", readings="numbers"), [("level", "one", 1.0, "level"), ("weight", "negative", -np.ones(40), "negative"), ("weight", "all zero", np.zeros(40), "negative")]),
    "twin.tolerance": Entry(twin.tolerance, lambda: dict(zip(("time", "glucose", "insulin"), data.glucose_tolerance(), strict=True)), dict(time="times", glucose="numbers", insulin="numbers"), [("insulin", "negative", -np.ones(24), "positive"), ("after", "too late", 150.0, "five readings")]),
    "twin.update": Entry(twin.update, lambda: dict(ensemble=np.arange(6.0).reshape(1, 2, 3), predicted=np.arange(6.0).reshape(2, 3), observed=[1.0, 2.0], variance=1.0), dict(variance="positive"), [("observed", "three", np.ones(3), "expected an ensemble")]),
    "closed_loop.sensor_noise": Entry(closed_loop.sensor_noise, lambda: dict(steps=4, rows=2, rng=np.random.default_rng(0)), dict(steps="count", rows="count")),
    "closed_loop.day": Entry(lambda **k: closed_loop.day(Hovorka(weight=np.array([60.0, 80.0])), closed_loop.FixedDose(np.array([10.0, 12.0])), meals={}, **k), lambda: dict(noise=np.zeros((4, 2))), dict(noise="numbers", glucose="positive")),
    "virtual_trial.tested": Entry(lambda **k: virtual_trial.tested(MinimalModel(SI=np.array([5e-4, 8e-4])), np.full(2, 12.4), rng=np.random.default_rng(0), **k), lambda: dict(weight=[70.0, 80.0], time=data.glucose_tolerance().time), dict(weight="numbers", time="times")),
    "ensemble.solve": Entry(ensemble.solve, lambda: dict(model=Decay(np.array([1.0, 2.0])), y0=[1.0], t=[0.0, 0.5, 1.0]),
        dict(t="times", rtol="positive", atol="positive", first_step="positive", max_step="positive", max_steps="count", block="count"),
        [("y0", "NaN", [np.nan], "finite"), ("y0", "text", ["a"], "numbers"), ("y0", "complex", [1j], "real"), ("y0", "nothing", None, "numbers"), ("model", "a function", np.sin, "model"), ("model", "nothing", None, "model")]),
    "reactions.curves": Entry(lambda **k: reactions.curves(Coagulation(), **k), lambda: dict(t=np.linspace(0.0, 60.0, 7)), dict(t="times", rtol="positive", atol="positive")),
    "reactions.slopes": Entry(lambda **k: reactions.slopes(Coagulation(), **k), lambda: dict(t=np.linspace(0.0, 60.0, 7), wrt=("k4", "TF")), dict(t="times", rtol="positive", atol="positive"),
        [("wrt", "unknown", ("k99",), "constants"), ("wrt", "nothing", None, "names"), ("wrt", "a number", 3, "names")]),
    "reactions.discover": Entry(reactions.discover, lambda: dict(problem=two_states(), lines=("u -> v", "v -> u")), dict(problem="problem"),
        [("lines", "unknown", ("w -> u",), "spelling"), ("lines", "nothing", (), "lines"), ("lines", "a number", 3, "lines")]),
    "systems.coagulation.shape_of": Entry(shape_of, lambda: dict(t=T, thrombin=10 * np.abs(np.sin(T)), level=2.0), dict(t="times", thrombin="numbers", level="positive")),
    "multistart.least_squares": Entry(lambda **k: multistart.least_squares(lambda x, _: (x - 0.5, np.ones((len(x), 1, 1))), **k), lambda: dict(starts=[[0.2], [0.4]], low=[0.0], high=[1.0]),
        dict(low="box", high="box", iterations="count", damping="positive", tolerance="positive"),
        [("starts", "outside", [[0.2], [7.0]], "start 1"), ("starts", "NaN", [[0.2], [np.nan]], "finite|inside"), ("starts", "text", [["a"]], "numbers")]),
    "screening.gap": Entry(screening.gap, lambda: dict(z=SCATTER, rng=0, most=2, references=2), dict(z="numbers", rng="seed", most="count", references="count"),
        [("z", "rows all alike", np.ones((40, 2)), "differ|alike"), ("z", "units far apart", SCATTER * [1, 1e6], "scale|unit")]),
    "screening.stability": Entry(screening.stability, lambda: dict(cluster=KMeans(2, n_init=1, random_state=0).fit_predict, z=SCATTER, rng=0, pairs=2),
        dict(z="numbers", rng="seed", pairs="count", cluster="function", share="positive"), [("cluster", "too few labels", lambda z: np.zeros(3), "label"), ("cluster", "no labels", lambda z: None, "label")]),
    "screening.two_sample": Entry(screening.two_sample, lambda: dict(simulated=SCATTER, measured=SCATTER + 0.1, seed=0, trees=3, shuffles=1),
        dict(simulated="numbers", measured="numbers", seed="seed", trees="count", shuffles="count"), [("simulated", "too many", np.zeros((60_001, 2)), "at most")]),
    "surfaces.fit_spline": Entry(surfaces.fit_spline, lambda: dict(x=SCATTER, mu=2 * SCATTER), dict(x="numbers", mu="numbers", intervals="count"),
        [("known", "a number", 3.0, "function"), ("frame", "text", "unit", "frame"), ("frame", "one part", [0.0], "frame")]),
    "surfaces.fit_network": Entry(surfaces.fit_network, lambda: dict(x=SCATTER, mu=2 * SCATTER, rng=0, hidden=(3,), steps=2),
        dict(x="numbers", mu="numbers", rng="seed", steps="count", waves="count", device="device"),
        [("hidden", "zero", (0,), "layer|sizes"), ("hidden", "a number", 3, "sizes"), ("activation", "text", "tanh", "function"), ("slopes", "text", "gradient", "function"), ("box", "swapped", ((1, -1), (1, -1)), "low < high"), ("box", "text", "box", "box")]),
    "surfaces.work": Entry(surfaces.work, lambda: dict(slopes=lambda x: x, start=SCATTER, end=SCATTER), dict(slopes="function", start="numbers", end="numbers")),
    "surfaces.curl": Entry(surfaces.curl, lambda: dict(slopes=lambda x: x, x=SCATTER), dict(slopes="function", x="numbers", step="positive")),
    "surfaces.loop_work": Entry(surfaces.loop_work, lambda: dict(slopes=lambda x: x, centres=SCATTER, radius=0.1), dict(slopes="function", centres="numbers", radius="positive", pieces="count")),
    "surfaces.height_by_path": Entry(surfaces.height_by_path, lambda: dict(slopes=lambda x: x, x=SCATTER, origin=[0.0, 0.0]), dict(slopes="function", x="numbers"), [("first", "two", 2, "first"), ("origin", "three", [0.0] * 3, "origin")]),
    "surfaces.project": Entry(surfaces.project, lambda: dict(slopes=lambda x: x, x=SCATTER), dict(slopes="function", x="numbers")),
    "random_features.solve": Entry(lambda **k: random_features.solve([oscillator(), ends()], **k), lambda: dict(features=12, bandwidth=2.0, rng=0),
        dict(features="count", bandwidth="positive", steps="count", rng="seed"),
        [("extra", "a number", [3.0], "extra"), ("start", "a number", 3.0, "start"), ("start", "too few", lambda x: np.ones(3), "start")]),
    "random_features.Condition": Entry(lambda **k: random_features.solve([oscillator(**k), ends()], features=12, bandwidth=2.0), lambda: dict(x=np.linspace(0, 1, 20)[:, None]),
        dict(x="numbers", weight="positive", residual="function"), [("derivatives", "another axis", [(), (3,)], "axes"), ("derivatives", "none", [], "axes")]),
    "nets.mlp": Entry(nets.mlp, lambda: dict(sizes=[2, 3, 1], seed=0), dict(sizes="sizes", seed="seed", first="positive")),
    "nets.seeded": Entry(nets.seeded, lambda: dict(build=lambda: torch.nn.Linear(2, 1), seed=0), dict(build="function", seed="seed"), [("build", "a network", torch.nn.Linear(1, 1), "makes the network")]),
    "nets.MultiFidelity": Entry(nets.MultiFidelity, lambda: dict(low=[1, 3, 1], high=[2]), dict(low="sizes"), [("high", "zero", [0], "sizes"), ("high", "text", "a", "sizes"), ("activation", "unknown", "tan", "activation"), ("kernel_initializer", "unknown", "zero", "initializer")]),
    "nets.Recurrent": Entry(nets.Recurrent, lambda: dict(cell="GRU", inputs=1, hidden=3, seed=0), dict(cell="word", inputs="count", hidden="count", seed="seed")),
    "nets.fit_sequences": Entry(nets.fit_sequences, sequences, dict(net="net", seed="seed", iterations="count", batch="count", rate="positive", device="device"),
        [("x", "NaN", np.full((20, 5, 1), np.nan), "finite"), ("x", "too wide", np.zeros((20, 5, 3)), "input"), ("x", "text", "x", "numbers"), ("y", "nothing", None, "numbers")]),
    "nets.fit_deeponet": Entry(nets.fit_deeponet, operators, dict(u="numbers", g="numbers", x="numbers", modes="count", inputs="count", trunk="count", branch="count", seed="seed", device="device"), [("iterations", "one number", 3, "iterations")]),
    "nets.fit_rows": Entry(nets.fit_rows, lambda: dict(net=nets.mlp([1, 3, 1], seed=0), outputs=lambda f, x: f(x), rows=lambda z, y: z - y, data=(double(9, 1), double(9, 1)), iterations=2),
        dict(net="net", outputs="function", rows="function", iterations="count", device="device"),
        [("data", "too wide", (double(9, 4), double(9, 1)), "width|input"), ("data", "arrays", (np.zeros((9, 1)),) * 2, "tensors"), ("data", "none", (), "data"),
         ("net", "30,000 weights", nets.mlp([1, 170, 170, 1], seed=0), "weights")]),
    "neural_ode.network": Entry(neural_ode.network, lambda: dict(sizes=[2, 3, 1], seed=0), dict(sizes="sizes", seed="seed")),
    "neural_ode.fit_ode": Entry(neural_ode.fit_ode, lambda: dict(rhs=lambda p, y: p * y, params=[-1.0], t=T[::10], y=np.exp(-T[::10])[:, None], sd=0.1, iterations=2, weights=(1,)),
        dict(rhs="function", t="times", sd="positive", step="positive", iterations="count", device="device"),
        [("y", "infinity", np.full((7, 1), np.inf), "finite"), ("y", "complex", np.full((7, 1), 1j), "real"), ("y", "text", np.full((7, 1), "a"), "numbers"), ("params", "NaN", [np.nan], "params"), ("params", "text", ["a"], "params"),
         ("decay", "negative", -1.0, "decay"), ("weights", "none", (), "weights"), ("weights", "NaN", (np.nan,), "weights"), ("rhs", "a list", lambda p, y: [1.0], "tensor"), ("rhs", "numpy", lambda p, y: np.zeros((2, 1)), "torch|tensor"),
         ("t", "a gap of a year", np.r_[T[:60:10], 3e6], "gap|step")]),
    "neural_ode.ode_gradient": Entry(neural_ode.ode_gradient, lambda: dict(rhs=lambda p, y: p * y, params=[-1.0], y0=[2.0], t=[0.0, 0.5, 1.0], loss=lambda y: y[-1, 0], rtol=1e-6),
        dict(rhs="function", params="numbers", y0="numbers", t="times", loss="function", rtol="positive", atol="positive", by="word", method="word", device="device"), [("options", "a list", ["step_size"], "dict")]),
    "neural_ode.rates": Entry(lambda y: trained().rates(y), lambda: dict(y=[[1.0]]), {}, [("y", "too wide", np.ones((3, 2)), "column"), ("y", "text", [["a"]], "numbers"), ("y", "None", None, "numbers")]),
    "neural_ode.Network": Entry(lambda **k: neural_ode.network([1, 3, 1], seed=0)(**k), lambda: dict(theta=neural_ode.network([1, 3, 1], seed=0).theta0, x=double(4, 1)), {},
        [("theta", "too short", double(3), "theta"), ("theta", "too long", double(99), "theta"), ("x", "too wide", double(4, 2), "column"), ("x", "an array", np.ones((4, 1)), "tensors"), ("x", "single precision", torch.ones(4, 1), "precision")]),
    "neural_ode.solve": Entry(lambda times, **k: trained().solve(times, **k), lambda: dict(times=T), dict(start="word"),
        [("times", "NaN", [0, np.nan], "finite|times"), ("times", "text", ["a"], "times|numbers"), ("times", "empty", [], "times"), ("series", "ninth", 9, "series")]),
    "pinn.fit": Entry(pinn.fit, lambda: dict(data=heat(), net=small(), **FIT), dict(net="net", iterations="count", seed="seed", method="word", device="device"),
        [("net", "two inputs", dde.nn.FNN([2, 4, 1], "tanh", "Glorot normal"), "input|width"), ("variables", "a list", [torch.tensor(1.0)], "variables"), ("resample", "True", True, "Resample"), ("data", "an array", T, "data"),
         ("reference", "zeros", (T[:, None], 0 * T[:, None]), "reference"), ("reference", "complex", (T[:, None], 1j * T[:, None]), "real|reference"),
         ("reference", "other inputs", (SCATTER, SCATTER), "points"), ("reference", "other outputs", (T[:, None], np.ones((61, 2))), "outputs|output"), *[("weights", repr(v), v, "weights") for v in (["a"], {"pde": None}, {"bc": 1.0}, [1j, 1.0], 3.0, [1.0], [-1.0, 1.0], {1.0, 2.0})],
         ("progress", "a word", "no", "True or False"), ("seed", "a torch generator", torch.Generator(), "whole number"), ("seed", "2**63", 2**63, "at most")]),
    "pinn.fit_many": Entry(pinn.fit_many, lambda: dict(data=heat(), net=small(), seeds=[0, 1], iterations=1), dict(net="net", iterations="count", device="device"),
        [("seeds", repr(v), v, "seeds") for v in (5, None, "01", [0, 0], [], [0.5], np.random.default_rng(0), {0: 1})] + [("weights", "balanced", "balanced", "numbers"), ("data", "an array", T, "data"), ("progress", "a word", "no", "True or False")]),
    "pinn.fit, inverse": Entry(lambda **k: pinn.fit(**inverse(), **FIT, **k), lambda: dict(bounds={"k": (0.0, 9.0)}), {},
        [("bounds", repr(v), {"k": v}, "bounds") for v in ((0, None), ("0", "9"), (0, 1j), (9, 0), (0, np.nan), 3.0, (1, 2, 3), (5.0, 9.0))] + [("bounds", "another name", {"q": (0, 9)}, "names")]),
    "pinn.predict": Entry(lambda x: solved().predict(x), lambda: dict(x=T[:, None]), dict(x="numbers"), [("x", "two inputs", SCATTER, "input|column")]),
    "pinn.Resample": Entry(lambda **k: pinn.Resample(**k), dict, dict(every="count", candidates="count", power="positive")),
    "sbinn.train": Entry(sbinn.train, lambda: dict(t=[0, 900], glucose=[110, 120], starts=published_start()[None], seed=0, iterations=1, warm_up=1, every=900, log=1),
        dict(t="numbers", glucose="numbers", starts="numbers", seed="seed", iterations="count", warm_up="count", every="count", log="count", device="device", record="function"),
        [("t", "after the end", [0, 5000], "1799"), ("t", "before the start", [-30, 900], "from 0"), ("glucose", "negative", [110, -5], "positive"), ("glucose", "in mmol/l", [6.1, 5.4], "by 18"), ("end", "of five", np.ones(5), "6"), ("end", "NaN", np.full(6, np.nan), "finite"), ("end", "text", ["a"] * 6, "numbers"), ("starts", "at the edge", 0 * published_start()[None], "inside")]),
    "data.read_table": Entry(data.read_table, lambda: dict(name="hare_lynx"), dict(name="word"), [("name", "a way out", "../identify", "table"), ("name", "nothing", None, "table")]),
    "GlucoseInsulin.path": Entry(lambda t: GlucoseInsulin().path(t), lambda: dict(t=[0.0, 5.0, 10.0]), dict(t="times")),
    "GlucoseInsulin": Entry(lambda **k: GlucoseInsulin(**k), dict, dict(E="field", Um="field")),
    "Artery": Entry(lambda **k: Artery(**k), dict, dict(radius="field", young="field"), [("radius", "millimetres for metres", 3.0, "metre|unit|m")]),
    "arterial.smooth": Entry(arterial.smooth, lambda: dict(y=np.sin(T), harmonics=3), dict(y="numbers", harmonics="count")),
    "arterial.windkessel": Entry(lambda **k: arterial.windkessel(Artery(), **k), lambda: dict(A=2.8e-5 * (1.1 + 0.1 * np.sin(T)), U=0.2 + 0.1 * np.cos(T), cuff=1e4), dict(A="numbers", U="numbers"),
        [("cuff", "text", "a", "number"), ("A", "in mm^2", 28 * np.ones(61), "m.2"), ("A", "negative", -1e-5 * np.ones(61), "positive"), ("A", "too few", np.ones(5) * 1e-5, "24 times")]),
    "arterial.free_waves": Entry(lambda **k: arterial.free_waves(Artery(), **k), beats, dict(x="numbers", A="numbers", U="numbers", harmonics="count"),
        [("cuff", "text", "a", "number"), ("where", "before the first site", 0.0, "at least"), ("noise", "one", [0.1], "noise"), ("noise", "negative", [0.1, -1.0], "positive"), ("joint", "behind all sites", 0.12, "each side"), ("x", "too few", [0.1], "columns")]),
    "arterial.through_solver": Entry(lambda **k: arterial.through_solver(Artery(), **k), lambda: {k: v for k, v in beats().items() if k not in ("joint", "harmonics")} | dict(nodes=5, evaluations=1, harmonics=2),
        dict(x="numbers", A="numbers", U="numbers"), [("where", "behind the end", 0.2, "at most"), ("noise", "one", [0.1], "noise")]),
    "fluxes.from_cobra": Entry(fluxes.from_cobra, lambda: dict(model=cobra.io.load_model("textbook")), {}, [("model", "a file", "e_coli.xml", "COBRApy"), ("model", "None", None, "COBRApy")]),
    "fluxes.optimum": Entry(fluxes.optimum, lambda: dict(net=chain(), goal=[0.0, 1.0]), {}, [*FLUXES, ("goal", "too long", [0, 1, 2], "goal"), ("goal", "text", "growth", "goal")]),
    "fluxes.nearest": Entry(fluxes.nearest, lambda: dict(net=chain(), v=[8.0, 5.0], weights=[1.0, 2.0]), dict(v="numbers"), [*FLUXES, ("v", "too long", [0, 1, 2], "v"), ("v", "NaN", [0, np.nan], "v"), ("weights", "zero", [0.0, 1.0], "positive")]),
    "fluxes.variability": Entry(fluxes.variability, lambda: dict(net=chain(), share=0.9), {}, [*FLUXES, ("share", "per cent", 95, "share"), ("net", "forced", chain(lower=np.array([0.0, 50.0])), "steady state")]),
    "fluxes.closed": Entry(fluxes.closed, lambda: dict(net=chain(), gone=["a"]), {}, [("gone", "None", None, "genes"), ("gone", "numbers", [1.0], "genes"), ("gone", "unknown", ["b"], "net.genes"), ("net", "None", None, "Network")]),
    "fluxes.balanced": Entry(fluxes.balanced, lambda: dict(net=chain()), {}, FLUXES),
    "fluxes.ceiling": Entry(fluxes.ceiling, lambda: dict(**PLANES, feeds=[[1.0]]), {}, [("values", "too few", [1.0], "values"), ("slopes", "turned", [[1.0, 0.0]], "slopes"), ("feeds", "two", [[1.0, 2.0]], "feeds")]),
    "fluxes.best_ratio": Entry(fluxes.best_ratio, lambda: dict(**PLANES, low=[0.0], high=[9.0], price=[1.0], fixed=1.0), dict(fixed="positive"), [("low", "above", [10.0], "Exchange"), ("price", "too few", [], "price"), ("price", "negative", [-1.0], "positive cost")]),
    "wall_shear.inside": Entry(wall_shear.inside, lambda: dict(centre=[0.0, 0.0], outline=3e-3, side=1e-3), dict(centre="numbers", outline="positive", side="positive")),
    "wall_shear.lumen_boxes": Entry(wall_shear.lumen_boxes, lambda: dict(radius=3e-3, side=1e-3, shift=0.3), dict(radius="positive", side="positive"), [("side", "a thousandth", 3e-6, "200th"), ("shift", "text", "a", "number")]),
    "wall_shear.box_radii": Entry(wall_shear.box_radii, lambda: dict(centres=[[0.0, 0.0], [1e-3, 0.0]], outline=3e-3), dict(centres="numbers", outline="positive"), [("centres", "outside", [[0.01, 0.0], [0.0, 0.0]], "reach")]),
    "wall_shear.fit_profile": Entry(wall_shear.fit_profile, lambda: dict(r=np.linspace(0, 2e-3, 12), seen=np.ones((3, 12)), radius=3e-3), dict(r="numbers", seen="numbers", radius="positive"), [("r", "in mm", np.linspace(0, 2, 12), "metres"), ("seen", "turned", np.ones((12, 3)), "column")]),
    "pulse_wave": Entry(pulse_wave, lambda: dict(artery=Artery(), inflow=carotid_inflow, nodes=9, beats=1), dict(inflow="function", nodes="count", keep="count", beats="count", scheme="word")),
    "NetworkSpread": Entry(NetworkSpread, lambda: dict(weights=web()), dict(weights="numbers"), [("weights", "negative", -web(), "positive"), ("weights", "oblong", np.ones((2, 3)), "square"), ("weights", "empty diagonal", np.eye(3), "connection")]),
    "NetworkSpread.simulate": Entry(lambda **k: NetworkSpread(web()).simulate(**k), lambda: dict(start=[0.1, 0.0, 0.2, 0.0], t=[0.0, 1.0, 2.0]), dict(start="numbers", t="times"), [("t", "of no size", [0.0, 1e-200, 2e-200], "Rescale"), ("start", "per cent", [10.0, 0, 0, 0], "between 0 and 1"), ("start", "three", [0.1, 0, 0], "regions")]),
    "NetworkSpread.linear": Entry(lambda **k: NetworkSpread(web()).linear(**k), lambda: dict(start=[0.1, 0.0, 0.2, 0.0], t=[0.0, 1.0, 2.0]), dict(start="numbers", t="times")),
    "rate_laws.induced": Entry(rate_laws.induced, lambda: dict(final=[[0.01] * 4], rise=[[5.0] * 4], t=[0.0, 50.0]), dict(final="numbers", rise="numbers", t="numbers"), [("final", "negative", [[-0.01] * 4], "at least 0"), ("t", "before the start", [-1.0], "at least 0")]),
    "rate_laws.mass_action": Entry(rate_laws.mass_action, lambda: dict(final=[[0.01] * 4], rise=[[5.0] * 4], t=[0.0, 5.0, 9.0]), dict(final="numbers", rise="numbers", t="times", start="positive"), [("inhibition", "zero", 0.0, "above")]),
    "rate_laws.balance": Entry(rate_laws.balance, lambda: dict(v=[[3.0, 2.0, 2.0, 1.0]]), {}, [("v", "five steps", np.ones((2, 5)), "four steps"), ("v", "text", ["a"] * 4, "numbers"), ("v", "complex", 1j * np.ones(4), "real"), ("v", "None", None, "numbers"), ("v", "sparse", coo_matrix(np.ones((1, 4))), "toarray")]),
    "rate_laws.smooth": Entry(rate_laws.smooth, lambda: dict(t=T[::3], y=np.sin(T[::3])[None, :, None]), dict(t="times", y="numbers"), [("derivative", "second", 2, "at most 1"), ("at", "text", ["a"], "numbers")]),
    "rate_laws.integrate": Entry(rate_laws.integrate, lambda: dict(rate=lambda m, e: rate_laws.balance(e), t=np.arange(6.0), enzymes=np.full((1, 6, 4), 0.5), start=[20.0, 0, 0, 0, 0]), dict(rate="function", t="times", enzymes="numbers", start="numbers", step="positive"),
        [("rate", "NaN", lambda m, e: np.nan * m, "finite"), ("rate", "complex", lambda m, e: 1j * m, "real"), ("rate", "nothing", lambda m, e: None, "numbers")]),
    "rate_laws.fit": Entry(rate_laws.fit, chain_of_four, dict(t="times", metabolites="numbers", enzymes="numbers", start="numbers", step="positive", iterations="count"),
        [("laws", "an unknown enzyme", [("C", 5, "competitive")], "enzyme 1 to 4"), ("metabolites", "in M", 1e-3 * strains()[0]["metabolites"], "Rescale"), ("metabolites", "in uM", 1e3 * strains()[0]["metabolites"], "Rescale"), ("t", "in seconds", 3600 * strains()[0]["t"], "Rescale")]),
    "rate_laws.fit_slopes": Entry(rate_laws.fit_slopes, chain_slopes, dict(metabolites="numbers", enzymes="numbers", slopes="numbers"), [("slopes", "a day", 1e3 * strains()[1], "Rescale"), ("scale", "zero", np.zeros(5), "positive")]),
    "hyperelastic.invariants": Entry(hyperelastic.invariants, lambda: dict(F=SHEARED["F"]), dict(F="numbers"), [("F", "a volume that grows", 1.1 * np.eye(3)[None], "volume")]),
    "hyperelastic.leads": Entry(hyperelastic.leads, lambda: dict(SHEARED), dict(F="numbers", face="numbers", free="word"), [("face", "half", [[0, 0.5]] * 4, "whole"), ("face", "third axis", [[0, 3]] * 4, "whole")]),
    "hyperelastic.energy": Entry(hyperelastic.energy, lambda: dict(law={"I1": (1.0, 0.0)}, F=SHEARED["F"]), dict(F="numbers", law="law")),
    "hyperelastic.stress": Entry(hyperelastic.stress, lambda: dict(law={"I1": (1.0, 0.0)}, **SHEARED), dict(F="numbers", face="numbers", free="word", law="law")),
    "hyperelastic.fit": Entry(hyperelastic.fit, lambda: dict(laws=[("I1",)], iterations=2, **TESTED), dict(F="numbers", face="numbers", stress="numbers", iterations="count"),
        [("laws", "none", [], "laws"), ("laws", "a number", 3, "laws"), ("laws", "a name", "I1", "laws"), ("laws", "names", [3], "law"), ("starts", "none", (), "starts"), ("starts", "text", ("a",), "starts"), ("starts", "negative", (-1.0,), "positive"), ("weights", "negative", [-1.0, 1, 1, 1], "weights"), ("weights", "text", ["a"] * 4, "weights")]),
    "hyperelastic.search": Entry(hyperelastic.search, lambda: dict(size=1, iterations=2, **TESTED), dict(size="count", stress="numbers"), [("shapes", "a number", 3, "shapes"), ("shapes", "none", (), "size|laws"), ("size", "more than there are", 11, "at most")]),
    "hyperelastic.network": Entry(hyperelastic.network, lambda: dict(rng=0, steps=3, curve=4, **TESTED), dict(F="numbers", face="numbers", stress="numbers", rng="seed", starts="count", steps="count", curve="count", rate="positive"), [("stress", "in Pa", [400.0, 800.0, 1200.0, 1600.0], "kPa"), ("exponents", "zero", 0.0, "positive"), ("penalty", "negative", -1.0, "penalty")]),
    "hyperelastic.as_law": Entry(hyperelastic.as_law, lambda: dict(inner=[0.0] * 6 + [2.0] + [0.0] * 25, outer=[0.0] * 6 + [1.5] + [0.0] * 25), dict(inner="numbers", outer="numbers")),
    "design.schedules": Entry(design.schedules, lambda: dict(times=6, k=2), dict(times="count", k="count")),
    "random_features.corner": Entry(random_features.corner, lambda: dict(at=(0.0, 0.0), first=0.0, angle=1.5), dict(at="numbers")),
    "waves.Ring": Entry(Ring, lambda: dict(name="heat", terms={(1, 2): 0.1}), {}, [("terms", "none", None, "terms"), ("terms", "a list", [0.1], "terms"), ("terms", "half a power", {(0.5, 1): 1.0}, "whole"), ("terms", "NaN", {(1, 2): np.nan}, "coefficient"), ("terms", "one number", {1: 1.0}, "pair")]),
    "waves.Ring.solve": Entry(BURGERS.solve, lambda: dict(u0=np.sin(2 * np.pi * np.arange(20) / 20), x=np.arange(20) / 20, t=[0.0, 0.1, 0.2], step=0.05), dict(u0="numbers", x="times", t="times", step="positive"),
        [("x", "uneven", (np.arange(20) / 20) ** 2, "evenly"), ("u0", "one too few", np.ones(19), "u0"), ("t", "one", [0.0], "two times"), ("step", "too many", 1e-12, "steps")]),
    "waves.solitons": Entry(solitons, lambda: dict(x=np.linspace(-9, 9, 19), t=np.linspace(0, 1, 5)), dict(x="numbers", t="numbers"),
        [("speeds", "equal", (1.0, 1.0), "different"), ("speeds", "negative", (1.0, -1.0), "positive"), ("speeds", "one", (1.0,), "speeds"), ("places", "one", (1.0,), "places")]),
    "waves.cole_hopf": Entry(cole_hopf, lambda: dict(x=np.linspace(-1, 1, 9), t=np.linspace(0.1, 1, 5), start=np.sin, nodes=101), dict(x="numbers", t="numbers", start="function", viscosity="positive", reach="positive", nodes="count"),
        [("t", "zero", [0.0], "positive"), ("start", "NaN", lambda y: np.nan * y, "finite"), ("start", "complex", lambda y: 1j * y, "real"), ("start", "nothing", lambda y: None, "numbers"), ("start", "one number", lambda y: 1.0, "one value a place|One value")]),
    "connectome.cohort": Entry(cohort, lambda: dict(weights=web(), start=[0.1, 0.0, 0.2, 0.0], growth=[0.5, 0.4, 0.3], coupling=[0.1, 0.2, 0.3], t=[[1.0, 2.0]] * 3), dict(weights="numbers", start="numbers", growth="numbers", coupling="numbers", t="numbers", steps="count"),
        [("growth", "negative", [-0.5, 0.4, 0.3], "positive"), ("t", "backwards", [[2.0, 1.0]] * 3, "increase"), ("coupling", "too fast", [100.0] * 3, "steps"), ("coupling", "two", [1.0, 1.0], "patient")]),
    "connectome.crossing": Entry(crossing, lambda: dict(t=[0.0, 1.0, 2.0], c=np.linspace(0.1, 0.9, 6).reshape(3, 2)), dict(t="times", c="numbers"), [("level", "one", 1.0, "below"), ("level", "text", "half", "level")]),
    "connectome.strength": Entry(strength, lambda: dict(weights=web()), dict(weights="numbers")),
    "connectome.rewired": Entry(rewired, lambda: dict(weights=web(), rng=np.random.default_rng(0)), dict(weights="numbers", rng="seed"),
        [("alike", "three", np.ones((3, 3)), "pair"), ("alike", "lopsided", np.triu(np.ones((4, 4))), "symmetric"), ("weights", "a region alone", np.diag([1.0, 1, 0], 1) + np.diag([1.0, 1, 0], -1), "connection")]),
    "connectome.smoothed": Entry(smoothed, lambda: dict(weights=web(), alike=np.zeros_like(web())), dict(weights="numbers")),
    "gillespie.simulate": Entry(gillespie.simulate, lambda: dict(rates=birth_and_death, change=[[1], [-1]], start=[[3], [4]], times=[0.0, 0.5, 1.0], rng=np.random.default_rng(0)),
        dict(rates="function", start="numbers", times="times", rng="seed"), [("start", "negative", [[-1], [2]], "positive"), ("change", "halves", [[0.5], [-1]], "whole"), ("burst", "negative", [-1.0, 0.0], "mean sizes")]),
    "gillespie.linear_noise": Entry(gillespie.linear_noise, lambda: dict(rates=lambda n, which: np.stack([np.full(len(n), 2.0), n[:, 0], 5 * n[:, 0], n[:, 1]], axis=1), change=[[1, 0], [-1, 0], [0, 1], [0, -1]], guess=[1.0, 1.0]), dict(rates="function", guess="numbers"), [("change", "one row", [1, -1], "row")]),
    "gillespie.pairs": Entry(gillespie.pairs, lambda: dict(n=[0.5, 2.0]), dict(n="numbers"), [("n", "zero", [0.0], "positive")]),
    "signalled_ring.grow": Entry(signalled_ring.grow, lambda: dict(signal=lambda x: x, rate=0.1, weeks=0.2, pressure=lambda t: 18.6), dict(signal="function", rate="positive", weeks="positive", rings="count", layers="count"),
        [("weeks", "between steps", 0.25, "multiple")]),
    "signalled_ring.Cells": Entry(signalled_ring.Cells, lambda: dict(response=lambda y: y, number=10.0, count=2, reference=1.0, rng=np.random.default_rng(0)),
        dict(response="function", number="positive", count="count", reference="positive", rng="seed", turnover="positive", burst="positive", start="positive")),
    "growing_ring.inflate": Entry(growing_ring.inflate, lambda: dict(g=[[1.0, 1.1]] * 3, pressure=13.3), dict(g="numbers", wall="wall"), [("pressure", "text", "a", "pressure"), ("pressure", "two", [1.0, 2.0], "pressure"), ("shear", "zero", 0.0, "positive"), ("shear", "text", "a", "shear"), ("pressure", "too much", 500.0, "holds"), ("pressure", "negative", -1.0, "positive")]),
    "growing_ring.drivers_of": Entry(growing_ring.drivers_of, lambda: dict(r=[1.2, 1.4, 1.55], pressure=13.3, rest=[1.0, 1.2, 1.4]), dict(rest="numbers"), [("shear", "text", "a", "shear"), ("shear", "zero", 0.0, "positive"), ("shear", "two", [1.0, 2.0], "column"), ("r", "complex", 1j * np.ones(3), "real"), ("r", "text", ["a"] * 3, "numbers"), ("pressure", "NaN", np.nan, "finite"), ("pressure", "suction", -1.0, "at least 0"), ("pressure", "text", "a", "numbers"), ("pressure", "None", None, "numbers"), ("r", "backwards", [1.5, 1.4, 1.2], "increase"), ("r", "two", [1.2, 1.4], "as many as rest")]),
    "growing_ring.scales": Entry(growing_ring.scales, dict, dict(wall="wall", shear="positive", layers="count"), [("pressure", "text", "a", "pressure")]),
    "growing_ring.grow": Entry(growing_ring.grow, lambda: dict(driver=[0, 1, 2], rate=[0.1] * 3, set_point=[1.0] * 3, t=[0.0, 1.0, 2.0], pressure=lambda t: 18.6), dict(driver="numbers", rate="numbers", set_point="numbers", t="times", pressure="pressure", wall="wall", shear="positive", layers="count", markers="count"), [("shear", "falls to zero", np.sin, "shear|at least"), ("driver", "six", [6, 0, 0], "DRIVERS"), ("t", "between steps", [0.0, 0.15], "steps")]),
    "growing_ring.elements": Entry(growing_ring.elements, lambda: dict(driver="stress", rate=0.1, set_point=1.0, t=[0.0, 1.0, 2.0], pressure=lambda t: 18.6, count=8), dict(driver="word", rate="positive", t="times", pressure="pressure", wall="wall", shear="positive", bulk="positive", count="count", markers="count"), [("jumps", "text", "a", "jumps"), ("jumps", "None", None, "jumps")]),
    "growing_ring.fit": Entry(growing_ring.fit, lambda: dict(t=[0, 1.0, 2.0], r=np.ones((3, 3, 5)) * [1.3, 1.37, 1.44, 1.53, 1.62], pressure=lambda t: 18.6, iterations=2), dict(r="numbers", t="times", iterations="count"), [("r", "one row", np.ones((1, 1, 5)), "row of radii a time"), ("r", "in m", 1e-3 * np.ones((1, 3, 5)), "Rescale"), ("starts", "three", [[0.1, 0.2, 0.3]], "starts as pairs"), ("starts", "text", [["a", "b"]], "numbers")]),
    "sarcomeres.true_share": Entry(sarcomeres.true_share, lambda: dict(weeks=8.0), {}, [("weeks", "negative", -1.0, "weeks"), ("rates", "one", (0.1,), "rates"), ("rates", "None", None, "rates"), ("rates", "a set", {0.1, 0.2}, "rates"), ("rates", "zero", (0.0, 0.1), "positive")]),
    "sarcomeres.animals": Entry(sarcomeres.animals, lambda: dict(n=3, rng=np.random.default_rng(0)), dict(n="count", rng="seed", wall="positive", cells="count")),
    "sarcomeres.sphere_share": Entry(sarcomeres.sphere_share, lambda: dict(inner=np.ones((3, 2)) * [20, 25], thickness=np.ones((3, 2)), length=np.ones((3, 2)) * [60, 66]), dict(inner="numbers", thickness="numbers", length="numbers"), [("thickness", "negative", -np.ones((3, 2)), "at least 0"), ("inner", "two", np.ones((2, 2)), "3 animals")]),
    "finite_volumes": Entry(finite_volumes, lambda: dict(u0=np.full(5, 0.5), t=[0.0, 1.0, 2.0], width=50.0, diffusivity=lambda u: 300 + 0 * u, growth=lambda u, t: 0 * u),
        dict(u0="numbers", t="times", width="positive", diffusivity="function", growth="function", step="positive"), [("diffusivity", "negative", lambda u: -300 + 0 * u, "diffusivity|negative")]),
    "CellInvasion.solve": Entry(lambda **k: CellInvasion().solve(**k), lambda: dict(start=lambda x: 0.5 + 0 * x, x=[100.0, 200.0], t=[0.0, 1.0, 2.0], modes=8), dict(start="function", x="numbers", t="times", modes="count")),
    "TwoFronts": Entry(lambda **k: TwoFronts(**k), dict, dict(ratio="field", millimetres="field")),
    "TwoFronts.activation": Entry(lambda x: TwoFronts().activation(x), lambda: dict(x=SCATTER), dict(x="numbers")),
}  # fmt: skip


ENTRIES |= bank_of_models.calls(Entry) | bank_of_patients.calls(Entry)


def bank():
    """(entry, argument, what is wrong, function -> the arguments of the call, word) of every row."""
    for name, entry in ENTRIES.items():
        for argument, kind in entry.kinds.items():
            for label, change, word in KINDS[kind]:
                yield name, argument, label, change, word
        for argument, label, value, word in entry.own:
            yield name, argument, label, value, word


def options():
    """(entry, argument, bad value) of every argument with a flag, a number or a word as its default, whether or not the bank says its kind."""
    for name, entry in ENTRIES.items():
        try:
            asked = inspect.signature(public(name) or entry.call).parameters.values()
            taken = inspect.signature(entry.call).parameters.values()
        except ValueError:  # what C made
            continue
        open_ended = any(p.kind is p.VAR_KEYWORD for p in taken)
        for p in asked:
            if p.name not in [t.name for t in taken if t.kind is not t.POSITIONAL_ONLY] and not open_ended:
                continue
            if isinstance(p.default, bool):
                yield name, p.name, "no"
            elif isinstance(p.default, int | float):
                yield name, p.name, "three"
                yield name, p.name, 1j
            elif isinstance(p.default, str):
                yield name, p.name, {}


def public(name):
    """The function or method that an entry is named after, for those that are called through a lambda; or nothing."""
    parts = name.partition(",")[0].split(".")
    for owner in (mmlib, mmlib.systems):
        for part in parts:
            owner = getattr(owner, part, None)
        if callable(owner):
            return owner
    return None


def arguments(name, argument, label, change):
    """Keyword arguments with the one that is bad."""
    good = ENTRIES[name].good()
    own = [v for a, what, v, _ in ENTRIES[name].own if (a, what) == (argument, label)]
    if own:  # a function that makes a kernel is called, a function that is itself the bad value is passed
        value = own[0]() if label == "three inputs" and callable(own[0]) else own[0]
    else:
        value = change(good.get(argument))
    return good | {argument: value}


@dataclass
class Outcome:
    """What a call did: "clear", "depths", "silent" or "hang", its message and its seconds."""

    kind: str
    text: str
    seconds: float


def outcome(name, options, limit=10) -> Outcome:
    """Call and see. A clear error is a ValueError or TypeError that mmlib raised, with *expected*, *got* and a next step."""

    def give_up(*_):
        raise KeyboardInterrupt

    before, start = signal.signal(signal.SIGPROF, give_up), time.process_time()
    signal.setitimer(signal.ITIMER_PROF, limit)  # CPU seconds: a machine that has other work is no hang
    try:
        ENTRIES[name].call(**options)
    except KeyboardInterrupt:
        return Outcome("hang", "", time.process_time() - start)
    except Exception as error:
        own = Path(traceback.extract_tb(error.__traceback__)[-1].filename).is_relative_to(LIBRARY)
        text = str(error)
        said = isinstance(error, ValueError | TypeError) and "expected" in text.lower() and "got" in text
        next_step = len([s for s in text.replace("? ", ". ").replace(": ", ". ").split(". ") if s]) > 1
        return Outcome("clear" if own and said and next_step else "depths", f"{type(error).__name__}: {text}", time.process_time() - start)  # fmt: skip
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return Outcome("silent", "", time.process_time() - start)
