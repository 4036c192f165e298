"""Checkers of the chapter *The reproducibility contract*."""

from __future__ import annotations

from mmlib import claims
from mmlib.exercises import AnswerError, array

HALF, NINE_TENTHS = 10.986122886681098, 21.972245773362197  # [day], 5 ln 9 and 5 ln 81: r = 0.2 a day, from one tenth
OF_THIRTY = (21, 0.506041)  # fewest wins whose Clopper-Pearson interval excludes one half, and its lower end
ORDERS = (2.005273, 2.004939)  # from 80 to 160 intervals: mended, and with the wrong biology
KEPT = (10.0, 1.856784)  # seed 0: failures [%] among fifty kept networks, ratio of medians
P_DEPTH = (0.014829, 0.277778)  # exact, 3 widths by 4 depths and by 3


def exercise_1(answer):
    """Write a promise: a condition that holds for the right day and breaks when the rate is off by half a per cent."""
    if not isinstance(answer, str):
        raise AnswerError(f"Expected a condition as text, such as '>= 1 and <= 2'; got {type(answer).__name__}.")
    try:
        right = claims.holds(answer, NINE_TENTHS)
    except ValueError:
        raise AnswerError(
            f"Expected comparisons joined by 'and', such as '>= 1 and <= 2'; got {answer!r}. Use <, <=, >, >= or ==."
        ) from None
    if not right:
        if claims.holds(answer, HALF):
            return "That promise is about the day of one half. Solve the closed form for nine tenths."
        return "A good solver would break this promise. Which day does the closed form give for nine tenths?"
    if not all(claims.holds(answer, NINE_TENTHS * (1 + e)) for e in (-1e-6, 1e-6)):
        return "True here, but another computer or solver differs in the last digits: leave it a little room."
    for rate, word in ((1.005, "high"), (0.995, "low")):
        if claims.holds(answer, NINE_TENTHS / rate):
            return f"A growth rate half a per cent too {word} would pass. On which side is the promise too generous?"
    return None


def exercise_2(answer):
    """How many wins of thirty: the number of wins, and the lower end of its interval."""
    wins, low = array(answer, (2,), "a number of wins and a share")
    if wins != round(wins) or not 0 <= wins <= 30:
        return f"The first is a whole number from 0 to 30; got {wins:g}."
    if not 0 <= low <= 1:
        return "The lower end is a share, between 0 and 1."
    if wins == OF_THIRTY[0] - 1:
        return "One win less: there the interval still holds one half. Is it the two-sided interval of 95 %?"
    if wins > OF_THIRTY[0]:
        return "Fewer wins are enough: look for the first whose interval lies above one half."
    if wins < OF_THIRTY[0]:
        return "With so few wins the interval still holds one half."
    if abs(low - OF_THIRTY[1]) > 5e-4:
        return "The number is right. Give the lower end of its interval with three digits, as `proportion_ci` has it."
    return None


def exercise_3(answer):
    """Is the equation solved right: measured orders of the mended solver, with the right and the wrong biology."""
    orders = array(answer, (2,), "two measured orders, the mended solver first")
    if min(orders) < 0:
        return "The order is positive when the error falls with more intervals: which ratio did you invert?"
    if abs(orders[0] - 1) < 0.2:
        return "That is the order with the fault. Which neighbour should stand beyond a closed end?"
    if abs(orders[1] - 1) < 0.2:
        return "The first is right. Mend the wall for the wrong biology, too."
    if orders[1] < 0.5:
        return "So low an order means that solver and source disagree. Pass the wrong `reaction` to `order`."
    if max(abs(orders - ORDERS)) > 0.002:
        return "Give three decimals, measured from 80 to 160 intervals."
    return None


def exercise_4(answer):
    """Two short runs or one long one: failures [%] of the kept networks, and the ratio of medians, with seed 0."""
    failed, ratio = array(answer, (2,), "failures in per cent and a ratio of medians")
    if not 0 <= failed <= 100:
        return f"{failed:g} is no share in per cent."
    if 0 < failed < 1:
        return "Give the failures in per cent of the fifty."
    if failed > 15:
        return "So many fail only without a choice, or when the larger loss is kept."
    if abs(failed - KEPT[0]) > 0.5:
        return "Neighbours are (0, 1), (2, 3), …: reshape(50, 2), and choose by `half_loss`. Is the seed 0?"
    if abs(ratio * KEPT[1] - 1) < 0.01:
        return "The failures are right. Turn the ratio round: kept over fully trained."
    if abs(ratio - KEPT[1]) > 0.01:
        return "The failures are right. Divide the median of the kept errors by that of all hundred full trainings."
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
    if abs(every / P_DEPTH[0] - 1) > 0.01:
        return "The first is not that of four depths in three rows. Rows are what is repeated, columns what is ordered."
    if abs(deeper / P_DEPTH[1] - 1) > 0.01:
        return "The first is right. For the second leave out the networks of two layers and keep the three widths."
    return None
