"""Groups, stability and two-sample tests: known groups, known nothing, and what goes in wrong."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.cluster import KMeans

from mmlib.screening import gap, stability, two_sample

CORNERS = 8 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]])


def in_two(z):
    return KMeans(2, n_init=3, random_state=0).fit_predict(z)


def test_gap_finds_three_groups_and_none():
    rng = np.random.default_rng(1)
    assert gap(rng.normal(np.repeat(CORNERS, 60, axis=0)), rng=rng).k == 3
    assert gap(rng.normal(size=(180, 3)), rng=rng).k == 1


def test_gap_of_even_points_is_near_zero():
    """Tibshirani et al. 2001: for points from the reference itself the expected gap is zero."""
    rng = np.random.default_rng(2)
    found = gap(rng.random((500, 2)) * [4, 1], rng=rng, references=20)  # long, so that its axes are those of the box
    assert abs(found.gap).max() < 0.12


def test_stability_of_groups_of_chance_and_of_a_habit():
    rng = np.random.default_rng(3)
    assert stability(in_two, rng.normal(np.repeat(CORNERS[:2], 100, axis=0)), rng=rng) == pytest.approx(1, abs=0.01)
    assert abs(stability(lambda z: rng.integers(2, size=len(z)), rng.random((200, 2)), rng=rng)) < 0.05
    assert stability(in_two, rng.random((300, 2)) * [4, 1], rng=rng) > 0.9  # no groups, and stable


def test_area_agrees_with_theory():
    """Two normal distributions a distance d apart: no classifier can exceed Phi(d / sqrt 2)."""
    rng = np.random.default_rng(4)
    test = two_sample(rng.normal(size=(3000, 1)), rng.normal(1.0, size=(3000, 1)), seed=0)
    best = norm.cdf(1 / np.sqrt(2))  # 0.760
    assert best - 0.06 < test.auc < best + 0.025
    assert test.interval[0] < test.auc < test.interval[1]
    assert test.interval[1] - test.interval[0] == pytest.approx(4 * 0.0093, rel=0.15)  # DeLong's error for these sizes


def test_one_distribution_gives_even_p_values():
    rng = np.random.default_rng(5)
    p = [two_sample(*rng.normal(size=(2, 60, 2)), seed=0, trees=10, shuffles=0).p for _ in range(40)]
    assert 0.3 < np.mean(p) < 0.7  # 4 standard errors
    assert np.mean(np.array(p) < 0.05) < 0.17  # binomial: at least 7 of 40 in 3 of 1000 sets


def test_importance_points_to_what_differs():
    rng = np.random.default_rng(6)
    test = two_sample(rng.normal(size=(300, 4)), rng.normal(size=(300, 4)) * [1, 1, 3, 1], seed=0)
    assert test.importance.argmax() == 2 and test.p < 1e-6
    assert (two_sample(*rng.normal(size=(2, 60, 2)), seed=0, shuffles=0).importance == 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: gap(np.zeros(30), rng=rng), r"z\[:, None\]"),
        (lambda rng: gap(np.full((40, 2), np.nan), rng=rng), "NaN"),
        (lambda rng: gap(np.zeros((10, 2)), rng=rng), "n >= 30"),
        (lambda rng: gap(np.zeros((40, 2)), rng=rng, most=1), "most >= 2"),
        (lambda rng: stability(in_two, np.zeros((40, 2)), rng=rng, share=0.4), "overlap"),
        (lambda rng: stability(in_two, np.zeros((5, 2)), rng=rng), "n >= 20"),
        (lambda rng: two_sample(np.zeros((20, 2)), np.zeros((20, 3)), seed=0), "same features"),
        (lambda rng: two_sample(np.zeros((20, 2)), np.zeros((3, 2)), seed=0), "measured outcomes"),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
