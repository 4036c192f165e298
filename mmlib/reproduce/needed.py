"""What the commands of this package need besides the library, and what they say if it is not there."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

__all__ = ["extra"]


@contextlib.contextmanager
def extra(importer: str) -> Iterator[None]:
    """Around imports of what the extra ``[book]`` brings: says what to install if one is missing.

    Parameters
    ----------
    importer : the importing module's ``__name__``. A command (``"__main__"``) ends with status 2; any other import raises.

    Raises
    ------
    ModuleNotFoundError : a package is missing; the message says how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if "mmlib[book]" in str(error):
            text = str(error)
        elif not error.name or error.name.split(".")[0] == "mmlib":
            raise
        else:
            text = (
                f"the package {error.name.split('.')[0]!r} is missing: running chapters needs more than the library. "
                "Install it: pip install 'mmlib[book]', or in a checkout of the book: make book."
            )
        if importer != "__main__":
            raise ModuleNotFoundError(text, name=error.name) from None
        print(f"mmlib.reproduce: {text}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        if importer != "__main__":
            raise
        print("\ninterrupted.", file=sys.stderr)
        sys.stderr.flush()
        os._exit(130)
