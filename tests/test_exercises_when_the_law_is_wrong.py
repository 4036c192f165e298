"""Checkers of the chapter on wrong laws."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/when_the_law_is_wrong"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.5471, 2.4596]),
        (1, np.array([0.5472, 2.46], dtype=np.float32)),
        (2, [0.7497, 5.8]),
        (3, [20, 80, 33]),
        (4, [59.516, 1.2727]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [2.4596, 0.5471], "swapped"),
        (1, [0.9, 2.4596], "1.645"),
        (1, [0.5471, 0.9], "factor of V"),
        (2, [0.2496, 5.8], "divided by the sum"),
        (2, [0.7497, 6.9], "the third and the first"),
        (3, [10, 80, 33], "the width alone"),
        (3, [20, 60, 33], "lies above 30"),
        (3, [20, 80, 30], "Raise the end"),
        (4, [0.595, 1.2727], "Per cent"),
        (4, [59.516, 1.0], "outside 0.8"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
