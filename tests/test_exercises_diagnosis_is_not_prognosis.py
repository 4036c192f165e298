import numpy as np
import pytest

from mmlib import exercises

CHAPTER = "start/diagnosis_is_not_prognosis"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [2.5735, 6.395]),
        (1, (2.57, 6.39)),
        (2, [0.4823, 0.7964]),
        (2, np.array([0.482, 0.796], dtype=np.float32)),
        (3, [89.35, 91.75]),
        (3, (89.3, 91.8)),
        (4, [0.437, 0.4776]),
        (4, np.array([0.437, 0.478])),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, [6.395, 2.5735], "shortest comes first"),
        (1, [-6.4, -2.6], "positive"),
        (1, [3.713, 9.226], "one half"),
        (1, [2.0, 4.0], "last four"),
        (1, 2.57, "shape"),
        (2, [0.48, 1.2], "without chance"),
        (2, [0.796, 0.482], "Three scans come first"),
        (2, [0.46, 0.796], "order that is stated"),
        (2, [0.482, 0.65], "with four"),
        (2, [0.482, np.nan], "finite"),
        (3, [0.8935, 0.9175], "per cent"),
        (3, [91.75, 89.35], "rule comes first"),
        (3, [88.0, 91.75], "strictly above"),
        (3, [89.35, 94.0], "scaled"),
        (4, [0.437, 0.9], "Above what can be known"),
        (4, [0.2, 0.478], "mechanism first"),
        (4, [0.437, 0.437], "left over"),
        (4, ["few", "many"], "as numbers"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say
