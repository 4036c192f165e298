r"""Laws judged by their solutions: constants and first states fitted through the solution, candidates compared by it.

The weak form sees every window by itself: it needs no solution, proposes laws in a moment, and a small bias of each row stays.
The solution sees all readings at once. So the first proposes and the second decides.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from mmlib import _input
from mmlib.identify.methods import Law, join
from mmlib.identify.rows import Problem, problem
from mmlib.identify.selection import choose, path, scores
from mmlib.identify.weighting import weigh
from mmlib.optim import Verdict, judge, quadratic

__all__ = ["Solved", "by_solution", "through_solution"]

STEPS = 256  # of Runge and Kutta's scheme over the longest trajectory
NUDGE = 1e-6  # of a constant: differences for the slopes
CALLS = 20_000  # of a law, by the adaptive solver that looks at an answer
AWAY = 1e3  # times the largest reading: a solution beyond it has run away
EXACT = 1e-9  # of the largest reading: a misfit below it is none
QUIET = 1e-6  # a fit ends when a step gains less, of the sum of squares
ROUNDS = 2  # of fits: the second in units of the first one's misfits
FURTHER = 4  # times as many steps for the law that wins
NEXT, JOINT = 2, 3  # laws of each equation that go on from a path, and laws of all equations made of them
SHARES = (0.25, 0.5)  # of the time: where a law's solution runs away, its beginning is fitted first
REMEDIES = {
    "stalled": "Try more candidates (degree), other windows, or readings of a shorter time: a long or chaotic path has many valleys.",
    "out of steps": "Allow more iterations=.",
    "not finite": "The solution runs away: try fewer candidates, or readings of a shorter time.",
}


class Solved(NamedTuple):
    """A law whose constants were fitted through its solution."""

    law: Law
    start: list[np.ndarray]  # (d,) state at the first time of each trajectory [unit of y]
    rms: np.ndarray  # (d,) misfit of each state [unit of y]
    bic: float  # of the solution; smaller is better, constants that all laws share are left out
    verdict: Verdict
    others: list[tuple[Law, float]] = []  # laws that came behind, with their bic (infinite: the solution ran away)

    @property
    def converged(self) -> bool:
        return self.verdict.converged

    def __repr__(self):
        return f"Solved({'; '.join(self.law.equations())}; {self.verdict.status}, {len(self.others)} laws behind)"


class _Paths:
    """Solutions of one structure of monomials at the readings' times, with the slopes by constants and first states."""

    def __init__(self, law, times, states):
        self.times, self.states, self.structure = times, states, law.structure
        powers = np.asarray(law.library.powers_)
        self.row, column = np.nonzero(law.structure)
        used = np.unique(column)
        self.powers, self.column = powers[used], np.searchsorted(used, column)
        self.d, self.k = law.structure.shape[0], len(self.row)
        self.size = np.abs(np.concatenate(states)).max(axis=0)
        span = max(t[-1] - t[0] for t in times)
        self.steps = [max(8, round(STEPS * (t[-1] - t[0]) / span)) for t in times]
        self.scale = np.concatenate([np.abs(law.coef[law.structure]), np.tile(self.size, len(times))])

    def rates(self, x, weights):
        """Rates (b, d) of b copies with states x (b, d) and coefficients weights (b, d, terms)."""
        table = [np.ones_like(x), x]
        for _ in range(2, self.powers.max(initial=1) + 1):
            table.append(table[-1] * x)
        table, terms = np.array(table), np.ones((len(self.powers), len(x)))
        for j, column in enumerate(self.powers.T):
            terms *= table[column, :, j]
        return (weights @ terms.T[:, :, None])[:, :, 0]

    def at_readings(self, q, p, share):
        """(b, n, d) solution of trajectory q for b sets of unknowns p; n readings within `share` of its time."""
        t, steps = self.times[q], self.steps[q]
        t = t[: max(2, round(share * len(t)))]
        h = (t[-1] - t[0]) / steps
        weights = np.zeros((len(p), self.d, len(self.powers)))
        weights[:, self.row, self.column] = p[:, : self.k]
        x, found, slope = p[:, self.k + q * self.d :][:, : self.d], [], []
        for _ in range(steps + 1):
            a = self.rates(x, weights)
            found.append(x)
            slope.append(a)
            b = self.rates(x + h / 2 * a, weights)
            c = self.rates(x + h / 2 * b, weights)
            x = x + h / 6 * (a + 2 * b + 2 * c + self.rates(x + h * c, weights))
        k = np.minimum(((t - t[0]) / h).astype(int), steps - 1)
        s = ((t - t[0]) / h - k)[:, None]
        found, slope = np.stack(found, axis=1), np.stack(slope, axis=1) * h
        return (  # Hermite's cubic between two steps: as accurate as the scheme
            (1 + 2 * s) * (1 - s) ** 2 * found[:, k]
            + s * (1 - s) ** 2 * slope[:, k]
            + s**2 * (3 - 2 * s) * found[:, k + 1]
            - s**2 * (1 - s) * slope[:, k + 1]
        )

    def misfits(self, p, share=1.0):
        """Residuals (b, n, d) for b sets of unknowns p, over `share` of the time; NaN where a solution runs away."""
        found = []
        for q, state in enumerate(self.states):
            with np.errstate(all="ignore"):
                path = self.at_readings(q, p, share)
                path[~(np.abs(path) < AWAY * self.size).all(axis=(1, 2))] = np.nan
            found.append(path - state[: path.shape[1]])
        return np.concatenate(found, axis=1)

    def slopes(self, p, share=1.0):
        """(n, d, unknowns) slopes of the residuals, by differences."""
        nudge = NUDGE * np.maximum(np.abs(p), self.scale)
        rows = self.misfits(np.concatenate([p[None], p + np.diag(nudge)]), share)
        found = np.moveaxis((rows[1:] - rows[0]) / nudge[:, None, None], 0, -1)
        return np.where(np.isfinite(found), found, 0.0)  # a constant whose nudge runs away is held

    def spread(self, residual):
        """(d,) root mean square of each state's misfit, not below round-off."""
        return np.maximum(np.sqrt((residual**2).mean(axis=0)), EXACT * self.size)


