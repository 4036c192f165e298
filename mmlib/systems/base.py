"""What all models of this folder share: constants with names, units and checks, and rates that a solver can call.

A model is a frozen dataclass. Its fields are its constants; `units` gives the unit of each, of the states and of time;
`names` are its states, in the order in which `rhs(t, y)` returns their rates.
"""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from functools import wraps
from inspect import isfunction, signature

import numpy as np

from mmlib import _input

__all__ = ["Model", "at_time"]


class Model:
    """Base of the models: refuses constants that cannot be, and says which one, what was expected and in which unit.

    A constant is positive and finite, a number or an array, unless its class lists it in `may_be_zero` (zero or positive),
    `any_sign` (finite) or `unchecked` (no number, or checked by the class itself).

    The state that comes into `rhs`, `jacobian` and what a class lists in `of_states` is looked at, too: lists, whole numbers and
    series of pandas become arrays of floats, and another number of rows is refused. Tensors of torch, and tuples that hold
    them, pass as they are.

    Raises
    ------
    ValueError
        A constant is NaN, infinite, no number, or outside its range; a state that is none.
    TypeError
        A constant that the model does not have.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Decay(Model):
    ...     k: float = 1.0  # [1/day]
    ...     names = ("y",)
    ...     units = {"y": "mg", "t": "day", "k": "1/day"}
    ...     def rhs(self, t, y):
    ...         return -self.k * y
    >>> try:
    ...     Decay(k=-1.0)
    ... except ValueError as error:
    ...     print(error)
    Decay: expected k positive and finite [1/day]; got -1.0. Was a sign, a unit or a logarithm mixed up?
    """

    names: tuple = ()  # of the states, in the order of `rhs`
    units: dict = {}  # of the constants, the states and "t"
    may_be_zero: tuple = ()
    any_sign: tuple = ()
    unchecked: tuple = ()
    of_states: tuple = ()  # methods whose first argument is a state

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        for name in ("rhs", "jacobian", *cls.of_states):
            if name in vars(cls):
                setattr(cls, name, _gated(vars(cls)[name]))
        for name, part in list(vars(cls).items()):
            if isfunction(part) and (name[0] != "_" or name == "__post_init__"):
                setattr(cls, name, _without_slopes(part))
            elif isinstance(part, property) and name[0] != "_":
                setattr(cls, name, property(_without_slopes(part.fget), doc=part.__doc__))

    def __new__(cls, *values, **constants):
        names = [n for n, f in getattr(cls, "__dataclass_fields__", {}).items() if f.init]
        stray = [name for name in constants if name not in names]
        if stray or len(values) > len(names):
            near = get_close_matches(stray[0], names, 1) if stray else []
            got = stray[0] if stray else f"{len(values)} values"
            raise TypeError(
                f"{cls.__name__}: expected constants out of {', '.join(names)}; got {got}. "
                + (f"Did you mean {near[0]}?" if near else "Look at their names and units in its `units`.")
            )
        return super().__new__(cls)

    @property
    def _count(self):
        """Rows of a state; None where the grid decides."""
        return len(self.names)

    def _stated(self, y):
        """A state (rows, …) that the rates can compute with."""
        if type(y) is not np.ndarray or y.dtype.kind not in "fc":
            y = _plain(y, self)
        if self._count not in (None, len(y)):
            raise ValueError(
                f"{type(self).__name__}: expected a state of {self._count} rows ({', '.join(self.names)}); got "
                f"{len(y)}. One column a time? Transpose it: y.T."
            )
        return y

    def __post_init__(self):
        for field in fields(self):
            if field.name not in self.unchecked:
                self._check(field.name)
            value = getattr(self, field.name)
            if hasattr(value, "detach") and not value.ndim and not value.requires_grad:
                object.__setattr__(self, field.name, float(value))  # one that keeps its gradient is for states of torch

    def _check(self, name: str) -> None:
        value = getattr(self, name)
        expected = "finite" if name in self.any_sign else "zero or positive and finite"
        if name not in self.any_sign and name not in self.may_be_zero:
            expected = "positive and finite"
        try:
            number = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
            good = number.dtype.kind in "iuf" and np.isfinite(number).all()
            good = good and not np.ma.is_masked(value)
        except (TypeError, ValueError):  # ragged lists, objects
            good = False
        if good and name not in self.any_sign:
            good = (number >= 0).all() if name in self.may_be_zero else (number > 0).all()
        if good:
            _input.sized(np.atleast_1d(number), f"{name} of {type(self).__name__}", each=name not in self.any_sign)
        else:
            unit = f" [{self.units[name]}]" if name in self.units else ""
            raise ValueError(
                f"{type(self).__name__}: expected {name} {expected}{unit}; got {value!r}. "
                "Was a sign, a unit or a logarithm mixed up?"
            )


def _plain(y, model):
    """Numbers that came in another container, as an array of floats; tensors, and lists of what is no number, as they are."""
    if hasattr(y, "detach"):
        return y if y.ndim else _input.array(y, "a state", "(n,)")
    if isinstance(y, list | tuple):
        try:
            kind = np.asarray(y).dtype.kind
        except (ValueError, TypeError, RuntimeError):  # rows of different shapes, or tensors
            return y
        if kind in "Oc":
            return y if kind == "O" else np.asarray(y)
    elif isinstance(y, np.ndarray) and y.ndim and y.dtype.kind in "Oc":
        return y
    found = _input.numbers(y, f"the state ({', '.join(model.names)}) of {type(model).__name__}")
    if not found.ndim:
        raise ValueError(
            f"{type(model).__name__}: expected a state ({', '.join(model.names)}); got the number {found}. Call rhs(t, y): "
            "the time comes first."
        )
    return found


def _gated(method):
    """The method, with its state looked at; it is the first argument, or the second, after the time."""
    own = list(signature(method).parameters.values())[1:]
    place = int(own[0].name == "t")
    name, alone = own[place].name, place and own[place].default is None  # alone: it may be called without a time

    @wraps(method)
    def gated(self, *values, **named):
        if len(values) > place and not (alone and values[place] is None):
            y = self._stated(values[place])
            if y is not values[place]:
                values = (*values[:place], y, *values[place + 1 :])
        elif name in named and not (alone and named[name] is None):
            named[name] = self._stated(named[name])
        elif alone and values:
            values = (self._stated(values[0]),)
        return method(self, *values, **named)

    return gated


def _without_slopes(method):
    """The method; where a tensor comes into what NumPy computes, the error says which one."""

    @wraps(method)
    def told(self, *values, **named):
        try:
            return method(self, *values, **named)
        except (RuntimeError, TypeError) as error:
            own = {n: v for n, v in vars(self).items() if hasattr(v, "detach")}
            if "requires grad" not in str(error) and (not own or "expected arrays or plain tensors" in str(error)):
                raise
            given = dict(zip(list(signature(method).parameters)[1:], values, strict=False)) | named
            given = {n: v for n, v in given.items() if getattr(v, "requires_grad", False)}
            name, value = next(iter((own | given).items()), ("y", None))
            slope = " that keeps its gradient" if getattr(value, "requires_grad", True) else ""
            raise TypeError(
                f"{type(self).__name__}: expected arrays or plain tensors; got {name} as a tensor{slope}, and this model computes with "
                f"NumPy ({error}). Pass {name}.detach().numpy(), or write its rates with torch."
            ) from None

    return told


def at_time(t, y):
    """The state, where a model without time in its rates was called as ``rhs(y)`` or as ``rhs(t, y)``.

    >>> at_time(0.0, [1.0]), at_time([1.0], None)
    ([1.0], [1.0])
    """
    return t if y is None else y
