"""How a chapter draws: from named streams, or from the one bare generator whose numbers depend on all that was drawn before."""

from __future__ import annotations

import ast

__all__ = ["bare", "mistaken"]

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bare(cells: list[str]) -> list[str]:
    """The lines that draw from ``here.rng`` without a stream's name.

    >>> bare(["x = here.rng.normal(size=3)", "y = here.rng('readings').normal()", "rng = here.rng"])
    ['x = here.rng.normal(size=3)', 'rng = here.rng']
    """
    found = []
    for cell in cells:
        source, tree = _parsed(cell)
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        uses = [node for node in ast.walk(tree) if _is_rng(node) and id(node) not in called]
        found += [source[node.lineno - 1].strip() for node in sorted(uses, key=lambda n: (n.lineno, n.col_offset))]
    return found


def mistaken(cells: list[str]) -> list[str]:
    """Streams that give the same numbers twice: opened at two places, or under one name at each turn of a loop.

    >>> mistaken(["for k in range(3):\\n    x = here.rng('noise').normal()"])
    ["'noise' is opened anew at each turn of a loop and draws the same numbers. Open it before the loop, or name each: f'noise {k}'."]
    """
    opened: dict[str, int] = {}
    red = []
    for cell in cells:
        _, tree = _parsed(cell)
        loops = [node for node in ast.walk(tree) if isinstance(node, _LOOPS)]
        repeated = {id(inner) for loop in loops for part in _each_turn(loop) for inner in ast.walk(part)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and _is_rng(node.func) and node.args):
                continue
            name = node.args[0]
            if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
                continue
            opened[name.value] = opened.get(name.value, 0) + 1
            if id(node) in repeated:
                red.append(
                    f"{name.value!r} is opened anew at each turn of a loop and draws the same numbers. "
                    f"Open it before the loop, or name each: f'{name.value} {{k}}'."
                )
    red += [
        f"{name!r} is opened at {count} places, which draw the same numbers. Give each its own name, or keep the draws."
        for name, count in opened.items()
        if count > 1
    ]
    return red


def _each_turn(loop: ast.AST) -> list[ast.AST]:
    """What a loop does more than once; what it runs over is worked out once."""
    if isinstance(loop, ast.While):
        return [loop.test, *loop.body]
    if isinstance(loop, ast.For | ast.AsyncFor):
        return loop.body
    parts = [loop.key, loop.value] if isinstance(loop, ast.DictComp) else [loop.elt]
    first, *others = loop.generators
    return [*parts, *first.ifs, *others]


def _is_rng(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "rng"
        and isinstance(node.value, ast.Name)
        and node.value.id == "here"
    )


def _parsed(cell: str) -> tuple[list[str], ast.Module]:
    lines = ["pass" if line.startswith(("%", "!")) else line for line in cell.splitlines()]
    return lines, ast.parse("\n".join(lines))
