"""Chapters as tasks of a cluster: the same results as in one row, and whatever is lost costs only what had not come back."""

import gc
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from mmlib import claims
from mmlib.reproduce.book import Book, alone
from mmlib.reproduce.store import Record, Run

from .small import Small

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are killed by signals")
SLOW = "import time; time.sleep(4)"
DRAWN = "here.claim('drawn', float(here.rng('x').normal()))"
DRAWN_CLAIM = """
drawn:
  says: a number that the seed decides
  unit: "1"
  kind: run
  must: "> -10 and < 10"
  because: it is drawn
  drift: {absolute: 1.0e-9}
"""
ANY_PORT = "tcp://127.0.0.1:0"


def plain():
    return {k: v for k, v in os.environ.items() if not k.startswith("MMLIB_")}


class Cluster:
    """A scheduler and its workers as a user starts them, in the folder of a book."""

    def __init__(self, root, workers, port=0):
        self.root, self.log, self.workers, self.files = root, root / "scheduler.log", [], []
        log = self._file(self.log)
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", log=log)
        for _ in range(240):
            if found := re.search(r"Scheduler at: +(tcp://\S+)", self.log.read_text()):
                break
            time.sleep(0.25)
        self.address = found[1]
        for k in range(workers):
            self.add(k)

    def _start(self, what, *arguments, log):
        command = [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments]
        return subprocess.Popen(
            command, cwd=self.root, env=plain(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )

    def _file(self, path):
        self.files.append(path.open("w"))
        return self.files[-1]

    def add(self, k, root=None):
        log = self._file(self.root / f"worker{k}.log")
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", f"w{k}", "--death-timeout", "20"]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *options]
        self.workers.append(
            subprocess.Popen(
                command,
                cwd=root or self.root,
                env=plain(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )

    def end(self):
        for process in (self.scheduler, *self.workers):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for file in self.files:
            file.close()


@pytest.fixture
def cluster():
    made = []

    def make(*arguments, **options):
        made.append(Cluster(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.end()


def started(book, name, within=240):
    """Wait until the engine's output says that a chapter came back."""
    for _ in range(10 * within):
        if Run(Book(book.root), f"t/{name}", seed=0, device="cpu", threads=1).notebook_path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} never came back")


def records(root, seeds, collect):
    for seed in seeds:
        yield Run(Book(root), "t/good", seed=seed, device="cpu", threads=1, collect=collect).load()


def test_a_local_cluster_gives_the_same_bits(tmp_path):
    rows = {}
    for how, options in (("row", []), ("cluster", ["--cluster", "local", "--jobs", "2"])):
        book = Small(tmp_path / how, ())
        book.add("good", DRAWN)
        with book.path("good", ".claims.yml").open("a") as file:
            file.write(DRAWN_CLAIM)
        status, text = book.run("t/good", "--replicates", "3", "--no-drift", *options)
        assert status == 0, text
        rows[how] = {(r.claim, r.seed): r.value for r in claims.read_replicates(book.path("good", ".replicates.csv"))}
        kept = list(records(book.root, range(3), collect=True))
        assert len(kept) == 3 and all(isinstance(r, Record) for r in kept)
    assert "3 tasks on 2 workers" in text
    assert rows["row"] == rows["cluster"] and len(rows["row"]) == 4
    assert len({value for (claim, _), value in rows["row"].items() if claim == "drawn"}) == 3


def test_a_worker_killed_at_work_costs_nothing(tmp_path, cluster):
    book = Small(tmp_path / "book", ("a", "b", "c"))
    for name in ("a", "b", "c"):
        book.add(name, SLOW)
    there = cluster(book.root, 2)
    process = book.start("--cluster", there.address)
    started(book, "good")
    time.sleep(1)
    there.workers[0].kill()
    text, _ = process.communicate(timeout=500)
    assert process.returncode == 0, text
    assert text.count(": executed,") == 4 and "4 chapters, 4 claims judged: all hold" in text
    assert "Traceback" not in text


def test_a_lost_scheduler_costs_what_had_not_come_back(tmp_path, cluster):
    book = Small(tmp_path / "book", ("a", "b"))
    for name in ("a", "b"):
        book.add(name, SLOW)
    there = cluster(book.root, 1)
    process = book.start("--cluster", there.address)
    started(book, "a")
    there.scheduler.kill()
    text, _ = process.communicate(timeout=300)
    assert process.returncode == 1, text
    assert "SchedulerLost" in text and "the same command goes on from there" in text and "Traceback" not in text
    done = text.count(": executed,")
    there.end()
    again = cluster(book.root, 2)
    status, text = book.run("--cluster", again.address)
    assert status == 0, text
    assert text.count(": reused,") == done >= 1 and text.count(": executed,") == 3 - done


def test_a_worker_with_other_sources_says_which(tmp_path, cluster):
    book, other = Small(tmp_path / "book", ()), Small(tmp_path / "other", ())
    other.claim("good", "one", 2)
    there = cluster(book.root, 0)
    there.add(0, other.root)
    status, text = book.run("--cluster", there.address)
    assert status == 1, text
    assert (
        "this worker has other sources" in text
        and "book/t/good.md" in text
        and "same commit" in text.replace("\n", " ")
    )


def test_a_chapter_that_fails_on_a_worker_is_one_line(tmp_path):
    book = Small(tmp_path / "book", ())
    book.add("bad", "1 / 0")
    status, text = book.run("--cluster", "local", "--jobs", "1")
    assert status == 1 and "t/bad: ZeroDivisionError" in text and "Traceback" not in text
    assert "t/good: executed" in text


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "tcp://"])
def test_an_address_where_nobody_answers(tmp_path, address):
    book = Small(tmp_path / "book", ())
    status, text = book.run("--cluster", address)
    assert status == 2, text
    assert (
        f"--cluster {address}: no scheduler answers there" in text and "dask worker" in text and "Traceback" not in text
    )


def test_no_lock_ends_while_an_engine_runs(tmp_path, monkeypatch):
    """Python drops a Ctrl-C that arrives while an object is being deleted, and a lock was deleted after each task."""
    ended = []
    monkeypatch.setattr("filelock.BaseFileLock.__del__", lambda lock: ended.append(lock.lock_file))
    for _ in range(3):
        with alone(tmp_path / "lock"):
            pass
    gc.collect()
    assert not [path for path in ended if str(tmp_path) in str(path)]


def test_one_ctrl_c_ends_a_local_cluster(tmp_path):
    book = Small(tmp_path / "book", ())
    book.add("slow", "import time; time.sleep(60)")
    process = book.start("--cluster", "local", "--jobs", "2")
    started(book, "good", within=240)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and time.monotonic() - began < 20, text
    assert "Finished chapters are kept" in text
