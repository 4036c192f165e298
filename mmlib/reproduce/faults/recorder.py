"""Which lines of the library run, and for whom: in the kernel of a chapter, or in a run of its tests.

It is loaded by a copy of the library that was made for this purpose, never by the library itself. Only calls are
traced, and the lines of a function only while it is young: a run takes a few per cent longer.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path

__all__ = ["Recorder", "start"]

CALLS = 20  # of one function for one statement or test, of which lines are noted
EVENTS = 400  # lines of one call
SEARCHES = 3000  # calls of one function for which we ask who called


class Recorder:
    """Notes, for each file of a package, which lines ran for whom; `who` names the statement or test of a frame."""

    def __init__(self, package: str, who):
        self.package, self.who = package, who
        self.hits: dict[str, dict[str, set[int]]] = {}
        self.calls: Counter = Counter()

    def start(self) -> None:
        """Watch all new calls in all threads."""
        threading.settrace(self.call)
        sys.settrace(self.call)

    def stop(self) -> None:
        """Watch no longer."""
        threading.settrace(None)
        sys.settrace(None)

    def call(self, frame, event, argument):
        """What the interpreter asks at each call: watch its lines, or not?"""
        code = frame.f_code
        if not code.co_filename.startswith(self.package):
            return None
        self.calls[code] += 1
        if self.calls[code] > SEARCHES:
            return None
        who = self.who(frame)
        self.calls[code, who] += 1
        if self.calls[code, who] > CALLS:
            return None
        lines = self.hits.setdefault(code.co_filename[len(self.package) :], {}).setdefault(who, set())
        left = EVENTS

        def line(frame, event, argument):
            nonlocal left
            lines.add(frame.f_lineno)
            left -= 1
            if left <= 0:
                frame.f_trace_lines = False
            return line

        return line

    def write(self, path: str | Path) -> None:
        """Keep what was noted: {file: {who: lines}}."""
        found = {file: {who: sorted(lines) for who, lines in by.items()} for file, by in self.hits.items()}
        Path(path).write_text(json.dumps(found), encoding="utf-8")


def start(package: str, path: str) -> None:
    """Watch a chapter's kernel until the engine asks what it loaded; statements are named ``hash of the cell:line``."""
    from IPython import get_ipython

    shell = get_ipython()
    cells: dict[int, str] = {}

    def who(frame) -> str:
        if frame.f_code.co_name == "report" and frame.f_code.co_filename.endswith("probe.py"):
            recorder.stop()
            recorder.write(path)
        while frame is not None and not (
            frame.f_code.co_name == "<module>" and "ipykernel" in frame.f_code.co_filename
        ):
            frame = frame.f_back
        count = shell.execution_count
        if count not in cells:
            source = shell.history_manager.input_hist_raw[-1]
            cells[count] = hashlib.sha256(source.strip().encode()).hexdigest()[:12]
        return f"{cells[count]}:{frame.f_lineno if frame else 0}"

    recorder = Recorder(package, who)
    recorder.start()


# -- as a plugin of pytest: -p mmlib.reproduce.faults.recorder, with MMLIB_FAULTS_TESTS naming the file to write -----


def pytest_configure(config):
    """Watch the run of the tests; what runs while they are collected or set up counts for all of them."""
    if path := os.environ.get("MMLIB_FAULTS_TESTS"):
        import mmlib

        config._mmlib_who = "*"
        package = str(Path(mmlib.__file__).parent) + os.sep
        config._mmlib_recorder = Recorder(package, lambda frame: config._mmlib_who)
        config._mmlib_path = path
        config._mmlib_recorder.start()


def pytest_runtest_call(item):
    """From here on, lines count for this test."""
    if hasattr(item.config, "_mmlib_recorder"):
        item.config._mmlib_who = item.nodeid


def pytest_runtest_teardown(item):
    """And from here on for all again."""
    if hasattr(item.config, "_mmlib_recorder"):
        item.config._mmlib_who = "*"


def pytest_unconfigure(config):
    """Keep what was noted."""
    if hasattr(config, "_mmlib_recorder"):
        config._mmlib_recorder.stop()
        config._mmlib_recorder.write(config._mmlib_path)
