"""The network: its equations against the model's, its slopes against differences, ends, starts, messages."""

import numpy as np
import pytest
import torch

from mmlib import sbinn
from mmlib.systems.glucose_insulin import GlucoseInsulin, box, published_start

T = np.array([0.0, 300, 900, 1799])


def test_equations_are_those_of_the_model():
    rng = np.random.default_rng(0)
    model = GlucoseInsulin.of(rng.uniform(*box()))
    t = np.array([50.0, 500.0, 1500.0])
    y = GlucoseInsulin().path(t).y.T
    inputs = sbinn._inputs(t, y[-1])
    got = sbinn._rates(torch.tensor(y[None] / 100), inputs, torch.tensor(model.values[None]))[0].numpy()
    assert 100 * got == pytest.approx(np.array([model.rhs(s, state) for s, state in zip(t, y, strict=True)]), rel=1e-5)


def test_slopes_in_time_are_derivatives():
    generator = torch.Generator().manual_seed(1)
    sizes = [6, 9, 9, 9, 6]
    net = []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        net += [torch.randn(2, a, b, generator=generator, dtype=torch.float64) / 2]
        net += [torch.randn(2, 1, b, generator=generator, dtype=torch.float64)]
    t, h, end = np.array([2.0, 333.0, 1797.0]), 1e-3, 3600 * np.ones(6)

    def states(t, slopes=False):
        return sbinn._states(net, sbinn._inputs(t, end, torch.float64), slopes)

    difference = (states(t + h)[0] - states(t - h)[0]) / (2 * h)
    slope = states(t, slopes=True)[1]
    assert slope.numpy() == pytest.approx(difference.numpy(), rel=1e-4, abs=1e-5)


def test_known_ends_are_met_whatever_the_weights():
    low, high = box()
    starts = np.random.default_rng(2).uniform(low, high, (2, 17))
    got = sbinn.train(T, GlucoseInsulin().path(T).glucose, starts, seed=3, warm_up=2, iterations=2, every=200)
    exact = GlucoseInsulin().path([0, 1799]).glucose
    assert got.glucose[:, [0, -1]] == pytest.approx(np.tile(exact, (2, 1)), rel=1e-5)
    assert got.path[0] == pytest.approx(starts, rel=1e-4)
    assert got.path.shape == (2, 2, 17) and got.iteration.tolist() == [0, 2]


def test_training_lowers_the_loss_and_starts_do_not_disturb_each_other():
    glucose = GlucoseInsulin().path(T).glucose
    starts = np.vstack([published_start(), 0.9 * published_start()])
    options = {"seed": 0, "warm_up": 5, "iterations": 40, "every": 60}
    seen = []
    both = sbinn.train(T, glucose, starts, log=40, record=lambda i, p, f, r: seen.append(1e-2 * f**2 + r), **options)
    alone = sbinn.train(T, glucose, starts[1:], **options)
    assert (seen[-1] < seen[0]).all()
    assert both.values[1] == pytest.approx(alone.values[0], rel=1e-3)
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t": [0.0]}, "same shape"),
        ({"glucose": [100.0, np.nan, 1.0, 1.0]}, "finite t and glucose"),
        ({"starts": np.ones((1, 17))}, r"inside of box\(\)"),
        ({"starts": np.ones(17)}, r"inside of box\(\)"),
        ({"iterations": 0}, "at least 1"),
    ],
)
def test_messages(change, message):
    given = {"t": T, "glucose": np.full(4, 100.0), "starts": published_start()[None], "iterations": 1} | change
    with pytest.raises(ValueError, match=message):
        sbinn.train(given["t"], given["glucose"], given["starts"], seed=0, warm_up=1, iterations=given["iterations"])
