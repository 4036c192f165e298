"""Gaussian-process regression on one source: trend + g, fitted by maximum likelihood from several starts."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import gpytorch
import numpy as np
import torch
from gpytorch.constraints import GreaterThan
from scipy.optimize import minimize

from mmlib.optim import Verdict, judge

__all__ = ["Prediction", "Regression", "SameLabel", "gaussian_kernel", "log_scale", "regress"]

REMEDIES = {
    "stalled": "Raise restarts=, or look at the losses: do several starts agree? Scale x and y to order one.",
    "not determined": "Bring more points, or a simpler mean ('constant', 'zero').",
    "out of steps": "Raise restarts=; a kernel with fewer parameters is found sooner.",
}
FLOOR = 1e-8  # smallest noise variance, as a fraction of the variance of y: the Cholesky factor must exist in float64


class Prediction(NamedTuple):
    """Mean and standard deviation at the points asked for, in the unit of y."""

    mean: np.ndarray  # (m,)
    sd: np.ndarray  # (m,)


class Trend(gpytorch.means.Mean):
    """A mean function linear in its coefficients, ``basis(x) @ weights``."""

    def __init__(self, basis: Callable):
        super().__init__()
        self.basis = basis
        self.register_buffer("weights", torch.zeros(0, dtype=torch.float64))

    def forward(self, x):
        return self.basis(x) @ self.weights


class GP(gpytorch.models.ExactGP):
    """The GPyTorch model inside a `Regression`."""

    def __init__(self, x, y, likelihood, trend, kernel):
        super().__init__(x, y, likelihood)
        self.mean_module, self.covar_module = trend, kernel

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


BASES = {
    "zero": lambda x: x[..., :0],
    "constant": lambda x: torch.ones_like(x[..., :1]),
    "linear": lambda x: torch.cat([torch.ones_like(x[..., :1]), x], dim=-1),
}


@dataclass(frozen=True)
class Regression:
    """A fitted Gaussian process.

    Attributes
    ----------
    model : the ``gpytorch.models.ExactGP`` itself, in float64; ``model.likelihood`` holds the noise.
    weights : (p,) coefficients of the trend: constant, then slopes (or those of your own basis) [unit of y / basis].
    weights_cov : (p, p) their covariance.
    noise : noise variance [unit of y squared]: a number, one for each source, or the array that was given.
    log_likelihood : of the data, at the optimum.
    losses : (restarts,) negative log likelihood that each start reached, in the order of the starts.
    converged : did the best of them end where the gradient vanishes, bounds and round-off aside?
    """

    model: GP
    weights: np.ndarray
    weights_cov: np.ndarray
    noise: float | np.ndarray
    log_likelihood: float
    losses: np.ndarray
    converged: bool
    verdict: Verdict | None = None  # why the search ended, and what to try

    @property
    def kernel(self) -> gpytorch.kernels.Kernel:
        return self.model.covar_module

    @property
    def lengthscale(self) -> np.ndarray:
        """Length scales of the kernel, in its own order, in the units of the inputs."""
        scales = [m.lengthscale for m in self.kernel.modules() if getattr(m, "has_lengthscale", False)]
        return np.concatenate([s.detach().numpy().ravel() for s in scales]) if scales else np.zeros(0)

    def predict(self, x, *, noise: float = 0.0) -> Prediction:
        """Posterior mean and standard deviation of the function at x.

        The standard deviation includes what is not known of the trend's coefficients (universal kriging), which
        GPyTorch's own posterior leaves out; without a trend the two agree.

        Parameters
        ----------
        x : (m,) or (m, d) array.
        noise : variance of a new measurement's noise, added for its prediction band (say, ``fit.noise``).
        """
        x = _inputs(x, self.model.train_inputs[0].shape[1])
        with torch.no_grad():
            X, trend = self.model.train_inputs[0], self.model.mean_module
            L, a, H = self.model.factor
            k = self.kernel(X, x).to_dense()  # (n, m)
            v = torch.linalg.solve_triangular(L, k, upper=False)
            h = trend.basis(x)
            u = h - v.T @ H  # (m, p), what the data do not say of the trend there
            mean = h @ trend.weights + v.T @ a
            var = self.kernel(x, diag=True) - (v * v).sum(0)
            var = var + ((u @ torch.as_tensor(self.weights_cov)) * u).sum(1)
        return Prediction(mean.numpy(), np.sqrt(np.maximum(var.numpy(), 0.0) + noise))


def regress(
    x,
    y,
    *,
    mean: str | Callable = "constant",
    kernel: gpytorch.kernels.Kernel | None = None,
    noise: str | float | np.ndarray = "learn",
    sources: np.ndarray | None = None,
    restarts: int = 6,
    seed: int = 0,
) -> Regression:
    """Fit a Gaussian process to data of one source by maximum likelihood (L-BFGS-B from several starts).

    The trend's coefficients are not searched for: at each step they take their generalised least-squares value, which
    is where the likelihood has its maximum given the kernel (Rasmussen & Williams 2006, section 2.7).

    Parameters
    ----------
    x : (n,) or (n, d) inputs, n >= 2.
    y : (n,) observations.
    mean : "zero", "constant", "linear", or your own basis: a function from an (n, d) tensor to an (n, p) tensor.
    kernel : any ``gpytorch`` kernel (it is copied); by default a scaled Gaussian kernel, one length scale a dimension.
    noise : "learn", or a known noise variance: one number or (n,) values, positive.
    sources : (n,) integers 0, 1, …: learn one noise variance for each source.
    restarts : number of starts; 0 keeps the kernel as it is given (and then needs `noise` as a number or array).
    seed : of the starts. The first start is the same for every seed.

    Raises
    ------
    ValueError : for data, noise, mean or length scales that cannot be used, before anything is fitted.
    RuntimeError : no start gave a finite likelihood.

    >>> x = np.linspace(0, 1, 20)
    >>> fit = regress(x, 2 + 3 * x, mean="linear")
    >>> fit.weights.round(3)
    array([2., 3.])
    >>> type(fit.model).__mro__[1].__name__
    'ExactGP'
    """
    x, y = _data(x, y)
    basis = _basis(mean, x)
    kernel = gaussian_kernel(x.shape[1]) if kernel is None else copy.deepcopy(kernel)
    kernel = kernel.double()
    scale = float(y.var(correction=0)) or 1.0
    known, groups = _noise(noise, sources, y, scale, restarts)
    H = basis(x)
    starts, bounds = _starts(kernel, x, scale, np.random.default_rng(seed), restarts)

    raw = [p for p in kernel.parameters() if p.requires_grad]
    log_noise = torch.zeros(0 if groups is None else int(groups.max()) + 1, dtype=torch.float64)
    rng = np.random.default_rng([seed, 1])
    free = [*raw, log_noise.requires_grad_()] if groups is not None else raw
    sizes = [p.numel() for p in free]

    def put(vector):
        for p, piece in zip(free, np.split(vector, np.cumsum(sizes)[:-1]), strict=True):
            p.data = torch.as_tensor(piece.copy(), dtype=torch.float64).reshape(p.shape)

    def variance():
        return known if groups is None else torch.exp(log_noise)[groups]

    def loss(vector):
        put(vector)
        for p in free:
            p.grad = None
        value, *_ = _negative_log_likelihood(kernel, x, y, H, variance())
        if value is None:
            return 1e25, np.zeros_like(vector)
        value.backward()
        gradient = [torch.zeros_like(p) if p.grad is None else p.grad for p in free]
        return value.item(), torch.cat([g.reshape(-1) for g in gradient]).numpy()

    best, losses = None, []
    for i, start in enumerate(starts):
        if groups is not None:
            first = np.full(log_noise.numel(), math.log(1e-2 * scale))
            start = np.append(start, first if i == 0 else math.log(scale) + rng.uniform(-14, -1, log_noise.numel()))
        limits = bounds + ([(math.log(FLOOR * scale), math.log(2 * scale))] * log_noise.numel())
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 200})
        losses.append(float(found.fun))
        if best is None or found.fun < best.fun:
            best = found
    if best is not None:
        if best.fun >= 1e25:
            raise RuntimeError("no start gave a finite likelihood: are inputs repeated with noise fixed at almost 0?")
        put(best.x)
    verdict = _verdict(best, limits if best is not None else [], H, len(y))
    return _finish(kernel, x, y, basis, H, variance().detach(), groups, np.array(losses), verdict)


def _verdict(found, limits, H, n):
    """On the best start. The unknowns are logarithms, so the slope has the unit of the likelihood whatever x and y are."""
    if found is None:
        return Verdict("converged", "the kernel is as it was given, the trend's coefficients have a closed form")
    low, high = np.array([[-np.inf if a is None else a, np.inf if b is None else b] for a, b in limits]).T
    pushes = np.where(found.jac > 0, found.x > low, found.x < high)  # a bound that is leant on does not count
    gain = 0.1 * float(np.abs(found.jac[pushes]).max(initial=0.0)) / max(1.0, abs(found.fun))
    return judge(
        loss=found.fun,
        gradient=found.jac,
        fall=gain,  # of one logarithm, moved by a tenth
        steps_left=int(found.status != 1),
        undetermined=["the variances (as many coefficients of the trend as points)"] if n <= H.shape[1] else [],
        reason=f"L-BFGS-B, {found.nit} iterations",
        remedies=REMEDIES,
    )


class SameLabel(gpytorch.kernels.Kernel):
    """1 where two points carry the same label (a drug, a patient), else 0. Times another kernel it makes a function of
    each label's own; beside the plain kernel, that is a hierarchical model: a common curve and its variations.

    >>> SameLabel(active_dims=(0,))(torch.tensor([[0.0], [1.0], [0.0]])).to_dense()[0]
    tensor([1., 0., 1.])
    """

    def forward(self, x1, x2, diag=False, **_):
        same = (x1[..., :, None, 0] == x2[..., None, :, 0]).to(x1.dtype)
        return same.diagonal(dim1=-2, dim2=-1) if diag else same


def gaussian_kernel(d: int, active_dims: tuple[int, ...] | None = None) -> gpytorch.kernels.Kernel:
    """A scaled Gaussian (RBF) kernel on d inputs, one length scale each; all its parameters are searched on a log scale.

    Parameters
    ----------
    active_dims : the d columns of x that it sees; all of them unless told otherwise.
    """
    rbf = gpytorch.kernels.RBFKernel(ard_num_dims=d, active_dims=active_dims, lengthscale_constraint=log_scale())
    return gpytorch.kernels.ScaleKernel(rbf, outputscale_constraint=log_scale())


def log_scale() -> GreaterThan:
    """A positivity constraint whose raw parameter is the logarithm: scales over decades are searched evenly."""
    return GreaterThan(0.0, transform=torch.exp, inv_transform=torch.log)


def _negative_log_likelihood(kernel, x, y, H, noise):
    """Negative log marginal likelihood with the trend's weights at their optimum; (None,) where K has no factor."""
    K = kernel(x).to_dense() + torch.diag(noise)
    L, failed = torch.linalg.cholesky_ex(K)
    if failed or not torch.isfinite(L.detach()).all():
        return (None,)
    Hw = torch.linalg.solve_triangular(L, H, upper=False)
    yw = torch.linalg.solve_triangular(L, y[:, None], upper=False)
    with torch.no_grad():  # at the optimum the gradient with respect to the weights is zero, so they may be held
        weights = torch.linalg.lstsq(Hw, yw).solution if H.shape[1] else yw[:0]
    a = (yw - Hw @ weights)[:, 0]
    value = 0.5 * (a @ a) + torch.log(torch.diagonal(L)).sum() + 0.5 * len(y) * math.log(2 * math.pi)
    return value, L, a, Hw, weights[:, 0]


