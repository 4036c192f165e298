"""Which functions of the library a chapter uses, read from its cells: the links between chapters and the reference."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import jupytext

from mmlib.reproduce.book import Book

__all__ = ["documented", "used_by", "uses"]

REFERENCE = "book/library"
_MODULE = re.compile(r"^\.\. automodule:: (\S+)", re.MULTILINE)


def documented(book: Book) -> list[str]:
    """Modules that have a section in the reference, in its order."""
    pages = sorted((book.root / REFERENCE).glob("*.md"))
    return [name for page in pages for name in _MODULE.findall(page.read_text(encoding="utf-8"))]


def uses(book: Book, chapter: str) -> list[str]:
    """Documented names that the chapter's cells use: ``["mmlib.gp.regress", …]``, sorted.

    Names that only furniture uses (`mmlib.plot`, `mmlib.chapter`) are left out: every chapter has them.
    """
    return list(_uses(book.root, chapter))


def used_by(book: Book, name: str) -> list[str]:
    """Chapters whose cells use the function or class ``name`` ("mmlib.gp.regress"), in the order of the book."""
    return [chapter for chapter in book.chapters() if name in _uses(book.root, chapter)]


@cache
def _uses(root: Path, chapter: str) -> tuple[str, ...]:
    book = Book(root)
    modules = [m for m in documented(book) if m not in ("mmlib.plot", "mmlib.chapter", "mmlib.claims")]
    public = set()
    for module in modules:
        loaded = importlib.import_module(module)
        for name in getattr(loaded, "__all__", [n for n in vars(loaded) if not n.startswith("_")]):
            thing = getattr(loaded, name)
            if callable(thing) and getattr(thing, "__module__", "").startswith("mmlib"):
                public.add(f"{module}.{name}")
    notebook = jupytext.read(book.file(chapter, ".md"))
    found, known = set(), {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        source = "\n".join("" if re.match(r"\s*[%!]", line) else line for line in cell.source.splitlines())
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module:
                known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                known |= {a.asname: a.name for a in node.names if a.asname} | {
                    a.name.split(".")[0]: a.name.split(".")[0] for a in node.names if not a.asname
                }
            elif isinstance(node, ast.Attribute | ast.Name):
                found.add(ast.unparse(node))
    full = set()
    for dotted in found:
        head, _, rest = dotted.partition(".")
        full.add(f"{known[head]}.{rest}".rstrip(".") if head in known else dotted)
    return tuple(sorted(full & public))
