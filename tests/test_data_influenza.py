"""Titres of six volunteers: the table is the record that Baccam et al. describe."""

import numpy as np
import pytest

from mmlib import data


def test_table_is_the_record():
    volunteer, day, titre = data.influenza_titres()
    assert list(volunteer) == [1, 2, 3, 4, 5, 6]
    assert list(day) == [1, 2, 3, 4, 5, 6, 7]
    assert titre.shape == (6, 7)
    assert np.isnan(titre[:, 6]).all() and np.isnan(titre).sum() == 7
    assert np.nanmin(titre) == 0.8 and np.nanmax(titre) == 7.5


def test_about_half_of_the_volunteers_have_two_peaks():
    """The abstract: for about 50 % of patients the curve of titre against time has two peaks."""
    filled = np.nan_to_num(data.influenza_titres().titre)
    peaks = [sum(row[k - 1] < row[k] > row[k + 1] for k in range(1, 6)) for row in filled]
    assert np.mean(np.array(peaks) >= 2) == pytest.approx(0.5, abs=0.17)
