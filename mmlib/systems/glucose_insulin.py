"""Ultradian oscillations of glucose and insulin: six states, seventeen parameters, three meals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import solve_ivp

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["PARAMETERS", "GlucoseInsulin", "box", "published_start", "readings"]

PARAMETERS = ("E", "tp", "ti", "td", "k", "Rm", "a1", "C1", "C2", "C4", "C5", "Ub", "U0", "Um", "Rg", "alpha", "beta")
"""The seventeen unknowns, in the order of Daneker et al. 2023 (doi:10.1007/978-1-0716-3008-2_4)."""

VP, VI, VG, C3 = 3.0, 11.0, 10.0, 100.0  # plasma, interstitium, glucose space [l]; [mg/l]: taken as known
MG_PER_DL = 10 * VG  # 10 dl a litre: glucose [mg] divided by this is its concentration [mg/dl]


@dataclass(frozen=True)
class GlucoseInsulin(Model):
    r"""Model of Sturis et al. 1991 with meals, in the form of Daneker et al. 2023 (doi:10.1007/978-1-0716-3008-2_4).

    Insulin in plasma $I_p$ and between the cells $I_i$ [mU], glucose $G$ [mg], a delay in three steps $h_1, h_2, h_3$ [mU]:

    $\dot I_p = f_1(G) - E (I_p/V_p - I_i/V_i) - I_p/t_p$, $\dot I_i = E (I_p/V_p - I_i/V_i) - I_i/t_i$,
    $\dot G = f_4(h_3) + I_G(t) - f_2(G) - f_3(I_i) G$, $t_d \dot h_1 = I_p - h_1$, $t_d \dot h_2 = h_1 - h_2$,
    $t_d \dot h_3 = h_2 - h_3$, with $f_1 = R_m \sigma(G/(V_g C_1) - a_1)$, $f_2 = U_b (1 - e^{-G/(V_g C_2)})$,
    $f_3 = (U_0 + U_m / (1 + (\kappa I_i)^{-\beta})) / (V_g C_3)$, $\kappa = (1/V_i + 1/(E t_i)) / C_4$,
    $f_4 = R_g \sigma(\alpha (1 - h_3/(V_p C_5)))$, $I_G = \sum_j m_j k\, e^{-k (t - t_j)}$ over the meals before $t$.

    >>> model = GlucoseInsulin()
    >>> model.rhs(0.0, model.start).shape
    (6,)
    >>> bool(70 < model.path([0, 200]).glucose[-1] < 200)  # mg/dl
    True
    """

    E: float = 0.2  # [l/min] exchange of insulin between plasma and interstitium
    tp: float = 6.0  # [min] insulin in plasma
    ti: float = 100.0  # [min] insulin in the interstitium
    td: float = 12.0  # [min] delay of the liver's answer, each of three steps
    k: float = 1 / 120  # [1/min] uptake of a meal
    Rm: float = 209.0  # [mU/min] greatest secretion
    a1: float = 6.6  # [1]
    C1: float = 300.0  # [mg/l]
    C2: float = 144.0  # [mg/l]
    C4: float = 80.0  # [mU/l]
    C5: float = 26.0  # [mU/l]
    Ub: float = 72.0  # [mg/min] greatest uptake without insulin
    U0: float = 4.0  # [mg/min] (times 10 in Sturis et al., whose C3 is ten times this one)
    Um: float = 90.0  # [mg/min]
    Rg: float = 180.0  # [mg/min] greatest release by the liver
    alpha: float = 7.5  # [1]
    beta: float = 1.772  # [1]
    meals: tuple = ((300.0, 60e3), (650.0, 40e3), (1100.0, 50e3))  # (time [min], glucose [mg])

    names = ("Ip", "Ii", "G", "h1", "h2", "h3")
    units = {
        "Ip": "mU", "Ii": "mU", "G": "mg", "h1": "mU", "h2": "mU", "h3": "mU", "t": "min", "E": "l/min", "tp": "min",
        "ti": "min", "td": "min", "k": "1/min", "Rm": "mU/min", "a1": "1", "C1": "mg/l", "C2": "mg/l", "C4": "mU/l",
        "C5": "mU/l", "Ub": "mg/min", "U0": "mg/min", "Um": "mg/min", "Rg": "mg/min", "alpha": "1", "beta": "1",
        "meals": "(min, mg)",
    }  # fmt: skip
    unchecked = ("meals",)
    start = (36.0, 44.0, 11000.0, 0.0, 0.0, 0.0)

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "meals", _meals(self.meals))

    @classmethod
    def of(cls, values, **others) -> GlucoseInsulin:
        """The model with `values` (17,) in the order of `PARAMETERS`; `others` may be meals."""
        values = _input.numbers(values, "values")
        if values.shape != (17,) or not np.isfinite(values).all() or (values <= 0).any():
            raise ValueError(
                f"expected 17 positive values, in the order {' '.join(PARAMETERS)}; got shape {values.shape}. One set? Pass values[0]."
            )
        return cls(**dict(zip(PARAMETERS, values.tolist(), strict=True)), **others)

    @property
    def values(self) -> np.ndarray:
        """The unknowns as an array (17,), in the order of `PARAMETERS`."""
        return np.array([getattr(self, name) for name in PARAMETERS])

    def eat(self, *meals) -> GlucoseInsulin:
        """The same person with other meals, each (time [min], glucose [mg])."""
        return replace(self, meals=meals)

    def appearance(self, t):
        """Glucose that meals bring into the blood at time t [mg/min]."""
        return sum(m * self.k * np.exp(-self.k * (t - s)) for s, m in self.meals if s <= t)

    def rhs(self, t, state):
        """Rates (6,) at the state (6,) [mU/min; mg/min for G] at one time t [min]."""
        ip, ii, g, h1, h2, h3 = state
        f1 = self.Rm / (1 + np.exp(self.a1 - g / (VG * self.C1)))
        f2 = self.Ub * (1 - np.exp(-g / (VG * self.C2)))
        kappa = (1 / VI + 1 / (self.E * self.ti)) / self.C4
        f3 = (self.U0 + self.Um / (1 + (kappa * ii) ** -self.beta)) / (VG * C3)
        f4 = self.Rg / (1 + np.exp(self.alpha * (h3 / (VP * self.C5) - 1)))
        exchange = self.E * (ip / VP - ii / VI)
        return np.array(
            [
                f1 - exchange - ip / self.tp,
                exchange - ii / self.ti,
                f4 + self.appearance(t) - f2 - f3 * g,
                (ip - h1) / self.td,
                (h1 - h2) / self.td,
                (h2 - h3) / self.td,
            ]
        )

    def path(self, t, *, method="DOP853", rtol=1e-10) -> Path:
        """Integrate from `start` at time 0 through the times t (n,) [min], anew from each meal on.

        Raises
        ------
        ValueError : t is not increasing from 0 on.
        RuntimeError : the integrator gave up.
        """
        t, rtol = _input.times(t, "t", least=1, start=0), _input.number(rtol, "rtol", above=0, below=1)
        _input.choice(method, "method", ("RK45", "RK23", "DOP853", "Radau", "BDF", "LSODA"))
        y, now = np.empty((6, len(t))), 0.0
        state = np.array(self.start)
        y[:, t == 0] = state[:, None]
        ends = sorted({s for s, _ in self.meals if 0 < s < t[-1]} | {t[-1]} - {0.0})
        for end in ends:
            inside = (t > now) & (t <= end)
            eaten = replace(self, meals=tuple(m for m in self.meals if m[0] <= now))
            run = solve_ivp(
                eaten.rhs, (now, end), state, method, t_eval=np.append(t[inside & (t < end)], end), rtol=rtol, atol=1e-8
            )
            if not run.success:
                reached = run.t[-1] if len(run.t) else now
                raise RuntimeError(f"{method} stopped at {reached:.4g} min: {run.message} Try another method.")
            y[:, inside] = run.y[:, : inside.sum()]
            state, now = run.y[:, -1], end
        return Path(t, y)


def _meals(meals) -> tuple:
    """Pairs (time [min], glucose [mg]) of numbers, none negative."""
    none = isinstance(meals, list | tuple | np.ndarray) and not len(meals)
    pairs = np.empty((0, 2)) if none else _input.numbers(meals, "meals")
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.isfinite(pairs).all() or (pairs < 0).any():
        raise ValueError(
            f"expected meals as pairs (time [min], glucose [mg]), zero or positive; got {_input.shown(meals)}. One meal? Pass "
            "((300.0, 60000.0),)."
        )
    return tuple((float(t), float(m)) for t, m in pairs)


@dataclass(frozen=True)
class Path:
    """What `GlucoseInsulin.path` returns."""

    t: np.ndarray  # (n,) [min]
    y: np.ndarray  # (6, n) in the order of `GlucoseInsulin.names`

    @property
    def glucose(self) -> np.ndarray:
        """(n,) [mg/dl]"""
        return self.y[2] / MG_PER_DL


def box() -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends of the published search ranges, (17,) each, in the order of `PARAMETERS`.

    From the authors' code, lu-group/sbinn, sbinn/sbinn_tf.py at 8325396: 0.2 to 1.8 times a nominal value, except for the
    first four.

    >>> low, high = box()
    >>> (low < GlucoseInsulin().values).all() and (GlucoseInsulin().values < high).all()
    np.True_
    """
    nominal = GlucoseInsulin(k=0.0083).values  # their k is rounded
    low, high = 0.2 * nominal, 1.8 * nominal
    low[:4], high[:4] = (0.1, 4, 60, 25 / 3), (0.3, 8, 140, 50 / 3)
    return low, high


