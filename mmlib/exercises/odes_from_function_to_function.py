"""Checkers of the chapter *From a function to a function*: all chance comes from the seeds that the exercises state."""

from __future__ import annotations

from mmlib.exercises import array, near, swapped

RULES = (3.60246e-9, 2.00796e-16)  # mean squared errors: trapezoid, integral of the spline
TOP = (0.134, 0.962932)  # share of signals past the top, share of the error they carry
POLYNOMIALS = (2.65618e-2, 3.60087e-3)  # mean squared errors of degree two and three
LAW = (1.31233, 3.99736e-5)  # kappa, mean squared error of the responses it predicts


def exercise_1(answer):
    """Integration of the readings: trapezoid rule and spline."""
    trapezoid, spline = array(answer, (2,), "two mean squared errors, trapezoid and spline")
    if swapped((trapezoid, spline), RULES, 0.05):
        return "The two are swapped: the trapezoid rule first."
    if near(trapezoid, RULES[0] ** 0.5, 0.01):
        return "That is a root mean squared error: leave the root out."
    if not near(trapezoid, RULES[0], 0.01):
        return "The trapezoid rule first: its running sum starts with zero at the first sensor; 200 signals, seed 1, against the integral in closed form."
    if not near(spline, RULES[1], 0.05):
        return "The trapezoid rule is right. Integrate the cubic spline through the readings exactly: it has an antiderivative."
    return None


def exercise_2(answer):
    """Shares of signals past the top, and of the error that they carry."""
    signals, error = array(answer, (2,), "two shares, of signals and of error")
    if not (0 <= signals <= 1 and 0 <= error <= 1):
        return "Give shares between 0 and 1."
    if swapped((signals, error), TOP, 0.01):
        return "The two are swapped: the share of signals first."
    if near(signals, 1 - TOP[0], 0.001):
        return "Those are the signals that stay below the top."
    if not near(signals, TOP[0], 0.001):
        return (
            "Which of the 500 responses exceed pi in size at any sensor? Signals from seed 3, either direction counts."
        )
    if not near(error, TOP[1], 0.005):
        return "The share of signals is right. Of the squared error summed over all signals and sensors, how much do these carry? Train on seed 2."
    return None


def exercise_3(answer):
    """Ridge polynomials of degree two and three."""
    two, three = array(answer, (2,), "two mean squared errors, of degree two and of degree three")
    if min(two, three) <= 0:
        return "A mean squared error is positive."
    if swapped((two, three), POLYNOMIALS, 0.02):
        return "The two are swapped: degree two first."
    if not near(two, POLYNOMIALS[0], 0.02):
        return "Degree two first: `PolynomialFeatures(2)` of the twelve components, `RidgeCV` to the eight modes, tested on the 500 signals of seed 3."
    if not near(three, POLYNOMIALS[1], 0.03):
        return "Degree two is right. For degree three the same pipeline with the same penalties."
    return None


def exercise_4(answer):
    """The constant of a known law from three noisy responses, and what it predicts."""
    kappa, error = array(answer, (2,), "kappa and a mean squared error")
    if near(kappa, 1.3, 1e-3):
        return "That is the constant that made the data; noise moves the estimate away from it."
    if not near(kappa, LAW[0], 2e-3):
        return "Least squares over all 300 readings at once, one unknown; signals from seed 4, noise from seed 5."
    if near(error, LAW[1] ** 0.5, 0.02):
        return "The constant is right. Hand in the mean square, not its root."
    if not near(error, LAW[1], 0.04):
        return "The constant is right. Compare the responses to `others` under your constant with those under 1.3, without noise."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
