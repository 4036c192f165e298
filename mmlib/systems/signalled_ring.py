"""A ring of artery whose cells decide how fast it grows: each layer stretches its cells, the cells make receptors by chance, the receptors signal.

Mechanics and growth are those of `mmlib.systems.growing_ring` (radii in mm, pressures in kPa, weeks; Rodriguez, Hoger and McCulloch 1994,
doi:10.1016/0021-9290(94)90021-3). Receptors of a cell come in bursts and are lost one by
one; times in the cell are days. A signal is a function of the number of receptors over the number N that a cell has under normal load.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input, gillespie
from mmlib.systems import growing_ring as ring

__all__ = ["BURST", "STEP", "Cells", "Grown", "grow"]

BURST = 3.0  # mean number of receptors that one burst makes
STEP = 0.1  # of growth [week]
WEEK = 7.0  # [day]
LAYERS = 8


class Grown(NamedTuple):
    """What `grow` returns."""

    thickness: np.ndarray  # (rings, steps + 1) [mm]
    load: np.ndarray  # (rings, steps + 1, layers) circumferential stress over its mean in the normal ring


def grow(signal, rate, weeks, pressure, *, rings=1, layers=LAYERS, feedback=True) -> Grown:
    r"""Rings that thicken by $\dot g = k\,(s(x) - 1)$ in each layer, with x the circumferential stress over its mean in the normal ring.

    Parameters
    ----------
    signal : function of x (rings, layers) that returns s (rings, layers), the mean signal of the cells of a layer over one step of 0.1 week, in units
        of what it is under normal load. It is called once a step, in order, so that it may keep cells. rate : k [1/week].
    weeks : how long, a multiple of 0.1. pressure : function of a time [week] [kPa].
    feedback : False keeps the stresses of the first step for ever: growth is then without feedback from mechanics.

    Raises
    ------
    ValueError : times off the steps, signals of another shape.

    >>> grown = grow(lambda x: x, 0.08, 12, lambda t: 18.6)
    >>> grown.thickness[0, [0, -1]].round(3)
    array([0.328, 0.437])
    """
    signal = _input.function(signal, "signal", "(stress) that returns as many, x (rings, layers),")
    feedback = _input.flag(feedback, "feedback")
    rate, weeks = _input.number(rate, "rate", above=0), _input.number(weeks, "weeks", above=0)
    rings, layers = _input.whole(rings, "rings", least=1), _input.whole(layers, "layers", least=1)
    _input.steps(weeks, STEP, "steps")
    steps = round(weeks / STEP)
    if abs(steps * STEP - weeks) > 1e-9:
        raise ValueError(f"expected weeks a multiple of {STEP}; got {weeks}. Round it.")
    rest, phi0 = np.linspace(*ring.WALL, layers + 1), ring.scales()[0]
    g, thickness, load, start = np.ones((rings, layers)), [], [], None
    for i in range(steps + 1):
        P = float(pressure(i * STEP))
        r = ring.inflate(g, P, start=start)
        start = r[:, 0] ** 2
        x = ring.drivers_of(r, np.full(rings, P), rest=rest, shear=np.full((rings, 1), ring.SHEAR))[:, 0] / phi0
        thickness.append(r[:, -1] - r[:, 0])
        load.append(x)
        if i < steps:
            s = _input.given(signal(x if feedback else load[0]), "signal(x)")
            if s.shape != x.shape or not np.isfinite(s).all():
                raise ValueError(
                    f"expected a signal of shape {x.shape}, finite; got {s.shape}. One value a ring and layer."
                )
            g = np.maximum(g + STEP * rate * (s - 1), 0.05)
    return Grown(np.stack(thickness, axis=1), np.stack(load, axis=1))


class Cells:
    r"""Cells in every layer of every ring, to be called by `grow`: exact chance, step by step.

    Receptors enter in bursts of mean size B at rate $N x / (B \tau)$ and leave one by one at rate $n / \tau$: under a steady load x the number is negative
    binomial with mean $N x$ and variance $N x (1 + B)$.

    Parameters
    ----------
    response : signal of a cell at a number of receptors over N, function of an array. number : N. count : cells in each layer.
    turnover : tau [day]. reference : signal that stands for one. rng : numpy Generator. burst : B.
    start : load under which the cells have lived until now.

    Raises
    ------
    ValueError : numbers of other kinds, named.

    >>> cells = Cells(lambda y: y, 40, 50, reference=1.0, rng=np.random.default_rng(0))
    >>> cells(np.ones((2, 8))).shape
    (2, 8)
    """

    def __init__(self, response, number, count, *, reference, rng, turnover=1.0, burst=BURST, start=1.0):
        self.response = _input.function(response, "response", "receptors over N")
        self.number = _input.number(number, "number", above=0)
        self.count = _input.whole(count, "count", least=1)
        self.reference = _input.number(reference, "reference", above=0)
        self.turnover, self.burst = (
            _input.number(v, k, above=0) for v, k in ((turnover, "turnover"), (burst, "burst"))
        )
        self.rng, self.start = _input.generator(rng), _input.number(start, "start", above=0)
        self.state, self.events = None, 0

    def __call__(self, x):
        """Mean signal (rings, layers) over one step under the load x (rings, layers), in units of the reference."""
        x = _input.array(x, "x", "(rings, layers)", positive=True)
        if self.state is None:
            shape = self.number * self.start / self.burst
            self.state = self.rng.negative_binomial(shape, 1 / (1 + self.burst), (x.size * self.count, 1)).astype(float)
        made = np.repeat(self.number * x.ravel() / (self.burst * self.turnover), self.count)
        rates = lambda n, which: np.stack([made[which], n[:, 0] / self.turnover], axis=1)  # noqa: E731
        seen = lambda n: self.response(n[:, 0] / self.number)  # noqa: E731
        path = gillespie.simulate(
            rates, [[1], [-1]], self.state, [0.0, STEP * WEEK], rng=self.rng, burst=[self.burst, 0.0], observe=seen
        )
        self.state, self.events = path.state[:, -1], self.events + path.events
        return path.mean[:, 0].reshape(*x.shape, self.count).mean(axis=2) / self.reference
