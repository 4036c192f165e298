"""Models of type 1 diabetes: closed forms of their linear parts, balances at rest, another integrator."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib.systems.diabetes import BASAL, MG_PER_MMOL, Hovorka, MinimalModel, cohort


def both():
    return [(Hovorka(), Hovorka().rest(110.0)[0]), (MinimalModel(), MinimalModel().rest())]


@pytest.mark.parametrize("k", [0, 1])
def test_advance_is_scipys(k):
    model, y = both()[k]
    y = model.inject(model.eat(y, 5e4), 1e4, 500.0)
    mine = y
    for j in range(48):
        mine = model.advance(5.0 * j, mine, 5.0, 20.0, 30.0)
    exact = solve_ivp(lambda t, s: model.rhs(t, s, 20.0, 30.0), (0, 240), y, rtol=1e-9, atol=1e-9).y[:, -1]
    assert mine == pytest.approx(exact, rel=2e-3, abs=1e-3)


@pytest.mark.parametrize("k", [0, 1])
def test_insulin_and_meals_arrive_as_gamma_curves(k):
    """Two equal compartments: t exp(-t/tau)/tau^2 of what was given, the sum is all of it."""
    model, y = both()[k]
    d1, tau = (8, 40.0) if k == 0 else (4, 40.0)
    given = 0.8 * 6e4 / (10 * MG_PER_MMOL if k == 0 else 1)
    run = solve_ivp(model.rhs, (0, 800), model.eat(y, 6e4), t_eval=[40.0, 100.0, 800.0], rtol=1e-9, atol=1e-9).y
    t = np.array([40.0, 100.0, 800.0])
    assert run[d1 + 1] / tau == pytest.approx(given * t / tau**2 * np.exp(-t / tau), rel=1e-4, abs=1e-6)
    flow = solve_ivp(
        lambda s, z: np.append(model.rhs(s, z[:-1]), z[d1 + 1] / tau),
        (0, 2000),
        np.append(model.eat(y, 6e4), 0.0),
        rtol=1e-8,
        atol=1e-8,
    )
    assert flow.y[-1, -1] == pytest.approx(given, rel=1e-4)


@pytest.mark.parametrize("k", [0, 1])
def test_area_of_insulin_is_dose_over_clearance(k):
    model, y = both()[k]
    clear = 0.138 * 0.12 * 75 if k == 0 else 1.24
    start = y[:3] * 0
    chain = lambda t, s: np.append(model.rhs(t, np.concatenate([s[:3], y[3:]]))[:3], s[2])  # noqa: E731
    area = solve_ivp(chain, (0, 3000), np.append(start + [1000.0, 0, 0], 0.0), rtol=1e-9, atol=1e-9).y[-1, -1]
    assert area == pytest.approx(1000.0 / clear, rel=1e-3)


def test_hovorka_rests_where_glucose_balances():
    """Made by the liver = taken up without insulin + lost from the second pool, by hand."""
    p = Hovorka(weight=np.array([60.0, 90.0]), SIT=np.array([4e-3, 6e-3]))
    y, basal = p.rest(120.0)
    assert p.glucose(y) == pytest.approx([120.0, 120.0]) and p.sensor(y) == pytest.approx([120.0, 120.0])
    made = p.weight * 0.0161 * (1 - y[5])
    assert made == pytest.approx(p.weight * 0.0097 + y[4] * y[7], rel=1e-9)
    assert basal == pytest.approx(y[2] * 0.138 * 0.12 * p.weight)
    assert abs(p.rhs(0.0, y, basal)).max() < 1e-9


def test_kidneys_and_hunger():
    """Above 9 mmol/l glucose is lost at 0.003 a minute of what is above; below 4.5 the brain's share falls in proportion."""
    p = Hovorka()
    y = np.zeros(11)
    space = 0.16 * 75
    lost = lambda g: p.rhs(0.0, np.where(np.arange(11) == 6, g * space, y))[6] - 75 * 0.0161  # noqa: E731
    assert lost(12.0) == pytest.approx(-75 * 0.0097 - 0.003 * 3 * space)
    assert lost(2.25) == pytest.approx(-75 * 0.0097 / 2)


def test_the_liver_never_takes_up():
    y = np.zeros(11)
    y[5], y[6] = 2.0, 60.0
    assert Hovorka().rhs(0.0, y)[6] == pytest.approx(-75 * 0.0097)


def test_sensitivity_swings_about_its_day():
    p = Hovorka(scale=2.0, swing=0.5, phase=100.0)
    y = np.zeros(11)
    y[2] = 1.0
    rate = [p.rhs(t, y)[3] / (0.006 * 51.2e-4) for t in (100.0, 460.0, 1180.0)]
    assert rate == pytest.approx([2.0, 3.0, 1.0])
    twin = MinimalModel(swing=0.5, phase=100.0)
    s = np.zeros(9)
    s[2] = 11.0
    assert [twin.rhs(t, s)[3] / (0.025 * 5e-4) for t in (100.0, 460.0)] == pytest.approx([1.0, 1.5])


def test_minimal_model_below_and_far_above_basal():
    m, y = MinimalModel(), np.zeros(9)
    y[6] = 200.0
    rate = lambda x: m.rhs(0.0, np.where(np.arange(9) == 3, x, y))[6] - 0.026 * (110 - 200)  # noqa: E731
    assert [rate(0.01), rate(-0.01), rate(5.0)] == pytest.approx([-2.0, 1.1, -40.0])


def test_injections_raise_concentrations():
    m, p = MinimalModel(), Hovorka()
    assert m.inject(m.rest(), 12000.0, 124.0)[[6, 2]] - m.rest()[[6, 2]] == pytest.approx([100.0, 124 / (1.24 / 0.138)])
    y = p.rest(110.0)[0]
    z = p.inject(y, 12 * 180.16, 90.0)
    assert [p.glucose(z) - p.glucose(y), z[2] - y[2]] == pytest.approx([MG_PER_MMOL, 10.0])


def test_cohort_spreads_as_stated():
    some = cohort(300, np.random.default_rng(0))
    for name, cv in (("SIT", 32.09 / 51.2), ("SIE", 306.2 / 520), ("VG", 0.23)):
        z = np.log(getattr(some, name) / getattr(Hovorka, name)) / np.sqrt(np.log1p(cv**2))
        assert abs(z).max() < 1 and np.std(z) == pytest.approx(0.54, abs=0.07)  # a normal cut at one sd
    assert some.weight.min() > 65 and some.weight.max() < 95
    basal = 0.06 * some.rest(110.0)[1]
    assert basal.min() > BASAL[0] and basal.max() < BASAL[1]


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="number 1, who falls"):
        Hovorka(EGP0=np.array([0.0161, 0.005])).rest(110.0)
    with pytest.raises(ValueError, match="9 states"):
        MinimalModel().advance(0.0, np.zeros(5), 5.0)
    with pytest.raises(ValueError, match="minutes"):
        MinimalModel().advance(0.0, np.zeros(9), 0.0)
    with pytest.raises(ValueError, match="n "):
        cohort(0, np.random.default_rng(0))
