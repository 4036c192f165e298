from dataclasses import replace

import numpy as np
import pytest
from scipy import constants
from scipy.special import ive

from mmlib.systems.artery import MMHG, Artery, carotid_inflow, linear_wave, pulse_wave

VESSEL = Artery()


def test_wave_speed_is_that_of_moens_and_korteweg():
    assert VESSEL.wave_speed(VESSEL.area) == pytest.approx(np.sqrt(2 / 3 * 7e5 * 3e-4 / (1060 * 3e-3)), rel=1e-12)
    assert VESSEL.pressure(VESSEL.area) == VESSEL.diastolic


@pytest.mark.parametrize("scheme", ["maccormack", "characteristics"])
def test_small_waves_follow_linear_theory(scheme):
    quiet = replace(VESSEL, venous=VESSEL.diastolic)
    tones, spin = 1e-12 * np.array([1, 0.5j]), 2j * np.pi * np.array([1, 2]) / 1.1
    pulse = pulse_wave(quiet, lambda t: (tones * np.exp(spin * t)).real.sum(), nodes=9, beats=4, keep=20, scheme=scheme)
    P, Q = linear_wave(quiet, tones, pulse.x, pulse.t)
    assert np.linalg.norm(pulse.P - quiet.diastolic - P) < 2e-3 * np.linalg.norm(P)
    assert np.linalg.norm(pulse.A * pulse.U - Q) < 2e-3 * np.linalg.norm(Q)


def test_linear_wave_is_matched_by_its_own_impedance():
    """Without friction and without echo the wave runs on unchanged: P = rho c U, delayed by x / c."""
    c = VESSEL.wave_speed(VESSEL.area)
    matched = replace(VESSEL, viscosity=1e-12, R1=VESSEL.density * c / VESSEL.area, R2=1e-3, C=1e-13)
    t, x = np.linspace(0, 1.1, 12), np.array([0.0, 0.1])
    P, Q = linear_wave(matched, [1e-6], x, t)
    assert P == pytest.approx(matched.R1 * Q, rel=1e-6)
    assert Q[:, 1] == pytest.approx(1e-6 * np.cos(2 * np.pi * (t - 0.1 / c) / 1.1), abs=1e-12)


