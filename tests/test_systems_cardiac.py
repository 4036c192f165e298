"""Cell and strand: against an independent solver, limits, convergence and what is known of the model."""

import csv

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib.systems import cardiac


def blocked(**share):
    s = np.ones((1, 7))
    for name, value in share.items():
        s[0, cardiac.CHANNELS.index(name)] = value
    return s


def test_a_beat_agrees_with_a_stiff_solver():
    """The rates behind a tiny step, integrated by LSODA without tables of decay or our time steps."""
    kinds = np.zeros(1, dtype=int)

    def rates(t, y, tiny=1e-6):
        cells = cardiac._Cells(y[None], kinds, np.ones((1, 7)))
        cells.step(tiny, np.array([-80.0 if t < 0.5 else 0.0]))
        return (cells.state()[0] - y) / tiny

    first = solve_ivp(rates, (0, 0.5), cardiac.REST[0], method="LSODA", rtol=1e-5, atol=1e-7)
    then = solve_ivp(rates, (0.5, 60), first.y[:, -1], method="LSODA", rtol=1e-5, atol=1e-7, t_eval=[5.0, 20.0, 60.0])
    ours = cardiac.pace(cycle=61.0, fine=0.01, coarse=0.1)
    assert np.interp([5.0, 20.0, 60.0], ours.t, ours.V[:, 0]) == pytest.approx(then.y[0], abs=1.0)


