"""`fit`: train the network of a DeepXDE problem and say honestly how it went."""

from __future__ import annotations

import contextlib
import copy
import sys

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from mmlib import _input
from mmlib.optim import Verdict
from mmlib.pinn import checks
from mmlib.pinn.backend import dde, float64
from mmlib.pinn.balance import BALANCED, balanced, rebalancer
from mmlib.pinn.box import box_of
from mmlib.pinn.evidence import verdict_on
from mmlib.pinn.gauss_newton import by_batches, gauss_newton
from mmlib.pinn.log import Log
from mmlib.pinn.problem import Problem
from mmlib.pinn.quasi_newton import adam_lbfgs, ssbfgs, ssbroyden
from mmlib.pinn.replicates import Histories, Stack, redrawn, train_together
from mmlib.pinn.result import Fit, best
from mmlib.pinn.sampling import Resample
from mmlib.pinn.series import remember
from mmlib.pinn.steps import taken

__all__ = ["fit", "fit_many"]

METHODS = ("gauss-newton", "ssbroyden", "ssbfgs", "adam+lbfgs")
LARGEST_GB = 2.0  # of the square matrices
FAILED = ("stalled", "not finite")  # another draw may do better
ITERATIONS = {"gauss-newton": 300, "ssbroyden": 5000, "ssbfgs": 5000, "adam+lbfgs": 15000}


