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

    With a `slope` $g$ both velocities change along x by the factor $s = 1 + g x$. Rays are then arcs of circles, and a front that
    starts at $p$ with velocity $s / q$ arrives at $T = \frac{q}{|g|} \operatorname{arcosh}\big(1 + \frac{g^2 r^2}{2 s(x) s(p)}\big)$, where
    $r = |x - p|$.

    >>> sheet = TwoFronts()
    >>> sheet.activation([[0.3, 0.4], [1.0, 1.0]]), sheet.velocity([[0.3, 0.4]])
    (array([0.5, 0. ]), array([1.]))
    >>> TwoFronts(slope=-0.5).activation([[0.6, 0.0]]).round(4)  # log(1 / 0.7) / 0.5
    array([0.7133])
    """

    ratio: float = 0.7  # slowness of the second front over that of the first
    slope: float = 0.0  # by which share velocity is larger at x = 1 than at x = 0; above -1
    millimetres: float = 60.0  # side of the sheet
    milliseconds: float = 100.0  # that the first front needs for one side, where it starts

    units = {"x": "side", "t": "side / speed", "ratio": "1", "slope": "1", "millimetres": "mm", "milliseconds": "ms"}
    any_sign = ("slope",)

    def __post_init__(self):
        super().__post_init__()
        if np.ndim(self.slope):
            raise ValueError(f"expected slope as one number; got {_input.shown(self.slope)}. Make one sheet for each.")
        if self.slope <= -1:
            raise ValueError(f"expected slope above -1; got {self.slope}. At -1 nothing is conducted at x = 1.")

    def _places(self, x):
        x = np.atleast_2d(_input.numbers(x, "x"))
        if not x.size or x.ndim != 2 or x.shape[1] != 2 or not np.isfinite(x).all():
            raise ValueError(f"expected x (n, 2), finite; got shape {x.shape}. One point a row.")
        _input.sized(x, "x")
        return x

    def _arrival(self, x, source, slowness):
        """Arrival time (n,) of one front, and its gradient (n, 2)."""
        away, g = x - source, self.slope
        r = np.hypot(*away.T)
        near, far = 1 + g * source[0], 1 + g * x[:, 0]
        if g == 0:
            return slowness * r, slowness * away / np.maximum(r, 1e-12)[:, None]
        z = g**2 * r**2 / (2 * near * far)
        by = g**2 / (2 * near) * (2 * away / far[:, None] - np.outer(r**2 / far**2, [g, 0]))
        return slowness * np.arccosh(1 + z) / abs(g), slowness * by / (
            abs(g) * np.sqrt(np.maximum(z * (z + 2), 1e-24))
        )[:, None]

    def arrivals(self, x):
        """Arrival times of the two fronts at x (n, 2): (n,) and (n,)."""
        x = self._places(x)
        return tuple(self._arrival(x, source, q)[0] for source, q in (((0, 0), 1.0), ((1, 1), self.ratio)))

    def activation(self, x):
        """Activation time T at x (n, 2): (n,)."""
        return np.minimum(*self.arrivals(x))

    def velocity(self, x):
        """Conduction velocity at x (n, 2): (n,); it jumps where the fronts meet."""
        first, second = self.arrivals(x)
        return np.where(first <= second, 1.0, 1 / self.ratio) * (1 + self.slope * self._places(x)[:, 0])

    def collision_distance(self, x):
        """Distance of x (n, 2) from the line where the fronts meet, to first order: (n,).

        >>> TwoFronts(ratio=1.0).collision_distance([[0.5, 0.5], [0.4, 0.4]]).round(3)
        array([0.   , 0.141])
        """
        x = self._places(x)
        (first, e1), (second, e2) = (
            self._arrival(x, np.array(source), q) for source, q in (((0, 0), 1.0), ((1, 1), self.ratio))
        )
        return abs(first - second) / np.maximum(np.linalg.norm(e1 - e2, axis=1), 1e-12)
