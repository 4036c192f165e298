"""Checkers of the chapter *The law has a missing piece*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, number

MOTILITIES = (533.48, 260.54, 682.63, 570.78, 817.70, 1157.33)  # um^2/h, each initial number alone
FILM = (303.682, 3843.25)  # um^2/h, of the film with seed [0, 4]
FORECAST = 0.368317  # per cent, in the wide dish
DEVIATIONS = (0.490886, 0.0793302)  # of ln D at 0.8: one dish, two dishes


def exercise_1(answer):
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


def exercise_2(answer):
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


def exercise_3(answer):
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


def exercise_4(answer):
    """Law of a film: D0 and D1 [um^2/h] and the error of its forecast [%]."""
    D0, D1, error = array(answer, (3,), "D0, D1 and an error in per cent")
    if near(D0, FILM[1], 0.02) and near(D1, FILM[0], 0.02):
        return "The two are swapped: the constant part first."
    if near(D0, 24e-6 * FILM[0], 0.02):
        return "That is in mm^2 per day. One um^2/h is 24e-6 mm^2/day."
    if not near(D0, FILM[0], 0.01):
        return "D0 is the coefficient of u_xx, in um^2/h. Is the film the one of the cell, and are p=1e-3 and derivatives=(0, 2) as stated?"
    if near(D1, FILM[1] / 3, 0.01):
        return "D0 is right. D1 is three times the coefficient of (u^3)_xx: differentiate u^3."
    if not near(D1, FILM[1], 0.01):
        return "D0 is right. D1 follows from the coefficient of (u^3)_xx: D1 u^2 u_x is a third of D1 times the slope of u^3."
    if not near(error, FORECAST, 0.02):
        return "The law is right. Put its growth into `simulate` too, per hour, start from the wide dish, and take `error` against `truth_new`."
    return None


def exercise_5(answer):
    """Standard deviation of ln D at density 0.8 by two designs."""
    one, two = array(answer, (2,), "two standard deviations of ln D")
    if near(one, DEVIATIONS[1], 0.02) and near(two, DEVIATIONS[0], 0.02):
        return "The two are swapped: one dish first."
    if near(one, DEVIATIONS[0] ** 2, 0.02):
        return "That is a variance: take the square root."
    if near(one, DEVIATIONS[0] / 0.02, 0.02):
        return "The noise is missing: multiply by it."
    if not near(one, DEVIATIONS[0], 0.01):
        return "One dish: 40 places at 3 times give 120 rows; the fifth of the six values stands at 0.8. Is the noise squared before both B and the inverse?"
    if not near(two, DEVIATIONS[1], 0.01):
        return "One dish is right. Two: 60 rows from each, one below the other, in the same six values."
    return None
