"""The two systems of one Gauss-Newton step against NumPy, which of them is taken, and steps made from batches."""

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import dde, steps
from mmlib.pinn.gauss_newton import by_batches
from mmlib.pinn.problem import Problem
from mmlib.pinn.steps import Columns, Plan, Rows, plan

LINE = dde.geometry.Interval(0, 1)


def sine(x, u):
    return dde.grad.hessian(u, x) + torch.pi**2 * torch.sin(torch.pi * x)


def hill(points=30, width=8, layers=2):
    ends = dde.icbc.DirichletBC(LINE, lambda x: np.sin(np.pi * x), lambda x, on: on)  # 1.2e-16 at the right end
    data = dde.data.PDE(LINE, sine, [ends], num_domain=points, num_boundary=2)
    return data, dde.nn.FNN([1] + [width] * layers + [1], "tanh", "Glorot normal")


X = np.linspace(0, 1, 50)[:, None]
HILL = (X, np.sin(np.pi * X))


# -- the systems


@pytest.mark.parametrize("system", [Columns, Rows])
@pytest.mark.parametrize("damping", [1e-6, 1.0])
def test_a_step_is_the_least_squares_solution(system, damping):
    """min |J v + y|^2 + damping |D^(1/2) v|^2 by NumPy, with an unknown constant of the equation that has a scale of its own."""
    dde.config.set_random_seed(0)
    k = dde.Variable(0.7)
    ends = dde.icbc.DirichletBC(LINE, lambda x: 0 * x, lambda x, on: on)
    data = dde.data.PDE(LINE, lambda x, u: dde.grad.hessian(u, x) + k * u + 1, [ends], num_domain=9, num_boundary=2)
    net = dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal").double()
    k.data = k.data.double()
    problem = Problem(data, net, variables={"k": k})
    scale = torch.full((problem.size,), 3.0, dtype=torch.float64)
    scale[-1] = 40.0
    here = system(problem)
    _, _, r, J = (np.asarray(v) for v in problem.stacked())
    assert np.allclose(r, problem.residuals(), atol=1e-14) and here.damp(damping, scale)
    for y in (r, np.cos(np.arange(len(r)))):
        wall = np.diag(np.sqrt(damping * scale.numpy()))
        wanted = np.linalg.lstsq(np.vstack([J, wall]), np.r_[-y, np.zeros(problem.size)], rcond=None)[0]
        found = here.solve(None if y is r else torch.tensor(y))
        assert np.allclose(found, wanted, rtol=1e-6, atol=1e-9 * abs(wanted).max())
    assert here.loss == pytest.approx(r @ r) and np.allclose(here.gradient, J.T @ r)
    assert np.allclose(here.diagonal, (J**2).sum(axis=0))


def test_rows_with_several_columns_have_one_order():
    """Two readings a point: rows, products and the Jacobian count them alike."""
    start = np.array([[0.1], [0.4], [0.8]])
    both = dde.icbc.PointSetBC(start, np.c_[start, 2 - start], component=[0, 1])
    equation = lambda x, u: [dde.grad.jacobian(u, x, i=k, j=0) - 1 for k in (0, 1)]  # noqa: E731
    data = dde.data.PDE(LINE, equation, [both], num_domain=5, num_boundary=2)
    problem = Problem(data, dde.nn.FNN([1, 5, 2], "tanh", "Glorot normal").double())
    _, _, r, J = problem.stacked()
    y = torch.arange(float(len(r)), dtype=torch.float64)
    assert torch.allclose(r, problem.residuals()) and torch.allclose(J.T @ y, problem.pull(y)[0])


# -- which of them


def test_the_cheaper_system_is_taken():
    assert plan(20, 5251) == Plan(True, None)  # DeepXDE's first example with its own network
    assert plan(480, 45_901) == Plan(True, None)
    assert plan(2000, 900) == plan(400, 999) == Plan(False, None)  # few unknowns: J^T J costs next to nothing
    assert plan(600, 1000) == Plan(False, None) and plan(500, 1000) == Plan(True, None)


@pytest.mark.parametrize(("rows", "unknowns"), [(240_000, 1420), (240_000, 8104), (6004, 21_058), (10**6, 250_000)])
def test_a_batch_costs_seconds_and_a_third_of_a_gigabyte_at_most(rows, unknowns):
    by_rows, batch = plan(rows, unknowns)
    assert 0 < batch < rows
    work = batch**2 * unknowns if by_rows else batch * unknowns**2 + unknowns**3
    assert work <= steps.WORK * 1.001
    assert not by_rows or 8 * batch * unknowns <= 0.3e9
    assert by_rows or (batch >= 6 * unknowns and 24 * unknowns**2 <= 2e9)


def test_a_wide_network_on_few_points_trains_from_the_small_side(monkeypatch):
    """DeepXDE's own 1-50-50-50-1 on eighteen points: 5,251 weights, a system of twenty rows."""
    asked = []
    monkeypatch.setattr("mmlib.pinn.gauss_newton.Rows", lambda p: asked.append(1) or Rows(p))
    data, net = hill(16, 50, 3)
    fit = pinn.fit(data, net, seed=0, iterations=40, reference=HILL)
    assert asked and fit.unknowns == 5251 and fit.rows == 20 and fit.batch is None
    assert fit.error < 1e-3 and fit.cpu_seconds < 20


# -- batches


