"""The equation of Allen and Cahn: two phases, fronts between them, and one implicit step of any order across all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.fft import dct, idct
from scipy.sparse.linalg import LinearOperator, gmres

from mmlib import _input
from mmlib.collocation import gauss
from mmlib.systems.base import Model

__all__ = ["AllenCahn", "Step"]


class Step(NamedTuple):
    """What `AllenCahn.step` returns."""

    u: np.ndarray  # (cells,), after the step
    stages: np.ndarray  # (q, cells), the state at the stages
    residual: float  # largest misfit of the equations of the stages
    newton: int  # iterations of Newton's method


@dataclass(frozen=True)
class AllenCahn(Model):
    r"""Equation of Allen and Cahn, $u_t = d\,u_{xx} + r\,(u - u^3)$, even and periodic on [-1, 1].

    The benchmark of Raissi, Perdikaris and Karniadakis 2019 (doi:10.1016/j.jcp.2018.10.045): d = 1e-4, r = 5,
    u(0, x) = x^2 cos(pi x). All quantities are dimensionless. The solution is even, so cosines on [0, 1] suffice; the
    state stands at the midpoints of `cells` equal intervals.

    >>> model = AllenCahn()
    >>> u = model.solve(model.initial(model.x), 0.1)
    >>> float(abs(model.step(u, 0.8, 16).u - model.solve(u, 0.8)).max()) < 1e-9
    True
    """

    diffusion: float = 1e-4  # [1]
    reaction: float = 5.0  # [1]
    cells: int = 256

    names = ("u",)
    units = {"u": "1", "x": "1", "t": "1", "diffusion": "1", "reaction": "1", "cells": "1"}
    unchecked = ("cells",)

    def __post_init__(self):
        super().__post_init__()
        cells = _input.whole(self.cells, "cells", least=4, remedy="The benchmark needs 256.")
        object.__setattr__(self, "cells", cells)

    @property
    def x(self) -> np.ndarray:
        """Midpoints (cells,) of the intervals of [0, 1]."""
        return (np.arange(self.cells) + 0.5) / self.cells

    @property
    def decay(self) -> np.ndarray:
        """Rates (cells,), negative, at which diffusion damps each cosine."""
        return -self.diffusion * (np.pi * np.arange(self.cells)) ** 2

    def initial(self, x):
        """State at t = 0: x^2 cos(pi x)."""
        x = _input.numbers(x, "x")
        return x**2 * np.cos(np.pi * x)

    def rhs(self, t, u):
        """du/dt (..., cells) of the state u (..., cells)."""
        return _points(self.decay * _waves(u)) + self.reaction * (u - u**3)

    def split(self, u, duration: float, steps: int) -> np.ndarray:
        """State after `steps` steps in which diffusion (exact in cosines) and reaction (exact in closed form) take turns (Strang).

        Parameters
        ----------
        u : state (cells,).
        duration : of all steps together [1].
        steps : their number; the error falls with its square.
        """
        u, steps = self._state(u), _input.whole(steps, "steps", least=1, remedy="Try steps=400.")
        duration = _input.number(duration, "a positive duration", above=0, remedy="Try 0.8.")
        half = np.exp(self.decay * duration / steps / 2)
        e = np.exp(2 * self.reaction * duration / steps)
        for _ in range(steps):
            u = _points(half * _waves(u))
            u = _points(half * _waves(u * np.sqrt(e / (1 + (e - 1) * u**2))))
        return u

    def solve(self, u, duration: float, steps: int = 400) -> np.ndarray:
        """State after `duration`: `split` with one, two and four times the steps, extrapolated twice (sixth order).

        Parameters
        ----------
        u : state (cells,).
        duration : [1].
        steps : of the coarsest run; 400 for 0.8 leave errors near round-off.
        """
        a, b, c = (self.split(u, duration, steps * k) for k in (1, 2, 4))
        return (16 * (4 * c - b) / 3 - (4 * b - a) / 3) / 15

    def step(self, u, duration: float, stages: int, *, goes: int = 1, tolerance: float = 1e-10) -> Step:
        r"""One step of Gauss's method: $U_i = u + \Delta t \sum_j a_{ij} N(U_j)$, solved by Newton's method to `tolerance`.

        The linear systems are solved by GMRES, preconditioned by the linear part, which is exact in cosines.

        Parameters
        ----------
        u : state (cells,).
        duration : length of the step [1].
        stages : q; the order is 2 q.
        goes : the step is lengthened in so many goes, each started from the one before; more than one where Newton's method
            does not find the way (long steps with one or two stages).
        tolerance : largest misfit of the stages' equations [1].

        Raises
        ------
        RuntimeError
            Newton's method did not converge in 30 iterations.
        """
        u, goes = self._state(u), _input.whole(goes, "goes", least=1, remedy="Leave it out for 1.")
        duration = _input.number(duration, "a positive duration", above=0, remedy="Try 0.8.")
        tolerance = _input.number(tolerance, "a positive tolerance", above=0, remedy="Try 1e-10.")
        a, b, _ = gauss(stages)
        U, count = np.tile(u, (len(b), 1)), 0
        for h in np.linspace(duration / goes, duration, goes):
            inverse = np.linalg.inv(np.eye(len(b)) - h * a * (self.decay - self.reaction)[:, None, None])
            for _ in range(30):
                residual = U - u - h * a @ self.rhs(0, U)
                if abs(residual).max() < tolerance:
                    break
                U, count = U + self._newton(U, residual, h * a, inverse), count + 1
            else:
                raise RuntimeError(
                    f"expected Newton's method to converge in 30 iterations; got a misfit of {abs(residual).max():.1e} with "
                    f"{stages} stages and a step of {h:.2g}. Lengthen the step in more goes: goes={4 * goes}."
                )
        return Step(u + duration * b @ self.rhs(0, U), U, float(abs(residual).max()), count)

    def _newton(self, U, residual, a, inverse):
        """Newton's correction of the stages U (q, cells)."""
        slope = self.reaction * (1 - 3 * U**2)

        def operator(f):
            return LinearOperator((U.size, U.size), lambda v: f(v.reshape(U.shape)).ravel())

        near = operator(lambda v: _points(np.einsum("kij,jk->ik", inverse, _waves(v))))
        system = operator(lambda v: v - a @ (_points(self.decay * _waves(v)) + slope * v))
        return gmres(system, -residual.ravel(), M=near, rtol=1e-3)[0].reshape(U.shape)

    _count = None

    def _stated(self, u):
        if _input.axes(u) < 0 or np.shape(u)[-1:] != (self.cells,):
            raise ValueError(
                f"expected a state (..., {self.cells}), at the points of `x`; got {_input.shown(u)}. Try model.initial(model.x)."
            )
        return super()._stated(u)

    def _state(self, u):
        u = _input.numbers(u, "the state u")
        if u.shape != (self.cells,) or not np.isfinite(u).all():
            raise ValueError(
                f"expected a finite state of shape ({self.cells},), at the points of `x`; got shape {u.shape}. "
                "Take model.initial(model.x)."
            )
        _input.sized(u, "the state u")
        return u


def _waves(u):
    return dct(u, axis=-1, norm="ortho")


def _points(w):
    return idct(w, axis=-1, norm="ortho")
