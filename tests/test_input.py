"""The one gate for what comes in: what passes, in which form, and what each limit lets through at its edge."""

import datetime
import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from mmlib import _input as gate

# -- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5],
        (1, 2.5),
        np.float32([1, 2.5]),
        torch.tensor([1, 2.5], requires_grad=True),
        np.array([1, 2.5], dtype=object),
        [Fraction(1), Fraction(5, 2)],
        np.ma.array([1, 2.5]),
        [torch.tensor(1.0, requires_grad=True), 2.5],
        torch.tensor([1, 2.5], dtype=torch.bfloat16),
        np.float16([1, 2.5]),
        np.array([2.5, 1])[::-1],
        pd.Series([1, 2.5], dtype="Float64"),
        pd.Series([1, 2.5], index=[1, 0]),
    ],
)
def test_numbers_of_any_kind_become_float64(value):
    found = gate.numbers(value, "x")
    assert found.dtype == np.float64 and type(found) is np.ndarray and found.tolist() == [1.0, 2.5]


def test_what_is_masked_is_missing():
    found = gate.numbers(np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]), "x")
    assert np.isnan(found).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "value",
    [
        np.ma.array([1, 2, 3], mask=[False, True, False]),
        [np.ma.array(1), np.ma.array(2, mask=True), 3],
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series([1, None, 3], dtype="Float64"),
        np.array([1, pd.NA, 3.0], dtype=object),
    ],
)
def test_whole_numbers_that_are_masked_or_not_there_are_missing(value):
    found = gate.numbers(value, "x")
    assert found[[0, 2]].tolist() == [1.0, 3.0] and np.isnan(found[1])


def test_rows_of_masked_numbers_keep_their_masks():
    """NumPy would read the numbers behind the masks."""
    rows = [np.ma.array([1.0, 9.0], mask=[False, True]), np.ma.array([3.0, 4.0], mask=False)]
    assert np.isnan(gate.numbers(rows, "x")).tolist() == [[False, True], [False, False]]
    rows = [[np.ma.array(1.0), np.ma.array(9.0, mask=True)]]
    assert np.isnan(gate.numbers(rows, "x")).tolist() == [[False, True]]


@pytest.mark.parametrize("value", [torch.ones(2, device="meta"), torch.ones(2, 2).to_sparse()])
def test_tensors_without_numbers_of_their_own_are_refused(value):
    with pytest.raises(ValueError, match=r"expected x as a tensor that holds its numbers; got one .* Pass x.to_dense"):
        gate.numbers(value, "x")


def test_reversed_arrays_can_go_to_torch():
    assert torch.as_tensor(gate.numbers(np.arange(3.0)[::-1], "x")).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([datetime.date(2026, 1, 1)], "np.array\\(t, 'datetime64"),
        (np.array([datetime.timedelta(1)], dtype=object), "np.array\\(t, 'datetime64"),
        (np.array(["2026-01-01"], "M8[s]"), "t - t\\[0\\]"),
        (list(np.array(["2026-01-01"], "M8[s]")), "np.array\\(t, 'datetime64"),
        ([1j], "pass x.real|Pass x.real"),
        (["1"], "dtype=float"),
        (np.array([1.0, None]), "dtype=float"),
        (np.array(["1", 2.0], dtype=object), "dtype=float"),
        ([[1], [1, 2]], "different shapes"),
        (None, "Pass its values"),
        (np.sin, "Pass its values"),
        ([10**400], "dtype=float"),
        (torch.tensor([1j]), "pass x.real|Pass x.real"),
        ([[torch.tensor([1.0, 2.0])], [torch.tensor([1.0])]], "different shapes"),
    ],
)
def test_what_is_no_number_is_told_apart(value, words):
    with pytest.raises(ValueError, match=words):
        gate.numbers(value, "x")


def test_what_was_got_is_shown_as_far_as_it_is_short():
    assert gate.shown(np.arange(6)) == "array([0, 1, 2, 3, 4, 5])"
    assert gate.shown(np.zeros((7, 1))) == "an array of shape (7, 1)"
    assert gate.shown("a" * 77) == repr("a" * 77)  # with its quotes: 79
    assert gate.shown("a" * 78) == f"str of 78 '{'a' * 39}…"
    assert gate.shown(np.float64(1e25)) == "1e+25"
    assert gate.shown(10**90).startswith("int of  1000")


