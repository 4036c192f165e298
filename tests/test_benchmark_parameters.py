"""The page on parameters: its rows against values that others computed, its counts by hand, and the page against its rows."""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import parameters as bench  # noqa: E402
import parameters_page as page  # noqa: E402

ROWS = {(r["problem"], r["method"]): r for r in bench.stored() if r["seed"] == "0"}


def test_every_problem_has_run_both_ways_from_as_many_starts():
    assert set(ROWS) == {(p, m) for p in bench.PROBLEMS for m in bench.METHODS}
    for (_, method), row in ROWS.items():
        assert int(row["starts"]) == bench.STARTS[method] == len(row["ends"].split())
        assert float(row["cpu_seconds"]) > 0


@pytest.mark.parametrize("name", page.OTHERS)
def test_likelihood_at_the_published_parameters_is_what_others_computed(name):
    for method in bench.METHODS:
        assert float(ROWS[name, method]["published"]) == pytest.approx(page.OTHERS[name], abs=0.01)


def test_best_is_the_smallest_end():
    for row in ROWS.values():
        ends = np.array(row["ends"].split(), dtype=float)
        assert (np.diff(ends[np.isfinite(ends)]) >= 0).all()
        assert float(row["best"]) == pytest.approx(ends[0], rel=1e-3, abs=0.01)


def test_starts_that_arrived_are_counted():
    row = ROWS["Bruno_JExpBot2016", "all at once"]
    by_hand = sum(float(v) < -46.688181 + 0.1 for v in row["ends"].split())
    line = next(x for x in page.page().splitlines() if x.startswith("| carotenoids | -46"))
    assert f"| {by_hand} of 50 |" in line


def test_the_page_agrees_with_its_rows():
    assert page.main(["--check"]) == 0
