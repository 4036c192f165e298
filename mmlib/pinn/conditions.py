"""What a problem must hold before it is trained: finite rows and slopes, known unknowns, separate points, a determined answer."""

from __future__ import annotations

import numpy as np
import torch

from mmlib.pinn.backend import dde
from mmlib.pinn.jacobian import flat

__all__ = ["check", "check_jacobian"]

LARGE, SMALL = 300, 1e-7  # given values: a new network does not reach larger ones, and misses smaller ones
ROUNDED = 1e-12  # given values this small beside the equation's own are zeros with round-off
VALUES = (dde.icbc.DirichletBC, dde.icbc.IC, dde.icbc.PointSetBC)


def check(problem, *, jacobian):
    """Raise an error that names the condition if the problem cannot be trained as it stands."""
    with problem.context():
        used = torch.zeros(problem.size, dtype=torch.bool, device=problem.device)
        for piece in problem.pieces:
            rows = problem._evaluate(piece)
            for index, r in rows:
                _check_finite(problem, piece, index, r)
            if not any(r.requires_grad for _, r in rows):
                raise ValueError(
                    f"expected conditions on the network; got condition '{problem.names[piece.indices[0]]}', whose rows depend on no weight. "
                    "Compute it from what it is given, without .detach(), .item() or NumPy."
                )
            grads = torch.autograd.grad(
                sum(r.sum() for _, r in rows), problem.leaves, allow_unused=True, retain_graph=True
            )
            if not all(torch.isfinite(g).all() for g in grads if g is not None):
                _name_endless_slope(problem, piece, rows)
            used |= flat([None if g is None else torch.ones_like(g) for g in grads], problem.leaves).bool()
            _check_unknowns(problem, rows)
    sizes = [p.numel() for p in problem.variables.values()]
    for name, part in zip(problem.variables, used[used.numel() - sum(sizes) :].split(sizes), strict=True):
        if not part.any():
            raise ValueError(
                f"expected variables that conditions use; got another: variable {name!r} appears in no condition. Use it in the equation or leave it out."
            )
    if jacobian:
        if not problem.only_linear:
            raise ValueError(
                "expected linear layers; got others: method 'gauss-newton' needs a network whose weights sit in torch.nn.Linear layers (such as "
                "dde.nn.FNN); this one has others. Use method='ssbroyden'."
            )
        problem.check_jacobian()
    check_conditions(problem)
    check_values(problem)


def _name_endless_slope(problem, piece, rows):
    """Slopes by place say where: by the unknowns, one endless slope spoils the sums of all points."""
    for index, r in rows:
        leaves = [*problem.leaves, problem._inputs]
        *grads, by_place = torch.autograd.grad(r.sum(), leaves, allow_unused=True, retain_graph=True)
        if all(torch.isfinite(g).all() for g in grads if g is not None):
            continue
        bad = [] if by_place is None else (~torch.isfinite(by_place).all(dim=1)).nonzero().flatten().tolist()
        first = f", first at {np.array2string(piece.x[bad[0]], precision=6)}" if bad else ""
        raise ValueError(
            f"expected finite slopes; got others: condition '{problem.names[index]}' has values but no finite slope by the unknowns{first}. Look for a root, a power "
            "below one or a logarithm of zero in its function; keep its argument away from zero, as in sqrt(y**2 + 1e-12)."
        )


def _check_finite(problem, piece, index, r):
    bad = ~torch.isfinite(r.detach()).all(dim=1)
    if bad.any():
        first = piece.x[int(bad.nonzero()[0])]
        raise ValueError(
            f"expected finite rows; got others: condition '{problem.names[index]}' is not finite at {int(bad.sum())} of {len(r)} points, first at "
            f"{np.array2string(first, precision=6)}. Look for NaN in its points and values, and for a division by "
            "zero or a root of a negative number in its function."
        )


def _check_unknowns(problem, rows):
    """Trainable tensors that the conditions use but that nobody declared would silently stay as they are."""
    known, seen = {id(p) for p in problem.leaves}, set()
    stack = [r.grad_fn for _, r in rows if r.grad_fn is not None]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None and leaf is not problem._inputs and id(leaf) not in known:
            raise ValueError(
                f"expected all unknowns in variables; got another: condition '{problem.names[rows[0][0]]}' uses a trainable tensor of shape {tuple(leaf.shape)} that is not "
                "listed. Pass it: fit(..., variables={'name': variable})."
            )
        stack += [n for n, _ in node.next_functions if n is not None]


