import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "start/diagnosis_is_not_prognosis"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [12.04, 55.88]),
        (1, (12, 56)),
        (1, np.array([12.04, 55.88], dtype=np.float32)),
        (2, 0.48),
        (2, np.float32(0.56)),
        (2, [0.44]),
        (3, [0.99, 0.03, 0.99, 0.07]),
        (3, (0.987, 0.025, 0.985, 0.04)),
        (3, np.array([0.99, 0.02, 0.98, 0.05], dtype=np.float32)),
        (4, 20),
        (4, 20.0),
        (4, np.array([20])),
        (5, [0.4, 0.3, 0.42]),
        (5, (0.46, 0.40, 0.46)),
        (5, np.array([0.35, 0.1, 0.3], dtype=np.float32)),
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
        (2, 0.97, "Who helped"),
        (2, 0.2, "one half"),
        (2, 48, "no AUC"),
        (2, None, "None"),
        (2, np.nan, "finite"),
        (3, [0.99, 0.02, 0.99, 0.02], "reach the masses"),
        (3, [0.8, 0.2, 0.8, 0.3], "second half"),
        (3, [0.01, 0.9, 0.01, 0.9], "swapped"),
        (3, [0.02, 0.99, 0.07, 0.99], "order"),
        (3, [1.0, 0.001, 1.0, 0.05], "not trained on"),
        (3, [0.99, 0.02, 0.8, 0.2], "fell too far"),
        (3, [0.99, 0.02], "shape"),
        (3, [0.99, 0.02, 1.4, 0.2], "between 0 and 1"),
        (4, 160, "earlier"),
        (4, 80, "earlier"),
        (4, 30, "none of the four"),
        (4, "twenty", "one number"),
        (5, [0.4, 0.3, 0.95], "Above what can be known"),
        (5, [-3.0, 0.3, 0.4], "far better"),
        (5, [0.4, 0.3, -0.2], "worse than apart"),
        (5, [0.4, 0.3], "shape"),
        (5, [0.3, -5.0, 0.2], "last reading"),
        (5, [0.5, 0.5, 0.5], "equal"),
        (3, [0.99, 0.03, 0.99, 50.0], "between 0 and 1"),
        (5, [0.4, np.inf, 0.4], "finite"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
