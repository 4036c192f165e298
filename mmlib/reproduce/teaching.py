"""Fill in what the notes for instructors say of the chapters: minutes to read, CPU seconds to run, exercises.

Minutes are those that each chapter states; CPU seconds are those of the stored runs, ``NAME.replicates.csv``.

    python -m mmlib.reproduce.teaching            write the table into book/for_instructors.md
    python -m mmlib.reproduce.teaching --check    exit 1 if the page does not agree
"""

from __future__ import annotations

import argparse
import re
import sys

import numpy as np

from mmlib import claims
from mmlib.reproduce.book import Book, find_book, write_atomic
from mmlib.reproduce.pages import page_names

__all__ = ["cpu_seconds", "fill", "reading_minutes", "table"]

_PAGE = "book/for_instructors.md"
_START, _END = "<!-- minutes:start -->", "<!-- minutes:end -->"
_WORDS = {"twenty": 20, "thirty": 30, "half an hour": 30, "forty": 40, "fifty": 50, "sixty": 60, "an hour": 60}


def reading_minutes(text: str) -> int:
    """The minutes that a chapter states: "Reading takes forty minutes".

    >>> reading_minutes("You need sums. Reading takes half an hour; the code runs in a minute.")
    30

    Raises
    ------
    ValueError : the text does not say.
    """
    found = re.search(r"[Rr]eading\s+(?:it\s+)?takes\s+(?:about\s+)?(half an hour|an hour|[\w-]+)", text)
    said = found[1].lower() if found else ""
    if said.isdigit():
        return int(said)
    if said not in _WORDS:
        raise ValueError(
            f"expected a sentence such as 'Reading takes forty minutes' with one of {', '.join(_WORDS)} or a number; got {said!r}."
        )
    return _WORDS[said]


def cpu_seconds(book: Book, chapter: str) -> np.ndarray:
    """CPU seconds of the stored runs on a processor, one for each seed."""
    rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
    return np.array(list({r.seed: r.cpu_s for r in rows if r.device == "cpu"}.values()))


def table(book: Book) -> str:
    """The table, in the order of the contents; CPU seconds rounded to five, since machines differ by more."""
    lines = ["| chapter | read [min] | run [CPU s] | exercises |", "|---|---|---|---|"]
    names = [page.removeprefix("book/") for page in page_names(book)]
    for chapter in (name for name in names if name in book.chapters()):
        text = book.file(chapter, ".md").read_text(encoding="utf-8")
        spent = 5 * np.round(np.percentile(cpu_seconds(book, chapter), [0, 50, 100]) / 5).astype(int)
        try:
            minutes = reading_minutes(text)
        except ValueError as error:
            raise ValueError(f"{chapter}: {error}") from None
        asked = text.count("{exercise-start}")
        cost = f"{spent[1]} ({spent[0]} to {spent[2]})"
        lines.append(f"| {{doc}}`/book/{chapter}` | {minutes} | {cost} | {asked} |")
    return "\n".join(lines)


def fill(text: str, new: str) -> str:
    """Put the table between its two marks.

    >>> print(fill(f"before\\n{_START}\\nold\\n{_END}\\nafter", "new"))
    before
    <!-- minutes:start -->
    <BLANKLINE>
    new
    <BLANKLINE>
    <!-- minutes:end -->
    after

    Raises
    ------
    ValueError : a mark is missing, or stands there twice.
    """
    if text.count(_START) != 1 or text.count(_END) != 1:
        raise ValueError(f"expected {_START} and {_END} once each in {_PAGE}. Put them where the table belongs.")
    head, rest = text.split(_START)
    return f"{head}{_START}\n\n{new}\n\n{_END}{rest.split(_END)[1]}"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.teaching", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page does not agree")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        path = book.root / _PAGE
        old = path.read_text(encoding="utf-8")
        text = fill(old, table(book))
    except (LookupError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.check:
        if old != text:
            print(f"{_PAGE} does not agree with the stored runs: python -m mmlib.reproduce.teaching", file=sys.stderr)
        return int(old != text)
    write_atomic(path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
