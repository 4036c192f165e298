"""The ledger as a reader uses it: what does not agree comes first, a word and a state find, a head orders, a claim has an address."""

from __future__ import annotations

import csv
import io

from .conftest import PHONE

PAGE = "book/reproducibility"


def test_a_reader_finds_orders_and_keeps(open_page, site):
    tab, seen = open_page(PAGE)
    verdicts = tab.locator("#published tbody td:nth-child(4)").all_inner_texts()
    order = ["not reproduced", "better", "reproduced"]
    assert verdicts == sorted(verdicts, key=order.index) and len(verdicts) > 3

    rows = tab.locator(".mm-ledger tr:has([data-states])")
    seen_rows = tab.locator(".mm-ledger tr:has([data-states]):visible")
    total = rows.count()
    form = tab.locator(".mm-find")
    assert form.locator("output").inner_text() == f"{total} of {total} claims"
    form.locator("input").fill("wavelength")
    left = seen_rows.all_inner_texts()
    assert 0 < len(left) < 40 and all("wavelength" in text.lower() for text in left)
    form.locator("input").fill("")
    form.locator("select[name=state]").select_option("undecided")
    left = seen_rows.all_inner_texts()
    assert left and all("not decided" in text for text in left)
    form.locator("select[name=state]").select_option("")

    table = tab.locator(".mm-ledger table:has([data-states])").first
    head = table.locator("th button").nth(2)
    head.press("Enter")
    kinds = table.locator("tbody td:nth-child(3)").all_inner_texts()
    assert kinds == sorted(kinds) and table.locator("th").nth(2).get_attribute("aria-sort") == "ascending"

    place = rows.last.locator("a.mm-hash").get_attribute("href")
    tab.goto(f"{site}/{PAGE}.html{place}")
    assert tab.locator(place).evaluate(
        "(e) => { const y = e.getBoundingClientRect().y; return y >= 0 && y < innerHeight; }"
    )

    text = tab.evaluate(
        "(a) => fetch(a).then((answer) => answer.text())", tab.locator("a[download][href$=csv]").get_attribute("href")
    )
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) >= total and {"chapter", "claim", "value", "must", "seen_red"} <= lines[0].keys()
    assert seen.refused == [] and seen.console == [] and seen.failed == []


def test_on_a_telephone_nothing_is_off_the_screen(open_page):
    tab, _ = open_page(PAGE, size=PHONE)
    tab.wait_for_timeout(300)
    wide = tab.evaluate(
        "[...document.querySelectorAll('.mm-ledger td')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert wide == 0
    label = tab.evaluate("getComputedStyle(document.querySelector('.mm-ledger td:nth-child(2)'), '::before').content")
    assert ":" in label, "a cell says what it is"
