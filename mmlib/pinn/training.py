"""`fit`: train the network of a DeepXDE problem and say honestly how it went."""

from __future__ import annotations

import contextlib
import copy
import sys
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from mmlib.pinn.backend import dde, float64
from mmlib.pinn.gauss_newton import gauss_newton
from mmlib.pinn.problem import Problem
from mmlib.pinn.quasi_newton import adam_lbfgs, ssbroyden
from mmlib.pinn.replicates import Stack, train_together

__all__ = ["Fit", "Resample", "fit", "fit_many"]

METHODS = ("gauss-newton", "ssbroyden", "adam+lbfgs")
LARGEST_GB = 2.0  # of the square matrices
ITERATIONS = {"gauss-newton": 300, "ssbroyden": 5000, "adam+lbfgs": 15000}


@dataclass(frozen=True)
class Resample:
    """Residual-based adaptive sampling of collocation points (RAD: Wu et al. 2023, doi:10.1016/j.cma.2022.115671).

    Every `every` iterations the points of the equation are drawn anew from `candidates` uniform ones with probability
    proportional to |residual|^power / its mean + floor. Points of boundary, initial and data conditions stay. A fit to
    fixed points can have a tiny loss and a shock in the wrong place, between them: resample where fronts are steep.
    """

    every: int = 10
    candidates: int = 10_000
    power: float = 1.0
    floor: float = 1.0

    def draw(self, problem, rng):
        """New points for the equation, as many as there are."""
        geometry = problem.data.geom
        state = np.random.get_state()  # noqa: NPY002 (DeepXDE draws from the global generator; it is put back)
        try:
            np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002
            with float64():
                pool = geometry.random_points(self.candidates, random="pseudo")
        finally:
            np.random.set_state(state)  # noqa: NPY002
        size = problem.residual_size(pool) ** self.power
        chance = size / size.mean() + self.floor
        return pool[rng.choice(len(pool), len(problem.points), replace=False, p=chance / chance.sum())]


@dataclass
class Fit:
    """A trained network. `model` is the `dde.Model`, compiled, to go on with DeepXDE's own manual."""

    model: dde.Model
    method: str
    parameters: dict  # name -> value of each variable
    history: (
        dict  # arrays: iteration, loss, cpu_seconds, damping, error (if a reference was given), and one per condition
    )
    converged: bool
    message: str
    names: list = field(repr=False)  # of the conditions, in DeepXDE's order
    points: np.ndarray = field(repr=False)  # collocation points of the equation at the end

    @property
    def loss(self):
        """Weighted loss at the end."""
        return float(self.history["loss"][-1])

    @property
    def cpu_seconds(self):
        """CPU seconds of training, without the evaluations against the reference."""
        return float(self.history["cpu_seconds"][-1])

    @property
    def error(self):
        """Error against the reference at the end (None without a reference)."""
        return float(self.history["error"][-1]) if "error" in self.history else None

    def predict(self, x):
        """Network output (n, outputs) at points x (n, dim), in double precision."""
        x = np.asarray(x, dtype=np.float64)
        if x.ndim != 2:
            raise ValueError(f"expected x (n, dim); got {x.shape}. One dimension? Pass x[:, None].")
        return _predict(self.model.net, x)

    def __repr__(self):
        parts = [f"{self.method}: {'converged' if self.converged else 'NOT converged'} ({self.message})"]
        iterations = int(self.history["iteration"][-1])
        parts.append(f"loss {self.loss:.2e} after {iterations} iterations, {self.cpu_seconds:.1f} CPU s")
        parts.append("mean squares: " + ", ".join(f"{n} {self.history[n][-1]:.1e}" for n in self.names))
        if self.error is not None:
            parts.append(f"relative L2 error {self.error:.2e}")
        if self.parameters:
            parts.append(
                ", ".join(f"{k} = {np.array2string(np.asarray(v), precision=6)}" for k, v in self.parameters.items())
            )
        return "Fit(" + "; ".join(parts) + ")"


