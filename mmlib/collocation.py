"""Gauss's implicit Runge-Kutta methods with any number of stages: one step, as long as you dare."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input

__all__ = ["Tableau", "gauss"]


class Tableau(NamedTuple):
    """Coefficients of a Runge-Kutta method with q stages."""

    a: np.ndarray  # (q, q)
    b: np.ndarray  # (q,)
    c: np.ndarray  # (q,), places of the stages in the step


def gauss(stages: int) -> Tableau:
    r"""Gauss's method of order 2q: collocation at the zeros of Legendre's polynomial of degree q.

    $a_{ij} = \int_0^{c_i} \ell_j$ with Lagrange's polynomials $\ell_j$ at the places c. They are integrated as Legendre
    series, which stays accurate for hundreds of stages (Hairer & Wanner 1996, section IV.5, doi:10.1007/978-3-642-05221-7).

    Parameters
    ----------
    stages : number of stages q, at least 1.

    Raises
    ------
    ValueError
        No whole number, or below 1.

    >>> a, b, c = gauss(2)
    >>> a.round(4).tolist(), b.round(4).tolist(), c.round(4).tolist()
    ([[0.25, -0.0387], [0.5387, 0.25]], [0.5, 0.5], [0.2113, 0.7887])
    """
    q = _input.whole(stages, "stages", least=1, remedy="Four stages have order eight: gauss(4).")
    s, w = np.polynomial.legendre.leggauss(q)
    P = np.polynomial.legendre.legvander(s, q)
    k = np.arange(1, q)
    integrals = np.c_[(P[:, 1] + 1) / 2, (P[:, 2:] - P[:, :-2]) / (2 * (2 * k + 1))]
    to_legendre = (P[:, :q] * w[:, None]).T * (np.arange(q) + 0.5)[:, None]
    return Tableau(integrals @ to_legendre, w / 2, (s + 1) / 2)
