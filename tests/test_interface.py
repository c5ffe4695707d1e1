"""The page without a browser: what the render functions make of values, and how a session takes a stream."""

import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag.answering import citations
from rag.apps.page import documents, render
from rag.apps.page.session import Exchange, Session
from rag.config import load_settings
from rag.index.ingestion import IngestReport
from rag.types import Answer, Citation, Delta, Document, FileReport, Span, Support, Verified
from tests.scripted import HOSTILE, ScriptedAssistant


class Page(HTMLParser):
    """What a browser would see: tags, attributes, text; tags must be balanced."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self._open = [], [], "", []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("input", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def assistant(tmp_path):
    return ScriptedAssistant(load_settings({"data_dir": tmp_path}), delay=0)


@pytest.fixture
def answer():
    return Answer("q", "q", "Thirty days. It is free, as ever.", "answered", 0.8, (), ())


def supported(answer, *stretches):
    """The answer with (words, n) as its support."""
    spans = [(answer.text.index(words), len(words), n) for words, n in stretches]
    return replace(answer, support=tuple(Support(at, at + size, n, 0.0 if n is None else 0.9) for at, size, n in spans))


def shown_markers(answer):
    text = answer.text
    for position, n in sorted(citations.markers(answer), reverse=True):
        text = f"{text[:position]}[{n}]{text[position:]}"
    return text


def test_a_sentence_on_one_citation_has_its_marker_at_its_end(answer):
    one_each = supported(answer, ("Thirty", 1), ("free", 2))
    assert shown_markers(one_each) == "Thirty days[1]. It is free, as ever[2]."


def test_a_sentence_on_two_citations_has_a_marker_after_each_stretch(answer):
    assert shown_markers(supported(answer, ("It is free", 1), ("as ever", 2))) == "Thirty days. It is free[1], as ever[2]."


def test_neighbouring_stretches_of_one_citation_share_a_marker(answer):
    assert (
        shown_markers(supported(answer, ("It is", 1), ("free", 1), ("as ever", 2))) == "Thirty days. It is free[1], as ever[2]."
    )


def test_unsupported_words_are_not_covered_by_the_marker_before_them(answer):
    partly = supported(answer, ("It is free", 1), ("as ever", None))
    assert shown_markers(partly) == "Thirty days. It is free[1], as ever."
    assert '<span class="unsupported" title="No passage supports these words">ever</span>' in render.answer_text(partly, 0)


def test_chinese_markers_stand_before_the_full_stop(answer):
    chinese = replace(answer, text="三十天内可退。退款五天到账。")
    assert shown_markers(supported(chinese, ("三十天内可退", 1), ("退款五天到账", 2))) == "三十天内可退[1]。退款五天到账[2]。"


def test_a_stretch_over_two_sentences_marks_both(answer):
    assert shown_markers(supported(answer, (answer.text, 3))) == "Thirty days[3]. It is free, as ever[3]."


def test_a_marker_links_to_its_card():
    cited = Citation(1, "a.md", "A & B", (), None, 0, 4, "Yes.", 0.5, ())
    answer = Answer("q", "q", "Yes.", "answered", 0.9, (cited,), (Support(0, 4, 1, 1.0),))
    html = render.answer_text(answer, 7)
    assert '<a class="marker" href="#cite-7-1"' in html
    assert 'title="Source 1: A &amp; B"' in html
    assert 'id="cite-7-1"' in render.evidence_block(Exchange("q", running=False, answer=answer), 7, True)


@pytest.mark.parametrize(("weight", "level"), [(0.0, 1), (0.19, 1), (0.2, 2), (0.59, 3), (0.6, 4), (0.8, 5), (1.0, 5)])
def test_highlights_have_five_grades(weight, level):
    assert render.marked("abc", [Span(1, 2, weight)]) == f'a<mark class="level-{level}" title="weight {weight:.2f}">b</mark>c'


@pytest.mark.parametrize(("confidence", "word"), [(0.9, "likely right"), (0.45, "check the source"), (0.1, "unsure")])
def test_confidence_is_said_in_words(confidence, word):
    assert render.confidence_word(confidence) == word


def test_hostile_text_stays_text_everywhere():
    cited = Citation(1, HOSTILE, HOSTILE, (HOSTILE,), 3, 0, len(HOSTILE), HOSTILE, 0.5, (Span(0, 9, 0.7), Span(12, 60, 0.2)))
    support = (Support(0, 10, 1, 0.9), Support(10, len(HOSTILE), None, 0.0))
    files = [FileReport(HOSTILE, state, HOSTILE, 1, 1, 9, "empty", HOSTILE) for state in ("ready", "pending", "quarantined")]
    exchanges = [
        Exchange(HOSTILE, running=False, answer=Answer(HOSTILE, HOSTILE, HOSTILE, status, 0.5, (cited,), support, (cited,)))
        for status in ("answered", "quoted", "refused")
    ]
    exchanges += [Exchange(HOSTILE, draft=HOSTILE), Exchange(HOSTILE, running=False, problem=HOSTILE)]
    made = [
        *render.conversation(exchanges, (), ()),
        *render.evidence(exchanges),
        render.welcome(files, [HOSTILE]),
        documents.reader(Document(HOSTILE, HOSTILE, HOSTILE * 200, ()), 5000, (5000, 5040), (Span(1, 9, 0.5),)),
        documents.file_list(files),
        documents.file_list(files, HOSTILE + "none"),
        documents.report(IngestReport(0, 0, 0, 0, tuple(files), 0.1)),
        documents.deleted(HOSTILE),
    ]
    for html in made:
        page = Page(html)
        assert not {"img", "script"} & set(page.tags)
        assert not [name for name, value in page.attributes if name.startswith("on")]
        assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    assert all(HOSTILE in Page(html).text for html in [*made[:2], made[5], *made[-3:-2]] if html)


def test_the_text_of_an_answer_is_unchanged_between_its_markers():
    text = "a < b & c 😀 “q” שלום 退货。\n`x` | # y"
    answer = Answer("q", "q", text, "answered", 0.5, (), (Support(0, 7, None, 0.0), Support(8, len(text), None, 0.0)))
    assert Page(render.answer_text(answer, 0)).text == text


def test_the_evidence_of_earlier_answers_stays_and_the_last_is_shown(assistant):
    session = Session()
    for question in ("How long?", "off topic"):
        list(session.ask(assistant, question))
    first, second = render.evidence(session.exchanges)
    assert 'class="evidence" id="evidence-0"' in first
    assert 'class="evidence current" id="evidence-1"' in second
    assert "Came close but was not used: 1 passage" in first
    assert "none of them answers the question" in second
    assert "near-1-2" in render.conversation(session.exchanges, (), ())[1]


def test_only_the_last_question_can_be_edited_and_asked_again(assistant):
    session = Session()
    for question in ("one", "two"):
        list(session.ask(assistant, question))
    first, second = render.conversation(session.exchanges, (), ())
    assert 'data-event="retry"' not in first
    assert 'data-event="edit"' not in first
    assert 'data-event="retry"' in second
    assert 'data-event="edit"' in second


def test_the_welcome_counts_what_is_ready_and_offers_questions(assistant):
    html = render.welcome(assistant.files(), assistant.examples())
    assert "I answer from 5 files with 63 passages" in html
    assert html.count('data-event="submit"') == 3
    assert "nothing to answer from yet" in render.welcome([], [])


def test_a_large_document_opens_around_the_passage():
    text = "x" * 50_000 + "HERE" + "y" * 50_000
    html = documents.reader(Document("big.txt", "Big", text, ()), 50_000, (50_000, 50_004), (Span(0, 2, 0.9),))
    assert len(html) < 12_000
    assert "Characters 46,000 to 54,000 of 100,004" in html
    assert '<span class="passage"><mark class="level-5" title="weight 0.90">HE</mark>RE</span>' in html


@pytest.mark.parametrize("at", [-5, 0, 3, 99_999])
def test_the_reader_takes_any_position(at):
    assert "abc" in Page(documents.reader(Document("a", "", "abc", ()), at, (90, 120), (Span(0, 2, 0.5),))).text


def test_the_file_list_filters_by_name_and_title_and_is_bounded():
    files = [FileReport(f"f{i}.md", "ready", "Returns" if i == 7 else "") for i in range(500)]
    assert documents.file_list(files).count("<tr>") == documents.LISTED + 1
    assert "The first 200 of 500 are listed" in documents.file_list(files)
    assert "f7.md" in documents.file_list(files, " RETURNS ")
    assert documents.file_list(files, "returns").count("<tr>") == 2


def test_a_session_takes_a_stream_and_passes_its_history(assistant):
    session = Session()
    list(session.ask(assistant, "How long?"))
    list(session.ask(assistant, "And for sale items?"))
    first = session.exchanges[0]
    assert first.answer is not None
    assert assistant.asked[1] == ("And for sale items?", [("How long?", first.answer.text)])
    assert not first.running
    assert first.draft == first.answer.text


def test_stopping_keeps_the_draft_and_closes_the_stream(assistant):
    assistant.delay = 0.01
    session = Session()
    for exchange in session.ask(assistant, "slow"):
        if exchange.draft:
            session.stop()
    assert assistant.abandoned.wait(2)
    assert exchange.draft.startswith("I keep writing.")
    assert exchange.answer is None
    assert not session.busy
    assert "stopped" in render.conversation(session.exchanges, (), ())[0]


def test_a_page_that_is_left_closes_the_stream(assistant):
    assistant.delay = 0.01
    running = Session().ask(assistant, "slow")
    while not next(running).draft:
        pass
    running.close()
    assert assistant.abandoned.wait(2)


def test_one_session_runs_one_answer_at_a_time(assistant):
    session = Session()
    first = session.ask(assistant, "How long?")
    next(first)
    assert list(session.ask(assistant, "another")) == []
    assert len(list(first)) > 0
    assert [exchange.question for exchange in session.exchanges] == ["How long?"]


def test_updates_are_bounded_however_fast_the_model_is(assistant):
    assistant.delay = 0.001
    started = time.monotonic()
    updates = len(list(Session().ask(assistant, "How long?")))
    assert updates <= 3 + (time.monotonic() - started) * 20


def test_an_error_of_ours_is_shown_and_an_unplanned_one_is_logged(assistant, caplog):
    session = Session()
    list(session.ask(assistant, "broken"))
    list(session.ask(assistant, "bug"))
    assert session.exchanges[0].problem == "the model <b>gave up</b>; ask again"
    assert "It was logged" in session.exchanges[1].problem
    assert "an error nobody planned" in caplog.text
    assert "&lt;b&gt;gave up" in render.conversation(session.exchanges, (), ())[0]


def test_clearing_forgets_and_stops(assistant):
    session = Session()
    running = session.ask(assistant, "slow")
    next(running)
    session.clear()
    list(running)
    assert session == Session(stopping=True)


def test_a_draft_is_never_shown_as_an_answer():
    exchange = Exchange("q")
    exchange.take(Delta("You have 30"))
    html = render.exchange_block(exchange, 0, True)
    assert "draft, checking…" in html
    assert 'aria-busy="true"' in html
    assert "badge" not in html
    exchange.take(Verified("You have 30"))
    exchange.take(Delta(" days. <b>"))
    html = render.exchange_block(exchange, 0, True)
    assert '<span class="verified">You have 30</span> days. &lt;b&gt;' in html


def test_what_the_model_wrote_besides_is_shown_apart_from_the_answer():
    answer = Answer("q", "q", "30 days.", "answered", 0.9, (), (), left_out="The <b>moon</b>.")
    html = render.exchange_block(Exchange("q", running=False, answer=answer), 0, True)
    assert '<details class="left-out">' in html
    assert "The &lt;b&gt;moon&lt;/b&gt;." in html
