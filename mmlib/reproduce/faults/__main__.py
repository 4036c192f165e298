"""``python -m mmlib.reproduce.faults library``: plant faults all over the library and run its tests."""

from __future__ import annotations

import argparse
import sys

from mmlib.reproduce.book import find_book
from mmlib.reproduce.faults.library import survey


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.faults", description="Plant faults.")
    parser.add_argument("what", choices=["library"])
    parser.add_argument("--each", type=int, default=8, help="faults to draw from each module")
    parser.add_argument("--seed", type=int, default=0, help="of the draw: another one draws faults not seen before")
    parser.add_argument("--only", nargs="+", default=[""], help="files that begin so, such as mmlib/systems/")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
    except LookupError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return survey(book, options.each, tuple(options.only), options.seed)


if __name__ == "__main__":
    sys.exit(main())