def _descend(paths, p, iterations, rounds, share=1.0):
    """SciPy's least squares, each state in units of its misfit, which is taken anew; unknowns and evaluations left, or None."""
    left = iterations
    for _ in range(rounds):
        residual = paths.misfits(p[None], share)[0]
        if not np.isfinite(residual).all():
            return None
        unit = paths.spread(residual)
        run = least_squares(
            lambda z, u=unit: (paths.misfits(z[None], share)[0] / u).ravel(),
            p,
            lambda z, u=unit: (paths.slopes(z, share) / u[:, None]).reshape(-1, len(z)),
            x_scale="jac",
            max_nfev=iterations,
            ftol=QUIET,
            xtol=None,
            gtol=None,
        )
        p, left = run.x, iterations - run.nfev
    return p, left


def _fit(law, times, states, iterations, rounds=ROUNDS) -> Solved:
    """`through_solution` after its gate."""
    paths = _Paths(law, times, states)
    p = np.concatenate([law.coef[law.structure], *[s[0] for s in states]])
    run = _descend(paths, p, iterations, rounds)
    for share in SHARES if run is None else ():
        begun = _descend(paths, p, iterations, 1, share)
        p = p if begun is None else begun[0]
    run = _descend(paths, p, iterations, rounds) if run is None else run
    if run is None:
        return Solved(law, [s[0] for s in states], np.full(paths.d, np.inf), np.inf, _ran_away())
    p, left = run
    coef = np.zeros(law.coef.shape)
    coef[law.structure] = p[: paths.k]
    law, residual = law._replace(coef=coef), paths.misfits(p[None])[0]
    rms, starts = paths.spread(residual), list(p[paths.k :].reshape(-1, paths.d))
    bic = float(2 * len(residual) * np.log(rms).sum() + paths.k * np.log(residual.size))
    return Solved(law, starts, rms, bic, _judged(law, paths, p, residual, left))


def _ran_away():
    return Verdict("not finite", "the solution runs away from the readings", REMEDIES["not finite"])


