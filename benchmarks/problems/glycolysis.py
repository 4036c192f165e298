"""Glycolysis: fourteen parameters from readings of two of seven states (Yazdani et al. 2020)."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares
from scipy.signal import lombscargle

from benchmarks.problem import Benchmark, Setup
from mmlib.pinn import dde
from mmlib.systems.glycolysis import Glycolysis

jacobian = dde.grad.jacobian

GLYCOLYSIS = {f.name: getattr(Glycolysis(), f.name) for f in fields(Glycolysis)}
GLYCOLYSIS_SCALE = dict(zip(GLYCOLYSIS, (1, 100, 1, 10, 100, 1, 10, 1, 10, 1, 1, 0.1, 1, 1), strict=True))
STATE_SCALE = np.array([1, 1, 0.1, 0.1, 0.1, 1, 0.1])
GLYCOLYSIS_T = np.arange(0, 10, 0.005)


@cache
def glycolysis_path():
    """All seven states at 2,000 times, by an explicit scheme of eighth order (the fits use LSODA): (2000, 7)."""
    model = Glycolysis()
    return solve_ivp(
        model.rhs, (0, GLYCOLYSIS_T[-1]), model.start, "DOP853", t_eval=GLYCOLYSIS_T, rtol=1e-10, atol=1e-12
    ).y.T


def glycolysis_times():
    """Indices of the readings: 500 at random, the same for all runs, and both ends."""
    n = len(GLYCOLYSIS_T)
    inside = np.random.default_rng(0).choice(np.arange(1, n - 1), n // 4, replace=False)
    return np.concatenate([[0], np.sort(inside), [n - 1]])


GLYCOLYSIS_START = float(np.log(np.log(2)))  # the published start is softplus(0) = log 2 of each parameter's decade


def positive(raw):
    return {k: GLYCOLYSIS_SCALE[k] * float(np.exp(v)) for k, v in raw.items()}


def glycolysis_frequency():
    """Angular frequency [1/min] at which the readings of S6 oscillate, from their periodogram."""
    chosen = glycolysis_times()
    s6, frequencies = glycolysis_path()[chosen, 5], np.linspace(2, 20, 4000)
    return frequencies[lombscargle(GLYCOLYSIS_T[chosen], s6 - s6.mean(), frequencies).argmax()]


def glycolysis_problem(num_domain, anchors=None, prior=False):
    """As published: S5 and S6 at 500 random times, all states at both ends, parameters from log 2 times a decade.

    With `prior`, fourteen further conditions hold the logarithm of each parameter to its start; their weight is lowered to
    zero from stage to stage.
    """
    raw = {k: dde.Variable(GLYCOLYSIS_START) for k in GLYCOLYSIS}
    t, y = GLYCOLYSIS_T[:, None], glycolysis_path()

    def equation(x, s):
        p = {k: torch.exp(v) * GLYCOLYSIS_SCALE[k] for k, v in raw.items()}
        states = [s[:, i : i + 1] for i in range(7)]
        states[5] = states[5].clamp_min(1e-3)
        rates = Glycolysis(**p).rhs(0.0, states)
        return [jacobian(s, x, i=i) - r for i, r in enumerate(rates)]

    chosen = glycolysis_times()
    conditions = [dde.icbc.PointSetBC(t[-1:], y[-1:, i : i + 1], component=i) for i in range(7)]
    conditions += [dde.icbc.PointSetBC(t[chosen], y[chosen, i : i + 1], component=i) for i in (4, 5)]
    if prior:
        for n, k in enumerate(raw):
            conditions.append(
                dde.icbc.PointSetOperatorBC(
                    np.array([[0.5 * n + 0.3]]), GLYCOLYSIS_START, lambda x, s, _, k=k: raw[k] + 0 * s[:, :1]
                )
            )
    data = dde.data.PDE(
        dde.geometry.TimeDomain(0, t[-1, 0]),
        equation,
        conditions,
        num_domain=num_domain,
        num_boundary=2,
        anchors=anchors,
    )
    return data, raw


def glycolysis_transform(net, rate):
    """The known start is built in; outputs are of order one."""
    scale, start = STATE_SCALE, glycolysis_path()[0]

    def from_start(x, out):
        return (
            torch.as_tensor(start, dtype=x.dtype) + torch.tanh(rate * x) * torch.as_tensor(scale, dtype=x.dtype) * out
        )

    net.apply_output_transform(from_start)
    return net


def glycolysis_stock():
    data, raw = glycolysis_problem(0, GLYCOLYSIS_T[:, None])
    net = dde.nn.FNN([7] + [128] * 3 + [7], "swish", "Glorot normal")
    net.apply_feature_transform(lambda x: torch.cat([x] + [torch.sin(k * x) for k in range(1, 7)], dim=1))
    capped = "1,000 of 15,000 Adam steps, no L-BFGS; the published run took 900,000"
    return Setup(data, glycolysis_transform(net, 1), raw, positive, recipe=(("adam", 1_000),), capped=capped)


def glycolysis_ours(seed):
    data, raw = glycolysis_problem(500, prior=True)
    net, frequency = dde.nn.FNN([9, 24, 24, 7], "tanh", "Glorot normal"), float(glycolysis_frequency())
    net.apply_feature_transform(
        lambda x: torch.cat(
            [x / 5 - 1] + [f(k * frequency * x) for k in range(1, 5) for f in (torch.sin, torch.cos)], dim=1
        )
    )
    states = 1 / STATE_SCALE**2
    stages = [
        {"iterations": n, "weights": [*(states / 25), *states, 1000, 1, *[prior] * len(raw)]}
        for n, prior in ((40, 1e-2), (30, 1e-3), (30, 1e-4), (150, 0.0))
    ]
    return Setup(data, glycolysis_transform(net, 5), raw, positive, stages=tuple(stages))


def glycolysis_classical():
    """Least squares on LSODA from the published start: by single shooting, then on growing windows with the same prior."""
    t, y = GLYCOLYSIS_T, glycolysis_path()
    chosen = glycolysis_times()
    spread = y.std(axis=0)
    published = np.full(len(GLYCOLYSIS), GLYCOLYSIS_START)

    def fit(raw, end, prior, evaluations):
        use = chosen[t[chosen] <= end]

        def misfit(raw):
            model = Glycolysis(**positive(dict(zip(GLYCOLYSIS, np.clip(raw, -20, 5), strict=True))))
            path = solve_ivp(model.rhs, (0, t[use[-1]]), y[0], "LSODA", t_eval=t[use], rtol=1e-9, atol=1e-11).y.T
            path = np.vstack([path, np.full((len(use) - len(path), 7), 1e3)])  # a solver that gave up
            off = (path - y[use]) / spread
            last = off[-1] if end == t[-1] else []
            return np.concatenate([off[:, [4, 5]].ravel() / np.sqrt(len(use)), last, prior * (raw - published)])

        # differences wider than the integrator's error, or the Jacobian is noise
        return least_squares(misfit, raw, max_nfev=evaluations, x_scale="jac", diff_step=1e-5).x

    def shooting():
        return glycolysis_error(None, positive(dict(zip(GLYCOLYSIS, fit(published, t[-1], 0, 40), strict=True))))

    def growing():
        raw = published
        for end in (0.3, 0.6, 1.2, 2.5, 5, t[-1]):
            raw = fit(raw, end, 0.02, 60)
        for prior in (0.002, 0.0):
            raw = fit(raw, t[-1], prior, 60)
        return glycolysis_error(None, positive(dict(zip(GLYCOLYSIS, raw, strict=True))))

    yield "least squares on LSODA, single shooting", shooting
    yield "least squares on LSODA, growing windows and the same pull to the start", growing


def glycolysis_error(_, parameters):
    return float(np.median([abs(parameters[k] / v - 1) for k, v in GLYCOLYSIS.items()]))


PROBLEM = Benchmark(
    "glycolysis, 14 parameters, inverse",
    glycolysis_ours,
    glycolysis_error,
    "median parameter",
    glycolysis_classical,
    glycolysis_stock,
    recipe_is="Adam 15k + L-BFGS, ours",
    first_order=2500,
)
