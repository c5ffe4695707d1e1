"""Small folders of files with a question each, and what its answer must and must not say: which are right.

    python -m benchmarks.cases ../shared/data/cases [NAME …] [--shown FILE]

A case is a folder with `files/` and `case.json`: `ask` is a message, or the messages of a conversation of which the last is
judged; `expect` has regular expressions on its answer (`must`: all, `must_any`: one, `must_not`: none) and `status`, of which
it has one. Links count as text. Each folder is a base of its own. Names given are those of the cases to ask, or how they begin.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import quiet
from rag.config import Settings, load_settings
from rag.service import Assistant, Models, load_models, open_base
from rag.types import Answer, Turn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, help="the folder of cases")
    parser.add_argument("names", nargs="*", default=[""])
    parser.add_argument("--shown", type=Path, help="a file for each case, its answer and what is wrong, a line of JSON each")
    options = parser.parse_args()
    settings = load_settings()
    models = load_models(settings, quiet)
    folders = [path.parent for path in sorted(options.cases.glob("*/case.json"))]
    rows = [ask(folder, settings, models) for folder in folders if folder.name.startswith(tuple(options.names))]
    if options.shown:
        options.shown.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    for row in rows:
        print(f"{row['case']:<24}{'; '.join(row['why']) or 'right'}")
    print(f"right {sum(not row['why'] for row in rows)} of {len(rows)}")


def ask(folder: Path, settings: Settings, models: Models) -> dict[str, Any]:
    """What the last message of a case is answered, and what is wrong with it."""
    case = json.loads((folder / "case.json").read_text("utf-8"))
    messages = [case["ask"]] if isinstance(case["ask"], str) else case["ask"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        own = settings.model_copy(update={"data_dir": Path(data), "chroma_url": None})
        assistant = Assistant(own, models, open_base(own, models))
        try:
            assistant.ingest([folder / "files"], quiet)
            history: list[Turn] = []
            for message in messages:
                answer = assistant.ask(message, history)
                history.append((message, answer.text))
        finally:
            assistant.close()
    said = {"status": answer.status, "text": answer.text, "confidence": answer.confidence, "answerable": answer.answerable}
    return {"case": folder.name, "ask": messages, **said, "why": faults(answer, case["expect"])}


def faults(answer: Answer, expect: dict[str, Sequence[str]]) -> list[str]:
    """What an answer lacks and what it should not say."""

    text = " ".join([answer.text, *(mark.target for mark in answer.marks)])

    def has(pattern: str) -> bool:
        return bool(re.search(pattern, text, re.IGNORECASE))

    lacks = [f"lacks {pattern}" for pattern in expect["must"] if not has(pattern)]
    if expect["must_any"] and not any(map(has, expect["must_any"])):
        lacks.append(f"lacks any of {', '.join(expect['must_any'])}")
    if expect["status"] and answer.status not in expect["status"]:
        lacks.append(f"is {answer.status}")
    return lacks + [f"says {pattern}" for pattern in expect["must_not"] if has(pattern)]


if __name__ == "__main__":
    main()
