"""What the rule of the night catches: rates that it promises, an integral in place of the simulation, limits of Student's t."""

import numpy as np
import pytest
from scipy import stats

from mmlib.claims import red_nights
from mmlib.claims.power import _red


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.3])
def test_power_and_false_alarms_of_a_night(correlation):
    """Five claims of one chapter shifted by five stored standard deviations are caught in 99 %, and at 1,250 claims (45
    chapters) a night is red by mistake in at most 1 %, with ten stored runs, at the correlations of the book's claims."""
    assert red_nights(claims=5, shift=5, nights=20_000, correlation=correlation) >= 0.99
    chapters = 45
    false = red_nights(claims=-(-1250 // chapters), shift=0, nights=50_000, correlation=correlation)
    assert 1 - (1 - false) ** chapters <= 0.01


def test_power_with_twenty_stored_runs():
    assert red_nights(claims=5, shift=5, stored=20, correlation=0.5, nights=10_000) >= 0.99


def test_power_falls_where_claims_move_together():
    """Five claims that are one and the same are one claim: no rule on them reaches what five reach."""
    assert red_nights(claims=5, shift=5, correlation=1.0, nights=5_000) < 0.8
    assert red_nights(claims=5, shift=3, nights=5_000) < 0.5


def test_power_refuses_nonsense():
    with pytest.raises(ValueError, match="at least 10 stored runs"):
        red_nights(claims=5, shift=5, stored=9)
    with pytest.raises(ValueError, match="correlation between 0 and 1"):
        red_nights(claims=5, shift=5, correlation=1.5)


@pytest.mark.parametrize("shift", [0.0, 2.0, 4.0])
def test_power_is_the_integral_over_what_was_stored(shift):
    """One claim: given the stored mean and spread, alarms of new seeds are independent, so their chance is an integral."""
    z, s = np.linspace(-5, 5, 401), np.sqrt(np.linspace(0.02, 6, 1200))
    mean, spread = (z / np.sqrt(10))[:, None], s[None]
    reach, wild = (spread * np.sqrt(1.1) * stats.t.isf(p, 9) for p in (0.005, 0.5e-7))
    # new values are standard normal, moved by `shift` stored deviations
    outside = lambda r: stats.norm.sf(r + mean - shift * spread) + stats.norm.cdf(-r + mean - shift * spread)  # noqa: E731
    alarm, at_once = outside(reach), outside(wild)
    calm = alarm - at_once
    # red: a first alarm and four of four fresh ones, or a wild value in the first or, once looked again, a fresh seed
    red = at_once + calm * (1 - (1 - at_once) ** 4 + calm**4)
    weight = stats.norm.pdf(z)[:, None] * (stats.chi2.pdf(9 * s**2, 9) * 18 * s)[None]
    expected = np.trapezoid(np.trapezoid(weight * red, s, axis=1), z)
    assert red_nights(claims=1, shift=shift, nights=40_000) == pytest.approx(expected, abs=0.008, rel=0.03)


class Known:
    """A generator of nights that are known: ten or twenty stored values of mean 0 and spread 1, then the new ones."""

    def __init__(self, stored, new):
        past = np.resize([-1.0, 1.0], stored)
        self.x = np.concatenate([past / past.std(ddof=1), new])

    def normal(self, size):
        return self.x[None, :, None]


@pytest.mark.parametrize("stored", [10, 20])
@pytest.mark.parametrize(("off", "red"), [(0.997, 0), (1.003, 1)])
def test_alarms_and_wild_values_of_the_simulation_lie_beyond_students_limits(stored, off, red):
    limit, far = (stats.t.isf(p, stored - 1) * np.sqrt(1 + 1 / stored) for p in (0.005, 0.5e-7))
    for side in (-1, 1):
        for new in (
            [limit * off * side] * 5,
            [far * off * side, 0, 0, 0, 0],
            [far * side / 2, far * off * side, 0, 0, 0],
        ):
            assert _red(Known(stored, new), 1, 1, 0.0, stored, 0.0) == red, new
    shifted = [(limit * off - 2.0)] * 5  # in stored deviations, added to the new values
    assert _red(Known(stored, shifted), 1, 1, 2.0, stored, 0.0) == red


def test_claims_of_one_chapter_share_a_part_of_their_chance():
    """With one claim the common part changes nothing; with many, claims that are one and the same are as one."""
    one = red_nights(claims=1, shift=3.0, nights=20_000)
    assert red_nights(claims=1, shift=3.0, nights=20_000, correlation=0.9, seed=1) == pytest.approx(one, abs=0.015)
    same = red_nights(claims=6, shift=3.0, nights=20_000, correlation=1.0)
    assert red_nights(claims=6, shift=3.0, nights=20_000, correlation=0.0) > same + 0.05


def test_the_simulation_draws_from_its_seed():
    one, same, other = (red_nights(claims=2, shift=2.5, nights=3_000, seed=s) for s in (1, 1, 2))
    assert one == same != other

    class Counted:
        rng, asked = np.random.default_rng(0), 0

        def normal(self, **options):
            Counted.asked += 1
            return self.rng.normal(**options)

    assert 0 <= _red(Counted(), 50, 3, 0.0, 10, 0.1) <= 50
    assert Counted.asked == 2, "the common part and each claim's own"


@pytest.mark.parametrize("nights", [1, 4_999, 5_001, 12_000])
def test_each_night_is_drawn_once_whatever_fits_into_memory(nights):
    """A shift that no night misses: all of them are red, no more and no fewer."""
    assert red_nights(claims=1, shift=1e6, nights=nights) == 1.0
