"""What did a chapter's kernel load and compute with, and what did it cost? Read from the kernel itself, as its last cell."""

from __future__ import annotations

import gc
import importlib.metadata
import platform
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["report", "watch"]

FACTS_MIME = "application/vnd.mmlib.facts+json"

SHOWN = ("numpy", "scipy", "torch", "pysindy", "gpytorch", "deepxde", "scikit-learn")
# Modules of the library that train without an optimiser of torch (second order, or SciPy's search), once they were imported.
TRAINING = ("pinn.training", "pinn.replicates", "nets", "neural_ode", "gp.regression", "sbinn", "surfaces")
_trained: set[str] = set()  # precisions of what optimisers have moved
_watching: list[str] = []


def watch() -> None:
    """From now on, note the precision of every tensor that an optimiser of torch moves. Called when a chapter is opened."""
    from IPython import get_ipython

    if not _watching and get_ipython() is not None:
        _watching.append("cells")
        get_ipython().events.register("post_run_cell", lambda *_: _watch_torch())  # torch may be imported later
    _watch_torch()


def _watch_torch() -> None:
    if "torch" in _watching or "torch" not in sys.modules:
        return
    from torch.optim.optimizer import register_optimizer_step_post_hook

    def note(optimizer, *_):
        _trained.update(str(p.dtype) for group in optimizer.param_groups for p in group["params"])

    register_optimizer_step_post_hook(note)
    _watching.append("torch")


def _precision(torch) -> str:
    """All precisions that took part: claimed values, what optimisers moved, parameters that are still there."""
    found = sys.modules["mmlib.chapter"].precisions | _trained
    if torch:
        modules = [thing for thing in gc.get_objects() if issubclass(type(thing), torch.nn.Module)]
        found |= {str(p.dtype) for module in modules for p in module.parameters() if p.requires_grad}
    return "+".join(sorted({name.removeprefix("torch.") for name in found})) or "float64"


def _device(torch) -> str:
    used = torch and torch.cuda.is_available() and torch.cuda.max_memory_allocated() > 0
    return "cuda" if used else "cpu"


def _trains(torch) -> bool:
    """Did the chapter train something: has it moved parameters by an optimiser of torch, or loaded what trains by itself?"""
    return bool(torch) and bool(_trained or any(f"mmlib.{name}" in sys.modules for name in TRAINING))


def _threads() -> int:
    from threadpoolctl import threadpool_info

    pools = [pool["num_threads"] for pool in threadpool_info()]
    torch = sys.modules.get("torch")
    return max([*pools, torch.get_num_threads() if torch else 1, 1])


def _machine(torch) -> str:
    """Kind of computer, and the GPU where the run used one."""
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    if torch and torch.cuda.is_available() and torch.cuda.is_initialized():
        total = torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
        peak = torch.cuda.max_memory_allocated()
        machine += f", {torch.cuda.get_device_name()} ({total / 2**30:.0f} GB, {peak / 2**20:.0f} MB of it used)"
        flags = {"matmul": torch.backends.cuda.matmul.allow_tf32, "cudnn": torch.backends.cudnn.allow_tf32}
        tf32 = ", ".join(f"{name} {'on' if flag else 'off'}" for name, flag in flags.items())
        machine += f", driver {_driver()}, CUDA {torch.version.cuda}, TF32: {tf32}"
    return machine


def _driver() -> str:
    """Version of the GPU's driver, as its own tool says it."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return "unknown"
    command = [tool, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return said[0] if said else "unknown"


def report() -> None:
    """Publish, in a MIME type of their own, loaded files, CPU seconds, peak memory, precision, machine and versions."""
    import psutil
    from IPython import get_ipython

    import mmlib

    package = Path(mmlib.__file__).resolve().parent
    files = {
        Path(module.__file__).resolve()
        for name, module in list(sys.modules.items())
        if name.split(".")[0] == "mmlib"
        and not name.startswith("mmlib.reproduce")
        and getattr(module, "__file__", None)
    }
    if "mmlib.data" in sys.modules:
        files |= {path.resolve() for path in sys.modules["mmlib.data"].used}
    times = psutil.Process().cpu_times()
    torch = sys.modules.get("torch")
    facts = {
        "package": str(package),
        "read": sorted(path.name for path in sys.modules["mmlib.chapter"].read),
        "files": sorted(map(str, files)),
        "packages": _packages(),
        "cpu_s": round(times.user + times.system + times.children_user + times.children_system, 1),
        "peak_mb": round(_peak_bytes() / 2**20),
        "dtype": _precision(torch),
        "used": {
            "device": _device(torch),
            "threads": str(_threads()),
            "trains": "yes" if _trains(torch) else "no",
        },
        "machine": _machine(torch),
        "versions": {
            name: importlib.metadata.version(name)
            for name in SHOWN
            if name.replace("scikit-learn", "sklearn") in sys.modules
        },
    }
    get_ipython().display_pub.publish({FACTS_MIME: facts})


def _packages() -> list[str]:
    """Installed packages of which a module was imported here; mmlib is known by its files."""
    owners = importlib.metadata.packages_distributions()
    imported = {name.partition(".")[0] for name, module in list(sys.modules.items()) if module is not None}
    return sorted({package for name in imported for package in owners.get(name, ())} - {"mmlib"})


def _peak_bytes() -> int:
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return psutil.Process().memory_info().peak_wset
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
