"""Weights for rows of unequal, dependent errors: what noise in the states does to both sides of the weak form."""

from __future__ import annotations

import numpy as np

from mmlib import _input
from mmlib.identify.methods import Law, refit
from mmlib.identify.rows import Problem, made

__all__ = ["noise_of", "weigh"]

FLOOR = 1e-8  # of the covariance's mean diagonal: keeps its factor finite where two windows are all but the same


def noise_of(y) -> np.ndarray:
    """(d,) standard deviation of the noise in evenly spaced readings, from their third differences.

    What varies smoothly over four samples drops out of the differences; independent noise of variance s^2 leaves 20 s^2.

    Parameters
    ----------
    y : (n, d) readings, n at least 4, or a list of such arrays, over which the variances are averaged.

    Raises
    ------
    ValueError : fewer than four readings, or other than two axes.

    >>> rng = np.random.default_rng(0)
    >>> noise_of(np.sin(np.linspace(0, 6, 4001))[:, None] + 0.1 * rng.standard_normal((4001, 1))).round(2)
    array([0.1])
    """
    several = isinstance(y, list | tuple) and len(y) > 0 and all(_input.axes(s) == 2 for s in y)
    series = [_input.numbers(s, "y") for s in (y if several else [y])]
    for s in series:
        if not np.isfinite(s).all():
            raise ValueError("expected finite readings y; got NaN or infinity. Take a stretch that is whole.")
        if s.ndim != 2 or len(s) < 4:
            raise ValueError(
                f"expected readings (n, d), n at least 4; got shape {s.shape}. One state? Pass y[:, None]."
            )
        _input.sized(s, "y")
    return np.sqrt(np.mean([(np.diff(s, 3, axis=0) ** 2).mean(axis=0) / 20 for s in series], axis=0))


def weigh(problem: Problem, *, law=None, sd=None, rounds=3, terms_err=True, overlap=True) -> list[Problem]:
    r"""Rows of the weak form, made independent and equally exact: one problem for each equation, in the order of the states.

    Noise $\varepsilon$ in the states enters the residual of a row on both sides. To first order it is
    $S\,\varepsilon_i - A\,\sum_k \mathrm{diag}\big(\partial_k f_i\big)\,\varepsilon_k$, where A averages over windows, S averages the
    derivative by parts, and $f_i$ is the law: rows that share samples are dependent, and rows where the law is steep are less exact.
    Each trajectory's rows are multiplied by the inverse Cholesky factor of that covariance. The law that it needs is least squares
    on all candidates (on the terms of `law`, if given), and least squares on the weighted rows in later rounds: no truth enters
    (errors in variables; Bortz, Messenger and Dukic 2023, doi:10.1007/s11538-023-01208-6).

    Parameters
    ----------
    problem : what `problem` made with ``derivative="weak"`` and the monomials as candidates.
    law : a sparse law to start from, where candidates are many and least squares on all of them is wild. Weighted rows
        are large where errors are small: an absolute penalty (`alpha` of `sindy`) then weighs less.
    sd : (d,) noise of a reading [unit of y]; from third differences of the readings (`noise_of`) if left out.
    rounds : how often law and weights are found anew.
    terms_err : False leaves out the errors of the candidate terms and weighs by the derivative's part alone.
    overlap : False divides each row by its own standard deviation and leaves rows that share samples dependent.

    Returns
    -------
    list of d problems of one equation. Every method takes them: ``[stepwise(p) for p in weigh(problem)]``; `join` makes
    one law of the answers.

    Raises
    ------
    ValueError : rows that are not of the weak form, other candidates than monomials, no more rows than terms, an sd
        that is not positive.

    >>> from mmlib.identify import join, problem, stepwise
    >>> t = np.linspace(0, 2, 401)
    >>> y = np.exp(-3 * t)[:, None] + 0.002 * np.random.default_rng(1).standard_normal((401, 1))
    >>> join([stepwise(p, p=0.01) for p in weigh(problem(t, y, names=["x"], degree=3))]).equations(2)
    ['dx/dt = -3 x']
    """
    sd = _checked(problem, law, sd, rounds)
    terms_err, overlap = _input.flag(terms_err, "terms_err"), _input.flag(overlap, "overlap")
    powers = np.asarray(problem.library.powers_)
    slopes = [_slopes(powers, state) for _, _, state in problem.windows]
    structure = np.ones((len(problem.names), len(powers)), bool) if law is None else law.structure
    coef = refit(problem, structure).coef
    for _ in range(rounds):
        weighted = [_weighted(problem, i, terms_err * row, slopes, sd, overlap) for i, row in enumerate(coef)]
        coef = np.concatenate([refit(p, structure[[i]]).coef for i, p in enumerate(weighted)])
    return weighted


