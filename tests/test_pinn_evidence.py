"""What a verdict on a physics-informed fit rests on: against least squares, closed forms, and networks whose kinks are known."""

import numpy as np
import pytest
import torch

from mmlib.pinn import dde, evidence
from mmlib.pinn.problem import Normal

# -- curvature ----------------------------------------------------------------------------------------------------


class Linear:
    """Rows A x - b as a problem; `row` after `row`, no network. The last unknowns are named constants."""

    only_linear, rowwise = True, True

    box = None

    def __init__(self, seed=0, rows=12, unknowns=5, constants=()):
        g = torch.Generator().manual_seed(seed)
        self.A = torch.randn(rows, unknowns, generator=g, dtype=torch.float64)
        self.b = torch.randn(rows, generator=g, dtype=torch.float64)
        self.theta = torch.randn(unknowns, generator=g, dtype=torch.float64)
        self.variables = {name: torch.zeros(size) for name, size in constants}

    @property
    def size(self):
        return len(self.theta)

    def get(self):
        return self.theta.clone()

    def set(self, theta):
        self.theta = theta.clone()

    def residuals(self):
        return self.A @ self.theta - self.b

    def pull(self, vector=None):
        return self.A.T @ (self.residuals() if vector is None else vector), None

    def normal(self):
        r = self.residuals()
        return Normal(float(r @ r), np.zeros(1), self.A.T @ self.A, self.A.T @ r)

    def best(self):
        return float((self.A @ torch.linalg.lstsq(self.A, self.b[:, None]).solution[:, 0] - self.b).square().sum())


@pytest.mark.parametrize("seed", range(3))
def test_the_fall_is_what_least_squares_gains(seed):
    problem = Linear(seed)
    here = problem.normal()
    gain = 1 - problem.best() / here.loss
    assert evidence.fall_of(here.gram, here.gradient, here.loss) == pytest.approx(gain, rel=1e-4)
    gradient, fall, unknown = evidence._slopes(problem, here.loss)
    assert fall == pytest.approx(gain, rel=1e-4) and unknown == [] and gradient == pytest.approx(here.gradient.numpy())
    assert evidence._fall_by_conjugate_gradients(problem, here.gradient, here.loss) == pytest.approx(gain, rel=1e-6)
    assert torch.equal(problem.theta, Linear(seed).theta)  # as it was


def test_conjugate_gradients_gain_step_by_step():
    """After k steps: the best in the span of g, (A^T A) g, … (Hestenes and Stiefel 1952)."""
    problem = Linear(4, rows=30, unknowns=8)
    here = problem.normal()
    span = [here.gradient]
    for k in range(1, 4):
        K = torch.stack(span, dim=1)
        AK = problem.A @ K
        x = torch.linalg.lstsq(AK, problem.residuals()[:, None]).solution
        gain = 1 - float((problem.residuals()[:, None] - AK @ x).square().sum()) / here.loss
        found = evidence._fall_by_conjugate_gradients(problem, here.gradient, here.loss, steps=k)
        assert found == pytest.approx(gain, rel=1e-5)
        span.append(here.gram @ span[-1])
    assert evidence._fall_by_conjugate_gradients(problem, 0 * here.gradient, here.loss) == 0


