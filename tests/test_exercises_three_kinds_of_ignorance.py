import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/three_kinds_of_ignorance"
MOTILITIES = [533, 261, 683, 571, 818, 1157]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [1136, 0.02498]),
        (1, np.array([1130, 0.025], dtype=np.float32)),
        (2, [0.0409, -0.0415]),
        (2, np.array([0.041, -0.0414], dtype=np.float32)),
        (3, 5.81),
        (3, np.float32(5.8)),
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
        (1, [0.02, 0.025], "turned over"),
        (1, [-3.0, 0.025], "positive"),
        (1, [1.5, 0.025], "no readings"),
        (1, [np.nan, 0.025], "finite"),
        (1, [1e9, 0.025], "Too much"),
        (1, [2192, 0.8], "wrong curve"),
        (1, [1000, 0.025], "ddof=1"),
        (1, [1136, 0.01], "one root mean square"),
        (1, "large", "an error"),
        (1, 1136, "shape"),
        (2, [0.96, -0.96], "per day"),
        (2, [-0.04, 0.04], "signs"),
        (2, [0.02, -0.02], "thin population"),
        (2, [0.0409, -0.01], "cancel"),
        (2, [0.04, -0.04], "made the readings"),
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
