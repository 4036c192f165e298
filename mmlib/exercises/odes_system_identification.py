"""Checkers of the chapter *What drives the morphogens?*: chance comes from the seeds that the exercises state."""

from __future__ import annotations

from mmlib.exercises import AnswerError, array, pair

CLOCK = (0.087839, 0.022508)  # largest and smallest interval, in periods
LORENZ = 6.2977e-3  # worst relative error with the stated seed
NEW_UNITS = 10  # terms that SINDy keeps
COUNTS = (19, 34)  # of forty draws, p < 0.05 and p < 0.01
PATHS = (0, 33)  # of forty draws, plain and adaptive LASSO
CLOSE = 1  # counts that another machine's last bits may move


def exercise_1(answer):
    """Lorenz: number of terms and worst relative error of a coefficient."""
    terms, worst = array(answer, (2,), "the number of terms and the worst relative error")
    if terms > 7:
        return f"{terms:g} terms are kept; Lorenz wrote seven. Is the threshold above the noise of the coefficients?"
    if terms < 7:
        return f"Only {terms:g} terms are kept. The smallest true coefficient is of size one: lower the threshold."
    if abs(worst / (100 * LORENZ) - 1) < 0.05:
        return "Hand in the relative error itself, not per cent."
    if abs(worst / LORENZ - 1) > 0.05:
        return (
            "Seven terms are right; the worst error is not what this noise gives. Compare each coefficient with its own true value, "
            "divided by that value, and draw the noise as stated, all three rows at once."
        )
    return None


def exercise_2(answer):
    """The wrong axis: coefficients of u_x and u_xx."""
    c, d = array(answer, (2,), "the coefficients of u_x and u_xx")
    if abs(c - 2) < 0.1:
        return "That coefficient is the ratio of the two grid steps: u was differentiated along x and divided by dt. Which axis is time?"
    if abs(c - 0.5) < 0.05:
        return "The size of the first coefficient is right. Which way does the hump travel, and what sign does that give u_x?"
    if abs(c + 0.5) > 0.01:
        return (
            "The first coefficient is not the speed of the hump. Follow its top in a plot of u against x at two times."
        )
    if abs(d - 0.1) > 0.005:
        return "The first is right. The second says how fast the hump widens; is u_xx among your candidates?"
    if (c, d) == (-0.5, 0.1):
        return "Those are the constants that made the hump. Hand in what the mended line identifies."
    return None


def exercise_3(answer):
    """Units: the methods whose terms change when v is measured in other units, and the terms that SINDy then keeps."""
    try:
        names, kept = answer
        names = {str(n).strip().lower() for n in ([names] if isinstance(names, str) else names)}
        kept = float(kept)
    except (TypeError, ValueError):
        raise AnswerError(
            f"Expected a list of names and a number, such as [['lasso'], 7]; got {type(answer).__name__}."
        ) from None
    unknown = names - {"sindy", "lasso", "stepwise"}
    if unknown:
        raise AnswerError(f"Expected names out of 'sindy', 'lasso', 'stepwise'; got {sorted(unknown)}.")
    if not names:
        return "One of the three compares raw coefficients with a number. What becomes of a coefficient when its unit changes?"
    if "stepwise" in names:
        return (
            "An F compares two misfits. Does a misfit change when a column of the matrix is multiplied by a constant?"
        )
    if "lasso" in names:
        return "mmlib scales every column to unit length before LASSO sees it. What does that do to the unit?"
    if kept != NEW_UNITS:
        return "The name is right, the number of terms is not. Count both equations, in the new unit, with the noise as stated."
    return None


def exercise_4(answer):
    """The F-test on weighted rows: how many of forty draws at two levels."""
    loose, strict = array(answer, (2,), "two counts out of forty")
    if max(loose, strict) > 40 or min(loose, strict) < 0:
        return "Hand in counts out of forty, not percentages."
    if (strict, loose) == COUNTS and strict != loose:
        return "The two are swapped: p < 0.05 first."
    if loose <= 10:
        return "Few at p < 0.05: are the rows weighted, and does each equation have its own?"
    if abs(loose - COUNTS[0]) > CLOSE:
        return "The first count differs. One generator, `default_rng(4)`, made once; forty problems one after the other; both equations."
    if abs(strict - COUNTS[1]) > CLOSE:
        return "The first is right. For the second change the level alone, on the same forty problems."
    return None


def exercise_5(answer):
    """Plain and adaptive LASSO: how many of forty draws have a path that passes through the truth."""
    plain, adaptive = array(answer, (2,), "two counts out of forty")
    if max(plain, adaptive) > 40 or min(plain, adaptive) < 0:
        return "Hand in counts out of forty, not percentages."
    if plain != PATHS[0]:
        return "The plain path: columns of unit length, each point of the path compared with the true terms of its own equation, both equations."
    if abs(adaptive - PATHS[1]) > CLOSE:
        return "The first is right. Were the columns multiplied by the least-squares coefficients before the path was computed, on the same draws?"
    return None


def exercise_6(answer):
    """Largest and smallest interval for central differences, in periods."""
    hints = (
        "the largest",
        "Largest: sin(x) / x = 0.95 for x = omega h, then x over 2 pi.",
        "The largest is right. Smallest: two readings of 0.01, over 2 h, against 5 % of omega.",
    )
    return pair(answer, CLOCK, "two fractions of a period", 0.003, hints)


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
