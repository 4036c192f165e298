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
    with pytest.raises(ValueError, match="expected (each layer of )?sizes"):
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
        ({"y": np.where(np.arange(5) == 2, np.nan, 1.0)[:, None]}, "Leave that time out"),
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
    with pytest.raises(ValueError, match="increasing times from 1 on"):
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


# -- multiple shooting written once more --------------------------------------------------------------------------


def second_writing(rates, params, series, sd, *, step, decay, weights, iterations):
    """Rows of states, jumps and decay in one function, its Jacobian by forward mode, damped steps by NumPy."""
    data, d = np.concatenate([y for _, y in series]), len(sd)
    pairs, at = [], 0
    for t, _ in series:
        pairs += [(at + k, t[k + 1] - t[k]) for k in range(len(t) - 1)]
        at += len(t)
    gaps = np.array([g for _, g in pairs])
    number = int(np.ceil(gaps.max() / (step or np.median(gaps) / 2) - 1e-9))
    size = len(data) * d

    def rows(u, weight):
        z, q = u[:size].reshape(-1, d), u[size:]
        first, h = [k for k, _ in pairs], torch.tensor(gaps)[:, None] / number
        y = z[first]
        for _ in range(number):
            k1 = rates(q, y)
            k2 = rates(q, y + h / 2 * k1)
            k3 = rates(q, y + h / 2 * k2)
            k4 = rates(q, y + h * k3)
            y = y + h * (k1 / 6 + k2 / 3 + k3 / 3 + k4 / 6)
        misfits = (z - torch.tensor(data)) / torch.tensor(sd)
        jumps = weight * (y - z[[k + 1 for k in first]]) / torch.tensor(sd)
        return torch.cat([misfits.flatten(), jumps.flatten(), np.sqrt(decay) * q])

    u, count = np.concatenate([data.ravel(), params]), 0
    for weight in weights:
        damping, quiet, settled = 1e-2, 0, False
        for _ in range(iterations):
            count += 1
            r = rows(torch.tensor(u), weight).numpy()
            J = torch.autograd.functional.jacobian(lambda u, w=weight: rows(u, w), torch.tensor(u)).numpy()
            scale = np.diag(J.T @ J)
            trial = u - np.linalg.solve(J.T @ J + damping * np.diag(np.maximum(scale, 1e-9 * scale.max())), J.T @ r)
            loss, new = r @ r, np.sum(rows(torch.tensor(trial), weight).numpy() ** 2)
            if new < loss:
                quiet = quiet + 1 if loss - new < 1e-4 * loss + 1e-12 else 0
                u, damping = trial, max(damping / 4, 1e-12)
            else:
                damping *= 4
            if quiet >= 3 or damping > 1e12:
                settled = True
                break
    z = u[:size].reshape(-1, d)
    jumps = rows(torch.tensor(u), 1.0).numpy()[size : size + len(pairs) * d]
    return u[size:], z, np.sqrt((((z - data) / sd) ** 2).mean()), np.abs(jumps).max(), count, settled


@pytest.mark.parametrize(("step", "iterations"), [(None, 2), (0.11, 10)])
def test_each_step_is_that_of_the_second_writing(step, iterations):
    rng = np.random.default_rng(1)
    times = [np.array([0.0, 0.2, 0.5, 0.6, 1.0]), np.array([1.0, 1.3, 1.4])]
    series = [(t, np.column_stack([np.exp(-t), np.cos(t)]) + 0.05 * rng.standard_normal((len(t), 2))) for t in times]
    sd = np.array([0.05, 0.1])

    def rates(p, y):
        return torch.stack([p[0] * y[..., 0], -p[1] * y[..., 0] - p[2] * y[..., 1] ** 2], dim=-1)

    options = {"step": step, "decay": 0.3, "weights": (1, 30), "iterations": iterations}
    fit = fit_ode(rates, [0.4, 0.1, 0.1], times, [y for _, y in series], sd=sd, **options)
    params, states, misfit, jump, count, settled = second_writing(rates, [0.4, 0.1, 0.1], series, sd, **options)
    assert fit.params.numpy() == pytest.approx(params, rel=1e-6)
    assert np.concatenate(fit.states) == pytest.approx(states, rel=1e-6)
    assert (fit.misfit, fit.jump) == pytest.approx((misfit, jump), rel=1e-5) and fit.iterations == count
    assert not (settled and fit.verdict.status == "out of steps")


