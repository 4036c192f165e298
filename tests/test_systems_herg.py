"""The hERG channel: against the four-state system it comes from, and the recording it was published with."""

import numpy as np
import pytest
from scipy import constants
from scipy.integrate import solve_ivp
from scipy.optimize import OptimizeResult

from mmlib.data import herg_sine_wave
from mmlib.systems import herg

PUBLISHED = np.array([2.26e-4, 0.0699, 3.45e-5, 0.05462, 0.0873, 8.91e-3, 5.15e-3, 0.03158])  # Beattie's cell 5


def test_protocol_is_that_of_the_paper():
    """Beattie et al. (2018): three sines between steps, 0.1 ms late."""
    for t in (3000.2, 3456.7, 4800.0, 6499.9):
        s = t - 0.1 - 2500.0
        sines = sum(a * np.sin(w * s) for a, w in ((54.0, 0.007), (26.0, 0.037), (10.0, 0.19)))
        assert float(herg.sine_wave(t)) == pytest.approx(sines - 30.0, abs=1e-9)
    ends = {0: -80, 250: -120, 300: -80, 500: 40, 1500: -120, 2000: -80, 6500: -120, 7000: -80}
    assert [float(herg.sine_wave(edge + 0.1001)) for edge in ends] == list(ends.values())
    assert [float(herg.sine_wave(edge + 0.0999)) for edge in list(ends)[1:6]] == list(ends.values())[:5]


def test_two_gates_are_the_four_state_model():
    """Closed, open, inactivated, closed and inactivated, integrated as one linear system."""
    p = PUBLISHED

    def rates(t, y):
        v = float(herg.sine_wave(t))
        k1, k2 = p[0] * np.exp(p[1] * v), p[2] * np.exp(-p[3] * v)
        k3, k4 = p[4] * np.exp(p[5] * v), p[6] * np.exp(-p[7] * v)
        c, o, i, ci = y
        return [
            -k1 * c + k2 * o - k3 * c + k4 * ci,
            k1 * c - k2 * o - k3 * o + k4 * i,
            k3 * o - k4 * i + k1 * ci - k2 * i,
            k3 * c - k4 * ci - k1 * ci + k2 * i,
        ]

    v = -80.0
    a = 1 / (1 + p[2] * np.exp(-p[3] * v) / (p[0] * np.exp(p[1] * v)))
    r = 1 / (1 + p[4] * np.exp(p[5] * v) / (p[6] * np.exp(-p[7] * v)))
    start = [(1 - a) * r, a * r, a * (1 - r), (1 - a) * (1 - r)]
    t = np.array([200.0, 700.0, 1490.0, 1600.0])
    found = solve_ivp(rates, (0.1, 1600), start, t_eval=t, rtol=1e-8, atol=1e-10, max_step=1.0).y[1]
    assert herg.open_share(p, t, dt=1.0) == pytest.approx(found, abs=2e-4)


def test_published_rates_reproduce_the_recording():
    t, measured = herg_sine_wave()
    model = herg.current(PUBLISHED, 0.1524, t)
    assert 1 - np.var(measured - model) / np.var(measured) > 0.97


def test_known_rates_come_back():
    t = np.arange(300.0, 8000.0, 8.0)
    made = herg.current(PUBLISHED, 0.1524, t)
    fit = herg.calibrate(t, made, starts=3, seed=1)
    assert fit.rates == pytest.approx(PUBLISHED, rel=1e-3)
    assert fit.conductance == pytest.approx(0.1524, rel=1e-3)
    assert fit.rms < 1e-5 and len(fit.all_rms) == 3


def test_the_scan_is_the_recursion():
    rng = np.random.default_rng(0)
    up, down = rng.uniform(0.1, 2, (2, 37))
    y, kept = 0.3, [0.3]
    for a, b in zip(up, down, strict=True):
        y = a / (a + b) + (y - a / (a + b)) * np.exp(-(a + b) * 0.2)
        kept.append(y)
    assert herg.gate(up, down, 0.2, start=0.3) == pytest.approx(np.array(kept), rel=1e-12)


def test_protocol_and_reversal():
    assert herg.sine_wave(3000.2) == pytest.approx(
        -30 + 54 * np.sin(0.007 * 500.1) + 26 * np.sin(0.037 * 500.1) + 10 * np.sin(0.19 * 500.1)
    )
    assert herg.nernst(4.0, 4.0) == 0


@pytest.mark.parametrize(
    "change, says",
    [
        (dict(t=np.arange(5.0)), r"t \(n,\) and measured \(n,\)"),
        (dict(measured=np.full(20, np.nan)), "got nan or infinity"),
        (dict(t=np.arange(20.0)[::-1]), "increasing times"),
    ],
)
def test_errors_of_calibrate(change, says):
    with pytest.raises(ValueError, match=says):
        herg.calibrate(**{"t": np.arange(20.0), "measured": np.zeros(20), **change})


def test_rates_must_be_positive():
    with pytest.raises(ValueError, match="eight positive rates"):
        herg.open_share([1.0] * 7 + [-1.0], [1.0])


