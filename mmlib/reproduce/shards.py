"""A share of the chapters for one of several machines, of about equal CPU seconds."""

from __future__ import annotations

import re

import numpy as np

from mmlib import claims
from mmlib.reproduce.book import Book

__all__ = ["cost", "shard"]

UNKNOWN = 60.0  # CPU seconds of a chapter without stored runs


def shard(book: Book, chapters: list[str], share: str) -> list[str]:
    """The chapters of one share: the dearest first, each to the share that has least to do so far.

    Parameters
    ----------
    book, chapters
        Where, and which chapters are shared out.
    share : str
        "K/N": the K-th of N shares, counted from 1. All N together hold each chapter once.

    Raises
    ------
    ValueError : no such share.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", share)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise ValueError(f"--shard: expected K/N with K from 1 to N, such as 2/4; got {share!r}.")
    number = int(found[2])
    load, shares = [0.0] * number, [[] for _ in range(number)]
    costs = {name: cost(book, name) for name in chapters}
    for name in sorted(chapters, key=lambda name: (-costs[name], name)):
        least = load.index(min(load))
        load[least] += costs[name]
        shares[least].append(name)
    return sorted(shares[int(found[1]) - 1])


def cost(book: Book, chapter: str) -> float:
    """Median CPU seconds of a chapter's stored runs; a minute where there is none."""
    path = book.file(chapter, ".replicates.csv")
    rows = claims.read_replicates(path) if path.exists() else []
    return float(np.median([r.cpu_s for r in rows])) if rows else UNKNOWN
