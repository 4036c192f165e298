"""Days of virtual patients under control: a sensor that errs, meals, and four ways to dose insulin (a fixed rule, PID, a twin, the truth)."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import NamedTuple

import numpy as np

from mmlib import _input, twin
from mmlib.systems.diabetes import Hovorka, MinimalModel

__all__ = ["Day", "FixedDose", "Oracle", "PID", "TwinControl", "day", "sensor_noise"]

STEP = 5.0  # [min] between readings and doses
PLANNED = 3  # steps between plans
SENSOR_SD, SENSOR_KEPT = 11.0, 0.7 ** (1 / 3)  # [mg/dl]; correlation after 5 minutes, 0.7 after 15
TOP = 1000.0  # [mU/min] what the pump can give
READ_SD = 2.0  # [mg/dl] of a reading beyond its correlated error, in the filter
WORN_SD = 0.15  # [mg/dl/min] per 5 minutes: how fast what the twin does not explain may change
FARTHEST = 1.2  # the logarithm of sensitivity stays within this of its start
LEARNED_SD = 0.02  # per 5 minutes, of the logarithm of sensitivity
UNEXPLAINED = 20.0  # [mg/dl/min] what the twin does not explain stays within: a filter that went astray must not end in infinities


class Day(NamedTuple):
    """What `day` returns."""

    glucose: np.ndarray  # (steps + 1, rows) in plasma [mg/dl]
    sensor: np.ndarray  # (steps, rows) what the controller read [mg/dl]
    insulin: np.ndarray  # (steps, rows) [mU/min]

    @property
    def in_range(self):
        """Share of the day from 70 to 180 mg/dl, (rows,) [%]."""
        return 100 * ((self.glucose >= 70) & (self.glucose <= 180)).mean(axis=0)

    @property
    def below(self):
        """Share of the day below 70 mg/dl, (rows,) [%]."""
        return 100 * (self.glucose < 70).mean(axis=0)


def sensor_noise(steps, rows, rng):
    """Errors (steps, rows) of a glucose sensor every 5 minutes [mg/dl]: normal, correlated.

    Breton and Kovatchev 2008 (J Diabetes Sci Technol 2:853) state 11 mg/dl and 0.7 from one quarter of an hour to the next; their distribution is skewed, ours is normal.

    Raises
    ------
    ValueError : steps or rows below one, no generator.

    >>> sensor_noise(288, 2, np.random.default_rng(0)).shape
    (288, 2)
    """
    steps, rows = _input.whole(steps, "steps", least=1), _input.whole(rows, "rows", least=1)
    e = _input.generator(rng).standard_normal((steps, rows))
    for k in range(1, steps):
        e[k] = SENSOR_KEPT * e[k - 1] + np.sqrt(1 - SENSOR_KEPT**2) * e[k]
    return SENSOR_SD * e


def day(patients: Hovorka, controller, *, noise, meals, glucose=110.0, drift=0.0) -> Day:
    """Let patients live under a controller from rest on, 5 minutes a step.

    Parameters
    ----------
    patients : Hovorka with fields (rows,)
    controller : has `dose(k, sensor, carbs)`, which is told the reading [mg/dl] and the carbohydrate [mg] announced at step k, (rows,) each,
        and returns the infusion [mU/min] until the next step
    noise : array (steps, rows) [mg/dl]
    meals : {step: (carbohydrate eaten, announced)}, both (rows,) [mg]
    glucose : at rest, when the day begins [mg/dl]
    drift : number or (rows,): what the sensor has gone wrong by at the end of the day, in a straight line [mg/dl]

    Raises
    ------
    ValueError : noise that is not finite or not (steps, rows), meals at steps that there are not or of another shape, drift that is not
        finite. TypeError : no patients, or a controller without `dose`.

    >>> patients = Hovorka(weight=np.array([60.0, 80.0]))
    >>> basal = patients.rest(110.0)[1]
    >>> quiet = day(patients, FixedDose(basal), noise=np.zeros((12, 2)), meals={})
    >>> quiet.glucose[-1].round(3), quiet.in_range
    (array([110., 110.]), array([100., 100.]))
    """
    noise = _input.array(noise, "noise", "(n, m)")
    glucose = _input.number(glucose, "glucose", above=0)
    if not isinstance(patients, Hovorka | MinimalModel):
        raise TypeError(
            f"expected patients, a Hovorka or MinimalModel; got {_input.shown(patients)}. Such as cohort(3, rng)."
        )
    if not hasattr(controller, "dose"):
        raise TypeError(
            f"expected a controller with dose(k, sensor, carbs); got {_input.shown(controller)}. Such as FixedDose."
        )
    drift = _input.array(drift, "drift", f"() or ({noise.shape[1]},)")
    meals = _meals(meals, *noise.shape)
    y = patients.rest(glucose)[0] if isinstance(patients, Hovorka) else patients.rest()
    if y[0].shape not in ((), noise.shape[1:]):
        raise ValueError(f"expected noise (steps, {len(y[0])}), one column a patient; got {noise.shape}. Transpose it.")
    steps = len(noise)
    path, read, given = [patients.glucose(y)], [], []
    for k in range(steps):
        sensor = np.maximum(patients.sensor(y) + noise[k] + drift * k / steps, 20.0)
        eaten, told = meals.get(k, (0.0, 0.0))
        u = np.clip(controller.dose(k, sensor, told + np.zeros_like(sensor)), 0, TOP)
        y = patients.advance(k * STEP, patients.eat(y, eaten), STEP, u)
        path.append(patients.glucose(y))
        read.append(sensor)
        given.append(u)
    return Day(*(np.array(v) for v in (path, read, given)))


def _rows(value, name, basal, **limits):
    """A number, or one for each row of the basal rates."""
    return _input.array(value, name, f"() or ({basal.size},)", remedy="One number, or one a patient.", **limits)


def _meals(meals, steps, rows):
    """{step: (eaten, announced)} of numbers or arrays (rows,), none negative."""
    remedy = "A step is 5 minutes: {12: (60e3, 50e3)} are 60 g eaten and 50 g announced after an hour."
    if not isinstance(meals, dict) or not all(isinstance(k, Integral) and 0 <= k < steps for k in meals):
        raise ValueError(f"expected meals at steps 0 to {steps - 1}; got {_input.shown(meals)}. {remedy}")
    found = {}
    for k, pair in meals.items():
        pair = _input.given(pair, f"the meal at step {k}", parts=2, remedy=remedy)
        names = f"carbohydrate eaten at step {k}", f"carbohydrate announced at step {k}"
        found[k] = tuple(_input.array(v, n, f"() or ({rows},)", low=0) for v, n in zip(pair, names, strict=True))
    return found


class FixedDose:
    """Basal rate, a bolus for what is eaten, and a correction of the reading at meals.

    `basal` (rows,) [mU/min]; `rate` times it is infused; a gram of carbohydrate is met by the insulin of `ratio` minutes of basal, and each mg/dl
    above `target` by that of `correction` minutes. All numbers or (rows,); ValueError where they are not, or are negative.
    """

    def __init__(self, basal, *, rate=1.0, ratio=4.0, correction=1.0, target=110.0):
        self.basal = _input.array(basal, "basal", "() or (rows,)", positive=True)
        told = (rate, "rate"), (ratio, "ratio"), (correction, "correction"), (target, "target")
        self.rate, self.ratio, self.correction, self.target = (_rows(v, n, self.basal, low=0) for v, n in told)

    def bolus(self, sensor, carbs):
        """[mU/min] for 5 minutes."""
        units = np.where(carbs > 0, self.ratio * carbs / 1000 + self.correction * (sensor - self.target), 0.0)
        return self.basal * np.maximum(units, 0.0) / STEP

    def dose(self, k, sensor, carbs):
        return self.rate * self.basal + self.bolus(sensor, carbs)


class PID(FixedDose):
    """The bolus of `FixedDose`, and between meals proportional, integral and derivative action with insulin feedback.

    $u / u_b = 1 + K (e + \\int e\\,dt / T_i + T_d \\dot e) / 100 - \\gamma (I_p / I_b - 1)$, $e$ the reading less the target [mg/dl], $I_p$ the insulin that
    the rule expects in plasma from what it gave.
    """

    def __init__(self, basal, *, gain, integral, derivative, feedback, ratio=4.0, correction=1.0, target=110.0):
        super().__init__(basal, ratio=ratio, correction=correction, target=target)
        told = (gain, "gain"), (derivative, "derivative"), (feedback, "feedback")
        self.gain, self.derivative, self.feedback = (_rows(v, n, self.basal) for v, n in told)
        self.integral = _rows(integral, "integral", self.basal, positive=True)
        self.sum = self.slope = 0.0
        self.last = None
        self.chain = [1.0 + 0 * self.basal] * 3  # two depots and plasma, over their basal values

    def dose(self, k, sensor, carbs):
        e = sensor - self.target
        if self.last is not None:
            self.slope = 0.7 * self.slope + 0.3 * (sensor - self.last) / STEP
        self.last = sensor
        action = e + self.sum / self.integral + self.derivative * self.slope
        u = 1 + self.gain * action / 100 - self.feedback * (self.chain[2] - 1)
        self.sum = np.clip(
            self.sum + np.where((u > 0) | (e > 0), e, 0.0) * STEP, -100 * self.integral, 100 * self.integral
        )
        u = self.basal * np.maximum(u, 0.0) + self.bolus(sensor, carbs)
        given = u / self.basal
        a, b, c = self.chain
        self.chain = [a + STEP / 55 * (given - a), b + STEP / 55 * (a - b), c + (1 - np.exp(-STEP * 0.138)) * (b - c)]
        return u


class TwinControl:
    """Assimilate every reading into an ensemble of twins, plan every quarter of an hour with their mean.

    Parameters
    ----------
    model : MinimalModel with fields (rows,)
    rng, members : of the ensemble
    spread : sd of the logarithm of SI at the start, number or (rows,); zero: sensitivity is not learned
    reads : number or bool (rows,); False: the readings are never looked at
    options : of `mmlib.twin.plan`
    """

    def __init__(
        self, model, rng, *, members=30, spread=0.4, reads=True, learns=LEARNED_SD, worn=WORN_SD, plans=True, **options
    ):
        if not isinstance(model, MinimalModel) or model.rest().ndim != 2:
            raise ValueError(
                f"expected a MinimalModel with fields (rows,); got {_input.shown(model)}. SI=np.full(1, 5e-4) is one row."
            )
        members = _input.whole(members, "members", least=2, remedy="A spread needs two at least.")
        rng, plans, rest = _input.generator(rng), _input.flag(plans, "plans"), model.rest()
        self.model, self.rng, self.options, self.plans = model, rng, options, plans
        rows = rest.shape[1]
        each = f"() or ({rows},)"
        spread, learns, worn = (
            _input.array(v, n, each, low=0) for v, n in ((spread, "spread"), (learns, "learns"), (worn, "worn"))
        )
        reads = _input.array(reads, "reads", each)
        if not np.isin(reads, (0, 1)).all():
            raise ValueError(
                f"expected reads, True or False for each row; got {_input.shown(reads)}. Leave it out for True."
            )
        reads = reads == 1
        self.basal = model.clearance * model.Ib + np.zeros(rows)
        self.reads = np.broadcast_to(reads, rows)
        spread = np.broadcast_to(spread, rows)[:, None]
        self.moves = np.where(spread > 0, np.reshape(learns, (-1, 1)), 0.0)
        self.worn = self.reads[:, None] * np.reshape(worn, (-1, 1))
        self.y = np.repeat(rest[:, :, None], members, axis=2)
        self.log_si = np.log(np.broadcast_to(model.SI, rows))[:, None] + spread * rng.standard_normal((rows, members))
        start = np.log(np.broadcast_to(model.SI, rows))[:, None]
        self.kept = start - FARTHEST, start + FARTHEST
        self.bias = SENSOR_SD * rng.standard_normal((rows, members))
        self.wide = twin.columns(model)
        self.narrow = twin.columns(model)
        self.guess = np.repeat(self.basal[:, None], len(twin.BLOCKS), axis=1)
        self.u = self.basal
        self.mean = []  # of SI at each step

    def watch(self, day: Day, carbs, at, *, ahead=12):
        """Follow a day that another controller treated; glucose `ahead` steps later, forecast at the steps `at` with the last infusion: (len(at), rows) [mg/dl].

        `carbs` {step: (rows,)} [mg] are announced meals. The reading of a step is used, its infusion not yet.
        """
        steps, ahead = len(day.sensor), _input.whole(ahead, "ahead", least=1)
        out, at = (
            [],
            set(_input.wholes(at, "at", low=1, high=steps - 1, remedy="Steps of the day, not the first.").tolist()),
        )
        for k, (sensor, insulin) in enumerate(zip(day.sensor, day.insulin, strict=True)):
            self.assimilate(k, sensor, carbs.get(k, 0.0) + 0 * sensor)
            if k in at:
                model = replace(self.model, SI=np.exp(self.log_si.mean(axis=1)))
                out.append(model.advance(0.0, self.y.mean(axis=2), ahead * STEP, day.insulin[k - 1])[6])
            self.carry(insulin)
        return np.array(out)

    def assimilate(self, k, sensor, carbs):
        """Take the reading in."""
        self.bias = SENSOR_KEPT * self.bias + SENSOR_SD * np.sqrt(1 - SENSOR_KEPT**2) * self.rng.standard_normal(
            self.bias.shape
        )
        # insulin is known, and nothing is learned about it: rows 3 to 8, sensitivity and the sensor's error move
        whole = np.concatenate([self.y[3:], self.log_si[None], self.bias[None]])
        whole = twin.update(whole, self.y[7] + self.bias, np.where(self.reads, sensor, np.nan), READ_SD**2)
        self.y[3:], self.log_si, self.bias = whole[:-2], np.clip(whole[-2], *self.kept), whole[-1]
        self.y[3] = np.maximum(self.y[3], -np.exp(self.log_si) * self.wide.Ib)  # remote insulin without any insulin
        self.y[6:8] = np.clip(self.y[6:8], 20.0, 1000.0)
        self.y[8] = np.clip(self.y[8], -UNEXPLAINED, UNEXPLAINED)
        self.y = self.wide.eat(self.y, np.asarray(carbs)[:, None])

    def dose(self, k, sensor, carbs):
        self.assimilate(k, sensor, carbs)
        self.mean.append(np.exp(self.log_si.mean(axis=1)))
        if self.plans and k % PLANNED == 0:
            model = replace(self.narrow, SI=np.exp(self.log_si.mean(axis=1))[:, None])
            self.guess = twin.plan(
                model, 0.0, self.y.mean(axis=2), lambda m, y: y[6], self.basal, self.guess, top=TOP, **self.options
            )
            self.u = self.guess[:, 0]
        u = self.u
        self.carry(u)
        return u

    def carry(self, u):
        """Move the ensemble 5 minutes on under the infusion u (rows,)."""
        shape = self.log_si.shape
        self.log_si = self.log_si + self.moves * self.rng.standard_normal(shape)
        self.y[8] += self.worn * self.rng.standard_normal(shape)
        self.y = replace(self.wide, SI=np.exp(self.log_si)).advance(0.0, self.y, STEP, u[:, None])


class Oracle:
    """Plans with the patient himself: his model, his constants, his state and what he really eats; not the meals to come."""

    def __init__(self, patients: Hovorka, eaten, *, glucose=110.0, **options):
        if not isinstance(eaten, dict):
            raise ValueError(
                f"expected eaten, {{step: carbohydrate [mg]}}; got {_input.shown(eaten)}. Nothing? Pass {{}}."
            )
        self.patients, self.eaten, self.options = twin._patients(patients), eaten, {"sweeps": 2} | options
        self.y, self.basal = (
            patients.rest(glucose)
            if isinstance(patients, Hovorka)
            else (patients.rest(), patients.clearance * patients.Ib)
        )
        self.model = twin.columns(patients)
        self.guess = np.repeat(self.basal[:, None], len(twin.BLOCKS), axis=1)

    def dose(self, k, sensor, carbs):
        self.y = self.patients.eat(self.y, self.eaten.get(k, 0.0))
        if k % PLANNED == 0:
            self.guess = twin.plan(
                self.model, k * STEP, self.y, lambda m, y: m.glucose(y), self.basal, self.guess, top=TOP, **self.options
            )
        u = self.guess[:, 0]
        self.y = self.patients.advance(k * STEP, self.y, STEP, u)
        return u
