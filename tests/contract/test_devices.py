"""Where training stands: every call that trains by PyTorch has a device, and nothing inside of it takes the default one.

No GPU is needed. The arguments are put on the CPU by name, and PyTorch's default device is *meta* meanwhile, whose
tensors hold no numbers: a tensor that is made without naming a device refuses to meet one on the CPU, as a tensor on the
CPU would refuse to meet one on a GPU. Products slip through that, so a second trap looks at the calls themselves.
"""

import ast
import inspect
import sys

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

from mmlib import gp

from . import fitting

T, Y = fitting.T, fitting.Y
SPLINE = "splines are one linear problem, solved by NumPy"
NO_DEVICE = {"surfaces.fit_spline": SPLINE, "surfaces.project": SPLINE}
TRAINED = {**{n: fitting.RUNS[n] for n, f in fitting.fitting().items() if fitting.uses_torch(f) and n not in NO_DEVICE}, **fitting.MORE}  # fmt: skip
THEIRS = ("site-packages", "dist-packages")


class Named(TorchFunctionMode):
    """Notes where this book's code makes a tensor without a device. Other packages get the CPU, as they would by default."""

    def __init__(self):
        super().__init__()
        self.unnamed = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function in _device_constructors() and kwargs.get("device") is None:
            frame = sys._getframe(1)
            if not any(part in frame.f_code.co_filename for part in THEIRS):
                self.unnamed.append(f"{function.__name__} in {frame.f_code.co_filename}, line {frame.f_lineno}")
            kwargs["device"] = "cpu"
        return function(*args, **kwargs)


def test_every_call_that_trains_by_torch_has_a_device():
    """Found by their words, names, arguments and answers: a new one without `device` is red here."""
    trained = {name: f for name, f in fitting.fitting().items() if fitting.uses_torch(f) and name not in NO_DEVICE}
    assert len(trained) > 10
    without = [name for name, f in trained.items() if "device" not in inspect.signature(f).parameters]
    assert not without, f"pass device= through to where tensors are made: {without}"
    for name, function in trained.items():
        assert inspect.signature(function).parameters["device"].default == "cpu", name


def test_every_call_that_fits_has_a_run():
    assert set(fitting.RUNS) == set(fitting.fitting()), "tests/contract/fitting.py holds a small run of each"
    assert set(fitting.NO_FIT) <= {name for name, f in fitting.public_functions() if fitting.fits(name, f)}
    assert set(NO_DEVICE) <= set(fitting.fitting())


@pytest.mark.parametrize("name", TRAINED)
def test_no_tensor_is_made_without_a_device(name):
    """The whole call, from the look at its arguments to its answer."""
    with torch.device("meta"), Named() as trap:
        TRAINED[name](device="cpu")
    assert not trap.unnamed, trap.unnamed[0]


def test_the_trap_notes_a_tensor_without_a_device():
    with Named() as trap:
        torch.zeros(2)
        torch.zeros(2, device="cpu")
        torch.nn.Linear(2, 2)
    assert len(trap.unnamed) == 1 and "zeros" in trap.unnamed[0]


def test_networks_of_ours_are_drawn_on_the_cpu():
    """Equal seeds give equal weights whatever the default device."""
    from mmlib import nets, neural_ode

    with torch.device("meta"):
        made = [nets.mlp([2, 3, 1], seed=0), nets.Recurrent("LSTM", 1, 3, seed=0)]
        flat = neural_ode.network([2, 3, 1], seed=0).theta0
    assert {w.device.type for net in made for w in net.parameters()} == {"cpu"} == {flat.device.type}


MAKERS = {
    "tensor",
    "as_tensor",
    "from_numpy",
    "zeros",
    "ones",
    "empty",
    "eye",
    "arange",
    "full",
    "linspace",
    "rand",
    "randn",
}


def unplaced(text):
    """Lines that make a tensor and name no device."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MAKERS:
            if ast.unparse(node.func.value) == "torch" and not {"device", None} & {k.arg for k in node.keywords}:
                yield node.lineno


def test_every_line_of_the_library_that_makes_a_tensor_names_its_device(root):
    """Also lines that the small runs above do not reach; ``**place`` counts as named."""
    found = {}
    for path in sorted((root / "mmlib").rglob("*.py")):
        if not path.is_relative_to(root / "mmlib/exercises") and (
            lines := list(unplaced(path.read_text(encoding="utf-8")))
        ):
            found[path.relative_to(root).as_posix()] = lines
    assert not found
    assert list(unplaced("a = torch.zeros(3)\nb = torch.ones(3, device=d)\nc = torch.from_numpy(x)")) == [1, 3]


def on_meta(function):
    """The function, run with *meta* as the default device."""

    def inside(*args, **options):
        with torch.device("meta"):
            return function(*args, **options)

    return inside


LOOPS = {  # what trains, and the loop inside of it
    "gp.regress": "mmlib.gp.regression.minimize",
    "gp.ar1": "mmlib.gp.regression.minimize",
    "gp.nargp": "mmlib.gp.regression.minimize",
    "surfaces.fit_network": "mmlib.surfaces._train",
    "nets.fit_rows": "mmlib.nets.gauss_newton",
    "nets.fit_deeponet": "mmlib.nets.gauss_newton",
    "neural_ode.fit_ode": "mmlib.neural_ode.levenberg_marquardt",
    "pinn.fit": "mmlib.pinn.training.gauss_newton",
    "pinn.fit, self-scaled": "mmlib.pinn.training.ssbroyden",
    "pinn.fit, self-scaled BFGS": "mmlib.pinn.training.ssbfgs",
    "pinn.fit, from the small side": "mmlib.pinn.training.gauss_newton",
    "pinn.fit_many": "mmlib.pinn.training.train_together",
}  # Adam's own counters take the default device: those loops are looked at above


@pytest.mark.parametrize("name", LOOPS)
def test_nothing_in_the_loop_takes_the_default_device(name, monkeypatch):
    module, _, attribute = LOOPS[name].rpartition(".")
    before = getattr(sys.modules[module], attribute)
    passed = []
    monkeypatch.setattr(LOOPS[name], lambda *args, **options: passed.append(1) or on_meta(before)(*args, **options))
    TRAINED[name]()
    assert passed, f"{LOOPS[name]} was not run"


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


@pytest.mark.parametrize("name", TRAINED)
def test_a_device_that_is_not_there(name):
    """The same words everywhere: they come from one gate."""
    with pytest.raises(ValueError, match="expected a device of this machine; got 'cuda:.*PyTorch sees"):
        TRAINED[name](device=f"cuda:{torch.cuda.device_count()}")
    with pytest.raises(ValueError, match="expected device 'cpu' or 'cuda'; got 'gpu'"):
        TRAINED[name](device="gpu")
    with pytest.raises(ValueError, match="expected device 'cpu' or 'cuda'; got 'mps', which has no double precision"):
        TRAINED[name](device="mps")
    with pytest.raises(ValueError, match="expected device 'cpu' or 'cuda'; got 'meta'"):
        TRAINED[name](device=torch.device("meta"))
