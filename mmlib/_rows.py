"""Rows that come sample by sample, for `nets.fit_rows`: their Jacobian in two parts, their checks and their verdict."""

from __future__ import annotations

import functools

import numpy as np
import torch

from mmlib._training_input import answer, at_once
from mmlib.optim import Verdict, judge
from mmlib.pinn.evidence import fall_of, jumps
from mmlib.pinn.problem import Normal

__all__ = ["Rows", "check_answers", "check_start", "verdict_on_rows"]


class Rows:
    """What `mmlib.pinn.gauss_newton` asks of a problem, for rows that come sample by sample."""

    variables: dict = {}

    def __init__(self, net, outputs, rows, data):
        self.net, (self.x, *self.rest) = net, data
        self.trained = {k: w for k, w in net.named_parameters() if w.requires_grad}  # frozen layers stay as they are
        self.shapes = {k: w.shape for k, w in self.trained.items()}
        self.size = sum(s.numel() for s in self.shapes.values())
        self.theta = torch.nn.utils.parameters_to_vector(self.trained.values()).detach().clone()

        def at(theta, x):
            parts = torch.split(theta, [s.numel() for s in self.shapes.values()])
            named = {k: p.view(s) for (k, s), p in zip(self.shapes.items(), parts, strict=True)}
            return outputs(lambda x: torch.func.functional_call(net, named, (x,)), x)

        many, self.at = (0,) * len(self.rest), at
        self.outputs = torch.func.vmap(at, (None, 0))
        self.by_weights = torch.func.vmap(torch.func.jacrev(at), (None, 0))
        self.rows = torch.func.vmap(rows, (0, *many))
        self.by_outputs = torch.func.vmap(torch.func.jacfwd(rows), (0, *many))

    def get(self):
        return self.theta.clone()

    def set(self, theta):
        self.theta = theta
        torch.nn.utils.vector_to_parameters(theta, self.trained.values())

    def residuals(self):
        with torch.no_grad():
            r = self.rows(self.outputs(self.theta, self.x), *self.rest)
            return r.flatten() / r.numel() ** 0.5

    def losses(self):
        loss = float(self.residuals().square().sum())
        return np.array([loss]), loss

    def normal(self):
        with torch.no_grad(), np.errstate(invalid="ignore", over="ignore"):  # `check_start` names what is not finite
            z = self.outputs(self.theta, self.x)
            r, self.outer = self.rows(z, *self.rest), self.by_outputs(z, *self.rest)
            self.inner, self.count = self.by_weights(self.theta, self.x), r.numel()
            middle = torch.linalg.cholesky_ex(
                self.outer.mT @ self.outer + 1e-14 * torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
            ).L  # k rows for each sample have the same J^T J as its r rows
            jacobian = (middle.mT @ self.inner).flatten(0, 1)
            loss = float(r.square().mean())
            return Normal(loss, np.array([loss]), gram_of(jacobian, self.count**0.5), self._pull(r) / self.count)

    def _pull(self, r):
        return torch.einsum("nr,nrk,nkp->p", r, self.outer, self.inner)

    def pull(self, vector):
        """J^T times a vector of rows, at the unknowns of the last `normal`."""
        return (self._pull(vector.reshape(len(self.x), -1)) / self.count**0.5,)


def gram_of(jacobian, size):
    """J^T J of J / size."""
    if jacobian.is_cuda:
        return (jacobian / size).T @ (jacobian / size)
    array = jacobian.numpy() / size
    return torch.as_tensor(array.T @ array, device="cpu")  # numpy uses the symmetric product, half the work


def check_answers(outputs, rows, net, problem):
    """Outputs and rows of one sample, and of two at once, as tensors (k,) and (r,)."""
    x, rest = problem.x[:2], [d[:2] for d in problem.rest]
    before = [d.clone() for d in (x, *rest)]
    with torch.no_grad():
        answer(outputs(net, x[0]), "outputs(f, x)", (None,), "One list of numbers a sample: f(x), or torch.stack([…]).")
        z = at_once(lambda: problem.outputs(problem.theta, x), lambda: outputs(net, x[0]), "outputs, with its network,")
        answer(
            rows(z[0].clone(), *(d[0] for d in rest)), "rows(z, *rest)", (None,), "One list of numbers a sample: z - y."
        )
        kept = z.clone()
        r = at_once(lambda: problem.rows(z, *rest), lambda: rows(z[0].clone(), *(d[0] for d in rest)), "rows")
    answer(r, "rows(z, *rest)", (len(x), None), "As many numbers from each sample.", dtype=z.dtype)
    if not all(torch.allclose(a, b, 0, 0, equal_nan=True) for a, b in zip([x, *rest, z], [*before, kept], strict=True)):
        raise ValueError(
            "expected outputs and rows to leave their arguments as they are; got others after the call. Write z - y, not z -= y."
        )


def check_start(problem):
    r = problem.residuals()
    if not torch.isfinite(r).all():
        sample = int((~torch.isfinite(r.view(len(problem.x), -1))).any(dim=1).nonzero()[0])
        raise ValueError(
            f"expected finite rows at the start; got others: those of sample {sample} are not. Scale the data to order one, or start from "
            "smaller weights."
        )
    gradient = problem.normal().gradient
    if not torch.isfinite(gradient).all():
        sizes = np.cumsum([s.numel() for s in problem.shapes.values()])
        first = int((~torch.isfinite(gradient)).nonzero()[0])
        name = list(problem.shapes)[int(np.searchsorted(sizes, first, side="right"))]
        raise ValueError(
            f"expected finite slopes at the start; got others: the rows are finite, their slopes by {name!r} are not. Look for a root, a power below one or a "
            "logarithm of zero in outputs or rows."
        )


def verdict_on_rows(problem, settled, message):
    """There are no fresh points here, only samples: the rows must be smaller than those of zero outputs."""
    here = problem.normal()
    with torch.no_grad():
        nothing = problem.rows(torch.zeros_like(problem.outputs(problem.theta, problem.x)), *problem.rest)
        zero = float(nothing.square().mean())
    zero = zero if np.isfinite(zero) and zero > 0 else None
    size = None if zero is None else (here.loss / zero) ** 0.5
    verdict = judge(
        loss=here.loss,
        gradient=here.gradient.cpu().numpy(),
        fall=fall_of(here.gram, here.gradient, here.loss),
        steps_left=int(settled),
        zero=zero,
        fresh=size,
        trained=size or 0.0,
        limit=0.95,
        dead=float((here.gradient == 0).double().mean()),
        reason=message,
    )
    if verdict and _kinks(problem):
        why = f"{message}; the outputs change in jumps between the samples"
        return Verdict("stalled", why, "Scale the inputs to a span of about one: units of the network are saturated.")
    return verdict


def _kinks(problem, probes=2000):
    """Do the outputs change where no sample looks? See `mmlib.pinn.evidence`."""
    rng = np.random.default_rng(1)
    a, b = (
        problem.x[torch.as_tensor(rng.integers(len(problem.x), size=probes), device=problem.x.device)] for _ in range(2)
    )
    share = torch.as_tensor(rng.random((probes,) + (1,) * (a.ndim - 1)), device=a.device)
    between = a + share * (b - a)

    def along(x, direction):
        one = functools.partial(problem.at, problem.theta)
        return torch.func.jvp(one, (x,), (direction,))[1]

    with torch.no_grad():
        change = problem.outputs(problem.theta, b) - problem.outputs(problem.theta, a)
        slope = torch.func.vmap(along)(between, b - a)
    return any(jumps(change[:, k], slope[:, k]) for k in range(change.shape[1]))
