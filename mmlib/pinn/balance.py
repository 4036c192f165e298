"""Weights of the conditions from the network itself: each pulls the weights of the network as hard as every other."""

from __future__ import annotations

import numpy as np
import torch

from mmlib.pinn.jacobian import flat

__all__ = ["BALANCED", "balanced", "rebalancer"]

BALANCED = "balanced"
EVERY = 10  # iterations
PROBES = 16  # random signs, where rows are not separate


def balanced(problem, seed=0) -> np.ndarray:
    """One weight per condition from the trace of its neural tangent kernel, at the present weights of the network.

    The kernel of a condition is J J^T of its rows; its trace over the number of rows, T, says how fast the mean square of the condition falls under
    gradient steps. The weights are largest T / T, as Wang, Yu and Perdikaris have it (2022, doi:10.1016/j.jcp.2021.110768, equation 6.5) up to a common factor. They are
    computed once, at the start, and stay, so that the loss remains one function. A condition of which no weight takes notice keeps 1.

    Parameters
    ----------
    problem : Problem
        Its own weights do not matter, and stay.
    seed : int
        Of the signs by which the trace is estimated where rows are not separate (`problem.rowwise` is not True).

    Returns
    -------
    (conditions,) array, 1 or more each
    """
    problem.count_rows()
    n = problem.size - sum(v.numel() for v in problem.variables.values())
    trace = np.zeros(len(problem.names))
    if problem.only_linear and problem.rowwise:
        for index, _, jacobian in problem.rows():
            trace[index] += float(jacobian[:, :n].square().sum())
    else:
        trace = _estimated(problem, n, seed)
    trace = trace / problem.counts
    good = np.isfinite(trace) & (trace > 0)
    weights = np.ones(len(trace))
    weights[good] = trace[good].max(initial=0.0) / trace[good]
    return weights


def rebalancer(problem, seed):
    """A function of the iteration that balances the weights of `problem` anew every ten of them, and says whether it did."""

    def change(iteration):
        if iteration % EVERY:
            return False
        problem.weights = balanced(problem, seed)
        return True

    return change


def _estimated(problem, n, seed):
    """Trace of J J^T of each condition: the mean square of J^T v over random signs v (Hutchinson 1990, doi:10.1080/03610919008812866)."""
    generator = torch.Generator("cpu").manual_seed(0 if seed is None else seed)
    pulls = torch.zeros(len(problem.names), PROBES, n, dtype=torch.float64, device=problem.device)
    with problem.context():
        for piece in problem.pieces:
            for index, r in problem._evaluate(piece):
                for k in range(PROBES):
                    signs = torch.randint(0, 2, r.shape, generator=generator, device="cpu", dtype=torch.float64)
                    along = (2 * signs - 1).to(r.device)
                    grads = torch.autograd.grad((r * along).sum(), problem.leaves, allow_unused=True, retain_graph=True)
                    pulls[index, k] += flat(grads, problem.leaves)[:n]
    return pulls.square().sum(dim=2).mean(dim=1).cpu().numpy()
