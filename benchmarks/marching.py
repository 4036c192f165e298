"""The rival without training for equations in x and t: random sines and Newton's method, all of time at once."""

from __future__ import annotations

import numpy as np

from benchmarks.problem import space_time
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
