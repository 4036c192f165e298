"""The page on sparse identification: equations against closed forms, scores by hand, and the page against its rows."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import identification_page  # noqa: E402
import sparse_identification as bench  # noqa: E402

T = bench.TIMES


@pytest.fixture(scope="module")
def found():
    return {e.number: e for e in bench.equations()}


def test_sixty_three_equations_of_one_to_four_states_with_two_paths_each(found):
    assert sorted(found) == list(range(1, 64))
    for e in found.values():
        assert [p.shape for p in e.paths] == [(512, len(e.parts))] * 2 and 1 <= len(e.parts) <= 4
        assert all(np.isfinite(p).all() for p in e.paths) and not np.allclose(e.starts[0], e.starts[1])


def test_three_paths_against_closed_forms(found):
    charge = lambda x0: 0.7 * 1.2 + (x0 - 0.7 * 1.2) * np.exp(-T / (1.2 * 2.31))  # noqa: E731
    grown = lambda x0: x0 * np.exp(0.23 * T)  # noqa: E731
    logistic = lambda x0: 74.3 / (1 + (74.3 / x0 - 1) * np.exp(-0.79 * T))  # noqa: E731
    for number, form in ((1, charge), (2, grown), (3, logistic)):
        for start, path in zip(found[number].starts, found[number].paths, strict=True):
            assert path[:, 0] == pytest.approx(form(start[0]), rel=1e-6)


def test_readings_are_those_of_the_seed_and_half_of_the_times_are_kept(found):
    t, y = found[2].readings(0.05, 0.5, 1)
    again = found[2].readings(0.05, 0.5, 1)[1]
    assert len(t) == 256 and (np.diff(t) > 0).all() and np.isin(t, T).all() and (y == again).all()
    share = y[:, 0] / (4.78 * np.exp(0.23 * t)) - 1
    assert 0.04 < share.std() < 0.06


def test_the_score_weighs_states_by_their_variance(found):
    path = found[24].paths[0]
    assert bench.explained(path, path) == 1 and bench.explained(path, None) == -np.inf
    mean = np.broadcast_to(path.mean(axis=0), path.shape)
    assert bench.explained(path, mean) == pytest.approx(0)
    assert found[24].score(found[24].rhs) == pytest.approx([1, 1], abs=1e-4)
    assert bench.solved(lambda t, x: x**2, np.array([1.0]), T) is None  # runs away at t = 1


def test_a_failure_is_a_row_and_nothing_runs_twice(found, monkeypatch, tmp_path):
    def refuses(t, y):
        raise ValueError("expected more rows")

    monkeypatch.setattr(bench, "METHODS", {"refuses": refuses, "weak form": bench.weak})
    monkeypatch.setattr(bench, "RUNS", tmp_path / "runs.csv")
    monkeypatch.setattr(bench, "equations", lambda: [found[2]])
    bench.main(["--seeds", "1"])
    rows = bench.stored()
    assert len(rows) == 2 * len(bench.CONDITIONS)
    assert rows[0]["verdict"] == "refused: expected more rows" and float(rows[0]["reconstruction"]) == -np.inf
    assert float(rows[1]["generalisation"]) == pytest.approx(1, abs=1e-4)
    bench.main(["--seeds", "1"])
    assert bench.stored() == rows


def test_page_agrees_with_the_stored_runs():
    assert identification_page.main(["--check"]) == 0


def test_page_counts_what_the_rows_say():
    with bench.RUNS.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    _, shares = identification_page.page()
    for method in bench.METHODS:
        for seed in shares.seeds:
            own = [
                float(r["generalisation"])
                for r in rows
                if (r["method"], r["noise"], r["kept"], r["seed"]) == (method, "0.05", "1.0", str(seed))
            ]
            assert len(own) == 63
            assert 100 * np.mean(np.array(own) > 0.9) in shares.of(method, (0.05, 1.0), "generalisation")


def test_a_stored_row_comes_out_again(found):
    """One cheap row a method of the first draw, run anew."""
    rows = {bench.key(r): r for r in bench.stored()}
    for method in ("weak form, weighted", "by solution"):
        old = rows[3, method, 0.05, 1.0, 1]
        new = bench.one(found[3], method, 0.05, 1.0, 1)
        assert int(new["terms"]) == int(old["terms"]) and new["verdict"] == old["verdict"]
        assert float(new["generalisation"]) == pytest.approx(float(old["generalisation"]), abs=1e-3)
