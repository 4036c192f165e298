"""Pharmacokinetics: gut and blood, two rates from ten readings of all three states."""

from __future__ import annotations

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from benchmarks.problem import Benchmark, Published, Setup, worst
from mmlib.pinn import dde

jacobian = dde.grad.jacobian

PK = {"kg": 0.72, "kb": 0.15}  # per hour (Ahmadi Daryakenari et al. 2024)
DOSE = 0.1


def pk_states(t):
    """Closed form of blood, gut and eliminated amount, as shares of the dose: (n, 3)."""
    kg, kb = PK.values()
    gut = np.exp(-kg * t)
    blood = kg / (kg - kb) * (np.exp(-kb * t) - np.exp(-kg * t))
    return np.stack([blood, gut, 1 - blood - gut], axis=-1)


PK_T = np.linspace(0, 50, 10)


def pk_problem(anchors, num_domain, layers, width):
    kg, kb = dde.Variable(0.3), dde.Variable(0.3)

    def equation(t, y):
        blood, gut = y[:, :1], y[:, 1:2]
        d = [jacobian(y, t, i=i) for i in range(3)]
        return [d[0] - kg * gut + kb * blood, d[1] + kg * gut, d[2] - kb * blood]

    readings = dde.icbc.PointSetBC(PK_T[:, None], pk_states(PK_T), component=[0, 1, 2])
    data = dde.data.PDE(
        dde.geometry.TimeDomain(0, 50), equation, [readings], num_domain=num_domain, num_boundary=2, anchors=anchors
    )
    return (
        data,
        dde.nn.FNN([1 if layers == 3 else 2] + [width] * layers + [3], "tanh", "Glorot normal"),
        {"kg": kg, "kb": kb},
    )


def pk_stock():
    data, net, variables = pk_problem(None, 200, 3, 20)
    net.apply_feature_transform(lambda t: t / 25 - 1)
    return Setup(data, net, variables, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def pk_ours(seed):
    data, net, variables = pk_problem(np.geomspace(0.05, 10, 40)[:, None], 60, 2, 16)
    net.apply_feature_transform(lambda t: torch.cat([t / 25 - 1, torch.exp(-t / 5)], dim=1))
    return Setup(data, net, variables, stages=({"iterations": 150},))


def pk_classical():
    measured = pk_states(PK_T)

    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):

        def solve(rtol=rtol):
            def misfit(p):
                def rate(t, y):
                    return [p[0] * y[1] - p[1] * y[0], -p[0] * y[1], p[1] * y[0]]

                path = solve_ivp(rate, (0, 50), measured[0], "LSODA", t_eval=PK_T, rtol=rtol, atol=rtol)
                return (path.y.T - measured).ravel()

            found = least_squares(misfit, [0.3, 0.3])
            return worst(PK)(None, dict(zip(PK, found.x, strict=True)))

        yield f"least squares on LSODA, tolerance {rtol:.0e}", solve


PROBLEM = Benchmark(
    "pharmacokinetics, inverse",
    pk_ours,
    worst(PK),
    "worst parameter",
    pk_classical,
    pk_stock,
    recipe_is="Adam 15k + L-BFGS, ours",
    first_order=4000,
    published=(
        Published(
            "worst parameter, ten readings, 48.5 s on a GPU", 1.25e-2, "{cite:t}`ahmadidaryakenari2024aristotle`"
        ),
    ),
)
