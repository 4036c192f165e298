"""What comes into `mmlib.surfaces`: places, fields of slopes, frames."""

from __future__ import annotations

import numpy as np

from mmlib import _input

__all__ = ["MIRROR", "field", "known_part", "network_options", "places", "readings", "scales", "unit_frame"]

MIRROR = np.array([1.0, -1.0])


def network_options(slopes, activation, rate):
    if slopes is not None:
        _input.function(slopes, "slopes", "(net, v) that returns slopes (n, 2); None for two outputs")
    _input.function(activation, "activation", "a tensor, such as torch.tanh")
    return _input.number(rate, "a positive decay, decay", least=0, remedy="0 leaves it out; try 4e-3.")


def known_part(known, x):
    if known is None:
        return np.zeros(len(x)), np.zeros((len(x), 2))
    function = _input.function(known, "known", "(places) that returns (g (m,), slopes (m, 2))")
    height, slopes = _input.given(function(x), "known(places)", parts=2, remedy="Return (g, slopes).")
    return _input.given(height, "g of known(places)", (len(x),)), _input.given(
        slopes, "slopes of known(places)", x.shape
    )


def field(slopes):
    """A field, checked where it is called."""
    _input.function(slopes, "slopes", "(places) that returns slopes (m, 2)")

    def checked(x):
        return _input.given(slopes(x), "a field, slopes,", x.shape, remedy="Stack them: np.stack([…, …], axis=1).")

    return checked


def places(x, name: str) -> np.ndarray:
    x = _input.numbers(x, name)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(f"expected {name} (m, 2); got shape {x.shape}. One place? Pass {name}[None].")
    if not np.isfinite(x).all():
        raise ValueError(
            f"expected finite {name}; got NaN or infinity in {(~np.isfinite(x)).any(axis=1).sum()} rows. Drop them."
        )
    _input.sized(x, name)
    return x


def readings(x, mu):
    x, mu = places(x, "x"), places(mu, "mu")
    if x.shape != mu.shape or len(x) < 8:
        raise ValueError(
            f"expected x and mu (n, 2) with n of at least eight; got {x.shape} and {mu.shape}. One row a place."
        )
    return x, mu


def unit_frame(x, frame):
    """Origin (2,) and matrix (2, 2) that take x into the unit square."""
    if frame is None:
        low, high = x.min(axis=0), x.max(axis=0)
        if (high == low).any():
            raise ValueError(
                "expected places that differ in both coordinates; got all of them on one line. Add others."
            )
        return low, np.diag(1 / (high - low))
    if not isinstance(frame, list | tuple) or len(frame) != 2:
        raise ValueError(
            f"expected frame as (origin (2,), matrix (2, 2)); got {frame!r}. Leave it out for the data's box."
        )
    origin, matrix = (
        _input.array(frame[0], "origin of frame", "(2,)"),
        _input.array(frame[1], "matrix of frame", "(2, 2)"),
    )
    u = (x - origin) @ matrix
    if u.min() < -1e-9 or u.max() > 1 + 1e-9:
        raise ValueError(
            f"expected a frame that takes all x into the unit square; got {u.min():.3g} to {u.max():.3g}. Leave it out."
        )
    return origin, matrix


def scales(x, even, box):
    """Middle (2,) and a quarter of the width (2,) of the box."""
    seen = np.vstack([x, x * MIRROR]) if even else x
    low, high = np.array([seen.min(axis=0), seen.max(axis=0)]) if box is None else _input.array(box, "box", "(2, 2)").T
    if not (low < high).all() or (even and low[1] != -high[1]):
        raise ValueError(
            f"expected a box with low < high, symmetric about zero where even=True; got {low} to {high}. Leave it out."
        )
    return (low + high) / 2, (high - low) / 4
