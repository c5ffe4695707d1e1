"""PDFs read as a person reads the page: columns, paragraphs, headings, running lines, forms, links, turned pages."""

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.chunking import split
from rag.loading.pdf_hyphens import Dictionary
from rag.loading.pdf_lines import Line
from rag.loading.pdf_paragraphs import paragraphs
from tests.pdf_writer import BOLD, Page, lines, marked, text, write
from tests.test_loading import assert_covered, failure, read

PROSE = (
    "The reading room is open to all members on weekdays and on the first Saturday of a month. Bags and coats have to be left "
    "in a locker, which costs a coin of one euro that you get back when you leave the house in the evening."
).split()
OTHER = (
    "Printing costs twelve cents a page in black and forty cents in colour, and the printer takes cards only. Scanning is free "
    "of charge for everybody who has a card, and for guests who ask at the desk before they begin to scan."
).split()


def wrap(words, width):
    """Words in lines of at most `width` characters."""
    found = [""]
    for word in words:
        if len(found[-1]) + len(word) >= width:
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    return found


def load(tmp_path, *pages, **extras):
    (document,) = read(write(tmp_path / "a.pdf", *pages, **extras))
    assert_covered(document)
    return document


def blocks(document):
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def texts(document):
    return [text for _, text in blocks(document)]


def woven(columns, y, size=11.0, step=14.0):
    """Columns as (x, lines), written row by row."""
    rows = max(len(column) for _, column in columns)
    return "".join(text(x, y - n * step, column[n], size) for n in range(rows) for x, column in columns if n < len(column))


def test_columns_written_row_by_row_are_read_one_after_the_other(tmp_path):
    page = text(60, 760, "Library guide", 18) + woven([(60, wrap(PROSE, 36)), (320, wrap(OTHER, 36))], 700)
    assert texts(load(tmp_path, Page(page))) == ["Library guide", " ".join(PROSE), " ".join(OTHER)]


def test_three_columns_are_read_from_left_to_right(tmp_path):
    page = woven([(40, wrap(PROSE, 26)), (225, wrap(OTHER, 26)), (410, wrap(PROSE, 26))], 700, 10, 12)
    assert texts(load(tmp_path, Page(page))) == [" ".join(PROSE), " ".join(OTHER), " ".join(PROSE)]


def test_a_heading_right_above_columns_and_a_line_below_are_not_in_them(tmp_path):
    heading = text(60, 714, "What the library of our town has for all who live there, and for their guests", 11, BOLD)
    left, right = wrap(PROSE, 36), wrap(OTHER, 36)
    below = text(
        60, 700 - 14 * max(len(left), len(right)), "Ask at the desk if you want to know more about any of this, or write to us."
    )
    found = texts(load(tmp_path, Page(heading + woven([(60, left), (320, right)], 700) + below)))
    assert found[0].startswith("What the library")
    assert found[1:3] == [" ".join(PROSE), " ".join(OTHER)]
    assert found[3].startswith("Ask at the desk")


def test_a_paragraph_goes_on_in_the_next_column(tmp_path):
    column = wrap([*PROSE, *OTHER], 36)
    half = len(column) // 2
    page = woven([(60, column[:half]), (320, column[half:])], 700)
    assert texts(load(tmp_path, Page(page))) == [" ".join([*PROSE, *OTHER])]


def test_a_sidebar_in_small_letters_is_read_on_its_own(tmp_path):
    sidebar = lines(
        60, 693, ["Opening hours:", "on weekdays from", "nine to six and", "on Saturdays till", "noon, all year."], 11, 9
    )
    found = texts(load(tmp_path, Page(lines(200, 700, wrap(PROSE, 60)) + sidebar)))
    assert " ".join(PROSE) in found
    assert not any("reading" in text and "Opening" in text for text in found)


