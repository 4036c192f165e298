"""What an author is told of claims that hold: conditions that no run is likely to break, sides taken where nothing is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from mmlib.claims.comparisons import LEAST, NEUTRAL, compare
from mmlib.claims.judging import FEW
from mmlib.claims.rows import Row, stored_values
from mmlib.claims.schema import ClaimsError, Entry, bounds, holds

__all__ = ["warnings_for_authors"]

BEYOND = 3  # stored ranges


def warnings_for_authors(
    entries: Mapping[str, Entry], rows: Iterable[Row], device: str = "cpu", timed: Iterable[str] = ()
) -> list[str]:
    """Conditions that no run is likely to break, and comparisons that name a side which the pairs do not decide.

    A condition has no power where each of its bounds lies more than three stored ranges beyond the stored values
    (on a log scale if all are positive). Ratios of computing times (`timed`: names) are moved by another
    processor as far as their stated drift says: for these the range counts it.

    Examples
    --------
    >>> entry = Entry(says="error of the forecast", unit="1", kind="run", must="< 9", because="a spline's error", drift=0.1)
    >>> rows = [Row(claim="error", seed=seed, value=0.1 + 0.01 * seed, device="cpu", dtype="float64", threads=1, cpu_s=1,
    ...             key="k", date="2026-01-01") for seed in range(10)]
    >>> warnings_for_authors({"error": entry}, rows)[0][:34]
    'error: < 9 lies beyond 3 ranges of'
    """
    rows = list(rows)
    found = []
    for name, entry in entries.items():
        if entry.kind == "comparison":
            found += _undecided(name, entry, entries, rows, device)
        stored = np.array(list(stored_values(rows, name, device).values()))
        reached = _moved(stored, entry) if name in timed else stored
        if entry.kind == "run" and len(stored) >= FEW and not entry.bound_because and _far(entry.must, reached):
            found.append(
                f"{name}: {entry.must} lies beyond {BEYOND} ranges of its stored values "
                f"({stored.min():.4g} to {stored.max():.4g}): no run is likely to break it. "
                "Sharpen it, or say why it stays (bound_because)."
            )
    return found


def _undecided(name, entry, entries, rows, device) -> list[str]:
    """A condition that takes a side, where the pairs take none."""
    try:
        seen = compare(entry, entries, rows, device, name=name)
    except ClaimsError:
        return []  # the judge says it in red
    if seen.decided != "not decided" or seen.n < LEAST or holds(entry.must, NEUTRAL[entry.statistic]):
        return []
    return [
        f"{name}: {entry.statistic} {entry.must} takes a side, but {seen.wins:g} of {seen.n} runs decide nothing. "
        "Say that it is not decided (a condition around no difference), or collect more runs."
    ]


def _moved(stored: np.ndarray, entry: Entry) -> np.ndarray:
    """The stored values, and the ends of where the drift may take them: a ratio of computing times needs this room."""
    if entry.drift is None or not np.ptp(stored):
        return stored
    low, high = stored.min(), stored.max()
    down = low * 10**-entry.drift.log10 if entry.drift.log10 else low - entry.drift.reach(low)
    return np.append(stored, [down if low <= 0 or down > 0 else low, high + entry.drift.reach(high)])


def _far(must: str, stored: np.ndarray) -> bool:
    limits = np.array([bound for _, bound in bounds(must)])
    if (stored > 0).all():
        stored = np.log(stored)
        limits = np.log(limits, where=limits > 0, out=np.full(len(limits), -np.inf))
    distance = np.maximum(stored.min() - limits, limits - stored.max())
    return bool(np.ptp(stored) > 0 and (distance > BEYOND * np.ptp(stored)).all())