def _checked(problem, law, sd, rounds):
    if made(problem).windows is None or not hasattr(problem.library, "powers_"):
        raise ValueError(
            "expected a problem made by identify.problem(…, derivative='weak') with monomials as candidates, where it is known "
            "how noise enters a row; got another one. Leave out `library`, or weigh the rows yourself."
        )
    if law is not None and not isinstance(law, Law):
        raise TypeError(f"expected law as a Law; got {_input.shown(law)}. Leave it out, or pass what stepwise gave.")
    if law is not None and law.structure.shape != (len(problem.names), len(problem.terms)):
        raise ValueError(
            f"expected a law with the problem's {len(problem.names)} states and {len(problem.terms)} terms; got {law!r}. Fit it to this problem."
        )
    if law is None and len(problem.theta) <= len(problem.terms):
        raise ValueError(
            f"expected more rows than terms; got {len(problem.theta)} rows, {len(problem.terms)} terms. "
            "Lower the degree, shorten the window, bring more data, or pass a sparse law."
        )
    rounds = _input.whole(rounds, "rounds", least=1, remedy="Expected at least one round, say 3.")
    if sd is None:
        sd = noise_of([state for _, _, state in problem.windows])
    sd = _input.array(
        sd,
        f"sd, a positive, finite noise for each state, {len(problem.names)} of them or",
        f"() or (1,) or ({len(problem.names)},)",
        finite=False,
    )
    sd = np.broadcast_to(sd, (len(problem.names),))
    if not (np.isfinite(sd).all() and (sd > 0).all()):
        raise ValueError(
            f"expected a positive, finite noise for each state; got {sd}. Data without noise need no weights; pass sd= otherwise."
        )
    return sd


def _slopes(powers, state):
    """(d, n, m): derivative of each monomial by each state, at the readings."""
    found = []
    for k in range(powers.shape[1]):
        lower = powers.copy()
        lower[:, k] = np.maximum(lower[:, k] - 1, 0)
        found.append(powers[:, k] * np.prod(state[:, None, :] ** lower[None], axis=-1))
    return np.array(found)


def _weighted(problem, i, law, slopes, sd, overlap) -> Problem:
    """The rows of equation i, trajectory by trajectory, divided by the factor of their covariance."""
    theta, dydt = np.empty_like(problem.theta), np.empty((len(problem.theta), 1))
    for q, (average, slope, _) in enumerate(problem.windows):
        covariance = 0.0
        for k, s in enumerate(sd):
            part = (slope if k == i else 0.0) - average * (slopes[q][k] @ law)
            covariance = covariance + s**2 * part @ part.T
        if not overlap:
            covariance = np.diag(np.diag(covariance))
        covariance[np.diag_indices_from(covariance)] += FLOOR * np.trace(covariance) / len(covariance)
        factor, rows = np.linalg.cholesky(covariance), problem.group == q
        theta[rows] = np.linalg.solve(factor, problem.theta[rows])
        dydt[rows, 0] = np.linalg.solve(factor, problem.dydt[rows, i])
    return problem._replace(theta=theta, dydt=dydt, names=[problem.names[i]], windows=None)
