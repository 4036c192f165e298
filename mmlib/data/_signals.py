"""Signals in cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib.data import read_table

__all__ = ["EgfAkt", "egf_akt"]


class EgfAkt(NamedTuple):
    """Phosphorylated EGF receptor, Akt and S6 after a step of EGF, each in arbitrary units of its own."""

    dose: np.ndarray  # (6,) of EGF [ng/mL]
    t: np.ndarray  # (8,) [min]
    receptor: np.ndarray  # (6, 8) pEGFR
    akt: np.ndarray  # (6, 8) pAkt
    s6: np.ndarray  # (6, 8) pS6
    sd: np.ndarray  # (3, 6, 8) standard deviations of the errors of the three, as the source states them


def egf_akt() -> EgfAkt:
    """EGF steps on PC12 cells (Fujita et al. 2010, doi:10.1126/scisignal.2000810).

    >>> cells = egf_akt()
    >>> cells.s6.shape, [float(cells.dose[x.max(axis=1).argmax()]) for x in (cells.receptor, cells.akt, cells.s6)]
    ((6, 8), [30.0, 30.0, 1.0])
    """
    table = read_table("egf_akt")
    dose, t = (np.unique(np.array(table[c], dtype=float)) for c in ("dose", "time"))
    column = lambda c: np.array(table[c], dtype=float).reshape(len(dose), len(t))  # noqa: E731
    names = ("pEGFR", "pAkt", "pS6")
    return EgfAkt(dose, t, *(column(c) for c in names), np.stack([column(f"{c}_sd") for c in names]))
