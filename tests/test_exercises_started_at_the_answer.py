import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "capstones/started_at_the_answer"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, 0.5202),
        (1, np.float32(0.5195)),
        (1, [0.52]),
        (2, 43.14),
        (2, np.float32(43.1)),
        (2, [43.138]),
        (3, 30_578),
        (3, np.array([30_500.0])),
        (4, [4, 4.936]),
        (4, (np.int64(4), np.float32(4.94))),
        (5, [0.1508, 7]),
        (5, np.array([0.1507, 7], dtype=np.float32)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 0.0, "drawn anew"),
        (1, 0.5, "Draw many"),
        (1, 52.0, "per cent"),
        (1, -0.5, "no sign"),
        (1, 0.642, "That is the mean"),
        (1, 0.74, "linear scale"),
        (1, 1.28, "linear scale"),
        (1, 0.4, "Draw many"),
        (1, np.nan, "finite"),
        (1, "half", "one number"),
        (2, 0.739, "five per cent below"),
        (2, 431.4, "unit"),
        (2, 4314.0, "unit"),
        (2, -43.1, "positive"),
        (2, 100.0, "missing"),
        (2, None, "None"),
        (3, 3318.0, "root"),
        (3, 100.0, "Fewer"),
        (3, 1e6, "ratio"),
        (3, 33_000, "all its digits"),
        (3, np.inf, "finite"),
        (4, [16, 1.0], "noise of the text"),
        (4, [2.5, 5.5], "whole number"),
        (4, [1, 2], "Divide each row"),
        (4, [4, 0.0494], "a share"),
        (4, [4, 20], "smallest of the seventeen"),
        (4, 4, "how many of the seventeen"),
        (5, [0.01, 7], "minute 1000"),
        (5, [-0.2, 5], "not negative"),
        (5, [15.0, 5], "smallest rms"),
        (5, [0.15, 7], "noise first"),
        (5, [0.1508, 6], "own size"),
        (5, [0.1508, 20], "0 to 17"),
        (5, [np.nan, 5], "finite"),
    ],
)
def test_typical_mistakes_get_a_hint_that_helps(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say, feedback.say
