"""Checkers of the chapter on surrogates."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/when_a_surrogate_pays"
BILL = [12600 / 39.99, 750 / 0.49]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, BILL),
        (1, np.array(BILL, dtype=np.float32)),
        (1, (315, 1531)),
        (2, [5, 0.0718]),
        (3, [0.1237, 0.1277]),
        (4, [np.array([1, 3]), 2.3082]),
        (4, ([3, 1], np.float32(2.3026))),
        (4, [(1.0, 3.0), [2.305]]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [15.0, 1224.5], "solver runs too"),
        (1, [300, 300], "alone"),
        (1, [315.1, 25714.3], "training included"),
        (1, [315.1, 900], "same formula"),
        (1, [-315, 1530], "positive"),
        (1, [500, 1530.6], "saves"),
        (1, 315, "shape"),
        (1, [np.nan, 1], "finite"),
        (2, [4, 0.087], "Another degree"),
        (2, [2.5, 0.07], "whole number"),
        (2, [5, 0.1], "95th"),
        (3, [0.1277, 0.1237], "swapped"),
        (3, [0.1, 0.1277], "root of their number"),
        (3, [0.1237, 0.1], "The other"),
        (4, [[0, 2], 2.3], "sign of the comparison"),
        (4, [[np.inf], 2.3], "indices of draws"),
        (4, [[2, 4], 2.3], "from zero"),
        (4, [[], 2.3], "Nobody"),
        (4, [[1], 2.3], "1 / k"),
        (4, [[1, 3], 0.3567], "k = 0.3"),
        (4, [[1, 3], 1.0], "Separate"),
        (4, "all", "2 parts"),
        (4, np.array([1, 3]), "2 parts"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
