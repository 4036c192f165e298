"""An answer that the input does not determine is refused, and the open part is named. Each right neighbour still works."""

import numpy as np
import pysindy as ps
import pytest
import torch

from mmlib import ensemble, gp, identify, neural_ode, pinn
from mmlib.pinn import dde
from tests.test_ensemble import Robertson

T = np.linspace(0, 2, 201)
METHODS = {
    "sindy": identify.sindy,
    "lasso": identify.lasso,
    "ridge": identify.ridge,
    "stepwise": identify.stepwise,
    "exhaustive": identify.exhaustive,
    "bagging": lambda p: identify.bagging(p, seed=0, n_models=3),
    "path sindy": lambda p: identify.path(p, "sindy"),
    "path lasso": lambda p: identify.path(p, "lasso"),
    "path stepwise": lambda p: identify.path(p, "stepwise"),
}


@pytest.mark.parametrize("method", METHODS)
def test_fewer_rows_than_terms(method):
    t = np.linspace(0, 1, 9)
    few = identify.problem(t, np.c_[np.exp(-t), np.exp(-2 * t), np.cos(t)], names="abc", window=5)
    with pytest.raises(ValueError, match="more rows than terms; got"):
        METHODS[method](few)


@pytest.mark.parametrize("method", METHODS)
def test_terms_that_are_combinations_of_others_are_named(method):
    p = identify.problem(T, np.c_[np.exp(-T), 2 * np.exp(-T)], names=["a", "b"], degree=1)
    assert p.rank == 2 and p.dependent == {"b": ["a"]} and p.condition > 1e12
    with pytest.raises(ValueError, match="combinations of others: b of a"):
        METHODS[method](p)


def test_columns_that_a_solver_cannot_take_are_named():
    library = ps.CustomLibrary([lambda x: x, lambda x: np.sqrt(x - 2)], [lambda x: x, lambda x: f"root({x})"])
    with pytest.raises(ValueError, match=r"NaN or infinity in root\(x\)"), np.errstate(invalid="ignore"):
        identify.problem(T, np.cos(T)[:, None], names=["x"], library=library)
    with pytest.raises(ValueError, match="state 'dead' that never changes"):
        identify.problem(T, np.c_[np.exp(-T), 0 * T], names=["x", "dead"])


def test_a_structure_of_ones_and_zeros_is_the_boolean_one():
    p = identify.problem(T, np.exp(-T)[:, None], names=["x"], degree=2)
    one = identify.refit(p, np.array([[0, 1, 0]]))
    assert one.coef == pytest.approx(identify.refit(p, np.array([[False, True, False]])).coef)
    assert (one.structure == [[False, True, False]]).all()


@pytest.mark.parametrize(
    "t", [1.7e9 + T, T.astype(np.float32), 0.01, list(T)], ids=["epoch", "float32", "step", "list"]
)
@pytest.mark.parametrize("derivative", ["weak", "smoothed"])
def test_times_as_loggers_write_them(t, derivative):
    p = identify.problem(t, np.exp(-T)[:, None], names=["x"], degree=1, derivative=derivative)
    assert identify.sindy(p).coef == pytest.approx(np.array([[0, -1.0]]), abs=2e-3)


def test_trajectories_in_a_tuple_of_different_lengths():
    p = identify.problem((T, T[:90]), (np.exp(-T)[:, None], 2 * np.exp(-T[:90])[:, None]), names=["x"], degree=1)
    assert identify.sindy(p).coef == pytest.approx(np.array([[0, -1.0]]), abs=1e-3) and set(p.group) == {0, 1}


def test_a_trend_needs_a_point_to_spare():
    x = np.random.default_rng(0).uniform(size=(4, 3))
    with pytest.raises(ValueError, match="4 coefficients, of which these 4 points"):
        gp.regress(x, x[:, 0], mean="linear")
    low, few = np.linspace(0, 1, 20), np.linspace(0.1, 0.9, 3)
    with pytest.raises(ValueError, match=r"level 1, whose trend has rho.*3 coefficients"):
        gp.ar1([(low, np.sin(low)), (few, np.cos(few))])
    assert gp.regress(low, np.sin(low), mean="linear", restarts=1).spare == 18


def test_the_restricted_likelihood_gives_wider_answers_with_few_points():
    rng, x = np.random.default_rng(3), np.linspace(0, 1, 7)
    y = np.sin(6 * x) + 0.1 * rng.standard_normal(7)
    plain, careful = (gp.regress(x, y, mean="linear", restarts=2, restricted=r) for r in (False, True))
    at = np.linspace(-0.3, 1.3, 20)
    assert careful.predict(at).sd.mean() > 1.05 * plain.predict(at).sd.mean()


