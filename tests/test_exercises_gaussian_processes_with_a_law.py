"""Checkers of the chapter on processes with a law."""

import pytest

from mmlib import exercises

CHAPTER = "pdes/gaussian_processes_with_a_law"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [43.3, 0.5774]),
        (2, [0.48, 0.19]),
        (3, [6.168, 103.3]),
        (4, [0.0716, 6.92]),
        (5, [0.0187, 0.0731, 0.0249]),
        (6, [0.2123, 0.0422]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [1875.0, 0.5774], "root"),
        (1, [25.0, 0.5774], "four derivatives"),
        (1, [75.0, 0.5774], "fourth derivative"),
        (1, [43.3, -0.5774], "sign"),
        (1, [43.3, 1.0], "covariance"),
        (2, [0.19, 0.48], "swapped"),
        (2, [0.3, 0.19], "both kinds"),
        (2, [0.48, 0.7], "sources None"),
        (3, [6.0, 103.3], "made the readings"),
        (3, [10.0, 103.3], "unknowns="),
        (3, [6.168, 206.66], "twice"),
        (3, [6.168, 1.0], "less that"),
        (4, [0.0736713, 6.92], "true value"),
        (4, [0.08, 6.92], "36 inner"),
        (4, [0.0716, 2.0], "over the standard"),
        (5, [0.0731, 0.0187, 0.0249], "swapped"),
        (5, [0.0187, 0.0888, 0.0249], "law alone"),
        (5, [0.0731, 0.0731, 0.0249], "not in it"),
        (5, [0.0249, 0.0731, 0.0249], "between heats"),
        (5, [0.0187, 0.0731, 0.0187], "empty arrays"),
        (6, [0.0422, 0.2123], "swapped"),
        (6, [0.3, 0.0422], "twelve middles"),
        (6, [0.2123, 0.3], "np.kron"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
