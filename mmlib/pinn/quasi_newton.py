"""Gradient methods: self-scaled quasi-Newton methods with a dense inverse Hessian, and DeepXDE's stock recipe."""

from __future__ import annotations

import contextlib
import warnings

import numpy as np
import torch
from scipy.optimize import line_search

from mmlib.optim.damped import rests
from mmlib.pinn.backend import dde

__all__ = ["adam_lbfgs", "ssbfgs", "ssbroyden"]

STALL, PATIENCE = 1e-3, 200  # converged: 200 iterations that together lower the loss by less than 0.1 %


def ssbfgs(problem, *, iterations, record, refresh=None):
    """Minimise the loss of `problem` in place by self-scaled BFGS; returns (converged, why it stopped).

    The inverse Hessian H is dense (unknowns squared) and is scaled before each update by
    tau = min(1, y.s / s.B s) with B = H^-1 (Al-Baali 1998, doi:10.1023/A:1018315205474), where s is the step and y the
    change of the gradient: curvature that turned out too large is forgotten. Since s = -alpha H g, B s = -alpha g, so no
    second matrix is needed. Line search: strong Wolfe conditions.
    """
    return _descend(problem, _bfgs, iterations, record, refresh)


def ssbroyden(problem, *, iterations, record, refresh=None):
    """As `ssbfgs`, with the member of Broyden's class chosen anew at each step: self-scaled Broyden.

    The choice of Al-Baali and Khalfan, as Urban, Stefanou & Pons (2024, arXiv:2405.04230) use it for networks: between a
    member that bounds the smallest eigenvalue of the change and one that bounds the largest.
    """
    return _descend(problem, _broyden, iterations, record, refresh)


def _descend(problem, update, iterations, record, refresh):
    theta = problem.get()
    loss, losses, gradient = problem.loss_and_gradient()
    identity = torch.eye(len(theta), dtype=theta.dtype, device=theta.device)
    inverse, trail, fresh = identity / max(1.0, float(gradient.norm())), [loss], True
    for iteration in range(1, iterations + 1):
        if refresh is not None and refresh(iteration):  # the inverse Hessian is kept: the problem is nearly the same
            loss, losses, gradient = problem.loss_and_gradient()
            trail = [loss]
        direction = -(inverse @ gradient)
        slope = float(direction @ gradient)
        found = _wolfe(problem, theta, direction, loss, slope) if slope < 0 else None
        if found is None:
            problem.set(theta)
            if fresh:
                return True, f"no step lowers the loss (largest gradient {float(gradient.abs().max()):.1e})"
            inverse, fresh = identity / max(1.0, float(gradient.norm())), True  # forget the curvature and try once more
            continue
        alpha, loss, losses, new = found
        step, change = alpha * direction, new - gradient
        theta = theta + step
        problem.set(theta)
        sy, sbs = float(step @ change), float(-alpha * (step @ gradient))
        if sy > 1e-14 * float(step.norm() * change.norm()):
            inverse = update(inverse, step, change, sy, sbs / sy, fresh)
            fresh = False
        gradient = new
        trail.append(loss)
        if record(iteration, loss, losses):
            return False, "stopped by the caller"
        if rests(trail, PATIENCE, STALL):
            return True, f"the loss fell by less than {STALL:.1%} in {PATIENCE} iterations"
    return False, f"all {iterations} iterations were used"


def _bfgs(inverse, step, change, sy, b, fresh):
    """The next inverse Hessian; b = s.B s / s.y. The first one is the identity, scaled by this step alone."""
    if fresh:
        inverse = torch.eye(len(step), dtype=step.dtype, device=step.device) * (sy / float(change @ change))
    tau = 1.0 if fresh else min(1.0, 1 / b)
    hy = inverse @ change
    yhy = float(change @ hy)
    inverse.addr_(step, hy, alpha=-1 / sy).addr_(hy, step, alpha=-1 / sy).div_(tau)
    return inverse.addr_(step, step, alpha=(1 + yhy / tau / sy) / sy)


def _broyden(inverse, step, change, sy, b, fresh):
    """The next inverse Hessian; b = s.B s / s.y, h = y.H y / s.y, and a = b h - 1 says how far H y is from s.

    theta = 0 is BFGS, 1 DFP, negative ones lower the curvature more; tau scales what is kept.
    """
    hy = inverse @ change
    yhy = float(change @ hy)
    h = yhy / sy
    a = max(b * h - 1, 0.0)
    if a < 1e-12:
        theta = 0.0
    else:
        lowest = min(1.0, h * (1 - np.sqrt(a / (1 + a))))
        theta = max((lowest - 1) / a, min(1 / lowest, (1 - b) / b))
    sigma = 1 + theta * a  # positive, since theta >= (lowest - 1) / a
    if fresh:
        tau = h / sigma
    else:
        rho, root = min(1.0, 1 / b), sigma ** (1 / (1 - max(len(step), 2)))
        tau = min(rho * root, sigma) if theta <= 0 else rho * min(root, 1 / theta)
    v = step / sy - hy / yhy
    inverse.addr_(hy, hy, alpha=-1 / yhy).addr_(v, v, alpha=(1 - theta) / sigma * yhy).div_(tau)
    return inverse.addr_(step, step, alpha=1 / sy)


