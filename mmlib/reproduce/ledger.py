"""Tables of claims: of one chapter, and of the whole book in the ledger."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import mmlib
from mmlib import claims
from mmlib.claims import words
from mmlib.reproduce import library, nights
from mmlib.reproduce.book import Book, write_atomic
from mmlib.reproduce.ticks import judged, stored

__all__ = [
    "ClaimsTable",
    "Counts",
    "VerdictTable",
    "Written",
    "counts",
    "in_order",
    "records",
    "setup",
    "span",
]


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
        here = nodes.raw("", '<div class="mm-find-here"></div>', format="html")  # where the script puts its controls
        history = nights.of_book(self.book)
        last = nights.of_each(history)
        chapters = [self.section(one, last) for one in found]
        [summary] = self.parsed(self.summary(found, history))
        summary["classes"].append("mm-ledger")  # the nights are a table too
        return [
            summary,
            self.published(found),
            here,
            *chapters,
            *self.appendix(found),
        ]

    def summary(self, found, history):
        said = counts(found)
        dates = sorted({one.record.date for one in found})
        compared = (
            f" {said.compared} compare two results over pairs of runs: {said.always} come out the same way always, "
            f"{said.as_count} are said as a count, {said.undecided} are not decided."
        )
        return [
            f"**{said.claims} claims: {said.hold} hold, {said.claims - said.hold} do not.** These pages are built only if all "
            "hold: a claim that does not (red) stops the build, so that what can be read here is the conditions, how far "
            f"a value may move and in how many runs it holds.{compared if said.compared else ''} {said.published} claims "
            f"({said.published / max(said.claims, 1):.1%}) have a published counterpart: {said.reproduced} are reproduced, {said.better} are better, "
            f"{said.published - said.reproduced - said.better} are not reproduced.",
            "",
            f"Chapters executed {span(dates)} with version {mmlib.__version__}. All claims as a table: "
            '<a href="../ledger.csv" download>CSV</a>, <a href="../ledger.json" download>JSON</a>.',
            "",
            nights.last_night(history),
            *self.nights(history),
        ]

    def nights(self, history):
        """The nights, folded, with the file that holds every value of theirs."""
        if not (table := nights.table(history)):
            return []
        file = 'Every value of every night: <a href="../history.csv" download>CSV</a>.'
        return ["", ":::{admonition} The last nights", ":class: dropdown", "", *table, "", file, ":::"]

    def published(self, found):
        """Results that a source has too, those first that do not agree."""
        order = ["not reproduced", "better", "reproduced"]
        rows = [(v, one.entries[v.claim], one) for one in found for v in one.verdicts.values() if v.published]
        rows.sort(key=lambda row: order.index(row[0].published))
        lines = ["| result | published | here | verdict | why |", "|---|---|---|---|---|"]
        for v, e, one in rows:
            source = f"{_rich(e.text(e.published.value))} {{cite:p}}`{e.published.cite}`"
            said = f"**{v.published}**" if v.published == "not reproduced" else v.published
            lines.append(
                f"| {self.named(one, v, e)} | {source} | {_value(v, e)} | {said} | {_cell(e.published.why or '')} |"
            )
        return self.titled("published", "Beside published values", lines if rows else ["None yet."])

    def section(self, found, last):
        title = re.search(r"^# (.+)$", self.book.file(found.chapter, ".md").read_text(encoding="utf-8"), re.MULTILINE)[
            1
        ]
        rows = claims.read_replicates(self.book.file(found.chapter, ".replicates.csv"))
        record = found.record
        seeds = len({r.seed for r in rows if r.device == record.device and r.claim in record.claims})
        lines = [
            f"{{doc}}`/book/{found.chapter}`: executed on {record.date}, code {_code(record.key)}, {record.cpu_s:.0f} CPU seconds, "
            f"{record.peak_mb:.0f} MB, {seeds} stored seeds.",
            "",
            f"| result | stored value ± drift | kind | asked | met by runs | seen red |{' last night |' * bool(last)} verdict |",
            f"|---|---|---|---|---|---|{'---|' * bool(last)}---|",
        ]
        for name, v in found.verdicts.items():
            e = found.entries[name]
            if e.drift_only:
                continue
            night = f"{_cell(words.rich(nights.in_words(last.get((found.chapter, name)), e)))} | " if last else ""
            lines.append(
                f"| {self.named(found, v, e, anchor=True)} | {_value(v, e)} | {e.kind} | {_rich(words.asked(e))} | "
                f"{_runs(v, e)} | {_seen(v)} | {night}{_state(v, e)}{_verdict(v, e, faults=False)} |"
            )
        return self.titled(found.chapter, title, lines)

    def named(self, found, verdict, entry, anchor=False) -> str:
        """A claim's words with the way to its row in the chapter; with `anchor` also a link to its row here."""
        there = self.env.app.builder.get_relative_uri(self.env.docname, f"book/{found.chapter}")
        name = nights.anchor(found.chapter, verdict.claim)
        link = f'<a id="{name}" class="mm-hash" href="#{name}" aria-label="link to this line">#</a> ' if anchor else ""
        return f'{link}<a href="{there}#claim-{verdict.claim}">{_rich(entry.says)}</a>'

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
                    f"| {{doc}}`/book/{one.chapter}` | {self.named(one, one.verdicts[n], one.entries[n], anchor=not why)} | {_value(one.verdicts[n], one.entries[n])} | "
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
        section[-1]["classes"].append("mm-ledger")
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


