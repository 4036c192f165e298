"""Checkers of the chapter *How sure are six rate constants?*: chance comes from the seed that the exercise states."""

from __future__ import annotations

from mmlib.exercises import array, near, number, swapped

WRONG_READING = (-0.011663, -0.020219)  # moves of the logarithm of phosphorylation: Gaussian, Student's t
BARS = (0.103447, 0.086988)  # of the logarithm of phosphorylation: without the share of STAT5A, with it
LINEAR, PUBLISHED = 249.746, 138.222  # objective: best of twenty starts on a linear scale; the optimum
SPREADS = (0.908698, 0.557244)  # of the drift over forty paths: naive, likelihood of the steps

TRUTH = (100.0, 0.155375)  # synthetic sets whose profile holds the truth [%], scatter of the decay of Epo [decades]
SHARES = (0.5306, 0.42)  # total Sobol indices of the decay of Epo and of the import of mixed pairs


def exercise_1(answer):
    """One wrong reading: how far the constant moves under Gaussian and under Student's errors."""
    gauss, student = array(answer, (2,), "two moves of a logarithm to base ten")
    if swapped((gauss, student), WRONG_READING, 0.02):
        return "The two are swapped: Gaussian first."
    if near(-gauss, WRONG_READING[0], 0.03):
        return "The sign: the fit with the wrong reading minus the fit with the right ones."
    if not near(gauss, WRONG_READING[0], 0.03):
        return (
            "The Gaussian one: add 40 to reading 3 of the second sixteen, fit four rates and three standard deviations from the published "
            "optimum, and compare logarithms to base ten."
        )
    if not near(student, WRONG_READING[1], 0.03):
        return "The Gaussian one is right. Student's: apply the root of the logarithm to the residuals only, for both sets of readings."
    return None


def exercise_2(answer):
    """The textbook's bar of phosphorylation without the third quantity, and with it."""
    without, whole = array(answer, (2,), "two bars in decades")
    if swapped((without, whole), BARS, 0.01):
        return "The two are swapped: fewer readings cannot tell more."
    if near(1.96 * without, BARS[0], 0.02):
        return "That is one standard deviation; the bar is 1.96 of them."
    if not near(whole, BARS[1], 0.02):
        return "With all readings: the last of the four free constants, the root of the diagonal of the inverse, times 1.96."
    if not near(without, BARS[0], 0.02):
        return "With all it is right. Without: the first 32 rows of the slopes, the same four columns."
    return None


def exercise_3(answer):
    """Starts on a linear scale: smallest objective of twenty ends."""
    least = number(answer, "one objective")
    if near(least, PUBLISHED, 0.01):
        return "That is the optimum: were the starts drawn in the rates themselves, all six between 1e-5 and 1e5?"
    if not near(least, LINEAR, 0.002):
        return "Draw in the rates, then take the logarithm; all six rates of all starts in one call. Standard deviations start at ten."
    return None


def exercise_4(answer):
    """Noise in the law: spread of two estimates of the drift."""
    naive, steps = array(answer, (2,), "two standard deviations over forty paths")
    if swapped((naive, steps), SPREADS, 0.02):
        return "The two are swapped: the naive one first."
    if not near(steps, SPREADS[1], 0.02):
        return "The steps: products of neighbours over squares, summed over the hundred steps of one path; then the logarithm, over the step."
    if not near(naive, SPREADS[0], 0.02):
        return "The steps are right. The naive one: least squares of each whole path on the exponential, its start included."
    return None


def exercise_5(answer):
    """A known truth: share of profiles that hold it, scatter of the estimates."""
    share, scatter = array(answer, (2,), "a share in per cent and a scatter in decades")
    if near(100 * share, TRUTH[0], 0.03):
        return "The share in per cent, please."
    if near(scatter, 2 * TRUTH[1], 0.05):
        return "Half the distance between the two quantiles."
    if not near(scatter, TRUTH[1], 0.05):
        return "The scatter: column 0 of the sixty free fits, np.quantile at 0.025 and 0.975, half their distance."
    if not near(share, TRUTH[0], 0.018):
        return "The scatter is right. The share: objective with the decay held less the free one, below 1.92."
    return None


def exercise_6(answer):
    """Sobol indices of one reading."""
    decay, into = array(answer, (2,), "two total indices")
    if swapped((decay, into), SHARES, 0.03):
        return "The two are swapped: the decay first."
    if not near(decay, SHARES[0], 0.03):
        return "The decay: first of total_order; ranges as stated, logarithms drawn evenly, output column 31."
    if not near(into, SHARES[1], 0.03):
        return (
            "The decay is right. The import of mixed pairs is the fourth of the six, and its total index is asked for."
        )
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
