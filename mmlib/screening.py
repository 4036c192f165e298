"""Are the groups there, and is the simulation like the experiment? Three questions to thousands of simulated outcomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import mannwhitneyu

from mmlib._extras import extra

with extra("identify"):
    from sklearn.cluster import KMeans
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.inspection import permutation_importance
    from sklearn.metrics import adjusted_rand_score, roc_auc_score

from mmlib import _input

__all__ = ["Gap", "TwoSample", "gap", "stability", "two_sample"]


def _rows(z, least, what):
    z = _input.numbers(z, what)
    if z.ndim != 2 or not z.shape[1] or len(z) < least or not np.isfinite(z).all():
        raise ValueError(
            f"expected {what} (n, d), finite, n >= {least}; got shape {z.shape}"
            f"{'' if np.isfinite(z).all() else ' with NaN or infinity'}. One row for each outcome; one feature? Pass z[:, None]."
        )
    _input.sized(z, what)
    return z


class Gap(NamedTuple):
    """What `gap` returns."""

    k: int  # number of groups by the rule of Tibshirani et al.; 1: no groups; equal to `most`: the rule was met nowhere, ask for more
    gap: np.ndarray  # (most,) for 1, 2, … groups
    error: np.ndarray  # (most,) standard error of each, from the reference sets


FAR = 1e4  # between the spreads of two features: k-means then sees one of them


def gap(z, *, rng: np.random.Generator | int, most: int = 6, references: int = 10) -> Gap:
    """Gap statistic of k-means (Tibshirani, Walther and Hastie 2001, doi:10.1111/1467-9868.00293).

    How much tighter are k clusters of `z` than k clusters of points spread evenly over the box, along the principal axes,
    that holds `z`? The smallest k whose gap is within one standard error of the next one's is the number of groups.

    Parameters
    ----------
    z : (n, d) outcomes, in units in which the features have spreads of one size: k-means measures distances.
    rng : numpy Generator, or a whole number.
    most : largest number of groups. references : sets of even points.

    Raises
    ------
    ValueError : z not (n, d) and finite with at least 5 rows a group, fewer rows that differ than groups, spreads of features
        more than 10,000 times apart; fewer than 2 groups or reference sets asked for.

    >>> rng = np.random.default_rng(0)
    >>> groups = rng.normal([[0, 0]] * 60 + [[9, 0]] * 60)
    >>> gap(groups, rng=rng, most=4).k, gap(rng.random((120, 2)), rng=rng, most=4).k
    (2, 1)
    """
    rng = _input.generator(rng)
    most = _input.whole(most, "most", least=2, remedy="Expected most >= 2, the largest number of groups.")
    references = _input.whole(references, "references", least=2, remedy="Expected references >= 2; try 10.")
    z = _rows(z, 5 * most, "outcomes")
    _spread(z, most)
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


def _spread(z, most):
    """Rows that differ, in features of comparable size."""
    different = len(np.unique(z, axis=0))
    if different <= most:
        raise ValueError(
            f"expected more rows that differ than groups; got {different} for up to {most} groups. Are the outcomes rounded, or "
            "all alike? Ask for fewer groups."
        )
    sd = z.std(axis=0)
    if (sd > 0).any() and sd.max() > FAR * sd[sd > 0].min():
        raise ValueError(
            f"expected features on one scale, because groups are told apart by distances; got spreads from {sd[sd > 0].min():.2g} "
            f"to {sd.max():.2g}. Rescale: (z - z.mean(axis=0)) / z.std(axis=0)."
        )


def stability(cluster: Callable, z, *, rng: np.random.Generator | int, pairs: int = 10, share: float = 0.8) -> float:
    """Mean adjusted Rand index between clusterings of two random parts of `z`, on the rows both hold: 1 repeats, 0 is chance.

    Stable clusters need not be groups: k-means cuts an even, long cloud at the same places each time. A label of -1 (noise)
    counts as a group; all noise twice gives 1.

    Parameters
    ----------
    cluster : called with rows (m, d), returns labels (m,), for example ``KMeans(3, random_state=0).fit_predict``.
    z : (n, d). rng : numpy Generator, or a whole number. pairs : how many pairs of parts. share : part of the rows in each.

    Raises
    ------
    ValueError : z not (n, d) and finite with at least 20 rows, no pairs, share not above 0.5 and below 1.

    >>> rng = np.random.default_rng(0)
    >>> groups = rng.normal([[0, 0]] * 60 + [[9, 0]] * 60)
    >>> stability(KMeans(2, n_init=3, random_state=0).fit_predict, groups, rng=rng)
    1.0
    """
    z, rng = _rows(z, 20, "outcomes"), _input.generator(rng)
    _input.function(cluster, "cluster", "rows (m, d) that returns labels (m,)")
    pairs = _input.whole(pairs, "pairs", least=1, remedy="Expected pairs >= 1; try 10.")
    remedy = "Parts overlap for a share between 0.5 and 1; try 0.8."
    share = _input.number(share, "positive share", above=0.5, below=1, remedy=remedy)
    size, agreement = round(share * len(z)), []
    for _ in range(pairs):
        parts = [np.sort(rng.permutation(len(z))[:size]) for _ in range(2)]
        both = np.intersect1d(*parts)
        labels = [_labels(cluster(z[part]), size)[np.searchsorted(part, both)] for part in parts]
        agreement.append(adjusted_rand_score(*labels))
    return float(np.mean(agreement))


def _labels(found, size):
    labels = np.asarray(found)
    if labels.shape != (size,) or (labels.dtype.kind == "f" and np.isnan(labels).any()):
        raise ValueError(
            f"expected of `cluster` a label for each of {size} rows; got shape {labels.shape}. Pass a function such as "
            "KMeans(3, random_state=0).fit_predict."
        )
    return labels


class TwoSample(NamedTuple):
    """What `two_sample` returns."""

    auc: float  # area under the ROC curve on the halves kept aside; 0.5: cannot tell them apart
    interval: tuple[float, float]  # 95 % interval of it (DeLong)
    p: float  # probability of an area at least this large if both samples were of one distribution
    importance: np.ndarray  # (d,) loss of area when a feature is shuffled
    forest: RandomForestClassifier


COARSE = 1000  # roundings of single precision in the range of a feature, at least
MOST_ROWS = 50_000  # in both samples together; a forest of a hundred trees on so many takes a minute


def two_sample(simulated, measured, *, seed: int, trees: int = 100, shuffles: int = 5) -> TwoSample:
    """Can a forest tell simulated from measured rows? A classifier two-sample test (Lopez-Paz and Oquab 2017, arXiv:1610.06545).

    The forest learns from one half of each sample; area, interval, p-value (Mann and Whitney) and importance come from the
    other half. It sees only what is in the features, and only differences that a forest can learn from so many rows.

    Parameters
    ----------
    simulated, measured : (n, d) and (m, d), rows in random order, at most 50,000 in all.
    seed : whole number (or a numpy Generator, of which one is drawn). trees : in the forest. shuffles : of each feature, for the importance; 0: none
        (importance is then zero).

    Raises
    ------
    ValueError : samples not (n, d) and finite, with fewer than 6 rows, too many, or with different numbers of features.

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
    _seen_by_a_forest(np.concatenate(samples))
    if sum(map(len, samples)) > MOST_ROWS:
        raise ValueError(
            f"expected at most {MOST_ROWS} rows in both samples; got {sum(map(len, samples))}. Draw some of them: "
            "rng.choice(simulated, 10_000, replace=False)."
        )
    seed, trees = _input.seed(seed, most=_input.OLD), _input.whole(trees, "trees", least=1, remedy="Try trees=100.")
    shuffles = _input.whole(shuffles, "shuffles", least=0, remedy="Try shuffles=5; 0 leaves importance out.")
    halves = [(s[: len(s) // 2], s[len(s) // 2 :]) for s in samples]
    learn, test = (np.concatenate([h[k] for h in halves]) for k in (0, 1))
    label = [np.repeat([0, 1], [len(h[k]) for h in halves]) for k in (0, 1)]
    forest = RandomForestClassifier(trees, min_samples_leaf=5, class_weight="balanced", random_state=seed)
    score = forest.fit(learn, label[0]).predict_proba(test)[:, 1]
    zero, one = score[label[1] == 0], score[label[1] == 1]
    auc = roc_auc_score(label[1], score)
    over, under = _share_below(one, zero), 1 - _share_below(zero, one)
    spread = 1.96 * np.sqrt(over.var(ddof=1) / len(one) + under.var(ddof=1) / len(zero))
    p = mannwhitneyu(one, zero, alternative="greater").pvalue
    drop = np.zeros(test.shape[1])
    if shuffles:
        options = {"scoring": "roc_auc", "n_repeats": shuffles, "random_state": seed}
        drop = permutation_importance(forest, test, label[1], **options).importances_mean
    interval = (float(max(auc - spread, 0.0)), float(min(auc + spread, 1.0)))
    return TwoSample(float(auc), interval, float(p), drop, forest)


def _seen_by_a_forest(z):
    """A forest compares in single precision: are values that differ still different there?"""
    with np.errstate(over="ignore"):
        single = z.astype(np.float32)
    spread, grain = np.ptp(z, axis=0), np.spacing(np.abs(single).max(axis=0))
    bad = np.flatnonzero((spread > 0) & ~(spread > COARSE * grain)).tolist()
    if bad or not np.isfinite(single).all():
        raise ValueError(
            f"expected features whose differences single precision holds, because a forest compares in it; got others in columns "
            f"{bad}. Measure from the middle and in units of the spread: (z - z.mean(axis=0)) / z.std(axis=0)."
        )


def _share_below(values, others):
    """(n,) share of `others` that lie below each value, ties counted half; by sorting, so that memory is n + m, not n m."""
    others = np.sort(others)
    left, right = (np.searchsorted(others, values, side=side) for side in ("left", "right"))
    return (left + right) / (2 * len(others))
