"""Chains of beads against formulas: persistence length, Euler's load, a crossing that converges, a ring at rest."""

import numpy as np
import pytest
from scipy import constants

from mmlib.systems import fibre


def test_thermal_shapes_have_the_persistence_length_of_the_formula():
    x = fibre.sample(0.5, length=4.0, beads=10, chains=2000, sweeps=15, rng=np.random.default_rng(0))
    assert fibre.persistence(x) == pytest.approx(0.5 / fibre.KT, rel=0.05)
    assert (x[:, 0] == 0).all() and (x[:, 1] == [0.4, 0]).all()  # clamped


def test_the_free_end_wanders_as_theory_says():
    """Mean square deflection of a clamped stiff rod's end in one plane, kT L^3 / (3 rigidity) as a sum over its joints."""
    x = fibre.sample(0.5, length=4.0, beads=24, chains=800, sweeps=60, rng=np.random.default_rng(1))
    expected = fibre.KT / 0.5 * (4 / 24) ** 3 * sum(k**2 for k in range(1, 24))
    assert (x[:, -1, 1] ** 2).mean() == pytest.approx(expected, rel=0.2)


def test_stiffness_of_the_bonds_does_not_matter():
    soft = fibre.sample(
        0.5, length=4.0, beads=8, chains=1500, sweeps=15, rng=np.random.default_rng(2), stretch=3000 * fibre.KT
    )
    assert fibre.persistence(soft) == pytest.approx(0.5 / fibre.KT, rel=0.06)


def test_buckling_converges_to_euler_with_order_two():
    n = np.array([4, 8, 16, 32])
    error = 1 - np.array([fibre.buckling_load(0.5, 8.0, k) for k in n]) / fibre.euler_load(0.5, 8.0)
    assert -np.polyfit(np.log(n), np.log(error), 1)[0] == pytest.approx(2, abs=0.02)
    x = np.pi / (2 * n)
    assert 1 - error == pytest.approx((np.sin(x) / x) ** 2, rel=1e-6)  # closed form


def test_crossing_converges_and_uneven_spacing_agrees():
    touch = dict(rigidity=0.5, offset=-0.02, width=0.02, strength=60.0)
    fine = fibre.crossing(np.linspace(0, 4, 401), **touch)
    finer = fibre.crossing(np.linspace(0, 4, 601), **touch)
    assert fine.force == pytest.approx(finer.force, rel=1e-4)
    few = fibre.crossing(fibre.graded(4.0, 0.02, 0.06, 0.1), **touch)
    assert few.force == pytest.approx(finer.force, rel=3e-3)
    assert len(few.x) < 60
    # a point load in the middle of a hinged beam: w = F L^3 / (48 rigidity)
    assert fine.w.max() == pytest.approx(-fine.force * 4**3 / (48 * 0.5), rel=0.01)


def test_ring_without_fibres_is_a_circle_and_fibres_draw_it_out():
    rest = fibre.swell(0)
    assert rest.converged and rest.roundness > 0.99
    assert rest.elongation == pytest.approx(1, abs=0.02)
    two, six = fibre.swell(2), fibre.swell(6)
    assert 1.2 < two.elongation < six.elongation
    chain = fibre.swell(2, beads=10)
    assert chain.elongation == pytest.approx(two.elongation, rel=0.05)
    assert len(chain.fibres) == 2 and chain.fibres[0].shape == (11, 2)


def test_messages():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least 3 beads"):
        fibre.sample(0.5, length=4.0, beads=2, chains=5, sweeps=1, rng=rng)
    with pytest.raises(ValueError, match="positive rigidity"):
        fibre.sample(-1, length=4.0, beads=8, chains=5, sweeps=1, rng=rng)
    with pytest.raises(ValueError, match=r"\(chains, beads \+ 1, 2\)"):
        fibre.persistence(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="at least 2 beads"):
        fibre.buckling_load(0.5, 8.0, 1)
    with pytest.raises(ValueError, match="increasing places"):
        fibre.crossing([0.0, 1.0, 0.5, 2, 3], rigidity=1, offset=0, width=1, strength=1)
    with pytest.raises(ValueError, match="beads 0 or at least 4"):
        fibre.swell(2, beads=2)


