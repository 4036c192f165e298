"""Sickle haemoglobin: crowding against the virial series, the delay against a second solver and the linear solution."""

import numpy as np
import pytest
from scipy import constants
from scipy.integrate import solve_ivp

from mmlib.systems.sickle import (
    AVOGADRO,
    GAS,
    MILLIMOLAR,
    SickleHaemoglobin,
    _cumulative,
    fetal,
    log_crowding,
)

MODEL = SickleHaemoglobin()


def test_crowding_is_the_virial_series_of_hard_spheres():
    """ln gamma = sum n/(n-1) B_n phi^(n-1) with the hard spheres' B_2 to B_6 = 4, 10, 18.365, 28.224, 39.815."""
    virial = [4, 10, 18.365, 28.224, 39.815]
    for phi in (0.01, 0.05, 0.1):
        series = sum(n / (n - 1) * b * phi ** (n - 1) for n, b in enumerate(virial, start=2))
        assert log_crowding(phi) == pytest.approx(series, rel=2e-3)


def test_solubility_is_where_growth_stops():
    c = MODEL.solubility()
    assert MODEL.log_supersaturation(c) == pytest.approx(0, abs=1e-9)
    assert MODEL.rates(0.0)[2] == pytest.approx(0, abs=1e-9)
    activity = np.exp(log_crowding(MODEL.volume * c / 100)) * c * MILLIMOLAR
    assert activity == pytest.approx(790 / 84, rel=1e-9)  # the two rates of Aprelev et al. 2011
    assert MODEL.rates(-0.5)[0] < 1e-60  # below saturation nothing nucleates


def test_constants_refer_to_23_g_per_dl():
    assert MODEL.log_supersaturation(23.0) == pytest.approx(MODEL.log_s, abs=1e-3)
    f, h, _ = MODEL.rates(MODEL.log_s)
    assert f == pytest.approx(1e7 * 1e6 / 6.022e23) and h == pytest.approx(MODEL.branching)


@pytest.mark.parametrize(("c", "celsius", "share"), [(23.0, 25.0, 1.0), (29.0, 21.0, fetal(0.1)), (32.0, 30.0, 1.0)])
def test_progress_agrees_with_integration_in_time(c, celsius, share):
    marks = [0.02, 0.1, 0.5, 0.8]
    t = MODEL.progress(marks, c, celsius, share, nodes=400)
    unit = np.array([1e-6, 1.0])
    run = solve_ivp(
        lambda t, y: MODEL.rhs(t, y * unit, c, celsius, share) / unit,
        (0, t[-1]), [0, 0], "LSODA", t, rtol=1e-9, atol=1e-13,
    )  # fmt: skip
    assert run.y[1] / MODEL.plateau(c, celsius, share) == pytest.approx(marks, rel=2e-4)


def test_delay_converges_in_its_nodes():
    fine = MODEL.delay(23.0, nodes=800)
    assert abs(MODEL.delay(23.0) / fine - 1) < 1e-3


def test_early_progress_is_the_linear_solution():
    """m = A (cosh Bt - 1) for the first per mille (Ferrone et al. 1985)."""
    c = 24.0
    f, h, J = MODEL.rates(MODEL.log_supersaturation(c))
    B = np.sqrt(h * J)
    m = 1e-4 * MODEL.plateau(c)
    assert MODEL.progress([1e-4], c)[0] == pytest.approx(np.arccosh(1 + m * h / f) / B, rel=5e-3)


def test_universality_delays_at_one_supersaturation_are_close():
    """Other temperature, same S: the delay differs by the growth rate and little more."""
    log_s = MODEL.log_supersaturation(24.0)
    from scipy.optimize import brentq

    c = brentq(lambda c: MODEL.log_supersaturation(c, 29.0) - log_s, 16, 30)
    product = [
        MODEL.delay(24.0) * MODEL.rates(log_s)[2] ** 0.5,
        MODEL.delay(c, 29.0) * MODEL.rates(log_s, 29.0)[2] ** 0.5,
    ]
    assert product[1] == pytest.approx(product[0], rel=0.05)


