"""List the sentences of a chapter that compare, or name a cause, and rest on nothing that a machine can refute.

Such a sentence shows a claim of kind *comparison* (``{glue:text}`name```), or the line before its paragraph says why not:

    % not a comparison (better, because): the reason

Words are those of ``book/comparing_words.yml``. Headings, tables, quotations, code, formulas, exercises and what stands under
*Predict* are left out. How many such sentences a chapter has stands in ``book/unjudged_sentences.yml`` and may only fall; the
judge of a chapter is red where there are more.

No machine sees whether a sentence says of its two methods what its claim says (*the kernel wins* over a claim that it loses, met
in all runs). So each sentence that shows a comparison was read beside what the stored runs say, and ``book/read_sentences.yml``
keeps a hash of both: when the sentence or the claim's words, pair or side change, it is listed until it is read again.

    python -m mmlib.reproduce.sentences             count those of all chapters
    python -m mmlib.reproduce.sentences CHAPTER     print those of a chapter, with their lines
    python -m mmlib.reproduce.sentences --read      print what changed beside what the runs say, and keep it as read
    python -m mmlib.reproduce.sentences --write     write the counts where they fell; never raises one, and keeps nothing as read
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mmlib import claims
from mmlib.claims.comparisons import side
from mmlib.reproduce.book import Book, find_book, write_atomic

__all__ = ["Sentence", "counts", "paragraphs", "red_lines", "sentences", "unjudged"]

_WORDS, _COUNTS = "book/comparing_words.yml", "book/unjudged_sentences.yml"
_READ = "book/read_sentences.yml"
_FENCE = re.compile(r"^(`{3,}|:{3,})(?:\{([\w-]+)\}[ \t]*(.*)|\w+)$")
_MARK = re.compile(r"^% not a comparison \(([^)]*)\):\s*(\S.*)?$")
_GLUE = re.compile(r"\{glue:text\}`(\w+)`")
_SHOWN = ("note", "tip", "warning", "important", "admonition", "figure")  # directives whose words are prose
_NOT_OURS = re.compile(r"\{[\w:.-]+\}`[^`]*`|`[^`]*`|\$\$?[^$]*\$\$?|[\"“][^\"”]*[\"”]")
_END = re.compile(r"[.!?][\"”)*]*\s+(?=[\"“*_({\[§A-Z0-9])")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|et al|cf|vs|Fig|Eq|Dr|No|approx)\.$")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a chapter's prose."""

    line: int  # of the source, from 1
    text: str
    voice: str  # the same without quotations, code and formulas, each of which became a §
    marked: tuple[str, ...] = ()  # words that a marked reason sets free

    @property
    def claims(self) -> tuple[str, ...]:
        """Names of the claims that it shows."""
        return tuple(_GLUE.findall(self.text))


