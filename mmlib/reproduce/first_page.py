"""The first page: a figure that is a result, cards of the chapters with their own figures, what builds on what, the edition.

Everything is taken from headers, stored runs and CITATION.cff when the pages are built; nothing is copied by hand.
"""

from __future__ import annotations

import hashlib

import yaml
from docutils import nodes

import mmlib
from mmlib.reproduce import form
from mmlib.reproduce.book import Book, read_text
from mmlib.reproduce.figures import Figure, figure, thumbnail
from mmlib.reproduce.headers import Header, read_header, title
from mmlib.reproduce.ledger import Written, counts, in_order, span
from mmlib.reproduce.sharing import authors, cited
from mmlib.reproduce.ticks import judged

__all__ = ["parts", "setup", "what_builds"]

PICTURES = "_build/figures"  # of the first page, below the book's root; the page build copies them


class ResultFigure(Written):
    """``{result-figure} CHAPTER NUMBER``: a figure of a chapter's run with its caption, and the way to the chapter."""

    required_arguments, optional_arguments = 1, 1

    def run(self):
        chapter, number = self.arguments[0], int((self.arguments[1:] or ["1"])[0])
        found = figure(self.book, chapter, number)
        if found is None:
            raise self.error(f"{chapter} has no figure. Name a chapter that shows one.")
        name = f"{PICTURES}/{hashlib.sha256(found.png).hexdigest()[:16]}.png"
        (path := self.book.root / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found.png)
        image = nodes.image(uri=f"/{name}", alt=f"{found.alt} From the chapter {title(self.book, chapter)}.")
        words = self.parsed([f"From {{doc}}`/book/{chapter}`."])[0][0].children
        said = nodes.inline("", f"{found.caption} ", *words)
        return [
            _raw('<figure class="mm-figure mm-first">'),
            image,
            _raw("<figcaption>"),
            said,
            _raw("</figcaption></figure>"),
        ]


class ChapterCards(Written):
    """``{chapter-cards}``: each chapter as a card with figure, question, minutes, needs and data, a section for each part."""

    def run(self):
        out = []
        for caption, pages in parts(self.book):
            cards = [self.card(page, header) for page in pages if (header := _header(self.book, page))]
            if cards:
                section = nodes.section(ids=[nodes.make_id(f"part-{caption}")], names=[f"part-{caption}"])
                section += nodes.title(text=caption)
                section += nodes.container("", *cards, classes=["mm-tiles"])
                out.append(section)
        return out

    def card(self, page: str, header: Header) -> nodes.Node:
        named = title(self.book, page)
        lines = [f"{{doc}}`{header.question} </book/{page}>`", "", _facts(self.book, page, header)]
        if named != header.question:  # a title that is the question is not said twice
            lines[2:2] = [named, ""]
        if found := figure(self.book, page, header.figure):
            lines = [self.picture(found), "", *lines]
        card = self.parsed(lines)[0]
        card["classes"] = ["mm-tile"]
        return card

    def picture(self, found: Figure) -> str:
        name = f"{PICTURES}/{hashlib.sha256(found.png).hexdigest()[:16]}-small.png"
        if not (path := self.book.root / name).exists():
            thumbnail(found, path)
        alt = found.alt.split(". ")[0].rstrip(".").replace("[", "(").replace("]", ")")
        return f"![Small figure of the chapter. {alt}.](/{name})"


class WhatBuilds(Written):
    """``{what-builds-on-what}``: the chapters that others build on with those below them, from the headers; the rest by name."""

    def run(self):
        found = self.parsed(what_builds(self.book))
        found[0]["classes"] = ["mm-map"]
        return found


class Edition(Written):
    """``{edition}``: how the results stand, version, date, licences and the way to cite; what is not known is left out."""

    def markdown(self) -> list[str]:
        found, known = [judged(self.book, c) for c in in_order(self.book)], cited(self.book)
        said, when = counts(found), span(sorted({one.record.date for one in found}))
        not_met = said.published - said.reproduced - said.better
        doi = f" · DOI [{known['doi']}](https://doi.org/{known['doi']})" if known.get("doi") else ""
        return [
            f"{said.chapters} chapters make {said.claims} claims. Each has a name, a condition that it must meet and a reason for the "
            "condition; a machine executes the chapters and judges them again whenever something changes, and one that fails stops these "
            f"pages. {said.compared} claims compare two results run by run, and {said.undecided} of them are not decided. {said.published} "
            f"have a published counterpart: {said.reproduced} are reproduced, {said.better} are better, {not_met} are not reproduced. "
            "{doc}`/book/reproducibility` lists all of them.",
            "",
            f"Version {mmlib.__version__} · chapters executed {when} · by {authors(known)} · text CC BY 4.0, code "
            f"BSD 3-Clause · {{doc}}`how to cite </book/cite>` · [source]({known['repository-code']}) · "
            f"[releases]({known['repository-code']}/releases) (PDF, pages to read offline, notebooks){doi}",
        ]  # fmt: skip


def parts(book: Book) -> list[tuple[str, list[str]]]:
    """Captions of the table of contents with their pages below ``book/``, in order."""
    toc = yaml.safe_load(read_text(book.root / "_toc.yml"))
    return [
        (part.get("caption", ""), [page["file"].removeprefix("book/") for page in part.get("chapters", ())])
        for part in toc.get("parts", ())
    ]


def what_builds(book: Book) -> list[str]:
    """Markdown: each chapter that others are better read after, with those below it; then the chapters that stand alone."""
    pages = [page for _, inside in parts(book) for page in inside]
    headers = {page: header for page in pages if (header := _header(book, page))}
    below: dict[str, list[str]] = {}
    for page, header in headers.items():
        for first in header.after:
            below.setdefault(first, []).append(page)
    lines = []

    def put(page: str, depth: int) -> None:
        others = [f"{{doc}}`/book/{first}`" for first in headers[page].after if depth] if page in headers else []
        also = f" (after {' and '.join(others)})" if len(others) > 1 else ""
        lines.append(f"{'  ' * depth}- {{doc}}`/book/{page}`{also}")
        for one in below.get(page, ()):
            put(one, depth + 1)

    for page in pages:
        if page in below and not (page in headers and headers[page].after):
            put(page, 0)
    alone = [page for page, header in headers.items() if not header.after and page not in below and header.learned]
    names = ", ".join(f"{{doc}}`/book/{page}`" for page in alone)
    return [*lines, "", *([f"In any order: {names}."] if alone else [])]


def _raw(html: str) -> nodes.Node:
    return nodes.raw("", html, format="html")


def _header(book: Book, page: str) -> Header | None:
    return read_header(book, page) if book.file(page, ".md").exists() else None


def _facts(book: Book, page: str, header: Header) -> str:
    """ "25 min · synthetic data · needs probability", as far as the header knows."""
    minutes = f"{form.reading_minutes(form.size(book, page))} min" if header.learned else ""
    data = {"both": "synthetic and real data", None: ""}.get(header.data, f"{header.data} data")
    return " · ".join(filter(None, [minutes, data, f"needs {header.needs}" if header.needs else ""]))


def setup(app) -> None:
    """Add the directives (called by `sphinx_ext`)."""
    for name, directive in (
        ("result-figure", ResultFigure), ("chapter-cards", ChapterCards), ("what-builds-on-what", WhatBuilds), ("edition", Edition)
    ):  # fmt: skip
        app.add_directive(name, directive)
