"""Gauss's methods: the published tableau of three stages, the conditions of order, and the error of a step."""

import numpy as np
import pytest

from mmlib.collocation import gauss


def test_three_stages_are_the_published_ones():
    """Butcher's tableau of order six (Hairer & Wanner 1996, table IV.5.2)."""
    r = np.sqrt(15)
    a = [
        [5 / 36, 2 / 9 - r / 15, 5 / 36 - r / 30],
        [5 / 36 + r / 24, 2 / 9, 5 / 36 - r / 24],
        [5 / 36 + r / 30, 2 / 9 + r / 15, 5 / 36],
    ]
    got = gauss(3)
    np.testing.assert_allclose(got.a, a, atol=1e-15)
    np.testing.assert_allclose(got.b, [5 / 18, 4 / 9, 5 / 18], atol=1e-15)
    np.testing.assert_allclose(got.c, [0.5 - r / 10, 0.5, 0.5 + r / 10], atol=1e-15)


def test_one_stage_is_the_midpoint_rule():
    assert [v.tolist() for v in gauss(1)] == [[[0.5]], [1.0], [0.5]]


@pytest.mark.parametrize("q", [1, 2, 5, 16, 100, 300])
def test_stages_integrate_powers_below_q_and_the_sum_twice_as_many(q):
    a, b, c = gauss(q)
    powers = np.unique(np.r_[np.arange(1, min(q, 12) + 1), q])
    for k in powers:
        np.testing.assert_allclose(a @ c ** (k - 1), c**k / k, atol=1e-14)
    for k in np.unique(np.r_[powers, 2 * q]):
        assert b @ c ** (k - 1) == pytest.approx(1 / k, abs=1e-14)


@pytest.mark.parametrize("q", [1, 2, 3])
def test_a_step_has_twice_its_stages_as_order(q):
    """y' = y: the step is a rational function, whose error falls with the power 2 q + 1 of its length."""
    a, b, _ = gauss(q)
    error = [abs(1 + h * b @ np.linalg.solve(np.eye(q) - h * a, np.ones(q)) - np.exp(h)) for h in (0.2, 0.1)]
    assert np.log2(error[0] / error[1]) == pytest.approx(2 * q + 1, abs=0.2)


@pytest.mark.parametrize("bad", [0, -3, 2.5, "four", None, True])
def test_stages_are_counted(bad):
    with pytest.raises((ValueError, TypeError), match="stages"):
        gauss(bad)
