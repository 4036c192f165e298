"""Numbers, words, chance, devices and sizes of layers."""

from __future__ import annotations

import datetime
import os
from numbers import Integral
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np

__all__ = [
    "OLD", "array", "axes", "choice", "device", "flag", "generator", "in_time", "number", "numbers", "order_one", "path", "plain", "seed", "seeds", "shown",
    "sized", "sizes", "values", "whole",
]  # fmt: skip

DATES = "Convert it first: t = (t - t[0]) / np.timedelta64(1, 's')."
OLD = 2**32 - 1  # largest seed of NumPy's old generator, which scikit-learn and PySINDy use
TINY = 1e-100  # squares of smaller numbers vanish, those of numbers beyond 1 / TINY overflow
COUNT = 1e9  # nobody waits for more steps, rows or draws
LISTS = "Convert it first: t = (np.array(t, 'datetime64[us]') - np.datetime64(t[0])) / np.timedelta64(1, 's')."


def shown(value) -> str:
    """A short text of what was got: the value, or type and shape where it is large."""
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"an array of shape {value.shape}"
    if hasattr(value, "toarray"):
        return f"a sparse matrix of shape {value.shape}"
    text = repr(value.item() if isinstance(value, np.number) else value)
    return (
        text
        if len(text) < 80
        else f"{type(value).__name__} of {len(value) if hasattr(value, '__len__') else ''} {text[:40]}…"
    )


# -- numbers


def numbers(value, name: str) -> np.ndarray:
    """Any shape of real numbers as float64: lists, tuples, integers, float32, tensors, series of pandas.

    What is masked, or NA in a table, is NaN; tensors lose their slopes. Refused: nothing, text, ragged lists, complex numbers,
    dates (with the line that converts them), tensors without numbers.

    >>> numbers([1, 2], "x")
    array([1., 2.])
    """
    if value is None or callable(value) and not hasattr(value, "__array__"):
        raise ValueError(f"expected {name} as an array of numbers; got {shown(value)}. Pass its values.")
    if hasattr(value, "toarray"):
        raise ValueError(f"expected {name} as an array of numbers; got {shown(value)}. Pass {name}.toarray().")
    value = plain(value, name)
    try:
        found = np.asarray(value)
    except (ValueError, TypeError):
        raise ValueError(
            f"expected {name} as one array of numbers; got {type(value).__name__} of parts with different shapes. "
            "Several series? Pass a list of arrays where the function takes one, or cut them to one length."
        ) from None
    if found.dtype.kind in "mM" or _dated(found):
        listed = isinstance(value, list | tuple) or found.dtype.kind == "O"
        raise ValueError(
            f"expected {name} as numbers; got dates and times ({found.dtype}). {LISTS if listed else DATES}"
        )
    if found.dtype.kind == "c":
        raise ValueError(
            f"expected real {name}; got complex numbers. Pass {name}.real, or real and imaginary part as two columns."
        )
    if found.dtype.kind not in "biuf":
        try:
            if found.dtype.kind != "O" or any(isinstance(v, str) or v is None for v in found.ravel()):
                raise TypeError
            missing = np.vectorize(lambda v: type(v).__name__ == "NAType", otypes=[bool])  # of pandas, here or not
            found = np.where(missing(found), np.nan, found).astype(float)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"expected {name} as numbers; got {shown(value)} ({found.dtype}). Convert it: np.array({name}, dtype=float)."
            ) from None
    found = np.asarray(found, dtype=float)
    return found.copy() if min(found.strides, default=0) < 0 else found  # torch takes no reversed views


def values(value, name: str):
    """Numbers as `numbers` gives them; a tensor passes as it is, so that it keeps its gradient."""
    return value if hasattr(value, "detach") else numbers(value, name)


def axes(value) -> int:
    """How many axes a value has; -1 where its parts do not fit together.

    >>> axes(3.0), axes([1.0, 2.0]), axes([[1.0, 2.0], [3.0]])
    (0, 1, -1)
    """
    try:
        return np.ndim(value)
    except (ValueError, TypeError, RuntimeError):  # ragged, tensors that differ, tensors without numbers
        return -1


