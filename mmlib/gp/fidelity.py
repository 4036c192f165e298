"""Fusing data of several fidelities: each level is a regression that is told what the level below predicts."""

from __future__ import annotations

from dataclasses import dataclass

import gpytorch
import numpy as np
import torch
from scipy.stats import norm

from mmlib import _input
from mmlib.gp._checks import BASES, added, checked_data, inputs, named_mean
from mmlib.gp.regression import Prediction, Regression, gaussian_kernel, log_scale, regress
from mmlib.optim import Verdict, all_of, brief

__all__ = ["Fusion", "ar1", "nargp"]


@brief
@dataclass(frozen=True)
class Fusion:
    """Fitted levels, from the cheapest to the most trusted.

    Attributes
    ----------
    levels : one `Regression` a level. From the second on, its last input is the prediction of the level below.
    method : "ar1" or "nargp".
    seed, samples : of the Monte-Carlo push-through (NARGP only).
    """

    levels: list[Regression]
    method: str
    seed: int = 0
    samples: int = 200

    @property
    def rho(self) -> np.ndarray:
        """(levels - 1,) scale from each level to the next (AR(1) only; NARGP has a function instead of a number)."""
        if self.method != "ar1":
            raise ValueError(
                "expected a fit of AR(1) to ask for rho; got NARGP, where the relation is a function of x and of the level below. Look at predict."
            )
        return np.array([fit.weights[-1] for fit in self.levels[1:]])

    @property
    def discrepancy(self) -> np.ndarray:
        """Coefficients of the last discrepancy's trend: constant, then slopes (AR(1) only)."""
        if self.method != "ar1":
            raise ValueError(
                "expected a fit of AR(1) to ask for its discrepancy; got NARGP, which has none. Look at levels[-1]."
            )
        return self.levels[-1].weights[:-1]

    @property
    def verdict(self) -> Verdict:
        """Converged if all levels are, else that of the first that is not, by its number."""
        return all_of({f"level {i}": fit.verdict for i, fit in enumerate(self.levels)})

    @property
    def converged(self) -> bool:
        return self.verdict.converged

    def predict(self, x, *, noise: float = 0.0, level: int = -1) -> Prediction:
        """Mean and standard deviation of one level (the highest unless told otherwise) at x, (m,) or (m, d).

        The uncertainty of the levels below is carried upwards: in closed form for AR(1), by pushing stratified normal
        samples through the levels for NARGP. `noise` is added as in `Regression.predict`.
        """
        n, noise = len(self.levels), added(noise)
        level = _input.whole(level, "level", least=-n, most=n - 1, remedy="Level 0 is the cheapest, -1 the highest.")
        levels = self.levels[: range(n)[level] + 1]
        x = inputs(x, levels[0].model.train_inputs[0].shape[1]).numpy()
        mean, sd = levels[0].predict(x)
        if self.method == "ar1":
            for fit in levels[1:]:
                m, s = fit.predict(np.column_stack([x, mean]))
                slope2 = fit.weights[-1] ** 2 + fit.weights_cov[-1, -1]
                mean, sd = m, np.sqrt(s**2 + slope2 * sd**2)
        elif len(levels) > 1:
            rng = np.random.default_rng(self.seed)
            strata = norm.ppf((np.arange(self.samples) + 0.5) / self.samples)
            f = mean + sd * strata[:, None]  # (samples, m): the same quantiles for every x keep the curves smooth
            for i, fit in enumerate(levels[1:], start=1):
                at = np.column_stack([np.tile(x, (self.samples, 1)), f.ravel()])
                m, s = (a.reshape(f.shape) for a in fit.predict(at))
                if i < len(levels) - 1:
                    f = m + s * rng.permutation(strata)[:, None]
            mean, sd = m.mean(0), np.sqrt((s**2).mean(0) + m.var(0))
        return Prediction(mean, np.sqrt(sd**2 + noise))


def ar1(
    levels,
    *,
    discrepancy_mean: str = "linear",
    mean: str = "constant",
    noise="learn",
    restarts: int = 6,
    seed: int = 0,
    device="cpu",
) -> Fusion:
    r"""Linear fusion, $f_t(x) = \rho_t f_{t-1}(x) + \delta_t(x)$: Kennedy & O'Hagan (2000), doi:10.1093/biomet/87.1.1,
    in the recursive form of Le Gratiet & Garnier (2014), doi:10.1615/Int.J.UncertaintyQuantification.2014006914.

    rho and the trend of the discrepancy are estimated together with the discrepancy's kernel, by maximum likelihood.
    Exact for nested designs without noise below; otherwise the level below enters rho's estimate by its posterior mean.

    Parameters
    ----------
    levels : [(x, y), …] from the lowest fidelity to the highest; x (n,) or (n, d), the same d throughout. A higher level has no
        more points than the one below, and more than its trend has coefficients (rho is one of them): with one or two to
        spare, sd is far too small.
    discrepancy_mean : trend of each discrepancy, "zero", "constant" or "linear".
    mean : trend of the lowest level.
    noise : as in `regress`, or a list with one entry a level.
    restarts, seed, device : as in `regress`.

    >>> x = np.linspace(0, 1, 21)
    >>> fused = ar1([(x, np.sin(6 * x)), (x[::5], 2 * np.sin(6 * x[::5]) - 3)], discrepancy_mean="constant")
    >>> fused.rho.round(3), fused.discrepancy.round(3)
    (array([2.]), array([-3.]))
    """
    levels = _levels(levels)
    noises = _noises(noise, len(levels))
    named_mean(discrepancy_mean, "discrepancy_mean")
    _enough(levels, discrepancy_mean, restarts)
    d = levels[0][0].shape[1]

    def basis(z):  # z = (x, prediction of the level below)
        return torch.cat([BASES[discrepancy_mean](z[..., :d]), z[..., d:]], dim=-1)

    search = {"restarts": restarts, "seed": seed, "device": device}
    fits = [regress(*levels[0], mean=mean, noise=noises[0], **search)]
    for (x, y), level_noise in zip(levels[1:], noises[1:], strict=True):
        below = Fusion(fits, "ar1").predict(x).mean
        kernel = gaussian_kernel(d, active_dims=tuple(range(d)))
        z = np.column_stack([x, below])
        try:
            fits.append(regress(z, y, mean=basis, kernel=kernel, noise=level_noise, **search))
        except ValueError as error:
            raise ValueError(
                f"level {len(fits)}, whose trend has rho and a discrepancy that is {discrepancy_mean!r}: {error}"
            ) from None
    return Fusion(fits, "ar1")


