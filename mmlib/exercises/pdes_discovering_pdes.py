"""Checkers of the chapter *Which equation moved the film?*: films and draws of stated streams, and real wells."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

PACKAGE = (-0.9889, -5.9588)  # u_xxx, u u_x
ONE = (-1.300592, 0.974558, 0.953573)  # c, misfit of u_x alone, misfit of the two terms
WINDOWS = (3.52216, 1.141864)  # error on windows of (61, 25) and of (91, 41) [%]
CROWD = (0.957302, -0.941277, 0.09282, 12.294856)  # u, u^2, u_xx, misfit
WIDTHS = (0.110204, 0.125328)  # median errors, windows of 9 and 17 columns
THROUGH = (6.041496, 1.167924)  # median error of two constants over ten draws in per cent: windows, solver


def exercise_1(answer):
    """Two coefficients by PySINDy."""
    first, second = array(answer, (2,), "two coefficients")
    if near([first, second], (-1, -6), 0.003):
        return "Those are the true ones. What does the package find on this grid?"
    hints = (
        "u_xxx",
        "u_xxx: second-order differences along x (the default of PDELibrary) and FiniteDifference(axis=1) along t.",
        "u_xxx is right. u u_x: the same fit; the library writes it as uu_1.",
    )
    return pair(answer, PACKAGE, "two coefficients", 0.002, hints)


def exercise_2(answer):
    """The speed and two misfit ratios of a film of one wave."""
    c, alone, both = array(answer, (3,), "the coefficient c and two misfit ratios")
    if near(-c, ONE[0], 0.002):
        return "The sign: a wave that runs to the right has u_t below zero where u_x is above."
    if near([c, both, alone], ONE, 0.005):
        return "The two ratios are swapped: u_x alone first."
    if not near(c, ONE[0], 0.002):
        return "c: identify.refit on the rows with u_x as the only term."
    if not near(alone, ONE[1], 0.01):
        return "c is right. The ratio of identify.misfit(rows, law) for that law, with the plain rows."
    return None if near(both, ONE[2], 0.01) else "Two are right. The last: the law of (u^2)_x and u_xxx."


def exercise_3(answer):
    """Median errors of coefficients on two windows."""
    hints = (
        "the shorter window",
        "(61, 25): eight draws from here.rng('longer windows'), terms given, error in per cent, median.",
        '(61, 25) is right. (91, 41): the same eight films, weak("waves", shot, (91, 41)).',
    )
    return pair(answer, WINDOWS, "two median errors in per cent", 0.01, hints)


def exercise_4(answer):
    """Three coefficients and a misfit ratio of a crowd."""
    got = array(answer, (4,), "three coefficients and a ratio")
    if near(got[:3], (1, -1, 0.125), 0.001):
        return "That is the mean-field limit. What does the film of this crowd give?"
    if near(got[[0, 2, 1, 3]], CROWD, 0.01):
        return "The order: u, u^2, u_xx, then the ratio."
    if not near(got[0], CROWD[0], 0.01):
        return (
            "u: least squares with the three terms given (identify.refit), places / 10, times / 50, windows (41, 41)."
        )
    if not near(got[1], CROWD[1], 0.01):
        return "u is right. u^2: from the same fit, below zero."
    if not near(got[2], CROWD[2], 0.02):
        return "u and u^2 are right. u_xx: places in units of ten sites, times in units of fifty steps."
    return None if near(got[3], CROWD[3], 0.02) else "Three are right. The ratio: identify.misfit(rows, law).ratio."


def exercise_5(answer):
    """Median errors of wells left out, for two widths of windows."""
    hints = (
        "nine columns",
        "Nine columns: terms from the five other numbers of cells, p=1e-3; coefficients by through_solver; median of six errors.",
        "Nine is right. Seventeen: the same with rows_of(those, 17).",
    )
    return pair(answer, WIDTHS, "two medians", 0.005, hints)


def exercise_6(answer):
    """Median errors of two constants over ten draws, by windows and by least squares through a solver."""
    hints = (
        "windows",
        "Windows: error(field_problem(x, t, seen(k), window=(15, 13), **ask), law) for k = 0 to 9, in per cent; then the median.",
        "The windows are right. Solver: by_solver(seen(k)) against c1 = 1 and c2 = 0.1, mean of both in per cent, median over k.",
    )
    return pair(answer, THROUGH, "two median errors in per cent", 0.005, hints)
