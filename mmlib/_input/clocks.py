"""Times and trajectories."""

from __future__ import annotations

import numpy as np

from mmlib._input.values import TINY, array, number, numbers, sized

__all__ = ["even", "grain", "series", "steps", "times"]

MOST = 1e7  # steps: nobody waits for more, and no memory holds them


def grain(t) -> float:
    """Round-off of the times as they came: the distance between neighbouring numbers of their own format.

    >>> grain(np.float32([15.0])) > grain(np.float64([15.0]))
    True
    """
    if hasattr(t, "detach"):
        t = t.detach().cpu()
        t = (t.float() if t.is_floating_point() and t.element_size() < 4 else t).numpy()
    try:
        raw = np.asarray(t)
    except RuntimeError:  # a list of tensors
        raw = np.asarray(numbers(t, "t"))
    raw = raw if raw.dtype.kind == "f" else numbers(raw, "t")
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
    if count is not None and not isinstance(t, str | list | tuple | None) and np.ndim(t) == 0:
        return number(t, f"{name} (one number: the step between samples)", above=0) * np.arange(count)
    found = array(t, name, "(n,)", least=least, remedy="Times are one list of numbers. One column? Pass t[:, 0].")
    if (np.diff(found) <= 0).any():
        k = int(np.argmax(np.diff(found) <= 0))
        raise ValueError(
            f"expected strictly increasing times {name}; got unsorted or repeated ones (index {k + 1}: {found[k + 1]:g} after "
            f"{found[k]:g}). Sort times and readings together, and average ties."
        )
    if len(found) > 1 and not TINY < found[-1] - found[0] < 1 / TINY:
        raise ValueError(
            f"expected times {name} of a size; got {found[-1] - found[0]:g} from first to last. Rescale them."
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
        return [s if hasattr(s, "detach") else np.asarray(s) for s in y]
    except (ValueError, RuntimeError):  # parts that are ragged themselves: `numbers` says so
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
    sized(y, f"data y{which}")
    if missing and bad.all(axis=1).any():
        raise ValueError(
            f"expected at least one reading at each time; got none at t = {t[bad.all(axis=1)][0]:g}{which}. Leave that time "
            "out: times need not be evenly spaced."
        )
    if positive and (y <= 0).any():
        raise ValueError(
            f"expected positive readings with log=True; got {np.nanmin(y):g} as the smallest. Use log=False, or treat zeros as "
            "'below the limit of detection' and leave them out."
        )
    return t, y


def steps(length: float, step: float, name: str = "step", *, ceil: float = 0.0, times: int = 1) -> int:
    """How many steps reach over a length, rounded up where more than the share `ceil` of one is left; in all `times`
    such lengths ten million at most.

    >>> steps(1.0, 0.3), steps(0.3, 0.1, ceil=1e-9)
    (4, 3)
    """
    with np.errstate(all="ignore"):
        count = np.float64(length) / step
    if not count * times <= MOST:
        raise ValueError(
            f"expected at most {MOST:g} steps from first to last; got {name} of {step:g} over {times * length:g}. Look at the units of both, "
            f"or take a longer {name}."
        )
    return int(np.ceil(count - ceil))