def test_with_logarithms_it_is_the_fit_of_the_logarithms():
    t, y = np.linspace(0, 1, 6), np.exp(-np.linspace(0, 1, 6))[:, None] * [[1.0], [1.1], [0.9], [1.0], [1.05], [1.0]]
    one = fit_ode(lambda p, y: p * y * y, [0.1], t, y, sd=0.1, log=True)
    two = fit_ode(lambda p, z: p * z.exp(), [0.1], t, np.log(y), sd=0.1)
    assert one.params.item() == pytest.approx(two.params.item(), rel=1e-9) and one.iterations == two.iterations
    assert np.log(one.states[0]) == pytest.approx(two.states[0]) and one.misfit == pytest.approx(two.misfit)
    assert one.rates([[2.0]])[0, 0] == pytest.approx(4 * one.params.item())


def test_a_forecast_ends_a_million_times_beyond_the_states():
    """Exponential growth at rate one from states up to one: 2e6 is reached at t = 14.5."""
    fit = fit_ode(DECAY, [1.0], np.linspace(-1, 0, 5), np.exp(np.linspace(-1, 0, 5))[:, None], sd=1e-4)
    assert fit.params.item() == pytest.approx(1, abs=1e-3)
    fit = fit._replace(params=torch.ones(1, dtype=torch.float64))
    end = np.log(1e6 * (1 + np.abs(fit.states[0]).max()) / fit.states[0][-1, 0])
    assert fit.solve([end - 0.03], start="last")[0, 0] == pytest.approx(np.exp(end - 0.03), rel=1e-3)
    with pytest.raises(RuntimeError, match="runs away from the states"):
        fit.solve([end + 0.03], start="last")
    assert fit.solve([-1.0, 0.5])[:, 0] == pytest.approx(np.exp([-1, 0.5]), rel=1e-3)
    for times in ([0.5, 0.4], [0.5, 0.5], [-1.1, 0.5]):
        with pytest.raises(ValueError, match="increasing times from -1 on"):
            fit.solve(times)


@pytest.mark.parametrize("start", [0.0, -5.0, 1e9])
def test_a_forecast_of_no_length_is_the_state(start):
    """Asked for at the time of a state alone, wherever the clock starts; and it goes on from there."""
    fit = fit_ode(DECAY, [-1.0], np.linspace(0, 1, 5), np.exp(-np.linspace(0, 1, 5))[:, None], sd=1e-3)
    fit = fit._replace(times=[fit.times[0] + start])
    for which, k in (("first", 0), ("last", -1)):
        at = fit.times[0][k]
        assert fit.solve([at], start=which) == pytest.approx(fit.states[0][[k]], rel=1e-6)
        both = fit.solve([at, at + 0.5], start=which)
        assert both[1] == pytest.approx(both[0] * np.exp(-0.5), rel=1e-2)


def test_weights_of_a_network_have_the_spread_of_their_inputs():
    net = network([400, 300, 100], seed=0)
    first, second = net.theta0[: 400 * 300], net.theta0[400 * 300 + 300 : 400 * 300 + 300 + 300 * 100]
    assert first.std().item() == pytest.approx(1 / 20, rel=0.02) and second.std().item() == pytest.approx(
        1 / np.sqrt(300), rel=0.02
    )
    assert not net.theta0[400 * 300 : 400 * 300 + 300].any() and not net.theta0[-100:].any()
    with pytest.raises(ValueError, match="each layer of sizes"):
        network([2, 3, 0], seed=0)
    assert len(network([1, 1], seed=0).theta0) == 2


def test_the_cost_of_a_gradient_is_counted():
    """Euler's scheme in four steps: four calls, the same value and slopes as by hand; the adjoint calls on its way back."""
    calls = []

    def rhs(p, y):
        calls.append(1)
        return p * y

    t = np.linspace(0, 1, 5)
    g = ode_gradient(rhs, [-0.5], [2.0], t, lambda y: y[-1, 0], method="euler")
    assert g.forward == 4 == len(calls) and g.backward == 0 and g.stored > 0
    assert g.solution.numpy()[:, 0] == pytest.approx(2 * (1 - 0.125) ** np.arange(5))
    assert g.params[0] == pytest.approx(2 * 4 * 0.25 * (1 - 0.125) ** 3) and g.y0[0] == pytest.approx((1 - 0.125) ** 4)
    calls.clear()
    g = ode_gradient(rhs, [-0.5], [2.0], t, lambda y: y[-1, 0], by="adjoint", method="euler")
    assert g.forward == 4 and g.forward + g.backward == len(calls) and g.backward >= 4
