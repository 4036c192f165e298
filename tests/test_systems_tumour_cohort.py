"""The tumour cohort: closed form against an integrator, populations against their stated moments."""

import dataclasses

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib.systems.tumour_cohort import Patients, TumourCohort


@pytest.mark.parametrize("cohort", [TumourCohort(), TumourCohort(resistance=40.0)])
def test_closed_form_solves_the_equation(cohort):
    patients = cohort.draw(5, rng=np.random.default_rng(1))
    t = np.linspace(0, 52, 14)
    change = cohort.log_change(patients, t)
    for k in range(5):
        size, growth, kill, fading, switch = (float(p[k]) for p in patients)

        def rate(s, log_y, growth=growth, kill=kill, fading=fading, switch=switch):
            if s < switch:
                return [growth - kill * np.exp(-fading * s)]
            return [growth]

        referee = solve_ivp(rate, (0, 52), [0.0], t_eval=t, max_step=0.02, rtol=1e-8, atol=1e-10).y[0]
        assert change[k] == pytest.approx(referee, abs=3e-3 * (1 + kill / 0.05))


def test_before_the_drug_fails_the_two_cohorts_are_the_same():
    kept, failing = TumourCohort(), TumourCohort(resistance=40.0)
    a, b = (c.draw(300, rng=np.random.default_rng(2)) for c in (kept, failing))
    t = np.array([0.0, 8.0, 16.0])
    still = b.switch > 16
    assert np.array_equal(a.kill, b.kill)
    assert kept.log_change(a, t)[still] == pytest.approx(failing.log_change(b, t)[still], abs=1e-12)
    assert (failing.log_change(b, [52.0]) >= kept.log_change(a, [52.0]) - 1e-12).all(), "failure never shrinks a tumour"


def test_population_has_the_stated_moments():
    cohort = TumourCohort(resistance=40.0)
    patients = cohort.draw(40_000, rng=np.random.default_rng(3))
    for name in ("size", "growth", "kill", "fading"):
        logs = np.log(getattr(patients, name))
        assert logs.mean() == pytest.approx(np.log(getattr(cohort, name)), abs=0.02)
        assert logs.std() == pytest.approx(getattr(cohort, f"{name}_sd"), rel=0.02)
    assert patients.switch.mean() == pytest.approx(40, rel=0.03)
    assert np.isinf(TumourCohort().draw(3, rng=np.random.default_rng(3)).switch).all()


def test_constants_are_those_of_the_sources():
    """0.058 per gram and week at 3.825 g every four weeks; observers agree within 19.5 %."""
    cohort = TumourCohort()
    assert cohort.kill == pytest.approx(0.058 * 3.825 / 4, rel=1e-3)
    assert 1.96 * np.sqrt(2) * cohort.error == pytest.approx(0.195, abs=2e-3)


def test_few_tumours_outgrow_the_body():
    cohort = TumourCohort()
    patients = cohort.draw(20_000, rng=np.random.default_rng(5))
    size = patients.size * np.exp(cohort.log_change(patients, [52.0])[:, 0])
    assert (size > 400).mean() < 0.03


def test_nadir_of_the_typical_patient():
    """The tumour is smallest where growth and kill balance: t = ln(k_D / k_L) / lambda."""
    cohort = TumourCohort()
    t = np.linspace(0, 60, 6001)
    smallest = t[cohort.log_change(cohort.typical(), t)[0].argmin()]
    assert smallest == pytest.approx(np.log(cohort.kill / cohort.growth) / cohort.fading, abs=0.02)


def test_error_is_relative():
    cohort = TumourCohort()
    patients = Patients(*(np.repeat(p, 20_000) for p in cohort.typical()))
    read = np.log(cohort.measure(patients, [0.0, 52.0], rng=np.random.default_rng(4)))
    assert read.std(axis=0) == pytest.approx([0.07, 0.07], rel=0.03)
    assert read.mean(axis=0) == pytest.approx(
        np.log(80) + cohort.log_change(cohort.typical(), [0.0, 52.0])[0], abs=0.003
    )


def test_messages():
    cohort = TumourCohort()
    with pytest.raises(ValueError, match="positive number of patients.*got 0"):
        cohort.draw(0, rng=np.random.default_rng(0))
    for wrong in ([-1.0], [np.nan], [[0.0, 1.0]]):
        with pytest.raises(ValueError, match="Treatment starts at 0"):
            cohort.log_change(cohort.typical(), wrong)
    for name, value in (("kill", -0.1), ("growth_sd", np.nan), ("error", -0.1), ("resistance", 0.0)):
        with pytest.raises(ValueError, match=f"expected {name}"):
            dataclasses.replace(cohort, **{name: value})


def test_patients_and_readings_come_from_the_generator_alone():
    cohort = TumourCohort(resistance=40.0)
    one, same, other = (cohort.draw(5, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    for field in Patients._fields:
        assert (getattr(one, field) == getattr(same, field)).all()
        assert (getattr(one, field) != getattr(other, field)).all(), field
    a, b, c = (cohort.measure(one, [3.0], rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (a == b).all() and (a != c).all()


def test_rates_of_a_patient_are_independent():
    patients = TumourCohort(resistance=40.0).draw(20_000, rng=np.random.default_rng(6))
    logs = np.log(np.stack(patients))
    assert np.corrcoef(logs) == pytest.approx(np.eye(5), abs=0.03)


def test_typical_patient_is_the_median_one():
    cohort = TumourCohort(size=70.0, growth=0.02, kill=0.06, fading=0.05, resistance=30.0)
    assert np.concatenate(cohort.typical()).tolist() == [70.0, 0.02, 0.06, 0.05, np.inf]
