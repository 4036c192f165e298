"""The engine survives a chapter: whatever goes wrong in one is a line, and the others are executed and judged."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from mmlib.reproduce.book import Book
from mmlib.reproduce.store import Run

from .small import CLAIMS, HEADER, ROWS, Small, cell


@pytest.fixture
def small(tmp_path):
    return Small(tmp_path / "small")


def line_of(text, chapter, kind, *says):
    """The one line that a chapter got: kind of the fault, path, and what else it must say."""
    red = [line for line in text.splitlines() if line.startswith(f"RED    {chapter}: ")]
    assert len(red) == 1, text
    assert re.match(rf"RED    {chapter}: ({kind}): ", red[0]), red[0]
    assert re.search(rf"/(book|runs)/{chapter}", red[0]), red[0]
    for words in says:
        assert words in red[0], red[0]


def survived(status, text, kind, *says):
    """One line for the odd chapter; the other was executed and judged; no traceback."""
    assert status == 1 and "Traceback" not in text, text
    assert re.search(r"t/good: (executed|reused)", text), text
    line_of(text, "t/odd", kind, *says)
    assert "2 chapters, 1 claims judged: 1 red" in text, text


CELLS = {
    "raises": ("1 / 0", "ZeroDivisionError", "`1 / 0`", "failed.ipynb"),
    "raises with many lines": ("raise KeyError('a\\nb\\nc')", "KeyError", "failed.ipynb"),
    "sys.exit()": ("import sys\nsys.exit(3)", "SystemExit", "`import sys`"),
    "exit()": ("exit()", "SystemExit", "calls exit()"),
    "quit()": ("quit()", "SystemExit", "calls exit()"),
    "os._exit": ("import os\nos._exit(0)", "DeadKernelError", "`import os`"),
    "kill -9": ("import os\nos.kill(os.getpid(), 9)", "DeadKernelError", "the kernel died"),
    "a segmentation fault": ("import ctypes\nctypes.string_at(0)", "DeadKernelError", "the kernel died"),
    "stdout is a string": ("import io, sys\nsys.stdout = io.StringIO()\nprint(1)", "ReplacedOutput", "redirect_stdout"),
    "stdout is a number": ("import sys\nsys.stdout = 1", "ReplacedOutput", "sys.stdout"),
    "no stderr": ("import sys\ndel sys.stderr", "ReplacedOutput", "sys.stderr"),
    "stdout is replaced by a cell that fails": (
        "import sys\nsys.stdout = 1\n1 / 0",
        "ZeroDivisionError|ReplacedOutput",
    ),
    "50 MB of output": ("for i in range(50):\n    print('x' * 2**20)", "TooMuchOutput", "20 MB"),
    "50 MB at once": ("print('x' * 50 * 2**20)\n", "TooMuchOutput", "`print('x'"),
    "a picture of 50 MB": (
        "from IPython.display import HTML\nHTML('x' * 50 * 2**20)",
        "TooMuchOutput",
        "`from IPython",
    ),
    "output without end": ("while True:\n    print('x' * 2**16)", "TooMuchOutput", "Print a summary"),
    "a failure that is allowed, and one that is not": (
        ":tags: [raises-exception]\n\nraise KeyError\n```\n\n```{code-cell}\nint('x')",
        "ValueError",
        "`int('x')`",
    ),
    "waits for input": ("input()", "StdinNotImplementedError"),
    "recursion": ("def f(): return f()\nf()", "RecursionError"),
    "interrupts itself": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "a name that is not UTF-8": ("raise ValueError('\\udce9')", "ValueError"),
    "forks and both go on": ("import os\nos.fork()\n1 / 0", "ZeroDivisionError"),
    "closes stdout": ("import sys\nsys.stdout.close()\nprint(1)", "ValueError", "closed file"),
    "closes what it finds open": (
        "import os\nfor k in range(3, 50):\n    try: os.close(k)\n    except OSError: pass",
        "DeadKernelError",
    ),
    "no exception of the usual kind": ("raise BaseException('odd')", "BaseException", "odd"),
    "an error that cannot be said": (
        "class E(Exception):\n    def __str__(self): raise KeyError\nraise E",
        "KeyError|E",
    ),
    "several errors": ("raise ExceptionGroup('both', [ValueError(1), KeyError(2)])", "ExceptionGroup", "both"),
    "a cell of the shell": ("%%bash\nexit 3", "CalledProcessError"),
    "a kernel that becomes another program": (
        "import os, sys\nos.execv(sys.executable, ['python', '-c', ''])",
        "DeadKernelError",
    ),
    "publishes nothing": ("get_ipython().display_pub.publish = lambda *a, **k: None", "NoReport"),
}


def test_a_cell_beyond_its_time(small):
    small.add("odd", "import time\ntime.sleep(60)")
    result = small.run(first="from mmlib.reproduce import execute\nexecute.CELL_TIMEOUT = 3")
    survived(*result, "CellTimeoutError", "longer than 3 s", "`import time`", "failed.ipynb")


NO_KERNEL = """
from mmlib.reproduce import execute

