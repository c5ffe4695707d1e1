"""The page without a browser: what the render functions make of values, and how a session takes a stream."""

import json
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering import citations
from rag.answering.ask_back import behind
from rag.apps.access import Person, Visit
from rag.apps.page import OneBase, blocks, documents, evidence, render, viewer
from rag.apps.page.chat import ChatPage
from rag.apps.page.markup import TAGS, Decoration, Layer, element, escaped
from rag.apps.page.session import Exchange, Session
from rag.config import load_settings
from rag.errors import NotFoundError
from rag.index.ingestion import IngestReport
from rag.languages import en as texts
from rag.types import ANSWERS, Answer, Block, Citation, Delta, Document, FileReport, Mark, Span, Status, Support, Verified
from tests.scripted import HOSTILE, ScriptedAssistant
from tests.serving import PROXY, call, handlers, server


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


def test_markers_of_a_list_from_one_citation_stand_at_its_end(answer):
    text = "Do this:\n1. Press it.\n2. Wait.\n3. Open it."
    starts = [0, *(n + 1 for n, character in enumerate(text) if character == "\n"), len(text) + 1]
    kinds = ("paragraph", "item", "item", "item")
    listed = tuple(Block(a, b - 1, kind) for a, b, kind in zip(starts, starts[1:], kinds, strict=False))
    one = replace(answer, text=text, blocks=listed, support=(Support(0, len(text), 1, 1.0),))
    assert shown_markers(one) == "Do this[1]:\n1. Press it.\n2. Wait.\n3. Open it[1]."
    two = replace(one, support=(Support(0, starts[2], 1, 1.0), Support(starts[2], len(text), 2, 1.0)))
    assert shown_markers(two) == "Do this[1]:\n1. Press it[1].\n2. Wait.\n3. Open it[2]."


def test_chinese_markers_stand_before_the_full_stop(answer):
    chinese = replace(answer, text="三十天内可退。退款五天到账。")
    assert shown_markers(supported(chinese, ("三十天内可退", 1), ("退款五天到账", 2))) == "三十天内可退[1]。退款五天到账[2]。"


def test_a_stretch_over_two_sentences_marks_both(answer):
    assert shown_markers(supported(answer, (answer.text, 3))) == "Thirty days[3]. It is free, as ever[3]."


@pytest.mark.parametrize("kind", ["ocr", "strong"])
def test_a_card_says_that_its_passage_was_read_by_ocr(kind):
    cited = Citation(1, "prices.jpg", "Prices", (), None, 0, 4, "0.50", 0.5, (), marks=(Mark(0, 4, kind),))
    answer = Answer("q", "q", "0.50", "quoted", 0.5, (cited,), ())
    card = evidence.evidence_block(Exchange("q", running=False, answer=answer), 0, True)
    assert (">read by OCR</span>" in card) == (kind == "ocr")


def test_a_marker_links_to_its_card():
    cited = Citation(1, "a.md", "A & B", (), None, 0, 4, "Yes.", 0.5, ())
    answer = Answer("q", "q", "Yes.", "answered", 0.9, (cited,), (Support(0, 4, 1, 1.0),))
    html = render.answer_text(answer, 7)
    assert '<a class="marker" href="#cite-7-1"' in html
    assert 'title="Source 1: A &amp; B"' in html
    assert 'id="cite-7-1"' in evidence.evidence_block(Exchange("q", running=False, answer=answer), 7, True)


@pytest.mark.parametrize(("weight", "level"), [(0.0, 1), (0.19, 1), (0.2, 2), (0.59, 3), (0.6, 4), (0.8, 5), (1.0, 5)])
def test_highlights_have_five_grades(weight, level):
    html = blocks.render("abc", layers=[evidence.highlights([Span(1, 2, weight)])])
    assert f'a<mark class="level-{level}" title="weight {weight:.2f}">b</mark>c' in html


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
        *evidence.evidence(exchanges),
        render.welcome(files, [HOSTILE]),
        viewer.document_viewer(Document(HOSTILE, HOSTILE, HOSTILE * 200, ()), 5000, (5000, 5040), (Span(1, 9, 0.5),)),
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
        assert not [value for _, value in page.attributes if value and value.startswith("javascript:")]
    assert all(HOSTILE in Page(html).text for html in [*made[:2], made[5], *made[-3:-2]] if html)


