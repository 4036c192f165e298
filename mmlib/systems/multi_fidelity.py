"""Sources of rising fidelity on which fusion methods are compared: pairs of functions, and chains of random curves."""

from __future__ import annotations

import numpy as np

from mmlib._input import generator, number, numbers, whole

__all__ = [
    "covariance", "forrester_high", "forrester_low", "perdikaris_high", "perdikaris_low", "related_curves", "saturated_high",
]  # fmt: skip


def forrester_high(x):
    r"""$f_H(x) = (6x-2)^2 \sin(12x-4)$ on [0, 1] (Forrester, Sóbester & Keane 2007, doi:10.1098/rspa.2007.1900).

    One global minimum, $f_H(0.75725) = -6.02074$.

    >>> float(forrester_high(0.75725).round(5))
    -6.02074
    """
    x = numbers(x, "x")
    return (6 * x - 2) ** 2 * np.sin(12 * x - 4)


def forrester_low(x):
    r"""$f_L(x) = \tfrac12 f_H(x) + 10(x - \tfrac12) - 5$, so that $f_H = 2 f_L - 20 x + 20$ exactly.

    >>> x = np.linspace(0, 1, 5)
    >>> bool(np.allclose(2 * forrester_low(x) - 20 * x + 20, forrester_high(x)))
    True
    """
    x = numbers(x, "x")
    return 0.5 * forrester_high(x) + 10 * (x - 0.5) - 5


def perdikaris_low(x):
    r"""$f_L(x) = \sin(8\pi x)$ on [0, 1] (Perdikaris et al. 2017, doi:10.1098/rspa.2016.0751, section 3).

    >>> float(perdikaris_low(1 / 16))
    1.0
    """
    return np.sin(8 * np.pi * numbers(x, "x"))


def perdikaris_high(x):
    r"""$f_H(x) = (x - \sqrt 2)\, f_L(x)^2$: never positive, lowest $f_H \approx (1/16 - \sqrt 2)$ near x = 1/16.

    >>> bool(np.isclose(perdikaris_high(1 / 16), 1 / 16 - np.sqrt(2)))
    True
    """
    x = numbers(x, "x")
    return (x - np.sqrt(2)) * perdikaris_low(x) ** 2


def saturated_high(x):
    r"""$f_H(x) = (x - \sqrt 2)\,\tanh(6 f_L(x))$ with $f_L$ of `perdikaris_low`: a good reading that saturates (a choice of this book).

    >>> bool(np.isclose(saturated_high(1 / 16), (1 / 16 - np.sqrt(2)) * np.tanh(6)))
    True
    """
    x = numbers(x, "x")
    return (x - np.sqrt(2)) * np.tanh(6 * perdikaris_low(x))


def related_curves(rng, links, *, length=0.1, points=101):
    r"""Curves of a chain of sources on an even grid of [0, 1], each with a stated correlation with the one before.

    $f_1$ is a Gaussian process with mean 0, variance 1 and covariance $\exp(-(x - x')^2 / 2\ell^2)$, and
    $f_{k+1} = r_k f_k + \sqrt{1 - r_k^2}\, g_k$ with fresh processes $g_k$ of the same kind: the autoregressive chain of Kennedy &
    O'Hagan (2000), doi:10.1093/biomet/87.1.1, with every source of unit variance.

    Parameters
    ----------
    rng : numpy.random.Generator
    links : correlations $r_k$ of neighbours, each in [-1, 1]; one fewer than there are sources.
    length : $\ell$, positive. points : of the grid, at least 2.

    Returns
    -------
    (len(links) + 1, points) array, first source first.

    Raises
    ------
    ValueError : a correlation outside [-1, 1], a length that is not positive, fewer than two points.

    >>> same, mirror = related_curves(np.random.default_rng(0), [-1.0])
    >>> bool(np.allclose(same, -mirror)), same.shape
    (True, (101,))
    """
    links = numbers(links, "links")
    if links.ndim != 1 or not (np.abs(links) <= 1).all():
        raise ValueError(
            f"expected links as correlations between -1 and 1; got {links}. Divide covariances by both standard deviations."
        )
    rng = generator(rng)
    points, length = whole(points, "points", least=2), number(length, "length", above=0)
    factor = np.linalg.cholesky(covariance(np.linspace(0, 1, points), length))
    curves = [factor @ rng.standard_normal(points)]
    for r in links:
        curves.append(r * curves[-1] + np.sqrt(1 - r**2) * (factor @ rng.standard_normal(points)))
    return np.array(curves)


def covariance(x, length=0.1):
    r"""$\exp(-(x - x')^2 / 2\ell^2)$ at all pairs of (n,) points, with $10^{-9}$ on the diagonal: what `related_curves` draws from.

    >>> covariance(np.array([0.0, 0.1])).round(3)
    array([[1.   , 0.607],
           [0.607, 1.   ]])
    """
    x, length = numbers(x, "x"), number(length, "length", above=0)
    return np.exp(-0.5 * ((x[:, None] - x) / length) ** 2) + 1e-9 * np.eye(len(x))
