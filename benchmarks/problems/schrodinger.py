"""Nonlinear Schrödinger: i h_t + h_xx / 2 + |h|^2 h = 0, h(x, 0) = 2 sech x, periodic on [-5, 5]."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks.problem import Benchmark, Published, Setup, everywhere, relative, space_time
from mmlib import pinn
from mmlib.pinn import dde

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

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


PROBLEM = Benchmark(
    "nonlinear Schrödinger",
    nls_ours,
    nls_error,
    "relative L2 of |h|",
    nls_classical,
    nls_stock,
    recipe_is="DeepXDE's notebook",
    first_order=1500,
    published=(Published("relative L2 of the modulus, 873 s", 1.4268e-3, "{cite:t}`deepxde_schrodinger_notebook`"),),
)
