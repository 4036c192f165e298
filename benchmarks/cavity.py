"""Flow in a square whose lid moves, Re 100: a spectral reference, and differences on a staggered grid.

The lid moves with 4x(1 - x) (PINNacle's cavity). At both its ends the velocity is continuous and its slope is not: Stokes' equations have the
stream function 2 r^2 theta plus a polynomial there, so that the vorticity jumps and the pressure grows like 0.08 log r. The
reference has these functions in closed form and the rest as polynomials.
"""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
from numpy.polynomial import Polynomial, legendre
from numpy.polynomial import chebyshev as cheb
from scipy.interpolate import RectBivariateSpline
from scipy.sparse import bmat, diags, eye, kron
from scipy.sparse.linalg import splu

from benchmarks.numerics import second_difference

RE = 100.0
ORDERS = [(a, b) for a in range(5) for b in range(5 - a)]  # derivatives that the equation of the vorticity needs


CUT = Polynomial([1, 0, 0, 0, -5, 4])  # 1 with three flat derivatives at a corner, flat and 0 at the far side
ACROSS = Polynomial([1, -1])  # to the other end of the lid
END = Polynomial([0, 4]) * CUT  # velocity along the lid of one end's stream function
REST = Polynomial([0, 4, -4]) - END - END(ACROSS)  # what both ends leave of the lid's velocity: flat and 0 at both


def lid(x):
    return 4 * x * (1 - x)


# --- spectral reference


def _product(f, g):
    """Derivatives of a product from those of its factors (Leibniz), by orders (a, b)."""
    return {
        (a, b): sum(comb(a, i) * comb(b, j) * f[i, j] * g[a - i, b - j] for i in range(a + 1) for j in range(b + 1))
        for a, b in ORDERS
    }


def _separate(f, g):
    """Derivatives of f(x) g(y) from rows of derivatives of order 0 to 4."""
    return {(a, b): f[a] * g[b] for a, b in ORDERS}


def _derived(polynomial, x):
    """Value and four derivatives."""
    return [polynomial.deriv(k)(x) if k else polynomial(x) for k in range(5)]


def corner(s, d):
    """Stream function at a corner of lid (d = 0) and wall (s = 0) with velocity 4s along the lid, times a cut-off that is
    flat and zero at the far sides: derivatives by (s, d).
    """
    z = d + 1j * s
    powers = [np.log(z), 1 / z, -1 / z**2, 2 / z**3, -6 / z**4]
    angle = {(a, b): np.imag(1j**a * powers[a + b]) for a, b in ORDERS}
    zero, one = np.zeros_like(s), np.ones_like(s)
    square = {o: zero for o in ORDERS} | {
        (0, 0): s**2 + d**2,
        (1, 0): 2 * s,
        (0, 1): 2 * d,
        (2, 0): 2 * one,
        (0, 2): 2 * one,
    }
    plain = {o: zero for o in ORDERS} | {
        (0, 0): np.pi * s**2 + 2 * s * d,
        (1, 0): 2 * np.pi * s + 2 * d,
        (0, 1): 2 * s,
        (2, 0): 2 * np.pi * one,
        (1, 1): 2 * one,
    }
    bent = _product(square, angle)
    stokes = {o: 2 * bent[o] - plain[o] for o in ORDERS}
    return _product(stokes, _separate(_derived(CUT, s), _derived(CUT, d)))


def known(x, y):
    """A stream function that has both corners and meets all conditions at the walls: derivatives by (x, y)."""
    left, right = corner(x, 1 - y), corner(1 - x, 1 - y)
    both = {(a, b): (-1) ** b * (left[a, b] + (-1) ** a * right[a, b]) for a, b in ORDERS}
    rest = _separate(_derived(REST, x), _derived(Polynomial([0, 0, -1, 1]), y))  # y^2 (y - 1) has slope 1 at the lid
    return {o: both[o] + rest[o] for o in ORDERS}


def _clamped(n, x):
    """x^2 (1 - x)^2 T_k(2x - 1), k < n, and four derivatives: (5, len(x), n)."""
    flat = [3 / 128, 0, -4 / 128, 0, 1 / 128]  # x^2 (1 - x)^2 in the same polynomials
    series = [cheb.chebmul(flat, np.eye(n)[k]) for k in range(n)]
    return np.array(
        [np.transpose([2.0**j * cheb.chebval(2 * x - 1, cheb.chebder(c, j)) for c in series]) for j in range(5)]
    )


def _plain(n, x):
    """T_k(2x - 1), k < n, and its derivative: (2, len(x), n)."""
    one = np.eye(n)
    return np.array(
        [np.transpose([2.0**j * cheb.chebval(2 * x - 1, cheb.chebder(c, j)) for c in one]) for j in range(2)]
    )


