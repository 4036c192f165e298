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
        (2, 0.673),
        (2, np.float32(0.67)),
        (3, [0.504, 1.0, 6.13]),
        (3, np.array([0.47, 0.99, 6.1317], dtype=np.float32)),
        (4, [np.array([1, 3]), 2.3082]),
        (4, ([3, 1], np.float32(2.3026))),
        (4, [(1.0, 3.0), [2.305]]),
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
        (2, 90, "lost the spikes"),
        (2, 40, "last change"),
        (2, 1e-6, "own output"),
        (2, 0.006729, "per cent"),
        (2, 24, "seed and the 40"),
        (2, -1, "negative"),
        (2, "small", "one number"),
        (3, [1.0, 0.5, 6], "order asked"),
        (3, [0.5, 0.5, 6], "second quarter"),
        (3, [1.0, 1.0, 6], "lag shorter"),
        (3, [50, 100, 6], "between 0 and 1"),
        (3, [0.5, np.nan, 6], "finite"),
        (3, [0.5, 1.0, -6.13], "stands above"),
        (3, [0.5, 1.0, 1354258], "not the factor"),
        (3, [0.5, 1.0, 3], "base ten"),
        (3, [0.5, 1.0], "power of ten"),
        (4, [[0, 2], 2.3], "sign of the comparison"),
        (4, [[np.inf], 2.3], "indices of draws"),
        (4, [[2, 4], 2.3], "from zero"),
        (4, [[], 2.3], "Nobody"),
        (4, [[1], 2.3], "1 / k"),
        (4, [[1, 3], 0.3567], "k = 0.3"),
        (4, [[1, 3], 1.0], "Separate"),
        (4, "all", "2 parts"),
        (4, np.array([1, 3]), "2 parts"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
