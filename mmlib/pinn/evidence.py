"""What the verdict on a physics-informed fit rests on: curvature, residuals at fresh points, kinks, constants.

Everything here is looked at after training, at the weights it ended with, and leaves problem and random streams as they were.
"""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import numpy as np
import torch

from mmlib.optim import Verdict, judge
from mmlib.pinn.advice import advice
from mmlib.pinn.backend import dde
from mmlib.pinn.sampling import uniform_points

__all__ = ["Seen", "fall_of", "jumps", "verdict_on"]

DAMPING = 1e-6  # of the diagonal of J^T J, in the fall that is predicted: directions below are a network's own freedom
EXACT = 2000  # unknowns: above, the fall is predicted by conjugate gradients
POINTS = 1000  # fresh ones
PROBES, LARGEST, RESOLVED = (
    10_000,
    5,
    0.1,
)  # looks between points; the largest are left out; share of a change that must be seen
KNOWN = 1e-6  # a constant is determined if this share of its information remains when the weights are free
SMOOTH = (
    "Scale the inputs to a span of about one. ReLU and its kin have no second derivative: take 'tanh', 'sin' or 'swish' for an "
    "equation of second order. More points, or Resample, where the front is steep."
)
REMEDIES = {
    "stalled": "Try other seeds, a larger network, more points, other weights of the conditions, inputs and outputs of order "
    "one, or method='gauss-newton' if it was another.",
    "not finite": "Start elsewhere (seed), or keep the outputs where the equation is defined, by an output transform.",
    "not determined": "Add readings or conditions that depend on it (of an output, its value at one point); of a constant, give its value and leave it out of variables=.",
    "out of steps": "Allow more iterations=, or go on from here: pinn.fit(data, fit.model.net, seed=None).",
}


class Seen(NamedTuple):
    """Beside the verdict: how many rows and unknowns, and residuals relative to those of the zero function."""

    rows: int
    unknowns: int
    trained: float  # at the points of training; NaN where the zero function has no finite residual
    fresh: float  # at points drawn anew


def verdict_on(problem, settled, message, start) -> tuple[Verdict, Seen]:
    """The verdict on `problem` as it stands after training.

    Parameters
    ----------
    problem : Problem
    settled : bool
        Did the optimiser end by itself?
    message : str
        Why it ended.
    start : float
        Loss before training, in place of the zero function's where that is zero or not finite.

    Returns
    -------
    (Verdict, Seen)
    """
    losses, loss = problem.losses()
    rows = int(sum(problem.counts))
    if not np.isfinite(loss):
        return judge(loss=loss, gradient=[0.0], fall=np.inf, reason=message, remedies=REMEDIES), Seen(
            rows, problem.size, np.nan, np.nan
        )
    gradient, fall, unknown = _slopes(problem, loss)
    resting = [] if problem.box is None else problem.box.resting(problem.get(), problem.pull()[0])
    if resting:
        message = f"{message}; {', '.join(resting)} at a bound"
    zero, trained, fresh = _residuals(problem, loss, start)
    if _zero_solves_too(problem):
        unknown = [*unknown, "the solution: the zero network, another function, meets all conditions exactly"]
    verdict = judge(
        loss=loss,
        gradient=gradient,
        fall=fall,
        steps_left=int(settled),
        zero=zero,
        fresh=fresh,
        trained=trained,
        dead=float((gradient == 0).mean()),
        undetermined=unknown,
        reason=message,
        remedies=REMEDIES,
    )
    if problem.free and verdict.status in (
        "converged",
        "out of steps",
    ):  # true of the conditions, however far it is trained
        free = ", ".join(map(str, problem.free))
        reason = f"output {free} up to a constant; otherwise {verdict.status}, {verdict.reason}"
        return Verdict("not determined", reason, REMEDIES["not determined"]), Seen(rows, problem.size, trained, fresh)
    kinks = _kinks(problem) if verdict.status in ("converged", "stalled", "out of steps") else ""
    if kinks:
        verdict = Verdict("stalled", f"{message}; {kinks}", SMOOTH)
    suggested = "" if kinks else advice(problem, verdict.status, fresh)
    if suggested:
        verdict = Verdict(verdict.status, verdict.reason, f"{suggested} {verdict.remedy}")
    return verdict, Seen(rows, problem.size, trained, fresh)


# -- curvature


