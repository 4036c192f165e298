"""The tables of chapters, and the headers they are made from."""

import re
import shutil

import pytest

from mmlib.reproduce import card, tables
from mmlib.reproduce.book import Book
from mmlib.reproduce.headers import HeaderError, read_header, title

from .conftest import ROOT

BOOK = Book(ROOT)
HEADER = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
mmlib:
  question: "What is asked?"
  learned: "a network"
  beside: "a line"
  needs: "sums"
  data: real
---

# A title
"""


def test_the_pages_agree_with_the_chapters(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert tables.main(["--check"]) == 0, "run: python -m mmlib.reproduce.tables"


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_every_chapter_has_a_header(chapter):
    assert read_header(BOOK, chapter).data


@pytest.fixture
def small(tmp_path):
    """A book of two chapters."""
    (tmp_path / "book/part").mkdir(parents=True)
    toc = "root: book/intro\nchapters:\n  - file: book/part/first\n  - file: book/part/second\n  - file: book/plain\n"
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    marks = {"README": ["chapters"], "book/for_instructors": ["costs", "exercises", "needs"]}
    for page, names in marks.items():
        text = "\n".join(f"<!-- {name}:start -->\n<!-- {name}:end -->" for name in names)
        (tmp_path / f"{page}.md").write_text(text, encoding="utf-8")
    (tmp_path / "book/plain.md").write_text("# Plain\n", encoding="utf-8")
    rows = (ROOT / "tests/fixture/book/fixture/predators.replicates.csv").read_text(encoding="utf-8")
    for name in ("first", "second"):
        (tmp_path / f"book/part/{name}.md").write_text(HEADER.replace("A title", name.title()), encoding="utf-8")
        (tmp_path / f"book/part/{name}.replicates.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "book/review_map").mkdir()
    (tmp_path / "book/review_map/01_a.yml").write_text("part: A\nitems: []\n", encoding="utf-8")
    return tmp_path


def test_the_command_checks_and_writes(small, monkeypatch, capsys):
    monkeypatch.chdir(small)
    assert tables.main(["--check"]) == 1
    assert "README.md does not agree" in capsys.readouterr().err
    assert tables.main([]) == 0 and tables.main(["--check"]) == 0
    readme = (small / "README.md").read_text(encoding="utf-8")
    assert "| [First](book/part/first.ipynb) | What is asked? | a network | a line |\n| [Second]" in readme
    assert "| {doc}`/book/part/first` | sums | real |" in (small / "book/for_instructors.md").read_text(
        encoding="utf-8"
    )
    exercise = "\n````{exercise-start} Sum\n:label: e-1\n````\nAdd.\n````{exercise-end}\n````\n"
    (path := small / "book/part/first.md").write_text(path.read_text(encoding="utf-8") + exercise, encoding="utf-8")
    assert tables.main([]) == 0
    assert "| {doc}`/book/part/first` | 1 *Sum* |  |  |" in (small / "book/for_instructors.md").read_text("utf-8")
    (small / "README.md").write_text("no marks", encoding="utf-8")
    assert tables.main([]) == 2
    assert "README.md: expected the lines <!-- chapters:start -->" in capsys.readouterr().err


def test_the_order_is_that_of_the_contents(small):
    toc = (small / "_toc.yml").read_text(encoding="utf-8")
    swapped = toc.replace("first", "x").replace("second", "first").replace("x", "second")
    (small / "_toc.yml").write_text(swapped, encoding="utf-8")
    written = tables.tables(Book(small))["README.md"]["chapters"]
    assert written.index("Second") < written.index("First")


def test_what_a_chapter_needs_stands_before_it(small):
    path = small / "book/part/first.md"
    path.write_text(HEADER.replace("  data:", "  after: [part/second]\n  data:"), encoding="utf-8")
    with pytest.raises(HeaderError, match="first.md is better read after part/second, which does not stand before it"):
        tables.tables(Book(small))
    shutil.move(path, small / "book/part/second.md")
    path.write_text(HEADER, encoding="utf-8")
    (small / "book/part/second.md").write_text(
        HEADER.replace("  data:", "  after: [part/first]\n  data:"), encoding="utf-8"
    )
    needs = tables.tables(Book(small))["book/for_instructors.md"]["needs"]
    assert "| sums; better after {doc}`/book/part/first` | real |" in needs
    assert card.needs(Book(small), "part/second") == f"Needs sums; better after {title(Book(small), 'part/first')}."
    assert card.needs(Book(small), "part/first") == "Needs sums."


def test_a_title_that_asks_ends_the_line(small, monkeypatch):
    (small / "book/part/second.md").write_text(
        HEADER.replace("  data:", "  after: [part/first]\n  data:"), encoding="utf-8"
    )
    monkeypatch.setattr(card, "title", lambda book, chapter: "How sure?")
    assert card.needs(Book(small), "part/second") == "Needs sums; better after How sure?"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  needs: \"sums\"\n", "", "lacks needs"),
        ("is asked?", "is asked", "question"),
        ("data: real", "data: made up", "data"),
        ("data: real", "date: real", "date"),
        (HEADER.split("mmlib:")[1].split("---")[0], "\n", "the block 'mmlib:'"),
        ("mmlib:", "mmlab:", "expected a block 'mmlib:' in its header, got none"),
    ],
)  # fmt: skip
def test_a_faulty_header_is_refused(small, old, new, fault):
    (small / "book/part/first.md").write_text(HEADER.replace(old, new), encoding="utf-8")
    with pytest.raises(HeaderError, match="first.md") as caught:
        read_header(Book(small), "part/first")
    assert fault in str(caught.value)


def test_a_page_without_cells_needs_no_header(small):
    assert read_header(Book(small), "plain") is None and title(Book(small), "plain") == "Plain"


def test_a_chapter_says_below_its_title_what_the_table_says():
    table = tables.tables(BOOK)["book/for_instructors.md"]["costs"]
    for chapter in BOOK.chapters():
        assert card.words(BOOK, chapter).startswith(re.search(rf"/book/{chapter}` \| (\d+) \|", table)[1] + " minutes")
