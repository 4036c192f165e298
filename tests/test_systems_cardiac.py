"""Cell and strand: against an independent solver, limits, convergence and what is known of the model."""

import csv

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib.systems import cardiac
from mmlib.systems.cardiac import cell as one_cell
from mmlib.systems.cardiac import rates as of_voltage
from mmlib.systems.cardiac import traces


def blocked(**share):
    s = np.ones((1, 7))
    for name, value in share.items():
        s[0, cardiac.CHANNELS.index(name)] = value
    return s


def test_a_beat_agrees_with_a_stiff_solver():
    """The rates behind a tiny step, integrated by LSODA without tables of decay or our time steps."""
    kinds = np.zeros(1, dtype=int)

    def rates(t, y, tiny=1e-6):
        cells = one_cell._Cells(y[None], kinds, np.ones((1, 7)))
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
        cells = one_cell._Cells(y[:, :41], kinds, np.ones((len(y), 7)) if share is None else share)
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
    at = of_voltage._extras(np.array([-1e-7, 0.0, 1e-7]))
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
        (lambda: cardiac.strand(layers=(3, 4)), "One number a kind"),
        (lambda: cardiac.strand(dx=0.0), "positive dx"),
        (lambda: cardiac.action_potential(np.arange(3.0), np.arange(3.0)), r"Pass V\[:, None\]"),
        (lambda: cardiac.qt_interval(np.arange(3.0), np.arange(3.0)), r"Pass ecg\[:, None\]"),
        (lambda: cardiac.pseudo_ecg(cardiac.Strand(*[None] * 6), distance=0.0), "beyond the end"),
    ],
)
def test_errors_say_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_a_step_too_long_says_so():
    with pytest.raises(FloatingPointError, match="smaller steps"):
        cardiac.pace(np.full((1, 7), 60.0), fine=2.0, coarse=2.0)


def test_every_state_at_rest_comes_back_after_a_beat():
    """Gates return to where they were; sodium and potassium hardly move, as in a cell that has been paced for minutes."""
    slow = [cardiac.STATE.index(k) for k in ("nai", "nass", "ki", "kss")]
    for kind, (cell, near) in enumerate({"endo": 0.0075, "epi": 0.013, "mid": 0.025}.items()):
        rest, after = cardiac.REST[kind], cardiac.pace(cell=cell).state[0]
        assert after == pytest.approx(rest, rel=near, abs=0), cell
        assert after[slow] == pytest.approx(rest[slow], rel=2.5e-4), cell
        assert after[0] == pytest.approx(rest[0], abs=0.05)


def test_gates_at_rest_are_those_of_their_equations():
    """Gates that are faster than the pause between beats stand at their steady state (which another program confirms)."""
    for kind in range(3):
        steady, tau = (a[0] for a in of_voltage._gates(cardiac.REST[kind, :1], kind == 1))
        gates = cardiac.REST[kind, 1:29]
        quick = tau < 43.5  # [ms]
        assert quick.sum() >= 18
        assert gates[quick] == pytest.approx(steady[quick], rel=0.01)


class Still:
    """Cells whose ion channels are shut: what is left of a strand is diffusion and the stimulus."""

    def __init__(self, monkeypatch):
        self.stimuli = []
        step = self.stimuli.append
        monkeypatch.setattr(one_cell._Cells, "step", lambda cells, dt, current: step((dt, current.copy())))


def test_voltage_spreads_as_diffusion_does(monkeypatch):
    """A cosine that fits between two closed ends decays at D k^2, and the mean stays."""
    still = Still(monkeypatch)
    nodes, dx, D = 25, 0.02, 2e-3
    x, k = dx * (np.arange(nodes) + 0.5), np.pi / (nodes * 0.02)
    state = np.tile(cardiac.REST[:1], (nodes, 1))
    state[:, 0] = -60 + 20 * np.cos(k * x)
    run = cardiac.strand(
        kinds=("endo",), layers=(nodes,), dx=dx, diffusion=D, cycle=60, state=state, fine=0.02, coarse=0.1
    )
    size = run.V[:, 0] @ np.cos(k * x)
    rate = D * (2 - 2 * np.cos(k * dx)) / dx**2  # on a grid; implicit Euler divides by 1 + dt rate
    assert rate == pytest.approx(D * k**2, rel=2e-3)
    assert np.log(size[0] / size[-1]) == pytest.approx(sum(np.log1p(dt * rate) for dt, _ in still.stimuli), rel=1e-9)
    assert run.V[:, 0].mean(axis=1) == pytest.approx(-60, abs=1e-9)
    assert run.x == pytest.approx(dx * np.arange(nodes))
    assert run.t[:3] == pytest.approx([0, 1, 2], abs=0.11) and len(run.t) == 61


