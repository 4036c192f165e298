"""Old addresses lead to pages."""

import pytest

from mmlib.reproduce import redirects
from mmlib.reproduce.book import Book
from mmlib.reproduce.pages import page_names

from .conftest import ROOT


def book(root, text) -> Book:
    (root / "book").mkdir()
    (root / "book/redirects.yml").write_text(text, encoding="utf-8")
    return Book(root)


PAGES = ["book/intro", "book/part/new"]


def test_those_of_the_book_lead_to_pages():
    redirects.read_redirects(Book(ROOT), page_names(Book(ROOT)))


def test_an_old_address_is_a_page_that_sends_on(tmp_path):
    there = book(tmp_path, "part/old: part/new\nolder: part/new\n")
    redirects.write_redirects(there, PAGES, tmp_path / "_build/html")
    text = (tmp_path / "_build/html/book/part/old.html").read_text(encoding="utf-8")
    assert 'url=new.html"' in text and 'location.replace("new.html" + location.hash)' in text
    assert 'url=part/new.html"' in (tmp_path / "_build/html/book/older.html").read_text(encoding="utf-8")
    assert redirects.unanswered(there, PAGES) == []
    (tmp_path / "_build/html/book/older.html").write_text("an old page", encoding="utf-8")
    assert redirects.unanswered(there, PAGES) == ["the old address book/older does not lead to book/part/new"]


def test_no_redirects_are_none(tmp_path):
    assert redirects.read_redirects(book(tmp_path, "# none yet\n"), PAGES) == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("old: nowhere", "leads to book/nowhere, which is not in _toc.yml"),
        ("part/new: intro", "book/part/new is a page of the table of contents"),
        ("- old", "expected lines 'old/page: new/page'"),
    ],
)
def test_one_that_cannot_be_followed_is_refused(tmp_path, text, fault):
    with pytest.raises(redirects.RedirectError, match=fault):
        redirects.read_redirects(book(tmp_path, text), PAGES)
