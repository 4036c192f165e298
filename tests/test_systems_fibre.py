"""Chains of beads against formulas: persistence length, Euler's load, a crossing that converges, a ring at rest."""

import numpy as np
import pytest

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