def plain(value, name: str):
    """Tensors and masked arrays, also as parts of lists, as arrays that NumPy takes as they are meant."""
    if hasattr(value, "detach"):
        return _of_tensor(value, name)
    if isinstance(value, np.ma.MaskedArray):
        return np.ma.filled(value.astype(float) if value.dtype.kind in "biu" else value, np.nan)
    deep = np.ma.MaskedArray | list | tuple
    if isinstance(value, list | tuple) and any(isinstance(v, deep) or hasattr(v, "detach") for v in value):
        return [plain(v, name) for v in value]
    return value


def _of_tensor(value, name):
    kind = (
        "without numbers (on 'meta')"
        if value.is_meta
        else "that is sparse"
        if str(value.layout) != "torch.strided"
        else ""
    )
    if kind:
        raise ValueError(
            f"expected {name} as a tensor that holds its numbers; got one {kind}. Pass {name}.to_dense(), or make it on the CPU."
        )
    value = value.detach().cpu()
    return (value.double() if value.is_floating_point() else value.resolve_conj()).numpy()


def _dated(found) -> bool:
    first = found.ravel()[0] if found.dtype.kind == "O" and found.size else None
    return isinstance(first, datetime.date | datetime.time | datetime.timedelta)


def array(
    value, name: str, form: str = "(n,)", *, least: int = 1, finite=True, positive=False, low=None, remedy=""
) -> np.ndarray:
    """Numbers of one of the shapes in `form`, such as "(n,) or (n, d)" or "(m, 2)": letters are free, numbers are not; or "any".

    `least` rows at least, finite and (if asked for) positive, or not below `low`. `remedy` is what to do about a wrong shape.

    >>> array([[1, 2]], "x", "(m, 2)")
    array([[1., 2.]])
    """
    found = numbers(value, name)
    wanted = [[s.strip() for s in part.strip("() ").rstrip(",").split(",") if s.strip()] for part in form.split(" or ")]
    fits = [len(w) == found.ndim and all(not s.isdigit() or int(s) == n for s, n in zip(w, found.shape, strict=True)) for w in wanted]  # fmt: skip
    if form != "any" and not any(fits):
        remedy = remedy or _turn(found, name, wanted)
        raise ValueError(f"expected {name} {form}; got shape {found.shape}. {remedy}")
    if found.ndim and len(found) < least:
        raise ValueError(
            f"expected {name} {form} with at least {least} rows; got shape {found.shape}. Bring more data."
        )
    if finite and not np.isfinite(found).all():
        bad = ~np.isfinite(found)
        where = np.argwhere(bad)[0].tolist()
        raise ValueError(
            f"expected finite {name}; got {int(bad.sum())} NaN or infinite values (the first at index "
            f"{where[0] if len(where) == 1 else where}). Drop those rows."
        )
    if positive and (found <= 0).any():
        raise ValueError(f"expected positive {name}; got {found.min():g} as the smallest value. Is it a logarithm?")
    if finite:
        sized(found, name, each=positive)
    if low is not None and (found < low).any():
        raise ValueError(f"expected {name} of at least {low:g}; got {found.min():g} as the smallest. Look at its sign.")
    return found


def sized(found, name: str, *, each: bool = False) -> None:
    """Refuse finite numbers of which one is beyond 1e100, or all are (with `each`: one is) below 1e-100: squares overflow or vanish.

    >>> sized(np.array([0.0, 1e-300, 5.0]), "x")
    """
    size = np.abs(found[np.isfinite(found)]).astype(float)
    top = size.max(initial=0.0)
    least = size[size > 0].min(initial=np.inf) if each else top or np.inf
    if top >= 1 / TINY or least <= TINY:
        raise ValueError(
            f"expected {name} of a size whose square a double holds, {TINY:g} to {1 / TINY:g}; got "
            f"{top if top >= 1 / TINY else least:g}. Rescale: measure it in another unit."
        )


def _turn(found, name, wanted):
    if found.ndim + 1 in map(len, wanted):
        return f"One column? Pass {name}[:, None]; one row? Pass {name}[None]." if found.ndim else f"Pass [{name}]."
    if found.ndim == 2 and [1] == list(map(len, wanted)):
        return f"One column? Pass {name}[:, 0]."
    return "One row a point, one column an input: transpose or reshape it."


