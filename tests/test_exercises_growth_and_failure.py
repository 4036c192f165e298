"""Checkers of the chapter on growing rings."""

import pytest

from mmlib import exercises

CHAPTER = "odes/growth_and_failure"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [14.217, 48.857]),
        (2, [-8.5586, 3.5353]),
        (3, [0.8362, 0.91676, 0.48174]),
        (4, [0.60186, 0.42043]),
        (5, [0.4467, 0.0742, 0.4791]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [48.857, 14.217], "swapped"),
        (1, [20.0, 48.857], "keeps the area"),
        (1, [14.217, 42.6], "thickness under load"),
        (2, [8.5586, -3.5353], "signs"),
        (2, [-9.5, 3.5353], "second row"),
        (2, [-8.5586, 4.4437], "not the largest"),
        (3, [1.1959, 1.0908, 2.0758], "other way"),
        (3, [1.2, 0.91676, 0.48174], "Difference"),
        (3, [0.8362, 1.0, 0.48174], "Stretch"),
        (3, [0.8362, 0.91676, 0.7], "Energy"),
        (4, [0.42043, 0.60186], "swapped"),
        (4, [0.55, 0.42043], "first value"),
        (4, [0.60186, 0.5], "zero"),
        (5, [44.67, 7.42, 47.91], "fractions"),
        (5, [0.5, 0.1, 0.5], "sum to one"),
        (5, [0.3, 0.1, 0.6], "mean of 30"),
        (5, [0.4209, 0.1, 0.4791], "by half"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
