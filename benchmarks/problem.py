"""What a problem of the benchmark is made of, and measures that several share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


@dataclass
class Setup:
    """A DeepXDE problem, its network, and how to train it."""

    data: object
    net: object
    variables: dict = field(default_factory=dict)  # name -> dde.Variable
    values: Callable | None = None  # variables -> physical parameters, where they are not the same
    recipe: tuple = ()  # stock: ("adam", iterations) and ("L-BFGS", most iterations)
    capped: str = ""  # why the stock recipe was not run to its end
    stages: tuple = ()  # ours: keyword arguments of pinn.fit, one dict per stage
    until: float = np.inf  # ours: the end of a window in time, if this is one
    then: Callable | None = None  # ours: (predict, net) -> Setup of what comes next, which may go on from that net


class Published(NamedTuple):
    """A figure that others printed, and where it was read."""

    what: str
    error: float
    source: str


@dataclass
class Benchmark:
    """One problem: `title`, `error` and `ours` are needed, the rest is what it can be compared with.

    Attributes
    ----------
    title : as the page prints it.
    ours : seed -> Setup, what `mmlib.pinn.fit` trains.
    error : (predict, parameters) -> float, the measure for all methods. `predict` takes points (n, d) and gives (n, outputs).
    measure : what `error` measures.
    classical : () -> pairs (label, solve) of rising resolution; solve() gives the error.
    stock : () -> Setup, DeepXDE's recipe, in its precision.
    sines : seed -> `mmlib.random_features.Fit`.
    recipe_is : whose recipe `stock` is.
    first_order : iterations of Adam and L-BFGS on our formulation that take at least about as long as our training; 0: not run.
    published : figures of others, with their sources.
    """

    title: str
    ours: Callable[[int], Setup]
    error: Callable
    measure: str = "relative L2"
    classical: Callable | None = None
    stock: Callable[[], Setup] | None = None
    sines: Callable | None = None
    recipe_is: str = "DeepXDE's script"
    first_order: int = 0
    published: tuple[Published, ...] = ()

    def has(self, method: str) -> bool:
        """Is there anything to run by this method?"""
        needs = {"stock": "stock", "random sines": "sines", "classical": "classical", "first order": "first_order"}
        return method not in needs or bool(getattr(self, needs[method]))


def periodic_stock(domain, equation, begin, num_domain=2540, num_boundary=80, num_initial=160):
    """Points, network and optimizer of DeepXDE's scripts for Burgers' or Allen-Cahn's equation, for a periodic problem of which it has none."""
    from mmlib.pinn import dde

    conditions = [dde.icbc.PeriodicBC(domain, 0, everywhere, derivative_order=d) for d in (0, 1)]
    conditions += [dde.icbc.IC(domain, lambda x: begin(x[:, :1]), everywhere)]
    numbers = dict(num_domain=num_domain, num_boundary=num_boundary, num_initial=num_initial)
    data = dde.data.TimePDE(domain, equation, conditions, **numbers)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return Setup(data, net, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def everywhere(_, on):
    """DeepXDE's filter for the whole boundary (or the whole initial line)."""
    return on


def relative(got, true):
    """Relative L2 error."""
    return float(np.linalg.norm(np.ravel(got) - np.ravel(true)) / np.linalg.norm(true))


def space_time(x, t):
    """All points (x, t) of a grid as rows, time in the outer loop."""
    xx, tt = np.meshgrid(x, t)
    return np.stack([xx.ravel(), tt.ravel()], axis=1)


def worst(true):
    """Error of an inverse problem: the largest relative error of a parameter."""

    def error(_, parameters):
        return max(abs(parameters[k] / v - 1) for k, v in true.items())

    return error


def solution(exact, points):
    """Error of a forward problem whose solution is a formula: `exact` takes points (n, d), gives (n,) or (n, outputs)."""

    def error(predict, _):
        return relative(predict(points), exact(points))

    return error


def joined(windows):
    """One function of points (x, t) from windows in time, pairs (end, predict); after the last end its state stays."""
    last = windows[-1][0]

    def predict(x):
        x = np.array(x, dtype=np.float64)
        x[:, -1] = np.minimum(x[:, -1], last)
        which = np.searchsorted([end for end, _ in windows[:-1]], x[:, -1] - 1e-9)
        parts = [(which == k, one) for k, (_, one) in enumerate(windows)]
        found = [(here, one(x[here])) for here, one in parts if here.any()]
        values = np.empty((len(x), found[0][1].shape[1]))
        for here, value in found:
            values[here] = value
        return values

    return predict
