"""Checkers of the chapter *Screening, clustering, and the gap between simulation and experiment*."""

from __future__ import annotations

from mmlib.exercises import array, near

PURITY, NAMED = 0.41667, 0.96933  # of four clusters, and by a forest that is told the mechanisms
BAR, BESIDE = 0.60745, 0.29224  # half the importance of eps, without and with a copy beside it
DAYS = (1.27017, 1.55563)  # error of the mean of the other five, days 5 to 7 and 5 to 6


def exercise_1(answer):
    """Purity of four clusters of treatments, and what a taught forest names."""
    purity, named = array(answer, (2,), "a purity and a share, both between 0 and 1")
    if purity > 1 or named > 1:
        return "Both are shares between 0 and 1."
    if near(purity, NAMED, 0.01) and near(named, PURITY, 0.02):
        return "The two are swapped: the purity first."
    if not near(purity, PURITY, 0.02):
        return (
            "Purity: three components of `curves`, four clusters; in each cluster count the most frequent mechanism, add the "
            "four counts, divide by 1500."
        )
    if not near(named, NAMED, 0.008):
        return "The purity is right. The forest learns from `curves` themselves, in five folds, and you hand in the mean share."
    return None


def exercise_2(answer):
    """Importance of eps without and with a noisy copy beside it."""
    alone, beside = array(answer, (2,), "two importances, without the copy first")
    if near(alone, 2 * BAR, 0.02):
        return "Twice too much: the chapter compares *half* of the importance with the Sobol index."
    if not near(alone, BAR, 0.02):
        return "The first number is that of the forest in the figure for the share of cells lost, as a bar: half of the importance."
    if near(beside, 2 * BESIDE, 0.03):
        return "The second is the whole importance; half of it is asked for, as for the first."
    if beside >= 0.98 * alone:
        return "The copy should take some of the importance. Was it among the inputs when the forest was trained?"
    if not near(beside, BESIDE, 0.03):
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
        return "HDBSCAN is right. The mixture finds them, too, in this draw: the mixture `four` of the cell, fitted to the cells as drawn."
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
    if not near(median, 0.59901, 0.02):
        return "The alarms are as few as they should be. The median is that of the forty p, for the pairs of the cell, the seed and the 20 trees."
    if abs(share - 0.025) > 1e-6:
        return "The median is right. Count the p below 0.05, and divide by forty."
    return None


def exercise_6(answer):
    """Error of the mean of the other five with and without day seven."""
    with_seven, without = array(answer, (2,), "two errors in decades")
    if near(with_seven, DAYS[1], 0.004) and near(without, DAYS[0], 0.004):
        return "The two are swapped: days 5 to 7 first."
    if min(with_seven, without) < 0:
        return "A root mean squared error is not negative."
    if near(with_seven, DAYS[0] ** 2, 0.004):
        return "That is the mean square: take the root."
    if near(with_seven, 5 / 6 * DAYS[0], 0.004):
        return "Each volunteer is predicted by the mean of the *other* five, not of all six."
    if not near(with_seven, DAYS[0], 0.004):
        return "Days 5 to 7 are the last three columns of `measured`. Average the squares over volunteers and days, then take the root."
    if not near(without, DAYS[1], 0.004):
        return "The first is right. For the second leave the last column out."
    return None