def fit(
    data,
    net,
    *,
    method="gauss-newton",
    iterations=None,
    seed=None,
    resample=None,
    variables=None,
    reference=None,
    weights=None,
    device="cpu",
    progress=False,
) -> Fit:
    """Train a network on a DeepXDE problem; the network that was passed stays as it is.

    Parameters
    ----------
    data : `dde.data.PDE` or `dde.data.TimePDE` (an ODE system is a `PDE` on a `TimeDomain`).
    net : `dde.nn.FNN`, with feature and output transforms if wanted. Trained is a copy, in double precision.
    method : "gauss-newton", for up to some 2,000 weights; "ssbroyden", which also takes conditions that couple points;
        "adam+lbfgs", the stock recipe (two thirds of the iterations are Adam's).
    iterations : at most so many (300, 5000 or 15000 by default).
    seed : draws the weights anew (Glorot normal, zero bias) and drives `resample`, so that equal seeds give equal fits.
        None goes on from the weights the network has.
    resample : `Resample(...)` for adaptive collocation points. By default the points of `data` are kept.
    variables : name -> `dde.Variable` for the unknowns of an inverse problem. They start at, and are set to, their values.
    reference : (x, y) arrays, to record the relative L2 error; or a function of `predict` that returns an error.
    weights : one factor per condition, in DeepXDE's order, or a dict by name ("pde 0", "IC 1", ...; see `Fit.names`).
    device : "cpu" or "cuda".
    progress : write a line to stderr while training.

    Raises ValueError or TypeError, before training, for a problem that cannot be trained as it stands: NaN (names the
    condition), a residual of the wrong shape, an output or variable that nothing uses, a condition that couples points.

    The equation u'' = -pi^2 sin(pi x) with u = 0 at both ends, whose solution is sin(pi x):

    >>> import numpy as np, torch
    >>> from mmlib import pinn
    >>> from mmlib.pinn import dde
    >>> line = dde.geometry.Interval(0, 1)
    >>> def equation(x, u):
    ...     return dde.grad.hessian(u, x) + torch.pi**2 * torch.sin(torch.pi * x)
    >>> ends = dde.icbc.DirichletBC(line, lambda x: 0 * x, lambda x, on: on)
    >>> data = dde.data.PDE(line, equation, [ends], num_domain=30, num_boundary=2)
    >>> net = dde.nn.FNN([1, 10, 10, 1], "tanh", "Glorot normal")
    >>> x = np.linspace(0, 1, 50)[:, None]
    >>> result = pinn.fit(data, net, iterations=100, seed=0, reference=(x, np.sin(np.pi * x)))
    >>> result.error < 1e-6
    True
    """
    if method not in METHODS:
        hint = " DeepXDE on PyTorch accepts 'L-BFGS-B' and trains nothing." if "BFGS-B" in str(method).upper() else ""
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}.{hint}")
    iterations = _checked(data, net, iterations, method, resample)
    if resample is not None and method == "adam+lbfgs":
        raise ValueError("resample works with 'gauss-newton' and 'ssbroyden'; the stock recipe keeps its points.")
    with _one_thread(device):
        net = _own(net, device)
        if seed is not None:
            _draw_weights(net, seed)
        variables = dict(variables or {})
        for variable in variables.values():
            if torch.is_tensor(variable):
                variable.data = variable.data.to(device=device, dtype=torch.float64)
        problem = Problem(
            data, net, variables=variables, weights=weights, device=device, chunks=method == "gauss-newton"
        )
        if method != "adam+lbfgs":
            _check_size(
                problem.size, 1, "use a smaller network (a few thousand weights at most) or method='adam+lbfgs'"
            )
        problem.check(jacobian=method == "gauss-newton")
        log = _Log(problem, net, _error_function(reference), progress, iterations, device)

        refresh = None
        if resample is not None:
            rng = np.random.default_rng(seed)

            def refresh(iteration):
                if iteration % resample.every:
                    return False
                problem.set_points(resample.draw(problem, rng))
                return True

        train = {"gauss-newton": gauss_newton, "ssbroyden": ssbroyden, "adam+lbfgs": adam_lbfgs}[method]
        options = {} if refresh is None else {"refresh": refresh}
        try:
            converged, message = train(problem, iterations=iterations, record=log, **options)
        except KeyboardInterrupt:
            problem.set(log.theta)
            converged, message = False, "interrupted; the weights are those of the last full iteration"
        except FloatingPointError as error:
            problem.set(log.theta)
            converged, message = False, f"{error} The weights are the last finite ones"
        except (MemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
            advice = "use fewer points, a smaller network or method='adam+lbfgs'"
            if len(log.history["loss"]) < 2:
                raise MemoryError(
                    f"memory ran out in the first iteration ({problem.size} unknowns): {advice}."
                ) from error
            problem.set(log.theta)
            converged, message = False, f"memory ran out: {advice}; the weights are those of the last full iteration"
        net.to("cpu")
        for variable in variables.values():
            variable.data = variable.data.cpu()
    if progress:
        print(file=sys.stderr)
    values = {k: v.detach().cpu().numpy() for k, v in variables.items()}
    return Fit(
        model=_model(data, net, list(variables.values())),
        method=method,
        parameters={k: float(v) if v.size == 1 else v.copy() for k, v in values.items()},
        history={k: np.array(v) for k, v in log.history.items()},
        converged=converged,
        message=message,
        names=problem.names,
        points=problem.points,
    )


def fit_many(
    data,
    net,
    *,
    seeds,
    iterations=None,
    resample=None,
    reference=None,
    weights=None,
    device="cpu",
    progress=False,
) -> list[Fit]:
    """Train one network for each seed, all together, by Gauss-Newton: a list of `Fit`, in the order of the seeds.

    For forward problems (no variables, no conditions that compare two points). Each `Fit` is what `fit` gives with that
    seed, up to round-off that training amplifies; `cpu_seconds` is the seed's share. Together they take fewer CPU seconds
    than one after the other, the more so the smaller the problem: about half for an ordinary differential equation, little
    where products of large matrices already fill the time.

    Parameters and errors are those of `fit`; seeds is a list of different whole numbers.

    >>> from mmlib import pinn
    >>> from mmlib.pinn import dde
    >>> time = dde.geometry.TimeDomain(0, 1)
    >>> def decay(t, y):
    ...     return dde.grad.jacobian(y, t) + y
    >>> start = dde.icbc.IC(time, lambda t: 0 * t + 1, lambda t, on: on)
    >>> data = dde.data.PDE(time, decay, [start], num_domain=20, num_boundary=2)
    >>> fits = pinn.fit_many(data, dde.nn.FNN([1, 8, 1], "tanh", "Glorot normal"), seeds=range(5), iterations=60)
    >>> bool(max(abs(f.predict([[1.0]])[0, 0] - 0.36787944) for f in fits) < 1e-6)
    True
    """
    seeds = [int(s) for s in seeds]
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"expected seeds, different whole numbers such as range(5); got {seeds}.")
    iterations = _checked(data, net, iterations, "gauss-newton", resample)
    with _one_thread(device):
        net = _own(net, device)
        problem = Problem(data, net, weights=weights, device=device)
        _check_size(problem.size, len(seeds), "pass fewer seeds at a time, or use a smaller network")
        problem.check(jacobian=True)
        stack, error = Stack(problem), _error_function(reference)
        theta = []
        for seed in seeds:
            _draw_weights(net, seed)
            theta.append(problem.get())
        theta = torch.stack(theta)
        points = np.repeat(problem.points[None], len(seeds), axis=0)
        keys = ["iteration", "loss", "cpu_seconds", "damping", *problem.names] + ["error"] * (error is not None)
        histories = [{k: [] for k in keys} for _ in seeds]
        shares, clock = np.zeros(len(seeds)), [time.process_time()]

        def record(iteration, copies, losses, loss, damping, theta):
            shares[copies.numpy()] += (time.process_time() - clock[0]) / len(copies)
            for k, c in enumerate(copies.tolist()):
                row = {
                    "iteration": iteration,
                    "loss": float(loss[k]),
                    "cpu_seconds": shares[c],
                    "damping": float(damping[k]),
                }
                row |= dict(zip(problem.names, losses[k].tolist(), strict=True))
                if error is not None:
                    problem.set(theta[c])
                    row["error"] = float(error(lambda x: _predict(net, x)))
                for key, value in row.items():
                    histories[c][key].append(value)
            if progress:
                text = f"\r{iteration}/{iterations} losses {float(loss.min()):.1e} to {float(loss.max()):.1e} "
                print(text, end="", file=sys.stderr, flush=True)
            clock[0] = time.process_time()

        everyone = torch.arange(len(seeds))
        losses, loss = stack.losses(theta, points)
        record(0, everyone, losses, loss, torch.full_like(loss, np.nan), theta)
        generators = [np.random.default_rng(s) for s in seeds]

        def refresh(iteration, theta, copies):
            if resample is None or iteration % resample.every:
                return None
            fresh = []
            for c in copies.tolist():
                problem.set(theta[c])
                fresh.append(resample.draw(problem, generators[c]))
            return np.stack(fresh)

        theta, outcome = train_together(stack, theta, points, iterations=iterations, record=record, refresh=refresh)
        fits = []
        for c, (converged, message) in enumerate(outcome):
            problem.set(theta[c])
            fits.append(
                Fit(
                    model=_model(data, copy.deepcopy(net).to("cpu"), []),
                    method="gauss-newton",
                    parameters={},
                    history={k: np.array(v) for k, v in histories[c].items()},
                    converged=converged,
                    message=message,
                    names=problem.names,
                    points=points[c],
                )
            )
    if progress:
        print(file=sys.stderr)
    return fits


