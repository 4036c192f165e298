"""Which law is behind one noisy path? ODEBench's 63 equations, six ways, every run stored.

python benchmarks/sparse_identification.py                       run what is missing of all conditions and seeds
python benchmarks/sparse_identification.py --seeds 1 --at-most 20

The protocol is that of the authors' repository (sdascoli/odeformer): 512 times from 0 to 10, noise multiplied to each reading, random
times left out; a law counts as found where the solution of the law from the true first state explains more than 0.9 of
the variance of the path it was read from (reconstruction), and of a path from another first state (generalisation). The choices of
`by_solution` (degrees, windows, laws that go on) were tried on these equations with the draw of seed 0, which is not among the stored runs.
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
import pysindy as ps
import scipy
from scipy.integrate import solve_ivp

import mmlib
from mmlib import identify
from mmlib.identify.solutions import adaptive

FOLDER = Path(__file__).parent
EQUATIONS, RUNS = FOLDER / "odebench.csv", FOLDER / "sparse_identification.csv"
TIMES = np.linspace(0.0, 10.0, 512)
GOOD = 0.9  # of the variance
CONDITIONS = ((0.0, 1.0), (0.01, 1.0), (0.05, 1.0), (0.05, 0.5))  # noise, share of the times that is kept
COLUMNS = ("equation", "method", "noise", "kept", "seed", "reconstruction", "generalisation", "terms",
           "verdict", "cpu_seconds", "mmlib_pysindy_scipy", "date")  # fmt: skip


class Equation:
    """One of the 63: right side, first states, the path that is read and the path that is predicted."""

    def __init__(self, row):
        self.number, self.what = int(row["number"]), row["what"]
        constants = {f"c_{k}": float(c) for k, c in enumerate(row["constants"].split())}
        self.starts = [np.array(row[k].split(), dtype=float) for k in ("first", "second")]
        self.parts = [part.strip() for part in row["equations"].split("|")]
        known = {k: getattr(np, k) for k in ("sin", "cos", "exp", "log", "sqrt", "tan", "abs")}
        known |= {"Abs": np.abs, "cot": lambda x: 1 / np.tan(x)} | constants
        self.constants, code = constants, [compile(part, "odebench", "eval") for part in self.parts]
        self.rhs = lambda t, x: np.array([eval(c, known, {f"x_{j}": v for j, v in enumerate(x)}) for c in code])
        self.paths = [
            solve_ivp(self.rhs, (0, 10), s, "LSODA", t_eval=TIMES, rtol=1e-9, atol=1e-10).y.T for s in self.starts
        ]

    def readings(self, noise, kept, seed):
        rng = np.random.default_rng([self.number, seed])
        y, t = self.paths[0] * (1 + noise * rng.standard_normal(self.paths[0].shape)), TIMES
        if kept < 1:
            chosen = np.sort(rng.choice(len(t), int(kept * len(t)), replace=False))
            t, y = t[chosen], y[chosen]
        return t, y

    def score(self, rhs):
        """Share of the variance explained on both paths; minus infinity where the law has no solution there."""
        return [explained(path, solved(rhs, path[0], TIMES)) for path in self.paths]


def equations():
    lines = [line for line in EQUATIONS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [Equation(row) for row in csv.DictReader(lines)]


def solved(rhs, start, t):
    """(n, d) solution of a law, or None."""
    return adaptive(rhs, start, t, rtol=1e-6, atol=1e-9)


def explained(path, found):
    """R^2 with states weighted by their variance."""
    if found is None:
        return -np.inf
    return float(1 - ((path - found) ** 2).sum() / ((path - path.mean(axis=0)) ** 2).sum())


def names(y):
    return [f"x{k}" for k in range(y.shape[1])]


def scaled(law, size):
    """The right side of a law that was found for y / size."""
    return lambda t, x: law.rhs(t, x / size) * size


def default(t, y):
    model = ps.SINDy()
    model.fit(y, t=t, feature_names=names(y))
    return _rate(model), int((model.coefficients() != 0).sum()), ""


GRID = [
    (degree, threshold, smooth) for degree in (1, 2, 3) for threshold in (0.05, 0.1, 0.15) for smooth in (False, True)
]


def _grid_fit(t, y, degree, threshold, smooth):
    even = np.ptp(np.diff(t)) < 1e-9
    scheme = ps.SmoothedFiniteDifference(axis=0, smoother_kws={"window_length": 15}) if smooth and even else None
    model = ps.SINDy(
        optimizer=ps.STLSQ(threshold=threshold, alpha=0.05),
        feature_library=ps.PolynomialLibrary(degree=degree),
        differentiation_method=scheme or ps.FiniteDifference(),
    )
    return model.fit(y, t=t, feature_names=names(y))


def _rate(model):
    powers, coef = model.feature_library.powers_, model.coefficients()
    return lambda s, x: coef @ np.prod(x[None, :] ** powers, axis=1)


def grid(t, y):
    """The authors' way with PySINDy, on a smaller grid: the first 70 % fit, the path over the last 30 % chooses, all are fitted again.

    States are divided by their largest reading, as thresholds ask for it.
    """
    size = np.abs(y).max(axis=0)
    y = y / size
    cut, best = int(0.7 * len(t)), (-np.inf, GRID[0])
    for choice in GRID:
        found = solved(_rate(_grid_fit(t[:cut], y[:cut], *choice)), y[cut], t[cut:])
        best = max(best, (explained(y[cut:], found), choice))
    model = _grid_fit(t, y, *best[1])
    rate = _rate(model)
    return lambda s, x: rate(s, x / size) * size, int((model.coefficients() != 0).sum()), ""


def grid_by_solution(t, y):
    """The laws of that grid, constants fitted through their solutions, and these decide: what `by_solution` has of its proposals."""
    rows, size = _rows(t, y)
    y = y / size
    powers = np.asarray(rows.library.powers_)
    structures = {}
    for choice in GRID:
        model = _grid_fit(t, y, *choice)
        own = np.asarray(model.feature_library.powers_)
        place = [int(np.flatnonzero((powers == p).all(axis=1))[0]) for p in own]
        full = np.zeros((y.shape[1], len(powers)))
        full[:, place] = model.coefficients()
        structures.setdefault((full != 0).tobytes(), full)
    laws = [identify.refit(rows, c != 0)._replace(coef=c) for c in structures.values() if c.any()]
    found = min((identify.through_solution(law, t, y, iterations=10) for law in laws), key=lambda s: s.bic)
    return scaled(found.law, size), int(found.law.structure.sum()), found.verdict.status


def _rows(t, y):
    size = np.abs(y).max(axis=0)
    return identify.problem(t, y / size, names=names(y), degree=3), size


def weak(t, y):
    rows, size = _rows(t, y)
    law = identify.choose(rows, identify.path(rows, "sindy"))
    return scaled(law, size), int(law.structure.sum()), law.verdict.status


def weighted(t, y):
    rows, size = _rows(t, y)
    plain = identify.choose(rows, identify.path(rows, "sindy"))
    parts = identify.weigh(rows, law=plain)
    law = identify.join([identify.choose(part, identify.path(part, "stepwise")) for part in parts])
    return scaled(law, size), int(law.structure.sum()), law.verdict.status


def solution(t, y):
    found = identify.by_solution(t, y, names=names(y))
    return found.law.rhs, int(found.law.structure.sum()), found.verdict.status


METHODS = {
    "PySINDy, defaults": default,
    "PySINDy, grid": grid,
    "PySINDy, grid, by solution": grid_by_solution,
    "weak form": weak,
    "weak form, weighted": weighted,
    "by solution": solution,
}


def one(equation, method, noise, kept, seed):
    """One row: a failure is a row too."""
    t, y = equation.readings(noise, kept, seed)
    began, terms, scores = time.process_time(), "", (-np.inf, -np.inf)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rhs, terms, verdict = METHODS[method](t, y)
        spent = time.process_time() - began
        scores = equation.score(rhs)
    except (ValueError, TypeError, np.linalg.LinAlgError) as error:
        spent, verdict = time.process_time() - began, f"refused: {str(error)[:60]}"
    versions = f"{mmlib.__version__} {ps.__version__} {scipy.__version__}"
    cells = equation.number, method, noise, kept, seed, *(f"{s:.6g}" for s in scores), terms, verdict
    return dict(zip(COLUMNS, (*cells, f"{spent:.2g}", versions, date.today()), strict=True))


def stored():
    if not RUNS.exists():
        return []
    with RUNS.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def key(row):
    return int(row["equation"]), row["method"], float(row["noise"]), float(row["kept"]), int(row["seed"])


def main(arguments):
    """Command line: run what is missing; a run that was cut off is taken up where it stopped."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    ask.add_argument("--at-most", type=int, default=10**9)
    asked = ask.parse_args(arguments)
    done, left = {key(row) for row in stored()}, asked.at_most
    with RUNS.open("a", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        if not done:
            out.writeheader()
        todo = equations()
        for seed in asked.seeds:
            for noise, kept in CONDITIONS:
                if seed != asked.seeds[0] and noise == 0 and kept == 1:
                    continue  # nothing is drawn
                for equation in todo:
                    for method in METHODS:
                        if (equation.number, method, noise, kept, seed) in done or left <= 0:
                            continue
                        out.writerow(one(equation, method, noise, kept, seed))
                        f.flush()
                        left -= 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