def nargp(
    levels, *, mean: str = "constant", noise="learn", restarts: int = 6, seed: int = 0, samples: int = 200, device="cpu"
) -> Fusion:
    r"""Nonlinear fusion, $f_t(x) = g_t(x, f_{t-1}(x))$: Perdikaris et al. (2017), doi:10.1098/rspa.2016.0751.

    g is a Gaussian process with the kernel $k_\rho(x, x')\,k_f(f, f') + k_\delta(x, x')$. Predictions push `samples`
    stratified normal samples of the level below through it.

    Parameters as in `ar1`; `mean` is the trend of every level, "zero" or "constant".

    >>> x = np.linspace(0, 1, 31)
    >>> f = np.sin(9 * x)
    >>> fused = nargp([(x, f), (x[::3], f[::3] ** 2)], restarts=2)
    >>> float(np.abs(fused.predict(x).mean - f**2).max()) < 0.02
    True
    """
    levels = _levels(levels)
    noises = _noises(noise, len(levels))
    remedy = "Expected at least 20 samples for a mean and a variance. Try 200."
    samples, seed = _input.whole(samples, "samples", least=20, remedy=remedy), _input.seed(seed)
    d = levels[0][0].shape[1]
    search = {"restarts": restarts, "seed": seed, "device": device}
    fits = [regress(*levels[0], mean=mean, noise=noises[0], **search)]
    for (x, y), level_noise in zip(levels[1:], noises[1:], strict=True):
        below = Fusion(fits, "nargp", seed, samples).predict(x).mean
        z = np.column_stack([x, below])
        fits.append(regress(z, y, mean=mean, kernel=nargp_kernel(d), noise=level_noise, **search))
    return Fusion(fits, "nargp", seed, samples)


def nargp_kernel(d: int) -> gpytorch.kernels.Kernel:
    """k_rho(x) k_f(f) + k_delta(x) on inputs (x_1 … x_d, f)."""
    rho = gaussian_kernel(d, active_dims=tuple(range(d)))
    f = gpytorch.kernels.RBFKernel(active_dims=(d,), lengthscale_constraint=log_scale())
    delta = gaussian_kernel(d, active_dims=tuple(range(d)))
    return rho * f + delta


def _levels(levels):
    pairs = isinstance(levels, list | tuple) and all(isinstance(v, list | tuple) and len(v) == 2 for v in levels)
    if not pairs or len(levels) < 2:
        raise ValueError(
            "expected levels as [(x, y), (x, y), …], at least two, from the lowest fidelity to the highest; got "
            f"{_input.shown(levels)}. One source? Use regress(x, y)."
        )
    out = []
    for i, (x, y) in enumerate(levels):
        try:
            x, y = checked_data(x, y)
        except ValueError as error:
            raise ValueError(f"level {i}: {error}") from None
        out.append((x.numpy(), y.numpy()))
    if len({x.shape[1] for x, _ in out}) > 1:
        raise ValueError(
            f"expected the same inputs at every level; got {[x.shape[1] for x, _ in out]} columns. Leave out what one lacks."
        )
    for i, ((_, low), (_, high)) in enumerate(zip(out, out[1:], strict=False)):
        if len(high) > len(low):
            raise ValueError(
                f"expected levels in order, from the lowest fidelity (most points) to the highest; got {len(low)} points at "
                f"level {i} and {len(high)} at level {i + 1}. Swap them; or use regress on the better data alone."
            )
    return out


def _enough(levels, discrepancy_mean, restarts):
    """Before the first level is fitted: has each of the others more points than its trend has coefficients?"""
    for i, (x, _) in enumerate(levels[1:], start=1):
        p = BASES[discrepancy_mean](inputs(x)).shape[1] + 1
        places = len(np.unique(x, axis=0))  # repeats tell of the noise alone
        if restarts and places <= p:
            raise ValueError(
                f"level {i}, whose trend has rho and a discrepancy that is {discrepancy_mean!r}: expected more different points than "
                f"the trend's {p} coefficients; got {places}, which leave nothing to learn a variance from. Use a simpler "
                "discrepancy_mean, such as 'constant', or bring more points."
            )


def _noises(noise, n):
    noises = list(noise) if isinstance(noise, list | tuple) else [noise] * n
    if len(noises) != n:
        raise ValueError(f"expected one noise for each of the {n} levels; got {len(noises)}. 'learn' learns a level's.")
    return noises
