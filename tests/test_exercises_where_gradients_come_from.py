import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "theory_driven/where_gradients_come_from"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, 231.14457),
        (1, np.float32(231.145)),
        (1, [231.146]),
        (2, [-0.57457675, 9e-16]),
        (2, (-0.574577, 0.0)),
        (2, np.array([-0.5745767, 1e-13], dtype=np.float32)),
        (3, [398.53767, 0.0288879]),
        (3, np.array([398.5, 0.02889], dtype=np.float32)),
        (4, [3.763056, 0.481199]),
        (4, (3.7636, 0.4812)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 301.115, "another input"),
        (1, 231.1, "six digits"),
        (1, -231.14457, "difference is formed"),
        (1, 301.1150 + 5538.236 + 231.1446 + 7619.430 + 3.8860 + 17.763, "only one input"),
        (1, 0.0, "plain number on the left"),
        (1, 100.0, "product rule"),
        (1, np.nan, "finite"),
        (1, "steep", "one number"),
        (2, [-0.5746, 0.07], "comes first"),
        (2, [-0.5746, -1e-15], "not negative"),
        (2, [-0.56368, 0.0], "colleague"),
        (2, [0.5, 0.0], "product of transport"),
        (2, [np.inf, 0], "finite"),
        (2, None, "the product and"),
        (3, [-398.53767, 0.0289], "positive"),
        (3, [397.53767, 0.0289], "leak of one"),
        (3, [98.6, 0.117], "ten compartments"),
        (3, [200, 0.05], "most negative"),
        (3, [398.53767, 5 / 398.53767], "base e"),
        (3, [398.53767, 0.02], "for the time"),
        (3, 398.5, "shape"),
        (4, [14.1606, 0.4812], "root"),
        (4, [5.499382, 0.55], "Did the slopes arrive"),
        (4, [3.0, 0.48], "all 42"),
        (4, [3.9, 0.5], "ftol"),
        (4, [3.763056, -0.7314], "exponential"),
        (4, [3.763056, 0.926], "first of the six"),
        (4, np.nan, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
