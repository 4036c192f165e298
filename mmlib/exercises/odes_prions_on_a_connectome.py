"""Checkers of the chapter *Do the lobes fall in the published order, years apart?*: no chance but a stated seed."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

SLOW = (7.46599, 11.01963)  # years, first to last lobe: growth halved; both rates halved
STILL = (0.927635, 0.546291)  # rank correlation of pure diffusion with the arrival times, with the stage
MUTANT = (0.629094, 0.419444, 0.640861)  # forecasts of month 9 in G20: against axons, along, both ways
PEOPLE = (0.977788, 5.399029)  # medians over 20 people: rank correlation with the group, years between lobes
BEHIND = (
    4.582339,
    0.184974,
)  # start in the lateral occipital regions: years between lobes, rank correlation with the stage

LEADS = (
    1.210540,
    2.412326,
    3.762241,
    0.366437,
)  # years from the parietal to the frontal lobe: four networks of 1130 connections


def exercise_1(answer):
    """Years between the lobes with slower growth."""
    hints = (
        "the needed exchange",
        "The first: growth=0.25 in lobes, the exchange as it was, np.ptp of the four times.",
        "The first is right. The second: halve the exchange too, and every time doubles.",
    )
    return pair(answer, SLOW, "two spreads in years", 0.01, hints)


def exercise_2(answer):
    """Pure diffusion against arrival times and stages."""
    if near(array(answer, (2,), "two rank correlations"), [-v for v in STILL], 0.01):
        return "The sizes are right. Much protein early is a small arrival time: take minus the concentration."
    hints = (
        "the arrival times",
        "With the arrival times: spearmanr over the regions in staged, minus the concentration at 5 years.",
        "The first is right. With the stage: agree of minus the concentration.",
    )
    return pair(answer, STILL, "two rank correlations", 0.005, hints)


def exercise_3(answer):
    """Forecasts of month 9 in mutant mice."""
    got = array(answer, (3,), "three correlations")
    if near(got[[1, 0, 2]], MUTANT, 0.005):
        return "Against axons first, then along."
    for k, name in enumerate(("Against axons", "Along axons", "Both ways")):
        if not near(got[k], MUTANT[k], 0.005):
            return f"{name}: average the mutants month by month, then forecast with the maps of the page."
    return None


def exercise_4(answer):
    """Medians over twenty invented people."""
    hints = (
        "the rank correlation",
        "The correlation: one generator for all 20 people, factor exp(z + z.T), weights over strength, seeds left out.",
        "The first is right. The years: np.ptp of lobes for each person, then the median.",
    )
    return pair(answer, PEOPLE, "a rank correlation and a number of years", 0.003, hints)


def exercise_5(answer):
    """Another seed."""
    hints = (
        "the years",
        "The years: lobes with seeds=places['lateraloccipital'], first to last.",
        "The years are right. The correlation: over regions with a stage that are no seeds; starts holds it.",
    )
    return pair(answer, BEHIND, "a number of years and a rank correlation", 0.01, hints)


def exercise_6(answer):
    """By how many years the frontal lobe follows the parietal one in four networks of 1130 connections."""
    got = array(answer, (4,), "four leads in years")
    if near(-got, LEADS, 0.02):
        return (
            "The sizes are right. By how much later the frontal lobe comes: its time minus that of the parietal lobe."
        )
    if not near(got[:3], LEADS[:3], 0.02):
        return "By n, n/l, n/l²: the diagonal set to zero, pairs as large as the 1130th kept, divided by strength; then lobes(w, 0.1)."
    if not near(got[3], LEADS[3], 0.02):
        return "The three weighings are right. Alike: 1.0 for each pair that is kept by number, zero for others, divided by its own strength."
    return None
