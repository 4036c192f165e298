"""Make the page "Where physics-informed networks stand" and its figure from the stored runs.

python -m benchmarks page            write book/pdes/where_networks_stand.md and the figure
python -m benchmarks page --check    exit 1 if the page does not agree with the stored runs
"""

from __future__ import annotations

import sys
from pathlib import Path
from string import Template

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks import history, store
from benchmarks.compared import (
    SINES,
    Runs,
    agreement,
    errors_of,
    published_of,
    ratios,
    sines_of,
    smooth,
    speed_of,
    standing,
)
from benchmarks.problems import BENCHMARKS
from benchmarks.told import bounded, examples, failures
from benchmarks.words import ROOT, seconds, settle, short, table

PAGE = ROOT / "book/pdes/where_networks_stand.md"
FIGURE = ROOT / "book/_static/physics_informed_benchmark.png"
GROWN = (
    "Growth at every place by itself is a warning: its equation is nearly met and its solution missed, since what is left of the equation "
    "grows up to e⁵ = 148 times until the end where little was there to grow."
)
CAPTION = (
    "Error against CPU seconds, both on logarithmic scales, lower left is better. Solid lines: second-order training, one line a "
    "seed. Dashed: the recipe. Dotted: Adam and L-BFGS on our formulation. Circle: the classical solver."
)
ALT = (
    "Small plots of error against CPU seconds. In most the solid lines of second-order training drop far below the dashed "
    "line of the recipe within a minute; the circle of the classical solver lies far to the left."
)


def values(problems, rows):
    """Everything that the page says, by name."""
    named = {p.name: p for p in problems}
    sines = [p for p in problems if p.rows[SINES]]
    published = [line for p in problems for line in published_of(p)]
    published.sort(key=lambda line: not line[1].startswith("relative"))  # forward problems first
    return {
        **measured(problems, rows),
        **counted(problems),
        "table_errors": table(
            ["problem", "recipe", "second order", "first order, same formulation", "classical"],
            [errors_of(p) for p in problems],
        ),
        "table_speed": table(
            [
                "problem",
                "to the recipe's error",
                "peak memory, recipe / ours",
                "classical solver",
                "classical against ours",
            ],
            [speed_of(p) for p in problems],
        ),
        "standing": standing(published, problems),
        "table_published": table(["problem", "measure", "published", "source", "ours, median", "verdict"], published),
        "table_sines": table(
            ["problem", "random sines", "verdict", "second order", "classical"], [sines_of(p) for p in sines]
        ),
        **smooth(named["helmholtz"]),
        "corner_nearer": smooth(named["l_shape"])["sines_nearer"],
        "sines_right": agreement(sines),
        **ratios(sines),
        "grown": GROWN * any(p.name == "growth" for p in sines),
        **examples(store.read("deepxde_examples.csv")),
        "burgers_seconds": seconds(np.median(named["burgers"].seconds("ours"))),
        **bounded(store.read("deepxde_bounds.csv")),
        "glycolysis": " (for glycolysis the median over its fourteen)" * ("glycolysis" in named),
        "failures": failures(named),
        "history": history.told(store.read(store.RUNS), BENCHMARKS),
        "caption": CAPTION,
        "alt": ALT,
    }


def measured(problems, rows):
    """Where, when and with what."""
    capped = [f"{p.title}: {p.capped}" for p in problems if p.capped]
    dates = sorted({min(r["date"] for r in rows)[:10], max(r["date"] for r in rows)[:10]})
    return {
        "device": machines(rows),
        "versions": "; ".join(sorted({r["versions"] for r in rows})),
        "dates": " to ".join(dates),
        "own_recipes": "; ".join(p.title for p in problems if BENCHMARKS[p.name].recipe_is.endswith("ours")),
        "capped": f"An asterisk marks a recipe that was cut short ({'; '.join(capped)})." if capped else "",
        "waiting": waiting(problems),
        "seeds": str(len(problems[0].rows["ours"])),
    }


