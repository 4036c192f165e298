"""The published table of errors for Burgers' equation."""

import numpy as np
import pytest

from mmlib import data


def test_cells_are_those_of_the_two_tables():
    cells = data.raissi_burgers_table()
    one, two = (cells.table == k for k in (1, 2))
    assert one.sum() == 36 and two.sum() == 12
    assert sorted(set(cells.n_data[one])) == [20, 40, 60, 80, 100, 200]
    assert sorted(set(cells.n_residual[one])) == [2000, 4000, 6000, 7000, 8000, 10000]
    assert set(cells.layers[one]) == {8} and set(cells.width[one]) == {40}
    assert set(cells.n_data[two]) == {200} and set(cells.n_residual[two]) == {10000}
    assert len(set(zip(*cells[:5], strict=True))) == 48


def test_known_figures():
    """With 100 and 10,000 points the authors' file says 6.7e-4; one network stands in both tables, with two errors."""
    cells = data.raissi_burgers_table()
    example = (cells.table == 1) & (cells.n_data == 100) & (cells.n_residual == 10000)
    assert cells.error[example] == pytest.approx(6.7e-4)
    twice = (cells.layers == 8) & (cells.width == 40) & (cells.n_data == 200) & (cells.n_residual == 10000)
    assert cells.error[twice] == pytest.approx([4.9e-4, 5.6e-4])


def test_trend_recomputed():
    """Least squares of log10 error on log10 of both numbers of points, computed elsewhere from the printed table."""
    cells = data.raissi_burgers_table()
    one = cells.table == 1
    columns = np.column_stack([np.ones(36), np.log10(cells.n_data[one]), np.log10(cells.n_residual[one])])
    coef = np.linalg.lstsq(columns, np.log10(cells.error[one]), rcond=None)[0]
    assert coef == pytest.approx([7.848, -2.247, -1.476], abs=2e-3)
