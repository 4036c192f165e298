"""Checkers of the chapter *Three kinds of ignorance*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, number

MOTILITIES = (533.48, 260.54, 682.63, 570.78, 817.70, 1157.33)  # um^2/h, each initial number alone


def exercise_1(answer):
    """Damped oscillator: variance between networks without the equation over that with it, and the error with it."""
    factor, error = array(answer, (2,), "a ratio of two variances and an error")
    if factor <= 0:
        return "A ratio of variances is positive. Did you take a logarithm, or a difference?"
    if factor < 1:
        return "Below one: is it turned over? Divide the variance without the equation by the variance with it."
    if factor < 5:
        return "Too little. Take the variance between networks where there are no readings, and train until the loss is flat."
    if factor > 1e5:
        return "Too much: is the noise drawn anew for each network with the equation too, and is the variance taken over networks?"
    if error > 0.1:
        return (
            "The networks agree, on a wrong curve: compare the equation of your residual with that of the oscillator."
        )
    if not near(factor, 1135.9, 0.03):
        return "The size is plausible. Take the variance over the ten networks (ddof=1) at each of the 31 times, and the seeds as stated."
    if not near(error, 0.024980, 0.02):
        return "The factor is right. The error is that of all ten networks with the equation at the 31 times, in one root mean square."
    return None


def exercise_2(answer):
    """Hidden growth: the coefficients of u and u^2 [1/h]."""
    a, b = array(answer, (2,), "the coefficients of u and u^2")
    if abs(a) > 0.3 or abs(b) > 0.3:
        return "These are too large for rates per hour. Are they per day?"
    if a < 0 < b:
        return "The signs are turned: cells divide where there is room. What sign does f have at small u?"
    if near(a, 0.04, 1e-4) and near(b, -0.04, 1e-4):
        return "Those made the readings. Hand in what the distilled curve gives, with three digits."
    if not near(a, 0.040917, 0.015):
        return "The first coefficient is the growth rate of a thin population; yours is off. Does the curve multiply u once?"
    if not near(b, -0.041477, 0.015):
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
    if not near(delay, 5.8139, 0.01):
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
    if not near(found, MOTILITIES, 0.03):
        return "The trend is right, the sizes are not. Leave growth rate and capacity free in each fit, and use all later times."
    return None
