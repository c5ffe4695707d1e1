"""What agents do teaches: a question without an answer becomes a document, replies and verdicts become training data."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rag.config import Settings
from rag.desk import gap_answers
from rag.desk.assist import Assist
from rag.desk.desk import Desk
from rag.desk.draft_numbers import distance, drafts
from rag.desk.errors import ChangedError, DeskError
from rag.desk.gap_answers import GapAnswers
from rag.desk.gap_values import DuplicateError
from rag.desk.proof import Place
from rag.desk.verdicts import Verdicts
from rag.errors import NotFoundError, RagError
from rag.index.bases import create_base, delete_base, rename_base
from rag.served import Bases
from rag.training import desk as training_data
from tests.desk_bases import handed_over, open_bases

GAP = "Do you sell paddle boats?"
ANSWER = "We sell paddle boats for two from April to September."


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Bases]]:
    settings, found = open_bases(tmp_path_factory.mktemp("bases"))
    yield settings, found
    found.close()


@pytest.fixture
def bases(opened: tuple[Settings, Bases]) -> Bases:
    return opened[1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk.of(tmp_path)) as found:
        found.agents.here("account:1", "Ada")
        yield found


def test_a_gap_becomes_a_document_and_its_questions_are_asked_again(desk: Desk, bases: Bases) -> None:
    answers, assistant = GapAnswers(desk.store), bases.open("default", "internal")
    for question in (GAP, "do you sell  paddle boats", "Where is the canteen?"):
        assistant.base.said.add_gap(question, 0.1)
    group = next(one for one in answers.missing(assistant) if one.question in {GAP, "do you sell  paddle boats"})
    assert answers.known(assistant, GAP, ANSWER).text == ""
    draft = answers.write("default", group.question, group.others, ANSWER, "account:1")
    with pytest.raises(DeskError, match="cannot be published: have it reviewed"):
        answers.publish(draft.id, assistant, "account:1", draft.version)
    reviewed = answers.review(draft.id, "account:2", draft.version)
    done = answers.publish(draft.id, assistant, "account:1", reviewed.version)
    assert (done.state, done.reviewer, [one.by_it for one in done.asked]) == ("published", "account:2", [True])
    assert ANSWER in done.asked[0].text
    public = bases.open("default", "public").document(done.document)
    assert (public.title, ANSWER in public.text) == (done.question, True)
    assert [one.question for one in answers.missing(assistant)] == ["Where is the canteen?"]

    other = answers.write(
        "default", "Are paddle boats sold?", (), "Paddle boats for two we sell from April to September.", "account:1"
    )
    other = answers.review(other.id, "account:1", other.version)
    with pytest.raises(DuplicateError, match="answers this already") as refused:
        answers.publish(other.id, assistant, "account:1", other.version)
    assert refused.value.document == done.document

    back = answers.withdraw(done.id, assistant, "account:1", done.version)
    assert (back.state, back.document) == ("draft", "")
    assert done.document not in assistant.documents()


def test_a_publication_that_was_killed_half_way_is_not_two_documents(
    desk: Desk, bases: Bases, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, assistant = GapAnswers(desk.store), bases.open("default", "internal")
    draft = answers.write(
        "default", "Is the lighthouse lamp dimmable?", (), "The lighthouse lamp is dimmable in nine steps.", "account:1"
    )
    reviewed = answers.review(draft.id, "account:1", draft.version)
    with monkeypatch.context() as broken:
        broken.setattr(GapAnswers, "_set", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            answers.publish(draft.id, assistant, "account:1", reviewed.version)
    done = answers.publish(draft.id, assistant, "account:1", reviewed.version, despite=True)
    assert [name for name in assistant.documents() if "lighthouse" in name] == [done.document]


def test_an_answer_that_is_edited_while_it_is_published_leaves_no_document(
    desk: Desk, bases: Bases, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, assistant = GapAnswers(desk.store), bases.open("default", "internal")
    draft = answers.write("default", "Do you rent canoes?", (), "Canoes are rented out by the hour in July.", "account:1")
    reviewed = answers.review(draft.id, "account:1", draft.version)
    asking = gap_answers._again

    def edited(*given: Any) -> Any:
        with monkeypatch.context() as once:
            once.setattr(gap_answers, "_again", asking)
            answers.edit(draft.id, "Do you rent canoes?", "Only kayaks are rented out.", "account:2", reviewed.version)
        return asking(*given)

    with monkeypatch.context() as slow:
        slow.setattr(gap_answers, "_again", edited)
        with pytest.raises(ChangedError):
            answers.publish(draft.id, assistant, "account:1", reviewed.version)
    assert not [name for name in assistant.documents() if "canoes" in name]
    assert (answers.get(draft.id).state, answers.get(draft.id).text) == ("draft", "Only kayaks are rented out.")


def test_what_is_for_staff_is_published_to_staff_only(desk: Desk, bases: Bases) -> None:
    answers, assistant = GapAnswers(desk.store), bases.open("default", "internal")
    draft = answers.write(
        "default", "Which supplier makes the kites?", (), "Kites are made by Nordwind in Kiel.", "account:1", "internal"
    )
    reviewed = answers.review(draft.id, "account:1", draft.version)
    done = answers.publish(draft.id, assistant, "account:1", reviewed.version)
    assert done.asked[0].by_it
    with pytest.raises(NotFoundError):
        bases.open("default", "public").document(done.document)


def test_a_sent_reply_becomes_a_draft_without_personal_data(desk: Desk) -> None:
    _, conversation = handed_over(desk, GAP)
    case = desk.cases.get(conversation)
    text = "We do. Ask ada@example.com about them."
    sent = desk.replies.send(conversation, "account:1", text, version=case.version, key="k", recipient=case.recipient)
    draft = GapAnswers(desk.store).from_reply(conversation, sent.id, GAP + " Call 0170 1234567.", "account:1")
    assert draft.text == "We do. Ask [email] about them."
    assert "1234567" not in draft.question
    with pytest.raises(NotFoundError):
        GapAnswers(desk.store).from_reply("another", sent.id, GAP, "account:1")


@pytest.mark.parametrize(("internal", "audience"), [([False, True], "internal"), ([False, False], "public"), ([], "public")])
def test_a_reply_that_staff_alone_may_read_becomes_a_draft_for_staff(desk: Desk, internal: list[bool], audience: str) -> None:
    conversation = answered(desk, "Once, for 40 pounds.", [{"internal": one} for one in internal])
    (sent,) = desk.store.read("SELECT id FROM desk_messages WHERE kind = 'out'")
    draft = GapAnswers(desk.store).from_reply(conversation, sent["id"], GAP, "account:1")
    assert draft.audience == audience


def test_an_answer_is_reviewed_by_somebody_else_and_its_questions_are_masked(desk: Desk) -> None:
    answers = GapAnswers(desk.store)
    draft = answers.write("default", GAP + " ada@example.com", ["Boats? 0170 1234567"], ANSWER, "account:1")
    assert (draft.question, draft.wordings) == (GAP + " [email]", ("Boats? [phone]",))
    desk.agents.here("account:2", "Ben")
    with pytest.raises(DeskError, match="You wrote this yourself"):
        answers.review(draft.id, "account:1", draft.version)
    assert answers.review(draft.id, "account:2", draft.version).state == "reviewed"
    edited = answers.edit(draft.id, GAP, ANSWER, "account:2", draft.version + 1)
    with pytest.raises(DeskError, match="You wrote this yourself"):
        answers.review(draft.id, "account:2", edited.version)


def test_two_agents_do_not_overwrite_an_answer(desk: Desk) -> None:
    answers = GapAnswers(desk.store)
    draft = answers.write("default", GAP, (), ANSWER, "account:1")
    answers.edit(draft.id, GAP, ANSWER + " Ask us.", "account:2", draft.version)
    with pytest.raises(ChangedError, match="Somebody has changed"):
        answers.edit(draft.id, GAP, "No.", "account:1", draft.version)
    assert answers.get(draft.id).text == ANSWER + " Ask us."


@pytest.mark.parametrize(("question", "text"), [(" ", "x"), ("x", " \n"), ("x" * 4001, "x"), ("x", "x" * 20_001)])
def test_an_answer_that_cannot_be_kept_is_refused(desk: Desk, question: str, text: str) -> None:
    with pytest.raises(DeskError):
        GapAnswers(desk.store).write("default", question, (), text, "account:1")


def answered(desk: Desk, text: str, evidence: list[dict[str, object]], question: str = GAP, owner: str = "visitor:1") -> str:
    _, conversation = handed_over(desk, question, owner)
    case = desk.cases.get(conversation)
    desk.replies.send(
        conversation, "account:1", text, version=case.version, key=conversation, recipient=case.recipient, evidence=evidence
    )
    return conversation


def test_replies_gaps_and_verdicts_become_a_masked_dataset(opened: tuple[Settings, Bases]) -> None:
    settings, bases = opened
    with closing(Desk.of(settings.data_dir)) as desk:
        desk.agents.here("account:1", "Ada")
        with pytest.raises(RagError, match="0 replies with evidence"):
            training_data.read(settings)
        assistant = bases.open("default", "internal")
        rule, software = "Items may be returned within 30 days of delivery.", "Opened software may not be returned"
        text = assistant.document("returns.md").text

        def place(words: str) -> dict[str, object]:
            return {"base": "default", "document": "returns.md", "from": text.index(words), "text": words}

        asked = "How long may I return it? Write to ada@example.com"
        conversation = answered(desk, rule, [place(rule), place(software)], asked)
        answered(desk, "Once.", [{**place(rule), "base": "staff", "document": "goodwill.md"}], "And goodwill?", "visitor:2")
        wrong = Place("default", "returns.md", "", text.index(software), text.index(software) + 10, software, False)
        Verdicts(desk.store).wrong(conversation, "account:1", asked, wrong)
        answers = GapAnswers(desk.store)
        draft = answers.write("default", GAP, ("Have you boats?",), ANSWER, "account:1")
        answers.publish(draft.id, assistant, "account:1", answers.review(draft.id, "account:1", 1).version, despite=True)
        found = training_data.read(settings)
    by_text = {question.text: [quote.text for quote in question.quotes] for question in found.questions}
    assert by_text == {
        "How long may I return it? Write to [email]": [rule],
        GAP: [ANSWER],
        "Have you boats?": [ANSWER],
    }
    assert "ada@example.com" not in str(found.questions)


def test_a_later_reply_is_not_learnt_as_one_to_the_question_of_the_proposal(opened: tuple[Settings, Bases]) -> None:
    settings, bases = opened
    first, second = "Within how many days may items be returned?", "Price to Sweden in pounds and days?"
    with closing(Desk.of(settings.data_dir)) as desk:
        desk.agents.here("account:1", "Ada")
        customer, conversation = handed_over(desk, first, "visitor:10")
        assist = Assist(desk, bases)

        def send(text: str, key: str) -> int | None:
            case = desk.cases.get(conversation)
            where = {"version": case.version, "recipient": case.recipient, "key": key, "touched": [text]}
            sent = assist.send(conversation, "account:1", text, ["default"], **where)  # type: ignore[arg-type]
            return desk.store.read("SELECT proposal FROM desk_messages WHERE id = :id", {"id": sent.id})[0]["proposal"]

        made = assist.propose(conversation, ["default"])
        assert made is not None
        assist.proposals.take(made.id, "account:1")
        assert send(made.found.text, "later1") == made.id
        customer.say(conversation, second, "later2")
        assert send("Opened software may not be returned, even within 30 days of delivery.", "later3") is None
        found = training_data.read(settings)
    by_text = {question.text: [quote.text for quote in question.quotes] for question in found.questions}
    assert (by_text[first], len(by_text[second])) == ([made.found.text], 1)


def test_the_numbers_say_what_became_of_drafts(desk: Desk) -> None:
    for n, (proposed, sent) in enumerate([("At nine.", "At  nine."), ("At nine.", "At noon."), ("At nine.", None)]):
        _, conversation = handed_over(desk, GAP, f"visitor:{n}")
        values = {"id": conversation, "text": proposed, "at": desk.store.stamp()}
        with desk.store.write() as connection:
            connection.execute(
                """INSERT INTO desk_proposals (conversation, mark, version, question, text, found, state, agent, taken_at, at)
                VALUES (:id, '', 1, '', :text, '', 'taken', 'account:1', :at, :at)""",
                values,
            )
        if sent:
            case = desk.cases.get(conversation)
            desk.replies.send(conversation, "account:1", sent, version=case.version, key=f"k{n}", recipient=case.recipient)
    found = drafts(desk.store)
    assert (found.made, found.taken, found.unchanged, found.changed) == (3, 3, 1, 1)
    assert found.distance == round(distance("At nine.", "At noon.") / 2, 3)
    assert 0 < distance("At nine.", "At noon.") < 0.5


def test_answers_go_with_their_base(tmp_path: Path) -> None:
    create_base(tmp_path, "shop")
    with closing(Desk.of(tmp_path)) as desk:
        answers = GapAnswers(desk.store)
        answers.write("shop", GAP, (), ANSWER, "account:1")
        rename_base(tmp_path, "shop", "store")
        assert [one.base for one in answers.all()] == ["store"]
        delete_base(tmp_path, "store")
        assert answers.all() == []
