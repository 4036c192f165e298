import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/from_function_to_function"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [3.60e-9, 2.01e-16]),
        (1, np.array([3.61e-9, 2.0e-16], dtype=np.float32)),
        (2, (0.134, 0.963)),
        (2, np.array([67 / 500, 0.9629])),
        (3, [2.656e-2, 3.60e-3]),
        (4, [1.3123, 4.0e-5]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [2.0e-16, 3.60e-9], "swapped"),
        (1, [6.0e-5, 1.4e-8], "leave the root out"),
        (1, [1e-6, 2e-16], "starts with zero"),
        (1, [3.60e-9, 3.60e-9], "antiderivative"),
        (2, [0.963, 0.134], "swapped"),
        (2, [13.4, 96.3], "between 0 and 1"),
        (2, [0.866, 0.963], "below the top"),
        (2, [0.07, 0.963], "either direction"),
        (2, [0.134, 0.5], "how much do these carry"),
        (3, [3.60e-3, 2.656e-2], "swapped"),
        (3, [-1, 1], "positive"),
        (3, [2e-2, 3.6e-3], "twelve components"),
        (3, [2.656e-2, 2e-2], "same penalties"),
        (4, [1.3, 0], "noise moves"),
        (4, [1.0, 4e-5], "all 300 readings"),
        (4, [1.3123, 6.32e-3], "not its root"),
        (4, [1.3123, 1e-3], "without noise"),
        (4, [np.nan, 1], "finite"),
        (4, 1.3123, "kappa"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
