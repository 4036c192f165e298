"""Stored tables of laws and constants from films: rows come out again, and the process is that of another writing."""

import itertools

import numpy as np
import pytest
import torch

from benchmarks import constants_of_a_film as constants
from benchmarks import laws_found
from mmlib.gp.operator import LawKernel


def test_all_rows_of_the_constants_are_there():
    rows = constants.read()
    for way, level, draw, setting in constants.jobs():
        row = rows[way, str(level), str(draw), "" if setting is None else f"{setting:g}"]
        assert np.isfinite([float(row["c1"]), float(row["c2"])]).all()
    for level in constants.LEVELS:
        weight = constants.chosen_weight(rows, level)
        used = {r["setting"] for r in rows.values() if r["way"] == "network" and r["noise"] == str(level)}
        assert used == {f"{weight:g}"}


@pytest.mark.parametrize("way", ["windows", "process", "solver"])
def test_a_row_of_the_constants_comes_out_again(way):
    constants.check(ways=(way,))


def test_posterior_of_the_derivatives_is_that_of_the_library_kernel(monkeypatch):
    """Mean and covariance of u_t + a u_x + b u - c u_xx by dense algebra on `mmlib.gp.operator.LawKernel`."""
    x, t = np.linspace(0, 3, 7), np.linspace(0, 2, 5)
    monkeypatch.setattr(constants, "X", x)
    monkeypatch.setattr(constants, "T", t)
    film = np.sin(x - t[:, None]) + 0.1 * np.random.default_rng(0).standard_normal((5, 7))
    process = constants.Process(film)
    process.set(np.array([0.9, 1.3, 0.7, 0.05]))
    at_x, at_t = x[1:-1:2] + 0.1, t[1:4]
    mean, joint = process.posterior(at_x, at_t)
    law = {"u_t": 1.0, "u_x": 0.4, "u": 0.3, "u_xx": -0.2}
    kernel = LawKernel(2, {(1,): 1.0, (0,): 0.4, (): 0.3, (0, 0): -0.2}, {}).double()
    kernel.base.base_kernel.lengthscale = torch.tensor([[0.9, 1.3]], dtype=torch.float64)
    kernel.base.outputscale = torch.tensor(0.7, dtype=torch.float64)
    rows = [[a, b, 0.0] for b, a in itertools.product(t, x)]
    ask = [[a, b, 1.0] for b, a in itertools.product(at_t, at_x)]
    both = torch.tensor(rows + ask, dtype=torch.float64)
    with torch.no_grad():
        K = kernel.forward(both, both).numpy()
    n = len(rows)
    gain = np.linalg.solve(K[:n, :n] + 0.05 * np.eye(n), K[:n, n:]).T
    wanted = gain @ (film - film.mean()).ravel() + 0.3 * film.mean()
    assert sum(w * mean[k] for k, w in law.items()) == pytest.approx(wanted, abs=1e-8)
    found = sum(law[k] * law[m] * joint[k, m] for k in law for m in law)
    assert found == pytest.approx(K[n:, n:] - gain @ K[:n, n:], abs=1e-8)


def test_sines_make_the_gaussian_kernel():
    s = np.linspace(0, 4, 9)
    values = constants.sines(s, 0.8, 1)
    wanted = constants.covariance(s, s, 0.8)
    assert values[0] @ values[0].T == pytest.approx(wanted, abs=2e-3)
    assert values[1] @ values[0].T == pytest.approx(constants.covariance(s, s, 0.8, 1, 0), abs=1e-2)


def test_a_draw_of_the_laws_comes_out_again():
    rows, film = laws_found.read(), laws_found.films()["front"]
    assert len(rows) == 3 * len(laws_found.LEVELS) * laws_found.DRAWS
    stored = rows["front", "10", "0"]
    assert laws_found.found("front", *film, 10, 0) == {m: int(stored[m]) for m in laws_found.METHODS}