def test_the_stimulus_is_80_for_half_a_millisecond_in_the_first_millimetre(monkeypatch):
    still = Still(monkeypatch)
    run = cardiac.strand(kinds=("endo",), layers=(8,), dx=0.04, cycle=51, coarse=0.1)
    on = sum(dt for dt, current in still.stimuli if current.any())
    assert on == pytest.approx(0.5, abs=1e-9)
    assert sum(dt for dt, _ in still.stimuli) == pytest.approx(51, abs=0.1)
    first = still.stimuli[0][1]
    assert first.tolist() == [-160.0] * 3 + [0.0] * 5  # twice threshold, where x < 0.1 cm
    assert np.isnan(run.arrival).all()
    still.stimuli.clear()
    cardiac.pace(np.ones((2, 7)), cycle=51)
    assert still.stimuli[0][1].tolist() == [-80.0, -80.0]
    steps = sorted({round(dt, 6) for dt, _ in still.stimuli})
    assert steps == [0.02, 0.1, 0.5]


def test_a_wave_has_arrived_when_it_passes_minus_30(monkeypatch):
    """Voltage rises by 2 mV a millisecond, two nodes 10 mV apart: arrivals are five milliseconds apart."""

    def step(cells, dt, current):
        cells.V = cells.V + 2.0 * dt

    monkeypatch.setattr(one_cell._Cells, "step", step)
    state = np.tile(cardiac.REST[:1], (2, 1))
    state[:, 0] = [-87.0, -97.0]
    run = cardiac.strand(kinds=("endo",), layers=(2,), diffusion=1e-12, cycle=51, state=state, coarse=0.5)
    assert run.arrival[0] == pytest.approx([57 / 2, 67 / 2], abs=1e-5)


def test_a_cell_that_does_not_come_back_or_rises_again_is_told():
    t = np.arange(0.0, 400.0)
    down = np.where(t < 200, 20.0, -85.0)
    again, slight = down + 4.0 * (t > 300), down + 2.0 * (t > 300)
    stays, early = np.where(t < 1e9, -50.0, 0), down + 40.0 * ((t > 50) & (t < 80))
    told = traces._after(t, np.stack([down, again, slight, stays, early], axis=1))
    assert told.tolist() == [False, True, False, True, False]


def test_durations_of_many_traces_at_any_level():
    """Triangles: up within a millisecond, down in a straight line of 200 or 300 ms from 2 ms on."""
    t = np.arange(0.0, 400.0)
    fall = np.array([200.0, 300.0])
    V = -80 + 100 * np.clip(1 - (t[:, None] - 2) / fall, 0, 1)
    V[:2] = -80
    for level in (0.5, 0.9):
        up = 1 + (1 - level)
        expected = 2 + level * fall - up
        assert cardiac.action_potential(t, V, level) == pytest.approx(expected, abs=0.02)
    V[-1, 1] = V[5, 1]
    assert np.isnan(cardiac.action_potential(t, V)).tolist() == [False, True]


def test_the_end_of_the_t_wave_is_where_its_tangent_ends():
    t = np.arange(0.0, 600.0)
    wave = lambda peak, width: np.maximum(0, 1 - abs(t - peak) / width)  # noqa: E731
    early = wave(300, 50) + 9 * wave(60, 20) + 3 * wave(140, 8)  # a QRS complex, over before 150 ms
    late = wave(400, 80)
    open_end, upside_down = wave(590, 60), -wave(300, 50)
    found = cardiac.qt_interval(t, np.stack([early, late, open_end, upside_down], axis=1))
    assert found[:2] == pytest.approx([350, 480], abs=0.5)
    assert np.isnan(found[2:]).all()


def test_an_electrode_sees_a_step_as_one_over_the_square_of_its_distance():
    """100 mV over one interval whose middle is at 0.375 cm, electrode 2 cm beyond the end at 1 cm."""
    V = np.where(np.arange(5) < 2, 20.0, -80.0) * np.ones((1, 1, 1))
    strand = cardiac.Strand(np.zeros(1), np.linspace(0, 1, 5), V, None, None, None)
    assert cardiac.pseudo_ecg(strand)[0, 0] == pytest.approx(100 / 2.625**2, rel=1e-12)
    assert cardiac.pseudo_ecg(strand, distance=0.5)[0, 0] == pytest.approx(100 / 1.125**2, rel=1e-12)


def test_speed_is_taken_between_a_fifth_and_a_half():
    x = np.arange(21) * 0.1
    arrival = np.where(np.arange(21) < 4, 99.0, np.arange(21) * 2.0)[None]
    arrival[:, 11:] = np.nan
    assert cardiac.velocity(cardiac.Strand(None, x, None, arrival, None, None)) == pytest.approx([50.0])
