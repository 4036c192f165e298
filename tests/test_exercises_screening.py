import numpy as np
import pytest

from mmlib import exercises
from mmlib.systems.within_host import Influenza

CHAPTER = "data_driven/screening"


def test_the_threshold_is_that_of_the_model():
    assert exercises.check(CHAPTER, 1, 1 - 1 / Influenza().R0).right


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, 0.954),
        (1, np.float32(0.95408)),
        (1, [0.9541]),
        (2, [0.569, 0.279]),
        (2, np.array([0.57, 0.28], dtype=np.float32)),
        (3, [0.936, 1]),
        (3, np.array([0.94, 1], dtype=np.float32)),
        (4, [1.0, 1.0, 26]),
        (4, np.array([1, 1, 26], dtype=np.float32)),
        (5, [0.025, 0.633]),
        (5, np.array([0.025, 0.63], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 95.4, "per cent"),
        (1, 0.0459, "may remain"),
        (1, 21.78, "what share"),
        (1, 0.5, "depend on p"),
        (1, -3, "between 0 and 1"),
        (1, 0.95, "three digits"),
        (1, np.nan, "finite"),
        (1, "much", "one number"),
        (2, [1.16, 0.2], "*half* of the importance"),
        (2, [0.1, 0.05], "height of the bar"),
        (2, [0.58, 0.58], "take some"),
        (2, [0.58, -0.2], "other way"),
        (2, [0.56917, 0.558], "whole importance"),
        (2, [0.5, 0.279], "bar"),
        (2, [0.569, 0.1], "three shuffles"),
        (2, 0.5, "shape"),
        (2, [np.nan, 1], "finite"),
        (3, [2.0, 1], "order"),
        (3, [0.5, 1], "four times as long"),
        (3, [0.95, 1.5], "counts groups"),
        (3, [0.95, 4], "400"),
        (3, [1, 1], "`nothing`"),
        (3, None, "shape"),
        (4, [20, 15, 26], "twenty"),
        (4, [0.1, 0.9, 26], "majority"),
        (4, [1, 0, 26], "four components"),
        (4, [1, 1, 20], "whichever type"),
        (4, [1, 1, 100], "label of the component"),
        (4, [np.inf, 0, 1], "finite"),
        (4, [0.9], "shape"),
        (5, [2, 0.6], "forty"),
        (5, [0.9, 0.1], "kept aside"),
        (5, [-0.1, 0.6], "negative"),
        (5, [0.05, 0.5], "The median is"),
        (5, [0.05, 0.633], "divide by forty"),
        (5, None, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
