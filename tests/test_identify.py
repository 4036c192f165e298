import importlib
import importlib.metadata
import warnings

import numpy as np
import pysindy as ps
import pytest
from scipy import stats
from scipy.integrate import solve_ivp

from mmlib import identify
from mmlib.identify.rows import candidates, weak_weights
from mmlib.systems.cell_invasion import fisher_wave
from mmlib.systems.lorenz import Lorenz
from mmlib.systems.schnakenberg import Schnakenberg

MODEL = Schnakenberg()
T = np.arange(0, 20.001, 0.05)
STARTS = [(0.2, 2.0), (2.0, 0.3), (1.0, 2.5), (0.5, 0.5), (2.5, 1.0), (1.5, 1.5)]


@pytest.fixture(scope="module")
def clean():
    return [solve_ivp(MODEL.rhs, (0, 20), s, t_eval=T, method="DOP853", rtol=1e-9, atol=1e-10).y.T for s in STARTS]


@pytest.fixture(scope="module")
def noisy(clean):
    rng = np.random.default_rng(5)
    return [y + 0.01 * y.std(axis=0) * rng.standard_normal(y.shape) for y in clean]


@pytest.fixture(scope="module")
def problem(noisy):
    return identify.problem(T, noisy, names=["u", "v"], degree=3)


TRUE = np.zeros((2, 10))
TRUE[0, [0, 1, 7]] = 0.1, -1, 1
TRUE[1, [0, 7]] = 0.9, -1


def test_pysindy_is_the_release_this_was_written_for():
    version = importlib.metadata.version("pysindy")
    assert version.startswith("2.1."), (
        f"PySINDy {version} is here, mmlib.identify was written for 2.1: the next minor release renames the weak and PDE "
        "libraries. Read its changelog, run this file and the chapter odes/system_identification, then move the pin in "
        "pyproject.toml and this line together."
    )


# -- the regression problem


def test_terms_are_those_of_the_kinetics(problem):
    assert problem.terms == ["1", "u", "v", "u^2", "u v", "v^2", "u^3", "u^2 v", "u v^2", "v^3"]
    assert problem.theta.shape == (len(problem.dydt), 10) and problem.dydt.shape[1] == 2
    assert list(np.unique(problem.group)) == [0, 1, 2, 3, 4, 5]


def test_fast_monomials_are_the_librarys_own(problem, clean):
    ours = candidates(problem.library, clean[0])
    assert ours == pytest.approx(np.asarray(problem.library.transform(clean[0])), rel=1e-12)


@pytest.mark.parametrize("derivative", ["weak", "smoothed"])
def test_rates_are_derivatives_along_time(derivative):
    t = np.linspace(0, 3, 401)
    y = np.stack([np.sin(t), np.exp(-t), t**2], axis=1)
    p = identify.problem(t, y, names=["a", "b", "c"], derivative=derivative, window=11)
    a, b, c = (p.theta[:, p.terms.index(n)] for n in "abc")
    one = p.theta[:, 0]
    assert one == pytest.approx(np.ones(len(one)), abs=1e-12)
    assert p.dydt[:, 1] == pytest.approx(-b, abs=2e-4)
    assert p.dydt[:, 0] ** 2 == pytest.approx(1 - a**2, abs=2e-3)
    assert p.dydt[:, 2] ** 2 == pytest.approx(4 * c, abs=2e-3)


def test_the_time_axis_is_right_when_samples_and_states_are_equally_many():
    t = np.linspace(0, 1, 7)
    y = np.outer(t, np.arange(1, 8))  # state j grows at rate j
    p = identify.problem(t, y, names=list("abcdefg"), degree=1, derivative="smoothed", window=5)
    assert p.dydt == pytest.approx(np.tile(np.arange(1, 8), (7, 1)), rel=1e-10)


