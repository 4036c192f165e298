"""Verdicts and their evidence against least squares by NumPy, closed forms, and the limits that the documentation states."""

import numpy as np
import pytest

from mmlib import optim
from mmlib.optim import Verdict, all_of, check_slopes, damped, judge, quadratic

# -- what the linear model sees -----------------------------------------------------------------------------------


def undamped(jacobian, r):
    """Share of r.r that the best step gains, and that step: by NumPy's least squares, with no normal equations."""
    step = np.linalg.lstsq(jacobian, -r, rcond=None)[0]
    return 1 - np.sum((r + jacobian @ step) ** 2) / np.sum(r**2), step


@pytest.mark.parametrize("seed", range(3))
def test_what_is_left_to_gain_is_what_least_squares_gains(seed):
    rng = np.random.default_rng(seed)
    jacobian, r = rng.standard_normal((9, 4)) * [1.0, 30.0, 0.2, 5.0], rng.standard_normal(9)
    scale = np.array([1.0, 0.5, 2.0, 4.0])
    seen = quadratic(jacobian.T @ jacobian, jacobian.T @ r, r @ r, scale=scale)
    share, step = undamped(jacobian, r)
    assert seen.fall == pytest.approx(share, rel=1e-9)
    assert seen.move == pytest.approx(np.abs(step / scale).max(), rel=1e-9)
    assert seen.flat == seen.tied == ()


def test_what_is_held_is_not_asked():
    rng = np.random.default_rng(5)
    jacobian, r = rng.standard_normal((9, 4)), rng.standard_normal(9)
    free = [0, 3]
    share, step = undamped(jacobian[:, free], r)
    for held in ([1, 2], np.array([False, True, True, False])):
        seen = quadratic(jacobian.T @ jacobian, jacobian.T @ r, r @ r, held=held, scale=[0.1, 1.0, 1.0, 7.0])
        assert seen.fall == pytest.approx(share, rel=1e-9)
        assert seen.move == pytest.approx(np.abs(step / [0.1, 7.0]).max(), rel=1e-9)


def test_unknowns_that_nothing_depends_on_and_unknowns_that_only_matter_together():
    rng = np.random.default_rng(2)
    a, b, c = rng.standard_normal((3, 8))
    jacobian, r = np.column_stack([a, 0 * a, b, 1e4 * (a - 2 * b), c]), rng.standard_normal(8)
    seen = quadratic(jacobian.T @ jacobian, jacobian.T @ r, r @ r)
    assert seen.flat == (1,) and seen.tied == (0, 2, 3)
    assert seen.fall == pytest.approx(undamped(jacobian, r)[0], rel=1e-6)
    held = quadratic(jacobian.T @ jacobian, jacobian.T @ r, r @ r, held=[1, 3])
    assert held.flat == held.tied == ()
    assert quadratic(np.zeros((2, 2)), np.zeros(2), 1.0) == (0.0, 0.0, (0, 1), ())


@pytest.mark.parametrize(("side", "tied"), [(0.137, (0, 1)), (0.147, (0, 1, 2))])
def test_an_unknown_is_tied_if_it_takes_part_by_more_than_a_tenth(side, tied):
    """Three unit columns close a triangle of sides 1, 1 and `side`: that is the direction that the rows do not see."""
    up = np.sqrt(1 - side**2 / 4)
    jacobian = np.array([[side / 2, side / 2, -1.0], [up, -up, 0.0]])
    assert jacobian @ [1, 1, side] == pytest.approx([0, 0], abs=1e-15)
    assert (side / np.sqrt(2 + side**2) > 0.1) == (2 in tied)
    assert quadratic(jacobian.T @ jacobian, np.zeros(3), 1.0).tied == tied


@pytest.mark.parametrize(("smallest", "seen"), [(0.96, False), (1.04, True)])
def test_round_off_is_no_curvature(smallest, seen):
    """Two columns at a small angle: eigenvalues 1 + c and 1 - c of their normal equations, of which 1e-13 n is round-off."""
    small = smallest * 1e-13 * 2
    gram = np.array([[1.0, 1 - 2 * small], [1 - 2 * small, 1.0]])  # eigenvalues 2 and 2 small
    assert bool(quadratic(gram, [0.0, 0.0], 1.0).tied) is not seen


def test_what_is_not_finite_leaves_everything_to_gain():
    good = np.eye(2), np.ones(2), 1.0
    for at, bad in ((0, np.full((2, 2), np.nan)), (1, np.array([np.inf, 0])), (2, np.inf)):
        seen = quadratic(*[bad if k == at else value for k, value in enumerate(good)])
        assert seen == (np.inf, np.inf, (), ())
    assert quadratic(np.eye(2), np.zeros(2), 0.0).fall == 0


