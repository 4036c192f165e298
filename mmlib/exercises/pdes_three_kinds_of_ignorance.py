"""Checkers of the chapter *Three kinds of ignorance*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, number


def exercise_1(answer):
    """Damped oscillator: variance between networks without the equation, divided by that with it."""
    factor = number(answer, "a ratio of two variances")
    if factor <= 0:
        return "A ratio of variances is positive. Did you take a logarithm, or a difference?"
    if factor < 1:
        return "Below one: is it turned over? Divide the variance without the equation by the variance with it."
    if factor < 5:
        return "Too little. Take the variance between networks where there are no readings, and train until the loss is flat."
    if factor > 1e5:
        return "Too much: is the noise drawn anew for each network with the equation too, and is the variance taken over networks?"
    return None


def exercise_2(answer):
    """Hidden growth: the coefficients of u and u^2 [1/h]."""
    a, b = array(answer, (2,), "the coefficients of u and u^2")
    if abs(a) > 0.3 or abs(b) > 0.3:
        return "These are too large for rates per hour. Are they per day?"
    if a < 0 < b:
        return "The signs are turned: cells divide where there is room. What sign does f have at small u?"
    if abs(a - 0.04) > 0.01:
        return "The first coefficient is the growth rate of a thin population; yours is off. Does the curve multiply u once?"
    if abs(b + 0.04) > 0.014:
        return "The first is right. The second says where growth stops: at u = 1 the two must nearly cancel."
    return None


def exercise_3(answer):
    """Real wells: delay of the growth [h]."""
    delay = number(answer, "a delay in hours")
    if delay < 0:
        return "A delay is positive here: growth sets in after the scratch. Check the sign in the exponent."
    if delay < 1:
        return (
            "Almost none, though little happens in the first twelve hours. Is the answer in days, or still a logarithm?"
        )
    if delay > 12:
        return "Growth is under way at the second image, after 12 h. Are all four later times in the misfit?"
    if not 4.5 <= delay <= 7.5:
        return "Near. Fit the five thinner wells together, and keep the motility D0 + D1 rho^2 free."
    return None


def exercise_4(answer):
    """Real wells one by one: six constant motilities [um^2/h]."""
    found = array(answer, (6,), "six motilities, from 10,000 to 20,000 cells")
    if (found <= 0).any():
        return "A motility is positive. Search for its logarithm."
    if found.max() < 50:
        return "These are no motilities in um^2/h. Are they still logarithms, or in mm^2 per day?"
    if np.ptp(found) < 0.05 * found.mean():
        return "All the same: are the wells fitted together? Fit each initial number on its own."
    if found[0] + found[1] > found[4] + found[5]:
        return "They fall with the number of cells. Is the order from 10,000 to 20,000?"
    if abs(found[5] / 1157 - 1) > 0.2 or abs(found[2] / 683 - 1) > 0.25:
        return "The trend is right, the sizes are not. Leave growth rate and capacity free in each fit, and use all later times."
    return None
