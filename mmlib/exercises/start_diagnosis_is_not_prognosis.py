"""Checkers of the chapter *Diagnosis is not prognosis*: the data are real or come from the seed that the exercise states."""

from __future__ import annotations

from mmlib.exercises import array, near, swapped

HALF_LIVES = (2.57351, 6.39499)  # [h], shortest and longest of six subjects
CEILINGS = (0.482268, 0.796427)  # skill with three scans, with four
MASSES = (89.3479, 91.7523)  # accuracy [%]: the rule, the learner
PAIR = (0.437002, 0.477598)  # skill: the mechanism, both together


def exercise_1(answer):
    """Half-lives from the last four samples: shortest and longest [h]."""
    shortest, longest = array(answer, (2,), "two half-lives in hours")
    if shortest > longest:
        return "The shortest comes first."
    if min(shortest, longest) <= 0:
        return "A half-life is positive: ln 2 over the rate at which the logarithm falls."
    if near(shortest, HALF_LIVES[0] / 0.693147, 0.01):
        return "That is one over the rate. In a half-life the concentration falls by one half."
    if not near(shortest, HALF_LIVES[0], 0.005) or not near(longest, HALF_LIVES[1], 0.005):
        return "Fit a straight line to the natural logarithms of the last four of the eleven samples, one line for each subject."
    return None


def exercise_2(answer):
    """A fourth scan: best possible skill for week 52 with three scans and with four, failing world."""
    three, four = array(answer, (2,), "two skills: three scans, four scans")
    if max(three, four) >= 1:
        return "A skill of one would be a future without chance. Is the truth the size without the error of a scan?"
    if four <= three:
        return "A further scan cannot make the best forecast worse. Three scans come first."
    if not near(three, CEILINGS[0], 0.005):
        return "Three scans: draw in the order that is stated, and take the 10,000 patients as candidates, each counting the same."
    if not near(four, CEILINGS[1], 0.005):
        return "Three scans are right; with four, does the level of each patient come from all four, and does the naive forecaster still stand at week 16?"
    return None


def exercise_3(answer):
    """Rule or learner: mean accuracy [%] from twenty training masses, the rule first."""
    rule, learner = array(answer, (2,), "two accuracies in per cent, the rule first")
    if max(rule, learner) <= 1:
        return "Give both in per cent."
    if swapped((rule, learner), MASSES, 0.002):
        return "The rule comes first."
    if not near(rule, MASSES[0], 0.002):
        return "The rule: candidates are the twenty training values of column 20, malignant is strictly above, the smallest of equally good ones counts."
    if not near(learner, MASSES[1], 0.002):
        return "The rule is right. Is the learner scaled by its twenty masses, is its penalty C = 0.3, and is it tested on the other 549?"
    return None


def exercise_4(answer):
    """Together: skill of the mechanism and of both, failing world, one cohort of 100."""
    alone, both = array(answer, (2,), "two skills: mechanism, both together")
    if max(alone, both) > 0.6:
        return "Above what can be known in this world. Was the test patients' future among the features?"
    if not near(alone, PAIR[0], 0.01):
        return "The mechanism first: `mechanism(…, [*VISITS, YEAR])` on scans and the reading at week 52 of the stated cohort, its forecast a log size, seed 0."
    if not near(both, PAIR[1], 0.01):
        return "The mechanism is right. Is what is left over a reading minus a forecast, both of log size, are the features scaled, and is it added back?"
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
