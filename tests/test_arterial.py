"""Pressure from wall motion and velocity: against closed forms, and against waves that are made without the code under test."""

from dataclasses import replace

import numpy as np
import pytest

from mmlib import arterial
from mmlib.systems.artery import Artery, carotid_inflow, linear_wave, pulse_wave

VESSEL = Artery()
T = np.arange(100) / 100 * VESSEL.period
NOISE = (0.002, 0.02)


def small_waves(vessel, x):
    """Area and velocity of small waves by the telegraph equations, at rest in the mean (another derivation, another code)."""
    quiet = replace(vessel, venous=vessel.diastolic)
    P, Q = linear_wave(quiet, 1e-12 * np.array([1, 0.5j, 0.3]), x, T)
    return vessel.area * (1 + 2 * P / (vessel.stiffness * np.sqrt(vessel.area))), Q / vessel.area, P


def test_free_waves_are_those_of_a_transmission_line():
    x = np.array([0.01, 0.04, 0.09])
    A, U, P = small_waves(VESSEL, np.r_[x, 0.126])
    found = arterial.free_waves(
        VESSEL, x, A[:, :3], U[:, :3], P[:, 0].min(), where=0.126, noise=(1e-12, 1e-12), harmonics=3
    )
    assert found.verdict.converged
    assert found.stiffness == pytest.approx(VESSEL.stiffness, rel=1e-3)
    assert found.pressure == pytest.approx(P[:, 3], abs=2e-3 * np.ptp(P))


@pytest.mark.parametrize("ratio", [1.0, 1.5])
def test_a_joint_passes_flow_and_pressure(ratio):
    """Two lossless lines in a row, from the textbook: p and q are continuous, impedance rho c / A on each side."""
    vessel = replace(VESSEL, viscosity=1e-9)
    A0, rho, joint = vessel.area, vessel.density, 0.06
    b = vessel.stiffness * np.array([1.0, ratio])
    c = np.sqrt(b * np.sqrt(A0) / (2 * rho))
    Z, w = rho * c / A0, 2 * np.pi / vessel.period * np.arange(1, 4)

    def line(k, place, p, q, start):  # p and q at a distance from where they are known
        s, i = w * (place - start) / c[k], 1j
        return p * np.cos(s) - i * Z[k] * q * np.sin(s), q * np.cos(s) - i * p / Z[k] * np.sin(s)

    p0, q0 = np.array([1.0, 0.5j, 0.3]), np.array([0.8, 0.1 + 0.4j, 0.2j]) / Z[0]
    at_joint = line(0, joint, p0, q0, 0.0)
    x = np.array([0.01, 0.05, 0.075, 0.11, 0.126])
    turn = np.exp(1j * np.outer(T, w))
    A, U, P = [], [], []
    for place in x:
        k = int(place > joint)
        p, q = line(1, place, *at_joint, joint) if k else line(0, place, p0, q0, 0.0)
        A.append(A0 + (turn @ p).real * 2 * np.sqrt(A0) / b[k])
        U.append((turn @ q).real / A0)
        P.append((turn @ p).real)
    A, U = np.array(A).T, np.array(U).T
    found = arterial.free_waves(
        vessel, x[:4], A[:, :4], U[:, :4], P[0].min(), where=0.126, noise=(1e-8, 1e-6), joint=joint, harmonics=3
    )
    assert found.stiffness == pytest.approx(b, rel=2e-3)
    assert found.pressure == pytest.approx(P[4], abs=0.01 * np.ptp(P[4]))


def test_no_number_is_taken_where_nothing_determines_it():
    """A stiffness that jumps cannot be met by one: the search ends at an end of its range and says so."""
    harder = 1 + 0.6 * (np.linspace(0, 1, 25) > 0.5)
    pulse = pulse_wave(VESSEL, carotid_inflow, nodes=25, keep=100, beats=2, stiffening=harder)
    sites = [2, 9, 16, 22]
    found = arterial.free_waves(
        VESSEL, pulse.x[sites], pulse.A[:, sites], pulse.U[:, sites], pulse.P[:, 2].min(), where=0.126, noise=NOISE
    )
    assert found.verdict.status == "not determined" and found.misfit > 2


def test_misfit_is_one_for_noise_alone():
    pulse = pulse_wave(VESSEL, carotid_inflow, nodes=13, keep=200, beats=2)
    sites, rng = [1, 4, 8, 11], np.random.default_rng(3)
    A = pulse.A[:, sites] * (1 + NOISE[0] * rng.standard_normal((200, 4)))
    U = pulse.U[:, sites] + NOISE[1] * rng.standard_normal((200, 4))
    told = VESSEL, pulse.x[sites], A, U, pulse.P[:, 1].min()
    waves = arterial.free_waves(*told, where=0.126, noise=NOISE)
    solver = arterial.through_solver(*told, where=0.126, noise=NOISE)
    assert waves.misfit == pytest.approx(1, abs=0.15) and solver.misfit == pytest.approx(1, abs=0.15)
    assert waves.stiffness == pytest.approx(VESSEL.stiffness, rel=0.25)
    assert solver.stiffness == pytest.approx(VESSEL.stiffness, rel=0.1)
    assert solver.pressure == pytest.approx(pulse.P[:, -1], abs=0.06 * np.ptp(pulse.P[:, -1]))


def test_windkessel_finds_itself():
    """Pressures by an ordinary differential equation in small steps, not by harmonics."""
    R1, R2, C, b, steps = 2.4e8, 1.9e9, 1.75e-10, 1.75e7, 20_000
    dt = VESSEL.period / steps
    flow = carotid_inflow(np.arange(steps) * dt)
    Pc = np.empty(steps)
    Pc[0] = R2 * flow.mean()
    for _ in range(6):
        for k in range(steps - 1):
            Pc[k + 1] = Pc[k] + dt / C * (flow[k] - Pc[k] / R2)
        Pc[0] = Pc[-1] + dt / C * (flow[-1] - Pc[-1] / R2)
    P = (Pc + R1 * flow)[:: steps // 100]
    A = (np.sqrt(VESSEL.area) + (P - P.min()) / b) ** 2
    found = arterial.windkessel(VESSEL, A, flow[:: steps // 100] / A, P.min())
    assert found.verdict.converged
    assert found.stiffness == pytest.approx(b, rel=0.01)
    assert found.pressure == pytest.approx(P, abs=0.01 * np.ptp(P))


def test_smoothing_is_least_squares_on_sines_and_cosines():
    y = np.random.default_rng(0).standard_normal((30, 2))
    angle = 2 * np.pi * np.outer(np.arange(30) / 30, np.arange(1, 5))
    basis = np.hstack([np.ones((30, 1)), np.cos(angle), np.sin(angle)])
    assert arterial.smooth(y, 4) == pytest.approx(basis @ np.linalg.lstsq(basis, y, rcond=None)[0])
