"""The benchmark pairs: their closed-form facts."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from mmlib.systems.multi_fidelity import (
    covariance,
    forrester_high,
    forrester_low,
    perdikaris_high,
    perdikaris_low,
    related_curves,
    saturated_high,
)


def test_forrester_minimum_is_where_the_docstring_says():
    low = minimize_scalar(forrester_high, bounds=(0.6, 0.9), method="bounded", options={"xatol": 1e-10})
    assert low.x == pytest.approx(0.75725, abs=5e-6)
    assert low.fun == pytest.approx(-6.02074, abs=5e-6)
    assert forrester_high(np.linspace(0, 1, 10001)).min() == pytest.approx(low.fun, abs=1e-5)


def test_forrester_known_values():
    assert forrester_high(1 / 3) == pytest.approx(0, abs=1e-15)
    assert forrester_high(1.0) == pytest.approx(16 * np.sin(8))
    assert forrester_low(0.0) == pytest.approx(0.5 * 4 * np.sin(-4) - 10)


def test_the_forrester_pair_is_linear_with_rho_two():
    x = np.linspace(0, 1, 50)
    rho, constant, slope = np.linalg.lstsq(
        np.column_stack([forrester_low(x), np.ones_like(x), x]), forrester_high(x), rcond=None
    )[0]
    assert (rho, constant, slope) == pytest.approx((2, 20, -20), abs=1e-10)


def test_perdikaris_pair_is_barely_correlated_and_one_determines_the_other():
    x = np.linspace(0, 1, 4001)
    low, high = perdikaris_low(x), perdikaris_high(x)
    assert np.corrcoef(low, high)[0, 1] ** 2 < 0.011  # 1 % of the variance: a line is of no use
    assert np.allclose(high, (x - np.sqrt(2)) * low**2)
    assert high.max() <= 0 and high.min() == pytest.approx(1 / 16 - np.sqrt(2), abs=1e-3)
    assert perdikaris_low(np.arange(9) / 8) == pytest.approx(np.zeros(9), abs=1e-13)


def test_scalars_lists_and_arrays():
    for f in (forrester_high, forrester_low, perdikaris_high, perdikaris_low):
        assert f(0.3) == pytest.approx(f([0.3])[0]) == pytest.approx(f(np.array([0.3]))[0])


def test_the_saturated_pair_against_values_worked_by_hand():
    """tanh 6 = (1 - e^-12) / (1 + e^-12); at a zero of the sine the reading is zero."""
    flat = (1 - np.exp(-12)) / (1 + np.exp(-12))
    assert saturated_high([1 / 16, 3 / 16]) == pytest.approx(
        [(1 / 16 - 2**0.5) * flat, -(3 / 16 - 2**0.5) * flat], rel=1e-12
    )
    assert saturated_high(np.arange(9) / 8) == pytest.approx(np.zeros(9), abs=1e-12)


def test_related_curves_have_the_stated_correlations_and_covariance():
    """4,000 draws: variance 1, neighbours by their link, ends of the chain by the product, points by the Gaussian."""
    rng = np.random.default_rng(7)
    draws = np.array([related_curves(rng, [0.9, -0.6], length=0.2, points=6) for _ in range(4000)])
    at = draws[:, :, 2]  # every source at one dose
    assert np.cov(at.T) == pytest.approx(np.array([[1, 0.9, -0.54], [0.9, 1, -0.6], [-0.54, -0.6, 1]]), abs=0.06)
    x = np.linspace(0, 1, 6)
    for source in range(3):
        expected = [np.exp(-((x[2] - x[k]) ** 2) / (2 * 0.2**2)) for k in range(6)]
        assert draws[:, source, 2] @ draws[:, source] / 4000 == pytest.approx(expected, abs=0.06)
    assert covariance(x, 0.2)[2] == pytest.approx(expected, abs=2e-9)


@pytest.mark.parametrize(("options", "word"), [({"links": [1.1]}, "between -1 and 1"), ({"links": 0.9}, "correlations"),
    ({"links": [0.9], "length": 0}, "above 0"), ({"links": [0.9], "points": 1}, "at least 2")])  # fmt: skip
def test_chains_that_cannot_be(options, word):
    with pytest.raises(ValueError, match=word):
        related_curves(np.random.default_rng(0), **options)
