"""How uncertainty is carried from level to level: with levels whose predictions are known in closed form."""

import csv
import importlib.util
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmlib import gp
from mmlib.gp.fidelity import Fusion, _noises

X = np.array([0.0, 0.5, 2.0])


class Level:
    """A level whose mean is a function of its inputs and whose spread is given."""

    def __init__(self, mean, sd, slope=0.0, slope_variance=0.0):
        self.mean, self.sd, self.seen = mean, sd, []
        self.weights, self.weights_cov = np.array([9.0, slope]), np.diag([5.0, slope_variance])
        self.model = SimpleNamespace(train_inputs=[torch.zeros(3, 1)])

    def predict(self, x):
        self.seen.append(np.array(x))
        x = np.reshape(x, (len(x), -1))
        return self.mean(x), np.full(len(x), self.sd)


def test_linear_fusion_adds_variances_with_the_slope_squared_and_its_own():
    first = Level(lambda x: 3 * x[:, 0], 0.3)
    second = Level(lambda z: z[:, 0] + 2 * z[:, 1], 0.1, slope=2.0, slope_variance=0.5)
    third = Level(lambda z: -z[:, 1], 0.2, slope=-1.5, slope_variance=0.0)
    fused = Fusion([first, second, third], "ar1")
    got = fused.predict(X, noise=0.04)
    assert got.mean == pytest.approx(-(X + 6 * X))
    below = 0.1**2 + (2.0**2 + 0.5) * 0.3**2
    assert got.sd == pytest.approx(np.full(3, np.sqrt(0.2**2 + 1.5**2 * below + 0.04)))
    assert fused.predict(X, level=1).sd == pytest.approx(np.full(3, np.sqrt(below)))
    assert fused.predict(X, level=0).mean == pytest.approx(3 * X) and fused.predict(X, level=-3).sd[0] == 0.3
    assert fused.rho.tolist() == [2.0, -1.5] and fused.discrepancy.tolist() == [9.0]
    assert np.array_equal(second.seen[0], np.column_stack([X, 3 * X]))
    for wrong in (3, -4):
        with pytest.raises(ValueError, match="Level 0 is the cheapest"):
            fused.predict(X, level=wrong)


@pytest.mark.parametrize("samples", [20, 200])
def test_nonlinear_fusion_pushes_the_middles_of_equal_strata(samples):
    """Normal quantiles at (k + 1/2)/n: the mean of a line is exact, that of a square is their second moment."""
    z = np.array([NormalDist().inv_cdf((k + 0.5) / samples) for k in range(samples)])
    line = Fusion([Level(lambda x: x[:, 0], 0.3), Level(lambda a: 2 * a[:, 1] + a[:, 0], 0.1)], "nargp", 3, samples)
    got = line.predict(X, noise=0.01)
    assert got.mean == pytest.approx(3 * X, abs=1e-12)
    assert got.sd == pytest.approx(np.full(3, np.sqrt(0.1**2 + 4 * 0.3**2 * (z**2).mean() + 0.01)))
    square = Fusion([Level(lambda x: x[:, 0], 0.3), Level(lambda a: a[:, 1] ** 2, 0.0)], "nargp", 3, samples)
    values = (X + 0.3 * z[:, None]) ** 2
    assert square.predict(X).mean == pytest.approx(values.mean(axis=0))
    assert square.predict(X).sd == pytest.approx(values.std(axis=0))


def test_between_two_uncertain_levels_the_strata_are_shuffled():
    top = Level(lambda a: a[:, 1], 0.2)
    fused = Fusion([Level(lambda x: x[:, 0], 0.3), Level(lambda a: 2 * a[:, 1], 0.1), top], "nargp", 5, 40)
    got = fused.predict(X)
    z = np.array([NormalDist().inv_cdf((k + 0.5) / 40) for k in range(40)])
    pushed = 2 * (X + 0.3 * z[:, None]) + 0.1 * np.random.default_rng(5).permutation(z)[:, None]
    assert top.seen[0] == pytest.approx(np.column_stack([np.tile(X, 40), pushed.ravel()]))
    assert got.mean == pytest.approx(pushed.mean(axis=0))
    assert got.sd == pytest.approx(np.sqrt(0.2**2 + pushed.var(axis=0)))
    one, other = (Fusion(fused.levels, "nargp", seed, 40).predict(X).sd for seed in (5, 6))
    assert one == pytest.approx(got.sd) and other != pytest.approx(got.sd, rel=1e-6)


def test_one_noise_for_all_levels_or_one_for_each():
    assert _noises("learn", 3) == ["learn"] * 3 and _noises([0.1, "learn"], 2) == [0.1, "learn"]
    for wrong in ([0.1], [0.1] * 3):
        with pytest.raises(ValueError, match="one noise for each of the 2 levels"):
            _noises(wrong, 2)


def test_another_program_fuses_alike(root):
    """Linear fusion against MFK of SMT, which has kernels, likelihood and search of its own: no design fits the other's rho.

    Our levels carry a noise variance of at least 1e-8 of that of the data, SMT's a nugget of 1e-14: our sd is the larger one.
    """
    spec = importlib.util.spec_from_file_location("fusion_by_smt", root / "benchmarks/fusion_by_smt.py")
    spec.loader.exec_module(script := importlib.util.module_from_spec(spec))
    designs = script.designs
    text = (root / "tests/fusion_by_smt.csv").read_text(encoding="utf-8").splitlines()
    told = list(csv.DictReader(line for line in text if not line.startswith("#")))
    assert "SMT" in text[0] and len(told) == 13 * len(designs())
    for name, (low, high, ask) in designs().items():
        mine = gp.ar1([low, high], discrepancy_mean="constant")
        mean, sd, rho = (
            np.array([float(row[k]) for row in told if row["design"] == name]) for k in ("mean", "sd", "rho")
        )
        found = mine.predict(ask)
        assert np.abs(found.mean - mean).max() < 2e-4 * np.ptp(high[1]), name
        assert mine.rho[0] == pytest.approx(rho[0], rel=1e-3), name
        assert (found.sd > sd).all() and found.sd.max() < 0.01 * np.ptp(high[1]), name
    name, (low, high, ask) = next(iter(designs().items()))
    mean = np.array([float(row["mean"]) for row in told if row["design"] == name])
    swapped = gp.ar1([low, (high[0], high[1][::-1])], discrepancy_mean="constant")
    assert np.abs(swapped.predict(ask).mean - mean).max() > 0.05 * np.ptp(high[1]), "other readings, another answer"
