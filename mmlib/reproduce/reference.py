"""The library's reference: plain docstrings as pages, examples that run as pasted, and the chapters that use each entry."""

from __future__ import annotations

import ast
import builtins
import doctest
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

from numpydoc.docscrape import NumpyDocString, Reader

from mmlib.reproduce import library
from mmlib.reproduce.book import Book

__all__ = ["imports", "one_a_line", "setup", "unknown"]

_PLAIN = re.compile(r"`[^`]*`|\$\$?(?P<formula>[^$]+)\$\$?|(?<!\S)\*\w[^*]*\*(?!\w)|(?P<mark>[|*]|(?<=\w)_(?!\w))")


def _plain_words(app, what, name, obj, options, lines) -> None:
    """Docstrings are plain text with code in backticks: |h|, 2*x and k_ mean themselves. Examples stay as they are."""
    kinds = shown_by_default(obj) if what in ("function", "method", "class") else {}
    lines[:] = _Docstring(_unbroken(one_a_line(lines)), kinds).plain()


def _unbroken(lines: list[str]) -> list[str]:
    """A formula or a code word that runs over the end of a line, on one line."""
    out = list(lines)
    for k in reversed(range(len(out) - 1)):
        if any(out[k].replace("``", "").count(mark) % 2 for mark in "$`") and ">>>" not in out[k]:
            out[k : k + 2] = [f"{out[k]} {out[k + 1].strip()}"]
    return out


class _Docstring(NumpyDocString):
    """A docstring as numpydoc reads it, with three habits of ours, written out as napoleon expects it.

    Words after "name : " are a description, not a type; "Raises X for ..." is a section; and a section ends where a
    paragraph begins.
    """

    def __init__(self, lines, kinds):
        self._doc, self._kinds = Reader(lines), kinds

    def plain(self) -> list[str]:
        """The lines for napoleon."""
        out: list[str] = []
        while not self._doc.eof():
            if self._is_at_section():
                out += ["", self._doc.read(), self._doc.read()]
                out += [*(line for entry in self._entries() for line in entry), ""]  # two empty lines end a section
                continue
            block = self._doc.read_to_next_empty_line()
            if not block:  # empty lines at the end
                break
            out += ["", *(block if block[0].lstrip().startswith(">>>") else _paragraph(block))]
        return out[1:]

    def _entries(self):
        """The lines of each entry of a section, up to what ends it."""
        block = self._doc.read_to_condition(lambda line: not line.strip() or line[:3] == ">>>" or _RAISES.match(line))
        for name, kind, description in self._parse_param_list(block):
            if not kind:  # words, not an entry
                name = _plain(name)
            if kind and not is_type(kind, description):
                description, kind = [kind, *description], self._kinds.get(name, "")
            yield [f"{name} : {kind}" if kind else name, *(f"    {_plain(line)}" for line in description)]


_RAISES = re.compile(r"Raises (\w+)( or \w+)?,? (.+)")


def _paragraph(block: list[str]) -> list[str]:
    """Plain text; a line that begins with "Raises X for ..." makes a section of the rest."""
    first = next((k for k, line in enumerate(block) if _RAISES.match(line)), len(block))
    out = [_plain(line) for line in block[:first]]
    if first < len(block):
        error, other, says = _RAISES.match(block[first]).groups()
        names = error + (other or "").replace("or ", ", ").strip()
        out += ["", "Raises", "------", names, *(f"    {_plain(line)}" for line in [says, *block[first + 1 :]]), ""]
    return out


def _plain(text: str) -> str:
    def meant(m):
        return f":math:`{m['formula']}`" if m["formula"] else f"\\{m['mark']}" if m["mark"] else m[0]

    return _PLAIN.sub(meant, text)


_FIELD = re.compile(r"^ {4}(\w+): ([^=#\n]+?) *(?:=[^#\n]*)?#\s*(.+)$", re.MULTILINE)
_TYPE = re.compile(
    r"(?:int|float|str|bool|bytes|array|list|tuple|dict|mapping|set|sequence|callable|function|path|(?:\w+\.)*[A-Z]\w*)\b[^.;:]*$"
)


def is_type(says: str, description: list[str]) -> bool:
    """Are the words after "name : " in a docstring a type, as numpydoc has it, and not the description itself?

    Then the description stands below and begins as a sentence does.

    >>> is_type("array (n, d)", ["Readings."]), is_type("(n, d) readings, or", ["a list."])
    (True, False)
    >>> is_type("float", []), is_type("number of refits.", ["More."])
    (False, False)
    """
    below = description and description[0][:1].isupper()
    return bool(below and len(says) < 60 and _TYPE.match(says))


def shown_by_default(obj) -> dict[str, str]:
    """Types of the parameters without annotation whose default shows it; a whole number may stand for any.

    >>> def f(x, n=3, scale=1.0, log=False, rule="bic", t: int = 2, y=None): pass
    >>> shown_by_default(f)
    {'n': 'number', 'scale': 'float', 'log': 'bool', 'rule': 'str'}
    """
    try:
        found = inspect.signature(obj).parameters.values()
    except (TypeError, ValueError):
        return {}
    words = {bool: "bool", int: "number", float: "float", str: "str"}
    defaults = {p.name: _as_written(p.default) for p in found if p.annotation is p.empty}
    return {name: words[type(value)] for name, value in defaults.items() if type(value) in words}


