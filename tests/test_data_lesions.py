"""Lesions: counts of the table, and what its header says was done."""

import numpy as np

from mmlib import data


def test_table_is_the_record():
    found = data.lesions()
    assert len(found) == 578 and sum(len(x.day) for x in found) == 4783
    assert min(len(x.day) for x in found) == 6 and max(len(x.day) for x in found) == 16
    assert all((np.diff(x.day) > 0).all() and (x.diameter > 0).all() for x in found)
    assert sorted({x.study for x in found}) == [1, 2, 3, 4, 5]
    assert [sum(x.study == k for x in found) for k in (1, 2, 3, 4, 5)] == [31, 65, 183, 257, 42]


def test_first_and_last_rows_are_those_of_the_source():
    first, last = data.lesions()[0], data.lesions()[-1]
    assert (first.day[0], first.diameter[0], last.day[-1], last.diameter[-1]) == (-21.0, 13.0, 626.0, 10.0)
