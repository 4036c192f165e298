"""Ten problems of the physics-informed benchmark: DeepXDE's own recipe, our formulation, a reference, a classical solver.

Each problem is a `Benchmark`. `stock()` builds what DeepXDE's example script builds, in its precision, with its optimizer
(lululxvi/deepxde, folder `examples`; where there is no script the recipe is ours and says so). `ours()` builds the problem
that `mmlib.pinn.fit` trains. The reference comes from neither: a formula, or a solver of another kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.optimize import least_squares
from scipy.signal import lombscargle
from scipy.sparse import bmat, diags, eye, kron
from scipy.sparse.linalg import spsolve
from scipy.special import roots_hermite

from mmlib import pinn
from mmlib.pinn import dde
from mmlib.systems.glycolysis import Glycolysis

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian


def everywhere(_, on):
    """DeepXDE's filter for the whole boundary (or the whole initial line)."""
    return on


@dataclass
class Setup:
    """A DeepXDE problem, its network, and how to train it."""

    data: object
    net: object
    variables: dict = field(default_factory=dict)  # name -> dde.Variable
    values: Callable = None  # variables -> physical parameters, where they are not the same
    recipe: tuple = ()  # stock: ("adam", iterations) and ("L-BFGS", most iterations)
    capped: str = ""  # why the stock recipe was not run to its end
    stages: tuple = ()  # ours: keyword arguments of pinn.fit, one dict per stage


@dataclass
class Benchmark:
    """One problem. `error(predict, parameters)` is the measure for all methods; `classical` yields (label, solve)."""

    title: str
    measure: str
    stock: Callable[[], Setup] | None  # None: there is no recipe to compare with
    ours: Callable[[int], Setup]
    classical: Callable
    error: Callable
    recipe_is: str = "DeepXDE's script"


def relative(got, true):
    """Relative L2 error."""
    return float(np.linalg.norm(np.ravel(got) - np.ravel(true)) / np.linalg.norm(true))


def space_time(x, t):
    """All points (x, t) of a grid as rows, time in the outer loop."""
    xx, tt = np.meshgrid(x, t)
    return np.stack([xx.ravel(), tt.ravel()], axis=1)


def worst(true):
    """Error of an inverse problem: the largest relative error of a parameter."""

    def error(_, parameters):
        return max(abs(parameters[k] / v - 1) for k, v in true.items())

    return error


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


# -- Burgers: u_t + u u_x = (0.01/pi) u_xx, shock at x = 0

NU = 0.01 / np.pi
BURGERS_X, BURGERS_T = np.linspace(-1, 1, 256), np.linspace(0, 0.99, 100)


@cache
def burgers_reference():
    """Cole-Hopf formula by Gauss-Hermite quadrature: points (25600, 2) and values."""
    points = space_time(BURGERS_X, BURGERS_T)
    z, w = roots_hermite(400)
    y = points[:, :1] - z * np.sqrt(4 * NU * np.maximum(points[:, 1:], 1e-300))
    exponent = -np.cos(np.pi * y) / (2 * np.pi * NU)
    f = np.exp(exponent - exponent.max(axis=1, keepdims=True)) * w
    u = -(np.sin(np.pi * y) * f).sum(axis=1) / f.sum(axis=1)
    return points, np.where(points[:, 1] > 0, u, -np.sin(np.pi * points[:, 0]))


def burgers_equation(x, y):
    return jacobian(y, x, i=0, j=1) + y * jacobian(y, x, i=0, j=0) - NU * hessian(y, x, i=0, j=0)


def burgers_domain():
    return dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 0.99))


