"""Where physics-informed networks stand: stock recipe, second-order training and a classical solver, side by side.

    python benchmarks/physics_informed.py                      all problems (hours)
    python benchmarks/physics_informed.py burgers lorenz       some of them
    python benchmarks/physics_informed.py --only ours --seeds 5 burgers

Each problem runs in this process, on one thread. Results are appended to `physics_informed.csv` (one row a run, with
device, versions and date) and `physics_informed_curves.csv` (error against CPU seconds); a run that is already stored is
not repeated unless `--again` is given. The page "Where physics-informed networks stand" reads both files.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import functools
import platform
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parent))
from problems import BENCHMARKS
from sines import SINES

from mmlib import pinn
from mmlib.pinn import dde

FOLDER = Path(__file__).parent
ROWS = ("problem", "method", "seed", "error", "cpu_seconds", "peak_mb", "note", "device", "versions", "date")
CURVES = ("problem", "method", "seed", "cpu_seconds", "error")
METHODS = ("stock", "ours", "first order", "random sines", "classical")


def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problems", nargs="*", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--only", choices=METHODS, action="append", help="one or several methods")
    parser.add_argument("--seeds", type=int, default=5, help="of our training")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--again", action="store_true", help="repeat what is stored, and replace it")
    options = parser.parse_args(arguments)
    for name in options.problems or BENCHMARKS:
        if name not in BENCHMARKS:
            parser.error(f"unknown problem {name!r}; there are {', '.join(BENCHMARKS)}.")
        for method in options.only or METHODS:
            for seed in range(options.seeds if method in ("ours", "random sines") else 1):
                run(name, method, seed, options)


def run(name, method, seed, options):
    """One run, stored when it is finished."""
    if method in ("stock", "first order") and BENCHMARKS[name].stock is None:
        return
    if method == "random sines" and name not in SINES:
        return
    device = device_name(options.device)
    key = {"problem": name, "method": method, "seed": str(seed), "device": device}
    if not options.again and any(key.items() <= row.items() for row in read("physics_informed.csv")):
        return
    forget_peak()
    start = time.process_time()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        error, seconds, note, curve = {
            "stock": stock,
            "ours": functools.partial(ours, device=options.device),
            "first order": functools.partial(ours, method="adam+lbfgs", device=options.device),
            "random sines": random_sines,
            "classical": classical,
        }[method](BENCHMARKS[name], name, seed)
    row = key | {
        "error": f"{error:.3e}",
        "cpu_seconds": f"{seconds:.3g}",
        "peak_mb": peak_mb(),
        "note": note,
        "versions": f"torch {torch.__version__}, DeepXDE {dde.__version__}, Python {platform.python_version()}",
        "date": datetime.date.today().isoformat(),
    }
    write("physics_informed.csv", ROWS, key, [row])
    short = {k: key[k] for k in ("problem", "method", "seed")}
    curve = [short | {"cpu_seconds": f"{s:.3g}", "error": f"{e:.3e}"} for s, e in thin(curve)]
    if options.device == "cpu":
        write("physics_informed_curves.csv", CURVES, short, curve)
    print(f"{name:17} {method:12} {seed} error {error:.2e} in {seconds:.1f} CPU s {note}", flush=True)
    print(f"{'':32}{time.process_time() - start:.0f} CPU s with evaluations, peak {row['peak_mb']} MB", flush=True)


# -- the methods


def stock(problem, name, seed):
    """DeepXDE's recipe through `dde.Model`, in its single precision."""
    dde.config.set_random_seed(seed)
    setup = problem.stock()
    model = dde.Model(setup.data, setup.net)
    curve, paused, start = [], 0.0, time.process_time()

    def note():
        nonlocal paused
        now = time.process_time()
        predict = lambda x: model.predict(np.asarray(x, dtype=dde.config.real(np)))  # noqa: E731
        curve.append((now - start - paused, float(problem.error(predict, parameters(setup)))))
        paused += time.process_time() - now

    class Watch(dde.callbacks.Callback):
        def on_epoch_end(self):
            if self.model.train_state.iteration % every == 0:
                note()

    variables = list(setup.variables.values())
    for optimizer, iterations in setup.recipe:
        if optimizer == "adam":
            every = max(1, iterations // 100)
            model.compile("adam", lr=1e-3, external_trainable_variables=variables, verbose=0)
            model.train(iterations=iterations, display_every=1000, callbacks=[Watch()], verbose=0)
        else:  # DeepXDE on PyTorch calls back once per 1,000 iterations of L-BFGS
            every = 1
            dde.optimizers.set_LBFGS_options(maxiter=iterations)
            model.compile("L-BFGS", external_trainable_variables=variables, verbose=0)
            model.train(display_every=1000, callbacks=[Watch()], verbose=0)
        note()
    return curve[-1][1], curve[-1][0], f"capped: {setup.capped}" if setup.capped else "", curve


def ours(problem, name, seed, method="gauss-newton", device="cpu"):
    """`mmlib.pinn.fit` on our formulation; with method "adam+lbfgs", the stock optimizer on the same formulation."""
    with pinn.float64():
        setup = problem.ours(seed)
    watch = {"reference": lambda predict: problem.error(predict, parameters(setup))}
    net, curve, spent = setup.net, [], 0.0
    for number, stage in enumerate(setup.stages):
        stage = dict(stage)
        if method == "adam+lbfgs":
            stage.pop("resample", None)
            stage["iterations"] = FIRST_ORDER_ITERATIONS[name]
            if number < len(setup.stages) - 1:
                stage["iterations"] //= 5
        fit = pinn.fit(
            setup.data,
            net,
            method=method,
            seed=seed if number == 0 else None,
            variables=setup.variables,
            device=device,
            **(watch | stage),
        )
        fit.load_variables()  # the next stage goes on from here
        net = fit.model.net
        curve += [(spent + s, e) for s, e in zip(fit.history["cpu_seconds"], fit.history["error"], strict=True)]
        spent += fit.cpu_seconds
    note = ", ".join(f"{k} = {v:.6g}" for k, v in parameters(setup).items())
    return curve[-1][1], curve[-1][0], note, curve


# Iterations of Adam + L-BFGS on our formulation that take at least about as long as our training.
FIRST_ORDER_ITERATIONS = {
    "burgers": 6000,
    "allen_cahn": 7000,
    "schrodinger": 1500,
    "reaction": 3000,
    "lorenz": 6000,
    "l_shape": 1500,
    "helmholtz": 2000,
    "fisher": 6000,
    "pharmacokinetics": 4000,
    "glycolysis": 2500,
}


def random_sines(problem, name, seed):
    """No training: `mmlib.random_features`, its bandwidth chosen by itself, the choice counted."""
    start = time.process_time()
    fit = SINES[name](seed)
    spent = time.process_time() - start
    error = problem.error(lambda x: fit(x)[:, None], None)
    note = f"{fit.verdict.status}; {len(fit.sines.b)} sines, bandwidth {fit.bandwidth:g}, {fit.steps} steps"
    return error, spent, note, [(spent, error)]


def classical(problem, name, seed):
    """The first resolution of the classical solver whose error is no larger than the median of ours."""
    mine = [float(r["error"]) for r in read("physics_informed.csv") if r["problem"] == name and r["method"] == "ours"]
    if not mine:
        raise SystemExit(f"{name}: run our training first; the classical solver is asked for the same error.")
    curve = []
    for label, solve in problem.classical():
        for _ in range(2):  # a quick one is timed again, with its caches filled
            start = time.process_time()
            error = solve()
            spent = time.process_time() - start
            if spent > 5:
                break
        curve.append((spent, error))
        if error <= 1.05 * max(np.median(mine), mine[0]):  # with noise the readings are those of our first seed
            return error, curve[-1][0], label, curve
    return curve[-1][1], curve[-1][0], f"{label}; less accurate than ours", curve


def parameters(setup):
    """Present values of the unknown parameters, by name."""
    raw = {k: float(v.detach()) for k, v in setup.variables.items()}
    return setup.values(raw) if setup.values else raw


# -- machine and files


def device_name(device):
    if device == "cuda":
        return torch.cuda.get_device_name()
    try:
        models = [line.split(":")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
        return f"{models[0].strip()}, one thread"
    except (OSError, IndexError):
        return f"{platform.processor() or platform.machine()}, one thread"


def forget_peak():
    """Let the peak of the memory count from here (Linux only)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def peak_mb():
    try:
        status = Path("/proc/self/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024
    except OSError:
        return ""


def thin(curve, most=60):
    """At most so many points, evenly spread over the logarithm of time, the last one kept."""
    curve = [(s, e) for s, e in curve if s > 0 and np.isfinite(e)]
    if len(curve) <= most:
        return curve
    seconds = np.array([s for s, _ in curve])
    wanted = np.geomspace(seconds[0], seconds[-1], most)
    return [curve[i] for i in sorted({int(np.abs(seconds - w).argmin()) for w in wanted} | {len(curve) - 1})]


def read(name):
    path = FOLDER / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name, columns, key, rows):
    """Replace the rows with this key by new ones."""
    with FileLock(Path(tempfile.gettempdir()) / f"mmlib-{name}.lock"):  # two problems may run side by side
        kept = [r for r in read(name) if not key.items() <= r.items()]
        part = (FOLDER / name).with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, columns, lineterminator="\n")
            table.writeheader()
            table.writerows(kept + rows)
        part.replace(FOLDER / name)


if __name__ == "__main__":
    main()
