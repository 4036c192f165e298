"""The measured tolerance test: shape, extremes, sums."""

import numpy as np

from mmlib import data


def test_table_is_the_record():
    time, glucose, insulin = data.glucose_tolerance()
    assert len(time) == 24 and (np.diff(time) > 0).all()
    assert (time[0], time[-1], glucose[0], glucose[1], insulin[0], insulin.max()) == (0, 182, 92, 350, 11, 130)
    assert (time.sum(), glucose.sum(), insulin.sum()) == (1284, 3701, 712)
    assert (glucose.argmin(), glucose.min()) == (17, 77)
