"""The environment of a kernel: threads, seed, device, no files of the user's own."""

from __future__ import annotations

import os
from pathlib import Path

from mmlib.reproduce.store import PACKAGE, Run

__all__ = ["environment"]


def environment(run: Run) -> dict[str, str]:
    """All variables of a kernel that executes a chapter."""
    threads = str(run.threads)
    environment = dict(
        os.environ,
        MMLIB_ENGINE="1",
        MMLIB_BOOK=str(run.book.root / "book"),
        MMLIB_SEED=str(run.seed),
        MMLIB_DEVICE=run.device,
        OMP_NUM_THREADS=threads,
        MKL_NUM_THREADS=threads,
        OPENBLAS_NUM_THREADS=threads,
        OMP_WAIT_POLICY="PASSIVE",  # a thread that waits does not spin: it would count as CPU seconds
        PYTHONPATH=os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])),
        IPYTHONDIR=str(_empty_profile(run)),  # no start-up files of the user
        MPLBACKEND="agg",
        PYTHONUTF8="1",  # whatever the terminal speaks
    )
    environment.pop("PYTHONIOENCODING", None)
    environment |= run.environment
    environment.pop("MMLIB_COLLECT", None)
    if run.collect:
        environment["MMLIB_COLLECT"] = "1"
    return environment


def _empty_profile(run: Run) -> Path:
    folder = run.book.runs / ".ipython"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
