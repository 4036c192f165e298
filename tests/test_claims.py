"""The judge: what it accepts, what it refuses, and what it says."""

import math
import subprocess
import sys

import numpy as np
import pytest

from mmlib import claims
from mmlib.claims import (
    ClaimsError,
    Drift,
    Row,
    alarms_allowed,
    holds,
    judge,
    measured_drift,
    prediction_interval,
    read_claims,
    read_replicates,
    statistic,
    stored_values,
    warnings_for_authors,
    write_replicates,
)

ERROR = """
error:
  says: relative L2 error of the forecast
  unit: "1"
  kind: run
  must: "< 0.1"
  because: what a spline reaches on the same data
  drift: 0.3
  better_is: smaller
"""


def entries(tmp_path, text=ERROR):
    path = tmp_path / "c.claims.yml"
    path.write_text(text, encoding="utf-8")
    return read_claims(path)


def rows(values, claim="error", **changes):
    base = dict(claim=claim, device="cpu", dtype="float64", threads=1, cpu_s=1.0, key="abc", date="2026-01-01")
    return [Row(**{**base, "seed": seed, "value": value, **changes}) for seed, value in enumerate(values)]


TEN = 0.04 * np.exp(0.2 * np.random.default_rng(0).normal(size=10))


def test_conditions():
    assert holds("< 2e-3", 1.9e-3) and not holds("< 2e-3", 2e-3)
    assert holds(">= 1.99 and <= 2.01", 2.0) and not holds(">= 1.99 and <= 2.01", 2.02)
    assert not holds("< 1", float("nan"))
    with pytest.raises(ValueError, match="expected comparisons such as"):
        holds("about 2", 2.0)


@pytest.mark.parametrize(
    ("drift", "got", "before", "agrees"),
    [
        (Drift(log10=0.3), 1.9, 1.0, True),
        (Drift(log10=0.3), 2.1, 1.0, False),
        (Drift(log10=0.3), -1.0, 1.0, False),
        (Drift(log10=0.3), 0.0, 0.0, True),
        (Drift(relative=0.01), -2.01, -2.0, True),
        (Drift(absolute=0.5), 0.4, 0.0, True),
        (Drift(absolute=0.5), 0.6, 0.0, False),
    ],
)
def test_drift(drift, got, before, agrees):
    assert drift.agrees(got, before) is agrees


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: run", "kind: walk", "error.kind"),
        ("  drift: 0.3\n", "", "state `drift`"),
        ("drift: 0.3", "drift: {log10: 0.3, relative: 0.1}", "exactly one of"),
        ("drift: 0.3", "drift: -1", "error.drift"),
        ('must: "< 0.1"', 'must: "small"', "expected comparisons"),
        ("kind: run", "kind: exact", "not log10"),
        ("kind: run", "kind: replicates", "needs `of`"),
        ("  because: what a spline reaches on the same data\n", "", "error.because"),
        ("better_is: smaller", "better_is: nicer", "error.better_is"),
        ("error:", "Error Rate:", "lower_case_with_underscores"),
        ("  unit:", "  unite:", "Known keys: says, unit"),
    ],
)
def test_wrong_entry_names_file_key_and_remedy(tmp_path, old, new, says):
    with pytest.raises(ClaimsError, match="c.claims.yml") as caught:
        entries(tmp_path, ERROR.replace(old, new))
    assert says in str(caught.value)


def test_unreadable_files(tmp_path):
    with pytest.raises(ClaimsError, match="no such file"):
        read_claims(tmp_path / "missing.yml")
    with pytest.raises(ClaimsError, match="not readable as YAML"):
        entries(tmp_path, "error: [")
    with pytest.raises(ClaimsError, match="'error' stands twice"):
        entries(tmp_path, ERROR + ERROR)
    with pytest.raises(ClaimsError, match="expected a mapping"):
        entries(tmp_path, "- error")
    path = tmp_path / "c.replicates.csv"
    path.write_text("claim,value\n", encoding="utf-8")
    with pytest.raises(ClaimsError, match="expected the columns"):
        read_replicates(path)
    path.write_text(write_replicates(rows([0.1])).replace("0.1", "inf"), encoding="utf-8")
    with pytest.raises(ClaimsError, match="line 2: value"):
        read_replicates(path)


