"""Korteweg and de Vries: u_t + u u_x + 0.022^2 u_xxx = 0 on a circle, u(x, 0) = cos(pi x); solitons, as in Zabusky & Kruskal 1965."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks.numerics import exponential_steps
from benchmarks.periodic_sines import periodic_sines
from benchmarks.problem import Benchmark, Published, Setup, periodic_stock, relative, space_time
from mmlib import pinn
from mmlib.pinn import dde
from mmlib.random_features import Condition

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

DISPERSION = 0.022**2
X, T = -1 + 2 * np.arange(128) / 128, np.linspace(0, 1, 101)


@cache
def kdv_reference():
    """Fourier collocation with 512 points, integrated by DOP853 in the frame of the linear part: (101, 128)."""
    n = 512
    k = np.pi * np.fft.fftfreq(n, 1 / n)
    held = np.abs(np.fft.fftfreq(n, 1 / n)) < n / 3  # products of waves do not fold back

    def turn(t):
        return np.exp(1j * DISPERSION * k**3 * t)

    def change(t, c):  # c = fft(u) / turn
        u = np.fft.ifft(turn(t) * c).real
        return -0.5j * k * held * np.fft.fft(u * u) / turn(t)

    start = np.fft.fft(np.cos(np.pi * (-1 + 2 * np.arange(n) / n)))
    found = solve_ivp(change, (0, 1), start, "DOP853", t_eval=T, rtol=1e-10, atol=1e-9)
    return np.fft.ifft(turn(T[:, None]) * found.y.T, axis=1).real[:, :: n // 128]


def exponential_integrator(n, steps):
    """Exponential steps of fourth order on n Fourier modes: (101, 128)."""
    k = np.pi * np.fft.rfftfreq(n, 1 / n)
    held = np.arange(len(k)) <= n / 3

    def bend(v):
        return -0.5j * k * held * np.fft.rfft(np.fft.irfft(v, n) ** 2)

    start = np.fft.rfft(np.cos(np.pi * (-1 + 2 * np.arange(n) / n)))
    out = [np.fft.irfft(v, n) for v in exponential_steps(1j * DISPERSION * k**3, bend, start, steps)]
    return np.array(out)[:, :: n // 128]


def kdv_domain():
    return dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))


def kdv_equation(x, u):
    u_x, u_t, u_xx = jacobian(u, x, i=0, j=0), jacobian(u, x, i=0, j=1), hessian(u, x, i=0, j=0)
    return u_t + u * u_x + DISPERSION * jacobian(u_xx, x, i=0, j=0)


def kdv_ours(seed):
    """Periodic by two waves at the input, right at the start by construction; points follow the residual."""
    data = dde.data.TimePDE(kdv_domain(), kdv_equation, [], num_domain=2000)
    net = dde.nn.FNN([5] + [20] * 3 + [1], "tanh", "Glorot normal")

    def periodic(x):
        a = np.pi * x[:, :1]
        return torch.cat([torch.cos(a), torch.sin(a), torch.cos(2 * a), torch.sin(2 * a), 2 * x[:, 1:] - 1], dim=1)

    net.apply_feature_transform(periodic)
    net.apply_output_transform(lambda x, y: torch.cos(np.pi * x[:, :1]) + x[:, 1:] * y)
    return Setup(data, net, stages=({"iterations": KDV_ITERATIONS, "resample": pinn.Resample(every=10)},))


KDV_ITERATIONS = 339  # about 100 CPU seconds


def kdv_stock():
    """Points, network and optimizer of DeepXDE's script for Burgers' equation; it has none for this."""
    return periodic_stock(kdv_domain(), kdv_equation, lambda x: np.cos(np.pi * x))


def kdv_error(predict, _):
    return relative(predict(space_time(X, T)), kdv_reference())


def kdv_sines(seed):
    """400 sines that are periodic by construction, up to the twelfth wave."""
    points = space_time(-1 + 2 * np.arange(48) / 48, (np.arange(30) + 0.5) / 30)
    inside = Condition(
        points, [(), (0,), (0, 0, 0), (1,)], lambda u, u_x, u_xxx, u_t: u_t + u * u_x + DISPERSION * u_xxx
    )
    first = Condition(np.c_[X, 0 * X], [()], lambda u: u - np.cos(np.pi * X), 10.0)
    begin = lambda x: np.cos(np.pi * x[:, 0])  # noqa: E731
    return periodic_sines([inside, first], whole=12, spread=10.0, wave=np.pi, rng=seed, start=begin)


def kdv_classical():
    for n, steps in ((128, 200), (128, 400), (256, 400), (256, 800), (512, 1600)):
        yield (
            f"Fourier, {n} points, exponential integrator, {steps} steps",
            lambda n=n, steps=steps: relative(exponential_integrator(n, steps), kdv_reference()),
        )


PROBLEM = Benchmark(
    "Korteweg-de Vries",
    kdv_ours,
    kdv_error,
    classical=kdv_classical,
    stock=kdv_stock,
    sines=kdv_sines,
    recipe_is="Adam 15k + L-BFGS, ours",
    published=(
        Published("relative L2, gradients aligned by SOAP", 3.4e-4, "second hand: {cite:t}`wang2025gradient`"),
        Published("relative L2, PirateNet", 4.27e-4, "{cite:t}`wang2024piratenets`, authors' tables"),
        Published("relative L2, their multilayer network", 1.96e-3, "{cite:t}`wang2024piratenets`, authors' tables"),
    ),
)
