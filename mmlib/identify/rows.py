"""The regression problem: rates and candidate terms from trajectories."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pysindy as ps

from mmlib import _input
from mmlib.identify.verdicts import collinear

__all__ = ["Problem", "problem", "split"]


class Problem(NamedTuple):
    """Rates = candidate terms x coefficients, ``dydt ≈ theta @ coef.T``; made once and given to every method."""

    theta: np.ndarray  # (n, m) candidate terms
    dydt: np.ndarray  # (n, d) rates [unit of y / unit of t]
    names: list[str]  # (d,) states
    terms: list[str]  # (m,) candidate terms
    group: np.ndarray  # (n,) number of the trajectory each row came from
    library: Any  # the PySINDy library, fitted
    windows: Any = (
        None  # weak form only: (average (k, n), slope (k, n), readings (n, d)) of each trajectory; of a film its `Film`
    )
    sizes: Any = None  # {what: largest value} of all that thresholds take to be of order one
    is_map: bool = False  # the rates that were passed are the next states

    @property
    def condition(self) -> float:
        """Condition number of the candidate columns, each scaled to length one: what it multiplies errors of rows by, at worst."""
        size = np.linalg.svd(_scaled(self.theta), compute_uv=False)
        return float(size[0] / size[-1]) if len(size) == self.theta.shape[1] and size[-1] > 0 else np.inf

    @property
    def rank(self) -> int:
        """Number of candidate columns that the rows can tell apart, at most (n, m)."""
        return len(self.terms) - len(self.dependent)

    @property
    def dependent(self) -> dict[str, list[str]]:
        """Terms whose columns are combinations of others, up to round-off: {term: those others}; empty if all are determined."""
        return _dependent(self.theta, self.terms)

    @property
    def collinear(self) -> dict[str, list[str]]:
        """Terms that others imitate to a hundredth of their length: {term: those others}; small noise swaps them."""
        n, m = self.theta.shape
        return {**self.dependent} if n <= m or self.dependent else collinear(self.theta, self.terms)


SAME = (
    1e-11  # of its length: what is left of a column that is a combination of others, round-off of many samples included
)


def _scaled(theta):
    size = np.linalg.norm(theta, axis=0)
    return theta / np.where(size > 0, size, 1.0)


def _dependent(theta, terms):
    """Column by column: those that add nothing to the columns before them."""
    x, basis, kept, found = _scaled(theta), [], [], {}
    for j, column in enumerate(x.T):
        rest = column.copy()
        for _ in range(2):
            for b in basis:
                rest = rest - (b @ rest) * b
        if np.linalg.norm(rest) <= SAME:
            weights = np.linalg.lstsq(x[:, kept], column, rcond=None)[0] if kept else np.zeros(0)
            found[terms[j]] = [terms[k] for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
        else:
            basis.append(rest / np.linalg.norm(rest))
            kept.append(j)
    return found


def problem(t, y, *, names, degree=2, derivative="weak", window=25, library=None) -> Problem:
    r"""Set up rates and candidate terms from one trajectory or several.

    Parameters
    ----------
    t : (n,) times, increasing, or a list of them, or one number, the step between samples. Their unit sets the unit of the
        coefficients. Dates are refused with the line that converts them.
    y : (n, d) states, or a list or tuple of such arrays, of any lengths. Time runs along the first axis.
    names : d names of the states, all different, without blanks, for example ``["u", "v"]``.
    degree : candidate terms are all monomials up to this total degree.
    derivative : how rates are had from data.
        ``"weak"``: both sides are averaged with the weight $\varphi = (1 - s^2)^4$ over windows of `window` samples that
        overlap by half; integrating by parts moves the derivative from the noisy data to $\varphi$
        (Messenger and Bortz 2021, doi:10.1137/20M1343166).
        ``"smoothed"``: PySINDy's SmoothedFiniteDifference (Savitzky-Golay of order 3 over `window` samples), along time.
        An array like `y` (or a list): rates that you measured. The next states, ``derivative=y[1:]`` with ``y=y[:-1]``,
        make a map: its law is printed as x[k+1] and iterated by ``Law.next``.
    window : samples in a window; odd, at least 5.
    library : a PySINDy feature library to use instead of the monomials.

    Raises
    ------
    ValueError : NaN, unsorted times, shapes that do not fit, too few samples for the window, an unknown derivative, a state
        that never changes, a candidate term that is zero everywhere or not finite (it is named).

    >>> t = np.linspace(0, 2, 201)
    >>> problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=3).terms
    ['1', 'x', 'x^2', 'x^3']
    """
    times, states, names = _trajectories(t, y, names)
    library = _library(library, degree)
    rates = _rates(derivative, window, states)
    library.fit([ps.AxesArray(s, {"ax_time": 0, "ax_coord": 1}) for s in states])
    blocks, windows = [], []
    grain = max(map(_input.grain, t if isinstance(t, list | tuple) and _input.axes(t[0]) else [t]))
    for time, state, rate in zip(times, states, rates, strict=True):
        if rate is not None:
            blocks.append((candidates(library, state), rate))
        elif derivative == "weak":
            average, slope = weak_weights(time, int(window))
            windows.append((average, slope, state))
            blocks.append((average @ candidates(library, state), slope @ state))
        else:
            if not _input.even(time, grain=grain):
                raise ValueError(
                    "expected evenly spaced times for 'smoothed'; got uneven ones. Use derivative='weak', or resample."
                )
            scheme = ps.SmoothedFiniteDifference(  # axis=0 is time: PySINDy's own default depends on where it is made
                axis=0, smoother_kws={"window_length": int(window), "polyorder": 3}
            )
            rate = np.asarray(scheme(state, time))
            blocks.append((candidates(library, np.asarray(scheme.smoothed_x_)), rate))
    group = np.repeat(np.arange(len(blocks)), [len(theta) for theta, _ in blocks])
    theta, dydt = (np.concatenate(part) for part in zip(*blocks, strict=True))
    terms = list(library.get_feature_names(names))
    check_columns(theta, terms)
    sizes = sizes_of(names, [np.abs(np.concatenate(states)[:, i]).max() for i in range(len(names))], dydt)
    is_map = all(
        r is not None and len(r) > 2 and np.array_equal(r[:-1], s[1:]) for s, r in zip(states, rates, strict=True)
    )
    return Problem(theta, dydt, names, terms, group, library, windows or None, sizes, is_map)


def _library(library, degree):
    if library is None:
        degree = _input.whole(degree, "degree", least=1, remedy="Try degree=2.")
        return ps.PolynomialLibrary(degree=degree)
    if isinstance(library, type) or not (hasattr(library, "fit") and hasattr(library, "get_feature_names")):
        raise TypeError(f"expected a feature library of PySINDy; got {library!r}. Leave it out for monomials.")
    return library


def _rates(derivative, window, states):
    """Measured rates of each trajectory, or None where they are to be had from the data."""
    if isinstance(derivative, str) or derivative is None or _input.axes(derivative) == 0:
        if not isinstance(derivative, str) or derivative not in ("weak", "smoothed"):
            raise ValueError(
                f"expected derivative 'weak', 'smoothed' or an array of rates; got {derivative!r}. Try 'weak'."
            )
        window = _input.whole(window, "window", least=5, remedy="Expected an odd window of at least 5 samples.")
        if window % 2 == 0:
            raise ValueError(f"expected an odd window of at least 5 samples; got {window!r}. Try {window + 1}.")
        for s in states:
            if len(s) < window + 2:
                raise ValueError(
                    f"expected at least window + 2 = {window + 2} samples in a trajectory; got {len(s)}. "
                    "Pass a smaller (odd) window, or measured rates as derivative=array."
                )
        return [None] * len(states)
    listed = isinstance(derivative, list | tuple)
    several = listed and (len(states) > 1 or bool(derivative) and _input.axes(derivative[0]) == 2)
    rates = [_input.numbers(r, "derivative") for r in (derivative if several else [derivative])]
    if [r.shape for r in rates] != [s.shape for s in states] or not all(np.isfinite(r).all() for r in rates):
        raise ValueError(
            f"expected finite rates of the same shape as y, {[s.shape for s in states]}; got {[r.shape for r in rates]}. "
            "Leave them out to have rates from the data: derivative='weak'."
        )
    for r in rates:
        _input.sized(r, "rates, derivative,")
    return rates


def sizes_of(names, largest, dydt, **others):
    """What must be of order one for thresholds: each state, and its rate relative to it (the unit of time)."""
    rate = np.sqrt((dydt**2).mean(axis=0))
    sizes = {f"state {n}": float(s) for n, s in zip(names, largest, strict=True)}
    return sizes | {f"rate of {n} / {n}": float(r / s) for n, r, s in zip(names, rate, largest, strict=True)} | others


def check_columns(theta, terms):
    """Every candidate finite somewhere else than zero: what the wrapped solvers cannot take is named."""
    bad = [term for term, column in zip(terms, theta.T, strict=True) if not np.isfinite(column).all()]
    if bad:
        raise ValueError(
            f"expected candidate terms that are finite on all data; got NaN or infinity in {', '.join(bad[:5])}. "
            "Leave them out of the library, or the data where they are not defined."
        )
    zero = [term for term, column in zip(terms, theta.T, strict=True) if not column.any()]
    if zero:
        raise ValueError(
            f"expected candidate terms that differ from zero; got zero everywhere in {', '.join(zero[:5])}. "
            "Leave them out: their coefficients cannot be known."
        )


def _trajectories(t, y, names):
    times, states = _input.series(t, y)
    names = _input.distinct(names, states[0].shape[1])
    times = [s - s[0] if abs(s[0]) > FAR * (s[-1] - s[0]) else s for s in times]  # the law does not know the date
    for i, name in enumerate(names):
        column = np.concatenate([s[:, i] for s in states])
        if np.ptp(column) <= 1e-13 * np.abs(column).max():
            raise ValueError(
                f"expected states that change; got state {name!r} that never changes (constant at {column[0]:g}). "
                "Leave it out: a constant and its products cannot be told from the term 1."
            )
    return times, states, names


FAR = 1e6  # spans: times since an origin so far away lose digits in every sum


def candidates(library, y) -> np.ndarray:
    """(n, m) candidate terms of the states y (n, d)."""
    powers = getattr(library, "powers_", None)  # asked once: PySINDy counts them anew at each call
    if powers is not None:  # monomials: the same numbers as library.transform, a hundred times faster
        return np.prod(y[:, None, :] ** np.asarray(powers)[None], axis=-1)
    return np.asarray(library.transform(y))


def weak_weights(t, window):
    """Matrices (k, n) that take samples to their window averages and to the window averages of their derivative.

    Trapezoidal rule, very accurate here because the weight vanishes smoothly at both ends; the second matrix is then
    corrected to be exact for straight lines, which matters in short windows and at uneven times.
    """
    half = window // 2
    centres = range(half, len(t) - half, half)
    average, slope = np.zeros((2, len(centres), len(t)))
    for row, c in enumerate(centres):
        inside = slice(c - half, c + half + 1)
        left, right = t[c - half], t[c + half]
        s = (2 * t[inside] - left - right) / (right - left)
        step = np.gradient(t[inside])  # at both ends the weight is zero
        average[row, inside] = (1 - s**2) ** 4 * step
        average[row] /= average[row].sum()
        slope[row, inside] = s * (1 - s**2) ** 3 * step  # minus the derivative of the weight, up to a factor
        slope[row] -= slope[row].sum() * average[row]
        slope[row] /= slope[row] @ t
    return average, slope


def split(problem: Problem) -> list[Problem]:
    """One problem for each equation, in the order of the states; `join` makes one law of the answers.

    Parameters
    ----------
    problem : what `problem` made.

    >>> t = np.linspace(0, 2, 201)
    >>> y = np.stack([np.exp(-t), np.exp(-3 * t)], axis=1)
    >>> [p.names for p in split(problem(t, y, names=["x", "y"], degree=1))]
    [['x'], ['y']]
    """
    made(problem)
    return [
        problem._replace(dydt=problem.dydt[:, [i]], names=[name], windows=None) for i, name in enumerate(problem.names)
    ]


def made(problem) -> Problem:
    """The problem itself, if it is one."""
    if not isinstance(problem, Problem):
        raise TypeError(
            f"expected a problem; got {type(problem).__name__}. Make it first: identify.problem(t, y, names=[…])."
        )
    return problem


def determined(problem) -> Problem:
    """The problem itself, if its rows determine every candidate term."""
    n, m = made(problem).theta.shape
    if n <= m:
        raise ValueError(
            f"expected more rows than terms; got {n} rows, {m} terms. "
            "Lower the degree, shorten the window, or bring more data."
        )
    if same := problem.dependent:
        listed = "; ".join(f"{term} of {', '.join(others)}" for term, others in list(same.items())[:3])
        raise ValueError(
            f"expected candidate terms that the data can tell apart; got {len(same)} that are combinations of others: "
            f"{listed}. Leave a state out, lower the degree, or pass a library without these terms."
        )
    return problem


LARGE = 1e3


def of_order_one(problem) -> Problem:
    """The problem itself, if thresholds on raw coefficients make sense: states, and their rates, of order one."""
    off = {k: v for k, v in (determined(problem).sizes or {}).items() if not 1 / LARGE <= v <= LARGE}
    if off:
        listed = ", ".join(f"{k} {v:.2g}" for k, v in off.items())
        raise ValueError(
            f"expected states, times and places in units in which they are of order one, because thresholds compare raw "
            f"coefficients; got {listed}. Rescale: y / np.abs(y).max(axis=0), and t in units of the time in which they change; "
            "or use lasso or stepwise, which do not know units."
        )
    return problem