def test_the_text_of_an_answer_is_unchanged_between_its_markers():
    text = "a < b & c 😀 “q” שלום 退货。\n`x` | # y"
    answer = Answer("q", "q", text, "answered", 0.5, (), (Support(0, 7, None, 0.0), Support(8, len(text), None, 0.0)))
    assert Page(render.answer_text(answer, 0)).text == text


ROW = ("Country", "Price")


def table(*rows, caption=""):
    """Rows `Country: value; Price: value` as text and blocks."""
    text, made = "", []
    for cells in rows:
        text += "\n" if text else ""
        start, spans = len(text), []
        for n, cell in enumerate(cells):
            text += f"{'; ' if n else ''}{ROW[n]}: "
            spans.append((len(text), len(text) + len(cell)))
            text += cell
        made.append(Block(start, len(text), "row", columns=ROW, cells=tuple(spans), caption=caption))
    return text, made


def test_blocks_of_rows_with_the_same_columns_are_one_table():
    text, rows = table(("Austria", "4 <EUR>"), ("Germany", ""), caption="What & how much")
    html = blocks.render(text, rows)
    assert html.count("<table>") == 1
    assert '<caption dir="auto">What &amp; how much</caption>' in html
    assert '<th scope="col" dir="auto">Country</th><th scope="col" dir="auto">Price</th>' in html
    assert '<td data-label="Price" dir="auto">4 &lt;EUR&gt;</td>' in html
    assert '<td data-label="Price" dir="auto"></td>' in html
    assert Page(html).text == "What & how muchCountryPriceAustria4 <EUR>Germany"


def test_blocks_of_rows_with_other_columns_are_another_table():
    text, (first, second) = table(("Austria", "4 EUR"), ("Germany", "3 EUR"))
    assert blocks.render(text, [first, replace(second, columns=("Land", "Price"))]).count("<table>") == 2
    assert blocks.render(text, [first, replace(second, caption="Others")]).count("<table>") == 2


def test_blocks_of_a_table_without_names_have_no_head():
    text, rows = table(("Austria", "4 EUR"))
    html = blocks.render(text, [replace(rows[0], columns=("", ""))])
    assert "<thead>" not in html
    assert "data-label" not in html


def test_blocks_of_a_row_with_more_cells_than_columns_keep_all_cells():
    text, rows = table(("Austria", "4 EUR"))
    html = blocks.render(text, [replace(rows[0], columns=("Country",))])
    assert '<thead><tr><th scope="col" dir="auto">Country</th><td></td></tr></thead>' in html
    assert "4 EUR" in html


def test_blocks_of_a_wide_table_can_be_scrolled_by_keyboard():
    text = "a b c d"
    row = Block(0, 7, "row", columns=("A", "B", "C", "D"), cells=((0, 1), (2, 3), (4, 5), (6, 7)))
    assert '<div class="table wide" tabindex="0" role="group" aria-label="Table">' in blocks.render(text, [row])


def test_blocks_with_far_too_many_columns_are_shown_as_text():
    row = Block(0, 4, "row", columns=("",) * 10_000, cells=((0, 2),))
    assert blocks.render("a; b", [row]) == '<p dir="auto">a; b</p>'


