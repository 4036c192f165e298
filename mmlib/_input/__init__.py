"""One gate: what comes in from a user is looked at here, by every module alike, before anything is computed.

Each function returns the value in the form that the library computes with, or raises a ValueError (a TypeError where the
kind of object is wrong) that says what was expected, what was got and what to do next.
"""

from __future__ import annotations

from mmlib._input.clocks import even, grain, series, steps, times
from mmlib._input.functions import function, given
from mmlib._input.shapes import bounds, distinct, kind, listed, positives, structure, wholes
from mmlib._input.values import (
    OLD,
    array,
    axes,
    choice,
    device,
    flag,
    generator,
    in_time,
    number,
    numbers,
    order_one,
    path,
    plain,
    seed,
    seeds,
    shown,
    sized,
    sizes,
    values,
    whole,
)  # fmt: skip

__all__ = [
    "OLD",
    "array",
    "axes",
    "bounds",
    "choice",
    "device",
    "distinct",
    "even",
    "flag",
    "function",
    "generator",
    "given",
    "grain",
    "in_time",
    "kind",
    "listed",
    "number",
    "numbers",
    "order_one",
    "path",
    "plain",
    "positives",
    "seed",
    "seeds",
    "series",
    "shown",
    "sized",
    "sizes",
    "steps",
    "structure",
    "times",
    "values",
    "whole",
    "wholes",
]
