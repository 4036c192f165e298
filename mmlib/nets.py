"""Networks that DeepXDE has on other backends only, or not at all."""

from __future__ import annotations

import torch

from mmlib.pinn import dde

__all__ = ["MultiFidelity"]


class MultiFidelity(dde.nn.NN):
    """Two networks in one for cheap and expensive readings (Meng & Karniadakis 2020, doi:10.1016/j.jcp.2019.109020).

    The cheap output is y_L(x); the expensive one is y_H(x) = a linear layer of (x, y_L) + a small network of (x, y_L).
    DeepXDE has this network (`MfNN`) on TensorFlow and Paddle, not on PyTorch; there the two parts share a trained factor,
    here the linear part is a layer of its own. The output (n, 2 outputs) holds y_L first, then y_H, so that readings enter
    as `dde.icbc.PointSetBC(..., component=…)` and every method of `mmlib.pinn.fit` trains it.

    Parameters
    ----------
    low : layer sizes of the cheap network, such as [1, 20, 20, 1].
    high : hidden sizes of the nonlinear part of the expensive one, such as [10, 10].
    activation, kernel_initializer : as for `dde.nn.FNN`.

    Raises ValueError for fewer than two sizes in `low`, or sizes that are not positive.

    >>> from mmlib.pinn import dde
    >>> net = MultiFidelity([1, 10, 1], [5])
    >>> net(torch.zeros(4, 1)).shape
    torch.Size([4, 2])
    """

    def __init__(self, low, high, activation="tanh", kernel_initializer="Glorot normal"):
        super().__init__()
        low, high = list(low), list(high)
        if len(low) < 2 or min([*low, *high, 1]) < 1:
            raise ValueError(
                f"expected low=[inputs, …, outputs] and high=[hidden, …], positive sizes; got {low}, {high}."
            )
        inputs, outputs = low[0] + low[-1], low[-1]
        self.low = dde.nn.FNN(low, activation, kernel_initializer)
        self.linear = torch.nn.Linear(inputs, outputs, dtype=self.low.linears[0].weight.dtype)
        self.nonlinear = dde.nn.FNN([inputs, *high, outputs], activation, kernel_initializer)

    def forward(self, inputs):
        """Both fidelities at the points (n, inputs): (n, 2 outputs)."""
        x = inputs if self._input_transform is None else self._input_transform(inputs)
        cheap = self.low(x)
        both = torch.cat([x, cheap], dim=1)
        y = torch.cat([cheap, self.linear(both) + self.nonlinear(both)], dim=1)
        return y if self._output_transform is None else self._output_transform(inputs, y)