def test_published_anchors():
    assert 3 < MODEL.delay(22.0) / MODEL.delay(23.0) < 5  # four (Hofrichter et al. 1974)
    assert 1.5 < MODEL.delay(23.0, 24.5) / MODEL.delay(23.0, 25.5) < 2.1  # "almost halves"


def test_shapes_and_what_does_not_polymerize():
    assert MODEL.delay(np.full((2, 3), 25.0), 25.0, np.ones(3)).shape == (2, 3)
    assert MODEL.progress([0.1, 0.5], np.array([24.0, 25.0])).shape == (2, 2)
    assert MODEL.delay(15.0) == np.inf
    assert MODEL.plateau(15.0) == pytest.approx(0, abs=1e-9)
    many = SickleHaemoglobin(nucleus=np.array([11.0, 12.0]), k_minus=np.array([790.0, 850.0]))
    one = SickleHaemoglobin(nucleus=12.0, k_minus=850.0)
    assert many.delay(24.0)[1] == pytest.approx(one.delay(24.0), rel=1e-9)


def test_messages():
    with pytest.raises(ValueError, match=r"such as \[0.1, 0.5\]"):
        MODEL.progress([0.5, 0.1], 23.0)
    with pytest.raises(ValueError, match="in g/dl"):
        MODEL.delay(-1.0)
    with pytest.raises(ValueError, match="in g/dl"):
        MODEL.delay(230.0)
    with pytest.raises(ValueError, match="20 to 30 C"):
        MODEL.delay(23.0, 37.0)
    with pytest.raises(ValueError, match=r"fetal\(0.1\)"):
        MODEL.delay(23.0, 25.0, 1.2)


def test_constants_of_nature():
    assert MILLIMOLAR == pytest.approx(1e3 * 10 / 64.5e3, rel=1e-12)  # g/dl to g/l, over g/mol, in mmol
    assert AVOGADRO == pytest.approx(constants.N_A, rel=1e-4)
    assert GAS == pytest.approx(constants.R / constants.kilo / constants.calorie, rel=1e-3)


def test_growth_follows_arrhenius_and_saturation_its_slope():
    up = MODEL.rates(1.0, 30.0)[2] / MODEL.rates(1.0, 20.0)[2]
    arrhenius = np.exp(9.1 * 4184 / constants.R * (1 / 293.15 - 1 / 303.15))
    assert MODEL.saturation(30.0) / MODEL.saturation(20.0) == pytest.approx(np.exp(-0.83), rel=1e-9)
    assert up == pytest.approx(arrhenius * np.exp(-0.83), rel=1e-3)
    assert MODEL.rates(0.7)[2] == pytest.approx(2 * 790 * (np.exp(0.7) - 1), rel=1e-9)


def test_nucleation_is_a_power_of_the_logarithm_of_supersaturation():
    """f ~ S (ln S)^xi: the nucleus has xi / ln S molecules."""
    s = np.array([0.8, 1.3])
    f, h, _ = MODEL.rates(s)
    assert f[1] / f[0] == pytest.approx(np.exp(0.5) * (1.3 / 0.8) ** (11.5 * 1.174), rel=1e-9)
    assert h / f == pytest.approx(6e-9 / (1e7 * 1e6 / constants.N_A), rel=1e-3)


def test_the_plateau_leaves_a_saturated_solution():
    for c, celsius, share in ((24.0, 25.0, 1.0), (30.0, 22.0, 0.8)):
        m = MODEL.plateau(c, celsius, share)
        assert MODEL.log_supersaturation(c, celsius, share, m) == pytest.approx(0, abs=1e-8)
        assert 0 < m < share * c * MILLIMOLAR


def test_an_integral_of_a_cubic_is_exact_inside():
    x = np.linspace(0, 2, 9)
    assert _cumulative(x**2, x) == pytest.approx(x[1:] ** 3 / 3, rel=1e-12)


