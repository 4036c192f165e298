"""A discrepancy inside of the equation beside one added to its solution: mmlib/data/discrepancy_inside.csv.

    python -m benchmarks.discrepancy_inside            # ten seeds; rows that are there are kept
    python -m benchmarks.discrepancy_inside --check    # one row again, against the stored one

The curves, readings, priors and settings of the chapter *When the law is wrong*, thirty curves a seed. Inside means dV/dt = f(V) + V d(t),
that is d(ln V)/dt = f(V)/V + d(t), with a Gaussian process d. One added to ln V with size s and length l has slopes of size s/l; the one inside
gets this size and the same length, so that both are told the same of how fast ln V may leave the law.
"""

from __future__ import annotations

import argparse
import csv
import platform
import time
from pathlib import Path

import numpy as np

from benchmarks import store
from mmlib import discrepancy
from mmlib import growth_laws as laws

TABLE = Path(__file__).parents[1] / "mmlib" / "data" / "discrepancy_inside.csv"
HEAD = """\
# what: a wrong and a right law of growth alone, with a discrepancy added to its solution, and with one inside of its equation; synthetic curves
# source: benchmarks/discrepancy_inside.py, {date}, numpy {numpy}, Python {python}; thirty curves a seed
# units: day, days after the first reading, the last one on day 15; inside, true curves in the 90 % band [%]; error, median of |ln V - truth| [1]; width of the band in ln V [1]; final_inside, true final sizes in their 90 % interval [%]; final_ratio, found over true final size, median [1]
# done to it: computed; each curve of Gompertz' or the logistic law with its own constants, eleven readings with noise of 0.1 in ln V
"""
COLUMNS = ["truth", "fitted", "way", "seed", "day", "inside", "error", "width", "final_inside", "final_ratio"]
T, AHEAD, SETS, ERROR = np.linspace(0, 15, 11), np.array([11.25, 20.0, 35.0]), 30, 0.1
PRIOR = {"mean": np.log([30, 3000, 0.1]), "sd": [2.0, 2.0, 1.5]}
NOISE = ERROR * np.array([0.5, 0.7, 1, 1.4, 2, 2.8])
SIZES, LENGTHS = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6], [3.0, 6.0, 12.0, 24.0]
MIDDLE = {"gompertz": [40, 6000, 0.08], "logistic": [40, 6000, 0.3]}
STEP = 0.25  # days between nodes of the equation
FINE = np.arange(0, 35 + STEP / 2, STEP)
KEPT = 1e-3  # a direction of the process with less of its largest variance is left out


def cumulated(rows):
    """Integrals (…, nodes) from 0 by the trapezoidal rule."""
    parts = STEP * (rows[..., 1:] + rows[..., :-1]) / 2
    return np.concatenate([np.zeros((*rows.shape[:-1], 1)), np.cumsum(parts, axis=-1)], axis=-1)


def directions(length):
    """(directions, nodes) of a process of size one; standard normal coefficients give its covariance."""
    values, vectors = np.linalg.eigh(np.exp(-0.5 * ((FINE[:, None] - FINE) / length) ** 2))
    kept = values > KEPT * values[-1]
    return (vectors[:, kept] * np.sqrt(values[kept])).T


def with_discrepancy(law, size, length):
    """Law of (theta, coefficients), and how many coefficients: d(ln V)/dt = f(V)/V + d(t), in closed form up to quadrature."""
    shapes = size / length * directions(length)
    summed = cumulated(shapes)

    def logistic(theta, t):
        v0, final, rate, z = np.exp(theta[:, :1]), np.exp(theta[:, 1:2]), np.exp(theta[:, 2:3]), theta[:, 3:]
        grown = rate * FINE + z @ summed
        grown = np.clip(grown, -600, 600)
        x = theta[:, :1] + grown - np.log1p(rate / final * v0 * cumulated(np.exp(grown)))
        return np.take_along_axis(x, np.rint(t / STEP).astype(int), axis=1)

    def gompertz(theta, t):
        rate, z = np.exp(theta[:, 2:3]), theta[:, 3:]
        turned = np.exp(np.minimum(rate * FINE, 600))
        x = theta[:, 1:2] + (theta[:, :1] - theta[:, 1:2]) / turned + cumulated(turned * (z @ shapes)) / turned
        return np.take_along_axis(x, np.rint(t / STEP).astype(int), axis=1)

    return {"logistic": logistic, "gompertz": gompertz}[law], len(shapes)


