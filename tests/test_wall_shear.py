"""Boxes of an image and a spline in the radius: against closed forms and SciPy's own smoothing spline."""

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline

from mmlib import wall_shear

R = 3e-3


def test_a_parabola_has_the_mean_of_a_box_at_its_radius():
    for centre in ([0.3e-3, 0.3e-3], [2.3e-3, 1.3e-3]):
        r = wall_shear.inside(centre, R)
        assert 1 - (wall_shear.box_radii([centre], R)[0] / R) ** 2 == pytest.approx((1 - (r / R) ** 2).mean())


def test_the_part_inside_is_the_area_inside():
    """Of a box whose centre lies on a far wall, one half; all points of a box in the middle."""
    assert len(wall_shear.inside([0.0, 0.0], R)) == 64
    assert len(wall_shear.inside([1.0, 0.0], 1.0)) == 32
    spread = wall_shear.inside([0.0, 0.0], R, side=2e-3)
    assert (spread**2).mean() == pytest.approx(2 * 4e-6 / 12 * (1 - 1 / 64), rel=1e-9)  # of 8 points a side


def test_boxes_lie_mostly_inside_and_are_shifted():
    boxes = wall_shear.lumen_boxes(R)
    assert (boxes / 1e-3 - 0.3).round(6) == pytest.approx((boxes / 1e-3 - 0.3).round(), abs=1e-6)
    assert np.hypot(*boxes.T).max() < R
    assert len(boxes) * 1e-6 == pytest.approx(np.pi * R**2, rel=0.1)
    assert len({tuple(b) for b in boxes.round(9)}) == len(boxes)


def test_exact_profiles_come_back():
    r = np.linspace(0, 2.9e-3, 40)
    found = wall_shear.fit_profile(r, np.stack([1 - (r / R) ** 2, 2 - 2 * (r / R) ** 4]), R)
    at = np.array([0.0, 1.0e-3, R])
    assert found.velocity(at) == pytest.approx(np.stack([1 - (at / R) ** 2, 2 - 2 * (at / R) ** 4]), abs=0.01)
    assert found.wall_slope() * R == pytest.approx([-2, -8], rel=0.08)


def test_noise_is_smoothed_as_by_another_spline():
    """SciPy's smoothing spline on the profile mirrored at the axis, with the wall as a heavy reading."""
    rng = np.random.default_rng(1)
    r = np.sort(rng.uniform(0.05, 0.95, 60))

    def clear(y):
        return 1 - y**2 + 0.2 * np.cos(1.5 * np.pi * y)

    seen = clear(r) + 0.05 * rng.standard_normal(60)
    found = wall_shear.fit_profile(r * R, seen[None], R)
    x = np.r_[-1, -r[::-1], r, 1]
    other = make_smoothing_spline(x, np.r_[0, seen[::-1], seen, 0], w=np.r_[1e3, np.ones(120), 1e3])
    middle = np.linspace(0, 0.9, 50)

    def off(v):
        return np.sqrt(((v - clear(middle)) ** 2).mean())

    assert off(found.velocity(middle * R)[0]) < 1.3 * off(other(middle)) + 0.005
    assert off(found.velocity(middle * R)[0]) < 0.03
