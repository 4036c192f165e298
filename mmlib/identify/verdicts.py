"""The verdict on an identified law: is it finite, does it explain the rates, could other terms stand in the place of its own?"""

from __future__ import annotations

import numpy as np
from scipy import stats

from mmlib.optim import Verdict, all_of

__all__ = ["collinear", "verdict_on"]

NEAR = 1e-2  # of its length: what is left of a term that others can imitate; two samples of noise decide the rest
CHANCE = 1e-2  # the misfit grows so little without the term in one of a hundred sets of noise
UNEXPLAINED = 0.5  # of the rates: what is left by a law that is none
FEW = 0.2  # smallest share of a term's length by which another is named as its stand-in
REMEDIES = {
    "stalled": "Try a lower threshold or p-value, more candidates, states and times of order one, or less noisy rates (a longer window).",
    "not determined": "Measure states around zero (x - x.mean(axis=0)), bring data on which these terms differ, or pass a library "
    "without one of them.",
    "not finite": "Look for a state or a term that runs away.",
}


def _unit(theta):
    return theta / np.linalg.norm(theta, axis=0)


def collinear(theta, terms) -> dict[str, list[str]]:
    """Terms that others imitate to a hundredth of their length: {term: those others}.

    Parameters
    ----------
    theta : (n, m) candidate terms, n above m, of which none is an exact combination of others.
    terms : m names.

    >>> x = np.linspace(20, 21, 50)
    >>> collinear(np.stack([x**0, x, x**2], axis=1), ["1", "x", "x^2"])["x"]
    ['1', 'x^2']
    """
    x, found = _unit(theta), {}
    factor = np.linalg.qr(x, mode="r")
    left = 1 / np.linalg.norm(np.linalg.inv(factor), axis=1)  # length of each column beside all others
    for j in np.flatnonzero(left < NEAR):
        others = [k for k in range(len(terms)) if k != j]
        weights = np.linalg.lstsq(x[:, others], x[:, j], rcond=None)[0]
        found[terms[j]] = [terms[k] for k, w in zip(others, weights, strict=True) if abs(w) > FEW]
    return found


def _chances(theta, y):
    """(m,) p-values of the partial F-tests: how the misfit of all candidates grows without each of them."""
    x, (n, m) = _unit(theta), theta.shape
    q, factor = np.linalg.qr(x)
    inverse = np.linalg.inv(factor)
    coef = inverse @ (q.T @ y)
    noise = max(((y - x @ coef) ** 2).sum() / (n - m), np.finfo(float).tiny)
    return stats.f.sf(coef**2 / ((inverse**2).sum(axis=1) * noise), 1, n - m)


def verdict_on(problem, coef) -> Verdict:
    """The verdict on coefficients (d, m) of a problem.

    *Not determined*: a term of the law can be imitated by other candidates to a hundredth, and with those in its place
    the rates are explained as well as noise allows. *Stalled*: an equation without terms, or one that leaves half of its
    rates unexplained.

    Parameters
    ----------
    problem : what `problem` or `field_problem` made.
    coef : (d, m) coefficients, zero where a term is not in the law.

    >>> from mmlib.identify import problem, refit
    >>> t = np.linspace(0, 2, 201)
    >>> p = problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)
    >>> verdict_on(p, np.array([[0.0, -3.0]])).status, verdict_on(p, np.array([[0.0, 0.0]])).status
    ('converged', 'stalled')
    """
    return all_of({f"equation of {n}": _one(problem, i, coef[i]) for i, n in enumerate(problem.names)})


def _one(problem, i, row):
    y, kept = problem.dydt[:, i], row != 0
    if not np.isfinite(row).all():
        return Verdict("not finite", "a coefficient is NaN or infinite", REMEDIES["not finite"])
    size = np.linalg.norm(y)
    share = float(np.linalg.norm(y - problem.theta @ row) / size) if size > 0 else 0.0
    if size > 0 and not kept.any():
        return Verdict("stalled", "no term is left, and its rates are not zero", REMEDIES["stalled"])
    if share > UNEXPLAINED:
        return Verdict("stalled", f"{share:.0%} of its rates are left unexplained", REMEDIES["stalled"])
    n, m = problem.theta.shape
    if n > m and not problem.dependent:
        near = collinear(problem.theta, problem.terms)
        chances = _chances(problem.theta, y)
        open_ = {t: near[t] for j, t in enumerate(problem.terms) if kept[j] and t in near and chances[j] > CHANCE}
        if open_:
            listed = "; ".join(f"{term} by {', '.join(others)}" for term, others in list(open_.items())[:3])
            return Verdict(
                "not determined", f"terms can be replaced without a trace: {listed}", REMEDIES["not determined"]
            )
    return Verdict("converged", f"{share:.2g} of its rates are left unexplained")
