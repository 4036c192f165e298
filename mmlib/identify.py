r"""Which equation is behind these data? One regression problem, several ways to solve it.

`problem` turns trajectories into one linear system, *rates = candidate terms x coefficients*. `sindy`, `lasso`, `ridge`
and `stepwise` solve that same system and answer with a `Law`; `path` walks through all the laws that a method can give,
`choose` picks one of them by BIC, AIC or cross-validation, and `bagging` counts how often a term comes back when data
and candidates are resampled. PySINDy and scikit-learn do the fitting; their objects are kept in ``Law.model``.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pysindy as ps
from scipy import stats
from sklearn.linear_model import LassoLarsCV, RidgeCV, lars_path
from sklearn.model_selection import GroupKFold

__all__ = [
    "Inclusion", "Law", "Problem", "bagging", "choose", "field_problem", "lasso", "path", "problem", "refit", "ridge", "scores", "sindy",
    "stepwise",
]  # fmt: skip


class Problem(NamedTuple):
    """Rates = candidate terms x coefficients, ``dydt ≈ theta @ coef.T``; made once and given to every method."""

    theta: np.ndarray  # (n, m) candidate terms
    dydt: np.ndarray  # (n, d) rates [unit of y / unit of t]
    names: list[str]  # (d,) states
    terms: list[str]  # (m,) candidate terms
    group: np.ndarray  # (n,) number of the trajectory each row came from
    library: Any  # the PySINDy library, fitted


class Law(NamedTuple):
    """Identified equations, one row of `coef` for each state."""

    names: list[str]
    terms: list[str]
    coef: np.ndarray  # (d, m); zero = term not in the law
    library: Any  # the PySINDy library that computes the terms
    model: Any  # the wrapped library's own fitted object: nothing is hidden

    @property
    def structure(self) -> np.ndarray:
        """(d, m) bool: which term stands in which equation."""
        return self.coef != 0

    def rhs(self, t, y) -> np.ndarray:
        """Rates at the state y of shape (d,) or (d, k), so that ``scipy.integrate.solve_ivp(law.rhs, …)`` can forecast."""
        y = np.asarray(y, dtype=float)
        return (self.coef @ _terms(self.library, y.reshape(len(self.names), -1).T).T).reshape(y.shape)

    def equations(self, digits: int = 3) -> list[str]:
        """One line of text an equation, for example ``'du/dt = 0.1 - 1 u + 1 u^2 v'``."""
        lines = []
        for name, row in zip(self.names, self.coef, strict=True):
            parts = [
                f"{'-' if c < 0 else '+'} {abs(c):.{digits}g}" + ("" if term == "1" else f" {term}")
                for c, term in zip(row, self.terms, strict=True)
                if c != 0
            ]
            lines.append(
                f"d{name}/dt = "
                + (" ".join(parts).removeprefix("+ ").replace("- ", "-", parts[:1] == [] or parts[0][0] == "-") or "0")
            )
        return lines


class Inclusion(NamedTuple):
    """How often each term comes back when data and candidates are resampled."""

    probability: np.ndarray  # (d, m) share of the models that could have held the term and did
    coef: np.ndarray  # (n_models, d, m)
    names: list[str]
    terms: list[str]
    model: ps.EnsembleOptimizer


# -- the regression problem ---------------------------------------------------------------------------------------


def problem(t, y, *, names, degree=2, derivative="weak", window=25, library=None) -> Problem:
    r"""Set up rates and candidate terms from one trajectory or several.

    Parameters
    ----------
    t : (n,) times, increasing, or a list of them. Their unit sets the unit of the coefficients.
    y : (n, d) states, or a list of such arrays. Time runs along the first axis.
    names : d names of the states, for example ``["u", "v"]``.
    degree : candidate terms are all monomials up to this total degree.
    derivative : how rates are had from data.
        ``"weak"``: both sides are averaged with the weight $\varphi = (1 - s^2)^4$ over windows of `window` samples that
        overlap by half; integrating by parts moves the derivative from the noisy data to $\varphi$
        (Messenger and Bortz 2021, doi:10.1137/20M1343166).
        ``"smoothed"``: PySINDy's SmoothedFiniteDifference (Savitzky-Golay of order 3 over `window` samples), along time.
        An array like `y` (or a list): rates that you measured.
    window : samples in a window; odd, at least 5.
    library : a PySINDy feature library to use instead of the monomials.

    Raises
    ------
    ValueError : NaN, unsorted times, shapes that do not fit, too few samples for the window, an unknown derivative.

    >>> t = np.linspace(0, 2, 201)
    >>> problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=3).terms
    ['1', 'x', 'x^2', 'x^3']
    """
    times, states, names = _trajectories(t, y, names)
    if library is None:
        if int(degree) != degree or degree < 1:
            raise ValueError(f"expected a whole degree of at least 1; got {degree!r}. Try degree=2.")
        library = ps.PolynomialLibrary(degree=int(degree))
    rates = [None] * len(states)
    if isinstance(derivative, str):
        if derivative not in ("weak", "smoothed"):
            raise ValueError(f"expected derivative 'weak', 'smoothed' or an array of rates; got {derivative!r}.")
        if int(window) != window or window < 5 or window % 2 == 0:
            raise ValueError(f"expected an odd window of at least 5 samples; got {window!r}.")
        for s in states:
            if len(s) < window + 2:
                raise ValueError(
                    f"expected at least window + 2 = {window + 2} samples in a trajectory; got {len(s)}. "
                    "Pass a smaller (odd) window, or measured rates as derivative=array."
                )
    else:
        rates = [np.asarray(r, dtype=float) for r in (derivative if isinstance(derivative, list) else [derivative])]
        if [r.shape for r in rates] != [s.shape for s in states] or not all(np.isfinite(r).all() for r in rates):
            raise ValueError(
                f"expected finite rates of the same shape as y, {[s.shape for s in states]}; got {[r.shape for r in rates]}."
            )
    library.fit([ps.AxesArray(s, {"ax_time": 0, "ax_coord": 1}) for s in states])
    blocks = []
    for time, state, rate in zip(times, states, rates, strict=True):
        if rate is not None:
            blocks.append((_terms(library, state), rate))
        elif derivative == "weak":
            average, slope = _weak_weights(time, int(window))
            blocks.append((average @ _terms(library, state), slope @ state))
        else:
            if np.ptp(np.diff(time)) > 1e-6 * (time[1] - time[0]):
                raise ValueError("expected evenly spaced times for 'smoothed'; use derivative='weak', or resample.")
            scheme = ps.SmoothedFiniteDifference(  # axis=0 is time: PySINDy's own default depends on where it is made
                axis=0, smoother_kws={"window_length": int(window), "polyorder": 3}
            )
            rate = np.asarray(scheme(state, time))
            blocks.append((_terms(library, np.asarray(scheme.smoothed_x_)), rate))
    group = np.repeat(np.arange(len(blocks)), [len(theta) for theta, _ in blocks])
    theta, dydt = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return Problem(theta, dydt, names, list(library.get_feature_names(names)), group, library)


def _trajectories(t, y, names):
    states = [np.asarray(s, dtype=float) for s in (y if isinstance(y, list) else [y])]
    times = [np.asarray(s, dtype=float) for s in (t if isinstance(t, list) else [t] * len(states))]
    names = list(names)
    if not states or len(times) != len(states):
        raise ValueError(f"expected as many time arrays as trajectories; got {len(times)} and {len(states)}.")
    for time, state in zip(times, states, strict=True):
        if time.ndim != 1 or state.ndim != 2 or len(time) != len(state):
            raise ValueError(
                f"expected t (n,) and y (n, d); got t {time.shape}, y {state.shape}. "
                "One state? Pass y[:, None]. Time on another axis? Move it to the front."
            )
        if state.shape[1] != len(names):
            raise ValueError(f"expected {state.shape[1]} names, one a state; got {names}.")
        if not (np.isfinite(time).all() and np.isfinite(state).all()):
            raise ValueError(
                "expected finite data; got NaN or infinity. Drop those rows and start a new trajectory there."
            )
        if not (np.diff(time) > 0).all():
            raise ValueError("expected increasing times; got unsorted or repeated ones. Sort t and y together.")
    return times, states, names


def _terms(library, y) -> np.ndarray:
    """(n, m) candidate terms of the states y (n, d)."""
    if hasattr(library, "powers_"):  # monomials: the same numbers as library.transform, a hundred times faster
        return np.prod(y[:, None, :] ** np.asarray(library.powers_)[None], axis=-1)
    return np.asarray(library.transform(y))


def _weak_weights(t, window):
    """Matrices (k, n) that take samples to their window averages and to the window averages of their derivative.

    Trapezoidal rule, very accurate here because the weight vanishes smoothly at both ends; the second matrix is then
    corrected to be exact for straight lines, which matters in short windows and at uneven times.
    """
    half = window // 2
    centres = range(half, len(t) - half, half)
    average, slope = np.zeros((2, len(centres), len(t)))
    for row, c in enumerate(centres):
        inside = slice(c - half, c + half + 1)
        left, right = t[c - half], t[c + half]
        s = (2 * t[inside] - left - right) / (right - left)
        step = np.gradient(t[inside])  # at both ends the weight is zero
        average[row, inside] = (1 - s**2) ** 4 * step
        average[row] /= average[row].sum()
        slope[row, inside] = s * (1 - s**2) ** 3 * step  # minus the derivative of the weight, up to a factor
        slope[row] -= slope[row].sum() * average[row]
        slope[row] /= slope[row] @ t
    return average, slope


def field_problem(x, t, u, *, name="u", powers=(1, 2, 3), derivatives=(0, 1, 2), window=(61, 25)) -> Problem:
    r"""Set up the weak form of a partial differential equation from a film of one field u(t, x).

    Candidate terms are $\partial_x^d (u^p)$. Both sides are averaged with the weight $\varphi(x)\,\psi(t)$, each of the form
    $(1 - s^2)^6$, over windows that overlap by half; all derivatives move to the weight (Messenger and Bortz 2021,
    doi:10.1016/j.jcp.2021.110525). The flux form lets a diffusivity that depends on the density be written with constant
    coefficients, $(u^2 u_x)_x = (u^3)_{xx} / 3$. Every method of this module takes the answer, but ``Law.rhs`` does not
    apply: a term needs its neighbours in space, not only the state. Put the coefficients into a solver instead.

    Parameters
    ----------
    x, t : (m,) places and (n,) times, increasing and evenly spaced. Choose units in which x, t and u are of order one.
    u : (n, m) field, time along the first axis.
    name : of the field in the names of the terms.
    powers, derivatives : the candidates, all pairs of p and d.
    window : samples in a window along x and along t, odd.

    Raises
    ------
    ValueError : NaN, shapes that do not fit, uneven or unsorted grids, windows that are even or longer than the film.

    >>> x, t = np.linspace(0, 6, 121), np.linspace(0, 1, 81)
    >>> film = 2 + np.exp(-t)[:, None] * np.sin(x)                           # solves u_t = u_xx
    >>> p = field_problem(x, t, film, powers=[1], window=(41, 41))
    >>> p.terms, refit(p, np.array([[False, False, True]])).coef.round(4)[0, 2]
    (['u', 'u_x', 'u_xx'], np.float64(1.0))
    """
    x, t, u = (np.asarray(a, dtype=float) for a in (x, t, u))
    if x.ndim != 1 or t.ndim != 1 or u.shape != (len(t), len(x)):
        raise ValueError(
            f"expected x (m,), t (n,) and u (n, m), time first; got {x.shape}, {t.shape}, {u.shape}. Pass u.T?"
        )
    if not (np.isfinite(x).all() and np.isfinite(t).all() and np.isfinite(u).all()):
        raise ValueError("expected finite data; got NaN or infinity. Cut the film where it is whole.")
    for axis, (what, grid, size) in enumerate((("x", x, window[0]), ("t", t, window[1]))):
        steps = np.diff(grid)
        if not (steps > 0).all() or np.ptp(steps) > 1e-6 * steps[0]:
            raise ValueError(f"expected {what} increasing and evenly spaced; got others. Interpolate onto a grid.")
        if int(size) != size or size % 2 == 0 or not 7 <= size <= len(grid):
            raise ValueError(
                f"expected window[{axis}] odd, from 7 to the {len(grid)} samples along {what}; got {size!r}."
            )
    along_x = _weights_of_derivatives(x, int(window[0]), max(derivatives))
    along_t = _weights_of_derivatives(t, int(window[1]), 1)
    terms = [name + (f"^{p}" if p > 1 else "") for p in powers]
    names = [(f"({s})" if d and "^" in s else s) + ("_" + "x" * d if d else "") for d in derivatives for s in terms]
    theta = [(along_t[0] @ u**p @ along_x[d].T).ravel() for d in derivatives for p in powers]
    rates = (along_t[1] @ u @ along_x[0].T).ravel()
    return Problem(np.stack(theta, axis=1), rates[:, None], [name], names, np.zeros(len(rates), dtype=int), None)


def _weights_of_derivatives(s, window, order):
    """(order + 1, k, n): matrices that take samples to the window averages of their derivatives, by parts."""
    half, step = window // 2, s[1] - s[0]
    bump = np.polynomial.Polynomial([1, 0, -1]) ** 6
    inside = np.linspace(-1, 1, window)
    centres = range(half, len(s) - half, half)
    weights = np.zeros((order + 1, len(centres), len(s)))
    for d in range(order + 1):
        values = (bump.deriv(d) if d else bump)(inside) * (-1 / (half * step)) ** d
        for row, c in enumerate(centres):
            weights[d, row, c - half : c + half + 1] = values
    return weights / bump(inside).sum()


# -- methods ------------------------------------------------------------------------------------------------------


def _law(problem, coef, model) -> Law:
    return Law(problem.names, problem.terms, np.asarray(coef, dtype=float), problem.library, model)


def _positive(value, what) -> float:
    if not np.isscalar(value) or not np.isfinite(value) or value <= 0:
        raise ValueError(f"expected a positive {what}; got {value!r}.")
    return float(value)


def sindy(problem: Problem, threshold=0.05, alpha=1e-6) -> Law:
    """Sparse law by sequential thresholding (PySINDy's STLSQ; Brunton, Proctor and Kutz 2016, doi:10.1073/pnas.1517384113).

    `threshold` compares raw coefficients, so states must be of order one; `alpha` is the ridge penalty inside.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made, d states, m candidate terms.
    threshold : smallest coefficient that is kept [unit of the state / unit of time / unit of the term].
    alpha : ridge penalty inside the thresholding [1].

    Returns
    -------
    Law : `coef` (d, m), zero where a term was dropped; PySINDy's optimizer in `model`.

    >>> t = np.linspace(0, 2, 201)
    >>> sindy(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)).equations(2)
    ['dx/dt = -3 x']
    """
    optimizer = ps.STLSQ(threshold=_positive(threshold, "threshold"), alpha=_positive(alpha, "alpha"))
    optimizer.fit(problem.theta, problem.dydt)
    return _law(problem, optimizer.coef_, optimizer)


def _folds(problem):
    """Leave one trajectory out; a single trajectory is cut into five stretches of time."""
    n, groups = len(problem.theta), problem.group
    if groups[-1] == 0:
        groups = np.arange(n) * 5 // n
    return list(GroupKFold(min(10, len(np.unique(groups)))).split(problem.theta, groups=groups))


def lasso(problem: Problem) -> Law:
    """LASSO on columns scaled to unit length, penalty by cross-validation (scikit-learn's LassoLarsCV), an equation at a time.

    >>> t = np.linspace(0, 2, 201)
    >>> lasso(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)).structure[0, 1]
    np.True_
    """
    size, length = np.linalg.norm(problem.theta, axis=0), np.linalg.norm(problem.dydt, axis=0)  # LARS knows no units
    models = [
        LassoLarsCV(cv=_folds(problem), fit_intercept=False).fit(problem.theta / size, y / norm)
        for y, norm in zip(problem.dydt.T, length, strict=True)
    ]
    return _law(problem, [m.coef_ * norm / size for m, norm in zip(models, length, strict=True)], models)


def ridge(problem: Problem, penalties=None) -> Law:
    """Ridge regression on columns scaled to unit length, penalty by cross-validation (scikit-learn's RidgeCV); never sparse.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    penalties : (n,) penalties to choose from [1]; a logarithmic range by default.

    >>> t = np.linspace(0, 2, 201)
    >>> ridge(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=2)).structure
    array([[ True,  True,  True]])
    """
    size = np.linalg.norm(problem.theta, axis=0)
    penalties = np.geomspace(1e-8, 1, 33) if penalties is None else penalties
    models = [
        RidgeCV(alphas=penalties, cv=_folds(problem), fit_intercept=False).fit(problem.theta / size, y)
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

    >>> t = np.linspace(0, 2, 201)
    >>> y = np.exp(-3 * t)[:, None] + 0.01 * np.random.default_rng(0).standard_normal((201, 1))
    >>> stepwise(problem(t, y, names=["x"]), p=1e-3).equations(2)
    ['dx/dt = -3 x']
    """
    if not 0 < _positive(p, "p-value") < 1:
        raise ValueError(f"expected a p-value between 0 and 1; got {p!r}.")
    sequences = _sequences(problem)
    stop = [next((s.structure for s in seq if s.p < p), np.zeros(len(problem.terms), bool)) for seq in sequences]
    return refit(problem, np.array(stop), model=sequences)


