"""What the core network of E. coli concludes, asked again of its genome-scale model iJO1366: writes mmlib/data/whole_cell_fluxes.csv.

    python -m benchmarks.fluxes_of_the_whole_cell              quantities and seeds that are missing (about 10 CPU minutes)
    python -m benchmarks.fluxes_of_the_whole_cell --check 0    the runs of one seed again, compared with the table

Both networks are packed with COBRApy (the core: Orth, Fleming and Palsson 2010, doi:10.1128/ecosalplus.10.2.1; iJO1366: Orth et al. 2011,
doi:10.1038/msb.2011.65) and go through the same lines here, solved by GLPK from the last basis; the page solves the core by HiGHS.
Variability and lost genes have no chance in them (seed ``all``). Surrogates and searches are those of the page *What can a cell make?*, the same
offers, sizes and budget.
"""

from __future__ import annotations

import argparse
import csv
import logging
import time
import warnings
from functools import partial
from pathlib import Path

import cobra
import numpy as np
import torch
from cobra.flux_analysis import flux_variability_analysis, single_gene_deletion
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from benchmarks import store
from mmlib import fluxes, nets

TABLE = Path(__file__).parents[1] / "mmlib/data/whole_cell_fluxes.csv"
NETWORKS = {"core": "textbook", "iJO1366": "iJO1366"}
FEEDS = ("EX_glc__D_e", "EX_o2_e", "EX_nh4_e", "EX_ac_e")
LOW, HIGH = np.array([4.0, 0, 0, 0]), np.array([15.0, 40, 8, 10])
COST, FIXED, BUDGET = np.array([1, 0.25, 0.5, 0.3]), 10.0, 150
OPEN = 1e-3  # [mmol/gDW/h] a flux that may differ by more is open
HEAD = """\
# what: flux variability, lost genes, surrogates of growth and searches for a medium, on the core network of E. coli and on its genome-scale model iJO1366
# source: benchmarks/fluxes_of_the_whole_cell.py (cobra {cobra}, GLPK, numpy {numpy}, one thread, {date})
# units: value [1] for counts, calls and lists; growth [1/h], oxygen's range [mmol/gDW/h], errors [% of the spread of growth], seconds [s] of CPU
# done to it: computed; the networks are those that COBRApy packs, growth of each with the medium it comes with (10 mmol of glucose)
"""


class Cell:
    """A network, asked for growth and its slopes in the four offers."""

    def __init__(self, name):
        self.model = cobra.io.load_model(NETWORKS[name])
        self.feeds = [self.model.reactions.get_by_id(r) for r in FEEDS]
        self.goal = next(r for r in self.model.reactions if r.objective_coefficient)

    def grow(self, u):
        for r, x in zip(self.feeds, u, strict=True):
            r.lower_bound = -float(x)
        value = self.model.slim_optimize(error_value=None)
        return value, -np.array(
            [r.forward_variable.dual for r in self.feeds]
        )  # reduced_cost of cobra 0.32 is twice this


def wide(model, share, third=None):
    """Width of the range of each reaction (of a third of them) at a share of the optimum."""
    some = model.reactions if third is None else model.reactions[third::3]
    found = flux_variability_analysis(model, some, fraction_of_optimum=share, processes=1)
    return found.maximum - found.minimum


def size(name):
    model = Cell(name).model
    by_highs = fluxes.optimum(fluxes.from_cobra(model)).value
    counts = [("reactions", len(model.reactions)), ("genes", len(model.genes))]
    return [*counts, ("growth", model.slim_optimize()), ("growth by HiGHS", by_highs)]


def possible(name):
    return [("open at 0", int((wide(Cell(name).model, 0.0) > OPEN).sum()))]


def near_best(name, third):
    width = wide(Cell(name).model, 0.95, third)
    rows = [("open at 0.95", int((width > OPEN).sum()))]
    return [*rows, *(("oxygen's range at 0.95", w) for r, w in width.items() if r == "EX_o2_e")]


def no_iron(name):
    """The range of oxygen again, where none of it may oxidise iron, which the medium of iJO1366 offers without limit."""
    model = Cell(name).model
    if "FEROpp" in model.reactions:
        model.reactions.FEROpp.bounds = 0, 0
    found = flux_variability_analysis(model, ["EX_o2_e"], fraction_of_optimum=0.95, processes=1)
    return [("oxygen's range, no iron", float((found.maximum - found.minimum).iloc[0]))]


def at_best(name, third):
    """Open reactions at the optimum, and those of them that do not lie on a loop: one that turns while nothing comes in or goes out."""
    model = Cell(name).model
    loose = wide(model, 1.0, third)
    loose = sorted(loose.index[loose > OPEN])
    with model:
        for r in model.exchanges:
            r.bounds = 0, 0
        model.reactions.ATPM.lower_bound = 0
        turns = []
        for r in loose:  # a loop of the optimum is one of these
            model.objective = r
            ends = []
            for model.objective_direction in ("min", "max"):
                ends.append(abs(model.slim_optimize()))
            turns.append(max(ends))
    return [("open at 1", len(loose)), ("open at 1 beside loops", int((np.array(turns) <= OPEN).sum()))]


