"""Self-scaled methods against their published updates on a few unknowns, and what the stock recipe does to DeepXDE's options."""

import warnings

import numpy as np
import pytest
import torch
from scipy.optimize import line_search

from mmlib.pinn import dde
from mmlib.pinn.quasi_newton import _double_points, _lbfgs_limit, _wolfe, ssbfgs, ssbroyden


class Function:
    """A loss of a few unknowns, with its slopes by torch."""

    def __init__(self, loss, start):
        self.loss, self.theta, self.calls = loss, torch.tensor(start, dtype=torch.float64), 0

    def get(self):
        return self.theta.clone()

    def set(self, theta):
        self.theta = theta.clone()

    def loss_and_gradient(self):
        self.calls += 1
        return float(self.loss(self.theta)), np.zeros(1), torch.func.grad(self.loss)(self.theta)


def valley(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + 0.5 * x[2] ** 2 * (1 + x[0] ** 2)


def second_writing(loss, x, iterations, update):
    """A quasi-Newton method with matrices written out, and SciPy's line search; update(B, s, y, first) gives the next Hessian B."""
    f = lambda x: float(loss(torch.tensor(x)))  # noqa: E731
    g = lambda x: torch.func.grad(loss)(torch.tensor(x)).numpy()  # noqa: E731
    x = np.array(x, dtype=float)
    B, path = np.eye(len(x)) * max(1.0, np.linalg.norm(g(x))), []
    for k in range(iterations):
        d = -np.linalg.solve(B, g(x))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            alpha = line_search(f, g, x, d, g(x), f(x))[0]
        if alpha is None:
            break
        s, y = alpha * d, g(x + alpha * d) - g(x)
        B, x = update(B, s, y, k == 0), x + s
        path.append(x.copy())
    return path


def bfgs(B, s, y, first):
    """Self-scaled BFGS as in Al-Baali 1998."""
    if first:
        B = np.eye(len(s)) * (y @ y) / (s @ y)
    tau = 1.0 if first else min(1.0, (s @ y) / (s @ B @ s))
    Bs = B @ s
    return tau * (B - np.outer(Bs, Bs) / (s @ Bs)) + np.outer(y, y) / (s @ y)


def broyden(B, s, y, first):
    """Al-Baali and Khalfan's member of Broyden's class, by the update of the Hessian itself:

    B+ = tau (B - B s s'B / s'Bs + theta w w') + y y' / s'y,  w = sqrt(s'Bs) (y / s'y - B s / s'Bs).
    """
    n, H, Bs, sy = len(s), np.linalg.inv(B), B @ s, s @ y
    b, h = s @ Bs / sy, y @ H @ y / sy
    a = b * h - 1
    c = np.sqrt(a / (1 + a))
    low = min(1.0, h * (1 - c))
    theta = max((low - 1) / a, min(1 / low, (1 - b) / b))
    sigma = 1 + theta * a
    rho = min(1.0, 1 / b)
    if first:
        tau = h / sigma
    elif theta <= 0:
        tau = min(rho * sigma ** (-1 / (n - 1)), sigma)
    else:
        tau = rho * min(sigma ** (-1 / (n - 1)), 1 / theta)
    w = np.sqrt(s @ Bs) * (y / sy - Bs / (s @ Bs))
    return tau * (B - np.outer(Bs, Bs) / (s @ Bs) + theta * np.outer(w, w)) + np.outer(y, y) / sy


@pytest.mark.parametrize("start", [[-1.2, 1.0, 0.7], [2.0, 1.0, -1.0]])
@pytest.mark.parametrize(("method", "update"), [(ssbfgs, bfgs), (ssbroyden, broyden)])
def test_the_path_is_that_of_the_published_update(start, method, update):
    problem, path = Function(valley, start), []
    method(problem, iterations=12, record=lambda *_: path.append(problem.theta.numpy().copy()))
    wanted = second_writing(valley, start, 12, update)
    assert len(wanted) >= 8  # as far as the plain line search goes
    for mine, theirs in zip(path, wanted, strict=False):
        assert mine == pytest.approx(theirs, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("method", [ssbfgs, ssbroyden])
def test_a_valley_is_walked_to_its_end(method):
    problem = Function(valley, [-1.2, 1.0, 0.7])
    method(problem, iterations=200, record=lambda *_: False)
    assert problem.theta.numpy() == pytest.approx([1, 1, 0], abs=1e-6)


def test_one_unknown_and_a_step_along_the_slope_divide_by_nothing():
    for loss, start in ((lambda x: (x**4).sum(), [1.5]), (lambda x: 3 * (x**2).sum(), [1.0, 2.0])):
        problem = Function(loss, start)
        ssbroyden(problem, iterations=60, record=lambda *_: False)
        assert np.isfinite(problem.theta.numpy()).all() and float(loss(problem.theta)) < 1e-8


def test_two_hundred_steps_that_gain_a_thousandth_are_the_end(monkeypatch):
    """Losses that fall by a known share at each step, whatever the place."""
    for per_step, ends in ((0.97e-3 / 200, True), (1.03e-3 / 200, False)):
        losses = iter((1 - per_step) ** k for k in range(1, 999))
        step = lambda p, x, d, loss, slope, losses=losses: (1e-9, next(losses), np.zeros(1), -d)  # noqa: E731
        monkeypatch.setattr("mmlib.pinn.quasi_newton._wolfe", step)
        seen = []
        problem = Function(lambda x: (x**2).sum(), [1.0, 0.0])
        settled, why = ssbroyden(problem, iterations=300, record=lambda i, *_, seen=seen: seen.append(i))
        assert settled is ends and len(seen) == (200 if ends else 299), why  # one forgets the curvature


def test_the_first_direction_is_down_the_slope_and_no_longer_than_one():
    for size, length in ((0.5, 0.5), (40.0, 1.0)):
        places = []

        class Watched(Function):
            def set(self, theta, places=places):
                places.append(theta.numpy().copy())
                super().set(theta)

        ssbroyden(Watched(lambda x, size=size: size * x[0], [0.0, 3.0]), iterations=1, record=lambda *_: True)
        moved = next(p for p in places if p[0])  # the line search tries a whole step first
        assert moved == pytest.approx([-length, 3.0])


def test_where_nothing_is_left_to_gain_it_says_so():
    problem = Function(lambda x: (x**2).sum(), [0.0, 0.0])
    settled, why = ssbroyden(problem, iterations=9, record=lambda *_: False)
    assert settled and "largest gradient 0.0e+00" in why
    stuck = Function(
        lambda x: torch.where(x[0] == 1.0, 1.0, 2.0) + 0 * x.sum() + 3 * (x - x.detach()).sum(), [1.0, 2.0]
    )
    settled, why = ssbroyden(stuck, iterations=9, record=lambda *_: False)
    assert settled and "largest gradient 3.0e+00" in why and stuck.theta.tolist() == [1.0, 2.0]


def test_the_line_search_takes_the_best_place_where_scipys_gives_up():
    """A kink has no place where the slope is small: what is best of the places that were tried is taken, if it is better."""
    problem = Function(lambda x: (x - 0.3).abs().sum(), [0.0])
    slope = -1.0
    length, loss, _, gradient = _wolfe(problem, problem.get(), torch.ones(1, dtype=torch.float64), 0.3, slope)
    assert loss < 0.3 and loss == pytest.approx(abs(length - 0.3)) and abs(float(gradient)) == 1
    worse = Function(lambda x: 5 + x.sum() ** 2, [0.0])
    assert _wolfe(worse, worse.get(), torch.ones(1, dtype=torch.float64), 1.0, -1.0) is None
    endless = Function(lambda x: torch.where(x > 0, torch.nan, x).sum(), [0.0])
    assert _wolfe(endless, endless.get(), torch.ones(1, dtype=torch.float64), 0.0, -1.0) is None


@pytest.mark.parametrize(("iterations", "per_call"), [(60, 100), (500, 100), (0, 100)])
def test_limits_of_lbfgs_are_set_for_a_while(iterations, per_call):
    options = dde.optimizers.config.LBFGS_options
    before = dict(options)
    with _lbfgs_limit(iterations, per_call):
        assert options["maxiter"] == max(1, iterations)
        assert options["iter_per_step"] == min(per_call, max(1, iterations))
        assert options["fun_per_step"] == int(options["iter_per_step"] * 5 / 4) + 10
    assert options == before


def test_points_are_double_for_a_while():
    line = dde.geometry.Interval(0, 1)
    data = dde.data.PDE(line, lambda x, u: u, [], num_domain=5, num_boundary=2)
    kept = data.train_x
    with _double_points(data):
        assert data.train_x.dtype == np.float64 and data.train_x == pytest.approx(kept)
    assert data.train_x is kept
