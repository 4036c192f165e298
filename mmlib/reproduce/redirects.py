"""Old addresses lead to new pages: ``book/redirects.yml`` says which, the page build writes a small page at each."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

import yaml

from mmlib.reproduce.book import Book, write_atomic

__all__ = ["RedirectError", "read_redirects", "unanswered", "write_redirects"]

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<link rel="canonical" href="{0}">
<meta http-equiv="refresh" content="0; url={0}">
<script>location.replace("{0}" + location.hash);</script>
</head>
<body><p>This page has moved: <a href="{0}">{1}</a></p></body>
</html>
"""


class RedirectError(ValueError):
    """A redirect that leads nowhere or hides a page; the message names it."""


def read_redirects(book: Book, pages: list[str]) -> dict[str, str]:
    """Old page -> new page, both below the book's root as in ``pages``, the table of contents.

    Raises
    ------
    RedirectError : a target is no page of the book, or an old address is still one.
    """
    path = book.root / "book" / "redirects.yml"
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    if not isinstance(found or {}, dict):
        raise RedirectError(f"{path.name}: expected lines 'old/page: new/page', got {str(found)[:60]!r}.")
    moved = {f"book/{old}": f"book/{new}" for old, new in (found or {}).items()}
    for old, new in moved.items():
        if old in pages:
            raise RedirectError(f"{path.name}: {old} is a page of the table of contents. Take the line out.")
        if new not in pages:
            raise RedirectError(f"{path.name}: {old} leads to {new}, which is not in _toc.yml. Name a page that is.")
    return moved


def write_redirects(book: Book, pages: list[str], target: Path) -> None:
    """Write a page at each old address below ``target``."""
    for old, new in read_redirects(book, pages).items():
        write_atomic(target / f"{old}.html", _page(old, new))


def unanswered(book: Book, pages: list[str]) -> list[str]:
    """What is wrong with the old addresses among the built pages."""
    red = []
    for old, new in read_redirects(book, pages).items():
        path = book.root / "_build" / "html" / f"{old}.html"
        if not path.exists() or path.read_text(encoding="utf-8") != _page(old, new):
            red.append(f"the old address {old} does not lead to {new}")
    return red


def _page(old: str, new: str) -> str:
    address = escape(Path(os.path.relpath(f"{new}.html", Path(old).parent)).as_posix())
    return _PAGE.format(address, escape(new.removeprefix("book/")))
