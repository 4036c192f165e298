"""EGF and Akt: shape, corners, and sums of the table as the collection states it."""

import numpy as np
import pytest

from mmlib import data


def test_table_is_the_record():
    cells = data.egf_akt()
    assert cells.dose.tolist() == [0.1, 0.3, 1, 3, 10, 30]
    assert cells.t.tolist() == [0, 1, 2, 5, 10, 15, 30, 60]
    assert cells.receptor.shape == cells.akt.shape == cells.s6.shape == (6, 8) and cells.sd.shape == (3, 6, 8)
    assert not any(x[:, 0].any() for x in (cells.receptor, cells.akt, cells.s6))
    assert cells.akt[5, 1] == 0.997262 and cells.s6[2, 6] == 1.000149 and cells.receptor[3, 1] == 0.487809
    assert cells.sd[1, 2, 1] == 0.1 and cells.sd[2, 1, 6] == 0.1 and cells.sd[0, 5, 3] == 0.2


def test_receptor_and_s6_are_decoupled():
    """The paper's finding: the receptor answers most to the strongest step, S6 to a weaker one that lasts."""
    cells = data.egf_akt()
    assert [float(cells.dose[x.max(axis=1).argmax()]) for x in (cells.receptor, cells.akt, cells.s6)] == [30, 30, 1]
    assert np.trapezoid(cells.s6, cells.t, axis=1).argmax() == 2
    sums = [
        x.sum() for x in (cells.receptor, cells.akt, cells.s6)
    ]  # of the column "measurement" of the collection, by another program
    assert sums == pytest.approx([5.87374, 12.065, 13.3609], abs=6e-4)
