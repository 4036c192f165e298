"""The comparison of devices: what it measures, what it keeps, and what it says without a GPU."""

import pytest
import torch

from benchmarks import devices as module
from benchmarks import store


@pytest.fixture
def devices(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TABLE", tmp_path / "devices.csv")
    return module


def test_a_job_runs_in_turn_and_its_first_time_is_left_out(devices):
    calls = []

    def job(device):
        calls.append(device)
        return len(calls)

    found = list(devices.compared(job, ["cpu", "cpu2"]))
    assert calls == ["cpu", "cpu2"] * (devices.REPEATS + 1)
    assert [len(seconds) for _, seconds, _ in found] == [devices.REPEATS] * 2


def test_rows_append_and_a_second_call_measures_nothing(devices, monkeypatch):
    calls = []
    monkeypatch.setattr(
        devices, "JOBS", {"counting": (("small", lambda device: float(len(calls.append(device) or calls))),)}
    )
    devices.measure(["cpu"], None)
    first = devices.TABLE.read_text()
    assert len(calls) == devices.REPEATS + 1
    devices.measure(["cpu"], None)
    assert len(calls) == devices.REPEATS + 1 and devices.TABLE.read_text() == first
    monkeypatch.setattr(devices, "JOBS", devices.JOBS | {"another": (("small", lambda device: 0.5),)})
    devices.measure(["cpu"], None)
    assert devices.TABLE.read_text().startswith(first)
    assert [row["job"] for row in store.read("devices.csv", devices.TABLE.parent)] == ["counting", "another"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
@pytest.mark.parametrize("arguments", [[], ["--chapters"], ["--devices", "cuda"]])
def test_without_a_gpu_it_says_so_and_measures_nothing(devices, arguments, capsys):
    assert devices.main(arguments) == 2
    assert "got a machine on which torch.cuda.is_available() is False" in capsys.readouterr().out
    assert not devices.TABLE.exists()


@pytest.mark.parametrize(
    "name", ["physics-informed network", "copies of one network", "Gaussian process", "recurrent network"]
)
def test_the_smallest_job_of_each_kind_has_the_same_result_twice(devices, name):
    _, job = devices.JOBS[name][0]
    if name == "copies of one network":
        job = devices.copies_job(2)
    assert job("cpu") == pytest.approx(
        job("cpu"), rel=1e-6
    )  # to the last bit only where memory happens to be aligned alike
