"""What readers come for, from the first page, in clicks: each task has a budget, and what is at its end is looked at."""

from __future__ import annotations

import pytest

from . import checks
from .conftest import PHONE
from .test_search import found

DESK = {"width": 1366, "height": 768}
FIRST = "book/intro"


class Reader:
    """Clicks what can be seen and counts."""

    def __init__(self, tab):
        self.tab, self.clicks = tab, 0

    def click(self, place):
        assert place.first.is_visible(), place
        place.first.click()
        self.tab.wait_for_load_state("load")
        self.clicks += 1

    def sees(self, place, screens=1):
        """Without searching long: within so many windows from where the page stands."""
        box = place.first.bounding_box()
        return box is not None and 0 <= box["y"] < screens * self.tab.viewport_size["height"]


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "telephone"])
def reader(request, open_page):
    tab, seen = open_page(FIRST, size=request.param)
    one = Reader(tab)
    yield one
    assert seen.console == [] and seen.failed == []


def test_the_function_for_gaps_in_data(reader):
    reader.click(reader.tab.get_by_role("link", name="Use the library"))
    row = reader.tab.locator("tr", has_text="gaps in the data")
    assert reader.sees(row, screens=3), "the table from questions to functions stands near the top"
    reader.click(row.locator("a.reference"))
    assert reader.tab.url.endswith("networks.html#mmlib.neural_ode.fit_ode") and reader.clicks == 2
    entry = reader.tab.locator("dl:has(> dt[id='mmlib.neural_ode.fit_ode'])").inner_text()
    assert "NaN is a reading that was not taken" in entry and ">>> from mmlib" in entry


def test_run_the_second_chapter(reader):
    reader.click(reader.tab.locator(".mm-tile a").nth(1))
    reader.click(reader.tab.locator(".mm-run > summary"))
    binder = reader.tab.locator(".mm-ways").get_by_role("link", name="Binder")
    assert reader.sees(binder) and "before_you_believe_a_score.ipynb" in binder.get_attribute("href")
    assert reader.clicks == 2  # the third one leaves the site


def test_cite_the_book(reader):
    reader.click(reader.tab.get_by_role("link", name="how to cite"))
    assert reader.clicks == 1 and reader.sees(reader.tab.get_by_text("@software{"), screens=2)


def test_print_a_chapter(reader):
    reader.click(reader.tab.locator(".mm-tile a"))
    reader.tab.evaluate("window.print = () => { window.printed = true; }")
    reader.click(reader.tab.locator(".dropdown-download-buttons > button"))
    reader.click(reader.tab.get_by_text("Print or save as PDF"))
    assert reader.tab.evaluate("window.printed") and reader.clicks == 3


def test_find_what_does_not_reproduce(reader):
    reader.click(reader.tab.locator("article").get_by_role("link", name="What reproduces"))
    row = reader.tab.locator("#published tbody tr")
    assert reader.sees(row, screens=2), "what does not agree with its source comes before everything else"
    assert "not reproduced" in row.first.inner_text()
    reader.click(row.first.locator("a"))  # to the claim in its chapter
    assert "#claim-" in reader.tab.url and reader.clicks == 2


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("hares and lynx", "odes/pelts_and_patterns"),
        ("action potential drug", "theory_driven/proarrhythmic_drugs"),
        ("sickle cell", "capstones/sickle_cell"),
        ("morphogens equation", "odes/system_identification"),
        ("free energy", "odes/free_energy"),
        ("how to cite", "cite"),
        ("gaps in the data", "theory_driven/neural_differential_equations"),
    ],
)
def test_several_words(open_page, site, query, meant):
    """The page that a reader means comes first, or at least among the first three."""
    tab, _ = open_page(FIRST)
    pages = list(dict.fromkeys(r["to"].split("#")[0].split("?")[0] for r in found(tab, site, query)))
    assert f"book/{meant}.html" in pages[:3], pages


def test_a_chapter_becomes_slides(open_page, site):
    """Title, sections, each Predict and figure as a slide that fits the window; keys turn; paper has a sheet for each."""
    tab, seen = open_page("book/start/diagnosis_is_not_prognosis", size=DESK)
    predict = ".admonition:has(> .admonition-title:text-is('Predict'))"
    predicts = tab.locator(f"article {predict}").count()
    figures = tab.locator("article figure.mm-figure").evaluate_all(
        "all => all.filter(e => !e.closest('.solution')).length"
    )
    tab.goto(f"{site}/book/start/diagnosis_is_not_prognosis.html?slides")
    tab.locator(".mm-deck").wait_for()
    slides = tab.locator(".mm-slide")
    total = slides.count()
    assert tab.locator(f".mm-slide {predict}").count() == predicts > 1
    assert tab.locator(".mm-slide figure img").count() == figures and total > predicts + figures
    assert tab.locator(".mm-slide .solution, .mm-slide .exercise").count() == 0
    wide = []
    for k in range(total):
        assert tab.locator(".mm-turn output").inner_text() == f"{k + 1} of {total}"
        if tab.locator(".mm-now").evaluate("(e) => e.scrollWidth > e.clientWidth + 1 || !e.innerText.trim()"):
            wide.append(k + 1)
        tab.keyboard.press("ArrowRight")
    assert wide == [], "slides that are wider than the window, or empty"
    assert tab.url.endswith(f"#{total}")
    assert seen.refused == [] and seen.console == []
    assert checks.accessible(tab, seen) == []
    tab.keyboard.press("Escape")
    tab.wait_for_url(f"{site}/book/start/diagnosis_is_not_prognosis.html")
