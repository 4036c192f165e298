"""The rival without training: forward problems of the benchmark by random sines and one least squares."""

from __future__ import annotations

import numpy as np
from problems import (
    FISHER_D,
    FISHER_R,
    L_CORNERS,
    NU,
    WAVE,
    fisher_wave,
    l_points,
    space_time,
)

from mmlib.random_features import Condition, corner, solve


def helmholtz(seed):
    """Source inside, zero at the edge; 800 sines on 900 points."""
    x = (np.arange(30) + 0.5) / 30
    points, s = space_time(x, x), np.linspace(0, 1, 40)
    edge = np.vstack([np.c_[s, 0 * s], np.c_[s, 0 * s + 1], np.c_[0 * s, s], np.c_[0 * s + 1, s]])
    source = WAVE**2 * np.sin(WAVE * points[:, 0]) * np.sin(WAVE * points[:, 1])
    inside = Condition(points, [(), (0, 0), (1, 1)], lambda u, xx, yy: -xx - yy - WAVE**2 * u - source)
    return solve([inside, Condition(edge, [()], lambda u: u)], features=800, rng=seed)


def l_shape(seed, corners=(1, 2, 4, 5)):
    """400 sines, and four functions of the corner: those with k = 3 and 6 are smooth."""
    s = (np.arange(60) + 0.5) / 60
    sides = [a + (b - a) * s for a, b in zip(L_CORNERS, L_CORNERS[1:] + L_CORNERS[:1], strict=True)]
    edge = np.column_stack([np.real(sides).ravel(), np.imag(sides).ravel()])
    inside = Condition(l_points(24), [(0, 0), (1, 1)], lambda xx, yy: xx + yy + 1)
    extra = [corner((0, 0), np.pi / 2, 3 * np.pi / 2, k) for k in corners]
    return solve([inside, Condition(edge, [()], lambda u: u)], features=400, extra=extra, rng=seed)


def marching(equation, low, high, begin, edge):
    """An equation in x and t on [low, high] x [0, 1] (Burgers: 0.99), all of time at once; Newton's method begins at the first state."""

    def run(seed, end=1.0):
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


burgers = marching(
    lambda u, ux, uxx, ut: ut + u * ux - NU * uxx, -1, 1, lambda x: -np.sin(np.pi * x), lambda x: np.zeros(len(x))
)
allen_cahn = marching(
    lambda u, ux, uxx, ut: ut - 1e-3 * uxx - 5 * (u - u**3),
    -1, 1, lambda x: x**2 * np.cos(np.pi * x), lambda x: -np.ones(len(x)),
)  # fmt: skip
fisher = marching(
    lambda u, ux, uxx, ut: ut - FISHER_D * uxx - FISHER_R * u * (1 - u),
    0, 1, lambda x: fisher_wave(np.c_[x, 0 * x])[:, 0], lambda x: fisher_wave(x)[:, 0],
)  # fmt: skip

SINES = {
    "helmholtz": helmholtz,
    "l_shape": l_shape,
    "burgers": lambda seed: burgers(seed, end=0.99),
    "allen_cahn": allen_cahn,
    "fisher": fisher,
}
