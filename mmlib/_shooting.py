"""What `neural_ode.fit_ode` asks before and after multiple shooting: a finite start, and the verdict."""

from __future__ import annotations

import numpy as np
import torch

from mmlib.optim import Verdict, judge, quadratic

__all__ = ["check_start", "verdict_on"]

JOINED = 1.0  # [sd] larger jumps are no single solution
REMEDIES = {
    "stalled": "Start from another guess, take a shorter step=, or let weights= end higher, so that the pieces join.",
    "not finite": "Take a shorter step= or another guess; a stiff equation needs states and rates of order one.",
    "not determined": "Bring readings that depend on it, give its value, or pull it to zero by decay=.",
    "out of steps": "Allow more iterations= a round, or start from these params.",
}


def check_start(rows, jacobian, z, theta, weights, times, first, d):
    """Refuse a first guess from which no step can be judged, by the piece of trajectory that is not finite."""
    with torch.no_grad():
        r = rows(z, theta, weights[0])
        start = len(z) * d
        bad = ~torch.isfinite(r[start : start + len(first) * d]).view(-1, d).all(dim=1)
        what = "trajectory"
        if not bad.any() and torch.isfinite(r @ r):
            J = jacobian(z, theta, weights[0])
            bad = ~torch.isfinite(J[start : start + len(first) * d]).view(len(first), -1).all(dim=1)
            what = "slope of the trajectory"
        elif not bad.any():
            bad = r[start : start + len(first) * d].view(-1, d).abs().amax(dim=1) > 1e150
    if not torch.isfinite(theta).all():
        k = int((~torch.isfinite(theta)).nonzero()[0])
        raise ValueError(f"expected a finite first guess; params[{k}] is {theta[k].item()}.")
    if bad.any():
        row, ends = int(first[int(bad.nonzero()[0])]), np.cumsum([len(s) for s in times])
        series = int(np.searchsorted(ends, row, side="right"))
        at = times[series][row - (ends[series] - len(times[series]))]
        raise ValueError(
            f"at the first guess the {what} is not finite in {int(bad.sum())} of {len(first)} pieces, first after t = {at:g} of "
            f"series {series}. Start from other params, take a shorter step=, or scale states and times to order one; look for "
            "a logarithm, root or division of zero in rhs."
        )
    if not torch.isfinite(r).all():
        raise ValueError("expected a finite decay >= 0: the pull on params is not finite.")


def _solved(gram, right):
    """gram^-1 right; of a state that nothing fixes (never read, and in no rate) the shortest solution."""
    size = np.sqrt(np.diagonal(gram)).clip(1e-150)
    scaled, right = gram / size / size[:, None], right / size[:, None]
    try:
        if (np.diagonal(np.linalg.cholesky(scaled)) > 1e-6).all():
            return np.linalg.solve(scaled, right) / size[:, None]
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(scaled)
    seen = values > 1e-12 * values[-1]
    return vectors[:, seen] @ (vectors[:, seen].T @ right / values[seen, None]) / size[:, None]


def verdict_on(gram, slope, loss, size, states, jump, settled, count):
    """Least squares in states and params together. Readings determine the states, so these are eliminated first."""
    fall, move, undetermined = np.inf, np.inf, []
    if np.isfinite(gram).all() and np.isfinite(slope).all():
        mixed = gram[:states, states:]
        own = _solved(gram[:states, :states], np.column_stack([mixed, slope[:states]]))
        seen = quadratic(
            gram[states:, states:] - mixed.T @ own[:, :-1], slope[states:] - mixed.T @ own[:, -1], loss, scale=size
        )
        fall = seen.fall + (float(slope[:states] @ own[:, -1]) / loss if loss > 0 else 0.0)
        move, undetermined = seen.move, [f"params[{k}]" for k in sorted({*seen.flat, *seen.tied})]
    verdict = judge(
        loss=loss,
        gradient=slope,
        fall=fall,
        move=move,
        steps_left=int(settled),
        undetermined=undetermined,
        reason=f"{count} iterations were used",
        remedies=REMEDIES,
    )
    if verdict and not jump < JOINED:
        reason = (
            f"{verdict.reason}, but neighbouring pieces are up to {jump:.2g} sd apart: no one solution runs through"
        )
        return Verdict("stalled", reason, REMEDIES["stalled"])
    return verdict
