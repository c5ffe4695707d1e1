"""How long an agent waits for a proposal: from opening a conversation in Chromium until its sentences are on screen.

    python -m benchmarks.desk_proposals data/helpdesk/airline.zip [--questions 30] [--kept FILE]

The documents of an archive in the layout of data/helpdesk are ingested with the models of the settings; its questions, evenly
spaced, are those of customers who were handed over. Each conversation is opened once, by a server in the same process, so that
models and index are warm and no answer is kept. The time is the browser's own, from navigation to the frame in which the
proposal stands; where nothing can be proposed, to the line that says so.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks import quiet
from rag.apps.server.running import launch
from rag.apps.server.sessions import COOKIE
from rag.config import load_settings
from rag.datasets import helpdesk
from rag.evaluation.index import eval_assistant
from rag.kept.conversations import Conversations
from rag.served import Bases
from rag.types import Answer

_ON_SCREEN = """() => {
    const section = document.getElementById("proposal");
    const there = section && section.querySelector("#proposal-line") && !section.hasAttribute("aria-busy");
    return there ? performance.now() : 0;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--kept", type=Path, help="a file for each question with its time, as JSON")
    options = parser.parse_args()
    turns = [turn for turn in helpdesk.turns(options.archive) if not turn["history"] and turn["answerable"] != "none"]
    asked = [turn["message"] for turn in turns[:: max(1, len(turns) // options.questions)]][: options.questions]
    settings = load_settings()
    with eval_assistant(helpdesk.read(options.archive), settings, quiet) as assistant, tempfile.TemporaryDirectory() as folder:
        data, models = assistant.settings.data_dir, assistant.models
        copied = Path(folder) / "data"
        shutil.copytree(data, copied)
        own = settings.model_copy(update={"data_dir": copied, "chroma_url": None, "port": 0, "desk": True})
        bases = Bases(own, models)
        rows = _measure(bases, own, asked)
        bases.close()
    if options.kept:
        options.kept.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
    times = np.array([row["ms"] for row in rows])
    first = np.array([row["page_ms"] for row in rows])
    made = sum(bool(row["sentences"]) for row in rows)
    print(f"{len(rows)} conversations, {made} proposals")
    print(f"page drawn: p50 {np.quantile(first, 0.5):.0f} ms, p90 {np.quantile(first, 0.9):.0f} ms")
    print(f"proposal on screen: p50 {np.quantile(times, 0.5):.0f} ms, p90 {np.quantile(times, 0.9):.0f} ms")


def _measure(bases: Bases, settings: object, asked: list[str]) -> list[dict[str, object]]:
    running = launch(bases, settings, block=False)  # type: ignore[arg-type] # those of load_settings
    assert running is not None
    visitors = running.server.config.loaded_app.state.visitors
    account = visitors.accounts.add("Ada", "agent", "correct horse battery")
    session = visitors.signer.dumps([account.id, account.session])
    rows: list[dict[str, object]] = []
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context()
        context.add_cookies([{"name": COOKIE, "value": session, "url": running.url}])
        page = context.new_page()
        for n, question in enumerate(["Where can I find this?", *asked]):
            own = Conversations(visitors.desk.store.file).of(f"visitor:{n}")
            id, exchange = own.ask("", settings.base, question)  # type: ignore[attr-defined] # as above
            own.answered(exchange, Answer(question, question, "-", "refused", 0.1, (), ()))
            visitors.desk.customer(own).hand_over(id, "missing_knowledge")
            page.goto(f"{running.url}desk/c/{id}", wait_until="domcontentloaded")
            drawn = page.evaluate("performance.now()")
            on_screen = page.wait_for_function(_ON_SCREEN, polling="raf", timeout=60_000).json_value()
            sentences = page.locator("#proposal .sentence").count()
            if n:  # the first warms up
                rows.append({"question": question, "page_ms": round(drawn), "ms": round(on_screen), "sentences": sentences})
        browser.close()
    running.close()
    return rows


if __name__ == "__main__":
    main()
