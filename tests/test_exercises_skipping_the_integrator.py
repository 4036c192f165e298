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
        (2, [11, 3.83e-9]),
        (2, np.array([11, 3.8e-9], dtype=np.float32)),
        (3, 0.673),
        (3, np.float32(0.67)),
        (4, [0.504, 1.0, 6.13]),
        (4, np.array([0.47, 0.99, 6.1317], dtype=np.float32)),
        (5, [np.array([1, 3]), 2.3082]),
        (5, ([3, 1], np.float32(2.3026))),
        (5, [(1.0, 3.0), [2.305]]),
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
        (2, [10, 2e-8], "above the bound"),
        (2, [16, 1e-12], "Count up"),
        (2, [22, 0], "order 2q"),
        (2, [13, 2e-10], "number below"),
        (2, [11.5, 1e-9], "whole"),
        (2, [11, 1e-8], "that of `off`"),
        (2, None, "stages and an error"),
        (3, 90, "lost the spikes"),
        (3, 40, "last change"),
        (3, 1e-6, "own output"),
        (3, 0.006729, "per cent"),
        (3, 24, "seed and the 40"),
        (3, -1, "negative"),
        (3, "small", "one number"),
        (4, [1.0, 0.5, 6], "order asked"),
        (4, [0.5, 0.5, 6], "second quarter"),
        (4, [1.0, 1.0, 6], "lag shorter"),
        (4, [50, 100, 6], "between 0 and 1"),
        (4, [0.5, np.nan, 6], "finite"),
        (4, [0.5, 1.0, -6.13], "stands above"),
        (4, [0.5, 1.0, 1354258], "not the factor"),
        (4, [0.5, 1.0, 3], "base ten"),
        (4, [0.5, 1.0], "power of ten"),
        (5, [[0, 2], 2.3], "sign of the comparison"),
        (5, [[np.inf], 2.3], "indices of draws"),
        (5, [[2, 4], 2.3], "from zero"),
        (5, [[], 2.3], "Nobody"),
        (5, [[1], 2.3], "1 / k"),
        (5, [[1, 3], 0.3567], "k = 0.3"),
        (5, [[1, 3], 1.0], "Separate"),
        (5, "all", "2 parts"),
        (5, np.array([1, 3]), "2 parts"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
