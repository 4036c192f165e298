"""The ways of solving a problem: each takes (problem, seed, own errors so far) and gives error, CPU seconds, a note and a curve.

A curve is a list of (CPU seconds, error). The comparison with the reference stops the clock.
"""

from __future__ import annotations

import functools
import time

import numpy as np

from benchmarks.problem import joined
from mmlib import pinn
from mmlib.pinn import dde


def stock(problem, seed, _):
    """DeepXDE's recipe through `dde.Model`, in its single precision."""
    dde.config.set_random_seed(seed)
    setup = problem.stock()
    model = dde.Model(setup.data, setup.net)
    curve, paused, start = [], 0.0, time.process_time()

    def note():
        nonlocal paused
        now = time.process_time()
        predict = lambda x: model.predict(np.asarray(x, dtype=dde.config.real(np)))  # noqa: E731
        curve.append((now - start - paused, float(problem.error(predict, parameters(setup)))))
        paused += time.process_time() - now

    class Watch(dde.callbacks.Callback):
        def on_epoch_end(self):
            if self.model.train_state.iteration % every == 0:
                note()

    variables = list(setup.variables.values())
    for optimizer, iterations in setup.recipe:
        if optimizer == "adam":
            every = max(1, iterations // 100)
            model.compile("adam", lr=1e-3, external_trainable_variables=variables, verbose=0)
            model.train(iterations=iterations, display_every=1000, callbacks=[Watch()], verbose=0)
        else:  # DeepXDE on PyTorch calls back once per 1,000 iterations of L-BFGS
            every = 1
            dde.optimizers.set_LBFGS_options(maxiter=iterations)
            model.compile("L-BFGS", external_trainable_variables=variables, verbose=0)
            model.train(display_every=1000, callbacks=[Watch()], verbose=0)
        note()
    return curve[-1][1], curve[-1][0], f"capped: {setup.capped}" if setup.capped else "", curve


def ours(problem, seed, _, method="gauss-newton", device="cpu"):
    """`mmlib.pinn.fit` on our formulation, window by window; with method "adam+lbfgs", the stock optimizer on the same formulation."""
    with pinn.float64():
        setup = problem.ours(seed)
    net, curve, spent, windows, draw = setup.net, [], 0.0, [], seed
    while setup:
        for stage in setup.stages:
            watch = functools.partial(_watched, problem, setup, tuple(windows))
            fit = pinn.fit(
                setup.data,
                net,
                method=method,
                seed=draw,
                variables=setup.variables,
                device=device,
                **({"reference": watch} | _of(method, problem, setup, stage)),
            )
            fit.load_variables()  # the next stage goes on from here
            net, draw = fit.model.net, None
            curve += [(spent + s, e) for s, e in zip(fit.history["cpu_seconds"], fit.history["error"], strict=True)]
            spent += fit.cpu_seconds
        windows += [(setup.until, fit.predict)] if np.isfinite(setup.until) else []
        start, last = time.process_time(), setup
        with pinn.float64():
            setup = setup.then and setup.then(fit.predict, net)
        net = setup.net if setup else net
        spent += time.process_time() - start
    setup = last
    note = ", ".join(f"{k} = {v:.6g}" for k, v in parameters(setup).items())
    return curve[-1][1], curve[-1][0], note, curve


def _watched(problem, setup, windows, predict):
    """The error with what is known so far: earlier windows, this one, and after it the state at its end."""
    known = joined([*windows, (setup.until, predict)]) if windows or np.isfinite(setup.until) else predict
    return problem.error(known, parameters(setup))


def _of(method, problem, setup, stage):
    """Keyword arguments of `fit` for this stage."""
    changed = dict(stage)
    if method == "adam+lbfgs":
        changed.pop("resample", None)
        changed["iterations"] = problem.first_order // (1 if stage is setup.stages[-1] else 5)
    return changed


def random_sines(problem, seed, _):
    """No training: `mmlib.random_features`, its bandwidth chosen by itself, the choice counted."""
    start = time.process_time()
    fit = problem.sines(seed)
    spent = time.process_time() - start
    error = problem.error(lambda x: fit(x)[:, None], None)
    own = len(fit.sines.extra)  # of the problem: functions of a corner, or sines with whole wave numbers
    what = (
        f"{own} periodic sines" if own > len(fit.sines.b) else f"{len(fit.sines.b)} sines, bandwidth {fit.bandwidth:g}"
    )
    note = f"{fit.verdict.status}; {what}, {fit.steps} steps"
    return error, spent, note, [(spent, error)]


def classical(problem, seed, mine):
    """The first resolution of the classical solver whose error is no larger than the median of ours."""
    if not mine:
        raise SystemExit("run our training first (--method ours); the classical solver is asked for the same error.")
    asked = np.median(mine)
    if problem.measure != "relative L2":  # with noise the readings are those of our first seed
        asked = max(asked, mine[0])
    curve = []
    for label, solve in problem.classical():
        for _ in range(2):  # a quick one is timed again, with its caches filled
            start = time.process_time()
            error = solve()
            spent = time.process_time() - start
            if spent > 5:
                break
        curve.append((spent, error))
        if error <= 1.05 * asked:
            return error, curve[-1][0], label, curve
    return curve[-1][1], curve[-1][0], f"{label}; less accurate than ours", curve


def parameters(setup):
    """Present values of the unknown parameters, by name."""
    raw = {k: float(v.detach()) for k, v in setup.variables.items()}
    return setup.values(raw) if setup.values else raw


METHODS = {
    "stock": stock,
    "ours": ours,
    "first order": functools.partial(ours, method="adam+lbfgs"),
    "random sines": random_sines,
    "classical": classical,
}
BY_CHANCE = ("ours", "random sines")  # run from several seeds
ON_DEVICE = ("ours", "first order")  # the rest is a matter of the processor
