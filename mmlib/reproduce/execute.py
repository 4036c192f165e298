"""Execute one chapter in one fresh kernel, and read from its outputs what it claims."""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from mmlib.chapter import CHECK_MIME, CLAIM_MIME
from mmlib.reproduce.book import write_atomic
from mmlib.reproduce.store import PACKAGE, Record, Run, cells_hash, file_hash, locate, read_notebook

__all__ = ["ChapterError", "execute", "stop_all"]

CELL_TIMEOUT = 3600  # seconds; only to end a cell that hangs
_running: set[NotebookClient] = set()


class ChapterError(RuntimeError):
    """A chapter that did not run to its end; the message says which cell failed, and why."""


class _Client(NotebookClient):
    def create_kernel_manager(self):
        manager = super().create_kernel_manager()
        # this interpreter, whatever kernels the user has registered under the same name
        manager.kernel_spec.argv = [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "--log-level=40",
            "-f",
            "{connection_file}",
        ]
        return manager


def execute(run: Run, *, on_cell: Callable[[int, int], None] = lambda done, total: None) -> Record:
    """Execute a chapter and store the run.

    Raises
    ------
    ChapterError : a cell raised, or its kernel died. What was stored before stays as it was.
    """
    source = run.book.file(run.chapter, ".md")
    notebook = read_notebook(source)
    cells = cells_hash(source)
    total = sum(c.cell_type == "code" for c in notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell("from mmlib.reproduce import probe\nprobe.report()"))
    done = 0

    def count(cell, **_):
        nonlocal done
        if cell.cell_type == "code" and done < total:
            done += 1
            on_cell(done, total)

    client = _Client(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,  # timing metadata would change the hash by which the page build finds the run
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_executed=count,
    )
    started = time.monotonic()
    _running.add(client)
    try:
        client.execute(env=_environment(run))
    except CellExecutionError as error:
        _keep_failed(run, notebook)
        raise ChapterError(_explain(run, notebook, error)) from None
    except DeadKernelError:
        raise ChapterError(
            f"{run.chapter}: the kernel died in code cell {done + 1} of {total} (out of memory, or killed). "
            "Run the same command again; finished chapters are kept."
        ) from None
    except RuntimeError as error:  # the kernel did not start, or was ended while it did
        raise ChapterError(f"{run.chapter}: {error}. Run the same command again.") from None
    finally:
        _running.discard(client)
    wall = time.monotonic() - started
    facts = json.loads(notebook.cells.pop().outputs[0]["text"])
    notebook.metadata.pop("language_info", None)
    claims, checks, stderr = _harvest(notebook)
    record = Record(
        chapter=run.chapter,
        seed=run.seed,
        device=run.device,
        threads=run.threads,
        cells=cells,
        files={name: file_hash(locate(run.book, name)) for name in _names(run, facts)},
        context=run.context(),
        claims=claims,
        checks=checks,
        stderr=stderr,
        date=datetime.date.today().isoformat(),
        wall_s=round(wall, 1),
        notebook="",
        **{k: facts[k] for k in ("cpu_s", "peak_mb", "dtype", "machine", "versions")},
    )
    return run.save(record, notebook)


def stop_all() -> None:
    """End all kernels now (after Ctrl-C); chapters that finished are kept."""
    for client in list(_running):
        try:
            client.km.provisioner.process.kill()
        except AttributeError:
            pass  # the kernel has not started yet, or is gone


def _environment(run: Run) -> dict[str, str]:
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
    )
    environment.pop("MMLIB_COLLECT", None)
    if run.collect:
        environment["MMLIB_COLLECT"] = "1"
    return environment


def _empty_profile(run: Run) -> Path:
    folder = run.book.runs / ".ipython"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _names(run: Run, facts: dict) -> list[str]:
    """The files that the kernel loaded, as names that hold on another machine."""
    loaded = Path(facts["package"])
    if loaded != PACKAGE:
        raise ChapterError(
            f"{run.chapter}: the kernel loaded mmlib from {loaded}, expected {PACKAGE}. "
            "Uninstall the other one, or start from the book's own environment."
        )
    names = []
    for path in map(Path, facts["files"]):
        base = PACKAGE.parent if path.is_relative_to(PACKAGE) else run.book.root
        if path.is_relative_to(base):
            names.append(path.relative_to(base).as_posix())
        # a fetched file outside the book is verified against the hash in the registry, which is a module
    return sorted(names)


def _harvest(notebook) -> tuple[dict[str, float], list[dict], list[str]]:
    claims, checks, stderr = {}, [], []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if CLAIM_MIME in data:
                claims[data[CLAIM_MIME]["name"]] = data[CLAIM_MIME]["value"]
            if CHECK_MIME in data:
                checks.append(data[CHECK_MIME])
            if output.get("name") == "stderr":
                stderr.append(output["text"].strip())
    return claims, checks, stderr


def _explain(run: Run, notebook, error: CellExecutionError) -> str:
    failed = next((c for c in notebook.cells if any(o.output_type == "error" for o in c.get("outputs", []))), None)
    where = failed.source.strip().splitlines()[0] if failed is not None and failed.source.strip() else "?"
    return (
        f"{run.chapter}: a cell failed (it begins with `{where}`)\n  {error.ename}: {error.evalue}\n"
        f"  The notebook up to there, with the traceback: {run.folder / 'failed.ipynb'}"
    )


def _keep_failed(run: Run, notebook) -> None:
    write_atomic(run.folder / "failed.ipynb", nbformat.writes(notebook))
