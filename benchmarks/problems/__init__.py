"""The problems, one a file: each defines PROBLEM, a `benchmarks.problem.Benchmark`, and is called as its file is.

`stock` builds what DeepXDE's example script builds, in its precision, with its optimizer (lululxvi/deepxde, folder `examples`;
where there is no script the recipe is ours and says so). `ours` builds the problem that `mmlib.pinn.fit` trains. The reference
comes from neither: a formula, or a solver of another kind.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from benchmarks.problem import Benchmark

ORDER = (  # on the page; others follow by name
    "burgers",
    "burgers_inverse",
    "burgers_inverse_noisy",
    "allen_cahn",
    "allen_cahn_sharp",
    "schrodinger",
    "reaction",
    "lorenz",
    "l_shape",
    "l_shape_sides",
    "l_shape_corner",
    "helmholtz",
    "fisher",
    "pharmacokinetics",
    "glycolysis",
    "convection_30",
    "convection_40",
    "convection_50",
    "growth",
    "wave",
    "kdv",
    "kuramoto_sivashinsky",
    "shock",
    "shock_viscous",
    "shock_integral",
    "poisson_5d",
    "cavity",
    "navier_stokes_inverse",
    "navier_stokes_inverse_noisy",
)


def load(folder):
    """Problems of a folder by name: every file that does not begin with an underscore."""
    found = {}
    for path in sorted(Path(folder).glob("[!_]*.py")):
        problem = getattr(_module(path), "PROBLEM", None)
        if not isinstance(problem, Benchmark):
            raise ValueError(
                f"expected PROBLEM = Benchmark(...) in {path}; got {problem!r}. See benchmarks/problems/helmholtz.py."
            )
        found[path.stem] = problem
    place = {name: n for n, name in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda item: (place.get(item[0], len(ORDER)), item[0])))


def _module(path):
    """The module of a file."""
    if path.parent == Path(__file__).parent:
        return importlib.import_module(f"{__name__}.{path.stem}")
    name = f"benchmark_problem_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


BENCHMARKS = load(Path(__file__).parent)