def _judged(law, paths, p, residual, left) -> Verdict:
    """Is nothing left to gain, are the constants determined, and is the solution one that an adaptive solver finds too?"""
    rms = paths.spread(residual)
    jac = (paths.slopes(p) / rms[:, None]).reshape(-1, len(p))
    gradient, loss = jac.T @ (residual / rms).ravel(), residual.size
    seen = quadratic(jac.T @ jac, gradient, loss)
    named = [f"{law.terms[j]} in d{law.names[i]}/dt" for i, j in zip(*np.nonzero(law.structure), strict=True)]
    named += [f"{name} at the start" for name in law.names] * len(paths.times)
    silent = {*seen.flat, *seen.tied}
    exact = (rms <= 1e2 * EXACT * paths.size).all()
    verdict = judge(
        loss=0.0 if exact else loss,
        gradient=gradient,
        fall=seen.fall,
        move=seen.move,
        steps_left=left,
        undetermined=[named[k] for k in sorted(silent)],
        remedies=REMEDIES,
    )
    if not verdict.converged:
        return verdict
    worst = rms / paths.states[0].std(axis=0)
    if worst.max() > 0.5:
        return Verdict("stalled", f"{worst.max():.0%} of a state's spread is left unexplained", REMEDIES["stalled"])
    for q, t in enumerate(paths.times):
        first, own = p[paths.k + q * paths.d :][: paths.d], paths.at_readings(q, p[None], 1.0)[0]
        again = adaptive(law.rhs, first, t, rtol=1e-8, atol=1e-10 * paths.size.min())
        if again is None or (np.abs(again - own) > np.maximum(rms, 1e-3 * paths.size)).any():
            return Verdict("stalled", "an adaptive solver finds another solution of this law", REMEDIES["stalled"])
    return verdict


def adaptive(rates, first, t, *, rtol, atol):
    """(n, d) solution by SciPy's LSODA, or None where it has none that the solver finds in so many calls of the rates."""
    calls = iter(range(CALLS))

    def counted(s, x):
        if next(calls, None) is None:
            raise OverflowError
        return rates(s, x)

    with np.errstate(all="ignore"):
        try:
            run = solve_ivp(counted, (t[0], t[-1]), first, "LSODA", t_eval=t, rtol=rtol, atol=atol)
        except (OverflowError, ValueError):
            return None
    return run.y.T if run.y.shape[1] == len(t) and np.isfinite(run.y).all() else None


def _gate(t, y, iterations):
    times, states = _input.series(t, y)
    return times, states, _input.whole(iterations, "iterations", least=1, remedy="Try iterations=15.")


def through_solution(law: Law, t, y, *, iterations=15) -> Solved:
    r"""Fit the constants of a law, and the first states, through its solution.

    Least squares of readings minus solution, with each state's noise left open: the logarithms of the states' mean squared
    misfits are added. Runge and Kutta's scheme takes 256 equal steps; at the end an adaptive solver must find the same path.

    Parameters
    ----------
    law : of monomials, what `problem` and a method gave; its terms stay.
    t : (n,) times, increasing, even or not, or a list of them, one for each trajectory.
    y : (n, d) readings, or a list of such arrays.
    iterations : steps at most.

    Returns
    -------
    Solved : the law with its constants, first states, misfits, BIC and verdict. Where the solution runs away from the readings
        whatever was tried, the law comes back as it was, *not finite*, its `bic` infinite.

    Raises
    ------
    ValueError : a map, a law of a field or without terms, other numbers of states, NaN, unsorted times.
    TypeError : not a law.

    >>> from mmlib.identify import problem, refit
    >>> t = np.linspace(0, 2, 201)
    >>> y = np.exp(-3 * t)[:, None] + 0.02 * np.random.default_rng(0).standard_normal((201, 1))
    >>> fall = refit(problem(t, y, names=["x"], degree=1), np.array([[False, True]]))
    >>> found = through_solution(fall, t, y)
    >>> found.law.coef.round(1), found.verdict.status
    (array([[ 0., -3.]]), 'converged')
    """
    if not isinstance(law, Law):
        raise TypeError(f"expected a law; got {_input.shown(law)}. Make one: identify.choose(problem, path).")
    if law.is_map or not hasattr(law.library, "powers_") or not law.structure.any():
        raise ValueError(
            f"expected a law of rates made of monomials, with at least one term; got {law!r}. Leave out library= in `problem`."
        )
    times, states, iterations = _gate(t, y, iterations)
    if states[0].shape[1] != len(law.names):
        raise ValueError(
            f"expected readings of {len(law.names)} states; got {states[0].shape[1]}. Order them as {law.names}."
        )
    return _fit(law, times, states, iterations)


