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


@pytest.mark.parametrize("weight", [1e-3, 3e-2, 1.0])
def test_the_penalised_spline_is_the_minimum_that_the_docstring_states(monkeypatch, weight):
    """A second writing: all eleven B-splines, the two conditions as constraints, the roughness by Gauss's rule, one weight."""
    from scipy.interpolate import BSpline

    monkeypatch.setattr(wall_shear, "WEIGHTS", np.array([weight]))
    rng = np.random.default_rng(2)
    r = np.sort(rng.uniform(0, 0.97, 30))
    seen = np.stack([1 - r**2, 1 - r**4 + 0.3 * np.sin(9 * r)]) + 0.05 * rng.standard_normal((2, 30))
    B = BSpline.design_matrix(r, wall_shear.KNOTS, 3).toarray()
    nodes, share = np.polynomial.legendre.leggauss(3)
    ends = np.linspace(0, 1, 9)
    at = ((ends[:-1, None] + ends[1:, None]) / 2 + nodes / 16).ravel()
    bent = np.stack([BSpline(wall_shear.KNOTS, e, 3).derivative(2)(at) for e in np.eye(11)], axis=1)
    rough = bent.T * np.tile(share / 16, 8) @ bent
    flat = BSpline(wall_shear.KNOTS, np.eye(11), 3).derivative(1)(0.0)
    held = np.stack([flat, np.eye(11)[10]])
    system = np.block([[B.T @ B + weight * 30 * rough, held.T], [held, np.zeros((2, 2))]])
    coef = np.linalg.solve(system, np.concatenate([B.T @ seen.T, np.zeros((2, 2))]))[:11].T
    found, y = wall_shear.fit_profile(r * R, seen, R), np.linspace(0, 1, 41)
    right = coef @ BSpline.design_matrix(y, wall_shear.KNOTS, 3).toarray().T
    assert found.velocity(y * R) == pytest.approx(right, abs=4e-3 * np.abs(right).max())


def test_the_weight_has_the_smallest_score_of_cross_validation(monkeypatch):
    """Scores by the formula of Craven and Wahba from fits with one weight each: the search takes the best of them."""
    rng = np.random.default_rng(5)
    r = np.sort(rng.uniform(0, 0.97, 40))
    seen = (1 - r**2 + 0.1 * np.cos(7 * r) + 0.1 * rng.standard_normal(40))[None]
    alone, scores = [], []
    full = wall_shear.fit_profile(r * R, seen, R).coef
    for weight in wall_shear.WEIGHTS:
        with monkeypatch.context() as m:
            m.setattr(wall_shear, "WEIGHTS", np.array([weight]))
            fit = lambda v: wall_shear.fit_profile(r * R, v, R)  # noqa: E731
            alone.append(fit(seen).coef)
            hat = fit(np.eye(40)).velocity(r * R)
            scores.append(((seen - fit(seen).velocity(r * R)) ** 2).mean() / (1 - np.trace(hat) / 40) ** 2)
    assert 0 < np.argmin(scores) < 24
    assert full == pytest.approx(alone[int(np.argmin(scores))], abs=1e-12)


def test_a_wall_is_a_wall_to_the_last_bit():
    r = np.linspace(0, 2.9e-3, 20)
    found = wall_shear.fit_profile(r, (1 - (r / R) ** 2)[None], R)
    assert (found.velocity([R, R * (1 + 5e-10)]) == 0).all()
    with pytest.raises(ValueError, match="expected 0 <= r"):
        found.velocity([R * (1 + 1e-8)])


def test_the_grid_moves_with_its_shift_and_its_side():
    here, there = wall_shear.lumen_boxes(R, shift=0.0), wall_shear.lumen_boxes(R, shift=1.0)
    assert {tuple(b) for b in here.round(9)} == {tuple(b) for b in there.round(9)}, "a whole side is no shift"
    assert wall_shear.lumen_boxes(2 * R, side=2e-3) == pytest.approx(2 * wall_shear.lumen_boxes(R), abs=1e-12)
    lost = [c for c in np.mgrid[-4:4, -4:4].reshape(2, -1).T * 1e-3 + 0.3e-3 if tuple(c.round(9)) not in {tuple(b) for b in wall_shear.lumen_boxes(R).round(9)}]  # fmt: skip
    assert all(len(wall_shear.inside(c, R)) <= 32 or np.hypot(*c) >= R for c in lost) and len(lost) == 36
