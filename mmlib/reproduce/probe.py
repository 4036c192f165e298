"""Run by the engine as the last cell of a chapter: what did this kernel load, and what did it cost?"""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from pathlib import Path

__all__ = ["report"]

FACTS_MIME = "application/vnd.mmlib.facts+json"

SHOWN = ("numpy", "scipy", "torch", "pysindy", "gpytorch", "deepxde", "scikit-learn")


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
        "files": sorted(map(str, files)),
        "cpu_s": round(times.user + times.system + times.children_user + times.children_system, 1),
        "peak_mb": round(_peak_bytes() / 2**20),
        "dtype": "float64",  # the rule of the house, not a reading: no chapter computes otherwise yet
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        + (f", {torch.cuda.get_device_name()}" if torch and torch.cuda.is_available() else ""),
        "versions": {
            name: importlib.metadata.version(name)
            for name in SHOWN
            if name.replace("scikit-learn", "sklearn") in sys.modules
        },
    }
    get_ipython().display_pub.publish({FACTS_MIME: facts})


def _peak_bytes() -> int:
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return psutil.Process().memory_info().peak_wset
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
