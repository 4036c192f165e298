"""What the planted faults of a chapter did to its claims: the file ``NAME.faults.csv`` beside the chapter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from mmlib.reproduce.book import Book

__all__ = ["LIMIT", "OUTCOMES", "Result", "read_results", "results_path", "seen_red", "write_results"]

LIMIT = 25  # times that a chapter is run for its faults, at most in one call
OUTCOMES = ("must", "comparison", "drift", "unchanged", "died", "test")


@dataclass(frozen=True)
class Result:
    """What one fault did to one claim; `claim` is empty where the chapter died or a test had caught the fault before.

    `outcome` is ``must`` (its condition broke), ``comparison`` (a comparison, or a summary of stored runs, is
    contradicted), ``drift`` (only the memory of the last run noticed), ``unchanged``, ``died`` or ``test``.
    """

    fault: str
    kind: str
    file: str
    scope: str  # function, or "cell"
    line: int
    before: str
    after: str
    source: str  # hash of the function or cell: what the result is valid for
    claim: str
    outcome: str
    value: str  # the claim's value with the fault; empty where there is none
    date: str


def results_path(book: Book, chapter: str) -> Path:
    """Where the results of a chapter are kept."""
    return book.file(chapter, ".faults.csv")


def read_results(path: Path) -> list[Result]:
    """The stored results of a chapter; no file means none yet.

    Raises
    ------
    ValueError
        The file has other columns, or an outcome that does not exist.
    """
    if not path.exists():
        return []
    names = [f.name for f in fields(Result)]
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != names:
            raise ValueError(
                f"{path}: expected the columns {','.join(names)}; got {reader.fieldnames}. "
                "Delete the file and plant the faults again."
            )
        results = [Result(**{**row, "line": int(row["line"])}) for row in reader]
    for result in results:
        if result.outcome not in OUTCOMES:
            raise ValueError(f"{path}: outcome {result.outcome!r}: expected one of {', '.join(OUTCOMES)}.")
    return results


def write_results(results: Iterable[Result]) -> str:
    """The text of a results file, in a stable order."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f.name for f in fields(Result)])
    for result in sorted(results, key=lambda r: (r.file, r.line, r.fault, r.claim)):
        writer.writerow(astuple(result))
    return out.getvalue()


def seen_red(book: Book, chapter: str) -> dict[str, str | None]:
    """How each claim was seen red: ``"must"``, ``"comparison"``, only by ``"drift"``, or not at all (None).

    Empty where no faults were planted in the chapter yet.
    """
    results = read_results(results_path(book, chapter))
    if not results:
        return {}
    from mmlib.claims import read_claims

    best: dict[str, str | None] = dict.fromkeys(read_claims(book.file(chapter, ".claims.yml")))
    ranks = ("must", "comparison", "drift")
    for result in results:
        if result.claim in best and result.outcome in ranks:
            now = best[result.claim]
            if now is None or ranks.index(result.outcome) < ranks.index(now):
                best[result.claim] = result.outcome
    return best
