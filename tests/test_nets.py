"""Multi-fidelity network on PyTorch: shapes, training by second order, and what goes wrong."""

import numpy as np
import pytest

from mmlib import pinn
from mmlib.nets import MultiFidelity
from mmlib.pinn import dde
from mmlib.systems.multi_fidelity import forrester_high, forrester_low


def problem(x_low, x_high):
    line = dde.geometry.Interval(0, 1)
    low = dde.icbc.PointSetBC(x_low, forrester_low(x_low), component=0)
    high = dde.icbc.PointSetBC(x_high, forrester_high(x_high), component=1)
    return dde.data.PDE(line, None, [low, high], num_domain=1)


@pytest.mark.parametrize("method", ["gauss-newton", "ssbroyden"])
def test_forrester_from_few_expensive_points(method):
    """The example of DeepXDE and of Meng & Karniadakis: the cheap function carries the expensive one."""
    x_low, x_high = np.linspace(0, 1, 21)[:, None], np.array([[0.0], [0.4], [0.6], [1.0]])
    x = np.linspace(0, 1, 101)[:, None]
    true = forrester_high(x)
    errors = []
    for seed in range(3):
        with pinn.float64():
            net, data = MultiFidelity([1, 20, 20, 1], []), problem(x_low, x_high)
        fit = pinn.fit(data, net, method=method, seed=seed, iterations=300 if method == "gauss-newton" else 3000)
        got = fit.predict(x)
        assert got.shape == (101, 2)
        errors.append(np.linalg.norm(got[:, 1:] - true) / np.linalg.norm(true))
    assert np.median(errors) < 0.05, errors


def test_two_sizes_are_needed():
    with pytest.raises(ValueError, match=r"expected low=\[inputs, …, outputs\]"):
        MultiFidelity([3], [4])
    with pytest.raises(ValueError, match="positive sizes; got"):
        MultiFidelity([1, 0, 1], [4])


def test_transforms_are_applied():
    net = MultiFidelity([2, 4, 1], [3])
    net.apply_feature_transform(lambda x: x[:, [0, 0]])
    net.apply_output_transform(lambda x, y: 0 * y + x[:, 1:])
    x = np.array([[1.0, 2.0], [1.0, 3.0]], dtype=np.float32)
    import torch

    assert net(torch.tensor(x)).detach().numpy() == pytest.approx(np.array([[2.0, 2.0], [3.0, 3.0]]))
