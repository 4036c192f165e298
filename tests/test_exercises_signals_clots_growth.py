"""Checkers of the chapter that goes from a reaction to a tissue."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/signals_clots_growth"
MISSED = [9.193, 3.165, 0.8627]
STAGES = [0.13616, 0.05307, 0.05186]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [15.377, 0.5]),
        (2, MISSED),
        (2, np.array(MISSED, dtype=np.float32)),
        (3, [9.193, 30.27]),
        (4, STAGES),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.5, 15.377], "swapped"),
        (1, [1.7, 0.5], "summed"),
        (1, [15.377, 1.0], "very small"),
        (2, [0.09193, 0.03165, 0.008627], "per cent"),
        (2, MISSED[::-1], "Ten receptors first"),
        (2, [-v for v in MISSED], "positive"),
        (2, [9.0, 3.165, 0.8627], "10 receptors"),
        (2, [9.193, 3.0, 0.8627], "40 receptors"),
        (2, [9.193, 3.165, 0.8], "160 receptors"),
        (3, [30.27, 9.193], "swapped"),
        (3, [0.09193, 0.3027], "per cent"),
        (3, [9.5, 30.27], "exercise 2"),
        (3, [9.193, 25.0], "alike"),
        (4, STAGES[::-1], "One stage first"),
        (4, [0.14, 0.05307, 0.05186], "One stage:"),
        (4, [0.13616, 0.06, 0.05186], "Two stages"),
        (4, [0.13616, 0.05307, 0.05], "Three stages"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
