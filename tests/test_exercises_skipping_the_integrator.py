import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/skipping_the_integrator"
BILL = [12600 / 39.99, 750 / 0.49]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, BILL),
        (1, np.array(BILL, dtype=np.float32)),
        (1, (315, 1531)),
        (2, 11),
        (2, np.float32(11)),
        (2, [11]),
        (3, 0.4),
        (3, np.float32(3.0)),
        (4, [0.5, 1.0]),
        (4, np.array([0.49, 0.93], dtype=np.float32)),
        (5, np.array([1, 3])),
        (5, [3, 1]),
        (5, (1.0, 3.0)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [15.0, 1224.5], "solver runs too"),
        (1, [300, 300], "alone"),
        (1, [315.1, 25714.3], "training included"),
        (1, [315.1, 900], "same formula"),
        (1, [-315, 1530], "positive"),
        (1, [500, 1530.6], "saves"),
        (1, 315, "shape"),
        (1, [np.nan, 1], "finite"),
        (2, 10, "above the bound"),
        (2, 16, "Count up"),
        (2, 22, "order 2q"),
        (2, 13, "number below"),
        (2, 11.5, "whole"),
        (2, None, "None"),
        (3, 90, "lost the spikes"),
        (3, 40, "slope"),
        (3, 1e-6, "own output"),
        (3, -1, "negative"),
        (3, "small", "one number"),
        (4, [1.0, 0.5], "order asked"),
        (4, [0.5, 0.5], "second quarter"),
        (4, [1.0, 1.0], "lag shorter"),
        (4, [50, 100], "between 0 and 1"),
        (4, [0.5, np.nan], "finite"),
        (5, [0, 2], "sign of the comparison"),
        (5, [np.inf], "indices of draws"),
        (5, [2, 4], "from zero"),
        (5, [], "Nobody"),
        (5, [1], "1 / k"),
        (5, "all", "indices"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
