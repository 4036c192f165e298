"""The network: its equations against the model's, its slopes against differences, ends, starts, messages."""

import numpy as np
import pytest
import torch

from mmlib import sbinn
from mmlib.systems.glucose_insulin import VI, GlucoseInsulin, box, published_start

T = np.array([0.0, 300, 900, 1799])


def test_equations_are_those_of_the_model():
    rng = np.random.default_rng(0)
    model = GlucoseInsulin.of(rng.uniform(*box()))
    t = np.array([50.0, 500.0, 1500.0])
    y = GlucoseInsulin().path(t).y.T
    inputs = sbinn._inputs(t, y[-1])
    got = sbinn._rates(torch.tensor(y[None] / 100), inputs, torch.tensor(model.values[None]))[0].numpy()
    assert 100 * got == pytest.approx(np.array([model.rhs(s, state) for s, state in zip(t, y, strict=True)]), rel=1e-5)


@pytest.mark.parametrize(("share", "held"), [(-5.0, True), (0.0, True), (0.98, True), (1.03, False)])
def test_insulin_below_a_thousandth_of_its_scale_is_held_there(share, held):
    """The network may go below zero, where the power of the model has no value: the rates stay those of a thousandth."""
    model = GlucoseInsulin()
    inputs = sbinn._inputs(np.array([50.0]), np.ones(6))
    kappa = (1 / VI + 1 / (model.E * model.ti)) / (model.C4 / 100)

    def glucose_rate(times):
        y = torch.ones(1, 1, 6, dtype=torch.float64)
        y[..., 1] = times * 1e-3 / kappa
        return sbinn._rates(y, inputs, torch.tensor(model.values[None]))[0, 0, 2].item()

    assert (glucose_rate(share) == glucose_rate(1.0)) == held


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
        ({"glucose": [100.0, np.nan, 1.0, 1.0]}, "finite glucose"),
        ({"starts": np.ones((1, 17))}, r"inside of box\(\)"),
        ({"starts": np.ones(17)}, r"inside of box\(\)"),
        ({"iterations": 0}, "at least 1"),
    ],
)
def test_messages(change, message):
    given = {"t": T, "glucose": np.full(4, 100.0), "starts": published_start()[None], "iterations": 1} | change
    with pytest.raises(ValueError, match=message):
        sbinn.train(given["t"], given["glucose"], given["starts"], seed=0, warm_up=1, iterations=given["iterations"])


# -- training, written once more with automatic differentiation, the model's own rates, and in double precision


def weights_of(seed):
    """Glorot's normal draws for 6-128-128-128-6, biases zero."""
    generator = torch.Generator().manual_seed(seed)
    sizes = [6, 128, 128, 128, 6]
    net = []
    for a, b in zip(sizes, sizes[1:], strict=False):
        weight = torch.randn(1, a, b, generator=generator)[0].double() * np.sqrt(2 / (a + b))
        net += [weight.requires_grad_(), torch.zeros(b, dtype=torch.float64, requires_grad=True)]
    return net


def outputs(net, minutes, end):
    """States (n, 6) in hundreds of their units at minutes (n,): a straight line, and what vanishes at both ends."""
    t = torch.as_tensor(minutes, dtype=torch.float64)
    h = torch.stack([t / 100, *(torch.sin(k * t / 100) for k in range(1, 6))], dim=1)
    for k in (0, 2, 4):
        h = torch.nn.functional.silu(h @ net[k] + net[k + 1])
    first, last = (torch.tensor(np.array(a) / 100) for a in (GlucoseInsulin.start, end))
    line = first + (last - first) * t[:, None] / 1799
    bump = torch.tanh(t) * torch.tanh(1799 - t)
    return line + bump[:, None] * torch.tensor([1, 1, 100.0, 1, 1, 1]) * (h @ net[6] + net[7])


