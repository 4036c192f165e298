"""Helmholtz on a square, wave number 4 pi."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.numerics import chebyshev, interpolate_chebyshev
from benchmarks.problem import Benchmark, Setup, relative, space_time
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve

hessian = dde.grad.hessian

WAVE = 4 * np.pi


def helmholtz_problem(width, layers, num_domain):
    def equation(x, y):
        source = WAVE**2 * torch.sin(WAVE * x[:, :1]) * torch.sin(WAVE * x[:, 1:])
        return -hessian(y, x, i=0, j=0) - hessian(y, x, i=1, j=1) - WAVE**2 * y - source

    data = dde.data.PDE(dde.geometry.Rectangle([0, 0], [1, 1]), equation, [], num_domain=num_domain, num_boundary=80)
    net = dde.nn.FNN([2] + [width] * layers + [1], "sin", "Glorot uniform")
    net.apply_output_transform(lambda x, y: x[:, :1] * (1 - x[:, :1]) * x[:, 1:] * (1 - x[:, 1:]) * y)
    return data, net


def helmholtz_stock():
    return Setup(*helmholtz_problem(150, 3, 400), recipe=(("adam", 5000),))


def helmholtz_ours(seed):
    data, net = helmholtz_problem(20, 4, 1200)
    net.apply_feature_transform(lambda x: 2 * WAVE * (x - 0.5))
    return Setup(data, net, stages=({"iterations": 200},))


def helmholtz_points():
    x = (np.arange(60) + 0.5) / 60
    return space_time(x, x)


def helmholtz_error(predict, _):
    points = helmholtz_points()
    return relative(predict(points), np.sin(WAVE * points[:, 0]) * np.sin(WAVE * points[:, 1]))


def helmholtz_classical():
    for n in (8, 12, 16, 20, 24, 28):

        def solve(n=n):
            x, d = chebyshev(n, 0.0, 1.0)
            d2, inner = (d @ d)[1:-1, 1:-1], x[1:-1]
            m = len(inner)
            s = np.sin(WAVE * inner)
            matrix = -np.kron(d2, np.eye(m)) - np.kron(np.eye(m), d2) - WAVE**2 * np.eye(m * m)
            u = np.zeros((n + 1, n + 1))
            u[1:-1, 1:-1] = np.linalg.solve(matrix, WAVE**2 * np.outer(s, s).ravel()).reshape(m, m)
            at = (np.arange(60) + 0.5) / 60
            got = interpolate_chebyshev(x, interpolate_chebyshev(x, u, at).T, at)
            return relative(got, np.outer(np.sin(WAVE * at), np.sin(WAVE * at)))

        yield f"Chebyshev, {n} x {n}", solve


def helmholtz_sines(seed):
    """Source inside, zero at the edge; 800 sines on 900 points."""
    x = (np.arange(30) + 0.5) / 30
    points, s = space_time(x, x), np.linspace(0, 1, 40)
    edge = np.vstack([np.c_[s, 0 * s], np.c_[s, 0 * s + 1], np.c_[0 * s, s], np.c_[0 * s + 1, s]])
    source = WAVE**2 * np.sin(WAVE * points[:, 0]) * np.sin(WAVE * points[:, 1])
    inside = Condition(points, [(), (0, 0), (1, 1)], lambda u, xx, yy: -xx - yy - WAVE**2 * u - source)
    return solve([inside, Condition(edge, [()], lambda u: u)], features=800, rng=seed)


PROBLEM = Benchmark(
    "Helmholtz, wave number 4π",
    helmholtz_ours,
    helmholtz_error,
    classical=helmholtz_classical,
    stock=helmholtz_stock,
    sines=helmholtz_sines,
    first_order=2000,
)
