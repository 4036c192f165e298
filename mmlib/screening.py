"""Are the groups there, and is the simulation like the experiment? Three questions to thousands of simulated outcomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import mannwhitneyu
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.metrics import adjusted_rand_score, roc_auc_score

__all__ = ["Gap", "TwoSample", "gap", "stability", "two_sample"]


def _rows(z, least, what):
    z = np.asarray(z, dtype=float)
    if z.ndim != 2 or len(z) < least or not np.isfinite(z).all():
        raise ValueError(
            f"expected {what} (n, d), finite, n >= {least}; got shape {z.shape}"
            f"{'' if np.isfinite(z).all() else ' with NaN or infinity'}. One row for each outcome; one feature? Pass z[:, None]."
        )
    return z


class Gap(NamedTuple):
    """What `gap` returns."""

    k: int  # number of groups by the rule of Tibshirani et al.; 1: no groups; equal to `most`: the rule was met nowhere, ask for more
    gap: np.ndarray  # (most,) for 1, 2, … groups
    error: np.ndarray  # (most,) standard error of each, from the reference sets


def gap(z, *, rng: np.random.Generator, most: int = 6, references: int = 10) -> Gap:
    """Gap statistic of k-means (Tibshirani, Walther and Hastie 2001, doi:10.1111/1467-9868.00293).

    How much tighter are k clusters of `z` than k clusters of points spread evenly over the box, along the principal axes,
    that holds `z`? The smallest k whose gap is within one standard error of the next one's is the number of groups.

    Parameters
    ----------
    z : (n, d) outcomes. most : largest number of groups. references : sets of even points.

    Raises
    ------
    ValueError : z not (n, d) and finite with at least 5 rows a group; fewer than 2 groups or reference sets asked for.

    >>> rng = np.random.default_rng(0)
    >>> groups = rng.normal([[0, 0]] * 60 + [[9, 0]] * 60)
    >>> gap(groups, rng=rng, most=4).k, gap(rng.random((120, 2)), rng=rng, most=4).k
    (2, 1)
    """
    if most < 2 or references < 2:
        raise ValueError(f"expected most >= 2 and references >= 2; got {most}, {references}.")
    z = _rows(z, 5 * most, "outcomes")
    seed = int(rng.integers(2**31))

    def log_within(points):
        fits = (KMeans(k, n_init=3, random_state=seed).fit(points).inertia_ for k in range(1, most + 1))
        return np.log(np.fromiter(fits, float))

    centred = z - z.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    low, high = (centred @ axes.T).min(axis=0), (centred @ axes.T).max(axis=0)
    even = np.array([log_within(rng.uniform(low, high, (len(z), len(low))) @ axes) for _ in range(references)])
    difference = even.mean(axis=0) - log_within(centred)
    error = even.std(axis=0) * np.sqrt(1 + 1 / references)
    enough = np.flatnonzero(difference[:-1] >= difference[1:] - error[1:])
    return Gap(int(enough[0]) + 1 if len(enough) else most, difference, error)


def stability(cluster: Callable, z, *, rng: np.random.Generator, pairs: int = 10, share: float = 0.8) -> float:
    """Mean adjusted Rand index between clusterings of two random parts of `z`, on the rows both hold: 1 repeats, 0 is chance.

    Stable clusters need not be groups: k-means cuts an even, long cloud at the same places each time. A label of -1 (noise)
    counts as a group; all noise twice gives 1.

    Parameters
    ----------
    cluster : called with rows (m, d), returns labels (m,), for example ``KMeans(3, random_state=0).fit_predict``.
    z : (n, d). pairs : how many pairs of parts. share : part of the rows in each.

    Raises
    ------
    ValueError : z not (n, d) and finite with at least 20 rows, no pairs, share not above 0.5 and below 1.

    >>> rng = np.random.default_rng(0)
    >>> groups = rng.normal([[0, 0]] * 60 + [[9, 0]] * 60)
    >>> stability(KMeans(2, n_init=3, random_state=0).fit_predict, groups, rng=rng)
    1.0
    """
    z = _rows(z, 20, "outcomes")
    if pairs < 1 or not 0.5 < share < 1:
        raise ValueError(f"expected pairs >= 1 and 0.5 < share < 1, so that parts overlap; got {pairs}, {share}.")
    size, agreement = round(share * len(z)), []
    for _ in range(pairs):
        parts = [np.sort(rng.permutation(len(z))[:size]) for _ in range(2)]
        both = np.intersect1d(*parts)
        labels = [np.asarray(cluster(z[part]))[np.searchsorted(part, both)] for part in parts]
        agreement.append(adjusted_rand_score(*labels))
    return float(np.mean(agreement))


class TwoSample(NamedTuple):
    """What `two_sample` returns."""

    auc: float  # area under the ROC curve on the halves kept aside; 0.5: cannot tell them apart
    interval: tuple[float, float]  # 95 % interval of it (DeLong)
    p: float  # probability of an area at least this large if both samples were of one distribution
    importance: np.ndarray  # (d,) loss of area when a feature is shuffled
    forest: RandomForestClassifier


def two_sample(simulated, measured, *, seed: int, trees: int = 100, shuffles: int = 5) -> TwoSample:
    """Can a forest tell simulated from measured rows? A classifier two-sample test (Lopez-Paz and Oquab 2017, arXiv:1610.06545).

    The forest learns from one half of each sample; area, interval, p-value (Mann and Whitney) and importance come from the
    other half. It sees only what is in the features, and only differences that a forest can learn from so many rows.

    Parameters
    ----------
    simulated, measured : (n, d) and (m, d), rows in random order. shuffles : of each feature, for the importance; 0: none
        (importance is then zero).

    Raises
    ------
    ValueError : samples not (n, d) and finite, with fewer than 6 rows, or with different numbers of features.

    >>> rng = np.random.default_rng(0)
    >>> test = two_sample(rng.normal(size=(200, 2)), rng.normal([0, 1.5], size=(200, 2)), seed=0)
    >>> bool(test.auc > 0.75), bool(test.p < 1e-6), int(test.importance.argmax())
    (True, True, 1)
    """
    samples = [_rows(simulated, 6, "simulated outcomes"), _rows(measured, 6, "measured outcomes")]
    if samples[0].shape[1] != samples[1].shape[1]:
        raise ValueError(
            f"expected the same features in both samples; got {samples[0].shape[1]} and {samples[1].shape[1]}. "
            "Measure the simulation as the experiment was measured."
        )
    halves = [(s[: len(s) // 2], s[len(s) // 2 :]) for s in samples]
    learn, test = (np.concatenate([h[k] for h in halves]) for k in (0, 1))
    label = [np.repeat([0, 1], [len(h[k]) for h in halves]) for k in (0, 1)]
    forest = RandomForestClassifier(trees, min_samples_leaf=5, class_weight="balanced", random_state=seed)
    score = forest.fit(learn, label[0]).predict_proba(test)[:, 1]
    zero, one = score[label[1] == 0], score[label[1] == 1]
    auc = roc_auc_score(label[1], score)
    wins = (one[:, None] > zero) + 0.5 * (one[:, None] == zero)
    spread = 1.96 * np.sqrt(wins.mean(axis=1).var(ddof=1) / len(one) + wins.mean(axis=0).var(ddof=1) / len(zero))
    p = mannwhitneyu(one, zero, alternative="greater").pvalue
    drop = np.zeros(test.shape[1])
    if shuffles:
        options = {"scoring": "roc_auc", "n_repeats": shuffles, "random_state": seed}
        drop = permutation_importance(forest, test, label[1], **options).importances_mean
    interval = (float(max(auc - spread, 0.0)), float(min(auc + spread, 1.0)))
    return TwoSample(float(auc), interval, float(p), drop, forest)
