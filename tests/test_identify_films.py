"""Rows of films: polynomials at pixels and weighted windows, against closed forms and many draws of noise."""

import numpy as np
import pytest
from scipy import stats

from mmlib import identify

X, T = np.linspace(0, 6, 121), np.linspace(0, 1, 81)
HEAT = 2 + np.exp(-T)[:, None] * np.sin(X)  # solves u_t = u_xx


def noisy(seed, sd=0.01, clean=HEAT):
    return clean + sd * np.random.default_rng(seed).standard_normal(clean.shape)


def rows(film, **options):
    return identify.field_problem(X, T, film, **dict(powers=[1], window=(31, 21)) | options)


def heat(p):
    return identify.refit(p, np.array([[t == "u_xx" for t in p.terms]]))


@pytest.mark.parametrize("smooth", [True, False])
def test_pixels_give_polynomials_exactly(smooth):
    """A film that is a polynomial of the fitted degrees has exact rates and candidates."""
    u = (1 + X + 0.1 * X**3) * (1 + 2 * T + T**2)[:, None]
    p = identify.pointwise_problem(
        X, T, u, powers=(1, 2), derivatives=(0, 1, 2), window=(11, 9), degree=(4, 3), smooth=smooth, thin=(1, 1)
    )
    inside = slice(4, -4), slice(5, -5)
    column = dict(zip(p.terms, p.theta.T, strict=True))
    ux = ((1 + 0.3 * X**2) * (1 + 2 * T + T**2)[:, None])[inside].ravel()
    uxx = ((0.6 * X) * (1 + 2 * T + T**2)[:, None])[inside].ravel()
    v = u[inside].ravel()
    assert p.dydt[:, 0] == pytest.approx(((1 + X + 0.1 * X**3) * (2 + 2 * T)[:, None])[inside].ravel(), rel=1e-8)
    assert column["u_x"] == pytest.approx(ux, rel=1e-7)
    assert column["(u^2)_x"] == pytest.approx(2 * v * ux, rel=1e-7)
    assert column["(u^2)_xx"] == pytest.approx(2 * ux**2 + 2 * v * uxx, rel=1e-6)


def test_both_forms_name_the_same_candidates_in_the_same_order():
    kind = dict(powers=(1, 2, 3), derivatives=(0, 1, 2, 3))
    weak = identify.field_problem(X, T, HEAT, window=(31, 21), **kind)
    assert identify.pointwise_problem(X, T, HEAT, **kind).terms == weak.terms


def test_noise_of_a_film_is_found_whatever_moves_it():
    fast = np.sin(30 * X) * np.cos(0.5 * T)[:, None]
    for clean in (HEAT, fast, fast.T @ np.ones((81, 121))):
        film = clean + 0.05 * np.random.default_rng(0).standard_normal(clean.shape)
        assert identify.film_noise(film) == pytest.approx(0.05, rel=0.05)


def test_weighted_residuals_have_variance_one():
    """Over many draws the square sum of the true law's weighted residuals is chi-squared, so its mean is the number of rows."""
    chances = []
    for seed in range(60):
        p = identify.weigh_film(rows(noisy(seed)), law=heat(rows(HEAT)), sd=0.01)
        left = p.dydt[:, 0] - p.theta @ heat(p).coef[0]
        chances.append(stats.chi2.sf((left**2).sum(), len(left) - 1))
    assert stats.kstest(chances, "uniform").pvalue > 1e-3


def test_the_covariance_is_that_of_every_pixel():
    """What a change of each pixel does to the residuals, by differences: their squares, summed, are the covariance."""
    from mmlib.identify.films import FLOOR, _covariance

    x, t = np.linspace(0, 3, 15), np.linspace(0, 1, 11)
    film = 1.5 + 0.5 * np.sin(2 * x + 3 * t[:, None])
    ask = dict(powers=(1, 2, 3), derivatives=(0, 1, 2, 3), window=(9, 7))
    coef = np.array([0.7, -2.0, 1.5, 3.0, -1.0, 0.8, 0.5, 0.3, -0.4, 0.2, -0.3, 0.1])

    def residuals(u):
        p = identify.field_problem(x, t, u, **ask)
        return p.dydt[:, 0] - p.theta @ coef

    h, pixels = 1e-5, np.eye(film.size).reshape(-1, *film.shape)
    slopes = np.array([(residuals(film + h * e) - residuals(film - h * e)) / (2 * h) for e in pixels])
    rates_alone = np.array([identify.field_problem(x, t, film + e, **ask).dydt[:, 0] for e in pixels])
    rates_alone = rates_alone - identify.field_problem(x, t, film, **ask).dydt[:, 0]
    assert np.linalg.norm(slopes) > 3 * np.linalg.norm(rates_alone)  # the candidates' noise weighs here
    found = _covariance(identify.field_problem(x, t, film, **ask).windows, coef)
    found[np.diag_indices_from(found)] /= 1 + FLOOR
    assert found == pytest.approx(slopes.T @ slopes, rel=1e-5, abs=1e-6 * np.abs(found).max())


def test_misfit_tells_complete_from_lacking():
    complete = [identify.misfit(rows(noisy(s)), heat(rows(noisy(s)))) for s in range(20)]
    assert np.mean([m.ratio for m in complete]) == pytest.approx(1, abs=0.1)
    assert sum(m.chance < 0.01 for m in complete) <= 2
    short = rows(noisy(0), derivatives=(0, 1))
    found = identify.misfit(short, identify.refit(short, np.ones((1, 2), bool)))
    assert found.ratio > 3 and found.chance < 1e-6 and found.rows == len(short.theta)


def test_units_of_the_noise_do_not_move_the_law():
    p = rows(noisy(1))
    assert heat(identify.weigh_film(p, sd=1.0)).coef == pytest.approx(
        heat(identify.weigh_film(p, sd=0.01)).coef, rel=1e-9
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: identify.weigh_film(identify.problem(T, HEAT[:, 20:21], names=["u"], degree=1)), "field_problem"),
        (lambda: identify.weigh_film(rows(HEAT), sd=0.0), "positive"),
        (lambda: identify.weigh_film(rows(HEAT), law="u_xx"), "law"),
        (lambda: identify.weigh_film(rows(HEAT), rounds=0), "rounds|round"),
        (lambda: identify.film_noise(HEAT[:3]), "five frames"),
        (lambda: identify.film_noise(HEAT[0]), "expected u"),
        (lambda: identify.pointwise_problem(X, T, HEAT, degree=(1, 3)), "degrees"),
        (lambda: identify.pointwise_problem(X, T, HEAT, degree=6), "two whole numbers"),
        (lambda: identify.pointwise_problem(X, T, HEAT.T), "Pass u.T"),
        (lambda: identify.misfit(rows(HEAT), 1), "law"),
        (lambda: identify.misfit(rows(HEAT), None), "law"),
    ],
)
def test_bad_input_is_refused(call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call()


@pytest.mark.parametrize("degree", [(8, 3), (4, 9), (12, 4)])
def test_polynomials_that_lose_their_digits_are_refused(degree):
    x, t = np.linspace(0, 6, 121), np.linspace(0, 1, 81)
    film = 2 + np.exp(-t)[:, None] * np.sin(x)
    with pytest.raises(ValueError, match="degrees up to 7"):
        identify.pointwise_problem(x, t, film, window=(61, 21), degree=degree)
    steep = identify.pointwise_problem(x, t, film, window=(61, 21), degree=(7, 4), powers=(1,), derivatives=(0, 2))
    assert identify.refit(steep, np.array([[False, True]])).coef[0, 1] == pytest.approx(1, rel=1e-3)
