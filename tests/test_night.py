"""A night of the engine, with runs that are made up: what confirms an alarm, what is written, what is red."""

import argparse
import re
from types import SimpleNamespace

import pytest

from mmlib import claims
from mmlib.reproduce import night
from mmlib.reproduce.book import Book
from mmlib.reproduce.execute import ChapterError
from mmlib.reproduce.store import Record

CLAIM = """{name}:
  says: error of the forecast
  unit: "1"
  kind: run
  must: "< 3"
  because: what a spline reaches
  drift: 0.3
"""
NAMES = ["a", "b", "c"]
TEN = [0.90, 0.95, 1.0, 1.05, 1.1, 0.92, 0.98, 1.02, 1.07, 1.12]
OUT = 1.5  # an alarm that is not red at once
SEED = 77


@pytest.fixture
def book(tmp_path):
    folder = tmp_path / "book" / "odes"
    folder.mkdir(parents=True)
    where = {"device": "cpu", "dtype": "float64", "threads": 1, "cpu_s": 1, "key": "k", "date": "2026-01-01"}
    for chapter in ("one", "two"):
        (folder / f"{chapter}.md").write_text("# A chapter\n", encoding="utf-8")
        text = "".join(CLAIM.format(name=name) for name in NAMES)
        (folder / f"{chapter}.claims.yml").write_text(text, encoding="utf-8")
        rows = [claims.Row(claim=name, seed=s, value=v, **where) for name in NAMES for s, v in enumerate(TEN)]
        (folder / f"{chapter}.replicates.csv").write_text(claims.write_replicates(rows), encoding="utf-8")
    return Book(tmp_path)


def record(run, values):
    return Record(
        chapter=run.chapter, seed=run.seed, device="cpu", threads=1, cells="", files={}, context={}, claims=values,
        checks=[], stderr=[], date="2026-01-01", wall_s=1, cpu_s=1, peak_mb=1, dtype="float64", machine="here",
        versions={}, notebook="",
    )  # fmt: skip


def run(book, values, **options):
    """One night; `values(chapter, seed)` says what differs from 1.0. Returns status, what was asked, the history."""
    asked = []

    def run_all(runs, _):
        asked.extend((r.chapter, r.seed) for r in runs)
        found = {r: values(r.chapter, r.seed) for r in runs}
        return {
            r: v if isinstance(v, ChapterError) else record(r, dict.fromkeys(NAMES, 1.0) | v) for r, v in found.items()
        }

    base = {"seed": SEED, "history": None, "device": "cpu", "threads": 1}
    options = argparse.Namespace(**{**base, **options})
    status = night.run_night(book, ["odes/one", "odes/two"], options, run_all, lambda *_: [])
    return SimpleNamespace(status=status, asked=asked, history=claims.read_history(night.history_file(book, options)))


def words(history, claim="a", chapter="odes/one"):
    return [row.verdict for row in history if (row.chapter, row.claim) == (chapter, claim)]


def test_a_quiet_night(book, capsys):
    seen = run(book, lambda *_: {})
    assert seen.status == 0 and seen.asked == [("odes/one", SEED), ("odes/two", SEED)]
    assert len(seen.history) == 6 and {row.verdict for row in seen.history} == {"ok"}
    assert "2 chapters, 6 claims with a new seed, 0 alarms: none is red" in capsys.readouterr().out


def test_a_lone_alarm_is_looked_at_again_and_forgiven(book, capsys):
    seen = run(book, lambda chapter, seed: {"a": OUT} if (chapter, seed) == ("odes/one", SEED) else {})
    assert seen.status == 0
    assert seen.asked[2:] == [("odes/one", seed) for seed in claims.fresh_seeds(SEED)]
    assert words(seen.history) in (["alarm"] + ["fresh ok"] * 4, ["rare"] + ["fresh ok"] * 4)
    out = capsys.readouterr().out
    assert re.search(r"(alarm|rare) +odes/one +a +1\.5 .* 0 of 4", out) and "1 alarm: none is red" in out


def test_an_alarm_that_all_fresh_seeds_confirm_is_red(book, capsys):
    seen = run(book, lambda chapter, seed: {"a": OUT} if chapter == "odes/one" else {})
    assert seen.status == 1
    assert words(seen.history) == ["confirmed"] + ["fresh alarm"] * 4
    assert words(seen.history, "b") == ["ok"] + ["fresh ok"] * 4
    assert "RED    odes/one: a: got 1.5" in (out := capsys.readouterr().out)
    assert "Confirmed by 4 of 4 fresh seeds" in out


