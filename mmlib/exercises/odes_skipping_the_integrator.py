"""Checkers of the chapter *Skipping the integrator*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import AnswerError, array, number


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
    """Smallest number of stages with an error below 1e-8."""
    q = number(answer, "a number of stages")
    if q != round(q):
        return "A number of stages is whole."
    if q in (20, 22):
        return "Stages, not order: Gauss's method with q stages has order 2q."
    if q >= 15:
        return "That many stages reach it, but fewer do too. Count up from below."
    if q in (12, 13, 14):
        return "Close, and small enough; is it the smallest? Test the number below yours."
    if q < 11:
        return "With so few the error is still above the bound. Is yours relative, and are the equations solved to round-off?"
    return None


def exercise_3(answer):
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
            "Better than the LSTM, but the phase is lost. Give the slope of the voltage in place of its earlier level."
        )
    return None


def exercise_4(answer):
    """Shares of right answers without and with an open forget gate."""
    plain, opened = array(answer, (2,), "two shares of right answers")
    if not (0 <= plain <= 1 and 0 <= opened <= 1):
        return "Give shares between 0 and 1."
    if max(plain, opened) < 0.45:
        return "Below chance: are answer and cue compared with the same sign?"
    if opened < 0.8:
        if plain > opened + 0.2:
            return "Are the two in the order asked for: as it comes first, then with the gate open?"
        return "With the gate open it should remember. In torch the forget gate is the second quarter of the bias; set it before training."
    if plain > 0.95:
        return "Does the network see the cue again at the end, or is the lag shorter than 30?"
    return None


def exercise_5(answer):
    """Indices of the draws that explode before t = 1."""
    try:
        found = {int(i) for i in np.atleast_1d(np.asarray(answer, dtype=float))}
    except (TypeError, ValueError, OverflowError):
        raise AnswerError(f"Expected the indices of draws, such as [0, 2]; got {answer!r}.") from None
    if not found:
        return "Nobody failed? Each k above one explodes before t = 1: is the rate exp(y), and the end at 1?"
    if found == {0, 2}:
        return "Look at the sign of the comparison: which draws have 1 / k before the end?"
    if found == {2, 4}:
        return "Python counts from zero."
    if found != {1, 3}:
        return "Compare 1 / k with the end of the run for each of the four."
    return None
