"""Predator and prey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib.systems.base import Model

__all__ = ["LotkaVolterra"]


@dataclass(frozen=True)
class LotkaVolterra(Model):
    r"""$\dot h = \alpha h - \beta h l$, $\dot l = \delta h l - \gamma l$ (Lotka 1920, doi:10.1073/pnas.6.7.410).

    Defaults: posterior means for hare and lynx pelts 1900 to 1920 (Carpenter 2018, Stan case study), states in
    thousand pelts, time in years.

    >>> LotkaVolterra().equilibrium.round(1)
    array([33.3, 19.6])
    """

    alpha: float = 0.55  # growth rate of the hares [1/year]
    beta: float = 0.028  # hares lost for each lynx [1/(year thousand pelts)]
    gamma: float = 0.80  # death rate of the lynx [1/year]
    delta: float = 0.024  # lynx gained for each hare [1/(year thousand pelts)]

    names = ("h", "l")
    units = {
        "h": "thousand pelts", "l": "thousand pelts", "t": "year", "alpha": "1/year", "gamma": "1/year",
        "beta": "1/(year thousand pelts)", "delta": "1/(year thousand pelts)",
    }  # fmt: skip
    may_be_zero = ("alpha", "beta", "gamma", "delta")
    of_states = ("conserved",)

    def rhs(self, t, y):
        """Rates (2, …) at the state y (2, …)."""
        h, l = y
        return np.array([self.alpha * h - self.beta * h * l, self.delta * h * l - self.gamma * l])

    def jacobian(self, y):
        """Derivative of the rates at y (2,): (2, 2)."""
        h, l = y
        return np.array([[self.alpha - self.beta * l, -self.beta * h], [self.delta * l, self.delta * h - self.gamma]])

    @property
    def equilibrium(self):
        """The steady state at which both live, (gamma / delta, alpha / beta)."""
        if np.any(np.equal(self.delta, 0)) or np.any(np.equal(self.beta, 0)):
            raise ValueError(
                "expected delta and beta above zero for a state at which both live; got a zero. There is none."
            )
        return np.array([self.gamma / self.delta, self.alpha / self.beta])

    def conserved(self, y):
        """A quantity that never changes along an exact solution; y (2, …), positive."""
        h, l = y
        if np.any(np.less_equal(y, 0)):
            raise ValueError(
                "expected both animals above zero; got a state at zero or below, whose logarithm is none. Leave it out."
            )
        return self.delta * h - self.gamma * np.log(h) + self.beta * l - self.alpha * np.log(l)
