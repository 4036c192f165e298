"""Profiles of R0: expected counts against another solver, the likelihood against SciPy's, limits, coverage, forecasts."""

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.integrate import solve_ivp

from mmlib import data, outbreak
from mmlib.systems.epidemic import Epidemic


def by_solver(R0, period, first, people, n, kind):
    """Counts from the law with S and I, started far back on its exponential."""
    r = (R0 - 1) / period
    infectious = first / people * ((R0 - 1) / R0 / r if kind == "incidence" else 1)  # at t = 0 on the exponential
    back = np.log(infectious / 1e-9) / r
    start = [1 - 1e-9 * R0 / (R0 - 1), 0, 1e-9]
    law = Epidemic(R0=R0, period=period)
    run = solve_ivp(law.rhs, (-back, n), start, t_eval=np.arange(n + 1), rtol=1e-11, atol=1e-15)
    return -people * np.diff(run.y[0]) if kind == "incidence" else people * run.y[2, :n]


CASES = [(1.3, 2.6, 2.0, 9000.0), (2.0, 3.0, 0.5, 500.0), (3.5, 1.9, 2.0, 763.0), (12.0, 8.0, 1.0, 4000.0)]


@pytest.mark.parametrize("kind", ["incidence", "prevalence"])
@pytest.mark.parametrize("case", CASES)
def test_expected_counts_are_those_of_another_solver(case, kind):
    R0, period, first, people = case
    x = np.log([[R0 - 1, period, first, people]])
    mu, slopes = outbreak.expected(x, np.arange(40.0), kind)
    right = by_solver(*case, 40, kind)
    assert mu[0] == pytest.approx(right, rel=1e-3, abs=1e-4 * right.max())
    for j in range(4):
        step = 1e-5 * np.eye(4)[j]
        both = (outbreak.expected(x + sign * step, np.arange(40.0), kind)[0][0] for sign in (1, -1))
        difference = np.subtract(*both) / 2e-5
        assert slopes[0, :, j] == pytest.approx(difference, rel=1e-3, abs=2e-3 * np.abs(difference).max())


@pytest.mark.parametrize("poisson", [False, True])
def test_objective_is_the_smallest_negative_log_likelihood(poisson):
    """Nelder and Mead's method on SciPy's own distributions, with R0 held where the profile held it."""
    y = data.outbreak("Baltimore 1918").count[:60]
    found = outbreak.profile(y, period=2.6, poisson=poisson)
    k = int(found.rise[0].argmin()) + 2

    def objective(q):
        mu = outbreak.expected(np.array([[found.x[0, k, 0], np.log(2.6), q[0], q[1]]]), np.arange(60.0))[0][0]
        if poisson:
            return -stats.poisson.logpmf(y, mu).sum()
        s = np.exp(q[2])
        return -stats.nbinom.logpmf(y, s, s / (s + mu)).sum()

    start = np.array([1.0, 9.5] if poisson else [1.0, 9.5, 1.3])
    best = optimize.minimize(
        objective, start, method="Nelder-Mead", options={"maxiter": 3000, "xatol": 1e-6, "fatol": 1e-8}
    )
    assert found.objective[0] + found.rise[0, k] == pytest.approx(
        best.fun, abs=2e-3 * best.fun if poisson else 2e-3
    )  # Poisson: the limit is taken at a size of 1e5


def test_counts_without_noise_give_their_own_constants():
    y = outbreak.expected(np.log([[0.9, 3.0, 4.0, 30000.0]]), np.arange(60.0))[0].round()
    found = outbreak.profile(y, period=3.0)
    assert found.best[0] == pytest.approx(1.9, abs=0.01) and found.low[0] < 1.9 < found.high[0]
    assert np.exp(found.x[0, found.rise[0].argmin(), 3]) == pytest.approx(30000, rel=0.02)


def test_nothing_after_the_last_count_is_used_and_series_do_not_mix():
    y = data.outbreak("Baltimore 1918").count
    alone = outbreak.profile(y[:30], period=2.6)
    both = outbreak.profile(np.stack([y[:30], y[10:40]]), period=2.6)
    assert both.low[0] == pytest.approx(alone.low[0], rel=1e-4) and both.high[0] == pytest.approx(
        alone.high[0], rel=1e-4
    )


def test_an_interval_without_an_end_is_nan():
    y = data.outbreak("Baltimore 1918").count[:41]
    found = outbreak.profile(y)
    assert np.isnan([found.low[0], found.high[0]]).all()


def test_limits_embrace_all_pieces():
    values = np.linspace(1, 9, 9)
    rise = np.array([8.0, 0.0, 8.0, 8.0, 8.0, 1.0, 8.0, 8.0, 8.0])
    low, high = outbreak._limits(values, rise)
    assert 1 < low < 2 and 6 < high < 7
    assert np.isnan(outbreak._limits(values, rise[::-1] * 0)).all()


def test_told_half_of_the_period_halves_R0_less_one_early():
    y = data.outbreak("Baltimore 1918").count[:28]
    one, half = (outbreak.profile(y, period=p).best[0] - 1 for p in (2.6, 1.3))
    assert half / one == pytest.approx(0.5, abs=0.03)


def test_forecast_holds_the_share_that_it_says():
    """Counts drawn from the law, and many fits: 90 % intervals hold about 90 %."""
    rng = np.random.default_rng(0)
    mu = outbreak.expected(np.log([[0.8, 3.0, 4.0, 4000.0]]), np.arange(40.0))[0]
    y = stats.nbinom.rvs(8, 8 / (8 + np.tile(mu, (40, 1))), random_state=rng)
    low, high = outbreak.forecast(outbreak.profile(y[:, :33], period=3.0), np.arange(33.0, 40.0), level=0.9)
    assert np.mean((low <= y[:, 33:]) & (y[:, 33:] <= high)) == pytest.approx(0.9, abs=0.07)


def test_quantiles_are_those_of_scipy():
    """A profile of a single fit: the interval is that of one negative binomial."""
    found = outbreak.profile(data.outbreak("Baltimore 1918").count[:50], period=2.6)
    one = found._replace(rise=np.where(np.arange(found.rise.shape[1]) == found.rise[0].argmin(), 0, 1e3)[None])
    x = found.x[0, found.rise[0].argmin()][None]
    mu, s = outbreak.expected(x, np.array([52.0]))[0][0, 0], np.exp(x[0, 4])
    low, high = outbreak.forecast(one, [52.0])
    assert [low[0, 0], high[0, 0]] == stats.nbinom.ppf([0.025, 0.975], s, s / (s + mu)).tolist()


@pytest.mark.parametrize(
    ("counts", "told", "words"),
    [
        ([1, 2, 3], {}, "at least five days"),
        ([1, 2, -3, 4, 5], {}, "zero or positive"),
        ([1, 2, np.nan, 4, 5], {}, "Fill or cut"),
        ([1, 2, 3, 4, 5], {"kind": "deaths"}, "'deaths'"),
        ([1, 2, 3, 4, 5], {"period": -1.0}, "positive period"),
        ([1, 2, 3, 4, 5], {"R0": (0.5, 3.0)}, "range inside"),
    ],
)
def test_impossible_input_is_refused_with_a_remedy(counts, told, words):
    with pytest.raises(ValueError, match=words):
        outbreak.profile(counts, **told)
