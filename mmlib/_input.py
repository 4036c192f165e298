"""One gate: what comes in from a user is looked at here, by every module alike, before anything is computed.

Each function returns the value in the form that the library computes with, or raises a ValueError (a TypeError where the
kind of object is wrong) that says what was expected, what was got and what to do next.
"""

from __future__ import annotations

import datetime

import numpy as np

__all__ = [
    "array", "bounds", "choice", "device", "distinct", "even", "function", "generator", "grain", "number", "numbers",
    "seed", "series", "sizes", "structure", "times", "whole",
]  # fmt: skip

DATES = "Convert it first: t = (t - t[0]) / np.timedelta64(1, 's')."
LISTS = "Convert it first: t = (np.array(t, 'datetime64[us]') - np.datetime64(t[0])) / np.timedelta64(1, 's')."


def shown(value) -> str:
    """A short text of what was got: the value, or type and shape where it is large."""
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"an array of shape {value.shape}"
    text = repr(value)
    return (
        text
        if len(text) < 80
        else f"{type(value).__name__} of {len(value) if hasattr(value, '__len__') else ''} {text[:40]}…"
    )


# -- numbers


def numbers(value, name: str) -> np.ndarray:
    """Any shape of real numbers as float64: lists, tuples, integers, float32, tensors, series of pandas.

    Refused: nothing, text, ragged lists, complex numbers, dates (with the line that converts them).

    >>> numbers([1, 2], "x")
    array([1., 2.])
    """
    if value is None or callable(value) and not hasattr(value, "__array__"):
        raise ValueError(f"expected {name} as an array of numbers; got {shown(value)}. Pass its values.")
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        found = np.ma.filled(value, np.nan) if isinstance(value, np.ma.MaskedArray) else np.asarray(value)
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
            found = found.astype(float)
        except (TypeError, ValueError):
            raise ValueError(
                f"expected {name} as numbers; got {shown(value)} ({found.dtype}). Convert it: np.array({name}, dtype=float)."
            ) from None
    return np.asarray(found, dtype=float)


def _dated(found) -> bool:
    first = found.ravel()[0] if found.dtype.kind == "O" and found.size else None
    return isinstance(first, datetime.date | datetime.time | datetime.timedelta)


def array(
    value, name: str, form: str = "(n,)", *, least: int = 1, finite=True, positive=False, remedy=""
) -> np.ndarray:
    """Numbers of one of the shapes in `form`, such as "(n,) or (n, d)" or "(m, 2)": letters are free, numbers are not.

    `least` rows at least, finite and (if asked for) positive. `remedy` is what to do about a wrong shape.

    >>> array([[1, 2]], "x", "(m, 2)")
    array([[1., 2.]])
    """
    found = numbers(value, name)
    wanted = [[s.strip() for s in part.strip("() ").rstrip(",").split(",") if s.strip()] for part in form.split(" or ")]
    fits = [len(w) == found.ndim and all(not s.isdigit() or int(s) == n for s, n in zip(w, found.shape, strict=True)) for w in wanted]  # fmt: skip
    if not any(fits):
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
    return found


def _turn(found, name, wanted):
    if found.ndim + 1 in map(len, wanted):
        return f"One column? Pass {name}[:, None]; one row? Pass {name}[None]." if found.ndim else f"Pass [{name}]."
    if found.ndim == 2 and [1] == list(map(len, wanted)):
        return f"One column? Pass {name}[:, 0]."
    return "One row a point, one column an input: transpose or reshape it."


def number(
    value, name: str, *, above=None, least=None, below=None, most=None, finite=True, noun="number", remedy=""
) -> float:
    """One real number within its limits.

    >>> number(np.float32(0.5), "rtol", above=0)
    0.5
    """
    limits = [f"{word} {end:g}" for word, end in (("above", above), ("at least", least), ("below", below), ("at most", most)) if end is not None]  # fmt: skip
    wanted = f"expected {name} as a {noun} " + " and ".join(limits) if limits else f"expected {name} as a {noun}"
    one = np.ndim(value) == 0 and not isinstance(value, str | bool | type(None)) and not callable(value)
    if one:
        found = float(numbers(value, name))
        good = (np.isfinite(found) or not finite) and found == found
        for end, ok in ((above, lambda e: found > e), (least, lambda e: found >= e), (below, lambda e: found < e), (most, lambda e: found <= e)):  # fmt: skip
            good = good and (end is None or ok(end))
        if good:
            return found
    raise ValueError(f"{wanted}; got {shown(value)}. {remedy or f'Pass one such number as {name}.'}")


def whole(value, name: str, *, least=None, most=None, remedy="") -> int:
    """One whole number within its limits; 3.0 passes, 3.5 and True do not.

    >>> whole(3.0, "restarts", least=1)
    3
    """
    found = number(value, name, least=least, most=most, noun="whole number", remedy=remedy)
    if found != int(found):
        raise ValueError(
            f"expected {name} as a whole number; got {shown(value)}. {remedy or f'Try {name}={round(found)}.'}"
        )
    return int(found)


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


