"""Write the page that says where each item of the review runs, and which items do not.

``book/review_map/*.yml`` hold the items, a file for each part of the review; ``book/review_map.md`` is written from them.

    python -m mmlib.reproduce.review_map            write the page
    python -m mmlib.reproduce.review_map --check    exit 1 if the page does not agree, or an item points nowhere
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mmlib import claims
from mmlib.reproduce.book import Book, find_book, write_atomic
from mmlib.reproduce.pages import page_names

__all__ = ["Item", "MapError", "Place", "page", "read_map", "unsupported"]

_SOURCE, _PAGE = "book/review_map", "book/review_map.md"


class MapError(ValueError):
    """A map that cannot be used; the message names item, fault and remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Strict):
    """A page of the book, and what on it carries the item."""

    page: str  # below book/, without ending
    claims: tuple[str, ...] = ()
    exercise: int | None = Field(None, ge=1)


class Item(_Strict):
    """One item of the review: its words, and where they run."""

    id: str = Field(pattern=r"^[A-Z]-\d+[a-d]?$")
    part: str
    section: str
    quote: str = Field(min_length=3)
    state: Literal["runs", "exercise", "named", "gap"]
    where: tuple[Place, ...] = ()
    shows: str | None = None
    missing: str | None = None

    @model_validator(mode="after")
    def _complete(self):
        if self.state == "gap":
            if self.where or self.shows or self.missing:
                raise ValueError("a gap has no place: leave where, shows and missing out, or give it another state")
        elif not (self.where and self.shows):
            raise ValueError(f"state {self.state!r} needs where and shows; if nothing shows it, it is a gap")
        if self.state == "exercise" and not any(place.exercise for place in self.where):
            raise ValueError("state 'exercise' needs the number of the exercise")
        return self

    @property
    def in_part(self) -> bool:
        return self.missing is not None


def read_map(path: Path) -> list[Item]:
    """The items of a map: of a file, or of all files of a folder in the order of their names.

    Raises
    ------
    MapError : a file lacks its part, an item lacks something, or two share an id.
    """
    files = sorted(path.glob("*.yml")) if path.is_dir() else [path]
    items = [item for file in files for item in _read_part(file)]
    twice = [name for name, n in Counter(item.id for item in items).items() if n > 1]
    if twice:
        raise MapError(f"{path.name}: ids must be unique; more than once: {', '.join(twice)}. Join or rename them.")
    return items


def _read_part(path: Path) -> list[Item]:
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(whole, dict) or set(whole) != {"part", "items"} or not isinstance(whole["items"], list):
        raise MapError(
            f"{path.name}: expected two keys, part (its name) and items (a list), got {str(whole)[:60]!r}. "
            f"See {_SOURCE}/01_motivation.yml."
        )
    items = []
    for entry in whole["items"]:
        try:
            items.append(Item(part=whole["part"], **entry))
        except (TypeError, ValidationError) as error:
            name = entry.get("id", entry) if isinstance(entry, dict) else entry
            raise MapError(
                f"{path.name}, item {name!r}: {error}. What the keys mean stands in {_SOURCE}/01_motivation.yml."
            ) from None
    return items


def unsupported(book: Book, items: list[Item]) -> list[str]:
    """What the map promises and the book does not hold: a page, a claim, an exercise, or any evidence at all."""
    chapters, red, known, asked_on = book.chapters(), [], {}, {}
    for name in {place.page for item in items for place in item.where}:
        source = book.file(name, ".md")
        asked_on[name] = source.read_text(encoding="utf-8").count("{exercise-start}") if source.exists() else None
        known[name] = claims.read_claims(book.file(name, ".claims.yml")) if name in chapters else {}
    for item in items:
        for place in item.where:
            asked = asked_on[place.page]
            if asked is None:
                red.append(f"{item.id}: there is no page book/{place.page}.md")
                continue
            red += [f"{item.id}: {place.page} has no claim {c!r}" for c in place.claims if c not in known[place.page]]
            if place.exercise and place.exercise > asked:
                red.append(f"{item.id}: {place.page} has {asked} exercises, not {place.exercise}")
            bare = place.page in chapters and not (place.claims or place.exercise)
            if bare and item.state in ("runs", "exercise"):
                red.append(f"{item.id}: name a claim or an exercise of {place.page} that shows it, or call it a gap")
    return red


