"""`fit_many`: the same forward problem with several seeds, trained together for fewer CPU seconds.

The copies of the network are stacked: one layer holds the matrices of all copies, one evaluation serves them all, and
DeepXDE's functions see the points of all copies as one long list. Each copy keeps its own damping, its own accepted and
rejected steps and its own collocation points, and takes the very steps that `fit` takes with that seed.
"""

from __future__ import annotations

import copy
import sys
import time

import numpy as np
import torch

from mmlib.optim.damped import LARGEST, NIELSEN, cholesky, rests
from mmlib.pinn import gauss_newton as lm
from mmlib.pinn.jacobian import Record
from mmlib.pinn.pieces import MEASURED, PAIRED, Piece, part_of
from mmlib.pinn.problem import CHUNK_BYTES, SMALLEST_CHUNK, Problem
from mmlib.pinn.result import predict

__all__ = ["Histories", "Stack", "redrawn", "train_together"]


class _StackedLinear(torch.nn.Linear):
    """A layer whose weight is (copies, outputs, inputs); its rows come in as many blocks."""

    def __init__(self, layer):
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight = torch.nn.Parameter(layer.weight.detach()[None].clone())
        self.bias = None if layer.bias is None else torch.nn.Parameter(layer.bias.detach()[None].clone())

    def forward(self, x):
        x = x.view(len(self.weight), -1, self.in_features)
        if self.bias is None:
            return torch.bmm(x, self.weight.mT).view(-1, self.out_features)
        return torch.baddbmm(self.bias[:, None], x, self.weight.mT).view(-1, self.out_features)


