"""DeepXDE is imported on PyTorch, quietly, and leaves the process as it was: with a stand-in that misbehaves as DeepXDE may."""

import os
import sys

import pytest
import torch

from mmlib.pinn import backend, dde

STAND_IN = """
import os, sys, types, torch
asked = os.environ["DDE_BACKEND"]
print("Using backend: pytorch", file=sys.stderr)
print("a line of its own", file=sys.stderr)
torch.set_default_device("meta" if torch.get_default_device().type == "cpu" else "cpu")
backend = types.SimpleNamespace(backend_name={name!r})
"""


@pytest.fixture
def import_anew(tmp_path, monkeypatch):
    """Import a stand-in under the name deepxde; the real one and the default device are put back."""

    def run(name="pytorch"):
        (tmp_path / "deepxde.py").write_text(STAND_IN.format(name=name), encoding="utf-8")
        return backend._import_deepxde()

    before = torch.get_default_device()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "deepxde")
    yield run
    torch.set_default_device(None if before.type == "cpu" else before)


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("chosen", [None, "jax"])
def test_the_import_leaves_device_and_environment_alone(import_anew, monkeypatch, capsys, device, chosen):
    monkeypatch.delenv("DDE_BACKEND", raising=False)
    if chosen:
        monkeypatch.setenv("DDE_BACKEND", chosen)
    torch.set_default_device(None if device == "cpu" else device)
    loaded = import_anew()
    assert loaded.asked == "pytorch" and os.environ.get("DDE_BACKEND") == chosen
    assert torch.get_default_device().type == device and torch.zeros(1).device.type == device
    assert capsys.readouterr().err == "a line of its own\n", "greetings are left out, other lines are not"


def test_another_backend_that_came_first_is_named(import_anew):
    with pytest.raises(ImportError, match="backend 'paddle'"):
        import_anew("paddle")


def test_double_precision_for_a_while_whatever_it_was():
    for precision in ("32", "64"):
        getattr(dde.config.real, f"set_float{precision}")()
        try:
            with backend.float64():
                assert dde.config.real.precision == 64 and torch.get_default_dtype() == torch.float64
            assert dde.config.real.precision == int(precision) and torch.get_default_dtype() == torch.float32
        finally:
            dde.config.real.set_float32()
