"""Of which kind a message is, and in which language: right by language, as the router of the settings tells it.

    python -m benchmarks.messages data/messages/held.csv

The file has the columns of data/messages. Printed for each language: messages that ask nothing told to be none, questions kept,
greetings, thanks, goodbyes and acknowledgements of the right kind, hand-overs, and the language told; then what was taken for
something else.
"""

import csv
import sys
from pathlib import Path

from benchmarks import quiet
from rag.config import load_settings
from rag.conversation.load import load_router
from rag.models.encoder import BertEmbedder
from rag.models.load import embedder_weights
from rag.route import Route

SOCIAL = {"greeting", "thanks", "bye", "acknowledgement"}


def main() -> None:
    settings = load_settings()
    folder, converted = embedder_weights(settings, quiet)
    embedder = BertEmbedder.from_folder(folder, settings.embedder, settings.pooling, settings.metric, converted)
    router = load_router(settings, embedder)
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        told = [(row, router.route(row["message"])) for row in csv.DictReader(file)]
    for language in dict.fromkeys(row["language"] for row, _ in told):
        own = [(row, route) for row, route in told if row["language"] == language]
        print(language, ", ".join(f"{what} {share}" for what, share in shares(own)))
    for row, route in told:
        if route.kind != row["intent"]:
            print(f"{row['language']} {row['intent']} taken for {route.kind}: {row['message']}")


def shares(told: list[tuple[dict[str, str], Route]]) -> list[tuple[str, str]]:
    """What is counted, and how many of how many are right."""
    counted = {
        "none": [route.kind != "question" for row, route in told if row["intent"] != "question"],
        "questions": [route.kind == "question" for row, route in told if row["intent"] == "question"],
        "social": [route.kind == row["intent"] for row, route in told if row["intent"] in SOCIAL],
        "handover": [route.kind == "handover" for row, route in told if row["intent"] == "handover"],
        "language": [route.language == row["language"] for row, route in told],
    }
    return [(what, f"{sum(right)}/{len(right)}") for what, right in counted.items() if right]


if __name__ == "__main__":
    main()