def test_replicates_survive_writing(tmp_path):
    path = tmp_path / "c.replicates.csv"
    assert read_replicates(path) == []
    path.write_text(write_replicates(reversed(rows(TEN))), encoding="utf-8")
    assert read_replicates(path) == rows(TEN)


def one(tmp_path, value, stored, *, seed=0, text=ERROR, device="cpu"):
    (verdict,) = judge("a/chapter", entries(tmp_path, text), {"error": value}, stored, seed=seed, device=device)
    return verdict


def test_seed_zero(tmp_path):
    stored = rows(TEN)
    assert one(tmp_path, TEN[0], stored).holds
    assert one(tmp_path, 1.5 * TEN[0], stored).holds
    worse = one(tmp_path, 0.2, stored)
    assert not worse.holds and "a/chapter: error: got 0.2, expected < 0.1" in str(worse)
    moved = one(tmp_path, 0.2 * TEN[0], stored)
    assert not moved.holds and "within a factor 2" in str(moved)
    assert "a stored row of seed 0" in str(one(tmp_path, 0.04, []))
    assert "seed does not reach" in str(one(tmp_path, 0.04, rows([0.04] * 5)))


def test_rows_of_another_device_do_not_judge(tmp_path):
    assert not one(tmp_path, 0.04, rows(TEN, device="cuda")).holds
    assert one(tmp_path, 0.04, rows(TEN), device="cuda").holds
    assert not one(tmp_path, 0.2, rows(TEN), device="cuda").holds


def test_new_seed(tmp_path):
    assert not one(tmp_path, 0.04, rows(TEN[:9]), seed=7).holds
    assert not one(tmp_path, 0.05, rows(TEN), seed=7).alarm
    assert not one(tmp_path, 1e-9, rows(TEN), seed=7).alarm, "smaller is better"
    assert one(tmp_path, 0.2, rows(TEN), seed=7).alarm


def test_missing_and_superfluous(tmp_path):
    verdicts = judge("a/chapter", entries(tmp_path), {"other": 1.0}, [])
    assert [v.claim for v in verdicts if not v.holds] == ["other", "error"]
    assert "Add 'other' to a/chapter.claims.yml" in str(verdicts[0])
    assert "The chapter never claims it" in str(verdicts[1])


def test_published(tmp_path):
    text = ERROR + "  published: {value: 0.03, cite: somebody2020}\n"
    stored = rows(TEN)
    assert "say why" in str(one(tmp_path, TEN[0], stored, text=text))
    with pytest.raises(ClaimsError, match="the reason alone"):
        entries(tmp_path, text.replace("somebody2020}", 'somebody2020, why: "better: they had more data"}'))
    why = text.replace("somebody2020}", "somebody2020, why: they had more data}")
    assert one(tmp_path, TEN[0], stored, text=why).published == "not reproduced"
    assert one(tmp_path, 0.031, rows([0.031, *TEN[1:]]), text=text).published == "reproduced"
    assert one(tmp_path, 0.02, rows([0.02, *TEN[1:]]), text=text).published == "better"
    near = one(tmp_path, 0.029, rows([0.029, *TEN[1:]]), text=text)  # on the good side, and as near as asked
    assert near.published == "reproduced"


def test_statements_over_seeds(tmp_path):
    text = ERROR + (
        "failures:\n  says: share of seeds that fail\n  unit: '1'\n  kind: replicates\n  of: error\n"
        "  statistic: share > 0.1\n  must: '<= 0.2'\n  because: restarts matter in this fit\n"
    )
    found = entries(tmp_path, text)
    few = judge("c", found, {"error": TEN[0], "failures": 0.0}, rows(TEN[:4]))
    assert "at least 5 seeds" in str(few[1])
    assert all(v.holds for v in judge("c", found, {"error": TEN[0], "failures": 0.0}, rows(TEN)))
    with pytest.raises(ClaimsError, match="no run claim"):
        entries(tmp_path, text.replace("of: error", "of: errors"))
    with pytest.raises(ClaimsError, match="expected median"):
        entries(tmp_path, text.replace("share > 0.1", "mode"))


def test_statistics():
    values = np.array([1.0, 2.0, 3.0, 10.0])
    assert statistic("median", values) == 2.5
    assert statistic("spread", values) == 9.0
    assert statistic("share > 2.5", values) == 0.5
    assert statistic("count >= 2", values) == 3
    with pytest.raises(ClaimsError, match="no stored runs"):
        statistic("median", [])


