"""The nonlinear Schrödinger equation on a ring: a pulse that breathes, with a trusted split-step reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["Schrodinger", "Wave", "breather"]

# Yoshida's triple jump (1990, doi:10.1016/0375-9601(90)90092-3): three second-order steps make one of fourth order
JUMP = 1 / (2 - 2 ** (1 / 3))
SUBSTEPS = (JUMP, 1 - 2 * JUMP, JUMP)


class Wave(NamedTuple):
    """A solution on a grid."""

    t: np.ndarray  # (times,)
    x: np.ndarray  # (n,), the left end included, the right end not
    h: np.ndarray  # (times, n), complex

    def refine(self, n: int) -> Wave:
        """The same Fourier series on a grid of n points, a multiple of the present number.

        >>> wave = Schrodinger().solve(n=64, steps=100)
        >>> bool(abs(wave.refine(256).h[:, ::4] - wave.h).max() < 1e-12)
        True
        """
        n = _input.whole(n, "n", least=1)
        old = len(self.x)
        if n % old:
            raise ValueError(f"expected a multiple of the {old} points; got {n}. Try {2 * old}.")
        waves = np.fft.fft(self.h)
        padded = np.zeros((len(self.t), n), dtype=complex)
        padded[:, : old // 2], padded[:, -(old // 2) :] = waves[:, : old // 2], waves[:, -(old // 2) :]
        if n > old:  # the highest wave stands for both signs
            padded[:, -(old // 2)] /= 2
            padded[:, old // 2] += padded[:, -(old // 2)]
        step = (self.x[1] - self.x[0]) * old / n
        return Wave(self.t, self.x[0] + step * np.arange(n), np.fft.ifft(padded) * (n / old))


@dataclass(frozen=True)
class Schrodinger(Model):
    r"""Nonlinear Schrödinger equation, $i h_t + \lambda_1 h_{xx} + \lambda_2 |h|^2 h = 0$, periodic in x.

    The benchmark of Raissi, Perdikaris and Karniadakis 2019 (doi:10.1016/j.jcp.2018.10.045): x in [-5, 5], t in
    [0, pi/2], h(0, x) = 2 sech x. All quantities are dimensionless. As a periodic function the initial state has a kink at
    x = +-5, where its slope jumps by 0.054: small, and enough to mislead a method that takes it for smooth.

    >>> wave = Schrodinger().solve(n=128, steps=400)
    >>> wave.h.shape, round(float(abs(wave.h).max()), 1)  # the pulse focuses to twice its height
    ((101, 128), 4.0)
    """

    lambda1: float = 0.5  # dispersion [1]
    lambda2: float = 1.0  # focusing [1]
    half_width: float = 5.0  # of the ring: x from -half_width to half_width [1]
    duration: float = np.pi / 2  # period of |h| on the infinite line [1]

    names = ("h",)
    units = {"h": "1", "x": "1", "t": "1", "lambda1": "1", "lambda2": "1", "half_width": "1", "duration": "1"}
    any_sign = ("lambda1", "lambda2")

    _count = None

    def initial(self, x):
        """State at t = 0: 2 sech x."""
        return 2 / np.cosh(x)

    def rhs(self, t, h):
        """dh/dt (n,) of the state h (n,) on the equidistant grid, derivatives by Fourier series."""
        k = 2 * np.pi * np.fft.fftfreq(len(h), 2 * self.half_width / len(h))
        return 1j * (self.lambda1 * np.fft.ifft(-(k**2) * np.fft.fft(h)) + self.lambda2 * abs(h) ** 2 * h)

    def solve(self, n=256, steps=400, keep=101, initial=None) -> Wave:
        """Split-step Fourier solution: dispersion exact in Fourier space, focusing exact in x, in turns.

        Parameters
        ----------
        n : grid points, even.
        steps : time steps of fourth order, a multiple of keep - 1.
        keep : times that are returned, equally spaced from 0 to `duration`.
        initial : function of x in place of `self.initial`.

        Mass, the mean of |h|^2, is conserved to round-off.
        """
        n, steps, keep = (_input.whole(v, name) for v, name in ((n, "n"), (steps, "steps"), (keep, "keep")))
        if initial is not None:
            _input.function(initial, "initial", "x that returns the state at t = 0")
        if n < 4 or n % 2 or keep < 2 or steps < 1 or steps % (keep - 1):
            raise ValueError(
                f"expected an even number of points and steps a multiple of keep - 1; got n={n}, steps={steps}, keep={keep}. "
                f"Try n={2 * max(2, n // 2)}, steps={max(1, round(steps / max(1, keep - 1))) * max(1, keep - 1)}."
            )
        length = 2 * self.half_width
        x = -self.half_width + length * np.arange(n) / n
        k = 2 * np.pi * np.fft.fftfreq(n, length / n)
        h = np.asarray((initial or self.initial)(x), dtype=complex)
        if h.shape != x.shape or not np.isfinite(h).all():
            raise ValueError(
                f"expected a finite initial state of shape {x.shape}; got shape {h.shape}. Mend `initial`."
            )
        dt = self.duration / steps
        spread = [np.exp(-1j * self.lambda1 * k**2 * c * dt) for c in SUBSTEPS]
        kept = [h]
        for step in range(1, steps + 1):
            for c, turn in zip(SUBSTEPS, spread, strict=True):
                h = h * np.exp(0.5j * self.lambda2 * abs(h) ** 2 * c * dt)
                h = np.fft.ifft(turn * np.fft.fft(h))
                h = h * np.exp(0.5j * self.lambda2 * abs(h) ** 2 * c * dt)
            if step % (steps // (keep - 1)) == 0:
                kept.append(h)
        return Wave(np.linspace(0, self.duration, keep), x, np.array(kept))


def breather(t, x):
    """The two-soliton breather on the infinite line, from 2 sech x, for lambda1 = 1/2 and lambda2 = 1.

    Satsuma & Yajima 1974 (doi:10.1143/PTPS.55.284). |h| has the period pi/2. t and x broadcast.

    Parameters
    ----------
    t : times, any shape [1].
    x : places, of a shape that broadcasts with t [1].

    >>> x = np.linspace(-3, 3, 7)
    >>> bool(abs(breather(0.0, x) - 2 / np.cosh(x)).max() < 1e-14)
    True
    """
    t, x = _input.numbers(t, "t"), _input.numbers(x, "x")
    above = np.cosh(3 * x) + 3 * np.exp(4j * t) * np.cosh(x)
    return 4 * np.exp(0.5j * t) * above / (np.cosh(4 * x) + 4 * np.cosh(2 * x) + 3 * np.cos(4 * t))
