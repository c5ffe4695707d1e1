"""What blocks and marks each format gives: headings, paragraphs, items, rows and code, over a text without markup."""

import time
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from pptx.util import Inches

from rag.errors import LoadError
from rag.loading import SUFFIXES, discover, load
from rag.loading.builder import Builder
from rag.loading.grid import Cell, append_table, guessed_header, header_beside_labels, marked_header
from rag.loading.mdx import without_components
from rag.loading.pieces import flatten, is_target, plain, soft_break
from rag.loading.text import append_text
from rag.types import Document
from tests.conftest import ROOT
from tests.test_loading import DATA, assert_covered, read, read_text


def blocks(document: Document) -> list[tuple[str, str]]:
    """Kind (with a heading's or item's level) and text of each block."""
    leveled = {"heading", "item"}
    return [
        (f"{block.kind}{block.level}" if block.kind in leveled else block.kind, document.text[block.start : block.end])
        for block in document.blocks
    ]


def marks(document: Document) -> list[tuple[str, ...]]:
    return [
        (mark.kind, document.text[mark.start : mark.end], *([mark.target] if mark.target else [])) for mark in document.marks
    ]


def rows(document: Document) -> list[dict[str, str]]:
    """The cells of each row by their column's name; those without a name by their number."""
    return [
        {
            name or str(n): document.text[start:end]
            for n, (name, (start, end)) in enumerate(zip(block.columns, block.cells, strict=True))
        }
        for block in document.blocks
        if block.kind == "row"
    ]


def paths(document: Document) -> dict[str, tuple[str, ...]]:
    """The headings that each paragraph and item stands below, by its text."""
    return {
        document.text[block.start : block.end]: next(s.headings for s in document.sections if block.start < s.end)
        for block in document.blocks
        if block.kind in {"paragraph", "item"}
    }


def read_markdown(folder: Path, text: str, suffix: str = "md") -> Document:
    return read_text(folder, f"a.{suffix}", text)


# --- Markdown ---


def test_markdown_is_text_without_markup(tmp_path):
    document = read_markdown(
        tmp_path,
        "# A *b* {#a-b}\n\nSoft\nwrapped **bold _both_** ~~gone **too**~~ and  \n"
        "hard `x*y`\\\nbreak\\* &amp; &copy;.\n\n---\n> quoted\n> on",
    )
    assert blocks(document) == [
        ("heading1", "A b"),
        ("paragraph", "Soft wrapped bold both and\nhard x*y\nbreak* & ©."),
        ("paragraph", "quoted on"),
    ]
    assert marks(document) == [("emphasis", "b"), ("strong", "bold both"), ("emphasis", "both"), ("code", "x*y")]


def test_markdown_lines_in_chinese_join_without_a_blank(tmp_path):
    assert read_markdown(tmp_path, "收货后可以\n退货 30\n天").text == "收货后可以退货 30 天"
    assert [soft_break(*pair) for pair in ("退货", "a货", "あ。", "가나", ("", "a"))] == ["", " ", "", " ", " "]


@pytest.mark.parametrize(
    ("text", "shown", "target"),
    [
        ("[a b](https://x.example/p?q=1 'title')", "a b", "https://x.example/p?q=1"),
        ("[a](mailto:help@x.example)", "a", "mailto:help@x.example"),
        ("<https://x.example>", "https://x.example", "https://x.example"),
        ("[a][r]\n\n[r]: HTTPS://x.example", "a", "HTTPS://x.example"),
        ('<a class="b" href="https://x.example/?a&amp;b">a</a>', "a", "https://x.example/?a&b"),
        ("[a](../other.md#part)", "a", None),
        ("[a](#part)", "a", None),
        ("[a](javascript:alert(1))", "a", None),
        ("[a](data:text/html,x)", "a", None),
        ("[a](ftp://x.example)", "a", None),
        ("![a picture](https://x.example/i.png)", "a picture", None),
        ("[![a *b*](i.png)](https://x.example)", "a b", "https://x.example"),
    ],
)
def test_markdown_links_keep_their_text_and_safe_targets(tmp_path, text, shown, target):
    document = read_markdown(tmp_path, f"See {text}")
    assert document.text == f"See {shown}"
    assert marks(document) == ([("link", shown, target)] if target else [])


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://",
        "//x.example",
        " https://x.example",
        "https://x y",
        "https://x\n",
        'https://x"',
        "https://x/<b>",
        "x:https://y",
    ],
)
def test_targets_that_are_no_plain_address_are_refused(target):
    assert not is_target(target)
    assert not is_target("https://x.example/" + "a" * 2_000)


def test_markdown_lists_are_items_with_depth_and_numbers(tmp_path):
    document = read_markdown(
        tmp_path,
        "* one\n  more\n\n  second paragraph\n  - deep\n* two\n\n"
        "  ```sh\n  ls\n  ```\n\n  after\n\n3. three\n3. four\n\n1) a\n",
    )
    assert blocks(document) == [
        ("item0", "- one more\nsecond paragraph"),
        ("item1", "- deep"),
        ("item0", "- two"),
        ("code", "ls"),
        ("paragraph", "after"),
        ("item0", "3. three"),
        ("item0", "4. four"),
        ("item0", "1) a"),
    ]
    assert [block.marker for block in document.blocks if block.kind == "item"] == ["-", "-", "-", "3.", "4.", "1)"]
    assert document.text.startswith("- one more\nsecond paragraph\n- deep\n- two\n\nls\n\nafter")