def test_a_period_is_found_from_the_default_kernel():
    import gpytorch

    x = np.linspace(0, 100, 41)
    y = np.sin(2 * np.pi * x / 40) + 0.05 * np.random.default_rng(0).standard_normal(41)
    kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.PeriodicKernel())
    fit = gp.regress(x, y, kernel=kernel, restarts=2)
    assert fit.kernel.base_kernel.period_length.item() == pytest.approx(40, rel=0.02) and fit.as_given == ()
    assert fit.predict([110.0, 130.0]).mean == pytest.approx([-1.0, 1.0], abs=0.1)


def test_a_constant_has_a_spread_in_its_own_unit():
    x = np.linspace(0, 1, 7)
    one, other = (gp.regress(x, np.full(7, v), restarts=1).predict([0.5]).sd[0] / v for v in (5.0, 0.1))
    assert one == pytest.approx(other, rel=0.1)


LINE = dde.geometry.Interval(0, 1)


def everywhere(_, on):
    return on


def poisson(x, u):
    return dde.grad.hessian(u, x) + torch.sin(6.283185307179586 * x)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([], "at least one condition beside the equation"),
        ([dde.icbc.NeumannBC(LINE, lambda x: 0 * x, everywhere)], r"output\(s\) \[0\] fixed up to a constant only"),
        ([dde.icbc.PeriodicBC(LINE, 0, everywhere), dde.icbc.PeriodicBC(LINE, 0, everywhere, derivative_order=1)], "fixed up to a constant"),
        ([dde.icbc.PointSetBC(np.array([[7.0]]), np.array([[1.0]]))], r"inside of the domain.*got \[7.\]"),
    ],
)  # fmt: skip
def test_conditions_that_leave_the_answer_open(conditions, message):
    data = dde.data.PDE(LINE, poisson, conditions, num_domain=20, num_boundary=2)
    net = dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal")
    with pytest.raises(ValueError, match=message):
        pinn.fit(data, net, seed=0, iterations=3)


def test_one_value_closes_a_periodic_problem():
    ends = [dde.icbc.PeriodicBC(LINE, 0, everywhere), dde.icbc.PeriodicBC(LINE, 0, everywhere, derivative_order=1)]
    ends.append(dde.icbc.PointSetBC(np.array([[0.0]]), np.array([[0.0]])))
    data = dde.data.PDE(LINE, poisson, ends, num_domain=30, num_boundary=2)
    x = np.linspace(0, 1, 11)[:, None]
    exact = np.sin(2 * np.pi * x) / (2 * np.pi) ** 2
    net = dde.nn.FNN([1, 10, 1], "tanh", "Glorot normal")
    assert pinn.fit(data, net, seed=0, iterations=40, reference=(x, exact)).error < 1e-2


def test_a_condition_that_never_sees_the_network_is_named():
    sheet = dde.geometry.GeometryXTime(LINE, dde.geometry.TimeDomain(0, 1))
    still = dde.icbc.NeumannBC(
        sheet, lambda x: 0 * x[:, :1], lambda x, _: np.isclose(x[1], 0) & ~np.isclose(x[0] * (1 - x[0]), 0)
    )
    start = dde.icbc.IC(sheet, lambda x: np.sin(np.pi * x[:, :1]), everywhere)

    def wave(x, u):
        return dde.grad.hessian(u, x, i=1, j=1) - dde.grad.hessian(u, x, i=0, j=0)

    data = dde.data.TimePDE(sheet, wave, [start, still], num_domain=30, num_boundary=10, num_initial=10)
    with pytest.raises(ValueError, match="NeumannBC 1.*depend on no weight|NeumannBC 1.*no points"):
        pinn.fit(data, dde.nn.FNN([2, 6, 1], "tanh", "Glorot normal"), seed=0, iterations=2)


def test_a_day_in_seconds_is_learned_like_a_day():
    """Half-life of four hours in seconds: the affine layer inside the network takes the unit away."""
    rate, end = np.log(2) / 14400, 86400.0
    with pinn.float64():
        day = dde.geometry.TimeDomain(0, end)
        start = dde.icbc.IC(day, lambda t: 0 * t + 1, everywhere)
        data = dde.data.PDE(
            day, lambda t, y: dde.grad.jacobian(y, t) / rate + y, [start], num_domain=40, num_boundary=2
        )
        t = np.linspace(0, end, 30)[:, None]
        net = dde.nn.FNN([1, 10, 1], "tanh", "Glorot normal")
        fit = pinn.fit(data, net, seed=0, iterations=150, reference=(t, np.exp(-rate * t)))
    assert fit.error < 1e-4 and net._input_transform is None