def test_weak_form_agrees_with_pysindys_own(noisy):
    state = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(0)  # noqa: NPY002
        library = ps.WeakPDELibrary(ps.PolynomialLibrary(3), spatiotemporal_grid=T, K=100, H_xt=[0.6])
    finally:
        np.random.set_state(state)  # noqa: NPY002
    keep = TRUE != 0
    theirs, ours = [], []
    y = noisy[0]
    model = ps.SINDy(feature_library=library, optimizer=ps.STLSQ(threshold=0.05, alpha=1e-6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySINDy's own about its axes
        model.fit(y, t=T)
        data = ps.AxesArray(y, {"ax_time": 0, "ax_coord": 1})
        theta, rate = np.asarray(library.transform([data])[0]), np.asarray(library.convert_u_dot_integral(data))
    p = identify.problem(T, y, names=["u", "v"], degree=3)
    for i in range(2):
        theirs += list(np.linalg.lstsq(theta[:, keep[i]], rate[:, i], rcond=None)[0])
        ours += list(identify.refit(p, keep).coef[i, keep[i]])
    assert ours == pytest.approx(theirs, abs=0.03)
    assert ours == pytest.approx(TRUE[keep], abs=0.03)


def test_weak_form_takes_uneven_times():
    t = np.sort(np.random.default_rng(0).uniform(0, 3, 600))
    law = identify.sindy(identify.problem(t, np.exp(-2 * t)[:, None], names=["x"], window=41))
    assert law.coef == pytest.approx(np.array([[0, -2.0, 0]]), abs=5e-3)


def test_weak_rows_are_exact_for_straight_lines():
    t = np.sort(np.random.default_rng(0).uniform(0, 3, 60))
    average, slope = weak_weights(t, 11)
    assert average.sum(axis=1) == pytest.approx(1) and slope.sum(axis=1) == pytest.approx(0, abs=1e-10)
    assert slope @ t == pytest.approx(1)


def test_weak_form_of_exact_data_is_as_good_as_the_data(clean):
    p = identify.problem(T, clean, names=["u", "v"], degree=3)
    assert identify.refit(p, TRUE != 0).coef == pytest.approx(TRUE, abs=2e-4)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (dict(y=np.ones(50)), r"Pass y\[:, None\]"),
        (dict(y=np.ones((40, 2))), r"expected t \(n,\)"),
        (dict(y=np.full((50, 2), np.nan)), "NaN"),
        (dict(t=np.linspace(1, 0, 50)), "Sort times and readings"),
        (dict(names=["u"]), "expected 2 names"),
        (dict(degree=0), "degree"),
        (dict(degree=1.5), "degree"),
        (dict(window=49), "smaller"),
        (dict(window=8), "odd window"),
        (dict(derivative="spline"), "'weak', 'smoothed'"),
        (dict(derivative=np.ones((3, 2))), "same shape as y"),
        (dict(t=[np.arange(50.0)] * 2), "as many arrays of times"),
    ],
)
def test_unusable_data_are_refused_before_computing(change, match):
    good = dict(t=np.linspace(0, 1, 50), y=np.random.default_rng(0).random((50, 2)), names=["u", "v"], degree=2)
    with pytest.raises(ValueError, match=match):
        identify.problem(**{**good, **change})


def test_smoothing_asks_for_even_times():
    t = np.linspace(0, 1, 50) ** 2
    with pytest.raises(ValueError, match="evenly spaced"):
        identify.problem(t, t[:, None], names=["x"], derivative="smoothed")


# -- the methods


@pytest.fixture(scope="module")
def film():
    """A front of Fisher's equation, u_t = D u_xx + r u (1 - u) in mm and days, from its closed form."""
    x, t = np.linspace(0, 4, 321), np.linspace(0, 3, 121)
    return x, t, fisher_wave(x, t[:, None], D=0.02, r=1.0, x0=1.0)


def test_weak_form_finds_the_equation_of_a_closed_form(film):
    p = identify.field_problem(*film, powers=(1, 2), window=(61, 41))
    assert p.terms == ["u", "u^2", "u_x", "(u^2)_x", "u_xx", "(u^2)_xx"]
    keep = np.array([[True, True, False, False, True, False]])
    assert identify.refit(p, keep).coef[keep] == pytest.approx([1.0, -1.0, 0.02], rel=1e-4)


def test_weak_field_agrees_with_pysindys_own_library(film):
    x, t, u = film
    state = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(0)  # noqa: NPY002
        grid = np.stack(np.meshgrid(x, t, indexing="ij"), axis=-1)
        library = ps.WeakPDELibrary(
            function_library=ps.PolynomialLibrary(2, include_bias=False),
            derivative_order=2, spatiotemporal_grid=grid, K=200, H_xt=[0.4, 0.5],
        )  # fmt: skip
        field = ps.AxesArray(u.T[..., None], {"ax_spatial": [0], "ax_time": 1, "ax_coord": 2})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PySINDy's own about its axes
            library.fit([field])
            theta = np.asarray(library.transform([field])[0])
            rate = np.asarray(library.convert_u_dot_integral(field))
    finally:
        np.random.set_state(state)  # noqa: NPY002
    names = library.get_feature_names(["u"])
    columns = [names.index(k) for k in ("u", "u^2", "u_11")]
    theirs = np.linalg.lstsq(theta[:, columns], rate[:, 0], rcond=None)[0]
    ours = identify.field_problem(x, t, u, powers=(1, 2))
    keep = np.array([[term in ("u", "u^2", "u_xx") for term in ours.terms]])
    assert theirs == pytest.approx([1.0, -1.0, 0.02], rel=0.02)
    assert identify.refit(ours, keep).coef[keep] == pytest.approx(theirs, rel=0.02)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda x, t, u: (x, t, u.T), "time first"),
        (lambda x, t, u: (x, t, np.where(u > 0.5, np.nan, u)), "finite"),
        (lambda x, t, u: (x**2, t, u), "x increasing and evenly"),
        (lambda x, t, u: (x, t[::-1], u), "t increasing and evenly"),
        (lambda x, t, u: (x, t[:20], u[:20]), r"window\[1\] odd"),
    ],
)
def test_unusable_films_are_refused_before_computing(film, change, match):
    with pytest.raises(ValueError, match=match):
        identify.field_problem(*change(*film))


