"""The form of each chapter in figures: words, lines of code, figures, exercises, cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from mmlib import claims
from mmlib.reproduce.book import Book
from mmlib.reproduce.store import read_notebook

__all__ = ["Size", "cpu_seconds", "reading_minutes", "size"]

# How fast people read. Assumptions, stated where the minutes are shown: nobody has watched readers of this book.
WORDS_A_MINUTE = 150
LINES_A_MINUTE = 10
MINUTES_A_FIGURE = 1

_EDGE = re.compile(r"^`{3,}\{(?:exercise|solution)-(start|end)\}.*$", re.MULTILINE)


@dataclass(frozen=True)
class Size:
    """What there is to read in a chapter, exercises and folded cells left out."""

    words: int  # of prose, formulas in lines of their own left out
    lines: int  # of code in visible cells, empty ones left out
    longest: int  # lines of the longest visible cell
    figures: int
    exercises: int


def size(book: Book, chapter: str) -> Size:
    """Count what a chapter asks of its reader."""
    words, visible, figures, exercises, inside = 0, [], 0, 0, False
    for cell in read_notebook(book.file(chapter, ".md")).cells:
        if cell.cell_type == "code":
            figures += len(re.findall(r"\bplot\.(?:show|move)\(", cell.source))
            if not inside and not cell.metadata.get("tags"):
                visible.append(sum(1 for line in cell.source.splitlines() if line.strip()))
            continue
        exercises += cell.source.count("{exercise-start}")
        pieces = _EDGE.split(cell.source)
        for text, edge in zip(pieces[::2], [*pieces[1::2], None], strict=True):
            if not inside:
                words += len(re.findall(r"\S*\w\S*", re.sub(r"\$\$.*?\$\$", " ", text, flags=re.DOTALL)))
            inside = edge == "start" if edge else inside
    return Size(words, sum(visible), max(visible, default=0), figures, exercises)


def reading_minutes(found: Size) -> int:
    """Minutes to read a chapter, to the nearest five, from what there is to read.

    >>> reading_minutes(Size(words=2000, lines=200, longest=20, figures=5, exercises=5))
    40
    """
    minutes = found.words / WORDS_A_MINUTE + found.lines / LINES_A_MINUTE + found.figures * MINUTES_A_FIGURE
    return 5 * round(minutes / 5)


def cpu_seconds(book: Book, chapter: str) -> np.ndarray:
    """CPU seconds of the stored runs on a processor, one for each seed."""
    rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
    return np.array(list({r.seed: r.cpu_s for r in rows if r.device == "cpu"}.values()))
