"""Functions that the caller wrote: whether they take what they will be given, and what they give back."""

from __future__ import annotations

import inspect

from mmlib._input.values import numbers, shown

__all__ = ["function", "given"]


def function(value, name: str, of: str):
    """Something that can be called; `of` says with what and what it returns.

    Where `of` begins with arguments in parentheses, such as "(params, y) that returns rates", it must take as many.

    >>> function(lambda y: -y, "rhs", "(y) that returns rates")(1.0)
    -1.0
    """
    if isinstance(value, type):  # int, or a layer that nobody made
        raise TypeError(
            f"expected {name} as a function of {of}; got the class {value.__name__}. Did you mean one of it, {value.__name__}()?"
        )
    if not callable(value):
        raise TypeError(
            f"expected {name} as a function of {of}; got {shown(value)}. A constant? Pass lambda *_: value."
        )
    asked = _arguments(of)
    if asked is not None and not _takes(value, len(asked)):
        raise TypeError(
            f"expected {name} as a function of {of}; got one of {inspect.signature(value)}. Give it {len(asked) or 'no'} "
            f"argument{'s' * (len(asked) != 1)}{': ' * bool(asked)}{', '.join(asked)}."
        )
    return value


def _arguments(of):
    """Names at the beginning of a text, or None where it does not say how many."""
    if not of.startswith("(") or "*" in of.partition(")")[0]:
        return None
    return [word.strip() for word in of[1 : of.index(")")].split(",") if word.strip()]


def _takes(value, count):
    try:
        inspect.signature(value).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # built-in functions do not say
        pass
    return True


def given(value, name: str, shape=None, *, parts=None, remedy=""):
    """What a function of the caller returned, as real numbers (NaN and infinity may be among them) of a shape.

    With `parts`, a pair, triple, … of anything.

    >>> given([1, 2], "f(x)", (2,))
    array([1., 2.])
    """
    if parts is not None:
        if not isinstance(value, tuple | list) or len(value) != parts:
            raise ValueError(
                f"expected of {name} {parts} things; got {shown(value)}. {remedy or 'Return a tuple of them.'}"
            )
        return value
    found = numbers(value, f"what {name} returns")
    if shape is not None and found.shape != tuple(shape):
        raise ValueError(
            f"expected of {name} an array of shape {tuple(shape)}; got {found.shape}. {remedy or 'Return one number for each place.'}"
        )
    return found
