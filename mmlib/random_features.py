r"""Equations solved without training: random sines, their exact derivatives, one least squares.

$u(x) = \sum_k c_k \sin(w_k \cdot x + b_k)$ with directions $w_k$ and phases $b_k$ that are drawn once and stay. A linear equation
is then linear in c, and least squares solves it (Dwivedi & Srinivasan 2020, doi:10.1016/j.neucom.2019.12.099; Chen, Chi, E & Yang
2022, doi:10.4208/jml.220726); a mildly nonlinear one takes a few steps of Newton's method. It is the rival that a trained network
has to meet. It needs a solution that is smooth on one scale: layers, shocks and corners ask for more than more sines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import lstsq

from mmlib import _input
from mmlib.optim import Verdict, brief, judge

__all__ = ["Condition", "Fit", "corner", "solve"]

BANDWIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # tried if none is given, in radians per half width of the domain
CUT = 1e-14  # singular values below this share of the largest are round-off: random sines are never independent
HELD = 5  # every fifth row of a condition is held out while the bandwidth is chosen
STEP = 1e-30  # of the complex step; there is no subtraction, so it may be as small as this
RESOLVED = 1e-3  # converged: what is left of an equation is below this share of its terms, at rows held out too
LARGEST = 4e8  # entries of the matrix: 3 GB in double precision
REMEDIES = {
    "stalled": "Try more features, another bandwidth or smaller windows in time; a layer or a corner needs features of its own (extra=).",
    "out of steps": "Allow more steps=, or begin with a smaller time.",
    "not finite": "Look for a root, a logarithm or a division by zero where u is zero: Newton's method starts there.",
}


class Condition(NamedTuple):
    """Points, the derivatives that the equation needs there, and what must vanish.

    Attributes
    ----------
    x : (m, d) points.
    derivatives : which derivatives of u `residual` takes, in its order; each is a tuple of axes: () for u, (0,) for its derivative
        along the first coordinate, (0, 0) for the second one.
    residual : those derivatives, each (m,), -> (m,), zero where the condition holds. Its slopes are taken by a complex step, so
        write it with functions that are analytic (u * u, not abs(u)**2).
    weight : of these rows, beside the others. All conditions are scaled to rows of equal size first.
    """

    x: np.ndarray
    derivatives: Sequence[tuple]
    residual: Callable
    weight: float = 1.0


@brief
class Fit(NamedTuple):
    """What `solve` found. Call it at points (m, d), for a derivative along `axes` too."""

    sines: _Sines
    coefficients: np.ndarray  # (features + extras,)
    bandwidth: float  # radians per half width of the domain
    rank: int  # of the last least squares; below the number of features as a rule
    steps: int  # of Newton's method
    residual: float  # of the worst condition, relative to the terms that must cancel in it
    fresh: float  # the same at the rows that were held out while the bandwidth was chosen
    verdict: Verdict

    def __call__(self, x, axes: tuple = ()) -> np.ndarray:
        """u, or its derivative along `axes` (a tuple), at x (m, d): (m,). Outside of the points of the fit it means nothing."""
        allowed = range(len(self.sines.middle))
        if not isinstance(axes, tuple) or any(a not in allowed for a in axes):
            raise ValueError(
                f"expected axes as a tuple of numbers from 0 to {len(allowed) - 1}, () for u; got {axes!r}. One axis? Pass (0,)."
            )
        return self.sines.rows(self.sines.points(x), axes) @ self.coefficients

    @property
    def converged(self) -> bool:
        return self.verdict.converged


class _Sines(NamedTuple):
    w: np.ndarray  # (features, d), in coordinates from -1 to 1
    b: np.ndarray  # (features,)
    middle: np.ndarray  # (d,)
    half: np.ndarray  # (d,)
    extra: tuple

    def points(self, x):
        x = _input.array(x, "x", "(m, d)")
        if x.shape[1] != len(self.middle):
            raise ValueError(f"expected x (m, {len(self.middle)}); got {x.shape}. One column for each coordinate.")
        return x

    def rows(self, x, axes):
        """(m, features + extras): derivative along `axes` of each feature."""
        place = (x - self.middle) / self.half @ self.w.T + self.b + len(axes) * np.pi / 2
        slope = np.prod([self.w[:, a] / self.half[a] for a in axes], axis=0)
        more = [_input.array(f(x, tuple(axes)), f"extra[{k}]", f"({len(x)},)") for k, f in enumerate(self.extra)]
        return np.column_stack([np.sin(place) * slope, *more])


def solve(conditions, *, features=400, bandwidth=None, extra=(), start=None, steps=20, rng=0) -> Fit:
    """Solve an equation by random sines and least squares.

    Parameters
    ----------
    conditions : list of Condition
        The equation inside, values at the boundary, an initial state, readings: all alike.
    features : int
        Number of sines.
    bandwidth : float, optional
        Standard deviation of the directions, in radians per half width of the domain. Without it, the one of six with which
        a fifth of the rows, held out, is met best: by the median residual of the worst condition, relative to its terms.
    extra : sequence of functions f(x (m, d), axes) -> (m,)
        Features of your own, with their derivatives: the singular function of a corner, say (see `corner`).
    start : function of x (m, d) -> (m,), optional
        Where Newton's method begins: the state at the beginning of a window in time, say. Without it, at the zero function.
    steps : int
        Most steps of Newton's method. A linear equation takes one, and a few more where rounding leaves something.
    rng : int or numpy.random.Generator
        Draws directions, phases and the rows that are held out.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        A condition that is none, shapes that do not fit, a residual that is not analytic or not finite where Newton's method
        begins, conditions that the zero function meets (and no other start), an extra function that is not finite, more than 3 GB.

    Notes
    -----
    Whether the conditions determine one solution is not asked: where they leave several, this is the one with the smallest
    coefficients, and it may be called converged. Outside of the box of its points u is a sum of waves, and means nothing.

    Examples
    --------
    u'' = -u with u(0) = 0 and u(1) = sin 1:

    >>> x = np.linspace(0, 1, 40)[:, None]
    >>> inside = Condition(x, [(), (0, 0)], lambda u, uxx: uxx + u)
    >>> ends = Condition(x[[0, -1]], [()], lambda u: u - np.array([0.0, np.sin(1.0)]))
    >>> fit = solve([inside, ends], features=40)
    >>> bool(abs(fit([[0.5]])[0] - np.sin(0.5)) < 1e-8), fit.converged
    (True, True)
    """
    rng, steps = _input.generator(rng), _input.whole(steps, "steps", least=1, remedy="Try steps=20.")
    features = _input.whole(features, "features", least=2, remedy="Try features=400.")
    conditions, middle, half = _checked(conditions, features)
    extra = tuple(_input.function(f, f"extra[{k}]", "points and axes") for k, f in enumerate(extra))
    if start is not None:
        _input.function(start, "start", "points")
    tried = BANDWIDTHS if bandwidth is None else (_input.number(bandwidth, "bandwidth", above=0),)
    w, b = rng.standard_normal((features, len(middle))), rng.uniform(0, 2 * np.pi, features)
    kept = np.concatenate([_kept(rng, len(c.x)) for c in conditions])
    best = None
    for wide in tried:
        problem = _Problem(conditions, _Sines(wide * w, b, middle, half, extra), start, kept)
        found = problem.newton(kept, steps)[0]
        missed = problem.size(found, ~kept, np.median)
        if best is None or missed < best[0]:
            best = missed, wide, problem, problem.size(found, ~kept)
    _, wide, problem, fresh = best
    c, rank, used, fall, gradient, ended = problem.newton(np.ones_like(kept), steps)
    loss = (problem.rows(c)[0] ** 2).sum() / (problem.zero**2).sum()
    left = problem.size(c, np.ones_like(kept))
    verdict = judge(
        loss=loss, gradient=gradient, fall=fall, zero=1.0, steps_left=int(ended),
        reason=f"{used} steps of Newton's method", remedies=REMEDIES,
    )  # fmt: skip
    if verdict and max(left, fresh) > RESOLVED:
        why = f"the equation is met to {left:.1e} of its terms, and to {fresh:.1e} at rows that were held out"
        verdict = Verdict("stalled", why, REMEDIES["stalled"])
    return Fit(problem.sines, c, float(wide), rank, used, left, fresh, verdict)


def _kept(rng, n):
    """(n,) bool: all but a fifth, drawn at random; a condition of fewer than five points keeps all."""
    kept = np.ones(n, dtype=bool)
    kept[rng.permutation(n)[: n // HELD]] = False
    return kept


class _Problem:
    """The rows of all conditions; those of each condition together have its weight as their size."""

    def __init__(self, conditions, sines, start, kept):
        self.sines, self.conditions, self.kept = sines, conditions, kept
        self.features = [[sines.rows(c.x, axes) for axes in c.derivatives] for c in conditions]
        nothing = np.zeros(self.features[0][0].shape[1])
        self.start = nothing if start is None else self._fitted(start)
        self.scale = np.ones(len(conditions))
        with np.errstate(all="ignore"):
            at_zero = [self._residual(k, nothing) for k in range(len(conditions))]
        self.sources = [np.where(np.isfinite(r), r, 0.0) for r in at_zero]
        parts = [self._part(k, self.start) for k in range(len(conditions))]
        for k, (r, rows, _) in enumerate(parts):
            if not (np.isfinite(r).all() and np.isfinite(rows).all()):
                raise ValueError(
                    f"condition {k}: expected finite residual and slopes where Newton's method begins; got others. {REMEDIES['not finite']}"
                )
        sizes = [_rms(np.linalg.norm(rows, axis=1)) for _, rows, _ in parts]
        self.scale = np.array(
            [c.weight / np.sqrt(len(c.x)) / (s or 1.0) for c, s in zip(conditions, sizes, strict=True)]
        )
        at = self.sources if any(s.any() for s in self.sources) else [r for r, *_ in parts]
        self.zero = np.concatenate([s * r for s, r in zip(self.scale, at, strict=True)])
        if not self.zero.any():
            raise ValueError(
                "expected a source, a value or a reading that is not zero; got conditions that the zero function meets. Give start=."
            )

    def _fitted(self, start):
        """Coefficients with which the features are closest to a function, at the points of all conditions."""
        x = np.vstack([c.x for c in self.conditions])
        values = _input.array(start(x), "start(x)", f"({len(x)},)")
        return lstsq(self.sines.rows(x, ()), values, cond=CUT, lapack_driver="gelsd")[0]

    def _residual(self, k, c):
        return np.asarray(self.conditions[k].residual(*(rows @ c for rows in self.features[k])))

    def _part(self, k, c):
        """Residual (m,) of condition k at coefficients c, its slopes (m, features + extras), and by each derivative (m,)."""
        residual, features = self.conditions[k].residual, self.features[k]
        values = [rows @ c for rows in features]
        with np.errstate(all="ignore"):  # what is not finite is asked by the callers
            r, each = np.asarray(residual(*values)), _slopes(residual, values)
        slopes = np.zeros_like(features[0])
        for slope, rows in zip(each, features, strict=True):
            slopes += slope[:, None] * rows
        return self.scale[k] * r, self.scale[k] * slopes, each

    def rows(self, c):
        parts = [self._part(k, c) for k in range(len(self.conditions))]
        return np.concatenate([r for r, *_ in parts]), np.vstack([a for _, a, _ in parts])

    def size(self, c, which, norm=None):
        """Residual at the rows `which` of the worst condition, relative to the usual size of the terms that cancel in it.

        A condition without such a row is asked at all.
        """
        every = np.vstack([condition.x[:: len(condition.x) // 200 + 1] for condition in self.conditions])
        usual = {d: _rms(self.sines.rows(every, d) @ c) for condition in self.conditions for d in condition.derivatives}
        worst, row = 0.0, 0
        for k, condition in enumerate(self.conditions):
            here = which[row : row + len(condition.x)]
            row += len(condition.x)
            here = here if here.any() else ~here
            r, _, slopes = self._part(k, c)
            terms = [np.abs(s) * usual[d] for s, d in zip(slopes, condition.derivatives, strict=True)]
            there = self.scale[k] * _rms((np.abs(self.sources[k]) + sum(terms))[here])
            left = (norm or _rms)(np.abs(r[here]))
            if not (np.isfinite(left) and np.isfinite(there)):
                return np.inf
            worst = max(worst, left / there if there > 0 else 0.0)
        return float(worst)

    def newton(self, which, steps):
        """Coefficients, rank, steps used, share of the loss still to gain, gradient, and whether it ended by itself."""
        c = self.start
        r, a = self.rows(c)
        r, a, rank = r[which], a[which], 0
        for used in range(1, steps + 1):
            if not (np.isfinite(r).all() and np.isfinite(a).all()):
                return c, rank, used - 1, np.inf, a.T @ r, True
            move, _, rank, _ = lstsq(a, -r, cond=CUT, lapack_driver="gelsd", check_finite=False)
            loss, fall = r @ r, 1 - ((r + a @ move) ** 2).sum() / (r @ r) if r.any() else 0.0
            share = 1.0
            while share > 1e-3:
                new, slopes = self.rows(c + share * move)
                if np.isfinite(new[which]).all() and new[which] @ new[which] < loss:
                    break
                share /= 2
            else:  # no share of the step lowers the loss
                return c, int(rank), used, fall, a.T @ r, True
            c, r, a = c + share * move, new[which], slopes[which]
            if fall < 1e-6 or r @ r <= 1e-24 * (self.zero[which] @ self.zero[which]):
                return c, int(rank), used, 0.0, a.T @ r, True
        move, _, rank, _ = lstsq(a, -r, cond=CUT, lapack_driver="gelsd", check_finite=False)
        fall = 1 - ((r + a @ move) ** 2).sum() / (r @ r)
        return c, int(rank), steps, fall, a.T @ r, bool(fall < 1e-6)


def _rms(x):
    return np.sqrt((x**2).mean())


def _slopes(residual, values):
    """By each derivative (m,), by a complex step."""
    moved = [[v + 1j * STEP if i == j else v for i, v in enumerate(values)] for j in range(len(values))]
    return [np.imag(residual(*m)) / STEP for m in moved]


def _analytic(k, condition):
    """Compare the slopes by a complex step with differences, at values drawn at random: ValueError if they disagree."""
    rng, n, h = np.random.default_rng(0), len(condition.x), 1e-6
    values = rng.uniform(0.5, 1.5, (len(condition.derivatives), n)) * rng.choice(
        [-1, 1], (len(condition.derivatives), n)
    )
    for j in range(len(values)):
        aside = h * (np.arange(len(values)) == j)[:, None]
        with np.errstate(all="ignore"):
            r = np.asarray(condition.residual(*values))
            if r.shape != (n,):
                raise ValueError(f"condition {k}: expected a residual ({n},); got {r.shape}. Return one a point.")
            wanted = (condition.residual(*(values + aside)) - condition.residual(*(values - aside))) / (2 * h)
            slope = _slopes(condition.residual, list(values))[j]
        fine = np.isfinite(wanted) & np.isfinite(slope)
        unit = np.abs(wanted[fine]).max(initial=0) + 1e-8 / h * np.abs(r[fine]).max(initial=0)
        if (np.abs(slope - wanted)[fine] > 1e-4 * unit).any():
            raise ValueError(
                f"condition {k}: expected a residual that is analytic in derivative {j}, for its slope by a complex step; "
                "got another slope than by differences. Write u * u for abs(u)**2, and no real part of u."
            )


def corner(at, first, angle, order=1) -> Callable:
    r"""The singular function of a corner in the plane, $r^{\alpha} \sin \alpha \vartheta$ with $\alpha = \pi k / \omega$, for `extra` of `solve`.

    It is harmonic and zero at both walls; where the angle $\omega$ is above $\pi$, the first one (k = 1) has slopes without end at
    the corner, which no smooth feature has.

    Parameters
    ----------
    at : (2,) the corner.
    first : float
        Direction of the first wall in radians; the domain lies from there on, counterclockwise.
    angle : float
        Between the walls, inside of the domain, in radians, at most 2 pi.
    order : int
        k. Orders at which alpha is a whole number are polynomials: sines have them anyway.

    Returns
    -------
    function of points (m, 2) and axes -> (m,)

    Raises
    ------
    ValueError
        No point, an angle that is none, an order below 1.

    Examples
    --------
    The corner of an L without its first quadrant, from the wall along y to the wall along x:

    >>> u = corner((0, 0), np.pi / 2, 3 * np.pi / 2)
    >>> u(np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.0]]), ()).round(3) + 0.0
    array([0.   , 0.   , 0.866])
    """
    x, y = _input.array(at, "at", "(2,)")
    first, angle = _input.number(first, "first"), _input.number(angle, "angle", above=0, most=2 * np.pi)
    alpha = _input.whole(order, "order", least=1) * np.pi / angle

    def along(points, axes):
        turned = (points[:, 0] - x + 1j * (points[:, 1] - y)) * np.exp(-1j * first)
        n, r, theta = len(axes), np.maximum(np.abs(turned), 1e-300), np.angle(turned)
        theta = np.where(theta < (angle - 2 * np.pi) / 2, theta + 2 * np.pi, theta)  # cut outside of the domain
        factor = np.prod([alpha - j for j in range(n)]) * np.exp(-1j * first * n) * 1j ** sum(a == 1 for a in axes)
        return np.imag(factor * r ** (alpha - n) * np.exp(1j * (alpha - n) * theta))

    return along


def _checked(conditions, features):
    """Conditions with checked arrays, and the box of all their points: middle and half width (d,)."""
    found = []
    if not isinstance(conditions, Sequence) or not conditions or not all(isinstance(c, Condition) for c in conditions):
        raise ValueError(f"expected a list of Condition; got {_input.shown(conditions)}. One? Pass [condition].")
    for k, c in enumerate(conditions):
        x = _input.array(c.x, f"conditions[{k}].x", "(m, d)")
        if found and x.shape[1] != found[0].x.shape[1]:
            raise ValueError(
                f"conditions[{k}].x: expected {found[0].x.shape[1]} columns as in the first; got {x.shape[1]}. Give all of them all coordinates."
            )
        axes = [tuple(a) if isinstance(a, (tuple, list)) else (a,) for a in c.derivatives]
        allowed = range(x.shape[1])
        if not axes or any(a not in allowed for one in axes for a in one):
            raise ValueError(
                f"conditions[{k}].derivatives: expected tuples of axes from 0 to {len(allowed) - 1}, () for u; got {c.derivatives}. Such as [(), (0,), (0, 0)]."
            )
        _input.function(c.residual, f"conditions[{k}].residual", "the derivatives")
        weight = _input.number(c.weight, f"conditions[{k}].weight", above=0)
        found.append(Condition(x, axes, c.residual, weight))
        _analytic(k, found[-1])
    every = np.vstack([c.x for c in found])
    held = sum((len(c.derivatives) + 5) * len(c.x) for c in found) * features  # with what least squares copies
    if held > LARGEST:
        raise ValueError(
            f"expected at most {8e-9 * LARGEST:.0f} GB; got {len(every)} rows and {features} features, {8e-9 * held:.0f} GB. "
            "Take fewer of either."
        )
    half = np.ptp(every, axis=0) / 2
    if not (half > 0).all():
        raise ValueError(
            f"expected points that differ along each coordinate; got one value along axis {int(np.argmin(half))}. Leave that one out."
        )
    return found, every.min(axis=0) + half, half
