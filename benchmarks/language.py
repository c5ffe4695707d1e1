"""Is the language of a text told right, by how much text there is?

    python -m benchmarks.language en=../shared/data/xquad/xquad.en.A.json de=../shared/data/xquad-de/xquad.de.A.json
    python -m benchmarks.language --messages en=... de=... data/helpdesk/bank.zip data/helpdesk/hosting.zip

Each argument is a language and a SQuAD file in it. Prints, for 40, 100, 300 and 2,000 characters, the share of 200 paragraphs
of each language that are told right, and the time for one. With `--messages` what people type is told apart instead: questions,
and their first and last three words (of Chinese four characters); a help desk's file has messages of many languages. For each
language and length the shares told right and told wrong are printed; the others are left open, as all of another language
should be.
"""

import json
import random
import sys
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rag.languages.detect import language_of, written_in
from rag.text import words

LENGTHS = (40, 100, 300, 2_000)
DRAWN = 200
TOLD = ("en", "de", "zh")


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--messages"]:
        messages(arguments[1:])
    else:
        documents(dict(argument.split("=", 1) for argument in arguments))


def documents(sets: dict[str, str]) -> None:
    drawn = random.Random(1)
    texts = {language: [text for text, _ in squad(Path(path))] for language, path in sets.items()}
    texts = {language: drawn.sample(found, min(DRAWN, len(found))) for language, found in texts.items()}
    written_in("The model is loaded with the first text that is long enough to tell a language by.")
    for length in LENGTHS:
        start = time.perf_counter()
        right = {
            language: sum(written_in(text[:length]) == language for text in found) / len(found)
            for language, found in texts.items()
        }
        each = (time.perf_counter() - start) / sum(map(len, texts.values()))
        shares = ", ".join(f"{language} {share:.3f}" for language, share in right.items())
        print(f"{length} characters: {shares}; {each * 1000:.2f} ms each")


def messages(arguments: list[str]) -> None:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for argument in arguments:
        for language, message in typed(argument):
            spoken = {"zh-Hant": "zh"}.get(language, language)
            found[spoken if spoken in TOLD else "other", length_of(message, spoken)].append(message)
    language_of("The model is loaded with the first message.")
    drawn = random.Random(1)
    for (language, length), of_kind in sorted(found.items()):
        chosen = drawn.sample(of_kind, min(4 * DRAWN, len(of_kind)))
        told = [language_of(message) for message in chosen]
        right = sum(one == (language if language in TOLD else None) for one in told) / len(told)
        wrong = sum(one not in {None, language} for one in told) / len(told)
        print(f"{language} {length}: right {right:.3f}, wrong {wrong:.3f} of {len(told)}")


def typed(argument: str) -> Iterator[tuple[str, str]]:
    """(language, message) of a help desk's file, or of LANGUAGE=FILE."""
    if argument.endswith(".zip"):
        turns = zipfile.ZipFile(argument).read("turns.jsonl").decode("utf-8").splitlines()
        yield from ((turn["language"], turn["message"]) for turn in map(json.loads, turns))
        return
    language, path = argument.split("=", 1)
    few = 4 if language == "zh" else 3
    for _, questions in squad(Path(path)):
        for question in questions:
            yield language, question
            spans = words(question)
            if len(spans) > few:
                yield language, question[: spans[few - 1][1]]
                yield language, question[spans[-few][0] :]


def length_of(message: str, language: str) -> str:
    count = len(words(message)) / (1.4 if language in {"zh", "ja", "ko"} else 1)
    return "1-3 words" if count <= 3 else "4-8 words" if count <= 8 else "9 and more"


def squad(path: Path) -> list[tuple[str, list[str]]]:
    """Each paragraph with its questions."""
    articles = json.loads(path.read_text("utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    return [(paragraph["context"], [one["question"] for one in paragraph["qas"]]) for paragraph in paragraphs]


if __name__ == "__main__":
    main()
