import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/system_identification"
LORENZ = np.zeros((3, 56))
LORENZ[0, [1, 2]] = -10, 10
LORENZ[1, [1, 2, 6]] = 28, -1, -1
LORENZ[2, [3, 5]] = -8 / 3, 1


def changed(index, value):
    coef = LORENZ.copy()
    coef[index] = value
    return coef


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, LORENZ),
        (1, (LORENZ * 1.0005).astype(np.float32)),
        (1, LORENZ.tolist()),
        (1, LORENZ[:, ::-1]),
        (2, [-0.5, 0.1]),
        (2, np.array([-0.497, 0.102], dtype=np.float32)),
        (2, (-0.501, 0.099)),
        (3, ["sindy"]),
        (3, "SINDy"),
        (3, {"sindy"}),
        (3, ("Sindy ",)),
        (4, 76),
        (4, np.float32(81.0)),
        (4, [70]),
        (5, [9.0, 8.0, 6.5]),
        (5, [80.0, 8.0, 6.5]),
        (5, np.array([7.1, 7.0, 7.2], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, changed((0, 0), 0.03), "8 terms"),
        (1, changed((0, 1), 0), "lower the threshold"),
        (1, changed((0, 1), -10.3), "off by 3.0%"),
        (1, changed((1, 1), -28), "sign"),
        (1, LORENZ.ravel(), "shape"),
        (1, 7, "law.coef"),
        (1, changed((0, 0), np.nan), "finite"),
        (2, [2.0, 0.0], "Which axis"),
        (2, [0.5, 0.1], "Which way"),
        (2, [-0.8, 0.1], "speed"),
        (2, [-0.5, 0.0], "widens"),
        (2, [-0.5], "shape"),
        (2, [np.nan, 0.1], "finite"),
        (3, [], "raw coefficients"),
        (3, ["sindy", "stepwise"], "misfit"),
        (3, ["lasso"], "unit length"),
        (3, ["ridge"], "'stepwise'"),
        (3, 3, "list of method names"),
        (4, 0, "plain LASSO"),
        (4, 0.76, "per cent"),
        (4, 20, "lowest noise"),
        (4, 170, "no share"),
        (4, np.nan, "finite"),
        (4, "many", "one number"),
        (5, [1.0, 2.0], "shape"),
        (5, [9.0, -1.0, 6.0], "positive"),
        (5, [8.0, 8.0, 20.0], "know of the noise"),
        (5, [90.0, 38.0, 37.0], "transformed"),
        (5, [8.0, 7.0, 0.5], "held-out wells"),
        (5, [8.0, np.inf, 6.0], "finite"),
        (5, [1000.0, 1000.0, 10.0], "equal"),
        (5, [9.0, 600.0, 10.0], "Ridge"),
        (1, ["x"], "numbers of shape"),
        (1, [[1.0], [1.0, 2.0]], "numbers of shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
