"""A night: every chapter with a new seed, fresh seeds where a claim alarms, and a history that keeps every value."""

from __future__ import annotations

import datetime
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mmlib import claims
from mmlib.claims.history import NIGHTS, RARE
from mmlib.reproduce.book import Book
from mmlib.reproduce.execute import ChapterError, guarded
from mmlib.reproduce.judging import judge_run
from mmlib.reproduce.store import Record, Run

__all__ = ["history_file", "run_night", "seed_of"]

Results = dict[Run, Record | ChapterError]


def seed_of(options) -> int:
    """The seed of a night: the one asked for, or the date as a number (UTC)."""
    return options.seed or int(_today().replace("-", ""))


def history_file(book: Book, options) -> Path:
    """Where the night is written; read once beforehand, so that a damaged file is told before hours of running.

    Raises
    ------
    ClaimsError
        The file is no history.
    """
    path = Path(options.history) if options.history else book.root / "_build" / "history.csv"
    claims.read_history(path)
    return path


@dataclass
class _Night:
    """What was seen: verdicts by (chapter, claim), those of fresh seeds beside them, and what is red."""

    first: dict[tuple[str, str], tuple[claims.Verdict, Record, str]] = field(default_factory=dict)
    fresh: dict[tuple[str, str], list[tuple[claims.Verdict, Record]]] = field(default_factory=dict)
    together: dict[str, list[str]] = field(default_factory=dict)  # claims of a chapter that are confirmed as a whole
    red: list[str] = field(default_factory=list)

    def alarmed(self) -> list[str]:
        """Chapters in which a claim alarms, but is not red already."""
        return sorted({chapter for (chapter, _), (v, *_) in self.first.items() if v.alarm and v.holds})

    def word(self, place: tuple[str, str]) -> str:
        """The verdict of one claim as the history has it."""
        verdict, _, kind = self.first[place]
        if not verdict.holds:
            return "red"
        if kind != "run":
            return "exact" if kind == "exact" else "seeds"
        if claims.confirmed(verdict, [v for v, _ in self.fresh.get(place, [])]):
            return "confirmed"
        if not verdict.alarm:
            return "ok"
        if place[0] in self.together:
            return "confirmed"
        return "rare" if verdict.p is not None and verdict.p < RARE else "alarm"


def run_night(
    book: Book,
    chapters: list[str],
    options,
    run_all: Callable[[list[Run], object], Results],
    conduct: Callable[[Run, Record], list[str]],
) -> int:
    """Run a night and judge it; returns the exit status.

    Parameters
    ----------
    book : Book
    chapters : list of str
    options
        Of the command line: seed, history, device, threads, jobs, fresh, judge_only.
    run_all, conduct
        How the engine executes runs, and what it asks of any run besides its claims.
    """
    path, seed = history_file(book, options), seed_of(options)
    night = _Night()

    def see(seeds: list[int], where: list[str], fresh: bool) -> None:
        runs = [
            Run(book, name, seed=s, device=options.device, threads=options.threads) for name in where for s in seeds
        ]
        for run, record in run_all(runs, options).items():
            _look(night, run, record, fresh, conduct)

    print(f"night of {_today()}, seed {seed}")
    see([seed], chapters, fresh=False)
    if again := night.alarmed():
        print(f"alarms in {', '.join(again)}: fresh seeds {', '.join(map(str, claims.fresh_seeds(seed)))}")
        see(claims.fresh_seeds(seed), again, fresh=True)
    _confirm(night)
    history = _write(night, path)
    _print(night, history, len(chapters))
    return 1 if night.red else 0


def _look(night: _Night, run: Run, record: Record | ChapterError, fresh: bool, conduct) -> None:
    """Judge one run of the night and keep what it says."""
    if isinstance(record, ChapterError):
        night.red.append(str(record))
        return
    try:
        with guarded(run):
            said = judge_run(run, record)
    except ChapterError as error:
        night.red.append(str(error))
        return
    night.red += [f"{line} (seed {run.seed})" for line in conduct(run, record)]
    night.red += [f"{v} (seed {run.seed})" for v in said.verdicts if not v.holds]
    if not fresh:
        night.red += said.red
    for verdict in said.verdicts:
        place = (run.chapter, verdict.claim)
        kind = said.entries[verdict.claim].kind if verdict.claim in said.entries else "run"
        if not fresh:
            night.first[place] = (verdict, record, kind)
        elif kind == "run":
            night.fresh.setdefault(place, []).append((verdict, record))


