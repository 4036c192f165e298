r"""Which equation is behind these data? One regression problem, several ways to solve it.

`problem` turns trajectories into one linear system, *rates = candidate terms x coefficients*. `sindy`, `lasso`, `ridge`
and `stepwise` solve that same system and answer with a `Law`; `path` walks through all the laws that a method can give,
`choose` picks one of them by BIC, AIC or cross-validation, and `bagging` counts how often a term comes back when data
and candidates are resampled. `by_solution` lets the solutions of the proposed laws decide. `weigh` makes rows of unequal, dependent errors fit for all of
them, `exhaustive` looks at every law there is. Of a film of one field `field_problem` makes rows, `weigh_film` weighs them,
and `misfit` asks whether a law is all there is. PySINDy and scikit-learn do the fitting; their objects are kept in ``Law.model``.
"""

from __future__ import annotations

from mmlib._extras import extra

with extra("identify"):
    from mmlib.identify.films import Misfit, field_problem, film_noise, misfit, pointwise_problem, weigh_film
    from mmlib.identify.methods import Law, Step, join, lasso, refit, ridge, sindy, stepwise
    from mmlib.identify.rows import Problem, problem, split
    from mmlib.identify.selection import Every, Inclusion, bagging, choose, exhaustive, path, scores
    from mmlib.identify.solutions import Solved, by_solution, through_solution
    from mmlib.identify.weighting import noise_of, weigh


__all__ = [
    "Every", "Inclusion", "Law", "Misfit", "Problem", "Solved", "Step", "bagging", "by_solution", "choose", "exhaustive", "field_problem",
    "film_noise", "join", "lasso", "misfit", "noise_of", "path", "pointwise_problem", "problem", "refit", "ridge", "scores", "sindy",
    "split", "stepwise", "through_solution", "weigh", "weigh_film",
]  # fmt: skip
