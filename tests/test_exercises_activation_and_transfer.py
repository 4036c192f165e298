import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/activation_and_transfer"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.6008, 57.26]),
        (1, np.array([0.601, 57.3], dtype=np.float32)),
        (2, [-0.4697, 0.9156]),
        (2, np.array([-0.47, 0.915], dtype=np.float32)),
        (3, [0.6785, 0.1857]),
        (4, [2.885, 2.2425]),
        (4, np.array([2.885, 2.2425], dtype=np.float32)),
        (5, [61.08, 0.5285]),
        (5, np.array([61.08, 0.5285], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [1.664, 57.26], "slowness"),
        (1, [0.9127, 57.26], "trace"),
        (1, [1.3209, 57.26], "trace"),
        (1, [0.8, 57.26], "ms/mm"),
        (1, [0.6008, 0.99946], "radians"),
        (1, [0.6008, 32.735], "y axis"),
        (1, [0.6008, 45], "along its gradient"),
        (1, 0.6, "shape"),
        (1, [np.nan, 57], "finite"),
        (2, [0.4697, 0.9156], "rise or fall"),
        (2, [-0.3, 0.7], "slope is off"),
        (2, [-0.4697, 0.009156], "100 ms"),
        (2, [-0.4697, 0.98736], "all fifty"),
        (2, [-0.4697, 1.2], "fifty differences"),
        (2, None, "shape"),
        (3, [0.1857, 0.6785], "other way round"),
        (3, [1.13077, 0.30946], "units of the sheet"),
        (3, [0.15, 0.08], "fastest=3"),
        (3, [0.5, 0.1857], "first set"),
        (3, [0.6785, 0.1], "third number"),
        (4, [2.2425, 2.885], "3 patients first"),
        (4, [2.885, 2.5], "all 200 patients"),
        (4, [3.5, 2.2425], "cohort[:3]"),
        (4, [2.9], "shape"),
        (5, [111.8, 0.5], "frame of the fibres"),
        (5, [60.09, 0.5], "slower conduction"),
        (5, [65.0, 0.5], "mm over m/s"),
        (5, [61.08, 0.5903], "right angles"),
        (5, [61.08, 0.5], "gradient of T"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
