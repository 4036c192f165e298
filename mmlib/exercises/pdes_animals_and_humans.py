"""Checkers for the exercises of `pdes/animals_and_humans`."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, swapped

BUDGET = (9.233805, 0.405942, 0.425918)  # ratio, relative variance, correlation
MIRROR = (4.32433, 0.544639)  # errors relative to human data alone: pooled, averaged over r
EVERY_DOSE = (0.365925, 14)  # width of the 90 % interval of r, eigenvalues above the noise
LABORATORIES = (0.937481, 0.376833)  # correlation of log IC50, width of the 95 % interval of the first five


def exercise_1(answer):
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


def exercise_2(answer):
    """A mirror image: error of pooling and of averaging, relative to human data alone."""
    pooled, averaged = array(answer, (2,), "two ratios, pooling first")
    if min(pooled, averaged) <= 0:
        return "A ratio of errors is positive."
    if swapped((pooled, averaged), MIRROR, 0.02):
        return "The two are swapped: pooling first."
    if near([pooled**0.5, averaged**0.5], MIRROR, 0.02):
        return "Those are ratios of squared errors: take the root."
    if not near(pooled, MIRROR[0], 0.01):
        return "Thirty mirror images outvote ten humans. Are it 200 studies with ten readings, r = -0.9, and one generator with seed 3?"
    if not near(averaged, MIRROR[1], 0.01):
        return "Pooling is right. For averaging, take the fourth number of the mean over the first."
    return None


def exercise_3(answer):
    """All doses read: width of the interval of r, and the number of values that the curve holds."""
    width, values = array(answer, (2,), "a width and a number of eigenvalues")
    if swapped((width, values), EVERY_DOSE, 0.01):
        return "The two are swapped: the width first."
    if values == 101:
        return "All eigenvalues are positive; how many exceed the noise variance?"
    if not near(width, EVERY_DOSE[0], 0.01):
        return "The width is the last number that `one_study` returns; take the mean of 100 studies with 101 readings and seed 5."
    if values != EVERY_DOSE[1]:
        return "The width is right. Count the eigenvalues of `cov` above 0.1 squared."
    return None


def exercise_4(answer):
    """Two laboratories: correlation of log IC50, and its interval's width from five drugs."""
    r, width = array(answer, (2,), "a correlation and the width of an interval")
    if swapped((r, width), LABORATORIES, 0.01):
        return "The two are swapped: the correlation first."
    if not -1 <= r <= 1:
        return "A correlation lies between -1 and 1."
    if not near(r, LABORATORIES[0], 0.003):
        return "Take logarithms of both columns, and only drugs for which both numbers are known."
    if width > 2:
        return "Transform the ends back: the width is a difference of two correlations."
    if near(width, 0.0987, 0.05):
        return "The correlation is right. For the interval take the first five drugs alone, their r and n = 5."
    if not near(width, LABORATORIES[1], 0.01):
        return "The correlation is right. With five drugs the half-width in artanh r is 1.96 over the root of two, around their own r."
    return None


def exercise_5(answer):
    """Best ratio of simulations to assays, what it saves, and from which correlation on."""
    ratio, left, least = array(answer, (3,), "a ratio, a variance and a correlation")
    if near(1 / ratio if ratio else 0.0, BUDGET[0], 0.003):
        return "The other way round: simulations for each assay."
    if not near(ratio, BUDGET[0], 0.003):
        return "Ratio: minimise (1 - r^2)/n + r^2/m at 20 n + m fixed; it is a root of 20 r^2 / (1 - r^2)."
    if not near(left, BUDGET[1], 0.003):
        return "The ratio is right. Variance: put it in, for a budget B, and divide by 20/B, that of B/20 assays."
    return (
        None
        if near(least, BUDGET[2], 0.003)
        else "Two are right. Correlation: the relative variance set to one, solved for r."
    )


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5"]