def _sequences(problem):
    if len(problem.theta) <= len(problem.terms):
        raise ValueError(
            f"expected more rows than terms for an F-test; got {len(problem.theta)} rows, {len(problem.terms)} terms. "
            "Lower the degree or bring more data."
        )
    return [_eliminate(problem.theta, y, problem.terms) for y in problem.dydt.T]


def refit(problem: Problem, structure, model=None) -> Law:
    """Least squares on the given terms alone ((d, m) bool): what *debiased* means.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    structure : (d, m) bool, the terms of each equation.
    model : kept in the law that is returned, for reference.

    >>> t = np.linspace(0, 2, 201)
    >>> refit(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1), np.array([[False, True]])).coef.round(2)
    array([[ 0., -3.]])
    """
    coef = np.zeros(np.shape(structure))
    for row, keep, y in zip(coef, structure, problem.dydt.T, strict=True):
        if keep.any():
            row[keep] = _least_squares(problem.theta[:, keep], y)
    return _law(problem, coef, model)


def _least_squares(x, y):
    size = np.linalg.norm(x, axis=0)
    return np.linalg.lstsq(x / size, y, rcond=None)[0] / size


# -- one law out of many ------------------------------------------------------------------------------------------

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
    ValueError : another method; for ``"stepwise"``, no more rows than terms.

    >>> t = np.linspace(0, 2, 201)
    >>> fall = problem(t, np.exp(-3 * t)[:, None], names=["x"])
    >>> [int(law.structure.sum()) for law in path(fall, "stepwise")]
    [3, 2, 1]
    """
    if method == "sindy":
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore")  # empty, singular or unfinished fits: `choose` judges them like any other
            fits = [
                ps.STLSQ(threshold=_positive(h, "threshold"), alpha=1e-6, unbias=False).fit(problem.theta, problem.dydt)
                for h in thresholds
            ]
        return [refit(problem, fit.coef_ != 0, model=fit) for fit in fits]
    if method == "lasso":
        x = problem.theta / np.linalg.norm(problem.theta, axis=0)
        ways = [(lars_path(x, y / np.linalg.norm(y), method="lasso")[2] != 0).T[::-1] for y in problem.dydt.T]
    elif method == "stepwise":
        ways = [np.array([s.structure for s in sequence]) for sequence in _sequences(problem)]
    else:
        raise ValueError(f"expected method 'sindy', 'lasso' or 'stepwise'; got {method!r}.")
    longest = max(map(len, ways))
    ways = [np.pad(w, ((longest - len(w), 0), (0, 0)), mode="edge") for w in ways]
    return [refit(problem, np.array(rows)) for rows in zip(*ways, strict=True)]


def scores(problem: Problem, structure, rule: str) -> np.ndarray:
    """(d,) BIC, AIC, or squared error on left-out trajectories (``"cv"``), of least squares on `structure`; smaller is better.

    `structure` is (d, m) bool. Constants that all laws share are left out of BIC and AIC.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    structure : (d, m) bool, the terms of each equation.
    rule : "bic", "aic" or "cv".

    >>> t = np.linspace(0, 2, 201)
    >>> fall = problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)
    >>> bool(scores(fall, np.array([[False, True]]), "cv") < scores(fall, np.array([[True, False]]), "cv"))
    True
    """
    if rule not in ("bic", "aic", "cv"):
        raise ValueError(f"expected rule 'bic', 'aic' or 'cv'; got {rule!r}.")
    n, result = len(problem.theta), []
    for keep, y in zip(structure, problem.dydt.T, strict=True):
        x, k = problem.theta[:, keep], int(keep.sum())
        if rule == "cv":
            splits = _folds(problem)
            result.append(sum(((y[b] - x[b] @ _least_squares(x[a], y[a])) ** 2).sum() if k else (y[b] ** 2).sum() for a, b in splits))  # fmt: skip
        elif k >= n:
            result.append(np.inf)  # as many terms as rows fit anything
        else:
            misfit = ((y - x @ _least_squares(x, y)) ** 2).mean() if k else (y**2).mean()
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

    >>> t = np.linspace(0, 2, 201)
    >>> y = np.exp(-3 * t)[:, None] + 0.01 * np.random.default_rng(0).standard_normal((201, 1))
    >>> noisy = problem(t, y, names=["x"])
    >>> choose(noisy, path(noisy, "sindy")).equations(2)
    ['dx/dt = -3 x']
    """
    rows = []
    for state in range(len(problem.names)):
        one = problem._replace(dydt=problem.dydt[:, [state]], names=problem.names[:1])
        candidates = np.unique([law.structure[state] for law in laws], axis=0)
        rows.append(min(candidates, key=lambda keep, one=one: scores(one, keep[None], rule)[0]))
    return refit(problem, np.array(rows), model=laws)


