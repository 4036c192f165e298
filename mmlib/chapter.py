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
import math
import os
import random
import sys
from pathlib import Path

import numpy as np

from mmlib import _input

__all__ = ["Chapter", "Streams", "book_says", "chapter"]

CLAIM_MIME = "application/vnd.mmlib.claim+json"
CHECK_MIME = "application/vnd.mmlib.check+json"
read: set[Path] = set()  # files of stored runs that this kernel has read: the engine lets the run depend on them
precisions: set[str] = set()  # of the values that were claimed, for the record of the run
_LEFT_OUT = object()
_told: dict[str, dict[str, dict]] = {}  # what `book_says` was told


def chapter(name: str) -> Chapter:
    """Open a chapter by its path below ``book/`` without ending, for example ``"odes/system_identification"``."""
    if not isinstance(name, str) or not name.strip("/") or name.endswith((".md", ".ipynb")):
        raise ValueError(
            f"expected a chapter's path below book/ without ending, such as 'pdes/multi_fidelity'; got {name!r}."
        )
    return Chapter(name)


def book_says(chapter: str, claims: dict[str, dict]) -> None:
    """Tell the library what the book says of a chapter's claims, where the book itself is not at hand.

    Exported notebooks call it in a folded cell before the chapter is opened.

    Parameters
    ----------
    chapter : the chapter's path below ``book/``, without ending.
    claims : for each claim what `mmlib.claims.words` needs: words, unit, condition, stored value.
    """
    _told[chapter] = claims


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


def _start_global(rng: np.random.Generator) -> None:
    """What a package draws from no generator of ours (DeepXDE its points, when a problem is built) repeats with the seed, too."""
    random.seed(int(rng.integers(2**32)))
    np.random.seed(int(rng.integers(2**32)))  # noqa: NPY002