def _as_written(default):
    """A default's value, where Sphinx keeps the text of the source in its place (autodoc_preserve_defaults)."""
    if type(default).__name__ != "DefaultValue":
        return default
    try:
        return ast.literal_eval(default.name)
    except (ValueError, SyntaxError):
        return None


def _where_used(app, what, name, obj, options, lines) -> None:
    """Below each entry of the reference: what its fields hold, and the chapters that use it."""
    if inspect.isclass(obj) and (fields := _FIELD.findall(inspect.getsource(obj))):
        lines.append("")
        for field, kind, says in fields:
            lines += [f":ivar {field}: {_plain(says)}", f":vartype {field}: ``{kind}``"]
    book = Book(Path(app.srcdir))
    if what in ("function", "class") and (chapters := library.used_by(book, name)):
        lines += ["", "Used in " + ", ".join(f":doc:`/book/{c}`" for c in chapters) + "."]


def _whats_in_it(app, what, name, obj, options, lines) -> None:
    """Below the first words of a module: what it offers, functions first, a sentence each."""
    if what != "module":
        return
    public = [(n, getattr(obj, n)) for n in getattr(obj, "__all__", [])]
    public = [(n, thing) for n, thing in public if callable(thing)]
    if len(public) < 3:
        return
    lines += [""]
    for n, thing in sorted(public, key=lambda found: inspect.isclass(found[1])):
        says = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
        lines.append(f"- :py:obj:`{n} <{name}.{n}>`: {_plain(says)}")
    lines.append("")


def _no_field_twice(app, what, name, obj, skip, options) -> bool | None:
    """Fields of named tuples and dataclasses stand in the list above, with units; how pydantic is set is nobody's business."""
    return True if name == "model_config" or type(obj).__name__ in ("_tuplegetter", "member_descriptor") else None


_ENTRY = re.compile(r"(?<=[.;]) (?=[a-z_]\w*(?:, [a-z_]\w*)* : )")


def one_a_line(lines: list[str]) -> list[str]:
    """Parameters that share a line of a docstring get a line each.

    >>> one_a_line(["Parameters", "----------", "modes : size of the basis. inputs, outputs : numbers."])
    ['Parameters', '----------', 'modes : size of the basis.', 'inputs, outputs : numbers.']
    """
    out, section = [], False
    for line in lines:
        section = (section or line.startswith("---")) and not line.lstrip().startswith(">>>")
        parts = _ENTRY.split(line) if section and re.match(r"[a-z_]\w*(, \w+)* : ", line) else [line]
        out += [part.rstrip(";") if len(parts) > 1 else part for part in parts]
    return out


def unknown(source: str) -> set[str]:
    """Names that Python code uses and nothing in it makes.

    >>> sorted(unknown("y = np.sin(x) if x else [k for k in z]"))
    ['np', 'x', 'z']
    """
    used, made = set(), set(dir(builtins))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler):
            made.add(node.name)
    return used - made


def imports(text: str, module: ModuleType, known: dict) -> list[str]:
    """The lines that an example of a docstring needs before it, to run where nothing was imported.

    Parameters
    ----------
    text : the docstring.
    module : the public module that shows it, from which its names are imported if it has them.
    known : names in the module where the docstring stands.

    >>> import mmlib.identify
    >>> imports(">>> bagging(np.ones(3))", mmlib.identify, vars(mmlib.identify.selection))
    ['import numpy as np', 'from mmlib.identify import bagging']
    """
    source = "".join(e.source for e in doctest.DocTestParser().get_examples(text))
    whole, parts = set(), {}
    for name in unknown(source):
        if name not in known:
            continue
        thing = known[name]
        if isinstance(thing, ModuleType):
            above, _, last = thing.__name__.rpartition(".")
            simple = f"import {last}" if not above else f"from {above} import {last}"
            whole.add(simple if name == last else f"import {thing.__name__} as {name}")
            continue
        public = getattr(module, name, None) is thing
        parts.setdefault(module.__name__ if public else getattr(thing, "__module__", known["__name__"]), []).append(
            name
        )
    return [
        *sorted(whole),
        *(f"from {where} import {', '.join(sorted(names))}" for where, names in sorted(parts.items())),
    ]


def _imports_shown(app, what, name, obj, options, lines) -> None:
    """The first example of an entry begins with its imports (an event of autodoc)."""
    first = next((k for k, line in enumerate(lines) if line.lstrip().startswith(">>>")), None)
    if first is None:
        return
    public = name
    while public not in sys.modules:
        public = public.rpartition(".")[0]
    own = obj if what == "module" else sys.modules.get(getattr(obj, "__module__", None) or public, sys.modules[public])
    space = " " * (len(lines[first]) - len(lines[first].lstrip()))
    lines[first:first] = [f"{space}>>> {line}" for line in imports("\n".join(lines), sys.modules[public], vars(own))]


def setup(app) -> None:
    """Connect what is above (called by `sphinx_ext`)."""
    app.setup_extension("sphinx.ext.autodoc")  # its events are used below
    app.connect("autodoc-process-docstring", _imports_shown, priority=90)
    app.connect("autodoc-process-docstring", _plain_words, priority=100)  # before napoleon reads the sections
    app.connect("autodoc-process-docstring", _where_used)
    app.connect("autodoc-process-docstring", _whats_in_it)
    app.connect("autodoc-skip-member", _no_field_twice)