def test_second_order_and_two_schemes_agree():
    P = [pulse_wave(VESSEL, carotid_inflow, nodes=n, keep=20, beats=2).P[:, :: (n - 1) // 6] for n in (7, 13, 25)]
    order = np.log2(np.linalg.norm(P[0] - P[1]) / np.linalg.norm(P[1] - P[2]))
    assert order == pytest.approx(2, abs=0.2), order
    other = pulse_wave(VESSEL, carotid_inflow, nodes=13, keep=20, beats=2, scheme="characteristics")
    assert abs(other.P[:, ::2] - P[2][:, ::1]).max() < 0.1 * MMHG


def test_mean_pressure_is_resistance_times_flow():
    pulse = pulse_wave(VESSEL, carotid_inflow, nodes=9, beats=5)
    Q, P = (pulse.A * pulse.U)[:, -1].mean(), pulse.P[:, -1].mean()
    assert P == pytest.approx((VESSEL.R1 + VESSEL.R2) * Q, rel=1e-4)
    inflow = carotid_inflow(pulse.t).mean()
    assert (pulse.A * pulse.U).mean(axis=0) == pytest.approx(inflow, rel=1e-4)  # nothing is lost on the way


def test_many_arteries_are_computed_as_each_alone():
    young = np.array([[4e5], [7e5]])
    both = pulse_wave(replace(VESSEL, young=young), carotid_inflow, nodes=7, keep=10, beats=1)
    alone = [
        pulse_wave(replace(VESSEL, young=np.array([[e]])), carotid_inflow, nodes=7, keep=10, beats=1)
        for e in young[:, 0]
    ]
    assert both.P.shape == (2, 10, 7) and alone[0].P.shape == (1, 10, 7)
    assert abs(both.P[1] - alone[1].P[0]).max() < 1e-9 * VESSEL.diastolic  # the stiffest sets the time step
    assert abs(both.P[0] - alone[0].P[0]).max() < 0.3 * MMHG


def test_a_stiffer_part_is_felt():
    factors = np.r_[np.ones(4), 1.3, np.ones(4) * 1.6]
    plain, stiff = (
        pulse_wave(VESSEL, carotid_inflow, nodes=9, keep=20, beats=2, stiffening=f) for f in (None, factors)
    )
    assert np.ptp(stiff.A[:, -1]) < 0.8 * np.ptp(plain.A[:, -1])


def test_messages():
    with pytest.raises(ValueError, match="'maccormack' or 'characteristics'"):
        pulse_wave(VESSEL, carotid_inflow, scheme="upwind")
    with pytest.raises(ValueError, match="nodes >= 5"):
        pulse_wave(VESSEL, carotid_inflow, nodes=3)
    with pytest.raises(ValueError, match="finite inflow"):
        pulse_wave(VESSEL, lambda t: np.nan)
    with pytest.raises(ValueError, match="one factor a node"):
        pulse_wave(VESSEL, carotid_inflow, nodes=9, stiffening=np.ones(5))
    with pytest.raises(ValueError, match="Use scheme='maccormack'"):
        pulse_wave(VESSEL, carotid_inflow, nodes=5, stiffening=[1, 1, 2, 2, 2], scheme="characteristics")
    with pytest.raises(RuntimeError, match="range of the wall law"), np.errstate(all="ignore"):
        pulse_wave(VESSEL, lambda t: -1e-3, nodes=5, keep=10, beats=1)


def test_the_wall_is_a_thin_elastic_ring():
    """P - P_d = E h / (1 - 1/4) (r - r_d) / r_d^2, an incompressible wall; rho c^2 = A dP/dA (Bramwell and Hill 1922)."""
    r, h = 3.2e-3, 1e-10
    A = np.pi * r**2
    assert VESSEL.pressure(A) - 10.9e3 == pytest.approx(7e5 * 3e-4 / 0.75 * (r - 3e-3) / 9e-6, rel=1e-12)
    slope = (VESSEL.pressure(A + h) - VESSEL.pressure(A - h)) / (2 * h)
    assert 1060 * VESSEL.wave_speed(A) ** 2 == pytest.approx(A * slope, rel=1e-6)


def test_units_of_pressure():
    assert MMHG == pytest.approx(constants.mmHg, rel=1e-5)


@pytest.mark.parametrize("period", [1.1, 0.8])
def test_inflow_is_a_sum_of_von_mises_bumps(period):
    """Fourier coefficients of exp(k (cos x - 1)) are exp(-k) I_n(k), with modified Bessel functions."""
    n = 256
    flow = 1e6 * carotid_inflow(period * np.arange(n) / n, period)
    found = np.fft.rfft(flow)[:9] / n
    bumps = ((10.2, 14.0, 0.14), (4.9, 9.0, 0.30), (1.9, 25.0, 0.50))
    for order in range(9):
        expected = sum(a * ive(order, k) * np.exp(-2j * np.pi * order * s / 1.1) for a, k, s in bumps)
        assert found[order] == pytest.approx(expected + (4.6 if order == 0 else 0), rel=1e-9, abs=1e-12)


def test_linear_wave_is_a_line_of_many_lumped_pieces():
    """Resistance, inertance and compliance of 4000 short pieces as a ladder of impedances, ended by the Windkessel."""
    n, k = 4000, 3
    s, dx, A = 2j * np.pi * k / 1.1, 0.126 / 4000, np.pi * 9e-6
    series = dx * (8 * np.pi * 4e-3 / A**2 + s * 1060 / A)
    compliance = dx * 2 * np.sqrt(A) / (4 / 3 * np.sqrt(np.pi) * 7e5 * 3e-4 / A)
    load = 2.4875e8 + 1 / (1 / 1.8697e9 + s * 1.7529e-10)
    for _ in range(n):
        load = series / 2 + 1 / (1 / (load + series / 2) + s * compliance)
    amplitudes = [0, 0, 1e-7 - 2e-7j]
    P, Q = linear_wave(VESSEL, amplitudes, [0.0], [0.3])
    turn = amplitudes[2] * np.exp(s * 0.3)
    assert Q[0, 0] == pytest.approx(turn.real, rel=1e-9)
    assert P[0, 0] == pytest.approx((load * turn).real, rel=1e-5)


def test_both_ends_obey_their_equations_at_every_step():
    """Inflow A U = Q; at the far end P - R1 Q = P_C with C dP_C/dt = Q - (P_C - P_v) / R2, by the trapezoidal rule."""
    vessel = replace(VESSEL, venous=700.0)
    for scheme in ("maccormack", "characteristics"):
        pulse = pulse_wave(vessel, carotid_inflow, nodes=5, keep=400, beats=1, scheme=scheme)
        Q = pulse.A * pulse.U
        assert Q[:, 0] == pytest.approx(carotid_inflow(pulse.t), rel=1e-9)
        stored = pulse.P[:, -1] - vessel.R1 * Q[:, -1]
        flow = Q[:, -1] - (stored - 700.0) / vessel.R2
        dt = pulse.t[1] - pulse.t[0]
        assert np.diff(stored) / dt * vessel.C == pytest.approx((flow[1:] + flow[:-1]) / 2, rel=1e-6, abs=1e-12)
        assert pulse.P == pytest.approx(vessel.pressure(pulse.A), rel=1e-12)
        assert pulse.x == pytest.approx(np.linspace(0, 0.126, 5)) and pulse.t[-1] == pytest.approx(1.1 * 399 / 400)


def test_the_simulation_begins_at_rest_with_the_inflow_of_time_zero():
    pulse = pulse_wave(VESSEL, carotid_inflow, nodes=5, keep=400, beats=1)
    assert pulse.A[0] == pytest.approx(VESSEL.area, rel=1e-12)
    assert pulse.A[0] * pulse.U[0] == pytest.approx(carotid_inflow(0.0), rel=1e-12)


def test_bernoulli_holds_where_the_flow_is_steady_and_friction_takes_its_share():
    """Steady state: Q is the same everywhere, and d(P + rho U^2 / 2)/dx = -8 pi mu U / A."""
    vessel = replace(VESSEL, viscosity=0.08, period=0.1, R2=1e8)  # viscous as honey, so that the drop is seen
    for scheme in ("maccormack", "characteristics"):
        pulse = pulse_wave(vessel, lambda t: 8e-6, nodes=17, keep=4, beats=25, scheme=scheme)
        Q, total = pulse.A * pulse.U, pulse.P + 0.5 * 1060 * pulse.U**2
        assert Q[-1] == pytest.approx(8e-6, rel=4e-3)
        drop = (8 * np.pi * 0.08 * pulse.U / pulse.A)[-1]
        assert total[-1, 0] - total[-1, -1] == pytest.approx(np.trapezoid(drop, pulse.x), rel=0.02)
