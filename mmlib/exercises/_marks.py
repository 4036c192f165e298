"""Marks for notebooks that were handed in: run them again, then judge the answers here and not in the notebook."""

from __future__ import annotations

import os
from pathlib import Path

CHECK_MIME = "application/vnd.mmlib.check+json"  # the form in which `here.check` leaves an answer in a notebook


def run_again(path: str | os.PathLike, timeout: float = 600):
    """Execute a notebook from top to bottom, without the outputs that it came with.

    A cell that fails, or that takes longer than `timeout`, does not stop it; a kernel that dies does, and what was to
    come after it has no outputs. The code is that of the student: run it where it may do no harm.

    Parameters
    ----------
    path : str or path
        The notebook as it was handed in. The file is left as it is.
    timeout : float
        Seconds that one cell may take.

    Returns
    -------
    nbformat.NotebookNode
        The notebook with the outputs of this run.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ModuleNotFoundError
        nbclient is not installed.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"run_again executes notebooks and needs {error.name}: pip install 'mmlib[book]'.", name=error.name
        ) from None
    notebook = nbformat.read(Path(path), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(notebook, timeout=timeout, allow_errors=True, interrupt_on_timeout=True)
    try:
        client.execute()
    except (CellTimeoutError, DeadKernelError):
        pass  # what did not run has no outputs
    return notebook


def marks(notebook, chapter: str) -> dict[int, bool]:
    """Which exercises of a chapter a notebook answers rightly.

    Each answer that the notebook holds is checked again in this process, the last one of each exercise. What the
    notebook says of itself is not read, so that neither a forged verdict nor a checker that the student changed counts.
    An exercise without an answer, because it was left out or because its cell failed (before or after its answer), is wrong.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        An executed notebook, best from `run_again`.
    chapter : str
        The chapter's path below ``book/`` without ending.

    Returns
    -------
    dict of int to bool
        For every exercise of the chapter.

    Raises
    ------
    ValueError
        The chapter has no exercises.

    Examples
    --------
    >>> from nbformat import v4
    >>> says = {"application/vnd.mmlib.check+json": {"exercise": 4, "right": True, "answer": 12.0}}
    >>> cell = v4.new_code_cell("", outputs=[v4.new_output("display_data", says)])
    >>> marks(v4.new_notebook(cells=[cell]), "capstones/sickle_cell")
    {1: False, 2: False, 3: False, 4: False, 5: False, 6: False}
    """
    from mmlib.exercises import numbers

    answers: dict[int, object] = {}
    for cell in notebook.cells:
        outputs = [out for out in cell.get("outputs") or [] if isinstance(out, dict)]
        failed = any(out.get("output_type") == "error" for out in outputs)
        for output in outputs if cell.get("cell_type") == "code" else ():
            data = output.get("data")
            said = data.get(CHECK_MIME) if isinstance(data, dict) else None
            if isinstance(said, dict) and isinstance(said.get("exercise"), int):
                answers[said["exercise"]] = None if failed else said.get("answer")
    return {n: _right(chapter, n, answers.get(n)) for n in numbers(chapter)}


def _right(chapter: str, number: int, answer) -> bool:
    from mmlib.exercises import check

    try:
        return check(chapter, number, answer).right
    except Exception:  # an answer that no cell of ours wrote, made to break the checker
        return False