def test_rows_of_a_table_and_labels_with_values_are_read_across(tmp_path):
    rows = [
        ("Mode of the lamp", "Light"),
        ("High for dark roads", "600 lumens"),
        ("Mid for the town", "300 lumens"),
        ("Low for the camp", "100 lumens"),
    ]
    page = woven([(60, [row[0] for row in rows]), (320, [row[1] for row in rows])], 700)
    assert texts(load(tmp_path, Page(page))) == [f"Mode of the lamp: {name}; Light: {light}" for name, light in rows[1:]]


@pytest.mark.parametrize(
    ("elsewhere", "before", "after", "expected"),
    [
        ("an example here", "for exam-", "ple this", "for example this"),
        ("self-adhesive tape", "the self-", "adhesive feet", "the self-adhesive feet"),
        ("a test and an example", "see exam-", "ples", "see exam-ples"),  # neither form is known
        ("well done, known for long", "a well-", "known brand", "a well-known brand"),
        ("", "the Anglo-", "Saxon king", "the Anglo-Saxon king"),
        ("", "pages 10-", "20 of it", "pages 10-20 of it"),
        ("", "soft\u00ad", "ware", "software"),
        ("und " * 5, "Vor-", "und Nachteile", "Vor- und Nachteile"),
        ("", "not", "broken", "not broken"),
    ],
)
def test_words_broken_by_a_hyphen_are_joined_as_the_document_writes_them(elsewhere, before, after, expected):
    beginning, joint = Dictionary.of([elsewhere, before, after]).joined(before, after)
    assert beginning + joint + after == expected


def test_unknown_words_are_joined_where_the_document_breaks_words():
    known = ["an example, a printer, a lamp", "exam-", "ple print-", "er la-", "mp radia-", "tors"]
    assert Dictionary.of(known).joined("radia-", "tors") == ("radia", "")
    assert Dictionary.of(known[-2:]).joined("radia-", "tors") == ("radia-", "")


FOOTER = "Shop Ltd, shipping terms"


def footed(content, n, of, size=9):
    return Page(content + text(60, 40, FOOTER, size) + text(480, 40, f"Page {n} of {of}", size))


@pytest.mark.parametrize("size", [9, 11])
def test_a_sentence_over_a_page_break_is_one_and_later_sentences_have_their_page(tmp_path, size):
    first = lines(
        60,
        700,
        [
            "Orders are packed the same day when they reach us before noon, and later ones on",
            "the next working day. For parcels that are lost we pay back the price, but not",
        ],
    )
    second = lines(
        60,
        700,
        ["later than 21 days after the day of dispatch. Damaged parcels have to be reported with", "photos within three days."],
    )
    document = load(tmp_path, footed(first, 1, 2, size), footed(second, 2, 2, size))
    footer, whole = texts(document)
    assert "we pay back the price, but not later than 21 days after" in whole
    assert whole.endswith("within three days.")
    assert footer == FOOTER
    starts = [(section.page, document.text[section.start : section.end].strip()[:15]) for section in document.sections]
    assert starts == [(1, FOOTER[:15]), (2, "Damaged parcels")]
    before, after = split(document, lambda text: [match.span() for match in re.finditer(r"\w+", text)], 200, 0)
    assert (before.page, after.page) == (1, 2)
    assert before.text.endswith("but not later than 21 days after the day of dispatch.")
    assert after.text == "Damaged parcels have to be reported with photos within three days."


def test_a_sentence_goes_on_over_columns_pages_and_footnotes(tmp_path):
    column = wrap((PROSE + OTHER) * 3, 36)
    part = len(column) // 4
    quarters = [column[:part], column[part : 2 * part], column[2 * part : 3 * part], column[3 * part :]]
    pages = [
        Page(
            woven([(60, quarters[2 * n]), (320, quarters[2 * n + 1])], 700)
            + text(60, 60, f"{n + 1} A note in small letters about {'this' * (n + 1)}", 8)
            + text(290, 30, str(n + 1), 9)
        )
        for n in range(2)
    ]
    assert " ".join((PROSE + OTHER) * 3) in texts(load(tmp_path, *pages))


