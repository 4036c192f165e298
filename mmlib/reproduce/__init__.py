"""Run the chapters of the book, judge their claims, collect replicates, export notebooks, build pages.

``python -m mmlib.reproduce --help`` and ``python -m mmlib.reproduce.pages --help`` are the two ways in.

The parts, in the order in which a chapter passes through them: `book` (which chapters there are), `execute` (one
chapter in one fresh kernel), `store` (what is kept of a run, and when it is stale), `mmlib.claims` (the judge),
`notebooks` (the plain notebooks for Colab and Binder), `pages` (the site), `sphinx_ext` (what the site adds).
"""