def _finish(kernel, x, y, basis, H, noise, groups, losses, verdict) -> Regression:
    with torch.no_grad():
        value, *rest = _negative_log_likelihood(kernel, x, y, H, noise)
    if value is None:
        raise RuntimeError(
            "the covariance matrix has no Cholesky factor: are inputs repeated with noise fixed at almost 0? "
            "Use noise='learn', or a larger value."
        )
    L, a, Hw, weights = rest
    trend = Trend(basis)
    trend.weights = weights
    if bool((noise == noise[0]).all()):
        likelihood = gpytorch.likelihoods.GaussianLikelihood(noise_constraint=GreaterThan(0.0)).double()
        likelihood.noise = noise[0]
        shown = float(noise[0])
    else:
        with gpytorch.settings.min_fixed_noise(double_value=1e-300):
            likelihood = gpytorch.likelihoods.FixedNoiseGaussianLikelihood(noise)
        shown = noise.numpy()
    if groups is not None and int(groups.max()) > 0:
        shown = np.array([float(noise[groups == g][0]) for g in range(int(groups.max()) + 1)])
    model = GP(x, y, likelihood, trend, kernel).eval()
    model.factor = (L, a, Hw)
    for p in model.parameters():
        p.requires_grad_(False)
    return Regression(
        model,
        weights.numpy(),
        torch.linalg.inv(Hw.T @ Hw).numpy(),
        shown,
        -float(value),
        losses,
        verdict.converged,
        verdict,
    )


