"""Elastic laws of muscle from mechanical tests: strain invariants, a library of energy terms, least squares over laws, and a network.

A law is a dictionary ``{"I2^2": (a, b), …}``: the energy $W$ is the sum of $a (e^{b x} - 1) / b$ over its shapes $x$, and $a x$ where
$b$ is zero. So $a$ is a stiffness in the unit of the stresses, and $b$ has no unit.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from mmlib import _input, multistart
from mmlib.optim import Verdict, brief, judge, quadratic

__all__ = [
    "INVARIANTS", "MARTONOVA", "SHAPES", "TERMS", "Laws", "Networks", "as_law", "energy", "fit", "invariants", "leads", "network",
    "search", "stress",
]  # fmt: skip

INVARIANTS = ("I1", "I2", "I4f", "I4s", "I4n", "I8fs", "I8fn", "I8sn")
AXES = ("fibre", "sheet", "normal")
TERMS = tuple(e + i + p for i in INVARIANTS for p in ("", "^2") for e in ("", "exp "))  # of the network, in its order
SHAPES = ("I1", "I1^2", "I2", "I2^2", *(f"{i}^2" for i in INVARIANTS[2:]))  # those without stress at rest
MARTONOVA = {  # inner weight times outer weight [kPa], inner weight where there is an exponential
    "I2^2": (2.272562026977539 * 2.272559404373169, 0.0),
    "I4f^2": (21.151227951049805 * 0.08117017149925232, 21.151227951049805),
    "I4n^2": (4.371856212615967 * 0.3155285120010376, 4.371856212615967),
    "I8fs^2": (0.5080140829086304 * 0.4864561855792999, 0.5080140829086304),
}
LARGEST, STIFFEST = 60.0, 1e3  # of the exponents b; of a in units of the largest stress
STARTS = (0.3, 1.5)  # b times the largest x
MOMENTS, TINY = (0.9, 0.999), 1e-7  # Adam's decay rates and the number beside its root


def invariants(F):
    r"""Strain invariants (n, 8) of deformation gradients (n, 3, 3) in axes fibre, sheet, normal; all zero at rest.

    $I_1 - 3$, $I_2 - 3$, squared stretches of the three axes less one ($I_{4f}, I_{4s}, I_{4n}$, zero in compression: fibres buckle), and
    the cosines times stretches $I_{8fs}, I_{8fn}, I_{8sn}$ between them (Holzapfel and Ogden 2009, doi:10.1098/rsta.2009.0091).

    Raises
    ------
    ValueError : another shape, or a volume that changes: the laws here are of incompressible tissue.

    >>> invariants([[[1.1, 0, 0], [0, 1 / 1.21, 0], [0, 0, 1.1]]]).round(3)
    array([[0.103, 0.117, 0.21 , 0.   , 0.21 , 0.   , 0.   , 0.   ]])
    """
    F = _checked(F)
    C = F.transpose(0, 2, 1) @ F
    I1 = np.trace(C, axis1=1, axis2=2)
    I2 = (I1**2 - np.trace(C @ C, axis1=1, axis2=2)) / 2
    squares = np.maximum(np.diagonal(C, axis1=1, axis2=2) - 1, 0)
    return np.column_stack([I1 - 3, I2 - 3, squares, C[:, 0, 1], C[:, 0, 2], C[:, 1, 2]])


def leads(F, face, free="sheet"):
    r"""True stress (n, 8) per unit slope of the energy by each invariant, on one face and in one direction of each sample.

    $\sigma = \sum_j W_j T_j - p\,1$ with $T_1 = 2B$, $T_2 = 2 (I_1 B - B^2)$, $T_4 = 2 f \otimes f$, $T_8 = f \otimes s + s \otimes f$ and so on, where
    $B = F F^T$ and $f, s, n$ are the deformed axes. One direction is free of stress, which fixes the pressure $p$ of normal stresses.

    Parameters
    ----------
    F : array (n, 3, 3)
    face : array (n, 2) of whole numbers
        Row and column of the stress that was measured: 0 fibre, 1 sheet, 2 normal.
    free : "fibre", "sheet" or "normal"
        Direction without stress; the sheet in biaxial tests of fibre and normal.

    >>> shear = [[[1, 0, 0], [0.2, 1, 0], [0, 0, 1]]]  # the fibre leans into the sheet direction
    >>> leads(shear, [[0, 1]]).round(3)
    array([[0.4, 0.4, 0.4, 0. , 0. , 1. , 0. , 0. ]])
    """
    F = _checked(F)
    found = _input.array(face, "face", f"({len(F)}, 2)", remedy="One pair a sample.")
    face = found.astype(int)
    if (face != found).any() or face.min() < 0 or face.max() > 2:
        raise ValueError("expected face as whole numbers from 0 to 2; got others. Fibre, sheet, normal.")
    free = AXES.index(_input.choice(free, "free", AXES))
    B = F @ F.transpose(0, 2, 1)
    I1 = np.trace(B, axis1=1, axis2=2)[:, None, None]
    axes = [F[:, :, k] for k in range(3)]
    both = {(k, m): axes[k][:, :, None] * axes[m][:, None, :] for k in range(3) for m in range(3)}
    tensors = [2 * B, 2 * (I1 * B - B @ B)]
    for k in range(3):
        stretched = (axes[k] ** 2).sum(axis=1) >= 1
        tensors.append(2 * both[k, k] * stretched[:, None, None])
    tensors += [both[k, m] + both[m, k] for k, m in ((0, 1), (0, 2), (1, 2))]
    T = np.stack(tensors, axis=1)
    direct = T[np.arange(len(F)), :, face[:, 0], face[:, 1]]
    return direct - np.where((face[:, 0] == face[:, 1])[:, None], T[:, :, free, free], 0)


def energy(law, F):
    """Energy (n,) of a law in the unit of its stiffnesses, for deformation gradients (n, 3, 3).

    >>> float(energy({"I1": (2.0, 0.0)}, [[[2.0, 0, 0], [0, 0.5, 0], [0, 0, 1.0]]])[0])  # 2 (I1 - 3)
    4.5
    """
    total, I = 0, invariants(F)
    for shape, (a, b) in _law(law).items():
        j, p = _shape(shape)
        total = total + (a * np.expm1(b * I[:, j] ** p) / b if b > 0 else a * I[:, j] ** p)
    return total


def stress(law, F, face, free="sheet"):
    """True stress (n,) of a law, in the unit of its stiffnesses: see `leads` for F, face and the free direction.

    >>> neo_hooke = {"I1": (2.0, 0.0)}  # shear modulus 4
    >>> stress(neo_hooke, [[[1, 0, 0], [0.5, 1, 0], [0, 0, 1]]], [[0, 1]])
    array([2.])
    """
    power, lead = _columns(_law(law), F, face, free)
    a, b = np.array([*law.values()], dtype=float).T
    return (a * lead * np.exp(b * power)).sum(axis=1)


@brief
class Laws(NamedTuple):
    """What `fit` and `search` return: laws with as many shapes each, in the order asked for, or the best first."""

    shapes: tuple[tuple[str, ...], ...]  # (m,) names of the shapes of each law
    a: np.ndarray  # (m, k) stiffnesses, in the unit of the stresses
    b: np.ndarray  # (m, k) exponents
    rms: np.ndarray  # (m,) root of the weighted mean square of what is left, in the unit of the stresses
    verdict: tuple[Verdict, ...]  # (m,) why the search for the constants of each ended

    @property
    def converged(self) -> np.ndarray:
        """(m,) bool."""
        return np.array([v.converged for v in self.verdict])

    def law(self, which: int = 0) -> dict:
        """One of them, as `stress` and `energy` take it."""
        return {
            s: (float(a), float(b)) for s, a, b in zip(self.shapes[which], self.a[which], self.b[which], strict=True)
        }


def fit(laws, F, face, stress, *, weights=None, starts=STARTS, iterations=60) -> Laws:
    """Least squares for the stiffnesses and exponents of many laws at once, all zero or positive.

    Parameters
    ----------
    laws : names of shapes, as in [("I1", "I4f^2"), …]; as many in each.
    F, face : see `leads`.
    stress : array (n,)
    weights : array (n,), zero or positive
        Of the squares; a reading of weight zero is not looked at.
    starts : exponents to start from, times the largest value of each shape; the best end is kept.
    iterations : of `mmlib.multistart.least_squares`.

    Raises
    ------
    ValueError : unknown shapes, laws of different sizes, weights that are negative or all zero, stresses that are not finite.

    >>> F = [[[1, 0, 0], [g, 1, 0], [0, 0, 1]] for g in (0.1, 0.2, 0.3, 0.4)]
    >>> found = fit([("I1",)], F, [[0, 1]] * 4, [0.4, 0.8, 1.2, 1.6])
    >>> found.a.round(3), found.b.round(3)
    (array([[2.]]), array([[0.]]))
    """
    laws = tuple(_names(law, "each law") for law in _names(laws, "laws"))
    starts = _input.array(starts, "starts", "(s,)", positive=True)
    if len({len(law) for law in laws}) != 1 or not laws[0]:
        raise ValueError(f"expected laws with as many shapes each, at least one; got {laws[:3]}. Fit each size alone.")
    power, lead = _columns(SHAPES, F, face)
    y, root, far = _readings(stress, weights, len(power))
    for shape in {shape for law in laws for shape in law}:
        _shape(shape)
        if shape not in SHAPES:
            raise ValueError(
                f"expected shapes out of {', '.join(SHAPES)}; got {shape!r}, which would push at rest. Take its square."
            )
    sub = np.array([[SHAPES.index(s) for s in law] for law in laws])
    m, k = sub.shape
    used = root > 0
    P = np.repeat(power[used][:, sub].transpose(1, 0, 2), len(starts), axis=0)
    D = np.repeat((root[used, None] * lead[used])[:, sub].transpose(1, 0, 2), len(starts), axis=0)
    goal = (root * y)[used]
    b = np.minimum(np.tile(starts[:, None], (m, k)) / np.maximum(P.max(axis=1), 1e-9), LARGEST)
    C = D * np.exp(b[:, None] * P)
    gram = np.einsum("mnk,mnl->mkl", C, C)
    ridge = 1e-3 * np.einsum("mkk->mk", gram).max(axis=1) + 1e-9  # two shapes may be alike in these tests
    a = np.linalg.solve(gram + ridge[:, None, None] * np.eye(k), np.einsum("mnk,n->mk", C, goal)[..., None])[..., 0]

    def function(x, which):
        a, b = far * x[:, None, :k], x[:, None, k:]
        e = D[which] * np.exp(b * P[which])
        return ((e * a).sum(axis=2) - goal) / far, np.concatenate([e, a * e * P[which] / far], axis=2)

    seen = abs(D).max(axis=1) > 0  # what no test loads has no stiffness
    x = np.concatenate([np.where(seen, np.clip(a / far, 1e-4, STIFFEST), 0), np.where(seen, b, 0)], axis=1)
    ends = multistart.least_squares(
        function, x, [0.0] * 2 * k, [STIFFEST] * k + [LARGEST] * k, iterations=iterations, tolerance=1e-6
    )
    best = ends.rms.reshape(m, -1).argmin(axis=1)
    x, rms = ends.x.reshape(m, -1, 2 * k)[np.arange(m), best], ends.rms.reshape(m, -1).min(axis=1)
    verdict = tuple(ends.verdict[j * len(starts) + i] for j, i in enumerate(best))
    return Laws(laws, far * x[:, :k], x[:, k:], far * rms * np.sqrt(used.sum() / (root**2).sum()), verdict)


def search(size, F, face, stress, *, shapes=SHAPES, weights=None, iterations=40) -> Laws:
    """All laws of a number of shapes, the best fit first: see `fit`.

    >>> F = [[[1, 0, 0], [g, 1, 0], [0, 0, 1]] for g in (0.1, 0.2, 0.3, 0.4)]
    >>> search(1, F, [[0, 1]] * 4, [0.4, 0.8, 1.2, 1.6]).rms.round(6)[:3]  # in this shear I1 and I2 are the same
    array([0., 0., 0.])
    """
    shapes = _names(shapes, "shapes")
    size = _input.whole(size, "size", least=1, most=max(1, len(shapes)), remedy="Up to four is quick.")
    found = fit(combinations(shapes, size), F, face, stress, weights=weights, iterations=iterations)
    order = np.argsort(found.rms, kind="stable")
    sort = lambda part: tuple(part[i] for i in order)  # noqa: E731
    return Laws(sort(found.shapes), found.a[order], found.b[order], found.rms[order], sort(found.verdict))


@brief
class Networks(NamedTuple):
    """What `network` returns, for each start."""

    inner: np.ndarray  # (starts, 32) weights of the first layer, in the order of `TERMS`
    outer: np.ndarray  # (starts, 32) weights of the second
    squares: np.ndarray  # (starts,) sum of squares of what is left
    objective: np.ndarray  # (starts,) what was minimised
    verdict: tuple[Verdict, ...]  # (starts,) what the linear model of the squares sees at the end

    @property
    def converged(self) -> np.ndarray:
        """(starts,) bool."""
        return np.array([v.converged for v in self.verdict])

    def terms(self, which: int, above: float = 1e-3) -> tuple[str, ...]:
        """Terms of one network whose stiffness, inner times outer weight, is above a number."""
        which = _input.whole(which, "which", least=-len(self.inner), most=len(self.inner) - 1)
        above, a = _input.number(above, "above"), self.inner[which] * self.outer[which]
        return tuple(t for t, size in zip(TERMS, a, strict=True) if size > above)


def network(
    F, face, stress, *, rng, starts=1, exponents=0.1, outer=1.0, penalty=0.01, steps=30000, rate=1e-3, curve=11
) -> Networks:
    r"""Train the network of 32 terms of Martonová et al. (2024, doi:10.1101/2024.02.27.582427) by Adam, from several starts.

    $W = \sum_k v_k\, g_k(w_k x_k)$ with $x = I$ or $I^2$ of eight invariants and $g(z) = z$ or $e^z - 1$. Minimised is the sum of squares over
    `curve`, the readings of one curve, plus the penalty times the sum of all weights, which stay zero or positive. Weights have the
    unit of the root of a stress, or none, so that the penalty depends on the unit: kPa, as published.

    Parameters
    ----------
    F, face, stress : see `fit`.
    rng : numpy Generator
    starts : how many networks, all trained at once.
    exponents : inner weights of exponentials start between zero and this, one number or one a start; 0.1 as published.
    outer : their outer weights start this many times as large as published, one number or one a start.
    penalty, steps, rate : of the published program, which may stop earlier.

    Raises
    ------
    ValueError : no such numbers, named; deformations and stresses as in `fit`.

    >>> F = [[[1, 0, 0], [g, 1, 0], [0, 0, 1]] for g in (0.1, 0.2, 0.3, 0.4)]
    >>> nets = network(F, [[0, 1]] * 4, [0.4, 0.8, 1.2, 1.6], rng=np.random.default_rng(0), steps=3, curve=4)
    >>> nets.inner.shape, bool((nets.inner >= 0).all())
    ((1, 32), True)
    """
    rng, starts = _input.generator(rng), _input.whole(starts, "starts", least=1)
    steps, curve = _input.whole(steps, "steps", least=1), _input.whole(curve, "curve", least=1)
    penalty, rate = _input.number(penalty, "penalty", least=0), _input.number(rate, "rate", above=0)
    exponents, outer = (
        _input.array(v, name, f"() or ({starts},)", positive=True)
        for v, name in ((exponents, "exponents"), (outer, "outer"))
    )
    x, lead = map(np.ascontiguousarray, _columns([t for t in TERMS if not t.startswith("exp ")], F, face))
    y, _, far = _readings(stress, None, len(x))
    _input.number(far, "the largest stress [kPa]", least=0.01, most=1e3, remedy="Rescale: the penalty is for kPa.")
    inner, second = rng.normal(0, 1, (starts, 32)), rng.normal(0, np.sqrt(2 / 33), (starts, 32))
    inner[:, 1::2] = rng.uniform(0, 1, (starts, 16)) * np.reshape(exponents, (-1, 1))
    second[:, 1::2] *= np.reshape(outer, (-1, 1))
    w = np.stack([inner, second])
    first, second = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, steps + 1):
        slopes = _slopes(w, x, lead, y, curve)[1] + penalty * np.sign(w)
        first += (1 - MOMENTS[0]) * (slopes - first)
        second += (1 - MOMENTS[1]) * (slopes**2 - second)
        step = first / (1 - MOMENTS[0] ** t) / (np.sqrt(second / (1 - MOMENTS[1] ** t)) + TINY)
        w = np.maximum(w - rate * step, 0)
    r, _ = _slopes(w, x, lead, y, curve)
    squares = (r**2).sum(axis=1)
    objective = squares / curve + penalty * w.sum(axis=(0, 2))
    verdict = tuple(_ended(w[:, k], x, lead, r[k], curve, penalty, objective[k], steps) for k in range(starts))
    return Networks(w[0], w[1], squares, objective, verdict)


def as_law(inner, outer) -> dict:
    """The law of one trained network; two terms of one shape are not told apart here, so it raises ValueError for those.

    >>> as_law([0] * 6 + [2.0] + [0] * 25, [0] * 6 + [1.5] + [0] * 25)
    {'I2^2': (3.0, 0.0)}
    """
    inner, outer = (_input.array(v, n, f"({len(TERMS)},)") for v, n in ((inner, "inner"), (outer, "outer")))
    law = {}
    for term, w, v in zip(TERMS, inner, outer, strict=True):
        if w * v > 0:
            shape = term.removeprefix("exp ")
            if shape in law:
                raise ValueError(f"expected one term of each shape; got two of {shape}. Use the weights themselves.")
            law[shape] = (float(w * v), float(w) if term.startswith("exp ") else 0.0)
    return law


def _slopes(w, x, lead, y, curve):
    """Residuals (starts, n) of networks, and slopes (2, starts, 32) of the mean square by their weights.

    Every second term is an exponential of the shape before it: x (n, 16), and stresses per unit slope of the energy, lead (n, 16).
    """
    inner, outer = w
    a = inner * outer
    C = lead * np.exp(inner[:, None, 1::2] * x)  # (starts, n, 16)
    r = a[:, ::2] @ lead.T + np.matmul(C, a[:, 1::2, None])[..., 0] - y
    by_a, by_b = np.empty_like(a), np.zeros_like(a)
    by_a[:, ::2] = r @ lead
    by_a[:, 1::2] = np.matmul(r[:, None], C)[:, 0]
    by_b[:, 1::2] = np.matmul(r[:, None], C * x)[:, 0]
    return r, np.stack([by_a * outer + by_b * a, by_a * inner]) * (2 / curve)


def _ended(w, x, lead, r, curve, penalty, objective, steps):
    """Verdict on one network: squares by their linear model, the penalty by its slope, weights at zero held if it pushes there."""
    inner, outer = w
    columns, growth = np.repeat(lead, 2, axis=1), np.ones((len(x), 32))
    columns[:, 1::2] *= np.exp(inner[1::2] * x)
    growth[:, 1::2] += inner[1::2] * x
    J = np.concatenate([outer * columns * growth, inner * columns], axis=1) / np.sqrt(curve)
    gradient, flat = J.T @ r / np.sqrt(curve) + penalty / 2, w.ravel()
    held = (flat <= 0) & (gradient > 0)
    seen = quadratic(J.T @ J, gradient, objective, scale=np.maximum(flat, 1.0), held=held)
    reason = f"{steps} steps of Adam were used"
    return judge(loss=objective, gradient=gradient[~held], fall=seen.fall, move=seen.move, steps_left=0, reason=reason)


def _names(listed, name):
    if isinstance(listed, str) or not np.iterable(listed):
        raise ValueError(f"expected {name} as a list; got {_input.shown(listed)}. As in [('I1', 'I4f^2')].")
    return tuple(listed)


def _law(law):
    if not isinstance(law, dict) or not law:
        raise ValueError(f"expected a law {{shape: (a, b)}}, not empty; got {_input.shown(law)}. See MARTONOVA.")
    told = {"remedy": "Stiffness and exponent."}
    return {shape: tuple(_input.array(pair, f"(a, b) of {shape}", "(2,)", **told)) for shape, pair in law.items()}


def _shape(name):
    """(number of the invariant, power) of a shape's name."""
    invariant, square, rest = str(name).partition("^2")
    if invariant not in INVARIANTS or rest:
        raise ValueError(
            f"expected an invariant, one of {', '.join(INVARIANTS)}, or its square; got {name!r}. Write such as 'I1' or 'I2^2'."
        )
    return INVARIANTS.index(invariant), 2 if square else 1


