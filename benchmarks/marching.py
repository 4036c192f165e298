"""The rival without training for equations in x and t: random sines and Newton's method, all of time at once or in windows."""

from __future__ import annotations

import numpy as np

from benchmarks.problem import joined, space_time
from mmlib.random_features import Condition, solve


def marching(equation, low, high, begin, edge, end=1.0):
    """seed -> fit of an equation in x and t on [low, high] x [0, end]; Newton's method begins at the first state."""

    def run(seed):
        points = space_time(np.linspace(low, high, 60), end * (np.arange(25) + 0.5) / 25)
        x, t = np.linspace(low, high, 120), np.linspace(0, end, 50)
        first, sides = np.c_[x, 0 * x], np.vstack([np.c_[0 * t + low, t], np.c_[0 * t + high, t]])
        conditions = [
            Condition(points, [(), (0,), (0, 0), (1,)], equation),
            Condition(first, [()], lambda u: u - begin(x), 10.0),
            Condition(sides, [()], lambda u: u - edge(sides), 10.0),
        ]
        return solve(conditions, features=400, start=lambda x: begin(x[:, 0]), rng=seed)

    return run


class InWindows:
    """Fits of windows in time as one fit: called alike, and as good as the worst of them."""

    def __init__(self, ends, parts):
        self.parts, self.sines, self.bandwidth = parts, parts[0].sines, parts[0].bandwidth
        self.steps = sum(part.steps for part in parts)
        self.verdict = min((part.verdict for part in parts), key=bool)
        self.at = joined([(end, lambda x, part=part: part(x)[:, None]) for end, part in zip(ends, parts, strict=True)])

    def __call__(self, x):
        return self.at(x)[:, 0]
