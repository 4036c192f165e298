"""A contact rate that drifts, followed on real counts, and forecasts of held-out days and weeks: mmlib/data/drift_forecasts.csv.

    python -m benchmarks.drift_on_real_counts            # ten seeds; rows that are there are kept
    python -m benchmarks.drift_on_real_counts --check    # one row again, against the stored one

Daily: SARS in Hong Kong (2003) and influenza in Baltimore (1918), seven days ahead; nobody has past epidemics of these. Weekly: visits
for influenza-like illness in the United States, four weeks ahead, each winter with those before it. The expected count is the
reproduction number R times the pressure of earlier counts (Cori et al. 2013); in weekly counts the pressure is the count of the week
before, so that R is the factor of growth in a week. All ways see the counts before a day, and nothing that came later.
"""

from __future__ import annotations

import argparse
import csv
import platform
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from scipy.special import gammaln
from scipy.stats import t
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

from benchmarks import store
from mmlib import data

TABLE = Path(__file__).parents[1] / "mmlib" / "data" / "drift_forecasts.csv"
HEAD = """\
# what: interval scores of forecasts of real counts: a reproduction number that drifts by a particle filter, a spline by least squares and a network, beside persistence and the mean of past epidemics
# source: benchmarks/drift_on_real_counts.py, {date}, numpy {numpy}, scikit-learn {sklearn}, Python {python}; seeds 0 to {last} where chance enters, one row with seed 0 where not
# units: score, mean over days ahead and forecasts of the 95 % interval score of log(1 + count) [1]; inside, counts inside of the interval [%]; width, of the interval in log(1 + count) [1]; forecasts [1]
# done to it: computed; counts of outbreaks.csv and flu_winters.csv
"""
COLUMNS = ["epidemic", "way", "seed", "score", "inside", "width", "forecasts"]
WALKS = np.array([0.0, 0.05, 0.1, 0.2, 0.4])  # standard deviation of a step of log R
SIZES = np.array([3.0, 10.0, 30.0, 100.0, 300.0, 3000.0])  # of the negative binomial: the noise of counts
PARTICLES, PATHS, FIRST = 500, 1000, 10  # of each setting; of a forecast; first day or week with a forecast
BEFORE = 8  # winters that are seen before the first one is scored


class Series:
    """Counts, the weights of their pressure, the expected log growth from the past (0: nobody knows it), days ahead."""

    def __init__(self, name, count, serial, ahead, level, growth=None):
        self.name, self.count, self.serial, self.ahead, self.level = name, count, serial, ahead, level
        self.growth = np.zeros(len(count)) if growth is None else growth
        self.pressure = self.weigh(count)

    def weigh(self, count):
        full = np.convolve(count, self.serial)[: len(count)]
        return full * np.exp(self.growth[: len(count)])

    def origins(self):
        return range(FIRST, len(self.count) - self.ahead + 1)

    def go_on(self, k, log_r):
        """Expected counts (ahead,) after the first k if log R (scalar) goes on."""
        y = list(self.count[:k])
        for h in range(k, k + self.ahead):
            past = np.array([*y, 0.0])[::-1][: len(self.serial)]
            y.append(np.exp(log_r + self.growth[h]) * (past @ self.serial[: len(past)]))
        return np.array(y[k:])


def filter_series(series, seed, evidence):
    """Forecast quantiles {k: (3, ahead)} of log(1 + count), and the evidence of each setting after the series.

    One filter for each size of the walk and of the noise; settings are weighed by how probable they made the counts so far.
    """
    rng = np.random.default_rng([seed, len(series.count), int(series.count.sum())])
    walk, size = (g.ravel()[:, None] for g in np.meshgrid(WALKS, SIZES))
    x = rng.normal(series.level, 0.5, (len(walk), PARTICLES))
    found, told = {}, evidence.copy()
    for k, (count, p) in enumerate(zip(series.count, series.pressure, strict=True)):
        if k in series.origins():
            found[k] = paths(series, k, x, walk, size, told, rng)
        x = x + walk * rng.normal(size=x.shape)
        if p <= 0:
            continue
        mu = np.exp(np.clip(x, -6, 4)) * p
        log_w = count * np.log(mu / (size + mu)) + size * np.log(size / (size + mu))
        log_w = log_w + constant(count, size)
        top = log_w.max(axis=1, keepdims=True)
        w = np.exp(log_w - top)
        told = told + top[:, 0] + np.log(w.mean(axis=1))
        step = (np.arange(PARTICLES) + rng.random((len(walk), 1))) / PARTICLES  # systematic resampling
        cdf = np.cumsum(w, axis=1) / w.sum(axis=1, keepdims=True)
        x = np.stack(
            [row[np.minimum(np.searchsorted(c, s), PARTICLES - 1)] for row, c, s in zip(x, cdf, step, strict=True)]
        )
    return found, told


