"""What helps an agent with one conversation, in one place: for the pages of the desk, and for programs."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.desk import draft_numbers, proof
from rag.desk.desk import Desk
from rag.desk.gap_answers import GapAnswers
from rag.desk.library import Bases, Library
from rag.desk.mail.files import File, Files
from rag.desk.proof import Place, Sentence
from rag.desk.proposals import Proposal, Proposals, evidence_of
from rag.desk.solved import Solved, SolvedConversations
from rag.desk.store import clean
from rag.desk.summary import HandOver, Summary, hand_over, summarise
from rag.desk.values import Message
from rag.desk.verdicts import Verdicts
from rag.errors import RagError
from rag.privacy import Mask, mask
from rag.query import fit_window

log = logging.getLogger(__name__)
_PASSAGES = 8  # that a search shows


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a conversation when it is opened; quick to make, as nothing is searched in documents. `summary` is
    None where there is no base, and so no model.
    """

    summary: Summary | None
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

    def library(self, conversation: str, names: Sequence[str], base: str = "") -> Library:
        """The bases for a conversation, or one of them alone; raises NotFoundError where none of `names` is it, or its own."""
        own = self._desk.cases.get(conversation).base
        return Library.open(self._bases, base or own, [name for name in names if not base or name == base])

    def propose(self, conversation: str, names: Sequence[str], base: str = "") -> Proposal | None:
        """What could be answered, from all of `names` or from one of them; None where something was said meanwhile: ask again.
        See `Proposals.make`.
        """
        return self.proposals.make(conversation, self.library(conversation, names, base))

    def check(self, conversation: str, text: str, names: Sequence[str]) -> tuple[Sentence, ...]:
        """A reply's sentences with their places, as it is typed. Where the conversation's own base is not there, they are
        looked up in the others; where no base can be looked into, none is proven. Raises LongReplyError, NotFoundError.
        """
        home, bare = self._home(conversation, names), proof.unproven(text)
        try:
            return self.proposals.check(conversation, text, Library.open(self._bases, home, names)) if home else bare
        except RagError as error:
            log.warning("a reply in %s cannot be checked: %s", conversation, error)
            return bare

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

        What was sent with this key is not checked again. Raises UnprovenError, InternalError, LongReplyError, and what
        `rag.desk.replies.Replies.send` does.
        """
        text = clean(text)
        sent = self._desk.replies.sent(conversation, agent, text, key)
        checked: tuple[Sentence, ...] = ()
        if not sent and version >= self._desk.cases.get(conversation).version:  # an older one is refused: versions only grow
            checked = self.check(conversation, text, names)
            proof.may_send(text, touched, checked, confirmed)
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

    def search(self, conversation: str, text: str, names: Sequence[str], base: str = "") -> list[Place]:
        """The passages nearest to a text, of all of `names` or of one, the best first. Raises NotFoundError, RagError."""
        home = base or self._home(conversation, names)
        library = Library.open(self._bases, home, [name for name in names if not base or name == base])
        query = fit_window(text, library.assistant.models.embedder)
        found = library.retrieve(query, _PASSAGES)
        return [library.place(one.chunk) for one in sorted(found, key=lambda one: -one.score)][:_PASSAGES]

    def beside(self, conversation: str, names: Sequence[str]) -> Beside:
        """Summary, the bot's note, similar conversations of these bases, and files; raises NotFoundError."""
        store, case = self._desk.store, self._desk.cases.get(conversation)
        note, files = hand_over(store, conversation), tuple(self.files.of(conversation))
        home = self._home(conversation, names)
        if not home:
            return Beside(None, note, (), files)
        models = self._bases.open(home, "internal").models
        summary = summarise(store, conversation, models)
        begun = summary.wanted[0].text if summary.wanted else case.title
        similar = SolvedConversations(store, models, self._hide).find(begun, names, without=conversation)
        return Beside(summary, note, tuple(similar), files)

    def _home(self, conversation: str, names: Sequence[str]) -> str:
        """The conversation's own base, or another of `names` where that is not there; "" where none is."""
        own = self._desk.cases.get(conversation).base
        return own if own in names else next(iter(names), "")

    def drafts(self, days: int = 30) -> draft_numbers.Drafts:
        """What became of proposals."""
        return draft_numbers.drafts(self._desk.store, days)
