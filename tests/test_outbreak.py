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


# -- what is inside


@pytest.mark.parametrize("k", [0, 150, 300, 400])
def test_the_table_and_its_cubics_are_the_equation(k):
    """At a node of R0: x from another solver at places between the table's, its rate from the equation, before it the exponential."""
    z, _ = outbreak._table()
    R0, u = 1 + np.exp(z[k]), np.array([-11.973, -4.03, -0.511, 0.02, 1.237, 6.68, 31.41])
    rate = lambda x: (R0 * -np.expm1(-x) - x) / (R0 - 1)  # noqa: E731
    run = solve_ivp(lambda _, x: rate(x), (-12, 32), [np.exp(-12.0)], t_eval=u, rtol=1e-11, atol=1e-15, method="Radau")
    x, by_u, _ = outbreak._standard_wave(np.array([[z[k]]]), u[None])
    assert x[0] == pytest.approx(run.y[0], rel=2e-6)
    assert by_u[0] == pytest.approx(rate(x[0]), rel=2e-4, abs=2e-6)
    x, by_u, by_z = outbreak._standard_wave(np.array([[z[k]]]), np.array([[-30.0, -12.5]]))
    assert x[0] == pytest.approx(np.exp([-30.0, -12.5])) and (by_u == x).all() and (by_z == 0).all()
    x, by_u, _ = outbreak._standard_wave(np.array([[z[k]]]), np.array([[59.9, 60.5, 99.0]]))
    assert x[0, 1:] == pytest.approx(x[0, :1].repeat(2), rel=2e-3) and (by_u[0, 1:] == 0).all()


def test_between_two_nodes_the_wave_is_straight_in_the_logarithm_of_R0_less_one():
    z, u = outbreak._table()[0], np.array([[-3.0, 0.4, 5.0]])
    left, right, middle = (
        outbreak._standard_wave(np.array([[at]]), u) for at in (z[200], z[201], 0.3 * z[200] + 0.7 * z[201])
    )
    for part in (0, 1):
        assert middle[part] == pytest.approx(0.3 * left[part] + 0.7 * right[part], rel=1e-9)
    assert middle[2] == pytest.approx((right[0] - left[0]) / (z[201] - z[200]), rel=1e-9)


@pytest.mark.parametrize("kind", ["incidence", "prevalence"])
def test_rows_are_the_likelihood_of_scipy_and_their_slopes_its_slopes(kind):
    rng, day = np.random.default_rng(0), np.arange(12.0)
    x = np.log([[0.9, 3.0, 2.0, 900.0, 4.0], [2.0, 5.0, 8.0, 400.0, 30.0]])
    y = np.concatenate([rng.poisson(9, (2, 10)), np.zeros((2, 2))], axis=1)
    r, slopes = outbreak._rows(x, y, day, kind)
    mu, s = outbreak.expected(x, day, kind)[0], np.exp(x[:, 4:])
    wanted = -stats.nbinom.logpmf(y, s, s / (s + mu)).sum(axis=1)
    assert (r**2).sum(axis=1) / 2 - 6 == pytest.approx(wanted, rel=1e-9)
    assert np.sign(r[:, :12]) == pytest.approx(np.sign(y - mu)) and (r[:, 12:] >= 1).all()
    for j in range(5):
        step = 1e-5 * np.eye(5)[j]
        difference = (outbreak._rows(x + step, y, day, kind)[0] - outbreak._rows(x - step, y, day, kind)[0]) / 2e-5
        assert slopes[:, :, j] == pytest.approx(difference, rel=2e-3, abs=2e-3 * np.abs(difference).max())


def test_rows_that_are_met_have_the_slope_of_their_limit():
    day, x = np.arange(8.0), np.log([[0.9, 3.0, 2.0, 900.0, 4.0]])
    mu, by = outbreak.expected(x, day)
    r, slopes = outbreak._rows(x, mu, day, "incidence")
    assert r[:, :8] == pytest.approx(0, abs=1e-6)
    variance = mu + mu**2 / 4
    assert slopes[:, :8, :4] == pytest.approx(-by / np.sqrt(variance)[:, :, None], rel=1e-9)
    assert (slopes[:, :8, 4] == 0).all()
    near, _ = outbreak._rows(x, mu * (1 + 1e-3), day, "incidence")
    assert near[:, :8] == pytest.approx(1e-3 * mu / np.sqrt(variance), rel=2e-3)


