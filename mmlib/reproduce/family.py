"""The processes that a kernel started: found wherever they went, and ended with it.

Three nets, since each has a hole. The *tree* below the kernel holds what was started in a session of its own. On Linux the kernel
adopts its orphans, so that a daemon stays in the tree while the kernel lives. A *mark* in the environment, which children inherit,
finds those whose parents are gone, once the kernel is gone too (as continuous-integration servers do it). macOS shows no
environment of the programs that came with it, and Windows ends no tree by itself: there a daemon of such a program gets away, and
everything else is found.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable

import psutil

__all__ = ["ADOPT", "MARK", "below", "end", "marked", "new_mark"]

MARK = "MMLIB_FAMILY"
_GRACE = 0.5  # seconds in which helpers of a kernel that ended well (a pool's tracker) may tidy up
_ROUNDS = 5  # looks at what was started while others were ended

# for a kernel: be the one to which orphans are given (PR_SET_CHILD_SUBREAPER); other systems have no such call
ADOPT = """
def adopt():
    import ctypes, sys
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)

adopt()
"""


def new_mark() -> str:
    """A mark that no other family has."""
    return uuid.uuid4().hex


def below(pid: int) -> list[psutil.Process]:
    """What a process started, and what those started, in whatever session."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def marked(marks: Iterable[str]) -> list[psutil.Process]:
    """All processes that carry one of the marks and have not ended."""
    marks, found = set(marks), []
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError, SystemError):  # not ours to read, or gone meanwhile
            process = psutil.Process(pid)
            if process.environ().get(MARK) in marks and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end(marks: Iterable[str], known: Iterable[psutil.Process] = (), *, gently: bool = False) -> None:
    """End the families of these marks, and processes that were known to belong to them.

    Parameters
    ----------
    marks : iterable of str
        Values of the environment variable `MARK`.
    known : iterable of psutil.Process
        From `below`, asked while the kernel lived: the only way to those that cleared their environment.
    gently : bool
        Leave them half a second to end by themselves.
    """
    marks = set(marks)
    found = {*known, *marked(marks)}
    if gently and found:
        _, alive = psutil.wait_procs(list(found), timeout=_GRACE)
        found = {*alive, *marked(marks)}
    for _ in range(_ROUNDS):
        for process in found:
            with contextlib.suppress(psutil.Error):  # psutil knows a process from another that got its number
                process.kill()
        found = set(marked(marks))
        if not found:
            return