@pytest.mark.parametrize(
    ("shape", "form", "fits"),
    [
        ((4,), "(n,)", True),
        ((4, 1), "(n,)", False),
        ((), "(n,)", False),
        ((), "()", True),
        ((4, 2), "(m, 2)", True),
        ((2, 4), "(m, 2)", False),
        ((4, 3), "(n,) or (n, d)", True),
        ((4, 3, 1), "(n,) or (n, d)", False),
        ((10, 2), "(m, 10)", False),
        ((2, 10), "(m, 10)", True),
    ],
)
def test_letters_of_a_form_are_free_and_numbers_are_not(shape, form, fits):
    value = np.ones(shape)
    if fits:
        assert gate.array(value, "x", form).shape == shape
    else:
        with pytest.raises(ValueError, match=r"expected x .*; got shape"):
            gate.array(value, "x", form)


@pytest.mark.parametrize(
    ("shape", "form", "hint"),
    [
        ((4,), "(n, d)", r"One column\? Pass x\[:, None\]; one row\? Pass x\[None\]"),
        ((), "(n,)", r"Pass \[x\]"),
        ((4, 1), "(n,)", r"One column\? Pass x\[:, 0\]"),
        ((2, 3), "(m, 2)", "transpose or reshape"),
        ((4, 1, 1), "(n,)", "transpose or reshape"),
        ((4, 1), "(n,) or (n, d, 2)", r"Pass x\[:, None\]"),
    ],
)
def test_a_wrong_shape_comes_with_the_way_out(shape, form, hint):
    with pytest.raises(ValueError, match=hint):
        gate.array(np.ones(shape), "x", form)
    with pytest.raises(ValueError, match="Do it."):
        gate.array(np.ones(shape), "x", form, remedy="Do it.")


def test_rows_signs_and_holes_of_an_array():
    assert len(gate.array([1.0, 2.0], "x", least=2)) == 2
    assert gate.array(3.0, "x", "()", least=5) == 3.0
    with pytest.raises(ValueError, match="at least 3 rows"):
        gate.array([1.0, 2.0], "x", least=3)
    assert np.isnan(gate.array([1.0, np.nan], "x", finite=False)[1])
    with pytest.raises(ValueError, match="got 2 NaN or infinite values \\(the first at index 1\\)"):
        gate.array([1.0, np.nan, np.inf], "x")
    with pytest.raises(ValueError, match="the first at index \\[1, 0\\]"):
        gate.array([[1.0, 2.0], [np.nan, 2.0]], "x", "(n, d)")
    assert gate.array([1e-99, 1.0], "x", positive=True)[0] > 0
    for bad in (0.0, -1.0):
        with pytest.raises(ValueError, match=f"got {bad:g} as the smallest value"):
            gate.array([bad, 1.0], "x", positive=True)


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        ({"above": 2}, [2.0001, 1e99], [2, 1.9]),
        ({"least": 2}, [2, 3], [1.9999]),
        ({"below": 2}, [1.9999, -1e99], [2, 3]),
        ({"most": 2}, [2, -3], [2.0001]),
        ({"above": 0, "most": 1}, [1, 0.5], [0, 1.1]),
        ({}, [-1, 0, 1e99], [np.inf, np.nan, None, True, np.True_, "1", [1.0], [[1], [1, 2]], {}, np.sin]),
        ({"finite": False, "least": 0}, [np.inf, 0], [-np.inf, np.nan]),
    ],
)
def test_limits_of_a_number(limit, good, bad):
    for value in good:
        assert gate.number(value, "x", **limit) == value
    for value in bad:
        with pytest.raises(ValueError, match="expected x as a number"):
            gate.number(value, "x", **limit)


def test_the_limits_are_said():
    with pytest.raises(
        ValueError, match="expected x as a number above 0 and at most 1; got 2. Pass one such number as x."
    ):
        gate.number(2, "x", above=0, most=1)
    with pytest.raises(ValueError, match="expected x as a whole number at least 1; got 0. Fewer."):
        gate.whole(0, "x", least=1, remedy="Fewer.")
    with pytest.raises(ValueError, match="got 2.6. Try x=3."):
        gate.whole(2.6, "x")
    assert [gate.whole(v, "x", least=1, most=3) for v in (1, np.int8(2), 3.0)] == [1, 2, 3]


