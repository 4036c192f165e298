"""Checkers for the exercises of `capstones/sickle_cell`."""

from __future__ import annotations

from mmlib.exercises import array, near, number
from mmlib.systems.sickle import SickleHaemoglobin, fetal


def exercise_1(answer):
    """Growth of the delay from 30 to 29 g/dl."""
    ratio = number(answer, "a ratio of two delays")
    model = SickleHaemoglobin()
    right = float(model.delay(29.0) / model.delay(30.0))
    if abs(ratio / right - 1) < 0.02:
        return None
    if abs(ratio * right - 1) < 0.02:
        return "That is the other way round: the delay grows when the solution is diluted."
    if abs(ratio - (30 / 29) ** 30) < 0.04:
        return "That is the 30th power, which holds at 22.5 g/dl. Ask the model at 29 and 30."
    if abs(ratio / float(model.delay(22.0) / model.delay(23.0)) - 1) < 0.02:
        return "That is the factor from 23 to 22 g/dl. Here it is from 30 to 29."
    return "Divide `model.delay` at 29 g/dl by that at 30 g/dl, both at 25 °C and without fetal haemoglobin."


def exercise_2(answer):
    """Fetal share at 30 g/dl that delays as much as diluting to 28 g/dl."""
    share = number(answer, "a share between 0 and 1")
    model = SickleHaemoglobin()
    goal = float(model.delay(28.0))
    if not 0 <= share < 0.6:
        return "Hand in a share between 0 and 1, not a percentage; and it is a minority of the haemoglobin."
    if abs(float(model.delay(30.0, share=fetal(share))) / goal - 1) < 0.03:
        return None
    if abs(float(model.delay(30.0, share=1 - share)) / goal - 1) < 0.03:
        return "You let hybrids polymerize. Only tetramers of which both halves are HbS do: use `fetal`."
    if abs(share - 2 / 30) < 0.002:
        return "Two grams in thirty: that would hold if fetal haemoglobin did not crowd. It does; ask the model."
    return "Vary the share at 30 g/dl until `model.delay(30.0, share=fetal(share))` meets the delay at 28 g/dl."


def exercise_3(answer):
    """Coefficients of phi^2 and phi^3 in the expansion of log_crowding."""
    value, third = array(answer, (2,), "two coefficients, of phi^2 first")
    if abs(value - 24) < 0.1 and abs(third - 15) < 0.1:
        return "These look swapped: that of the second power comes first."
    if abs(value - 8) < 0.1:
        return "The first is the coefficient of the first power."
    if abs(value + 9) < 0.1:
        return "The first is the numerator alone. Expand the denominator, too, and collect both contributions."
    if abs(value - 30) < 0.1:
        return "The first is the second derivative. The coefficient is half of it."
    if abs(value - 15) > 0.1:
        return "Multiply 8 phi - 9 phi^2 by the expansion of 1 / (1 - phi)^3, and collect what goes with phi^2."
    if abs(third - 144) < 0.5:
        return "The first is right. The second is the third derivative; which factorial stands below it?"
    if abs(third - 24) > 0.1:
        return "The first is right. For the second three products contribute: from 8 phi, -9 phi^2 and 3 phi^3."
    return None


def exercise_4(answer):
    """Persistence length of seven fibres that are glued together, in mm."""
    length = number(answer, "a persistence length in mm")
    right = 0.23 * 7**2
    if abs(length / right - 1) < 0.02:
        return None
    if abs(length / (0.23 * 7) - 1) < 0.02:
        return "That is for fibres that slide past each other. Glued together they bend like one thick rod."
    if abs(length / (0.23 * 7**4) - 1) < 0.02:
        return "The fourth power belongs to the radius. The number of fibres goes as the area, the radius squared."
    if abs(length / (1e3 * right) - 1) < 0.02 or abs(length / (1e-3 * right) - 1) < 0.02:
        return "The right factor in another unit: hand in millimetres."
    if abs(length - 10.4) < 0.05:
        return "That is what was measured. What does the square of the number predict from one fibre?"
    return "Start from the most flexible fibre and multiply by the square of the number in the bundle."


def exercise_5(answer):
    """Smallest number of bonds for a buckling load within 1 % of Euler's, and the ratio of the loads."""
    bonds, ratio = array(answer, (2,), "a number of beads and a ratio of two loads")
    if bonds != round(bonds):
        return "A number of beads is whole: round up, not to the nearest."
    if bonds in (9, 11):
        return "Close. Count bonds, not joints or ends, and compare with 1 % and not with about 1 %."
    if bonds == 4:
        return "That is good for 10 %, roughly. The error falls with the square of the number."
    if bonds > 11:
        return "That is enough, but is it the smallest? The error falls with the square of the number."
    if bonds != 10:
        return "Too few: compare `fibre.buckling_load` with `fibre.euler_load` for growing numbers."
    if near(ratio, 1 / 0.9918, 1e-4):
        return "The number is right. The ratio is upside down: the chain's load over Euler's."
    if not near(ratio, 0.991802, 5e-5):
        return "The number is right. The ratio is that of `fibre.buckling_load` for it over `fibre.euler_load`, with four digits."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5"]
