"""Checkers of the chapter on the morphogens: right answers pass in any form, typical errors get their hint."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/system_identification"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [7, 6.2977e-3]),
        (1, np.array([7, 6.3e-3], dtype=np.float32)),
        (2, [-0.5019, 0.1003]),
        (2, np.array([-0.497, 0.102], dtype=np.float32)),
        (3, [["sindy"], 10]),
        (3, ("SINDy ", np.int64(10))),
        (3, [{"sindy"}, 10.0]),
        (4, [19, 34]),
        (4, (np.int64(19), np.int64(34))),
        (5, [0, 33]),
        (6, [0.0878, 0.0225]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [8, 6e-3], "Is the threshold"),
        (1, [6, 6e-3], "lower the threshold"),
        (1, [7, 6.2977e-1], "not per cent"),
        (1, [7, 1e-3], "not what this noise gives"),
        (1, 7, "shape"),
        (2, [2.0, 0.0], "Which axis"),
        (2, [0.5, 0.1], "Which way"),
        (2, [-0.8, 0.1], "speed"),
        (2, [-0.5, 0.0], "widens"),
        (2, [-0.5, 0.1], "constants that made the hump"),
        (2, [-0.5], "shape"),
        (3, "sindy", "list of names and a number"),
        (3, [["sindy"], 9], "Count both equations"),
        (3, [["stepwise"], 10], "two misfits"),
        (3, [["lasso", "sindy"], 10], "unit length"),
        (3, [[], 10], "raw coefficients"),
        (3, [["ridge"], 10], "names out of"),
        (4, [34, 19], "swapped"),
        (4, [47.5, 85], "not percentages"),
        (4, [3, 20], "weighted"),
        (4, [25, 34], "One generator"),
        (4, [19, 25], "level alone"),
        (5, [12, 33], "plain path"),
        (5, [0, 12], "least-squares coefficients"),
        (5, [0, 82.5], "not percentages"),
        (6, [0.0225, 0.0878], "swapped"),
        (6, [0.55, 0.0225], "over 2 pi"),
        (6, [0.0878, 0.032], "two readings"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
