"""The fault of a copied line: one name in it still says what the line it was copied from says.

A claim that was copied from another one makes the other's value. What the judge says to it is known from the values of one
sound run (`exchanged`); any other copied line is planted and run (`copied`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mmlib.claims import Entry
from mmlib.reproduce.faults.mutate import Fault, places
from mmlib.reproduce.faults.reach import Flow, _claims

__all__ = ["Exchanged", "copied", "exchanged"]

LEAVES = 2  # names or constants in which two expressions may differ
DONORS = 2  # other expressions that one is confused with, at most


def copied(text: str, file: str) -> list[Fault]:
    """Faults that people make when they copy a line and forget to change a name: one arm's number under another's name.

    Two claims, two assignments, or two entries of one list or dictionary that have the same form and differ in one or two
    names or constants are taken for copies; one of these becomes what it is in the other.

    >>> [f"{f.before} becomes {f.after}" for f in copied("a = error(fits['net'])\\nb = error(fits['line'])\\n", "x.md")]
    ["'net' becomes 'line'", "'line' becomes 'net'"]
    """
    found = {}
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
                    fault = _fault(file, text, own, "copied line", ast.get_source_segment(text, other))
                    found[fault.start, fault.after] = fault
    return [found[key] for key in sorted(found)]


class Exchanged(NamedTuple):
    """A fault that gives a claim the value of another one."""

    cell: int
    fault: Fault  # in the text of the cell
    values: dict[str, str]  # {claim: the claim whose value it has with the fault}


def exchanged(cells: list[str], entries: Mapping[str, Entry], file: str) -> list[Exchanged]:
    """Results that stand under another result's name: faults of which the values of one sound run say all.

    Parameters
    ----------
    cells : list of str
        Sources of the code cells, in order.
    entries : mapping of str to Entry
        The claims of the chapter.
    file : str
        Path of the chapter.

    Returns
    -------
    list of Exchanged
        Claims of one unit. Either a line that was copied from another claim's, of which only the name was changed: of
        the same cell, or of an earlier one if it has the same form, and nothing that it reads is written between the two.
        Or two labels exchanged among the claims that one line of a loop makes.

    Examples
    --------
    >>> from mmlib.claims import Entry
    >>> entry = Entry(says="error of a fit", unit="1", kind="exact", must="< 1", because="it is so, always", drift={"absolute": 0.1})
    >>> lines = "here.claim('net', error(a))\\nhere.claim('line', b.min())"
    >>> [(e.values, e.fault.plant(lines)) for e in exchanged([lines], {"net": entry, "line": entry}, "x.md")]
    [({'net': 'line'}, "here.claim('net', b.min())\\nhere.claim('line', b.min())"),
     ({'line': 'net'}, "here.claim('net', error(a))\\nhere.claim('line', error(a))")]
    """
    flow = Flow(cells, dict(entries))
    return [*_copied_claims(flow, cells, entries, file), *_labels(cells, entries, file)]


def _copied_claims(flow: Flow, cells: list[str], entries: Mapping[str, Entry], file: str) -> Iterator[Exchanged]:
    made = []
    for place, statement in enumerate(flow.statements):
        call = _claim_at(cells[statement.cell], statement.first)
        if call is not None and call.args[0].value in entries:
            made.append((place, statement.cell, call.args[0].value, call.args[1]))
    for place, cell, claim, node in made:
        donors = sorted((d for d in made if d[2] != claim and d[1] <= cell), key=lambda d: abs(d[0] - place))
        for there, other_cell, other, copy in donors:
            alike = entries[other].unit == entries[claim].unit and (cell == other_cell or _shape(copy) == _shape(node))
            if alike and ast.dump(copy) != ast.dump(node) and not _rewritten(flow, there, place):
                after = ast.get_source_segment(cells[other_cell], copy)
                yield Exchanged(cell, _fault(file, cells[cell], node, "copied line", after), {claim: other})


def _labels(cells: list[str], entries: Mapping[str, Entry], file: str) -> Iterator[Exchanged]:
    for k, cell in enumerate(cells):
        for call in _claim_calls(_tree(cell)):
            name = call.args[0]
            arms = sorted(_claims(call, entries)) if isinstance(name, ast.JoinedStr | ast.BinOp) else []
            for i, a in enumerate(arms):
                for b in arms[i + 1 :]:
                    if entries[a].unit == entries[b].unit:
                        said = ast.get_source_segment(cell, name)
                        after = f"(lambda n: {{{a!r}: {b!r}, {b!r}: {a!r}}}.get(n, n))({said})"
                        yield Exchanged(k, _fault(file, cell, name, "labels exchanged", after), {a: b, b: a})


def _fault(file: str, cell: str, node: ast.expr, kind: str, after: str) -> Fault:
    start, end = places(cell)(node)
    line = cell.count("\n", 0, start) + 1
    return Fault(file, "", "", line, kind, start, end, cell[start:end], after, start)


def _claim_calls(tree: ast.AST) -> list[ast.Call]:
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "claim"]
    return sorted((c for c in calls if len(c.args) == 2), key=_place)


def _claim_at(cell: str, line: int) -> ast.Call | None:
    """The call that makes one claim with a plain name, if it is the statement that begins on this line."""
    for node in _tree(cell).body:
        if node.lineno == line and isinstance(node, ast.Expr):
            for call in _claim_calls(node):
                if call is node.value and isinstance(call.args[0], ast.Constant):
                    return call
    return None


def _tree(cell: str) -> ast.Module:
    try:
        return ast.parse(cell)
    except SyntaxError:  # a magic of IPython
        return ast.Module([], [])


def _rewritten(flow: Flow, first: int, last: int) -> bool:
    """Is something that the one statement reads written between the two?"""
    between = flow.statements[min(first, last) + 1 : max(first, last)]
    return bool(flow.reads(first) & set().union(*(s.writes for s in between)))


def _groups(tree: ast.AST) -> Iterator[list[ast.expr]]:
    """Expressions that could be copies of one another: claims, assignments, the entries of a display."""
    yield [call.args[1] for call in _claim_calls(tree)]
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
