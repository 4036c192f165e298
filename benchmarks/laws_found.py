"""How often exactly the true terms are found in noisy films of three laws: mmlib/data/laws_found.csv.

    python -m benchmarks.laws_found            fills the table (some four CPU minutes), goes on where it stopped
    python -m benchmarks.laws_found --check    repeats a draw of each film at 10 % noise and compares

The three synthetic films of the chapter *Which equation moved the film?* (Burgers, Korteweg-de Vries, Kuramoto-Sivashinsky; the same grids and
starts), 1, 5, 10 and 20 % noise, fifteen draws each; fifteen candidates. As there: pixels (strong form; polynomials of two windows that did well when the truth was
looked at, and a Fourier low-pass) by the rule of the table of Rudy et al. (2017), doi:10.1126/sciadv.1602614, or with hindsight (the truth stands
anywhere on the way); windows (weak form) by the F-test, of 61 pixels and 25 frames, and of 91 and 41.
"""

from __future__ import annotations

import argparse
import csv
import time

import numpy as np
from scipy.signal import savgol_filter

from mmlib import data, identify
from mmlib.systems.waves import BURGERS, KDV, KURAMOTO, solitons

TABLE = data.FOLDER / "laws_found.csv"
HEAD = """\
# what: noisy synthetic films of three laws of which exactly the true terms were found, fifteen draws of noise a point
# source: benchmarks/laws_found.py, where films and methods stand; {date}, numpy {numpy}, one thread
# units: noise [% of the standard deviation of the film]; draw, the seed [1]; 1 where the terms are right, else 0; seconds [CPU s]
# done to it: computed; no published number is in it
"""
METHODS = ("hold_out", "hindsight", "windows", "long_windows")
COLUMNS = ("film", "noise", "draw", *METHODS, "seconds")
LEVELS, DRAWS = (1, 5, 10, 20), 15
TERMS = [(p, d) for d in range(5) for p in (1, 2, 3)]
ASK = {"powers": (1, 2, 3), "derivatives": range(5)}
BEST = {"front": ((31, 15), (41, 25)), "waves": ((31, 25), (41, 25)), "flame": ((41, 9), (61, 15))}
FRAMES = {"front": 9, "waves": 25, "flame": 15}


def films():
    """{name: (x, t, film, law)} without noise."""
    ring = lambda start, length, n: start + length * np.arange(n) / n  # noqa: E731
    x, t = ring(-8, 16, 256), np.linspace(0, 10, 101)
    made = {"front": (x, t, BURGERS.solve(np.exp(-((x + 2) ** 2)), x, t, step=0.02), BURGERS)}
    x, t = ring(-30, 60, 512), np.linspace(0, 20, 201)
    made["waves"] = x, t, KDV.solve(solitons(x, [0.0], (1, 0.5), (-20, 0))[0], x, t, step=0.02), KDV
    x, t = ring(32 * np.pi / 1024, 32 * np.pi, 1024), np.linspace(0, 100, 251)
    made["flame"] = x, t, KURAMOTO.solve(np.cos(x / 16) * (1 + np.sin(x / 16)), x, t, step=0.05), KURAMOTO
    return made