def genes(name):
    model = Cell(name).model
    lost = single_gene_deletion(model, processes=1)
    lethal = sorted(next(iter(k)) for k, g in zip(lost.ids, lost.growth, strict=True) if not g > 1e-3)
    core = {g.id: g.name for g in cobra.io.load_model("textbook").genes}
    rows = [("lethal", len(lethal)), ("lethal of the core's genes", len(set(core) & set(lethal)))]
    return [*rows, *((f"lethal {core[g]}", 1) for g in lethal if g in core)]


def unit(u):
    return 2 * (u - LOW) / (HIGH - LOW) - 1


def process(x, y, noise=1e-8):
    kernel = ConstantKernel() * Matern(np.ones(x.shape[1]), (0.05, 50), nu=1.5)
    if noise > 1e-4:
        kernel = kernel + WhiteKernel(noise)
    gp = GaussianProcessRegressor(kernel, alpha=min(noise, 1e-6), normalize_y=True)
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        return gp.fit(x, y)


def network(x, y, slope, seed):
    """A network of 24 units from values and slopes, as on the page."""
    mean, size = y.mean(), y.std()
    f, there = nets.mlp([4, 24, 1], seed=seed), torch.tensor(unit(x))
    wanted = torch.tensor(np.column_stack([(y - mean) / size, slope * (HIGH - LOW) / 2 / size]))

    def both(f, x):
        return torch.cat([f(x), torch.func.jacrev(lambda q: f(q)[0])(x)])

    nets.fit_rows(f, both, lambda z, w: z - w, (there, wanted), iterations=60)
    return lambda u: f(torch.tensor(unit(u))).detach().numpy()[:, 0] * size + mean


def fitted(x, y, rng, planes=6, tries=100):
    """The lowest of six planes fitted to values, as on the page."""
    X, best = np.column_stack([np.ones(len(x)), unit(x)]), (np.inf, None)
    for _ in range(tries):

        def far(z):
            return ((X[:, None] - z) ** 2).sum(axis=2)

        near = far(X[rng.choice(len(x), planes, replace=False)]).argmin(axis=1)
        for _ in range(50):
            own = [(X[near == k], y[near == k]) for k in set(near)]
            A = [np.linalg.solve(Z.T @ Z + 1e-6 * np.eye(5), Z.T @ v) for Z, v in own]
            near = (X @ np.transpose(A)).argmin(axis=1)
        miss = np.sum(((X @ np.transpose(A)).min(axis=1) - y) ** 2)
        best = min(best, (miss, np.transpose(A)), key=lambda pair: pair[0])
    return lambda u: (np.column_stack([np.ones(len(u)), unit(u)]) @ best[1]).min(axis=1)


def surrogates(name, seed):
    cell = Cell(name)
    rng = np.random.default_rng([seed, 1])

    def offers(n):
        return LOW + (HIGH - LOW) * rng.random((n, 4))

    train, test = offers(80), offers(200)
    y, slope = map(np.array, zip(*map(cell.grow, train), strict=True))
    truth = np.array([cell.grow(u)[0] for u in test])

    def error(p):
        return 100 * np.sqrt(np.mean((p - truth) ** 2)) / np.std(truth)

    rows = [("planes met", len(np.unique(slope.round(4), axis=0)))]

    def ceiling(n):
        return fluxes.ceiling(train[:n], y[:n], slope[:n], test)

    rows.append(("exact offers", 100 * np.mean(abs(ceiling(80) - truth) < 1e-6)))
    for n in (20, 80):
        rows.append((f"planes with prices, {n}", error(ceiling(n))))
        rows.append((f"planes from values, {n}", error(fitted(train[:n], y[:n], rng)(test))))
        rows.append((f"process, {n}", error(process(unit(train[:n]), y[:n]).predict(unit(test)))))
        rows.append((f"network with slopes, {n}", error(network(train[:n], y[:n], slope[:n], seed)(test))))
    return rows


class Enough(Exception):
    """99 % of the best, or the budget is spent"""


def ratio(u, value):
    return value / (FIXED + COST @ u)


def by_planes(start, seen, rng):
    u, points, planes = start, [], []
    for _ in range(100):
        value, slopes = seen(u)
        points.append(u)
        planes.append((value, slopes))
        u, bound = fluxes.best_ratio(points, *zip(*planes, strict=True), LOW, HIGH, COST, FIXED)
        if bound - value / (FIXED + COST @ points[-1]) < 1e-9:
            break
    return bound