def test_markdown_code_keeps_its_lines_and_says_its_language(tmp_path):
    document = read_markdown(
        tmp_path,
        '```bash title="run.sh"\n  a\n\n\tb  \n```\n\n```python\n**x**\n```\n\n    indented\n      more\n\n```\nunclosed',
    )
    assert [(block.kind, block.caption) for block in document.blocks] == [
        ("code", "run.sh"),
        ("code", "python"),
        ("code", ""),
        ("code", ""),
    ]
    assert document.text == "  a\n\n\tb\n\n**x**\n\nindented\n  more\n\nunclosed"
    assert document.marks == ()


def test_markdown_html_is_read_as_html(tmp_path):
    document = read_markdown(
        tmp_path,
        "<details>\n<summary>More</summary>\n\n"
        "**Inside** a<br>b <kbd>x</kbd> <span title='y'>z</span><!-- no -->\n\n</details>\n\n"
        "<table>\n<tr><th>A</th></tr>\n\n<tr><td>1</td></tr>\n</table>\n\n"
        "put <your-name> here, <x-y>not</x-y>\n\n<script>x</script>",
    )
    assert blocks(document) == [
        ("heading2", "More"),
        ("paragraph", "Inside a\nb x z"),
        ("row", "A: 1"),
        ("paragraph", "put <your-name> here, not"),
    ]
    assert marks(document) == [("strong", "Inside"), ("code", "x")]


def test_markdown_struck_text_is_left_out_with_its_footnote(tmp_path):
    text = "Costs ~~49 €[^1]~~ <s>45 € <b>net</b></s> 39 €[^1], <s>open.\n\n[^1]: with tax"
    assert read_markdown(tmp_path, text).text == "Costs 39 € (with tax), open."
    assert read_markdown(tmp_path, "| Price |\n|---|\n| ~~49 €~~ 39 € |").text == "Price: 39 €"


def test_markdown_details_are_sections_over_several_blocks(tmp_path):
    document = read_markdown(
        tmp_path,
        "## FAQ\n\n<details>\n<summary>Do you ship <b>abroad</b>?</summary>\n\nTo the EU.\n\n<details>"
        "<summary>How fast?</summary>\n\nTwo days.\n\n</details>\n\nBy post.\n\n</details>\n\n"
        "<details>\n\n<summary>Pay?</summary>\n\n- By card.\n\n"
        "</details>\nCall us.\n\n<details><summary>All in one</summary>Yes.</details>\n\nEnd.",
    )
    assert paths(document) == {
        "To the EU.": ("FAQ", "Do you ship abroad?"),
        "Two days.": ("FAQ", "Do you ship abroad?", "How fast?"),
        "By post.": ("FAQ", "Do you ship abroad?"),
        "- By card.": ("FAQ", "Pay?"),
        "Call us.": ("FAQ",),
        "Yes.": ("FAQ", "All in one"),
        "End.": ("FAQ",),
    }
    assert [text for kind, text in blocks(document) if kind == "heading3"] == ["Do you ship abroad?", "Pay?", "All in one"]


TEXT = "You may return any item within 30 days of delivery, if it is unused and complete, at no cost and without a reason."


@pytest.mark.parametrize("bold", ["Returns", "1. Change your card", "Can I return?", "收货后怎么退货", "_Really_ free"])
def test_paragraphs_in_bold_above_text_are_headings(tmp_path, bold):
    document = read_markdown(tmp_path, f"# Help\n\n## Orders\n\n{TEXT}\n\n**{bold}**\n\n{TEXT}.\n\n- a\n\n## Pay\n\nEnd.")
    said = bold.replace("_", "")
    assert ("heading3", said) in blocks(document)
    assert paths(document) == {
        TEXT: ("Help", "Orders"),
        f"{TEXT}.": ("Help", "Orders", said),
        "- a": ("Help", "Orders", said),
        "End.": ("Help", "Pay"),
    }
    page = f"<h1>Help</h1><p><strong>{said}</strong></p><p>{TEXT}</p><aside><p><b>Tip</b></p><p>Ask.</p></aside><p>End."
    document = read_text(tmp_path, "a.html", f"<main>{page}</main>")
    assert paths(document) == {TEXT: ("Help", said), "Ask.": ("Help", "Tip"), "End.": ("Help",)}


@pytest.mark.parametrize(
    "text",
    [
        f"**No refunds on sale items.**\n\n{TEXT}",
        f"**促销商品不退款。**\n\n{TEXT}",
        f"**{'Returns ' * 20}**\n\n{TEXT}",
        f"**Returns** are free\n\n{TEXT}",
        f"**One\\\ntwo**\n\n{TEXT}",
        f"**Returns**\n\n**Within 30 days, if the item is unused.**\n\n{TEXT}",
        f"{TEXT}\n\n**Closed on Sundays**\n\n## Pay",
        f"{TEXT}\n\n**The end**",
        f"- **Returns**\n\n{TEXT}",
        f"1. **Returns**\n2. **Refunds**\n\n{TEXT}",
        "**Wanted**\n\nA cat\n\n**Reward**\n\nA dog",
        f"**Valid from 1 March 2026**\n\n{TEXT}",
        f":::note\n- {TEXT}\n:::\n\n{TEXT}",
    ],
)
def test_other_paragraphs_in_bold_are_no_headings(tmp_path, text):
    document = read_markdown(tmp_path, text)
    assert all(kind in {"paragraph", "item0"} or said == "Pay" for kind, said in blocks(document))


