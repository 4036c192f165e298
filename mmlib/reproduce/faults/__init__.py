"""Planted faults: is there a fault that turns each claim of a chapter, and each part of the library, red?

``python -m mmlib.reproduce --faults CHAPTER`` plants faults in the chapter's cells and in the library functions that
its kernel called. ``python -m mmlib.reproduce.faults library`` plants them all over the library and runs its tests.
"""

from mmlib.reproduce.faults.table import Result, seen_red

__all__ = ["Result", "seen_red"]
