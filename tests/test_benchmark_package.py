"""The benchmark as a package: problems from a folder, runs that are added and never replaced, what a page reads of them."""

import csv
import re
import sys

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import compared, history, physics_informed, store
from benchmarks.problem import Benchmark, relative, space_time
from benchmarks.problems import BENCHMARKS, ORDER, convection_30, growth, kdv, load, wave

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


def slope(f, points, axis, order, h=1e-3):
    """Central difference of a function of points (n, d), of second order."""
    step = h * np.eye(points.shape[1])[axis]
    if order == 1:
        return (f(points + step) - f(points - step)) / (2 * h)
    return (f(points + step) - 2 * f(points) + f(points - step)) / h**2


def test_closed_forms_solve_their_equations_and_begin_where_they_should():
    inside = space_time(np.linspace(0.1, 0.9, 9), np.linspace(0.1, 0.9, 9))
    start = inside * [1, 0]
    u = growth.exact(inside)
    assert slope(growth.exact, inside, 1, 1) == pytest.approx(growth.RATE * u * (1 - u), abs=1e-5)
    assert growth.exact(start)[:, 0] == pytest.approx(growth.begin(start[:, 0]))
    away = slope(wave.exact, inside, 1, 2) - 4 * slope(wave.exact, inside, 0, 2)
    assert np.abs(away).max() < 1e-4 * np.abs(slope(wave.exact, inside, 1, 2)).max()
    assert wave.exact(start)[:, 0] == pytest.approx(wave.begin(start[:, 0]))
    assert np.abs(slope(wave.exact, start, 1, 1)).max() < 1e-9


def test_the_waves_of_kdv_against_finite_differences_and_what_must_be_kept():
    """Another discretisation in space and another scheme in time; mass and momentum."""
    reference = kdv.kdv_reference()
    assert reference[0] == pytest.approx(np.cos(np.pi * kdv.X), abs=1e-12)
    assert (
        np.abs(reference.mean(axis=1)).max() < 1e-9
    )  # of 128 of its 512 points, on which its shortest waves fold back
    n, early = 256, 31  # to t = 0.3, where the front begins to break into waves; fourth order in space
    h, u = 2 / n, np.cos(np.pi * (-1 + 2 * np.arange(n) / n))

    def rate(u):
        two, one, minus, less = (np.roll(u, -k) for k in (2, 1, -1, -2))
        three, far = np.roll(u, -3), np.roll(u, 3)
        third = (far - 8 * less + 13 * minus - 13 * one + 8 * two - three) / (8 * h**3)
        squares = u * u / 2
        flux = (np.roll(squares, 2) - 8 * np.roll(squares, 1) + 8 * np.roll(squares, -1) - np.roll(squares, -2)) / (
            12 * h
        )
        return -flux - kdv.DISPERSION * third

    dt = 5e-4
    for _ in range(600):
        a = rate(u)
        b = rate(u + dt / 2 * a)
        c = rate(u + dt / 2 * b)
        u = u + dt / 6 * (a + 2 * b + 2 * c + rate(u + dt * c))
    assert relative(u[::2], reference[early - 1]) < 2e-3
    waves = np.fft.rfft(reference, axis=1)
    momentum = (np.abs(waves[:, 1:-1]) ** 2).sum(axis=1)
    assert momentum == pytest.approx(momentum[0], rel=1e-3)  # 128 of 512 points hold nearly all of it
    assert relative(kdv.exponential_integrator(256, 800), reference) < 1e-5


@pytest.mark.parametrize("name", ["convection_30", "growth", "wave"])
def test_the_classical_solver_converges(name):
    errors = [solve() for _, solve in BENCHMARKS[name].classical()]
    assert errors[-1] < 1e-9 and (np.diff(errors) < 0).all()


def test_periodic_sines_are_periodic_and_solve_the_convection():
    fit = convection_30.PROBLEM.sines(0)
    t = np.linspace(0, 1, 7)
    assert fit(np.c_[0 * t, t]) == pytest.approx(fit(np.c_[0 * t + 2 * np.pi, t]), abs=1e-9)
    assert BENCHMARKS["convection_30"].error(lambda x: fit(x)[:, None], None) < 1e-7


def test_a_factor_of_two_is_level_and_the_words_are_counted():
    assert [compared.verdict(r) for r in (0.4, 0.6, 1.9, 2.1, 67.4)] == [
        "better",
        "level",
        "level",
        "behind by 2 ×",
        "behind by 67 ×",
    ]
    said = next(line for line in PAGE.splitlines() if line.startswith("Of ") and "published figures" in line)
    table = PAGE[PAGE.index("## Against published figures") : PAGE.index("published figures our median")]
    for word in ("better", "level", "behind by"):
        count = sum(
            line.split("|")[-2].strip().startswith(word) for line in table.splitlines() if line.startswith("| ")
        )
        assert f"{'behind' if word == 'behind by' else word} {count}" in said.replace("better than", "better").replace(
            "level with", "level"
        )
