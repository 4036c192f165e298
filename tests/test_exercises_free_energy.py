import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "odes/free_energy"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, -1.3863),
        (1, np.float32(-1.3860)),
        (1, [-1.39]),
        (2, [0.3201, 0.0541, 0.0423]),
        (2, np.array([0.321, 0.05408, 0.04234], dtype=np.float32)),
        (3, [1e-17, 0.8937]),
        (3, (0.0, np.float32(0.8937))),
        (3, np.array([2e-17, 0.8940])),
        (4, [1.0, 1.2578]),
        (4, (1.0, 1.258)),
        (4, np.array([1.0, 1.2577], dtype=np.float32)),
        (5, [0.1476, 0.08, 0.0761, 0.0971]),
        (5, np.array([0.148, 0.0795, 0.0765, 0.0975], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, -1.8727, "colleague"),
        (1, 1.3863, "sign"),
        (1, -1.3863 / 24, "How many sites"),
        (1, -3.07, "stop where the mean"),
        (1, -1.2, "ends"),
        (1, np.nan, "finite"),
        (1, "deep", "one number"),
        (2, [1e-15, 0.0541, 0.0423], "of a gradient"),
        (2, [0.3201 / 24, 0.0541, 0.0423], "one site"),
        (2, [99, 0.0541, 0.0423], "root mean square"),
        (2, [0.3201, -0.0541, 0.0423], "positive"),
        (2, [0.3201, 0.0541, 0.0541], "equal"),
        (2, [0.3201, 0.0423, 0.0541], "changed places"),
        (2, [0.3201, 0.05, 0.0423], "before"),
        (2, [0.3201, 0.0541, 0.09], "after"),
        (2, [0.3201, 0.0541, 0.001], "Too good"),
        (2, [0.3201, 0.0541], "shape"),
        (2, [0.3201, np.inf, 0.03], "finite"),
        (3, [0.01, 0.8937], "round-off"),
        (3, [-0.01, 0.8937], "absolute"),
        (3, [1e-17, 1.0], "first eigenvalue"),
        (3, [1e-17, 1.3], "sum to one"),
        (3, [1e-17, 0.75], "neighbours count twice"),
        (3, [1e-17], "shape"),
        (3, [np.nan, 0.9], "finite"),
        (4, [1.2578, 1.0], "changed places"),
        (4, [1.5, 1.2578], "by hand"),
        (4, [1.0, 1.7627], "infinite lattice"),
        (4, [1.0, 1.0], "Both"),
        (4, [1.0, 1.4], "phi = 4"),
        (4, 1.0, "shape"),
        (5, [0.0971, 0.0761, 0.08, 0.1476], "another order"),
        (5, [0.1476, 0.001, 0.0761, 0.0971], "these data allow"),
        (5, [0.1476, 0.08, 0.0761, 0.3], "Number 4"),
        (5, [0.1476, -0.08, 0.0761, 0.0971], "positive"),
        (5, [0.1476, 0.08], "shape"),
        (5, None, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say


NAIVE = [0, 0.01, 0.05, 0.1, 0.25, 0.3, 0.4, 0.5, 0.9, 1, 1.5, 1.76, 2, 3, 5, 10, 24, 99, 100]


@pytest.mark.parametrize("number, size", [(1, 1), (2, 3), (3, 2), (4, 2), (5, 4)])
def test_guesses_do_not_pass(number, size):
    """Round numbers, ends of ranges, another power of ten: whoever has not worked it out is told so."""
    for sign in (1, -1):
        for a in NAIVE:
            for b in NAIVE if size > 1 else [a]:
                answer = sign * a if size == 1 else [sign * a, *[sign * b] * (size - 1)]
                assert not exercises.check(CHAPTER, number, answer).right, answer
