"""From how many starts is the published optimum reached? Seven public problems, many starts at once beside a loop over SciPy.

python benchmarks/parameters.py                          run what is missing
python benchmarks/parameters.py Boehm_JProteomeRes2014 --starts 20 --seed 3

Starts are uniform between the published bounds on the problem's own scale. Two ways take the same starts, rows and bounds: `Problem.fit`
(all starts at once, 60 iterations at most, slopes by differences; the best
ten go on, 150 iterations at most, at a tolerance of 1e-6) and SciPy's `least_squares` in a loop (one start after the other, LSODA at a
relative tolerance of 1e-6, slopes by differences, at most 60 evaluations of the rows beside those for the slopes). The tolerance of the first is 1e-4 (`TOLERANCE`). A run is stored once; seeds are added.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import least_squares

import mmlib
from mmlib import petab

RUNS = Path(__file__).parent / "parameters.csv"
PROBLEMS = (
    "Perelson_Science1996",
    "Boehm_JProteomeRes2014",
    "Crauste_CellSystems2017",
    "Bruno_JExpBot2016",
    "Sneyd_PNAS2002",
    "Fujita_SciSignal2010",
    "Elowitz_Nature2000",
)
COLUMNS = (
    "problem",
    "free",
    "readings",
    "method",
    "seed",
    "starts",
    "published",
    "best",
    "ends",
    "cpu_seconds",
    "mmlib_scipy",
    "date",
)
ITERATIONS, FURTHER, MORE = 60, 10, 150
STARTS = {"all at once": 50, "SciPy, one by one": 3}
TOLERANCE = {
    "Crauste_CellSystems2017": 1e-6
}  # its solutions grow apart so fast that 1e-4, enough elsewhere, leaves none


def together(problem, starts):
    """All starts roughly, then the best ten on, with more iterations and a finer solver."""
    ends = problem.fit(starts, iterations=ITERATIONS, rtol=TOLERANCE.get(problem.name, 1e-4)).x
    first = np.argsort(problem.objective(ends))[:FURTHER]
    good = first[np.isfinite(problem.objective(ends[first]))]
    if len(good):
        ends[good] = problem.fit(ends[good], iterations=MORE, rtol=1e-6).x
    return ends


def one_by_one(problem, starts):
    ends = []
    for start in starts:

        def rows(z):
            found = problem.misfits(z)
            return np.where(np.isfinite(found), found, 1e6)

        try:
            run = least_squares(
                rows,
                start,
                bounds=(problem.low, problem.high),
                x_scale=problem.high - problem.low,
                diff_step=1e-3,
                max_nfev=ITERATIONS,
            )
            ends.append(run.x)
        except ValueError:
            ends.append(start)
    return np.array(ends)


METHODS = {"all at once": together, "SciPy, one by one": one_by_one}


def one(name, method, seed, count):
    problem = petab.load(name)
    starts = problem.draw(np.random.default_rng([seed, PROBLEMS.index(name)]), count)
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ends = METHODS[method](problem, starts)
    spent = time.process_time() - began
    values = np.array([problem.objective(e[None], rtol=1e-7)[0] for e in ends])
    published = problem.objective(problem.nominal[None], one_by_one=True)[0]
    best = problem.objective(
        ends[[np.argmin([problem.objective(e[None], rtol=1e-7)[0] for e in ends])]], one_by_one=True
    )[0]
    cells = name, len(problem.names), len(problem.readings), method, seed, count, f"{published:.6f}", f"{best:.6f}"
    told = " ".join(f"{v:.6g}" for v in np.sort(values))
    return dict(
        zip(
            COLUMNS,
            (*cells, told, f"{spent:.3g}", f"{mmlib.__version__} {scipy.__version__}", date.today()),
            strict=True,
        )
    )


def stored():
    if not RUNS.exists():
        return []
    with RUNS.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def main(arguments):
    """Command line: run what is missing."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("problems", nargs="*", default=list(PROBLEMS))
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--starts", type=int)
    ask.add_argument("--only", choices=list(METHODS))
    asked = ask.parse_args(arguments)
    if unknown := set(asked.problems) - set(PROBLEMS):
        ask.error(f"unknown problem {', '.join(unknown)}; there are {', '.join(PROBLEMS)}")
    done = {(r["problem"], r["method"], int(r["seed"])) for r in stored()}
    for name in asked.problems:
        for method in METHODS:
            if (name, method, asked.seed) in done or (asked.only and method != asked.only):
                continue
            row = one(name, method, asked.seed, asked.starts or STARTS[method])
            with RUNS.open("a", encoding="utf-8", newline="") as f:
                out = csv.DictWriter(f, COLUMNS, lineterminator="\n")
                if f.tell() == 0:
                    out.writeheader()
                out.writerow(row)
            print(name, method, row["published"], row["best"], row["ends"][:60], row["cpu_seconds"], flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
