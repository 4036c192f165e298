"""The form of a chapter in figures."""

from mmlib.reproduce import form
from mmlib.reproduce.book import Book

TEXT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Four words of prose

$$ x = y $$

```{code-cell}
one = 1

two = 2
```

```{code-cell}
:tags: [hide-input]

plot.show(one)
```

```{exercise-start} First
:label: first
```
Words that are not counted.
```{exercise-end}
```

```{solution-start} first
```
```{code-cell}
three = 3
```
```{solution-end}
```

The end.
"""


def test_what_is_read_is_counted(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/page.md").write_text(TEXT, encoding="utf-8")
    found = form.size(Book(tmp_path), "page")
    assert found == form.Size(words=4 + 2, lines=2, longest=2, figures=1, exercises=1)
