"""Checkers of the exercises: one for reader, instructor and continuous integration.

A chapter's checkers stand in the module named after it (``odes/system_identification`` →
``mmlib/exercises/odes_system_identification.py``) as functions ``exercise_1``, ``exercise_2``, … Each takes the
answer and returns ``None`` if it is right, or a sentence that says what to look at next. It never gives the answer
away, and it accepts every correct variant (any order where order has no meaning, float32, a list for an array).
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass

import numpy as np

__all__ = ["AnswerError", "Feedback", "array", "check", "number"]


class AnswerError(ValueError):
    """The answer has the wrong form; the message says which form is expected."""


@dataclass(frozen=True)
class Feedback:
    """What the checker says of one answer."""

    number: int
    right: bool
    say: str

    def __str__(self) -> str:
        return f"Exercise {self.number}: {'right. ' if self.right else 'not yet. '}{self.say}".strip()


def check(chapter: str, number: int, answer) -> Feedback:
    """Check `answer` to exercise `number` of `chapter`.

    Raises
    ------
    ValueError : the chapter has no such exercise; the message lists those it has.
    """
    name = chapter.replace("/", "_")
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        raise ValueError(f"chapter {chapter!r} has no exercises to check.") from None
    known = sorted(int(n.removeprefix("exercise_")) for n in vars(module) if n.startswith("exercise_"))
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number not in known:
        raise ValueError(f"expected the number of an exercise of {chapter!r}, one of {known}; got {number!r}.")
    try:
        hint = getattr(module, f"exercise_{number}")(answer)
    except AnswerError as error:
        hint = str(error)
    return Feedback(number, hint is None, hint or "")


def number(answer, what: str) -> float:
    """The answer as one finite number, or an `AnswerError` that says what was expected.

    >>> number(np.float32(0.5), "a rate")
    0.5
    """
    try:
        value = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise AnswerError(f"Expected one number ({what}), got {type(answer).__name__}.") from None
    if isinstance(answer, (bool, np.bool_)):
        raise AnswerError(f"Expected one number ({what}), got {answer}.")
    if answer is None:
        raise AnswerError(f"Expected one number ({what}), got None. Put your result in its place.")
    if value.size != 1:
        raise AnswerError(f"Expected one number ({what}), got an array of shape {value.shape}.")
    result = float(value.reshape(()))
    if not math.isfinite(result):
        raise AnswerError(f"Expected one number ({what}), got {result}. Look for where it stops being finite.")
    return result


def array(answer, shape: tuple[int, ...], what: str) -> np.ndarray:
    """The answer as a finite array of the given shape, or an `AnswerError`.

    >>> array([1, 2], (2,), "two rates")
    array([1., 2.])
    """
    try:
        value = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise AnswerError(f"Expected {what} as numbers of shape {shape}, got {type(answer).__name__}.") from None
    if value.shape != shape:
        raise AnswerError(f"Expected {what} of shape {shape}, got shape {value.shape}.")
    if not np.isfinite(value).all():
        raise AnswerError(f"Expected {what}, all finite; got NaN or infinity.")
    return value
