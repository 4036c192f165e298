"""Pages for teaching: glossary, notation, notes for instructors."""

import re

import pytest

from mmlib import exercises
from mmlib.reproduce import coursework, review_map
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


def test_the_homework_is_a_download_and_its_solution_is_on_no_page():
    sheet = text("for_instructors").split("## A homework sheet")[1]
    assert [name for name in coursework.sheets(BOOK) if f"/student/{name}.ipynb" not in sheet] == []
    for name in coursework.sheets(BOOK):
        for one in coursework.exercises(coursework.Sheets(ROOT), name):
            told = [line for line in one.code.splitlines() if len(line) > 25]
            assert told and not [line for page in PAGES for line in told if line in text(page)], one.title
