"""Planted faults by the machine: what it plants, what it leaves alone, and what it says of the claims."""

import ast
import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from mmlib import claims
from mmlib.reproduce.book import Book
from mmlib.reproduce.faults import batches, seen_red
from mmlib.reproduce.faults.campaign import Campaign, _shift
from mmlib.reproduce.faults.candidates import in_cells, only, sources
from mmlib.reproduce.faults.copied import copied, exchanged
from mmlib.reproduce.faults.library import _Bench, _first, _near, _say, draw
from mmlib.reproduce.faults.mutate import Fault, _hash, faults
from mmlib.reproduce.faults.outcome import _contradicted, outcomes
from mmlib.reproduce.faults.reach import Flow
from mmlib.reproduce.faults.recorder import Recorder
from mmlib.reproduce.faults.steering import equals
from mmlib.reproduce.faults.table import Result, read_results, write_results
from mmlib.reproduce.faults.workshop import by_line, mirror
from mmlib.reproduce.store import read_notebook

CHAPTER = "fixture/predators"
MD = "book/fixture/predators.md"
MODEL = "mmlib/systems/lotka_volterra.py"

# -- what is planted ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "mutated"),
    [
        ("x = a + b", "sign", "x = a - b"),
        ("x = (a) - (\n    b  # with a - in it\n)", "sign", "x = (a) + (\n    b  # with a - in it\n)"),
        ("x = -a", "sign", "x = +a"),
        ("x = a + b * c", "dropped term", "x = a + 0 * (b * c)"),
        ("x = 0.2 * a", "5 %", "x = 0.21 * a"),
        ("x = 0.2 * a", "20 %", "x = 0.24 * a"),
        ("x = 4 * a", "20 %", "x = 4.8 * a"),
        ("x = a[b < 3.0]", "comparison", "x = a[b > 3.0]"),
        ("x = np.argmin(a)", "comparison", "x = np.argmax(a)"),
        ("x = a.mean(axis=1)", "axis", "x = a.mean(axis=0)"),
        ("x = f(a, b.c)", "arguments", "x = f(b.c, a)"),
        ("x = rng.normal(size=3)", "frozen seed", 'x = __import__("numpy").random.default_rng(12345).normal(size=3)'),
        ('x = here.rng("a").normal()', "frozen seed", 'x = __import__("numpy").random.default_rng(12345).normal()'),
        ("x = np.random.default_rng(seed)", "frozen seed", "x = np.random.default_rng(12345)"),
    ],
)
def test_kinds_of_faults(text, kind, mutated):
    assert [f.plant(text) for f in faults(text, "x.py") if f.kind == kind] == [mutated]


@pytest.mark.parametrize(
    "text",
    [
        '"""Half of it is 0.5 - or so."""',
        "def f(x):\n    if x < 0.5:\n        raise ValueError(1.0 - x)",
        "ax.plot(t, 2.0 * y)",
        'print(f"{2.0 * y}")',
        "x = y[1:-1]",
        "for k in range(n + 1):\n    pass",
        'x = "a" + "b"',
        "def __repr__(self):\n    return 1.0",
        "from a import b",
        "same = torch.equal(a, b)",  # the order of the two says nothing
    ],
)
def test_furniture_is_left_alone(text):
    assert faults(text, "x.py") == []


@pytest.mark.parametrize(
    ("text", "mutated"),
    [
        ("a = error(net)\nb = error(line)", ["a = error(line)\nb = error(line)", "a = error(net)\nb = error(net)"]),
        (
            "here.claim('a', e['net'][1])\nhere.claim('b', e['net'][3])",
            ["here.claim('a', e['net'][3])\nhere.claim('b', e['net'][3])", "here.claim('a', e['net'][1])\nhere.claim('b', e['net'][1])"],
        ),
        (
            "for key, fit in (('a', net), ('b', line)):\n    pass",  # not the labels: a claim would be made twice
            ["for key, fit in (('a', line), ('b', line)):\n    pass", "for key, fit in (('a', net), ('b', net)):\n    pass"],
        ),
        ("fits = {'a': run(net), 'b': run(line)}", ["fits = {'a': run(line), 'b': run(line)}", "fits = {'a': run(net), 'b': run(net)}"]),
        ("a = error(net, 1)\nb = other.error(line, 1)", []),  # another form
        ("a = f(u, v, w)\nb = f(x, y, z)", []),  # three names: nobody copied that
        ("print(net)\nprint(line)", []),  # no claim, nothing is kept
    ],
)  # fmt: skip
def test_a_copied_line(text, mutated):
    assert [f.plant(text) for f in copied(text, "x.md")] == mutated


