"""Checkers of the chapter *One giant step*: nothing is drawn, so that tolerances are those of round-off in printed digits."""

from __future__ import annotations

from mmlib.exercises import array, near, pair, swapped

FEWEST, LEFT = 11, 3.829e-9  # stages for an error below 1e-8, and the error
SHARES = (2.0026e-7, 2.8283e-3)  # error of four steps of four stages, of sixteen of one
BETWEEN = (1.1263e-4, 1.0676e-7)  # error half way: eight stages, sixteen
COUNTS = (110, 10838)  # evaluations: diffusion 1e-4, 1e-2


def exercise_1(answer):
    """Smallest number of stages with an error below 1e-8, and that error."""
    q, error = array(answer, (2,), "a number of stages and an error")
    if q != round(q):
        return "The first is a number of stages, which is whole."
    if q in (2 * FEWEST, 2 * FEWEST - 2):
        return "Stages, not order: Gauss's method with q stages has order 2q."
    if q > FEWEST:
        return "That many stages reach it, but fewer do too. Count up from below."
    if q < FEWEST:
        return "With so few the error is still above the bound. Is yours relative, and are the equations solved to round-off?"
    if not near(error, LEFT, 0.02):
        return "The number of stages is right. The error is that of `off`, for the step with just so many stages."
    return None


def exercise_2(answer):
    """Errors of sixteen stages spent on four steps and on sixteen."""
    four, sixteen = array(answer, (2,), "two relative errors")
    if swapped((four, sixteen), SHARES, 0.02):
        return "The two are swapped: four steps of four stages first."
    if not near(sixteen, SHARES[1], 0.02):
        return "Sixteen steps: each starts where the last one ended and is 0.05 long, with one stage; the error is that of `off`."
    if not near(four, SHARES[0], 0.02):
        return "The sixteen are right. Four steps: 0.2 long, four stages each, one after the other."
    return None


def exercise_3(answer):
    """Error of the stages' polynomial half way, with eight stages and with sixteen."""
    eight, sixteen = array(answer, (2,), "two relative errors")
    if swapped((eight, sixteen), BETWEEN, 0.02):
        return "The two are swapped: eight stages first."
    if near(eight, 0.1253, 0.02) or near(sixteen, 0.0646, 0.02):
        return "That is the stage nearest to the middle; read the polynomial through all of them, and the start, at one half."
    if not near(eight, BETWEEN[0], 0.02):
        return "Eight stages: nine knots, the start at 0 among them; times run from 0 to 1 along the step. Divide by the size of the reference."
    if not near(sixteen, BETWEEN[1], 0.02):
        return "Eight are right. Now the same with the step of sixteen."
    return None


def exercise_4(answer):
    """Evaluations of the right-hand side by RK45 with the old diffusion and with the new one."""
    return pair(
        answer, COUNTS, "two numbers of evaluations", 0.01,
        (
            "the old diffusion", "The old one: from `u_start`, over 0.8, RK45, rtol and atol 1e-6; `nfev` of the result.",
            "The old one is right. The new one: `AllenCahn(diffusion=1e-2)`, all else as before.",
        ),
    )  # fmt: skip


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
