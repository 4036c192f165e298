"""Checkers of the chapter on a step learned from recordings."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/a_step_from_recordings"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [7.12e-4, 23.56]),
        (2, [0.504, 1.0, 6.13]),
        (2, np.array([0.47, 0.99, 6.1317], dtype=np.float32)),
        (3, [0.268, 0.01156]),
        (4, [84.16, 76.87]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [23.56, 7.12e-4], "swapped"),
        (1, [7.12e-6, 0.2356], "per cent"),
        (1, [0.026, 23.56], "median"),
        (1, [7.12e-4, 107], "little one is right"),
        (2, [1.0, 0.5, 6], "order asked"),
        (2, [0.5, 0.5, 6], "second quarter"),
        (2, [1.0, 1.0, 6], "lag shorter"),
        (2, [50, 100, 6], "between 0 and 1"),
        (3, [0.01156, 0.268], "swapped"),
        (3, [1.0, 0.01156], "flow(y, i, 1)"),
        (3, [0.268, 0.1], "as in the text"),
        (4, [76.87, 84.16], "swapped"),
        (4, [60, 76.87], "error of the text"),
        (4, [84.16, 84.16], "Twenty"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