def test_starts_follow_the_growth_and_the_sum_of_the_counts():
    t, z = np.arange(12.0), np.array([-1.0, 0.5])
    y = np.array([5e3 * np.exp(0.25 * t), 8e3 * np.exp(0.1 * t)])
    for kind, total in (("incidence", y.sum(axis=1)), ("prevalence", 2 * y.max(axis=1))):
        near, far = (outbreak._starts(y, z, kind, {}, f)[:, :, 0] for f in (False, True))
        for k, rate in enumerate((0.25, 0.1)):
            assert near[k, :, 0] == pytest.approx(z) and near[k, :, 1] == pytest.approx(z - np.log(rate), rel=1e-3)
            assert near[k, :, 2] == pytest.approx(np.log(y[k, 0]), abs=1e-3)
            assert near[k, :, 3] == pytest.approx(np.log(1.5 * total[k]), abs=1e-2)
            assert far[k, :, 3] == pytest.approx(np.log(100 * total[k]), abs=1e-2)
    late = np.concatenate([y[0, :8], y[0, :4] * 1e-3])[None]  # only the counts up to the peak say how it grows
    assert outbreak._starts(late, z, "incidence", {}, False)[0, :, 0, 1] == pytest.approx(z - np.log(0.25), rel=1e-3)
    told = outbreak._starts(y, z, "incidence", {1: 0.7, 3: 9.0}, False)
    assert (told[..., 1] == 0.7).all() and (told[..., 3] == 9.0).all()
    assert outbreak._starts(y[:, ::-1], z, "incidence", {}, False)[..., 1] == pytest.approx(
        z[None, :, None] - np.log(0.02) + 0 * told[..., 1]
    )


def test_a_parabola_has_its_lowest_point_and_its_limits():
    values = np.array([1.5, 2.0, 2.4, 3.1, 3.3, 4.0, 5.0, 6.0])
    rise = 3.0 * (values - 3.02) ** 2
    assert outbreak._lowest(values, rise) == pytest.approx(3.02, rel=1e-9)
    assert outbreak._lowest(values, values) == 1.5 and outbreak._lowest(values, -values) == 6.0
    assert outbreak._lowest(values, np.where(values == 2.4, -1.0, 0.0)) == pytest.approx(2.4, abs=0.35)
    low, high = outbreak._limits(np.linspace(1, 9, 30), 3.0 * (np.linspace(1, 9, 30) - 4.97) ** 2)
    assert [low, high] == pytest.approx([4.97 - np.sqrt(1.92 / 3), 4.97 + np.sqrt(1.92 / 3)], abs=0.08)
    far = np.array([0.0, 1.0, 6.0, 7.0, 8.0, 9.0])  # on straight pieces of the root, exact
    low, high = outbreak._limits(far, 2.0 * (far - 6.5) ** 2)
    assert high == pytest.approx(6.5 + np.sqrt(0.96)) and low == pytest.approx(6.0 - (np.sqrt(0.96) - 0.5))


def test_finer_nodes_lie_between_the_last_below_and_the_first_above():
    z = np.linspace(0, 14, 15)
    rise = np.array([9.0, 9, 9, 9, 3.7, 1, 0, 3.8, 9, 9, 9, 9, 9, 9, 9])
    wide = np.full(15, 0.5)
    nodes = outbreak._finer(z, np.stack([rise, wide]))
    assert nodes[0, [0, -1]] == pytest.approx([3 + 0.02 * 5, 3 + 0.98 * 5]) and np.diff(nodes[0]) == pytest.approx(
        0.96 * 5 / 15
    )
    assert nodes[1, [0, -1]] == pytest.approx([0.02 * 14, 0.98 * 14])


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_a_forecast_is_the_quantile_of_the_mixture(level):
    """Weights exp(-rise) times the width of each node in log(R0 - 1), distribution functions of SciPy: the first count that reaches p."""
    found = outbreak.profile(data.outbreak("Baltimore 1918").count[:32], period=2.6)
    day = np.array([33.0, 36.0])
    low, high = outbreak.forecast(found, day, level=level)
    weight = np.exp(-found.rise[0]) * np.gradient(found.x[0, :, 0])
    weight /= weight.sum()
    mu, s = outbreak.expected(found.x[0], day)[0], np.exp(found.x[0, :, 4])
    for k in range(2):
        reach = lambda count, k=k: weight @ stats.nbinom.cdf(count, s, s / (s + mu[:, k]))  # noqa: E731
        for end, p in ((low[0, k], (1 - level) / 2), (high[0, k], (1 + level) / 2)):
            assert reach(end) >= p > reach(end - 1)


@pytest.mark.parametrize("kind", ["incidence", "prevalence"])
def test_long_after_the_wave_nobody_is_left_and_nothing_overflows(kind):
    with np.errstate(all="raise", under="ignore"):
        mu, slopes = outbreak.expected(np.log([[0.9, 3.0, 4.0, 30000.0]]), np.array([10.0, 1e4, 1e6]), kind)
    assert mu[0, 0] > 10 and np.isfinite(slopes).all()
    assert abs(mu[0, 1:]).max() < 1
