"""DeepXDE's own example scripts through `mmlib.pinn.fit`, as they stand: their points, their network, no argument but the seed.

    git clone https://github.com/lululxvi/deepxde
    python benchmarks/deepxde_examples.py deepxde/examples [SCRIPT ...]
    python benchmarks/deepxde_examples.py deepxde/examples --bounds      # one inverse problem, its constants free and within bounds

Each script is executed up to `model = dde.Model(`; lines that its comments mark as TensorFlow's are answered by torch. Rows are
kept in `deepxde_examples.csv`: a script that stands there is not run again unless it is named. One seed each: a table of
coverage, not of rates.
"""

from __future__ import annotations

import csv
import io
import os
import re
import sys
import time
import types
import warnings
from contextlib import chdir, redirect_stdout
from pathlib import Path

import numpy as np
import torch

from mmlib import pinn
from mmlib.pinn import dde

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = [
    "script",
    "weights",
    "rows",
    "batch",
    "iterations",
    "start",
    "loss",
    "fresh",
    "error",
    "verdict",
    "cpu_seconds",
    "note",
]
ITERATIONS = 60
TF = types.SimpleNamespace(
    sin=torch.sin, cos=torch.cos, exp=torch.exp, tanh=torch.tanh, math=torch,
    concat=lambda parts, axis: torch.cat(list(parts), dim=axis),
)  # fmt: skip
SKIPPED = ("fractional_", "Volterra_IDE", "ide.py", "Helmholtz_Dirichlet_2d_HPO")  # integral matrices; a search
WEIGHTS = re.compile(r"loss_weights\s*=\s*(\[[^\]]*\]|\w+)")


def script(path):
    """(data, net, variables, weights) of a script, built as it builds them."""
    text = path.read_text()
    above, below = text.split("model = dde.Model(", 1)
    above = re.sub(r"^\s*(import tensorflow.*|from deepxde.backend import.*)$", "", above, flags=re.M)
    if path.stem.startswith("heat"):  # an array of one number is no number any more
        above = above.replace("heat_eq_exact_solution(x[i], t[j])", "heat_eq_exact_solution(x[i], t[j]).item()")
    if path.stem == "Lotka_Volterra":  # its PyTorch branch has one feature
        above = re.sub(r"tf\.concat\(\s*\(\s*t,.*?axis=1,\s*\)", "torch.sin(t)", above, flags=re.S)
    names = {"__name__": "example", "tf": TF, "torch": torch, "sin": torch.sin, "cos": torch.cos, "np": np, "dde": dde}
    dde.config.set_random_seed(0)
    with chdir(path.parent), redirect_stdout(io.StringIO()):
        exec(compile(above, str(path), "exec"), names)
    variables = {k: v for k, v in names.items() if torch.is_tensor(v) and v.is_leaf and v.requires_grad}
    weights = WEIGHTS.search(below) if not names.get("hard_constraint") else None  # they are for the soft form
    return names["data"], names["net"], variables, eval(weights[1], names) if weights else None


def error_of(data, fit):
    """Relative L2 error at the script's test points, where it gives its solution."""
    if getattr(data, "soln", None) is None or data.num_test is None:
        return ""
    x = np.asarray(data.test_x if data.test_x is not None else data.test()[0], dtype=float)
    y = np.asarray(data.soln(x), dtype=float).reshape(len(x), -1)
    return f"{np.linalg.norm(fit.predict(x) - y) / np.linalg.norm(y):.1e}"


def run(path):
    """One row of the table."""
    row = dict.fromkeys(COLUMNS, "") | {"script": f"{path.parent.name}/{path.stem}"}
    begin = time.process_time()
    try:
        data, net, variables, weights = script(path)
        fit = pinn.fit(data, net, seed=0, iterations=ITERATIONS, variables=variables, weights=weights)
    except Exception as error:
        return row | {"note": _why(error)}
    row |= {
        "weights": fit.unknowns, "rows": fit.rows, "batch": fit.batch or "", "iterations": int(fit.history["iteration"][-1]),
        "start": f"{fit.history['loss'][0]:.1e}", "loss": f"{fit.loss:.1e}", "fresh": f"{fit.fresh:.1e}", "error": error_of(data, fit),
        "verdict": fit.verdict.status, "cpu_seconds": f"{time.process_time() - begin:.0f}",
        "note": ", ".join(f"{k} = {np.array2string(np.asarray(v), precision=4)}" for k, v in fit.parameters.items()),
    }  # fmt: skip
    return row


def within_bounds(folder, seeds=5):
    """The inverse problem of a porous medium, whose constant leaves for the other side of its pole: free, and within bounds."""
    data, net, variables, weights = script(Path(folder) / "pinn_inverse/brinkman_forchheimer.py")
    with TABLE.with_name("deepxde_bounds.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["bounds", "seed", *variables, "error", "verdict", "cpu_seconds"])
        for bounds in (None, dict.fromkeys(variables, (1e-5, 1.0))):
            for seed in range(seeds):
                fit = pinn.fit(
                    data, net, seed=seed, iterations=ITERATIONS, variables=variables, weights=weights, bounds=bounds
                )
                found = [f"{v:.4g}" for v in fit.parameters.values()]
                row = [error_of(data, fit), fit.verdict.status, f"{fit.cpu_seconds:.0f}"]
                writer.writerow(["" if bounds is None else "1e-5 to 1", seed, *found, *row])


def _why(error):
    if isinstance(error, AttributeError) and "deepxde" in str(error):
        return f"needs {error.name}, which DeepXDE {dde.__version__} does not have"
    if isinstance(error, FileNotFoundError):
        return "its data were not at hand"
    return f"{type(error).__name__}: {str(error).splitlines()[0][:150]}"


def main(folder, *only):
    """Run what is asked for, or what is not there yet."""
    warnings.simplefilter("ignore")
    if only == ("--bounds",):
        return within_bounds(folder)
    rows = list(csv.DictReader(TABLE.open(encoding="utf-8"))) if TABLE.exists() else []
    for path in sorted(Path(folder).glob("pinn_*/*.py")):
        name = f"{path.parent.name}/{path.stem}"
        if path.name.startswith(SKIPPED) or (only and path.stem not in only):
            continue
        if not only and name in {r["script"] for r in rows}:
            continue
        rows = sorted([r for r in rows if r["script"] != name] + [run(path)], key=lambda r: r["script"].lower())
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(next(r for r in rows if r["script"] == name), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(*sys.argv[1:])
