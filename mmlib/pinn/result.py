"""`Fit`: what training gives back, and its verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from mmlib import _input
from mmlib.optim import Verdict
from mmlib.pinn.backend import dde, float64

__all__ = ["Fit", "Try", "best", "predict"]


class Try(NamedTuple):
    """One draw of the weights that `fit` trained."""

    seed: int | None  # of the draw
    status: str  # of its verdict
    fresh: float  # residual at points drawn anew, relative to that of the zero function
    cpu_seconds: float


@dataclass
class Fit:
    """A trained network. `model` is the `dde.Model`, compiled, to go on with DeepXDE's own manual."""

    model: dde.Model
    method: str
    parameters: dict  # name -> value of each variable
    history: (
        dict  # arrays: iteration, loss, cpu_seconds, damping, error (with a reference), one per condition, "variable k"
    )
    verdict: Verdict  # converged, stalled, not finite, out of steps or not determined; with reason and remedy
    message: str  # why the optimiser ended
    names: list = field(repr=False)  # of the conditions, in DeepXDE's order
    points: np.ndarray = field(repr=False)  # collocation points of the equation at the end
    rows: int = 0  # of the least-squares problem
    batch: int | None = None  # of them that a step was made from; None: all
    unknowns: int = 0  # weights and variables
    trained: float = np.nan  # residual at the points of training, relative to that of the zero function
    fresh: float = np.nan  # the same at points drawn anew: what to believe
    weights: np.ndarray | None = field(default=None, repr=False)  # of the conditions, in the order of `names`
    seed: int | None = None  # that drew these weights
    tries: list = field(
        default_factory=list, repr=False
    )  # a `Try` for each draw, in order, where there were several seeds
    variables: dict = field(default_factory=dict, repr=False)  # the caller's, which keep the values they had

    @property
    def converged(self):
        """Has the fit converged? See `verdict` for the reason, and for what to do if not."""
        return self.verdict.converged

    @property
    def loss(self):
        """Weighted loss at the end."""
        return float(self.history["loss"][-1])

    @property
    def cpu_seconds(self):
        """CPU seconds of training, all tries together, without the evaluations against the reference."""
        if self.tries:
            return float(sum(t.cpu_seconds for t in self.tries))
        return float(self.history["cpu_seconds"][-1])

    @property
    def error(self):
        """Error against the reference at the end (None without a reference)."""
        return float(self.history["error"][-1]) if "error" in self.history else None

    def predict(self, x):
        """Network output (n, outputs) at points x (n, dim), in double precision."""
        x = _input.array(x, "x", f"(n, {self.points.shape[1]})")
        return predict(self.model.net, x)

    def load_variables(self):
        """Write the fitted values into the caller's variables, to go on from them (`fit` itself leaves them as they were).

        Equations look at the variables they were written with, so call this before `fit.model.train`, or before a further
        `pinn.fit(data, fit.model.net, variables=...)`.
        """
        for name, variable in self.variables.items():
            value = torch.as_tensor(self.parameters[name], dtype=torch.float64, device=variable.device)
            variable.data = value.reshape(variable.shape).clone()

    def __repr__(self):
        verdict = self.verdict
        parts = [
            f"{self.method}: {'' if verdict else 'NOT converged, '}{verdict.status} ({verdict.reason})",
            f"loss {self.loss:.2e} after {int(self.history['iteration'][-1])} iterations, {self.cpu_seconds:.1f} CPU s",
            f"{self.rows} rows{'' if self.batch is None else f' ({self.batch} at a time)'}, {self.unknowns} unknowns; residual {self.fresh:.1e} of the zero function's at fresh points, "
            f"{self.trained:.1e} at trained ones",
            "mean squares: " + ", ".join(f"{n} {self.history[n][-1]:.1e}" for n in self.names),
        ]
        if len(self.tries) > 1:
            kept = [t.seed for t in self.tries].index(self.seed) + 1
            ended = ", ".join(f"{t.status} at {t.fresh:.1e}" for t in self.tries)
            parts.append(f"draw {kept} of {len(self.tries)} is kept ({ended})")
        if self.error is not None:
            parts.append(f"relative L2 error {self.error:.2e}")
        if self.parameters:
            parts.append(
                ", ".join(f"{k} = {np.array2string(np.asarray(v), precision=6)}" for k, v in self.parameters.items())
            )
        if not verdict:
            parts.append(verdict.remedy)
        return "Fit(" + "; ".join(parts) + ")"


def best(tries):
    """The fit that is kept, which knows of the others."""

    def order(fit):
        return not fit.converged, fit.fresh if np.isfinite(fit.fresh) else np.inf

    best = min(tries, key=order)
    best.tries = [Try(f.seed, f.verdict.status, f.fresh, float(f.history["cpu_seconds"][-1])) for f in tries]
    return best


def predict(net, x):
    """Outputs of a network at the points x (n, dim), in double precision and evaluation mode."""
    device = next(net.parameters()).device
    training = net.training
    net.eval()
    with torch.no_grad(), float64(), torch.device(device):
        y = net(torch.tensor(np.asarray(x, dtype=np.float64), device=device)).cpu().numpy()
    net.train(training)
    return y
