"""The growing ring against closed forms: Lamé, the neo-Hookean tube, uniform growth; and two schemes against each other."""

import numpy as np
import pytest

from mmlib.systems import growing_ring as ring

A, B, MU = 1.0, 1.4, 100.0


def tube(a, mu=MU):
    """Pressure of an incompressible neo-Hookean tube in plane strain with inner radius a."""
    la, lb = a / A, np.sqrt(a**2 + B**2 - A**2) / B
    return mu * ((lb**-2 - la**-2) / 2 + np.log(la / lb))


@pytest.mark.parametrize("a", [1.05, 1.2, 1.5])
def test_layers_meet_the_closed_form_of_the_tube(a):
    r = ring.inflate(np.ones((1, 64)), tube(a))[0]
    assert r[0] == pytest.approx(a, rel=2e-4)
    assert r[-1] == pytest.approx(np.sqrt(a**2 + B**2 - A**2), rel=2e-4)


@pytest.mark.parametrize("a", [1.05, 1.2, 1.5])
def test_elements_meet_the_closed_form_of_the_tube(a):
    P = tube(a)
    r = ring.elements("stress", 1e-9, 1.0, [0.0, 0.1], lambda t: P, count=80, bulk=3000.0)[0]
    assert r[0] == pytest.approx(a, rel=1e-3)
    assert r[-1] == pytest.approx(np.sqrt(a**2 + B**2 - A**2), rel=1e-3)


def test_small_loads_are_those_of_lame():
    P, R = 0.01, np.linspace(A, B, 33)
    r = ring.inflate(np.ones((1, 32)), P)[0]
    assert r - R == pytest.approx(P * A**2 * B**2 / (B**2 - A**2) / (2 * MU * R), rel=2e-3)
    middle = (R[1:] + R[:-1]) / 2
    lame = lambda sign: P * A**2 / (B**2 - A**2) * (1 + sign * B**2 / middle**2)  # noqa: E731
    found = ring.drivers_of(r, P, rest=R)
    assert found[0] == pytest.approx(lame(1), rel=5e-3)
    assert found[1] == pytest.approx(lame(1) - lame(-1), rel=5e-3)
    assert found[2] == pytest.approx(1 + P * A**2 * B**2 / (B**2 - A**2) / (2 * MU * middle**2), rel=1e-6)
    assert found[3] == pytest.approx(2 * MU * (found[2] - 1) ** 2, rel=5e-3)
    assert found[4] == pytest.approx((lame(1) + lame(-1)) / 2, rel=2e-2)
    assert found[5] == pytest.approx(P * A / (B - A), rel=1e-3)


def test_growth_of_a_thin_wall_without_load_thickens_it_and_leaves_the_stress_of_its_curvature():
    g, wall = 1.3, (100.0, 100.4)
    r = ring.inflate(np.full((1, 8), g), 0.0, wall=wall)[0]
    rest = np.linspace(*wall, 9)
    assert r[-1] - r[0] == pytest.approx(g * 0.4, rel=2e-3)
    stress = ring.drivers_of(r, 0.0, rest=rest)[0]
    bent = 4 * MU * (g - 1) * 0.4 / 100 * (np.arange(8) - 3.5) / 8  # a strip thicker than its curvature allows, bent
    assert stress == pytest.approx(bent, abs=0.01 * bent[-1])


def test_stresses_of_a_free_ring_carry_nothing_around():
    r = ring.inflate([np.linspace(1.4, 0.9, 64)], 0.0)[0]
    stress = ring.drivers_of(r, 0.0, rest=np.linspace(A, B, 65))[0]
    assert abs((stress * np.diff(r)).sum()) < 2e-3 * (abs(stress) * np.diff(r)).sum()  # balance of one half of the ring


@pytest.mark.parametrize("law", range(6))
def test_two_schemes_agree_through_jumps_of_load_and_stiffness(law):
    load, shear = (lambda t: 18.6 if t < 3 else 12.0), (lambda t: 100.0 if t < 5 else 140.0)
    rise = ring.scales(pressure=18.6)[law] / ring.scales()[law] - 1
    plan = 0.05 / rise, 1.0, [0.0, 2.0, 4.0, 8.0], load
    one = ring.grow([law], [plan[0]], [plan[1]], *plan[2:], shear=shear)[0]
    other = ring.elements(ring.DRIVERS[law], *plan, shear=shear, jumps=[3.0, 5.0])
    assert abs(one - other).max() < 2e-3
    assert abs(one[-1] - one[0]).max() > 0.02


