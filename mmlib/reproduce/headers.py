"""What a chapter says of itself in its header: its question, its methods, what it needs. The book's tables are made from it.

    mmlib:
      question: "Which equations are behind noisy readings?"
      learned: "sparse identification (SINDy), bagging"
      beside: "LASSO, ridge, BIC; least squares"          # the plain methods beside it
      needs: "linear least squares, the idea of a differential equation"
      after: [pdes/schrodinger]                           # chapters that it is better read after; may be left out
      data: both                                          # synthetic, real or both
      figure: 2                                           # which of its figures stands on its card; the first one if left out

A page without cells may have one as well, with a question alone.
"""

from __future__ import annotations

import re
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mmlib.reproduce.book import Book

__all__ = ["Header", "HeaderError", "read_header", "title"]


class HeaderError(ValueError):
    """A header that cannot be used; the message names the page, what is wrong and what to do."""


class Header(BaseModel):
    """The block ``mmlib:`` at the head of a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=10, pattern=r"\?$")
    learned: str | None = None
    beside: str | None = None
    needs: str | None = None
    after: tuple[str, ...] = ()
    data: Literal["synthetic", "real", "both"] | None = None
    figure: int = Field(default=1, ge=1)


def read_header(book: Book, page: str) -> Header | None:
    """The header of a page below ``book/``; None where a page without cells has none.

    Raises
    ------
    HeaderError : a key is unknown or malformed, or a chapter's header lacks something.
    """
    text = book.file(page, ".md").read_text(encoding="utf-8")
    found = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    front = yaml.safe_load(found[1]) if found else {}
    chapter = "kernelspec" in front
    if "mmlib" not in front:
        if chapter:
            raise HeaderError(f"book/{page}.md: expected a block 'mmlib:' in its header, got none. {_HELP}")
        return None
    try:
        header = Header(**front["mmlib"])
    except (TypeError, ValidationError) as error:
        raise HeaderError(f"book/{page}.md: the block 'mmlib:' of its header: {error}. {_HELP}") from None
    lacking = [key for key in ("learned", "beside", "needs", "data") if getattr(header, key) is None]
    if chapter and lacking:
        raise HeaderError(f"book/{page}.md: the block 'mmlib:' of its header lacks {', '.join(lacking)}. {_HELP}")
    return header


def title(book: Book, page: str) -> str:
    """The first heading of a page below ``book/``."""
    return re.search(r"^# (.+)$", book.file(page, ".md").read_text(encoding="utf-8"), re.MULTILINE)[1]


_HELP = "The keys are listed in mmlib/reproduce/headers.py."