def published_start() -> np.ndarray:
    """Where the published search begins: tanh(0), the middle of each range, (17,)."""
    low, high = box()
    return (low + high) / 2


def readings(p, t, *, meals=GlucoseInsulin.meals, step=2.0, slopes=True):
    """Glucose at times t for many sets of parameters at once, with its derivatives.

    A classical Runge-Kutta scheme of fourth order with fixed steps carries the states and, along with them, their
    derivatives with respect to the parameters. Readings between two steps are interpolated by cubics.

    Parameters
    ----------
    p : (draws, 17), in the order of `PARAMETERS`.
    t : (n,) [min], not below 0.
    meals : (time [min], glucose [mg]) each; their times are multiples of the step.
    step : [min]. At 2 min glucose is right to 1e-4 mg/dl; the fastest process takes about 3 min.
    slopes : also compute derivatives?

    Returns
    -------
    glucose : (draws, n) [mg/dl]; not finite where parameters drive the solution away.
    slope : (draws, n, 17), derivative of glucose with respect to each parameter; None without `slopes`.

    Raises
    ------
    ValueError : shapes that do not fit, parameters that are not positive, meals off the grid of steps.

    >>> glucose, slope = readings(GlucoseInsulin().values[None], [0, 301])
    >>> glucose.shape, slope.shape, bool(abs(glucose[0, 1] - GlucoseInsulin().path([0, 301]).glucose[1]) < 1e-3)
    ((1, 2), (1, 2, 17), True)
    """
    p = _input.array(p, "positive parameters p", "(draws, 17)", positive=True, remedy="One set? Pass p[None].")
    t, meals = _input.array(t, "times t from 0 on", "(n,)", low=0), _meals(meals)
    step = _input.number(step, "step", above=0, remedy="In minutes; try 2.0.")
    slopes = _input.flag(slopes, "slopes")
    if any(abs(s / step - round(s / step)) > 1e-9 for s, _ in meals):
        raise ValueError(f"expected meals at multiples of the step, {step} min; got {meals}. Choose another step.")
    draws, k = len(p), p[:, 4]
    system = _Rates(p, slopes)
    y = np.tile(GlucoseInsulin.start, (draws, 1))
    s = np.zeros((draws, 6, 17)) if slopes else None
    meal, meal_slope = np.zeros(draws), np.zeros(draws)  # glucose in the gut [mg], and its derivative with k
    shrink = np.exp(-k * step / 2)
    which = np.clip(np.ceil(t / step).astype(int), 1, None)  # the step in which each reading lies
    glucose, slope = np.empty((draws, len(t))), np.empty((draws, len(t), 17)) if slopes else None
    order = np.argsort(which, kind="stable")
    edges = np.searchsorted(which[order], np.arange(which.max() + 2))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for i in range(1, which.max() + 1):
            for time, mass in meals:
                if round(time / step) == i - 1:
                    meal = meal + mass
            gut = [(meal, meal_slope)]
            for _ in range(2):
                m, d = gut[-1]
                gut.append((m * shrink, (d - m * step / 2) * shrink))
            f1, j1 = system(y, s, *gut[0])
            f2, j2 = system(y + step / 2 * f1, s + step / 2 * j1 if slopes else None, *gut[1])
            f3, j3 = system(y + step / 2 * f2, s + step / 2 * j2 if slopes else None, *gut[1])
            f4, j4 = system(y + step * f3, s + step * j3 if slopes else None, *gut[2])
            new = y + step / 6 * (f1 + 2 * f2 + 2 * f3 + f4)
            new_s = s + step / 6 * (j1 + 2 * j2 + 2 * j3 + j4) if slopes else None
            here = order[edges[i] : edges[i + 1]]
            meal, meal_slope = gut[2]
            if len(here):
                f5, j5 = system(new, new_s, meal, meal_slope)
                for n in here:
                    x = t[n] / step - (i - 1)
                    weights = (
                        (1 + 2 * x) * (1 - x) ** 2,
                        step * x * (1 - x) ** 2,
                        x**2 * (3 - 2 * x),
                        step * x**2 * (x - 1),
                    )
                    glucose[:, n] = sum(w * v[:, 2] for w, v in zip(weights, (y, f1, new, f5), strict=True))
                    if slopes:
                        slope[:, n] = sum(w * v[:, 2] for w, v in zip(weights, (s, j1, new_s, j5), strict=True))
            y, s = new, new_s
    return glucose / MG_PER_DL, slope / MG_PER_DL if slopes else None


