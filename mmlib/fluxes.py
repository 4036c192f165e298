"""Fluxes through a metabolic network at steady state: the linear programs of flux balance, their prices, knock-outs, near fluxes.

A network is a matrix $S$ (metabolites by reactions) and bounds $l \\le v \\le u$ on the fluxes $v$, in mmol per gram dry weight and hour; the flux
of the growth reaction is a rate per hour. Every program here is solved by HiGHS (`scipy.optimize.linprog`).
"""

from __future__ import annotations

import ast
from typing import NamedTuple

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity

from mmlib import _input
from mmlib.optim import Verdict

__all__ = [
    "Network",
    "Optimum",
    "balanced",
    "best_ratio",
    "ceiling",
    "closed",
    "from_cobra",
    "nearest",
    "optimum",
    "variability",
]

BALANCE = 1e-7  # what HiGHS lets a balance or a bound miss, in the unit of the fluxes
SLACK = 1e-9  # share of the optimum that `variability` gives away, against round-off


class Network(NamedTuple):
    """A metabolic network. `net._replace(lower=…)` is the same cell in another medium."""

    S: np.ndarray  # (m, n) stoichiometry: metabolites made (+) or used (-) by one unit of flux
    lower: np.ndarray  # (n,) bounds of the fluxes [mmol/gDW/h]
    upper: np.ndarray  # (n,)
    goal: np.ndarray  # (n,) what the cell maximises is goal @ v
    reactions: tuple[str, ...]
    metabolites: tuple[str, ...]
    rules: tuple[str, ...]  # which genes a reaction needs, with "and", "or" and brackets; "" for none
    genes: tuple[str, ...]

    def at(self, reaction: str) -> int:
        """Place of a reaction by its name."""
        return self.reactions.index(_input.choice(reaction, "reaction", self.reactions))


class Optimum(NamedTuple):
    """What a linear program returns. Where its verdict is not converged, the numbers are NaN."""

    value: float  # goal @ v, or the distance in `nearest`
    v: np.ndarray  # (n,) fluxes
    price: np.ndarray  # (n,) change of the value by a unit more of each bound that holds a flux; zero elsewhere
    verdict: Verdict

    @property
    def converged(self) -> bool:
        """Whether the program was solved."""
        return self.verdict.converged


def from_cobra(model) -> Network:
    """The network of a COBRApy model (Ebrahim et al. 2013, doi:10.1186/1752-0509-7-74), as arrays.

    Raises
    ------
    TypeError : not such a model.

    >>> import cobra
    >>> net = from_cobra(cobra.io.load_model("textbook"))
    >>> net.S.shape, len(net.genes)
    ((72, 95), 137)
    """
    if not all(hasattr(model, name) for name in ("reactions", "metabolites", "genes", "objective")):
        raise TypeError(
            f"expected a model of COBRApy, got {type(model).__name__}. Load one: cobra.io.load_model('textbook')."
        )
    names = [m.id for m in model.metabolites]
    S = np.zeros((len(names), len(model.reactions)))
    for j, reaction in enumerate(model.reactions):
        for metabolite, count in reaction.metabolites.items():
            S[names.index(metabolite.id), j] = count
    return Network(
        S,
        np.array([r.lower_bound for r in model.reactions], dtype=float),
        np.array([r.upper_bound for r in model.reactions], dtype=float),
        np.array([r.objective_coefficient for r in model.reactions], dtype=float),
        tuple(r.id for r in model.reactions),
        tuple(names),
        tuple(r.gene_reaction_rule for r in model.reactions),
        tuple(g.id for g in model.genes),
    )


