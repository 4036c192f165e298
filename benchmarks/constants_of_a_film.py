"""Two constants of Burgers' equation from noisy films of a steepening front, by five ways told the same terms: mmlib/data/constants_of_a_film.csv.

    python -m benchmarks.constants_of_a_film                     fills the table (about 25 CPU minutes), goes on where it stopped
    python -m benchmarks.constants_of_a_film --ways windows      only these ways
    python -m benchmarks.constants_of_a_film --check             repeats one row of each cheap way and compares

The film is the formula of Cole and Hopf on an infinite line, 64 places and 50 frames, with independent noise of 0, 1, 5 and 20 % of its standard
deviation; the seed of a draw is its number. Each way is given the terms u u_x and u_xx and the pixels, neither the noise nor the first frame. What
a way could choose, it chooses by a rule that does not see the constants:

windows      weak form, rows weighed by `identify.weigh_film`; of four windows the one whose constants have the least predicted error.
solver       least squares through finite time steps; of four lengths of the Fourier series of the first frame the one with the least AIC.
network      a network with the law in its loss (Raissi et al. 2019), Gauss-Newton; the weight of the law is the one of four that has the least error on
             a tenth of the pixels that were held out, mean of two draws of their own (100 and 101) at each noise (rows `held out`).
process      a Gaussian process on place and time, its lengths, size and noise of the largest likelihood; u, u_x, u_xx, u_t jointly from its posterior
             (derivatives of the kernel), at 744 places and times; regression weighted by their posterior covariance, carried into the rows to first order, and a
             variance of what a row misses besides, of the largest likelihood.
process plain        the same posterior means by plain least squares: the control without the weights.
process law          the same process and the law as readings: zero is read at all pixels with an error of one per cent of the rate's size, the law being made
                     linear around the last answer, at most fifteen times. Not without noise.
process law shorter  the same with lengths of 0.7 times those of the likelihood: a diagnosis, not a rule. With 5 and 20 % noise.
"""

from __future__ import annotations

import argparse
import csv
import os
import time

import numpy as np
from scipy.optimize import least_squares, minimize

from mmlib import data, identify, pinn
from mmlib.systems.waves import Ring, cole_hopf

TABLE = data.FOLDER / "constants_of_a_film.csv"
HEAD = """\
# what: the two constants of u_t = -c1 u u_x + c2 u_xx (1 and 0.1) from synthetic noisy films of a front, by ways that are told the terms
# source: benchmarks/constants_of_a_film.py, where the ways and their rules stand; {date}, {versions}, one thread
# units: noise [% of the standard deviation of the film]; draw, the seed [1]; c1, c2 [1]; setting, what the rule chose; held_out [1], error on pixels that were not trained on over the true noise-free film's standard deviation, empty where none were; seconds [CPU s]
# done to it: computed; the films are the formula of Cole and Hopf, which none of the ways solves. No published number is in it
"""
COLUMNS = ("way", "noise", "draw", "c1", "c2", "setting", "held_out", "seconds")
LEVELS, DRAWS, FITS = (0, 1, 5, 20), 10, 5  # FITS: draws of the network and of the law in the process
X, T = (-8 + np.arange(256) / 16)[::4], np.linspace(0, 10, 101)[1::2]
CLEAN = cole_hopf(X, T, lambda y: np.exp(-((y + 2) ** 2)))
WINDOWS = ((11, 9), (15, 13), (21, 17), (31, 25))  # pixels and frames
WAVES = (6, 10, 14, 18)  # Fourier series of the first frame
WEIGHTS = (0.01, 0.1, 1.0, 10.0)  # of the law, that of the pixels being one
OWN = (100, 101)  # draws by which the weight is chosen


def seen(level, draw):
    """(50, 64) the film with noise."""
    return CLEAN + level / 100 * CLEAN.std() * np.random.default_rng(draw).standard_normal(CLEAN.shape)


