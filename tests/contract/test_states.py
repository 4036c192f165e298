"""What comes into a model: states in any container, and constants by their names. One gate in `mmlib.systems.base` for all of them."""

import re

import numpy as np
import pandas as pd
import pytest
import torch

from .bank import STATE
from .test_systems import MODELS, default, state, with_fields

GRIDS = ("AllenCahn", "LigandReceptor", "Schrodinger")  # as many rows as the grid has cells
RATES = [n for n, c in MODELS.items() if hasattr(c, "rhs")]
COLUMNS = [n for n in RATES if n not in GRIDS]
CONTAINERS = {
    "a list": list,
    "a tuple": tuple,
    "a series of pandas": lambda y: pd.Series(y, index=range(5, 5 + len(y))),
    "objects": lambda y: y.astype(object),
    "read-only": lambda y: np.frombuffer(y.tobytes()),
    "numbers of NumPy in a list": lambda y: [np.float64(v) for v in y],
}


@pytest.mark.parametrize("name", [n for n in RATES if n != "Schrodinger"])
def test_a_state_may_come_in_any_container(name):
    model, y = default(name), state(default(name), np.random.default_rng(5))
    first = model.rhs(0.0, y)
    for label, change in CONTAINERS.items():
        if label == "objects" and name in GRIDS:
            continue
        found = np.asarray(model.rhs(0.0, change(y)), dtype=float)
        assert found == pytest.approx(first, rel=1e-12, abs=1e-300), label


@pytest.mark.parametrize("name", COLUMNS)
def test_whole_numbers_are_states_and_nothing_is_rounded(name):
    """The right answer for integers is that for the same numbers with a point."""
    model, rng = default(name), np.random.default_rng(6)
    y = rng.integers(1, 3, len(state(model, rng)))
    assert np.asarray(model.rhs(0.0, y), float) == pytest.approx(np.asarray(model.rhs(0.0, y + 0.0), float), rel=1e-12)
    for method in [m for m in ("eat", "inject") if m in type(model).of_states]:
        change = {"eat": dict(carbs=700.0), "inject": dict(glucose=700.0, insulin=0.7)}[method]
        once, twice = (getattr(model, method)(z, **change) for z in (y, y + 0.0))
        assert once == pytest.approx(twice, rel=1e-12) and (y == np.rint(y)).all()


@pytest.mark.parametrize(("label", "change", "word"), STATE, ids=[row[0] for row in STATE])
@pytest.mark.parametrize("name", COLUMNS)
def test_what_is_no_state_is_refused(name, label, change, word):
    model = default(name)
    y = np.ones(len(state(model, np.random.default_rng(0))))
    if label == "None" and "rhs(y)" in (type(model).rhs.__doc__ or ""):
        pytest.skip("a time alone is taken as the state")
    with pytest.raises((ValueError, TypeError), match=f"(?s)expected.*got.*|{word}") as caught:
        model.rhs(0.0, change(y))
    assert re.search(word, str(caught.value)) and "expected" in str(caught.value)


def test_methods_of_a_state_look_at_it_too():
    asked = [
        (n, m)
        for n in MODELS
        for m in (*MODELS[n].of_states, *(["jacobian"] if n in ("LotkaVolterra", "Lorenz", "Schnakenberg") else []))
    ]
    assert len(asked) >= 10
    for name, method in asked:
        model = default(name)
        with pytest.raises(ValueError, match="rows"):
            getattr(model, method)(np.ones(len(model.names) + 1), **({"carbs": 1.0} if method == "eat" else {}))


def test_a_gradient_that_a_model_cannot_carry_is_said():
    with pytest.raises(TypeError, match="keeps its gradient.*detach"):
        default("LotkaVolterra").rhs(0.0, torch.ones(2, requires_grad=True))
    carried = default("Glycolysis").rhs(0.0, torch.ones(7, 3, requires_grad=True))
    assert all(r.requires_grad for r in carried)


@with_fields
def test_a_constant_that_a_model_does_not_have(name):
    model = MODELS[name]
    known = next(iter(model.__dataclass_fields__))
    with pytest.raises(TypeError, match=rf"{name}: expected constants out of {known}.*got {known}x\. Did you mean"):
        model(**{known + "x": 1.0})
    with pytest.raises(TypeError, match=f"got {len(model.__dataclass_fields__) + 1} values"):
        model(*range(len(model.__dataclass_fields__) + 1))


@with_fields
def test_constants_that_are_none(name):
    from .test_systems import numbers

    model = default(name)
    for field in numbers(model)[:2]:
        for bad in (
            np.ma.masked,
            np.ma.array([1.0, 2.0], mask=[False, True]),
            True,
            "1",
            {},
            [[1.0], [1.0, 2.0]],
        ):
            with pytest.raises(ValueError, match=rf"expected {field} |numbers, or arrays"):
                MODELS[name](**{field: bad})


@with_fields
def test_a_whole_number_is_a_constant_as_well(name):
    from .test_systems import numbers

    for field in numbers(default(name)):
        for whole in (1, np.int32(300), np.array(4)):

            def made(value, field=field):
                try:
                    return repr(float(getattr(MODELS[name](**{field: value}), field)))
                except ValueError as error:
                    return str(error).split(";")[0]

            assert made(whole) == made(float(whole)), field
