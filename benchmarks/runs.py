"""One run: on one thread, measured, and stored when it is finished."""

from __future__ import annotations

import datetime
import platform
import time
from pathlib import Path

import numpy as np
import scipy
import torch
from threadpoolctl import threadpool_limits

from benchmarks import store
from benchmarks.methods import METHODS, ON_DEVICE
from mmlib.pinn import dde
from mmlib.reproduce.drift import processor


def run(problem, name, method, seed, *, device="cpu", again=False, folder=store.FOLDER):
    """Run `problem` by `method` and append the row and its curve; nothing if it is stored from this device, unless `again`."""
    rows = store.read(store.RUNS, folder)
    key = {"problem": name, "method": method, "seed": str(seed), "device": device_name(device)}
    if not problem.has(method) or (not again and any(key.items() <= row.items() for row in rows)):
        return
    mine = [float(r["error"]) for r in store.newest(rows) if (r["problem"], r["method"]) == (name, "ours")]
    forget_peak()
    start = time.process_time()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        more = {"device": device} if method in ON_DEVICE else {}
        error, seconds, note, curve = METHODS[method](problem, seed, mine, **more)
    row = key | {
        "error": f"{error:.3e}",
        "cpu_seconds": f"{seconds:.3g}",
        "peak_mb": peak_mb(),
        "note": note,
        "versions": versions(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    store.append(store.RUNS, [row], folder)
    short = {k: row[k] for k in (*store.RUN, "date")}
    curve = [short | {"cpu_seconds": f"{s:.3g}", "error": f"{e:.3e}"} for s, e in store.thin(curve)]
    if device == "cpu":
        store.append(store.CURVES, curve, folder)
    print(f"{name:17} {method:12} {seed} error {error:.2e} in {seconds:.1f} CPU s {note}", flush=True)
    print(f"{'':32}{time.process_time() - start:.0f} CPU s with evaluations, peak {row['peak_mb']} MB", flush=True)


def versions():
    return (
        f"torch {torch.__version__}, DeepXDE {dde.__version__}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"Python {platform.python_version()}"
    )


def device_name(device):
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{processor()}, one thread"


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