def environment(run, plain=execute._environment):
    return plain(run) | ({"PYTHONHOME": "/nowhere"} if run.chapter == "t/odd" else {})

execute._environment = environment
"""


def test_a_kernel_that_does_not_start(small):
    survived(*small.run(first=NO_KERNEL), "NoKernel", "Kernel died before", "Run the same command again")


TAKEN = """
import socket
from mmlib.reproduce import execute

taken, times = socket.socket(), {times}
taken.bind(("127.0.0.1", 0))

def manager(self, plain=execute._Client.create_kernel_manager):
    global times
    made = plain(self)
    if any("odd" in c.source for c in self.nb.cells) and times:
        times -= 1
        made.cache_ports, made.shell_port = False, taken.getsockname()[1]
    return made

execute._Client.create_kernel_manager = manager
"""


def test_a_port_that_another_program_takes(small):
    """Ports are chosen before the kernel binds them: whatever takes one in between costs a second start, no chapter."""
    status, text = small.run(first=TAKEN.format(times=2))
    assert status == 0, text
    assert re.search(r"t/odd: executed", text), text


def test_a_port_that_is_always_taken(small):
    survived(
        *small.run(first=TAKEN.format(times=9)), "NoKernel", "Address already in use", "Run the same command again"
    )


FILES = {
    "no display_name": (".md", "  display_name: Python 3\n", "", "ValueError", "kernelspec.display_name"),
    "no kernelspec": (".md", "kernelspec:\n", "kernel:\n", "ValueError", "no kernelspec.name"),
    "no header": (".md", HEADER, "", "ValueError", "expected a header"),
    "a header without end": (".md", "python3\n---", "python3\n", "ValueError", "expected a header"),
    "a header that is not YAML": (".md", "jupytext:", "jupytext: [", "ValueError", "not readable as YAML"),
    "a header that is a list": (".md", HEADER, "---\n- kernelspec\n---\n", "ValueError", "no kernelspec.name"),
    "cell options that are not YAML": (".md", "cell}\n", "cell}\n:tags: [a\n\n", r"\w*Myst\w*"),
    "claims that are not YAML": (".claims.yml", "one:", "one: [", "ClaimsError", "not readable as YAML"),
    "claims that are a list": (".claims.yml", CLAIMS, "- one\n", "ClaimsError", "expected a mapping"),
    "claims in two documents": (".claims.yml", CLAIMS, CLAIMS + "---\n" + CLAIMS, "ClaimsError", "single document"),
    "claims that would run something": (
        ".claims.yml",
        CLAIMS,
        "one: !!python/name:os.system\n",
        "ClaimsError",
        "not readable as YAML",
    ),
    "claims that hold themselves": (".claims.yml", CLAIMS, "one: &a [*a]\n", "ClaimsError", "recursive"),
    "a zero byte in the claims": (".claims.yml", CLAIMS, CLAIMS + "\0", "ClaimsError", "not readable as YAML"),
    "a header that is no text": (".md", "jupytext:", "title: !!binary /////w==\njupytext:", "NotebookValidationError"),
    "half a character in the header": (".md", "jupytext:", 'title: "\\ud83d"\njupytext:', "UnicodeEncodeError"),
    "a row that is cut off": (".replicates.csv", ROWS, ROWS + "one,1\n", "ClaimsError", "line 3"),
    "a row with one column more": (".replicates.csv", ROWS, ROWS.strip() + ",x\n", "ClaimsError", "line 2"),
    "claims with a key of no kind": (".claims.yml", CLAIMS, "? [a]\n: b\n", r"\w+"),
    "rows without columns": (".replicates.csv", "claim,seed", "claims,seeds", "ClaimsError", "expected the columns"),
}
LATIN_1 = (".md", ".claims.yml", ".replicates.csv")
READABLE = {
    "byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "both": lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
}


def named(what):
    return re.sub(r"\W+", "_", what)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """One run of a book in which each chapter but one suffers another accident: status and text."""
    book = Small(tmp_path_factory.mktemp("crowd") / "book", [])
    for what, (code, *_) in CELLS.items():
        book.add(named(what), code)
    for what, (ending, old, new, *_) in FILES.items():
        book.add(named(what))
        path = book.path(named(what), ending)
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    for ending in LATIN_1:
        book.add(named(f"latin{ending}"))
        path = book.path(named(f"latin{ending}"), ending)
        path.write_bytes(path.read_bytes() + b"\n# B\xe9ziers\n")
    book.add("utf_16")
    book.path("utf_16").write_bytes(book.path("utf_16").read_text("utf-8").encode("utf-16"))
    for what, change in READABLE.items():
        book.add(named(what))
        for ending in LATIN_1:
            path = book.path(named(what), ending)
            path.write_bytes(change(path.read_bytes()))
    book.add(
        "writes_past_the_notebook", "import os\nfor _ in range(50): os.write(1, b'x' * 2**20)"
    )  # under pytest it goes nowhere
    book.add("nowhere")
    book.path("nowhere").unlink()
    book.path("nowhere").symlink_to("gone.md")
    return book.run("--jobs", "2")


def test_the_others_are_executed_and_judged(crowd):
    status, text = crowd
    assert status == 1 and "Traceback" not in text, text
    bad = len(CELLS) + len(FILES) + len(LATIN_1) + 2
    good = 2 + len(READABLE)
    assert text.count(": executed,") == good
    assert f"{bad + good} chapters, {good} claims judged: {bad} red" in text, text


def test_what_a_cell_writes_past_the_notebook_stays_off_the_terminal(crowd):
    assert "xxx" not in crowd[1] and max(map(len, crowd[1].splitlines())) < 3000


@pytest.mark.parametrize("what", CELLS)
def test_a_cell(crowd, what):
    line_of(crowd[1], f"t/{named(what)}", *CELLS[what][1:])


@pytest.mark.parametrize("what", FILES)
def test_a_file(crowd, what):
    line_of(crowd[1], f"t/{named(what)}", *FILES[what][3:])


@pytest.mark.parametrize("ending", LATIN_1)
def test_text_in_latin_1(crowd, ending):
    name = named(f"latin{ending}")
    line_of(crowd[1], f"t/{name}", r"\w+", f"{name}{ending}", "UTF-8, got the byte 0xe9", "Save the file as UTF-8")


def test_text_in_utf_16(crowd):
    line_of(crowd[1], "t/utf_16", "ValueError", "line 1", "UTF-8")


@pytest.mark.parametrize("what", READABLE)
def test_what_can_be_read_is_read(crowd, what):
    assert f"t/{named(what)}: executed" in crowd[1] and f"RED    t/{named(what)}" not in crowd[1]


def test_a_link_to_nowhere(crowd):
    line_of(crowd[1], "t/nowhere", "FileNotFoundError", "No such file")


@pytest.mark.parametrize(
    "speaks",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_a_terminal_without_umlauts(small, speaks):
    small.add("odd", "print('µ ≤ é')\nraise ValueError('µ ≤ é')")
    survived(*small.run(environment=speaks), "ValueError", "failed.ipynb")


def test_a_reader_who_leaves(small):
    done = subprocess.run(
        f"{sys.executable} -m mmlib.reproduce | head -1", shell=True, cwd=small.root, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr
    assert small.run("--judge-only")[0] == 0  # the run went on to its end


# -- folders ------------------------------------------------------------------------------------------------------

mounts = pytest.mark.skipif(
    os.name == "nt" or subprocess.run("unshare -m true", shell=True, capture_output=True).returncode != 0,
    reason="needs a mount of its own",
)


def mounted(command, after="true"):
    """Run what follows in a namespace in which `command` was carried out, and then `after`."""
    return ["unshare", "-m", "bash", "-c", f'{command} && {{ "$@"; s=$?; {after}; exit $s; }}', "bash"]


@mounts
@pytest.mark.parametrize("arguments", [(), ("--replicates", "2")])
def test_a_checkout_that_cannot_be_written_to(small, arguments):
    before = mounted(f"mount --bind -o ro '{small.root}' '{small.root}' && cd '{small.root}'")
    status, text = small.run(*arguments, prefix=before)
    assert status == 2 and "Traceback" not in text, text
    assert f"cannot write to {small.root}" in text and "Read-only file system" in text


@mounts
def test_stored_runs_are_judged_where_nothing_can_be_written(small):
    assert small.run()[0] == 0
    before = mounted(f"mount --bind -o ro '{small.root}' '{small.root}' && cd '{small.root}'")
    assert small.run(prefix=before)[0] == 0


@mounts
@pytest.mark.parametrize("how", ["read-only", "full"])
def test_one_chapters_folder(small, how):
    """The earlier run is kept, and so is its record."""
    status, text = small.run()
    assert status == 0, text
    folder = small.root / "_build/runs/t/odd/seed0-cpu"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    if how == "read-only":
        place = mounted(f"mount --bind -o ro '{folder}' '{folder}'")
    else:
        pages = sum(len(data) // 4096 + 3 for data in before.values())
        place = mounted(
            f"cp -a '{folder}' kept && mount -t tmpfs -o size={4096 * pages} tmpfs '{folder}' && cp -a kept/. '{folder}' "
            f"&& {{ head -c 9999999 /dev/zero > filler 2>/dev/null; cat filler > '{folder}/filler' 2>/dev/null; true; }}",
            after=f"rm '{folder}/filler' && mkdir after && cp -a '{folder}/.' after && umount '{folder}' && cp -a after/. '{folder}'",
        )
    survived(*small.run("--fresh", prefix=place), "OSError", "seed0-cpu", "Make room")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert Run(Book(small.root), "t/odd", seed=0, device="cpu", threads=1).stale() is None


FULL = """
from mmlib.reproduce import store