def constant_r(series, seed, evidence):
    """The same without steps, (6,) evidence: log R on a grid instead of particles, which die out where nothing moves them."""
    rng = np.random.default_rng([seed, len(series.count), int(series.count.sum())])
    size, grid = SIZES[:, None], np.linspace(series.level - 4, series.level + 4, 801)
    weight = np.exp(-0.5 * ((grid - series.level) / 0.5) ** 2)
    log_w, found = np.tile(np.log(weight / weight.sum()), (len(SIZES), 1)), {}
    for k, (count, p) in enumerate(zip(series.count, series.pressure, strict=True)):
        if k in series.origins():
            told = evidence + np.logaddexp.reduce(log_w, axis=1)
            held = np.exp(log_w - np.logaddexp.reduce(log_w, axis=1, keepdims=True))
            x = np.stack([rng.choice(grid, PARTICLES, p=w / w.sum()) for w in held])
            found[k] = paths(series, k, x, 0 * size, size, told, rng)
        if p > 0:
            mu = np.exp(np.clip(grid, -6, 4)) * p
            log_w = log_w + count * np.log(mu / (size + mu)) + size * np.log(size / (size + mu)) + constant(count, size)
    return found, evidence + np.logaddexp.reduce(log_w, axis=1)


def constant(count, size):
    """log of Gamma(count + size) / (Gamma(size) count!), (settings, 1)."""
    return gammaln(count + size) - gammaln(size) - gammaln(count + 1)


def paths(series, k, x, walk, size, told, rng):
    """Quantiles 2.5, 50, 97.5 % (3, ahead) of log(1 + count) by paths drawn from all settings."""
    w = np.exp(told - told.max())
    own = rng.choice(len(w), PATHS, p=w / w.sum())
    at, walk, size = x[own, rng.integers(PARTICLES, size=PATHS)], walk[own, 0], size[own, 0]
    y = np.tile(series.count[:k], (PATHS, 1))
    for h in range(k, k + series.ahead):
        at = at + walk * rng.normal(size=PATHS)
        n = min(len(series.serial) - 1, y.shape[1])
        mu = np.exp(np.clip(at + series.growth[h], -6, 4)) * (y[:, ::-1][:, :n] @ series.serial[1 : n + 1]) + 1e-9
        y = np.column_stack([y, rng.poisson(np.minimum(rng.gamma(size, mu / size), 1e9))])
    return np.quantile(np.log1p(y[:, k:]), [0.025, 0.5, 0.975], axis=0)


def past_days(series, k):
    use = np.flatnonzero(series.pressure[:k] > 0.5)
    return use, series.count[use], series.pressure[use]


