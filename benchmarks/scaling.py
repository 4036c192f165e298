"""How many workers are worth having? Stored CPU seconds of every chapter and seed, dealt out as `--cluster` does.

    python -m benchmarks.scaling             # a simulation from the stored runs
    python -m benchmarks.scaling --measure   # one worker, then two, on this machine: a few chapters, about five minutes if it is quiet

Tasks are the stored runs (chapter × seed, CPU seconds as recorded), the dearest chapter first, each to the worker that is free
first; a task costs one second more, for the kernel's start and the way of its results. Printed for the gate (seed 0 of every chapter) and for a
collection of all stored seeds: hours, speed-up, and the share of the workers' time that is used.

`--measure` runs the cheapest chapters by `--cluster local` with each number of workers in turn, in a copy of the book, and appends what the clock says to
`benchmarks/scaling.csv`: `command_s` is the whole command, `tasks_s` from the first task to the last result, `simulated_s` what the simulation says for the CPU
seconds of these runs, `busy` how many programs wanted the processor before (a quiet machine has less than half of one).
"""

import argparse
import datetime
import heapq
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import store
from mmlib import claims
from mmlib.reproduce.book import Book, find_book
from mmlib.reproduce.drift import processor
from mmlib.reproduce.shards import cost
from mmlib.reproduce.store import Run

ROOT = Path(__file__).resolve().parent.parent
TABLE = "scaling.csv"  # beside this file
COLUMNS = ("date", "machine", "busy", "workers", "tasks", "command_s", "tasks_s", "cpu_s", "simulated_s")
OVERHEAD = 1.0  # seconds a task
CHAPTERS = 6  # cheapest chapters that are measured


def tasks(book, seeds=None):
    """(CPU seconds of the chapter, CPU seconds of the task) of every stored run."""
    found = []
    for chapter in book.chapters():
        rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
        spent = {r.seed: r.cpu_s for r in rows if r.device == "cpu"}
        found += [(cost(book, chapter), s) for seed, s in spent.items() if seeds is None or seed in seeds]
    return [s for _, s in sorted(found, key=lambda pair: -pair[0])]


def length(lengths, workers):
    """Seconds until the last task has ended."""
    free = [0.0] * workers
    for seconds in lengths:
        heapq.heappush(free, heapq.heappop(free) + seconds + OVERHEAD)
    return max(free)


def simulate(book):
    """Print what the stored runs say for 1 to 500 workers."""
    for what, seeds in (("seed 0 of every chapter", {0}), ("every stored seed", None)):
        lengths = tasks(book, seeds)
        alone = length(lengths, 1)
        print(f"{what}: {len(lengths)} tasks, {alone / 3600:.2f} h on one worker, the longest {max(lengths):.0f} s")
        for workers in (1, 2, 4, 8, 16, 32, 64, 128, 256, 500):
            end = length(lengths, workers)
            print(
                f"{workers:5d} workers {end / 60:7.1f} min  {alone / end:6.1f} times  {100 * alone / end / workers:4.0f} %"
            )
    stored = store.read(TABLE)
    print("measured:", sentence(stored[-2:]) if stored else "not yet; python -m benchmarks.scaling --measure")


def machine():
    """Processor, cores and system, as far as the system says."""
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def measure(book, chapters, workers):
    """Run chapters anew by a local cluster of so many workers, in a copy of the book; a row of the table.

    Raises
    ------
    RuntimeError : a chapter did not run to its end: its time would say nothing.
    """
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    with tempfile.TemporaryDirectory(prefix="mmlib-scaling-") as folder:
        copy = Book(Path(folder, "copy"))
        shutil.copytree(book.root / "book", copy.root / "book")
        for name in ("_toc.yml", "_config.yml", "requirements.lock"):
            if (book.root / name).exists():
                shutil.copy(book.root / name, copy.root / name)
        options = ["--fresh", "--cluster", "local", "--jobs", f"{workers}"]
        command = [sys.executable, "-m", "mmlib.reproduce", *chapters, *options]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        }
        began, first, last, said = time.monotonic(), None, None, []
        with subprocess.Popen(
            command, cwd=copy.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for line in process.stdout:
                said.append(line)
                print(f"    {line}", end="", flush=True)
                if "waiting for a worker" in line:
                    first = first or time.monotonic()
                if ": executed," in line:
                    last = time.monotonic()
        if sum(": executed," in line for line in said) != len(chapters):
            raise RuntimeError(f"expected {len(chapters)} chapters executed; got:\n{''.join(said)}Mend that first.")
        whole = time.monotonic() - began
        spent = {c: Run(copy, c, seed=0, device="cpu", threads=1).load().cpu_s for c in chapters}
    dealt = [spent[c] for c in sorted(chapters, key=lambda c: -cost(book, c))]
    values = (
        datetime.date.today().isoformat(), machine(), f"{busy:.1f}", workers, len(chapters), f"{whole:.1f}", f"{last - first:.1f}",
        f"{sum(dealt):.1f}", f"{length(dealt, workers):.1f}",
    )  # fmt: skip
    return dict(zip(COLUMNS, map(str, values), strict=True))


def sentence(rows):
    """What a measurement says, beside the simulation for the same runs."""
    one, two = ({k: float(row[k]) for k in ("command_s", "tasks_s", "simulated_s")} for row in rows)
    return (
        f"{rows[0]['tasks']} chapters took {one['tasks_s']:.0f} s with one worker and {two['tasks_s']:.0f} s with two: "
        f"{one['tasks_s'] / two['tasks_s']:.2f} times as fast (simulated: {one['simulated_s'] / two['simulated_s']:.2f}; the whole command: "
        f"{one['command_s'] / two['command_s']:.2f}). {rows[0]['machine']}."
    )


def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--measure", action="store_true", help="time one worker and two on this machine, into benchmarks/scaling.csv"
    )
    parser.add_argument("--chapters", type=int, default=CHAPTERS, metavar="N", help="with --measure: the N cheapest")
    options = parser.parse_args(arguments)
    book = find_book()
    if not options.measure:
        return simulate(book)
    chapters = sorted(book.chapters(), key=lambda c: cost(book, c))[: options.chapters]
    rows = []
    for workers in (1, 2):
        print(f"{workers} worker{'s' * (workers > 1)}, {len(chapters)} chapters", flush=True)
        rows.append(measure(book, chapters, workers))
    store.append(TABLE, rows, columns=COLUMNS)
    print(sentence(rows))


if __name__ == "__main__":
    main()
