"""Lorenz: three parameters from 25 readings."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from benchmarks.problem import Benchmark, Setup, everywhere, worst
from mmlib.pinn import dde

jacobian = dde.grad.jacobian

LORENZ = {"sigma": 10.0, "rho": 15.0, "beta": 8 / 3}
LORENZ_START = np.array([-8.0, 7.0, 27.0])
LORENZ_T = np.linspace(0, 3, 25)


def lorenz_path(p, method="DOP853", rtol=1e-12):
    def rate(t, y):
        return [p[0] * (y[1] - y[0]), y[0] * (p[1] - y[2]) - y[1], y[0] * y[1] - p[2] * y[2]]

    return solve_ivp(rate, (0, 3), LORENZ_START, method, t_eval=LORENZ_T, rtol=rtol, atol=rtol).y.T


def lorenz_problem(num_domain, layers, width):
    c = [dde.Variable(1.0) for _ in range(3)]

    def equation(t, y):
        y1, y2, y3 = y[:, :1], y[:, 1:2], y[:, 2:]
        return [
            jacobian(y, t, i=0) - c[0] * (y2 - y1),
            jacobian(y, t, i=1) - y1 * (c[1] - y3) + y2,
            jacobian(y, t, i=2) - y1 * y2 + c[2] * y3,
        ]

    domain = dde.geometry.TimeDomain(0, 3)
    readings, times = lorenz_path(list(LORENZ.values())), LORENZ_T[:, None]

    def constant(value):
        return lambda x: value + 0 * x[:, :1]

    conditions = [dde.icbc.IC(domain, constant(v), everywhere, component=i) for i, v in enumerate(LORENZ_START)]
    conditions += [dde.icbc.PointSetBC(times, readings[:, i : i + 1], component=i) for i in range(3)]
    data = dde.data.PDE(domain, equation, conditions, num_domain=num_domain, num_boundary=2, anchors=times)
    net = dde.nn.FNN([1] + [width] * layers + [3], "tanh", "Glorot uniform")
    return data, net, dict(zip(LORENZ, c, strict=True))


def lorenz_stock():
    return Setup(*lorenz_problem(400, 3, 40), recipe=(("adam", 60_000),))


def lorenz_ours(seed):
    data, net, variables = lorenz_problem(150, 2, 20)
    net.apply_feature_transform(lambda t: 2 * t - 3)
    net.apply_output_transform(lambda t, y: 10 * y)
    return Setup(data, net, variables, stages=({"iterations": 200},))


def lorenz_classical():
    readings = lorenz_path(list(LORENZ.values()))
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):

        def solve(rtol=rtol):
            found = least_squares(lambda p: (lorenz_path(p, "LSODA", rtol) - readings).ravel(), [1.0, 1.0, 1.0])
            return worst(LORENZ)(None, dict(zip(LORENZ, found.x, strict=True)))

        yield f"least squares on LSODA, tolerance {rtol:.0e}", solve


PROBLEM = Benchmark(
    "Lorenz, inverse", lorenz_ours, worst(LORENZ), "worst parameter", lorenz_classical, lorenz_stock, first_order=6000
)
