"""Networks: multi-fidelity, second-order regression, recurrent and operator networks, and what goes wrong."""

import numpy as np
import pytest
import torch

from mmlib import nets, pinn
from mmlib._rows import Rows
from mmlib.nets import MultiFidelity
from mmlib.pinn import dde
from mmlib.systems.multi_fidelity import forrester_high, forrester_low


def problem(x_low, x_high):
    line = dde.geometry.Interval(0, 1)
    low = dde.icbc.PointSetBC(x_low, forrester_low(x_low), component=0)
    high = dde.icbc.PointSetBC(x_high, forrester_high(x_high), component=1)
    return dde.data.PDE(line, None, [low, high], num_domain=1)


@pytest.mark.parametrize("method", ["gauss-newton", "ssbroyden"])
def test_forrester_from_few_expensive_points(method):
    """The example of DeepXDE and of Meng & Karniadakis: the cheap function carries the expensive one."""
    x_low, x_high = np.linspace(0, 1, 21)[:, None], np.array([[0.0], [0.4], [0.6], [1.0]])
    x = np.linspace(0, 1, 101)[:, None]
    true = forrester_high(x)
    errors = []
    for seed in range(3):
        with pinn.float64():
            net, data = MultiFidelity([1, 20, 20, 1], []), problem(x_low, x_high)
        fit = pinn.fit(data, net, method=method, seed=seed, iterations=300 if method == "gauss-newton" else 3000)
        got = fit.predict(x)
        assert got.shape == (101, 2)
        errors.append(np.linalg.norm(got[:, 1:] - true) / np.linalg.norm(true))
    assert np.median(errors) < 0.05, errors


def test_two_sizes_are_needed():
    with pytest.raises(ValueError, match=r"expected low=\[inputs, …, outputs\]"):
        MultiFidelity([3], [4])
    with pytest.raises(
        ValueError, match=r"expected each layer of low=.*, positive sizes as a whole number at least 1; got 0"
    ):
        MultiFidelity([1, 0, 1], [4])


def test_transforms_are_applied():
    net = MultiFidelity([2, 4, 1], [3])
    net.apply_feature_transform(lambda x: x[:, [0, 0]])
    net.apply_output_transform(lambda x, y: 0 * y + x[:, 1:])
    x = np.array([[1.0, 2.0], [1.0, 3.0]], dtype=np.float32)
    import torch

    assert net(torch.tensor(x)).detach().numpy() == pytest.approx(np.array([[2.0, 2.0], [3.0, 3.0]]))


# -- second-order regression, recurrent and operator networks


def test_fit_rows_takes_the_steps_of_plain_gauss_newton():
    """The Jacobian in two parts gives the normal equations of the Jacobian in one."""
    net = nets.mlp([2, 5, 3], seed=1)
    x = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(12, 2)
    y = torch.cos(x).sum(dim=1)

    def rows(z, y):
        return torch.stack([z.sum() - y, z[0] * z[1], z[2] - y**2, z.prod()])

    problem = Rows(net, lambda f, x: f(x), rows, (x, y))
    normal, theta = problem.normal(), problem.get()

    def flat(theta):
        problem.set(theta)
        return problem.residuals()

    jacobian = torch.stack(
        [(flat(theta + 1e-6 * e) - flat(theta - 1e-6 * e)) / 2e-6 for e in torch.eye(len(theta))], dim=1
    )
    r = flat(theta)
    assert torch.allclose(normal.gram, jacobian.T @ jacobian, atol=1e-8)
    assert torch.allclose(normal.gradient, jacobian.T @ r, atol=1e-8)
    assert normal.loss == pytest.approx(float(r @ r)) and normal.loss == pytest.approx(problem.losses()[1])
    assert torch.allclose(problem.pull(r)[0], normal.gradient, atol=1e-12)


def test_fit_rows_keeps_the_global_state_and_repeats():
    state, default = torch.random.get_rng_state(), torch.get_default_dtype()
    x = torch.linspace(-1, 1, 50, dtype=torch.float64)[:, None]
    losses = [
        nets.fit_rows(nets.mlp([1, 6, 1], seed=3), lambda f, x: f(x), lambda z, y: z - y, (x, x**3), iterations=10).loss
        for _ in range(2)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-9) and losses[0][-1] < losses[0][0]
    assert torch.equal(torch.random.get_rng_state(), state) and torch.get_default_dtype() is default