def function(value, name: str, of: str):
    """Something that can be called; `of` says with what and what it returns."""
    if not callable(value):
        raise TypeError(
            f"expected {name} as a function of {of}; got {shown(value)}. A constant? Pass lambda *_: value."
        )
    return value


def seed(value, name: str = "seed") -> int:
    """A whole number, or one drawn from a ``numpy.random.Generator`` (SPEC 7 of Scientific Python).

    >>> seed(3), seed(np.random.default_rng(0)) == seed(np.random.default_rng(0))
    (3, True)
    """
    if isinstance(value, np.random.Generator):
        return int(value.integers(2**31))
    remedy = "Pass a whole number, such as 0, or a numpy.random.Generator: equal seeds give equal results."
    return whole(value, name, least=0, most=2**63, remedy=remedy)


def generator(value, name: str = "rng") -> np.random.Generator:
    """A ``numpy.random.Generator``, or one made from a whole number (SPEC 7 of Scientific Python)."""
    return value if isinstance(value, np.random.Generator) else np.random.default_rng(seed(value, name))


def device(value):
    """A ``torch.device`` that this machine has."""
    import torch

    if "gpu" in str(value).lower() or "nvidia" in str(value).lower():
        raise ValueError(f"expected device 'cpu' or 'cuda'; got {value!r}. PyTorch's name for a GPU is 'cuda'.")
    try:
        found = torch.device(value)
    except (RuntimeError, TypeError):
        raise ValueError(f"expected device 'cpu' or 'cuda'; got {value!r}. Leave it out for 'cpu'.") from None
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
    listed = list(value) if isinstance(value, list | tuple | range | np.ndarray) else None
    if listed is None or len(listed) < least:
        raise ValueError(
            f"expected {name} with at least {least} positive layer sizes, [inputs, …, outputs]; got {shown(value)}. "
            "Such as [3, 16, 2]."
        )
    remedy = f"expected {name}, all positive whole numbers, such as [3, 16, 2]."
    return [whole(v, f"each layer of {name}", least=1, remedy=remedy.capitalize()) for v in listed]


# -- times and trajectories


def grain(t) -> float:
    """Round-off of the times as they came: the distance between neighbouring numbers of their own format.

    >>> grain(np.float32([15.0])) > grain(np.float64([15.0]))
    True
    """
    raw = t.detach().cpu().numpy() if hasattr(t, "detach") else np.asarray(t)
    raw = raw if raw.dtype.kind == "f" else raw.astype(float)
    return float(np.spacing(np.abs(raw).max(initial=0.0)))


_grain = grain


def even(t, tolerance: float = 1e-6, *, grain=None) -> bool:
    """Are times evenly spaced, as far as numbers of their size and format can be?

    >>> even(1.7e9 + 0.01 * np.arange(100)), even([0, 1, 3])
    (True, False)
    """
    steps = np.diff(numbers(t, "t"))
    return not len(steps) or bool(
        np.ptp(steps) <= tolerance * abs(steps.mean()) + 4 * (_grain(t) if grain is None else grain)
    )


def times(t, name: str = "t", *, count=None, least=2, start=None) -> np.ndarray:
    """(n,) finite, strictly increasing times, from `start` on; with `count`, a number is taken as the step between samples.

    >>> times(0.5, count=3)
    array([0. , 0.5, 1. ])
    """
    if count is not None and np.ndim(t) == 0 and t is not None and not isinstance(t, str):
        return number(t, f"{name} (one number: the step between samples)", above=0) * np.arange(count)
    found = array(t, name, "(n,)", least=least, remedy="Times are one list of numbers. One column? Pass t[:, 0].")
    if (np.diff(found) <= 0).any():
        k = int(np.argmax(np.diff(found) <= 0))
        raise ValueError(
            f"expected strictly increasing times {name}; got unsorted or repeated ones (index {k + 1}: {found[k + 1]:g} after "
            f"{found[k]:g}). Sort times and readings together, and average ties."
        )
    if start is not None and len(found) and found[0] < start:
        raise ValueError(f"expected times {name} from {start:g} on; got {found[0]:g}. Leave earlier ones out.")
    return found


def series(t, y, *, missing=False, least=2, positive=False) -> tuple[list, list]:
    """Lists of times (n,) and readings (n, d) from one trajectory or several (lists or tuples), whatever their lengths.

    One list of times serves several trajectories, and a number is the step between samples. With `missing`, a NaN is a
    reading that was not taken; a row or a state without any reading is refused all the same.
    """
    several = isinstance(y, list | tuple) and len(y) > 0 and all(np.ndim(s) == 2 for s in _parts(y))
    if isinstance(y, list | tuple) and not len(y):
        raise ValueError("expected at least one trajectory; got none. Pass y (n, d) or a list of such arrays.")
    states = [numbers(s, "y") for s in (y if several else [y])]
    lists = isinstance(t, list | tuple) and len(t) > 0 and any(np.ndim(s) > 0 for s in t)
    clocks = list(t) if lists else [t] * len(states)
    if len(clocks) != len(states):
        raise ValueError(
            f"expected as many arrays of times as trajectories; got {len(clocks)} and {len(states)}. "
            "Several trajectories? Pass a list of times and a list of states."
        )
    many = len(states) > 1
    pairs = [
        _pair(c, s, f" of trajectory {k}" if many else "", missing, least, positive)
        for k, (c, s) in enumerate(zip(clocks, states, strict=True))
    ]
    widths = sorted({s.shape[1] for _, s in pairs})
    if len(widths) > 1:
        raise ValueError(f"expected as many states in every trajectory; got {widths}. Keep the states that all have.")
    return [c for c, _ in pairs], [s for _, s in pairs]


