import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "theory_driven/neural_differential_equations"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.30405, 0.70720]),
        (1, np.array([0.3045, 0.7071], dtype=np.float32)),
        (2, [0.4014288, 0.8504256]),
        (2, (0.402, 0.851)),
        (3, [0.782, 0.895]),
        (3, np.array([0.78, 0.9], dtype=np.float32)),
        (4, [1.0, 0.833, 6.53]),
        (4, (1.0, 5 / 6, 6.6)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.0, 0.74], "passed to law_behind"),
        (1, [-0.3, 0.74], "taken away"),
        (1, [1.3, 0.74], "whole growth rate"),
        (1, [0.6, 0.74], "lack"),
        (1, [0.3, 1.0], "decay 0.1"),
        (1, [0.33, 0.7072], "withheld"),
        (1, np.nan, "shape"),
        (3, [0.2, 0.2], "second column"),
        (3, [0.85, 0.75], "order"),
        (3, [0.9, 1.0], "Too good"),
        (3, [0.85, 0.9], "second thousand"),
        (3, [0.78, 0.85], "third column"),
        (3, [-0.1, 0.8], "between 0 and 1"),
        (3, 0.8, "shape"),
        (4, [0.3, 0.9, 6.5], "target"),
        (4, [0.6, 0.9, 6.5], "all three series"),
        (4, [1.4, 0.9, 6.5], "between 0 and 1"),
        (4, [0.9], "shape"),
        (4, [0.99, 0.0, 6.5], "polynomial"),
        (4, [1, 0.83, 0.153], "upside down"),
        (4, [1, 0.83, 2.0], "weakest true edge"),
        (4, [1, 1, 6.53], "rule 'cv'"),
        (4, [np.nan, 1, 2], "finite"),
        (2, [-0.4, 0.85], "not negative"),
        (2, [0.8504, 0.4014], "other order"),
        (2, [0.16115, 0.85], "root"),
        (2, [0.5, 0.85], "first fifteen years"),
        (2, [0.4014, 0.6], "logarithms"),
        (2, 0.4, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