def test_what_a_bold_heading_would_hide_of_the_whole_document_is_still_known(tmp_path):
    text = f"# Help\n\n{TEXT}\n\n**Distribution**\n\nInternal: staff only\n\n**Returns**\n\n{TEXT}\n\n{TEXT}\n\n{TEXT}"
    document = read_markdown(tmp_path, text)
    assert document.about.audience == "internal"
    assert [said for kind, said in blocks(document) if kind == "heading2"] == ["Returns"]


def test_markdown_template_code_is_no_text(tmp_path):
    assert read_markdown(tmp_path, "{% note %} Hi {{ user.name }} `{{ x }}` {% endnote %}").text == "Hi {{ x }}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('import A from "a"\nimport {\n  B,\n} from "b";\n\nText', "Text"),
        ("export const a = {\n  b: [\n\n  ],\n}\n\nText", "Text"),
        ("export const a = '{'\n\nText", "Text"),
        ("import your contacts from a file\n\nexport them", "import your contacts from a file\n\nexport them"),
        ('<Card\n  title="a > b"\n  on={() => { x({a: 1}) }}>\n    **Text**\n</Card>', "a > b\n\nText"),
        ("<Note>One</Note>\n<Note>Two</Note>", "One\n\nTwo"),
        ("Click <Icon name='x' /> and <b>go</b> {/* not said */}", "Click and go"),
        ("Use `<Card>` or ``a ` <Card>``, if 1 < 2", "Use <Card> or a ` <Card>, if 1 < 2"),
        ("```jsx\n<Card>\n```\n\n<Steps>\n  ```sh\n  <Card>\n  ```\n</Steps>", "<Card>\n\n<Card>"),
        ("- a\n\n  <Note>\n  b\n  </Note>\n- c", "- a\nb\n- c"),
        ("<div style={{a: '>'}}>x</div>", "x"),
        ("<>a</>", "a"),
    ],
)
def test_mdx_keeps_text_and_drops_code_around_it(tmp_path, text, kept):
    assert read_markdown(tmp_path, text, "mdx").text == kept


@given(st.text("<>/AbBc ={}\"'`\n*-", max_size=60))
def test_mdx_loses_no_line_to_a_tag_that_is_not_closed(text):
    without_components(text)
    assert without_components(f"{text}\n\nlast words").rstrip().endswith("last words")


# --- HTML ---


def test_html_inline_elements_are_marks(tmp_path):
    document = read_text(
        tmp_path,
        "a.html",
        "<p>A <b>bold <i>both</i></b>, <code>x</code>, <a href=' https://x.example/a b '>link</a> <a href='/here'>none</a>"
        "<h2>Title <a href='#t'>#</a></h2><p>C#<h2>C#</h2><b><div>across</div><div>blocks</div></b>",
    )
    assert document.text == "A bold both, x, link none\n\nTitle\n\nC#\n\nC#\n\nacross\n\nblocks"
    assert marks(document) == [
        ("strong", "bold both"),
        ("emphasis", "both"),
        ("code", "x"),
        ("link", "link", "https://x.example/a%20b"),
        ("strong", "across"),
        ("strong", "blocks"),
    ]


def test_html_lists_have_depth_numbers_and_whole_items(tmp_path):
    document = read_text(
        tmp_path,
        "a.html",
        "<ol start=3><li><p>one</p><p>more</p><ul><li>deep<ol><li>deeper</ol></ul>"
        "after<li value=7>seven<li><li><pre>x</pre></ol>",
    )
    assert blocks(document) == [
        ("item0", "3. one\nmore"),
        ("item1", "- deep"),
        ("item2", "1. deeper"),
        ("paragraph", "after"),
        ("item0", "7. seven"),
        ("code", "x"),
    ]


def test_html_definitions_are_paragraphs_with_their_term(tmp_path):
    document = read_text(
        tmp_path,
        "a.html",
        "<dl><dt><b>Grace</b> period<dd>Ten <i>days</i>."
        "<dt>Why?<dd><p>First.</p><p>Second.</p><dt>Sizes<dd><ul><li>S</ul><dt>Alone</dl>",
    )
    assert blocks(document) == [
        ("paragraph", "Grace period: Ten days."),
        ("paragraph", "Why? First."),
        ("paragraph", "Second."),
        ("paragraph", "Sizes:"),
        ("item0", "- S"),
        ("paragraph", "Alone:"),
    ]
    assert marks(document) == [("strong", "Grace"), ("emphasis", "days")]


def test_html_code_says_its_language(tmp_path):
    document = read_text(tmp_path, "a.html", "<pre class=x><code class='hljs language-c++'>a\n <b>b</b><br>c</code></pre>")
    assert (blocks(document), document.blocks[0].caption) == ([("code", "a\n b\nc")], "c++")


# --- Tables ---


def word_table(
    folder: Path, cells: list[list[str]], merge: list[tuple[int, int, int, int]] = (), bold: bool = False
) -> Document:
    document = docx.Document()
    table = document.add_table(rows=len(cells), cols=len(cells[0]))
    for r, row in enumerate(cells):
        for c, text in enumerate(row):
            run = table.cell(r, c).paragraphs[0].add_run(text)
            run.bold = bold and r == 0
    for top, left, bottom, right in merge:
        table.cell(top, left).merge(table.cell(bottom, right))
    document.save(folder / "a.docx")
    return read(folder / "a.docx")[0]


