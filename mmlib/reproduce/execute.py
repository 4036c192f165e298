"""Execute one chapter in one fresh kernel, and read from its outputs what it claims."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import datetime
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync

from mmlib.chapter import CHECK_MIME, CLAIM_MIME
from mmlib.reproduce import family, short
from mmlib.reproduce.book import write_atomic
from mmlib.reproduce.environment import environment as _environment
from mmlib.reproduce.probe import FACTS_MIME
from mmlib.reproduce.store import PACKAGE, Record, Run, cells_hash, file_hash, locate, package_versions, read_notebook

__all__ = ["ChapterError", "execute", "guarded", "stop_all"]

CELL_TIMEOUT = 3600  # seconds; only to end a cell that hangs
OUTPUT_LIMIT = 20 * 2**20  # characters that the cells of one chapter may put on its page
REPLACED_MIME = "application/vnd.mmlib.replaced+json"
_STOP_WITHIN = 1.5  # seconds that running chapters get after Ctrl-C to notice that their kernels are gone
_STARTS = 3  # kernels tried, if another program takes a port between its choice and the start
_running: set[_Client] = set()
_stopping = False


class ChapterError(RuntimeError):
    """A chapter that did not run to its end, as one line: chapter, kind of fault, file, what happened and what to do."""

    def __init__(self, chapter: str, kind: str, path: Path | str, text: str):
        self.chapter, self.kind, self.path = chapter, kind, str(path)
        text = " ".join(text.split())
        place = "" if self.path in text else f"{self.path}: "
        super().__init__(f"{chapter}: {kind}: {place}{text}")


@contextlib.contextmanager
def guarded(run: Run) -> Iterator[None]:
    """The boundary around one chapter: whatever goes wrong inside leaves it as a `ChapterError`."""
    try:
        yield
    except ChapterError:
        raise
    except OSError as error:
        path = error.filename or run.book.file(run.chapter, ".md")
        text = f"{error.strerror or error}. Make room there, or make it readable and writable; then run it again."
        raise ChapterError(run.chapter, type(error).__name__, path, text) from None
    except (Exception, CancelledError, SystemExit) as error:
        text = str(error) or "no message"
        if not isinstance(error, ValueError):
            text += _keep_traceback(run)
        raise ChapterError(run.chapter, type(error).__name__, run.book.file(run.chapter, ".md"), text) from None


def _keep_traceback(run: Run) -> str:
    """Keep the traceback of an error that nobody foresaw; the line says where."""
    path = run.folder / "failed.txt"
    try:
        write_atomic(path, traceback.format_exc())
    except OSError:
        return ""
    return f". The traceback: {path}"


# what the kernel does after each cell: the shell needs its own streams, and the page needs what is printed
_PUT_BACK = f"""
def watch(shell):
    import sys
    own = sys.stdout, sys.stderr

    def put_back(result):
        if (getattr(sys, "stdout", None), getattr(sys, "stderr", None)) != own:
            sys.stdout, sys.stderr = own
            shell.display_pub.publish({{{REPLACED_MIME!r}: {{}}}})

    shell.events.register("post_run_cell", put_back)
"""
_WATCH = f"names = {{}}; exec({_PUT_BACK + family.ADOPT!r}, names); names['watch'](get_ipython()); del names"
_log = logging.getLogger(__name__)  # for what nbclient and asyncio say of a kernel that ends badly
_log.addHandler(logging.NullHandler())  # the engine has a line of its own for it


class _Client(NotebookClient):
    printed = 0  # characters so far
    loud = None  # the cell that brought them above the limit
    mark = ""  # that the kernel and what it starts carry in their environment

    async def async_execute(self, *arguments, **options):
        asyncio.get_running_loop().set_exception_handler(_aside)
        return await super().async_execute(*arguments, **options)

    execute = run_sync(async_execute)

    async def async_start_new_kernel(self, **arguments):
        if _stopping:
            raise RuntimeError("the run is being stopped")
        await super().async_start_new_kernel(**arguments)
        if _stopping:
            self.kill()

    async def async_start_new_kernel_client(self):
        client = await super().async_start_new_kernel_client()
        client.execute(_WATCH, silent=True, store_history=False)
        return client

    async def _async_handle_timeout(self, timeout, cell=None):
        self.kill()  # a busy kernel that is asked to leave complains on the terminal
        return await super()._async_handle_timeout(timeout, cell)

    async def _async_cleanup_kernel(self):
        children = family.below(self.pid) if self.pid else []
        try:
            await super()._async_cleanup_kernel()
        finally:
            family.end([self.mark], children, gently=not _stopping)

    def output(self, outs, msg, display_id, cell_index):
        content = msg["content"]
        self.printed += len(content.get("text", "")) + sum(len(str(v)) for v in content.get("data", {}).values())
        if self.printed > OUTPUT_LIMIT:
            self.loud = self.loud or self.nb.cells[cell_index]
            self.kill()
            return None
        return super().output(outs, msg, display_id, cell_index)

    @property
    def pid(self) -> int | None:
        """The kernel's, while it runs: None before it started and after it ended."""
        process = getattr(getattr(self.km, "provisioner", None), "process", None)
        return process.pid if process is not None and process.poll() is None else None

    def kill(self) -> None:
        """End the kernel and what it started, now."""
        _kill([self])

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


