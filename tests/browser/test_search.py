"""The search, typed into the built pages: the right page first, and an excerpt that the page has."""

from __future__ import annotations

import re

import pytest

# what a reader types: pages of which one comes first
ASKED = {
    "sindy": ["odes/system_identification"],
    "energy": ["odes/free_energy"],
    "uncertainty": ["odes/when_a_surrogate_pays", "odes/parameters_with_error_bars"],
    "licence": ["cite"],
    "license": ["cite"],
    "cite": ["cite"],
    "censoring": ["start/before_you_believe_a_score"],
    "regress": ["library/gaussian_processes"],
    "fit_many": ["library/networks"],
    "mmlib.identify.weigh": ["library/identification"],
}


def found(tab, site, query):
    """Addresses, titles and excerpts of the results, best first."""
    tab.goto(f"{site}/search.html?q={query}")
    tab.locator("ul.search li a").first.wait_for()
    tab.wait_for_function("document.querySelector('.search-summary').textContent.includes('finished')")
    tab.wait_for_function(
        "[...document.querySelectorAll('ul.search li')].slice(0, 3).every((e) => e.children.length > 1)"
    )
    return tab.evaluate(
        "[...document.querySelectorAll('ul.search li')].slice(0, 5).map((e) => ({to: e.querySelector('a').getAttribute('href'), "
        "title: e.querySelector('a').textContent, says: e.querySelector('p.context')?.textContent ?? ''}))"
    )


@pytest.mark.parametrize("query", ASKED)
def test_the_right_page_first_and_a_true_excerpt(open_page, site, query):
    tab, seen = open_page("book/intro")
    results = found(tab, site, query)
    assert any(results[0]["to"].startswith(f"book/{page}.html") for page in ASKED[query]), [r["to"] for r in results]
    excerpts = [r["says"] for r in results if r["says"]]
    for says in excerpts:
        assert not re.search(r"Binder|Repository|Toggle|\.ipynb", says[:60]), f"the toolbar is quoted: {says}"
    if "." not in query and excerpts:
        assert query.rstrip("y") in excerpts[0].lower(), f"the excerpt does not have the word: {excerpts[0]}"
    assert seen.refused == [] and seen.console == []
