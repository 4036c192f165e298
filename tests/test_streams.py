"""Chance in the chapters: named streams, and the list of what still draws from the bare generator."""

import pytest
import yaml

from mmlib.reproduce.book import Book
from mmlib.reproduce.store import read_notebook
from mmlib.reproduce.streams import bare, mistaken

from .conftest import ROOT

BOOK = Book(ROOT)
LISTED = yaml.safe_load((ROOT / "book/bare_rng.yml").read_text(encoding="utf-8"))
MOST = 0  # uses of the bare generator today; lower it with the list, never raise it


def cells(chapter) -> list[str]:
    notebook = read_notebook(BOOK.file(chapter, ".md"))
    return [c.source for c in notebook.cells if c.cell_type == "code"]


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_chapters_draw_from_named_streams(chapter):
    """A bare `here.rng` gives other numbers when its cell is run again; no new one may come."""
    used, listed = bare(cells(chapter)), LISTED.get(chapter, 0)
    assert len(used) <= listed, f"{used}: open a stream, here.rng('what is drawn')"


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_no_stream_draws_the_same_twice(chapter):
    assert mistaken(cells(chapter)) == []


def test_the_list_only_shrinks():
    assert set(LISTED) <= set(BOOK.chapters()), "a chapter that is gone"
    assert all(count > 0 for count in LISTED.values()), "a chapter without a bare use leaves the list"
    assert sum(LISTED.values()) == MOST, "uses of the bare generator: lower MOST with the list"


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("x = here.rng.normal()\ny = here.rng('y').normal()", 1),
        ("f(rng=here.rng)\n%timeit f", 1),
        ("x, y = here.rng.normal(), here.rng.normal()", 2),
        ("g = here.rng(f'k {3}')", 0),
        ("other.rng.normal()", 0),
    ],
)
def test_bare_uses_are_found(cell, count):
    assert len(bare([cell])) == count


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (["a = here.rng('a')", "b = here.rng('a')"], "at 2 places"),
        (["x = [here.rng('a').normal() for _ in range(3)]"], "at each turn"),
        (["while here.rng('a').random() < 0.5:\n    pass"], "at each turn"),
        (["x = {k: here.rng('a').normal() for k in range(3)}"], "at each turn"),
    ],
)
def test_streams_that_draw_the_same_numbers_are_found(code, says):
    assert says in mistaken(code)[0]


@pytest.mark.parametrize(
    "cell",
    [
        "for k in range(3):\n    here.rng(f'a {k}').normal()",
        "for x in here.rng('a').normal(size=3):\n    print(x)",
        "x = [2 * v for v in here.rng('a').normal(size=3)]",
    ],
)
def test_streams_that_are_meant(cell):
    assert mistaken([cell]) == []
