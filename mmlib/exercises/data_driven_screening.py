"""Checkers of the chapter *Screening, clustering, and the gap between simulation and experiment*."""

from __future__ import annotations

from mmlib.exercises import array, near, number

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
    if near(beside, 2 * 0.27897, 0.03):
        return "The second is the whole importance; half of it is asked for, as for the first."
    if beside >= 0.98 * alone:
        return "The copy should take some of the importance. Was it among the inputs when the forest was trained?"
    if beside < -0.02:
        return "An importance this negative is no chance: compare the score before shuffling with the one after, not the other way."
    if not near(alone, 0.56917, 0.03):
        return "The first number is that of the forest in the figure for the share of cells lost, as a bar: half of the importance."
    if not near(beside, 0.27897, 0.03):
        return "The first is right. For the second take the stream, the 30 trees and the three shuffles as stated, and half of the importance."
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
    if not near(steady, 0.93613, 0.01):
        return "The number of groups is right. For the stability take the stream `nothing` right after the points, and ten pairs."
    return None


def exercise_4(answer):
    """Recall of a rare type by density and by a mixture, and the size of the mixture's component."""
    density, mixture, size = array(answer, (3,), "two shares, HDBSCAN first, and a number of cells")
    if not (0 <= density <= 1 and 0 <= mixture <= 1):
        return "A recall is a share between 0 and 1: divide by the number of rare cells, twenty."
    if density < 0.975:
        return (
            "HDBSCAN can find the rare cells. Is the label -1, noise, left out, is the smallest cluster allowed "
            "to have 15 cells, and do you count rare cells in the cluster where they are the majority?"
        )
    if mixture < 0.975:
        return "HDBSCAN is right. The mixture finds them, too, in this draw: four components, by `by_mixture`, from the cells as drawn."
    if size in (20, 3980):
        return "The shares are right. The third counts all cells of that component of the mixture, of whichever type."
    if not near(size, 26, 0.05):
        return "The shares are right. How many cells have the label of the component in which the rare ones are the majority?"
    return None


def exercise_5(answer):
    """Share of false alarms of the two-sample test, and the median p."""
    share, median = array(answer, (2,), "a share between 0 and 1 and a median p")
    if min(share, median) < 0:
        return "Neither a share nor a p-value is negative."
    if share > 1:
        return "Divide the number of alarms by the number of tests, forty."
    if share > 0.25:
        return "Too many alarms for two sets from one model: do both come from the same call, and is p taken from hosts kept aside?"
    if not near(median, 0.63308, 0.02):
        return "The alarms are as few as they should be. The median is that of the forty p, for the pairs of the cell, the seed and the 20 trees."
    if abs(share - 0.025) > 1e-6:
        return "The median is right. Count the p below 0.05, and divide by forty."
    return None