def test_blocks_of_items_are_nested_lists_that_keep_their_numbers():
    text = "3. one\n- in\n- it\n4) two\n* other"
    spans = [(0, 6, 0, "3."), (7, 11, 1, "-"), (12, 16, 1, "-"), (17, 23, 0, "4)"), (24, 31, 0, "*")]
    html = blocks.render(text, [Block(a, b, "item", level, marker) for a, b, level, marker in spans])
    page = Page(html)
    assert page.tags == "ol li span div ul li span div li span div li span div ul li span div".split()
    assert '<span class="bullet">3. </span><div dir="auto">one<ul role="list">' in html
    assert '<span class="bullet plain" aria-hidden="true">- </span>' in html
    assert page.text == "".join(text.split("\n"))


def test_blocks_of_items_whose_outer_item_is_missing_are_lists_still():
    blocks_ = [Block(0, 3, "item", 900, "-"), Block(4, 7, "item", 2, "-"), Block(8, 11, "item", 0, "-")]
    assert Page(blocks.render("- a\n- b\n- c", blocks_)).text == "- a- b- c"


def test_blocks_of_headings_begin_at_the_given_level():
    made = [Block(0, 1, "heading", 2), Block(2, 3, "heading", 5), Block(4, 5, "heading", 2)]
    assert blocks.render("a\nb\nc", made, top=3) == '<h3 dir="auto">a</h3><h4 dir="auto">b</h4><h3 dir="auto">c</h3>'


def test_a_marker_stands_behind_code_and_not_in_it():
    code = "sync-tool --start"
    block = Block(0, len(code), "code")
    cited = Citation(1, "setup.md", "Setup", (), None, 0, len(code), code, 0.9, ())
    answer = Answer("q", "q", code, "quoted", 0.9, (cited,), (Support(0, len(code), 1, 1.0),), blocks=(block,))
    html = render.answer_text(answer, 0)
    assert "<pre><code>sync-tool --start</code></pre>" in html
    assert html.index("</pre>") < html.index('class="marker"')


def test_blocks_of_code_keep_their_lines_and_their_title():
    html = blocks.render("if a < b:\n    go()", [Block(0, 18, "code", caption="a.py")])
    assert '<figure><figcaption dir="auto">a.py</figcaption><pre><code>if a &lt; b:\n    go()</code></pre></figure>' in html


def test_blocks_that_are_missing_make_paragraphs():
    assert blocks.render("one\ntwo\n\n \n three\n") == '<p dir="auto">one\ntwo</p><p dir="auto">three</p>'


def test_blocks_show_text_that_none_of_them_holds():
    assert Page(blocks.render("left middle right", [Block(5, 11, "code")])).text == "leftmiddleright"


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "/relative",
        "#cite-0-1",
        "https:",
        "https://a b",
        "https://[bad",
        "https:\\\\evil.example",
        "mailto:",
        "https://a.example/" + "x" * 2000,
        "",
    ],
)
def test_blocks_link_to_no_other_kind_of_address(target):
    assert blocks.render("words", marks=[Mark(0, 5, "link", target)]) == '<p dir="auto">words</p>'


@pytest.mark.parametrize("target", ["https://a.example/?q=1&r=2#x", "HTTP://a.example", "mailto:a@b.example"])
def test_blocks_link_out_without_telling_where_from(target):
    html = blocks.render("words", marks=[Mark(0, 5, "link", target)])
    assert f'<a href="{escaped(target)}" target="_blank" rel="noopener noreferrer nofollow">words</a>' in html


def test_blocks_split_a_highlight_that_crosses_a_link_and_a_cell():
    text, rows = table(("Austria", "4 EUR"))
    marks = [Mark(9, 12, "link", "https://a.example"), Mark(11, 14, "strong")]
    html = blocks.render(text, rows, marks, layers=[Layer([Decoration(10, len(text) - 3, "mark")])])
    assert "A<mark>u</mark><strong><mark>s</mark></strong></a><strong><mark>tr</mark></strong><mark>ia</mark></td>" in html
    assert Page(html).text == "CountryPriceAustria4 EUR"
    assert html.endswith('<td data-label="Price" dir="auto"><mark>4 </mark>EUR</td></tr></tbody></table></div>')


