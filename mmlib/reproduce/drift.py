"""Measure how far the same seed moves: again, on another number of threads, and with other last bits.

Other last bits come from other instructions for the same sums: the environment tells OpenBLAS, MKL, PyTorch and NumPy to
leave out what this processor could do, so that products are rounded in another order, as on an older machine.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

from mmlib import claims
from mmlib.reproduce.book import Book, write_atomic
from mmlib.reproduce.execute import ChapterError, guarded
from mmlib.reproduce.running import check_writable, run_all, say
from mmlib.reproduce.store import Record, Run

__all__ = ["clocks", "measure", "processor", "proposals", "variants"]

FAR = 1000  # a stated drift so many times the proposed one sees little
CLOCK = 1e-3  # a repetition that moves more than this measured time

_READ = """
import json
import numpy, scipy.linalg, torch
from numpy._core import _multiarray_umath as core
from threadpoolctl import threadpool_info
has = core.__cpu_features__
print(json.dumps({
    "OPENBLAS_CORETYPE": sorted({p.get("architecture") or "" for p in threadpool_info() if p["internal_api"] == "openblas"}),
    "ATEN_CPU_CAPABILITY": torch.backends.cpu.get_cpu_capability(),
    "NPY_DISABLE_CPU_FEATURES": [name for name in core.__cpu_dispatch__ if has.get(name)],
    "MKL_CBWR": torch.backends.mkl.is_available(),
}))
"""


def variants(device: str, threads: int) -> dict[str, tuple[int, dict[str, str]]]:
    """Other ways to compute the same seed on this machine: {name: (threads, environment)}.

    Parameters
    ----------
    device : str
    threads : int
        Of the run that they are compared with.

    Returns
    -------
    dict
        Instruction sets are among them where leaving them out changes what the libraries say of themselves.
    """
    found = {"rerun": (threads, {}), "threads": (2 if threads == 1 else 1, {})}
    if device == "cpu":
        found |= {name: (threads, environment) for name, environment in _instructions().items()}
    return found


@cache
def _instructions() -> dict[str, dict[str, str]]:
    now = _reading({})
    if not now:
        return {}
    older = {"x86_64": "NEHALEM", "AMD64": "NEHALEM"}.get(platform.machine(), "ARMV8")
    tried = {
        "OPENBLAS_CORETYPE": older,
        "ATEN_CPU_CAPABILITY": "default",
        "NPY_DISABLE_CPU_FEATURES": " ".join(now["NPY_DISABLE_CPU_FEATURES"]),
        "MKL_CBWR": "COMPATIBLE",
    }
    then = _reading(tried)
    valid = {name: value for name, value in tried.items() if then and then[name] != now[name]}
    if now["MKL_CBWR"]:  # MKL says nothing of itself
        valid["MKL_CBWR"] = tried["MKL_CBWR"]
    groups = {"blas": ("OPENBLAS_CORETYPE", "MKL_CBWR"), "vector": ("ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES")}
    found = {group: {n: valid[n] for n in names if n in valid} for group, names in groups.items()}
    return {group: environment for group, environment in found.items() if environment}


def _reading(environment: dict[str, str]) -> dict | None:
    """What the libraries of a fresh process say of the instructions that they use; None if they refuse to start."""
    done = subprocess.run([sys.executable, "-c", _READ], env=os.environ | environment, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def measure(book: Book, chapters: list[str], options) -> list[str]:
    """Run seed 0 of each chapter in all variants, write ``NAME.drift.csv``, print proposals; returns what is red.

    Raises
    ------
    NotWritable : the folder of a chapter cannot be written to.
    """
    red = []
    for name in chapters:
        check_writable(book.file(name, ".drift.csv").parent, "The values are kept there")
        base = Run(book, name, seed=0, device=options.device, threads=options.threads)
        runs = {
            how: Run(book, name, seed=0, device=options.device, threads=threads, variant=how, environment=environment)
            for how, (threads, environment) in variants(options.device, options.threads).items()
        }
        results = run_all([base, *runs.values()], options)
        red += [str(r) for r in results.values() if isinstance(r, ChapterError)]
        found = {how: results[run] for how, run in runs.items() if isinstance(results[run], Record)}
        if not isinstance(results[base], Record) or not found:
            continue
        try:
            with guarded(base):
                _write(base, results[base], found)
                for line in proposals(book, name):
                    say(line)
        except ChapterError as error:
            red.append(str(error))
    return red


def _write(base: Run, record: Record, found: dict[str, Record]) -> None:
    """Replace what this machine measured before; what others measured stays."""
    path = base.book.file(base.chapter, ".drift.csv")
    entries = claims.read_claims(base.book.file(base.chapter, ".claims.yml"), unmeasured=claims.UNMEASURED)
    mine = f"{record.machine}, {processor()}"
    names = [n for n, e in entries.items() if e.kind in ("exact", "run") and record.claims.get(n) is not None]
    rows = [row for row in claims.read_drift(path) if row.claim in names and row.machine != mine]
    for how, other in found.items():
        for name in names:
            if other.claims.get(name) is not None:
                value, was = other.claims[name], record.claims[name]
                rows.append(
                    claims.DriftRow(claim=name, variant=how, value=value, base=was, date=other.date, machine=mine)
                )
    write_atomic(path, claims.write_drift(rows))
    say(f"{base.chapter}: {len(rows)} rows in {path.name}")


def clocks(rows: list[claims.DriftRow]) -> set[str]:
    """Claims that measure time (or that training amplifies so far): the same run, repeated on this machine, gave another value.

    Another processor moves a ratio of computing times by more than any repetition shows, so their drift is stated and their
    condition leaves room for it.
    """
    return {row.claim for row in rows if row.variant == "rerun" and abs(row.value - row.base) > CLOCK * abs(row.base)}


def processor() -> str:
    """The name of this machine's processor, as far as the system says."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def proposals(book: Book, chapter: str) -> Iterator[str]:
    """One line for each claim: what was measured, what follows from it, and what its entry states."""
    path = book.file(chapter, ".drift.csv")
    proposed = claims.measured_drift(path)
    entries = claims.read_claims(book.file(chapter, ".claims.yml"))
    stated = claims.stated_drift(book.file(chapter, ".claims.yml"))
    all_rows = claims.read_drift(path)
    timed = clocks(all_rows)
    for name, entry in entries.items():
        rows = [row for row in all_rows if row.claim == name]
        if not rows or name not in proposed:
            continue
        most = max(rows, key=lambda row: abs(row.value - row.base))
        moved, drift = abs(most.value - most.base), proposed[name][entry.kind]
        by = f"moved by {moved:.2g} of {most.base:.4g} ({most.variant})" if moved else "did not move"
        if name in timed:
            yield f"{chapter}: {name}: {by}; a clock: state what another processor may do, a factor of 2.5 to 4"
            continue
        line = f"{chapter}: {name}: {by}; proposed {drift}"
        yield line + (f", stated {entry.drift}{_compared(entry.drift, drift, most)}" if name in stated else ", taken")


def _compared(stated: claims.Drift, proposed: claims.Drift, most: claims.DriftRow) -> str:
    if not stated.agrees(most.value, most.base):
        return ": TOO SMALL, the same seed moves further than this here"
    if stated.reach(most.base) < proposed.reach(most.base):
        return ": tight"
    if stated.reach(most.base) > FAR * proposed.reach(most.base):
        return f": FAR TOO LARGE, more than {FAR} times the proposed one"
    return ""