def test_results_under_the_name_of_others():
    cells = [
        'here.claim("a", f(x))\nhere.claim("b", g(y).min())',
        'x = 2\nfor k in (1, 2):\n    here.claim(f"c_{k}", w[k])',
        'here.claim("d", f(z))',  # of the form of a, but x is another one now
    ]
    found = exchanged(cells, {**entries(), "d": entries()["a"]}, "x.md")
    assert [(e.cell, e.values) for e in found] == [(0, {"a": "b"}), (0, {"b": "a"}), (1, {"c_1": "c_2", "c_2": "c_1"})]
    assert found[1].fault.plant(cells[0]) == 'here.claim("a", f(x))\nhere.claim("b", f(x))'
    named = {}
    here = SimpleNamespace(claim=named.__setitem__)
    exec(found[2].fault.plant(cells[1]), {"here": here, "w": {1: "one", 2: "two"}})
    assert named == {"c_1": "two", "c_2": "one"}


def test_copied_lines_of_all_chapters_can_be_planted(root):
    count = 0
    for page in sorted((root / "book").glob("*/*.md")):
        if not page.with_suffix(".claims.yml").exists():
            continue
        for cell in read_notebook(page).cells:
            for fault in copied(cell.source, "x.md") if cell.cell_type == "code" else []:
                planted = fault.plant(cell.source)
                assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(cell.source))
                assert planted.count("\n") == cell.source.count("\n")
                count += 1
    assert count > 500


def test_only_the_text_at_fault_changes_and_lines_stay(root):
    """Over the whole library: each fault parses, and no line moves."""
    for path in sorted((root / "mmlib" / "systems").glob("l*.py")):
        text = path.read_text(encoding="utf-8")
        for fault in faults(text, path.name):
            mutated = fault.plant(text)
            ast.parse(mutated)
            assert mutated.count("\n") == text.count("\n")
            changed = [a != b for a, b in zip(text.splitlines(), mutated.splitlines(), strict=True)]
            assert sum(changed) >= 1 and changed[fault.line - 1]


def test_a_fault_keeps_its_name_when_something_else_changes():
    text = "def f(x):\n    return 0.2 * x\n"
    names = {f.name for f in faults(text, "x.py")}
    assert names == {f.name for f in faults("A = 1.5\n\n\n" + text, "x.py") if f.scope == "f"}
    assert not names & {f.name for f in faults(text.replace("return", "y = 1; return"), "x.py")}


def test_a_fault_is_planted_only_where_it_was_found():
    fault = faults("x = a + b", "x.py")[0]
    with pytest.raises(ValueError, match="expected '\\+' there"):
        fault.plant("x = abc + b")


def test_constants_that_steer_a_search_are_left_out_with_a_reason():
    tolerance, rate = faults("solve(f, rtol=1e-6)", "x.py"), faults("solve(f, rate=0.2)", "x.py")
    assert all("tolerance" in f.steers for f in tolerance) and len(tolerance) == 2
    assert not any(f.steers for f in rate) and len(rate) == 2


def test_at_most_one_fault_in_ten_is_left_out(root):
    """Of all, and of the constants alone; without the largest module, which would hide the others."""
    paths = [p for p in (root / "mmlib").rglob("*.py") if not {"reproduce", "exercises", "cardiac"} & set(p.parts)]
    found = [f for p in paths for f in faults(p.read_text(encoding="utf-8"), p.relative_to(root).as_posix())]
    constants = [f for f in found if f.kind in ("5 %", "20 %")]
    assert len(constants) > 1000
    share = sum(bool(f.steers) for f in constants) / len(constants)
    assert 0 < share <= 0.1, f"{share:.1%} of the faults on constants are left out (steering.yml)"


def _said(fault, root):
    line = (root / fault.file).read_text(encoding="utf-8").splitlines()[fault.line - 1]
    return fault.file, fault.scope, fault.kind, fault.before, fault.after, line


