"""Sentences about two claims: which pairs count, how strongly the sentence may be worded, what is refused."""

import math

import numpy as np
import pytest
from scipy import stats

from mmlib.claims import ClaimsError, Comparison, Row, compare, judge, read_claims, warnings_for_authors, words
from mmlib.claims.comparisons import median_interval, share_interval, strength

TEXT = """
net:
  says: error of the network
  unit: mV
  kind: run
  must: "< 100"
  because: what a spline reaches on the same data
  drift: 0.3
kernel:
  says: error of the kernel
  unit: mV
  kind: run
  must: "< 100"
  because: what a spline reaches on the same data
  drift: 0.3
formula:
  says: error of the closed formula
  unit: mV
  kind: exact
  must: "> 0"
  because: it leaves out the second term
  drift: {relative: 1.0e-9}
wins:
  says: share of seeds in which the network is better
  unit: mV
  kind: comparison
  of: [net, kernel]
  statistic: share <
  must: ">= 0.8"
  because: what the section argues
"""
NET, KERNEL = np.arange(1.0, 11.0), np.arange(1.0, 11.0) + 0.5


def read(tmp_path, old="", new=""):
    assert old in TEXT
    path = tmp_path / "c.claims.yml"
    path.write_text(TEXT.replace(old, new) if old else TEXT, encoding="utf-8")
    return read_claims(path)


def rows(claim, values, seeds=None, **changes):
    where = {"device": "cpu", "dtype": "float64", "threads": 1, "cpu_s": 1.0, "key": "abc", "date": "2026-01-01"}
    return [
        Row(claim=claim, seed=s, value=v, **{**where, **changes})
        for s, v in zip(seeds or range(len(values)), values, strict=True)
    ]


def found(tmp_path, stored, old="", new="") -> Comparison:
    entries = read(tmp_path, old, new)
    return compare(entries["wins"], entries, stored, name="wins")


def both(net=NET, kernel=KERNEL):
    return rows("net", net) + rows("kernel", kernel)


def lost(k):
    """The network loses for the first k seeds."""
    return both(NET, np.where(np.arange(10) < k, NET - 0.5, NET + 0.5))


@pytest.mark.parametrize(
    ("k", "share", "decided", "said"),
    [
        (0, 1.0, "always", "in all 10 runs"),
        (1, 0.9, "count", "in 9 of 10 runs"),
        (2, 0.8, "count", "in 8 of 10 runs"),
        (3, 0.7, "not decided", "not decided: 7 of 10 runs"),
        (10, 0.0, "not decided", "not decided: 0 of 10 runs"),
    ],
)
def test_how_strongly_it_is_said(tmp_path, k, share, decided, said):
    result = found(tmp_path, lost(k))
    assert (result.value, result.decided, result.n, result.wins) == (share, decided, 10, 10 - k)
    assert words.comparison(result, read(tmp_path)["wins"]) == said


def test_ties_count_half_and_are_named(tmp_path):
    kernel = KERNEL.copy()
    kernel[:2] = NET[:2]
    result = found(tmp_path, both(kernel=kernel))
    assert (result.value, result.wins, result.ties, result.decided) == (0.9, 9.0, 2, "count")
    assert words.comparison(result, read(tmp_path)["wins"]) == "in 8 of 10 runs and 2 tied"
    same = found(tmp_path, both(kernel=NET))
    assert (same.value, same.decided) == (0.5, "not decided")


def test_of_twenty_runs_eighteen_are_enough():
    assert strength(18, 20) == "always" and strength(17.5, 20) == "count" and strength(15.5, 20) == "not decided"
    assert strength(9, 9) == "not decided" and strength(22, 25) == "count" and strength(23, 25) == "always"


def test_the_condition_names_the_side(tmp_path):
    """A condition below the middle says that the first of the two loses; its wins are then the kernel's."""
    result = found(tmp_path, lost(10), '">= 0.8"', '"<= 0.2"')
    assert (result.value, result.wins, result.decided) == (0.0, 10.0, "always")
    open_ = found(tmp_path, lost(4), '">= 0.8"', '"> 0.2 and < 0.8"')
    assert (open_.value, open_.wins, open_.decided) == (0.6, 6.0, "not decided")


