r"""Read a sparse law off the missing part of a differential equation.

Somebody has estimated what is missing in ``dy/dt = known(y) + U(y)``: a trained network gives U along a path, or a spline
through the readings gives its slope less the known part. `law_behind` looks for a short polynomial law in the place of U. SINDy
proposes, and the *readings* decide: each proposal is put into the equation, fitted to them, and judged by BIC.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input, identify
from mmlib._extras import extra

with extra("pinn"):
    import torch

from mmlib.neural_ode import OdeFit, fit_ode

__all__ = ["LawBehind", "law_behind"]

THRESHOLDS = (
    0.02,
    0.6,
    12,
)  # lowest and highest threshold of SINDy's path, relative to the largest coefficient; how many
MOST_TERMS = 8  # of a proposal; longer ones are not fitted
PULL = 1e-6  # decay of the refit: only keeps the normal equations regular


class LawBehind(NamedTuple):
    """A polynomial law in the place of the missing part."""

    terms: list[str]  # (m,) names of the candidate terms
    coef: np.ndarray  # (d, m), in the units of the readings
    fit: OdeFit  # the whole equation with this law in it, fitted to the readings
    bic: float  # misfit^2 x readings + terms x ln(readings)
    tried: int  # proposals that were fitted
    failed: int  # proposals that could not be


def law_behind(known, along, states, missing, t, y, *, sd, names, degree=3, tie=2.0, device="cpu") -> LawBehind:
    r"""The sparse law behind the missing part U of ``dy/dt = known(y) + U(y)``.

    SINDy's path through all monomials of the states proposes laws for `missing`. Each proposal takes the place of U, and its
    coefficients are fitted to the readings by `fit_ode`. Of all, and of the best with one term left out after the other, those
    count whose BIC lies within `tie` of the lowest; the shortest of them is returned.

    Parameters
    ----------
    known : function of y (…, d) that returns the known rates (…, d), in torch.
    along : (k,) times at which the missing part was estimated.
    states : (k, d) states there.
    missing : (k, d) estimated values of U there.
    t, y, sd : (n,) times, (n, d) readings and their standard deviation, as for `fit_ode`.
    names : d names of the states.
    degree : highest degree of the monomials.
    tie : difference of BIC below which two laws count as equally good.
    device : where the proposals are fitted, "cpu" or "cuda"; `known` gets tensors that stand there.

    Raises
    ------
    ValueError : as `identify.problem` and `fit_ode` do for data that do not fit; no proposal could be fitted.

    Source: the two steps are those of Rackauckas et al. (2020, arXiv:2001.04385); the refit to the readings is ours.

    >>> t = np.linspace(0, 2, 21)
    >>> y = (3 / (1 + 2 * np.exp(-t)))[:, None]  # logistic growth, y' = y - y^2 / 3; say that y is known
    >>> law = law_behind(lambda u: u, t, y, -(y**2) / 3, t, y, sd=0.001, names=["y"])
    >>> law.terms[np.flatnonzero(law.coef)[0]], law.coef[law.coef != 0].round(3)
    ('y^2', array([-0.333]))
    """
    known = _input.function(known, "known", "(u) that returns rates")
    tie = _input.number(tie, "tie", least=0, remedy="Leave it out for 2.")
    t = (
        [_input.times(s, "t") for s in t]
        if isinstance(t, list | tuple) and t and _input.axes(t[0])
        else _input.times(t, "t")
    )
    _input.array(sd, "sd", "() or (d,)", positive=True)
    missing = missing if isinstance(missing, list | tuple) else _input.numbers(missing, "missing")
    p = identify.problem(along, states, names=names, degree=degree, derivative=missing)
    trial = _Trial(known, p.library.powers_, t, _input.numbers(y, "y"), {"sd": sd, "device": device})
    low, high, n = THRESHOLDS
    for law in identify.path(p, "sindy", np.geomspace(low, high, n)):
        trial.attempt(law.coef)
    if not trial.tried:
        raise ValueError(
            f"expected a proposal of 1 to {MOST_TERMS} terms that can be integrated; got none in {trial.failed} tries. "
            "Lower the degree, or look at the estimated missing part."
        )
    while True:  # leave out one term at a time, as long as that lowers the BIC
        bic, coef, _ = min(trial.tried.values(), key=lambda result: result[0])
        for i, j in np.argwhere(coef):
            fewer = coef.copy()
            fewer[i, j] = 0
            trial.attempt(fewer)
        lowest = min(result[0] for result in trial.tried.values())
        if lowest == bic:
            break
    near = [result for result in trial.tried.values() if result[0] <= lowest + tie]
    bic, coef, fit = min(near, key=lambda result: (np.count_nonzero(result[1]), result[0]))
    return LawBehind(p.terms, coef, fit, bic, len(trial.tried), trial.failed)


class _Trial:
    """Proposals in the place of U, each fitted to the readings once."""

    def __init__(self, known, powers, t, y, options):
        self.known, self.powers, self.t, self.y, self.options = known, powers, t, y, options
        self.tried, self.seen, self.failed = {}, set(), 0

    def attempt(self, coef):
        """Fit the terms that `coef` (d, m) has, from these values; keep BIC, coefficients and fit."""
        where = tuple(np.flatnonzero(coef))
        if where in self.seen or not 0 < len(where) <= MOST_TERMS:
            return
        self.seen.add(where)

        def rhs(c, u):
            C = c.new_zeros(coef.size).index_add(0, torch.as_tensor(where, device=c.device), c)
            monomials = (u[..., None, :] ** torch.as_tensor(self.powers, device=u.device)).prod(dim=-1)
            return self.known(u) + monomials @ C.reshape(coef.shape).T

        try:
            fit = fit_ode(rhs, coef.ravel()[list(where)], self.t, self.y, decay=PULL, iterations=30, **self.options)
        except ValueError:  # not finite at these values
            self.failed += 1
            return
        found = np.zeros(coef.size)
        found[list(where)] = fit.params.numpy()
        bic = self.y.size * fit.misfit**2 + len(where) * np.log(self.y.size)
        self.tried[where] = bic, found.reshape(coef.shape), fit
