"""Stiff fibres as chains of beads in two dimensions, and a membrane that they push from inside. A toy, with checked parts.

Lengths are in um, forces in pN, so that a bending rigidity is in pN um^2 (1e-24 J m) and k_B T at 25 C is 4.1e-3 pN um.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.optimize import minimize

from mmlib import _input
from mmlib._extras import extra

with extra("pinn"):
    import torch

__all__ = ["KT", "Shape", "buckling_load", "crossing", "euler_load", "graded", "persistence", "sample", "swell"]

KT = 1.380649e-23 * 298.15 * 1e18  # k_B T at 25 C [pN um]


def sample(rigidity, *, length, beads, chains, sweeps, rng, kT=KT, stretch=None):
    """Thermal shapes of a chain that is clamped at its first bond: positions (chains, beads + 1, 2) [um].

    Energy: rigidity / b * sum (1 - cos angle) + stretch / (2 b) * sum (bond - b)^2. Hybrid Monte Carlo on the beads'
    positions; the straight chain's Hessian is the mass, so that a slow bend moves as fast as a quick one. All chains start
    straight and independent.

    Parameters
    ----------
    rigidity : bending rigidity [pN um^2]; length : contour [um]; beads : bonds of length b = length / beads.
    sweeps : trajectories for each chain; angles between neighbours forget the start in some ten, the free end in some sixty. rng : numpy Generator.
    stretch : spring constant of a bond times b [pN]; default makes bonds vary by some 3 %.

    Raises ValueError for values that are not positive or fewer than 3 beads.

    >>> x = sample(0.5, length=4.0, beads=8, chains=50, sweeps=3, rng=np.random.default_rng(0))
    >>> x.shape
    (50, 9, 2)
    """
    rigidity, length, kT = (
        _input.number(v, f"positive {name}, {name}", above=0)
        for v, name in ((rigidity, "rigidity"), (length, "length"), (kT, "kT"))
    )
    chains, sweeps = _input.whole(chains, "chains", least=1), _input.whole(sweeps, "sweeps", least=1)
    beads, rng = _input.whole(beads, "beads", least=3, remedy="Expected at least 3 beads."), _input.generator(rng)
    b = length / beads
    stretch = 900 * kT / b if stretch is None else _input.number(stretch, "a positive stretch, stretch", above=0)
    difference = np.diff(np.eye(beads + 1), axis=0)
    along = stretch / b * difference.T @ difference
    bend = np.diff(difference, axis=0) / b
    across = rigidity / b * bend.T @ bend
    roots = [np.linalg.cholesky(h[2:, 2:]) for h in (along, across)]  # the first two beads do not move
    inverse = [np.linalg.inv(h[2:, 2:]) for h in (along, across)]

    def energy(x):
        d = np.diff(x, axis=1)
        size = np.linalg.norm(d, axis=2)
        u = d / size[..., None]
        cosine = (u[:, 1:] * u[:, :-1]).sum(axis=2)
        total = rigidity / b * (1 - cosine).sum(axis=1) + stretch / (2 * b) * ((size - b) ** 2).sum(axis=1)
        g = np.zeros_like(u)
        g[:, 1:] -= rigidity / b * u[:, :-1]
        g[:, :-1] -= rigidity / b * u[:, 1:]
        g = (g - u * (g * u).sum(axis=2, keepdims=True)) / size[..., None]
        g += stretch / b * (size - b)[..., None] * u
        slope = np.zeros_like(x)
        slope[:, 1:] += g
        slope[:, :-1] -= g
        return total, slope[:, 2:]

    x = np.zeros((chains, beads + 1, 2))
    x[:, :, 0] = b * np.arange(beads + 1)
    here, slope = energy(x)
    for _ in range(sweeps):
        white = rng.standard_normal((2, chains, beads - 1))
        p = np.stack([np.sqrt(kT) * w @ r.T for w, r in zip(white, roots, strict=True)], axis=2)
        before = here + 0.5 * sum(np.einsum("ci,ij,cj->c", p[..., k], inverse[k], p[..., k]) for k in (0, 1))
        new, steps, size = x.copy(), 8, 0.18 * rng.uniform(0.8, 1.2)
        g = slope
        for _ in range(steps):
            p = p - size / 2 * g
            new[:, 2:] += size * np.stack([p[..., k] @ inverse[k] for k in (0, 1)], axis=2)
            there, g = energy(new)
            p = p - size / 2 * g
        after = there + 0.5 * sum(np.einsum("ci,ij,cj->c", p[..., k], inverse[k], p[..., k]) for k in (0, 1))
        good = rng.random(chains) < np.exp(np.minimum((before - after) / kT, 0))
        x[good], here[good], slope[good] = new[good], there[good], g[good]
    return x


def persistence(x):
    """Persistence length [um] of thermal shapes (chains, beads + 1, 2) in the plane: bond length / variance of the angle.

    In two dimensions <cos angle> = exp(-b / (2 l)) between neighbours, so that l = -b / (2 ln <cos>).

    >>> x = sample(0.5, length=4.0, beads=8, chains=500, sweeps=12, rng=np.random.default_rng(0))
    >>> bool(abs(persistence(x) / (0.5 / KT) - 1) < 0.15)
    True
    """
    x = _input.numbers(x, "x")
    if x.ndim != 3 or x.shape[2] != 2 or x.shape[1] < 3 or not np.isfinite(x).all():
        raise ValueError(
            f"expected finite positions (chains, beads + 1, 2); got shape {x.shape}. One chain? Pass x[None]."
        )
    d = np.diff(x, axis=1)
    size = np.linalg.norm(d, axis=2)
    u = d / size[..., None]
    turned = 0.5 * ((u[:, 1:] - u[:, :-1]) ** 2).sum(axis=2)  # 1 - cos, without cancellation
    return float(-size.mean() / (2 * np.log1p(-turned.mean())))


def euler_load(rigidity, length):
    """Force at which a rod with free hinges at both ends buckles: pi^2 rigidity / length^2 [pN].

    Parameters
    ----------
    rigidity : bending rigidity [pN um^2]. length : [um].

    >>> round(euler_load(0.5, 8.0), 3)
    0.077
    """
    rigidity = _input.number(rigidity, "rigidity", above=0, remedy="In pN um^2.")
    return np.pi**2 * rigidity / _input.number(length, "length", above=0, remedy="In micrometres.") ** 2


def buckling_load(rigidity, length, beads):
    """Buckling force [pN] of a chain of `beads` bonds with free hinges: smallest load that makes the straight chain unstable.

    A generalized eigenvalue problem, bending against shortening. In the limit of many beads, `euler_load`.

    Parameters
    ----------
    rigidity : bending rigidity [pN um^2]. length : [um]. beads : number of bonds.

    >>> round(buckling_load(0.5, 8.0, 40) / euler_load(0.5, 8.0), 4)
    0.9995
    """
    rigidity, length = _input.positives("In pN um^2 and um.", rigidity=rigidity, length=length)
    beads = _input.whole(beads, "beads", least=2, remedy="Expected at least 2 beads.")
    b = length / beads
    difference = np.diff(np.eye(beads + 1), axis=0)
    bend = np.diff(difference, axis=0)
    stiff, shorten = rigidity / b**3 * bend.T @ bend, difference.T @ difference / b
    return float(eigh(stiff[1:-1, 1:-1], shorten[1:-1, 1:-1], eigvals_only=True, subset_by_index=[0, 0])[0])


class Crossing(NamedTuple):
    """What `crossing` returns."""

    force: float  # with which the two fibres push each other [pN]
    energy: float  # bending and contact [pN um]
    x: np.ndarray  # beads along the fibre [um]
    w: np.ndarray  # their deflection [um]


def graded(length, fine, reach, coarse):
    """Places of beads on [0, length], `fine` apart within `reach` of the middle, spacing growing outwards to `coarse`.

    Parameters
    ----------
    length, fine, reach, coarse : [um].

    >>> len(graded(4.0, 0.02, 0.1, 0.5)), len(graded(4.0, 0.02, 2.0, 0.02))
    (35, 201)
    """
    told = _input.positives("In micrometres.", length=length, fine=fine, coarse=coarse)
    length, fine, coarse, reach = *told, _input.number(reach, "reach", least=0, remedy="In micrometres.")
    _input.steps(length, min(fine, coarse), "fine")
    places, step = [0.0], float(fine)
    while places[-1] < length / 2:
        if places[-1] > reach:
            step = min(1.4 * step, coarse)
        places.append(places[-1] + step)
    half = np.array(places) * (length / 2) / places[-1]
    return np.concatenate([length / 2 - half[:0:-1], length / 2 + half])


def crossing(x, *, rigidity, offset, width, strength):
    """A fibre with hinges at both ends is pushed aside by another one that crosses the plane at its middle.

    Bending energy of small deflections w plus contact, strength * exp(-distance^2 / (2 width^2)) for each um of fibre,
    where the distance to the other fibre's axis counts across and along. Newton's method on the beads.

    Parameters
    ----------
    x : (n + 1,) places of the beads [um], increasing; where the fibres meet they should stand closer than `width`.
    offset : of the other fibre's axis from the undeflected line [um]; width of the contact [um]; strength [pN].

    Raises RuntimeError where Newton's method does not settle.
    """
    x = _input.numbers(x, "x")
    rigidity, width = _input.positives("In pN um^2 and um.", rigidity=rigidity, width=width)
    offset, strength = _input.number(offset, "offset"), _input.number(strength, "strength", least=0, remedy="In pN.")
    if x.ndim != 1 or len(x) < 5 or not (np.diff(x) > 0).all():
        raise ValueError(f"expected at least 5 increasing places of beads; got shape {x.shape}. Try graded(…).")
    _input.sized(np.diff(x), "places of beads", each=True)
    n, b = len(x) - 1, np.diff(x)
    bend = np.zeros((n - 1, n + 1))
    for i in range(1, n):
        bend[i - 1, i - 1 : i + 2] = [1 / b[i - 1], -1 / b[i - 1] - 1 / b[i], 1 / b[i]]
    cell = np.concatenate([[b[0] / 2], (b[1:] + b[:-1]) / 2, [b[-1] / 2]])
    stiff = rigidity * bend.T @ (bend / cell[1:-1, None])
    along = np.exp(-((x - (x[0] + x[-1]) / 2) ** 2) / (2 * width**2)) * cell * strength
    w, free = np.zeros(n + 1), slice(1, n)

    def contact(w):
        s = (w - offset) / width
        value = along * np.exp(-(s**2) / 2)
        return value, -s / width * value, (s**2 - 1) / width**2 * value

    def total(w):
        return 0.5 * w @ stiff @ w + contact(w)[0].sum()

    for _ in range(200):
        _, slope, curve = contact(w)
        gradient = (stiff @ w + slope)[free]
        step = np.zeros(n + 1)
        try:
            factor = cho_factor(stiff[free, free] + np.diag(curve[free]))
        except np.linalg.LinAlgError:  # not convex here: leave out what pulls
            factor = cho_factor(stiff[free, free] + np.diag(np.maximum(curve[free], 0)))
        step[free] = -cho_solve(factor, gradient)
        size, now = 1.0, total(w)
        while total(w + size * step) > now + 1e-10 * abs(now) and size > 1e-6:
            size /= 2
        w = w + size * step
        if np.abs(step).max() < 1e-6 * width:
            return Crossing(float(contact(w)[1].sum()), float(total(w)), x, w)
    raise RuntimeError("Newton's method did not settle in 200 steps: use a smaller strength or a larger width.")


class Shape(NamedTuple):
    """What `swell` returns."""

    ring: np.ndarray  # (nodes, 2) the membrane [um]
    fibres: list  # of arrays (beads + 1, 2) [um]
    roundness: float  # 4 pi area / perimeter^2, one for a circle
    elongation: float  # longest over shortest principal axis
    converged: bool


def swell(
    number, *, length=11.0, spread=0.5, rigidity=0.5, beads=0, radius=3.5, nodes=60, bending=0.2, stretch=1.0, area=0.97
):
    """A membrane ring of radius `radius` that `number` fibres push from inside, at rest. A toy in two dimensions.

    The ring has springs, bending and a nearly fixed area, `area` times that of the circle. Each fibre holds two opposite
    nodes; their directions fill the angle `spread`. A fibre is a chain of `beads` bonds, or (beads=0) a coarse rod: it
    pushes with its compression up to Euler's load and no more.

    Parameters
    ----------
    length : of the fibres [um]; rigidity : of each [pN um^2]; bending [pN um^2], stretch [pN] : of the ring.

    Raises ValueError for a negative number of fibres or beads below 4 other than 0.
    """
    number, beads = _input.whole(number, "number", least=0), _input.whole(beads, "beads", least=0)
    told = dict(length=length, rigidity=rigidity, radius=radius, bending=bending, stretch=stretch, area=area)
    length, rigidity, radius, bending, stretch, area = _input.positives("See the docstring for units.", **told)
    nodes, spread = _input.whole(nodes, "nodes", least=8, most=10_000), _input.number(spread, "spread", least=0)
    if beads and beads < 4:
        raise ValueError(
            f"expected number >= 0 and beads 0 or at least 4; got {number} and {beads}. Take beads=0 for stiff ones."
        )
    angle = 2 * np.pi * np.arange(nodes) / nodes
    ring = radius * np.stack([1.02 * np.cos(angle), 0.98 * np.sin(angle)], axis=1)
    bond, target = 2 * np.pi * radius / nodes, area * np.pi * radius**2
    slots = np.round(np.linspace(-spread / 2, spread / 2, number) / (2 * np.pi) * nodes).astype(int)
    ends = (
        [(int(s) % nodes, (int(s) + nodes // 2) % nodes) for s in slots] if number > 1 else [(0, nodes // 2)][:number]
    )
    start = [ring.ravel()]
    for a, z in ends if beads else []:
        line = np.linspace(ring[a], ring[z], beads + 1)
        normal = np.array([[0, -1], [1, 0]]) @ (line[-1] - line[0]) / np.linalg.norm(line[-1] - line[0])
        line = line + 0.3 * np.sin(np.pi * np.linspace(0, 1, beads + 1))[:, None] * normal
        start.append(line[1:-1].ravel())
    push = _Fibres(ends, beads, length, rigidity, nodes)

    def both(y):
        y = torch.tensor(y, requires_grad=True, device="cpu")
        x = y[: 2 * nodes].view(nodes, 2)
        value = push.energy(y, x, _ring_energy(x, bond, target, bending, stretch))
        (slope,) = torch.autograd.grad(value, y)
        return value.item(), slope.numpy()

    options = dict(maxiter=4000, maxfun=6000, ftol=1e-12, gtol=1e-6, maxcor=30)
    found = minimize(both, np.concatenate(start), jac=True, method="L-BFGS-B", options=options)
    x = found.x[: 2 * nodes].reshape(nodes, 2)
    with torch.no_grad():
        lines = (
            list(push.chains(*(torch.tensor(a, device="cpu") for a in (found.x, x))).numpy())
            if number and beads
            else [x[[a, z]] for a, z in ends]
        )
    d = np.roll(x, -1, axis=0) - x
    perimeter = np.linalg.norm(d, axis=1).sum()
    inside = 0.5 * (x[:, 0] * np.roll(x[:, 1], -1) - x[:, 1] * np.roll(x[:, 0], -1)).sum()
    axes = np.linalg.eigvalsh(np.cov(x.T))
    return Shape(
        x, lines, float(4 * np.pi * inside / perimeter**2), float(np.sqrt(axes[1] / axes[0])), bool(found.success)
    )


def _ring_energy(x, bond, target, bending, stretch):
    """Springs, bending and the area of a closed chain of nodes x (nodes, 2)."""
    d = torch.roll(x, -1, 0) - x
    size = d.norm(dim=1)
    u = d / size[:, None]
    following = torch.roll(u, -1, 0)
    turn = torch.atan2(u[:, 0] * following[:, 1] - u[:, 1] * following[:, 0], (u * following).sum(1))
    inside = 0.5 * (x[:, 0] * torch.roll(x[:, 1], -1) - x[:, 1] * torch.roll(x[:, 0], -1)).sum()
    total = stretch / (2 * bond) * ((size - bond) ** 2).sum() + bending / (2 * bond) * (turn**2).sum()
    return total + 0.5 * (inside - target) ** 2


class _Fibres:
    """Fibres between pairs of a ring's nodes, as chains of beads or as coarse rods."""

    def __init__(self, ends, beads, length, rigidity, nodes):
        self.number, self.beads, self.length, self.rigidity, self.nodes = len(ends), beads, length, rigidity, nodes
        self.load, self.spring = euler_load(rigidity, length), 2.0  # pN, pN/um; stiff against what the ring can bear
        self.first, self.second = (torch.tensor([e[k] for e in ends], dtype=torch.long, device="cpu") for k in (0, 1))

    def chains(self, y, x):
        """Points of all fibres, with their ends on the ring: (number, beads + 1, 2)."""
        inner = y[2 * self.nodes :].view(self.number, self.beads - 1, 2)
        return torch.cat([x[self.first][:, None], inner, x[self.second][:, None]], dim=1)

    def energy(self, y, x, total):
        """`total` and the energy of the fibres."""
        length, load, spring = self.length, self.load, self.spring
        if self.number and self.beads:
            d = self.chains(y, x).diff(dim=1)
            size = d.norm(dim=2)
            u = d / size[..., None]
            b = length / self.beads
            total = total + self.rigidity / b * (1 - (u[:, 1:] * u[:, :-1]).sum(2)).sum()
            total = total + spring * self.beads / 2 * ((size - b) ** 2).sum()
        elif self.number:
            short = (length - (x[self.first] - x[self.second]).norm(dim=1)).clamp(min=0)
            total = (
                total
                + torch.where(short < load / spring, spring / 2 * short**2, load * short - load**2 / (2 * spring)).sum()
            )
        return total
