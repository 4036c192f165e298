"""Velocities in the boxes of an image, and what they say at the wall: where a box is entered, and a smoothing spline in the radius."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.interpolate import BSpline

from mmlib import _input
from mmlib.optim import Verdict, brief, judge

__all__ = ["Profile", "box_radii", "fit_profile", "inside", "lumen_boxes"]

POINTS = (np.arange(8) + 0.5) / 8 - 0.5  # of a box, along each side, in sides
KNOTS = np.r_[[0] * 3, np.linspace(0, 1, 9), [1] * 3]  # of cubic splines over the radius
WEIGHTS = np.geomspace(1e-6, 1.0, 25)  # of the roughness, for each reading


@brief
class Profile(NamedTuple):
    """A smooth profile of velocity for each frame: even in the radius, zero at the wall."""

    coef: np.ndarray  # (frames, 9) of the splines [unit of the velocities]
    radius: float  # of the wall [m]
    verdict: Verdict

    @property
    def converged(self) -> bool:
        return self.verdict.converged

    def velocity(self, r):
        """At radii r (n,) [m]: (frames, n)."""
        return self.coef @ _splines(_within(r, self.radius)).T

    def wall_slope(self):
        """Derivative by the radius at the wall: (frames,) [1/s]; the shear stress is minus this times the viscosity."""
        return self.coef @ _splines(np.array([1.0]), 1)[0] / self.radius


def inside(centre, outline, *, side=1e-3):
    """Distances from the axis [m] of those of 64 points of a square box that lie inside of a round outline.

    Parameters
    ----------
    centre : (2,) of the box [m], from the axis.
    outline : radius of the outline [m].
    side : of the box [m].

    >>> inside([0.0, 0.0], 3e-3).size, inside([3e-3, 0.0], 3e-3).size
    (64, 32)
    """
    centre = _input.array(centre, "centre", "(2,)")
    outline = _input.number(outline, "outline", above=0)
    points = POINTS * _input.number(side, "side", above=0)
    distances = np.hypot(*np.meshgrid(*(c + points for c in centre)))
    return distances[distances < outline]


def lumen_boxes(radius, *, side=1e-3, shift=0.3):
    """Centres (n, 2) [m] of the boxes of an image that lie mostly, and with their centre, inside of a tube.

    Parameters
    ----------
    radius : of the tube [m].
    side : of a box [m].
    shift : of the grid against the axis, in sides: an image does not know where the axis is.

    >>> len(lumen_boxes(3e-3))
    28
    """
    radius, side = _input.number(radius, "radius", above=0), _input.number(side, "side", above=0)
    most = int(np.ceil(radius / side)) + 1
    if most > 200:
        raise ValueError(
            f"expected boxes of side no smaller than a 200th of the radius; got {side:g} for {radius:g}. Both are in metres."
        )
    grid = np.stack(np.meshgrid(*[np.arange(-most, most)] * 2), -1).reshape(-1, 2)
    centres = side * (grid + _input.number(shift, "shift"))
    kept = [c for c in centres if len(inside(c, radius, side=side)) > 32 and np.hypot(*c) < radius]
    return np.array(kept).reshape(-1, 2)


def box_radii(centres, outline, *, side=1e-3):
    """Radius [m] at which the mean of each box is entered: the root mean square distance of its part inside of the outline.

    A parabola has its mean over the part exactly there; a box entered at its centre would claim that blood beside the wall runs
    faster than it does.

    Parameters
    ----------
    centres : (n, 2) [m].
    outline : radius of the outline as it was drawn [m].
    side : of a box [m].

    Raises
    ------
    ValueError : a box that has no point inside of the outline.

    >>> box_radii([[0.0, 0.0]], 3e-3).round(6)
    array([0.000405])
    """
    parts = [inside(c, outline, side=side) for c in _input.array(centres, "centres", "(n, 2)")]
    if not all(map(len, parts)):
        raise ValueError("expected boxes that reach inside of the outline; got one that does not. Leave it out.")
    return np.array([np.sqrt((part**2).mean()) for part in parts])


def fit_profile(r, seen, radius) -> Profile:
    r"""Fit cubic splines in the radius to each frame, with one roughness penalty chosen by generalised cross-validation.

    Minimised is $\sum_j (w(r_j) - v_j)^2 + \lambda n \int_0^1 w''^2\, dy$ with $y = r / R$ over splines that are even at the axis and
    zero at the wall; $\lambda$ is the value with the smallest mean square of what is left over
    $(1 - \operatorname{tr} H / n)^2$ (Craven & Wahba 1979, doi:10.1007/BF01404567).

    Parameters
    ----------
    r : array (n,), where velocities were read [m], from 0 to the radius.
    seen : array (frames, n), velocities [m/s].
    radius : float, of the wall [m].

    Raises
    ------
    ValueError : radii outside of the tube, shapes that do not fit, fewer than four readings.

    >>> import numpy as np
    >>> r = np.linspace(0, 2.8e-3, 15)
    >>> found = fit_profile(r, (1 - (r / 3e-3) ** 2)[None], 3e-3)
    >>> round(float(found.wall_slope()[0] * 3e-3), 2)
    -1.96
    """
    radius = _input.number(radius, "radius", above=0)
    r = _input.array(r, "r", "(n,)", least=4)
    seen = _input.array(seen, "seen", "(frames, n)")
    if seen.shape[1] != len(r):
        raise ValueError(
            f"expected seen (frames, {len(r)}), one column for each radius; got shape {seen.shape}. Turn it over?"
        )
    B = _splines(_within(r, radius))
    middle = (np.arange(60) + 0.5) / 60
    rough = _splines(middle, 2).T @ _splines(middle, 2) / 60
    best = np.inf, None
    for weight in WEIGHTS * len(r):
        hat = np.linalg.solve(B.T @ B + weight * rough, B.T)
        left = seen - seen @ hat.T @ B.T
        score = (left**2).mean() / (1 - np.trace(B @ hat) / len(r)) ** 2
        best = min(best, (score, weight))
    coef = seen @ np.linalg.solve(B.T @ B + best[1] * rough, B.T).T
    reason = "least squares with a penalty, in closed form"
    return Profile(coef, radius, judge(loss=float(best[0]), gradient=np.ravel(coef), fall=0.0, reason=reason))


def _splines(y, derivative=0):
    """Values (n, 9) of cubic B-splines that are flat at the axis and zero at the wall, or their derivatives by y."""
    values = [BSpline(KNOTS, e, 3).derivative(derivative)(y) for e in np.eye(11)]
    return np.stack([values[0] + values[1], *values[2:-1]], axis=-1)


def _within(r, radius):
    y = _input.array(r, "r", "(n,)") / radius
    if y.min() < 0 or y.max() > 1 + 1e-9:
        raise ValueError(
            f"expected 0 <= r <= {radius:g} m; got {y.min() * radius:g} to {y.max() * radius:g}. Both are in metres."
        )
    return np.minimum(y, 1.0)
