"""Influenza within one host: cells, virus, and two ways for the host to fight back."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from mmlib.ensemble import Draws
from mmlib.systems.base import Model, at_time

__all__ = ["Influenza"]

UNIT = 1e6  # the state holds the virus in 1e6 TCID50/mL, so that all states are of order one


@dataclass(frozen=True)
class Influenza(Draws, Model):
    r"""Target cells $x$, infected cells in eclipse $e$ and producing $i$ (fractions of $T_0$), virus $V$, interferon $f$,
    protected cells $r$, antibodies $a$ (a fraction of their final level), and the signal $m$ that interferon follows:

    $\dot x = -\beta x V - \varphi f x + \rho r + \lambda (1 - x - e - i - r)$, $\dot e = \beta x V - k e$,
    $\dot i = k e - \delta i$, $\dot V = p T_0 i / (1 + \varepsilon f) - (c + \kappa a) V$,
    $\dot m = \alpha (i - m)$, $\dot f = \alpha (m - f)$, $\dot r = \varphi f x - \rho r$,
    $\dot a = g a (1 - a)$ with $a = 1/2$ on day `a_day`.

    With $\varphi = \varepsilon = \lambda = \kappa = 0$ (the defaults) this is the target-cell limited model with an eclipse
    phase that Baccam et al. 2006 (doi:10.1128/JVI.01623-05) fitted to volunteers. beta, p, k, delta, c and T0 are their averages
    as public code quotes them; they agree with the abstract. V0 is illustrative, and so are the rates of interferon, antibodies
    and regrowth. Cells that interferon protects for a while follow Pawelek et al. 2012, a model of horses (doi:10.1371/journal.pcbi.1002588).
    Each field is a number or an array (draws,).

    The default constants give the basic reproductive number and the lifetime of an infected cell [h] of the paper's abstract,
    about 22 and 11:

    >>> host = Influenza()
    >>> round(float(host.R0), 1), round(24 * (1 / host.k + 1 / host.delta), 1)
    (21.8, 10.6)
    """

    beta: float | np.ndarray = 3.2e-5  # infection [mL/(TCID50 day)]
    p: float | np.ndarray = 4.6e-2  # production by one cell [TCID50/(mL day)]
    k: float | np.ndarray = 4.0  # end of the eclipse phase [1/day]
    delta: float | np.ndarray = 5.2  # death of producing cells [1/day]
    c: float | np.ndarray = 5.2  # clearance of virus [1/day]
    V0: float | np.ndarray = 7.5e-2  # virus at the start [TCID50/mL]
    phi: float | np.ndarray = 0.0  # protection by interferon [1/day]
    rho: float | np.ndarray = 1.0  # loss of protection [1/day]
    eps: float | np.ndarray = 0.0  # cut of production by interferon [1]
    alpha: float | np.ndarray = 2.0  # turnover of signal and interferon, two stages [1/day]
    lam: float | np.ndarray = 0.0  # regrowth of cells [1/day]
    kappa: float | np.ndarray = 0.0  # clearance by antibodies [1/day]
    g: float | np.ndarray = 3.0  # growth of antibodies [1/day]
    a_day: float | np.ndarray = 5.0  # day on which antibodies reach half their final level
    T0: float | np.ndarray = 4.0e8  # target cells [1]

    bands = (7, 7)
    names = ("target", "eclipse", "producing", "virus", "interferon", "protected", "antibody", "signal")
    units = dict.fromkeys(names, "1") | {
        "virus": "1e6 TCID50/mL", "t": "day", "beta": "mL/(TCID50 day)", "p": "TCID50/(mL day)", "k": "1/day", "delta": "1/day",
        "c": "1/day", "V0": "TCID50/mL", "phi": "1/day", "rho": "1/day", "eps": "1", "alpha": "1/day", "lam": "1/day",
        "kappa": "1/day", "g": "1/day", "a_day": "day", "T0": "1",
    }  # fmt: skip
    may_be_zero = ("phi", "rho", "eps", "lam", "kappa", "g", "a_day")

    def __post_init__(self):
        super().__post_init__()
        lengths = {len(v) for v in vars(self).values() if np.ndim(v) == 1}
        if len(lengths) > 1:
            raise ValueError(
                f"expected arrays (draws,) of one length; got {sorted(lengths)}. Give each constant one value a draw."
            )
        for f in fields(self):
            if np.ndim(getattr(self, f.name)) > 1:
                raise ValueError(
                    f"expected {f.name} a number or an array (draws,); got {getattr(self, f.name)!r}. One number a draw."
                )

    @property
    def R0(self):
        """Cells that one infected cell infects among target cells alone."""
        return self.beta * self.p * self.T0 / (self.c * self.delta)

    def start(self):
        """State of every host at infection, (8, draws)."""
        y = np.zeros((8, len(self)))
        y[0], y[3], y[6] = 1, np.divide(self.V0, UNIT), 1 / (1 + np.exp(np.multiply(self.g, self.a_day)))
        return y

    def rhs(self, t, y=None):
        """Rates (8, draws) or (8,) per day at the state y of that shape; ``rhs(y)`` is the same."""
        y = at_time(t, y)
        x, e, i, v, f, r, a, m = y
        new, shield = self.beta * UNIT * x * v, self.phi * f * x - self.rho * r
        return np.stack(
            [
                self.lam * (1 - x - e - i - r) - new - shield,
                new - self.k * e,
                self.k * e - self.delta * i,
                self.p * self.T0 / UNIT * i / (1 + self.eps * f) - (self.c + self.kappa * a) * v,
                self.alpha * (m - f),
                shield,
                self.g * a * (1 - a),
                self.alpha * (i - m),
            ]
        )

    def jacobian(self, y):
        """Jacobian (15, 8, draws), entry (i, j) in row 7 + i - j, column j."""
        x, _, i, v, f, _, a, _ = y
        b, make = self.beta * UNIT, self.p * self.T0 / UNIT / (1 + self.eps * f)
        out = np.zeros((15, *y.shape))
        entries = {
            (0, 0): -b * v - self.phi * f - self.lam,
            (0, 1): -self.lam,
            (0, 2): -self.lam,
            (0, 3): -b * x,
            (0, 4): -self.phi * x,
            (0, 5): self.rho - self.lam,
            (1, 0): b * v,
            (1, 1): -self.k,
            (1, 3): b * x,
            (2, 1): self.k,
            (2, 2): -self.delta,
            (3, 2): make,
            (3, 3): -(self.c + self.kappa * a),
            (3, 4): -make * i * self.eps / (1 + self.eps * f),
            (3, 6): -self.kappa * v,
            (4, 4): -self.alpha,
            (4, 7): self.alpha,
            (5, 0): self.phi * f,
            (5, 4): self.phi * x,
            (5, 5): -self.rho,
            (6, 6): self.g * (1 - 2 * a),
            (7, 2): self.alpha,
            (7, 7): -self.alpha,
        }
        for (row, column), value in entries.items():
            out[7 + row - column, column] = value
        return out

    @staticmethod
    def titre(y, floor=-2.0):
        """log10 of the virus [TCID50/mL] in states (…, 8, draws), not below `floor`: (…, draws)."""
        return np.log10(np.maximum(y[..., 3, :] * UNIT, 10.0**floor))