# -- words, chance, layers ----------------------------------------------------------------------------------------


def test_words_are_listed():
    with pytest.raises(ValueError, match="expected rule 'a', 'b' or 'c'; got 'd'"):
        gate.choice("d", "rule", ("a", "b", "c"))
    with pytest.raises(ValueError, match="expected rule 'a'; got 'd'"):
        gate.choice("d", "rule", ("a",))
    assert gate.choice("c", "rule", ("a", "b", "c")) == "c"


def test_seeds_and_generators_give_each_other():
    draws = [gate.seed(np.random.default_rng(k)) for k in range(200)]
    assert len(set(draws)) == 200 and 0 <= min(draws) and 2**30 < max(draws) < 2**31
    assert gate.seed(0) == 0 and gate.seed(2**62) == 2**62
    for bad in (-1, 2.5, 2**64):
        with pytest.raises(ValueError, match="expected seed as a whole number"):
            gate.seed(bad)
    mine = np.random.default_rng(3)
    assert gate.generator(mine) is mine
    assert gate.generator(3).random(4).tolist() == np.random.default_rng(3).random(4).tolist()
    assert gate.generator(4).random() != gate.generator(3).random()
    for bad in (np.random, random, random.Random(0), np.random.RandomState(0), None, torch.Generator(), "0"):
        with pytest.raises(ValueError, match="expected rng as"):
            gate.generator(bad)


def test_a_tensor_passes_where_it_should_keep_its_gradient():
    kept = torch.tensor([1.0], requires_grad=True)
    assert gate.values(kept, "x") is kept and gate.values([1], "x").tolist() == [1.0]


def test_any_shape_that_is_finite():
    assert gate.array(3.0, "x", "any") == 3 and gate.array(np.ones((2, 2, 2)), "x", "any").shape == (2, 2, 2)
    with pytest.raises(ValueError, match="finite x"):
        gate.array(np.nan, "x", "any")


