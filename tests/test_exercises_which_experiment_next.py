"""Checkers of the chapter on the next experiment."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/which_experiment_next"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [1.0896, 1.7385]),
        (1, np.array([1.0896, 1.7385], dtype=np.float32)),
        (2, 403),
        (3, [9, 11.21]),
        (4, [0.915, 0.8207]),
        (5, 0.35),
        (6, [2.153, 1.854, 42.34]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [1.7385, 1.0896], "swapped"),
        (1, [2.1793, 1.7385], "half the logarithm"),
        (1, [1.0896, 4.3586], "quarter the variance"),
        (2, 402, "round upwards"),
        (2, 404, "mind the one"),
        (2, 6, "natural"),
        (3, [11.21, 9], "swapped"),
        (3, [0.5, 11.21], "The hour"),
        (3, [9, 0.1121], "times 100"),
        (3, [9, 13.0], "all five"),
        (4, [0.8207, 0.915], "swapped"),
        (4, [0.99, 0.8207], "differ most"),
        (4, [0.915, 0.9], "Days 7"),
        (5, 35, "As a fraction"),
        (5, 0.2, "Square of bias"),
        (6, [0.02153, 0.01854, 0.4234], "In per cent"),
        (6, [1.854, 2.153, 42.34], "swapped"),
        (6, [3.0, 1.854, 42.34], "*disagreement*"),
        (6, [2.153, 1.5, 42.34], "*far*"),
        (6, [2.153, 1.854, 20.0], "*random*"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
