"""Checkers of the chapter *What drives the morphogens? System identification*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import AnswerError, array, number


def exercise_1(answer):
    """Lorenz: the (3, m) coefficients of the identified law."""
    try:
        coef = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise AnswerError(f"Expected law.coef, numbers of shape (3, terms); got {type(answer).__name__}.") from None
    if coef.ndim != 2 or coef.shape[0] != 3:
        raise AnswerError(
            f"Expected the coefficients of the law, law.coef of shape (3, terms); got shape {coef.shape}."
        )
    if not np.isfinite(coef).all():
        raise AnswerError("Expected finite coefficients; got NaN or infinity.")
    kept = coef[coef != 0]
    if len(kept) > 7:
        return f"{len(kept)} terms are kept; Lorenz wrote seven. Is the threshold above the noise of the coefficients?"
    if len(kept) < 7:
        return f"Only {len(kept)} terms are kept. The smallest true coefficient is of size one: lower the threshold."
    expected = np.array([1, 1, 8 / 3, 10, 10, 28, 1])
    off = abs(np.sort(abs(kept)) / np.sort(expected) - 1).max()
    if off > 1e-2:
        return f"The structure is right, the worst coefficient is off by {off:.1%}. Did you use exact rates, and all hundred time units?"
    if abs(kept.sum() - (28 - 1 - 1 - 8 / 3 + 1)) > 0.1:
        return "The sizes are right, a sign is not. Check the order in which you pass states and rates."
    return None


def exercise_2(answer):
    """The wrong axis: coefficients of u_x and u_xx."""
    c, d = array(answer, (2,), "the coefficients of u_x and u_xx")
    if abs(c - 2) < 0.1:
        return "That coefficient is the ratio of the two grid steps: u was differentiated along x and divided by dt. Which axis is time?"
    if abs(c - 0.5) < 0.05:
        return "The size of the first coefficient is right. Which way does the hump travel, and what sign does that give u_x?"
    if abs(c + 0.5) > 0.02:
        return (
            "The first coefficient is not the speed of the hump. Follow its top in a plot of u against x at two times."
        )
    if abs(d - 0.1) > 0.01:
        return "The first is right. The second says how fast the hump widens; is u_xx among your candidates?"
    return None


def exercise_3(answer):
    """Units: the methods whose set of terms changes when v is measured in other units."""
    if isinstance(answer, str):
        answer = answer.replace(",", " ").split()
    try:
        names = {str(n).strip().lower() for n in answer}
    except TypeError:
        raise AnswerError(f"Expected a list of method names, such as ['lasso']; got {type(answer).__name__}.") from None
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
    return None


def exercise_4(answer):
    """Adaptive LASSO: share of draws [%] at 1 % noise whose path passes through the truth."""
    share = number(answer, "a share of the hundred draws, in per cent")
    if not 0 <= share <= 100:
        return f"{share:g} is no share in per cent."
    if share == 0:
        return "That is plain LASSO's score. Were the columns multiplied by the least-squares coefficients before the path was computed?"
    if share <= 1:
        return "Give the share in per cent, and ask that both equations come out right."
    if not 50 <= share <= 99:
        return "Compare each point of the path with the true terms of its own equation, at the lowest noise level only."
    return None


def exercise_5(answer):
    """Dose and response: held-out errors of least squares, ridge and Gaussian process."""
    plain, ridge, gp = array(answer, (3,), "three held-out errors: least squares, ridge, Gaussian process")
    if min(plain, ridge, gp) <= 0:
        return "A root mean squared error is positive."
    if min(plain, ridge, gp) < 0.5 * max(plain, ridge, gp) and gp == max(plain, ridge, gp):
        return "The process is far worse than a polynomial: does it know of the noise, and is the dose on a log scale?"
    if gp == ridge or plain == ridge:
        return "Two of the three errors are equal. Were all three fitted, and each scored on its own prediction?"
    if min(ridge, gp) > 20:
        return "Both ridge and process are far off: are the held-out doses transformed like the training doses?"
    if ridge > 20:
        return "Ridge is far off: are the powers of the dose scaled before the penalty is applied, and is the penalty chosen?"
    if gp < 4:
        return "Below the noise of the measurements: compare with held-out wells, not with those used for fitting."
    return None
