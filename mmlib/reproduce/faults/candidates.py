"""The faults that a chapter could be given: in its own cells, and in the library functions that its kernel called."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mmlib.claims import Entry
from mmlib.reproduce.book import Book
from mmlib.reproduce.faults.copied import copied, exchanged
from mmlib.reproduce.faults.mutate import Fault, _hash, faults
from mmlib.reproduce.faults.reach import Flow
from mmlib.reproduce.store import PACKAGE, read_notebook

__all__ = ["exchanges", "in_cells", "in_library", "only", "sources"]

MACHINERY = (
    "mmlib/chapter.py",
    "mmlib/claims",
    "mmlib/plot.py",
    "mmlib/reproduce/",
    "mmlib/exercises/",
    "mmlib/__init__",
)
SHOWS = {"hide-input", "hide-cell", "remove-input", "remove-cell"}

Reached = dict[Fault, frozenset[str]]


def _cells(book: Book, chapter: str) -> list:
    """The code cells that a kernel runs, in order."""
    cells = read_notebook(book.file(chapter, ".md")).cells
    return [c for c in cells if c.cell_type == "code" and c.source.strip()]


def in_cells(book: Book, chapter: str, entries: dict[str, Entry]) -> Reached:
    """Faults in the cells of a chapter that reach a claim; cells that only draw are left alone."""
    file, flow = _file(book, chapter), Flow([c.source for c in _cells(book, chapter)], entries)
    found = {}
    for k, cell, start, above in _on_the_page(book, chapter):
        if SHOWS & set(cell.metadata.get("tags", [])):
            continue
        try:
            here = [*copied(cell.source, file), *faults(cell.source, file)]
        except SyntaxError:  # a magic of IPython
            continue
        for fault in here:
            claims = flow.claims_from(k, fault.line)
            if claims and not fault.steers:
                found[_moved(fault, cell.source, start, above)] = claims
    return found


def exchanges(book: Book, chapter: str, entries: dict[str, Entry]) -> dict[Fault, dict[str, str]]:
    """Faults that put one result under another's name: {fault: {claim: the claim whose value it has with the fault}}."""
    places = {k: (cell.source, start, above) for k, cell, start, above in _on_the_page(book, chapter)}
    sources = [c.source for c in _cells(book, chapter)]
    found = exchanged(sources, entries, _file(book, chapter))
    return {_moved(e.fault, *places[e.cell]): e.values for e in found if e.cell in places}


def _file(book: Book, chapter: str) -> str:
    return book.file(chapter, ".md").relative_to(book.root).as_posix()


def _on_the_page(book: Book, chapter: str) -> Iterator[tuple]:
    """Number and cell, where it begins in the text of its page, and the lines above; one that is indented there is left out."""
    text, position = book.file(chapter, ".md").read_text(encoding="utf-8"), 0
    for k, cell in enumerate(_cells(book, chapter)):
        start = text.find(cell.source, position)
        if start >= 0:
            position = start + len(cell.source)
            yield k, cell, start, text.count("\n", 0, start)


def _moved(fault: Fault, source: str, start: int, above: int) -> Fault:
    """A fault of a cell, as one of its page."""
    return replace(
        fault, scope="cell", source=_hash(source), line=fault.line + above,
        start=fault.start + start, end=fault.end + start, offset=fault.start,
    )  # fmt: skip


def in_library(book: Book, chapter: str, entries: dict[str, Entry], record: Path) -> Reached:
    """Faults in what the recorded run of a chapter really executed of the library, if they reach a claim."""
    cells = [c.source for c in _cells(book, chapter)]
    flow, numbers = Flow(cells, entries), {_hash(c.strip()): k for k, c in reversed(list(enumerate(cells)))}
    found: Reached = {}
    for name, by in json.loads(record.read_text(encoding="utf-8")).items():
        file = f"mmlib/{name}"
        if file.startswith(MACHINERY) or file.endswith("remote.py"):
            continue
        reach = {who: flow.claims_from(*_place(who, numbers)) for who in by}
        everywhere = frozenset().union(*reach.values())
        text = (PACKAGE.parent / file).read_text(encoding="utf-8")
        ran = _statements_run(text, by)
        for fault in faults(text, file):
            callers = ran.get(fault.line, set())
            top = not _in_function(fault)
            claims = everywhere if top else frozenset().union(*(reach[who] for who in callers))
            if callers and claims and not fault.steers:
                found[fault] = claims
    return found


def only(book: Book, chapter: str, entries: dict[str, Entry], text: str, claims: frozenset[str]) -> str:
    """The text of a chapter in which only the cells run that these claims need; all lines stay."""
    cells = _cells(book, chapter)
    needed, position = Flow([c.source for c in cells], entries).cells_needed(claims), 0
    for k, cell in enumerate(cells):
        start = text.find(cell.source, position)
        if start < 0:
            continue
        after = cell.source if k in needed else "pass" + "\n" * cell.source.count("\n")
        text = text[:start] + after + text[start + len(cell.source) :]
        position = start + len(after)
    return text


def sources(book: Book, chapter: str, files: set[str]) -> set[tuple[str, str]]:
    """(file, hash) of all cells, and of all functions in some files: for these, stored results are valid."""
    page = book.file(chapter, ".md").relative_to(book.root).as_posix()
    found = {(page, _hash(c.source)) for c in _cells(book, chapter)}
    for file in files - {page}:
        path = PACKAGE.parent / file
        if path.exists():
            found |= {(file, f.source) for f in faults(path.read_text(encoding="utf-8"), file)}
    return found


def _place(who: str, numbers: dict[str, int]) -> tuple[int, int]:
    """Number of the cell (-1 for one that the engine added), and line."""
    cell, line = who.split(":")
    return numbers.get(cell, -1), int(line)


def _in_function(fault: Fault) -> bool:
    last = fault.scope.rsplit(".", 1)[-1]
    return fault.scope != "module" and not last[:1].isupper()


def _statements_run(text: str, by: dict[str, list[int]]) -> dict[int, set[str]]:
    """{line: who ran the statement that holds it}; a line inside a long expression has no event of its own."""
    ranges: dict[int, tuple[int, int]] = {}
    for node in ast.walk(ast.parse(text)):  # outer statements first
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
            for line in range(node.lineno, last + 1):
                ranges[line] = (node.lineno, last)
    found: dict[int, set[str]] = {}
    for who, lines in by.items():
        for line in lines:
            first, last = ranges.get(line, (line, line))
            for inside in range(first, last + 1):
                found.setdefault(inside, set()).add(who)
    return found