def low_pass(x, t, film, frames, thin=(4, 2)):
    """The strong form by a Fourier low-pass along x and polynomials of degree four along t."""
    power = (np.abs(np.fft.rfft(film, axis=1)) ** 2).mean(axis=0)
    last = np.flatnonzero(power > 2 * len(x) * identify.film_noise(film) ** 2).max()
    k = 2 * np.pi * np.fft.rfftfreq(len(x), x[1] - x[0])

    def along_x(f, d=0, upto=np.inf):
        return np.fft.irfft(np.fft.rfft(f, axis=1) * (1j * k) ** d * (np.arange(len(k)) <= upto), len(x), axis=1)

    smooth, rates = (
        along_x(savgol_filter(film, frames, 4, deriv=d, delta=t[1] - t[0], axis=0), upto=last) for d in (0, 1)
    )
    rows = slice(frames // 2, len(t) - frames // 2, thin[1]), slice(None, None, thin[0])
    theta = np.stack([along_x(smooth**p, d)[rows].ravel() for p, d in TERMS], axis=1)
    like = identify.pointwise_problem(x, t, film, **ASK)
    return like._replace(theta=theta, dydt=rates[rows].reshape(-1, 1), group=np.zeros(len(theta), int))


def thresholds(problem):
    size = np.linalg.norm(problem.theta, axis=0) / np.linalg.norm(problem.dydt)
    return identify.path(problem._replace(theta=problem.theta / size), "sindy")


def held_out(problem, laws, rng):
    """The law of the least misfit on a fifth of the rows plus a fee for each term, a thousandth of the condition number."""
    out, y = rng.random(len(problem.theta)) < 0.2, problem.dydt[:, 0]
    fee = 1e-3 * np.linalg.cond(problem.theta)

    def loss(law):  # as if every pixel were a row: one in eight is kept
        c = identify.refit(problem, law.structure).coef[0]
        return np.sqrt(8) * np.linalg.norm(y[out] - problem.theta[out] @ c) + fee * law.structure.sum()

    return min(laws, key=loss)


def found(name, x, t, u, law, level, draw):
    """{method: 1 where exactly the true terms were found}."""
    rng = np.random.default_rng([draw, level, *map(ord, name)])
    film, true = u + level / 100 * u.std() * rng.standard_normal(u.shape), np.array([[k in law.terms for k in TERMS]])
    has = lambda laws: int(any((f.structure == true).all() for f in laws))  # noqa: E731
    rows = [identify.pointwise_problem(x, t, film, window=w, **ASK) for w in BEST[name]]
    rows.append(low_pass(x, t, film, FRAMES[name]))
    ways = [thresholds(q) for q in rows]
    late = [identify.path(q, "stepwise") for q in rows]
    weak = {w: identify.stepwise(identify.field_problem(x, t, film, window=w, **ASK), p=1e-3) for w in ((61, 25), (91, 41))}  # fmt: skip
    return {
        "hold_out": has([held_out(q, way, rng) for q, way in zip(rows, ways, strict=True)]),
        "hindsight": has(sum(ways + late, [])),
        "windows": has([weak[61, 25]]),
        "long_windows": has([weak[91, 41]]),
    }


def read():
    """{(film, noise, draw): row} as stored."""
    if not TABLE.exists():
        return {}
    table = data.read_table(TABLE.stem)
    rows = (dict(zip(COLUMNS, values, strict=True)) for values in zip(*(table[c] for c in COLUMNS), strict=True))
    return {(row["film"], row["noise"], row["draw"]): row for row in rows}


def write(rows):
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        file.write(HEAD.format(date=time.strftime("%Y-%m-%d"), numpy=np.__version__))
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows.values(), key=lambda r: (r["film"], int(r["noise"]), int(r["draw"]))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="repeat one draw of each film")
    rows, check = read(), parser.parse_args().check
    for draw in range(1 if check else DRAWS):
        for name, film in films().items():
            for level in (10,) if check else LEVELS:
                key = name, str(level), str(draw)
                if key in rows and not check:
                    continue
                clock = time.process_time()
                terms = {m: str(v) for m, v in found(name, *film, level, draw).items()}
                if check:
                    if terms != {m: rows[key][m] for m in METHODS}:
                        raise SystemExit(f"{key}: {terms}, stored {rows[key]}")
                    print(*key, "as stored")
                    continue
                row = dict(zip(COLUMNS[:3], key, strict=True), **terms, seconds=f"{time.process_time() - clock:.1f}")
                rows[key] = row
                print(*row.values(), flush=True)
        if not check:
            write(rows)


if __name__ == "__main__":
    main()
