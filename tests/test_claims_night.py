"""The night: what alarms, what confirms, what is red at once, what the history keeps, and what all this can catch."""

import multiprocessing
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mmlib.claims import (
    ClaimsError,
    Entry,
    HistoryRow,
    Row,
    append_history,
    confirmed,
    confirmed_together,
    fresh_seeds,
    judge,
    rare_again,
    read_history,
    red_nights,
)
from mmlib.claims.night import FRESH, look, needed, tails
from mmlib.claims.power import _red

TEN = np.exp(0.2 * np.random.default_rng(0).normal(size=10))


def entry(**changes):
    body = {
        "says": "error of the forecast",
        "unit": "1",
        "kind": "run",
        "must": "< 3",
        "because": "what a spline reaches",
        "drift": {"relative": 1e-9},
    }
    return Entry(**{**body, **changes})


def test_an_alarm_is_outside_the_interval_or_breaks_the_condition():
    assert not look(entry(), TEN, TEN.mean()).alarm
    seen = look(entry(), TEN, 2.5)
    assert seen.alarm and not seen.at_once and 1e-7 < seen.p < 0.01
    broken = look(entry(must="< 1.45"), TEN, 1.5)
    assert broken.low < 1.5 < broken.high and broken.alarm and "All 10 stored runs meet < 1.45" in broken.why
    already = look(entry(must="< 1.1"), TEN, 1.5)
    assert not already.alarm, "the condition fails in some stored runs too: it says nothing new"


@pytest.mark.parametrize("better_is", [None, "smaller", "larger"])
@pytest.mark.parametrize("value", [1e9, -1e9, np.nan, np.inf])
def test_a_wild_value_is_red_at_once_whatever_is_better(better_is, value):
    seen = look(entry(better_is=better_is, must="> -1e99"), TEN, value)
    assert seen.alarm and seen.at_once


def test_better_is_does_not_hide_a_value_that_breaks_the_condition():
    """Larger is better, and the condition bounds the claim from above: 5 is no triumph."""
    seen = look(entry(better_is="larger"), TEN, 5.0)
    assert seen.alarm and not look(entry(better_is="larger", must="> 0.1"), TEN, 5.0).alarm


def test_far_out_is_red_at_once_only_beyond_the_drift():
    far = float(np.exp(np.log(TEN).mean() + 20 * np.log(TEN).std()))
    assert look(entry(must="< 1e9"), TEN, far).at_once
    assert not look(entry(must="< 1e9", drift=3.0), TEN, far).at_once


def test_stored_values_without_spread():
    """Ten times 3: one more may differ, so it is an alarm and not red at once."""
    same = np.full(10, 3.0)
    assert not look(entry(must="< 9"), same, 3.0).alarm
    seen = look(entry(must="< 9"), same, 4.0)
    assert seen.alarm and not seen.at_once and seen.p <= 0.1


def test_a_zero_among_positive_values_is_an_alarm_and_no_crash():
    assert look(entry(), TEN, 0.0).alarm and not look(entry(better_is="smaller"), TEN, 0.0).alarm


def verdict(value, stored=TEN, **changes):
    rows = [
        Row(claim="c", seed=s, value=v, device="cpu", dtype="float64", threads=1, cpu_s=1, key="k", date="2026-01-01")
        for s, v in enumerate(stored)
    ]
    return judge("a/b", {"c": entry(**changes)}, {"c": value}, rows, seed=7)[0]


def test_the_judge_of_a_new_seed():
    assert verdict(1.0).holds and not verdict(1.0).alarm
    alarm = verdict(2.5)
    assert alarm.holds and alarm.alarm and alarm.rows_met == (10, 10) and alarm.p < 0.01
    wild = verdict(1e9)
    assert not wild.holds and wild.alarm and "times the largest stored value" in str(wild)
    assert "10 stored runs for a new seed" in str(verdict(1.0, TEN[:9]))


def test_what_confirms_an_alarm():
    alarm, calm = verdict(2.5), verdict(1.0)
    assert confirmed(alarm, [alarm] * 4) and not confirmed(alarm, [alarm] * 3 + [calm])
    assert not confirmed(calm, [alarm] * 4) and not confirmed(alarm, [])
    twenty = verdict(2.9, np.concatenate([TEN, TEN]), must="< 9")
    assert twenty.alarm and confirmed(twenty, [twenty] * 3 + [calm])
    assert not confirmed(twenty, [twenty] * 2 + [calm] * 2)
    three = [replace(alarm, claim=name) for name in "abc"]
    assert confirmed_together(three, ["a", "b", "c", "a"]) and not confirmed_together(three, ["a", "b", "c"])
    assert not confirmed_together(three[:2], ["a", "b", "a", "b"])
    assert not confirmed_together([*three[:2], replace(calm, claim="c")], ["a", "b", "a", "b"])
    assert (needed(10), needed(19), needed(20)) == (4, 4, 3) and len(fresh_seeds(5)) == FRESH


# -- power --------------------------------------------------------------------------------------------------------


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