@pytest.mark.parametrize("size", [1.0, 1e-3])
def test_the_fall_is_lightly_damped(size):
    """A direction of its own, with slope g and curvature c: g^2 / (c (1 + 1e-6) + 1e-16 of the largest)."""
    gram, gradient = (
        torch.diag(torch.tensor([1.0, 1e-12 * size], dtype=torch.float64)),
        torch.zeros(2, dtype=torch.float64),
    )
    gradient[1] = 1e-7
    small = 1e-12 * size
    expected = 1e-14 / (small * (1 + 1e-6) + 1e-16) / 3.0
    assert evidence.fall_of(gram, gradient, 3.0) == pytest.approx(expected, rel=1e-9)
    damped = torch.tensor([[1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)  # one direction is seen by the damping alone
    opposite = torch.tensor([1e-4, -1e-4], dtype=torch.float64)
    assert evidence.fall_of(damped, opposite, 1.0) == pytest.approx(2e-8 / 1e-6, rel=1e-3)
    assert evidence.fall_of(damped, opposite, 0.0) == 0.0
    assert evidence.fall_of(-damped, opposite, 1.0) == np.inf


def test_steep_problems_are_seen_by_gradients_alone():
    problem = Linear(1)
    problem.only_linear = False
    here = problem.normal()
    assert evidence._slopes(problem, here.loss)[1] == pytest.approx(1 - problem.best() / here.loss, rel=1e-5)
    assert evidence._gram(problem) is None and evidence._slopes(problem, 0.0)[1:] == (0.0, [])
    problem.only_linear, problem.rowwise = True, None

    def coupled():
        raise ValueError("couples points")

    problem.check_jacobian = coupled
    assert evidence._gram(problem) is None
    problem.check_jacobian = lambda: None
    assert torch.equal(evidence._gram(problem), here.gram)


@pytest.mark.parametrize(("angle", "lost"), [(0.96e-3, True), (1.04e-3, False)])
def test_a_constant_is_unknown_if_the_weights_can_follow_it(angle, lost):
    """Its column makes a small angle with those of the weights: sin^2 of it is the share that remains, against 1e-6."""
    problem = Linear(2, rows=9, unknowns=6, constants=[("D", 1), ("c", 2)])
    Q = torch.linalg.qr(problem.A).Q
    problem.A = Q.clone()
    problem.A[:, 4] = 7 * (np.cos(angle) * Q[:, 1] + np.sin(angle) * Q[:, 4])  # c[0], almost the second weight
    gram = problem.normal().gram
    assert evidence._unknown_constants(problem, gram) == (["c[0]"] if lost else [])
    problem.A[:, 3] = 0  # D: no row depends on it
    assert evidence._unknown_constants(problem, problem.normal().gram) == (["D", "c[0]"] if lost else ["D"])
    problem.variables = {}
    assert evidence._unknown_constants(problem, gram) == []


# -- kinks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "jump"), [(0.097, True), (0.103, False)])
def test_a_tenth_of_a_change_must_be_seen(share, jump):
    change = torch.full((2000,), 3.0, dtype=torch.float64)
    seen = -share * change
    assert evidence.jumps(change, seen) is jump and evidence.jumps(-change, seen) is jump
    lucky = seen.clone()
    lucky[:5] = 1e9  # the five largest looks do not count
    assert evidence.jumps(change, lucky) is jump
    lucky[5] = 1e9
    assert not evidence.jumps(change, lucky)


def test_what_does_not_change_has_no_jumps_and_what_is_not_finite_says_nothing():
    change = torch.full((100,), 1.0)
    assert not evidence.jumps(0.9e-12 * change.double(), 0 * change.double())
    assert evidence.jumps(1.1e-12 * change.double(), 0 * change.double())
    for bad, answer in ((49, True), (51, False)):
        seen = 0 * change
        seen[:bad] = torch.nan
        assert evidence.jumps(change, seen) is answer


LINE = dde.geometry.Interval(0, 2)


class Known:
    """A network in closed form on an equation of first or second order, at points that are given."""

    device = torch.device("cpu")

    def __init__(self, net, order, points):
        self.net, self.points, self.order, self.condition_pieces = net, points, order, []
        self.data = dde.data.PDE(LINE, lambda x, u: u, [], num_domain=5, num_boundary=2)
        self.context = evidence.contextlib.nullcontext

    def _residuals(self, x, y):
        slope = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
        if self.order == 1:
            return [slope - y]
        return [torch.autograd.grad(slope.sum(), x, create_graph=True)[0] + y]


POINTS = np.linspace(0.01, 1.99, 40)[:, None]


@pytest.mark.parametrize(
    ("net", "order", "words"),
    [
        (torch.sin, 1, ""),
        (torch.sin, 2, ""),
        (lambda x: torch.tanh(1e7 * (x - 1)), 1, "output 0 of the network changes in jumps between the points"),
        (lambda x: torch.relu(x - 0.7), 1, ""),  # a kink is fine for an equation of first order ...
        (
            lambda x: torch.relu(x - 0.7),
            2,
            "the slope of output 0 by input 0 changes in jumps",
        ),  # ... and not of second
        (lambda x: torch.cat([x**2, torch.relu(x - 0.7)], dim=1), 2, "the slope of output 1 by input 0"),
        (lambda x: 0 * x + 3.0, 1, ""),
    ],
)
def test_kinks_that_no_point_sees(net, order, words):
    found = evidence._kinks(Known(net, order, POINTS))
    assert (found == "") if not words else found.startswith(words)


def test_looks_are_between_the_points():
    """A ramp with all points at its two ends, and flat beyond: between them its slope explains the change."""
    for middle in (1.0, 40.0, 1000.0):
        ends = middle + np.repeat([-0.99, 0.99], 20)[:, None]
        assert evidence._kinks(Known(lambda x, m=middle: (x - m).clamp(-1, 1), 1, ends)) == ""


@pytest.mark.parametrize("order", [1, 2])
def test_the_order_of_the_equation_is_found(order):
    problem = Known(torch.sin, order, POINTS)
    assert evidence._needs_curvature(problem, torch.tensor(POINTS[:2], requires_grad=True)) is (order == 2)
    problem.data.pde = None
    assert not evidence._needs_curvature(problem, torch.tensor(POINTS[:2], requires_grad=True))


# -- residuals relative to those of the zero function -------------------------------------------------------------


class Weighted:
    """u = w x with the equation u' = 1 + x (weight one) and the reading u(2) = 3; a constant that must keep its value."""

    device, context = torch.device("cpu"), staticmethod(evidence.contextlib.nullcontext)
    variables, size = {"k": torch.zeros(1)}, 2

    def __init__(self, w, points, source=True):
        self.theta, self.points, self.source = torch.tensor([w, 5.0], dtype=torch.float64), points, source
        self.data = dde.data.PDE(LINE, lambda x, u: u, [], num_domain=5, num_boundary=2)
        self.condition_pieces, self.asked = [], []

    def get(self):
        return self.theta.clone()

    def set(self, theta):
        self.theta = theta.clone()

    def set_points(self, points):
        self.points = points

    def net(self, x):
        return self.theta[0] * x

    def losses(self):
        self.asked.append((float(self.theta[0]), float(self.theta[1]), len(self.points)))
        w, x = float(self.theta[0]), self.points
        parts = np.array([((w - (1 + x) * self.source) ** 2).mean(), (2 * w - 3 * self.source) ** 2])
        return parts, float(parts.sum())


def test_residuals_are_held_against_those_of_the_zero_function():
    points = np.linspace(0, 2, 9)[:, None]
    problem = Weighted(1.6, points)
    loss = problem.losses()[1]
    zero, trained, fresh = evidence._residuals(problem, loss, 1.0)
    by_hand = lambda w, x: ((w - 1 - x) ** 2).mean() + (2 * w - 3) ** 2  # noqa: E731
    assert zero == pytest.approx(by_hand(0, points)) and trained == pytest.approx(np.sqrt(loss / zero))
    even = np.linspace(0, 2, 200_001)
    assert fresh == pytest.approx(np.sqrt(by_hand(1.6, even) / by_hand(0, even)), rel=0.05)
    assert [a[2] for a in problem.asked[1:]] == [9, 1000, 1000]  # at the points of training, and at a thousand new ones
    assert all(a[1] == 5.0 for a in problem.asked), "a constant of the equation is no weight"
    assert problem.theta.tolist() == [1.6, 5.0] and problem.points is points  # as it was
    problem.data.pde = None
    assert evidence._residuals(problem, loss, 1.0) == pytest.approx((zero, trained, trained))


def test_where_the_zero_function_has_no_residual_the_start_gives_the_scale():
    problem = Weighted(1.6, np.linspace(0, 2, 9)[:, None], source=False)
    loss = problem.losses()[1]
    zero, trained, fresh = evidence._residuals(problem, loss, 400.0)
    assert zero == 400.0 and trained == pytest.approx(np.sqrt(loss / 400)) and fresh == pytest.approx(trained)
    for start in (np.nan, np.inf, 0.0):
        assert evidence._residuals(problem, loss, start)[0] is None


def test_the_zero_network_as_a_second_solution():
    points = np.linspace(0, 2, 9)[:, None]
    assert evidence._zero_solves_too(Weighted(1.6, points, source=False))
    assert not evidence._zero_solves_too(Weighted(1.6, points))  # a reading tells them apart
    assert not evidence._zero_solves_too(Weighted(0.0, points, source=False))  # it is the zero network
