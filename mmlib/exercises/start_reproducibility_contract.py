"""Checkers of the chapter *The reproducibility contract*."""

from __future__ import annotations

import numpy as np

from mmlib import claims
from mmlib.exercises import AnswerError, array, number

_DAY = 5 * np.log(81)  # nine tenths of the final size, r = 0.2 a day, from one tenth


def exercise_1(answer):
    """Write a promise: a condition that holds for the right day and breaks when the rate is off by one per cent."""
    if not isinstance(answer, str):
        raise AnswerError(f"Expected a condition as text, such as '>= 1 and <= 2'; got {type(answer).__name__}.")
    try:
        right = claims.holds(answer, _DAY)
    except ValueError:
        raise AnswerError(
            f"Expected comparisons joined by 'and', such as '>= 1 and <= 2'; got {answer!r}. Use <, <=, >, >= or ==."
        ) from None
    if not right:
        if claims.holds(answer, 5 * np.log(9)):
            return "That promise is about the day of one half. Solve the closed form for nine tenths."
        return "A good solver would break this promise. Which day does the closed form give for nine tenths?"
    if not all(claims.holds(answer, _DAY * (1 + e)) for e in (-1e-6, 1e-6)):
        return "True here, but another computer or solver differs in the last digits: leave it a little room."
    for rate, word in ((1.01, "high"), (0.99, "low")):
        if claims.holds(answer, _DAY / rate):
            return (
                f"A growth rate that is one per cent too {word} would pass. On which side is the promise too generous?"
            )
    return None


def exercise_2(answer):
    """Find the bug: measured order of the mended version of Heun's method."""
    p = number(answer, "a measured order")
    if p < 0:
        return "The order is positive when the error falls with more steps: which of the two ratios did you invert?"
    if abs(p - 1) < 0.2:
        return "That is the order of the version with the bug. At which point of the step should the second slope be taken?"
    if abs(p - 4) < 0.3:
        return "Order four belongs to the four slopes of Runge and Kutta; two slopes cannot reach it."
    if abs(p - 2) > 0.15:
        return "Measure at the two finest grids, and compare with the exact size on the last day."
    return None


def exercise_3(answer):
    """Choose without the truth: share of groups [%] whose network of smallest loss fails."""
    share = number(answer, "a share of the forty groups, in per cent")
    if not 0 <= share <= 100:
        return f"{share:g} is no share in per cent."
    if share > 20:
        return "So many fail only when the chosen network is the wrong one: the smallest loss of the five, not the largest."
    if share > 5:
        return "That is about the share of failures among all runs. Is the choice made by the loss, within each group?"
    return None


def exercise_4(answer):
    """When pairs do not help: how often [%] sine wins with independent runs, and seed by seed."""
    independent, paired = array(answer, (2,), "two shares in per cent, independent runs first")
    if min(independent, paired) < 0 or max(independent, paired) > 100:
        return "A share in per cent lies between 0 and 100."
    if max(independent, paired) <= 1:
        return "Give both shares in per cent."
    if independent > 50:
        return "The method with the larger median does not win most comparisons. Which of the two errors should be the smaller one?"
    if paired > independent:
        return "A shared seed cannot make the comparison worse here. Did you swap the two?"
    if independent < 25:
        return "One independent run of each: every error of one method meets every error of the other."
    if paired < 12:
        return "That is near the result for half the training. Were the errors in the pairs those of the sine networks?"
    return None


def exercise_5(answer):
    """Does depth help? Page's p-values with four depths and without the shallowest."""
    every, deeper = array(answer, (2,), "two p-values, all depths first")
    if not (0 <= every <= 1 and 0 <= deeper <= 1):
        return "A p-value lies between 0 and 1."
    if every > 0.9:
        return "Page's test expects values that rise from the first column to the last. Errors that fall with depth do what?"
    if every > deeper:
        return "The trend over all depths is the stronger one. Did you swap the two?"
    if abs(every / _P_DEPTH[0] - 1) > 0.05:
        return "The first is not that of four depths in three rows. Rows are what is repeated, columns what is ordered."
    if abs(deeper / _P_DEPTH[1] - 1) > 0.05:
        return "The first is right. For the second leave out the networks of two layers and keep the three widths."
    return None


_P_DEPTH = (0.014829, 0.277778)  # exact, 3 widths by 4 depths and by 3
