"""Many parameter draws of one stiff system at once: each with its own steps and its own error control, in one sweep of NumPy.

SciPy integrates one draw after the other, and for small systems most of the time goes into Python's overhead, once for each
call and step. Here a state is an array (n, draws), and every operation serves a whole block of draws. A Rosenbrock method
suits that: it solves linear systems instead of iterating, so that all draws do the same work in the same order.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import NamedTuple

import numpy as np

from mmlib import _input

__all__ = ["Draws", "Ensemble", "solve"]

SAFETY, SHRINK, GROW = 0.9, 0.2, 6.0  # of the step controller
SMALLEST = 1e-13  # shortest step, relative to the time that has passed (or, before that, to the first step)


class Draws:
    """Base of a frozen dataclass whose fields are numbers or arrays (draws,): ``len(model)`` and ``model[indices]``.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Decay(Draws):
    ...     k: np.ndarray
    ...     bands = (0, 0)
    ...     def rhs(self, y):
    ...         return -self.k * y
    ...     def jacobian(self, y):
    ...         return np.broadcast_to(-self.k, (1, *y.shape))
    >>> run = solve(Decay(k=np.array([1.0, 50.0, 4000.0])), np.ones(1), [0, 1], rtol=1e-6)
    >>> bool(abs(run.y[-1, 0, 0] - np.exp(-1)) < 1e-5), run.failed
    (True, array([], dtype=int64))
    """

    def __len__(self):
        return max((np.asarray(getattr(self, f.name)).size for f in fields(self)), default=1)

    def __getitem__(self, index):
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return type(self)(**{k: np.asarray(v)[index] if np.ndim(v) else v for k, v in values.items()})


class Ensemble(NamedTuple):
    """What `solve` returns."""

    t: np.ndarray  # (times,)
    y: np.ndarray  # (times, n, draws); NaN from the time on that a failed draw did not reach
    steps: np.ndarray  # (draws,), accepted steps
    rejected: np.ndarray  # (draws,), rejected steps
    failed: np.ndarray  # indices of the draws that did not reach the end
    why: dict = {}  # failed draw -> what stopped it, and when

    @property
    def success(self) -> bool:
        """Did every draw reach the end?"""
        return len(self.failed) == 0


def solve(
    model, y0, t, *, rtol=1e-3, atol=None, first_step=None, max_step=None, max_steps=2000, block=2048
) -> Ensemble:
    """Integrate dy/dt = f(y) for every draw of `model` by Rodas3 (Sandu et al. 1997, doi:10.1016/S1352-2310(97)83212-8).

    Order 3, error estimate of order 2, L-stable. Time must not enter f: make it a state if it does. A dose or another short event
    inside f is seen only by steps that are not longer than it: restart at its edges, or pass `max_step`.

    Parameters
    ----------
    model : an object (see `Draws`) with `len(model)`, `model[indices]`, `model.rhs(y)` -> (n, draws), which leaves y as it is,
        `model.bands` = (diagonals below, above) and `model.jacobian(y)` -> (below + above + 1, n, draws), entry (i, j) in row
        above + i - j, column j, as `scipy.linalg.solve_banded` has it. A full Jacobian has bands (n - 1, n - 1).
    y0 : (n,), the same for all draws, or (n, draws).
    t : (times,), increasing; t[0] is the start.
    rtol, atol : tolerated error of a step, relative and absolute; atol is a number or (n,) numbers, by default rtol / 10 times
        the size of each state at the start (of the largest state of the draw where one starts at zero, and 1 where all do: give
        atol if they stay far below one). Of each draw the root mean square over its n states counts. The error at the end can
        be larger or smaller than rtol.
    first_step : in units of t; default 1e-6 of the first interval.
    max_step : longest step in units of t, say the length of a dose; no limit by default.
    max_steps : a draw that needs more fails.
    block : draws that are handled together; some thousands fill a processor's cache.

    Elimination goes without pivoting: right for diffusion and kinetics, and where it is not, the error estimate rejects the
    step. Draws that fail (their step shrinks to nothing, too many steps, no finite rate) are listed in `failed`, the reasons in
    `why`. A step can
    jump over a pole that the estimate does not see (it does for dy/dt = y^2): distrust solutions that change sign that way.

    Raises
    ------
    ValueError : shapes that do not fit, times not increasing, tolerances not positive, rates not finite at the start, a Jacobian
        that differences of the rates contradict, a right-hand side that writes into y. TypeError : no such model.

    The Jacobian's entries that are zero for all draws cost nothing: order the states so that few are filled in.
    """
    t = _input.times(t, "t, at least two increasing times, the first the start,")
    origin = t[0] if abs(t[0]) > 1e6 * (t[-1] - t[0]) else 0.0  # a far origin takes digits from every step
    draws, start = _start(model, y0)
    rtol = _input.number(rtol, "positive rtol, rtol", above=0, below=1, remedy="Try rtol=1e-3.")
    atol = _tolerances(atol, rtol, start)
    span = t[-1] - t[0]
    first, longest = 1e-6 * (t[1] - t[0]), np.inf
    if first_step is not None:
        first = _input.number(first_step, "first_step", above=0, most=span, remedy="Leave it out for the default.")
    if max_step is not None:
        longest = _input.number(max_step, "max_step", above=0, remedy="Leave it out for no limit.")
    max_steps = _input.whole(max_steps, "positive max_steps, max_steps", least=1, remedy="Try max_steps=2000.")
    block = _input.whole(block, "positive block, block", least=1, remedy="Try block=2048.")
    _check_model(model, start, draws)
    out = Ensemble(
        t,
        np.full((len(t), len(start), draws), np.nan),
        np.zeros(draws, dtype=int),
        np.zeros(draws, dtype=int),
        np.zeros(0, int),
        {},
    )
    out.y[0] = start
    for begin in range(0, draws, block):
        part = np.arange(begin, min(begin + block, draws))
        limits = _Limits(min(first, longest), longest, rtol, atol[:, part] if atol.shape[1] > 1 else atol, max_steps)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # such steps are rejected
            _block(model, part, start[:, part], t - origin, limits, out)
    return out._replace(failed=np.flatnonzero(np.isnan(out.y[-1]).any(axis=0)))


class _Limits(NamedTuple):
    """What the step controller keeps to."""

    first: float
    longest: float
    rtol: float
    atol: np.ndarray  # (n or 1, draws or 1)
    max_steps: int


def _start(model, y0):
    draws, y0 = _draws(model), _input.numbers(y0, "y0")
    if y0.ndim not in (1, 2) or (y0.ndim == 2 and y0.shape[1] != draws) or not np.isfinite(y0).all() or not y0.size:
        raise ValueError(f"expected finite y0 of shape (n,) or (n, {draws}); got {y0.shape}. One row for each state?")
    return draws, np.repeat(y0[:, None], draws, axis=1) if y0.ndim == 1 else y0


def _draws(model):
    """How many there are, after a look at the model."""
    needed = ("__len__", "__getitem__", "rhs", "jacobian", "bands")
    missing = [name for name in needed if not hasattr(model, name)]
    if missing or isinstance(model, type):
        raise TypeError(
            f"expected a model with len(model), model[indices], rhs, jacobian and bands; got {_input.shown(model)} "
            f"{'without ' + ', '.join(missing) if missing else 'itself, not an object of it'}. Derive it from mmlib.ensemble.Draws."
        )
    _input.function(model.rhs, "model.rhs", "(y) that returns rates (n, draws): time does not enter")
    _input.function(model.jacobian, "model.jacobian", "(y) that returns its bands")
    plain = isinstance(model, Draws) and type(model).__getitem__ is Draws.__getitem__
    if plain and not is_dataclass(model):
        raise TypeError(
            f"expected a model whose class is a dataclass; got {type(model).__name__}, which is none. Write @dataclass above it."
        )
    draws = len(model)
    if draws < 1:
        raise ValueError("expected a model of at least one draw; got none. Give its fields one value a draw.")
    for f in fields(model) if plain else []:
        value = getattr(model, f.name)
        if np.ndim(value) and _input.numbers(value, f.name).shape != (draws,):
            raise ValueError(
                f"expected each field of the model as a number or ({draws},), one a draw; got {f.name} of shape "
                f"{np.shape(value)}. One value for all draws? Pass the number."
            )
    return draws


def _tolerances(atol, rtol, start):
    """Absolute tolerance (n or 1, draws or 1) of each state."""
    if atol is None:
        size = np.abs(start)
        largest = np.where(size.max(axis=0) > 0, size.max(axis=0), 1.0)
        return rtol / 10 * np.where(size > 0, size, largest)
    if _input.axes(atol) == 0:
        return np.array([[_input.number(atol, "positive atol, atol", above=0, remedy="Leave it out for the default.")]])
    return _input.array(atol, "atol, one for each state,", f"({len(start)},)", positive=True)[:, None]


def _bands(model):
    """Diagonals below and above, as whole numbers."""
    bands = model.bands
    if not isinstance(bands, list | tuple) or len(bands) != 2:
        raise ValueError(
            f"expected model.bands = (diagonals below, above) of the Jacobian; got {_input.shown(bands)}. Such as (0, 0)."
        )
    return tuple(_input.whole(b, "each of model.bands = (below, above)", least=0) for b in bands)


def _check_model(model, y, draws):
    below, above = _bands(model)
    few = np.arange(min(draws, 2))
    some, state = model[few], y[:, few]
    once = some.rhs(state)
    _input.given(once, "rhs(y)", state.shape, remedy="One rate a state and draw, as y has them.")
    jac = _input.given(some.jacobian(y[:, few]), f"the banded jacobian(y) for bands {below, above}", (below + above + 1, *state.shape),
        remedy="Entry (i, j) belongs in row above + i - j, column j.")  # fmt: skip
    if (state != y[:, few]).any() or (some.rhs(y[:, few]) is once and isinstance(once, np.ndarray)):
        raise ValueError(
            "expected rhs(y) to leave y as it is and to return a new array; got one that writes into an array in place. Write rates = "
            "-k * y, not y *= -k."
        )
    bad = np.flatnonzero(~np.isfinite(_rates(model[np.arange(draws)], y)).all(axis=0))
    if len(bad):
        raise ValueError(
            f"expected finite rates at the start; got NaN or infinity in draws {bad[:10].tolist()}. Look at their parameters."
        )
    if not np.isfinite(jac).all():
        raise ValueError("expected a finite jacobian(y) at the start; got NaN or infinity. Look at its parameters.")
    _check_jacobian(some, y[:, few], jac, below, above)


def _rates(model, y):
    """Rates (n, draws) that may be written into: nobody else holds them."""
    rate = model.rhs(y)
    own = type(rate) is np.ndarray and rate.dtype == float and rate.base is None and rate is not y
    return rate if own and rate.flags.writeable else np.array(_input.numbers(rate, "what rhs(y) returns"))


def _check_jacobian(model, y, jac, below, above):
    """The Jacobian against differences of the rates: along one direction, and column by column if they disagree."""
    scale = np.where(np.abs(y) > 0, np.abs(y), np.abs(y).max(axis=0) + (np.abs(y).max(axis=0) == 0))
    way = 1e-5 * scale * np.random.default_rng(0).choice([-1.0, 1.0], y.shape)
    n = len(y)

    def wrong(columns):
        step = np.zeros_like(way)
        step[columns] = way[columns]
        with np.errstate(all="ignore"):
            up, down, here = (_rates(model, z) for z in (y + step, y - step, y))
        mine, largest = np.zeros_like(y), np.abs(up) + np.abs(down) + np.abs(here)
        for j in columns:
            rows = np.arange(max(0, j - above), min(n, j + below + 1))
            mine[rows] += jac[above + rows - j, j] * step[j]
            largest[rows] += np.abs(jac[above + rows - j, j] * step[j])
        bend = np.abs(up + down - 2 * here)  # curvature along the step: there a difference proves nothing
        off = np.abs((up - down) / 2 - mine) > 0.01 * np.abs(mine) + bend + 1e-9 * largest
        return (off & np.isfinite(up + down)).any(axis=1)

    if wrong(range(n)).any():
        for j in range(n):
            rows = np.flatnonzero(wrong([j]))
            if len(rows):
                raise ValueError(
                    f"expected jacobian(y) to be the derivative of rhs(y); got another value in row {rows[0]}, column {j}, than a "
                    "difference of the rates gives. Entry (i, j) belongs in row above + i - j, column j, with its sign."
                )


def _block(model, part, y, t, limits, out):
    """Integrate the draws `part` from y (n, len(part)); fills the arrays of `out`."""
    first, longest, rtol, atol, max_steps = limits
    model, system = model[part], _Banded(len(y), *_bands(model))
    now, h, goal = np.full(len(part), t[0]), np.full(len(part), first), np.ones(len(part), dtype=int)
    full, taken, refused = h.copy(), np.zeros(len(part), dtype=int), np.zeros(len(part), dtype=int)
    rate = _rates(model, y)
    while len(part):
        left = t[goal] - now
        h = np.where(full > 0.999 * left, left, np.minimum(full, 0.6 * left))  # no sliver of a step before a time
        system.factor(np.asarray(model.jacobian(y), dtype=float), 2 / h)
        # u_i = gamma h (k_1 + ...): see Hairer & Wanner, Solving ODEs II, section IV.7
        per = 1 / h
        u1 = system.solve(rate.copy())
        g = u1 * per
        u2 = system.solve(rate + 4 * g)
        g -= u2 * per
        middle = y + 2 * u1
        u3 = system.solve(_rates(model, middle) + g)
        middle += u3
        g -= (8 / 3 * per) * u3
        error = _rates(model, middle)
        error += g
        system.solve(error)
        new = middle + error
        np.maximum(abs(y), abs(new), out=g)
        g *= rtol
        g += atol
        error /= g
        size = np.sqrt(np.einsum("ij,ij->j", error, error) / len(y))
        rate_new = _rates(model, new)
        good = (size <= 1) & np.isfinite(rate_new).all(axis=0)
        size = np.where(np.isfinite(size), np.maximum(size, 1e-8), np.inf)
        factor = np.clip(SAFETY * size ** (-1 / 3), SHRINK, GROW)
        full = np.minimum(np.where(good & (h < full), np.maximum(full, h * factor), h * factor), longest)
        if good.all():
            y, rate = new, rate_new
        else:
            y, rate = np.where(good, new, y), np.where(good, rate_new, rate)
        arrived = good & (h == left)
        now = np.where(arrived, t[goal], np.where(good, now + h, now))
        taken += good
        refused += ~good
        for k in np.flatnonzero(arrived):
            out.y[goal[k], :, part[k]] = y[:, k]
        goal = goal + arrived
        tiny, many = full < SMALLEST * np.maximum(np.abs(now), first), taken + refused >= max_steps
        ended = (goal == len(t)) | tiny | many
        if ended.any():
            for k in np.flatnonzero(ended & (goal < len(t))):
                reason = (
                    "its step shrank to nothing" if tiny[k] else f"{max_steps} steps were not enough: raise max_steps"
                )
                out.why[int(part[k])] = f"{reason} (at t = {now[k]:.6g})"
            out.steps[part[ended]], out.rejected[part[ended]] = taken[ended], refused[ended]
            stay = ~ended
            part, model, y, rate = part[stay], model[stay], y[:, stay], rate[:, stay]
            now, full, goal, taken, refused = now[stay], full[stay], goal[stay], taken[stay], refused[stay]
            atol = atol[:, stay] if atol.shape[1] > 1 else atol


class _Banded:
    """Banded linear systems (s - J) u = b, one for each draw; arrays have the draws last. No pivoting."""

    def __init__(self, n, below, above):
        self.n, self.below, self.above = n, below, above
        self.pattern, self.plan = np.zeros((below + above + 1, n), dtype=bool), None

    def factor(self, jacobian, shift):
        """LU factors of (shift - jacobian), where jacobian is (below + above + 1, n, draws), shift (draws,)."""
        m = np.negative(jacobian)
        m[self.above] += shift
        seen = m.any(axis=-1)
        if self.plan is None or (seen & ~self.pattern).any():
            self._plan(seen)
        self.rows = rows = [list(diagonal) for diagonal in m]  # views: indexing costs as much as arithmetic here
        main, spare = rows[self.above], np.empty_like(shift)
        for j, (lower, upper) in enumerate(self.plan):
            np.divide(1, main[j], out=main[j])  # the reciprocal is kept in its place
            for i in lower:
                multiplier = rows[self.above + i][j]
                np.multiply(multiplier, main[j], out=multiplier)
                for k in upper:
                    target = rows[self.above + i - k][j + k]
                    np.multiply(multiplier, rows[self.above - k][j + k], out=spare)
                    np.subtract(target, spare, out=target)

    def _plan(self, seen):
        """Which entries take part in the elimination, fill-in included: [(rows below, columns right) for each pivot]."""
        self.pattern |= seen
        fill, self.plan = self.pattern.copy(), []
        for j in range(self.n):
            last = self.n - 1 - j
            lower = [i for i in range(1, min(self.below, last) + 1) if fill[self.above + i, j]]
            upper = [k for k in range(1, min(self.above, last) + 1) if fill[self.above - k, j + k]]
            for i in lower:
                for k in upper:
                    fill[self.above + i - k, j + k] = True
            self.plan.append((lower, upper))

    def solve(self, b):
        """Replace b (n, draws) by the solution."""
        rows, x, spare = self.rows, list(b), np.empty_like(b[0])
        for j, (lower, _) in enumerate(self.plan):
            for i in lower:
                np.multiply(rows[self.above + i][j], x[j], out=spare)
                np.subtract(x[j + i], spare, out=x[j + i])
        for j in range(self.n - 1, -1, -1):
            for k in self.plan[j][1]:
                np.multiply(rows[self.above - k][j + k], x[j + k], out=spare)
                np.subtract(x[j], spare, out=x[j])
            np.multiply(x[j], rows[self.above][j], out=x[j])
        return b
