"""What every damped least squares of the library shares: how the damping moves, where it ends, its linear system, when it rests.

Who calls it keeps what is its own: which rows there are, in which unit a step is damped, and what else a step must do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["LARGEST", "NIELSEN", "Pace", "cholesky", "nielsen", "rests"]

LARGEST = 1e12  # of the damping, relative to the curvature: steps beyond are round-off
NIELSEN = (1 / 3, 1e-15)  # least share of the damping that a good step leaves, least damping


class Pace(NamedTuple):
    """A damping that grows by a factor where a step failed and falls by another where it helped."""

    grows: float
    falls: float
    least: float = 0.0

    def after(self, damping, better):
        """The next damping of one fit (a number), or of many (arrays of one shape).

        >>> Pace(4.0, 0.25, 1e-12).after(1.0, True), Pace(4.0, 0.3).after(np.ones(2), np.array([True, False]))
        (0.25, array([0.3, 4. ]))
        """
        if np.ndim(damping) == 0:
            return max(damping * self.falls, self.least) if better else damping * self.grows
        return np.where(better, np.maximum(damping * self.falls, self.least), damping * self.grows)


def nielsen(damping, growth, gain):
    """The next damping and the factor by which it grows if that fails too, from the gain ratio of a step (Nielsen 1999).

    >>> nielsen(1.0, 2.0, 1.0), nielsen(1.0, 2.0, -0.1), nielsen(2.0, 4.0, float("nan"))
    ((0.3333333333333333, 2.0), (2.0, 4.0), (8.0, 8.0))
    """
    if gain > 0:  # False for NaN
        return max(damping * max(NIELSEN[0], 1 - (2 * gain - 1) ** 3), NIELSEN[1]), 2.0
    return damping * growth, growth * 2


def rests(trail, patience, share) -> bool:
    """Did the losses of `trail` fall by less than a share of the last one in the last `patience` steps?

    >>> rests([3.0, 1.0, 0.9999], 1, 1e-3), rests([3.0, 1.0], 2, 1e-3)
    (True, False)
    """
    return len(trail) > patience and trail[-patience - 1] - trail[-1] < share * trail[-1]


def cholesky(gram, damping):
    """(factor, failed) of J^T J + diag(damping), of one fit (n, n) or of many (k, n, n); the matrix that is passed stays as it is."""
    import torch

    matrix = gram.clone()
    matrix.diagonal(dim1=-2, dim2=-1).add_(damping)
    return torch.linalg.cholesky_ex(matrix)