def _checked(data, net, iterations, method, resample):
    """Number of iterations, after a look at what was passed."""
    if not isinstance(net, torch.nn.Module):
        raise TypeError(
            f"expected fit(data, net) with data a dde.data.PDE and net a dde.nn.FNN; got net {type(net).__name__}."
        )
    iterations = ITERATIONS[method] if iterations is None else int(iterations)
    if iterations < 1:
        raise ValueError(f"expected at least one iteration; got {iterations}.")
    if resample is not None and resample.candidates < len(data.train_x_all):
        raise ValueError(
            f"expected at least {len(data.train_x_all)} candidates, as many as points; got {resample.candidates}."
        )
    return iterations


def _check_size(unknowns, copies, advice):
    needed = 3 * 8 * copies * unknowns**2 / 1e9  # three square matrices each
    if needed > LARGEST_GB:
        times = f"{copies} times " * (copies > 1)
        raise ValueError(f"{times}{unknowns} unknowns need {needed:.1f} GB for second-order training; {advice}.")


def _own(net, device):
    """A copy in double precision."""
    net = copy.deepcopy(net).to(device=device, dtype=torch.float64)
    net.register_forward_pre_hook(_to_double)  # DeepXDE's default points are single precision
    return net


def _model(data, net, variables):
    """A compiled `dde.Model` around a trained network."""
    model = dde.Model(data, net)
    with float64():
        model.compile("adam", lr=1e-3, external_trainable_variables=variables, verbose=0)
    return model


