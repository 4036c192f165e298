"""Checkers of the chapter *A physics-informed network from scratch*."""

from __future__ import annotations

from mmlib.exercises import AnswerError, array, number


def exercise_1(answer):
    """Residuals: the names of those that the breather satisfies."""
    if isinstance(answer, str):
        answer = answer.replace(",", "").replace(" ", "")  # letters
    try:
        names = {str(n).strip().upper() for n in answer}
    except TypeError:
        raise AnswerError(f"Expected a list of names, such as ['A']; got {type(answer).__name__}.") from None
    unknown = names - {"A", "B", "C"}
    if unknown:
        raise AnswerError(f"Expected names out of 'A', 'B', 'C'; got {sorted(unknown)}.")
    if not names:
        return "At least one of them is right. Are the derivatives taken along the right variable, with a step that is small but not tiny?"
    if "B" in names:
        return "One of these has a residual of the size of the solution. Print the largest value of both residuals of each."
    if len(names) == 1:
        return "That one is right. Does an equation become wrong when it is multiplied by minus one, or written second?"
    return None


def exercise_2(answer):
    """Mass: largest deviation from its initial value [%]."""
    stray = number(answer, "the largest deviation of the mass, in per cent")
    if stray < 0:
        return "A largest deviation is not negative: take the modulus before the maximum."
    if stray < 1e-6:
        return "That is round-off, as the solver has it. Is it the network's mass that you followed?"
    if stray > 50:
        return "That is close to the mass itself. Divide by the mass at the first time and subtract one."
    if stray > 2:
        return "Too much for a network this close to the solution. Is it the mean of |h|^2, over x, at each time?"
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
    if abs(one - 2) > 0.2:
        return (
            "The first order is off. Compare both methods at the final time, on the same 64 points, and fit logarithms."
        )
    if not 3.6 < three < 4.2:
        return "The first is right. For the second, keep to 200 to 800 steps: fewer is too coarse, many more meets round-off."
    return None


def exercise_4(answer):
    """Missing term: (c0, c1, c2) of n(s)."""
    c = array(answer, (3,), "three coefficients (c0, c1, c2)")
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
    if not 7 < ratio < 12:
        return "Count the sum of both residuals at once, so that what they share is counted once."
    return None
