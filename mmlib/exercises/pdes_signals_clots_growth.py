"""Checkers of the chapter *From a reaction to a tissue*: closed forms, exact sums and a measured table, no chance."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

CUT = (15.377293, 0.5)  # ten compartments without hops over the deterministic sum; least number
MISSED = (9.192729, 3.165334, 0.862689)  # by the mean field with 10, 40 and 160 receptors [%]
FEEDBACK = (9.192729, 30.272256)  # missed with and without feedback [%]
STAGES = (0.136162, 0.053072, 0.051859)  # left by filters of one, two and three stages


def exercise_1(answer):
    """Compartments that are cut off: their sum over the deterministic one, and the least number of molecules."""
    hints = (
        "the ratio",
        "Ratio: gillespie.pairs of the last ten deterministic numbers, summed, over the sum of these numbers.",
        "The ratio is right. Least: gillespie.pairs at a very small number, not its ratio.",
    )
    return pair(answer, CUT, "a ratio and a number of molecules", 0.002, hints)


def exercise_2(answer):
    """Growth that the mean field misses with 10, 40 and 160 receptors, in per cent."""
    got = array(answer, (3,), "three numbers in per cent")
    if near(100 * got, MISSED, 0.01):
        return "In per cent, please."
    if near(got[::-1], MISSED, 0.01):
        return "Ten receptors first."
    if near(got, [-v for v in MISSED], 0.01):
        return "Missed growth is positive: one less mean field over truth."
    for k, number in enumerate((10, 40, 160)):
        if not near(got[k], MISSED[k], 0.01):
            return (
                f"{number} receptors: mean_ring with g = exact_mean(f, {number}) and one=g(1.0) is the truth, over which the mean field's growth stands; "
                "each tissue is in balance in its own units."
            )
    return None


def exercise_3(answer):
    """Growth that the mean field misses with feedback and without, in per cent."""
    hints = (
        "with feedback",
        "With feedback: the first number of exercise 2.",
        "With feedback it is right. Without: feedback=False for the mean field and for the truth alike.",
    )
    got = array(answer, (2,), "two numbers in per cent")
    if near(100 * got, FEEDBACK, 0.01):
        return "In per cent, please."
    return pair(answer, FEEDBACK, "two numbers in per cent", 0.01, hints)


def exercise_4(answer):
    """What filters of one, two and three stages leave of S6."""
    got = array(answer, (3,), "three root mean squares")
    if near(got[::-1], STAGES, 0.004):
        return "One stage first."
    for k, name in enumerate(("One stage", "Two stages", "Three stages")):
        if not near(got[k], STAGES[k], 0.004):
            return f"{name}: convolve the kernel (times the step of 0.1 minutes) with Akt of each dose; one gain and one rate for all six; mean over all 48 readings."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
