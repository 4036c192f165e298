"""How the built pages say results: each number with its sign, units once, no word that only the machine knows."""

from __future__ import annotations

import re

import pytest

from .conftest import DESKTOP, PHONE

WORDS = """() => {
  const article = document.querySelector("article.bd-article").cloneNode(true);
  article.querySelectorAll("pre, code, mjx-container, script, .mm-about").forEach(e => e.remove());
  article.querySelectorAll("p, li, td, th, summary, figcaption, h1, h2, h3").forEach(e => e.append(" \\n"));
  return article.textContent;
}"""
FAULTS = {
    "a unit twice": re.compile(r"\d[\d.e-]*\s+([^\W\d]\w+|%)\s+\1(?!\w)"),
    "a condition as the machine writes it": re.compile(r"\b(?:share|count)\s*[<>]|median (?:ratio|difference)\s*[<>]"),
    "a statistic twice": re.compile(r"median[^.;|\n]{0,60}, median of"),
    "a ratio that reads as a time": re.compile(r"(?<![\d.])\d[\d.]*\s+CPU seconds of [^.|\n]{0,80} over those"),
    "a letter that should stand below the line": re.compile(r"\bk_B\b"),
    "a role that was not rendered": re.compile(r"\{glue:text\}"),
}


def test_results_are_said_once_and_in_words(open_page, page):
    tab, _ = open_page(page)
    text = tab.evaluate(WORDS)
    found = {what: [m[0] for m in pattern.finditer(text)] for what, pattern in FAULTS.items()}
    assert {what: hits for what, hits in found.items() if hits} == {}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_sign_opens_by_key_pointer_and_touch(open_page, page, size):
    """What lies behind a number opens inside the window, names its condition, and closes with Escape."""
    tab, seen = open_page(page, size=size)
    if not tab.locator(".mm-tick").count():
        return
    sign = tab.locator(".mm-tick").first
    behind = tab.locator(f"#{sign.get_attribute('popovertarget')}")
    assert not behind.is_visible()
    sign.focus()
    assert sign.evaluate("e => getComputedStyle(e).outlineStyle") != "none", "focus is seen"
    tab.keyboard.press("Enter")
    assert behind.is_visible() and "Asked:" in behind.inner_text()
    box = behind.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"] and box["y"] >= 0
    tab.keyboard.press("Escape")
    assert not behind.is_visible()
    sign.click()
    assert behind.is_visible()
    row = behind.locator("a").get_attribute("href")
    assert tab.locator(row).count() == 1, "the row of the chapter's table"
    assert seen.console == []


def test_on_paper_a_sign_names_the_row_of_the_table(open_page, page):
    tab, _ = open_page(page)
    if not tab.locator(".mm-tick").count():
        return
    tab.emulate_media(media="print")
    number = tab.locator(".mm-row").first
    assert number.is_visible()
    row = tab.locator(".mm-tick + .mm-row + .mm-about a, .mm-about a").first.get_attribute("href")
    assert tab.locator(row).inner_text() == number.inner_text()
    fold = tab.locator(".mm-fold li").first
    assert not fold.count() or fold.is_visible(), "folded verdicts are printed"
