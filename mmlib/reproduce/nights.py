"""What the nights found, as the ledger shows it: a sentence on the last one, a table of the last thirty, the whole history as a file."""

from __future__ import annotations

import shutil
from pathlib import Path

from mmlib.claims import read_history
from mmlib.claims.history import HistoryRow
from mmlib.reproduce.book import Book

__all__ = ["SHOWN", "last_night", "setup", "table"]

SHOWN = 30  # nights in the table; the file has them all
_COUNTED = {"alarm", "rare", "confirmed", "red"}


def of_book(book: Book) -> list[HistoryRow]:
    """The history where these pages are made; empty if no night was recorded there."""
    return read_history(_file(book.root))


def last_night(rows: list[HistoryRow]) -> str:
    """What the last night found, in a sentence or two; `rows` are those of the history.

    >>> last_night([])
    'Each night all chapters run with a new seed. Where these pages were made, no night is recorded.'
    """
    says = "Each night all chapters run with a new seed. "
    if not rows:
        return says + "Where these pages were made, no night is recorded."
    date, last = _by_date(rows)[0]
    red = _confirmed(last)
    alarms = sum(row.verdict in _COUNTED for row in last)
    return (
        f"{says}The last one, {date} at commit {last[0].commit[:10]}, read {len(last)} values: {alarms} outside of what the stored runs "
        f"lead one to expect, {len(red) or 'none'} of them confirmed by fresh seeds{': ' * bool(red)}{', '.join(red)}."
    )


def table(rows: list[HistoryRow]) -> list[str]:
    """The last nights as lines of Markdown, the newest first; none without a night.

    >>> row = HistoryRow(date="2026-01-01", commit="abcdef0123456789", chapter="odes/a", claim="error", seed=20260101, value=0.1,
    ...                  device="cpu", machine="runner", verdict="red")
    >>> print("\\n".join(table([row])))
    | night | commit | values | outside | confirmed |
    |---|---|---|---|---|
    | 2026-01-01 | `abcdef0123` | 1 | 1 | odes/a `error` |
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
    return [f"{row.chapter} `{row.claim}`" for row in rows if row.verdict in ("red", "confirmed")]


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
