"""A copy of the book and its library in a temporary folder, where faults are planted, run and taken out again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from mmlib.reproduce.book import Book
from mmlib.reproduce.faults.mutate import Fault
from mmlib.reproduce.faults.tester import Tester
from mmlib.reproduce.store import PACKAGE, Record, Run

__all__ = ["CHOICES", "Workshop", "by_line", "mirror"]

CHOICES = "tests/contract/test_choices.py"  # the numbers that the library chose

RECORD = """

import os as _os

if _os.environ.get("MMLIB_ENGINE") and _os.environ.get("MMLIB_FAULTS_RECORD"):
    from mmlib.reproduce.faults import recorder as _recorder

    _recorder.start({package!r}, _os.environ["MMLIB_FAULTS_RECORD"])
"""


class Workshop:
    """A place to break things; use it as a context manager, so that the copy is removed at the end.

    Parameters
    ----------
    book : Book
        The book that is copied; files of which a copy would only cost time are linked.
    chapter : str, optional
        The chapter that will be run. Without one, there is only the library with its tests.
    """

    def __init__(self, book: Book, chapter: str | None = None):
        self.original, self.chapter = book, chapter
        self._tester: Tester | None = None

    def __enter__(self) -> Workshop:
        self._folder = tempfile.TemporaryDirectory(prefix="mmlib-faults-", ignore_cleanup_errors=True)
        self.root = Path(self._folder.name).resolve() / "copy"
        self.book = Book(self.root)
        skip = shutil.ignore_patterns("__pycache__", "browser", "_build")
        shutil.copytree(PACKAGE, self.root / "mmlib", ignore=skip)
        for path in self.original.root.iterdir():
            if path.name == "tests":
                shutil.copytree(path, self.root / path.name, ignore=skip)
            elif path.name != "mmlib" and not path.name.startswith((".", "_build")):
                self._link(path)
        return self

    def __exit__(self, *_):
        if self._tester:
            self._tester.close()
        self._folder.cleanup()

    def _link(self, path: Path) -> None:
        """A link to a file; a folder of links for the book, whose chapters are changed here."""
        target = self.root / path.relative_to(self.original.root)
        if path.is_dir() and path.is_relative_to(self.original.root / "book"):
            target.mkdir(parents=True)
            for child in path.iterdir():
                self._link(child)
        elif self.chapter and path == self.original.file(self.chapter, ".md"):
            shutil.copyfile(path, target)
        else:
            os.symlink(path, target, target_is_directory=path.is_dir())

    @contextmanager
    def shortened(self, text: str):
        """The copy with another text of its chapter, for as long as the block lasts."""
        path = self.book.file(self.chapter, ".md")
        whole = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8", newline="\n")
        try:
            yield self
        finally:
            path.write_text(whole, encoding="utf-8", newline="\n")

    @contextmanager
    def planted(self, fault: Fault):
        """The copy with a fault in it, for as long as the block lasts."""
        path = self.root / fault.file
        sound = path.read_text(encoding="utf-8")
        path.write_text(fault.plant(sound), encoding="utf-8", newline="\n")
        try:
            yield self
        finally:
            path.write_text(sound, encoding="utf-8", newline="\n")

    # -- running --

    def run_chapter(self, *, cpu_s: float, record: Path | None = None) -> Record | None:
        """Run the chapter as the engine does; None if it did not come to its end.

        Parameters
        ----------
        cpu_s : float
            CPU seconds after which the kernel is ended.
        record : Path, optional
            Where to write which lines of the library ran, for which statement.
        """
        run = Run(self.book, self.chapter, seed=0, device="cpu", threads=1)
        shutil.rmtree(run.folder, ignore_errors=True)
        extra, start = {}, self.root / "mmlib" / "__init__.py"
        sound = start.read_text(encoding="utf-8")
        if record:
            extra["MMLIB_FAULTS_RECORD"] = str(record)
            start.write_text(sound + RECORD.format(package=str(self.root / "mmlib") + os.sep), encoding="utf-8")
        try:
            self._call(["-m", "mmlib.reproduce", self.chapter, "--fresh"], cpu_s=cpu_s, wall_s=12 * cpu_s, extra=extra)
            return run.load()
        except (OSError, ValueError):  # nothing stored, or only a part
            return None
        finally:
            start.write_text(sound, encoding="utf-8")

    def run_tests(self, tests: list[str], *, cpu_s: float, record: Path | None = None) -> str:
        """Run tests until the first one fails: ``"green"``, ``"red"``, ``"slow"`` or ``"none"`` (nothing to run)."""
        if not tests:
            return "none"
        arguments = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
        extra = {}
        if record:
            extra["MMLIB_FAULTS_TESTS"] = str(record)
            arguments += ["-p", "mmlib.reproduce.faults.recorder"]
        if os.name == "nt":  # no process can fork
            status = self._call(["-m", "pytest", *arguments, *tests], cpu_s=cpu_s, wall_s=12 * cpu_s, extra=extra)
        else:
            self._tester = self._tester or Tester(self.root, self._environment({}))
            status = self._tester.run([*arguments, *tests], cpu_s=cpu_s, wall_s=12 * cpu_s, extra=extra)
        return {0: "green", None: "slow", 5: "none", -getattr(signal, "SIGXCPU", 24): "slow"}.get(status, "red")

    def _environment(self, extra: dict[str, str]) -> dict[str, str]:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("MMLIB_")}
        return plain | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", **extra}

    def _call(self, arguments: list[str], *, cpu_s: float, wall_s: float, extra: dict[str, str]) -> int | None:
        """Exit status of a Python in the copy; None if it took too long."""
        environment = self._environment(extra)
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=self.root, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_limit(cpu_s),
        )  # fmt: skip
        try:
            self.said = process.communicate(timeout=wall_s)[0].decode(errors="replace")
            return process.returncode
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:  # its kernel ends with it
                process.kill()
                process.communicate()


def _limit(cpu_s: float):
    """What a child does before it starts: stop itself after so many CPU seconds."""
    if os.name == "nt":
        return None

    def prepare():
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s) + 1, int(cpu_s) + 5))

    return prepare


def mirror(root: Path, file: str) -> list[str]:
    """The tests of a module, with the contract that it shares and the examples in its docstrings: tests mirror the package.

    The underscore of a private module is left out: ``tests/test_shooting.py`` holds the tests of ``mmlib/_shooting.py``. The list of
    numbers that the library chose (``tests/contract/test_choices.py``) is for all but the systems, which have one of their own.

    >>> mirror(Path("no folder"), "mmlib/systems/lorenz.py")
    []
    """
    parts = Path(file).with_suffix("").parts[1:]
    whole = parts[-1] == "__init__"  # of a package: the tests of all its parts
    parts = parts[:-1] if whole else tuple(part.lstrip("_") for part in parts)
    names = [f"test_{'_'.join(parts[:n])}.py" for n in range(len(parts), 0, -1)] + [f"contract/test_{parts[0]}.py"]
    names = names if parts[:1] == ("systems",) else [CHOICES.removeprefix("tests/"), *names]
    found = [f"tests/{name}" for name in names if (root / "tests" / name).exists()]
    if whole and parts:
        found += sorted(f"tests/{p.name}" for p in (root / "tests").glob(f"test_{'_'.join(parts)}_*.py"))
    return [*found, file] if (root / "tests").exists() else []


def by_line(record: Path, file: str, tests: list[str]) -> dict[int, list[str]]:
    """{line: tests that ran it}, from a recorded run; all tests where it ran while they were set up."""
    found: dict[int, list[str]] = {}
    for who, lines in json.loads(record.read_text(encoding="utf-8")).get(file.removeprefix("mmlib/"), {}).items():
        for line in lines:
            found.setdefault(line, []).append(who)
    return {line: tests if "*" in who else who for line, who in found.items()}