def test_faults_that_change_nothing_are_few_and_still_there(root):
    """Each rule of equal.yml has a reason and fits a fault that can be planted; together they are one in a hundred at most."""
    rules = yaml.safe_load((root / "mmlib/reproduce/faults/equal.yml").read_text(encoding="utf-8"))
    files = {rule["file"]: faults((root / rule["file"]).read_text(encoding="utf-8"), rule["file"]) for rule in rules}
    for rule in rules:
        assert len(rule["why"]) > 20 and {"file", "scope", "kind"} <= set(rule), rule
        fitting = [f for f in files[rule["file"]] if equals(*_said(f, root)) == rule["why"]]
        assert 1 <= len(fitting) <= 8, (rule, len(fitting))
    paths = [p for p in (root / "mmlib").rglob("*.py") if not {"reproduce", "exercises"} & set(p.parts)]
    found = [f for p in paths for f in faults(p.read_text(encoding="utf-8"), p.relative_to(root).as_posix())]
    assert sum(bool(equals(*_said(f, root))) for f in found if f.file in files) <= len(found) / 100


def test_a_line_that_was_not_watched_has_the_tests_of_its_function():
    text = "def f(x):\n    y = 2 * x\n    return y\n\n\nz = 3.0\n"
    lines = {2: ["t::a"], 6: ["t::b"]}
    assert [_near(lines, text, n, ["all"]) for n in (2, 3, 6, 5)] == [["t::a"], ["t::a"], ["t::b"], ["all"]]


class Shop:
    """A workshop in which runs of tests are noted, and end as is said for (tests, planted)."""

    def __init__(self, root, answers):
        self.root, self.answers, self.asked, self.broken = root, answers, [], False

    @contextmanager
    def planted(self, fault):
        self.broken = True
        yield
        self.broken = False

    def run_tests(self, tests, *, cpu_s, record=None):
        if record:
            record.write_text(json.dumps({"optim/verdict.py": {"near": [2]}}), encoding="utf-8")
        self.asked.append((tuple(Path(t).name for t in tests), self.broken, cpu_s))
        found = self.answers.get((len(tests), self.broken), "green")
        return found.pop(0) if isinstance(found, list) else found


OWN, EVERY = ("test_choices.py", "test_optim_verdict.py"), 4


@pytest.mark.parametrize(
    ("answers", "outcome", "runs"),
    [
        ({(2, True): "red"}, "red", 2),  # its own tests, sound and broken
        ({}, "green", 5),  # then all of them sound, those near the line, and all of them
        ({(1, True): "red"}, "red", 4),
        ({(4, True): "red"}, "red", 5),
        ({(2, False): "red", (2, True): "red"}, "green", 4),  # its own tests fail without the fault: they are not asked
        ({(4, False): "red"}, "slow", 3),  # not judged
        ({(1, True): ["slow", "green"]}, "green", 6),  # too many tests near the line for the first limit are no failure
        ({(1, True): ["slow", "slow"]}, "red", 5),  # an endless loop is one
    ],
)
def test_own_tests_come_first_and_a_long_run_is_no_failure(tmp_path, answers, outcome, runs):
    (tmp_path / "mmlib" / "optim").mkdir(parents=True)
    (tmp_path / "tests" / "contract").mkdir(parents=True)
    for name in (*OWN[1:], "test_optim.py", "contract/test_choices.py"):
        (tmp_path / "tests" / name).touch()
    text = "def f(x):\n    return 0.2 * x\n"
    (tmp_path / "mmlib" / "optim" / "verdict.py").write_text(text, encoding="utf-8")
    shop = Shop(tmp_path, answers)
    bench = _Bench(shop, "mmlib/optim/verdict.py")
    assert len(bench.every) == EVERY and shop.asked[0][0] == OWN
    assert bench.judge(faults(text, "mmlib/optim/verdict.py")[0])[0] == outcome
    assert len(shop.asked) == runs