def _kill(clients: list[_Client]) -> None:
    """End kernels and what they started, now."""
    known = []
    for pid in filter(None, [client.pid for client in clients]):
        known += family.below(pid)  # asked first: whoever cleared its environment is found in the living tree alone
        with contextlib.suppress(OSError, psutil.Error):
            if hasattr(os, "killpg"):
                os.killpg(pid, signal.SIGKILL)  # a kernel leads its own group
            else:
                psutil.Process(pid).kill()
    family.end([client.mark for client in clients], known)


def _aside(loop, context) -> None:
    """Where asyncio would print a traceback on the terminal: a task that a dead kernel left behind."""
    _log.debug("%s", context.get("message"), exc_info=context.get("exception"))


def execute(run: Run, *, on_cell: Callable[[int, int], None] = lambda done, total: None) -> Record:
    """Execute a chapter and store the run.

    Raises
    ------
    ChapterError : a cell raised, its kernel died, or whatever else went wrong. What was stored before stays as it was.
    """
    with guarded(run):
        source = run.book.file(run.chapter, ".md")
        notebook = read_notebook(source)
        cells = cells_hash(source)
        notebook.cells.append(nbformat.v4.new_code_cell("from mmlib.reproduce import probe\nprobe.report()"))
        for _ in range(_STARTS - 1):
            with contextlib.suppress(_PortTaken):
                return _once(run, notebook, cells, on_cell)
        return _once(run, notebook, cells, on_cell)


def _once(run: Run, notebook, cells: str, on_cell: Callable[[int, int], None]) -> Record:
    """One kernel from its start to its end."""
    client = _client(run, notebook, on_cell)
    started = time.monotonic()
    _running.add(client)
    try:
        with tempfile.TemporaryFile() as log:  # what the kernel itself writes, not its cells
            _run_cells(run, client, log)
        return _store(run, notebook, cells, time.monotonic() - started)
    finally:
        client.kill()  # one that did not start to its end is still there
        atexit.unregister(client._cleanup_kernel)
        _running.discard(client)


class _PortTaken(ChapterError):
    """Another program took a port between its choice and the kernel's start; no cell has run."""


def _client(run: Run, notebook, on_cell) -> _Client:
    source = run.book.file(run.chapter, ".md")
    total = sum(c.cell_type == "code" for c in notebook.cells) - 1  # the last cell is the engine's
    done = 0

    def count(cell, cell_index, execute_reply):
        nonlocal done
        if any(p.get("source") == "ask_exit" for p in execute_reply["content"].get("payload", [])):
            text = f"{_cell(cell)} calls exit() or quit(), which would end the page in the middle. Take the call out."
            raise ChapterError(run.chapter, "SystemExit", source, text)
        if any(REPLACED_MIME in o.get("data", {}) for o in cell.get("outputs", [])):
            text = (
                f"{_cell(cell)} replaces sys.stdout or sys.stderr and does not put it back, so that the page would not show "
                "what is printed. Use contextlib.redirect_stdout inside the cell."
            )
            raise ChapterError(run.chapter, "ReplacedOutput", source, text)
        if cell.cell_type == "code" and done < total:
            done += 1
            on_cell(done, total)

    client = _Client(
        notebook,
        timeout=CELL_TIMEOUT,
        startup_timeout=300,  # on a machine that does much else
        kernel_name="python3",
        record_timing=False,  # timing metadata would change the hash by which the page build finds the run
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_executed=count,
    )
    client.log, client.mark = _log, family.new_mark()
    return client