# -- the verdict --------------------------------------------------------------------------------------------------

GAIN = {"loss": 1.0, "gradient": [1.0], "fall": 0.5}  # half of the loss could still be gained


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ({}, "stalled"),
        ({"steps_left": 0}, "out of steps"),
        ({"zero": 1.03e12}, "converged"),  # of the zero function's loss: 1e-12
        ({"zero": 0.97e12}, "stalled"),
        ({"zero": 1e12}, "converged"),
        ({"loss": 0.0}, "converged"),
        ({"fall": 0.97e-3}, "converged"),  # of the loss to gain: 0.1 %
        ({"fall": 1.03e-3}, "stalled"),
        ({"fall": 1e-3}, "converged"),
        ({"move": 0.97e-7}, "converged"),  # of the scale of an unknown: 1e-7
        ({"move": 1.03e-7}, "stalled"),
        ({"fall": 0.0, "dead": 0.49}, "converged"),  # of the slopes exactly zero: one half
        ({"fall": 0.0, "dead": 0.5}, "converged"),
        ({"fall": 0.0, "dead": 0.51}, "stalled"),
        ({"loss": 0.0, "dead": 1.0}, "converged"),  # a perfect fit has no slopes
        ({"fall": 0.0, "fresh": 0.097}, "converged"),  # a good network at fresh points: a tenth of the zero function
        ({"fall": 0.0, "fresh": 0.103}, "stalled"),
        ({"fall": 0.0, "fresh": 0.49, "trained": 0.25}, "converged"),  # noise: the trained points show half of it too
        ({"fall": 0.0, "fresh": 0.49, "trained": 0.24}, "stalled"),
        ({"fall": 0.0, "fresh": 0.51, "trained": 0.5}, "stalled"),  # and never above one half ...
        ({"fall": 0.0, "fresh": 0.94, "trained": 0.9, "limit": 0.95}, "converged"),  # ... or the limit
        ({"fall": 0.0, "fresh": 0.96, "trained": 0.9, "limit": 0.95}, "stalled"),
        ({"fall": 0.0, "fresh": np.nan}, "stalled"),
        ({"fall": 0.0, "undetermined": ["k"], "fresh": 1.0}, "not determined"),
        ({"undetermined": ["k"]}, "stalled"),  # at a place that is no minimum, that does not matter yet
        ({"loss": np.nan, "fall": 0.0}, "not finite"),
        ({"gradient": [0.0, np.inf], "fall": 0.0, "loss": 0.0}, "not finite"),  # an infinite slope comes first
    ],
)
def test_limits_and_order_are_those_of_the_documentation(end, status):
    verdict = judge(**{**GAIN, **end})
    assert verdict.status == status, str(verdict)
    assert bool(verdict) is verdict.converged is (status == "converged")


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({}, "still sees 50.0% of the loss"),
        ({"fall": 7.0}, "still sees 100.0% of the loss"),
        ({"fall": np.inf}, "nothing shows that no more is to be gained"),
        ({"fall": -1e-20}, "sees 0.0e+00 of the loss"),
        ({"fall": 4e-4}, "sees 4.0e-04 of the loss"),
        ({"move": 5e-8}, "by 5.0e-08 of their scale"),
        ({"loss": 2.0, "zero": 4e12}, "the loss is 5.0e-13 of the zero function's"),
        ({"loss": 0.0}, "the loss is zero"),
        ({"gradient": [np.nan, 1.0, np.inf]}, "2 of 3 slopes are not finite"),
        ({"fall": 0, "dead": 0.75}, "75% of the slopes are exactly zero"),
        (
            {"fall": 0, "fresh": 0.6, "trained": 0.2},
            "at fresh points is 60% of that of the zero function, 20% at trained",
        ),
        ({"fall": 0, "undetermined": list("abcdef")}, "determines a, b, c, d, e, f"),
        ({"fall": 0, "undetermined": list("abcdefg")}, "determines a, b, c, d, e, f, …"),
        ({"reason": "it ended."}, "it ended; the linear model"),
    ],
)
def test_the_reason_says_what_was_seen(end, words):
    reason = judge(**{**GAIN, **end}).reason
    assert words in reason and (not reason.endswith("…") or "…" in words)


def test_advice_of_the_caller_comes_before_the_common_one():
    mine = judge(**GAIN, remedies={"stalled": "Turn it."})
    assert mine.remedy == "Turn it." and str(mine).endswith("gain. Turn it.")
    assert judge(**GAIN).remedy == Verdict("stalled", "x").remedy != ""
    assert judge(**GAIN, steps_left=0, remedies={"stalled": "Turn it."}).remedy == Verdict("out of steps", "x").remedy
    with pytest.raises(ValueError, match="expected a status among converged, stalled"):
        Verdict("good", "x")


