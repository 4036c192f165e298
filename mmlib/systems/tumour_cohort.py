"""A cohort of treated tumours: growth, a drug effect that wears off, and patients who differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["Patients", "TumourCohort"]


class Patients(NamedTuple):
    """What makes each of n patients different; every field has shape (n,)."""

    size: np.ndarray  # sum of longest diameters at the start of treatment [mm]
    growth: np.ndarray  # k_L [1/week]
    kill: np.ndarray  # k_D at the start of treatment [1/week]
    fading: np.ndarray  # lambda, rate at which the drug effect fades [1/week]
    switch: np.ndarray  # time at which the drug stops working altogether [week]; inf: never


@dataclass(frozen=True)
class TumourCohort(Model):
    r"""Tumour growth inhibition, $\dot y = (k_L - k_D e^{-\lambda t})\, y$ (Claret et al. 2009, doi:10.1200/JCO.2008.21.0807).

    `y` is the sum of longest diameters of the target lesions [mm], `t` the time since treatment began [week]. Rates
    vary between patients log-normally. Medians: fluorouracil in colorectal cancer, $k_D$ = 0.058 per gram and week at
    a mean dose of 0.956 gram a week. They were read in a public teaching exercise after the article, not in the
    article itself: realistic, not exact. That exercise states spreads of 0.75, 0.73 and 0.67 for the logarithms of
    the three rates; carried to a whole year they grow one tumour in fifteen beyond 400 mm, so ours are smaller.

    The error of one reading is 0.07 of the size: two observers who measure the sum of several lesions agree within
    19.5 % (95 % limits, Yoon et al. 2016, doi:10.1016/j.ejca.2015.10.014), which is 1.96 times the square root of two
    times 0.07.

    With `resistance` each patient's drug fails completely at a random time: the kill rate is zero from then on
    (illustrative). A model without that switch is then a wrong one.

    >>> cohort = TumourCohort()
    >>> cohort.log_change(cohort.typical(), [0, 16, 52]).round(2)
    array([[ 0.  , -0.41, -0.39]])
    """

    size: float = 80.0  # median size at the start [mm]; illustrative
    growth: float = 0.015  # median k_L [1/week]
    kill: float = 0.0555  # median k_D [1/week]
    fading: float = 0.042  # median lambda [1/week]
    size_sd: float = 0.4  # standard deviations of the logarithms [1]; illustrative, as are the next three
    growth_sd: float = 0.5
    kill_sd: float = 0.5
    fading_sd: float = 0.5
    error: float = 0.07  # standard deviation of a measured log size [1]
    resistance: float | None = None  # mean time to complete resistance [week]; None: never

    units = {
        "size": "mm", "growth": "1/week", "kill": "1/week", "fading": "1/week", "t": "week", "size_sd": "1", "growth_sd": "1",
        "kill_sd": "1", "fading_sd": "1", "error": "1", "resistance": "week",
    }  # fmt: skip
    may_be_zero = ("size_sd", "growth_sd", "kill_sd", "fading_sd", "error")  # spreads of logarithms

    @property
    def unchecked(self):
        """`resistance` where there is none."""
        return ("resistance",) if self.resistance is None else ()

    def typical(self) -> Patients:
        """The one patient with every rate at its median, who never becomes resistant."""
        return Patients(*(np.array([v]) for v in (self.size, self.growth, self.kill, self.fading, np.inf)))

    def draw(self, n: int, *, rng: np.random.Generator) -> Patients:
        """Draw n patients.

        Raises
        ------
        ValueError : n is not a positive whole number.

        >>> TumourCohort().draw(3, rng=np.random.default_rng(0)).growth.shape
        (3,)
        """
        n = _input.whole(n, "n, a positive number of patients,", least=1, remedy="Draw at least one.")
        rng = _input.generator(rng)
        z = rng.standard_normal((4, int(n)))
        medians = (self.size, self.growth, self.kill, self.fading)
        spreads = (self.size_sd, self.growth_sd, self.kill_sd, self.fading_sd)
        rates = (m * np.exp(s * zi) for m, s, zi in zip(medians, spreads, z, strict=True))
        wait = rng.exponential(size=int(n))  # drawn in any case, so that both cohorts share their patients
        return Patients(*rates, np.full(int(n), np.inf) if self.resistance is None else self.resistance * wait)

    def log_change(self, patients: Patients, t) -> np.ndarray:
        r"""$\ln(y(t) / y(0))$ of every patient, in closed form: (n, times).

        Raises
        ------
        ValueError : a time is negative or not finite.
        """
        t = np.atleast_1d(_input.numbers(t, "t"))
        if not isinstance(patients, Patients):
            raise TypeError(
                f"expected patients as `draw` returns them; got {_input.shown(patients)}. Pass cohort.draw(n, rng=rng)."
            )
        if t.ndim != 1 or not np.isfinite(t).all() or (t < 0).any():
            raise ValueError(f"expected times (m,) in weeks, finite and not negative; got {t}. Treatment starts at 0.")
        _, growth, kill, fading, switch = (np.asarray(p, dtype=float)[:, None] for p in patients)
        treated = np.minimum(t, switch)
        return growth * t - kill * -np.expm1(-fading * treated) / fading

    def measure(self, patients: Patients, t, *, rng: np.random.Generator) -> np.ndarray:
        """Sizes [mm] read from images at times t [week], with log-normal error: (n, times).

        >>> cohort = TumourCohort(error=0.0)
        >>> cohort.measure(cohort.typical(), [0.0], rng=np.random.default_rng(0))
        array([[80.]])
        """
        clean = np.log(patients.size)[:, None] + self.log_change(patients, t)
        return np.exp(clean + self.error * rng.standard_normal(clean.shape))