def test_all_methods_recover_the_law_from_exact_rates(clean):
    p = identify.problem(T, clean, names=["u", "v"], degree=3, derivative=[MODEL.rhs(T, y.T).T for y in clean])
    assert identify.sindy(p).coef == pytest.approx(TRUE, abs=1e-6)
    assert identify.ridge(p, penalties=[1e-10]).coef == pytest.approx(TRUE, abs=1e-5)
    for method in ("sindy", "stepwise"):
        laws = identify.path(p, method)
        for i, wanted in enumerate(TRUE != 0):  # equation by equation: stepwise drops one term of each at a time
            assert any((law.structure[i] == wanted).all() for law in laws), (method, i)


def test_sindy_is_pysindys_own_answer(problem):
    law = identify.sindy(problem, threshold=0.05, alpha=1e-6)
    again = ps.STLSQ(threshold=0.05, alpha=1e-6).fit(problem.theta, problem.dydt)
    assert law.coef == pytest.approx(again.coef_)
    assert isinstance(law.model, ps.STLSQ)
    assert law.coef[TRUE != 0] == pytest.approx(TRUE[TRUE != 0], abs=0.05)


def test_an_F_is_the_growth_of_the_misfit(problem):
    step = identify.stepwise(problem).model[0][0]
    x, y = problem.theta, problem.dydt[:, 0]

    def rss(a):
        return ((y - a @ np.linalg.lstsq(a, y, rcond=None)[0]) ** 2).sum()

    out = problem.terms.index(step.removed)
    n, k = x.shape
    F = (rss(np.delete(x, out, axis=1)) - rss(x)) / (rss(x) / (n - k))
    assert step.F == pytest.approx(F, rel=1e-5)
    assert step.p == pytest.approx(stats.f.sf(F, 1, n - k), rel=1e-5)


