r"""A law that may be wrong: constants, a discrepancy and noise together, for many data sets at once.

Readings are $y_i = f(t_i; \theta) + \delta(t_i) + \sigma \varepsilon_i$ with a law f, constants $\theta$ with a normal prior, a Gaussian process $\delta$ for what the law
leaves out (Kennedy and O'Hagan 2001, doi:10.1111/1467-9868.00294) and standard normal $\varepsilon$. Noise, size and length of the discrepancy are not chosen: every setting
on a grid is fitted, and settings are weighed by their evidence. About the best constants the law is taken as linear (Laplace's approximation; nothing is approximated where it is linear).
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from mmlib._input import array, choice, flag, function, given, number, numbers, shown, sized, whole
from mmlib.optim import Verdict, brief, judge, quadratic

__all__ = ["Calibrated", "Forecast", "average", "calibrate"]

LARGEST = 4e7  # numbers in one covariance of all data sets and settings: 320 MB
SLOPE = 1e-5  # of the prior's standard deviation, for differences of the law
JITTER = 1e-10  # of the discrepancy's variance, on the diagonal
DAMPING, SMALLEST, GREATEST = 1e-3, 1e-12, 1e12  # of the step, relative to the curvature
EVEN = 1e-10  # a fall of the loss below this share ends the steps


class Forecast(NamedTuple):
    """A weighed sum of normal distributions for each of m data sets and q values."""

    weights: np.ndarray  # (m, h) of the settings, one a row
    mean: np.ndarray  # (m, h, q)
    sd: np.ndarray  # (m, h, q)

    def quantile(self, p) -> np.ndarray:
        """(m, q) value below which a share p lies.

        Raises
        ------
        ValueError
            p is not between 0 and 1.

        Examples
        --------
        >>> one = Forecast(np.ones((1, 1)), np.zeros((1, 1, 1)), np.ones((1, 1, 1)))
        >>> one.quantile(0.95).round(3)
        array([[1.645]])
        """
        p = number(p, "p", above=0, below=1)
        low, high = (self.mean - 40 * self.sd).min(axis=1), (self.mean + 40 * self.sd).max(axis=1)
        for _ in range(60):
            middle = (low + high) / 2
            share = (self.weights[:, :, None] * ndtr((middle[:, None] - self.mean) / self.sd)).sum(axis=1)
            low, high = np.where(share < p, middle, low), np.where(share < p, high, middle)
        return (low + high) / 2

    def band(self, level=0.9) -> tuple[np.ndarray, np.ndarray]:
        """Both ends (m, q) of the central interval that holds `level`."""
        level = number(level, "level", above=0, below=1)
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)


@brief
class Calibrated(NamedTuple):
    """What `calibrate` returns, for m data sets and h settings of noise, size and length."""

    settings: np.ndarray  # (h, 3) noise, size and length
    weights: np.ndarray  # (m, h) posterior weight of each setting; a row sums to one
    evidence: np.ndarray  # (m,) logarithm of the evidence, mean over the settings
    constants: np.ndarray  # (m, h, k) where the posterior is highest
    covariance: np.ndarray  # (m, h, k, k) of the constants about that
    ends: _Ends  # of the fits, for their verdicts
    problem: _Problem  # law, readings, prior, kernel: what a forecast needs

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """(m,) how the fit of each data set's heaviest setting ended."""
        heavy = np.where(np.isfinite(self.weights), self.weights, 0.0).argmax(axis=1)
        told = []
        for i, h in enumerate(heavy):
            gram, slope, loss, left = (part[h, i] for part in self.ends)
            seen = quadratic(gram, slope, loss, scale=self.problem.sd)
            told.append(judge(loss=loss, gradient=slope, fall=seen.fall, move=seen.move, steps_left=int(left)))
        return tuple(told)

    @property
    def converged(self) -> bool:
        """Have all data sets converged?"""
        return all(self.verdicts)

    @property
    def verdict(self) -> Verdict:
        """The first one that has not converged, or the first."""
        told = self.verdicts
        return next((v for v in told if not v), told[0])

    def of(self, k: int) -> Forecast:
        """Posterior of constant k, q = 1."""
        k = whole(k, "k", least=0, most=self.constants.shape[2] - 1)
        return Forecast(self.weights, self.constants[..., k : k + 1], np.sqrt(self.covariance[..., k, k])[..., None])

    def predict(self, t, *, readings=False) -> Forecast:
        """Law and discrepancy at new times.

        Parameters
        ----------
        t : (q,) or (m, q) array
            Times, the same for all data sets or a row each.
        readings : bool
            Forecast readings, with their noise, rather than the curve behind them.

        Returns
        -------
        Forecast
        """
        own, readings = self.problem, flag(readings, "readings")
        m, h = self.weights.shape
        new = _rows(t, "t", m)
        mean, sd = np.empty((m, h, new.shape[1])), np.empty((m, h, new.shape[1]))
        for j, setting in enumerate(self.settings):
            theta, L = self.constants[:, j], own.factor(setting)
            cross = own.cross(own.t, new, setting)  # (m, n, q)
            V = np.linalg.solve(L, cross)
            rest = np.linalg.solve(L, (own.y - own.values(theta, own.t))[..., None])
            mean[:, j] = own.values(theta, new) + (V * rest).sum(axis=1)
            G = own.slopes(theta, new) - V.transpose(0, 2, 1) @ np.linalg.solve(L, own.slopes(theta, own.t))
            variance = own.variance(new, setting) - (V**2).sum(axis=1)
            variance = np.maximum(variance, 0.0) + np.einsum("mqk,mkl,mql->mq", G, self.covariance[:, j], G)
            sd[:, j] = np.sqrt(np.maximum(variance, 1e-300) + (setting[0] ** 2 if readings else 0.0))
        return Forecast(self.weights, mean, sd)


