"""Checkers for the exercises of `pdes/multi_fidelity`."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, number, swapped

FOURTH = np.array([0.509345, 0.200201, 0.410671, 1.676080])  # each good reading from the other three, by least squares
CHOSEN = {
    1: 0.410054,
    2: 0.600156,
    3: 1.690198,
    4: 2.422834,
}  # relative error of each degree; 3 has the least left-out error
TERFENADINE = (-0.968087, 10.238181)  # shift [decades], RMS error [% block]


def exercise_1(answer):
    """Four left-out errors of the straight pair."""
    errors = array(answer, (4,), "four absolute errors, in the order of x")
    if (errors < 0).any():
        return "Absolute errors are asked for."
    if errors.max() < 1e-6:
        return "At the cheap points the relation is exact. Do the good readings stand at 0.05, 0.45, 0.65 and 0.95?"
    if near(errors[::-1], FOURTH, 0.02):
        return "The order is reversed: the first error is that of the reading at 0.05."
    if near(errors**0.5, FOURTH, 0.02) or near(errors, FOURTH**2, 0.02):
        return "Those are squares."
    if not near(errors, FOURTH, 0.02):
        return "Solve three equations for three numbers (cheap curve, one, x), then ask the reading that was not among them."
    return None


def exercise_2(answer):
    """Degree chosen by leave-one-out, and its true relative error."""
    degree, error = array(answer, (2,), "the degree B and a relative error")
    if degree not in CHOSEN and error in CHOSEN:
        return "The two are swapped: B first."
    if degree not in CHOSEN:
        return "B is 1, 2, 3 or 4."
    if degree == 1 and near(error, CHOSEN[1], 0.02):
        return (
            "That is the degree with the smallest true error, which you could not know. Choose by the left-out error."
        )
    if degree != 3:
        return "The left-out error of another degree is smaller. Are the good readings every fourth of the fifty cheap points?"
    if not near(error, CHOSEN[3], 0.02):
        return "B is right. The error asked for is that of its prediction on the 400 points of `x`, relative to the saturated curve."
    return None


def exercise_3(answer):
    """One entry of the NARGP kernel."""
    value = number(answer, "a covariance")
    rho, f, delta = np.exp(-0.5 * 0.6**2), np.exp(-0.5 * 1.5**2), np.exp(-0.5 * 1.5**2)
    if abs(value - (rho * f + delta)) < 1e-3:
        return None
    if abs(value - (rho + f + delta)) < 1e-3:
        return "You added all three. The first two are multiplied: the level below matters only together with x."
    if abs(value - rho * f * delta) < 1e-3:
        return "You multiplied all three. The discrepancy stands beside the product, not in it."
    if abs(value - rho * (f + delta)) < 1e-3:
        return "k_rho multiplies k_f only; k_delta stands alone."
    if abs(value - rho * f) < 1e-3:
        return "The discrepancy's own term is missing."
    return "Check the two distances (0.3 in x, 1.5 in f) and the factor 2 in the exponent."


def exercise_4(answer):
    """Terfenadine: the shift that one reading by hand asks for, and the error at the others."""
    moved, error = array(answer, (2,), "a shift in decades and an RMS error")
    right, left = TERFENADINE
    if near(moved, -right, 0.02):
        return "The sign: by hand it blocks at lower concentrations than the robot says."
    if swapped((moved, error), TERFENADINE, 0.02):
        return "The two are swapped: the shift first."
    if near(moved, right * np.log(10), 0.02):
        return "That is a natural logarithm. Decades are asked for."
    if not near(moved, right, 0.01):
        return "Where does the robot's curve reach the block of that one reading? The shift is the distance in log10 concentration."
    if near(error, left / 100, 0.02):
        return "Give the error in per cent block."
    if not near(error, left, 0.01):
        return "The shift is right. Leave the reading that you used out of the error, and keep the robot's slope."
    return None


CENTRE = np.array([0.90570976, 0.64956407, 0.33957175, 0.13659757, 0.05217786])  # scipy's solve_bvp at tol 1e-8


def exercise_5(answer):
    """Centre concentrations of the slab at phi = 0.5, 1, 1.5, 2, 2.5."""
    centre = array(answer, (5,), "the five centre concentrations")
    if (centre < -0.05).any() or (centre > 1.05).any():
        return "A concentration left [0, 1]. Does the trend of the discrepancy extrapolate, or are two columns swapped?"
    if np.abs(centre - 1 / np.cosh(np.array([0.5, 1, 1.5, 2, 2.5]) / np.sqrt(1.3))).max() < 0.01:
        return "That is the reduced model itself. It is the level below: fuse it with solves and sensors."
    if np.abs(centre[::-1] - CENTRE).max() < 0.01:
        return "The order is reversed: phi rises from 0.5 to 2.5."
    miss = np.abs(centre - CENTRE).max()
    if miss > 0.01:
        return (
            f"The largest error is {miss:.2f}. Give the solves a tiny noise variance and the sensors theirs (a variance, "
            "not a standard deviation), and let the reduced model be the level below."
        )
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5"]