def warmed_up(t, glucose, end, seed, steps):
    net = weights_of(seed)
    optimizer = torch.optim.Adam(net, lr=1e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        (1e-2 * ((outputs(net, t, end)[:, 2] - torch.tensor(glucose)) ** 2).mean()).backward()
        optimizer.step()
    return net


def residual_of(net, values, end, every):
    """Weighted mean square of the six equations, with the rates of the model itself."""
    minute = np.arange(1800)
    asked = minute[(minute % every == 0) | (minute < 20) | (minute > 1779)].astype(float)
    y, slope = torch.func.jvp(
        lambda t: outputs(net, t, end), (torch.tensor(asked),), (torch.ones(len(asked), dtype=torch.float64),)
    )
    model = GlucoseInsulin.of(values)
    rates = np.array([model.rhs(t, state) for t, state in zip(asked, 100 * y.detach().numpy(), strict=True)]) / 100
    return ((rates - slope.detach().numpy()) ** 2).mean(axis=0) @ [1, 1, 1e-2, 1, 1, 1]


@pytest.mark.parametrize(("every", "warm_up"), [(150, 1), (37, 3)])
def test_the_first_step_is_that_of_adam_on_readings_and_equations(every, warm_up):
    """Adam's first step moves each unknown by its rate, against the sign of the slope: of the parameters, by differences."""
    t, start = np.array([30.0, 400, 900, 1500]), published_start()
    glucose, end = GlucoseInsulin().path(t).glucose + 5, GlucoseInsulin().path([0, 1799]).y[:, -1]
    seen = []
    got = sbinn.train(
        t, glucose, start[None], seed=4, warm_up=warm_up, iterations=1, every=every,
        record=lambda i, p, f, r: seen.append((i, f[0], r[0])),
    )  # fmt: skip
    net = warmed_up(t, glucose, end, 4, warm_up)
    fit = float(((outputs(net, t, end)[:, 2] - torch.tensor(glucose)) ** 2).mean().detach()) ** 0.5
    assert seen[0] == (0, pytest.approx(fit, rel=1e-3), pytest.approx(residual_of(net, start, end, every), rel=1e-3))
    low, high = box()
    place = np.arctanh((start - (low + high) / 2) / ((high - low) / 2))
    moved = np.arctanh((got.values[0] - (low + high) / 2) / ((high - low) / 2)) - place
    assert np.abs(moved) == pytest.approx(np.full(17, 1e-3), rel=0.02)
    for j in range(17):
        ends = []
        for sign in (1, -1):
            there = place.copy()
            there[j] += 1e-3 * sign
            ends.append(residual_of(net, (low + high) / 2 + (high - low) / 2 * np.tanh(there), end, every))
        assert np.sign(moved[j]) == -np.sign(ends[0] - ends[1]), j


def test_what_is_returned_is_where_training_ended():
    t, start = np.array([30.0, 400, 900, 1500]), published_start()
    glucose = GlucoseInsulin().path(t).glucose
    seen = []
    got = sbinn.train(
        t, glucose, start[None], seed=1, warm_up=2, iterations=5, every=300, log=2, end=3000 * np.ones(6),
        record=lambda i, p, f, r: seen.append((i, p, f, r)),
    )  # fmt: skip
    assert got.iteration.tolist() == [s[0] for s in seen] == [0, 2, 4, 5]
    assert np.array_equal(got.path, [s[1] for s in seen]) and np.array_equal(got.values, got.path[-1])
    assert got.fit.tolist() == seen[-1][2].tolist() and got.residual.tolist() == seen[-1][3].tolist()
    assert got.glucose.shape == (1, 1800) and got.glucose[0, -1] == pytest.approx(30)
    at = got.glucose[0, t.astype(int)]
    assert np.sqrt(((at - glucose) ** 2).mean()) == pytest.approx(got.fit[0], rel=1e-4)
    assert 0 < got.cpu_seconds < 60 and not got.converged.any()
    assert got.verdict[0].status == "out of steps" and "all 5 iterations of Adam" in got.verdict[0].reason
    assert "Gauss-Newton" in got.verdict[0].remedy


def test_a_loss_that_overflows_is_said():
    with pytest.raises(FloatingPointError, match="no longer finite after 0 iterations"):
        sbinn.train(
            T,
            np.full(4, 120.0),
            published_start()[None],
            seed=0,
            warm_up=1,
            iterations=1,
            every=300,
            end=np.full(6, 0.99e100),
        )
