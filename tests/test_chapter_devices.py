"""Chapters that train hand on the device that they were asked for."""

import ast
import importlib
import inspect

import jupytext
import pytest

from mmlib.reproduce.book import find_book

BOOK = find_book()


def tree(text):
    """The code cells of a chapter as one syntax tree, without the lines of IPython's own."""
    cells = [c.source for c in jupytext.reads(text, fmt="md:myst").cells if c.cell_type == "code"]
    return ast.parse("\n".join(line for cell in cells for line in cell.split("\n") if not line.startswith(("%", "!"))))


def imported(module):
    """What the names of a chapter stand for, of what it imports from the library."""
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mmlib":
            package = importlib.import_module(node.module)
            for name in node.names:
                try:
                    thing = getattr(package, name.name)
                except AttributeError:
                    thing = importlib.import_module(f"{node.module}.{name.name}")
                found[name.asname or name.name] = thing
    own = {n.name for n in ast.walk(module) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    return {name: thing for name, thing in found.items() if name not in own}


def without_device(text):
    """Calls that could be told a device, and are not; ``**options`` counts as told."""
    module = tree(text)
    names = imported(module)
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        path = ast.unparse(node.func).split(".")
        thing = names.get(path[0])
        for part in path[1:]:
            thing = getattr(thing, part, None) if inspect.ismodule(thing) else None
        if inspect.isfunction(thing) and "device" in inspect.signature(thing).parameters:
            if not {"device", None} & {k.arg for k in node.keywords}:
                yield ast.unparse(node)[:90]


@pytest.mark.parametrize("chapter", BOOK.chapters())
def test_what_trains_gets_the_chapters_device(chapter):
    assert not list(without_device(BOOK.file(chapter, ".md").read_text(encoding="utf-8"))), "pass device=here.device"


def test_a_call_without_a_device_is_seen():
    head = "---\njupytext:\n  text_representation: {extension: .md, format_name: myst}\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n"
    cell = "```{code-cell} ipython3\nfrom mmlib import gp, nets\nfrom mmlib.gp import ar1\nCALL\n```\n"
    for call, red in (
        ("gp.regress(x, y)", True),
        ("ar1(levels)", True),
        ("gp.regress(x, y, device=here.device)", False),
        ("ar1(levels, **options)", False),
        ("def ar1(x): return x\nar1(3)", False),
        ("model.fit(x)", False),
    ):
        assert bool(list(without_device(head + cell.replace("CALL", call)))) == red, call
