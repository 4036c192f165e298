"""Which claims a fault can reach: static data flow from a statement of a chapter to the claims after it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from mmlib.claims import Entry

__all__ = ["Flow"]

SILENT = {"here", "plot", "plt", "print", "np", "torch", "fig", "ax", "axes", "display", "warnings"}


@dataclass
class _Statement:
    cell: int
    first: int
    last: int
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)
    lines: dict[int, set[str]] = field(default_factory=dict)  # of a loop or a branch: those that only make claims
    defines: str = ""  # the function or class that this statement is
    always: bool = False  # it may change what no name shows: an import, a setting, a draw from the one stream


class Flow:
    """The statements of a chapter's cells, with the names that each reads and writes.

    Parameters
    ----------
    cells : list of str
        Sources of the code cells, in order; a cell that is not plain Python counts as empty.
    entries : dict of str to Entry
        The claims of the chapter.
    """

    def __init__(self, cells: list[str], entries: dict[str, Entry]):
        self.entries = entries
        self.statements = [s for k, source in enumerate(cells) for s in _statements(k, source, entries)]
        self.functions = {s.defines: s for s in self.statements if s.defines}

    def claims_from(self, cell: int, line: int) -> frozenset[str]:
        """The claims that may change when the statement at this place of a cell does (line 1 is the cell's first)."""
        start = next(
            (i for i, s in enumerate(self.statements) if s.cell == cell and s.first <= line <= s.last),
            None,
        )
        if start is None:
            return frozenset()
        first = self.statements[start]
        if line in first.lines:
            return frozenset(self._summaries(first.lines[line]))
        tainted, reached = set(first.writes), set(first.claims)
        for statement in self.statements[start + 1 :]:
            reads, claims = self._through_functions(statement)
            if reads & tainted:
                tainted |= statement.writes
                reached |= claims
        return frozenset(self._summaries(reached))

    def cells_needed(self, claims: frozenset[str]) -> set[int]:
        """Numbers of the cells that must run so that these claims are made; the others change nothing in them."""
        wanted = {i for i, s in enumerate(self.statements) if s.always or s.claims & claims}
        waiting = list(wanted)
        while waiting:
            i = waiting.pop()
            reads, _ = self._through_functions(self.statements[i])
            more = {k for k, s in enumerate(self.statements) if s.writes & reads and (k < i or s.defines)} - wanted
            wanted |= more
            waiting += more
        return {self.statements[i].cell for i in wanted}

    def reads(self, place: int) -> set[str]:
        """The names that a statement reads, counting the functions that it calls."""
        return self._through_functions(self.statements[place])[0]

    def _through_functions(self, statement: _Statement) -> tuple[set[str], set[str]]:
        """What a statement reads and claims, counting the functions that it calls."""
        reads, claims, waiting = set(), set(), [statement]
        while waiting:
            now = waiting.pop()
            claims |= now.claims
            fresh = now.reads - reads
            reads |= fresh
            waiting += [self.functions[name] for name in fresh if name in self.functions]
        return reads, claims

    def _summaries(self, reached: set[str]) -> set[str]:
        """With the claims that are computed from the stored runs of those reached."""
        found = set(reached)
        for _ in range(2):
            for name, entry in self.entries.items():
                sources = [entry.of] if isinstance(entry.of, str) else list(entry.of or [])
                if found & set(sources):
                    found.add(name)
        return found


def _statements(cell: int, source: str, entries) -> list[_Statement]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [_statement(cell, node, entries) for node in tree.body]


def _statement(cell: int, node: ast.stmt, entries) -> _Statement:
    decorators = [d.lineno for d in getattr(node, "decorator_list", [])]
    found = _Statement(cell, min([node.lineno, *decorators]), node.end_lineno)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        found.defines = node.name
        found.writes.add(node.name)
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            (found.reads if isinstance(child.ctx, ast.Load) else found.writes).add(child.id)
        elif isinstance(child, ast.Attribute | ast.Subscript) and isinstance(child.ctx, ast.Store):
            found.writes |= _roots(child)
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):  # it may change what it is handed
            found.writes |= {n.id for n in ast.walk(child.value) if isinstance(n, ast.Name)} - SILENT
        if isinstance(child, ast.AugAssign):
            found.reads |= _roots(child.target)
        if isinstance(child, ast.Call):
            found.claims |= _claims(child, entries)
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Call) and child.lineno > found.first:
            if claims := _claims(child.value, entries):
                found.lines |= dict.fromkeys(range(child.lineno, child.end_lineno + 1), claims)
    if found.defines:  # its local names are not the chapter's
        found.writes = {found.defines}
    if isinstance(node, ast.Import | ast.ImportFrom):
        found.writes |= {(a.asname or a.name).split(".")[0] for a in node.names}
    text = ast.unparse(node)
    setting = (
        isinstance(node, ast.Expr)
        and not found.claims
        and not text.startswith(("print(", "plot.", "ax", "here.", "fig"))
    )
    found.always = bool(re.search(r"^(from|import) |here\.rng\.|seed\(|= chapter\(", text)) or (
        setting and not found.writes
    )
    found.writes -= {"here"}
    found.reads -= {"here"}
    if any(_claims(c, entries) for c in ast.walk(node) if isinstance(c, ast.Call)) and isinstance(node, ast.Expr):
        found.writes.clear()  # a claim changes nothing
    return found


def _claims(call: ast.Call, entries) -> set[str]:
    """The claims that a call makes; a name that is put together matches all that fit."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "claim" and call.args):
        return set()
    name = call.args[0]
    if isinstance(name, ast.Constant):
        return {name.value}
    return {entry for entry in entries if re.fullmatch(_pattern(name), entry)}


def _pattern(name: ast.expr) -> str:
    """A regular expression for a text that is put together (``f"{key}_error"``, ``"error_" + key``)."""
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return re.escape(name.value)
    if isinstance(name, ast.JoinedStr):
        return "".join(_pattern(part) for part in name.values)
    if isinstance(name, ast.BinOp) and isinstance(name.op, ast.Add):
        return _pattern(name.left) + _pattern(name.right)
    return ".*"


def _roots(node) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()