class Counted:
    """A generator that remembers what was asked of it."""

    def __init__(self, seed):
        self.rng, self.asked = np.random.default_rng(seed), set()

    def __getattr__(self, name):
        self.asked.add(name)
        return getattr(self.rng, name)


def test_chance_comes_from_the_generator_alone():
    take = dict(length=4.0, beads=6, chains=20, sweeps=3)
    counted = Counted(1)
    one, same, other = (fibre.sample(0.5, rng=r, **take) for r in (counted, np.random.default_rng(1), Counted(2)))
    assert counted.asked == {"standard_normal", "uniform", "random"}
    assert (one == same).all() and (one != other).any()


def test_thermal_energy():
    assert fibre.KT == pytest.approx(constants.k * 298.15 / (constants.pico * constants.micro), rel=1e-9)


def test_bonds_and_bends_share_the_energy_equally():
    """Equipartition in the stiff limit: each bond and each angle has half a kT on average."""
    x = fibre.sample(200 * fibre.KT, length=4.0, beads=8, chains=3000, sweeps=20, rng=np.random.default_rng(4))
    d = np.diff(x, axis=1)
    size = np.linalg.norm(d, axis=2)
    angle = np.diff(np.unwrap(np.arctan2(d[..., 1], d[..., 0]), axis=1), axis=1)
    b = 0.5
    assert (angle**2).mean() == pytest.approx(b / 200, rel=0.03)
    assert size[:, 1:].var() == pytest.approx(b**2 / 900, rel=0.05)
    assert size.mean() == pytest.approx(b, rel=1e-3)


def test_persistence_of_a_zigzag():
    """All angles are 0.2: cos = exp(-b / (2 l))."""
    turn = 0.2 * (np.arange(12) % 2)
    steps = 0.3 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    x = np.concatenate([[[0, 0]], np.cumsum(steps, axis=0)])[None]
    assert fibre.persistence(x) == pytest.approx(-0.3 / (2 * np.log(np.cos(0.2))), rel=1e-9)


def test_force_is_the_slope_of_the_energy_with_the_offset():
    """Virtual work at the minimum; and the fibre is in balance between hinges that carry half each."""
    x, touch = np.linspace(0, 4, 201), dict(rigidity=0.5, width=0.05, strength=30.0)
    at = {d: fibre.crossing(x, offset=-0.03 + d, **touch) for d in (-1e-4, 0.0, 1e-4)}
    slope = (at[1e-4].energy - at[-1e-4].energy) / 2e-4
    assert -at[0.0].force == pytest.approx(slope, rel=1e-4)
    w = at[0.0].w
    assert w[0] == w[-1] == 0
    moment = 0.5 * np.diff(w, 2) / 0.02**2  # in the free parts it grows in a straight line from each hinge
    shear = np.diff(moment) / 0.02
    assert abs(shear[:80]) == pytest.approx(abs(at[0.0].force) / 2, rel=1e-3)
    assert (at[0.0].x == x).all()


def test_contact_energy_is_a_gaussian_of_the_distance():
    """A rod too stiff to move: energy = strength times the integral of exp(-(x^2 + d^2) / (2 s^2))."""
    x = np.linspace(0, 2, 401)
    found = fibre.crossing(x, rigidity=1e9, offset=0.04, width=0.05, strength=3.0)
    area = 3.0 * np.sqrt(2 * np.pi) * 0.05 * np.exp(-(0.04**2) / (2 * 0.05**2))
    assert found.energy == pytest.approx(area, rel=1e-6)
    assert found.force == pytest.approx(area * 0.04 / 0.05**2, rel=1e-6)


