"""Checkers of the chapter on pelts and patterns."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/pelts_and_patterns"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [33.6, 19.9]),
        (1, np.array([33.61, 19.88], dtype=np.float32)),
        (2, [0.353, 0.4014]),
        (3, [6.66, 8.19, 5.87]),
        (4, [4, 0.00693]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [19.9, 33.6], "swapped"),
        (1, [33600, 19900], "thousands"),
        (1, [30, 20], "Lynx stand still"),
        (1, [33.6, 25], "The hares are right"),
        (2, [0.4014, 0.3533], "swapped"),
        (2, [0.353, 1.272], "fifteenth year again"),
        (2, [0.353, 0.6], "six constants"),
        (2, [0.2, 0.4014], "first fifteen years"),
        (3, [6.66, 8.19, -1], "positive"),
        (3, [5, 4.5, 4.2], "Below the noise"),
        (3, [1e3, 8.19, 5.87], "ten powers"),
        (3, [6.66, 6.0, 5.87], "powers scaled"),
        (3, [6.66, 8.19, 12], "noise of the assay"),
        (4, [3, 0.00693], "unseen substrate"),
        (4, [4, 144.4], "largest over the smallest"),
        (4, [4, 0.01], "number is right"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
