"""How many faults in the library does a test see? ``python -m mmlib.reproduce.faults library``."""

from __future__ import annotations

import ast
import csv
import datetime
import hashlib
import io
import re
from collections import Counter
from functools import cached_property
from pathlib import Path

from mmlib.reproduce.book import Book, write_atomic
from mmlib.reproduce.faults.mutate import Fault, faults
from mmlib.reproduce.faults.steering import equals
from mmlib.reproduce.faults.workshop import CHOICES, Workshop, by_line, mirror
from mmlib.reproduce.store import PACKAGE

__all__ = ["draw", "survey"]

COLUMNS = ("fault", "file", "scope", "line", "kind", "before", "after", "source", "tests", "mirror", "first", "outcome")
COLUMNS += ("date", "draw")  # first: the outcome when planted for the first time, before anyone wrote a test for it
FAULT_CPU, MODULE_CPU = 30, 240  # seconds: tests of one fault, tests of one module without a fault
JUDGED = ("red", "green", "equal")
OUTSIDE = ("mmlib/reproduce/", "mmlib/exercises/", "mmlib/plot.py", "mmlib/data/remote.py")


def draw(each: int, only: str | tuple[str, ...] = "", root: Path = PACKAGE.parent, seed: int = 0) -> list[Fault]:
    """A draw of faults over the modules of the library, the same each time, and from each module all kinds in turn.

    Parameters
    ----------
    each : int
        How many from a module, at most. A larger number adds faults to those of a smaller one.
    only : str or tuple of str
        Modules whose path begins so.
    root : Path
        The folder that holds the package.
    seed : int
        Another seed draws others: faults that nobody has seen when the tests were written.
    """
    drawn = []
    for found in _possible(root, only, seed).values():
        kinds = Counter()
        for _ in range(min(each, len(found))):
            fault = found.pop(min(range(len(found)), key=lambda i: (kinds[found[i].kind], i)))
            kinds[fault.kind] += 1
            drawn.append(fault)
    return drawn


def _possible(root: Path, only: str | tuple[str, ...], seed: int = 0) -> dict[str, list[Fault]]:
    """All faults of each module, in an order that is random and, for one seed, always the same."""
    by_file, salt = {}, f"{seed} " if seed else ""
    for path in sorted((root / "mmlib").rglob("*.py")):
        file = path.relative_to(root).as_posix()
        if file.startswith(only) and not file.startswith(OUTSIDE):
            found = [f for f in faults(path.read_text(encoding="utf-8"), file) if not f.steers]
            by_file[file] = sorted(found, key=lambda f: hashlib.sha256(f"{salt}{f.name}".encode()).hexdigest())
    return by_file


def survey(book: Book, each: int, only: str | tuple[str, ...] = "", seed: int = 0) -> int:
    """Plant faults over the library, run the tests of the module at fault, and keep what they said.

    Faults whose function is unchanged since they were planted are not planted again, unless no test saw them and the
    tests have changed. Returns the exit status.
    """
    path = book.root / "tests" / "library_faults.csv"
    drawn = draw(each, only, seed=seed)
    rows = {r["fault"]: r for r in _read(path)}
    every = {f.name: f for found in _possible(PACKAGE.parent, only).values() for f in found}
    unseen = [every[name] for name, row in rows.items() if name in every and _again(book, every[name], row)]
    drawn = list(dict.fromkeys([*drawn, *unseen]))
    rows = {name: row for name, row in rows.items() if name in every or not row["file"].startswith(only)}
    for fault in (f for f in drawn if f.name in rows and rows[f.name]["outcome"] == "green"):
        text = (PACKAGE.parent / fault.file).read_text(encoding="utf-8")
        rows[fault.name]["outcome"] = _explained(fault, text, "green")  # seen by no test, and on the list by now
    waiting = [f for f in drawn if f.name not in rows or _again(book, f, rows[f.name])]
    with Workshop(book) as workshop:
        for file in dict.fromkeys(f.file for f in waiting):
            bench = _Bench(workshop, file)
            for fault in (f for f in waiting if f.file == file):
                row = _row(bench, fault)
                row["mirror"] = _mirror_hash(workshop.root, file)
                before = rows.get(fault.name)
                row["first"] = _first(before, row["outcome"])
                row["draw"] = before.get("draw") or "0" if before else str(seed)
                rows[fault.name] = row
                write_atomic(path, _text(rows.values()))
    write_atomic(path, _text(rows.values()))
    _say(list(rows.values()))
    return 0


def _near(lines: dict[int, list[str]], text: str, line: int, every: list[str]) -> list[str]:
    """The tests that ran a line; where none was noted, those that ran its function: only its first calls are watched.

    A line outside of functions runs when the module is imported, and is noted only where something is called on it: all tests.
    """
    if line in lines:
        return lines[line]
    around = [
        node for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= node.end_lineno
    ]  # fmt: skip
    if not around:
        return every
    last = min(around, key=lambda node: node.end_lineno - node.lineno)
    return sorted({test for n in range(last.lineno + 1, last.end_lineno + 1) for test in lines.get(n, [])})


