"""What a machine is short of: memory, room on its disk, data, a GPU. Which errors say so, and what to do about it."""

from __future__ import annotations

import errno
import os
import tempfile

__all__ = ["advice", "check_gpu", "is_short"]

_FULL = tuple(os.strerror(number) for number in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)))
_SHORT = {
    "OutOfMemoryError": "The memory of the GPU is not enough, or others use it: look with nvidia-smi, leave --jobs at 1, take a larger GPU, or --device cpu",
    "MemoryError": "The memory of this machine is not enough: leave --jobs at 1, or take a larger one",
    "DataUnavailable": "",  # its own words say how the file is got
}


def is_short(kind: str, text: str) -> bool:
    """Does a chapter's error come from the machine on which it ran (memory, disk, data that are not there), not from the chapter?"""
    return kind in _SHORT or any(words in text for words in _FULL)


def advice(kind: str, text: str) -> str:
    """What to do where a cell failed for want of memory or of room; finished chapters are kept in any case."""
    what = _SHORT.get(kind, "")
    if any(words in text for words in _FULL):
        what = f"Make room there, or name another folder for temporary files by TMPDIR (now {tempfile.gettempdir()})"
    return f"{what}, and run the same command again; finished chapters are kept. " if what else ""


def check_gpu() -> None:
    """Raise ValueError if torch finds no GPU on this machine."""
    import torch

    if not torch.cuda.is_available():
        raise ValueError(
            "--device cuda: this machine has no usable GPU (torch.cuda.is_available() is False). "
            "Use --device cpu, or install a CUDA build of torch on a machine with a GPU."
        )
