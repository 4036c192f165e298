"""Faults of the kinds that people make, as small changes of a source text that leave all its lines where they are."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from mmlib.reproduce.faults.steering import steers

__all__ = ["Fault", "faults", "places"]

SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "!=", "!=": "=="}
EXTREMES = {"min": "max", "argmin": "argmax", "minimum": "maximum", "nanmin": "nanmax", "amin": "amax", "floor": "ceil"}
EXTREMES |= {v: k for k, v in EXTREMES.items()}
DRAWS = {
    "normal",
    "standard_normal",
    "uniform",
    "integers",
    "choice",
    "permutation",
    "random",
    "exponential",
    "poisson",
}
DRAWS |= {"gamma", "multivariate_normal", "binomial", "shuffle", "lognormal"}
SEEDERS = {"default_rng", "SeedSequence", "manual_seed"}
SIZES = {"range", "linspace", "arange", "zeros", "ones", "empty", "full", "reshape", "eye", "repeat", "tile", "round"}
SIZES |= {"geomspace", "logspace", "unsqueeze", "squeeze", "transpose", "moveaxis", "expand_dims", "stack", "diff"}
EITHER_WAY = {"isinstance", "zip", "allclose", "isclose", "getattr", "hasattr", "hypot", "add", "multiply", "claim"}
EITHER_WAY |= {
    "max",
    "min",
    "maximum",
    "minimum",
    "check",
    "print",
    "chain",
    "set",
    "issubclass",
    "Path",
    "array_equal",
    "equal",
}
FURNITURE = {"plot", "plt", "ax", "axes", "fig", "print", "warnings", "display"}
FROZEN = '__import__("numpy").random.default_rng(12345)'
MESSAGES = {"__repr__", "__str__", "_repr_html_"}
OPERATORS = {ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


@dataclass(frozen=True)
class Fault:
    """One change of one file: the characters from `start` to `end` become `after`."""

    file: str
    scope: str
    source: str  # hash of the function, method or cell that holds it
    line: int
    kind: str
    start: int
    end: int
    before: str
    after: str
    offset: int  # of `start` from where the scope begins: the name of the fault survives changes elsewhere
    steers: str = ""  # why it is left out: it only steers a search

    @property
    def name(self) -> str:
        """A short name that stays while the function or cell stays."""
        return _hash(f"{self.file} {self.source} {self.offset} {self.kind} {self.after}")[:10]

    def plant(self, text: str) -> str:
        """The text with the fault in it.

        Raises
        ------
        ValueError
            The text is not the one in which the fault was found.
        """
        if text[self.start : self.end] != self.before:
            raise ValueError(f"{self.file}, line {self.line}: expected {self.before!r} there. Look for faults again.")
        return text[: self.start] + self.after + text[self.end :]


def faults(text: str, file: str) -> list[Fault]:
    """All faults that could be planted in a Python text; those that only steer a search carry the reason in `steers`.

    >>> [f"{f.kind}: {f.before} becomes {f.after}" for f in faults("x = a - 2.0 * b\\n", "x.py")]
    ['sign: - becomes +', 'dropped term: 2.0 * b becomes 0 * (2.0 * b)', '5 %: 2.0 becomes 2.1', '20 %: 2.0 becomes 2.4']
    """
    finder = _Finder(text, file)
    finder.visit(ast.parse(text))
    return [f for f in finder.found if _changes(text, f)]


def places(text: str) -> Callable[[ast.AST], tuple[int, int]]:
    """A function that says where a node of the tree of a text begins and ends, as offsets in it (Python counts bytes)."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    return lambda node: (offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset))


