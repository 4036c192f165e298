"""Copies trained together take the very steps of one: on a few rows, with rejected steps, ends of every kind and new points."""

import numpy as np
import pytest
import torch

from mmlib.pinn.gauss_newton import gauss_newton
from mmlib.pinn.problem import Normal
from mmlib.pinn.replicates import _steps, train_together


def valley(x, points):
    """Rosenbrock's valley and a wall, in three unknowns; the points move the wall."""
    wall = torch.exp(x[2]) - x[0] * points.mean()
    return torch.stack([10 * (x[1] - x[0] ** 2), 1 - x[0], 3 * wall, 0.1 * x[2] ** 3])


def far(x, points):
    """A root of which most steps are refused."""
    return torch.stack([torch.log(x[0]) - 1, 20 * torch.sin(3 * x[1]) + x[1] * points.mean(), x[2]])


class One:
    """One copy, as `gauss_newton` sees it."""

    variables = {}

    def __init__(self, rows, start, points, wrong=1.0, slow=1.0):
        self.rows, self.theta, self.points = rows, torch.tensor(start, dtype=torch.float64), points
        self.size, self.wrong, self.slow = len(start), wrong, slow

    def get(self):
        return self.theta.clone()

    def set(self, theta):
        self.theta = theta.clone()

    def residuals(self):
        return self.rows(self.theta, self.points)

    def losses(self):
        return np.zeros(1), float(self.residuals().square().sum())

    def jacobian(self):
        return torch.autograd.functional.jacobian(lambda x: self.rows(x, self.points), self.theta) * self.slow

    def normal(self):
        r, J = self.residuals(), self.jacobian()
        return Normal(float(r @ r), np.zeros(1), J.T @ J, self.wrong * J.T @ r)

    def pull(self, vector):
        return (self.jacobian().T @ vector,)


class Stack:
    """All copies, as `train_together` sees them."""

    def __init__(self, copies):
        self.copies = copies

    def _each(self, theta, points, what):
        found = []
        for t, p in zip(theta, points, strict=True):
            one = One(self.copies.rows, t.tolist(), torch.as_tensor(p), self.copies.wrong, self.copies.slow)
            found.append(what(one))
        return found

    def losses(self, theta, points):
        loss = torch.tensor(self._each(theta, points, lambda one: one.losses()[1]), dtype=torch.float64)
        return loss[:, None], loss

    def residuals(self, theta, points):
        return torch.stack(self._each(theta, points, lambda one: one.residuals()))

    def pull(self, theta, points, vectors):
        vectors = iter(vectors)
        return torch.stack(self._each(theta, points, lambda one: one.pull(next(vectors))[0]))

    def normal(self, theta, points):
        each = self._each(theta, points, lambda one: one.normal())
        loss = torch.tensor([n.loss for n in each], dtype=torch.float64)
        return loss[:, None], loss, torch.stack([n.gram for n in each]), torch.stack([n.gradient for n in each])


STARTS = {
    valley: [[-1.2, 1.0, 0.5], [3.0, -2.0, 2.0], [1.0, 1.0, 0.0]],
    far: [[0.3, 1.0, 0.0], [20.0, 0.4, 1.0], [2.0, 5.0, 3.0]],
}


def both(rows, *, iterations, damping=1e-3, renew=None, **more):
    starts, points = STARTS[rows], 0.5 + np.arange(6.0).reshape(3, 2)
    alone, ends = [[] for _ in starts], []
    for k, start in enumerate(starts):
        one = One(rows, start, torch.tensor(points[k]), **more)

        def refresh(iteration, one=one):
            if renew and iteration == renew:
                one.points = one.points + 1
            return bool(renew) and iteration == renew

        def note(iteration, loss, losses, lam, one=one, k=k):
            alone[k].append((loss, lam, *one.theta.tolist()))

        ends.append(gauss_newton(one, iterations=iterations, record=note, refresh=refresh, damping=damping))
    together, moved = [[] for _ in starts], points.copy()

    def note_all(iteration, copies, losses, loss, lam, theta):
        for c, f, d in zip(copies.tolist(), loss.tolist(), lam.tolist(), strict=True):
            together[c].append((f, d, *theta[c].tolist()))

    theta, outcome = train_together(
        Stack(One(rows, starts[0], None, **more)), torch.tensor(starts, dtype=torch.float64), moved,
        iterations=iterations, record=note_all, damping=damping,
        refresh=lambda i, theta, copies: moved[copies.numpy()] + 1 if renew and i == renew else None,
    )  # fmt: skip
    return alone, together, ends, outcome, theta