@pytest.mark.parametrize(
    ("statistic", "must", "value", "wins", "said"),
    [
        ("median ratio", "< 1", 0.5, 10, "in all 10 runs, median ratio 0.5"),
        ("median ratio", "> 1", 0.5, 0, "not decided: 0 of 10 runs, median ratio 0.5"),
        ("median ratio", "> 0.3 and < 0.7", 0.5, 10, "in all 10 runs, median ratio 0.5"),
        ("median difference", "< 0", -5.5, 10, "in all 10 runs, median difference -5.5 mV"),
        ("median difference", "> 0", -5.5, 0, "not decided: 0 of 10 runs, median difference -5.5 mV"),
    ],
)
def test_ratio_and_difference(tmp_path, statistic, must, value, wins, said):
    entries = read(tmp_path, 'statistic: share <\n  must: ">= 0.8"', f'statistic: {statistic}\n  must: "{must}"')
    result = compare(entries["wins"], entries, both(kernel=2 * NET))
    assert (result.value, result.wins) == (value, wins)
    assert words.comparison(result, entries["wins"]) == said
    if statistic == "median difference":
        assert (result.low, result.high) == (-9.0, -2.0)
        assert words.interval(result, entries["wins"]) == "-9 mV to -2 mV (95 %)"


def test_pairs_come_from_one_run(tmp_path):
    """Same seed is not enough: a row of other code, number format, threads or device is no partner."""
    for changes in ({"key": "other"}, {"threads": 2}, {"dtype": "float32"}, {"device": "cuda"}):
        kernel = rows("kernel", KERNEL[:5]) + rows("kernel", KERNEL[5:], seeds=range(5, 10), **changes)
        assert found(tmp_path, rows("net", NET) + kernel).n == 5


def test_one_pair_a_seed(tmp_path):
    """Ten seeds on one and on two threads are ten pairs, those of one thread; else n would grow without new chance."""
    twice = both() + rows("net", 0 * NET, threads=2) + rows("kernel", -KERNEL, threads=2)
    result = found(tmp_path, twice)
    assert (result.n, result.wins) == (10, 10)


def test_an_exact_claim_stands_in_every_pair(tmp_path):
    stored = rows("net", NET) + rows("formula", [4.5], key="another run")
    result = found(tmp_path, stored, "of: [net, kernel]", "of: [net, formula]")
    assert (result.value, result.n) == (0.4, 10)
    again = stored + rows("formula", [1e9], seeds=[1], key="a later run")  # of several, that of the first seed
    assert found(tmp_path, again, "of: [net, kernel]", "of: [net, formula]") == result


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (rows("net", NET), "no stored runs of kernel on cpu"),
        (
            rows("net", NET[:2]) + rows("kernel", KERNEL[:2], seeds=[7, 8]),
            r"net \(seeds 0, 1\) and kernel \(seeds 7, 8\) have no run",
        ),
        (rows("net", NET[:1]) + rows("kernel", KERNEL[:1]), "one run in common: nothing to count"),
        ([r.model_copy(update={"value": np.nan}) for r in both()], "not a finite number"),
    ],
)
def test_what_cannot_be_compared(tmp_path, stored, says):
    with pytest.raises(ClaimsError, match=says):
        found(tmp_path, stored)


def test_a_ratio_needs_a_positive_denominator(tmp_path):
    with pytest.raises(ClaimsError, match="kernel is 0 in a stored run.*median difference"):
        found(tmp_path, both(kernel=NET - 1), "share <", "median ratio")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("of: [net, kernel]", "of: net", "needs `of: \\[a, b\\]`"),
        ("of: [net, kernel]", "of: [net]", "expected one claim's name"),
        ("of: [net, kernel]", "of: [net, net]", "needs `of: \\[a, b\\]`"),
        ("of: [net, kernel]", "of: [nets, kernel]", "the first of the two, 'nets', is no run claim"),
        ("of: [net, kernel]", "of: [formula, net]", "the first of the two, 'formula', is no run claim"),
        ("of: [net, kernel]", "of: [net, wins]", "the second of the two, 'wins', is no run or exact claim"),
        ("statistic: share <", "statistic: share < 0.1", "expected 'share <', 'median ratio'"),
        ("statistic: share <", "statistic: median", "expected 'share <', 'median ratio'"),
        ("statistic: share <", "statistic: share <\n  control: nett", "control: 'nett' is no claim"),
        ("statistic: share <", "statistic: share <\n  drift: 0.1", "neither `drift` nor `published`"),
        ("kind: exact", "kind: exact\n  control: net", "`control` belongs to kind 'comparison'"),
    ],
)
def test_wrong_entry_is_refused(tmp_path, old, new, says):
    with pytest.raises(ClaimsError, match=says):
        read(tmp_path, old, new)


def test_spellings_of_the_share(tmp_path):
    assert read(tmp_path, "share <", "share<")["wins"].statistic == "share <"


