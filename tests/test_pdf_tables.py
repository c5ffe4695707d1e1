"""Tables on PDF pages: between lines, between lines across only, and by their columns; and what is none."""

from itertools import pairwise

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.loading.builder import Builder
from rag.loading.grid import append_table, guessed_header
from rag.loading.pdf_rules import Rules, page_rules
from rag.loading.pdf_tables import continued, tables, tables_among
from rag.loading.pdf_words import Word, page_words
from tests.pdf_writer import BOLD, REGULAR, Page, lines, text, write

PRICES = [["Service", "Members", "Guests"], ["Print A4", "0.10", "0.15"], ["Scan", "free", "0.05"], ["Binding", "3.80", "4.90"]]
XS, TOP, STEP = (60, 220, 300, 380), 700, 20


def across(y, x0=XS[0], x1=XS[-1]):
    return f"{x0} {y} m {x1} {y} l S\n"


def down(x, y0, y1):
    return f"{x} {y0} m {x} {y1} l S\n"


def cells(rows, xs=XS, top=TOP, bold=()):
    """The texts of rows, each line of a cell 11 points below the one before."""
    return "".join(
        text(xs[column] + 4, top - n * STEP - 14 - 11 * k, line, 9, BOLD if n in bold else REGULAR)
        for n, row in enumerate(rows)
        for column, cell in enumerate(row)
        for k, line in enumerate(cell.split("\n"))
    )


def edges(rows, top=TOP):
    return [top - n * STEP for n in range(len(rows) + 1)]


def grid(rows, top=TOP):
    ys = edges(rows, top)
    return "".join(map(across, ys)) + "".join(down(x, ys[-1], ys[0]) for x in XS)


def found(tmp_path, *contents):
    """The tables of each page."""
    with pypdfium2.PdfDocument(write(tmp_path / "a.pdf", *map(Page, contents))) as document:
        return [tables(page, page_words(page)) for page in document]


def said(page_tables):
    builder = Builder()
    for table in page_tables:
        append_table(builder, table.rows, guessed_header)
    document = builder.document("a", "a")
    return [document.text[block.start : block.end] for block in document.blocks]


ROWS = [
    "Service: Print A4; Members: 0.10; Guests: 0.15",
    "Service: Scan; Members: free; Guests: 0.05",
    "Service: Binding; Members: 3.80; Guests: 4.90",
]
BOOK = across(TOP) + across(TOP - STEP) + across(TOP - 4 * STEP)


@pytest.mark.parametrize(
    "content",
    [
        cells(PRICES) + grid(PRICES),
        cells(PRICES) + BOOK,
        cells(PRICES) + "".join(map(across, edges(PRICES))),
        cells(PRICES),
        cells(PRICES, bold={0}),
        # Each side of each cell a rectangle of its own, one point thick, in one path.
        cells(PRICES)
        + "".join(f"{XS[0]} {y} 320 1 re\n" for y in edges(PRICES))
        + "f\n"
        + "".join(f"{x} {TOP - 4 * STEP} 1 {4 * STEP} re f\n" for x in XS),
    ],
    ids=["grid", "book", "line below each row", "no lines", "bold header", "rectangles"],
)
def test_a_price_list_is_rows_with_the_names_of_its_columns(tmp_path, content):
    around = text(60, 760, "Prices of the copy shop", 14) + lines(60, 560, ["All prices include tax.", "Ask at the desk."])
    ((table,),) = found(tmp_path, around + content)
    assert said([table]) == ROWS


def test_a_cell_of_several_lines_is_one_cell(tmp_path):
    rows = [["Sign", "Meaning", "What to do"], ["red", "battery\nlow", "charge"], ["", "", ""], ["blue", "lock on", "hold"]]
    content = cells(rows) + "".join(across(y) for n, y in enumerate(edges(rows)) if n != 2)
    content += "".join(down(x, TOP - 80, TOP) for x in XS)
    ((table,),) = found(tmp_path, content)
    assert said([table])[0] == "Sign: red; Meaning: battery low; What to do: charge"


def test_lines_that_go_on_are_told_by_what_they_leave_empty(tmp_path):
    content = ""
    rows = [("Part", "Check"), ("Stopper", "cracks, and whether the"), ("", "chain holds it"), ("Handle", "moves freely")]
    for n, row in enumerate(rows):
        content += "".join(
            text(x, 700 - 14 * n, cell, 9, BOLD if n == 0 else REGULAR) for x, cell in zip((64, 200), row, strict=True) if cell
        )
    content += text(64, 700 - 14 * 4, "Seams", 9) + text(200, 700 - 14 * 4, "no drop appears", 9)
    ((table,),) = found(tmp_path, content)
    assert said([table])[0] == "Part: Stopper; Check: cracks, and whether the chain holds it"


