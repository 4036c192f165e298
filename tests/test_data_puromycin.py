"""Puromycin: the table is the one that R and its textbooks fit."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from mmlib import data


@pytest.mark.parametrize(("state", "readings", "total"), [("treated", 12, 1699.0), ("untreated", 11, 1218.0)])
def test_table_is_the_record(state, readings, total):
    s, v = data.puromycin(state)
    assert len(s) == len(v) == readings
    assert v.sum() == total
    assert sorted(set(s)) == [0.02, 0.06, 0.11, 0.22, 0.56, 1.1]


def test_treated_gives_what_r_prints():
    """`nls(rate ~ SSmicmen(conc, Vm, K))`: Vm 212.68370711, K 0.06412123; standard errors 6.947 and 0.008281; residual sum of squares 1195.449."""
    s, v = data.puromycin()

    def law(s, V, K):
        return V * s / (K + s)

    found, covariance = curve_fit(law, s, v, [200, 0.05])
    assert found == pytest.approx([212.68370711, 0.06412123], rel=2e-5)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([6.947, 0.008281], rel=1e-3)
    assert np.sum((v - law(s, *found)) ** 2) == pytest.approx(1195.449, abs=1e-3)


def test_another_state_is_refused():
    with pytest.raises(ValueError, match="expected state 'treated' or 'untreated'; got 'dead'"):
        data.puromycin("dead")
