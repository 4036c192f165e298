"""Checkers of the chapter on laws of heart muscle."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/which_law_for_a_tissue"
RUBBER = [0.8522, 0.9147, 0.9515, -2632.0]
BRAIN = [1.242, 2.853, 2.013]
OGDEN = [1.5462, -17.519, 0.98702]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.91285, 0.90453]),
        (2, RUBBER),
        (3, [*BRAIN, *OGDEN]),
        (3, np.array([*BRAIN, *OGDEN], dtype=np.float32)),
        (4, [-0.5442, 0.2629]),
        (5, [0.9967, 0.5395, 18.9, 30.5]),
        (6, [0.3441, 0.3377]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.90453, 0.91285], "swapped"),
        (1, [0.89, 0.90453], "np.var"),
        (1, [0.91285, 0.89], "without refitting"),
        (3, [*BRAIN, -17.519, 1.5462, 0.98702], "swapped"),
        (3, [*BRAIN, 1.48, -18.6, 0.98702], "from [1, -5]"),
        (3, [*BRAIN, 1.5462, -17.519, 0.95], "The shear"),
        (2, [0.8522, 0.9515, 0.9147, -2632.0], "uniaxial test first"),
        (2, [0.8, 0.9147, 0.9515, -2632.0], "one constant"),
        (2, [0.8522, 0.8522, 0.9515, 0.9515], "below zero"),
        (2, [0.8522, 0.9147, 0.961, -2632.0], "not a new one"),
        (2, [0.8522, 0.9147, 0.9515, 0.99], "squared stretch"),
        (3, [2.853, 1.242, 2.013, *OGDEN], "Tension first"),
        (3, [3.726, 8.560, 2.013, *OGDEN], "three times"),
        (3, [1.3, 2.853, 2.013, *OGDEN], "Tension: one"),
        (3, [1.242, 2.5, 2.013, *OGDEN], "Compression: one"),
        (3, [1.242, 2.853, 1.82, *OGDEN], "Shear: one"),
        (4, [0.5442, 0.2629], "The way"),
        (4, [-0.6, 0.2629], "nominal"),
        (4, [-0.5442, 0.3], "sheet thinned"),
        (5, [0.5395, 0.9967, 18.9, 30.5], "swapped"),
        (5, [0.9, 0.5395, 18.9, 30.5], "all 385"),
        (5, [0.9967, 0.3, 18.9, 30.5], "both parts"),
        (5, [0.9967, 0.5395, 30.5, 18.9], "swapped"),
        (5, [0.9967, 0.5395, -20.0, 30.5], "classical law: log"),
        (5, [0.9967, 0.5395, 18.9, 18.9], "same seed"),
        (6, [0.3377, 0.3441], "swapped"),
        (6, [4.565, 0.3377], "rms is of 176"),
        (6, [0.3441, 0.3441], "Sixteen"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
