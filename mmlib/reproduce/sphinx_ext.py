"""What the pages add to jupyter-book: claims with their verdicts, how each page was made, links to the library's reference."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from urllib.parse import quote

import mmlib
from mmlib.reproduce import card, dress, first_page, ledger, library, search, sharing, ticks
from mmlib.reproduce.book import Book

__all__ = ["setup"]


THEBE = "0.9.3"  # the version of the live cells that the browser's tests run


def _one_thebe(app, page, template, context, doctree) -> None:
    """The theme loads sphinx-thebe's settings twice, and the second `const` throws on every page."""
    scripts = context.get("script_files", [])
    settings = [s for s in scripts if "THEBE_JS_URL" in (getattr(s, "attributes", {}).get("body") or "")]
    for script in settings[1:]:
        scripts.remove(script)
    for script in settings[:1]:
        script.attributes["body"] = re.sub(r"thebe@[\d.]+", f"thebe@{THEBE}", script.attributes["body"])


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


_PLAIN = re.compile(r"`[^`]*`|\$\$?(?P<formula>[^$]+)\$\$?|(?<!\S)\*\w[^*]*\*(?!\w)|(?P<mark>[|*]|(?<=\w)_(?!\w))")


def _plain_words(app, what, name, obj, options, lines) -> None:
    """Docstrings are plain text with code in backticks: |h|, 2*x and k_ mean themselves. Examples stay as they are.

    Sections are written for napoleon: words after "name : " are a description, not a type; "Raises X for ..." is a section; and a
    section ends where a paragraph begins.
    """
    for k in reversed(range(len(lines) - 1)):  # a formula or a code word that runs over the end of a line
        if any(lines[k].replace("``", "").count(mark) % 2 for mark in "$`") and ">>>" not in lines[k]:
            lines[k : k + 2] = [f"{lines[k]} {lines[k + 1].strip()}"]
    example, section, raises, out = False, False, False, []
    for k, line in enumerate(lines):
        if line.startswith("---"):
            section = True
        raises = raises and line.strip() != ""
        example = line.strip() != "" and (example or line.lstrip().startswith(">>>"))
        entry = re.match(r"([\w, ]+) : (.*)", line)
        if example:
            if section:
                out.append("")
                section = False
            out.append(line)
        elif found := re.match(r"Raises (\w+)( or \w+)?,? (.+)", line):
            out += [
                "",
                "Raises",
                "------",
                found[1] + (found[2] or "").replace("or ", ", ").strip(),
                f"    {_plain(found[3])}",
            ]
            section = raises = True
        elif raises:
            out.append(f"    {_plain(line)}")
        elif section and entry:
            out += [entry[1], f"    {_plain(entry[2])}"]
        else:
            following = lines[k + 1] if k + 1 < len(lines) else ""
            header = line and following.startswith("---")
            if section and line and not line[0].isspace() and not line.startswith("---") and not header:
                out.append("")  # two empty lines end a section
                section = False
            out.append(_plain(line))
    lines[:] = out


def _plain(text: str) -> str:
    def meant(m):
        return f":math:`{m['formula']}`" if m["formula"] else f"\\{m['mark']}" if m["mark"] else m[0]

    return _PLAIN.sub(meant, text)


_FIELD = re.compile(r"^ {4}(\w+): .*?#\s*(.+)$", re.MULTILINE)


def _where_used(app, what, name, obj, options, lines) -> None:
    """Below each entry of the reference: what its fields hold, and the chapters that use it."""
    if inspect.isclass(obj) and (fields := _FIELD.findall(inspect.getsource(obj))):
        lines += ["", *(f":ivar {field}: {_plain(says)}" for field, says in fields)]
    book = Book(Path(app.srcdir))
    if what in ("function", "class") and (chapters := library.used_by(book, name)):
        lines += ["", "Used in " + ", ".join(f":doc:`/book/{c}`" for c in chapters) + "."]


def _whats_in_it(app, what, name, obj, options, lines) -> None:
    """Below the first words of a module: what it offers, functions first, a sentence each."""
    if what != "module":
        return
    public = [(n, getattr(obj, n)) for n in getattr(obj, "__all__", [])]
    public = [(n, thing) for n, thing in public if callable(thing)]
    if len(public) < 3:
        return
    lines += [""]
    for n, thing in sorted(public, key=lambda found: inspect.isclass(found[1])):
        says = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
        lines.append(f"- :py:obj:`{n} <{name}.{n}>`: {_plain(says)}")
    lines.append("")


def _no_field_twice(app, what, name, obj, skip, options) -> bool | None:
    """Fields of named tuples and dataclasses stand in the list above, with units."""
    return True if type(obj).__name__ in ("_tuplegetter", "member_descriptor") else None


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
    first_page.setup(app)
    search.setup(app)
    sharing.setup(app)
    dress.setup(app)
    app.add_js_file("live.js")
    app.setup_extension("sphinx.ext.autodoc")  # its events are used below
    app.connect("autodoc-process-docstring", _plain_words, priority=100)  # before napoleon reads the sections
    app.connect("autodoc-process-docstring", _where_used)
    app.connect("autodoc-process-docstring", _whats_in_it)
    app.connect("autodoc-skip-member", _no_field_twice)
    app.connect("env-get-updated", _exercises_from_one, priority=900)  # after Sphinx has numbered
    app.connect("html-page-context", _one_thebe, priority=900)
    app.connect("html-page-context", _plain_citation_list)
    app.connect("html-page-context", _tables_by_key)
    app.connect("html-page-context", _issue_with_version, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
