"""Checkers of the chapter *Can a twin steer its patient?*"""

from __future__ import annotations

from mmlib.exercises import array, near, pair

READING = (96.96737, 9.638375)  # mean and sd of glucose after one reading [mg/dl]
SOURCES = (
    0.03903600,
    0.1788854,
    0.03980149,
    0.03922322,
)  # sd of log SI: all three, without test, without window, without cohort
SIX = (0.0557682, 0.0525729)  # sd of log SI after six readings: D-optimal, evenly spread
ALARM = (0.7585693, 0.4088269, 0.6631892, 0.1547958)  # trend caught, trend false, twin caught, twin false
READ = (
    67.99,
    -1.64,
    5.45,
    3.6887219,
)  # time in range even, chosen less even, all less even [%], constant even over none


def exercise_1(answer):
    """One reading: mean and standard deviation afterwards."""
    hints = (
        "the mean",
        "Mean: the reading moves it by the share P / (P + R) of what it differs, with P and R variances, not standard deviations.",
        "The mean is right. The standard deviation: the root of P R / (P + R).",
    )
    return pair(answer, READING, "a mean and a standard deviation in mg/dl", 0.002, hints)


def exercise_2(answer):
    """Three sources: standard deviations of the logarithm of sensitivity."""
    got = array(answer, (4,), "four standard deviations")
    if near(got, [v**2 for v in SOURCES], 0.01):
        return "Those are variances: take their roots."
    if not near(got[0], SOURCES[0], 0.002):
        return "All three: precisions, one over the variance, add up."
    for k, name in ((1, "the test"), (2, "the day"), (3, "the cohort")):
        if not near(got[k], SOURCES[k], 0.002):
            return f"Without {name}: the precisions of the other two alone. Order: test, day, cohort."
    return None


def exercise_3(answer):
    """Six readings: D-optimal and evenly spread."""
    hints = (
        "the best six",
        "Best six: gain of design.gaussian over all schedules of six of the twenty readings, four unknowns, error 0.025; its sd of log SI.",
        "The best six are right. Evenly: design.nearest to np.linspace(8, 182, 6).",
    )
    return pair(answer, SIX, "two standard deviations", 0.005, hints)


def exercise_4(answer):
    """Alarms: share of lows that were caught and share of alarms that were false, trend and twin."""
    got = array(answer, (4,), "four shares")
    if (abs(got) > 1).any():
        return "Shares, not per cent."
    if near(got, [ALARM[2], ALARM[3], ALARM[0], ALARM[1]], 0.01):
        return "The trend first, then the twin."
    names = ("caught by the trend", "false alarms of the trend", "caught by the twin", "false alarms of the twin")
    for value, wanted, name in zip(got, ALARM, names, strict=True):
        if not near(value, wanted, 0.01):
            return f"{name}: a low is plasma glucose below 70 half an hour after the step; caught is a share of lows, false one of alarms."
    return None


def exercise_5(answer):
    """Medians over seeds of the stored days with nine readings."""
    got = array(answer, (4,), "three numbers in per cent and a ratio")
    if near(got[0], READ[0] / 100, 0.01):
        return "Per cent of the day, as in the table."
    if not near(got[0], READ[0], 0.001):
        return "Even: the median of in_range over the ten seeds of family hovorka."
    if near(got[1:3], [-READ[1], -READ[2]], 0.01):
        return "The sizes are right. Each arm less even, seed by seed."
    for k, name in ((1, "Chosen, glucose"), (2, "All")):
        if not near(got[k], READ[k], 0.01):
            return f"{name} less even: subtract seed by seed, then take the median; a difference of medians is another number."
    if not near(got[3], READ[3], 0.005):
        return "The ratio: constant of even over constant of none, seed by seed, then the median."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5"]
