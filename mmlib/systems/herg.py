r"""The hERG potassium channel under voltage clamp: the model and protocol of Beattie et al. (2018), doi:10.1113/JP275733.

Two gates open and close independently (four states in all), with rates that are exponentials of voltage,

    I = g a r (V - E_K),    da/dt = k1 (1 - a) - k2 a,    dr/dt = k4 (1 - r) - k3 r,
    k1 = p1 exp(p2 V),  k2 = p3 exp(-p4 V),  k3 = p5 exp(p6 V),  k4 = p7 exp(-p8 V).

Time in ms, voltage in mV, current in nA, conductance in uS.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

from mmlib import _input
from mmlib.optim import Verdict, brief, judge, quadratic

__all__ = ["HergFit", "calibrate", "current", "gate", "nernst", "open_share", "sine_wave"]

# logarithms of p1, p3, p5, p7 [1/ms] and p2, p4, p6, p8 [1/mV]: where a search may go, and where it starts
LOW, HIGH = np.tile([-16.0, 0.001], 4), np.tile([2.0, 0.4], 4)
START = (np.array([-11, 0.02, -12, 0.02, -5, 0.004, -8, 0.01]), np.array([-6, 0.12, -8, 0.09, -1, 0.05, -3, 0.06]))


LONGEST = 10_000_000  # steps of a protocol: a second of computing


@brief
class HergFit(NamedTuple):
    """A calibrated channel."""

    rates: np.ndarray  # (8,) p1 … p8 [1/ms, 1/mV in turn]
    conductance: float  # g [uS]
    rms: float  # root mean squared residual of the data that were fitted [nA]
    all_rms: np.ndarray  # (starts,) what each start reached, sorted
    result: OptimizeResult  # of scipy's least_squares, best start

    @property
    def verdict(self) -> Verdict:
        """Why the best start ended, from SciPy's Jacobian there; rates that its rows do not determine are named."""
        r, jac, held = self.result.fun, self.result.jac, self.result.active_mask != 0
        seen = quadratic(jac.T @ jac, jac.T @ r, r @ r, scale=HIGH - LOW, held=held)
        return judge(
            loss=r @ r,
            gradient=(jac.T @ r)[~held],
            fall=seen.fall,
            move=seen.move,
            steps_left=int(self.result.status != 0),
            undetermined=[f"p{k + 1}" for k in sorted({*seen.flat, *seen.tied})],
            reason=self.result.message,
        )

    @property
    def converged(self) -> bool:
        return self.verdict.converged


def sine_wave(t):
    """Voltage of the sum-of-sines protocol [mV] at times t [ms] from 0 to 8000, as it reached the cell (0.1 ms late).

    >>> sine_wave([100.0, 260.0, 700.0, 7500.0])
    array([ -80., -120.,   40.,  -80.])
    """
    t = _input.array(t, "t", "any") - 0.1
    s = t - 2500
    wave = -30 + 54 * np.sin(0.007 * s) + 26 * np.sin(0.037 * s) + 10 * np.sin(0.19 * s)
    edges = [250, 300, 500, 1500, 2000, 3000, 6500, 7000]
    steps = np.array([-80.0, -120.0, -80.0, 40.0, -120.0, -80.0, np.nan, -120.0, -80.0])
    v = steps[np.searchsorted(edges, t, side="right")]
    return np.where(np.isnan(v), wave, v)


def nernst(outside=4.0, inside=130.0, celsius=21.4):
    """Reversal potential of potassium [mV]; by default of the recording in ``mmlib.data``.

    Parameters
    ----------
    outside, inside : concentrations of potassium [mM].
    celsius : temperature [degrees Celsius].

    >>> round(float(nernst()), 2)
    -88.36
    """
    outside, inside = (
        _input.array(v, f"{name}, a positive concentration in mM,", "any", positive=True)
        for v, name in ((outside, "outside"), (inside, "inside"))
    )
    return 8.314 * (273.15 + _input.numbers(celsius, "celsius")) / 96.485 * np.log(outside / inside)


def gate(opening, closing, dt, start=None):
    """Open share of a gate over time when its rates are constant over steps of dt: exact, by a doubling scan.

    Parameters
    ----------
    opening, closing : (n,) rates in each step [1/ms].
    dt : length of a step [ms].
    start : open share before the first step; its steady state there if left out.

    Returns
    -------
    (n + 1,) share at the ends of the steps, the start included.

    >>> gate(np.ones(3), np.zeros(3), 0.5, start=0.0).round(3)
    array([0.   , 0.393, 0.632, 0.777])
    """
    opening, closing = _input.numbers(opening, "opening"), _input.numbers(closing, "closing")
    dt = _input.number(dt, "dt", above=0, remedy="In ms.")
    start = start if start is None else _input.number(start, "start, an open share,", least=0, most=1)
    total = opening + closing if opening.shape == closing.shape else np.zeros(1)
    if not len(total) or (total <= 0).any():
        raise ValueError(
            f"expected rates (n,) of opening and closing, not both zero; got shapes {opening.shape} and {closing.shape}. "
            "Give each step both rates."
        )
    steady = opening / total
    decay = np.exp(-total * dt)
    rise = steady * (1 - decay)
    keep = decay.copy()
    k = 1
    while k < len(keep):  # after each pass, (keep, rise) maps the state 2k steps ago to now
        rise[k:] = keep[k:] * rise[:-k] + rise[k:]
        keep[k:] = keep[k:] * keep[:-k]
        k *= 2
    start = steady[0] if start is None else start
    return np.concatenate([[start], keep * start + rise])


