"""Kuramoto and Sivashinsky, regular: u_t + 5 u u_x + 0.5 u_xx + 0.005 u_xxxx = 0 on a circle, u(x, 0) = -sin(pi x).

The regular case of Wang, Sankaran and Perdikaris 2024, doi:10.1016/j.cma.2024.116813 (their file regular_KS.py).
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import torch
from scipy.integrate import solve_ivp

from benchmarks.marching import InWindows
from benchmarks.numerics import exponential_steps
from benchmarks.periodic_sines import periodic_sines
from benchmarks.problem import Benchmark, Setup, periodic_stock, relative, space_time
from mmlib import pinn
from mmlib.pinn import dde
from mmlib.random_features import Condition

SPEED, SPREAD, DAMPING = 5.0, 0.5, 0.005
X, T = -1 + 2 * np.arange(128) / 128, np.linspace(0, 1, 101)
WINDOWS, POINTS = 10, 800
FIRST_HALF, SECOND_HALF = (
    60,
    30,
)  # iterations of a window; an error of the first half grows some five hundred times until t = 0.5
KEPT = 24  # sines of the state at the end of a window; the next one is below 1e-6 of the first


def begin(x):
    return -np.sin(np.pi * x)


def rate(k):
    """Growth of the wave k by the linear part."""
    return SPREAD * k**2 - DAMPING * k**4


@cache
def sivashinsky_reference():
    """Amplitudes of 42 sines, products by collocation on 128 points, integrated by Radau: (101, 128)."""
    k = np.pi * np.arange(1, 43)
    sines, cosines = np.sin(k[:, None] * X), np.cos(k[:, None] * X)  # odd at first, odd ever after

    def change(t, b):
        square = 2 / len(X) * cosines @ (b @ sines) ** 2
        return rate(k) * b + SPEED / 2 * k * square

    def slope(t, b):
        return np.diag(rate(k)) + 2 * SPEED / len(X) * k[:, None] * (cosines * (b @ sines)) @ sines.T

    found = solve_ivp(change, (0, 1), -np.eye(42)[0], "Radau", t_eval=T, rtol=1e-11, atol=1e-13, jac=slope)
    return found.y.T @ sines


def exponential_integrator(n, steps):
    """Exponential steps of fourth order on n Fourier modes: (101, 128)."""
    k = np.pi * np.fft.rfftfreq(n, 1 / n)
    held = np.arange(len(k)) <= n / 3  # products of waves do not fold back

    def bend(v):
        return -SPEED / 2 * 1j * k * held * np.fft.rfft(np.fft.irfft(v, n) ** 2)

    start = np.fft.rfft(begin(-1 + 2 * np.arange(n) / n))
    waves = np.array(list(exponential_steps(rate(k) + 0j, bend, start, steps)))
    if n <= 128:
        padded = np.zeros((101, 65), complex)
        padded[:, : n // 2 + 1] = waves * 128 / n
        return np.fft.irfft(padded, 128)
    return np.fft.irfft(waves, n)[:, :: n // 128]


def sivashinsky_error(predict, _):
    return relative(predict(space_time(X, T)), sivashinsky_reference())


def equation(x, u):
    d = partial(pinn.derivative, u, x)
    return d((0, 1)) + SPEED * u * d((1, 0)) + SPREAD * d((2, 0)) + DAMPING * d((4, 0))


def window(number, state, net=None):
    """One of ten windows in time, half the circle: odd and periodic by three waves at the input and a sine at the output.

    It begins at the sines `state`, exactly; the next one begins at its end, and from its weights.
    """
    first, last = number / WINDOWS, (number + 1) / WINDOWS
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(first, last))
    data = dde.data.TimePDE(domain, equation, [], num_domain=POINTS)
    new = dde.nn.FNN([4] + [16] * 3 + [1], "tanh", "Glorot normal")
    if net is not None:
        new.load_state_dict(net.state_dict())
    waves, amplitudes = np.pi * torch.arange(1, KEPT + 1), torch.tensor(state)[:, None]
    past = lambda x: (x[:, 1:] - first) * WINDOWS  # noqa: E731
    new.apply_feature_transform(
        lambda x: torch.cat([torch.cos(k * np.pi * x[:, :1]) for k in (1, 2, 3)] + [2 * past(x) - 1], dim=1)
    )
    new.apply_output_transform(
        lambda x, y: torch.sin(x[:, :1] * waves) @ amplitudes + past(x) * torch.sin(np.pi * x[:, :1]) * y
    )

    def then(predict, net):
        x = (np.arange(128) + 0.5) / 128
        end = predict(np.c_[x, 0 * x + last])[:, 0]
        return window(number + 1, 2 / 128 * np.sin(np.pi * np.outer(np.arange(1, KEPT + 1), x)) @ end, net)

    stage = {"iterations": FIRST_HALF if number < WINDOWS // 2 else SECOND_HALF}
    return Setup(data, new, stages=(stage,), until=last, then=then if number + 1 < WINDOWS else None)


def sivashinsky_ours(seed):
    """Ten windows in time; the start is -sin(pi x)."""
    return window(0, -np.eye(KEPT)[0])


def sivashinsky_stock():
    """Points, network and optimizer of DeepXDE's script for Burgers' equation; it has none for this."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    return periodic_stock(domain, equation, begin)


def sines_of_a_window(first, length, state, rng):
    """400 sines that are periodic by construction, up to the sixteenth wave, by Newton's method; they begin at `state`."""
    points = space_time(-1 + 2 * np.arange(64) / 64, first + length * (np.arange(24) + 0.5) / 24)
    inside = Condition(
        points,
        [(), (0,), (0, 0), (0, 0, 0, 0), (1,)],
        lambda u, u_x, u_2, u_4, u_t: u_t + SPEED * u * u_x + SPREAD * u_2 + DAMPING * u_4,
    )
    here = np.c_[X, 0 * X + first]
    values = state(here)
    start = Condition(here, [()], lambda u: u - values, 10.0)
    stays = lambda x: state(np.c_[x[:, 0], 0 * x[:, 0] + first])  # noqa: E731
    return periodic_sines([inside, start], whole=16, spread=60.0, wave=np.pi, rng=rng, start=stays)


def sivashinsky_sines(seed):
    """Twenty windows in time, each with sines of its own."""
    parts, state = [], lambda x: begin(x[:, 0])
    for number in range(20):
        state = sines_of_a_window(number / 20, 1 / 20, state, [seed, number])
        parts.append(state)
    return InWindows(np.arange(1, 21) / 20, parts)


def sivashinsky_classical():
    for n, steps in ((32, 100), (64, 100), (64, 200), (64, 400), (64, 800), (128, 1600), (128, 3200), (128, 6400)):
        yield (
            f"Fourier, {n} points, exponential integrator, {steps} steps",
            lambda n=n, steps=steps: relative(exponential_integrator(n, steps), sivashinsky_reference()),
        )


PROBLEM = Benchmark(
    "Kuramoto-Sivashinsky",
    sivashinsky_ours,
    sivashinsky_error,
    classical=sivashinsky_classical,
    stock=sivashinsky_stock,
    sines=sivashinsky_sines,
    recipe_is="Adam 15k + L-BFGS, ours",
)
