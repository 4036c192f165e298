"""Bounded least squares from many starting points at once: every start takes its own steps, one sweep of NumPy serves all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.optim import Verdict, brief, check_slopes, judge, quadratic
from mmlib.optim.damped import LARGEST, Pace

__all__ = ["Multistart", "least_squares"]

PACE = Pace(4.0, 0.3)  # of the damping
COMPARED = 2  # starts at which the Jacobian is compared with differences
REMEDIES = {
    "stalled": "Compare the Jacobian with differences here; if it is right, start elsewhere or scale the residuals.",
    "not finite": "Start away from the edge where the slope is infinite, or fit the logarithm of that parameter.",
    "not determined": "Bring readings that depend on it, narrow its range, or hold it (its column of the Jacobian zero).",
    "out of steps": "Allow more iterations=, or start again from x.",
}


@brief
class Multistart(NamedTuple):
    """What `least_squares` returns; the starts keep their order."""

    x: np.ndarray  # (starts, n) where each start ended
    rms: np.ndarray  # (starts,) root mean square of the residuals there; inf if the start itself gave none
    iterations: np.ndarray  # (starts,) iterations used
    converged: np.ndarray  # (starts,) bool: nothing was left to gain, see `verdict`
    verdict: tuple[Verdict, ...]  # (starts,) why each ended, and what to try

    @property
    def best(self) -> int:
        """Index of the start with the smallest rms. Raises ValueError if no start had finite residuals."""
        if not np.isfinite(self.rms).any():
            raise ValueError(
                "expected a start with finite residuals; got none: no start has finite residuals. Look at the function at one start, then draw others."
            )
        return int(np.nanargmin(self.rms))


def least_squares(function, starts, low, high, *, iterations=60, damping=1e-2, tolerance=1e-9) -> Multistart:
    """Minimise the mean square of residuals from each start by Levenberg and Marquardt's method, inside of a box.

    Parameters
    ----------
    function : (x (m, n), which (m,)) -> residuals (m, rows), jacobian (m, rows, n), for the starts numbered `which`; as many rows
        at each call. Where residuals are not finite, the step is refused. At the first two starts the Jacobian is compared with differences;
        columns that are zero at all starts are held.
    starts : (starts, n), inside of the box.
    low, high : (n,) finite ends of the box. The damping acts on x in units of its widths.
    iterations : at most this many evaluations after the first.
    damping : first damping, relative to the largest curvature of each start.
    tolerance : a start is done when a step lowers the rms by less than this share, or the damping no longer helps.

    Raises
    ------
    ValueError : shapes that do not fit, a box without width or without an end, starts outside of it (start and parameter are
        named), a Jacobian that disagrees with differences (the parameter is named).

    >>> def function(x, which):
    ...     return x**2 - 4.0, 2 * x[:, :, None]
    >>> run = least_squares(function, [[0.5], [3.0]], [0.1], [5.0])
    >>> run.x.round(6).ravel(), run.converged
    (array([2., 2.]), array([ True,  True]))
    """
    function = _rows_of(function)
    low, high, x = _input.bounds(low, high, starts)
    x = x.copy()
    iterations = _input.whole(iterations, "iterations", least=1, remedy="Try iterations=60.")
    damping = _input.number(damping, "positive damping, damping", above=0, remedy="Try damping=1e-2.")
    tolerance = _input.number(tolerance, "positive tolerance, tolerance", above=0, remedy="Try tolerance=1e-9.")
    width, everyone = high - low, np.arange(len(x))
    r, jac = (a.copy() for a in function(x, everyone))
    cost = _cost(r)
    held, endless = _checked_slopes(function, x, r, jac, low, high), _endless(r, jac)
    gram, gradient = _normal(r, jac, width)
    lam = damping * gram.diagonal(axis1=1, axis2=2).max(axis=1)
    nowhere = np.isfinite(cost) & (gradient == 0).all(axis=1)  # flat or perfect
    used, done, quiet = np.zeros(len(x), dtype=int), ~np.isfinite(cost) | nowhere, np.zeros(len(x), dtype=int)
    for _ in range(iterations):
        which = everyone[~done]
        if not len(which):
            break
        trial = _step(x[which], gram[which], gradient[which], lam[which], low, high, width)
        r, jac = function(trial, which)
        new = _cost(r)
        used[which] += 1
        better = new < cost[which]
        gain = 1 - np.sqrt(new / cost[which])
        good, bad = which[better], which[~better]
        if len(good):
            x[good], cost[good] = trial[better], new[better]
            gram[good], gradient[good] = _normal(r[better], jac[better], width)
            endless[good] = _endless(r[better], jac[better])
        lam[which] = PACE.after(lam[which], better)
        quiet[good] = np.where(gain[better] < tolerance, quiet[good] + 1, 0)
        stuck = lam[bad] > LARGEST * gram[bad].diagonal(axis1=1, axis2=2).max(axis=1)
        done[np.concatenate([good[(quiet[good] >= 3) | (cost[good] == 0)], bad[stuck]])] = True
    verdict = tuple(
        _verdict(x[k], cost[k], gram[k], gradient[k], low, high, held, endless[k], done[k], used[k]) for k in everyone
    )
    return Multistart(x, np.sqrt(cost), used, np.array([v.converged for v in verdict]), verdict)


def _rows_of(function):
    """The caller's function on points of its own, with an answer that is looked at each time."""
    _input.function(function, "function", "(x, which) that returns residuals (m, rows) and jacobian (m, rows, n)")
    rows = {}

    def ask(x, which):
        pair = _input.given(
            function(x.copy(), which), "function(x, which)", parts=2, remedy="Return residuals, jacobian."
        )
        r, jac = (
            _input.given(a, f"function(x, which), its {what},")
            for a, what in zip(pair, ("residuals", "jacobian"), strict=True)
        )
        if r.ndim != 2 or jac.shape != (*r.shape, x.shape[1]) or len(r) != len(x) or not r.shape[1]:
            raise ValueError(
                f"expected residuals (m, rows), jacobian (m, rows, n), with x of shape {x.shape}; got {r.shape}, {jac.shape}. "
                "One row block a start: answer for the rows of x, whose starts are numbered by which."
            )
        if (first := rows.setdefault("count", r.shape[1])) != r.shape[1]:
            raise ValueError(
                f"expected {first} residuals a start at each call; got {r.shape[1]}. Return NaN for those without."
            )
        return r, jac

    return ask