def open_share(rates, t, protocol=sine_wave, dt=1.0):
    """Share of open channels at times t [ms] under a voltage protocol (a function of time), from rest at time 0.1 ms.

    Parameters
    ----------
    rates : (8,) p1 ... p8 [1/ms and 1/mV in turn].
    t : (n,) times [ms].
    protocol : voltage [mV] as a function of time [ms].
    dt : step [ms] over which the voltage is taken as constant.
    """
    p = _input.numbers(rates, "rates")
    if p.shape != (8,) or not (np.isfinite(p).all() and (p > 0).all()):
        raise ValueError(
            f"expected eight positive rates p1 … p8; got {np.array2string(p, threshold=8)}. In 1/ms and 1/mV in turn."
        )
    t, dt = _input.array(t, "t, times in ms,", "any", low=0), _input.number(dt, "dt", above=0)
    _input.function(protocol, "protocol", "time [ms] that returns the voltage [mV]")
    if not t.size or t.max() > LONGEST * dt:
        raise ValueError(
            f"expected times from 0 to {LONGEST * dt:g} ms, {LONGEST} steps of {dt:g}; got others. Is t in ms?"
        )
    ends = 0.1 + dt * np.arange(int(np.ceil((t.max() - 0.1) / dt)) + 1)
    v = _input.given(protocol(ends[:-1] + dt / 2), "protocol(times)", (len(ends) - 1,), remedy="One voltage a time.")
    a = gate(p[0] * np.exp(p[1] * v), p[2] * np.exp(-p[3] * v), dt)
    r = gate(p[6] * np.exp(-p[7] * v), p[4] * np.exp(p[5] * v), dt)
    return np.interp(t, ends, a) * np.interp(t, ends, r)


def current(rates, conductance, t, protocol=sine_wave, dt=1.0):
    """Current [nA] at times t [ms].

    Parameters
    ----------
    rates : (8,) p1 ... p8 [1/ms and 1/mV in turn].
    conductance : [uS].
    t : (n,) times [ms].
    protocol : voltage [mV] as a function of time [ms].
    dt : step [ms] over which the voltage is taken as constant.

    >>> rates = [2.26e-4, 0.0699, 3.45e-5, 0.05462, 0.0873, 8.91e-3, 5.15e-3, 0.03158]  # Beattie's cell 5
    >>> current(rates, 0.1524, np.array([1400.0, 4000.0])).round(2)
    array([ 0.22, -0.12])
    """
    t, conductance = _input.numbers(t, "t"), _input.number(conductance, "conductance", least=0, remedy="In uS.")
    return conductance * open_share(rates, t, protocol, dt) * (protocol(t) - nernst())


def calibrate(t, measured, *, protocol=sine_wave, starts=8, seed=0, dt=1.0) -> HergFit:
    """Least squares for the eight rates and the conductance, from several starts.

    The conductance enters linearly, so for any rates it takes its best value at once; the search runs over the rates.

    Parameters
    ----------
    t : (n,) increasing times [ms]; leave out what should not be fitted, such as spikes after voltage steps.
    measured : (n,) current [nA].
    starts, seed : number of starts, drawn from a broad box, and the seed of the draw.

    Raises
    ------
    ValueError : shapes differ, values are not finite, or times do not increase.
    RuntimeError : no start converged.
    """
    t, measured = _input.numbers(t, "t"), _input.numbers(measured, "measured")
    _input.function(protocol, "protocol", "time [ms] that returns the voltage [mV]")
    starts, seed = _input.whole(starts, "starts", least=1), _input.seed(seed)
    if t.ndim != 1 or t.shape != measured.shape or len(t) < 10:
        raise ValueError(
            f"expected t (n,) and measured (n,), n >= 10; got {t.shape} and {measured.shape}. One current a time."
        )
    if not (np.isfinite(t).all() and np.isfinite(measured).all()):
        raise ValueError("expected finite times and currents; got nan or infinity. Leave those samples out.")
    if not (np.diff(t) > 0).all():
        raise ValueError("expected increasing times; got unsorted or repeated ones. Sort t and measured together.")
    _input.sized(measured, "measured")
    if not measured.any():
        raise ValueError("expected a current; got zero at all times. Is it the column of the current, in nA?")
    size = np.sqrt((measured**2).mean())
    unit = 1.0 if 1e-3 <= size <= 1e3 else size  # the search ends where slopes vanish, which no unit may decide
    drive, scaled = protocol(t) - nernst(), measured / unit

    def rates(z):
        p = z.copy()
        p[::2] = np.exp(z[::2])
        return p

    def shape(z):
        return open_share(rates(z), t, protocol, dt) * drive

    def misfit(z):
        i = shape(z)
        return (i @ scaled) / max(i @ i, 1e-30) * i - scaled

    rng = np.random.default_rng(seed)
    found = []
    for _ in range(starts):
        z = rng.uniform(*START)
        found.append(least_squares(misfit, z, bounds=(LOW, HIGH), x_scale=np.tile([1.0, 0.02], 4), max_nfev=80))
    found = sorted((f for f in found if f.status > 0 or f.cost < 1e9), key=lambda f: f.cost)
    if not found:
        raise RuntimeError("no start converged. Try more starts, or look at the data: is the current that of hERG?")
    best = found[0]
    i = shape(best.x)
    rms = unit * np.sqrt(2 * np.array([f.cost for f in found]) / len(t))
    return HergFit(rates(best.x), float((i @ measured) / (i @ i)), float(rms[0]), rms, best)