def test_a_draw_repeats_grows_and_depends_on_its_seed(tmp_path):
    (tmp_path / "mmlib").mkdir()
    (tmp_path / "mmlib/a.py").write_text("\n".join(f"x{i} = y - {i}.5 * z" for i in range(20)), encoding="utf-8")
    draws = {(each, seed): [f.name for f in draw(each, root=tmp_path, seed=seed)] for each in (4, 8) for seed in (0, 1)}
    assert draws[8, 0][:4] == draws[4, 0] and draws[8, 1][:4] == draws[4, 1], "a larger one adds to a smaller one"
    assert len(set(draws[8, 0]) & set(draws[8, 1])) < 8 and draws[4, 1] != draws[4, 0]
    for names in ((f.kind for f in draw(4, root=tmp_path, seed=seed)) for seed in (0, 1)):
        assert len(set(names)) == 4, "all kinds in turn"


def test_first_sights_are_counted_draw_by_draw(capsys):
    kinds = [
        ("", "red", "red"),
        ("0", "green", "red"),
        ("7", "red", "red"),
        ("7", "green", "green"),
        ("7", "equal", "equal"),
    ]
    common = {"file": "mmlib/a.py", "line": "1", "scope": "f", "kind": "sign", "before": "+", "tests": "2"}
    _say([common | {"draw": seed, "first": first, "outcome": now} for seed, first, now in kinds])
    said = capsys.readouterr().out
    assert "draw 0: 1 of 2 turned a test red at first sight" in said
    assert "draw 7: 1 of 2 turned a test red at first sight" in said
    assert "3 of 4 faults turn a test red; 1 change nothing" in said


def test_the_first_outcome_of_a_fault_is_kept():
    assert _first(None, "green") == "green" and _first(None, "slow") == ""
    assert _first({"outcome": "green", "first": "green"}, "red") == "green"
    assert _first({"outcome": "slow", "first": ""}, "red") == "red"
    assert _first({"outcome": "green"}, "red") == ""  # planted before first outcomes were written down


# -- which claims it reaches --------------------------------------------------------------------------------------

RUN = {"says": "some number of it", "unit": "1", "kind": "run", "must": "> 0", "because": "it is", "drift": 0.1}


def entries(**more):
    plain = {
        name: claims.Entry.model_validate(RUN | {"because": "it is so, always"}) for name in ("a", "b", "c_1", "c_2")
    }
    return plain | {k: claims.Entry.model_validate(RUN | v) for k, v in more.items()}


def test_flow_from_a_statement_to_the_claims():
    cells = [
        "r = 0.2\ns = 0.3\ndef f(x):\n    return r * x",
        'y = f(1)\nz = s\nhere.claim("a", y)\nhere.claim("b", z)',
        'for k in (1, 2):\n    here.claim(f"c_{k}", w[k])\nax.plot(y)',
        "w.append(z)",
    ]
    flow = Flow(cells, entries())
    assert flow.claims_from(0, 1) == {"a"}  # through the function
    assert flow.claims_from(0, 4) == {"a"}
    assert flow.claims_from(0, 2) == {"b"}
    assert flow.claims_from(1, 3) == {"a"}  # the claim itself
    assert flow.claims_from(2, 2) == {"c_1", "c_2"}
    assert flow.claims_from(3, 1) == frozenset()
    assert flow.claims_from(9, 1) == frozenset()


def test_a_claim_in_a_loop_changes_itself_alone():
    flow = Flow(['for k in (1, 2):\n    w = f(k)\n    here.claim(f"c_{k}", w)\n    here.claim("a", w)'], entries())
    assert flow.claims_from(0, 1) == flow.claims_from(0, 2) == {"a", "c_1", "c_2"}
    assert flow.claims_from(0, 3) == {"c_1", "c_2"}
    assert flow.claims_from(0, 4) == {"a"}
    assert Flow(['for k in (1, 2): here.claim("a", w)'], entries()).claims_from(0, 1) == {"a"}
    for name in ('"c_" + str(k)', '"c_" + k', 'f"c_{k}"', '"" + f"{c}_" + k'):
        assert Flow([f"here.claim({name}, w)"], entries()).claims_from(0, 1) == {"c_1", "c_2"}, name


def test_flow_reaches_summaries_and_what_is_changed_in_place():
    median = claims.Entry(
        says="median of a over seeds", unit="1", kind="replicates", of="a", statistic="median", must="> 0",
        because="it is so, always",
    )  # fmt: skip
    flow = Flow(["x = 1.5\nnet.fit(x)", 'here.claim("a", net.error)'], {**entries(), "m": median})
    assert flow.claims_from(0, 1) == {"a", "m"}


