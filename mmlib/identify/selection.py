"""One law out of many: paths, scores, resampling."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import pysindy as ps
from sklearn.linear_model import lars_path

from mmlib import _input
from mmlib.identify.methods import Law, folds, least_squares, of_one_problem, positive, refit, sequences
from mmlib.identify.rows import Problem, determined, made, of_order_one, split
from mmlib.optim import Verdict, all_of, brief

__all__ = ["Every", "Inclusion", "bagging", "choose", "exhaustive", "path", "scores"]


UNDECIDED = (0.2, 0.8)  # share of the models that hold a term: neither in nor out
REMEDY = "Bring more data or a longer window, leave candidates out that others imitate, or try another threshold."


@brief
class Inclusion(NamedTuple):
    """How often each term comes back when data and candidates are resampled."""

    probability: np.ndarray  # (d, m) share of the models that could have held the term and did
    coef: np.ndarray  # (n_models, d, m)
    names: list[str]
    terms: list[str]
    model: ps.EnsembleOptimizer

    @property
    def verdict(self) -> Verdict:
        """Does the resampling decide which terms belong to the law?"""
        return all_of({f"equation of {name}": self._one(k) for k, name in enumerate(self.names)})

    def _one(self, k):
        if not np.isfinite(self.coef[:, k]).all():
            return Verdict("not finite", "a coefficient of a model is NaN or infinite", REMEDY)
        share = self.probability[k]
        open_ = [t for t, p in zip(self.terms, share, strict=True) if UNDECIDED[0] <= p <= UNDECIDED[1]]
        if open_:
            return Verdict("not determined", f"resampling neither keeps nor drops {', '.join(open_[:6])}", REMEDY)
        if not share.any():
            return Verdict("stalled", "no model holds a term", "Lower the threshold, or bring states of order one.")
        return Verdict("converged", f"{int((share > UNDECIDED[1]).sum())} terms come back, the others do not")

    @property
    def converged(self) -> bool:
        return self.verdict.converged


THRESHOLDS = np.geomspace(0.005, 0.8, 16)


def path(problem: Problem, method: str, thresholds=THRESHOLDS) -> list[Law]:
    """All laws that a method can give while its tuning parameter runs through its range, full to empty.

    ``"sindy"``: one law a threshold. ``"lasso"``: one for each set of terms between two knots of the exact LASSO path
    (LARS). ``"stepwise"``: the elimination sequence. Coefficients are least squares on the terms of each law.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    method : "sindy", "lasso" or "stepwise".
    thresholds : (n,) for "sindy" only [unit of the coefficients].

    Raises
    ------
    ValueError : another method, no more rows than terms, terms that are combinations of others; for ``"sindy"``, states far
        from order one.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> fall = problem(t, np.exp(-3 * t)[:, None], names=["x"])
    >>> [int(law.structure.sum()) for law in path(fall, "stepwise")]
    [3, 2, 1]
    """
    _input.choice(method, "method", ("sindy", "lasso", "stepwise"))
    determined(problem)
    if method == "sindy":
        thresholds = _input.array(thresholds, "thresholds", "(n,)", positive=True)
        of_order_one(problem)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore")  # empty, singular or unfinished fits: `choose` judges them like any other
            fits = [
                ps.STLSQ(threshold=positive(h, "threshold"), alpha=1e-6, unbias=False).fit(problem.theta, problem.dydt)
                for h in thresholds
            ]
        return [refit(problem, fit.coef_ != 0, model=fit) for fit in fits]
    if method == "lasso":
        x = problem.theta / np.linalg.norm(problem.theta, axis=0)
        ways = [(lars_path(x, y / np.linalg.norm(y), method="lasso")[2] != 0).T[::-1] for y in problem.dydt.T]
    else:
        ways = [np.array([s.structure for s in sequence]) for sequence in sequences(problem)]
    longest = max(map(len, ways))
    ways = [np.pad(w, ((longest - len(w), 0), (0, 0)), mode="edge") for w in ways]
    return [refit(problem, np.array(rows)) for rows in zip(*ways, strict=True)]


def scores(problem: Problem, structure, rule: str) -> np.ndarray:
    """(d,) BIC, AIC, or squared error on left-out trajectories (``"cv"``), of least squares on `structure`; smaller is better.

    `structure` is (d, m) bool, or 0 and 1. Constants that all laws share are left out of BIC and AIC.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    structure : (d, m) bool, the terms of each equation.
    rule : "bic", "aic" or "cv".

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> fall = problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)
    >>> bool(scores(fall, np.array([[False, True]]), "cv") < scores(fall, np.array([[True, False]]), "cv"))
    True
    """
    _input.choice(rule, "rule", ("bic", "aic", "cv"))
    structure = _input.structure(structure, (made(problem).dydt.shape[1], len(problem.terms)))
    n, result = len(problem.theta), []
    for keep, y in zip(structure, problem.dydt.T, strict=True):
        x, k = problem.theta[:, keep], int(keep.sum())
        if rule == "cv":
            splits = folds(problem)
            result.append(sum(((y[b] - x[b] @ least_squares(x[a], y[a])) ** 2).sum() if k else (y[b] ** 2).sum() for a, b in splits))  # fmt: skip
        elif k >= n:
            result.append(np.inf)  # as many terms as rows fit anything
        else:
            misfit = ((y - x @ least_squares(x, y)) ** 2).mean() if k else (y**2).mean()
            result.append(n * np.log(misfit) + k * (np.log(n) if rule == "bic" else 2))
    return np.array(result)


def choose(problem: Problem, laws: list[Law], rule="bic") -> Law:
    """The best of several laws, judged an equation at a time, with least-squares coefficients; `model` lists the candidates.

    `rule` is ``"bic"``, ``"aic"`` or ``"cv"`` (see `scores`).

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    laws : candidates, such as `path` gives.
    rule : "bic", "aic" or "cv" (squared error on left-out trajectories).

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> y = np.exp(-3 * t)[:, None] + 0.01 * np.random.default_rng(0).standard_normal((201, 1))
    >>> noisy = problem(t, y, names=["x"])
    >>> choose(noisy, path(noisy, "sindy")).equations(2)
    ['dx/dt = -3 x']
    """
    laws, rows = of_one_problem(laws), []
    _input.choice(rule, "rule", ("bic", "aic", "cv"))
    for state, one in enumerate(split(problem)):
        candidates = np.unique([law.structure[state] for law in laws], axis=0)
        rows.append(min(candidates, key=lambda keep, one=one: scores(one, keep[None], rule)[0]))
    return refit(problem, np.array(rows), model=laws)


class Every(NamedTuple):
    """All laws of one equation, in no order."""

    sets: np.ndarray  # (2^m - 1, m) bool, the terms of each law
    misfit: np.ndarray  # (2^m - 1,) mean square of the residuals [square of the rows' unit]
    score: np.ndarray  # (2^m - 1,) BIC or AIC

    def rank(self, structure) -> int:
        """Place of a law, from 1, when all are sorted by their score."""
        row = np.flatnonzero((self.sets == np.asarray(structure, dtype=bool)).all(axis=1))
        return 1 + int((self.score < self.score[row[0]]).sum())


MOST_CANDIDATES = 16  # 65,535 laws an equation


def exhaustive(problem: Problem, rule="bic") -> Law:
    """The best of all laws: least squares on every non-empty set of terms, an equation at a time.

    ``Law.model`` holds an `Every` for each equation, so that one can look at the laws that came second.

    Parameters
    ----------
    problem : what `problem` made, with at most 16 candidate terms and more rows than terms.
    rule : "bic" or "aic".

    Raises
    ------
    ValueError : more candidates, no more rows than terms, another rule.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> y = np.exp(-3 * t)[:, None] + 0.01 * np.random.default_rng(0).standard_normal((201, 1))
    >>> law = exhaustive(problem(t, y, names=["x"]))
    >>> law.equations(2), len(law.model[0].sets), law.model[0].rank([False, True, False])
    (['dx/dt = -3 x'], 7, 1)
    """
    n, m = made(problem).theta.shape
    _input.choice(rule, "rule", ("bic", "aic"))
    if m > MOST_CANDIDATES or n <= m:
        raise ValueError(
            f"expected at most {MOST_CANDIDATES} candidate terms and more rows than terms; got {m} terms and {n} rows. "
            "Lower the degree, or walk a path: path(problem, 'sindy')."
        )
    determined(problem)
    price = np.log(n) if rule == "bic" else 2.0
    sets = (np.arange(1, 2**m)[:, None] >> np.arange(m)) & 1 == 1
    found = []
    for y in problem.dydt.T:
        misfit = _misfits(problem.theta, y, sets)
        found.append(Every(sets, misfit, n * np.log(misfit) + price * sets.sum(axis=1)))
    return refit(problem, np.array([e.sets[e.score.argmin()] for e in found]), model=found)


def _misfits(theta, y, sets):
    """Mean squared misfit of least squares on each set of columns, all sets of one size at once."""
    x = theta / np.linalg.norm(theta, axis=0)
    gram, moment, misfit = x.T @ x, x.T @ y, np.empty(len(sets))
    for k in range(1, theta.shape[1] + 1):
        rows = np.flatnonzero(sets.sum(axis=1) == k)
        j = np.nonzero(sets[rows])[1].reshape(-1, k)
        coef = np.linalg.solve(gram[j[:, :, None], j[:, None, :]], moment[j][..., None])[..., 0]
        misfit[rows] = (y @ y - (moment[j] * coef).sum(axis=1)) / len(y)
    return np.maximum(misfit, np.finfo(float).tiny)


def bagging(problem: Problem, threshold=0.05, *, seed, n_models=100, drop=1, rows=None, alpha=1e-6) -> Inclusion:
    """Refit `sindy` on resampled rows and candidates (PySINDy's EnsembleOptimizer; Fasel et al. 2022, doi:10.1098/rspa.2021.0904).

    Each of the `n_models` models sees rows drawn with replacement (`rows` of them, by default as many as there are) and
    all candidate terms but `drop` drawn at random; ``drop=0`` resamples rows only. `seed` is a whole number; numpy's
    global generator, which PySINDy uses, is put back as it was.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    threshold, alpha : as in `sindy`.
    seed : of the resampling, a whole number (or a numpy.random.Generator, of which one is drawn).
    n_models : number of refits. drop : candidates left out of each. rows : rows drawn for each, all by default.

    >>> from mmlib.identify import problem
    >>> t = np.linspace(0, 2, 201)
    >>> bagging(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1), seed=0, n_models=20, drop=0).probability
    array([[0., 1.]])
    """
    m, n_models = len(made(problem).terms), _input.whole(n_models, "n_models", least=1, remedy="Try n_models=100.")
    remedy = f"expected drop between 0 and {m - 1} candidate terms."
    drop = _input.whole(drop, "drop", least=0, most=m - 1, remedy=remedy.capitalize())
    rows = (
        None if rows is None else _input.whole(rows, "rows", least=1, remedy="Leave it out for as many as there are.")
    )
    seed, alpha = _input.seed(seed, most=_input.OLD), positive(alpha, "alpha")
    of_order_one(problem)
    ensemble = ps.EnsembleOptimizer(
        ps.STLSQ(threshold=positive(threshold, "threshold"), alpha=alpha), bagging=True, library_ensemble=drop > 0,
        n_models=n_models, n_subset=rows, n_candidates_to_drop=drop or 1,
    )  # fmt: skip
    before = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(seed)  # noqa: NPY002
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore")  # one empty or singular fit among many
            ensemble.fit(problem.theta, problem.dydt)
    finally:
        np.random.set_state(before)  # noqa: NPY002
    coef = np.array(ensemble.coef_list)
    chances = 1 - drop / len(problem.terms)  # a dropped candidate had no chance to come back
    return Inclusion(np.minimum((coef != 0).mean(axis=0) / chances, 1.0), coef, problem.names, problem.terms, ensemble)