@pytest.mark.parametrize("rows", STARTS)
@pytest.mark.parametrize(("damping", "renew"), [(1e-3, None), (10.0, 4)])
def test_paths_are_those_of_one_at_a_time(rows, damping, renew):
    alone, together, ends, outcome, theta = both(rows, iterations=8, damping=damping, renew=renew)
    for mine, theirs, end, out, last in zip(together, alone, ends, outcome, theta.tolist(), strict=True):
        assert len(mine) == len(theirs) and np.array(mine) == pytest.approx(np.array(theirs), rel=1e-6, abs=1e-12)
        assert end[0] == out[0] and end[1][:30] == out[1][:30]
        assert not theirs or last == pytest.approx(theirs[-1][2:], rel=1e-6, abs=1e-9)


def test_ends_are_those_of_one_at_a_time():
    """Where no step helps; where twenty steps gain too little; and where the count starts again with new points."""
    _, _, ends, outcome, theta = both(valley, iterations=3, damping=1.0, wrong=-1.0)
    assert [o[0] for o in outcome] == [True] * 3 and theta.tolist() == STARTS[valley]
    assert all("no step lowers the loss (largest gradient" in o[1] for o in outcome)
    _, together, ends, outcome, _ = both(far, iterations=40, damping=1e-9, slow=1e5, renew=5)
    assert [len(t) for t in together] == [25] * 3 and all(o == e for o, e in zip(outcome, ends, strict=True))
    assert "0.1% in 20 iterations" in outcome[0][1]


@pytest.mark.parametrize(("bend", "corrected"), [(0.365, True), (0.385, False)])
def test_a_large_correction_is_left_out_for_each_copy_by_itself(bend, corrected):
    """x - 1 + c x^2 at zero: a step of 1, whose second-order part is 2 c; three quarters of the step is the limit."""
    stack = Stack(One(lambda x, p: x - 1 + p * x**2, [0.0], None))
    theta, points = torch.zeros(3, 1, dtype=torch.float64), np.array([[0.0], [bend], [np.inf]])
    _, _, gram, gradient = stack.normal(theta, np.zeros((3, 1)))
    rows = stack.residuals(theta, np.zeros((3, 1)))
    damping = torch.full((3,), 1e-9, dtype=torch.float64)
    step, predicted = _steps(stack, theta, points, gram, gradient, damping, rows)
    assert step[:, 0].tolist() == pytest.approx([1.0, 1 - bend if corrected else 1.0, 1.0], rel=1e-6)
    assert predicted.tolist() == pytest.approx([1.0, 1.0, 1.0], rel=1e-6)


def test_a_copy_without_a_finite_step_stays_and_leaves_the_others_alone():
    stack = Stack(One(lambda x, p: x - 1, [0.0], None))
    theta, points = torch.zeros(3, 1, dtype=torch.float64), np.zeros((3, 1))
    _, _, gram, gradient = stack.normal(theta, points)
    gram[0], gradient[1] = -1.0, 0.0
    damping = torch.full((3,), 1e-9, dtype=torch.float64)
    step, predicted = _steps(stack, theta, points, gram, gradient, damping, stack.residuals(theta, points))
    assert step[:2].tolist() == [[0.0], [0.0]] and predicted[:2].tolist() == [0.0, 0.0]
    assert step[2].item() == pytest.approx(1) and predicted[2].item() == pytest.approx(1)
