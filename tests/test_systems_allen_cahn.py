"""The equation of Allen and Cahn: closed forms of its parts, the standing front, and SciPy on finite differences as referees."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib.collocation import gauss
from mmlib.systems.allen_cahn import AllenCahn

MODEL = AllenCahn()


def test_a_cosine_decays_as_fourier_says():
    model = AllenCahn(diffusion=0.03, reaction=1e-12, cells=32)
    u = 0.4 * np.cos(3 * np.pi * model.x)
    np.testing.assert_allclose(model.split(u, 0.7, 3), u * np.exp(-0.03 * (3 * np.pi) ** 2 * 0.7), atol=1e-10)


def test_without_slopes_the_reaction_has_a_closed_form():
    model = AllenCahn(reaction=3.0, cells=16)
    exact = 0.2 / np.sqrt(0.04 + 0.96 * np.exp(-2 * 3.0 * 0.5))  # the logistic equation of u^2
    for got in (model.split(np.full(16, 0.2), 0.5, 5), model.step(np.full(16, 0.2), 0.5, 8).u):
        np.testing.assert_allclose(got, exact, atol=1e-8)


@pytest.mark.parametrize(("d", "r"), [(2e-3, 5.0), (1e-3, 2.0)])
def test_a_front_of_the_known_width_stands_still(d, r):
    """On the line u = tanh(x sqrt(r / 2 d)) is at rest; two fronts in the ring hardly feel each other."""
    model = AllenCahn(diffusion=d, reaction=r)
    front = np.tanh((model.x - 0.5) * np.sqrt(r / (2 * d)))
    assert abs(model.rhs(0, front)).max() < 1e-5 * r
    assert abs(model.step(front, 0.8, 4).u - front).max() < 1e-5
    wider = np.tanh((model.x - 0.5) * np.sqrt(r / (2.2 * d)))
    assert abs(model.rhs(0, wider)).max() > 0.01 * r


def test_finite_differences_and_scipy_agree():
    model, fine = AllenCahn(cells=128), AllenCahn(cells=1024)
    u = model.solve(model.initial(model.x), 0.5, 100)
    h = 1 / fine.cells

    def rate(t, u):
        near = np.r_[u[0], u, u[-1]]  # mirrored at both ends
        return 1e-4 * (near[2:] - 2 * u + near[:-2]) / h**2 + 5 * u - 5 * u**3

    run = solve_ivp(rate, (0, 0.5), fine.initial(fine.x), "LSODA", rtol=1e-8, atol=1e-8, lband=1, uband=1)
    there = np.interp(model.x, fine.x, run.y[:, -1])
    assert abs(u - there).max() < 2e-4  # differences of second order on 1,024 cells


def test_splitting_has_order_two_and_extrapolation_six():
    model = AllenCahn(diffusion=0.02, reaction=2.0, cells=32)
    u = 0.5 * np.cos(np.pi * model.x) + 0.2  # smooth; the benchmark's own start has a kink at x = 1
    exact = model.solve(u, 0.4, 200)
    plain = [abs(model.split(u, 0.4, n) - exact).max() for n in (20, 40)]
    high = [abs(model.solve(u, 0.4, n) - exact).max() for n in (4, 8)]
    assert np.log2(plain[0] / plain[1]) == pytest.approx(2, abs=0.1)
    assert np.log2(high[0] / high[1]) == pytest.approx(6, abs=0.7)


def test_a_step_converges_with_its_stages_and_says_how():
    u = MODEL.solve(MODEL.initial(MODEL.x), 0.1)
    exact = MODEL.solve(u, 0.4)
    steps = [MODEL.step(u, 0.4, q) for q in (2, 4, 8)]
    errors = [abs(s.u - exact).max() for s in steps]
    assert errors[0] < 0.1 and errors[1] < errors[0] / 20 and errors[2] < errors[1] / 100
    for q, s in zip((2, 4, 8), steps, strict=True):
        assert s.residual < 1e-10 and s.stages.shape == (q, 256) and 1 <= s.newton <= 12


@pytest.mark.parametrize(("goes", "tolerance"), [(1, 1e-3), (3, 1e-3), (1, 1e-10)])
def test_the_residual_is_the_largest_misfit_of_the_stages(goes, tolerance):
    """The equations of the stages written once more; the state after the step follows from its stages."""
    model = AllenCahn(diffusion=0.02, cells=32)
    u, h = model.initial(model.x), 0.3
    got = model.step(u, h, 3, goes=goes, tolerance=tolerance)
    a, b, _ = gauss(3)
    rates = np.array([model.rhs(0, stage) for stage in got.stages])
    misfit = got.stages - u - h * np.einsum("ij,jk->ik", a, rates)
    assert got.residual == pytest.approx(abs(misfit).max(), abs=1e-14) and 0 < got.residual < tolerance
    np.testing.assert_allclose(got.u, u + h * (b[:, None] * rates).sum(axis=0), rtol=1e-13)
    assert got.newton > model.step(u, h, 3, tolerance=1).newton


def test_newtons_failure_is_an_error_that_names_the_remedy():
    model = AllenCahn(cells=8)
    with pytest.raises(RuntimeError, match="goes=4"):
        model.step(model.initial(model.x), 8.0, 3, tolerance=1e-30)  # below round-off


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: AllenCahn(cells=2), "cells"),
        (lambda: AllenCahn(diffusion=-1e-4), "diffusion"),
        (lambda: MODEL.split(np.zeros(7), 0.1, 3), "shape"),
        (lambda: MODEL.step(np.full(256, np.nan), 0.1, 3), "finite"),
        (lambda: MODEL.split(np.zeros(256), -0.1, 3), "duration"),
        (lambda: MODEL.split(np.zeros(256), 0.1, 0), "steps"),
        (lambda: MODEL.step(np.zeros(256), 0.1, 0), "stages"),
        (lambda: MODEL.step(np.zeros(256), 0.1, 3, goes=0), "goes"),
    ],
)
def test_bad_input_is_refused(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
