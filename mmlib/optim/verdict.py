"""One verdict for every optimiser: why a fit ended, decided from loss, gradient, curvature, steps left and rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mmlib import _input

__all__ = ["STATUSES", "Quadratic", "Verdict", "all_of", "judge", "quadratic"]

STATUSES = ("converged", "stalled", "not finite", "out of steps", "not determined")
REMEDIES = {
    "converged": "Nothing to do; a second start or seed tells whether another minimum is better.",
    "stalled": "Start elsewhere (another seed or guess), look at the units, and compare the slopes with differences.",
    "not finite": "Look for a logarithm, root or division of zero near the start; scale the data, or start elsewhere.",
    "out of steps": "Allow more iterations, or go on from here.",
    "not determined": "Bring data or conditions that depend on it, fix its value, or add a prior.",
}
SOLVED = 1e-12  # converged: of the zero function's loss (a residual of 1e-6), whatever might still be gained ...
FALL = 1e-3  # ... or the linear model sees less than this share of the loss to gain ...
MOVE = 1e-7  # ... or would move no unknown by more than this share of its scale
RANK = 1e-13  # eigenvalues of J^T J (columns of length one) below this share of the largest are round-off
FRESH, HALF = (
    0.1,
    0.5,
)  # a network's residual at fresh points relative to the zero function's: good, and still a fit to noise


@dataclass(frozen=True)
class Verdict:
    """Why a fit ended, and what to do next. True if, and only if, it has converged.

    Attributes
    ----------
    status : str
        One of `STATUSES`: "converged", "stalled", "not finite", "out of steps", "not determined".
    reason : str
        What was seen, with numbers.
    remedy : str
        The next thing to try.

    Raises
    ------
    ValueError
        Another status.

    Examples
    --------
    >>> Verdict("stalled", "no step lowers the loss").converged
    False
    >>> print(Verdict("out of steps", "all 5 iterations were used"))
    out of steps: all 5 iterations were used. Allow more iterations, or go on from here.
    """

    status: str
    reason: str
    remedy: str = ""

    def __post_init__(self):
        if self.status not in STATUSES:
            raise ValueError(
                f"expected a status among {', '.join(STATUSES)}; got {self.status!r}. Pass one of these words."
            )
        if not self.remedy:
            object.__setattr__(self, "remedy", REMEDIES[self.status])

    @property
    def converged(self) -> bool:
        return self.status == "converged"

    def __bool__(self):
        return self.converged

    def __str__(self):
        tail = "" if self.converged else f". {self.remedy}"
        return f"{self.status}: {self.reason.rstrip('.')}{tail}"


class Quadratic(NamedTuple):
    """What the linear model of least squares sees at one point: see `quadratic`."""

    fall: float  # share of the loss that an undamped step would gain, bounds respected
    move: float  # largest move of an unknown in that step, in units of its scale
    flat: tuple  # indices of the unknowns that nothing depends on (their columns are zero)
    tied: tuple  # indices of the unknowns in a direction that the rows do not see (columns that are dependent)


def quadratic(gram, gradient, loss, *, scale=1.0, held=()) -> Quadratic:
    """Look at J^T J and J^T r of a least-squares problem: what is left to gain, how far it is, what is not determined.

    Parameters
    ----------
    gram : array (n, n)
        J^T J, in the unit in which `loss` is r.r.
    gradient : array (n,)
        J^T r.
    loss : float
        r.r.
    scale : float or array (n,)
        Size of each unknown: the width of its range, or its typical value.
    held : array (n,) of bool
        Unknowns that a bound or the caller holds: they are not asked.

    Returns
    -------
    Quadratic
        With `fall` and `move` infinite where an entry is not finite.

    Examples
    --------
    The line y = a + b with one reading determines the sum only; at its value nothing is left to gain:

    >>> seen = quadratic([[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0], 4.0)
    >>> seen.fall, seen.tied
    (0.0, (0, 1))
    """
    gradient = _input.array(gradient, "gradient", "(n,)", least=0, finite=False)
    n = len(gradient)
    gram = _input.array(gram, "gram", f"({n}, {n})", least=0, finite=False)
    if not (np.isfinite(gram).all() and np.isfinite(gradient).all() and np.isfinite(loss)):
        return Quadratic(np.inf, np.inf, (), ())
    free = np.ones(n, dtype=bool)
    held = np.asarray(held)
    if held.dtype == bool and held.shape != (n,) or held.dtype != bool and not np.isin(held, np.arange(n)).all():
        raise ValueError(
            f"expected held as ({n},) true or false, or numbers of unknowns from 0; got {_input.shown(held)}. Leave it out for none."
        )
    free[np.flatnonzero(held) if held.dtype == bool else held.astype(int)] = False
    size = np.sqrt(np.diagonal(gram))
    flat = free & (size <= 0)
    index = np.flatnonzero(free & ~flat)
    if not len(index):
        return Quadratic(0.0, 0.0, tuple(np.flatnonzero(flat).tolist()), ())
    unit = size[index]
    values, vectors = np.linalg.eigh(gram[np.ix_(index, index)] / unit / unit[:, None])
    seen = values > RANK * len(index) * values[-1]
    along = vectors.T @ (gradient[index] / unit)
    step = vectors[:, seen] @ (along[seen] / values[seen]) / unit
    tied = index[(np.abs(vectors[:, ~seen]) > 0.1).any(axis=1)]
    fall = float((along[seen] ** 2 / values[seen]).sum() / loss) if loss > 0 else 0.0
    move = float(np.abs(step / np.broadcast_to(scale, n)[index]).max())
    return Quadratic(fall, move, tuple(np.flatnonzero(flat).tolist()), tuple(tied.tolist()))


def judge(
    *,
    loss,
    gradient,
    fall,
    move=np.inf,
    steps_left=1,
    zero=None,
    fresh=None,
    trained=0.0,
    limit=HALF,
    dead=0.0,
    undetermined=(),
    reason="",
    remedies=None,
) -> Verdict:
    """Decide how a fit ended. *Converged* is never said because nothing moved: something must show that nothing is left.

    That something is one of: the loss is below 1e-12 of that of the zero function; the linear model sees less than 0.1 %
    of the loss to gain; it would move no unknown by more than 1e-7 of its scale. The order of the questions is that of the
    words below: an infinite slope comes before everything else, and steps left matter only if there was something to gain.

    Parameters
    ----------
    loss : float
        Where the fit ended.
    gradient : array
        There, projected on the bounds; only asked for being finite.
    fall : float
        Share of the loss that the linear model sees to gain (see `quadratic`).
    move : float
        How far the linear model would move, relative to the scale of the unknowns.
    steps_left : int
        0 if the fit used all the steps it was allowed.
    zero : float, optional
        Loss of the zero function (networks): a loss is small relative to it.
    fresh, trained : float
        Residuals at fresh and at trained points, relative to those of the zero function (networks). Up to 0.1 at fresh points is
        good. More is taken for noise in the readings if the trained points show half of it too, up to `limit`.
    limit : float
        See `fresh`.
    dead : float
        Share of the slopes that are exactly zero (networks): above one half, units are dead or saturated, or the start is flat.
    undetermined : sequence of str
        Names of what the rows do not determine.
    reason : str
        What the optimiser saw when it ended.
    remedies : dict, optional
        Status -> better advice than the common one.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> judge(loss=1e-17, gradient=[1e-9], fall=0.3, zero=50.0, steps_left=0).status
    'converged'
    >>> judge(loss=0.5, gradient=[0.1], fall=0.4, reason="no step lowers the loss").status
    'stalled'
    >>> judge(loss=0.5, gradient=[float("nan")], fall=0.0).status
    'not finite'
    """
    said = f"{reason.rstrip('.')}; " if reason else ""

    def answer(status, why):
        return Verdict(status, said + why, (remedies or {}).get(status, ""))

    loss, gradient = float(_input.numbers(loss, "loss")), _input.numbers(gradient, "gradient")
    if not np.isfinite(loss):
        return answer("not finite", f"the loss is {loss}")
    if not np.isfinite(gradient).all():
        return answer("not finite", f"{int((~np.isfinite(gradient)).sum())} of {gradient.size} slopes are not finite")
    if loss == 0 or (zero is not None and loss <= SOLVED * zero):
        done = "the loss is zero" if loss == 0 else f"the loss is {loss / zero:.1e} of the zero function's"
    elif dead > 0.5:
        return answer("stalled", f"{dead:.0%} of the slopes are exactly zero: dead or saturated units, or a flat start")
    elif fall <= FALL:
        done = f"the linear model sees {max(fall, 0.0):.1e} of the loss to gain"
    elif move <= MOVE:
        done = f"the linear model would move the unknowns by {move:.1e} of their scale"
    else:
        seen = f"the linear model still sees {min(fall, 1.0):.1%} of the loss to gain"
        why = seen if np.isfinite(fall) else "nothing shows that no more is to be gained"
        return answer("stalled" if steps_left else "out of steps", why)
    if len(undetermined):
        names = ", ".join(map(str, undetermined[:6])) + (", …" if len(undetermined) > 6 else "")
        return answer("not determined", f"nothing here determines {names}")
    if fresh is not None and not (fresh <= FRESH or (fresh <= limit and fresh <= 2 * trained)):
        why = f"the residual at fresh points is {fresh:.0%} of that of the zero function, {trained:.0%} at trained ones"
        return answer("stalled", why)
    return answer("converged", done)


def all_of(verdicts) -> Verdict:
    """The verdict on a fit made of several: converged if all parts are, else the first that is not, by name.

    Parameters
    ----------
    verdicts : dict of str to Verdict

    Returns
    -------
    Verdict

    Examples
    --------
    >>> parts = {"trunk": Verdict("converged", "flat"), "branch": Verdict("out of steps", "40 of 40 used")}
    >>> all_of(parts).reason
    'branch: 40 of 40 used'
    """
    if not verdicts or not all(isinstance(v, Verdict) for v in verdicts.values()):
        raise ValueError(
            f"expected at least one Verdict, by name; got {_input.shown(verdicts)}. Pass {{'trunk': fit.verdict, …}}."
        )
    for name, verdict in verdicts.items():
        if not verdict:
            return Verdict(verdict.status, f"{name}: {verdict.reason}", verdict.remedy)
    return Verdict("converged", "; ".join(f"{name}: {verdict.reason}" for name, verdict in verdicts.items()))