def test_a_table_that_goes_on_at_the_same_place_is_no_running_line(tmp_path):
    pages = [Page(lines(60, 800, [f"Room {7 * n % 5} costs {n * n + 40} euro", "a night"])) for n in range(1, 5)]
    found = " ".join(texts(load(tmp_path, *pages)))
    assert all(f"costs {n * n + 40} euro" in found for n in range(1, 5))


def test_a_heading_that_says_a_part_of_the_header_stays(tmp_path):
    pages = [
        Page(text(60, 800, "Model of the lamp", 9) + text(60, 750, "Model", 9) + lines(60, 700, wrap(PROSE, 70)))
        for _ in range(2)
    ]
    pages[1] = Page(text(60, 800, "Model of the lamp", 9) + text(60, 750, "lamp", 9) + lines(60, 700, wrap(OTHER, 70)))
    assert texts(load(tmp_path, *pages)) == ["Model of the lamp", "Model", " ".join(PROSE), "lamp", " ".join(OTHER)]


def test_pages_with_roman_numbers_and_chapters_lose_them(tmp_path):
    pages = [
        Page(text(60, 800, "Manual of the lamp", 9) + lines(60, 700, wrap(PROSE, 70)) + text(300, 30, number, 9))
        for number in ("iii", "iv", "v", "vi")
    ]
    found = texts(load(tmp_path, *pages))
    assert found.count("Manual of the lamp") == 1
    assert not {"iii", "iv", "v", "vi"} & set(found)


def test_bold_lines_and_numbers_in_sequence_are_headings(tmp_path):
    body = wrap(PROSE, 70)
    page = (
        text(60, 780, "Terms of the shop", 18)
        + text(60, 740, "1 Orders", 14)
        + lines(60, 720, body)
        + text(60, 640, "1.1 Payment", 11, BOLD)
        + lines(60, 620, body)
        + text(60, 540, "1.2 Returns")
        + lines(60, 520, body)
        + text(60, 440, "2.5 litres of water are enough for it")
        + lines(60, 420, body)
    )
    document = load(tmp_path, Page(page))
    found = {document.text[block.start : block.end]: block.level for block in document.blocks if block.kind == "heading"}
    assert found == {"Terms of the shop": 1, "1 Orders": 2, "1.1 Payment": 3, "1.2 Returns": 3}


def test_a_plain_line_that_the_outline_names_is_a_heading(tmp_path):
    page = Page(text(60, 740, "Payment") + lines(60, 710, wrap(PROSE, 70)))
    assert blocks(load(tmp_path, page, outline=[("Payment", 0)]))[0] == ("heading", "Payment")
    assert blocks(load(tmp_path, page))[0] == ("paragraph", "Payment")


def test_the_headings_of_a_tagged_file_are_those_that_it_says(tmp_path):
    page = Page(
        marked("H1", 0, text(60, 740, "Payment"))
        + marked("P", 1, lines(60, 726, wrap(PROSE, 70)))
        + marked("H2", 2, text(60, 600, "By card"))
        + marked("P", 3, text(60, 586, "No heading in spite of its letters", 11, BOLD) + lines(60, 560, wrap(OTHER, 70))),
        "/StructParents 0",
    )
    document = load(tmp_path, page, tags=["H1", "P", "H2", "P"])
    found = {document.text[block.start : block.end]: block.level for block in document.blocks if block.kind == "heading"}
    assert found == {"Payment": 1, "By card": 2}
    assert document.sections[-1].headings == ("Payment", "By card")


def widget(kind, value, box, extra=""):
    rect = " ".join(map(str, box))
    return f"/Subtype /Widget /FT /{kind} /T (field{box[0]}{box[1]}) /V {value} /Rect [{rect}] /F 4 /DA (/F1 11 Tf 0 g) {extra}"


