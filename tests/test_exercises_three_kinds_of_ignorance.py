import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/three_kinds_of_ignorance"
MOTILITIES = [533, 261, 683, 571, 818, 1157]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, 40.0),
        (1, np.float32(2000)),
        (1, [7.5]),
        (2, [0.04, -0.04]),
        (2, np.array([0.0405, -0.0412], dtype=np.float32)),
        (2, (0.037, -0.036)),
        (3, 5.8),
        (3, np.float32(6.1)),
        (3, [5.5]),
        (4, MOTILITIES),
        (4, np.array(MOTILITIES, dtype=np.float32)),
        (4, tuple(1.02 * m for m in MOTILITIES)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 0.02, "turned over"),
        (1, -3.0, "positive"),
        (1, 1.5, "no readings"),
        (1, np.nan, "finite"),
        (1, 1e9, "Too much"),
        (1, "large", "one number"),
        (1, [1.0, 2.0], "shape"),
        (2, [0.96, -0.96], "per day"),
        (2, [-0.04, 0.04], "signs"),
        (2, [0.02, -0.02], "thin population"),
        (2, [0.04, -0.01], "cancel"),
        (2, [0.04], "shape"),
        (2, [0.04, np.nan], "finite"),
        (3, -5.8, "sign in the exponent"),
        (3, 0.24, "days"),
        (3, 24.0, "second image"),
        (3, 9.0, "five thinner wells"),
        (3, None, "None"),
        (4, MOTILITIES[::-1], "order"),
        (4, [700] * 6, "on its own"),
        (4, np.log(MOTILITIES), "logarithms"),
        (4, [-1, *MOTILITIES[1:]], "positive"),
        (4, [2 * m for m in MOTILITIES], "sizes"),
        (4, MOTILITIES[:5], "shape"),
        (4, [np.nan, *MOTILITIES[1:]], "finite"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
