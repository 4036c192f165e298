import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "pdes/cardiovascular_inference"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, 5.0157),
        (1, np.float32(5.02)),
        (1, [5.0]),
        (2, 0.2775),
        (2, np.float32(0.277)),
        (2, [0.28]),
        (3, [6.85, 6.34, 5.65, 5.01]),
        (3, np.array([6.8488, 6.3431, 5.6535, 5.0064], dtype=np.float32)),
        (4, 1.508),
        (4, np.float32(1.5075)),
        (4, [1.507]),
        (5, [0.01122, 0.677]),
        (5, np.array([0.0112, 0.68], dtype=np.float32)),
        (6, [2.9979, 1.0055]),
        (6, np.array([2.998, 1.0056], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 25.16, "square of a speed"),
        (1, -5.0, "positive"),
        (1, 6.143, "keeps its volume"),
        (1, 3.547, "diameter"),
        (1, 158.0, "metres"),
        (1, 4.0, "powers of r"),
        (1, np.nan, "finite"),
        (1, "fast", "one number"),
        (2, -0.4, "not negative"),
        (2, 58.0, "pascal"),
        (2, 8.0, "same artery"),
        (2, 1.6, "Smooth"),
        (2, 0.0, "true cross section"),
        (2, 0.5, "first site"),
        (2, None, "None"),
        (3, [5.0, 5.65, 6.34, 6.85], "order from the bed"),
        (3, [0.146, 0.1577, 0.1769, 0.1997], "Turned over"),
        (3, [6.74] * 4, "its own A and U"),
        (3, [7.2, 6.6, 5.9, 5.1], "60 %"),
        (3, [-6.85, 6.34, 5.65, 5.01], "positive"),
        (3, [6.85], "shape"),
        (3, [6.85, 6.34, 5.65, np.nan], "finite"),
        (4, 0.663, "Turned over"),
        (4, 1.0, "means agree"),
        (4, -1.5, "sign"),
        (4, 2.5, "same viscosity"),
        (4, 1.5, "fine grid"),
        (4, [1.5, 1.5], "shape"),
        (5, [-0.02, 0.68], "not negative"),
        (5, [40.0, 90.0], "pascal"),
        (5, [0.7, 0.68], "one source alone"),
        (5, [0.0, 0.68], "other values of E"),
        (5, [0.01, 0.5], "ten harmonics"),
        (5, [0.05, 0.677], "discrepancy's mean"),
        (5, 0.011, "two largest errors"),
        (5, [np.inf, 1], "finite"),
        (6, [0.0029979, 1.0055], "millimetres"),
        (6, [0.9993, 1.0055], "true radius"),
        (6, [2.9979, 0.9945], "turned over"),
        (6, [3.0, 1.0], "search end"),
        (6, [2.9979, 1.0], "24 frames"),
        (6, 3.0, "radius in mm"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
