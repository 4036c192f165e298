"""Several faults in one run: those whose claims are not shared, so that what a claim does is the doing of one of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from mmlib.reproduce.faults.mutate import Fault
from mmlib.reproduce.faults.table import Result

__all__ = ["MOST", "batch"]

MOST = 4  # faults a run, in the middle: with more stored than so many times the limit, a campaign is finished
ORDER = {"sign": 0, "comparison": 0, "dropped term": 0, "copied line": 1, "20 %": 2, "frozen seed": 3, "5 %": 4}
# other kinds come last: they end most runs


def batch(
    unseen: Iterable[str],
    results: Iterable[Result],
    cells: Mapping[Fault, frozenset[str]],
    derived: Collection[str] = (),
) -> list[Fault]:
    """Faults in cells to be planted together, each for claims not yet seen red, as far as they do not meet.

    Parameters
    ----------
    unseen : iterable of str
        Claims that nothing has turned red.
    results : iterable of Result
        What was planted before.
    cells : mapping of Fault to frozenset of str
        The claims that each fault reaches, by the flow of names through the chapter; comparisons of claims included.
    derived : collection of str
        Claims that are computed from the values of others. They may be shared: each fault is judged with the values that it
        reaches, and with those of a sound run for the others.

    Returns
    -------
    list of Fault
        No two of them reach the same claim whose value the kernel makes. The fault that reaches the fewest comes first, so
        that many fit; a line, and a claim, that was tried before comes later.
    """
    results, wanted = list(results), set(unseen)
    done, tries = {r.fault for r in results}, Counter(r.claim for r in results)
    lines = Counter((r.file, r.line) for r in {r.fault: r for r in results}.values())

    made = {fault: frozenset(cells[fault]).difference(derived) for fault in cells}

    def cost(fault: Fault) -> tuple:
        known = 2 ** lines[fault.file, fault.line] * (1 + min(tries[c] for c in cells[fault] & wanted))
        order = hashlib.sha256(fault.name.encode()).hexdigest()
        return len(made[fault]) * known, ORDER.get(fault.kind, 5), order

    chosen: list[Fault] = []
    taken: set[str] = set()
    for fault in sorted((f for f in cells if f.name not in done and cells[f] & wanted), key=cost):
        if not made[fault] & taken:
            chosen.append(fault)
            taken |= made[fault]
    return chosen
