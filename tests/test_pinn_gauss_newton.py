"""Steps of Levenberg and Marquardt with geodesic acceleration, against a second writing of the method on a few rows."""

import numpy as np
import pytest
import torch

from mmlib.pinn.gauss_newton import _step, gauss_newton
from mmlib.pinn.problem import Normal
from mmlib.pinn.steps import Columns


class Rows:
    """Any rows of a vector of unknowns as a problem; the last `variables` unknowns are constants of the equation."""

    def __init__(self, rows, start, variables=0):
        self.rows, self.theta, self.tried = rows, torch.tensor(start, dtype=torch.float64), []
        self.size, self.variables = len(start), {"k": torch.zeros(variables)} if variables else {}

    def get(self):
        return self.theta.clone()

    def set(self, theta):
        self.theta = theta.clone()

    def residuals(self):
        return self.rows(self.theta)

    def losses(self):
        loss = float(self.residuals().square().sum())
        self.tried.append((self.theta.tolist(), loss))
        return np.array([loss]), loss

    def jacobian(self):
        return torch.autograd.functional.jacobian(self.rows, self.theta)

    def normal(self):
        r, J = self.residuals(), self.jacobian()
        return Normal(float(r @ r), np.array([float(r @ r)]), J.T @ J, J.T @ r)

    def stacked(self):
        r = self.residuals()
        return float(r @ r), np.array([float(r @ r)]), r, self.jacobian()

    def pull(self, vector):
        return (self.jacobian().T @ vector,)


def valley(x):
    """Rosenbrock's valley and a wall, in three unknowns."""
    return torch.stack([10 * (x[1] - x[0] ** 2), 1 - x[0], 3 * (torch.exp(x[2]) - x[0]), 0.1 * x[2] ** 3])


def second_writing(rows, x, damping, iterations, constants=0):
    """Nielsen's damping, Transtrum and Sethna's correction, by NumPy. Returns [(x, loss, damping)]."""
    x, n = np.array(x, dtype=float), len(x)

    def r(x):
        return rows(torch.tensor(x)).numpy()

    def J(x):
        return torch.autograd.functional.jacobian(rows, torch.tensor(x)).numpy()

    first = np.diag(J(x).T @ J(x))[: n - constants].max()
    scale, growth, path = np.r_[np.full(n - constants, first), np.full(constants, 1e-300)], 2.0, []
    for _ in range(iterations):
        gram, slope, loss = J(x).T @ J(x), J(x).T @ r(x), r(x) @ r(x)
        scale[n - constants :] = np.maximum(scale[n - constants :], np.diag(gram)[n - constants :])
        while True:
            D = damping * scale
            v = -np.linalg.solve(gram + np.diag(D), slope)
            predicted = loss - np.sum((r(x) + J(x) @ v) ** 2)
            bend = (r(x + 0.1 * v) - 2 * r(x) + r(x - 0.1 * v)) / 0.01
            a = -np.linalg.solve(gram + np.diag(D), J(x).T @ bend)
            small = 2 * np.sqrt(a / 2 @ (D * a / 2)) <= 0.75 * np.sqrt(v @ (D * v))
            trial = x + v + (a / 2 if small else 0)
            gain = (loss - r(trial) @ r(trial)) / predicted
            if gain > 0:
                damping, growth = damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
                break
            damping, growth = damping * growth, 2 * growth
        x = trial
        path.append((x.copy(), r(x) @ r(x), damping))
    return path


@pytest.mark.parametrize("start", [[-1.2, 1.0, 0.5], [3.0, -2.0, 2.0]])
@pytest.mark.parametrize("constants", [0, 1])
@pytest.mark.parametrize("damping", [1e-3, 10.0])
@pytest.mark.parametrize("by_rows", [False, True])
def test_the_path_is_that_of_the_second_writing(start, constants, damping, by_rows):
    problem, path = Rows(valley, start, constants), []
    gauss_newton(
        problem, iterations=9, damping=damping, by_rows=by_rows,
        record=lambda i, loss, losses, d: path.append((problem.theta.numpy().copy(), loss, d)),
    )  # fmt: skip
    wanted = second_writing(valley, start, damping, 9, constants)
    for mine, theirs in zip(path, wanted, strict=True):
        assert mine[0] == pytest.approx(theirs[0], rel=1e-6) and mine[2] == pytest.approx(theirs[2], rel=1e-6)
        assert mine[1] == pytest.approx(theirs[1], rel=1e-5, abs=1e-14)


