"""How many workers are worth having? Stored CPU seconds of every chapter and seed, dealt out as `--cluster` does.

    python benchmarks/scaling.py

Tasks are the stored runs (chapter × seed, CPU seconds as recorded), the dearest chapter first, each to the worker that is free
first; a task costs one second more, for the kernel's start and the way of its results. Printed for the gate (seed 0 of every chapter) and for a
collection of all stored seeds: hours, speed-up, and the share of the workers' time that is used.
"""

import heapq

from mmlib import claims
from mmlib.reproduce.book import find_book
from mmlib.reproduce.shards import cost

OVERHEAD = 1.0  # seconds a task


def tasks(book, seeds=None):
    """(CPU seconds of the chapter, CPU seconds of the task) of every stored run."""
    found = []
    for chapter in book.chapters():
        rows = claims.read_replicates(book.file(chapter, ".replicates.csv"))
        spent = {r.seed: r.cpu_s for r in rows if r.device == "cpu"}
        found += [(cost(book, chapter), s) for seed, s in spent.items() if seeds is None or seed in seeds]
    return [s for _, s in sorted(found, key=lambda pair: -pair[0])]


def length(lengths, workers):
    """Seconds until the last task has ended."""
    free = [0.0] * workers
    for seconds in lengths:
        heapq.heappush(free, heapq.heappop(free) + seconds + OVERHEAD)
    return max(free)


if __name__ == "__main__":
    book = find_book()
    for what, seeds in (("seed 0 of every chapter", {0}), ("every stored seed", None)):
        lengths = tasks(book, seeds)
        alone = length(lengths, 1)
        print(f"{what}: {len(lengths)} tasks, {alone / 3600:.2f} h on one worker, the longest {max(lengths):.0f} s")
        for workers in (1, 2, 4, 8, 16, 32, 64, 128, 256, 500):
            end = length(lengths, workers)
            print(
                f"{workers:5d} workers {end / 60:7.1f} min  {alone / end:6.1f} times  {100 * alone / end / workers:4.0f} %"
            )
