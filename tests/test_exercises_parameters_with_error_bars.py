"""Checkers of the chapter on six rate constants."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/parameters_with_error_bars"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [-0.01166, -0.02022]),
        (2, [0.1034, 0.087]),
        (2, np.array([0.1034, 0.087], dtype=np.float32)),
        (3, 249.75),
        (4, [0.909, 0.557]),
        (5, [100.0, 0.1554]),
        (6, [0.531, 0.42]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [-0.02022, -0.01166], "swapped"),
        (1, [0.01166, 0.02022], "sign"),
        (1, [-0.5, -0.02], "add 40"),
        (1, [-0.01166, -0.5], "Gaussian one is right"),
        (2, [0.087, 0.1034], "swapped"),
        (2, [0.0528, 0.0444], "one standard deviation"),
        (2, [0.1034, 0.2], "last of the four"),
        (2, [0.2, 0.087], "first 32 rows"),
        (3, 138.22, "drawn in the rates"),
        (3, 149.59, "Draw in the rates"),
        (4, [0.557, 0.909], "swapped"),
        (4, [0.909, 0.1], "neighbours"),
        (4, [0.1, 0.557], "The steps are right"),
        (5, [1.0, 0.1554], "per cent"),
        (5, [100, 0.311], "Half"),
        (5, [100, 1.36], "column 0"),
        (5, [80, 0.1554], "scatter is right"),
        (6, [0.42, 0.531], "swapped"),
        (6, [0.9, 0.42], "evenly"),
        (6, [0.531, 0.2], "fourth of the six"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
