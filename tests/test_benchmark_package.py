"""The benchmark as a package: problems from a folder, runs that are added and never replaced, what a page reads of them."""

import csv
import re
import sys

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import history, physics_informed, store
from benchmarks.problem import Benchmark
from benchmarks.problems import BENCHMARKS, ORDER, load

from .conftest import ROOT

PAGE = (ROOT / "book/pdes/where_networks_stand.md").read_text(encoding="utf-8")


def row(problem="p", method="ours", seed="0", error="1e-3", date="2026-11-21", **more):
    return {
        "problem": problem,
        "method": method,
        "seed": seed,
        "error": error,
        "cpu_seconds": "2",
        "device": "d",
        "date": date,
    } | more


@pytest.fixture
def morphogen(tmp_path):
    """The problem that the page tells a reader to write, as it stands there."""
    text = re.search(r"```python\n(.*?)```", PAGE[PAGE.index("## Add a problem") :], re.S).group(1)
    assert len([line for line in text.splitlines() if line]) <= 20
    (tmp_path / "morphogen.py").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_problem_of_a_readers_own_is_run_and_stored_twice(morphogen, capsys):
    """As the page says: one file in a folder; a second run is not repeated, and with --again added."""
    where = ["--problems", str(morphogen), "--results", str(morphogen)]
    ask = ["run", "morphogen", "--method", "ours", "--seed", "3", *where]
    assert command.main(ask) == 0
    (first,) = store.read(store.RUNS, morphogen)
    assert (first["problem"], first["method"], first["seed"]) == ("morphogen", "ours", "3")
    assert float(first["error"]) < 1e-4 and first["device"] and "DeepXDE" in first["versions"]
    capsys.readouterr()
    assert command.main(ask) == 0 and capsys.readouterr().out == ""  # nothing was run again
    assert command.main([*ask, "--again"]) == 0
    rows = store.read(store.RUNS, morphogen)
    assert len(rows) == 2 and rows[0] == first and rows[1]["date"] >= first["date"]
    assert rows[1]["error"] == first["error"]  # equal seeds give equal fits
    points = store.read(store.CURVES, morphogen)
    assert {p["date"] for p in points} == {r["date"] for r in rows}
    capsys.readouterr()
    assert command.main(["list", *where]) == 0
    said = capsys.readouterr().out
    assert (
        f"morphogen: morphogen gradient; relative L2\n    ours           1 stored, {float(first['error']):.1e}" in said
    )
    assert command.main(["run", "morphogen", "--method", "classical", *where]) == 0
    assert "nothing to run by 'classical'" in capsys.readouterr().err


def test_unknown_problems_and_files_without_one_are_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        command.main(["run", "burger"])
    assert "unknown problem 'burger'; there are burgers, " in capsys.readouterr().err
    (tmp_path / "empty.py").write_text("PROBLEM = 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"expected PROBLEM = Benchmark\(...\) in .*empty.py; got 3"):
        load(tmp_path)


def test_every_file_is_a_problem_and_the_page_knows_its_place():
    files = {p.stem for p in (ROOT / "benchmarks/problems").glob("[!_]*.py")}
    assert set(BENCHMARKS) == files == set(ORDER)
    assert all(isinstance(p, Benchmark) and p.has("ours") for p in BENCHMARKS.values())
    assert not BENCHMARKS["burgers_inverse"].has("stock") and BENCHMARKS["burgers"].has("first order")


def test_rows_are_added_at_the_end_and_the_file_before_them_stays(tmp_path):
    for name in (store.RUNS, store.CURVES):
        before = (store.FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(before, encoding="utf-8")
        new = row(problem="burgers", date="2030-01-01")
        store.append(name, [{k: new.get(k, "") for k in store.COLUMNS[name]}], tmp_path)
        after = (tmp_path / name).read_text(encoding="utf-8")
        assert after.startswith(before) and after.count("\n") == before.count("\n") + 1
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == list(store.COLUMNS[name])


def test_newest_is_the_latest_date_then_the_last_line():
    rows = [
        row(error="1", date="2026-11-27T08:00:00Z"),
        row(error="2", date="2026-11-21"),
        row(error="3", seed="1"),
        row(error="4", date="2026-11-27T08:00:00Z"),
        row(error="5", date="2026-11-27"),  # a day without an hour is its beginning
    ]
    assert [r["error"] for r in store.newest(rows)] == ["3", "4"]
    kept = store.curves_of(store.newest(rows), rows)
    assert [r["error"] for r in kept] == ["1", "3", "4"]  # by run and date


def test_stored_curves_belong_to_stored_runs():
    runs = {(*store.key(r), r["date"]) for r in store.read(store.RUNS)}
    curves = {(*store.key(r), r["date"]) for r in store.read(store.CURVES)}
    assert curves == runs


def test_history_tells_medians_of_days_where_there_are_two():
    assert "one day only" in history.told([row(), row(seed="1")], {})
    first = [row(seed=str(s), error=e) for s, e in enumerate(("1e-3", "4e-3", "2e-3"))]
    later = [
        row(seed="0", error="9", date="2026-11-27T08:00:00Z"),
        row(seed="0", error="1e-4", date="2026-11-27T09:00:00Z"),
    ]
    found = history.lines([*first, row(method="stock"), *later], {})
    assert found == [
        ["p", "second order", "2026-11-21", "3 seeds", "2.0e-3", "2.0 s", "d"],
        ["p", "second order", "2026-11-27", "1 run", "1.0e-4", "2.0 s", "d"],  # of that day's two the last
    ]


def test_the_page_tells_the_history_of_the_stored_rows():
    rows = store.read(store.RUNS)
    section = PAGE[PAGE.index("## How the values have changed") : PAGE.index("## Run it yourself")]
    for line in history.lines(rows, BENCHMARKS):
        assert "| " + " | ".join(line) + " |" in section


def test_the_older_command_asks_the_newer_one(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(physics_informed, "command", lambda new: asked.append(new) or 0)
    assert physics_informed.main(["burgers", "--only", "ours", "--only=random sines", "--seeds", "2", "--again"]) == 0
    assert asked == [
        ["run", "burgers", "--method", "ours", "--method", "random sines", "--seed", "0", "--seed", "1", "--again"]
    ]
    assert 'python -m benchmarks run burgers --method ours --method "random sines" --seed 0' in capsys.readouterr().err


def test_the_classical_solver_waits_for_ours(tmp_path):
    with pytest.raises(SystemExit, match="run our training first"):
        command.main(["run", "helmholtz", "--method", "classical", "--results", str(tmp_path)])


def test_sines_and_classical_are_stored_with_what_they_are(tmp_path):
    store.append(store.RUNS, [row(problem="helmholtz", error="1e-2")], tmp_path)
    command.main(["run", "helmholtz", "--method", "classical", "--results", str(tmp_path)])
    last = store.read(store.RUNS, tmp_path)[-1]
    assert last["note"].startswith("Chebyshev, ") and float(last["error"]) <= 1.05e-2
    assert np.isfinite(float(last["cpu_seconds"])) and last["peak_mb"] != "0"
    assert sys.platform != "linux" or int(last["peak_mb"]) > 50
