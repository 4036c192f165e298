"""Yeast glycolysis: fourteen constants by least squares from many starts, and from a first guess that was learned beforehand.

    python -m benchmarks.first_guess_for_glycolysis              writes mmlib/data/glycolysis_guesses.csv, seeds that are missing
    python -m benchmarks.first_guess_for_glycolysis --check 0    runs one seed again and compares it with the table

Synthetic. Each seed has four cells that oscillate, with constants drawn within a factor of three (easier: of one and a half) of those of `mmlib.systems.glycolysis`;
NADH and ATP are read at 60 times in four minutes with errors of 2 % of their spread. The data come from LSODA; the fit inverts a
Runge-Kutta method of its own, at whose step a cell must not blow up (the stiffest are left out so). Everybody knows the start of the cells and the range of the constants. A library of curves of *other* constants
from the same range, made once a seed, gives the learned guesses (a network, ridge regression) and the nearest curves.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks import store
from mmlib import multistart, nets
from mmlib.systems.glycolysis import Glycolysis

TABLE = Path(__file__).parents[1] / "mmlib/data/glycolysis_guesses.csv"
NAMES = tuple(f.name for f in fields(Glycolysis))
MIDDLE = np.log([getattr(Glycolysis(), n) for n in NAMES])
FACTORS = (
    3.0,
    1.5,
)  # of the range that constants are drawn from, both ways; the box of the fit is twice as wide in the logarithm
T = np.linspace(0, 4, 61)[1:]  # [min]
PARTS, NOISE = 16, 0.02  # Runge-Kutta steps between readings; errors in units of the spread
CELLS, LIBRARY, STARTS, ITERATIONS = 4, 12_000, 8, 80
REACHED = 1.05  # times the best residual of all: counted as the best optimum
ARMS = ("random", "nearest, one", "nearest, eight", "network", "network, eight", "ridge", "mean", "truth")
FIELDS = "factor,seed,cell,arm,starts,reached,guess_rms,end_rms,best_rms,guess_error,end_error,cpu_seconds".split(",")
HEAD = """\
# what: fits of fourteen constants of yeast glycolysis to readings of two of seven states, by where they start; a row a seed, cell and kind of start
# source: benchmarks/first_guess_for_glycolysis.py (torch {torch}, numpy {numpy}, one thread, {date})
# units: starts and reached [1], reached ends within 5 % of the best residual of all; guess_rms (median), end_rms (smallest), best_rms [sd of the errors]; guess_error, end_error [1], median over the constants of the absolute logarithmic error (of the best end); cpu_seconds [s], of all starts, their share of one sweep by the curves that each computed; rows of cell "all": what a seed pays once
# done to it: computed, all synthetic; arm truth starts at the constants and is a referee, no method
"""


def half(factor):
    """Half the width of the range of each logarithm; the exponent's is half of the others'."""
    return np.log(factor) * np.where(np.array(NAMES) == "q", 0.5, 1.0)


def rhs(p, s):
    """Rates (7, m) of `Glycolysis` for constants p (14, m)."""
    J0, k1, k2, k3, k4, k5, k6, k, kappa, q, K1, psi, N, A = p
    s1, s2, s3, s4, s5, s6, s7 = s
    v1 = k1 * s1 * s6 / (1 + (s6 / K1) ** q)
    v2, v3, v4, v6 = k2 * s2 * (N - s5), k3 * s3 * (A - s6), k4 * s4 * s5, k6 * s2 * s5
    flux = kappa * (s4 - s7)
    return np.stack(
        [J0 - v1, 2 * v1 - v2 - v6, v2 - v3, v3 - v4 - flux, v2 - v4 - v6, 2 * (v3 - v1) - k5 * s6, psi * flux - k * s7]
    )


def curves(x, parts=PARTS):
    """NADH and ATP (m, 120) at T for logarithms of constants x (m, 14), by the classical Runge-Kutta method."""
    p, h = np.exp(x.T), T[0] / parts
    s = np.repeat(np.array(Glycolysis.start)[:, None], len(x), axis=1)
    out = np.empty((len(x), 2, len(T)))
    with np.errstate(all="ignore"):
        for j in range(len(T)):
            for _ in range(parts):
                a = rhs(p, s)
                b = rhs(p, s + h / 2 * a)
                c = rhs(p, s + h / 2 * b)
                s = s + h / 6 * (a + 2 * (b + c) + rhs(p, s + h * c))
            out[:, :, j] = s[4:6].T
    return out.reshape(len(x), -1)


def measured(x):
    """The same for one cell by LSODA."""
    model = Glycolysis(**dict(zip(NAMES, np.exp(x), strict=True)))
    found = solve_ivp(model.rhs, (0, T[-1]), model.start, "LSODA", t_eval=T, rtol=1e-9, atol=1e-11)
    return found.y[4:6].ravel()


def spread(y):
    """(…, 120) the spread of each of the two states, at each of its readings."""
    sd = y.reshape(*y.shape[:-1], 2, -1).std(axis=-1)
    return np.repeat(np.maximum(sd, 1e-6), len(T), axis=-1)


def swings(y):
    """(m,) bool: ATP still rises and falls in the last third, by half of its range at least."""
    atp = y.reshape(-1, 2, len(T))[:, 1]
    return np.ptp(atp[:, -20:], axis=1) > 0.5 * np.ptp(atp[:, 5:], axis=1)


def fit(y, sd, begin, wide):
    """Least squares from each row of begin (m, 14) to its own readings y (m, 120): ends, rms in units of the errors, that of the beginnings,
    curves that each start computed."""

    def function(x, which):
        moved = np.repeat(x[:, None], 15, axis=1)
        moved[:, np.arange(1, 15), np.arange(14)] += 1e-6
        r = (curves(moved.reshape(-1, 14)).reshape(len(x), 15, -1) - y[which, None]) / (NOISE * sd[which, None])
        return r[:, 0], ((r[:, 1:] - r[:, :1]) / 1e-6).transpose(0, 2, 1)

    low, high = MIDDLE - 2 * wide, MIDDLE + 2 * wide
    begin = np.clip(begin, low + 1e-6, high - 1e-6)
    first = np.sqrt(np.mean(((curves(begin) - y) / (NOISE * sd)) ** 2, axis=1))
    found = multistart.least_squares(function, begin, low, high, iterations=ITERATIONS, tolerance=1e-5)
    return found.x, found.rms, first, 15 * (1 + found.iterations)


def computable(x):
    """The first eight rows that do not blow up: whoever draws starts draws such ones again."""
    return x[np.isfinite(curves(x)).all(axis=1)][:STARTS]


def inputs(y):
    """What the learners see: readings on a scale that fits both states."""
    return np.concatenate([4 * (y[:, :60] - 0.3), y[:, 60:] - 1.5], axis=1)


def learned(x, y, wide, rng, seed, epochs=40):
    """A network from readings to constants in units of the range, and the spread of its errors on curves left out."""
    net = nets.mlp([120, 128, 128, 14], seed=seed)
    X, Y, W = inputs(y), (x - MIDDLE) / wide, NOISE * spread(y)
    W = np.concatenate([4 * W[:, :60], W[:, 60:]], axis=1)
    cut = len(X) - 1000
    adam = torch.optim.Adam(net.parameters(), lr=2e-3)
    steps = epochs * (cut // 256)
    pace = torch.optim.lr_scheduler.OneCycleLR(adam, 3e-3, total_steps=steps)
    for _ in range(epochs):
        order = rng.permutation(cut)
        for k in range(cut // 256):
            some = order[256 * k : 256 * (k + 1)]
            noisy = X[some] + W[some] * rng.standard_normal((256, 120))
            adam.zero_grad()
            loss = ((net(torch.tensor(noisy)) - torch.tensor(Y[some])) ** 2).mean()
            loss.backward()
            adam.step()
            pace.step()
    with torch.no_grad():
        left = net(torch.tensor(X[cut:] + W[cut:] * rng.standard_normal((1000, 120)))).numpy() - Y[cut:]
    return lambda y: net(torch.tensor(inputs(y))).detach().numpy() * wide + MIDDLE, left.std(axis=0) * wide


def one(factor, seed):
    """Rows of one seed."""
    wide = half(factor)

    def draw(k):
        return np.random.default_rng([seed, k])

    rows, any_x = [], lambda rng, n: MIDDLE + wide * rng.uniform(-1, 1, (n, 14))
    clock = time.process_time()
    library = any_x(draw(0), LIBRARY)
    made = np.concatenate([curves(part) for part in np.array_split(library, 12)])
    good = np.isfinite(made).all(axis=1) & (abs(made) < 20).all(axis=1)
    library, made = library[good], made[good]
    paid = time.process_time() - clock
    rows.append([factor, seed, "all", "library", len(made), int(swings(made).sum()), *[np.nan] * 5, paid])
    clock = time.process_time()
    network, doubt = learned(library, made, wide, draw(1), seed)
    rows.append(
        [factor, seed, "all", "training", 1, 0, *[np.nan] * 3, np.median(doubt), np.nan, time.process_time() - clock]
    )
    X = np.column_stack([np.ones(len(made)), inputs(made)])
    line = np.linalg.solve(X.T @ X + np.diag([0.0] + [1.0] * 120), X.T @ library)
    some = any_x(draw(2), 4000)
    fast = curves(some)
    fast = some[np.isfinite(fast).all(axis=1) & swings(np.nan_to_num(fast))][:CELLS]
    cells, rng = [], draw(20)
    for x in fast:
        y = measured(x)
        cells.append((x, y, y + NOISE * spread(y) * rng.standard_normal(y.shape)))
    begin, owner = [], []
    for k, (_, clean, y) in enumerate(cells):
        rng = draw(3 + k)
        near = np.argsort((((made - y) / spread(clean)) ** 2).sum(axis=1))[:STARTS]
        guess = network(y[None])
        cloud = computable(np.concatenate([guess, guess + doubt * rng.standard_normal((5 * STARTS, 14))]))
        anywhere = computable(any_x(rng, 5 * STARTS))
        parts = [anywhere, library[near[:1]], library[near], guess, cloud, np.append(1.0, inputs(y[None])) @ line]
        for arm, rows_of in zip(ARMS, [*parts, MIDDLE, cells[k][0]], strict=True):
            begin.append(np.atleast_2d(rows_of))
            owner += [(k, arm)] * len(begin[-1])
    begin, of = np.concatenate(begin), np.array([k for k, _ in owner])
    clock = time.process_time()
    ends, rms, first, computed = fit(
        np.array([c[2] for c in cells])[of], spread(np.array([c[1] for c in cells]))[of], begin, wide
    )
    a_curve = (time.process_time() - clock) / computed.sum()
    for k, (x, _, _) in enumerate(cells):
        best = rms[of == k].min()
        for arm in ARMS:
            own = np.array([o == (k, arm) for o in owner])
            off, end = np.median(abs(begin[own] - x), axis=1), rms[own].argmin()
            values = [np.median(first[own]), rms[own].min(), best, np.median(off), np.median(abs(ends[own][end] - x))]
            seconds = a_curve * computed[own].sum()
            rows.append([factor, seed, k, arm, own.sum(), int((rms[own] < REACHED * best).sum()), *values, seconds])
            print(*rows[-1], flush=True)
    return [[f"{r[0]:g}", *(str(v) for v in r[1:6]), *(f"{v:.4g}" for v in r[6:])] for r in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--factor", type=float, nargs="*", default=FACTORS)
    parser.add_argument("--check", type=int, default=None, help="run this seed again and compare")
    given = parser.parse_args()
    for seed in range(given.seeds) if given.check is None else [given.check]:
        for factor in given.factor:
            was = [r for r in store.commented(TABLE) if r[:2] == [f"{factor:g}", str(seed)]]
            if given.check is not None:
                same = [r[:-1] for r in one(factor, seed)] == [r[:-1] for r in was]
                print(factor, "as stored" if same else "differs from the table")
            elif not was:
                rows = sorted(store.commented(TABLE) + one(factor, seed), key=lambda r: (float(r[0]), int(r[1])))
                with TABLE.open("w", newline="", encoding="utf-8") as file:
                    file.write(
                        HEAD.format(torch=torch.__version__, numpy=np.__version__, date=time.strftime("%Y-%m-%d"))
                    )
                    csv.writer(file, lineterminator="\n").writerows([FIELDS, *rows])


if __name__ == "__main__":
    main()