def _confirm(night: _Night) -> None:
    """What the fresh seeds say of the alarms, one by one, and of the alarms of a chapter as a whole."""
    for chapter in night.alarmed():
        alarms = {place: v for place, (v, *_) in night.first.items() if place[0] == chapter and v.alarm and v.holds}
        alone = [place for place in alarms if night.word(place) == "confirmed"]
        for place in alone:
            fresh = [v for v, _ in night.fresh[place]]
            values = ", ".join(f"{v.got:.4g}" for v in fresh)
            night.red.append(
                f"{alarms[place]}. Confirmed by {sum(v.alarm for v in fresh)} of {len(fresh)} fresh seeds ({values}): "
                "the result changed for other seeds than 0. Mend it, or collect the runs again."
            )
        by_seed: dict[int, set[str]] = {}
        for (where, claim), seen in night.fresh.items():
            for verdict, record in seen:
                if where == chapter and verdict.alarm:
                    by_seed.setdefault(record.seed, set()).add(claim)
        if claims.confirmed_together(list(alarms.values()), by_seed.values()):
            night.together[chapter] = [claim for _, claim in alarms]
            if not alone:
                night.red.append(
                    f"{chapter}: {len(alarms)} claims alarm ({', '.join(night.together[chapter])}), and at least one of "
                    f"them in {len(by_seed)} fresh seeds too: the chapter changed for other seeds than 0."
                )


def _write(night: _Night, path: Path) -> list[claims.HistoryRow]:
    """Append every value; returns the whole history."""
    commit = _commit()
    rows = []
    for place, (verdict, record, _) in night.first.items():
        rows.append(_row(place, verdict, record, night.word(place), commit))
        for again, its in night.fresh.get(place, []):
            word = "red" if not again.holds else "alarm" if again.alarm else "ok"
            rows.append(_row(place, again, its, f"fresh {word}", commit))
    claims.append_history(path, [row for row in rows if row])
    return claims.read_history(path)


def _row(place, verdict: claims.Verdict, record: Record, word: str, commit: str) -> claims.HistoryRow | None:
    if verdict.got is None:
        return None
    return claims.HistoryRow(
        date=_today(), commit=commit, chapter=place[0], claim=place[1], seed=record.seed, value=verdict.got,
        device=record.device, machine=record.machine, verdict=word,
    )  # fmt: skip


def _print(night: _Night, history: list[claims.HistoryRow], chapters: int) -> None:
    """The table of the night: its alarms, what came back within a week, what is red, one line of summary."""
    lines = [("verdict", "chapter", "claim", "value", "interval", "p", "fresh alarms")]
    for place, (v, *_) in night.first.items():
        if v.alarm:
            fresh = [again.alarm for again, _ in night.fresh.get(place, [])]
            p = "" if v.p is None else f"{v.p:.0e}"
            lines.append((night.word(place), *place, f"{v.got:.4g}", v.expected, p, f"{sum(fresh)} of {len(fresh)}"))
    if len(lines) > 1:
        wide = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        for line in lines:
            print("  ".join(cell.ljust(w) for cell, w in zip(line, wide, strict=True)).rstrip())
    for (chapter, claim), dates in claims.rare_again(history, _today()).items():
        print(f"AGAIN  {chapter}: {claim}: p < {RARE:g} in {len(dates)} of {NIGHTS} nights ({', '.join(dates)})")
    for line in night.red:
        print(f"RED    {line}")
    asked = sum(kind == "run" for *_, kind in night.first.values())
    alarms = sum(v.alarm for v, *_ in night.first.values())
    print(
        f"{chapters} chapter{'s' * (chapters != 1)}, {asked} claims with a new seed, "
        f"{alarms} alarm{'s' * (alarms != 1)}: {f'{len(night.red)} red' if night.red else 'none is red'}"
    )


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _commit() -> str:
    """The commit that is checked out, as the runner or git says it."""
    if sha := os.environ.get("GITHUB_SHA"):
        return sha[:12]
    try:
        done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"