def _gauss(n):
    return (1 - np.cos(np.pi * (np.arange(n) + 0.5) / n)) / 2


def vorticity_equation(f, re):
    """What must vanish, and its slopes by the derivatives of the stream function."""
    bent_x, bent_y = f[3, 0] + f[1, 2], f[2, 1] + f[0, 3]
    rest = f[0, 1] * bent_x - f[1, 0] * bent_y - (f[4, 0] + 2 * f[2, 2] + f[0, 4]) / re
    one = np.ones_like(rest)
    slopes = {(0, 1): bent_x, (1, 0): -bent_y, (3, 0): f[0, 1], (1, 2): f[0, 1], (2, 1): -f[1, 0], (0, 3): -f[1, 0]}
    return rest, slopes | {(4, 0): -one / re, (2, 2): -2 * one / re, (0, 4): -one / re}


@cache
def stream(n=36, re=RE):
    """Coefficients (n, n) of the part of the stream function that is not `known`: Galerkin's method, steps of Newton's."""
    x, weight = legendre.leggauss(n + 8)
    x = (x + 1) / 2
    base, told = _clamped(n, x), known(*(a.ravel() for a in np.meshgrid(x, x, indexing="ij")))
    scale = np.sqrt(weight @ base[0] ** 2)
    base = base / scale
    test = (np.outer(weight, weight).ravel()[:, None] * np.kron(base[0], base[0])).T
    c = np.zeros((n, n))
    for _ in range(12):
        f = {(a, b): told[a, b] + (base[a] @ c @ base[b].T).ravel() for a, b in ORDERS}
        rest, slopes = vorticity_equation(f, re)
        matrix = test @ sum(s[:, None] * np.kron(base[a], base[b]) for (a, b), s in slopes.items())
        step = np.linalg.solve(matrix, -test @ rest)
        c += step.reshape(n, n)
        if np.abs(step).max() < 1e-10 * np.abs(c).max():
            break
    return c / np.outer(scale, scale)


def _derivatives(c, x, y):
    """Derivatives of the stream function at points (x, y), each (m,)."""
    n = len(c)
    at_x, at_y, told = _clamped(n, x), _clamped(n, y), known(x, y)
    return {(a, b): told[a, b] + np.einsum("mi,ij,mj->m", at_x[a], c, at_y[b]) for a, b in ORDERS}


def pressure_slopes(f, re=RE):
    """Slopes of the pressure by the momentum equation, from derivatives of the stream function."""
    u, v, bent_x, bent_y = f[0, 1], -f[1, 0], f[3, 0] + f[1, 2], f[2, 1] + f[0, 3]
    return bent_y / re - u * f[1, 1] - v * f[0, 2], -bent_x / re + u * f[2, 0] + v * f[1, 1]


def _logarithm(x, y, re):
    """The pressure at both ends of the lid, and its slopes."""
    z, w = 1 - y + 1j * x, 1 - y + 1j * (1 - x)
    return [
        8 / re * g for g in (np.log(np.abs(z / w)), -np.imag(1 / z) - np.imag(1 / w), -np.real(1 / z) + np.real(1 / w))
    ]


def pressure(slopes, x, y, at, m=30, re=RE, singular=True):
    """The pressure at points `at` (k, 2), zero at the lower left, from its slopes at (x, y): logarithms and a polynomial."""
    _, log_x, log_y = _logarithm(x, y, re) if singular else (0, 0, 0)
    bx, by = _plain(m, x), _plain(m, y)
    rows = [np.einsum("mi,mj->mij", bx[k], by[1 - k]).reshape(len(x), -1)[:, 1:] for k in (1, 0)]
    wanted = np.concatenate([slopes[0] - log_x, slopes[1] - log_y])
    c = np.linalg.lstsq(np.vstack(rows), wanted, rcond=1e-13)[0]
    c = np.concatenate([[0.0], c]).reshape(m, m)
    x, y = np.vstack([[[0.0, 0.0]], at]).T
    value = np.einsum("mi,ij,mj->m", _plain(m, x)[0], c, _plain(m, y)[0])
    value = value + (_logarithm(x, y, re)[0] if singular else 0)
    return value[1:] - value[0]


def spectral(at, n=36, re=RE):
    """Velocities and pressure at points `at` (k, 2), none of them an end of the lid: (k, 3)."""
    c, x = stream(n, re), _gauss(n + 8)
    x, y = (a.ravel() for a in np.meshgrid(x, x, indexing="ij"))
    p = pressure(pressure_slopes(_derivatives(c, x, y), re), x, y, at, n, re)
    f = _derivatives(c, *at.T)
    return np.column_stack([f[0, 1], -f[1, 0], p])