def test_values_of_a_form_stand_with_their_labels(tmp_path):
    page = Page(
        text(60, 700, "Model:")
        + text(60, 670, "Warranty end")
        + text(60, 640, "Colour")
        + text(60, 600, "First name")
        + text(300, 600, "Last name"),
        annotations=[
            widget("Tx", "(Mixer Forte 5)", (200, 696, 400, 712)),
            widget("Tx", "(2027-03-01)", (200, 666, 400, 682)),
            widget("Ch", "(Green)", (200, 636, 400, 652), "/Ff 131072 /Opt [(Red) (Green)]"),
            widget("Tx", "(Ada)", (60, 580, 200, 596)),
            widget("Tx", "(Lovelace)", (300, 580, 440, 596)),
            widget("Tx", "(secret)", (60, 500, 200, 516), "/F 2"),
            widget("Tx", "(12)", (60, 460, 200, 476), "/TU (Age)"),
        ],
    )
    assert texts(load(tmp_path, page, form=True)) == [
        "Model: Mixer Forte 5",
        "Warranty end: 2027-03-01",
        "Colour: Green",
        "First name: Ada Last name: Lovelace",
        "Age: 12",
    ]


def test_boxes_are_ticked_or_not(tmp_path):
    def box(value, y):
        states = "/AP << /N << /Yes << >> /Off << >> >> >>"
        return widget("Btn", f"/{value}", (60, y, 72, y + 12), f"/AS /{value} {states}")

    page = Page(text(80, 700, "Express delivery") + text(80, 670, "Gift wrap"), annotations=[box("Yes", 698), box("Off", 668)])
    assert texts(load(tmp_path, page, form=True)) == ["☒ Express delivery", "☐ Gift wrap"]


def test_links_are_marks_and_notes_are_left_out(tmp_path):
    uri = "/Subtype /Link /Rect [{}] /A << /S /URI /URI ({}) >>"
    note = "/Subtype /Text /Rect [10 10 30 30] /Contents (Only for us)"
    page = Page(
        text(60, 700, "Read the terms of return before you order."),
        annotations=[
            uri.format("80 695 160 712", "https://example.org/terms"),
            uri.format("60 695 75 712", "javascript:x"),
            note,
        ],
    )
    document = load(tmp_path, page)
    assert [(document.text[mark.start : mark.end], mark.target) for mark in document.marks] == [
        ("the terms of", "https://example.org/terms")
    ]
    assert texts(document) == ["Read the terms of return before you order."]


@pytest.mark.parametrize(
    ("turn", "matrix", "place"),
    [
        (90, "0 1 -1 0", lambda x, y: (y, x)),
        (180, "-1 0 0 -1", lambda x, y: (595 - x, y)),
        (270, "0 -1 1 0", lambda x, y: (595 - y, 842 - x)),
    ],
)
@pytest.mark.parametrize("entry", [True, False])
def test_turned_pages_and_turned_text_are_read_upright(tmp_path, turn, matrix, place, entry):
    page = "".join(text(*place(100, 100 + 14 * n), line, matrix=matrix) for n, line in enumerate(wrap(PROSE, 60)))
    assert texts(load(tmp_path, Page(page, f"/Rotate {turn}" if entry else ""))) == [" ".join(PROSE)]


def test_text_up_the_margin_and_a_watermark_do_not_break_lines(tmp_path):
    margin = text(30, 400, "Printed in Kendal", 9, matrix="0 1 -1 0")
    draft = text(100, 500, "DRAFT", 40, matrix="0.7 0.7 -0.7 0.7")
    found = texts(load(tmp_path, Page(margin + draft + lines(60, 700, wrap(PROSE, 70)))))
    assert found[0] == " ".join(PROSE)
    assert {"Printed in Kendal", "DRAFT"} == set(found[1:])


