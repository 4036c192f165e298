"""Velocities of an enzyme."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.data import read_table

__all__ = ["Puromycin", "puromycin"]


class Puromycin(NamedTuple):
    """Initial velocity of an enzymatic reaction at several concentrations of its substrate."""

    concentration: np.ndarray  # (n,) of the substrate [ppm]
    velocity: np.ndarray  # (n,) [counts/min/min]


def puromycin(state="treated") -> Puromycin:
    """Galactosyltransferase of Golgi membranes "treated" with puromycin or "untreated" (Treloar 1974; Bates and Watts 1988, doi:10.1002/9780470316757).

    Raises
    ------
    ValueError : another state; the message lists those there are.

    >>> float(puromycin().velocity.max()), len(puromycin("untreated").velocity)
    (207.0, 11)
    """
    table = read_table("puromycin")
    states = tuple(dict.fromkeys(table["state"]))
    state = _input.choice(state, "state", states)
    own = [i for i, s in enumerate(table["state"]) if s == state]
    return Puromycin(*(np.array([table[c][i] for i in own], dtype=float) for c in ("concentration", "velocity")))
