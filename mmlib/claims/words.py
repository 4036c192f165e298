"""How a value or a verdict is said: the same words on the page and in a reader's notebook."""

from __future__ import annotations

from mmlib.claims.comparisons import Comparison
from mmlib.claims.schema import Entry

__all__ = ["comparison", "interval", "rows_met"]


def comparison(found: Comparison, entry: Entry) -> str:
    """A comparison as it stands in a sentence.

    >>> entry = Entry(says="a share of the pairs", unit="1", kind="comparison", of=["net", "kernel"],
    ...               statistic="median ratio", must="< 1", because="counted in pairs", show=".2f")
    >>> comparison(Comparison("median ratio", 0.42, 10, 9, 0, 0.3, 0.9, "count"), entry)
    'in 9 of 10 runs, median ratio 0.42'
    """
    if found.decided != "not decided" and found.wins == found.n:
        text = f"in all {found.n} runs"
    else:
        won = found.wins - found.ties / 2
        text = f"in {won:g} of {found.n} runs" + (f" and {found.ties} tied" if found.ties else "")
        if found.decided == "not decided":
            text = f"not decided: {text.removeprefix('in ')}"
    return text if found.statistic == "share <" else f"{text}, {found.statistic} {_value(found.value, found, entry)}"


def interval(found: Comparison, entry: Entry) -> str:
    """The 95 % interval of a comparison, for its tick and for the ledger.

    >>> entry = Entry(says="a share of the pairs", unit="1", kind="comparison", of=["net", "kernel"],
    ...               statistic="share <", must="> 0.8", because="counted in pairs", show=".2f")
    >>> interval(Comparison("share <", 0.9, 10, 9, 0, 0.555, 0.997, "count"), entry)
    '0.56 to 1.00 (95 %)'
    """
    low, high = (_value(x, found, entry) for x in (found.low, found.high))
    return f"{low} to {high} (95 %)"


def rows_met(met: tuple[int, int], entry: Entry) -> str:
    """How many stored runs meet the condition, where not all do.

    >>> run = dict(says="error of the forecast", unit="1", kind="run", must="< 1", because="a spline's error", drift=0.1)
    >>> rows_met((9, 10), Entry(**run)), rows_met((10, 10), Entry(**run))
    ('in 9 of 10 runs', '')
    """
    k, n = met
    return "" if k == n and not entry.holds_in else f"in {k} of {n} runs"


def _value(value: float, found: Comparison, entry: Entry) -> str:
    if found.statistic == "median difference":
        return entry.text(value)
    show = entry.show if entry.show[-1:] not in "d%" else ".2g"
    return format(value, show)
