"""What a page of the book offers for download: its notebook, the students' notebook, and its text with the numbers filled in."""

from __future__ import annotations

import re
import shutil

from mmlib.reproduce.needed import extra

with extra(__name__):
    import nbformat

    from mmlib.reproduce import coursework
    from mmlib.reproduce.book import Book, read_text, write_atomic
    from mmlib.reproduce.notebooks import export


__all__ = ["STUDENT", "as_text", "raw", "write_downloads"]

STUDENT = "student"  # folder of the students' notebooks in the site

_RAW = re.compile(r"^`{3,}\{[\w-]+\}|\{(?:glue:text|cite:[pt]|doc|eq)\}`|^:(?:label|class|tags): ", re.MULTILINE)


def as_text(notebook: str) -> str:
    """A notebook as plain Markdown, without the cells that are for the machine only."""
    parts = []
    for cell in nbformat.reads(notebook, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        elif "book_says(" not in cell.source and "%pip install" not in cell.source:
            parts.append(f"```python\n{re.sub('^# @title ', '# ', cell.source)}\n```")
    return "\n\n".join(parts) + "\n"


def write_downloads(book: Book) -> None:
    """Put the exported notebooks into the built site, in place of Sphinx's own conversion and of the raw sources."""
    html = book.root / "_build" / "html"
    shutil.rmtree(html / "_sources", ignore_errors=True)
    for chapter in book.chapters():
        notebook = read_text(book.file(chapter, ".ipynb"))
        write_atomic(html / "_sources" / "book" / f"{chapter}.ipynb", notebook)
        write_atomic(html / "_sources" / "book" / f"{chapter}.md", as_text(notebook))
        write_atomic(html / STUDENT / f"{chapter}.ipynb", export(book, chapter, "student"))
    for sheet in coursework.sheets(book):  # their solutions are on no page
        write_atomic(html / STUDENT / f"{sheet}.ipynb", coursework.handed_out(book, sheet, "student"))


def raw(text: str) -> list[str]:
    """Markup of the book that no plain reader understands.

    >>> raw("see {doc}`/book/intro` and $x$")
    ['{doc}`']
    """
    return _RAW.findall(text)
