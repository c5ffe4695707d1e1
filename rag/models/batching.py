"""Texts of similar length in one batch: little padding, and about the same work for each batch."""

import random
from collections.abc import Sequence


def length_batches(lengths: Sequence[int], most: int, counts: Sequence[int] | None = None) -> list[list[int]]:
    """Rows, the longest first, in batches of at most `most` padded tokens; one that is longer alone is a batch by itself.

    `lengths` (n,) are tokens; a row may stand for several texts of its length, as many as `counts` (n,) says.
    """
    batches: list[list[int]] = []
    width = texts = 0
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        count = counts[row] if counts else 1
        if not batches or width * (texts + count) > most:
            batches.append([])
            width, texts = lengths[row], 0
        batches[-1].append(row)
        texts += count
    return batches


def shuffled_batches(
    lengths: Sequence[int], most: int, pool: int, rng: random.Random, counts: Sequence[int] | None = None
) -> list[list[int]]:
    """The same within `pool` rows at a time, their batches in an order drawn by `rng`: what training sees stays mixed."""
    batches: list[list[int]] = []
    for at in range(0, len(lengths), pool):
        rows = slice(at, at + pool)
        made = length_batches(lengths[rows], most, counts[rows] if counts else None)
        rng.shuffle(made)
        batches += [[at + row for row in batch] for batch in made]
    return batches
