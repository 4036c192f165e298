"""The box below a chapter's title: what it takes, what it needs, and what a reader learns, in one place."""

from types import SimpleNamespace

import pytest
from docutils import nodes

from mmlib.reproduce import card
from mmlib.reproduce.book import Book

from .conftest import ROOT

BOOK = Book(ROOT)


def opened(*paragraphs):
    """A page whose opening has these paragraphs, with its box."""
    page, section = nodes.document(None, None), nodes.section()
    page += section
    section += [nodes.title("", "T"), *paragraphs]
    inner = nodes.section()
    inner += [nodes.title("", "Inside"), nodes.paragraph("", f"{card.AIMS} stay where you are.")]
    section += inner
    app = SimpleNamespace(srcdir=str(ROOT), env=SimpleNamespace(docname="book/odes/free_energy"))
    card.add_card(app, page)
    return section


def test_what_a_reader_learns_stands_in_the_box():
    aims = nodes.paragraph("", "")
    aims += [nodes.Text(f"{card.AIMS} fit a "), nodes.strong("", "surface")]
    section = opened(nodes.paragraph("", "A question."), aims)
    box = section[1]
    assert box["classes"] == ["mm-card"] and "minutes to read" in box.astext() and "Needs " in box.astext()
    assert box.astext().endswith(f"{card.AIMS} fit a surface") and isinstance(box[-1][-1], nodes.strong)
    assert [p.astext() for p in section.findall(nodes.paragraph)][1:] == [
        "A question.",
        f"{card.AIMS} stay where you are.",
    ]


def test_what_a_reader_needs_is_said_once():
    aims = nodes.paragraph("", "")
    aims += [nodes.Text(f"{card.AIMS} fit. You need\nleast squares. For teaching."), nodes.strong("", "You need me.")]
    said = opened(aims)[1].astext()
    assert "You need\nleast squares" not in said and said.endswith(f"{card.AIMS} fit. For teaching.You need me.")


def test_a_page_that_does_not_say_it_has_a_box_all_the_same():
    section = opened(nodes.paragraph("", "A question."))
    assert section[1]["classes"] == ["mm-card"] and card.AIMS not in section[1].astext()


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_every_chapter_says_what_a_reader_learns(chapter):
    opening = BOOK.file(chapter, ".md").read_text("utf-8").split("\n## ")[0]
    assert sum(part.startswith(card.AIMS) for part in opening.split("\n\n")) == 1
