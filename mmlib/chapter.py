"""The one object a chapter starts with: its seed, its device, its streams of chance, its claims and its exercises.

>>> here = chapter("odes/system_identification")
>>> here.seed, here.device
(0, 'cpu')
>>> first, again = here.rng("readings").normal(), here.rng("readings").normal()
>>> bool(first == again)
True
"""

from __future__ import annotations

import hashlib
import html
import math
import os
from pathlib import Path

import numpy as np

from mmlib import claims

__all__ = ["Chapter", "Streams", "chapter"]

CLAIM_MIME = "application/vnd.mmlib.claim+json"
CHECK_MIME = "application/vnd.mmlib.check+json"


def chapter(name: str) -> Chapter:
    """Open a chapter by its path below ``book/`` without ending, for example ``"odes/system_identification"``."""
    if not isinstance(name, str) or not name.strip("/") or name.endswith((".md", ".ipynb")):
        raise ValueError(
            f"expected a chapter's path below book/ without ending, such as 'pdes/multi_fidelity'; got {name!r}."
        )
    return Chapter(name)


class Streams(np.random.Generator):
    """A generator of random numbers that opens named streams when it is called.

    ``here.rng("readings")`` is a generator that depends on the chapter, the seed of the run and the name alone, and
    starts anew at each call: a cell that is run twice draws the same numbers. Used without a name it is one generator
    for the whole chapter, whose numbers depend on all that was drawn before.
    """

    _place: tuple[str, int] = ("", 0)

    def __call__(self, name: str) -> np.random.Generator:
        """Open the stream `name` at its beginning.

        Raises
        ------
        ValueError : the name is no text, or empty, or begins or ends with a space.
        """
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            raise ValueError(
                f"expected the name of a stream, a word for what is drawn such as 'readings'; got {name!r}. "
                "Streams for the turns of a loop: here.rng(f'patient {k}')."
            )
        where, seed = self._place
        digest = hashlib.sha256(f"{where}\n{name}".encode()).digest()
        words = [int.from_bytes(digest[k : k + 4], "big") for k in range(0, 32, 4)]
        return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def _streams(where: str, seed: int) -> Streams:
    rng = Streams(np.random.PCG64(seed))
    rng._place = where, seed
    return rng


class Chapter:
    """What a chapter knows of itself while it runs.

    Attributes
    ----------
    name : the chapter's path below ``book/``, without ending.
    seed : the seed of this run (0 on the page; the engine sets others for replicates and nightly runs).
    device : ``"cpu"`` or ``"cuda"``, to be passed to whatever trains.
    rng : `Streams`: ``here.rng("readings")`` opens a stream of random numbers for one purpose.
    """

    def __init__(self, name: str):
        self.name = name
        self.seed = int(os.environ.get("MMLIB_SEED", "0"))
        self.device = os.environ.get("MMLIB_DEVICE", "cpu")
        self.rng = _streams(name, self.seed)
        self._claimed: dict[str, float] = {}
        base = _book(name)
        self._entries = claims.read_claims(base.with_name(base.name + ".claims.yml")) if base else None
        self._rows = claims.read_replicates(base.with_name(base.name + ".replicates.csv")) if base else []

    def __repr__(self) -> str:
        where = "judged here" if self._entries is not None else "judged in the book"
        return f"Chapter({self.name!r}, seed={self.seed}, device={self.device!r}, claims {where})"

    def claim(self, name: str, value=None) -> None:
        """State a result: shows it with its verdict, and hands it to the judge and to the prose of the page.

        Parameters
        ----------
        name : the claim's name in the chapter's claims file.
        value : one finite number. Left out for claims of kind ``replicates``, which are computed from stored runs.

        Raises
        ------
        ValueError : no finite single number, or the name was claimed before.
        """
        if name in self._claimed:
            raise ValueError(
                f"claim {name!r} was made before in this chapter: each claim is stated once. Rename one of the two."
            )
        entry = (self._entries or {}).get(name)
        runs = 1
        if value is None and entry is not None and entry.kind == "comparison":
            return self._compare(name, entry)
        if value is None and (entry is None or entry.kind == "replicates"):
            if entry is None:
                return _show(f"{name}: stated in the book from stored runs over several seeds.")
            if _collecting():
                return _show(f"{name}: to be computed from the runs that are being collected.")
            stored = self.replicates(entry.of)
            value, runs = claims.statistic(entry.statistic, stored), len(stored)
        elif entry is not None and entry.kind == "replicates":
            raise ValueError(f"claim {name!r} is of kind 'replicates': call here.claim({name!r}) without a value.")
        value = _one_number(name, value)
        self._claimed[name] = value
        if entry is None:
            _show(_Claim(name, value, f"{value:.4g}", "judged in the book", None, ""))
            return None
        ok = claims.holds(entry.must, value)
        source = f", {entry.statistic} of {runs} stored seeds" if runs > 1 else ""
        _show(_Claim(name, value, entry.text(value), entry.must, ok, entry.says + source))
        return None

    def _compare(self, name: str, entry: claims.Entry) -> None:
        if _collecting():
            return _show(f"{name}: to be computed from the runs that are being collected.")
        from mmlib.claims import words

        found = claims.compare(entry, self._entries, self._rows, self.device, name=name)
        self._claimed[name] = found.value
        text, ok = words.comparison(found, entry), claims.holds(entry.must, found.value)
        return _show(_Claim(name, found.value, text, f"{entry.statistic} {entry.must}", ok, entry.says))

    def replicates(self, name: str) -> np.ndarray:
        """Values of the run claim `name` from stored runs on this kind of device, one for each seed, ordered by seed.

        Away from the book there are no stored runs: then it is this run's own value, alone (nan before it was claimed).
        """
        if self._entries is None:
            _show(f"{name}: the book has stored runs over several seeds; here is this run alone.")
            return np.array([self._claimed.get(name, np.nan)])
        by_seed = claims.stored_values(self._rows, name, self.device)
        if not by_seed and _collecting():
            return np.ones(10)  # nobody sees this run's figures: it is made to fill the file that is missing
        if not by_seed:
            raise ValueError(
                f"no stored runs of {name!r} on {self.device}. Collect them: make replicates C={self.name}"
            )
        return np.array(list(by_seed.values()))

    def check(self, number: int, answer) -> None:
        """Check your answer to an exercise: says right, or what to look at next."""
        from mmlib import exercises

        _show(_Check(exercises.check(self.name, number, answer)))


