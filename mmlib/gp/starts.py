"""Where the search for a kernel's parameters starts and ends: a table by class of kernel and name of parameter."""

from __future__ import annotations

import gpytorch
import numpy as np
import torch
from scipy.signal import lombscargle

__all__ = ["starts_and_bounds"]

kernels = gpytorch.kernels


class _Look:
    """What the starts are made of: spans of the inputs that a kernel sees, and the size of y."""

    def __init__(self, module, x, y, scale):
        dims = module.active_dims if module.active_dims is not None else slice(None)
        self.x, self.y, self.scale = x[:, dims], y, scale
        span = self.x.max(0).values - self.x.min(0).values
        self.span = torch.where(span == 0, torch.ones_like(span), span)

    def lengths(self, raw):
        """A length for each entry of the parameter: the span of its input, or the mean of the spans."""
        return self.span if raw.shape[-1] > 1 else self.span.mean().reshape(1)

    def square(self):
        """Mean square of the inputs, shape (1,)."""
        return (self.x**2).mean().reshape(1).clamp_min(1e-300)

    def period(self):
        """Strongest period of y over the first input, by Lomb and Scargle, shape (1,)."""
        x, y = self.x[:, 0].numpy(), self.y.numpy()
        n, span = len(x), float(self.span[0])
        omega = 2 * np.pi * np.linspace(0.5, max(n / 2, 1), 20 * n) / span
        tilt = np.polyval(np.polyfit(x - x.mean(), y, 1), x - x.mean()) if n > 3 else y.mean()
        power = lombscargle(x, y - tilt, omega) if np.ptp(y - tilt) > 0 else -omega
        return torch.tensor([2 * np.pi / omega[int(np.argmax(power))]], device="cpu")


def _length(look, raw):
    lengths = look.lengths(raw)
    return 0.3 * lengths, 0.01 * lengths, 20 * lengths, 1.2


def _period(look, _):
    span = look.span[:1]
    return look.period(), 2 * span / len(look.x) / 2, 4 * span, 0.5


def _pure(typical, low, high, width):
    """A parameter without a unit."""
    one = torch.ones(1, device="cpu")
    return lambda look, _: (typical * one, low * one, high * one, width)


def _times(size, width=1.0):
    """A parameter in units of `size(look)`."""
    return lambda look, _: (size(look), 1e-8 * size(look), 1e3 * size(look), width)


VARIANCE = _times(lambda look: torch.full((1,), look.scale, dtype=torch.float64, device="cpu"))
TABLE = {  # (class of kernel, name of parameter) -> (look, raw parameter) -> typical value, lowest, highest, spread of starts
    (kernels.PeriodicKernel, "raw_lengthscale"): _pure(1.0, 0.03, 30.0, 0.7),  # compared with a sine: no unit of x
    (kernels.PeriodicKernel, "raw_period_length"): _period,
    (kernels.CosineKernel, "raw_period_length"): _period,
    (kernels.RQKernel, "raw_alpha"): _pure(1.0, 1e-2, 1e3, 1.0),
    (kernels.LinearKernel, "raw_variance"): _times(lambda look: look.scale / look.square()),
    (kernels.PolynomialKernel, "raw_offset"): _times(lambda look: look.square()),
    (kernels.ConstantKernel, "raw_constant"): VARIANCE,
    (kernels.ScaleKernel, "raw_outputscale"): VARIANCE,
    (kernels.Kernel, "raw_lengthscale"): _length,  # of all others: a length of x
}


def _row(module, name):
    return next((make for (kind, p), make in TABLE.items() if p == name and isinstance(module, kind)), None)


def starts_and_bounds(kernel, x, y, scale, rng, restarts):
    """Starting vectors of the kernel's raw parameters, their bounds, and the names of those that are not in the table.

    Those start from where they stand, and search without bounds.
    """
    plan, given = {}, []
    for module in kernel.modules():
        for name, raw in getattr(module, "named_parameters", dict)(recurse=False):
            make = _row(module, name) if isinstance(module, kernels.Kernel) else None
            if make is not None:
                *ends, width = make(_Look(module, x, y, scale), raw)
                plan[raw] = (*ends, module.constraint_for_parameter_name(name), width)
            elif raw.requires_grad:
                given.append(f"{type(module).__name__}.{name}")
    start, bounds, wide = [], [], []
    for p in filter(lambda p: p.requires_grad, kernel.parameters()):
        if p in plan:
            typical, low, high, constraint, width = plan[p]
            typical, low, high = (v.double().expand(max(p.numel(), 1)) for v in (typical, low, high))
            if constraint is not None:
                low, high = (constraint.inverse_transform(v.reshape(p.shape)).flatten() for v in (low, high))
            start.append(typical)
            bounds += [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
        else:
            constraint, width = None, 0.5
            start.append(p.detach().flatten())
            bounds += [(None, None)] * p.numel()
        wide.append((constraint, width, p.shape))
    vectors = []
    for i in range(restarts):
        parts = []
        for value, (constraint, width, shape) in zip(start, wide, strict=True):
            shift = torch.as_tensor(rng.normal(0, width, value.shape), device="cpu") if i else torch.zeros_like(value)
            if constraint is None:
                parts.append(value + shift)
            else:
                parts.append(constraint.inverse_transform((value * torch.exp(shift)).reshape(shape)).flatten())
        vectors.append(torch.cat(parts).numpy())
    return vectors, bounds, given
