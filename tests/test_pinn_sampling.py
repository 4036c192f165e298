"""Points drawn anew: uniform, from one generator alone, and with the published chances."""

import numpy as np
import pytest

from mmlib import pinn
from mmlib.pinn import dde
from mmlib.pinn.sampling import uniform_points

SQUARE = dde.geometry.Rectangle([0, -1], [2, 3])


def test_uniform_points_fill_the_geometry_evenly():
    x = uniform_points(SQUARE, 20_000, np.random.default_rng(0))
    assert x.shape == (20_000, 2) and x.dtype == np.float64
    assert x.mean(axis=0) == pytest.approx([1, 1], abs=0.03)
    assert x.var(axis=0) == pytest.approx([4 / 12, 16 / 12], rel=0.03)
    other = uniform_points(SQUARE, 20_000, np.random.default_rng(1))
    assert not np.array_equal(x, other)
    assert np.array_equal(x, uniform_points(SQUARE, 20_000, np.random.default_rng(0)))


class Problem:
    """Points and a residual that is known."""

    data = type("Data", (), {"geom": SQUARE})
    points = np.zeros((50, 2))

    def residual_size(self, x):
        self.pool = x
        return np.exp(x[:, 0])


class Chosen:
    """A generator whose choice is looked at."""

    def __init__(self):
        self.rng = np.random.default_rng(2)

    def integers(self, *a):
        return self.rng.integers(*a)

    def choice(self, count, size, replace, p):
        self.asked = count, size, replace, p
        return np.arange(size)


@pytest.mark.parametrize(("power", "floor"), [(1.0, 1.0), (2.0, 0.0), (0.5, 3.0)])
def test_chances_are_those_of_residual_based_sampling(power, floor):
    """Wu et al. 2023: |residual|^k / its mean + c, made to add up to one; no point twice."""
    problem, rng = Problem(), Chosen()
    drawn = pinn.Resample(candidates=400, power=power, floor=floor).draw(problem, rng)
    size = np.exp(power * problem.pool[:, 0])
    chance = size / size.mean() + floor
    count, number, replace, p = rng.asked
    assert (count, number, replace) == (400, 50, False) and p == pytest.approx(chance / chance.sum(), rel=1e-12)
    assert p.sum() == pytest.approx(1) and np.array_equal(drawn, problem.pool[:50])


def test_anchors_stay_and_excluded_points_do_not_come():
    """Excluded is a whole half of the interval, by a list of its candidates."""
    line = dde.geometry.Interval(0, 1)
    pool = uniform_points(line, 300, np.random.default_rng(5))
    data = dde.data.PDE(
        line, lambda x, u: u, [], num_domain=40, num_boundary=0, anchors=np.array([[0.25], [0.5]]), exclusions=pool[pool[:, 0] > 0.6]
    )  # fmt: skip
    problem = type(
        "P",
        (),
        {
            "data": data,
            "points": np.asarray(data.train_x_all, dtype=float),
            "residual_size": lambda self, x: 1 + x[:, 0],
        },
    )()
    new = pinn.Resample(candidates=300).draw(problem, np.random.default_rng(5))
    assert len(new) == len(problem.points) and new[:2].tolist() == [[0.25], [0.5]]
    assert new[2:].max() <= 0.6 and len(np.unique(new)) == len(new)
