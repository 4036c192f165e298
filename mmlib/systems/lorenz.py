"""Lorenz's convection cell: three equations, chaos, and the usual touchstone of identification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib.systems.base import Model

__all__ = ["Lorenz"]


@dataclass(frozen=True)
class Lorenz(Model):
    r"""$\dot x = \sigma(y - x)$, $\dot y = x(\rho - z) - y$, $\dot z = xy - \beta z$ (Lorenz 1963).

    Source: doi:10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2. All quantities are dimensionless.

    >>> Lorenz().divergence
    -13.666666666666666
    """

    sigma: float = 10.0  # Prandtl number [1]
    rho: float = 28.0  # Rayleigh number over its critical value [1]
    beta: float = 8 / 3  # shape of the convection cell [1]

    names = ("x", "y", "z")
    units = {"x": "1", "y": "1", "z": "1", "t": "1", "sigma": "1", "rho": "1", "beta": "1"}
    may_be_zero = ("sigma", "rho", "beta")

    def rhs(self, t, state):
        """Rates (3, …) at the state (3, …)."""
        x, y, z = state
        return np.array([self.sigma * (y - x), x * (self.rho - z) - y, x * y - self.beta * z])

    def jacobian(self, state):
        """Derivative of the rates at the state (3,): (3, 3)."""
        x, y, z = state
        return np.array([[-self.sigma, self.sigma, 0.0], [self.rho - z, -1.0, -x], [y, x, -self.beta]])

    @property
    def divergence(self):
        """Rate at which every volume of states shrinks; the same everywhere."""
        return -(self.sigma + 1 + self.beta)

    @property
    def equilibria(self):
        """(3, 3) the three steady states, one a row (for rho > 1)."""
        if np.any(np.less(self.rho, 1)):
            raise ValueError(
                f"expected rho of at least 1 for three steady states; got {self.rho}. Below, zero is the only one."
            )
        r = np.sqrt(self.beta * (self.rho - 1))
        return np.array([[0, 0, 0], [r, r, self.rho - 1], [-r, -r, self.rho - 1]])
