"""Pressure behind an artery's wall, from the wall's motion and the blood's velocity: three plain methods, two with a bed, one without.

All take readings over one beat at equally spaced times, a cuff's lowest pressure, and a vessel whose length, wall thickness,
blood and period are known; its stiffness, bed and rest area are not looked at. The wall law is that of
`mmlib.systems.artery.Artery`, $P = P_0 + b (\\sqrt A - \\sqrt{A_0})$.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.linalg import expm
from scipy.optimize import least_squares

from mmlib import _input
from mmlib.optim import Verdict, brief, judge, quadratic
from mmlib.systems.artery import MMHG, WIDEST, Artery, pulse_wave

__all__ = ["Inferred", "free_waves", "smooth", "through_solver", "windkessel"]

TYPICAL = (1.5e7, 2e8, 2e9, 1.7e-10)  # b [Pa/m], R1, R2 [Pa s/m^3], C [m^3/Pa]: a large artery, to a factor of a few
TYPICAL_FLOW = 6e-6  # [m^3/s]
SPEEDS = (1.5, 25.0)  # wave speeds that are searched [m/s]
STARTS = (0.4, 1.0, 2.5)  # of the stiffness, in typical ones
CUFF = 0.2  # [mmHg] to which the solver's lowest pressure must meet the cuff
NARROWEST = 1e-7  # mean cross section of a large artery [m^2]
FASTEST = 10.0  # mean velocity in a vessel [m/s]
CUFFS = (500.0, 1e5)  # lowest pressures [Pa]
DENSITIES = (500.0, 5000.0)  # of blood [kg/m^3]
LONGEST = 2.0  # as far as a wave is followed [m]
FOOT = 5.0  # weight of the Windkessel's lowest pressure beside one reading of its curve


@brief
class Inferred(NamedTuple):
    """What a method infers from one beat of an artery."""

    stiffness: float  # b of the wall law [Pa/m]
    pressure: np.ndarray  # (times,) where it was asked for [Pa]
    misfit: (
        float  # mean square of readings minus fit, in units of the variance of their noise (NaN: no noise was given)
    )
    verdict: Verdict  # how the fit ended

    @property
    def converged(self) -> bool:
        return self.verdict.converged


def smooth(y, harmonics=10):
    """Keep the mean and the first harmonics of one beat, which is least squares on equally spaced times.

    Parameters
    ----------
    y : array (times, ...)
        One period, without its end.
    harmonics : int
        Fewer than half of the times.

    >>> import numpy as np
    >>> angle = 2 * np.pi * np.arange(8) / 8
    >>> bool(np.allclose(smooth(np.cos(angle) + np.cos(3 * angle), 2), np.cos(angle)))
    True
    """
    y = _input.numbers(y, "y")
    if y.ndim < 1 or len(y) < 3 or not np.isfinite(y).all():
        raise ValueError(f"expected y (times, ...), finite, at least three times; got shape {y.shape}. Pass one beat.")
    _input.sized(y, "y")
    harmonics = _input.whole(harmonics, "harmonics", least=0, most=(len(y) - 1) // 2)
    spectrum = np.fft.rfft(y, axis=0)
    spectrum[harmonics + 1 :] = 0
    return np.fft.irfft(spectrum, len(y), axis=0)


def windkessel(vessel, A, U, cuff) -> Inferred:
    r"""Infer the pressure at one site: the artery is forgotten, a three-element Windkessel stands behind the site.

    The flow $Q = AU$ passes a resistance $R_1$ into a compliance $C$ and leaves through $R_2$ to a pressure of zero (Westerhof et
    al. 2009, doi:10.1007/s11517-008-0359-2). In harmonics $\hat P = (R_1 + R_2 / (1 + i \omega R_2 C))\, \hat Q$, and this curve must
    be that of the wall, $P_{cuff} + b (\sqrt A - \min \sqrt A)$. Least squares for $R_1, R_2, C, b$ from typical values.

    Parameters
    ----------
    vessel : `mmlib.systems.artery.Artery`, for its period alone.
    A, U : arrays (times,), cross sections [m^2] and mean velocities [m/s] at one site.
    cuff : float, the lowest pressure there [Pa].

    Returns
    -------
    Inferred, with the Windkessel's pressure at the site and no misfit.

    Raises
    ------
    ValueError : readings that are not finite, not positive cross sections, fewer than 20 times.

    >>> from mmlib.systems.artery import Artery, carotid_inflow, pulse_wave
    >>> vessel = Artery()
    >>> pulse = pulse_wave(vessel, carotid_inflow, nodes=9, keep=50, beats=2)
    >>> found = windkessel(vessel, pulse.A[:, 0], pulse.U[:, 0], pulse.P[:, 0].min())
    >>> bool(abs(found.stiffness / vessel.stiffness - 1) < 0.3)
    True
    """
    _vessel(vessel)
    A, U, cuff = _beat(A, U, _lowest(cuff), "(times,)")
    root, flow = np.sqrt(smooth(A)), np.fft.rfft(smooth(A) * smooth(U))
    turn = 2j * np.pi * np.fft.rfftfreq(len(A), vessel.period / len(A))

    def curve(p):
        b, R1, R2, C = np.exp(p) * TYPICAL
        P = np.fft.irfft(flow * (R1 + R2 / (1 + turn * R2 * C)), len(A))
        return P, cuff + b * (root - root.min())

    def rows(p):
        P, wall = curve(p)
        return np.r_[P - wall, FOOT * (P.min() - cuff)] / MMHG

    best = least_squares(rows, np.zeros(4), x_scale=1.0)
    names = ("log b", "log R1", "log R2", "log C")
    return Inferred(np.exp(best.x[0]) * TYPICAL[0], curve(best.x)[0], np.nan, _ended(best, names))


def free_waves(vessel, x, A, U, cuff, *, where, noise, joint=None, harmonics=8) -> Inferred:
    r"""Infer the pressure without a bed: linear waves that run both ways, with free ends.

    About the means $A_0, U_0$ each harmonic $y = (a, u)$ of small waves obeys

    $$ i \omega\, y + N y_x = -\frac{8 \pi \mu}{\rho} \begin{pmatrix} 0 \\ u / A_0 - U_0 a / A_0^2 \end{pmatrix}, \qquad
       N = \begin{pmatrix} U_0 & A_0 \\ b / (2 \rho \sqrt{A_0}) & U_0 \end{pmatrix}, $$

    two waves with two unknown amplitudes. For a given $b$ they follow by linear least squares from the readings at all sites; $b$
    itself by least squares from three starts. Nothing is assumed of either end. With a joint, $b$ may differ on its two sides;
    flow and total pressure pass it unchanged.

    Parameters
    ----------
    vessel : `mmlib.systems.artery.Artery`, for density, viscosity and period.
    x : array (sites,), [m], rising; at least two on each side of a joint.
    A, U : arrays (times, sites), [m^2] and [m/s].
    cuff : float, the lowest pressure at the first site [Pa].
    where : float, the place at which pressure is wanted, not before the first site [m].
    noise : standard deviations of A [share of its mean] and of U [m/s].
    joint : float, where the stiffness may change [m]; None: it is the same all along.
    harmonics : int, that are kept.

    Returns
    -------
    Inferred, with `stiffness` (2,) if there is a joint.

    Raises
    ------
    ValueError : readings, places or noise that cannot be used.

    >>> from mmlib.systems.artery import Artery, carotid_inflow, pulse_wave
    >>> vessel = Artery()
    >>> pulse = pulse_wave(vessel, carotid_inflow, nodes=13, keep=50, beats=2)
    >>> seen = pulse.x[[1, 5, 9]], pulse.A[:, [1, 5, 9]], pulse.U[:, [1, 5, 9]], pulse.P[:, 1].min()
    >>> found = free_waves(vessel, *seen, where=0.126, noise=(0.002, 0.02))
    >>> bool(abs(found.stiffness / vessel.stiffness - 1) < 0.05)
    True
    """
    _vessel(vessel)
    x, A, U, cuff, noise = _beats(x, A, U, cuff, noise)
    where = _input.number(where, "where", least=float(x[0]), most=float(x[0]) + LONGEST, remedy="Rescale: in metres.")
    harmonics = _input.whole(harmonics, "harmonics", least=1, most=(len(A) - 1) // 2)
    joint = None if joint is None else _input.number(joint, "joint")
    tube = _Segments(vessel, x, A, U, _side(x, joint), joint, harmonics)
    sd = np.array([noise[0] * A.mean(), noise[1]])
    seen = np.stack([np.fft.rfft(v, axis=0)[1 : harmonics + 1] / len(A) for v in (A, U)], axis=-1) / sd

    def project(log_b):
        """Amplitudes (K, 2) of the two waves, and what they leave: real rows, whose squares count noise variances."""
        design = tube.waves(log_b, x) / sd[:, None]
        design, y = design.reshape(harmonics, -1, 2), seen.reshape(harmonics, -1, 1)
        found = np.linalg.pinv(design) @ y
        left = np.sqrt(2 * len(A)) * (y - design @ found)
        return found[:, :, 0], np.r_[left.real.ravel(), left.imag.ravel()]

    size, ends = len(tube.A0), tube.ends()
    starts = [np.full(size, np.log(factor * TYPICAL[0])) for factor in STARTS]
    tries = [least_squares(lambda v: project(v)[1], v, bounds=ends, x_scale=1.0, max_nfev=40) for v in starts]
    best = min(tries, key=lambda found: found.cost)
    waves = project(best.x)[0]
    fields = [tube.field(best.x, waves, place, len(A)) for place in x]
    means = A.mean(axis=0), U.mean(axis=0)
    off = [((v - means[i]).T - [f[i] for f in fields]) / sd[i] for i, v in enumerate((A, U))]
    first, end = (tube.pressure(best.x, waves, place, len(A)) for place in (x[0], where))
    b = np.exp(best.x) if size == 2 else float(np.exp(best.x[0]))
    verdict = _ended(best, ("log b", "log b beyond the joint")[:size], ends)
    return Inferred(b, cuff + end - first.min(), float(np.mean(np.square(off))), verdict)


class _Segments:
    """A tube of one or two stiffnesses, linear about its means: what two waves at x = 0 make of area, velocity and pressure."""

    def __init__(self, vessel, x, A, U, side, joint, harmonics):
        self.vessel, self.origin, self.joint = vessel, x[0], np.inf if joint is None else joint
        self.A0 = [A[:, side == k].mean() for k in np.unique(side)]
        self.flow = (A * U).mean()
        self.order = np.arange(1, harmonics + 1)

    def ends(self):
        """Logs of the stiffnesses between which the search runs."""
        return [np.log(2 * self.vessel.density * c**2 / np.sqrt(np.mean(self.A0))) for c in SPEEDS]

    def _rate(self, log_b, A0):
        """(K, 2, 2) of y_x = rate y."""
        U0, f = self.flow / A0, 8 * np.pi * self.vessel.viscosity / self.vessel.density
        N = np.array([[U0, A0], [np.exp(log_b) / (2 * self.vessel.density * np.sqrt(A0)), U0]])
        slow = np.array([[0, 0], [-f * U0 / A0**2, f / A0]])
        omega = 2j * np.pi / self.vessel.period * self.order
        return -np.linalg.solve(N, omega[:, None, None] * np.eye(2) + slow)

    def _passed(self, log_b, A0):
        """Total pressure and flow, which pass a joint, from (a, u)."""
        U0 = self.flow / A0
        return np.array([[np.exp(log_b) / (2 * np.sqrt(A0)), self.vessel.density * U0], [U0, A0]])

    def waves(self, log_b, places):
        """(K, places, 2, 2)."""
        rates = [self._rate(v, A0) for v, A0 in zip(log_b, self.A0, strict=True)]
        places = np.reshape(places, (1, -1, 1, 1))
        found = expm(rates[0][:, None] * np.minimum(places, self.joint))
        if len(self.A0) == 2:
            over = np.linalg.solve(self._passed(log_b[1], self.A0[1]), self._passed(log_b[0], self.A0[0]))
            beyond = expm(rates[1][:, None] * np.maximum(places - self.joint, 0)) @ over @ found
            found = np.where(places > self.joint, beyond, found)
        return found

    def field(self, log_b, amplitudes, place, times):
        """Area and velocity without their means at one place: (2, times)."""
        turn = 2 * np.exp(2j * np.pi * np.outer(np.arange(times) / times, self.order))
        return (turn @ np.einsum("kij,kj->ki", self.waves(log_b, place)[:, 0], amplitudes)).real.T

    def pressure(self, log_b, amplitudes, place, times):
        """Pressure (times,) less its mean at the first site: the wall's, and the mean drop by friction."""
        k = int(place > self.joint)
        A0 = self.A0[k]
        wall = np.exp(log_b[k]) * (np.sqrt(A0 + self.field(log_b, amplitudes, place, times)[0]) - np.sqrt(A0))
        return wall - 8 * np.pi * self.vessel.viscosity * self.flow / np.mean(self.A0) ** 2 * (place - self.origin)