def test_blocks_put_a_marker_behind_the_cell_it_follows_and_in_no_link():
    text, rows = table(("Austria", "4 EUR"), ("Germany", "3 EUR"))
    n = element("a", escaped("[1]"))
    link = [Mark(9, 16, "link", "https://a.example")]
    html = blocks.render(text, rows, link, inserts=[(12, n), (18, n), (rows[0].end, n), (rows[1].start + 2, n)])
    page = Page(html)
    assert page.text == "CountryPriceAus[1]tria[1]4 EUR[1][1]Germany3 EUR"
    assert "</a>[1]" not in html
    assert html.count('rel="noopener') == 2


def test_an_answer_span_within_a_highlight_is_marked_strongest():
    html = blocks.render("within 30 days of it", layers=[evidence.highlights([Span(0, 14, 0.5)], (7, 14))])
    assert '<mark class="level-3" title="weight 0.50">within </mark><mark class="answer"' in html


ANY = st.one_of(st.text(max_size=30), st.sampled_from([HOSTILE, "<b>", "\"'><script>", "a\n\n- b", "1. x"]))


@st.composite
def marked_up(draw, kinds):
    """A text with blocks and marks that may be anything, cells and spans out of bounds included."""
    text = "".join(draw(st.lists(ANY, max_size=6)))
    place = st.integers(-2, len(text) + 2)
    span = st.tuples(place, place).map(lambda pair: tuple(sorted(pair)))
    made = []
    for start, end in draw(st.lists(span, max_size=6)):
        kind, columns = draw(st.sampled_from(kinds)), tuple(draw(st.lists(ANY, max_size=4)))
        cells = tuple(draw(st.lists(span, max_size=4)))
        marker = draw(st.sampled_from(["", "-", "1.", text[max(start, 0) : start + 2]]))
        made.append(Block(max(start, 0), max(end, 0), kind, draw(st.integers(0, 8)), marker, columns, cells, draw(ANY)))
    address = st.one_of(ANY, st.sampled_from(['https://a.example/?a="><script>', "javascript:alert(1)", "mailto:a@b"]))
    kind = st.sampled_from(["strong", "emphasis", "code", "link"])
    marks = [Mark(*draw(span), draw(kind), draw(address)) for _ in range(draw(st.integers(0, 5)))]
    layer = Layer(Decoration(*draw(span), "mark", (("title", draw(ANY)),)) for _ in range(draw(st.integers(0, 4))))
    inserts = sorted((draw(place), element("span", escaped("[1]"))) for _ in range(draw(st.integers(0, 3))))
    return text, made, marks, layer, inserts, draw(span)


@given(marked_up(["heading", "paragraph", "item", "row", "code"]))
def test_blocks_never_make_another_tag_or_address(case):
    text, made, marks, layer, inserts, frame = case
    page = Page(blocks.render(text, made, marks, layers=[layer], inserts=inserts, frame=frame))
    assert set(page.tags) <= TAGS
    names = {name for name, _ in page.attributes}
    assert names <= set("href target rel class title dir role tabindex scope aria-label aria-hidden data-label".split())
    assert all(value.lower().startswith(("http:", "https:", "mailto:")) for name, value in page.attributes if name == "href")


@given(marked_up(["heading", "paragraph", "item", "code"]))
def test_blocks_show_every_character_once_and_in_order(case):
    text, made, marks, layer, _, frame = case
    bare = [replace(block, caption="") for block in made]
    page = Page(blocks.render(text, bare, marks, layers=[layer], frame=frame))
    assert "".join(page.text.split()) == "".join(text.split())


@pytest.mark.parametrize("status", get_args(Status))
def test_an_answer_of_any_status_has_a_badge(status):
    html = render.exchange_block(Exchange("q", running=False, answer=Answer("q", "q", "Hello.", status, 0.9, (), ())), 0, True)
    assert f">{texts.STATUS[status]}</span>" in html
    assert ("likely right" in html) is (status in ANSWERS)


