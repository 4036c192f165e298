"""Checkers of the chapter *Which four readings are worth most?*: closed forms and the measured prior, no chance."""

from __future__ import annotations

from mmlib.exercises import array, near, number, pair

CLOSED = (1.089643, 1.738462)  # ln(1 + k 7.84) / 2 for one and four readings
DRAWS = 403  # the first whole number above exp(6) - 1
FIFTH = (9.0, 11.210519)  # hour, per cent
LAWS = (0.915021, 0.820708)  # best two days, days 7 and 14
HARM = 0.35
STARTS = (2.153247, 1.853509, 42.342147)  # median error of the rates in per cent: disagreement, far, random


def exercise_1(answer):
    """Information of one and of four readings."""
    hints = (
        "one reading",
        "One: half the logarithm of 1 + (spread / error)^2, natural.",
        "One is right. Four: four readings quarter the variance of their mean.",
    )
    return pair(answer, CLOSED, "two informations in nats", 0.001, hints)


def exercise_2(answer):
    """Inner draws for six nats."""
    got = number(answer, "a number of draws")
    if near(got, DRAWS, 0.0001):
        return None
    if near(got, 402, 0.0005) or near(got, 404, 0.0005):
        return "ln(m + 1) must reach 6: mind the one, and round upwards."
    return "Solve ln(m + 1) = 6 for m, with the natural logarithm, and take the next whole number."


def exercise_3(answer):
    """Hour of a fifth reading and what it leaves."""
    hour, left = array(answer, (2,), "an hour and a spread in per cent")
    if near(hour, FIFTH[1], 0.004) and near(left, FIFTH[0], 0.004):
        return "The two are swapped."
    if not near(hour, FIFTH[0], 0.001):
        return "The hour: add each of the six to the schedule, and take the smallest sd of the second unknown."
    if near(left, FIFTH[1] / 100, 0.004):
        return "The spread: times 100."
    return (
        None if near(left, FIFTH[1], 0.004) else "The hour is right. The spread: at_mean, all five, cov=cov, one error."
    )


def exercise_4(answer):
    """Probability to choose the right law on two pairs of days."""
    hints = (
        "the best days",
        "Best: the two days on which the laws differ most; half the distance, in errors, into the normal distribution.",
        "The best is right. Days 7 and 14: the same with their two differences.",
    )
    return pair(answer, LAWS, "two probabilities", 0.001, hints)


def exercise_5(answer):
    """From which error of the simulator on filling harms."""
    got = number(answer, "a fraction")
    if near(got, 100 * HARM, 0.005):
        return "As a fraction: 20 % is 0.2."
    return (
        None
        if near(got, HARM, 0.005)
        else "Square of bias plus variance against the variance of two readings alone; the first q at which it is larger."
    )


def exercise_6(answer):
    """Error of a sparse law after two more experiments, chosen in three ways."""
    got = array(answer, (3,), "three medians in per cent")
    if near(100 * got, STARTS, 0.05):
        return "In per cent: wrong(law) gives them so."
    if near(got[:2], STARTS[1::-1], 0.05):
        return "The first two are swapped."
    for name, value, right, hint in zip(
        ("disagreement", "far", "random"),
        got,
        STARTS,
        (
            "variance of the rates over the twenty laws at the 25 starts, summed over v and w; used starts left out.",
            "the smallest distance to a used start, v over 4 and w over 3; take the start where it is largest.",
            "a fresh rng for each seed and way: noise, two starts, then rng.random(25) for each choice.",
        ),
        strict=True,
    ):
        if not near(value, right, 0.05):
            return f"The median of *{name}*: {hint}"
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