def _starts(kernel, x, scale, rng, restarts):
    """Starting vectors and bounds of the kernel's raw parameters: length scales by the span of their inputs, variances
    by the variance of y, anything else from where it stands."""
    span = x.max(0).values - x.min(0).values
    span[span == 0] = 1.0
    plan = {}  # parameter -> (typical value, lowest, highest, constraint)
    for module in kernel.modules():
        if getattr(module, "has_lengthscale", False):
            dims = module.active_dims if module.active_dims is not None else slice(None)
            raw = module.raw_lengthscale
            lengths = span[dims] if raw.shape[-1] > 1 else span[dims].mean().reshape(1)
            plan[raw] = (0.3 * lengths, 0.01 * lengths, 20 * lengths, module.raw_lengthscale_constraint, 1.2)
        if isinstance(module, gpytorch.kernels.ScaleKernel):
            one = torch.full_like(module.raw_outputscale, scale)
            plan[module.raw_outputscale] = (one, 1e-8 * one, 1e3 * one, module.raw_outputscale_constraint, 1.0)
    start, bounds, wide = [], [], []
    for p in filter(lambda p: p.requires_grad, kernel.parameters()):
        if p in plan:
            typical, low, high, constraint, width = plan[p]
            ends = [constraint.inverse_transform(v.double().expand(p.shape)).flatten() for v in (low, high)]
            start.append(typical.double().expand(p.shape).flatten())
            bounds += [(float(a), float(b)) for a, b in zip(*ends, strict=True)]
        else:
            constraint, width = None, 0.5
            start.append(p.detach().flatten())
            bounds += [(None, None)] * p.numel()
        wide.append((constraint, width, p.shape))
    vectors = []
    for i in range(restarts):
        parts = []
        for value, (constraint, width, shape) in zip(start, wide, strict=True):
            shift = torch.as_tensor(rng.normal(0, width, value.shape)) if i else torch.zeros_like(value)
            if constraint is None:
                parts.append(value + shift)
            else:
                parts.append(constraint.inverse_transform((value * torch.exp(shift)).reshape(shape)).flatten())
        vectors.append(torch.cat(parts).numpy())
    return vectors, bounds


