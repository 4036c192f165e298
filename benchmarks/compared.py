"""The stored runs of a problem, and the page's tables that set methods side by side."""

from __future__ import annotations

import numpy as np

from benchmarks.problems import BENCHMARKS
from benchmarks.words import seconds, short

METHODS = ("stock", "ours", "first order", "classical")
SINES = "random sines"  # not on every problem
LESS = "; less accurate than ours"


class Runs:
    """The stored runs of one problem."""

    def __init__(self, name, rows, curves):
        self.name, self.title = name, BENCHMARKS[name].title
        self.rows = {m: [r for r in rows if r["problem"] == name and r["method"] == m] for m in (*METHODS, SINES)}
        self.curves = {}
        for r in curves:
            if r["problem"] == name:
                key = r["method"], int(r["seed"])
                self.curves.setdefault(key, []).append((float(r["cpu_seconds"]), float(r["error"])))

    def errors(self, method):
        return np.array([float(r["error"]) for r in self.rows[method]])

    def seconds(self, method):
        return np.array([float(r["cpu_seconds"]) for r in self.rows[method]])

    def first_time(self, method, seed, error):
        """CPU seconds until the error is first reached; infinite if it is not."""
        return next((s for s, e in self.curves[method, seed] if e <= error), np.inf)

    @property
    def speedup(self):
        """How many times fewer CPU seconds to the recipe's final error (median over seeds)."""
        wanted = 1.05 * self.errors("stock")[0]
        mine = [self.first_time("ours", int(r["seed"]), wanted) for r in self.rows["ours"]]
        return self.first_time("stock", 0, wanted) / np.median(mine)

    @property
    def complete(self):
        """All methods have run that this problem has."""
        needed = METHODS if BENCHMARKS[self.name].stock else ("ours", "classical")
        return all(self.rows[m] for m in needed)

    @property
    def matched(self):
        """The classical solver came to the error of ours."""
        return not self.rows["classical"][0]["note"].endswith(LESS)

    @property
    def beaten(self):
        """How many times fewer CPU seconds the classical solver took."""
        return np.median(self.seconds("ours")) / self.seconds("classical")[0]

    @property
    def capped(self):
        return self.rows["stock"][0]["note"].removeprefix("capped: ") if self.rows["stock"] else ""


def errors_of(p):
    """A line of the table of errors."""
    own, first, stock = (p.errors(m) for m in ("ours", "first order", "stock"))
    return [
        p.title,
        f"{short(stock[0])}{'*' if p.capped else ''} in {seconds(p.seconds('stock')[0])} s" if len(stock) else "none",
        f"**{short(np.median(own))}** ({short(own.min())} to {short(own.max())}) in {seconds(np.median(p.seconds('ours')))} s",
        f"{short(first[0])} in {seconds(p.seconds('first order')[0])} s" if len(first) else "",
        f"{short(p.errors('classical')[0])} in {seconds(p.seconds('classical')[0])} s",
    ]


def speed_of(p):
    """A line of the table of times."""
    faster = f"{p.speedup:.0f} ×" + "*" * bool(p.capped) if p.rows["stock"] and p.speedup > 0 else "not reached"
    peaks = [str(max(int(r["peak_mb"]) for r in p.rows[m])) for m in ("stock", "ours") if p.rows[m]]
    return [
        p.title,
        faster if p.rows["stock"] else "",
        " / ".join(peaks) + " MB",
        p.rows["classical"][0]["note"].replace(LESS, ""),
        f"{p.beaten:.0f} × fewer" if p.matched else "less accurate",
    ]


def published_of(p):
    """The lines of a problem in the table of published figures."""
    lines, own = [], np.median(p.errors("ours"))
    for what, value, source in BENCHMARKS[p.name].published:
        ratio = own / value
        verdict = f"behind by {float(f'{ratio:.2g}'):,.0f} ×" if ratio > 2 else "better" if ratio < 0.5 else "level"
        lines.append([p.title, what, short(value), source, short(own), verdict])
    return lines


def _median(p, method):
    own = p.errors(method)
    return f"{short(np.median(own))} ({short(own.min())} to {short(own.max())}) in {seconds(np.median(p.seconds(method)))} s"


def sines_of(p):
    """A line of the table of random sines."""
    says = [r["note"].split(";")[0] for r in p.rows[SINES]]
    words = ", ".join(f"{w} {says.count(w)} of {len(says)}" for w in sorted(set(says)))
    classical = f"{short(p.errors('classical')[0])} in {seconds(p.seconds('classical')[0])} s"
    return [p.title, _median(p, SINES), words, _median(p, "ours"), classical]


def smooth(p):
    """How much nearer, and how much cheaper, where the solution is smooth."""
    nearer = np.median(p.errors("ours")) / np.median(p.errors(SINES))
    cheaper = np.median(p.seconds("ours")) / np.median(p.seconds(SINES))
    return {"sines_nearer": f"{float(f'{nearer:.1g}'):,.0f}", "sines_cheaper": f"{float(f'{cheaper:.1g}'):,.0f}"}


def agreement(sines, good=0.01):
    """Is *converged* said where the error is small, and only there?"""
    runs = [(r["note"].startswith("converged"), float(r["error"]) < good) for p in sines for r in p.rows[SINES]]
    wrong = sum(not right for _, right in runs)
    false = sum(said and not right for said, right in runs)
    called = f"of these {false or 'none'} {'are' if false > 1 else 'is'} called converged: a small residual does not bound the error"
    shy = sorted(
        {
            p.title
            for p in sines
            for r in p.rows[SINES]
            if float(r["error"]) < good and not r["note"].startswith("converged")
        }
    )
    silent = sum(right and not said for said, right in runs)
    also = (
        f" Of the {len(runs) - wrong} others {silent} are not called converged either ({', '.join(shy)})."
        if silent
        else ""
    )
    return f"Of {len(runs)} runs {wrong} end with an error above one per cent; {called}.{also}"
