"""The form of each chapter in figures: words, code, the way to the first result, claims, cost. A habit, not a gate.

python -m mmlib.reproduce.form [CHAPTER ...]
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass

import numpy as np

from mmlib import claims
from mmlib.reproduce import sentences, streams
from mmlib.reproduce.book import Book, find_book
from mmlib.reproduce.faults import table
from mmlib.reproduce.store import read_notebook

__all__ = ["Size", "cpu_seconds", "most_numbers", "never_red", "reading_minutes", "screens_before_result", "size"]

# How fast people read. Assumptions, stated where the minutes are shown: nobody has watched readers of this book.
WORDS_A_MINUTE = 150
LINES_A_MINUTE = 10
MINUTES_A_FIGURE = 1

LINES_A_SCREEN, LETTERS_A_LINE = 40, 90  # of the page in a window of a laptop

_RESULT = re.compile(r"\bhere\.claim\(|\bplot\.(?:show|move)\(")
_UNCOUNTED = re.compile(r"(\{glue:text\}`\w+`)|\$[^$]*\$|`[^`]*`|\[[^\]]*\]\([^)]*\)")
_NUMBER = re.compile(r"\{glue:text\}`\w+`|(?<![\w.])\d[\d,.]*(?!\w)")
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


def screens_before_result(book: Book, chapter: str) -> float:
    """Screens of text and visible code from the top to the first figure or claim."""
    lines = 0.0
    for cell in read_notebook(book.file(chapter, ".md")).cells:
        hidden = bool(cell.metadata.get("tags"))
        if cell.cell_type == "code":
            if found := _RESULT.search(cell.source):
                lines += 0 if hidden else cell.source[: found.start()].count("\n")
                break
            lines += 1 if hidden else cell.source.count("\n") + 3
        else:
            lines += sum(1 + len(line) // LETTERS_A_LINE for line in cell.source.split("\n"))
    return lines / LINES_A_SCREEN


def most_numbers(text: str) -> int:
    """Numbers in the paragraph that has most of them, formulas and citations left out.

    >>> most_numbers("In 10 runs $x = 1$.\\n\\nThe error is {glue:text}`a`, not {glue:text}`b`, in 9 of 10 {cite:p}`name2020`.")
    4
    """
    found = 0
    for _, lines, _ in sentences.paragraphs(text.split("\n")):
        counted = _UNCOUNTED.sub(lambda m: m[1] or " ", "\n".join(lines))
        found = max(found, len(_NUMBER.findall(counted)))
    return found


def never_red(book: Book, chapter: str) -> int | None:
    """Claims that no planted fault turned red through their condition or a comparison; None where no fault was planted."""
    seen = table.seen_red(book, chapter)
    return sum(how not in ("must", "comparison") for how in seen.values()) if seen else None


def _row(book: Book, chapter: str) -> list:
    found, entries = size(book, chapter), claims.read_claims(book.file(chapter, ".claims.yml"))
    text = book.file(chapter, ".md").read_text(encoding="utf-8")
    cells = [c.source for c in read_notebook(book.file(chapter, ".md")).cells if c.cell_type == "code"]
    spent, unseen = cpu_seconds(book, chapter), never_red(book, chapter)
    return [
        chapter,
        found.words,
        found.lines,
        found.longest,
        f"{screens_before_result(book, chapter):.1f}",
        len(entries),
        sum(entry.kind == "comparison" for entry in entries.values()),
        "?" if unseen is None else unseen,
        len(sentences.unjudged(book, chapter)),
        len(streams.bare(cells)),
        found.exercises,
        most_numbers(text),
        f"{np.median(spent):.0f}" if len(spent) else "?",
        reading_minutes(found),
    ]


_HEAD = (
    "chapter",
    "words",
    "lines",
    "longest",
    "screens",
    "claims",
    "compared",
    "unseen",
    "unjudged",
    "bare",
    "tasks",
    "numbers",
    "CPU s",
    "min",
)
_AIM = "aim", 2000, 250, 20, "2.0", "15-30", "1 in 3", 0, 0, 0, "3-5", 3, 60, 40
_LEGEND = """lines, longest: of visible cells · screens: before the first figure or claim · unseen: claims that no planted fault turned red
unjudged: sentences that compare and rest on no comparison · bare: here.rng without a name · numbers: most in one paragraph"""


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of each chapter; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.form", description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*", help="path below book/ without ending; all chapters if none is named")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        chapters = book.resolve(options.chapter)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    rows = [list(map(str, row)) for row in (_HEAD, _AIM, *(_row(book, chapter) for chapter in chapters))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        print("  ".join([first.ljust(widths[0]), *(text.rjust(w) for text, w in zip(others, widths[1:], strict=True))]))
    print(_LEGEND)
    return 0


if __name__ == "__main__":
    sys.exit(main())