def by_solution(t, y, *, names, degree=3, windows=(25, 51), iterations=10) -> Solved:
    r"""The law whose solution explains the readings best, among those that the weighted weak form proposes.

    For each total degree up to `degree` and each window the weak form is set up, its rows are weighted (`weigh`), and the
    two best laws of each equation on the path of backward elimination go on. Constants and first states of every proposal are
    fitted through its solution (`through_solution`), and the smallest BIC of the solutions wins. No threshold, no unit enters.

    Parameters
    ----------
    t : (n,) times, increasing, even or not, or a list of them, one for each trajectory.
    y : (n, d) readings, or a list of such arrays.
    names : d names of the states.
    degree : largest total degree of the monomials.
    windows : samples in a window of the weak form, odd; each proposes laws.
    iterations : steps at most for each proposal; the law that wins may take four times as many.

    Returns
    -------
    Solved : the best law; those behind it in `others`.

    Raises
    ------
    ValueError : as `problem`, where no degree and no window gives a proposal; an empty list of windows.

    >>> t = np.linspace(0, 10, 201)
    >>> y = 1 / (1 + 9 * np.exp(-t))[:, None] * (1 + 0.05 * np.random.default_rng(0).standard_normal((201, 1)))
    >>> by_solution(t, y, names=["x"]).law.equations(1)                        # logistic growth, read with 5 % noise
    ['dx/dt = 1 x - 1 x^2']
    """
    times, states, iterations = _gate(t, y, iterations)
    degree = _input.whole(degree, "degree", least=1, remedy="Try degree=3.")
    windows = list(windows) if isinstance(windows, list | tuple | np.ndarray) else [windows]
    if not windows:
        raise ValueError("expected at least one window; got none. Try windows=(25, 51).")
    proposals, refused = [], None
    for power, window in itertools.product(range(degree, 0, -1), windows):
        try:
            proposals.append((rows := problem(t, y, names=names, degree=power, window=window), _proposed(rows)))
        except ValueError as error:
            refused = error
    if not proposals:
        raise refused
    widest = proposals[0][0]
    found = [
        _fit(law, times, states, iterations, 1)
        for law in _different(widest, [w for _, laws in proposals for w in laws])
    ]
    found.sort(key=lambda s: s.bic)
    best = _fit(found[0].law, times, states, FURTHER * iterations)
    return best._replace(others=[(s.law, s.bic) for s in found[1:]])


def _different(widest: Problem, laws) -> list[Law]:
    """Each structure once, written with the terms of the widest problem, of which those of a lower degree come first."""
    more = {}
    for law in laws:
        coef = np.pad(law.coef, ((0, 0), (0, len(widest.terms) - len(law.terms))))
        law = Law(law.names, widest.terms, coef, widest.library, law.model, widest)
        more.setdefault(law.structure.tobytes(), law)
    return list(more.values())


def _proposed(rows: Problem) -> list[Law]:
    """The law that BIC chooses on equal rows, and a few on weighted ones."""
    plain = choose(rows, path(rows, "stepwise"))
    laws, ways = [plain], []
    try:
        weighted = weigh(rows, law=plain)
    except ValueError:  # readings without noise have rows of equal weight
        return laws
    for one in weighted:
        steps = [law for law in path(one, "stepwise") if law.structure.any()]
        score = [scores(one, law.structure, "bic")[0] for law in steps]
        ways.append([(score[k], steps[k]) for k in np.argsort(score)[:NEXT]])
    for chosen in sorted(itertools.product(*ways), key=lambda c: sum(s for s, _ in c))[:JOINT]:
        laws.append(join([law for _, law in chosen]))
    return [law for law in laws if law.structure.any()]
