"""What does a GPU buy? The same training, with the same seed, on the processor and on a GPU, in turn and in one call.

    python -m benchmarks.devices                          # all sizes, processor and GPU
    python -m benchmarks.devices --devices cpu --most 1   # a try on a machine without a GPU
    python -m benchmarks.devices --chapters               # then every chapter once on the GPU, judged

Jobs: a physics-informed network by Gauss and Newton's method from 200 weights to 20,000, five to a hundred copies of a small one by
`fit_many`, a Gaussian process with 200 to 1,500 readings, a recurrent network. Each job has a fixed number of iterations. It runs
`REPEATS` times on each device, in turn; the first time on each is left out, since it loads and compiles. Seconds are those of the
clock, with the GPU's work waited for: CPU seconds say nothing about a GPU. A row is appended to `benchmarks/devices.csv` as soon
as it is measured, and what stands there for this machine, version and job is not measured again: a call that was stopped is
resumed by the same call.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from benchmarks import store
from mmlib.reproduce.drift import processor

TABLE = Path(__file__).with_name("devices.csv")
COLUMNS = ("job", "size", "device", "machine", "repeats", "seconds", "fastest", "result", "torch", "mmlib", "date")
REPEATS = 3

Job = Callable[[str], float]  # trains on a device, returns a number that should not depend on it


def heat(width: int, depth: int, rows: int):
    """The heat equation on a line, and a network for it."""
    from mmlib.pinn import dde

    dde.config.set_random_seed(0)  # the same points each time
    space = dde.geometry.Interval(0, 1)
    domain = dde.geometry.GeometryXTime(space, dde.geometry.TimeDomain(0, 1))

    def equation(x, u):
        return dde.grad.jacobian(u, x, i=0, j=1) - 0.1 * dde.grad.hessian(u, x, i=0, j=0)

    def start(x):
        return np.sin(np.pi * x[:, :1])

    conditions = [
        dde.icbc.DirichletBC(domain, lambda x: 0 * x[:, :1], lambda _, on: on),
        dde.icbc.IC(domain, start, lambda _, on: on),
    ]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=rows, num_boundary=rows // 10, num_initial=rows // 10,
        train_distribution="Hammersley",
    )  # fmt: skip
    return data, dde.nn.FNN([2, *[width] * depth, 1], "tanh", "Glorot normal")


def pinn_job(width: int, depth: int, rows: int) -> Job:
    """Forty iterations of Gauss and Newton's method; the result is the logarithm of the loss."""

    def run(device: str) -> float:
        from mmlib import pinn

        data, net = heat(width, depth, rows)
        return float(np.log10(pinn.fit(data, net, iterations=40, seed=0, device=device).loss))

    return run


def copies_job(copies: int) -> Job:
    """Sixty iterations of so many copies; the result is the median of the logarithms of their losses."""

    def run(device: str) -> float:
        from mmlib import pinn

        data, net = heat(12, 2, 300)
        fits = pinn.fit_many(data, net, seeds=range(copies), iterations=60, device=device)
        return float(np.median([np.log10(fit.loss) for fit in fits]))

    return run


def process_job(points: int) -> Job:
    """A Gaussian process with so many readings; the result is its noise."""

    def run(device: str) -> float:
        from mmlib import gp

        rng = np.random.default_rng(0)
        x = rng.uniform(-2, 2, (points, 3))
        y = np.sin(2 * x[:, 0]) * np.cos(x[:, 1]) + 0.3 * x[:, 2] + 0.1 * rng.standard_normal(points)
        return float(np.mean(gp.regress(x, y, restarts=1, seed=0, device=device).predict(x[:50])[0]))

    return run


