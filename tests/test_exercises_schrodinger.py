import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/schrodinger"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, ["A", "C"]),
        (1, "A, C"),
        (1, "CA"),
        (1, {"a", "c"}),
        (1, ("C ", "A")),
        (2, 0.014),
        (2, np.float32(0.2)),
        (2, [0.05]),
        (3, [1.99, 3.89]),
        (3, (2, 4)),
        (3, np.array([2.01, 3.95], dtype=np.float32)),
        (4, [0, 1.004, 0]),
        (4, np.array([0, 0.97, 0], dtype=np.float32)),
        (4, (0.0, 1.05, 0.0)),
        (5, 9.33),
        (5, np.float32(9.5)),
        (5, [9]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [], "At least one"),
        (1, ["A", "B", "C"], "size of the solution"),
        (1, ["A"], "multiplied by minus one"),
        (1, ["D"], "'B'"),
        (1, 3, "list of names"),
        (2, -0.1, "modulus"),
        (2, 1e-12, "round-off"),
        (2, 100.01, "subtract one"),
        (2, 7.0, "mean of"),
        (2, np.nan, "finite"),
        (2, "little", "one number"),
        (3, [-2, -4], "what sign"),
        (3, [3.9, 2.0], "swapped"),
        (3, [1.0, 3.9], "half before"),
        (3, [2.6, 3.9], "logarithms"),
        (3, [2.0, 2.0], "200 to 800"),
        (3, [2.0], "shape"),
        (3, [2.0, np.inf], "finite"),
        (4, [0, -1, 0], "which side"),
        (4, [0, 0, 1], "One power"),
        (4, [0, 0.5, 0], "one half"),
        (4, [0.3, 1, 0], "second term"),
        (4, [0.02, 1, 0], "to zero"),
        (4, [1, 2], "shape"),
        (4, [0, np.nan, 0], "finite"),
        (5, 0.107, "Turn it over"),
        (5, 3.2, "longest path"),
        (5, 140, "not a count"),
        (5, 6.4, "sum of both"),
        (5, -2, "no ratio"),
        (5, None, "None"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
