"""Numbers, tables and files as the made pages write them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def short(x):
    """Two digits, as Markdown reads well."""
    if x >= 0.01:
        return f"{x:.2g}"
    mantissa, exponent = f"{x:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def seconds(x):
    return f"{x:.0f}" if x >= 10 else f"{x:.1f}" if x >= 1 else f"{x:.2g}"


def table(head, lines):
    bar = "|".join("---" for _ in head)
    return "\n".join(["| " + " | ".join(head) + " |", f"|{bar}|"] + ["| " + " | ".join(line) + " |" for line in lines])


def settle(path, text, arguments, draw, maker):
    """Write a page and its figure, or with --check ask whether the page agrees; returns the exit status."""
    if "--check" not in arguments:
        path.write_text(text, encoding="utf-8")
        draw()
        return 0
    if path.read_text(encoding="utf-8") == text:
        return 0
    print(f"{path.relative_to(ROOT)} does not agree with the stored runs: python benchmarks/{maker}", file=sys.stderr)
    return 1