def _side(x, joint):
    """0 or 1 for each site: before or beyond the joint."""
    if joint is None:
        return np.zeros(len(x), dtype=int)
    side = (x > _input.number(joint, "joint")).astype(int)
    if min(np.sum(side == 0), np.sum(side == 1)) < 2:
        raise ValueError(f"expected joint with at least two sites on each side; got {joint:g} for x = {x}. Move it.")
    return side


def through_solver(vessel, x, A, U, cuff, *, where, noise, nodes=9, evaluations=7, harmonics=8) -> Inferred:
    r"""Infer the pressure by least squares through a solver: waves, wall and a three-element Windkessel whose venous pressure is zero.

    Unknown are $b$, $R_1$, $R_2$, $C$, the rest area and the inflow, a Fourier series. The nonlinear equations run by the method of
    characteristics (`mmlib.systems.artery.pulse_wave`) in one batch with the differences that give the Jacobian.

    Parameters
    ----------
    vessel, x, A, U, cuff, where, noise : as in `free_waves`; `vessel` also for length and wall thickness.
    nodes : int, grid points of the solver.
    evaluations : int, at most so many runs of the batch.
    harmonics : int, of the inflow.

    Returns
    -------
    Inferred

    Raises
    ------
    ValueError : readings, places or noise that cannot be used.
    RuntimeError : a pulse left the range of the wall law.

    >>> from mmlib.systems.artery import Artery, carotid_inflow, pulse_wave
    >>> vessel = Artery()
    >>> pulse = pulse_wave(vessel, carotid_inflow, nodes=13, keep=40, beats=2)
    >>> seen = pulse.x[[1, 5, 9]], pulse.A[:, [1, 5, 9]], pulse.U[:, [1, 5, 9]], pulse.P[:, 1].min()
    >>> found = through_solver(vessel, *seen, where=0.126, noise=(0.002, 0.02), nodes=7, evaluations=4, harmonics=6)
    >>> bool(abs(found.stiffness / vessel.stiffness - 1) < 0.05)
    True
    """
    nodes, cuff = _input.whole(_vessel(vessel) and nodes, "nodes", least=5), _lowest(cuff)
    evaluations = _input.whole(evaluations, "evaluations", least=1)
    x, A, U, cuff, noise = _beats(x, A, U, cuff, noise)
    harmonics = _input.whole(harmonics, "harmonics", least=1, most=(len(A) - 1) // 2)
    where = _input.number(
        where, "where", least=0.0, most=vessel.length, remedy="Measure from the beginning, in metres."
    )
    times, area, known = len(A), A.mean(), {}
    keep = times // 2 if times % 2 == 0 and times >= 80 else times
    every = times // keep

    def rows(p):
        run = _simulate(vessel, p, cuff, area, nodes=nodes, keep=keep)
        found = [(_at(run.P, x[0], vessel).min(axis=1) - cuff)[:, None] / (CUFF * MMHG)]
        for j, place in enumerate(x):
            found.append((_at(run.A, place, vessel) - A[::every, j]) / (noise[0] * area))
            found.append((_at(run.U, place, vessel) - U[::every, j]) / noise[1])
        return np.hstack(found)

    def misfit(p):  # the rows and, in the same run, their derivatives
        r = rows(p + 1e-4 * np.vstack([np.zeros(len(p)), np.eye(len(p))]))
        known[p.tobytes()] = (r[1:] - r[0]).T / 1e-4
        return r[0]

    flow = np.fft.rfft((A * U)[:, 0] / TYPICAL_FLOW) / times
    flow = np.r_[flow[0].real, 2 * flow[1 : harmonics + 1].real, -2 * flow[1 : harmonics + 1].imag]
    start = np.r_[np.zeros(4), np.log(smooth(A[:, 0]).min() / area), flow]
    best = least_squares(misfit, start, jac=lambda p: known[p.tobytes()], max_nfev=evaluations)
    run = _simulate(vessel, best.x[None], cuff, area, nodes=nodes, keep=keep)
    P, beat = _at(run.P, where, vessel)[0], np.arange(times) / times * vessel.period
    P = np.interp(beat, np.r_[run.t, vessel.period], np.r_[P, P[0]])
    names = ("log b", "log R1", "log R2", "log C", "log area", *(f"inflow {k}" for k in range(len(flow))))
    return Inferred(np.exp(best.x[0]) * TYPICAL[0], P, 2 * best.cost / best.fun.size, _ended(best, names))


def _simulate(vessel, p, cuff, area, *, nodes, keep):
    """Many arteries at once; p (rows, 5 + 2 harmonics + 1): logs of b, R1, R2, C over `TYPICAL` and of area, then the inflow."""
    b, R1, R2, C = (np.exp(p[:, :4]) * TYPICAL).T[:, :, None]
    rest = area * np.exp(p[:, 4:5])
    bed = dict(R1=R1, R2=R2, C=C, venous=0.0, diastolic=np.full_like(rest, cuff))
    young = b * rest / (4 / 3 * np.sqrt(np.pi) * vessel.wall)
    artery = replace(vessel, radius=np.sqrt(rest / np.pi), young=young, **bed)
    order = np.arange(1, (p.shape[1] - 6) // 2 + 1)

    def inflow(time):
        angle = 2 * np.pi * order * time / vessel.period
        return TYPICAL_FLOW * p[:, 5:] @ np.r_[1, np.cos(angle), np.sin(angle)]

    return pulse_wave(artery, inflow, nodes=nodes, keep=keep, beats=2, scheme="characteristics")


def _at(field, where, vessel):
    """Linear interpolation between the nodes of the solver."""
    last = field.shape[-1] - 1
    s = np.clip(where / vessel.length * last, 0, last - 1e-9)
    return field[..., int(s)] * (1 - s % 1) + field[..., int(s) + 1] * (s % 1)


def _vessel(vessel):
    told = _input.kind(vessel, "vessel", Artery, "Such as Artery().").density
    _input.number(told, "density of vessel", least=DENSITIES[0], most=DENSITIES[1], remedy="Rescale: in kg/m^3.")
    return vessel


def _lowest(cuff):
    return _input.number(cuff, "cuff", least=CUFFS[0], most=CUFFS[1], remedy="Rescale: 1 mmHg is 133.322 Pa.")


def _beat(A, U, cuff, form):
    A = _input.array(A, "A", form, positive=True)
    U = _input.array(U, "U", form)
    if A.shape != U.shape or len(A) < 24:
        raise ValueError(
            f"expected A and U of one shape {form}, at least 24 times; got {A.shape} and {U.shape}. Pass one beat of both."
        )
    if A.max() > WIDEST or A.mean() < NARROWEST:
        raise ValueError(
            f"expected cross sections A in m^2, {NARROWEST:g} to {WIDEST:g}; got {A.mean():g} as the mean. Rescale: 1 mm^2 is 1e-6 m^2."
        )
    remedy = "Rescale: 1 cm/s is 0.01 m/s."
    _input.number(np.abs(U).max(), "the fastest of U, in m/s,", most=FASTEST, remedy=remedy)
    return A, U, _input.number(cuff, "cuff")


def _beats(x, A, U, cuff, noise):
    A, U, cuff = _beat(A, U, cuff, "(times, sites)")
    x = _input.array(x, "x", "(sites,)")
    if len(x) != A.shape[1] or len(x) < 2:
        raise ValueError(
            f"expected x (sites,), one place [m] for each column of A, at least two; got {len(x)} for {A.shape[1]} columns. "
            "Pass A and U as (times, sites)."
        )
    if np.abs(x).max() > LONGEST:
        raise ValueError(
            f"expected x in metres along a vessel, within {LONGEST:g}; got {x}. Measure from its beginning."
        )
    if np.diff(x).min() <= 0:
        raise ValueError(f"expected x rising; got {x}. Sort the sites, and the columns of A and U with them.")
    noise = _input.array(noise, "noise", "(2,)", positive=True)
    return x, A, U, cuff, noise


def _ended(best, names, ends=None):
    """Verdict on a fit of `scipy.optimize.least_squares`; an unknown at an end of its range is not determined."""
    seen = quadratic(best.jac.T @ best.jac, best.jac.T @ best.fun, best.fun @ best.fun)
    at_end = () if ends is None else np.flatnonzero(np.minimum(best.x - ends[0], ends[1] - best.x) < 1e-3)
    lost = [names[i] for i in (*seen.flat, *seen.tied, *at_end)]
    return judge(
        loss=2 * best.cost, gradient=best.grad, fall=0.0 if len(at_end) else seen.fall, move=seen.move,
        steps_left=int(best.status != 0), undetermined=lost, reason=f"{best.nfev} evaluations",
    )  # fmt: skip
