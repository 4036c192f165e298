"""Sentences of the page that are made from runs: DeepXDE's own scripts, and what fell short."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.compared import LESS, SINES
from benchmarks.problems import BENCHMARKS, shock
from benchmarks.problems.glycolysis import GLYCOLYSIS, GLYCOLYSIS_T, glycolysis_path, glycolysis_times
from benchmarks.problems.navier_stokes_inverse import RUNG, by_polynomials
from benchmarks.problems.schrodinger import nls_rounded
from benchmarks.words import seconds, short, table
from mmlib.systems.glycolysis import Glycolysis


def examples(rows):
    """DeepXDE's own scripts as they stand: the table, and how many of them are what."""
    lines, trained = [], [r for r in rows if r["loss"]]
    for r in rows:
        name, note = r["script"].removeprefix("pinn_"), r["note"]
        if not r["loss"]:
            lines.append([name, "", "", "", "", "", note])
            continue
        many = f"{int(r['rows']):,}" + (f", {int(r['batch']):,} at a time" if r["batch"] else "")
        fall = f"{short(float(r['start']))} to {short(float(r['loss']))}"
        seen = [short(float(r[k])) if r[k] else "" for k in ("fresh", "error")]
        lines.append([name, f"{int(r['weights']):,}", many, fall, *seen, f"{r['verdict']}, {r['cpu_seconds']} s"])
    known = [r for r in trained if r["error"]]
    poor = [
        r["script"].split("/")[1].replace("_", " ")
        for r in trained
        if float(r["fresh"]) > 0.1 or float(r["error"] or 0) > 0.1
    ]
    false = [
        r for r in trained if r["verdict"] == "converged" and (float(r["fresh"]) > 0.1 or float(r["error"] or 0) > 0.1)
    ]
    return {
        "table_examples": table(
            ["script", "weights", "rows", "loss", "residual at fresh points", "error", "verdict"], lines
        ),
        "n_examples": str(len(rows)),
        "n_accepted": str(len(trained)),
        "n_fallen": str(sum(float(r["start"]) > 100 * float(r["loss"]) for r in trained)),
        "n_known": str(len(known)),
        "n_percent": str(sum(float(r["error"]) < 0.01 for r in known)),
        "false_names": ", ".join(r["script"].split("/")[1].replace("_", " ") for r in false) or "none",
        "n_batches": str(sum(bool(r["batch"]) for r in trained)),
        "poor_examples": ", ".join(poor),
    }


def bounded(rows):
    """The constants of one script, free and within bounds."""
    free, inside = ([r for r in rows if bool(r["bounds"]) == b] for b in (False, True))
    own = [float(r["error"]) for r in inside]
    return {
        "free_wrong": str(sum(float(r["K"]) < 0 for r in free)),
        "free_called": str(sum(r["verdict"] == "converged" for r in free)),
        "n_bounded": str(len(inside)),
        "bounded_median": short(np.median(own)),
        "bounded_worst": short(max(own)),
        "free_median": short(np.median([float(r["error"]) for r in free])),
    }


def failures(p):
    """Sentences about what fell short, from the runs."""
    l_own = p["l_shape"].errors("ours")
    text = (
        f"On the L the solution has a singular corner, and no smooth network likes it: {short(np.median(l_own))} is the median, "
        f"where five-point differences need well under a second for the same. {corner(p)}Helmholtz's equation near a resonance makes a rugged "
        "landscape: most of the time goes into finding the right valley, and the gain over the recipe is small.\n\n"
        "Schrödinger's problem has a corner that one does not see: 2 sech x, made periodic, has a kink at the seam. Rounding it within 0.3 of the "
        f"seam moves the modulus of the true solution by {short(nls_rounded(0.3))}. A smooth network rounds it, and larger networks "
        "than ours gained little (not shown). Burgers' layer was the opposite: on half the interval, with one more input that stretches "
        f"the layer as the classical grid does, even first-order training comes to {short(p['burgers'].errors('first order')[0])}, where "
        f"the recipe ends at {short(p['burgers'].errors('stock')[0])}."
    )
    text += seam(p) + five_dimensions(p) + lid(p) + whirls(p) + jump(p) + in_windows(p)
    if "glycolysis" not in p:
        return text
    found = [dict(part.split(" = ") for part in row["note"].split(", ")) for row in p["glycolysis"].rows["ours"]]
    off = np.array([[abs(float(f[k]) / v - 1) for k, v in GLYCOLYSIS.items()] for f in found])
    names = np.array(list(GLYCOLYSIS))
    hard = ", ".join(names[np.median(off, axis=0) > 0.05]) or "none"
    shooting = p["glycolysis"].curves["classical", 0][0][1]
    return (
        text + "\n\n"
        "Glycolysis asks for fourteen parameters from readings of two of seven states, and the published start is up to a factor "
        f"of six from the truth. Single shooting by least squares ends with a median error of {short(shooting)}: the simulated "
        "oscillation slips out of phase, and the misfit has many valleys. Second-order training from that start, with nothing "
        "else, drove rates to zero in most of our trials, while the network was still random, and they did not come back. One idea helps both: a pull of "
        "the parameters to their start that is strong at first and then let go. With it, and with waves in the network's input whose "
        "frequency is read off the periodogram of the readings, training comes "
        f"to {short(np.median(p['glycolysis'].errors('ours')))} in the median over parameters and seeds; "
        f"{np.median((off < 0.05).sum(axis=1)):.0f} of the fourteen are within five per cent in the typical run "
        f"({(off < 0.05).sum(axis=1).min()} in the worst), and the largest error of a parameter is "
        f"{100 * np.median(off.max(axis=1)):.1f} % ({100 * off.max(axis=1).min():.1f} to {100 * off.max(axis=1).max():.1f} % over "
        f"seeds; off by more than five per cent in the typical run: {hard}). Least squares with the same pull, on windows that "
        f"grow, comes to {short(p['glycolysis'].errors('classical')[0])}. So the network did not earn its place here: the "
        "continuation did. "
        "The Fisher information of these readings, two states at 502 times and all seven at "
        f"both ends, has full rank, so that without noise all fourteen can be found; with noise of ten per cent {weakest()} would have standard "
        "errors above ten per cent whatever the method."
    )


