"""Checkers of the chapter *Pelts and patterns*: chance comes from the seed that the exercise states."""

from __future__ import annotations

from mmlib.exercises import array, near, swapped

REST = (33.610, 19.884)  # thousand pelts, from the best fit to the whole record
FORECAST = (0.35330, 0.40143)  # errors of logarithms: the law, the autoregression
REPEAT = 1.27249  # the fifteenth year again
DOSES = (6.6643, 8.1890, 5.8727)  # held-out errors: least squares, ridge, Gaussian process

PROBE = (4, 6.9274e-3)  # combinations that a path of the activator shows, smallest over largest singular value


def exercise_1(answer):
    """Steady state of the law fitted to the record."""
    hares, lynx = array(answer, (2,), "two numbers of pelts in thousands")
    if swapped((hares, lynx), REST, 0.01):
        return "The two are swapped: hares first."
    if min(hares, lynx) > 1000:
        return "Hand in thousands of pelts."
    if not near(hares, REST[0], 0.01):
        return "Lynx stand still when what they gain from hares equals what they lose: set the second rate to zero, with the fitted constants."
    if not near(lynx, REST[1], 0.01):
        return "The hares are right. Set the first rate to zero for the lynx."
    return None


def exercise_2(answer):
    """Forecast of the last six years: the law against an autoregression."""
    law, rival = array(answer, (2,), "two errors of logarithms")
    if near(law, FORECAST[1], 0.005) and near(rival, FORECAST[0], 0.02):
        return "The two are swapped: the law's forecast first."
    if not near(law, FORECAST[0], 0.02):
        return "The law: fit the first fifteen years alone, all six unknowns, and judge the last six, both animals together."
    if near(rival, REPEAT, 0.005):
        return "The law is right. The rival is not the fifteenth year again: each of its years is computed from the one before."
    if not near(rival, FORECAST[1], 0.005):
        return (
            "The law is right. The rival: six constants by least squares on fourteen pairs of years, both logarithms in each "
            "equation, then six steps from the fifteenth year, each from its own forecast."
        )
    return None


def exercise_3(answer):
    """Dose and response: held-out errors of least squares, ridge and Gaussian process."""
    plain, ridge, process = array(answer, (3,), "three held-out errors: least squares, ridge, Gaussian process")
    if min(plain, ridge, process) <= 0:
        return "A root mean squared error is positive."
    if min(plain, ridge, process) < 5:
        return "Below the noise of the measurements: compare with held-out wells, not with those used for fitting."
    if not near(plain, DOSES[0], 0.01):
        return "Least squares first: all ten powers of the logarithm of the dose, noise drawn as stated, training wells before held-out ones."
    if not near(ridge, DOSES[1], 0.03):
        return "Least squares is right. Are the powers scaled before ridge's penalty applies, and is the penalty chosen by cross-validation?"
    if not near(process, DOSES[2], 0.02):
        return (
            "The first two are right. Does the process know the noise of the assay, in the units of what it is given?"
        )
    return None


def exercise_4(answer):
    """What a path of the activator alone shows: number of combinations, smallest over largest singular value."""
    number, ratio = array(answer, (2,), "a number of combinations and a ratio of singular values")
    if number != PROBE[0]:
        return "Hand `visible` a measurement that returns the first 21 numbers of `on_the_way`. The unseen substrate acts on the activator."
    if near(1 / ratio if ratio else 0.0, PROBE[1], 0.02):
        return "That is the largest over the smallest."
    if not near(ratio, PROBE[1], 0.02):
        return "The number is right. Slopes by the logarithms of the constants, central differences, the activator's 21 readings."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