def check_choices(choices, answer):
    exchange = Exchange("q", running=False, answer=behind(answer, choices))
    page = Page(render.exchange_block(exchange, 0, True))
    data = [value for name, value in page.attributes if name == "data-question"]
    assert data == list(choices)
    assert all(choice in page.text for choice in choices)
    assert set(page.tags) <= {tag for tag in Page(render.exchange_block(replace(exchange, answer=answer), 0, True)).tags} | {
        *("ul", "li", "bdi", "p", "button", "br"),
    }
    assert "choices" not in dict(Page(render.exchange_block(exchange, 0, False)).attributes).values()  # only of the last


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=2, max_size=4))
def test_choices_are_buttons_that_say_what_they_ask(choices):
    check_choices(choices, Answer("q", "q", "Thirty days.", "quoted", 0.8, (), ()))


@pytest.mark.shared
def test_naughty_strings_are_only_text_as_choices(shared_data, answer):
    strings = json.loads((shared_data / "sec-blns" / "blns.json").read_text("utf-8"))
    for naughty in filter(str.strip, strings):
        html = render.exchange_block(Exchange("q", running=False, answer=behind(answer, [naughty, "b"])), 0, True)
        assert [value for name, value in Page(html).attributes if name == "data-question"][:1] == [naughty]


def test_an_answer_is_said_once_and_its_changes_of_state_too():
    exchange = Exchange("q")
    said = []

    def note():
        said.append(dict(Page(render.exchange_block(exchange, 0, True)).attributes)["data-say"])

    note()
    for event in (Delta("Thirty "), Delta("days."), Verified("Thirty days.")):
        exchange.take(event)
        note()
    exchange.take(Answer("q", "q", "Thirty <days>.", "answered", 0.9, (), ()))
    exchange.running = False
    note()
    assert list(dict.fromkeys(said)) == ["searching…", "draft, checking…", "answered: Thirty <days>."]


def test_a_choice_of_base_is_shown_where_there_is_more_than_one():
    assert render.base_choice(["shop"], "shop") == ""
    html = render.base_choice(["shop", HOSTILE], "shop")
    assert '<option value="shop" selected>shop</option>' in html
    assert HOSTILE in Page(html).text


def test_a_session_that_changes_its_base_begins_anew(assistant):
    session = Session("shop")
    list(session.ask(assistant, "How long?"))
    session.switch("handbook")
    assert session.base == "handbook"
    assert session.history() == []


def test_the_evidence_of_earlier_answers_stays_and_the_last_is_shown(assistant):
    session = Session()
    for question in ("How long?", "off topic"):
        list(session.ask(assistant, question))
    first, second = evidence.evidence(session.exchanges)
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
    assert "I answer from 6 files with 64 passages" in html
    assert html.count('data-event="submit"') == 3
    assert "nothing to answer from yet" in render.welcome([], [])


def test_a_large_document_opens_around_the_passage():
    text = "x" * 50_000 + "HERE" + "y" * 50_000
    html = viewer.document_viewer(Document("big.txt", "Big", text, ()), 50_000, (50_000, 50_004), (Span(0, 2, 0.9),))
    assert len(html) < 12_000
    assert "Characters 46,000 to 54,000 of 100,004" in html
    assert '<span class="passage"><mark class="level-5" title="weight 0.90">HE</mark>RE</span>' in html


def test_the_viewer_frames_whole_blocks_and_parts_of_them(assistant):
    document = assistant.document("shop/delivery.html")
    start, end = document.text.index("Prices are"), document.text.index("3. Send") - 1
    html = viewer.document_viewer(document, start, (start, end), [Span(0, 6, 0.9)])
    assert '<span class="passage"><mark class="level-5" title="weight 0.90">Prices</mark> are ' in html
    assert html.count('<tr class="passage">') == 3
    assert '<h4 class="passage" dir="auto">Prices and times</h4>' in html
    assert '<div class="passage" dir="auto">whom you asked' in html
    assert '<div dir="auto">Send it' in html