def by_windows(film):
    """Constants, and the window of the least predicted error."""
    best = None
    for window in WINDOWS:
        rows = identify.field_problem(X, T, film, powers=(1, 2), derivatives=(0, 1, 2), window=window)
        true = np.isin(rows.terms, ["(u^2)_x", "u_xx"])[None]
        rows = identify.weigh_film(rows, law=identify.refit(rows, true))
        theta = rows.theta[:, true[0]]
        c = np.linalg.lstsq(theta, rows.dydt[:, 0], rcond=None)[0] * [-2, 1]
        sd = np.sqrt(np.diag(np.linalg.inv(theta.T @ theta))) * [2, 1]
        predicted = np.mean(sd / np.abs(c))
        if best is None or predicted < best[0]:
            best = predicted, c, f"{window[0]} x {window[1]}"
    return best[1], best[2]


def by_solver(film):
    """Constants, and the length of the first frame's series with the least AIC."""
    best, p = None, None
    for waves in WAVES:
        k = np.pi / 8 * np.outer(X + 8, np.arange(1, waves + 1))
        form = np.hstack([np.ones((len(X), 1)), np.stack([np.cos(k), np.sin(k)], -1).reshape(len(X), -1)])

        def misfit(p, form=form):
            law = Ring("sought", {(2, 1): -p[0] / 2, (1, 2): p[1]})
            try:
                return (law.solve(form @ p[2:], X, T, step=0.1) - film).ravel()
            except RuntimeError:
                return np.full(film.size, 1e3)

        first = np.linalg.lstsq(form, film[0], rcond=None)[0]
        start = np.r_[0.5, 0.3, first] if p is None else np.r_[p, np.zeros(len(first) + 2 - len(p))]
        p = least_squares(misfit, start, x_scale="jac", xtol=1e-5, ftol=1e-7).x
        aic = film.size * np.log(np.mean(misfit(p) ** 2)) + 2 * len(p)
        if best is None or aic < best[0]:
            best = aic, p[:2], str(waves)
    return best[1], best[2]


def by_network(film, seed, weight, trained=None):
    """Constants, and the error on the pixels that `trained` leaves out."""
    c1, c2 = pinn.dde.Variable(0.0), pinn.dde.Variable(0.5)

    def equation(z, u):
        u_x, u_xx, u_t = (pinn.derivative(u, z, k) for k in ((1, 0), (2, 0), (0, 1)))
        return u_t + c1 * u * u_x - c2 * u_xx

    place = pinn.dde.geometry.Interval(-8, 8), pinn.dde.geometry.TimeDomain(0, 10)
    at, values = np.stack(np.meshgrid(X, T), -1).reshape(-1, 2), film.reshape(-1, 1)
    kept = np.ones(len(at), bool) if trained is None else trained
    pixels = pinn.dde.icbc.PointSetBC(at[kept], values[kept])
    task = pinn.dde.data.TimePDE(pinn.dde.geometry.GeometryXTime(*place), equation, [pixels], num_domain=1000)
    net = pinn.dde.nn.FNN([2] + [20] * 3 + [1], "tanh", "Glorot normal")
    known = dict(variables={"c1": c1, "c2": c2}, device="cpu")
    fit = pinn.fit(task, net, seed=seed, iterations=25, weights=[1e-4, 1], **known)  # nearly the pixels alone
    new = pinn.Resample(every=10)
    fit = pinn.fit(task, fit.model.net, seed=None, iterations=40, weights=[weight, 1], resample=new, **known)
    miss = (fit.predict(at[~kept]) - values[~kept]) / CLEAN.std() if trained is not None else np.array([])
    return np.array([fit.parameters["c1"], fit.parameters["c2"]]), np.sqrt(np.mean(miss**2)) if miss.size else None


def held_back(draw):
    """(3200,) bool: the nine tenths of the pixels that are trained on."""
    return np.random.default_rng([draw, 1]).random(CLEAN.size) > 0.1


def hermite(n, r):
    """The n-th derivative of exp(-r^2/2) is (-1)^n times this times exp(-r^2/2)."""
    return (np.ones_like(r), r, r * r - 1, r**3 - 3 * r, r**4 - 6 * r * r + 3)[n]


