"""Numbers that the library chose hold twice: constants of modules and defaults of arguments, each with its reason.

`library_choices.csv` has a row for each number that stands at the top of a module or is the default of an argument, outside of
`mmlib.systems` (whose constants come from their sources). Closed forms follow a default wherever it goes, and no result
shows that a limit is 5 % off: such a number changes here and there, or it changes by mistake.
"""

import ast
import csv
from pathlib import Path

import pytest

OUTSIDE = ("mmlib/reproduce/", "mmlib/exercises/", "mmlib/systems/", "mmlib/plot.py")


def numbers(node):
    """All numbers of an expression with their signs, in order, if one of them is a decimal number other than zero."""
    signed = {id(n.operand) for n in ast.walk(node) if isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.USub)}
    found = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and type(n.value) in (int, float)]
    found = sorted(found, key=lambda n: (n.lineno, n.col_offset))
    if not any(isinstance(n.value, float) and n.value for n in found):
        return ""
    return " ".join(repr(-n.value if id(n) in signed else n.value) for n in found)


def defaults(function, inside=""):
    a = function.args
    named = [*a.posonlyargs, *a.args]
    pairs = [*zip(named[len(named) - len(a.defaults) :], a.defaults, strict=True)]
    pairs += [(k, d) for k, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None]
    return [(f"{inside}{function.name}({k.arg}=)", numbers(d)) for k, d in pairs]


def assigned(node, inside=""):
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return []
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return [(inside + ast.unparse(target).strip("()"), numbers(node.value))]


def chosen(path):
    """[(name, numbers)] of one module."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        found += assigned(node)
        if isinstance(node, ast.FunctionDef):
            found += defaults(node)
        for child in node.body if isinstance(node, ast.ClassDef) else []:
            found += assigned(child, f"{node.name}.")
            found += defaults(child, f"{node.name}.") if isinstance(child, ast.FunctionDef) else []
    return [(name, value) for name, value in found if value]


def listed():
    with Path(__file__).with_name("library_choices.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def modules(root):
    files = {p.relative_to(root).as_posix(): p for p in sorted((root / "mmlib").rglob("*.py"))}
    return {name: path for name, path in files.items() if not name.startswith(OUTSIDE)}


def test_each_number_that_was_chosen_stands_in_the_list(root):
    got = [(file, *choice) for file, path in modules(root).items() for choice in chosen(path)]
    wanted = [(row["file"], row["name"], row["numbers"]) for row in listed()]
    assert got == wanted, (
        "a number changed, came or went: change library_choices.csv with it, in the order of the files"
    )


def test_each_choice_has_a_reason():
    for row in listed():
        assert len(row["because"].split()) >= 3 and row["because"].strip(".") == row["because"], row


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A = 0.5", [("A", "0.5")]),
        ("A, B = (-0.5, 3)", [("A, B", "-0.5 3")]),
        ("A = 3", []),
        ("A = 0.0", []),
        ("def f(x, y=1e-3, *, z=2.0):\n    return 0.1", [("f(y=)", "0.001"), ("f(z=)", "2.0")]),
        ("class C:\n    a: float = 0.1\n    def f(self, x=0.2):\n        pass", [("C.a", "0.1"), ("C.f(x=)", "0.2")]),
    ],
)
def test_what_counts_as_chosen(text, found, tmp_path):
    path = tmp_path / "x.py"
    path.write_text(text, encoding="utf-8")
    assert chosen(path) == found
