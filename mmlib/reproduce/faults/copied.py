"""The fault of a copied line: one name in it still says what the line it was copied from says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mmlib.reproduce.faults.mutate import Fault, places

__all__ = ["copied"]

LEAVES = 2  # names or constants in which two expressions may differ
DONORS = 2  # other expressions that one is confused with, at most


def copied(text: str, file: str) -> list[Fault]:
    """Faults that people make when they copy a line and forget to change a name: one arm's number under another's name.

    Two claims, two assignments, or two entries of one list or dictionary that have the same form and differ in one or two
    names or constants are taken for copies; one of these becomes what it is in the other.

    >>> [f"{f.before} becomes {f.after}" for f in copied("a = error(fits['net'])\\nb = error(fits['line'])\\n", "x.md")]
    ["'net' becomes 'line'", "'line' becomes 'net'"]
    """
    span, found = places(text), {}
    for group in _groups(ast.parse(text)):
        leaves = [_leaves(node) for node in group]
        shapes = [_shape(node) for node in group]
        for i, node in enumerate(group):
            near = sorted((k for k in range(len(group)) if k != i and shapes[k] == shapes[i]), key=lambda k: abs(k - i))
            pairs = [[(a, b) for a, b in zip(leaves[i], leaves[k], strict=True) if _said(a) != _said(b)] for k in near]
            for different in [p for p in pairs if 0 < len(p) <= LEAVES][:DONORS]:
                for own, other in different:
                    if isinstance(node, ast.Tuple) and _is_label(own):
                        continue  # a label: the claim would only be made twice
                    (start, end), (a, b) = span(own), span(other)
                    line = text.count("\n", 0, start) + 1
                    fault = Fault(file, "", "", line, "copied line", start, end, text[start:end], text[a:b], start)
                    found[start, fault.after] = fault
    return [found[key] for key in sorted(found)]


def _groups(tree: ast.AST) -> Iterator[list[ast.expr]]:
    """Expressions that could be copies of one another: claims, assignments, the entries of a display."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "claim"]
    yield sorted((c.args[1] for c in calls if len(c.args) == 2), key=_place)
    yield sorted((n.value for n in ast.walk(tree) if isinstance(n, ast.Assign)), key=_place)
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield [value for value in node.values if not isinstance(value, ast.Constant)]
        elif isinstance(node, ast.Tuple | ast.List):
            yield [value for value in node.elts if isinstance(value, ast.Tuple)]


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _leaves(node: ast.expr) -> list[ast.expr]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Constant)]


def _said(leaf: ast.expr) -> object:
    return leaf.id if isinstance(leaf, ast.Name) else (type(leaf.value), leaf.value)


def _shape(node: ast.expr) -> str:
    """The form of an expression without its names and constants."""
    if isinstance(node, ast.Name | ast.Constant):
        return type(node).__name__
    children = [(k, getattr(node, k, None)) for k in node._fields]
    inside = []
    for key, child in children:
        parts = child if isinstance(child, list) else [child]
        inside += [key, *(_shape(p) if isinstance(p, ast.AST) else str(p) for p in parts)]
    return f"{type(node).__name__}({' '.join(inside)})"


def _is_label(leaf: ast.expr) -> bool:
    return isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