def spline(series, k, seed):
    """log R of the last day by a spline, weighted least squares of log(count / pressure)."""
    use, y, p = past_days(series, k)
    if len(use) < 5:
        return series.level
    knots = max(3, 2 + (use[-1] - use[0]) // (10 if series.ahead == 7 else 4))
    curve = make_pipeline(SplineTransformer(int(knots), extrapolation="constant"), Ridge(0.1))
    weight = p / (1 + p / 10)  # of the logarithm of a count with noise of size 10
    curve.fit(use[:, None], np.log((y + 0.5) / (p + 0.5)), ridge__sample_weight=weight / weight.mean())
    return float(curve.predict([[use[-1]]])[0])


def network(series, k, seed, alpha=0.01):
    """log R of the last day by eight units, Poisson errors; `alpha`: how strongly weights are held small."""
    use, y, p = past_days(series, k)
    if len(use) < 5:
        return series.level
    form = dict(hidden_layer_sizes=(8,), activation="tanh", alpha=alpha, loss="poisson", solver="lbfgs")
    net = MLPRegressor(**form, max_iter=300, random_state=seed)
    day = (use[:, None] - use.mean()) / use.std()
    net.fit(day, y / p, sample_weight=p / p.mean())
    return float(np.log(net.predict(day[-1:]))[0])


def smooth_network(series, k, seed):
    """The same with weights held a hundred times more strongly."""
    return network(series, k, seed, alpha=1.0)


def week(series, k, seed):
    """log R of the last seven days (daily) or three weeks by the formula of Cori et al. 2013."""
    own = slice(max(k - (7 if series.ahead == 7 else 3), 0), k)
    return float(np.log((1 + series.count[own].sum()) / (0.2 + series.pressure[own].sum())))


def persistence(series, k):
    """The last week goes on: the mean of seven days, or the last weekly count; (ahead,)."""
    return np.full(series.ahead, series.count[k - 7 : k].mean() if series.ahead == 7 else series.count[k - 1])


def score(low, high, z):
    """Interval score at 95 % (Gneiting & Raftery 2007), per day ahead."""
    return high - low + 40 * (np.maximum(low - z, 0) + np.maximum(z - high, 0))


def summed(name, way, seed, rows):
    """One line of the table from (low, high, z) of each forecast."""
    low, high, z = (np.array(v) for v in zip(*rows, strict=True))
    inside = 100 * ((low <= z) & (z <= high)).mean()
    return [name, way, seed, score(low, high, z).mean(), inside, (high - low).mean(), len(rows)]


def middles(series, seed, chance):
    """{way: {k: (ahead,)}} of log(1 + count): the rules that give one curve each."""
    rules = {"network": network, "network, smooth": smooth_network} if chance else {"spline": spline, "last R": week}
    found = {
        name: {k: np.log1p(series.go_on(k, r(series, k, seed))) for k in series.origins()} for name, r in rules.items()
    }
    if not chance and not series.growth.any():
        found["persistence"] = {k: np.log1p(persistence(series, k)) for k in series.origins()}
    return found


def spread(errors):
    """1.96 root mean squares, per day ahead, of the errors made so far; nan if none."""
    return 1.96 * np.sqrt(np.nanmean(np.array(errors) ** 2, axis=0))


def daily(name, seed):
    """Rows of one epidemic by day: intervals by the filter itself, the others' by the errors that they made before that day."""
    record = data.outbreak(name)
    series = Series(name, record.count, record.serial, 7, 0.7)
    z = np.log1p(series.count)
    none = np.zeros(len(WALKS) * len(SIZES))
    filtered, _ = filter_series(series, seed, none)
    still, _ = constant_r(series, seed, none[: len(SIZES)])
    judged = [k for k in series.origins() if k >= 20]
    rows = []
    for way, found in (("filter", filtered), ("filter, R constant", still)):
        rows.append(summed(name, way, seed, [(found[k][0], found[k][2], z[k : k + 7]) for k in judged]))
    rules = middles(series, seed, True) | {"filter, errors made": {k: q[1] for k, q in filtered.items()}}
    if seed == 0:
        rules |= middles(series, seed, False)
    for way, middle in rules.items():
        each = []
        for k in judged:
            made = [np.where(np.arange(j, j + 7) < k, z[j : j + 7] - middle[j], np.nan) for j in range(FIRST, k)]
            each.append((middle[k] - spread(made), middle[k] + spread(made), z[k : k + 7]))
        rows.append(summed(name, way, seed, each))
    return rows


def winters():
    table = data.read_table("flu_winters")
    year, visits = (np.array(table[c], float) for c in ("winter", "visits"))
    return {int(w): visits[year == w] for w in np.unique(year)}


def weekly(seed):
    """Rows of each winter; intervals by the errors that a way made in the winters before (the filter: also by itself)."""
    counts, rows, made = winters(), [], {}
    z = {w: np.log1p(y) for w, y in counts.items()}
    told = {plain: np.zeros(len(WALKS) * len(SIZES)) for plain in (True, False)}
    still = np.zeros(len(SIZES))
    for number, (winter, y) in enumerate(counts.items()):
        earlier = np.array([z[w] for w in counts if w < winter])
        line = np.array([0.0, 1.0])
        plain = Series(str(winter), y, line, 4, 0.0)
        found = {}
        filtered, told[True] = filter_series(plain, seed, told[True])
        unmoved, still = constant_r(plain, seed, still)
        found["filter, errors made"] = {k: q[1] for k, q in filtered.items()}
        found |= middles(plain, seed, True)
        if seed == 0:
            found |= middles(plain, seed, False)
        own = {"filter": filtered, "filter, R constant": unmoved}
        if len(earlier) >= 2:
            mean = earlier.mean(axis=0)
            growth = np.concatenate([[0.0], np.diff(mean)])
            informed = Series(str(winter), y, line, 4, 0.0, growth)
            own["filter, told the past"], told[False] = filter_series(informed, seed, told[False])
            found["filter, told the past, errors made"] = {k: q[1] for k, q in own["filter, told the past"].items()}
            found |= {f"{n}, told the past": m for n, m in middles(informed, seed, True).items()}
            if seed == 0:
                found |= {f"{n}, told the past": m for n, m in middles(informed, seed, False).items()}
                found["last count and the past's change"] = {
                    k: z[winter][k - 1] + mean[k : k + 4] - mean[k - 1] for k in plain.origins()
                }
        if number >= BEFORE:
            at = z[winter]
            for way, q in own.items():
                rows.append(summed(winter, way, seed, [(q[k][0], q[k][2], at[k : k + 4]) for k in q]))
            for way, middle in found.items():
                wide = spread(made[way])
                each = [(middle[k] - wide, middle[k] + wide, at[k : k + 4]) for k in middle]
                rows.append(summed(winter, way, seed, each))
            if seed == 0:
                rows.append(summed(winter, "mean of past epidemics", 0, past(earlier, at, plain)))
        for way, middle in found.items():
            made.setdefault(way, []).extend(z[winter][k : k + 4] - m for k, m in middle.items())
    return rows


def past(earlier, at, series):
    """Mean of the past winters at that week, with their spread (Student's t)."""
    n = len(earlier)
    mean, wide = earlier.mean(axis=0), t.ppf(0.975, n - 1) * earlier.std(axis=0, ddof=1) * np.sqrt(1 + 1 / n)
    return [(mean[k : k + 4] - wide[k : k + 4], (mean + wide)[k : k + 4], at[k : k + 4]) for k in series.origins()]


def written(line):
    return [str(line[0]), line[1], str(line[2]), *(f"{v:.4f}" for v in line[3:6]), str(line[6])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--check", action="store_true", help="Baltimore with seed 0 again, against the stored rows")
    given = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)  # what the iterations reach is what is judged
    rows = store.commented(TABLE)
    if given.check:
        for line in map(written, daily("Baltimore 1918", 0)):
            was = next(row for row in rows if row[:3] == line[:3])
            assert abs(float(was[3]) - float(line[3])) < 0.02 * float(was[3]), (was, line)
        print("the stored rows come out again")
        return
    clock = time.process_time()
    for seed in range(given.seeds):
        for name, run in (("Hong Kong 2003", daily), ("Baltimore 1918", daily), ("2018", None)):
            if any(row[0] == name and row[2] == str(seed) for row in rows):
                continue
            rows += map(written, run(name, seed) if run else weekly(seed))
            head = dict(date=time.strftime("%Y-%m-%d"), numpy=np.__version__, sklearn=sklearn.__version__)
            head |= dict(python=platform.python_version(), last=given.seeds - 1)
            with TABLE.open("w", newline="", encoding="utf-8") as file:
                file.write(HEAD.format(**head))
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows([COLUMNS, *rows])
            print(seed, name, f"{time.process_time() - clock:.0f} s", flush=True)


if __name__ == "__main__":
    main()
