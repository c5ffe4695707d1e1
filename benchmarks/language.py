"""Is the language of a text told right, by how much text there is?

    python -m benchmarks.language en=../shared/data/xquad/xquad.en.A.json de=../shared/data/xquad-de/xquad.de.A.json

Each argument is a language and a SQuAD file whose paragraphs are in it. Prints, for 40, 100, 300 and 2,000 characters, the
share of 200 paragraphs of each language that are told right, and the time for one.
"""

import json
import random
import sys
import time
from pathlib import Path

from rag.loading.language import language_of

LENGTHS = (40, 100, 300, 2_000)
PARAGRAPHS = 200


def paragraphs(path: Path) -> list[str]:
    articles = json.loads(path.read_text("utf-8"))["data"]
    return [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]


def main() -> None:
    sets = dict(argument.split("=", 1) for argument in sys.argv[1:])
    drawn = random.Random(1)
    texts = {language: paragraphs(Path(path)) for language, path in sets.items()}
    texts = {language: drawn.sample(found, min(PARAGRAPHS, len(found))) for language, found in texts.items()}
    language_of("The model is loaded with the first text that is long enough to tell a language by.")
    for length in LENGTHS:
        start = time.perf_counter()
        right = {
            language: sum(language_of(text[:length]) == language for text in found) / len(found)
            for language, found in texts.items()
        }
        each = (time.perf_counter() - start) / sum(map(len, texts.values()))
        shares = ", ".join(f"{language} {share:.3f}" for language, share in right.items())
        print(f"{length} characters: {shares}; {each * 1000:.2f} ms each")


if __name__ == "__main__":
    main()
