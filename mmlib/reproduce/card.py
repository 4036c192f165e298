"""The box below a chapter's title: what it takes to read and to run, which data it has, what it needs beforehand, what a reader learns."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from docutils import nodes

from mmlib.reproduce import form
from mmlib.reproduce.book import Book
from mmlib.reproduce.headers import read_header, title

__all__ = ["AIMS", "add_card", "needs", "words"]

AIMS = "You will be able to"  # so begins the paragraph of a chapter's opening that the box takes in
_NEEDED = re.compile(r"\s*You need\s[^.]*\.(?=\s|$)")  # a plain sentence of it, which the box says above


def words(book: Book, chapter: str) -> str:
    """The line as text: "45 minutes to read, 60 CPU seconds to run, synthetic data."."""
    minutes = form.reading_minutes(form.size(book, chapter))
    spent = form.cpu_seconds(book, chapter)
    run = f", {5 * max(1, round(np.median(spent) / 5))} CPU seconds to run" if len(spent) else ""
    data = read_header(book, chapter).data
    return f"{minutes} minutes to read{run}, {'synthetic and real' if data == 'both' else data} data."


def needs(book: Book, chapter: str) -> str:
    """What to know and, where there is one, which chapter to read before: "Needs sums; better after First."."""
    header = read_header(book, chapter)
    after = " and ".join(title(book, other) for other in header.after)
    said = f"Needs {header.needs}{'; better after ' * bool(after)}{after}"
    return said if said.endswith("?") else f"{said}."


def add_card(app, doctree) -> None:
    """Put the box below the title of a chapter's page (an event of Sphinx)."""
    book, page = Book(Path(app.srcdir)), app.env.docname.removeprefix("book/")
    if page not in book.chapters():
        return
    heading = next(doctree.findall(nodes.title))
    box = nodes.paragraph("", f"{words(book, page)} ", classes=["mm-card"])
    box += nodes.inline("", needs(book, page))
    opening = [p for p in doctree.findall(nodes.paragraph) if p.parent is heading.parent]
    if aims := next((p for p in opening if p.astext().startswith(AIMS)), None):
        aims.parent.remove(aims)
        box += nodes.inline("", "", *map(_said_once, aims.children), classes=["mm-aims"])
    heading.parent.insert(heading.parent.index(heading) + 1, box)


def _said_once(node):
    """A text without the sentence on what a reader needs, which stands in the box already; anything else as it is.

    >>> _said_once(nodes.Text("You will be able to add. You need numbers. For teaching.")).astext()
    'You will be able to add. For teaching.'
    """
    return nodes.Text(_NEEDED.sub("", node.astext())) if isinstance(node, nodes.Text) else node
