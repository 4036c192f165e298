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