def test_each_step_of_an_elimination_is_that_of_fits_without_each_term():
    """Few rows, so that every degree of freedom counts: all F-tests of all steps from residual sums of squares alone."""
    rng = np.random.default_rng(4)
    rows, y = rng.standard_normal((9, 4)) * [1, 30, 0.2, 1], rng.standard_normal(9)
    rows[:, 3] += rows[:, 0]
    p = identify.problem(np.arange(9.0), y[:, None], names=["x"], degree=3, derivative=y[:, None])
    p = p._replace(theta=rows, terms=list("abcd"))
    left = [0, 1, 2, 3]

    def rss(columns):
        x = rows[:, columns]
        return ((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum() if columns else (y**2).sum()

    for step in identify.stepwise(p).model[0]:
        assert np.flatnonzero(step.structure).tolist() == left
        freedom = 9 - len(left)
        F = {j: (rss([k for k in left if k != j]) - rss(left)) / (rss(left) / freedom) for j in left}
        out = min(F, key=F.get)
        assert step.removed == p.terms[out] and step.F == pytest.approx(F[out], rel=1e-7)
        assert step.p == pytest.approx(2 * stats.t.sf(np.sqrt(F[out]), freedom), rel=1e-7)
        left.remove(out)
    assert not left


def test_stepwise_keeps_the_false_positive_rate_when_its_assumptions_hold():
    rng, n = np.random.default_rng(3), 200
    t = np.arange(n) * 1.0
    kept = 0
    for _ in range(200):
        y = rng.standard_normal((n, 1))
        rate = rng.standard_normal((n, 1))  # nothing drives it
        p = identify.problem(t, y, names=["x"], degree=1, derivative=rate)
        kept += identify.stepwise(p, p=0.05).structure.sum()
    assert 8 <= kept <= 36  # 400 true nulls, about 5 % of them kept (eliminating one changes the other little)


def test_ridge_never_drops_a_term_and_lasso_says_how_it_was_tuned(problem):
    assert identify.ridge(problem).structure.all()
    law = identify.lasso(problem)
    assert len(law.model) == 2 and law.model[0].alpha_ > 0


@pytest.mark.parametrize("method", [identify.lasso, identify.stepwise])
def test_units_do_not_matter_where_columns_are_scaled(problem, noisy, method):
    other = identify.problem(T, [y * [1, 1 / 8] for y in noisy], names=["u", "v"], degree=3)
    assert (method(problem).structure == method(other).structure).all()


@pytest.mark.parametrize("rule", ["bic", "aic", "cv"])
def test_choosing_takes_the_best_score_of_each_equation(problem, rule):
    laws = identify.path(problem, "stepwise")
    best = identify.choose(problem, laws, rule)
    least = np.min([identify.scores(problem, law.structure, rule) for law in laws], axis=0)
    assert identify.scores(problem, best.structure, rule) == pytest.approx(least)


def test_bic_is_that_of_the_gaussian_likelihood(problem):
    keep = TRUE != 0
    n = len(problem.theta)
    law = identify.refit(problem, keep)
    residual = problem.dydt - problem.theta @ law.coef.T
    loglik = [stats.norm.logpdf(r, scale=np.sqrt((r**2).mean())).sum() for r in residual.T]
    bic = -2 * np.array(loglik) + keep.sum(axis=1) * np.log(n)
    assert identify.scores(problem, keep, "bic") == pytest.approx(bic - n * (np.log(2 * np.pi) + 1))


def test_as_many_terms_as_rows_never_win(problem):
    few = problem._replace(theta=problem.theta[:10], dydt=problem.dydt[:10], group=problem.group[:10])
    assert (identify.scores(few, np.ones((2, 10), bool), "bic") == np.inf).all()


def test_a_law_forecasts_and_prints(problem):
    law = identify.refit(problem, TRUE != 0)._replace(coef=TRUE)
    assert law.equations() == ["du/dt = 0.1 - 1 u + 1 u^2 v", "dv/dt = 0.9 - 1 u^2 v"]
    assert law._replace(coef=-TRUE).equations()[1] == "dv/dt = -0.9 + 1 u^2 v"
    assert law._replace(coef=0 * TRUE).equations()[0] == "du/dt = 0"
    y = np.random.default_rng(0).random((2, 7))
    assert law.rhs(0, y) == pytest.approx(MODEL.rhs(0, y))
    assert law.rhs(0, y[:, 0]) == pytest.approx(MODEL.rhs(0, y[:, 0]))


def test_another_library_may_be_used(clean):
    library = ps.PolynomialLibrary(2) + ps.FourierLibrary(n_frequencies=1)
    p = identify.problem(T, clean, names=["u", "v"], library=library)
    assert "sin(1 u)" in p.terms
    law = identify.sindy(p, threshold=0.2)
    assert law.rhs(0, clean[0][5]) == pytest.approx(law.coef @ np.asarray(library.transform(clean[0][5:6]))[0])


def test_bagging_finds_the_terms_and_leaves_the_global_generator_alone(problem):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    result = identify.bagging(problem, 0.05, seed=1, n_models=40)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    assert (result.probability[TRUE != 0] > 0.6).all()
    assert result.coef.shape == (40, 2, 10)
    again = identify.bagging(problem, 0.05, seed=1, n_models=40)
    assert (again.coef == result.coef).all()


def test_lorenz_comes_back_from_noisy_exact_rates():
    model, t = Lorenz(), np.arange(0, 20, 0.002)
    y = solve_ivp(model.rhs, (0, 20), [-8, 7, 27], t_eval=t, method="DOP853", rtol=1e-10, atol=1e-10).y
    rates = model.rhs(t, y) + 0.1 * np.random.default_rng(0).standard_normal(y.shape)
    law = identify.sindy(identify.problem(t, y.T, names="xyz", degree=2, derivative=rates.T), 0.025)
    assert law.coef[law.structure] == pytest.approx([-10, 10, 28, -1, -1, -8 / 3, 1], rel=2e-3)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda p: identify.sindy(p, threshold=0), "positive threshold"),
        (lambda p: identify.sindy(p, alpha=-1), "positive alpha"),
        (lambda p: identify.stepwise(p, p=2), "between 0 and 1"),
        (lambda p: identify.path(p, "forest"), "'sindy', 'lasso' or 'stepwise'"),
        (lambda p: identify.choose(p, identify.path(p, "stepwise"), "dic"), "'bic', 'aic' or 'cv'"),
        (lambda p: identify.bagging(p, seed=0, drop=10), "drop between 0 and 9"),
        (lambda p: identify.stepwise(p._replace(theta=p.theta[:9], dydt=p.dydt[:9])), "more rows than terms"),
    ],
)
def test_wrong_settings_are_refused(problem, call, match):
    with pytest.raises(ValueError, match=match):
        call(problem)


def test_importing_changes_no_filter():
    before = list(warnings.filters)
    importlib.reload(identify)
    assert warnings.filters == before


# -- rows of unequal, dependent errors ----------------------------------------------------------------------------


def _draws(clean, level, n, seed):
    spread, rng = np.concatenate(clean).std(axis=0), np.random.default_rng(seed)
    for _ in range(n):
        noisy = [y + level * spread * rng.standard_normal(y.shape) for y in clean]
        yield identify.problem(T, noisy, names=["u", "v"], degree=3)


def test_weighted_rows_are_independent_and_equally_exact(clean):
    """Over draws of the noise the residuals of the true law have variance one and neighbours are not correlated."""
    right = np.array([[True, True, False, False, False, False, False, True, False, False],
                      [True, False, False, False, False, False, False, True, False, False]])  # fmt: skip
    residuals, before = [], []
    for p in _draws(clean, 0.02, 12, 0):
        assert [p.terms[k] for k in np.flatnonzero(right[0])] == ["1", "u", "u^2 v"]
        for i, (plain, q) in enumerate(zip(identify.split(p), identify.weigh(p), strict=True)):
            for into, rows in ((before, plain), (residuals, q)):
                law = identify.refit(rows, right[[i]])
                into.append(rows.dydt[:, 0] - rows.theta @ law.coef[0])
    residuals, before = np.array(residuals), np.array(before)

    def neighbours(r):
        r = r.reshape(len(r), len(clean), -1)
        return np.corrcoef(r[:, :, :-1].ravel(), r[:, :, 1:].ravel())[0, 1]

    assert residuals.std() == pytest.approx(1, abs=0.1), "the noise was estimated from the data"
    assert abs(neighbours(residuals)) < 0.05 < abs(neighbours(before)), "overlapping windows share samples"
    sizes = before.std(axis=0).max() / before.std(axis=0).min()
    assert residuals.std(axis=0).max() / residuals.std(axis=0).min() < 3 < sizes


