"""Chebyshev points, interpolation from them, second differences, exponential steps, finite volumes: what several classical solvers use."""

from __future__ import annotations

import numpy as np
from scipy.sparse import diags


def chebyshev(n, a=-1.0, b=1.0):
    """Chebyshev points on [a, b] and the differentiation matrix (Trefethen 2000, program cheb)."""
    k = np.arange(n + 1)
    x = np.cos(np.pi * k / n)
    c = np.where((k == 0) | (k == n), 2.0, 1.0) * (-1.0) ** k
    d = np.outer(c, 1 / c) / (x[:, None] - x[None, :] + np.eye(n + 1))
    d -= np.diag(d.sum(axis=1))
    return (a + b) / 2 + (b - a) / 2 * x, d * 2 / (b - a)


def second_difference(n, h):
    """Second derivative at n interior points with spacing h; what is outside is zero."""
    return diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(n, n), format="csc") / h**2


def interpolate_chebyshev(x, values, at):
    """Barycentric interpolation from Chebyshev points: values (n+1, m) at the points `at`: (len(at), m)."""
    w = (-1.0) ** np.arange(len(x))
    w[[0, -1]] /= 2
    gap = at[:, None] - x[None, :]
    hit = gap == 0
    gap[hit] = 1
    matrix = w / gap
    matrix /= matrix.sum(axis=1, keepdims=True)
    rows = hit.any(axis=1)
    matrix[rows] = hit[rows]
    return matrix @ values


def exponential_steps(linear, bend, start, steps, kept=100):
    """v' = linear v + bend(v) on 0 to 1 by the exponential integrator of fourth order (Cox & Matthews 2002, Kassam & Trefethen 2005).

    Yields `start` and the state after each of `kept` equal parts; `steps` is a multiple of `kept`.
    """
    dt = 1 / steps
    z = (linear * dt)[:, None] + np.exp(2j * np.pi * (np.arange(32) + 0.5) / 32)  # means over a circle lose no digits
    whole, half = np.exp(linear * dt), np.exp(linear * dt / 2)
    q = dt * ((np.exp(z / 2) - 1) / z).mean(axis=1)
    a = dt * ((-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3).mean(axis=1)
    b = dt * ((2 + z + np.exp(z) * (z - 2)) / z**3).mean(axis=1)
    c = dt * ((-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3).mean(axis=1)
    v = start
    yield v
    for step in range(steps):
        first = bend(v)
        one = half * v + q * first
        second = bend(one)
        two = half * v + q * second
        third = bend(two)
        fourth = bend(half * one + q * (2 * third - first))
        v = whole * v + a * first + 2 * b * (second + third) + c * fourth
        if (step + 1) % (steps // kept) == 0:
            yield v


def finite_volumes(flux, slope, n, end, kept, *, left, right, viscosity=0.0):
    """u_t + f(u)_x = viscosity u_xx on [0, 1], f rising, `right` at first: means over n cells at `kept` equal times, (kept, n).

    Second order in space and time (van Leer 1979, doi:10.1016/0021-9991(79)90145-1): slopes by his limiter, values from upwind,
    steps of Heun. What comes in at x = 0 is f(left), with viscosity too.
    """
    fastest = slope(np.linspace(min(left, right), max(left, right), 1001)).max()
    steps = int(np.ceil(end / kept * max(fastest * n, 2 * viscosity * n**2) / 0.4))
    dt = end / kept / steps

    def rate(u):
        jump = np.diff(np.concatenate([[left, left], u, [right]]))
        product, total = jump[1:] * jump[:-1], jump[1:] + jump[:-1]
        rising = product > 0  # on both sides alike; elsewhere the cell is flat
        half = np.where(rising, product / np.where(rising, total, 1), 0.0)  # of the slope times the width
        faces = flux(np.concatenate([[left], u]) + half)
        faces[1:] -= viscosity * n * jump[2:]
        return -n * np.diff(faces)

    u, found = np.full(n, float(right)), []
    for _ in range(kept):
        for _ in range(steps):
            ahead = u + dt * rate(u)
            u = (u + ahead + dt * rate(ahead)) / 2
        found.append(u)
    return np.array(found)
