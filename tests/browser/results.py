"""How the built pages say results: each number with its sign, units once, no word that only the machine knows."""

from __future__ import annotations

import re

__all__ = ["on_paper", "signs", "wording"]

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
    "a ratio that reads as a time": re.compile(r"(?<![\d.])\d[\d.]*[ \u00a0]+CPU seconds of [^.|\n]{0,80} over those"),
    "a letter that should stand below the line": re.compile(r"\bk_B\b"),
    "a role that was not rendered": re.compile(r"\{glue:text\}"),
}


def wording(tab, seen) -> list[str]:
    """What a reader would stumble over in the sentences and tables of results."""
    if "/book/library/" in tab.url:  # there a unit or a statistic is what one types
        return []
    text = tab.evaluate(WORDS)
    return [f"{what}: {match[0]!r}" for what, pattern in FAULTS.items() for match in pattern.finditer(text)]


def signs(tab, seen) -> list[str]:
    """A sign opens by key and by pointer inside the window, says what was asked, and closes with Escape."""
    sign = tab.locator(".mm-tick:visible").first
    if not sign.count():
        return []
    red = []
    behind = tab.locator(f"#{sign.get_attribute('popovertarget')}")
    sign.focus()
    tab.keyboard.press("Enter")
    if not (behind.is_visible() and "Asked:" in behind.inner_text()):
        red.append("Enter does not open what lies behind a number")
    else:
        box, window = behind.bounding_box(), tab.viewport_size
        if box["x"] < 0 or box["y"] < 0 or box["x"] + box["width"] > window["width"]:
            red.append(f"it opens outside the window: {box}")
        row = behind.locator("a").get_attribute("href")
        if row.startswith("#") and tab.locator(row).count() != 1:  # on the first page it leads to a chapter
            red.append("it names no row of the chapter's table")
    tab.keyboard.press("Escape")
    if behind.is_visible():
        red.append("Escape does not close it")
    sign.click()
    if not behind.is_visible():
        red.append("a click does not open it")
    tab.keyboard.press("Escape")
    return red


def on_paper(tab, seen) -> list[str]:
    """In print a sign has the number of its row in the table, and folded verdicts are open."""
    if not tab.locator(".mm-tick").count():
        return []
    tab.emulate_media(media="print")
    red, number = [], tab.locator(".mm-row:visible").first  # what stands in a closed fold stays closed
    if not number.count():
        red.append("the number of the row is not printed")
    else:
        row = number.locator("xpath=following-sibling::*[1]").locator("a").get_attribute("href")
        if row.startswith("#") and tab.locator(row).inner_text() != number.inner_text():
            red.append("the number is not that of the row")
    folded = tab.locator(
        ".mm-fold:not(.admonition .mm-fold) li"
    ).first  # those of a closed solution stay closed with it
    if folded.count() and not folded.is_visible():
        red.append("folded verdicts are not printed")
    tab.emulate_media(media="screen")
    return red