@dataclass(frozen=True)
class _Words:
    comparing: re.Pattern
    neither: re.Pattern
    undecided: re.Pattern


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text notebook's prose.

    >>> [s.line for s in sentences("# A heading\\n\\nOne is short. Two\\nare better.\\n\\n- An item.")]
    [3, 3, 6]
    """
    return [found for paragraph in paragraphs(text.split("\n")) for found in _split(*paragraph)]


def unjudged(book: Book, chapter: str) -> list[tuple[Sentence, tuple[str, ...], str]]:
    """Sentences that compare or name a cause and do not rest on what they show: the sentence, its words, and what is missing."""
    words = _words(book.root)
    entries = claims.read_claims(book.file(chapter, ".claims.yml"))
    found = sentences(book.file(chapter, ".md").read_text(encoding="utf-8"))
    known = _read(book)
    new = known is not None and _changed(entries, found, known.get(chapter, {}))
    red = []
    for sentence in found:
        said = _comparing(sentence, words)
        bound = _bound(sentence, entries)
        turned = [name for name in bound if _denied(entries[name])]
        if turned:
            red.append((sentence, said, f"{turned[0]} asks that its own words are false: {_turn(entries[turned[0]])}"))
        elif said and not bound:
            red.append((sentence, said, "shows no comparison"))
        elif (
            said
            and all(_undecided(book, chapter, entries, name) for name in bound)
            and not words.undecided.search(sentence.text.lower())
        ):
            red.append((sentence, said, "its comparison is not decided"))
        elif new and set(bound) & new:
            red.append((sentence, said, _unread(book, chapter, entries, sorted(set(bound) & new))))
    return red


def red_lines(book: Book, chapter: str) -> list[str]:
    """For the judge: the sentences of a chapter that rest on nothing, where there are more than its count allows."""
    if not (book.root / _WORDS).exists():
        return []
    red = unjudged(book, chapter)
    if len(red) <= allowed(book).get(chapter, 0):
        return []
    return [
        f"{chapter}: book/{chapter}.md:{sentence.line}: {_named(words)}{missing}: {sentence.text[:160]}"
        for sentence, words, missing in red
    ]


def counts(book: Book) -> dict[str, int]:
    """Unjudged sentences of each chapter."""
    return {chapter: len(unjudged(book, chapter)) for chapter in book.chapters()}


def allowed(book: Book) -> dict[str, int]:
    """What ``book/unjudged_sentences.yml`` allows; a chapter that it does not name may have none."""
    path = book.root / _COUNTS
    return (yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None) or {}


# -- what was read beside the stored runs -------------------------------------------------------------------------------


def _read(book: Book) -> dict[str, dict[str, str]] | None:
    """Hashes of what was read, by chapter and claim; None where a book keeps none."""
    path = book.root / _READ
    return _parsed(path.read_text(encoding="utf-8")) if path.exists() else None


@cache
def _parsed(text: str) -> dict[str, dict[str, str]]:
    return yaml.safe_load(text) or {}


def _bound(sentence: Sentence, entries) -> list[str]:
    return [name for name in sentence.claims if name in entries and entries[name].kind == "comparison"]


def _hashes(entries, found: list[Sentence]) -> dict[str, str]:
    """For each comparison that is shown: its words, pair and side, and the own words of the sentences that show it."""
    texts: dict[str, list[str]] = {}
    for sentence in found:
        for name in dict.fromkeys(_bound(sentence, entries)):
            texts.setdefault(name, []).append(" ".join(re.findall(r"[^\W\d_]+", sentence.voice.lower())))
    hashes = {}
    for name, said in texts.items():
        entry = entries[name]
        whole = "\n".join([entry.says, *entry.of, entry.statistic, side(entry), *said])
        hashes[name] = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return hashes


def _changed(entries, found: list[Sentence], known: dict[str, str]) -> set[str]:
    return {name for name, now in _hashes(entries, found).items() if known.get(name) != now}


def _denied(entry) -> bool:
    """Does a share's condition ask that its first claim is *not* the smaller one? Its sentence then counts the other side."""
    return entry.statistic == "share <" and side(entry) == "above"


def _turn(entry) -> str:
    a, b = entry.of
    return f"of {a} < {b} it allows {entry.must}. Write `of: [{b}, {a}]`, and say so"


def _unread(book: Book, chapter: str, entries, names: list[str]) -> str:
    """What the stored runs say of comparisons, for somebody who is to read a sentence beside them."""
    return (
        f"not read since it changed: {'; '.join(_in_order(book, chapter, entries, name) for name in names)}. Does the sentence say "
        f"the same? Then: python -m mmlib.reproduce.sentences {chapter} --read"
    )


def _in_order(book: Book, chapter: str, entries, name: str) -> str:
    entry = entries[name]
    rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
    try:
        found = claims.compare(entry, entries, rows, name=name)
    except claims.ClaimsError as error:
        return str(error)
    below = found.wins if side(entry) != "above" else found.n - found.wins
    a, b = entry.of
    return f"{a} is below {b} in {below:g} of {found.n} runs ({entry.says})"


def _keep_as_read(book: Book, chapters: list[str]) -> None:
    """Print what changed beside what the stored runs say, and keep it as read."""
    known = dict(_read(book) or {})
    for chapter in chapters:
        entries = claims.read_claims(book.file(chapter, ".claims.yml"))
        found = sentences(book.file(chapter, ".md").read_text(encoding="utf-8"))
        for name in sorted(_changed(entries, found, known.get(chapter, {}))):
            print(f"{chapter}: {name}: {_in_order(book, chapter, entries, name)}")
            for sentence in found:
                if name in _bound(sentence, entries):
                    print(f"    {sentence.line}: {sentence.text}")
        known[chapter] = _hashes(entries, found)
    known = {chapter: known[chapter] for chapter in sorted(known) if known[chapter]}
    write_atomic(book.root / _READ, _READ_HEAD + yaml.safe_dump(known))


# -- reading --------------------------------------------------------------------------------------------------------


def paragraphs(lines: list[str]):
    """(first line's number, lines, words set free) of each paragraph of prose."""
    start, skipped, formula, fences = _after_front_matter(lines), False, False, []
    paragraph, first, marked = [], 0, ()
    for number, line in enumerate([*lines[start:], ""], start=start + 1):
        text = line.strip()
        ends = not text or text.startswith(("#", "|", "%", "```", ":::", "$$", "(")) and not text.startswith("((")
        item = re.match(r"(?:[-*]|\d+\.)\s", text)
        if paragraph and (ends or item or skipped):
            yield first, paragraph, marked
            paragraph, marked = [], ()
        if found := _FENCE.match(text):
            fences.append((found[1], _is_prose(found[2] or "", found[3] or "")))
        elif fences and text == fences[-1][0]:
            fences.pop()
        elif text in ("```", ":::"):
            fences.append((text, False))
        elif mark := _MARK.match(text):
            marked = tuple(word.strip().lower() for word in mark[1].split(",")) if mark[2] else ()
        elif formula or text.startswith("$$"):
            formula ^= text.count("$$") == 1  # between two lines of $$ there is no prose
        elif not ends and all(prose for _, prose in fences) and not re.match(r":[\w-]+:", text):
            if not paragraph:
                first = number
            paragraph.append(text)
        if "{exercise-start}" in text or "{exercise-end}" in text:
            skipped = "start" in text
        if skipped:
            paragraph = []


