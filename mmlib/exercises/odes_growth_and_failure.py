"""Checkers of the chapter *Can a growth law be read from a growing ring?*: closed forms and stated seeds."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, pair

TUBE = (14.217054, 48.856786)  # pressure and Laplace's mean stress [kPa]
LEFT = (-8.558624, 3.535271)  # difference of stresses in the innermost and the outermost layer [kPa]
STIFFER = (0.836192, 0.916764, 0.481744)  # difference, stretch, energy
PARTS = (0.446674, 0.074208, 0.479118)  # radii, walls, counts
SHARES = (0.601862, 0.420434)  # middle of the wall, inner radius


def exercise_1(answer):
    """Pressure of a tube by its closed form, and Laplace's mean stress."""
    hints = (
        "the pressure",
        "The pressure: the outer radius keeps the area, b^2 = a^2 + B^2 - A^2; stretches are a/A and b/B.",
        "The pressure is right. Laplace: P a over the thickness under load, b - a.",
    )
    return pair(answer, TUBE, "a pressure and a stress in kPa", 0.002, hints)


def exercise_2(answer):
    """Residual stress of the innermost and the outermost layer."""
    got = array(answer, (2,), "two stresses in kPa")
    if near(-got, LEFT, 0.01):
        return "The sizes are right, the signs are not: what has grown is pressed."
    hints = (
        "the innermost layer",
        "Innermost: ring.inflate without pressure, then the second row of ring.drivers_of, its first entry.",
        "The innermost layer is right. Outermost: the last entry of the same row, not the largest.",
    )
    return pair(got, LEFT, "two stresses in kPa", 0.004, hints)


def exercise_3(answer):
    """Factors of three drivers when the wall stiffens."""
    got = array(answer, (3,), "three factors")
    if near(got * np.array(STIFFER), [1, 1, 1], 0.003):
        return "The other way round: after over before."
    for k, name in enumerate(("Difference", "Stretch", "Energy")):
        if not near(got[k], STIFFER[k], 0.002):
            return f"{name}: ring.scales at 18.62 kPa with shear=150.0, over the same with 100."
    return None


def exercise_4(answer):
    """Shares of dilation at the middle of the wall and at the inner radius."""
    hints = (
        "the middle of the wall",
        "Middle: sarcomeres.sphere_share of inner radius, thickness and sarcomeres; its first value.",
        "The middle is right. Inner radius: the same with a thickness of zero.",
    )
    return pair(answer, SHARES, "two shares", 0.003, hints)


def exercise_5(answer):
    """Parts of the variance of a share that come from radii, walls and counts."""
    got = array(answer, (3,), "three parts of a variance")
    if near(got / 100, PARTS, 0.004):
        return "As fractions that sum to one, please."
    if not near(got.sum(), 1, 0.004):
        return "The three parts sum to one: divide each by their sum."
    if not near(got[2], PARTS[2], 0.004):
        return "Counts: a mean of 30 cells, two of them; radii and walls are multiplied by the square of the share."
    return (
        None
        if near(got, PARTS, 0.004)
        else "Counts are right. A radius enters rho fully, a wall by half: relative errors times a / rho and h / 2 rho."
    )


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5"]
