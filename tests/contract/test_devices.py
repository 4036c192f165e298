"""Where training stands: nothing inside a training loop may take the default device.

No GPU is needed. The arguments are put on the CPU by name, and while the loop runs PyTorch's default device is *meta*, whose
tensors hold no numbers: a tensor that is made without naming a device ends there, and refuses to meet one on the CPU as a
tensor on the CPU would refuse to meet one on a GPU.
"""

import numpy as np
import pytest
import torch

from mmlib import gp, surfaces

T = np.linspace(0, 1, 15)
Y = np.sin(6 * T)


def on_meta(function):
    """The function, run with *meta* as the default device."""

    def inside(*args, **options):
        with torch.device("meta"):
            return function(*args, **options)

    return inside


CALLS = {  # what trains, and the loop inside of it
    "gp.regress": ("mmlib.gp.regression.minimize", lambda: gp.regress(T, Y, restarts=2)),
    "gp.regress, trend and sources": (
        "mmlib.gp.regression.minimize",
        lambda: gp.regress(T, Y, mean="linear", sources=np.arange(15) % 2, restarts=1, restricted=True),
    ),
    "gp.ar1": ("mmlib.gp.regression.minimize", lambda: gp.ar1([(T, Y), (T[::3], 2 * Y[::3])], restarts=1, noise=1e-6)),
    "gp.nargp": (
        "mmlib.gp.regression.minimize",
        lambda: gp.nargp([(T, Y), (T[::2], Y[::2] ** 2)], restarts=1, samples=20, noise=1e-6),
    ),
    "surfaces.fit_network": (
        "mmlib.surfaces._train",
        lambda: surfaces.fit_network(np.stack([T, T**2], axis=1), np.stack([T, T], axis=1), steps=4, rng=0),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_nothing_in_the_loop_takes_the_default_device(name, monkeypatch):
    loop, call = CALLS[name]
    module, _, attribute = loop.rpartition(".")
    before = getattr(__import__(module, fromlist=["_"]), attribute)
    passed = []
    monkeypatch.setattr(loop, lambda *args, **options: passed.append(1) or on_meta(before)(*args, **options))
    call()
    assert passed, f"{loop} was not run"


def test_predictions_stand_where_the_fit_stands():
    fits = gp.regress(T, Y, restarts=1), gp.ar1([(T, Y), (T[::3], 2 * Y[::3])], restarts=1, noise=1e-6)
    for fit in fits:
        plain = fit.predict(T[:4])
        inside = on_meta(fit.predict)(T[:4])
        assert np.array_equal(plain.mean, inside.mean) and np.array_equal(plain.sd, inside.sd)


def test_the_trap_catches_a_tensor_without_a_device():
    def careless(z):
        return torch.cat([torch.ones(len(z), 1, dtype=torch.float64), z], dim=1)

    fit = gp.regress(T, Y, mean=careless, restarts=1)
    with pytest.raises((RuntimeError, NotImplementedError), match="(?i)meta|device"):
        on_meta(fit.predict)(T[:4])


def test_everything_of_a_fit_can_be_moved():
    """On *meta* all parts of the model, buffers and factor included, arrive; what were left behind would fail on a GPU."""
    fit = gp.regress(T, Y, mean="linear", restarts=1)
    moved = fit.model.to("meta")
    left = [n for n, p in [*moved.named_parameters(), *moved.named_buffers()] if p.device.type != "meta"]
    assert left == []


@pytest.mark.parametrize("call", [gp.regress, gp.ar1, gp.nargp])
def test_a_device_that_is_not_there(call):
    data = (T, Y) if call is gp.regress else ([(T, Y), (T[::3], Y[::3])],)
    with pytest.raises(ValueError, match="device"):
        call(*data, device=f"cuda:{torch.cuda.device_count()}")
    with pytest.raises(ValueError, match="'cpu' or 'cuda'"):
        call(*data, device="gpu")