def slide_table(folder: Path, cells: list[list[str]], merge: list[tuple[int, int, int, int]] = ()) -> Document:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(len(cells), len(cells[0]), Inches(1), Inches(1), Inches(4), Inches(1)).table
    for r, row in enumerate(cells):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    for top, left, bottom, right in merge:
        table.cell(top, left).merge(table.cell(bottom, right))
    presentation.save(folder / "a.pptx")
    return read(folder / "a.pptx")[0]


def sheet_table(folder: Path, cells: list[list[str]], merge: list[tuple[int, int, int, int]] = ()) -> Document:
    book = openpyxl.Workbook()
    for row in cells:
        book.active.append([text or None for text in row])
    for top, left, bottom, right in merge:
        book.active.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    book.save(folder / "a.xlsx")
    return read(folder / "a.xlsx")[0]


def web_table(folder: Path, cells: list[list[str]], merge: list[tuple[int, int, int, int]] = ()) -> Document:
    lines = []
    for r, row in enumerate(cells):
        line = ""
        for c, text in enumerate(row):
            span = next((m for m in merge if m[0] <= r <= m[2] and m[1] <= c <= m[3]), (r, c, r, c))
            if span[:2] == (r, c):
                tag = "td" if r else "th"
                line += f"<{tag} rowspan={span[2] - r + 1} colspan={span[3] - c + 1}>{text}</{tag}>"
        lines.append(f"<tr>{line}</tr>")
    return read_text(folder, "a.html", f"<table>{''.join(lines)}</table>")


def markdown_table(folder: Path, cells: list[list[str]]) -> Document:
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return read_markdown(folder, "\n".join([lines[0], "|---" * len(cells[0]) + "|", *lines[1:]]))


def csv_table(folder: Path, cells: list[list[str]]) -> Document:
    return read_text(folder, "a.csv", "\n".join(",".join(row) for row in cells))


SPANNING = [word_table, slide_table, sheet_table, web_table]


@pytest.mark.parametrize("make", [*SPANNING, markdown_table, csv_table])
def test_table_rows_leave_empty_cells_out_of_the_text(tmp_path, make):
    document = make(tmp_path, [["Line", "Stop", "Time"], ["", "Mill", ""], ["2", "", "8:10"], ["", "", ""]])
    assert_covered(document)
    found = [block for block in document.blocks if block.kind == "row"]
    assert [document.text[block.start : block.end] for block in found] == ["Stop: Mill", "Line: 2; Time: 8:10"]
    assert rows(document) == [{"Line": "", "Stop": "Mill", "Time": ""}, {"Line": "2", "Stop": "", "Time": "8:10"}]
    assert all("Line: " not in text for kind, text in blocks(document) if kind != "row")


@pytest.mark.parametrize("make", SPANNING)
def test_table_values_of_merged_cells_stand_in_all_that_they_span(tmp_path, make):
    cells = [["Line", "Stop", "Time"], ["2", "Mill", "8:10"], ["", "Tower", "8:20"], ["3", "closed", ""], ["4", "Mill", "9:00"]]
    document = make(tmp_path, cells, [(1, 0, 2, 0), (3, 1, 3, 2)])
    assert_covered(document)
    assert rows(document) == [
        {"Line": "2", "Stop": "Mill", "Time": "8:10"},
        {"Line": "2", "Stop": "Tower", "Time": "8:20"},
        {"Line": "3", "Stop": "closed", "Time": "closed"},
        {"Line": "4", "Stop": "Mill", "Time": "9:00"},
    ]


@pytest.mark.parametrize("make", SPANNING)
def test_table_rows_of_one_merged_cell_are_said_once(tmp_path, make):
    cells = [
        ["Prices 2026", "", ""],
        ["Line", "Stop", "Price"],
        ["2", "Mill", "3 EUR"],
        ["Nights", "", ""],
        ["N2", "Mill", "5 EUR"],
    ]
    document = make(tmp_path, cells, [(0, 0, 0, 2), (3, 0, 3, 2)])
    if make is web_table:  # Its names are in no header cells.
        cells[1] = [f"<b>{name}</b>" for name in cells[1]]
        document = make(tmp_path, cells, [(0, 0, 0, 2), (3, 0, 3, 2)])
    assert_covered(document)
    assert rows(document)[0] == {"Line": "2", "Stop": "Mill", "Price": "3 EUR"}
    assert rows(document)[1] == {"0": "Nights"}
    assert rows(document)[2] == {"Line": "N2", "Stop": "Mill", "Price": "5 EUR"}
    assert ("paragraph", "Prices 2026") in blocks(document)
    assert {block.caption for block in document.blocks if block.kind == "row"} == {"Prices 2026"}


@pytest.mark.parametrize("make", [*SPANNING, markdown_table, csv_table])
def test_table_that_is_only_its_header_is_a_row_without_names(tmp_path, make):
    document = make(tmp_path, [["Line", "Stop"]])
    assert_covered(document)
    assert rows(document) == [{"0": "Line", "1": "Stop"}]
    assert document.text.endswith("Line; Stop")


