"""What comes into a Gaussian process: data, kernel, trend and noise, looked at before anything is fitted."""

from __future__ import annotations

import copy

import gpytorch
import numpy as np
import torch

from mmlib import _input

__all__ = [
    "BASES",
    "FLOOR",
    "MOST_POINTS",
    "added",
    "checked_basis",
    "checked_data",
    "checked_kernel",
    "checked_noise",
    "checked_places",
    "inputs",
    "named_mean",
]

FLOOR = 1e-8  # smallest noise variance, as a fraction of the variance of y: the Cholesky factor must exist in float64
FAR = 1e8  # condition number of a trend's columns, scaled: the covariance of its coefficients has no digits beyond
MOST_POINTS = 1500  # a step of the search costs n^3: a minute a start at 1,500 points

BASES = {
    "zero": lambda x: x[..., :0],
    "constant": lambda x: torch.ones_like(x[..., :1]),
    "linear": lambda x: torch.cat([torch.ones_like(x[..., :1]), x], dim=-1),
}


def inputs(x, d: int | None = None) -> torch.Tensor:
    want = "(n,) or (n, d)" if d is None else f"(m, {d})" + (" or (m,)" if d == 1 else "")
    x = _input.array(x, "x", want, remedy="One row a point, one column an input.")
    return torch.as_tensor(np.array(x[:, None] if x.ndim == 1 else x), dtype=torch.float64, device="cpu")


def checked_data(x, y):
    x, y = inputs(x), _input.numbers(y, "y")
    if y.ndim != 1 or len(y) != len(x):
        raise ValueError(f"expected y (n,) with n = {len(x)} as in x; got shape {y.shape}. One column? Pass y[:, 0].")
    if len(y) < 2:
        raise ValueError(f"expected at least 2 points; got {len(y)}. A length scale cannot be learned from one.")
    if len(y) > MOST_POINTS:
        raise ValueError(
            f"expected at most {MOST_POINTS} points, because each step of the search costs n^3; got {len(y)}. Take every "
            f"{-(-len(y) // MOST_POINTS)}th point or means of neighbours, or use a sparse model of GPyTorch."
        )
    y = _input.array(y, "y", "(n,)")
    return x, torch.as_tensor(np.array(y), dtype=torch.float64, device="cpu")


def added(noise) -> np.ndarray:
    """Variance that a prediction adds, not negative."""
    if isinstance(noise, bool | np.bool_):
        raise ValueError(f"expected noise as a variance; got {noise}. Pass fit.noise for the noise that was learned.")
    noise = _input.array(noise, "noise", "() or (m,)")
    if (noise < 0).any():
        raise ValueError(f"expected noise as a variance, 0 or positive; got {noise.min():g}. Leave it out for none.")
    return noise


def checked_kernel(kernel, x):
    """A copy, if it is a kernel of GPyTorch for so many inputs."""
    d = x.shape[1]
    if not isinstance(kernel, gpytorch.kernels.Kernel):
        raise TypeError(
            f"expected a kernel of GPyTorch; got {type(kernel).__name__}. Try gaussian_kernel({d}), or gpytorch.kernels.…"
        )
    for part in kernel.modules():
        if isinstance(part, gpytorch.kernels.Kernel):
            dims = range(d) if part.active_dims is None else part.active_dims.tolist()
            if max(dims) >= d or (part.ard_num_dims not in (None, 1) and part.ard_num_dims != len(dims)):
                raise ValueError(
                    f"expected a kernel for the {d} inputs of x; got {type(part).__name__} for inputs {list(dims)} with "
                    f"{part.ard_num_dims} length scales. Try gaussian_kernel({d})."
                )
    return copy.deepcopy(kernel)


def checked_places(x, p, restarts):
    """Enough different points for a kernel beside a trend of p coefficients: repeats tell of the noise alone."""
    places = len(torch.unique(x, dim=0))
    if restarts and places <= max(p, 1):
        raise ValueError(
            f"expected points at {max(p, 1) + 1} or more different x, to learn a kernel beside {p} coefficients of a trend; got "
            f"{len(x)} points at {places}. Bring other x, or give kernel= and noise= and set restarts=0."
        )