def test_weights_lower_the_error_of_the_coefficients(clean):
    """And the errors of the terms are what matters: weights of the derivative alone do not."""
    right = np.zeros((2, 10), bool)
    right[0, [0, 1, 7]] = right[1, [0, 7]] = True
    truth = np.array([0.1, -1, 1, 0.9, -1])

    def error(rows):
        law = identify.join([identify.refit(q, right[[i]]) for i, q in enumerate(rows)])
        return abs(law.coef[right] / truth - 1).max()

    errors = np.array([[error(identify.split(p)), error(identify.weigh(p)), error(identify.weigh(p, terms_err=False))]
                       for p in _draws(clean, 0.02, 10, 1)])  # fmt: skip
    plain, weighted, derivative = np.median(errors, axis=0)
    assert weighted < 0.7 * plain < derivative


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_weights_do_not_know_units(noisy, scale):
    """Another unit of time and of the states: the weighted rows are the same numbers."""
    plain = identify.weigh(identify.problem(T, noisy, names=["u", "v"], degree=2))
    other = identify.weigh(identify.problem(T * scale, [y * scale for y in noisy], names=["u", "v"], degree=2))
    for p, q in zip(plain, other, strict=True):
        np.testing.assert_allclose(q.dydt, p.dydt, rtol=1e-6, atol=1e-6)


def test_rows_divided_by_their_own_error_stay_dependent(noisy):
    """Without the overlap the weights are one number for each row, and the same for all terms."""
    p = identify.problem(T, noisy, names=["u", "v"], degree=2)
    for i, q in enumerate(identify.weigh(p, overlap=False)):
        by_term = q.theta / p.theta
        assert np.allclose(by_term, by_term[:, :1])
        assert np.allclose(q.dydt[:, 0], by_term[:, 0] * p.dydt[:, i])
    full = identify.weigh(p)[0]
    assert not np.allclose(full.theta / p.theta, (full.theta / p.theta)[:, :1], rtol=0.1)


def test_one_state_and_many_have_the_same_rates(noisy):
    """The short way for a solver's calls gives what PySINDy's library gives."""
    law = identify.sindy(identify.problem(T, noisy, names=["u", "v"], degree=3))
    states = np.random.default_rng(0).uniform(0.1, 2, (2, 5))
    assert law.rhs(0, states) == pytest.approx(np.stack([law.rhs(0, y) for y in states.T], axis=1), rel=1e-12)


def test_what_weights_refuse(clean, noisy):
    weak = identify.problem(T, noisy, names=["u", "v"], degree=2)
    with pytest.raises(ValueError, match="derivative='weak'"):
        identify.weigh(identify.problem(T, noisy, names=["u", "v"], derivative="smoothed"))
    with pytest.raises(ValueError, match="derivative='weak'"):
        identify.weigh(identify.split(weak)[0])
    with pytest.raises(ValueError, match="more rows than terms"):
        identify.weigh(identify.problem(T, noisy[0], names=["u", "v"], degree=8))
    with pytest.raises(ValueError, match="positive, finite noise for each state"):
        identify.weigh(weak, sd=[0.1, 0.0])
    with pytest.raises(ValueError, match="at least one round"):
        identify.weigh(weak, rounds=0)
    with pytest.raises(ValueError, match="2 states and 6 terms"):
        identify.weigh(weak, law=identify.sindy(identify.problem(T, noisy, names=["u", "v"], degree=3)))
    with pytest.raises(ValueError, match="at least 4"):
        identify.noise_of(np.zeros((3, 1)))


def test_exhaustive_search_agrees_with_least_squares_one_by_one(noisy):
    p = identify.problem(T, noisy, names=["u", "v"], degree=2)
    law = identify.exhaustive(p)
    for every, y in zip(law.model, p.dydt.T, strict=True):
        for k in (0, 5, 17, len(every.sets) - 1):
            x = p.theta[:, every.sets[k]]
            rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
            assert every.misfit[k] == pytest.approx((rest**2).mean(), rel=1e-6)
        assert every.rank(every.sets[every.score.argmin()]) == 1
    with pytest.raises(ValueError, match="at most 16 candidate terms"):
        identify.exhaustive(identify.problem(T, noisy, names=["u", "v"], degree=6))
    with pytest.raises(ValueError, match="'bic' or 'aic'"):
        identify.exhaustive(p, rule="cv")


