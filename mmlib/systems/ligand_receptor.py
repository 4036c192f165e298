"""A morphogen gradient: ligand enters a tissue at one end, diffuses, binds to receptors, and is degraded with them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from mmlib import _input
from mmlib.ensemble import Draws
from mmlib.systems.base import Model, at_time

__all__ = ["LigandReceptor"]


@dataclass(frozen=True)
class LigandReceptor(Draws, Model):
    r"""Ligand $a$ and bound receptors $b$ on $0 < x < L$, both in units of the receptor density $R_0$.

    $$a_t = D a_{xx} - k_{on} a (1 - b) + k_{off} b, \quad b_t = k_{on} a (1 - b) - (k_{off} + k_{deg}) b,$$

    with $-D a_x = j$ at $x = 0$, no flux at $x = L$ and $a = b = 0$ at the start: the extracellular model of Lander, Nie and
    Wan 2002 (doi:10.1016/S1534-5807(02)00179-X) with an end source as in Lander, Nie, Vargas and Wan 2005
    (doi:10.1111/j.0022-2526.2005.01556.x). The default constants are illustrative.

    A constant may be a number, or an array (draws,) for many tissues at once. On a grid of n cells the state is
    $(b_1, a_1, b_2, a_2, …)$, so that the Jacobian is banded with two diagonals on either side and little
    fill-in. States are (2 n,) for one tissue or (2 n, draws).

    >>> tissue = LigandReceptor()
    >>> float(tissue.length_scale.round(2))  # micrometres
    31.94
    >>> float(tissue.rhs(np.zeros(4))[1].round(6))  # ligand enters the first of two cells, 50 um long
    6e-05
    """

    D: float = 10.0  # diffusion coefficient of free ligand [um^2/s]
    k_on: float = 0.01  # binding rate, times R_0 [1/s]
    k_off: float = 4e-6  # dissociation rate [1/s]
    k_deg: float = 2e-4  # degradation rate of bound ligand and its receptor [1/s]
    j: float = 0.003  # influx of ligand, over R_0 [um/s]
    L: float = 100.0  # length of the tissue [um]

    names = ("a", "b")
    units = {"a": "1", "b": "1", "x": "um", "t": "s"} | {
        "D": "um^2/s",
        "k_on": "1/s",
        "k_off": "1/s",
        "k_deg": "1/s",
        "j": "um/s",
        "L": "um",
    }
    may_be_zero = ("k_off", "j")
    bands = (2, 2)  # diagonals of the Jacobian below and above the main one

    _count = None

    def _stated(self, y):
        y = super()._stated(y)
        if len(y) % 2 or not len(y):
            raise ValueError(
                f"expected a state (2 n,) or (2 n, draws), b and a of each cell in turn; got {len(y)} rows. Bring both."
            )
        return y

    def __post_init__(self):
        super().__post_init__()
        sizes = {np.shape(getattr(self, f.name)) for f in fields(self)} - {()}
        if len(sizes) > 1 or any(len(s) > 1 for s in sizes):
            raise ValueError(
                f"expected numbers, or arrays (draws,) of one length; got shapes {sorted(sizes)}. Give each one value a draw."
            )

    def grid(self, n: int):
        """Centres of n cells [um], (n,); for a tissue of one length."""
        n = _input.whole(n, "n", least=1, remedy="Cells of a grid.")
        return (np.arange(n) + 0.5) * float(np.unique(self.L).item()) / n

    def rhs(self, t, y=None):
        """Rates of the state y (2 n,) or (2 n, draws), finite volumes of second order [1/s]; ``rhs(y)`` is the same."""
        y = at_time(t, y)
        b, a = y[0::2], y[1::2]
        h = self.L / len(a)
        rate = np.empty_like(y)
        bind = self.k_on * a * (1 - b) - self.k_off * b
        np.subtract(bind, self.k_deg * b, out=rate[0::2])
        flux = (self.D / h**2) * (a[:-1] - a[1:])
        bind[:-1] += flux
        bind[1:] -= flux
        bind[0] -= self.j / h
        np.negative(bind, out=rate[1::2])
        return rate

    def jacobian(self, y):
        """Banded Jacobian (5, 2 n) or (5, 2 n, draws) at y, stored as `scipy.linalg.solve_banded` has it."""
        b, a = y[0::2], y[1::2]
        out = np.zeros((5, *y.shape))
        spread = self.D / (self.L / len(a)) ** 2
        np.multiply(self.k_on, 1 - b, out=out[1, 1::2])  # d b_t / d a, row above the diagonal
        np.add(self.k_on * a, self.k_off, out=out[3, 0::2])  # d a_t / d b, row below
        np.subtract(-self.k_deg, out[3, 0::2], out=out[2, 0::2])
        np.subtract(-2 * spread, out[1, 1::2], out=out[2, 1::2])
        out[2, 1] += spread
        out[2, -1] += spread
        out[0, 3::2] = out[4, 1:-1:2] = spread
        return out

    @property
    def length_scale(self):
        r"""Length of the gradient where few receptors are bound, $\sqrt{D (k_{off} + k_{deg}) / (k_{on} k_{deg})}$ [um]."""
        return np.sqrt(self.D * (self.k_off + self.k_deg) / (self.k_on * self.k_deg))

    def faint(self, x):
        """Steady state where few receptors are bound, (a, b) at x [um]: exact in the limit j -> 0.

        >>> a, b = LigandReceptor(j=1e-9).faint(np.array([0.0, 100.0]))
        >>> bool(a[0] > 10 * a[1] > 0)
        True
        """
        x, s = _input.numbers(x, "x"), self.length_scale
        a = self.j * s / self.D * np.cosh((self.L - x) / s) / np.sinh(self.L / s)
        return a, self.k_on * a / (self.k_off + self.k_deg)