def fit(
    data,
    net=None,
    *,
    method="gauss-newton",
    iterations=None,
    seed=None,
    resample=None,
    variables=None,
    bounds=None,
    reference=None,
    weights=None,
    device="cpu",
    progress=False,
    **theirs,
) -> Fit:
    """Train a network on a DeepXDE problem; the network that was passed stays as it is.

    Parameters
    ----------
    data : `dde.data.PDE` or `dde.data.TimePDE` (an ODE system is a `PDE` on a `TimeDomain`); or a `dde.Model`, without `net`. Inputs may have any unit: those
        beyond 20, or with a span below 0.01, are mapped to -1 … 1 inside the network that is trained.
    net : `dde.nn.FNN`, with feature and output transforms if wanted. Trained is a copy, in double precision.
    method : "gauss-newton"; where rows times weights are so many that a step would take more than some seconds, it looks at a
        random batch of the rows at a time, and `Fit.batch` says how many. "ssbroyden" also takes conditions that couple points;
        "ssbfgs" is its older sister; "adam+lbfgs", the stock recipe (two thirds of the iterations are Adam's).
    iterations : at most so many (300, 5000 or 15000 by default).
    seed : draws the weights anew (Glorot normal, zero bias) and drives `resample`, so that equal seeds give equal fits of the same `data`.
        (DeepXDE draws some points of a problem when it is built: `dde.config.set_random_seed(0)` before that repeats them as well.)
        None goes on from the weights the network has. Several, such as range(4): while a fit ends *stalled* or *not finite* the
        next one draws anew; kept is a converged fit, else the one with the smallest residual at fresh points (`Fit.tries`).
    resample : `Resample(...)` for adaptive collocation points. By default the points of `data` are kept.
    variables : name -> `dde.Variable` for the unknowns of an inverse problem. They start at their values and keep them, so that
        the same call gives the same fit; the fitted values are in `Fit.parameters` (`Fit.load_variables` writes them back), their
        way there in `Fit.history["variable k"]`.
    bounds : name -> (low, high) of variables that must not leave a range, as one that stands in a denominator; by "gauss-newton".
    reference : (x, y) arrays, to record the relative L2 error; or a function of `predict` that returns an error.
    weights : one factor per condition, in DeepXDE's order, or a dict by name ("pde 0", "IC 1", ...; see `Fit.names`); or "balanced":
        each condition pulls equally hard on the network that is drawn (traces of its neural tangent kernel, Wang et al. 2022,
        doi:10.1016/j.jcp.2021.110768), as `Fit.weights` then says.
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
    _check_method(method)
    checks.check_theirs(theirs)
    if isinstance(data, dde.Model) and net is None:
        data, net = data.data, data.net
    iterations = _checked(data, net, iterations, method, resample)
    seeds, device = _seeds(seed), _input.device(device)
    variables, error_of = checks.check_variables(variables), checks.error_function(reference, data)
    progress = _input.flag(progress, "progress")
    if resample is not None and method == "adam+lbfgs":
        raise ValueError(
            "expected resample with 'gauss-newton' or 'ssbroyden'; got 'adam+lbfgs': the stock recipe keeps its points. Leave out one of the two."
        )
    if bounds and method != "gauss-newton":
        raise ValueError(f"expected bounds with method='gauss-newton'; got {method!r}. Leave out one of the two.")
    tries, told = [], (data, net, method, iterations, resample, variables, bounds, weights, error_of, device, progress)
    for one in seeds:
        tries.append(_attempt(one, *told))
        if tries[-1].verdict.status not in FAILED:
            break
    return best(tries)


def _seeds(seed):
    """The seeds that may be tried, in order."""
    if not isinstance(seed, list | tuple | range | np.ndarray) or len(seed) < 2:
        return [None if seed is None else _input.seed(seed)]
    return _input.seeds(seed, "seed")


def _attempt(seed, data, net, method, iterations, resample, variables, bounds, weights, error_of, device, progress):
    """One draw of the weights, trained."""
    with _one_thread(device), _borrowed(variables, device):
        net = _own(net, device, data)
        if seed is not None:
            _draw_weights(net, seed)
        plain = None if isinstance(weights, str) and weights == BALANCED else weights
        problem = Problem(data, net, variables=variables, weights=plain, device=device, chunks=method == "gauss-newton")
        problem.box = box_of(problem, bounds)
        if method in ("ssbroyden", "ssbfgs"):
            _check_size(problem.size, 1, "use a smaller network (a few thousand weights at most) or another method")
        problem.check(jacobian=method == "gauss-newton")
        if plain is not weights:
            problem.weights = balanced(problem, seed)
        model = _model(data, net, list(variables.values()))
        log = Log(problem, net, error_of, progress, iterations)
        changes = [] if resample is None else [_refresher(problem, resample, seed)]
        changes += [] if plain is weights or method == "adam+lbfgs" else [rebalancer(problem, seed)]
        options = {"refresh": lambda k: any([change(k) for change in changes])} if changes else {}
        if method == "gauss-newton":
            options |= taken(problem, seed)
        verdict, message, seen = _train(method, problem, iterations, log, options)
        net.to("cpu")
        values = {k: v.detach().cpu().numpy().copy() for k, v in variables.items()}
    if progress:
        print(file=sys.stderr)
    return Fit(
        model=model,
        method=method,
        parameters={k: float(v) if v.size == 1 else v for k, v in values.items()},
        history={k: np.array(v) for k, v in log.history.items()},
        verdict=verdict,
        message=message,
        names=problem.names,
        points=problem.points,
        variables=variables,
        weights=problem.weights,
        seed=seed,
        **seen,
    )


def _check_method(method):
    if not isinstance(method, str) or method not in METHODS:
        hint = " DeepXDE on PyTorch accepts 'L-BFGS-B' and trains nothing." if "BFGS-B" in str(method).upper() else ""
        raise ValueError(
            f"expected method: it must be one of {', '.join(METHODS)}; got {method!r}. Leave it out.{hint}"
        )


def _refresher(problem, resample, seed):
    rng = np.random.default_rng(seed)

    def refresh(iteration):
        if iteration % resample.every:
            return False
        problem.set_points(resample.draw(problem, rng))
        return True

    return refresh


def _train(method, problem, iterations, log, options):
    """Train, and keep what was reached whatever happens: (verdict, why the optimiser ended, what was seen besides)."""
    train = {"gauss-newton": gauss_newton, "ssbroyden": ssbroyden, "ssbfgs": ssbfgs, "adam+lbfgs": adam_lbfgs}[method]
    if "share" in options:
        train = by_batches
    ended = None
    try:
        settled, message = train(problem, iterations=iterations, record=log, **options)
    except KeyboardInterrupt:
        ended, message = "out of steps", "interrupted; the weights are those of the last full iteration"
    except FloatingPointError as error:
        ended, message = "not finite", f"{error} The weights are the last finite ones"
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        advice = "use fewer points, a smaller network or method='adam+lbfgs'"
        if len(log.history["loss"]) < 2:
            raise MemoryError(f"memory ran out in the first iteration ({problem.size} unknowns): {advice}.") from error
        ended, message = "out of steps", f"memory ran out: {advice}; the weights are those of the last full iteration"
    if ended is not None:
        problem.set(log.theta)
        return Verdict(ended, message), message, {"unknowns": problem.size}
    verdict, seen = verdict_on(problem, settled, message, log.history["loss"][0])
    if "share" not in options:
        return verdict, message, seen._asdict()
    batch, rows = seen.rows, problem.count_rows(everything=True)  # the verdict is on rows that no step was made from
    losses, loss = problem.losses()
    log(log.history["iteration"][-1], loss, losses)
    return verdict, message, seen._asdict() | {"rows": rows, "batch": batch}


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
    seeds, device, progress = _input.seeds(seeds), _input.device(device), _input.flag(progress, "progress")
    iterations = _checked(data, net, iterations, "gauss-newton", resample)
    with _one_thread(device):
        net = _own(net, device, data)
        problem = Problem(data, net, weights=weights, device=device)
        _check_size(problem.size, len(seeds), "pass fewer seeds at a time, or use a smaller network")
        problem.check(jacobian=True)
        stack, error = Stack(problem), checks.error_function(reference, data)
        theta = []
        for seed in seeds:
            _draw_weights(net, seed)
            theta.append(problem.get())
        theta = torch.stack(theta)
        points = np.repeat(problem.points[None], len(seeds), axis=0)
        record = Histories(problem, len(seeds), error, iterations, progress)
        everyone = torch.arange(len(seeds), device="cpu")
        losses, loss = stack.losses(theta, points)
        record(0, everyone, losses, loss, torch.full_like(loss, np.nan), theta)
        refresh = redrawn(problem, resample, seeds)
        theta, outcome = train_together(stack, theta, points, iterations=iterations, record=record, refresh=refresh)
        fits = []
        for c, (settled, message) in enumerate(outcome):
            problem.set(theta[c])
            problem.set_points(points[c])
            verdict, seen = verdict_on(problem, settled, message, record.histories[c]["loss"][0])
            fits.append(
                Fit(
                    model=_model(data, copy.deepcopy(net).to("cpu"), []),
                    method="gauss-newton",
                    parameters={},
                    history={k: np.array(v) for k, v in record.histories[c].items()},
                    verdict=verdict,
                    message=message,
                    names=problem.names,
                    points=points[c],
                    weights=problem.weights,
                    seed=seeds[c],
                    **seen._asdict(),
                )
            )
    if progress:
        print(file=sys.stderr)
    return fits


def _checked(data, net, iterations, method, resample):
    """Number of iterations, after a look at what was passed."""
    return checks.check_options(data, net, iterations, resample, Resample, ITERATIONS[method])


def _check_size(unknowns, copies, advice):
    needed = 3 * 8 * copies * unknowns**2 / 1e9  # three square matrices each
    if needed > LARGEST_GB:
        times = f"{copies} times " * (copies > 1)
        raise ValueError(
            f"expected at most {LARGEST_GB:g} GB of square matrices; got more. Here {times}{unknowns} unknowns need {needed:.1f} GB for second-order training; {advice}."
        )


def _own(net, device, data):
    """A copy in double precision that takes the points as they are, whatever their unit."""
    net = copy.deepcopy(net).to(device=device, dtype=torch.float64)
    net.register_forward_pre_hook(_to_double)  # DeepXDE's default points are single precision
    if remember not in net._forward_hooks.values():  # a network that `fit` gave back has it
        net.register_forward_hook(remember)
    if not hasattr(net, "regularizer"):
        net.regularizer = None  # `dde.Model` asks for it, plain networks of torch have none
    checks.scale_inputs(data, net)
    checks.check_points(data, net)
    return net


@contextlib.contextmanager
def _borrowed(variables, device):
    """The caller's variables in double precision on the device; afterwards they are as they were."""
    before = {name: v.data for name, v in variables.items() if torch.is_tensor(v)}
    try:
        for name, data in before.items():
            variables[name].data = data.detach().clone().to(device=device, dtype=torch.float64)
        yield
    finally:
        for name, data in before.items():
            variables[name].data = data


def _model(data, net, variables):
    """A compiled `dde.Model` around a trained network."""
    model = dde.Model(data, net)
    with float64():
        model.compile("adam", lr=1e-3, external_trainable_variables=variables, verbose=0)
    return model


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


def _draw_weights(net, seed):
    """Glorot's normal draw for every layer that is trained; frozen weights stay."""
    generator = torch.Generator("cpu").manual_seed(int(seed))
    for layer in net.modules():
        if isinstance(layer, torch.nn.Linear):
            with torch.no_grad():
                if layer.weight.requires_grad:
                    fresh = torch.empty(layer.weight.shape, dtype=torch.float64, device="cpu")
                    torch.nn.init.xavier_normal_(fresh, generator=generator)
                    layer.weight.copy_(fresh)
                if layer.bias is not None and layer.bias.requires_grad:
                    layer.bias.zero_()
