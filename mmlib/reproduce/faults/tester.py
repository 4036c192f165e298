"""A Python that loads the heavy libraries once and forks for each run of tests: most of a short test run is imports.

Run as a module it answers, for each line of JSON that it reads, with a line of JSON: the exit status of pytest.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

__all__ = ["Tester"]

HEAVY = ("numpy", "scipy.integrate", "scipy.optimize", "scipy.stats", "scipy.signal", "torch", "sklearn.linear_model")
HEAVY += ("sklearn.cluster", "pysindy", "gpytorch", "IPython", "pytest")


class Tester:
    """Runs pytest in a folder, many times; only where a process can fork.

    Parameters
    ----------
    root : Path
        The folder in which the tests are run.
    environment : dict of str to str
        Variables of the process.
    """

    def __init__(self, root: Path, environment: dict[str, str]):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mmlib.reproduce.faults.tester"], cwd=root, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def run(self, arguments: list[str], *, cpu_s: float, wall_s: float, extra: dict[str, str]) -> int | None:
        """Exit status of pytest (negative: the signal that ended it); None if it took too long."""
        job = {"arguments": arguments, "cpu_s": cpu_s, "wall_s": wall_s, "extra": extra}
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())["status"]
        except (OSError, ValueError) as error:
            raise RuntimeError("the process that runs the tests has ended. Run the same command again.") from error

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    for name in HEAVY:
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _test(job)
        answers.write(json.dumps({"status": _wait(child, job["wall_s"])}) + "\n")
        answers.flush()


def _test(job: dict) -> None:
    """In the child: run the tests with the library as it is now on disk, and end."""
    import resource

    import pytest

    status = 1
    try:
        os.setsid()
        cpu = int(job["cpu_s"])
        resource.setrlimit(resource.RLIMIT_CPU, (cpu + 1, cpu + 5))
        os.environ.update(job["extra"])
        for name in [n for n in sys.modules if n.split(".")[0] == "mmlib"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        sys.argv[0] = "pytest"
        status = int(pytest.main(job["arguments"]))
    finally:
        os._exit(status)


def _wait(child: int, wall_s: float) -> int | None:
    import signal

    until = time.monotonic() + wall_s
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.02)


if __name__ == "__main__":
    _serve()
