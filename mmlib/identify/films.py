"""Films of one field: candidate terms in the weak form or by local polynomials, and weights for rows of unequal, dependent errors."""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np
from scipy import sparse, stats
from scipy.signal import savgol_filter

from mmlib import _input
from mmlib.identify.methods import Law, refit
from mmlib.identify.rows import FAR, Problem, check_columns, made, sizes_of

__all__ = ["Misfit", "field_problem", "film_noise", "misfit", "pointwise_problem", "weigh_film"]

STEEPEST = 7  # degree of a polynomial on a window: beyond it the weights of wide windows are round-off
FLOOR = 1e-8  # of the covariance's mean diagonal: keeps its factor finite where two windows are all but the same


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
    x, t, u, powers, derivatives = _checked_film(x, t, u, powers, derivatives, window)
    along_x = _weights_of_derivatives(x, int(window[0]), max(derivatives))
    along_t = _weights_of_derivatives(t, int(window[1]), 1)
    names = _terms(name, powers, derivatives)
    theta = [(along_t[0] @ u**p @ along_x[d].T).ravel() for d in derivatives for p in powers]
    rates = (along_t[1] @ u @ along_x[0].T).ravel()
    theta, rates = np.stack(theta, axis=1), rates[:, None]
    check_columns(theta, names)
    sizes = sizes_of([name], [np.abs(u).max()], rates) | {"length of x": float(np.ptp(x))}
    film = Film(along_x, along_t, u, powers, derivatives)
    return Problem(theta, rates, [name], names, np.zeros(len(rates), dtype=int), None, film, sizes)


class Film(NamedTuple):
    """What the weak form of a film was made of."""

    along_x: np.ndarray  # (orders, j, m): pixels of a frame to windows, one matrix for each order of the derivative
    along_t: np.ndarray  # (2, k, n): frames to windows, and to windows of the rate
    u: np.ndarray  # (n, m)
    powers: list[int]
    derivatives: list[int]