class _Ends(NamedTuple):
    """Where the steps ended, for h settings and m data sets."""

    gram: np.ndarray  # (h, m, k, k) J^T J with the prior
    slope: np.ndarray  # (h, m, k) half the downhill slope of the loss
    loss: np.ndarray  # (h, m)
    left: np.ndarray  # (h, m) steps left


class _Problem(NamedTuple):
    """Law, readings and prior; everything that a setting of noise, size and length makes of them."""

    law: object
    t: np.ndarray  # (m, n)
    y: np.ndarray  # (m, n)
    mean: np.ndarray  # (k,)
    sd: np.ndarray  # (k,)
    kernel: str

    def values(self, theta, t):
        remedy = "A row is a data set: take constants as theta[:, :1]."
        return given(self.law(theta, t), f"law(constants {theta.shape}, t {t.shape})", t.shape, remedy=remedy)

    def slopes(self, theta, t):
        """(b, n, k) by central differences."""
        steps = SLOPE * self.sd * np.eye(len(self.sd))
        with np.errstate(all="ignore"):
            parts = [(self.values(theta + s, t) - self.values(theta - s, t)) / (2 * s[k]) for k, s in enumerate(steps)]
        return np.stack(parts, axis=-1)

    def cross(self, a, b, setting):
        """(m, n, q) covariance of the discrepancy between rows of times."""
        _, size, length = setting
        a, b = a[:, :, None], b[:, None, :]
        if self.kernel == "walk":
            begin = self.t.min(axis=1)[:, None, None]
            return size**2 * np.maximum(np.minimum(a, b) - begin, 0.0) / length
        return size**2 * np.exp(-0.5 * ((a - b) / length) ** 2)

    def variance(self, t, setting):
        _, size, length = setting
        if self.kernel == "walk":
            return size**2 * np.maximum(t - self.t.min(axis=1)[:, None], 0.0) / length
        return np.full(t.shape, size**2)

    def factor(self, setting):
        """(m, n, n) lower factor of the covariance of the readings."""
        n = self.t.shape[1]
        own = (setting[0] ** 2 + JITTER * setting[1] ** 2) * np.eye(n)
        return np.linalg.cholesky(self.cross(self.t, self.t, setting) + own)


def _rows(value, name, m):
    """(m, q) times: one row for all, or a row each."""
    found = array(value, name, "(q,) or (m, q)")
    if found.ndim == 2 and len(found) != m:
        raise ValueError(
            f"expected {name} (q,) or ({m}, q), a row a data set; got shape {found.shape}. Pass one row for all."
        )
    return np.broadcast_to(found, (m, found.shape[-1]))


def _grid(value, name, *, zero=False):
    """(g,) increasing values of a setting."""
    found = np.unique(np.atleast_1d(numbers(value, name)))
    if found.size == 0 or not np.isfinite(found).all() or (found < 0).any() or (not zero and (found == 0).any()):
        least = "not negative" if zero else "positive"
        raise ValueError(
            f"expected {name} as finite numbers, {least}, at least one; got {shown(value)}. Pass one value, or those to try."
        )
    sized(found, name, each=True)
    return found