def covariance(a, b, length, d=0, e=0):
    """Of the d-th derivative at a (m,) and the e-th at b (n,) of a process with the kernel exp(-r^2/2), r in lengths: (m, n)."""
    r = (a[:, None] - b[None, :]) / length
    return (-1) ** d * hermite(d + e, r) * np.exp(-r * r / 2) / length ** (d + e)


class Process:
    """A Gaussian process on the grid of the film; kernel and noise of the largest likelihood.

    The covariance of all pixels is a product of one along x and one along t, so that its eigenvectors are products too.
    """

    kinds = {"u": (0, 0), "u_x": (1, 0), "u_xx": (2, 0), "u_t": (0, 1)}

    def __init__(self, film):
        self.mean, y = film.mean(), film - film.mean()
        self.y, v = y, y.var()
        shortest = 2 * (X[1] - X[0]), 2 * (T[1] - T[0])  # two pixels, two frames
        bounds = np.log([(shortest[0], 16), (shortest[1], 30), (1e-2 * v, 1e4 * v), (1e-8 * v, 4 * v)])
        starts = [np.log([length, 2 * length, v, n * v]) for length in (0.6, 1.5) for n in (1e-4, 1e-2)]
        fits = [minimize(self.loss, s, method="L-BFGS-B", bounds=bounds) for s in starts]
        self.set(np.exp(min(fits, key=lambda f: f.fun).x))

    def parts(self, p):
        (a, along_x), (b, along_t) = (np.linalg.eigh(covariance(g, g, q)) for g, q in zip((X, T), p[:2], strict=True))
        return along_x, along_t, p[2] * np.outer(np.maximum(b, 0), np.maximum(a, 0)) + p[3]

    def loss(self, logs):
        along_x, along_t, variance = self.parts(np.exp(logs))
        return 0.5 * (np.log(variance) + (along_t.T @ self.y @ along_x) ** 2 / variance).sum()

    def set(self, p):
        self.p, (self.along_x, self.along_t, self.variance) = p, self.parts(p)

    def shorten(self, factor):
        """Lengths times a factor, size and noise of the largest likelihood again."""
        lengths = np.log(self.p[:2] * factor)
        free = minimize(lambda q: self.loss(np.r_[lengths, q]), np.log(self.p[2:]), method="L-BFGS-B")
        self.set(np.exp(np.r_[lengths, free.x]))

    def posterior(self, x, t):
        """Means {kind: (n,)} and joint covariances {(kind, kind): (n, n)} of u and its derivatives on a grid."""
        lx, lt, size, _ = self.p
        z = (self.along_t.T @ self.y @ self.along_x) / self.variance
        left = {
            k: (covariance(x, X, lx, d) @ self.along_x, covariance(t, T, lt, e) @ self.along_t)
            for k, (d, e) in self.kinds.items()
        }
        mean = {k: size * (b @ z @ a.T).ravel() for k, (a, b) in left.items()}
        mean["u"] = mean["u"] + self.mean
        joint = {}
        for k, (d, e) in self.kinds.items():
            for m, (f, g) in self.kinds.items():
                (a, b), (c, h) = left[k], left[m]
                known = np.einsum("pi,ri,ij->prj", b, h, 1 / self.variance, optimize=True)
                known = np.einsum("prj,qj,sj->pqrs", known, a, c, optimize=True).reshape(len(mean[k]), -1)
                joint[k, m] = size * np.kron(covariance(t, t, lt, e, g), covariance(x, x, lx, d, f)) - size**2 * known
        return mean, joint