def test_a_fit_of_several_parts_is_as_good_as_its_first_bad_part():
    good, bad, worse = Verdict("converged", "flat"), Verdict("stalled", "stuck", "Push."), Verdict("not finite", "NaN")
    assert all_of({"a": good, "b": good}) == Verdict("converged", "a: flat; b: flat")
    assert all_of({"a": good, "b": bad, "c": worse}) == Verdict("stalled", "b: stuck", "Push.")
    assert set(optim.STATUSES) == {"converged", "stalled", "not finite", "out of steps", "not determined"}


# -- slopes against differences -----------------------------------------------------------------------------------

LOW, HIGH = np.array([0.0, -2.0]), np.array([4.0, 6.0])
AT = np.array([1.0, 1.0])


def bent(x):
    """Rows of two unknowns, and their exact slopes at one place."""
    return np.stack([np.exp(0.1 * x[:, 0]) * x[:, 1], x[:, 0] + x[:, 1] ** 2, x[:, 1]], axis=1)


def exact(x):
    e = np.exp(0.1 * x[0])
    return np.array([[0.1 * e * x[1], e], [1.0, 2 * x[1]], [0.0, 1.0]])


@pytest.mark.parametrize("at", [[1.0, 1.0], [0.0, -2.0], [4.0, 6.0], [2.0, 6.0]])
def test_right_slopes_pass_inside_and_at_the_edges(at):
    at, asked = np.array(at), []

    def rows(x):
        asked.append(x)
        return bent(x)

    assert not check_slopes(rows, at, exact(at), LOW, HIGH).any()
    assert len(asked) == 1 and (asked[0] >= LOW).all() and (asked[0] <= HIGH).all()


def test_five_step_lengths_from_a_thousandth_of_the_box_on():
    asked = []
    check_slopes(lambda x: (asked.append(x), bent(x))[1], AT, exact(AT), LOW, HIGH, draws=3)
    steps = np.abs(asked[0] - AT).reshape(2, 5, 3, 2) / (HIGH - LOW)
    assert steps == pytest.approx(np.broadcast_to(10.0 ** -np.arange(3, 8)[:, None, None], (2, 5, 3, 2)), rel=1e-6)
    signs = np.sign(asked[0] - AT).reshape(2, 5, 3, 2)
    assert (signs[0] == -signs[1]).all() and (signs[0] == signs[0, :1]).all() and set(signs[0].ravel()) == {-1, 1}


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize(("factor", "wrong"), [(1.24, False), (1.26, True), (0.81, False), (0.79, True), (-1, True)])
def test_a_slope_is_wrong_if_it_is_off_by_more_than_a_fifth(column, factor, wrong):
    """Of the larger of slope and difference: a straight line, one unknown at a time."""
    slope, other = np.array([[3.0], [-1.0]]), np.zeros((2, 1))
    jacobian = np.hstack([slope, other] if column == 0 else [other, slope])
    low, high, x = np.array([-1.0, -1.0]), np.array([2.0, 4.0]), np.array([0.5, 0.5])

    def rows(x):
        return x @ jacobian.T

    if not wrong:
        assert not check_slopes(rows, x, factor * jacobian, low, high).any()
        return
    words = f"slope by k{column} disagrees .* expected about 3, got {3 * factor:.3g}"
    with pytest.raises(ValueError, match=words):
        check_slopes(rows, x, factor * jacobian, low, high, names=["k0", "k1"])
    with pytest.raises(ValueError, match=f"slope by parameter {column} "):
        check_slopes(rows, x, factor * jacobian, low, high)


@pytest.mark.parametrize(("apart", "believed"), [(0.049, True), (0.051, False)])
def test_differences_are_believed_if_neighbours_agree_to_a_twentieth(apart, believed):
    """Rows sign(x) |x|^p at zero: each tenth of the step changes their difference by the same share."""
    p = 1 + np.log10(1 - apart)  # 10^(p - 1) = 1 - apart
    rows = lambda x: np.sign(x) * np.abs(x) ** p  # noqa: E731
    low, high, x, jacobian = np.array([-1.0]), np.array([1.0]), np.zeros(1), np.array([[-0.1]])
    if not believed:
        assert not check_slopes(rows, x, jacobian, low, high).any()
        return
    with pytest.raises(ValueError, match="disagrees with differences"):
        check_slopes(rows, x, jacobian, low, high)


