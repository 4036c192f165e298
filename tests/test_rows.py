"""Rows that come sample by sample: their normal equations against the Jacobian of everything at once, by torch."""

import numpy as np
import pytest
import torch

from mmlib._rows import Rows, _kinks, check_start, verdict_on_rows


def setup(outputs=2, rows=3, samples=7, seed=0, width=4):
    g = torch.Generator().manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Linear(2, width), torch.nn.Tanh(), torch.nn.Linear(width, outputs)).double()
    for weight in net.parameters():
        torch.nn.init.normal_(weight, generator=g)
    x = torch.randn(samples, 2, generator=g, dtype=torch.float64)
    mix = torch.randn(samples, rows, outputs, generator=g, dtype=torch.float64)
    y = torch.randn(samples, rows, generator=g, dtype=torch.float64)
    return net, (lambda f, x: f(x)), (lambda z, a, y: a @ z**2 - y), (x, mix, y)


def whole(net, outputs, rows, data):
    """All rows as one function of all weights, and its Jacobian by reverse mode: no product of two parts."""
    names = dict(net.named_parameters())

    def everything(*weights):
        call = lambda x: torch.func.functional_call(net, dict(zip(names, weights, strict=True)), (x,))  # noqa: E731
        found = [rows(outputs(call, x), *rest) for x, *rest in zip(*data, strict=True)]
        return torch.cat(found)

    weights = tuple(w.detach() for w in names.values())
    parts = torch.autograd.functional.jacobian(everything, weights)
    return everything(*weights), torch.cat([p.flatten(1) for p in parts], dim=1)


@pytest.mark.parametrize(("outputs", "rows"), [(2, 3), (1, 5), (3, 2), (1, 1)])
def test_normal_equations_are_those_of_all_rows_together(outputs, rows):
    case = setup(outputs, rows)
    problem = Rows(*case)
    r, jacobian = (a.detach() for a in whole(*case))
    n = len(r)
    found = problem.normal()
    assert found.loss == pytest.approx(float(r @ r) / n, rel=1e-12) and problem.losses()[1] == pytest.approx(found.loss)
    assert problem.residuals().numpy() == pytest.approx(r.numpy() / n**0.5, rel=1e-12)
    assert found.gram.numpy() == pytest.approx((jacobian.T @ jacobian).numpy() / n, rel=1e-9, abs=1e-9)
    assert found.gradient.numpy() == pytest.approx((jacobian.T @ r).numpy() / n, rel=1e-9, abs=1e-11)
    vector = torch.linspace(-1, 2, n, dtype=torch.float64)
    assert problem.pull(vector)[0].numpy() == pytest.approx((jacobian.T @ vector).numpy() / n**0.5, rel=1e-9, abs=1e-11)


def test_weights_are_set_and_kept():
    case = setup()
    problem = Rows(*case)
    theta = problem.get()
    assert problem.size == theta.numel() == 2 * 4 + 4 + 4 * 2 + 2
    problem.set(theta + 0.5)
    assert torch.equal(torch.nn.utils.parameters_to_vector(case[0].parameters()).detach(), theta + 0.5)
    assert problem.losses()[1] == pytest.approx(float(whole(*case)[0].detach().square().mean()))
    problem.get().zero_()
    assert torch.equal(problem.get(), theta + 0.5)


def test_the_sample_and_the_weight_at_fault_are_named():
    net, outputs, rows, (x, mix, y) = setup()
    y[4, 1] = torch.nan
    with pytest.raises(ValueError, match="those of sample 4 are not"):
        check_start(Rows(net, outputs, rows, (x, mix, y)))
    net, outputs, _, data = setup()
    with torch.no_grad():
        net[2].weight[0] = 0  # the first output is its bias ...
        net[2].bias[0] = 0  # ... which is zero, where a root has no slope
    with pytest.raises(ValueError, match="their slopes by '(0.weight|2.weight|2.bias)' are not"):
        check_start(Rows(net, outputs, lambda z, a, y: torch.sqrt(z[:1]) - 1, data))
    check_start(Rows(*setup()))


