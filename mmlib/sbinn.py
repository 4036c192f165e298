"""The systems-biology-informed network of Daneker et al. 2023, as their code trains it, from any starting point."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from mmlib._extras import extra

with extra("pinn"):
    import torch

from mmlib import _input
from mmlib.optim import Verdict, brief, judge
from mmlib.systems.glucose_insulin import C3, MG_PER_DL, VG, VI, VP, GlucoseInsulin, box

__all__ = ["Inferred", "train"]

LAST = 1799.0  # [min], where all six states are given, as at 0
HIDDEN = 128  # units in each of three layers
WEIGHTS = (1.0, 1.0, 1e-2, 1.0, 1.0, 1.0)  # of the six equations' residuals
DATA_WEIGHT = 1e-2
HUNDREDS = np.array([1, 1, 1, 1, 1, 100, 1, 100, 100, 100, 100, 100, 100, 100, 100, 1, 1])  # amounts are in hundreds
RATE = 1e-3
EDGE = 20  # [min]
MOLAR = 35.0  # readings in mmol/l lie below
REMEDIES = {
    "out of steps": "Compare starts: their fits, residuals and values. More iterations alone rarely help; Gauss-Newton does "
    "(benchmarks/glucose_by_gauss_newton.py)."
}


@brief
class Inferred(NamedTuple):
    """What `train` returns, one row for each start."""

    values: np.ndarray  # (starts, 17) in the order of PARAMETERS
    fit: np.ndarray  # (starts,) rms of network minus readings [mg/dl]
    residual: np.ndarray  # (starts,) weighted mean square of the six equations
    iteration: np.ndarray  # (rows,) of the two below, in training with the equations
    path: np.ndarray  # (rows, starts, 17) the parameters on their way
    glucose: np.ndarray  # (starts, 1800) the network's glucose at every minute [mg/dl]
    cpu_seconds: float
    verdict: tuple[Verdict, ...]  # (starts,) why each ended: the iterations are a budget, so mostly *out of steps*

    @property
    def converged(self) -> np.ndarray:
        """(starts,) bool. See `verdict`."""
        return np.array([v.converged for v in self.verdict])


def train(
    t, glucose, starts, *, seed, iterations, warm_up, every=1, end=None, log=100, record=None, device="cpu"
) -> Inferred:
    """Train one network for each start by Adam, as lu-group/sbinn does (sbinn/sbinn_tf.py at 8325396).

    Three layers of 128 swish units on t/100 and sin(k t/100), k = 1...5; six outputs, tied to the known states at both ends
    by tanh(t) tanh(1799 - t); first the readings alone (`warm_up`), then readings and equations (`iterations`), learning
    rate 1e-3, single precision, all points in every step. Parameters are middle + half-width tanh(v) of their range. Amounts
    are in hundreds, as in the same authors' earlier code and in the table their code writes: glucose is then in mg/dl.
    All starts share one draw of weights, and the warm-up does not see the parameters, so it is done once.

    Parameters
    ----------
    t, glucose : (n,) [min], (n,) [mg/dl], the readings.
    starts : (starts, 17), strictly inside of `box()`, in the order of PARAMETERS.
    seed : of the weights.
    iterations, warm_up : theirs are 1,000,000 and 10,000.
    every : equations are asked for at every minute (1, theirs), at every 2nd, ...; at both ends always at every minute.
    end : (6,) the states at 1799 min; default those of the true parameters, as theirs.
    log : parameters are recorded each so many iterations.
    record : called at each of these as record(iteration, values (starts, 17), fit (starts,), residual (starts,)).
    device : where it trains, "cpu" or "cuda".

    Raises
    ------
    ValueError : shapes that do not fit, times before 0 or after 1799 min, starts at the edge or outside of the ranges.
    FloatingPointError : the loss ceased to be finite.

    >>> from mmlib.systems.glucose_insulin import published_start
    >>> got = train([0, 900], [110, 120], published_start()[None], seed=0, iterations=1, warm_up=1, every=100)
    >>> got.values.shape, got.glucose.shape
    ((1, 17), (1, 1800))
    """
    t, glucose, starts, end = _checked(t, glucose, starts, end)
    counts = {"iterations": iterations, "warm_up": warm_up, "every": every, "log": log}
    iterations, warm_up, every, log = (_input.whole(v, name, least=1) for name, v in counts.items())
    if record is not None:
        _input.function(record, "record", "(iteration, values, fit, residual)")
    seed, place = _input.seed(seed), {"dtype": torch.float32, "device": _input.device(device)}
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # a second thread would wait more than it works
    clock = time.process_time()
    try:
        at_readings = _inputs(t, end, **place), torch.tensor(glucose, **place)
        net = _warmed_up(_drawn(seed, place["device"]), at_readings, warm_up)
        problem = _Problem(net, starts, at_readings, every, end, place)
        steps, path = _adam(problem, iterations, log, record)
        verdict = problem.verdicts(iterations)
        with torch.no_grad():
            every_minute = _numbers(_states(problem.net, _inputs(np.arange(0, LAST + 1), end, **place))[0][..., 2])
        fit, residual = _numbers(problem.misfit.detach().sqrt()), _numbers(problem.residual)
        spent = time.process_time() - clock
        return Inferred(path[-1], fit, residual, np.array(steps), np.array(path), every_minute, spent, verdict)
    finally:
        torch.set_num_threads(before)


def _checked(t, glucose, starts, end):
    """Readings, starts and end as arrays."""
    t, glucose = _input.array(t, "t", "(n,)"), _input.array(glucose, "glucose", "(n,)", positive=True)
    if t.shape != glucose.shape or t.min() < 0 or t.max() > LAST:
        raise ValueError(
            f"expected t and glucose of the same shape (n,), t from 0 to {LAST:g} min; got {t.shape} and {glucose.shape}, t from "
            f"{t.min():g} to {t.max():g}. Leave other readings out."
        )
    _input.number(glucose.max(), "the largest glucose [mg/dl]", most=3000, remedy="Rescale: is it in mg/dl?")
    if glucose.max() < MOLAR:
        raise ValueError(
            f"expected glucose in mg/dl; got {glucose.max():g} as the largest, as in mmol/l. Multiply mmol/l by 18."
        )
    low, high = box()
    starts = _input.array(starts, "starts, strictly inside of box(),", "(m, 17)", remedy="One start? Pass start[None].")
    if not ((starts > low) & (starts < high)).all():
        i, j = np.argwhere(~((starts > low) & (starts < high)))[0]
        raise ValueError(
            f"expected starts (m, 17) strictly inside of box(); got {starts[i, j]:g} in start {i}, column {j}, whose range is "
            f"{low[j]:g} to {high[j]:g}. Draw them inside."
        )
    end = GlucoseInsulin().path([0, LAST]).y[:, -1] if end is None else _input.array(end, "end", "(6,)")
    return t, glucose, starts, end


def _numbers(tensor):
    return tensor.detach().double().cpu().numpy()


def _drawn(seed, device):
    """Weights by Glorot's normal draw, made on the CPU so that a seed gives the same ones everywhere."""
    generator = torch.Generator("cpu").manual_seed(seed)
    sizes, net = [6, HIDDEN, HIDDEN, HIDDEN, 6], []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        spread = (2 / (a + b)) ** 0.5
        net += [torch.randn(1, a, b, generator=generator, device="cpu") * spread, torch.zeros(1, 1, b, device="cpu")]
    return [w.to(device).requires_grad_() for w in net]