def test_fit_rows_shows_the_network_on_its_way():
    """What `watch` sees has the losses that are returned, from the start to the last step."""
    x = torch.linspace(-1, 1, 30, dtype=torch.float64)[:, None]
    seen, steps = [], []

    def watch(iteration, net):
        steps.append(iteration)
        seen.append((net(x) - x**2).square().mean().item())

    fit = nets.fit_rows(
        nets.mlp([1, 5, 1], seed=0), lambda f, x: f(x), lambda z, y: z - y, (x, x**2), iterations=8, watch=watch
    )
    assert steps == list(range(9)) and seen == pytest.approx(list(fit.loss), rel=1e-12)
    with pytest.raises(TypeError, match="watch as a function"):
        nets.fit_rows(nets.mlp([1, 5, 1], seed=0), lambda f, x: f(x), lambda z, y: z, (x, x), iterations=2, watch=3)


@pytest.mark.parametrize(
    ("net", "data", "message"),
    [
        (torch.nn.Linear(1, 1), (torch.zeros(3, 1).double(),), "double precision"),
        (torch.nn.Linear(1, 1).double(), (torch.zeros(3, 1),), "double precision"),
        (torch.nn.Linear(1, 1).double(), (torch.zeros(3, 1).double(), torch.zeros(2).double()), "each sample"),
        (torch.nn.Linear(1, 1).double(), (torch.full((3, 1), torch.nan).double(),), "finite rows"),
    ],
)
def test_fit_rows_refuses_what_it_cannot_fit(net, data, message):
    with pytest.raises(ValueError, match=message):
        nets.fit_rows(net, lambda f, x: f(x), lambda z, *_: z, data, iterations=2)


def test_mlp_is_drawn_from_its_seed_alone():
    first, again, other = (list(nets.mlp([2, 3, 1], seed=s).parameters())[0] for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    with pytest.raises(ValueError, match="positive layer sizes"):
        nets.mlp([3], seed=0)


@pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])
def test_recurrent_networks_learn_to_wait_and_go_on_from_a_state(cell):
    x = np.random.default_rng(0).choice([-1.0, 1.0], (400, 6, 1))
    y = np.full_like(x, np.nan)
    y[:, 2:] = x[:, :-2]
    net = nets.Recurrent(cell, 1, 12, seed=0)
    fit = nets.fit_sequences(net, x, y, seed=0, iterations=250)
    assert fit.loss[-20:].mean() < 0.05 and not fit.converged
    x = torch.from_numpy(x[:5])
    whole, _ = net(x)
    start, state = net(x[:, :4])
    rest, _ = net(x[:, 4:], state)
    assert torch.allclose(torch.cat([start, rest], dim=1), whole, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 3)), r"x\[..., None\]"),
        (np.zeros((2, 3, 1)), np.full((2, 3, 1), np.nan), "at least one output"),
        (np.full((2, 3, 1), np.inf), np.zeros((2, 3, 1)), "finite inputs"),
        (np.full((2, 3, 1), 1.0), np.full((2, 3, 1), 1e200), "order one"),
    ],
)
def test_fit_sequences_says_what_is_wrong(x, y, message):
    with pytest.raises(ValueError, match=message):
        nets.fit_sequences(nets.Recurrent("RNN", 1, 2, seed=0), x, y, seed=0, iterations=1)
    with pytest.raises(ValueError, match="'LSTM'"):
        nets.Recurrent("lstm", 1, 2, seed=0)


def antiderivatives(functions, seed):
    """Sums of four sines with random weights, and their antiderivatives in closed form, at 50 points."""
    rng, x = np.random.default_rng(seed), np.linspace(0, 1, 50)
    c, k = rng.standard_normal((functions, 4)), np.arange(1, 5)
    return c @ np.sin(k[:, None] * x), c @ ((1 - np.cos(k[:, None] * x)) / k[:, None]), x[:, None]


@pytest.mark.parametrize(("branch", "tolerance"), [(0, 1e-7), (12, 1e-4)])
def test_deeponet_learns_the_antiderivative_of_a_closed_family(branch, tolerance):
    u, g, x = antiderivatives(60, 0)
    net = nets.fit_deeponet(u, g, x, modes=4, inputs=4, branch=branch, trunk=16, seed=0)
    u, g, _ = antiderivatives(40, 1)
    assert ((net.predict(u, x) - g) ** 2).mean() < tolerance
    between = x[:-1] + 0.01  # the trunk takes any point
    exact = nets.fit_deeponet(*antiderivatives(60, 0), modes=4, branch=0, trunk=16, seed=0).predict(u, between)
    assert ((exact[:, 1:] - g[:, 1:-1]) ** 2).mean() < 1e-2


