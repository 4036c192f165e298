"""Burgers, inverse: both coefficients from 2,000 scattered readings (Raissi, Perdikaris & Karniadakis 2019)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from benchmarks.problem import Benchmark, Published, Setup, worst
from benchmarks.problems.burgers import BURGERS_X, NU, burgers_differences, burgers_domain, burgers_reference
from mmlib import pinn
from mmlib.pinn import dde

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

BURGERS_TRUE = {"lambda1": 1.0, "lambda2": NU}


def burgers_inverse(title, noise, printed):
    """Readings from the Cole-Hopf formula, synthetic; noise in shares of their standard deviation; `printed`: the published viscosity."""

    def ours(seed):
        rng = np.random.default_rng(seed)
        points, u = burgers_reference()
        chosen = rng.choice(len(points), 2000, replace=False)
        readings = u[chosen] + noise * u.std() * rng.standard_normal(2000)
        first, second = dde.Variable(0.0), dde.Variable(float(np.exp(-6)))  # the published start

        def equation(x, y):
            u_x, u_t = jacobian(y, x, i=0, j=0), jacobian(y, x, i=0, j=1)
            return u_t + first * y * u_x - second * hessian(y, x, i=0, j=0)

        condition = dde.icbc.PointSetBC(points[chosen], readings[:, None])
        data = dde.data.TimePDE(burgers_domain(), equation, [condition], num_domain=1500)
        net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
        stages = (
            {"iterations": 80, "weights": [1e-4, 1]},  # nearly the readings alone
            {"iterations": 100, "weights": [1e-2, 1], "resample": pinn.Resample(every=10)},
        )
        return Setup(data, net, {"lambda1": first, "lambda2": second}, stages=stages)

    def classical():
        points, u = burgers_reference()
        rng = np.random.default_rng(0)
        chosen = rng.choice(len(points), 2000, replace=False)
        readings = u[chosen] + noise * u.std() * rng.standard_normal(2000)
        row, column = np.divmod(chosen, len(BURGERS_X))
        for n in (200, 400, 800, 1600, 3200, 6400):

            def solve(n=n):
                def misfit(p):
                    return burgers_differences(n, p[0], np.exp(p[1]))[row, column] - readings

                found = least_squares(misfit, [0.0, -6.0])
                return worst(BURGERS_TRUE)(None, {"lambda1": found.x[0], "lambda2": float(np.exp(found.x[1]))})

            yield f"least squares on differences, {n} intervals", solve

    published = (Published("worst parameter, 2,000 readings", abs(printed / NU - 1), "{cite:t}`raissi2019physics`"),)
    return Benchmark(
        title, ours, worst(BURGERS_TRUE), "worst parameter", classical, recipe_is="no recipe", published=published
    )


PROBLEM = burgers_inverse("Burgers, inverse, clean", 0.0, 0.0031794)
