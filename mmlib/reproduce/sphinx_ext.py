"""What the pages add to jupyter-book: claims with their verdicts, how each page was made, links to the library's reference."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import mmlib
from mmlib.reproduce import (
    card,
    dress,
    first_page,
    launch,
    ledger,
    library,
    nights,
    reference,
    search,
    sharing,
    ticks,
    versions,
)
from mmlib.reproduce.book import Book

__all__ = ["setup"]


def _one_thebe(app, page, template, context, doctree) -> None:
    """The theme loads sphinx-thebe's settings twice, and the second `const` throws on every page. The script is the site's own."""
    scripts = context.get("script_files", [])
    settings = [s for s in scripts if "THEBE_JS_URL" in (getattr(s, "attributes", {}).get("body") or "")]
    for script in settings[1:]:
        scripts.remove(script)
    for script in settings[:1]:
        own = f'THEBE_JS_URL = "{context["pathto"](f"thebe-{launch.THEBE}/index.js", 1)}"'
        script.attributes["body"] = re.sub(r'THEBE_JS_URL = "[^"]*"', own, script.attributes["body"])


def _issue_with_version(app, page, template, context, doctree) -> None:
    """The theme's issue button names the page; ours names the version of the book too."""
    body = f"Page: {page}\nVersion: {mmlib.__version__}\n\nWhat I did, what I expected, what I saw:\n"

    def amend(buttons):
        for button in buttons:
            amend(button.get("buttons", []))
            if "/issues/new?" in (button.get("url") or ""):
                button["url"] = re.sub(r"&body=.*", f"&body={quote(body)}", button["url"])

    amend(context.get("header_buttons", []))


def _plain_citation_list(app, page, template, context, doctree) -> None:
    """Sphinx calls the bibliography a list, whose entries are none to a screen reader."""
    if "citation-list" in context.get("body", ""):
        context["body"] = context["body"].replace(
            '<div role="list" class="citation-list">', '<div class="citation-list">'
        )


def _tables_by_key(app, page, template, context, doctree) -> None:
    """A table wider than its column is scrolled in a box of the theme's, which keys must reach."""
    body = context.get("body", "")
    context["body"] = body.replace(
        '<div class="pst-scrollable-table-container">', '<div class="pst-scrollable-table-container" tabindex="0">'
    )


def _exercises_from_one(app, env) -> list:
    """Exercises are counted in each chapter, as its checkers count them; Sphinx counts through the book."""
    for kinds in env.toc_fignumbers.values():
        for n, label in enumerate(kinds.get("exercise", {}), start=1):
            kinds["exercise"][label] = (n,)
    return []


def _known_to_be_safe(app, config) -> None:
    """Two of jupyter-book's extensions do not say that pages may be read side by side; neither keeps anything while reading.

    The first numbers the contents after all pages are read, the second acts when LaTeX is written.
    """
    for name in ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"):
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = app.extensions[name].parallel_write_safe = True


def _read_the_library_once(app) -> None:
    """Before pages are read side by side: the processes that read them inherit what it finds."""
    if app.parallel > 1:
        library.used_by(Book(Path(app.srcdir)), "")


def setup(app):
    """Called by Sphinx."""
    app.connect("config-inited", _known_to_be_safe)
    app.connect("builder-inited", _read_the_library_once)
    app.connect("doctree-read", card.add_card)
    ticks.setup(app)
    ledger.setup(app)
    nights.setup(app)
    versions.setup(app)
    first_page.setup(app)
    search.setup(app)
    sharing.setup(app)
    dress.setup(app)
    launch.setup(app)
    app.add_js_file("live.js")
    reference.setup(app)
    app.connect("env-get-updated", _exercises_from_one, priority=900)  # after Sphinx has numbered
    app.connect("html-page-context", _one_thebe, priority=900)
    app.connect("html-page-context", _plain_citation_list)
    app.connect("html-page-context", _tables_by_key)
    app.connect("html-page-context", _issue_with_version, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
