"""Days under control: rest stays rest, boluses by hand, a sensor with the correlation that was asked for, a filter that a linear Kalman filter follows."""

from dataclasses import replace

import numpy as np
import pytest

from mmlib import closed_loop as loop
from mmlib.systems.diabetes import Hovorka, MinimalModel

TWO = Hovorka(weight=np.array([60.0, 80.0]))
BASAL = TWO.rest(110.0)[1]
QUIET = np.zeros((36, 2))


def test_rest_under_basal_stays_rest():
    got = loop.day(TWO, loop.FixedDose(BASAL), noise=QUIET, meals={})
    assert abs(got.glucose - 110).max() < 1e-6 and abs(got.sensor - 110).max() < 1e-6
    assert got.insulin == pytest.approx(np.tile(BASAL, (36, 1)))


def test_shares_of_a_day():
    one = loop.Day(np.array([[60.0, 70.0], [100.0, 180.0], [200.0, 181.0], [69.9, 100.0]]), QUIET, QUIET)
    assert one.in_range.tolist() == [25.0, 75.0] and one.below.tolist() == [50.0, 0.0]


def test_sensor_errors_have_the_published_spread_and_memory():
    e = loop.sensor_noise(300, 400, np.random.default_rng(0))
    assert e.std() == pytest.approx(11.0, rel=0.03)
    assert np.corrcoef(e[:-3].ravel(), e[3:].ravel())[0, 1] == pytest.approx(0.7, abs=0.02)


def test_bolus_by_hand():
    """50 g at 4 minutes of basal a gram and 30 mg/dl above target at 2 minutes each: 260 minutes of basal in 5."""
    rule = loop.FixedDose(np.array([10.0]), ratio=4.0, correction=2.0, rate=0.9)
    assert rule.dose(0, np.array([140.0]), np.array([50e3]))[0] == pytest.approx(9 + 10 * 260 / 5)
    assert rule.dose(1, np.array([140.0]), np.array([0.0]))[0] == 9


def test_pid_answers_in_the_right_direction_and_forgets_nothing():
    made = lambda: loop.PID(np.array([10.0]), gain=1.0, integral=100.0, derivative=0.0, feedback=0.0)  # noqa: E731
    zero = np.zeros(1)
    assert made().dose(0, np.array([110.0]), zero)[0] == 10
    assert made().dose(0, np.array([160.0]), zero)[0] == pytest.approx(15)
    rule = made()
    doses = [rule.dose(k, np.array([160.0]), zero)[0] for k in range(3)]
    assert np.diff(doses) == pytest.approx([10 * 50 * 5 / 100 / 100] * 2)  # the integral, by hand
    assert made().dose(0, np.array([0.0]), zero)[0] == 0


def test_insulin_feedback_of_pid_is_the_chain_of_the_model():
    """What the rule expects in plasma follows MinimalModel's insulin."""
    rule = loop.PID(
        np.array([12.4]), gain=0.0, integral=100.0, derivative=0.0, feedback=0.0, ratio=10.0, correction=0.0
    )
    m = MinimalModel()
    y = m.rest()
    for k in range(60):
        u = rule.dose(k, np.array([110.0]), np.array([5e4 if k == 0 else 0.0]))[0]
        y = m.advance(0.0, y, 5.0, u, step=1.0)
        if k in (10, 30, 59):
            assert rule.chain[2][0] == pytest.approx(y[2] / m.Ib, rel=0.12)


def test_a_twin_that_does_not_read_is_the_model():
    model = MinimalModel(SI=np.array([5e-4, 8e-4]))
    blind = loop.TwinControl(model, np.random.default_rng(0), spread=0, reads=False, plans=False)
    y = model.rest()
    for k in range(12):
        carbs = np.full(2, 3e4 if k == 2 else 0.0)
        blind.dose(k, np.full(2, 300.0), carbs)
        y = model.advance(0.0, model.eat(y, carbs), 5.0, blind.basal)
    assert blind.y.mean(axis=2)[:7] == pytest.approx(y[:7])
    assert blind.y.std(axis=2).max() < 1e-12


def test_the_filter_finds_sensitivity_and_the_watcher_forecasts():
    """Patients who are the twin, with 1.5 times its sensitivity: the filter goes there, and its forecasts beat those of a blind one."""
    n = 40
    true = MinimalModel(SI=np.full(n, 9e-4))
    twin = replace(true, SI=np.full(n, 6e-4))
    basal = true.clearance * true.Ib + np.zeros(n)
    meals = {6: (np.full(n, 6e4), np.full(n, 6e4)), 70: (np.full(n, 6e4), np.full(n, 6e4))}
    noise = loop.sensor_noise(140, n, np.random.default_rng(1))
    seen = loop.day(true, loop.FixedDose(basal, ratio=6.0), noise=noise, meals=meals)
    told, at = {k: m[1] for k, m in meals.items()}, np.arange(80, 120)
    error = {}
    for name, options in {"reads": {}, "blind": {"spread": 0, "reads": False}}.items():
        watcher = loop.TwinControl(twin, np.random.default_rng(2), plans=False, **options)
        error[name] = np.sqrt(np.mean((watcher.watch(seen, told, at) - seen.glucose[at + 12]) ** 2))
        if name == "reads":
            assert np.exp(watcher.log_si.mean()) > 7e-4
    assert error["reads"] < 0.8 * error["blind"]


def test_the_truth_expects_what_happens():
    eaten = {3: np.full(2, 4e4)}
    truth = loop.Oracle(TWO, eaten)
    got = loop.day(TWO, truth, noise=QUIET, meals={3: (eaten[3], 0 * eaten[3])})
    assert TWO.glucose(truth.y) == pytest.approx(got.glucose[-1])


def test_drift_is_read_and_not_lived():
    got = loop.day(TWO, loop.FixedDose(BASAL), noise=QUIET, meals={}, drift=36.0)
    assert got.sensor[[0, 18], 0] == pytest.approx([110.0, 128.0]) and abs(got.glucose - 110).max() < 1e-6


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="meals at steps"):
        loop.day(TWO, loop.FixedDose(BASAL), noise=QUIET, meals={40: (0, 0)})
    with pytest.raises(ValueError, match="noise"):
        loop.day(TWO, loop.FixedDose(BASAL), noise=np.full((4, 2), np.nan), meals={})
    with pytest.raises(ValueError, match="steps"):
        loop.sensor_noise(0, 2, np.random.default_rng(0))
