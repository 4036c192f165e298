"""What comes into training: limits on both sides, gaps that are filled, shapes that are told apart."""

import numpy as np
import pytest
import torch

from mmlib import _training_input as gate

LINE = np.linspace(0, 1, 5)


@pytest.mark.parametrize(("largest", "refused"), [(0.97e-4, True), (1.03e-4, False), (0.0, False), (5.0, False)])
@pytest.mark.parametrize("side", [-1, 1])
def test_readings_are_of_order_one_or_taken_as_logarithms(largest, refused, side):
    y = side * largest * np.array([[0.1], [-0.2], [np.nan], [1.0], [0.3]])
    y[2] = 0.1 * largest
    if refused:
        with pytest.raises(ValueError, match=f"order one.*got {largest:.2g} as the"):
            gate.series(LINE, y, False)
    else:
        assert np.array_equal(gate.series(LINE, y, False)[1][0], y)
    if largest:
        times, logs = gate.series(LINE, np.abs(y), True)
        assert np.allclose(np.exp(logs[0]), np.abs(y)) and times[0].tolist() == LINE.tolist()


def test_the_largest_of_all_series_counts():
    small, large = np.full((5, 2), 1e-6), np.full((5, 2), 1.0)
    assert len(gate.series([LINE, LINE], [small, large], False)[1]) == 2
    with pytest.raises(ValueError, match="order one"):
        gate.series([LINE, LINE], [small, 2 * small], False)


def test_a_piece_takes_two_thousand_steps_at_most():
    """The step is half of the median gap, unless it is given: of four gaps of 1 and one of 1,000, a thousand pieces are two thousand steps."""
    for longest, step, fits in (
        (999.0, None, True), (1000.0, None, True), (1001.0, None, False), (1990.0, 1.0, True), (2010.0, 1.0, False),
        (1.0, 0.00051, True), (1.0, 0.00049, False),
    ):  # fmt: skip
        times = [np.array([0.0, 1.0, 2.0, 3.0]), np.array([5.0, 6.0, 6.0 + longest])]
        if fits:
            gate.check_gaps(times, step)
        else:
            with pytest.raises(ValueError, match=f"got one of {longest:g} beside a median of 1"):
                gate.check_gaps(times, step)


def test_two_thousand_times_in_all_series():
    gate.check_gaps([np.arange(1200.0), np.arange(800.0)], None)
    with pytest.raises(ValueError, match="at most 2000 times in all series.*got 2001"):
        gate.check_gaps([np.arange(1200.0), np.arange(801.0)], None)


def test_five_thousand_weights():
    data, f = (torch.zeros(2, 1),), (lambda *_: 0)
    gate.check_rows({"a": torch.zeros(50, 90), "b": torch.zeros(500)}, data, f, f)
    with pytest.raises(ValueError, match="at most 5000 weights.*got 5001"):
        gate.check_rows({"a": torch.zeros(50, 90), "b": torch.zeros(501)}, data, f, f)


@pytest.mark.parametrize(
    ("x", "g", "fits"),
    [((0, 0.0205), 1, True), ((0, 0.0195), 1, False), ((-49.5, 0), 1, True), ((-50.5, 0), 1, False), ((0, 50.5), 1, False),
     ((0, 1), 0.95e-4, False), ((0, 1), -1.05e-4, True), ((0, 1), 0.95e4, True), ((0, 1), -1.05e4, False)],
)  # fmt: skip
def test_places_and_outputs_of_an_operator_are_of_order_one(x, g, fits):
    """Spans from a fiftieth on, places up to fifty, outputs from a ten-thousandth to ten thousand; the widest axis counts."""
    places = np.column_stack([x, [0.0, 0.001]])
    outputs = np.array([[0.1 * g, g], [0.0, 0.2 * g]])
    if fits:
        gate.check_scales(outputs, places)
    else:
        with pytest.raises(ValueError, match="of order one"):
            gate.check_scales(outputs, places)