def burgers_stock():
    domain = burgers_domain()
    bc = dde.icbc.DirichletBC(domain, lambda x: 0, everywhere)
    ic = dde.icbc.IC(domain, lambda x: -np.sin(np.pi * x[:, 0:1]), everywhere)
    data = dde.data.TimePDE(domain, burgers_equation, [bc, ic], num_domain=2540, num_boundary=80, num_initial=160)
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    return Setup(data, net, recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def burgers_ours(seed):
    """Odd in x by construction and trained on half the interval, with an input that stretches the layer as the classical grid does."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 0.99))
    data = dde.data.TimePDE(domain, burgers_equation, [], num_domain=3000)
    net, layer = dde.nn.FNN([3] + [22] * 3 + [1], "tanh", "Glorot normal"), 0.01

    def stretch(x):
        return torch.asinh(x[:, :1].abs() / layer) / np.arcsinh(1 / layer)

    net.apply_feature_transform(lambda x: torch.cat([2 * x.abs() - 1, 2 * stretch(x) - 1], dim=1))
    net.apply_output_transform(
        lambda x, y: -torch.sin(np.pi * x[:, :1]) + x[:, 1:] * torch.tanh(x[:, :1] / layer) * (1 - x[:, :1].abs()) * y
    )
    stage = {"iterations": 239, "resample": pinn.Resample(every=15)}  # ends before the next redraw
    return Setup(data, net, stages=(stage,))


def burgers_error(predict, _):
    points, u = burgers_reference()
    return relative(predict(points), u)


def burgers_differences(n, speed=1.0, viscosity=NU):
    """Second-order differences on points that crowd at the shock, x = sinh(6 s) / sinh(6), BDF in time: (100, 256)."""
    s, a = np.linspace(-1, 1, n + 1), 6.0
    x = np.sinh(a * s) / np.sinh(a)
    left, right = np.diff(x)[:-1], np.diff(x)[1:]
    inner, total = x[1:-1], left + right
    d1 = diags([(-1 / total)[1:], (1 / total)[:-1]], [-1, 1], format="csc")
    d2 = diags([(2 / left / total)[1:], -2 / left / right, (2 / right / total)[:-1]], [-1, 0, 1], format="csc")
    found = solve_ivp(
        lambda t, u: viscosity * (d2 @ u) - speed * (d1 @ (u**2 / 2)),
        (0, 0.99),
        -np.sin(np.pi * inner),
        "BDF",
        t_eval=BURGERS_T,
        rtol=1e-7,
        atol=1e-9,
        jac=lambda t, u: viscosity * d2 - speed * (d1 @ diags(u)),
    )
    full = np.vstack([0 * BURGERS_T, found.y, 0 * BURGERS_T])
    return CubicSpline(x, full)(BURGERS_X).T


def burgers_collocation(n):
    """Chebyshev collocation in s, with x = sinh(6 s) / sinh(6), BDF in time: (100, 256)."""
    s, d = chebyshev(n)
    a = 6.0
    x, slope = np.sinh(a * s) / np.sinh(a), a * np.cosh(a * s) / np.sinh(a)
    d1 = d / slope[:, None]
    d2, inner = (d1 @ d1)[1:-1, 1:-1], slice(1, -1)
    d1 = d1[inner, inner]
    found = solve_ivp(
        lambda t, u: NU * (d2 @ u) - u * (d1 @ u),
        (0, 0.99),
        -np.sin(np.pi * x[inner]),
        "BDF",
        t_eval=BURGERS_T,
        rtol=1e-9,
        atol=1e-11,
        jac=lambda t, u: NU * d2 - np.diag(d1 @ u) - u[:, None] * d1,
    )
    full = np.vstack([0 * BURGERS_T, found.y, 0 * BURGERS_T])
    return interpolate_chebyshev(s, full, np.arcsinh(BURGERS_X * np.sinh(a)) / a).T


def burgers_classical():
    for n in (48, 64, 80, 96, 128):
        yield (
            f"Chebyshev, stretched, {n} points, BDF",
            lambda n=n: relative(burgers_collocation(n), burgers_reference()[1]),
        )


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


# -- Burgers, inverse: both coefficients from 2,000 scattered readings (Raissi, Perdikaris & Karniadakis 2019)

BURGERS_TRUE = {"lambda1": 1.0, "lambda2": NU}


def burgers_inverse(noise):
    """Readings from the Cole-Hopf formula, synthetic; noise in shares of their standard deviation."""

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

    return ours, classical


# -- Allen-Cahn with diffusion 1e-3: u_t = 1e-3 u_xx + 5 (u - u^3)

ALLEN_X, ALLEN_T = np.linspace(-1, 1, 201), np.linspace(0, 1, 101)


def allen_cahn_solution(n, rtol):
    """Chebyshev collocation, BDF: values on the grid, (101, 201)."""
    x, d = chebyshev(n)
    d2, inner = d @ d, slice(1, -1)

    def rate(t, u):
        full = np.concatenate([[-1], u, [-1]])
        return 1e-3 * (d2 @ full)[inner] + 5 * (u - u**3)

    start = (x**2 * np.cos(np.pi * x))[inner]
    found = solve_ivp(
        rate,
        (0, 1),
        start,
        "BDF",
        t_eval=ALLEN_T,
        rtol=rtol,
        atol=rtol / 100,
        jac=lambda t, u: 1e-3 * d2[inner, inner] + np.diag(5 - 15 * u**2),
    )
    edge = -np.ones_like(ALLEN_T)
    return interpolate_chebyshev(x, np.vstack([edge, found.y, edge]), ALLEN_X).T


@cache
def allen_cahn_reference():
    """Finite differences of fourth order in space on 4,001 points, Radau in time: another scheme than the classical one."""
    n = 4001
    x = np.linspace(-1, 1, n)
    h = x[1] - x[0]
    m = n - 2
    # fourth order inside, second order at the two points beside the boundary, where the solution is flat
    matrix = diags([-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12], [-2, -1, 0, 1, 2], shape=(m, m)).tolil()
    known = np.zeros(m)
    for row, sign in ((0, 1), (m - 1, -1)):
        matrix[row] = 0
        matrix[row, row], matrix[row, row + sign] = -2, 1
        known[row] = -1
    known[1], known[-2] = 1 / 12, 1 / 12
    matrix, known = 1e-3 * matrix.tocsc() / h**2, 1e-3 * known / h**2
    inner = x[1:-1]
    found = solve_ivp(
        lambda t, u: matrix @ u + known + 5 * (u - u**3),
        (0, 1),
        inner**2 * np.cos(np.pi * inner),
        "Radau",
        t_eval=ALLEN_T,
        rtol=1e-8,
        atol=1e-10,
        jac=lambda t, u: matrix + diags(5 - 15 * u**2, format="csc"),
    )
    edge = -np.ones_like(ALLEN_T)
    return np.vstack([edge, found.y, edge])[::20].T


def allen_cahn_problem(num_domain, num_boundary=0, num_initial=0):
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))

    def equation(x, y):
        return jacobian(y, x, i=0, j=1) - 1e-3 * hessian(y, x, i=0, j=0) - 5 * (y - y**3)

    data = dde.data.TimePDE(
        domain, equation, [], num_domain=num_domain, num_boundary=num_boundary, num_initial=num_initial
    )
    net = dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    net.apply_output_transform(
        lambda x, y: x[:, :1] ** 2 * torch.cos(np.pi * x[:, :1]) + x[:, 1:] * (1 - x[:, :1] ** 2) * y
    )
    return data, net


def allen_cahn_stock():
    return Setup(*allen_cahn_problem(8000, 400, 800), recipe=(("adam", 40_000), ("L-BFGS", 15_000)))


def allen_cahn_ours(seed):
    data, net = allen_cahn_problem(2500)
    return Setup(data, net, stages=({"iterations": 200, "resample": pinn.Resample(every=10)},))


def allen_cahn_error(predict, _):
    return relative(predict(space_time(ALLEN_X, ALLEN_T)), allen_cahn_reference())


def allen_cahn_classical():
    for n in (64, 96, 128, 160, 192, 256):
        yield (
            f"Chebyshev, {n} points, BDF",
            lambda n=n: relative(allen_cahn_solution(n, 1e-7), allen_cahn_reference()),
        )


# -- nonlinear Schrodinger: i h_t + h_xx / 2 + |h|^2 h = 0, h(x, 0) = 2 sech x, periodic on [-5, 5]

NLS_X, NLS_T = -5 + 10 * np.arange(256) / 256, np.linspace(0, np.pi / 2, 101)


def split_step(nx, nt, order=4, start=lambda x: 2 / np.cosh(x)):
    """Split-step Fourier method (Strang for order 2, Yoshida's composition for 4): |h| on 256 points and 101 times."""
    x = -5 + 10 * np.arange(nx) / nx
    k = 2 * np.pi * np.fft.fftfreq(nx, 10 / nx)
    dt = np.pi / 2 / nt
    g = 1 / (2 - 2 ** (1 / 3))
    parts = [(c, np.exp(-0.5j * k**2 * c * dt)) for c in ((g, 1 - 2 * g, g) if order == 4 else (1.0,))]
    h = start(x).astype(complex)
    out = [np.abs(h)]
    for n in range(nt):
        for c, kick in parts:
            h = h * np.exp(0.5j * np.abs(h) ** 2 * c * dt)
            h = np.fft.ifft(kick * np.fft.fft(h))
            h = h * np.exp(0.5j * np.abs(h) ** 2 * c * dt)
        if (n + 1) % (nt // 100) == 0:
            out.append(np.abs(h))
    return np.array(out)[:, :: nx // 256]


@cache
def nls_reference():
    """Fourier collocation with 1,024 points, integrated by DOP853 in the frame of the linear part."""
    nx = 1024
    x = -5 + 10 * np.arange(nx) / nx
    k = 2 * np.pi * np.fft.fftfreq(nx, 10 / nx)

    def rate(t, c):  # c = exp(i k^2 t / 2) fft(h)
        turn = np.exp(-0.5j * k**2 * t)
        h = np.fft.ifft(turn * c)
        return 1j * np.fft.fft(np.abs(h) ** 2 * h) / turn

    start = np.fft.fft((2 / np.cosh(x)).astype(complex))
    found = solve_ivp(rate, (0, np.pi / 2), start, "DOP853", t_eval=NLS_T, rtol=1e-9, atol=1e-7)
    h = np.fft.ifft(np.exp(-0.5j * np.outer(NLS_T, k**2)) * found.y.T, axis=1)
    return np.abs(h)[:, ::4]


def nls_rounded(width):
    """How much |h| changes if the kink of 2 sech x at the seam, x = ±5, is rounded within `width` of it: relative L2."""

    def start(x):
        seam, slope = 5 - np.abs(x), -2 * np.tanh(5 - width) / np.cosh(5 - width)
        rounded = 2 / np.cosh(5 - width) + slope * ((width - seam) - (width - seam) ** 2 / (2 * width))
        return np.where(seam < width, rounded, 2 / np.cosh(x))

    return relative(split_step(512, 1600, start=start), split_step(512, 1600))


def nls_equation(x, y):
    u, v = y[:, :1], y[:, 1:]
    u_t, v_t = jacobian(y, x, i=0, j=1), jacobian(y, x, i=1, j=1)
    u_xx, v_xx = hessian(y, x, component=0), hessian(y, x, component=1)
    s = u**2 + v**2
    return [u_t + 0.5 * v_xx + s * v, v_t - 0.5 * u_xx - s * u]


def nls_domain():
    return dde.geometry.GeometryXTime(dde.geometry.Interval(-5, 5), dde.geometry.TimeDomain(0, np.pi / 2))


def nls_initial(domain):
    return [
        dde.icbc.IC(domain, lambda x: 2 / np.cosh(x[:, :1]), everywhere, component=0),
        dde.icbc.IC(domain, lambda x: 0 * x[:, :1], everywhere, component=1),
    ]


def nls_stock():
    domain = nls_domain()
    periodic = [
        dde.icbc.PeriodicBC(domain, 0, everywhere, derivative_order=d, component=c) for c in (0, 1) for d in (0, 1)
    ]
    data = dde.data.TimePDE(
        domain,
        nls_equation,
        periodic + nls_initial(domain),
        num_domain=10_000,
        num_boundary=20,
        num_initial=200,
        train_distribution="pseudo",
    )
    net = dde.nn.FNN([2] + [100] * 4 + [2], "tanh", "Glorot normal")
    return Setup(data, net, recipe=(("adam", 800),), capped="800 of 10,000 Adam steps, no L-BFGS")


def nls_ours(seed):
    domain = nls_domain()
    data = dde.data.TimePDE(domain, nls_equation, nls_initial(domain), num_domain=2000, num_initial=100)
    net = dde.nn.FNN([5] + [20] * 3 + [2], "tanh", "Glorot normal")
    w = 2 * np.pi / 10

    def periodic(x):
        a = w * x[:, :1]
        return torch.cat([torch.cos(a), torch.sin(a), torch.cos(2 * a), torch.sin(2 * a), x[:, 1:]], dim=1)

    net.apply_feature_transform(periodic)
    return Setup(data, net, stages=({"iterations": 110, "resample": pinn.Resample(every=10)},))


def nls_error(predict, _):
    y = predict(space_time(NLS_X, NLS_T))
    return relative(np.hypot(y[:, 0], y[:, 1]), nls_reference())


def nls_classical():
    for nx, nt in ((256, 100), (256, 200), (256, 400), (256, 800), (512, 1600)):
        yield (
            f"split step, {nx} points, {nt} steps",
            lambda nx=nx, nt=nt: relative(split_step(nx, nt, order=2), nls_reference()),
        )


# -- two substances that diffuse and react: rate and diffusivity from readings

REACTION = {"rate": 0.1, "diffusivity": 2.0}  # the diffusivity in units of 1e-3
REACTION_X, REACTION_T = np.linspace(0, 1, 21), np.linspace(0, 10, 41)


def reaction_solution(rate, diffusivity, n, method, rtol):
    """Concentrations (2, 41, 21) at the readings: second-order differences on n intervals."""
    x = np.linspace(0, 1, n + 1)
    matrix = 1e-3 * diffusivity * second_difference(n - 1, 1 / n)
    known = np.zeros(n - 1)
    known[0] = 1e-3 * diffusivity * n**2
    start = np.exp(-20 * x[1:-1])

    def change(t, y):
        a, b = y.reshape(2, -1)
        r = rate * a * b**2
        return np.concatenate([matrix @ a + known - r, matrix @ b + known - 2 * r])

    def slope(t, y):
        a, b = y.reshape(2, -1)
        p, q = diags(rate * b**2), diags(2 * rate * a * b)
        return bmat([[matrix - p, -q], [-2 * p, matrix - 2 * q]], format="csc")

    found = solve_ivp(
        change,
        (0, 10),
        np.concatenate([start, start]),
        method,
        t_eval=REACTION_T,
        rtol=rtol,
        atol=rtol / 100,
        jac=slope,
    )
    full = np.zeros((2, n + 1, len(REACTION_T)))
    full[:, 1:-1] = found.y.reshape(2, n - 1, -1)
    full[:, 0] = 1
    return full[:, :: n // 20].transpose(0, 2, 1)


@cache
def reaction_readings():
    """Readings without noise, synthetic, by Chebyshev collocation with 96 points: not the scheme that is inverted."""
    x, d = chebyshev(96, 0.0, 1.0)
    d2, inner = d @ d, slice(1, -1)
    k, c = REACTION["rate"], 1e-3 * REACTION["diffusivity"]
    edge = np.array([0.0, 1.0])  # the points run from 1 to 0

    def change(t, y):
        a, b = y.reshape(2, -1)
        both = [np.concatenate([edge[:1], s, edge[1:]]) for s in (a, b)]
        r = k * a * b**2
        return np.concatenate([c * (d2 @ both[0])[inner] - r, c * (d2 @ both[1])[inner] - 2 * r])

    start = np.exp(-20 * x[inner])
    found = solve_ivp(
        change, (0, 10), np.concatenate([start, start]), "LSODA", t_eval=REACTION_T, rtol=1e-9, atol=1e-11
    )
    out = []
    for s in found.y.reshape(2, 95, -1):
        full = np.vstack([0 * REACTION_T, s, 0 * REACTION_T + 1])
        out.append(interpolate_chebyshev(x, full, REACTION_X).T)
    return np.array(out)


def reaction_problem(num_domain, width, activation="tanh"):
    rate, diffusivity = dde.Variable(0.05), dde.Variable(1.0)
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 10))

    def equation(x, y):
        a, b = y[:, :1], y[:, 1:]
        r = rate * a * b**2
        return [
            jacobian(y, x, i=0, j=1) - 1e-3 * diffusivity * hessian(y, x, component=0, i=0, j=0) + r,
            jacobian(y, x, i=1, j=1) - 1e-3 * diffusivity * hessian(y, x, component=1, i=0, j=0) + 2 * r,
        ]

    points, readings = space_time(REACTION_X, REACTION_T), reaction_readings()
    conditions = [dde.icbc.DirichletBC(domain, lambda x: 1 - x[:, :1], everywhere, component=c) for c in (0, 1)]
    conditions += [dde.icbc.IC(domain, lambda x: np.exp(-20 * x[:, :1]), everywhere, component=c) for c in (0, 1)]
    conditions += [dde.icbc.PointSetBC(points, readings[c].reshape(-1, 1), component=c) for c in (0, 1)]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=num_domain, num_boundary=100, num_initial=100, anchors=points
    )
    net = dde.nn.FNN([2] + [width] * 3 + [2], activation, "Glorot uniform")
    return data, net, {"rate": rate, "diffusivity": diffusivity}


def reaction_stock():
    return Setup(*reaction_problem(2000, 20), recipe=(("adam", 80_000),))


def reaction_ours(seed):
    data, net, variables = reaction_problem(600, 16)
    net.apply_feature_transform(lambda x: torch.cat([2 * x[:, :1] - 1, x[:, 1:] / 5 - 1], dim=1))
    return Setup(data, net, variables, stages=({"iterations": 100},))


def reaction_classical():
    for n in (40, 80, 160, 320, 640, 1280):

        def solve(n=n):
            measured = reaction_readings()

            def misfit(p):
                return (reaction_solution(*p, n, "BDF", 1e-6) - measured).ravel()

            found = least_squares(misfit, [0.05, 1.0], x_scale=[0.1, 1.0])
            return worst(REACTION)(None, dict(zip(REACTION, found.x, strict=True)))

        yield f"least squares on differences, {n} intervals", solve


# -- Lorenz: three parameters from 25 readings

LORENZ = {"sigma": 10.0, "rho": 15.0, "beta": 8 / 3}
LORENZ_START = np.array([-8.0, 7.0, 27.0])
LORENZ_T = np.linspace(0, 3, 25)


def lorenz_path(p, method="DOP853", rtol=1e-12):
    def rate(t, y):
        return [p[0] * (y[1] - y[0]), y[0] * (p[1] - y[2]) - y[1], y[0] * y[1] - p[2] * y[2]]

    return solve_ivp(rate, (0, 3), LORENZ_START, method, t_eval=LORENZ_T, rtol=rtol, atol=rtol).y.T


def lorenz_problem(num_domain, layers, width):
    c = [dde.Variable(1.0) for _ in range(3)]

    def equation(t, y):
        y1, y2, y3 = y[:, :1], y[:, 1:2], y[:, 2:]
        return [
            jacobian(y, t, i=0) - c[0] * (y2 - y1),
            jacobian(y, t, i=1) - y1 * (c[1] - y3) + y2,
            jacobian(y, t, i=2) - y1 * y2 + c[2] * y3,
        ]

    domain = dde.geometry.TimeDomain(0, 3)
    readings, times = lorenz_path(list(LORENZ.values())), LORENZ_T[:, None]

    def constant(value):
        return lambda x: value + 0 * x[:, :1]

    conditions = [dde.icbc.IC(domain, constant(v), everywhere, component=i) for i, v in enumerate(LORENZ_START)]
    conditions += [dde.icbc.PointSetBC(times, readings[:, i : i + 1], component=i) for i in range(3)]
    data = dde.data.PDE(domain, equation, conditions, num_domain=num_domain, num_boundary=2, anchors=times)
    net = dde.nn.FNN([1] + [width] * layers + [3], "tanh", "Glorot uniform")
    return data, net, dict(zip(LORENZ, c, strict=True))


def lorenz_stock():
    return Setup(*lorenz_problem(400, 3, 40), recipe=(("adam", 60_000),))


def lorenz_ours(seed):
    data, net, variables = lorenz_problem(150, 2, 20)
    net.apply_feature_transform(lambda t: 2 * t - 3)
    net.apply_output_transform(lambda t, y: 10 * y)
    return Setup(data, net, variables, stages=({"iterations": 200},))


def lorenz_classical():
    readings = lorenz_path(list(LORENZ.values()))
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):

        def solve(rtol=rtol):
            found = least_squares(lambda p: (lorenz_path(p, "LSODA", rtol) - readings).ravel(), [1.0, 1.0, 1.0])
            return worst(LORENZ)(None, dict(zip(LORENZ, found.x, strict=True)))

        yield f"least squares on LSODA, tolerance {rtol:.0e}", solve


# -- Poisson on an L: -Laplace u = 1, u = 0 on the boundary


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


# -- Helmholtz on a square, wave number 4 pi

WAVE = 4 * np.pi


def helmholtz_problem(width, layers, num_domain):
    def equation(x, y):
        source = WAVE**2 * torch.sin(WAVE * x[:, :1]) * torch.sin(WAVE * x[:, 1:])
        return -hessian(y, x, i=0, j=0) - hessian(y, x, i=1, j=1) - WAVE**2 * y - source

    data = dde.data.PDE(dde.geometry.Rectangle([0, 0], [1, 1]), equation, [], num_domain=num_domain, num_boundary=80)
    net = dde.nn.FNN([2] + [width] * layers + [1], "sin", "Glorot uniform")
    net.apply_output_transform(lambda x, y: x[:, :1] * (1 - x[:, :1]) * x[:, 1:] * (1 - x[:, 1:]) * y)
    return data, net


def helmholtz_stock():
    return Setup(*helmholtz_problem(150, 3, 400), recipe=(("adam", 5000),))


def helmholtz_ours(seed):
    data, net = helmholtz_problem(20, 4, 1200)
    net.apply_feature_transform(lambda x: 2 * WAVE * (x - 0.5))
    return Setup(data, net, stages=({"iterations": 200},))


def helmholtz_points():
    x = (np.arange(60) + 0.5) / 60
    return space_time(x, x)


def helmholtz_error(predict, _):
    points = helmholtz_points()
    return relative(predict(points), np.sin(WAVE * points[:, 0]) * np.sin(WAVE * points[:, 1]))


def helmholtz_classical():
    for n in (8, 12, 16, 20, 24, 28):

        def solve(n=n):
            x, d = chebyshev(n, 0.0, 1.0)
            d2, inner = (d @ d)[1:-1, 1:-1], x[1:-1]
            m = len(inner)
            s = np.sin(WAVE * inner)
            matrix = -np.kron(d2, np.eye(m)) - np.kron(np.eye(m), d2) - WAVE**2 * np.eye(m * m)
            u = np.zeros((n + 1, n + 1))
            u[1:-1, 1:-1] = np.linalg.solve(matrix, WAVE**2 * np.outer(s, s).ravel()).reshape(m, m)
            at = (np.arange(60) + 0.5) / 60
            got = interpolate_chebyshev(x, interpolate_chebyshev(x, u, at).T, at)
            return relative(got, np.outer(np.sin(WAVE * at), np.sin(WAVE * at)))

        yield f"Chebyshev, {n} x {n}", solve


# -- Fisher-KPP: a front of tumour cells, u_t = D u_xx + r u (1 - u); exact wave of Ablowitz and Zeppetella

FISHER_D, FISHER_R = 1e-3, 20.0  # in units of the domain's length and duration
FISHER_X, FISHER_T = np.linspace(0, 1, 201), np.linspace(0, 1, 101)


def fisher_wave(points):
    """Exact solution at points (n, 2): (n, 1). The front moves at 5 sqrt(r D / 6)."""
    x, t = points[:, :1], points[:, 1:]
    return (1 + np.exp(np.sqrt(FISHER_R / 6 / FISHER_D) * (x - 0.2) - 5 * FISHER_R * t / 6)) ** -2.0


def fisher_problem(num_domain, num_boundary, num_initial):
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))

    def equation(x, y):
        return jacobian(y, x, i=0, j=1) - FISHER_D * hessian(y, x, i=0, j=0) - FISHER_R * y * (1 - y)

    conditions = [
        dde.icbc.DirichletBC(domain, fisher_wave, everywhere),
        dde.icbc.IC(domain, fisher_wave, everywhere),
    ]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=num_domain, num_boundary=num_boundary, num_initial=num_initial
    )
    return data, dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")


