"""What the pages add to jupyter-book: claims with their verdicts, how each page was made, links to the library's reference."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.errors import SphinxError
from sphinx.util.docutils import SphinxDirective

import mmlib
from mmlib import claims
from mmlib.claims import words
from mmlib.reproduce import card, library
from mmlib.reproduce.book import Book
from mmlib.reproduce.judging import judge_run
from mmlib.reproduce.pages import page_names
from mmlib.reproduce.store import Run

__all__ = ["setup"]


class _Table(SphinxDirective):
    """Writes Markdown and lets the page's own parser read it."""

    def markdown(self) -> list[str]:
        raise NotImplementedError

    def run(self):
        return self.parsed(self.markdown())

    def parsed(self, lines: list[str]):
        node = nodes.container(classes=["mm-claims"])
        self.state.nested_parse(StringList(lines, self.env.docname), self.content_offset, node)
        return [node]

    @property
    def book(self) -> Book:
        return Book(Path(self.env.srcdir))


class ClaimsTable(_Table):
    """``{claims-table}``: the claims of this chapter, judged, and what made the page."""

    def markdown(self) -> list[str]:
        chapter = self.env.docname.removeprefix("book/")
        record, entries, verdicts = _judged(self.book, chapter)
        lines = ["| result | value | asked | why | verdict |", "|---|---|---|---|---|"]
        for v in verdicts:
            e = entries[v.claim]
            value = e.text(v.got)
            lines.append(
                f"| {_cell(e.says)} | {value} | {claims.in_words(e.must)} | {_cell(e.because)} | {_verdict(v, e)} |"
            )
        versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
        lines += [
            "",
            f"Executed on {record.date} with seed {record.seed} in {record.cpu_s:.0f} CPU seconds and "
            f"{record.peak_mb:.0f} MB, {record.threads} thread{'s' * (record.threads != 1)}, {record.dtype}, on {record.machine}; {versions}; "
            f"code {_code(record.key)}. Repeat it with {_code(f'python -m mmlib.reproduce {chapter} --fresh')}.",
        ]
        if names := library.uses(self.book, chapter):
            links = ", ".join(f"{{py:obj}}`{name.removeprefix('mmlib.')} <{name}>`" for name in names)
            lines += ["", f"From the library: {links}."]
        return lines


class VerdictTable(_Table):
    """``{verdict-table}``: every claim of the book, a section for each chapter in the order of the contents."""

    def run(self):
        judged = {c: _judged(self.book, c) for c in _in_order(self.book)}
        sections = [self.section(chapter, *found) for chapter, found in judged.items()]
        return [*self.parsed(self.summary(judged)), *sections]

    def summary(self, judged):
        verdicts = [v for _, _, found in judged.values() for v in found]
        published = [v.published for v in verdicts if v.published]
        hold, met = sum(v.holds for v in verdicts), published.count("reproduced")
        return [
            f"**{len(verdicts)} claims: {hold} hold, {len(verdicts) - hold} do not.** {len(published)} of them have a published "
            f"counterpart: {met} are reproduced, {published.count('better')} are better, "
            f"{len(published) - met - published.count('better')} are not reproduced."
        ]

    def section(self, chapter, record, entries, verdicts):
        title = re.search(r"^# (.+)$", self.book.file(chapter, ".md").read_text(encoding="utf-8"), re.MULTILINE)[1]
        section = nodes.section(ids=[nodes.make_id(chapter)], names=[chapter])
        section += nodes.title(text=title)
        rows = claims.read_replicates(self.book.file(chapter, ".replicates.csv"))
        seeds = len({r.seed for r in rows if r.device == record.device and r.claim in record.claims})
        lines = [
            f"{{doc}}`/book/{chapter}`: {record.cpu_s:.0f} CPU seconds, {record.peak_mb:.0f} MB, {seeds} stored seeds.",
            "",
            "| result | value | kind | asked | published | verdict |",
            "|---|---|---|---|---|---|",
        ]
        for v in verdicts:
            e = entries[v.claim]
            published = f"{e.text(e.published.value)} {{cite:p}}`{e.published.cite}`" if e.published else ""
            lines.append(
                f"| {_cell(e.says)} | {_got(v, e)} | {e.kind} | {claims.in_words(e.must)} | {published} | {_verdict(v, e)} |"
            )
        section += self.parsed(lines)
        return section


def _in_order(book: Book) -> list[str]:
    """The chapters in the order of the contents."""
    chapters = book.chapters()
    return [name for name in (page.removeprefix("book/") for page in page_names(book)) if name in chapters]


def _judged(book: Book, chapter: str):
    run = Run(book, chapter, seed=0, device="cpu", threads=1)
    try:
        record = run.load()
    except (FileNotFoundError, ValueError) as error:
        raise SphinxError(
            f"{chapter}: no valid run to show ({error}). Run: python -m mmlib.reproduce {chapter}"
        ) from None
    said = judge_run(run, record)
    return record, said.entries, said.verdicts


def _got(verdict: claims.Verdict, entry: claims.Entry) -> str:
    if verdict.comparison:
        return f"{words.comparison(verdict.comparison, entry)} ({words.interval(verdict.comparison, entry)})"
    return "none" if verdict.got is None else entry.text(verdict.got)


def _verdict(verdict: claims.Verdict, entry: claims.Entry) -> str:
    text = "holds" if verdict.holds else "**does not hold**"
    if verdict.runs > 1:
        text += f", {verdict.runs} seeds"
    if verdict.published:
        text += f"; published value {'reproduced' if verdict.published == 'reproduced' else verdict.published}"
    if entry.published and entry.published.why:
        text += f" ({_cell(entry.published.why)})"
    return text


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`"


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


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-read", card.add_card)
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("verdict-table", VerdictTable)
    app.setup_extension("sphinx.ext.autodoc")  # its events are used below
    app.connect("autodoc-process-docstring", _plain_words, priority=100)  # before napoleon reads the sections
    app.connect("autodoc-process-docstring", _where_used)
    app.connect("autodoc-process-docstring", _whats_in_it)
    app.connect("autodoc-skip-member", _no_field_twice)
    app.connect("env-get-updated", _exercises_from_one, priority=900)  # after Sphinx has numbered
    app.connect("html-page-context", _one_thebe, priority=900)
    app.connect("html-page-context", _plain_citation_list)
    app.connect("html-page-context", _issue_with_version, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
