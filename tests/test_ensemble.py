"""The batched solver against SciPy and closed forms; its order, its stability, its messages, its speed."""

import time
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import solve_banded

from mmlib import ensemble
from mmlib.ensemble import Draws
from mmlib.systems.ligand_receptor import LigandReceptor


@dataclass(frozen=True)
class Logistic(Draws):
    r: np.ndarray

    bands = (0, 0)

    def rhs(self, y):
        return self.r * y * (1 - y)

    def jacobian(self, y):
        return (self.r * (1 - 2 * y))[None]

    def exact(self, t, y0):
        return 1 / (1 + (1 / y0 - 1) * np.exp(-self.r * t))


@dataclass(frozen=True)
class Robertson(Draws):
    """Robertson's autocatalysis (1966), the usual stiff test, with a full Jacobian."""

    k1: np.ndarray
    k2: np.ndarray
    k3: np.ndarray

    bands = (2, 2)

    def rhs(self, y):
        a, b, c = y
        fast, slow = self.k3 * b * c, self.k1 * a
        return np.array([-slow + fast, slow - fast - self.k2 * b * b, self.k2 * b * b])

    def jacobian(self, y):
        a, b, c = y
        full = np.zeros((3, 3, *np.shape(a)))
        full[0, 0], full[1, 0] = -self.k1, self.k1
        full[0, 1], full[0, 2] = self.k3 * c, self.k3 * b
        full[1, 1], full[1, 2] = -self.k3 * c - 2 * self.k2 * b, -self.k3 * b
        full[2, 1] = 2 * self.k2 * b
        band = np.zeros((5, 3, *np.shape(a)))
        for i in range(3):
            for j in range(3):
                band[2 + i - j, j] = full[i, j]
        return band


@dataclass(frozen=True)
class Explosion(Draws):
    """Thermal explosion, dy/dt = k exp(y) from zero: y = -ln(1 - k t), infinite at t = 1 / k."""

    k: np.ndarray

    bands = (0, 0)

    def rhs(self, y):
        return self.k * np.exp(y)

    def jacobian(self, y):
        return self.rhs(y)[None]


def tissues(draws, seed=0):
    factor = np.exp(0.4 * np.random.default_rng(seed).standard_normal((5, draws)))
    return LigandReceptor(*(np.array([10, 0.01, 4e-6, 2e-4, 0.003])[:, None] * factor))


def lsoda(model, k, n, t, rtol, atol=None):
    one = model[k]
    run = solve_ivp(
        lambda t, y: one.rhs(y), (t[0], t[-1]), np.zeros(n), method="LSODA", t_eval=t, rtol=rtol,
        atol=rtol / 10 if atol is None else atol, lband=2, uband=2, jac=lambda t, y: one.jacobian(y),
    )  # fmt: skip
    return run.y.T


def test_the_order_is_three():
    model, errors, steps = Logistic(r=np.linspace(0.5, 2, 7)), [], []
    for rtol in 10.0 ** -np.arange(4, 8):
        run = ensemble.solve(model, [0.05], [0, 4], rtol=rtol, first_step=1e-2)
        errors.append(abs(run.y[-1, 0] - model.exact(4, 0.05)).mean())
        steps.append(run.steps.mean())
    order = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert order == pytest.approx(3, abs=0.3), (errors, steps)


def test_every_draw_keeps_its_own_error_small_and_takes_its_own_steps():
    t = np.array([0, 1, 8]) * 3600.0
    model = tissues(40)
    run = ensemble.solve(model, np.zeros(20), t, rtol=1e-5, block=16)
    reference = np.stack([lsoda(model, k, 20, t, 1e-10) for k in range(40)], axis=-1)
    error = abs(run.y - reference).max(axis=(0, 1))
    assert run.success and error.max() < 1e-5
    assert len(np.unique(run.steps)) > 5


