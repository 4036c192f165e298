"""Checkers of the chapter on sickle cells: right answers pass, typical wrong ones get a telling hint."""

import re

import numpy as np
import pytest

from mmlib.exercises import check
from mmlib.systems.sickle import SickleHaemoglobin

MODEL = SickleHaemoglobin()
RATIO = float(MODEL.delay(29.0) / MODEL.delay(30.0))
CELLS, RING = [43.3644, 24.0114], [2.148618, 0.984000]


def ask(number, answer):
    return check("capstones/sickle_cell", number, answer)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, RATIO),
        (1, np.float32(RATIO)),
        (1, [RATIO * 1.005]),
        (3, CELLS),
        (3, np.array(CELLS, dtype=np.float32)),
        (2, [15, 24]),
        (2, (15.04, 23.96)),
        (2, ["15", "24"]),
        (4, 11.27),
        (4, np.float32(11.3)),
        (5, [10, 0.9918]),
        (5, np.array([10, 0.991802], dtype=np.float32)),
        (6, RING),
        (6, np.array(RING, dtype=np.float32)),
    ],
)
def test_right(number, answer):
    feedback = ask(number, answer)
    assert feedback.right, feedback


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, 1 / RATIO, "other way round"),
        (1, (30 / 29) ** 30, "holds at 22.5"),
        (1, float(MODEL.delay(22.0) / MODEL.delay(23.0)), "from 23 to 22"),
        (1, 7.0, "Divide"),
        (1, np.nan, "finite"),
        (1, None, "one number"),
        (3, CELLS[::-1], "swapped"),
        (3, [0.433644, 0.240114], "not shares"),
        (3, [27.03, 0.273], "one cell"),
        (3, [46.63, 35.99], "hybrids"),
        (3, [56.6356, 75.9886], "pass in time"),
        (3, [50, 24.0114], "norm.cdf"),
        (3, [43.3644, 20], "5 % is right"),
        (3, 43.4, "two percentages"),
        (2, [8, 24], "first power"),
        (2, [-9, 24], "numerator alone"),
        (2, [30, 24], "second derivative"),
        (2, [24, 15], "swapped"),
        (2, [20, 24], "Multiply"),
        (2, [15, 144], "factorial"),
        (2, [15, 30], "three products"),
        (2, "many", "two coefficients"),
        (4, 0.23 * 7, "slide past"),
        (4, 0.23 * 7**4, "fourth power"),
        (4, 11270, "millimetres"),
        (4, 10.4, "was measured"),
        (4, 3.0, "most flexible"),
        (4, np.inf, "finite"),
        (5, [9.07, 0.99], "whole"),
        (5, [9, 0.9899], "Close"),
        (5, [40, 0.999], "smallest"),
        (5, [4, 0.95], "10 %"),
        (5, [2, 0.8], "Too few"),
        (5, [10, 1.00827], "upside down"),
        (5, [10, 0.99], "four digits"),
        (5, "ten", "a number of beads"),
        (6, RING[::-1], "swapped"),
        (6, [1.6335, 0.984], "Eight rods: "),
        (6, [2.148618, 1 / 0.984], "three rods over"),
    ],
)
def test_wrong(number, answer, hint):
    feedback = ask(number, answer)
    assert not feedback.right
    assert re.search(hint, feedback.say), feedback.say


@pytest.mark.parametrize(
    ("number", "wrong", "secret"),
    [
        (1, 7.0, f"{RATIO:.1f}"),
        (3, [1, 1], "43"),
        (2, (3, 3), "15"),
        (4, 3, "11"),
        (5, (3, 3), " 10 "),
        (6, (1, 1), "2.1"),
    ],
)
def test_hints_do_not_give_the_answer(number, wrong, secret):
    assert secret not in ask(number, wrong).say


def test_there_are_six():
    with pytest.raises(ValueError, match=r"\[1, 2, 3, 4, 5, 6\]"):
        ask(7, 0)
