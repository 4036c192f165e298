"""Linear fusion by another program: writes ``tests/fusion_by_smt.csv``.

``python benchmarks/fusion_by_smt.py`` where SMT is installed (``pip install smt``, the Surrogate Modeling Toolbox of Saves et al. 2024,
doi:10.1016/j.advengsoft.2023.103571, version 2). Its ``MFK`` is the recursive fusion of Le Gratiet & Garnier (2014) with kernels, likelihood
and search of its own. `designs` gives the data, for the table and for the test that compares `mmlib.gp.ar1` with it.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parents[1] / "tests" / "fusion_by_smt.csv"


def forrester(x):
    """Good and cheap curve of Forrester, Sobester & Keane (2007), doi:10.1098/rspa.2007.1900."""
    good = (6 * x - 2) ** 2 * np.sin(12 * x - 4)
    return 0.5 * good + 10 * (x - 0.5) - 5, good


def waves(x):
    """Two sines and a constant between them: the discrepancy is flat."""
    cheap = np.sin(8 * x) + 0.3 * np.sin(17 * x)
    return cheap, 1.7 * cheap - 2 + 0.2 * np.sin(3 * x)


def plane(x):
    """Two inputs, after Park (1991): smooth curves of both fidelities."""
    a, b = x.T
    good = np.exp(a) * np.sin(2 * b) + b**2
    return 0.8 * good + 0.3 * a - 0.5, good


def designs():
    """{name: ((cheap x, y), (good x, y), where predictions are asked)}; the good points are among the cheap ones."""
    line, grid = np.linspace(0, 1, 21), np.linspace(0, 1, 6)
    square = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    few, found = {"forrester": line[::4], "waves": line[::3], "plane": square[::4]}, {}
    for name, curve, low in (("forrester", forrester, line), ("waves", waves, line), ("plane", plane, square)):
        high = few[name]
        ask = np.linspace(0.02, 0.97, 13) if name != "plane" else np.random.default_rng(0).uniform(0.05, 0.95, (13, 2))
        found[name] = (low, curve(low)[0]), (high, curve(high)[1]), ask
    return found


def main():
    import smt
    from smt.applications import MFK

    lines = []
    for name, (low, high, ask) in designs().items():
        column = [a if np.ndim(a) == 2 else a[:, None] for a in (*low, *high, ask)]
        x, y, xh, yh, at = column
        options = {"print_global": False, "n_start": 4, "corr": "squar_exp", "theta_bounds": [1e-3, 100.0]}
        model = MFK(theta0=[1.0] * x.shape[1], **options)
        model.set_training_values(x, y, name=0)
        model.set_training_values(xh, yh)
        model.train()
        mean, variance = model.predict_values(at)[:, 0], model.predict_variances(at)[:, 0]
        rho = float(np.ravel(model.optimal_par[1]["beta"])[0])
        for k in range(len(at)):
            lines.append([name, k, repr(float(mean[k])), repr(float(np.sqrt(max(variance[k], 0)))), repr(rho)])
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        file.write(
            f"# Linear fusion of two fidelities by MFK of SMT {smt.__version__} (constant trends, Gaussian kernels), written by\n"
        )
        file.write(
            "# benchmarks/fusion_by_smt.py, where the data are: prediction at each of the places that are asked for.\n"
        )
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["design", "place", "mean", "sd", "rho"])
        writer.writerows(lines)


if __name__ == "__main__":
    main()