def sequences_job(width: int) -> Job:
    """A recurrent network of so many units on 500 series; the result is its last loss."""

    class Reader(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = torch.nn.GRU(4, width, batch_first=True)
            self.out = torch.nn.Linear(width, 1)

        def forward(self, x):
            seen, _ = self.cell(x)
            return self.out(seen), None  # outputs first, as torch's own recurrent layers

    def run(device: str) -> float:
        from mmlib import nets

        rng = np.random.default_rng(0)
        x = rng.standard_normal((500, 60, 4))
        y = np.cumsum(x[:, :, :1], axis=1) / 8
        net = nets.seeded(lambda: Reader().double(), 0)
        return float(nets.fit_sequences(net, x, y, seed=0, iterations=60, batch=100, device=device).loss[-1])

    return run


JOBS: dict[str, tuple[tuple[str, Job], ...]] = {
    "physics-informed network": (
        ("341 weights, 1,200 rows", pinn_job(12, 3, 1000)),
        ("1,951 weights, 6,000 rows", pinn_job(30, 3, 5000)),
        ("8,513 weights, 12,000 rows", pinn_job(64, 3, 10000)),
        ("20,501 weights, 12,000 rows", pinn_job(100, 3, 10000)),
    ),
    "copies of one network": tuple((f"{n} copies", copies_job(n)) for n in (5, 20, 100)),
    "Gaussian process": tuple((f"{n:,} readings", process_job(n)) for n in (200, 600, 1500)),
    "recurrent network": tuple((f"{n} units", sequences_job(n)) for n in (16, 128, 512)),
}


def name_of(device: str) -> str:
    """What the machine calls this device."""
    if device == "cuda":
        return f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    return f"{processor()}, {torch.get_num_threads()} threads"


def timed(job: Job, device: str) -> tuple[float, float]:
    """Seconds of the clock until all work is done, and the job's result."""
    start = time.perf_counter()
    result = job(device)
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, result


def compared(job: Job, devices: list[str]) -> Iterator[tuple[str, list[float], float]]:
    """(device, seconds of each repeat, result), the devices in turn."""
    seconds: dict[str, list[float]] = {device: [] for device in devices}
    results = {}
    for repeat in range(REPEATS + 1):
        for device in devices:
            spent, results[device] = timed(job, device)
            if repeat:  # the first one loads and compiles
                seconds[device].append(spent)
    for device in devices:
        yield device, seconds[device], results[device]


def measure(devices: list[str], most: int | None) -> None:
    """Every job that is not stored for these devices."""
    import mmlib

    for name, sizes in JOBS.items():
        for size, job in sizes[:most]:
            stored = {
                (r["job"], r["size"], r["machine"], r["torch"], r["mmlib"])
                for r in store.read(TABLE.name, TABLE.parent)
            }
            keys = [(name, size, name_of(device), torch.__version__, mmlib.__version__) for device in devices]
            if all(key in stored for key in keys):
                print(f"stored    {name}, {size}")
                continue
            for device, seconds, result in compared(job, devices):
                middle = f"{np.median(seconds):.2g}"
                print(f"{device:5}     {name}, {size}: {middle} s, result {result:.6g}", flush=True)
                row = {
                    "job": name, "size": size, "device": device, "machine": name_of(device), "repeats": len(seconds),
                    "seconds": middle, "fastest": f"{min(seconds):.2g}", "result": f"{result:.6g}",
                    "torch": torch.__version__, "mmlib": mmlib.__version__, "date": datetime.date.today().isoformat(),
                }  # fmt: skip
                store.append(TABLE.name, [row], TABLE.parent, COLUMNS)


def chapters() -> int:
    """Every chapter once on the GPU, seed 0, judged; what the store has is not executed again. Number of red ones."""
    from mmlib.reproduce.book import find_book

    red = 0
    for chapter in find_book().chapters():
        red += bool(subprocess.run([sys.executable, "-m", "mmlib.reproduce", chapter, "--device", "cuda"]).returncode)
    return red


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", nargs="+", choices=["cpu", "cuda"], default=["cpu", "cuda"])
    parser.add_argument("--most", type=int, help="so many sizes of each job, the smallest ones")
    parser.add_argument("--chapters", action="store_true", help="run every chapter on the GPU instead")
    options = parser.parse_args(arguments)
    if (options.chapters or "cuda" in options.devices) and not torch.cuda.is_available():
        print(
            "expected a GPU; got a machine on which torch.cuda.is_available() is False. Install PyTorch's build for CUDA, or "
            "measure the processor alone: --devices cpu."
        )
        return 2
    if options.chapters:
        return min(chapters(), 1)
    measure(options.devices, options.most)
    return 0


if __name__ == "__main__":
    sys.exit(main())