def _show_plain_numbers() -> None:
    """A notebook shows a number of NumPy as 0.5, not as np.float64(0.5)."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        np.set_printoptions(legacy="1.25")


class Chapter:
    """What a chapter knows of itself while it runs. Opening it starts the global generators of Python and NumPy from its seed.

    Attributes
    ----------
    name : the chapter's path below ``book/``, without ending.
    seed : the seed of this run (0 on the page; the engine sets others for replicates and nightly runs).
    device : ``"cpu"`` or ``"cuda"``, to be passed to whatever trains.
    rng : `Streams`: ``here.rng("readings")`` opens a stream of random numbers for one purpose.
    """

    def __init__(self, name: str):
        self.name = name
        self.seed = _seed(os.environ.get("MMLIB_SEED", "0"))
        self.device = os.environ.get("MMLIB_DEVICE", "cpu")
        self.rng = _streams(name, self.seed)
        _start_global(self.rng("global generators"))
        _show_plain_numbers()
        self._claimed: dict[str, float] = {}
        self._guessed: dict[str, object] = {}
        self._base = _book(name)
        self._says: dict[str, dict] = {}
        if _engine():
            from mmlib.reproduce import probe

            probe.watch()
        else:
            self._says = _what_the_book_says(name, self._base, self.device)

    def __repr__(self) -> str:
        return f"Chapter({self.name!r}, seed={self.seed}, device={self.device!r})"

    def claim(self, name: str, value=_LEFT_OUT) -> None:
        """State a result. The page shows it with its verdict; a notebook shows it beside the book's.

        Run again in a notebook, a claim says what it was before; in a run of the book each claim is stated once.

        Parameters
        ----------
        name : the claim's name in the chapter's claims file.
        value : one finite number. Left out for claims that are computed from stored runs.

        Raises
        ------
        ValueError : no finite single number; or, in a run of the book, the name was claimed before.
        """
        if not isinstance(name, str) or not name:
            raise ValueError(
                f"expected a claim's name, then its value; got {name!r} as the name. here.claim('error', 0.1)."
            )
        if _engine():
            if name in self._claimed:
                raise ValueError(
                    f"claim {name!r} was made before in this chapter: each claim is stated once. Rename one of the two."
                )
            number = None if value is _LEFT_OUT else _one_number(name, value)
            self._claimed[name] = math.nan if number is None else number
            plain = name if number is None else f"{name} = {number:.6g}"
            return _show({"text/plain": plain, CLAIM_MIME: {"name": name, "value": number}})
        from mmlib.claims import words

        known = self._says.get(name)
        stored_only = known is not None and known["kind"] in ("replicates", "comparison")
        if value is _LEFT_OUT and (known is None or stored_only):
            return _show(words.from_stored_runs(name, known))
        if stored_only and value is not _LEFT_OUT:
            raise ValueError(f"claim {name!r} is of kind {known['kind']!r}: call here.claim({name!r}) without a value.")
        was, number = self._claimed.get(name), _one_number(name, None if value is _LEFT_OUT else value)
        self._claimed[name] = number
        _show(words.here(name, known, number, was))
        for guess in [g for g, (of, _) in self._guessed.items() if of == name]:
            self._reveal(guess)
        return None

    def guess(self, name: str, value=..., *, reveal: str | None = None) -> None:
        """A place for your guess before a result is computed; the result, when it is claimed, is shown beside it.

        It never stops a notebook: left at the dots, it asks for a guess and goes on.

        Parameters
        ----------
        name : the claim that will tell, or a name of your own.
        value : your guess, a number or words.
        reveal : the claim that will tell, where `name` is not it.
        """
        if _engine():
            return None
        name, reveal = str(name), str(reveal or name)
        if value is ... or value is None:
            self._guessed.pop(name, None)
            return _show(f"{name}: no guess yet. Put yours in place of the dots; the notebook goes on without it.")
        self._guessed[name] = (reveal, value)
        if reveal in self._claimed:
            return self._reveal(name)
        return _show(f"{name}: your guess is kept. You will see it beside the result.")

    def _reveal(self, name: str) -> None:
        from mmlib.claims import words

        of, value = self._guessed[name]
        _show(words.guessed(name, value, self._claimed[of], self._says.get(of)))

    def student(self, who: str) -> Streams:
        """Random numbers of one student's own, for coursework: ``here.student("ab123")("readings")``.

        They depend on the chapter's name and on `who`, not on the seed of the run. Capital letters and blanks around `who`
        make no difference.

        Parameters
        ----------
        who : the student's name or number, as the course knows it.

        Returns
        -------
        Streams : a generator that opens named streams, as `rng` does.

        Raises
        ------
        ValueError : `who` is no text or whole number, or empty.

        Examples
        --------
        >>> from mmlib import chapter
        >>> here = chapter("homework/how_long_must_you_watch")
        >>> one, again, other = (here.student(who)("readings").normal() for who in ("ab123", " AB123", "ab124"))
        >>> bool(one == again), bool(one == other)
        (True, False)
        """
        if isinstance(who, bool) or not isinstance(who, (str, int)) or not str(who).strip():
            raise ValueError(
                f"expected a student's name or number, such as 'ab123'; got {who!r}. Put yours in its place, in quotes."
            )
        return _streams(f"{self.name}\nstudent {str(who).strip().casefold()}", 0)

    def replicates(self, name: str) -> np.ndarray:
        """Values of the run claim `name` from stored runs on this kind of device, one for each seed, ordered by seed.

        Away from the book there are no stored runs: then it is this run's own value, alone (nan before it was claimed).
        """
        if self._base is None:
            _show(f"{name}: the book has stored runs over several seeds; here is this run alone.")
            return np.array([self._claimed.get(name, np.nan)])
        from mmlib import claims

        path = self._base.with_name(self._base.name + ".replicates.csv")
        read.add(path)
        by_seed = claims.stored_values(claims.read_replicates(path), name, self.device)
        if not by_seed and os.environ.get("MMLIB_COLLECT"):
            return np.ones(10)  # nobody sees this run's figures: it is made to fill the file that is missing
        if not by_seed:
            raise ValueError(
                f"no stored runs of {name!r} on {self.device}. Collect them: make replicates C={self.name}"
            )
        return np.array(list(by_seed.values()))

    def check(self, number: int, answer) -> None:
        """Check your answer to an exercise: says right, or what to look at next."""
        from mmlib import exercises

        _show(_feedback(exercises.check(self.name, number, answer)))


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(
            f"expected MMLIB_SEED as a whole number of zero or more; got {text!r}. Set it to 0, or leave it out."
        )
    return int(text)


def _engine() -> bool:
    return bool(os.environ.get("MMLIB_ENGINE"))


def _book(name: str) -> Path | None:
    """Path of the chapter without its ending, where the book is at hand (not in a bare Colab)."""
    roots = (
        [Path(os.environ["MMLIB_BOOK"])]
        if "MMLIB_BOOK" in os.environ
        else [p / "book" for p in [Path.cwd(), *Path.cwd().parents]]
    )
    return next((root / name for root in roots if (root / f"{name}.claims.yml").exists()), None)


def _what_the_book_says(name: str, base: Path | None, device: str) -> dict[str, dict]:
    """From the claims and replicates files, where the book is at hand; otherwise what the notebook told."""
    if base is None:
        return _told.get(name, {})
    from mmlib import claims
    from mmlib.claims import words

    entries = claims.read_claims(base.with_name(base.name + ".claims.yml"))
    rows = claims.read_replicates(base.with_name(base.name + ".replicates.csv"))
    return words.known(entries, rows, device)


def _one_number(name: str, value) -> float:
    if np.ma.is_masked(value):
        raise ValueError(f"claim {name!r}: got a masked value, which is none. Claim what was measured.")
    tensor = hasattr(value, "detach")
    array = _input.numbers(value, f"claim {name!r}") if tensor else np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "bifu":
        raise ValueError(
            f"claim {name!r}: expected one number, got {type(value).__name__} of shape {array.shape}. Claim a summary of it."
        )
    number = float(array.reshape(()))
    if not math.isfinite(number):
        raise ValueError(
            f"claim {name!r}: got {number}. Find where the computation broke down; a claim is a finite number."
        )
    if value.is_floating_point() if tensor else array.dtype.kind == "f":
        precisions.add(str(value.dtype).removeprefix("torch.") if tensor else str(array.dtype))
    return number


def _feedback(f) -> dict:
    from html import escape

    state, colour = ("holds", "#009e73") if f.right else ("fails", "#d55e00")
    style = f"border-left: 0.25rem solid {colour}; padding-left: 0.75rem"  # a notebook has no style sheet of ours
    line = f'<p class="mm-check mm-{state}" style="{style}">{escape(str(f))}</p>'
    told = {"exercise": f.number, "right": f.right, "answer": f.answer}
    return {"text/plain": str(f), "text/html": line, CHECK_MIME: told}


def _show(thing: str | dict) -> None:
    from IPython import get_ipython

    if isinstance(thing, str) or get_ipython() is None:
        print(thing if isinstance(thing, str) else thing["text/plain"])
        return
    from IPython.display import display

    display(thing, raw=True)
