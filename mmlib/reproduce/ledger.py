"""Tables of claims: of one chapter, and of the whole book in the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from mmlib import claims
from mmlib.claims import words
from mmlib.reproduce import library
from mmlib.reproduce.book import Book
from mmlib.reproduce.ticks import judged, stored

__all__ = ["ClaimsTable", "Counts", "VerdictTable", "Written", "counts", "in_order", "setup"]


class Written(SphinxDirective):
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


class ClaimsTable(Written):
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


class VerdictTable(Written):
    """``{verdict-table}``: every claim of the book, a section for each chapter in the order of the contents."""

    def run(self):
        found = [judged(self.book, c) for c in in_order(self.book)]
        return [*self.parsed(self.summary(found)), *map(self.section, found), *self.appendix(found)]

    def summary(self, found):
        said = counts(found)
        compared = (
            f" {said.compared} compare two results over pairs of runs: {said.always} come out the same way always, "
            f"{said.as_count} are said as a count, {said.undecided} are not decided."
        )
        return [
            f"**{said.claims} claims: {said.hold} hold, {said.claims - said.hold} do not.** These pages are built only if all "
            "hold: a claim that does not (red) stops the build, so that what can be read here is the conditions, how far "
            f"a value may move and in how many runs it holds.{compared if said.compared else ''} {said.published} claims have a published "
            f"counterpart: {said.reproduced} are reproduced, {said.better} are better, "
            f"{said.published - said.reproduced - said.better} are not reproduced."
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


@dataclass(frozen=True)
class Counts:
    """How the claims of the book stand."""

    chapters: int
    claims: int
    hold: int
    compared: int
    always: int
    as_count: int
    undecided: int
    published: int
    reproduced: int
    better: int


def counts(found: list) -> Counts:
    """Count verdicts of chapters as `ticks.judged` gives them."""
    verdicts = [v for one in found for v in one.verdicts.values()]
    published = [v.published for v in verdicts if v.published]
    pairs = [v.comparison.decided for v in verdicts if v.comparison]
    return Counts(
        len(found), len(verdicts), sum(v.holds for v in verdicts),
        len(pairs), pairs.count("always"), pairs.count("count"), pairs.count("not decided"),
        len(published), published.count("reproduced"), published.count("better"),
    )  # fmt: skip


def in_order(book: Book) -> list[str]:
    """The chapters in the order of the contents."""
    chapters = book.chapters()
    return [name for name in (page.removeprefix("book/") for page in book.pages()) if name in chapters]


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


def setup(app) -> None:
    """Add the directives (called by `sphinx_ext`)."""
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("verdict-table", VerdictTable)
