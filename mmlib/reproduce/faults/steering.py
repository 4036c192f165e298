"""Constants that only steer a search: left out, by a list with reasons (``steering.yml``)."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import yaml

__all__ = ["steers"]


@cache
def _rules() -> list[dict]:
    return yaml.safe_load(Path(__file__).with_name("steering.yml").read_text(encoding="utf-8"))


def steers(file: str, scope: str, owner: str, kind: str, text: str) -> str:
    """Why a constant only steers a search (its reason in the list), or nothing if it does not.

    Parameters
    ----------
    file, scope : str
        Where it stands: path below the root, function.
    owner : str
        The names that it is given to: a keyword, a parameter, the targets of an assignment.
    kind, text : str
        The kind of the fault, and the text that it changes.

    >>> steers("mmlib/x.py", "f", "rtol", "5 %", "1e-6")[:9], steers("mmlib/x.py", "f", "rate", "5 %", "0.2")
    ('tolerance', '')
    """
    if kind not in ("5 %", "20 %"):
        return ""
    for rule in _rules():
        if "owner" in rule and not any(re.fullmatch(rule["owner"], name) for name in owner.split(",")):
            continue
        if "file" in rule and not fnmatch(file, rule["file"]):
            continue
        if "scope" in rule and not re.fullmatch(rule["scope"], scope):
            continue
        if "below" in rule and not abs(float(text)) < rule["below"]:
            continue
        return rule["why"]
    return ""
