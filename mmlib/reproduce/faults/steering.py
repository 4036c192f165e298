"""Faults that are no faults: constants that only steer a search (``steering.yml``), and changes that change nothing
(``equal.yml``); two lists with reasons."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import yaml

__all__ = ["equals", "steers"]


@cache
def _rules(name: str = "steering.yml") -> list[dict]:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8")) or []


def equals(file: str, scope: str, kind: str, before: str, after: str, within: str = "") -> str:
    """Why a fault that no test saw changes no answer (its reason in the list), or nothing if it could.

    Parameters
    ----------
    file, scope : str
        Where it stands: path below the root, function.
    kind, before, after : str
        The kind of the fault, and what it makes of what; space counts once.
    within : str
        The line on which it stands.

    >>> equals("mmlib/systems/womersley.py", "Womersley.modes", "sign", "+", "-")[:4], equals("x.py", "f", "sign", "+", "-")
    ('zero', '')
    """
    said = {"file": file, "scope": scope, "kind": kind, "before": before, "after": after}
    for rule in _rules("equal.yml"):
        if rule.get("within", "") in within and all(
            " ".join(str(rule[key]).split()) == " ".join(said[key].split()) for key in said if key in rule
        ):
            return rule["why"]
    return ""


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
