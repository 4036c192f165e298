"""Checkers of the exercises: one for reader, instructor and continuous integration.

A chapter's checkers stand in the module named after it (``odes/system_identification`` →
``mmlib/exercises/odes_system_identification.py``) as functions ``exercise_1``, ``exercise_2``, … Each takes the
answer and returns ``None`` if it is right, or a sentence that says what to look at next. It never gives the answer
away, and it accepts every correct variant (any order where order has no meaning, float32, a list for an array).

Where chance enters, the exercise states a seed and the checker knows the answer of seed 0, with room for what another
computer changes. A count or a choice is asked for together with a second quantity, so that no guess passes.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass

import numpy as np

from mmlib import _input

__all__ = [
    "AnswerError",
    "Feedback",
    "array",
    "check",
    "choice",
    "marks",
    "near",
    "number",
    "numbers",
    "pair",
    "parts",
    "run_again",
    "swapped",
]


class AnswerError(ValueError):
    """The answer has the wrong form; the message says which form is expected."""


@dataclass(frozen=True)
class Feedback:
    """What the checker says of one answer."""

    number: int
    right: bool
    say: str
    answer: object = None  # what was handed in, in lists and numbers that JSON can hold

    def __str__(self) -> str:
        return f"Exercise {self.number}: {'right. ' if self.right else 'not yet. '}{self.say}".strip()


def check(chapter: str, number: int, answer) -> Feedback:
    """Check `answer` to exercise `number` of `chapter`.

    Raises
    ------
    ValueError : the chapter has no such exercise; the message lists those it has.
    """
    module = _module(chapter)
    known = numbers(chapter)
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number not in known:
        raise ValueError(
            f"expected the number of an exercise of {chapter!r}, one of {known}; got {number!r}. Pass its number."
        )
    if _has_dots(answer):
        return Feedback(number, False, "Put your answer in place of the dots.")
    try:
        hint = getattr(module, f"exercise_{number}")(answer)
    except AnswerError as error:
        hint = str(error)
    return Feedback(number, hint is None, hint or "", _plain(answer))


def numbers(chapter: str) -> list[int]:
    """The numbers of a chapter's exercises.

    >>> numbers("pdes/schrodinger")
    [1, 2, 3, 4, 5]
    """
    return sorted(int(n.removeprefix("exercise_")) for n in vars(_module(chapter)) if n.startswith("exercise_"))


def _module(chapter: str):
    if not isinstance(chapter, str) or not chapter.strip("/") or "." in chapter:
        raise ValueError(
            f"expected a chapter's path, such as 'pdes/schrodinger'; got {chapter!r}. Copy it from the chapter's first cell."
        )
    name = f"{__name__}.{chapter.replace('/', '_')}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ValueError(f"chapter {chapter!r} has no exercises to check.") from None


def _has_dots(answer) -> bool:
    return answer is ... or (isinstance(answer, (list, tuple, set)) and any(_has_dots(a) for a in answer))


def _plain(answer):
    """The answer as JSON can hold it; ``None`` for what has no such form."""
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu()
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if hasattr(answer, "__len__") and len(answer) > 1000:
        return None  # no answer is so long, and a notebook should not hold it
    if isinstance(answer, (set, frozenset)):
        answer = sorted(answer, key=str)
    if isinstance(answer, (list, tuple)):
        return [_plain(a) for a in answer]
    if isinstance(answer, float) and not math.isfinite(answer):
        return None
    return answer if isinstance(answer, (bool, int, float, str)) else None


def near(value, right, within: float) -> bool:
    """Whether each value lies within the share `within` of the right one.

    >>> near([0.52, 3.0], [0.5195, 3.02], 0.01)
    True
    """
    right = np.asarray(right, dtype=float)
    return bool(np.all(np.abs(np.asarray(value, dtype=float) - right) <= within * np.abs(right)))


def swapped(answer, right, within: float) -> bool:
    """Whether two numbers lie within the share `within` of the right ones, in the other order.

    >>> swapped([3.0, 0.52], (0.5195, 3.02), 0.01), swapped([0.52, 3.0], (0.5195, 3.02), 0.01)
    (True, False)
    """
    first, second = answer
    return near([second, first], right, within)


def pair(answer, right, what: str, within: float, hints: tuple[str, str, str], *, per_cent: bool = False) -> str | None:
    """Two numbers in their order: `None` if both are right, else the hint for what is wrong.

    Parameters
    ----------
    answer, right : two numbers each.
    what : what is asked for, as in `array`.
    within : share by which each may be off.
    hints : the name of the one that comes first; what to look at if the first is wrong; if only the second is.
    per_cent : shares are told apart from numbers in per cent.

    >>> hints = ("hares", "Hares: set the second rate to zero.", "The hares are right. Lynx: the first rate.")
    >>> pair([19.9, 33.6], (33.61, 19.88), "two numbers of pelts", 0.01, hints)
    'The two are swapped: hares first.'
    >>> pair([33.6, 20.9], (33.61, 19.88), "two numbers of pelts", 0.01, hints)
    'The hares are right. Lynx: the first rate.'
    """
    first, second = array(answer, (2,), what)
    if swapped((first, second), right, within):
        return f"The two are swapped: {hints[0]} first."
    if per_cent and near([100 * first, 100 * second], right, within):
        return "In per cent, please."
    if not near(first, right[0], within):
        return hints[1]
    return None if near(second, right[1], within) else hints[2]


def parts(answer, count: int, what: str) -> tuple:
    """The `count` parts of an answer that is more than numbers, or an `AnswerError` that says what was expected.

    >>> parts((["A", "C"], 2.5), 2, "names and a residual")
    (['A', 'C'], 2.5)
    """
    found = len(answer) if isinstance(answer, (list, tuple)) else None
    if found != count:
        got = f"{found} parts" if found is not None else type(answer).__name__
        raise AnswerError(f"Expected {count} parts ({what}), as in [a, b]; got {got}.")
    return tuple(answer)


def choice(answer, menu, what: str) -> set:
    """The answer as a set out of `menu`, or an `AnswerError`; a text of names is cut at commas and blanks.

    >>> sorted(choice("C, A", "ABC", "names"))
    ['A', 'C']
    """
    if isinstance(answer, str):
        answer = answer.replace(",", " ").split()
    elif np.ndim(answer) == 0 and not isinstance(answer, (set, frozenset)):
        answer = [answer]
    try:
        known = {str(m).lower(): m for m in menu}
        chosen = [str(int(a) if isinstance(a, (float, np.floating)) and a == int(a) else a) for a in answer]
    except (TypeError, ValueError, OverflowError):
        raise AnswerError(f"Expected {what}, a list out of {list(menu)}; got {type(answer).__name__}.") from None
    if unknown := sorted({c for c in chosen if c.strip().lower() not in known}):
        raise AnswerError(f"Expected {what} out of {list(menu)}; got {', '.join(unknown)}.")
    return {known[c.strip().lower()] for c in chosen}


def _values(answer) -> np.ndarray:
    """An answer as an array; tensors, also those in lists, leave their gradients behind."""
    return np.asarray(_input.plain(answer, "the answer"), dtype=float)


def number(answer, what: str) -> float:
    """The answer as one finite number, or an `AnswerError` that says what was expected.

    >>> number(np.float32(0.5), "a rate")
    0.5
    """
    try:
        value = _values(answer)
    except (TypeError, ValueError, OverflowError):
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
        value = _values(answer)
    except (TypeError, ValueError, OverflowError):
        raise AnswerError(f"Expected {what} as numbers of shape {shape}, got {type(answer).__name__}.") from None
    if value.shape != shape:
        raise AnswerError(f"Expected {what} of shape {shape}, got shape {value.shape}.")
    if not np.isfinite(value).all():
        raise AnswerError(f"Expected {what}, all finite; got NaN or infinity.")
    return value


from mmlib.exercises._marks import marks, run_again  # noqa: E402 - they call `check`