def test_the_fall_that_is_predicted_is_that_of_the_linear_model():
    """|r|^2 - |r + J v|^2, which a linear problem gains."""
    g = torch.Generator().manual_seed(3)
    A, b = torch.randn(7, 3, generator=g, dtype=torch.float64), torch.randn(7, generator=g, dtype=torch.float64)
    problem = Rows(lambda x: A @ x - b, [0.3, -0.2, 1.0])
    here, D = Columns(problem), torch.tensor([0.5, 2.0, 0.1], dtype=torch.float64)
    step, predicted = _step(problem, problem.get(), here, 2.0, D / 2, problem.residuals())
    assert torch.allclose(step, -torch.linalg.solve(A.T @ A + torch.diag(D), here.gradient), rtol=1e-6)
    gained = here.loss - float((problem.residuals() + A @ step).square().sum())
    assert predicted == pytest.approx(gained, rel=1e-9)
    here.gradient = 0 * here.gradient
    assert _step(problem, problem.get(), here, 1.0, D, b) == (None, 0.0)
    here = Columns(problem)
    here.gram = -here.gram
    assert _step(problem, problem.get(), here, 0.0, D, b) == (None, 0.0)


@pytest.mark.parametrize(("bend", "corrected"), [(0.365, True), (0.385, False)])
def test_a_large_correction_is_left_out(bend, corrected):
    """x - 1 + bend x^2 at zero: a step of 1, whose second-order part is a = 2 bend; three quarters of the step is the limit."""
    problem = Rows(lambda x: x - 1 + bend * x**2, [0.0])
    one = torch.ones(1, dtype=torch.float64)
    step, _ = _step(problem, problem.get(), Columns(problem), 1e-9, one, problem.residuals())
    assert float(step) == pytest.approx(1 - bend if corrected else 1.0, rel=1e-6)


def test_what_is_not_finite_beside_the_step_is_no_correction():
    problem = Rows(lambda x: torch.log(x) - 1, [0.05])
    one = torch.ones(1, dtype=torch.float64)
    step, predicted = _step(problem, problem.get(), Columns(problem), 1e-9, one, problem.residuals())
    assert float(step) == pytest.approx(-0.05 * (np.log(0.05) - 1), rel=1e-6) and predicted > 0


def quiet(problem, **options):
    return gauss_newton(problem, record=options.pop("record", lambda *_: False), **{"iterations": 500} | options)


class Slow(Rows):
    """A loss that falls by a known share at each step: the Jacobian is too large by a factor, so that steps fall short."""

    def __init__(self, share):
        super().__init__(lambda x: x, [1.0])
        self.factor = 1 / (1 - np.sqrt(1 - share))

    def normal(self):
        r = self.residuals()
        J = torch.full((1, 1), self.factor, dtype=torch.float64)
        return Normal(float(r @ r), np.array([float(r @ r)]), J.T @ J, (J.T @ r[:, None])[:, 0])


def test_twenty_steps_that_gain_a_thousandth_are_the_end():
    for share, ends in ((0.96e-3 / 20, True), (1.04e-3 / 20, False)):
        seen = []
        settled, why = quiet(
            Slow(share), iterations=28, damping=1e-15, record=lambda i, loss, *_, seen=seen: seen.append(loss)
        )
        assert settled is ends and len(seen) == (20 if ends else 28), why
        assert seen == pytest.approx((1 - share) ** np.arange(1, len(seen) + 1), rel=1e-6)
        assert "0.1% in 20 iterations" in why if ends else "all 28 iterations" in why


def test_a_perfect_fit_ends_at_once_and_the_caller_may_stop():
    settled, why = quiet(Rows(lambda x: x - 2.0, [5.0]), damping=1e-300)
    assert settled and "less than 0.1%" in why
    assert quiet(Rows(valley, [3.0, 3.0, 3.0]), record=lambda *_: True) == (False, "stopped by the caller")


def test_where_no_step_helps_the_damping_grows_to_its_end():
    class Wrong(Rows):
        def normal(self):
            here = super().normal()
            return here._replace(gradient=-here.gradient)

        def pull(self, vector):
            return (torch.zeros(self.size, dtype=torch.float64),)

    problem = Wrong(lambda x: 3 * x, [1.0])
    settled, why = quiet(problem, damping=1.0)
    steps = len(problem.tried)  # the damping grows by 2, 4, 8, …: beyond 1e12 = 2^39.9 after nine of them, 45 in all
    assert settled and "largest gradient 9.0e+00" in why and steps == 9 and problem.theta.tolist() == [1.0]


def test_points_that_change_start_the_count_again():
    seen = []
    settled, _ = quiet(
        Slow(1e-6), damping=1e-15, refresh=lambda iteration: iteration == 15, record=lambda i, *_: seen.append(i)
    )
    assert settled and seen[-1] == 35