def test_sizes_of_an_operator_network_fit_its_data():
    u, g = np.zeros((8, 5)), np.zeros((8, 6))
    sizes = {"modes": 3, "inputs": 4, "trunk": 2, "branch": 2}
    assert gate.operator_sizes(u, g, **sizes) == (3, 4, 2, 2)
    assert gate.operator_sizes(u, g, **sizes | {"branch": 0}) == (3, 5, 2, 0), "a linear branch takes all sensors"
    for change in ({"modes": 5}, {"inputs": 5}, {"modes": 1}, {"inputs": 1}, {"trunk": 1}):
        assert gate.operator_sizes(u, g, **sizes | change)
    for change in ({"modes": 6}, {"modes": 0}, {"inputs": 6}, {"inputs": 0}, {"trunk": 0}, {"branch": -1}):
        with pytest.raises(ValueError, match="expected"):
            gate.operator_sizes(u, g, **sizes | change)
    few = np.zeros((4, 9))
    assert gate.operator_sizes(few, few, modes=3, inputs=4, trunk=1, branch=1)[1] == 4
    with pytest.raises(ValueError, match="inputs <= 4"):
        gate.operator_sizes(few, few, modes=3, inputs=5, trunk=1, branch=1)


def test_gaps_are_filled_by_straight_lines_in_time():
    t = np.array([0.0, 1.0, 4.0, 5.0])
    first = np.array([[0.0, 7.0], [np.nan, 7.0], [8.0, np.nan], [9.0, np.nan]])
    second = np.array([[np.nan, 3.0], [np.nan, 4.0]])
    data, seen = gate.filled([t, t[:2]], [first, second])
    assert data[:, 0].tolist() == [0, 2, 8, 9, 0, 0], (
        "a quarter of the way after a quarter of the time; never read: zero"
    )
    assert data[:, 1].tolist() == [7, 7, 7, 7, 3, 4], "beyond the last reading it stays"
    assert seen.tolist() == [[1, 1], [0, 1], [1, 0], [1, 0], [0, 1], [0, 1]]


def test_outputs_that_are_not_asked_for_are_left_out():
    x, y = np.zeros((2, 3, 1)), np.array([[[1.0], [np.nan], [2.0]], [[np.nan]] * 3])
    assert gate.sequences(x, y)[2].sum() == 2
    for bad in ((x[0], y), (x, y[0]), (x, y[:1]), (x, y[:, :2]), (x + np.inf, y), (x, y * np.nan)):
        with pytest.raises(ValueError, match="expected (x|finite)"):
            gate.sequences(*bad)


def test_noise_pull_and_weights_at_their_limits():
    law = {"rhs": lambda p, y: y, "params": [1.0, 2.0], "decay": 0.0, "step": None, "weights": (1, 10), "iterations": 5}
    assert gate.checked_options(**law)[0].tolist() == [1, 2] and gate.checked_options(**law | {"step": 0.5})[2] == 0.5
    assert gate.checked_options(**law | {"decay": [0.0, 1.0]})[1].tolist() == [0, 1]
    for change in ({"decay": [0.0, -1e-9]}, {"decay": [1.0] * 3}, {"step": 0.0}, {"weights": ()}, {"iterations": 0}):
        with pytest.raises(ValueError, match="expected"):
            gate.checked_options(**law | change)
    assert gate.deviations(0.2, 3).tolist() == [0.2] * 3 and gate.deviations([1, 2], 2).tolist() == [1, 2]
    for bad in (0.0, -1.0, np.inf, [1.0, 2.0], [1.0, 0.0, 1.0]):
        with pytest.raises(ValueError, match="positive, finite sd"):
            gate.deviations(bad, 3)


def test_a_law_is_called_as_it_will_be():
    theta, y = torch.tensor([2.0, 3.0]), torch.tensor([[1.0], [4.0]])

    def looks(p, y):  # at a number, which no mapped call can
        return p[1] * y if float(y.sum()) > 0 else y

    assert gate.rates_of(lambda p, y: p[1] * y, theta, y).tolist() == [[3.0], [12.0]]
    with pytest.raises(ValueError, match="expected rhs as a function that torch can evaluate for many rows at once"):
        gate.rates_of(looks, theta, y)
    with pytest.raises((TypeError, ValueError), match="expected rhs"):
        gate.rates_of(lambda p, y: p[1].numpy() * y.numpy(), theta, y)
    with pytest.raises(ZeroDivisionError):
        gate.rates_of(lambda p, y: 1 / 0, theta, y)


def test_a_network_is_lent_to_a_device_and_comes_back():
    net = torch.nn.Linear(1, 1, device="meta")
    with gate.standing_on(net, torch.device("meta")) as moved:
        assert moved is net
    assert net.weight.device.type == "meta"
    with pytest.raises(TypeError, match="torch.nn.Module"):
        gate.module(lambda x: x)
