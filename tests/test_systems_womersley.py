import numpy as np
import pytest

from mmlib.systems.womersley import Womersley

TUBE = Womersley((0.2, 0.1 - 0.05j, 0.02j))
T = np.linspace(0, 1.1, 9)


def test_it_solves_the_equation():
    r, h, dt = np.linspace(3e-4, 2.7e-3, 7), 1e-6, 1e-5
    w = TUBE.velocity(r, T)
    w_t = (TUBE.velocity(r, T + dt) - TUBE.velocity(r, T - dt)) / (2 * dt)
    up, down = TUBE.velocity(r + h, T), TUBE.velocity(r - h, T)
    laplace = (up - 2 * w + down) / h**2 + (up - down) / (2 * h * r)
    left = TUBE.density * w_t - TUBE.viscosity * laplace
    assert left == pytest.approx(np.broadcast_to(TUBE.pressure_gradient(T)[:, None], left.shape), rel=1e-4, abs=0.05)


def test_wall_mean_and_balance():
    assert abs(TUBE.velocity([TUBE.radius], T)).max() < 1e-12
    y, weight = np.polynomial.legendre.leggauss(40)
    y, weight = (y + 1) / 2, weight / 2
    mean = TUBE.velocity(TUBE.radius * y, T) @ (2 * weight * y)
    k = 2j * np.pi * np.outer(T, np.arange(3)) / TUBE.period
    assert mean == pytest.approx((np.exp(k) @ TUBE.mean_velocity).real, abs=1e-10)
    rate = (np.exp(k) @ (np.array(TUBE.mean_velocity) * 2j * np.pi * np.arange(3) / TUBE.period)).real
    balance = TUBE.density * rate + 2 * TUBE.wall_shear(T) / TUBE.radius  # of the whole cross section
    assert TUBE.pressure_gradient(T) == pytest.approx(balance, abs=1e-8)
    h = 1e-8
    slope = -TUBE.viscosity * (0 - TUBE.velocity([TUBE.radius - h], T)[:, 0]) / h
    assert TUBE.wall_shear(T) == pytest.approx(slope, abs=1e-4)


def test_slow_pulses_are_poiseuille():
    slow = Womersley((0.0, 0.1), period=1e4)
    assert slow.wall_shear(0.0)[0] == pytest.approx(4 * slow.viscosity * 0.1 / slow.radius, rel=1e-3)


def test_messages():
    with pytest.raises(ValueError, match="Is r in metres"):
        TUBE.velocity([1.0], 0.0)
    with pytest.raises(ValueError, match="finite, from k = 0"):
        Womersley((np.nan,))
    with pytest.raises(ValueError, match="radius positive"):
        Womersley(radius=0.0)


def test_the_flow_is_that_of_finite_differences_in_radius():
    """rho w_t = G + mu (w_rr + w_r / r) on 400 rings, driven by the gradient of the second harmonic."""
    tube, n, k = Womersley((0.0, 0.0, 1.0)), 400, 2
    h = tube.radius / n
    r = (np.arange(n) + 0.5) * h
    outer, inner = (r + h / 2) / (r * h**2), (r - h / 2) / (r * h**2)
    laplace = np.diag(-(outer + inner)) + np.diag(outer[:-1], 1) + np.diag(inner[1:], -1)
    laplace[-1, -1] -= outer[-1]  # the wall is half a ring away, at rest
    gradient = tube.modes(0.0)[2][k]
    w = np.linalg.solve(2j * np.pi * k / 1.1 * 1060 * np.eye(n) - 4e-3 * laplace, np.full(n, gradient))
    assert tube.modes(r)[0][k] == pytest.approx(w, abs=1e-4 * abs(w).max())
    assert (2 * w * r).sum() * h / tube.radius**2 == pytest.approx(1, abs=1e-4)


def test_radii_up_to_the_wall_are_allowed():
    assert TUBE.velocity([0.0, 3.0e-3], 0.0).shape == (1, 2)
    for r in (-1e-4, 3.1e-3):
        with pytest.raises(ValueError, match="Is r in metres"):
            TUBE.velocity([r], 0.0)
