"""Gaussian against Student's t errors where more than one reading is wrong: mmlib/data/wrong_readings.csv.

    python -m benchmarks.wrong_readings            # twenty draws; rows that are there are kept
    python -m benchmarks.wrong_readings --check    # one row again, against the stored one

The law of STAT5 (Boehm et al. 2014) with 48 synthetic readings by SciPy's LSODA: its four constants inside of the ranges are drawn about the
published ones, noise is Gaussian, and a share of the readings gets ten times that noise. Three ways are fitted from four starts about the published optimum, which is not the truth (anywhere for the two constants on edges): Gaussian errors;
Student's t with four degrees of freedom; Gaussian errors after readings beyond three standard deviations were left out, twice. A profile's 95 % interval holds the truth where -log L rises
by less than 1.92 at the true constant, all else fitted anew.
"""

from __future__ import annotations

import argparse
import csv
import platform
import time
from pathlib import Path

import numpy as np
import scipy
from scipy import stats
from scipy.integrate import solve_ivp

from benchmarks import store
from mmlib import data, ensemble, multistart
from mmlib.systems.stat5 import Stat5

TABLE = Path(__file__).parents[1] / "mmlib" / "data" / "wrong_readings.csv"
HEAD = """\
# what: four rate constants of STAT5 fitted to synthetic readings of which a share is wrong, under Gaussian and under Student's t errors and with suspects left out
# source: benchmarks/wrong_readings.py, {date}, numpy {numpy}, scipy {scipy}, Python {python}
# units: share of wrong readings [%]; draw, the seed; constant; error, log10 of found over true [1]; held, whether the 95 % interval of the profile holds the truth [1]; score, mean log density of 48 fresh readings without wrong ones, by law and noise as fitted, those of one draw on each row [1]; left_out readings [1]
# done to it: computed; noise of the fitted size of the published optimum, wrong readings with ten times that
"""
COLUMNS = ["share", "draw", "way", "constant", "error", "held", "score", "left_out"]
SHARES, DRAWS, STARTS = (0, 5, 10, 20), 20, 4
INNER = (0, 2, 3, 5)  # decay, export of like pairs, import of mixed pairs, phosphorylation
SPREAD = 0.15  # decades between the truth and the start, standard deviation
LOW, HIGH = np.full(9, -5.0), np.full(9, 5.0)
ATOL = [1e-4] * 8 + [1e-12]
RECORD = data.stat5()
T = RECORD.t
SIGMA = np.repeat(
    np.sqrt(((RECORD.readings - RECORD.simulation) ** 2).mean(axis=1)), 16
)  # percent, at the published optimum
PUBLISHED = np.clip(np.log10([getattr(Stat5(), name) for name in Stat5.rates]), -4.999, 4.999)


def simulate(q):
    """Readings (m, 48) for logarithms q (m, 6), many at once: what is inverted."""
    model = Stat5(**dict(zip(Stat5.rates, 10.0**q.T, strict=True)))
    run = ensemble.solve(model, model.start, T, rtol=1e-4, atol=ATOL)
    return model.observe(run.y.swapaxes(0, 1)).transpose(2, 0, 1).reshape(len(q), 48)


def truth(q):
    """Readings (48,) by another integrator: what makes the data."""
    model = Stat5(**dict(zip(Stat5.rates, 10.0**q, strict=True)))
    run = solve_ivp(model.rhs, (0, T[-1]), model.start, "LSODA", T, rtol=1e-9, atol=1e-9)
    return model.observe(run.y).ravel()


def gauss(r):
    return r, np.ones(r.shape)


def student(r):
    """Square roots of what Student's t of four degrees of freedom counts, and their slopes."""
    grown = np.sqrt(5 * np.log1p(r**2 / 4))
    return np.sign(r) * grown, np.where(
        abs(r) > 1e-6, 5 * abs(r) / (4 + r**2) / np.maximum(grown, 1e-12), np.sqrt(5 / 4)
    )


def rows_for(made, kept, loss, still):
    """Rows and slopes of the fits to made (m, 48), with kept (m, 48) 1 or 0; fit k holds the column still[k] (-1: none)."""

    def rows(x, which):
        m, log10 = len(x), np.log(10)
        step = np.where(x[:, :6] > 4.9, -1e-3, 1e-3)
        y = simulate(np.concatenate([x[:, :6], *(x[:, :6] + step * e for e in np.eye(6))])).reshape(7, m, 48)
        sd, use = np.repeat(10.0 ** x[:, 6:], 16, axis=1), kept[which]
        r = (made[which] - y[0]) / sd
        value, slope = loss(r)
        slope = slope * use
        size = np.sqrt(50 + 2 * np.log(sd))
        slopes = np.zeros((m, 96, 9))
        slopes[:, :48, :6] = (slope * (y[0] - y[1:]) / step.T[:, :, None] / sd).transpose(1, 2, 0)
        for k in range(3):
            own = slice(16 * k, 16 * k + 16)
            slopes[:, :48][:, own, 6 + k] = -log10 * (slope * r)[:, own]
            slopes[:, 48:][:, own, 6 + k] = log10 * (use / size)[:, own]
        held = still[which]
        slopes[np.flatnonzero(held >= 0), :, held[held >= 0]] = 0
        return np.concatenate([value * use, size * use], axis=1), slopes

    return rows


