"""Checkers for the exercises of `capstones/sickle_cell`."""

from __future__ import annotations

from mmlib.exercises import array, near, number, pair
from mmlib.systems.sickle import SickleHaemoglobin

CELLS = (43.3644, 24.0114)  # per cent that sickle with 5 % and with 20 % fetal haemoglobin
RING = (2.148618, 0.984000)  # elongation with eight rods, three rods over three chains


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


def exercise_3(answer):
    """Percentage of cells that sickle on the way, with 5 % and with 20 % fetal haemoglobin."""
    got = array(answer, (2,), "two percentages")
    if near(got[::-1], CELLS, 0.01):
        return "These look swapped: 5 % fetal haemoglobin first."
    if near(100 * got, CELLS, 0.01):
        return "Hand in percentages, not shares."
    if near(got, [27.027, 0.273], 0.02):
        return "That is one cell of 33 g/dl. The cells differ: take the mean over all thousand."
    if near(got, [46.625, 35.989], 0.01):
        return "You let hybrids polymerize. Only tetramers of which both halves are HbS do: use `fetal`."
    if near(100 - got, CELLS, 0.01):
        return "Those pass in time. A cell sickles if its transit takes longer than its delay."
    if not near(got[0], CELLS[0], 0.005):
        return "5 %: norm.cdf of minus the log delay over that of 33 g/dl without fetal haemoglobin, over 0.5; then the mean over cells."
    if not near(got[1], CELLS[1], 0.005):
        return "5 % is right. 20 %: the same cells with `fetal(0.20)`; the transit times stay as they are."
    return None


def exercise_2(answer):
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


def exercise_6(answer):
    """Elongation of the ring with eight rods; rods over chains for three fibres."""
    hints = (
        "the elongation with eight rods",
        "Eight rods: fibre.swell(8, rigidity=130 * fibre.KT).elongation, without beads.",
        "Eight rods are right. The ratio: three rods over three chains of ten beads, each with the same rigidity.",
    )
    return pair(answer, RING, "an elongation and a ratio", 0.002, hints)


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
