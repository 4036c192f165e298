import numpy as np
import pytest

from mmlib import exercises
from mmlib.exercises import pdes_schrodinger as checkers

CHAPTER = "pdes/schrodinger"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [["A", "C"], 11.965]),
        (1, ("A, C", np.float32(11.97))),
        (1, ["CA", 12.0]),
        (1, [{"a", "c"}, "11.96"]),
        (1, (("C ", "A"), [11.965])),
        (2, [checkers.STRAY, checkers.MOMENT]),
        (2, np.array([checkers.STRAY * 1.02, checkers.MOMENT], dtype=np.float32)),
        (3, checkers.BY_WEIGHT),
        (3, np.array(checkers.BY_WEIGHT, dtype=np.float32) * 1.05),
        (4, [0, checkers.COEFFICIENT, 0, checkers.LEFT]),
        (4, np.array([0, checkers.COEFFICIENT, 0, checkers.LEFT * 1.03], dtype=np.float32)),
        (5, [3.42, 24.0]),
        (5, np.array([3.42, 23.98], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [[], 12], "At least one"),
        (1, [["A", "B", "C"], 12], "size of the terms"),
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
        (2, [checkers.STRAY / 100, 0.4], "per cent"),
        (2, [checkers.STRAY * 1.5, 0.4], "Not the largest"),
        (2, [checkers.STRAY, 13], "not as an index"),
        (2, [np.nan, 1], "finite"),
        (2, "little", "largest deviation"),
        (3, [-0.1, 0.1], "not negative"),
        (3, [100 * e for e in checkers.BY_WEIGHT], "per cent"),
        (3, [e**2 for e in checkers.BY_WEIGHT], "squares"),
        (3, checkers.BY_WEIGHT[::-1], "reversed"),
        (3, [1.2, checkers.BY_WEIGHT[1]], "first is off"),
        (3, [checkers.BY_WEIGHT[0], 0.9], "second"),
        (3, [2.0], "shape"),
        (3, [2.0, np.inf], "finite"),
        (4, [0, -1, 0, 0.24], "which side"),
        (4, [0, 0, 1, 0.24], "One power"),
        (4, [0, 0.5, 0, 0.24], "one half"),
        (4, [0.3, 1, 0, 0.24], "second term"),
        (4, [0.02, 1, 0, 0.24], "to zero"),
        (4, [0, checkers.COEFFICIENT, 0, 0], "left over"),
        (4, [0, checkers.COEFFICIENT * 1.02, 0, checkers.LEFT], "Nearly"),
        (4, [1, 2], "shape"),
        (4, [0, np.nan, 0, 0], "finite"),
        (5, [0.29, 0.04], "Turn them over"),
        (5, [24, 3.42], "swapped"),
        (5, [90, 1000], "not counts"),
        (5, [4, 24], "path is off"),
        (5, [3.42, 20], "operations are the first"),
        (5, [-2, 3], "positive"),
        (5, 3.4, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
