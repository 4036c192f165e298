"""Checkers of the chapter *Gaussian processes with a law*. Chance comes from the seeds that the exercises state."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

HEAT = (43.301270, 0.57735027)  # prior standard deviation of the heat, correlation with the temperature
DEPTHS = (0.48, 0.19)  # largest standard deviation with the law, without
FLOW = (6.16796, 103.328)  # flow, gain in the logarithm of the likelihood
SQUARE = (0.0716013, 6.925)  # mean at the middle, distance of the truth in standard deviations
REST = (0.0187141, 0.0731439, 0.0249036)  # errors with a remainder, with the law alone, without probes
AVERAGES = (0.2123026, 0.04222698)  # errors: read as values, read as averages


def exercise_1(answer):
    """Standard deviation of the heat and its correlation with the temperature."""
    got = array(answer, (2,), "a standard deviation and a correlation")
    if near(got[0], HEAT[0] ** 2, 0.01):
        return "That is the variance: take its root."
    if near(got[0], 25.0, 0.01):
        return "That is the second derivative of k at zero, the covariance of u and f. The variance of f takes four derivatives."
    if not near(got[0], HEAT[0], 0.005):
        return (
            "The variance of f = -u'' is the fourth derivative of k at r = 0: for a Gaussian kernel 3 s^2 / length^4."
        )
    if near(got[1], -HEAT[1], 0.005):
        return "The size is right. The sign: f is minus the curvature, so it is high where u is high."
    return (
        None
        if near(got[1], HEAT[1], 0.005)
        else "Correlation: covariance s^2 / length^2 over both standard deviations."
    )


def exercise_2(answer):
    """Depths of the largest standard deviation."""
    hints = (
        "the depth with the law",
        "With the law: both kinds of readings, noise=sd**2, exact faces; grid[p.sd.argmax()].",
        "With the law it is right. Without: the same call with sources None; the noise is still told.",
    )
    return pair(answer, DEPTHS, "two depths", 0.025, hints)


def exercise_3(answer):
    """The flow and what it gains."""
    got = array(answer, (2,), "a flow and a gain")
    if near(got[0], 6.0, 1e-6):
        return "That is the flow that made the readings. Hand in the fitted one."
    if not near(got[0], FLOW[0], 0.005):
        return "The flow: law {(0, 0): -1.0, (): 'w'} with unknowns={'w': (-20, 60)} and noise=sd**2."
    if near(got[1], 2 * FLOW[1], 0.02):
        return "That is twice the gain."
    return (
        None
        if near(got[1], FLOW[1], 0.02)
        else "The gain: log_likelihood of this fit less that of the law without flow."
    )


def exercise_4(answer):
    """The middle of a square."""
    got = array(answer, (2,), "a temperature and a distance")
    if near(got[0], 0.0736713, 1e-4):
        return "That is the true value. Hand in the mean of the process."
    if not near(got[0], SQUARE[0], 0.004):
        return "The mean at [[0.5, 0.5]]: the 36 inner points as sources, the 28 points of the edge as exact, two restarts."
    return (
        None if near(got[1], SQUARE[1], 0.05) else "The distance: |mean - 0.0736713| over the standard deviation there."
    )


def exercise_5(answer):
    """Errors with a remainder, with the law alone and without probes."""
    got = array(answer, (3,), "three errors")
    if near(got, (REST[1], REST[0], REST[2]), 0.03):
        return "The first two are swapped: the remainder first, then the law alone."
    if not near(got[1], REST[1], 0.03):
        return "The law alone: rest is zero, start [-1, 0]; the median of six errors rms(mean - truth)."
    if near(got[0], got[1], 0.01):
        return "The remainder is not in it: rest(r, q) is exp(2 q[0] - r**2 / 2), and the start has three numbers."
    if not near(got[0], REST[0], 0.03):
        return "The remainder: covariance s_g^2 exp(-r^2 / 2) between heats alone, with q[0] the logarithm of s_g."
    return None if near(got[2], REST[2], 0.03) else "Without probes: the sources are two empty arrays, rest is zero."


def exercise_6(answer):
    """Errors of readings that are averages."""
    hints = (
        "read as values",
        "As values: covariance of the twelve middles plus 0.02**2 on the diagonal; the root mean square on line, the median of ten seeds.",
        "As values is right. As averages: A K A^T with A = np.kron(np.eye(12), weight) at all nodes, and K(line, nodes) A^T.",
    )
    return pair(answer, AVERAGES, "two median errors", 0.005, hints)


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
