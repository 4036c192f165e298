"""The built pages, opened in a browser without a network."""

from __future__ import annotations

import pytest

from .conftest import CHECKS, PAGES


@pytest.mark.parametrize("check", CHECKS)
def test_page(findings, page, check):
    """Each page is visited once in the light theme on a desk and once in the dark one on a telephone; see checks.py."""
    found = findings(page)[check]
    assert found == [], f"{page}, {check}: {found}"


def test_search_finds_a_term_in_one_box(open_page, site):
    tab, seen = open_page(PAGES[0])
    assert tab.locator("input[type=search]:visible").count() <= 1
    tab.goto(f"{site}/search.html?q=Schnakenberg")
    tab.wait_for_selector("#search-results p:has-text('Search finished')")  # results arrive one by one
    links = tab.locator("#search-results li a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    pages = list(dict.fromkeys(link.split("#")[0].split("?")[0] for link in links))
    assert "book/odes/system_identification.html" in pages, pages
    assert not pages[0].startswith("book/library/"), f"expected a chapter before the reference, got {pages}"
    assert tab.locator("input[type=search]:visible, input[name=q]:visible").count() == 1
    assert seen.refused == [] and seen.console == []