@pytest.mark.parametrize(
    ("change", "message"),
    [({"x": np.zeros((3, 1))}, "points, d"), ({"modes": 60}, "modes < "), ({"g": np.full((60, 50), np.nan)}, "finite")],
)
def test_deeponet_refuses_what_does_not_fit(change, message):
    u, g, x = antiderivatives(60, 0)
    with pytest.raises(ValueError, match=message):
        nets.fit_deeponet(**({"u": u, "g": g, "x": x, "seed": 0} | change))


# -- what is inside


def test_both_fidelities_are_what_their_parts_give():
    net = MultiFidelity([2, 4, 1], [3])
    x = torch.tensor([[1.0, 2.0], [1.0, 3.0], [-2.0, 0.5]])
    cheap = net.low(x)
    both = torch.cat([x, cheap], dim=1)
    expensive = both @ net.linear.weight.T + net.linear.bias + net.nonlinear(both)
    assert torch.allclose(net(x), torch.cat([cheap, expensive], dim=1))
    assert net.linear.weight.shape == (1, 3) and [w.out_features for w in net.nonlinear.linears] == [3, 1]


def test_weights_begin_with_the_spread_of_glorot(monkeypatch):
    asked, draw = [], torch.nn.init.normal_
    monkeypatch.setattr(
        torch.nn.init, "normal_", lambda w, std: (asked.append((tuple(w.shape), std)), draw(w, std=std))[1]
    )
    nets.mlp([3, 5, 4], seed=0, first=2.0)
    wanted = [((5, 3), 2 * np.sqrt(2 / 8)), ((5,), 0.5), ((4, 5), np.sqrt(2 / 9)), ((4,), 0.5)]
    assert [a[0] for a in asked] == [w[0] for w in wanted]
    assert [a[1] for a in asked] == pytest.approx([w[1] for w in wanted], rel=1e-12)


