"""Theophylline in serum: shape, extremes, and a fit of one subject, against slips in the table."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from mmlib import data


def test_table_is_the_record():
    record = data.theophylline()
    assert len(record.time) == 132
    assert (np.bincount(record.subject.astype(int))[1:] == 11).all()
    assert (record.time[::11] == 0).all() and (np.diff(record.time.reshape(12, 11)) > 0).all()
    assert record.concentration.max() == 11.4
    assert record.dose.min() == 3.1 and record.dose.max() == 5.86


def test_first_subject_fits_as_it_did():
    """Least squares in the parametrisation of R's `SSfol`: the numbers are ours, kept so that a changed reading is seen."""
    subject, dose, time, concentration = data.theophylline()
    first = subject == 1

    def first_order(t, lKe, lKa, lCl):
        ke, ka = np.exp(lKe), np.exp(lKa)
        return dose[0] * np.exp(lKe + lKa - lCl) * (np.exp(-ke * t) - np.exp(-ka * t)) / (ka - ke)

    found, _ = curve_fit(first_order, time[first], concentration[first], [-2.5, 0.5, -3])
    assert found == pytest.approx([-2.9196, 0.5752, -3.9159], abs=2e-4)
    left = concentration[first] - first_order(time[first], *found)
    assert np.sqrt(left @ left / 8) == pytest.approx(0.732, abs=5e-4)
