"""Checkers of the chapter *Learning a free-energy landscape*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, number


def exercise_1(answer):
    """The mended height g(0.5, 0.3) - g(0.5, 0) of the whole lattice [k_B T]."""
    height = number(answer, "a difference of heights of the whole lattice, in k_B T")
    if abs(height + 1.8727) < 0.02:
        return "That is the colleague's number. To which coordinate does the slope belong?"
    if height > 0:
        return "The sign: is the ordered state at 0.3 higher or lower than the disordered one?"
    if abs(height * 24 + 1.3863) < 0.02:
        return "The right height of one site. How many sites has the lattice?"
    if abs(height + 3.07) < 0.3 or height < -2.5:
        return "The path went too far. The means run ahead of their springs: stop where the mean, not the centre, reaches 0.3."
    if abs(height + 1.3863) > 0.01:
        return (
            "Integrate the slope over the mean order, from zero to exactly 0.3. Are the ends right and the steps small?"
        )
    return None


def exercise_2(answer):
    """Two splines and the nearest surface: work on loops before, errors of the slopes before and after."""
    work, before, after = array(answer, (3,), "work on loops before, error of the slopes before and after")
    if min(work, before, after) <= 0:
        return "All three are root mean squares, so they are positive."
    if work < 1e-3:
        return "That is the work of a gradient. The first number belongs to the two splines as they were."
    if abs(work * 24 - 0.32013) < 0.004:
        return "That is the work of one site. How many sites has the lattice?"
    if abs(work - 0.32013) > 0.004:
        return (
            "The work: is it the root mean square over the loops of the sum around each, for two splines fitted to the data "
            "of the exercise (x_own, mu_own), not to the chapter's?"
        )
    if abs(before - after) < 1e-3 * before:
        return (
            "Before and after are equal. Is the third the error of the surface that was fitted to the splines' slopes?"
        )
    if abs(before - 0.04234) < 0.0005 and abs(after - 0.05408) < 0.0005:
        return "The two errors seem to have changed places."
    if abs(before - 0.05408) > 0.0005:
        return "The error before: compare the slopes of the two splines with the exact ones, on our grid."
    if after < 0.03:
        return "Too good: a projection removes only the curl. Was the surface fitted to the splines, or to the exact slopes?"
    if abs(after - 0.04234) > 0.0005:
        return "The error after: is the surface fitted to the splines' slopes on the whole grid, not to the noisy data?"
    return None


def exercise_3(answer):
    """Detailed balance on 2 x 2 sites: largest violation and second eigenvalue of the 16 x 16 matrix."""
    violation, second = array(answer, (2,), "the largest violation of detailed balance and the second eigenvalue")
    if violation < 0:
        return (
            "A largest absolute violation is not negative. Take the absolute value of the difference of the two flows."
        )
    if violation > 1e-10:
        return "The two flows should agree to round-off. Is the weight that T accepts by the same as the one in P, springs included?"
    if abs(second - 1) < 1e-6:
        return (
            "One is the first eigenvalue: every Markov matrix has it. Sort the real parts and take the next one. If that is "
            "one as well, some states cannot be reached."
        )
    if second > 1 or second < -1:
        return "No eigenvalue of a Markov matrix is larger than one. Do the rows of T sum to one?"
    if abs(second - 0.8937) > 2e-3:
        return (
            "Detailed balance holds, for another matrix. Check that each of the four sites is picked with the same chance, that neighbours "
            "count twice, and that the spring is multiplied by the number of sites."
        )
    return None


def exercise_4(answer):
    """Onset of order at c = 0.5: repulsion by mean field and by counting."""
    field, counted = array(answer, (2,), "two repulsions, by mean field and by counting")
    if abs(counted - 1) < 5e-3 and abs(field - 1) > 5e-3:
        return "The two seem to have changed places."
    if abs(field - 1) > 5e-3:
        return (
            "The first: write the second derivative of the mean-field formula at (0.5, 0) by hand. When does it vanish?"
        )
    if abs(counted - 1.7627) < 5e-3:
        return "The second is the value of the infinite lattice. Ask the lattice of 24 sites."
    if abs(counted - 1) < 5e-3:
        return "Both are the mean-field value. Does the second root search call the exact slopes?"
    if abs(counted - 1.2575) > 1e-2:
        return "The second: find where the exact slope along the order, just beside zero, changes sign. Is phi = 4, the shape (4, 6)?"
    return None


def exercise_5(answer):
    """Errors of the slopes of one spline with 1, 2, 5 and 12 intervals along each side."""
    errors = array(answer, (4,), "four errors of the slopes, for 1, 2, 5 and 12 intervals")
    if errors.min() <= 0:
        return "An error is positive: take the root of the mean square."
    off = abs(errors / KNOTS - 1) > 0.01
    if not off.any():
        return None
    if (abs(np.sort(errors) / np.sort(KNOTS) - 1) < 0.01).all():
        return "The right four numbers in another order: 1, 2, 5, 12 intervals."
    if errors.min() < 0.02:
        return "Below what these data allow. Compare with the exact slopes on the grid, not with the training data."
    return (
        f"Number {int(np.flatnonzero(off)[0]) + 1} of the four is off. Is it one spline, told of nothing, on the data x_own, mu_own of "
        "exercise 2, compared with the exact slopes on our grid?"
    )


# As computed with the stated seeds: a linear solve, which moves by less than a thousandth of the tolerance when the data are
# perturbed in their last bits.
KNOTS = np.array([0.147596, 0.079951, 0.076081, 0.097110])
