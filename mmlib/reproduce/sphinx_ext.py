"""What the pages add to jupyter-book: claims with their verdicts, how each page was made, links to the library's reference."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import mmlib
from mmlib import claims
from mmlib.claims import words
from mmlib.reproduce import card, dress, library, ticks
from mmlib.reproduce.book import Book
from mmlib.reproduce.pages import page_names
from mmlib.reproduce.ticks import judged, stored

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
        found = judged(self.book, chapter)
        record = found.record
        lines = [
            "| | result | stored value ± drift | asked | met by runs | why | verdict |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, v in found.verdicts.items():
            e = found.entries[name]
            lines.append(
                f'| <span id="claim-{name}">{found.number(name)}</span> | {_rich(e.says)} | {_value(v, e)} | {_rich(words.asked(e))} | '
                f"{_runs(v, e)} | {_rich(e.because)} | {_verdict(v, e)} |"
            )
        versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
        lines += [
            "",
            f"Executed on {record.date} with seed {record.seed} in {record.cpu_s:.0f} CPU seconds and "
            f"{record.peak_mb:.0f} MB, {_threads(record)}, {_precision(record)}, on {record.machine}; {versions}; "
            f"code {_code(record.key)}. Repeat it with {_code(f'python -m mmlib.reproduce {chapter} --fresh')}.",
        ]
        if names := library.uses(self.book, chapter):
            links = ", ".join(f"{{py:obj}}`{name.removeprefix('mmlib.')} <{name}>`" for name in names)
            lines += ["", f"From the library: {links}."]
        return lines


def _threads(record) -> str:
    used = int(record.used.get("threads", record.threads))
    asked = "" if used == record.threads else f" (asked for {record.threads})"
    return f"{used} thread{'s' * (used != 1)}{asked}"


def _precision(record) -> str:
    return record.dtype.replace("+", " and ")


class VerdictTable(_Table):
    """``{verdict-table}``: every claim of the book, a section for each chapter in the order of the contents."""

    def run(self):
        found = [judged(self.book, c) for c in _in_order(self.book)]
        return [*self.parsed(self.summary(found)), *map(self.section, found), *self.appendix(found)]

    def summary(self, found):
        verdicts = [v for one in found for v in one.verdicts.values()]
        published = [v.published for v in verdicts if v.published]
        hold, met = sum(v.holds for v in verdicts), published.count("reproduced")
        pairs = [v.comparison.decided for v in verdicts if v.comparison]
        compared = (
            f" {len(pairs)} compare two results over pairs of runs: {pairs.count('always')} come out the same way always, "
            f"{pairs.count('count')} are said as a count, {pairs.count('not decided')} are not decided."
        )
        return [
            f"**{len(verdicts)} claims: {hold} hold, {len(verdicts) - hold} do not.** These pages are built only if all "
            "hold: a claim that does not (red) stops the build, so that what can be read here is the conditions, how far "
            f"a value may move and in how many runs it holds.{compared if pairs else ''} {len(published)} claims have a published "
            f"counterpart: {met} are reproduced, {published.count('better')} are better, "
            f"{len(published) - met - published.count('better')} are not reproduced."
        ]

    def section(self, found):
        title = re.search(r"^# (.+)$", self.book.file(found.chapter, ".md").read_text(encoding="utf-8"), re.MULTILINE)[
            1
        ]
        rows = claims.read_replicates(self.book.file(found.chapter, ".replicates.csv"))
        record = found.record
        seeds = len({r.seed for r in rows if r.device == record.device and r.claim in record.claims})
        lines = [
            f"{{doc}}`/book/{found.chapter}`: {record.cpu_s:.0f} CPU seconds, {record.peak_mb:.0f} MB, {seeds} stored seeds.",
            "",
            "| result | stored value ± drift | kind | asked | met by runs | published | verdict |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, v in found.verdicts.items():
            e = found.entries[name]
            if e.drift_only:
                continue
            published = f"{e.text(e.published.value)} {{cite:p}}`{e.published.cite}`" if e.published else ""
            lines.append(
                f"| {_rich(e.says)} | {_value(v, e)} | {e.kind} | {_rich(words.asked(e))} | "
                f"{_runs(v, e)} | {published} | {_verdict(v, e)} |"
            )
        return self.titled(found.chapter, title, lines)

    def appendix(self, found):
        """What no condition guards: claims that no fault turned red, and conditions that can hardly break."""
        bound = [(one, n, e.bound_because) for one in found for n, e in one.entries.items() if e.bound_because]
        silent = [(one, n, "") for one in found for n, e in one.entries.items() if e.drift_only]
        out = []
        for name, title, says, listed in (
            ("drift-only", "Drift only", "No planted fault turned these red through their condition. A run still compares them with the stored value.", silent),
            ("bound", "Conditions that can hardly break", "Code or definition bounds these values; each says why it stays.", bound),
        ):  # fmt: skip
            if listed:
                rows = [
                    f"| {{doc}}`/book/{one.chapter}` | {_rich(one.entries[n].says)} | {_value(one.verdicts[n], one.entries[n])} | "
                    f"{_rich(words.asked(one.entries[n]))} | {_cell(why)} |"
                    for one, n, why in listed
                ]
                head = ["| chapter | result | stored value ± drift | asked | why |", "|---|---|---|---|---|"]
                out.append(self.titled(name, title, [says, "", *head, *rows]))
        return out

    def titled(self, name, title, lines):
        section = nodes.section(ids=[nodes.make_id(name)], names=[name])
        section += nodes.title(text=title)
        section += self.parsed(lines)
        return section


def _in_order(book: Book) -> list[str]:
    """The chapters in the order of the contents."""
    chapters = book.chapters()
    return [name for name in (page.removeprefix("book/") for page in page_names(book)) if name in chapters]


def _verdict(verdict: claims.Verdict, entry: claims.Entry) -> str:
    text = (
        "holds" if verdict.holds else f"**does not hold** (got {verdict.got:.6g}, expected {_cell(verdict.expected)})"
    )
    found = verdict.comparison
    if verdict.holds and found and found.decided == "not decided":
        text = "holds: not decided"
    if says := words.seen_red(verdict.seen_red, verdict.to_plant):
        text += f"; {says}"
    if verdict.published:
        text += f"; published value {'reproduced' if verdict.published == 'reproduced' else verdict.published}"
    if entry.published and entry.published.why:
        text += f" ({_cell(entry.published.why)})"
    return text


def _runs(verdict: claims.Verdict, entry: claims.Entry) -> str:
    """The runs behind a verdict, as short as a column wants it."""
    if entry.kind == "run" and verdict.rows_met:
        return "{} of {}".format(*verdict.rows_met)
    return {"exact": "all alike", "comparison": f"{verdict.runs} pairs"}.get(entry.kind, str(verdict.runs))


def _value(verdict: claims.Verdict, entry: claims.Entry) -> str:
    """The value with its reach, a comparison with its interval; letters below the line as Markdown lets them through."""
    said = words.rich(stored(verdict, entry))
    if verdict.comparison:
        said += f"; {words.interval(verdict.comparison, entry)}"
    return _cell(said)


def _rich(text: str) -> str:
    return _cell(words.rich(text))


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
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("verdict-table", VerdictTable)
    ticks.setup(app)
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
