"""Pulsatile flow in a straight rigid tube, exactly: profile, wall shear and pressure gradient from one flow curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import jv

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["Womersley"]


@dataclass(frozen=True)
class Womersley(Model):
    r"""Fully developed flow along a rigid tube, $\rho w_t = G(t) + \mu (w_{rr} + w_r / r)$, $w = 0$ at the wall.

    Womersley 1955 (doi:10.1113/jphysiol.1955.sp005276). The flow is given by the harmonics of its mean velocity. Radius
    and fluid are those of `mmlib.systems.artery.Artery`.

    >>> steady = Womersley(mean_velocity=(0.2,))
    >>> steady.velocity(np.array([0.0, 3e-3]), 0.0).round(12), round(float(steady.wall_shear(0.0)[0]), 6)
    (array([[0.4, 0. ]]), 1.066667)
    """

    mean_velocity: tuple = (
        0.23,
    )  # complex amplitudes u_k: mean velocity is Re sum_k u_k exp(2 pi i k t / period) [m/s]
    radius: float = 3.0e-3  # [m]
    density: float = 1060.0  # [kg/m^3]
    viscosity: float = 4.0e-3  # [Pa s]
    period: float = 1.1  # [s]

    units = {
        "r": "m", "t": "s", "mean_velocity": "m/s", "radius": "m", "density": "kg/m^3", "viscosity": "Pa s", "period": "s",
    }  # fmt: skip
    unchecked = ("mean_velocity",)

    def __post_init__(self):
        given = np.asarray(self.mean_velocity)
        if given.ndim != 1 or not given.size or given.dtype.kind not in "iufc" or not np.isfinite(given).all():
            raise ValueError(
                f"expected mean_velocity (K,), finite, from k = 0 on; got {self.mean_velocity!r}. A steady flow? Pass (0.2,)."
            )
        super().__post_init__()

    def alpha(self, k=1):
        """Womersley number of harmonic k: radius over the depth to which the wall is felt.

        >>> round(float(Womersley().alpha()), 1)
        3.7
        """
        return self.radius * np.sqrt(2 * np.pi * k / self.period * self.density / self.viscosity)

    def modes(self, r):
        """For each harmonic of unit mean velocity: profile at r (n,) [1], wall shear [Pa s/m], gradient -p_x [Pa s/m^2].

        Complex arrays (K, n), (K,), (K,).
        """
        r = np.atleast_1d(_input.array(r, "r", "any"))
        if (r < 0).any() or (r > self.radius * (1 + 1e-9)).any():
            raise ValueError(f"expected 0 <= r <= {self.radius} m; got {r.min()} to {r.max()}. Is r in metres?")
        y = r / self.radius
        profile = [2 * (1 - y**2) + 0j]
        shear = [4 * self.viscosity / self.radius + 0j]
        gradient = [8 * self.viscosity / self.radius**2 + 0j]
        for k in range(1, len(self.mean_velocity)):
            z = self.alpha(k) * np.exp(-0.25j * np.pi)  # z^2 = -i alpha^2
            share = 2 * jv(1, z) / (z * jv(0, z))
            profile.append((1 - jv(0, z * y) / jv(0, z)) / (1 - share))
            shear.append(-self.viscosity * z / self.radius * jv(1, z) / jv(0, z) / (1 - share))
            gradient.append(2j * np.pi * k / self.period * self.density / (1 - share))
        return np.array(profile), np.array(shear), np.array(gradient)

    def _turn(self, t):
        k = np.arange(len(self.mean_velocity))
        return np.asarray(self.mean_velocity) * np.exp(
            2j * np.pi * np.outer(np.atleast_1d(_input.array(t, "t", "any")), k) / self.period
        )

    def velocity(self, r, t):
        """Velocity [m/s] at times t and radii r: (times, n)."""
        return (self._turn(t) @ self.modes(r)[0]).real

    def wall_shear(self, t):
        """Shear stress that the wall feels [Pa] at times t."""
        return (self._turn(t) @ self.modes(0.0)[1]).real

    def pressure_gradient(self, t):
        """Driving gradient G = -p_x [Pa/m] at times t."""
        return (self._turn(t) @ self.modes(0.0)[2]).real
