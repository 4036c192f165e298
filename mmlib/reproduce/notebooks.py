"""Write the notebooks that Colab, Binder and GitHub open: plain Markdown, no outputs, no pairing metadata.

The text notebook ``NAME.md`` is the source. What only the book understands (citations, glued results, equation
labels, exercises, admonitions) becomes plain Markdown here; anything else is refused rather than shown raw. What the claims
file says of the claims goes along in a folded cell, so that a claim has its words where the book is not at hand.

    python -m mmlib.reproduce.notebooks            write all
    python -m mmlib.reproduce.notebooks --check    exit 1 if one does not agree with its source
    python -m mmlib.reproduce.notebooks --for student       without solutions, a cell to answer in, into _build/student
    python -m mmlib.reproduce.notebooks --for instructor    with solutions and what the chapter costs, into _build/instructor
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from functools import cache, cached_property
from pathlib import Path

from mmlib.reproduce.needed import extra

with extra(__name__):
    import nbformat
    import yaml

    from mmlib import claims
    from mmlib.claims import words
    from mmlib.reproduce.book import Book, find_book, write_atomic
    from mmlib.reproduce.store import read_notebook


__all__ = ["ExportError", "does", "export", "repository", "site"]

_FENCE = re.compile(r"^(`{3,})\{([\w-]+)\}[ \t]*(.*)$")
_ROLE = re.compile(r"\{([\w:.-]+)\}`([^`]+)`")
_LABELLED = re.compile(r"\$\$(.+?)\$\$[ \t]*\(([\w:-]+)\)", re.DOTALL)
_COMMENT = re.compile(r"^%[ \t].*\n?", re.MULTILINE)  # of the source alone, as on the page
_SOLUTION_START = re.compile(r"^(?:`{3,})\{solution-start\} ([\w-]+)[^`]*^`{3,}$", re.MULTILINE)
_SOLUTION_END = re.compile(r"^`{3,}\{solution-end\}\n`{3,}$", re.MULTILINE)
_ANSWER = """\
# Exercise {0}: put your answer in place of the dots. The check says "right", or what to look at next.
answer = ...
here.check({0}, answer)"""
_SOLUTION = """\
<details>
<summary><b>Solution to exercise {0}</b> (open it when you have tried)</summary>

{1}

