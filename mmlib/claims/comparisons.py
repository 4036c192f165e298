"""A sentence about two claims (*the network beats the kernel*), decided by pairs of stored runs.

A pair is one seed in which both claims were computed by the same run: same device, number format, threads and run key.
An exact claim does not depend on the seed, so its one value stands in every pair. Ties count half.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mmlib.claims.rows import Row
from mmlib.claims.schema import ClaimsError, Entry, bounds

__all__ = ["LEAST", "NEUTRAL", "Comparison", "compare", "median_interval", "share_interval", "side"]

LEAST = 10  # pairs below which nothing is decided
UNQUALIFIED = (18, 20)  # *beats* without a count: all of ten, or this share of at least this many
COUNTED = 0.8  # said as a count; below it, not decided
NEUTRAL = {"share <": 0.5, "median ratio": 1.0, "median difference": 0.0}  # where neither of the two is ahead


@dataclass(frozen=True)
class Comparison:
    """What the stored pairs say of two claims.

    Attributes
    ----------
    statistic : str
        ``share <``, ``median ratio`` or ``median difference``.
    value : float
        The statistic: share of pairs with a < b, median of a/b, or median of a-b.
    n : int
        Number of pairs.
    wins : float
        Pairs on the side that the condition points to; a tie counts half.
    ties : int
        Pairs of equal values.
    low, high : float
        95 % interval of `value`: Clopper-Pearson for a share, order statistics (second to ninth of ten) for a median.
    decided : str
        ``always`` (may be said without a count), ``count`` (said as a count) or ``not decided``.
    """

    statistic: str
    value: float
    n: int
    wins: float
    ties: int
    low: float
    high: float
    decided: str


def compare(
    entry: Entry, entries: Mapping[str, Entry], rows: Iterable[Row], device: str = "cpu", *, name: str = "comparison"
) -> Comparison:
    """Decide a comparison from stored runs.

    Parameters
    ----------
    entry : Entry
        Of kind ``comparison``.
    entries : mapping of str to Entry
        All claims of the chapter, to know which of the two is exact.
    rows : iterable of Row
        Stored runs of the chapter.
    device : str
        Rows of other devices are left out.
    name : str
        The claim's name, for messages.

    Raises
    ------
    ClaimsError
        No pair at all, a single pair, a ratio to zero or to a negative value, or a value that is not a number.

    Examples
    --------
    >>> common = dict(says="a share of the pairs", unit="1", because="counted in pairs")
    >>> run = dict(common, kind="run", must="< 9", drift=0.1)
    >>> entries = {"net": Entry(**run), "kernel": Entry(**run)}
    >>> wins = Entry(**common, kind="comparison", of=["net", "kernel"], statistic="share <", must="> 0.8")
    >>> where = dict(device="cpu", dtype="float64", threads=1, cpu_s=1, key="k", date="2026-01-01")
    >>> rows = [Row(claim=c, seed=s, value=v + s, **where) for c, v in (("net", 1), ("kernel", 2)) for s in range(10)]
    >>> found = compare(wins, entries, rows)
    >>> found.value, found.wins, found.n, found.decided
    (1.0, 10.0, 10, 'always')
    """
    a, b = _pairs(name, entry, entries, list(rows), device)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ClaimsError(f"{name}: a stored value of {' or '.join(entry.of)} is not a finite number. Collect again.")
    if len(a) == 1:
        raise ClaimsError(
            f"{name}: {entry.of[0]} and {entry.of[1]} have one run in common: nothing to count. "
            f"Collect at least {LEAST}: make replicates."
        )
    ties = int((a == b).sum())
    below = float((a < b).sum()) + ties / 2
    if entry.statistic == "share <":
        value, (low, high) = below / len(a), share_interval(below, len(a))
    else:
        each = _ratio(name, entry, a, b) if entry.statistic == "median ratio" else a - b
        value, (low, high) = float(np.median(each)), median_interval(each)
    wins = len(a) - below if side(entry) == "above" else below
    return Comparison(entry.statistic, value, len(a), wins, ties, low, high, strength(wins, len(a)))


def strength(wins: float, n: int) -> str:
    """How strongly a sentence may be worded: ``always``, ``count`` or ``not decided``.

    >>> [strength(*k) for k in ((10, 10), (9, 10), (7.5, 10), (18, 20), (5, 5))]
    ['always', 'count', 'not decided', 'always', 'not decided']
    """
    k, m = UNQUALIFIED
    if n >= LEAST and (wins == n or (n >= m and wins * m >= k * n)):
        return "always"
    return "count" if n >= LEAST and wins >= COUNTED * n else "not decided"


def share_interval(wins: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper-Pearson interval of a share.

    >>> "%.3f %.3f" % share_interval(9, 10)
    '0.555 0.997'
    """
    from scipy.special import betaincinv  # stats.beta.ppf is the same, and takes a second to load

    tail = (1 - level) / 2
    low = 0.0 if wins == 0 else float(betaincinv(wins, n - wins + 1, tail))
    high = 1.0 if wins == n else float(betaincinv(wins + 1, n - wins, 1 - tail))
    return low, high


