"""`identify.by_solution` and `through_solution`: against closed forms, scipy's own least squares, and paths that run away."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from mmlib import identify

T = np.linspace(0, 10, 301)


def logistic(t, rate=1.0, first=0.1):
    return 1 / (1 + (1 / first - 1) * np.exp(-rate * t))


def noisy(y, share=0.05, seed=0):
    return y * (1 + share * np.random.default_rng(seed).standard_normal(y.shape))


def hunters(t, first=(1.0, 0.5)):
    def rates(_, x):
        return [1.5 * x[0] - x[0] * x[1], x[0] * x[1] - x[1]]

    return solve_ivp(rates, (t[0], t[-1]), first, "DOP853", t_eval=t, rtol=1e-10, atol=1e-12).y.T


def law_of(t, y, terms, names, degree=2):
    rows = identify.problem(t, y, names=names, degree=degree)
    keep = [[term in listed for term in rows.terms] for listed in terms]
    return identify.refit(rows, np.array(keep))


def test_the_logistic_law_is_found_with_noise_and_its_constants_are_those_of_scipy():
    y = noisy(logistic(T)[:, None])
    found = identify.by_solution(T, y, names=["x"])
    assert found.law.structure.tolist() == [[False, True, True, False]] and found.converged
    again = least_squares(lambda p: p[1] * p[2] / (p[2] + (p[1] - p[2]) * np.exp(-p[0] * T)) - y[:, 0], [1, 1, 0.1])
    rate, capacity, first = again.x
    assert found.law.coef[0, 1:3] == pytest.approx([rate, -rate / capacity], rel=1e-4)
    assert found.start[0] == pytest.approx([first], rel=1e-3)
    assert found.rms == pytest.approx(np.sqrt(np.mean(again.fun**2)), rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_hunters_and_prey_come_back_where_equal_rows_miss_them(seed):
    found = identify.by_solution(T, noisy(hunters(T), seed=seed), names=["u", "v"], degree=2)
    assert [sorted(np.array(found.law.terms)[row]) for row in found.law.structure] == [["u", "u v"], ["u v", "v"]]
    assert found.law.coef[found.law.structure] == pytest.approx([1.5, -1, -1, 1], rel=0.03)
    assert all(later >= found.bic for _, later in found.others)


@pytest.mark.parametrize(("time", "size"), [(1e6, 1.0), (1e-6, 1e-9), (1.0, 1e9)])
def test_units_and_the_date_do_not_matter(time, size):
    y = noisy(logistic(T)[:, None])
    here = identify.by_solution(T, y, names=["x"])
    there = identify.by_solution(time * (T + 3), size * y, names=["x"])
    assert (there.law.structure == here.law.structure).all()
    powers = size ** np.arange(4.0)
    assert there.law.coef * time * powers / size == pytest.approx(here.law.coef, rel=1e-4)


def test_uneven_times_and_several_paths():
    rng = np.random.default_rng(1)
    t = [np.sort(rng.choice(T, 150, replace=False)), np.linspace(0, 4, 90)]
    y = [noisy(hunters(np.r_[0, t[0]], (1.0, 0.5))[1:], seed=2), noisy(hunters(t[1], (0.6, 1.6)), seed=3)]
    law = law_of(t, y, [["u", "u v"], ["v", "u v"]], ["u", "v"])
    found = identify.through_solution(law, t, y)
    assert found.converged and len(found.start) == 2
    assert found.law.coef[found.law.structure] == pytest.approx([1.5, -1, -1, 1], rel=0.02)
    assert found.start[1] == pytest.approx([0.6, 1.6], rel=0.05)


def test_readings_without_noise_end_at_the_truth():
    y = logistic(T)[:, None]
    found = identify.through_solution(law_of(T, y, [["x", "x^2"]], ["x"]), T, y)
    assert found.law.coef[0, 1:3] == pytest.approx([1, -1], rel=1e-6) and found.converged


def test_a_start_far_off_is_taken_to_the_same_end():
    y = noisy(hunters(T))
    law = law_of(T, y, [["u", "u v"], ["v", "u v"]], ["u", "v"])
    near = identify.through_solution(law, T, y)
    far = identify.through_solution(law._replace(coef=law.coef * 1.2), T, y, iterations=60)
    assert far.law.coef == pytest.approx(near.law.coef, rel=1e-3, abs=1e-9)


def test_a_solution_that_runs_away_says_so_and_the_law_is_kept():
    y = noisy(logistic(T)[:, None])
    law = law_of(T, y, [["x^2"]], ["x"])
    found = identify.through_solution(law._replace(coef=np.array([[0, 0, 40.0]])), T, y)
    assert found.verdict.status == "not finite" and found.bic == np.inf
    assert found.law.coef.tolist() == [[0, 0, 40.0]]


def test_a_law_that_explains_little_is_not_called_converged():
    y = 2 + np.sin(3 * T)[:, None]
    found = identify.through_solution(law_of(T, y, [["1"]], ["x"]), T, y)
    assert found.verdict.status == "stalled" and "unexplained" in found.verdict.reason


def test_one_step_is_out_of_steps():
    y = noisy(hunters(T))
    law = law_of(T, y, [["u", "u v"], ["v", "u v"]], ["u", "v"])
    assert identify.through_solution(law, T, y, iterations=1).verdict.status == "out of steps"


def test_constants_that_no_reading_determines_are_named():
    y = np.full((301, 1), 0.7) + 1e-3 * np.random.default_rng(0).standard_normal((301, 1))
    found = identify.through_solution(law_of(T, y, [["x", "x^2"]], ["x"]), T, y, iterations=60)
    assert found.verdict.status in ("not determined", "stalled"), found.verdict


def test_fewer_readings_than_a_window_name_the_window():
    with pytest.raises(ValueError, match="window"):
        identify.by_solution(T[:20], logistic(T[:20])[:, None], names=["x"])
    assert identify.by_solution(T[::5], logistic(T[::5])[:, None], names=["x"], windows=(9, 51)).converged


def test_only_laws_of_rates_made_of_monomials():
    y = logistic(T)[:, None]
    steps = identify.problem(T[:-1], y[:-1], names=["x"], derivative=y[1:])
    with pytest.raises(ValueError, match="law of rates"):
        identify.through_solution(identify.refit(steps, np.array([[True, True, False]])), T, y)
    with pytest.raises(ValueError, match="2 states; got 1"):
        identify.through_solution(law_of(T, hunters(T), [["u"], ["v"]], ["u", "v"]), T, y)
