"""How many proposals at the desk are right, by the same rules as the chat's answers, and whether all that they say is proven.

    python -m benchmarks.desk_replies ../shared/data/customers/questions.jsonl --documents knowledge

Each conversation is asked in the chat, its last message is passed on to people, and the desk proposes a reply to it. Messages
that ask nothing (greetings, wishes for a person) are left out: the desk proposes nothing for them.
"""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import quiet
from rag.config import Settings, load_settings
from rag.conversation.turns import ask_in_order
from rag.datasets import formats
from rag.datasets.dataset import Question
from rag.desk.assist import Assist
from rag.desk.desk import Desk
from rag.evaluation import conversation
from rag.evaluation.index import eval_assistant
from rag.kept.conversations import Conversations
from rag.kept.database import ConversationsFile
from rag.served import Bases
from rag.types import Answer, Turn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--documents", type=Path, required=True, help="the folder that is asked")
    options = parser.parse_args()
    dataset = formats.read(options.questions, documents=options.documents)
    asked = [(one, one.expected) for one in dataset.questions if one.expected and one.expected.outcome in {"answer", "no"}]
    settings = load_settings()
    with eval_assistant(dataset, settings, quiet) as assistant, tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(assistant.settings.data_dir, data)
        own = settings.model_copy(update={"data_dir": data, "chroma_url": None})
        bases = Bases(own, assistant.models)
        chat = proposed = unproven = sentences = 0
        for n, (question, expected) in enumerate(asked):
            said, reply, bare, of = _both(bases, own, question, f"visitor:{n}")
            chat += conversation.judge(expected, said).right
            proposed += conversation.judge(expected, reply).right
            unproven, sentences = unproven + bare, sentences + of
        bases.close()
    print(f"{len(asked)} conversations: right in the chat {chat}, proposed at the desk {proposed}")
    print(f"sentences proposed {sentences}, without proof {unproven}")


def _both(bases: Bases, settings: Settings, question: Question, visitor: str) -> tuple[Answer, Answer, int, int]:
    """The chat's answer, the proposal as an answer, and of its sentences how many have no proof, and how many there are."""
    assistant = bases.open(settings.base)
    file = ConversationsFile.of(settings.data_dir)
    own, id = Conversations(file).of(visitor), ""

    def asked(message: str, history: Sequence[Turn]) -> Answer:
        nonlocal id
        said = assistant.ask(message, history)
        id, exchange = own.ask(id, settings.base, message)
        own.answered(exchange, said)
        return said

    answer = ask_in_order(asked, (*question.earlier, question.text))
    desk = Desk(file)
    desk.customer(own).hand_over(id, "customer_request")
    made = Assist(desk, bases).propose(id, bases.names())
    found = made.found if made else None
    if found is None or not found.text:
        return answer, Answer(question.text, question.text, "-", "refused", 0.0, (), ()), 0, 0
    bare = sum(one.place is None for one in found.sentences)
    reply = Answer(question.text, found.question, found.text, "quoted", found.confidence, answer.citations, ())
    return answer, reply, bare, len(found.sentences)


if __name__ == "__main__":
    main()