def calibrate(law, t, y, *, mean, sd, noise, size=0.0, length=1.0, kernel="smooth", iterations=60) -> Calibrated:
    r"""Fit the constants of a law, with or without a discrepancy, to m data sets at once.

    Parameters
    ----------
    law : callable
        ``law(theta, t)`` with constants (b, k) and times (b, n), a row a data set; returns (b, n).
    t : (n,) or (m, n) array
        Times of the readings, the same for all data sets or a row each.
    y : (n,) or (m, n) array
        Readings.
    mean, sd : (k,) arrays
        Normal prior of the constants (pass logarithms of what must be positive).
    noise : float or (a,) array
        Standard deviation of a reading; several values are weighed by evidence. Unit of y.
    size : float or (b,) array
        Standard deviation of the discrepancy; 0, the default, is none. Unit of y.
    length : float or (c,) array
        How far the discrepancy reaches. Unit of t.
    kernel : {"smooth", "walk"}
        Covariance of the discrepancy: $s^2 e^{-(t - t')^2 / 2 l^2}$, which forgets, or $s^2 \min(t - t_0, t' - t_0) / l$ from the first reading on, which adds up.
    iterations : int
        Most damped Gauss-Newton steps of each fit.

    Returns
    -------
    Calibrated

    Raises
    ------
    ValueError
        Shapes do not match, a number is not finite, noise or length is not positive, the law is not finite at the prior's mean, or all
        settings of all data sets need more than 320 MB.

    References
    ----------
    Kennedy and O'Hagan (2001), doi:10.1111/1467-9868.00294; Brynjarsdottir and O'Hagan (2014), doi:10.1088/0266-5611/30/11/114007.

    Examples
    --------
    A straight line through readings of a parabola: with a discrepancy it is less sure of what comes.

    >>> t = np.linspace(0, 1, 8)
    >>> line = lambda theta, t: theta[:, :1] + theta[:, 1:] * t
    >>> told = dict(mean=[0, 0], sd=[2, 2], noise=[0.01, 0.03, 0.1])
    >>> alone = calibrate(line, t, t**2, **told)
    >>> both = calibrate(line, t, t**2, size=[0.1, 0.3, 1], length=[0.5, 1], **told)
    >>> narrow, wide = (np.ptp(fit.predict([2.0]).band()) for fit in (alone, both))
    >>> bool(wide > 2 * narrow), both.verdict.status
    (True, 'converged')
    """
    function(law, "law", "(constants, times) that returns curves")
    y = np.atleast_2d(array(y, "y", "(n,) or (m, n)"))
    t = _rows(t, "t", len(y))
    if t.shape != y.shape:
        raise ValueError(f"expected as many times as readings; got t {t.shape} and y {y.shape}. A row is a data set.")
    mean = array(mean, "mean", "(k,)")
    sd = array(sd, "sd", f"({len(mean)},)", positive=True)
    kernel = choice(kernel, "kernel", ("smooth", "walk"))
    iterations = whole(iterations, "iterations", least=1)
    grids = _grid(noise, "noise"), _grid(size, "size", zero=True), _grid(length, "length")
    settings = np.array([(a, b, c) for a, b, c in product(*grids) if b > 0 or c == grids[2][0]])
    problem = _Problem(law, t, y, mean, sd, kernel)
    if (needed := len(settings) * y.size * y.shape[1]) > LARGEST:
        raise ValueError(
            f"expected at most {LARGEST:.0e} numbers in all covariances; got {needed:.1e}. Use fewer settings or sets."
        )
    start = np.tile(mean, (len(y), 1))
    with np.errstate(all="ignore"):
        finite = np.isfinite(problem.values(start, t)).all()
    if not finite:
        raise ValueError(
            "expected a law that is finite at the mean of the prior; got NaN or infinite values. Shift the mean."
        )
    theta, ends, factors = _descend(problem, settings, start, iterations)
    with np.errstate(invalid="ignore"):
        sign, logs = np.linalg.slogdet(ends.gram)
    white = 2 * np.log(np.abs(np.diagonal(factors, axis1=-2, axis2=-1))).sum(axis=-1)
    evidence = 0.5 * (white - ends.loss - logs - y.shape[1] * np.log(2 * np.pi)) - np.log(sd).sum()
    evidence = np.where((sign > 0) & np.isfinite(evidence), evidence, -np.inf).T  # (m, h)
    top = np.maximum(evidence.max(axis=1, keepdims=True), -1e300)
    raw = np.exp(evidence - top)
    total = raw.sum(axis=1, keepdims=True)
    weights = np.divide(raw, total, out=np.full_like(raw, np.nan), where=total > 0)
    told = np.log(np.where(total > 0, total, np.nan))[:, 0] + top[:, 0] - np.log(len(settings))
    covariance = np.linalg.inv(ends.gram).swapaxes(0, 1)
    return Calibrated(settings, weights, told, theta.swapaxes(0, 1), covariance, ends, problem)


