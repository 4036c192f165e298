"""``python -m mmlib.reproduce``: run chapters, judge their claims.

Exit status: 0 all claims hold · 1 a chapter failed or a claim does not hold · 2 wrong usage · 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from mmlib import claims
from mmlib.reproduce import judging, night
from mmlib.reproduce.book import Book, find_book, write_atomic
from mmlib.reproduce.execute import ChapterError, execute, stop_all
from mmlib.reproduce.store import Record, Run

CPU_BUDGET = 120  # seconds; red beyond twice as many
MEMORY_BUDGET = 2048  # MB


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        chapters = book.resolve(options.chapter)
        _check(options)
        if options.night:
            night.history_file(book, options)
    except (LookupError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    try:
        if options.replicates:
            return _collect(book, chapters, options)
        if options.night:
            return night.run_night(book, chapters, options, _run_all, _conduct)
        return _reproduce(book, chapters, options)
    except KeyboardInterrupt:
        stop_all()
        print("\ninterrupted. Finished chapters are kept; the same command goes on from here.", file=sys.stderr)
        sys.stdout.flush()
        os._exit(130)  # do not wait for kernels that are being killed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce", description=__doc__.split(":")[1].split(".")[0])
    parser.add_argument("chapter", nargs="*", help="path below book/ without ending; all chapters if none is named")
    parser.add_argument(
        "--seed", type=int, default=0, help="0 is the seed of the pages; another is judged against stored runs"
    )
    parser.add_argument("--replicates", type=int, metavar="N", help="collect seeds 0 to N-1 into the replicates files")
    parser.add_argument("--jobs", type=int, default=1, help="chapters at a time")
    parser.add_argument("--threads", type=int, default=1, help="threads of one chapter")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--fresh", action="store_true", help="execute even where a stored run is still valid")
    parser.add_argument(
        "--night", action="store_true", help="a new seed (the date, or --seed), alarms confirmed by four more"
    )
    parser.add_argument("--history", metavar="FILE", help="with --night: append every value to it (_build/history.csv)")
    parser.add_argument("--judge-only", action="store_true", help="judge stored runs, execute nothing")
    return parser


def _check(options) -> None:
    for name, least in (("seed", 0), ("jobs", 1), ("threads", 1)):
        if getattr(options, name) < least:
            raise ValueError(f"--{name}: expected at least {least}, got {getattr(options, name)}.")
    if options.replicates is not None and options.replicates < 1:
        raise ValueError(f"--replicates: expected at least 1, got {options.replicates}.")
    if options.judge_only and (options.fresh or options.replicates):
        raise ValueError("--judge-only executes nothing: leave out --fresh and --replicates.")
    if options.night and (options.replicates or options.judge_only):
        raise ValueError("--night executes new seeds: leave out --replicates and --judge-only.")
    if options.history and not options.night:
        raise ValueError("--history is written by a night: add --night.")
    if options.device == "cuda":
        import torch

        if not torch.cuda.is_available():
            raise ValueError(
                "--device cuda: this machine has no usable GPU (torch.cuda.is_available() is False). "
                "Use --device cpu, or install a CUDA build of torch on a machine with a GPU."
            )


def _bad_files(book: Book, chapter: str) -> ChapterError | None:
    """Claims and replicates files are read before anything runs."""
    try:
        claims.read_claims(book.file(chapter, ".claims.yml"))
        claims.read_replicates(book.file(chapter, ".replicates.csv"))
    except claims.ClaimsError as error:
        return ChapterError(str(error))
    return None


# -- running ------------------------------------------------------------------------------------------------------


def _run_all(runs: list[Run], options) -> dict[Run, Record | ChapterError]:
    """Execute what is stale, reuse what is not; an error of one chapter leaves the others alone."""
    results: dict[Run, Record | ChapterError] = {}
    waiting = []
    for run in runs:
        if error := _bad_files(run.book, run.chapter):
            results[run] = error
            continue
        reason = "asked to run afresh" if options.fresh else run.stale()
        if reason is None:
            results[run] = run.load()
            _say(f"{_name(run)}: reused, run of {results[run].date}")
        elif options.judge_only:
            results[run] = ChapterError(f"{run.chapter}: nothing to judge: {reason}. Run without --judge-only.")
        else:
            waiting.append((run, reason))
    if not waiting:
        return results
    with ThreadPoolExecutor(options.jobs) as pool:
        futures = {pool.submit(_execute_one, run, reason, options): run for run, reason in waiting}
        try:
            for count, future in enumerate(as_completed(futures), start=1):
                run = futures[future]
                try:
                    record = results[run] = future.result()
                    cost = f"{record.cpu_s:.0f} CPU s, {record.wall_s:.0f} s, {record.peak_mb:.0f} MB"
                    _say(f"{_name(run)}: executed, {cost} ({count} of {len(waiting)})")
                except ChapterError as error:
                    results[run] = error
                    _say(f"{_name(run)}: FAILED ({count} of {len(waiting)})")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def _execute_one(run: Run, reason: str, options) -> Record:
    from tqdm import tqdm

    _say(f"{_name(run)}: executing, {reason}")
    with tqdm(desc=_name(run), unit="cell", disable=None, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return execute(run, on_cell=progress)


def _say(text: str) -> None:
    """One write a line: chapters that run side by side do not mix their lines."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _name(run: Run) -> str:
    return run.chapter if run.seed == 0 else f"{run.chapter} seed {run.seed}"


