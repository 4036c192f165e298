"""The network of Daneker et al. 2023 trained from the published start and from random ones: mmlib/data/sbinn_starts.csv.

    python benchmarks/started_at_the_answer.py --iterations 40000 --random 2 --seed 0

About 15 ms for an iteration and a start on one core. The table is written anew at every thousandth iteration, so that an
interrupted run leaves what it has.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np
import torch

from mmlib import sbinn
from mmlib.systems.glucose_insulin import PARAMETERS, GlucoseInsulin, box, published_start

TABLE = Path(__file__).parents[1] / "mmlib/data/sbinn_starts.csv"
HEAD = """\
# what: seventeen parameters of the glucose-insulin model on their way through training by mmlib.sbinn, from the published start and from random ones
# source: benchmarks/started_at_the_answer.py --iterations {iterations} --random {random} --seed {seed} --every {every} (torch {torch}, one thread), after lu-group/sbinn (Daneker et al. 2023, doi:10.1007/978-1-0716-3008-2_4)
# units: iteration [1]; cpu_seconds [s] of all starts together; fit [mg/dl], rms of network minus readings; residual [1], weighted mean square of the equations; parameters as in mmlib/systems/glucose_insulin.py
# done to it: computed, nothing published; synthetic readings without noise; amounts in hundreds, as in their code of 2020 (their later file has them unscaled); their method with 10,000 iterations on the readings alone, then {iterations} planned (theirs: 1,000,000) with the equations asked for at every {every} min, every minute in the first and last 20 (theirs: every minute); the last row of each start is the last iteration reached
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=40_000)
    parser.add_argument("--warm-up", type=int, default=10_000)
    parser.add_argument("--random", type=int, default=2, help="number of random starts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--every", type=int, default=4, help="minutes between the times at which the equations are asked for"
    )
    parser.add_argument("--table", type=Path, default=TABLE)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    t = np.concatenate([[0], np.sort(rng.choice(np.arange(1, 1799), 360, replace=False)), [1799]]).astype(float)
    glucose = GlucoseInsulin().path(t).glucose
    starts = np.vstack([published_start(), rng.uniform(*box(), (given.random, 17))])
    names = ["published", *(f"random {i + 1}" for i in range(given.random))]
    rows, clock = [], time.process_time()

    def record(iteration, values, fit, residual):
        for name, p, f, r in zip(names, values, fit, residual, strict=True):
            seconds = f"{time.process_time() - clock:.0f}"
            rows.append([name, iteration, seconds, f"{f:.4g}", f"{r:.4g}", *(f"{x:.6g}" for x in p)])
        with given.table.open("w", newline="", encoding="utf-8") as file:
            file.write(HEAD.format(**vars(given), torch=torch.__version__))
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["start", "iteration", "cpu_seconds", "fit", "residual", *PARAMETERS])
            writer.writerows(rows)
        error = np.median(abs(values / GlucoseInsulin().values - 1), axis=1)
        print(
            iteration,
            f"{time.process_time() - clock:.0f} s",
            "fit",
            fit.round(3),
            "median error",
            error.round(4),
            flush=True,
        )

    sbinn.train(
        t,
        glucose,
        starts,
        seed=given.seed,
        iterations=given.iterations,
        warm_up=given.warm_up,
        every=given.every,
        log=1000,
        record=record,
    )


if __name__ == "__main__":
    main()
