"""Trials: a test recovers a twin's own constants, rows are copied in order, tuning finds the better setting, window forecasts of a patient who is the twin."""

import numpy as np
import pytest

from mmlib import closed_loop, data, virtual_trial
from mmlib.systems.diabetes import MinimalModel, cohort

TIME = data.glucose_tolerance().time


def test_a_test_of_a_minimal_model_gives_its_constants_back():
    n = 30
    model = MinimalModel(SI=np.full(n, 8e-4), V=np.full(n, 120.0))
    found, twin = virtual_trial.tested(
        model, model.clearance * model.Ib + np.zeros(n), np.full(n, 75.0), TIME, np.random.default_rng(0)
    )
    assert 8.2e-4 < np.median(found.SI) < 9.4e-4  # between readings part of the peak of insulin is missed
    assert np.median(twin.V) == pytest.approx(120.0, rel=0.05)
    assert np.median(found.rms) == pytest.approx(0.02, rel=0.15)
    assert np.median(twin.clearance) == pytest.approx(1.24, rel=0.03)


def test_rows_are_copied_in_order():
    some = virtual_trial.some_day(cohort(3, np.random.default_rng(0)), np.random.default_rng(1))
    twice = some.rows([2, 0, 2])
    assert (twice.patients.SIT == some.patients.SIT[[2, 0, 2]]).all() and (
        twice.noise == some.noise[:, [2, 0, 2]]
    ).all()
    assert all((twice.meals[k][0] == some.meals[k][0][[2, 0, 2]]).all() for k in some.meals)


def test_days_spread_as_stated():
    some = virtual_trial.some_day(cohort(400, np.random.default_rng(0)), np.random.default_rng(1))
    assert np.log(some.patients.scale).std() == pytest.approx(0.15, rel=0.1)
    assert np.log(some.meals[12][0] / 50e3).std() == pytest.approx(0.2, rel=0.1)
    kin = virtual_trial.some_day(MinimalModel(SI=np.full(400, 1e-3)), np.random.default_rng(1))
    assert np.log(kin.patients.tG / 40).std() == pytest.approx(0.2, rel=0.1)
    assert np.log(kin.patients.SI / 1e-3).std() == pytest.approx(0.15, rel=0.1)


def test_tuning_takes_the_better_setting():
    some = virtual_trial.some_day(cohort(4, np.random.default_rng(0)), np.random.default_rng(1))
    basal = some.patients.rest(110.0)[1]
    make = lambda which, s: closed_loop.FixedDose(basal[which], **s)  # noqa: E731
    best, scores = virtual_trial.tune(make, {"rate": np.array([3.0, 1.0, 0.0])}, some, lambda day: day.in_range)
    assert best == {"rate": 1.0} and scores.argmax() == 1
    one = virtual_trial.run(some, closed_loop.FixedDose(basal)).in_range.mean()
    assert scores[1] == pytest.approx(one)


def test_a_window_forecasts_a_patient_who_is_the_twin():
    n = 20
    model = MinimalModel(SI=np.full(n, 8e-4), SG=np.full(n, 0.02), Gb=np.full(n, 110.0))
    meals = {6: (np.full(n, 6e4), np.full(n, 6e4)), 60: (np.full(n, 7e4), np.full(n, 7e4))}
    basal = model.clearance * model.Ib + np.zeros(n)
    seen = closed_loop.day(
        model,
        closed_loop.FixedDose(basal, ratio=5),
        noise=closed_loop.sensor_noise(120, n, np.random.default_rng(1)),
        meals=meals,
    )
    at, got = virtual_trial.window(model, seen, meals, last=107)
    error = np.sqrt(np.mean((got - seen.glucose[at + 12]) ** 2))
    assert error < 0.75 * np.sqrt(np.mean((seen.sensor[at] - seen.glucose[at + 12]) ** 2))


def test_weights_must_be_weights():
    with pytest.raises(ValueError, match="weight"):
        virtual_trial.tested(
            MinimalModel(SI=np.full(2, 1e-3)), np.full(2, 12.4), [-1.0, 2.0], TIME, np.random.default_rng(0)
        )


def test_rows_by_a_mask_are_those_by_their_places():
    some = cohort(3, np.random.default_rng(0))
    chosen = [virtual_trial.choose(some, which).SIT for which in ([0, 2], np.array([True, False, True]), [0.0, -1.0])]
    assert all((one == some.SIT[[0, 2]]).all() for one in chosen)
