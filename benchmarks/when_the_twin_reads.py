"""The next datum inside the loop of a twin: who chooses when nine readings of a day are taken, and what it is worth.

    python -m benchmarks.when_the_twin_reads              writes mmlib/data/twin_readings.csv, seeds that are missing
    python -m benchmarks.when_the_twin_reads --check 0    runs one seed again and compares it with the table

Synthetic. Each seed has 12 patients to tune and 50 to treat, a test of each, a twin from it, and a day under `mmlib.closed_loop.TwinControl`,
as on the page *Can a twin steer its patient?*; but the sensor is read nine times a day instead of 288 times. Every arm has the same patients,
meals, errors of the sensor, and number of readings, and its knobs are the best of the same twelve settings on the same twelve others.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import store
from mmlib import data, twin
from mmlib.closed_loop import PLANNED, READ_SD, SENSOR_SD, STEP, TOP, TwinControl
from mmlib.systems.diabetes import cohort
from mmlib.virtual_trial import choose, run, some_day, tested, tune

TABLE = Path(__file__).parents[1] / "mmlib/data/twin_readings.csv"
STEPS, BUDGET, FARTHEST = 288, 9, 60  # of 5 minutes; readings a day; steps that a choice looks ahead
BEYOND = 24  # steps after a reading whose glucose counts
MEALS = (12, 78, 150)
FIELDS = "family,seed,arm,in_range,below,score,constant,constant_spread,glucose,readings,cpu_seconds".split(",")
HEAD = """\
# what: days of 50 synthetic patients under their twins with nine readings a day, by who chooses the times; a row a seed, family of patients and arm
# source: benchmarks/when_the_twin_reads.py (numpy {numpy}, one thread, {date})
# units: in_range, below [% of the day], medians and means of 50; score, in range less four times below, median; constant [%], rms error of the day's sensitivity over that of the test at the day's end; constant_spread [%], the same about the median patient; glucose [mg/dl], rms error of the twin's glucose over the day, median; readings, mean number taken; cpu_seconds [s] with tuning
# done to it: computed, all synthetic; family hovorka: the patients' equations are not the twin's; family minimal: they are
"""


class Reader(TwinControl):
    """A twin that reads at given times, or chooses each next time by what it expects of its own uncertainty.

    `times` bool (steps, rows), or `aim`: "sensitivity" takes the time at which a reading is expected to lower the variance of log SI most,
    "glucose" the sum of the variances of glucose from then on; both from the covariances of the ensemble as it runs ahead under the plan, without
    knowing what will be read or eaten. `sign` -1 takes the worst time. A choice is made after each reading and at each meal.
    """

    def __init__(self, model, rng, *, times=None, aim=None, sign=1, look=None, **options):
        super().__init__(model, rng, **options)
        rows = len(self.u)
        self.times, self.aim, self.sign, self.look = times, aim, sign, look
        self.left, self.next = np.full(rows, BUDGET), np.full(rows, STEPS)
        self.read, self.seen = [], []

    def dose(self, k, sensor, carbs):
        self.reads = self.times[k] if self.aim is None else (self.next == k) & (self.left > 0)
        self.read.append(self.reads + np.zeros(len(self.u), dtype=bool))
        self.assimilate(k, sensor, carbs)
        if k % PLANNED == 0:
            model = replace(self.narrow, SI=np.exp(self.log_si.mean(axis=1))[:, None])
            at = self.y.mean(axis=2)

            def of(m, y):
                return y[6]

            self.guess = twin.plan(model, 0.0, at, of, self.basal, self.guess, top=TOP, **self.options)
            self.u = self.guess[:, 0]
        if self.aim is not None:
            self.left = self.left - self.reads
            again = (self.reads | (k == 0) | (np.asarray(carbs) > 0)) & (self.left > 0)
            if again.any():
                self.next[again] = k + self.ahead(k, np.flatnonzero(again))
        self.seen.append(self.y[6].mean(axis=1))
        self.carry(self.u)
        return self.u

    def ahead(self, k, rows):
        """(rows,) steps until the best time to read."""
        left, over = self.left[rows], STEPS - 1 - k  # so that the others still find a place
        most = np.minimum(np.minimum(2 * (over + 1) // left, FARTHEST), over - PLANNED * (left - 1))
        most = np.maximum(most, PLANNED)
        y, s = self.y[:, rows], self.log_si[rows]
        quarter = np.repeat(np.arange(len(twin.BLOCKS)), twin.BLOCKS)
        moves, worn = (np.broadcast_to(v, (len(self.u), 1))[rows] for v in (self.moves, self.worn))
        model, h, g, c = choose(self.model, rows), [], [], []
        model = twin.columns(model)
        for j in range(1, most.max() + BEYOND + 1):
            u = self.guess[rows, quarter[min((k % PLANNED + j - 1) // PLANNED, len(quarter) - 1)]]
            s = s + moves * self.look.standard_normal(s.shape)
            y = y.copy()
            y[8] += worn * self.look.standard_normal(s.shape)
            y = replace(model, SI=np.exp(s)).advance(0.0, y, STEP, u[:, None])
            if j % PLANNED == 0:
                h.append(y[7]), g.append(y[6]), c.append(s)
        h, g, c = (np.array(v) - np.mean(v, axis=2, keepdims=True) for v in (h, g, c))
        told = (h**2).mean(axis=2) + SENSOR_SD**2 + READ_SD**2
        if self.aim == "sensitivity":
            gain = (h * c).mean(axis=2) ** 2 / told
        else:
            cover = np.einsum("trm,srm->tsr", h, g) / h.shape[2]
            gain = np.array([(cover[t, t:] ** 2).sum(axis=0) for t in range(len(h))]) / told
        may = (np.arange(1, len(h) + 1) * PLANNED)[:, None] <= most
        return PLANNED * (1 + np.where(may, self.sign * gain, -np.inf).argmax(axis=0))


def fixed(kind, rows, rng):
    """Times (steps, rows) of the arms that nobody chooses, nine each."""
    out = np.zeros((STEPS, rows), dtype=bool)
    ninth = STEPS / BUDGET
    for r in range(rows):
        at = {
            "even": lambda: (np.arange(BUDGET) + 0.5) * ninth,
            "random": lambda: rng.choice(STEPS, BUDGET, replace=False),
            "random in ninths": lambda: (np.arange(BUDGET) + rng.random(BUDGET)) * ninth,
            "after meals": lambda: [m + after for m in MEALS for after in (9, 18, 30)],
            "diary": lambda: [*MEALS, *(m + 24 for m in MEALS), 198, 228, 258],
        }[kind]()
        out[np.array(at, dtype=int), r] = True
    return out


def settings(rng):
    """The twelve settings that every arm may try: ranges of the page."""

    def log(a, b):
        return np.exp(rng.uniform(np.log(a), np.log(b), 12))

    return {
        "effort": log(0.003, 0.1), "low": rng.uniform(2, 8, 12), "target": rng.uniform(100, 130, 12),
        "worn": log(0.05, 0.4), "spread": rng.uniform(0.1, 0.8, 12), "learns": log(0.005, 0.05),
    }  # fmt: skip


def family_of(name, rng):
    """(patients, basal, weight, twins) of 12 to tune and of 50 to treat."""
    at, out = data.glucose_tolerance().time, []
    for n in (12, 50):
        some = cohort(n, rng)
        basal = some.rest(110.0)[1]
        _, twins = tested(some, basal, some.weight, at, rng)
        if name == "minimal":
            weight, some = some.weight, replace(twins, Gb=np.full(n, 110.0))
            basal = some.clearance * some.Ib
            _, twins = tested(some, basal, weight, at, rng)
        out.append((some, basal, twins))
    return out


FIXED = ("even", "random", "random in ninths", "after meals", "diary")
CHOSEN = {
    "chosen, sensitivity": ("sensitivity", 1),
    "chosen, glucose": ("glucose", 1),
    "worst, glucose": ("glucose", -1),
}
ARMS = (*FIXED, *CHOSEN, "others' times", "all", "none")


def one(seed, family, done=()):
    """Rows of one seed and family, one after the other; arms that are done are left out."""

    def draw(*k):
        return np.random.default_rng([seed, family == "minimal", *k])

    (tuning, _, twins_t), (patients, _, twins) = family_of(family, draw(0))
    practice, day = some_day(tuning, draw(1)), some_day(patients, draw(2))

    def score(d):
        return d.in_range - 4 * d.below

    true = np.log(day.patients.scale if family == "hovorka" else day.patients.SI / patients.SI)
    knobs, kept = settings(draw(3)), {}
    leader, follower = "chosen, glucose", "others' times"

    def make(arm, model, which, stream, given):
        rng = draw(4, stream)
        if arm in CHOSEN:
            aim, sign = CHOSEN[arm]
            return Reader(model, rng, aim=aim, sign=sign, look=draw(5, stream), **given)
        n = which.max() + 1
        if arm == follower:
            times = np.roll(kept[leader], 1, axis=1)
        elif arm in ("all", "none"):
            times = np.full((STEPS, n), arm == "all")
        else:
            times = fixed(arm, n, draw(6, stream))
        return Reader(model, rng, times=times[:, which], **given)

    for arm in ARMS:
        if arm in done and not (arm == leader and follower not in done):
            continue
        clock = time.process_time()
        if arm != follower:

            def trial(which, s, arm=arm):
                return make(arm, choose(twins_t, which), which, 0, s)

            best = tune(trial, knobs, practice, score)[0]
            kept[arm, "best"] = best
        else:
            best = kept[leader, "best"]
        watcher = make(arm, twins, np.arange(50), 1, best)
        lived = run(day, watcher)
        kept[arm] = np.array(watcher.read)
        off = watcher.log_si.mean(axis=1) - np.log(twins.SI) - true
        states = np.sqrt(np.mean((np.array(watcher.seen) - lived.glucose[:-1]) ** 2, axis=0))
        values = [
            np.median(lived.in_range),
            lived.below.mean(),
            np.median(score(lived)),
            100 * np.sqrt(np.mean(off**2)),
        ]
        values += [100 * np.std(off), np.median(states), kept[arm].sum(axis=0).mean(), time.process_time() - clock]
        if arm not in done:
            yield [family, str(seed), arm, *(f"{v:.4g}" for v in values)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--family", choices=("hovorka", "minimal"), nargs="*", default=("hovorka", "minimal"))
    parser.add_argument("--check", type=int, default=None, help="run this seed again and compare")
    given = parser.parse_args()
    if given.check is not None:
        for family in given.family:
            was = [r[:-1] for r in store.commented(TABLE) if r[:2] == [family, str(given.check)]]
            same = [r[:-1] for r in one(given.check, family)] == was
            print(family, "as stored" if same else "differs from the table")
        return
    for seed in range(given.seeds):
        for family in given.family:
            done = {r[2] for r in store.commented(TABLE) if r[:2] == [family, str(seed)]}
            for row in one(seed, family, done) if len(done) < len(ARMS) else ():
                print(*row, flush=True)
                rows = sorted([*store.commented(TABLE), row], key=lambda r: (r[0], int(r[1])))
                with TABLE.open("w", newline="", encoding="utf-8") as file:
                    file.write(HEAD.format(numpy=np.__version__, date=time.strftime("%Y-%m-%d")))
                    csv.writer(file, lineterminator="\n").writerows([FIELDS, *rows])


if __name__ == "__main__":
    main()
