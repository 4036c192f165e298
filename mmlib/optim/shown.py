"""How the result of a fit shows itself at a prompt: its verdict first, arrays by their shape."""

from __future__ import annotations

import dataclasses

import numpy as np

from mmlib.optim.verdict import Verdict

__all__ = ["brief"]

LONGEST = 60  # letters of one field


def brief(kind):
    """Class decorator: `repr` in a few lines, whatever the size of the arrays inside. The fields stay as they are.

    Parameters
    ----------
    kind : type
        A NamedTuple or a dataclass, with a field `verdict` as a rule.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> @brief
    ... class Fit(NamedTuple):
    ...     rate: float
    ...     path: np.ndarray
    ...     verdict: Verdict
    >>> Fit(0.3, np.zeros((500, 2)), Verdict("converged", "no step lowers the loss"))
    Fit(converged: no step lowers the loss; rate=0.3, path: 500 x 2)
    """

    def __repr__(self):
        names = getattr(kind, "_fields", None) or [f.name for f in dataclasses.fields(kind) if f.repr]
        fields = {name: getattr(self, name) for name in names}
        rest = ", ".join(_field(k, v) for k, v in fields.items() if k not in ("verdict", "verdicts"))
        return f"{kind.__name__}({_ended(self)}{rest})"

    kind.__repr__ = __repr__
    return kind


def _ended(fit):
    """The verdict in words; of several starts or copies, how many converged."""
    verdict = getattr(fit, "verdict", None)
    if isinstance(verdict, Verdict):
        return f"{'' if verdict else 'NOT converged, '}{verdict}; "
    several = getattr(fit, "verdicts", verdict)
    if not isinstance(several, (list, tuple)) or not several or not all(isinstance(v, Verdict) for v in several):
        return ""
    return f"{sum(map(bool, several))} of {len(several)} converged; "


def _field(name, value):
    """One field: small things as they are, large ones by their shape or their kind."""
    shape = getattr(value, "shape", None)
    if shape is not None and int(np.prod(shape)) > 4:
        return f"{name}: {' x '.join(map(str, shape))}"
    if isinstance(value, float):
        return f"{name}={value:.6g}"
    if isinstance(value, Verdict):
        return f"{name}={value.status}"
    text = " ".join(repr(value).split())
    if len(text) <= LONGEST and " at 0x" not in text:
        return f"{name}={text}"
    if isinstance(value, (list, tuple, dict)) and not hasattr(value, "_fields"):
        return f"{name}: {type(value).__name__} of {len(value)}"
    return f"{name}: {getattr(value, '__name__', type(value).__name__).lstrip('_')}"
