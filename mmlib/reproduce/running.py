"""Run chapters side by side: what is stale is executed, what is valid is reused, and no chapter stops another."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from mmlib import claims
from mmlib.reproduce.book import alone, read_text
from mmlib.reproduce.execute import ChapterError, execute, guarded
from mmlib.reproduce.store import Record, Run

__all__ = ["NotWritable", "check_writable", "name", "run_all", "say"]


class NotWritable(RuntimeError):
    """The folder in which runs are kept cannot be written to: no chapter can run."""


def run_all(runs: list[Run], options) -> dict[Run, Record | ChapterError]:
    """Execute what is stale, reuse what is not; an error of one chapter leaves the others alone.

    Raises
    ------
    NotWritable : something has to be executed, and the folder of the runs cannot be written to.
    """
    results: dict[Run, Record | ChapterError] = {}
    waiting = []
    for run in runs:
        try:
            with guarded(run):
                reason = _look(run, options)
                if reason is None:
                    results[run] = run.load()
                    say(f"{name(run)}: reused, run of {results[run].date}")
                elif options.judge_only:
                    text = f"nothing to judge: {reason}. Run without --judge-only."
                    raise ChapterError(run.chapter, "NotRun", run.folder, text)
                else:
                    waiting.append((run, reason))
        except ChapterError as error:
            results[run] = error
    if waiting:
        check_writable(waiting[0][0].book.runs)
        if getattr(options, "cluster", None):
            from mmlib.reproduce import cluster

            cluster.execute_all(waiting, options, results, say=say, name=name)
        else:
            _execute_all(waiting, options, results)
    return {run: results[run] for run in runs}


def _look(run: Run, options) -> str | None:
    """Why this run must be executed, or None. The files that judge it are read before anything runs."""
    for ending in (".claims.yml", ".replicates.csv", ".drift.csv"):
        path = run.book.file(run.chapter, ending)
        if path.exists():
            read_text(path)  # says where it is not UTF-8
    unmeasured = claims.UNMEASURED if options.replicates or options.drift else None
    claims.read_claims(run.book.file(run.chapter, ".claims.yml"), unmeasured=unmeasured)
    claims.read_replicates(run.book.file(run.chapter, ".replicates.csv"))
    return "asked to run afresh" if options.fresh else run.stale()


def check_writable(folder: Path, why: str = "Runs are kept there") -> None:
    """Raise `NotWritable` if no file can be made in a folder."""
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise NotWritable(
            f"cannot write to {folder}: {error.strerror}. {why}: copy the book to a folder that you may write to, "
            "or judge stored runs with --judge-only."
        ) from None


def _execute_all(waiting: list[tuple[Run, str]], options, results: dict[Run, Record | ChapterError]) -> None:
    pool = ThreadPoolExecutor(options.jobs)
    futures = {pool.submit(_execute_one, run, reason): run for run, reason in waiting}
    try:
        for count, future in enumerate(_as_they_end(futures), start=1):
            run = futures[future]
            try:
                record = results[run] = future.result()
                cost = f"{record.cpu_s:.0f} CPU s, {record.wall_s:.0f} s, {record.peak_mb:.0f} MB"
                say(f"{name(run)}: executed, {cost} ({count} of {len(waiting)})")
            except ChapterError as error:
                results[run] = error
                say(f"{name(run)}: FAILED ({count} of {len(waiting)})")
    finally:  # after Ctrl-C nobody waits for chapters that run, and none begins
        pool.shutdown(wait=False, cancel_futures=True)


def _as_they_end(futures: Iterable[Future]) -> Iterator[Future]:
    """Futures in the order in which they end. Python may miss a Ctrl-C in a wait without end: look up five times a second."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        yield from done


def _execute_one(run: Run, reason: str) -> Record:
    from tqdm import tqdm

    def waiting() -> None:
        say(
            f"{name(run)}: another engine executes it in this checkout; waiting for that run, which will be used here too"
        )

    with guarded(run), alone(run.lock, waiting) as waited:
        if waited and run.stale() is None:
            return run.load()
        say(f"{name(run)}: executing, {reason}")
        with tqdm(desc=name(run), unit="cell", disable=None, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            return execute(run, on_cell=progress)


def say(text: str) -> None:
    """One write a line: chapters that run side by side do not mix their lines. A reader who left stops no chapter."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def name(run: Run) -> str:
    """A chapter as the lines name it, with its seed where it is not that of the pages, and how its drift is measured."""
    text = run.chapter if run.seed == 0 else f"{run.chapter} seed {run.seed}"
    return f"{text} ({run.variant})" if run.variant else text
