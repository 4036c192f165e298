"""Burgers: u_t + u u_x = (0.01/pi) u_xx, a layer forms at x = 0."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.sparse import diags
from scipy.special import roots_hermite

from benchmarks.marching import marching
from benchmarks.numerics import chebyshev, interpolate_chebyshev
from benchmarks.problem import Benchmark, Published, Setup, everywhere, relative, space_time
from mmlib import pinn
from mmlib.pinn import dde

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

NU = 0.01 / np.pi
BURGERS_X, BURGERS_T = np.linspace(-1, 1, 256), np.linspace(0, 0.99, 100)


@cache
def burgers_reference():
    """Cole-Hopf formula by Gauss-Hermite quadrature: points (25600, 2) and values."""
    points = space_time(BURGERS_X, BURGERS_T)
    z, w = roots_hermite(400)
    y = points[:, :1] - z * np.sqrt(4 * NU * np.maximum(points[:, 1:], 1e-300))
    exponent = -np.cos(np.pi * y) / (2 * np.pi * NU)
    f = np.exp(exponent - exponent.max(axis=1, keepdims=True)) * w
    u = -(np.sin(np.pi * y) * f).sum(axis=1) / f.sum(axis=1)
    return points, np.where(points[:, 1] > 0, u, -np.sin(np.pi * points[:, 0]))


def burgers_equation(x, y):
    return jacobian(y, x, i=0, j=1) + y * jacobian(y, x, i=0, j=0) - NU * hessian(y, x, i=0, j=0)


def burgers_domain():
    return dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 0.99))


def burgers_stock():
    domain = burgers_domain()
    bc = dde.icbc.DirichletBC(domain, lambda x: 0, everywhere)
    ic = dde.icbc.IC(domain, lambda x: -np.sin(np.pi * x[:, 0:1]), everywhere)
    data = dde.data.TimePDE(domain, burgers_equation, [bc, ic], num_domain=2540, num_boundary=80, num_initial=160)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return Setup(data, net, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def burgers_ours(seed):
    """Odd in x by construction and trained on half the interval, with an input that stretches the layer as the classical grid does."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 0.99))
    data = dde.data.TimePDE(domain, burgers_equation, [], num_domain=3000)
    net, layer = dde.nn.FNN([3] + [22] * 3 + [1], "tanh", "Glorot normal"), 0.01

    def stretch(x):
        return torch.asinh(x[:, :1].abs() / layer) / np.arcsinh(1 / layer)

    net.apply_feature_transform(lambda x: torch.cat([2 * x.abs() - 1, 2 * stretch(x) - 1], dim=1))
    net.apply_output_transform(
        lambda x, y: -torch.sin(np.pi * x[:, :1]) + x[:, 1:] * torch.tanh(x[:, :1] / layer) * (1 - x[:, :1].abs()) * y
    )
    stage = {"iterations": 239, "resample": pinn.Resample(every=15)}  # ends before the next redraw
    return Setup(data, net, stages=(stage,))


def burgers_error(predict, _):
    points, u = burgers_reference()
    return relative(predict(points), u)


def burgers_differences(n, speed=1.0, viscosity=NU):
    """Second-order differences on points that crowd at the shock, x = sinh(6 s) / sinh(6), BDF in time: (100, 256)."""
    s, a = np.linspace(-1, 1, n + 1), 6.0
    x = np.sinh(a * s) / np.sinh(a)
    left, right = np.diff(x)[:-1], np.diff(x)[1:]
    inner, total = x[1:-1], left + right
    d1 = diags([(-1 / total)[1:], (1 / total)[:-1]], [-1, 1], format="csc")
    d2 = diags([(2 / left / total)[1:], -2 / left / right, (2 / right / total)[:-1]], [-1, 0, 1], format="csc")
    found = solve_ivp(
        lambda t, u: viscosity * (d2 @ u) - speed * (d1 @ (u**2 / 2)),
        (0, 0.99),
        -np.sin(np.pi * inner),
        "BDF",
        t_eval=BURGERS_T,
        rtol=1e-7,
        atol=1e-9,
        jac=lambda t, u: viscosity * d2 - speed * (d1 @ diags(u)),
    )
    full = np.vstack([0 * BURGERS_T, found.y, 0 * BURGERS_T])
    return CubicSpline(x, full)(BURGERS_X).T


def burgers_collocation(n):
    """Chebyshev collocation in s, with x = sinh(6 s) / sinh(6), BDF in time: (100, 256)."""
    s, d = chebyshev(n)
    a = 6.0
    x, slope = np.sinh(a * s) / np.sinh(a), a * np.cosh(a * s) / np.sinh(a)
    d1 = d / slope[:, None]
    d2, inner = (d1 @ d1)[1:-1, 1:-1], slice(1, -1)
    d1 = d1[inner, inner]
    found = solve_ivp(
        lambda t, u: NU * (d2 @ u) - u * (d1 @ u),
        (0, 0.99),
        -np.sin(np.pi * x[inner]),
        "BDF",
        t_eval=BURGERS_T,
        rtol=1e-9,
        atol=1e-11,
        jac=lambda t, u: NU * d2 - np.diag(d1 @ u) - u[:, None] * d1,
    )
    full = np.vstack([0 * BURGERS_T, found.y, 0 * BURGERS_T])
    return interpolate_chebyshev(s, full, np.arcsinh(BURGERS_X * np.sinh(a)) / a).T


def burgers_classical():
    for n in (48, 64, 80, 96, 128):
        yield (
            f"Chebyshev, stretched, {n} points, BDF",
            lambda n=n: relative(burgers_collocation(n), burgers_reference()[1]),
        )


sines = marching(
    lambda u, ux, uxx, ut: ut + u * ux - NU * uxx,
    -1, 1, lambda x: -np.sin(np.pi * x), lambda x: np.zeros(len(x)), end=0.99,
)  # fmt: skip

PROBLEM = Benchmark(
    "Burgers, viscosity 0.01/π",
    burgers_ours,
    burgers_error,
    classical=burgers_classical,
    stock=burgers_stock,
    sines=sines,
    first_order=6000,
    published=(
        Published(
            "relative L2, points weighted by their residual, self-scaled Broyden, 2,011 weights or more",
            8.25e-9,
            "{cite:t}`toscano2026variational`, authors' notebooks",
        ),
        Published(
            "relative L2, self-scaled Broyden without these weights, the better of two counts",
            2.8e-8,
            "{cite:t}`toscano2026variational`, authors' notebooks",
        ),
        Published(
            "relative L2, 100 boundary and 10,000 inner points", 6.7e-4, "{cite:t}`raissi2019physics`, authors' tables"
        ),
        Published(
            "relative L2, 200 boundary and 10,000 inner points", 4.9e-4, "{cite:t}`raissi2019physics`, authors' tables"
        ),
    ),
)