def test_html_table_headers_of_several_levels_are_joined(tmp_path):
    document = read_text(
        tmp_path,
        "a.html",
        "<table><caption>Fares</caption><thead><tr><td rowspan=2>Line:<td colspan=2>Price</tr><tr><td>day<td>night</thead>"
        "<tr><td>2<td><b>3</b><td><a href='https://x.example'>5</a></table>",
    )
    assert blocks(document) == [("paragraph", "Fares"), ("row", "Line: 2; Price day: 3; Price night: 5")]
    assert marks(document) == [("strong", "3"), ("link", "5", "https://x.example")]


def test_html_table_without_a_header_has_labels_or_nothing(tmp_path):
    labels = read_text(tmp_path, "a.html", "<table><tr><th>Open<td>9 to 5<tr><th>Closed<td>Sunday</table>")
    assert (labels.text, rows(labels)[0]) == ("Open: 9 to 5\nClosed: Sunday", {"0": "Open", "1": "9 to 5"})
    nothing = read_text(tmp_path, "a.html", "<table><tr><td>a<td>b<tr><td>c<td>d</table>")
    assert (nothing.text, [block.columns for block in nothing.blocks]) == ("a; b\nc; d", [("", ""), ("", "")])


@pytest.mark.parametrize(
    ("first", "bold", "header"),
    [
        (["Name", "Phone", "City"], False, True),
        (["Room 1", "Room 2", "Room 3"], True, True),
        (["Room 1", "Room 2", "Room 3"], False, False),
        (["Name", "", "City"], False, False),
        (["Name", "Name", "City"], False, False),
        (["Name", "A text that is far too long to be the name of a column in any table of the world", "City"], False, False),
    ],
)
def test_word_table_first_row_is_the_header_if_it_reads_like_names(tmp_path, first, bold, header):
    document = word_table(tmp_path, [first, ["Anna", "12", "Kiel"]], bold=bold)
    assert len(rows(document)) == (1 if header else 2)


LABELS = [["Owner", "Payments team"], ["Warranty", "two years"], ["Contact", "mail us"]]


@pytest.mark.parametrize("make", [word_table, sheet_table])
def test_table_of_two_columns_without_names_is_labels_and_values(tmp_path, make):
    document = make(tmp_path, LABELS)
    assert blocks(document)[-3:] == [("row", f"{label}: {value}") for label, value in LABELS]


def test_word_table_of_two_columns_has_names_where_the_first_row_is_bold_or_asks(tmp_path):
    assert word_table(tmp_path, LABELS, bold=True).text.startswith("Owner: Warranty; Payments team: two years\n")
    assert word_table(tmp_path, [["Frage", "Antwort"], ["Wie?", "So."]]).text == "Frage: Wie?; Antwort: So."


@pytest.mark.parametrize(
    ("switch", "first"), [("1", "Owner: Warranty; Payments team: two years"), ("0", "Owner: Payments team")]
)
def test_word_table_whose_style_draws_a_header_has_one(tmp_path, switch, first):
    document = docx.Document()
    table = document.add_table(rows=3, cols=2, style="Light Grid Accent 1")
    for cell, text in zip(table._cells, [text for row in LABELS for text in row], strict=True):
        cell.text = text
    table._tbl.tblPr.find(qn("w:tblLook")).set(qn("w:firstRow"), switch)
    document.save(tmp_path / "a.docx")
    assert read(tmp_path / "a.docx")[0].text.split("\n")[0] == first


def test_slide_table_without_a_header_row_is_labels_and_values(tmp_path):
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(3, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    table.first_row = False
    for cell, text in zip(table.iter_cells(), [text for row in LABELS for text in row], strict=True):
        cell.text = text
    presentation.save(tmp_path / "a.pptx")
    assert read(tmp_path / "a.pptx")[0].text.split("\n") == [f"{label}: {value}" for label, value in LABELS]


def test_word_table_rows_that_repeat_on_each_page_are_its_header(tmp_path):
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Room 1", "Room 2", "a", "b"], strict=True):
        cell.text = text
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))
    document.save(tmp_path / "a.docx")
    assert rows(read(tmp_path / "a.docx")[0]) == [{"Room 1": "a", "Room 2": "b"}]


def test_markdown_table_without_names_and_with_marks(tmp_path):
    document = read_markdown(tmp_path, "- in a list\n\n  | | |\n  |-|-|\n  | **a** | `x\\|y` \\| z |\n  | c |\n")
    assert blocks(document) == [("item0", "- in a list"), ("row", "a; x|y | z"), ("row", "c")]
    assert document.blocks[1].columns == ("", "")
    assert marks(document) == [("strong", "a"), ("code", "x|y")]


CELLS = st.builds(Cell, st.text(max_size=4).map(plain), st.integers(1, 5), st.integers(1, 5), st.booleans())


HEADERS = st.sampled_from([marked_header, guessed_header, header_beside_labels])


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6), HEADERS, st.text(max_size=5), st.booleans())
def test_tables_lose_no_cell_whatever_they_span(grid, header, caption, labels):
    builder = Builder()
    append_table(builder, grid, header, caption, labels=labels)
    document = builder.document("a.txt")
    assert_covered(document)
    # a line break in a cell is one in a paragraph above the rows, and a blank in a row
    said = document.text.replace("\n", " ") + "".join(name for block in document.blocks for name in block.columns)
    assert all(flatten(cell.pieces)[0].replace("\n", " ").rstrip(":： ") in said for row in grid for cell in row)