def test_items_with_hanging_lines_are_whole_and_nested(tmp_path):
    page = (
        text(60, 700, "\u2022")
        + text(75, 700, "Close the lid of the kettle before you light the fire, and")
        + text(75, 686, "Never open it while it boils.")
        + text(90, 672, "\u2022")
        + text(105, 672, "Use the chain")
        + text(60, 658, "\u2022")
        + text(75, 658, "Wait")
    )
    document = load(tmp_path, Page(page))
    assert [(block.kind, block.level, document.text[block.start : block.end]) for block in document.blocks] == [
        ("item", 0, "- Close the lid of the kettle before you light the fire, and Never open it while it boils."),
        ("item", 1, "- Use the chain"),
        ("item", 0, "- Wait"),
    ]


@pytest.mark.parametrize(
    ("said", "markers"),
    [
        (["步骤：", "1、打开设置", "2、点击账户"], [False, True, True]),
        (["1.打开设置", "2.点击账户"], [True, True]),
        (["3.5元一件"], [False]),
        (["1、打开设置"], [False]),
        (["步骤：", "2、打开设置", "2、点击账户"], [False]),
    ],
)
def test_items_typed_as_in_east_asia_are_told_by_their_sequence(said, markers):
    page = [Line(((text, ""),), 60, 100 + 40 * n, 200, 110 + 40 * n, 10, False, 10) for n, text in enumerate(said)]
    assert [found.marker for found in paragraphs(1, page, 10)] == markers


def test_paragraphs_are_told_by_indent_by_spacing_and_by_short_lines(tmp_path):
    first, second = wrap(PROSE, 70), wrap(OTHER, 70)
    indented = text(75, 700, first[0]) + lines(60, 686, first[1:])
    y = 700 - 14 * len(first)
    indented += text(75, y, second[0]) + lines(60, y - 14, second[1:])
    spaced = lines(60, 500, first) + lines(60, 500 - 14 * len(first) - 8, second)
    address = lines(60, 300, ["Larkfell Goods", "Unit 4, Canal Yard", "Kendal LA9 0ZX"])
    found = texts(load(tmp_path, Page(indented + spaced + address)))
    assert found == [*[" ".join(PROSE), " ".join(OTHER)] * 2, "Larkfell Goods", "Unit 4, Canal Yard", "Kendal LA9 0ZX"]


def test_what_stands_outside_the_page_is_not_read(tmp_path):
    assert texts(load(tmp_path, Page(text(60, 700, "Seen by all") + text(60, 900, "Seen by none")))) == ["Seen by all"]
    assert failure(write(tmp_path / "b.pdf", Page(text(700, 700, "Seen by none")))).reason == "no text"


def test_pages_full_of_scattered_words_are_read_in_time(tmp_path):
    scattered = "".join(text(n * 37 % 560, n * 101 % 800, f"w{n}", 5) for n in range(20_000))
    row = "".join(text(n * 0.02, 400, f"w{n}", 1) for n in range(20_000))
    started = time.monotonic()
    load(tmp_path, Page(scattered), Page(row))
    assert time.monotonic() - started < 20


# Letters drawn twice at one place are one to PDFium, as bold by printing twice is read once: each word has a cell of its own.
CELLS = st.tuples(st.integers(0, 5), st.integers(0, 25))
SETS = st.tuples(st.integers(0, 18), st.integers(4, 14), st.sampled_from(["1 0 0 1", "1 0 0 1", "0 1 -1 0"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(CELLS, SETS, min_size=1, max_size=40))
def test_no_word_is_lost_wherever_it_stands(tmp_path, places):
    words = [
        text(20 + 95 * column, 20 + 30 * row + up, f"word{n}x", size, matrix=matrix)
        for n, ((column, row), (up, size, matrix)) in enumerate(places.items())
    ]
    found = load(tmp_path, Page("".join(words))).text
    assert [n for n in range(len(places)) if f"word{n}x" not in found] == []
