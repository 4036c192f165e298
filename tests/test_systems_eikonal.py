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