@pytest.mark.slow
def test_tables_of_hostile_spans_stay_small(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("<table>" + "<tr><td colspan=1000 rowspan=60000>aaaa<td>b" * 20_000)
    started = time.monotonic()
    (document,) = read(path)
    assert document.text.count("b") == 20_000
    assert len(document.text) < 5_000_000
    assert time.monotonic() - started < 25


@pytest.mark.slow
def test_rows_beyond_a_million_cells_keep_their_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" + ("," * 1_100_000 + "x\n"))
    (document,) = read(path)
    assert blocks(document) == [("row", "a: 1; b: 2"), ("row", "x")]
    assert [len(block.cells) for block in document.blocks] == [2, 0]


@pytest.mark.slow
def test_more_than_a_million_blocks_are_refused(tmp_path):
    builder = Builder()
    for _ in range(1_000_001):
        builder.add("paragraph", plain("a"))
    with pytest.raises(LoadError, match=r"a\.txt has 1,000,001 rows and paragraphs; .* split it"):
        builder.document("a.txt")


# --- Word, PowerPoint ---


def add_hyperlink(paragraph: docx.text.paragraph.Paragraph, text: str, target: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = OxmlElement("w:r")
    run.text = text
    link.append(run)
    paragraph._p.append(link)


def test_word_runs_links_and_lists(tmp_path):
    document = docx.Document()
    paragraph = document.add_paragraph("See ")
    for text in ("bo", "ld"):
        paragraph.add_run(text).bold = True
    paragraph.add_run(" and ").italic = True
    add_hyperlink(paragraph, "our page", "https://x.example/a")
    add_hyperlink(paragraph, " or that", "file:///etc/passwd")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("deep\nline", style="List Bullet 2")
    document.add_paragraph("2) typed")
    document.save(tmp_path / "a.docx")
    (read_back,) = read(tmp_path / "a.docx")
    assert_covered(read_back)
    assert blocks(read_back) == [
        ("paragraph", "See bold and our page or that"),
        ("item0", "- one"),
        ("item1", "- deep\nline"),
        ("item0", "2) typed"),
    ]
    assert marks(read_back) == [("strong", "bold"), ("emphasis", "and"), ("link", "our page", "https://x.example/a")]


def test_slides_have_items_numbers_and_links(tmp_path):
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Two\vlines"
    frame = slide.placeholders[1].text_frame
    frame.text = "one"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "deep", 1
    frame.add_paragraph().text = "3. typed"
    box = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1)).text_frame
    for text in ("first", "second"):
        paragraph = box.paragraphs[0] if text == "first" else box.add_paragraph()
        paragraph.text = text
        paragraph._p.get_or_add_pPr().append(OxmlElement("a:buAutoNum"))
    run = box.add_paragraph().add_run()
    run.text, run.font.bold, run.hyperlink.address = "plain", True, "https://x.example"
    presentation.save(tmp_path / "a.pptx")
    (document,) = read(tmp_path / "a.pptx")
    assert_covered(document)
    assert blocks(document) == [
        ("heading1", "Two lines"),
        ("item0", "- one"),
        ("item1", "- deep"),
        ("item0", "3. typed"),
        ("item0", "1. first"),
        ("item0", "2. second"),
        ("paragraph", "plain"),
    ]
    assert marks(document) == [("strong", "plain"), ("link", "plain", "https://x.example")]


def test_slides_leave_struck_text_out(tmp_path):
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    paragraph = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1)).text_frame.paragraphs[0]
    for text, strike in (("49 € ", "sngStrike"), ("39 €", "noStrike")):
        run = paragraph.add_run()
        run.text = text
        run._r.get_or_add_rPr().set("strike", strike)
    presentation.save(tmp_path / "a.pptx")
    assert read(tmp_path / "a.pptx")[0].text == "39 €"


# --- Plain text ---

WRAPPED = """Returns
-------
You may return any item within 30 days of its delivery to you, if it was
never used and its box is whole; the label is in the box, and the way is
self-explaining.

How it works:
  1. Register the return on our page and choose the reason that fits best
     to what is wrong.
  2. Post it.
     a) At a shop
     b) To a driver

     The driver has a bag.
* Late
"""


def test_text_joins_lines_that_the_margin_broke(tmp_path):
    document = read_text(tmp_path, "a.txt", WRAPPED)
    assert blocks(document) == [
        ("heading1", "Returns"),
        ("paragraph", " ".join(WRAPPED.split("\n")[2:5])),
        ("paragraph", "How it works:"),
        ("item0", "1. Register the return on our page and choose the reason that fits best to what is wrong."),
        ("item0", "2. Post it."),
        ("item1", "a) At a shop"),
        ("item1", "b) To a driver"),
        ("paragraph", "The driver has a bag."),
        ("item0", "- Late"),
    ]


BROKEN = """Die Bestellung können Sie nach einer kurzen Nachricht an unsere
Kundenbetreuungszentrale in Freiburg zurückgeben, und zwar noch bis zum
24. Januar 2027 kostenlos. Ausgenommen sind Hygieneartikel aller Arten,
z. B. Unterwäsche und Socken, und die Waren im Sinne von Abschnitt
3. der Bedingungen. In den folgenden Ländern gilt das nicht mehr als
zwei Wochen:
- Schweiz
- Norwegen
"""


def test_text_broken_by_the_margin_is_torn_into_no_items(tmp_path):
    document = read_text(tmp_path, "a.txt", BROKEN)
    whole = " ".join(BROKEN.split("\n")[:6])
    assert blocks(document) == [("paragraph", whole), ("item0", "- Schweiz"), ("item0", "- Norwegen")]


