"""Closed forms of growth laws against SciPy's solution of their differential equations."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib import growth_laws as laws

T = np.array([0.0, 0.7, 3.0, 9.0])
V0, K, R = 2.0, 50.0, 0.4
EQUATIONS = {
    "exponential": ([np.log(V0), -R], lambda v: -R * v),
    "gompertz": ([np.log(V0), np.log(K), np.log(R)], lambda v: R * v * np.log(K / v)),
    "logistic": ([np.log(V0), np.log(K), np.log(R)], lambda v: R * v * (1 - v / K)),
    "richards": ([np.log(V0), np.log(K), np.log(R), np.log(2.5)], lambda v: R / 2.5 * v * (1 - (v / K) ** 2.5)),
    "bertalanffy": ([np.log(V0), np.log(K), np.log(R)], lambda v: 3 * R * (K ** (1 / 3) * v ** (2 / 3) - v)),
    "constant": ([np.log(V0)], lambda v: 0 * v),
}


@pytest.mark.parametrize("name", EQUATIONS)
@pytest.mark.parametrize("start", [V0, 80.0])
def test_closed_form_solves_the_equation(name, start):
    theta, slope = EQUATIONS[name]
    theta = [np.log(start), *theta[1:]]
    run = solve_ivp(lambda _, v: slope(v), (0, T[-1]), [start], t_eval=T, rtol=1e-10, atol=1e-12)
    assert getattr(laws, name)([theta], T)[0] == pytest.approx(np.log(run.y[0]), abs=1e-7)


def test_shrink_and_grow_is_a_sum_of_two_populations():
    found = laws.shrink_and_grow([[np.log(V0), np.log(0.3), np.log(0.05)]], T)[0]
    assert found == pytest.approx(np.log(V0 * (np.exp(-0.3 * T) + np.exp(0.05 * T) - 1)), abs=1e-12)


def test_rows_have_their_own_times():
    theta = np.array([[0.0, 3.0, -1.0], [1.0, 2.0, 0.0]])
    both = laws.gompertz(theta, np.array([[0.0, 1.0], [2.0, 5.0]]))
    assert both[1] == pytest.approx(laws.gompertz(theta[1:], [2.0, 5.0])[0])


def test_a_root_below_zero_is_no_size():
    assert np.isnan(laws.bertalanffy([[np.log(1e3), 0.0, 0.0]], [-9.0])).sum() == 0  # larger before: a size
    assert np.isnan(laws.bertalanffy([[0.0, np.log(1e3), 0.0]], [-9.0])).all()  # smaller before: none