def verdict(tmp_path, stored, old="", new="", **options):
    entries = read(tmp_path, old, new)
    values = {"net": 1.0, "kernel": 1.5, "formula": 4.5}
    return judge("a/chapter", entries, values, stored + rows("formula", [4.5]), **options)[-1]


def test_a_false_conclusion_is_red(tmp_path):
    """The text says that the network wins, the stored runs say that it loses in seven of ten."""
    assert verdict(tmp_path, lost(1)).holds
    false = verdict(tmp_path, lost(7))
    assert not false.holds and false.got == 0.3
    assert "wins: got 0.3, expected share < of net and kernel >= 0.8 (from 10 runs)" in str(false)
    swapped = verdict(tmp_path, lost(1), "of: [net, kernel]", "of: [kernel, net]")
    assert not swapped.holds and swapped.comparison.decided == "not decided"


def test_not_decided_is_a_result(tmp_path):
    open_ = verdict(tmp_path, lost(4), '">= 0.8"', '"> 0.2 and < 0.8"')
    assert open_.holds and open_.comparison.decided == "not decided"


def test_a_side_that_is_taken_though_nothing_is_decided_is_told_to_the_author(tmp_path):
    text = '">= 0.8"', '"> 0.5"'
    (line,) = warnings_for_authors(read(tmp_path, *text), lost(4))
    assert "wins: share < > 0.5 takes a side, but 6 of 10 runs decide nothing" in line
    assert warnings_for_authors(read(tmp_path, *text), lost(2)) == []
    assert warnings_for_authors(read(tmp_path, '">= 0.8"', '"> 0.2 and < 0.8"'), lost(4)) == []
    assert warnings_for_authors(read(tmp_path), rows("net", NET)) == [], "the judge says it in red"


@pytest.mark.parametrize("must", ["> -1", ">= 0", "< 2", "<= 1"])
def test_a_condition_that_no_pairs_can_break_is_red(tmp_path, must):
    idle = verdict(tmp_path, lost(7), '">= 0.8"', f'"{must}"')
    assert not idle.holds and f"Every share from 0 to 1 meets {must}" in str(idle)


def test_a_comparison_that_cannot_be_made_is_red_and_says_what_to_do(tmp_path):
    few = verdict(tmp_path, both(NET[:9], KERNEL[:9]))
    assert not few.holds and "at least 10 common runs" in str(few) and "make replicates C=a/chapter" in str(few)
    none = verdict(tmp_path, rows("net", NET))
    assert not none.holds and none.got is None and "no stored runs of kernel" in str(none)


def test_it_is_enough_to_name_it_in_the_text(tmp_path):
    assert verdict(tmp_path, both(), named={"wins"}).holds
    silent = verdict(tmp_path, both(), named=set())
    assert not silent.holds and "name it in the text ({glue:text})" in str(silent)


def test_intervals_cover_what_they_promise():
    """Clopper-Pearson and the order statistics hold the truth in at least 95 of 100 samples, at every n from six on."""
    rng = np.random.default_rng(0)
    for n in (10, 20):
        wins = rng.binomial(n, 0.8, size=2000)
        assert np.mean([low <= 0.8 <= high for low, high in (share_interval(k, n) for k in wins)]) >= 0.95
    for n in (6, 10, 15, 20):
        draws = rng.exponential(size=(4000, n))
        inside = [low <= np.log(2) <= high for low, high in map(median_interval, draws)]
        assert 0.945 <= np.mean(inside) <= 0.995, n
    assert median_interval(np.arange(5.0)) == (-np.inf, np.inf)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (9, 10), (10, 10), (13, 20)])
def test_the_interval_of_a_share_is_scipys(k, n):
    theirs = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    assert share_interval(k, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    theirs = stats.binomtest(k, n).proportion_ci(0.8, method="exact")
    assert share_interval(k, n, 0.8) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_interval_of_a_median_is_counted_by_hand(level):
    """The narrowest pair of order statistics whose coverage, a sum of binomial coefficients, reaches the level."""
    for n in range(4, 41):
        x = np.arange(1.0, n + 1)
        outside = lambda k, n=n: 2 * sum(math.comb(n, i) for i in range(k)) / 2**n  # noqa: E731
        good = [k for k in range(1, n // 2 + 1) if outside(k) <= 1 - level + 1e-12]
        expected = (x[good[-1] - 1], x[-good[-1]]) if good else (-np.inf, np.inf)
        assert median_interval(x[::-1], level) == expected, n