def full(path, text):
    raise OSError(28, "No space left on device", str(path))

store.write_atomic = full  # the notebook still fits, the record does not
"""


def test_a_full_disk_costs_no_earlier_run(small):
    assert small.run()[0] == 0
    run = Run(Book(small.root), "t/odd", seed=0, device="cpu", threads=1)
    record = (run.folder / "record.json").read_bytes()
    status, text = small.run("t/odd", "--fresh", first=FULL)
    assert status == 1
    line_of(text, "t/odd", "OSError", "record.json", "No space left on device")
    assert (run.folder / "record.json").read_bytes() == record
    assert run.stale() is None
    assert not [p for p in run.folder.iterdir() if p.name.startswith(".")]


UNFORESEEN = """
from mmlib.reproduce.store import Run

def stale(run, plain=Run.stale):
    if run.chapter == "t/odd":
        raise ArithmeticError("a fault of\\nthe engine itself")
    return plain(run)

Run.stale = stale
"""


def test_an_error_that_nobody_foresaw(small):
    survived(*small.run(first=UNFORESEEN), "ArithmeticError", "a fault of the engine itself", "failed.txt")
    assert "in stale" in (small.root / "_build/runs/t/odd/seed0-cpu/failed.txt").read_text("utf-8")


def test_an_error_while_judging(small):
    assert small.run()[0] == 0
    status, text = small.run(first="from mmlib import claims\nclaims.judge = lambda *a, **k: 1 / 0")
    assert status == 1 and "Traceback" not in text
    line_of(text, "t/good", "ZeroDivisionError")
    line_of(text, "t/odd", "ZeroDivisionError")


@pytest.mark.parametrize(
    ("judged", "built", "status"), [(2, None, 2), (1, None, 1), (0, OSError(30, "Read-only file system", "/x"), 2)]
)
def test_pages_end_as_the_engine_does(small, monkeypatch, capsys, judged, built, status):
    from mmlib.reproduce import pages

    def build(book, jobs):
        raise built

    monkeypatch.chdir(small.root)
    monkeypatch.setattr(pages.engine, "main", lambda arguments: judged)
    monkeypatch.setattr(pages.notebooks, "main", lambda arguments: 0)
    monkeypatch.setattr(pages, "build", build)
    assert pages.main([]) == status
    assert built is None or "/x: Read-only file system. Make room" in capsys.readouterr().err


# -- nothing to judge ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toc", "says"),
    [
        ("", "found none"),
        ("# to be written\n", "found none"),
        ("[]", "found none"),
        ("format: jb-book\n", "found none"),
        ("root: [", "not readable as YAML"),
        ("parts:\nroot: book/t/good\nchapters:\n", None),
    ],
)
def test_table_of_contents(small, toc, says):
    (small.root / "_toc.yml").write_text(toc, "utf-8")
    status, text = small.run("--judge-only")
    assert "Traceback" not in text
    if says is None:
        assert status == 1 and "NotRun" in text  # an empty part is none
    else:
        assert status == 2 and says in text and "_toc.yml" in text


def test_no_chapter(small):
    for name in ("good", "odd"):
        small.path(name).write_text("# Prose\n\n````md\n" + cell("1") + "````\n", "utf-8")
    status, text = small.run()
    assert status == 2 and "nothing to judge" in text and str(small.root) in text
    status, text = small.run("t/good")
    assert status == 2 and "There is none" in text


# -- Ctrl-C -------------------------------------------------------------------------------------------------------


def below(process):
    try:
        return {p.pid: p for p in psutil.Process(process.pid).children(recursive=True)}
    except psutil.NoSuchProcess:
        return {}


def lives(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


AWAY = {  # ways in which a process leaves the tree, the group or the mark of the kernel that started it
    "own session": "subprocess.Popen([*sleeps, 'SECONDS'], start_new_session=True)",
    "own session, no environment": "subprocess.Popen([*sleeps, 'SECONDS'], start_new_session=True, env={})",
    "daemon": "subprocess.run(['sh', '-c', 'setsid -f \"$@\"', 'sh', *sleeps, 'SECONDS'], check=True)",
    "daemon, no environment": "subprocess.run(['sh', '-c', 'setsid -f env -i \"$@\"', 'sh', *sleeps, 'SECONDS'], check=True)",
    "of a child that is gone": "subprocess.run([*sleeps[:2], f'import subprocess; subprocess.Popen({[*sleeps, \"SECONDS\"]}, start_new_session=True)'], check=True)",
}  # fmt: skip
SLEEPS = (
    "import subprocess, sys, time\nsleeps = [sys.executable, '-c', 'import sys, time; time.sleep(int(sys.argv[1]))']\n"
)
ENDS = {
    "the chapter ends": "pass",
    "a cell fails": "1 / 0",
    "the kernel dies": "time.sleep(1); import os; os._exit(3)",
    "a cell is too slow": "time.sleep(60)",
    "Ctrl-C": "time.sleep(60)",
}
CLEARED = {"own session, no environment", "daemon, no environment"}


def sleepers(seconds):
    """Processes that were told to sleep for these seconds: a number that no other test uses."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cmdline()[-1:] == [str(seconds)] and lives(process):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.skipif(not shutil.which("setsid"), reason="setsid belongs to Linux")