def _after_front_matter(lines: list[str]) -> int:
    return lines.index("---", 1) + 1 if lines[0] == "---" and "---" in lines[1:] else 0


def _is_prose(directive: str, title: str) -> bool:
    return directive in _SHOWN and not title.startswith("Predict")


def _split(first: int, lines: list[str], marked: tuple[str, ...]):
    """The sentences of a paragraph, each with the line on which it begins."""
    text = re.sub(r"^(?:[-*]|\d+\.)\s+", "", "\n".join(lines))
    voice, begin = _own_voice(text), 0
    ends = [m.end() for m in _END.finditer(voice) if not _ABBREVIATED.search(voice[: m.start() + 1])]
    for end in [*ends, len(text)]:
        piece, own = text[begin:end], " ".join(voice[begin:end].split())
        if own:
            yield Sentence(first + text[:begin].count("\n"), " ".join(piece.split()), own, marked)
        begin = end


def _own_voice(text: str) -> str:
    """The text at the same length, with quotations, code, roles and formulas blanked to a § and spaces."""
    return _NOT_OURS.sub(lambda m: "§" + re.sub(r"[^\n]", " ", m[0][1:]), text)


# -- judging --------------------------------------------------------------------------------------------------------


@cache
def _words(root: Path) -> _Words:
    found = yaml.safe_load((root / _WORDS).read_text(encoding="utf-8"))

    def either(*lists):
        return re.compile("|".join(rf"(?<!\w)(?:{word})(?!\w)" for words in lists for word in words))

    return _Words(either(found["comparing"], found["causal"]), either(found["neither"]), either(found["undecided"]))


def _comparing(sentence: Sentence, words: _Words) -> tuple[str, ...]:
    """The words of a sentence that compare or name a cause, in its own voice and not set free."""
    if sentence.voice.rstrip("*_)").endswith("?") or sentence.voice.startswith("You will be able to"):
        return ()
    text = words.neither.sub(" ", sentence.voice.lower())
    return tuple(dict.fromkeys(m[0] for m in words.comparing.finditer(text) if m[0] not in sentence.marked))


def _undecided(book: Book, chapter: str, entries, name: str) -> bool:
    rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
    try:
        return claims.compare(entries[name], entries, rows, name=name).decided == "not decided"
    except claims.ClaimsError:  # too few runs in common; the judge says so
        return True


# -- command --------------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Print or write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.sentences", description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*", help="path below book/ without ending; all chapters if none is named")
    parser.add_argument("--write", action="store_true", help=f"write the counts that fell into {_COUNTS}")
    parser.add_argument("--read", action="store_true", help=f"keep what changed as read, in {_READ}; read it first")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        chapters = book.resolve(options.chapter)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    if options.read:
        _keep_as_read(book, chapters)
    limits, status = allowed(book), 0
    for chapter in chapters:
        red = unjudged(book, chapter)
        if options.chapter:
            for sentence, words, missing in red:
                print(f"book/{chapter}.md:{sentence.line}: {_named(words)}{missing}\n    {sentence.text}")
        limit = limits.get(chapter, 0)
        print(f"{chapter}: {len(red)} sentences compare or name a cause and rest on no comparison; allowed {limit}")
        status |= len(red) > limit
        if len(red) < limit and options.write:
            limits[chapter] = len(red)
    if options.write:
        write_atomic(book.root / _COUNTS, _HEAD + yaml.safe_dump({k: v for k, v in limits.items() if v}))
    return int(status)


def _named(words: tuple[str, ...]) -> str:
    return f"{', '.join(words)}: " if words else ""


_READ_HEAD = """\
# Each comparison that a chapter's text shows, as it was read beside what its stored runs say: a hash of the sentences that show it, of the
# claim's words, pair and side. Where one of them changes the chapter is red until somebody has read them again:
# python -m mmlib.reproduce.sentences CHAPTER --read
"""
_HEAD = """\
# Sentences of each chapter that compare or name a cause and rest on no comparison (python -m mmlib.reproduce.sentences).
# These numbers may only fall; a chapter that is not named has none.
"""


if __name__ == "__main__":
    sys.exit(main())
