"""Schnakenberg's two morphogens: an activator that feeds on a substrate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["Schnakenberg"]


@dataclass(frozen=True)
class Schnakenberg(Model):
    r"""Trimolecular kinetics, $\dot u = a - u + u^2 v$, $\dot v = b - u^2 v$ (Schnakenberg 1979, doi:10.1016/0022-5193(79)90042-0).

    Concentrations and time are dimensionless. Default constants as in Wang, Huan and Garikipati 2019
    (doi:10.1016/j.cma.2019.07.007), who add diffusion with coefficients 1 and 40.

    >>> Schnakenberg().equilibrium
    array([1. , 0.9])
    """

    a: float = 0.1  # supply of the activator u [1]
    b: float = 0.9  # supply of the substrate v [1]

    names = ("u", "v")
    units = {"u": "1", "v": "1", "t": "1", "a": "1", "b": "1"}
    may_be_zero = ("a", "b")

    def rhs(self, t, y):
        """Rates (2, …) at the state y (2, …)."""
        u, v = y
        return np.array([self.a - u + u**2 * v, self.b - u**2 * v])

    def jacobian(self, y):
        """Derivative of the rates at y (2,): (2, 2)."""
        u, v = y
        return np.array([[-1 + 2 * u * v, u**2], [-2 * u * v, -(u**2)]])

    @property
    def equilibrium(self):
        """The only steady state, (a + b, b / (a + b)^2)."""
        return np.array([self.a + self.b, self.b / (self.a + self.b) ** 2])

    def growth_rate(self, k, D_u, D_v):
        """Growth rate [1/time] of a small wave of wavenumber k [rad/length] once u and v diffuse (Turing 1952, doi:10.1098/rstb.1952.0012).

        >>> bool(Schnakenberg().growth_rate(0.0, 1.0, 40.0) < 0 < Schnakenberg().growth_rate(0.4, 1.0, 40.0))
        True
        """
        k = _input.array(k, "k", "any")
        D_u, D_v = (
            _input.number(v, f"{name}, a diffusion coefficient,", least=0) for v, name in ((D_u, "D_u"), (D_v, "D_v"))
        )
        diffusion = np.zeros((*k.shape, 2, 2))
        diffusion[..., 0, 0], diffusion[..., 1, 1] = D_u * k**2, D_v * k**2
        return np.linalg.eigvals(self.jacobian(self.equilibrium) - diffusion).real.max(axis=-1)