def test_robertson_to_its_usual_end():
    run = ensemble.solve(
        Robertson(np.array([0.04]), np.array([3e7]), np.array([1e4])), [1.0, 0, 0], [0, 1e11], rtol=1e-5
    )
    assert run.success and run.y[-1, 0, 0] == pytest.approx(2.0833402e-08, rel=1e-3)  # SciPy's Radau at rtol 1e-10


def test_a_reading_of_one_state_may_be_missing():
    """A third of the second state's readings are missing, and in the other series it was never read."""
    t = np.linspace(0, 3, 25)
    y = np.c_[np.exp(-t), 1 - np.exp(-t)]
    holes, never = y.copy(), y.copy()
    holes[::3, 1], never[:, 1] = np.nan, np.nan

    def law(p, z):
        return torch.stack([-p[0] * z[..., 0], p[0] * z[..., 0]], -1)

    fit = neural_ode.fit_ode(law, [0.5], [t, t], [holes, never], sd=0.01)
    assert fit.params.item() == pytest.approx(1.0, abs=1e-3) and np.isfinite(np.concatenate(fit.states)).all()
    assert fit.states[0] == pytest.approx(y, abs=2e-3)


def test_a_potential_of_which_only_the_slope_is_asked_may_have_any_level():
    """The last layer of the network need not give its outputs: here they are the slope of what it gives."""

    class Slope(dde.nn.NN):
        def __init__(self):
            super().__init__()
            self.potential = dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal")

        def forward(self, x):
            x = x if x.requires_grad else x.detach().requires_grad_()
            with torch.enable_grad():  # the error of the fit is asked without gradients
                return torch.autograd.grad(self.potential(x).sum(), x, create_graph=True)[0]

    ends = dde.icbc.DirichletBC(LINE, lambda x: x, everywhere)
    data = dde.data.PDE(LINE, lambda x, u: dde.grad.hessian(u, x), [ends], num_domain=10, num_boundary=2)
    assert pinn.fit(data, Slope(), seed=0, iterations=30, method="ssbroyden").loss < 0.1


def test_an_algebraic_equation_needs_no_condition():
    data = dde.data.PDE(LINE, lambda x, u: u - torch.sin(3 * x), [], num_domain=20, num_boundary=2)
    net = dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal")
    x = np.linspace(0, 1, 9)[:, None]
    assert pinn.fit(data, net, seed=0, iterations=30, reference=(x, np.sin(3 * x))).error < 1e-2


def test_a_plain_network_that_goes_on_is_scaled_once():
    end = 1000.0
    day = dde.geometry.TimeDomain(0, end)
    start = dde.icbc.IC(day, lambda t: 0 * t + 1, everywhere)
    data = dde.data.PDE(day, lambda t, y: dde.grad.jacobian(y, t) * end + y, [start], num_domain=20, num_boundary=2)
    plain = torch.nn.Sequential(torch.nn.Linear(1, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1))
    fit = pinn.fit(data, plain, seed=0, iterations=20)
    assert fit.predict([[end]])[0, 0] == pytest.approx(np.exp(-1), abs=1e-2)
    on = pinn.fit(data, fit.model.net, seed=None, iterations=1)
    assert on.history["loss"][0] == pytest.approx(fit.loss, rel=1e-6)


def test_readings_outside_of_the_domain_may_be_mirrored_by_a_feature_or_have_no_equation():
    """An even solution: a reading at -0.5 is one at 0.5. Without an equation there is no domain to leave."""
    x = np.array([[-0.5], [0.0], [1.0]])
    told = dde.icbc.PointSetBC(x, np.cos(x))
    even = dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal")
    even.apply_feature_transform(lambda x: x**2)
    data = dde.data.PDE(LINE, lambda x, u: dde.grad.hessian(u, x) + u, [told], num_domain=10, num_boundary=2)
    assert pinn.fit(data, even, seed=0, iterations=10).predict([[0.5]])[0, 0] == pytest.approx(np.cos(0.5), abs=0.05)
    alone = dde.data.PDE(LINE, None, [told], num_domain=0)
    assert pinn.fit(alone, dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal"), seed=0, iterations=10).loss < 0.1
