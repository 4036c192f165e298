"""Checkers of the chapter *When does a surrogate pay?*"""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, choice, near, number, parts, swapped

DEGREE, LEAST = 5, 0.07183  # polynomial with the smallest error on the test draws, and that error [um]
ERRORS = (0.12372, 0.12768)  # standard errors of the mean reach [um]: 2,000 solved; 100 solved and the cubic


def exercise_1(answer):
    """Break-even draws with a run of 40 s and with one of 0.5 s."""
    dear, cheap = array(answer, (2,), "two break-even numbers of draws")
    if min(dear, cheap) <= 0:
        return "A number of draws is positive. Whose cost stands first in the denominator?"
    right = [(300 * c + 600) / (c - 0.01) for c in (40, 0.5)]
    if abs(dear / (600 / 39.99) - 1) < 0.02 or abs(cheap / (600 / 0.49) - 1) < 0.02:
        return "The training runs are solver runs too: 300 of them belong to the bill."
    if abs(dear / 300 - 1) < 1e-3 or abs(cheap / 300 - 1) < 1e-3:
        return "Those are the training runs alone. What does the training itself cost?"
    if abs(dear / right[0] - 1) > 5e-3:
        return "The first number is off: all costs before the first prediction, over what each prediction saves."
    if abs(cheap / right[1] - 1) > 5e-3:
        return (
            "The first is right. In the second every run costs half a second, those used for training included."
            if abs(cheap / ((300 * 40 + 600) / 0.49) - 1) < 5e-3
            else "The first is right. Put the cheaper run into the same formula."
        )
    return None


def exercise_2(answer):
    """Degree with the smallest error on the test draws, and that error [um]."""
    degree, error = array(answer, (2,), "a degree and an error in micrometres")
    if degree != round(degree) or degree < 1:
        return "A degree is a whole number, from one on."
    if degree != DEGREE:
        return "Another degree comes closer: fit each of the six to the same 500 runs, and compare on the 2,000 others."
    if not near(error, LEAST, 0.02):
        return "The degree is right. The error: the 95th percentile of the distances of the reach, on the test draws, in micrometres."
    return None


def exercise_3(answer):
    """Standard errors of the mean reach [um]: from 2,000 solved draws, and from 100 with the cubic's help."""
    plain, helped = array(answer, (2,), "two standard errors in micrometres")
    if swapped((plain, helped), ERRORS, 0.001):
        return "The two are swapped: the plain mean first."
    if not near(plain, ERRORS[0], 0.01):
        return "The plain one: the standard deviation of the 2,000 solved reaches over the root of their number."
    if not near(helped, ERRORS[1], 0.005):
        return (
            "The plain one is right. The other: variance of the 100 differences over 100, plus variance of the cubic's 2,000 answers "
            "over 2,000, and the root of the sum."
        )
    return None


def exercise_4(answer):
    """Indices of the draws that explode before t = 1, and where the draw with k = 0.9 ends."""
    indices, end = parts(answer, 2, "the list of indices and y(1) of the draw with k = 0.9")
    found = choice(indices, range(10), "the indices of draws, such as [0, 2]")
    end = number(end, "y(1) of the draw with k = 0.9")
    if not found:
        return "Nobody failed? Each k above one explodes before t = 1: is the rate exp(y), and the end at 1?"
    if found == {0, 2}:
        return "Look at the sign of the comparison: which draws have 1 / k before the end?"
    if found == {2, 4}:
        return "Python counts from zero."
    if found != {1, 3}:
        return "Compare 1 / k with the end of the run for each of the four."
    if near(end, 0.3567, 0.01):
        return "The indices are right. The second is that of the draw with k = 0.3."
    if not near(end, -np.log(0.1), 0.005):
        return (
            "The indices are right. Separate the variables: what is y(1) for k = 0.9, and does your run agree with it?"
        )
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
