"""Polymerization of sickle haemoglobin by double nucleation: how long a deoxygenated solution waits before it gels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["MILLIMOLAR", "SickleHaemoglobin", "fetal", "log_crowding"]

MILLIMOLAR = 10 / 64.5  # of 1 g/dl: a tetramer weighs 64.5 kg/mol
AVOGADRO = 6.022e23  # 1/mol
GAS = 1.987e-3  # kcal/mol/K


def log_crowding(phi):
    """Logarithm of the activity coefficient of hard spheres that fill the share `phi` of the volume.

    Carnahan & Starling 1969 (doi:10.1063/1.1672048), integrated: (8 phi - 9 phi^2 + 3 phi^3) / (1 - phi)^3. Its expansion
    8 phi + 15 phi^2 + 24 phi^3 + ... is the virial series of hard spheres, which Ross and Minton used for haemoglobin.
    Works on NumPy arrays and on torch tensors.

    >>> round(log_crowding(0.18), 3)
    2.115
    """
    phi = phi if hasattr(phi, "detach") or isinstance(phi, float) else _input.numbers(phi, "phi")
    return (8 * phi - 9 * phi**2 + 3 * phi**3) / (1 - phi) ** 3


def _celsius(celsius):
    """Temperatures that blood can have."""
    found = _input.numbers(celsius, "celsius")
    if not (found < 100).all():
        raise ValueError(f"expected temperatures in degrees Celsius; got {found}. Kelvin? Take 273.15 away.")
    return found


def fetal(share):
    """Share of tetramers that can polymerize where `share` of the haemoglobin is fetal: both halves must be HbS.

    Neither HbF nor its hybrid with HbS enters the polymer (Steinberg et al. 2014, Blood 123:481); halves mix at random.

    >>> round(float(fetal(0.2)), 6)
    0.64
    """
    share = _input.numbers(share, "share")
    if not ((share >= 0) & (share <= 1)).all():
        raise ValueError(
            f"expected a share of fetal haemoglobin between 0 and 1; got {share}. Per cent? Divide by 100."
        )
    return (1 - share) ** 2


@dataclass(frozen=True)
class SickleHaemoglobin(Model):
    r"""Two rate equations for the fibres' number $p$ and the polymerized haemoglobin $m$ (both mM), after Ferrone et al. 1985
    (doi:10.1016/0022-2836(85)90174-4):

    $\dot p = f(S) + h(S)\,m$ (homogeneous, heterogeneous nucleation), $\dot m = J\,p$, $J = 2 (k_+ \gamma c - k_-)$,

    with the supersaturation $S = \gamma c / a_s$, $a_s = k_-/k_+$, and classical nucleation for both rates: a nucleus of
    $\xi / \ln S$ molecules gives a rate proportional to $S (\ln S)^\xi$. Fields are numbers or arrays that broadcast with
    the concentration. Of the constants, `k_plus`, `k_minus`, `heat` and the ranges of `nucleation` and `nucleus` were
    measured; `volume`, `branching` and `per_degree` are illustrative (`per_degree` is set so that one degree almost halves
    the delay, as Hofrichter et al. 1974 found).
    """

    volume: float = 0.79  # hard-sphere volume of haemoglobin [cm^3/g], illustrative; its partial volume is 0.74
    k_plus: float = 84.0  # molecules added to each end [1/mM/s] at 25 C (Aprelev et al. 2011)
    k_minus: float = 790.0  # molecules lost from each end [1/s] at 25 C (Aprelev et al. 2011)
    heat: float = 9.1  # activation energy of growth [kcal/mol] (Aprelev et al. 2011)
    per_degree: float = 0.083  # fall of ln a_s for one degree [1/K], between 20 and 30 C; illustrative
    nucleation: float = 1e7  # f at 23 g/dl, 25 C [1/cm^3/s]; Galkin & Vekilov 2004 measured 1e6 to 1e8
    nucleus: float = 11.5  # molecules in the nucleus at 23 g/dl, 25 C; Galkin & Vekilov 2004 found 11 or 12
    branching: float = 6e-9  # h at 23 g/dl, 25 C [1/s], illustrative: a delay of 18 minutes there
    log_s: float = 1.174  # ln S at 23 g/dl, 25 C, to which nucleation, nucleus and branching refer
    shrinks: float = 1.0  # 1: the nucleus shrinks like 1 / ln S (classical theory); 0: it keeps its size `nucleus`

    names = ("p", "m")
    units = {
        "p": "mM", "m": "mM", "c": "g/dl", "t": "s", "volume": "cm^3/g", "k_plus": "1/mM/s", "k_minus": "1/s",
        "heat": "kcal/mol", "per_degree": "1/K", "nucleation": "1/cm^3/s", "nucleus": "1", "branching": "1/s", "log_s": "1",
        "shrinks": "1",
    }  # fmt: skip
    may_be_zero = ("volume", "heat", "per_degree", "nucleation", "branching", "shrinks")

    def saturation(self, celsius=25.0):
        """Activity a_s at which fibres neither grow nor shrink [mM]."""
        return self.k_minus / self.k_plus * np.exp(-self.per_degree * (_celsius(celsius) - 25))

    def log_supersaturation(self, c, celsius=25.0, share=1.0, polymer=0.0):
        """ln S of a solution of `c` g/dl of which `share` can polymerize and `polymer` mM did; NaN where none is left."""
        total = _input.numbers(c, "c") * MILLIMOLAR
        with np.errstate(invalid="ignore", divide="ignore"):
            left = np.log(share * total - polymer)
        crowding = log_crowding(self.volume * (total - polymer) / MILLIMOLAR / 100)
        return crowding + left - np.log(self.saturation(celsius))

    def solubility(self, celsius=25.0):
        """Concentration that is in balance with fibres [g/dl], where all can polymerize: the root of ln S = 0.

        >>> round(float(SickleHaemoglobin().solubility()), 1)
        16.1
        """
        low, high = np.full_like(self.saturation(celsius) * self.volume, 0.1), 50.0
        for _ in range(60):
            middle = (low + high) / 2
            above = self.log_supersaturation(middle, celsius) > 0
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return (low + high) / 2

    def rates(self, log_s, celsius=25.0):
        """(f [mM/s], h [1/s], J [1/s]) at ln S; f and h are zero below saturation."""
        kelvin, log_s = _celsius(celsius) + 273.15, _input.numbers(log_s, "log_s")
        k_plus = self.k_plus * np.exp(self.heat / GAS * (1 / 298.15 - 1 / kelvin))
        up = np.maximum(log_s, 1e-12)
        size = self.shrinks * self.log_s * np.log(up / self.log_s) + (1 - self.shrinks) * (up - self.log_s)
        nuclei = np.exp(log_s - self.log_s + self.nucleus * size)
        J = 2 * k_plus * self.saturation(celsius) * np.expm1(log_s)
        return self.nucleation * 1e6 / AVOGADRO * nuclei, self.branching * nuclei, J

    def rhs(self, t, y, c=23.0, celsius=25.0, share=1.0):
        """d(p, m)/dt [mM/s] of y = (p, m) in mM at c [g/dl]; `share` is a number or a function of time."""
        p, m = y
        now = share(t) if callable(share) else share
        left = np.maximum(now * c * MILLIMOLAR - m, 1e-9)  # polymer does not dissolve to below nothing
        log_s = self.log_supersaturation(c, celsius, (left + m) / (c * MILLIMOLAR), m)
        f, h, J = self.rates(log_s, celsius)
        return np.stack([f + h * m, J * p])

    def plateau(self, c, celsius=25.0, share=1.0):
        """Polymerized haemoglobin at the end [mM]; zero for solutions that are not supersaturated."""
        total = _input.array(c, "c, concentrations in g/dl,", low=0, form="any") * MILLIMOLAR
        share = _input.numbers(share, "share")
        base = self.log_supersaturation(c, celsius, share) * self.volume * self.nucleation  # broadcasts all fields
        low, high = np.zeros_like(base), np.broadcast_to(share * total, base.shape)
        for _ in range(40):
            middle = (low + high) / 2
            above = self.log_supersaturation(c, celsius, share, middle) > 0
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return (low + high) / 2

    def progress(self, fraction, c, celsius=25.0, share=1.0, nodes=120):
        """Times [s] at which the reaction has gone to `fraction` (k,) of its end, by two integrals: (..., k).

        From dp/dm = (f + h m) / (J p) follows p^2/2 = int (f + h m) / J dm, and t = int dm / (J p). Nothing is stepped in
        time, so this is a second solver beside any integration of `rhs`. Infinite where nothing polymerizes.

        Parameters
        ----------
        fraction : (k,), between 0 and 1, increasing.
        c : concentration [g/dl]; celsius: 20 to 30; share: of tetramers that can polymerize. All broadcast.

        Raises ValueError for fractions outside (0, 1), temperatures outside 20 to 30 C, concentrations that are not positive.

        >>> round(float(SickleHaemoglobin().progress([0.1], 23.0)[0] / 60), 0)
        18.0
        """
        fraction = np.atleast_1d(_input.numbers(fraction, "fraction"))
        if fraction.ndim != 1 or not ((fraction > 0) & (fraction < 1)).all() or (np.diff(fraction) <= 0).any():
            raise ValueError(
                f"expected increasing fractions between 0 and 1, such as [0.1, 0.5]; got {fraction}. Per cent? Divide by 100."
            )
        c, celsius, share = self._solutions(c, celsius, share)
        nodes = _input.whole(nodes, "nodes", least=2)
        end = self.plateau(c, celsius, share)[..., None]
        wide = type(self)(**{k: np.asarray(v, dtype=float)[..., None] for k, v in vars(self).items()})
        s, last = np.linspace(0, 1, nodes + 1), fraction[-1]
        m, slope = end * last * s**2, 2 * end * last * s  # p rises like s, so that dt/ds is finite at the start
        log_s = wide.log_supersaturation(c[..., None], celsius[..., None], share[..., None], m)
        f, h, J = wide.rates(log_s, celsius[..., None])
        with np.errstate(divide="ignore", invalid="ignore"):
            half = _cumulative((f + h * m) / J * slope, s)
            later = slope[..., 1:] / (J[..., 1:] * np.sqrt(2 * half))
            start = np.sqrt(2 * end * last / (f[..., :1] * J[..., :1]))
            t = _cumulative(np.concatenate([start, later], axis=-1), s)
        t = np.concatenate([np.zeros_like(start), t], axis=-1)
        at = np.sqrt(fraction / last) * nodes
        left = np.minimum(at.astype(int), nodes - 1)
        times = t[..., left] + (t[..., left + 1] - t[..., left]) * (at - left)
        return np.where(end > 1e-9, times, np.inf)

    def delay(self, c, celsius=25.0, share=1.0, nodes=60):
        """Tenth time [s]: when a tenth of the reaction is done. Broadcasts over all arguments.

        >>> model = SickleHaemoglobin()
        >>> bool(model.delay(22.0) > 3 * model.delay(23.0))
        True
        """
        return self.progress([0.1], c, celsius, share, nodes)[..., 0]

    def _solutions(self, c, celsius, share):
        """Concentrations, temperatures and shares as arrays, checked."""
        c, celsius, share = (_input.numbers(v, n) for v, n in ((c, "c"), (celsius, "celsius"), (share, "share")))
        if not (c > 0).all() or not (c * np.max(self.volume) < 60).all():
            raise ValueError(
                f"expected concentrations in g/dl, positive and below some 50; got {c.min()} to {c.max()}. In g/l? Divide by 10."
            )
        if not ((celsius >= 19.9) & (celsius <= 30.1)).all():
            raise ValueError(
                f"expected temperatures from 20 to 30 C, where the constants hold; got {celsius.min()} to {celsius.max()}. Stay inside."
            )
        if not ((share > 0) & (share <= 1)).all():
            raise ValueError(
                "expected shares between 0 and 1, such as fetal(0.1); got others. Per cent? Divide by 100."
            )
        return c, celsius, share

    def stepped_delay(self, c, celsius=25.0, share=1.0, step=0.05, longest=400.0):
        r"""Tenth time [s] by steps in time (Runge-Kutta of order 4), all solutions at once: a second solver beside `delay`.

        The step is a share of each solution's own time scale $1/\sqrt{h J}$ at the start, in which fibres multiply. Between the
        last two steps ln m is taken as a line.

        Parameters
        ----------
        c, celsius, share : as in `progress`; they broadcast.
        step : length of a step, in the time scale.
        longest : where the search ends, in the time scale.

        Raises ValueError where nothing polymerizes, or where a tenth is not done after `longest`.

        >>> model = SickleHaemoglobin()
        >>> bool(abs(model.stepped_delay(23.0) / model.delay(23.0) - 1) < 1e-3)
        True
        """
        c, celsius, share = np.broadcast_arrays(*self._solutions(c, celsius, share))
        log_s = self.log_supersaturation(c, celsius, share)
        if not (log_s > 0).all():
            raise ValueError(
                f"expected solutions that polymerize (ln S above 0); got ln S down to {np.min(log_s):.3g}. "
                "Take higher concentrations, or `delay`, which is infinite there."
            )
        _, h, J = self.rates(log_s, celsius)
        scale, goal = 1 / np.sqrt(h * J), 0.1 * self.plateau(c, celsius, share)
        step = _input.number(step, "step", above=0, most=0.5, remedy="Try step=0.05.") * scale
        longest = _input.number(longest, "longest", above=0, remedy="Try longest=400.")
        y = np.zeros((2, *log_s.shape))
        found, t = np.full(log_s.shape, np.nan), np.zeros(log_s.shape)
        for _ in range(int(longest * np.max(scale / step))):
            before, t = y[1], t + step
            k1 = self.rhs(0.0, y, c, celsius, share)
            k2 = self.rhs(0.0, y + step / 2 * k1, c, celsius, share)
            k3 = self.rhs(0.0, y + step / 2 * k2, c, celsius, share)
            y = y + step / 6 * (k1 + 2 * k2 + 2 * k3 + self.rhs(0.0, y + step * k3, c, celsius, share))
            over = np.isnan(found) & (y[1] >= goal)
            with np.errstate(divide="ignore", invalid="ignore"):
                back = np.log(y[1] / goal) / np.log(y[1] / before)
            found = np.where(over, t - step * back, found)
            if not np.isnan(found).any():
                return found
        raise ValueError(
            f"expected a tenth done after {longest:g} times 1/sqrt(h J); got less. Try a larger `longest`."
        )


def _cumulative(y, x):
    """Running integral of y over even steps of x, to third order (parabolas through three neighbours)."""
    step = x[1] - x[0]
    inner = step / 24 * (-y[..., :-3] + 13 * y[..., 1:-2] + 13 * y[..., 2:-1] - y[..., 3:])
    first = step / 12 * (5 * y[..., :1] + 8 * y[..., 1:2] - y[..., 2:3])
    last = step / 12 * (5 * y[..., -1:] + 8 * y[..., -2:-1] - y[..., -3:-2])
    return np.cumsum(np.concatenate([first, inner, last], axis=-1), axis=-1)
