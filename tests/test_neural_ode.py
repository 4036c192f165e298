import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from mmlib.neural_ode import fit_ode, network, ode_gradient
from mmlib.systems.lotka_volterra import LotkaVolterra

MODEL = LotkaVolterra()
TRUE = np.array([MODEL.alpha, MODEL.beta, MODEL.gamma, MODEL.delta])
IRREGULAR = np.sort(np.random.default_rng(0).uniform(0, 12, 25))


def lotka_volterra(p, y):
    h, l = y[..., 0], y[..., 1]
    return torch.stack([p[0] * h - p[1] * h * l, p[3] * h * l - p[2] * l], dim=-1)


def solution(p, y0, t):
    model = LotkaVolterra(*p)
    return solve_ivp(model.rhs, (0, t[-1]), y0, t_eval=t, method="DOP853", rtol=1e-10, atol=1e-10).y.T


# -- network ------------------------------------------------------------------------------------------------------


def test_network_is_what_torch_computes():
    net = network([3, 5, 4, 2], seed=1)
    layers, at = [], 0
    for n, m in ((3, 5), (5, 4), (4, 2)):
        layer = torch.nn.utils.skip_init(torch.nn.Linear, n, m, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(net.theta0[at : at + n * m].reshape(n, m).T)
            layer.bias.copy_(net.theta0[at + n * m : at + n * m + m])
        at += n * m + m
        layers += [layer, torch.nn.Tanh()]
    x = torch.linspace(-2, 2, 21, dtype=torch.float64).reshape(7, 3)
    assert torch.allclose(net(net.theta0, x), torch.nn.Sequential(*layers[:-1])(x), atol=1e-14)


def test_network_depends_on_its_seed_alone():
    before = torch.random.get_rng_state()
    assert torch.equal(network([2, 3, 1], seed=4).theta0, network([2, 3, 1], seed=4).theta0)
    assert not torch.equal(network([2, 3, 1], seed=4).theta0, network([2, 3, 1], seed=5).theta0)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("sizes", [[2], [2, 0, 1], []])
def test_network_needs_sizes(sizes):
    with pytest.raises(ValueError, match="expected sizes"):
        network(sizes, seed=0)


# -- fit_ode ------------------------------------------------------------------------------------------------------


def test_fit_recovers_constants_from_irregular_readings():
    y = solution(TRUE, (34, 6), IRREGULAR)
    fit = fit_ode(
        lambda q, u: lotka_volterra(q.exp(), u),
        np.log([0.4, 0.02, 1, 0.03]),
        IRREGULAR,
        y,
        sd=0.05,
        log=True,
        step=0.25,
    )
    assert fit.converged and fit.jump < 1e-2
    assert fit.params.exp().numpy() == pytest.approx(TRUE, rel=1e-4)
    assert fit.solve([13.0]) == pytest.approx(solution(TRUE, (34, 6), np.array([13.0])), rel=1e-3)


def test_fit_is_the_least_squares_fit_of_scipy():
    """One solution through all pieces: the optimum must be that of single shooting with another solver."""
    t = np.linspace(0, 10, 16)
    sd = np.array([2.0, 1.5])
    y = solution(TRUE, (34, 6), t) + sd * np.random.default_rng(3).standard_normal((16, 2))
    fit = fit_ode(lotka_volterra, [0.5, 0.03, 0.8, 0.02], t, y, sd=sd, step=0.1)
    scale = np.array([1, 0.1, 1, 0.1, 30, 10])
    referee = least_squares(
        lambda q: ((solution((q * scale)[:4], (q * scale)[4:], t) - y) / sd).ravel(),
        np.r_[TRUE, 34, 6] / scale,
        xtol=1e-12,
    )
    assert fit.converged
    assert fit.params.numpy() == pytest.approx((referee.x * scale)[:4], rel=2e-3)
    assert y.size * fit.misfit**2 == pytest.approx(2 * referee.cost, rel=2e-3)


def test_several_series_share_params_and_keep_their_states():
    t = [np.linspace(0, 5, 11), np.linspace(1, 4, 9)]
    y = [np.exp(-0.7 * s)[:, None] * a for s, a in zip(t, (2.0, 5.0), strict=True)]
    fit = fit_ode(lambda p, u: p * u, [0.0], t, y, sd=0.01)
    assert fit.params.item() == pytest.approx(-0.7, rel=1e-3)
    assert [len(s) for s in fit.states] == [11, 9]
    assert fit.solve([6.0], series=1, start="last")[0, 0] == pytest.approx(5 * np.exp(-4.2), rel=1e-2)


def test_decay_pulls_params_to_zero():
    t = np.linspace(0, 1, 6)
    y = np.exp(-t)[:, None]
    free, pulled = (fit_ode(lambda p, u: p * u, [0.0], t, y, sd=0.1, decay=d).params.item() for d in (0.0, 1e4))
    assert free == pytest.approx(-1, abs=1e-3) and abs(pulled) < 0.02


def test_a_network_learns_an_interaction():
    t = np.linspace(0, 8, 33)
    y = solution(TRUE, (34, 6), t)
    net = network([2, 6, 2], seed=0)
    centre = torch.tensor([3.3, 2.8], dtype=torch.float64)
    fit = fit_ode(
        lambda q, u: u * net(q, u.log() - centre), net.theta0, t, y, sd=0.02, log=True, decay=0.1, weights=(1, 10, 100)
    )
    off = fit.rates(y) / y - np.stack([lotka_volterra(TRUE, torch.as_tensor(u)).numpy() for u in y]) / y
    assert np.sqrt((off**2).mean()) < 0.03


T, Y = np.linspace(0, 1, 5), np.ones((5, 1))
DECAY = lambda p, u: p * u  # noqa: E731


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.where(np.arange(5) == 2, np.nan, 1.0)[:, None]}, "Leave missing readings out"),
        ({"t": T[::-1]}, "strictly increasing"),
        ({"t": np.array([0, 0.5, 0.5, 0.7, 1])}, "average ties"),
        ({"y": np.ones(5)}, r"y\[:, None\]"),
        ({"y": np.ones((4, 1))}, r"expected t \(n,\)"),
        ({"y": -Y, "log": True}, "positive readings"),
        ({"sd": 0.0}, "positive, finite sd"),
        ({"sd": np.nan}, "positive, finite sd"),
        ({"t": [T, T], "y": [Y]}, "as many arrays"),
        ({"t": [T, T], "y": [Y, np.ones((5, 2))]}, "as many states"),
        ({"rhs": lambda p, u: (p * u).sum()}, "rates of shape"),
    ],
)
def test_bad_input_is_refused(change, message):
    given = {"rhs": DECAY, "params": [0.0], "t": T, "y": Y, "sd": 0.1} | change
    with pytest.raises(ValueError, match=message):
        fit_ode(**given)


