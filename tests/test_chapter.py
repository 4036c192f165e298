"""The object that a chapter starts with, outside of the engine: as a student meets it."""

import random
import sys

import numpy as np
import pytest
import torch

from mmlib import chapter
from mmlib.chapter import book_says
from mmlib.claims import ClaimsError

CLAIMS = """
error:
  says: relative error of the forecast
  unit: "%"
  kind: run
  must: "< 10"
  because: what a spline reaches
  drift: 0.3
  show: .1f
median_error:
  says: median over seeds
  unit: "%"
  kind: replicates
  of: error
  statistic: median
  must: "< 10"
  because: what a spline reaches
"""


ROWS = "claim,seed,value,device,dtype,threads,cpu_s,key,date\n" + "".join(
    f"error,{seed},{value},cpu,float64,1,1,k,2026-01-01\n" for seed, value in enumerate([3.9, 4.1, 5.0, 3.0, 4.0])
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "book/a").mkdir(parents=True)
    (tmp_path / "book/a/b.claims.yml").write_text(CLAIMS, encoding="utf-8")
    (tmp_path / "book/a/b.replicates.csv").write_text(ROWS, encoding="utf-8")
    monkeypatch.setenv("MMLIB_BOOK", str(tmp_path / "book"))
    return chapter("a/b")


@pytest.fixture
def engine(here, monkeypatch):
    """The same chapter in a run of the book."""
    monkeypatch.setenv("MMLIB_ENGINE", "1")
    return chapter("a/b")


@pytest.mark.parametrize("name", ["", "/", "a/b.md", "a/b.ipynb", 3])
def test_name_of_a_chapter(name):
    with pytest.raises(ValueError, match="path below book/ without ending"):
        chapter(name)


def test_seed_and_device_come_from_the_engine(monkeypatch):
    monkeypatch.setenv("MMLIB_SEED", "5")
    monkeypatch.setenv("MMLIB_DEVICE", "cuda")
    here = chapter("a/b")
    assert (here.seed, here.device) == (5, "cuda")
    assert here.rng.normal() == np.random.default_rng(5).normal()


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.array([3.0]), torch.tensor(3.0, requires_grad=True), True])
def test_values_that_are_one_number(here, value, capsys):
    here.claim("error", value)
    assert ("here 1.0 %" if value is True else "here 3.0 %") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.nan, "got nan"),
        (np.inf, "got inf"),
        (np.ones(3), r"shape \(3,\)"),
        ("3", "expected one number"),
        (None, "expected one number"),
        (1 + 2j, "expected one number"),
    ],
)
def test_values_that_are_not(here, value, says):
    with pytest.raises(ValueError, match=says):
        here.claim("error", value)


def test_a_cell_run_again_says_what_was_before(here, capsys):
    here.claim("error", 4.0)
    here.claim("error", 6.04)
    here.claim("error", 6.01)
    here.claim("error", 6.01)
    said = capsys.readouterr().out.splitlines()
    assert "was 4.0 %, now 6.0 %; book 3.9 % (within a factor 2) (" in said[1]
    assert "was 6.04 %, now 6.01 %" in said[2], "a change that the page's digits do not show"
    assert "as before, 6.0 %" in said[3]


def test_in_a_run_of_the_book_a_claim_is_stated_once(engine):
    engine.claim("error", 3)
    with pytest.raises(ValueError, match="made before"):
        engine.claim("error", 3)


def test_in_a_run_of_the_book_only_values_are_said(engine, capsys):
    """Words, conditions and verdicts are the page's: rewording one executes nothing."""
    engine.claim("error", 30)
    engine.claim("median_error")
    engine.guess("error", 3)
    assert capsys.readouterr().out == "error = 30\nmedian_error\n"


def test_the_book_s_value_stands_beside_the_own(here, capsys):
    here.claim("error", 4.2)
    said = capsys.readouterr().out
    assert "✓ relative error of the forecast: book 3.9 % (within a factor 2), here 4.2 % (asked" in said
    assert "asked below 10 %: holds; claim error" in said


def test_claim_that_does_not_hold_is_shown(here, capsys):
    here.claim("error", 30)
    said = capsys.readouterr().out
    assert said.startswith("✗") and "here 30.0 %" in said and "asked below 10 %: does not hold" in said


def test_statement_over_seeds_comes_from_stored_runs(here, capsys):
    with pytest.raises(ValueError, match="without a value"):
        here.claim("median_error", 3)
    here.claim("median_error")
    assert "median over seeds: book 4 % (from 5 stored runs" in capsys.readouterr().out


def test_stored_runs_that_are_missing(tmp_path, monkeypatch):
    (tmp_path / "book/a").mkdir(parents=True)
    (tmp_path / "book/a/b.claims.yml").write_text(CLAIMS, encoding="utf-8")
    monkeypatch.setenv("MMLIB_BOOK", str(tmp_path / "book"))
    with pytest.raises(ValueError, match="make replicates C=a/b"):
        chapter("a/b").replicates("error")