def optimum(net: Network, goal=None) -> Optimum:
    r"""Flux balance: the largest $c \cdot v$ with $S v = 0$ and $l \le v \le u$ (Orth et al. 2010, doi:10.1038/nbt.1614).

    The duals of the bounds come with it: `price` is the slope of the optimum in the bound that holds a flux. The optimum is a concave
    function of the bounds, so that the plane with this slope lies nowhere below it.

    Parameters
    ----------
    net : Network
    goal : array (n,), optional
        Another $c$; the network's own if left out.

    Raises
    ------
    ValueError : bounds or a goal of another length, not a number, or a lower bound above the upper one.

    >>> chain = Network(np.array([[1.0, -2.0]]), np.zeros(2), np.array([10.0, 99.0]), np.array([0, 1.0]), ("in", "out"), ("m",), ("", ""), ())
    >>> found = optimum(chain)
    >>> float(found.value), found.price.tolist()  # two of the first make one of the second
    (5.0, [0.5, 0.0])
    """
    net = _checked(net)
    goal = net.goal if goal is None else _input.array(goal, "goal", f"({len(net.reactions)},)")
    if (unit := _unit(net)) != 1:
        return _times(unit, optimum(_over(net, unit), goal))
    found = linprog(-goal, A_eq=csr_matrix(net.S), b_eq=np.zeros(len(net.S)), bounds=_pairs(net), method="highs")
    verdict = _ended(found)
    if not verdict:
        return _nothing(net, verdict)
    return Optimum(float(goal @ found.x), found.x, 0.0 - found.lower.marginals - found.upper.marginals, verdict)


def nearest(net: Network, v, weights=None) -> Optimum:
    r"""The flux that the network can carry with the smallest $\sum_j w_j |x_j - v_j|$: a linear program with twice the unknowns.

    With `v` zero and the lower bound of growth raised to its optimum, this is the flux of least total size (parsimonious flux balance; Lewis
    et al. 2010, doi:10.1038/msb.2010.47). With `v` the flux of a healthy cell and `net` a mutant, it is the least adjustment in its linear form
    (Segre et al. 2002, doi:10.1073/pnas.232349399, minimise squares). With `v` a prediction, it repairs what the prediction breaks.

    Parameters
    ----------
    net : Network
    v : array (n,) or a number
    weights : array (n,), optional
        Positive; ones if left out.

    >>> chain = Network(np.array([[1.0, -2.0]]), np.zeros(2), np.array([10.0, 99.0]), np.array([0, 1.0]), ("in", "out"), ("m",), ("", ""), ())
    >>> nearest(chain, [8.0, 5.0]).v.tolist()
    [8.0, 4.0]
    """
    net = _checked(net)
    n = len(net.reactions)
    v = np.broadcast_to(_input.array(v, "v", f"() or ({n},)"), (n,))
    w = np.ones(n) if weights is None else _input.array(weights, "weights", f"({n},)")
    if w.min() <= 0:
        raise ValueError(f"expected positive weights, got {w.min():.3g}. Give a small number to what matters little.")
    if (unit := _unit(net, v)) != 1:
        return _times(unit, nearest(_over(net, unit), v / unit, w))
    # x = v + up - down, up and down not negative; bounds on x as inequalities
    eye, S = identity(n, format="csr"), csr_matrix(net.S)
    both = hstack([eye, -eye])
    found = linprog(
        np.concatenate([w, w]),
        A_eq=hstack([S, -S]),
        b_eq=-net.S @ v,
        A_ub=csr_matrix(np.vstack([both.toarray(), -both.toarray()])),
        b_ub=np.concatenate([net.upper - v, v - net.lower]),
        bounds=(0, None),
        method="highs",
    )
    verdict = _ended(found)
    if not verdict:
        return _nothing(net, verdict)
    move = found.x[:n] - found.x[n:]
    slack = found.ineqlin.marginals
    return Optimum(float(found.fun), v + move, slack[:n] - slack[n:], verdict)


def _unit(net, v=0.0):
    """One, or the size of fluxes so small or large that the solver's tolerance, 1e-7, would decide."""
    sizes = np.abs(np.concatenate([net.lower, net.upper, np.ravel(v)]))
    size = sizes[np.isfinite(sizes)].max(initial=0.0)
    return 1.0 if size == 0 or 1e-3 <= size <= 1e7 else float(size)


def _over(net, unit):
    return net._replace(lower=net.lower / unit, upper=net.upper / unit)


def _times(unit, found):
    return found._replace(value=unit * found.value, v=unit * found.v)