def _slopes(problem, loss):
    """(J^T r, share of the loss that the linear model sees to gain, names of constants that nothing determines)."""
    gradient, _ = problem.pull()
    if not torch.isfinite(gradient).all() or loss == 0:
        return gradient.cpu().numpy(), 0.0, []
    gram, free = _gram(problem), None
    if problem.box is not None:  # a variable that rests at its bound has nothing more to gain
        free = (~problem.box.held(problem.get(), gradient)).to(gradient.dtype)
        gradient = gradient * free
    if gram is None:
        return gradient.cpu().numpy(), _fall_by_conjugate_gradients(problem, gradient, loss, free), []
    if not torch.isfinite(gram).all():
        return np.array([np.nan]), np.inf, []
    if free is not None:
        gram = gram * torch.outer(free, free) + torch.diag(1 - free)
    return gradient.cpu().numpy(), fall_of(gram, gradient, loss), _unknown_constants(problem, gram)


def fall_of(gram, gradient, loss):
    """Share of the loss that a lightly damped Gauss-Newton step gains in the linear model; infinite if there is none."""
    if loss == 0:
        return 0.0
    diagonal, damped = gram.diagonal(), gram.clone()
    damped.diagonal().add_(DAMPING * diagonal.clamp_min(1e-300) + 1e-16 * diagonal.max())
    factor, failed = torch.linalg.cholesky_ex(damped)
    if failed or not torch.isfinite(factor).all():
        return float("inf")
    half = torch.linalg.solve_triangular(factor, gradient[:, None], upper=False)
    return float(half.square().sum()) / loss


def _gram(problem):
    """J^T J where rows belong to single points and the matrix is small; None elsewhere."""
    if not problem.only_linear or problem.size > EXACT:
        return None
    if problem.rowwise is None:
        try:
            problem.check_jacobian()
        except ValueError:
            return None
    return problem.normal().gram


def _fall_by_conjugate_gradients(problem, gradient, loss, free=None, steps=40):
    """A lower bound of the fall: J is known by its products only, forward by differences, backward by `pull`."""
    theta, v = problem.get(), torch.zeros_like(gradient)
    r = p = gradient.clone()
    rho, fall = float(r @ r), 0.0
    for _ in range(steps):
        if not rho > 0:
            break
        h = 1e-6 * (1 + float(theta.norm())) / float(p.norm())
        ends = []
        for sign in (1, -1):
            problem.set(theta + sign * h * p)
            ends.append(problem.residuals())
        problem.set(theta)
        forward = (ends[0] - ends[1]) / (2 * h)
        curved = float(forward @ forward)
        if not np.isfinite(curved) or curved <= 0:
            break
        alpha = rho / curved
        back = problem.pull(forward)[0]
        v, r = v + alpha * p, r - alpha * (back if free is None else back * free)
        fall, new = float(gradient @ v) / loss, float(r @ r)
        p, rho = r + new / rho * p, new
    return fall


def _unknown_constants(problem, gram):
    """Names of variables of which nothing is known once the weights are free to follow them."""
    sizes = {name: v.numel() for name, v in problem.variables.items()}
    count = sum(sizes.values())
    if not count:
        return []
    n = problem.size - count
    weights = gram[:n, :n].clone()
    weights.diagonal().add_(1e-10 * weights.diagonal().clamp_min(1e-300) + 1e-16 * weights.diagonal().max())
    factor, failed = torch.linalg.cholesky_ex(weights)
    if failed:
        return []
    own = gram[n:, n:]
    left = own.diagonal() - torch.linalg.solve_triangular(factor, gram[:n, n:], upper=False).square().sum(dim=0)
    unknown = (left <= KNOWN * own.diagonal()).tolist()
    names = [name if size == 1 else f"{name}[{j}]" for name, size in sizes.items() for j in range(size)]
    return [name for name, lost in zip(names, unknown, strict=True) if lost]


# -- residuals where it was not trained


@contextlib.contextmanager
def _kept(problem):
    theta, points = problem.get(), problem.points
    try:
        yield theta
    finally:
        problem.set(theta)
        if problem.points is not points:
            problem.set_points(points)


def _silenced(problem):
    """The unknowns with all weights of the network zero."""
    nothing = problem.get()
    nothing[: problem.size - sum(v.numel() for v in problem.variables.values())] = 0
    return nothing


def _known(problem):
    """All points of the equation (there may be none) and of the conditions."""
    return np.concatenate([problem.points, *(p.x for p in problem.condition_pieces)])