def merged(fits, forecasts):
    """One mixture of the forecasts of several fits, weighed by evidence."""
    told = np.array([f.evidence for f in fits])
    share = np.exp(told - told.max(axis=0))
    share /= share.sum(axis=0)
    weights = np.concatenate([f.weights * s[:, None] for f, s in zip(forecasts, share, strict=True)], axis=1)
    return discrepancy.Forecast(
        weights, *(np.concatenate([getattr(f, n) for f in forecasts], axis=1) for n in ("mean", "sd"))
    )


def drawn(truth, seed):
    """Constants (sets, 3), readings and curves of the true law."""
    rng = np.random.default_rng([seed, 17])
    law = {"gompertz": laws.gompertz, "logistic": laws.logistic}[truth]
    theta = np.log(MIDDLE[truth]) + np.array([0.3, 0.3, 0.2]) * rng.standard_normal((SETS, 3))
    return theta, law(theta, T) + ERROR * rng.standard_normal((SETS, len(T))), law(theta, AHEAD)


def fitted(law, way, y):
    """Forecast of the curve on the days ahead, and the posterior of the final size."""
    own = {"gompertz": laws.gompertz, "logistic": laws.logistic}[law]
    if way != "inside":
        told = {"size": SIZES, "length": LENGTHS} if way == "added" else {}
        fit = discrepancy.calibrate(own, T, y, noise=NOISE, **told, **PRIOR)
        return fit.predict(AHEAD), fit.of(1)
    fits = []
    for length in LENGTHS:
        for size in SIZES:
            own, more = with_discrepancy(law, size, length)
            mean, sd = np.append(PRIOR["mean"], np.zeros(more)), np.append(PRIOR["sd"], np.ones(more))
            fits.append(discrepancy.calibrate(own, T, y, mean=mean, sd=sd, noise=NOISE, iterations=25))
    return merged(fits, [f.predict(AHEAD) for f in fits]), merged(fits, [f.of(1) for f in fits])


def run(truth, law, way, seed):
    """Rows of one way: one for each day ahead."""
    theta, y, curve = drawn(truth, seed)
    forecast, final = fitted(law, way, y)
    (low, high), middle = forecast.band(), forecast.quantile(0.5)
    inside, off = 100 * ((low <= curve) & (curve <= high)).mean(axis=0), np.median(abs(middle - curve), axis=0)
    width, (a, b) = np.median(high - low, axis=0), final.band()
    held = 100 * ((a <= theta[:, 1:2]) & (theta[:, 1:2] <= b)).mean()
    ratio = np.exp(np.median(final.quantile(0.5) - theta[:, 1:2]))
    return [
        [truth, law, way, str(seed), f"{day:g}", f"{i:.4g}", f"{e:.4g}", f"{w:.4g}", f"{held:.4g}", f"{ratio:.4g}"]
        for day, i, e, w in zip(AHEAD, inside, off, width, strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument(
        "--check", action="store_true", help="the law alone and with a discrepancy added, seed 0, again"
    )
    given = parser.parse_args()
    rows, clock = store.commented(TABLE), time.process_time()
    if given.check:
        for way in ("alone", "added"):
            for line in run("gompertz", "logistic", way, 0):
                was = next(row for row in rows if row[:5] == line[:5])
                assert np.allclose(np.array(was[5:], float), np.array(line[5:], float), rtol=0.02), (was, line)
        print("the stored rows come out again")
        return
    pairs = (("gompertz", "logistic"), ("logistic", "gompertz"), ("logistic", "logistic"))
    for seed in range(given.seeds):
        for pair in pairs:
            for way in ("alone", "added", "inside"):
                if any(row[:4] == [*pair, way, str(seed)] for row in rows):
                    continue
                rows += run(*pair, way, seed)
                told = dict(date=time.strftime("%Y-%m-%d"), numpy=np.__version__, python=platform.python_version())
                with TABLE.open("w", newline="", encoding="utf-8") as file:
                    file.write(HEAD.format(**told))
                    csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
                print(*rows[-1], f"{time.process_time() - clock:.0f} s", flush=True)


if __name__ == "__main__":
    main()
