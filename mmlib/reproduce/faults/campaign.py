"""``python -m mmlib.reproduce --faults``: plant faults in chapters, one at a time, until each claim was seen red."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from mmlib import claims
from mmlib.reproduce.book import Book, write_atomic
from mmlib.reproduce.faults import batches, candidates
from mmlib.reproduce.faults.mutate import Fault
from mmlib.reproduce.faults.outcome import outcomes, sources_of
from mmlib.reproduce.faults.table import LIMIT, Result, read_results, results_path, seen_red, write_results
from mmlib.reproduce.faults.workshop import Workshop, by_line, mirror
from mmlib.reproduce.judging import violations
from mmlib.reproduce.store import PACKAGE, Record

__all__ = ["Campaign", "plant"]

IN_LIBRARY = 0.4  # of them at most, those included that a test catches
TEST_CPU = 90  # seconds for the tests of one module
ROUNDS = 8  # batches of faults in cells, at most


def plant(book: Book, chapters: list[str], *, limit: int = LIMIT, rotate: bool = False) -> int:
    """Plant faults in chapters and say which claims none has turned red; returns the exit status.

    Parameters
    ----------
    book, chapters
        Where, and in which chapters.
    limit : int
        Times that a chapter is run, at most.
    rotate : bool
        Only one of the chapters, which the date picks: the share of one night.
    """
    if rotate:
        chapters = [chapters[datetime.date.today().toordinal() % len(chapters)]]
    failed = 0
    for chapter in chapters:
        campaign = Campaign(book, chapter, limit)
        try:
            campaign.run()
        except RuntimeError as error:
            print(f"RED    {error}")
            failed = 1
            continue
        campaign.report()
    return failed


class Campaign:
    """The faults of one chapter: those stored that are still valid, and those still to be planted."""

    def __init__(self, book: Book, chapter: str, limit: int = LIMIT):
        self.book, self.chapter, self.limit = book, chapter, limit
        self.entries = claims.read_claims(book.file(chapter, ".claims.yml"))
        self.rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
        self.path = results_path(book, chapter)
        stored = read_results(self.path)
        valid = candidates.sources(book, chapter, {r.file for r in stored})
        self.base = {r.claim: r.value for r in self.rows if r.seed == 0 and r.device == "cpu"}
        self.results = self._judged_again([r for r in stored if (r.file, r.source) in valid])
        self.executed = 0
        self.notes: dict[str, dict[int, list[str]] | None] = {}

    # -- what is left to do --

    def unseen(self) -> list[str]:
        """Claims that neither their condition nor a comparison has turned red, and that do not say why not."""
        best = {r.claim for r in self.results if r.outcome in ("must", "comparison")}
        excused = ("drift_only", "bound_because")
        return [n for n, e in self.entries.items() if n not in best and not any(getattr(e, x, None) for x in excused)]

    def finished(self) -> bool:
        """Is there nothing left to plant?"""
        return not self.unseen() or self.executed > self.limit or len(self._runs()) >= batches.MOST * self.limit

    def _runs(self) -> set[str]:
        return {r.fault for r in self.results if r.outcome != "test"}

    def _judged_again(self, results: list[Result]) -> list[Result]:
        """Stored values under the conditions of today: a sharper condition needs no new run."""
        found = []
        for fault in sorted({r.fault for r in results}):
            mine = [r for r in results if r.fault == fault]
            values = {r.claim: float(r.value) for r in mine if r.value}
            gone = {r.claim for r in mine if r.outcome == "died"}
            got = {k: v for k, v in {**self.base, **values}.items() if k not in gone}
            judged = outcomes(self.chapter, self.entries, self.rows, self.base, got) if values else {}
            for r in mine:
                if not r.claim:
                    found.append(r)
                elif r.claim in self.entries:
                    found.append(Result(**{**vars(r), "outcome": judged.get(r.claim, r.outcome)}))
            found += [  # comparisons and summaries that were written later: the values that they are made of are stored
                Result(**{**vars(mine[0]), "claim": name, "outcome": outcome, "value": ""})
                for name, outcome in judged.items()
                if outcome == "comparison"
                and name not in {r.claim for r in mine}
                and values.keys() >= set(sources_of(self.entries[name]))
            ]
        return found

    # -- planting --

    def run(self) -> None:
        """Plant faults until each claim was seen red, the limit is reached, or none is left.

        Raises
        ------
        RuntimeError
            The chapter does not run to its end without a fault.
        """
        self.read_off()
        if self.finished():
            self._keep()
            return
        with Workshop(self.book, self.chapter) as workshop:
            record = self._recorded(workshop)
            cells = candidates.in_cells(self.book, self.chapter, self.entries)
            library = candidates.in_library(self.book, self.chapter, self.entries, record)
            print(f"{self.chapter}: {len(cells)} faults in its cells and {len(library)} in the library reach a claim")
            derived = {name for name, entry in self.entries.items() if entry.of}
            for _ in range(ROUNDS):
                together = batches.batch(self.unseen(), self.results, cells, derived)
                if not together or self.executed > self.limit:
                    break
                self._together(workshop, together, cells)
                self._keep()
            while not self.finished():
                fault = self._next(cells, library)
                if fault is None:
                    break
                self._one(workshop, fault, {**cells, **library}[fault])
                self._keep()

    def read_off(self) -> None:
        """Faults that put one result under another's name: what the judge says to them is known without a run."""
        derived = {name for name, entry in self.entries.items() if entry.of}
        for fault, names in candidates.exchanges(self.book, self.chapter, self.entries).items():
            if not {*names, *names.values()} <= self.base.keys():
                continue
            values = {claim: self.base[other] for claim, other in names.items()}
            found = outcomes(self.chapter, self.entries, self.rows, self.base, self.base | values)
            red = {claim for claim, outcome in found.items() if outcome in ("must", "comparison")}
            if red & set(self.unseen()):
                for claim in [*names, *sorted(red & derived)]:
                    self._note(fault, claim, found[claim], values.get(claim))

    def _recorded(self, workshop: Workshop) -> Path:
        """A run without a fault: its values, its cost, and the lines of the library that it executed."""
        folder = self.book.root / "_build" / "faults"
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / f"{self.chapter.replace('/', '_')}.json"
        run = workshop.run_chapter(cpu_s=900, record=record)
        self.executed += 1
        if run is None or not record.exists():
            raise RuntimeError(
                f"{self.chapter}: it does not run to its end without a fault. Mend it first: "
                f"python -m mmlib.reproduce {self.chapter}. The engine said: {workshop.said[-400:]}"
            )
        self.base, self.cost = _made(run), run.cpu_s
        listed = violations(self.book).get(self.chapter, ())
        verdicts = claims.judge(self.chapter, self.entries, run.claims, self.rows, listed=listed, named=self.entries)
        if red := [v.claim for v in verdicts if not v.holds]:
            print(f"{self.chapter}: red before any fault, so read with care: {', '.join(red)}")
        return record

    def _next(self, cells: candidates.Reached, library: candidates.Reached) -> Fault | None:
        """The fault that most helps the claims not yet seen red: a greedy cover, with a draw that is always the same."""
        done = {r.fault for r in self.results}
        tries = Counter(r.claim for r in self.results)
        scopes = Counter((r.file, r.source) for r in {r.fault: r for r in self.results}.values())
        kinds = Counter(r.kind for r in {r.fault: r for r in self.results}.values())
        lines = Counter((r.file, r.line) for r in {r.fault: r for r in self.results}.values())
        in_library = len({r.fault for r in self.results if r.file.startswith("mmlib/")})
        pool = dict(cells)
        if in_library < IN_LIBRARY * self.limit and in_library <= len(done) * IN_LIBRARY:
            pool |= library
        missing = set(self.unseen())

        def worth(fault: Fault) -> tuple:
            gain = sum(1 / (1 + tries[c]) ** 2 for c in pool[fault] & missing)
            used = (
                0.6 ** scopes[fault.file, fault.source]
                * 0.3 ** lines[fault.file, fault.line]
                * 0.9 ** kinds[fault.kind]
            )
            small = 0.7 if fault.kind == "5 %" else 1.0
            return gain * used * small, hashlib.sha256(f"{self.chapter}{fault.name}".encode()).hexdigest()

        best = max((f for f in pool if f.name not in done), key=worth, default=None)
        return best if best is not None and worth(best)[0] > 0 else None

    def _together(self, workshop: Workshop, faults: list[Fault], cells: candidates.Reached) -> None:
        """Plant faults that reach different claims, in one run; in two if the chapter does not live through it."""
        reached = frozenset().union(*(cells[fault] for fault in faults))
        run = self._run_in_cells(workshop, faults, reached)
        if run is None and len(faults) > 1:
            half = len(faults) // 2
            self._together(workshop, faults[:half], cells)
            self._together(workshop, faults[half:], cells)
            return
        for fault in faults:
            if run is None:
                self._note(fault, "", "died")
            else:
                made = {k: v for k, v in _made(run).items() if k in cells[fault]}
                self._noted(fault, cells[fault], {k: v for k, v in self.base.items() if k not in cells[fault]} | made)

    def _one(self, workshop: Workshop, fault: Fault, reached: frozenset[str]) -> None:
        """Plant one fault: first the tests of its module, and if they stay green the chapter."""
        if fault.file.startswith("mmlib/"):
            with workshop.planted(fault):
                if self._tests_catch(workshop, fault):
                    self._note(fault, "", "test")
                    return
        run = self._run_with(workshop, fault, reached)
        if run is None:
            self._note(fault, "", "died")
            return
        self._noted(fault, reached, {k: v for k, v in self.base.items() if k not in reached} | _made(run))

    def _noted(self, fault: Fault, reached: frozenset[str], values: dict[str, float]) -> None:
        """Keep what a fault did to the claims that it reaches."""
        found = outcomes(self.chapter, self.entries, self.rows, self.base, values)
        for claim, outcome in found.items():
            if outcome != "unchanged" or claim in reached:
                self._note(fault, claim, outcome, values.get(claim))
        if not any(r.fault == fault.name for r in self.results):
            self._note(fault, "", "unchanged")
        self._say(fault)

    def _run_with(self, workshop: Workshop, fault: Fault, reached: frozenset[str]) -> Record | None:
        """Run with a fault the cells that its claims need; all cells if one of those left out was needed after all."""
        if not fault.file.startswith("mmlib/"):
            return self._run_in_cells(workshop, [fault], reached)
        page = workshop.book.file(self.chapter, ".md").read_text(encoding="utf-8")
        short = candidates.only(self.book, self.chapter, self.entries, page, reached)
        with workshop.planted(fault), workshop.shortened(short):
            run = self._executed(workshop)
        if run is not None or "NameError" not in workshop.said:
            return run
        with workshop.planted(fault):
            return self._executed(workshop)

    def _run_in_cells(self, workshop: Workshop, faults: list[Fault], reached: frozenset[str]) -> Record | None:
        """The same with faults in the cells: each keeps its place, though what is left out before it is shorter."""
        page = workshop.book.file(self.chapter, ".md").read_text(encoding="utf-8")
        for text in (candidates.only(self.book, self.chapter, self.entries, page, reached), page):
            moves = [(fault, _shift(page, text, fault)) for fault in faults]
            for fault in sorted(
                (replace(f, start=f.start + by, end=f.end + by) for f, by in moves), key=lambda f: -f.start
            ):
                text = fault.plant(text)
            with workshop.shortened(text):
                run = self._executed(workshop)
            if run is not None or "NameError" not in workshop.said:
                break
        return run

    def _executed(self, workshop: Workshop) -> Record | None:
        self.executed += 1
        return workshop.run_chapter(cpu_s=3 * self.cost + 30)

    def _tests_catch(self, workshop: Workshop, fault: Fault) -> bool:
        tests = self._tests(workshop, fault)
        return bool(tests) and workshop.run_tests(tests, cpu_s=TEST_CPU) in ("red", "slow")

    def _tests(self, workshop: Workshop, fault: Fault) -> list[str]:
        """The tests of a module that run the line at fault, if they are green without the fault."""
        if fault.file not in self.notes:
            text = (workshop.root / fault.file).read_text(encoding="utf-8")
            path = workshop.root / fault.file
            tests = mirror(workshop.root, fault.file)
            record = workshop.root / "tests.json"
            path.write_text((PACKAGE.parent / fault.file).read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
            green = workshop.run_tests(tests, cpu_s=TEST_CPU, record=record) == "green"
            path.write_text(text, encoding="utf-8", newline="\n")
            self.notes[fault.file] = by_line(record, fault.file, tests) if green and record.exists() else None
        found = self.notes[fault.file]
        return [] if found is None else found.get(fault.line, [])

    def _note(self, fault: Fault, claim: str, outcome: str, value: float | None = None) -> None:
        shown = "" if value is None else f"{value:.10g}"
        self.results.append(
            Result(
                fault.name, fault.kind, fault.file, fault.scope, fault.line, _short(fault.before), _short(fault.after),
                fault.source, claim, outcome, shown, datetime.date.today().isoformat(),
            )
        )  # fmt: skip
        if not claim:
            self._say(fault)

    def _say(self, fault: Fault) -> None:
        counts = Counter(r.outcome for r in self.results if r.fault == fault.name)
        what = f"{_short(fault.before, 40)} becomes {_short(fault.after, 40)}"
        how = ", ".join(f"{k} {n}" for k, n in counts.items())
        print(f"  {fault.file}:{fault.line} {fault.scope}, {fault.kind}: {what}: {how}", flush=True)

    def _keep(self) -> None:
        text = write_results(self.results)
        if self.results and (not self.path.exists() or self.path.read_text(encoding="utf-8") != text):
            write_atomic(self.path, text)

    # -- saying --

    def report(self) -> None:
        """Say what was planted, and which claims were never seen red."""
        best = seen_red(self.book, self.chapter)
        counts = Counter(v or "never" for v in best.values())
        planted = {r.fault: r.outcome for r in self.results}
        print(
            f"{self.chapter}: {len(planted)} faults, {self.executed} runs now; of {len(self.entries)} claims seen red by "
            f"must {counts['must']}, by a comparison {counts['comparison']}, by drift only {counts['drift']}, "
            f"never {counts['never'] if best else len(self.entries)}"
        )
        for name in self.unseen():
            how = "only its drift noticed a fault" if best.get(name) == "drift" else "no fault changed it"
            print(f"UNSEEN {self.chapter}: {name} ({self.entries[name].must}): {how}")
        if self.unseen():
            print(
                "       Sharpen its condition, drop the claim, mark it `drift_only: true`, or say `bound_because:` "
                "(at most one claim in ten)."
            )


def _made(run: Record) -> dict[str, float]:
    """The values that a run claimed; a statement over seeds is only named."""
    return {name: value for name, value in run.claims.items() if value is not None}


def _shift(page: str, short: str, fault: Fault) -> int:
    """How far the place of a fault moved in a text with the same lines."""
    line = page.count("\n", 0, fault.start)
    return _start_of(short, line) - _start_of(page, line)


def _start_of(text: str, line: int) -> int:
    return len("".join(text.splitlines(keepends=True)[:line]))


def _short(text: str, most: int = 80) -> str:
    return re.sub(r"\s+", " ", text)[:most]