def _warmed_up(net, at_readings, steps):
    """The readings alone."""
    inputs, measured = at_readings
    optimizer = torch.optim.Adam(net, lr=RATE)
    for _ in range(steps):
        optimizer.zero_grad()
        (DATA_WEIGHT * (_states(net, inputs)[0][..., 2] - measured).square().mean()).backward()
        optimizer.step()
    return net


class _Problem:
    """Readings and equations of all starts side by side, each with a copy of the network and parameters of its own."""

    def __init__(self, net, starts, at_readings, every, end, place):
        self.net = [w.detach().repeat(len(starts), 1, 1).requires_grad_() for w in net]
        low, high = box()
        self.middle, self.half = (torch.tensor(a, **place) for a in ((low + high) / 2, (high - low) / 2))
        inside = np.arctanh((starts - (low + high) / 2) / ((high - low) / 2))
        self.v = torch.tensor(inside, **place).requires_grad_()
        minute = np.arange(0, LAST + 1)
        asked = (minute % every == 0) | (minute < EDGE) | (minute > LAST - EDGE)  # known states enter through the ends
        self.points = _inputs(minute[asked], end, **place)
        self.weights = torch.tensor(WEIGHTS, **place)
        self.at_readings, self.measured = at_readings

    @property
    def unknowns(self):
        return [*self.net, self.v]

    def values(self):
        return self.middle + self.half * torch.tanh(self.v)

    def loss(self):
        """Sum over starts: they share no weights, so each has its own gradient."""
        y, slope = _states(self.net, self.points, slopes=True)
        rates = _rates(y, self.points, self.values())
        self.residual = (rates - slope).square().mean(dim=1) @ self.weights
        self.misfit = (_states(self.net, self.at_readings)[0][..., 2] - self.measured).square().mean(dim=1)
        return (self.residual + DATA_WEIGHT * self.misfit).sum()

    def verdicts(self, iterations):
        """One for each start, from the slopes of the last loss."""
        sizes = torch.stack([w.grad.flatten(1).abs().amax(dim=1) for w in self.unknowns]).amax(dim=0)  # NaN stays NaN
        reason = f"all {iterations} iterations of Adam were used"
        return tuple(
            judge(loss=float(one), gradient=[float(size)], fall=np.inf, steps_left=0, reason=reason, remedies=REMEDIES)
            for one, size in zip((self.residual + DATA_WEIGHT * self.misfit).detach(), sizes, strict=True)
        )


