"""The checks find what is planted on a page: a look is asked about once, so that no look may be left out."""

from __future__ import annotations

import pytest

from . import checks, results
from .conftest import PAGES, PHONE

CHAPTER = next(page for page in PAGES if page.startswith("book/odes/"))
PLANTED = {
    "pale comments in code": "pre .c1 { color: #ccc !important }",
    "a dark ground": "article .admonition p { background: #777 !important }",
    "pale cells of tables": "article td { color: #bbb !important }",
}


@pytest.mark.parametrize("fault", PLANTED)
def test_contrast_that_is_too_low_is_found(open_page, fault):
    tab, seen = open_page(CHAPTER)
    tab.add_style_tag(content=PLANTED[fault])
    found = checks.accessible(tab, seen, checks.OF_COLOUR)
    assert any(f.startswith("color-contrast") for f in found), found


UNFIT = {
    "unsaid": "for (const e of document.querySelectorAll('.mm-wide, .mm-on')) e.classList.remove('mm-wide', 'mm-on')",
    "sentences in a table": "for (const e of document.querySelectorAll('.mm-cards')) e.classList.remove('mm-cards')",
    "in two boxes": "(e => e.after(e.cloneNode(true)))(document.querySelector('.output.stream'))",
    "says nothing": "document.querySelector('details.hide > summary').textContent = 'Code'",
    "on another line": "(e => (e.style.display = 'block'))(document.querySelector('.mm-tick:not(details *, .solution *)'))",
}


@pytest.mark.parametrize("fault", UNFIT)
def test_what_does_not_fit_a_telephone_is_found(open_page, fault):
    tab, seen = open_page(CHAPTER, size=PHONE)
    assert checks.fits(tab, seen) == []
    tab.evaluate(UNFIT[fault])
    assert any(fault in found for found in checks.fits(tab, seen))


def test_paper_has_the_number_of_a_row(open_page):
    """A page whose first sign lies in a closed fold is asked at its first open one; a number that is hidden is found."""
    tab, seen = open_page(next(page for page in PAGES if page.endswith("where_gradients_come_from")))
    assert not tab.locator(".mm-tick").first.is_visible() and tab.locator(".mm-tick:visible").count()
    assert results.signs(tab, seen) == [] and results.on_paper(tab, seen) == []
    tab.add_style_tag(content=".mm-row { display: none !important }")
    assert results.on_paper(tab, seen) == ["the number of the row is not printed"]
