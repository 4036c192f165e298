"""Glucose and insulin in type 1 diabetes: the small model of a twin and the larger one of a virtual patient, with inputs."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["MG_PER_MMOL", "Hovorka", "MinimalModel", "cohort"]

MG_PER_MMOL = 18.016  # glucose: 1 mmol/l is 18.016 mg/dl, since 1 mmol weighs 180.16 mg
DAY = 1440.0  # [min]
FASTEST = 0.2  # [1/min] remote insulin beyond it does no more, in `MinimalModel.rhs`


class _Inputs(Model):
    """A model whose rates take what is infused and what is eaten; each constant is a number or an array that broadcasts."""

    stable = 7.5  # [min] steps of a plan, short enough where insulin acts fast

    def _given(self, y, **amounts):
        """A copy of the state, and what is given to it: finite amounts, none negative, that fit it."""
        y, found = _input.numbers(y, "y").copy(), []
        for name, amount in amounts.items():
            amount = _input.array(amount, name, "any", low=0)
            fits = amount.ndim < y.ndim and all(
                a in (1, b) for a, b in zip(amount.shape[::-1], y.shape[:0:-1], strict=False)
            )
            if not fits:
                raise ValueError(
                    f"expected {name}, a number or one a patient, {y.shape[1:]}; got {amount.shape}. Look at its axes."
                )
            found.append(amount)
        return y, *found

    def advance(self, t, y, minutes, insulin=0.0, carbs=0.0, *, step=5.0):
        """State after `minutes` with inputs held constant, by the classical Runge-Kutta method.

        Parameters
        ----------
        t : float
            Time [min].
        y : array (states, …)
        minutes : float
        insulin, carbs : numbers or arrays (…)
            Infusion [mU/min] and eating [mg/min].
        step : float
            Longest step [min].

        Raises
        ------
        ValueError : minutes or step not positive, a state of another size.
        """
        minutes, step = _input.number(minutes, "minutes", above=0), _input.number(step, "step", above=0)
        y = _input.numbers(y, "y")
        if not y.ndim or len(y) != len(self.names):
            raise ValueError(
                f"expected {len(self.names)} states ({', '.join(self.names)}); got shape {y.shape}. Begin with rest()."
            )
        n = _input.steps(minutes, step, ceil=1e-9)
        h = minutes / n
        for k in range(n):
            s = t + k * h
            a = self.rhs(s, y, insulin, carbs)
            b = self.rhs(s + h / 2, y + h / 2 * a, insulin, carbs)
            c = self.rhs(s + h / 2, y + h / 2 * b, insulin, carbs)
            d = self.rhs(s + h, y + h * c, insulin, carbs)
            y = y + h / 6 * (a + 2 * b + 2 * c + d)
        return y


@dataclass(frozen=True)
class MinimalModel(_Inputs):
    r"""Bergman's minimal model of glucose $G$ and remote insulin $X$, fed by insulin under the skin and by meals.

    $\dot G = S_G (G_b - G) - X G + D_2 / (t_G V) + d$, $\dot X = p_2 (S_I (I - I_b) - X)$; the chain
    $\dot S_1 = u - S_1/t_I$, $\dot S_2 = (S_1 - S_2)/t_I$, $\dot I = k_e (S_2 / (t_I\,\mathit{CL}) - I)$;
    the gut $\dot D_1 = A c - D_1/t_G$, $\dot D_2 = (D_1 - D_2)/t_G$; the sensor $\dot C = k_s (G - C)$;
    what the model does not explain, $\dot d = -d / t_d$. Below basal insulin ($X < 0$) $-X G_b$ stands for $-X G$, so that glucose rises in a
    straight line, not exponentially, and beyond 0.2/min $X$ does no more (both ours). $u$ is infused [mU/min], $c$ eaten [mg/min].

    $G$ and $X$ are Bergman et al. 1979 (doi:10.1152/ajpendo.1979.236.6.E667); SG, p2 and SI are those of one healthy subject (see
    `mmlib.twin.tolerance`). Chain, gut and their constants are those of Hovorka et al. 2004 (doi:10.1088/0967-3334/25/4/010).
    $t_d$ is ours.

    >>> twin = MinimalModel()
    >>> y = twin.rest()
    >>> bool(abs(twin.rhs(0.0, y, twin.clearance * twin.Ib)).max() < 1e-12)
    True
    """

    SG: float | np.ndarray = 0.026  # glucose effectiveness [1/min]
    p2: float | np.ndarray = 0.025  # [1/min]
    SI: float | np.ndarray = 5e-4  # insulin sensitivity [l/(mU min)]
    Gb: float | np.ndarray = 110.0  # [mg/dl]
    Ib: float | np.ndarray = 10.0  # [mU/l]
    V: float | np.ndarray = 120.0  # space of glucose [dl]
    clearance: float | np.ndarray = 1.24  # of insulin [l/min]
    ke: float | np.ndarray = 0.138  # [1/min]
    tI: float | np.ndarray = 55.0  # [min]
    tG: float | np.ndarray = 40.0  # [min]
    AG: float | np.ndarray = 0.8  # share of the carbohydrate that arrives [1]
    ks: float | np.ndarray = 0.073  # sensor [1/min]
    td: float | np.ndarray = 120.0  # [min]
    swing: float | np.ndarray = 0.0  # amplitude of SI within the day [1]
    phase: float | np.ndarray = 0.0  # [min]

    names = ("S1", "S2", "I", "X", "D1", "D2", "G", "C", "d")
    units = {
        "S1": "mU", "S2": "mU", "I": "mU/l", "X": "1/min", "D1": "mg", "D2": "mg", "G": "mg/dl", "C": "mg/dl", "d": "mg/dl/min",
        "t": "min", "SG": "1/min", "p2": "1/min", "SI": "l/(mU min)", "Gb": "mg/dl", "Ib": "mU/l", "V": "dl", "clearance": "l/min",
        "ke": "1/min", "tI": "min", "tG": "min", "AG": "1", "ks": "1/min", "td": "min", "swing": "1", "phase": "min",
    }  # fmt: skip
    may_be_zero = ("swing",)
    any_sign = ("phase",)
    of_states = ("glucose", "sensor", "eat", "inject")

    def glucose(self, y):
        """Plasma glucose [mg/dl] in states y (9, …)."""
        return y[6]

    def sensor(self, y):
        """Glucose at the sensor [mg/dl] in states y (9, …), without its noise."""
        return y[7]

    def eat(self, y, carbs):
        """The states y (9, …) after `carbs` [mg] were eaten at once."""
        y, carbs = self._given(y, carbs=carbs)
        y[4] += self.AG * carbs
        return y

    def inject(self, y, glucose=0.0, insulin=0.0):
        """The states y (9, …) after glucose [mg] and insulin [mU] were injected into a vein."""
        y, glucose, insulin = self._given(y, glucose=glucose, insulin=insulin)
        y[6] += glucose / self.V
        y[2] += insulin * self.ke / self.clearance
        return y

    def rest(self):
        """State (9, …) that stays under the basal infusion `clearance * Ib`."""
        zero = np.zeros(np.broadcast(*(np.asarray(getattr(self, f.name)) for f in fields(self))).shape)
        depot = self.clearance * self.Ib * self.tI + zero
        return np.stack([depot, depot, self.Ib + zero, zero, zero, zero, self.Gb + zero, self.Gb + zero, zero])

    def rhs(self, t, y, insulin=0.0, carbs=0.0):
        """Rates (9, …) per minute at y (9, …), with insulin [mU/min] and carbohydrate [mg/min] coming in."""
        s1, s2, i, x, d1, d2, g, c, d = y
        out = np.empty(np.broadcast_shapes(y.shape, (1, *np.shape(self.SI)), (1, *np.shape(insulin))))
        out[0] = insulin - s1 / self.tI
        out[1] = (s1 - s2) / self.tI
        out[2] = self.ke * (s2 / (self.tI * self.clearance) - i)
        s = 1 + self.swing * np.sin(2 * np.pi * (t - self.phase) / DAY)
        out[3] = self.p2 * (s * self.SI * (i - self.Ib) - x)
        out[4] = self.AG * carbs - d1 / self.tG
        out[5] = (d1 - d2) / self.tG
        out[6] = (
            self.SG * (self.Gb - g)
            - np.where(x > 0, np.minimum(x, FASTEST) * g, x * self.Gb)
            + d2 / (self.tG * self.V)
            + d
        )
        out[7] = self.ks * (g - c)
        out[8] = -d / self.td
        return out


@dataclass(frozen=True)
class Hovorka(_Inputs):
    r"""A virtual patient without insulin of his own: Hovorka et al. 2004 (doi:10.1088/0967-3334/25/4/010).

    Insulin under the skin $S_1, S_2$ [mU] and in plasma $I$ [mU/l], its three actions $x_1, x_2, x_3$, glucose within and beyond reach
    $Q_1, Q_2$ [mmol], the gut $D_1, D_2$ [mmol], the sensor $C$ [mmol/l], with $G = Q_1/V_G$:

    $\dot Q_1 = -F_{01} \min(1, G/4.5) - F_R - x_1 Q_1 + k_{12} Q_2 + D_2/t_G + E_0 \max(0, 1 - x_3)$,
    $\dot Q_2 = x_1 Q_1 - (k_{12} + x_2) Q_2$, $\dot x_j = k_{aj} (s S_j I - x_j)$, $F_R = 0.003 \max(0, G - 9) V_G$,
    $\dot I = S_2/(t_I V_I) - k_e I$. Volumes, $F_{01}$ and $E_0$ grow with the weight.

    Constants as the public simulators jonasnm/gym and McGillDiabetesLab/artificial-pancreas-simulator state them. That the liver does not take
    up what it makes (the $\max$), and the swing $s = s_0 (1 + a \sin(2 \pi (t - t_a) / \text{day}))$ of all three sensitivities, are ours.
    Each field is a number or an array (patients,).

    >>> patient = Hovorka()
    >>> y, basal = patient.rest(110.0)  # [mg/dl]
    >>> bool(abs(patient.rhs(0.0, y, basal)).max() < 1e-9), round(float(basal * 60 / 1000), 2)  # U/h
    (True, 0.41)
    """

    weight: float | np.ndarray = 75.0  # [kg]
    VG: float | np.ndarray = 0.16  # [l/kg]
    VI: float | np.ndarray = 0.12  # [l/kg]
    k12: float | np.ndarray = 0.066  # [1/min]
    ka1: float | np.ndarray = 0.006  # [1/min]
    ka2: float | np.ndarray = 0.06  # [1/min]
    ka3: float | np.ndarray = 0.03  # [1/min]
    SIT: float | np.ndarray = 51.2e-4  # transport [l/(mU min)]
    SID: float | np.ndarray = 8.2e-4  # disposal [l/(mU min)]
    SIE: float | np.ndarray = 520e-4  # production by the liver [l/mU]
    EGP0: float | np.ndarray = 0.0161  # production without insulin [mmol/(kg min)]
    F01: float | np.ndarray = 0.0097  # uptake without insulin [mmol/(kg min)]
    tI: float | np.ndarray = 55.0  # [min]
    ke: float | np.ndarray = 0.138  # [1/min]
    tG: float | np.ndarray = 40.0  # [min]
    AG: float | np.ndarray = 0.8  # [1]
    ks: float | np.ndarray = 0.073  # sensor [1/min]
    scale: float | np.ndarray = 1.0  # of the three sensitivities on this day [1]
    swing: float | np.ndarray = 0.0  # their amplitude within the day [1]
    phase: float | np.ndarray = 0.0  # [min]

    names = ("S1", "S2", "I", "x1", "x2", "x3", "Q1", "Q2", "D1", "D2", "C")
    units = {
        "S1": "mU", "S2": "mU", "I": "mU/l", "x1": "1/min", "x2": "1/min", "x3": "1", "Q1": "mmol", "Q2": "mmol", "D1": "mmol", "D2": "mmol",
        "C": "mmol/l", "t": "min", "weight": "kg", "VG": "l/kg", "VI": "l/kg", "k12": "1/min", "ka1": "1/min", "ka2": "1/min", "ka3": "1/min",
        "SIT": "l/(mU min)", "SID": "l/(mU min)", "SIE": "l/mU", "EGP0": "mmol/(kg min)", "F01": "mmol/(kg min)", "tI": "min", "ke": "1/min",
        "tG": "min", "AG": "1", "ks": "1/min", "scale": "1", "swing": "1", "phase": "min",
    }  # fmt: skip
    may_be_zero = ("swing",)
    any_sign = ("phase",)
    of_states = ("glucose", "sensor", "eat", "inject")
    stable = 5.0

    def glucose(self, y):
        """Plasma glucose [mg/dl] in states y (11, …)."""
        return MG_PER_MMOL * y[6] / (self.VG * self.weight)

    def sensor(self, y):
        """Glucose at the sensor [mg/dl] in states y (11, …), without its noise."""
        return MG_PER_MMOL * y[10]

    def eat(self, y, carbs):
        """The states y (11, …) after `carbs` [mg] were eaten at once."""
        y, carbs = self._given(y, carbs=carbs)
        y[8] += self.AG * carbs / (10 * MG_PER_MMOL)
        return y

    def inject(self, y, glucose=0.0, insulin=0.0):
        """The states y (11, …) after glucose [mg] and insulin [mU] were injected into a vein."""
        y, glucose, insulin = self._given(y, glucose=glucose, insulin=insulin)
        y[6] += glucose / (10 * MG_PER_MMOL)
        y[2] += insulin / (self.VI * self.weight)
        return y

    def rest(self, glucose):
        """State (11, …) at rest at `glucose` [mg/dl] with the day's swing left out, and the infusion [mU/min] that holds it.

        Raises
        ------
        ValueError : no infusion of zero or more holds a patient there; the first such patient is named.
        """
        g = np.asarray(_input.number(glucose, "glucose", above=0)) / MG_PER_MMOL
        shape = np.broadcast(*(np.asarray(getattr(self, f.name)) for f in fields(self))).shape
        low, high = np.zeros(shape), np.full(shape, 1e4)

        def surplus(i):
            x1, x2, x3 = (self.scale * s * i for s in (self.SIT, self.SID, self.SIE))
            q1 = g * self.VG * self.weight
            made = self.weight * (self.EGP0 * np.maximum(0, 1 - x3) - self.F01 * np.minimum(1, g / 4.5))
            return made - 0.003 * np.maximum(0, g - 9) * self.VG * self.weight - x1 * q1 * x2 / (self.k12 + x2)

        bad = surplus(low) < 0
        if bad.any():
            raise ValueError(
                f"expected patients whom some infusion holds at {glucose} mg/dl; got number {int(np.argmax(bad))}, who falls below it "
                "without insulin. Draw another one, or ask for less glucose."
            )
        for _ in range(60):
            middle = (low + high) / 2
            up = surplus(middle) > 0
            low, high = np.where(up, middle, low), np.where(up, high, middle)
        i = (low + high) / 2
        x1, x2, x3 = (self.scale * s * i for s in (self.SIT, self.SID, self.SIE))
        basal = i * self.ke * self.VI * self.weight
        q1, zero = g * self.VG * self.weight + 0 * i, 0 * i
        return np.stack(
            [basal * self.tI, basal * self.tI, i, x1, x2, x3, q1, x1 * q1 / (self.k12 + x2), zero, zero, g + zero]
        ), basal

    def rhs(self, t, y, insulin=0.0, carbs=0.0):
        """Rates (11, …) per minute at y (11, …), with insulin [mU/min] and carbohydrate [mg/min] coming in."""
        s1, s2, i, x1, x2, x3, q1, q2, d1, d2, c = y
        space = self.VG * self.weight
        g = q1 / space
        s = self.scale * (1 + self.swing * np.sin(2 * np.pi * (t - self.phase) / DAY))
        out = np.empty(np.broadcast_shapes(y.shape, (1, *np.shape(insulin)), (1, *np.shape(self.SIT))))
        out[0] = insulin - s1 / self.tI
        out[1] = (s1 - s2) / self.tI
        out[2] = s2 / (self.tI * self.VI * self.weight) - self.ke * i
        out[3] = self.ka1 * (s * self.SIT * i - x1)
        out[4] = self.ka2 * (s * self.SID * i - x2)
        out[5] = self.ka3 * (s * self.SIE * i - x3)
        made = self.weight * (self.EGP0 * np.maximum(0, 1 - x3) - self.F01 * np.minimum(1, g / 4.5))
        out[6] = made - 0.003 * np.maximum(0, g - 9) * space - x1 * q1 + self.k12 * q2 + d2 / self.tG
        out[7] = x1 * q1 - (self.k12 + x2) * q2
        out[8] = self.AG * carbs / (10 * MG_PER_MMOL) - d1 / self.tG
        out[9] = (d1 - d2) / self.tG
        out[10] = self.ks * (g - c)
        return out


SPREAD = {"SIT": 32.09 / 51.2, "SID": 7.84 / 8.2, "SIE": 306.2 / 520, "EGP0": 0.0039 / 0.0161, "VG": 0.23}
"""Standard deviation over mean, in Boiroux 2012 (PhD thesis, DTU), Table 2.1, as the README of dtu-mt-patient-generator quotes it."""
OTHERS = {
    "F01": 0.15,
    "k12": 0.15,
    "ka1": 0.25,
    "ka2": 0.25,
    "ka3": 0.25,
    "tI": 0.15,
    "ke": 0.15,
    "VI": 0.15,
    "tG": 0.2,
    "ks": 0.15,
}
BASAL = (0.3, 2.5)  # [U/h] a patient who needs another infusion at rest is drawn again


def cohort(n: int, rng, *, glucose=110.0) -> Hovorka:
    """n virtual patients: the constants of `Hovorka`, each log-normal about its value, cut at one standard deviation.

    The coefficients of variation of the three sensitivities, of production and of the glucose space are published (`SPREAD`), and so is the weight, uniform
    from 65 to 95 kg; those of the other constants (`OTHERS`), the log-normal shape, its cut, independence, and the range of basal rates (`BASAL`), are ours.

    Raises
    ------
    ValueError : n below one, no generator, or patients that fit hardly ever.

    >>> patients = cohort(3, np.random.default_rng(0))
    >>> patients.SIT.shape
    (3,)
    """
    n, rng = _input.whole(n, "n", least=1), _input.generator(rng)
    kept, found = [], 0
    for _ in range(200):
        draw = {}
        for name, cv in (SPREAD | OTHERS).items():
            sd = np.sqrt(np.log1p(cv**2))
            z = rng.standard_normal((40, n))
            z = np.take_along_axis(z, (abs(z) < 1).argmax(axis=0)[None], axis=0)[0]  # the first draw within one sd
            draw[name] = getattr(Hovorka, name) * np.exp(sd * z)
        draw["weight"] = rng.uniform(65, 95, n)
        some = Hovorka(**draw)
        able = some.EGP0 - some.F01 - 0.0001 > 0
        able[able] &= _needs(_choose(some, able), glucose)
        kept.append({name: v[able] for name, v in draw.items()})
        found += able.sum()
        if found >= n:
            return Hovorka(**{name: np.concatenate([d[name] for d in kept])[:n] for name in kept[0]})
    raise ValueError(f"expected patients who rest at {glucose} mg/dl with {BASAL} U/h; got hardly any. Ask for 110.")


def _needs(patients, glucose):
    basal = 0.06 * patients.rest(glucose)[1]
    return (basal > BASAL[0]) & (basal < BASAL[1])


def _choose(patients, which):
    """The patients `which` (indices or bool), for fields that are arrays."""
    return replace(
        patients,
        **{f.name: getattr(patients, f.name)[which] for f in fields(patients) if np.ndim(getattr(patients, f.name))},
    )
