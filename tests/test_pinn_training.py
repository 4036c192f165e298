"""Around the training: memory, weights that are drawn, errors against a reference, and what the clock counts."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import checks, dde, training
from mmlib.pinn import log as log_module


@pytest.mark.parametrize("copies", [1, 4])
def test_three_square_matrices_may_take_two_gigabytes(copies):
    most = int(np.sqrt(2e9 / (3 * 8 * copies)))
    training._check_size(most, copies, "take fewer")
    with pytest.raises(ValueError, match=f"{most + 1} unknowns need 2.0 GB .*; take fewer") as caught:
        training._check_size(most + 1, copies, "take fewer")
    assert ("4 times" in str(caught.value)) is (copies == 4)


def test_weights_are_drawn_with_the_spread_of_glorot():
    net = torch.nn.Sequential(
        torch.nn.Linear(60, 200), torch.nn.Tanh(), torch.nn.Linear(200, 40), torch.nn.Linear(40, 1)
    ).double()
    net[3].weight.requires_grad_(False)
    net[3].bias.requires_grad_(False)
    frozen = [p.clone() for p in net[3].parameters()]
    training._draw_weights(net, 3)
    for layer, (a, b) in ((net[0], (60, 200)), (net[2], (200, 40))):
        assert layer.weight.std().item() == pytest.approx(np.sqrt(2 / (a + b)), rel=0.03)
        assert abs(layer.weight.mean().item()) < 0.003 and not layer.bias.any()
    assert all(torch.equal(p, q) for p, q in zip(frozen, net[3].parameters(), strict=True))
    first = net[0].weight.clone()
    training._draw_weights(net, 4)
    assert not torch.equal(first, net[0].weight)
    training._draw_weights(net, 3)
    assert torch.equal(first, net[0].weight)


def test_the_error_is_relative_to_the_reference():
    x, y = np.linspace(0, 1, 5)[:, None], np.array([3.0, 0, 0, 4, 0])
    data = decay()
    error = checks.error_function((x, y), data)
    assert error(lambda x: y[:, None] + 1) == pytest.approx(np.sqrt(5) / 5)
    assert error(lambda x: np.zeros((5, 1))) == pytest.approx(1)
    with pytest.raises(ValueError, match=r"the network gives, \(5, 2\); got \(5, 1\)"):
        error(lambda x: np.zeros((5, 2)))
    for bad in ((x[:, 0], y), (x[:4], y), (x + np.nan, y), (x, y + np.inf)):
        with pytest.raises(ValueError, match="expected reference"):
            checks.error_function(bad, data)
    assert checks.error_function(None, data) is None and checks.error_function(lambda p: 2, data)(np.sin) == 2.0


SPAN = dde.geometry.TimeDomain(0, 1)


def decay():
    start = dde.icbc.IC(SPAN, lambda t: 0 * t + 1, lambda _, on: on)
    return dde.data.PDE(SPAN, lambda t, y: dde.grad.jacobian(y, t) + y, [start], num_domain=8, num_boundary=2)


class Clock:
    """Seconds that pass only when they are told to, and a hundredth at each look."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        self.now += 0.01
        return self.now


def test_the_clock_stands_still_while_the_reference_is_compared(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(log_module.time, "process_time", clock)

    def slow(predict):
        clock.now += 100
        return 0.5

    fit = pinn.fit(decay(), dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal"), seed=0, iterations=6, reference=slow)
    seconds = fit.history["cpu_seconds"]
    assert len(seconds) == 7 and (np.diff(seconds) > 0).all() and seconds[-1] == fit.cpu_seconds < 1
    assert fit.history["error"].tolist() == [0.5] * 7 and fit.error == 0.5
    assert fit.history["iteration"].tolist() == list(range(7)) and np.isnan(fit.history["damping"][0])


def test_seeds_share_the_clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(log_module.time, "process_time", clock)
    counted = []

    def reference(predict):
        counted.append(1)
        clock.now += 100
        return 0.25

    fits = pinn.fit_many(
        decay(), dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal"), seeds=[0, 1, 2], iterations=5, reference=reference
    )
    shares = [f.cpu_seconds for f in fits]
    assert 0 < sum(shares) < 1 and len(counted) == sum(len(f.history["loss"]) for f in fits)
    assert shares[0] == pytest.approx(shares[1]) and all(f.error == 0.25 for f in fits)
    assert [len(f.history["loss"]) for f in fits] == [6, 6, 6] and fits[0].loss != fits[1].loss


@pytest.mark.parametrize("error", [None, lambda predict: 0.125])
def test_progress_is_said_once_a_second(error, monkeypatch, capsys):
    """Two looks within a second are one line; a little more than a second later there is another."""
    problem = SimpleNamespace(names=["pde"], variables={}, losses=lambda: ([2.0], 2.0), get=lambda: torch.zeros(3))
    now = 500.0
    monkeypatch.setattr(log_module.time, "monotonic", lambda: now)
    log = log_module.Log(problem, None, error, True, 9)
    for later in (500.97, 501.03, 501.5, 502.0, 502.06):
        now = later
        log(round(100 * (later - 500)), 3.0, [3.0])
    said = capsys.readouterr().err.split("\r")[1:]
    assert [line.split("/")[0] for line in said] == ["0", "103", "206"]
    assert said[1].startswith("103/9 loss 3.00e+00" + (", error 1.2e-01" if error else "") + ", 0 CPU s")
    assert len(log.history["loss"]) == 6, "all are recorded"


def test_what_a_fit_says_of_itself():
    data, net = decay(), dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal")
    fit = pinn.fit(data, net, seed=1, iterations=8)
    parts = fit.history["pde"][-1] + fit.history["IC 0"][-1]
    assert fit.loss == pytest.approx(parts) and fit.names == ["pde", "IC 0"]
    u = fit.predict(np.array([[0.0], [1.0]]))
    assert fit.history["IC 0"][-1] == pytest.approx((u[0, 0] - 1) ** 2, rel=1e-6, abs=1e-20)
    assert fit.rows == len(data.train_x_all) + 1 and fit.unknowns == 4 + 4 + 4 + 1
    assert f"{fit.rows} rows, 13 unknowns" in repr(fit) and "after 8 iterations" in repr(fit)
    half = pinn.fit(data, net, seed=1, iterations=1, weights={"IC 0": 4.0})
    assert half.history["loss"][0] == pytest.approx(half.history["pde"][0] + 4 * half.history["IC 0"][0])
    with pytest.raises(ValueError, match="at least one iteration; got 0"):
        pinn.fit(data, net, iterations=0)
    before = time.process_time()
    assert pinn.fit(data, net, iterations=1).cpu_seconds <= time.process_time() - before
