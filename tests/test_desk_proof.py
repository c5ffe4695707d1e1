"""What an agent could answer: each sentence with its place in a source, and none without proof that nobody has vouched for."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.answering.answer import Event, Stages, stream
from rag.checking import ExactChecker
from rag.desk import proof
from rag.desk.assist import Assist
from rag.desk.composing import Suggestion, suggest
from rag.desk.desk import Desk
from rag.desk.gap_answers import ask
from rag.desk.library import Library
from rag.desk.proposals import Proposals, evidence_of
from rag.errors import NotFoundError, RagError
from rag.languages.spoken import speaking
from rag.query import Query
from rag.served import Bases
from tests.desk_bases import handed_over, open_bases

NAMES = ["staff", "default"]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bases]:
    _, found = open_bases(tmp_path_factory.mktemp("bases"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def library(bases: Bases) -> Library:
    return Library.open(bases, "default", NAMES)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk.of(tmp_path)) as found:
        found.agents.here("account:1", "Ada")
        yield found


def said(library: Library, found: Suggestion) -> list[tuple[str, str, str]]:
    """Base, document and the words of the place of each sentence; the words as the document has them."""
    places = [one.place for one in found.sentences]
    assert all(places)
    return [
        (p.base, p.document, library.document(f"{p.base}/{p.document}").text[p.start : p.end]) for p in places if p is not None
    ]


def test_each_sentence_of_a_proposal_has_its_words_in_the_document(library: Library) -> None:
    found = suggest(library, "Within how many days may items be returned?")
    assert found.outcome == "composed"
    assert not found.internal
    for (base, document, words), one in zip(said(library, found), found.sentences, strict=True):
        assert (base, document, words) == ("default", "returns.md", found.text[one.start : one.end])


def test_a_table_row_that_is_said_as_a_sentence_leads_to_its_row(library: Library) -> None:
    found = suggest(library, "Price to Sweden in pounds and days?")
    assert found.text.startswith("Sweden:")
    ((base, document, words),) = said(library, found)
    assert (base, document) == ("default", "delivery.md")
    assert "26 pounds" in words
    assert "Austria" not in words


def test_what_stands_beside_a_rule_and_bears_on_it_is_offered(library: Library) -> None:
    found = suggest(library, "Within how many days of delivery may items be returned?")
    if "Opened software" in found.text:
        pytest.fail(f"the exception is part of the proposal itself: {found.text}")
    offered = [offer.place.text for offer in found.offers]
    assert "Opened software may not be returned, even within 30 days of delivery." in offered
    place = found.offers[0].place
    assert library.document(f"{place.base}/{place.document}").text[place.start : place.end] == place.text


def test_what_only_staff_may_read_is_marked_and_found_for_agents_alone(library: Library) -> None:
    found = suggest(library, "May a cracked lantern be replaced out of goodwill?")
    assert found.internal
    assert [place.base for place in proof.internal_places(found.sentences)] == ["staff"]
    own = Library(library.home, {"default": library.assistants["default"]}, library.public)
    assert "goodwill" not in suggest(own, "May a cracked lantern be replaced out of goodwill?").text


def test_a_proposal_is_framed_in_the_language_of_what_was_asked_and_not_in_the_agents(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    framed: list[str] = []

    def heard(query: Query, stages: Stages) -> Iterator[Event]:
        framed.append(query.language)
        return stream(query, stages)

    monkeypatch.setattr("rag.answering.answer.stream", heard)
    with speaking("zh"):
        suggest(library, "Within how many days may items be returned?")
        suggest(library, "Innerhalb von wie vielen Tagen kann ich Artikel zurückgeben?")
        ask(library.assistant, "Within how many days may items be returned?")
    assert framed == ["en", "de", "en"]


def test_an_agent_who_may_not_read_the_base_is_told(library: Library) -> None:
    with pytest.raises(NotFoundError, match="“secret”"):
        Library.open(None, "secret", ["default"])  # type: ignore[arg-type]


def test_an_edited_reply_shows_what_no_source_says(library: Library) -> None:
    found = suggest(library, "Within how many days may items be returned?")
    edited = found.text.replace("30", "60") + " Have a nice day."
    checked = proof.check(edited, found.sources, ExactChecker())
    wrong = [one for one in checked if not one.proven]
    assert [edited[one.start : one.end] for one in wrong][-1] == "Have a nice day."
    (issue,) = wrong[0].issues
    assert edited[slice(*issue)] == "60"


def test_a_sentence_of_another_document_is_looked_up_once(desk: Desk, library: Library) -> None:
    text = "A cracked lantern may be replaced once out of goodwill, for 40 pounds at most."
    assert not proof.check(text, (), ExactChecker())[0].proven
    asked: list[str] = []

    class Counting(Library):
        def look_up(self, sentence: str) -> list[proof.Source]:
            asked.append(sentence)
            return super().look_up(sentence)

    counting = Counting(library.home, library.assistants, library.public)
    proposals = Proposals(desk.store)
    for _ in range(2):
        (found,) = proposals.check("none", text, counting)
        assert found.place is not None
        assert found.place.internal
    assert asked == [text]


def test_a_sentence_without_proof_must_be_touched_before_it_is_sent(library: Library) -> None:
    found = suggest(library, "Within how many days may items be returned?")
    text = found.text + "\nWe also pay for the box."
    checked = proof.check(text, found.sources, ExactChecker())
    with pytest.raises(proof.UnprovenError, match="We also pay for the box") as refused:
        proof.may_send(text, (), checked)
    assert [text[one.start : one.end] for one in refused.value.sentences] == ["We also pay for the box."]
    with pytest.raises(proof.UnprovenError):
        proof.may_send(text, ["We also pay for a box."], checked)
    proof.may_send(text, ["We  also pay\nfor the box."], checked)
    proof.may_send(found.text, (), found.sentences)


def test_a_reply_that_is_too_long_to_check_is_refused(library: Library) -> None:
    with pytest.raises(RagError, match="20,001 characters"):
        proof.check("a" * 20_001, (), ExactChecker())


QUESTION = "Within how many days may items be returned?"


def test_a_proposal_is_for_what_the_bot_left_unanswered_and_is_kept(desk: Desk, library: Library, tmp_path: Path) -> None:
    _, conversation = handed_over(desk, QUESTION)
    made = Proposals(desk.store).make(conversation, library)
    assert made is not None
    assert (made.state, made.found.outcome, made.version) == ("open", "composed", desk.cases.get(conversation).version)
    assert "30 days" in made.found.text
    with closing(Desk.of(tmp_path)) as later:
        assert Proposals(later.store).current(conversation) == made
        assert Proposals(later.store).make(conversation, library) == made


def test_a_proposal_ends_with_the_next_public_message_and_not_with_a_note(desk: Desk, library: Library) -> None:
    customer, conversation = handed_over(desk, QUESTION)
    proposals = Proposals(desk.store)
    made = proposals.make(conversation, library)
    assert made is not None
    desk.notes.add(conversation, "account:1", "She called, too.")
    desk.cases.claim(conversation, "account:1")
    assert proposals.current(conversation) == made
    customer.say(conversation, "Price to Sweden in pounds and days?", "k1")
    assert proposals.current(conversation) is None
    with pytest.raises(NotFoundError, match="Something was said"):
        proposals.take(made.id, "account:1")
    again = proposals.make(conversation, library)
    assert again is not None
    assert again.found.text.startswith("Sweden")
    case = desk.cases.get(conversation)
    desk.replies.send(conversation, "account:1", "26 pounds.", version=case.version, key="r1", recipient=case.recipient)
    assert proposals.current(conversation) is None
    nothing = proposals.make(conversation, library)
    assert nothing is not None
    assert nothing.found.outcome == "nothing asked"


def test_what_is_said_while_a_proposal_is_composed_throws_it_away(desk: Desk, library: Library) -> None:
    customer, conversation = handed_over(desk, QUESTION)

    class Slow(Library):
        def retrieve(self, text: str, k: int, context: str = ""):  # type: ignore[no-untyped-def]
            customer.say(conversation, "It is solved, thank you.", "k2")
            return super().retrieve(text, k, context)

    assert Proposals(desk.store).make(conversation, Slow(library.home, library.assistants, library.public)) is None
    assert desk.store.read("SELECT * FROM desk_proposals") == []


def test_a_taken_proposal_is_edited_checked_and_its_evidence_kept(desk: Desk, library: Library) -> None:
    _, conversation = handed_over(desk, QUESTION)
    proposals = Proposals(desk.store)
    made = proposals.make(conversation, library)
    assert made is not None
    assert proposals.take(made.id, "account:1").agent == "account:1"
    text = made.found.text + " We pay for the box."
    with pytest.raises(proof.UnprovenError):
        proof.may_send(text, [], proposals.check(conversation, text, library))
    checked = proposals.check(conversation, text, library)
    proof.may_send(text, ["We pay for the box."], checked)
    case = desk.cases.get(conversation)
    evidence = evidence_of(checked)
    sent = desk.replies.send(
        conversation, "account:1", text, version=case.version, key="r1", recipient=case.recipient, evidence=evidence
    )
    assert sent.evidence == evidence
    assert [text[one["start"] : one["end"]] for one in evidence] == [
        library.document(f"{one['base']}/{one['document']}").text[one["from"] : one["to"]] for one in evidence
    ]


GOODWILL = "A cracked lantern may be replaced once out of goodwill, for 40 pounds at most."


def test_what_only_staff_may_read_is_confirmed_before_it_is_sent(desk: Desk, bases: Bases) -> None:
    _, conversation = handed_over(desk, "May a cracked lantern be replaced out of goodwill?")
    assist, case = Assist(desk, bases), desk.cases.get(conversation)
    where = {"version": case.version, "recipient": case.recipient, "key": "k", "touched": [GOODWILL]}
    with pytest.raises(proof.InternalError, match=r"Only staff/goodwill\.md, which is for staff, says “A cracked") as refused:
        assist.send(conversation, "account:1", GOODWILL, NAMES, **where)  # type: ignore[arg-type]
    assert [(one.start, one.end) for one in refused.value.sentences] == [(0, len(GOODWILL))]
    assert desk.cases.get(conversation).version == case.version
    sent = assist.send(conversation, "account:1", GOODWILL, NAMES, confirmed=[GOODWILL], **where)  # type: ignore[arg-type]
    (kept,) = sent.evidence
    assert (kept["base"], kept["internal"], "text" in kept, len(kept["sha256"])) == ("staff", True, False, 64)


def test_what_a_public_document_says_too_is_not_internal(library: Library) -> None:
    said = "Items may be returned within 30 days of delivery."
    secret = proof.Source("staff", "goodwill.md", "", 0, len(said), said, internal=True)
    assert proof.internal_places(proof.check(said, [secret], ExactChecker())) != []
    (found,) = proof.check(said, [secret], ExactChecker(), library.look_up)
    assert found.place is not None
    assert (found.place.document, found.place.internal) == ("returns.md", False)


def test_a_proposal_that_rests_on_what_its_document_does_not_say_any_more_is_made_anew(
    desk: Desk, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, found = open_bases(tmp_path_factory.mktemp("changing"))
    with closing(found) as bases:
        _, conversation = handed_over(desk, "Price to Sweden in pounds and days?")
        assist = Assist(desk, bases)
        made = assist.propose(conversation, NAMES)
        assert made is not None
        assert {source.verbatim for source in made.found.sources} == {True, False}
        assert assist.propose(conversation, NAMES) == made
        changed = tmp_path / "delivery.md"
        changed.write_text(
            "# Delivery\n\n| Country | Price | Days |\n|---|---|---|\n| Sweden | 31 pounds | 3 days |\n", "utf-8"
        )
        assistant = bases.open("default", "internal")
        assistant.delete(next(one.id for one in assistant.files() if one.name == "delivery.md"))
        assistant.upload([changed])
        assert not assist.check(conversation, made.found.text, NAMES)[0].proven
        again = assist.propose(conversation, NAMES)
        assert again is not None
        assert "31 pounds" in again.found.text
        assert assist.propose(conversation, NAMES) == again


def test_an_agent_sees_no_proposal_from_a_base_that_they_may_not_read(desk: Desk, library: Library) -> None:
    _, conversation = handed_over(desk, "May a cracked lantern be replaced out of goodwill?")
    proposals = Proposals(desk.store)
    made = proposals.make(conversation, library)
    assert made is not None
    assert made.found.internal
    fewer = Library(library.home, {"default": library.assistants["default"]}, library.public)
    assert proposals.current(conversation, fewer) is None
    other = proposals.make(conversation, fewer)
    assert other is not None
    assert "goodwill" not in other.found.text
    assert all(source.base == "default" for source in proposals.sources(conversation, fewer))


def test_after_a_conversation_was_closed_what_was_said_before_is_not_answered_again(desk: Desk, library: Library) -> None:
    customer, conversation = handed_over(desk, QUESTION)
    desk.cases.claim(conversation, "account:1")
    desk.cases.resolve(conversation, "account:1")
    made = Proposals(desk.store).make(conversation, library)
    assert made is not None
    assert made.found.outcome == "nothing asked"
    customer.say(conversation, "Price to Sweden in pounds and days?", "k3")
    again = Proposals(desk.store).make(conversation, library)
    assert again is not None
    assert "26 pounds" in again.found.text


def test_an_agents_way_from_opening_to_sending(desk: Desk, bases: Bases) -> None:
    _, conversation = handed_over(desk, QUESTION)
    assist = Assist(desk, bases)
    beside = assist.beside(conversation, NAMES)
    assert (beside.summary.wanted[0].text, beside.note.reason, beside.similar, beside.files) == (
        QUESTION,
        "customer_request",
        (),
        (),
    )
    made = assist.propose(conversation, NAMES)
    assert made is not None
    assist.proposals.take(made.id, "account:1")
    case = desk.cases.get(conversation)
    where = {"version": case.version, "recipient": case.recipient, "key": "k"}
    text = made.found.text + " Bye."
    assert [one.proven for one in assist.check(conversation, text, NAMES)][-1] is False
    with pytest.raises(proof.UnprovenError):
        assist.send(conversation, "account:1", text, NAMES, touched=[], **where)  # type: ignore[arg-type]
    sent = assist.send(conversation, "account:1", text, NAMES, touched=["Bye."], **where)  # type: ignore[arg-type]
    assert sent.evidence[0]["document"] == "returns.md"
    assert (assist.drafts().taken, assist.drafts().changed) == (1, 1)
    with pytest.raises(NotFoundError):
        assist.propose(conversation, ["staff"])
