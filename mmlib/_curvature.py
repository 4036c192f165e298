"""L-BFGS for a network's loss, and what a quadratic model still sees to gain where it ended."""

from __future__ import annotations

import numpy as np
import torch

from mmlib.optim import judge

__all__ = ["lbfgs", "left_to_gain"]


def lbfgs(value, weights, steps, *, zero=None, remedies=None, **options):
    """(loss, verdict): `value()` minimised over `weights`, in place. `options` go to torch, `zero` and `remedies` to `judge`."""
    optimiser = torch.optim.LBFGS(weights, max_iter=steps, line_search_fn="strong_wolfe", **options)

    def closure():
        optimiser.zero_grad()
        loss = value()
        loss.backward()
        return loss

    optimiser.step(closure)
    state = optimiser.state[weights[0]]
    spent = state["n_iter"] >= steps or state["func_evals"] >= steps * 5 // 4  # torch's limit
    loss, gradient, fall = left_to_gain(value, weights)
    reason = f"L-BFGS, {state['n_iter']} of at most {steps} iterations"
    return loss, judge(
        loss=loss, gradient=gradient, fall=fall, steps_left=int(not spent), zero=zero, reason=reason, remedies=remedies
    )


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
