"""Checkers of the chapter on sickle cells: right answers pass, typical wrong ones get a telling hint."""

import re

import numpy as np
import pytest

from mmlib.exercises import check
from mmlib.systems.sickle import SickleHaemoglobin, fetal

MODEL = SickleHaemoglobin()
RATIO = float(MODEL.delay(29.0) / MODEL.delay(30.0))
TRIAL = np.linspace(0, 0.5, 1001)
SHARE = float(np.interp(MODEL.delay(28.0), MODEL.delay(30.0, share=fetal(TRIAL)), TRIAL))
SINGLE = float(np.interp(MODEL.delay(28.0), MODEL.delay(30.0, share=1 - TRIAL), TRIAL))


def ask(number, answer):
    return check("capstones/sickle_cell", number, answer)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, RATIO),
        (1, np.float32(RATIO)),
        (1, [RATIO * 1.005]),
        (2, SHARE),
        (2, np.float32(SHARE)),
        (2, np.array([SHARE])),
        (3, [15, 24]),
        (3, (15.04, 23.96)),
        (3, ["15", "24"]),
        (4, 11.27),
        (4, np.float32(11.3)),
        (5, [10, 0.9918]),
        (5, np.array([10, 0.991802], dtype=np.float32)),
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
        (2, 100 * SHARE, "percentage"),
        (2, SINGLE, "hybrids"),
        (2, 0.25, "Vary the share"),
        (2, [0.1, 0.2], "one number"),
        (3, [8, 24], "first power"),
        (3, [-9, 24], "numerator alone"),
        (3, [30, 24], "second derivative"),
        (3, [24, 15], "swapped"),
        (3, [20, 24], "Multiply"),
        (3, [15, 144], "factorial"),
        (3, [15, 30], "three products"),
        (3, "many", "two coefficients"),
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
    ],
)
def test_wrong(number, answer, hint):
    feedback = ask(number, answer)
    assert not feedback.right
    assert re.search(hint, feedback.say), feedback.say


@pytest.mark.parametrize(
    ("number", "wrong", "secret"),
    [(1, 7.0, f"{RATIO:.1f}"), (2, 0.5, f"{SHARE:.2f}"), (3, (3, 3), "15"), (4, 3, "11"), (5, (3, 3), " 10 ")],
)
def test_hints_do_not_give_the_answer(number, wrong, secret):
    assert secret not in ask(number, wrong).say


def test_there_are_five():
    with pytest.raises(ValueError, match=r"\[1, 2, 3, 4, 5\]"):
        ask(6, 0)
