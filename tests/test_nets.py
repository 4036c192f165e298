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
    with pytest.raises(ValueError, match="positive sizes; got"):
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
        (np.full((2, 3, 1), 1.0), np.full((2, 3, 1), 1e200), "not finite at step 0"),
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