def records(book: Book) -> list[dict]:
    """Every claim of the book as a line of a table: what is asked, what came, which runs stand behind it, when."""
    out, last = [], nights.of_each(nights.of_book(book))
    for chapter in in_order(book):
        found = judged(book, chapter)
        for name, v in found.verdicts.items():
            e = found.entries[name]
            met, night = v.rows_met or (None, None), last.get((chapter, name))
            out.append({
                "chapter": chapter, "claim": name, "says": e.says, "unit": e.unit, "kind": e.kind, "value": v.got,
                "stored": stored(v, e), "must": e.must, "because": " ".join(e.because.split()), "holds": v.holds,
                "runs": v.runs, "runs_that_meet": met[0], "runs_asked": met[1],
                "comparison": v.comparison.decided if v.comparison else None, "seen_red": v.seen_red, "drift_only": e.drift_only,
                "published": e.published.value if e.published else None, "source": e.published.cite if e.published else None,
                "against_published": v.published or None, "why": e.published.why if e.published else None,
                "executed": found.record.date, "seed": found.record.seed, "device": found.record.device, "code": found.record.key,
                "night": night and night.date, "night_commit": night and night.commit, "night_seed": night and night.seed,
                "night_value": night and night.value, "night_verdict": night and night.verdict,
            })  # fmt: skip
    return out


def _write(app, error) -> None:
    """Write the ledger as CSV and JSON beside the pages (an event of Sphinx)."""
    if error or app.builder.name != "html":
        return
    lines = records(Book(Path(app.srcdir)))
    if lines:
        write_atomic(Path(app.outdir, "ledger.json"), json.dumps(lines, indent=1, ensure_ascii=False) + "\n")
        text = io.StringIO()
        table = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
        write_atomic(Path(app.outdir, "ledger.csv"), text.getvalue())


def span(dates: list[str]) -> str:
    """Dates in order as words: "on 2026-01-02", "between … and …"."""
    return f"between {dates[0]} and {dates[-1]}" if len(dates) > 1 else f"on {dates[0]}" if dates else "never"


def _seen(verdict: claims.Verdict) -> str:
    """Did a planted fault turn it red? In a word, for a column."""
    return {True: "yes", False: "not yet" if verdict.to_plant else "no", None: "not tried"}[verdict.seen_red]


def _state(verdict: claims.Verdict, entry: claims.Entry) -> str:
    """What the script of the ledger filters by: kind and states, unseen."""
    found, met = verdict.comparison, verdict.rows_met
    states = [
        entry.kind,
        *["undecided"] * bool(found and found.decided == "not decided"),
        *["some"] * bool((found and found.wins < found.n) or (met and met[0] < met[1])),
        *["unseen"] * (verdict.seen_red is not True),
        *["published"] * bool(verdict.published),
    ]
    return f'<span data-states="{" ".join(states)}"></span>'


def _verdict(verdict: claims.Verdict, entry: claims.Entry, faults: bool = True) -> str:
    """The verdict in words; with `faults` whether planted ones were seen."""
    text = (
        "holds" if verdict.holds else f"**does not hold** (got {verdict.got:.6g}, expected {_cell(verdict.expected)})"
    )
    found = verdict.comparison
    if verdict.holds and found and found.decided == "not decided":
        text = "holds: not decided"
    if faults and (says := words.seen_red(verdict.seen_red, verdict.to_plant)):
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
    app.add_js_file("ledger.js")
    app.connect("build-finished", _write)