def median_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Interval of a median from order statistics: second to ninth of ten, unbounded below six values.

    >>> median_interval(np.arange(1.0, 11.0))
    (2.0, 9.0)
    """
    from scipy.special import bdtr

    x = np.sort(values)
    below = bdtr(np.arange(len(x) + 1), len(x), 0.5)  # P(k or fewer of the values lie below the true median)
    k = int(np.searchsorted(below, (1 - level) / 2))  # the largest k with P(fewer than k below) within the tail
    return (float(x[k - 1]), float(x[-k])) if k else (float("-inf"), float("inf"))


def side(entry: Entry) -> str:
    """Where a comparison's condition puts the first of the two: ``below`` the second, ``above`` it, or on neither side (empty).

    >>> common = dict(says="share of the pairs", unit="1", kind="comparison", of=["net", "kernel"], because="counted in pairs")
    >>> [side(Entry(**common, statistic="share <", must=must)) for must in (">= 0.8", "<= 0.2", "> 0.2 and < 0.8")]
    ['below', 'above', '']
    """
    neutral = NEUTRAL[entry.statistic]
    lower = [bound for operator, bound in bounds(entry.must) if operator[0] in ">="]
    upper = [bound for operator, bound in bounds(entry.must) if operator[0] in "<="]
    if lower and (max(lower) >= neutral or not upper):
        high = True
    elif upper and (min(upper) <= neutral or not lower):
        high = False
    else:
        return ""
    return "below" if high == (entry.statistic == "share <") else "above"


def _ratio(name: str, entry: Entry, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if (b <= 0).any():
        raise ClaimsError(
            f"{name}: {entry.of[1]} is {b.min():.3g} in a stored run, and a ratio needs it positive. "
            "Use `statistic: median difference` or `share <`."
        )
    return a / b


def _pairs(name, entry, entries, rows, device) -> tuple[np.ndarray, np.ndarray]:
    """Values of the two claims, seed by seed; one pair a seed, that of the fewest threads."""
    first, second = entry.of
    mine = {c: {_run(r): r.value for r in rows if r.claim == c and r.device == device} for c in entry.of}
    for claim in entry.of:
        if not mine[claim]:
            raise ClaimsError(f"{name}: no stored runs of {claim} on {device}. Collect them: make replicates.")
    if entries[second].kind == "exact":
        fixed = mine[second][min(mine[second])]
        found = {run: (value, fixed) for run, value in mine[first].items()}
    else:
        found = {run: (mine[first][run], mine[second][run]) for run in mine[first].keys() & mine[second].keys()}
    if not found:
        seeds = [", ".join(str(s) for s in sorted({run[0] for run in mine[c]})) for c in entry.of]
        raise ClaimsError(
            f"{name}: {first} (seeds {seeds[0]}) and {second} (seeds {seeds[1]}) have no run in common (same seed, "
            "device, number format, threads and run key). Collect them together: make replicates."
        )
    by_seed = {run[0]: found[run] for run in sorted(found, reverse=True)}  # the fewest threads come last and stay
    a, b = zip(*(by_seed[seed] for seed in sorted(by_seed)), strict=True)
    return np.array(a, float), np.array(b, float)


def _run(row: Row) -> tuple:
    return row.seed, row.threads, row.dtype, row.key
