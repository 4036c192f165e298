"""The same numbers in another container give the same answer: lists, views, tables of pandas, tensors, whole numbers, single precision.

What is passed stays as it was. Each array of each call of the bank is asked; a call may also refuse a container in clear words.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from mmlib import _input
from tests.contract.bank import ENTRIES

LATELY = (
    "rate_laws", "hyperelastic", "growing_ring", "sarcomeres", "waves", "connectome", "NetworkSpread", "design", "wall_shear",
    "random_features", "fluxes", "ensemble", "multistart", "neural_ode", "pinn.predict", "sbinn", "identify.", "gp.predict", "gp.Fusion", "gp.Lawful", "screening", "surfaces", "arterial",
    "systems.", "outbreak", "mixed_effects",
)  # fmt: skip


def strided(v):
    wide = np.zeros([2 * n for n in v.shape])
    view = wide[tuple(slice(None, None, 2) for _ in v.shape)]
    view[...] = v
    return view


def frozen(v):
    v = v.copy()
    v.flags.writeable = False
    return v


OTHERS = {  # container -> function of the array; None where it does not apply
    "a list": lambda v: v.tolist(),
    "read-only": frozen,
    "a view": strided,
    "a reversed view": lambda v: v[::-1].copy()[::-1],
    "by columns": lambda v: np.asfortranarray(v) if v.ndim > 1 else None,
    "a tensor": lambda v: torch.tensor(v, dtype=torch.float64),
    "a list of tensors that keep their gradients": lambda v: [torch.tensor(row, requires_grad=True) for row in v],
    "pandas": lambda v: (
        pd.Series(v, index=range(len(v), 0, -1)) if v.ndim == 1 else pd.DataFrame(v) if v.ndim == 2 else None
    ),
    "whole numbers": lambda v: v.astype(int) if (v == np.round(v)).all() else None,
    "objects": lambda v: v.astype(object),
}


def arrays():
    for name, entry in ENTRIES.items():
        if name.startswith(LATELY):
            kinds = [a for a, kind in entry.kinds.items() if kind in ("numbers", "times", "values", "state")]
            yield from ((name, a) for a in kinds if a in entry.good())


def flat(result):
    """All numbers of a result, in order."""
    if isinstance(result, torch.Tensor):
        return [result.detach().numpy()]
    if isinstance(result, float | int | np.number | np.ndarray):
        return [np.asarray(result)] if np.asarray(result).dtype.kind in "biufc" else []
    if isinstance(result, dict):
        return [x for v in result.values() for x in flat(v)]
    if isinstance(result, list | tuple):
        return [x for v in result for x in flat(v)]
    if dataclasses.is_dataclass(result):
        return [x for f in dataclasses.fields(result) for x in flat(getattr(result, f.name))]
    return []


def without_clocks(result):
    return (
        result._replace(**{k: 0.0 for k in result._fields if "second" in k or k == "stored"})
        if hasattr(result, "_fields")
        else result
    )


@pytest.mark.parametrize(("name", "argument"), list(arrays()))
def test_the_same_numbers_give_the_same_answer(name, argument):
    entry, good = ENTRIES[name], ENTRIES[name].good()
    value = np.array(good[argument], dtype=float)
    first = flat(without_clocks(entry.call(**entry.good())))
    near = (
        0.02 if name == "identify.by_solution" else 1e-6
    )  # its readings have no noise, so that round-off decides its end
    for label, change in OTHERS.items():
        other = change(value)
        if other is None:
            continue
        before = _input.numbers(other, "it").copy()
        try:
            found = flat(without_clocks(entry.call(**entry.good() | {argument: other})))
        except TypeError as error:
            assert "keeps its gradient" in str(error), label
            continue
        assert len(found) == len(first), label
        for a, b in zip(found, first, strict=True):
            size = np.abs(b[np.isfinite(b)]).max(initial=0.0)
            assert a.shape == b.shape and np.allclose(a, b, rtol=near, atol=near * size, equal_nan=True), label
        assert np.array_equal(before, _input.numbers(other, "it")), f"{label}: it was changed"


def test_many_are_asked():
    assert len(list(arrays())) >= 80