def by_process(process):
    """Constants by weighted regression and by plain least squares on the posterior means, and the lengths."""
    mean, joint = process.posterior(X[1:-1:2], T[1:-1:2])
    product = mean["u"] * mean["u_x"] + np.diag(joint["u", "u_x"])
    theta, y = np.stack([-product, mean["u_xx"]], axis=1), mean["u_t"]
    plain = c = np.linalg.lstsq(theta, y, rcond=None)[0]
    grid = y.var() * np.exp(np.linspace(-20, 2, 45))  # variances of what a row misses besides
    for _ in range(4):
        by = {"u_t": 1 + 0 * y, "u": c[0] * mean["u_x"], "u_x": c[0] * mean["u"], "u_xx": -c[1] + 0 * y}
        total = sum(by[k][:, None] * joint[k, m] * by[m][None, :] for k in by for m in by)
        values, vectors = np.linalg.eigh((total + total.T) / 2)
        columns, rates = vectors.T @ theta, vectors.T @ y

        def fitted(besides, values=values, columns=columns, rates=rates):
            weight = 1 / np.sqrt(np.maximum(values, 0) + besides)
            c = np.linalg.lstsq(columns * weight[:, None], rates * weight, rcond=None)[0]
            left = (rates - columns @ c) * weight
            return left @ left - 2 * np.log(weight).sum(), c

        c = min((fitted(v) for v in grid), key=lambda f: f[0])[1]
    return c, plain, f"{process.p[0]:.2f} {process.p[1]:.2f}"


def sines(s, length, order):
    """Sines on an interval that is six lengths wider, scaled so that unit weights make the Gaussian kernel: values and derivatives.

    Solin & Sarkka (2020), doi:10.1007/s11222-019-09886-w.
    """
    low, wide = s[0] - 3 * length, np.ptp(s) + 6 * length
    k = np.pi * np.arange(1, int(np.ceil(5 / length * wide / np.pi)) + 1) / wide
    sd = np.sqrt(np.sqrt(2 * np.pi) * length * np.exp(-0.5 * (k * length) ** 2) * 2 / wide)
    angle = np.outer(s - low, k)
    return [np.sin(angle) * sd, np.cos(angle) * sd * k, -np.sin(angle) * sd * k * k][: order + 1]


def by_law(process, start, error=0.01, steps=15):
    """Constants with the law read as zero at all pixels: largest posterior by Gauss-Newton."""
    lx, lt, size, noise = process.p
    in_x, in_t, sd = sines(X, lx, 2), sines(T, lt, 1), np.sqrt(size)
    U, U_x, U_xx, U_t = (sd * np.kron(in_t[e], in_x[d]) for d, e in ((0, 0), (1, 0), (2, 0), (0, 1)))
    bend = U.T @ U / noise + np.eye(U.shape[1])
    pull, m, c = U.T @ process.y.ravel() / noise, U.shape[1], np.array(start)
    w = np.linalg.solve(bend, pull)
    weight = 1 / (error * (U_t @ w).std())
    for _ in range(steps):
        u, u_x, u_xx = U @ w + process.mean, U_x @ w, U_xx @ w
        left = U_t @ w + c[0] * u * u_x - c[1] * u_xx
        J = weight * np.column_stack([U_t + c[0] * (u[:, None] * U_x + u_x[:, None] * U) - c[1] * U_xx, u * u_x, -u_xx])
        H, g = J.T @ J, J.T @ (weight * left)
        H[:m, :m] += bend
        g[:m] += bend @ w - pull
        step = -np.linalg.solve(H, g)
        w, c = w + step[:m], c + step[m:]
        if np.abs(step[m:]).max() < 1e-4:
            break
    return c


def chosen_weight(rows, level):
    """The weight of the law with the least mean error on pixels held out."""
    errors = {w: [float(r["held_out"]) for r in rows.values() if r["way"] == "held out" and r["noise"] == str(level) and r["setting"] == f"{w:g}"] for w in WEIGHTS}  # fmt: skip
    return min(WEIGHTS, key=lambda w: np.mean(errors[w]))


def jobs():
    """(way, noise, draw, setting) of all rows; without noise only the network has chance in it."""
    for level in LEVELS:
        draws = range(DRAWS) if level else range(1)
        yield from (("windows", level, k, None) for k in draws)
        yield from (("process", level, k, None) for k in draws)
        yield from (("process law", level, k, None) for k in range(FITS) if level)
        yield from (("solver", level, k, None) for k in draws)
        yield from (("held out", level, k, w) for k in OWN for w in WEIGHTS)
        yield from (("network", level, k, None) for k in range(FITS))