def corner(p):
    """What telling the corner does, and what the sides built in do alone."""
    if not {"l_shape_corner", "l_shape_sides"} <= set(p):
        return ""
    told, sides = (np.median(p[name].errors("ours")) for name in ("l_shape_corner", "l_shape_sides"))
    return (
        f"Tell it the corner, and the median is {short(told)}: a second output multiplies the corner's function r^(2/3) cos(2φ/3), and both "
        f"outputs are zero on the outer sides by construction. These sides alone, without the function, leave it at {short(sides)}. "
    )


def seam(p):
    """What our network is told on the sharper variant of Allen-Cahn."""
    if "allen_cahn_sharp" not in p:
        return ""
    return (
        " Allen-Cahn with diffusion 1e-4 starts with such a kink too. There our network is told in closed form what diffusion alone makes of it, "
        "besides that the solution is even, and has half the circle to learn; in what we read of the published networks there is neither."
    )


def five_dimensions(p):
    """Where grids are said to end."""
    if "poisson_5d" not in p:
        return ""
    own, grid = p["poisson_5d"].errors("ours"), p["poisson_5d"].rows["classical"][0]
    return (
        f"\n\nFive dimensions are where grids are said to end. For a smooth solution in a cube they do not: Chebyshev's, "
        f"{grid['note'].removeprefix('Chebyshev, ')}, come to "
        f"{short(float(grid['error']))} in {float(grid['cpu_seconds']):.1g} CPU seconds, the network to {short(np.median(own))} in "
        f"{np.median(p['poisson_5d'].seconds('ours')):.0f}. What a network would gain in more dimensions, this page does not measure."
    )


def lid(p):
    """What the ends of the cavity's lid ask for, and who was told of them."""
    if "cavity" not in p:
        return ""
    runs = p["cavity"]
    own, grid, printed = (
        runs.errors("ours"),
        runs.rows["classical"][0],
        min(one.error for one in BENCHMARKS["cavity"].published),
    )
    return (
        "\n\nThe cavity's lid ends in two corners where the vorticity jumps and the pressure has no bound. Nobody in the table was told of them: the network "
        f"comes to {short(np.median(own))} in the median, {grid['note'].replace(LESS, '')}, to {short(float(grid['error']))} in "
        f"{seconds(float(grid['cpu_seconds']))} CPU seconds. The reference was told: it has both corners in closed form, the rest by Galerkin's method, "
        "and the differences come to it at the rate of their order. They also meet the extrema that Botella and Peyret {cite:p}`botella1998benchmark` "
        f"printed for a lid of constant speed, as programs quote them. The published {short(printed)} is against another reference, at other points, after Adam; what of the distance "
        "to it is the optimizer's, this page does not say."
    )