def _reproduce(book: Book, chapters: list[str], options) -> int:
    runs = [Run(book, name, seed=options.seed, device=options.device, threads=options.threads) for name in chapters]
    return _judge_all(book, _run_all(runs, options), options)


# -- judging ------------------------------------------------------------------------------------------------------


def _judge_all(book: Book, results: dict[Run, Record | ChapterError], options) -> int:
    red, alarms, warned, judged = [], [], [], 0
    for run, record in results.items():
        if isinstance(record, ChapterError):
            red.append(str(record))
            continue
        said = judging.judge_run(run, record)
        judged += len(said.verdicts)
        red += [*(str(v) for v in said.verdicts if not v.holds), *said.red]
        alarms += [str(v) for v in said.verdicts if v.alarm and v.holds]
        warned += said.warnings
        red += _conduct(run, record)
    for word, lines in (("WARN", warned), ("ALARM", alarms), ("RED", red)):
        for line in lines:
            print(f"{word:<6} {line}")
    if alarms:
        print("An alarm is red once fresh seeds confirm it: python -m mmlib.reproduce --night")
    chapters = len(results)
    print(
        f"{chapters} chapter{'s' * (chapters != 1)}, {judged} claims judged: "
        + (f"{len(red)} red" if red else "all hold")
    )
    return 1 if red else 0


def _conduct(run: Run, record: Record) -> list[str]:
    """What must hold of any run besides its claims: exercises, silence, budget."""
    red = [
        f"{run.chapter}: the solution of exercise {check['exercise']} is not accepted by its checker"
        for check in record.checks
        if run.seed == 0 and not check["right"]  # the checkers know the answers of the seed that readers run
    ]
    red += [f"{run.chapter}: a cell wrote to standard error: {text[:300]}" for text in record.stderr]
    if record.cpu_s > 2 * CPU_BUDGET:
        red.append(f"{run.chapter}: took {record.cpu_s:.0f} CPU s, expected at most {CPU_BUDGET} (red beyond twice).")
    if record.peak_mb > MEMORY_BUDGET and run.device == "cpu":
        red.append(f"{run.chapter}: used {record.peak_mb:.0f} MB, expected at most {MEMORY_BUDGET}.")
    return red


# -- collecting ---------------------------------------------------------------------------------------------------


def _collect(book: Book, chapters: list[str], options) -> int:
    """Run seeds 0 … N-1 of each chapter and write their values into its replicates file."""
    failed = []
    for name in chapters:
        runs = [
            Run(book, name, seed=seed, device=options.device, threads=options.threads, collect=True)
            for seed in range(options.replicates)
        ]
        results = _run_all(runs, options)
        failed += [str(r) for r in results.values() if isinstance(r, ChapterError)]
        if records := [r for r in results.values() if isinstance(r, Record)]:
            failed += _write_rows(book, name, records)
    for line in failed:
        print(f"RED    {line}")
    if failed:
        return 1
    options.fresh = False
    return _reproduce(book, chapters, options)


def _write_rows(book: Book, chapter: str, records: list[Record]) -> list[str]:
    """Replace the rows of these runs; rows of other seeds, devices and thread counts stay.

    Exact claims are stored for seed 0 alone, after a look whether they move with the seed; returns what does.
    """
    path = book.file(chapter, ".replicates.csv")
    entries = claims.read_claims(book.file(chapter, ".claims.yml"))
    rows = {_place(row): row for row in claims.read_replicates(path) if row.claim in entries}
    moved = []
    for record in records:
        for claim in record.claims.keys() & entries.keys():
            entry, value, first = entries[claim], record.claims[claim], records[0].claims.get(claim)
            if entry.kind == "exact" and record.seed:
                if first is not None and not entry.drift.agrees(value, first):
                    moved.append(
                        f"{chapter}: {claim}: exact, but {first:.6g} became {value:.6g} with seed {record.seed}."
                    )
            elif entry.kind in ("exact", "run"):
                provenance = record.model_dump(include={"seed", "device", "dtype", "threads", "cpu_s", "date"})
                row = claims.Row(claim=claim, value=value, key=record.key, **provenance)
                rows[_place(row)] = row
    write_atomic(path, claims.write_replicates(rows.values()))
    _say(f"{chapter}: {len(rows)} rows in {path.name}")
    return moved


def _place(row: claims.Row) -> tuple:
    return row.claim, row.seed, row.device, row.dtype, row.threads


if __name__ == "__main__":
    sys.exit(main())