def check_jacobian(problem):
    """J^T w against one plain backward pass per condition, for random w: they differ where points are coupled.

    An output that no condition uses (a zero column) is most likely a last layer that is too wide.
    """
    generator, used = torch.Generator().manual_seed(0), torch.zeros_like(problem.get())
    for piece in problem.pieces:
        plain, w = {}, {}
        with problem.context():
            for index, r in problem._evaluate(piece):
                w[index] = torch.randn(r.shape, generator=generator, dtype=torch.float64, device="cpu").to(r.device)
                grads = torch.autograd.grad((r * w[index]).sum(), problem.leaves, allow_unused=True, retain_graph=True)
                plain[index] = flat(grads, problem.leaves)
        mine, column = {i: torch.zeros_like(g) for i, g in plain.items()}, dict.fromkeys(plain, 0)
        for index, _, jacobian in problem.rows([piece]):
            mine[index] += jacobian.T @ w[index][:, column[index]]
            column[index] += 1
            used += jacobian.abs().sum(dim=0)
        for index, gradient in plain.items():
            if float((gradient - mine[index]).norm()) > 1e-7 * float(gradient.norm()) + 1e-12:
                raise ValueError(
                    f"expected rows of single points; got others: condition '{problem.names[index]}' couples points: its rows depend on the network at more than their "
                    "own point (a mean, an integral, a difference of neighbours?). Gauss-Newton needs separate rows: "
                    "use method='ssbroyden'."
                )
    problem.rowwise = True
    if any(float(v.detach().abs().min()) == 0 for v in problem.variables.values()):
        return  # a variable that is zero may hide an output
    last = problem.layers[-1]
    start = problem.size - sum(
        p.numel() for p in (*problem.variables.values(), last.weight, last.bias) if p is not None
    )
    used = used[start : start + last.weight.numel()].view_as(last.weight).sum(dim=1)
    if (used == 0).any():
        raise ValueError(
            f"expected conditions on every output; got none on some: output(s) {(used == 0).nonzero().flatten().tolist()} of the network's {len(used)} are used by no "
            "condition: is the last layer too wide, is a condition missing, or are all weights of the network zero? Give each output a condition."
        )


# -- what conditions leave open


def check_values(problem):
    """Refuse given values that are far from order one, where no output transform brings them there."""
    if getattr(problem.net, "_output_transform", None) is not None:
        return
    largest = 0.0
    with problem.context():
        for piece in problem.pieces:
            index = piece.indices[0] - problem.n_residuals
            if index >= 0 and isinstance(problem.data.bcs[index], VALUES):
                x = torch.tensor(piece.x, device=problem.device)
                found = piece.error(x, torch.zeros_like(problem.net(x)))
                largest = max([largest, *(float(r.abs().max()) for r in found if torch.is_tensor(r) and r.numel())])
    if 0 < largest < SMALL and largest < ROUNDED * _source(problem):
        return  # sin(pi) in place of zero: the equation, not its conditions, says how large the answer is
    if largest > 0 and not SMALL <= largest <= LARGE:
        raise ValueError(
            f"expected given values of order one, because the outputs of a new network are; got {largest:.3g} as the largest. Let the "
            f"network find y / {largest:.3g}: net.apply_output_transform(lambda x, y: {largest:.3g} * y), with the equation divided by it."
        )


def _source(problem):
    """Largest residual of the zero function in the equation."""
    if problem.data.pde is None:
        return 0.0
    with problem.context(), torch.enable_grad():
        x = torch.tensor(problem.points[:1000], device=problem.device, requires_grad=True)
        found = problem._residuals(x, 0 * problem.net(x))
        dde.grad.clear()
    sizes = [float(r.detach().abs().max()) for r in found if torch.is_tensor(r) and r.numel()]
    return max((v for v in sizes if np.isfinite(v)), default=0.0)


