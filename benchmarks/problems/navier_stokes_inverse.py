"""Synthetic: Navier-Stokes, inverse. Convection factor and viscosity from 2,000 scattered readings of the velocity; no pressure, no wall, no start.

The problem of Raissi, Perdikaris & Karniadakis (2019) and of DeepXDE's script, u_t + lambda1 (u . grad) u = -grad p + lambda2 Laplace u with
both factors unknown. Their wake of a cylinder is a file that is not at hand, so the flow is another: whirls of many sizes that
decay, made by a Fourier method on a periodic square of which a window is read.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.polynomial import chebyshev as cheb
from scipy.interpolate import make_interp_spline

from benchmarks.problem import Benchmark, Setup, worst
from mmlib.pinn import dde

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

TRUE = {"lambda1": 1.0, "lambda2": 0.01}
LOW, HIGH = np.array([1.0, 1.0, 0.0]), np.array([3.0, 3.0, 1.0])  # the window: x, y, t
WAVES = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (1, -2))  # of the vorticity at the beginning


class Whirls:
    """Vorticity of a periodic flow on a square of side 2 pi by Fourier's modes, two thirds of them kept; Runge's and Kutta's steps."""

    def __init__(self, modes=96, steps=200, viscosity=TRUE["lambda2"]):
        k = np.fft.fftfreq(modes, 1 / modes)
        self.kx, self.ky, self.square = k[:, None], k[None, :], k[:, None] ** 2 + k[None, :] ** 2
        self.kept = (np.abs(self.kx) < modes / 3) & (np.abs(self.ky) < modes / 3)
        self.inverse = np.divide(1.0, self.square, out=np.zeros_like(self.square), where=self.square > 0)
        self.viscosity, dt = viscosity, HIGH[2] / steps
        w, every = np.fft.fft2(self.begin(modes)), max(1, steps // 40)
        self.t, self.states = [0.0], [w]
        for step in range(1, steps + 1):
            a = self.rate(w)
            b = self.rate(w + dt / 2 * a)
            c = self.rate(w + dt / 2 * b)
            w = w + dt / 6 * (a + 2 * b + 2 * c + self.rate(w + dt * c))
            if step % every == 0:
                self.t.append(step * dt)
                self.states.append(w)

    @staticmethod
    def begin(modes):
        """Six waves with phases and sizes drawn once; the velocity has a mean square of one."""
        rng = np.random.default_rng(11)
        x = 2 * np.pi * np.arange(modes) / modes
        size, phase = rng.uniform(0.5, 1, len(WAVES)), rng.uniform(0, 2 * np.pi, len(WAVES))
        speed = sum(s**2 / 2 for s in size)
        waves = (
            s * np.hypot(*k) * np.cos(k[0] * x[:, None] + k[1] * x + p)
            for s, p, k in zip(size, phase, WAVES, strict=True)
        )
        return sum(waves) / np.sqrt(speed)

    def velocity(self, w):
        """Both velocities from the vorticity, as modes."""
        return 1j * self.ky * self.inverse * w, -1j * self.kx * self.inverse * w

    def rate(self, w):
        u, v, w_x, w_y = (np.fft.ifft2(f).real for f in (*self.velocity(w), 1j * self.kx * w, 1j * self.ky * w))
        return -np.where(self.kept, np.fft.fft2(u * w_x + v * w_y), 0) - self.viscosity * self.square * w

    def __call__(self, points):
        """Velocities at points (n, 3) of x, y, t: (n, 2). The series in space is summed, a spline of order 7 leads through the times."""
        modes = np.array([self.velocity(w) for w in self.states]) / self.square.size
        large = np.argwhere(np.abs(modes).max(axis=(0, 1)) > 1e-9)
        through = make_interp_spline(self.t, modes[:, :, large[:, 0], large[:, 1]], k=7)
        wave = np.array([self.kx[large[:, 0], 0], self.ky[0, large[:, 1]]])
        found = []
        for some in np.array_split(points, max(1, len(points) // 500)):
            found.append(np.einsum("nck,nk->nc", through(some[:, 2]), np.exp(1j * some[:, :2] @ wave)).real)
        return np.concatenate(found)


@cache
def flow():
    return Whirls()


def readings(seed, noise, count=2000):
    """Points (count, 3) of the window and both velocities there, with noise in shares of their standard deviation."""
    rng = np.random.default_rng(seed)
    points = LOW + (HIGH - LOW) * rng.random((count, 3))
    y = flow()(points)
    return points, y + noise * y.std(axis=0) * rng.standard_normal(y.shape)


def network_problem(points, y, num_domain, others):
    """DeepXDE's: three outputs, momentum twice and continuity; the pressure is only in the equation."""
    first, second = dde.Variable(0.0), dde.Variable(0.0)  # as in the script

    def equation(x, w):
        def slope(i, j):
            return jacobian(w, x, i=i, j=j)

        def momentum(i):
            bent = hessian(w, x, component=i, i=0, j=0) + hessian(w, x, component=i, i=1, j=1)
            carried = w[:, :1] * slope(i, 0) + w[:, 1:2] * slope(i, 1)
            return slope(i, 2) + first * carried + slope(2, i) - second * bent

        return [slope(0, 0) + slope(1, 1), momentum(0), momentum(1)]

    window = dde.geometry.GeometryXTime(
        dde.geometry.Rectangle(list(LOW[:2]), list(HIGH[:2])), dde.geometry.TimeDomain(LOW[2], HIGH[2])
    )
    seen = [dde.icbc.PointSetBC(points, y[:, k : k + 1], component=k) for k in (0, 1)]
    data = dde.data.TimePDE(window, equation, seen, num_domain=num_domain, **others)
    return data, {"lambda1": first, "lambda2": second}


def scaled(x):
    low, high = (torch.tensor(a, dtype=x.dtype) for a in (LOW, HIGH))
    return 2 * (x - low) / (high - low) - 1


def ours(noise):
    def build(seed):
        net = dde.nn.FNN([3] + [20] * 3 + [3], "tanh", "Glorot normal")
        points, y = readings(seed, noise)
        others = {"num_boundary": 100, "num_initial": 50}
        data, variables = network_problem(points, y, 800, others)
        net.apply_feature_transform(scaled)
        return Setup(data, net, variables, stages=({"iterations": 50},))

    return build


def stock(noise):
    """DeepXDE's script on these readings, a third as many as its own."""

    def build():
        points, y = readings(0, noise)
        net = dde.nn.FNN([3] + [50] * 6 + [3], "tanh", "Glorot uniform")
        others = {"num_boundary": 200, "num_initial": 100, "anchors": points}
        data, variables = network_problem(points, y, 700, others)
        capped = "1,000 of 20,000 Adam steps"
        return Setup(data, net, variables, recipe=(("adam", 1000),), capped=capped)

    return build


class Polynomials:
    """A stream function of Chebyshev polynomials, n in x and y and m in t: its derivatives at points, each (points, n n m)."""

    def __init__(self, points, n, m):
        s, self.scale, self.shape = 2 * (points - LOW) / (HIGH - LOW) - 1, 2 / (HIGH - LOW), (n, n, m)
        self.one = [
            [
                np.transpose([cheb.chebval(s[:, k], cheb.chebder(c, j)) for c in np.eye(size)]) * self.scale[k] ** j
                for j in range(5)
            ]
            for k, size in enumerate(self.shape)
        ]

    def __call__(self, a, b, c=0):
        parts = (self.one[k][j] for k, j in enumerate((a, b, c)))
        return np.einsum("pi,pj,pk->pijk", *parts).reshape(len(self.one[0][0]), -1)


def joint(points, y, n, m, weight=0.1, steps=15):
    """Readings and the law in one least squares: coefficients of the stream function and both factors, steps of Gauss and Newton."""
    seen = Polynomials(points, n, m)
    measured, wanted = np.vstack([seen(0, 1), -seen(1, 0)]), np.concatenate([y[:, 0], y[:, 1]])
    s = [np.cos(np.pi * (np.arange(size) + 0.5) / size) for size in (n, n, m)]
    inside = np.stack(np.meshgrid(*s, indexing="ij"), axis=-1).reshape(-1, 3)
    law = Polynomials(LOW + (HIGH - LOW) * (inside + 1) / 2, n, m)
    u, v = law(0, 1), -law(1, 0)
    w_t = law(2, 0, 1) + law(0, 2, 1)
    w_x, w_y = law(3, 0) + law(1, 2), law(2, 1) + law(0, 3)
    bent = law(4, 0) + 2 * law(2, 2) + law(0, 4)
    size = 1 / np.sqrt(len(wanted)), weight / np.sqrt(len(inside))
    ridge = 1e-7 * np.eye(measured.shape[1])
    c = np.linalg.lstsq(np.vstack([size[0] * measured, ridge]), np.r_[size[0] * wanted, 0 * ridge[0]], rcond=None)[0]
    factors = np.zeros(2)
    for step in range(steps):
        carried, viscous = (u @ c) * (w_x @ c) + (v @ c) * (w_y @ c), bent @ c
        if step == 0:
            factors = np.linalg.lstsq(np.c_[carried, -viscous], -(w_t @ c), rcond=None)[0]
        slope = (
            w_t
            - factors[1] * bent
            + factors[0]
            * ((u @ c)[:, None] * w_x + (w_x @ c)[:, None] * u + (v @ c)[:, None] * w_y + (w_y @ c)[:, None] * v)
        )
        rest = w_t @ c + factors[0] * carried - factors[1] * viscous
        matrix = np.vstack([
            np.c_[size[0] * measured, np.zeros((len(wanted), 2))],
            size[1] * np.c_[slope, carried, -viscous],
            np.c_[ridge, np.zeros((len(ridge), 2))],
        ])  # fmt: skip
        right = np.r_[size[0] * (wanted - measured @ c), -size[1] * rest, -ridge @ c]
        gram = matrix.T @ matrix
        move = np.linalg.solve(gram + 1e-16 * np.trace(gram) * np.eye(len(gram)), matrix.T @ right)
        c, factors = c + move[:-2], factors + move[-2:]
        if np.abs(move[-2:]).max() < 1e-9:
            break
    return dict(zip(TRUE, factors, strict=True))


RUNG = 8, 5  # of the ladder: what the page sets beside the network, draw by draw


def by_polynomials(n, m, noise, draws=5):
    """The worst parameter's error for the readings of each seed, as the network had them."""
    return [worst(TRUE)(None, joint(*readings(seed, noise), n, m)) for seed in range(draws if noise else 1)]


def classical(noise):
    def ladder():
        draws = ", median of five draws" if noise else ""
        for n, m in ((6, 4), (8, 5), (10, 6), (12, 7)):
            yield (
                f"polynomials of degree {n - 1}, {n - 1}, {m - 1} and the law, one least squares{draws}",
                lambda n=n, m=m: float(np.median(by_polynomials(n, m, noise))),
            )

    return ladder


def navier_stokes_inverse(title, noise):
    return Benchmark(
        title, ours(noise), worst(TRUE), "worst parameter", classical(noise), stock(noise), recipe_is="DeepXDE's script"
    )


PROBLEM = navier_stokes_inverse("Navier-Stokes, inverse, clean", 0.0)
