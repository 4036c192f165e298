"""The shock of Buckley and Leverett in integral form, viscosity told: p_t + f(p_x) = 0.0025 p_xx, where p_x = u, and p has a kink at most.

p(0, t) = -t is the water that has come in, p(x, 0) = 0. So nothing is lost at the corner where u jumps.
"""

import numpy as np

from benchmarks.problem import Benchmark, Setup, everywhere, relative, space_time
from benchmarks.problems.shock import (
    END,
    POINTS,
    VISCOSITY,
    T,
    X,
    domain,
    flux,
    hessian,
    inlet,
    jacobian,
    shock_classical,
    shock_solution,
)
from mmlib import pinn
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve


def equation(x, p):
    return jacobian(p, x, i=0, j=1) + flux(jacobian(p, x, i=0, j=0)) - VISCOSITY * hessian(p, x, i=0, j=0)


def integral_ours(seed):
    """Points follow the residual."""
    conditions = [
        dde.icbc.DirichletBC(domain(), lambda x: -x[:, 1:], inlet),
        dde.icbc.IC(domain(), lambda x: 0.0, everywhere),
    ]
    data = dde.data.TimePDE(domain(), equation, conditions, **POINTS)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return Setup(data, net, stages=({"iterations": 109, "resample": pinn.Resample()},))


def integral_error(predict, _):
    """Of the slope of p, by central differences."""
    points, aside = space_time(X, T), np.array([[1e-5, 0]])
    return relative((predict(points + aside) - predict(points - aside)) / 2e-5, shock_solution())


def integral_sines(seed):
    """400 sines, all of time at once, in the same form."""
    x, t = np.linspace(0, 1, 60), END * (np.arange(25) + 0.5) / 25
    side = np.c_[0 * t, t]
    conditions = [
        Condition(space_time(x, t), [(0,), (0, 0), (1,)], lambda u, u_x, p_t: p_t + flux(u) - VISCOSITY * u_x),
        Condition(np.c_[X[::2], 0 * X[::2]], [()], lambda p: p, 10.0),
        Condition(side, [()], lambda p: p + t, 10.0),
    ]
    return solve(conditions, features=400, rng=seed)


PROBLEM = Benchmark(
    "Buckley-Leverett shock, integral form",
    integral_ours,
    integral_error,
    classical=shock_classical,
    sines=integral_sines,
)
