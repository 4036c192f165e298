"""Paced cells and strands of them: the loop in time."""

from __future__ import annotations

import numpy as np

from mmlib import _input
from mmlib.systems.cardiac.cell import CHANNELS, REST, TYPES, _Cells
from mmlib.systems.cardiac.rates import STATE
from mmlib.systems.cardiac.traces import Beat, Strand, _after, action_potential

__all__ = ["pace", "strand"]


def pace(share=None, *, cell="endo", beats=1, cycle=1000.0, state=None, fine=0.02, coarse=0.5) -> Beat:
    """Pace single cells from rest (or from `state`) and return the last beat.

    Parameters
    ----------
    share : (n, 7) conductances of `CHANNELS` as shares of normal, 0 … ; one cell without drug if left out.
    cell : "endo", "epi" or "mid": inner, outer or middle layer of the wall.
    beats, cycle : number of stimuli and the time between them [ms].
    state : (n, 41) to start from; by default the cell after 226 beats at 1 Hz without drug.
    fine, coarse : smallest and largest time step [ms]; the step follows the fastest cell.

    Raises
    ------
    ValueError : unknown cell, shares that are negative or not (n, 7), steps or beats that make no sense.
    FloatingPointError : a voltage left the table: the time step is too long for these shares.

    >>> beat = pace(np.ones((1, 7)))
    >>> bool(260 < beat.apd90[0] < 280), bool(beat.after[0])
    (True, False)
    """
    share = _share(share)
    kinds = np.full(len(share), _kind(cell))
    t, V, _, cells = _run(share, kinds, beats, cycle, state, fine, coarse, None, slice(None), 1)
    return Beat(t, V, action_potential(t, V), cells.net.copy(), _after(t, V), cells.state())


def strand(
    share=None,
    *,
    kinds=("endo", "mid", "epi"),
    layers=(60, 45, 60),
    dx=0.01,
    diffusion=2.0e-3,
    beats=1,
    cycle=1000.0,
    state=None,
    fine=0.02,
    coarse=0.5,
) -> Strand:
    """Beats of strands of cells through the wall, from the inside out; all n strands are advanced together.

    Parameters
    ----------
    share : (n, 7) as in `pace`; the drug reaches every cell of a strand.
    kinds, layers : cell types in order and how many nodes each has.
    dx : distance of nodes [cm]. The stimulus enters the first 0.1 cm.
    diffusion : of voltage [cm^2/ms].
    state : (n * nodes, 41) to start from.
    other parameters, errors : as in `pace`.
    """
    share = _share(share)
    layers = _input.wholes(layers, "layers, numbers of nodes,", low=1, remedy="One for each kind of cell.")
    if isinstance(kinds, str) or not hasattr(kinds, "__len__") or len(kinds) != len(layers):
        raise ValueError(
            f"expected kinds and layers of one length; got {kinds!r} and {len(layers)} layers. One number a kind."
        )
    dx = _input.number(dx, "positive dx, dx", above=0, remedy="In cm.")
    diffusion = _input.number(diffusion, "positive diffusion, diffusion", above=0, remedy="In cm^2/ms.")
    wall = np.repeat([_kind(k) for k in kinds], layers)
    n, nodes = len(share), len(wall)
    laplace = np.diag(np.ones(nodes - 1), 1) + np.diag(np.ones(nodes - 1), -1)
    laplace -= np.diag(laplace.sum(axis=1))
    spread = (diffusion / dx**2 * laplace, n)
    stimulated = np.tile(np.arange(nodes) * dx < 0.1 - 1e-9, n)
    many = np.repeat(share, nodes, axis=0)
    t, V, arrival, cells = _run(many, np.tile(wall, n), beats, cycle, state, fine, coarse, spread, stimulated, 2.0)
    after = _after(t, V).reshape(n, nodes).any(axis=1)
    return Strand(
        t, np.arange(nodes) * dx, V.reshape(len(t), n, nodes), arrival.reshape(n, nodes), after, cells.state()
    )


def _kind(cell):
    if not isinstance(cell, str) or cell not in TYPES:
        raise ValueError(f"unknown cell {cell!r}: expected one of {', '.join(TYPES)}; got another. Small letters.")
    return TYPES.index(cell)


def _share(share):
    share = np.ones((1, 7)) if share is None else _input.numbers(share, "share").copy()
    if share.ndim != 2 or share.shape[1] != len(CHANNELS):
        raise ValueError(
            f"expected shares (n, 7), one column for each of {', '.join(CHANNELS)}; got {share.shape}. One cell? Pass share[None]."
        )
    if not (len(share) and np.isfinite(share).all() and (share >= 0).all()):
        raise ValueError("expected shares of normal conductance, 0 or more; got a negative one or nan. 1 is no drug.")
    _input.sized(share, "share")
    return share


def _run(share, kinds, beats, cycle, state, fine, coarse, spread, stimulated, strength):
    """Advance all cells; returns times, voltages and arrivals of the last beat, and the cells."""
    beats = _input.whole(beats, "beats", least=1, remedy="Expected beats >= 1.")
    cycle = _input.number(cycle, "cycle", above=50, remedy="Expected cycle > 50 ms; 1000 is one beat a second.")
    _input.steps(beats * cycle, 0.5, "steps of half a millisecond,")
    fine = _input.number(fine, "fine", above=0, remedy="Expected steps 0 < fine <= coarse [ms].")
    coarse = _input.number(coarse, "coarse", least=fine, remedy="Expected steps 0 < fine <= coarse [ms].")
    state = REST[kinds] if state is None else _input.numbers(state, "state").copy()
    if state.shape != (len(share), len(STATE)):
        raise ValueError(
            f"expected a state ({len(share)}, {len(STATE)}), as a run returns it; got {state.shape}. Pass .state of that run."
        )
    cells = _Cells(state, kinds, share)
    steps = (fine, min(5 * fine, coarse), coarse)
    mix = {}
    if spread is not None:
        laplace, n = spread
        mix = {dt: np.linalg.inv(np.eye(len(laplace)) - dt * laplace).T for dt in steps}
    for _ in range(beats):
        t, due, rate = 0.0, 0.0, np.inf
        times, traces, arrival = [], [], np.full(len(share), np.nan)
        cells.net[:] = 0.0
        while t < cycle - 1e-9:
            if t >= due - 1e-9:
                times.append(t)
                traces.append(cells.V)
                due = t + 1.0
            dt = steps[0] if t < 2 or rate > 10 else steps[1] if t < 20 or rate > 3 else steps[2]
            current = np.zeros(len(share))
            if t < 0.5 - 1e-9:
                current[stimulated] = -80.0 * strength
            before = cells.V
            cells.step(dt, current)
            if spread is not None:
                cells.V = (cells.V.reshape(n, -1) @ mix[dt]).reshape(-1)
            change = cells.V - before
            rate = np.abs(change).max() / dt
            if not (-130 < cells.V.min() and cells.V.max() < 90):
                raise FloatingPointError(
                    f"a voltage left -130 … 90 mV at {t:.1f} ms: take smaller steps than {fine}, {coarse} ms."
                )
            passed = np.isnan(arrival) & (before <= -30) & (cells.V > -30)
            if passed.any():
                arrival[passed] = t + dt * (-30 - before[passed]) / change[passed]
            t += dt
        times.append(t)
        traces.append(cells.V)
    return np.array(times), np.array(traces), arrival, cells
