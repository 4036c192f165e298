"""One verdict for every fitting call: the same planted faults go through all of them, and none may come out *converged*."""

import copy

import numpy as np
import pytest
import torch

from mmlib import gp, multistart, nets, neural_ode, optim, pinn, sbinn
from mmlib.pinn import dde
from mmlib.systems.glucose_insulin import published_start

from . import fitting

SPAN = dde.geometry.TimeDomain(0, 1)
LINE = dde.geometry.Interval(0, 1)
METHODS = {"gauss-newton": 40, "ssbroyden": 80, "ssbfgs": 80, "adam+lbfgs": 60}


def forward(equation, start=1.0, geometry=SPAN):
    first = dde.icbc.IC(geometry, lambda t: 0 * t + start, lambda _, on: on)
    return dde.data.PDE(geometry, equation, [first], num_domain=20, num_boundary=2)


def decay(t, y):
    return dde.grad.jacobian(y, t) + y


def poisson(activation="tanh"):
    ends = dde.icbc.DirichletBC(LINE, lambda x: 0 * x, lambda _, on: on)

    def equation(x, u):
        return dde.grad.hessian(u, x) + torch.pi**2 * torch.sin(torch.pi * x)

    return dde.data.PDE(LINE, equation, [ends], num_domain=20, num_boundary=2), net(activation)


def net(activation="tanh", value=None):
    made = dde.nn.FNN([1, 6, 1], activation, "Glorot normal")
    if value is not None:
        for weight in made.parameters():
            weight.data.fill_(value)
    return made


# -- physics-informed networks: fault -> (data, network, seed); the same for every method


def endless_slope(t, y):
    return dde.grad.jacobian(y, t) + torch.sqrt(y)  # at y = 0: a value, but no finite slope


def no_slope(t, y):
    return dde.grad.jacobian(y, t) + torch.where(y > -1e9, y, torch.sqrt(0 * y))  # NaN from the branch not taken


def half_life_in_seconds():
    long = dde.geometry.TimeDomain(0, 86400)
    return forward(lambda t, y: dde.grad.jacobian(y, t) + np.log(2) / 14400 * y, geometry=long), net(), 0


PINN = {
    "NaN gradient": lambda: (forward(no_slope), net(), 0),
    "infinite slope": lambda: (forward(endless_slope), net(value=0.0), None),
    "NaN on the way": lambda: (forward(lambda t, y: dde.grad.jacobian(y, t) + torch.exp(-1 / y)), net(), 0),
    "saturated": half_life_in_seconds,
    "ReLU": lambda: (*poisson("relu"), 0),
    "zero network": lambda: (*poisson()[:1], net(value=0.0), None),
    "NaN start": lambda: (forward(decay), net(value=np.nan), None),
}


def by_pinn(method):
    def call(fault):
        data, network, seed = PINN[fault]()
        return pinn.fit(data, network, method=method, seed=seed, iterations=METHODS[method])

    return call


def by_many(fault):
    data, network, _ = PINN[fault]()
    fits = pinn.fit_many(data, network, seeds=range(2), iterations=40)
    return [fit.verdict for fit in fits]


# -- the others


def by_multistart(fault):
    x0, t = np.array([[1.0], [2.0]]), np.linspace(0, 1, 9)

    def function(x, which):
        r, slope = np.exp(-x * t) - np.exp(-0.3 * t), -t * np.exp(-x * t)
        if fault == "wrong sign":
            slope = -slope
        if fault == "NaN gradient":
            slope = slope + np.nan
        if fault == "flat start":
            r, slope = 0 * r + 1, 0 * slope
        if fault == "saturated":
            r, slope = np.tanh(60 * (x + 0 * t)), 60 / np.cosh(60 * (x + 0 * t)) ** 2
        if fault == "infinite slope":
            with np.errstate(divide="ignore", invalid="ignore"):
                r, slope = np.sqrt(x - 1) + 0 * t + 1, 0.5 / np.sqrt(x - 1) + 0 * t
        if fault == "NaN start":
            r = r + np.nan
        return r, slope[:, :, None]

    low = 1.0 if fault == "infinite slope" else 0.5 if fault == "saturated" else 0.1
    run = multistart.least_squares(function, x0, [low], [5.0])
    return list(run.verdict) if fault != "infinite slope" else [run.verdict[0]]