def test_paths(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("a")
    assert gate.path(str(file), "a text", there=True) == file and gate.path("no/such", "a text").name == "such"
    for bad in (None, 3, ["a"]):
        with pytest.raises(TypeError, match="expected a text as a path; got"):
            gate.path(bad, "a text")
    for bad, word in ((tmp_path, "a folder"), (tmp_path / "b", "nothing there")):
        with pytest.raises(ValueError, match=f"expected a text, a file; got {word}"):
            gate.path(bad, "a text", there=True)


def test_seeds_of_an_old_generator_are_smaller():
    assert gate.seed(gate.OLD, most=gate.OLD) == 2**32 - 1
    with pytest.raises(ValueError, match="at most 4.29497e"):
        gate.seed(gate.OLD + 1, most=gate.OLD)


def test_devices_of_this_machine():
    assert gate.device("cpu") == torch.device("cpu")
    for wrong, words in (
        ("gpu", "name for a GPU is 'cuda'"),
        ("NVIDIA", "is 'cuda'"),
        ("x", "Leave it out"),
        ("mps", "no double precision"),
        ("meta", "not supported here"),
        (None, "Leave it"),
    ):
        with pytest.raises(ValueError, match=words):
            gate.device(wrong)
    with pytest.raises(ValueError, match="PyTorch sees"):
        gate.device("cuda:99")


def test_layers():
    assert (
        gate.sizes((2, 1)) == [2, 1]
        and gate.sizes(np.array([3, 4, 1])) == [3, 4, 1]
        and gate.sizes([7], least=1) == [7]
    )
    for bad in ([2], 3, None, "22"):
        with pytest.raises(ValueError, match="at least 2 positive layer sizes"):
            gate.sizes(bad)
    with pytest.raises(ValueError, match="expected each layer of sizes as a whole number at least 1"):
        gate.sizes([2, 0, 1])


# -- times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_grain_is_the_distance_to_the_next_number_of_the_format(kind):
    t = np.array([0, -1000, 3], kind)
    step = np.nextafter(kind(1000), kind(2000)) - kind(1000)
    assert gate.grain(t) == step and gate.grain(torch.tensor(t)) == step
    assert gate.grain([0, 1000]) == np.nextafter(1000.0, 2000.0) - 1000
    assert gate.grain([]) == gate.grain([0.0]) == 5e-324


@pytest.mark.parametrize("step", [1e-3, 7.0])
def test_evenly_spaced_to_a_millionth_of_the_step(step):
    t = step * np.arange(20.0)
    for jitter, good in ((0.0, True), (0.95e-6, True), (1.05e-6, False), (1e-3, False)):
        moved = t.copy()
        moved[-1] += jitter * step
        assert gate.even(moved) is good and gate.even(-moved[::-1]) is good and gate.even(moved[::-1]) is good
        assert gate.even(moved, 2e-3)
    assert gate.even([1.0]) and gate.even([]) and gate.even([0.0, 5.0])


def test_evenly_spaced_to_four_roundings_of_large_times():
    """Steps of large times can differ by the distance of neighbouring numbers, whatever is said of the step."""
    t = 2.0**52 + 8 * np.arange(6.0)  # whole numbers are the neighbours
    for off, good in ((3, True), (4, True), (5, False)):
        moved = t.copy()
        moved[-1] += off
        assert gate.even(moved, tolerance=0.0) is good
        assert gate.even(moved, tolerance=0.0, grain=1.0) is good
        assert gate.even(moved, tolerance=0.0, grain=0.5) is False
        assert gate.even(moved, tolerance=0.0, grain=2.0) is True


@pytest.mark.parametrize("grain", [1e-3, 0.5])
def test_the_four_roundings_are_four_whatever_their_size(grain):
    t = 8 * np.arange(6.0)
    for share, good in ((3.97, True), (4.03, False)):
        moved = t + share * grain * (np.arange(6) == 5)
        assert gate.even(moved, tolerance=0.0, grain=grain) is good
        assert gate.even(moved, tolerance=grain / 1e4, grain=grain) is good, "a finer tolerance comes on top"
        assert gate.even(moved, tolerance=grain / 100, grain=grain) is True


def test_times_from_a_step_and_from_a_list():
    assert gate.times(0.25, count=4).tolist() == [0, 0.25, 0.5, 0.75]
    assert gate.times([1, 2, 4]).tolist() == [1, 2, 4] and gate.times([1.0, 2.0], count=2).tolist() == [1, 2]
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="the step between samples\\) as a number above 0"):
            gate.times(bad, count=3)
    for bad in (None, "1", 3.0):
        with pytest.raises(ValueError, match="expected t"):
            gate.times(bad, count=None if bad == 3.0 else 3)
    with pytest.raises(ValueError, match="at least 2 rows"):
        gate.times([1.0])
    assert gate.times([1.0], least=1).tolist() == [1.0]


def test_times_increase_from_their_start_on():
    assert gate.times([2.0, 3.0], start=2.0)[0] == 2.0
    with pytest.raises(ValueError, match="from 2 on; got 1.5"):
        gate.times([1.5, 3.0], start=2.0)
    assert gate.times([], least=0, start=2.0).size == 0
    with pytest.raises(ValueError, match=r"index 2: 1 after 2\)"):
        gate.times([0.0, 2.0, 1.0, 0.5])
    with pytest.raises(ValueError, match=r"index 1: 0 after 0\)"):
        gate.times([0.0, 0.0, 1.0])


# -- trajectories -------------------------------------------------------------------------------------------------

Y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def test_one_trajectory_or_several():
    clocks, states = gate.series([0, 1, 2], Y)
    assert [c.tolist() for c in clocks] == [[0, 1, 2]] and states[0].tolist() == Y.tolist()
    clocks, states = gate.series(0.5, [Y, Y[:2]])
    assert [c.tolist() for c in clocks] == [[0, 0.5, 1], [0, 0.5]] and [len(s) for s in states] == [3, 2]
    clocks, states = gate.series([[0, 1, 2], 0.1], (Y, Y[:2]))
    assert [c.tolist() for c in clocks] == [[0, 1, 2], [0, 0.1]]
    clocks, states = gate.series([0, 1, 2], [Y, 2 * Y])
    assert clocks[0].tolist() == clocks[1].tolist() == [0, 1, 2] and states[1][0, 0] == 2
    clocks, states = gate.series([0, 1, 2], Y.tolist())  # rows of a list are one trajectory
    assert len(states) == 1 and states[0].shape == (3, 2)


