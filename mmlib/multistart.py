"""Bounded least squares from many starting points at once: every start takes its own steps, one sweep of NumPy serves all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Multistart", "least_squares"]

RAISE, LOWER, LARGEST = 4.0, 0.3, 1e12  # of the damping


class Multistart(NamedTuple):
    """What `least_squares` returns; the starts keep their order."""

    x: np.ndarray  # (starts, n) where each start ended
    rms: np.ndarray  # (starts,) root mean square of the residuals there; inf if the start itself gave none
    iterations: np.ndarray  # (starts,) iterations used
    converged: np.ndarray  # (starts,) bool: the steps had become negligible

    @property
    def best(self) -> int:
        """Index of the start with the smallest rms."""
        return int(np.argmin(self.rms))


def least_squares(function, starts, low, high, *, iterations=60, damping=1e-2, tolerance=1e-9) -> Multistart:
    """Minimise the mean square of residuals from each start by Levenberg and Marquardt's method, inside of a box.

    Parameters
    ----------
    function : (x (m, n), which (m,)) -> residuals (m, rows), jacobian (m, rows, n), for the starts numbered `which`. Where
        residuals are not finite, the step is refused.
    starts : (starts, n), inside of the box.
    low, high : (n,) ends of the box. The damping acts on x in units of its widths.
    iterations : at most this many evaluations after the first.
    damping : first damping, relative to the largest curvature of each start.
    tolerance : a start is done when a step lowers the rms by less than this share, or the damping no longer helps.

    Raises
    ------
    ValueError : shapes that do not fit, a box without width, starts outside of it.

    >>> def function(x, which):
    ...     return x**2 - 4.0, 2 * x[:, :, None]
    >>> run = least_squares(function, [[0.5], [3.0]], [0.1], [5.0])
    >>> run.x.round(6).ravel(), run.converged
    (array([2., 2.]), array([ True,  True]))
    """
    x, low, high = np.array(starts, dtype=float), np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    if x.ndim != 2 or low.shape != (x.shape[1],) or high.shape != low.shape or not (low < high).all():
        raise ValueError(
            f"expected starts (m, n) and low < high of shape (n,); got {x.shape}, {low.shape}, {high.shape}."
        )
    if not np.isfinite(x).all() or (x < low).any() or (x > high).any():
        raise ValueError("expected starts inside of the box; draw them as rng.uniform(low, high, (m, n)).")
    if iterations < 1 or damping <= 0 or tolerance <= 0:
        raise ValueError(f"expected positive iterations, damping, tolerance; got {iterations}, {damping}, {tolerance}.")
    width, everyone = high - low, np.arange(len(x))
    r, jac = (np.array(a, dtype=float) for a in function(x, everyone))
    if r.ndim != 2 or jac.shape != (*r.shape, x.shape[1]) or len(r) != len(x):
        raise ValueError(f"expected residuals (m, rows), jacobian (m, rows, n); got {r.shape}, {jac.shape}.")
    cost = _cost(r)
    gram, gradient = _normal(r, jac, width)
    lam = damping * np.where(np.isfinite(cost), gram.diagonal(axis1=1, axis2=2).max(axis=1), 1.0)
    converged = np.isfinite(cost) & (gradient == 0).all(axis=1)  # flat or perfect: nowhere to go
    used, done, quiet = np.zeros(len(x), dtype=int), ~np.isfinite(cost) | converged, np.zeros(len(x), dtype=int)
    for _ in range(iterations):
        which = everyone[~done]
        if not len(which):
            break
        trial = _step(x[which], gram[which], gradient[which], lam[which], low, high, width)
        r, jac = function(trial, which)
        new = _cost(np.asarray(r))
        used[which] += 1
        better = new < cost[which]
        gain = 1 - np.sqrt(new / cost[which])
        good, bad = which[better], which[~better]
        if len(good):
            x[good], cost[good] = trial[better], new[better]
            gram[good], gradient[good] = _normal(r[better], jac[better], width)
        lam[good] *= LOWER
        lam[bad] *= RAISE
        quiet[good] = np.where(gain[better] < tolerance, quiet[good] + 1, 0)
        stuck = lam[bad] > LARGEST * gram[bad].diagonal(axis1=1, axis2=2).max(axis=1)
        finished = np.concatenate([good[(quiet[good] >= 3) | (cost[good] == 0)], bad[stuck]])
        converged[finished] = done[finished] = True
    return Multistart(x, np.sqrt(cost), used, converged)


def _cost(r):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(np.isfinite(r).all(axis=1), np.mean(np.where(np.isfinite(r), r, 0) ** 2, axis=1), np.inf)


def _normal(r, jac, width):
    """J^T J and J^T r of each start, with x in units of the box."""
    jac = np.where(np.isfinite(r).all(axis=1)[:, None, None] & np.isfinite(jac), jac, 0) * width
    r = np.where(np.isfinite(r), r, 0)
    flat = jac.transpose(0, 2, 1)
    return flat @ jac / r.shape[1], (flat @ r[:, :, None])[:, :, 0] / r.shape[1]


def _step(x, gram, gradient, lam, low, high, width):
    """Damped step; what would leave the box is held at its edge and the rest is solved for once more."""
    n = x.shape[1]
    held = ((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0))
    for _ in range(2):
        free = ~held
        matrix = gram * free[:, :, None] * free[:, None, :]
        scale = gram.diagonal(axis1=1, axis2=2)
        floor = 1e-3 * scale.max(axis=1, keepdims=True) * 1e-9
        add = lam[:, None] * np.maximum(scale / np.maximum(scale.max(axis=1, keepdims=True), 1e-300), 1e-6) + floor
        matrix[:, np.arange(n), np.arange(n)] += np.where(free, add, 1.0)
        step = -np.linalg.solve(matrix, (gradient * free)[:, :, None])[:, :, 0] * width
        beyond = free & ((x + step < low) & (x <= low + 1e-3 * width) | (x + step > high) & (x >= high - 1e-3 * width))
        if not beyond.any():
            break
        held |= beyond
    return np.clip(x + step, low, high)