@pytest.mark.parametrize("law", [0, 2])
def test_two_schemes_agree_while_the_load_and_the_stiffness_rise(law):
    load, shear = (lambda t: 12.0 + 1.2 * t), (lambda t: 100.0 + 3.0 * t)
    plan = 0.08, 0.9, [0.0, 1.5, 3.0, 6.0], load
    one = ring.grow([law], [plan[0]], [plan[1]], *plan[2:], shear=shear)[0]
    other = ring.elements(ring.DRIVERS[law], *plan, shear=shear)
    assert abs(one - other).max() < 2e-3 and abs(one[-1] - one[0]).max() > 0.02


def test_a_constant_driver_grows_linearly():
    """Laplace's stress under no pressure is zero everywhere, so that g = 1 - k s t, and the free wall keeps its stretch near one."""
    r = ring.grow([5], [0.1], [-0.5], [0.0, 4.0], lambda t: 0.0)[0, 1]
    growth = np.diff(r**2) / np.diff(np.linspace(A, B, 5) ** 2)
    assert growth == pytest.approx(np.full(4, 1.2), rel=1e-9)


def test_fits_find_constants_that_the_other_scheme_planted():
    t, top = np.arange(9.0), ring.scales(pressure=1.4 * ring.NORMAL) / ring.scales()
    for law in (0, 2):
        k = 0.05 / (top[law] - 1)
        made = ring.elements(ring.DRIVERS[law], k, 1.0, t, lambda t: 1.4 * ring.NORMAL)
        found = ring.fit(t, made[None], lambda t: 1.4 * ring.NORMAL)
        assert found.converged.all() and found.bic.shape == (1, 6)
        assert found.rate[0, law] == pytest.approx(k, rel=0.05)
        assert found.set_point[0, law] == pytest.approx(1.0, abs=0.01)


