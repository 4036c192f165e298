"""Populations over candidates: closed forms, a linear population that is known, refusals."""

import numpy as np
import pytest
from scipy import stats

from mmlib import mixed_effects
from mmlib.mixed_effects import expect, fit_population, likelihood


def test_likelihood_is_that_of_a_free_level():
    """Integrated over the level by brute force, two candidates differ by the same factor."""
    curves, readings = np.array([[0.0, 1.0, 3.0], [0.0, 0.5, 1.0]]), np.array([[7.0, 7.8, 9.9]])
    levels = np.linspace(-30, 30, 20001)[:, None]
    by_hand = [np.exp(-(((readings[0] - levels - f) / 0.6) ** 2).sum(axis=1) / 2).sum() for f in curves]
    found = likelihood(curves, readings, error=0.6)[0]
    assert found.max() == 1
    assert found[1] / found[0] == pytest.approx(by_hand[1] / by_hand[0], rel=1e-6)


def test_the_level_does_not_matter():
    rng = np.random.default_rng(0)
    curves, readings = rng.standard_normal((50, 4)), rng.standard_normal((5, 4))
    moved = likelihood(curves + 3, readings - 100 * np.arange(5)[:, None], error=0.3)
    assert moved == pytest.approx(likelihood(curves, readings, error=0.3), abs=1e-9)


T = np.array([0.0, 1.0, 2.0])


def line(z):
    """Curves with slope z and no level."""
    return z * T


def test_a_known_population_is_found():
    """Four hundred patients with z ~ N(1, 0.3^2) read with error 0.2: mean and spread come back, from a start at N(0, 1)."""
    rng = np.random.default_rng(1)
    patients = 1 + 0.3 * rng.standard_normal((400, 1))
    readings = 5 + patients * T + 0.2 * rng.standard_normal((400, 3))
    found = fit_population(line, readings, error=0.2, normal=rng.standard_normal((4000, 1)), worth=0.0)
    assert found.mean[0] == pytest.approx(patients.mean(), abs=0.03)
    assert found.cov[0, 0] ** 0.5 == pytest.approx(0.3, abs=0.03)


def test_it_agrees_with_the_closed_form_of_a_linear_model():
    """A slope of each patient by least squares has variance S + error^2 / sum of squares: moments give mean and S."""
    rng = np.random.default_rng(4)
    readings = (0.5 + 0.8 * rng.standard_normal((300, 1))) * T + 0.5 * rng.standard_normal((300, 3))
    slopes = (readings[:, 2] - readings[:, 0]) / 2  # least squares at 0, 1, 2
    found = fit_population(line, readings, error=0.5, normal=rng.standard_normal((4000, 1)), worth=0.0, stages=20)
    assert found.mean[0] == pytest.approx(slopes.mean(), abs=0.02)
    assert found.cov[0, 0] == pytest.approx(slopes.var() - 0.5**2 / 2, rel=0.08)


@pytest.mark.parametrize("offset", [-4.0, 0.0, 4.0])
def test_a_wrong_first_guess_is_left_behind(offset):
    """Candidates that stay at the guess are too few near the patients, four spreads away."""
    rng = np.random.default_rng(5)
    readings = (0.3 * rng.standard_normal((100, 1))) * T + 0.1 * rng.standard_normal((100, 3))
    normal = rng.standard_normal((2000, 1))
    found = fit_population(lambda z: line(z + offset), readings, error=0.1, normal=normal, worth=0.0)
    assert found.mean[0] + offset == pytest.approx((readings[:, 2] / 2).mean(), abs=0.05)
    assert found.cov[0, 0] ** 0.5 == pytest.approx(0.3, abs=0.05)


def test_candidates_are_drawn_from_the_population():
    normal = np.random.default_rng(2).standard_normal((5000, 2))
    t = np.array([0.0, 1.0, 2.0, 4.0])
    readings = np.array([[0.0, 1.0, 4.0, 16.0], [0.0, 2.0, 5.0, 15.0]])
    found = fit_population(lambda z: z[:, :1] * t + z[:, 1:] * t**2, readings, error=0.5, normal=normal)
    assert found.z.mean(axis=0) == pytest.approx(found.mean, abs=0.05)
    assert np.cov(found.z.T) == pytest.approx(found.cov, abs=0.08)


def test_without_patients_it_is_the_first_guess():
    normal = np.random.default_rng(3).standard_normal((10, 2))
    for nobody in (None, np.empty((0, 3))):
        found = fit_population(lambda z: z[:, :1] * T, nobody, error=0.1, normal=normal)
        assert found.z == pytest.approx(normal) and found.mean == pytest.approx(0)
        assert found.cov == pytest.approx(np.eye(2))


