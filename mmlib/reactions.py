"""Networks of mass-action reactions, written as lines: rates, Jacobian, curves, and their slopes by the logarithms of the constants.

A line reads ``"Xa + Va -> Xa_Va : k28"``: the rate is k28 times the product of what stands on the left.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.integrate import odeint
from scipy.optimize import nnls

from mmlib import _input
from mmlib.ensemble import Draws
from mmlib.optim import Verdict, brief, judge
from mmlib.systems.base import Model

__all__ = ["Found", "Network", "curves", "discover", "slopes"]

ROOT = np.sqrt(6.0)
NODES = np.array([(4 - ROOT) / 10, (4 + ROOT) / 10, 1.0])  # of Radau IIA, order 5 (Hairer & Wanner, section IV.5)
STAGES = np.array([
    [(88 - 7 * ROOT) / 360, (296 - 169 * ROOT) / 1800, (-2 + 3 * ROOT) / 225],
    [(296 + 169 * ROOT) / 1800, (88 + 7 * ROOT) / 360, (-2 - 3 * ROOT) / 225],
    [(16 - ROOT) / 36, (16 + ROOT) / 36, 1 / 9],
])  # fmt: skip


class Network(Model, Draws):
    """Base of a frozen dataclass of constants with `names` (species) and `reactions` (lines); gives `rhs`, `full_jacobian`, `jacobian`.

    Two species at most stand on the left of a line. A constant may serve several lines. `may_start` names the constants that are
    concentrations at the start: each is the start of the species of its name, other species start at zero.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Binding(Network):
    ...     k_on: float = 2.0  # [1/(nM s)]
    ...     A: float = 1.0  # [nM]
    ...     B: float = 3.0  # [nM]
    ...     names = ("A", "B", "AB")
    ...     may_start = ("A", "B")
    ...     reactions = ("A + B -> AB : k_on",)
    >>> Binding().rhs(0.0, Binding().start).tolist()
    [-6.0, -6.0, 6.0]
    """

    reactions: tuple = ()
    may_start: tuple = ()

    @cached_property
    def _lines(self):
        """Species on the left (lines, 2; n stands for none), constants, net change (species, lines)."""
        place = {name: i for i, name in enumerate(self.names)}
        left, which, change = [], [], np.zeros((len(self.names), len(self.reactions)))
        for j, line in enumerate(self.reactions):
            sides, constant = line.split(" : ")
            sides = [side.split(" + ") for side in sides.split(" -> ")]
            for side, sign in zip(sides, (-1, 1), strict=True):
                for name in side:
                    change[place[name], j] += sign
            left.append(([place[name] for name in sides[0]] + [len(self.names)])[:2])
            which.append(constant)
        return np.array(left), tuple(which), change

    @cached_property
    def _constants(self):
        """(lines,) or (lines, draws)."""
        values = [np.asarray(getattr(self, name), dtype=float) for name in self._lines[1]]
        return np.stack(np.broadcast_arrays(*values))

    @property
    def start(self):
        """Concentrations at the start: (species,) or (species, draws)."""
        given = [np.asarray(getattr(self, n) if n in self.may_start else 0.0, dtype=float) for n in self.names]
        return np.stack(np.broadcast_arrays(*given))

    @property
    def bands(self):
        """As `mmlib.ensemble.solve` asks: a full Jacobian."""
        return (len(self.names) - 1,) * 2

    def rhs(self, t, state=None):
        """Rates (species, …) at the state (species, …). Call as ``rhs(t, y)`` or ``rhs(y)``: time does not enter."""
        y = np.asarray(t if state is None else state)
        left, _, change = self._lines
        more = np.concatenate((y, np.ones((1, *y.shape[1:]))))
        rates = (
            self._constants.reshape(len(left), *(-1,) * (y.ndim - 1)) if self._constants.ndim == 1 else self._constants
        )
        return change @ (rates * more[left[:, 0]] * more[left[:, 1]])

    def full_jacobian(self, y):
        """Jacobian (species, species) at one state, or (…, species, species) at states (…, species); constants are numbers."""
        y = np.asarray(y, dtype=float)
        left, _, change = self._lines
        more = np.concatenate((y, np.ones((*y.shape[:-1], 1))), axis=-1)
        by = np.zeros((*y.shape[:-1], len(left), len(self.names) + 1))
        rows = np.arange(len(left))
        for own, other in ((0, 1), (1, 0)):
            np.add.at(by, (..., rows, left[:, own]), self._constants * more[..., left[:, other]])
        return change @ by[..., :-1]

    def jacobian(self, y):
        """Banded Jacobian (2 n - 1, n, draws), as `mmlib.ensemble.solve` asks."""
        left, _, change = self._lines
        n = len(self.names)
        out = np.zeros((2 * n - 1, n, y.shape[1]))
        more = np.concatenate((y, np.ones((1, y.shape[1]))))
        rates = self._constants if self._constants.ndim > 1 else self._constants[:, None]
        for j, pair in enumerate(left):
            for own, other in ((0, 1), (1, 0)):
                column = pair[own]
                if column < n:
                    slope = rates[j] * more[pair[other]]
                    for i in np.flatnonzero(change[:, j]):
                        out[n - 1 + i - column, column] += change[i, j] * slope
        return out


def curves(model, t, *, rtol=1e-7, atol=1e-9) -> np.ndarray:
    """All species (times, species) of one network from its start at t[0], by LSODA.

    Raises
    ------
    ValueError : times not increasing; constants that are arrays.
    RuntimeError : the solver gave up.
    """
    t = _input.times(t, "t, at least two increasing times, the first the start,")
    rtol, atol = _tolerances(rtol, atol)
    if model.start.ndim > 1 or model._constants.ndim > 1:
        raise ValueError(
            "expected one network, each constant a number; got arrays of draws. Use mmlib.ensemble.solve for draws."
        )
    y, told = odeint(
        model.rhs, model.start, t, Dfun=lambda t, y: model.full_jacobian(y), tfirst=True, rtol=rtol, atol=atol,
        mxstep=20000, full_output=True,
    )  # fmt: skip
    if told["message"] != "Integration successful." or not np.isfinite(y).all():
        raise RuntimeError(
            f"expected LSODA to reach the last time; got {told['message']!r}. Try a larger atol or rtol."
        )
    return y


def _tolerances(rtol, atol):
    rtol = _input.number(rtol, "positive rtol, rtol", above=0, below=1, remedy="Try rtol=1e-7.")
    return rtol, _input.number(atol, "positive atol, atol", above=0, remedy="Try atol=1e-9.")


def slopes(model, t, wrt, *, rtol=1e-7, atol=1e-9):
    """Curves (times, species) and their derivatives (times, species, constants) by the logarithm of each constant named in `wrt`.

    The curve comes from LSODA, at the nodes of a collocation method of order 5 (Radau IIA) with one step between two times; the
    derivatives solve the linear equations S' = J S + F on these steps, all steps factorised at once. Times that are dense enough to
    draw the curve are dense enough. A concentration at the start may stand in `wrt` as well.

    Raises
    ------
    ValueError : an unknown name; times or constants as in `curves`.
    """
    t = _input.times(t, "t, at least two increasing times, the first the start,")
    rtol, atol = _tolerances(rtol, atol)
    if not isinstance(wrt, list | tuple):
        raise ValueError(f"expected wrt as a list of names of constants; got {wrt!r}. Try wrt=('k1',).")
    unknown = [name for name in wrt if name not in [f.name for f in fields(model)]]
    if unknown:
        raise ValueError(
            f"expected names of constants of {type(model).__name__} in wrt; got {unknown}. See its fields."
        )
    h = np.diff(t)
    nodes = np.concatenate(([t[0]], (t[:-1, None] + h[:, None] * NODES).ravel()))
    y = curves(model, nodes, rtol=rtol, atol=atol)
    left, which, change = model._lines
    n, steps, m = len(model.names), len(h), len(wrt)
    at = y[1:].reshape(steps, 3, n)
    more = np.concatenate((at, np.ones((steps, 3, 1))), axis=-1)
    rates = model._constants * more[..., left[:, 0]] * more[..., left[:, 1]]
    touched = np.array([[name == c for name in wrt] for c in which], dtype=float)  # (lines, wrt)
    force = np.einsum("ij,skj,jw->skiw", change, rates, touched)  # derivative of the rates by ln k
    jac = model.full_jacobian(at)
    # stages Z_k = S_n + h sum_l a_kl (J_l Z_l + F_l)
    matrix = -np.einsum("s,kl,slij->skilj", h, STAGES, jac).reshape(steps, 3 * n, 3 * n)
    matrix[:, np.arange(3 * n), np.arange(3 * n)] += 1
    right = np.einsum("s,kl,sliw->skiw", h, STAGES, force).reshape(steps, 3 * n, m)
    ones = np.broadcast_to(np.tile(np.eye(n), (3, 1)), (steps, 3 * n, n))
    solved = np.linalg.solve(matrix, np.concatenate((ones, right), axis=-1))[:, 2 * n :]
    s = np.zeros((steps + 1, n, m))
    for w, name in enumerate(wrt):
        if name in model.may_start:
            s[0, model.names.index(name), w] = getattr(model, name)
    for k in range(steps):
        s[k + 1] = solved[k, :, :n] @ s[k] + solved[k, :, n:]
    return y[::3], s


@brief
class Found(NamedTuple):
    """What `discover` returns: reactions with their constants."""

    lines: tuple  # the reactions that were kept
    constants: np.ndarray  # (kept,) [unit of the rates over that of the product on the left]
    names: tuple  # species of the readings, in their order
    bic: np.ndarray  # (sets,) of all sets that the elimination passed, the largest first
    verdict: Verdict

    @property
    def converged(self) -> bool:
        return self.verdict.converged

    def rhs(self, t, y):
        """Rates (species,) of the reactions that were kept."""
        y = np.maximum(y, 0)
        rates = np.zeros(len(y))
        for line, k in zip(self.lines, self.constants, strict=True):
            left, change = _parsed(line, self.names)
            rates += k * np.prod(y[left]) * change
        return rates


def discover(problem, lines, *, positive=True) -> Found:
    """Reactions behind readings: constants of all candidate lines by least squares, then elimination; the set with the best BIC is kept.

    A candidate changes all of its species at once, by its own stoichiometry, so that what it conserves is conserved; constants are not
    negative. Rows of a species are weighed by what the free regression on all terms leaves over.

    Parameters
    ----------
    problem : what `mmlib.identify.problem` made, degree 2, of readings (times, species), all in one unit.
    lines : candidate reactions without constants, such as ``"II + Xa -> IIa + Xa"``. A species that was not read, or nothing, may stand
        on the right only.
    positive : False allows negative constants, to see what the sign is worth.

    Raises
    ------
    ValueError : a line whose left side is no term of the problem; fewer rows than terms.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> y = np.stack([np.exp(-3 * t), 1 - np.exp(-3 * t)], axis=1)
    >>> rows = problem(t, y + 1e-3 * np.random.default_rng(0).standard_normal(y.shape), names=["A", "B"])
    >>> discover(rows, ["A -> B", "B -> A", "B -> C"]).lines
    ('A -> B',)
    """
    from mmlib.identify.rows import made  # loads PySINDy, which nothing else here needs

    if not isinstance(lines, list | tuple) or not lines or not all(isinstance(line, str) for line in lines):
        raise ValueError(
            f"expected lines, a list of reactions such as 'A + B -> C'; got {lines!r}. Write at least one."
        )
    positive = _input.flag(positive, "positive")
    n, m = made(problem).theta.shape
    if n <= m:
        raise ValueError(
            f"expected more rows than terms; got {n} rows, {m} terms. Bring more readings or trajectories."
        )
    left_over = problem.dydt - problem.theta @ np.linalg.lstsq(problem.theta, problem.dydt, rcond=None)[0]
    weight = 1 / np.sqrt((left_over**2).sum(0) / (n - m))
    columns = []
    for line in lines:
        left, change = _parsed(line, problem.names)
        own = [problem.names[i] for i in left]
        spelled = {" ".join(own), " ".join(own[::-1])} | (
            {f"{own[0]}^2"} if len(own) == 2 and own[0] == own[1] else set()
        )
        term = [k for k, name in enumerate(problem.terms) if name in spelled]
        if not term:
            raise ValueError(
                f"expected a left side that is a term of the problem; got {line!r}. Terms: {problem.terms[:6]} …"
            )
        columns.append(np.outer(weight * change, problem.theta[:, term[0]]).ravel())
    a, b = np.stack(columns, axis=1), (problem.dydt * weight).T.ravel()
    return _eliminated(a, b, tuple(lines), tuple(problem.names), positive)


def _parsed(line, names):
    """Species on the left (indices) and net change (species,) of a line without its constant."""
    if line.count("->") != 1:
        raise ValueError(f"expected a reaction such as 'A + B -> C'; got {line!r}. One arrow, left to right.")
    left, right = ([name for name in side.strip().split(" + ") if name] for side in line.split("->"))
    unknown = [name for name in left if name not in names]
    if unknown or not 1 <= len(left) <= 2:
        raise ValueError(
            f"expected one or two of the species {tuple(names)} on the left; got {line!r}. Check its spelling."
        )
    change = np.zeros(len(names))
    for side, sign in ((left, -1), (right, 1)):
        for name in side:
            if name in names:
                change[list(names).index(name)] += sign
    return [list(names).index(name) for name in left], change


def _eliminated(a, b, lines, names, positive):
    """Backwards: each time the line goes whose loss costs least."""
    size = np.linalg.norm(a, axis=0)
    a = a / size

    def fit(keep):
        if positive:
            return nnls(a[:, keep], b)
        x = np.linalg.lstsq(a[:, keep], b, rcond=None)[0]
        return x, np.linalg.norm(b - a[:, keep] @ x)

    keep, sets = list(np.flatnonzero(fit(list(range(len(lines))))[0])), []
    while keep:
        x, rest = fit(keep)
        sets.append((len(b) * np.log(rest**2 / len(b)) + len(keep) * np.log(len(b)), tuple(keep), x))
        without = [fit([k for k in keep if k != j])[1] if len(keep) > 1 else np.inf for j in keep]
        keep.pop(int(np.argmin(without)))
    bic, keep, x = min(sets, key=lambda s: s[0])
    gradient = a[:, keep].T @ (a[:, keep] @ x - b)
    verdict = judge(
        loss=float(np.mean((a[:, keep] @ x - b) ** 2)), gradient=gradient, fall=float(np.abs(gradient).max() / (b @ b))
    )
    return Found(tuple(lines[k] for k in keep), x / size[list(keep)], names, np.array([s[0] for s in sets]), verdict)
