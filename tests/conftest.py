"""A book of one chapter, executed once; each test takes a copy of it and breaks something."""

from __future__ import annotations

import os

# Before NumPy and torch are loaded: workers of two threads each, as many as cores, wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import mmlib

ROOT = Path(__file__).resolve().parent.parent
FIXTURE = Path(__file__).with_name("fixture")


def pytest_ignore_collect(collection_path, config):
    """The browser's tests need the built pages: only where they are named."""
    if collection_path.name == "browser" and not any("browser" in str(a) for a in config.args):
        return True
    return None


@dataclass
class Result:
    """What a command said."""

    status: int
    text: str


@dataclass
class Copy:
    """A copy of the fixture book with its own copy of the library, so that both can be broken."""

    root: Path

    def run(self, *arguments: str, module: str = "mmlib.reproduce", timeout: float = 300) -> Result:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MMLIB_")}
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root, env=environment, capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip
        return Result(done.returncode, done.stdout + done.stderr)

    def path(self, ending: str = ".md") -> Path:
        return self.root / "book" / "fixture" / f"predators{ending}"

    def replace(self, file: str | Path, old: str, new: str) -> None:
        """Replace text that must be there, exactly once: a fault that is not planted proves nothing."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def executed(tmp_path_factory) -> Copy:
    """The fixture book, executed and green."""
    root = tmp_path_factory.mktemp("book") / "copy"
    shutil.copytree(FIXTURE, root)
    shutil.copytree(Path(mmlib.__file__).parent, root / "mmlib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.move(root / "exercises.py", root / "mmlib" / "exercises" / "fixture_predators.py")
    copy = Copy(root)
    result = copy.run()
    assert result.status == 0, result.text
    assert "8 claims judged: all hold" in result.text
    return copy


@pytest.fixture
def copy(executed, tmp_path) -> Copy:
    """A green copy to break."""
    shutil.copytree(executed.root, tmp_path / "copy")
    return Copy(tmp_path / "copy")


@pytest.fixture
def root() -> Path:
    """The root of the repository."""
    return ROOT
