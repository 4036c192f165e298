r"""Which readings to take: what a schedule is expected to tell, before anything is read.

A model gives curves $f(t; z)$ for unknowns $z$ with a prior; a reading is $y_t = f(t; z) + \sigma_t \varepsilon$ with standard normal $\varepsilon$. A schedule is a set
of k of the T times at which one could read. There are few enough of them here that each is judged, so that no search stands between a criterion and its best schedule.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from mmlib._input import number, numbers, sized, whole, wholes

__all__ = ["Bounds", "Gaussian", "Posterior", "gaussian", "information", "nearest", "posterior", "schedules"]


MANY = 1_000_000  # schedules that one can still judge one by one


class Bounds(NamedTuple):
    """Two estimates of the expected information, one from either side: a row a schedule, a column an outer draw [nats]."""

    upper: np.ndarray  # (schedules, n) its mean lies above the expected information, on average over draws
    lower: np.ndarray  # (schedules, n) its mean lies below

    @property
    def middle(self) -> np.ndarray:
        """Mean of both over the outer draws: (schedules,) [nats]."""
        return (self.upper + self.lower).mean(axis=1) / 2


class Gaussian(NamedTuple):
    """What schedules tell if the model is taken as linear about each draw."""

    gain: (
        np.ndarray
    )  # (schedules,) half the log determinant, mean over draws; over that of the prior where there is one [nats]
    sd: (
        np.ndarray
    )  # (schedules, d) standard deviation of each unknown afterwards, mean over draws; infinite where gain is -inf


class Posterior(NamedTuple):
    """One unknown after a schedule was read: (schedules,) each."""

    mean: np.ndarray
    sd: np.ndarray
    low: np.ndarray  # ends of the central interval that was asked for
    high: np.ndarray
    effective: np.ndarray  # number of candidates that carry the weight: distrust what rests on ten


def schedules(times: int, k: int) -> np.ndarray:
    """All ways to choose k of so many times, as rows of indices.

    Raises
    ------
    ValueError
        There are no such schedules, or more than a million.

    Examples
    --------
    >>> schedules(10, 4).shape
    (210, 4)
    """
    times = whole(times, "times", least=1)
    k = whole(k, "k", least=1, most=times, remedy="Choose fewer readings.")
    if comb(times, k) > MANY:
        raise ValueError(f"expected at most {MANY} schedules; got {comb(times, k)}. Thin the times out, or search.")
    return np.array(list(combinations(range(times), k)))


def nearest(times, wanted) -> np.ndarray:
    """Indices of the readings nearest to the wanted times, each taken once, increasing.

    Parameters
    ----------
    times : (T,) array
        When readings can be had.
    wanted : (k,) array
        When one would like them; served in this order.

    Raises
    ------
    ValueError
        More readings are wanted than there are, or a number is not finite.

    Examples
    --------
    >>> nearest([0.25, 0.5, 1, 2, 24], [0.3, 0.3, 20])
    array([0, 1, 4])
    """
    times, wanted = _array(times, "times", 1), _array(wanted, "wanted", 1)
    if len(wanted) > len(times):
        raise ValueError(f"expected at most {len(times)} wanted times; got {len(wanted)}. Each reading is taken once.")
    left = list(range(len(times)))
    for w in wanted:
        left.remove(min(left, key=lambda k: abs(times[k] - w)))
    return np.setdiff1d(np.arange(len(times)), left)


def information(outer, inner, normal, *, error, chosen) -> Bounds:
    r"""Expected information gain of schedules by nested Monte Carlo, from above and from below.

    The information that readings y of a schedule give about z is $\mathrm{E} \ln [p(y|z) / p(y)]$. Outer draws $z_i$ from the prior give readings $y_i$; their
    evidence $p(y_i)$ is a mean over inner draws $z_j$:

    $$ U = \frac1n \sum_i \ln \frac{p(y_i|z_i)}{\frac1m \sum_j p(y_i|z_j)}, \qquad
       L = \frac1n \sum_i \ln \frac{p(y_i|z_i)}{\frac1{m+1} \bigl[ p(y_i|z_i) + \sum_j p(y_i|z_j) \bigr]} . $$

    The logarithm of a mean is too small on average, so that $\mathrm{E}\,U$ lies above the information (nested Monte Carlo); with the draw itself
    among the inner ones, $\mathrm{E}\,L$ lies below it and never above $\ln(m+1)$ (Foster et al. 2020, arXiv:1911.00294). All schedules see the same draws, so that their differences are surer than their values.

    Parameters
    ----------
    outer : (n, T) array
        Curves of draws from the prior, which make the readings.
    inner : (m, T) array
        Curves of other draws from the prior.
    normal : (n, T) array
        Standard normal draws: the errors of the readings.
    error : float or (T,) array
        Standard deviation of a reading.
    chosen : (schedules, k) array of indices
        From `schedules`.

    Returns
    -------
    Bounds

    Raises
    ------
    ValueError
        Shapes do not match, a number is not finite, an error is not positive, or an index is none of a time.

    Examples
    --------
    One unknown, one reading $y = z + \varepsilon$: the information is ln(2) / 2 = 0.347.

    >>> rng = np.random.default_rng(0)
    >>> z, w, e = rng.standard_normal((3, 2000, 1))
    >>> both = information(z, w, e, error=1.0, chosen=[[0]])
    >>> both.upper.mean().round(2), both.lower.mean().round(2)
    (np.float64(0.35), np.float64(0.35))
    """
    outer, inner, normal = (_array(a, n, 2) for a, n in ((outer, "outer"), (inner, "inner"), (normal, "normal")))
    if outer.shape != normal.shape or outer.shape[1] != inner.shape[1]:
        raise ValueError(
            f"expected outer (n, T), inner (m, T), normal (n, T); got {outer.shape}, {inner.shape}, {normal.shape}. "
            "Compute all curves at the same T times."
        )
    error, chosen = _error(error, outer.shape[1]), _chosen(chosen, outer.shape[1])
    m = len(inner)
    own = normal**2 / 2  # (n, T) misfit of each reading under the draw that made it
    off = ((outer / error + normal).T[:, :, None] - (inner / error).T[:, None, :]) ** 2 / 2  # (T, n, m)
    upper, lower = np.empty((2, len(chosen), len(outer)))
    for k, times in enumerate(chosen):
        misfit, mine = off[times].sum(axis=0), own[:, times].sum(axis=1)
        least = np.minimum(misfit.min(axis=1), mine)
        others = np.exp(least[:, None] - misfit).sum(axis=1)
        with np.errstate(divide="ignore"):
            upper[k] = least - mine - np.log(others / m)
        lower[k] = least - mine - np.log((others + np.exp(least - mine)) / (m + 1))
    return Bounds(upper, lower)


def gaussian(slopes, *, error, chosen, cov=None) -> Gaussian:
    r"""What schedules tell if the model is linear about each draw: D-optimality and the spread of each unknown.

    With slopes $J = \partial f / \partial z$ at a draw and prior covariance S the unknowns have afterwards the covariance
    $C = (J^T \Sigma^{-1} J + S^{-1})^{-1}$, and the gain is $\frac12 \ln (\det S / \det C)$, averaged over draws: Bayesian D-optimality (Chaloner and Verdinelli 1995,
    doi:10.1214/ss/1177009939). One draw at the prior's mean makes it local; without `cov` it is classical, $\frac12 \ln \det J^T \Sigma^{-1} J$.

    Parameters
    ----------
    slopes : (draws, T, d) array
        Derivatives of the curves by the unknowns.
    error : float or (T,) array
        Standard deviation of a reading.
    chosen : (schedules, k) array of indices
        From `schedules`.
    cov : (d, d) array, or None
        Of the prior; None for a flat one, which asks k >= d.

    Returns
    -------
    Gaussian

    Raises
    ------
    ValueError
        Shapes do not match, a number is not finite, an error is not positive, `cov` is not positive definite, or k < d without `cov`.

    Examples
    --------
    >>> told = gaussian(np.ones((1, 3, 1)), error=1.0, chosen=[[0], [1, ], [2]], cov=[[1.0]])
    >>> told.gain.round(3), told.sd[0].round(3)
    (array([0.347, 0.347, 0.347]), array([0.707]))
    """
    slopes = _array(slopes, "slopes", 3)
    error, chosen = _error(error, slopes.shape[1]), _chosen(chosen, slopes.shape[1])
    d = slopes.shape[2]
    if cov is None and chosen.shape[1] < d:
        raise ValueError(f"expected {d} or more readings without a prior; got {chosen.shape[1]}. Pass cov=.")
    precision, start = np.zeros((d, d)), 0.0
    if cov is not None:
        cov = _array(cov, "cov", 2)
        if cov.shape != (d, d) or not np.allclose(cov, cov.T) or np.linalg.eigvalsh((cov + cov.T) / 2).min() <= 0:
            raise ValueError(
                f"expected cov ({d}, {d}), symmetric and positive definite; got shape {cov.shape}. Give its diagonal."
            )
        precision, start = np.linalg.inv(cov), np.linalg.slogdet(cov)[1]
    scaled = slopes / error[:, None]
    gain, sd = np.empty(len(chosen)), np.empty((len(chosen), d))
    for k, times in enumerate(chosen):
        J = scaled[:, times]
        known = np.swapaxes(J, 1, 2) @ J + precision  # (draws, d, d)
        sign, log = np.linalg.slogdet(known)
        told = (sign > 0) & np.isfinite(log)  # readings that say nothing about an unknown leave nothing to invert
        gain[k] = (log.mean() + start) / 2 if told.all() else -np.inf
        sd[k] = _spread(known).mean(axis=0) if told.all() else np.inf
    return Gaussian(gain, sd)


def posterior(curves, values, readings, *, error, chosen, weight=None, level: float = 0.9) -> Posterior:
    r"""One unknown after each schedule, by weighted candidates: $w_j \propto v_j \prod_t \exp[-(y_t - f_{jt})^2 / 2\sigma_t^2]$.

    Parameters
    ----------
    curves : (m, T) array
        Curves of the candidates.
    values : (m,) array
        What is asked for, of each candidate.
    readings : (T,) array
        What was read; a schedule sees its own times alone.
    error : float or (T,) array
        Standard deviation of a reading.
    chosen : (schedules, k) array of indices
        From `schedules`.
    weight : (m,) array, or None
        Prior density over the density that the candidates were drawn from; None where that is the prior.
    level : float
        Of the central interval.

    Returns
    -------
    Posterior

    Raises
    ------
    ValueError
        Shapes do not match, a number is not finite, an error is not positive, or `level` is not between 0 and 1.

    Examples
    --------
    >>> z = np.linspace(-6, 6, 2001)
    >>> prior = np.exp(-(z**2) / 2)
    >>> after = posterior(z[:, None], z, [1.0], error=1.0, chosen=[[0]], weight=prior)
    >>> after.mean.round(3), after.sd.round(3)
    (array([0.5]), array([0.707]))
    """
    curves, values, readings = _array(curves, "curves", 2), _array(values, "values", 1), _array(readings, "readings", 1)
    if curves.shape != (len(values), len(readings)):
        raise ValueError(
            f"expected curves (m, T), values (m,), readings (T,); got {curves.shape}, {values.shape}, {readings.shape}. "
            "One row of curves a candidate, one column a time."
        )
    level = number(level, "level")
    if not 0 < level < 1:
        raise ValueError(f"expected 0 < level < 1; got {level}. 0.9 is the interval that holds nine of ten.")
    error, chosen = _error(error, len(readings)), _chosen(chosen, len(readings))
    weight = np.ones(len(values)) if weight is None else _array(weight, "weight", 1)
    if weight.shape != values.shape or weight.min() < 0 or weight.max() == 0:
        raise ValueError(
            f"expected weight ({len(values)},), none negative, not all zero; got shape {weight.shape}. "
            "Pass prior density over proposal density, or None."
        )
    with np.errstate(divide="ignore"):
        start = np.log(weight)
    misfit = ((readings - curves) / error) ** 2 / 2  # (m, T)
    order, answer = np.argsort(values), np.empty((5, len(chosen)))
    for k, times in enumerate(chosen):
        log = start - misfit[:, times].sum(axis=1)
        if not np.isfinite(log.max()):
            raise ValueError(
                "expected a candidate that the readings allow; got none. Is the error far too small, or in another unit?"
            )
        w = np.exp(log - log.max())
        w /= w.sum()
        mean = w @ values
        below = np.cumsum(w[order])
        ends = np.searchsorted(below, [(1 - level) / 2 * below[-1], (1 + level) / 2 * below[-1]])
        low, high = values[order][ends]
        answer[:, k] = mean, np.sqrt(w @ (values - mean) ** 2), low, high, 1 / (w @ w)
    return Posterior(*answer)


def _spread(known) -> np.ndarray:
    """Standard deviations behind matrices of information (draws, d, d); infinite where round-off leaves none."""
    variance = np.diagonal(np.linalg.inv(known), axis1=1, axis2=2)
    return np.sqrt(np.where(variance > 0, variance, np.inf))


def _array(values, name: str, dimensions: int) -> np.ndarray:
    array = numbers(values, name)
    if array.ndim != dimensions or not array.size or not np.isfinite(array).all():
        raise ValueError(
            f"expected {name} with {dimensions} axes of finite numbers; got shape {array.shape}"
            f"{'' if np.isfinite(array).all() else ' with NaN or infinity'}. Check its shape, and drop what is not finite."
        )
    sized(array, name)
    return array


def _error(error, times: int) -> np.ndarray:
    error = numbers(error, "error")
    if error.shape not in ((), (times,)) or not (np.isfinite(error).all() and (error > 0).all()):
        raise ValueError(f"expected a positive error, one or {times}; got {error}. It has the unit of the readings.")
    sized(error, "error", each=True)
    return np.broadcast_to(error, (times,))


def _chosen(chosen, times: int) -> np.ndarray:
    remedy = f"Pass schedules({times}, k)."
    chosen = wholes(chosen, "schedules, chosen, of indices", "(number, k)", low=0, high=times - 1, remedy=remedy)
    if not chosen.size:
        raise ValueError(f"expected schedules (number, k) of indices; got shape {chosen.shape}. {remedy}")
    if any(len(set(row)) < len(row) for row in chosen.tolist()):
        raise ValueError(
            "expected schedules that take each time once; got an index twice in a row. Pass schedules(T, k)."
        )
    return chosen
