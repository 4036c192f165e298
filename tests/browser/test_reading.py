"""What a reader does with a page: prints it, enlarges a figure, keeps it, downloads the notebook. One chapter, one visit."""

from __future__ import annotations

import csv
import io
import json
import re

from pypdf import PdfReader

from mmlib.reproduce.downloads import raw

from .conftest import PHONE

CHAPTER = "odes/free_energy"
CLOSED = "() => [...document.querySelectorAll('.admonition.solution.toggle-hidden section p')].map(e => e.textContent)"
LONG = """() => [...document.querySelectorAll("div.highlight pre")].filter((e) => !e.closest(".toggle-hidden, details:not([open])")).flatMap((e) => e.textContent.split("\\n"))
  .filter((line) => line.length > 80)"""


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def test_a_reader_prints_enlarges_and_keeps(open_page, site):
    tab, seen = open_page(f"book/{CHAPTER}", scheme="dark")

    closed, long = tab.evaluate(CLOSED), tab.evaluate(LONG)
    tab.evaluate("addEventListener('beforeprint', () => (window.ink = document.documentElement.dataset.theme))")
    paper = _letters("".join(page.extract_text() for page in PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages))
    assert tab.evaluate("window.ink") == "light", "the dark theme is printed dark"
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark", "the screen keeps its theme"
    assert closed, "the page has solutions that nobody opened"
    printed = [text for text in closed if len(_letters(text)) > 40 and _letters(text)[:40] in paper]
    assert not printed, f"solutions that were not opened are printed: {printed[:2]}"
    cut = [line for line in long if _letters(line[-12:]) not in paper]
    assert not cut, f"code is cut at the edge of the paper: {cut[:2]}"

    figure = tab.locator("figure.mm-figure:not(.mm-move)").first
    figure.locator(".mm-enlarge").press("Enter")
    large = tab.locator("dialog.mm-large")
    assert large.locator("img").bounding_box()["width"] > figure.locator("img").bounding_box()["width"]
    assert large.locator("a[download]").first.get_attribute("download") == "free_energy-1.png"
    assert large.get_by_role("link", name="Notebook that computes its data").get_attribute("href").endswith(".ipynb")
    tab.keyboard.press("Escape")
    assert large.count() == 0 and tab.evaluate("document.activeElement.className") == "mm-enlarge"
    idle = "all => all.filter((e) => e.scrollWidth <= e.clientWidth + 1).length"
    assert tab.locator("mjx-container[tabindex]").evaluate_all(idle) == 0, (
        "a formula that is no wider than its place is a stop of the Tab key"
    )
    folds = tab.locator("article details.hide > summary").all_inner_texts()
    assert folds and not [what for what in folds if "Show" in what or not what.strip()], folds

    tab.set_viewport_size(PHONE)
    tab.wait_for_timeout(300)
    assert tab.locator(".mm-cards").count(), "a table of sentences wider than a telephone is stacked"

    for label, kind in (("notebook", "ipynb"), ("student", "ipynb"), ("source", "md")):
        address = tab.locator(f"a.btn-download-{label}-button").get_attribute("href")
        text = tab.evaluate("(address) => fetch(address).then((answer) => answer.text())", address)
        assert raw(text) == [] and len(text) > 1000, label
        if kind == "ipynb":
            words = "".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
            assert ("Solution to exercise 1" in words) == (label == "notebook") and "here.check(1, answer)" in words
    assert seen.refused == [] and seen.console == [] and seen.failed == []


def test_the_curves_of_a_slider_are_kept_as_a_table(open_page):
    tab, seen = open_page("book/pdes/cardiovascular_inference")
    figure = tab.locator("figure.mm-move").first
    with tab.expect_download() as kept:
        figure.get_by_role("button", name="Download the curves").click()
    lines = list(csv.DictReader(io.StringIO(kept.value.path().read_text(encoding="utf-8"))))
    drawn = json.loads(figure.locator("script[type='application/json']").text_content())
    points = sum(len(curve["x"]) for curve in drawn["fixed"]) + sum(len(y) for c in drawn["moving"] for y in c["ys"])
    assert len(lines) == points > 0 and {line["at"] for line in lines} - {""} == set(drawn["values"])
    assert kept.value.suggested_filename == "cardiovascular_inference-curves-1.csv"
    assert seen.refused == [] and seen.console == []
