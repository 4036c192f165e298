"""Chapters × seeds as tasks of dask.distributed: on this machine (``--cluster local``), or wherever workers have joined a scheduler.

A task executes one chapter in a fresh kernel, as the engine does here, into a folder of its own on the worker, and sends back the record and
the executed notebook; this side puts them into the store. So a worker needs a checkout with the same sources and the same data,
but no shared disk. A worker that is lost gives its task to another, and so does one whose machine is short of something (other
sources, no data, a full disk, no GPU or one without memory left); what has come back is in the store, and the same command goes on from
there, whatever was lost.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import nbformat

from mmlib.reproduce.book import Book, alone, find_book
from mmlib.reproduce.execute import ChapterError, execute, guarded
from mmlib.reproduce.shards import cost
from mmlib.reproduce.short import check_gpu, is_short
from mmlib.reproduce.store import PACKAGE, Record, Run, package_versions

__all__ = ["NoCluster", "execute_all", "sources", "work"]

ANSWER = 20  # seconds in which a scheduler answers
ATTEMPTS = 3  # workers that may die of one chapter
STEP = 0.2  # seconds between two looks for Ctrl-C


class NoCluster(RuntimeError):
    """No scheduler can be reached, or dask.distributed is not installed: no chapter can run."""


def execute_all(
    waiting: list[tuple[Run, str]], options, results: dict[Run, Record | ChapterError], *, say, name
) -> None:
    """Execute runs as tasks of a cluster and store what comes back; the dearest chapter goes first.

    Parameters
    ----------
    waiting : runs with the reason why each is executed
    options : ``cluster`` (``"local"`` or a scheduler's address) and ``jobs``, the workers of a local cluster
    results : filled as the tasks end
    say, name : how lines are printed, and what a run is called in them

    Raises
    ------
    NoCluster : no scheduler answers, or GPUs are asked for and no worker has one. A scheduler that is lost later costs the runs that
        had not come back, no others.
    """
    with _client(options) as client:
        dash = client.dashboard_link
        where = _where(client, options, gpu=any(run.device == "cuda" for run, _ in waiting))
        say(f"{len(waiting)} tasks on {where}" + (f"; dask's dashboard: {dash}" if dash else ""))
        tasks, asked = {}, {run for run, _ in waiting}
        for run, reason in sorted(waiting, key=lambda pair: -cost(pair[0].book, pair[0].chapter)):
            say(f"{name(run)}: waiting for a worker, {reason}")
            tasks[_submit(client, run)] = run, ()
        for task, (run, tried) in _as_they_end(client, tasks):
            count = f"({len(results.keys() & asked) + 1} of {len(asked)})"
            try:
                with guarded(run):
                    record = results[run] = _receive(run, task)
                said = f"{record.cpu_s:.0f} CPU s, {record.wall_s:.0f} s, {record.peak_mb:.0f} MB"
                say(f"{name(run)}: executed, {said} {count}")
            except _NotThere as error:
                tried = *tried, error.worker
                if others := _others(client, run, tried):
                    tasks[_submit(client, run, others)] = run, tried
                    say(f"{name(run)}: goes to another worker. {error}")
                else:
                    results[run] = error
                    say(f"{name(run)}: FAILED {count}")
            except ChapterError as error:
                results[run] = error
                say(f"{name(run)}: FAILED {count}")
            task.release()
    for run in asked:
        if run not in results:
            text = (
                "the scheduler was lost before this run came back. What had come back is kept: start the scheduler and its "
                "workers again, and the same command goes on from there."
            )
            results[run] = ChapterError(run.chapter, "SchedulerLost", options.cluster, text)


def sources(book: Book, chapter: str) -> dict[str, str]:
    """Hashes of what a worker must have as well: the chapter, the library with its data, and the book's lock."""
    found = {"the library and its data (mmlib/)": _tree(PACKAGE)}
    for file in (book.file(chapter, ".md"), book.file(chapter, ".replicates.csv"), book.root / "requirements.lock"):
        found[file.relative_to(book.root).as_posix()] = _hash(file)
    return found


def work(task: dict) -> dict:
    """A worker's part: execute one run and return its record and notebook, or the error as a dictionary.

    Parameters
    ----------
    task : dict
        chapter, seed, device, threads, collect, variant, environment, and the sources that the worker must have.
    """
    chapter, machine = task["chapter"], _machine()
    try:
        book = _own_book(task)
        if task["device"] == "cuda":
            check_gpu()
        with tempfile.TemporaryDirectory(prefix="mmlib-run-") as folder:
            keys = ("seed", "device", "threads", "collect", "variant", "environment")
            run = Run(book, chapter, **{k: task[k] for k in keys})
            run.folder = Path(folder, "run")
            record = execute(run)
            return {"record": record.model_dump_json(), "notebook": run.notebook_path.read_text(encoding="utf-8")}
    except ChapterError as error:
        short = is_short(error.kind, str(error))
        return machine | {"kind": error.kind, "path": error.path, "text": _without(error), "short": short}
    except OSError as error:
        text = f"{error.strerror or error}. Make room there, or make it writable."
        place = str(error.filename or tempfile.gettempdir())
        return machine | {"kind": type(error).__name__, "path": place, "text": text, "short": True}
    except (LookupError, ValueError) as error:
        return machine | {"kind": type(error).__name__, "path": str(Path.cwd()), "text": str(error), "short": True}


# -- this side ----------------------------------------------------------------------------------------------------


@contextmanager
def _client(options) -> Iterator:
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise NoCluster(
            f"--cluster needs {error.name}, which is not installed: pip install 'mmlib[cluster]'."
        ) from None
    for name in [*logging.root.manager.loggerDict]:  # what is lost is our line, not three tracebacks
        if name.split(".")[0] in ("distributed", "asyncio", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    cluster = None
    try:
        if options.cluster == "local":
            cluster = LocalCluster(
                n_workers=options.jobs, threads_per_worker=1, dashboard_address=":0", silence_logs=50,
                resources={"GPU": 1} if options.device == "cuda" else None,
            )  # fmt: skip
        client = Client(cluster or options.cluster, timeout=ANSWER)
    except (OSError, TimeoutError, ValueError) as error:
        if cluster is not None:
            cluster.close(timeout=5)
        raise NoCluster(
            f"--cluster {options.cluster}: no scheduler answers there ({error}). Expected local, or an address such as "
            "tcp://host:8786. Start one by `dask scheduler`, and in a checkout on each machine "
            "`dask worker tcp://host:8786 --nworkers 4 --nthreads 1`."
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=2)
        if cluster is not None:
            cluster.close(timeout=5)


def _workers(client, gpu: bool = False) -> set[str]:
    """The addresses of the workers that have joined; `gpu`: of those that said that they have one."""
    found = client.scheduler_info(n_workers=-1)["workers"]
    return {address for address, about in found.items() if not gpu or about.get("resources", {}).get("GPU")}


def _others(client, run: Run, tried: tuple[str, ...]) -> list[str]:
    """The workers that were not asked for this run yet; none if the scheduler is gone."""
    try:
        return sorted(_workers(client, gpu=run.device == "cuda") - {*tried})
    except OSError:
        return []


def _where(client, options, gpu: bool) -> str:
    """How many workers there are, in words; a GPU that none has would be waited for without end."""
    count, able = len(_workers(client)), len(_workers(client, gpu))
    start = f"dask worker {options.cluster} --nthreads 1{' --resources GPU=1' * gpu}"
    if count and not able:
        raise NoCluster(
            f"--device cuda: {count} worker{'s' * (count != 1)} joined {options.cluster}, and none says that it has a GPU. Start one "
            f"where there is a GPU: `{start}`, or leave --device out."
        )
    if not count:
        return f"0 workers: none has joined yet, they begin as soon as one does (`{start}` in a checkout)"
    return f"{able} worker{'s' * (able != 1)}"


def _submit(client, run: Run, workers: list[str] | None = None):
    task = {k: getattr(run, k) for k in ("chapter", "seed", "device", "threads", "collect", "variant", "environment")}
    task |= {
        "sources": sources(run.book, run.chapter),
        "packages": dict(package_versions(run.book.root, ("numpy", "scipy", "torch"))),
    }
    resources = {"GPU": 1} if run.device == "cuda" else None  # dask worker … --resources GPU=1
    key = f"{run.chapter}-seed{run.seed}-{run.device}-{run.variant or run.collect}-{os.urandom(4).hex()}"
    how = {"pure": False, "resources": resources, "retries": ATTEMPTS - 1}
    if workers:  # rather these; if all of them are lost meanwhile any other, which says again what it lacks
        how |= {"workers": workers, "allow_other_workers": True}
    return client.submit(work, task, key=key, **how)


def _as_they_end(client, pending: dict) -> Iterator:
    """Tasks, with what is known of each, in the order in which they end; none once the scheduler is lost. Tasks may be added."""
    import time

    while pending:
        done = [task for task in pending if task.status in ("finished", "error")]
        for task in done:
            yield task, pending.pop(task)
        if any(task.status in ("lost", "cancelled") for task in pending) or client.status != "running":
            return
        if not done:
            time.sleep(STEP)


def _receive(run: Run, task) -> Record:
    if task.status == "error":
        raise ChapterError(
            run.chapter, type(task.exception()).__name__, run.book.file(run.chapter, ".md"),
            f"{ATTEMPTS} workers were lost while they executed it (out of memory, killed, or unreachable): {task.exception()}. "
            "Run the same command again; finished runs are kept.",
        )  # fmt: skip
    found = task.result()
    if "record" not in found:
        where = f"on {found['node']}: " if found["node"] else ""
        error = (_NotThere if found["short"] else ChapterError)(
            run.chapter, found["kind"], found["path"], where + found["text"]
        )
        error.worker = found["worker"]
        raise error
    record = Record.model_validate_json(found["record"])
    with alone(run.lock):
        return run.save(record, nbformat.reads(found["notebook"], as_version=4))


class _NotThere(ChapterError):
    """A run that failed for something that its worker's machine is short of: another worker may have it."""


# -- the worker's side --------------------------------------------------------------------------------------------


def _own_book(task: dict) -> Book:
    """The book of the worker's folder, if its sources are those of the one who asks."""
    book = find_book()
    book.resolve([task["chapter"]])
    mine = sources(book, task["chapter"])
    other = sorted(name for name, value in task["sources"].items() if mine.get(name) != value)
    packages = package_versions(book.root, task["packages"])
    other += [
        f"{name} {packages[name]} (expected {version})"
        for name, version in task["packages"].items()
        if packages[name] != version
    ]
    if other:
        raise ValueError(
            f"this worker has other sources than the one who asks: {', '.join(other)}. Bring its checkout to the same "
            "commit and environment, and start it again."
        )
    return book


def _machine() -> dict[str, str]:
    """Who answers: the worker's address, and the machine's name."""
    from distributed import get_worker

    return {"worker": get_worker().address, "node": platform.node()}


def _without(error: ChapterError) -> str:
    """The text of an error without chapter and kind, which are sent beside it."""
    return str(error).removeprefix(f"{error.chapter}: {error.kind}: ")


@cache
def _tree(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(path.relative_to(folder).as_posix().encode() + _hash(path).encode())
    return found.hexdigest()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "none"