class Stack:
    """Rows, losses and normal equations of k copies at once. Arrays have the copies first; nothing is kept in between.

    `problem` is the `Problem` of one copy; all methods take theta (k, unknowns) and points (k, n, dim).
    """

    def __init__(self, problem: Problem):
        if problem.variables:
            raise ValueError(
                "expected a problem without variables; got one with: fit_many is for forward problems. Call fit(..., variables=...) once for each seed."
            )
        paired = [type(bc).__name__ for bc in problem.data.bcs if isinstance(bc, PAIRED)]
        if paired:
            raise ValueError(
                f"expected conditions at single points; got others: fit_many cannot stack conditions that compare two points ({paired[0]}). Build periodicity into a "
                "feature transform, or call fit once for each seed."
            )
        self.problem, self.net = problem, copy.deepcopy(problem.net)
        self.layers = []
        trained = {id(layer) for layer in problem.layers}
        for (name, old), module in zip(problem.net.named_modules(), list(self.net.modules()), strict=True):
            if isinstance(old, torch.nn.Linear) and id(old) in trained:  # frozen layers are the same for all copies
                stacked = _StackedLinear(module)
                parent, _, last = name.rpartition(".")
                setattr(self.net.get_submodule(parent), last, stacked)
                self.layers.append(stacked)
        self.record = Record(self.layers)
        self.scales = torch.as_tensor(problem._scales(), device=problem.device)
        self._conditions = {}  # number of copies -> pieces

    def _load(self, theta):
        start = 0
        for layer in self.layers:
            for name in ("weight", "bias"):
                old = getattr(layer, name)
                if old is not None:
                    size = old[0].numel()
                    part = theta[:, start : start + size].reshape(-1, *old.shape[1:]).clone()
                    setattr(layer, name, torch.nn.Parameter(part))
                    start += size

    def _leaves(self):
        return [p for layer in self.layers for p in (layer.weight, layer.bias) if p is not None]

    def _pieces(self, points):
        copies, problem = len(points), self.problem
        size = max(SMALLEST_CHUNK, CHUNK_BYTES // (8 * problem.size)) // copies or 1
        for begin in range(0, points.shape[1] if problem.data.pde is not None else 0, size):
            x = points[:, begin : begin + size].reshape(-1, points.shape[2])
            yield Piece(list(range(problem.n_residuals)), np.ascontiguousarray(x), problem._residuals)
        if copies not in self._conditions:
            self._conditions[copies] = list(self._condition_pieces(copies, size))
        yield from self._conditions[copies]

    def _condition_pieces(self, copies, size):
        data = self.problem.data
        starts = np.cumsum([0, *data.num_bcs])
        for i, bc in enumerate(data.bcs):
            x = bc.points if isinstance(bc, MEASURED) else data.train_x_bc[starts[i] : starts[i + 1]]
            x = np.array(x, dtype=np.float64)
            for begin in range(0, len(x), size):
                rows = np.tile(np.arange(begin, min(begin + size, len(x))), copies)
                points, error = part_of(bc, x, rows, self.problem.device)
                yield Piece([self.problem.n_residuals + i], points, error)

    def _evaluate(self, piece):
        net, self.problem.net = self.problem.net, self.net
        try:
            return self.problem._evaluate(piece)
        finally:
            self.problem.net = net

    def losses(self, theta, points):
        """Mean square of each condition (k, conditions), before weights, and the weighted losses (k,)."""
        k = len(theta)
        sums = torch.zeros(k, len(self.scales), dtype=torch.float64, device=theta.device)
        self._load(theta)
        with self.problem.context():
            for piece in self._pieces(points):
                for index, r in self._evaluate(piece):
                    sums[:, index] += r.detach().reshape(k, -1).square().sum(dim=1)
        sums /= torch.as_tensor(self.problem.counts, device=theta.device)
        return sums, sums @ torch.as_tensor(self.problem.weights, device=theta.device)

    def residuals(self, theta, points):
        """Weighted rows (k, rows)."""
        self._load(theta)
        with self.problem.context():
            return torch.cat(
                [
                    self.scales[index] * r.detach().reshape(len(theta), -1)
                    for piece in self._pieces(points)
                    for index, r in self._evaluate(piece)
                ],
                dim=1,
            )

    def pull(self, theta, points, vectors):
        """J^T v for a vector (k, rows) each: (k, unknowns)."""
        k, start, total = len(theta), 0, torch.zeros_like(theta)
        self._load(theta)
        leaves = self._leaves()
        with self.problem.context():
            for piece in self._pieces(points):
                part = 0
                for index, r in self._evaluate(piece):
                    own = r.reshape(k, -1)
                    along = vectors[:, start : start + own.shape[1]]
                    part = part + self.scales[index] * (own * along).sum()
                    start += own.shape[1]
                grads = torch.autograd.grad(part, leaves, allow_unused=True)
                filled = [torch.zeros_like(p) if g is None else g for g, p in zip(grads, leaves, strict=True)]
                total += torch.cat([g.reshape(k, -1) for g in filled], dim=1)
        return total

    def normal(self, theta, points):
        """(losses, weighted losses, gram (k, unknowns, unknowns), gradient (k, unknowns))."""
        k, p = theta.shape
        gram, gradient = torch.zeros(k, p, p, dtype=theta.dtype, device=theta.device), torch.zeros_like(theta)
        sums = torch.zeros(k, len(self.scales), dtype=torch.float64, device=theta.device)
        self._load(theta)
        with self.problem.context():
            for piece in self._pieces(points):
                with self.record.tapped():
                    for index, r in self._evaluate(piece):
                        for column in range(r.shape[1]):
                            own = r[:, column : column + 1]
                            jacobian = (self.scales[index] * self.record.jacobian(own, p)).view(k, -1, p)
                            own = own.detach().view(k, -1)
                            gradient += torch.einsum("kmp,km->kp", jacobian, self.scales[index] * own)
                            sums[:, index] += own.square().sum(dim=1)
                            for one, rows in zip(gram, jacobian, strict=True):
                                if rows.is_cuda:
                                    one.addmm_(rows.T, rows)
                                else:
                                    array = rows.numpy()
                                    one += torch.as_tensor(array.T @ array, device="cpu")
        sums /= torch.as_tensor(self.problem.counts, device=theta.device)
        return sums, sums @ torch.as_tensor(self.problem.weights, device=theta.device), gram, gradient


class Histories:
    """What is recorded of each copy after each of its iterations, with its share of the CPU seconds."""

    def __init__(self, problem, count, error, iterations, progress):
        self.problem, self.error, self.iterations, self.progress = problem, error, iterations, progress
        keys = ["iteration", "loss", "cpu_seconds", "damping", *problem.names] + ["error"] * (error is not None)
        self.histories = [{k: [] for k in keys} for _ in range(count)]
        self.shares, self.clock = np.zeros(count), time.process_time()

    def __call__(self, iteration, copies, losses, loss, damping, theta):
        problem = self.problem
        self.shares[copies.numpy()] += (time.process_time() - self.clock) / len(copies)
        for k, c in enumerate(copies.tolist()):
            row = {
                "iteration": iteration,
                "loss": float(loss[k]),
                "cpu_seconds": self.shares[c],
                "damping": float(damping[k]),
            }
            row |= dict(zip(problem.names, losses[k].tolist(), strict=True))
            if self.error is not None:
                problem.set(theta[c])
                row["error"] = float(self.error(lambda x: predict(problem.net, x)))
            for key, value in row.items():
                self.histories[c][key].append(value)
        if self.progress:
            text = f"\r{iteration}/{self.iterations} losses {float(loss.min()):.1e} to {float(loss.max()):.1e} "
            print(text, end="", file=sys.stderr, flush=True)
        self.clock = time.process_time()


def redrawn(problem, resample, seeds):
    """A function that draws new points for the copies it is asked for, each from a generator of its own."""
    generators = [np.random.default_rng(s) for s in seeds]

    def refresh(iteration, theta, copies):
        if resample is None or iteration % resample.every:
            return None
        fresh = []
        for c in copies.tolist():
            problem.set(theta[c])
            fresh.append(resample.draw(problem, generators[c]))
        return np.stack(fresh)

    return refresh


def train_together(stack, theta, points, *, iterations, record, refresh=None, damping=1e-3):
    """Levenberg-Marquardt for all copies, as `gauss_newton` does it for one. Returns theta and a list of (converged, why).

    record(iteration, copies, losses, loss, damping, theta) is called for the copies that took a step; refresh(iteration,
    theta, copies) returns new points for these copies, or None.
    """
    count = len(theta)
    outcome = [(False, f"all {iterations} iterations were used")] * count
    alive = torch.arange(count, device="cpu")  # numbers of copies stay there, for NumPy and lists
    _, loss, gram, gradient = stack.normal(theta, points)
    scale = gram.diagonal(dim1=1, dim2=2).amax(dim=1).clamp_min(1e-300)
    damping = torch.full((count,), damping, dtype=theta.dtype, device=theta.device)
    growth, trails = torch.full_like(damping, 2.0), [[float(v)] for v in loss]
    for iteration in range(1, iterations + 1):
        fresh = None if refresh is None else refresh(iteration, theta, alive)
        if fresh is not None:
            points[alive.numpy()] = fresh
            _, loss[alive], gram[alive], gradient[alive] = stack.normal(theta[alive], points[alive.numpy()])
            for c in alive.tolist():
                trails[c] = []
        pending, rows = alive, stack.residuals(theta[alive], points[alive.numpy()])
        taken = []
        while len(pending):
            own = points[pending.numpy()]
            size = (damping * scale)[pending]
            step, predicted = _steps(stack, theta[pending], own, gram[pending], gradient[pending], size, rows)
            _, new = stack.losses(theta[pending] + step, own)
            gain = (loss[pending] - new) / predicted
            good = ((gain > 0) & (predicted > 0)).cpu()
            won, lost = pending[good], pending[~good]
            theta[won] += step[good]
            shrink = (1 - (2 * gain[good] - 1) ** 3).clamp_min(NIELSEN[0])  # `nielsen`, which differs in the last bit
            damping[won], growth[won] = (damping[won] * shrink).clamp_min(NIELSEN[1]), 2.0
            damping[lost] *= growth[lost]
            growth[lost] *= 2
            taken.append(won)
            stuck = (damping[lost] > LARGEST).cpu()
            for c in lost[stuck].tolist():
                outcome[c] = True, f"no step lowers the loss (largest gradient {float(gradient[c].abs().max()):.1e})"
            rows, pending = rows[~good][~stuck], lost[~stuck]
        alive = torch.sort(torch.cat(taken)).values
        if not len(alive):
            break
        losses, loss[alive], gram[alive], gradient[alive] = stack.normal(theta[alive], points[alive.numpy()])
        record(iteration, alive, losses, loss[alive], damping[alive], theta)
        going = []
        for c in alive.tolist():
            trail = trails[c]
            trail.append(float(loss[c]))
            if trail[-1] == 0 or rests(trail, lm.PATIENCE, lm.STALL):
                outcome[c] = True, f"the loss fell by less than {lm.STALL:.1%} in {lm.PATIENCE} iterations"
            else:
                going.append(c)
        alive = torch.tensor(going, dtype=torch.long, device="cpu")
        if not going:
            break
    return theta, outcome


def _steps(stack, theta, points, gram, gradient, damping, rows, h=0.1, largest=0.75):
    """Steps (k, unknowns) and predicted falls of the loss (k,); a fall of zero where there is no finite step."""
    factor, failed = cholesky(gram, damping[:, None])
    bad = failed > 0
    factor[bad] = torch.eye(theta.shape[1], dtype=theta.dtype, device=theta.device)
    velocity = -torch.cholesky_solve(gradient[..., None], factor)[..., 0]
    predicted = ((damping[:, None] * velocity - gradient) * velocity).sum(dim=1)
    bad |= ~torch.isfinite(velocity).all(dim=1) | ~(predicted > 0)
    velocity[bad], predicted[bad] = 0.0, 0.0
    ahead, behind = (stack.residuals(theta + s * h * velocity, points) for s in (1, -1))
    curvature = (ahead - 2 * rows + behind) / h**2
    finite = torch.isfinite(curvature).all(dim=1)
    curvature[~finite] = 0.0
    correction = -torch.cholesky_solve(stack.pull(theta, points, curvature)[..., None], factor)[..., 0] / 2
    small = correction.norm(dim=1) <= largest / 2 * velocity.norm(dim=1)
    return torch.where((small & finite)[:, None], velocity + correction, velocity), predicted
