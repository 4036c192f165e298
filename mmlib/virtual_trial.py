"""A trial in virtual patients: each is tested, lives a day of meals with an erring sensor, and is treated by rules that were tuned on others."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np

from mmlib import _input, closed_loop, twin
from mmlib.systems.diabetes import Hovorka, MinimalModel

__all__ = ["Trial", "choose", "run", "some_day", "tested", "tune", "window"]

READ_GLUCOSE, READ_INSULIN = 0.02, 0.05  # relative errors of the laboratory
GLUCOSE, INSULIN, INSULIN_AT = 300.0, 30.0, 20.0  # of the test: [mg/kg], [mU/kg], [min]
MEALS = {12: 50e3, 78: 70e3, 150: 80e3}  # steps of 5 minutes from six in the morning, [mg] announced
DAY_SD, SWING, COUNTED, PACE = 0.15, 0.15, 0.2, 0.2
"""From day to day of sensitivity, within the day, of counting carbohydrate, of the gut's pace where patients are twins' relatives."""


class Trial(NamedTuple):
    """One day of many patients."""

    patients: object  # Hovorka or MinimalModel with fields (rows,)
    meals: dict  # {step: (eaten, announced)}, (rows,) each [mg]
    noise: np.ndarray  # (steps, rows) of the sensor [mg/dl]

    def rows(self, which) -> Trial:
        """The trial of the patients `which`, indices that may repeat."""
        return Trial(
            choose(self.patients, which),
            {k: (a[which], b[which]) for k, (a, b) in self.meals.items()},
            self.noise[:, which],
        )


def choose(model, which):
    """The rows `which` of a model whose fields are numbers or (rows,).

    Raises
    ------
    TypeError : no model of patients. ValueError : rows that there are not.

    >>> choose(MinimalModel(SI=np.array([1e-4, 2e-4, 3e-4])), [2, 0]).SI
    array([0.0003, 0.0001])
    """
    own = {
        f.name: np.asarray(getattr(model, f.name))
        for f in fields(twin._patients(model))
        if np.ndim(getattr(model, f.name))
    }
    if not own:
        return model
    rows = max(len(v) for v in own.values())
    masked = _input.axes(which) == 1 and len(which) == rows and np.asarray(which).dtype == bool
    which = np.flatnonzero(which) if masked else which
    which = _input.wholes(which, "which", low=-rows, high=rows - 1, remedy=f"The model has {rows} rows.")
    return replace(model, **{name: v[which] for name, v in own.items()})


def tested(patients, basal, weight, time, rng, *, glucose=110.0):
    """An insulin-modified intravenous tolerance test of each patient, read with errors, and the twin that it gives.

    Glucose, 300 mg/kg, goes into a vein at time 0 and insulin, 30 mU/kg, at 20 minutes, from rest on under the basal infusion [mU/min]. The readings
    err by 2 and 5 per cent (ours). Insulin that runs straight between its readings misses part of its peak, so that SI comes out about a tenth too large.

    Returns (Tolerance, MinimalModel): what `mmlib.twin.tolerance` finds, and the twin with the first reading as Gb and Ib and the space of the glucose that was injected.

    Raises
    ------
    ValueError : weights or rates that are not positive or not one a patient, times that do not rise from 0, no generator.
    """
    weight, time, rng = (
        _input.array(weight, "weight", positive=True),
        _input.times(time, "time", start=0.0),
        _input.generator(rng),
    )
    glucose = _input.number(glucose, "glucose", above=0)
    y = patients.rest(glucose)[0] if isinstance(patients, Hovorka) else twin._patients(patients).rest()
    basal = _input.array(basal, "basal", f"() or ({len(weight)},)", positive=True, remedy="One rate a patient.")
    if y[0].shape not in ((), weight.shape):
        raise ValueError(f"expected weight ({y[0].size},), one a patient; got {weight.shape}. In kg.")
    _input.steps(time[-1] - time[0], 2.5)
    read = [(patients.glucose(y), y[2])]
    y = patients.inject(y, glucose=GLUCOSE * weight)
    for a, b in zip(time[:-1], time[1:], strict=True):
        if a < INSULIN_AT <= b:
            y = patients.inject(patients.advance(a, y, INSULIN_AT - a, basal, step=2.5), insulin=INSULIN * weight)
            a = INSULIN_AT
        y = patients.advance(a, y, b - a, basal, step=2.5) if b > a else y
        read.append((patients.glucose(y), y[2]))
    g, i = (np.array(v).T for v in zip(*read, strict=True))
    g, i = (
        g * np.exp(READ_GLUCOSE * rng.standard_normal(g.shape)),
        i * np.exp(READ_INSULIN * rng.standard_normal(i.shape)),
    )
    found = twin.tolerance(time, g, i)
    space = GLUCOSE * weight / np.maximum(found.G0 - g[:, 0], 1.0)
    return found, MinimalModel(
        SG=found.SG, p2=found.p2, SI=found.SI, Gb=g[:, 0], Ib=i[:, 0], V=space, clearance=basal / i[:, 0]
    )


tested.__test__ = False  # no test of this library, whatever its name begins with


def some_day(patients, rng) -> Trial:
    """A day from six to six: sensitivities of the day, three meals that are announced and counted with an error, a sensor.

    Sensitivity differs from that of the test by 15 % from day to day and swings by 15 % within the day; eaten is what was announced times an error of 20 % (all log-normal,
    all ours). A MinimalModel also gets its own pace of gut and depot.

    Raises
    ------
    TypeError : no model of patients. ValueError : one sensitivity for all, no generator.
    """
    rng = _input.generator(rng)
    told = twin._patients(patients).SIT if isinstance(patients, Hovorka) else twin._patients(patients).SI
    if not np.ndim(told):
        raise ValueError(
            "expected patients whose sensitivity has one number a row; got one number for all. Try cohort(3, rng)."
        )
    n = len(told)
    own = np.exp(DAY_SD * rng.standard_normal(n))
    new = dict(swing=np.full(n, SWING), phase=rng.uniform(0, 1440, n))
    if isinstance(patients, Hovorka):
        patients = replace(patients, scale=own, **new)
    else:
        tI, tG = (value * np.exp(PACE * rng.standard_normal(n)) for value in (patients.tI, patients.tG))
        patients = replace(patients, SI=own * patients.SI, tI=tI, tG=tG, **new)
    meals = {k: (told * np.exp(COUNTED * rng.standard_normal(n)), np.full(n, told)) for k, told in MEALS.items()}
    return Trial(patients, meals, closed_loop.sensor_noise(288, n, rng))


def run(trial: Trial, controller, *, drift=0.0) -> closed_loop.Day:
    """The day of a trial under a controller; `drift`, errors: see `mmlib.closed_loop.day`."""
    trial = _trial(trial)
    return closed_loop.day(trial.patients, controller, noise=trial.noise, meals=trial.meals, drift=drift)


def _trial(trial):
    if not isinstance(trial, Trial):
        raise TypeError(f"expected a Trial; got {_input.shown(trial)}. Make one by some_day(patients, rng).")
    return trial


def tune(make, knobs, trial: Trial, score):
    """The best of k settings of a controller: the mean of `score(day)` over the patients of a trial, all settings in one sweep.

    Parameters
    ----------
    make : (which, settings) -> controller, for the patients numbered `which` (rows,) with `settings` {name: (rows,)}
    knobs : {name: array (k,)}
    score : Day -> (rows,)

    Returns ({name: value}, score (k,)).

    Raises
    ------
    TypeError : no Trial, no functions. ValueError : knobs of different lengths, scores of another shape.
    """
    _input.function(make, "make", "(which, settings) that returns a controller")
    _input.function(score, "score", "(day) that returns one number a patient")
    if not isinstance(knobs, dict) or not knobs:
        raise ValueError(
            f"expected knobs, {{name: values}}; got {_input.shown(knobs)}. Such as {{'ratio': [3.0, 4.0]}}."
        )
    k = len(np.atleast_1d(next(iter(knobs.values()))))
    knobs = {
        name: _input.array(v, f"knobs[{name!r}]", f"({k},)", remedy="As many of each.") for name, v in knobs.items()
    }
    n = _trial(trial).noise.shape[1]
    which = np.tile(np.arange(n), k)
    day = run(trial.rows(which), make(which, {name: np.repeat(v, n) for name, v in knobs.items()}))
    found = _input.given(score(day), "score(day)", (k * n,)).reshape(k, n).mean(axis=1)
    return {name: float(v[found.argmax()]) for name, v in knobs.items()}, found


def window(
    model,
    day: closed_loop.Day,
    meals,
    *,
    ahead=12,
    length=36,
    every=6,
    last=None,
    spread=0.4,
    unexplained=0.3,
    sweeps=3,
):
    r"""Forecasts by least squares on a moving window: the rival of the filter.

    Every `every` steps the readings of the last `length` steps are fitted by the twin: glucose at the window's beginning, the logarithm of SI (a normal prior of
    sd `spread` about the twin's own) and a constant unexplained rate (prior sd `unexplained` [mg/dl/min]). The fit is run `ahead` steps on with the last infusion.

    Returns (steps (f,), forecast (f, patients)): step at which each was made, glucose `ahead` steps later [mg/dl].

    Raises
    ------
    TypeError : no MinimalModel or no Day. ValueError : another number of patients, steps that are no whole numbers.
    """
    if not isinstance(model, MinimalModel) or not isinstance(day, closed_loop.Day):
        raise TypeError(
            f"expected a MinimalModel and a Day; got {type(model).__name__}, {type(day).__name__}. See closed_loop.day."
        )
    steps, n = day.sensor.shape
    told = (ahead, "ahead", 1), (length, "length", 1), (every, "every", 1), (sweeps, "sweeps", 0)
    ahead, length, every, sweeps = (_input.whole(v, name, least=low) for v, name, low in told)
    spread, unexplained = _input.number(spread, "spread", above=0), _input.number(unexplained, "unexplained", above=0)
    if np.shape(model.SI) != (n,):
        raise ValueError(
            f"expected a model with SI ({n},), one a patient of the day; got {np.shape(model.SI)}. Fill it by np.full."
        )
    y, action, arrives, made = model.rest(), [], [], []
    flat = replace(model, SI=1.0 + 0 * model.SI)  # remote insulin of a sensitivity of one
    for k in range(steps):
        y = flat.eat(y, meals.get(k, (0.0, 0.0))[1])
        action.append(y[3])
        arrives.append(y[5] / (model.tG * model.V))
        if k % every == 0 and k >= length and k <= (last or steps - 1):
            at, later = y, []
            for _ in range(ahead):
                later.append((at[3], at[5] / (model.tG * model.V)))
                at = flat.advance(0.0, at, 5.0, day.insulin[k - 1])
            made.append((k, later))
        y = flat.advance(0.0, y, 5.0, day.insulin[k])
    result = []
    weight = np.array([0.0, spread**-2, unexplained**-2])
    nudge = np.array([1.0, 0.01, 0.01])
    for k, later in made:
        acts = np.array(action[k - length : k] + [a for a, _ in later])
        comes = np.array(arrives[k - length : k] + [b for _, b in later])
        x = np.stack([day.sensor[k - length], np.zeros(n), np.zeros(n)], axis=-1)
        read = day.sensor[k - length : k].T
        for _ in range(sweeps):
            p = _path(model, np.concatenate([x[:, None], x[:, None] + nudge * np.eye(3)], axis=1), acts, comes, length)
            J = (p[:, 1:, :length] - p[:, :1, :length]) / nudge[:, None] / closed_loop.SENSOR_SD
            r = (read - p[:, 0, :length]) / closed_loop.SENSOR_SD
            # a third of each sum: errors of three neighbours are nearly one
            gram = np.einsum("nil,njl->nij", J, J) / 3 + np.diag(weight)
            x = x + np.linalg.solve(gram, (np.einsum("nil,nl->ni", J, r) / 3 - weight * x)[..., None])[..., 0]
        result.append(_path(model, x[:, None], acts, comes, length)[:, 0, -1])
    return np.array([k for k, _ in made]), np.array(result)


def _path(model, x, acts, comes, length):
    """What the sensor reads for `length` steps and what glucose is from then on, for x (patients, variants, 3): the last axis."""
    g, s, d = x[..., 0], np.exp(np.clip(x[..., 1], -2, 2)) * model.SI[:, None], x[..., 2]
    c, out, h = g, [], closed_loop.STEP
    back, rest = model.SG[:, None], model.Gb[:, None]
    for j in range(len(acts)):
        out.append(c if j < length else g)
        a = s * acts[j][:, None]
        g = g + h * (back * (rest - g) - np.where(a > 0, a * g, a * rest) + comes[j][:, None] + d)
        c = c + (1 - np.exp(-h * model.ks)) * (g - c)
    return np.stack([*out, g], axis=-1)
