"""Pages for teaching: glossary, notation, notes for instructors."""

import re
import time

import pytest

from mmlib import exercises
from mmlib.reproduce import review_map
from mmlib.reproduce.book import Book
from mmlib.reproduce.pages import page_names

from .conftest import ROOT

BOOK = Book(ROOT)
PAGES = ("glossary", "notation", "for_instructors", "how_to_use")


def text(page) -> str:
    return (ROOT / f"book/{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_pages(page):
    """To pages of the table of contents, or to each other."""
    known = {*page_names(BOOK), *(f"book/{p}" for p in (*PAGES, "review_map"))}
    links = re.findall(r"\{doc\}`(?:[^`<]*<)?/([\w/]+)>?`", text(page))
    assert links and set(links) <= known
    assert text(page).count("{doc}") == len(links)


# -- glossary -------------------------------------------------------------------------------------------------------


def test_glossary_has_the_boxes_of_the_review():
    """Each in the review's words, briefly, and with a place in the book unless the map calls it a gap."""
    boxes = [item for item in review_map.read_map(ROOT / "book/review_map") if item.id.startswith("B-")]
    first = text("glossary").split("## Other words")[0].split("```{glossary}")[1]
    entries = re.split(r"\n(?=[A-Z])", first.strip())
    entries = [e for e in entries if "\n" in e]  # a line alone is a second name of the next
    assert len(entries) == len(boxes) == 18
    for item, entry in zip(boxes, entries, strict=True):
        quoted = re.search(r'In the review: "(.+?)"', entry)[1]
        assert item.quote in quoted and len(quoted.split()) <= 20, item.id
        assert ("Not yet in the book." in entry) == (item.state == "gap"), f"{item.id}: map and glossary disagree"
        if item.state != "gap":
            place = entry.split("In the book:")[1]
            assert any(f"/book/{where.page}`" in place for where in item.where), item.id


# -- notation -------------------------------------------------------------------------------------------------------


def test_symbols_are_those_of_the_chapters():
    page = text("notation")
    chapters = dict(re.findall(r"^- \*(\w+)\*: \{doc\}`/book/([\w/]+)`", page, re.MULTILINE))
    assert set(chapters.values()) <= {c for c in BOOK.chapters() if f"book/{c}" in page_names(BOOK)}
    formulas = {
        word: "\n".join(re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", BOOK.file(c, ".md").read_text("utf-8"), re.DOTALL))
        for word, c in chapters.items()
    }
    rows = re.findall(r"^\| (\$.+?) \| .+ \| ([\w, ]+) \|$", page, re.MULTILINE)
    assert len(rows) > 50
    for symbols, where in rows:
        for word in where.split(", "):
            for symbol in re.findall(r"\$(.+?)\$", symbols):
                found = re.search(rf"(?<![a-zA-Z\\]){re.escape(symbol)}(?![a-zA-Z])", formulas[word])
                assert found, f"{word} has no {symbol}"


# -- for instructors --------------------------------------------------------------------------------------------------


def code(part) -> list[str]:
    return re.findall(r"```python\n(.*?)```", part, re.DOTALL)


def test_beliefs_are_answered_by_sections_that_exist():
    beliefs = re.findall(
        r"^- \*.+?\* \{doc\}`/book/([\w/]+)`, section \*(.+?)\*", text("for_instructors"), re.MULTILINE
    )
    assert {chapter for chapter, _ in beliefs} <= set(BOOK.chapters()) and len(beliefs) >= 2 * 9
    for chapter, section in beliefs:
        headings = re.findall(r"^##+ (.+)$", BOOK.file(chapter, ".md").read_text(encoding="utf-8"), re.MULTILINE)
        assert section in headings, f"{chapter} has no section {section!r}"


def test_the_page_names_what_marks_a_notebook():
    grading = text("for_instructors").split("## Grading")[1].split("\n## ")[0]
    (source,) = code(grading)
    compile(source, "grading", "exec")
    for name in re.search(r"from mmlib.exercises import (.+)", source)[1].split(", "):
        assert name in exercises.__all__
    assert "public pages" in grading, "who grades must know that solutions are public"


def test_the_homework_runs_and_its_checker_tells_right_from_wrong(capsys):
    starter, checker, solution = code(text("for_instructors").split("## A homework sheet")[1])
    space, begin = {}, time.process_time()
    for block in (starter, checker, solution):
        exec(block, space)
    assert time.process_time() - begin < 20  # CPU seconds; about six on a quiet machine
    said = capsys.readouterr().out
    assert said.count("not yet.") == 3 and said.count(": right.") == 3
    check = space["check"]
    for part, wrong in [
        (1, [0.55, 0.028, 0.80]), (1, [1.1, 0.028, 0.80, 0.024]), (1, [0.55, 0.028, 0.80, 0.024]), (1, [0.5, 0.03, 0.8, 0.02]),
        (2, [0, 12]), (2, [9, 9, 8, -0.5647]), (2, [0, 3, 3, -0.5647]), (2, [1, 10, 10, -0.5647]), (2, [0, 9, 8, -0.56]), (2, [0, 9, 8]),
        (3, [1.2, 0]), (3, [0.01, 0.01]), (3, [1, 1]), (3, [0.5, 0.001]), (3, [1, 0]), (3, 1), (3, float("nan")),
    ]:  # fmt: skip
        assert not check(part, wrong), (part, wrong)
    assert check(1, (0.5516, 0.02794, 0.7978, 0.02394)) and check(2, (0, 9, 8, -0.565)) and check(3, [1, 0.000337])