def page(book: Book, items: list[Item]) -> str:
    """The page as Markdown; two columns, so that it can be read on a telephone."""
    parts = list(dict.fromkeys(item.part for item in items))
    shown = [item for item in items if item.state in ("runs", "exercise")]
    lines = [
        "# The review, item by item",
        "",
        "<!-- written by: python -m mmlib.reproduce.review_map -->",
        "",
        f"The review {{cite:p}}`peng2021multiscale` names methods, applications and questions. We count {len(items)} of them, with its",
        "figures, its boxes, the abstract of a companion article ([Alber et al., 2019](https://arxiv.org/abs/1910.01258)) and a seminar",
        f"abstract by Lu Lu. **{len(shown)} are in this book, {_plural(sum(i.in_part for i in shown), 'of them only')} in part; "
        f"{_count(items, 'named')} are named only; {_count(items, 'gap')} are gaps.** A gap is",
        "no verdict on a method: it says that no chapter shows it yet. The words in quotation marks are those of the source.",
        "",
        "- **runs**: a chapter or page shows it with numbers that a machine computed and judges again;",
        "- **exercise**: an exercise with an executed solution shows it;",
        "- **named**: a chapter speaks of it and says why it does not run;",
        "- **gap**: not in the book.",
        "",
        "What an item asks for and the book does not show stands after *not shown*; such items count as shown in part. The gaps of a part are",
        "folded below its table.",
        "",
        "## Counts",
        "",
        "| part | items | shown | in part | named | gaps |",
        "|---|---|---|---|---|---|",
    ]
    for name in [*parts, None]:
        group = [item for item in items if name in (item.part, None)]
        here = [item for item in group if item in shown]
        numbers = [len(group), len(here), sum(i.in_part for i in here), _count(group, "named"), _count(group, "gap")]
        lines.append(f"| {name or '**all**'} | " + " | ".join(map(str, numbers)) + " |")
    lines += [
        "",
        f"*Shown* counts what runs ({_count(items, 'runs')}) and exercises ({_count(items, 'exercise')}).",
    ]
    for name in parts:
        lines += ["", f"## {name}", *_tables(book, [item for item in items if item.part == name])]
    lines += ["", "## By chapter", ""]
    where, order = {}, {name: k for k, name in enumerate(page_names(book))}
    for item in items:
        for place in item.where:
            where.setdefault(place.page, []).append(item.id)
    lines += [
        f"- {_link(book, place)}: {', '.join(dict.fromkeys(ids))}"
        for place, ids in sorted(where.items(), key=lambda found: (order.get(f"book/{found[0]}", len(order)), found[0]))
    ]
    lines += [
        "",
        "## Left out on purpose",
        "",
        "Context with nothing to run: the interagency group behind the review; the general remark that artificial intelligence is",
        "applied to biomedical problems; how much of the brain serves vision; the growth of computing, storage and data sharing.",
    ]
    return "\n".join(lines) + "\n"


def _tables(book: Book, group: list[Item]) -> list[str]:
    """What is there of a part as a table, and its gaps as another one, folded."""
    head, lines = ["| the review | this book |", "|---|---|"], []
    if there := [_row(book, item) for item in group if item.state != "gap"]:
        lines += ["", *head, *there]
    if gaps := [_row(book, item) for item in group if item.state == "gap"]:
        fold = [f":::{{admonition}} {len(gaps)} gap{'s' * (len(gaps) > 1)}", ":class: dropdown", ""]
        lines += ["", *fold, *head, *gaps, ":::"]
    return lines


def _row(book: Book, item: Item) -> str:
    quote = _cell(item.quote)
    text = f"**{item.state}**"
    if item.state != "gap":
        places = []
        for place in item.where:
            number = f", exercise {place.exercise}" if place.exercise and item.state == "exercise" else ""
            places.append(_link(book, place.page) + number)
        text += f" in {'; '.join(places)}: {_cell(item.shows)}"
        if item.missing:
            text += f". *Not shown:* {_cell(item.missing)}"
    return f"| {item.id} ({item.section}) “{quote}” | {text} |"


def _link(book: Book, place: str) -> str:
    title = re.search(r"^# (.+)$", book.file(place, ".md").read_text(encoding="utf-8"), re.MULTILINE)[1]
    return f"{{doc}}`{title} </book/{place}>`"


def _count(items: list[Item], state: str) -> int:
    return sum(item.state == state for item in items)


def _plural(number: int, words: str) -> str:
    return f"{number or 'none'} {words}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments: list[str] | None = None) -> int:
    """Write or check the page; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.review_map", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page does not agree")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        items = read_map(book.root / _SOURCE)
    except (LookupError, MapError) as error:
        print(error, file=sys.stderr)
        return 2
    red = unsupported(book, items)
    for line in red:
        print(f"RED    {_SOURCE}: {line}", file=sys.stderr)
    if red:
        return 1
    text, path = page(book, items), book.root / _PAGE
    if options.check:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{_PAGE} does not agree with {_SOURCE}. Run: python -m mmlib.reproduce.review_map", file=sys.stderr)
            return 1
        return 0
    write_atomic(path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
