"""The stored runs of a problem, and the page's tables that set methods side by side."""

from __future__ import annotations

import numpy as np

from benchmarks.problems import BENCHMARKS
from benchmarks.words import seconds, short

METHODS = ("stock", "ours", "first order", "classical")
SINES = "random sines"  # not on every problem
LESS = "; less accurate than ours"
SEEDS = 5  # of a run that chance enters


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
        """Training and the classical solver have run: a line can be written."""
        return bool(self.rows["ours"] and self.rows["classical"])

    @property
    def trained(self):
        """The recipe's error fell below half of what it was at its first count."""
        curve = self.curves["stock", 0]
        return bool(self.errors("stock")[0] < 0.5 * curve[0][1])

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
    few = f", {len(own)} seed{'s' * (len(own) > 1)}" * (len(own) != SEEDS)
    none = "not run" if BENCHMARKS[p.name].stock else "none"
    return [
        p.title,
        f"{short(stock[0])}{'*' if p.capped else ''} in {seconds(p.seconds('stock')[0])} s" if len(stock) else none,
        f"**{short(np.median(own))}** ({short(own.min())} to {short(own.max())}) in {seconds(np.median(p.seconds('ours')))} s{few}",
        f"{short(first[0])} in {seconds(p.seconds('first order')[0])} s" if len(first) else "",
        f"{short(p.errors('classical')[0])} in {seconds(p.seconds('classical')[0])} s",
    ]


def speed_of(p):
    """A line of the table of times."""
    faster = ""
    if p.rows["stock"]:
        faster = f"{p.speedup:.0f} ×" + "*" * bool(p.capped) if p.speedup > 0 else "not reached"
        faster = faster if p.trained else "recipe did not train" + "*" * bool(p.capped)
    peaks = [str(max(int(r["peak_mb"]) for r in p.rows[m])) for m in ("stock", "ours") if p.rows[m]]
    return [
        p.title,
        faster,
        " / ".join(peaks) + " MB",
        p.rows["classical"][0]["note"].replace(LESS, ""),
        f"{p.beaten:.0f} × fewer" if p.matched else "less accurate",
    ]


def verdict(ratio):
    """Of our median over the published error; a factor of two is level."""
    return f"behind by {float(f'{ratio:.2g}'):,.0f} ×" if ratio > 2 else "better" if ratio < 0.5 else "level"


def published_of(p):
    """The lines of a problem in the table of published figures."""
    own = np.median(p.errors("ours"))
    return [
        [p.title, what, short(value), source, short(own), verdict(own / value)]
        for what, value, source in BENCHMARKS[p.name].published
    ]


def standing(lines, problems):
    """What the table of published figures comes to, and the rivals that are not in it."""
    said = [line[-1] for line in lines]
    behind = [f"{line[0]} ({line[-1].removeprefix('behind by ')})" for line in lines if line[-1].startswith("behind")]
    rivals = []
    for p in problems:
        best = min((np.median(p.errors(m)), m) for m in (SINES, "classical") if p.rows[m])
        if BENCHMARKS[p.name].published and "better" in [line[-1] for line in lines if line[0] == p.title]:
            rivals.append(bool(best[0] < np.median(p.errors("ours"))))
    return (
        f"Of {len(said)} published figures our median is better than {said.count('better')}, level with {said.count('level')} and behind "
        f"{len(behind)}: {'; '.join(behind) or 'none'}. *Better* is no verdict on the method: of the {len(rivals)} problems on which a published network was "
        f"beaten here, random sines or the classical solver end with a smaller error than ours on {sum(rivals)}."
    )


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


def ratios(sines):
    """On which problems the sines come nearer than our network, on which they stay further away, and by what factor."""
    by = {p.title: np.median(p.errors("ours")) / np.median(p.errors(SINES)) for p in sines}

    def listed(found):
        return "; ".join(f"{title} ({float(f'{factor:.1g}'):,.0f} ×)" for title, factor in found)

    near = sorted(((t, r) for t, r in by.items() if r >= 1), key=lambda one: -one[1])
    far = sorted(((t, 1 / r) for t, r in by.items() if r < 1), key=lambda one: -one[1])
    return {"n_near": str(len(near)), "n_sines": str(len(by)), "near": listed(near), "far": listed(far)}


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
