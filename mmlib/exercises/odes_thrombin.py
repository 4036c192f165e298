"""Checkers of the chapter *What does a thrombin curve tell about the reactions behind it?*: published constants, no chance."""

from __future__ import annotations

from mmlib.exercises import array, near

SIXTH, BOUND = 0.777180, 0.562058  # error of the sixth combination: one curve; with thrombin bound to antithrombin
LAGS = (144.497, 265.242, 110.869, 105.848)  # 5 and 15 nM of VII, then without its binding to tissue factor [s]
DOSE = (200.0, 1.333596)  # dose of the largest area [nM], factor over no drug


def exercise_1(answer):
    """Equal curves until a sixth combination is told, and the error of the sixth by one."""
    got = array(answer, (2,), "a number of curves and an error")
    if not near(got[1], SIXTH, 0.005):
        return "Error: one over the sixth singular value of S, at the published constants."
    if got[0] in (2, 3):
        return "The error falls with the square root of the number of curves: square the ratio of errors."
    return None if got[0] == 5 else "Curves come whole: the smallest whole number that brings the error to FACTOR."


def exercise_2(answer):
    """Combinations and constants without a calibrator."""
    got = array(answer, (2,), "two counts: combinations, constants")
    if near(got, (5, 2), 0):
        return "These are the counts with a calibrator. Project each column of S: S - q (q^T S), with q of length one."
    if near(got, (1, 4), 0):
        return "Combinations first, then constants."
    if got[0] != 4:
        return "Combinations: q is c / error(c) divided by its length; count those of S - q (q^T S)."
    return None if got[1] == 1 else "Combinations are right. Constants: spreads of the projected rows, below FACTOR."


def exercise_3(answer):
    """Combinations with bound thrombin as the second measurement, and the error of the sixth."""
    got = array(answer, (2,), "a count and an error")
    if near(got[1], SIXTH, 0.005):
        return (
            "That is the error with the curve alone: stack its rows S and those of bound thrombin over error(c, 5.0)."
        )
    if not near(got[1], BOUND, 0.005):
        return "Error: one over the sixth singular value of both row blocks; IIa_ATIII and mIIa_ATIII are summed first."
    return None if got[0] == 5 else "The error is right. Count the combinations below FACTOR."


def exercise_4(answer):
    """Dose of the largest area, and its factor."""
    got = array(answer, (2,), "a dose and a factor")
    if got[0] != DOSE[0]:
        return "Dose: the largest area under IIa + 1.2 mIIa over 2,400 s, with the constants of the text."
    return None if near(got[1], DOSE[1], 0.005) else "The dose is right. Factor: its area over that without the drug."


def exercise_5(answer):
    """Lags with little and much factor VII, with and without its binding."""
    got = array(answer, (4,), "four lags in seconds")
    if near(got[[1, 0, 3, 2]], LAGS, 0.004):
        return "5 nM first, then 15 nM, in both pairs."
    if not near(got[:2], LAGS[:2], 0.004):
        return "The first two: VII alone is changed, VIIa stays at 0.1 nM; the lag is the time to 2 nM."
    return (
        None if near(got[2:], LAGS[2:], 0.004) else "The first two are right. Without binding: k2=1e-12, VII as before."
    )