def _columns(shapes, F, face, free="sheet"):
    """Shapes x (n, k) and stresses per unit slope of the energy by x (n, k)."""
    which = [_shape(s) for s in shapes]
    j, p = (np.array(part) for part in zip(*which, strict=True))
    I, G = invariants(F)[:, j], leads(F, face, free)[:, j]
    return I**p, G * p * I ** (p - 1)


def _checked(F):
    F = _input.array(F, "F", "(n, 3, 3)", remedy="One deformation gradient a sample.")
    volume = np.linalg.det(F)
    if abs(volume - 1).max() > 1e-6:
        k = int(abs(volume - 1).argmax())
        raise ValueError(
            f"expected a volume that stays, det F = 1; got {volume[k]:.6g} in sample {k}. Let the free direction give way."
        )
    return F


def _readings(stress, weights, n):
    """Stresses (n,), roots of their weights (n,), the largest size of a stress that counts."""
    w = np.ones(n) if weights is None else weights
    y, w = (
        _input.array(v, k, f"({n},)", remedy="One for each row of F.") for v, k in ((stress, "stress"), (w, "weights"))
    )
    if (w < 0).any() or not w.any():
        raise ValueError(
            f"expected weights zero or positive, not all zero; got {w.min():g} to {w.max():g}. Are they variances?"
        )
    far = abs(y[w > 0]).max()
    if far == 0:
        raise ValueError("expected stresses that are not all zero; got zeros. Nothing was loaded?")
    return y, np.sqrt(w), far
