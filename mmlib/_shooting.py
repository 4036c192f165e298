"""Multiple shooting for `neural_ode.fit_ode`: rows and Jacobian, the iteration, a start that is looked at, and the verdict."""

from __future__ import annotations

import math

import numpy as np
import torch

from mmlib.optim import Verdict, judge, quadratic
from mmlib.optim.damped import LARGEST, Pace, cholesky

__all__ = ["Pieces", "check_start", "levenberg_marquardt", "verdict_on"]

PACE = Pace(4.0, 1 / 4, 1e-12)  # of the damping
JOINED = 1.0  # [sd] larger jumps are no single solution
REMEDIES = {
    "stalled": "Start from another guess, take a shorter step=, or let weights= end higher, so that the pieces join.",
    "not finite": "Take a shorter step= or another guess; a stiff equation needs states and rates of order one.",
    "not determined": "Bring readings that depend on it, give its value, or pull it to zero by decay=.",
    "out of steps": "Allow more iterations= a round, or start from these params.",
}


class Pieces:
    """Pieces of trajectory between neighbouring readings, each from a state of its own: rows and their Jacobian.

    The unknowns are all states z (n, d), then params (p,). Rows are the misfits of the readings, the jumps between
    pieces times a weight, and the pull of params to zero, all on the device of the readings.
    """

    def __init__(self, rate, times, data, seen, scale, pull, step):
        self.data, self.seen, self.scale, self.pull = data, seen, scale, pull
        n, sizes = len(data), [len(s) for s in times]
        first = np.concatenate([np.arange(k - s, k - 1) for s, k in zip(sizes, np.cumsum(sizes), strict=True)])
        self.first = torch.as_tensor(first, device=data.device)
        self.gap = torch.as_tensor(np.concatenate([np.diff(s) for s in times]), device=data.device)
        substeps = math.ceil(float(self.gap.max()) / (step or float(self.gap.median()) / 2) - 1e-9)
        self.states, self.jumps = n * data.shape[1], slice(n * data.shape[1], (n + len(first)) * data.shape[1])

        def flow(z, q, length):
            """One piece of trajectory: Runge-Kutta's fourth-order scheme in `substeps` equal steps."""
            h = length / substeps
            for _ in range(substeps):
                a = rate(q, z)
                b = rate(q, z + h / 2 * a)
                c = rate(q, z + h / 2 * b)
                z = z + h / 6 * (a + 2 * b + 2 * c + rate(q, z + h * c))
            return z

        self.ends = torch.func.vmap(flow, in_dims=(0, None, 0))
        self.each = torch.func.vmap(flow)  # each piece with a copy of params, so that one walk back serves all pieces

    def _slopes(self, z, q):
        """Slopes of all ends by start (m, d, d) and by params (m, d, p): d walks back, one for each state."""
        d = z.shape[1]
        with torch.enable_grad():
            z, q = z.detach().requires_grad_(), q.detach().expand(len(z), -1).clone().requires_grad_()
            end = self.each(z, q, self.gap)
            each = [torch.autograd.grad(end[:, j].sum(), (z, q), retain_graph=j < d - 1) for j in range(d)]
        return torch.stack([a for a, _ in each], dim=1), torch.stack([b for _, b in each], dim=1)

    def rows(self, z, q, weight):
        """All rows as one vector."""
        jumps = weight * (self.ends(z[self.first], q, self.gap) - z[self.first + 1]) / self.scale
        misfits = self.seen * (z - self.data) / self.scale
        return torch.cat([misfits.reshape(-1), jumps.reshape(-1), self.pull * q])

    def jacobian(self, z, q, weight):
        """Rows by unknowns."""
        to_state, to_params = self._slopes(z[self.first], q)
        (n, d), m, p = z.shape, len(self.first), len(q)
        J = torch.zeros(n * d + m * d + p, n * d + p, dtype=torch.float64, device=z.device)
        J[: n * d, : n * d] = torch.diag((self.seen / self.scale).reshape(-1))
        block, row = J[n * d : n * d + m * d].view(m, d, -1), torch.arange(m, device=z.device)
        for j in range(d):
            block[row, :, self.first * d + j] = weight * to_state[:, :, j] / self.scale
            block[row, j, (self.first + 1) * d + j] -= weight / self.scale[j]
        block[:, :, n * d :] = weight * to_params / self.scale[:, None]
        J[n * d + m * d :, n * d :] = torch.diag(self.pull)
        return J


