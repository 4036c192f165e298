"""The glucose-insulin model: the authors' generator as referee, sensitivities against differences, meals, messages."""

import numpy as np
import pytest
from scipy.integrate import odeint
from scipy.optimize import root

from mmlib.systems.glucose_insulin import PARAMETERS, GlucoseInsulin, box, published_start, readings

T = np.array([0.0, 10, 151, 299, 300, 301, 500, 777, 1100, 1103])


def generator(y, t, p, meals):
    """Written after sbinn/data_generation.py of lu-group/sbinn, with its signs and its order."""
    E, tp, ti, td, k, Rm, a1, C1, C2, C4, C5, Ub, U0, Um, Rg, alpha, beta = p
    f1 = Rm / (1 + np.exp(-y[2] / 10 / C1 + a1))
    f2 = Ub * (1 - np.exp(-y[2] / 10 / C2))
    kappa = (1 / 11 + 1 / E / ti) / C4
    f3 = (U0 + Um / (1 + (kappa * y[1]) ** -beta)) / 10 / 100
    f4 = Rg / (1 + np.exp(alpha * (y[5] / 3 / C5 - 1)))
    meal = sum(m * k * np.exp(k * (s - t)) for s, m in meals if s < t)
    flow = E * (y[0] / 3 - y[1] / 11)
    insulin = [f1 - flow - y[0] / tp, flow - y[1] / ti]
    return [*insulin, f4 + meal - f2 - f3 * y[2], (y[0] - y[3]) / td, (y[3] - y[4]) / td, (y[4] - y[5]) / td]


def test_agrees_with_the_authors_generator():
    model = GlucoseInsulin()
    t = np.arange(0, 1201.0)
    start = [36, 44, 11000, 0, 0, 0]
    referee = odeint(
        generator, start, t, args=(model.values, model.meals), rtol=1e-9, atol=1e-6, tcrit=[300, 650, 1100]
    )
    assert model.path(t).glucose == pytest.approx(referee[:, 2] / 100, rel=2e-5)
    for time in (10.0, 400.0, 1150.0):
        rate = generator(referee[int(time)], time, model.values, model.meals)
        assert model.rhs(time, referee[int(time)]) == pytest.approx(rate, rel=1e-10)


def test_integrators_agree():
    model = GlucoseInsulin()
    exact = model.path(T).glucose
    assert model.path(T, method="LSODA", rtol=1e-9).glucose == pytest.approx(exact, abs=1e-5)
    errors = [abs(readings(model.values[None], T, step=h, slopes=False)[0][0] - exact).max() for h in (2.0, 1.0)]
    assert errors[0] < 2e-3
    assert errors[0] / errors[1] > 8, "fourth order"


def test_slopes_are_derivatives():
    low, high = box()
    p = np.random.default_rng(3).uniform(low, high, (2, 17))
    _, slope = readings(p, T[:7], step=5.0)
    for i, name in enumerate(PARAMETERS):
        h = 1e-5 * p[:, i]
        up, down = p.copy(), p.copy()
        up[:, i] += h
        down[:, i] -= h
        difference = (
            readings(up, T[:7], step=5.0, slopes=False)[0] - readings(down, T[:7], step=5.0, slopes=False)[0]
        ) / (2 * h[:, None])
        assert slope[:, :, i] == pytest.approx(difference, abs=1e-5 * abs(difference).max()), name


def test_without_insulin_or_meals_mass_balances():
    """With uptake and release shut off, glucose rises by what was eaten and taken up."""
    model = GlucoseInsulin(Ub=1e-12, U0=1e-12, Um=1e-12, Rg=1e-12).eat((10.0, 50e3))
    assert model.path([0, 1500]).y[2, -1] - 11000 == pytest.approx(50e3, rel=1e-3)


def test_where_the_published_search_starts():
    off = published_start() / GlucoseInsulin().values - 1
    assert (abs(off) < 1e-9).sum() == 15
    assert off[PARAMETERS.index("td")] == pytest.approx(0.5 / 12)
    assert off[PARAMETERS.index("k")] == pytest.approx(0.0083 * 120 - 1)


def test_other_meals_change_glucose_only_afterwards():
    model = GlucoseInsulin()
    other = model.eat((300, 60e3), (700, 10e3))
    t = np.array([100.0, 600.0, 900.0])
    change = model.path(t).glucose - other.path(t).glucose
    assert change[:2] == pytest.approx([0, 0], abs=1e-6)
    assert abs(change[2]) > 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GlucoseInsulin.of([1.0, 2.0]), "17 positive values"),
        (lambda: GlucoseInsulin.of(-np.ones(17)), "17 positive values"),
        (lambda: GlucoseInsulin().path([5, 1]), "increasing times"),
        (lambda: readings(np.ones(17), [0, 1]), r"p\[None\]"),
        (lambda: readings(np.full((1, 17), np.nan), [0, 1]), "positive parameters"),
        (lambda: readings(np.ones((1, 17)), [-1.0]), "from 0 on"),
        (lambda: readings(np.ones((1, 17)), [1.0], step=7.0), "multiples of the step"),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_search_box_is_the_published_one():
    low, high = box()
    first = {"E": (0.1, 0.3), "tp": (4, 8), "ti": (60, 140), "td": (25 / 3, 50 / 3)}
    truth = dict(zip(PARAMETERS, GlucoseInsulin(k=0.0083).values, strict=True))
    for name, a, b in zip(PARAMETERS, low, high, strict=True):
        assert (a, b) == pytest.approx(first.get(name, (0.2 * truth[name], 1.8 * truth[name])), rel=1e-12), name


def test_a_meal_appears_at_once_and_fades():
    model = GlucoseInsulin(k=0.01).eat((100, 5e3), (200, 1e3))
    assert model.appearance(99.9) == 0
    assert model.appearance(100.0) == pytest.approx(50.0)
    assert model.appearance(200.0) == pytest.approx(50 * np.exp(-1) + 10)


def test_times_at_the_start_alone_and_units_of_glucose():
    assert GlucoseInsulin().path([0.0]).glucose == pytest.approx([110.0])  # 11 g in 10 litres
    assert GlucoseInsulin().path([0.0, 5.0]).y[:, 0].tolist() == [36.0, 44.0, 11000.0, 0.0, 0.0, 0.0]
    for wrong in ([0.0, np.nan], [np.inf]):
        with pytest.raises(ValueError, match="finite t|increasing times"):
            GlucoseInsulin().path(wrong)


def test_rest_is_kept_by_all_parts():
    """At the steady state without meals, found by a root search on the second version, nothing moves."""
    model = GlucoseInsulin().eat()
    found = root(lambda y: generator(y, 0.0, model.values, ()), [40, 45, 11000, 40, 40, 40])
    assert found.success
    y = found.x
    assert model.rhs(5.0, y) == pytest.approx(np.zeros(6), abs=1e-6)
    assert y[0] == pytest.approx(y[3]) == pytest.approx(y[5])