def test_only_the_cells_that_a_claim_needs():
    cells = [
        "import numpy as np\nhere = chapter('x')",
        "a = 1.5",
        "b = []",
        "b.append(a)",
        "noise = here.rng.normal()",  # a draw from the one stream moves all later draws
        "slow = train()",
        "def f():\n    return k * b[0]",
        "k = 2.0",
        'here.claim("a", f())',
        'here.claim("b", slow)',
        "ax.plot(slow)",
        "torch.set_num_threads(1)",
    ]
    flow = Flow(cells, entries())
    assert flow.cells_needed(frozenset({"a"})) == {0, 1, 2, 3, 4, 6, 7, 8, 11}
    assert flow.cells_needed(frozenset({"b"})) == {0, 4, 5, 9, 11}


def test_a_shorter_chapter_keeps_its_lines(root):
    book = Book(root / "tests" / "fixture")
    ours = claims.read_claims(book.file(CHAPTER, ".claims.yml"))
    page = book.file(CHAPTER, ".md").read_text(encoding="utf-8")
    short = only(book, CHAPTER, ours, page, frozenset({"drift"}))
    assert short.count("\n") == page.count("\n") and "fig, ax" not in short and "np.ptp(model.conserved" in short
    for fault in in_cells(book, CHAPTER, ours):
        start = fault.start + _shift(page, short, fault)
        if short.splitlines()[fault.line - 1] == page.splitlines()[fault.line - 1]:
            assert short[start : start + len(fault.before)] == fault.before


def test_recorder_knows_who_ran_which_lines(tmp_path):
    path = tmp_path / "pack" / "module.py"
    path.parent.mkdir()
    path.write_text("def f(x):\n    if x:\n        return 1\n    return 2\n", encoding="utf-8")
    space = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    who = "first"
    recorder = Recorder(str(path.parent) + "/", lambda frame: who)
    before = sys.gettrace()
    recorder.start()
    try:
        space["f"](True)
        who = "second"
        space["f"](False)
    finally:
        recorder.stop()
        sys.settrace(before)
    recorder.write(tmp_path / "hits.json")
    assert json.loads((tmp_path / "hits.json").read_text(encoding="utf-8")) == {
        "module.py": {"first": [2, 3], "second": [2, 4]}
    }


def test_tests_mirror_the_package(root, tmp_path):
    choices = "tests/contract/test_choices.py"
    pinn = [choices, "tests/test_pinn_training.py", "tests/test_pinn.py", "mmlib/pinn/training.py"]
    assert mirror(root, "mmlib/pinn/training.py") == pinn
    lorenz = ["tests/test_systems.py", "tests/contract/test_systems.py", "mmlib/systems/lorenz.py"]
    assert mirror(root, "mmlib/systems/lorenz.py") == lorenz
    assert mirror(root, "mmlib/claims/night.py")[1:3] == ["tests/test_claims_night.py", "tests/test_claims.py"]
    assert "tests/test_data_influenza.py" in mirror(root, "mmlib/data/__init__.py")
    assert mirror(root, "mmlib/_shooting.py") == [choices, "tests/test_shooting.py", "mmlib/_shooting.py"]
    assert "tests/test_optim.py" in mirror(root, "mmlib/optim/__init__.py")
    hits = tmp_path / "hits.json"
    hits.write_text(json.dumps({"x.py": {"*": [1], "t::a": [1, 5], "t::b": [5]}}), encoding="utf-8")
    assert by_line(hits, "mmlib/x.py", ["all"]) == {1: ["all"], 5: ["t::a", "t::b"]}


# -- what it does to a claim --------------------------------------------------------------------------------------


def row(claim, seed, value):
    return claims.Row(
        claim=claim,
        seed=seed,
        value=value,
        device="cpu",
        dtype="float64",
        threads=1,
        cpu_s=1,
        key="k",
        date="2026-01-01",
    )


def test_condition_drift_and_nothing():
    ours = entries()
    base = {"a": 1.0, "b": 1.0, "c_1": 1.0}
    rows = [row(k, s, 1.0 + s / 100) for k in ("a", "b", "c_1", "c_2") for s in range(10)]
    got = outcomes("x", ours, rows, base, {"a": -1.0, "b": 2.0, "c_1": 1.0})
    assert got == {"a": "must", "b": "drift", "c_1": "unchanged", "c_2": "died"}