def levenberg_marquardt(pieces, z, theta, weights, iterations):
    """Rounds of damped least squares, one for each weight on the jumps: (states, params, verdict, largest jump, steps used)."""
    count, settled = 0, True
    with torch.no_grad():
        for weight in weights:
            damping, settled, stall = 1e-2, False, 0
            r = pieces.rows(z, theta, weight)
            loss = float(r @ r)
            J = None
            for _ in range(iterations):
                count += 1
                if J is None:
                    J = pieces.jacobian(z, theta, weight)
                    gram, slope = J.T @ J, J.T @ r
                factor, failed = cholesky(
                    gram, damping * gram.diagonal().clamp_min(1e-9 * float(gram.diagonal().max()))
                )
                move = -torch.cholesky_solve(slope[:, None], factor)[:, 0]
                z_new, q_new = z + move[: z.numel()].view_as(z), theta + move[z.numel() :]
                r_new = pieces.rows(z_new, q_new, weight)
                new = float(r_new @ r_new)
                better = not failed and math.isfinite(new) and new < loss
                damping = PACE.after(damping, better)
                if better:
                    stall = stall + 1 if loss - new < 1e-4 * loss + 1e-12 else 0
                    z, theta, r, loss, J = z_new, q_new, r_new, new, None
                if stall >= 3 or damping > LARGEST:
                    settled = True
                    break
        jump = float(pieces.rows(z, theta, 1.0)[pieces.jumps].abs().max())
        J = pieces.jacobian(z, theta, weight)
        gram, slope = (J.T @ J).cpu().numpy(), (J.T @ r).cpu().numpy()
    size = np.maximum(np.abs(theta.cpu().numpy()), 1e-3)
    return z, theta, verdict_on(gram, slope, loss, size, pieces.states, jump, settled, count), jump, count


def check_start(pieces, z, theta, weight, times):
    """Refuse a first guess from which no step can be judged, by the piece of trajectory that is not finite."""
    first = pieces.first.tolist()
    with torch.no_grad():
        r = pieces.rows(z, theta, weight)
        bad = ~torch.isfinite(r[pieces.jumps]).view(-1, z.shape[1]).all(dim=1)
        what = "trajectory"
        if not bad.any() and torch.isfinite(r @ r):
            J = pieces.jacobian(z, theta, weight)
            bad = ~torch.isfinite(J[pieces.jumps]).view(len(first), -1).all(dim=1)
            what = "slope of the trajectory"
        elif not bad.any():
            bad = r[pieces.jumps].view(-1, z.shape[1]).abs().amax(dim=1) > 1e150
    if not torch.isfinite(theta).all():
        k = int((~torch.isfinite(theta)).nonzero()[0])
        raise ValueError(f"expected a finite first guess; got params[{k}] = {theta[k].item()}. Start elsewhere.")
    if bad.any():
        row, ends = int(first[int(bad.nonzero()[0])]), np.cumsum([len(s) for s in times])
        series = int(np.searchsorted(ends, row, side="right"))
        at = times[series][row - (ends[series] - len(times[series]))]
        raise ValueError(
            f"expected finite trajectories and slopes; got others: at the first guess the {what} is not finite in {int(bad.sum())} of {len(first)} pieces, first after t = {at:g} of "
            f"series {series}. Start from other params, take a shorter step=, or scale states and times to order one; look for "
            "a logarithm, root or division of zero in rhs."
        )
    if not torch.isfinite(r).all():
        raise ValueError("expected a finite pull on params; got another. Take a smaller decay.")


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
