"""Checkers of the chapter *A case: an inverse problem started at its answer*."""

from __future__ import annotations

from mmlib.exercises import array, near, number


def exercise_1(answer):
    """Hide the answer: median relative error of the middle of a range one decade wide."""
    off = number(answer, "the median relative error of a start")
    if near(off, 0.52022, 0.01):
        return None
    if off < 0:
        return "An error has no sign here: take its size before the median."
    if 50 <= off <= 54:
        return "Relative, not in per cent."
    if off < 0.05:
        return "So small? Is u drawn anew for each range, or is the middle of each range still the truth?"
    if 0.62 <= off <= 0.67:
        return "That is the mean. Ranges that lie high pull it up; the median is asked for."
    if 0.71 <= off <= 0.77 or 1.2 <= off <= 1.35:
        return "That is the middle on a linear scale. Take the middle of the exponents."
    return (
        "The start is the truth times 10 to the power of what? Draw many u and look at the size of start / truth - 1."
    )


def exercise_2(answer):
    """Glucose at which the uptake is five per cent below its ceiling."""
    glucose = number(answer, "a concentration in mg/dl")
    if abs(glucose - 43.14) < 0.1:
        return None
    if abs(glucose - 0.739) < 0.02:
        return "That uptake is at five per cent of its ceiling. It is to be five per cent below."
    if abs(glucose / 43.14 - 10) < 0.2 or abs(glucose / 43.14 - 100) < 2 or abs(glucose / 43.14 - 0.1) < 0.02:
        return "Right but for the unit: amount in mg, space in l, and 10 dl to the litre."
    if glucose < 0:
        return "A concentration is positive: the logarithm of a small number is negative, and so is the exponent."
    return "Set exp(-G / (Vg C2)) to the share that is missing, solve for G, and divide by the space."


def exercise_3(answer):
    """Readings needed to know C2 to ten per cent."""
    needed = number(answer, "a number of readings")
    if near(needed, 30578, 0.01):
        return None
    if 2.5e3 <= needed <= 5.5e3:
        return "A standard deviation falls with the root of the number of readings, not with the number."
    if needed < 362:
        return "Fewer than there were? By which factor must the standard deviation fall?"
    if 2.2e4 <= needed <= 5.5e4:
        return "The right size. Take the least standard deviation of C2 with all its digits, at the truth and for the 360 even times."
    return "Take the least standard deviation of C2 in per cent, its ratio to ten, and how it falls with more readings."


def exercise_4(answer):
    """A real sensor: parameters known to better than thirty per cent, and the smallest standard deviation [%]."""
    known, least = array(answer, (2,), "how many of the seventeen, and the smallest standard deviation in per cent")
    if known == 4 and near(least, 4.9359, 0.01):
        return None
    if near(least, 0.049359, 0.01):
        return "The smallest is a share; hand it in in per cent."
    if known == 4:
        return "The number is right. The second is the smallest of the seventeen standard deviations, in per cent."
    if known != round(known) or not 0 <= known <= 17:
        return "A whole number from 0 to 17 is asked for."
    if known >= 14:
        return "So many are known with the noise of the text. Here it is five per cent of each reading."
    return (
        "Divide each row of slopes by the noise of that reading; then the inverse's diagonal, its root, and per cent."
    )


def exercise_5(answer):
    """Hold out a meal: error of the best fit on the later readings, and how many parameters are off by 2 %."""
    off, wrong = array(answer, (2,), "a root mean square in mg/dl and a number of parameters")
    if off < 0:
        return "A root mean square is not negative."
    if off < 0.1:
        return "That is below the noise. Did you compare with the readings from minute 1000 on, not with the curve behind them?"
    if off > 3:
        return "That is far off. Did you choose the fit with the smallest rms among the four, and pass times from 0 on?"
    if wrong != round(wrong) or not 0 <= wrong <= 17:
        return "The second is a number of parameters, from 0 to 17."
    if not near(off, 0.15076, 0.004):
        return (
            "The right size. Is it noise first and then four starts, 40 iterations, steps of 5 min, the noisy readings, and with four "
            "digits?"
        )
    if wrong != 7:
        return (
            "The error is right. Compare the parameters of that same fit with the truth, each relative to its own size."
        )
    return None