def test_blocks_and_neighbours_change_nothing():
    t, model = [0, 3600.0], tissues(9)
    together = ensemble.solve(model, np.zeros(10), t)
    alone = [ensemble.solve(model[[k]], np.zeros(10), t).y[-1, :, 0] for k in range(9)]
    assert together.y[-1].T == pytest.approx(np.array(alone), rel=1e-12)
    assert ensemble.solve(model, np.zeros(10), t, block=2).y == pytest.approx(together.y, rel=1e-12, nan_ok=True)


def test_a_stiff_problem_over_eleven_decades_of_time():
    k = np.array([[0.04, 0.02], [3e7, 6e7], [1e4, 2e4]])
    model, t = Robertson(*k), np.array([0.0, 40.0, 4e4, 4e6])
    run = ensemble.solve(model, [1.0, 0, 0], t, rtol=1e-6, atol=1e-10)
    assert run.success and run.steps.max() < 1500
    for draw in (0, 1):
        one = Robertson(*k[:, draw])
        other = solve_ivp(
            lambda t, y, one=one: one.rhs(y), (0, t[-1]), [1.0, 0, 0], method="Radau", t_eval=t, rtol=1e-10, atol=1e-14
        )
        assert run.y[:, :, draw] == pytest.approx(other.y.T, rel=2e-4, abs=1e-9)
    assert run.y.sum(axis=1) == pytest.approx(np.ones((4, 2)), abs=1e-9)  # a linear invariant survives


def test_long_steps_are_damped():
    @dataclass(frozen=True)
    class Fast(Draws):
        k: np.ndarray
        bands = (0, 0)

        def rhs(self, y):
            return -self.k * (y - 1)

        def jacobian(self, y):
            return np.broadcast_to(-self.k, (1, *y.shape))

    run = ensemble.solve(Fast(k=np.array([1e6, 1e9])), [0.0], [0, 1.0], first_step=0.5, rtol=1e-3)
    assert run.y[-1, 0] == pytest.approx([1, 1], abs=1e-3) and run.steps.max() < 60


def test_draws_that_fail_are_named_and_spoil_nothing():
    model = Explosion(k=np.array([0.2, 3.0, 0.5, 1.5]))
    run = ensemble.solve(model, [0.0], [0, 0.5, 1.0], rtol=1e-6)
    assert run.failed.tolist() == [1, 3] and not run.success
    assert run.y[-1, 0, [0, 2]] == pytest.approx(-np.log([0.8, 0.5]), rel=1e-4)
    assert run.y[1, 0, 3] == pytest.approx(-np.log(0.25), rel=1e-4) and np.isnan(run.y[-1, 0, [1, 3]]).all()
    assert ensemble.solve(model, [0.0], [0, 0.1], max_steps=2).failed.tolist() == [0, 1, 2, 3]


def test_the_linear_solver_against_scipy():
    rng = np.random.default_rng(1)
    jacobian, b = rng.normal(size=(4, 7, 3)), rng.normal(size=(7, 3))
    jacobian[0, 3], jacobian[2, 2] = 0, 0  # fill-in is planned for
    system = ensemble._Banded(7, 2, 1)
    system.factor(jacobian, np.full(3, 9.0))
    x = system.solve(b.copy())
    for k in range(3):
        band = -jacobian[..., k]
        band[1] += 9.0
        assert x[:, k] == pytest.approx(solve_banded((2, 1), band, b[:, k]), rel=1e-12)


def test_an_entry_of_the_jacobian_that_appears_later_is_seen():
    system = ensemble._Banded(3, 1, 1)
    jacobian = np.zeros((3, 3, 1))
    system.factor(jacobian, np.array([2.0]))
    jacobian[2, 0] = 1.0
    system.factor(jacobian, np.array([2.0]))
    assert system.solve(np.array([[2.0], [0.0], [0.0]]))[:, 0] == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t": [0, 0]}, "increasing times"),
        ({"t": [1.0]}, "at least two"),
        ({"y0": [[0.1, 0.1]]}, r"\(n, 3\)"),
        ({"y0": [np.nan]}, "finite y0"),
        ({"rtol": 0}, "positive rtol"),
        ({"first_step": 5.0}, "first_step"),
        ({"y0": [0.1, 0.2]}, "banded jacobian"),
    ],
)
def test_bad_input_is_refused_before_computing(change, message):
    options = {"model": Logistic(r=np.ones(3)), "y0": [0.1], "t": [0, 1.0]} | change
    if message == "banded jacobian":
        options["model"] = Robertson(*np.ones((3, 3)))
        options["y0"] = [1.0, 0, 0]
        Robertson.bands, kept = (1, 1), Robertson.bands
    try:
        with pytest.raises(ValueError, match=message):
            ensemble.solve(**options)
    finally:
        if message == "banded jacobian":
            Robertson.bands = kept


