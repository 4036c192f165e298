"""Checkers for the exercises of `pdes/multi_fidelity`."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, number
from mmlib.systems.multi_fidelity import forrester_high


def exercise_1(answer):
    """Position and value of the minimum of the fused curve."""
    where, value = array(answer, (2,), "position and value of the minimum")
    fine = np.linspace(0, 1, 10001)
    true_where, true_value = fine[forrester_high(fine).argmin()], forrester_high(fine).min()
    if abs(where - true_value) < 0.5 and 0 <= value <= 1:
        return "You seem to have swapped the two: position first, then value."
    if not 0 <= where <= 1:
        return "The position should lie in [0, 1]. Did you pass the index on the grid instead of x?"
    if abs(where - true_where) > 0.02:
        return (
            "That is another minimum. Without the cheap data, or with the cheap curve in place of the fused one, it lands "
            "elsewhere: take the minimum of the fused prediction's mean."
        )
    if near(value, true_value, 0.005):
        return "That is the minimum of the expensive function itself. The fused curve's is asked for, as eleven and four points give it."
    if not near(value, -6.0854, 0.005):
        return (
            "The position is good, the value is not: is it the expensive function's scale, after rho and discrepancy?"
        )
    if not near(where, 0.757, 0.003):
        return "Nearly: is the grid as fine as asked, and is the position that of the lowest value on it?"
    return None


def exercise_2(answer):
    """rho after the cheap data were rescaled to 3 f_L + 5."""
    rho = number(answer, "rho")
    if abs(rho - 2) < 0.05:
        return "That is rho for the old cheap data. Fit again with the rescaled ones."
    if abs(rho - 6) < 0.1:
        return "The cheap values grew; what must their coefficient do for the product to stay the same?"
    if not near(rho, 0.66752, 0.005):
        return "Rescale the cheap values only, keep the linear trend of the discrepancy, and read `rho[0]`."
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
    """Correlation below which the animal curve is worse than the mean, without and with noise on it."""
    r, noisy = array(answer, (2,), "two correlations, without noise first")
    if not (-1 <= r <= 1 and -1 <= noisy <= 1):
        return "A correlation lies between -1 and 1."
    if abs(r - 1 / np.sqrt(2)) < 0.01:
        return "You compared variances explained. Compare mean squared errors of two predictions instead."
    if abs(r) < 0.01:
        return "That would hold for the prediction r f_animal. Here the animal curve is taken as it is, unscaled."
    if abs(r - 0.5) > 0.002:
        return "Expand the mean of (f_human - f_animal) squared; both variances are 1, the covariance is r."
    if abs(noisy - (1 + 0.4) / 2) < 0.002:
        return "The first is right. In the second a standard deviation is given; costs are variances."
    if abs(noisy - (1 - 0.4**2) / 2) < 0.002:
        return "The first is right. Does noise make the animal curve a better guess?"
    if abs(noisy - (1 + 0.4**2) / 2) > 0.002:
        return "The first is right. In the second the noise of the animal curve adds to the cost of taking it."
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
