"""When terms stand in for each other, and when a law explains its rates: known angles, and F-tests by fits without a term."""

import numpy as np
import pytest
from scipy import stats

from mmlib import identify
from mmlib.identify import verdicts

E = np.eye(8)


def problem_of(theta, y):
    """A problem of one equation with any rows."""
    p = identify.problem(
        np.linspace(0, 1, 21), np.exp(-np.linspace(0, 1, 21))[:, None], names=["x"], degree=1, window=5
    )
    terms = [f"t{j}" for j in range(theta.shape[1])]
    return p._replace(theta=theta, dydt=y[:, None], terms=terms, group=np.zeros(len(y), int))


@pytest.mark.parametrize(("left", "near"), [(0.97e-2, True), (1.03e-2, False)])
@pytest.mark.parametrize("size", [1.0, 1e5])
def test_a_term_is_near_others_if_a_hundredth_of_it_is_left(left, near, size):
    """Two columns at an angle whose sine is `left`, and one at right angles to both, in any unit."""
    theta = np.column_stack([E[0], size * (np.sqrt(1 - left**2) * E[0] + left * E[1]), E[2]])
    assert verdicts.collinear(theta, ["a", "b", "c"]) == ({"a": ["b"], "b": ["a"]} if near else {})


@pytest.mark.parametrize(("weight", "named"), [(0.206, True), (0.194, False), (-0.206, True)])
def test_a_stand_in_takes_part_by_more_than_a_fifth(weight, named):
    third = np.sqrt(1 - weight**2) * E[0] + weight * E[1] + 1e-4 * E[2]
    found = verdicts.collinear(np.column_stack([E[0], E[1], third]), ["a", "b", "c"])
    assert found["c"] == (["a", "b"] if named else ["a"])


def test_chances_are_those_of_fits_without_the_term():
    rng = np.random.default_rng(0)
    theta = rng.standard_normal((20, 4)) * [1, 10, 0.1, 1]
    theta[:, 3] += 2 * theta[:, 0]
    y = theta @ [1.0, 0.02, 0.0, -0.3] + 0.5 * rng.standard_normal(20)

    def misfit(x):
        return ((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum()

    whole = misfit(theta)
    f = [(misfit(np.delete(theta, j, axis=1)) - whole) / (whole / 16) for j in range(4)]
    assert verdicts._chances(theta, y) == pytest.approx(stats.f.sf(f, 1, 16))


@pytest.mark.parametrize(("share", "status"), [(0.49, "converged"), (0.51, "stalled")])
def test_a_law_explains_at_least_half_of_its_rates(share, status):
    theta, y = E[:, :3].copy(), np.sqrt(1 - share**2) * E[0] + share * E[5]
    verdict = verdicts.verdict_on(problem_of(theta, 7 * y), np.array([[7 * np.sqrt(1 - share**2), 0, 0]]))
    assert verdict.status == status and f"{share:.2g}" in str(verdict).replace("49%", "0.49").replace("51%", "0.51")


@pytest.mark.parametrize(("effect", "status"), [(0.5, "not determined"), (5.0, "converged")])
def test_a_term_that_noise_could_replace_is_not_determined(effect, status):
    """What is left of the term moves the misfit by `effect` standard deviations: the F-test at one in a hundred decides."""
    rng = np.random.default_rng(1)
    n = 200
    first, other, noise = np.linalg.qr(rng.standard_normal((n, 3)))[0].T
    theta = np.column_stack([first, first + 0.005 * other])
    spread = rng.standard_normal(n)
    spread -= np.column_stack([first, other]) @ (np.column_stack([first, other]).T @ spread)
    spread *= np.sqrt((n - 2) / (spread @ spread))  # the estimate of the noise is one
    coef = np.array([5000.0, effect / 0.005])  # of the first term noise is no match
    y = theta @ coef + spread
    verdict = verdicts.verdict_on(problem_of(theta, y), coef[None])
    assert verdict.status == status
    assert ("t1 by t0" in verdict.reason) == (effect == 0.5)


def test_the_limit_of_chance_is_one_in_a_hundred():
    """An effect of t standard deviations has the chance of Student's t, squared: on both sides of a hundredth."""
    n = 12
    rng = np.random.default_rng(2)
    q = np.linalg.qr(rng.standard_normal((n, 3)))[0].T
    theta = np.column_stack([q[0], q[0] + 0.005 * q[1]])
    spread = q[2] * np.sqrt(n - 2)
    for chance, status in ((0.98e-2, "converged"), (1.02e-2, "not determined")):
        t = stats.t.isf(chance / 2, n - 2)
        coef = np.array([5000.0, t / 0.005])
        verdict = verdicts.verdict_on(problem_of(theta, theta @ coef + spread), coef[None])
        assert verdict.status == status, chance


def test_laws_without_terms_and_without_rates():
    theta = E[:, :2].copy()
    assert verdicts.verdict_on(problem_of(theta, E[0]), np.array([[0.0, 0.0]])).status == "stalled"
    assert verdicts.verdict_on(problem_of(theta, 0 * E[0]), np.array([[0.0, 0.0]])).status == "converged"
    assert verdicts.verdict_on(problem_of(theta, E[0]), np.array([[np.nan, 0.0]])).status == "not finite"
    square = problem_of(np.column_stack([E[0], E[0] + 1e-3 * E[1]])[:2], np.array([1.0, 2.0]))
    assert verdicts.verdict_on(square, np.array([[1.0, 1.0]])).status != "not determined", (
        "as many rows as terms: no noise to ask"
    )
