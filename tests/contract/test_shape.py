"""The shape of the library: functions that fit on a page, modules that are read in one go, calls without a dozen arguments.

Lines of a docstring do not count. No function and no module is excused. Three signatures have one argument more than the
limit, all by name; public names live a year, so they stay, and the test asks for these three and no other.
"""

import ast

import pytest

LINES, MODULE, ARGUMENTS = 60, 400, 12
KEPT = {"mmlib/optim/verdict.py judge", "mmlib/plot.py move", "mmlib/surfaces.py fit_network"}  # thirteen arguments


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


def above(sizes, limit):
    return {name: size for name, size in sizes.items() if size > limit}


def test_functions_fit_on_a_page(sources):
    every = {f"{file} {name}": lines for file, text in sources.items() for name, lines, _ in functions(text)}
    assert len(every) > 500
    assert above(every, LINES) == {}, "cut into parts"


def test_modules_are_read_in_one_go(sources):
    assert above({file: text.count("\n") for file, text in sources.items()}, MODULE) == {}, "cut into parts"


def test_no_call_takes_a_dozen_arguments(sources):
    every = {f"{file} {name}": count for file, text in sources.items() for name, _, count in functions(text)}
    assert above(every, ARGUMENTS) == dict.fromkeys(KEPT, ARGUMENTS + 1)


def test_what_counts():
    text = (
        'def f(a, /, b, *, c=1):\n    """Words.\n\n    More.\n    """\n    def g():\n        return 1\n    return g\n'
    )
    assert list(functions(text)) == [("f", 4, 3), ("g", 2, 0)]
    assert above({"x": 61, "y": 60}, 60) == {"x": 61}
