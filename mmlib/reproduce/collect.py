"""Collect runs: seeds 0 … N-1 of a chapter, their values kept in its replicates file."""

from __future__ import annotations

from mmlib import claims
from mmlib.reproduce.book import Book, alone, write_atomic
from mmlib.reproduce.execute import ChapterError, guarded
from mmlib.reproduce.running import check_writable, run_all, say
from mmlib.reproduce.store import Record, Run

__all__ = ["collect"]


def collect(book: Book, chapters: list[str], options) -> list[str]:
    """Run seeds 0 … N-1 of each chapter and write their values into its replicates file; returns what is red.

    Raises
    ------
    NotWritable : the folder of a chapter cannot be written to; known before an hour is spent.
    """
    for name in chapters:
        check_writable(book.file(name, ".replicates.csv").parent, "The values are kept there")
    red = []
    runs_of = {
        name: [
            Run(book, name, seed=seed, device=options.device, threads=options.threads, collect=True)
            for seed in range(options.replicates)
        ]
        for name in chapters
    }
    # Here one chapter after another, its rows written when it is done; a cluster gets all tasks at once.
    at_once = run_all(sum(runs_of.values(), []), options) if options.cluster else {}
    for name, runs in runs_of.items():
        results = {run: at_once[run] for run in runs} if at_once else run_all(runs, options)
        red += [str(r) for r in results.values() if isinstance(r, ChapterError)]
        try:
            with guarded(runs[0]), alone(book.runs / name / ".rows.lock"):
                if records := [r for r in results.values() if isinstance(r, Record)]:
                    red += _write_rows(book, name, records)
        except ChapterError as error:
            red.append(str(error))
    return red


def _write_rows(book: Book, chapter: str, records: list[Record]) -> list[str]:
    """Replace the rows of these runs; rows of other seeds, devices and thread counts stay.

    Exact claims are stored for seed 0 alone, after a look whether they move with the seed; returns what does.
    """
    path = book.file(chapter, ".replicates.csv")
    entries = claims.read_claims(book.file(chapter, ".claims.yml"), unmeasured=claims.UNMEASURED)
    rows = {_place(row): row for row in claims.read_replicates(path) if row.claim in entries}
    moved = []
    for record in records:
        for claim in record.claims.keys() & entries.keys():
            entry, value, first = entries[claim], record.claims[claim], records[0].claims.get(claim)
            if value is None:  # named in a cell, computed from stored runs
                continue
            if entry.kind == "exact" and record.seed:
                if first is not None and not entry.drift.agrees(value, first):
                    moved.append(
                        f"{chapter}: {claim}: exact, but {first:.6g} became {value:.6g} with seed {record.seed}."
                    )
            elif entry.kind in ("exact", "run"):
                provenance = record.model_dump(include={"seed", "device", "dtype", "threads", "cpu_s", "date"})
                row = claims.Row(claim=claim, value=value, key=record.key, **provenance)
                rows[_place(row)] = row
    write_atomic(path, claims.write_replicates(rows.values()))
    say(f"{chapter}: {len(rows)} rows in {path.name}")
    return moved


def _place(row: claims.Row) -> tuple:
    """What a new row replaces; its number format is read from the run, and an older row may have it wrong."""
    return row.claim, row.seed, row.device, row.threads
