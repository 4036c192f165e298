"""Logistic growth at every place by itself: u_t = 5 u (1 - u) from a bump; closed form. The *reaction* problem of Rathore et al. 2024."""

from __future__ import annotations

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks.problem import Benchmark, Published, Setup, everywhere, relative, solution, space_time
from mmlib import pinn
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve

jacobian = dde.grad.jacobian

RATE, WIDTH = 5.0, np.pi / 4
X, T = 2 * np.pi * np.arange(100) / 100, np.linspace(0, 1, 101)


def begin(x):
    """The bump at t = 0: x (n,)."""
    return np.exp(-((x - np.pi) ** 2) / (2 * WIDTH**2))


def exact(points):
    first, grown = begin(points[:, :1]), np.exp(RATE * points[:, 1:])
    return first * grown / (first * grown + 1 - first)


def growth_domain():
    return dde.geometry.GeometryXTime(dde.geometry.Interval(0, 2 * np.pi), dde.geometry.TimeDomain(0, 1))


def growth_equation(x, u):
    return jacobian(u, x, i=0, j=1) - RATE * u * (1 - u)


def growth_ours(seed):
    """The network is the mean rate of growth so far: u = u(x, 0) exp(t N)."""
    data = dde.data.TimePDE(growth_domain(), growth_equation, [], num_domain=1500)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    net.apply_feature_transform(lambda x: torch.cat([x[:, :1] / np.pi - 1, 2 * x[:, 1:] - 1], dim=1))
    net.apply_output_transform(
        lambda x, y: torch.exp(-((x[:, :1] - np.pi) ** 2) / (2 * WIDTH**2)) * torch.exp(x[:, 1:] * y)
    )
    return Setup(data, net, stages=({"iterations": 199, "resample": pinn.Resample(every=20)},))


def growth_stock():
    """Points, network and optimizer of DeepXDE's script for Burgers' equation; it has none for this."""
    domain = growth_domain()
    conditions = [
        dde.icbc.PeriodicBC(domain, 0, everywhere),
        dde.icbc.IC(domain, lambda x: begin(x[:, :1]), everywhere),
    ]
    data = dde.data.TimePDE(domain, growth_equation, conditions, num_domain=2540, num_boundary=80, num_initial=160)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return Setup(data, net, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def growth_sines(seed):
    """400 sines from the start on; nothing couples the places, so the ends ask for nothing."""
    inside = space_time(np.linspace(0, 2 * np.pi, 60), (np.arange(25) + 0.5) / 25)
    x = np.linspace(0, 2 * np.pi, 120)
    conditions = [
        Condition(inside, [(), (1,)], lambda u, u_t: u_t - RATE * u * (1 - u)),
        Condition(np.c_[x, 0 * x], [()], lambda u: u - begin(x), 10.0),
    ]
    return solve(conditions, features=400, start=lambda p: begin(p[:, 0]), rng=seed)


def growth_classical():
    """An ordinary differential equation at each of the 100 places, all at once."""
    for rtol in (1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12):

        def solve_all(rtol=rtol):
            found = solve_ivp(
                lambda t, u: RATE * u * (1 - u), (0, 1), begin(X), "DOP853", t_eval=T, rtol=rtol, atol=rtol / 10
            )
            return relative(found.y.T, exact(space_time(X, T)))

        yield f"DOP853, tolerance {rtol:.0e}", solve_all


PROBLEM = Benchmark(
    "growth, rate 5",
    growth_ours,
    solution(exact, space_time(X, T)),
    classical=growth_classical,
    stock=growth_stock,
    sines=growth_sines,
    recipe_is="Adam 15k + L-BFGS, ours",
    published=(
        Published(
            "relative L2, Newton with conjugate gradients after Adam and L-BFGS",
            9.92e-3,
            "{cite:t}`rathore2024challenges`",
        ),
    ),
)
