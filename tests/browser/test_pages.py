"""The built pages, opened in a browser without a network."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import DESKTOP, PAGES, PHONE, SITE

AXE = Axe()

UNRENDERED = """() => {
  const left = [...document.querySelectorAll("span.math, div.math")].filter(e => !e.querySelector("mjx-container"));
  const bad = [...document.querySelectorAll("mjx-merror, merror")];
  return [...left, ...bad].map(e => e.textContent.slice(0, 80));
}"""

WIDE = """() => {
  const column = document.querySelector("article.bd-article").getBoundingClientRect();
  return [...document.querySelectorAll("article.bd-article img, article.bd-article svg")]
    .filter(e => e.getBoundingClientRect().right > column.right + 1)
    .map(e => (e.alt || e.outerHTML).slice(0, 80));
}"""


def test_quiet_and_self_contained(open_page, page):
    """No message in the console, nothing missing, nothing asked of another machine, equations rendered."""
    tab, seen = open_page(page)
    assert seen.refused == [], "the page asks for something that the site does not serve"
    assert seen.failed == []
    assert seen.console == []
    assert tab.evaluate(UNRENDERED) == []
    assert tab.locator("article.bd-article h1").count() == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_scrolls_sideways(open_page, page, size):
    tab, _ = open_page(page, size=size)
    wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the window"
    assert tab.evaluate(WIDE) == [], "wider than the column"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(open_page, page, scheme):
    """No serious or critical finding of axe-core."""
    tab, _ = open_page(page, scheme=scheme)
    assert tab.evaluate("document.documentElement.dataset.theme") == scheme
    found = AXE.run(tab).response["violations"]
    grave = [
        f"{v['id']} ({v['impact']}): {v['help']}; {len(v['nodes'])} times, first {v['nodes'][0]['target']} "
        f"{v['nodes'][0]['html'][:160]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert grave == []


def test_figures_move_by_keyboard(open_page, page):
    """Without a network the slider takes the still picture's place, and an arrow key moves the curves."""
    if '"mm-figure mm-move"' not in (SITE / f"{page}.html").read_text(encoding="utf-8").replace("&quot;", '"'):
        return  # nothing to move
    tab, seen = open_page(page)
    figure = tab.locator("figure.mm-move").first
    figure.locator(".mm-stage .plot-container").wait_for()
    assert not figure.locator("img").is_visible()
    drawn = "(f) => f.querySelector('.mm-stage').data.map((d) => [d.x.join(), d.y.join()]).join()"
    before, value = figure.evaluate(drawn), figure.locator(".mm-value").inner_text()
    figure.locator("input").press("ArrowLeft")
    assert figure.locator(".mm-value").inner_text() != value
    assert figure.evaluate(drawn) != before
    tab.emulate_media(media="print")
    assert figure.locator("img").is_visible() and not figure.locator(".mm-stage").is_visible()
    assert seen.refused == [] and seen.console == []


def test_next_visits_every_page(open_page):
    tab, _ = open_page(PAGES[0])
    visited = [PAGES[0]]
    while (following := tab.locator("a.right-next")).count():
        following.first.click()
        tab.wait_for_load_state("load")
        visited.append(tab.url.split("/", 3)[3].removesuffix(".html"))
        assert len(visited) <= len(PAGES), visited
    assert visited == PAGES
    for _ in PAGES[1:]:
        tab.locator("a.left-prev").first.click()
        tab.wait_for_load_state("load")
    assert tab.url.endswith(f"{PAGES[0]}.html")


def test_exercises_are_counted_as_their_checkers_count(open_page, site):
    tab, _ = open_page(PAGES[0])
    counted = 0
    for page in PAGES:
        tab.goto(f"{site}/{page}.html")
        titles = tab.locator("div.exercise > p.admonition-title").all_inner_texts()
        assert [t.split(" (")[0].strip() for t in titles] == [f"Exercise {k + 1}" for k in range(len(titles))], page
        counted += len(titles)
    assert counted > 50


def test_search_finds_a_term_in_one_box(open_page, site):
    tab, seen = open_page(PAGES[0])
    assert tab.locator("input[type=search]:visible").count() <= 1
    tab.goto(f"{site}/search.html?q=Schnakenberg")
    tab.wait_for_selector("#search-results p:has-text('Search finished')")  # results arrive one by one
    links = tab.locator("#search-results li a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    pages = list(dict.fromkeys(link.split("#")[0].split("?")[0] for link in links))
    assert "book/odes/system_identification.html" in pages, pages
    reference = [page.startswith("book/library/") for page in pages]
    assert reference == sorted(reference), f"expected chapters before the reference, got {pages}"
    assert tab.locator("input[type=search]:visible, input[name=q]:visible").count() == 1
    assert seen.refused == [] and seen.console == []
