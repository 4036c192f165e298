"""Convection: u_t + 30 u_x = 0 on a circle, u(x, 0) = sin x; u = sin(x - 30 t). As in Rathore et al. 2024, with speed 40 there.

Speeds 40 and 50 stand in files of their own and are built here.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks.periodic_sines import periodic_sines
from benchmarks.problem import Benchmark, Setup, everywhere, relative, solution, space_time
from mmlib.pinn import dde
from mmlib.random_features import Condition

jacobian = dde.grad.jacobian

X, T = 2 * np.pi * np.arange(100) / 100, np.linspace(0, 1, 101)


def convection(speed, published=()):
    """The problem at one speed; its file says which."""
    points = space_time(X, T)

    def exact(x):
        return np.sin(x[:, :1] - speed * x[:, 1:])

    def domain():
        return dde.geometry.GeometryXTime(dde.geometry.Interval(0, 2 * np.pi), dde.geometry.TimeDomain(0, 1))

    def posed(in_units, num_domain, num_boundary, num_initial):
        edge, start = domain(), lambda x: np.sin(x[:, :1])
        equation = lambda x, u: jacobian(u, x, i=0, j=1) / in_units + speed / in_units * jacobian(u, x, i=0, j=0)  # noqa: E731
        conditions = [dde.icbc.PeriodicBC(edge, 0, everywhere), dde.icbc.IC(edge, start, everywhere)]
        return dde.data.TimePDE(
            edge, equation, conditions, num_domain=num_domain, num_boundary=num_boundary, num_initial=num_initial
        )

    def ours(seed):
        """Two layers of sines, nothing built in; time in units in which the wave has speed one."""
        net = dde.nn.FNN([2, 20, 20, 1], "sin", "Glorot normal")
        net.apply_feature_transform(lambda x: torch.cat([x[:, :1] - np.pi, speed * (x[:, 1:] - 0.5)], dim=1))
        return Setup(posed(speed, 1000, 100, 100), net, stages=({"iterations": 180},))

    def stock():
        """Points, network and optimizer of DeepXDE's script for Burgers' equation; it has none for this."""
        net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
        return Setup(posed(1, 2540, 80, 160), net, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))

    def sines(seed):
        """400 sines that are periodic by construction; frequencies spread by the speed."""
        inside = Condition(
            space_time(2 * np.pi * np.arange(16) / 16, (np.arange(80) + 0.5) / 80),
            [(0,), (1,)],
            lambda u_x, u_t: u_t / speed + u_x,
        )
        first = Condition(np.c_[X, 0 * X], [()], lambda u: u - np.sin(X))
        return periodic_sines([inside, first], whole=3, spread=1.2 * speed, wave=1.0, rng=seed)

    def classical():
        """Fourier collocation: 8 points hold the only wave there is."""
        x, k = 2 * np.pi * np.arange(8) / 8, np.fft.fftfreq(8, 1 / 8)
        for rtol in (1e-4, 1e-6, 1e-8, 1e-10, 1e-12):

            def solve(rtol=rtol):
                change = lambda t, u: -speed * np.fft.ifft(1j * k * np.fft.fft(u)).real  # noqa: E731
                found = solve_ivp(change, (0, 1), np.sin(x), "DOP853", t_eval=T, rtol=rtol, atol=rtol)
                waves = np.fft.fft(found.y, axis=0) / 8
                return relative((np.exp(1j * np.outer(X, k)) @ waves).real.T, exact(points))

            yield f"Fourier, 8 points, DOP853, tolerance {rtol:.0e}", solve

    return Benchmark(
        f"convection, speed {speed}",
        ours,
        solution(exact, points),
        classical=classical,
        stock=stock,
        sines=sines,
        recipe_is="Adam 15k + L-BFGS, ours",
        published=published,
    )


PROBLEM = convection(30)