</details>"""
_TO_RUN = "To run the code of a solution, copy it into a cell."
_FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}  # Colab's and Jupyter's words for it
_ADMONITIONS = {"admonition": "", "note": "Note", "tip": "Tip", "warning": "Warning"}


class ExportError(ValueError):
    """Markup in a chapter that a plain notebook cannot show; the message names chapter, markup and remedy."""


def export(book: Book, chapter: str, reader: str | None = None) -> str:
    """The text of the notebook that belongs to a chapter.

    reader : None: the notebook that Colab and Binder open, with a cell to answer in after each exercise and the solution as
        text behind a fold, which *Run All* does not execute; "student" leaves the solutions out; "instructor" says first
        what the chapter costs to run and how many exercises it has, and has the solutions as cells.

    Raises
    ------
    ExportError : the chapter holds a directive or role that has no plain form, or cites an unknown key.
    """
    source = read_notebook(book.file(chapter, ".md"))
    page = _Page(book, chapter)
    for cell in source.cells:
        if cell.cell_type == "markdown":
            page.number(cell.source)
    cells = [nbformat.v4.new_markdown_cell(_for_instructors(page))] if reader == "instructor" else []
    for cell in source.cells if reader == "instructor" else page.to_answer(source.cells, solutions=reader is None):
        if cell.cell_type == "code":
            if not any(c.cell_type == "code" for c in cells):
                cells += [_install_cell(book), *_says_cell(page)]
            cells.append(_code_cell(cell))
        else:
            text = page.plain(cell.source).strip()
            if text:
                cells.append(nbformat.v4.new_markdown_cell(text))
    for count, cell in enumerate(cells):
        cell["id"] = f"cell-{count}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}
    )
    return nbformat.writes(notebook) + "\n"


def does(code: str) -> str:
    """What a folded cell is for, in a word: of a page's fold, and of Colab's.

    >>> does("import numpy as np"), does("def weigh(x): return x"), does("print(weigh(1))"), does("low, high = 1, 2")
    ('Imports', 'Code of weigh', 'Code of what is printed', 'Code of low, high')
    """
    if "plot.show(" in code or "plot.move(" in code:
        return "Code of the figure"
    words = [line.split()[0] for line in code.splitlines() if line and not line.startswith(("#", " ", ")"))]
    if words and all(word in ("import", "from", "here") for word in words):
        return "Imports"
    lines = ast.parse(code).body
    made = [line.name for line in lines if isinstance(line, ast.FunctionDef | ast.ClassDef)]
    if not made and "print(" in code:
        return "Code of what is printed"
    given = [target for line in lines if isinstance(line, ast.Assign) for target in line.targets]
    names = made or [name.id for target in given for name in ast.walk(target) if isinstance(name, ast.Name)]
    return f"Code of {', '.join(names[:3])}{' …' * (len(names) > 3)}" if names else "Code"


def _code_cell(cell):
    """A cell of code; what the page folds is folded here too, in Jupyter and (by a title) in Colab."""
    tags = cell.metadata.get("tags", [])
    if "hide-input" not in tags:
        return nbformat.v4.new_code_cell(cell.source, metadata={"tags": tags} if tags else {})
    return nbformat.v4.new_code_cell(f"# @title {does(cell.source)}\n{cell.source}", metadata={"tags": tags} | _FOLDED)


def _for_instructors(page: _Page) -> str:
    parts = [f"**For instructors.** {len(page.exercises)} exercises, with solutions."]
    if spent := {r.seed: r.cpu_s for r in page.rows if r.device == "cpu"}:
        parts.append(
            f"Run from top to bottom, the chapter took {min(spent.values()):.0f} to {max(spent.values()):.0f} CPU seconds "
            f"({len(spent)} stored runs)."
        )
    return " ".join(parts)


def repository(book: Book) -> tuple[str, str]:
    """Address and branch of the book's repository: written once, in ``_config.yml``."""
    path = book.root / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = (config or {}).get("repository", {})
    return found.get("url", "https://example.org/book").rstrip("/"), found.get("branch", "main")


def site(book: Book) -> str:
    """Address of the rendered pages, "" while there is none: written once, in ``_config.yml`` (html: baseurl)."""
    path = book.root / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return ((config or {}).get("html", {}).get("baseurl") or "").rstrip("/")


def _where_it_is_judged(book: Book, chapter: str) -> str:
    """The end of a notebook: where its claims stand with their verdicts."""
    if base := site(book):
        return (
            f"The claims of this chapter with their verdicts: at the end of [its page]({base}/book/{chapter}.html). Those of "
            f"all chapters: [the ledger]({base}/book/reproducibility.html)."
        )
    url, _ = repository(book)
    return (
        "The claims of this chapter with their verdicts stand at the end of its page, those of all chapters on the page "
        f"*What reproduces*. `make book` builds the pages in a copy of [the repository]({url})."
    )


def _install_cell(book: Book):
    url, branch = repository(book)
    return nbformat.v4.new_code_cell(
        "# On Colab, this installs the book's library once; where the library is there, it does nothing.\n"
        "import importlib.util\n\n"
        'if importlib.util.find_spec("mmlib") is None:\n'
        f'    %pip install -q "mmlib[chapters] @ git+{url}@{branch}"'
    )


def _says_cell(page: _Page) -> list:
    """Away from the book a claim keeps its words: the notebook tells them to its kernel, in a folded cell of one long line."""
    if not page.says:
        return []
    told = ", ".join(f"{name!r}: {says!r}" for name, says in page.says.items())
    source = (
        "# @title What the book says of each claim: words, condition, stored value (for the machine)\n"
        "from mmlib.chapter import book_says\n\n"
        f"book_says({page.chapter!r}, {{{told}}})"
    )
    return [nbformat.v4.new_code_cell(source, metadata=_FOLDED | {"tags": ["hide-input"]})]