def test_bic_is_that_of_two_constants():
    t = np.arange(5.0)
    r = ring.grow([0], [0.07], [1.0], t, lambda t: 18.6) + np.random.default_rng(1).normal(0, 0.01, (1, 5, 5))
    found = ring.fit(t, r, lambda t: 18.6)
    seen = ring.grow([2], found.rate[0, [2]], found.set_point[0, [2]], t, lambda t: 18.6)
    square = np.mean((seen - r) ** 2)
    assert found.rms[0, 2] ** 2 == pytest.approx(square, rel=1e-6)
    assert found.bic[0, 2] == pytest.approx(25 * np.log(square) + 2 * np.log(25), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ring.inflate([[1.0, 1.0]], 500.0), "some radius holds"),
        (lambda: ring.inflate([[1.0, 1.0]], -1.0), "zero or positive"),
        (lambda: ring.inflate([[1.0]], 1.0, wall=(1.4, 1.0)), "inner < outer"),
        (lambda: ring.drivers_of([1.0, 0.9], 1.0, rest=[1.0, 1.4]), "increase"),
        (lambda: ring.grow([6], [0.1], [1.0], [0.0, 1.0], lambda t: 1.0), "DRIVERS"),
        (lambda: ring.grow([0], [0.1], [1.0], [0.0, 0.15], lambda t: 1.0), "steps of 0.1"),
        (lambda: ring.grow([0], [0.1], [1.0], [0.0, 1.0], lambda t: 1.0, layers=6), "multiple of 4"),
        (lambda: ring.fit([0.0, 1.0], np.ones((1, 3, 5)), lambda t: 1.0), "row of radii a time"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_wall_that_vanishes_is_named():
    with pytest.raises(RuntimeError, match="vanished|settle"):
        ring.elements("stress", 1.0, 3.0, [0.0, 12.0], lambda t: 5.0)


@pytest.mark.parametrize("mu", [60.0, 100.0])
def test_newtons_method_of_the_layers_is_of_second_order(mu):
    """Each round squares what is left, as only the right slope does: from a thousandth to less than 1e-5, then to round-off."""
    g, R2 = np.linspace(1.3, 0.9, 12)[None], np.linspace(A, B, 13) ** 2
    P, shear = np.array([9.0]), np.array([mu])
    exact, _ = ring._newton(g, P, shear, R2, R2[:1], 60)
    off = [abs(ring._newton(g, P, shear, R2, exact * 1.001, n)[0] / exact - 1)[0] for n in (1, 2)]
    assert off[0] < 1e-5 and off[1] < 1e-10


def test_forces_and_slopes_of_the_elements_are_those_of_their_energy(monkeypatch):
    """The energy of the docstring, with the work of the pressure, differentiated twice by torch."""
    torch = pytest.importorskip("torch")
    rng, n, P, mu, kappa = np.random.default_rng(3), 6, 12.0, 90.0, 400.0
    R = np.linspace(A, B, n + 1)
    r, g = R * 1.2 + 0.01 * rng.uniform(size=n + 1), rng.uniform(0.8, 1.3, n)
    seen = []

    class Seen(Exception):
        pass

    def keep(_, band, force, **options):
        seen.append((band.copy(), -force))
        raise Seen

    monkeypatch.setattr(ring, "solve_banded", keep)
    with pytest.raises(Seen):
        ring._equilibrium(r, g, P, R, mu, kappa)
    rest, growth = torch.as_tensor(R), torch.as_tensor(g)

    def energy(r):
        mid, step = (rest[1:] + rest[:-1]) / 2, rest.diff()
        a, c = r.diff() / step / growth, (r[1:] + r[:-1]) / 2 / mid
        log = torch.log(a * c)
        density = mu / 2 * (a**2 + c**2 - 2 - 2 * log) + kappa / 2 * log**2
        return (growth * mid * step * density).sum() - P * r[0] ** 2 / 2

    at = torch.as_tensor(r)
    band, force = seen[0]
    slope = torch.autograd.functional.hessian(energy, at).numpy()
    assert force == pytest.approx(torch.autograd.functional.jacobian(energy, at).numpy(), rel=1e-9)
    assert band[1] == pytest.approx(np.diag(slope), rel=1e-9)
    assert band[0, 1:] == pytest.approx(np.diag(slope, 1), rel=1e-9)
    assert band[2, :-1] == pytest.approx(np.diag(slope, -1), rel=1e-9)


def test_the_elements_stresses_are_slopes_of_their_energy():
    """Cauchy stress is stretch times the slope of the energy by it, over the volume; energies are those of the docstring."""
    rng, mu, kappa, P = np.random.default_rng(4), 80.0, 350.0, 15.0
    R = np.linspace(A, B, 6)
    r, g = R * 1.15 + 0.01 * rng.uniform(size=6), rng.uniform(0.9, 1.2, 5)

    def energy(a, c):
        log = np.log(a * c)
        return mu / 2 * (a**2 + c**2 - 2 - 2 * log) + kappa / 2 * log**2

    a, c, h = np.diff(r) / np.diff(R) / g, (r[1:] + r[:-1]) / (R[1:] + R[:-1]), 1e-6
    around = (energy(a, c + h) - energy(a, c - h)) / (2 * h) / a
    radial = (energy(a + h, c) - energy(a - h, c)) / (2 * h) / c
    found = ring._element_drivers(r, g, P, R, mu, kappa)
    wanted = (around, around - radial, c, energy(a, c), (around + radial) / 2, P * r[0] / (r[-1] - r[0]) + 0 * a)
    for got, right in zip(found, wanted, strict=True):
        assert got == pytest.approx(right, rel=1e-6)


def test_a_wall_does_not_shrink_below_a_twentieth():
    r = ring.grow([5], [1.0], [1.0], [0.0, 4.0], lambda t: 0.0)[0, 1]
    assert np.diff(r**2) / np.diff(np.linspace(A, B, 5) ** 2) == pytest.approx(np.full(4, 0.05), rel=1e-9)


def test_heuns_step_is_of_second_order():
    """The same growth at half the rate in twice the time is the same growth by steps half as fine."""
    ends = [ring.grow([0], [0.08 / n], [1.0], [0.0, 4.0 * n], lambda t: 18.6)[0, -1] for n in (1, 2, 8)]
    coarse, half = (np.abs(e - ends[2]).max() for e in ends[:2])
    assert 3.4 < coarse / half < 5.0


def test_fits_say_the_growth_and_its_rise():
    """Unknowns of the search and constants of the law: growth at overload is k (overload - s), its rise from normal is k spread."""
    spread = np.array([0.4, 0.2])
    k, s = ring._constants(np.array([[0.03, 0.1], [-0.02, 0.05]]), spread)
    assert k * (1 + spread - s) == pytest.approx([0.03, -0.02]) and k * spread == pytest.approx([0.1, 0.05])


@pytest.mark.parametrize("jumps", [3.0, None, "a", [[1.0], [2.0, 3.0]], [[1.0]], [float("nan")], [float("inf")]])
def test_jumps_that_are_no_times_are_refused(jumps):
    with pytest.raises(ValueError, match="expected .*jumps.*; got "):
        ring.elements("stress", 0.1, 1.0, [0.0, 4.0], lambda t: 18.6, count=8, jumps=jumps)


@pytest.mark.parametrize("jumps", [[2.0, 2.0], [2.0, 1.0, 2.0], np.array([]), [-1.0, 0.0, 4.0, 9.0]])
def test_jumps_in_any_order_twice_or_outside_of_the_times(jumps):
    found = ring.elements("stress", 0.1, 1.0, [0.0, 4.0], lambda t: 18.6, count=8, jumps=jumps)
    assert found == pytest.approx(ring.elements("stress", 0.1, 1.0, [0.0, 4.0], lambda t: 18.6, count=8), rel=1e-4)
