"""Drift is measured: the same seed again, on other threads, with other last bits; what follows from it, and is judged by it."""

import json

import pytest

from mmlib import claims
from mmlib.reproduce import drift
from mmlib.reproduce.book import Book, find_book

from .small import CLAIMS, Small

ENTRY = CLAIMS.removeprefix("one:\n").replace("== 1", "> 0.5 and < 2")
MOVES = """
import os
blas = "OPENBLAS_CORETYPE" in os.environ
two = os.environ["OMP_NUM_THREADS"] == "2"
here.claim("stated_too_small", 1 + 1e-3 * blas)
here.claim("stated_far_too_large", 1 + 1e-9 * two)
here.claim("left_out", 1 + 1e-5 * blas - 2e-5 * two)
here.claim("heavy", 2.0 ** -blas)
"""
# the real ones are found by loading torch twice
FIRST = "from mmlib.reproduce import drift\ndrift._instructions = lambda: {'blas': {'OPENBLAS_CORETYPE': 'NEHALEM'}}"


@pytest.fixture
def moving(tmp_path):
    book = Small(tmp_path / "book", ["odd"])
    book.add("odd", MOVES)
    without = ENTRY.replace("  drift: {absolute: 0.1}\n", "")
    book.path("odd", ".claims.yml").write_text(
        CLAIMS
        + f"stated_too_small:\n{without}  drift: {{relative: 1.0e-6}}\n"
        + f"stated_far_too_large:\n{without}  drift: {{relative: 0.1}}\n"
        + f"left_out:\n{without}heavy:\n{without.replace('exact', 'run').replace('> 0.5', '> 0.4')}",
        "utf-8",
    )
    return book


def line_of(text, claim):
    (line,) = [line for line in text.splitlines() if line.startswith(f"t/odd: {claim}: ")]
    return line


def test_drift_is_measured_and_then_judged_by(moving):
    status, text = moving.run("t/odd", "--replicates", "1", first=FIRST)
    assert "t/odd (blas): executed" in text and "t/odd (threads): executed" in text and "t/odd (rerun)" in text, text
    assert status == 0, text
    assert "did not move; proposed 1e-07 %, stated ± 0.1: FAR TOO LARGE" in line_of(text, "one")
    assert "moved by 0.001 of 1 (blas); proposed 0.5 %" in line_of(text, "stated_too_small")
    assert "TOO SMALL" in line_of(text, "stated_too_small")
    assert "FAR TOO LARGE" in line_of(text, "stated_far_too_large")
    assert line_of(text, "left_out").endswith("moved by 2e-05 of 1 (threads); proposed 0.01 %, taken")
    assert line_of(text, "heavy").endswith("moved by 0.5 of 1 (blas); proposed a factor 32, taken")
    rows = claims.read_drift(moving.path("odd", ".drift.csv"))
    assert {row.variant for row in rows} == {"rerun", "threads", "blas"} and len(rows) == 15
    # the measured drift judges
    moving.claim("odd", "left_out", "1 + 9e-5")
    assert moving.run("t/odd")[0] == 0
    moving.claim("odd", "left_out", "1 + 11e-5")
    status, text = moving.run("t/odd")
    assert status == 1 and "left_out: got 1.00011, expected 1 within 0.01 %" in text, text


def test_without_a_measurement_the_judge_says_what_to_do(moving):
    status, text = moving.run("t/odd", "--replicates", "1", "--no-drift")
    assert status == 1 and "make replicates" in text and "left_out" in text
    assert not moving.path("odd", ".drift.csv").exists()
    assert moving.path("odd", ".replicates.csv").read_text("utf-8").count("\n") == 6


def test_a_variant_that_fails_is_a_line_and_the_others_count(moving):
    text = moving.path("odd").read_text("utf-8")
    moving.path("odd").write_text(
        text.replace("blas = ", "assert not (blas := ").replace("environ\ntwo", "environ)\ntwo")
    )
    status, text = moving.run("t/odd", "--drift", first=FIRST)
    assert status == 1 and "t/odd (blas): FAILED" in text and "AssertionError" in text and "Traceback" not in text
    assert {row.variant for row in claims.read_drift(moving.path("odd", ".drift.csv"))} == {"rerun", "threads"}


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ("{relative: 1.0e-4}", "TOO SMALL"),
        ("{relative: 2.0e-3}", "tight"),
        ("{relative: 6.0e-3}", None),
        ("{relative: 5.0}", "FAR TOO LARGE"),
        ("{absolute: 1.0e-4}", "TOO SMALL"),
        ("{absolute: 0.02}", None),
    ],
)
def test_a_stated_drift_is_compared_with_the_measured_one(moving, stated, says):
    path = moving.path("odd", ".claims.yml")
    path.write_text(CLAIMS.replace("{absolute: 0.1}", stated), "utf-8")
    row = claims.DriftRow(claim="one", variant="blas", value=2.002, base=2.0, date="2026-01-01", machine="m")
    still = row.model_copy(update={"variant": "rerun", "value": 2.0})
    moving.path("odd", ".drift.csv").write_text(claims.write_drift([row, still]), "utf-8")
    (line,) = drift.proposals(Book(moving.root), "t/odd")
    assert "moved by 0.002 of 2 (blas); proposed 0.5 %" in line
    assert (says in line) if says else line.endswith(("stated 0.6 %", "stated ± 0.02"))