def test_the_worst_column_is_named_with_its_own_units():
    jacobian = np.array([[2.0, 1.0, 40.0]])
    wrong = jacobian * [1.0, 1.5, -1.0]
    with pytest.raises(ValueError, match="slope by parameter 2 disagrees .* expected about 40, got -40"):
        check_slopes(lambda x: x @ jacobian.T, np.zeros(3), wrong, -np.array([1.0, 2, 3]), np.array([1.0, 9, 5]))


def test_columns_of_zero_are_held_if_the_rows_depend_on_them():
    jacobian = np.array([[2.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    rows = lambda x: np.stack([2 * x[:, 0] + x[:, 1], x[:, 0]], axis=1)  # noqa: E731  # of the third: nothing
    low, high = np.zeros(3), np.ones(3)
    for x in (np.full(3, 0.5), np.zeros(3), np.ones(3)):
        assert check_slopes(rows, x, jacobian, low, high).tolist() == [False, True, False]
    asked = []
    check_slopes(lambda x: (asked.append(x), rows(x))[1], np.full(3, 0.5), jacobian, low, high)
    moved = asked[-1] - 0.5  # up and down a thousandth of the width, one unknown at a time
    assert moved == pytest.approx(1e-3 * np.array([[0, 1, 0], [0, 0, 1], [0, -1, 0], [0, 0, -1]]), abs=1e-15)
    everything = check_slopes(rows, np.zeros(3), 0 * jacobian, low, high)
    assert everything.tolist() == [True, True, False]
    endless = check_slopes(
        lambda x: rows(x) + np.where(x[:, 1:2] > 0.5, np.nan, 0), np.full(3, 0.5), jacobian, low, high
    )
    assert not endless.any()


def test_a_step_that_is_not_finite_is_no_evidence():
    """A root at the edge of its domain: the long steps are NaN, and short ones are enough."""
    rows = lambda x: np.sqrt(np.where(x < 0.49, np.nan, x))  # noqa: E731
    x, low, high = np.array([0.5]), np.array([0.0]), np.array([1e3])
    assert not check_slopes(rows, x, np.array([[0.5 / np.sqrt(0.5)]]), low, high).any()
    with pytest.raises(ValueError, match="expected about 0.707, got -0.707"):
        check_slopes(rows, x, np.array([[-0.5 / np.sqrt(0.5)]]), low, high)


def test_of_two_lengths_that_agree_the_shorter_one_is_told():
    """x + 3e4 x^3: differences 1.03 and 1.0003 agree to a twentieth, and the second is the better one."""
    rows = lambda x: x + 3e4 * x**3  # noqa: E731
    with pytest.raises(ValueError, match=r"expected about 1, got -1\."):
        check_slopes(rows, np.zeros(1), np.array([[-1.0]]), np.array([-0.5]), np.array([0.5]))


def test_a_damping_moves_alike_alone_and_in_a_batch():
    """Both rules against their words; the batch of `Pace` is its numbers, element by element."""
    pace, many, better = damped.Pace(4.0, 0.3, 1e-3), np.array([1e-3, 2.0, 5.0]), np.array([True, True, False])
    alone = [pace.after(float(v), bool(b)) for v, b in zip(many, better, strict=True)]
    assert pace.after(many, better).tolist() == alone == [1e-3, 0.6, 20.0]
    assert damped.nielsen(3.0, 8.0, 0.5) == (3.0, 2.0)  # a gain of half what was predicted keeps the damping
    assert damped.nielsen(1e-15, 2.0, 1.0) == (1e-15, 2.0)
    assert damped.nielsen(3.0, 8.0, 0.0) == (24.0, 16.0)
    assert damped.rests([1.0, 0.5, 0.4999], 1, 1e-3) and not damped.rests([1.0, 0.5, 0.4999], 2, 1e-3)
    assert not damped.rests([1.0], 1, 1e-3)


def test_the_damped_system_is_factored_and_the_matrix_stays():
    torch = pytest.importorskip("torch")
    gram = torch.tensor([[4.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
    factor, failed = damped.cholesky(gram, torch.tensor([0.5, 1.0], dtype=torch.float64))
    assert not failed and (factor @ factor.T).tolist() == pytest.approx(np.array([[4.5, 1.0], [1.0, 4.0]]))
    both, _ = damped.cholesky(torch.stack([gram, 2 * gram]), 0.5)
    assert (both[1] @ both[1].T).tolist() == pytest.approx(np.array([[8.5, 2.0], [2.0, 6.5]]))
    assert gram.tolist() == [[4.0, 1.0], [1.0, 3.0]] and damped.cholesky(-gram, 0.5)[1]