def made(way, level, draw, setting, rows):
    """Rows of one job: [(way, constants, setting, held out, seconds)]."""
    clock, film, error = time.process_time(), seen(level, draw), None
    if way in ("windows", "solver"):
        c, setting = (by_windows if way == "windows" else by_solver)(film)
    elif way == "held out":
        c, error = by_network(film, draw, setting, held_back(draw))
    elif way == "network":
        setting = chosen_weight(rows, level)
        c, _ = by_network(film, draw, setting)
    else:
        return processes(film, level, way)
    return [(way, c, setting, error, time.process_time() - clock)]


def processes(film, level, way):
    """Rows of one process: without the law, or with it."""
    clock, found = time.process_time(), []
    process = Process(film)
    weighted, plain, lengths = by_process(process)
    if way == "process":
        used = time.process_time() - clock
        return [("process", weighted, lengths, None, used), ("process plain", plain, lengths, None, used)]
    for name, factor in (("process law", 1.0), ("process law shorter", 0.7))[: 1 + (level > 1)]:
        if factor < 1:
            clock = time.process_time()
            process.shorten(factor)
        c = by_law(process, plain)
        lengths = f"{process.p[0]:.2f} {process.p[1]:.2f}"
        found.append((name, c, lengths, None, time.process_time() - clock))
    return found


def read():
    """{(way, noise, draw, weight or ""): row} as stored."""
    if not TABLE.exists():
        return {}
    table = data.read_table(TABLE.stem)
    rows = (dict(zip(COLUMNS, values, strict=True)) for values in zip(*(table[c] for c in COLUMNS), strict=True))
    return {key_of(row): row for row in rows}


def key_of(row):
    return row["way"], row["noise"], row["draw"], row["setting"] if row["way"] == "held out" else ""


def write(rows):
    import deepxde
    import torch

    versions = f"numpy {np.__version__}, torch {torch.__version__}, deepxde {deepxde.__version__}"
    order = sorted(rows.values(), key=lambda r: (r["way"], float(r["noise"]), int(r["draw"]), r["setting"]))
    part = TABLE.with_suffix(f".{os.getpid()}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        file.write(HEAD.format(date=time.strftime("%Y-%m-%d"), versions=versions))
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(order)
    part.replace(TABLE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--ways", nargs="*", default=["windows", "process", "process law", "solver", "held out", "network"]
    )
    parser.add_argument("--check", action="store_true", help="repeat one row of each cheap way")
    given = parser.parse_args()
    if given.check:
        return check()
    for way, level, draw, setting in jobs():
        key = way, str(level), str(draw), "" if setting is None else f"{setting:g}"
        if way not in given.ways or key in read():
            continue
        found = made(way, level, draw, setting, read())
        rows = read()
        for name, c, chosen, error, seconds in found:
            chosen = chosen if isinstance(chosen, str) else f"{chosen:g}"
            held = "" if error is None else f"{error:.5g}"
            values = name, str(level), str(draw), f"{c[0]:.6g}", f"{c[1]:.6g}", chosen, held, f"{seconds:.1f}"
            row = dict(zip(COLUMNS, values, strict=True))
            rows[key_of(row)] = row
            print(*values, f"error {50 * (abs(c[0] - 1) + abs(c[1] / 0.1 - 1)):.2f} %", flush=True)
        write(rows)


def check(ways=("windows", "process", "solver"), level=20, draw=0):
    """Repeat rows and compare with the table; raises where they differ by more than one part in a thousand."""
    rows = read()
    for way in ways:
        for name, c, *_ in made(way, level, draw, None, rows):
            row = rows[name, str(level), str(draw), ""]
            stored = np.array([float(row["c1"]), float(row["c2"])])
            if not np.allclose(c, stored, rtol=1e-3):
                raise SystemExit(f"{name}: {c}, stored {stored}")
            print(name, c, "as stored")


if __name__ == "__main__":
    main()
