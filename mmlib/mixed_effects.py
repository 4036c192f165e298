r"""What a cohort teaches about one patient: nonlinear mixed effects by weighted candidates.

Patient i has rates $\theta_i$, and readings $y_i = a_i + f(t; \theta_i) + \sigma\varepsilon$ with a level $a_i$ of her own. The rates of a population
follow $z = \ln(\theta/\theta_0) \sim N(m, S)$ about a first guess $\theta_0$. Integrals over a patient's rates are weighted sums over
candidates, which are drawn anew around the population as it is found: candidates that stay at a wrong guess are too
few where the patients are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.optim import Verdict, brief

__all__ = ["Population", "expect", "fit_population", "likelihood"]


SETTLED = 0.01  # spreads of the population: what the mean may still move in a stage


@brief
class Population(NamedTuple):
    """A population of d log-rates, and m candidates drawn from it: each counts the same."""

    mean: np.ndarray  # (d,) of z
    cov: np.ndarray  # (d, d) of z
    z: np.ndarray  # (m, d) candidates
    verdict: Verdict | None = None  # has it come to rest, and what to try

    @property
    def converged(self) -> bool:
        return self.verdict is not None and self.verdict.converged


def likelihood(curves, readings, *, error: float) -> np.ndarray:
    r"""Likelihood of readings under candidate curves, the level of each patient unknown.

    Gaussian errors of standard deviation $\sigma$; the level is integrated out over a flat prior, which leaves

    $$ L_{ij} \propto \exp\Bigl[-\frac{1}{2\sigma^2} \sum_t (\tilde y_{it} - \tilde f_{jt})^2\Bigr], $$

    where a tilde takes the mean over the times away. Each row is scaled so that its largest value is one.

    Parameters
    ----------
    curves : (m, times) array
        Candidate curves, for instance logarithms of size.
    readings : (n, times) array
        What was read of n patients at the same times.
    error : float
        Standard deviation of a reading, in the unit of the readings.

    Returns
    -------
    (n, m) array

    Raises
    ------
    ValueError
        The shapes do not match, a number is not finite, there are fewer than two times, or `error` is not positive.

    Examples
    --------
    >>> likelihood([[0.0, 1.0], [0.0, 2.0]], [[5.0, 6.0]], error=1.0).round(3)
    array([[1.   , 0.779]])
    """
    curves, readings = (_table(a, name) for a, name in ((curves, "curves"), (readings, "readings")))
    if curves.shape[1] != readings.shape[1]:
        raise ValueError(
            f"expected curves (m, times) and readings (n, times) at the same times; got {curves.shape} and {readings.shape}. One column a time."
        )
    if curves.shape[1] < 2:
        raise ValueError("expected two or more times; got one. A single reading says nothing once the level is free.")
    error = _input.number(
        error, "a positive error of a reading, error", above=0, remedy="It has the unit of the readings."
    )
    y, f = (a - a.mean(axis=1, keepdims=True) for a in (readings, curves))
    misfit = (y**2).sum(axis=1)[:, None] - 2 * y @ f.T + (f**2).sum(axis=1)
    return np.exp((misfit.min(axis=1, keepdims=True) - misfit) / (2 * error**2))


def fit_population(
    curves: Callable, readings, *, error: float, normal, stages: int = 12, rounds: int = 5, worth: float = 4.0
) -> Population:
    r"""Mean and covariance of a population's log-rates, by expectation and maximisation over candidates.

    It starts at $m = 0$, $S = I$: at the first guess of the rates, each uncertain by a factor e. In each stage candidates $z_j$ are drawn from
    $q = N(m, 2S)$. With $w_j = N(z_j; m, S) / q(z_j)$ and the likelihood $L$ of `likelihood`, a patient gives candidate j the share
    $r_{ij} = w_j L_{ij} / \sum_k w_k L_{ik}$, and each round of the stage sets

    $$ m = \frac1n \sum_{ij} r_{ij} z_j, \qquad S = \frac{\sum_{ij} r_{ij} (z_j - m)(z_j - m)^T + \nu I}{n + \nu} . $$

    The identity counts as much as $\nu$ = `worth` patients, so that a small cohort does not claim that all patients are
    alike (Dempster et al. 1977, doi:10.1111/j.2517-6161.1977.tb01600.x, with a penalty).

    Parameters
    ----------
    curves : z (m, d) -> (m, times)
        The model: candidate curves at the times of the readings.
    readings : (n, times) array, or None
        Of the cohort. Without patients the population is the first guess.
    error : float
        Standard deviation of a reading.
    normal : (m, d) array
        Draws from the standard normal distribution, from which all candidates are made.
    stages, rounds : int
        How often candidates are drawn anew, and rounds of expectation and maximisation in between.
    worth : float
        Patients that the first guess of the covariance is worth.

    Returns
    -------
    Population

    Raises
    ------
    ValueError
        A number is not finite, shapes do not match, or `worth`, `stages` or `rounds` is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> t = np.array([0.0, 1.0, 2.0])
    >>> slopes = 3 + 0.2 * rng.standard_normal((50, 1))  # three spreads from the first guess, which is zero
    >>> fit_population(lambda z: z * t, slopes * t, error=0.05, normal=rng.standard_normal((500, 1))).mean.round(0)
    array([3.])
    """
    normal, curves = _table(normal, "normal"), _input.function(curves, "curves", "(z) that returns curves (m, times)")
    remedy = "Expected worth >= 0, and one or more stages and rounds. Four patients are a start."
    worth = _input.number(worth, "worth", least=0, remedy=remedy)
    stages, rounds = (
        _input.whole(stages, "stages", least=1, remedy=remedy),
        _input.whole(rounds, "rounds", least=1, remedy=remedy),
    )
    d = normal.shape[1]
    mean, cov = np.zeros(d), np.eye(d)
    before = mean
    for _ in range(stages if readings is not None and len(readings) else 0):
        z, before = _draw(normal, mean, 2 * cov), mean
        like, wide = (
            likelihood(_input.given(curves(z), "curves(z)"), readings, error=error),
            _log_density(z, mean, 2 * cov),
        )
        for _ in range(rounds):
            weight = np.exp(_log_density(z, mean, cov) - wide)
            share = weight * (like.T @ (1 / (like @ weight + 1e-300)))  # (m,), summed over patients
            mean = share @ z / share.sum()
            off = z - mean
            cov = ((off.T * share) @ off + worth * np.eye(d)) / (share.sum() + worth)
    verdict = _verdict(mean, cov, before, readings is not None and len(readings) > 0, stages)
    return Population(mean, cov, _draw(normal, mean, cov), verdict)


def _verdict(mean, cov, before, read, stages) -> Verdict:
    """Is the mean where it was before candidates were drawn anew? Spreads are its measure, so that units are none."""
    if not read:
        return Verdict("not determined", "no patient was read: this is the first guess", "Bring readings of a cohort.")
    if not (np.isfinite(mean).all() and np.isfinite(cov).all()):
        return Verdict(
            "not finite", "mean or covariance is not finite", "Scale the curves, or start from another guess."
        )
    moved = float(np.max(np.abs(mean - before) / np.sqrt(np.diagonal(cov))))
    why = f"in the last of {stages} stages the mean moved by {moved:.2g} spreads"
    return Verdict("converged", why) if moved <= SETTLED else Verdict("out of steps", why, "Raise stages=.")


def expect(like, values) -> np.ndarray:
    r"""Mean of a quantity over the candidates, as each patient's readings weigh them: $\sum_j L_{ij} v_j / \sum_j L_{ij}$.

    Parameters
    ----------
    like : (n, m) array
        From `likelihood`, for candidates that count the same.
    values : (m,) array
        The quantity for each candidate; booleans give a probability.

    Returns
    -------
    (n,) array

    Examples
    --------
    >>> expect(np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([True, False]))
    array([0.5, 1. ])
    """
    like, values = _table(like, "like"), _input.numbers(values, "values")
    if values.shape != like.shape[1:] or (like < 0).any() or (like.sum(axis=1) <= 0).any():
        raise ValueError(
            f"expected like (n, m), no row of it all zero, and values (m,); got {like.shape} and {values.shape}. Do the readings rule "
            "out all candidates? Draw more of them."
        )
    return like @ values / like.sum(axis=1)


def _draw(normal, mean, cov) -> np.ndarray:
    return mean + normal @ np.linalg.cholesky(cov).T


def _log_density(z, mean, cov) -> np.ndarray:
    """Of N(mean, cov) at z (m, d), up to a constant that does not depend on mean or cov: (m,)."""
    off = z - mean
    return -((off @ np.linalg.inv(cov) * off).sum(axis=1) + np.linalg.slogdet(cov)[1]) / 2


def _table(values, name: str) -> np.ndarray:
    table = _input.numbers(values, name)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise ValueError(
            f"expected {name} (rows, columns) of finite numbers; got shape {table.shape}, {int((~np.isfinite(table)).sum())} not finite. One row? Pass {name}[None]."
        )
    _input.sized(table, name)
    return table
