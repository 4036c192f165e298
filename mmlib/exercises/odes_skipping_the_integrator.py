"""Checkers of the chapter *Skipping the integrator*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, choice, near, number, parts


def exercise_1(answer):
    """Break-even draws with a run of 40 s and with one of 0.5 s."""
    dear, cheap = array(answer, (2,), "two break-even numbers of draws")
    if min(dear, cheap) <= 0:
        return "A number of draws is positive. Whose cost stands first in the denominator?"
    right = [(300 * c + 600) / (c - 0.01) for c in (40, 0.5)]
    if abs(dear / (600 / 39.99) - 1) < 0.02 or abs(cheap / (600 / 0.49) - 1) < 0.02:
        return "The training runs are solver runs too: 300 of them belong to the bill."
    if abs(dear / 300 - 1) < 1e-3 or abs(cheap / 300 - 1) < 1e-3:
        return "Those are the training runs alone. What does the training itself cost?"
    if abs(dear / right[0] - 1) > 5e-3:
        return "The first number is off: all costs before the first prediction, over what each prediction saves."
    if abs(cheap / right[1] - 1) > 5e-3:
        return (
            "The first is right. In the second every run costs half a second, those used for training included."
            if abs(cheap / ((300 * 40 + 600) / 0.49) - 1) < 5e-3
            else "The first is right. Put the cheaper run into the same formula."
        )
    return None


def exercise_2(answer):
    """Free-run error [%] of the map without w at 180 to 200 units."""
    error = number(answer, "an error in per cent of the spread")
    if error < 0:
        return "A root mean square is not negative."
    if error < 1e-3:
        return "Too good: does each step feed on its own output, or on the true voltage?"
    if error > 60:
        return "The run has lost the spikes. Are the inputs scaled, the two voltages in the right order, the newest current in?"
    if error > 25:
        return (
            "Better than the LSTM, but the phase is lost. Is the second input the last change of the run's own voltage?"
        )
    if near(100 * error, 0.6729, 0.02):
        return "In per cent, please."
    if not near(error, 0.6729, 0.02):
        return (
            "The right kind of run. For the number to be comparable take the samples of the cell, the seed and the 40 "
            "iterations as stated, the first two voltages from the truth, and the error at 180 to 200 units only."
        )
    return None


def exercise_3(answer):
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


def exercise_4(answer):
    """Indices of the draws that explode before t = 1, and where the draw with k = 0.9 ends."""
    indices, end = parts(answer, 2, "the list of indices and y(1) of the draw with k = 0.9")
    found = choice(indices, range(10), "the indices of draws, such as [0, 2]")
    end = number(end, "y(1) of the draw with k = 0.9")
    if not found:
        return "Nobody failed? Each k above one explodes before t = 1: is the rate exp(y), and the end at 1?"
    if found == {0, 2}:
        return "Look at the sign of the comparison: which draws have 1 / k before the end?"
    if found == {2, 4}:
        return "Python counts from zero."
    if found != {1, 3}:
        return "Compare 1 / k with the end of the run for each of the four."
    if near(end, 0.3567, 0.01):
        return "The indices are right. The second is that of the draw with k = 0.3."
    if not near(end, -np.log(0.1), 0.005):
        return (
            "The indices are right. Separate the variables: what is y(1) for k = 0.9, and does your run agree with it?"
        )
    return None
