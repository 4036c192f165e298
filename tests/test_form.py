"""The form of a chapter in figures."""

import pytest

from mmlib import claims
from mmlib.reproduce import form
from mmlib.reproduce.book import Book
from mmlib.reproduce.faults import table

from .conftest import ROOT

TEXT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Four words of prose

$$ x = y $$

```{code-cell}
one = 1

two = 2
```

```{code-cell}
:tags: [hide-input]

plot.show(one)
```

```{exercise-start} First
:label: first
```
Words that are not counted.
```{exercise-end}
```

```{solution-start} first
```
```{code-cell}
three = 3
```
```{solution-end}
```

The end.
"""


def test_what_is_read_is_counted(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/page.md").write_text(TEXT, encoding="utf-8")
    found = form.size(Book(tmp_path), "page")
    assert found == form.Size(words=4 + 2, lines=2, longest=2, figures=1, exercises=1)


def test_the_way_to_the_first_result_is_measured(tmp_path):
    (tmp_path / "book").mkdir()
    long = TEXT.replace("one = 1", "one = 1\n" * 36)  # two screens later
    (tmp_path / "book/page.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "book/long.md").write_text(long, encoding="utf-8")
    short, far = (form.screens_before_result(Book(tmp_path), name) for name in ("page", "long"))
    assert far - short == pytest.approx(36 / form.LINES_A_SCREEN) and 0 < short < 1


def test_claims_that_no_fault_turned_red(tmp_path):
    (tmp_path / "book").mkdir()
    book = Book(tmp_path)
    run = "  {says: a number of something, unit: '', kind: run, must: '< 1', because: it is made so that it is, drift: {absolute: 1}}\n"
    (tmp_path / "book/page.claims.yml").write_text("".join(f"{c}:\n{run}" for c in "abc"), encoding="utf-8")
    assert form.never_red(book, "page") is None
    did = [("a", "must"), ("b", "drift"), ("c", "died"), ("c", "comparison")]
    found = [
        table.Result("f", "sign", "m.py", "f", 1, "+", "-", "h", claim, how, "1", "2026-01-01") for claim, how in did
    ]
    (tmp_path / "book/page.faults.csv").write_text(table.write_results(found), encoding="utf-8")
    assert form.never_red(book, "page") == 1  # drift alone is not seen red


@pytest.mark.parametrize("chapter", Book(ROOT).chapters())
def test_a_chapter_has_fifteen_to_thirty_claims(chapter):
    assert 15 <= len(claims.read_claims(Book(ROOT).file(chapter, ".claims.yml"))) <= 30


@pytest.mark.parametrize("chapter", Book(ROOT).chapters())
def test_a_share_counts_what_its_sentence_says(chapter):
    """`share <` with an upper bound alone counts the runs in which a is *not* below b: exchange a and b."""
    entries = claims.read_claims(Book(ROOT).file(chapter, ".claims.yml")).items()
    turned = [n for n, e in entries if e.statistic == "share <" and e.must.strip().startswith("<")]
    assert not turned, turned


def test_the_command_prints_every_chapter(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert form.main([]) == 0
    printed = capsys.readouterr().out
    assert all(chapter in printed for chapter in Book(ROOT).chapters())
    assert form.main(["odes/nothing"]) == 2
