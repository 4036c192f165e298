"""The benchmark pairs: their closed-form facts."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from mmlib.systems.multi_fidelity import forrester_high, forrester_low, perdikaris_high, perdikaris_low


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
