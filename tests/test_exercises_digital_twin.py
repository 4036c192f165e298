"""Checkers of the chapter *Can a twin steer its patient?*"""

import pytest

from mmlib import exercises

CHAPTER = "capstones/digital_twin"
SOURCES = [0.03904, 0.17889, 0.03980, 0.03922]
ALARM = [0.7586, 0.4088, 0.6632, 0.1548]
READ = [67.99, -1.64, 5.45, 3.6887219]


@pytest.mark.parametrize(
    ("number", "answer"), [(1, [96.967, 9.638]), (2, SOURCES), (3, [0.05577, 0.05257]), (4, ALARM), (5, READ)]
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [9.638, 96.967], "swapped"),
        (1, [100.6, 9.638], "variances"),
        (1, [96.967, 92.9], "root of P R"),
        (2, [v**2 for v in SOURCES], "roots"),
        (2, [0.2133, *SOURCES[1:]], "add up"),
        (2, [SOURCES[0], 0.0398, 0.17889, 0.03922], "Without the test"),
        (2, [*SOURCES[:3], 0.2], "Without the cohort"),
        (3, [0.05257, 0.05577], "swapped"),
        (3, [0.05, 0.05257], "all schedules"),
        (3, [0.05577, 0.05], "np.linspace"),
        (4, [100 * v for v in ALARM], "Shares"),
        (4, ALARM[2:] + ALARM[:2], "trend first"),
        (4, [0.7586, 0.3, 0.6632, 0.1548], "false alarms of the trend"),
        (4, [*ALARM[:3], 0.4], "false alarms of the twin"),
        (5, [READ[0] / 100, *READ[1:]], "Per cent"),
        (5, [85.0, *READ[1:]], "family hovorka"),
        (5, [READ[0], -READ[1], -READ[2], READ[3]], "less even"),
        (5, [READ[0], 7.7, *READ[2:]], "Chosen, glucose less even"),
        (5, [*READ[:2], 7.7, READ[3]], "All less even"),
        (5, [*READ[:3], 1 / READ[3]], "over constant of none"),
    ],
)
def test_wrong_answers_are_told_why(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
