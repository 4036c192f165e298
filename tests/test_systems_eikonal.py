import numpy as np
import pytest

from mmlib.systems.eikonal import TwoFronts

SHEET = TwoFronts()


def test_it_solves_the_eikonal_equation_away_from_the_collision():
    x = np.random.default_rng(0).random((400, 2))
    x = x[(SHEET.collision_distance(x) > 0.02) & (SHEET.activation(x) > 0.02)]
    h, e = 1e-6, np.eye(2)
    slope = [(SHEET.activation(x + h * d) - SHEET.activation(x - h * d)) / (2 * h) for d in e]
    assert SHEET.velocity(x) * np.hypot(*slope) == pytest.approx(1, abs=1e-6)


def test_collision_line():
    t = np.linspace(0.3, 0.9, 50)
    line = np.stack([t, t], axis=1)
    meeting = line[np.argmin(SHEET.collision_distance(line))]
    assert np.hypot(*meeting) == pytest.approx(0.7 * np.hypot(*(meeting - 1)), abs=0.02)
    assert SHEET.collision_distance(meeting[None] + [[0.05, 0.05]])[0] == pytest.approx(0.05 * np.sqrt(2), abs=0.02)


def test_messages():
    with pytest.raises(ValueError, match="One point a row"):
        SHEET.activation([0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="finite"):
        SHEET.activation([[0.1, np.nan]])


def test_distance_from_the_collision_is_the_gap_over_its_slope():
    """To first order a function is as far from its zero as its value over the size of its gradient."""
    sheet = TwoFronts(ratio=0.6)
    x, h = np.random.default_rng(1).uniform(0.1, 0.9, (50, 2)), 1e-6
    gap = lambda x: np.hypot(*x.T) - 0.6 * np.hypot(*(x - 1).T)  # noqa: E731
    slope = np.hypot(*[(gap(x + h * d) - gap(x - h * d)) / (2 * h) for d in np.eye(2)])
    assert sheet.collision_distance(x) == pytest.approx(abs(gap(x)) / slope, rel=1e-6)


def test_arrival_times_and_velocities_are_the_published_formula():
    x = np.array([[0.0, 0.0], [0.6, 0.8], [1.0, 0.0], [0.9, 1.0], [1.0, 1.0]])
    assert SHEET.activation(x) == pytest.approx([0, 0.7 * np.hypot(0.4, 0.2), 0.7, 0.07, 0], abs=1e-12)
    assert SHEET.velocity(x) == pytest.approx([1, 1 / 0.7, 1 / 0.7, 1 / 0.7, 1 / 0.7])


def test_the_two_velocities_in_metres_a_second():
    first = SHEET.millimetres / SHEET.milliseconds
    assert [first, first / SHEET.ratio] == pytest.approx([0.6, 0.857], abs=1e-3)


@pytest.mark.parametrize("slope", [-0.5, 0.8])
def test_velocities_that_change_along_x(slope):
    """The eikonal equation by differences; along y = 0 the time is a logarithm; a tiny slope is the published map."""
    sheet, h = TwoFronts(slope=slope), 1e-6
    x = np.random.default_rng(2).random((300, 2))
    x = x[(sheet.collision_distance(x) > 0.02) & (sheet.activation(x) > 0.02)]
    by = [(sheet.activation(x + h * d) - sheet.activation(x - h * d)) / (2 * h) for d in np.eye(2)]
    assert sheet.velocity(x) * np.hypot(*by) == pytest.approx(1, abs=1e-6)
    along = np.array([[0.1, 0.0], [0.3, 0.0]])
    assert sheet.activation(along) == pytest.approx(np.log(1 + slope * along[:, 0]) / slope, rel=1e-9)
    assert TwoFronts(slope=1e-5).activation(x) == pytest.approx(SHEET.activation(x), abs=1e-4)
    gap = lambda x: np.subtract(*sheet.arrivals(x))  # noqa: E731
    size = np.hypot(*[(gap(x + h * d) - gap(x - h * d)) / (2 * h) for d in np.eye(2)])
    assert sheet.collision_distance(x) == pytest.approx(abs(gap(x)) / size, rel=1e-5)


def test_a_velocity_stays_positive():
    with pytest.raises(ValueError, match="above -1"):
        TwoFronts(slope=-1.0)