def _checked_slopes(function, x, r, jac, low, high):
    """(n,) parameters that are held; ValueError where the Jacobian of one of the first good starts is wrong."""
    fine = np.flatnonzero(np.isfinite(r).all(axis=1) & np.isfinite(jac).all(axis=(1, 2)))
    held = np.ones(x.shape[1], dtype=bool) & (len(fine) > 0)
    for k in fine[:COMPARED]:
        held &= check_slopes(lambda z, k=k: function(z, np.full(len(z), k))[0], x[k], jac[k], low, high)
    return held & ~jac[fine].any(axis=(0, 1))


def _endless(r, jac):
    """(m,) number of the first parameter whose slope is not finite although the residuals are; -1 where there is none."""
    bad = (~np.isfinite(jac)).any(axis=1) & np.isfinite(r).all(axis=1)[:, None]
    return np.where(bad.any(axis=1), bad.argmax(axis=1), -1)


def _verdict(x, cost, gram, gradient, low, high, held, endless, done, used):
    if not np.isfinite(cost):
        return Verdict("not finite", "the residuals of the start are not finite", "Draw another start.")
    if endless >= 0:
        return Verdict("not finite", f"the slope by parameter {endless} is not finite here", REMEDIES["not finite"])
    at_edge = ((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0))
    seen = quadratic(gram, gradient, cost, held=held | at_edge)
    return judge(
        loss=cost,
        gradient=gradient[~(held | at_edge)],
        fall=seen.fall,
        move=seen.move,
        steps_left=int(done),
        undetermined=[f"parameter {k}" for k in sorted({*seen.flat, *seen.tied})],
        reason=f"{used} iterations were used",
        remedies=REMEDIES,
    )


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
