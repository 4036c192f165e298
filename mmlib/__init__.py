"""Support library of the executable book *Multiscale modeling meets machine learning*.

Importing it has no effect: no seed is set, nothing is downloaded, no heavy library is loaded. Modules are
imported one by one (``from mmlib import identify``), so that a chapter depends on what it uses and nothing else.
"""

from mmlib.chapter import Chapter, chapter

__all__ = ["Chapter", "chapter"]
__version__ = "0.1.0.dev0"