def test_the_rates_are_the_equations_typed_a_second_time():
    p, m, c = 2e-7, 0.4, 26.0
    total = c * 10 / 64.5
    phi = 0.79 * (total - m) * 6.45 / 100
    crowding = (8 * phi - 9 * phi**2 + 3 * phi**3) / (1 - phi) ** 3
    log_s = crowding + np.log(total - m) - np.log(790 / 84)
    nuclei = np.exp(log_s - 1.174) * (log_s / 1.174) ** (11.5 * 1.174)
    expected = [1e13 / 6.022e23 * nuclei + 6e-9 * nuclei * m, 2 * 84 * (np.exp(crowding) * (total - m) - 790 / 84) * p]
    assert MODEL.rhs(0.0, [p, m], c) == pytest.approx(expected, rel=1e-9)
    assert MODEL.rhs(3.0, [p, m], c, share=lambda t: 1.0 if t == 3.0 else 0.5) == pytest.approx(expected, rel=1e-9)


def test_fetal_haemoglobin_leaves_the_square_of_the_rest():
    assert fetal([0.0, 0.2, 1.0]) == pytest.approx([1.0, 0.64, 0.0])


def test_what_is_left_out_is_25_degrees_and_the_concentration_of_reference():
    assert MODEL.rhs(0.0, [1e-7, 0.1]) == pytest.approx(MODEL.rhs(0.0, [1e-7, 0.1], 23.0, 25.0, 1.0), rel=1e-12)
    for call, left_out in ((MODEL.delay, (23.0,)), (MODEL.plateau, (23.0,)), (MODEL.log_supersaturation, (23.0,)),
                           (MODEL.rates, (1.0,)), (MODEL.saturation, ()), (MODEL.solubility, ())):  # fmt: skip
        assert np.array(call(*left_out)) == pytest.approx(np.array(call(*left_out, 25.0)), rel=1e-12)
    assert MODEL.progress([0.3], 23.0) == pytest.approx(MODEL.progress([0.3], 23.0, 25.0, 1.0), rel=1e-12)


def test_steps_in_time_agree_with_an_adaptive_solver():
    """`stepped_delay` against SciPy's LSODA on the same rates, and against the two integrals of `delay`."""
    for law in (MODEL, SickleHaemoglobin(shrinks=0.0, nucleus=11.0)):
        for c, celsius, share in ((23.0, 25.0, 1.0), (27.0, 21.0, 0.9), (32.0, 30.0, 1.0)):
            goal, scale = 0.1 * float(law.plateau(c, celsius, share)), np.array([1e-6, 1.0])
            done = lambda t, y, goal=goal: y[1] - goal  # noqa: E731
            done.terminal = True
            run = solve_ivp(
                lambda t, y, law=law, at=(c, celsius, share), scale=scale: law.rhs(t, y * scale, *at) / scale,
                (0, 1e7), [0, 0], "LSODA", rtol=1e-9, atol=1e-13, events=done,
            )  # fmt: skip
            stepped = float(law.stepped_delay(c, celsius, share))
            assert stepped == pytest.approx(run.t[-1], rel=3e-4)
            assert stepped == pytest.approx(float(law.delay(c, celsius, share, nodes=400)), rel=3e-4)


def test_a_finer_step_changes_little():
    c = np.array([22.0, 26.0, 33.0])
    assert MODEL.stepped_delay(c) == pytest.approx(MODEL.stepped_delay(c, step=0.01), rel=1e-4)


def test_a_nucleus_that_keeps_its_size_is_a_power_of_supersaturation():
    """Then both rates of nucleation go as S to the power of the nucleus plus one, a closed form; at log_s nothing changes."""
    law = SickleHaemoglobin(shrinks=0.0)
    low, high = (law.rates(v)[1] for v in (1.0, 2.0))
    assert np.log(high / low) == pytest.approx(law.nucleus + 1, rel=1e-12)
    assert law.rates(law.log_s)[0] == pytest.approx(MODEL.rates(MODEL.log_s)[0], rel=1e-12)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (dict(c=10.0), "higher concentrations"),
        (dict(c=-1.0), "positive"),
        (dict(c=23.0, celsius=50.0), "20 to 30"),
        (dict(c=23.0, step=0), "above 0"),
        (dict(c=23.0, longest=1.0), "larger `longest`"),
    ],
)
def test_steps_refuse(options, says):
    with pytest.raises(ValueError, match=says):
        MODEL.stepped_delay(**options)
