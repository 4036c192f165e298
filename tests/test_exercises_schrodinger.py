import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/schrodinger"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [["A", "C"], 11.965]),
        (1, ("A, C", np.float32(11.97))),
        (1, ["CA", 12.0]),
        (1, [{"a", "c"}, "11.96"]),
        (1, (("C ", "A"), [11.965])),
        (2, [0.01698, 0.40841]),
        (2, np.array([0.017, 0.408], dtype=np.float32)),
        (3, [1.99, 3.89]),
        (3, np.array([1.9918, 3.892], dtype=np.float32)),
        (4, [0, 0.9972, 0, 0.2414]),
        (4, np.array([0, 1.0, 0, 0.24], dtype=np.float32)),
        (5, 9.33),
        (5, np.float32(28 / 3)),
        (5, [9.3]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [[], 12], "At least one"),
        (1, [["A", "B", "C"], 12], "size of the solution"),
        (1, [["A"], 12], "multiplied by minus one"),
        (1, [["D"], 12], "got D"),
        (1, [["A", "C"], 10], "61 places"),
        (1, [["A", "C"], None], "None"),
        (1, ["A", "C"], "one number"),
        (1, ["A", "B", "C"], "2 parts"),
        (1, 3, "2 parts"),
        (2, [-0.1, 0.4], "modulus"),
        (2, [1e-12, 0.4], "round-off"),
        (2, [100.01, 0.4], "subtract one"),
        (2, [7.0, 0.4], "mean of"),
        (2, [0.00016976, 0.4], "per cent"),
        (2, [0.1, 0.4], "Not the largest"),
        (2, [0.01698, 13], "not as an index"),
        (2, [np.nan, 1], "finite"),
        (2, "little", "largest deviation"),
        (3, [-2, -4], "what sign"),
        (3, [3.9, 2.0], "swapped"),
        (3, [1.0, 3.9], "half before"),
        (3, [2.6, 3.9], "logarithms"),
        (3, [2.0, 4.0], "logarithms"),
        (3, [1.99, 2.0], "200 to 800"),
        (3, [2.0], "shape"),
        (3, [2.0, np.inf], "finite"),
        (4, [0, -1, 0, 0.24], "which side"),
        (4, [0, 0, 1, 0.24], "One power"),
        (4, [0, 0.5, 0, 0.24], "one half"),
        (4, [0.3, 1, 0, 0.24], "second term"),
        (4, [0.02, 1, 0, 0.24], "to zero"),
        (4, [0, 1, 0, 0], "left over"),
        (4, [0, 1.05, 0, 0.24], "Nearly"),
        (4, [1, 2], "shape"),
        (4, [0, np.nan, 0, 0], "finite"),
        (5, 0.107, "Turn it over"),
        (5, 3.2, "longest path"),
        (5, 140, "not a count"),
        (5, 6.4, "sum of both"),
        (5, 9, "sum of both"),
        (5, -2, "no ratio"),
        (5, None, "None"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