def test_names_over_several_columns_are_said_with_each(tmp_path):
    rows = [["", "2024", ""], ["Article", "Sold", "Left"], ["Lamp", "12", "3"], ["Bag", "4", "9"]]
    ys = edges(rows)
    content = cells(rows) + "".join(map(across, ys)) + "".join(down(x, ys[-1], ys[0]) for x in (XS[0], XS[1], XS[3]))
    ((table,),) = found(tmp_path, content + down(XS[2], ys[-1], ys[1]))
    assert said([table]) == ["Article: Lamp; 2024 Sold: 12; 2024 Left: 3", "Article: Bag; 2024 Sold: 4; 2024 Left: 9"]


@pytest.mark.parametrize("repeated", [True, False])
def test_a_table_goes_on_on_the_next_page_with_its_names(tmp_path, repeated):
    more = [["Laminating", "1.50", "1.90"], ["Folding", "0.20", "0.30"]]
    second = [PRICES[0], *more] if repeated else more
    pages = found(tmp_path, cells(PRICES) + grid(PRICES), cells(second, top=780) + grid(second, 780))
    for before, after in pairwise(pages):
        whole = continued(before[-1], after[0], guessed_header(before[-1].rows))
        assert said([whole]) == [
            "Service: Laminating; Members: 1.50; Guests: 1.90",
            "Service: Folding; Members: 0.20; Guests: 0.30",
        ]


def test_a_table_of_other_columns_does_not_go_on(tmp_path):
    other = [["Day", "Hours"], ["Monday", "9 to 18"], ["Saturday", "9 to 12"]]
    before, after = found(tmp_path, cells(PRICES) + grid(PRICES), cells(other))
    assert continued(before[-1], after[0], 1) is None


PROSE = "The reading room is open to all members on weekdays and on the first Saturday of a month, bags have to stay outside"


def woven(columns):
    words = PROSE.split()
    return "".join(
        text(x, 700 - 13 * n, " ".join(words[(n * 5 + k * 3) % 12 :][:6]), 10) for n in range(20) for k, x in enumerate(columns)
    )


@pytest.mark.parametrize(
    "content",
    [
        woven([60]),
        woven([60, 320]),
        woven([40, 220, 400]),
        lines(60, 700, ["Larkfell Goods Ltd", "Canal Yard 4", "Kendal LA9 0ZX"])
        + lines(320, 700, ["Anna Weber", "Hauptweg 12", "20095 Hamburg"]),
        "".join(
            text(60, 700 - 14 * n, f"{n + 1}.") + text(90, 700 - 14 * n, f"Turn part {n + 4} to the left") for n in range(5)
        ),
        "".join(text(60, 700 - 14 * n, "Chapter of things " + ". " * 30) + text(500, 700 - 14 * n, f"{n}") for n in range(5)),
        across(760) + woven([60, 320]) + across(400),  # lines at head and foot of a page
        across(700, 50, 540)
        + across(660, 50, 540)
        + down(50, 660, 700)
        + down(540, 660, 700)
        + text(60, 680, "A frame around text"),
    ],
    ids=["prose", "two columns", "three columns", "addresses", "list", "contents", "head and foot", "frame"],
)
def test_what_is_no_table_is_not_taken_for_one(tmp_path, content):
    assert found(tmp_path, content) == [[]]


def test_a_drawing_of_many_lines_has_no_rules(tmp_path):
    content = "".join(f"{n % 500} {n % 700} m {n % 500 + 20} {n % 700} l S\n" for n in range(0, 30_000, 3))
    with pypdfium2.PdfDocument(write(tmp_path / "a.pdf", Page(content))) as document:
        assert page_rules(document[0]) == Rules()


WORDS = st.builds(
    lambda text, x, y, width: Word(text, x, y, x + width, y + 10, 10, False),
    st.text("ab1.-", min_size=1, max_size=5),
    st.integers(0, 500),
    st.integers(0, 80).map(lambda n: n * 5),
    st.integers(3, 120),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WORDS, max_size=60))
def test_tables_say_each_word_that_they_hold_once(words):
    for table in tables_among(words, Rules()):
        x0, y0, x1, y1 = table.box
        inside = [w.text for w in words if x0 <= (w.x0 + w.x1) / 2 <= x1 and y0 <= (w.y0 + w.y1) / 2 <= y1]
        letters = sorted("".join(cell.text for row in table.rows for cell in row).replace(" ", "").replace("-", ""))
        assert letters == sorted("".join(inside).replace("-", ""))
        assert len({sum(cell.width for cell in row) for row in table.rows}) == 1
