"""Checkers of the chapter on one giant step."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/one_giant_step"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [11, 3.83e-9]),
        (1, np.array([11, 3.83e-9], dtype=np.float32)),
        (2, [2.0e-7, 2.83e-3]),
        (3, [1.13e-4, 1.07e-7]),
        (4, [110, 10838]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [10, 2e-8], "above the bound"),
        (1, [16, 1e-12], "Count up"),
        (1, [22, 1e-9], "order 2q"),
        (1, [11.5, 1e-9], "whole"),
        (1, [11, 1e-8], "that of `off`"),
        (1, None, "stages and an error"),
        (2, [2.83e-3, 2.0e-7], "swapped"),
        (2, [2.0e-7, 1e-3], "Sixteen steps"),
        (2, [4.2e-3, 2.83e-3], "sixteen are right"),
        (3, [1.07e-7, 1.13e-4], "swapped"),
        (3, [0.1253, 0.0646], "nearest to the middle"),
        (3, [1e-3, 1.07e-7], "nine knots"),
        (3, [1.13e-4, 1e-6], "sixteen"),
        (4, [10838, 110], "swapped"),
        (4, [200, 10838], "The old one"),
        (4, [110, 5000], "old one is right"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