def bagging(problem: Problem, threshold=0.05, *, seed, n_models=100, drop=1, rows=None, alpha=1e-6) -> Inclusion:
    """Refit `sindy` on resampled rows and candidates (PySINDy's EnsembleOptimizer; Fasel et al. 2022, doi:10.1098/rspa.2021.0904).

    Each of the `n_models` models sees rows drawn with replacement (`rows` of them, by default as many as there are) and
    all candidate terms but `drop` drawn at random; ``drop=0`` resamples rows only. `seed` is a whole number; numpy's
    global generator, which PySINDy uses, is put back as it was.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    threshold, alpha : as in `sindy`.
    seed : of the resampling.
    n_models : number of refits. drop : candidates left out of each. rows : rows drawn for each, all by default.

    >>> t = np.linspace(0, 2, 201)
    >>> bagging(problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1), seed=0, n_models=20, drop=0).probability
    array([[0., 1.]])
    """
    if not 0 <= drop < len(problem.terms):
        raise ValueError(f"expected drop between 0 and {len(problem.terms) - 1} candidate terms; got {drop!r}.")
    ensemble = ps.EnsembleOptimizer(
        ps.STLSQ(threshold=_positive(threshold, "threshold"), alpha=alpha), bagging=True, library_ensemble=drop > 0,
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
