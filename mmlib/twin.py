"""A twin of one patient: identify it from a test, assimilate readings, plan doses; for many patients at once."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import NamedTuple

import numpy as np

from mmlib import _input, multistart
from mmlib.optim import Verdict, brief

__all__ = ["Tolerance", "columns", "curve", "plan", "tolerance", "update"]

NAMES = ("SG", "p2", "SI", "G0")
LOW = np.log([1e-3, 2e-3, 1e-5, 50.0])
HIGH = np.log([0.2, 0.5, 1e-2, 1000.0])
BEGIN = ((0.01, 0.01, 1e-4), (0.05, 0.05, 1e-4), (0.01, 0.1, 1e-3), (0.05, 0.02, 1e-3))  # SG, p2, SI of the four starts
BLOCKS = (1, 1, 2, 4, 4, 8)  # lengths of constant infusion, in quarters of an hour
SCALE = 20.0  # [mg/dl] of a departure in `plan`
TURNS = 10  # of single moves that end `plan`'s bounded step
REACH = 30.0  # half basal rates: as far as an infusion may change in one sweep of `plan`
NUDGE = 1e-5  # step of the differences in the logarithms


@brief
class Tolerance(NamedTuple):
    """What `tolerance` finds, each (tests,)."""

    SG: np.ndarray  # [1/min]
    p2: np.ndarray  # [1/min]
    SI: np.ndarray  # [l/(mU min)]
    G0: np.ndarray  # glucose at time 0, spread over its space [mg/dl]
    sd: np.ndarray  # (tests, 4) standard errors of the four logarithms
    rms: np.ndarray  # root mean square of relative misfits [1]
    verdict: tuple[Verdict, ...]

    @property
    def converged(self) -> np.ndarray:
        """(tests,) bool: nothing was left to gain, see `verdict`."""
        return np.array([v.converged for v in self.verdict])


def curve(x, time, insulin, Gb, Ib, *, step=1.0):
    r"""Glucose (m, n) of the minimal model at `time` (n,) while insulin runs straight between its readings.

    $\dot X = p_2 (S_I (I(t) - I_b) - X)$, $\dot G = S_G (G_b - G) - X G$, $G(0) = G_0$, $X(0) = 0$ (Bergman et al. 1979,
    doi:10.1152/ajpendo.1979.236.6.E667), by the classical Runge-Kutta method with steps of at most `step` minutes between readings.

    Parameters
    ----------
    x : array (m, 4)
        Logarithms of SG, p2, SI and G0, see `NAMES`.
    time : array (n,), rising from 0 [min]
    insulin : array (m, n) [mU/l]
    Gb, Ib : arrays (m,) [mg/dl], [mU/l]

    Raises
    ------
    ValueError : shapes that do not fit, numbers that are not finite, times that do not rise, ten million steps or more.

    >>> G = curve(np.log([[0.02, 0.03, 5e-4, 300.0]]), np.array([0.0, 30.0, 60.0]), np.full((1, 3), 10.0), np.array([90.0]), np.array([10.0]))
    >>> bool(abs(G[0, 2] - (90 + 210 * np.exp(-1.2))) < 1e-6)  # without extra insulin an exponential
    True
    """
    x = _input.array(x, "x", "(m, 4)", remedy="Logarithms of SG, p2, SI and G0; one set? Pass x[None].")
    time, (m, _) = _input.times(time, "time"), x.shape
    insulin = _input.array(insulin, "insulin", f"({m}, {len(time)})", remedy="One row a set, one column a time.")
    Gb, Ib = _input.array(Gb, "Gb", f"() or ({m},)"), _input.array(Ib, "Ib", f"() or ({m},)")
    step = _input.number(step, "step", above=0, remedy="In minutes.")
    _input.steps(time[-1] - time[0], step)
    SG, p2, SI, G0 = np.exp(x).T
    X, G, out = np.zeros_like(G0), G0.copy(), [G0]

    def rate(X, G, i):
        return p2 * (SI * (i - Ib) - X), SG * (Gb - G) - X * G

    for k in range(len(time) - 1):
        n = int(np.ceil((time[k + 1] - time[k]) / step))
        h, slope = (time[k + 1] - time[k]) / n, (insulin[:, k + 1] - insulin[:, k]) / n
        for j in range(n):
            i = insulin[:, k] + j * slope
            a, A = rate(X, G, i)
            b, B = rate(X + h / 2 * a, G + h / 2 * A, i + slope / 2)
            c, C = rate(X + h / 2 * b, G + h / 2 * B, i + slope / 2)
            d, D = rate(X + h * c, G + h * C, i + slope)
            X, G = X + h / 6 * (a + 2 * b + 2 * c + d), G + h / 6 * (A + 2 * B + 2 * C + D)
        out.append(G)
    return np.stack(out, axis=1)


def tolerance(time, glucose, insulin, *, after=8.0, prior=None, iterations=60) -> Tolerance:
    """Identify the minimal model from intravenous tolerance tests, by least squares from four starts each.

    Parameters
    ----------
    time : array (n,), rising from 0 [min]
        The first reading is the one before the injection, it gives Gb and Ib.
    glucose, insulin : arrays (n,) or (tests, n) [mg/dl], [mU/l]
    after : readings before it [min] are not fitted: the glucose has not mixed yet.
    prior : None, or a triple: mean (3,) and standard deviation (3,) of the logarithms of SG, p2, SI, and the relative error of a reading
        Then the misfit has a row more for each.
    iterations : of `mmlib.multistart.least_squares`.

    Raises
    ------
    ValueError : shapes that do not fit, readings that are not positive, fewer than five readings to fit.
    """
    time = _input.times(time, "time", least=6, start=0.0)
    after = _input.number(after, "after", least=0, remedy="Minutes after the injection.")
    prior = None if prior is None else _prior(prior)
    glucose, insulin = (
        np.atleast_2d(_input.array(v, n, "(n,) or (tests, n)", positive=True))
        for v, n in ((glucose, "glucose"), (insulin, "insulin"))
    )
    if glucose.shape != insulin.shape or glucose.shape[1] != len(time):
        got = f"{glucose.shape} and {insulin.shape}"
        raise ValueError(f"expected glucose and insulin (tests, {len(time)}); got {got}. One reading a time.")
    for largest, name, least, most, other in (
        (time[-1], "the last time [min]", 30, 3000, "hours times 60"),
        (glucose.max(), "the largest glucose [mg/dl]", 50, 3000, "mmol/l times 18"),
        (insulin.max(), "the largest insulin [mU/l]", 1, 1e4, "pmol/l over 6"),
    ):
        _input.number(largest, name, least=least, most=most, remedy=f"Rescale: {other}.")
    if time[0] > after:
        raise ValueError(
            f"expected a first reading from before the injection, at time 0; got {time[0]:g} min. Measure from it: time - time[0]."
        )
    used = time >= after
    if used.sum() < 5:
        raise ValueError(f"expected five readings or more after {after} min; got {used.sum()}. Read longer.")
    Gb, Ib, tests, starts = glucose[:, 0], insulin[:, 0], len(glucose), len(BEGIN)
    # from time 0 on insulin runs straight from its basal value to the first reading after the injection
    top = glucose[:, used][:, :1]
    begin = np.concatenate([np.tile(BEGIN, (tests, 1)), np.repeat(1.2 * top, starts, axis=0)], axis=1)

    def rows(x, own):
        G = curve(x, time, insulin[own], Gb[own], Ib[own])[:, used]
        r = G / glucose[own][:, used] - 1
        if prior is not None:
            r = np.concatenate([r, prior[2] * (x[:, :3] - prior[0]) / prior[1]], axis=1)
        return r

    def function(x, which):
        own, m = which // starts, len(x)
        moved = np.repeat(x[None], 9, axis=0)
        for j in range(4):
            moved[1 + j, :, j] += NUDGE
            moved[5 + j, :, j] -= NUDGE
        r = rows(moved.reshape(9 * m, 4), np.tile(own, 9)).reshape(9, m, -1)
        return r[0], ((r[1:5] - r[5:]) / (2 * NUDGE)).transpose(1, 2, 0)

    begin = np.clip(np.log(begin), LOW + 1e-6, HIGH - 1e-6)
    ends = multistart.least_squares(function, begin, LOW, HIGH, iterations=iterations, tolerance=1e-8)
    best = ends.rms.reshape(tests, starts).argmin(axis=1) + starts * np.arange(tests)
    x = ends.x[best]
    r, jac = function(x, best)
    freedom = max(used.sum() - 4, 1)
    variance = (r**2).sum(axis=1) / freedom if prior is None else np.full(tests, prior[2] ** 2)
    cov = np.linalg.pinv(np.einsum("mij,mik->mjk", jac, jac)) * variance[:, None, None]
    n = used.sum()
    return Tolerance(
        *np.exp(x).T,
        np.sqrt(np.einsum("mjj->mj", cov)),
        np.sqrt((r[:, :n] ** 2).mean(axis=1)),
        tuple(ends.verdict[b] for b in best),
    )


def _prior(prior):
    remedy = (
        "Means (3,) and standard deviations (3,) of the logarithms of SG, p2, SI, and the relative error of a reading."
    )
    mean, sd, error = _input.given(prior, "prior", parts=3, remedy=remedy)
    mean, sd = _input.array(mean, "mean of prior", "(3,)"), _input.array(sd, "sd of prior", "(3,)", positive=True)
    return mean, sd, _input.number(error, "error of prior", above=0, remedy=remedy)


def update(ensemble, predicted, observed, variance):
    r"""Ensemble square-root filter for one reading a patient: the ensemble after it, no random numbers (Whitaker and Hamill 2002,
    doi:10.1175/1520-0493(2002)130<1913:EDAWPO>2.0.CO;2).

    With $s^2$ the variance of what the members predict, $c$ its covariance with each quantity and $R$ the variance of a reading, the mean moves
    by $K (y - \bar h)$, $K = c / (s^2 + R)$, and each departure by $-K (h - \bar h) / (1 + \sqrt{R / (s^2 + R)})$: mean and covariance are Kalman's.

    Parameters
    ----------
    ensemble : array (quantities, …, members)
    predicted : array (…, members)
        The reading that each member expects.
    observed : array (…) or number
        NaN: no reading, nothing moves.
    variance : positive number
        Of a reading's error.

    Raises
    ------
    ValueError : shapes that do not fit, one member, a variance that is not positive.

    >>> before = np.array([[[1.0, 2.0, 3.0]]])
    >>> after = update(before, before[0], [4.0], 1.0)
    >>> after.mean().round(6), after.var(ddof=1).round(6)  # prior variance 1, error 1: half way, half the variance
    (np.float64(3.0), np.float64(0.5))
    """
    variance = _input.number(variance, "variance", above=0)
    ensemble, predicted = _input.numbers(ensemble, "ensemble"), _input.numbers(predicted, "predicted")
    observed = _input.numbers(observed, "observed")
    if ensemble.shape[1:] != predicted.shape or predicted.shape[:-1] != observed.shape or predicted.shape[-1] < 2:
        raise ValueError(
            f"expected an ensemble (quantities, …, members), predictions (…, members) and readings (…), two members or more; got "
            f"{ensemble.shape}, {predicted.shape}, {observed.shape}. Put the members last and give one reading a patient."
        )
    if np.isinf(observed).any():
        raise ValueError("expected readings that are finite, or NaN where there is none; got infinity. Leave it out.")
    if not (np.isfinite(predicted).all() and np.isfinite(ensemble).all()):
        raise ValueError(
            "expected a finite ensemble and finite predictions; got NaN or infinity. Draw the members that failed anew."
        )
    n = predicted.shape[-1]
    mean_h = predicted.mean(axis=-1, keepdims=True)
    h = predicted - mean_h
    s2 = (h**2).sum(axis=-1) / (n - 1)
    gain = (
        np.einsum("k...n,...n->k...", ensemble - ensemble.mean(axis=-1, keepdims=True), h) / (n - 1) / (s2 + variance)
    )
    off = np.where(np.isfinite(observed), observed - mean_h[..., 0], 0.0)
    shrink = np.where(np.isfinite(observed), 1 / (1 + np.sqrt(variance / (s2 + variance))), 0.0)
    return ensemble + gain[..., None] * (off[..., None] - shrink[..., None] * h)


def _patients(model):
    """The model, if it is one of patients."""
    if not is_dataclass(model) or isinstance(model, type) or not hasattr(model, "rest"):
        raise TypeError(
            f"expected patients, a Hovorka or MinimalModel; got {_input.shown(model)}. Such as cohort(3, rng)."
        )
    return model


def columns(model):
    """The same model with each array (rows,) turned into (rows, 1): one row a patient, one column a variant of it.

    Raises
    ------
    TypeError : something else than a model of patients.

    >>> from mmlib.systems.diabetes import MinimalModel
    >>> columns(MinimalModel(SI=np.array([5e-4, 8e-4]))).SI.shape
    (2, 1)
    """
    model = _patients(model)
    return replace(
        model,
        **{
            f.name: np.asarray(getattr(model, f.name))[..., None]
            for f in fields(model)
            if np.ndim(getattr(model, f.name))
        },
    )


def plan(
    model, t, y, glucose, basal, guess, *, target=110.0, low=3.0, effort=0.01, top=1000.0, blocks=BLOCKS, sweeps=1
):
    r"""Infusions of the coming hours that a model expects to bring glucose to its target: one sequence for each row.

    The sum of squares of $w (G - G^*)/20$ each quarter of an hour, with $w$ = `low` below the target and one above it, and of
    $\sqrt{\text{effort}}\,(u - u_b)/u_b$ in each, is lowered by Gauss-Newton steps with the infusions $0 \le u \le$ `top`.

    Parameters
    ----------
    model : with fields (rows, 1), see `columns`, `advance(t, y, minutes, insulin, step=)`, and `stable`, the longest step [min]
    t : time [min]
    y : array (states, rows)
    glucose : function (model, states (…, rows, columns)) -> [mg/dl]
    basal : array (rows,) [mU/min]
    guess : array (rows, blocks) [mU/min]
    blocks : lengths of constant infusion, in quarters of an hour.

    Returns the infusions (rows, blocks) [mU/min]; the first is meant to be given, then one plans again.

    Raises
    ------
    ValueError : shapes that do not fit, a basal rate that is not positive, numbers that are not finite.
    """
    if not hasattr(model, "advance"):
        raise TypeError(
            f"expected a model with advance(t, y, minutes, insulin); got {_input.shown(model)}. See columns."
        )
    glucose, t = _input.function(glucose, "glucose", "(model, y) that returns glucose"), _input.number(t, "t")
    blocks = _input.wholes(blocks, "blocks", low=1, remedy="Lengths in quarters of an hour.")
    guess, basal = (
        _input.array(guess, "guess", "(rows, blocks)"),
        _input.array(basal, "basal", "(rows,)", positive=True),
    )
    y, (rows, m), sweeps = _input.array(y, "y", "(n, rows)"), guess.shape, _input.whole(sweeps, "sweeps", least=0)
    if m != len(blocks) or basal.shape != (rows,) or y.shape[1] != rows:
        raise ValueError(
            f"expected a guess ({rows}, {len(blocks)}), basal ({rows},) and states (n, {rows}); got {guess.shape}, {basal.shape}, "
            f"{y.shape}. One row a patient."
        )
    each = f"() or ({rows},)"
    target, low, effort = (
        _input.array(v, n, each, low=0) for v, n in ((target, "target"), (low, "low"), (effort, "effort"))
    )
    top = _input.number(top, "top", above=0, remedy="What the pump can give [mU/min].")
    nudge = 0.5 * basal
    target, low, effort = (np.broadcast_to(v, rows) for v in (target, low, effort))
    length = np.sqrt(effort[:, None] * blocks)
    for _ in range(sweeps):
        u = np.repeat(guess[:, None], m + 1, axis=1)  # (rows, variants, blocks)
        u[:, np.arange(1, m + 1), np.arange(m)] += nudge[:, None]
        state, s, G = np.repeat(y[:, :, None], m + 1, axis=2), t, []
        for k, block in enumerate(blocks):
            for _ in range(block):
                state = model.advance(s, state, 15.0, u[:, :, k], step=model.stable)
                s += 15.0
                G.append(glucose(model, state))
        G = np.stack(G)  # (quarters, rows, variants)
        weight = np.where(G[:, :, 0] < target, low, 1.0) / SCALE
        r = (weight * (G[:, :, 0] - target)).T
        J = (weight[:, :, None] * (G[:, :, 1:] - G[:, :, :1])).transpose(1, 0, 2)  # for a change by one nudge
        back = length * (guess - basal[:, None]) / basal[:, None]
        gram = np.einsum("rqk,rql->rkl", J, J) + np.eye(m) * (0.5 * length[:, None]) ** 2
        slope = np.einsum("rqk,rq->rk", J, r) + 0.5 * length * back
        guess = guess + nudge[:, None] * _within(
            gram, slope, np.maximum(-guess / nudge[:, None], -REACH), np.minimum((top - guess) / nudge[:, None], REACH)
        )
    return guess


def _within(gram, slope, low, high):
    """Step (rows, m) that lowers slope.s + s.gram.s/2 with low <= s <= high: those at an end are held, the others solved
    again, and then each is moved to its best place in turn."""
    held = np.zeros(slope.shape, dtype=bool)
    value = np.zeros_like(slope)
    m = slope.shape[1]
    for _ in range(m + 1):
        rest = slope + np.einsum("rkl,rl->rk", gram, np.where(held, value, 0.0))
        free = np.where(held[:, :, None] | held[:, None, :], np.eye(m), gram)
        step = np.where(held, value, np.linalg.solve(free, -np.where(held, 0.0, rest)[..., None])[..., 0])
        out = ~held & ((step < low) | (step > high))
        if not out.any():
            break
        value = np.where(out, np.clip(step, low, high), value)
        held |= out
    step = np.clip(step, low, high)
    for k in list(range(m)) * TURNS:
        slack = slope[:, k] + np.einsum("rl,rl->r", gram[:, k], step)
        step[:, k] = np.clip(step[:, k] - slack / gram[:, k, k], low[:, k], high[:, k])
    return step
