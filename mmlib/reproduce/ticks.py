"""Claims on a page: the number in the sentence with its tick, and the verdicts folded at the end of their section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from pathlib import Path

from docutils import nodes
from sphinx.errors import SphinxError
from sphinx.util.docutils import SphinxRole

from mmlib import claims
from mmlib.claims import words
from mmlib.reproduce.book import Book
from mmlib.reproduce.judging import judge_run
from mmlib.reproduce.store import Record, Run

__all__ = ["Shown", "judged", "made_here", "setup"]

_SHORT = 16  # letters of a value that is not broken over two lines
_MADE = re.compile(r'<span class="mm-made" data-claim="(\w+)"></span>')


@dataclass(frozen=True)
class Shown:
    """A chapter as the pages show it: its run, what its claims say, and the verdicts."""

    chapter: str
    record: Record
    entries: dict[str, claims.Entry]
    verdicts: dict[str, claims.Verdict]
    named: frozenset[str]  # claims that stand in a sentence

    def number(self, name: str) -> int:
        """Its row in the chapter's table."""
        return list(self.entries).index(name) + 1


@cache
def judged(book: Book, chapter: str) -> Shown:
    """The stored run of seed 0, judged.

    Raises
    ------
    SphinxError
        There is no valid run.
    """
    run = Run(book, chapter, seed=0, device="cpu", threads=1)
    try:
        record = run.load()
    except (FileNotFoundError, ValueError) as error:
        raise SphinxError(
            f"{chapter}: no valid run to show ({error}). Run: python -m mmlib.reproduce {chapter}"
        ) from None
    said = judge_run(run, record)
    named = claims.named_in(book.file(chapter, ".md").read_text(encoding="utf-8"))
    verdicts = {v.claim: v for v in said.verdicts if v.claim in said.entries}
    return Shown(chapter, record, said.entries, verdicts, frozenset(named))


def made_here(name: str) -> str:
    """What stands in a cell's output where a claim was made, until the page is put together."""
    return f'<span class="mm-made" data-claim="{name}"></span>'


class ResultInText(SphinxRole):
    """``{glue:text}`name```: the number with its tick, or the words of a comparison.

    On a page that is no chapter: ``{glue:text}`part/chapter#name```.
    """

    def run(self):
        book, page = Book(Path(self.env.srcdir)), self.env.docname.removeprefix("book/")
        chapter, name = self.text.split("#") if "#" in self.text else (page, self.text)
        if not book.file(chapter, ".claims.yml").exists():
            return self._refuse(f"{{glue:text}}`{self.text}` stands on a page that is no chapter, or names none")
        found = judged(book, chapter)
        if name not in found.entries:
            return self._refuse(f"{{glue:text}}`{self.text}` names no claim of {chapter}.claims.yml")
        verdict, entry = found.verdicts[name], found.entries[name]
        if verdict.got is None:
            return self._refuse(f"{{glue:text}}`{self.text}`: {verdict.because}")
        said = words.value(entry, verdict.got, verdict.rows_met, verdict.comparison)
        node = nodes.inline(classes=["mm-value", *["mm-short"] * (len(said) <= _SHORT)])
        node += _joined(_styled(said), nodes.raw("", self._tick(found, verdict, entry), format="html"))
        return [node], []

    def _refuse(self, says: str):
        message = self.inliner.reporter.warning(says, line=self.lineno)
        return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]

    def _tick(self, found: Shown, verdict, entry) -> str:
        place = f"mm-about-{self.env.new_serialno('mm-about')}"
        mark, state, spoken = _mark(verdict, entry)
        fails = (
            "" if verdict.holds else f' <strong class="mm-fails-in-words">does not hold: asked {_asked(entry)}</strong>'
        )
        about = "".join(f"<span>{part}</span>" for part in _about(verdict, entry))
        target = f"book/{found.chapter}"
        there = "" if target == self.env.docname else self.env.app.builder.get_relative_uri(self.env.docname, target)
        return (
            f'<button type="button" class="mm-tick mm-{state}" popovertarget="{place}">'
            f'<span aria-hidden="true">{mark}</span><span class="mm-spoken">{spoken}: why</span></button>'
            f'<span class="mm-row" aria-hidden="true">{found.number(verdict.claim)}</span>{fails}'
            f'<span class="mm-about" id="{place}" popover>{about}'
            f'<span><a href="{there}#claim-{verdict.claim}">claim <code>{verdict.claim}</code></a></span></span>'
        )


def _joined(said: list, tick: nodes.Node) -> list:
    """The value with its sign, which stays on one line with the last word."""
    said, last = list(said), nodes.inline(classes=["mm-joined"])
    kept = [tick]
    while said and not (isinstance(said[-1], nodes.Text) and " " in said[-1]):
        kept.insert(0, said.pop())
    if said:
        before, word = said.pop().rsplit(" ", 1)
        said.append(nodes.Text(f"{before} "))
        kept.insert(0, nodes.Text(word))
    last += kept
    return [*said, last]


def _mark(verdict, entry) -> tuple[str, str, str]:
    """Sign, class and spoken word: a plain tick only where every run agrees."""
    if not verdict.holds:
        return "✗", "fails", "does not hold"
    found, met = verdict.comparison, verdict.rows_met
    if found and found.decided == "not decided":
        return "?", "partly", "not decided"
    if found and found.wins < found.n:
        return "◐", "partly", f"holds in {found.wins:g} of {found.n}"
    if met and met[0] < met[1]:
        return "◐", "partly", f"holds in {met[0]} of {met[1]}"
    return "✓", "holds", "holds"


