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


# -- by hand


@pytest.mark.parametrize("groups", [2, 3])
def test_the_gap_is_that_of_even_points_in_the_turned_box(groups):
    """Tibshirani et al. 2001, their formulas in the order of the paper, on the same draws; sums of squares from the labels."""
    z = np.random.default_rng(8).normal(np.repeat(CORNERS[:groups, :2], 25, axis=0)) @ [[1.0, 0.5], [0.0, 2.0]] + 7
    found = gap(z, rng=3, most=4, references=5)
    rng = np.random.default_rng(3)
    seed = int(rng.integers(2**31))

    def tightness(points):
        rows = []
        for k in range(1, 5):
            label = KMeans(k, n_init=3, random_state=seed).fit_predict(points)
            rows.append(sum(((g - g.mean(axis=0)) ** 2).sum() for g in (points[label == c] for c in range(k))))
        return np.log(rows)

    x = z - z.mean(axis=0)
    turn = np.linalg.svd(x, full_matrices=False)[2].T
    turned = x @ turn
    assert turned.std(axis=0)[0] > turned.std(axis=0)[1] and abs(np.cov(turned.T)[0, 1]) < 1e-9  # principal axes
    even = [rng.uniform(turned.min(axis=0), turned.max(axis=0), z.shape) @ turn.T for _ in range(5)]
    logs = np.array([tightness(e) for e in even])
    assert found.gap == pytest.approx(logs.mean(axis=0) - tightness(x), abs=1e-9)
    assert found.error == pytest.approx(logs.std(axis=0) * np.sqrt(1 + 1 / 5), abs=1e-12)
    rule = [k for k in range(1, 4) if found.gap[k - 1] >= found.gap[k] - found.error[k]]
    assert found.k == (rule[0] if rule else 4) == groups


def test_features_ten_thousand_times_apart_are_refused():
    z = np.random.default_rng(0).normal(size=(40, 2))
    z /= z.std(axis=0)
    assert gap(z * [1, 0.97e4], rng=0, most=2, references=2).k >= 1
    with pytest.raises(ValueError, match="on one scale"):
        gap(z * [1, 1.03e4], rng=0, most=2, references=2)
    assert gap(z * [1, 0], rng=0, most=2, references=2).k >= 1  # a constant says nothing of its scale
    with pytest.raises(ValueError, match="got 2 for up to 2 groups"):
        gap(np.repeat(z[:2], 20, axis=0), rng=0, most=2)
    assert len(gap(np.repeat(z[:3], 20, axis=0), rng=0, most=2, references=2).gap) == 2


def test_stability_clusters_parts_and_compares_what_both_hold():
    z, parts = np.arange(50.0)[:, None], []

    def parity(part):
        parts.append(part[:, 0])
        return part[:, 0].astype(int) % 2

    assert stability(parity, z, rng=5, pairs=3, share=0.7) == 1
    assert [len(p) for p in parts] == [35] * 6 and all((np.diff(p) > 0).all() for p in parts)
    assert len({tuple(p) for p in parts}) == 6
    cut = stability(lambda part: (np.arange(len(part)) < len(part) / 2).astype(int), z, rng=5, pairs=3, share=0.7)
    assert 0.5 < cut < 1  # by rank in the part, not by value


def test_area_interval_and_p_from_all_pairs():
    """DeLong et al. 1988 from the matrix of all pairs of the halves kept aside, and Mann and Whitney's test."""
    rng = np.random.default_rng(7)
    simulated, measured = rng.normal(size=(90, 2)).round(1), rng.normal([0.7, 0], size=(70, 2)).round(1)
    test = two_sample(simulated, measured, seed=2, trees=20, shuffles=3)
    zero, one = (test.forest.predict_proba(s[len(s) // 2 :])[:, 1] for s in (simulated, measured))
    won = (one[:, None] > zero) + 0.5 * (one[:, None] == zero)
    assert test.auc == pytest.approx(won.mean())
    error = np.sqrt(won.mean(axis=1).var(ddof=1) / len(one) + won.mean(axis=0).var(ddof=1) / len(zero))
    assert test.interval == pytest.approx((test.auc - 1.96 * error, test.auc + 1.96 * error), abs=1e-12)
    assert test.p == pytest.approx(norm.sf((won.mean() - 0.5) / np.sqrt((35 + 45 + 1) / (12 * 35 * 45))), rel=0.1)
    assert test.forest.n_estimators == 20 and test.importance.shape == (2,)
    again = two_sample(simulated, measured, seed=2, trees=20, shuffles=3)
    other = two_sample(simulated, measured, seed=3, trees=20, shuffles=3)
    assert np.array_equal(again.importance, test.importance) and not np.array_equal(other.importance, test.importance)


def test_the_interval_of_an_area_ends_at_one():
    rng = np.random.default_rng(1)
    far = two_sample(rng.normal(size=(12, 1)), 9 + rng.normal(size=(12, 1)), seed=0, trees=10, shuffles=0)
    assert 0.5 <= far.auc <= 1 and 0 <= far.interval[0] <= far.interval[1] <= 1