def test_the_trajectory_at_fault_is_named_where_there_are_several():
    with pytest.raises(ValueError, match=r"got y of shape \(3,\)\. One state\?"):
        gate.series(0.5, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"t of trajectory 1 \(2,\), y \(3, 2\)"):
        gate.series([[0, 1, 2], [0, 1]], [Y, Y])
    with pytest.raises(ValueError, match=r"got t \(2,\), y \(3, 2\)"):
        gate.series([0, 1], Y)
    with pytest.raises(ValueError, match="as many arrays of times as trajectories; got 3 and 2"):
        gate.series([[0, 1, 2]] * 3, [Y, Y])
    with pytest.raises(ValueError, match=r"as many states in every trajectory; got \[1, 2\]"):
        gate.series(0.5, [Y, Y[:, :1]])
    with pytest.raises(ValueError, match="at least one trajectory; got none"):
        gate.series(0.5, [])
    with pytest.raises(ValueError, match="n at least|at least 4 rows|at least 4"):
        gate.series([0, 1, 2], Y, least=4)


def test_readings_that_were_not_taken():
    y = Y.copy()
    y[1, 0] = np.nan
    with pytest.raises(ValueError, match="got 1 NaN or infinite values, the first at t = 0.5"):
        gate.series(0.5, y)
    assert np.isnan(gate.series(0.5, y, missing=True)[1][0]).sum() == 1
    y[1, 1] = np.nan
    with pytest.raises(ValueError, match="at least one reading at each time; got none at t = 0.5. Leave"):
        gate.series(0.5, y, missing=True)
    y[1] = [np.inf, 1.0]
    with pytest.raises(ValueError, match="expected finite data"):
        gate.series(0.5, y, missing=True)


def test_logarithms_need_positive_readings():
    assert len(gate.series(0.5, Y, positive=True)[1]) == 1
    for bad in (0.0, -2.0):
        with pytest.raises(ValueError, match=f"got {bad:g} as the smallest"):
            gate.series(0.5, np.where(Y == 3, bad, Y), positive=True)
    y = np.where(Y == 3, np.nan, Y)
    assert np.isnan(gate.series(0.5, y, positive=True, missing=True)[1][0][1, 0])


# -- names, boxes, structures -------------------------------------------------------------------------------------


def test_names_can_stand_in_a_term():
    assert (
        gate.distinct("uv", 2) == ["u", "v"]
        and gate.distinct("u", 1) == ["u"]
        and gate.distinct(("x1", "y"), 2) == ["x1", "y"]
    )
    for bad in ("a b", "a^2", "a*b", "a+b", "", "2a", 3):
        with pytest.raises(ValueError, match="can stand in a term"):
            gate.distinct(["u", bad], 2)
    with pytest.raises(ValueError, match="got 'u' twice"):
        gate.distinct(["u", "v", "u"], 3)
    with pytest.raises(ValueError, match="expected 3 names, one a column"):
        gate.distinct(["u", "v"], 3, "column")


def test_starts_may_lie_on_the_edge_of_the_box():
    low, high, starts = gate.bounds([0, 1], [2, 5], [[0, 5], [2, 1]])
    assert low.tolist() == [0, 1] and high.tolist() == [2, 5] and starts.tolist() == [[0, 5], [2, 1]]
    assert len(gate.bounds([0], [1])) == 2
    for wrong, words in (
        ([[1, 1], [1, 6]], "start 1 has 6 for parameter 1, whose range is 1 to 5; got 1 such"),
        ([[-1, 0], [1, 2]], "start 0 has -1 for parameter 0, whose range is 0 to 2; got 2 such"),
        ([[np.nan, 2]], "start 0 has nan"),
        ([[1, 2, 3]], r"expected starts \(m, 2\)"),
    ):
        with pytest.raises(ValueError, match=words):
            gate.bounds([0, 1], [2, 5], wrong)
    with pytest.raises(ValueError, match="has 6 for 'k'"):
        gate.bounds([0, 1], [2, 5], [[1, 6]], names=["a", "k"])


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ([0, 1], [2, 1], "got 1 and 1 for parameter 1"),
        ([0, 3], [2, 1], "got 3 and 1 for parameter 1"),
        ([0, 1], [2, np.inf], "parameter 1 got 1 and inf"),
        ([-np.inf, 1], [2, 3], "parameter 0 got -inf and 2"),
        ([0, 1], [2], "one shape"),
        ([[0.0]], [[1.0]], "one shape"),
    ],
)
def test_a_box_has_finite_ends_in_their_order(low, high, words):
    with pytest.raises(ValueError, match=words):
        gate.bounds(low, high)


