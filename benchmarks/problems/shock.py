"""Buckley and Leverett: u_t + f(u)_x = 0 with f(u) = u^2 / (u^2 + (1 - u)^2 / 2); water from x = 0 drives oil out, behind a shock.

A problem on which networks are known to fail (Fuks & Tchelepi 2020, doi:10.1615/JMachLearnModelComput.2020033905); their
parameters were not at hand, these are ours. Two relatives in this folder are told more: `shock_viscous` and `shock_integral`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.numerics import finite_volumes
from benchmarks.problem import Benchmark, Setup, everywhere, relative, space_time
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

RATIO, END = 2.0, 0.5  # of the viscosities of oil and water; the shock is at 0.68 then
FRONT = 1 / np.sqrt(1 + RATIO)  # u just behind the shock: there the chord from zero touches f (Welge 1952)
VISCOSITY = 2.5e-3  # what `shock_viscous` and `shock_integral` are told
X, T = (np.arange(256) + 0.5) / 256, END * np.arange(1, 101) / 100
POINTS = {"num_domain": 1500, "num_boundary": 100, "num_initial": 200}


def flux(u):
    return u**2 / (u**2 + (1 - u) ** 2 / RATIO)


def slope(u):
    """f'(u)."""
    return 2 * u * (1 - u) / RATIO / (u**2 + (1 - u) ** 2 / RATIO) ** 2


def exact(points):
    """The entropy solution: a fan u(x / t) from 1 down to FRONT, then the shock, which runs as fast as the fan's last ray."""
    place = points[:, 0] / points[:, 1]
    low, high = np.full(len(place), FRONT), np.ones(len(place))
    for _ in range(60):  # bisection: f' falls from FRONT to 1
        middle = (low + high) / 2
        ahead = slope(middle) > place
        low, high = np.where(ahead, middle, low), np.where(ahead, high, middle)
    return np.where(place < slope(FRONT), low, 0.0)


@cache
def shock_solution():
    return exact(space_time(X, T))


def shock_error(predict, _):
    return relative(predict(space_time(X, T)), shock_solution())


def conservation(viscosity):
    """The equation of DeepXDE, with as much viscosity."""

    def equation(x, u):
        left = jacobian(u, x, i=0, j=1) + slope(u) * jacobian(u, x, i=0, j=0)
        return left - viscosity * hessian(u, x, i=0, j=0) if viscosity else left

    return equation


def domain():
    return dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, END))


def inlet(x, on):
    return on and x[0] < 1e-9


def setup(equation, net=None, **more):
    """Water at x = 0, oil at first; conditions as DeepXDE has them."""
    conditions = [
        dde.icbc.DirichletBC(domain(), lambda x: 1.0, inlet),
        dde.icbc.IC(domain(), lambda x: 0.0, everywhere),
    ]
    net = net or dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return Setup(dde.data.TimePDE(domain(), equation, conditions, **POINTS), net, **more)


def shock_ours(seed):
    """The equation as it stands, and `pinn.fit` with default arguments."""
    return setup(conservation(0), stages=({},))


def shock_stock():
    """Points, network and optimizer of DeepXDE's script for Burgers' equation; it has none for this."""
    made = setup(conservation(0), recipe=(("adam", 15_000), ("L-BFGS", 15_000)))
    made.data = dde.data.TimePDE(
        domain(), conservation(0), made.data.bcs, num_domain=2540, num_boundary=80, num_initial=160
    )
    return made


def shock_sines(viscosity):
    """seed -> 400 sines, all of time at once, told the same as our network."""

    def run(seed):
        x, t = np.linspace(0, 1, 60), END * (np.arange(25) + 0.5) / 25
        axes, equation = [(), (0,), (1,)], lambda u, u_x, u_t: u_t + slope(u) * u_x
        if viscosity:
            axes, equation = [*axes, (0, 0)], lambda u, u_x, u_t, u_2: u_t + slope(u) * u_x - viscosity * u_2
        first, side = np.c_[X[::2], 0 * X[::2]], np.c_[0 * t, t]
        conditions = [
            Condition(space_time(x, t), axes, equation),
            Condition(first, [()], lambda u: u, 10.0),
            Condition(side, [()], lambda u: u - 1, 10.0),
        ]
        return solve(conditions, features=400, rng=seed)

    return run


def shock_classical():
    cells = [2**k for k in range(2, 13)]
    for n in cells:
        yield f"finite volumes, {n} cells, van Leer's limiter", lambda n=n: volumes_error(n)


def volumes_error(n, viscosity=0.0):
    """Of means over n cells; with viscosity, what it costs before anything is trained."""
    means = finite_volumes(flux, slope, n, END, len(T), left=1.0, right=0.0, viscosity=viscosity)
    return relative(means[:, np.minimum((X * n).astype(int), n - 1)], shock_solution())


PROBLEM = Benchmark(
    "Buckley-Leverett shock",
    shock_ours,
    shock_error,
    classical=shock_classical,
    stock=shock_stock,
    sines=shock_sines(0),
    recipe_is="Adam 15k + L-BFGS, ours",
)
