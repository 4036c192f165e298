"""One elastic artery in one space dimension: two schemes for the nonlinear equations, and linear wave theory as referee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["MMHG", "Artery", "Pulse", "carotid_inflow", "linear_wave", "pulse_wave"]

MMHG = 133.322  # Pa


@dataclass(frozen=True)
class Artery(Model):
    r"""A straight elastic tube that ends in a three-element Windkessel.

    Mass $A_t + (AU)_x = 0$, momentum $U_t + (U^2/2 + P/\rho)_x = -8 \pi \mu U / (\rho A)$ (parabolic profile), wall
    $P = P_d + b (\sqrt A - \sqrt{A_d})$ with $b = \tfrac43 \sqrt\pi E h / A_d$. At the end $P - R_1 Q = P_C$ and
    $C \dot P_C = Q - (P_C - P_v) / R_2$. The numbers are those of the common carotid artery in the benchmark of Boileau
    et al. 2015 (doi:10.1002/cnm.2732). Each may be an array (rows, 1): many arteries are then computed at once.

    >>> vessel = Artery()
    >>> round(float(vessel.wave_speed(vessel.area)), 2)  # m/s
    6.64
    """

    length: float = 0.126  # [m]
    radius: float = 3.0e-3  # at diastolic pressure [m]
    wall: float = 3.0e-4  # thickness h [m]
    young: float = 7.0e5  # Young's modulus E [Pa]
    density: float = 1060.0  # of blood [kg/m^3]
    viscosity: float = 4.0e-3  # of blood [Pa s]
    diastolic: float = 10.9e3  # pressure P_d at which the radius is given [Pa]
    R1: float = 2.4875e8  # [Pa s/m^3]
    R2: float = 1.8697e9  # [Pa s/m^3]
    C: float = 1.7529e-10  # [m^3/Pa]
    venous: float = 0.0  # pressure P_v behind the Windkessel [Pa]
    period: float = 1.1  # of the heart [s]

    units = {
        "x": "m", "t": "s", "A": "m^2", "U": "m/s", "P": "Pa", "length": "m", "radius": "m", "wall": "m", "young": "Pa",
        "density": "kg/m^3", "viscosity": "Pa s", "diastolic": "Pa", "R1": "Pa s/m^3", "R2": "Pa s/m^3", "C": "m^3/Pa",
        "venous": "Pa", "period": "s",
    }  # fmt: skip
    may_be_zero = ("viscosity", "R1")
    any_sign = ("diastolic", "venous")  # a pressure is measured from any level

    def __post_init__(self):
        super().__post_init__()
        for name, most in (("radius", 0.05), ("wall", 0.05), ("length", 3.0)):
            if (largest := np.max(getattr(self, name))) > most:
                raise ValueError(
                    f"expected {name} of at most {most:g} m; got {largest:g}. Lengths are in metres: {name}={largest / 1000:g} for "
                    "so many millimetres."
                )

    @property
    def area(self):
        """Cross section A_d at diastolic pressure [m^2]."""
        return np.pi * self.radius**2

    @property
    def stiffness(self):
        """The factor b of the wall law [Pa/m]."""
        return 4 / 3 * np.sqrt(np.pi) * self.young * self.wall / self.area

    def pressure(self, A):
        """Pressure [Pa] at cross section A [m^2]."""
        return self.diastolic + self.stiffness * (np.sqrt(_section(A)) - np.sqrt(self.area))

    def wave_speed(self, A):
        """Speed of a small wave in blood at rest [m/s]."""
        return np.sqrt(self.stiffness * np.sqrt(_section(A)) / (2 * self.density))


WIDEST = 0.01  # [m^2] no vessel is wider: a tube of 11 cm


def _section(A):
    """Cross sections; tensors as they are."""
    if hasattr(A, "detach"):
        return A
    A = _input.array(A, "A, cross sections in m^2,", "any", finite=False, low=0)
    if (A > WIDEST).any():
        raise ValueError(
            f"expected cross sections of at most {WIDEST:g} m^2; got {A.max():g}. Are they in mm^2? Times 1e-6."
        )
    return A


def carotid_inflow(t, period=1.1):
    """An illustrative flow into a carotid artery [m^3/s] at times t [s]: smooth, periodic, two shoulders in systole.

    >>> t = np.linspace(0, 1.1, 110, endpoint=False)
    >>> round(1e6 * float(carotid_inflow(t).mean()), 1), round(1e6 * float(carotid_inflow(t).max()), 1)  # mL/s
    (6.5, 14.9)
    """
    angle = 2 * np.pi * _input.numbers(t, "t") / _input.number(period, "period", above=0, remedy="In seconds.")
    bumps = ((10.2, 14.0, 0.14), (4.9, 9.0, 0.30), (1.9, 25.0, 0.50))  # height [mL/s], sharpness, time [s]
    flow = 4.6 + sum(a * np.exp(k * (np.cos(angle - 2 * np.pi * s / 1.1) - 1)) for a, k, s in bumps)
    return 1e-6 * flow


class Pulse(NamedTuple):
    """The last beat of a simulation: rows are arteries (left out if there was one)."""

    t: np.ndarray  # (times,) from the start of the beat [s]
    x: np.ndarray  # (nodes,) [m]
    A: np.ndarray  # (rows, times, nodes) [m^2]
    U: np.ndarray  # (rows, times, nodes) [m/s]
    P: np.ndarray  # (rows, times, nodes) [Pa]


def pulse_wave(artery, inflow, *, nodes=33, keep=100, beats=4, scheme="maccormack", stiffening=None) -> Pulse:
    """Solve the nonlinear equations from a uniform start until they repeat, and return the last beat.

    Both schemes are of second order and take both ends by characteristics, with the Windkessel by the trapezoidal rule.

    Parameters
    ----------
    artery : `Artery`; its entries may be arrays (rows, 1).
    inflow : function of time [s] -> flow [m^3/s], a number or (rows,) values, periodic.
    nodes : grid points from 0 to the length.
    keep : times that are returned, equally spaced over a period.
    beats : periods that are computed; the Windkessel forgets its start within R2 C, here 0.33 s.
    scheme : "maccormack" (predictor and corrector on the conservation laws) or "characteristics" (Riemann invariants
        U +- 4c traced back over one step); they share nothing but the ends.
    stiffening : (nodes,) or (rows, nodes) factors on the stiffness along the artery, for "maccormack"; flat at the ends.

    Raises
    ------
    ValueError : for grids, schemes and inflows that cannot be used.
    RuntimeError : the wave left the range in which the wall law holds.

    >>> pulse = pulse_wave(Artery(), carotid_inflow, nodes=9, beats=2)
    >>> pulse.P.shape, bool(14e3 < pulse.P.max() < 19e3)
    ((100, 9), True)
    """
    _input.choice(scheme, "scheme", ("maccormack", "characteristics"))
    least = (("nodes >= 5, nodes", nodes, 5), ("keep >= 2, keep", keep, 2), ("beats >= 1, beats", beats, 1))
    nodes, keep, beats = (_input.whole(v, name, least=low) for name, v, low in least)
    _input.function(inflow, "inflow", "time [s] that returns the flow [m^3/s]")
    if not all(np.isfinite(inflow(t)).all() for t in (0.0, 0.5 * artery.period)):
        raise ValueError(
            "expected a finite inflow [m^3/s]; got NaN or infinity at t = 0 or half a period. Look at its formula."
        )
    factor = np.ones(nodes) if stiffening is None else _input.numbers(stiffening, "stiffening")
    if factor.ndim not in (1, 2) or factor.shape[-1] != nodes or not (factor > 0).all():
        raise ValueError(
            f"expected stiffening ({nodes},) > 0, one factor a node; got shape {factor.shape}, {_input.shown(stiffening)}. Try np.ones(nodes)."
        )
    if scheme == "characteristics" and np.ptp(factor, axis=-1).any():
        raise ValueError(
            "expected one stiffness along the artery for scheme='characteristics'; got several. Use scheme='maccormack'."
        )

    tube = _Tube(artery, inflow, factor, keep)
    advance = tube.maccormack if scheme == "maccormack" else tube.characteristics
    rows, steps = len(tube.A), tube.steps
    kept_A, kept_U = np.empty((keep, rows, nodes)), np.empty((keep, rows, nodes))
    for beat in range(beats):
        for step in range(steps):
            if beat == beats - 1 and step % (steps // keep) == 0:
                kept_A[step * keep // steps], kept_U[step * keep // steps] = tube.A, tube.U
            newA, newU = advance()
            tube.ends(newA, newU, tube.flows[step + 1])
            tube.A, tube.U = newA, newU
        if not (np.isfinite(tube.A).all() and (tube.A > 0).all()):
            raise RuntimeError(
                "the wave left the range of the wall law (A not positive or not finite). Is the inflow in m^3/s?"
            )
    kept_A, kept_U = kept_A.swapaxes(0, 1), kept_U.swapaxes(0, 1)
    found = (kept_A, kept_U, tube.pressure(kept_A))
    if rows == 1 and all(np.ndim(value) == 0 for value in vars(artery).values()):
        found = tuple(v[0] for v in found)
    return Pulse(artery.period / keep * np.arange(keep), np.linspace(0, artery.length, nodes), *found)


class _Tube:
    """Arteries on a grid: their constants as arrays, the state (rows, nodes), and one step of each scheme."""

    def __init__(self, artery, inflow, factor, keep):
        nodes = factor.shape[-1]
        self.rho, Ad = artery.density, artery.area
        b = np.atleast_2d(artery.stiffness) * factor  # (rows or 1, nodes)
        rows = max(np.size(value) for value in vars(artery).values())
        rows = max(rows, np.size(inflow(0.0)), factor.size // nodes)
        self.b = np.broadcast_to(b, (rows, nodes))
        self.speed = np.sqrt(self.b / (2 * self.rho))  # wave speed is speed * A^(1/4)
        self.drag = 8 * np.pi * artery.viscosity / self.rho
        self.root = np.sqrt(Ad)
        self.R1, self.R2, self.C, self.Pv, self.Pd = (
            np.broadcast_to(getattr(artery, k), (rows, 1))[:, 0] for k in ("R1", "R2", "C", "venous", "diastolic")
        )
        dx = artery.length / (nodes - 1)
        fastest = 1.25 * float((self.speed.max(1, keepdims=True) * np.sqrt(self.root)).max()) + 0.8
        self.steps = keep * int(np.ceil(artery.period * fastest / (0.9 * dx * keep)))  # of a period
        self.dt = artery.period / self.steps
        self.ratio = self.dt / dx
        self.flows = np.stack([np.broadcast_to(inflow(t), rows) for t in self.dt * np.arange(self.steps + 1)])

        self.A = np.broadcast_to(Ad, (rows, nodes)).astype(float).copy()
        self.U = self.flows[0][:, None] / self.A
        self.Pc = self.Pd - self.R1 * self.flows[0]  # behind the first resistance

    def pressure(self, A):
        """Pressure [Pa] at cross sections (rows, times, nodes)."""
        return self.Pd[:, None, None] + self.b[:, None] * (np.sqrt(A) - np.asarray(self.root).reshape(-1, 1, 1))

    def invariant(self, side, sign):
        """U + sign 4c at the foot of the characteristic that reaches an end, friction included: (rows,)."""
        near, step = (0, 1) if side == 0 else (-1, -1)
        u, a = (v[:, [near, near + step, near + 2 * step]] for v in (self.U, self.A))
        c = self.speed[:, [near]] * a**0.25
        w, speed_out = u + 4 * sign * c, abs(u + sign * c)
        share = self.ratio * speed_out[:, 0]
        share = share * (1 + self.ratio * (speed_out[:, 1] - speed_out[:, 0]))  # speed at half the way
        slope, bend = (4 * w[:, 1] - w[:, 2] - 3 * w[:, 0]) / 2, w[:, 2] - 2 * w[:, 1] + w[:, 0]
        return w[:, 0] + share * slope + share**2 / 2 * bend - self.dt * self.drag * u[:, 0] / a[:, 0]

    def ends(self, newA, newU, Q):
        """Fill both ends after a step, with the flow Q (rows,) at the first, and advance the Windkessel."""
        A, U, Pc, Pv, R1, R2, root = self.A, self.U, self.Pc, self.Pv, self.R1, self.R2, self.root
        back, forth = self.invariant(0, -1), self.invariant(-1, 1)
        a, s = A[:, 0], self.speed[:, 0]
        for _ in range(3):  # Newton: a U = Q with U = back + 4c
            c = s * a**0.25
            a = a - (a * (back + 4 * c) - Q) / (back + 5 * c)
        newA[:, 0], newU[:, 0] = a, back + 4 * s * a**0.25
        old = A[:, -1] * U[:, -1] - (Pc - Pv) / R2
        a, s, stiff, r = A[:, -1], self.speed[:, -1], self.b[:, -1], root if np.ndim(root) == 0 else root[:, 0]
        k = self.dt / (2 * self.C)
        for _ in range(3):  # P(a) - R1 Q = Pc after the step, trapezoidal rule
            c = s * a**0.25
            Q = a * (forth - 4 * c)
            dQ = forth - 5 * c
            later = (Pc + k * (old + Q + Pv / R2)) / (1 + k / R2)
            gap = self.Pd + stiff * (np.sqrt(a) - r) - R1 * Q - later
            a = a - gap / (stiff / (2 * np.sqrt(a)) - R1 * dQ - k * dQ / (1 + k / R2))
        u = forth - 4 * s * a**0.25
        newA[:, -1], newU[:, -1] = a, u
        self.Pc = (Pc + k * (old + a * u + Pv / R2)) / (1 + k / R2)

    def maccormack(self):
        """Predictor and corrector on the conservation laws: A and U inside after a step."""
        A, U, b, rho, root, ratio = self.A, self.U, self.b, self.rho, self.root, self.ratio
        dt, drag = self.dt, self.drag
        f, g = A * U, U**2 / 2 + b * (np.sqrt(A) - root) / rho
        A1, U1 = A.copy(), U - dt * drag * U / A
        A1[:, :-1] -= ratio * (f[:, 1:] - f[:, :-1])
        U1[:, :-1] -= ratio * (g[:, 1:] - g[:, :-1])
        f, g = A1 * U1, U1**2 / 2 + b * (np.sqrt(A1) - root) / rho
        newA, newU = np.empty_like(A), np.empty_like(U)
        newA[:, 1:] = (A[:, 1:] + A1[:, 1:] - ratio * (f[:, 1:] - f[:, :-1])) / 2
        newU[:, 1:] = (U[:, 1:] + U1[:, 1:] - ratio * (g[:, 1:] - g[:, :-1]) - dt * drag * U1[:, 1:] / A1[:, 1:]) / 2
        return newA, newU

    def characteristics(self):
        """Riemann invariants traced back over a step: A and U inside after it."""
        A, U, speed, ratio, dt, drag = self.A, self.U, self.speed, self.ratio, self.dt, self.drag
        c, slowed = speed * A**0.25, U * (1 - dt * drag / (2 * A))  # half of the friction before, half after
        feet = []
        for sign in (1, -1):
            w, share = slowed + 4 * sign * c, ratio * (slowed + sign * c)
            share = share[:, 1:-1] * (1 - (share[:, 2:] - share[:, :-2]) / 4)  # speed at half the way
            slope, bend = (w[:, 2:] - w[:, :-2]) / 2, w[:, 2:] - 2 * w[:, 1:-1] + w[:, :-2]
            feet.append(w[:, 1:-1] - share * slope + share**2 / 2 * bend)
        newA, newU = np.empty_like(A), np.empty_like(U)
        newA[:, 1:-1] = ((feet[0] - feet[1]) / (8 * speed[:, 1:-1])) ** 4
        newU[:, 1:-1] = (feet[0] + feet[1]) / 2 * (1 - dt * drag / (2 * newA[:, 1:-1]))
        return newA, newU


def linear_wave(artery, amplitudes, x, t):
    """Pressure above rest [Pa] and flow [m^3/s] of small waves on blood at rest, by harmonics: two (times, places) arrays.

    Linearised about A_d and P_v = P_d: a transmission line with friction that ends in the Windkessel.

    Parameters
    ----------
    amplitudes : complex (K,); the inflow is the real part of sum_k amplitudes[k] exp(i (k + 1) 2 pi t / period).
    x, t : (places,) [m] and (times,) [s].
    """
    x, t = np.atleast_1d(_input.numbers(x, "x")), np.atleast_1d(_input.numbers(t, "t"))
    if np.asarray(amplitudes).dtype.kind not in "biufc":
        raise ValueError(
            f"expected amplitudes (K,) of the inflow [m^3/s]; got {amplitudes!r}. Complex or real numbers."
        )
    p = q = 0
    for k, amplitude in enumerate(np.atleast_1d(amplitudes), start=1):
        s = 2j * np.pi * k / artery.period
        series = s * artery.density / artery.area + 8 * np.pi * artery.viscosity / artery.area**2
        shunt = s * 2 * np.sqrt(artery.area) / artery.stiffness
        gamma, own = np.sqrt(series * shunt), np.sqrt(series / shunt)
        load = artery.R1 + artery.R2 / (1 + s * artery.R2 * artery.C)
        echo = (load - own) / (load + own)
        forth, back = np.exp(-gamma * x), echo * np.exp(-gamma * (2 * artery.length - x))
        scale = amplitude / (1 - echo * np.exp(-2 * gamma * artery.length))
        turn = np.exp(s * t)[:, None]
        p, q = p + (own * scale * (forth + back) * turn).real, q + (scale * (forth - back) * turn).real
    return p, q