def test_a_forecast_starts_at_its_state():
    fit = fit_ode(DECAY, [0.0], T, Y, sd=0.1)
    with pytest.raises(ValueError, match="sorted times from 1 on"):
        fit.solve([0.5], start="last")
    with pytest.raises(ValueError, match="'first' or 'last'"):
        fit.solve([2.0], start="middle")


def test_a_fit_that_stopped_early_says_so():
    y = solution(TRUE, (34, 6), IRREGULAR)
    fit = fit_ode(lotka_volterra, [0.1, 0.1, 0.1, 0.1], IRREGULAR, y, sd=0.1, iterations=2)
    assert not fit.converged


def test_a_solution_that_runs_away_is_reported():
    fit = fit_ode(lambda p, u: p * u**2, [0.5], T, (1 / (1 - 0.5 * T))[:, None], sd=0.01)
    assert fit.params.item() == pytest.approx(0.5, rel=1e-2)
    with pytest.raises(RuntimeError, match="integrated up to t"):
        fit.solve([0.0, 4.0])


# -- ode_gradient -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["backprop", "adjoint"])
def test_gradient_agrees_with_differences_of_another_solver(by):
    t = np.linspace(0, 6, 7)

    def value(q):
        return (solution(q[:4], q[4:], t) ** 2).mean()

    at = np.r_[TRUE, 34.0, 6.0]
    steps = np.diag(1e-5 * at)
    expected = np.array([(value(at + h) - value(at - h)) / (2 * h.sum()) for h in steps])
    g = ode_gradient(lotka_volterra, TRUE, [34.0, 6.0], t, lambda y: (y**2).mean(), by=by, rtol=1e-8, atol=1e-8)
    assert g.value == pytest.approx(value(at), rel=1e-6)
    assert np.r_[g.params, g.y0] == pytest.approx(expected, rel=1e-5)
    assert (g.backward > 0) == (by == "adjoint")


def test_only_backprop_stores_more_with_more_steps():
    stored = {
        by: [
            ode_gradient(DECAY, [-1.0], [1.0], T, lambda y: y.sum(), by=by, rtol=tol, atol=tol).stored
            for tol in (1e-3, 1e-9)
        ]
        for by in ("backprop", "adjoint")
    }
    assert stored["backprop"][1] > 2 * stored["backprop"][0]
    assert stored["adjoint"][1] == stored["adjoint"][0] < stored["backprop"][0]


def test_gradient_refuses_bad_input():
    with pytest.raises(ValueError, match="'backprop' or 'adjoint'"):
        ode_gradient(DECAY, [1.0], [1.0], T, lambda y: y.sum(), by="magic")
    with pytest.raises(ValueError, match="strictly increasing"):
        ode_gradient(DECAY, [1.0], [1.0], T[::-1], lambda y: y.sum())


def test_gradient_without_torchdiffeq_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torchdiffeq", None)
    with pytest.raises(ImportError, match="pip install torchdiffeq"):
        ode_gradient(DECAY, [1.0], [1.0], T, lambda y: y.sum())