def test_three_of_four_are_not_enough_with_ten_stored_runs(book):
    last = claims.fresh_seeds(SEED)[-1]
    seen = run(book, lambda chapter, seed: {"a": OUT} if chapter == "odes/one" and seed != last else {})
    assert seen.status == 0


def test_alarms_of_one_chapter_confirm_each_other(book, capsys):
    """Three claims alarm; each fresh seed shows another one of them."""
    turn = dict(zip(claims.fresh_seeds(SEED), "abca", strict=True))
    seen = run(book, lambda chapter, seed: {n: OUT for n in turn.get(seed, "abc")} if chapter == "odes/one" else {})
    assert seen.status == 1
    assert "odes/one: 3 claims alarm (a, b, c)" in capsys.readouterr().out
    assert words(seen.history)[0] == "confirmed"
    two = {**turn, claims.fresh_seeds(SEED)[0]: ""}
    assert run(book, lambda c, seed: {n: OUT for n in two.get(seed, "abc")} if c == "odes/one" else {}).status == 0


def test_a_whole_chapter_that_rots_is_red_at_once(book, capsys):
    """The planted fault of old: every claim of a chapter 1e9, and the night was green."""
    seen = run(book, lambda chapter, _: dict.fromkeys(NAMES, 1e9) if chapter == "odes/two" else {})
    assert seen.status == 1 and words(seen.history, chapter="odes/two") == ["red"]
    assert capsys.readouterr().out.count("RED    odes/two") == 3
    assert run(book, lambda chapter, _: {"b": float("nan")} if chapter == "odes/two" else {}).status == 1


def test_better_is_larger_hides_nothing(book):
    path = book.file("odes/one", ".claims.yml")
    text = path.read_text(encoding="utf-8").replace("  drift: 0.3", "  better_is: larger\n  drift: 0.3")
    path.write_text(text.replace('"< 3"', '"> 0.1"'), encoding="utf-8")
    assert run(book, lambda chapter, _: {"a": 1e9} if chapter == "odes/one" else {}).status == 1
    assert run(book, lambda chapter, _: {"a": OUT} if chapter == "odes/one" else {}).status == 0


def test_a_chapter_that_fails_leaves_the_others_alone(book, capsys):
    failed = ChapterError("odes/one", "NameError", "book/odes/one.md", "a cell failed")
    seen = run(book, lambda chapter, _: failed if chapter == "odes/one" else {})
    assert seen.status == 1 and {row.chapter for row in seen.history} == {"odes/two"}
    assert "RED    odes/one: NameError: book/odes/one.md: a cell failed" in capsys.readouterr().out


def test_a_rare_alarm_that_comes_back_is_listed(book, tmp_path, capsys, monkeypatch):
    history = tmp_path / "nights" / "history.csv"
    for day, value in (("2026-01-01", OUT), ("2026-01-05", OUT), ("2026-01-20", OUT)):
        monkeypatch.setattr(night, "_today", lambda day=day: day)
        run(book, lambda c, s, v=value: {"a": v} if (c, s) == ("odes/one", SEED) else {}, history=str(history))
        assert (
            "AGAIN  odes/one: a: p < 0.001 in 2 of 7 nights (2026-01-01, 2026-01-05)" in capsys.readouterr().out
        ) is (day == "2026-01-05")
    assert len(claims.read_history(history)) == 3 * (6 + 12)


def test_seed_and_file(book, monkeypatch):
    monkeypatch.setattr(night, "_today", lambda: "2026-11-25")
    assert night.seed_of(argparse.Namespace(seed=0)) == 20261125 and night.seed_of(argparse.Namespace(seed=7)) == 7
    path = night.history_file(book, argparse.Namespace(history=None))
    assert path == book.root / "_build" / "history.csv"
    path.parent.mkdir()
    path.write_text("something else\n", encoding="utf-8")
    with pytest.raises(claims.ClaimsError, match="history.csv"):
        night.history_file(book, argparse.Namespace(history=None))


def test_the_commit_is_named(monkeypatch):
    monkeypatch.setenv("GITHUB_SHA", "0123456789abcdef")
    assert night._commit() == "0123456789ab"
    monkeypatch.delenv("GITHUB_SHA")
    monkeypatch.setenv("PATH", "")
    assert night._commit() == "unknown"
