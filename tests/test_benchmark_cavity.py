"""The cavity of the benchmark: its reference against differences, a closed form and printed values; faults are seen."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from benchmarks import cavity
from benchmarks.problem import relative, space_time
from benchmarks.problems import cavity as problem


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


AT = space_time((np.arange(20) + 0.5) / 20, (np.arange(20) + 0.5) / 20)


def kovasznay(x, y):
    """A stream function that solves the stationary equation in closed form, its derivatives, and its pressure (Kovasznay 1948)."""
    rate = cavity.RE / 2 - np.sqrt(cavity.RE**2 / 4 + 4 * np.pi**2)
    wave = 2 * np.pi
    f = {
        (a, b): -(rate**a) * np.exp(rate * x) * wave ** (b - 1) * np.sin(wave * y + b * np.pi / 2)
        for a, b in cavity.ORDERS
    }
    f[0, 0], f[0, 1] = f[0, 0] + y, f[0, 1] + 1
    return f, -np.exp(2 * rate * x) / 2


def test_what_is_told_meets_the_walls_and_the_lid_and_has_the_slopes_it_says():
    s, zero = np.linspace(0.01, 0.99, 9), np.full(9, 1e-13)
    for x, y in ((zero, s), (1 - zero, s), (s, zero), (s, 1 - zero)):
        f = cavity.known(x, y)
        moving = cavity.lid(x) if y[0] > 0.9 and y[-1] > 0.9999 else 0 * s
        assert np.abs([f[0, 0], f[1, 0], f[0, 1] - moving]).max() < 1e-9
    h, x, y = 1e-4, np.array([0.2, 0.7]), np.array([0.8, 0.4])
    for a, b in [(a, b) for a, b in cavity.ORDERS if a + b < 4]:
        by_x = (cavity.known(x + h, y)[a, b] - cavity.known(x - h, y)[a, b]) / (2 * h)
        by_y = (cavity.known(x, y + h)[a, b] - cavity.known(x, y - h)[a, b]) / (2 * h)
        assert cavity.known(x, y)[a + 1, b] == pytest.approx(by_x, rel=1e-4, abs=1e-4)
        assert cavity.known(x, y)[a, b + 1] == pytest.approx(by_y, rel=1e-4, abs=1e-4)


def test_the_reference_converges_and_differences_come_to_it():
    fine = cavity.spectral(AT, 24)
    assert relative(cavity.spectral(AT, 20), fine) < 5e-4
    assert relative(cavity.spectral(AT, 20)[:, :2], fine[:, :2]) < 1e-4
    errors = [relative(cavity.Staggered(n)(AT)[:, :2], fine[:, :2]) for n in (24, 48)]
    assert errors[1] < 8e-3 and errors[0] / errors[1] > 3  # second order, nearly, with the ends of the lid


def test_differences_have_the_printed_extrema_of_the_plain_lid():
    """Extrema of the velocity on both centre lines, Re 100: Botella and Peyret (1998), as programs quote them; extrapolated from two grids."""

    def extrema(n):
        s = np.linspace(0, 1, 2001)
        flow = cavity.Staggered(n, moving=lambda x: 1 + 0 * x)
        u, v = flow(np.c_[0 * s + 0.5, s])[:, 0], flow(np.c_[s, 0 * s + 0.5])[:, 1]
        return np.array([u.min(), v.max(), v.min()])

    coarse, fine = extrema(32), extrema(64)
    assert (4 * fine - coarse) / 3 == pytest.approx([-0.2140424, 0.1795728, -0.2538030], abs=2e-4)


def test_equation_and_pressure_hold_for_a_closed_form():
    x, y = AT.T
    f, p = kovasznay(x, y)
    rest, slopes = cavity.vorticity_equation(f, cavity.RE)
    assert np.abs(rest).max() < 1e-9
    for order, slope in slopes.items():
        moved = f | {order: f[order] + 1e-6}
        assert (cavity.vorticity_equation(moved, cavity.RE)[0] - rest) / 1e-6 == pytest.approx(slope, abs=1e-3)
    found = cavity.pressure(cavity.pressure_slopes(f), x, y, AT, 12, singular=False)
    assert found == pytest.approx(p - kovasznay(0.0, 0.0)[1], abs=1e-7)
    stream = problem.from_stream(lambda at: kovasznay(*at.T)[0][0, 0])
    xx, yy = space_time(problem.MIDDLES, problem.MIDDLES).T
    f, p = kovasznay(xx, yy)
    assert relative(stream, np.column_stack([f[0, 1], -f[1, 0], p + 0.5])) < 1e-6


@pytest.mark.parametrize("fault", ["viscosity", "lid", "pressure"])
def test_a_planted_fault_is_seen(fault):
    """Differences with another viscosity, a faster lid or a shifted pressure are further away than sound ones of the same grid."""
    options = {"viscosity": {"re": 80.0}, "lid": {"moving": lambda x: 1.1 * cavity.lid(x)}, "pressure": {}}[fault]
    flow, sound = cavity.Staggered(48, **options), cavity.Staggered(48)
    shift = np.array([0, 0, 0.05 if fault == "pressure" else 0])
    shift_of = lambda at: shift * (at[:, :1] > 0)  # noqa: E731
    wrong = problem.error(lambda at: flow(at) + shift_of(at), None)
    assert wrong > 2.5 * problem.error(sound, None)
    constant = problem.error(lambda at: sound(at) + [0, 0, 7.0], None)
    assert constant == pytest.approx(problem.error(sound, None))  # a pressure is known up to a constant
