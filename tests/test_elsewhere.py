"""The notebooks in other places: which are tried, what is pasted, and what counts as a failure."""

import shutil
import subprocess

import nbformat
import pytest

from mmlib.chapter import CHECK_MIME
from mmlib.reproduce import elsewhere
from mmlib.reproduce.book import Book

from .conftest import FIXTURE, ROOT


@pytest.fixture
def book(tmp_path):
    """The fixture book under git, on main, with a branch checked out."""
    shutil.copytree(FIXTURE, tmp_path / "book_of_one")
    root = tmp_path / "book_of_one"
    for command in ("init -q -b main", "add .", "commit -q -m first", "checkout -q -b change"):
        git(root, *command.split())
    return Book(root)


def git(root, *arguments):
    name = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *name, *arguments], cwd=root, check=True, capture_output=True)


def commit(book, path, text="\n"):
    with (book.root / path).open("a", encoding="utf-8") as file:
        file.write(text)
    git(book.root, "commit", "-q", "-a", "-m", "more")


def test_a_chapter_counts_as_changed_with_its_source(book):
    commit(book, "book/intro.md")
    assert elsewhere.changed(book) == []
    commit(book, "book/fixture/predators.md")
    assert elsewhere.changed(book) == ["fixture/predators"]


def test_on_main_the_last_commit_counts(book):
    git(book.root, "checkout", "-q", "main")
    commit(book, "book/fixture/predators.md")
    assert elsewhere.changed(book) == ["fixture/predators"]
    commit(book, "book/intro.md")
    assert elsewhere.changed(book) == []


def test_without_a_past_every_chapter_counts(tmp_path):
    shutil.copytree(FIXTURE, tmp_path / "plain")
    assert elsewhere.changed(Book(tmp_path / "plain")) == ["fixture/predators"]


def test_the_students_notebook_with_solutions_holds_all_cells_of_the_book():
    """Nothing but the order of text is lost between the student's notebook with solutions pasted in and the page."""
    book = Book(ROOT)
    chapter = "odes/system_identification"
    pasted = nbformat.reads(elsewhere.pasted(book, chapter), as_version=4)
    whole = nbformat.reads(elsewhere.export(book, chapter, "instructor"), as_version=4)
    one, two = ("".join("".join(c.source.split()) for c in n.cells if c.cell_type == "code") for n in (pasted, whole))
    assert one == two
    assert "answer=..." not in one


@pytest.mark.parametrize(
    ("data", "red"),
    [
        ({"text/plain": "error = 3 %  (asked < 5: holds)"}, False),
        ({"text/plain": "error = 7 %  (asked < 5: DOES NOT HOLD)"}, True),
        ({"text/plain": "Exercise 2: right.", CHECK_MIME: {"exercise": 2, "right": True}}, False),
        ({"text/plain": "Exercise 2: not yet.", CHECK_MIME: {"exercise": 2, "right": False}}, True),
    ],
)
def test_what_counts_as_a_failure(data, red):
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=data)])
    assert bool(elsewhere._complaint(nbformat.v4.new_notebook(cells=[cell]))) == red


def test_a_notebook_that_takes_too_much_memory_is_stopped(tmp_path, monkeypatch):
    notebook = tmp_path / "greedy.ipynb"
    cell = nbformat.v4.new_code_cell("greedy = bytearray(10**9)\nimport time; time.sleep(60)")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    visit = elsewhere._execute(elsewhere.Path(elsewhere.sys.executable), notebook, dict(elsewhere.os.environ), 0.5)
    assert "more than 0.5 GB" in visit.red and visit.seconds < 50


def test_a_notebook_that_fails_says_so(tmp_path):
    notebook = tmp_path / "wrong.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), notebook)
    visit = elsewhere._execute(elsewhere.Path(elsewhere.sys.executable), notebook, dict(elsewhere.os.environ), None)
    assert "ZeroDivisionError" in visit.red


def test_unknown_place_and_chapter(capsys):
    with pytest.raises(ValueError, match="colab, binder; got 'moon'"):
        elsewhere.run(Book(ROOT), "odes/system_identification", "moon")
    assert elsewhere.main(["odes/nothing"]) == 2
    assert "unknown chapter" in capsys.readouterr().err
