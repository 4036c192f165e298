"""Poisson in five dimensions: -Laplace u = pi^2 sum cos(pi x_k) in the unit cube, u = sum cos(pi x_k) on its faces; the problem of Dangel et al. 2024."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.numerics import chebyshev
from benchmarks.problem import Benchmark, Published, Setup, everywhere, relative, solution
from mmlib import pinn
from mmlib.pinn import dde
from mmlib.random_features import Condition, solve

D = 5


def exact(x):
    """The solution: (n, 5) to (n, 1)."""
    return np.cos(np.pi * x).sum(axis=1, keepdims=True)


def poisson_equation(x, u):
    laplace = sum(dde.grad.hessian(u, x, i=k, j=k) for k in range(D))
    return laplace + np.pi**2 * torch.cos(np.pi * x).sum(dim=1, keepdim=True)


def poisson_data(inside, faces):
    cube = dde.geometry.Hypercube([0] * D, [1] * D)
    known = dde.icbc.DirichletBC(cube, exact, everywhere)
    return dde.data.PDE(cube, poisson_equation, known, num_domain=inside, num_boundary=faces)


def poisson_ours(seed):
    net = dde.nn.FNN([D] + [24] * 2 + [1], "tanh", "Glorot normal")
    stage = {"iterations": 249, "weights": [1, 100], "resample": pinn.Resample(every=10)}
    return Setup(poisson_data(1500, 500), net, stages=(stage,))


def poisson_stock():
    """Points and network of DeepXDE's script for Poisson's equation on an L; it has none for five dimensions."""
    net = dde.nn.FNN([D] + [50] * 4 + [1], "tanh", "Glorot uniform")
    return Setup(poisson_data(1200, 120), net, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def at():
    """2,000 points inside the cube, the same each time."""
    return np.random.default_rng(5).random((2000, D))


def tensor_chebyshev(n):
    """Chebyshev points in each direction; the operator is diagonal in the eigenvectors of one direction: relative L2 at the inner points."""
    x, d = chebyshev(n, 0.0, 1.0)
    d2, inner = d @ d, slice(1, -1)
    values, vectors = np.linalg.eig(d2[inner, inner])
    back = np.linalg.inv(vectors)
    c = np.cos(np.pi * x)
    rest = sum(np.cos(np.pi * x[inner]).reshape([-1 if k == j else 1 for k in range(D)]) for j in range(D))
    load = -(np.pi**2) * rest * np.ones([n - 1] * D)
    for k in range(D):  # what the two faces of direction k send inside
        for end in (0, -1):
            face = c[end] + sum(
                np.cos(np.pi * x[inner]).reshape([-1 if m == j else 1 for m in range(D)]) for j in range(D) if j != k
            )
            load = load - d2[inner, end].reshape([-1 if m == k else 1 for m in range(D)]) * face
    for k in range(D):
        load = np.moveaxis(np.tensordot(back, load, (1, k)), 0, k)
    total = sum(values.reshape([-1 if m == k else 1 for m in range(D)]) for k in range(D))
    found = load / total
    for k in range(D):
        found = np.moveaxis(np.tensordot(vectors, found, (1, k)), 0, k)
    return relative(found.real, rest * np.ones([n - 1] * D))


def poisson_classical():
    for n in (4, 6, 8, 10, 12, 14):
        yield f"Chebyshev, {n + 1} points in each of five directions", lambda n=n: tensor_chebyshev(n)


def poisson_sines(seed):
    """800 sines on 2,000 points inside and 1,000 on the faces."""
    rng = np.random.default_rng(seed)
    inside, faces = rng.random((2000, D)), rng.random((1000, D))
    faces[np.arange(1000), np.arange(1000) % D] = np.arange(1000) // D % 2
    source = np.pi**2 * np.cos(np.pi * inside).sum(axis=1)
    laplace = Condition(inside, [(k, k) for k in range(D)], lambda *second: sum(second) + source)
    known = exact(faces)[:, 0]
    return solve([laplace, Condition(faces, [()], lambda u: u - known, 10.0)], features=800, rng=seed)


NORM = np.sqrt(D / 2)  # root mean square of the solution
PRINTED = "relative L2 (the printed root mean square over that of the solution)"
WHERE = "{cite:t}`dangel2024kronecker`, authors' stored runs"

PROBLEM = Benchmark(
    "Poisson, five dimensions",
    poisson_ours,
    solution(exact, at()),
    classical=poisson_classical,
    stock=poisson_stock,
    sines=poisson_sines,
    recipe_is="Adam 15k + L-BFGS, ours",
    published=(
        Published(f"{PRINTED}, energy natural gradient, 3,000 s of a GPU", 5.6e-8 / NORM, WHERE),
        Published(f"{PRINTED}, Adam, in the same time", 1.1e-3 / NORM, WHERE),
    ),
)
