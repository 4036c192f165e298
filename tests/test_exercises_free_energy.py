import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/free_energy"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [1e-17, 0.8937]),
        (1, (0.0, np.float32(0.8937))),
        (1, np.array([2e-17, 0.8940])),
        (2, -1.3863),
        (2, np.float32(-1.3860)),
        (2, [-1.39]),
        (3, [1.0, 1.2575]),
        (3, (1.0, 1.258)),
        (3, np.array([1.0, 1.2577], dtype=np.float32)),
        (4, [0.16, 0.039, 0.036]),
        (4, (0.9, 0.15, 0.15)),
        (4, np.array([0.2, 0.05, 0.052], dtype=np.float32)),
        (5, [0.066, 0.026, 0.025, 0.027]),
        (5, np.array([0.066, 0.04, 0.025, 0.027], dtype=np.float32)),
        (5, (0.1, 0.03, 0.03, 0.04)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.01, 0.8937], "round-off"),
        (1, [-0.01, 0.8937], "absolute"),
        (1, [1e-17, 1.0], "first eigenvalue"),
        (1, [1e-17, 1.3], "sum to one"),
        (1, [1e-17, 0.75], "neighbours count twice"),
        (1, [1e-17], "shape"),
        (1, [np.nan, 0.9], "finite"),
        (2, -1.8727, "colleague"),
        (2, 1.3863, "sign"),
        (2, -1.3863 / 24, "How many sites"),
        (2, -3.07, "stop where the mean"),
        (2, -1.2, "ends"),
        (2, np.nan, "finite"),
        (2, "deep", "one number"),
        (3, [1.2575, 1.0], "changed places"),
        (3, [1.5, 1.2575], "by hand"),
        (3, [1.0, 1.7627], "infinite lattice"),
        (3, [1.0, 1.0], "Both"),
        (3, [1.0, 1.4], "phi = 4"),
        (3, 1.0, "shape"),
        (4, [1e-15, 0.039, 0.036], "of a gradient"),
        (4, [0.16, -0.039, 0.036], "positive"),
        (4, [0.16, 0.039, 0.09], "worse"),
        (4, [0.16, 0.039, 0.001], "Too good"),
        (4, [0.16, 0.039], "shape"),
        (4, [0.16, np.inf, 0.03], "finite"),
        (5, [0.027, 0.025, 0.026, 0.066], "too few"),
        (5, [0.066, 0.001, 0.025, 0.027], "noisy data"),
        (5, [2.0, 0.03, 0.025, 0.027], "coarse shape"),
        (5, [0.066, -0.03, 0.025, 0.027], "positive"),
        (5, [0.066, 0.03], "shape"),
        (5, None, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
