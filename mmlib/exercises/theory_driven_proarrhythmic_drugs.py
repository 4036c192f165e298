"""Checkers of the chapter *Pro-arrhythmic drugs: how much of the heart must we simulate?*"""

from __future__ import annotations

from mmlib.exercises import array, near, number, swapped

HALF, TENTH = 23.0 / 4.0, 23.0 / 4.0 * 9 ** (1 / 0.6468)  # terfenadine, multiples of the peak concentration
DOSE = (0.994534, 11.2881)  # dofetilide: multiple of the peak that adds 60 ms, ratio of the ends of its interval
PORE = (0.154787, 0.960586)  # share of variance explained: sines by a fit to the steps, steps by a fit to the sines
WEAKEST = (72, 92, 531.144)  # block of IKr [%] at which a middle cell and the wall give way; duration at 60 % [ms]


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


def exercise_3(answer):
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


def exercise_4(answer):
    """Dose of dofetilide that adds 60 ms, and how far the ends of its 90 % interval are apart."""
    dose, apart = array(answer, (2,), "a multiple of the peak concentration and a ratio of two doses")
    if min(dose, apart) <= 0:
        return "Both are positive numbers."
    if swapped((dose, apart), DOSE, 0.02):
        return "The two are swapped: the dose first."
    if not near(dose, DOSE[0], 0.003):
        return (
            "The dose is another one: all seven channels, the inner cell, the first beat, `cycle=800`, "
            "60 ms above the cell without drug, in multiples of the peak."
        )
    if near(apart, DOSE[1] ** 0.5, 0.01):
        return "The dose is right. Your ratio is from the middle to one end; the two ends are twice as far apart in decades."
    if near(apart, 10 ** (2 * 1.96 * BETWEEN), 0.01):
        return "The dose is right. That is the 95 % interval; 90 % was asked for."
    if near(apart, 10**BETWEEN, 0.01):
        return "The dose is right. That is one standard deviation; a 90 % interval has 1.645 of them to each side."
    if not near(apart, DOSE[1], 0.01):
        return (
            "The dose is right. The dose scales with the potency: 1.645 standard deviations, in decades, to each side."
        )
    return None


def exercise_5(answer):
    """Shares of variance explained: sines by a fit to the steps, steps by a fit to the sines."""
    sines, steps = array(answer, (2,), "two shares of variance explained, that of the sines first")
    if max(sines, steps) > 1:
        return "A share is at most one. Is it in per cent, or were the mean squares divided the wrong way round?"
    if swapped((sines, steps), PORE, 0.02):
        return "The two are swapped: the sines by a fit to the steps come first."
    if not near(sines, PORE[0], 0.01):
        return (
            "The first: calibrate on the steps alone (three starts, seed 0), compare with the measured current on the sines, "
            "spikes left out, and take the variance of the sines as the baseline."
        )
    if not near(steps, PORE[1], 0.003):
        return "The first is right. The second: calibrate on the sines alone, and take the variance of the steps as the baseline."
    return None


def exercise_6(answer):
    """Blocks of IKr at which a middle cell and the wall give way, and a duration."""
    cell, wall, duration = array(
        answer, (3,), "two blocks in per cent, of the cell and of the wall, and a duration in ms"
    )
    if 0 < cell <= 1 and 0 < wall <= 1:
        return "Give the blocks in per cent."
    if (cell, wall) == (WEAKEST[1], WEAKEST[0]):
        return "The two blocks are swapped: the cell first."
    if cell != WEAKEST[0]:
        return "The cell: `after` says which runs do not come to rest or rise again; hand in the first block that does."
    if wall != WEAKEST[1]:
        return "The cell is right. The wall has 20, 15 and 20 nodes, 0.03 cm apart, and needs more block than its middle cells alone."
    if not near(duration, WEAKEST[2], 0.001):
        return (
            "The blocks are right. The duration is that of the middle cell at 60 % block, `apd90`, with `cycle=1200`."
        )
    return None


def _wilson_lower(share: float, n: int, z: float = 1.96) -> float:
    return (share + z**2 / (2 * n) - z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5) / (1 + z**2 / n)


BETWEEN = 0.3199  # standard deviation of one potency [decades]
ENOUGH = next(n for n in range(1, 500) if _wilson_lower(0.9, n) > 0.75)
LOWER = _wilson_lower(0.9, ENOUGH)
