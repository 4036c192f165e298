"""The regression problem: rates and candidate terms from trajectories or from a film of one field."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pysindy as ps

__all__ = ["Problem", "field_problem", "problem", "split"]


class Problem(NamedTuple):
    """Rates = candidate terms x coefficients, ``dydt ≈ theta @ coef.T``; made once and given to every method."""

    theta: np.ndarray  # (n, m) candidate terms
    dydt: np.ndarray  # (n, d) rates [unit of y / unit of t]
    names: list[str]  # (d,) states
    terms: list[str]  # (m,) candidate terms
    group: np.ndarray  # (n,) number of the trajectory each row came from
    library: Any  # the PySINDy library, fitted
    windows: Any = None  # weak form only: (average (k, n), slope (k, n), readings (n, d)) of each trajectory


def problem(t, y, *, names, degree=2, derivative="weak", window=25, library=None) -> Problem:
    r"""Set up rates and candidate terms from one trajectory or several.

    Parameters
    ----------
    t : (n,) times, increasing, or a list of them. Their unit sets the unit of the coefficients.
    y : (n, d) states, or a list of such arrays. Time runs along the first axis.
    names : d names of the states, for example ``["u", "v"]``.
    degree : candidate terms are all monomials up to this total degree.
    derivative : how rates are had from data.
        ``"weak"``: both sides are averaged with the weight $\varphi = (1 - s^2)^4$ over windows of `window` samples that
        overlap by half; integrating by parts moves the derivative from the noisy data to $\varphi$
        (Messenger and Bortz 2021, doi:10.1137/20M1343166).
        ``"smoothed"``: PySINDy's SmoothedFiniteDifference (Savitzky-Golay of order 3 over `window` samples), along time.
        An array like `y` (or a list): rates that you measured.
    window : samples in a window; odd, at least 5.
    library : a PySINDy feature library to use instead of the monomials.

    Raises
    ------
    ValueError : NaN, unsorted times, shapes that do not fit, too few samples for the window, an unknown derivative.

    >>> t = np.linspace(0, 2, 201)
    >>> problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=3).terms
    ['1', 'x', 'x^2', 'x^3']
    """
    times, states, names = _trajectories(t, y, names)
    if library is None:
        if int(degree) != degree or degree < 1:
            raise ValueError(f"expected a whole degree of at least 1; got {degree!r}. Try degree=2.")
        library = ps.PolynomialLibrary(degree=int(degree))
    rates = [None] * len(states)
    if isinstance(derivative, str):
        if derivative not in ("weak", "smoothed"):
            raise ValueError(f"expected derivative 'weak', 'smoothed' or an array of rates; got {derivative!r}.")
        if int(window) != window or window < 5 or window % 2 == 0:
            raise ValueError(f"expected an odd window of at least 5 samples; got {window!r}.")
        for s in states:
            if len(s) < window + 2:
                raise ValueError(
                    f"expected at least window + 2 = {window + 2} samples in a trajectory; got {len(s)}. "
                    "Pass a smaller (odd) window, or measured rates as derivative=array."
                )
    else:
        rates = [np.asarray(r, dtype=float) for r in (derivative if isinstance(derivative, list) else [derivative])]
        if [r.shape for r in rates] != [s.shape for s in states] or not all(np.isfinite(r).all() for r in rates):
            raise ValueError(
                f"expected finite rates of the same shape as y, {[s.shape for s in states]}; got {[r.shape for r in rates]}."
            )
    library.fit([ps.AxesArray(s, {"ax_time": 0, "ax_coord": 1}) for s in states])
    blocks, windows = [], []
    for time, state, rate in zip(times, states, rates, strict=True):
        if rate is not None:
            blocks.append((candidates(library, state), rate))
        elif derivative == "weak":
            average, slope = weak_weights(time, int(window))
            windows.append((average, slope, state))
            blocks.append((average @ candidates(library, state), slope @ state))
        else:
            if np.ptp(np.diff(time)) > 1e-6 * (time[1] - time[0]):
                raise ValueError("expected evenly spaced times for 'smoothed'; use derivative='weak', or resample.")
            scheme = ps.SmoothedFiniteDifference(  # axis=0 is time: PySINDy's own default depends on where it is made
                axis=0, smoother_kws={"window_length": int(window), "polyorder": 3}
            )
            rate = np.asarray(scheme(state, time))
            blocks.append((candidates(library, np.asarray(scheme.smoothed_x_)), rate))
    group = np.repeat(np.arange(len(blocks)), [len(theta) for theta, _ in blocks])
    theta, dydt = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return Problem(theta, dydt, names, list(library.get_feature_names(names)), group, library, windows or None)


def _trajectories(t, y, names):
    states = [np.asarray(s, dtype=float) for s in (y if isinstance(y, list) else [y])]
    times = [np.asarray(s, dtype=float) for s in (t if isinstance(t, list) else [t] * len(states))]
    names = list(names)
    if not states or len(times) != len(states):
        raise ValueError(f"expected as many time arrays as trajectories; got {len(times)} and {len(states)}.")
    for time, state in zip(times, states, strict=True):
        if time.ndim != 1 or state.ndim != 2 or len(time) != len(state):
            raise ValueError(
                f"expected t (n,) and y (n, d); got t {time.shape}, y {state.shape}. "
                "One state? Pass y[:, None]. Time on another axis? Move it to the front."
            )
        if state.shape[1] != len(names):
            raise ValueError(f"expected {state.shape[1]} names, one a state; got {names}.")
        if not (np.isfinite(time).all() and np.isfinite(state).all()):
            raise ValueError(
                "expected finite data; got NaN or infinity. Drop those rows and start a new trajectory there."
            )
        if not (np.diff(time) > 0).all():
            raise ValueError("expected increasing times; got unsorted or repeated ones. Sort t and y together.")
    return times, states, names


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
    return [
        problem._replace(dydt=problem.dydt[:, [i]], names=[name], windows=None) for i, name in enumerate(problem.names)
    ]


def field_problem(x, t, u, *, name="u", powers=(1, 2, 3), derivatives=(0, 1, 2), window=(61, 25)) -> Problem:
    r"""Set up the weak form of a partial differential equation from a film of one field u(t, x).

    Candidate terms are $\partial_x^d (u^p)$. Both sides are averaged with the weight $\varphi(x)\,\psi(t)$, each of the form
    $(1 - s^2)^6$, over windows that overlap by half; all derivatives move to the weight (Messenger and Bortz 2021,
    doi:10.1016/j.jcp.2021.110525). The flux form lets a diffusivity that depends on the density be written with constant
    coefficients, $(u^2 u_x)_x = (u^3)_{xx} / 3$. Every method of this module takes the answer, but ``Law.rhs`` does not
    apply: a term needs its neighbours in space, not only the state. Put the coefficients into a solver instead.

    Parameters
    ----------
    x, t : (m,) places and (n,) times, increasing and evenly spaced. Choose units in which x, t and u are of order one.
    u : (n, m) field, time along the first axis.
    name : of the field in the names of the terms.
    powers, derivatives : the candidates, all pairs of p and d.
    window : samples in a window along x and along t, odd.

    Raises
    ------
    ValueError : NaN, shapes that do not fit, uneven or unsorted grids, windows that are even or longer than the film.

    >>> from mmlib.identify import refit
    >>> x, t = np.linspace(0, 6, 121), np.linspace(0, 1, 81)
    >>> film = 2 + np.exp(-t)[:, None] * np.sin(x)                           # solves u_t = u_xx
    >>> p = field_problem(x, t, film, powers=[1], window=(41, 41))
    >>> p.terms, refit(p, np.array([[False, False, True]])).coef.round(4)[0, 2]
    (['u', 'u_x', 'u_xx'], np.float64(1.0))
    """
    x, t, u = (np.asarray(a, dtype=float) for a in (x, t, u))
    if x.ndim != 1 or t.ndim != 1 or u.shape != (len(t), len(x)):
        raise ValueError(
            f"expected x (m,), t (n,) and u (n, m), time first; got {x.shape}, {t.shape}, {u.shape}. Pass u.T?"
        )
    if not (np.isfinite(x).all() and np.isfinite(t).all() and np.isfinite(u).all()):
        raise ValueError("expected finite data; got NaN or infinity. Cut the film where it is whole.")
    for axis, (what, grid, size) in enumerate((("x", x, window[0]), ("t", t, window[1]))):
        steps = np.diff(grid)
        if not (steps > 0).all() or np.ptp(steps) > 1e-6 * steps[0]:
            raise ValueError(f"expected {what} increasing and evenly spaced; got others. Interpolate onto a grid.")
        if int(size) != size or size % 2 == 0 or not 7 <= size <= len(grid):
            raise ValueError(
                f"expected window[{axis}] odd, from 7 to the {len(grid)} samples along {what}; got {size!r}."
            )
    along_x = _weights_of_derivatives(x, int(window[0]), max(derivatives))
    along_t = _weights_of_derivatives(t, int(window[1]), 1)
    terms = [name + (f"^{p}" if p > 1 else "") for p in powers]
    names = [(f"({s})" if d and "^" in s else s) + ("_" + "x" * d if d else "") for d in derivatives for s in terms]
    theta = [(along_t[0] @ u**p @ along_x[d].T).ravel() for d in derivatives for p in powers]
    rates = (along_t[1] @ u @ along_x[0].T).ravel()
    return Problem(np.stack(theta, axis=1), rates[:, None], [name], names, np.zeros(len(rates), dtype=int), None)


def _weights_of_derivatives(s, window, order):
    """(order + 1, k, n): matrices that take samples to the window averages of their derivatives, by parts."""
    half, step = window // 2, s[1] - s[0]
    bump = np.polynomial.Polynomial([1, 0, -1]) ** 6
    inside = np.linspace(-1, 1, window)
    centres = range(half, len(s) - half, half)
    weights = np.zeros((order + 1, len(centres), len(s)))
    for d in range(order + 1):
        values = (bump.deriv(d) if d else bump)(inside) * (-1 / (half * step)) ** d
        for row, c in enumerate(centres):
            weights[d, row, c - half : c + half + 1] = values
    return weights / bump(inside).sum()
