"""Gaussian-process regression on one source: trend + g, fitted by maximum likelihood from several starts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import gpytorch
import numpy as np
import torch
from gpytorch.constraints import GreaterThan
from scipy.optimize import minimize

from mmlib import _input
from mmlib.gp._checks import FLOOR, added, checked_basis, checked_data, checked_kernel, checked_noise, inputs
from mmlib.gp.starts import starts_and_bounds
from mmlib.optim import Verdict, brief, judge

__all__ = ["Prediction", "Regression", "SameLabel", "gaussian_kernel", "log_scale", "regress"]

REMEDIES = {
    "stalled": "Raise restarts=, or look at the losses: do several starts agree? Scale x and y to order one.",
    "not determined": "Bring more points, or a simpler mean ('constant', 'zero').",
    "out of steps": "Raise restarts=; a kernel with fewer parameters is found sooner.",
}


class Prediction(NamedTuple):
    """Mean and standard deviation at the points asked for, in the unit of y."""

    mean: np.ndarray  # (m,)
    sd: np.ndarray  # (m,)


class Trend(gpytorch.means.Mean):
    """A mean function linear in its coefficients, ``basis(x) @ weights``."""

    def __init__(self, basis: Callable):
        super().__init__()
        self.basis = basis
        self.register_buffer("weights", torch.zeros(0, dtype=torch.float64, device="cpu"))

    def forward(self, x):
        return self.basis(x) @ self.weights


class GP(gpytorch.models.ExactGP):
    """The GPyTorch model inside a `Regression`."""

    def __init__(self, x, y, likelihood, trend, kernel):
        super().__init__(x, y, likelihood)
        self.mean_module, self.covar_module = trend, kernel

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


@brief
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
    spare : points less coefficients of the trend. Variances are estimated from so many numbers: with fewer than about ten,
        ``sd`` is too small (with one or two, by much); ``restricted=True`` helps.
    as_given : parameters of the kernel for which no start is known; they were searched for from where they stood.
    """

    model: GP
    weights: np.ndarray
    weights_cov: np.ndarray
    noise: float | np.ndarray
    log_likelihood: float
    losses: np.ndarray
    converged: bool
    verdict: Verdict | None = None  # why the search ended, and what to try
    spare: int = 0
    as_given: tuple = ()

    @property
    def kernel(self) -> gpytorch.kernels.Kernel:
        return self.model.covar_module

    @property
    def lengthscale(self) -> np.ndarray:
        """Length scales of the kernel, in its own order, in the units of the inputs."""
        scales = [m.lengthscale for m in self.kernel.modules() if getattr(m, "has_lengthscale", False)]
        return np.concatenate([s.detach().cpu().numpy().ravel() for s in scales]) if scales else np.zeros(0)

    def predict(self, x, *, noise: float = 0.0) -> Prediction:
        """Posterior mean and standard deviation of the function at x.

        The standard deviation includes what is not known of the trend's coefficients (universal kriging), which
        GPyTorch's own posterior leaves out; without a trend the two agree.

        Parameters
        ----------
        x : (m,) or (m, d) array.
        noise : variance of a new measurement's noise, added for its prediction band (say, ``fit.noise``); not negative.
        """
        noise = added(noise)
        if noise.ndim and len(noise) != len(x):
            raise ValueError(
                f"expected noise as one number or one for each of the {len(x)} points; got {len(noise)}. Pass one."
            )
        known = self.model.train_inputs[0]
        x = inputs(x, known.shape[1]).to(known.device)
        with torch.no_grad():
            trend = self.model.mean_module
            L, a, H = self.model.factor
            k = self.kernel(known, x).to_dense()  # (n, m)
            v = torch.linalg.solve_triangular(L, k, upper=False)
            h = trend.basis(x)
            u = h - v.T @ H  # (m, p), what the data do not say of the trend there
            mean = h @ trend.weights + v.T @ a
            var = self.kernel(x, diag=True) - (v * v).sum(0)
            var = var + ((u @ torch.as_tensor(self.weights_cov, device=x.device)) * u).sum(1)
        return Prediction(mean.cpu().numpy(), np.sqrt(np.maximum(var.cpu().numpy(), 0.0) + noise))


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
    restricted: bool = False,
    device="cpu",
) -> Regression:
    """Fit a Gaussian process to data of one source by maximum likelihood (L-BFGS-B from several starts).

    The trend's coefficients are not searched for: at each step they take their generalised least-squares value, which
    is where the likelihood has its maximum given the kernel (Rasmussen & Williams 2006, section 2.7).

    Parameters
    ----------
    x : (n,) or (n, d) inputs; more points than the trend has coefficients, and at most 1,500.
    y : (n,) observations.
    mean : "zero", "constant", "linear", or your own basis: a function from an (n, d) tensor to an (n, p) tensor.
    kernel : any ``gpytorch`` kernel (it is copied); by default a scaled Gaussian kernel, one length scale a dimension.
    noise : "learn", or a known noise variance: one number or (n,) values, positive.
    sources : (n,) integers 0, 1, …: learn one noise variance for each source.
    restarts : number of starts; 0 keeps the kernel as it is given (and then needs `noise` as a number or array).
    seed : of the starts. The first start is the same for every seed.
    restricted : search for the maximum of the restricted likelihood, which counts what the trend's coefficients take from the
        data (Rasmussen & Williams 2006, equation 2.45, without its constant): for few points and a trend.
    device : where the covariance matrix stands, "cpu" or "cuda"; a GPU is worth it from about a thousand points on.

    Raises
    ------
    ValueError : for data, noise, mean or length scales that cannot be used, before anything is fitted: also for as many
        coefficients as points, which leave nothing to learn a variance from.
    RuntimeError : no start gave a finite likelihood.

    >>> x = np.linspace(0, 1, 20)
    >>> fit = regress(x, 2 + 3 * x, mean="linear")
    >>> fit.weights.round(3)
    array([2., 3.])
    >>> type(fit.model).__mro__[1].__name__
    'ExactGP'
    """
    x, y = checked_data(x, y)
    restarts, seed = _input.whole(restarts, "restarts", least=0, remedy="Try restarts=6."), _input.seed(seed)
    device, restricted = _input.device(device), _input.flag(restricted, "restricted")
    basis = checked_basis(mean, x, restarts)
    kernel = gaussian_kernel(x.shape[1]) if kernel is None else checked_kernel(kernel, x)
    kernel = kernel.double()
    flat = float(y.max() - y.min()) <= 1e-13 * float(y.abs().max())  # then its variance is round-off
    scale = float(y.var(correction=0)) if not flat else float(y[0] ** 2) or 1.0
    known, groups = checked_noise(noise, sources, y, scale, restarts)
    starts, bounds, as_given = starts_and_bounds(kernel, x, y, scale, np.random.default_rng(seed), restarts)
    x, y, known, groups, kernel = _moved(device, x, y, known, groups, kernel)
    H = basis(x)

    search = _Search(kernel, x, y, H, known, groups, restricted)
    rng, found, best = np.random.default_rng([seed, 1]), [], None
    limits = bounds + [(math.log(FLOOR * scale), math.log(2 * scale))] * search.log_noise.numel()
    for i, start in enumerate(starts):
        if groups is not None:
            sources = search.log_noise.numel()
            first = np.full(sources, math.log(1e-2 * scale))
            start = np.append(start, first if i == 0 else math.log(scale) + rng.uniform(-14, -1, sources))
        options = {"maxiter": 200}
        found.append(minimize(search.loss, start, jac=True, method="L-BFGS-B", bounds=limits, options=options))
        if best is None or found[-1].fun < best.fun:
            best = found[-1]
    if best is not None:
        if best.fun >= 1e25:
            raise RuntimeError("no start gave a finite likelihood: are inputs repeated with noise fixed at almost 0?")
        search.put(best.x)
    verdict = _verdict(best, limits, H, len(y))
    losses = np.array([float(f.fun) for f in found])
    fit = _finish(kernel, x, y, basis, H, search.variance().detach(), groups, losses, verdict)
    return replace(fit, spare=len(y) - H.shape[1], as_given=tuple(as_given if restarts else ()))


