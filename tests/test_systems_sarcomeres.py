"""The rule of the synthetic animals against its differential equation, the share against its closed form."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from mmlib.systems import sarcomeres


def test_true_share_is_the_mean_of_the_rows_equation():
    def one(k):
        d = 0.3
        run = solve_ivp(lambda t, y: k * (d - y), (0, 8), [0.0], rtol=1e-10, atol=1e-12)
        return run.y[0, -1] / d

    low, high = sarcomeres.RATES
    assert sarcomeres.true_share(8.0) == pytest.approx(quad(one, low, high)[0] / (high - low), rel=1e-7)
    assert sarcomeres.true_share(0.0) == 0
    assert sarcomeres.true_share(8.0, rates=(0.1, 0.1)) == pytest.approx(1 - np.exp(-0.8))


def test_animals_without_errors_keep_the_rule():
    x = sarcomeres.animals(20000, rng=np.random.default_rng(0), echo=(0.0, 0.0), cells=10**9)
    rho = x.inner + x.thickness / 2
    d, longer = np.diff(np.log(rho), axis=1)[:, 0], np.diff(np.log(x.sarcomeres), axis=1)[:, 0]
    assert d.mean() == pytest.approx(0.2, abs=0.002) and d.std() == pytest.approx(0.05, rel=0.03)
    assert longer.mean() / d.mean() == pytest.approx(sarcomeres.true_share(8.0), abs=0.003)
    volume = ((x.inner + x.thickness) ** 3 - x.inner**3)[:, 1] / ((x.inner + x.thickness) ** 3 - x.inner**3)[:, 0]
    assert volume.min() > 0.999 and volume.max() < 1.201 and volume.mean() == pytest.approx(1.1, abs=0.003)
    assert x.inner[:, 0].mean() == pytest.approx(20, rel=0.01) and x.thickness[:, 0].mean() == pytest.approx(
        10, rel=0.01
    )


def test_errors_have_their_sizes():
    one = sarcomeres.animals(4000, rng=np.random.default_rng(1), weeks=0.0)
    assert np.diff(np.log(one.sarcomeres), axis=1).std() == pytest.approx(0.12 * np.sqrt(2 / 30), rel=0.05)
    a = np.log(one.thickness[:, 0]).std()
    assert a == pytest.approx(np.hypot(0.08, 0.06), rel=0.05)


def test_share_and_error_are_those_of_a_ratio():
    d, y = np.array([0.2, 0.25, 0.15, 0.22]), np.array([0.1, 0.13, 0.1, 0.12])
    a = np.exp(np.stack([np.zeros(4), d], axis=1))
    share, error = sarcomeres.sphere_share(a, 0 * a, np.exp(np.stack([np.zeros(4), y], axis=1)))
    assert share == pytest.approx(y.mean() / d.mean())
    c = np.cov(y, d)
    ratio = np.sqrt((c[0, 0] - 2 * share * c[0, 1] + share**2 * c[1, 1]) / 4) / d.mean()
    assert error == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sarcomeres.sphere_share(np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2))), "3 animals"),
        (lambda: sarcomeres.sphere_share(np.ones((3, 2)), -np.ones((3, 2)), np.ones((3, 2))), "at least 0"),
        (lambda: sarcomeres.animals(3, rng=np.random.default_rng(0), echo=(-0.1, 0.1)), "zero or positive"),
        (lambda: sarcomeres.true_share(-1.0), "weeks"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_each_animal_has_its_own_chance_in_each_of_its_numbers():
    """Without errors of reading, two seeds differ in size, wall, dilation, growth of the wall and rate, animal by animal."""
    both = [sarcomeres.animals(50, rng=np.random.default_rng(s), echo=(0.0, 0.0), cells=10**9) for s in (0, 1)]
    found = []
    for x in both:
        rho, outer = x.inner + x.thickness / 2, x.inner + x.thickness
        d, longer = np.diff(np.log(rho), axis=1)[:, 0], np.diff(np.log(x.sarcomeres), axis=1)[:, 0]
        volume = (outer**3 - x.inner**3)[:, 1] / (outer**3 - x.inner**3)[:, 0]
        found.append([x.inner[:, 0], x.thickness[:, 0], d, volume, -np.log(1 - longer / d) / 8.0])
    for k, (one, other) in enumerate(zip(*found, strict=True)):
        assert np.abs(one / other - 1).min() > 1e-6 and abs(np.corrcoef(one, other)[0, 1]) < 0.5, k
    rates = np.concatenate([f[4] for f in found])
    assert rates.min() > 0.079 and rates.max() < 0.151 and rates.mean() == pytest.approx(0.115, abs=0.006)


def test_readings_have_errors_of_their_own():
    one, other = (sarcomeres.animals(400, rng=np.random.default_rng(s), weeks=0.0) for s in (3, 4))
    for a, b in zip(one, other, strict=True):
        assert abs(np.corrcoef(np.log(a[:, 0]), np.log(b[:, 0]))[0, 1]) < 0.2
    assert np.log(one.inner[:, 0]).std() == pytest.approx(np.hypot(0.08, 0.03), rel=0.1)
    assert np.log(one.sarcomeres).mean() == pytest.approx(np.log(60), abs=0.01)


def test_the_ring_runs_through_the_middle_of_the_wall():
    """Radii and walls for which rho = a + h / 2 is dilated by a known amount in each animal."""
    d, h = np.array([0.2, 0.3, 0.1]), np.array([[8.0, 6.0], [10.0, 14.0], [9.0, 5.0]])
    rho = np.exp(np.stack([np.log([24.0, 25.0, 26.0]), np.log([24.0, 25.0, 26.0]) + d], axis=1))
    share, _ = sarcomeres.sphere_share(rho - h / 2, h, np.exp(np.stack([np.zeros(3), 0.4 * d], axis=1)))
    assert share == pytest.approx(0.4, rel=1e-12)
