"""What comes into the surfaces: places, fields and frames, at the edge of what is let through."""

import numpy as np
import pytest

from mmlib import _slopes as gate

PLACES = np.array([[1.0, -2.0], [4.0, 3.0], [2.0, 0.0], [1.5, 2.0]])


def test_the_box_of_the_data_becomes_the_unit_square():
    origin, matrix = gate.unit_frame(PLACES, None)
    u = (PLACES - origin) @ matrix
    assert u.min(axis=0).tolist() == [0, 0] and u.max(axis=0).tolist() == [1, 1]
    assert u[2] == pytest.approx([1 / 3, 2 / 5])
    for flat in (PLACES * [1, 0], PLACES * [0, 1]):
        with pytest.raises(ValueError, match="all of them on one line"):
            gate.unit_frame(flat, None)


@pytest.mark.parametrize(("beyond", "good"), [(0.0, True), (0.9e-9, True), (1.1e-9, False), (0.1, False)])
def test_a_frame_may_leave_the_unit_square_by_round_off_only(beyond, good):
    """A quarter turn; one place is moved out of the square, below zero and above one."""
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    inside = np.array([[0.0, 0.0], [1.0, 1.0], [0.3, 0.9]])
    for k, place in ((0, [0.0, -beyond]), (1, [1.0 + beyond, 1.0])):
        u = inside.copy()
        u[k] = place
        x = u @ np.linalg.inv(turn) + [5.0, 7.0]
        x[~np.isclose(beyond, 0)] = x[~np.isclose(beyond, 0)]
        frame = np.array([5.0, 7.0]), turn
        if good:
            origin, matrix = gate.unit_frame(x, frame)
            assert origin.tolist() == [5, 7] and matrix.tolist() == turn.tolist()
        else:
            with pytest.raises(ValueError, match="takes all x into the unit square"):
                gate.unit_frame(x, frame)


def test_middle_and_quarter_of_the_width_of_a_box():
    """Of the places, of the places and their mirror images, and of a box that is given; any shift moves the middle alone."""
    for shift in ([0.0, 0.0], [100.0, -7.0]):
        middle, quarter = gate.scales(PLACES + shift, False, None)
        assert middle == pytest.approx(np.add([2.5, 0.5], shift)) and quarter == pytest.approx([0.75, 1.25])
    middle, quarter = gate.scales(PLACES, True, None)
    assert middle.tolist() == [2.5, 0.0] and quarter.tolist() == [0.75, 1.5], "from -3 to 3 with the mirror images"
    middle, quarter = gate.scales(PLACES, False, [[0.0, 8.0], [-1.0, 7.0]])
    assert middle.tolist() == [4.0, 3.0] and quarter.tolist() == [2.0, 2.0]
    assert gate.scales(PLACES, True, [[0.0, 8.0], [-7.0, 7.0]])[1].tolist() == [2.0, 3.5]
    for even, box in (
        (True, [[0.0, 8.0], [-1.0, 7.0]]),
        (False, [[0.0, 8.0], [7.0, -1.0]]),
        (False, [[1.0, 1.0], [0.0, 1.0]]),
    ):
        with pytest.raises(ValueError, match="low < high, symmetric about zero"):
            gate.scales(PLACES, even, box)


def test_frames_of_another_form_are_refused():
    for bad in (3.0, (np.zeros(2),), np.eye(2)):
        with pytest.raises(ValueError, match="expected frame as|origin of frame"):
            gate.unit_frame(PLACES, bad)
    with pytest.raises(ValueError, match="matrix of frame"):
        gate.unit_frame(PLACES, (np.zeros(2), np.eye(3)))


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 3)), np.zeros((0, 2)), np.zeros(2), np.zeros((2, 2, 2)), np.array([[0, np.nan]])]
)
def test_places_are_pairs(bad):
    with pytest.raises(ValueError, match="expected (finite )?x"):
        gate.places(bad, "x")
    assert gate.places([[1, 2]], "x").tolist() == [[1.0, 2.0]]


def test_eight_readings_at_least_one_a_place():
    x = np.arange(16.0).reshape(8, 2)
    assert [len(a) for a in gate.readings(x, x)] == [8, 8]
    for a, b in ((x[:7], x[:7]), (x, np.vstack([x, x]))):
        with pytest.raises(ValueError, match="n of at least eight"):
            gate.readings(a, b)


def test_a_field_is_checked_where_it_is_called():
    assert gate.field(lambda x: 2 * x)(PLACES).tolist() == (2 * PLACES).tolist()
    for wrong in (lambda x: x[:, 0], lambda x: x.T):
        with pytest.raises(ValueError, match=r"slopes, an array of shape \(4, 2\)"):
            gate.field(wrong)(PLACES)
    with pytest.raises(TypeError, match="expected slopes as a function"):
        gate.field(1.0)
    g, slopes = gate.known_part(None, PLACES)
    assert g.shape == (4,) and slopes.shape == (4, 2) and not g.any() and not slopes.any()
    assert gate.known_part(lambda x: (x[:, 0], 3 * x), PLACES)[1].tolist() == (3 * PLACES).tolist()


def test_options_of_the_networks():
    gate.network_options(None, np.tanh, 0.0)
    for bad in ((3.0, np.tanh, 0.0), (None, 3.0, 0.0)):
        with pytest.raises(TypeError):
            gate.network_options(*bad)
    with pytest.raises(ValueError, match="decay"):
        gate.network_options(None, np.tanh, -1e-9)


def test_middle_and_a_quarter_of_the_width_of_the_box():
    """Of the data (mirrored where the surface is even), or of the box that was handed in."""
    middle, quarter = gate.scales(PLACES, False, None)
    assert middle.tolist() == [2.5, 0.5] and quarter.tolist() == [0.75, 1.25]
    middle, quarter = gate.scales(PLACES, True, None)
    assert middle.tolist() == [2.5, 0.0] and quarter.tolist() == [0.75, 1.5]
    middle, quarter = gate.scales(PLACES, False, ((1.0, 9.0), (-3.0, 1.0)))
    assert middle.tolist() == [5.0, -1.0] and quarter.tolist() == [2.0, 1.0]
