"""What helps an agent with one conversation, in one place: for the pages of the desk, and for programs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.desk import draft_numbers
from rag.desk.desk import Desk
from rag.desk.gap_answers import GapAnswers
from rag.desk.library import Bases, Library
from rag.desk.mail.files import File, Files
from rag.desk.proof import Sentence
from rag.desk.proposals import Proposal, Proposals, evidence_of
from rag.desk.solved import Solved, SolvedConversations
from rag.desk.summary import HandOver, Summary, hand_over, summarise
from rag.desk.values import Message
from rag.desk.verdicts import Verdicts
from rag.privacy import Mask, mask


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a conversation when it is opened; quick to make, as nothing is searched in documents."""

    summary: Summary
    note: HandOver
    similar: tuple[Solved, ...]
    files: tuple[File, ...]


class Assist:
    """One for a process, over the desk and the bases; safe for threads. `names` are the bases that the agent may read.

    `proposals` what could be answered; `answers` to gaps; `verdicts` on evidence; `files` of mails.
    """

    def __init__(self, desk: Desk, bases: Bases, hide: Mask = mask) -> None:
        self._desk = desk
        self._bases = bases
        self._hide = hide
        self.proposals = Proposals(desk.store)
        self.answers = GapAnswers(desk.store, hide)
        self.verdicts = Verdicts(desk.store, hide)
        self.files = Files(desk.store)

    def library(self, conversation: str, names: Sequence[str]) -> Library:
        """The bases for a conversation; raises NotFoundError where its own is none of `names`."""
        return Library.open(self._bases, self._desk.cases.get(conversation).base, names)

    def propose(self, conversation: str, names: Sequence[str]) -> Proposal | None:
        """What could be answered; None where something was said meanwhile: ask again. See `Proposals.make`."""
        return self.proposals.make(conversation, self.library(conversation, names))

    def check(self, conversation: str, text: str, names: Sequence[str]) -> tuple[Sentence, ...]:
        """A reply's sentences with their places, as it is typed. Raises RagError for one of over 20,000 characters."""
        return self.proposals.check(conversation, text, self.library(conversation, names))

    def send(
        self,
        conversation: str,
        agent: str,
        text: str,
        names: Sequence[str],
        *,
        touched: Collection[str],
        confirmed: Collection[str] = (),
        version: int,
        key: str,
        recipient: str,
        revision: int | None = None,
    ) -> Message:
        """Sends a reply with its evidence, where a person has `touched` each sentence without proof, and `confirmed` each that
        only a document for staff says.

        Raises UnprovenError, InternalError, and what `rag.desk.replies.Replies.send` does.
        """
        checked = self.proposals.may_send(conversation, text, touched, self.library(conversation, names), confirmed)
        return self._desk.replies.send(
            conversation,
            agent,
            text,
            version=version,
            key=key,
            recipient=recipient,
            evidence=evidence_of(checked),
            proposal=self.proposals.taken(conversation, agent),
            revision=revision,
        )

    def beside(self, conversation: str, names: Sequence[str]) -> Beside:
        """Summary, the bot's note, similar conversations of these bases, and files; raises NotFoundError."""
        library = self.library(conversation, names)
        models, store = library.assistant.models, self._desk.store
        summary = summarise(store, conversation, models)
        begun = summary.wanted[0].text if summary.wanted else self._desk.cases.get(conversation).title
        similar = SolvedConversations(store, models, self._hide).find(begun, names, without=conversation)
        return Beside(summary, hand_over(store, conversation), tuple(similar), tuple(self.files.of(conversation)))

    def drafts(self, days: int = 30) -> draft_numbers.Drafts:
        """What became of proposals."""
        return draft_numbers.drafts(self._desk.store, days)
