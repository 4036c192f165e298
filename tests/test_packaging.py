"""The package as others install it: versions that agree, imports without effect, names that are kept."""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

import mmlib
from mmlib._extras import PACKAGES, extra

CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}


def lock(root) -> dict[str, str]:
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(p) == 2 for p in pairs), "every line of the lock is an exact version"
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def project(root) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_lock_holds_every_dependency_within_its_range(root):
    from packaging.requirements import Requirement

    locked, extras = lock(root), project(root)["optional-dependencies"]
    for text in [*project(root)["dependencies"], *(text for listed in extras.values() for text in listed)]:
        requirement = Requirement(text)
        if requirement.name != "mmlib":
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            assert name in locked, f"{name} is missing from requirements.lock"
            assert locked[name] in requirement.specifier, f"{text} against {locked[name]}"


def test_lock_names_no_local_build_or_address(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    assert "+cpu" not in text and "://" not in text and "file:" not in text


def test_environment_agrees_with_the_lock(root):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    locked = lock(root)
    *conda, last = environment["dependencies"]
    pinned = dict(d.split("=") for d in conda if "=" in d)
    assert pinned.pop("python") == "3.11"
    assert len(pinned) >= 5
    for name, version in pinned.items():
        assert locked[CONDA_NAMES.get(name, name)] == version, name
    assert last["pip"] == ["--requirement requirements.lock", "--editable ."]


def test_one_version_and_one_address(root):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    assert citation["version"] == project(root)["version"] == mmlib.__version__
    assert citation["repository-code"] == config["repository"]["url"]


MODULES = sorted(
    m.name
    for m in pkgutil.walk_packages(mmlib.__path__, "mmlib.")
    if not m.name.endswith("__main__") and not m.name.startswith("mmlib.exercises.")
)


@pytest.mark.parametrize("name", [m for m in MODULES if not m.startswith("mmlib.systems.")])
def test_public_names_are_listed_and_exist(name):
    module = importlib.import_module(name)
    if name in ("mmlib.systems", "mmlib.reproduce"):
        return
    assert module.__doc__ and module.__all__
    for public in module.__all__:
        assert hasattr(module, public), f"{name}.{public}"


def test_importing_has_no_effect():
    """No seed is set, no filter, no default changed, nothing printed, nothing heavy loaded by the package itself."""
    code = """
import random, sys, warnings, json
import numpy as np
import mmlib
light = sorted(m for m in ("torch", "gpytorch", "pysindy", "matplotlib", "deepxde", "pandas") if m in sys.modules)
import torch, matplotlib, gpytorch, pysindy, sympy
state = lambda: (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(),
                 str(torch.get_default_dtype()), list(map(repr, warnings.filters)), dict(matplotlib.rcParams),
                 torch.get_num_threads())
before = state()
for name in NAMES:
    __import__(name)
after = state()
print(json.dumps([light, [b == a for b, a in zip(before, after)]]))
""".replace("NAMES", repr([m for m in MODULES if not m.startswith("mmlib.reproduce")]))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.strip() == "[[], [true, true, true, true, true, true, true]]"


def blocked(*packages) -> dict[str, str]:
    """{module of the library: what is said when it is imported while these packages are not installed}."""
    code = """
import importlib, json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in PACKAGES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
said = {}
for name in NAMES:
    try:
        importlib.import_module(name)
    except ImportError as error:
        said[name] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
""".replace("NAMES", repr([m for m in MODULES if "._" not in m])).replace("PACKAGES", repr(packages))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_core_is_light_and_names_the_extra_that_is_missing(root):
    """Without what the extras bring: lessons on data, systems and many starts run, the others say what to install."""
    listed = tuple({p for packages in PACKAGES.values() for p in packages})
    said = blocked(*listed)
    for name in (
        "multistart",
        "optim",
        "data",
        "ensemble",
        "mixed_effects",
        "plot",
        "chapter",
        "systems.lorenz",
        "systems.herg",
    ):
        assert f"mmlib.{name}" not in said
    asked = {
        "gp": "gp",
        "identify": "identify",
        "screening": "identify",
        "pinn": "pinn",
        "nets": "pinn",
        "neural_ode": "pinn",
        "petab": "petab",
    }
    for name, by in asked.items():
        assert f"pip install 'mmlib[{by}]'" in said[f"mmlib.{name}"] and "expected the package" in said[f"mmlib.{name}"]
    unclear = {name: text for name, text in said.items() if "pip install 'mmlib[" not in text}
    assert not unclear, "import what an extra brings inside of `with extra(...)`"


def test_extras_bring_what_their_modules_import(root):
    heavy = {"torch", "deepxde", "gpytorch", "pysindy", "sklearn"}
    names = {"scikit-learn": "sklearn"}

    def brought(requirements):
        found = {re.split(r"[>=<!\[]", text)[0] for text in requirements}
        return {names.get(name, name) for name in found}

    extras = project(root)["optional-dependencies"]
    assert not heavy & brought(project(root)["dependencies"])
    for name, packages in PACKAGES.items():
        assert heavy & set(packages) == heavy & brought(extras[name])
    assert "mmlib[pinn,gp,identify,petab]" in extras["chapters"] and "mmlib[chapters]" in extras["book"]


def test_another_missing_package_is_not_put_down_to_an_extra():
    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere'"), extra("gp"):
        import nowhere  # noqa: F401


def imports(path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_one_importer_for_each_wrapped_library(root):
    """matplotlib in plot.py, PySINDy in identify, GPyTorch in gp: the quirks of each live in one place."""
    for library, homes in {
        "matplotlib": ("plot.py",),
        "pysindy": ("identify/",),
        "gpytorch": ("gp.py", "gp/"),
        "deepxde": ("pinn/",),
    }.items():
        for path in (root / "mmlib").rglob("*.py"):
            where = path.relative_to(root / "mmlib").as_posix()
            if not where.startswith(homes):
                assert library not in imports(path), f"{where} imports {library}"


def test_no_machine_path_and_no_notebook_output_is_committed(root):
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, tracked.stdout.split("\0")):
        path = root / name
        assert path.stat().st_size < 1_000_000, f"{name} is large"
        if path.suffix in {".md", ".py", ".yml", ".ipynb", ".csv", ".toml", ".cff", ""}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?<![\w.])/(home|Users|root|wor[k])/", text), name
            if path.suffix == ".ipynb":
                assert '"output_type"' not in text, name
