"""Weights of the weak form against covariances from differences: each reading moved, all rows computed anew."""

from functools import cache

import numpy as np
import pytest

from mmlib import identify

T = np.linspace(0, 2, 41)
RNG = np.random.default_rng(3)
SERIES = [
    np.column_stack([a * np.exp(-T) + 0.3, np.cos(b * T)]) + 0.01 * RNG.standard_normal((41, 2))
    for a, b in ((1.0, 2.0), (2.0, 1.0))
]
SD = np.array([0.01, 0.03])


def problem_of(series):
    return identify.problem(T, series, names=["u", "v"], degree=2, derivative="weak", window=9)


@cache
def slopes(which):
    """Of right sides (readings, rows, 2) and candidates (readings, rows, m) by each reading of one trajectory, times its noise.

    Central differences are exact for monomials of second degree.
    """
    found = []
    for j, s in np.ndindex(len(T), 2):
        ends = []
        for sign in (1, -1):
            moved = SERIES[which].copy()
            moved[j, s] += sign * 1e-3
            ends.append(problem_of([moved]))
        found.append([SD[s] * (a - b) / 2e-3 for a, b in zip(*((p.dydt, p.theta) for p in ends), strict=True)])
    return [np.array(part) for part in zip(*found, strict=True)]


def covariance(which, state, coef, terms_err):
    """Of the rows of one trajectory, to first order in the noise."""
    right, theta = slopes(which)
    by_reading = right[:, :, state] - (theta @ coef if terms_err else 0)
    found = by_reading.T @ by_reading
    return found + 1e-8 * np.trace(found) / len(found) * np.eye(len(found))


@pytest.mark.parametrize(
    ("terms_err", "overlap", "rounds"), [(True, True, 1), (True, False, 1), (False, True, 1), (True, True, 2)]
)
def test_rows_are_divided_by_the_factor_of_their_covariance(terms_err, overlap, rounds):
    p = problem_of(SERIES)
    law = identify.refit(p, np.ones((2, len(p.terms)), bool))
    if rounds == 2:
        law = identify.join(
            [identify.refit(q, np.ones((1, len(p.terms)), bool)) for q in identify.weigh(p, sd=SD, rounds=1)]
        )
    got = identify.weigh(p, sd=SD, rounds=rounds, terms_err=terms_err, overlap=overlap)
    for state in (0, 1):
        for which in (0, 1):
            rows = p.group == which
            cov = covariance(which, state, law.coef[state], terms_err)
            factor = np.linalg.cholesky(cov if overlap else np.diag(np.diag(cov)))
            theta, dydt = np.linalg.solve(factor, p.theta[rows]), np.linalg.solve(factor, p.dydt[rows, state])
            np.testing.assert_allclose(got[state].theta[rows], theta, rtol=1e-4, atol=1e-4 * abs(theta).max())
            np.testing.assert_allclose(got[state].dydt[rows, 0], dydt, rtol=1e-4, atol=1e-4 * abs(dydt).max())
        assert got[state].names == [p.names[state]] and got[state].windows is None


def test_the_noise_is_that_of_the_readings_unless_it_is_given():
    p = problem_of(SERIES)
    for one, two in zip(identify.weigh(p), identify.weigh(p, sd=identify.noise_of(SERIES)), strict=True):
        np.testing.assert_allclose(one.theta, two.theta, rtol=1e-12)
    for one, two in zip(identify.weigh(p, sd=0.5), identify.weigh(p, sd=[1.0, 1.0]), strict=True):
        np.testing.assert_allclose(one.theta, 2 * two.theta, rtol=1e-9)


def test_a_sparse_law_sets_the_weights_of_its_terms_alone():
    """More terms than rows are refused without one; with one, least squares on its terms."""
    p = problem_of(SERIES)
    keep = np.zeros((2, len(p.terms)), bool)
    keep[0, 1] = keep[1, 0] = keep[1, 2] = True
    law = identify.refit(p, keep)
    for state, one in enumerate(identify.weigh(p, law=law, sd=SD, rounds=1)):
        cov = covariance(0, state, law.coef[state], True)
        np.testing.assert_allclose(
            one.dydt[p.group == 0, 0],
            np.linalg.solve(np.linalg.cholesky(cov), p.dydt[p.group == 0, state]),
            rtol=1e-3,
            atol=1e-3,
        )
