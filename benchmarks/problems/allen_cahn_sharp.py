"""Allen-Cahn with diffusion 1e-4 on a circle: u_t = 1e-4 u_xx + 5 (u - u^3), u(x, 0) = x^2 cos(pi x); the variant of Raissi et al. 2019."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.sparse import diags

from benchmarks.periodic_sines import periodic_sines
from benchmarks.problem import Benchmark, Published, Setup, periodic_stock, relative, space_time
from mmlib import pinn
from mmlib.pinn import dde
from mmlib.random_features import Condition

jacobian, hessian = dde.grad.jacobian, dde.grad.hessian

DIFFUSION = 1e-4
X, T = -1 + 2 * np.arange(512) / 512, np.linspace(0, 1, 101)


def begin(x):
    """The state at t = 0, even, with a kink where the circle closes."""
    return x**2 * np.cos(np.pi * x)


def half_circle(n):
    """Fourth-order differences on [0, 1], mirrored at both ends, Radau in time: values at n+1 points, (101, n+1)."""
    rows = diags([-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12], [-2, -1, 0, 1, 2], shape=(n + 1, n + 1)).tolil()
    rows[0, 1], rows[0, 2] = 8 / 3, -1 / 6
    rows[1, 1] = rows[n - 1, n - 1] = -5 / 2 - 1 / 12
    rows[n, n - 1], rows[n, n - 2] = 8 / 3, -1 / 6
    matrix = DIFFUSION * n**2 * rows.tocsc()
    found = solve_ivp(
        lambda t, u: matrix @ u + 5 * (u - u**3),
        (0, 1),
        begin(np.linspace(0, 1, n + 1)),
        "Radau",
        t_eval=T,
        rtol=1e-8,
        atol=1e-10,
        jac=lambda t, u: matrix + diags(5 - 15 * u**2, format="csc"),
    )
    return found.y.T


@cache
def allen_cahn_sharp_reference():
    """Differences on 4,097 points of the half circle, mirrored: (101, 512)."""
    half = half_circle(4096)[:, ::16]
    return np.hstack([half[:, :0:-1], half[:, :-1]])


def split_steps(n, steps):
    """Waves and logistic growth in turns (Strang's splitting, both exact), n points: (101, 512)."""
    x, dt = -1 + 2 * np.arange(n) / n, 1 / steps
    spread = np.exp(-DIFFUSION * (np.pi * np.fft.rfftfreq(n, 1 / n)) ** 2 * dt)
    more = np.exp(5 * dt)  # half a step: u^2 grows as exp(10 t)

    def react(u):
        return u * np.sqrt(more / (1 + u * u * (more - 1)))

    u = begin(x)
    out = [u]
    for step in range(steps):
        u = react(np.fft.irfft(spread * np.fft.rfft(react(u)), n))
        if (step + 1) % (steps // 100) == 0:
            out.append(u)
    if n >= 512:
        return np.array(out)[:, :: n // 512]
    padded = np.zeros((len(out), 257), complex)
    padded[:, : n // 2 + 1] = np.fft.rfft(np.array(out), axis=1) * 512 / n
    return np.fft.irfft(padded, 512, axis=1)


def allen_cahn_equation(x, u):
    return jacobian(u, x, i=0, j=1) - DIFFUSION * hessian(u, x, i=0, j=0) - 5 * (u - u**3)


def kink(x):
    """What diffusion alone makes of the kink at x = 1: zero at first, slope 2 there ever after."""
    far, reach = 1 - x[:, :1], torch.sqrt(4 * DIFFUSION * x[:, 1:])
    return 2 * (far * torch.erfc(far / reach) - reach / np.sqrt(np.pi) * torch.exp(-((far / reach) ** 2)))


def allen_cahn_sharp_ours(seed):
    """Half the circle, even and periodic by three waves at the input; the kink's own solution told; points follow the residual."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
    data = dde.data.TimePDE(domain, allen_cahn_equation, [], num_domain=3000)
    net = dde.nn.FNN([WAVES + 1] + [20] * 3 + [1], "tanh", "Glorot normal")
    net.apply_feature_transform(
        lambda x: torch.cat([torch.cos(k * np.pi * x[:, :1]) for k in range(1, WAVES + 1)] + [2 * x[:, 1:] - 1], dim=1)
    )

    def whole(x, y):
        folded = torch.cat([x[:, :1].abs(), x[:, 1:]], dim=1)
        return x[:, :1] ** 2 * torch.cos(np.pi * x[:, :1]) - kink(folded) + x[:, 1:] * y

    net.apply_output_transform(whole)
    return Setup(data, net, stages=({"iterations": ITERATIONS, "resample": pinn.Resample(every=10)},))


WAVES, ITERATIONS = 3, 499


def allen_cahn_sharp_stock():
    """Points and network of DeepXDE's script for the other variant; it has none for this."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    return periodic_stock(domain, allen_cahn_equation, begin, 8000, 400, 800)


def allen_cahn_sharp_error(predict, _):
    points = space_time(X, np.maximum(T, 1e-12))  # the kink's formula divides by the root of t
    return relative(predict(points), allen_cahn_sharp_reference())


def allen_cahn_sharp_classical():
    for n, steps in ((128, 100), (128, 200), (256, 400), (512, 800), (1024, 1600), (2048, 3200), (4096, 6400)):
        yield (
            f"Fourier, {n} points, split steps, {steps}",
            lambda n=n, steps=steps: relative(split_steps(n, steps), allen_cahn_sharp_reference()),
        )


def allen_cahn_sharp_sines(seed):
    """400 sines that are periodic by construction, up to the twelfth wave."""
    points = space_time(-1 + 2 * np.arange(48) / 48, (np.arange(30) + 0.5) / 30)
    inside = Condition(points, [(), (0, 0), (1,)], lambda u, u_xx, u_t: u_t - DIFFUSION * u_xx - 5 * (u - u**3))
    x = X[::4]
    first = Condition(np.c_[x, 0 * x], [()], lambda u: u - begin(x), 10.0)
    return periodic_sines([inside, first], whole=12, spread=10.0, wave=np.pi, rng=seed, start=lambda p: begin(p[:, 0]))


PROBLEM = Benchmark(
    "Allen-Cahn, diffusion 1e-4",
    allen_cahn_sharp_ours,
    allen_cahn_sharp_error,
    classical=allen_cahn_sharp_classical,
    stock=allen_cahn_sharp_stock,
    sines=allen_cahn_sharp_sines,
    recipe_is="Adam 15k + L-BFGS, ours",
    published=(
        Published(
            "relative L2, points weighted by their residual, self-scaled Broyden",
            1.88e-6,
            "{cite:t}`toscano2026variational`, authors' notebooks",
        ),
        Published("relative L2, PirateNet", 2.24e-5, "{cite:t}`wang2024piratenets`, authors' tables"),
        Published("relative L2, their multilayer network", 5.37e-5, "{cite:t}`wang2024piratenets`, authors' tables"),
    ),
)