def test_joined_laws_have_the_same_candidates(noisy):
    small, large = (identify.sindy(identify.problem(T, noisy, names=["u", "v"], degree=d)) for d in (1, 2))
    with pytest.raises(ValueError, match="same candidate terms"):
        identify.join([small, large])
    with pytest.raises(ValueError, match="same candidate terms"):
        identify.join([])


# -- what the rows are made of, and defaults


def test_the_condition_number_is_that_of_columns_of_length_one(problem):
    columns = problem.theta / np.linalg.norm(problem.theta, axis=0)
    assert problem.condition == pytest.approx(np.linalg.cond(columns), rel=1e-9) and problem.condition > 5
    orthogonal = problem._replace(theta=np.diag([1.0, 1e-3, 50.0]), terms=list("abc"))
    assert orthogonal.condition == pytest.approx(1, rel=1e-12)
    for rows in (np.eye(3)[:2], np.zeros((4, 3))):  # fewer rows than columns; nothing at all
        assert problem._replace(theta=rows, terms=list("abc")).condition == np.inf


@pytest.mark.parametrize("derivative", ["weak", "smoothed"])
def test_the_rows_do_not_know_the_date(derivative):
    """Times that single numbers hold exactly, counted from zero and from long ago, seconds or ages: the same rows to the bit."""
    t = np.arange(200) / 16
    y = np.stack([np.sin(t), np.exp(-t / 5)], axis=1)
    here = identify.problem(t, y, names=["a", "b"], derivative=derivative)
    for origin in (2.0**31, -(2.0**31)):
        there = identify.problem(t + origin, y, names=["a", "b"], derivative=derivative)
        assert np.array_equal(here.theta, there.theta) and np.array_equal(here.dydt, there.dydt)


def test_ridge_chooses_among_penalties_over_eight_decades(problem):
    for model in identify.ridge(problem).model:
        assert np.asarray(model.alphas) == pytest.approx(10 ** (np.arange(-32, 1) / 4), rel=1e-9)
    few = identify.ridge(problem, [0.3, 3.0])
    assert all(model.alpha_ in (0.3, 3.0) for model in few.model)