def test_away_from_the_book(tmp_path, monkeypatch, capsys):
    """In a bare Colab the value is shown, and nothing fails."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MMLIB_BOOK", raising=False)
    monkeypatch.setattr(sys.modules["mmlib.chapter"], "_told", {})  # what another test has told
    here = chapter("a/b")
    here.claim("error", 3)
    here.claim("median_error")
    said = capsys.readouterr().out
    assert "is not at hand" in said and "stored runs" in said


def test_away_from_the_book_claims_keep_the_words_that_the_notebook_tells(here, tmp_path, monkeypatch, capsys):
    told = here._says
    monkeypatch.chdir(tmp_path / "book")
    monkeypatch.delenv("MMLIB_BOOK")
    book_says("c/d", told)
    away = chapter("c/d")
    away.claim("error", 4.2)
    away.claim("median_error")
    said = capsys.readouterr().out
    assert "relative error of the forecast: book 3.9 % (within a factor 2), here 4.2 %" in said
    assert "median over seeds: book 4 %" in said


# -- streams ------------------------------------------------------------------------------------------------------


def test_a_stream_starts_anew_at_each_call(here):
    first, again = here.rng("readings").normal(size=5), here.rng("readings").normal(size=5)
    assert (first == again).all()


def test_what_a_package_draws_by_itself_repeats_with_the_seed(monkeypatch):
    """DeepXDE places points of a problem by NumPy's global generator, for which nobody asks a chapter."""

    def drawn():
        chapter("odes/free_energy")
        return np.random.random(3).tolist(), random.random()  # noqa: NPY002

    first = drawn()
    assert drawn() == first
    monkeypatch.setenv("MMLIB_SEED", "1")
    assert drawn()[0] != first[0] and drawn()[1] != first[1]


def test_streams_differ_by_name_seed_and_chapter(here, monkeypatch):
    draws = [here.rng("readings").normal(), here.rng("patients").normal(), chapter("a/c").rng("readings").normal()]
    monkeypatch.setenv("MMLIB_SEED", "1")
    draws.append(chapter("a/b").rng("readings").normal())
    assert len(set(draws)) == 4


def test_streams_are_the_same_on_every_machine(here):
    """The numbers that stored runs rest on: a change of the rule would move every result of the book."""
    assert here.rng("readings").integers(10**9) == 826248343
    assert here.rng("patient 3").integers(10**9) == 972478126


def test_opening_a_stream_draws_nothing_from_the_bare_generator(here):
    here.rng("readings").normal(size=100)
    expected = np.random.default_rng(0)
    assert here.rng.normal() == expected.normal()
    assert (here.rng.permutation(9) == expected.permutation(9)).all()
    assert isinstance(here.rng, np.random.Generator) and np.random.default_rng(here.rng) is here.rng


@pytest.mark.parametrize("name", [None, 3, "", " ", "readings ", ("readings",), 0.5])
def test_names_that_are_no_stream(here, name):
    with pytest.raises(ValueError, match="expected the name of a stream, a word .* such as 'readings'; got"):
        here.rng(name)


# -- guesses ------------------------------------------------------------------------------------------------------


def test_a_guess_is_revealed_by_its_claim(here, capsys):
    here.guess("error", 5)
    assert "your guess is kept" in capsys.readouterr().out
    here.claim("error", 4)
    assert "you guessed 5 %; it is 4.0 % (25 % off)" in capsys.readouterr().out


def test_a_guess_after_the_claim_is_revealed_at_once(here, capsys):
    here.claim("error", 4)
    here.guess("my own", 40, reveal="error")
    assert "my own: you guessed 40 %; it is 4.0 % (10 times too large)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "guess", [..., None, "rather small", [1, 2], np.ones(3), np.nan, np.inf, object(), {}, 10**400, 1j]
)
def test_a_guess_never_stops_a_notebook(here, guess, capsys):
    here.guess("error", guess)
    here.claim("error", 4)
    here.guess(3, guess)
    here.guess(["a"], guess, reveal="error")
    assert ("in place of the dots" in capsys.readouterr().out) == (guess is None or guess is ...)


def test_damaged_claims_file(tmp_path, monkeypatch):
    (tmp_path / "book/a").mkdir(parents=True)
    (tmp_path / "book/a/b.claims.yml").write_text("error: 3", encoding="utf-8")
    monkeypatch.setenv("MMLIB_BOOK", str(tmp_path / "book"))
    with pytest.raises(ClaimsError, match="b.claims.yml: error"):
        chapter("a/b")


def test_check_names_the_exercises_there_are(here):
    with pytest.raises(ValueError, match="no exercises"):
        here.check(1, 3)
    with pytest.raises(ValueError, match=r"one of \[1, 2"):
        chapter("odes/system_identification").check(99, 3)


def test_away_from_the_book_a_run_is_its_own_sample(tmp_path, monkeypatch):
    """A figure of stored runs shows the one run that there is, and says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MMLIB_BOOK", raising=False)
    here = chapter("odes/nowhere")
    assert np.isnan(here.replicates("error")).all()
    here.claim("error", 0.25)
    assert here.replicates("error").tolist() == [0.25]


def test_the_precision_of_a_claim_is_that_of_its_number():
    from mmlib.chapter import _one_number, precisions

    before = set(precisions)
    precisions.clear()
    assert _one_number("count", 3) == 3.0 and _one_number("flag", np.True_) == 1.0
    assert not precisions
    _one_number("error", np.float32(0.5))
    assert precisions == {"float32"}
    precisions.clear()
    precisions.update(before)
