"""What `fit` records after each iteration, and the line that it writes meanwhile."""

from __future__ import annotations

import sys
import time

import numpy as np

from mmlib.pinn.result import predict

__all__ = ["Log"]


class Log:
    """What is recorded after each iteration. The clock stands still while the reference is compared."""

    def __init__(self, problem, net, error, progress, iterations):
        self.problem, self.net, self.error, self.progress = problem, net, error, progress
        self.iterations = iterations
        self.history = {k: [] for k in ("iteration", "loss", "cpu_seconds", "damping", *problem.names)}
        self.history |= {f"variable {name}": [] for name in problem.variables}
        if error is not None:
            self.history["error"] = []
        self.paused, self.start, self.shown = 0.0, time.process_time(), 0.0
        self(0, (start := problem.losses())[1], start[0], np.nan)

    def __call__(self, iteration, loss, losses, damping=np.nan):
        now = time.process_time()
        row = {"iteration": iteration, "loss": loss, "cpu_seconds": now - self.start - self.paused, "damping": damping}
        row |= dict(zip(self.problem.names, losses, strict=True))
        for name, v in self.problem.variables.items():
            row[f"variable {name}"] = v.detach().cpu().numpy().copy() if v.numel() > 1 else v.item()
        if self.error is not None:
            row["error"] = float(self.error(lambda x: predict(self.net, x)))
        for key, value in row.items():
            self.history[key].append(value)
        self.theta = self.problem.get()
        if self.progress and time.monotonic() > self.shown + 1:
            self.shown = time.monotonic()
            error = f", error {row['error']:.1e}" if self.error is not None else ""
            text = f"\r{iteration}/{self.iterations} loss {loss:.2e}{error}, {row['cpu_seconds']:.0f} CPU s "
            print(text, end="", file=sys.stderr, flush=True)
        self.paused += time.process_time() - now
        return False
