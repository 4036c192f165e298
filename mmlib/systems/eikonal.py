"""Activation of a tissue sheet by two wavefronts that collide: the exact map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["TwoFronts"]


@dataclass(frozen=True)
class TwoFronts(Model):
    r"""Activation times of a square sheet, $v\,|\nabla T| = 1$, from two corners with two conduction velocities.

    The benchmark of Sahli Costabal et al. 2020 (doi:10.3389/fphy.2020.00042),
    $T = \min(\sqrt{x^2 + y^2},\; 0.7 \sqrt{(x - 1)^2 + (y - 1)^2})$ on the unit square. Lengths are in units of the side,
    times in units of side / `speed`. With 60 mm and 100 ms, as `millimetres` and `milliseconds` have it, the two
    velocities are 0.6 and 0.86 m/s.

    >>> sheet = TwoFronts()
    >>> sheet.activation([[0.3, 0.4], [1.0, 1.0]]), sheet.velocity([[0.3, 0.4]])
    (array([0.5, 0. ]), array([1.]))
    """

    ratio: float = 0.7  # slowness of the second front over that of the first
    millimetres: float = 60.0  # side of the sheet
    milliseconds: float = 100.0  # that the first front needs for one side

    units = {"x": "side", "t": "side / speed", "ratio": "1", "millimetres": "mm", "milliseconds": "ms"}

    def arrivals(self, x):
        """Arrival times of the two fronts at x (n, 2): (n,) and (n,)."""
        x = np.atleast_2d(_input.numbers(x, "x"))
        if not x.size or x.ndim != 2 or x.shape[1] != 2 or not np.isfinite(x).all():
            raise ValueError(f"expected x (n, 2), finite; got shape {x.shape}. One point a row.")
        return np.hypot(x[:, 0], x[:, 1]), self.ratio * np.hypot(x[:, 0] - 1, x[:, 1] - 1)

    def activation(self, x):
        """Activation time T at x (n, 2): (n,)."""
        return np.minimum(*self.arrivals(x))

    def velocity(self, x):
        """Conduction velocity at x (n, 2): (n,); it jumps where the fronts meet."""
        first, second = self.arrivals(x)
        return np.where(first <= second, 1.0, 1 / self.ratio)

    def collision_distance(self, x):
        """Distance of x (n, 2) from the line where the fronts meet, to first order: (n,).

        >>> TwoFronts(ratio=1.0).collision_distance([[0.5, 0.5], [0.4, 0.4]]).round(3)
        array([0.   , 0.141])
        """
        x = np.atleast_2d(np.asarray(x, dtype=float))
        first, second = self.arrivals(x)
        e1 = x / np.maximum(first, 1e-12)[:, None]
        e2 = self.ratio**2 * (x - 1) / np.maximum(second, 1e-12)[:, None]
        return abs(first - second) / np.maximum(np.linalg.norm(e1 - e2, axis=1), 1e-12)