def test_what_another_machine_measured_stays(moving):
    row = claims.DriftRow(claim="one", variant="blas", value=1.1, base=1.0, date="2026-01-01", machine="another")
    gone = row.model_copy(update={"claim": "forgotten"})
    moving.path("odd", ".drift.csv").write_text(claims.write_drift([row, gone]), "utf-8")
    status, text = moving.run("t/odd", "--drift", first=FIRST)
    assert status == 0, text
    rows = claims.read_drift(moving.path("odd", ".drift.csv"))
    assert row in rows and gone not in rows and len(rows) == 16
    assert "moved by 0.1 of 1 (blas)" in line_of(text, "one")


def test_only_instructions_that_exist_here_are_left_out(monkeypatch):
    now = {
        "OPENBLAS_CORETYPE": ["Haswell"],
        "ATEN_CPU_CAPABILITY": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": ["X86_V3"],
        "MKL_CBWR": True,
    }
    monkeypatch.setattr(
        drift, "_reading", lambda environment: now | ({"ATEN_CPU_CAPABILITY": "DEFAULT"} if environment else {})
    )
    drift._instructions.cache_clear()
    assert drift.variants("cpu", 1) == {
        "rerun": (1, {}),
        "threads": (2, {}),
        "blas": (1, {"MKL_CBWR": "COMPATIBLE"}),
        "vector": (1, {"ATEN_CPU_CAPABILITY": "default"}),
    }
    assert set(drift.variants("cuda", 2)) == {"rerun", "threads"} and drift.variants("cuda", 2)["threads"][0] == 1
    monkeypatch.setattr(drift, "_reading", lambda environment: None)
    drift._instructions.cache_clear()
    assert set(drift.variants("cpu", 1)) == {"rerun", "threads"}
    drift._instructions.cache_clear()


def test_what_the_libraries_say_of_themselves(monkeypatch):
    assert drift._reading({"PYTHONHOME": "/nowhere"}) is None
    monkeypatch.setattr(drift, "_READ", "import json; print(json.dumps({'a': 1}))")
    assert drift._reading({}) == json.loads('{"a": 1}')


def test_a_clock_is_known_by_its_repetition():
    def row(claim, value, variant="rerun"):
        return claims.DriftRow(claim=claim, variant=variant, value=value, base=2.0, date="2026-01-01", machine="here")

    rows = [row("times", 2.1), row("error", 2.0), row("error", 2.4, "blas"), row("sum", 2.0 + 1e-9)]
    assert drift.clocks(rows) == {"times"}


BOOK = find_book()


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_only_clocks_differ_when_the_same_seed_is_run_again(chapter):
    path = BOOK.file(chapter, ".drift.csv")
    moved = drift.clocks(claims.read_drift(path)) if path.exists() else set()
    code = BOOK.file(chapter, ".md").read_text("utf-8")
    assert not moved or "process_time()" in code or "cpu_seconds" in code, (
        f"{sorted(moved)}: the same seed gave another value on the same machine, and the chapter reads no clock. "
        "Something is drawn without a seed."
    )


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_a_clock_leaves_room_for_another_processor(chapter):
    entries = claims.read_claims(BOOK.file(chapter, ".claims.yml"))
    stated = claims.stated_drift(BOOK.file(chapter, ".claims.yml"))
    rows = claims.read_replicates(BOOK.file(chapter, ".replicates.csv"))
    path = BOOK.file(chapter, ".drift.csv")
    for name in drift.clocks(claims.read_drift(path)) & set(entries) if path.exists() else ():
        entry, value = entries[name], claims.stored_values(rows, name)[0]
        assert name in stated, f"{name} measures time: state its drift, measured repetitions see one processor"
        low = value - entry.drift.reach(value) if entry.drift.log10 is None else value / 10**entry.drift.log10
        for far in (low, value + entry.drift.reach(value)):
            assert claims.holds(entry.must, far), (
                f"{name}: {far:.3g} agrees with the stored {value:.3g} and breaks {entry.must}"
            )
