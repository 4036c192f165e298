"""Fisher-KPP: a front of tumour cells, u_t = D u_xx + r u (1 - u); exact wave of Ablowitz and Zeppetella."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import diags

from benchmarks.marching import marching
from benchmarks.numerics import second_difference
from benchmarks.problem import Benchmark, Setup, everywhere, relative, space_time
from mmlib import pinn
from mmlib.pinn import dde

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

FISHER_D, FISHER_R = 1e-3, 20.0  # in units of the domain's length and duration
FISHER_X, FISHER_T = np.linspace(0, 1, 201), np.linspace(0, 1, 101)


def fisher_wave(points):
    """Exact solution at points (n, 2): (n, 1). The front moves at 5 sqrt(r D / 6)."""
    x, t = points[:, :1], points[:, 1:]
    return (1 + np.exp(np.sqrt(FISHER_R / 6 / FISHER_D) * (x - 0.2) - 5 * FISHER_R * t / 6)) ** -2.0


def fisher_problem(num_domain, num_boundary, num_initial):
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))

    def equation(x, y):
        return jacobian(y, x, i=0, j=1) - FISHER_D * hessian(y, x, i=0, j=0) - FISHER_R * y * (1 - y)

    conditions = [
        dde.icbc.DirichletBC(domain, fisher_wave, everywhere),
        dde.icbc.IC(domain, fisher_wave, everywhere),
    ]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=num_domain, num_boundary=num_boundary, num_initial=num_initial
    )
    return data, dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")


def fisher_stock():
    return Setup(*fisher_problem(2540, 80, 160), recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def fisher_ours(seed):
    data, net = fisher_problem(1500, 80, 160)
    weights = [1e-2, 1, 1]
    return Setup(data, net, stages=({"iterations": 150, "weights": weights, "resample": pinn.Resample(every=10)},))


def fisher_error(predict, _):
    points = space_time(FISHER_X, FISHER_T)
    return relative(predict(points), fisher_wave(points))


def fisher_classical():
    for n in (200, 400, 800, 1600, 3200):

        def solve(n=n):
            x = np.linspace(0, 1, n + 1)
            inner, h = x[1:-1], 1 / n
            matrix = FISHER_D * second_difference(n - 1, h)

            def change(t, u):
                ends = fisher_wave(np.array([[0.0, t], [1.0, t]]))[:, 0]
                rate = matrix @ u + FISHER_R * u * (1 - u)
                rate[[0, -1]] += FISHER_D * ends / h**2
                return rate

            found = solve_ivp(
                change,
                (0, 1),
                fisher_wave(np.stack([inner, 0 * inner], axis=1))[:, 0],
                "BDF",
                t_eval=FISHER_T,
                rtol=1e-7,
                atol=1e-9,
                jac=lambda t, u: (matrix + diags(FISHER_R * (1 - 2 * u))).tocsc(),
            )
            ends = [fisher_wave(np.stack([0 * FISHER_T + e, FISHER_T], axis=1))[:, 0] for e in (0.0, 1.0)]
            full = np.vstack([ends[0], found.y, ends[1]])[:: n // 200]
            return relative(full.T, fisher_wave(space_time(FISHER_X, FISHER_T)).reshape(101, 201))

        yield f"differences, {n} intervals, BDF", solve


fisher_sines = marching(
    lambda u, ux, uxx, ut: ut - FISHER_D * uxx - FISHER_R * u * (1 - u),
    0, 1, lambda x: fisher_wave(np.c_[x, 0 * x])[:, 0], lambda x: fisher_wave(x)[:, 0],
)  # fmt: skip

PROBLEM = Benchmark(
    "Fisher-KPP front",
    fisher_ours,
    fisher_error,
    classical=fisher_classical,
    stock=fisher_stock,
    sines=fisher_sines,
    recipe_is="Adam 15k + L-BFGS, ours",
    first_order=6000,
)