def _parts(y):
    try:
        return [np.asarray(s) for s in y]
    except ValueError:  # parts that are ragged themselves: `numbers` says so
        return [np.empty(0)]


def _pair(t, y, which, missing, least, positive):
    if y.ndim != 2:
        raise ValueError(
            f"expected t (n,) and y (n, d); got y{which} of shape {y.shape}. One state? Pass y[:, None]. "
            "Time on another axis? Move it to the front."
        )
    t = times(t, f"t{which}", count=len(y), least=least)
    if len(t) != len(y):
        raise ValueError(
            f"expected t (n,) and y (n, d), n at least {least}; got t{which} {t.shape}, y {y.shape}. "
            "One state? Pass y[:, None]. Time on another axis? Move it to the front."
        )
    bad = ~np.isfinite(y)
    if bad.any() and not (missing and np.isnan(y[bad]).all()):
        raise ValueError(
            f"expected finite data y{which}; got {int(bad.sum())} NaN or infinite values, the first at t = "
            f"{t[bad.any(axis=1)][0]:g}. Drop those rows and start a new trajectory there."
        )
    if missing and bad.all(axis=1).any():
        raise ValueError(
            f"expected at least one reading at each time; got none at t = {t[bad.all(axis=1)][0]:g}{which}. Leave that time "
            "out: times need not be evenly spaced."
        )
    if positive and (y <= 0).any():
        raise ValueError(
            f"expected positive readings with log=True; the smallest is {np.nanmin(y):g}. Use log=False, or treat zeros as "
            "'below the limit of detection' and leave them out."
        )
    return t, y


# -- names, bounds, structures


def distinct(names, count: int, what="state") -> list[str]:
    """Names, as many as asked for, all different and fit to stand in a term such as ``u^2 v``.

    >>> distinct(["u", "v"], 2)
    ['u', 'v']
    """
    listed = list(names) if isinstance(names, str | list | tuple | np.ndarray) else [names]
    if len(listed) != count:
        raise ValueError(f"expected {count} names, one a {what}; got {listed}. Name each column of y, in order.")
    for k, n in enumerate(listed):
        if not isinstance(n, str) or not n or any(c.isspace() or c in "^*+" for c in n) or n[0].isdigit():
            raise ValueError(
                f"expected names that can stand in a term such as u^2 v; got {n!r}. No blanks, no ^ * +, not a number: "
                "try 'flow_in'."
            )
        if n in listed[:k]:
            raise ValueError(f"expected names that differ; got {n!r} twice. Name each {what} once.")
    return [str(n) for n in listed]


def bounds(low, high, starts=None, names=None):
    """Ends (n,) of a box, finite, low < high; starts (m, n) inside of it. The error names the parameter."""
    low, high = numbers(low, "low"), numbers(high, "high")
    label = (lambda j: f"parameter {j}") if names is None else (lambda j: repr(names[j]))
    if low.shape != high.shape or low.ndim != 1:
        raise ValueError(f"expected low and high of one shape (n,); got {low.shape} and {high.shape}. One a parameter.")
    for j, (a, b) in enumerate(zip(low, high, strict=True)):
        if not (np.isfinite(a) and np.isfinite(b)):
            raise ValueError(
                f"expected finite low and high; {label(j)} got {a:g} and {b:g}. Steps are measured in widths of the box: give "
                "the widest range you would believe, or fit a logarithm."
            )
        if not a < b:
            raise ValueError(
                f"expected low < high; got {a:g} and {b:g} for {label(j)}. Swap them, or hold it in the function."
            )
    if starts is None:
        return low, high
    starts = array(starts, "starts", f"(m, {len(low)})", finite=False)
    out = np.argwhere(~((starts >= low) & (starts <= high)))
    if len(out):
        i, j = out[0]
        raise ValueError(
            f"expected starts inside of the box; start {i} has {starts[i, j]:g} for {label(j)}, whose range is {low[j]:g} to "
            f"{high[j]:g}; got {len(out)} such values. Draw them as rng.uniform(low, high, (m, n))."
        )
    return low, high, starts


def structure(value, shape) -> np.ndarray:
    """Boolean array of the given shape; an array of 0 and 1 is one, too (and not a list of positions).

    >>> structure([[0, 1]], (1, 2))
    array([[False,  True]])
    """
    found = np.asarray(value)
    if found.shape != tuple(shape) or found.dtype.kind not in "biuf" or not np.isin(found, (0, 1)).all():
        raise ValueError(
            f"expected a structure of shape {tuple(shape)}, True where a term stands in an equation; got "
            f"{shown(value)} of shape {found.shape}. One row an equation, one column a term, as in Law.structure."
        )
    return found.astype(bool)