def test_structures_are_true_or_false_or_one_or_zero():
    for good in ([[0, 1], [1, 0]], np.array([[False, True], [True, False]]), [[0.0, 1.0], [1.0, 0.0]]):
        found = gate.structure(good, (2, 2))
        assert found.dtype == bool and found.tolist() == [[False, True], [True, False]]
    for bad in ([[0, 2], [1, 0]], [0, 1], [["a", "b"], ["c", "d"]], [[0.5, 1], [1, 0]]):
        with pytest.raises(ValueError, match=r"expected a structure of shape \(2, 2\)"):
            gate.structure(bad, (2, 2))


# -- flags, seeds, functions --------------------------------------------------------------------------------------


def test_words_are_no_flags():
    assert [gate.flag(v, "log") for v in (True, False, 1, 0, np.True_)] == [True, False, True, False, True]
    for word in ("no", "False", None, 2, 0.5, [True]):
        with pytest.raises(ValueError, match="expected log as True or False"):
            gate.flag(word, "log")


def test_seeds_beyond_doubles_are_told_apart():
    assert gate.seed(2**53 + 1) == 2**53 + 1 and gate.seed(2.0**53) == 2**53
    with pytest.raises(ValueError, match="at most"):
        gate.seed(2**63)
    for other in (np.random.RandomState(0), torch.Generator(), None, "0"):
        with pytest.raises(ValueError, match="numpy.random.Generator"):
            gate.seed(other)


def test_several_seeds():
    assert gate.seeds(range(2)) == gate.seeds(np.arange(2)) == gate.seeds(k for k in (0, 1)) == [0, 1]
    for bad in (5, None, "01", [], [1, 1], {0: 1}, np.random.default_rng(0)):
        with pytest.raises(ValueError, match="expected seeds, different whole numbers"):
            gate.seeds(bad)


def test_a_function_takes_the_arguments_that_its_description_begins_with():
    of = "(x, which) that returns rows"
    for good in (lambda x, which: 0, lambda *a: 0, lambda x, y, z=0: 0, max):
        assert gate.function(good, "f", of) is good
    for bad in (lambda x: 0, lambda x, y, z: 0, lambda: 0, lambda x, *, which: 0):
        with pytest.raises(TypeError, match=r"expected f as a function of \(x, which\).*Give it 2 arguments: x, which"):
            gate.function(bad, "f", of)
    assert gate.function(len, "f", "places that returns u") is len
    assert gate.function(lambda *a: 0, "f", "(z, *rest) of one sample")


def test_what_functions_return_is_of_a_shape():
    assert gate.given([1, np.nan], "f", (2,))[0] == 1
    with pytest.raises(ValueError, match=r"expected of f an array of shape \(2,\); got \(1,\)"):
        gate.given([1], "f", (2,))
    with pytest.raises(ValueError, match="expected what f returns as an array of numbers; got None"):
        gate.given(None, "f", (2,))
    for one in (None, 3.0, [1], np.zeros((2, 2))):
        with pytest.raises(ValueError, match="expected of f 2 things"):
            gate.given(one, "f", parts=2)


def test_what_can_be_called_and_is_no_function():
    """A class makes a thing; a list of layers has an axis; a number of any kind of float is one."""
    for bad in (int, torch.nn.Linear, np.ndarray):
        with pytest.raises(TypeError, match="expected f as a function of .*; got the class"):
            gate.function(bad, "f", "places")
    with pytest.raises(ValueError, match="layer sizes"):
        gate.sizes(np.array(3))
    assert gate.sizes(np.array([3, 2])) == [3, 2]
    assert gate.number(torch.tensor(0.5, dtype=torch.bfloat16), "joint") == 0.5