def pointwise_problem(
    x,
    t,
    u,
    *,
    name="u",
    powers=(1, 2, 3),
    derivatives=(0, 1, 2),
    window=(31, 15),
    degree=(6, 3),
    smooth=True,
    thin=(4, 2),
) -> Problem:
    r"""Set up the strong form of a partial differential equation from a film: rates and derivatives at pixels, by local polynomials.

    The candidates are those of `field_problem`, $\partial_x^d (u^p)$, written out as products of derivatives of u. A derivative
    at a pixel is that of the polynomial that fits the pixels of a window around it best (Savitzky and Golay 1964,
    doi:10.1021/ac60214a047); so are noisy films differentiated in Rudy et al. (2017, doi:10.1126/sciadv.1602614), with
    ``smooth=False``.

    Parameters
    ----------
    x, t : (m,) places and (n,) times, increasing and evenly spaced.
    u : (n, m) field, time along the first axis.
    name, powers, derivatives : as in `field_problem`.
    window : pixels and frames of a polynomial, odd, more than its degree.
    degree : of the polynomials in x and in t, at most 7; the first at least the highest derivative.
    smooth : fit candidates along t too, and rates along x; False takes each from its own frame, or pixel, alone.
    thin : every how many pixels and frames make a row. Half a window at each rim makes none.

    Raises
    ------
    ValueError : as `field_problem`; a degree that is below the highest derivative or not below its window.

    >>> from mmlib.identify import refit
    >>> x, t = np.linspace(0, 6, 121), np.linspace(0, 1, 81)
    >>> film = 2 + np.exp(-t)[:, None] * np.sin(x)                           # solves u_t = u_xx
    >>> p = pointwise_problem(x, t, film, powers=[1])
    >>> refit(p, np.array([[False, False, True]])).coef.round(3)[0, 2]
    np.float64(1.0)
    """
    x, t, u, powers, derivatives = _checked_film(x, t, u, powers, derivatives, window)
    degree, thin = (_two(v, what) for v, what in ((degree, "degree"), (thin, "thin")))
    if max(degree) > STEEPEST:
        raise ValueError(
            f"expected degrees up to {STEEPEST}; got {tuple(degree)}: beyond it the polynomials of a window lose their digits. Try degree=(6, 3)."
        )
    if degree[0] < max(derivatives) or any(d >= w for d, w in zip(degree, window, strict=True)):
        raise ValueError(
            f"expected degrees below the windows {tuple(window)}, the first at least {max(derivatives)}, the highest derivative; "
            f"got {tuple(degree)}. Try degree=({max(6, max(derivatives))}, 3)."
        )
    in_x = lambda f, d=0: savgol_filter(f, window[0], degree[0], deriv=d, delta=x[1] - x[0], axis=1)  # noqa: E731
    in_t = lambda f, d=0: savgol_filter(f, window[1], degree[1], deriv=d, delta=t[1] - t[0], axis=0)  # noqa: E731
    smooth = _input.flag(smooth, "smooth")
    rates, frames = (in_x(in_t(u, 1)), in_t(u)) if smooth else (in_t(u, 1), u)
    slopes = [in_x(frames, d) if d or smooth else frames for d in range(max(derivatives) + 1)]

    def of_power(p, d):  # the d-th derivative of u^p, by Leibniz
        return slopes[d] if p == 1 else sum(comb(d, k) * slopes[k] * of_power(p - 1, d - k) for k in range(d + 1))

    half = window[0] // 2, window[1] // 2
    inside = slice(half[1], len(t) - half[1], thin[1]), slice(half[0], len(x) - half[0], thin[0])
    theta = np.stack([of_power(p, d)[inside].ravel() for d in derivatives for p in powers], axis=1)
    rates, names = rates[inside].reshape(-1, 1), _terms(name, powers, derivatives)
    check_columns(theta, names)
    sizes = sizes_of([name], [np.abs(u).max()], rates) | {"length of x": float(np.ptp(x))}
    return Problem(theta, rates, [name], names, np.zeros(len(rates), dtype=int), None, sizes=sizes)


def film_noise(u) -> float:
    """Standard deviation of independent noise in the pixels of a film, from fourth differences along both axes [unit of u].

    What varies smoothly over five pixels, or over five frames, drops out of the differences; independent noise of variance
    s^2 leaves 70 s^2. The smaller of the two answers is taken: the film moves less along that axis.

    Parameters
    ----------
    u : (n, m) film, at least five frames and five pixels.

    Raises
    ------
    ValueError : other than two axes, fewer pixels, NaN.

    >>> rng = np.random.default_rng(0)
    >>> x, t = np.linspace(0, 6, 300), np.linspace(0, 2, 200)[:, None]
    >>> round(film_noise(np.sin(x - t) + 0.1 * rng.standard_normal((200, 300))), 2)
    0.1
    """
    u = _input.array(u, "u", "(n, m)")
    if u.ndim != 2 or min(u.shape) < 5:
        raise ValueError(
            f"expected a film u (n, m) of five frames and five pixels at least; got {u.shape}. Bring a longer one."
        )
    return float(min(np.sqrt((np.diff(u, 4, axis=a) ** 2).mean() / 70) for a in (0, 1)))


