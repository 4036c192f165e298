"""Two substances that diffuse and react: rate and diffusivity from readings."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares
from scipy.sparse import bmat, diags

from benchmarks.numerics import chebyshev, interpolate_chebyshev, second_difference
from benchmarks.problem import Benchmark, Setup, everywhere, space_time, worst
from mmlib.pinn import dde

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

REACTION = {"rate": 0.1, "diffusivity": 2.0}  # the diffusivity in units of 1e-3
REACTION_X, REACTION_T = np.linspace(0, 1, 21), np.linspace(0, 10, 41)


def reaction_solution(rate, diffusivity, n, method, rtol):
    """Concentrations (2, 41, 21) at the readings: second-order differences on n intervals."""
    x = np.linspace(0, 1, n + 1)
    matrix = 1e-3 * diffusivity * second_difference(n - 1, 1 / n)
    known = np.zeros(n - 1)
    known[0] = 1e-3 * diffusivity * n**2
    start = np.exp(-20 * x[1:-1])

    def change(t, y):
        a, b = y.reshape(2, -1)
        r = rate * a * b**2
        return np.concatenate([matrix @ a + known - r, matrix @ b + known - 2 * r])

    def slope(t, y):
        a, b = y.reshape(2, -1)
        p, q = diags(rate * b**2), diags(2 * rate * a * b)
        return bmat([[matrix - p, -q], [-2 * p, matrix - 2 * q]], format="csc")

    found = solve_ivp(
        change,
        (0, 10),
        np.concatenate([start, start]),
        method,
        t_eval=REACTION_T,
        rtol=rtol,
        atol=rtol / 100,
        jac=slope,
    )
    full = np.zeros((2, n + 1, len(REACTION_T)))
    full[:, 1:-1] = found.y.reshape(2, n - 1, -1)
    full[:, 0] = 1
    return full[:, :: n // 20].transpose(0, 2, 1)


@cache
def reaction_readings():
    """Readings without noise, synthetic, by Chebyshev collocation with 96 points: not the scheme that is inverted."""
    x, d = chebyshev(96, 0.0, 1.0)
    d2, inner = d @ d, slice(1, -1)
    k, c = REACTION["rate"], 1e-3 * REACTION["diffusivity"]
    edge = np.array([0.0, 1.0])  # the points run from 1 to 0

    def change(t, y):
        a, b = y.reshape(2, -1)
        both = [np.concatenate([edge[:1], s, edge[1:]]) for s in (a, b)]
        r = k * a * b**2
        return np.concatenate([c * (d2 @ both[0])[inner] - r, c * (d2 @ both[1])[inner] - 2 * r])

    start = np.exp(-20 * x[inner])
    found = solve_ivp(
        change, (0, 10), np.concatenate([start, start]), "LSODA", t_eval=REACTION_T, rtol=1e-9, atol=1e-11
    )
    out = []
    for s in found.y.reshape(2, 95, -1):
        full = np.vstack([0 * REACTION_T, s, 0 * REACTION_T + 1])
        out.append(interpolate_chebyshev(x, full, REACTION_X).T)
    return np.array(out)


def reaction_problem(num_domain, width, activation="tanh"):
    rate, diffusivity = dde.Variable(0.05), dde.Variable(1.0)
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 10))

    def equation(x, y):
        a, b = y[:, :1], y[:, 1:]
        r = rate * a * b**2
        return [
            jacobian(y, x, i=0, j=1) - 1e-3 * diffusivity * hessian(y, x, component=0, i=0, j=0) + r,
            jacobian(y, x, i=1, j=1) - 1e-3 * diffusivity * hessian(y, x, component=1, i=0, j=0) + 2 * r,
        ]

    points, readings = space_time(REACTION_X, REACTION_T), reaction_readings()
    conditions = [dde.icbc.DirichletBC(domain, lambda x: 1 - x[:, :1], everywhere, component=c) for c in (0, 1)]
    conditions += [dde.icbc.IC(domain, lambda x: np.exp(-20 * x[:, :1]), everywhere, component=c) for c in (0, 1)]
    conditions += [dde.icbc.PointSetBC(points, readings[c].reshape(-1, 1), component=c) for c in (0, 1)]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=num_domain, num_boundary=100, num_initial=100, anchors=points
    )
    net = dde.nn.FNN([2] + [width] * 3 + [2], activation, "Glorot uniform")
    return data, net, {"rate": rate, "diffusivity": diffusivity}


def reaction_stock():
    return Setup(*reaction_problem(2000, 20), recipe=(("adam", 80_000),))


def reaction_ours(seed):
    data, net, variables = reaction_problem(600, 16)
    net.apply_feature_transform(lambda x: torch.cat([2 * x[:, :1] - 1, x[:, 1:] / 5 - 1], dim=1))
    return Setup(data, net, variables, stages=({"iterations": 100},))


def reaction_classical():
    for n in (40, 80, 160, 320, 640, 1280):

        def solve(n=n):
            measured = reaction_readings()

            def misfit(p):
                return (reaction_solution(*p, n, "BDF", 1e-6) - measured).ravel()

            found = least_squares(misfit, [0.05, 1.0], x_scale=[0.1, 1.0])
            return worst(REACTION)(None, dict(zip(REACTION, found.x, strict=True)))

        yield f"least squares on differences, {n} intervals", solve


PROBLEM = Benchmark(
    "diffusion-reaction, inverse",
    reaction_ours,
    worst(REACTION),
    "worst parameter",
    reaction_classical,
    reaction_stock,
    first_order=3000,
)
