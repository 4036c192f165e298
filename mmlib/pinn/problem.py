"""The least-squares problem behind a DeepXDE problem: weighted residual rows, their loss, gradient and Jacobian."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import numpy as np
import torch

from mmlib import _input
from mmlib.pinn import conditions
from mmlib.pinn.backend import dde, float64
from mmlib.pinn.jacobian import Record, flat
from mmlib.pinn.pieces import MEASURED, PAIRED, Piece, part_of

__all__ = ["Normal", "Problem"]

CHUNK_BYTES = 2**26  # of the Jacobian that is held at a time
SMALLEST_CHUNK = 64  # rows


class Normal(NamedTuple):
    """Normal equations of the weighted rows r: loss = r.r, gram = J^T J, gradient = J^T r."""

    loss: float
    losses: np.ndarray  # mean square of each condition, before weights
    gram: torch.Tensor
    gradient: torch.Tensor


class Problem:
    """Rows, loss and Jacobian of a `dde.data.PDE` for one network, in double precision.

    The flat vector `theta` holds weight and bias of each linear layer in order, then the variables. Conditions are
    ordered as DeepXDE orders its losses: residuals of the equation first, then boundary, initial and data conditions.
    """

    def __init__(self, data, net, *, variables=None, weights=None, device="cpu", chunks=True):
        if not isinstance(data, dde.data.PDE) or type(data).losses is not dde.data.PDE.losses:
            raise TypeError(
                f"expected data of type dde.data.PDE or dde.data.TimePDE; got {type(data).__name__}. Build it: dde.data.PDE(geometry, …)."
            )
        if isinstance(data, dde.data.IDE | dde.data.FPDE):
            raise TypeError(
                f"expected an equation of values and derivatives at single points; got {type(data).__name__}, whose integral or fractional "
                "derivative couples all points by a matrix. DeepXDE trains it with TensorFlow; here, add an output for the integral, "
                "whose derivative is the integrand, and pass a dde.data.PDE."
            )
        if dde.config.autodiff != "reverse":
            raise ValueError(
                "expected DeepXDE's reverse-mode derivatives; got forward ones. Call dde.config.set_default_autodiff('reverse')."
            )
        if getattr(net, "regularizer", None) is not None:
            raise ValueError(
                "expected a network of weights alone; got one with regularization=, which is not supported. Add a condition to the data instead."
            )
        self.data, self.net, self.device = data, net, torch.device(device)
        self.variables = dict(variables or {})
        for name, variable in self.variables.items():
            if not (torch.is_tensor(variable) and variable.requires_grad and variable.is_leaf):
                raise TypeError(
                    f"expected variables={{{name!r}: dde.Variable(...)}}; got {type(variable).__name__}. Make it once, "
                    f"{name} = dde.Variable(1.0), use it in the equation and pass it here."
                )
        if len({id(v) for v in self.variables.values()}) < len(self.variables):
            raise ValueError(
                f"expected one name for each variable; got {sorted(self.variables)} for fewer of them. Make one dde.Variable for each."
            )
        self.layers = [m for m in net.modules() if isinstance(m, torch.nn.Linear)]
        self.layers = [m for m in self.layers if all(p.requires_grad for p in m.parameters())]  # others are frozen
        self.parameters = [p for m in self.layers for p in (m.weight, m.bias) if p is not None]
        known = {id(p) for p in self.parameters}
        self.only_linear = all(id(p) in known for p in net.parameters() if p.requires_grad)
        if not self.only_linear:
            self.parameters = [p for p in net.parameters() if p.requires_grad]
        self.leaves = [*self.parameters, *self.variables.values()]
        self.size = sum(p.numel() for p in self.leaves)
        self.box = None  # bounds of the variables; see `mmlib.pinn.box`
        self.free = []  # outputs that the conditions fix up to a constant only; see `conditions.check_conditions`
        self.rowwise = None  # True once `check_jacobian` has seen that no condition couples points
        self._record = Record(self.layers)
        self._chunk = max(SMALLEST_CHUNK, CHUNK_BYTES // (8 * max(self.size, 1))) if chunks else None

        self.points = np.array(data.train_x_all, dtype=np.float64)
        with self.context():
            self._bc_pieces = self._split_conditions()
            self.set_points(self.points)
        self.weights = self._read_weights(weights)

    @contextlib.contextmanager
    def context(self):
        """Double precision and the right device, inside of which the user's functions run."""
        away = self.device != torch.get_default_device()  # entering a device costs time at every torch call
        with float64(), torch.device(self.device) if away else contextlib.nullcontext():
            yield

    # -- what the conditions are

    def _split_conditions(self):
        data = self.data
        counts = [0]
        if data.pde is not None:
            x = torch.tensor(self.points[:2], device=self.device, requires_grad=True)
            with torch.enable_grad(), _noted("the equation"):
                f = self._residuals(x, self.net(x))
            dde.grad.clear()
            counts = [len(f)]
        self.names = ["pde"] if counts[0] == 1 else [f"pde {i}" for i in range(counts[0])]
        self.n_residuals = counts[0]
        starts = np.cumsum([0, *data.num_bcs])
        self._conditions = []  # (number, condition, its points)
        for i, bc in enumerate(data.bcs):
            name = f"{type(bc).__name__} {i}"
            x = np.array(data.train_x_bc[starts[i] : starts[i + 1]], dtype=np.float64)
            if isinstance(bc, MEASURED):
                x = np.array(bc.points, dtype=np.float64)
            if not len(x):
                raise ValueError(
                    f"expected points for each condition; got none: {name} has no points. Raise num_boundary or num_initial, or mend its on_boundary function."
                )
            self._conditions.append((len(self.names), bc, x))
            self.names.append(name)
        return [piece for condition in self._conditions for piece in self._pieces_of(*condition)]

    def _pieces_of(self, index, bc, x, chosen=None):
        """Pieces of a condition, of all its points or of the chosen ones."""
        paired = isinstance(bc, PAIRED)
        half = len(x) // 2
        chosen = np.arange(half if paired else len(x)) if chosen is None else chosen
        size = self._chunk or max(len(chosen), 1)
        for begin in range(0, len(chosen), size):
            rows = chosen[begin : begin + size]
            rows = np.concatenate([rows, rows + half]) if paired else rows
            part_x, error = part_of(bc, x, rows, self.device)
            yield Piece([index], part_x, error, paired)

    def _residuals(self, x, y):
        pde, auxiliary = self.data.pde, self.data.auxiliary_var_fn
        if auxiliary is None:
            f = pde(x, y)
        else:
            known = torch.as_tensor(auxiliary(x.detach().cpu().numpy()), dtype=torch.float64, device=self.device)
            f = pde(x, y, known)
        return list(f) if isinstance(f, (list, tuple)) else [f]

    def set_points(self, points):
        """Use other collocation points for the equation; boundary, initial and data conditions keep theirs."""
        self.points = points = np.ascontiguousarray(points, dtype=np.float64)
        if self.data.pde is not None and not len(points):
            raise ValueError(
                "expected points for the equation; got none: the equation has no points. Raise num_domain, or pass anchors=."
            )
        self._take(points, self._bc_pieces)

    def _take(self, points, condition_pieces):
        size, pieces = self._chunk or max(len(points), 1), []
        for begin in range(0, len(points) if self.data.pde is not None else 0, size):
            pieces.append(Piece(list(range(self.n_residuals)), points[begin : begin + size], self._residuals))
        self.pieces = pieces + condition_pieces
        self.counts = None  # numbers of rows, counted at the first evaluation

    def take_batch(self, share, rng):
        """Look at a random share of the rows: of the points of the equation, and of those of each condition (64 at least)."""

        def some(n):
            count = min(n, max(SMALLEST_CHUNK, int(np.ceil(share * n))))
            return np.sort(rng.choice(n, count, replace=False)) if count < n else np.arange(n)

        pieces = []
        for index, bc, x in self._conditions:
            chosen = some(len(x) // 2 if isinstance(bc, PAIRED) else len(x))
            pieces += self._pieces_of(index, bc, x, chosen)
        self._take(self.points[some(len(self.points))], pieces)

    def _read_weights(self, weights):
        n = len(self.names)
        if weights is None:
            return np.ones(n)
        if isinstance(weights, str):
            raise ValueError(
                f"expected weights as numbers or a dict by name (in fit, also 'balanced'); got {weights!r}. Leave them out for ones."
            )
        if isinstance(weights, dict):
            unknown = sorted(set(weights) - set(self.names), key=str)
            if unknown:
                raise ValueError(
                    f"expected weights by the names of conditions; got some for unknown conditions {unknown}. There are {self.names}."
                )
            weights = [weights.get(name, 1.0) for name in self.names]
        weights = _input.numbers(weights, "weights")
        if weights.shape != (n,) or not np.all(np.isfinite(weights)) or np.any(weights < 0):
            raise ValueError(
                f"expected {n} weights >= 0, one for each of {self.names}; got {weights}. Leave them out for ones."
            )
        if not weights.any():
            raise ValueError(
                f"expected a positive weight for at least one of {self.names}; got zeros. With zeros nothing is trained."
            )
        return weights

    @property
    def condition_pieces(self):
        """The pieces of boundary, initial and data conditions."""
        return self._bc_pieces

    # -- the flat vector of unknowns

    def get(self):
        """The unknowns as one vector."""
        return torch.cat([p.detach().reshape(-1) for p in self.leaves])

    def set(self, theta):
        """Write the vector of unknowns into the network and the variables."""
        with torch.no_grad():
            for p, part in zip(self.leaves, theta.split([p.numel() for p in self.leaves]), strict=True):
                p.copy_(part.view_as(p))

    # -- rows

    def _evaluate(self, piece):
        """Rows of one piece: a list of (condition, (rows, columns) tensor), and the points as a tensor."""
        self._inputs = x = torch.tensor(piece.x, device=self.device, requires_grad=True)
        with torch.enable_grad(), _noted(f"condition '{self.names[piece.indices[0]]}'"):
            y = self.net(x)
            found = piece.error(x, y)
        dde.grad.clear()
        expected = len(piece.x) // 2 if piece.paired else len(piece.x)
        rows = []
        for index, r in zip(piece.indices, found, strict=True):
            r = r.double() if torch.is_tensor(r) and r.is_floating_point() else r
            r = r[:, None] if torch.is_tensor(r) and r.ndim == 1 else r
            good = torch.is_tensor(r) and r.ndim == 2 and len(r) == expected and r.shape[1] > 0
            if good and r.shape[1] > max(1, y.shape[1]):  # (n,) against (n, 1) broadcasts to (n, n)
                good = index < self.n_residuals and r.shape[1] != expected
            if not good:
                shape = tuple(r.shape) if torch.is_tensor(r) else type(r).__name__
                raise ValueError(
                    f"condition '{self.names[index]}': expected a residual of shape ({expected}, 1), one row per point; "
                    f"got {shape}. The network has {y.shape[1]} output(s), numbered from 0; a slice beyond them is empty. "
                    "Functions for boundary values must return (n, 1), not (n,)."
                )
            rows.append((index, r))
        return rows

    def _scales(self):
        """sqrt(weight / number of entries) for each condition, so that r.r is DeepXDE's weighted loss."""
        if self.counts is None:
            self.counts = np.zeros(len(self.names))
            with self.context():
                for piece in self.pieces:
                    for index, r in self._evaluate(piece):
                        self.counts[index] += r.numel()
        return np.sqrt(self.weights / self.counts)

    def count_rows(self, *, everything=False):
        """Number of rows that are looked at, or of all of them, which are then looked at again."""
        if everything:
            self._take(self.points, self._bc_pieces)
        self._scales()
        return int(sum(self.counts))

    def losses(self):
        """Mean square of each condition (before weights), and the weighted loss."""
        self._scales()
        losses = np.zeros(len(self.names))
        with self.context():
            for piece in self.pieces:
                for index, r in self._evaluate(piece):
                    losses[index] += float(r.detach().square().sum()) / self.counts[index]
        return losses, float(losses @ self.weights)

    def residuals(self):
        """All weighted rows as one vector."""
        scales = self._scales()
        with self.context():
            return torch.cat([scales[i] * _flat(r.detach()) for p in self.pieces for i, r in self._evaluate(p)])

    def pull(self, vector=None):
        """J^T vector for a vector over all weighted rows, by plain backward passes; and the mean squares.

        Without a vector the rows themselves are taken: J^T r, half the gradient of the loss.
        """
        scales, total, start = self._scales(), torch.zeros_like(self.get()), 0
        losses = np.zeros(len(self.names))
        with self.context():
            for piece in self.pieces:
                part = 0
                for i, r in self._evaluate(piece):
                    own = _flat(r.detach())
                    along = scales[i] * own if vector is None else vector[start : start + r.numel()]
                    part = part + scales[i] * (_flat(r) * along).sum()
                    losses[i] += float(own @ own) / self.counts[i]
                    start += r.numel()
                total += flat(torch.autograd.grad(part, self.leaves, allow_unused=True), self.leaves)
        return total, losses

    def loss_and_gradient(self):
        """Weighted loss, its parts, and its gradient."""
        half, losses = self.pull()
        return float(losses @ self.weights), losses, 2 * half

    def residual_size(self, points):
        """Root of the summed squares of the equation's residuals at other points: (n,) array."""
        size = []
        with self.context():
            for begin in range(0, len(points), 4096):
                piece = Piece(list(range(self.n_residuals)), points[begin : begin + 4096], self._residuals)
                rows = self._evaluate(piece)
                size.append(sum(r.detach().square().sum(dim=1) for _, r in rows).sqrt().cpu().numpy())
        return np.concatenate(size)

    # -- Jacobian

    def _variable_columns(self, r):
        """d r / d variables (rows, total number of entries of the variables), by differentiating v.r twice."""
        v = torch.ones_like(r, requires_grad=True)
        columns = []
        for variable in self.variables.values():
            (g,) = torch.autograd.grad((r * v).sum(), variable, create_graph=True, allow_unused=True)
            for j in range(variable.numel()):
                column = None
                if g is not None and g.requires_grad:
                    (column,) = torch.autograd.grad(g.reshape(-1)[j], v, retain_graph=True, allow_unused=True)
                columns.append(torch.zeros_like(r) if column is None else column)
        return torch.cat(columns, dim=1).detach()

    def rows(self, pieces=None):
        """Yield (condition, residual rows (m,), Jacobian (m, unknowns)), unweighted, piece by piece, column by column."""
        n_variables = sum(v.numel() for v in self.variables.values())
        with self.context():
            for piece in pieces or self.pieces:
                with self._record.tapped():
                    for index, r in self._evaluate(piece):
                        for k in range(r.shape[1]):
                            column = r[:, k : k + 1]
                            jacobian = self._record.jacobian(column, self.size)
                            if piece.paired:
                                half = len(jacobian) // 2
                                jacobian = jacobian[:half] + jacobian[half:]
                            if n_variables:
                                jacobian[:, -n_variables:] = self._variable_columns(column)
                            yield index, column.detach()[:, 0], jacobian

    def normal(self):
        """Loss, gradient and J^T J at the present unknowns, adding up chunks of rows."""
        scales, p = self._scales(), self.size
        gram = torch.zeros(p, p, device=self.device, dtype=torch.float64)
        gradient, losses = torch.zeros(p, device=self.device, dtype=torch.float64), np.zeros(len(self.names))
        for index, r, jacobian in self.rows():
            jacobian *= scales[index]
            gradient += jacobian.T @ (scales[index] * r)
            if jacobian.is_cuda:
                gram.addmm_(jacobian.T, jacobian)
            else:
                array = jacobian.numpy()
                gram += torch.as_tensor(
                    array.T @ array, device="cpu"
                )  # numpy uses the symmetric product, half the work
            losses[index] += float(r.square().sum()) / self.counts[index]
        return Normal(float(losses @ self.weights), losses, gram, gradient)

    def stacked(self):
        """Loss, its parts, the weighted rows (m,) and their Jacobian (m, unknowns), in the order of `residuals`."""
        scales = self._scales()
        rows, start = torch.zeros(int(sum(self.counts)), device=self.device, dtype=torch.float64), 0
        jacobian = torch.zeros(len(rows), self.size, device=self.device, dtype=torch.float64)
        losses = np.zeros(len(self.names))
        for index, r, part in self.rows():
            own = slice(start, start + len(r))
            rows[own], jacobian[own] = scales[index] * r, scales[index] * part
            losses[index] += float(r.square().sum()) / self.counts[index]
            start += len(r)
        return float(losses @ self.weights), losses, rows, jacobian

    def check(self, *, jacobian):
        """Raise an error that names the condition if the problem cannot be trained as it stands."""
        conditions.check(self, jacobian=jacobian)

    def check_jacobian(self):
        """Raise an error if a condition couples points, or if no condition uses an output; else the rows are separate."""
        conditions.check_jacobian(self)


def _flat(r):
    """Rows of one condition as a vector, column after column."""
    return r.reshape(-1) if r.shape[1] == 1 else r.T.reshape(-1)


@contextlib.contextmanager
def _noted(where):
    """Say in which condition an error of the user's own function arose."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This arose in {where}, while mmlib.pinn evaluated it.")
        raise
