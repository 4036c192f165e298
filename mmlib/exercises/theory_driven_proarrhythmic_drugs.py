"""Checkers of the chapter *Pro-arrhythmic drugs across ten orders of magnitude*."""

from __future__ import annotations

from mmlib.exercises import array, near, number

HALF, TENTH = 23.0 / 4.0, 23.0 / 4.0 * 9 ** (1 / 0.6468)  # terfenadine, multiples of the peak concentration


def exercise_1(answer):
    """Doses of terfenadine that leave half and a tenth of hERG open, as multiples of the peak."""
    half, tenth = array(answer, (2,), "two multiples of the peak concentration, for half open first")
    if min(half, tenth) <= 0:
        return "A dose is positive. Is one of them a logarithm?"
    if abs(half / HALF - 1) > 0.01:
        if abs(half / 23.0 - 1) < 0.01:
            return "That is a concentration in nM. Divide by the peak concentration."
        if abs(half * HALF - 1) < 0.01:
            return "The first is upside down: how many peaks fit into the half-maximal concentration?"
        if abs(half / TENTH - 1) < 0.01:
            return "These look swapped: half open comes first."
        return "Half open is where the concentration equals the IC50, whatever the Hill coefficient."
    if abs(tenth / TENTH - 1) < 0.01:
        return None
    if abs(tenth / (9 * HALF) - 1) < 0.01:
        return "The first is right. The second takes the Hill coefficient for one; terfenadine's is smaller."
    if abs(tenth / (HALF * 9**0.6468) - 1) < 0.01:
        return "The first is right. In the second, the Hill coefficient is an exponent of the concentration: undo it."
    if abs(tenth / (HALF * 10 ** (1 / 0.6468)) - 1) < 0.01:
        return "The first is right. One tenth open means nine blocked for one open, not ten."
    return "The first is right. Solve 1 / (1 + z^h) = 0.1 for z, the concentration over the IC50."


def exercise_2(answer):
    """Ratio of velocities at doubled diffusion."""
    ratio = number(answer, "the ratio of two velocities")
    if near(ratio, 1.4435, 0.004):
        return None
    if abs(ratio - 2**0.5) < 0.005:
        return "That is what dimensional analysis predicts. The grid adds a little; hand in what it gives."
    if 1 / 1.5 <= ratio <= 1 / 1.38:
        return "Upside down: the stronger coupling over the weaker."
    if abs(ratio - 2) < 0.1:
        return "Diffusion doubles, velocity does not. In which power of D does a speed come out of a length squared over time?"
    if abs(ratio - 1) < 0.05:
        return "No change: did the new diffusion coefficient reach the strand?"
    if ratio > 20:
        return "That is a velocity, not a ratio: divide by that at the usual coupling, on the same grid."
    return "Use the same grid for both: with dx = 0.01 cm, compare with the second of `speeds`."


def exercise_3(answer):
    """What calcium block takes off verapamil's action potential [ms]."""
    change = number(answer, "a difference of durations in ms")
    if near(change, 55.143, 0.002):
        return None
    if 47 <= change <= 63:
        return "The right size. Is it the first beat from rest, at four times the peak, with a tenth of a millisecond?"
    if -63 <= change <= -47:
        return "The size is right, the sign is not: without calcium block minus with it."
    if 63 < change <= 85:
        return (
            "That is what verapamil adds to no drug. The question compares verapamil with itself, "
            "without its calcium block and with it."
        )
    if 85 < change < 250:
        return (
            "That looks like the change from no drug at all. The question compares two cells that both have the drug."
        )
    if change > 250:
        return "That is a duration, not a difference: subtract the duration with the calcium block."
    return "Set only the share of ICaL back to one, at the dose four, in the inner cell, and leave the potassium block in place."


def exercise_4(answer):
    """Smallest number of drugs for which the Wilson interval of 90 % excludes 75 %, and its lower end."""
    n, lower = array(answer, (2,), "a number of drugs and the lower end of its interval")
    if n != round(n) or n < 1:
        return "A number of drugs is a whole positive number."
    if n == ENOUGH and abs(lower - LOWER) < 2e-4:
        return None
    if n == ENOUGH:
        return "The number is right. Its interval is `wilson` of 0.9 n out of n; hand in the lower end, as a share with four digits."
    if n == 16:
        return "Sixteen is what there is. Is the lower end of the interval for 0.9 of 16 above 0.75?"
    if n < ENOUGH:
        return f"With {n:.0f} the interval still contains 75 %, or the first n was missed: look at its lower end."
    return "Enough, but not the fewest: go down while the lower end stays above 0.75."


def exercise_5(answer):
    """Share of the sines' variance that a fit to the steps explains."""
    share = number(answer, "a share of variance explained")
    if share > 1:
        return "A share is at most one. Is it in percent, or were the mean squares divided the wrong way round?"
    if near(share, 0.15479, 0.01):
        return None
    if 0.10 <= share <= 0.21:
        return "The right size. Three starts, the seed as stated, and the mean of the sines themselves as the baseline?"
    if share > 0.9:
        return "That is as good as the other way round. Were the sines left out of the calibration, and are they what you predict?"
    return "Compare with the measured current on the sines only, spikes left out, and with the mean of the sines as the baseline."


def _wilson_lower(share: float, n: int, z: float = 1.96) -> float:
    return (share + z**2 / (2 * n) - z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5) / (1 + z**2 / n)


ENOUGH = next(n for n in range(1, 500) if _wilson_lower(0.9, n) > 0.75)
LOWER = _wilson_lower(0.9, ENOUGH)