def _changes(text: str, fault: Fault) -> bool:
    """Does it still parse, and say something else?"""
    begin = text.rfind("\n", 0, fault.start) + 1
    if fault.plant(text)[begin:] == text[begin:]:
        return False
    try:
        return (
            ast.dump(ast.parse(fault.plant(text))) != ast.dump(ast.parse(text)) if fault.kind == "arguments" else True
        )
    except SyntaxError:
        return False


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class _Finder(ast.NodeVisitor):
    """Walks a text and notes what could go wrong where."""

    def __init__(self, text: str, file: str):
        self.text, self.file, self.found = text, file, []
        self.span = places(text)
        self.names: list[str] = []  # the classes and the function around
        self.scope = ("", 0, "")  # name, start, hash
        self.inside_function = False
        self.owner = ""  # the name that a constant is given to
        self.index = self.size = False  # within an index; within the arguments of a call that asks for sizes

    # -- places --

    def note(self, kind: str, start: int, end: int, after: str) -> None:
        name, begin, source = self.scope
        why = steers(self.file, name, self.owner, kind, self.text[start:end])
        line = self.text.count("\n", 0, start) + 1
        before = self.text[start:end]
        self.found.append(Fault(self.file, name, source, line, kind, start, end, before, after, start - begin, why))

    def between(self, left, right, sign: str) -> tuple[int, int] | None:
        """Where an operator stands between two operands."""
        start, end = self.span(left)[1], self.span(right)[0]
        bare = re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), self.text[start:end])
        match = re.search(re.escape(sign), bare)
        return match and (start + match.start(), start + match.end())

    # -- statements --

    def generic_visit(self, node):
        if isinstance(node, ast.stmt) and not self.inside_function and not isinstance(node, ast.FunctionDef):
            before = self.scope
            if not isinstance(node, ast.ClassDef):
                start, end = self.span(node)
                self.scope = (".".join(self.names) or "module", start, _hash(self.text[start:end]))
            super().generic_visit(node)
            self.scope = before
        else:
            super().generic_visit(node)

    def visit_ClassDef(self, node):
        self.names.append(node.name)
        for child in node.body:
            self.visit(child)
        self.names.pop()

    def visit_FunctionDef(self, node):
        if node.name in MESSAGES:
            return
        outer = not self.inside_function
        before = self.scope, self.inside_function, self.owner
        if outer:
            start, end = self.span(node)
            self.scope = (".".join([*self.names, node.name]), start, _hash(self.text[start:end]))
            self.inside_function = True
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args]
        pairs = [*zip(named[len(named) - len(arguments.defaults) :], arguments.defaults, strict=True)]
        pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
        for argument, default in pairs:
            self.owner = argument.arg
            self.visit(default)
        self.owner = ""
        for child in node.body:
            self.visit(child)
        self.scope, self.inside_function, self.owner = before

    def visit_If(self, node):
        if all(isinstance(child, ast.Raise) for child in node.body):  # a check of what was handed in
            for child in node.orelse:
                self.visit(child)
        elif "TYPE_CHECKING" not in ast.dump(node.test) and "__name__" not in ast.dump(node.test):
            self.generic_visit(node)

    def _skip(self, node):
        pass

    visit_Raise = visit_Assert = visit_Import = visit_ImportFrom = visit_JoinedStr = _skip

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def _assigned(self, node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        before, self.owner = self.owner, ",".join(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
        if not self.owner.startswith("__"):
            scope = self.scope
            if not self.inside_function:
                start, end = self.span(node)
                self.scope = (".".join(self.names) or "module", start, _hash(self.text[start:end]))
            if node.value is not None:
                self.visit(node.value)
            self.scope = scope
        self.owner = before

    visit_Assign = visit_AnnAssign = visit_AugAssign = _assigned

    # -- expressions --

    def visit_BinOp(self, node):
        right = self.span(node.right)
        texts = (ast.JoinedStr, ast.List, ast.Tuple, ast.ListComp)
        plain = not any(
            isinstance(n, texts) or (isinstance(n, ast.Constant) and isinstance(n.value, str | bytes))
            for n in (node.left, node.right)
        )
        steps = (self.size or self.index) and any(_is_int(n) for n in (node.left, node.right))
        if isinstance(node.op, ast.Add | ast.Sub) and plain and not steps and not self.index:
            sign, other = ("+", "-") if isinstance(node.op, ast.Add) else ("-", "+")
            if place := self.between(node.left, node.right, sign):
                self.note("sign", *place, other)
            self.note("dropped term", *right, f"0 * ({self.text[slice(*right)]})")
        if plain and not steps and not self.index and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            for operand in (node.left, node.right):
                if _is_int(operand):
                    self.off(operand)
        self.visit(node.left)
        if not (isinstance(node.op, ast.Pow | ast.Mod | ast.FloorDiv) and isinstance(node.right, ast.Constant)):
            self.visit(node.right)

    def off(self, node) -> None:
        """A constant that is off by 5 % and by 20 %."""
        for kind, factor in (("5 %", 1.05), ("20 %", 1.2)):
            self.note(kind, *self.span(node), f"{node.value * factor:.8g}")

    def visit_Constant(self, node):
        if isinstance(node.value, float) and node.value != 0 and abs(node.value) < 1e300 and not self.index:
            self.off(node)

    def visit_UnaryOp(self, node):
        start, _ = self.span(node)
        if isinstance(node.op, ast.USub) and not self.index and not (self.size and _is_int(node.operand)):
            self.note("sign", start, start + 1, "+")
        self.visit(node.operand)

    def visit_Compare(self, node):
        before, self.index, self.size = (self.index, self.size), False, False
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            sign = OPERATORS.get(type(operator))
            if sign and (place := self.between(left, right, sign)):
                self.note("comparison", *place, SWAPPED[sign])
            left = right
        self.generic_visit(node)
        self.index, self.size = before

    def visit_Subscript(self, node):
        self.visit(node.value)
        before, self.index = self.index, True
        self.visit(node.slice)
        self.index = before

    def visit_Call(self, node):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if _root(node.func) in FURNITURE:
            return
        if name in EXTREMES and (isinstance(node.func, ast.Attribute) or node.args):
            _, end = self.span(node.func)
            self.note("comparison", end - len(name), end, EXTREMES[name])
        if name in DRAWS and isinstance(node.func, ast.Attribute) and _draws(node.func.value):
            self.note("frozen seed", *self.span(node.func.value), FROZEN)
        if name in SEEDERS and len(node.args) == 1:
            self.note("frozen seed", *self.span(node.args[0]), "12345")
        self._arguments(node, name)
        self.visit(node.func)
        before = self.index, self.size, self.owner
        self.index, self.size = False, self.size or name in SIZES
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            self.owner = keyword.arg or before[2]
            constant = isinstance(keyword.value, ast.Constant) and type(keyword.value.value) is int
            if keyword.arg in ("axis", "dim") and constant and keyword.value.value in (0, 1):
                self.note("axis", *self.span(keyword.value), str(1 - keyword.value.value))
            self.visit(keyword.value)
        self.index, self.size, self.owner = before

    def _arguments(self, node, name: str) -> None:
        if len(node.args) != 2 or name in EITHER_WAY or name in SIZES:
            return
        if all(isinstance(a, ast.Name | ast.Attribute) for a in node.args):
            (a, b), (c, d) = map(self.span, node.args)
            self.note("arguments", a, d, self.text[c:d] + self.text[b:c] + self.text[a:b])


def _is_int(node) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value != 0


def _root(node) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return getattr(node, "id", "")


def _draws(node) -> bool:
    """Is it a generator by its name: ``rng``, ``here.rng``, ``here.rng("name")``?"""
    if isinstance(node, ast.Call):
        node = node.func
    return (isinstance(node, ast.Attribute) and node.attr == "rng") or getattr(node, "id", "") == "rng"
