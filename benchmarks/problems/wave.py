"""Wave: u_tt = 4 u_xx, a string with fixed ends plucked in its first and its fifth mode; closed form. From Rathore et al. 2024."""

from __future__ import annotations

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks.numerics import chebyshev, interpolate_chebyshev
from benchmarks.problem import Benchmark, Published, Setup, everywhere, relative, solution, space_time
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve

hessian = dde.grad.hessian

SPEED, HIGH = 2.0, 5  # the higher mode
X = T = np.linspace(0, 1, 101)


def begin(x):
    return np.sin(np.pi * x) + 0.5 * np.sin(HIGH * np.pi * x)


def exact(points):
    x, t = points[:, :1], points[:, 1:]
    low = np.sin(np.pi * x) * np.cos(SPEED * np.pi * t)
    return low + 0.5 * np.sin(HIGH * np.pi * x) * np.cos(SPEED * HIGH * np.pi * t)


def wave_domain():
    return dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))


def wave_ours(seed):
    """Ends, first state and rest at the start are built in; x enters by its cosine, so that the string goes on as an odd
    wave beyond its ends, and time in units of the highest frequency that the first state has.
    """

    def equation(x, u):
        return (hessian(u, x, i=1, j=1) - SPEED**2 * hessian(u, x, i=0, j=0)) / 100

    data = dde.data.TimePDE(wave_domain(), equation, [], num_domain=1500)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "sin", "Glorot normal")
    net.apply_feature_transform(
        lambda x: torch.cat([2 * torch.cos(np.pi * x[:, :1]), SPEED * HIGH * np.pi * (x[:, 1:] - 0.5)], dim=1)
    )

    def built(x, y):
        first = torch.sin(np.pi * x[:, :1]) + 0.5 * torch.sin(HIGH * np.pi * x[:, :1])
        return first + x[:, 1:] ** 2 / (x[:, 1:] ** 2 + 0.01) * torch.sin(np.pi * x[:, :1]) * y

    net.apply_output_transform(built)
    return Setup(data, net, stages=({"iterations": 100},))


def wave_stock():
    """Points, network and optimizer of DeepXDE's script for Burgers' equation; its own for a wave needs a network that it lacks."""
    domain = wave_domain()
    conditions = [
        dde.icbc.DirichletBC(domain, lambda x: 0 * x[:, :1], everywhere),
        dde.icbc.IC(domain, lambda x: begin(x[:, :1]), everywhere),
        dde.icbc.OperatorBC(domain, lambda x, u, _: dde.grad.jacobian(u, x, i=0, j=1), lambda x, _: x[1] == 0),
    ]
    equation = lambda x, u: hessian(u, x, i=1, j=1) - SPEED**2 * hessian(u, x, i=0, j=0)  # noqa: E731
    data = dde.data.TimePDE(domain, equation, conditions, num_domain=2540, num_boundary=80, num_initial=160)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return Setup(data, net, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def wave_sines(seed):
    inside = space_time(np.linspace(0, 1, 40), np.linspace(0, 1, 50))
    x, t = np.linspace(0, 1, 100), np.linspace(0, 1, 60)
    sides = np.vstack([np.c_[0 * t, t], np.c_[0 * t + 1, t]])
    conditions = [
        Condition(inside, [(0, 0), (1, 1)], lambda u_xx, u_tt: u_tt - SPEED**2 * u_xx),
        Condition(np.c_[x, 0 * x], [()], lambda u: u - begin(x), 10.0),
        Condition(np.c_[x, 0 * x], [(1,)], lambda u_t: u_t, 10.0),
        Condition(sides, [()], lambda u: u, 10.0),
    ]
    return solve(conditions, features=600, rng=seed)


def wave_classical():
    """Chebyshev collocation in x, an explicit scheme of eighth order in time."""
    for n, rtol in ((16, 1e-4), (20, 1e-5), (24, 1e-6), (32, 1e-8), (40, 1e-10)):

        def solve_it(n=n, rtol=rtol):
            x, d = chebyshev(n, 0.0, 1.0)
            d2, inner, m = SPEED**2 * (d @ d)[1:-1, 1:-1], x[1:-1], n - 1
            start = np.concatenate([begin(inner), 0 * inner])
            change = lambda t, y: np.concatenate([y[m:], d2 @ y[:m]])  # noqa: E731
            found = solve_ivp(change, (0, 1), start, "DOP853", t_eval=T, rtol=rtol, atol=rtol)
            full = np.vstack([0 * T, found.y[:m], 0 * T])
            return relative(interpolate_chebyshev(x, full, X).T, exact(space_time(X, T)))

        yield f"Chebyshev, {n} points, DOP853", solve_it


PROBLEM = Benchmark(
    "wave, modes 1 and 5",
    wave_ours,
    solution(exact, space_time(X, T)),
    classical=wave_classical,
    stock=wave_stock,
    sines=wave_sines,
    recipe_is="Adam 15k + L-BFGS, ours",
    published=(
        Published(
            "relative L2, Newton with conjugate gradients after Adam and L-BFGS",
            1.27e-2,
            "{cite:t}`rathore2024challenges`",
        ),
    ),
)