def test_graded_places_are_fine_in_the_middle_and_coarse_outside():
    x = fibre.graded(4.0, 0.02, 0.1, 0.5)
    step = np.diff(x)
    assert x[0] == 0 and x[-1] == pytest.approx(4.0) and x == pytest.approx(4.0 - x[::-1])
    near = abs((x[1:] + x[:-1]) / 2 - 2.0) < 0.1
    assert step[near] == pytest.approx(step.min()) and 0.015 < step.min() <= 0.02
    assert step.max() < 0.51
    growth = step[len(step) // 2 + 1 :] / step[len(step) // 2 : -1]
    assert growth.max() == pytest.approx(1.4) and (growth > 0.99).all()


def second_energy(ring, fibres, bond, target, *, chain, rigidity=0.5, length=11.0, bending=0.2, stretch=1.0):
    """Energy of a ring with fibres, written a second time with complex numbers."""
    z = ring[:, 0] + 1j * ring[:, 1]
    d = np.roll(z, -1) - z
    total = stretch / (2 * bond) * ((abs(d) - bond) ** 2).sum()
    total += bending / (2 * bond) * (np.angle(np.roll(d, -1) / d) ** 2).sum()
    total += 0.5 * (0.5 * (np.conj(z) * np.roll(z, -1)).imag.sum() - target) ** 2
    load = np.pi**2 * rigidity / length**2
    for line in fibres:
        d = np.diff(line[:, 0] + 1j * line[:, 1])
        if chain:
            b = length / len(d)
            total += rigidity / b * (1 - np.cos(np.angle(d[1:] / d[:-1]))).sum()
            total += 2.0 * len(d) / 2 * ((abs(d) - b) ** 2).sum()
        else:
            short = max(0.0, length - abs(d[0]))
            total += short**2 if short < load / 2 else load * short - load**2 / 4
    return total


@pytest.mark.parametrize(("number", "beads"), [(0, 0), (1, 0), (3, 0), (2, 6)])
def test_a_swollen_ring_is_at_rest(number, beads):
    """No displacement of a node or bead lowers the energy: forces vanish, and random moves go uphill."""
    nodes, radius = 24, 3.5
    found = fibre.swell(number, nodes=nodes, beads=beads)
    bond, target = 2 * np.pi * radius / nodes, 0.97 * np.pi * radius**2
    size = 2 * nodes
    inner = [line[1:-1].ravel() for line in found.fibres] if beads else []
    y = np.concatenate([found.ring.ravel(), *inner])
    where = [
        [int(np.argmin(np.linalg.norm(found.ring - end, axis=1))) for end in line[[0, -1]]] for line in found.fibres
    ]

    def energy(y):
        ring, rest = y[:size].reshape(-1, 2), y[size:].reshape(number if beads else 0, max(beads - 1, 0), 2)
        lines = [ring[[a, z]] for a, z in where]
        if beads:
            lines = [np.concatenate([ends[:1], mid, ends[1:]]) for ends, mid in zip(lines, rest, strict=True)]
        return second_energy(ring, lines, bond, target, chain=bool(beads))

    h = 1e-6
    slope = np.array([(energy(y + h * e) - energy(y - h * e)) / (2 * h) for e in np.eye(len(y))])
    assert found.converged and abs(slope).max() < 1e-3
    assert len(found.fibres) == number
    for a, z in where:
        assert (z - a) % nodes == nodes // 2
    spread = [np.angle(np.exp(2j * np.pi * (a - where[0][0]) / nodes)) for a, _ in where]
    assert max(np.ptp(spread) if spread else 0, 0) == pytest.approx(0.5 if number > 1 else 0, abs=2 * np.pi / nodes)


def test_shape_numbers_of_a_swollen_ring():
    found = fibre.swell(3, nodes=24)
    x, y = found.ring.T
    area = 0.5 * (x * np.roll(y, -1) - y * np.roll(x, -1)).sum()
    around = np.hypot(np.roll(x, -1) - x, np.roll(y, -1) - y).sum()
    assert found.roundness == pytest.approx(4 * np.pi * area / around**2, rel=1e-9)
    spread = np.linalg.svd(found.ring - found.ring.mean(axis=0), compute_uv=False)
    assert found.elongation == pytest.approx(spread[0] / spread[1], rel=1e-9)
