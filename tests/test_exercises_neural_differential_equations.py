import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "theory_driven/neural_differential_equations"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, 231.1450),
        (1, np.float32(231.145)),
        (1, [231.146]),
        (2, [-0.706915, 9e-16]),
        (2, (-0.706915114, 0.0)),
        (2, np.array([-0.7069151, 1e-13], dtype=np.float32)),
        (3, [0.30143, 0.74179]),
        (3, np.array([0.3015, 0.741], dtype=np.float32)),
        (4, [1.0, 0.833, 6.53]),
        (4, (1.0, 5 / 6, 6.6)),
        (5, [0.782, 0.895]),
        (5, np.array([0.78, 0.9], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 301.115, "another input"),
        (1, -231.145, "difference is formed"),
        (1, 301.1150 + 5538.236 + 231.1450 + 7619.430 + 3.8860 + 17.763, "only one input"),
        (1, 0.0, "plain number on the left"),
        (1, 100.0, "product rule"),
        (1, np.nan, "finite"),
        (1, "steep", "one number"),
        (2, [-0.7069, 0.07], "comes first"),
        (2, [-0.7069, -1e-15], "not negative"),
        (2, [-0.705567, 0.0], "colleague"),
        (2, [0.5, 0.0], "product of transport"),
        (2, [np.inf, 0], "finite"),
        (2, None, "the product and"),
        (3, [0.0, 0.74], "passed to distil"),
        (3, [-0.3, 0.74], "taken away"),
        (3, [1.3, 0.74], "whole growth rate"),
        (3, [0.6, 0.74], "lack"),
        (3, [0.3, 1.0], "same decay"),
        (3, [0.33, 0.7418], "withheld"),
        (3, np.nan, "shape"),
        (4, [0.3, 0.9, 6.5], "target"),
        (4, [0.6, 0.9, 6.5], "all three series"),
        (4, [1.4, 0.9, 6.5], "between 0 and 1"),
        (4, [0.9], "shape"),
        (4, [0.99, 0.0, 6.5], "polynomial"),
        (4, [1, 0.83, 0.153], "upside down"),
        (4, [1, 0.83, 2.0], "weakest true edge"),
        (4, [1, 1, 6.53], "rule 'cv'"),
        (4, [np.nan, 1, 2], "finite"),
        (5, [0.2, 0.2], "second column"),
        (5, [0.85, 0.75], "order"),
        (5, [0.9, 1.0], "Too good"),
        (5, [0.85, 0.9], "second thousand"),
        (5, [0.78, 0.85], "third column"),
        (5, [-0.1, 0.8], "between 0 and 1"),
        (5, 0.8, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
