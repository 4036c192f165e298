"""What a fault did to each claim of a chapter, by the book's own judge."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mmlib import claims

__all__ = ["outcomes", "sources_of"]


def outcomes(
    chapter: str, entries: Mapping[str, claims.Entry], rows: list[claims.Row], base: Mapping[str, float],
    got: Mapping[str, float],
) -> dict[str, str]:  # fmt: skip
    """{claim: ``must`` | ``comparison`` | ``drift`` | ``unchanged`` | ``died``} for the values of a run with a fault in it.

    Parameters
    ----------
    chapter : str
        Name of the chapter.
    entries, rows
        Its claims and its stored runs.
    base, got : mapping of str to float
        Values of a run without the fault, and with it (both with seed 0).

    Notes
    -----
    One run stands for the fault. A comparison, or a summary of stored runs, counts as contradicted if this run's pair
    (or value), taken alone, breaks the condition that the sound pair met, or if the statistic breaks it once the
    stored row of seed 0 is replaced.
    """
    moved = [_with(row, got) for row in rows]
    drifted = _red(chapter, entries, got, rows)
    broken = _red(chapter, entries, got, moved) - _red(chapter, entries, base, [_with(row, base) for row in rows])
    found = {}
    for name, entry in entries.items():
        if entry.kind in ("exact", "run"):
            if name not in got:
                found[name] = "died"  # the cell that makes it no longer does
                continue
            red = name in broken or not claims.holds(entry.must, got[name])
            found[name] = "must" if red else "drift" if name in drifted else "unchanged"
        else:
            found[name] = "comparison" if _contradicted(entry, base, got, rows, moved) else "unchanged"
    return found


def _with(row: claims.Row, values: Mapping[str, float]) -> claims.Row:
    """A stored row, with the value of this run in its place if it is one of seed 0."""
    if row.seed or row.device != "cpu" or row.claim not in values:
        return row
    return row.model_copy(update={"value": values[row.claim]})


def _red(chapter, entries, values, rows) -> set[str]:
    return {v.claim for v in claims.judge(chapter, dict(entries), dict(values), rows) if not v.holds}


def _contradicted(entry, base, got, rows, moved) -> bool:
    """Does this run contradict a comparison or a summary, alone or in its place among the stored runs?"""
    alone = _alone(entry, got)
    if alone is not None and _alone(entry, base) is not None:
        if claims.holds(entry.must, _alone(entry, base)) and not claims.holds(entry.must, alone):
            return True
    before, after = _stored(entry, rows), _stored(entry, moved)
    if before is None or after is None:
        return False
    return claims.holds(entry.must, before) and not claims.holds(entry.must, after)


def _alone(entry, values) -> float | None:
    """The statistic of this run alone."""
    names = sources_of(entry)
    if not all(name in values for name in names):
        return None
    if len(names) == 1:
        return None if entry.statistic == "spread" else claims.statistic(entry.statistic, np.array([values[names[0]]]))
    return _of_pairs(entry.statistic, np.array([values[names[0]]]), np.array([values[names[1]]]))


def _stored(entry, rows) -> float | None:
    """The statistic of all stored runs, paired by seed; an exact claim stands against each of them."""
    columns = [claims.stored_values(rows, name, "cpu") for name in sources_of(entry)]
    if not all(columns):
        return None
    if len(columns) == 1:
        return claims.statistic(entry.statistic, np.array(list(columns[0].values())))
    first, second = columns
    if len(second) == 1 and len(first) > 1:
        second = dict.fromkeys(first, next(iter(second.values())))
    seeds = sorted(first.keys() & second.keys())
    if not seeds:
        return None
    return _of_pairs(entry.statistic, np.array([first[s] for s in seeds]), np.array([second[s] for s in seeds]))


def _of_pairs(statistic: str, a: np.ndarray, b: np.ndarray) -> float:
    if statistic == "median ratio":
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.median(a / b))
    if statistic == "median difference":
        return float(np.median(a - b))
    sign = -1 if ">" in statistic else 1
    return float(np.mean(np.where(a == b, 0.5, sign * a < sign * b)))


def sources_of(entry: claims.Entry) -> list[str]:
    """The claims whose values a comparison or a summary is made of."""
    return [entry.of] if isinstance(entry.of, str) else list(entry.of)
