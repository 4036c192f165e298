"""Checkers of the chapter on metabolic fluxes."""

import pytest

from mmlib import exercises

CHAPTER = "odes/metabolic_fluxes"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.21166, 8.2795]),
        (2, [0.38931, 34]),
        (3, [0.091665, 0.032497, 0.032497]),
        (4, [0.71784, 6.8111]),
        (5, [11.133, 1.6653]),
        (6, [0.0365175, 5.88627]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [8.2795, 0.21166], "swapped"),
        (1, [0.87392, 8.2795], "lower[air]"),
        (1, [0.21166, 0.0], "EX_etoh_e"),
        (2, [0.87392, 34], "EX_ac_e"),
        (2, [0.38931, 7], "on glucose"),
        (2, [0.38931, 2], "NaN"),
        (3, [-0.091665, -0.032497, -0.032497], "sign"),
        (3, [0.032497, 0.091665, 0.032497], "5 mmol of glucose first"),
        (3, [0.05, 0.032497, 0.032497], "Glucose at 5"),
        (3, [0.091665, 0.05, 0.032497], "Glucose at 15"),
        (3, [0.091665, 0.032497, 0.0], "Oxygen"),
        (4, [6.8111, 0.71784], "swapped"),
        (4, [0.87392, 6.8111], "CYTBD"),
        (4, [0.71784, 0.0], "EX_ac_e"),
        (5, [1.6653, 11.133], "swapped"),
        (5, [0.2, 1.6653], "largest A"),
        (5, [11.133, 1.2], "no steady state"),
        (6, [5.88627, 0.0365175], "swapped"),
        (6, [1.2145, 5.88627], "10 s + p z = 1"),
        (6, [0.0365175, 0.17698], "z over s"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
