"""What a run says of itself is read from its kernel, not typed."""

import importlib.util
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mmlib.reproduce import __main__ as command
from mmlib.reproduce import probe

KERNEL = """
import os
os.environ["MMLIB_ENGINE"] = "1"
import numpy as np
{imports}
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in {cells!r}:
    shell.run_cell(cell).raise_error()
import json
from mmlib.reproduce import probe
shell.display_pub.publish = lambda data, **_: print("\\n" + json.dumps(data[probe.FACTS_MIME]))
probe.report()
"""
OPEN = "from mmlib import chapter; here = chapter('a/b'); import numpy as np"
TRAIN = """
import torch
def train(dtype):
    w = torch.zeros(3, dtype=dtype, requires_grad=True)
    optimizer = torch.optim.Adam([w])
    (w ** 2).sum().backward()
    optimizer.step()
"""


def report(*cells, imports=""):
    done = subprocess.run(
        [sys.executable, "-c", KERNEL.format(imports=imports, cells=[OPEN, *cells])], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["here.claim('a', 3.0)"], "float64"),
        (["here.claim('a', 3)"], "float64"),  # nothing but whole numbers: NumPy's own
        (["here.claim('a', np.float32(3))", "here.claim('b', 3.0)"], "float32+float64"),
        ([TRAIN, "train(torch.float32); here.claim('a', 3.0)"], "float32+float64"),  # a network that is gone by now
        ([TRAIN, "train(torch.float64); here.claim('a', 3.0)"], "float64"),
        (["import torch; net = torch.nn.Linear(2, 2); here.claim('a', 3.0)"], "float32+float64"),  # trained by hand
    ],
)
def test_precision_is_read(cells, dtype):
    assert report(*cells)["dtype"] == dtype


def test_device_threads_and_stored_runs_are_read(tmp_path, monkeypatch):
    (tmp_path / "book/a").mkdir(parents=True)
    (tmp_path / "book/a/b.claims.yml").write_text("{}", encoding="utf-8")
    rows = "claim,seed,value,device,dtype,threads,cpu_s,key,date\nx,0,1,cpu,float64,1,1,k,2026-01-01\n"
    (tmp_path / "book/a/b.replicates.csv").write_text(rows, encoding="utf-8")
    monkeypatch.setenv("MMLIB_BOOK", str(tmp_path / "book"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    facts = report()
    assert facts["used"] == {"device": "cpu", "threads": "1", "trains": "no"} and facts["read"] == []
    assert report("here.replicates('x')")["read"] == ["b.replicates.csv"]
    assert "GPU" not in facts["machine"] and np.__version__ == facts["versions"]["numpy"]
    assert not any("claims" in name for name in facts["files"]), "words and judge are no part of a run"


def test_the_gpu_is_named_where_it_was_used(monkeypatch):
    class Cuda:
        is_available = is_initialized = staticmethod(lambda: True)
        current_device = staticmethod(lambda: 0)
        get_device_name = staticmethod(lambda: "Some GPU")
        max_memory_allocated = staticmethod(lambda: 3 * 2**20)
        get_device_properties = staticmethod(lambda k: type("P", (), {"total_memory": 80 * 2**30}))

    flags = type("Flags", (), {"cuda": type("C", (), {"matmul": type("M", (), {"allow_tf32": False})}),
                               "cudnn": type("D", (), {"allow_tf32": True})})  # fmt: skip
    torch = type("Torch", (), {"cuda": Cuda, "backends": flags, "version": type("V", (), {"cuda": "12.9"})})
    monkeypatch.setattr(probe.shutil, "which", lambda name: None)
    said = "Some GPU (80 GB, 3 MB of it used), driver unknown, CUDA 12.9, TF32: matmul off, cudnn on"
    assert probe._machine(torch).endswith(said)
    assert probe._device(torch) == "cuda" and probe._device(None) == "cpu"


@pytest.mark.parametrize(
    "cells, trains",
    [
        (["here.claim('a', 3.0)"], "no"),
        (["import torch; x = torch.ones(3)", "here.claim('a', float(x.sum()))"], "no"),
        ([TRAIN, "train(torch.float64); here.claim('a', 3.0)"], "yes"),
        (["from mmlib import nets", "here.claim('a', 3.0)"], "yes"),
        (["from mmlib import gp", "here.claim('a', 3.0)"], "yes"),
    ],
)
def test_a_chapter_that_trains_is_known(cells, trains):
    assert report(*cells)["used"]["trains"] == trains


def test_modules_that_train_are_there():
    for name in probe.TRAINING:
        assert importlib.util.find_spec(f"mmlib.{name}"), name


@pytest.mark.parametrize(
    "used, red",
    [
        ({"device": "cuda", "trains": "yes"}, False),
        ({"device": "cpu", "trains": "yes"}, True),
        ({"device": "cpu"}, True),  # an older record does not say
        ({"device": "cpu", "trains": "no"}, False),
    ],
)
@pytest.mark.parametrize("asked", ["cuda", "cpu"])
def test_asked_for_a_gpu_and_used_none_is_red(used, red, asked, capsys):
    record = SimpleNamespace(used=used, checks=[], stderr=[], cpu_s=1, peak_mb=1)
    lines = command._conduct(SimpleNamespace(chapter="a/b", seed=0, device=asked), record)
    assert bool(lines) == (red and asked == "cuda")
    if lines:
        assert "a/b: asked for cuda, ran on cpu" in lines[0] and "here.device" in lines[0]
    assert ("trains nothing" in capsys.readouterr().out) == (asked == "cuda" and used.get("trains") == "no")
