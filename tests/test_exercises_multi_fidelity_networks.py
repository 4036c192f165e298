"""Checkers of the chapter on frequencies and networks of two fidelities."""

import pytest

from mmlib import exercises

CHAPTER = "odes/multi_fidelity_networks"


@pytest.mark.parametrize(
    ("number", "answer"),
    [(1, [43.69, 114.5]), (2, [0.8579, 0.3967]), (3, [0.005927, 0.1442]), (4, [0.008341, 0.000398])],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [1 / 43.69, 1 / 114.5], "other way round"),
        (1, [114.5, 43.69], "swapped"),
        (1, [76.0, 114.5], "first entry over last"),
        (1, [43.69, 85.85], "same seed"),
        (2, [0.3967, 0.8579], "swapped"),
        (2, [0.72, 0.3967], "midpoints"),
        (2, [0.8579, 0.28], "six columns"),
        (3, [0.1442, 0.005927], "swapped"),
        (3, [0.0042, 0.1442], "np.std"),
        (3, [0.005927, 0.0368], "601 times"),
        (4, [0.001015, 2.615e-5], "projection leaves"),
        (4, [0.02, 0.000398], "no mean taken off"),
        (4, [0.008341, 0.001], "twelve columns"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