@pytest.mark.parametrize("window", [61, 201])
def test_windows_have_the_weight_of_their_documentation(window):
    """(1 - s^2)^4 for trajectories and (1 - s^2)^6 for films: the mean of s^2 under them is 1/11 and 1/15."""
    t = np.linspace(-3, 5, 801)
    half = window // 2 * 0.01
    average, slope = weak_weights(t, window)
    centres = average @ t
    assert centres == pytest.approx(t[window // 2 : -(window // 2) : window // 2][: len(average)])
    assert average @ t**2 - centres**2 == pytest.approx(np.full(len(average), half**2 / 11), rel=1e-3)
    assert slope @ t**2 == pytest.approx(2 * centres, abs=1e-9)
    assert slope @ t**3 == pytest.approx(3 * (centres**2 + half**2 / 11), rel=1e-3)  # the average of the derivative
    x = np.linspace(0, 8, 801)
    film = identify.field_problem(x, t, np.ones((801, 1)) * x**2 + t[:, None], powers=[1], window=(window, window))
    u, u_x, u_xx = (film.theta[:, film.terms.index(name)] for name in ("u", "u_x", "u_xx"))
    assert np.ptp(u_xx) < 1e-3 and u_xx == pytest.approx(2, rel=1e-4)
    assert film.dydt[:, 0] == pytest.approx(1, rel=1e-7)
    time = (u - (u_x / 2) ** 2).reshape(len(centres), -1)  # the place is squared: its mean is too large by a variance
    assert time - half**2 / 15 == pytest.approx(np.tile(centres[:, None], time.shape[1]), abs=1e-4)


@pytest.mark.parametrize(("beside", "tied"), [(0.93e-11, True), (1.07e-11, False)])
def test_a_column_is_a_combination_up_to_round_off(problem, beside, tied):
    """What is left of it, of its length: 1e-11. Those that take part in it by less than a millionth are not named."""
    q = np.linalg.qr(np.random.default_rng(0).standard_normal((40, 4)))[0]
    column = 0.6 * q[:, 0] + 0.8 * q[:, 2] + beside * q[:, 3]
    rows = problem._replace(theta=np.column_stack([q[:, :3], column]) * [1, 5, 1e3, 1e-2], terms=list("abcd"))
    assert rows.dependent == ({"d": ["a", "c"]} if tied else {}) and rows.rank == (3 if tied else 4)
    for part, named in ((0.98e-6, ["a"]), (1.02e-6, ["a", "b"])):
        near = problem._replace(theta=np.column_stack([q[:, :2], q[:, 0] + part * q[:, 1]]), terms=list("abc"))
        assert near.dependent == {"c": named}


def test_thresholds_ask_for_states_and_rates_within_a_thousand():
    t = np.linspace(0, 6, 300)

    def made(size, pace):
        y, rate = size * np.sin(t)[:, None], size * pace * np.cos(t)[:, None]
        return identify.problem(t, y, names=["a"], degree=1, derivative=rate)

    root = np.sqrt((np.cos(t) ** 2).mean()) / np.abs(np.sin(t)).max()  # of the rate, over the largest state
    for size, pace, good in ((970, 1, True), (1030, 1, False), (1 / 970, 1, True), (1 / 1030, 1, False),
                             (1, 970 / root, True), (1, 1040 / root, False), (1, 1.03e-3 / root, True), (1, 0.96e-3 / root, False)):  # fmt: skip
        p = made(size, pace)
        assert p.sizes["state a"] == pytest.approx(size, rel=1e-3)
        assert p.sizes["rate of a / a"] == pytest.approx(pace * root, rel=1e-9)
        if good:
            identify.path(p, "sindy", [0.1])
        else:
            with pytest.raises(ValueError, match="of order one"):
                identify.path(p, "sindy", [0.1])


def test_a_state_that_changes_by_round_off_never_changes():
    t = np.arange(50.0)
    wave = np.sin(t)
    for size, good in ((0.9e-13, False), (1.3e-13, True)):
        y = np.column_stack([wave, 1 + size * (t == 3)])
        if good:
            identify.problem(t, y, names=["a", "b"], degree=1)
        else:
            with pytest.raises(ValueError, match="state 'b' that never changes"):
                identify.problem(t, y, names=["a", "b"], degree=1)


def test_scores_by_hand(problem):
    """AIC: 2 a term; cross-validation: the squared error on rows that least squares has not seen, added up."""
    keep = TRUE != 0
    n = len(problem.theta)
    for rule, price in (("aic", 2.0), ("bic", np.log(n))):
        by_hand = []
        for k, y in zip(keep, problem.dydt.T, strict=True):
            rest = y - problem.theta[:, k] @ np.linalg.lstsq(problem.theta[:, k], y, rcond=None)[0]
            by_hand.append(n * np.log((rest**2).mean()) + price * k.sum())
        assert identify.scores(problem, keep, rule) == pytest.approx(by_hand)
    total = np.zeros(2)
    for trajectory in range(6):
        out = problem.group == trajectory
        for i, k in enumerate(keep):
            fit = np.linalg.lstsq(problem.theta[~out][:, k], problem.dydt[~out, i], rcond=None)[0]
            total[i] += ((problem.dydt[out, i] - problem.theta[out][:, k] @ fit) ** 2).sum()
    assert identify.scores(problem, keep, "cv") == pytest.approx(total)
    nothing = identify.scores(problem, 0 * keep, "cv")
    assert nothing == pytest.approx((problem.dydt**2).sum(axis=0))
    assert identify.scores(problem, 0 * keep, "bic") == pytest.approx(n * np.log((problem.dydt**2).mean(axis=0)))
    few = problem._replace(theta=problem.theta[:5], dydt=problem.dydt[:5], group=problem.group[:5])
    assert np.isfinite(identify.scores(few, np.arange(10) < 4 * np.ones((2, 1)), "aic")).all()
    assert np.isinf(identify.scores(few, np.arange(10) < 5 * np.ones((2, 1)), "aic")).all()


def test_a_dropped_candidate_has_had_no_chance(problem):
    result = identify.bagging(problem, 0.05, seed=3, n_models=30, drop=4)
    share = (result.coef != 0).mean(axis=0)
    assert result.probability == pytest.approx(np.minimum(share / 0.6, 1)) and share.max() < 0.95
    assert (
        result.model.n_candidates_to_drop == 4
        and identify.bagging(problem, seed=3, n_models=2, drop=0).model.library_ensemble is False
    )


def test_every_law_has_its_place(noisy):
    p = identify.problem(T, noisy, names=["u", "v"], degree=1)
    law = identify.exhaustive(p, "aic")
    n = len(p.theta)
    for every, row in zip(law.model, law.structure, strict=True):
        assert every.sets.shape == (7, 3) and len({tuple(s) for s in every.sets.tolist()}) == 7
        assert every.score == pytest.approx(n * np.log(every.misfit) + 2 * every.sets.sum(axis=1))
        order = np.argsort(every.score)
        assert [every.rank(every.sets[k]) for k in order] == list(range(1, 8)) and (every.sets[order[0]] == row).all()


def test_noise_from_third_differences():
    """Cubes fall out, and independent noise leaves twenty variances: 1 + 9 + 9 + 1."""
    t = np.arange(9.0)
    assert identify.noise_of((t**2 - 3 * t)[:, None]) == pytest.approx([0], abs=1e-9)
    spike = np.zeros((9, 1))
    spike[4] = 2.0
    assert identify.noise_of(spike) == pytest.approx([np.sqrt(4 * 20 / 6 / 20)])
    assert identify.noise_of([spike, 0 * spike]) == pytest.approx([np.sqrt(4 / 6 / 2)])
    with pytest.raises(ValueError, match="at least 4"):
        identify.noise_of(np.zeros((3, 1)))
    assert identify.noise_of(np.zeros((4, 1))) == [0]


# -- the verdict on a law, collinear terms, maps


def kelvin(noise):
    """A cup that cools from 350 K to a room of 300 K: dT/dt = 300 - T."""
    t = np.linspace(0, 3, 301)
    rng = np.random.default_rng(0)
    return t, (300 + 50 * np.exp(-t) + noise * rng.standard_normal(301))[:, None]


def test_terms_that_others_imitate_are_named():
    t, T = kelvin(0.5)
    p = identify.problem(t, T, names=["T"])
    assert p.dependent == {} and set(p.collinear) == {"1", "T", "T^2"} and set(p.collinear["T"]) == {"1", "T^2"}
    centred = identify.problem(t, (T - 320) / 50, names=["T"])
    assert centred.collinear == {} and centred.condition < 100 < p.condition


@pytest.mark.parametrize("method", [identify.stepwise, identify.ridge, lambda p: identify.refit(p, [[1, 0, 1]])])
def test_a_law_in_kelvin_is_not_determined_and_the_same_law_from_the_middle_is(method):
    t, T = kelvin(0.5)
    law = method(identify.problem(t, T, names=["T"]))
    assert law.verdict.status == "not determined" and "can be replaced" in law.verdict.reason and not law.converged
    assert "x - x.mean" in law.verdict.remedy
    centred = identify.stepwise(identify.problem(t, (T - 320) / 50, names=["T"]), p=1e-3)
    assert centred.verdict.converged and centred.structure.tolist() == [[True, True, False]], centred


def test_exact_data_determine_even_collinear_terms():
    t, T = kelvin(0.0)
    p = identify.problem(t, T, names=["T"])
    assert identify.refit(p, [[1, 1, 0]]).coef == pytest.approx(np.array([[300, -1.0, 0]]), rel=1e-3)
    assert identify.refit(p, [[1, 1, 0]]).verdict.converged


def test_a_law_that_explains_nothing_has_stalled():
    t = np.linspace(0, 6, 301)
    p = identify.problem(t, np.stack([np.cos(t), -np.sin(t)], axis=1), names=["x", "v"], degree=1)
    assert identify.sindy(p).verdict.converged
    empty = identify.refit(p, np.zeros((2, 3)))
    assert empty.verdict.status == "stalled" and "equation of x: no term is left" in empty.verdict.reason
    wrong = identify.refit(p, [[1, 0, 0], [0, 1, 0]])
    assert wrong.verdict.status == "stalled" and "left unexplained" in wrong.verdict.reason
    one, two = identify.split(p)
    joined = identify.join([identify.sindy(one), identify.refit(two, [[0, 0, 1]])])
    assert joined.verdict.status == "stalled" and joined.verdict.reason.startswith("law 1: equation of v")
    assert identify.Law(["x"], ["1"], np.ones((1, 1)), None, None).verdict.status == "not determined"


def test_a_map_is_printed_and_iterated_as_one():
    x = [0.3]
    for _ in range(60):
        x.append(3.7 * x[-1] * (1 - x[-1]))
    x = np.array(x)[:, None]
    p = identify.problem(np.arange(60), x[:-1], names=["x"], derivative=x[1:])
    law = identify.sindy(p)
    assert p.is_map and law.is_map and law.equations() == ["x[k+1] = 3.7 x - 3.7 x^2"]
    assert repr(law) == "Law(x[k+1] = 3.7 x - 3.7 x^2)" and law.next([0.5]) == pytest.approx([0.925])
    assert identify.join([law, law]).is_map
    with pytest.raises(ValueError, match=r"got a map.*law\.next"):
        law.rhs(0.0, [0.5])
    rates = identify.problem(np.arange(60), x[:-1], names=["x"], derivative=x[1:] - x[:-1])
    assert not rates.is_map and identify.sindy(rates).equations()[0].startswith("dx/dt = ")


def test_backward_steps_are_the_f_tests_of_two_nested_fits():
    """F and p from sums of squares with and without the term that goes, with the degrees of freedom of the larger fit."""
    from mmlib.identify.methods import _eliminate

    rng = np.random.default_rng(7)
    theta = rng.standard_normal((11, 4)) * [1.0, 20.0, 0.3, 4.0]
    y = theta @ [1.0, 0.05, -2.0, 0.0] + 0.8 * rng.standard_normal(11)
    keep = list("abcd")

    def squares(names):
        columns = theta[:, ["abcd".index(n) for n in names]]
        return ((y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]) ** 2).sum() if names else (y**2).sum()

    for step in _eliminate(theta, y, list("abcd")):
        without = {n: squares([m for m in keep if m != n]) for n in keep}
        free = 11 - len(keep)
        assert step.removed == min(without, key=without.get) and step.structure.sum() == len(keep)
        F = (without[step.removed] - squares(keep)) / (squares(keep) / free)
        assert step.F == pytest.approx(F, rel=1e-8) and step.p == pytest.approx(stats.f.sf(F, 1, free), rel=1e-8)
        keep.remove(step.removed)
    assert not keep
