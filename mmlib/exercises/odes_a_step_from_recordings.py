"""Checkers of the chapter *A step learned from recordings*."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

FORGOTTEN = (0.000712, 23.558)  # left after 50 units, median [% of the spread]: of a start off by 0.001, of v = w = 1
COARSER = (0.26836, 0.011562)  # error of one and of two substeps at 190 units [%]
LAGS = (84.157, 76.869)  # error of ARX at 190 units [%]: ten lags, twenty


def exercise_1(answer):
    """What is left after 50 units of a start that is a little wrong, and of one that is very wrong."""
    return pair(
        answer, FORGOTTEN, "two differences in per cent of the spread", 0.02,
        (
            "the little one", "The little one: `rest + [0.001, 0]` in all recordings, ten substeps, the currents of the test; the median over recordings of the difference at index 100, over the spread of v.",
            "The little one is right. The other starts at v = 1, w = 1; all else is the same.",
        ),
        per_cent=True,
    )  # fmt: skip


def exercise_2(answer):
    """Shares of right answers without and with an open forget gate; decades that the slope by the cue gains."""
    plain, opened, gain = array(answer, (3,), "two shares of right answers and a power of ten")
    if not (0 <= plain <= 1 and 0 <= opened <= 1):
        return "Give shares between 0 and 1."
    if max(plain, opened) < 0.45:
        return "Below chance: are answer and cue compared with the same sign?"
    if opened < 0.98:
        if plain > opened + 0.2:
            return "Are the two in the order asked for: as it comes first, then with the gate open?"
        return "With the gate open it should remember. In torch the forget gate is the second quarter of the bias; set it before training."
    if not 0.4 <= plain <= 0.605:
        return "As it comes, the network does not remember. Does it see the cue again at the end, or is the lag shorter than 30?"
    if near(gain, -6.1317, 0.01):
        return "The shares are right. The slope grows when the gate opens: which of the two stands above?"
    if near(gain, 10**6.1317, 0.05):
        return "The shares are right. Hand in the power of ten, not the factor."
    if not near(gain, 6.1317, 0.01):
        return (
            "The shares are right. For the slope differentiate the last output by the inputs before training, take the "
            "mean size at the first input over the 500, open over as it comes, and the logarithm to base ten."
        )
    return None


def exercise_3(answer):
    """Error of the classical method with one substep and with two."""
    return pair(
        answer, COARSER, "two errors in per cent of the spread", 0.02,
        (
            "one substep", "One substep: `flow(y, i, 1)`, free from rest; the mean of the error over the slice `far`.",
            "One substep is right. Two: `flow(y, i, 2)`, as in the text.",
        ),
        per_cent=True,
    )  # fmt: skip


def exercise_4(answer):
    """Error of ARX with ten lags and with twenty."""
    return pair(
        answer, LAGS, "two errors in per cent of the spread", 0.005,
        (
            "ten lags", "Ten lags: the error of the text, mean over the slice `far`.",
            "Ten lags are right. Twenty: set `lags` anew, then make `past`, the weights and the free run again.",
        ),
        per_cent=True,
    )  # fmt: skip


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
