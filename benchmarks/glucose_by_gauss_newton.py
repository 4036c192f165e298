"""The inverse problem of Daneker et al. 2023 by a physics-informed network trained to second order, from random starts.

    python benchmarks/glucose_by_gauss_newton.py --seeds 0 1 2 3 4

Writes mmlib/data/glucose_by_gauss_newton.csv, a row after each stage of training. About nine CPU minutes a start. What the
network is told is what `mmlib.sbinn` tells it: glucose at 362 times, all six states at both ends, the equations and the ranges.

    python benchmarks/glucose_by_gauss_newton.py --seeds 0 1 2 3 4 --method adam+lbfgs --times 20 \
        --table mmlib/data/glucose_by_adam_lbfgs.csv

is the control: the same network, points, starts, weights and stages, trained by Adam and then L-BFGS (two thirds of the iterations of
each stage are Adam's) with twenty times as many iterations. About three CPU minutes a start.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np
import torch

from mmlib import pinn
from mmlib.pinn import dde
from mmlib.systems.glucose_insulin import C3, MG_PER_DL, PARAMETERS, VG, VI, VP, GlucoseInsulin, box

TABLE = Path(__file__).parents[1] / "mmlib/data/glucose_by_gauss_newton.csv"
HEAD = """\
# what: seventeen parameters of the glucose-insulin model by a physics-informed network trained by {method}, from random starts; a row after each stage
# source: benchmarks/glucose_by_gauss_newton.py --seeds {seeds}{options} (torch {torch}, one thread)
# units: cpu_seconds [s] since the start; hold [1], weight that holds the parameters to their start; loss [1]; fit [mg/dl], rms of network minus readings; parameters as in mmlib/systems/glucose_insulin.py; stage 0 is the start
# done to it: computed, nothing published; synthetic readings ({noise:g} % noise); readings, starts and weights drawn from the seed
"""
SCALE = np.array([100.0, 100.0, 10_000.0, 100.0, 100.0, 100.0])  # of the six states
STAGES = ((60, 1e-2), (60, 1e-3), (60, 1e-4), (240, 0.0))  # iterations, weight that holds the parameters to their start
POINTS = np.sort(np.concatenate([np.arange(0.25, 1799, 3.0), np.linspace(0.1, 30, 60)]))[:, None]  # [min]
TIME = 20.0  # [min], unit of the residuals


def equations(unknown, truth):
    """Residuals of the six equations for DeepXDE; `unknown` gives the parameters by name."""

    def residuals(t, s):
        p = unknown()
        ip, ii, g, h1, h2, h3 = (s[:, i : i + 1] * SCALE[i] for i in range(6))
        f1 = p["Rm"] * torch.sigmoid(g / (VG * p["C1"]) - p["a1"])
        f2 = p["Ub"] * (1 - torch.exp(-g / (VG * p["C2"])))
        kappa = (1 / VI + 1 / (p["E"] * p["ti"])) / p["C4"]
        f3 = (p["U0"] + p["Um"] / (1 + (kappa * ii).clamp_min(1e-3) ** -p["beta"])) / (VG * C3)
        f4 = p["Rg"] * torch.sigmoid(p["alpha"] * (1 - h3 / (VP * p["C5"])))
        meals = sum((t >= at) * m * p["k"] * torch.exp(-p["k"] * (t - at).clamp_min(0)) for at, m in truth.meals)
        exchange = p["E"] * (ip / VP - ii / VI)
        rates = [f1 - exchange - ip / p["tp"], exchange - ii / p["ti"], f4 + meals - f2 - f3 * g]
        rates += [(ip - h1) / p["td"], (h1 - h2) / p["td"], (h2 - h3) / p["td"]]
        return [TIME * (dde.grad.jacobian(s, t, i=i) - r / SCALE[i]) for i, r in enumerate(rates)]

    return residuals


def network(truth):
    """Two layers of 28 tanh units on time, six sines and cosines, and what sets in with each meal; the known start is built in."""

    def features(t):
        columns = [t / 900 - 1, *(f(k * t / 100) for k in range(1, 7) for f in (torch.sin, torch.cos))]
        for at, _ in truth.meals:
            since = (t - at).clamp_min(0)  # the slope of glucose jumps at a meal
            columns += [1 - torch.exp(-since / 30), 1 - torch.exp(-since / 90)]
        return torch.cat(columns, dim=1)

    net = dde.nn.FNN([13 + 2 * len(truth.meals), 28, 28, 6], "tanh", "Glorot normal")
    net.apply_feature_transform(features)
    first = torch.as_tensor(np.array(truth.start) / SCALE)
    net.apply_output_transform(lambda t, out: first.to(t.dtype) + torch.tanh(t / 10) * out)
    return net


def search(seed, noise, record, method="gauss-newton", times=1):
    """One start: `record(stage, cpu_seconds, hold, loss, fit, values)` is called for the start and after each stage.

    `method` is one of `mmlib.pinn.fit`; it gets `times` as many iterations as `STAGES` says.
    """
    truth, rng, (low, high) = GlucoseInsulin(), np.random.default_rng(seed), box()
    t = np.concatenate([[0], np.sort(rng.choice(np.arange(1, 1799), 360, replace=False)), [1799]]).astype(float)
    states = truth.path(t).y
    middle, half = (low + high) / 2, (high - low) / 2
    start = np.arctanh((rng.uniform(low, high) - middle) / half)
    glucose = states[2] + noise / 100 * states[2].std() * rng.standard_normal(len(t))
    free = [dde.Variable(float(v)) for v in start]

    def values():
        return middle + half * np.tanh([v.item() for v in free])

    def unknown():
        return {name: m + h * torch.tanh(v) for name, m, h, v in zip(PARAMETERS, middle, half, free, strict=True)}

    def held(v, at):
        return lambda t, s, _: v - at + 0 * s[:, :1]

    last = states[:, -1] / SCALE
    conditions = [dde.icbc.PointSetBC(t[-1:, None], last[[i], None], component=i) for i in range(6)]
    conditions.append(dde.icbc.PointSetBC(t[:, None], glucose[:, None] / SCALE[2], component=2))
    for i, (v, at) in enumerate(zip(free, start, strict=True)):  # any one point: the condition is on the parameter
        conditions.append(dde.icbc.PointSetOperatorBC(np.array([[100.0 * i + 50]]), 0.0, held(v, at)))
    data = dde.data.PDE(
        dde.geometry.TimeDomain(0, t[-1]),
        equations(unknown, truth),
        conditions,
        num_domain=0,
        num_boundary=0,
        anchors=POINTS,
    )
    net, clock = network(truth), time.process_time()
    record(0, 0.0, STAGES[0][1], np.nan, np.nan, values())
    for stage, (iterations, hold) in enumerate(STAGES, start=1):
        fit = pinn.fit(
            data,
            net,
            variables=dict(zip(PARAMETERS, free, strict=True)),
            method=method,
            iterations=times * iterations,
            weights=[1] * 6 + [10] * 6 + [100] + [hold] * 17,
            seed=seed if stage == 1 else None,
        )
        fit.load_variables()  # the next stage goes on from here
        net = fit.model.net
        off = (fit.predict(t[:, None])[:, 2] * SCALE[2] - glucose) / MG_PER_DL
        record(stage, time.process_time() - clock, hold, fit.loss, np.sqrt(np.mean(off**2)), values())


def head(given):
    """The lines of comment on top of the table."""
    options = f" --noise {given.noise:g}" if given.noise else ""
    options += f" --method {given.method} --times {given.times}" if given.method != "gauss-newton" else ""
    method = {"gauss-newton": "Gauss-Newton", "adam+lbfgs": "Adam and then L-BFGS"}.get(given.method, given.method)
    seeds = " ".join(map(str, given.seeds))
    return HEAD.format(method=method, seeds=seeds, options=options, noise=given.noise, torch=torch.__version__)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--noise", type=float, default=0.0, help="per cent of the standard deviation of glucose")
    parser.add_argument("--method", default="gauss-newton", help="of mmlib.pinn.fit")
    parser.add_argument("--times", type=int, default=1, help="as many iterations as the stages have")
    parser.add_argument("--table", type=Path, default=TABLE)
    given = parser.parse_args()
    rows = []
    for seed in given.seeds:

        def record(stage, seconds, hold, loss, fit, values, seed=seed):
            rows.append(
                [seed, stage, f"{seconds:.0f}", f"{hold:g}", f"{loss:.3g}", f"{fit:.3g}", *(f"{v:.6g}" for v in values)]
            )
            with given.table.open("w", newline="", encoding="utf-8") as file:
                file.write(head(given))
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["seed", "stage", "cpu_seconds", "hold", "loss", "fit", *PARAMETERS])
                writer.writerows(rows)
            off = 100 * abs(values / GlucoseInsulin().values - 1)
            worst = PARAMETERS[off.argmax()]
            print(
                f"seed {seed}, stage {stage}, {seconds:.0f} s: loss {loss:.2e}, off by {np.median(off):.3g} % in the median, "
                f"{off.max():.3g} % at worst ({worst})",
                flush=True,
            )

        search(seed, given.noise, record, given.method, given.times)


if __name__ == "__main__":
    main()
