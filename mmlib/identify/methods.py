"""Methods that solve one regression problem and answer with a law."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pysindy as ps
from scipy import stats
from sklearn.linear_model import LassoLarsCV, RidgeCV
from sklearn.model_selection import GroupKFold

from mmlib import _input
from mmlib.identify.rows import Problem, candidates, determined, made, of_order_one
from mmlib.identify.verdicts import verdict_on
from mmlib.optim import Verdict, all_of

__all__ = ["Law", "Step", "join", "lasso", "refit", "ridge", "sindy", "stepwise"]


class Law(NamedTuple):
    """Identified equations, one row of `coef` for each state."""

    names: list[str]
    terms: list[str]
    coef: np.ndarray  # (d, m); zero = term not in the law
    library: Any  # the PySINDy library that computes the terms
    model: Any  # the wrapped library's own fitted object: nothing is hidden
    problem: Any = None  # what it was fitted to; a list of laws where `join` made it

    def __repr__(self):
        return f"Law({'; '.join(self.equations())})"

    @property
    def verdict(self) -> Verdict:
        """Does it explain the rates, and are its terms determined? Computed when asked: see `mmlib.optim.Verdict`."""
        if isinstance(self.problem, list):
            return all_of({f"law {k}": law.verdict for k, law in enumerate(self.problem)})
        if self.problem is None:
            return Verdict(
                "not determined", "the law was not fitted here", "Fit it: identify.refit(problem, structure)."
            )
        return verdict_on(self.problem, self.coef)

    @property
    def converged(self) -> bool:
        return self.verdict.converged

    @property
    def is_map(self) -> bool:
        """Does it give the next state, x[k+1] from x[k], and not a rate?"""
        first = self.problem[0] if isinstance(self.problem, list) else self.problem
        return first.is_map if isinstance(first, Law) else getattr(first, "is_map", False)

    @property
    def structure(self) -> np.ndarray:
        """(d, m) bool: which term stands in which equation."""
        return self.coef != 0

    def rhs(self, t, y) -> np.ndarray:
        """Rates at the state y of shape (d,) or (d, k), so that ``scipy.integrate.solve_ivp(law.rhs, …)`` can forecast."""
        if self.is_map:
            raise ValueError(
                "expected a law of rates; got a map, which gives the next state: an integrator would take steps of its own. "
                "Iterate it: y = law.next(y)."
            )
        return self.next(y)

    def next(self, y) -> np.ndarray:
        """What the law gives at the state y of shape (d,) or (d, k): the next state of a map, rates otherwise."""
        if self.library is None:
            raise ValueError(
                "expected a law of states; got one of a field, whose terms need neighbours in space, not only the state. "
                "Put its coefficients into a solver of your own."
            )
        y = _input.array(y, "y", f"({len(self.names)},) or ({len(self.names)}, k)", finite=False)
        return (self.coef @ candidates(self.library, y.reshape(len(self.names), -1).T).T).reshape(y.shape)

    def equations(self, digits: int = 3) -> list[str]:
        """One line of text an equation, for example ``'du/dt = 0.1 - 1 u + 1 u^2 v'``; of a map, ``'u[k+1] = …'``."""
        digits, lines = _input.whole(digits, "digits", least=1, most=17), []
        for name, row in zip(self.names, self.coef, strict=True):
            parts = [
                f"{'-' if c < 0 else '+'} {abs(c):.{digits}g}" + ("" if term == "1" else f" {term}")
                for c, term in zip(row, self.terms, strict=True)
                if c != 0
            ]
            lines.append(
                (f"{name}[k+1] = " if self.is_map else f"d{name}/dt = ")
                + (" ".join(parts).removeprefix("+ ").replace("- ", "-", parts[:1] == [] or parts[0][0] == "-") or "0")
            )
        return lines


def _law(problem, coef, model) -> Law:
    return Law(problem.names, problem.terms, np.asarray(coef, dtype=float), problem.library, model, problem)


def positive(value, what) -> float:
    return _input.number(value, f"a positive {what}, {what}", above=0, remedy=f"Leave {what} out for its default.")


def sindy(problem: Problem, threshold=0.05, alpha=1e-6) -> Law:
    """Sparse law by sequential thresholding (PySINDy's STLSQ; Brunton, Proctor and Kutz 2016, doi:10.1073/pnas.1517384113).

    `threshold` compares raw coefficients, so states must be of order one (a thousand at most, a thousandth at least, and so
    their rates); `alpha` is the ridge penalty inside.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made, d states, m candidate terms.
    threshold : smallest coefficient that is kept [unit of the state / unit of time / unit of the term].
    alpha : ridge penalty inside the thresholding [1].

    Returns
    -------
    Law : `coef` (d, m), zero where a term was dropped; PySINDy's optimizer in `model`.

    Raises
    ------
    ValueError : states far from order one, no more rows than terms, terms that are combinations of others.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> sindy(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)).equations(2)
    ['dx/dt = -3 x']
    """
    optimizer = ps.STLSQ(threshold=positive(threshold, "threshold"), alpha=positive(alpha, "alpha"))
    of_order_one(problem)
    optimizer.fit(problem.theta, problem.dydt)
    return _law(problem, optimizer.coef_, optimizer)


def folds(problem):
    """Leave one trajectory out; a single trajectory is cut into five stretches of time."""
    n, groups = len(problem.theta), problem.group
    if groups[-1] == 0:
        groups = np.arange(n) * 5 // n
    return list(GroupKFold(min(10, len(np.unique(groups)))).split(problem.theta, groups=groups))


def lasso(problem: Problem) -> Law:
    """LASSO on columns scaled to unit length, penalty by cross-validation (scikit-learn's LassoLarsCV), an equation at a time.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> lasso(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)).structure[0, 1]
    np.True_
    """
    determined(problem)
    size, length = np.linalg.norm(problem.theta, axis=0), np.linalg.norm(problem.dydt, axis=0)  # LARS knows no units
    models = [
        LassoLarsCV(cv=folds(problem), fit_intercept=False).fit(problem.theta / size, y / norm)
        for y, norm in zip(problem.dydt.T, length, strict=True)
    ]
    return _law(problem, [m.coef_ * norm / size for m, norm in zip(models, length, strict=True)], models)


def ridge(problem: Problem, penalties=None) -> Law:
    """Ridge regression on columns scaled to unit length, penalty by cross-validation (scikit-learn's RidgeCV); never sparse.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    penalties : (n,) penalties to choose from [1]; a logarithmic range by default.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> ridge(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=2)).structure
    array([[ True,  True,  True]])
    """
    penalties = np.geomspace(1e-8, 1, 33) if penalties is None else penalties
    penalties = _input.array(penalties, "penalties", "(n,)", positive=True)
    size = np.linalg.norm(determined(problem).theta, axis=0)
    parts = folds(problem)
    one_row = min(len(left_out) for _, left_out in parts) < 2  # has no R^2, by which parts are compared otherwise
    scoring = "neg_mean_squared_error" if one_row else None
    models = [
        RidgeCV(alphas=penalties, cv=parts, fit_intercept=False, scoring=scoring).fit(problem.theta / size, y)
        for y in problem.dydt.T
    ]
    return _law(problem, [m.coef_ / size for m in models], models)


class Step(NamedTuple):
    """One backward step: without `removed`, the misfit grows as it would by chance with probability `p` (F-test)."""

    structure: np.ndarray  # (m,) bool, before the step
    removed: str
    F: float
    p: float


def _eliminate(theta, y, terms) -> list[Step]:
    """Backward elimination from the full model to the last term: always drop the term with the smallest F."""
    size = np.linalg.norm(theta, axis=0)
    keep, steps = np.ones(theta.shape[1], dtype=bool), []
    while keep.any():
        x, k = theta[:, keep] / size[keep], int(keep.sum())
        inverse = np.linalg.pinv(x.T @ x)
        coef = inverse @ (x.T @ y)
        noise = ((y - x @ coef) ** 2).sum() / (len(y) - k)  # residual variance
        F = coef**2 / (np.diag(inverse) * noise)  # equals (RSS without the term - RSS) / noise
        weakest = int(F.argmin())
        out = np.flatnonzero(keep)[weakest]
        steps.append(Step(keep.copy(), terms[out], float(F[weakest]), float(stats.f.sf(F[weakest], 1, len(y) - k))))
        keep[out] = False
    return steps


def stepwise(problem: Problem, p=0.05) -> Law:
    """Backward elimination: drop the least significant term until every partial F-test has a p-value below `p`.

    ``Law.model`` holds the elimination sequence of each equation, a list of `Step`.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    p : largest p-value [1] of a term that is kept.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> y = np.exp(-3 * t)[:, None] + 0.01 * np.random.default_rng(0).standard_normal((201, 1))
    >>> stepwise(problem(t, y, names=["x"]), p=1e-3).equations(2)
    ['dx/dt = -3 x']
    """
    p = _input.number(p, "a positive p-value between 0 and 1, p", above=0, below=1, remedy="Try p=0.05.")
    found = sequences(problem)
    stop = [next((s.structure for s in seq if s.p < p), np.zeros(len(problem.terms), bool)) for seq in found]
    return refit(problem, np.array(stop), model=found)


def sequences(problem):
    determined(problem)
    return [_eliminate(problem.theta, y, problem.terms) for y in problem.dydt.T]


def refit(problem: Problem, structure, model=None) -> Law:
    """Least squares on the given terms alone ((d, m) bool): what *debiased* means.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    structure : (d, m) bool (or 0 and 1), the terms of each equation.
    model : kept in the law that is returned, for reference.

    Raises
    ------
    ValueError : another shape, values other than True and False, no more rows than terms in an equation.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> refit(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1), np.array([[False, True]])).coef.round(2)
    array([[ 0., -3.]])
    """
    structure = _input.structure(structure, (made(problem).dydt.shape[1], len(problem.terms)))
    largest = int(structure.sum(axis=1).max(initial=0))
    if largest >= len(problem.theta):
        raise ValueError(
            f"expected more rows than terms; got {len(problem.theta)} rows for an equation of {largest} terms. "
            "Keep fewer terms, or bring more data."
        )
    coef = np.zeros(structure.shape)
    for row, keep, y in zip(coef, structure, problem.dydt.T, strict=True):
        if keep.any():
            row[keep] = least_squares(problem.theta[:, keep], y)
    return _law(problem, coef, model)


def join(laws: list[Law]) -> Law:
    """One law of several, their equations in the given order: what `weigh` takes apart.

    Parameters
    ----------
    laws : laws with the same candidate terms; `model` of the answer lists their models.

    Raises
    ------
    ValueError : no laws, or laws with different candidates.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> one = sindy(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1))
    >>> join([one, one]).coef.shape
    (2, 2)
    """
    laws = of_one_problem(laws)
    names = [name for law in laws for name in law.names]
    return Law(
        names, laws[0].terms, np.concatenate([w.coef for w in laws]), laws[0].library, [w.model for w in laws], laws
    )


def of_one_problem(laws) -> list[Law]:
    """At least one law, all of the same candidate terms."""
    listed = list(laws) if isinstance(laws, list | tuple) else []
    if not listed or not all(isinstance(w, Law) and w.terms == listed[0].terms for w in listed):
        raise ValueError(
            f"expected a list of laws with the same candidate terms; got {_input.shown(laws)}. Pass those of one problem: a "
            "path, or one law for each of the problems that `weigh` gave."
        )
    return listed


def least_squares(x, y):
    size = np.linalg.norm(x, axis=0)
    return np.linalg.lstsq(x / size, y, rcond=None)[0] / size