def _differential(problem):
    """Does every residual of the equation depend on a derivative? An algebraic one, or an integral, may fix the answer alone."""
    x = torch.tensor(problem.points[:2], device=problem.device, requires_grad=True)
    d = x - x.detach()
    with problem.context(), torch.enable_grad():
        plain = [r.detach() for r in problem._residuals(x, problem.net(x).clone())]
        dde.grad.clear()
        y = problem.net(x)
        bend = sum((d**k).sum(dim=1, keepdim=True) for k in (1, 2, 3, 4))  # zero here, its derivatives are not
        bent = [r.detach() for r in problem._residuals(x, y + bend)]
        dde.grad.clear()
    return not any(torch.equal(p, q) for p, q in zip(plain, bent, strict=True))


def _lifting_bias(problem):
    """The bias of the last layer, if it lifts each output of the network by a constant; else None."""
    bias = problem.layers[-1].bias if problem.layers and problem.only_linear else None
    if bias is None:
        return None
    with problem.context(), torch.enable_grad():
        points = problem.condition_pieces[0].x if problem.condition_pieces else problem.points
        y = problem.net(torch.tensor(points[:2], device=problem.device, requires_grad=True))
        if y.shape[1] != len(bias):
            return None
        (lift,) = torch.autograd.grad(y.sum(), bias, allow_unused=True)
    return bias if lift is not None and torch.allclose(lift, torch.full_like(lift, len(y))) else None


def check_conditions(problem):
    """Refuse a problem whose conditions leave the answer open: one that never sees the network, none at all, a free constant.

    A condition does not see the network if no entry of its rows depends on any unknown. An output is fixed up to a constant only
    if no row depends on its bias in the last layer: true of periodic and Neumann conditions alone.
    """
    data, net = problem.data, problem.net
    plain = getattr(net, "_input_transform", None) is None and getattr(net, "_output_transform", None) is None
    if not data.bcs and plain and data.pde is not None and _differential(problem):
        raise ValueError(
            "expected at least one condition beside the equation; got none: the equation alone has many solutions. Add a boundary, "
            "initial or data condition, or build it into the network by apply_output_transform."
        )
    bias = _lifting_bias(problem)
    seen, push, size = set(), 0.0, 0.0
    generator = torch.Generator().manual_seed(1)
    with problem.context():
        for piece in problem.pieces:
            for index, r in problem._evaluate(piece):
                w = torch.randn(r.shape, generator=generator, dtype=torch.float64, device="cpu").to(r.device)
                leaves = [*problem.leaves, *([] if bias is None else [bias])]
                grads = [None] * len(leaves)
                if r.requires_grad:
                    grads = torch.autograd.grad((r * w).sum(), leaves, allow_unused=True, retain_graph=True)
                if any(g is not None and g.any() for g in grads):
                    seen.add(index)
                if bias is not None and grads[-1] is not None:
                    push = push + grads[-1].abs()
                size += sum(float(g.abs().max()) for g in grads if g is not None)
    hard = getattr(net, "_output_transform", None) is not None  # a condition may hold by construction then
    for index in range(problem.n_residuals, len(problem.names)) if not hard else []:
        if index not in seen and problem.weights[index] > 0:
            raise ValueError(
                f"expected conditions on the network; got condition '{problem.names[index]}', whose rows depend on no weight. A normal "
                "derivative at an initial time is zero: ask for it by OperatorBC(geometry, lambda x, y, _: dde.grad.jacobian(y, x, "
                "j=…), on_initial)."
            )
    problem.free = []
    if bias is not None and not problem.variables:
        still = torch.as_tensor(push <= 1e-12 * max(size, 1e-300), device=problem.device).expand(len(bias))
        problem.free = still.nonzero().flatten().tolist()
    alone = problem.points.shape[1] == 1  # a missing start of one state; of a flow, all but the pressure is determined
    if problem.free and (alone or len(problem.free) == len(bias)):
        free = problem.free
        raise ValueError(
            f"expected conditions that determine the answer; got output(s) {free} fixed up to a constant only: no condition changes if "
            "one is added (periodic or Neumann conditions alone?). Give its value at one point: PointSetBC([[0.0]], [[0.0]])."
        )
