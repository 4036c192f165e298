"""Waves on a ring against closed forms, another integrator, and what the laws conserve."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib.systems.waves import BURGERS, KDV, KURAMOTO, Ring, cole_hopf, solitons


def ring(start, length, n):
    return start + length * np.arange(n) / n


def test_burgers_is_cole_and_hopfs():
    x, t = ring(-8, 16, 256), np.linspace(0, 4, 9)
    start = lambda y: np.exp(-((y + 2) ** 2))  # noqa: E731
    film = BURGERS.solve(start(x), x, t, step=0.02)
    assert film[1:] == pytest.approx(cole_hopf(x, t[1:], start), abs=3e-5)


def test_cole_hopf_meets_the_standing_shock():
    """u = -a tanh(a x / 2 nu) stands still."""
    x = np.linspace(-1.5, 1.5, 31)
    shock = lambda y: -np.tanh(y / 0.2)  # noqa: E731
    found = cole_hopf(x, [0.5, 2.0], shock, viscosity=0.1)
    assert found == pytest.approx(np.tile(shock(x), (2, 1)), abs=2e-5)


def test_two_solitons_solve_kdv_and_meet_in_the_spectral_film():
    x, t = ring(-40, 80, 512), np.linspace(0, 20, 6)
    exact = solitons(x, t, (1, 0.5), (-16, -12))
    assert KDV.solve(exact[0], x, t, step=0.01) == pytest.approx(exact, abs=3e-6)
    assert exact.sum(axis=1) * (80 / 512) == pytest.approx(2 * (1 + 0.5**0.5), rel=1e-5)  # mass 2 kappa each


def test_one_soliton_far_from_the_other_is_a_hyperbolic_secant():
    x = np.linspace(-30, 5, 200)
    found = solitons(x, [0.0], (1.0, 0.5), (-20, 60))[0]
    assert found == pytest.approx(0.5 / np.cosh((x + 20) / 2) ** 2, abs=1e-10)


def test_the_flame_is_that_of_another_integrator():
    """Sixth-order differences in space and LSODA in time, nothing of ours."""
    n, t = 256, np.linspace(0, 10, 6)
    x = ring(0, 32 * np.pi, n)
    h = x[1] - x[0]
    u0 = np.cos(x / 16) * (1 + np.sin(x / 16))
    roll = np.roll

    def first(u):
        return (45 * (roll(u, -1) - roll(u, 1)) - 9 * (roll(u, -2) - roll(u, 2)) + roll(u, -3) - roll(u, 3)) / (60 * h)

    def second(u):
        near, far, farther = (roll(u, -k) + roll(u, k) for k in (1, 2, 3))
        return (270 * near - 27 * far + 2 * farther - 490 * u) / (180 * h**2)

    rate = lambda _, u: -first(u**2 / 2) - second(u) - second(second(u))  # noqa: E731
    other = solve_ivp(rate, (0, 10), u0, "LSODA", t_eval=t, rtol=1e-8, atol=1e-9).y.T
    assert KURAMOTO.solve(u0, x, t, step=0.02) == pytest.approx(other, abs=2e-4)


def test_the_mean_stays_and_the_step_is_of_fourth_order():
    x, t = ring(-8, 16, 128), [0.0, 2.0]
    u0 = np.exp(-((x + 2) ** 2))
    ends = [BURGERS.solve(u0, x, t, step=s)[-1] for s in (0.1, 0.05, 0.005)]
    assert ends[0].mean() == pytest.approx(u0.mean(), rel=1e-12)
    coarse, fine = (np.abs(e - ends[2]).max() for e in ends[:2])
    assert 13 < coarse / fine < 18


def test_a_cubic_term_is_the_logistic_of_a_flat_field():
    """u_t = u - u^3 from a flat start: u^2 = 1 / (1 + (1/u0^2 - 1) exp(-2t))."""
    x, t = ring(0, 1, 16), np.array([0.0, 0.5, 2.0])
    film = Ring("flat", {(1, 0): 1.0, (3, 0): -1.0}).solve(np.full(16, 0.2), x, t)
    assert film[:, 0] == pytest.approx(1 / np.sqrt(1 + 24 * np.exp(-2 * t)), rel=1e-8)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (dict(t=[0.0]), "at least two times"),
        (dict(t=[1.0, 0.0]), "increase"),
        (dict(x=np.linspace(0, 1, 16) ** 2), "evenly spaced"),
        (dict(u0=np.full(16, np.nan)), "finite"),
        (dict(u0=np.ones(9)), "u0"),
        (dict(step=0.0), "step"),
    ],
)
def test_bad_input_is_refused(change, says):
    call = dict(u0=np.ones(16), x=ring(0, 1, 16), t=[0.0, 1.0]) | change
    with pytest.raises(ValueError, match=says):
        BURGERS.solve(**call)


def test_a_law_that_runs_away_says_so():
    x = ring(0, 1, 16)
    with pytest.raises(RuntimeError, match="no longer finite"):
        Ring("runaway", {(2, 0): 50.0}).solve(np.ones(16), x, [0.0, 10.0])


def test_solitons_of_one_speed_are_refused():
    with pytest.raises(ValueError, match="two different speeds"):
        solitons(np.zeros(3), [0.0], (1, 1))


@pytest.mark.parametrize(("gap", "step", "steps"), [(0.5, 0.02, 25), (0.1 * 3, 0.1, 3), (0.7, 0.1, 7), (0.25, 0.1, 3), (0.05, 0.1, 1), (1.0, 0.3, 4)])  # fmt: skip
def test_steps_are_the_fewest_that_are_no_longer_than_asked(monkeypatch, gap, step, steps):
    from mmlib.systems import waves

    made, asked = waves._step, []
    monkeypatch.setattr(waves, "_step", lambda h, linear: (asked.append(h), made(h, linear))[1])
    BURGERS.solve(np.ones(16), ring(0, 1, 16), [0.0, gap], step=step)
    assert asked == pytest.approx([gap / steps])