def _adam(problem, iterations, log, record):
    """Iterations at which parameters were recorded, and the parameters; the last loss leaves its slopes behind."""
    optimizer, steps, path = torch.optim.Adam(problem.unknowns, lr=RATE), [], []
    for i in range(iterations + 1):
        optimizer.zero_grad()
        loss = problem.loss()
        if i % log == 0 or i == iterations:
            if not bool(torch.isfinite(loss)):
                raise FloatingPointError(f"the loss is no longer finite after {i} iterations. Start elsewhere.")
            steps.append(i)
            path.append(_numbers(problem.values()))
            if record is not None:
                record(i, path[-1], _numbers(problem.misfit.detach().sqrt()), _numbers(problem.residual))
        loss.backward()
        if i < iterations:
            optimizer.step()
    return steps, path


def _inputs(t, end, dtype=torch.float32, device="cpu"):
    """Features and their slopes, the known straight line and the factor that vanishes at both ends, for times t."""
    start, end, t = np.array(GlucoseInsulin.start) / MG_PER_DL, end / MG_PER_DL, t[:, None]
    k = np.arange(1, 6)
    feature = np.hstack([t / 100, np.sin(k * t / 100)])
    feature_slope = np.hstack([np.full_like(t, 0.01), k / 100 * np.cos(k * t / 100)])
    size = np.array([1, 1, 100, 1, 1, 1])
    rise, fall = np.tanh(t), np.tanh(LAST - t)
    factor_slope = (1 - rise**2) * fall - rise * (1 - fall**2)
    parts = {
        "features": np.vstack([feature, feature_slope]),
        "line": start + (end - start) * t / LAST,
        "line_slope": np.broadcast_to((end - start) / LAST, (len(t), 6)).copy(),
        "factor": rise * fall * size,
        "factor_slope": factor_slope * size,
        "since": np.where(t >= [s for s, _ in GlucoseInsulin.meals], t - [s for s, _ in GlucoseInsulin.meals], 0),
        "eaten": (t >= [s for s, _ in GlucoseInsulin.meals]) * [q / MG_PER_DL for _, q in GlucoseInsulin.meals],
    }
    return {name: torch.tensor(a, dtype=dtype, device=device) for name, a in parts.items()}


def _states(net, inputs, slopes=False):
    """States (m, n, 6) in hundreds and their slopes in time, carried along through the layers."""
    n = len(inputs["line"])
    h = inputs["features"] if slopes else inputs["features"][:n]
    for i in range(0, len(net) - 2, 2):
        h = h @ net[i]
        a = h[:, :n] + net[i + 1]
        on = torch.sigmoid(a)
        value = a * on
        h = torch.cat([value, (on + value * (1 - on)) * h[:, n:]], dim=1) if slopes else value
    h = h @ net[-2]
    out = h[:, :n] + net[-1]
    y = inputs["line"] + inputs["factor"] * out
    if not slopes:
        return y, None
    return y, inputs["line_slope"] + inputs["factor_slope"] * out + inputs["factor"] * h[:, n:]


def _rates(y, inputs, p):
    """Right-hand sides (m, n, 6) for states in hundreds and parameters (m, 17)."""
    ip, ii, g, h1, h2, h3 = y.unbind(dim=-1)
    p = p / torch.tensor(HUNDREDS, dtype=p.dtype, device=p.device)
    (E, tp, ti, td, k, Rm, a1, C1, C2, C4, C5, Ub, U0, Um, Rg, alpha, beta) = p.T[:, :, None]
    f1 = Rm * torch.sigmoid(g / (VG * C1) - a1)
    f2 = Ub * (1 - torch.exp(-g / (VG * C2)))
    kappa = (1 / VI + 1 / (E * ti)) / C4
    f3 = (U0 + Um / (1 + (kappa * ii).clamp_min(1e-3) ** -beta)) / (VG * C3 / 100)
    f4 = Rg * torch.sigmoid(alpha * (1 - h3 / (VP * C5)))
    meal = (inputs["eaten"] * k[..., None] * torch.exp(-k[..., None] * inputs["since"])).sum(dim=-1)
    exchange = E * (ip / VP - ii / VI)
    rates = (f1 - exchange - ip / tp, exchange - ii / ti, f4 + meal - f2 - f3 * g)
    return torch.stack([*rates, (ip - h1) / td, (h1 - h2) / td, (h2 - h3) / td], dim=-1)