def reference(root):
    """Random states of all three cell types, with their derivatives by another program."""
    with (root / "tests" / "cardiac_reference.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert [r["name"] for r in rows[:42]] == [*cardiac.STATE, "net"]
    kinds = np.array([cardiac.TYPES.index(r["cell"]) for r in rows[::42]])
    y, slope = (np.array([float(r[k]) for r in rows]).reshape(-1, 42) for k in ("value", "derivative"))
    return kinds, y, slope


def slopes(y, kinds, share=None, stimulus=0.0, h=1e-5):
    """All derivatives and the current of qNet, from two small steps (errors of first order cancel)."""

    def one(step):
        cells = cardiac._Cells(y[:, :41], kinds, np.ones((len(y), 7)) if share is None else share)
        cells.step(step, np.full(len(y), stimulus))
        return np.column_stack([cells.state() - y[:, :41], cells.net]) / step

    return 2 * one(h / 2) - one(h)


def test_every_derivative_agrees_with_another_program(root):
    """41 derivatives and qNet at 24 states: a coefficient that is off by 5 % anywhere is seen here."""
    kinds, y, expected = reference(root)
    assert len(y) == 24 and set(kinds) == {0, 1, 2}
    assert slopes(y, kinds) == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_stimulus_and_drugs_enter_where_they_should(root):
    """A stimulus is carried by potassium; a share scales its own current and no other."""
    kinds, y, _ = reference(root)
    plain = slopes(y, kinds)
    moved = slopes(y, kinds, stimulus=-80.0) - plain
    volume = 0.68 * 1000 * 3.14 * 0.0011**2 * 0.01  # of the bulk [uL]
    area = 2 * (2 * 3.14 * 0.0011**2 + 2 * 3.14 * 0.0011 * 0.01)
    where = [0, cardiac.STATE.index("ki")]
    assert moved[:, where] == pytest.approx(np.tile([80.0, 80.0 * area / (96485.0 * volume)], (24, 1)), rel=1e-5)
    moved[:, where] = 0
    assert moved == pytest.approx(0 * moved, abs=1e-6)
    for k, name in enumerate(cardiac.CHANNELS):
        share = np.ones((24, 7))
        share[:, k] = 0.5
        half = slopes(y, kinds, share) - plain
        share[:, k] = 0.0
        assert slopes(y, kinds, share) - plain == pytest.approx(2 * half, rel=1e-5, abs=1e-6), name
        assert (abs(half[:, 0]) > 1e-6).all(), name


def test_rest_is_a_state_that_the_beat_comes_back_to():
    for kind, cell in enumerate(cardiac.TYPES[:2]):
        after = cardiac.pace(cell=cell).state[0]
        assert after[0] == pytest.approx(cardiac.REST[kind, 0], abs=0.05)
        slow = slice(33, 41)  # concentrations
        assert after[slow] == pytest.approx(cardiac.REST[kind, slow], rel=0.01)


def test_layers_differ_as_published():
    """O'Hara et al.: the middle layer has the longest action potential, the outer one the shortest."""
    endo, mid, epi = (cardiac.pace(cell=cell, cycle=500, coarse=1.0).apd90[0] for cell in ("endo", "mid", "epi"))
    assert epi < endo < mid


def test_blocks_do_what_their_channels_do():
    shares = np.vstack([np.ones(7), blocked(IKr=0.5), blocked(ICaL=0.5), blocked(INaL=0.5), blocked(IKr=0.0)])
    beat = cardiac.pace(shares, cycle=1000, coarse=1.0)
    plain, potassium, calcium, late, none = beat.apd90
    assert potassium > plain + 60 and calcium < plain and late < plain
    assert beat.net[1] < beat.net[0] < beat.net[2]
    assert list(beat.after) == [False, False, False, False, True]  # early afterdepolarisation without any IKr


def test_cells_do_not_see_each_other():
    shares = np.vstack([blocked(IKr=0.7), np.ones(7)])
    together = cardiac.pace(shares, cycle=120).V[-1]
    alone = np.array([cardiac.pace(s[None], cycle=120).V[-1, 0] for s in shares])
    assert together == pytest.approx(alone, abs=0.1)  # only the choice of time steps is shared


def test_goldmans_factors_have_their_limits_at_zero_voltage():
    """At 0 mV, x / (1 - exp(-x)) is 0/0."""
    at = cardiac._extras(np.array([-1e-7, 0.0, 1e-7]))
    assert np.isfinite(at).all()
    assert at[0] == pytest.approx(at[2], rel=1e-6)


def test_a_wave_runs_and_its_speed_goes_with_the_root_of_diffusion():
    dx = 0.02
    quick = dict(layers=(20, 8, 8), dx=dx, cycle=51, coarse=0.1)
    slow, fast = (cardiac.velocity(cardiac.strand(diffusion=d, **quick))[0] for d in (2e-3, 4e-3))
    assert 40 < slow < 60
    assert fast / slow == pytest.approx(np.sqrt(2), rel=0.06)


def test_electrode_sees_nothing_without_gradient():
    flat = cardiac.Strand(np.arange(3.0), np.linspace(0, 1, 5), np.full((3, 1, 5), -80.0), None, None, None)
    assert (cardiac.pseudo_ecg(flat) == 0).all()
    step = flat._replace(V=np.where(np.arange(5) < 2, 20.0, -80.0) * np.ones((3, 1, 1)))
    assert (cardiac.pseudo_ecg(step) > 0).all()  # a wave that comes nearer is positive


def test_duration_runs_from_the_upstroke_wherever_it_is():
    """Straight lines: up through 10 % of the height at 1.1 ms, down through it at 189.5 ms."""
    t = np.array([0.0, 1.0, 2.0, 3.0, 102.0, 202.0])
    trace = np.array([-80.0, -80.0, 20.0, 20.0, 0.0, -87.5])[:, None] + [7.5]
    trace[:2] = trace[-1]
    rise, fall = 1 + 0.1 * 1.0, 102 + 100 * (0 + 7.5 - trace[-1, 0] - 0.1 * np.ptp(trace)) / (7.5 - trace[-1, 0])
    assert cardiac.action_potential(t, trace) == pytest.approx(fall - rise)


def test_hill():
    assert cardiac.hill_open(0.0, 10.0, 1.0) == 1
    assert cardiac.hill_open(90.0, 10.0, 1.0) == pytest.approx(0.1)
    assert cardiac.hill_open([1.0, 2.0], np.nan, np.nan).tolist() == [1, 1]


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: cardiac.hill_open(-1.0, 10.0, 1.0), "concentrations of at least 0"),
        (lambda: cardiac.hill_open(1.0, 0.0, 1.0), "IC50 above 0"),
        (lambda: cardiac.pace(np.ones(7)), r"shares \(n, 7\)"),
        (lambda: cardiac.pace(np.full((1, 7), np.nan)), "negative one or nan"),
        (lambda: cardiac.pace(cell="purkinje"), "unknown cell 'purkinje'.*endo"),
        (lambda: cardiac.pace(beats=0), "beats >= 1"),
        (lambda: cardiac.pace(fine=0.5, coarse=0.1), "fine <= coarse"),
        (lambda: cardiac.pace(state=np.ones((2, 41))), r"expected a state \(1, 41\)"),
        (lambda: cardiac.strand(layers=(3, 4)), "one number of nodes"),
        (lambda: cardiac.strand(dx=0.0), "positive dx"),
        (lambda: cardiac.action_potential(np.arange(3.0), np.arange(3.0)), r"Pass V\[:, None\]"),
        (lambda: cardiac.qt_interval(np.arange(3.0), np.arange(3.0)), r"Pass ecg\[:, None\]"),
        (lambda: cardiac.pseudo_ecg(None, distance=0.0), "beyond the end"),
    ],
)
def test_errors_say_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_a_step_too_long_says_so():
    with pytest.raises(FloatingPointError, match="smaller steps"):
        cardiac.pace(np.full((1, 7), 60.0), fine=2.0, coarse=2.0)