# -- what comes in ------------------------------------------------------------------------------------------------


def _inputs(x, d: int | None = None) -> torch.Tensor:
    x = np.array(x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or (d is not None and x.shape[1] != d):
        want = "(n,) or (n, d)" if d is None else f"(m, {d})" + (" or (m,)" if d == 1 else "")
        raise ValueError(f"expected x {want}; got shape {x.shape}. One row a point, one column an input.")
    if not np.isfinite(x).all():
        raise ValueError(f"expected finite x; got {(~np.isfinite(x)).sum()} NaN or infinite values. Drop those rows.")
    return torch.as_tensor(x, dtype=torch.float64)


def _data(x, y):
    x, y = _inputs(x), np.array(y.detach().cpu().numpy() if isinstance(y, torch.Tensor) else y, dtype=float)
    if y.ndim != 1 or len(y) != len(x):
        raise ValueError(f"expected y (n,) with n = {len(x)} as in x; got shape {y.shape}. One column? Pass y[:, 0].")
    if len(y) < 2:
        raise ValueError(f"expected at least 2 points; got {len(y)}. A length scale cannot be learned from one.")
    if not np.isfinite(y).all():
        raise ValueError(f"expected finite y; got {(~np.isfinite(y)).sum()} NaN or infinite values. Drop those rows.")
    return x, torch.as_tensor(y, dtype=torch.float64)


def _basis(mean, x):
    if isinstance(mean, str):
        if mean not in BASES:
            raise ValueError(f"unknown mean {mean!r}: expected one of {', '.join(BASES)}, or a function of x.")
        mean = BASES[mean]
    H = mean(x)
    if not isinstance(H, torch.Tensor) or H.ndim != 2 or len(H) != len(x) or H.dtype != torch.float64:
        raise ValueError("expected of a mean function: a float64 tensor (n, p) for an input tensor (n, d).")
    if H.shape[1] and (rank := int(torch.linalg.matrix_rank(H))) < H.shape[1]:
        raise ValueError(
            f"the trend has {H.shape[1]} coefficients, these {len(x)} points determine {rank}. "
            "Use a simpler mean, such as 'constant'."
        )
    return mean


def _noise(noise, sources, y, scale, restarts):
    """(known variances (n,), None) or (None, index of the noise variance to be learned (n,))."""
    n = len(y)
    if isinstance(noise, str):
        if noise != "learn":
            raise ValueError(f"expected noise 'learn' or a variance; got {noise!r}.")
        if restarts < 1:
            raise ValueError("restarts=0 learns nothing: give noise as a number, for example noise=fit.noise.")
        groups = np.zeros(n, dtype=int) if sources is None else np.asarray(sources)
        if groups.shape != (n,) or groups.dtype.kind not in "iu" or set(groups) != set(range(groups.max() + 1)):
            raise ValueError(
                f"expected sources as ({n},) integers 0, 1, … without gaps; got {groups.dtype} {groups.shape}."
            )
        return None, torch.as_tensor(groups)
    if sources is not None:
        raise ValueError("sources asks for one learned noise each: leave noise='learn', or pass noise without sources.")
    values = np.asarray(noise, dtype=float)
    if values.shape not in ((), (n,)) or not np.isfinite(values).all() or (values <= 0).any():
        raise ValueError(
            f"expected a positive noise variance, one number or ({n},) values; got {noise!r}. "
            "Noise-free data? noise='learn' goes down to 1e-8 of their variance."
        )
    return torch.as_tensor(np.broadcast_to(values, n).copy(), dtype=torch.float64), None