def by_ode(fault):
    t = np.linspace(0, 1, 6)
    rates = {
        "NaN gradient": lambda p, y: p * torch.where(y > -1e9, y, torch.sqrt(0 * y)),
        "infinite slope": lambda p, y: -torch.sqrt(p) * y,
        "flat start": lambda p, y: -y + 0 * p,
        "saturated": lambda p, y: -(1 + torch.tanh(100 * p + 100)) * y,
        "ReLU": lambda p, y: -torch.relu(p - 1) * y,
        "NaN start": lambda p, y: p * torch.nan * y,
        "runs away": lambda p, y: 1e4 * p + (1e200 + p) * y**2,
    }
    return neural_ode.fit_ode(rates[fault], [0.0], t, np.exp(-t)[:, None], sd=0.01)


def small(value=None, scale=1.0):
    network = nets.mlp([1, 6, 1], seed=0)
    if value is not None:
        for weight in network.parameters():
            weight.data.fill_(value)
    x = torch.linspace(0.1, 1, 20, dtype=torch.float64)[:, None]
    return network, (scale * x, torch.sin(3 * x))


def by_rows(fault):
    rows = {
        "NaN gradient": lambda z, y: z + 0 * torch.sqrt(0 * z) - y,  # in forward mode too
        "infinite slope": lambda z, y: torch.sqrt(z) - y,
    }
    value = {"infinite slope": 0.0, "zero network": 0.0, "NaN start": np.nan}.get(fault)
    network, data = small(value, scale=1e6 if fault == "saturated" else 1.0)
    return nets.fit_rows(network, lambda f, x: f(x), rows.get(fault, lambda z, y: z - y), data, iterations=60)


def by_sequences(fault):
    x = np.random.default_rng(0).choice([-1.0, 1.0], (20, 5, 1))
    network = nets.Recurrent("GRU", 1, 4, seed=0)
    if fault != "saturated":
        next(network.parameters()).data.fill_(np.nan if fault == "NaN start" else 0.0)
    return nets.fit_sequences(network, 1e9 * x if fault == "saturated" else x, x, seed=0, iterations=5)


def by_deeponet(fault):
    rng = np.random.default_rng(0)
    x, u = np.linspace(0, 1, 15)[:, None], rng.standard_normal((12, 6))
    g = np.sin(3 * x.T) * u[:, :1] + x.T * u[:, 1:2]
    if fault == "NaN start":
        u[0] = np.nan
    size = 1e7 if fault == "saturated" else 1.0
    return nets.fit_deeponet(u, g, size * x, modes=2, inputs=2, trunk=6, branch=4, iterations=(3, 3), seed=0)


def by_sbinn(fault):
    readings = [110, np.nan if fault == "NaN start" else 120]
    run = sbinn.train([0, 900], readings, published_start()[None], seed=0, iterations=1, warm_up=1, every=100)
    return list(run.verdict)


def by_gp(fault):
    y = np.array([0.0, 1.0, 0.5]) + (np.nan if fault == "NaN start" else 0)
    mean = (lambda x: torch.cat([x**0, x, x**2], dim=1)) if fault == "flat start" else "constant"
    return gp.regress(np.arange(3.0), y, mean=mean, restarts=1)


