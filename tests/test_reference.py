"""The library's reference: its examples run as pasted, a parameter a line."""

import doctest
import importlib
import inspect
import re
import sys
from types import SimpleNamespace

import pytest
from sphinx.ext.autodoc.preserve_defaults import update_defvalue

from mmlib.reproduce import library, reference
from mmlib.reproduce.book import Book
from mmlib.reproduce.reference import imports, one_a_line, unknown

from .conftest import ROOT

MODULES = library.documented(Book(ROOT))


def entries(module):
    """Name, docstring and home of what a page of the reference shows of a module."""
    yield module.__name__, module.__doc__, module
    for name in getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")]):
        thing = getattr(module, name)
        home = sys.modules.get(getattr(thing, "__module__", None))
        if home is None or not home.__name__.startswith("mmlib"):
            continue
        yield f"{module.__name__}.{name}", inspect.getdoc(thing), home
        for method, what in vars(thing).items() if inspect.isclass(thing) else ():
            if not method.startswith("_") and callable(what):
                yield f"{module.__name__}.{name}.{method}", inspect.getdoc(what), home


def pasted(doc, module, home):
    """The source of an entry's examples, imports first."""
    examples = doctest.DocTestParser().get_examples(doc)
    return "\n".join([*imports(doc, module, vars(home)), *(e.source for e in examples)])


@pytest.mark.parametrize("name", MODULES)
def test_examples_know_all_their_names(name):
    module = importlib.import_module(name)
    for entry, doc, home in entries(module):
        if not doc or ">>>" not in doc:
            continue
        assert not (lacking := unknown(pasted(doc, module, home))), f"{entry}: {', '.join(sorted(lacking))}"


@pytest.mark.parametrize("name", ["mmlib.identify.bagging", "mmlib.systems.lorenz.Lorenz", "mmlib.gp.regress"])
def test_an_example_runs_where_nothing_was_imported(name):
    module = importlib.import_module(name.rpartition(".")[0])
    doc, home = next((doc, home) for entry, doc, home in entries(module) if entry == name)
    shown = "\n".join([*(f">>> {line}" for line in imports(doc, module, vars(home))), "", *doc.splitlines()])
    test = doctest.DocTestParser().get_doctest(shown, {}, name, None, 0)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.DocTestRunner(optionflags=flags).run(test)
    assert found.attempted and not found.failed


@pytest.mark.parametrize("name", MODULES)
def test_no_two_parameters_share_a_line(name):
    for entry, doc, _ in entries(importlib.import_module(name)):
        for line in one_a_line((doc or "").splitlines()):
            assert not re.search(r"^[a-z_]\w* : .*[.;] [a-z_]\w* : ", line), f"{entry}: {line}"


def test_prose_and_examples_are_left_alone():
    lines = ["Fit it. n : not a section.", "", "Parameters", "---", "a : one; b : two.", "", ">>> x = 1; y : int = 2"]
    assert one_a_line(lines) == [*lines[:4], "a : one", "b : two.", *lines[5:]]


def test_the_table_of_questions_names_what_exists():
    text = (ROOT / "book/library/index.md").read_text(encoding="utf-8")
    named = re.findall(r"\{py:obj\}`(\w+\.\w+) <([\w.]+)>`", text)
    assert len(named) > 10
    for shown, full in named:
        module, _, name = full.rpartition(".")
        assert (
            full == f"mmlib.{shown}" and module in MODULES and callable(getattr(importlib.import_module(module), name))
        )


def test_parameters_have_the_types_that_docstring_or_default_say():
    """A type of numpydoc stays a type; a description stays one, and gets the type that the default shows."""

    def fit(x, y, rule="bic", steps=3):
        """Fit.

        Parameters
        ----------
        x : array (n,)
            Times.
        y : (n,) readings, of
            Any unit.
        rule : "bic" or "aic".
        steps : how many.
        """

    update_defvalue(SimpleNamespace(config=SimpleNamespace(autodoc_preserve_defaults=True)), fit, False)
    assert not isinstance(inspect.signature(fit).parameters["steps"].default, int), "as Sphinx has it"
    lines = inspect.getdoc(fit).splitlines()
    reference._plain_words(None, "function", "a.fit", fit, None, lines)
    heads = [line for line in lines if re.match(r"\w+( : |$)", line)]
    assert heads == ["Parameters", "x : array (n,)", "y", "rule : str", "steps : number"]
    assert '    "bic" or "aic".' in lines and "    (n,) readings, of" in lines


def test_what_follows_a_section_is_no_entry_of_it():
    """Examples, paragraphs and "Raises X for ..." end a section; napoleon sees two empty lines."""
    lines = [
        "Fit it.", "", "Parameters", "----------", "x_ : (n,) times", "    of all.", "y : readings.", "",
        "Returns $k$ and", "`a|b`, |h|.", "Raises ValueError or TypeError for NaN,", "and text.", "",
        "Raises", "------", "KeyError", "    No entry.", ">>> 2*x", "4", "",
        "Examples", "--------", "With $h$:", "", ">>> |y|",
    ]  # fmt: skip
    reference._plain_words(None, "module", "a", reference, None, lines)
    assert "\n".join(lines) == (
        "Fit it.\n\nParameters\n----------\nx_\n    (n,) times\n    of all.\ny\n    readings.\n\n\n"
        "Returns :math:`k` and\n`a|b`, \\|h\\|.\n\nRaises\n------\nValueError, TypeError\n    for NaN,\n    and text.\n\n\n"
        "Raises\n------\nKeyError\n    No entry.\n\n\n>>> 2*x\n4\n\n"
        "Examples\n--------\nWith :math:`h`:\n\n\n>>> |y|"
    )


@pytest.mark.parametrize("tail", [[], [""], ["", ""], ["", "   "]])
@pytest.mark.parametrize(
    "lines", [[], ["One line."], ["Two.", "", "Parts."], ["Fit.", "", "Raises", "------", "KeyError"]]
)
def test_empty_lines_at_the_end_end_the_docstring(lines, tail):
    with_tail = [*lines, *tail]
    reference._plain_words(None, "module", "a", reference, None, with_tail)
    assert [line for line in with_tail if line.strip()] == [line for line in lines if line.strip()]
