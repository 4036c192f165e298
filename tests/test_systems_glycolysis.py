"""Yeast glycolysis: against the equations written out a second time, with the constants of the paper."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

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


RUOFF = np.array([1.187, 0.193, 0.05, 0.115, 0.077, 2.475, 0.077])  # state at which public code of the model begins


def test_rates_at_ruoffs_state_are_those_of_another_program():
    """iSINDy (niallmm/iSINDy, yeastglycolysisNM.m) prints these, to three digits; its k = 18 stands inside the bracket."""
    expected = {"S1": 1.929, "S2": -0.105, "S3": -0.151, "S4": -0.160, "S5": 0.005, "S6": -1.871, "S7": -0.089}
    rates = dict(zip(Glycolysis.names, Glycolysis().rhs(0.0, RUOFF), strict=True))
    assert rates == pytest.approx(expected, abs=6e-4)


def test_it_oscillates_with_the_known_period_and_range_of_atp():
    """Period 1.168 min, ATP between 0.141 and 2.664 mM: another program with the constants of the paper."""
    run = solve_ivp(Glycolysis().rhs, (0, 30), RUOFF, "LSODA", dense_output=True, rtol=1e-9, atol=1e-10)
    t = np.linspace(20, 30, 20001)
    atp = run.sol(t)[5]
    up = np.flatnonzero((atp[:-1] < 1) & (atp[1:] >= 1))
    assert np.diff(t[up]) == pytest.approx(1.168, abs=1.1e-3)
    assert [atp.min(), atp.max()] == pytest.approx([0.141, 2.664], abs=1e-3)


def test_the_start_is_that_of_the_published_code_and_near_the_limit_cycle():
    start = (0.50144272, 1.95478666, 0.19788759, 0.14769148, 0.16059078, 0.16127341, 0.06404702)
    assert Glycolysis().start == start
    run = solve_ivp(Glycolysis().rhs, (0, 40), start, "LSODA", dense_output=True, rtol=1e-9, atol=1e-10)
    cycle = run.sol(np.linspace(38, 39.3, 4001))
    size = np.ptp(cycle, axis=1)[:, None]
    away = [np.linalg.norm((cycle - run.sol(n * 1.168)[:, None]) / size, axis=0).min() for n in (0, 1, 5)]
    assert away[0] > 0.5 and 0.02 < away[1] < 0.05 and away[2] < 0.005  # as the comment says


@pytest.mark.parametrize("kind", [list, tuple])
def test_states_may_be_plain_numbers(kind):
    assert Glycolysis().rhs(0.0, np.array(kind(RUOFF))) == pytest.approx(Glycolysis().rhs(0.0, RUOFF[:, None])[:, 0])
