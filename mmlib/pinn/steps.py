"""The damped linear system of one Gauss-Newton step: by J^T J, or by J J^T where the rows are fewer than the unknowns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from mmlib.optim.damped import cholesky

__all__ = ["Columns", "Plan", "Rows", "plan", "taken"]

WORK = 5e10  # operations of one iteration, some seconds: beyond, it looks at a part of the rows
FEW = 1000  # unknowns, below which J^T J costs next to nothing
PER_UNKNOWN = 6  # rows of a batch for each unknown, where J^T J is made of them
JACOBIAN_GB = 0.3  # of the rows that are held at a time
SQUARE_GB = 2.0  # of the square matrices, three of them


class Plan(NamedTuple):
    """How the rows of a problem are taken."""

    by_rows: bool  # J J^T, in place of J^T J
    batch: int | None  # rows an iteration looks at; None for all of them


def plan(rows, unknowns) -> Plan:
    """The cheaper of the two systems, for all rows where that takes seconds at most, otherwise for a batch of them.

    J^T J costs rows unknowns^2 + unknowns^3, J J^T costs rows^2 unknowns + rows^3, and holds the Jacobian.

    >>> plan(20, 5251), plan(60_000, 1420), plan(400, 300)
    (Plan(by_rows=True, batch=None), Plan(by_rows=False, batch=8520), Plan(by_rows=False, batch=None))
    """
    held = int(JACOBIAN_GB * 1e9 / 8 / unknowns)
    if unknowns >= FEW and 2 * rows <= unknowns and rows <= held and rows**2 * unknowns <= WORK:
        return Plan(True, None)
    square = 3 * 8 * unknowns**2 <= SQUARE_GB * 1e9
    if square and rows * unknowns**2 + unknowns**3 <= WORK:
        return Plan(False, None)
    few = PER_UNKNOWN * unknowns
    if square and few * unknowns**2 + unknowns**3 <= WORK:
        return Plan(False, few if rows > 2 * few else None)
    most = min(held, int((WORK / unknowns) ** 0.5))
    return Plan(True, most if rows > most else None)


def taken(problem, seed):
    """How Gauss-Newton takes the rows: all or in batches, by J^T J or by J J^T."""
    rows = problem.count_rows()
    by_rows, batch = plan(rows, problem.size)
    if batch is None:
        return {"by_rows": by_rows}
    return {"by_rows": by_rows, "share": batch / rows, "rng": np.random.default_rng(seed)}


class Columns:
    """(J^T J + damping D) v = -J^T y by Cholesky; `problem` stays where it is."""

    def __init__(self, problem):
        self.problem, (self.loss, self.losses, self.gram, self.gradient) = problem, problem.normal()
        self.diagonal = self.gram.diagonal()
        self.factor = None

    def damp(self, damping, scale):
        """Prepare `solve`; False if the matrix is not positive definite."""
        self.factor, failed = cholesky(self.gram, damping * scale)
        return not failed

    def solve(self, y=None):
        """-(J^T J + damping D)^-1 J^T y, for the rows themselves if y is None."""
        slope = self.gradient if y is None else self.problem.pull(y)[0]
        return -torch.cholesky_solve(slope[:, None], self.factor)[:, 0]


class Rows:
    """The same step from the small side: v = -D^-1 J^T (J D^-1 J^T + damping)^-1 y.

    Woodbury's identity, for networks by Guzman-Cordero et al. (2025, arXiv:2505.12149) and Jnini & Vella (arXiv:2505.21404).
    """

    def __init__(self, problem):
        self.loss, self.losses, self.rows, self.jacobian = problem.stacked()
        self.weights = problem.size - sum(v.numel() for v in problem.variables.values())
        self.gradient = self.jacobian.T @ self.rows
        self.diagonal = torch.linalg.vector_norm(self.jacobian, dim=0).square()
        self.scale = self.square = self.factor = None

    def damp(self, damping, scale):
        """Prepare `solve`; False if the matrix is not positive definite."""
        if self.scale is None or not torch.equal(scale, self.scale):
            self.scale = scale.clone()
            n, variables = self.weights, self.jacobian[:, self.weights :]
            self.square = self.jacobian[:, :n] @ self.jacobian[:, :n].T / scale[0]  # all weights have one scale
            self.square += (variables / scale[n:]) @ variables.T
        self.factor, failed = cholesky(self.square, damping)
        return not failed

    def solve(self, y=None):
        """-(J^T J + damping D)^-1 J^T y, for the rows themselves if y is None."""
        y = self.rows if y is None else y
        return -(self.jacobian.T @ torch.cholesky_solve(y[:, None], self.factor)[:, 0]) / self.scale