def linear(rows=300, unknowns=4, noise=0.0):
    """A least-squares problem that is taken in batches."""
    g = np.random.default_rng(1)
    A = torch.tensor(g.normal(size=(rows, unknowns)))
    truth = torch.arange(1.0, unknowns + 1, dtype=torch.float64)
    b = A @ truth + noise * torch.tensor(g.normal(size=rows))

    class Linear:
        size, variables, names = unknowns, {}, ["all"]

        def __init__(self):
            self.theta, self.now, self.taken = torch.zeros(unknowns, dtype=torch.float64), torch.arange(rows), []

        def get(self):
            return self.theta.clone()

        def set(self, theta):
            self.theta = theta.clone()

        def take_batch(self, share, rng):
            self.now = torch.tensor(np.sort(rng.choice(rows, int(share * rows), replace=False)))
            self.taken.append(self.now)

        def residuals(self):
            return (A[self.now] @ self.theta - b[self.now]) / len(self.now) ** 0.5

        def losses(self):
            loss = float(self.residuals().square().sum())
            return np.array([loss]), loss

        def stacked(self):
            return self.losses()[1], self.losses()[0], self.residuals(), A[self.now] / len(self.now) ** 0.5

        def normal(self):
            loss, losses, r, J = self.stacked()
            return loss, losses, J.T @ J, J.T @ r

        def pull(self, y):
            return (self.stacked()[3].T @ y,)

    return Linear(), truth


@pytest.mark.parametrize("by_rows", [False, True])
def test_batches_find_what_all_rows_say(by_rows):
    problem, truth = linear()
    losses = []
    by_batches(
        problem, iterations=60, share=0.05, by_rows=by_rows, rng=np.random.default_rng(0),
        record=lambda i, loss, *_: losses.append(loss),
    )  # fmt: skip
    assert torch.allclose(problem.get(), truth, atol=1e-6) and losses[-1] < 1e-12
    assert len({tuple(t.tolist()) for t in problem.taken}) == len(problem.taken)  # each batch is a fresh one


def test_a_step_that_the_next_batch_does_not_confirm_is_not_taken():
    problem, _ = linear()
    worse = iter(range(1, 99))
    problem.losses = lambda: (np.zeros(1), float(next(worse)))  # each look is worse than the one before
    before, dampings = problem.get(), []
    by_batches(
        problem, iterations=5, share=0.1, rng=np.random.default_rng(0),
        record=lambda i, loss, losses, damping: dampings.append(damping),
    )  # fmt: skip
    assert torch.equal(problem.get(), before) and dampings == pytest.approx([1e-3 * 3**k for k in range(1, 6)])


def test_noise_that_no_step_lowers_is_the_end():
    problem, truth = linear(rows=2000, noise=0.5)
    settled, why = by_batches(
        problem, iterations=500, share=0.2, rng=np.random.default_rng(0), record=lambda *_: False
    )  # fmt: skip
    assert settled and "20 batches" in why and torch.allclose(problem.get(), truth, atol=0.1)


@pytest.mark.parametrize("by_rows", [False, True])
def test_a_fit_by_batches_says_so_and_is_judged_on_all_rows(monkeypatch, by_rows):
    monkeypatch.setattr("mmlib.pinn.steps.plan", lambda rows, unknowns: Plan(by_rows, rows // 3))
    data, net = hill(300)
    one, two = (pinn.fit(data, net, seed=0, iterations=60, reference=HILL) for _ in "ab")
    assert one.rows == 304 and 100 <= one.batch < 304 and f"({one.batch} at a time)" in repr(one)
    assert one.error == two.error < 1e-2
    problem = Problem(data, one.model.net.double())
    assert one.loss == pytest.approx(problem.losses()[1], rel=1e-9)
    assert pinn.fit(data, net, seed=1, iterations=60).loss != one.loss


@pytest.mark.parametrize("by_rows", [False, True])
def test_new_points_and_batches_go_together(monkeypatch, by_rows):
    """After a redraw the step is made from a batch of the new points, not from all of them beside the old matrix."""
    monkeypatch.setattr("mmlib.pinn.steps.plan", lambda rows, unknowns: Plan(by_rows, rows // 3))
    data, net = hill(300)
    often = pinn.Resample(every=3, candidates=400)
    fit = pinn.fit(data, net, seed=0, iterations=60, resample=often, reference=HILL)
    assert fit.error < 1e-2 and fit.rows == 304 and 100 <= fit.batch < 304


def test_a_batch_takes_pairs_together_and_sixty_four_of_each_condition():
    pairs = dde.icbc.PeriodicBC(LINE, 0, lambda x, on: on)
    readings = dde.icbc.PointSetBC(np.linspace(0, 1, 500)[:, None], np.zeros((500, 1)))
    data = dde.data.PDE(LINE, sine, [pairs, readings], num_domain=900, num_boundary=2)
    problem = Problem(data, dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal").double())
    everything = problem.count_rows()
    problem.take_batch(0.1, np.random.default_rng(0))
    assert problem.count_rows() == 91 + 64 + problem.counts[1]
    assert problem.counts.tolist() == [91, 2, 64]
    taken = np.concatenate([p.x for p in problem.pieces if p.indices == [2]])
    assert len(np.unique(taken)) == 64 and np.abs(499 * taken - np.round(499 * taken)).max() < 1e-3
    assert problem.count_rows(everything=True) == everything


def test_readings_that_deepxde_takes_in_batches_are_all_looked_at():
    t = np.linspace(0, 1, 40)[:, None]
    few, every = (
        dde.data.PDE(
            LINE, sine, [dde.icbc.PointSetBC(t, np.sin(np.pi * t), batch_size=size)], num_domain=20, num_boundary=2
        )
        for size in (8, None)
    )
    net = dde.nn.FNN([1, 5, 1], "tanh", "Glorot normal").double()
    one, two = Problem(few, net), Problem(every, net)
    assert one.count_rows() == two.count_rows() == 62 and torch.equal(one.residuals()[22:], two.residuals()[22:])
