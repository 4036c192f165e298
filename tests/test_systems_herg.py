"""The hERG channel: against the four-state system it comes from, and the recording it was published with."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

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