@pytest.mark.parametrize(
    ("above", "items"),
    [
        ("We ship to:", ["- France", "- Germany"]),
        ("We ship to:", ["1. France"]),
        ("We ship to all of these countries and to some others that are not named", ["- France", "- Germany"]),
        ("We ship to them all.", ["a. France", "b. Germany"]),
        ("We ship on", ["24. Every month", "25. Never"]),
    ],
)
def test_text_above_items_leaves_them_items(tmp_path, above, items):
    document = read_text(tmp_path, "a.txt", "\n".join([above, *items]))
    assert blocks(document) == [("paragraph", above), *(("item0", item) for item in items)]


@pytest.mark.parametrize("line", ["z. B. bei uns", "i. d. R. nicht", "24. Januar 2027", "24. Dez. geschlossen", "1. 3. 2026"])
def test_abbreviations_and_dates_are_no_items(tmp_path, line):
    assert blocks(read_text(tmp_path, "a.txt", f"{line}\n\n{line} ja.\n")) == [
        ("paragraph", line),
        ("paragraph", f"{line} ja."),
    ]


@pytest.mark.parametrize(
    ("markers", "shown"),
    [
        (("1、", "2、", "3、"), ("1、", "2、", "3、")),
        (("（1）", "（2）", "（3）"), ("（1）", "（2）", "（3）")),
        (("1．", "2．", "3．"), ("1．", "2．", "3．")),
        (("1.", "2.", "3."), ("1.", "2.", "3.")),
        (("1）", "2）", "3）"), ("1）", "2）", "3）")),
        (("①", "②", "③"), ("①", "②", "③")),
        (("一、", "二、", "三、"), ("一、", "二、", "三、")),
        (("九、", "十、", "十一、"), ("九、", "十、", "十一、")),
        (("・", "・", "・"), ("-", "-", "-")),
        (("•", "•", "•"), ("-", "-", "-")),
        (("１、", "２、", "３、"), ("1、", "2、", "3、")),
    ],
)
def test_lists_typed_as_in_east_asia_are_items(tmp_path, markers, shown):
    steps = ("打开设置", "点击账户", "保存")
    lines = [f"{marker}{step}" for marker, step in zip(markers, steps, strict=True)]
    items = [("item0", f"{marker} {step}") for marker, step in zip(shown, steps, strict=True)]
    assert blocks(read_text(tmp_path, "a.txt", "\n".join(["步骤：", *lines]))) == [("paragraph", "步骤："), *items]
    assert blocks(read_text(tmp_path, "a.html", f"<p>{'<br>'.join(lines)}")) == items
    assert blocks(read_text(tmp_path, "a.csv", 'question,answer\n怎么办？,"{}"'.format("\n".join(lines))))[1:] == items
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(tmp_path / "a.docx")
    assert blocks(read(tmp_path / "a.docx")[0]) == items
    found = blocks(read_text(tmp_path, "a.md", "\n".join(["步骤：", *lines, "```", *lines, "```"])))
    assert [kind for kind, _ in found] == ["paragraph", "item0", "item0", "item0", "code"]
    assert [text[-len(step) :] for (_, text), step in zip(found[1:], steps, strict=False)] == list(steps)


@pytest.mark.parametrize(
    "text", ["3.5元一件\n4.5元两件", "一、总则", "1、打开设置", "1.打开设置", "2024年\n2025年", "五、六月份\n都可以"]
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.docx"])
def test_what_only_looks_like_a_list_of_east_asia_is_none(tmp_path, name, text):
    if name == "a.docx":
        document = docx.Document()
        document.add_paragraph(text)
        document.save(tmp_path / name)
    else:
        (tmp_path / name).write_text(text.replace("\n", "<br>") if name == "a.html" else text)
    assert {block.kind for block in read(tmp_path / name)[0].blocks} == {"paragraph"}


def test_markdown_lists_typed_as_in_east_asia_keep_their_numbers(tmp_path):
    text = "> 1、甲\n> 2、乙\n\n一、总则\n1、丙\n2、丁\n\n1、戊\n2、己\n二、附则\n\n三、完\n===\n\n<pre>\n1、甲\n2、乙\n</pre>"
    assert blocks(read_markdown(tmp_path, text)) == [
        *(("item0", text) for text in ("1. 甲", "2. 乙", "- 一、总则", "1. 丙", "2. 丁", "1. 戊", "2. 己", "- 二、附则")),
        ("heading1", "三、完"),
        ("code", "1、甲\n2、乙"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "Harbour Lane 3\nLeeds\nUnited Kingdom"),
        ("a.txt", f"{'a long line ' * 30}end.\nA line of its own that is not short at all.\nAnother one."),
        (
            "a.log",
            "2026-01-01 12:00:01 INFO the server has started on port 8080\n2026-01-01 12:00:02 INFO the server is ready now",
        ),
    ],
)
def test_text_keeps_line_breaks_that_were_meant(tmp_path, name, text):
    assert read_text(tmp_path, name, text).text == text


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("a.txt", "Item    Days\nShoes     30\nBooks     14"),
        ("a.txt", "=====  =====\nItem   Days\n=====  =====\nShoes  30\n=====  ====="),
        ("a.txt", "+---+---+\n| a | b |\n+---+---+"),
        ("a.txt", "literal text\n  more"),
    ],
)
def test_text_in_columns_is_kept_as_it_is(tmp_path, name, table):
    indented = "\n".join(f"  {line}" for line in table.split("\n"))
    document = read_text(tmp_path, name, f"Like this::\n\n{indented}\n\nAfter.")
    assert [kind for kind, _ in blocks(document)] == ["paragraph", "code", "paragraph"]
    assert document.text == f"Like this::\n\n{indented}\n\nAfter."