def variability(net: Network, share=1.0):
    """Smallest and largest flux (n, 2) of each reaction among all states that reach a share of the optimum: 2 n linear programs.

    (Mahadevan and Schilling 2003, doi:10.1016/j.ymben.2003.09.002.)

    Raises
    ------
    ValueError : a share not between 0 and 1, or a network that carries no flux within its bounds.

    >>> fork = Network(np.array([[1.0, -1, -1]]), np.zeros(3), np.array([1.0, 9, 9]), np.array([1.0, 0, 0]), ("in", "a", "b"), ("m",), ("",) * 3, ())
    >>> variability(fork).round(6).tolist()
    [[1.0, 1.0], [0.0, 1.0], [0.0, 1.0]]
    """
    share = _input.number(share, "a share from 0 to 1, share", least=0, most=1)
    net = _checked(net)
    if (unit := _unit(net)) != 1:
        return unit * variability(_over(net, unit), share)
    best = optimum(net)
    if not best.verdict:
        raise ValueError(
            f"expected a network with a steady state within its bounds; got: {best.verdict}. Widen the bounds."
        )
    n, S = len(net.reactions), csr_matrix(net.S)
    keep = -net.goal[None]
    floor = -share * best.value + SLACK * abs(best.value)
    ends = np.empty((n, 2))
    for j in range(n):
        for k, sign in enumerate((1.0, -1.0)):
            goal = np.zeros(n)
            goal[j] = sign
            found = linprog(
                goal,
                A_ub=keep,
                b_ub=[floor],
                A_eq=S,
                b_eq=np.zeros(len(S.toarray())),
                bounds=_pairs(net),
                method="highs",
            )
            ends[j, k] = found.x[j] if found.status == 0 else np.nan
    return ends


def closed(net: Network, gone) -> np.ndarray:
    """Which reactions (n,) are lost without some genes: those whose rule is no longer met. Bool; reactions without a rule stay.

    Raises
    ------
    ValueError : a gene that the network does not have.

    >>> two = Network(np.zeros((1, 2)), np.zeros(2), np.ones(2), np.zeros(2), ("x", "y"), ("m",), ("a and b", "a or b"), ("a", "b"))
    >>> closed(two, ["b"]).tolist()
    [True, False]
    """
    net = _checked(net)
    gone = list(gone) if np.iterable(gone) and not isinstance(gone, str) else [gone]
    if not all(isinstance(gene, str) for gene in gone):
        raise ValueError(f"expected genes by name; got {_input.shown(gone)}. Pass a list out of net.genes.")
    gone = set(gone)
    if unknown := sorted(gone - set(net.genes)):
        raise ValueError(f"expected genes of the network, got {', '.join(unknown[:3])}. They stand in net.genes.")
    return np.array([bool(rule) and not _met(ast.parse(rule, mode="eval").body, gone) for rule in net.rules])


def balanced(net: Network) -> np.ndarray:
    """Orthonormal columns (n, n - rank of S) of all fluxes that balance: $v = N z$ for any z has $S v = 0$.

    >>> chain = Network(np.array([[1.0, -2.0]]), np.zeros(2), np.ones(2), np.zeros(2), ("in", "out"), ("m",), ("", ""), ())
    >>> N = balanced(chain)
    >>> N.shape, bool(abs(chain.S @ N).max() < 1e-12)
    ((2, 1), True)
    """
    return null_space(_checked(net).S)


def ceiling(points, values, slopes, feeds) -> np.ndarray:
    r"""Upper bound (q,) of a concave optimum at `feeds` (q, d): the lowest of the planes $y_k + g_k \cdot (u - u_k)$ of solved programs.

    Growth is concave and made of planes in the bounds of a linear program. So this is exact on every plane that was met, and nowhere below.

    >>> ceiling([[0.0], [3.0]], [0.0, 2.0], [[1.0], [0.0]], [[1.0], [2.0], [5.0]]).tolist()
    [1.0, 2.0, 2.0]
    """
    points, values, slopes = _planes(points, values, slopes)
    feeds = _input.array(feeds, "feeds", f"(q, {points.shape[1]})")
    return (values - (points * slopes).sum(axis=1) + feeds @ slopes.T).min(axis=1)


