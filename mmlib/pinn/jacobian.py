"""Per-point Jacobian of a network's residuals, from one backward pass per residual.

A physics-informed loss is a sum of squares, one row per point and condition, so Gauss-Newton applies if the Jacobian of
the rows with respect to the weights is cheap. Row i depends on the network at its own point only. Each use of a weight
matrix W, forward (y = W a) or in a derivative by x (g W), therefore adds one outer product of two vectors of that point
to row i. We record these pairs of vectors during one backward pass per residual and multiply them out: exact, through
DeepXDE's own derivatives, without a copy of the weights per point. `Problem.check` finds conditions that couple points,
for which this does not hold.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass, field

import torch

__all__ = ["Record", "flat", "without_bias"]


@dataclass
class _Tap:
    """Collects, for one linear layer, the pairs of vectors whose outer products sum to the per-point gradient."""

    collecting: bool = False
    left: list = field(default_factory=list)  # (n, outputs) each
    right: list = field(default_factory=list)  # (n, inputs) each
    bias: list = field(default_factory=list)  # (n, outputs) each

    def empty(self):
        self.left, self.right, self.bias = [], [], []


def _times(a, weight):
    """a W for one matrix (o, i), or block by block for a stack of them (copies, o, i) on rows that are stacked alike."""
    if weight.ndim == 2:
        return a @ weight
    return torch.bmm(a.view(len(weight), -1, weight.shape[1]), weight).view(-1, weight.shape[2])


class _Forward(torch.autograd.Function):
    """a -> a W^T. Its derivative is `_Adjoint` and the other way round, so any order of derivative is recorded."""

    @staticmethod
    def forward(ctx, a, weight, tap, has_bias):
        ctx.save_for_backward(a, weight)
        ctx.tap, ctx.has_bias = tap, has_bias
        return _times(a, weight.mT)

    @staticmethod
    def backward(ctx, g):
        a, weight = ctx.saved_tensors
        if ctx.tap.collecting:
            ctx.tap.left.append(g.detach())
            ctx.tap.right.append(a.detach())
            if ctx.has_bias:
                ctx.tap.bias.append(g.detach())
        return _Adjoint.apply(g, weight, ctx.tap), None, None, None


class _Adjoint(torch.autograd.Function):
    """g -> g W."""

    @staticmethod
    def forward(ctx, g, weight, tap):
        ctx.save_for_backward(g, weight)
        ctx.tap = tap
        return _times(g, weight)

    @staticmethod
    def backward(ctx, h):
        g, weight = ctx.saved_tensors
        if ctx.tap.collecting:
            ctx.tap.left.append(g.detach())
            ctx.tap.right.append(h.detach())
        return _Forward.apply(h, weight, ctx.tap, False), None, None


def _tapped_forward(layer, tap, x):
    y = _Forward.apply(x, layer.weight, tap, layer.bias is not None)
    return y if layer.bias is None else _plus(y, layer.bias.detach())


def without_bias(layer, a):
    """a W^T through a layer, which records it if it is tapped."""
    tapped = layer.__dict__.get("forward")  # see `Record.tapped`
    return _times(a, layer.weight.mT) if tapped is None else _Forward.apply(a, layer.weight, tapped.args[1], False)


def _plus(y, bias):
    """y + b, block by block for a stack of biases (copies, o)."""
    return y + bias if bias.ndim == 1 else (y.view(len(bias), -1, bias.shape[1]) + bias[:, None]).view_as(y)


class Record:
    """Records how the linear layers of a network are used, and multiplies the records out to Jacobian rows."""

    def __init__(self, layers):
        self.taps = {layer: _Tap() for layer in layers}

    @contextlib.contextmanager
    def tapped(self):
        """Inside, the layers compute the same numbers as ever, through operations that can record."""
        for layer, tap in self.taps.items():
            layer.forward = functools.partial(_tapped_forward, layer, tap)
        try:
            yield
        finally:
            for layer, tap in self.taps.items():
                del layer.forward
                tap.empty()

    def jacobian(self, r, size):
        """d r / d weights, (points, size), for residuals r (rows, 1); columns beyond the weights are zero.

        For conditions that compare two points there are more points than rows, and the caller adds them up.
        """
        for tap in self.taps.values():
            tap.empty()
            tap.collecting = True
        try:
            weights = [layer.weight for layer in self.taps]
            torch.autograd.grad(r.sum(), weights, retain_graph=True, allow_unused=True)
        finally:
            for tap in self.taps.values():
                tap.collecting = False
        n = next((len(tap.left[0]) for tap in self.taps.values() if tap.left), len(r))
        jacobian = torch.zeros(n, size, device=r.device, dtype=r.dtype)
        start = 0
        for layer, tap in self.taps.items():
            o, i = layer.weight.shape[-2:]
            if any(len(g) != n for g in tap.left):
                raise ValueError(
                    "expected the network at the points of each condition; got another number of them: it is evaluated at another number of points inside of a condition. Use method='ssbroyden'."
                )
            if tap.left:
                left, right = torch.stack(tap.left, dim=2), torch.stack(tap.right, dim=1)
                jacobian[:, start : start + o * i] = torch.bmm(left, right).flatten(1)
            start += o * i
            if layer.bias is not None:
                for g in tap.bias:
                    jacobian[:, start : start + o] += g
                start += o
        return jacobian


def flat(grads, leaves):
    """Gradients by each of the unknowns as one vector; zero where there is none."""
    return torch.cat(
        [
            torch.zeros_like(p).reshape(-1) if g is None else g.detach().reshape(-1)
            for g, p in zip(grads, leaves, strict=True)
        ]
    )