def test_sequences_are_trained_by_adam_with_one_cycle_and_clipped_slopes():
    """Written once more, step by step, with a rate from the formula of one cycle: up to `rate` in 30 % of the steps, down after."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 4, 1)), rng.standard_normal((9, 4, 1))
    y[:, 0] = np.nan
    net, ours = nets.Recurrent("GRU", 1, 3, seed=2), nets.Recurrent("GRU", 1, 3, seed=2)
    fit = nets.fit_sequences(net, x, 30 * y, seed=5, iterations=8, batch=6, rate=0.05)
    draw, weights, losses = np.random.default_rng(5), list(ours.parameters()), []
    first, second = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    for k in range(8):
        pick = draw.choice(9, 6, replace=False)
        wanted = torch.from_numpy(30 * y[pick])
        seen = ~torch.isnan(wanted)
        loss = ((ours(torch.from_numpy(x[pick]))[0] - wanted)[seen] ** 2).mean()
        losses.append(float(loss.detach()))
        slopes = torch.autograd.grad(loss, weights)
        norm = float(torch.sqrt(sum((g**2).sum() for g in slopes)))
        up, down = 0.3 * 8 - 1, 8 - 0.3 * 8
        if k <= up:
            low, high, part = 0.05 / 25, 0.05, k / up
        else:
            low, high, part = 0.05, 0.05 / 25e4, (k - up) / down
        pace = high + (low - high) / 2 * (1 + np.cos(np.pi * part))
        momentum = [0.95, 0.85] if k <= up else [0.85, 0.95]
        beta = momentum[1] + (momentum[0] - momentum[1]) / 2 * (1 + np.cos(np.pi * part))
        for j, (w, g) in enumerate(zip(weights, slopes, strict=True)):
            g = g / max(1.0, norm + 1e-6)
            first[j] = beta * first[j] + (1 - beta) * g
            second[j] = 0.999 * second[j] + 0.001 * g**2
            size = (second[j] / (1 - 0.999 ** (k + 1))).sqrt() + 1e-8
            with torch.no_grad():
                w -= pace * first[j] / (1 - beta ** (k + 1)) / size
    assert fit.loss == pytest.approx(losses, rel=1e-6)
    assert "all 8 steps were taken" in fit.message and fit.verdict.status == "out of steps" and fit.cpu_seconds >= 0


def test_sequences_without_error_are_converged():
    net = nets.Recurrent("RNN", 1, 2, seed=0)
    x = np.random.default_rng(1).standard_normal((4, 3, 1))
    with torch.no_grad():
        y = net(torch.from_numpy(x))[0].numpy()
    assert nets.fit_sequences(net, x, y, seed=0, iterations=1).converged
    off = nets.fit_sequences(net, x, y + 2e-6 * np.sqrt((y**2).mean()), seed=0, iterations=1, rate=1e-12)
    assert off.verdict.status == "out of steps"  # a residual of two millionths of the data's


@pytest.mark.parametrize("branch", [0, 6])
def test_an_operator_network_is_mean_basis_and_weights(branch):
    """Lee and Shin 2024: the trunk learns mean and leading modes, least squares gives weights, the branch learns these."""
    u, g, x = antiderivatives(40, 0)
    u = u + 3.0
    net = nets.fit_deeponet(u, g, x, modes=3, inputs=4, branch=branch, trunk=10, iterations=(25, 15), seed=0)
    with torch.no_grad():
        basis = net.trunk(torch.from_numpy(x)).numpy()
    modes = np.linalg.svd(g - g.mean(axis=0), full_matrices=False)[2][:3] * np.sqrt(50)  # mean square one
    wanted = np.column_stack([g.mean(axis=0), *modes])
    assert net.fits["trunk"].loss[-1] == pytest.approx(((basis - wanted) ** 2).mean(), rel=1e-6)
    weights = np.array([np.linalg.lstsq(basis[:, 1:], row - basis[:, 0], rcond=None)[0] for row in g])
    assert net.scale == pytest.approx(weights.std(), rel=1e-9) and net.centre == pytest.approx(u.mean(axis=0))
    seen = (u - u.mean(axis=0)) @ net.axes
    if branch:
        size = np.linalg.svd(u - u.mean(axis=0), compute_uv=False)
        assert seen.T @ seen == pytest.approx(40 * np.diag((size[:4] / size[0]) ** 2), abs=1e-9)
        sizes = [m.weight.shape for m in net.branch if hasattr(m, "weight")]
        assert sizes == [(6, 4), (3, 6)] and net.trunk[0].weight.shape == (10, 1)
    with torch.no_grad():
        found = net.branch(torch.from_numpy(seen)).numpy()
    assert net.fits["branch"].loss[-1] == pytest.approx(
        ((found - weights / net.scale) ** 2).mean(), rel=1e-6, abs=1e-20
    )
    assert net.predict(u, x) == pytest.approx(found * net.scale @ basis[:, 1:].T + basis[:, 0], rel=1e-9)
    if not branch:
        assert net.fits["branch"].loss[0] == pytest.approx(((weights / net.scale) ** 2).mean())
        design = np.column_stack([u - u.mean(axis=0), np.ones(40)])
        assert f"rank {np.linalg.matrix_rank(design, rtol=1e-10)} of 51" in net.fits["branch"].message
    assert 0 <= net.cpu_seconds < 60 and set(net.fits) == {"trunk", "branch"}


@pytest.mark.parametrize("seed", [0, 7])
def test_trunk_and_branch_start_from_networks_of_their_seeds(seed):
    """The first loss is that of the network as it was drawn: the trunk three times as steep at its inputs, the branch by the next seed."""
    u, g, x = antiderivatives(20, 1)
    net = nets.fit_deeponet(u, g, x, modes=2, inputs=3, branch=4, trunk=5, iterations=(1, 1), seed=seed)
    modes = np.linalg.svd(g - g.mean(axis=0), full_matrices=False)[2][:2] * np.sqrt(50)
    wanted = torch.tensor(np.column_stack([g.mean(axis=0), *modes]))
    with torch.no_grad():
        trunk, branch = nets.mlp([1, 5, 3], seed=seed, first=3.0), nets.mlp([3, 4, 2], seed=seed + 1)
        assert net.fits["trunk"].loss[0] == pytest.approx(float((trunk(torch.tensor(x)) - wanted).square().mean()))
        basis = net.trunk(torch.tensor(x)).numpy()
        weights = np.linalg.lstsq(basis[:, 1:], (g - basis[:, 0]).T, rcond=None)[0].T / net.scale
        seen = branch(torch.tensor((u - net.centre) @ net.axes)).numpy()
    assert net.fits["branch"].loss[0] == pytest.approx(((seen - weights) ** 2).mean())


def test_sizes_of_an_operator_network_at_their_limits():
    u, g, x = antiderivatives(8, 0)
    net = nets.fit_deeponet(u[:, :6], g, x, modes=7, inputs=6, branch=3, trunk=4, iterations=(2, 2), seed=0)
    assert net.axes.shape == (6, 6)
    for wrong in ({"modes": 8}, {"modes": 0}, {"inputs": 7}, {"inputs": 0}):
        with pytest.raises(ValueError, match="1 <= modes < 8 and 1 <= inputs <= 6"):
            nets.fit_deeponet(u[:, :6], g, x, **({"modes": 3, "inputs": 6, "branch": 3, "seed": 0} | wrong))
    assert nets.fit_deeponet(u, g, x, modes=3, inputs=999, branch=0, trunk=4, iterations=(2, 2), seed=0).axes.shape == (
        50,
        50,
    )
