"""Slopes that the caller wrote by hand, against differences of the rows they belong to."""

from __future__ import annotations

import numpy as np

from mmlib import _input

__all__ = ["check_slopes"]

STEPS = np.array(
    [1e-3, 1e-4, 1e-5, 1e-6, 1e-7]
)  # of the scale: curvature spoils the long ones, round-off the short ones
WRONG, AGREED = (
    0.2,
    0.05,
)  # of the size of a slope: more than this is wrong; differences that agree so well are believed


def check_slopes(rows, x, jacobian, low, high, *, draws=2, names=None) -> np.ndarray:
    """Compare a Jacobian with differences of the rows along random directions; name the column that is wrong.

    Five step lengths are tried. The slope is wrong if two neighbouring ones agree with each other, and none with the slope:
    neither curvature nor the tolerance of a solver does that. Columns that are zero throughout are taken as held on purpose
    (a profile) and left out.

    Parameters
    ----------
    rows : function of x (m, n) -> (m, k)
        The rows at m points at once; called once, and once more for columns that are zero, and to name a wrong one.
    x : array (n,)
        Where.
    jacobian : array (k, n)
        There, finite.
    low, high : array (n,)
        Finite ends of the box; points stay inside, and steps are shares of its widths.
    draws : int
        Random directions, drawn from a seed of their own.
    names : sequence of str, optional
        Of the columns.

    Returns
    -------
    array (n,) of bool
        Columns that are zero although the rows depend on the unknown: held.

    Raises
    ------
    ValueError
        A slope that differs from the differences by more than a fifth.

    Examples
    --------
    >>> square, low, high = lambda x: x**2, np.zeros(1), np.full(1, 9.0)
    >>> check_slopes(square, np.array([2.0]), np.array([[4.0]]), low, high)
    array([False])
    >>> try:
    ...     check_slopes(square, np.array([2.0]), np.array([[-4.0]]), low, high, names=["k"])
    ... except ValueError as error:
    ...     print(error)
    the slope by k disagrees with differences of the rows: expected about 4, got -4. Is a sign, ...
    """
    low, high = _input.bounds(low, high)
    n, width = len(low), high - low
    x, jacobian = _input.array(x, "x", f"({n},)"), _input.array(jacobian, "jacobian", f"(k, {n})", least=0)
    zero = ~jacobian.any(axis=0)
    draw = np.random.default_rng(0)
    signs = np.where(draw.random((draws, n)) < 0.5, -1.0, 1.0) * ~zero
    if not zero.all() and _compare(rows, x, jacobian, low, high, signs * width)[0].any():
        each = np.eye(n)[~zero] * width
        wrong, off, difference, slope = _compare(rows, x, jacobian, low, high, each)
        worst = int(np.argmax(np.where(wrong, off, -1))) if wrong.any() else int(np.argmax(off))
        j = int(np.flatnonzero(~zero)[worst])
        name = f"parameter {j}" if names is None else names[j]
        raise ValueError(
            f"the slope by {name} disagrees with differences of the rows: expected about "
            f"{difference[worst] / width[j]:.3g}, got {slope[worst] / width[j]:.3g}. Is a sign, a factor or a column of the "
            "Jacobian wrong? To hold an unknown on purpose, set its column to zero."
        )
    held = np.zeros(n, dtype=bool)
    if zero.any():
        step = np.eye(n)[zero] * 1e-3 * width
        ends = np.asarray(rows(np.clip(np.concatenate([x + step, x - step]), low, high)), dtype=float)
        up, down = np.split(ends, 2)
        held[zero] = np.isfinite(up).all(axis=1) & np.isfinite(down).all(axis=1) & (up != down).any(axis=1)
    return held


def _compare(rows, x, jacobian, low, high, directions):
    """For each direction: is the slope wrong, by which share, and difference and slope at the row where they differ most."""
    count = len(directions)
    step = STEPS[:, None, None] * directions  # (steps, directions, n)
    ends = np.clip(np.stack([x + step, x - step]), low, high)
    r = np.asarray(rows(ends.reshape(-1, len(x))), dtype=float).reshape(2, len(STEPS), count, -1)
    size = STEPS[:, None, None]
    with np.errstate(invalid="ignore", over="ignore"):
        differences = (r[0] - r[1]) / size
        slopes = (ends[0] - ends[1]) @ jacobian.T / size
        scale = np.maximum(np.linalg.norm(slopes, axis=2), np.linalg.norm(differences, axis=2)) + 1e-300
        off = np.linalg.norm(slopes - differences, axis=2) / scale  # (steps, directions)
        apart = np.linalg.norm(np.diff(differences, axis=0), axis=2) / scale[1:]
    agreed = np.isfinite(apart) & (apart < AGREED) & (off[1:] > WRONG)
    wrong = agreed.any(axis=0) & ~(np.isfinite(off) & (off <= WRONG)).any(axis=0)
    pair = np.argmax(agreed, axis=0) + 1
    take = pair, np.arange(count)
    row = np.argmax(np.nan_to_num(np.abs(slopes - differences)[take]), axis=1)
    pick = np.arange(count), row
    return wrong, np.nan_to_num(off[take]), differences[take][pick] / 2, slopes[take][pick] / 2