def fitted(made, kept, loss, true, starts):
    """Ends (m, 9) of the free fits, and the rise (m, 4) of -log L with each inner constant held at its true value.

    Free fits from starts (STARTS, m, 9), the best is kept; held ones from the same starts and from the free end; if one of them ends below the free fit, that begins again there.
    """
    m, inner = len(made), len(INNER)
    free, value = best_of(starts, made, kept, loss, np.full(m, -1))
    index, still = np.arange(inner * m), np.tile(INNER, m)
    again = np.repeat(np.concatenate([starts, free[None]]), inner, axis=1)
    again[:, index, still] = np.repeat(true, inner, axis=0)[index, still]
    own = [np.repeat(a, inner, axis=0) for a in (made, kept)]
    held, high = best_of(again, *own, loss, still)
    lowest = high.reshape(m, inner).argmin(axis=1)
    once, low = best_of(held.reshape(m, inner, 9)[np.arange(m), lowest][None], made, kept, loss, np.full(m, -1))
    free = np.where((low < value)[:, None], once, free)
    return free, high.reshape(m, inner) - np.minimum(low, value)[:, None]


def best_of(starts, made, kept, loss, still):
    """Ends (m, 9) of the lowest of the fits from starts (k, m, 9), and their -log L (m,)."""
    rows = rows_for(made, kept, loss, still)
    ends = [multistart.least_squares(rows, s, LOW, HIGH, iterations=40).x for s in starts]
    values = np.array([lost(x, made, kept, loss) for x in ends])
    best, index = values.argmin(axis=0), np.arange(len(made))
    return np.array(ends)[best, index], values[best, index]


def lost(x, made, kept, loss):
    """-log L (m,) up to a constant."""
    sd = np.repeat(10.0 ** x[:, 6:], 16, axis=1)
    value, _ = loss((made - simulate(x[:, :6])) / sd)
    return (kept * (value**2 / 2 + np.log(sd))).sum(axis=1)


def begins(draw):
    """(STARTS, 9) starts of one draw: about the published inner constants, and anywhere in a wide range for the two that no reading sees."""
    rng = np.random.default_rng([draw, 50])
    found = np.tile(np.append(PUBLISHED, np.log10([5.0, 5.0, 5.0])), (STARTS, 1))
    found[:, list(INNER)] += 0.2 * rng.standard_normal((STARTS, len(INNER)))
    found[:, 1], found[:, 4] = rng.uniform(-5, -3, STARTS), rng.uniform(0, 5, STARTS)
    return found


def drawn(share, draws):
    """True logarithms (m, 6), readings (m, 48) and fresh ones without wrong readings."""
    true, made, fresh = [], [], []
    for draw in draws:
        rng = np.random.default_rng([draw, share, 48])
        q = PUBLISHED.copy()
        q[list(INNER)] += SPREAD * np.random.default_rng([draw, 48]).standard_normal(len(INNER))
        y = truth(q)
        noise = SIGMA * np.random.default_rng([draw, 49]).standard_normal((2, 48))
        wrong = rng.permutation(48)[: round(48 * share / 100)]
        noise[0, wrong] *= 10
        true.append(q), made.append(y + noise[0]), fresh.append(y + noise[1])
    return np.array(true), np.array(made), np.array(fresh)


def run(share, draws):
    """Rows of all three ways."""
    true, made, fresh = drawn(share, draws)
    m, kept, rows = len(made), np.ones(made.shape), []
    starts = np.array([begins(draw) for draw in draws]).swapaxes(0, 1)
    for way, loss in (("Gaussian", gauss), ("Student", student), ("left out", gauss)):
        if way == "left out":
            for _ in range(2):
                first, _ = best_of(starts, made, kept, gauss, np.full(m, -1))
                off = abs(made - simulate(first[:, :6])) / np.repeat(10.0 ** first[:, 6:], 16, axis=1)
                kept = kept * (off < 3)
        x, rise = fitted(made, kept, loss, true, starts)
        sd = np.repeat(10.0 ** x[:, 6:], 16, axis=1)
        density = stats.t(4).logpdf if way == "Student" else stats.norm.logpdf
        score = (density((fresh - simulate(x[:, :6])) / sd) - np.log(sd)).mean(axis=1)
        for i, draw in enumerate(draws):
            for j, k in enumerate(INNER):
                gone = int(48 - kept[i].sum()) if way == "left out" else 0
                row = [
                    share,
                    draw,
                    way,
                    Stat5.rates[k],
                    f"{x[i, k] - true[i, k]:.5f}",
                    int(rise[i, j] < 1.92),
                    f"{score[i]:.4f}",
                    gone,
                ]
                rows.append([str(v) for v in row])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument(
        "--check", action="store_true", help="the first draw with 10 % wrong readings again, against the stored rows"
    )
    given = parser.parse_args()
    rows, clock = store.commented(TABLE), time.process_time()
    if given.check:
        for line in run(10, [0]):
            was = next(row for row in rows if row[:4] == line[:4])
            assert abs(float(was[4]) - float(line[4])) < 0.01 and was[5] == line[5], (was, line)
        print("the stored rows come out again")
        return
    for begin in range(0, given.draws, 10):
        for share in SHARES:
            if any(row[:2] == [str(share), str(begin)] for row in rows):
                continue
            rows += run(share, range(begin, min(begin + 10, given.draws)))
            told = dict(date=time.strftime("%Y-%m-%d"), numpy=np.__version__, scipy=scipy.__version__)
            with TABLE.open("w", newline="", encoding="utf-8") as file:
                file.write(HEAD.format(**told, python=platform.python_version()))
                csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
            print(begin, share, f"{time.process_time() - clock:.0f} s", flush=True)


if __name__ == "__main__":
    main()