# -- sizes, whole numbers, steps ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1e100, -1e300, 1e-100, 5e-324, -1e-310])
def test_numbers_whose_squares_are_lost(value):
    for call in (lambda: gate.number(value, "x"), lambda: gate.array([value, 0.0], "x"), lambda: gate.series([0, 1], np.full((2, 1), value))):  # fmt: skip
        with pytest.raises(ValueError, match="expected .*of a size.*; got .*Rescale"):
            call()


def test_a_zero_or_one_small_number_is_no_matter_unless_it_must_be_positive():
    assert gate.number(0.0, "x") == 0.0
    assert gate.array([1e-300, 0.0, 1.0], "x")[0] == 1e-300
    with pytest.raises(ValueError, match="got 1e-300"):
        gate.array([1e-300, 1.0], "x", positive=True)
    assert gate.array([1e300, np.nan], "x", finite=False)[0] == 1e300
    assert gate.number(1e300, "x", finite=False) == 1e300
    gate.sized(np.array([np.nan, np.inf, 1.0]), "x")
    gate.sized(np.empty(0), "x", each=True)
    for value in (0.99e100, 1.01e-100):
        gate.sized(np.array([value]), "x", each=True)


@pytest.mark.parametrize("value", [[[0.0, 2.0]], np.float32([[0, 2]]), [[0, 2]], torch.tensor([[0, 2]])])
def test_whole_numbers_in_any_kind_of_number(value):
    found = gate.wholes(value, "face", "(n, 2)", low=0, high=2)
    assert found.dtype == int and found.tolist() == [[0, 2]]


@pytest.mark.parametrize("value", [[0.5], [-1], [3], [1e20], [np.nan], "a", [True, "a"], [True, False]])
def test_what_is_no_whole_number_within_limits(value):
    with pytest.raises(ValueError, match="expected .*; got "):
        gate.wholes(value, "places", low=0, high=2)


def test_steps_are_counted_before_they_are_taken():
    assert gate.steps(1.0, 0.25) == 4 and gate.steps(1.0, 0.26) == 4 and gate.steps(1.0, 0.24) == 5
    assert gate.steps(1e7, 1.0) == 10**7
    for length, step, times in ((1.0001e7, 1.0, 1), (1.0, 1e-320, 1), (np.inf, 1.0, 1), (1.0, 0.1, 10**6 + 1)):
        with pytest.raises(ValueError, match=r"expected at most 1e\+07 steps.*; got .*Look at the units"):
            gate.steps(length, step, times=times)


def test_lists_kinds_axes_and_several_positive_numbers():
    assert gate.listed(np.arange(2), "x", "Do it.") == [0, 1]
    for value in (3, "ab", [], np.array(3.0), {1: 2}, None):
        with pytest.raises(ValueError, match="expected x as a list, not empty; got .*Do it."):
            gate.listed(value, "x", "Do it.")
    with pytest.raises(TypeError, match=r"expected x as a int or float; got 'a'. Do it."):
        gate.kind("a", "x", (int, float), "Do it.")
    assert [gate.axes(v) for v in (1.0, [[1.0]], [[1.0], [1.0, 2.0]], [torch.ones(1), torch.ones(2)])] == [0, 2, -1, -1]
    with pytest.raises(ValueError, match="expected a positive width, width as a number above 0; got 0.0. In um."):
        gate.positives("In um.", length=1.0, width=0.0)


def test_what_a_function_returns_is_refused_in_three_parts():
    for call in (lambda: gate.given(1.0, "f(x)", (2,)), lambda: gate.given(1.0, "f(x)", parts=2)):
        with pytest.raises(ValueError, match=r"expected of f\(x\) .*; got .*\. Return "):
            call()


def test_sizes_of_whole_numbers():
    for each in (False, True):
        gate.sized(np.array([0, 300]), "x", each=each)
        gate.sized(np.array([True, False]), "x", each=each)
        with pytest.raises(ValueError, match="expected x of a size"):
            gate.sized(np.array([1e200, 3.0]), "x", each=each)
