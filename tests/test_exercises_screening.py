import numpy as np
import pytest

from mmlib import data, exercises

CHAPTER = "data_driven/screening"


def test_day_seven_is_recomputed_from_the_table():
    measured = np.nan_to_num(data.influenza_titres().titre, nan=0.7)
    off = (np.array([np.delete(measured, k, axis=0).mean(axis=0) for k in range(6)]) - measured) ** 2
    assert exercises.check(CHAPTER, 6, np.sqrt([off[:, 4:].mean(), off[:, 4:6].mean()])).right


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.4167, 0.9693]),
        (1, np.array([0.4167, 0.969], dtype=np.float32)),
        (2, [0.607, 0.292]),
        (2, np.array([0.61, 0.29], dtype=np.float32)),
        (3, [0.936, 1]),
        (3, np.array([0.94, 1], dtype=np.float32)),
        (4, [1.0, 1.0, 26]),
        (4, np.array([1, 1, 26], dtype=np.float32)),
        (5, [0.025, 0.599]),
        (5, np.array([0.025, 0.6], dtype=np.float32)),
        (6, [1.27, 1.556]),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [0.9693, 0.4167], "swapped"),
        (1, [41.67, 0.9693], "shares"),
        (1, [0.25, 0.9693], "most frequent mechanism"),
        (1, [0.4167, 0.9], "five folds"),
        (1, 0.4167, "shape"),
        (1, [np.nan, 1], "finite"),
        (2, [1.2149, 0.2], "*half* of the importance"),
        (2, [0.1, 0.05], "as a bar"),
        (2, [0.607, 0.607], "take some"),
        (2, [0.607, 0.5845], "whole importance"),
        (2, [0.607, 0.1], "three shuffles"),
        (2, 0.5, "shape"),
        (2, [np.nan, 1], "finite"),
        (3, [2.0, 1], "order"),
        (3, [0.5, 1], "four times as long"),
        (3, [0.95, 1.5], "counts groups"),
        (3, [0.95, 4], "400"),
        (3, [1, 1], "`nothing`"),
        (3, None, "shape"),
        (4, [20, 15, 26], "twenty"),
        (4, [0.1, 0.9, 26], "majority"),
        (4, [1, 0, 26], "mixture `four`"),
        (4, [1, 1, 20], "whichever type"),
        (4, [1, 1, 100], "label of the component"),
        (4, [np.inf, 0, 1], "finite"),
        (4, [0.9], "shape"),
        (5, [2, 0.6], "forty"),
        (5, [0.9, 0.1], "kept aside"),
        (5, [-0.1, 0.6], "negative"),
        (5, [0.05, 0.5], "The median is"),
        (5, [0.05, 0.599], "divide by forty"),
        (5, None, "shape"),
        (6, [1.5556, 1.2702], "swapped"),
        (6, [-1, 1], "negative"),
        (6, [1.6133, 2.42], "take the root"),
        (6, [1.0585, 1.2964], "*other* five"),
        (6, [1.0, 1.0], "last three columns"),
        (6, [1.27, 1.27], "last column out"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
