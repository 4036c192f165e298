"""Allen-Cahn with diffusion 1e-3: u_t = 1e-3 u_xx + 5 (u - u^3)."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.sparse import diags

from benchmarks.marching import marching
from benchmarks.numerics import chebyshev, interpolate_chebyshev
from benchmarks.problem import Benchmark, Setup, relative, space_time
from mmlib import pinn
from mmlib.pinn import dde

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

ALLEN_X, ALLEN_T = np.linspace(-1, 1, 201), np.linspace(0, 1, 101)


def allen_cahn_solution(n, rtol):
    """Chebyshev collocation, BDF: values on the grid, (101, 201)."""
    x, d = chebyshev(n)
    d2, inner = d @ d, slice(1, -1)

    def rate(t, u):
        full = np.concatenate([[-1], u, [-1]])
        return 1e-3 * (d2 @ full)[inner] + 5 * (u - u**3)

    start = (x**2 * np.cos(np.pi * x))[inner]
    found = solve_ivp(
        rate,
        (0, 1),
        start,
        "BDF",
        t_eval=ALLEN_T,
        rtol=rtol,
        atol=rtol / 100,
        jac=lambda t, u: 1e-3 * d2[inner, inner] + np.diag(5 - 15 * u**2),
    )
    edge = -np.ones_like(ALLEN_T)
    return interpolate_chebyshev(x, np.vstack([edge, found.y, edge]), ALLEN_X).T


@cache
def allen_cahn_reference():
    """Finite differences of fourth order in space on 4,001 points, Radau in time: another scheme than the classical one."""
    n = 4001
    x = np.linspace(-1, 1, n)
    h = x[1] - x[0]
    m = n - 2
    # fourth order inside, second order at the two points beside the boundary, where the solution is flat
    matrix = diags([-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12], [-2, -1, 0, 1, 2], shape=(m, m)).tolil()
    known = np.zeros(m)
    for row, sign in ((0, 1), (m - 1, -1)):
        matrix[row] = 0
        matrix[row, row], matrix[row, row + sign] = -2, 1
        known[row] = -1
    known[1], known[-2] = 1 / 12, 1 / 12
    matrix, known = 1e-3 * matrix.tocsc() / h**2, 1e-3 * known / h**2
    inner = x[1:-1]
    found = solve_ivp(
        lambda t, u: matrix @ u + known + 5 * (u - u**3),
        (0, 1),
        inner**2 * np.cos(np.pi * inner),
        "Radau",
        t_eval=ALLEN_T,
        rtol=1e-8,
        atol=1e-10,
        jac=lambda t, u: matrix + diags(5 - 15 * u**2, format="csc"),
    )
    edge = -np.ones_like(ALLEN_T)
    return np.vstack([edge, found.y, edge])[::20].T


def allen_cahn_problem(num_domain, num_boundary=0, num_initial=0):
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))

    def equation(x, y):
        return jacobian(y, x, i=0, j=1) - 1e-3 * hessian(y, x, i=0, j=0) - 5 * (y - y**3)

    data = dde.data.TimePDE(
        domain, equation, [], num_domain=num_domain, num_boundary=num_boundary, num_initial=num_initial
    )
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    net.apply_output_transform(
        lambda x, y: x[:, :1] ** 2 * torch.cos(np.pi * x[:, :1]) + x[:, 1:] * (1 - x[:, :1] ** 2) * y
    )
    return data, net


def allen_cahn_stock():
    return Setup(*allen_cahn_problem(8000, 400, 800), recipe=(("adam", 40_000), ("L-BFGS", 15_000)))


def allen_cahn_ours(seed):
    data, net = allen_cahn_problem(2500)
    return Setup(data, net, stages=({"iterations": 200, "resample": pinn.Resample(every=10)},))


def allen_cahn_error(predict, _):
    return relative(predict(space_time(ALLEN_X, ALLEN_T)), allen_cahn_reference())


def allen_cahn_classical():
    for n in (64, 96, 128, 160, 192, 256):
        yield (
            f"Chebyshev, {n} points, BDF",
            lambda n=n: relative(allen_cahn_solution(n, 1e-7), allen_cahn_reference()),
        )


sines = marching(
    lambda u, ux, uxx, ut: ut - 1e-3 * uxx - 5 * (u - u**3),
    -1, 1, lambda x: x**2 * np.cos(np.pi * x), lambda x: -np.ones(len(x)),
)  # fmt: skip

PROBLEM = Benchmark(
    "Allen-Cahn, diffusion 1e-3",
    allen_cahn_ours,
    allen_cahn_error,
    classical=allen_cahn_classical,
    stock=allen_cahn_stock,
    sines=sines,
    first_order=7000,
)