def weigh_film(problem: Problem, *, law=None, sd=None, rounds=3) -> Problem:
    r"""Rows of the weak form of a film, made independent and equally exact: in units of their own error.

    Noise $\varepsilon$ in the pixels enters the residual of a row on both sides. To first order it is
    $\iint \big(-\psi_t\, \phi - \psi \sum_{p,d} c_{p,d}\, (-1)^d \phi^{(d)}\, p\, u^{p-1} \big)\, \varepsilon$: the noise of the rate and that of the
    candidates, which the law's coefficients c weigh. Windows that overlap share pixels. The rows are divided by the Cholesky
    factor of that covariance; if law and sd are right, their residuals have variance one. The law that it needs is least
    squares on all candidates (on the terms of `law`, if given), and on the weighted rows in later rounds: no truth enters
    (errors in variables; Bortz, Messenger and Dukic 2023, doi:10.1007/s11538-023-01208-6).

    Parameters
    ----------
    problem : what `field_problem` made.
    law : a law whose terms alone are taken.
    sd : noise of a pixel [unit of u]; by `film_noise` if left out.
    rounds : how often law and weights are found anew.

    Raises
    ------
    ValueError : rows that `field_problem` did not make, a law of other candidates, an sd that is not positive.

    >>> x, t = np.linspace(0, 6, 121), np.linspace(0, 1, 81)
    >>> film = 2 + np.exp(-t)[:, None] * np.sin(x) + 0.01 * np.random.default_rng(0).standard_normal((81, 121))
    >>> p = weigh_film(field_problem(x, t, film, powers=[1], window=(41, 41)))
    >>> refit(p, np.array([[False, False, True]])).coef.round(2)[0, 2]
    np.float64(1.0)
    """
    if not isinstance(made(problem).windows, Film):
        raise ValueError(
            "expected a problem that field_problem made; got other rows. Make it first: identify.field_problem(x, t, u)."
        )
    if law is not None and (not isinstance(law, Law) or law.terms != problem.terms):
        raise ValueError(
            f"expected law as a Law of the same candidates; got {_input.shown(law)}. Leave it out, or pass stepwise(problem)."
        )
    film = problem.windows
    sd = film_noise(film.u) if sd is None else sd
    sd = _input.number(sd, "a positive noise of a pixel, sd", above=0, remedy="A film without noise needs no weights.")
    rounds = _input.whole(rounds, "rounds", least=1, remedy="Expected at least one round, say 3.")
    structure = np.ones((1, len(problem.terms)), bool) if law is None else law.structure
    coef = refit(problem, structure).coef
    for _ in range(rounds):
        factor = np.linalg.cholesky(sd**2 * _covariance(film, coef[0]))
        theta, dydt = (np.linalg.solve(factor, side) for side in (problem.theta, problem.dydt))
        weighted = problem._replace(theta=theta, dydt=dydt)
        coef = refit(weighted, structure).coef
    return weighted


def _covariance(film, coef):
    """(r, r): covariance of the residuals of all rows, for noise of variance one and the law with these coefficients (m,)."""
    coef = coef.reshape(len(film.derivatives), len(film.powers))
    average, slope = (sparse.csr_matrix(a) for a in film.along_t)
    total = sparse.kron(slope, sparse.csr_matrix(film.along_x[0]), format="csr")
    for p, c in zip(film.powers, coef.T, strict=True):
        part = sparse.kron(average, sparse.csr_matrix(np.tensordot(c, film.along_x[film.derivatives], 1)), format="csr")
        total = total - (part @ sparse.diags_array((p * film.u ** (p - 1)).ravel()) if p > 1 else part)
    covariance = (total @ total.T).toarray()
    covariance[np.diag_indices_from(covariance)] += FLOOR * np.trace(covariance) / len(covariance)
    return covariance


class Misfit(NamedTuple):
    """How far rows lie from a law, in units of their error."""

    ratio: float  # mean square of the residuals, per degree of freedom; one if law and noise are right
    chance: float  # of a larger one, by the chi-squared distribution, if they are
    rows: int


def misfit(problem: Problem, law: Law) -> Misfit:
    """Is a law all there is? The residuals of weighted rows, in units of their error.

    Parameters
    ----------
    problem : what `field_problem` made of the film.
    law : one of its laws, with the terms that were chosen; its coefficients are found anew on the weighted rows.

    Raises ValueError as `weigh_film` does.

    >>> from mmlib.identify import stepwise
    >>> x, t = np.linspace(0, 6, 121), np.linspace(0, 1, 81)
    >>> film = 2 + np.exp(-t)[:, None] * np.sin(x) + 0.01 * np.random.default_rng(0).standard_normal((81, 121))
    >>> complete = field_problem(x, t, film, powers=[1], window=(41, 41))
    >>> lacking = field_problem(x, t, film, powers=[1], derivatives=[1], window=(41, 41))
    >>> [bool(misfit(p, refit(p, np.ones((1, len(p.terms)), bool))).ratio > 3) for p in (complete, lacking)]
    [False, True]
    """
    if law is None:
        raise ValueError(
            "expected the law to be judged; got None. Pass one of the film: misfit(problem, stepwise(problem))."
        )
    weighted = weigh_film(problem, law=law)
    left = weighted.dydt - weighted.theta @ refit(weighted, law.structure).coef.T
    square, free = float((left**2).sum()), len(left) - int(law.structure.sum())
    return Misfit(square / free, float(stats.chi2.sf(square, free)), len(left))