def test_the_weight_is_found_by_its_place_among_all():
    """The slope is infinite by one weight of the last layer only."""
    net, outputs, rows, data = setup()

    class Kinked(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.plain = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
            self.last = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))

        def forward(self, x):
            return self.plain.sum() * x[:1] + torch.sqrt(self.last[0]) + self.last[1]

    def bare(z, a, y):
        return z + 1

    with pytest.raises(ValueError, match="slopes by 'last' are not"):
        check_start(Rows(Kinked(), outputs, bare, data))


def line(samples=30):
    """A network and a smooth curve that it is asked for."""
    net, outputs, _, _ = setup(outputs=1, width=3, seed=3)
    x = torch.linspace(-1, 1, samples, dtype=torch.float64)[:, None].repeat(1, 2)
    return net, outputs, (lambda z, y: z - y), (x, torch.sin(2 * x[:, :1]))


@pytest.mark.parametrize(("level", "status"), [(0.94, "converged"), (0.96, "stalled")])
def test_the_limit_is_95_percent_of_the_rows_of_zeros(level, status):
    """Readings of which a constant network explains a known share: mean m and scatter s give s / sqrt(m^2 + s^2)."""
    net, outputs = torch.nn.Linear(1, 1, dtype=torch.float64), (lambda f, x: f(x))
    x = torch.tensor([[-1.0], [-1.0], [1.0], [1.0]], dtype=torch.float64)
    scatter, mean = level, (1 - level**2) ** 0.5
    y = mean + scatter * torch.tensor([[1.0], [-1.0], [1.0], [-1.0]], dtype=torch.float64)
    problem = Rows(net, outputs, lambda z, y: z - y, (x, y))
    problem.set(torch.tensor([0.0, mean + 1e-5], dtype=torch.float64))  # at the minimum itself all slopes are zero
    found = verdict_on_rows(problem, True, "m")
    assert found.status == status, str(found)


def test_steps_and_dead_units_are_said():
    problem = Rows(*line())
    assert verdict_on_rows(problem, False, "m").status == "out of steps"
    assert verdict_on_rows(problem, True, "m").status == "stalled"
    problem.set(0 * problem.get())
    dead = verdict_on_rows(problem, True, "m")
    assert dead.status == "stalled" and "slopes are exactly zero" in dead.reason


def test_a_jump_between_the_samples_is_no_fit():
    """Two plateaus that a steep step joins where no sample looks, and the same curve where it is smooth."""
    x = torch.cat([torch.linspace(-1, -0.2, 15), torch.linspace(0.2, 1, 15)]).double()[:, None]
    for steep, status in ((3.0, "converged"), (1e6, "stalled")):
        net = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Tanh(), torch.nn.Linear(1, 1)).double()
        y = torch.tanh(steep * x)
        problem = Rows(net, lambda f, x: f(x), lambda z, y: z - y, (x, y))
        problem.set(torch.tensor([steep, 0.0, 1.0, 0.0], dtype=torch.float64))
        found = verdict_on_rows(problem, True, "m")
        assert found.status == status and (found or "jumps between the samples" in found.reason), str(found)
        assert found or "saturated" in found.remedy


@pytest.mark.parametrize("middle", [0.0, 5.0, 1000.0])
def test_looks_for_jumps_are_between_the_samples(middle):
    """Samples at both ends of a ramp, flat beyond: the slope that explains their difference is seen between them only."""

    def ramp(f, x):
        return (x - middle).clamp(-1, 1) + 0 * f(x)

    x = middle + torch.tensor([-0.99, 0.99], dtype=torch.float64).repeat(10)[:, None]
    problem = Rows(torch.nn.Linear(1, 1, dtype=torch.float64), ramp, lambda z, y: z - y, (x, x - middle))
    assert not _kinks(problem)
    for tilt in (0.0, 1e-3):  # a step, also on a gentle slope, wherever the origin is
        problem.at = lambda theta, x, tilt=tilt: torch.where(x > middle, 1.0, -1.0) + tilt * (x - middle)
        problem.outputs = torch.func.vmap(problem.at, (None, 0))
        assert _kinks(problem)


def test_rows_of_zeros_that_are_zero_themselves_give_no_scale():
    net, outputs, _, data = setup(outputs=1)
    problem = Rows(net, outputs, lambda z, *_: z, data)
    problem.set(problem.get() * 0)
    assert problem.losses()[1] == 0 and np.isfinite(problem.normal().gradient.numpy()).all()
    assert verdict_on_rows(problem, True, "m").converged