def test_the_first_guess_of_the_spread_counts_as_many_patients():
    """One patient at the guess, known exactly: the covariance tends to worth I / (1 + worth)."""
    normal = np.random.default_rng(6).standard_normal((20000, 1))
    found = fit_population(line, [[3.0, 3.0, 3.0]], error=0.02, normal=normal, worth=3.0)
    assert found.mean == pytest.approx(0, abs=0.02) and found.cov[0, 0] == pytest.approx(0.75, abs=0.01)


def test_expectations_weigh_candidates_by_the_readings():
    assert expect(np.array([[1.0, 0.5]]), np.array([10.0, 40.0])) == pytest.approx([20.0])


def test_densities_and_draws_are_those_of_scipy():
    rng = np.random.default_rng(8)
    z, factor = rng.standard_normal((6, 3)), rng.standard_normal((3, 3))
    mean, cov = rng.standard_normal(3), factor @ factor.T
    found, exact = mixed_effects._log_density(z, mean, cov), stats.multivariate_normal(mean, cov).logpdf(z)
    assert found - exact == pytest.approx(np.full(6, 1.5 * np.log(2 * np.pi)), abs=1e-9)
    drawn = mixed_effects._draw(rng.standard_normal((200_000, 3)), mean, cov)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.02) and np.cov(drawn.T) == pytest.approx(cov, abs=0.1)


@pytest.mark.parametrize(("stages", "rounds"), [(1, 1), (1, 3), (2, 2)])
def test_stages_and_rounds_are_those_of_the_formulas(stages, rounds):
    """Sums over patients and candidates one by one, with the densities of SciPy."""
    rng = np.random.default_rng(9)
    t = np.array([0.0, 1.0, 3.0])
    readings = rng.standard_normal((4, 2)) @ [t, t**2 / 3] + 0.1 * rng.standard_normal((4, 3))
    normal = rng.standard_normal((40, 2))

    def curves(z):
        return z @ np.array([t, t**2 / 3])

    mean, cov = np.zeros(2), np.eye(2)
    for _ in range(stages):
        proposal = stats.multivariate_normal(mean, 2 * cov)
        z = mean + normal @ np.linalg.cholesky(2 * cov).T
        for _ in range(rounds):
            w = stats.multivariate_normal(mean, cov).pdf(z) / proposal.pdf(z)
            share = np.zeros((4, 40))
            for i, y in enumerate(readings):
                off = [y - y.mean() - (f - f.mean()) for f in curves(z)]
                like = np.exp([-(o @ o) / (2 * 0.7**2) for o in off])
                share[i] = w * like / (w * like).sum()
            mean = (share[:, :, None] * z).sum(axis=(0, 1)) / 4
            spread = sum(r * np.outer(x - mean, x - mean) for row in share for r, x in zip(row, z, strict=True))
            cov = (spread + 2.5 * np.eye(2)) / (4 + 2.5)
    found = fit_population(curves, readings, error=0.7, normal=normal, stages=stages, rounds=rounds, worth=2.5)
    assert found.mean == pytest.approx(mean, rel=1e-9) and found.cov == pytest.approx(cov, rel=1e-9)
    assert found.z == pytest.approx(mean + normal @ np.linalg.cholesky(cov).T, rel=1e-9)


NORMAL = np.zeros((4, 1))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: likelihood([[0.0, 1.0]], [[0.0, 1.0, 2.0]], error=0.1), "same times"),
        (lambda: likelihood([[0.0]], [[0.0]], error=0.1), "two or more times"),
        (lambda: likelihood([[0.0, 1.0]], [[0.0, 1.0]], error=0.0), "positive error"),
        (lambda: likelihood([[0.0, np.nan]], [[0.0, 1.0]], error=0.1), "finite"),
        (lambda: likelihood([0.0, 1.0], [[0.0, 1.0]], error=0.1), "rows, columns"),
        (lambda: fit_population(line, [[0.0, 1.0]], error=0.1, normal=NORMAL), "same times"),
        (lambda: fit_population(line, [[0.0, np.inf, 1.0]], error=0.1, normal=NORMAL), "finite"),
        (lambda: fit_population(line, [[0.0, 1.0, 2.0]], error=0.1, normal=NORMAL, worth=-1.0), "worth"),
        (lambda: fit_population(line, [[0.0, 1.0, 2.0]], error=0.1, normal=NORMAL, stages=0), "stages"),
        (lambda: fit_population(line, [[0.0, 1.0, 2.0]], error=0.1, normal=np.zeros(4)), "rows, columns"),
    ],
)
def test_what_cannot_be_fitted_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
