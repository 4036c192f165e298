"""What machines lack: a GPU, memory, data, room, a scheduler, or a checkout of one's own. Each is a line; what was finished is kept."""

import errno
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from distributed import LocalCluster, get_worker

from mmlib import claims
from mmlib.reproduce import __main__ as engine
from mmlib.reproduce import cluster, collect
from mmlib.reproduce.book import Book, alone
from mmlib.reproduce.execute import ChapterError
from mmlib.reproduce.store import Record, Run, cells_hash, read_notebook

from .small import Small

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/scratch/run")


def line(text, chapter):
    """The one red line of a chapter."""
    found = [words for words in text.splitlines() if words.startswith(f"RED    {chapter}: ")]
    assert len(found) == 1 and "Traceback" not in text, text
    return found[0]


def executed(run):
    """Store a run without a kernel."""
    source = run.book.file(run.chapter, ".md")
    nothing = dict(
        files={}, packages={}, versions={}, used={}, checks=[], stderr=[], machine="", notebook="", date="2026-01-01"
    )
    cost = dict(wall_s=0.0, cpu_s=0.0, peak_mb=0.0)
    how = dict(chapter=run.chapter, seed=run.seed, device=run.device, threads=1, dtype="float64", claims={"one": 1.0})
    record = Record(cells=cells_hash(source), context=run.context([]), **nothing, **cost, **how)
    return run.save(record, read_notebook(source))


def run_of(book, name, seed=0):
    return Run(Book(book.root), f"t/{name}", seed=seed, device="cpu", threads=1)


# -- one machine --------------------------------------------------------------------------------------------------

CELLS = {
    "memory": "import torch\nraise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 20.00 GiB.')",
    "room": "raise OSError(28, 'No space left on device')",
    "data": "from mmlib.data import herg_sine_wave\nherg_sine_wave(whole=True)",
}


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """One run of a book whose chapters miss something, without network; where it is, status and text."""
    root = tmp_path_factory.mktemp("short")
    book = Small(root / "book", ())
    for name, code in CELLS.items():
        book.add(name, code)
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    (root / "empty").mkdir()
    nowhere |= {
        "MMLIB_DATA": str(root / "empty"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "no_proxy": "",
        "NO_PROXY": "",
    }
    return book, *book.run("--jobs", "2", environment=nowhere)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("memory", ["OutOfMemoryError", "Tried to allocate 20.00 GiB", "nvidia-smi", "--device cpu"]),
        ("room", ["OSError", "No space left on device", "Make room there", "TMPDIR"]),
        ("data", ["DataUnavailable", "hERG_sine_wave_16713110.mat", "Connect once, or download", "set MMLIB_DATA to that folder"]),
    ],
)  # fmt: skip
def test_what_a_cell_lacks_and_what_to_do(short, name, says):
    found = line(short[2], f"t/{name}")
    assert all(words in found for words in [*says, "failed.ipynb"]), found


def test_the_others_are_executed_and_kept(short):
    book, status, text = short
    assert status == 1 and "4 chapters, 1 claims judged: 3 red" in text, text
    assert run_of(book, "good").stale() is None