CALLS = {f"pinn.fit {method}": (by_pinn(method), PINN) for method in METHODS} | {
    "pinn.fit_many": (by_many, [f for f in PINN if f not in ("infinite slope", "zero network", "NaN start")]),
    "multistart": (
        by_multistart,
        ["wrong sign", "NaN gradient", "flat start", "saturated", "infinite slope", "NaN start"],
    ),
    "fit_ode": (
        by_ode,
        ["NaN gradient", "infinite slope", "flat start", "saturated", "ReLU", "NaN start", "runs away"],
    ),
    "fit_rows": (by_rows, ["NaN gradient", "infinite slope", "zero network", "saturated", "NaN start"]),
    "fit_sequences": (by_sequences, ["saturated", "zero network", "NaN start"]),
    "fit_deeponet": (by_deeponet, ["saturated", "out of steps", "NaN start"]),
    "sbinn": (by_sbinn, ["out of steps", "NaN start"]),
    "gp": (by_gp, ["flat start", "NaN start"]),
}


@pytest.mark.parametrize(("call", "fault"), [(call, fault) for call, (_, faults) in CALLS.items() for fault in faults])
def test_a_planted_fault_is_never_converged(call, fault):
    """It is refused before any computing, with a reason; or the verdict says what is wrong and what to try."""
    try:
        result = CALLS[call][0](fault)
    except (ValueError, FloatingPointError) as refused:
        assert len(str(refused)) > 40, "a refusal says what was expected and what to do"
        return
    for verdict in result if isinstance(result, list) else [result.verdict]:
        assert verdict.status in optim.STATUSES[1:], str(verdict)
        assert verdict.reason and verdict.remedy and not verdict.converged
    if not isinstance(result, list):
        assert not result.converged


@pytest.mark.parametrize("name", fitting.RUNS)
def test_every_call_that_fits_says_how_it_ended(name):
    """One vocabulary, in the result type that is promised and in the result that comes back."""
    promised = fitting.answers(fitting.fitting()[name])
    assert any(map(fitting.has_verdict, promised)), f"give the answer of {name} a verdict: see mmlib.optim.Verdict"
    found = fitting.RUNS[name]()
    for fit in found if type(found) is list else [found]:
        several = isinstance(fit.verdict, tuple)
        for verdict in fit.verdict if several else [fit.verdict]:
            assert isinstance(verdict, optim.Verdict) and verdict.status in optim.STATUSES
            assert len(verdict.reason.split()) > 3 and verdict.remedy
        said = [v.converged for v in fit.verdict] if several else fit.verdict.converged
        assert np.array_equal(fit.converged, said)


def test_a_cohort_that_nobody_read_and_too_few_stages():
    from mmlib import mixed_effects

    t, normal = np.arange(3.0), np.random.default_rng(0).standard_normal((400, 1))
    readings = (8 + 0.5 * np.random.default_rng(1).standard_normal((30, 1))) * t

    def fit(readings, stages):
        return mixed_effects.fit_population(lambda z: z * t, readings, error=0.2, normal=normal, stages=stages)

    assert fit(None, 12).verdict.status == "not determined" and "no patient" in fit(None, 12).verdict.reason
    assert fit(readings, 1).verdict.status == "out of steps" and "stages=" in fit(readings, 1).verdict.remedy
    assert fit(readings, 30).converged


def test_resampling_that_cannot_decide_names_the_terms():
    from mmlib import identify

    t = np.linspace(0, 2, 81)
    rng = np.random.default_rng(3)
    exact = identify.problem(t, np.exp(-3 * t)[:, None], names=["x"], degree=1)
    clear = identify.bagging(exact, seed=0, n_models=20, drop=0)
    assert clear.converged and "terms come back" in clear.verdict.reason
    noisy = identify.problem(t, np.exp(-3 * t)[:, None] + 0.1 * rng.standard_normal((81, 1)), names=["x"])
    open_ = identify.bagging(noisy, threshold=2.0, seed=0, n_models=40, drop=0)
    unsure = [term for term, p in zip(open_.terms, open_.probability[0], strict=True) if 0.2 <= p <= 0.8]
    assert unsure and open_.verdict.status == "not determined" and all(term in open_.verdict.reason for term in unsure)
    assert identify.bagging(noisy, threshold=1e3, seed=0, n_models=5, drop=0).verdict.status == "stalled"