def order_one(value, name: str) -> None:
    """Refuse numbers that a network, whose weights begin at order one, would only saturate on or never see.

    >>> order_one([0.5, -2.0], "x")
    """
    found = np.asarray(value, dtype=float)
    top = np.nanmax(np.abs(found), initial=0.0)
    size = top * np.sqrt(np.nanmean((found / top) ** 2)) if top else 0.0
    if size and not 3e-3 <= size <= 300:
        raise ValueError(
            f"expected {name} of order one, as the weights of a network begin there; got {size:.2g} as its root mean square. Rescale it: "
            f"({name} - mean) / standard deviation, and the outputs back."
        )


def number(
    value, name: str, *, above=None, least=None, below=None, most=None, finite=True, noun="number", remedy=""
) -> float:
    """One real number within its limits.

    >>> number(np.float32(0.5), "rtol", above=0)
    0.5
    """
    limits = [f"{word} {end:g}" for word, end in (("above", above), ("at least", least), ("below", below), ("at most", most)) if end is not None]  # fmt: skip
    wanted = f"expected {name} as a {noun} " + " and ".join(limits) if limits else f"expected {name} as a {noun}"
    several = isinstance(value, str | bool | np.bool_ | type(None) | list | tuple | dict) or callable(value)
    if not several and np.ndim(value) == 0:
        found = float(numbers(value, name))
        good = (np.isfinite(found) or not finite) and found == found
        for end, ok in ((above, lambda e: found > e), (least, lambda e: found >= e), (below, lambda e: found < e), (most, lambda e: found <= e)):  # fmt: skip
            good = good and (end is None or ok(end))
        if good:
            if finite and noun == "number":
                sized(np.array([found]), name)
            return found
    raise ValueError(f"{wanted}; got {shown(value)}. {remedy or f'Pass one such number as {name}.'}")


def whole(value, name: str, *, least=None, most=None, remedy="") -> int:
    """One whole number within its limits, a billion where there is none; 3.0 passes, 3.5 and True do not.

    >>> whole(3.0, "restarts", least=1)
    3
    """
    found = number(value, name, least=least, most=most, noun="whole number", remedy=remedy)
    if most is None and abs(found) > COUNT:
        found = number(value, name, least=least, most=COUNT, noun="whole number", remedy=remedy)
    if found != int(found):
        raise ValueError(
            f"expected {name} as a whole number; got {shown(value)}. {remedy or f'Try {name}={round(found)}.'}"
        )
    return int(value if isinstance(value, Integral) else found)  # a double has no room for whole numbers beyond 2**53


def flag(value, name: str) -> bool:
    """True or False (or 1 or 0); words are refused, because "no" counts as true in Python.

    >>> flag(True, "log"), flag(np.bool_(False), "log")
    (True, False)
    """
    if isinstance(value, bool | np.bool_) or (isinstance(value, Integral) and value in (0, 1)):
        return bool(value)
    raise ValueError(f"expected {name} as True or False; got {shown(value)}. Leave it out for the default.")


def in_time(value, name: str, unit: str, *, zero=False):
    """A positive number, or a function of time that returns one, as a function of time that is looked at at each call.

    With zero=True the function may return zero too.

    >>> in_time(100.0, "shear", "kPa")(0.5)
    100.0
    """
    if not callable(value):
        found = number(value, f"a positive {name}, {name}", above=0, remedy=f"In {unit}, or a function of time.")
        return lambda t: found
    limit = {"least" if zero else "above": 0}
    return lambda t: number(
        value(t), f"{name} at t = {t:g}", **limit, remedy=f"Let the function return one number in {unit}."
    )


# -- words, functions, chance, devices


def choice(value, name: str, options) -> str:
    """One of some words.

    >>> choice("bic", "rule", ("bic", "aic"))
    'bic'
    """
    if not isinstance(value, str) or value not in options:
        listed = " or ".join(filter(None, (", ".join(map(repr, options[:-1])), repr(options[-1]))))
        raise ValueError(f"expected {name} {listed}; got {shown(value)}. Pass one of these words.")
    return value


