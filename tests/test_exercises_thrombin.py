"""Checkers of the chapter on thrombin curves."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/thrombin"
LAGS = [144.5, 265.24, 110.87, 105.85]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [5, 0.7772]),
        (2, [4, 1]),
        (2, np.array([4, 1])),
        (3, [5, 0.5621]),
        (4, [200, 1.3336]),
        (5, LAGS),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [5, 0.1], "sixth singular value"),
        (1, [3, 0.7772], "square the ratio"),
        (1, [4, 0.7772], "whole"),
        (2, [5, 2], "with a calibrator"),
        (2, [1, 4], "Combinations first"),
        (2, [5, 1], "divided by its length"),
        (2, [4, 2], "spreads"),
        (3, [5, 0.7772], "curve alone"),
        (3, [5, 0.4], "summed first"),
        (3, [6, 0.5621], "Count"),
        (4, [300, 1.32], "largest area"),
        (4, [200, 1.4], "Factor"),
        (5, [265.24, 144.5, 105.85, 110.87], "5 nM first"),
        (5, [150, 265.24, 110.87, 105.85], "VIIa stays"),
        (5, [144.5, 265.24, 144.5, 265.24], "k2=1e-12"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