def _collecting() -> bool:
    return bool(os.environ.get("MMLIB_COLLECT"))


def _book(name: str) -> Path | None:
    """Path of the chapter without its ending, where the book is at hand (not in a bare Colab)."""
    roots = (
        [Path(os.environ["MMLIB_BOOK"])]
        if "MMLIB_BOOK" in os.environ
        else [p / "book" for p in [Path.cwd(), *Path.cwd().parents]]
    )
    return next((root / name for root in roots if (root / f"{name}.claims.yml").exists()), None)


def _one_number(name: str, value) -> float:
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if array.size != 1 or array.dtype.kind not in "bifu":
        raise ValueError(
            f"claim {name!r}: expected one number, got {type(value).__name__} of shape {array.shape}. Claim a summary of it."
        )
    number = float(array.reshape(()))
    if not math.isfinite(number):
        raise ValueError(
            f"claim {name!r}: got {number}. Find where the computation broke down; a claim is a finite number."
        )
    return number


class _Claim:
    """Shown as a line with the verdict; read by the engine from its own MIME type; glued for the prose."""

    def __init__(self, name, value, text, must, ok, says):
        self.name, self.value, self.text, self.must, self.ok, self.says = name, value, text, must, ok, says

    def __repr__(self):
        mark = {True: "holds", False: "DOES NOT HOLD", None: ""}[self.ok]
        asked = f"asked {self.must}: {mark}" if self.ok is not None else self.must
        return f"{self.name} = {self.text}  ({asked})"

    def bundle(self):
        state = {True: "holds", False: "fails", None: "open"}[self.ok]
        mark = {True: "✓", False: "✗", None: "·"}[self.ok]
        asked = self.must if self.ok is None else f"asked: {_asked(self.must)}"
        verdict = {True: f"{asked}; holds", False: f"{asked}; DOES NOT HOLD", None: asked}[self.ok]
        line = (
            f'<p class="mm-claim mm-{state}"><span aria-hidden="true">{mark}</span> <b>{html.escape(self.text)}</b> '
            f'{html.escape(self.says)} <span class="mm-must">({html.escape(verdict)}; '
            f"claim <code>{html.escape(self.name)}</code>)</span></p>"
        )
        return {"text/plain": repr(self), "text/html": line, CLAIM_MIME: {"name": self.name, "value": self.value}}

    def glue(self):
        """A second, invisible output that the prose picks up with {glue:text}`name`."""
        prefix = "application/papermill.record/"
        return {prefix + "text/plain": self.text}, {"scrapbook": {"name": self.name, "mime_prefix": prefix}}


def _asked(must: str) -> str:
    statistic = next((s for s in ("share <", "median ratio", "median difference") if must.startswith(s)), "")
    return f"{statistic} {claims.in_words(must.removeprefix(statistic).strip())}".strip()


class _Check:
    def __init__(self, feedback):
        self.feedback = feedback

    def __repr__(self):
        return str(self.feedback)

    def bundle(self):
        f = self.feedback
        line = f'<p class="mm-check mm-{"holds" if f.right else "fails"}">{html.escape(str(f))}</p>'
        told = {"exercise": f.number, "right": f.right, "answer": f.answer}
        return {"text/plain": str(f), "text/html": line, CHECK_MIME: told}


def _show(thing) -> None:
    from IPython import get_ipython

    if isinstance(thing, str) or get_ipython() is None:
        print(thing)
        return
    from IPython.display import display

    display(thing.bundle(), raw=True)
    if os.environ.get("MMLIB_ENGINE") and hasattr(thing, "glue"):
        data, metadata = thing.glue()
        display(data, raw=True, metadata=metadata)
