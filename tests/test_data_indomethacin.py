"""Indomethacin in plasma: the table is the one that R's manual fits."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from mmlib import data


def test_table_is_the_record():
    record = data.indomethacin()
    assert len(record.time) == 66
    assert (np.bincount(record.subject.astype(int))[1:] == 11).all()
    assert sorted(set(record.time)) == [0.25, 0.5, 0.75, 1, 1.25, 2, 3, 4, 5, 6, 8]
    assert (record.concentration > 0).all()
    assert record.concentration.max() == 2.72


def test_first_subject_gives_the_coefficients_of_the_manual():
    """`example(SSbiexp)` in R fits two exponentials to subject 1: A1 2.0293, lrc1 0.5794, A2 0.1916, lrc2 -1.7878."""
    subject, time, concentration = data.indomethacin()

    def biexponential(t, A1, lrc1, A2, lrc2):
        return A1 * np.exp(-np.exp(lrc1) * t) + A2 * np.exp(-np.exp(lrc2) * t)

    first = subject == 1
    found, _ = curve_fit(biexponential, time[first], concentration[first], [3, 1, 0.6, -1.3])
    assert found == pytest.approx([2.0293, 0.5794, 0.1916, -1.7878], abs=2e-4)
