"""One run of a chapter before the judge: what the engine, the page build and the ledger share."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace

import yaml

from mmlib import claims
from mmlib.reproduce import sentences
from mmlib.reproduce.book import Book, read_text
from mmlib.reproduce.drift import clocks
from mmlib.reproduce.faults.table import LIMIT
from mmlib.reproduce.store import Record, Run

__all__ = ["Judged", "judge_run", "violations"]

VIOLATIONS = "book/violations.yml"
MOST_EXCUSED = 10  # one in so many claims may keep a condition that no run can break


@dataclass(frozen=True)
class Judged:
    """Verdicts of one run, with the entries they rest on.

    Attributes
    ----------
    entries : dict of str to Entry
    verdicts : list of Verdict
    red : list of str
        What is wrong with the chapter's claims file as a whole, and with its sentences.
    warnings : list of str
        For the author: nothing is red.
    """

    entries: dict[str, claims.Entry]
    verdicts: list[claims.Verdict]
    red: list[str]
    warnings: list[str]


def judge_run(run: Run, record: Record) -> Judged:
    """Judge what a run claimed, with the files that lie beside its chapter.

    Raises
    ------
    ClaimsError
        One of the files cannot be used.
    """
    book, chapter = run.book, run.chapter
    entries = claims.read_claims(book.file(chapter, ".claims.yml"))
    rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
    named = claims.named_in(read_text(book.file(chapter, ".md")))
    listed = violations(book).get(chapter)
    verdicts = claims.judge(
        chapter, entries, record.claims, rows, seed=run.seed, device=run.device,
        listed=listed or (), named=named,
    )  # fmt: skip
    planted = _planted(book, chapter)
    if planted is not None:
        seen, runs = planted
        excused = {name for name, entry in entries.items() if entry.drift_only or entry.bound_because}
        left = 0 if seen | excused >= set(entries) else max(LIMIT - runs, 0)
        verdicts = [replace(v, seen_red=v.claim in seen, to_plant=left) for v in verdicts]
    timed = clocks(claims.read_drift(book.file(chapter, ".drift.csv")))
    warned = [f"{chapter}: {line}" for line in claims.warnings_for_authors(entries, rows, run.device, timed)]
    red = [] if listed is not None else _too_many_excuses(chapter, entries)
    return Judged(entries, verdicts, [*red, *sentences.red_lines(book, chapter)], warned)


def violations(book: Book) -> dict[str, list[str]]:
    """Claims whose stored runs break their condition today, by chapter: a list that may only shrink.

    Raises
    ------
    ClaimsError
        The file is no mapping of chapters to lists of claims.
    """
    path = book.root / VIOLATIONS
    if not path.exists():
        return {}
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise claims.ClaimsError(f"{path}: not readable as YAML: {error}. Mend that line.") from None
    listed = {k: v for k, v in raw.items() if k != "at_most"} if isinstance(raw, dict) else {"": None}
    if not all(isinstance(names, list) for names in listed.values()):
        raise claims.ClaimsError(f"{path}: expected `at_most: NUMBER`, then a list of claims for each chapter.")
    return listed


def _planted(book: Book, chapter: str) -> tuple[set[str], int] | None:
    """Claims that a planted fault turned red through `must` or a comparison, and the faults for which the chapter ran.

    None where no fault was planted yet.
    """
    path = book.file(chapter, ".faults.csv")
    if not path.exists():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if not {"claim", "outcome"} <= set(reader.fieldnames or ()):
            raise claims.ClaimsError(f"{path}: no columns claim and outcome. Restore it, or plant the faults again.")
        rows = list(reader)
    seen = {row["claim"] for row in rows if row["outcome"] in ("must", "comparison")}
    return seen, len({row.get("fault") for row in rows if row["outcome"] != "test"})


def _too_many_excuses(chapter: str, entries: dict[str, claims.Entry]) -> list[str]:
    excused = [name for name, entry in entries.items() if entry.bound_because]
    if MOST_EXCUSED * len(excused) <= len(entries):
        return []
    return [
        f"{chapter}: bound_because stands on {len(excused)} of {len(entries)} claims ({', '.join(excused)}), expected "
        f"at most one in {MOST_EXCUSED}. Sharpen the conditions, or leave out claims that nothing can break."
    ]
