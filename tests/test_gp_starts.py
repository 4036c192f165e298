"""Where the search for a kernel's parameters starts and ends: units, spans, and the period of a signal."""

import gpytorch
import numpy as np
import pytest
import torch

from mmlib.gp import gaussian_kernel
from mmlib.gp.starts import _Look, starts_and_bounds

K = gpytorch.kernels
SPANS = np.array([2.0, 10.0])


class Asked:
    """A generator that notes what it is asked for and answers with one number."""

    def __init__(self, answer):
        self.answer, self.spreads = answer, []

    def normal(self, mean, spread, shape):
        assert mean == 0
        self.spreads.append(spread)
        return np.full(tuple(shape), self.answer)


def data(n=9, d=2):
    unit = np.linspace(0, 1, n)[:, None] * np.ones(d)
    unit[:, 1:] = unit[::-1, 1:] ** 2
    return torch.tensor(3 + unit * SPANS[:d]), torch.sin(4 * torch.linspace(0, 1, n, dtype=torch.float64))


def searched(kernel, x, y, scale=4.0, answer=0.5):
    """{name: (typical, lowest, highest, second start)} in the units of the parameter, and the spreads of the starts."""
    kernel, asked = kernel.double(), Asked(answer)
    vectors, bounds, given = starts_and_bounds(kernel, x, y, scale, asked, 3)
    names = [(n, p) for n, p in kernel.named_parameters() if p.requires_grad]
    found, at = {}, 0
    for name, p in names:
        module = kernel.get_submodule(name.rpartition(".")[0]) if "." in name else kernel
        constraint = module.constraint_for_parameter_name(name.rpartition(".")[2])
        part = slice(at, at + p.numel())
        rows = [vectors[0][part], *np.array(bounds[part], dtype=float).T, vectors[1][part], vectors[2][part]]
        if constraint is not None and bounds[at][0] is not None:
            rows = [constraint.transform(torch.tensor(r)).numpy() for r in rows]
        assert rows[3].tolist() == rows[4].tolist()
        found[name.rpartition(".")[2]] = rows[:4]
        at += p.numel()
    return found, asked.spreads[: len(asked.spreads) // 2], given


def assert_row(row, typical, low, high, answer=0.5):
    typical = np.asarray(typical, dtype=float)
    assert row[0] == pytest.approx(typical, rel=1e-6)
    assert row[1] == pytest.approx(typical * low, rel=1e-5) and row[2] == pytest.approx(typical * high, rel=1e-5)
    assert row[3] == pytest.approx(typical * np.exp(answer), rel=1e-6)  # starts are shifted on a log scale


@pytest.mark.parametrize("dims", [None, (1,)])
def test_lengths_and_variances_have_the_units_of_the_data(dims):
    x, y = data()
    d = 2 if dims is None else 1
    found, spreads, given = searched(gaussian_kernel(d, dims), x, y)
    spans = SPANS if dims is None else SPANS[1:]
    assert_row(found["raw_outputscale"], [4.0], 1e-8, 1e3)
    assert_row(found["raw_lengthscale"], 0.3 * spans, 0.01 / 0.3, 20 / 0.3)
    assert spreads == [1.0, 1.2] and given == []


def test_one_length_for_two_inputs_is_that_of_their_mean_span():
    found, *_ = searched(K.MaternKernel(), *data())
    assert_row(found["raw_lengthscale"], [0.3 * 6.0], 0.01 / 0.3, 20 / 0.3)


def test_an_input_that_never_changes_has_a_span_of_one():
    x, y = data()
    x[:, 0] = 7.0
    found, *_ = searched(gaussian_kernel(2), x, y)
    assert_row(found["raw_lengthscale"], [0.3, 3.0], 0.01 / 0.3, 20 / 0.3)


@pytest.mark.parametrize(
    ("kernel", "name", "typical", "low", "high", "spread"),
    [
        (K.RQKernel(), "raw_alpha", 1.0, 1e-2, 1e3, 1.0),
        (K.PeriodicKernel(), "raw_lengthscale", 1.0, 0.03, 30.0, 0.7),
        (K.LinearKernel(), "raw_variance", "scale / square", 1e-8, 1e3, 1.0),
        (K.PolynomialKernel(power=2), "raw_offset", "square", 1e-8, 1e3, 1.0),
        (K.ConstantKernel(), "raw_constant", "scale", 1e-8, 1e3, 1.0),
    ],
)
def test_parameters_of_other_kernels(kernel, name, typical, low, high, spread):
    x, y = data(d=1)
    square = float((x**2).mean())
    values = {"scale / square": 4.0 / square, "square": square, "scale": 4.0}
    found, spreads, _ = searched(kernel, x, y)
    assert_row(found[name], [values.get(typical, typical)], low, high)
    assert spread in spreads


def test_what_is_not_in_the_table_starts_where_it_stands_and_is_named():
    x, y = data(d=1)
    kernel = K.SpectralMixtureKernel(num_mixtures=2)
    found, spreads, given = searched(kernel, x, y, answer=0.25)
    assert {g.partition(".")[0] for g in given} == {"SpectralMixtureKernel"} and set(spreads) == {0.5}
    for name, p in kernel.named_parameters():
        value = p.detach().double().numpy().ravel()
        assert found[name][0] == pytest.approx(value) and found[name][3] == pytest.approx(value + 0.25)
        assert np.isnan(found[name][1]).all() and np.isnan(found[name][2]).all()  # no bounds


# -- the strongest period -----------------------------------------------------------------------------------------


def strongest(x, y):
    """Least squares on a sine and a cosine, frequency by frequency, of what a straight line leaves."""
    n, span = len(x), np.ptp(x)
    line = np.column_stack([np.ones(n), x])
    rest = y - line @ np.linalg.lstsq(line, y, rcond=None)[0]
    gains = []
    for cycles in np.linspace(0.5, n / 2, 20 * n):
        w = 2 * np.pi * cycles / span
        wave = np.column_stack([np.sin(w * x), np.cos(w * x)])
        gains.append((wave @ np.linalg.lstsq(wave, rest, rcond=None)[0]) @ rest)
    return span / np.linspace(0.5, n / 2, 20 * n)[int(np.argmax(gains))]


@pytest.mark.parametrize("period", [0.9, 1.7, 4.0])
@pytest.mark.parametrize("tilt", [0.0, 5.0])
def test_the_period_is_that_of_the_best_sine_beside_a_straight_line(period, tilt):
    rng = np.random.default_rng(3)
    x = np.sort(rng.uniform(5, 12, 24))
    y = np.sin(2 * np.pi * x / period + 0.4) + tilt * x + 0.05 * rng.standard_normal(24)
    found, spreads, _ = searched(K.PeriodicKernel(), torch.tensor(x[:, None]), torch.tensor(y))
    span = np.ptp(x)
    assert (
        found["raw_period_length"][0][0] == pytest.approx(strongest(x, y), rel=1e-6) == pytest.approx(period, rel=0.06)
    )
    assert found["raw_period_length"][1][0] == pytest.approx(span / 24, rel=1e-6)  # two samples ...
    assert found["raw_period_length"][2][0] == pytest.approx(4 * span, rel=1e-6)  # ... to four spans
    assert sorted(spreads) == [0.5, 0.7]


def test_the_period_of_a_signal_without_one_is_two_spans():
    x = torch.linspace(0, 3, 8, dtype=torch.float64)[:, None]
    for y in (0 * x[:, 0] + 2, torch.tensor([1.0, 1.0])):
        look = _Look(K.CosineKernel(), x[: len(y)], y, 1.0)
        assert look.period().item() == pytest.approx(2 * float(x[len(y) - 1]))
    few = _Look(K.CosineKernel(), x[:3], torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64), 1.0)
    assert 0 < few.period().item() < 2  # three points: no straight line is taken away