@pytest.mark.parametrize(
    ("statistic", "must", "got", "red"),
    [
        ("median", "> 0.5", 0.1, True),  # taken alone, on the other side
        ("median", "> 0.5", 0.9, False),
        ("share < 2", "> 0.8", 3.0, True),
        ("share < 2", "> 0.8", 1.5, False),
        ("spread", "< 0.5", 9.0, True),  # in its place among the stored runs
        ("count < 2", ">= 10", 3.0, True),
    ],
)
def test_a_summary_is_contradicted(statistic, must, got, red):
    entry = claims.Entry(
        says="summary of the runs", unit="1", kind="replicates", of="a", statistic=statistic, must=must,
        because="it is so, always",
    )  # fmt: skip
    rows = [row("a", s, 1.0 + s / 100) for s in range(10)]
    found = outcomes("x", {**entries(), "m": entry}, rows, {"a": 1.0}, {"a": got})
    assert found["m"] == ("comparison" if red else "unchanged")


@pytest.mark.parametrize(
    ("statistic", "must", "a", "red"),
    [
        ("share <", "> 0.95", 3.0, True),
        ("share <", "> 0.95", 1.5, False),
        ("median ratio", "< 1", 3.0, True),
        ("median difference", "< 0", 1.9, False),
        ("share <", "> 0.2 and < 0.8", 3.0, False),  # one pair cannot contradict *not decided*
    ],
)
def test_a_comparison_is_contradicted_by_its_pair(statistic, must, a, red):
    entry = claims.Entry(
        says="a held against b", unit="1", kind="comparison", of=["a", "b"], statistic=statistic, must=must,
        because="it is so, always",
    )  # fmt: skip
    rows = [row("a", s, 1.0) for s in range(10)] + [row("b", 0, 2.0)]
    moved = [r.model_copy(update={"value": a}) if (r.claim, r.seed) == ("a", 0) else r for r in rows]
    assert _contradicted(entry, {"a": 1.0, "b": 2.0}, {"a": a, "b": 2.0}, rows, moved) is red


# -- what is kept -------------------------------------------------------------------------------------------------


def result(claim, outcome, fault="f1", source="s"):
    return Result(fault, "sign", MD, "cell", 3, "+", "-", source, claim, outcome, "1.0", "2026-01-01")


def test_results_are_read_as_written(tmp_path):
    path = tmp_path / "x.faults.csv"
    stored = [result("a", "must"), result("b", "drift")]
    path.write_text(write_results(stored), encoding="utf-8")
    assert read_results(path) == stored
    path.write_text(write_results([result("a", "perhaps")]), encoding="utf-8")
    with pytest.raises(ValueError, match="outcome 'perhaps': expected one of must"):
        read_results(path)
    path.write_text("fault,claim\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected the columns fault,kind"):
        read_results(path)


def test_the_strongest_red_counts(root, tmp_path):
    book = Book(tmp_path)
    folder = tmp_path / "book" / "fixture"
    folder.mkdir(parents=True)
    (folder / "predators.claims.yml").write_bytes((root / f"tests/fixture/book/{CHAPTER}.claims.yml").read_bytes())
    assert seen_red(book, CHAPTER) == {}
    found = [
        result("drift", "drift"),
        result("drift", "must", "f2"),
        result("terms", "drift"),
        result("", "died", "f3"),
    ]
    (folder / "predators.faults.csv").write_text(write_results(found), encoding="utf-8")
    best = seen_red(book, CHAPTER)
    assert (best["drift"], best["terms"], best["equilibrium"], best["median_growth_rate"]) == (
        "must",
        "drift",
        None,
        None,
    )


def test_a_comparison_that_is_younger_than_the_fault(root):
    """Stored values of both its arms judge it too; with one arm stored alone nobody knows what became of the other."""
    arms = [result("error", "drift"), result("error_noisy", "drift"), result("error", "drift", "f2")]
    stored = [replace(arm, value=value) for arm, value in zip(arms, ("9.0", "3.0", "9.0"), strict=True)]
    found = Campaign(Book(root / "tests" / "fixture"), CHAPTER)._judged_again(stored)
    assert [(r.fault, r.outcome) for r in found if r.claim == "noise_costs"] == [("f1", "comparison")]


