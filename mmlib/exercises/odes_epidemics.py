"""Checkers of the chapter *When is R0 known?*: from real counts, and from twenty synthetic epidemics of stated seeds."""

from __future__ import annotations

from mmlib.exercises import array, near, pair, swapped

WHO = (0.759775, 1.656850)  # share that could fall ill; R0 by the final size
GROWTH = (1.410145, 1.467323)  # R from the growth: exponential intervals, measured intervals
LATENCY = (3.764155, 8.870353)  # R0 of the school without and with a day of latency
SARS = (2.242490, 3.578402, 2.051207, 2.261653)  # ends of the interval after 31 days and after all
DRIFT = (2.157445, 0.659323)  # R of the windows that end on days 38 and 52
WAYS = (0.164650, 0.142946, 0.117034)  # median errors of log R: week that ends, week around, spline


def exercise_1(answer):
    """Share of susceptible boys, and R0 by the final size."""
    share, final = array(answer, (2,), "a share and an R0")
    if swapped((share, final), WHO, 0.01):
        return "The two are swapped: the share first."
    if near(share, 512 / 763, 0.01):
        return "That is the share that fell ill. Those who could are more: solve 1 - z/q = exp(-3.2 z) for q."
    if not near(share, WHO[0], 0.005):
        return "The share: q = z / (1 - exp(-3.2 z)) with z = 512/763; z, not z/q, stands in the exponent."
    if not near(final, WHO[1], 0.005):
        return "The share is right. R0 if all are susceptible: -log(1 - z) / z."
    return None


def exercise_2(answer):
    """R from the growth, by the law and by the measured intervals."""
    hints = (
        "1 + 2.6 r",
        "The first is the best R0 of the last profile itself: r = (R0 - 1) / 2.6, then 1 + 2.6 r.",
        "The first is right. The second: weights exp(-r k) with k = 0, 1, ... 11, summed with city.serial; then one over it.",
    )
    return pair(answer, GROWTH, "two reproduction numbers", 0.003, hints)


def exercise_3(answer):
    """R0 of the school without and with a day of latency."""
    hints = (
        "without latency",
        "Without latency: 14 counts against 763 I on days 1 to 14, from Epidemic's own start on day 0; two unknowns.",
        "Without it is right. With: latent=1.0, nothing else changed; does the solver's tolerance hold (rtol=1e-8)?",
    )
    return pair(answer, LATENCY, "two R0", 0.01, hints)


def exercise_4(answer):
    """Ends of the interval of R0 for SARS in Hong Kong, twice."""
    ends = array(answer, (4,), "low and high after 31 days, low and high after all")
    if near([*ends[2:], *ends[:2]], SARS, 0.01):
        return "The two days are swapped: 31 days first."
    if not near(ends[:2], SARS[:2], 0.02):
        return "After 31 days: count[:31], new cases of each day, period=8.4, negative binomial errors."
    if not near(ends[2:], SARS[2:], 0.02):
        return "After 31 days it is right. After all: the whole count, the same period."
    return None


def exercise_5(answer):
    """Reproduction number of two windows."""
    hints = (
        "day 38",
        "Day 38: days 32 to 38, seven of them; the pressure of a day is the sum of serial[k] times the count k days before.",
        "Day 38 is right. Day 52: days 46 to 52, the same formula.",
    )
    return pair(answer, DRIFT, "two reproduction numbers", 0.005, hints)


def exercise_6(answer):
    """Median errors of the logarithm of a drifting R: week that ends, week around, spline."""
    ends, around, spline = array(answer, (3,), "three median errors")
    if near([ends, around], [WAYS[1], WAYS[0]], 0.01):
        return "The two weeks are swapped: the one that ends on the day first."
    if not near(ends, WAYS[0], 0.01):
        return "Week that ends: days t - 6 to t of counts and pressure, the formula of exercise 5, its logarithm against LOG_R from day 10 on."
    if not near(around, WAYS[1], 0.01):
        return "The first is right. Week around: days t - 3 to t + 3, cut off at both ends."
    if not near(spline, WAYS[2], 0.02):
        return "The weeks are right. Spline: counts over pressure, weighted by the pressure, on days with a pressure above one half."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
