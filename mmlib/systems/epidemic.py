"""One epidemic in a closed population: the law of Kermack and McKendrick, with a latent period, and chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import lambertw

from mmlib import _input
from mmlib.systems.base import Model, at_time

__all__ = ["Epidemic"]


@dataclass(frozen=True)
class Epidemic(Model):
    r"""Susceptible $S$, exposed $E$ and infectious $I$, shares of a population, with $D$ the mean period of infectiousness and $L$ of latency:

    $\dot S = -R_0 S I / D$, $\dot E = R_0 S I / D - E / L$, $\dot I = E / L - I / D$ (Kermack and McKendrick 1927,
    doi:10.1098/rspa.1927.0118; with $L = 0$ there is no $E$).

    All mix with all, and nobody is immune at first. The defaults are the posterior means for influenza in a boarding school, 1978, of
    Grinsztajn et al. 2021 (doi:10.1002/sim.9164), whose law has $L = 0$; `persons` and `infected` are what is told there.

    >>> flu = Epidemic()
    >>> round(float(flu.final_size), 3), round(float(flu.growth), 2)
    (0.954, 1.19)
    """

    R0: float = 3.22  # cases that one case causes among susceptibles alone [1]
    period: float = 1.86  # mean time during which a case infects, D [day]
    latent: float = 0.0  # mean time before that, L [day]
    persons: float = 763.0  # size of the population [1]
    infected: float = 1.0  # infectious persons at the start [1]

    names = ("susceptible", "exposed", "infectious")
    units = dict.fromkeys((*names, "R0", "persons", "infected"), "1") | dict.fromkeys(("t", "period", "latent"), "day")
    may_be_zero = ("latent",)

    def __post_init__(self):
        super().__post_init__()
        if np.any(np.greater(self.infected, self.persons)):
            raise ValueError(
                f"expected at most as many infected as persons; got {self.infected} of {self.persons}. Are they swapped?"
            )

    @property
    def start(self):
        """Shares (3,) at the start."""
        share = self.infected / self.persons
        return np.array([1 - share, 0.0, share])

    @property
    def growth(self):
        """Rate of exponential growth at first [1/day], the larger root of $(1 + r L)(1 + r D) = R_0$."""
        L, D, over = self.latent, self.period, self.R0 - 1
        return 2 * over / (L + D + np.sqrt((L - D) ** 2 + 4 * L * D * self.R0))

    @property
    def final_size(self):
        """Share that falls ill in the end after a small start, the root of $1 - z = e^{-R_0 z}$; 0 if R0 is at most 1."""
        if np.ndim(self.R0):
            raise ValueError(
                "expected R0 as one number; got an array. Ask one model at a time: Epidemic(R0=value).final_size."
            )
        if self.R0 <= 1:
            return 0.0
        return 1 + float(np.real(lambertw(-self.R0 * np.exp(-self.R0)))) / self.R0

    def rhs(self, t, y=None):
        """Rates (3, …) per day at the shares y (3, …); ``rhs(y)`` is the same."""
        s, e, i = at_time(t, y)
        new = self.R0 * s * i / self.period
        end = new if self.latent == 0 else e / self.latent
        return np.array([-new, new - end, end - i / self.period])

    def draw(self, rng, outbreaks: int, days: int, *, steps: int = 20):
        """Draw outbreaks person by person (chain binomial): new cases of each day and infectious persons at its start.

        Within a step of 1 / `steps` day each susceptible falls ill with probability $1 - e^{-R_0 I / (N D)\\,dt}$, each exposed and each
        infectious person moves on with probability $1 - e^{-dt/L}$, $1 - e^{-dt/D}$.

        Parameters
        ----------
        rng : numpy.random.Generator
        outbreaks, days, steps : whole numbers of at least one.

        Returns
        -------
        new, present : arrays (outbreaks, days) of whole numbers.

        >>> new, present = Epidemic(infected=5.0).draw(np.random.default_rng(0), 3, 14)
        >>> new.shape, bool((new.sum(axis=1) < 763).all())
        ((3, 14), True)
        """
        rng, least = _input.generator(rng), "Expected outbreaks, days and steps of at least 1."
        outbreaks, days, steps = (
            _input.whole(v, name, least=1, most=1_000_000, remedy=least)
            for v, name in ((outbreaks, "outbreaks"), (days, "days"), (steps, "steps"))
        )
        people, sick = int(round(self.persons)), int(round(self.infected))
        s, e, i = np.full(outbreaks, people - sick), np.zeros(outbreaks, dtype=int), np.full(outbreaks, sick)
        new, present = np.zeros((2, outbreaks, days), dtype=int)
        dt = 1 / steps
        wake = 1.0 if self.latent == 0 else -np.expm1(-dt / self.latent)
        for day in range(days):
            present[:, day] = i
            for _ in range(steps):
                caught = rng.binomial(s, -np.expm1(-self.R0 * i / people / self.period * dt))
                over = rng.binomial(i, -np.expm1(-dt / self.period))
                ripe = rng.binomial(e + caught if self.latent == 0 else e, wake)
                s, e, i = s - caught, e + caught - ripe, i + ripe - over
                new[:, day] += caught
        return new, present
