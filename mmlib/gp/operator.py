r"""Gaussian processes that know a linear law $L u = f$: values of u and of f are rows of one process.

A linear operator turns a Gaussian process into another one. With $u \sim GP(0, k)$ the covariance of u and $f = L u$ is
$L_{x'} k(x, x')$, that of f is $L_x L_{x'} k(x, x')$ (Graepel 2003; Raissi & Karniadakis 2017, doi:10.48550/arXiv.1701.02440),
and unknown coefficients of L are parameters of the kernel. GPyTorch has gradients of some
kernels but no operator; here a law is a dictionary from derivatives to coefficients, and the Gaussian kernel is
differentiated in closed form by Hermite polynomials.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import gpytorch
import numpy as np
import torch
from scipy.optimize import minimize
from scipy.stats import norm

from mmlib import _input
from mmlib.gp._checks import BASES, FLOOR, added, inputs
from mmlib.gp._law_checks import checked_law, checked_noise, checked_rows, checked_unknowns, coefficient
from mmlib.gp.regression import Prediction, Regression, _finish, _Search, gaussian_kernel
from mmlib.optim import Verdict, brief, judge

__all__ = ["Lawful", "LawKernel", "with_law"]

LENGTHS = (0.3, 0.02, 5.0)  # length scales begin near, and stay between, these shares of the inputs' span
SIZES = (1e-4, 1e4)  # the prior variance stays between these multiples of what the data suggest
WIDTH = 1.0  # spread of the starts, on a logarithmic scale
STEP = 1e-3  # of the differences of slopes that give the curvature at the optimum
FIRST_NOISE = 1e-2  # where the search for a noise variance begins, as a share of the mean square of its readings
REMEDIES = {
    "stalled": "Raise restarts=, or look at the losses: do several starts agree? Scale x, u and f to order one.",
    "out of steps": "Raise restarts=, or scale x, u and f to order one.",
    "not determined": "Bring more readings of both kinds where the coefficient acts, widen its range, or give it as a number.",
}


class LawKernel(gpytorch.kernels.Kernel):
    """Covariance of u and of f = L u, from a Gaussian kernel of u: a kernel of GPyTorch on inputs (x_1 … x_d, kind).

    `kind` is 0 in rows of u and 1 in rows of f.

    Attributes
    ----------
    base : the kernel of u, see `gaussian_kernel`.
    raw_unknowns : (p,) unknown coefficients, as logarithms where their range is positive.
    """

    def __init__(self, d, law, unknowns):
        super().__init__()
        self.base, self.law, self.names = gaussian_kernel(d), law, list(unknowns)
        self.logs = [low > 0 for low, _ in unknowns.values()]
        self.register_parameter("raw_unknowns", torch.nn.Parameter(torch.zeros(len(unknowns), device="cpu")))
        self.terms = sorted({(0,) * d, *(_orders(axes, d) for axes in law)})

    def unknowns(self):
        """Name -> value, as tensors."""
        raw = self.raw_unknowns
        return {n: torch.exp(r) if log else r for n, log, r in zip(self.names, self.logs, raw, strict=True)}

    def weights(self, x):
        """(n, terms) how much of each derivative of u stands in each row."""
        at, kind = x[:, :-1], x[:, -1]
        value, known = (kind == 0).to(x.dtype), self.unknowns()
        columns = {term: torch.zeros_like(kind) for term in self.terms}
        columns[self.terms[0]] = value
        for axes, c in self.law.items():
            term = _orders(axes, at.shape[1])
            if isinstance(c, str):
                factor = -known[c[1:]] if c.startswith("-") else known[c]
            else:
                given = coefficient(axes, c, at.detach().cpu().numpy())
                factor = torch.as_tensor(given, dtype=x.dtype, device=x.device)
            columns[term] = columns[term] + (1 - value) * factor
        return torch.stack([columns[term] for term in self.terms], dim=-1)

    def forward(self, x1, x2, diag=False, **_):
        left, right = self.weights(x1), self.weights(x2)
        if not diag:
            left, right, x1, x2 = left[:, None, :], right[None, :, :], x1[:, None, :], x2[None, :, :]
        scale = self.base.base_kernel.lengthscale[0]
        r = (x1 - x2)[..., :-1] / scale
        total = self.base.outputscale * torch.exp(-0.5 * (r * r).sum(-1))
        found, slopes = 0.0, {}
        for i, first in enumerate(self.terms):
            for j, second in enumerate(self.terms):
                both = tuple(a + b for a, b in zip(first, second, strict=True))
                if both not in slopes:
                    slopes[both] = math.prod(_hermite(n, r[..., k]) / scale[k] ** n for k, n in enumerate(both) if n)
                found = found + (-1) ** sum(first) * left[..., i] * right[..., j] * slopes[both]
        return total * found


def _hermite(n, r):
    """Hermite polynomial of probabilists: the n-th derivative of exp(-r^2/2) is (-1)^n He_n(r) exp(-r^2/2)."""
    before, now = torch.ones_like(r), r
    for k in range(1, n):
        before, now = now, r * now - k * before
    return now if n else before


def _orders(axes, d):
    """How often each of the d inputs is differentiated: (0, 0) -> (2, 0)."""
    return tuple(axes.count(k) for k in range(d))


@brief
@dataclass(frozen=True)
class Lawful:
    """A fitted process of u and f = L u.

    Attributes
    ----------
    regression : the `Regression` over all rows; ``regression.model`` is the ``gpytorch.models.ExactGP``, with a `LawKernel`.
    unknowns : name -> value of each unknown coefficient of the law, at the largest likelihood.
    covariance : (p, p) of the unknowns, in logarithms where their range is positive: the inverse of the curvature of the
        likelihood, with lengths, size and noise free too. NaN where the likelihood has no curvature, or at a bound.
    noise : {"values": variance, "sources": variance}, learned or given.
    log_likelihood : of the readings, given the exact values, at the optimum: comparable between laws, on the same rows.
    losses : (restarts,) negative log likelihood that each start reached.
    verdict : why the search ended; "not determined" if an unknown is at a bound or has no curvature.
    """

    regression: Regression
    unknowns: dict
    covariance: np.ndarray
    noise: dict
    log_likelihood: float
    losses: np.ndarray
    verdict: Verdict

    @property
    def converged(self) -> bool:
        return self.verdict.converged

    @property
    def lengthscale(self) -> np.ndarray:
        """(d,) length scales of u, in the units of the inputs."""
        return self.regression.lengthscale

    def predict(self, x, *, of: str = "values", noise: float = 0.0) -> Prediction:
        """Mean and standard deviation of u ("values") or of f ("sources") at x, (m,) or (m, d).

        `noise` is added as in `Regression.predict`. What is not known of lengths, noise and unknowns is not in the standard deviation.
        """
        of = _input.choice(of, "of", ("values", "sources"))
        x = inputs(x, self.regression.model.train_inputs[0].shape[1] - 1).numpy()
        kind = np.full(len(x), float(of == "sources"))
        return self.regression.predict(np.column_stack([x, kind]), noise=added(noise))

    def interval(self, name: str, level: float = 0.9) -> tuple[float, float]:
        """Low and high end for an unknown, from the curvature of the likelihood: (NaN, NaN) where there is none."""
        kernel = self.regression.kernel
        k = kernel.names.index(_input.choice(name, "name", tuple(kernel.names)))
        level = _input.number(level, "level", above=0, below=1)
        half = norm.ppf(0.5 + level / 2) * math.sqrt(self.covariance[k, k])
        value = self.unknowns[name]
        return (value * math.exp(-half), value * math.exp(half)) if kernel.logs[k] else (value - half, value + half)


def with_law(
    law: Mapping,
    values=None,
    sources=None,
    *,
    exact=None,
    unknowns=None,
    noise="learn",
    restarts=6,
    seed=0,
    device="cpu",
) -> Lawful:
    r"""Fit a Gaussian process u, of which a linear law $L u = f$ is known, to readings of u and of f.

    u has mean zero: measure it from a value that the law allows (a body's temperature from that of its blood, say), and scale
    u, f and x to order one. Lengths, prior variance, noise and unknown coefficients are those of the largest likelihood.

    Parameters
    ----------
    law : dict
        Derivative of u -> coefficient. A derivative is a tuple of axes, as in `mmlib.random_features`: () is u, (0,) its first
        derivative along the first input, (0, 0) the second. A coefficient is a number, a function of x (n, d) -> (n,), or the
        name of an unknown, with a minus if need be: ``{(1,): 1.0, (0, 0): "-alpha"}`` is $u_t - \alpha u_{xx}$ for x = (place, time).
    values : (x, y) with x (n,) or (n, d) and y (n,), optional
        Readings of u.
    sources : (x, f), optional
        Readings of f. Without them the law is not used: a process without a law, told the same of u.
    exact : (x, y), optional
        Values of u without noise, such as those at a boundary. The prior is conditioned on them (with a variance of 1e-8 of the mean
        square of u); they are no readings, and do not count in the likelihood.
    unknowns : dict of name -> (low, high)
        Ranges of the unknown coefficients. Those of positive ranges are searched for as logarithms; no start is asked for.
    noise : "learn", or a pair for values and sources, each "learn" or a positive variance.
    restarts, seed, device : as in `regress`; unknowns start evenly over their ranges.

    Raises
    ------
    ValueError
        A law that is no such dictionary (an operator that is not linear has no Gaussian image), an unknown without a range, inputs that
        differ in their columns, sources that are all zero, fewer than three rows, more than 1,500.

    Examples
    --------
    u'' = -1 with u = 0 at both ends, from sources alone: u = x (1 - x) / 2.

    >>> x = np.linspace(0, 1, 9)
    >>> fit = with_law({(0, 0): -1.0}, sources=(x, np.ones(9)), exact=([0, 1], [0, 0]), restarts=2)
    >>> bool(abs(fit.predict([0.5]).mean[0] - 0.125) < 1e-3)
    True
    """
    restarts = _input.whole(restarts, "restarts", least=1, remedy="Try restarts=6.")
    seed, device = _input.seed(seed), _input.device(device)
    rows, d = checked_rows(values, sources, exact)
    unknowns = checked_unknowns(unknowns)
    law = checked_law(law, d, unknowns, rows["sources"][0])
    noise = checked_noise(noise)
    x, y, kernel, known, groups, sizes = _assembled(rows, d, law, unknowns, noise, device)
    search = _Rows(kernel, x, y, BASES["zero"](x), known, groups, False)
    search.exact = _exact_rows(rows, device)
    starts, limits = _starts(search, unknowns, x[:, :-1].cpu(), sizes, np.random.default_rng(seed), restarts)
    found, best = [], None
    for start in starts:
        found.append(minimize(search.loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 200}))
        best = found[-1] if best is None or found[-1].fun < best.fun else best
    if best.fun >= 1e25:
        raise RuntimeError("no start gave a finite likelihood: are inputs repeated with noise fixed at almost 0?")
    bend, free = _curved(search, best.x, limits)
    search.put(best.x)
    covariance = _covariance(bend, free, len(unknowns))
    verdict = _ended(best, limits, bend, free, [*unknowns], covariance)
    losses = np.array([float(f.fun) for f in found])
    fit = _finish(kernel, x, y, BASES["zero"], search.data[3], search.variance().detach(), None, losses, verdict)
    learned = {n: float(v) for n, v in kernel.unknowns().items()}
    variance = search.variance().detach().cpu().numpy()
    said = {n: float(variance[i]) if i is not None else math.nan for n, i in _first_rows(rows).items()}
    return Lawful(fit, learned, covariance, said, -float(best.fun), losses, verdict)


class _Rows(_Search):
    """The likelihood of the readings, given the exact values: they belong to the prior.

    As data they would reward a prior variance near zero, which explains the zeros of a boundary best. The noise is learned in
    some rows (group 0, 1) and known in others (group -1).
    """

    exact = None  # (n,) bool, rows that are conditioned on

    def loss(self, vector):
        """Negative log likelihood and its slopes."""
        value, slopes = super().loss(vector)
        if self.exact is None or value >= 1e25:
            return value, slopes
        kernel, x, y, H = self.data
        part = _Rows(
            kernel, x[self.exact], y[self.exact], H[self.exact], self.known[self.exact], self.groups[self.exact], False
        )
        less, by = part.loss(vector[: len(vector) - self.log_noise.numel()])
        if less >= 1e25:
            return less, np.zeros_like(vector)
        slopes = slopes.copy()
        slopes[: len(by)] -= by
        return value - less, slopes

    def variance(self):
        groups = self.groups
        if not self.log_noise.numel():
            return self.known
        return torch.where(groups < 0, self.known, torch.exp(self.log_noise)[groups.clamp(min=0)])


def _first_rows(rows):
    """Row in which the readings of each kind begin; None where there are none."""
    start = {"values": 0, "sources": len(rows["values"][1]) + len(rows["exact"][1])}
    return {name: i if len(rows[name][1]) else None for name, i in start.items()}


def _exact_rows(rows, device):
    """(n,) bool, or None where no value is exact."""
    kind = np.concatenate([np.full(len(y), name == "exact") for name, (_, y) in rows.items()])
    return torch.as_tensor(kind, device=device) if kind.any() else None


def _assembled(rows, d, law, unknowns, noise, device):
    """All rows as tensors, the kernel, known variances, groups of noise to be learned (-1: known), and the sizes of u and f."""

    def square(*names):
        return float(np.mean(np.concatenate([rows[n][1] for n in names]) ** 2)) if sum(len(rows[n][1]) for n in names) else 0.0  # fmt: skip

    kernel = LawKernel(d, law, unknowns).double()
    size = {"values": square("values") or square("exact"), "sources": square("sources")}
    x, y, known, groups, learn = [], [], [], [], []
    for name, kind, given in (("values", 0, noise[0]), ("exact", 0, None), ("sources", 1, noise[1])):
        at, y_here = rows[name]
        x.append(np.column_stack([at, np.full(len(at), float(kind))]))
        y.append(y_here)
        floor = FLOOR * (size["values"] or 1e-2 * size["sources"] or 1.0)
        known.append(np.full(len(at), floor if given in (None, "learn") else given))
        if given == "learn" and len(at):
            learn.append(name)
        groups.append(np.full(len(at), len(learn) - 1 if given == "learn" else -1))
    x, y, known = (torch.as_tensor(np.concatenate(v), device=device) for v in (x, y, known))
    return x, y, kernel.to(device), known, torch.as_tensor(np.concatenate(groups), device=device), (size, learn)


def _starts(search, unknowns, x, sizes, rng, restarts):
    """Starting vectors, in the order of the kernel's parameters, and their bounds."""
    size, learn = sizes
    kernel, span = search.data[0], np.ptp(x.numpy(), axis=0)
    span = np.where(span > 0, span, 1.0)
    logs = [math.log(v) for v in LENGTHS]
    low, high = (np.array([v[k] for v in unknowns.values()]) for k in (0, 1))
    ends = np.array([np.log(e) if log else e for log, *e in zip(kernel.logs, low, high, strict=True)]).reshape(-1, 2)
    vectors = []
    for i in range(restarts):

        def turn(n, i=i):
            return WIDTH * rng.normal(size=n) * (i > 0)

        length = np.clip(logs[0] + turn(len(span)), logs[1], logs[2]) + np.log(span)
        where = rng.uniform(size=len(ends)) if i else np.full(len(ends), 0.5)
        parts = {
            "raw_unknowns": ends[:, 0] + where * (ends[:, 1] - ends[:, 0]),
            "base.base_kernel.raw_lengthscale": length,
        }
        parts["base.raw_outputscale"] = np.atleast_1d(_log_size(search, parts, size)) + turn(1)
        noises = [math.log(FIRST_NOISE * (size[n] or 1.0)) + 2 * turn(1)[0] for n in learn]
        names = [n for n, p in kernel.named_parameters() if p.requires_grad]
        vectors.append(np.concatenate([*(parts[n] for n in names), noises]))
    middle = vectors[0][sum(parts[n].size for n in names[: names.index("base.raw_outputscale")])]
    box = {"raw_unknowns": ends, "base.raw_outputscale": [middle + np.log(SIZES)]}
    box["base.base_kernel.raw_lengthscale"] = np.log(span)[:, None] + np.array(logs[1:])
    limits = [tuple(map(float, b)) for n in names for b in box[n]]
    limits += [(math.log(FLOOR * (size[n] or 1.0)), math.log(2 * (size[n] or 1.0))) for n in learn]
    return [np.clip(v, *np.array(limits).T) for v in vectors], limits


def _log_size(search, parts, size):
    """Logarithm of the prior variance with which u, or f where u is not read, has the size of its readings."""
    if size["values"]:
        return math.log(size["values"])
    kernel, x = search.data[:2]
    with torch.no_grad():
        for name, p in kernel.named_parameters():
            start = parts.get(name, np.zeros(1))
            p.data = torch.as_tensor(start, dtype=p.dtype, device=p.device).reshape(p.shape)
        return math.log((size["sources"] or 1.0) / float(kernel(x, diag=True)[x[:, -1] == 1].mean()))


def _curved(search, at, limits):
    """Curvature (m, m) of the negative log likelihood by differences of slopes, and the m parameters that no bound holds.

    Empty where it is not positive: then the likelihood does not say how far the parameters may move.
    """
    low, high = np.array(limits).T
    free = np.flatnonzero((at > low + STEP) & (at < high - STEP))
    shifts = STEP * np.eye(len(at))[free]
    rows = [(search.loss(at + s)[1] - search.loss(at - s)[1])[free] / (2 * STEP) for s in shifts]
    bend = np.array(rows).reshape(len(free), len(free))
    bend = (bend + bend.T) / 2
    good = np.isfinite(bend).all() and np.linalg.eigvalsh(bend).min(initial=np.inf) > 0
    return (bend, free) if good else (np.zeros((0, 0)), free[:0])


def _covariance(bend, free, p):
    """(p, p) of the unknowns, the first p parameters; NaN for those without curvature or at a bound."""
    found = np.full((p, p), np.nan)
    ours = np.flatnonzero(free < p)
    if len(ours):
        found[np.ix_(free[ours], free[ours])] = np.linalg.inv(bend)[np.ix_(ours, ours)]
    return found


def _ended(found, limits, bend, free, names, covariance):
    """The verdict: what is left to gain is that of a Newton step, or of a tenth in one logarithm if that is less."""
    low, high = np.array(limits).T
    pushes = np.where(found.jac > 0, found.x > low, found.x < high)  # a bound that is leant on does not count
    gain = 0.1 * float(np.abs(found.jac[pushes]).max(initial=0.0))
    if len(free) and set(np.flatnonzero(pushes)) <= set(free.tolist()):
        gain = min(gain, 0.5 * float(found.jac[free] @ np.linalg.solve(bend, found.jac[free])))
    flat = [n for n, v in zip(names, np.diagonal(covariance), strict=True) if not np.isfinite(v)]
    return judge(
        loss=found.fun,
        gradient=found.jac,
        fall=gain / max(1.0, abs(found.fun)),
        steps_left=int(found.status != 1),
        undetermined=flat,
        reason=f"L-BFGS-B, {found.nit} iterations",
        remedies=REMEDIES,
    )
