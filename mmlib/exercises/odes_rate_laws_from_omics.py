"""Checkers of the chapter *What rate laws hide in a time series?*: a measured table, solvers without chance, one stated seed."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

UNTREATED = (160.27997, 0.0477077)  # V [counts/min^2], K [ppm]
UNSURE = (177.47061, 11.769307)  # velocity at 1.1 ppm and its standard error [counts/min^2]
LINE = (19.659842, 9.2767226)  # errors beyond 0.22 ppm, law and line in the logarithm
APPARENT = (1.0188122, 1.2003532, 3.9761021)  # K [mM] for 0.02, 0.2 and 2 mM of enzyme
WRONG = (0.0857705, 0.5555042)  # errors for a weak and a strong feedback
DIRECT = (0.7551868, 0.3248038, 0.0753266)  # errors of a regression to the whole series after 4, 16 and 64 strains


def exercise_1(answer):
    """V and K of the untreated enzyme."""
    hints = (
        "V",
        "V: least squares on the velocities themselves, not on reciprocals; 11 readings, untreated.",
        "V is right. K: the concentration at which half of V is reached, in ppm.",
    )
    return pair(answer, UNTREATED, "V and K", 0.001, hints)


def exercise_2(answer):
    """Velocity at 1.1 ppm and its standard error."""
    got = array(answer, (2,), "a velocity and its standard error")
    if near(got[0], UNSURE[0], 0.0005) and near(got[1], UNSURE[1] ** 2, 0.002):
        return "The second is the variance: take the root."
    hints = (
        "the velocity",
        "The velocity: the law fitted to the eight readings up to 0.22 ppm, at 1.1 ppm.",
        "The velocity is right. Its error: the slopes by V and by K, both, with the covariance of curve_fit between them.",
    )
    return pair(answer, UNSURE, "a velocity and its standard error", 0.001, hints)


def exercise_3(answer):
    """Errors beyond the range, law and straight line in the logarithm, untreated enzyme."""
    hints = (
        "the law",
        "The law: fitted to eight untreated readings up to 0.22 ppm, judged at the other three.",
        "The law is right. The line: natural logarithm of the concentration, the same readings.",
    )
    return pair(answer, LINE, "two errors", 0.001, hints)


def exercise_4(answer):
    """Apparent K for three amounts of enzyme."""
    got = array(answer, (3,), "three values of K in mM")
    if near(got, [1.0, 1.0, 1.0], 0.005):
        return "That is K of the constants, (9 + 1) / 10. Fit it to the product of the mass-action reaction."
    if near(got[::-1], APPARENT, 0.01):
        return "The order: 0.02, 0.2, 2."
    for k, name in enumerate(("0.02", "0.2", "2")):
        if not near(got[k], APPARENT[k], 0.004):
            return f"Enzyme {name}: the product is 2 - s - c; 41 times from 0 to 8 over the enzyme; V and K both free."
    return None


def exercise_5(answer):
    """Errors of the law without inhibition for a weak and a strong feedback."""
    hints = (
        "the weak feedback",
        "Weak: mass_action returns series and slopes; the first four strains to fit, the others to judge, t = 0 left out.",
        "Weak is right. Strong: the scale is the standard deviation of these series, made with inhibition=0.03.",
    )
    return pair(answer, WRONG, "two errors", 0.005, hints)


def exercise_6(answer):
    """Errors of a regression from levels to series after 4, 16 and 64 strains."""
    got = array(answer, (3,), "three errors")
    if near(got[::-1], DIRECT, 0.01):
        return "The order: after 4, after 16, after 64 strains."
    for k, name in enumerate(("4", "16", "64")):
        if not near(got[k], DIRECT[k], 0.01):
            return f"After {name} strains: standard deviations over all 80 strains and times; subtract the mean of the strains learned from, and add it again."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
