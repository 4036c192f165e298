"""An error says what was expected, what was got and what to do next: read off the source, so that a new refusal is asked, too."""

import ast

import pytest

ELSEWHERE = ("chapter.py", "claims/", "exercises/", "plot.py", "reproduce/")  # refusals to who writes the book


def words(node):
    """All that stands between quotes, with … for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(words(v) for v in node.values)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "…" if isinstance(node, ast.FormattedValue) else "".join(map(words, ast.iter_child_nodes(node)))


def refusals(text):
    """(line, words) of each ValueError and TypeError with a message of its own."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            kind = getattr(node.exc.func, "id", "")
            if kind in ("ValueError", "TypeError") and not isinstance(node.exc.args[0], ast.Name):
                yield node.lineno, words(node.exc.args[0])


def test_each_refusal_has_three_parts(root):
    bad, count = [], 0
    for path in sorted((root / "mmlib").rglob("*.py")):
        name = path.relative_to(root / "mmlib").as_posix()
        if name.startswith(ELSEWHERE):
            continue
        for line, said in refusals(path.read_text(encoding="utf-8")):
            count += 1
            parts = "expected" in said.lower() and "got" in said and len(said.replace("? ", ". ").split(". ")) > 1
            # `number` builds its beginning before; where only a place stands before another refusal, that one is looked at
            if not parts and not said.startswith("…; got ") and not said.endswith("…: …"):
                bad.append(f"{name}:{line} {said[:90]}")
    assert count > 400 and not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("text", "found"),
    [("raise ValueError(f'expected {x}; got ' + 'it. Do.')", "expected …; got it. Do."), ("raise KeyError('a')", None), ("raise TypeError", None)],
)  # fmt: skip
def test_what_is_read(text, found):
    assert [w for _, w in refusals(text)] == ([found] if found else [])