def _wolfe(problem, theta, direction, loss, slope):
    """Step length that satisfies the strong Wolfe conditions: (length, loss, losses, gradient), or None.

    `scipy.optimize.line_search` along the one line. Where it gives up, the best point that it tried is taken, provided that
    it lowers the loss.
    """
    tried = {}

    def at(a):
        if (a := float(a[0])) not in tried:
            problem.set(theta + a * direction)
            tried[a] = (a, *problem.loss_and_gradient())
        return tried[a]

    def value(a):
        f = at(a)[1]
        return f if np.isfinite(f) else np.inf

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.filterwarnings("ignore", message=".*line search.*")
        along = np.array([slope])
        found, *_ = line_search(
            value, lambda a: np.array([float(at(a)[3] @ direction)]), np.zeros(1), np.ones(1), along, loss
        )
    if found is not None:
        return at([found])
    best = min((point for point in tried.values() if np.isfinite(point[1])), key=lambda p: p[1], default=None)
    return best if best and best[1] < loss else None


def adam_lbfgs(problem, *, iterations, record, learning_rate=1e-3, every=100):
    """The stock recipe through `dde.Model`: two thirds of the iterations Adam, then L-BFGS; returns (converged, why).

    DeepXDE fixes the number of L-BFGS iterations per call when it is imported, so that a limit set later is ignored below
    1,000 iterations; here both numbers are set, and put back afterwards.
    """
    adam = max(1, 2 * iterations // 3)
    model = dde.Model(problem.data, problem.net)
    options = {"external_trainable_variables": list(problem.variables.values()), "loss_weights": list(problem.weights)}
    callback = _Recorder(problem, record, every)
    with problem.context(), _double_points(problem.data):
        model.compile("adam", lr=learning_rate, verbose=0, **options)
        model.train(iterations=adam, display_every=10**9, callbacks=[callback], verbose=0)
        with _lbfgs_limit(iterations - adam, every):
            model.compile("L-BFGS", verbose=0, **options)
            if iterations > adam:
                callback.offset = callback.before = adam
                model.train(display_every=10**9, callbacks=[callback], verbose=0)
    done = model.train_state.iteration
    if callback.last != done:
        callback.note(done)
    if done < iterations:
        return True, f"L-BFGS stopped by its own tolerance after {done - adam} iterations"
    return False, f"all {iterations} iterations were used: {adam} of Adam, {iterations - adam} of L-BFGS"


class _Recorder(dde.callbacks.Callback):
    def __init__(self, problem, record, every):
        super().__init__()
        self.problem, self.record, self.every = problem, record, every
        self.last = self.offset = self.before = 0

    def note(self, iteration):
        losses, loss = self.problem.losses()
        if not np.isfinite(loss):
            raise FloatingPointError(f"the loss is not finite after {iteration} iterations of adam+lbfgs.")
        self.last = iteration
        self.record(iteration, loss, losses)

    def on_epoch_end(self):
        iteration = self.model.train_state.iteration
        if self.offset and iteration == self.before:  # DeepXDE would ask for ever where L-BFGS sees no slope at all
            self.model.stop_training = True
        self.before = iteration
        if self.offset or iteration % self.every == 0:
            if iteration > self.last:
                self.note(iteration)


@contextlib.contextmanager
def _lbfgs_limit(iterations, per_call):
    options = dde.optimizers.config.LBFGS_options
    before = dict(options)
    iterations = max(1, iterations)
    try:
        dde.optimizers.set_LBFGS_options(maxiter=iterations)
        options["iter_per_step"] = min(per_call, iterations)
        options["fun_per_step"] = int(1.25 * options["iter_per_step"]) + 10
        yield
    finally:
        options.clear()
        options.update(before)


@contextlib.contextmanager
def _double_points(data):
    """DeepXDE feeds its points as they were built; for the time of training they are double precision."""
    names = [n for n in ("train_x", "train_x_all", "train_x_bc", "test_x") if getattr(data, n) is not None]
    before = {n: getattr(data, n) for n in names}
    for n in names:
        setattr(data, n, before[n].astype(np.float64))
    try:
        yield
    finally:
        for n in names:
            setattr(data, n, before[n])