def test_the_viewer_cuts_no_row_at_its_edges():
    text, rows = table(*[("Austria", f"{n:04} EUR") for n in range(800)])
    edge = rows[400].start + 12  # in the first cell of a row
    html = viewer.document_viewer(Document("a", "", text, (), tuple(rows)), edge + viewer.AROUND)
    assert f"Characters {rows[400].start:,} to" in html
    assert '<td data-label="Country" dir="auto">Austria</td><td data-label="Price" dir="auto">0400 EUR</td>' in html
    assert "0399" not in html


@pytest.mark.parametrize("at", [-5, 0, 3, 99_999])
def test_the_reader_takes_any_position(at):
    assert "abc" in Page(viewer.document_viewer(Document("a", "", "abc", ()), at, (90, 120), (Span(0, 2, 0.5),))).text


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
    assert first.draft == first.verified == first.answer.text


def asked_in_a_tab(visit):
    """The steps of a question that is asked on the chat page."""
    page = object.__new__(ChatPage)  # without the components of a browser
    page.box, page.conversation, page.evidence, page.person = "box", "conversation", "evidence", "person"
    return page._answer(Session(base="default"), visit, "How long?", replace=False)


def test_a_tab_that_is_closed_before_its_question_begins_blocks_nobody(assistant):
    visit = Visit(Person(), OneBase(assistant))
    steps = asked_in_a_tab(visit)
    next(steps)
    assert visit.turns.depth() == (0, 1)
    steps.close()
    assert visit.turns.depth() == (0, 0)


def test_a_base_that_is_gone_meanwhile_blocks_nobody(assistant):
    class Gone(OneBase):
        def open(self, name, audience=None):
            raise NotFoundError(name)

    visit = Visit(Person(), Gone(assistant))
    with pytest.raises(NotFoundError):
        next(asked_in_a_tab(visit))
    assert visit.turns.depth() == (0, 0)


def test_an_answer_comes_and_another_can_be_asked_where_the_base_is_gone_meanwhile(assistant):
    once = iter([assistant])

    class Going(OneBase):
        def open(self, name, audience=None):
            if (found := next(once, None)) is None:
                raise NotFoundError(name)
            return found

    *_, last = asked_in_a_tab(Visit(Person(), Going(assistant)))
    assert last["box"]["submit_btn"]
    assert last["box"]["stop_btn"] is False
    assert 'aria-busy="false"' in last["conversation"][-1]


def test_stopping_keeps_the_draft_and_closes_the_stream(assistant):
    assistant.delay = 0.01
    session = Session()
    for exchange in session.ask(assistant, "slow"):
        if exchange.draft:
            session.stop()
    assert assistant.abandoned.wait(2)
    assert exchange.draft.startswith("I keep")
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
    assert '<span class="verified">You have 30</span>' in html
    assert "days" not in html  # it may be what a document has the model say


def test_what_the_model_wrote_besides_is_shown_apart_from_the_answer():
    answer = Answer("q", "q", "30 days.", "answered", 0.9, (), (), left_out="The <b>moon</b>.")
    html = render.exchange_block(Exchange("q", running=False, answer=answer), 0, True)
    assert '<details class="left-out">' in html
    assert "The &lt;b&gt;moon&lt;/b&gt;." in html


def test_what_the_list_is_filtered_by_holds_for_whatever_draws_it_next(tmp_path: Path) -> None:
    with server(tmp_path, **PROXY) as served:
        editor, number = served.person("editor"), handlers(served.app)
        assert "scan.pdf" in str(call(editor, number["KnowledgePage.show"], [None])[-1]["output"])
        call(editor, number["KnowledgePage.rows"], ["returns", None])
        drawn = str(call(editor, number["KnowledgePage.show"], [None])[-1]["output"])
        assert "shop/returns.md" in drawn
        assert "scan.pdf" not in drawn