class _Search:
    """The likelihood as a function of one vector: the kernel's raw parameters, then logarithms of noise variances."""

    def __init__(self, kernel, x, y, H, known, groups, restricted):
        self.data, self.known, self.groups = (kernel, x, y, H), known, groups
        self.restricted, self.place = restricted, {"dtype": torch.float64, "device": x.device}
        raw = [p for p in kernel.parameters() if p.requires_grad]
        self.log_noise = torch.zeros(0 if groups is None else int(groups.max()) + 1, **self.place)
        self.free = [*raw, self.log_noise.requires_grad_()] if groups is not None else raw
        self.sizes = [p.numel() for p in self.free]

    def put(self, vector):
        for p, piece in zip(self.free, np.split(vector, np.cumsum(self.sizes)[:-1]), strict=True):
            p.data = torch.as_tensor(piece.copy(), **self.place).reshape(p.shape)

    def variance(self):
        return self.known if self.groups is None else torch.exp(self.log_noise)[self.groups]

    def loss(self, vector):
        """Negative log likelihood and its slopes."""
        self.put(vector)
        for p in self.free:
            p.grad = None
        value, *_ = _negative_log_likelihood(*self.data, self.variance(), self.restricted)
        if value is None:
            return 1e25, np.zeros_like(vector)
        value.backward()
        gradient = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.free]
        return value.item(), torch.cat([g.reshape(-1) for g in gradient]).cpu().numpy()


def _moved(device, *parts):
    """The parts on the device, what is None as it is."""
    return [part if part is None else part.to(device) for part in parts]


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
    d = _input.whole(d, "d", least=1, remedy="It is the number of inputs, the columns of x.")
    rbf = gpytorch.kernels.RBFKernel(ard_num_dims=d, active_dims=active_dims, lengthscale_constraint=log_scale())
    return gpytorch.kernels.ScaleKernel(rbf, outputscale_constraint=log_scale())


def log_scale() -> GreaterThan:
    """A positivity constraint whose raw parameter is the logarithm: scales over decades are searched evenly."""
    return GreaterThan(0.0, transform=torch.exp, inv_transform=torch.log)


def _negative_log_likelihood(kernel, x, y, H, noise, restricted=False):
    """Negative log marginal likelihood with the trend's weights at their optimum; (None,) where K has no factor.

    Restricted: half of log det(H^T K^-1 H) is added, the volume that the weights' estimate takes.
    """
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
    if restricted and H.shape[1]:
        value = value + torch.log(torch.diagonal(torch.linalg.qr(Hw).R).abs()).sum()
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
        shown = noise.cpu().numpy()
    if groups is not None and int(groups.max()) > 0:
        shown = np.array([float(noise[groups == g][0]) for g in range(int(groups.max()) + 1)])
    model = GP(x, y, likelihood.to(x.device), trend, kernel).eval()
    model.factor = (L, a, Hw)
    for p in model.parameters():
        p.requires_grad_(False)
    return Regression(
        model,
        weights.cpu().numpy(),
        torch.linalg.inv(Hw.T @ Hw).cpu().numpy(),
        shown,
        -float(value),
        losses,
        verdict.converged,
        verdict,
    )
