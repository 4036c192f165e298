"""Pairs of a cheap and an expensive function on which fusion methods are compared."""

from __future__ import annotations

import numpy as np

__all__ = ["forrester_high", "forrester_low", "perdikaris_high", "perdikaris_low"]


def forrester_high(x):
    r"""$f_H(x) = (6x-2)^2 \sin(12x-4)$ on [0, 1] (Forrester, Sóbester & Keane 2007, doi:10.1098/rspa.2007.1900).

    One global minimum, $f_H(0.75725) = -6.02074$.

    >>> float(forrester_high(0.75725).round(5))
    -6.02074
    """
    x = np.asarray(x, dtype=float)
    return (6 * x - 2) ** 2 * np.sin(12 * x - 4)


def forrester_low(x):
    r"""$f_L(x) = \tfrac12 f_H(x) + 10(x - \tfrac12) - 5$, so that $f_H = 2 f_L - 20 x + 20$ exactly.

    >>> x = np.linspace(0, 1, 5)
    >>> bool(np.allclose(2 * forrester_low(x) - 20 * x + 20, forrester_high(x)))
    True
    """
    x = np.asarray(x, dtype=float)
    return 0.5 * forrester_high(x) + 10 * (x - 0.5) - 5


def perdikaris_low(x):
    r"""$f_L(x) = \sin(8\pi x)$ on [0, 1] (Perdikaris et al. 2017, doi:10.1098/rspa.2016.0751, section 3).

    >>> float(perdikaris_low(1 / 16))
    1.0
    """
    return np.sin(8 * np.pi * np.asarray(x, dtype=float))


def perdikaris_high(x):
    r"""$f_H(x) = (x - \sqrt 2)\, f_L(x)^2$: never positive, lowest $f_H \approx (1/16 - \sqrt 2)$ near x = 1/16.

    >>> bool(np.isclose(perdikaris_high(1 / 16), 1 / 16 - np.sqrt(2)))
    True
    """
    x = np.asarray(x, dtype=float)
    return (x - np.sqrt(2)) * perdikaris_low(x) ** 2
