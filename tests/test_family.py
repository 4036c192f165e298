"""Processes of a kernel's family: found by their mark and in the tree, and ended; others stay."""

import os
import subprocess
import sys

from mmlib.reproduce import family


def test_a_family_is_found_by_its_mark_alone():
    """What belongs to another family, or to none, stays."""
    mark, other = family.new_mark(), family.new_mark()
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    started = [subprocess.Popen(sleep, env=os.environ | {family.MARK: m}) for m in (mark, other)]
    started.append(subprocess.Popen(sleep))
    try:
        assert [p.pid for p in family.marked([mark])] == [started[0].pid]
        family.end([mark])
        assert started[0].wait(5) and [p.poll() for p in started[1:]] == [None, None]
        known = family.below(os.getpid())
        family.end([], [p for p in known if p.pid == started[2].pid], gently=True)
        assert started[2].wait(5) and started[1].poll() is None
    finally:
        for process in started:
            process.kill()
            process.wait()
    family.end([mark, other])  # nobody is left: nothing happens
