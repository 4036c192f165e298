"""Command line of the benchmark: list, run, page, history.

python -m benchmarks list
python -m benchmarks run burgers --method ours --seed 0
python -m benchmarks run burgers                     every method it has; ours and random sines from five seeds
python -m benchmarks run my_problem --problems FOLDER --results FOLDER
python -m benchmarks page [--check]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from benchmarks import store
from benchmarks.methods import BY_CHANCE, METHODS
from benchmarks.problems import BENCHMARKS, load


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="what", required=True)
    listing = parts.add_parser("list", help="problems, methods and how many runs are stored")
    running = parts.add_parser("run", help="run a problem; a run that is stored from this machine is not repeated")
    running.add_argument("names", nargs="*", metavar="PROBLEM", help="one or several; without one, all of them (hours)")
    running.add_argument("--method", choices=METHODS, action="append", help="one or several; all without it")
    running.add_argument("--seed", type=int, action="append", help="one or several; 0 to 4 without it")
    running.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    running.add_argument(
        "--again", action="store_true", help="repeat what is stored: the older row stays, the page reads the newer"
    )
    for part in (listing, running):
        part.add_argument("--problems", type=Path, metavar="FOLDER", help="problems of your own, one a file")
        part.add_argument("--results", type=Path, metavar="FOLDER", default=store.FOLDER, help="where runs are stored")
    paging = parts.add_parser("page", help="write the page and its figures from the stored runs")
    paging.add_argument("--check", action="store_true", help="exit 1 if the page does not agree with the stored runs")
    options = parser.parse_args(arguments)
    if options.what == "page":
        from benchmarks import page

        return page.main(["--check"] * options.check)
    problems = BENCHMARKS | (load(options.problems) if options.problems else {})
    if options.what == "list":
        return show(problems, options.results)
    for name in options.names:
        if name not in problems:
            parser.error(f"unknown problem {name!r}; there are {', '.join(problems)}.")
    return everything({name: problems[name] for name in options.names or problems}, options)


def show(problems, folder):
    """One line a problem and method: how many seeds are stored, and their median error and time."""
    rows = store.newest(store.read(store.RUNS, folder))
    for name, problem in problems.items():
        print(f"{name}: {problem.title}; {problem.measure}")
        for method in filter(problem.has, METHODS):
            own = [r for r in rows if (r["problem"], r["method"]) == (name, method)]
            middle = [statistics.median(float(r[k]) for r in own) for k in ("error", "cpu_seconds") if own]
            print(
                f"    {method:14}", f"{len(own)} stored, {middle[0]:.1e} in {middle[1]:.2g} CPU s" if own else "not run"
            )
    return 0


def everything(problems, options):
    """The runs that were asked for, one after the other."""
    from benchmarks.runs import run

    for name, problem in problems.items():
        for method in options.method or METHODS:
            if options.method and not problem.has(method):
                print(f"{name} has nothing to run by {method!r}.", file=sys.stderr)
            for seed in options.seed or (range(5) if method in BY_CHANCE else [0]):
                run(problem, name, method, seed, device=options.device, again=options.again, folder=options.results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
