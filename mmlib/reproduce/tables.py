"""Write the tables of chapters into the README and the notes for instructors, and the map of the review.

Order from the table of contents, questions and methods from the chapters' headers, minutes from their words and cells, CPU
seconds from their stored runs.

    python -m mmlib.reproduce.tables            write them
    python -m mmlib.reproduce.tables --check    exit 1 if a page does not agree
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from mmlib.reproduce import coursework, form, review_map
from mmlib.reproduce.book import Book, find_book, write_atomic
from mmlib.reproduce.headers import HeaderError, read_header, title
from mmlib.reproduce.pages import page_names

__all__ = ["fill", "tables"]


def tables(book: Book) -> dict[str, dict[str, str]]:
    """Markdown by page and mark: ``{"README.md": {"chapters": "| chapter | …"}, …}``."""
    names = [page.removeprefix("book/") for page in page_names(book)]
    headers = {
        name: header for name in names if book.file(name, ".md").exists() and (header := read_header(book, name))
    }
    chapters = [name for name in names if name in set(book.chapters())]
    for name, header in headers.items():
        if late := [other for other in header.after if other not in names[: names.index(name)]]:
            raise HeaderError(
                f"book/{name}.md is better read after {', '.join(late)}, which does not stand before it in _toc.yml. "
                "Move one of them."
            )
    return {
        "README.md": {"chapters": _readme(book, chapters, headers)},
        "book/for_instructors.md": {
            "costs": _costs(book, chapters),
            "needs": _needs(chapters, headers),
            "exercises": _exercises(book, chapters),
        },
    }


def _readme(book: Book, chapters, headers) -> str:
    lines = ["| chapter | question | learned method | beside it |", "|---|---|---|---|"]
    for name in chapters:
        h = headers[name]
        lines.append(f"| [{title(book, name)}](book/{name}.ipynb) | {h.question} | {h.learned} | {h.beside} |")
    return "\n".join(lines)


def _costs(book: Book, chapters) -> str:
    lines = [
        f"Minutes of reading come from what there is to read, exercises and folded cells left out: {form.WORDS_A_MINUTE} words or "
        f"{form.LINES_A_MINUTE} lines of code a minute, {form.MINUTES_A_FIGURE} minute for a figure, rounded to five. These speeds are "
        "assumed; nobody has watched readers.",
        "",
        "| chapter | read [min] | run [CPU s] | exercises |",
        "|---|---|---|---|",
    ]
    for name in chapters:
        spent = 5 * np.round(np.percentile(form.cpu_seconds(book, name), [0, 50, 100]) / 5).astype(int)
        found = form.size(book, name)
        cost = f"{spent[1]} ({spent[0]} to {spent[2]})"
        lines.append(f"| {{doc}}`/book/{name}` | {form.reading_minutes(found)} | {cost} | {found.exercises} |")
    return "\n".join(lines)


def _needs(chapters, headers) -> str:
    lines = ["| chapter | beforehand | data |", "|---|---|---|"]
    for name in chapters:
        h = headers[name]
        after = " and ".join(f"{{doc}}`/book/{other}`" for other in h.after)
        data = "synthetic and real" if h.data == "both" else h.data
        lines.append(f"| {{doc}}`/book/{name}` | {h.needs}{'; better after ' * bool(after)}{after} | {data} |")
    return "\n".join(lines)


def _exercises(book: Book, chapters) -> str:
    """Exercises by length of our solution, a line for each chapter."""
    lines = [
        f"Short: our solution has at most {coursework.SHORT} lines of code; medium: at most {coursework.MEDIUM}; long: more. A short one may still ask for a "
        "thought. Numbers are those of `here.check`.",
        "",
        "| chapter | short | medium | long |",
        "|---|---|---|---|",
    ]
    for name in chapters:
        by_level = {level: [] for level in coursework.LEVELS}
        for one in coursework.exercises(book, name):
            by_level[one.level].append(f"{one.number} *{one.title}*")
        lines.append(f"| {{doc}}`/book/{name}` | " + " | ".join("; ".join(found) for found in by_level.values()) + " |")
    return "\n".join(lines)


def fill(text: str, mark: str, new: str) -> str:
    """Put new text between the two lines that mark its place.

    >>> print(fill("before\\n<!-- costs:start -->\\nold\\n<!-- costs:end -->\\nafter", "costs", "new"))
    before
    <!-- costs:start -->
    <BLANKLINE>
    new
    <BLANKLINE>
    <!-- costs:end -->
    after

    Raises
    ------
    ValueError : a mark is missing, or stands there twice.
    """
    start, end = f"<!-- {mark}:start -->", f"<!-- {mark}:end -->"
    if text.count(start) != 1 or text.count(end) != 1:
        raise ValueError(f"expected the lines {start} and {end} once each. Put them where the table belongs.")
    head, rest = text.split(start)
    return f"{head}{start}\n\n{new}\n\n{end}{rest.split(end)[1]}"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the tables; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.tables", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page does not agree")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        found = tables(book)
    except (LookupError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    status = 0
    for page, parts in found.items():
        path = book.root / page
        old = text = path.read_text(encoding="utf-8")
        for mark, new in parts.items():
            try:
                text = fill(text, mark, new)
            except ValueError as error:
                print(f"{page}: {error}", file=sys.stderr)
                return 2
        if old != text and options.check:
            print(f"{page} does not agree with the chapters. Run: python -m mmlib.reproduce.tables", file=sys.stderr)
            status = 1
        elif old != text:
            write_atomic(path, text)
    return max(status, review_map.main(arguments))


if __name__ == "__main__":
    sys.exit(main())
