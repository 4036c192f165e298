"""Checkers of the chapter *Screening, clustering, and the gap between simulation and experiment*."""

from __future__ import annotations

from mmlib.exercises import array, number

R0 = 21.7751  # of the default constants


def exercise_1(answer):
    """Share by which production must be cut."""
    share = number(answer, "a share between 0 and 1")
    if abs(share - (1 - 1 / R0)) < 2e-3:
        return None
    if abs(share - 100 * (1 - 1 / R0)) < 0.5:
        return "That is in per cent; a share lies between 0 and 1."
    if abs(share - 1 / R0) < 5e-3:
        return "That is the share of production that may remain."
    if abs(share - R0) < 0.5:
        return "That is the number of cells one infected cell infects. By which factor must it fall, and what share is that?"
    if not 0 <= share <= 1:
        return "A share lies between 0 and 1."
    if abs(share - (1 - 1 / R0)) < 0.01:
        return "Nearly: give three digits."
    return (
        "An infection takes off while one infected cell infects more than one other. How does that number depend on p?"
    )


def exercise_2(answer):
    """Importance of eps without and with a noisy copy beside it."""
    alone, beside = array(answer, (2,), "two importances, without the copy first")
    if not 0.3 < alone < 0.9:
        if 0.8 < alone < 1.6:
            return "Twice too much: the chapter compares *half* of the importance with the Sobol index."
        return (
            "The first number should be the height of the bar of epsilon for the share of cells lost, as in the figure."
        )
    if beside >= 0.98 * alone:
        return "The copy should take some of the importance. Was it among the inputs when the forest was trained?"
    if beside < -0.02:
        return "An importance this negative is no chance: compare the score before shuffling with the one after, not the other way."
    return None


def exercise_3(answer):
    """Stability and gap statistic on a long normal cloud."""
    steady, groups = array(answer, (2,), "a stability and a number of groups")
    if steady > 1.0000001:
        return "A stability is at most 1: is the order (stability, groups)?"
    if steady < 0.6:
        return (
            "Two clusters cut this cloud more steadily: is it four times as long as wide, and are there two clusters?"
        )
    if groups != round(groups) or groups < 1:
        return "The second number counts groups: 1, 2, …"
    if groups != 1:
        return "The statistic compares with points that have no groups. Are your points from one normal distribution, 400 of them, four times as long as wide?"
    return None


def exercise_4(answer):
    """Recall of a rare type by density and by a mixture."""
    density, mixture = array(answer, (2,), "two shares, HDBSCAN first")
    if not (0 <= density <= 1 and 0 <= mixture <= 1):
        return "A recall is a share between 0 and 1: divide by the number of rare cells, twenty."
    if density < 0.5:
        return (
            "HDBSCAN can find most of the rare cells. Is the label -1, noise, left out, is the smallest cluster allowed "
            "to have 15 cells, and do you count rare cells in the cluster where they are the majority?"
        )
    return None


def exercise_5(answer):
    """Share of false alarms of the two-sample test."""
    share = number(answer, "a share between 0 and 1")
    if share < 0:
        return "A share is not negative."
    if share > 1:
        return "Divide the number of alarms by the number of tests, forty."
    if share > 0.25:
        return "Too many alarms for two sets from one model: do both come from the same call, and is p taken from hosts kept aside?"
    return None