def test_no_gpu(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(Small(tmp_path / "book", ()).root)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    for more in ([], ["--cluster", "local"]):
        assert engine.main(["--device", "cuda", *more]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "no usable GPU" in said and "Use --device cpu" in said


# -- two engines in one checkout ----------------------------------------------------------------------------------


def test_two_engines_execute_a_chapter_once(tmp_path):
    book, trace, go = Small(tmp_path / "book", ()), tmp_path / "trace", tmp_path / "go"
    book.add(
        "good",
        f"import os, time\nopen({str(trace)!r}, 'a').write('x')\nwhile not os.path.exists({str(go)!r}): time.sleep(0.1)",
    )
    first = book.start("--fresh")
    while not trace.exists() and first.poll() is None:
        time.sleep(0.1)
    second = book.start("--fresh")
    said = second.stdout.readline()
    go.touch()
    texts = [said + second.communicate(timeout=120)[0], first.communicate(timeout=120)[0]]
    assert said.startswith("t/good: another engine executes it in this checkout; waiting for that run"), texts
    assert (first.returncode, second.returncode) == (0, 0) and trace.read_text() == "x", texts
    assert run_of(book, "good").stale() is None


def test_an_engine_that_was_killed_holds_nothing(tmp_path):
    lock = tmp_path / "lock"
    code = f"import os\nfrom pathlib import Path\nfrom mmlib.reproduce.book import alone\nwith alone(Path({str(lock)!r})):\n    os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9 and lock.exists()
    with alone(lock) as waited:
        assert not waited


def test_rows_of_two_engines_are_all_kept(tmp_path, monkeypatch):
    """Both read the file, add their own rows and write it whole: one after the other, or rows are lost."""
    book = Small(tmp_path / "book", ())
    path = book.path("good", ".replicates.csv")
    read, both = claims.read_replicates, threading.Barrier(2)

    def slowly(path):
        rows = read(path)
        time.sleep(0.3)
        return rows

    def runs(asked, options):
        both.wait()
        record = SimpleNamespace(claims={"one": 1.0}, seed=0, key="k", model_dump=lambda include: dict(
            seed=0, device=options.device, dtype="float64", threads=1, cpu_s=0.0, date="2026-01-01"))  # fmt: skip
        return dict.fromkeys(asked, record)

    monkeypatch.setattr(claims, "read_replicates", slowly)
    monkeypatch.setattr(collect, "run_all", runs)
    monkeypatch.setattr(collect, "Record", SimpleNamespace)
    devices = ("cuda", "tpu")
    engines = [
        threading.Thread(target=collect.collect, args=(Book(book.root), ["t/good"], SimpleNamespace(device=d, threads=1, replicates=1, cluster=None)))
        for d in devices
    ]  # fmt: skip
    for one in engines:
        one.start()
    for one in engines:
        one.join()
    assert {row.device for row in read(path)} == {"cpu", *devices}


# -- workers ------------------------------------------------------------------------------------------------------


@pytest.fixture
def workers(tmp_path, monkeypatch):
    """A function: workers in this process, in a book of two chapters, that execute as they are told to; status and text."""
    book = Small(tmp_path / "book")
    monkeypatch.chdir(book.root)
    made = []

    def run(capsys, count, *arguments, execute=executed, resources=None):
        monkeypatch.setattr(cluster, "execute", execute)
        made.append(
            LocalCluster(
                n_workers=count, processes=False, threads_per_worker=1, dashboard_address=None, resources=resources
            )
        )
        status = engine.main(["--cluster", made[-1].scheduler_address, *arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    run.book = book
    yield run
    for one in made:
        one.close()


def first_lacks(error):
    """An execution that fails on the worker that is asked first, and on that one only."""
    lacking = []

    def execute(run):
        me = get_worker().address
        lacking.append(me)
        if me == lacking[0]:
            raise ChapterError(run.chapter, *error) if isinstance(error, tuple) else error
        return executed(run)

    return execute


NO_DATA = ("DataUnavailable", "x.md", "`f()` failed: set.csv is not on this machine. Set MMLIB_DATA.")


@pytest.mark.parametrize(
    ("error", "says"),
    [(FULL, "/scratch/run: "), (NO_DATA, "MMLIB_DATA"), (("OutOfMemoryError", "x.md", "full"), "full")],
)
def test_what_one_worker_lacks_another_has(workers, capsys, error, says):
    status, text = workers(capsys, 2, execute=first_lacks(error))
    assert status == 0 and "2 chapters, 2 claims judged: all hold" in text and "Traceback" not in text, text
    told = [words for words in text.splitlines() if "goes to another worker" in words]
    assert told and all(says in words and os.uname().nodename in words for words in told), text


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (FULL, ["OSError", "/scratch/run", "No space left on device. Make room there"]),
        (NO_DATA, ["DataUnavailable", "is not on this machine", "Set MMLIB_DATA"]),
    ],
)
def test_what_no_worker_has_is_a_line_for_each_chapter(workers, capsys, error, says):
    executed(run_of(workers.book, "good"))
    status, text = workers(capsys, 1, execute=first_lacks(error))
    assert status == 1 and "2 chapters, 1 claims judged: 1 red" in text, text
    assert all(words in line(text, "t/odd") for words in says) and run_of(workers.book, "good").stale() is None


def test_a_scheduler_that_is_lost_while_another_worker_is_looked_for(workers, capsys, monkeypatch):
    asked, known = [], cluster._workers

    def once(*arguments, **options):
        asked.append(arguments)
        if len(asked) > 2:  # the first two looks count the workers for the first line
            raise OSError("connection closed")
        return known(*arguments, **options)

    monkeypatch.setattr(cluster, "_workers", once)
    status, text = workers(capsys, 2, "t/odd", execute=first_lacks(FULL))
    assert status == 1 and len(asked) == 3 and "No space left on device" in line(text, "t/odd")


def test_a_task_whose_other_workers_die_comes_back(workers, capsys, monkeypatch):
    """It was to go to a worker that is gone: it does not wait for that one without end."""
    monkeypatch.setattr(
        cluster, "_others", lambda client, run, tried: [] if len(tried) > 1 else ["inproc://1.2.3.4/5/6"]
    )
    status, text = workers(capsys, 1, "t/odd", execute=first_lacks(FULL))
    assert status == 1 and "goes to another worker" in text and "No space left on device" in line(text, "t/odd")


def test_a_worker_without_room_for_a_run(workers, capsys, monkeypatch):
    def full(*arguments, **options):
        raise FULL

    monkeypatch.setattr(cluster.tempfile, "TemporaryDirectory", full)
    status, text = workers(capsys, 1, "t/odd")
    assert status == 1 and "No space left on device. Make room there" in line(text, "t/odd")


def test_no_worker_has_a_gpu(workers, capsys):
    status, text = workers(capsys, 1, "--device", "cuda")
    assert status == 2 and "1 worker joined" in text and "--resources GPU=1" in text and "Traceback" not in text


def test_a_worker_that_only_says_that_it_has_a_gpu(workers, capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    status, text = workers(capsys, 1, "t/odd", "--device", "cuda", resources={"GPU": 1})
    assert status == 1 and "this machine has no usable GPU" in line(text, "t/odd")


def test_nobody_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(Small(tmp_path / "book", ()).root)
    monkeypatch.setattr(cluster, "ANSWER", 1)
    assert engine.main(["--cluster", "tcp://127.0.0.1:9"]) == 2
    said = capsys.readouterr().err
    assert "--cluster tcp://127.0.0.1:9: no scheduler answers there" in said and "Start one by `dask scheduler`" in said
