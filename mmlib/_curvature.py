"""What a quadratic model still sees to gain where a network's loss is no sum of squares that fits into a matrix."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["left_to_gain"]


def left_to_gain(value, weights, steps=20):
    """(loss, gradient, share of the loss that a quadratic model sees to gain), the last by conjugate gradients: a lower bound."""
    loss = value()
    g = _joined(torch.autograd.grad(loss, weights, create_graph=True), weights)
    v, r = torch.zeros_like(g), g.detach().clone()
    p, rho = r.clone(), float(r @ r)
    for _ in range(steps):
        if not rho > 0:
            break
        curved = _joined(torch.autograd.grad(g @ p, weights, retain_graph=True, allow_unused=True), weights)
        bend = float(p @ curved)
        if not np.isfinite(bend) or bend <= 0:
            break
        v, r = v + rho / bend * p, r - rho / bend * curved
        new = float(r @ r)
        p, rho = r + new / rho * p, new
    size = float(loss.detach())
    gain = 0.5 * float(g.detach() @ v) / size if size > 0 else 0.0
    return size, g.detach().cpu().numpy(), gain


def _joined(parts, weights):
    return torch.cat(
        [(torch.zeros_like(w) if a is None else a).reshape(-1) for a, w in zip(parts, weights, strict=True)]
    )