def _asked(entry) -> str:
    return words.rich(words.asked(entry))


def _about(verdict, entry) -> list[str]:
    """What lies behind a number, line by line."""
    lines = [f"<strong>{words.rich(entry.says)}</strong>", f"Asked: {_asked(entry)}, because {_because(entry)}"]
    if entry.kind in ("run", "exact"):
        lines.append("Stored: " + words.rich(stored(verdict, entry)))
    if verdict.comparison:
        lines.append(f"Interval: {escape(words.interval(verdict.comparison, entry))}")
    lines.append(escape(words.runs(entry, verdict.runs, verdict.rows_met)).capitalize())
    if says := words.seen_red(verdict.seen_red, verdict.to_plant):
        lines.append(says.capitalize())
    if entry.bound_because:
        lines.append(f"It can hardly break; it stays because {escape(entry.bound_because)}")
    return [line if line.endswith(".") else f"{line}." for line in lines]


def stored(verdict, entry) -> str:
    """The value with its reach; for what is computed from stored runs, its words."""
    if entry.kind in ("replicates", "comparison"):
        return words.value(entry, verdict.got, None, verdict.comparison)
    drift = entry.drift.model_dump(exclude_none=True) if entry.drift else None
    return words.stored(verdict.got, entry.show, entry.unit, drift)


def _because(entry) -> str:
    return words.rich(" ".join(entry.because.split()))


def _styled(said: str) -> list[nodes.Node]:
    """`words.rich` as nodes, so that search and other builders read the number."""
    parts = re.split(r"<(sub|sup)>([^<]*)</\1>", words.rich(said))
    out: list[nodes.Node] = []
    kinds = {"sub": nodes.subscript, "sup": nodes.superscript}
    for k, part in enumerate(parts):
        if k % 3 == 0 and part:
            out.append(nodes.Text(unescape(part)))
        elif k % 3 == 1:
            out.append(kinds[part]("", unescape(parts[k + 1])))
    return out


# -- verdicts at the end of their section -------------------------------------------------------------------------


def fold_verdicts(app, doctree) -> None:
    """Take the verdicts out of the cells, and put them, folded, at the end of their section; one that fails stays open."""
    made: dict[nodes.section, list[str]] = {}
    for raw in [n for n in doctree.findall(nodes.raw) if _MADE.search(n.astext())]:
        section = _above(raw, nodes.section)
        made.setdefault(section, []).extend(_MADE.findall(raw.astext()))
        _take_out(raw)
    if not made:
        return
    found = judged(Book(Path(app.srcdir)), app.env.docname.removeprefix("book/"))
    for section, names in made.items():
        inner = next((k for k, child in enumerate(section) if isinstance(child, nodes.section)), len(section))
        section.insert(inner, nodes.raw("", _fold(found, [n for n in names if n in found.verdicts]), format="html"))


def _above(node, kind):
    while not isinstance(node, kind) and node.parent is not None:
        node = node.parent
    return node


def _take_out(node) -> None:
    """Remove an output, and the boxes around it that it leaves empty."""
    while node.parent is not None:
        parent = node.parent
        parent.remove(node)
        others = [child for child in parent.children if not _of_claim(child)]
        if others or not isinstance(parent, nodes.container) or "cell" in parent.get("classes", []):
            return
        node = parent


def _of_claim(node) -> bool:
    """A second form of the same output (its plain text)."""
    return isinstance(node, nodes.container) and node.get("mime_type") == "text/plain"


def _fold(found: Shown, names: list[str]) -> str:
    open_ones = [n for n in names if not found.verdicts[n].holds]
    rest = [n for n in names if found.verdicts[n].holds]
    lines = "".join(_line(found, n) for n in open_ones)
    if rest:
        count = f"{len(rest)} result{'s' * (len(rest) > 1)} of this section, judged: {'all hold' if len(rest) > 1 else 'holds'}"
        if open_ones:
            count = f"{len(rest)} more of this section, judged: hold"
        items = "".join(f"<li>{_line(found, n)}</li>" for n in rest)
        lines += f'<details class="mm-fold"><summary>{count}</summary><ul>{items}</ul></details>'
    return lines


def _line(found: Shown, name: str) -> str:
    """A verdict without its number where a sentence shows that; with it otherwise."""
    verdict, entry = found.verdicts[name], found.entries[name]
    mark, state, spoken = _mark(verdict, entry)
    said = (
        words.value(entry, verdict.got, verdict.rows_met, verdict.comparison) if verdict.got is not None else "nothing"
    )
    number = "" if name in found.named else f": <b>{words.rich(said)}</b>"
    aside = "; ".join(
        filter(None, [f"asked: {_asked(entry)}", words.rich(words.runs(entry, verdict.runs, verdict.rows_met)), words.seen_red(verdict.seen_red, verdict.to_plant)])
    )  # fmt: skip
    return (
        f'<p class="mm-claim mm-{state}"><span aria-hidden="true">{mark}</span><span class="mm-spoken">{spoken}:</span> '
        f'{words.rich(entry.says)}{number} <span class="mm-must">({aside}; claim <code>{name}</code>)</span></p>'
    )


def setup(app) -> None:
    """Called by the book's Sphinx extension."""
    app.setup_extension("myst_nb")  # its domain is there before its role is replaced
    app.add_role_to_domain("glue", "text", ResultInText(), override=True)
    app.connect("doctree-read", fold_verdicts)
