"""Points drawn anew: uniformly, and where the residual is large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib import _input
from mmlib.pinn.backend import float64

__all__ = ["Resample", "uniform_points"]


def uniform_points(geometry, count, rng):
    """Points (count, dim) drawn uniformly from `rng` alone; NumPy's global generator is put back."""
    state = np.random.get_state()  # noqa: NPY002 (DeepXDE draws from the global generator)
    try:
        np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002
        with float64():
            return geometry.random_points(count, random="pseudo")
    finally:
        np.random.set_state(state)  # noqa: NPY002


@dataclass(frozen=True)
class Resample:
    """Residual-based adaptive sampling of collocation points (RAD: Wu et al. 2023, doi:10.1016/j.cma.2022.115671).

    Every `every` iterations the points of the equation are drawn anew from `candidates` uniform ones with probability
    proportional to |residual|^power / its mean + floor. Anchors, and the points of boundary, initial and data conditions, stay. A fit to
    fixed points can have a tiny loss and a shock in the wrong place, between them: resample where fronts are steep.
    """

    every: int = 10
    candidates: int = 10_000
    power: float = 1.0
    floor: float = 1.0

    def __post_init__(self):
        for name in ("every", "candidates"):
            value = _input.whole(getattr(self, name), name, least=1, remedy="Leave it out for the default.")
            object.__setattr__(self, name, value)  # 500.0 is 500
        power = _input.number(self.power, "a positive power, power", above=0, remedy="Leave it out for 1.")
        object.__setattr__(self, "power", power)
        object.__setattr__(self, "floor", _input.number(self.floor, "floor", least=0, remedy="Leave it out for 1."))

    def draw(self, problem, rng):
        """New points for the equation, as many as there are; anchors stay, and no point that is excluded comes."""
        pool = uniform_points(problem.data.geom, self.candidates, rng)
        anchors, barred = (getattr(problem.data, name, None) for name in ("anchors", "exclusions"))
        kept = np.empty((0, pool.shape[1])) if anchors is None else np.asarray(anchors, dtype=np.float64)
        if barred is not None:
            pool = pool[~np.array([any(np.allclose(x, y) for y in barred) for x in pool])]
        count = len(problem.points) - len(kept)
        size = problem.residual_size(pool) ** self.power
        chance = size / size.mean() + self.floor
        return np.concatenate([kept, pool[rng.choice(len(pool), count, replace=False, p=chance / chance.sum())]])
