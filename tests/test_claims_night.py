"""The night: what alarms, what confirms, what is red at once."""

from dataclasses import replace

import numpy as np
import pytest

from mmlib.claims import (
    Entry,
    Row,
    confirmed,
    confirmed_together,
    fresh_seeds,
    judge,
    red_nights,
)
from mmlib.claims.night import FRESH, look, needed, tails

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


def test_a_chance_is_at_most_one():
    assert look(entry(), np.full(10, 2.0), 2.0).p == 1.0
    assert look(entry(), TEN, float(np.exp(np.log(TEN).mean()))).p == pytest.approx(1.0)


def test_the_drift_is_that_of_what_was_stored():
    """1.9 lies nine tenths above a stored 1, more than half of it; of 1.9 itself it would be less than half."""
    narrow = 1 + 1e-4 * np.random.default_rng(1).normal(size=10)
    assert look(entry(drift={"relative": 0.5}), narrow, 1.9).at_once
    assert not look(entry(drift={"relative": 0.91}), narrow, 1.9).at_once