class _Log:
    """What is recorded after each iteration. The clock stands still while the reference is compared."""

    def __init__(self, problem, net, error, progress, iterations, device):
        self.problem, self.net, self.error, self.progress = problem, net, error, progress
        self.iterations, self.cuda = iterations, torch.device(device).type == "cuda"
        self.history = {k: [] for k in ("iteration", "loss", "cpu_seconds", "damping", *problem.names)}
        if error is not None:
            self.history["error"] = []
        self.paused, self.start, self.shown = 0.0, time.process_time(), 0.0
        self(0, (start := problem.losses())[1], start[0], np.nan)

    def __call__(self, iteration, loss, losses, damping=np.nan):
        now = time.process_time()
        row = {"iteration": iteration, "loss": loss, "cpu_seconds": now - self.start - self.paused, "damping": damping}
        row |= dict(zip(self.problem.names, losses, strict=True))
        if self.error is not None:
            row["error"] = float(self.error(lambda x: _predict(self.net, x)))
        for key, value in row.items():
            self.history[key].append(value)
        self.theta = self.problem.get()
        if self.progress and time.monotonic() > self.shown + 1:
            self.shown = time.monotonic()
            error = f", error {row['error']:.1e}" if self.error is not None else ""
            text = f"\r{iteration}/{self.iterations} loss {loss:.2e}{error}, {row['cpu_seconds']:.0f} CPU s "
            print(text, end="", file=sys.stderr, flush=True)
        self.paused += time.process_time() - now
        return False


@contextlib.contextmanager
def _one_thread(device):
    """These matrices are small: a second thread waits more than it works, and takes the CPU seconds all the same."""
    if torch.device(device).type != "cpu":
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def _out_of_memory(error):
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)


def _to_double(net, arguments):
    return tuple(a.double() if torch.is_tensor(a) and a.is_floating_point() else a for a in arguments)


def _predict(net, x):
    device = next(net.parameters()).device
    training = net.training
    net.eval()
    with torch.no_grad(), float64(), torch.device(device):
        y = net(torch.as_tensor(np.asarray(x, dtype=np.float64), device=device)).cpu().numpy()
    net.train(training)
    return y


def _draw_weights(net, seed):
    generator = torch.Generator().manual_seed(int(seed))
    for layer in net.modules():
        if isinstance(layer, torch.nn.Linear):
            fresh = torch.empty(layer.weight.shape, dtype=torch.float64, device="cpu")
            torch.nn.init.xavier_normal_(fresh, generator=generator)
            with torch.no_grad():
                layer.weight.copy_(fresh)
                if layer.bias is not None:
                    layer.bias.zero_()


def _error_function(reference):
    if reference is None or callable(reference):
        return reference
    x, y = (np.asarray(a, dtype=np.float64) for a in reference)
    y = y[:, None] if y.ndim == 1 else y
    if x.ndim != 2 or len(x) != len(y) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError(f"expected reference=(x (n, dim), y (n, outputs)), finite; got {x.shape} and {y.shape}.")

    def error(predict):
        got = predict(x)
        if got.shape != y.shape:
            raise ValueError(f"reference has shape {y.shape}, the network gives {got.shape}.")
        return np.linalg.norm(got - y) / np.linalg.norm(y)

    return error
