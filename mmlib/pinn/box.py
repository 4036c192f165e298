"""Bounds of the variables of an inverse problem."""

from __future__ import annotations

import numpy as np
import torch

from mmlib import _input

__all__ = ["Box", "box_of"]

WALL = 1e30  # in place of the scale of a variable that rests at its bound: it does not move


class Box:
    """Lowest and highest value of each unknown; those of the weights are infinite."""

    def __init__(self, low, high, names):
        self.low, self.high, self.names = low, high, names

    def inside(self, theta):
        """The nearest unknowns within the bounds."""
        return torch.minimum(torch.maximum(theta, self.low), self.high)

    def held(self, theta, gradient):
        """Which of them rest at a bound that the loss would cross."""
        return ((theta <= self.low) & (gradient > 0)) | ((theta >= self.high) & (gradient < 0))

    def resting(self, theta, gradient):
        """Their names."""
        held = self.held(theta, gradient)[-len(self.names) :].tolist()
        return [name for name, at in zip(self.names, held, strict=True) if at]


def box_of(problem, bounds):
    """`Box` from a dict name -> (low, high); None without bounds. The starts must lie within."""
    if not bounds:
        return None
    if not isinstance(bounds, dict) or not set(bounds) <= set(problem.variables):
        raise ValueError(
            f"expected bounds as a dict by the names of variables, {sorted(problem.variables)}; got {_input.shown(bounds)}. "
            "Such as bounds={'k': (0, 10)}."
        )
    low, high = (torch.full_like(problem.get(), sign * torch.inf) for sign in (-1, 1))
    names, start = [], problem.size - sum(v.numel() for v in problem.variables.values())
    for name, variable in problem.variables.items():
        size = variable.numel()
        names += [name] if size == 1 else [f"{name}[{j}]" for j in range(size)]
        if name in bounds:
            pair = _pair(name, bounds[name])
            low[start : start + size], high[start : start + size] = float(pair[0]), float(pair[1])
            if not bool(((variable >= pair[0]) & (variable <= pair[1])).all()):
                raise ValueError(
                    f"expected variable {name!r} to start within its bounds, {pair[0]:g} to {pair[1]:g}; got "
                    f"{variable.detach().tolist()}. Start it inside: dde.Variable({_middle(*pair):.3g})."
                )
        start += size
    return Box(low, high, names)


def _pair(name, pair):
    """Two numbers, the lower one first; an end may be open."""
    if not isinstance(pair, list | tuple | np.ndarray) or len(pair) != 2:
        raise ValueError(
            f"expected bounds of {name!r} as (low, high), low below high; got {_input.shown(pair)}. An open end is np.inf."
        )
    low, high = (
        _input.number(v, f"each of the bounds of {name!r}", finite=False, remedy="An open end is np.inf.") for v in pair
    )
    if not low < high:
        raise ValueError(
            f"expected bounds of {name!r} as (low, high), low below high; got {_input.shown(pair)}. Exchange them."
        )
    return low, high


def _middle(low, high):
    if low > -float("inf") and high < float("inf"):
        return (low + high) / 2
    return low + 1 if low > -float("inf") else high - 1