def test_a_network_on_slopes_that_is_stopped_early():
    from mmlib import surfaces

    x = fitting.PLACES
    early = surfaces.fit_network(x, np.sin(3 * x), rng=0, hidden=(6,), steps=2)
    assert early.verdict.status == "out of steps" and "steps=" in early.verdict.remedy
    done = surfaces.fit_network(x, 2 * x, rng=0, hidden=(6,), steps=2000)
    assert done.verdict.status == "converged", str(done.verdict)
    assert surfaces.fit_spline(x, 2 * x).converged


def test_what_is_right_is_converged_even_if_all_steps_were_used():
    """Poisson to a residual of 1e-7 of the zero function's, in exactly as many iterations as were allowed."""
    fit = pinn.fit(*poisson(), seed=0, iterations=200)
    assert "all 200 iterations were used" in fit.message and fit.trained < 1e-6
    assert fit.converged and fit.fresh < 1e-5, fit
    assert "fresh points" in repr(fit) and f"{fit.unknowns} unknowns" in repr(fit) and fit.unknowns == 19
    again = pinn.fit(*poisson(), seed=0, iterations=3)
    assert again.verdict.status == "out of steps" and "Allow more iterations" in repr(again)


def test_a_decay_fitted_everywhere_is_converged():
    t = np.linspace(0, 1, 9)
    run = multistart.least_squares(
        lambda x, which: (np.exp(-x * t) - np.exp(-0.3 * t), (-t * np.exp(-x * t))[:, :, None]), [[1.0]], [0.1], [5.0]
    )
    ode = neural_ode.fit_ode(lambda p, y: p * y, [0.0], t, np.exp(-t)[:, None], sd=0.01)
    network, data = small()
    rows = nets.fit_rows(network, lambda f, x: f(x), lambda z, y: z - y, data, iterations=60)
    fitted = gp.regress(t, np.sin(3 * t), restarts=2)
    for verdict in (*run.verdict, ode.verdict, rows.verdict, fitted.verdict):
        assert verdict.status == "converged", str(verdict)
    assert run.converged.all() and ode.converged and rows.converged and fitted.converged


def test_a_constant_that_no_reading_determines_is_named():
    with pinn.float64():
        k = dde.Variable(1.0)
    data = forward(lambda t, y: dde.grad.jacobian(y, t) + k * y)
    fit = pinn.fit(data, net(), seed=0, iterations=50, variables={"k": k})
    assert fit.verdict.status == "not determined" and "k" in fit.verdict.reason, fit


def test_readings_alone_have_a_verdict_too():
    """No equation and no collocation points: a network through readings."""
    t = np.linspace(0, 1, 12)[:, None]
    data = dde.data.PDE(SPAN, None, [dde.icbc.PointSetBC(t, np.exp(-t))], num_domain=0, num_boundary=0)
    fit = pinn.fit(data, net(), seed=0, iterations=60)
    assert fit.verdict.converged and fit.rows == 12 and fit.fresh == fit.trained < 1e-3, fit


def test_a_problem_whose_condition_fixes_nothing_is_not_determined():
    """y' = -y, asked again at the start: any multiple of a solution is one, zero included."""
    again = dde.icbc.OperatorBC(SPAN, lambda t, y, _: decay(t, y), lambda t, on: on)
    data = dde.data.PDE(SPAN, decay, [again], num_domain=20, num_boundary=2)
    fit = pinn.fit(data, net(), seed=0, iterations=40)
    assert fit.verdict.status == "not determined" and "zero network" in fit.verdict.reason, fit


