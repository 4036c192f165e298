"""What the search of the pages knows beyond Sphinx: how often each page uses each word, and which names of the library are words.

Sphinx keeps only *that* a page has a word, so that a page on the word and one that mentions it once are alike. The counts go into
``_static/search_weights.js``; ``book/_static/search_scorer.js`` uses them.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from html import unescape
from pathlib import Path

__all__ = ["COMMON", "count", "setup", "weights"]

FILE = "search_weights.js"
COMMON = 8  # a name that some page uses so often outside of code is a word, too
STRONG = 4  # a word of a heading counts as so many
IN_CODE = 4  # so many uses in code count as one: `random` in np.random is not what the page is about

_ARTICLE = re.compile(r'<article class="bd-article".*?</article>', re.DOTALL)
_CODE = re.compile(r"<(code|pre|dt)\b.*?</\1>|<span class=\"mm-about\".*?<a href[^>]*>.*?</a></span></span>", re.DOTALL)
_NOT_TEXT = re.compile(r"<details class=\"mm-run\">.*?</details>|<(script|style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
_HEADING = re.compile(r"<h[1-4]\b.*?</h[1-4]>", re.DOTALL)


def count(html: str, split) -> tuple[Counter, Counter]:
    """Words of a page's article, lower case: all of them, those of headings counted more and those of code less; and those outside of code.

    >>> words, prose = count('<article class="bd-article"><h1>A b</h1><p>b <code>c</code></p></article>', str.split)
    >>> sorted(words.items()), sorted(prose.items())
    ([('a', 4), ('b', 5), ('c', 1)], [('a', 1), ('b', 2)])
    """
    found = _ARTICLE.search(html)
    article = found[0] if found else ""

    def words(text: str) -> list[str]:
        return split(unescape(_NOT_TEXT.sub(" ", text)).lower())

    prose = Counter(words(_CODE.sub(" ", article)))
    everything = Counter(
        {word: prose[word] + math.ceil((n - prose[word]) / IN_CODE) for word, n in Counter(words(article)).items()}
    )
    for heading in _HEADING.findall(article):
        for word in words(heading):
            everything[word] += STRONG - 1
    return everything, prose


def weights(counts: dict[str, Counter]) -> dict[str, dict[str, int]]:
    """Stem -> page -> weight, which grows with the logarithm of the count; long pages count less. A single use has none.

    >>> weights({"a": Counter(x=31, y=1), "b": Counter(x=2, z=30)})
    {'x': {'a': 20, 'b': 6}, 'z': {'b': 20}}
    """
    sizes = {page: sum(words.values()) for page, words in counts.items()}
    mean = sum(sizes.values()) / max(len(sizes), 1)
    out: dict[str, dict[str, int]] = {}
    for page, words in counts.items():
        for word, n in words.items():
            if n > 1:
                out.setdefault(word, {})[page] = round(4 * math.log2(1 + n * math.sqrt(mean / sizes[page])))
    return out


def common_names(names: set[str], prose: Counter) -> set[str]:
    """Names of the library, in small letters, that the chapters use as words: often, or at all where a class is called after a person or thing.

    >>> sorted(common_names({"Schnakenberg", "regress", "energy", "Fit"}, Counter(schnakenberg=2, regress=2, energy=40)))
    ['energy', 'schnakenberg']
    """
    counts = {name: prose[name.lower()] for name in names}
    return {n.lower() for n, k in counts.items() if k >= COMMON or (k and n.isalpha() and n[0].isupper())}


def _write(app, error) -> None:
    """Read the pages that were built and write the file (an event of Sphinx)."""
    if error or app.builder.name != "html":
        return
    language = app.builder.indexer.lang
    stems, prose = {}, Counter()
    for page in sorted(app.env.found_docs):
        words, outside = count(Path(app.outdir, f"{page}.html").read_text(encoding="utf-8"), language.split)
        stems[page] = Counter()
        for word, n in words.items():
            if len(word) > 2 and not word.isdigit():
                stems[page][language.stem(word)] += n
        if not page.startswith("book/library/"):
            prose |= outside  # the largest count of any page
    names = {name.rsplit(".", 1)[-1] for name, *_ in app.env.domains["py"].get_objects()}
    common = sorted(common_names(names, prose))
    text = json.dumps({"words": weights(stems), "common": common, "pages": len(stems)}, separators=(",", ":"))
    Path(app.outdir, "_static", FILE).write_text(f"const mmWeights = {text};\n", encoding="utf-8")


def _only_there(app, page, template, context, doctree) -> None:
    if page == "search":
        app.add_js_file(FILE)


def setup(app) -> None:
    """Connect what is above (called by `sphinx_ext`)."""
    app.connect("build-finished", _write)
    app.connect("html-page-context", _only_there)
