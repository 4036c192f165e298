"""Poisson on an L: -Laplace u = 1, u = 0 on the boundary."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.sparse import eye, kron
from scipy.sparse.linalg import spsolve

from benchmarks.numerics import second_difference
from benchmarks.problem import Benchmark, Setup, everywhere, relative
from mmlib import pinn
from mmlib import random_features as sines
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve

hessian = dde.grad.hessian


def l_points(n=60):
    """Points inside the L, off its boundary: (m, 2)."""
    x = (np.arange(2 * n) + 0.5) / n - 1
    xx, yy = np.meshgrid(x, x)
    inside = (xx < 0) | (yy < 0)
    return np.stack([xx[inside], yy[inside]], axis=1)


L_CORNERS = (0, 1, 1 - 1j, -1 - 1j, -1 + 1j, 1j)  # in the complex plane
L_OUTWARD = (1 + 1j, 1 + 1j, 1 - 1j, -1 - 1j, -1 + 1j, 1 + 1j)  # bisectors, away from the L


def l_basis(z, poles=40, degree=24):
    """-|z|^2/4, which solves -Laplace u = 1, and harmonic functions: real and imaginary parts of polynomials and of
    rational functions whose poles crowd at the corners from outside (Gopal & Trefethen 2019, doi:10.1137/19M125947X).
    """
    k = np.arange(1, poles + 1)
    distance = np.exp(4 * (np.sqrt(k) - np.sqrt(poles)))
    columns = [(z[:, None] / 1.5) ** np.arange(degree + 1)]
    for corner, outward in zip(L_CORNERS, L_OUTWARD, strict=True):
        d = distance * outward / abs(outward)
        columns.append(np.abs(d) / (z[:, None] - corner - d))
    f = np.hstack(columns)
    return -(np.abs(z) ** 2) / 4, np.hstack([f.real, f.imag])


def l_coefficients(poles=40, degree=24):
    """Coefficients by least squares on the six sides, and the largest value left there.

    By the maximum principle that value bounds the error everywhere.
    """
    near = np.logspace(-10, np.log10(0.5), 250)
    s = np.concatenate([near, 1 - near[::-1]])
    sides = [a + (b - a) * s for a, b in zip(L_CORNERS, L_CORNERS[1:] + L_CORNERS[:1], strict=True)]
    particular, basis = l_basis(np.concatenate(sides), poles, degree)
    c = np.linalg.lstsq(basis, -particular, rcond=1e-14)[0]
    return c, float(np.abs(particular + basis @ c).max())


@cache
def l_reference():
    c, _ = l_coefficients()
    particular, basis = l_basis(l_points() @ np.array([1, 1j]))
    return particular + basis @ c


def l_problem(num_domain, num_boundary, net):
    domain = dde.geometry.Polygon([[0, 0], [1, 0], [1, -1], [-1, -1], [-1, 1], [0, 1]])

    def equation(x, y):
        return -hessian(y, x, i=0, j=0) - hessian(y, x, i=1, j=1) - 1

    bc = dde.icbc.DirichletBC(domain, lambda x: 0 * x[:, :1], everywhere)
    return dde.data.PDE(domain, equation, bc, num_domain=num_domain, num_boundary=num_boundary), net


def l_stock():
    net = dde.nn.FNN([2] + [50] * 4 + [1], "tanh", "Glorot uniform")
    data, net = l_problem(1200, 120, net)
    net.apply_feature_transform(lambda x: x.float())  # for polygons DeepXDE 1.15 makes double points, and stops on them
    return Setup(data, net, recipe=(("adam", 50_000), ("L-BFGS", 15_000)))


def l_ours(seed):
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot uniform")
    data, net = l_problem(1500, 400, net)
    stage = {"iterations": 129, "weights": [1, 100], "resample": pinn.Resample(every=10)}  # ends before the next redraw
    return Setup(data, net, stages=(stage,))


def l_error(predict, _):
    return relative(predict(l_points()), l_reference())


def l_classical():
    for n in (20, 40, 80, 160, 320):

        def solve(n=n):
            x = np.arange(1, 2 * n) / n - 1
            xx, yy = np.meshgrid(x, x)
            inside = ((xx < -1e-12) | (yy < -1e-12)).ravel()
            one = second_difference(2 * n - 1, 1 / n)
            matrix = -(kron(one, eye(2 * n - 1)) + kron(eye(2 * n - 1), one)).tocsr()[inside][:, inside]
            u = np.zeros((2 * n + 1, 2 * n + 1))
            core = np.zeros((2 * n - 1) ** 2)
            core[inside] = spsolve(matrix.tocsc(), np.ones(inside.sum()))
            u[1:-1, 1:-1] = core.reshape(2 * n - 1, -1)
            points = l_points()
            i, j = ((points[:, k] + 1) * n for k in (1, 0))
            a, b = np.minimum(i.astype(int), 2 * n - 1), np.minimum(j.astype(int), 2 * n - 1)
            p, q = i - a, j - b
            got = (1 - p) * ((1 - q) * u[a, b] + q * u[a, b + 1]) + p * ((1 - q) * u[a + 1, b] + q * u[a + 1, b + 1])
            return relative(got, l_reference())

        yield f"five-point differences, {n} per unit", solve


def l_sines(seed, corners=(1, 2, 4, 5)):
    """400 sines, and four functions of the corner: those with k = 3 and 6 are smooth."""
    s = (np.arange(60) + 0.5) / 60
    sides = [a + (b - a) * s for a, b in zip(L_CORNERS, L_CORNERS[1:] + L_CORNERS[:1], strict=True)]
    edge = np.column_stack([np.real(sides).ravel(), np.imag(sides).ravel()])
    inside = Condition(l_points(24), [(0, 0), (1, 1)], lambda xx, yy: xx + yy + 1)
    extra = [sines.corner((0, 0), np.pi / 2, 3 * np.pi / 2, k) for k in corners]
    return solve([inside, Condition(edge, [()], lambda u: u)], features=400, extra=extra, rng=seed)


PROBLEM = Benchmark(
    "Poisson on an L", l_ours, l_error, classical=l_classical, stock=l_stock, sines=l_sines, first_order=1500
)