def path(value, name: str, *, there: bool = False) -> Path:
    """A path; with `there`, of a file that exists.

    >>> path("a/b", "folder").name
    'b'
    """
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"expected {name} as a path; got {shown(value)}. Pass a text or a pathlib.Path.")
    found = Path(value)
    if there and not found.is_file():
        got = "a folder" if found.is_dir() else "nothing there"
        raise ValueError(f"{found}: expected {name}, a file; got {got}. Look at the path.")
    return found


def seed(value, name: str = "seed", *, most: int = 2**63 - 1) -> int:
    """A whole number, at most `most`, or one drawn from a ``numpy.random.Generator`` (SPEC 7 of Scientific Python).

    >>> seed(3), seed(np.random.default_rng(0)) == seed(np.random.default_rng(0))
    (3, True)
    """
    if isinstance(value, np.random.Generator):
        return int(value.integers(2**31))
    remedy = "Pass a whole number, such as 0, or a numpy.random.Generator: equal seeds give equal results."
    if not isinstance(value, Integral | float | np.number) and not hasattr(value, "__array__"):
        raise ValueError(f"expected {name} as a whole number at least 0; got {shown(value)}. {remedy}")
    return whole(value, name, least=0, most=most, remedy=remedy)


def seeds(value, name: str = "seeds") -> list[int]:
    """Different whole numbers, in a list, a tuple, an array, a range, or one by one.

    >>> seeds(range(3)), seeds(np.arange(2))
    ([0, 1, 2], [0, 1])
    """
    several = hasattr(value, "__iter__") and not isinstance(value, str | dict) and np.ndim(value) in (0, 1)
    found = [seed(s, f"each of {name}") for s in value] if several else []
    if not found or len(set(found)) < len(found):
        raise ValueError(
            f"expected {name}, different whole numbers such as range(5); got {shown(value)}. One seed? Pass [0]."
        )
    return found


def generator(value, name: str = "rng") -> np.random.Generator:
    """A ``numpy.random.Generator``, or one made from a whole number (SPEC 7 of Scientific Python)."""
    if isinstance(value, ModuleType | np.random.RandomState | Random):
        raise ValueError(
            f"expected {name} as a whole number or a numpy.random.Generator; got {shown(value)}. Pass np.random.default_rng(0)."
        )
    return value if hasattr(value, "random") else np.random.default_rng(seed(value, name))


def device(value):
    """A ``torch.device`` that this machine has and that computes in double precision: the CPU, or a GPU of CUDA.

    >>> device("cpu")
    device(type='cpu')
    """
    import torch

    if "gpu" in str(value).lower() or "nvidia" in str(value).lower():
        raise ValueError(f"expected device 'cpu' or 'cuda'; got {value!r}. PyTorch's name for a GPU is 'cuda'.")
    try:
        found = torch.device(value)
    except (RuntimeError, TypeError):
        raise ValueError(f"expected device 'cpu' or 'cuda'; got {value!r}. Leave it out for 'cpu'.") from None
    if found.type not in ("cpu", "cuda"):
        why = "which has no double precision" if found.type == "mps" else "which is not supported here"
        raise ValueError(f"expected device 'cpu' or 'cuda'; got {str(value)!r}, {why}. Leave it out for 'cpu'.")
    if found.type == "cuda" and not (torch.cuda.is_available() and (found.index or 0) < torch.cuda.device_count()):
        raise ValueError(
            f"expected a device of this machine; got {str(value)!r}, and PyTorch sees {torch.cuda.device_count()} CUDA "
            "devices. Leave it out for 'cpu', or install PyTorch for your GPU."
        )
    return found


def sizes(value, name: str = "sizes", *, least: int = 2) -> list[int]:
    """Sizes of the layers of a network.

    >>> sizes([2, 16, 1])
    [2, 16, 1]
    """
    several = isinstance(value, list | tuple | range) or (isinstance(value, np.ndarray) and value.ndim)
    listed = list(value) if several else None
    if listed is None or len(listed) < least:
        raise ValueError(
            f"expected {name} with at least {least} positive layer sizes, [inputs, …, outputs]; got {shown(value)}. "
            "Such as [3, 16, 2]."
        )
    remedy = f"expected {name}, all positive whole numbers, such as [3, 16, 2]."
    return [whole(v, f"each layer of {name}", least=1, remedy=remedy.capitalize()) for v in listed]
