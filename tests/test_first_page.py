"""The first page: its numbers, cards and map come from the chapters."""

import base64
import io
import re

import nbformat
import pytest
from PIL import Image

from mmlib import claims
from mmlib.reproduce import figures, first_page
from mmlib.reproduce.book import Book
from mmlib.reproduce.headers import read_header
from mmlib.reproduce.store import Run

from .conftest import ROOT

BOOK = Book(ROOT)
INTRO = (ROOT / "book/intro.md").read_text(encoding="utf-8")
HEADER = "---\nkernelspec:\n  display_name: Python 3\n  name: python3\nmmlib: {{question: 'What is asked?', needs: sums, data: real{}}}\n---\n\n# {}\n"


def test_its_numbers_are_claims_of_chapters():
    named = re.findall(r"\{glue:text\}`([\w/]+)#(\w+)`", INTRO)
    assert len(named) >= 5
    for chapter, claim in named:
        assert claim in claims.read_claims(BOOK.file(chapter, ".claims.yml")), f"{chapter} has no claim {claim}"


def test_no_result_is_typed():
    section = INTRO.split("## Three results")[1].split("## ")[0]
    assert not re.findall(r"\d+(?:\.\d+)?\s*%|\d\.\d", section)


def test_its_figure_is_one_of_a_chapter_with_claims():
    chapter, number = re.search(r"\{result-figure\} (\S+) (\d+)", INTRO).groups()
    assert chapter in BOOK.chapters()
    shown = len(re.findall(r"plot\.(?:show|move)\(", BOOK.file(chapter, ".md").read_text(encoding="utf-8")))
    assert int(number) <= shown


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_a_card_names_a_figure_that_the_chapter_has(chapter):
    shown = len(re.findall(r"plot\.(?:show|move)\(", BOOK.file(chapter, ".md").read_text(encoding="utf-8")))
    assert read_header(BOOK, chapter).figure <= shown


@pytest.fixture
def small(tmp_path):
    """A book of four pages; the third is read after the first two, the fourth stands alone."""
    (tmp_path / "book/a").mkdir(parents=True)
    pages = "".join(f"      - file: book/a/{name}\n" for name in ("one", "two", "three", "four"))
    (tmp_path / "_toc.yml").write_text(f"root: book/intro\nparts:\n  - caption: Part\n    chapters:\n{pages}", "utf-8")
    more = ", learned: a net, beside: a line"
    for name, after in (("one", ""), ("two", ""), ("three", ", after: [a/one, a/two]"), ("four", "")):
        (tmp_path / f"book/a/{name}.md").write_text(HEADER.format(more + after, name.title()), "utf-8")
    return Book(tmp_path)


def test_what_builds_on_what(small):
    lines = first_page.what_builds(small)
    assert lines[:4] == [
        "- {doc}`/book/a/one`",
        "  - {doc}`/book/a/three` (after {doc}`/book/a/one` and {doc}`/book/a/two`)",
        "- {doc}`/book/a/two`",
        "  - {doc}`/book/a/three` (after {doc}`/book/a/one` and {doc}`/book/a/two`)",
    ]
    assert lines[-1] == "In any order: {doc}`/book/a/four`."


def test_every_chapter_is_on_the_map_once_as_a_start_or_below_one():
    text = "\n".join(first_page.what_builds(BOOK))
    assert set(re.findall(r"\{doc\}`/book/([\w/]+)`", text)) >= set(BOOK.chapters())


def test_figures_come_from_the_stored_run(small, monkeypatch):
    buffer = io.BytesIO()
    Image.new("RGB", (1200, 500), "white").save(buffer, "PNG")
    png = base64.b64encode(buffer.getvalue()).decode()
    html = f'<figure class="mm-figure"><img src="data:image/png;base64,{png}" alt="A &lt; B." width="9"><figcaption>{{}}</figcaption></figure>'
    outputs = [
        nbformat.v4.new_output("display_data", {"text/html": html.format(says)}) for says in ("first", "it&#x27;s")
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    run = Run(small, "a/one", seed=0, device="cpu", threads=1)
    run.folder.mkdir(parents=True)
    run.notebook_path.write_text(nbformat.writes(notebook), encoding="utf-8")
    monkeypatch.setattr(Run, "load", lambda self: None)
    assert [(f.alt, f.caption) for f in figures.figures(small, "a/one")] == [("A < B.", "first"), ("A < B.", "it's")]
    assert figures.figure(small, "a/one", 7).caption == "it's", "the last one where there are fewer"
    figures.thumbnail(figures.figure(small, "a/one", 1), small.root / "x/small.png")
    with Image.open(small.root / "x/small.png") as image:
        assert image.width == figures.WIDTH


def test_a_page_without_cells_shows_its_picture():
    (found,) = figures.figures(BOOK, "pdes/where_networks_stand")
    assert found.png[1:4] == b"PNG" and len(found.alt) > 30
