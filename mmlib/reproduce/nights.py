"""What the nights found, as the ledger shows it: a sentence on the last one, what each claim was in it, a table of the last thirty, all as a file."""

from __future__ import annotations

import shutil
from pathlib import Path

from mmlib.claims import Entry, read_history
from mmlib.claims.history import HistoryRow
from mmlib.reproduce.book import Book

__all__ = ["SHOWN", "anchor", "in_words", "last_night", "of_book", "of_each", "setup", "table"]

SHOWN = 30  # nights in the table; the file has them all
_RED = {"confirmed", "red"}
_COUNTED = {"alarm", "rare", *_RED}


def of_book(book: Book) -> list[HistoryRow]:
    """The history where these pages are made; empty if no night was recorded there."""
    return read_history(_file(book.root))


def last_night(rows: list[HistoryRow]) -> str:
    """What the last night found, in a sentence or two; `rows` are those of the history.

    >>> last_night([])
    'The nightly workflow runs all chapters with a new seed. Where these pages were made no night is recorded: nothing below was seen on a night, all of it comes from the runs of the pages and from stored runs.'
    """
    says = "The nightly workflow runs all chapters with a new seed. "
    if not rows:
        return (
            f"{says}Where these pages were made no night is recorded: nothing below was seen on a night, all of it comes from the "
            "runs of the pages and from stored runs."
        )
    date, last = _by_date(rows)[0]
    red = _confirmed(last)
    alarms = sum(row.verdict in _COUNTED for row in last)
    return (
        f"{says}The last one, {date} at commit {last[0].commit[:10]}, read {len(last)} values: {alarms} outside of what the stored runs "
        f"lead one to expect, {len(red) or 'none'} of them confirmed by fresh seeds{': ' * bool(red)}{', '.join(red)}."
    )


def of_each(rows: list[HistoryRow], device: str = "cpu") -> dict[tuple[str, str], HistoryRow]:
    """The row of the last night for each claim, by chapter and name; empty without a night on that device."""
    nights = _by_date([row for row in rows if row.device == device])
    return {(row.chapter, row.claim): row for row in nights[0][1]} if nights else {}


def in_words(row: HistoryRow | None, entry: Entry) -> str:
    """A claim's value of a night for a column: with *outside* where the stored runs led one to expect another, *red* where fresh seeds agree with it.

    >>> in_words(None, None)
    ''
    """
    if row is None or row.verdict == "seeds":  # computed from stored runs: no new seed moves it
        return ""
    told = ", **red**" if row.verdict in _RED else ", outside" if row.verdict in _COUNTED else ""
    return f"{entry.text(row.value)}{told}"


def table(rows: list[HistoryRow]) -> list[str]:
    """The last nights as lines of Markdown, the newest first; none without a night.

    >>> row = HistoryRow(date="2026-01-01", commit="abcdef0123456789", chapter="odes/a", claim="error", seed=20260101, value=0.1,
    ...                  device="cpu", machine="runner", verdict="red")
    >>> print("\\n".join(table([row])))
    | night | commit | values | outside | confirmed |
    |---|---|---|---|---|
    | 2026-01-01 | `abcdef0123` | 1 | 1 | <a href="#odes-a-error">odes/a <code>error</code></a> |
    """
    nights = _by_date(rows)[:SHOWN]
    if not nights:
        return []
    lines = ["| night | commit | values | outside | confirmed |", "|---|---|---|---|---|"]
    for date, found in nights:
        commits = ", ".join(f"`{c}`" for c in dict.fromkeys(row.commit[:10] for row in found))
        alarms = sum(row.verdict in _COUNTED for row in found)
        lines.append(f"| {date} | {commits} | {len(found)} | {alarms} | {', '.join(_confirmed(found)) or 'none'} |")
    return lines


def _by_date(rows: list[HistoryRow]) -> list[tuple[str, list[HistoryRow]]]:
    """Nights from the newest, each with what it read first; fresh seeds, which look at alarms again, are left out."""
    read = [row for row in rows if not row.verdict.startswith("fresh")]
    return [(date, [r for r in read if r.date == date]) for date in sorted({r.date for r in read}, reverse=True)]


def _confirmed(rows: list[HistoryRow]) -> list[str]:
    """What was red, as links to its lines of the ledger."""
    return [
        f'<a href="#{anchor(row.chapter, row.claim)}">{row.chapter} <code>{row.claim}</code></a>'
        for row in rows
        if row.verdict in _RED
    ]


def anchor(chapter: str, claim: str) -> str:
    """The name of a claim's line in the ledger.

    >>> anchor("odes/a", "error")
    'odes-a-error'
    """
    return f"{chapter.replace('/', '-')}-{claim}"


def _file(root: str | Path) -> Path:
    return Path(root, "_build", "history.csv")


def _publish(app, error) -> None:
    """Lay the whole history beside the pages (an event of Sphinx)."""
    source = _file(app.srcdir)
    if not error and app.builder.name == "html" and source.exists():
        shutil.copyfile(source, Path(app.outdir, "history.csv"))


def setup(app) -> None:
    """Publish the history with the pages (called by `sphinx_ext`)."""
    app.connect("build-finished", _publish)