def test_gates_after_steps_of_voltage_are_exponentials():
    """Steps of voltage on the ends of the time steps: each gate relaxes exactly, r_inf + (r - r_inf) exp(-t / tau)."""
    p, volts = PUBLISHED, (-80.0, 20.0, -50.0)
    edges = np.array([0.1, 20.1, 60.1, 90.1])
    protocol = lambda t: np.select([t < 20.1, t < 60.1], volts[:2], volts[2])  # noqa: E731
    shares = []
    for up, down in ((lambda v: p[0] * np.exp(p[1] * v), lambda v: p[2] * np.exp(-p[3] * v)),
                     (lambda v: p[6] * np.exp(-p[7] * v), lambda v: p[4] * np.exp(p[5] * v))):  # fmt: skip
        share, found = up(volts[0]) / (up(volts[0]) + down(volts[0])), []
        for v, long in zip(volts, np.diff(edges), strict=True):
            steady, pace = up(v) / (up(v) + down(v)), up(v) + down(v)
            t = np.arange(0, long + 0.5)
            found.append((steady + (share - steady) * np.exp(-pace * t))[:-1])
            share = steady + (share - steady) * np.exp(-pace * long)
        shares.append(np.concatenate(found))
    assert herg.open_share(p, 0.1 + np.arange(90.0), protocol) == pytest.approx(shares[0] * shares[1], rel=1e-9)


def test_reversal_potential_is_nernsts():
    expected = 1000 * constants.R * (273.15 + 21.4) / constants.value("Faraday constant") * np.log(4 / 130)
    assert herg.nernst() == pytest.approx(expected, rel=2e-4)
    assert herg.nernst(5.0, 140.0, 37.0) == pytest.approx(-89.06, abs=0.03)


def test_current_is_conductance_times_open_share_times_drive():
    t = np.array([600.0, 1600.0])
    drive = herg.sine_wave(t) - herg.nernst()
    assert herg.current(PUBLISHED, 0.2, t) == pytest.approx(0.2 * herg.open_share(PUBLISHED, t) * drive, rel=1e-12)


def test_rms_is_that_of_what_the_fit_leaves():
    t = np.arange(300.0, 8000.0, 40.0)
    noise = 0.02 * np.random.default_rng(5).standard_normal(len(t))
    made = herg.current(PUBLISHED, 0.1524, t) + noise
    fit = herg.calibrate(t, made, starts=2, seed=1)
    left = made - herg.current(fit.rates, fit.conductance, t)
    assert fit.rms == pytest.approx(np.sqrt((left**2).mean()), rel=1e-6)
    assert fit.rms == fit.all_rms.min() <= noise.std() * 1.01
    assert (np.diff(fit.all_rms) >= 0).all()


def test_starts_follow_the_seed():
    t = np.arange(300.0, 8000.0, 200.0)
    made = herg.current(PUBLISHED, 0.1524, t)
    one, same, other = (herg.calibrate(t, made, starts=1, seed=s).rates for s in (1, 1, 2))
    assert (one == same).all() and (one != other).any()


def test_starts_fill_a_box_of_rates_a_thousand_times_slower_to_faster(monkeypatch):
    """Logarithms of rates at 0 mV and slopes with voltage of each gate, drawn evenly between two ends."""
    drawn = []

    def stop(misfit, z, **options):
        drawn.append(z)
        return OptimizeResult(x=z, cost=len(drawn), status=1)

    monkeypatch.setattr(herg, "least_squares", stop)
    herg.calibrate(np.arange(1.0, 21.0), np.ones(20), starts=600)
    low, high = np.min(drawn, axis=0), np.max(drawn, axis=0)
    ends = np.array([[-11, -6], [0.02, 0.12], [-12, -8], [0.02, 0.09], [-5, -1], [0.004, 0.05], [-8, -3], [0.01, 0.06]])
    tight = 0.008 * np.ptp(ends, axis=1)
    assert (low >= ends[:, 0]).all() and (low < ends[:, 0] + tight).all()
    assert (high <= ends[:, 1]).all() and (high > ends[:, 1] - tight).all()
    assert len(drawn) == 600


def test_a_last_time_just_after_a_step_is_as_good_as_any():
    t = np.array([3000.103, 3000.9])
    both = herg.open_share(PUBLISHED, t)
    assert herg.open_share(PUBLISHED, t[:1]) == pytest.approx(both[:1], rel=1e-12)


def test_voltage_is_taken_in_the_middle_of_each_step():
    """Of second order in the step: half the step, a quarter of the error."""
    wave = lambda t: -20 + 40 * np.sin(0.05 * np.maximum(t - 20.1, 0))  # noqa: E731
    t = 0.1 + np.array([64.0, 128.0, 160.0])
    exact = herg.open_share(PUBLISHED, t, wave, dt=1 / 16)
    errors = [abs(herg.open_share(PUBLISHED, t, wave, dt=dt) - exact).max() for dt in (4.0, 2.0)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.15)
