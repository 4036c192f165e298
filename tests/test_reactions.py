"""Networks of reactions: against closed forms, differences of tight solutions, and readings whose reactions are known."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from mmlib import ensemble, identify, reactions


@dataclass(frozen=True)
class Chain(reactions.Network):
    """A -> B -> C, A + B -> 2 C."""

    k1: float = 0.7
    k2: float = 0.3
    k3: float = 0.2
    A: float = 2.0
    names = ("A", "B", "C")
    may_start = ("A",)
    may_be_zero = ("k3",)
    reactions = ("A -> B : k1", "B -> C : k2", "A + B -> C + C : k3")
    units = dict.fromkeys(("A", "B", "C"), "mM") | {"t": "s", "k1": "1/s", "k2": "1/s", "k3": "1/(mM s)"}


T = np.linspace(0, 6, 25)


def closed(k1, k2, A, t):
    """Bateman's formula for A -> B -> C."""
    b = A * k1 / (k2 - k1) * (np.exp(-k1 * t) - np.exp(-k2 * t))
    a = A * np.exp(-k1 * t)
    return np.stack([a, b, A - a - b], axis=1)


def test_a_chain_follows_its_closed_form():
    assert reactions.curves(Chain(k3=0.0), T) == pytest.approx(closed(0.7, 0.3, 2.0, T), abs=1e-6)


def test_slopes_are_those_of_the_closed_form():
    y, s = reactions.slopes(Chain(k3=0.0), T, ("k1", "k2", "A"))
    for w, name in enumerate(("k1", "k2", "A")):
        values = {"k1": 0.7, "k2": 0.3, "A": 2.0}
        up, down = (closed(**(values | {name: values[name] * np.exp(e)}), t=T) for e in (1e-5, -1e-5))
        assert s[:, :, w] == pytest.approx((up - down) / 2e-5, abs=2e-6)


def test_slopes_of_pairs_are_differences_of_curves():
    y, s = reactions.slopes(Chain(), T, ("k1", "k2", "k3"))
    for w, name in enumerate(("k1", "k2", "k3")):
        up, down = (
            reactions.curves(replace(Chain(), **{name: getattr(Chain(), name) * np.exp(e)}), T, rtol=1e-11, atol=1e-13)
            for e in (1e-3, -1e-3)
        )
        assert s[:, :, w] == pytest.approx((up - down) / 2e-3, abs=2e-5)


def test_both_jacobians_are_the_derivative():
    y = np.array([0.7, 1.3, 0.4])
    full = Chain().full_jacobian(y)
    for j in range(3):
        step = 1e-6 * np.eye(3)[j]
        assert full[:, j] == pytest.approx((Chain().rhs(y + step) - Chain().rhs(y - step)) / 2e-6, abs=1e-8)
    band = Chain().jacobian(y[:, None])[:, :, 0]
    assert [[band[2 + i - j, j] for j in range(3)] for i in range(3)] == pytest.approx(full)


def test_many_draws_follow_single_ones():
    draws = Chain(k1=np.array([0.2, 0.9]), A=np.array([1.0, 3.0]))
    run = ensemble.solve(draws, draws.start, T, rtol=1e-6, atol=1e-9)
    for k in range(2):
        one = reactions.curves(Chain(k1=float(draws.k1[k]), A=float(draws.A[k])), T)
        assert run.y[:, :, k] == pytest.approx(one, abs=1e-5)


def test_refusals_name_what_is_wrong():
    with pytest.raises(ValueError, match="names of constants"):
        reactions.slopes(Chain(), T, ("k9",))
    with pytest.raises(ValueError, match="arrays of draws"):
        reactions.curves(Chain(k1=np.ones(2)), T)
    with pytest.raises(ValueError, match="increasing"):
        reactions.curves(Chain(), T[::-1])


def read(noise):
    starts = (1.0, 2.0, 3.0)
    rng, t = np.random.default_rng(0), np.linspace(0, 6, 121)
    ys = [reactions.curves(Chain(A=a), t) for a in starts]
    return identify.problem(
        [t] * 3, [y + noise * rng.standard_normal(y.shape) for y in ys], names=["A", "B", "C"], degree=2, window=15
    )


CANDIDATES = ("A -> B", "B -> A", "B -> C", "A -> C", "A + B -> C + C", "A + C -> B + C", "B + C -> C + C", "C -> A")


def test_the_reactions_come_back_with_their_constants():
    found = reactions.discover(read(1e-3), CANDIDATES)
    assert set(found.lines) == {"A -> B", "B -> C", "A + B -> C + C"}
    assert dict(zip(found.lines, found.constants, strict=True)) == pytest.approx(
        {"A -> B": 0.7, "B -> C": 0.3, "A + B -> C + C": 0.2}, rel=0.05
    )
    assert found.verdict.converged
    y = np.array([0.5, 0.6, 0.7])
    assert found.rhs(0.0, y) == pytest.approx(Chain().rhs(y), rel=0.05, abs=0.02)


def test_what_is_found_conserves_and_has_no_negative_constant():
    found = reactions.discover(read(0.03), CANDIDATES)
    assert (found.constants >= 0).all() and found.rhs(0.0, np.array([0.5, 0.6, 0.7])).sum() == pytest.approx(
        0, abs=1e-12
    )


def test_a_line_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="spelling"):
        reactions.discover(read(1e-3), ["A + Q -> C"])
    with pytest.raises(ValueError, match="more rows"):
        t = np.linspace(0, 6, 25)
        few = identify.problem(t, reactions.curves(Chain(), t), names=["A", "B", "C"], degree=2, window=9)
        reactions.discover(few._replace(theta=few.theta[:4], dydt=few.dydt[:4]), ["A -> B"])