def test_rates_that_are_not_finite_name_their_draws():
    with pytest.raises(ValueError, match=r"draws \[1\]"):
        ensemble.solve(Logistic(r=np.array([1.0, np.inf])), [0.1], [0, 1.0])


def test_the_answer_does_not_know_the_date():
    """Times that single numbers hold exactly, more than a million spans from their origin: the same steps to the bit."""
    model, t = Logistic(r=np.array([1.0, 3.0])), np.array([0.0, 0.5, 1.0])
    here = ensemble.solve(model, [0.1], t, rtol=1e-6)
    for origin in (1_100_000.0, -1_100_000.0, 2.0**40):
        there = ensemble.solve(model, [0.1], t + origin, rtol=1e-6)
        assert np.array_equal(here.y, there.y) and np.array_equal(here.steps, there.steps)


def test_a_step_that_was_cut_to_reach_a_time_does_not_shorten_the_next_ones():
    model = Logistic(r=np.array([1.0]))
    plain = ensemble.solve(model, [0.2], [0, 1, 4.0], rtol=1e-4).steps[0]
    cut = ensemble.solve(model, [0.2], [0, 1, 1 + 1e-6, 4.0], rtol=1e-4)
    assert plain <= cut.steps[0] <= plain + 3  # from a step of a millionth it would take eight to grow again
    assert cut.y[2, 0] == pytest.approx(model.exact(1 + 1e-6, 0.2), rel=1e-4)


def test_no_sliver_of_a_step_is_left_before_a_time():
    """A proposal that reaches nearly to the next time is split in two: six tenths of what is left, and the rest."""
    asked = []

    @dataclass(frozen=True)
    class Still(Draws):
        k: np.ndarray
        bands = (0, 0)

        def rhs(self, y):
            return 0 * y

        def jacobian(self, y):
            return 0 * y[None]

    class Noted(ensemble._Banded):
        def factor(self, jacobian, shift):
            asked.append(2 / shift[0])
            super().factor(jacobian, shift)

    plain, ensemble._Banded = ensemble._Banded, Noted
    try:
        for share, steps in ((0.9985, [0.6, 0.4]), (0.9995, [1.0]), (0.5, [0.5, 0.5]), (0.7, [0.6, 0.4])):
            asked.clear()
            ensemble.solve(Still(k=np.ones(1)), [1.0], [0.0, 1.0], first_step=share)
            assert asked == pytest.approx(steps), share
    finally:
        ensemble._Banded = plain


def test_fifty_times_more_trajectories_at_equal_error():
    """Five cells, both errors against a tight reference: the 95th percentile over draws of the worst error."""
    t, few, n = np.array([0, 1, 2, 4, 8]) * 3600.0, 15, 10
    model = tissues(4096, seed=3)

    def error(y):
        return np.percentile(abs(y[..., :few] - reference).max(axis=(0, 1)), 95)

    reference = np.stack([lsoda(model, k, n, t, 1e-10) for k in range(few)], axis=-1)
    ratios = []
    for _ in range(3):  # other work on the machine can spoil one timing
        start = time.process_time()
        loop = np.stack([lsoda(model, k, n, t, 1e-3) for k in range(few)], axis=-1)
        middle = time.process_time()
        batch = ensemble.solve(model, np.zeros(n), t, rtol=1e-3).y
        ratios.append((middle - start) / few / ((time.process_time() - middle) / len(model)))
    assert error(batch) <= error(loop) < 1e-3
    assert max(ratios) >= 50, ratios
