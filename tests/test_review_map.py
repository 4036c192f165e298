"""The map of the review: its page agrees with its source, and nothing is said to run that the book does not hold."""

import re

import pytest

from mmlib.reproduce import review_map
from mmlib.reproduce.book import Book
from mmlib.reproduce.pages import page_names

from .conftest import ROOT

BOOK = Book(ROOT)
SOURCE = ROOT / "book/review_map"
ITEMS = review_map.read_map(SOURCE)


def test_the_page_agrees_with_its_source():
    text = (ROOT / "book/review_map.md").read_text(encoding="utf-8")
    assert text == review_map.page(BOOK, ITEMS), "run: python -m mmlib.reproduce.review_map"


def test_what_is_said_to_run_is_there():
    assert review_map.unsupported(BOOK, ITEMS) == []
    assert {place.page for item in ITEMS for place in item.where} <= {p.removeprefix("book/") for p in page_names(BOOK)}


def test_every_chapter_carries_an_item():
    in_contents = {c for c in BOOK.chapters() if f"book/{c}" in page_names(BOOK)}
    missing = in_contents - {place.page for item in ITEMS for place in item.where}
    assert not missing, "say in book/review_map/*.yml which items of the review these chapters show"


def test_the_boxes_and_figures_are_complete():
    ids = {item.id for item in ITEMS}
    assert len(ids) == len(ITEMS)
    assert {f"B-{k:02d}" for k in range(1, 19)} <= ids
    assert {re.match(r"F-(\d)", i)[1] for i in ids if i.startswith("F-")} == set("1234567")


def test_the_page_counts_what_it_lists():
    text = (ROOT / "book/review_map.md").read_text(encoding="utf-8")
    for state in ("runs", "exercise", "named", "gap"):
        rows = re.findall(rf"^\| \S+ \(.*\) “.*” \| \*\*{state}\*\*", text, re.MULTILINE)
        assert len(rows) == sum(item.state == state for item in ITEMS)
    total = [int(n) for n in re.search(r"^\| \*\*all\*\* \| (.*) \|$", text, re.MULTILINE)[1].split(" | ")]
    shown = [item for item in ITEMS if item.state in ("runs", "exercise")]
    named, gaps = (sum(item.state == state for item in ITEMS) for state in ("named", "gap"))
    assert total == [len(ITEMS), len(shown), sum(bool(item.missing) for item in shown), named, gaps]
    assert len(shown) + named + gaps == len(ITEMS)
    assert f"{named} are named only; {gaps} are gaps.**" in text


def test_gaps_are_folded_and_nothing_else_is():
    text = (ROOT / "book/review_map.md").read_text(encoding="utf-8")
    folds = re.findall(r"^:::\{admonition\} (\d+) gaps?\n:class: dropdown\n(.*?)^:::$", text, re.MULTILINE | re.DOTALL)
    assert all(int(said) == len(re.findall(r"^\| \S+ \(", fold, re.MULTILINE)) for said, fold in folds)
    assert sum(fold.count("**gap**") for _, fold in folds) == sum(item.state == "gap" for item in ITEMS)
    assert not any(re.search(r"\*\*(runs|exercise|named)\*\*", fold) for _, fold in folds)


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"where": [{"page": "odes/nowhere", "claims": ["x"]}]}, "no page book/odes/nowhere.md"),
        ({"where": [{"page": "odes/free_energy", "claims": ["nonsense"]}]}, "has no claim 'nonsense'"),
        ({"where": [{"page": "odes/free_energy", "exercise": 9}]}, "exercises, not 9"),
        ({"where": [{"page": "odes/free_energy"}]}, "call it a gap"),
    ],
    ids=["page", "claim", "exercise", "evidence"],
)
def test_an_empty_promise_is_red(change, fault):
    item = review_map.Item(id="X-01", part="p", section="1", quote="words", state="runs", shows="it", **change)
    (found,) = review_map.unsupported(BOOK, [item])
    assert found.startswith("X-01: ") and fault in found


@pytest.mark.parametrize(
    "text, fault",
    [
        ("- {id: A-01, section: '1', quote: words, state: gap}\n" * 2, "more than once: A-01"),
        ("- {id: A-01, section: '1', quote: words, state: runs}", "needs where and shows"),
        ("- {id: A-01, section: '1', quote: words, state: gap, shows: it}", "a gap has no place"),
        ("- {id: A-01, section: '1', quote: words, state: exercise, shows: it, where: [{page: x}]}", "the number"),
        ("- {id: one, section: '1', quote: words, state: gap}", "item 'one'"),
    ],
    ids=["twice", "nowhere", "gap with a place", "which exercise", "id"],
)  # fmt: skip
def test_a_faulty_source_is_refused(tmp_path, text, fault):
    path = tmp_path / "map.yml"
    path.write_text(f"part: p\nitems:\n{text}", encoding="utf-8")
    with pytest.raises(review_map.MapError, match=re.escape(fault)):
        review_map.read_map(path)


def test_parts_are_read_in_the_order_of_their_names_and_ids_are_unique_in_all(tmp_path):
    entry = "items:\n- {{id: {0}, section: '1', quote: words, state: gap}}\n"
    for name, part, item in (("02_b", "B", "B-01"), ("01_a", "A", "A-01")):
        (tmp_path / f"{name}.yml").write_text(f"part: {part}\n" + entry.format(item), encoding="utf-8")
    assert [(item.id, item.part) for item in review_map.read_map(tmp_path)] == [("A-01", "A"), ("B-01", "B")]
    (tmp_path / "03_c.yml").write_text("part: C\n" + entry.format("A-01"), encoding="utf-8")
    with pytest.raises(review_map.MapError, match="more than once: A-01"):
        review_map.read_map(tmp_path)
    (tmp_path / "03_c.yml").write_text(entry.format("C-01"), encoding="utf-8")
    with pytest.raises(review_map.MapError, match=r"03_c.yml: expected two keys, part \(its name\) and items"):
        review_map.read_map(tmp_path)


def test_the_command_checks_and_writes(tmp_path, monkeypatch, capsys):
    (tmp_path / "book/start").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text("root: book/intro\n", encoding="utf-8")
    (tmp_path / "book/start/page.md").write_text("# A page\n", encoding="utf-8")
    entry = "part: p\nitems:\n- {id: A-01, section: '1', quote: 'a | b', state: named, shows: it, where: [{page: start/page}]}"
    (tmp_path / "book/review_map").mkdir()
    (tmp_path / "book/review_map/01_p.yml").write_text(entry, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert review_map.main(["--check"]) == 1
    assert "does not agree" in capsys.readouterr().err
    assert review_map.main([]) == 0 and review_map.main(["--check"]) == 0
    text = (tmp_path / "book/review_map.md").read_text(encoding="utf-8")
    assert r"| A-01 (1) “a \| b” | **named** in {doc}`A page </book/start/page>`: it |" in text
    (tmp_path / "book/start/page.md").unlink()
    assert review_map.main(["--check"]) == 1 and "no page" in capsys.readouterr().err
