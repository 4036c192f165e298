"""Cell invasion: reference solution and plain solver against closed forms and against each other."""

import dataclasses

import numpy as np
import pytest

from mmlib.systems.cell_invasion import CellInvasion, finite_volumes, fisher_wave, scratch

MODEL = CellInvasion()


def middles(n, length=2000.0):
    return length * (np.arange(n) + 0.5) / n


def plain(n, t, model=MODEL, start=scratch, step=0.5):
    return finite_volumes(
        start(middles(n, model.length)), t, width=model.length / n, step=step, diffusivity=model.diffusivity,
        growth=lambda u, t: model.growth(u),
    )  # fmt: skip


def test_wave_solves_fishers_equation():
    x, t, h = np.linspace(-500, 500, 41), np.linspace(0, 40, 9)[:, None], 1e-3
    wave = lambda x, t: fisher_wave(x, t, D=300.0, r=0.04)  # noqa: E731
    u = wave(x, t)
    u_t = (wave(x, t + h) - wave(x, t - h)) / (2 * h)
    u_xx = (wave(x + 1, t) - 2 * u + wave(x - 1, t)) / 1**2
    assert u_t == pytest.approx(300 * u_xx + 0.04 * u * (1 - u), abs=1e-7)


def test_wave_moves_at_its_special_speed():
    speed = 5 * np.sqrt(0.04 * 300 / 6)
    assert fisher_wave(speed * 10, 10.0, D=300.0, r=0.04) == pytest.approx(0.25)


def test_reference_agrees_with_the_closed_form():
    """In a field so long that its ends do not matter."""
    model = CellInvasion(D1=0.0, length=4000.0)
    x = np.linspace(1000, 3000, 81)
    start = lambda x: fisher_wave(x, 0.0, D=model.D0, r=model.r, x0=1500.0)  # noqa: E731
    found = model.solve(start, x, [0.0, 48.0])
    assert found[1] == pytest.approx(fisher_wave(x, 48.0, D=model.D0, r=model.r, x0=1500.0), abs=1e-6)


@pytest.mark.parametrize("D1", [0.0, 4000.0])
def test_cells_are_conserved_without_growth(D1):
    model = CellInvasion(D1=D1, r=0.0)
    u = plain(100, [0, 10, 48], model)
    assert u.mean(axis=1) == pytest.approx(u[0].mean(), rel=1e-12)
    x = middles(400)
    reference = model.solve(scratch, x, [0, 10, 48])
    assert reference.mean(axis=1) == pytest.approx(reference[0].mean(), rel=1e-6)


def test_plain_solver_is_of_second_order():
    t = np.arange(0, 49, 8.0)
    errors = []
    for n, step in ((50, 2.0), (100, 1.0), (200, 0.5)):
        errors.append(abs(plain(n, t, step=step) - MODEL.solve(scratch, middles(n), t)).max())
    order = -np.diff(np.log2(errors))
    assert order == pytest.approx(2, abs=0.5), errors


def test_experiments_do_not_touch_each_other():
    x, t = middles(60), [6.0, 20.0]
    starts = np.stack([scratch(x), scratch(x, 0.9, 200, 300), 0 * x])
    law = {"diffusivity": MODEL.diffusivity, "growth": lambda u, t: MODEL.growth(u)}
    together = finite_volumes(starts, t, width=2000 / 60, **law)
    assert together.shape == (3, 2, 60)
    for one, start in zip(together, starts, strict=True):
        assert one == pytest.approx(finite_volumes(start, t, width=2000 / 60, **law), abs=1e-13)


def test_growth_may_depend_on_time():
    late = finite_volumes(
        np.full(3, 0.1), [10.0, 20.0], width=1.0, diffusivity=np.ones_like, growth=lambda u, t: 0.05 * u * (t > 10)
    )
    assert late[0] == pytest.approx(0.1) and late[1] == pytest.approx(0.1 * np.exp(0.5), rel=1e-3)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: CellInvasion(D0=-1.0), "D0 positive"),
        (lambda: CellInvasion(r=np.nan), "r zero or positive"),
        (lambda: MODEL.solve(scratch, [2500.0], [1.0]), "between 0 and 2000"),
        (lambda: MODEL.solve(scratch, [100.0], [3.0, 1.0]), "increasing"),
        (lambda: plain(2, [1.0]), "n >= 3"),
        (lambda: plain(10, [2.0, 1.0]), "increasing"),
        (lambda: plain(10, [1.0], step=0.0), "positive step"),
        (lambda: plain(10, [1.0], start=lambda x: np.full_like(x, np.nan)), "finite u0"),
    ],
)
def test_errors_say_what_to_do(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_a_model_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MODEL.r = 1.0


def test_a_solver_that_breaks_down_says_so():
    with pytest.raises(RuntimeError, match="no longer finite at 0 h: D or f"):
        finite_volumes(np.full(4, 0.5), [1.0], width=50.0, diffusivity=lambda u: np.nan * u, growth=lambda u, t: 0 * u)


def test_scratch_has_half_its_density_at_its_edges():
    x = np.array([0.0, 600.0, 1000.0, 1400.0, 2000.0])
    assert scratch(x) == pytest.approx([0.5, 0.25, 0, 0.25, 0.5], abs=4e-4)
    slope = (scratch(601.0) - scratch(599.0)) / 2, (scratch(1401.0) - scratch(1399.0)) / 2
    assert slope == pytest.approx([-0.5 / 200, 0.5 / 200], rel=1e-3)  # tanh over an edge of 100 um
    assert scratch(np.array([300.0, 450.0]), 0.8, 300.0, 900.0, 50.0) == pytest.approx(
        [0.4, 0.8 / (1 + np.exp(6))], rel=1e-3
    )


def test_the_two_faces_of_a_growing_diffusivity():
    u = np.array([0.0, 0.5, 1.0])
    assert MODEL.diffusivity(u) == pytest.approx([300.0, 1300.0, 4300.0])
    assert MODEL.growth(u) == pytest.approx([0.0, 0.01, 0.0])


def test_a_steady_state_with_a_source_is_found_by_both_the_solver_and_a_formula():
    """D u_xx + f = 0 with f = cos(pi x / L): u = mean + (L / pi)^2 cos(pi x / L) / D after a long time."""
    x = middles(200)
    start = np.full(200, 0.5)
    source = np.cos(np.pi * x / 2000) * 1e-4
    u = finite_volumes(
        start, [5e4], width=10.0, step=50.0, diffusivity=lambda u: 300 + 0 * u, growth=lambda u, t: source
    )[0]  # fmt: skip
    assert u == pytest.approx(0.5 + (2000 / np.pi) ** 2 * source / 300, abs=3e-4)


def test_growth_is_asked_at_the_middle_of_each_step():
    """u_t = 2 t, integrated exactly by the midpoint rule whatever the steps."""
    flat = finite_volumes(
        np.zeros(4), [1.0, 2.5, 7.0], width=10.0, step=0.7, diffusivity=lambda u: 300 + 0 * u,
        growth=lambda u, t: np.full_like(u, 2 * t),
    )  # fmt: skip
    assert flat[:, 0] == pytest.approx([1.0, 6.25, 49.0], rel=1e-12)
