"""The shape of the library: functions that fit on a page, modules that are read in one go, calls without a dozen arguments.

Lines of a docstring do not count. What is above the limits today stands below with its size: it may shrink and leave
the list, and nothing joins it.
"""

import ast

import pytest

LINES, MODULE, ARGUMENTS = 60, 400, 12
LONG = {  # function -> lines of code today
    "mmlib/systems/artery.py pulse_wave": 110,  # two schemes that share the ends; its planted faults go with its text
    "mmlib/systems/cardiac.py step": 89,  # the currents in the order of the paper, each with its constants
    "mmlib/systems/fibre.py swell": 75,
}
LARGE = {"mmlib/systems/cardiac.py": 589}  # one published cell, with the unit of each number beside it
MANY = {  # function -> arguments today
    "mmlib/optim/verdict.py judge": 13,  # all of what a verdict may rest on, by name
    "mmlib/plot.py move": 13,
    "mmlib/surfaces.py fit_network": 13,
}


def functions(text):
    """(name, lines without docstring, arguments) of every function of a module, inner ones included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
            lines = node.end_lineno - node.lineno + 1 - (words.end_lineno - words.lineno + 1 if words else 0)
            a = node.args
            yield node.name, lines, len([*a.posonlyargs, *a.args, *a.kwonlyargs])


@pytest.fixture
def sources(root):
    return {
        p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in sorted((root / "mmlib").rglob("*.py"))
    }


def shrinks(found, listed):
    new = {name: size for name, size in found.items() if name not in listed}
    assert not new, f"cut into parts: {new}"
    assert not {name: size for name, size in found.items() if size > listed[name]}, "grown beyond what is listed"
    assert set(listed) == set(found), "no longer above the limit: take it off the list"


def test_functions_fit_on_a_page(sources):
    every = {f"{file} {name}": lines for file, text in sources.items() for name, lines, _ in functions(text)}
    assert len(every) > 500
    shrinks({name: lines for name, lines in every.items() if lines > LINES}, LONG)


def test_modules_are_read_in_one_go(sources):
    sizes = {file: text.count("\n") for file, text in sources.items()}
    shrinks({file: lines for file, lines in sizes.items() if lines > MODULE}, LARGE)


def test_no_call_takes_a_dozen_arguments(sources):
    every = {f"{file} {name}": count for file, text in sources.items() for name, _, count in functions(text)}
    shrinks({name: count for name, count in every.items() if count > ARGUMENTS}, MANY)


def test_what_counts():
    text = (
        'def f(a, /, b, *, c=1):\n    """Words.\n\n    More.\n    """\n    def g():\n        return 1\n    return g\n'
    )
    assert list(functions(text)) == [("f", 4, 3), ("g", 2, 0)]
    with pytest.raises(AssertionError, match="cut into parts"):
        shrinks({"x": 70}, {})
    with pytest.raises(AssertionError, match="grown"):
        shrinks({"x": 70}, {"x": 69})
    with pytest.raises(AssertionError, match="off the list"):
        shrinks({}, {"x": 69})