def _run_cells(run: Run, client: _Client, log: BinaryIO) -> None:
    def failed(kind: str, text: str) -> ChapterError:
        return ChapterError(run.chapter, kind, run.book.file(run.chapter, ".md"), text)

    try:
        client.execute(
            env=_environment(run) | {family.MARK: client.mark}, stdout=subprocess.DEVNULL, stderr=log
        )  # the terminal is the engine's
    except CellExecutionError as error:
        said = f"{_cell(_current(client))} failed: {error.evalue[:1000]}. {short.advice(error.ename, error.evalue)}{_keep_failed(run, client.nb)}"
        raise failed(error.ename, said) from None
    except CellTimeoutError:
        text = f"{_cell(_current(client))} ran longer than {CELL_TIMEOUT} s. {_keep_failed(run, client.nb)}"
        raise failed("CellTimeoutError", text) from None
    except (DeadKernelError, CancelledError):
        if client.loud:
            text = (
                f"{_cell(client.loud)} brought the output to more than {OUTPUT_LIMIT / 2**20:.0f} MB, which no page "
                "can show. Print a summary."
            )
            raise failed("TooMuchOutput", text) from None
        text = (
            f"the kernel died in {_cell(_current(client))} (out of memory, killed, or ended by the cell). "
            "Run the same command again; finished chapters are kept."
        )
        raise failed("DeadKernelError", text) from None
    except ChapterError:
        raise
    except RuntimeError as error:  # the kernel did not start, or was ended while it did
        log.seek(0)
        said = "".join(log.read().decode("utf-8", "replace").strip().splitlines()[-1:])
        text = f"the kernel died before its first cell, or did not start: {error} {said}. Run the same command again."
        if "in use" in said:  # "Address already in use", in the words of any system
            raise _PortTaken(run.chapter, "NoKernel", run.book.file(run.chapter, ".md"), text) from None
        raise failed("NoKernel", text) from None


def _current(client: _Client):
    """The cell in which it ended: the one begun last."""
    code = [c for c in client.nb.cells if c.cell_type == "code" and c.source.strip()]
    return code[min(max(client.code_cells_executed, 1), len(code)) - 1]


def _cell(cell) -> str:
    return f"the cell that begins with `{cell.source.strip().splitlines()[0][:80]}`"


def _store(run: Run, notebook, cells: str, wall: float) -> Record:
    facts = _facts(run, notebook.cells.pop())
    notebook.metadata.pop("language_info", None)
    claims, checks, stderr = _harvest(notebook)
    record = Record(
        chapter=run.chapter,
        seed=run.seed,
        device=run.device,
        threads=run.threads,
        cells=cells,
        files={name: file_hash(locate(run.book, name)) for name in _names(run, facts)},
        context=run.context(facts["read"]),
        packages=package_versions(run.book.root, facts["packages"]),
        claims=claims,
        checks=checks,
        stderr=stderr,
        date=datetime.date.today().isoformat(),
        wall_s=round(wall, 1),
        notebook="",
        **{k: facts[k] for k in ("cpu_s", "peak_mb", "dtype", "machine", "used", "versions")},
    )
    return run.save(record, notebook)


def _facts(run: Run, cell) -> dict:
    """What the kernel reports of itself, found by its MIME type: whatever else was printed does not matter."""
    for output in cell.outputs:
        if FACTS_MIME in output.get("data", {}):
            return output["data"][FACTS_MIME]
    text = (
        "the kernel did not report what it loaded and what it cost; a cell changed how outputs are published. Find it."
    )
    raise ChapterError(run.chapter, "NoReport", run.book.file(run.chapter, ".md"), text)


def stop_all() -> None:
    """End all kernels now (after Ctrl-C), also those that are starting; chapters that finished are kept."""
    global _stopping
    _stopping = True
    until = time.monotonic() + _STOP_WITHIN
    while True:
        _kill(list(_running))
        if not _running or time.monotonic() > until:
            return
        time.sleep(0.05)


def _names(run: Run, facts: dict) -> list[str]:
    """The files that the kernel loaded, as names that hold on another machine."""
    loaded = Path(facts["package"])
    if loaded != PACKAGE:
        text = (
            f"the kernel loaded mmlib from {loaded}, expected {PACKAGE}. "
            "Uninstall the other one, or start from the book's own environment."
        )
        raise ChapterError(run.chapter, "OtherPackage", loaded, text)
    names = []
    for path in map(Path, facts["files"]):
        base = PACKAGE.parent if path.is_relative_to(PACKAGE) else run.book.root
        if path.is_relative_to(base):
            names.append(path.relative_to(base).as_posix())
        # a fetched file outside the book is verified against the hash in the registry, which is a module
    return sorted(names)


def _harvest(notebook) -> tuple[dict[str, float | None], list[dict], list[str]]:
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


def _keep_failed(run: Run, notebook) -> str:
    """Keep the notebook up to where it ended; the line says where it is."""
    path = run.folder / "failed.ipynb"
    try:
        write_atomic(path, nbformat.writes(notebook))
    except OSError as error:
        return f"The notebook up to there could not be kept: {error.strerror}."
    return f"The notebook up to there: {path}"