class _Bench:
    """One module and its tests: those of its own file are asked first, and only a fault that they miss costs all others."""

    def __init__(self, workshop: Workshop, file: str):
        self.workshop, self.file, self.every = workshop, file, mirror(workshop.root, file)
        self.text = (workshop.root / file).read_text(encoding="utf-8")
        name = "_".join(part.lstrip("_") for part in Path(file).with_suffix("").parts[1:])
        own = [t for t in self.every if t in (CHOICES, f"tests/test_{name}.py")]
        if f"tests/test_{name}.py" not in own or workshop.run_tests(own, cpu_s=FAULT_CPU) != "green":
            own = []
        self.own = own

    @cached_property
    def sound(self) -> tuple[str, dict[int, list[str]]]:
        """What all tests say without a fault, and {line: tests that ran it}."""
        record = self.workshop.root / "tests.json"
        record.unlink(missing_ok=True)
        state = self.workshop.run_tests(self.every, cpu_s=MODULE_CPU, record=record)
        print(f"{self.file}: tests {state}", flush=True)
        return state, by_line(record, self.file, self.every) if state == "green" else {}

    def judge(self, fault: Fault) -> tuple[str, int]:
        """The outcome of a fault, and how many tests (or files of tests, where its own saw it) were asked first."""
        if self.own and self._ran(fault, self.own) == "red":
            return "red", len(self.own)
        state, lines = self.sound
        if state != "green":
            return (state if state == "none" else "slow"), 0
        tests = _near(lines, self.text, fault.line, self.every)
        outcome = self._ran(fault, tests) if tests else "green"  # no test runs the line
        if (
            outcome == "green" and tests and tests != self.every
        ):  # a later call of a test may have run the line unnoticed
            outcome = self._ran(fault, self.every)
        return outcome, len(tests)

    def _ran(self, fault: Fault, tests: list[str]) -> str:
        """Without the fault all tests end within the second limit: with it, more time is as good as a failure."""
        with self.workshop.planted(fault):
            outcome = self.workshop.run_tests(tests, cpu_s=FAULT_CPU)
            if outcome == "slow":
                outcome = self.workshop.run_tests(tests, cpu_s=MODULE_CPU)
        return "red" if outcome == "slow" else outcome


def _row(bench: _Bench, fault: Fault) -> dict[str, str]:
    outcome, asked = bench.judge(fault)
    outcome = _explained(fault, bench.text, outcome)
    before, after = (re.sub(r"\s+", " ", text)[:80] for text in (fault.before, fault.after))
    print(f"  {fault.file}:{fault.line} {fault.scope}, {fault.kind}: {before[:40]}: {outcome}", flush=True)
    values = (
        fault.name, fault.file, fault.scope, fault.line, fault.kind, before, after, fault.source, asked, "", "", outcome,
        datetime.date.today().isoformat(), "",
    )  # fmt: skip
    return {k: str(v) for k, v in zip(COLUMNS, values, strict=True)}


def _explained(fault: Fault, text: str, outcome: str) -> str:
    line = text.splitlines()[fault.line - 1]
    known = outcome == "green" and equals(fault.file, fault.scope, fault.kind, fault.before, fault.after, line)
    return "equal" if known else outcome


def _first(before: dict[str, str] | None, outcome: str) -> str:
    """The outcome of the first time that a fault was judged; empty where it was not written down then."""
    if before is None or before["outcome"] not in JUDGED:
        return outcome if outcome in JUDGED else ""
    return before.get("first") or ""


def _again(book: Book, fault: Fault, row: dict[str, str]) -> bool:
    return row["outcome"] not in ("red", "equal") and row.get("mirror") != _mirror_hash(book.root, fault.file)


def _mirror_hash(root: Path, file: str) -> str:
    texts = [(root / test).read_bytes() for test in mirror(root, file)]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:12]


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _text(rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda r: (r["file"], int(r["line"]), r["fault"])))
    return out.getvalue()


def _say(rows: list[dict[str, str]]) -> None:
    judged = [r for r in rows if r["outcome"] in ("red", "green")]
    for row in judged:
        if row["outcome"] == "green":
            ran = "no test runs the line" if row["tests"] == "0" else f"{row['tests']} tests run the line"
            print(f"GREEN  {row['file']}:{row['line']} {row['scope']}, {row['kind']}: {row['before']}: {ran}")
    for file in sorted({r["file"] for r in judged}):
        mine = [r["outcome"] for r in judged if r["file"] == file]
        print(f"{file}: {mine.count('red')} of {len(mine)} turn a test red")
    for seed in sorted({r.get("draw") or "0" for r in judged}, key=int):
        seen = [r["first"] for r in judged if (r.get("draw") or "0") == seed and r.get("first") in ("red", "green")]
        print(f"draw {seed}: {seen.count('red')} of {len(seen)} turned a test red at first sight")
    red = sum(r["outcome"] == "red" for r in judged)
    equal = sum(r["outcome"] == "equal" for r in rows)
    print(f"{red} of {len(judged)} faults turn a test red; {equal} change nothing that could be seen (equal.yml),")
    print(f"{len(rows) - len(judged) - equal} were not judged")
