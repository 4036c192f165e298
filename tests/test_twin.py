"""A twin: curves against closed forms, fits against a fit by SciPy, the filter against Kalman, plans against SciPy's bounded least squares."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import curve_fit, lsq_linear

from mmlib import data, twin
from mmlib.systems.diabetes import MinimalModel


def test_curve_under_a_step_of_insulin_is_the_closed_form():
    SG, p2, SI, G0, Gb, extra = 0.02, 0.03, 6e-4, 280.0, 95.0, 25.0
    t = np.array([0.0, 20.0, 60.0, 120.0])
    got = twin.curve(np.log([[SG, p2, SI, G0]]), t, np.full((1, 4), 10 + extra), np.array([Gb]), np.array([10.0]))[0]
    X = lambda s: SI * extra * (1 - np.exp(-p2 * s))  # noqa: E731
    exact = solve_ivp(lambda s, g: SG * (Gb - g) - X(s) * g, (0, 120), [G0], t_eval=t, rtol=1e-10, atol=1e-8).y[0]
    assert got == pytest.approx(exact, rel=1e-6)


def test_measured_test_gives_what_scipy_finds_from_another_start():
    """Own integrator and optimiser against solve_ivp and curve_fit."""
    test = data.glucose_tolerance()
    used = test.time >= 8

    def model(_, SG, p2, SI, G0):
        def rate(s, y):
            return [SG * (92 - y[0]) - y[1] * y[0], p2 * (SI * (np.interp(s, test.time, test.insulin) - 11) - y[1])]

        return (
            solve_ivp(rate, (0, 182), [G0, 0], t_eval=test.time[used], max_step=1, rtol=1e-8).y[0] / test.glucose[used]
        )

    scipy, _ = curve_fit(model, test.time[used], np.ones(used.sum()), [0.03, 0.02, 5e-4, 280])
    found = twin.tolerance(*test)
    mine = [float(getattr(found, n)[0]) for n in twin.NAMES]
    assert mine == pytest.approx(scipy, rel=5e-3)
    assert found.verdict[0].status == "converged"


def test_error_bars_hold_what_repeated_tests_scatter():
    t = data.glucose_tolerance().time
    insulin = np.interp(t, [0, 2, 10, 20, 22, 40, 182], [10, 60, 40, 30, 90, 20, 10])
    true = np.log([0.02, 0.03, 6e-4, 280.0])
    clean = twin.curve(true[None], t, insulin[None], np.array([95.0]), np.array([10.0]))[0]
    clean[0] = 95.0
    noisy = clean * np.exp(0.02 * np.random.default_rng(0).standard_normal((60, len(t))))
    noisy[:, 0] = 95.0
    found = twin.tolerance(t, noisy, np.tile(insulin, (60, 1)))
    scatter = np.std(np.log(found.SI))
    assert np.median(found.sd[:, 2]) == pytest.approx(scatter, rel=0.35)
    assert abs(np.median(np.log(found.SI)) - true[2]) < 0.5 * scatter


def test_update_is_kalmans():
    """Mean and covariance after one reading, by the textbook formulae from the sample moments before it."""
    rng = np.random.default_rng(1)
    before = rng.standard_normal((3, 2, 9)) + np.array([1.0, -2.0, 0.5])[:, None, None]
    after = twin.update(before, before[1], np.array([0.3, -1.0]), 0.4)
    for k, y in enumerate((0.3, -1.0)):
        P, m = np.cov(before[:, k]), before[:, k].mean(axis=1)
        gain = P[:, 1] / (P[1, 1] + 0.4)
        assert after[:, k].mean(axis=1) == pytest.approx(m + gain * (y - m[1]))
        assert np.cov(after[:, k]) == pytest.approx(P - np.outer(gain, P[1]))


def test_no_reading_moves_nothing():
    before = np.random.default_rng(2).standard_normal((2, 3, 5))
    assert (twin.update(before, before[0], [np.nan, 1.0, np.nan], 1.0)[:, [0, 2]] == before[:, [0, 2]]).all()


class Line:
    """A patient whose glucose falls in a straight line with insulin: plans are bounded linear least squares."""

    stable = 7.5

    def advance(self, t, y, minutes, insulin, *, step):
        return y + minutes * (1.0 - 0.1 * insulin)[None]


@pytest.mark.parametrize("start", [110.0, 260.0])
def test_plan_of_a_straight_line_is_bounded_least_squares(start):
    blocks = (1, 2)
    got = twin.plan(
        Line(), 0.0, [[start]], lambda m, y: y[0], [10.0], [[10.0, 10.0]], effort=1.0, low=1.0, blocks=blocks, sweeps=6
    )[0]
    rows = np.array([[1.0, 0], [1, 1], [1, 2]]) * -15 * 0.1 / 20
    right = -(start + 15 * np.arange(1, 4) - 110) / 20
    tied = np.diag([1.0, np.sqrt(2)]) / 10
    wanted = lsq_linear(np.vstack([rows, tied]), np.concatenate([right, [1.0, np.sqrt(2)]]), (0, 1000)).x
    assert got == pytest.approx(wanted, abs=1e-6)


def test_steps_within_ends_are_scipys():
    rng = np.random.default_rng(3)
    A = rng.standard_normal((20, 9, 5))
    b = rng.standard_normal((20, 9))
    low, high = -0.2 * np.ones((20, 5)), 0.1 * np.ones((20, 5))
    mine = twin._within(np.einsum("rik,ril->rkl", A, A), -np.einsum("rik,ri->rk", A, b), low, high)
    wanted = np.array([lsq_linear(a, c, (-0.2, 0.1)).x for a, c in zip(A, b, strict=True)])
    cost = lambda s: ((np.einsum("rik,rk->ri", A, s) - b) ** 2).sum(axis=1)  # noqa: E731
    assert (cost(mine) <= 1.001 * cost(wanted)).all()


def test_a_plan_brings_a_twin_down():
    model = MinimalModel(SI=np.array([5e-4, 1e-3]))
    y = model.rest()
    y[6:8] += 120.0
    basal = np.full(2, 12.4)
    got = twin.plan(twin.columns(model), 0.0, y, lambda m, y: y[6], basal, np.repeat(basal[:, None], 6, axis=1))
    assert (got >= 0).all() and (got[:, 0] > basal).all() and got[0].sum() > got[1].sum()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (dict(glucose=np.ones(6)), r"\(1, 24\)|expected glucose"),
        (dict(insulin=-np.ones(24)), "positive"),
        (dict(after=150.0), "five readings"),
        (dict(time=np.arange(24.0)[::-1]), "increas"),
    ],
)
def test_tests_that_cannot_be_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        twin.tolerance(**(data.glucose_tolerance()._asdict() | change))


def test_updates_and_plans_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="variance"):
        twin.update(np.ones((1, 1, 3)), np.ones((1, 3)), [1.0], 0.0)
    with pytest.raises(ValueError, match="two members"):
        twin.update(np.ones((1, 1, 1)), np.ones((1, 1)), [1.0], 1.0)
    with pytest.raises(ValueError, match="expected a guess"):
        twin.plan(Line(), 0.0, [[100.0]], lambda m, y: y[0], [1.0], [[1.0, 1.0]])