def test_answers_of_a_table_have_paragraphs_and_items(tmp_path):
    document = read_text(tmp_path, "a.csv", 'question,answer\nHow?,"Like this:\n- one\n- two\n\nDone."\n')
    assert blocks(document) == [
        ("heading0", "How?"),
        ("paragraph", "Like this:"),
        ("item0", "- one"),
        ("item0", "- two"),
        ("paragraph", "Done."),
    ]


@given(st.text(st.sampled_from(" \n\t-*1.)ab:|=+\u3000退"), max_size=80))
def test_text_keeps_every_letter_in_order(text):
    builder = Builder()
    append_text(builder, text)
    document = builder.document("a.txt")
    assert_covered(document)
    letters = "ab退"
    assert [c for c in document.text if c in letters] == [c for c in text if c in letters]


def test_pdf_lines_that_begin_with_a_sign_or_number_are_items():
    (document,) = read(ROOT / "knowledge" / "shop" / "manuals" / "gale-storm-kettle-manual.pdf")
    found = blocks(document)
    assert ("item0", "1. Remove all labels and wash the inside with warm water.") in found
    assert ("heading2", "3 Before first use") in found


# --- All files ---


@given(st.text(st.sampled_from("*_`[]()<>!#|-~\\ \n\tab1.:&;{}\"'/="), max_size=120))
def test_markdown_positions_hold_for_any_signs(text):
    from rag.loading.markdown import load_markdown, load_mdx

    class Data:
        """A file that holds the text."""

        suffix = ".md"

        def read_bytes(self) -> bytes:
            return text.encode()

    for loader in (load_markdown, load_mdx):
        assert_covered(loader(Data(), "a.md")[0])


@pytest.mark.parametrize("folder", [DATA, ROOT / "knowledge"], ids=["tests", "knowledge"])
def test_positions_hold_in_every_file(folder):
    assert check_folder(folder) >= 15


@pytest.mark.shared
@pytest.mark.parametrize("folder", ["kb-chatwoot-docs", "cases"])
def test_positions_hold_in_shared_files(shared_data, folder):
    assert check_folder(shared_data / folder) >= 70


def check_folder(folder: Path) -> int:
    documents, reasons = 0, set()
    for path, name in discover(folder):
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            found = load(path, name, seconds=30, memory_mb=1024, max_mb=20)
        except LoadError as error:
            reasons.add(error.reason)
            continue
        for document in found:
            assert_covered(document)
            documents += 1
    assert reasons <= {"encrypted", "no text"}
    return documents


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("line.md", "word " * 2_000_000),
        ("brackets.md", "a [" * 100_000),
        ("images.md", "a ![" * 100_000),
        ("stars.md", "**a*b_c__ " * 50_000),
        ("ticks.md", "".join("`" * (n % 300 + 1) + "a" for n in range(20_000))),
        ("tags.mdx", "<A {b='" * 100_000),
        ("marks.html", "<p>" + "<b>a</b> " * 100_000),
        ("depth.html", "<b><i>a" * 100),
        (
            "menus.html",
            "<div class=toc><ul><li>" * 60 + "<p id=x><a href='#x'>x</a> &gt; <a href='#x'>y</a></p>" * 20_000 + "end",
        ),
        ("notes.html", "<p>a<sup><a href='#n'>1</a></sup></p>" * 20_000 + "<p id=n>b.</p>"),
        ("abbr.html", "<div>" * 60 + "<abbr title=b>a</abbr><img alt='c d'>" * 20_000),
        ("line.txt", "x" * 10_000_000),
        ("cells.csv", "a," * 1000 + "\n" + ("1," * 1000 + "\n") * 500),
    ],
)
def test_hostile_text_is_read_in_time(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    (document,) = read(path)
    assert_covered(document)


@pytest.mark.parametrize("text", [">" * 100_000 + " x", "- " * 50_000 + "x", "<div>\n\n" * 100_000 + "x"])
def test_markdown_that_nests_too_deeply_is_refused_and_not_cut(tmp_path, text):
    path = tmp_path / "deep.md"
    path.write_text(text)
    with pytest.raises(LoadError, match=r"deep\.md nests its .* too deeply"):
        read(path)


def test_text_headings_are_short_lines_that_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "parcels.txt"
    path.write_text(
        "PARCELS\n\nWhen a parcel is lost\n\nIt counts as lost after 5 days.\n\nThen we send another.\n\n- one\n- two\n\nBye\n"
    )
    (document,) = load(path, path.name, seconds=30, memory_mb=1024, max_mb=1)
    assert [document.text[b.start : b.end] for b in document.blocks if b.kind == "heading"] == [
        "PARCELS",
        "When a parcel is lost",
    ]
    assert (document.title, document.sections[-1].headings) == ("PARCELS", ("PARCELS", "When a parcel is lost"))


def test_text_of_short_lines_has_no_headings(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("A lamp\n\nIn the dark\n\nIs a friend\n\nOf the night.\n")
    (document,) = load(path, path.name, seconds=30, memory_mb=1024, max_mb=1)
    assert {block.kind for block in document.blocks} == {"paragraph"}