def test_prediction_interval_covers_what_it_promises():
    """Of many new draws from the same law, 99 % fall inside, and a shift by five standard deviations does not."""
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(2000):
        x = np.exp(rng.normal(size=11))
        low, high = prediction_interval(x[:10])
        inside.append(low <= x[10] <= high)
    assert np.mean(inside) == pytest.approx(0.99, abs=0.007)
    low, high = prediction_interval(np.exp(rng.normal(size=30)))
    assert np.exp(5) > high
    with pytest.raises(ClaimsError, match="at least 10 runs"):
        prediction_interval(np.ones(9))


def test_alarms_that_chance_allows_are_deprecated():
    with pytest.warns(DeprecationWarning, match="--night"):
        assert [alarms_allowed(n) for n in (0, 1, 30)] == [0, 1, 3]


def test_the_condition_is_asked_of_every_stored_run(tmp_path):
    """One bad seed of ten is red, unless the entry says how many hold, or the list of old violations names it."""
    stored = rows([*TEN[:9], 0.2])
    red = one(tmp_path, TEN[0], stored)
    assert not red.holds and red.rows_met == (9, 10)
    assert "expected < 0.1 in every stored run (from 10 runs). 9 of 10 meet it; seeds that do not: 9 (0.2)" in str(red)
    counted = ERROR + "  holds_in: 9 of 10\n"
    assert one(tmp_path, TEN[0], stored, text=counted).holds
    worse = one(tmp_path, TEN[0], rows([*TEN[:8], 0.2, 0.3]), text=counted)
    assert not worse.holds and "< 0.1 in 9 of 10 stored runs" in str(worse)
    assert one(tmp_path, TEN[0], rows([*TEN, *TEN[1:9], 0.2, 0.3]), text=counted).holds, "18 of 20"
    (listed,) = judge("c", entries(tmp_path), {"error": TEN[0]}, stored, listed=["error"])
    assert listed.holds and listed.rows_met == (9, 10)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("holds_in: 7 of 10", "not below 8 of 10"),
        ("holds_in: 4 of 5", "at least ten stored runs"),
        ("holds_in: 11 of 10", "expected '9 of 10'"),
        ("holds_in: most", "expected '9 of 10'"),
        ("bound_because: physics", "bound_because"),
        ("control: error", "belongs to kind 'comparison'"),
        ("of: error", "belong to the kinds"),
    ],
)
def test_wrong_second_thoughts(tmp_path, line, says):
    with pytest.raises(ClaimsError, match="c.claims.yml: error") as caught:
        entries(tmp_path, f"{ERROR}  {line}\n")
    assert says in str(caught.value)


def test_conditions_without_power_are_told_to_the_author(tmp_path):
    stored = rows(TEN)
    assert warnings_for_authors(entries(tmp_path), stored) == []
    (line,) = warnings_for_authors(entries(tmp_path, ERROR.replace("< 0.1", "< 10")), stored)
    assert "error: < 10 lies beyond 3 ranges of its stored values (0.03106 to 0.05192)" in line
    assert warnings_for_authors(entries(tmp_path, ERROR.replace("< 0.1", "< 10 and > 0.03")), stored) == []
    kept = ERROR.replace("< 0.1", "< 10") + "  bound_because: a share cannot exceed one\n"
    assert warnings_for_authors(entries(tmp_path, kept), stored) == []
    assert warnings_for_authors(entries(tmp_path, ERROR.replace("< 0.1", "< 10")), stored, timed=["error"]) == []
    assert len(warnings_for_authors(entries(tmp_path, ERROR.replace("< 0.1", "< 100")), stored, timed=["error"])) == 1
    mixed = rows(np.linspace(-1, 1, 10))
    assert len(warnings_for_authors(entries(tmp_path, ERROR.replace("< 0.1", "< 7.1")), mixed)) == 1
    assert warnings_for_authors(entries(tmp_path, ERROR.replace("< 0.1", "< 6.9")), mixed) == []


