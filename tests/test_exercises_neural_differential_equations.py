import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "theory_driven/neural_differential_equations"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, 231.1450),
        (1, np.float32(231.145)),
        (1, [231.146]),
        (2, 3e-15),
        (2, 0.0),
        (2, np.array([1e-13])),
        (3, 0.301),
        (3, np.float32(0.28)),
        (3, [0.33]),
        (4, [1.0, 0.83]),
        (4, (0.94, 1.0)),
        (4, np.array([1.0, 0.5], dtype=np.float32)),
        (5, [0.80, 0.85]),
        (5, (0.82, 0.82)),
        (5, np.array([0.78, 0.86], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 301.115, "another input"),
        (1, -231.145, "difference is formed"),
        (1, 301.1150 + 5538.236 + 231.1450 + 7619.430 + 3.8860 + 17.763, "only one input"),
        (1, 0.0, "plain number on the left"),
        (1, 100.0, "product rule"),
        (1, np.nan, "finite"),
        (1, "steep", "one number"),
        (2, 0.07, "comes first"),
        (2, -1e-15, "not negative"),
        (2, np.inf, "finite"),
        (2, None, "None"),
        (3, 0.0, "passed to distil"),
        (3, -0.3, "taken away"),
        (3, 1.3, "whole growth rate"),
        (3, 0.6, "lack"),
        (3, np.nan, "finite"),
        (4, [0.3, 0.9], "target"),
        (4, [0.6, 0.9], "all three series"),
        (4, [1.4, 0.9], "between 0 and 1"),
        (4, [0.9], "shape"),
        (4, [0.99, 0.0], "polynomial"),
        (4, [np.nan, 1], "finite"),
        (5, [0.2, 0.2], "second column"),
        (5, [0.85, 0.75], "order"),
        (5, [0.9, 1.0], "Too good"),
        (5, [-0.1, 0.8], "between 0 and 1"),
        (5, 0.8, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