class _Rates:
    """Rates (draws, 6) of all draws and, with slopes, of their derivatives (draws, 6, 17)."""

    def __init__(self, p, slopes):
        draws = len(p)
        (self.E, self.tp, self.ti, self.td, self.k, self.Rm, self.a1, self.C1, self.C2) = p.T[:9]
        (self.C4, self.C5, self.Ub, self.U0, self.Um, self.Rg, self.alpha, self.beta) = p.T[9:]
        self.kappa = (1 / VI + 1 / (self.E * self.ti)) / self.C4
        self.slopes = slopes
        if slopes:
            self.fy, self.fp = np.zeros((draws, 6, 6)), np.zeros((draws, 6, 17))
            fy = self.fy
            fy[:, 0, 0], fy[:, 0, 1] = -self.E / VP - 1 / self.tp, self.E / VI
            fy[:, 1, 0], fy[:, 1, 1] = self.E / VP, -self.E / VI - 1 / self.ti
            for i, j in ((3, 0), (4, 3), (5, 4)):
                fy[:, i, j], fy[:, i, i] = 1 / self.td, -1 / self.td
            of_E = -1 / (self.E**2 * self.ti) / self.C4 / self.kappa  # derivatives of log kappa
            of_ti = -1 / (self.E * self.ti**2) / self.C4 / self.kappa
            self.log_kappa = np.stack([of_E, of_ti, -1 / self.C4], axis=1)  # with E, ti, C4

    def __call__(self, y, s, meal, meal_slope):
        ip, ii, g, h1, h2, h3 = y.T
        glucose1, glucose2, delay = g / (VG * self.C1), g / (VG * self.C2), h3 / (VP * self.C5)
        on1 = 1 / (1 + np.exp(self.a1 - glucose1))
        left2 = np.exp(-glucose2)
        power = (self.kappa * ii) ** -self.beta
        on3 = 1 / (1 + power)
        on4 = 1 / (1 + np.exp(self.alpha * (delay - 1)))
        f3 = (self.U0 + self.Um * on3) / (VG * C3)
        exchange = self.E * (ip / VP - ii / VI)
        rate = np.empty_like(y)
        rate[:, 0] = self.Rm * on1 - exchange - ip / self.tp
        rate[:, 1] = exchange - ii / self.ti
        rate[:, 2] = self.Rg * on4 + self.k * meal - self.Ub * (1 - left2) - f3 * g
        rate[:, 3] = (ip - h1) / self.td
        rate[:, 4] = (h1 - h2) / self.td
        rate[:, 5] = (h2 - h3) / self.td
        if not self.slopes:
            return rate, None
        fy, fp = self.fy, self.fp
        slope1, slope4 = self.Rm * on1 * (1 - on1), self.Rg * on4 * (1 - on4)
        slope3 = self.Um * on3 * (1 - on3) / (VG * C3) * g  # of f3 G with beta log(kappa Ii)
        fy[:, 0, 2] = slope1 / (VG * self.C1)
        fy[:, 2, 1] = -slope3 * self.beta / ii
        fy[:, 2, 2] = -self.Ub * left2 / (VG * self.C2) - f3
        fy[:, 2, 5] = -slope4 * self.alpha / (VP * self.C5)
        fp[:, 0, 0] = -exchange / self.E
        fp[:, 1, 0] = exchange / self.E
        fp[:, 0, 1] = ip / self.tp**2
        fp[:, 1, 2] = ii / self.ti**2
        fp[:, 3:, 3] = -rate[:, 3:] / self.td[:, None]
        fp[:, 2, 4] = meal + self.k * meal_slope
        fp[:, 0, 5] = on1
        fp[:, 0, 6] = -slope1
        fp[:, 0, 7] = -slope1 * glucose1 / self.C1
        fp[:, 2, 8] = self.Ub * left2 * glucose2 / self.C2
        fp[:, 2, [0, 2, 9]] = (-slope3 * self.beta)[:, None] * self.log_kappa
        fp[:, 2, 10] = slope4 * self.alpha * delay / self.C5
        fp[:, 2, 11] = -(1 - left2)
        fp[:, 2, 12] = -g / (VG * C3)
        fp[:, 2, 13] = -on3 * g / (VG * C3)
        fp[:, 2, 14] = on4
        fp[:, 2, 15] = -slope4 * (delay - 1)
        fp[:, 2, 16] = -slope3 * np.log(self.kappa * ii)
        return rate, fy @ s + fp