class _Page:
    """Numbers of equations and exercises, and the plain form of what refers to them."""

    def __init__(self, book: Book, chapter: str):
        self.book, self.chapter = book, chapter
        self.equations: dict[str, int] = {}
        self.exercises: dict[str, int] = {}

    @cached_property
    def says(self) -> dict[str, dict]:
        """What the book says of the chapter's claims, for the text and for the notebook's own kernel."""
        path = self.book.file(self.chapter, ".claims.yml")  # a homework sheet has none
        return words.known(claims.read_claims(path), self.rows) if path.exists() else {}

    @cached_property
    def rows(self) -> list:
        return claims.read_replicates(self.book.file(self.chapter, ".replicates.csv"))

    def number(self, text: str) -> None:
        for match in _LABELLED.finditer(text):
            self.equations[match[2]] = len(self.equations) + 1
        for match in re.finditer(r"\{exercise-start\}.*\n:label: ([\w-]+)", text):
            self.exercises[match[1]] = len(self.exercises) + 1

    def to_answer(self, cells, *, solutions: bool):
        """The cells, with a cell to answer in before each solution, which is folded text, or in its place."""
        number, kept = 0, ""  # of the solution that we are in
        for cell in cells:
            if cell.cell_type == "code" and not number:
                yield cell
                continue
            text = cell.source if cell.cell_type == "markdown" else f"```python\n{cell.source}\n```"
            while text:
                fence = (_SOLUTION_END if number else _SOLUTION_START).search(text)
                kept += text[: fence.start()] if fence else text
                text = text[fence.end() :] if fence else ""
                if fence and number:
                    if solutions:
                        kept = f"{kept.strip()}\n\n{_TO_RUN}" if "```python" in kept else kept.strip()
                        yield nbformat.v4.new_markdown_cell(_SOLUTION.format(number, kept))
                    number, kept = 0, ""
                elif fence:
                    if fence[1] not in self.exercises:
                        raise ExportError(f"{self.chapter}: solution of an unknown exercise {fence[1]!r}.")
                    number = self.exercises[fence[1]]
                    yield nbformat.v4.new_markdown_cell(kept)
                    yield nbformat.v4.new_code_cell(_ANSWER.format(number), metadata={"tags": ["answer"]})
                    kept = ""
            if number:
                kept += "\n\n"
            elif kept:
                yield nbformat.v4.new_markdown_cell(kept)
                kept = ""
        if number:
            raise ExportError(f"{self.chapter}: the solution of exercise {number} is not closed. Add {{solution-end}}.")

    def plain(self, text: str) -> str:
        lines, out, i = _COMMENT.sub("", text).split("\n"), [], 0
        while i < len(lines):
            match = _FENCE.match(lines[i])
            if not match:
                out.append(lines[i])
                i += 1
                continue
            end = next((j for j in range(i + 1, len(lines)) if lines[j].strip() == match[1]), None)
            if end is None:
                raise ExportError(f"{self.chapter}: directive {{{match[2]}}} is not closed. Close it with {match[1]}.")
            body = lines[i + 1 : end]
            options = {}
            while body and (option := re.match(r"^:([\w-]+):\s*(.*)$", body[0])):
                options[option[1]] = option[2]
                body = body[1:]
            out += self._directive(match[2], match[3].strip(), options, body)
            i = end + 1
        text = "\n".join(out)
        text = re.sub(r"^\([\w-]+\)=\s*$", "", text, flags=re.MULTILINE)
        text = _LABELLED.sub(lambda m: f"$${m[1].rstrip()} \\tag{{{self.equations[m[2]]}}}$$", text)
        return _ROLE.sub(lambda m: self._role(m[1], m[2]), text)

    def _directive(self, name: str, title: str, options: dict, body: list[str]) -> list[str]:
        if name == "exercise-start":
            number = self.exercises.get(options.get("label", ""))
            if number is None:
                raise ExportError(f"{self.chapter}: exercise {title!r} has no label. Add a line ':label: …'.")
            return [f"### Exercise {number}: {title}", ""]
        if name == "solution-start":
            if title not in self.exercises:
                raise ExportError(f"{self.chapter}: solution of an unknown exercise {title!r}.")
            return [f"**Solution to exercise {self.exercises[title]}**", ""]
        if name in ("exercise-end", "solution-end"):
            return []
        if name == "claims-table":
            return [_where_it_is_judged(self.book, self.chapter)]
        if name in _ADMONITIONS:
            head = f"> **{title or _ADMONITIONS[name]}**"
            return [head, ">", *(f"> {line}".rstrip() for line in body)]
        raise ExportError(
            f"{self.chapter}: directive {{{name}}} has no plain form in a notebook. Use one of "
            f"{', '.join([*_ADMONITIONS, 'exercise-start', 'solution-start', 'claims-table'])}, or teach the exporter."
        )

    def _role(self, role: str, text: str) -> str:
        if role == "glue:text":
            return self._result(text)
        if role == "eq":
            if text not in self.equations:
                raise ExportError(f"{self.chapter}: {{eq}}`{text}` refers to no labelled equation.")
            return f"({self.equations[text]})"
        if role in ("cite:t", "cite:p"):
            parts = [_citation(self.book, key.strip(), self.chapter) for key in text.split(",")]
            if role == "cite:t":
                return ", ".join(f"{who} ([{year}]({url}))" if url else f"{who} ({year})" for who, year, url in parts)
            return (
                "("
                + "; ".join(f"[{who}, {year}]({url})" if url else f"{who}, {year}" for who, year, url in parts)
                + ")"
            )
        if role == "doc":
            return self._link(text)
        raise ExportError(
            f"{self.chapter}: role {{{role}}} has no plain form in a notebook. "
            "Use cite:t, cite:p, glue:text, eq or doc, or teach the exporter."
        )

    def _result(self, claim: str) -> str:
        """The stored result of seed 0, as the page shows it."""
        if claim not in self.says:
            raise ExportError(f"{self.chapter}: {{glue:text}}`{claim}` names no claim of this chapter.")
        said = self.says[claim].get("text")
        return words.scripts(said) if said else f"`{claim}`"

    def _link(self, text: str) -> str:
        match = re.fullmatch(r"(.*?)\s*<(.+)>", text)
        label, target = (match[1], match[2]) if match else ("", text)
        path = self.book.root / f"{target.lstrip('/')}.md"
        if not path.exists():
            raise ExportError(f"{self.chapter}: {{doc}}`{text}` leads nowhere: {path.name} is missing.")
        title = label or next(
            (line[2:].strip() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")),
            path.stem,
        )
        url, branch = repository(self.book)
        relative = path.relative_to(self.book.root)
        notebook = relative.with_suffix(".ipynb")
        if (base := site(self.book)) and not (self.book.root / notebook).exists():
            return f"[{title}]({base}/{relative.with_suffix('.html').as_posix()})"
        return f"[{title}]({url}/blob/{branch}/{(notebook if (self.book.root / notebook).exists() else relative).as_posix()})"


@cache
def _bibliography(path: Path):
    from pybtex.database import parse_file

    return parse_file(path, bib_format="bibtex").entries if path.exists() else {}


def _citation(book: Book, key: str, chapter: str) -> tuple[str, str, str]:
    entries = _bibliography(book.root / "book" / "references.bib")
    if key not in entries:
        raise ExportError(f"{chapter}: cites {key!r}, which is not in references.bib. Add the entry or mend the key.")
    entry = entries[key]
    people = [" ".join([*p.prelast_names, *p.last_names]) for p in entry.persons.get("author", [])] or [key]
    people = [re.sub(r"[{}]", "", p) for p in people]
    who = people[0] if len(people) == 1 else " and ".join(people) if len(people) == 2 else f"{people[0]} et al."
    url = f"https://doi.org/{entry.fields['doi']}" if "doi" in entry.fields else entry.fields.get("url", "")
    return who, entry.fields.get("year", "n.d."), url


def main(arguments: list[str] | None = None) -> int:
    """Write or check the notebooks; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.notebooks", description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a notebook does not agree")
    parser.add_argument("--for", dest="reader", choices=("student", "instructor"), help="write into _build instead")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        chapters = book.resolve(options.chapter)
    except LookupError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    red = 0
    for chapter in chapters:
        path = book.file(chapter, ".ipynb")
        if options.reader:
            path = book.root / "_build" / options.reader / f"{chapter}.ipynb"
        try:
            text = export(book, chapter, options.reader)
        except ValueError as error:
            print(f"RED    {error}")
            red = 1
            continue
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old == text:
            continue
        if options.check:
            print(f"RED    {path.name} does not agree with {chapter}.md. Run: python -m mmlib.reproduce.notebooks")
            red = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, text)
            print(f"{path.relative_to(book.root)}: written")
    return red


if __name__ == "__main__":
    sys.exit(main())