def _two(values, what):
    pair = list(values) if isinstance(values, list | tuple | np.ndarray) else []
    if len(pair) != 2:
        raise ValueError(
            f"expected {what} as two whole numbers, along x and along t; got {values!r}. Try {what}=(6, 3)."
        )
    return [_input.whole(v, f"each of {what}", least=1, remedy=f"Try {what}=(6, 3).") for v in pair]


def _terms(name, powers, derivatives) -> list[str]:
    """Derivatives of powers of a field, powers running first."""
    (name,) = _input.distinct([name], 1, "field")
    terms = [name + (f"^{p}" if p > 1 else "") for p in powers]
    return [(f"({s})" if d and "^" in s else s) + ("_" + "x" * d if d else "") for d in derivatives for s in terms]


def _checked_film(x, t, u, powers, derivatives, window):
    """Places, times (from zero if far), film, powers and derivatives, as numbers that fit."""
    raw = x, t
    x, t = _input.array(x, "x", "(m,)", least=7), _input.array(t, "t", "(n,)", least=7)
    even = [_input.even(s, grain=_input.grain(r)) for s, r in zip((x, t), raw, strict=True)]
    u = _input.numbers(u, "u")
    if x.ndim != 1 or t.ndim != 1 or u.shape != (len(t), len(x)):
        raise ValueError(
            f"expected x (m,), t (n,) and u (n, m), time first; got {x.shape}, {t.shape}, {u.shape}. Pass u.T?"
        )
    if not (np.isfinite(x).all() and np.isfinite(t).all() and np.isfinite(u).all()):
        raise ValueError("expected finite data; got NaN or infinity. Cut the film where it is whole.")
    _input.sized(u, "u")
    if not isinstance(window, list | tuple | np.ndarray) or len(window) != 2:
        raise ValueError(f"expected window as two odd numbers, along x and along t; got {window!r}. Try (61, 25).")
    powers = _powers(powers, "powers", 1, 20)
    derivatives = _powers(derivatives, "derivatives", 0, 6)
    for axis, (what, grid, size) in enumerate((("x", x, window[0]), ("t", t, window[1]))):
        if not (np.diff(grid) > 0).all() or not even[axis]:
            raise ValueError(f"expected {what} increasing and evenly spaced; got others. Interpolate onto a grid.")
        size = _input.whole(size, f"window[{axis}]", remedy=f"Expected window[{axis}] odd, at least 7.")
        if size % 2 == 0 or not 7 <= size <= len(grid):
            raise ValueError(
                f"expected window[{axis}] odd, from 7 to the {len(grid)} samples along {what}; got {size!r}. "
                "Choose a shorter window, or bring a longer film."
            )
    t = t - t[0] if abs(t[0]) > FAR * (t[-1] - t[0]) else t
    return x, t, u, powers, derivatives


def _powers(values, name, least, most):
    values = list(values) if isinstance(values, list | tuple | range | np.ndarray) else [values]
    if not values:
        raise ValueError(f"expected at least one of {name}; got none. Try {name}=(1, 2).")
    remedy = f"Powers and derivatives are whole numbers from {least} to {most}, such as {name}=(1, 2)."
    return [_input.whole(v, f"each of {name}", least=least, most=most, remedy=remedy) for v in values]


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