def test_the_simulation_follows_the_rule():
    """Nights judged one by one by `look` and `confirmed` are red as often as the simulation says."""
    rng = np.random.default_rng(5)
    red, nights = 0, 300
    for _ in range(nights):
        stored = np.exp(rng.normal(size=10))
        s = np.log(stored).std(ddof=1)
        new = [verdict(v, stored, must="< 1e99") for v in np.exp(rng.normal(size=5) + 5 * s)]
        red += confirmed(new[0], new[1:]) or any(not v.holds for v in new[: 5 if new[0].alarm else 1])
    expected = red_nights(claims=1, shift=5, correlation=0, nights=40_000)
    assert red / nights == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / nights))


def test_power_refuses_nonsense():
    with pytest.raises(ValueError, match="at least 10 stored runs"):
        red_nights(claims=5, shift=5, stored=9)
    with pytest.raises(ValueError, match="correlation between 0 and 1"):
        red_nights(claims=5, shift=5, correlation=1.5)


# -- history ------------------------------------------------------------------------------------------------------


def row(date="2026-01-01", verdict="ok", **changes):
    body = {
        "commit": "abc",
        "chapter": "a/b",
        "claim": "c",
        "seed": 1,
        "value": 0.1,
        "device": "cpu",
        "machine": "m, 2",
    }
    return HistoryRow(**{**body, "date": date, "verdict": verdict, **changes})


def test_history_only_grows(tmp_path):
    path = tmp_path / "deep" / "history.csv"
    append_history(path, [row()])
    before = path.read_bytes()
    append_history(path, [row(date="2026-01-02", value=float("nan"))])
    assert path.read_bytes().startswith(before)
    first, second = read_history(path)
    assert first == row() and np.isnan(second.value)
    assert path.read_text(encoding="utf-8").splitlines()[0] == (
        "date,commit,chapter,claim,seed,value,device,machine,verdict"
    )


def test_history_after_a_line_that_was_cut_short(tmp_path):
    path = tmp_path / "history.csv"
    append_history(path, [row()])
    path.write_bytes(path.read_bytes()[:-4])
    append_history(path, [row()])
    assert path.read_text(encoding="utf-8").splitlines()[2].endswith(",ok")


@pytest.mark.parametrize("text", ["claim,value\nc,1\n", "precious data without a header\n"])
def test_another_file_is_left_as_it_is(tmp_path, text):
    path = tmp_path / "history.csv"
    path.write_text(text, encoding="utf-8")
    for call in (lambda: append_history(path, [row()]), lambda: read_history(path)):
        with pytest.raises(ClaimsError, match="history.csv: expected the columns"):
            call()
    assert path.read_text(encoding="utf-8") == text


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "history.csv"
    append_history(path, [row(), row()])
    path.write_text(path.read_text(encoding="utf-8").replace("0.1", "a tenth", 1), encoding="utf-8")
    with pytest.raises(ClaimsError, match="history.csv, line 2: value"):
        read_history(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ClaimsError, match="not UTF-8"):
        read_history(path)


def _many(path, number):
    for _ in range(20):
        append_history(path, [row(chapter=f"a/{number}")] * 5)


def test_writers_beside_each_other_do_not_mix_their_lines(tmp_path):
    path = tmp_path / "history.csv"
    workers = [multiprocessing.get_context("spawn").Process(target=_many, args=(path, k)) for k in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(read_history(path)) == 200


def test_what_is_listed_again():
    """p < 1e-3 in two of seven nights; a plain alarm and fresh seeds do not count, a confirmed alarm does."""
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-07", "confirmed")], "2026-01-07") == {
        ("a/b", "c"): ["2026-01-01", "2026-01-07"]
    }
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-08", "rare")], "2026-01-08") == {}
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-01", "rare", seed=2)], "2026-01-02") == {}
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-02", "alarm")], "2026-01-02") == {}
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-02", "fresh alarm")], "2026-01-02") == {}


# -- referees from outside: printed tables, and an integral in place of a simulation --------------------------------


@pytest.mark.parametrize(("quantile", "share"), [(1.383, 0.90), (1.833, 0.95), (2.821, 0.99), (4.297, 0.999)])
def test_tails_are_those_of_the_printed_t_table_with_nine_degrees_of_freedom(quantile, share):
    stored = np.array([-1.0, 1.0] * 5)
    value = quantile * np.sqrt(10 / 9) * np.sqrt(1.1)  # mean 0, standard deviation sqrt(10 / 9), one more run
    assert tails(stored, value) == pytest.approx((share, 1 - share), abs=1e-4)
    assert tails(stored, -value) == pytest.approx((1 - share, share), abs=1e-4)
    positive = tails(np.exp(stored), np.exp(value))
    assert positive == pytest.approx((share, 1 - share), abs=1e-4), "logarithms where all are positive"
    assert tails(np.exp(stored), -0.1)[0] < 0.5, "no logarithm of a negative value"


def test_tails_without_spread_are_one_in_eleven():
    same = np.full(10, 2.0)
    assert tails(same, 2.0) == (1.0, 1.0)
    assert tails(same, 3.0) == pytest.approx((1.0, 1 / 11))
    assert tails(same, 1.0) == pytest.approx((1 / 11, 1.0))


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