def _zero_solves_too(problem):
    """Two different functions without a residual: no condition fixes the solution."""
    with _kept(problem), problem.context(), torch.no_grad():
        x = torch.tensor(_known(problem)[-POINTS:], device=problem.device)
        mine = problem.net(x)
        problem.set(_silenced(problem))
        apart = float((mine - problem.net(x)).abs().max())
        return problem.losses()[1] == 0 and apart > 1e-6 * float(mine.abs().max()) > 0


def _residuals(problem, loss, start):
    """(loss of the zero function, residual relative to it at the trained points, and at fresh ones)."""
    with _kept(problem) as theta:
        problem.set(_silenced(problem))
        zero = problem.losses()[1]
        if not (np.isfinite(zero) and zero > 0):
            zero = start if np.isfinite(start) and start > 0 else None
        if zero is None:
            return None, np.nan, np.nan
        trained = float(np.sqrt(loss / zero))
        if problem.data.pde is None:
            return zero, trained, trained
        points = uniform_points(problem.data.geom, max(POINTS, len(problem.points)), np.random.default_rng(0))
        problem.set_points(points)
        here = problem.losses()[1]
        problem.set(theta)
        there = problem.losses()[1]
        size = max(here, zero) if np.isfinite(here) else zero
        return zero, trained, float(np.sqrt(there / size))


# -- a network that changes where nothing looks


def _kinks(problem):
    """A sentence if the network (or its slope, in equations of second order) changes in jumps that no point sees.

    Along any line u(b) - u(a) is the integral of the slope, so the mean of |u(b) - u(a)| over pairs of points is at most the
    mean of |slope . (b - a)| at random places between them. Saturated units and ReLU networks break this: they change at
    places that are never looked at. The few largest looks are left out, so that one lucky look does not hide it.
    """
    rng = np.random.default_rng(1)
    known = _known(problem)
    a, b = (known[rng.integers(len(known), size=PROBES)] for _ in range(2))
    between = torch.tensor(a + rng.random((PROBES, 1)) * (b - a), device=problem.device, requires_grad=True)
    along = torch.tensor(b - a, device=problem.device)
    with problem.context(), torch.enable_grad():
        ends = [torch.tensor(x, device=problem.device, requires_grad=True) for x in (a, b)]
        at = [problem.net(x) for x in (*ends, between)]
        second = _needs_curvature(problem, between[:2])
        for k in range(at[0].shape[1]):
            values = [y[:, k : k + 1] for y in at]
            slopes = [_slope(y, x) for y, x in zip(values, (*ends, between), strict=True)]
            if jumps(values[1] - values[0], (slopes[2] * along).sum(dim=1)):
                return f"output {k} of the network changes in jumps between the points"
            for j in range(along.shape[1] if second else 0):
                curvature = (_slope(slopes[2][:, j : j + 1], between) * along).sum(dim=1)
                if jumps(slopes[1][:, j] - slopes[0][:, j], curvature):
                    return f"the slope of output {k} by input {j} changes in jumps, its second derivative sees nothing of it"
    return ""


def _slope(y, x):
    if not y.requires_grad:
        return torch.zeros_like(x)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if g is None else g


def jumps(change, seen):
    """Are changes (n,) between pairs of points far larger than what slopes (n,) at random places between them explain?"""
    change, seen = change.detach().abs().flatten(), seen.detach().abs().flatten()
    finite = torch.isfinite(seen) & torch.isfinite(change)
    if int(finite.sum()) < len(finite) // 2:
        return False
    change, seen = change[finite], seen[finite].sort().values[:-LARGEST]
    return bool(change.mean() > 1e-12 and seen.mean() < RESOLVED * change.mean())


def _needs_curvature(problem, x):
    """Does the equation depend on second or higher derivatives? Bend the outputs at a point, and keep value and slope."""
    if problem.data.pde is None:
        return False
    x = x.detach().clone().requires_grad_()
    d = x - x.detach()
    plain = [r.detach() for r in problem._residuals(x, problem.net(x).clone())]  # `derivative` takes one way for both
    dde.grad.clear()
    bent = [r.detach() for r in problem._residuals(x, problem.net(x) + (d**2 + d**3 + d**4).sum(dim=1, keepdim=True))]
    dde.grad.clear()
    return any(not torch.allclose(p, q, rtol=1e-12, atol=1e-14) for p, q in zip(plain, bent, strict=True))
