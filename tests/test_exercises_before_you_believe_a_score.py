import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "start/before_you_believe_a_score"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [12.04, 55.88]),
        (1, (12, 56)),
        (1, np.array([12.04, 55.88], dtype=np.float32)),
        (2, [0.9768, 0.5299]),
        (2, (0.977, 0.53)),
        (3, [0.9966, 0.0246, 0.9957, 0.0567]),
        (3, np.array([0.997, 0.0247, 0.996, 0.0565])),
        (4, [113.2, 75.98, 32.38]),
        (4, (113, 76, 32.4)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.12, 0.559], "per cent"),
        (1, [55.9, 12.0], "first"),
        (1, [12.0, 33.24], "observation ended early"),
        (1, [12.0, 70.0], "four years"),
        (1, [33.2, 55.9], "only women with a recurrence"),
        (1, [-1.0, 55.9], "between 0 and 100"),
        (1, 55.9, "shape"),
        (1, [np.nan, 55.9], "finite"),
        (1, ["few", "many"], "as numbers"),
        (2, [97.7, 53.0], "between 0 and 1"),
        (2, [0.53, 0.977], "swapped"),
        (2, [0.9, 0.53], "over the ten studies"),
        (2, [0.977, 0.977], "Who helped"),
        (2, [0.977, 0.5], "inside each of the ten folds"),
        (2, None, "two AUCs"),
        (3, [0.9966, 0.0246, 0.9966, 0.0246], "reach the masses"),
        (3, [0.95, 0.06, 0.95, 0.08], "not trained on"),
        (3, [0.0034, 0.98, 0.0043, 0.94], "swapped"),
        (3, [0.0246, 0.9966, 0.0567, 0.9957], "order"),
        (3, [0.9966, 0.0246, 0.99, 0.2], "areas enlarged"),
        (3, [0.99, 0.03, 0.99, 50.0], "between 0 and 1"),
        (3, [0.99, 0.02], "shape"),
        (4, [113.2, 0.7598, 0.3238], "per cent"),
        (4, [113.2, 32.38, 75.98], "lowest hazard comes first"),
        (4, [1e-25, 75.98, 32.38], "no p-value"),
        (4, [113.2, 70.0, 32.38], "within each third"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
