"""The button *Run* beside a chapter's title: Binder, Colab, live cells and the notebook, each with what it takes.

It takes the addresses from the theme's launch buttons, which it replaces: a rocket without a word. What happens when a start fails stands in
``book/_static/live.js``.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from mmlib.reproduce.book import Book

__all__ = ["THEBE", "menu", "setup"]

THEBE = "0.9.3"  # the version of the live cells' script that the pages serve, and that the browser's tests run
HELP = "book/how_to_use"  # the page that says what to do
PLACE = "it-does-not-start"

_WAYS = {
    "Binder": "JupyterLab in the browser, everything installed, no account; a few minutes to start",
    "Colab": "needs a Google account; the first cell installs the library",
    "Live cells": "edit and run the cells of this page; they run on Binder",
    "Notebook": "the file, for Jupyter on your own computer",
}


def menu(links: dict[str, str], help_at: str) -> str:
    """The button and what it opens, as HTML.

    Parameters
    ----------
    links : address by the name of the way; "Live cells" has none, and no other may be left out.
    help_at : where it says what to do if nothing starts.
    """
    lines = []
    for name, says in _WAYS.items():
        if name == "Live cells":
            way = f'<button type="button" class="btn-launch-thebe" onclick="initThebeSBT()">{name}</button>'
        else:
            kept = " download" if name == "Notebook" else ' target="_blank" rel="noopener"'
            way = f'<a href="{escape(links[name])}"{kept}>{name}</a>'
        lines.append(f"<li>{way} <span>{says}</span></li>")
    return (
        '<details class="mm-run"><summary>Run</summary><div class="mm-ways"><ul>'
        + "".join(lines)
        + f'</ul><p>Does it not start? <a href="{escape(help_at)}">What to do</a></p></div></details>'
    )


def _beside_the_title(app, page, template, context, doctree) -> None:
    """Put the button beside the title of a chapter, and take the rocket away (an event of Sphinx)."""
    groups = context.get("header_buttons", [])
    launch = next((group for group in groups if group.get("label") == "launch-buttons"), None)
    if launch is None:
        return
    groups.remove(launch)
    if page.removeprefix("book/") not in Book(Path(app.srcdir)).chapters():
        return
    links = {button["text"]: button["url"] for button in launch["buttons"] if "url" in button}
    links["Notebook"] = context["pathto"](f"_sources/{page}.ipynb", 1)
    help_at = f"{context['pathto'](HELP)}#{PLACE}"
    head, end, rest = context["body"].partition("</h1>")
    before, start, title = head.rpartition("<h1")
    said = '<div class="mm-live" role="status"></div>'
    context["body"] = f'{before}<div class="mm-head">{start}{title}{end}{menu(links, help_at)}</div>{said}{rest}'


def setup(app) -> None:
    """Connect what is above (called by `sphinx_ext`)."""
    app.connect("html-page-context", _beside_the_title, priority=900)  # after the theme has made its buttons
