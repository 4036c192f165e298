"""What comes into a process that knows a law: rows, law, unknowns and noise, looked at before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mmlib import _input
from mmlib.gp._checks import MOST_POINTS, inputs

__all__ = ["checked_law", "checked_noise", "checked_rows", "checked_unknowns", "coefficient"]

HIGHEST = 4  # order of a derivative: the kernel is differentiated up to twice as often


def checked_rows(values, sources, exact):
    """{"values", "sources", "exact"} -> (x (n, d), y (n,)), and d."""
    rows, d = {}, None
    for name, given in (("values", values), ("sources", sources), ("exact", exact)):
        if given is None:
            continue
        if not isinstance(given, list | tuple) or len(given) != 2:
            raise ValueError(
                f"expected {name} as a pair (x, y); got {_input.shown(given)}. Two arrays? Pass ({name}_x, {name}_y)."
            )
        try:
            x = inputs(given[0]).numpy()
            y = _input.array(given[1], "y", f"({len(x)},)", remedy=f"One number for each of the {len(x)} points.")
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if d is not None and x.shape[1] != d:
            raise ValueError(
                f"expected the same inputs in all readings; got {d} columns and {x.shape[1]} in {name}. Give each x all inputs."
            )
        rows[name], d = (x, y), x.shape[1]
    if "sources" in rows and not rows["sources"][1].any():
        raise ValueError(
            "expected sources that are not all zero; got zeros: as readings they are explained best by a flat u, and length and "
            "coefficients would follow that. For an equation without sources use a solver, or mmlib.random_features."
        )
    n = sum(len(y) for _, y in rows.values())
    if n < 3 or not ({"values", "sources"} & set(rows)):
        raise ValueError(
            f"expected readings, values or sources, and at least 3 rows in all; got {n}. A length scale cannot be learned from fewer."
        )
    if len(np.unique(np.concatenate([x for x, _ in rows.values()]), axis=0)) < 2:
        raise ValueError(
            f"expected readings at 2 or more different x; got {n} at one. A length scale cannot be learned there: bring other x."
        )
    if n > MOST_POINTS:
        raise ValueError(
            f"expected at most {MOST_POINTS} rows in all, because each step of the search costs n^3; got {n}. Take every {-(-n // MOST_POINTS)}th reading."
        )
    nothing = (np.zeros((0, d)), np.zeros(0))
    return {name: rows.get(name, nothing) for name in ("values", "exact", "sources")}, d


def checked_unknowns(unknowns):
    unknowns = {} if unknowns is None else unknowns
    if not isinstance(unknowns, Mapping) or any(not isinstance(n, str) or not n.isidentifier() for n in unknowns):
        raise ValueError(
            f"expected unknowns as a dict of name -> (low, high); got {_input.shown(unknowns)}. Try {{'alpha': (0.1, 10)}}."
        )
    found = {}
    for name, ends in unknowns.items():
        low, high = _input.array(ends, f"the range of {name}", "(2,)", remedy="Pass (low, high).")
        if not low < high:
            raise ValueError(
                f"expected the range of {name} as (low, high), low below high; got {_input.shown(ends)}. Swap them?"
            )
        found[name] = (low, high)
    return found


def checked_law(law, d, unknowns, x):
    if not isinstance(law, Mapping) or not law:
        raise ValueError(
            f"expected law as a dict of derivative -> coefficient; got {_input.shown(law)}. A linear law only: -u'' is {{(0, 0): -1.0}}."
        )
    used, found = set(), {}
    for axes, c in law.items():
        if (
            not isinstance(axes, tuple)
            or len(axes) > HIGHEST
            or any(type(a) is not int or a not in range(d) for a in axes)
        ):
            raise ValueError(
                f"expected derivatives in law as tuples of at most {HIGHEST} axes from 0 to {d - 1}, () for u; got {axes!r}. "
                "A product of derivatives is not linear, and has no Gaussian image."
            )
        axes = tuple(sorted(axes))
        if axes in found:
            raise ValueError(f"expected each derivative in law once; got {axes} twice. Add the coefficients.")
        if isinstance(c, str):
            if c.removeprefix("-") not in unknowns:
                raise ValueError(
                    f"expected a range for {c!r} of law in unknowns; got {list(unknowns)}. Try unknowns={{{c.removeprefix('-')!r}: (0.1, 10)}}."
                )
            used.add(c.removeprefix("-"))
        else:
            coefficient(axes, c, x)
        found[axes] = c
    if set(unknowns) - used:
        raise ValueError(
            f"expected of every unknown a place in law; got {sorted(set(unknowns) - used)} without. Leave it out, or name it as a coefficient."
        )
    if unknowns and not len(x):
        raise ValueError("expected sources for a law with unknowns; got none. Bring readings of f.")
    return found


def coefficient(axes, c, x):
    """A number, or the values (n,) of a function of x (n, d)."""
    if callable(c):
        return _input.array(
            c(x),
            f"the coefficient of {axes} in law",
            f"({len(x)},)",
            least=0,
            remedy="A function of x (n, d) -> (n,); it may not depend on u.",
        )
    return _input.number(
        c, f"the coefficient of {axes} in law", remedy="A number, a function of x, or the name of an unknown."
    )


def checked_noise(noise):
    pair = (noise, noise) if isinstance(noise, str) else noise
    if not isinstance(pair, list | tuple | np.ndarray) or len(pair) != 2:
        raise ValueError(
            f"expected noise 'learn', or a pair of variances for values and sources; got {_input.shown(noise)}. Try noise=('learn', 0.01)."
        )
    return [
        v
        if isinstance(v, str) and v == "learn"
        else _input.number(v, "noise, 'learn' or a positive variance,", above=0)
        for v in pair
    ]
