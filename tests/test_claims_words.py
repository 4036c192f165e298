"""How values are said: numbers, drifts, guesses, comparisons, line by line."""

import pytest

from mmlib.claims import Entry, words
from mmlib.claims.comparisons import Comparison

COMMON = {"says": "error of the forecast", "because": "what a spline reaches", "unit": "%"}
RUN = Entry(**COMMON, kind="run", must="< 10", drift=0.1, show=".2f")
TOLD = {"says": "error of the forecast", "unit": "%", "must": "< 10", "show": ".2f", "kind": "run"}


@pytest.mark.parametrize(
    ("size", "said"),
    [(0.0391, "0.04"), (0.96, "1"), (312.0, "300"), (94_000, "90000"), (96_000, "1e5"), (2.4e5, "2e5"), (1.1e-4, "0.0001"),
     (9.4e-5, "9e-5"), (5.2e-6, "5e-6")],
)  # fmt: skip
def test_one_digit(size, said):
    assert words._one_digit(size) == said


@pytest.mark.parametrize(
    ("drift", "said"),
    [
        ({"absolute": 0.1}, "3.90 ± 0.1 %"),
        ({"relative": 0.1}, "3.90 ± 0.4 %"),
        ({"relative": 0.001}, "3.90 % to the last digit"),  # 0.0039 is less than half of 0.01
        ({"absolute": 0.0051}, "3.90 ± 0.005 %"),
        ({"absolute": 0.0049}, "3.90 % to the last digit"),
        ({"log10": 1.0}, "3.90 % (within a factor 10)"),
        ({}, "3.90 %"),
        (None, "3.90 %"),
    ],
)
def test_a_stored_value_has_its_drift(drift, said):
    assert words.stored(3.9, ".2f", "%", drift) == said


def test_a_negative_value_has_a_positive_drift():
    assert words.stored(-4.0, ".1f", "1", {"relative": 0.1}) == "-4.0 ± 0.4"


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (4.0, "you guessed 4 %; it is 4.00 % (as good as exact)"),
        (4.01, "(as good as exact)"),
        (4.1, "(2.5 % off)"),
        (3.0, "(25 % off)"),
        (7.9, "(98 % off)"),
        (8.0, "(2 times too large)"),
        (1.0, "(4 times too small)"),
        (-4.0, "you guessed -4 %; it is 4.00 %."),
        (0.0, "you guessed 0 %; it is 4.00 %."),
        ("many", "you guessed many; it is 4.00 %."),
        (float("inf"), "it is 4.00 %."),
    ],
)
def test_a_guess_is_set_beside_the_result(guess, said):
    assert said in words.guessed("error", guess, 4.0, TOLD)


def test_a_claim_made_again_says_what_changed():
    line = words.here("error", TOLD | {"stored": 3.9, "drift": {"absolute": 0.1}}, 4.2)
    assert (
        line["text/plain"]
        == "✓ error of the forecast: book 3.90 ± 0.1 %, here 4.20 % (asked below 10 %: holds; claim error)"
    )
    again = words.here("error", TOLD, 12.0, was=4.2)["text/plain"]
    assert again == "✗ error of the forecast: was 4.20 %, now 12.00 % (asked below 10 %: does not hold; claim error)"
    assert "as before, 4.20 %" in words.here("error", TOLD, 4.2, was=4.2)["text/plain"]
    assert "was 4.2 %, now 4.2001 %" in words.here("error", TOLD, 4.2001, was=4.2)["text/plain"]
    assert words.here("x", None, 0.5)["text/plain"] == "· x: 0.5 (the book, where it is judged, is not at hand)"


def test_the_condition_with_its_unit_and_its_side():
    assert words.asked(RUN) == "below 10 %"
    pair = {**COMMON, "kind": "comparison", "of": ["a", "b"], "unit": "1"}
    assert (
        words.asked(Entry(**pair, statistic="share <", must="< 0.2"))
        == "a smaller than b in less than 20 % of the pairs"
    )
    assert words.asked(Entry(**pair, statistic="median ratio", must="< 0.5")) == "median ratio of a and b below 0.5"
    assert (
        words.asked(Entry(**pair, statistic="median difference", must="> 2")) == "median difference of a and b above 2"
    )


def test_the_count_of_runs_stands_behind_a_value_where_not_all_agree():
    assert words.value(RUN, 4.0, (10, 10)) == "4.00 %"
    assert words.value(RUN, 4.0, (9, 10)) == "4.00 % (in 9 of 10 runs)"
    assert words.value(RUN, 4.0) == "4.00 %"


@pytest.mark.parametrize(
    ("wins", "ties", "decided", "said"),
    [
        (10, 0, "all", "in all 10 runs, median ratio 0.42"),
        (9.5, 1, "count", "in 9 of 10 runs and 1 tied, median ratio 0.42"),
        (9, 2, "count", "in 8 of 10 runs and 2 tied, median ratio 0.42"),
        (5, 0, "not decided", "not decided: 5 of 10 runs, median ratio 0.42"),
    ],
)
def test_a_comparison_counts_its_runs(wins, ties, decided, said):
    entry = Entry(
        **COMMON | {"unit": "1"}, kind="comparison", of=["a", "b"], statistic="median ratio", must="< 1", show=".2f"
    )
    assert words.comparison(Comparison("median ratio", 0.42, 10, wins, ties, 0.3, 0.9, decided), entry) == said