def whirls(p):
    """Both factors of Navier-Stokes' equations from readings of the velocity: whose data, and what each method knows."""
    names = ("navier_stokes_inverse", "navier_stokes_inverse_noisy")
    if not set(names) <= set(p):
        return ""
    clean, noisy = (p[name] for name in names)
    own, rival = {int(r["seed"]): float(r["error"]) for r in noisy.rows["ours"]}, by_polynomials(*RUNG, 0.01)
    nearer = sum(own[seed] < rival[seed] for seed in own)
    return (
        "\n\nThe inverse problem of Navier and Stokes is that of {cite:t}`raissi2019physics` on another flow, since the file of their wake was not at hand: "
        "synthetic whirls, made by Fourier's method, so none of their figures stands beside it. Convection factor and viscosity start at zero; boundary, beginning "
        f"and pressure are unknown to all. Without noise the network comes to {short(np.median(clean.errors('ours')))}, with one per cent of noise to "
        f"{short(np.median(noisy.errors('ours')))}. A polynomial in its place, its coefficients and both factors in one least squares of readings and law, comes to "
        f"{short(clean.errors('classical')[0])} and {short(noisy.errors('classical')[0])}; it has continuity built in, which the network has to learn. Nobody needs a solver "
        f"here: what both do is regression with a law. With noise the network is nearer in {nearer} of {len(own)} draws of the readings"
        f"{', which decides nothing' if 0 < nearer < len(own) else ''}."
    )


def jump(p):
    """What a shock takes: nothing told, viscosity, the integral form."""
    if not {"shock", "shock_viscous", "shock_integral"} <= set(p):
        return ""
    plain, viscous, integral = (p[n] for n in ("shock", "shock_viscous", "shock_integral"))
    own, sines = (np.array([np.median(one.errors(m)) for one in (plain, viscous, integral)]) for m in ("ours", SINES))
    words = [r["note"] for r in (*plain.rows[SINES], *viscous.rows[SINES], *integral.rows[SINES])]
    said = sum(note.startswith("converged") for note in words)
    best = shock.volumes_error(4096)
    return (
        f"\n\nA true shock is another matter {{cite:p}}`fuks2020limitations`. With default arguments and the equation as it stands the network ends at {short(own[0])}: "
        "an equation that holds at points does not say where a jump runs. Told a viscosity, large at first and then less, it "
        f"comes to {short(own[1])}; with the law in integral form, where the network is a potential whose slope is the solution, and the same last viscosity, to "
        f"{short(own[2])}. Neither is the shock: the exact solution with that viscosity is itself {short(shock.volumes_error(400, shock.VISCOSITY))} away from it, "
        f"and training at that viscosity comes to that at best. Random sines, told the same, end at {short(sines[0])}, {short(sines[1])} and {short(sines[2])}; {said or 'none'} of "
        f"{len(words)} runs {'is' if said < 2 else 'are'} called converged. Finite volumes have the integral form and no viscosity but their own: {integral.rows['classical'][0]['note'].removeprefix('finite volumes, ').split(',')[0]} "
        f"come to {short(integral.errors('classical')[0])}, 4,096 to {short(best)}."
    )


def in_windows(p):
    """Kuramoto and Sivashinsky: who was told what."""
    if "kuramoto_sivashinsky" not in p:
        return ""
    one = p["kuramoto_sivashinsky"]
    rival = f", random sines in twenty windows to {short(np.median(one.errors(SINES)))}" if one.rows[SINES] else ""
    return (
        "\n\nThe equation of Kuramoto and Sivashinsky, in the regular case of {cite:t}`wang2024respecting`, makes small errors grow. Our network takes ten windows "
        "in time, each of which begins exactly at the last one's end and from its weights, with more steps in the first half; it is told that the solution is odd, "
        f"which sines and classical solver are not. It comes to {short(np.median(one.errors('ours')))} in {seconds(np.median(one.seconds('ours')))} CPU seconds"
        f"{rival}; the classical solver ({one.rows['classical'][0]['note']}) to {short(one.errors('classical')[0])} in {seconds(one.seconds('classical')[0])} CPU seconds. "
        "No error of others for this case was read in a source, so none stands beside it."
    )


def weakest():
    """Parameters with a standard error above ten per cent, by the Fisher information at ten per cent noise."""
    t, chosen = GLYCOLYSIS_T, glycolysis_times()
    spread = glycolysis_path().std(axis=0)

    def readings(values):
        y = solve_ivp(
            Glycolysis(**values).rhs, (0, t[-1]), Glycolysis().start, "LSODA", t_eval=t, rtol=1e-10, atol=1e-12
        ).y.T
        return np.concatenate([(y[chosen][:, [4, 5]] / spread[[4, 5]]).ravel(), y[-1] / spread])

    h, columns = 1e-4, []
    for k, v in GLYCOLYSIS.items():
        up, down = (readings(GLYCOLYSIS | {k: v * (1 + s * h)}) for s in (1, -1))
        columns.append((up - down) / (2 * h))
    information = np.array(columns) @ np.array(columns).T
    error = 0.1 * np.sqrt(np.diag(np.linalg.inv(information)))
    return ", ".join(k for k, e in zip(GLYCOLYSIS, error, strict=True) if e > 0.1)
