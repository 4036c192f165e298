"""Poisson on an L, as in `l_shape`, with the corner told: one output of the network multiplies the corner's singular function."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.problem import Benchmark, Setup
from benchmarks.problems.l_shape import l_coefficients, l_error, l_points, l_problem, l_reference
from mmlib import pinn
from mmlib.pinn import dde


def singular(x):
    """r^(2/3) cos(2 phi / 3), phi from the bisector of the L: harmonic, zero on both sides of the corner. (n, 2) to (n, 1)."""
    along, across = -(x[:, :1] + x[:, 1:]) / 2**0.5, (x[:, :1] - x[:, 1:]) / 2**0.5
    return (along**2 + across**2) ** (1 / 3) * torch.cos(2 / 3 * torch.atan2(across, along))


STAGE = {"iterations": 149, "weights": [1, 100], "resample": pinn.Resample(every=10)}  # ends before the next redraw


def corner_problem(beside):
    """Data and network: a smooth part, and one that multiplies `beside`; both are zero on the four outer sides."""
    net = dde.nn.FNN([2] + [20] * 3 + [2], "tanh", "Glorot uniform")
    data, net = l_problem(1500, 400, net)
    net.apply_output_transform(
        lambda x, y: (1 - x[:, :1] ** 2) * (1 - x[:, 1:] ** 2) * (y[:, :1] + beside(x) * y[:, 1:])
    )
    return data, net


def corner_classical():
    """Rational functions with poles at the corners; what is left on the sides bounds the error by the maximum principle."""
    for poles, degree in ((4, 6), (8, 10), (16, 14), (24, 18), (32, 22)):

        def solve(poles=poles, degree=degree):
            _, left = l_coefficients(poles, degree)
            return left * np.sqrt(len(l_points())) / np.linalg.norm(l_reference())

        yield f"rational functions, {poles} poles a corner", solve


PROBLEM = Benchmark(
    "Poisson on an L, corner told",
    lambda seed: Setup(*corner_problem(singular), stages=(STAGE,)),
    l_error,
    classical=corner_classical,
)
