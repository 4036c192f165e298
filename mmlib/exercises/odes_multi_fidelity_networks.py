"""Checkers of the chapter *Does a network learn low frequencies first?*: stated phases and seeds, no chance."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

KERNEL = (43.688347, 114.524249)  # weight on mode 1 over weight on mode 6: first=1, first=10
SIX = (0.857869, 0.396730)  # relative errors: products, quartic trend
SPREAD = (0.00592741, 0.144190)  # errors of a standard deviation: directly, through the trajectory
GALERKIN = (0.00834067, 0.000398052)  # relative errors with 8 and 12 modes
PROJECTION = (0.00101530, 2.61512e-05)  # what no combination of as many modes can meet


def exercise_1(answer):
    """Range of the kernel for two sizes of the first weights."""
    got = array(answer, (2,), "two ratios")
    if near(got * KERNEL, (1, 1), 0.01):
        return "Mode 1 over mode 6, not the other way round."
    hints = (
        "first=1",
        "first=1: kappa of nets.mlp([1, 20, 20, 1], seed=0), first entry over last.",
        "first=1 is right. The other: the same seed, nets.mlp(..., first=10).",
    )
    return pair(answer, KERNEL, "two ratios", 0.005, hints)


def exercise_2(answer):
    """Relative errors of two regressions with six numbers."""
    hints = (
        "the products",
        "Products: x^a c^b with a = 0, 1 and b = 0, 1, 2, fitted at 14 midpoints; the error over the standard deviation at x_test.",
        "The products are right. The trend: c and x^0 to x^4, six columns.",
    )
    return pair(answer, SIX, "two relative errors", 0.005, hints)


def exercise_3(answer):
    """Errors of a standard deviation learned in two ways."""
    hints = (
        "directly",
        "Directly: the standard deviation (np.std) of each of ten runs, a polynomial of degree five in mu, at mu = 1.5; the error is absolute.",
        "Directly is right. Through the trajectory: a polynomial at each of 601 times, then np.std of the predicted values.",
    )
    return pair(answer, SPREAD, "two absolute errors", 0.01, hints)


def exercise_4(answer):
    """Relative errors of a reduced equation."""
    got = array(answer, (2,), "two relative errors")
    if near(got, PROJECTION, 0.05):
        return "That is what the projection leaves. Solve the reduced equation for c, and compare phi c with the snapshots."
    hints = (
        "8 modes",
        "8 modes: singular vectors of the raw snapshots (no mean taken off), c(0) = phi^T u0, the sum over all 81 times.",
        "8 modes are right. 12: the same with twelve columns; tolerances of 1e-8 or smaller.",
    )
    return pair(answer, GALERKIN, "two relative errors", 0.02, hints)


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
