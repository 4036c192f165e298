"""Checkers of the chapter on pro-arrhythmic drugs: right answers, typical wrong ones, wrong types."""

import numpy as np
import pytest

from mmlib.exercises import check

CHAPTER = "theory_driven/proarrhythmic_drugs"
HALF = 23.0 / 4.0
TENTH = HALF * 9 ** (1 / 0.6468)


@pytest.mark.parametrize(
    "number, answer",
    [
        (1, [HALF, TENTH]),
        (1, np.array([HALF, TENTH], dtype=np.float32)),
        (1, (5.75, 171.8)),
        (2, 1.4435),
        (2, np.float32(1.44)),
        (3, 55.1),
        (3, [55.1]),
        (4, [33, 0.7528]),
        (4, (33.0, np.float32(0.752819))),
        (5, 0.155),
        (5, np.array([0.1548])),
    ],
)
def test_right(number, answer):
    feedback = check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    "number, answer, hint",
    [
        (1, [23.0, TENTH], "nM"),
        (1, [TENTH, HALF], "swapped"),
        (1, [1 / HALF, TENTH], "upside down"),
        (1, [HALF, 9 * HALF], "Hill coefficient for one"),
        (1, [HALF, HALF * 9**0.6468], "undo"),
        (1, [HALF, HALF * 10 ** (1 / 0.6468)], "nine"),
        (1, [-1.0, 2.0], "positive"),
        (2, 1 / 1.43, "Upside down"),
        (2, 2.0, "velocity does not"),
        (2, 1.0, "No change"),
        (2, 2**0.5, "dimensional analysis predicts"),
        (2, 71.0, "not a ratio"),
        (3, -55.0, "sign"),
        (3, 72.4, "adds to no drug"),
        (3, 127.5, "from no drug at all"),
        (3, 398.0, "not a difference"),
        (3, 2.0, "Set only"),
        (3, 50.0, "first beat"),
        (4, [16, 0.7], "Sixteen"),
        (4, [20, 0.7], "lower end"),
        (4, [60, 0.8], "fewest"),
        (4, [33.5, 0.75], "whole"),
        (4, [33, 0.75], "The number is right"),
        (5, 15.5, "at most one"),
        (5, 0.98, "left out"),
        (5, 0.5, "baseline"),
        (5, 0.2, "Three starts"),
    ],
)
def test_wrong(number, answer, hint):
    feedback = check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("answer", [None, "much", np.nan, [1.0, 2.0, 3.0], ...])
def test_other_forms(number, answer):
    feedback = check(CHAPTER, number, answer)
    assert not feedback.right and len(feedback.say) > 20


def test_the_answers_of_exercises_3_and_5_are_those_of_the_book():
    from mmlib import data
    from mmlib.systems import cardiac

    drugs = data.cipa_block()
    k = list(drugs.drug).index("verapamil")
    pair = np.stack([cardiac.hill_open(4 * drugs.cmax[k], drugs.ic50[k], drugs.hill[k])] * 2)
    pair[1, 1] = 1.0
    with_block, without = cardiac.pace(pair, cycle=600).apd90
    assert check(CHAPTER, 3, without - with_block).right
