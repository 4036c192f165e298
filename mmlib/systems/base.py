"""What all models of this folder share: constants with names, units and checks, and rates that a solver can call.

A model is a frozen dataclass. Its fields are its constants; `units` gives the unit of each, of the states and of time;
`names` are its states, in the order in which `rhs(t, y)` returns their rates.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

__all__ = ["Model", "at_time"]


class Model:
    """Base of the models: refuses constants that cannot be, and says which one, what was expected and in which unit.

    A constant is positive and finite, a number or an array, unless its class lists it in `may_be_zero` (zero or positive),
    `any_sign` (finite) or `unchecked` (no number, or checked by the class itself).

    Raises
    ------
    ValueError
        A constant is NaN, infinite, no number, or outside its range.

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

    def __post_init__(self):
        for field in fields(self):
            if field.name not in self.unchecked:
                self._check(field.name)

    def _check(self, name: str) -> None:
        value = getattr(self, name)
        expected = "finite" if name in self.any_sign else "zero or positive and finite"
        if name not in self.any_sign and name not in self.may_be_zero:
            expected = "positive and finite"
        try:
            number = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
            good = number.dtype.kind in "iuf" and np.isfinite(number).all()
        except (TypeError, ValueError):  # ragged lists, objects
            good = False
        if good and name not in self.any_sign:
            good = (number >= 0).all() if name in self.may_be_zero else (number > 0).all()
        if not good:
            unit = f" [{self.units[name]}]" if name in self.units else ""
            raise ValueError(
                f"{type(self).__name__}: expected {name} {expected}{unit}; got {value!r}. "
                "Was a sign, a unit or a logarithm mixed up?"
            )


def at_time(t, y):
    """The state, where a model without time in its rates was called as ``rhs(y)`` or as ``rhs(t, y)``.

    >>> at_time(0.0, [1.0]), at_time([1.0], None)
    ([1.0], [1.0])
    """
    return t if y is None else y
