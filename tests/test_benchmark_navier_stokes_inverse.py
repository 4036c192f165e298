"""The inverse flow of the benchmark: the law holds for its data, which come from no method compared, and faults are seen."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.problem import worst
from benchmarks.problems import navier_stokes_inverse as problem


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def law(flow, points, h=0.01):
    """Vorticity's rate, what carries it and what smooths it, by differences of the velocity: three arrays (n,)."""
    e = h * np.eye(3)

    def vorticity(at):
        return ((flow(at + e[0]) - flow(at - e[0]))[:, 1] - (flow(at + e[1]) - flow(at - e[1]))[:, 0]) / (2 * h)

    here, ahead, behind = vorticity(points), [vorticity(points + f) for f in e], [vorticity(points - f) for f in e]
    slope = [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]
    smooth = sum(ahead[k] - 2 * here + behind[k] for k in (0, 1)) / h**2
    u, v = flow(points).T
    return slope[2], u * slope[0] + v * slope[1], smooth


def test_the_flow_obeys_the_law_and_a_finer_one_agrees():
    points = np.random.default_rng(1).uniform(problem.LOW + 0.1, problem.HIGH - 0.1, (60, 3))
    flow = problem.flow()
    rate, carried, smooth = law(flow, points)
    found = np.linalg.lstsq(np.c_[-carried, smooth], rate, rcond=None)[0]
    assert found == pytest.approx(list(problem.TRUE.values()), rel=0.02)
    assert np.abs(problem.Whirls(128, 400)(points) - flow(points)).max() < 1e-6


def test_energy_falls_as_the_viscosity_says():
    """Without forces, d/dt of half the mean square of the velocity is minus viscosity times that of the vorticity."""
    flow = problem.flow()
    energy = [sum((np.abs(f) ** 2).sum() for f in flow.velocity(w)) / 2 for w in flow.states]
    lost = [problem.TRUE["lambda2"] * (np.abs(w) ** 2).sum() for w in flow.states]
    assert energy[0] / flow.square.size**2 == pytest.approx(0.5)
    assert energy[0] - energy[-1] == pytest.approx(np.trapezoid(lost, flow.t), rel=1e-4)


def test_the_least_squares_with_the_law_finds_both_factors_and_sees_another_viscosity(monkeypatch):
    points, y = problem.readings(0, 0.0)
    errors = [worst(problem.TRUE)(None, problem.joint(points, y, n, m)) for n, m in ((8, 5), (10, 6))]
    assert errors[1] < 5e-3 < errors[0]
    thick = problem.Whirls(64, 200, viscosity=0.02)
    found = problem.joint(points, thick(points), 8, 5)
    assert found["lambda2"] == pytest.approx(0.02, rel=0.05)
    backwards = problem.joint(points, -thick(points), 8, 5)
    assert (
        worst(problem.TRUE)(None, backwards) > 1
    )  # readings of the opposite sign obey the law with convection reversed
    assert backwards["lambda1"] == pytest.approx(-1, rel=0.05)


def test_noise_is_a_share_of_the_spread_and_belongs_to_the_seed():
    points, clean = problem.readings(3, 0.0)
    same, noisy = problem.readings(3, 0.01)
    assert (points == same).all()
    assert (noisy - clean).std(axis=0) == pytest.approx(0.01 * clean.std(axis=0), rel=0.05)
    assert (points >= problem.LOW).all() and (points <= problem.HIGH).all()
