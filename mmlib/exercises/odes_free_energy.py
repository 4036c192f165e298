"""Checkers of the chapter *Learning a free-energy landscape*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, number


def exercise_1(answer):
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


def exercise_2(answer):
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


def exercise_3(answer):
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


def exercise_4(answer):
    """Projection: work on loops before, and errors of the slopes before and after."""
    work, before, after = array(answer, (3,), "work on loops before, error of the slopes before and after")
    if min(work, before, after) <= 0:
        return "All three are root mean squares, so they are positive."
    if work < 1e-3:
        return (
            "That is the work of a gradient. The first number belongs to the plain network as it was, for all 24 sites."
        )
    if after > 1.2 * before:
        return (
            "The projection made the slopes worse. Is the spline fitted to the network's slopes on the whole grid, not to "
            "the noisy data?"
        )
    if after < 0.3 * before:
        return "Too good: a projection removes only the curl. Was the spline fitted to the network, or to the exact slopes?"
    return None


def exercise_5(answer):
    """Errors of the slopes for hidden layers of 2, 5, 10 and 40 units."""
    errors = array(answer, (4,), "four errors of the slopes, for 2, 5, 10 and 40 units")
    if errors.min() <= 0:
        return "An error is positive: take the root of the mean square."
    if errors.max() > 0.6:
        return "One network misses even the coarse shape. Does it know of the mixing entropy, and was it trained to the end?"
    if errors.min() < 0.008:
        return "Below what noisy data allow. Compare with the exact slopes on the grid, not with a part of the training data."
    if errors[0] < 1.2 * errors[1:].min():
        return "Two units should be too few. Is the order 2, 5, 10, 40, and are both hidden layers that narrow?"
    if np.argmin(errors) == 0:
        return "The narrowest network should not win. Check the order of the four."
    return None