def by_simplex(start, seen, rng):
    def f(u):
        return -ratio(u, seen(u)[0])

    options = dict(xatol=1e-3, fatol=1e-5)
    minimize(f, start, method="Nelder-Mead", bounds=list(zip(LOW, HIGH, strict=True)), options=options)


def by_linear(start, seen, rng):
    def at(z):
        return LOW + (HIGH - LOW) * np.clip(z, 0, 1)

    def f(z):
        return -30 * ratio(at(z), seen(at(z))[0])

    options = dict(rhobeg=0.5, tol=1e-2)
    minimize(f, (start - LOW) / (HIGH - LOW), method="COBYLA", bounds=[(0, 1)] * 4, options=options)


def by_gradient(start, seen, rng):
    def f(u):
        value, slopes = seen(u)
        return -ratio(u, value), -(slopes - COST * ratio(u, value)) / (FIXED + COST @ u)

    minimize(f, start, jac=True, method="L-BFGS-B", bounds=list(zip(LOW, HIGH, strict=True)))


def by_process(start, seen, rng):
    def any_of(n):
        return LOW + (HIGH - LOW) * rng.random((n, 4))

    X = [start, *any_of(7)]
    Y = [ratio(u, seen(u)[0]) for u in X]
    while True:
        gp = process(unit(np.array(X)), np.array(Y), noise=1e-6)
        near = X[np.argmax(Y)] + 0.05 * (HIGH - LOW) * rng.normal(size=(500, 4))
        many = np.vstack([any_of(1500), np.clip(near, LOW, HIGH)])
        m, s = gp.predict(unit(many), return_std=True)
        z = (m - max(Y)) / s
        X.append(many[np.argmax(s * (z * norm.cdf(z) + norm.pdf(z)))])
        Y.append(ratio(X[-1], seen(X[-1])[0]))


SEARCHES = {
    "planes": by_planes,
    "process": by_process,
    "gradient": by_gradient,
    "simplex": by_simplex,
    "linear": by_linear,
}


def searches(name, seed, starts=3):
    cell = Cell(name)
    best = by_planes((LOW + HIGH) / 2, cell.grow, None)
    rows = [("best growth per cost", best)]
    for name, method in SEARCHES.items():
        made = []
        for k in range(starts):
            calls, rng = [], np.random.default_rng([seed, 2, k])

            def seen(u, calls=calls):
                calls.append(u)
                found = cell.grow(np.clip(u, LOW, HIGH))
                if ratio(u, found[0]) >= 0.99 * best or len(calls) == BUDGET:
                    raise Enough
                return found

            try:
                while True:
                    method(LOW + (HIGH - LOW) * rng.random(4), seen, rng)
            except Enough:
                made.append(len(calls))
        rows.append((f"calls, {name}", np.mean(made)))
    return rows


CERTAIN = {
    "size": size,
    "possible": possible,
    **{f"near the best {k + 1}": partial(near_best, third=k) for k in range(3)},
    **{f"at the best {k + 1}": partial(at_best, third=k) for k in range(3)},
    "genes": genes,
    "iron": no_iron,
}
CHANCE = {"surrogates": surrogates, "searches": searches}


def made(name, seed, part):
    """Rows of one part, with its CPU seconds."""
    clock = time.process_time()
    found = CERTAIN[part](name) if seed == "all" else CHANCE[part](name, seed)
    found.append(("seconds", time.process_time() - clock))
    return [[name, str(seed), part, q, f"{v:.6g}"] for q, v in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--check", type=int, default=None)
    given = parser.parse_args()
    logging.getLogger("cobra").setLevel(logging.ERROR)
    runs = [("all", part) for part in CERTAIN] + [(seed, part) for seed in range(given.seeds) for part in CHANCE]
    for seed, part in runs if given.check is None else [(given.check, part) for part in CHANCE]:
        for name in NETWORKS:
            was = [r for r in store.commented(TABLE) if r[:3] == [name, str(seed), part]]
            if given.check is not None:
                same = made(name, seed, part)[:-1] == was[:-1]
                print(name, part, "as stored" if same else "differs from the table")
            elif not was:
                new = made(name, seed, part)
                others = [
                    r for r in store.commented(TABLE) if r[:3] != new[0][:3]
                ]  # another process may have been at it too
                rows = sorted(others + new, key=lambda r: r[:3])
                with TABLE.open("w", newline="", encoding="utf-8") as file:
                    file.write(
                        HEAD.format(cobra=cobra.__version__, numpy=np.__version__, date=time.strftime("%Y-%m-%d"))
                    )
                    csv.writer(file, lineterminator="\n").writerows(
                        [["network", "seed", "part", "quantity", "value"], *rows]
                    )
                print(name, seed, part, flush=True)


if __name__ == "__main__":
    main()