@pytest.mark.parametrize("method", METHODS)
def test_equal_seeds_give_equal_fits_and_nothing_of_the_callers_is_touched(method):
    t = np.linspace(0.1, 1, 8)[:, None]
    k, network = dde.Variable(0.5), net()
    told = dde.icbc.PointSetBC(t, np.exp(-1.7 * t))
    data = dde.data.PDE(SPAN, lambda t, y: dde.grad.jacobian(y, t) + k * y, [told], num_domain=10, num_boundary=2)
    before = copy.deepcopy(network.state_dict())
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    one, two = (pinn.fit(data, network, method=method, seed=0, iterations=12, variables={"k": k}) for _ in range(2))
    assert one.parameters == two.parameters and one.loss == two.loss and one.parameters["k"] != 0.5
    assert k.item() == 0.5 and k.dtype == torch.float32
    assert all(torch.equal(a, b) for a, b in zip(before.values(), network.state_dict().values(), strict=True))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    two.load_variables()
    assert k.item() == pytest.approx(two.parameters["k"])


class Waves(dde.nn.NN):
    """Fixed frequencies, then a network that is trained."""

    def __init__(self):
        super().__init__()
        self.fixed = torch.nn.Linear(1, 3, bias=False)
        self.fixed.weight.data = torch.tensor([[1.0], [2.0], [3.0]])
        self.fixed.requires_grad_(False)
        self.free = dde.nn.FNN([3, 5, 1], "tanh", "Glorot normal")

    def forward(self, x):
        return self.free(torch.sin(self.fixed(x)))


def test_frozen_layers_stay_frozen():
    data = forward(decay)
    fits = [pinn.fit(data, Waves(), seed=s, iterations=15) for s in (0, 1)]
    many = pinn.fit_many(data, Waves(), seeds=[0, 1], iterations=15)
    for one, other in zip(fits, many, strict=True):
        for fit in (one, other):
            assert fit.model.net.fixed.weight.flatten().tolist() == [1.0, 2.0, 3.0]
        assert other.loss == pytest.approx(one.loss, rel=1e-3)
    assert fits[0].loss != fits[1].loss


def test_a_plain_network_of_torch_keeps_its_fit():
    plain = torch.nn.Sequential(torch.nn.Linear(1, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1))
    fit = pinn.fit(forward(decay), plain, seed=0, iterations=60)
    assert abs(fit.predict([[1.0]])[0, 0] - np.exp(-1)) < 1e-4
    assert not hasattr(plain, "regularizer")


def test_weights_of_zero_are_refused():
    with pytest.raises(ValueError, match="positive weight for at least one of"):
        pinn.fit(forward(decay), net(), seed=0, weights=[0, 0])


def test_a_wrong_column_is_named():
    def function(x, which):
        t = np.linspace(0, 1, 9)
        e = np.exp(-x[:, 1:] * t)
        return x[:, :1] * e - 1, np.stack([e, 3 * x[:, :1] * t * e], axis=2)

    with pytest.raises(ValueError, match="slope by parameter 1 disagrees"):
        multistart.least_squares(function, [[1.0, 1.0]], [0.1, 0.1], [5, 5])


def test_a_kink_at_the_start_and_a_rough_solver_are_no_wrong_slopes():
    rng = np.random.default_rng(0)

    def rough(x, which):
        return x**2 - 4 + 1e-5 * rng.standard_normal(x.shape), 2 * x[:, :, None]

    assert multistart.least_squares(rough, [[0.5]], [0.1], [5.0]).x[0, 0] == pytest.approx(2, abs=1e-2)
    steep = multistart.least_squares(
        lambda x, which: (np.exp(-x) - 0.5, -np.exp(-x)[:, :, None]), [[0.1]], [0.0], [1e6]
    )
    assert steep.x[0, 0] == pytest.approx(np.log(2))


def test_importing_the_verdict_is_light():
    """NumPy alone: a course that takes `multistart` waits for nothing else."""
    import subprocess
    import sys

    code = "import sys, mmlib.optim; print([m for m in ('torch', 'scipy', 'deepxde', 'pysindy') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.parametrize("name", fitting.RUNS)
def test_a_result_shows_itself_in_a_few_lines(name):
    """At a prompt the last line is shown: verdict and numbers, never pages of arrays or an address in memory."""
    found = fitting.RUNS[name]()
    for one in found if type(found) is list else [found]:
        assert len(repr(one)) < 700 and " at 0x" not in repr(one)
