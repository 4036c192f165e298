"""Influenza within a host: against SciPy, differences, conservation and what the abstract of Baccam et al. states."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib import ensemble
from mmlib.systems.within_host import UNIT, Influenza

FULL = {"phi": 10.0, "rho": 0.7, "eps": 50.0, "lam": 0.1, "kappa": 2.0}


def test_constants_agree_with_the_abstract():
    """Baccam et al. 2006: delay about 6 h, then production for about 5 h, lifetime about 11 h, virus half-life about 3 h, R0 about 22."""
    host = Influenza()
    assert 24 / host.k == pytest.approx(6, abs=0.5)
    assert 24 / host.delta == pytest.approx(5, abs=0.5)
    assert 24 * (1 / host.k + 1 / host.delta) == pytest.approx(11, abs=0.5)
    assert 24 * np.log(2) / host.c == pytest.approx(3, abs=0.5)
    assert host.R0 == pytest.approx(22, abs=0.5)


def test_jacobian_is_the_slope_of_the_rates():
    host, rng = Influenza(**FULL), np.random.default_rng(0)
    y = rng.random((8, 1)) * 0.2
    banded = host.jacobian(y)[..., 0]
    full = np.array([[banded[7 + i - j, j] for j in range(8)] for i in range(8)])
    step = 1e-6 * np.eye(8)
    slopes = [(host.rhs(y + s[:, None]) - host.rhs(y - s[:, None]))[:, 0] / 2e-6 for s in step]
    assert full == pytest.approx(np.array(slopes).T, abs=1e-6)


def test_batched_solution_agrees_with_scipy():
    many = Influenza(beta=3.2e-5 * np.array([0.5, 1.0, 2.0]), **FULL)
    days = np.arange(0, 8.01, 0.5)
    run = ensemble.solve(many, many.start(), days, rtol=1e-3, atol=1e-9, first_step=1e-3)
    for k in range(3):
        one = many[k]
        reference = solve_ivp(
            lambda t, y, one=one: one.rhs(y),
            (0, 8),
            one.start()[:, 0],
            method="LSODA",
            t_eval=days,
            rtol=1e-9,
            atol=1e-14,
        )
        off = Influenza.titre(run.y)[:, k] - np.log10(np.maximum(reference.y[3] * UNIT, 1e-2))
        assert abs(off).max() < 0.03


def test_final_size_of_the_target_cell_limited_model():
    """Without immunity ln x(end) = -R0 (1 - x(end)) - beta V0 / c, a conserved quantity of the equations."""
    host = Influenza(beta=3.2e-5 / 10)  # R0 about two
    run = ensemble.solve(host, host.start(), [0, 400], rtol=1e-6, atol=1e-14, first_step=1e-3)
    x = run.y[-1, 0, 0]
    assert np.log(x) == pytest.approx(-host.R0 * (1 - x) - host.beta * host.V0 / host.c, rel=1e-4)


def test_more_cells_that_produce_less_are_not_seen():
    days = np.arange(0, 8.0)
    one, ten = Influenza(**FULL), Influenza(T0=4e9, p=4.6e-3, **FULL)
    runs = [ensemble.solve(h, h.start(), days, atol=1e-9, first_step=1e-3).y for h in (one, ten)]
    assert runs[0] == pytest.approx(runs[1], rel=1e-9, abs=1e-15)


def test_strong_interferon_makes_a_second_peak():
    days = np.arange(0, 8.01, 0.25)
    host = Influenza(eps=np.array([1e-3, 1e4]), alpha=1.9, phi=10.0)
    titre = Influenza.titre(ensemble.solve(host, host.start(), days, atol=1e-9, first_step=1e-3).y)
    turns = (np.diff(np.sign(np.diff(titre[2:], axis=0)), axis=0) < 0).sum(axis=0)
    assert turns[0] == 1
    assert titre[-1, 1] - titre[12:, 1].min() > 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beta": -1e-5}, "expected beta positive"),
        ({"p": 0.0}, "expected p positive"),
        ({"eps": np.array([1.0, np.nan])}, "expected eps zero or positive"),
        ({"c": np.ones((2, 2))}, r"array \(draws,\)"),
    ],
)
def test_impossible_constants_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Influenza(**change)


def test_antibodies_grow_logistically_to_a_half_on_their_day():
    host = Influenza(g=2.0, a_day=4.0, kappa=1.0)
    run = ensemble.solve(host, host.start(), [0, 2.5, 4.0, 6.0], rtol=1e-6, atol=1e-12, first_step=1e-3)
    assert run.y[1:, 6, 0] == pytest.approx(1 / (1 + np.exp(-2.0 * np.array([-1.5, 0.0, 2.0]))), rel=1e-4)


def test_the_rates_are_the_equations_typed_a_second_time():
    host, y = Influenza(**FULL), np.random.default_rng(4).random(8)
    x, e, i, v, f, r, a, m = y
    virus = 1e6 * v
    expected = [
        -3.2e-5 * x * virus - 10.0 * f * x + 0.7 * r + 0.1 * (1 - x - e - i - r),
        3.2e-5 * x * virus - 4.0 * e,
        4.0 * e - 5.2 * i,
        (4.6e-2 * 4e8 * i / (1 + 50.0 * f) - (5.2 + 2.0 * a) * virus) / 1e6,
        2.0 * (m - f),
        10.0 * f * x - 0.7 * r,
        3.0 * a * (1 - a),
        2.0 * (i - m),
    ]
    assert host.rhs(0.0, y) == pytest.approx(expected, rel=1e-12)
    assert host.start()[:, 0] == pytest.approx([1, 0, 0, 7.5e-8, 0, 0, 1 / (1 + np.exp(15)), 0])


def test_titre_is_a_logarithm_with_a_floor():
    y = np.zeros((8, 3))
    y[3] = [1e-6, 1e-9, 1e-2]
    assert Influenza.titre(y) == pytest.approx([0.0, -2.0, 4.0])
    assert Influenza.titre(y, floor=0.5) == pytest.approx([0.5, 0.5, 4.0])