def waiting(problems):
    """What stands in the folder and is not on the page, and which recipes were not run."""
    there = {p.name for p in problems}
    absent = [b.title for name, b in BENCHMARKS.items() if name not in there]
    others = [
        f"{b.title}: {short(one.error)} ({one.source})"
        for name, b in BENCHMARKS.items()
        for one in b.published * (name not in there)
    ]
    idle = [p.title for p in problems if BENCHMARKS[p.name].stock and not p.rows["stock"]]
    text = f"In the folder of problems, and not run yet: {'; '.join(absent)}." if absent else ""
    text += f" What others printed of these: {'; '.join(others)}." if others else ""
    return (text + (f" The recipe was not run on {'; '.join(idle)}." if idle else "")).strip()


def machines(rows):
    """Machines, and of the less used ones the problems."""
    on = {}
    for r in rows:
        on.setdefault(r["device"].removesuffix(", one thread"), set()).add(r["problem"])
    most, *others = sorted(on, key=lambda d: -len(on[d]))
    named = [f"{d}: {'; '.join(BENCHMARKS[n].title for n in BENCHMARKS if n in on[d])}" for d in others]
    return most + "".join(f"; on {n}" for n in named)


def counted(problems):
    """How often training was ten times faster, and how much faster still the classical solver."""
    full = [p for p in problems if p.rows["stock"] and p.trained and not p.capped]
    idle = [p.title for p in problems if p.rows["stock"] and not p.trained]
    fast = [p for p in full if p.speedup >= 10]
    slow = [
        f"{p.title} ({p.speedup:.1f} ×)" if p.speedup > 0 else f"{p.title} (not reached)" for p in full if p not in fast
    ]
    beaten = [p.beaten for p in problems if p.matched]
    return {
        "n_ten": str(len(fast)),
        "n_full": str(len(full)),
        "exceptions": f"The others: {', '.join(slow)}." if slow else "",
        "idle": f"Where the recipe's error did not fall by half ({'; '.join(idle)}) no factor is printed."
        if idle
        else "",
        "least_classical": f"{float(f'{min(beaten):.1g}'):,.0f}",
        "most_classical": f"{float(f'{max(beaten):.1g}'):,.0f}",
    }


def draw(problems):
    """The work-precision figure."""
    from mmlib import plot

    down = -(-len(problems) // 3)
    fig, axes = plot.figure(down, 3, size=(7.4, 0.4 + 2.1 * down))
    for ax, p in zip(axes.ravel(), problems, strict=False):
        for (method, seed), curve in p.curves.items():
            s, e = np.array(curve).T
            style = {
                "stock": {"color": plot.ORANGE, "ls": "--", "label": "recipe"},
                "ours": {"color": plot.BLUE, "lw": 1.0, "ls": "-", "label": "second order" if seed == 0 else None},
                "first order": {"color": plot.PURPLE, "ls": ":", "label": "first order, ours"},
            }
            if method in style:
                ax.loglog(s, e, **style[method])
        ax.loglog(
            p.seconds("classical"), p.errors("classical"), "o", color=plot.BLACK, ms=7, label="classical", ls="none"
        )
        ax.set_title(p.title, fontsize=8)
        ax.grid(alpha=0.2)
    for ax in axes.ravel()[len(problems) :]:
        ax.axis("off")
    for ax in axes.ravel()[len(problems) - 3 : len(problems)]:
        ax.set_xlabel("CPU seconds")
    for ax in axes[:, 0]:
        ax.set_ylabel("error")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=8)
    fig.savefig(FIGURE, dpi=110)


def page():
    """The page as text, and the problems it rests on."""
    rows = store.newest(store.read(store.RUNS))
    curves = store.curves_of(rows, store.read(store.CURVES))
    problems = [p for name in BENCHMARKS if (p := Runs(name, rows, curves)).complete]
    template = (store.FOLDER / "page.md").read_text(encoding="utf-8")
    return Template(template).substitute(values(problems, rows)), problems


def main(arguments):
    """Command line; returns the exit status."""
    text, problems = page()
    return settle(PAGE, text, arguments, lambda: draw(problems), "page.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