def _descend(problem, settings, start, iterations):
    """Damped Gauss-Newton steps of all settings (h) and data sets (m) side by side."""
    h, (m, n), k = len(settings), problem.y.shape, len(problem.mean)
    white = np.array([np.linalg.inv(problem.factor(s)) for s in settings]).reshape(h * m, n, n)
    t, y = np.tile(problem.t, (h, 1)), np.tile(problem.y, (h, 1))
    theta, prior = np.tile(start, (h, 1)), np.diag(1 / problem.sd**2)

    def loss_of(theta, white, t, y):
        with np.errstate(all="ignore"):
            r = (white @ (y - problem.values(theta, t))[..., None])[..., 0]
            found = (r**2).sum(axis=1) + (((theta - problem.mean) / problem.sd) ** 2).sum(axis=1)
        return np.where(np.isfinite(found), found, np.inf)

    def local(theta, white, t, y):
        J = white @ problem.slopes(theta, t)
        r = white @ (y - problem.values(theta, t))[..., None]
        gram = J.swapaxes(1, 2) @ J + prior
        return gram, (J.swapaxes(1, 2) @ r)[..., 0] - (theta - problem.mean) / problem.sd**2

    loss, damping = loss_of(theta, white, t, y), np.full(h * m, DAMPING)
    going, left = np.arange(h * m), np.zeros(h * m, dtype=int)
    for step in range(iterations):
        gram, slope = local(theta[going], white[going], t[going], y[going])
        bent = gram + damping[going, None, None] * np.einsum("bkk->bk", gram)[:, :, None] * np.eye(k)
        new = theta[going] + np.linalg.solve(bent, slope[..., None])[..., 0]
        found = loss_of(new, white[going], t[going], y[going])
        lower = found < loss[going]
        small = np.where(lower, loss[going] - found <= EVEN * loss[going], damping[going] >= GREATEST)
        theta[going[lower]], loss[going[lower]] = new[lower], found[lower]
        damping[going] = np.clip(np.where(lower, damping[going] / 5, damping[going] * 5), SMALLEST, GREATEST)
        left[going] = iterations - 1 - step
        going = going[~small]
        if not len(going):
            break
    gram, slope = local(theta, white, t, y)
    shaped = [p.reshape(h, m, *p.shape[1:]) for p in (theta, gram, slope, loss, left, white)]
    return shaped[0], _Ends(*shaped[1:5]), shaped[5]


def average(calibrated, t, *, readings=False) -> Forecast:
    """Forecasts of several laws for the same data sets, weighed by their evidence (laws are equally likely beforehand).

    Parameters
    ----------
    calibrated : list of Calibrated
        One a law, all of the same readings.
    t : (q,) or (m, q) array
        New times.
    readings : bool
        As in `Calibrated.predict`.

    Returns
    -------
    Forecast

    Raises
    ------
    ValueError
        There is none, or the readings differ.

    Examples
    --------
    >>> t = np.linspace(0, 1, 8)
    >>> flat, line = (lambda c, t: c[:, :1] + 0 * t), (lambda c, t: c[:, :1] + c[:, 1:] * t)
    >>> laws = [calibrate(f, t, 3 * t, mean=[0.0] * k, sd=[2.0] * k, noise=0.1) for f, k in ((flat, 1), (line, 2))]
    >>> average(laws, [1.0]).weights.round(3)  # of the constant and of the line
    array([[0., 1.]])
    """
    parts = list(calibrated) if isinstance(calibrated, list | tuple) and not isinstance(calibrated, Calibrated) else []
    if not parts or not all(isinstance(p, Calibrated) for p in parts):
        raise ValueError(f"expected a list of what calibrate returns; got {type(calibrated).__name__}. One a law.")
    first = parts[0].problem
    for p in parts[1:]:
        if p.problem.y.shape != first.y.shape or not np.array_equal(p.problem.y, first.y):
            raise ValueError(
                "expected fits of the same readings; got different ones. Evidence compares laws, not data."
            )
    told = np.array([p.evidence for p in parts])
    share = np.exp(told - told.max(axis=0))
    share /= share.sum(axis=0)
    found = [p.predict(t, readings=readings) for p in parts]
    weights = np.concatenate([f.weights * s[:, None] for f, s in zip(found, share, strict=True)], axis=1)
    return Forecast(weights, *(np.concatenate([getattr(f, n) for f in found], axis=1) for n in ("mean", "sd")))
