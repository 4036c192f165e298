"""Checkers of the chapter on animals and humans: right answers pass, typical wrong ones get a telling hint."""

import re

import numpy as np
import pytest

from mmlib.exercises import check, pdes_animals_and_humans
from mmlib.exercises.pdes_animals_and_humans import EVERY_DOSE, LABORATORIES, MIRROR


def ask(number, answer):
    return check("pdes/animals_and_humans", number, answer)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, [0.5, 0.58]),
        (1, ("0.5", "0.58")),
        (2, MIRROR),
        (2, np.array(MIRROR, dtype=np.float32)),
        (3, EVERY_DOSE),
        (3, [0.366, 14]),
        (4, LABORATORIES),
        (4, (0.937, 0.377)),
        (5, [9.234, 0.4059, 0.4259]),
    ],
)
def test_right(number, answer):
    feedback = ask(number, answer)
    assert feedback.right, feedback


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, (1 / np.sqrt(2), 0.6), "variances explained"),
        (1, (0.0, 0.6), "as it is, unscaled"),
        (1, (0.75, 0.6), "Expand the mean"),
        (1, (50, 58), "between -1 and 1"),
        (1, (0.5, 0.7), "costs are variances"),
        (1, (0.5, 0.42), "a better guess"),
        (1, (0.5, 0.5), "adds to the cost"),
        (1, 0.5, "two correlations"),
        (2, MIRROR[::-1], "swapped"),
        (2, np.square(MIRROR), "take the root"),
        (2, (-1, 1), "positive"),
        (2, (2.0, 0.54), "outvote"),
        (2, (4.324, 0.7), "fourth number"),
        (2, 4.3, "two ratios"),
        (3, EVERY_DOSE[::-1], "swapped"),
        (3, (0.366, 101), "exceed the noise"),
        (3, (0.9, 14), "last number"),
        (3, (0.366, 10), "Count the eigenvalues"),
        (3, (np.nan, 14), "finite"),
        (4, LABORATORIES[::-1], "swapped"),
        (4, (1.2, 0.4), "between -1 and 1"),
        (4, (0.8, 0.4), "logarithms"),
        (4, (0.9375, 2.8), "back"),
        (4, (0.9375, 0.0987), "first five"),
        (4, (0.9375, 0.6), "root of two"),
        (4, None, "correlation"),
        (5, [0.1083, 0.4059, 0.4259], "other way"),
        (5, [2.06, 0.4059, 0.4259], "minimise"),
        (5, [9.234, 0.6, 0.4259], "that of B/20"),
        (5, [9.234, 0.4059, 0.9], "set to one"),
    ],
)
def test_wrong(number, answer, hint):
    feedback = ask(number, answer)
    assert not feedback.right
    assert re.search(hint, feedback.say), feedback.say


def test_fisher_interval_of_five_drugs():
    from mmlib.data import cipa_block

    record = cipa_block()
    both = np.isfinite(record.ic50[:, 0]) & np.isfinite(record.second_ic50)
    a, b = np.log(record.ic50[both, 0]), np.log(record.second_ic50[both])
    assert both.sum() == 26 and np.corrcoef(a, b)[0, 1] == pytest.approx(LABORATORIES[0], abs=1e-5)
    five = np.corrcoef(a[:5], b[:5])[0, 1]
    ends = np.tanh(np.arctanh(five) + np.array([-1, 1]) * 1.96 / np.sqrt(2))
    assert ends[1] - ends[0] == pytest.approx(LABORATORIES[1], abs=1e-5)


def test_there_are_five():
    assert pdes_animals_and_humans.__all__ == [f"exercise_{k}" for k in (1, 2, 3, 4, 5)]
