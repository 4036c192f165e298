"""The ligand-receptor gradient: equations, Jacobian, budget, and the steady states that are known."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib import ensemble
from mmlib.systems.ligand_receptor import LigandReceptor

DAYS = np.array([0, 5]) * 86400.0


def test_the_rates_are_the_equations_typed_a_second_time():
    tissue, n, rng = LigandReceptor(), 6, np.random.default_rng(0)
    y = rng.random(2 * n)
    b, a = y[0::2], y[1::2]
    h = tissue.L / n
    ghost = np.r_[a[0] + h * tissue.j / tissue.D, a, a[-1]]  # influx on the left, nothing through the right
    bind = tissue.k_on * a * (1 - b) - tissue.k_off * b
    rate = tissue.rhs(y)
    assert rate[0::2] == pytest.approx(bind - tissue.k_deg * b, rel=1e-13)
    assert rate[1::2] == pytest.approx(tissue.D * np.diff(ghost, 2) / h**2 - bind, rel=1e-12)


def test_the_banded_jacobian_is_the_derivative_of_the_rates():
    tissue, y = LigandReceptor(), np.random.default_rng(1).random(10)
    band = tissue.jacobian(y)
    for j, e in enumerate(np.eye(10)):
        slope = (tissue.rhs(y + 1e-6 * e) - tissue.rhs(y - 1e-6 * e)) / 2e-6
        for i in range(10):
            entry = band[2 + i - j, j] if abs(i - j) <= 2 else 0.0
            assert entry == pytest.approx(slope[i], abs=1e-9)


def test_what_flows_in_is_bound_degraded_or_still_there():
    tissue, y = LigandReceptor(), np.random.default_rng(2).random(12)
    h = tissue.L / 6
    total = h * tissue.rhs(y).sum()
    assert total == pytest.approx(tissue.j - tissue.k_deg * h * y[0::2].sum(), rel=1e-12)


def test_many_tissues_are_each_of_them():
    tissues = LigandReceptor(D=np.array([5.0, 20.0]), j=np.array([0.001, 0.004]))
    y = np.random.default_rng(3).random((8, 2))
    assert len(tissues) == 2 and len(LigandReceptor()) == 1
    for k in (0, 1):
        assert tissues.rhs(y)[:, k] == pytest.approx(tissues[k].rhs(y[:, k]), rel=1e-14)
        assert tissues.jacobian(y)[:, :, k] == pytest.approx(tissues[k].jacobian(y[:, k]), rel=1e-14)


def test_the_faint_steady_state_is_reached_with_second_order():
    errors = []
    for n in (15, 30, 60):
        tissue = LigandReceptor(j=np.array([1e-9]))
        run = ensemble.solve(tissue, np.zeros(2 * n), DAYS, rtol=1e-6, atol=1e-14)
        a, b = tissue.faint(tissue.grid(n))
        errors.append(abs(run.y[-1, 0::2, 0] / b - 1).max())
    order = -np.polyfit(np.log([15, 30, 60]), np.log(errors), 1)[0]
    assert order == pytest.approx(2, abs=0.1) and errors[-1] < 6e-4


def test_the_first_integral_of_the_saturated_steady_state():
    """D a_x^2 / 2 = k_deg (a - K ln(1 + a / K)), K = (k_off + k_deg) / k_on, in a long tissue."""
    tissue = LigandReceptor(D=np.array([4.0]), j=np.array([0.004]), L=300.0)
    n = 150
    run = ensemble.solve(tissue, np.zeros(2 * n), DAYS, rtol=1e-3, atol=1e-6)
    a = run.y[-1, 1::2, 0]
    K = (tissue.k_off + tissue.k_deg) / tissue.k_on
    h = tissue.L / n
    surface = a[0] + 0.5 * h * tissue.j[0] / tissue.D[0]
    assert surface / K > 0.5  # saturation matters
    expected = tissue.k_deg * (surface - K * np.log1p(surface / K))
    assert tissue.j[0] ** 2 / (2 * tissue.D[0]) == pytest.approx(expected, rel=5e-3)


def test_against_scipy():
    tissue, t = LigandReceptor(), np.array([0, 3600.0, 4 * 3600.0])
    run = ensemble.solve(LigandReceptor(j=np.array([0.003])), np.zeros(20), t, rtol=1e-6)
    other = solve_ivp(
        lambda t, y: tissue.rhs(y), (0, t[-1]), np.zeros(20), method="BDF", t_eval=t, rtol=1e-8, atol=1e-11
    )
    assert run.y[:, :, 0] == pytest.approx(other.y.T, abs=2e-6)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"D": -1.0}, "D positive"),
        ({"k_deg": 0.0}, "k_deg positive"),
        ({"j": np.nan}, "j zero or positive and finite"),
        ({"D": np.ones(3), "j": np.ones(2)}, "one length"),
        ({"D": np.ones((2, 2))}, "one length"),
    ],
)
def test_impossible_constants_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        LigandReceptor(**bad)


def test_the_grid_and_the_scale_of_the_gradient():
    tissue = LigandReceptor(D=8.0, k_on=0.02, k_off=1e-4, k_deg=3e-4, L=90.0)
    assert tissue.grid(3) == pytest.approx([15.0, 45.0, 75.0])
    assert tissue.length_scale == pytest.approx(np.sqrt(8.0 * 4e-4 / (0.02 * 3e-4)), rel=1e-12)


def test_the_faint_state_solves_its_equations():
    """D a_xx = k_deg b, b = k_on a / (k_off + k_deg), -D a_x = j on the left and 0 on the right."""
    tissue, h = LigandReceptor(j=1e-9, k_off=1e-4), 0.01
    x = np.array([h, 20.0, 60.0, 100.0 - h])
    (a, b), (up, _), (down, _) = (tissue.faint(x + d) for d in (0, h, -h))
    assert b == pytest.approx(0.01 * a / 3e-4, rel=1e-12)
    assert 10.0 * (up - 2 * a + down) / h**2 == pytest.approx(2e-4 * b, rel=1e-5)
    slope = (up - down) / (2 * h)
    assert -10.0 * slope[0] == pytest.approx(1e-9, rel=1e-3) and abs(slope[-1]) < 1e-3 * abs(slope[0])