def fisher_stock():
    return Setup(*fisher_problem(2540, 80, 160), recipe=(("adam", 15_000), ("L-BFGS", 15_000)))


def fisher_ours(seed):
    data, net = fisher_problem(1500, 80, 160)
    weights = [1e-2, 1, 1]
    return Setup(data, net, stages=({"iterations": 150, "weights": weights, "resample": pinn.Resample(every=10)},))


def fisher_error(predict, _):
    points = space_time(FISHER_X, FISHER_T)
    return relative(predict(points), fisher_wave(points))


def fisher_classical():
    for n in (200, 400, 800, 1600, 3200):

        def solve(n=n):
            x = np.linspace(0, 1, n + 1)
            inner, h = x[1:-1], 1 / n
            matrix = FISHER_D * second_difference(n - 1, h)

            def change(t, u):
                ends = fisher_wave(np.array([[0.0, t], [1.0, t]]))[:, 0]
                rate = matrix @ u + FISHER_R * u * (1 - u)
                rate[[0, -1]] += FISHER_D * ends / h**2
                return rate

            found = solve_ivp(
                change,
                (0, 1),
                fisher_wave(np.stack([inner, 0 * inner], axis=1))[:, 0],
                "BDF",
                t_eval=FISHER_T,
                rtol=1e-7,
                atol=1e-9,
                jac=lambda t, u: (matrix + diags(FISHER_R * (1 - 2 * u))).tocsc(),
            )
            ends = [fisher_wave(np.stack([0 * FISHER_T + e, FISHER_T], axis=1))[:, 0] for e in (0.0, 1.0)]
            full = np.vstack([ends[0], found.y, ends[1]])[:: n // 200]
            return relative(full.T, fisher_wave(space_time(FISHER_X, FISHER_T)).reshape(101, 201))

        yield f"differences, {n} intervals, BDF", solve


# -- pharmacokinetics: gut and blood, two rates from ten readings of all three states

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


# -- glycolysis: fourteen parameters from readings of two of seven states (Yazdani et al. 2020)

GLYCOLYSIS = {f.name: getattr(Glycolysis(), f.name) for f in fields(Glycolysis)}
GLYCOLYSIS_SCALE = dict(zip(GLYCOLYSIS, (1, 100, 1, 10, 100, 1, 10, 1, 10, 1, 1, 0.1, 1, 1), strict=True))
STATE_SCALE = np.array([1, 1, 0.1, 0.1, 0.1, 1, 0.1])
GLYCOLYSIS_T = np.arange(0, 10, 0.005)


@cache
def glycolysis_path():
    """All seven states at 2,000 times, by an explicit scheme of eighth order (the fits use LSODA): (2000, 7)."""
    model = Glycolysis()
    return solve_ivp(
        model.rhs, (0, GLYCOLYSIS_T[-1]), model.start, "DOP853", t_eval=GLYCOLYSIS_T, rtol=1e-10, atol=1e-12
    ).y.T


def glycolysis_times():
    """Indices of the readings: 500 at random, the same for all runs, and both ends."""
    n = len(GLYCOLYSIS_T)
    inside = np.random.default_rng(0).choice(np.arange(1, n - 1), n // 4, replace=False)
    return np.concatenate([[0], np.sort(inside), [n - 1]])


GLYCOLYSIS_START = float(np.log(np.log(2)))  # the published start is softplus(0) = log 2 of each parameter's decade


def positive(raw):
    return {k: GLYCOLYSIS_SCALE[k] * float(np.exp(v)) for k, v in raw.items()}


def glycolysis_frequency():
    """Angular frequency [1/min] at which the readings of S6 oscillate, from their periodogram."""
    chosen = glycolysis_times()
    s6, frequencies = glycolysis_path()[chosen, 5], np.linspace(2, 20, 4000)
    return frequencies[lombscargle(GLYCOLYSIS_T[chosen], s6 - s6.mean(), frequencies).argmax()]


def glycolysis_problem(num_domain, anchors=None, prior=False):
    """As published: S5 and S6 at 500 random times, all states at both ends, parameters from log 2 times a decade.

    With `prior`, fourteen further conditions hold the logarithm of each parameter to its start; their weight is lowered to
    zero from stage to stage.
    """
    raw = {k: dde.Variable(GLYCOLYSIS_START) for k in GLYCOLYSIS}
    t, y = GLYCOLYSIS_T[:, None], glycolysis_path()

    def equation(x, s):
        p = {k: torch.exp(v) * GLYCOLYSIS_SCALE[k] for k, v in raw.items()}
        states = [s[:, i : i + 1] for i in range(7)]
        states[5] = states[5].clamp_min(1e-3)
        rates = Glycolysis(**p).rhs(0.0, states)
        return [jacobian(s, x, i=i) - r for i, r in enumerate(rates)]

    chosen = glycolysis_times()
    conditions = [dde.icbc.PointSetBC(t[-1:], y[-1:, i : i + 1], component=i) for i in range(7)]
    conditions += [dde.icbc.PointSetBC(t[chosen], y[chosen, i : i + 1], component=i) for i in (4, 5)]
    if prior:
        for n, k in enumerate(raw):
            conditions.append(
                dde.icbc.PointSetOperatorBC(
                    np.array([[0.5 * n + 0.3]]), GLYCOLYSIS_START, lambda x, s, _, k=k: raw[k] + 0 * s[:, :1]
                )
            )
    data = dde.data.PDE(
        dde.geometry.TimeDomain(0, t[-1, 0]),
        equation,
        conditions,
        num_domain=num_domain,
        num_boundary=2,
        anchors=anchors,
    )
    return data, raw


def glycolysis_transform(net, rate):
    """The known start is built in; outputs are of order one."""
    scale, start = STATE_SCALE, glycolysis_path()[0]

    def from_start(x, out):
        return (
            torch.as_tensor(start, dtype=x.dtype) + torch.tanh(rate * x) * torch.as_tensor(scale, dtype=x.dtype) * out
        )

    net.apply_output_transform(from_start)
    return net


def glycolysis_stock():
    data, raw = glycolysis_problem(0, GLYCOLYSIS_T[:, None])
    net = dde.nn.FNN([7] + [128] * 3 + [7], "swish", "Glorot normal")
    net.apply_feature_transform(lambda x: torch.cat([x] + [torch.sin(k * x) for k in range(1, 7)], dim=1))
    capped = "1,000 of 15,000 Adam steps, no L-BFGS; the published run took 900,000"
    return Setup(data, glycolysis_transform(net, 1), raw, positive, recipe=(("adam", 1_000),), capped=capped)


def glycolysis_ours(seed):
    data, raw = glycolysis_problem(500, prior=True)
    net, frequency = dde.nn.FNN([9, 24, 24, 7], "tanh", "Glorot normal"), float(glycolysis_frequency())
    net.apply_feature_transform(
        lambda x: torch.cat(
            [x / 5 - 1] + [f(k * frequency * x) for k in range(1, 5) for f in (torch.sin, torch.cos)], dim=1
        )
    )
    states = 1 / STATE_SCALE**2
    stages = [
        {"iterations": n, "weights": [*(states / 25), *states, 1000, 1, *[prior] * len(raw)]}
        for n, prior in ((40, 1e-2), (30, 1e-3), (30, 1e-4), (150, 0.0))
    ]
    return Setup(data, glycolysis_transform(net, 5), raw, positive, stages=tuple(stages))


def glycolysis_classical():
    """Least squares on LSODA from the published start: by single shooting, then on growing windows with the same prior."""
    t, y = GLYCOLYSIS_T, glycolysis_path()
    chosen = glycolysis_times()
    spread = y.std(axis=0)
    published = np.full(len(GLYCOLYSIS), GLYCOLYSIS_START)

    def fit(raw, end, prior, evaluations):
        use = chosen[t[chosen] <= end]

        def misfit(raw):
            model = Glycolysis(**positive(dict(zip(GLYCOLYSIS, np.clip(raw, -20, 5), strict=True))))
            path = solve_ivp(model.rhs, (0, t[use[-1]]), y[0], "LSODA", t_eval=t[use], rtol=1e-9, atol=1e-11).y.T
            path = np.vstack([path, np.full((len(use) - len(path), 7), 1e3)])  # a solver that gave up
            off = (path - y[use]) / spread
            last = off[-1] if end == t[-1] else []
            return np.concatenate([off[:, [4, 5]].ravel() / np.sqrt(len(use)), last, prior * (raw - published)])

        # differences wider than the integrator's error, or the Jacobian is noise
        return least_squares(misfit, raw, max_nfev=evaluations, x_scale="jac", diff_step=1e-5).x

    def shooting():
        return glycolysis_error(None, positive(dict(zip(GLYCOLYSIS, fit(published, t[-1], 0, 40), strict=True))))

    def growing():
        raw = published
        for end in (0.3, 0.6, 1.2, 2.5, 5, t[-1]):
            raw = fit(raw, end, 0.02, 60)
        for prior in (0.002, 0.0):
            raw = fit(raw, t[-1], prior, 60)
        return glycolysis_error(None, positive(dict(zip(GLYCOLYSIS, raw, strict=True))))

    yield "least squares on LSODA, single shooting", shooting
    yield "least squares on LSODA, growing windows and the same pull to the start", growing


def glycolysis_error(_, parameters):
    return float(np.median([abs(parameters[k] / v - 1) for k, v in GLYCOLYSIS.items()]))


BENCHMARKS = {
    "burgers": Benchmark(
        "Burgers, viscosity 0.01/π",
        "relative L2",
        burgers_stock,
        burgers_ours,
        burgers_classical,
        burgers_error,
    ),
    "burgers_inverse": Benchmark(
        "Burgers, inverse, clean", "worst parameter", None, *burgers_inverse(0.0), worst(BURGERS_TRUE), "no recipe"
    ),
    "burgers_inverse_noisy": Benchmark(
        "Burgers, inverse, 1 % noise", "worst parameter", None, *burgers_inverse(0.01), worst(BURGERS_TRUE), "no recipe"
    ),
    "allen_cahn": Benchmark(
        "Allen-Cahn, diffusion 1e-3",
        "relative L2",
        allen_cahn_stock,
        allen_cahn_ours,
        allen_cahn_classical,
        allen_cahn_error,
    ),
    "schrodinger": Benchmark(
        "nonlinear Schrödinger",
        "relative L2 of |h|",
        nls_stock,
        nls_ours,
        nls_classical,
        nls_error,
        "DeepXDE's notebook",
    ),
    "reaction": Benchmark(
        "diffusion-reaction, inverse",
        "worst parameter",
        reaction_stock,
        reaction_ours,
        reaction_classical,
        worst(REACTION),
    ),
    "lorenz": Benchmark(
        "Lorenz, inverse",
        "worst parameter",
        lorenz_stock,
        lorenz_ours,
        lorenz_classical,
        worst(LORENZ),
    ),
    "l_shape": Benchmark("Poisson on an L", "relative L2", l_stock, l_ours, l_classical, l_error),
    "helmholtz": Benchmark(
        "Helmholtz, wave number 4π",
        "relative L2",
        helmholtz_stock,
        helmholtz_ours,
        helmholtz_classical,
        helmholtz_error,
    ),
    "fisher": Benchmark(
        "Fisher-KPP front",
        "relative L2",
        fisher_stock,
        fisher_ours,
        fisher_classical,
        fisher_error,
        "Adam 15k + L-BFGS, ours",
    ),
    "pharmacokinetics": Benchmark(
        "pharmacokinetics, inverse",
        "worst parameter",
        pk_stock,
        pk_ours,
        pk_classical,
        worst(PK),
        "Adam 15k + L-BFGS, ours",
    ),
    "glycolysis": Benchmark(
        "glycolysis, 14 parameters, inverse",
        "median parameter",
        glycolysis_stock,
        glycolysis_ours,
        glycolysis_classical,
        glycolysis_error,
        "Adam 15k + L-BFGS, ours",
    ),
}
