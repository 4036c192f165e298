"""Cells that move and multiply: invasion of a scratched monolayer, with a reference solution and a plain fast solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import solve_banded

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["CellInvasion", "finite_volumes", "fisher_wave", "scratch"]


@dataclass(frozen=True)
class CellInvasion(Model):
    r"""Density of cells on a line, $u_t = (D(u)\, u_x)_x + r u (1 - u)$ with $D(u) = D_0 + D_1 u^2$, no flux at both ends.

    `u` is the density divided by the carrying capacity `K`. A constant D (``D1=0``) is the Fisher-Kolmogorov model, a D
    that grows with the density is of the kind that scratch assays of PC-3 prostate cancer cells ask for (Jin et al.
    2016, doi:10.1016/j.jtbi.2015.10.040). The default numbers are round
    ones, within a factor of about three of what a fit to their profiles (`mmlib.data.scratch_assay`) gives; they are no
    published estimates.

    >>> model = CellInvasion()
    >>> model.diffusivity(np.array([0.0, 0.5])), round(float(model.growth(0.5)), 3)
    (array([ 300., 1300.]), 0.01)
    """

    D0: float = 300.0  # diffusivity of a lone cell [um^2/h]
    D1: float = 4000.0  # what a full monolayer adds [um^2/h]
    r: float = 0.04  # proliferation rate [1/h]
    K: float = 2.2e-3  # carrying capacity [cells/um^2]
    length: float = 2000.0  # of the field of view [um]

    units = {
        "x": "um",
        "t": "h",
        "u": "1",
        "D0": "um^2/h",
        "D1": "um^2/h",
        "r": "1/h",
        "K": "cells/um^2",
        "length": "um",
    }
    may_be_zero = ("D1", "r")

    def diffusivity(self, u):
        """D(u) [um^2/h]; u may be an array or a tensor."""
        return self.D0 + self.D1 * _input.values(u, "u") ** 2

    def growth(self, u):
        """Logistic growth r u (1 - u) [1/h]."""
        u = _input.values(u, "u")
        return self.r * u * (1 - u)

    def solve(self, start: Callable, x, t, *, modes: int = 160) -> np.ndarray:
        """Reference solution u at times t (k,) [h] and places x (m,) [um]: (k, m).

        A cosine series of `modes` terms, whose every member obeys the no-flux condition, is collocated in space; Radau
        IIA advances it in time with a relative tolerance of 1e-9. `start` gives u(x, 0) for an array of places.

        Raises
        ------
        ValueError : times that do not increase from zero or later, places outside of the field of view.

        >>> model = CellInvasion(D1=0.0, r=0.0)
        >>> wave = lambda x: 0.5 + 0.1 * np.cos(np.pi * x / 2000)
        >>> end = model.solve(wave, [0.0], [48.0], modes=32)[0, 0]        # decays as exp(-D (pi / L)^2 t)
        >>> bool(np.isclose(end, 0.5 + 0.1 * np.exp(-300 * (np.pi / 2000) ** 2 * 48), rtol=1e-8))
        True
        """
        x, t, modes = _places(x, self.length), _times(t), _input.whole(modes, "modes", least=2, remedy="Try modes=160.")
        _input.function(start, "start", "places x (m,) that returns u(x, 0)")
        k = np.pi * np.arange(modes) / self.length
        at = self.length * (np.arange(modes) + 0.5) / modes  # midpoints: the cosines are orthogonal on them
        cosines = np.cos(np.outer(at, k))
        analysis = cosines.T * (np.where(k == 0, 1, 2) / modes)[:, None]  # values -> coefficients
        sines = np.sin(np.outer(at, k))
        slope = -(sines * k) @ analysis  # values -> u_x at the same places
        # a flux is a sine series, sin(k x) for k = 1 … modes; its derivative is a cosine series
        top = np.pi * np.arange(1, modes + 1) / self.length
        sine = np.sin(np.outer(at, top))
        divergence = (np.cos(np.outer(at, top)) * top) @ (
            sine.T * (np.where(np.arange(1, modes + 1) == modes, 1, 2) / modes)[:, None]
        )

        def rate(_, u):
            return divergence @ (self.diffusivity(u) * (slope @ u)) + self.growth(u)

        def jacobian(_, u):
            inner = self.diffusivity(u)[:, None] * slope + np.diag(2 * self.D1 * u * (slope @ u))
            return divergence @ inner + np.diag(self.r * (1 - 2 * u))

        found = solve_ivp(
            rate, (0, max(t[-1], 1e-12)), np.asarray(start(at), dtype=float), "Radau", t_eval=t, jac=jacobian, rtol=1e-9, atol=1e-10
        )  # fmt: skip
        if not found.success:
            raise RuntimeError(f"the reference solver stopped: {found.message} Is the start smooth enough?")
        return (np.cos(np.outer(x, k)) @ analysis @ found.y).T


def finite_volumes(u0, t, *, width: float, diffusivity: Callable, growth: Callable, step: float = 0.5) -> np.ndarray:
    r"""Solve $u_t = (D(u) u_x)_x + f(u, t)$ with no flux at the ends for any functions D and f: the plain solver.

    Cells of equal width in space; in time Crank-Nicolson, with D and f taken at the middle of the step from the two
    steps before, so that each step is one tridiagonal system. Second order in both. Several experiments, the rows of
    `u0`, are solved as one system.

    Parameters
    ----------
    u0 : (n,) means of the density over n cells at time zero, or (k, n) for k experiments.
    t : (m,) times [h], increasing, at which the answer is wanted; between them steps of at most `step` are taken.
    width : of a cell [um].
    diffusivity, growth : D(u) [um^2/h] and f(u, t) [1/h], for arrays u.
    step : longest time step [h].

    Returns (m, n) or (k, m, n).

    Raises
    ------
    ValueError : NaN in u0, fewer than 3 cells, times that do not increase from zero or later, sizes not positive.
    RuntimeError : D or f drove the density to NaN or infinity.

    >>> flat = finite_volumes(np.full(4, 0.5), [0, 10], width=50.0, diffusivity=lambda u: 300 + 0 * u,
    ...                       growth=lambda u, t: 0.04 * u * (1 - u))
    >>> flat[1].round(4)                                                      # the logistic curve
    array([0.5987, 0.5987, 0.5987, 0.5987])
    """
    u0 = _input.numbers(u0, "u0")
    _input.function(diffusivity, "diffusivity", "densities u that returns D(u) [um^2/h]")
    _input.function(growth, "growth", "densities u and a time that returns f(u, t) [1/h]")
    if u0.ndim not in (1, 2) or u0.shape[-1] < 3 or not np.isfinite(u0).all():
        raise ValueError(
            f"expected finite u0 (n,) or (experiments, n) with n >= 3; got shape {u0.shape}. Fill gaps first."
        )
    _input.sized(u0, "u0")
    width, step = (
        _input.number(width, "positive width, width", above=0),
        _input.number(step, "positive step, step", above=0),
    )
    if np.min(diffusivity(u0)) < 0:
        raise ValueError(
            f"expected a diffusivity of 0 or more; got {np.min(diffusivity(u0)):g} at the start. A negative one has no solution: "
            "look at its sign."
        )
    t, n = _times(t), u0.shape[-1]
    u = u0.ravel().copy()
    wall = np.arange(1, u.size) % n == 0  # no flux from one experiment into the next
    before, now, answer = u, 0.0, []

    def advance(u, middle, time, dt):
        face = np.where(wall, 0.0, diffusivity((middle[1:] + middle[:-1]) / 2)) * (dt / 2 / width**2)
        flux = face * np.diff(u)
        right = u + dt * growth(middle, time + dt / 2)
        right[:-1] += flux
        right[1:] -= flux
        bands = np.zeros((3, u.size))
        bands[0, 1:], bands[2, :-1], bands[1] = -face, -face, 1.0
        bands[1, :-1] += face
        bands[1, 1:] += face
        try:
            return solve_banded((1, 1), bands, right, overwrite_ab=True, overwrite_b=True)
        except (ValueError, np.linalg.LinAlgError):
            raise RuntimeError(
                f"the density is no longer finite at {time:g} h: D or f is NaN, infinite or far too large there. "
                "Bound the parameters that are searched for, or shorten `step`."
            ) from None

    for time in t:
        steps = max(1, int(np.ceil((time - now) / step - 1e-9))) if time > now else 0
        for i in range(steps):
            dt = (time - now) / steps
            if i == 0:  # the step may be of another length than the last: predict, then correct
                middle = (u + advance(u, u, now, dt)) / 2
            else:
                middle = 1.5 * u - 0.5 * before
            before, u = u, advance(u, middle, now + i * dt, dt)
        now = max(now, time)
        answer.append(u.reshape(u0.shape))
    return np.stack(answer, axis=-2)


def scratch(x, density=0.5, left=600.0, right=1400.0, edge=100.0) -> np.ndarray:
    """A monolayer of given density [1] from which the strip between `left` and `right` [um] was scraped; smooth edges.

    >>> scratch(np.array([0.0, 1000.0, 2000.0])).round(3)
    array([0.5, 0. , 0.5])
    """
    x = _input.numbers(x, "x")
    left = _input.number(left, "left", finite=False)
    right = _input.number(
        right, "right", above=left, finite=False, remedy="The strip lies between left and right: swap them."
    )
    density = _input.number(density, "density", least=0, remedy="A share of the densest monolayer.")
    edge = _input.number(edge, "edge", above=0, remedy="In micrometres.")
    return density * (1 - 0.5 * (np.tanh((x - left) / edge) - np.tanh((x - right) / edge)))


def fisher_wave(x, t, *, D: float, r: float, x0: float = 0.0) -> np.ndarray:
    r"""Exact front of $u_t = D u_{xx} + r u (1 - u)$ that moves at $5\sqrt{rD/6}$ (Ablowitz and Zeppetella 1979, doi:10.1007/BF02462380).

    >>> float(fisher_wave(0.0, 0.0, D=300.0, r=0.04))
    0.25
    """
    x, t = _input.numbers(x, "x"), _input.numbers(t, "t")
    D, r, x0 = _input.number(D, "D", above=0), _input.number(r, "r", above=0), _input.number(x0, "x0")
    return (1 + np.exp(np.sqrt(r / (6 * D)) * (x - x0) - 5 * r * t / 6)) ** -2.0


def _times(t):
    t = np.atleast_1d(_input.numbers(t, "t"))
    if not t.size or t.ndim != 1 or not np.isfinite(t).all() or (t < 0).any() or (np.diff(t) <= 0).any():
        raise ValueError(
            "expected times (m,), finite, increasing, zero or later; got others. Sort them and drop repeats."
        )
    return t


def _places(x, length):
    x = np.atleast_1d(_input.numbers(x, "x"))
    if not x.size or x.ndim != 1 or not np.isfinite(x).all() or (x < 0).any() or (x > length).any():
        raise ValueError(f"expected finite places (m,) between 0 and {length:g} um; got others. Is x in micrometres?")
    _input.sized(x, "x")
    return x