def planted(line, kind="sign"):
    return Fault(MD, "cell", "s", line, kind, 10 * line, 10 * line + 1, "+", "-", line)


def test_faults_of_one_run_share_no_claim():
    cells = {
        planted(1): frozenset("abc"), planted(2): frozenset("a"), planted(3): frozenset("ab"), planted(4): frozenset("b"),
        planted(5): frozenset("d"),
    }  # fmt: skip
    together = batches.batch("abc", [], cells)
    assert sorted(f.line for f in together) == [2, 4]  # nearest first; nothing for d, which was seen
    first = next(f for f in together if f.line == 2)
    later = batches.batch("abc", [replace(result("a", "unchanged", first.name), line=2)], cells)
    assert [f.line for f in later] == [4]  # the other one for a also reaches b
    assert batches.batch("a", [replace(result("a", "must", f.name), line=f.line) for f in cells], cells) == []
    arms = {planted(6): frozenset(["net", "net_wins"]), planted(7): frozenset(["line", "net_wins"])}
    assert len(batches.batch(["net_wins"], [], arms)) == 1
    assert len(batches.batch(["net_wins"], [], arms, derived=["net_wins"])) == 2  # each is judged with the other sound


TOGETHER = """
import json
from mmlib.reproduce.book import find_book
from mmlib.reproduce.faults import candidates
from mmlib.reproduce.faults.campaign import Campaign
from mmlib.reproduce.faults.workshop import Workshop

alone, both = [Campaign(find_book(), "fixture/predators") for _ in range(2)]
with Workshop(alone.book, alone.chapter) as workshop:
    alone._recorded(workshop)
    both.base, both.cost = alone.base, alone.cost
    found = candidates.in_cells(alone.book, alone.chapter, alone.entries)
    pairs = [(f, g) for f in found for g in found if f.start < g.start and not found[f] & found[g]]
    pair = pairs[0]
    for fault in pair:
        alone._one(workshop, fault, found[fault])
    both._together(workshop, list(pair), found)
    fault, names = next(iter(candidates.exchanges(alone.book, alone.chapter, alone.entries).items()))
    made = alone._run_in_cells(workshop, [fault], frozenset(names))
    print("READ" + json.dumps([[made.claims[claim], alone.base[other]] for claim, other in names.items()]))
print("OUT" + json.dumps([sorted([r.fault, r.claim, r.outcome, r.value] for r in c.results) for c in (alone, both)]))
print(both.executed)
"""


def test_two_faults_of_one_run_do_what_each_does_alone(copy):
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER], cwd=copy.root, capture_output=True, text=True, timeout=600
    )  # fmt: skip
    assert "OUT" in done.stdout, done.stdout + done.stderr
    alone, both = json.loads(done.stdout.split("OUT")[1].splitlines()[0])
    assert alone == both and len({row[0] for row in both}) == 2
    assert done.stdout.split()[-1] == "1"
    pairs = json.loads(done.stdout.split("READ")[1].splitlines()[0])
    assert pairs and all(
        run == read for run, read in pairs
    )  # an exchange that was run makes the value that was read off


def test_faults_of_one_run_that_share_a_comparison(root, monkeypatch):
    """Two faults move one arm each: the comparison is asked of each with the other arm sound, as in two runs."""
    book = Book(root / "tests" / "fixture")
    base = {r.claim: r.value for r in Campaign(book, CHAPTER).rows if r.seed == 0}
    moved = {"error": base["error"] * 9, "error_noisy": base["error_noisy"] * 3}
    cells = {planted(k): frozenset([claim, "noise_costs"]) for k, claim in enumerate(moved)}

    def run(self, workshop, faults, reached):
        return SimpleNamespace(claims=base | {claim: moved[claim] for claim in reached & moved.keys()})

    monkeypatch.setattr(Campaign, "_run_in_cells", run)
    alone, both = Campaign(book, CHAPTER), Campaign(book, CHAPTER)
    for fault in cells:
        alone._together(None, [fault], cells)
    both._together(None, list(cells), cells)
    assert alone.results == both.results
    assert {(r.claim, r.outcome) for r in both.results} >= {("noise_costs", "comparison"), ("noise_costs", "unchanged")}


