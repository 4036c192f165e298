"""Yeast glycolysis: against the equations written out a second time, with the constants of the paper."""

import numpy as np
import pytest

from mmlib.systems.glycolysis import Glycolysis


def paper(s):
    """Ruoff, Christensen, Wolf and Heinrich (2003), doi:10.1016/S0301-4622(03)00191-1, as used by Daniels and Nemenman."""
    s1, s2, s3, s4, s5, s6, s7 = s
    first = 100.0 * s1 * s6 / (1.0 + (s6 / 0.52) ** 4)
    return np.array([
        2.5 - first,
        2.0 * first - 6.0 * s2 * (1.0 - s5) - 12.0 * s2 * s5,
        6.0 * s2 * (1.0 - s5) - 16.0 * s3 * (4.0 - s6),
        16.0 * s3 * (4.0 - s6) - 100.0 * s4 * s5 - 13.0 * (s4 - s7),
        6.0 * s2 * (1.0 - s5) - 100.0 * s4 * s5 - 12.0 * s2 * s5,
        -2.0 * first + 2.0 * 16.0 * s3 * (4.0 - s6) - 1.28 * s6,
        0.1 * 13.0 * (s4 - s7) - 1.8 * s7,
    ])  # fmt: skip


def test_rates_are_those_of_the_paper():
    states = np.random.default_rng(7).uniform(0.05, 0.9, (7, 40)) * np.array([2, 2, 1, 1, 1, 3, 1])[:, None]
    assert Glycolysis().rhs(0.0, states) == pytest.approx(paper(states), rel=1e-12, abs=1e-12)
