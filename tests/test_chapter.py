"""The object that a chapter starts with, outside of the engine: as a student meets it."""

import numpy as np
import pytest
import torch

from mmlib import chapter
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


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "book/a").mkdir(parents=True)
    (tmp_path / "book/a/b.claims.yml").write_text(CLAIMS, encoding="utf-8")
    monkeypatch.setenv("MMLIB_BOOK", str(tmp_path / "book"))
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
    assert "asked < 10: holds" in capsys.readouterr().out


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


def test_each_claim_once(here):
    here.claim("error", 3)
    with pytest.raises(ValueError, match="made before"):
        here.claim("error", 3)


def test_claim_that_does_not_hold_is_shown(here, capsys):
    here.claim("error", 30)
    assert "error = 30.0 %  (asked < 10: DOES NOT HOLD)" in capsys.readouterr().out


def test_statement_over_seeds_comes_from_stored_runs(here):
    with pytest.raises(ValueError, match="without a value"):
        here.claim("median_error", 3)
    with pytest.raises(ValueError, match="make replicates C=a/b"):
        here.claim("median_error")


def test_away_from_the_book(tmp_path, monkeypatch, capsys):
    """In a bare Colab the value is shown, and nothing fails."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MMLIB_BOOK", raising=False)
    here = chapter("a/b")
    here.claim("error", 3)
    here.claim("median_error")
    said = capsys.readouterr().out
    assert "judged in the book" in said and "stored runs" in said
    assert "judged in the book" in repr(here)


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


# -- streams ------------------------------------------------------------------------------------------------------


def test_a_stream_starts_anew_at_each_call(here):
    first, again = here.rng("readings").normal(size=5), here.rng("readings").normal(size=5)
    assert (first == again).all()


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
