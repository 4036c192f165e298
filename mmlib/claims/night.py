"""A new seed each night: what is an alarm, what confirms it, and what is red at once.

An alarm alone proves little: at 1,250 claims a dozen fall outside their 99 % interval every night. So four fresh seeds of
the chapter are run in the same night, and the claim is red if all of them alarm too (three of them once twenty runs are
stored). Where three or more claims of a chapter alarm, they are red together if each of the fresh seeds alarms in at
least one of them. `mmlib.claims.power` says what this rule catches, `mmlib.claims.history` keeps what it saw.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from mmlib.claims.judging import Verdict, prediction_interval
from mmlib.claims.rows import Row, stored_values
from mmlib.claims.schema import Entry, holds

__all__ = [
    "FRESH",
    "LEVEL",
    "Look",
    "alarms_allowed",
    "confirmed",
    "confirmed_together",
    "fresh_seeds",
    "judge_new_seed",
    "look",
    "needed",
]

LEAST = 10  # stored runs for a prediction interval
LEVEL = 0.99
AT_ONCE = 1e-7
FRESH = 4  # seeds that confirm an alarm
TOGETHER = 3  # alarms of one chapter that are confirmed as one
WILD = 1e6  # times the largest stored value


@dataclass(frozen=True)
class Look:
    """One new value held against the stored ones: the interval, how rare it is, and what follows."""

    low: float
    high: float
    p: float
    alarm: bool
    at_once: bool
    why: str


def look(entry: Entry, stored: np.ndarray, value: float) -> Look:
    """Hold the value of a new seed against at least ten stored ones.

    An alarm is a value outside the 99 % prediction interval (one-sided where `better_is` says so), or one that breaks a
    condition that every stored value meets. It is red at once where it is no number, a million times the largest
    stored value, or rarer than 1e-7 and outside the drift of every stored value.

    Parameters
    ----------
    entry : Entry
        Of kind ``run``.
    stored : array_like
        Values of at least ten stored runs.
    value : float
        The new one.

    Returns
    -------
    Look

    Examples
    --------
    >>> entry = Entry(says="error of the forecast", unit="1", kind="run", must="< 1", because="a spline's error",
    ...               drift=0.1, better_is="smaller")
    >>> stored = np.linspace(0.1, 0.2, 10)
    >>> [look(entry, stored, value).alarm for value in (0.01, 0.15, 0.5, 2.0)]
    [False, False, True, True]
    >>> look(entry, stored, 1e9).at_once
    True
    """
    stored = np.asarray(stored, dtype=float)
    low, high = prediction_interval(stored, better_is=entry.better_is, level=LEVEL)
    if not math.isfinite(value):
        return Look(low, high, 0.0, True, True, "It is no finite number.")
    below, above = tails(stored, value)
    p = {"smaller": above, "larger": below}.get(entry.better_is, min(1.0, 2 * min(below, above)))
    outside = not low <= value <= high
    broken = not holds(entry.must, value) and all(holds(entry.must, v) for v in stored)
    if outside:
        p = min(p, 1 - LEVEL)
    if abs(value) > WILD * np.abs(stored).max() > 0:
        return Look(low, high, p, True, True, f"It is {WILD:.0e} times the largest stored value.")
    worse = p if entry.better_is else 2 * min(below, above)
    if worse < AT_ONCE and not any(entry.drift.agrees(value, v) for v in stored):
        return Look(low, high, p, True, True, f"A value so far out has p < {AT_ONCE:g}.")
    why = f"All {len(stored)} stored runs meet {entry.must}, this one does not." if broken else ""
    return Look(low, high, p, outside or broken, False, why)


def tails(stored: np.ndarray, value: float) -> tuple[float, float]:
    """Chance of one more run at most, and at least, as large as `value` (Student's t, logs where all are positive)."""
    from scipy import stats

    n = len(stored)
    if stored.min() > 0 and value > 0:
        stored, value = np.log(stored), math.log(value)
    away, reach = value - stored.mean(), stored.std(ddof=1) * math.sqrt(1 + 1 / n)
    if np.ptp(stored) == 0:  # no spread to measure by: one more of n + 1 may differ
        return (1.0, 1.0) if value == stored[0] else ((1.0, 1 / (n + 1)) if away > 0 else (1 / (n + 1), 1.0))
    return float(stats.t.cdf(away / reach, n - 1)), float(stats.t.sf(away / reach, n - 1))


def judge_new_seed(
    chapter: str, name: str, entry: Entry, value: float, rows: Iterable[Row], device: str = "cpu"
) -> Verdict:
    """The verdict of a run claim for another seed than 0: it does not hold where it is red at once."""
    stored = np.array(list(stored_values(rows, name, device).values()))
    if len(stored) < LEAST:
        return Verdict(chapter, name, False, value, f"{LEAST} stored runs for a new seed",
                       f"{len(stored)} stored. Run: make replicates C={chapter}", len(stored))  # fmt: skip
    seen = look(entry, stored, value)
    met = (sum(holds(entry.must, v) for v in stored), len(stored))
    return Verdict(chapter, name, not seen.at_once, value, f"{seen.low:.4g} … {seen.high:.4g}", seen.why, len(stored),
                   alarm=seen.alarm, rows_met=met, p=seen.p)  # fmt: skip


def needed(stored: int) -> int:
    """How many of the four fresh seeds must alarm too.

    >>> needed(10), needed(20)
    (4, 3)
    """
    return 3 if stored >= 20 else FRESH


def fresh_seeds(seed: int) -> list[int]:
    """The seeds that confirm an alarm of `seed`; nights with other seeds have others.

    >>> fresh_seeds(20260101)
    [202601011, 202601012, 202601013, 202601014]
    """
    return [10 * seed + k for k in range(1, FRESH + 1)]


def confirmed(verdict: Verdict, fresh: Iterable[Verdict]) -> bool:
    """Is the alarm of a night confirmed by the verdicts of the same claim for fresh seeds?

    >>> alarm = Verdict("odes/a", "error", True, 3.0, "0.1 … 0.2", runs=10, alarm=True)
    >>> calm = Verdict("odes/a", "error", True, 0.15, "0.1 … 0.2", runs=10)
    >>> confirmed(alarm, [alarm] * 4), confirmed(alarm, [alarm] * 3 + [calm]), confirmed(calm, [alarm] * 4)
    (True, False, False)
    """
    return verdict.alarm and sum(v.alarm for v in fresh) >= needed(verdict.runs)


def confirmed_together(alarms: Collection[Verdict], fresh: Iterable[Collection[str]]) -> bool:
    """Are the alarms of one chapter confirmed as a whole?

    Parameters
    ----------
    alarms : collection of Verdict
        Of one chapter and night.
    fresh : iterable of collection of str
        For each fresh seed, the claims that alarm.

    Returns
    -------
    bool
        True if there are at least three, and each fresh seed (three of four once twenty runs are stored) alarms in at
        least one of them.

    Examples
    --------
    >>> alarms = [Verdict("odes/a", name, True, 3.0, "0.1 … 0.2", runs=10, alarm=True) for name in "abc"]
    >>> confirmed_together(alarms, ["a", "ab", "c", "bx"]), confirmed_together(alarms, ["a", "ab", "c", "x"])
    (True, False)
    >>> confirmed_together(alarms[:2], ["a", "a", "a", "a"])
    False
    """
    names = {v.claim for v in alarms if v.alarm}
    if len(names) < TOGETHER:
        return False
    return sum(bool(names & set(seed)) for seed in fresh) >= needed(min(v.runs for v in alarms))


def alarms_allowed(n: int, *, level: float = LEVEL) -> int:
    """How many of `n` independent claims may fall outside a 99 % interval by chance (deprecated).

    It has no power: a whole chapter could rot within it. Alarms are confirmed by four fresh seeds instead.
    """
    from scipy import stats

    warnings.warn(
        "alarms_allowed is deprecated and goes in 2027: alarms of one chapter share a seed, so no count of them says "
        "much. Confirm an alarm with fresh seeds: python -m mmlib.reproduce --night.",
        DeprecationWarning,
        stacklevel=2,
    )
    return int(stats.binom.ppf(0.999, n, 1 - level)) if n else 0
