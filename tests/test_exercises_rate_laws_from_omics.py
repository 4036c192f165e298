"""Checkers of the chapter on rate laws."""

import pytest

from mmlib import exercises

CHAPTER = "odes/rate_laws_from_omics"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [160.28, 0.04771]),
        (2, [177.47, 11.769]),
        (3, [19.6598, 9.2767]),
        (4, [1.0188, 1.2004, 3.976]),
        (5, [0.08577, 0.5555]),
        (6, [0.7552, 0.3248, 0.07533]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.04771, 160.28], "swapped"),
        (1, [143.4, 0.04771], "reciprocals"),
        (1, [160.28, 0.0308], "half of V"),
        (2, [177.47, 138.52], "take the root"),
        (2, [203.5, 11.769], "eight readings"),
        (2, [177.47, 13.7], "both"),
        (3, [25.84, 9.2767], "other three"),
        (3, [19.6598, 12.6], "natural logarithm"),
        (4, [1.0, 1.0, 1.0], "of the constants"),
        (4, [3.976, 1.2004, 1.0188], "order"),
        (4, [1.5, 1.2004, 3.976], "Enzyme 0.02"),
        (4, [1.0188, 1.5, 3.976], "Enzyme 0.2:"),
        (4, [1.0188, 1.2004, 3.0], "Enzyme 2:"),
        (5, [0.5555, 0.08577], "swapped"),
        (5, [0.0982, 0.5555], "Weak"),
        (5, [0.08577, 0.7], "Strong"),
        (6, [0.07533, 0.3248, 0.7552], "order"),
        (6, [0.9, 0.3248, 0.07533], "After 4 strains"),
        (6, [0.7552, 0.4, 0.07533], "After 16 strains"),
        (6, [0.7552, 0.3248, 0.1], "After 64 strains"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
