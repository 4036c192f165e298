"""Levenberg-Marquardt with geodesic acceleration: damped Gauss-Newton steps on the weighted rows."""

from __future__ import annotations

import torch

__all__ = ["gauss_newton"]

LARGEST_DAMPING = 1e12  # relative to the diagonal of J^T J
PATIENCE, STALL = 20, 1e-3  # converged: 20 accepted steps that together lower the loss by less than 0.1 %


def gauss_newton(problem, *, iterations, record, refresh=None, damping=1e-3):
    """Minimise the loss of `problem` in place; returns (converged, why it stopped).

    Each iteration solves (J^T J + damping D) v = -J^T r by Cholesky and keeps the step if it lowers the loss; otherwise
    the damping grows and the same system is solved again. The damping follows the gain ratio (Nielsen 1999). D is the
    identity for the weights (times the largest diagonal of J^T J at the start); each variable has its own largest
    diagonal so far, so that its unit does not matter.

    The step is v + a/2, where a is the second-order correction along v, from the second difference of the rows
    (Transtrum & Sethna 2012, arXiv:1201.5885). It costs three evaluations of the rows and saves most of the iterations.

    record(iteration, loss, losses, damping) is called after each iteration and returns True to stop. refresh(iteration)
    may change the points of the problem and returns True if it did.
    """
    theta, here = problem.get(), problem.normal()
    diagonal = here.gram.diagonal()
    n_weights = problem.size - sum(v.numel() for v in problem.variables.values())
    scale = torch.full_like(theta, max(float(diagonal[:n_weights].max()), 1e-300))
    scale[n_weights:] = 1e-300
    growth, trail = 2.0, [here.loss]
    for iteration in range(1, iterations + 1):
        if refresh is not None and refresh(iteration):
            here, trail = problem.normal(), []  # no stall is seen across a change of points
        scale[n_weights:] = torch.maximum(scale[n_weights:], here.gram.diagonal()[n_weights:])
        rows, accepted = problem.residuals(), False
        while not accepted:
            problem.set(theta)
            step, predicted = _step(problem, theta, here, damping * scale, rows)
            if step is not None:
                problem.set(theta + step)
                gain = (here.loss - problem.losses()[1]) / predicted
                accepted = gain > 0  # False for NaN
            if accepted:
                damping, growth = max(damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-15), 2.0
            else:
                damping, growth = damping * growth, growth * 2
                if damping > LARGEST_DAMPING:
                    problem.set(theta)
                    return True, f"no step lowers the loss (largest gradient {float(here.gradient.abs().max()):.1e})"
        theta = theta + step
        here = problem.normal()
        trail.append(here.loss)
        if record(iteration, here.loss, here.losses, damping):
            return False, "stopped by the caller"
        if here.loss == 0 or (len(trail) > PATIENCE and trail[-PATIENCE - 1] - here.loss < STALL * here.loss):
            return True, f"the loss fell by less than {STALL:.1%} in {PATIENCE} iterations"
    return False, f"all {iterations} iterations were used"


def _step(problem, theta, here, damping, rows, h=0.1, largest=0.75):
    """The step and the fall of the loss that the linear model predicts; (None, 0) where there is no finite step."""
    matrix = here.gram.clone()
    matrix.diagonal().add_(damping)
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if failed:
        return None, 0.0
    velocity = -torch.cholesky_solve(here.gradient[:, None], factor)[:, 0]
    predicted = float((damping * velocity - here.gradient) @ velocity)
    if not torch.isfinite(velocity).all() or not predicted > 0:
        return None, 0.0
    ahead, behind = (_rows_at(problem, theta + s * h * velocity) for s in (1, -1))
    problem.set(theta)
    curvature = (ahead - 2 * rows + behind) / h**2  # second derivative of the rows along the step
    if not torch.isfinite(curvature).all():
        return velocity, predicted
    correction = -torch.cholesky_solve(problem.pull(curvature)[0][:, None], factor)[:, 0] / 2
    size = torch.sqrt(damping)
    if float((size * correction).norm()) > largest / 2 * float((size * velocity).norm()):
        return velocity, predicted  # the correction is not small: the expansion does not hold
    return velocity + correction, predicted


def _rows_at(problem, theta):
    problem.set(theta)
    return problem.residuals()
