"""How much personal data masking finds, and what else it takes for some, on tests/data/privacy; how its time grows.

python -m benchmarks.masking held [--errors]
python -m benchmarks.masking growth
"""

import argparse
import time
from collections import Counter

from rag.privacy import find
from tests.privacy_lines import CHECKSUMMED, Line, lines


def hidden(line: Line) -> list[bool]:
    """For each value of a line, whether no character of it is left."""
    taken = {n for item in find(line.text) for n in range(item.start, item.end)}
    return [taken.issuperset(range(start, end)) for start, end, _, _ in line.spans]


def measure(part: str) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]], list[str]]:
    """By kind (values hidden, values), by group of harmless lines (lines with a false hit, lines), and each error."""
    recall, total, false, harmless, errors = Counter[str](), Counter[str](), Counter[str](), Counter[str](), []
    for line in lines(part):
        for (start, end, kind, maker), ok in zip(line.spans, hidden(line), strict=True):
            total[kind] += 1
            recall[kind] += ok
            if not ok:
                errors.append(f"missed {kind} ({maker}): {line.text}  [{line.text[start:end]}]")
        wrong = [
            item
            for item in find(line.text)
            if not any(item.start < end and start < item.end for start, end, _, _ in line.spans)
        ]
        harmless[line.group] += 1
        false[line.group] += bool(wrong)
        errors += [f"false {item.kind}: {line.text}  [{line.text[item.start : item.end]}]" for item in wrong]
    return {k: (recall[k], total[k]) for k in total}, {g: (false[g], harmless[g]) for g in harmless}, errors


PIECES = ("1 ", "020 7946 ", "a@", "DE89 ", "order 12, ", "call me on ", "key=is ")
"""What a text can be full of that looks like the beginning of personal data."""


def seconds(piece: str, characters: int) -> float:
    """CPU seconds for a text of one repeated piece."""
    text = piece * (characters // len(piece))
    begin = time.process_time()
    find(text)
    return time.process_time() - begin


def growth() -> None:
    """Prints how much longer a text of ten times the length takes: 10 is in step, 100 a quadratic pattern."""
    for piece in PIECES:
        seconds(piece, 1000)
        short, long = (min(seconds(piece, characters) for _ in range(3)) for characters in (4000, 40_000))
        print(f"growth      {piece!r:<16}{1000 * short:>8.1f} ms {1000 * long:>8.1f} ms {long / short:>6.1f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", help="a file of tests/data/privacy, without .txt; or growth")
    parser.add_argument("--errors", action="store_true", help="print each value that was missed or taken wrongly")
    options = parser.parse_args()
    if options.part == "growth":
        growth()
        return
    recall, false, errors = measure(options.part)
    for kind, (found, total) in sorted(recall.items()):
        print(f"recall      {kind:<12}{found:>5} of {total:<5}{found / total:.3f}")
    sums = [sum(column) for column in zip(*(recall[kind] for kind in CHECKSUMMED & recall.keys()), strict=True)]
    if sums:
        print(f"recall      {'checksummed':<12}{sums[0]:>5} of {sums[1]:<5}{sums[0] / sums[1]:.3f}")
    for group, (wrong, total) in sorted(false.items()):
        print(f"false hits  {group:<12}{wrong:>5} of {total}")
    if options.errors:
        print("\n".join(errors))


if __name__ == "__main__":
    main()
