"""Checkers of the chapter *A physics-informed network from scratch*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, choice, near, number, parts


def exercise_1(answer):
    """Residuals: the names of those that the breather satisfies, and the size of the other."""
    names, size = parts(answer, 2, "the list of names and the size of the wrong residual")
    if isinstance(names, str):
        names = list(names.replace(",", "").replace(" ", ""))  # letters
    names, size = choice(names, "ABC", "names"), number(size, "the size of the wrong residual")
    if not names:
        return "At least one of them is right. Are the derivatives taken along the right variable, with a step that is small but not tiny?"
    if "B" in names:
        return "One of these has a residual of the size of the solution. Print the largest value of both residuals of each."
    if len(names) == 1:
        return "That one is right. Does an equation become wrong when it is multiplied by minus one, or written second?"
    if not near(size, 11.965, 0.005):
        return "The names are right. The size is the largest of both residuals of the wrong one, over the 61 places at t = 0.3."
    return None


def exercise_2(answer):
    """Mass: largest deviation from its initial value [%], and when."""
    stray, moment = array(answer, (2,), "the largest deviation of the mass, in per cent, and its time")
    if stray < 0:
        return "A largest deviation is not negative: take the modulus before the maximum."
    if stray < 1e-6:
        return "That is round-off, as the solver has it. Is it the network's mass that you followed?"
    if stray > 50:
        return "That is close to the mass itself. Divide by the mass at the first time and subtract one."
    if stray > 2:
        return "Too much for a network this close to the solution. Is it the mean of |h|^2, over x, at each time?"
    if near(stray, 1.69757e-4, 0.03):
        return "In per cent, please."
    if not near(stray, 0.0169757, 0.03):
        return "Not the largest. The mass at each time of `coarse` is a mean over x; compare it with that at the first time."
    if not near(moment, 0.40841, 0.005):
        return "The deviation is right. When is it reached, in the times of `coarse` and not as an index?"
    return None


def exercise_3(answer):
    """Order in time of one turn and of three turns."""
    one, three = array(answer, (2,), "two orders: one turn, three turns")
    if max(one, three) < 0:
        return "Errors fall as the number of steps grows: what sign does that give the slope?"
    if one > 3 > three:
        return "These look swapped: the plain method first."
    if abs(one - 1) < 0.3:
        return "Order one: is the focusing split evenly, half before and half after the dispersion?"
    if not near(one, 1.9918, 0.003):
        return (
            "The first order is off. Compare both methods at the final time, on the same 64 points, and fit logarithms."
        )
    if not near(three, 3.8920, 0.005):
        return "The first is right. For the second, keep to 200 to 800 steps: fewer is too coarse, many more meets round-off."
    return None


def exercise_4(answer):
    """Missing term: (c0, c1, c2) of n(s), and what the fit leaves over."""
    *c, left = array(answer, (4,), "three coefficients (c0, c1, c2) and what is left over")
    c = np.array(c)
    if abs(c[1] + 1) < 0.1:
        return "The size is right. On which side of the equation does n(s) h stand?"
    if abs(c[2] - 1) < 0.1 and abs(c[1]) < 0.1:
        return "One power too many: which power of s multiplies c1 after the multiplication by the conjugate of h?"
    if abs(c[1] - 1) > 0.1:
        return "The coefficient of s is off. Is the dispersion one half, and are both parts, of u and of v, in the product?"
    if abs(c[[0, 2]]).max() >= 0.2:
        return "A second term survives. Regress on all three, drop what is below 0.2, and fit again what is left."
    if abs(c[[0, 2]]).max() > 0:
        return "Set what is below 0.2 to zero, and refit the others."
    if not near(left, 0.24137, 0.05):
        return "The term is right. What is left over: the root mean square of the difference of both sides at the points of the cell."
    if not near(c[1], 0.99723, 0.005):
        return "Nearly: is the coefficient of s refitted without the others?"
    return None


def exercise_5(answer):
    """Price of the residual: ratio of the numbers of operations."""
    ratio = number(answer, "a ratio of numbers of operations")
    if ratio <= 0:
        return f"{ratio:g} is no ratio of two counts."
    if ratio < 1:
        return "Turn it over: how many times more operations has the residual?"
    if 1.5 < ratio < 5.5:
        return "`graph` returns two numbers: the operations come first, the longest path second. Are both residuals in?"
    if ratio > 30:
        return "A ratio, not a count: divide by the operations behind the network's output."
    if not near(ratio, 28 / 3, 0.02):
        return "Count the sum of both residuals at once, so that what they share is counted once."
    return None