def checked_basis(mean, x, restarts):
    if not callable(mean):
        mean = BASES[named_mean(mean)]
    try:
        H = mean(x)
    except TypeError as error:
        raise TypeError(
            f"expected mean as a function of x, an (n, d) tensor; got one that fails: {error}. Try lambda x: x[:, :1]."
        ) from error
    if isinstance(H, torch.Tensor) and not torch.isfinite(H).all():
        raise ValueError(
            "expected a trend that is finite at all points; got NaN or infinity. Leave out where it is not defined."
        )
    if not isinstance(H, torch.Tensor) or H.ndim != 2 or len(H) != len(x) or H.dtype != torch.float64:
        raise ValueError(
            f"expected of a mean function a float64 tensor (n, p) for an input tensor (n, d); got {_input.shown(H)}. "
            "Use torch.cat or torch.stack(…, dim=1)."
        )
    n, p = H.shape
    rank = int(torch.linalg.matrix_rank(H)) if p else 0
    if rank < p or (restarts and n <= p):
        few = ", and leave nothing to learn a variance from" if rank == p else ""
        raise ValueError(
            f"expected a trend that the data determine; got {p} coefficients, of which these {n} points determine {rank}"
            f"{few}. Use a simpler mean, such as 'constant', bring more points, or "
            "measure x from its mean where it is far from zero."
        )
    checked_places(x, p, restarts)
    if p > 1 and (condition := float(torch.linalg.cond(H / torch.linalg.norm(H, dim=0)))) > FAR:
        raise ValueError(
            f"expected a trend whose terms the data tell apart; got columns that are all but the same (condition number "
            f"{condition:.1g}). Measure from the middle of the data: x - x.mean(axis=0)."
        )
    return mean


def named_mean(mean, name="mean") -> str:
    if not isinstance(mean, str) or mean not in BASES:
        raise ValueError(
            f"unknown {name} {mean!r}: expected one of {', '.join(BASES)}, or a function of x; got {_input.shown(mean)}. "
            "Try 'constant'."
        )
    return mean


def _numbered(sources):
    try:
        return np.asarray(sources.detach().cpu() if hasattr(sources, "detach") else sources)
    except ValueError:  # ragged
        return np.empty(0)


def checked_noise(noise, sources, y, scale, restarts):
    """(known variances (n,), None) or (None, index of the noise variance to be learned (n,))."""
    n = len(y)
    if isinstance(noise, str):
        if noise != "learn":
            raise ValueError(f"expected noise 'learn' or a variance; got {noise!r}. Leave it out to learn it.")
        if restarts < 1:
            raise ValueError(
                "expected restarts of at least 1 to learn the noise; got 0, which learns nothing. Give noise as a number, for "
                "example noise=fit.noise."
            )
        groups = np.zeros(n, dtype=int) if sources is None else _numbered(sources)
        if (
            groups.shape != (n,)
            or groups.dtype.kind not in "iu"
            or groups.min() < 0
            or set(groups) != set(range(groups.max() + 1))
        ):
            raise ValueError(
                f"expected sources as ({n},) integers 0, 1, … without gaps; got {groups.dtype} {groups.shape}. "
                "Number the sources from 0: np.unique(sources, return_inverse=True)[1]."
            )
        return None, torch.as_tensor(groups, device="cpu")
    if sources is not None:
        raise ValueError(
            f"expected noise='learn' with sources, which ask for one learned noise each; got {_input.shown(noise)}. Leave noise "
            "out, or pass it without sources."
        )
    values = _input.numbers(noise, "noise, a positive variance,")
    if isinstance(noise, bool | np.bool_):
        raise ValueError(f"expected a positive noise variance; got {noise}. Pass noise='learn' to learn it.")
    if values.shape not in ((), (n,)) or not np.isfinite(values).all() or (values <= 0).any():
        raise ValueError(
            f"expected a positive noise variance, one number or ({n},) values; got {noise!r}. "
            "Noise-free data? noise='learn' goes down to 1e-8 of their variance."
        )
    _input.sized(values, "noise, a variance,", each=True)
    return torch.as_tensor(np.broadcast_to(values, n).copy(), dtype=torch.float64, device="cpu"), None
