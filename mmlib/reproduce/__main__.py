"""``python -m mmlib.reproduce``: run chapters, judge their claims.

Exit status: 0 all claims hold · 1 a chapter failed or a claim does not hold · 2 wrong usage, or nothing to judge ·
130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys

from mmlib.reproduce.needed import extra

with extra(__name__):
    from mmlib.reproduce import judging, night
    from mmlib.reproduce.book import Book, find_book
    from mmlib.reproduce.cluster import NoCluster
    from mmlib.reproduce.collect import collect
    from mmlib.reproduce.drift import measure
    from mmlib.reproduce.execute import ChapterError, guarded, stop_all
    from mmlib.reproduce.running import NotWritable, run_all
    from mmlib.reproduce.shards import shard
    from mmlib.reproduce.short import check_gpu
    from mmlib.reproduce.store import Record, Run

CPU_BUDGET = 120  # seconds; red beyond twice as many
MEMORY_BUDGET = 2048  # MB


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that has no umlauts shows their codes
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(options)
    except (_Usage, NoCluster, NotWritable) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stop_all()
        print("\ninterrupted. Finished chapters are kept; the same command goes on from here.", file=sys.stderr)
        sys.stdout.flush()
        os._exit(130)  # do not wait for kernels that are being killed


class _Usage(ValueError):
    """The command cannot be carried out as it was given."""


def _run(options) -> int:
    try:
        _check(options)
        book = find_book()
        chapters = book.resolve(options.chapter)
        if not options.chapter:
            book.pages()  # an empty table of contents is nobody's intention
        if options.shard:
            chapters = _shared_out(book, chapters, options.shard)
        if options.night:
            night.history_file(book, options)
    except (LookupError, ValueError, OSError) as error:
        raise _Usage(str(error)) from None
    if not chapters:
        raise _Usage(f"nothing to judge: expected a page with code cells below {book.root / 'book'}, found none.")
    if options.replicates or options.drift:
        red = collect(book, chapters, options) if options.replicates else []
        if options.drift or not (red or options.no_drift):
            red += measure(book, chapters, options)
        if red or not options.replicates:
            return _tell(red)
        options.fresh = False
    if options.faults:
        from mmlib.reproduce.faults import campaign

        return campaign.plant(book, chapters, limit=options.limit, rotate=options.rotate)
    if options.night:
        return night.run_night(book, chapters, options, run_all, _conduct)
    return _reproduce(book, chapters, options)


def _shared_out(book: Book, chapters: list[str], share: str) -> list[str]:
    mine = shard(book, chapters, share)
    if not mine:
        raise ValueError(f"--shard {share}: there are only {len(chapters)} chapters; nothing is left for this share.")
    print(f"share {share} of {len(chapters)} chapters: {', '.join(mine)}", flush=True)
    return mine


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce", description=__doc__.split(":")[1].split(".")[0])
    parser.add_argument("chapter", nargs="*", help="path below book/ without ending; all chapters if none is named")
    parser.add_argument(
        "--seed", type=int, default=0, help="0 is the seed of the pages; another is judged against stored runs"
    )
    parser.add_argument("--replicates", type=int, metavar="N", help="collect seeds 0 to N-1 into the replicates files")
    parser.add_argument("--drift", action="store_true", help="measure how far seed 0 moves; into the drift files")
    parser.add_argument("--no-drift", action="store_true", help="with --replicates: leave the drift as it was measured")
    parser.add_argument("--jobs", type=int, default=1, help="chapters at a time")
    parser.add_argument(
        "--cluster",
        metavar="local|ADDRESS",
        help="chapters and seeds as tasks of dask.distributed; local: --jobs workers here",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of one chapter")
    parser.add_argument("--shard", metavar="K/N", help="only the K-th of N shares of about equal CPU seconds")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--fresh", action="store_true", help="execute even where a stored run is still valid")
    parser.add_argument(
        "--night", action="store_true", help="a new seed (the date, or --seed), alarms confirmed by four more"
    )
    parser.add_argument("--history", metavar="FILE", help="with --night: append every value to it (_build/history.csv)")
    parser.add_argument("--judge-only", action="store_true", help="judge stored runs, execute nothing")
    parser.add_argument("--faults", action="store_true", help="plant faults until each claim was seen red")
    parser.add_argument("--limit", type=int, default=25, help="with --faults: times that a chapter is run, at most")
    parser.add_argument("--rotate", action="store_true", help="with --faults: one chapter, picked by the date")
    return parser


def _check(options) -> None:
    for name, least in (("seed", 0), ("jobs", 1), ("threads", 1), ("limit", 1)):
        if getattr(options, name) < least:
            raise ValueError(f"--{name}: expected at least {least}, got {getattr(options, name)}.")
    if options.replicates is not None and options.replicates < 1:
        raise ValueError(f"--replicates: expected at least 1, got {options.replicates}.")
    if options.judge_only and (options.fresh or options.replicates):
        raise ValueError("--judge-only executes nothing: leave out --fresh and --replicates.")
    if options.drift and (options.no_drift or options.judge_only or options.night):
        raise ValueError("--drift executes seed 0 in several ways: leave out --no-drift, --judge-only and --night.")
    if options.night and (options.replicates or options.judge_only):
        raise ValueError("--night executes new seeds: leave out --replicates and --judge-only.")
    if options.history and not options.night:
        raise ValueError("--history is written by a night: add --night.")
    if options.device == "cuda" and options.cluster in (None, "local"):  # elsewhere the workers have to have one
        check_gpu()


def _reproduce(book: Book, chapters: list[str], options) -> int:
    runs = [Run(book, name, seed=options.seed, device=options.device, threads=options.threads) for name in chapters]
    return _judge_all(book, run_all(runs, options), options)


# -- judging ------------------------------------------------------------------------------------------------------


def _judge_all(book: Book, results: dict[Run, Record | ChapterError], options) -> int:
    red, alarms, warned, judged = [], [], [], 0
    for run, record in results.items():
        if isinstance(record, ChapterError):
            red.append(str(record))
            continue
        try:
            with guarded(run):
                said = judging.judge_run(run, record)
        except ChapterError as error:
            red.append(str(error))
            continue
        judged += len(said.verdicts)
        red += [*(str(v) for v in said.verdicts if not v.holds), *said.red]
        alarms += [str(v) for v in said.verdicts if v.alarm and v.holds]
        warned += said.warnings
        red += _conduct(run, record)
    for word, lines in (("WARN", warned), ("ALARM", alarms)):
        for line in lines:
            print(f"{word:<6} {line}")
    status = _tell(red)
    if alarms:
        print("An alarm is red once fresh seeds confirm it: python -m mmlib.reproduce --night")
    chapters = len(results)
    print(
        f"{chapters} chapter{'s' * (chapters != 1)}, {judged} claims judged: "
        + (f"{len(red)} red" if red else "all hold")
    )
    return status


def _tell(red: list[str]) -> int:
    for line in red:
        print(f"RED    {line}")
    return 1 if red else 0


def _conduct(run: Run, record: Record) -> list[str]:
    """What must hold of any run besides its claims: exercises, silence, budget."""
    red = [
        f"{run.chapter}: the solution of exercise {check['exercise']} is not accepted by its checker"
        for check in record.checks
        if run.seed == 0 and not check["right"]  # the checkers know the answers of the seed that readers run
    ]
    if run.device == "cuda" and record.used.get("device") != "cuda":
        if record.used.get("trains") != "no":
            red.append(
                f"{run.chapter}: asked for cuda, ran on cpu: it trains, and used no GPU memory. Pass here.device to what trains."
            )
        else:
            print(f"NOTE   {run.chapter}: trains nothing, so that a GPU has nothing to do")
    red += [f"{run.chapter}: a cell wrote to standard error: {text[:300]}" for text in record.stderr]
    if record.cpu_s > 2 * CPU_BUDGET:
        red.append(f"{run.chapter}: took {record.cpu_s:.0f} CPU s, expected at most {CPU_BUDGET} (red beyond twice).")
    if record.peak_mb > MEMORY_BUDGET and run.device == "cpu":
        red.append(f"{run.chapter}: used {record.peak_mb:.0f} MB, expected at most {MEMORY_BUDGET}.")
    return red


if __name__ == "__main__":
    sys.exit(main())