def best_ratio(points, values, slopes, low, high, price, fixed):
    r"""Feed (d,) and largest ratio of `ceiling` to a cost $p \cdot u + f$ within low and high: one small linear program.

    With $t = 1 / (p \cdot u + f)$ and $w = t u$ the ratio is linear (Charnes and Cooper 1962, doi:10.1002/nav.3800090303). What it returns is an upper
    bound of the true ratio; solve the large program at that feed, add its plane, and ask again: where both agree, the feed is the best one.

    Raises
    ------
    ValueError : bounds in the wrong order, or a cost that is not positive.

    >>> u, ratio = best_ratio([[0.0], [3.0]], [0.0, 2.0], [[1.0], [0.0]], [0.0], [9.0], [1.0], 1.0)
    >>> u.round(6).tolist(), round(ratio, 6)  # two for a cost of three
    ([2.0], 0.666667)
    """
    points, values, slopes = _planes(points, values, slopes)
    d = points.shape[1]
    low, high, price = (_input.array(x, n, f"({d},)") for x, n in ((low, "low"), (high, "high"), (price, "price")))
    if (low > high).any():
        raise ValueError("expected low below high for each feed; got them the other way round. Exchange them.")
    fixed = _input.number(fixed, "a positive fixed cost, fixed", above=0)
    if fixed + np.minimum(price * low, price * high).sum() <= 0:
        raise ValueError("expected a positive cost of every feed; got one of zero or less. Raise fixed.")
    offset = values - (points * slopes).sum(axis=1)
    eye, none = np.eye(d), np.zeros((d, 1))
    # unknowns w (d), t, ratio
    A = np.vstack(
        [
            np.column_stack([-slopes, -offset, np.ones(len(offset))]),
            np.hstack([eye, -high[:, None], none]),
            np.hstack([-eye, low[:, None], none]),
        ]
    )
    found = linprog(
        np.r_[np.zeros(d + 1), -1.0],
        A_ub=A,
        b_ub=np.zeros(len(A)),
        A_eq=np.r_[price, fixed, 0.0][None],
        b_eq=[1.0],
        bounds=[(None, None)] * d + [(0, None), (None, None)],
        method="highs",
    )
    if found.status:
        raise ValueError(f"expected planes that bound the ratio; got none: {found.message}. Give a positive cost.")
    return found.x[:d] / found.x[d], float(found.x[d + 1])


def _planes(points, values, slopes):
    points = _input.array(points, "points", "(k, d)")
    values = _input.array(values, "values", f"({len(points)},)")
    return points, values, _input.array(slopes, "slopes", f"({len(points)}, {points.shape[1]})")


def _met(node, gone):
    if isinstance(node, ast.BoolOp):
        parts = [_met(part, gone) for part in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.Name):
        return node.id not in gone
    raise ValueError(f"expected genes joined by 'and' and 'or'; got {ast.unparse(node)!r}. Rename such a gene.")


def _checked(net):
    if not isinstance(net, Network):
        raise TypeError(f"expected a Network, got {type(net).__name__}. Make one: fluxes.from_cobra(model).")
    n = len(net.reactions)
    if not hasattr(net.S, "tocsr"):
        _input.array(net.S, "net.S", f"(m, {n})", remedy="One column a reaction.")
    lower = _input.array(net.lower, "net.lower", f"({n},)")
    upper = _input.array(net.upper, "net.upper", f"({n},)")
    if (lower > upper).any():
        j = int(np.argmax(lower - upper))
        raise ValueError(
            f"expected lower bounds below the upper ones; got {lower[j]:.4g} above {upper[j]:.4g} for {net.reactions[j]}. Exchange them."
        )
    return net._replace(lower=lower, upper=upper)


def _pairs(net):
    return np.column_stack([net.lower, net.upper])


def _ended(found):
    if found.status == 0:
        return Verdict("converged", f"HiGHS: the duals close the gap to within {BALANCE:.0e}")
    if found.status == 1:
        return Verdict("out of steps", found.message)
    return Verdict(
        "not determined",
        found.message,
        "Look at the bounds: a flux is forced that nothing can carry, or the goal has no upper end.",
    )


def _nothing(net, verdict):
    none = np.full(len(net.reactions), np.nan)
    return Optimum(float("nan"), none, none, verdict)
