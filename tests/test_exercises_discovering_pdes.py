"""Checkers of the chapter on laws from films."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/discovering_pdes"
CROWD = [0.9573, -0.9413, 0.0928, 12.29]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [-0.9889, -5.9588]),
        (2, [-1.3006, 0.9746, 0.9536]),
        (3, [3.522, 1.142]),
        (4, CROWD),
        (4, np.array(CROWD, dtype=np.float32)),
        (5, [0.1102, 0.1253]),
        (6, [6.0415, 1.168]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (6, [1.168, 6.0415], "swapped"),
        (6, [5.0, 1.168], "then the median"),
        (6, [6.0415, 1.0], "windows are right"),
        (1, [-5.9588, -0.9889], "swapped"),
        (1, [-1.0, -6.0], "true ones"),
        (1, [-0.95, -5.9588], "second-order"),
        (1, [-0.9889, -5.5], "uu_1"),
        (2, [1.3006, 0.9746, 0.9536], "sign"),
        (2, [-1.3006, 0.9536, 0.9746], "swapped"),
        (2, [-1.0, 0.9746, 0.9536], "only term"),
        (2, [-1.3006, 1.2, 0.9536], "c is right"),
        (2, [-1.3006, 0.9746, 1.2], "Two are right"),
        (3, [1.142, 3.522], "swapped"),
        (3, [3.0, 1.142], "eight draws"),
        (3, [3.522, 1.0], "same eight films"),
        (4, [1, -1, 0.125, 1], "mean-field limit"),
        (4, [0.9573, 0.0928, -0.9413, 12.29], "order"),
        (4, [0.9, -0.9413, 0.0928, 12.29], "three terms given"),
        (4, [0.9573, 0.9413, 0.0928, 12.29], "below zero"),
        (4, [0.9573, -0.9413, 0.2, 12.29], "ten sites"),
        (4, [0.9573, -0.9413, 0.0928, 1.0], "ratio"),
        (5, [0.1253, 0.1102], "swapped"),
        (5, [0.2, 0.1253], "Nine columns"),
        (5, [0.1102, 0.2], "rows_of"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
