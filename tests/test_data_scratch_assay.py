"""Scratch assays: the table has the shape and the sizes that its source describes."""

import numpy as np
import pytest

from mmlib import data


def test_table_is_the_record():
    assay = data.scratch_assay()
    assert assay.cells.tolist() == [10000, 12000, 14000, 16000, 18000, 20000]
    assert assay.t.tolist() == [0, 12, 24, 36, 48]
    assert np.diff(assay.x) == pytest.approx(50.0) and assay.x[0] == 25
    assert np.isfinite(assay.density).all() and assay.density.min() == 0


def test_numbers_are_whole_cells():
    """A column is 50 um wide and 1430 um high: times its area, a density in cells/um^2 is a whole number of cells."""
    cells = data.scratch_assay().density * 1e-3 * 50 * 1430
    assert cells == pytest.approx(np.round(cells), abs=1e-4)


def test_more_cells_at_the_start_and_with_time():
    """Confluence grows with the number of cells placed, and the population at least doubles in two days."""
    mean = data.scratch_assay().density.mean(axis=(1, 3))
    assert (np.diff(mean, axis=0) > 0).all() and (np.diff(mean, axis=1) > 0).all()
    assert (mean[:, -1] / mean[:, 0] > 2).all()
    # a scratch is there: its middle is empty at the start
    assert (data.scratch_assay().density[:, :, 0, 20:25].mean(axis=(1, 2)) < 0.05).all()
