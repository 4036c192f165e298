"""Checkers of the chapter *A physics-informed network from scratch*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, choice, near, number, parts

STRAY, MOMENT = 0.2124727, 1.53938  # of the mass: largest deviation [%], when
BY_WEIGHT = (0.33446, 0.023046)  # relative error of |h| at weights 0 and 0.01
LEFT, COEFFICIENT = 0.53992, 0.99446  # what the fit leaves over, and the coefficient of s
GROWTH = (3.4210526, 23.977778)  # longest path, operations: fourth derivative over the network, torch's graph


def exercise_1(answer):
    """Residuals: the names of those that the breather satisfies, and the size of the other."""
    names, size = parts(answer, 2, "the list of names and the size of the wrong residual")
    if isinstance(names, str):
        names = list(names.replace(",", "").replace(" ", ""))  # letters
    names, size = choice(names, "ABC", "names"), number(size, "the size of the wrong residual")
    if not names:
        return "At least one of them is right. Are the derivatives taken along the right variable, with a step that is small but not tiny?"
    if "B" in names:
        return "One of these has a residual of the size of the terms of the equation. Print the largest value of both residuals of each."
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
    if near(stray, STRAY / 100, 0.03):
        return "In per cent, please."
    if not near(stray, STRAY, 0.03):
        return "Not the largest. The mass at each time of `coarse` is a mean over x; compare it with that at the first time."
    if not near(moment, MOMENT, 0.005):
        return "The deviation is right. When is it reached, in the times of `coarse` and not as an index?"
    return None


def exercise_3(answer):
    """Errors of the field without physics and with a little: weights 0 and 0.01."""
    errors = array(answer, (2,), "two relative errors of |h|, at weights 0 and 0.01")
    if (errors < 0).any():
        return "An error is not negative."
    if near(errors / 100, BY_WEIGHT, 0.1):
        return "Relative errors, please, not per cent."
    if near(errors**0.5, BY_WEIGHT, 0.1):
        return "Those are squares."
    if near(errors[::-1], BY_WEIGHT, 0.1):
        return "The order is reversed: no physics first."
    if not near(errors[0], BY_WEIGHT[0], 0.1):
        return "The first is off. Weight 0 leaves the readings alone: 40 iterations, from the weights that `seed` draws anew."
    if not near(errors[1], BY_WEIGHT[1], 0.1):
        return "The first is right. For the second, the weight 0.01 stands at both residuals, the readings keep one."
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
        return "A second term survives. Regress on all three, drop what is below 0.2, fit again what is left, and look again."
    if abs(c[[0, 2]]).max() > 0:
        return "Set what is below 0.2 to zero, and refit the others, until none is below."
    if not near(left, LEFT, 0.05):
        return "The term is right. What is left over: the root mean square of the difference of both sides at the points of the cell."
    if not near(c[1], COEFFICIENT, 0.005):
        return "Nearly: is the coefficient of s refitted without the others?"
    return None


def exercise_5(answer):
    """Growth of the graph from a network to its fourth derivative: longest path, operations."""
    path, operations = array(answer, (2,), "two factors: of the longest path, of the number of operations")
    if min(path, operations) <= 0:
        return "Both are factors of two counts: positive."
    if near([operations, path], GROWTH, 0.02):
        return "The two are swapped: `graph` gives the operations first, the question asks for the path first."
    if max(path, operations) < 1:
        return "Turn them over: how many times longer, how many times more?"
    if path > 30 or operations > 300:
        return "Factors, not counts: divide by what stands behind the network's own output."
    if not near(path, GROWTH[0], 0.02):
        return "The path is off. Four nested derivatives, and both counts from the output of all eight layers?"
    if not near(operations, GROWTH[1], 0.02):
        return "The path is right. The operations are the first of the two numbers."
    return None