# -- the command, on a chapter ------------------------------------------------------------------------------------

SCRIPT = """
import json
from mmlib.reproduce.book import find_book
from mmlib.reproduce.faults import candidates
from mmlib.reproduce.faults.campaign import Campaign
from mmlib.reproduce.faults.workshop import Workshop

campaign = Campaign(find_book(), "fixture/predators")
with Workshop(campaign.book, campaign.chapter) as workshop:
    record = campaign._recorded(workshop)
    found = candidates.in_cells(campaign.book, campaign.chapter, campaign.entries)
    found |= candidates.in_library(campaign.book, campaign.chapter, campaign.entries, record)
    for kind, before, line in WANTED:
        fault = next(f for f in found if (f.kind, f.before) == (kind, before) and line in f.plant((campaign.book.root / f.file).read_text(encoding="utf-8")))
        campaign._one(workshop, fault, found[fault])
    sound = (workshop.root / fault.file).read_text(encoding="utf-8") == (campaign.book.root / fault.file).read_text(encoding="utf-8")
print("OUT" + json.dumps([sound, sorted({f.file for f in found}), [[r.kind, r.claim, r.outcome] for r in campaign.results]]))
"""

WANTED = [
    ("sign", "-", "self.delta * h + self.gamma"),  # a quantity that is not conserved
    ("20 %", "30.0", "[36, 4.0]"),  # another start: the conditions allow it
    ("axis", "1", "y.std(axis=0)"),  # shapes that do not fit
]


def test_a_fault_for_each_outcome(copy):
    """One that a condition catches, one that only drift catches, one that kills the chapter."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("WANTED", repr(WANTED))],
        cwd=copy.root, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert "OUT" in done.stdout, done.stdout + done.stderr
    sound, files, found = json.loads(done.stdout.split("OUT")[1])
    assert sound, "the fault was not taken out again"
    assert {MD, MODEL, "mmlib/collocation.py"} <= set(files)
    assert not [f for f in files if f.startswith(("mmlib/plot", "mmlib/claims", "mmlib/chapter"))]
    assert ["sign", "drift", "must"] in found
    assert ["20 %", "equilibrium", "drift"] in found and ["20 %", "terms", "unchanged"] in found
    assert ["20 %", "equilibrium", "must"] not in found
    assert [r for r in found if r[0] == "axis"] == [["axis", "", "died"]]


def test_the_command_and_calls_until_one_executes_nothing(copy):
    first = copy.run("--faults", CHAPTER, "--limit", "1")
    assert first.status == 0, first.text
    assert "2 runs now" in first.text
    assert "UNSEEN fixture/predators: " in first.text and "Sharpen its condition" in first.text
    path = copy.path(".faults.csv")
    stored = set(path.read_text(encoding="utf-8").splitlines())
    for _ in range(5):
        again = copy.run("--faults", CHAPTER, "--limit", "1")
        assert stored <= set(path.read_text(encoding="utf-8").splitlines())
        stored = set(path.read_text(encoding="utf-8").splitlines())
        if " 0 runs now" in again.text:
            break
    assert " 0 runs now" in again.text
    assert set(seen_red(Book(copy.root), CHAPTER)) >= {"drift", "terms"}
    results = read_results(path)
    changed = {(r.file, r.source) for r in results}
    assert changed <= sources(Book(copy.root), CHAPTER, {r.file for r in results})
    cells = [c.source for c in read_notebook(copy.root / MD).cells if (MD, _hash(c.source)) in changed]
    copy.replace(MD, cells[0], f"{cells[0]}\n# another cell now")
    gone = {(f, s) for f, s in changed if f == MD} - sources(Book(copy.root), CHAPTER, set())
    assert gone == {(MD, _hash(cells[0]))}


def test_a_chapter_that_fails_without_a_fault(copy):
    copy.replace(MD, "model = LotkaVolterra()", "model = undefined")
    result = copy.run("--faults", CHAPTER, "--limit", "1")
    assert result.status == 1
    assert "does not run to its end without a fault" in result.text and not Path(copy.path(".faults.csv")).exists()
