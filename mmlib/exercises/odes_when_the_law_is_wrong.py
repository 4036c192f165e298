"""Checkers of the chapter *When the law is wrong*: closed forms and the measured lesions, no chance."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

SIZE = (0.547112, 2.459603)  # 0.9 / 1.645 and exp(0.9)
WEIGHT = (0.749693, 5.8)
SCORES = (20.0, 80.0, 33.0)
UNCHANGED = (59.515571, 1.272727)  # per cent within 20 %, median ratio of the others


def exercise_1(answer):
    """Size of a discrepancy that reaches the truth, and the factor in volume."""
    hints = (
        "the size",
        "The end of a 90 % band lies 1.645 standard deviations out.",
        "The size is right. The band reaches up by 0.9 in the logarithm: as a factor of V itself.",
    )
    return pair(answer, SIZE, "a size and a factor", 0.002, hints)


def exercise_2(answer):
    """Weight of the second law, and nats that the third lacks."""
    hints = (
        "the weight",
        "Weight: exp of each evidence, divided by the sum of the three.",
        "The weight is right. Equal weights are equal evidences: what lies between the third and the first?",
    )
    return pair(answer, WEIGHT, "a weight and a difference in nats", 0.001, hints)


def exercise_3(answer):
    """Interval scores of two readings, and the end with the smallest mean."""
    inside, outside, end = array(answer, (3,), "two scores and an end")
    if not near(inside, SCORES[0], 0.001):
        return "20 mm is inside: its score is the width alone."
    if not near(outside, SCORES[1], 0.001):
        return "33 mm: the width, and 2 / 0.1 for each of the millimetres that it lies above 30."
    return None if near(end, SCORES[2], 0.001) else "Raise the end while one half of 20 is saved for each millimetre."


def exercise_4(answer):
    """Share of lesions that hardly change after the fourth scan, and the median ratio of the others."""
    hints = (
        "per cent",
        "Per cent of all lesions, last diameter over the fourth between 0.8 and 1.2, ends included.",
        "The share is right. Ratio: last over fourth, median of those outside 0.8 to 1.2.",
    )
    return pair(answer, UNCHANGED, "per cent and a ratio", 0.002, hints)