@pytest.mark.parametrize("end", ENDS)
def test_nothing_that_a_cell_started_outlives_it(small, end):
    """Sessions of their own, daemons, cleared environments: whatever the way in which the chapter ends."""
    ways = {way: 100_000 + 10 * os.getpid() % 1_000_000 + k for k, way in enumerate(AWAY)}
    if end == "the kernel dies":  # of itself: nobody could look into its tree before
        ways = {way: seconds for way, seconds in ways.items() if way not in CLEARED}
    code = SLEEPS + "".join(AWAY[way].replace("SECONDS", str(seconds)) + "\n" for way, seconds in ways.items())
    small.add("odd", f"{code}time.sleep(0.5)\n{ENDS[end]}")
    first = "from mmlib.reproduce import execute\nexecute.CELL_TIMEOUT = 6" if end == "a cell is too slow" else None
    process = small.start("t/odd", first=first)
    try:
        until = time.monotonic() + 60
        while sum(map(len, map(sleepers, ways.values()))) < len(ways) and time.monotonic() < until:
            time.sleep(0.02)
        assert time.monotonic() < until, "not all of them started"
        if end == "Ctrl-C":
            process.send_signal(signal.SIGINT)
        text, _ = process.communicate(timeout=60)
        time.sleep(0.2)
        left = [way for way, seconds in ways.items() if sleepers(seconds)]
    finally:
        process.kill()
        for seconds in ways.values():
            for one in sleepers(seconds):
                one.kill()
    assert not left, text
    assert "Traceback" not in text, text


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize(
    ("to", "after"), [("process", "before a kernel"), ("group", "while kernels start"), ("process", "in a cell")]
)
def test_one_ctrl_c_is_enough(small, to, after):
    """Within three seconds, with what was finished kept, and no process left behind."""
    assert small.run("t/good")[0] == 0
    for name in ("odd", "third"):
        small.add(name, "import subprocess, time\nchild = subprocess.Popen(['sleep', '60'])\ntime.sleep(60)")
    process = small.start("--jobs", "2")
    first = process.stdout.readline()  # the command is under way
    enough = {"before a kernel": 0, "while kernels start": 1, "in a cell": 4}[after]
    until, seen = time.monotonic() + 60, below(process)
    while len(seen) < enough and time.monotonic() < until:
        seen |= below(process)
        time.sleep(0.02)
    started = time.monotonic()
    (os.killpg if to == "group" else os.kill)(process.pid, signal.SIGINT)
    while process.poll() is None and time.monotonic() < started + 60:
        seen |= below(process)
        time.sleep(0.02)
    took = time.monotonic() - started
    text = first + process.communicate()[0]
    assert process.returncode == 130, text
    assert took < 3, f"{took:.1f} s"
    assert "Traceback" not in text and "interrupted" in text, text
    psutil.wait_procs(list(seen.values()), timeout=0.5)
    assert not [p for p in seen.values() if lives(p)]
    status, text = small.run("t/good")
    assert status == 0 and "t/good: reused" in text


# -- without the extra --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "missing"),
    [("", "nbformat"), ("", "nbclient"), ("", "jupytext"), (".pages", "nbclient"), (".elsewhere", "psutil")],
)
def test_without_the_extra(small, missing, module):
    code = f"import runpy, sys\nsys.modules[{missing!r}] = None\nrunpy.run_module({'mmlib.reproduce' + module!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code, "--help"], cwd=small.root, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"'{missing}' is missing" in done.stderr and "pip install 'mmlib[book]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_without_the_extra_says_so_too():
    code = "import sys\nsys.modules['nbclient'] = None\nimport mmlib.reproduce.pages"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ModuleNotFoundError: the package 'nbclient' is missing" in done.stderr


def test_a_kernel_shows_numbers_of_numpy_as_numbers(tmp_path):
    book = Small(tmp_path / "book", ["odd"])
    book.add("odd", "import numpy as np\nprint([np.float64(0.5)], {'a': np.int64(2)})")
    assert book.run("t/odd")[0] == 0
    (executed,) = (book.root / "_build/runs/t/odd").rglob("executed.ipynb")
    assert "[0.5] {'a': 2}" in executed.read_text("utf-8")
