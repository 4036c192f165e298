"""Names, bounds and structures."""

from __future__ import annotations

import numpy as np

from mmlib._input.values import array, number, numbers, plain, shown

__all__ = ["bounds", "distinct", "kind", "listed", "positives", "structure", "wholes"]


def distinct(names, count: int, what="state") -> list[str]:
    """Names, as many as asked for, all different and fit to stand in a term such as ``u^2 v``.

    >>> distinct(["u", "v"], 2)
    ['u', 'v']
    """
    listed = (
        list(names)
        if isinstance(names, str | list | tuple | np.ndarray)
        or (hasattr(names, "__iter__") and not isinstance(names, set | frozenset))
        else [names]
    )
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


def kind(value, name: str, of, remedy: str):
    """An object of a class, or of one of several.

    >>> kind(3, "count", int, "Pass one.")
    3
    """
    if not isinstance(value, of):
        wanted = " or ".join(c.__name__ for c in (of if isinstance(of, tuple) else (of,)))
        raise TypeError(f"expected {name} as a {wanted}; got {shown(value)}. {remedy}")
    return value


def positives(remedy: str, **values) -> list[float]:
    """Several positive numbers, by their names.

    >>> positives("In um.", length=1, width=0.5)
    [1.0, 0.5]
    """
    return [number(v, f"a positive {name}, {name}", above=0, remedy=remedy) for name, v in values.items()]


def listed(value, name: str, remedy: str) -> list:
    """The parts of a list, a tuple or an array, one at least.

    >>> listed((1, "a"), "laws", "Pass [law].")
    [1, 'a']
    """
    if (
        not isinstance(value, list | tuple | np.ndarray)
        or (isinstance(value, np.ndarray) and not value.ndim)
        or not len(value)
    ):
        raise ValueError(f"expected {name} as a list, not empty; got {shown(value)}. {remedy}")
    return list(value)


def structure(value, shape) -> np.ndarray:
    """Boolean array of the given shape; an array of 0 and 1 is one, too (and not a list of positions).

    >>> structure([[0, 1]], (1, 2))
    array([[False,  True]])
    """
    try:
        found = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except ValueError:  # ragged
        found = np.empty(0)
    if found.shape != tuple(shape) or found.dtype.kind not in "biuf" or not np.isin(found, (0, 1)).all():
        raise ValueError(
            f"expected a structure of shape {tuple(shape)}, True where a term stands in an equation; got "
            f"{shown(value)} of shape {found.shape}. One row an equation, one column a term, as in Law.structure."
        )
    return found.astype(bool)


def wholes(value, name: str, form: str = "(n,)", *, low=None, high=None, remedy="") -> np.ndarray:
    """Whole numbers of a shape within their limits: 3.0 is one, 3.5 is none.

    >>> wholes([[0.0, 2.0]], "face", "(n, 2)", low=0, high=2)
    array([[0, 2]])
    """
    found = array(value, name, form, remedy=remedy)
    if np.asarray(plain(value, name)).dtype.kind == "b":
        raise ValueError(
            f"expected {name} {form} of whole numbers; got True and False. Places? Pass np.flatnonzero({name})."
        )
    remedy = remedy or "Such numbers count, or are places in a list."
    limits = [f"{word} {end}" for word, end in (("at least", low), ("at most", high)) if end is not None]
    off = (found != np.rint(found)) | (np.abs(found) > 2**53)
    off |= (found < (-np.inf if low is None else low)) | (found > (np.inf if high is None else high))
    if off.any():
        raise ValueError(
            f"expected {name} {form} of whole numbers {' and '.join(limits)}".rstrip()
            + f"; got {found[off][0]:g} among them. {remedy}"
        )
    return found.astype(int)
