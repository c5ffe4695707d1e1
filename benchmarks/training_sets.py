"""The files that the readers' cards name, made of public sets (SQuAD 2.0, ClapNQ, MLQA) and of translated help desks.

    python -m benchmarks.training_sets ../shared/data FOLDER

Of SQuAD's half A five articles are taught, the other paragraphs of the half measure: `squad2-taught.json` is for training,
`squad2-kept.json` and `squad1-kept.json` are for evaluation. A question of ClapNQ is answered by the sentences that its
annotators chose, or by none. `mlqa-de-asks-en.json` has MLQA's German questions over the English paragraphs of the same
questions, `rental-de-asks-en.zip` the German messages of a translated help desk over its English pages, and
`rental-en-asks-de.zip` the English ones over the German.
"""

import argparse
import json
import zipfile
from pathlib import Path
from typing import Any

from rag.datasets import helpdesk

DESKS = Path(__file__).parents[1] / "data" / "helpdesk"
TAUGHT = ("1973_oil_crisis", "Packet_switching", "Immune_system", "Imperialism", "French_and_Indian_War")


def articles(path: Path, *, taught: bool) -> dict[str, Any]:
    """Of a SQuAD file the articles that are taught, or the others."""
    found = json.loads(path.read_text("utf-8"))["data"]
    return {"data": [article for article in found if (article["title"] in TAUGHT) == taught]}


def clapnq(path: Path) -> dict[str, Any]:
    """ClapNQ's questions (JSON lines) in SQuAD's layout, each with a paragraph of its own."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        text = record["document_text"]
        answers = [{"text": said, "answer_start": text.find(said)} for said in record["span"] or ()]
        answers = [answer for answer in answers if answer["answer_start"] >= 0]
        if record["answerable"] and not answers:
            continue
        question = {
            "id": f"clapnq-{record['id']}",
            "question": record["question"],
            "answers": answers,
            "is_impossible": not record["answerable"],
        }
        found.append({"title": record["document"], "paragraphs": [{"context": text, "qas": [question]}]})
    return {"data": found}


def across(asked: Path, answered: Path, name: str) -> dict[str, Any]:
    """The questions of one MLQA file over the paragraphs of another, where the question with that id is answered."""
    asks = {
        q["id"]: q["question"] for a in json.loads(asked.read_text("utf-8"))["data"] for p in a["paragraphs"] for q in p["qas"]
    }
    found = []
    for article in json.loads(answered.read_text("utf-8"))["data"]:
        paragraphs = []
        for paragraph in article["paragraphs"]:
            own = [q for q in paragraph["qas"] if q["id"] in asks]
            qas = [{"id": f"{name}-{q['id']}", "question": asks[q["id"]], "answers": q["answers"]} for q in own]
            paragraphs += [{"context": paragraph["context"], "qas": qas}] if qas else []
        found += [{"title": article["title"], "paragraphs": paragraphs}] if paragraphs else []
    return {"data": found}


def desk_across(asked: Path, answered: Path, made: Path) -> int:
    """The messages of a help desk over the pages of its translation, or the other way round; returns how many there are."""
    asks = {_id(turn): turn for turn in helpdesk.turns(asked)}
    with zipfile.ZipFile(answered) as pages, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        said = ("language", "history", "message", "standalone")
        turns = [
            {**turn, **{key: asks[_id(turn)][key] for key in said}} for turn in helpdesk.turns(answered) if _id(turn) in asks
        ]
        out.writestr(helpdesk.TURNS, "".join(json.dumps(turn, ensure_ascii=False) + "\n" for turn in turns))
        for name in pages.namelist():
            if name.startswith(f"{helpdesk.PAGES}/"):
                out.writestr(name, pages.read(name))
    return len(turns)


def _id(turn: dict[str, Any]) -> str:
    """The id that a message shares with its translations."""
    return "-".join(turn["id"].split("-")[:2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    answered = arguments.data / "squad-v1.1-dev" / "dev-v1.1.A.json"
    both = arguments.data / "squad-v2.0-dev-half" / "dev-v2.0-half.A.json"
    made = {
        "squad2-taught": articles(both, taught=True),
        "squad2-kept": articles(both, taught=False),
        "squad1-kept": articles(answered, taught=False),
        "clapnq": clapnq(arguments.data / "clapnq" / "train.jsonl"),
    }
    mlqa = arguments.data / "mlqa-dev"
    for one, other in (("de", "en"), ("zh", "en"), ("en", "de"), ("en", "zh")):
        name = f"mlqa-{one}-asks-{other}"
        made[name] = across(mlqa / f"{one}.train.json", mlqa / f"{other}.train.json", name)
    for name, squad in made.items():
        (arguments.folder / f"{name}.json").write_text(json.dumps(squad), "utf-8")
        questions = sum(len(paragraph["qas"]) for article in squad["data"] for paragraph in article["paragraphs"])
        print(f"{name}.json: {questions} questions of {len(squad['data'])} articles")
    for translated in sorted(DESKS.glob("*-??.zip")):
        name, language = translated.stem.split("-")
        original = DESKS / f"{name}.zip"
        for one, other, asked, answered in ((language, "en", translated, original), ("en", language, original, translated)):
            made_zip = arguments.folder / f"{name}-{one}-asks-{other}.zip"
            print(f"{made_zip.name}: {desk_across(asked, answered, made_zip)} messages")


if __name__ == "__main__":
    main()
