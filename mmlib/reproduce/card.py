"""The line below a chapter's title: what it takes to read and to run, and which data it has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from docutils import nodes

from mmlib.reproduce import form
from mmlib.reproduce.book import Book
from mmlib.reproduce.headers import read_header

__all__ = ["add_card", "words"]


def words(book: Book, chapter: str) -> str:
    """The line as text: "45 minutes to read, 60 CPU seconds to run, synthetic data."."""
    minutes = form.reading_minutes(form.size(book, chapter))
    spent = form.cpu_seconds(book, chapter)
    run = f", {5 * max(1, round(np.median(spent) / 5))} CPU seconds to run" if len(spent) else ""
    data = read_header(book, chapter).data
    return f"{minutes} minutes to read{run}, {'synthetic and real' if data == 'both' else data} data."


def add_card(app, doctree) -> None:
    """Put the line below the title of a chapter's page (an event of Sphinx)."""
    book, page = Book(Path(app.srcdir)), app.env.docname.removeprefix("book/")
    if page not in book.chapters():
        return
    title = next(doctree.findall(nodes.title))
    title.parent.insert(title.parent.index(title) + 1, nodes.paragraph("", words(book, page), classes=["mm-card"]))
