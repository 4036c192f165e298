"""Schedules: against closed forms of linear normal models, and quadrature."""

import numpy as np
import pytest
from scipy import integrate, stats

from mmlib import design

PLANS = design.schedules(4, 2)


def linear(seed=0, draws=1):
    rng = np.random.default_rng(seed)
    J = rng.standard_normal((4, 2))
    S = np.array([[0.5, 0.2], [0.2, 0.8]])
    return J, S, np.array([0.3, 0.5, 0.7, 0.4]), rng


def closed(J, S, error, times):
    """ln det(I + R^-1 J S J^T) / 2 in the space of readings, not of unknowns; and the covariance by Kalman's gain."""
    A, R = J[times], np.diag(error[times] ** 2)
    total = A @ S @ A.T + R
    return np.log(np.linalg.det(total) / np.linalg.det(R)) / 2, S - S @ A.T @ np.linalg.solve(total, A @ S)


def test_all_schedules_once():
    assert len(design.schedules(10, 4)) == 210
    assert len({tuple(p) for p in design.schedules(7, 3)}) == 35


@pytest.mark.parametrize("wrong", [(3, 4), (3, 0), (0, 1), (3, 1.5), (40, 20), ("a", 1)])
def test_schedules_refuse(wrong):
    with pytest.raises(ValueError, match="expected"):
        design.schedules(*wrong)


def test_nearest_takes_each_reading_once():
    assert design.nearest([1, 2, 4, 8], [1.1, 1.2, 1.3]).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="at most 2"):
        design.nearest([1, 2], [1, 2, 3])


def test_gaussian_is_the_closed_form():
    J, S, error, _ = linear()
    told = design.gaussian(J[None], error=error, chosen=PLANS, cov=S)
    for k, times in enumerate(PLANS):
        gain, after = closed(J, S, error, times)
        assert told.gain[k] == pytest.approx(gain, rel=1e-10)
        assert told.sd[k] == pytest.approx(np.sqrt(np.diag(after)), rel=1e-10)


def test_without_a_prior_two_readings_solve_two_unknowns():
    J, _, error, _ = linear()
    told = design.gaussian(J[None], error=error, chosen=PLANS)
    for k, times in enumerate(PLANS):
        solve = np.linalg.inv(J[times]) * error[times]  # error of each reading into each unknown
        assert told.sd[k] == pytest.approx(np.sqrt((solve**2).sum(axis=1)), rel=1e-9)
        assert told.gain[k] == pytest.approx(-np.log(abs(np.linalg.det(solve))), rel=1e-9)


def test_average_over_draws_and_schedules_that_tell_nothing():
    J, S, error, rng = linear()
    many = np.array([J, 2 * J])
    both = design.gaussian(many, error=error, chosen=PLANS, cov=S)
    single = [design.gaussian(m[None], error=error, chosen=PLANS, cov=S) for m in many]
    assert both.gain == pytest.approx((single[0].gain + single[1].gain) / 2)
    assert both.sd == pytest.approx((single[0].sd + single[1].sd) / 2)
    J = J.copy()
    J[:2, 1] = 0  # the first two readings do not see the second unknown
    blind = design.gaussian(J[None], error=error, chosen=PLANS)
    assert blind.gain[0] == -np.inf and np.isinf(blind.sd[0]).all()
    assert np.isfinite(blind.gain[1:]).all()


def test_nested_monte_carlo_brackets_the_closed_form():
    J, S, error, rng = linear(1)
    root = np.linalg.cholesky(S)
    z, w = (rng.standard_normal((n, 2)) @ root.T for n in (4000, 4000))
    noise = rng.standard_normal((4000, 4))
    both = design.information(z @ J.T, w @ J.T, noise, error=error, chosen=PLANS)
    true = np.array([closed(J, S, error, t)[0] for t in PLANS])
    assert both.middle == pytest.approx(true, abs=0.06)
    few = design.information(z @ J.T, w[:20] @ J.T, noise, error=error, chosen=PLANS)
    assert (few.upper.mean(axis=1) > true + 0.02).all() and (few.lower.mean(axis=1) < true - 0.02).all()
    assert (few.lower <= np.log(21)).all()


def test_evidence_of_two_candidates_by_hand():
    both = design.information([[1.0]], [[0.0], [2.0]], [[0.5]], error=2.0, chosen=[[0]])
    p = stats.norm(2.0, 2.0)  # of the reading 1 + 2 x 0.5, as a density of candidates 0, 2 and the own 1
    others, own = p.pdf([0.0, 2.0]), p.pdf(1.0)
    assert both.upper[0, 0] == pytest.approx(np.log(own / others.mean()))
    assert both.lower[0, 0] == pytest.approx(np.log(own / np.append(others, own).mean()))


def test_posterior_is_quadrature():
    z = np.linspace(-4, 4, 4001)
    curves, y, error = np.exp(z)[:, None] * [1.0, 0.5], [1.5, 0.2], 0.6
    after = design.posterior(curves, z, y, error=error, chosen=[[0]], weight=stats.norm.pdf(z), level=0.8)

    def density(x):
        return stats.norm.pdf(x) * stats.norm.pdf(1.5, np.exp(x), error)

    total = integrate.quad(density, -6, 3)[0]
    mean = integrate.quad(lambda x: x * density(x), -6, 3)[0] / total
    square = integrate.quad(lambda x: (x - mean) ** 2 * density(x), -6, 3)[0] / total
    assert after.mean[0] == pytest.approx(mean, abs=1e-4) and after.sd[0] == pytest.approx(square**0.5, abs=1e-4)
    assert integrate.quad(density, -6, after.low[0])[0] / total == pytest.approx(0.1, abs=2e-3)
    assert integrate.quad(density, -6, after.high[0])[0] / total == pytest.approx(0.9, abs=2e-3)
    flat = design.posterior(np.zeros((50, 1)), z[:50], [0.0], error=1.0, chosen=[[0]])
    assert flat.effective[0] == pytest.approx(50)


GOOD = dict(curves=np.ones((3, 2)), values=np.arange(3.0), readings=np.ones(2), error=1.0, chosen=[[0]])


@pytest.mark.parametrize(
    "wrong",
    [
        dict(error=0.0),
        dict(error=[1.0, 2.0, 3.0]),
        dict(chosen=[[2]]),
        dict(chosen=[[0.5]]),
        dict(chosen=[0]),
        dict(readings=[1.0, np.nan]),
        dict(values=np.arange(4.0)),
        dict(weight=[-1.0, 1.0, 1.0]),
        dict(weight=np.zeros(3)),
        dict(level=1.0),
        dict(curves=np.ones((3, 2)) * 1j),
    ],
)
def test_posterior_refuses(wrong):
    with pytest.raises(ValueError, match="expected"):
        design.posterior(**{**GOOD, **wrong})


@pytest.mark.parametrize(
    "wrong", [dict(cov=None), dict(cov=-np.eye(2)), dict(cov=np.eye(3)), dict(slopes=np.ones((4, 2))), dict(error=-1.0)]
)
def test_gaussian_refuses(wrong):
    J, S, error, _ = linear()
    with pytest.raises(ValueError, match="expected"):
        design.gaussian(**{**dict(slopes=J[None], error=error, chosen=[[0]], cov=S), **wrong})


def test_information_refuses_other_shapes():
    with pytest.raises(ValueError, match="outer"):
        design.information(np.ones((3, 2)), np.ones((3, 1)), np.ones((3, 2)), error=1.0, chosen=[[0]])