def test_measured_drift_stands_in_for_a_stated_one(tmp_path):
    """Five times the largest move; relative, absolute around zero, a factor where a run claim moves by much."""
    text = ERROR.replace("  drift: 0.3\n", "")
    head = "claim,variant,value,base,date,machine\n"

    def drift(*lines):
        body = "".join(f"error,{line},2026-01-01,here\n" for line in lines)
        (tmp_path / "c.drift.csv").write_text(head + body, encoding="utf-8")
        return entries(tmp_path, text)["error"].drift

    assert drift("threads,1.01,1.0", "rerun,1.0,1.0").relative == pytest.approx(0.05)
    assert drift("rerun,1.0,1.0").relative == 1e-9
    assert drift("threads,2.0,1.0").log10 == pytest.approx(5 * np.log10(2))
    assert drift("threads,1e-9,0.0").absolute == pytest.approx(5e-9)
    assert entries(tmp_path)["error"].drift == Drift(log10=0.3), "a stated drift stays"
    (tmp_path / "c.drift.csv").write_text("claim,value\n", encoding="utf-8")
    with pytest.raises(ClaimsError, match="c.drift.csv: expected the columns"):
        entries(tmp_path, text)


def test_a_kernel_that_reads_rows_does_not_load_the_judge():
    code = (
        "import sys; from mmlib import claims; claims.read_replicates('none'); claims.stored_values([], 'a'); "
        "print([m for m in sys.modules if m.startswith('mmlib.claims.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(eval(done.stdout)) == {"mmlib.claims.schema", "mmlib.claims.rows"}
    with pytest.raises(AttributeError, match="no attribute 'verdict'"):
        claims.verdict  # noqa: B018
    assert {"judge", "compare"} <= set(dir(claims))


def test_prediction_interval_is_that_of_the_printed_t_table():
    """Nine degrees of freedom: 3.250 for 99 % on both sides, 2.821 on one, 2.262 for 95 %."""
    x = np.array([-1.0, 1.0] * 5)
    one_more = np.sqrt(10 / 9) * np.sqrt(1.1)
    assert prediction_interval(x) == pytest.approx((-3.250 * one_more, 3.250 * one_more), abs=1e-3)
    assert prediction_interval(x, level=0.95) == pytest.approx((-2.262 * one_more, 2.262 * one_more), abs=1e-3)
    assert prediction_interval(x, better_is="smaller") == (-np.inf, pytest.approx(2.821 * one_more, abs=1e-3))
    assert prediction_interval(x, better_is="larger") == (pytest.approx(-2.821 * one_more, abs=1e-3), np.inf)
    logs = prediction_interval(np.exp(x))
    assert np.log(logs) == pytest.approx([-3.250 * one_more, 3.250 * one_more], abs=1e-3)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=="])
def test_each_comparison_means_what_python_says(operator):
    for value in (1.0, 2.0, 3.0):
        assert holds(f"{operator} 2", value) is eval(f"{value} {operator} 2")


@pytest.mark.parametrize(
    ("kind", "pairs", "drift"),
    [
        ("run", [(1.0, 1.02), (2.0, 1.98)], {"relative": 0.1}),
        ("run", [(1.0, 1.099)], {"relative": 0.495}),  # within a tenth: no factor
        ("run", [(1.0, 1.101), (-1.0, -1.05)], {"log10": 5 * math.log10(1.101)}),
        ("run", [(1.0, 10.0), (1.0, 0.01)], {"log10": 10.0}),
        ("run", [(1.0, 1.2), (1.0, -1.2)], {"relative": 11.0}),  # a sign: no factor
        ("exact", [(1.0, 1.2)], {"relative": 1.0}),
        ("run", [(0.0, 0.2), (0.0, -0.3)], {"absolute": 1.5}),
        ("run", [(0.0, 0.2), (1.0, 1.4)], {"absolute": 2.0}),
        ("run", [(0.0, 0.0)], {"absolute": 1e-12}),
    ],
)
def test_drift_is_five_times_what_was_measured(tmp_path, kind, pairs, drift):
    path = tmp_path / "c.drift.csv"
    lines = [f"error,v{k},{value!r},{base!r},2026-01-01,here" for k, (base, value) in enumerate(pairs)]
    path.write_text("claim,variant,value,base,date,machine\n" + "\n".join(lines) + "\n", encoding="utf-8")
    found = measured_drift(path)["error"][kind].model_dump(exclude_none=True)
    assert found == pytest.approx(drift, rel=1e-9)


def test_how_far_up_the_same_result_may_lie():
    assert Drift(relative=0.1).reach(-2.0) == pytest.approx(0.2)
    assert Drift(absolute=0.5).reach(7.0) == 0.5
    assert Drift(log10=1.0).reach(2.0) == pytest.approx(18.0)
    for drift in (Drift(relative=0.1), Drift(absolute=0.5), Drift(log10=0.2)):
        top = 3.0 + drift.reach(3.0)
        assert drift.agrees(top - 1e-9, 3.0) and not drift.agrees(top + 1e-6, 3.0)
    assert Drift(absolute=0.5).agrees(2.5, 3.0) and not Drift(absolute=0.5).agrees(2.4, 3.0)
    assert Drift(log10=0.2).agrees(0.0, 0.0) and not Drift(log10=0.2).agrees(-3.0, 3.0)


def test_of_several_threads_the_fewest_count():
    common = {"claim": "c", "device": "cpu", "dtype": "float64", "cpu_s": 1, "key": "k", "date": "2026-01-01"}
    rows = [Row(seed=s, value=10.0 * s + n, threads=n, **common) for s, n in ((1, 2), (1, 1), (0, 4), (0, 2), (0, 8))]
    assert stored_values(rows, "c") == {0: 2.0, 1: 11.0} == stored_values(rows[::-1], "c")
    assert list(stored_values(rows, "c")) == [0, 1]


@pytest.mark.parametrize(
    ("unit", "show", "value", "text"),
    [("1", ".2f", 3.14159, "3.14"), ("%", ".0f", 12.4, "12 %"), ("mV", ".3g", 0.0012345, "0.00123 mV"), ("1", "d", 6.6, "7")],
)  # fmt: skip
def test_a_value_is_shown_with_its_digits_and_its_unit(tmp_path, unit, show, value, text):
    found = entries(tmp_path, ERROR.replace('unit: "1"', f'unit: "{unit}"') + f'  show: "{show}"\n')
    assert found["error"].text(value) == text


@pytest.mark.parametrize(("must", "holds"), [(">= 0.8", True), ("< 0.8", False)])
def test_a_comparison_before_the_judge(tmp_path, must, holds):
    """Twice as large in each run: all ten pairs, a share of one, and the condition is asked of that share."""
    other = ERROR.replace("error:", "rival:", 1).replace("< 0.1", "< 0.2")
    wins = f"""
wins:
  says: share of seeds in which the error is the smaller one
  unit: "1"
  kind: comparison
  of: [error, rival]
  statistic: share <
  must: "{must}"
  because: what the section argues
"""
    stored = [*rows(TEN), *rows(2 * TEN, "rival")]
    found = judge("c", entries(tmp_path, ERROR + other + wins), {"error": TEN[0], "rival": 2 * TEN[0]}, stored)
    (wins,) = [v for v in found if v.claim == "wins"]
    assert wins.holds is holds and wins.got == 1.0 and wins.runs == 10


def test_fewer_runs_than_the_count_speaks_of_are_red(tmp_path):
    """*In 9 of 10 runs* needs ten."""
    counted = entries(tmp_path, ERROR + "  holds_in: 9 of 10\n")
    few, enough = [judge("a/b", counted, {"error": TEN[0]}, rows(TEN[:n]))[0] for n in (6, 10)]
    assert enough.holds and not few.holds
    assert "at least 10 stored runs" in str(few) and "6 stored. Run: make replicates" in str(few)


@pytest.mark.parametrize(("must", "idle"), [("> -1", True), (">= 0", True), ("< 2", True), ("> 0", False), ("<= 0.9", False)])  # fmt: skip
def test_a_condition_that_every_share_meets_is_red(tmp_path, must, idle):
    share = f'often:\n  says: share of runs below the bound\n  unit: "1"\n  kind: replicates\n  of: error\n  statistic: share < 0.045\n  must: "{must}"\n  because: half of them\n'
    verdict = judge("a/b", entries(tmp_path, ERROR + share), {"error": TEN[0]}, rows(TEN))[1]
    assert 0 < verdict.got < 0.9 and verdict.holds is not idle
    assert ("Every share from 0 to 1 meets" in str(verdict)) is idle
