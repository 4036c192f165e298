"""What every page wears: its downloads, and folds that say what they fold."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes

from mmlib.reproduce.book import Book
from mmlib.reproduce.downloads import STUDENT
from mmlib.reproduce.notebooks import does

__all__ = ["setup"]


def _downloads(app, page, template, context, doctree) -> None:
    """A chapter offers notebook, students' notebook, text and print, in words; another page only print."""
    chapter = page.removeprefix("book/") in Book(Path(app.srcdir)).chapters()
    for group in context.get("header_buttons", []):
        if group.get("label") != "download-buttons":
            continue
        kept = []
        for button in group["buttons"]:
            if button["label"] == "download-notebook-button" and chapter:
                button |= {"text": "Notebook", "tooltip": "Download the notebook"}
                student = context["pathto"](f"{STUDENT}/{page.removeprefix('book/')}.ipynb", 1)
                kept += [button, button | {
                    "url": student, "text": "Notebook without solutions", "label": "download-student-button",
                    "tooltip": "Download the notebook without solutions",
                }]  # fmt: skip
            elif button["label"] == "download-source-button" and chapter:
                kept.append(button | {"text": "Text (Markdown)", "tooltip": "Download the text with its numbers"})
            elif button["label"] == "download-pdf-button":
                kept.append(button | {"text": "Print or save as PDF", "tooltip": "Print"})
        if chapter:
            kept.append({"type": "link", "url": "?slides", "text": "Slides for a lecture", "label": "slides-button",
                         "tooltip": "Show this chapter as slides", "icon": "fas fa-display"})  # fmt: skip
        group["buttons"] = kept


def _folds_say_what(app, doctree) -> None:
    """Code that is folded is announced by what it does."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code" and cell.get("hide_mode"):
            what = does(next(iter(cell.findall(nodes.literal_block))).astext())
            cell["prompt_show"] = cell["prompt_hide"] = what


def _prints_in_one_box(app, doctree) -> None:
    """What a cell prints stands in one box, though claims between the lines, which show nothing there, part it."""
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code_output":
            continue
        above = None
        for output in list(cell.children):
            printed = isinstance(output, nodes.literal_block) and "stream" in output["classes"]
            if printed and above is not None and above["classes"] == output["classes"]:
                together = f"{above.astext().rstrip()}\n{output.astext()}"
                above.rawsource, above.children = together, []
                above += nodes.Text(together)
                cell.remove(output)
            else:
                above = output if printed else None


def _no_second_name(app, page, template, context, doctree) -> None:
    """A fold is announced by the words that it shows, not by another name."""
    context["body"] = context.get("body", "").replace('<summary aria-label="Toggle hidden content">', "<summary>")


def setup(app) -> None:
    """Connect what is above (called by `sphinx_ext`)."""
    app.add_js_file("figures.js")
    app.add_js_file("fit.js")
    app.add_js_file("slides.js")
    app.connect("html-page-context", _downloads, priority=900)
    app.connect("html-page-context", _no_second_name)
    app.connect("doctree-read", _folds_say_what)
    app.connect("doctree-read", _prints_in_one_box)
