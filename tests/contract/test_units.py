"""The unit is the user's own: times, places and values times 1e-9 … 1e9, and shifted. The answer follows, or the call refuses.

Each case solves one small problem in a unit and says what must not depend on it. A refusal is a ValueError that names a
remedy. A wrong number without a word is what this test is for.
"""

import re
import warnings

import numpy as np
import pytest
import torch

from mmlib import ensemble, gp, identify, multistart, nets, neural_ode, pinn, screening, surfaces
from mmlib.pinn import dde
from tests.contract.bank import Decay

REMEDY = "(?i)Rescale|measure x|order one|Measure from|apart|apply_output_transform|unit"
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


CASES = {
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
    "multistart": (starts, 1e-4),
    "gap": (groups, 1e-9),
    "fit_spline": (_surface(surfaces.fit_spline), 0.02),
    "fit_network": (_surface(lambda x, mu: surfaces.fit_network(x, mu, rng=0, hidden=(8,), steps=40)), 0.05),
    "pinn": (physics, 0.01),
    "deeponet": (operator, 0.1),
}
UNITS = [(f, 1.0, 0.0) for f in (1e-9, 1e-3, 1e3, 1e9)] + [(1.0, f, 0.0) for f in (1e-9, 1e-3, 1e3, 1e9)] + [(1.0, 1.0, 1e3), (1.0, 1.0, 1e9)]  # fmt: skip


ORDER_ONE = {
    "sindy",
    "path of sindy",
    "bagging",
    "pinn",
    "deeponet",
}  # the only ones that may refuse a thousandfold unit


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
