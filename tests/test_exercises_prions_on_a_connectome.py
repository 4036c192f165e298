"""Checkers of the chapter on protein that spreads through a brain."""

import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/prions_on_a_connectome"
MUTANT = [0.6291, 0.4194, 0.6409]
LEADS = [1.2105, 2.4123, 3.7622, 0.3664]


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [7.466, 11.02]),
        (2, [0.9276, 0.5463]),
        (3, MUTANT),
        (3, np.array(MUTANT, dtype=np.float32)),
        (4, [0.9778, 5.399]),
        (5, [4.582, 0.185]),
        (6, LEADS),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [11.02, 7.466], "swapped"),
        (1, [5.5, 11.02], "growth=0.25"),
        (1, [7.466, 5.5], "every time doubles"),
        (2, [-0.9276, -0.5463], "minus the concentration"),
        (2, [0.5463, 0.9276], "swapped"),
        (2, [0.98, 0.5463], "staged"),
        (2, [0.9276, 0.46], "agree"),
        (3, [0.4194, 0.6291, 0.6409], "Against axons first"),
        (3, [0.57, 0.4194, 0.6409], "Against axons: average"),
        (3, [0.6291, 0.45, 0.6409], "Along axons: average"),
        (3, [0.6291, 0.4194, 0.66], "Both ways: average"),
        (4, [5.399, 0.9778], "swapped"),
        (4, [0.99, 5.399], "one generator"),
        (4, [0.9778, 5.5], "then the median"),
        (5, [0.185, 4.582], "swapped"),
        (5, [5.5, 0.185], "first to last"),
        (5, [4.582, 0.46], "starts holds it"),
        (6, [-v for v in LEADS], "minus that of the parietal"),
        (6, [1.2, 2.0, 3.7622, 0.3664], "the 1130th kept"),
        (6, [*LEADS[:3], 1.2105], "kept by number"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say, feedback.say
