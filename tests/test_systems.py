"""One contract for all systems of ordinary differential equations: the truths each one carries agree with its rhs."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib.systems.lorenz import Lorenz
from mmlib.systems.lotka_volterra import LotkaVolterra
from mmlib.systems.schnakenberg import Schnakenberg

MODELS = [Schnakenberg(), Schnakenberg(a=0.2, b=1.3), Lorenz(), Lorenz(rho=20.0), LotkaVolterra()]
PUBLISHED = {  # right-hand sides as printed in the sources, typed a second time: (model, state) -> rates
    "Schnakenberg": lambda p, u, v: (p.a - u + u * u * v, p.b - u * u * v),
    "Lorenz": lambda p, x, y, z: (-p.sigma * x + p.sigma * y, -x * z + p.rho * x - y, x * y - p.beta * z),
    "LotkaVolterra": lambda p, h, l: ((p.alpha - p.beta * l) * h, (-p.gamma + p.delta * h) * l),
}
every = pytest.mark.parametrize("model", MODELS, ids=lambda m: repr(m)[:40])


def states(model, n=20):
    return 0.2 + 3 * np.random.default_rng(1).random((len(model.names), n))


def equilibria(model):
    return np.atleast_2d(getattr(model, "equilibria", None) if hasattr(model, "equilibria") else model.equilibrium)


@every
def test_the_right_hand_side_is_the_published_one(model):
    y = states(model)
    assert model.rhs(0.0, y) == pytest.approx(np.array(PUBLISHED[type(model).__name__](model, *y)), rel=1e-13)


@every
def test_rates_of_many_states_are_those_of_each(model):
    y = states(model)
    assert model.rhs(0.0, y) == pytest.approx(np.stack([model.rhs(0.0, s) for s in y.T], axis=1), rel=1e-14)


@every
def test_the_jacobian_is_the_derivative_of_the_rates(model):
    h = 1e-6
    for y in states(model, 5).T:
        for j, e in enumerate(np.eye(len(y))):
            slope = (model.rhs(0.0, y + h * e) - model.rhs(0.0, y - h * e)) / (2 * h)
            assert model.jacobian(y)[:, j] == pytest.approx(slope, rel=1e-7, abs=1e-8)


@every
def test_nothing_moves_at_an_equilibrium(model):
    for y in equilibria(model):
        assert model.rhs(0.0, y) == pytest.approx(np.zeros(len(y)), abs=1e-13)


@every
def test_every_state_time_and_parameter_has_a_unit(model):
    fields = set(type(model).__dataclass_fields__)
    assert set(model.units) == set(model.names) | fields | {"t"}


def taylor(name, p, y, t_end, h=0.01, order=25):
    """Independent reference: Taylor series of the solution, coefficients by the Cauchy product, step h."""
    products = {  # the equations once more, as series: c = coefficients so far, mul = k-th coefficient of a product
        "Schnakenberg": lambda c, k, mul: (
            p.a * (k == 0) - c[0][k] + mul(mul_series(c[0], c[0]), c[1], k),
            p.b * (k == 0) - mul(mul_series(c[0], c[0]), c[1], k),
        ),
        "Lorenz": lambda c, k, mul: (
            p.sigma * (c[1][k] - c[0][k]),
            p.rho * c[0][k] - c[1][k] - mul(c[0], c[2], k),
            mul(c[0], c[1], k) - p.beta * c[2][k],
        ),
        "LotkaVolterra": lambda c, k, mul: (
            p.alpha * c[0][k] - p.beta * mul(c[0], c[1], k),
            p.delta * mul(c[0], c[1], k) - p.gamma * c[1][k],
        ),
    }[name]

    def mul(a, b, k):
        return sum(a[i] * b[k - i] for i in range(k + 1))

    def mul_series(a, b):
        return [mul(a, b, k) for k in range(len(a))]

    for _ in range(round(t_end / h)):
        c = [[value] for value in y]
        for k in range(order):
            for series, rate in zip(c, products(c, k, mul), strict=True):
                series.append(rate / (k + 1))
        y = [sum(a * h**k for k, a in enumerate(series)) for series in c]
    return np.array(y)


@pytest.mark.parametrize(
    ("model", "start", "t_end"),
    [(Schnakenberg(), [0.2, 2.0], 2.0), (Lorenz(), [-8.0, 7.0, 27.0], 3.0), (LotkaVolterra(), [30.0, 4.0], 3.0)],
    ids=lambda v: type(v).__name__,
)
def test_the_solution_is_that_of_a_taylor_series(model, start, t_end):
    ours = solve_ivp(model.rhs, (0, t_end), start, method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    assert ours == pytest.approx(taylor(type(model).__name__, model, start, t_end), rel=1e-9)


def test_lotka_volterra_conserves_its_quantity():
    model = LotkaVolterra()
    run = solve_ivp(model.rhs, (0, 40), [30.0, 4.0], method="DOP853", rtol=1e-11, atol=1e-11)
    kept = model.conserved(run.y)
    assert np.ptp(kept) < 1e-8 * abs(kept[0])
    assert np.ptp(run.y[0]) > 20  # and it did move


def test_lorenz_shrinks_volumes_at_a_constant_rate():
    model = Lorenz()
    for y in states(model, 5).T:
        assert np.trace(model.jacobian(y)) == pytest.approx(model.divergence, rel=1e-14)


def test_schnakenberg_total_changes_by_supply_minus_decay():
    model, y = Schnakenberg(a=0.15, b=0.7), states(Schnakenberg())
    assert model.rhs(0.0, y).sum(axis=0) == pytest.approx(model.a + model.b - y[0], rel=1e-13)


def test_schnakenberg_waves_grow_only_in_the_turing_band():
    model = Schnakenberg()
    D_u, D_v = 1.0, 40.0
    J = model.jacobian(model.equilibrium)
    q = np.roots([D_u * D_v, -(D_v * J[0, 0] + D_u * J[1, 1]), np.linalg.det(J)])  # det(J - q D) = 0, q = k^2
    edges = np.sqrt(np.sort(q))
    assert model.growth_rate(edges, D_u, D_v) == pytest.approx([0, 0], abs=1e-12)
    assert model.growth_rate(np.sqrt(q.mean()), D_u, D_v) > 0
    assert (model.growth_rate(np.array([0.0, 0.9 * edges[0], 1.1 * edges[1], 10.0]), D_u, D_v) < 0).all()
    assert (model.growth_rate(np.linspace(0, 3, 50), 1.0, 1.0) < 0).all()  # equal diffusion: no pattern
