"""Lid-driven cavity, Re 100: stationary Navier-Stokes in a square, the lid moves with 4x(1 - x); PINNacle's NS2d-C, whose measure this is.

The plain lid, with velocity one up to its ends, has no finite dissipation there; this one is what PINNacle trains on. Its ends are
singular still (`benchmarks.cavity`): no velocity jumps, the vorticity does, and the pressure grows without bound.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks import cavity
from benchmarks.numerics import chebyshev, interpolate_chebyshev
from benchmarks.problem import Benchmark, Published, Setup, everywhere, relative, space_time
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

MIDDLES = (np.arange(60) + 0.5) / 60


@cache
def reference():
    return cavity.spectral(space_time(MIDDLES, MIDDLES))


def from_stream(predict, n=40):
    """Velocities and pressure at the 60 x 60 points from a smooth stream function: from its values on a Chebyshev grid."""
    x, d = chebyshev(n, 0.0, 1.0)
    f = predict(np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)).reshape(n + 1, n + 1)
    power = [np.linalg.matrix_power(d, k) for k in range(5)]
    slopes = {(a, b): (power[a] @ f @ power[b].T)[1:-1, 1:-1].ravel() for a, b in cavity.ORDERS}
    at = space_time(MIDDLES, MIDDLES)
    xx, yy = (g.ravel() for g in np.meshgrid(x[1:-1], x[1:-1], indexing="ij"))
    p = cavity.pressure(cavity.pressure_slopes(slopes), xx, yy, at, 24, singular=False)

    def there(g):  # rows by y, as the points are
        return interpolate_chebyshev(x, interpolate_chebyshev(x, g, MIDDLES).T, MIDDLES).ravel()

    return np.column_stack([there(f @ d.T), there(-d @ f), p])


def error(predict, _):
    """Relative L2 of (u, v, p) together, the pressure zero at the lower left; one output is taken as a stream function."""
    found = predict(space_time(MIDDLES, MIDDLES))
    if found.shape[1] == 1:
        return relative(from_stream(predict), reference())
    return relative(found - [0, 0, 1] * predict(np.zeros((1, 2)))[:, 2:], reference())


def equation(x, w):
    def slope(i, j):
        return jacobian(w, x, i=i, j=j)

    def momentum(i):
        bent = hessian(w, x, component=i, i=0, j=0) + hessian(w, x, component=i, i=1, j=1)
        return w[:, :1] * slope(i, 0) + w[:, 1:2] * slope(i, 1) + slope(2, i) - bent / cavity.RE

    return [momentum(0), momentum(1), slope(0, 0) + slope(1, 1)]


def cavity_data(num_domain, num_boundary):
    square = dde.geometry.Rectangle([0, 0], [1, 1])
    walls = [
        dde.icbc.DirichletBC(square, lambda x: cavity.lid(x[:, :1]) * np.isclose(x[:, 1:], 1), everywhere, component=0),
        dde.icbc.DirichletBC(square, lambda x: 0 * x[:, :1], everywhere, component=1),
        dde.icbc.PointSetBC(np.zeros((1, 2)), np.zeros((1, 1)), component=2),
    ]
    return dde.data.PDE(square, equation, walls, num_domain=num_domain, num_boundary=num_boundary)


def cavity_ours(seed):
    net = dde.nn.FNN([2] + [20] * 3 + [3], "tanh", "Glorot normal")
    net.apply_feature_transform(lambda x: 2 * x - 1)
    return Setup(cavity_data(800, 400), net, stages=({"iterations": 85},))


def cavity_stock():
    """PINNacle's points, network and optimizer."""
    net = dde.nn.FNN([2] + [100] * 5 + [3], "tanh", "Glorot normal")
    capped = "200 of 20,000 Adam steps"
    return Setup(cavity_data(8192, 2048), net, recipe=(("adam", 200),), capped=capped)


def cavity_classical():
    """The same measure from differences that know nothing of the ends of the lid."""
    for n in (16, 32, 64, 96, 128, 192):
        yield (
            f"staggered differences, {n} x {n}, Newton",
            lambda n=n: relative(cavity.Staggered(n)(space_time(MIDDLES, MIDDLES)), reference()),
        )


SINES_ORDERS = [(0, 1), (1, 0), (3, 0), (1, 2), (2, 1), (0, 3), (4, 0), (2, 2), (0, 4)]


def cavity_sines(seed):
    """A stream function of 400 sines: the equation of the vorticity at 24 x 24 points, value and slope at 4 x 40 of the walls."""
    s, x = (np.arange(40) + 0.5) / 40, (np.arange(24) + 0.5) / 24
    axes = [(0,) * a + (1,) * b for a, b in SINES_ORDERS]

    def vorticity(*values):
        return cavity.vorticity_equation(dict(zip(SINES_ORDERS, values, strict=True)), cavity.RE)[0]

    sides = [np.c_[s, 0 * s], np.c_[s, 0 * s + 1], np.c_[0 * s, s], np.c_[0 * s + 1, s]]
    level, upright = np.vstack(sides[:2]), np.vstack(sides[2:])
    moving = np.r_[0 * s, cavity.lid(s)]
    conditions = [
        Condition(space_time(x, x), axes, vorticity),
        Condition(np.vstack(sides), [()], lambda f: f),
        Condition(level, [(1,)], lambda f_y: f_y - moving),
        Condition(upright, [(0,)], lambda f_x: f_x),
    ]
    return solve(conditions, features=400, rng=seed)


PROBLEM = Benchmark(
    "lid-driven cavity, Re 100",
    cavity_ours,
    error,
    classical=cavity_classical,
    stock=cavity_stock,
    sines=cavity_sines,
    recipe_is="PINNacle's script",
    published=(
        Published(
            "relative L2 of velocities and pressure, best of PINNacle's methods (adaptive activations)",
            3.60e-2,
            "second hand: {cite:t}`hao2024pinnacle`",
        ),
        Published("relative L2 of velocities and pressure, Adam", 4.70e-2, "second hand: {cite:t}`hao2024pinnacle`"),
    ),
)
