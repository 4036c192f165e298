import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/three_kinds_of_ignorance"
MOTILITIES = [533, 261, 683, 571, 818, 1157]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.0409, -0.0415]),
        (1, np.array([0.041, -0.0414], dtype=np.float32)),
        (2, 5.81),
        (2, np.float32(5.8)),
        (3, MOTILITIES),
        (3, np.array(MOTILITIES, dtype=np.float32)),
        (3, tuple(1.02 * m for m in MOTILITIES)),
        (4, [303.7, 3843.3, 0.3683]),
        (4, np.array([303, 3850, 0.37], dtype=np.float32)),
        (5, [0.491, 0.0793]),
        (5, (np.float32(0.4909), 0.07933)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.96, -0.96], "per day"),
        (1, [-0.04, 0.04], "signs"),
        (1, [0.02, -0.02], "thin population"),
        (1, [0.0409, -0.01], "cancel"),
        (1, [0.04, -0.04], "made the readings"),
        (1, [0.04], "shape"),
        (1, [0.04, np.nan], "finite"),
        (2, -5.8, "sign in the exponent"),
        (2, 0.24, "days"),
        (2, 24.0, "second image"),
        (2, 9.0, "five thinner wells"),
        (2, None, "None"),
        (3, MOTILITIES[::-1], "order"),
        (3, [700] * 6, "on its own"),
        (3, np.log(MOTILITIES), "logarithms"),
        (3, [-1, *MOTILITIES[1:]], "positive"),
        (3, [2 * m for m in MOTILITIES], "sizes"),
        (3, MOTILITIES[:5], "shape"),
        (3, [np.nan, *MOTILITIES[1:]], "finite"),
        (4, [3843.3, 303.7, 0.3683], "swapped"),
        (4, [0.00729, 0.0922, 0.3683], "mm^2 per day"),
        (4, [300, 4000, 0.3683], "coefficient of u_xx"),
        (4, [303.7, 1281, 0.3683], "three times"),
        (4, [303.7, 4000, 0.3683], "follows from"),
        (4, [303.7, 3843.3, 0.003683], "law is right"),
        (4, [303.7, 3843.3], "shape"),
        (4, [303.7, np.nan, 0.37], "finite"),
        (5, [0.0793, 0.491], "swapped"),
        (5, [0.241, 0.0063], "variance"),
        (5, [24.54, 3.97], "noise is missing"),
        (5, [0.41, 0.075], "120 rows"),
        (5, [0.491, 0.1], "60 rows"),
        (5, 0.491, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
