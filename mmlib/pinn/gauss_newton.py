"""Levenberg-Marquardt with geodesic acceleration: damped Gauss-Newton steps on the weighted rows."""

from __future__ import annotations

import numpy as np
import torch

from mmlib.optim.damped import LARGEST, nielsen, rests
from mmlib.pinn.box import WALL
from mmlib.pinn.steps import Columns, Rows

__all__ = ["gauss_newton"]

PATIENCE, STALL = 20, 1e-3  # converged: 20 accepted steps that together lower the loss by less than 0.1 %


def gauss_newton(problem, *, iterations, record, refresh=None, damping=1e-3, by_rows=False):
    """Minimise the loss of `problem` in place; returns (converged, why it stopped).

    Each iteration solves (J^T J + damping D) v = -J^T r by Cholesky and keeps the step if it lowers the loss; otherwise
    the damping grows and the same system is solved again. The damping follows the gain ratio (Nielsen 1999). D is the
    identity for the weights (times the largest diagonal of J^T J at the start); each variable has its own largest
    diagonal so far, so that its unit does not matter. by_rows solves the same system by J J^T (`mmlib.pinn.steps.Rows`).

    The step is v + a/2, where a is the second-order correction along v, from the second difference of the rows
    (Transtrum & Sethna 2012, arXiv:1201.5885). It costs three evaluations of the rows and saves most of the iterations.

    record(iteration, loss, losses, damping) is called after each iteration and returns True to stop. refresh(iteration)
    may change the points of the problem and returns True if it did.
    """
    system = Rows if by_rows else Columns
    theta, here = problem.get(), system(problem)
    scale, growth, trail = _Scale(problem, here), 2.0, [here.loss]
    for iteration in range(1, iterations + 1):
        if refresh is not None and refresh(iteration):
            here, trail = system(problem), []  # no stall is seen across a change of points
        walls = scale.see(here, theta)
        rows, accepted = problem.residuals(), False
        while not accepted:
            problem.set(theta)
            step, predicted = _step(problem, theta, here, damping, walls, rows)
            gain = -1.0
            if step is not None:
                step = scale.inside(theta, step)
                problem.set(theta + step)
                gain = (here.loss - problem.losses()[1]) / predicted
            damping, growth = nielsen(damping, growth, gain)
            accepted = gain > 0  # False for NaN
            if not accepted and damping > LARGEST:
                problem.set(theta)
                return True, f"no step lowers the loss (largest gradient {float(here.gradient.abs().max()):.1e})"
        theta, here = theta + step, None  # the old matrix goes before the new one is made
        here = system(problem)
        trail.append(here.loss)
        if record(iteration, here.loss, here.losses, damping):
            return False, "stopped by the caller"
        if here.loss == 0 or rests(trail, PATIENCE, STALL):
            return True, f"the loss fell by less than {STALL:.1%} in {PATIENCE} iterations"
    return False, f"all {iterations} iterations were used"


def by_batches(problem, *, iterations, record, rng, share, refresh=None, damping=1e-3, by_rows=False):
    """As `gauss_newton`, each step from a random share of the rows, and judged on the next share, which it has not seen.

    A step that lowers the loss of the rows it was made from says little where these are few: it is kept, and its gain
    measured, if it lowers the loss of the next ones too. The damping grows where that gain is small.
    """
    system = Rows if by_rows else Columns
    theta = problem.get()
    problem.take_batch(share, rng)
    here, scale, seen = system(problem), None, []
    for iteration in range(1, iterations + 1):
        if refresh is not None and refresh(iteration):
            problem.take_batch(share, rng)  # of the new points
            here = system(problem)
        scale = scale or _Scale(problem, here)
        walls = scale.see(here, theta)
        step, predicted = _step(problem, theta, here, damping, walls, problem.residuals())
        problem.take_batch(share, rng)
        gain = -1.0
        if step is not None:
            before, step = problem.losses()[1], scale.inside(theta, step)
            problem.set(theta + step)
            gain = (before - problem.losses()[1]) / predicted
        if gain > 0:
            theta = theta + step
        problem.set(theta)
        damping = min(max(damping * (1 / 3 if gain > 0.5 else 1 if gain > 0.1 else 3), 1e-15), LARGEST)
        here = None
        here = system(problem)
        seen.append(here.loss)
        if record(iteration, here.loss, here.losses, damping):
            return False, "stopped by the caller"
        late, *before = (np.median(seen[-k * PATIENCE :][:PATIENCE] or [np.inf]) for k in (1, 2, 3, 4))
        if here.loss == 0 or (len(seen) >= 4 * PATIENCE and min(before) - late < STALL * late):
            return (
                True,
                f"the loss of {PATIENCE} batches is no lower than of any {PATIENCE} of the {3 * PATIENCE} before",
            )
    return False, f"all {iterations} iterations were used"


class _Scale:
    """D: one number for all weights, the largest diagonal of J^T J at the start; for each variable its own largest so far.

    Variables with bounds end their steps there; one that rests at a bound which the loss would cross is held.
    """

    def __init__(self, problem, here):
        self.weights = problem.size - sum(v.numel() for v in problem.variables.values())
        self.now = torch.full_like(here.gradient, max(float(here.diagonal[: self.weights].max()), 1e-300))
        self.now[self.weights :] = 1e-300
        self.box = getattr(problem, "box", None)

    def see(self, here, theta):
        n = self.weights
        self.now[n:] = torch.maximum(self.now[n:], here.diagonal[n:])
        if self.box is None:
            return self.now
        return torch.where(self.box.held(theta, here.gradient), WALL * self.now.max(), self.now)

    def inside(self, theta, step):
        return step if self.box is None else self.box.inside(theta + step) - theta


def _step(problem, theta, here, damping, scale, rows, h=0.1, largest=0.75):
    """The step and the fall of the loss that the linear model predicts; (None, 0) where there is no finite step."""
    if not here.damp(damping, scale):
        return None, 0.0
    velocity, damping = here.solve(), damping * scale
    predicted = float((damping * velocity - here.gradient) @ velocity)
    if not torch.isfinite(velocity).all() or not predicted > 0:
        return None, 0.0
    ahead, behind = (_rows_at(problem, theta + s * h * velocity) for s in (1, -1))
    problem.set(theta)
    curvature = (ahead - 2 * rows + behind) / h**2  # second derivative of the rows along the step
    if not torch.isfinite(curvature).all():
        return velocity, predicted
    correction, size = here.solve(curvature) / 2, torch.sqrt(damping)
    if float((size * correction).norm()) > largest / 2 * float((size * velocity).norm()):
        return velocity, predicted  # the correction is not small: the expansion does not hold
    return velocity + correction, predicted


def _rows_at(problem, theta):
    problem.set(theta)
    return problem.residuals()
