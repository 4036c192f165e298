"""Checkers of the chapter *Where gradients come from*."""

from __future__ import annotations

from mmlib.exercises import array, near, number

SLOPES = (301.1150, 5538.236, 231.1446, 7619.430, 3.8860, 17.763)  # of the misfit, by its six inputs


def exercise_1(answer):
    """Forward mode: slope of the misfit with respect to gamma."""
    slope = number(answer, "the slope of the misfit with respect to gamma")
    off = [abs(slope / s - 1) for s in SLOPES]
    if off[2] < 1e-4:
        return None
    if off[2] < 1e-3:
        return "Nearly: the slope is right to a few digits. Hand it in with six digits, not rounded, and not from differences."
    if min(off) < 1e-3:
        return "That is the slope with respect to another input. Which of the six carries the unit slope?"
    if abs(slope / SLOPES[2] + 1) < 1e-3:
        return "The size is right, the sign is not: look at how a difference is formed."
    if abs(slope / sum(SLOPES) - 1) < 1e-3:
        return "That is the sum of all six slopes: only one input should start with slope one."
    if slope == 0:
        return "No slope arrived. Does every operation pass it on, the one with a plain number on the left included?"
    return "Compare with a two-sided difference quotient at a step of 1e-5; then test the product rule alone."


def exercise_2(answer):
    """Dot-product test: the product, and the relative mismatch of the mended adjoint."""
    product, mismatch = array(answer, (2,), "the product and the relative mismatch")
    if mismatch < 0:
        return "Take the size of the difference: a mismatch is not negative."
    if mismatch > 1e-10:
        return f"A mismatch of {mismatch:.1g} is no rounding error. On the way back, which of the two operations comes first?"
    if near(product, -0.56368, 1e-3):
        return "That product is the colleague's. With the adjoint mended both are equal."
    if not near(product, -0.5745767, 1e-4):
        return "The first number is the product of transport(a) with b, for the a and b of the cell."
    return None


def exercise_3(answer):
    """Twenty compartments: fastest rate of decay, and the time in which 1e-8 grows to 1e-3."""
    rate, span = array(answer, (2,), "the fastest rate of decay and a time")
    if rate < 0:
        return "A rate of decay is positive: the eigenvalue with its sign turned."
    if near(rate, 397.53767, 5e-4):
        return "That is the diffusion alone. The leak of one adds to every rate of decay."
    if near(rate, 98.5, 0.02):
        return "That is the rate for ten compartments."
    if not near(rate, 398.53767, 5e-4):
        return "The first is off: take the most negative eigenvalue of laplacian(20) minus the leak."
    if near(span, 5 / rate, 0.01):
        return "The growth is exponential with base e, and five decades are more than five."
    if not near(span, 0.0288879, 2e-3):
        return "The rate is right. Solve exp(rate x time) = 1e-3 / 1e-8 for the time."
    return None


def exercise_4(answer):
    """Real record: root of the smallest misfit, and the growth rate there."""
    root, alpha = array(answer, (2,), "the root of the smallest misfit and the growth rate")
    if near(root, 3.763056**2, 2e-3):
        return "That is the mean square. Hand in its root."
    if near(root, 5.499382, 0.01) and near(alpha, 0.55, 1e-3):
        return "That is where the search starts. Did the slopes arrive? With p = exp(q), multiply each by p."
    if root < 3.755:
        return "Below the smallest misfit: is it the mean over all 42 counts?"
    if not near(root, 3.763056, 5e-4):
        return "The misfit can fall further. Tighten the stopping rule (ftol), and check the slopes by one difference quotient."
    if near(alpha, -0.7314, 0.01):
        return "The misfit is right. The rate is the exponential of the first logarithm."
    if not near(alpha, 0.481199, 2e-3):
        return "The misfit is right. The growth rate of the hare is the first of the six inputs."
    return None
