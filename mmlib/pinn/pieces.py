"""Some points of one condition, and the function that gives its rows there."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch

from mmlib.pinn.backend import dde

__all__ = ["MEASURED", "PAIRED", "Piece", "part_of"]

PAIRED = (dde.icbc.PeriodicBC, dde.icbc.Interface2DBC)  # their rows compare two points, n/2 apart
MEASURED = (dde.icbc.PointSetBC, dde.icbc.PointSetOperatorBC)


@dataclass
class Piece:
    """Some points of one condition (or of all residuals of the equation) and the function that gives their rows."""

    indices: list[int]  # of the conditions it contributes to
    x: np.ndarray
    error: callable  # (x, y) tensors -> list of tensors, one per index
    paired: bool = False


def _once(function):
    """Evaluate once. DeepXDE caches values by the address of the points, which a later array may come to share."""
    known = []

    def call(x, begin, end, _):
        if not known:
            known.append(function(x[begin:end]))
        return known[0]

    return call


def part_of(bc, x, rows, device):
    """The condition `bc` restricted to some rows of its points: these points, and the function that gives its error."""
    part = copy.copy(bc)
    x = np.ascontiguousarray(x[rows])
    for name in ("func", "boundary_normal"):
        raw = getattr(getattr(bc, name, None), "__wrapped__", None)
        if raw is not None and not isinstance(bc, (dde.icbc.RobinBC, dde.icbc.OperatorBC, *MEASURED)):
            setattr(part, name, _once(raw))
    if isinstance(bc, MEASURED):
        part.batch_size = None  # its own batches of readings: we take all of them, or batches of ours
        values = bc.values.to(device=device, dtype=torch.float64)
        part.points, part.values = x, values[rows] if values.ndim and len(values) == len(bc.points) else values

    def error(inputs, outputs):
        return [part.error(x, inputs, outputs, 0, len(x))]

    return x, error
