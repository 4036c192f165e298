"""Checkers of the chapter on R0 day by day."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/epidemics"
SARS = [2.2425, 3.5784, 2.0512, 2.2617]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.7598, 1.6569]),
        (2, [1.4101, 1.4673]),
        (2, np.array([1.4101, 1.4673], dtype=np.float32)),
        (3, [3.764, 8.87]),
        (4, SARS),
        (5, [2.157, 0.659]),
        (6, [0.1647, 0.1429, 0.117]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [1.6569, 0.7598], "swapped"),
        (1, [0.671, 1.6569], "fell ill"),
        (1, [0.9, 1.6569], "z, not z/q"),
        (1, [0.7598, 3.2], "share is right"),
        (2, [1.4673, 1.4101], "swapped"),
        (2, [1.5, 1.4673], "last profile"),
        (2, [1.4101, 1.5], "first is right"),
        (3, [8.87, 3.764], "swapped"),
        (3, [3.2, 8.87], "days 1 to 14"),
        (3, [3.764, 5.0], "latent=1.0"),
        (4, [*SARS[2:], *SARS[:2]], "swapped"),
        (4, [2.86, 3.73, 2.13, 2.25], "negative binomial"),
        (4, [*SARS[:2], 1.48, 1.58], "whole count"),
        (5, [0.659, 2.157], "swapped"),
        (5, [1.73, 0.659], "seven of them"),
        (5, [2.157, 0.7], "Day 38 is right"),
        (6, [0.1429, 0.1647, 0.117], "swapped"),
        (6, [0.2, 0.1429, 0.117], "t - 6"),
        (6, [0.1647, 0.2, 0.117], "first is right"),
        (6, [0.1647, 0.1429, 0.2], "weighted by the pressure"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