# --- differences on a staggered grid


def _staggered(n):
    """Differences and averages between cells and faces of one direction, and second differences of both."""
    h = 1 / n
    there = diags([-1.0, 1.0], [0, 1], shape=(n - 1, n))
    mean = diags([0.5, 0.5], [0, 1], shape=(n - 1, n))
    inner = second_difference(n - 1, h)
    walls = second_difference(n, h) - diags(np.r_[1.0, np.zeros(n - 2), 1.0]) / h**2  # a mirror image beyond the wall
    return there / h, mean, inner, walls


class Staggered:
    """Velocities on the faces and pressure in the cells of an n x n grid (marker and cell), second order; Newton's method."""

    def __init__(self, n, re=RE, moving=lid):
        self.n, self.nu, self.moving = n, 1 / re, moving
        there, mean, inner, walls = _staggered(n)
        cells, faces = eye(n), eye(n - 1)
        self.out = kron(there, cells), kron(cells, there)  # slopes of the pressure on the faces of u, of v
        self.at_cell = kron(mean.T, cells), kron(cells, mean.T)
        self.at_node = kron(faces, mean), kron(mean, faces)
        self.from_node = -kron(faces, there.T), -kron(there.T, faces)
        self.smooth = kron(inner, cells) + kron(faces, walls), kron(walls, faces) + kron(cells, inner)
        self.lid = np.zeros((n - 1, n))
        self.lid[:, -1] = 2 * n**2 * moving(np.arange(1, n) / n)  # of the mirror image beyond the lid
        self.u, self.v, self.p = self._solved()

    def _solved(self):
        n, m = self.n, self.n * (self.n - 1)
        w = np.zeros(2 * m + n * n)
        for _ in range(20):
            step = splu(self._matrix(w).tocsc()).solve(-self._rest(w))
            w += step
            if np.abs(step).max() < 1e-10:
                break
        return w[:m].reshape(n - 1, n), w[m : 2 * m].reshape(n, n - 1), w[2 * m :].reshape(n, n)

    def _split(self, w):
        m = self.n * (self.n - 1)
        return w[:m], w[m : 2 * m], w[2 * m :]

    def _rest(self, w):
        u, v, p = self._split(w)
        crossed = (self.at_node[0] @ u) * (self.at_node[1] @ v)
        moment = [
            self.out[k] @ ((self.at_cell[k] @ f) ** 2 + p)
            + self.from_node[k] @ crossed
            - self.nu * (self.smooth[k] @ f)
            for k, f in enumerate((u, v))
        ]
        moment[0] -= self.nu * self.lid.ravel()
        flow = -(self.out[0].T @ u) - self.out[1].T @ v
        flow[0] = p[0]
        return np.concatenate([*moment, flow])

    def _matrix(self, w):
        fields, nodes = self._split(w)[:2], [self.at_node[k] @ f for k, f in enumerate(self._split(w)[:2])]
        rows = [[None] * 3 for _ in range(3)]
        for k in (0, 1):
            own = self.out[k] @ diags(2 * (self.at_cell[k] @ fields[k])) @ self.at_cell[k] - self.nu * self.smooth[k]
            rows[k][k] = own + self.from_node[k] @ diags(nodes[1 - k]) @ self.at_node[k]
            rows[k][1 - k] = self.from_node[k] @ diags(nodes[k]) @ self.at_node[1 - k]
            rows[k][2] = self.out[k]
            rows[2][k] = -self.out[k].T
        keep = diags(
            np.r_[0.0, np.ones(self.n**2 - 1)]
        )  # one cell's balance follows from the others': its pressure is zero
        rows[2] = [keep @ rows[2][0], keep @ rows[2][1], eye(self.n**2) - keep]
        return bmat(rows)

    def __call__(self, at):
        """Velocities and pressure at points `at` (k, 2), by cubic splines; the pressure is zero at the lower left: (k, 3)."""
        n = self.n
        faces, cells = np.arange(n + 1) / n, np.r_[0, (np.arange(n) + 0.5) / n, 1]
        u, v = np.zeros((n + 1, n + 2)), np.zeros((n + 2, n + 1))
        u[1:-1, 1:-1], v[1:-1, 1:-1], u[:, -1] = self.u, self.v, self.moving(faces)
        p = np.pad(self.p, 1)
        for q in (p, p.T):
            q[0], q[-1] = 1.5 * q[1] - 0.5 * q[2], 1.5 * q[-2] - 0.5 * q[-3]
        found = [
            RectBivariateSpline(a, b, f)(*at.T, grid=False)
            for a, b, f in ((faces, cells, u), (cells, faces, v), (cells, cells, p))
        ]
        return np.column_stack([found[0], found[1], found[2] - p[0, 0]])
