"""Word as a person reads it: numbers, notes, boxes, controls, tables in tables, changes, headers; charts of PowerPoint."""

import time
from pathlib import Path
from zipfile import ZipFile

import pptx
import pytest
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from rag.types import Document
from tests.test_loading import assert_covered, failure, make_zip, read

NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
HEADINGS = "".join(
    f'<w:style w:type="paragraph" w:styleId="H{n}"><w:name w:val="heading {n}"/>'
    f'<w:pPr><w:numPr><w:ilvl w:val="{n - 1}"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    for n in (1, 2, 3)
)


def word(folder: Path, body: str, **parts: str) -> Path:
    """A Word file of raw parts; `body` and `parts` (styles, numbering, footnotes ...) are what stands in their root."""
    roots = {"footnotes": "footnotes", "endnotes": "endnotes", "header1": "hdr", "footer1": "ftr", "footer2": "ftr"}
    roots |= {"chart": "chartSpace"}
    links = {"header1": "header", "footer1": "footer", "footer2": "footer"}
    parts = {"styles": "", **parts}
    relations = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{links.get(name, name)}" Target="{name}.xml"/>' for name in parts
    )
    entries = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": _relations(f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'),
        "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations(relations),
        **{f"word/{n}.xml": f"<w:{roots.get(n, n)} {NAMES}>{inner}</w:{roots.get(n, n)}>" for n, inner in parts.items()},
    }
    return make_zip(folder / "a.docx", {name: text.encode() for name, text in entries.items()})


def _relations(inner: str) -> str:
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'


def r(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*inner: str, style: str = "", number: tuple[int, int] | None = None) -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    numbered = f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>' if number else ""
    return f"<w:p><w:pPr>{named}{numbered}</w:pPr>{''.join(part if part.startswith('<') else r(part) for part in inner)}</w:p>"


def table(*rows: tuple[str, ...], header: bool = True) -> str:
    """A table whose cells are text or content; `header`: its first row is marked as such."""
    marks = ["<w:trPr><w:tblHeader/></w:trPr>" if header else "", *[""] * len(rows[1:])]
    cells = ("".join(f"<w:tc>{cell if cell.startswith('<') else p(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{mark}{row}</w:tr>' for mark, row in zip(marks, cells, strict=True))}</w:tbl>"


def levels(*forms: tuple[str, str], extra: str = "", number: int = 1) -> str:
    """An abstract list (level: format and pattern) and the list of the same number."""
    inner = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{extra}<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (form, text) in enumerate(forms)
    )
    abstract = f'<w:abstractNum w:abstractNumId="{number}">{inner}</w:abstractNum>'
    return abstract + f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'


def lines(path: Path) -> list[str]:
    (document,) = read(path)
    assert_covered(document)
    return [document.text[block.start : block.end] for block in document.blocks]


def text_box(inner: str) -> str:
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx><w:txbxContent>{inner}'
        f"</w:txbxContent></wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>"
        f"<w:txbxContent>{inner}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


# --- Numbers ---


def test_word_headings_have_their_numbers_in_text_and_path(tmp_path):
    body = p("Scope", style="H1") + p("Parts", style="H2") + p("Returns", style="H1") + p("Time", style="H2")
    body += p("Cost", style="H2") + p("Five euros.")
    path = word(tmp_path, body, styles=HEADINGS, numbering=levels(("decimal", "%1"), ("decimal", "%1.%2")))
    assert lines(path) == ["1 Scope", "1.1 Parts", "2 Returns", "2.1 Time", "2.2 Cost", "Five euros."]
    (document,) = read(path)
    assert document.sections[-1].headings == ("2 Returns", "2.2 Cost")


@pytest.mark.parametrize(
    ("form", "start", "expected"),
    [
        ("decimal", 9, ["9)", "10)"]),
        ("decimalZero", 9, ["09)", "10)"]),
        ("lowerLetter", 26, ["z)", "aa)"]),
        ("upperLetter", 1, ["A)", "B)"]),
        ("lowerRoman", 3, ["iii)", "iv)"]),
        ("upperRoman", 1989, ["MCMLXXXIX)", "MCMXC)"]),
        ("upperRoman", 1_000_000, ["1000000)", "1000001)"]),
        ("lowerLetter", 900_000, ["900000)", "900001)"]),
        ("cardinalText", 4, ["4)", "5)"]),
        ("decimal", 0, ["0)", "1)"]),
    ],
)
def test_word_list_numbers_have_their_form_and_start(tmp_path, form, start, expected):
    numbering = levels((form, "%1)")).replace('start w:val="1"', f'start w:val="{start}"')
    (document,) = read(word(tmp_path, p("x", number=(1, 0)) + p("y", number=(1, 0)), numbering=numbering))
    assert [block.marker for block in document.blocks] == expected
    assert document.text == f"{expected[0]} x\n{expected[1]} y"


def test_word_deeper_levels_begin_anew_unless_they_say_otherwise(tmp_path):
    steps = [0, 1, 1, 0, 1]
    body = "".join(p("x", number=(1, level)) for level in steps)
    forms = (("upperRoman", "%1."), ("decimal", "%1.%2"))
    assert lines(word(tmp_path, body, numbering=levels(*forms))) == ["I. x", "I.1 x", "I.2 x", "II. x", "II.1 x"]
    on = levels(*forms, extra='<w:lvlRestart w:val="0"/>')
    assert lines(word(tmp_path, body, numbering=on)) == ["I. x", "I.1 x", "I.2 x", "II. x", "II.3 x"]
    legal = levels(*forms, extra="<w:isLgl/>")
    assert lines(word(tmp_path, body, numbering=legal))[-1] == "2.1 x"


def test_word_lists_of_one_definition_count_on_unless_restarted(tmp_path):
    more = '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="1"/>'
    more += '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    body = "".join(p("x", number=(n, 0)) for n in (1, 1, 2, 3, 3))
    path = word(tmp_path, body, numbering=levels(("decimal", "%1.")) + more)
    assert lines(path) == ["1. x", "2. x", "3. x", "5. x", "6. x"]


def test_word_number_zero_switches_the_number_of_a_style_off(tmp_path):
    body = p("One", style="H1") + p("Note", style="H1", number=(0, 0)) + p("Two", style="H1")
    path = word(tmp_path, body, styles=HEADINGS, numbering=levels(("decimal", "Article %1:")))
    assert lines(path) == ["Article 1: One", "Note", "Article 2: Two"]


def test_word_bullets_are_one_sign_and_lists_without_definition_too(tmp_path):
    body = p("x", number=(1, 0)) + p("y", number=(9, 1))
    assert lines(word(tmp_path, body, numbering=levels(("bullet", "\uf0b7")))) == ["- x", "- y"]


def test_word_numbers_stand_in_cells(tmp_path):
    body = table(("No.", "Step"), (p(number=(1, 0)), "Open"), (p(number=(1, 0)), "Close")) + p("go", number=(1, 0))
    path = word(tmp_path, body, numbering=levels(("decimal", "%1.")))
    assert lines(path) == ["No.: 1.; Step: Open", "No.: 2.; Step: Close", "3. go"]


# --- Notes ---


def note(number: int, kind: str = "footnote") -> str:
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


def notes(*texts: str, kind: str = "footnote") -> str:
    separator = f'<w:{kind} w:type="separator" w:id="-1">{p("-----")}</w:{kind}>'
    return separator + "".join(
        f'<w:{kind} w:id="{n}"><w:p><w:r><w:{kind}Ref/></w:r>{r(f" {text}")}</w:p></w:{kind}>' for n, text in enumerate(texts)
    )


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (("Sold in shops", note(0), ". Ask us."), "Sold in shops. (Not in ours.) Ask us."),
        (("Sold in shops.", note(0), " Ask us."), "Sold in shops. (Not in ours.) Ask us."),
        (("Sold", note(0), " in all shops"), "Sold in all shops (Not in ours.)"),
        (("It costs 5 euros", note(1), " a day. Ask."), "It costs 5 euros (with VAT) a day. Ask."),
        (("It costs 5 euros", note(1), "a day."), "It costs 5 euros (with VAT) a day."),
        (("One", note(0), note(1), "."), "One (with VAT). (Not in ours.)"),
        (("Twice", note(0), " and", note(0), " lost", note(7), "."), "Twice and lost. (Not in ours.)"),
    ],
)
def test_word_footnotes_stand_at_their_place(tmp_path, inner, expected):
    assert lines(word(tmp_path, p(*inner), footnotes=notes("Not in ours.", "with VAT"))) == [expected]


def test_word_endnotes_stand_at_their_place_too(tmp_path):
    path = word(tmp_path, p("All", note(0, "endnote"), "."), endnotes=notes("See B.", kind="endnote"))
    assert lines(path) == ["All. (See B.)"]


def test_word_notes_of_a_tables_first_row_stand_once_below_it(tmp_path):
    body = table(("Size", p("Price", note(0))), ("S", "5"), ("M", p("6", note(1))))
    path = word(tmp_path, body, footnotes=notes("Prices are with VAT.", "sale"))
    assert lines(path) == ["Size: S; Price: 5", "Size: M; Price: 6 (sale)", "Prices are with VAT."]


def test_word_notes_that_refer_to_each_other_end(tmp_path):
    inner = "".join(f'<w:footnote w:id="{n}"><w:p>{r(f"n{n}")}{note((n + 1) % 3000)}</w:p></w:footnote>' for n in range(3000))
    assert lines(word(tmp_path, p("x", note(0)), footnotes=inner)) == ["x (n0)"]


# --- Boxes, controls, frames ---


def test_word_text_boxes_are_read_once(tmp_path):
    body = p("Before", text_box(p("In a box", style="H1") + p("a", number=(1, 0)) + table(("K", "V"), ("x", "1")))) + p("After")
    path = word(tmp_path, body, styles=HEADINGS, numbering=levels(("decimal", "%1.")))
    assert lines(path) == ["Before", "1. In a box", "2. a", "K: x; V: 1", "After"]


def test_word_text_boxes_in_cells_are_in_the_cell(tmp_path):
    assert lines(word(tmp_path, table(("K", "V"), ("x", p("1", text_box(p("new"))))))) == ["K: x; V: 1 new"]


def control(inner: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def test_word_content_controls_are_read_wherever_they_stand(tmp_path):
    cell = f"<w:tc>{p('7')}</w:tc>"
    row = f"<w:tr><w:tc>{control(p('y'))}</w:tc>{control(cell)}</w:tr>"
    body = control(p("A block")) + p("in ", control(r("line")), "!") + p(control(r("Choose"), "<w:showingPlcHdr/>"), "Empty")
    body += table(("K", "V")).replace("</w:tbl>", f"{control(row)}</w:tbl>")
    assert lines(word(tmp_path, body)) == ["A block", "in line!", "Empty", "K: y; V: 7"]


def test_word_tables_of_contents_are_left_out(tmp_path):
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    styles = HEADINGS + '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="toc 1"/></w:style>'
    body = control(p("Contents") + p("Scope\t3"), gallery) + p("Scope 3", style="T") + p("Scope", style="H1") + p("All.")
    assert lines(word(tmp_path, body, styles=styles)) == ["Scope", "All."]


def test_word_frames_of_one_cell_are_their_content(tmp_path):
    assert lines(word(tmp_path, table((p("Heads", style="H1") + p("Text."),)), styles=HEADINGS)) == ["Heads", "Text."]


# --- Tables ---


def test_word_rows_of_an_inner_table_are_rows_with_the_outer_ones_cells(tmp_path):
    inner = table(("Parcel", "7 euros"), ("Pallet", "64 euros"), header=False)
    body = table(("Zone", "Prices"), ("North", p() + inner + p()), ("South", p("By weight") + inner + p("each")), ("West", "0"))
    assert lines(word(tmp_path, body)) == [
        "Zone: North; Prices: Parcel: 7 euros",
        "Zone: North; Prices: Pallet: 64 euros",
        "Zone: South; Prices: By weight Parcel: 7 euros",
        "Zone: South; Prices: Pallet: 64 euros each",
        "Zone: West; Prices: 0",
    ]


def test_word_inner_tables_have_their_own_names(tmp_path):
    inner = table(("Size", "Price"), ("S", "7"), ("M", "8"))
    body = table(("Zone", "Prices"), ("North", inner + p()))
    assert lines(word(tmp_path, body)) == ["Zone: North; Prices: Size: S; Price: 7", "Zone: North; Prices: Size: M; Price: 8"]


def test_word_merged_cells_span_the_rows_of_inner_tables(tmp_path):
    def merged(text: str, kind: str) -> str:
        return f'<w:tc><w:tcPr><w:vMerge w:val="{kind}"/></w:tcPr>{p(text)}</w:tc>'

    inner = table(("A", "1"), ("B", "2"), header=False)
    body = table(("Line", "Stop")).replace(
        "</w:tbl>",
        f"<w:tr>{merged('7', 'restart')}<w:tc>{inner}{p()}</w:tc></w:tr>"
        f"<w:tr>{merged('', 'continue')}<w:tc>{p('C')}</w:tc></w:tr>"
        f"<w:tr><w:tc>{p('8')}</w:tc><w:tc>{p('D')}</w:tc></w:tr></w:tbl>",
    )
    assert lines(word(tmp_path, body)) == [
        "Line: 7; Stop: A: 1",
        "Line: 7; Stop: B: 2",
        "Line: 7; Stop: C",
        "Line: 8; Stop: D",
    ]


# --- Changes, links, fields ---


def deleted(text: str, tag: str = "del") -> str:
    return f"<w:{tag}><w:r><w:delText>{text}</w:delText></w:r></w:{tag}>"


def test_word_insertions_are_kept_and_deletions_left_out(tmp_path):
    moved = f"<w:moveTo>{r('here')}</w:moveTo><w:moveFrom>{r('gone')}</w:moveFrom>"
    body = p("In ", deleted("14"), f"<w:ins>{r('45')}{deleted('7')}</w:ins>", " days ", moved) + p(
        f"<w:ins>{r('New.')}</w:ins>"
    )
    assert lines(word(tmp_path, body)) == ["In 45 days here", "New."]


def run(properties: str, inner: str) -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr>{inner}</w:r>"


def test_word_struck_text_is_left_out_and_its_fields_end(tmp_path):
    struck = (run(f"<w:{kind}/>", "<w:t>49 </w:t>") for kind in ("strike", "dstrike"))
    kept = run('<w:strike w:val="false"/>', "<w:t>39 €</w:t>")
    begin, shown, end = (f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate", "end"))
    field = run("<w:strike/>", begin) + run("<w:strike/>", f"<w:instrText>X</w:instrText>{shown}<w:t>old</w:t>") + run("", end)
    body = p(*struck, kept, field, " net") + p(run("<w:strike/>", "<w:t>Gone</w:t>"), number=(1, 0))
    assert lines(word(tmp_path, body, numbering=levels(("decimal", "%1.")))) == ["39 € net"]


def test_word_paragraphs_in_bold_above_text_are_headings(tmp_path):
    def bold(text: str) -> str:
        return p(run("<w:b/>", f"<w:t>{text}</w:t>"))

    text = "You may return any item within 30 days of delivery, if it is unused and complete. " * 2
    body = (
        p("Help", style="H1") + bold("1. Scope") + p(text) + bold("Returns") + p(text) + bold("1. a") + bold("2. b") + p(text)
    )
    feet = '<w:footerReference w:type="default" r:id="footer1"/>'
    path = word(tmp_path, body + section(feet), styles=HEADINGS, footer1=p("Mill Ltd."))
    (document,) = read(path)
    found = [(block.kind, block.level, document.text[block.start : block.end]) for block in document.blocks if block.level]
    assert found == [("heading", 1, "Help"), ("heading", 2, "1. Scope"), ("heading", 2, "Returns")]
    assert [part.headings for part in document.sections] == [("Help",), ("Help", "1. Scope"), ("Help", "Returns"), ()]
    assert [block.marker for block in document.blocks if block.marker] == ["1.", "2."]


def test_word_deleted_rows_and_paragraph_ends_are_left_out(tmp_path):
    ended = p("One ").replace("<w:pPr>", "<w:pPr><w:rPr><w:del/></w:rPr>")
    gone = p(deleted("x"), number=(1, 0)).replace("<w:pPr>", "<w:pPr><w:rPr><w:del/></w:rPr>")
    rows = table(("K", "V"), ("a", "1"), ("b", "2")).replace(
        '<w:tr><w:tc><w:p><w:pPr></w:pPr><w:r><w:t xml:space="preserve">a',
        ('<w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:pPr></w:pPr><w:r><w:t xml:space="preserve">a'),
    )
    path = word(tmp_path, ended + p("two") + gone + p("first", number=(1, 0)) + rows, numbering=levels(("decimal", "%1.")))
    assert lines(path) == ["One two", "1. first", "K: b; V: 2"]


def test_word_fields_show_their_result_and_links_keep_their_mark(tmp_path):
    def part(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    code = '<w:r><w:instrText xml:space="preserve"> HYPERLINK "https://x.example/a" </w:instrText></w:r>'
    body = p("See ", part("begin"), code, part("separate"), "our page", part("end"), " or that.")
    (document,) = read(word(tmp_path, body))
    assert document.text == "See our page or that."
    assert [(document.text[m.start : m.end], m.target) for m in document.marks] == [("our page", "https://x.example/a")]


def test_word_breaks_tabs_and_hidden_text(tmp_path):
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
    signs = "<w:r><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:br w:type='page'/><w:t>d</w:t><w:noBreakHyphen/><w:t>e</w:t></w:r>"
    assert lines(word(tmp_path, p("a", signs, hidden))) == ["a b\nc d-e"]


# --- Headers and footers ---


def section(*references: str, title: bool = False) -> str:
    return f"<w:sectPr>{''.join(references)}{'<w:titlePg/>' if title else ''}</w:sectPr>"


def test_word_headers_and_footers_are_said_once_without_page_numbers(tmp_path):
    head = '<w:headerReference w:type="default" r:id="header1"/>'
    feet = '<w:footerReference w:type="default" r:id="footer1"/>', '<w:footerReference w:type="first" r:id="footer2"/>'
    page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r></w:fldSimple>'
    parts = {
        "header1": p("Internal: staff only") + p("Scope"),
        "footer1": p("Mill Ltd.", "<w:r><w:tab/></w:r>", "Page ", page, " of 9") + p("- 4 -"),
        "footer2": p("First page only"),
    }
    body = f"<w:p><w:pPr>{section(head)}</w:pPr></w:p>{p('Scope', style='H1')}{p('All.')}"
    path = word(tmp_path, body + section(head, *feet), styles=HEADINGS, **parts)
    assert lines(path) == ["Internal: staff only", "Scope", "All.", "Mill Ltd."]
    assert read(path)[0].sections[-1].headings == ()
    path = word(tmp_path, body + section(head, *feet, title=True), styles=HEADINGS, **parts)
    assert lines(path)[-2:] == ["Mill Ltd.", "First page only"]


# --- Hostile files ---


def _chain(n: int) -> str:
    return f'<w:style w:type="paragraph" w:styleId="s{n}"><w:name w:val="s"/><w:basedOn w:val="s{(n + 1) % 5}"/></w:style>'


def test_word_styles_that_build_on_each_other_end(tmp_path):
    path = word(tmp_path, p("text", style="s0"), styles="".join(map(_chain, range(5))))
    assert lines(path) == ["text"]


def test_word_wrong_numbers_are_no_failure(tmp_path):
    numbering = levels(("decimal", "%1." + "x" * 100_000), number=1).replace('start w:val="1"', 'start w:val="many"')
    body = (
        p("a", number=(1, 99)) + p("b", number=(1, 0)) + p("c", number=(1, 0)).replace('numId w:val="1"', 'numId w:val="one"')
    )
    found = lines(word(tmp_path, body, numbering=numbering))
    assert [line[-1] for line in found] == ["a", "b", "c"]
    assert max(map(len, found)) < 100


def test_word_tables_and_boxes_nested_deeply_keep_their_text_or_say_why(tmp_path):
    inner = p("core")
    for _ in range(40):
        inner = table(("x", inner + p()))
    assert "core" in read(word(tmp_path, inner))[0].text
    for _ in range(2_000):
        inner = table((inner,))
    assert failure(word(tmp_path, inner)).reason == "damaged"


def test_word_many_notes_and_boxes_take_a_bounded_time(tmp_path):
    body = "".join(p("x", note(n % 100), text_box(p(f"box {n}"))) for n in range(3_000))
    start = time.monotonic()
    found = lines(word(tmp_path, body, footnotes=notes(*("word " * 1_000 for _ in range(100)))))
    assert (len(found), time.monotonic() - start < 20) == (6_000, True)


# --- Charts ---


def chart(folder: Path, kind: XL_CHART_TYPE, data: CategoryChartData | XyChartData, title: str = "") -> Document:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Survey"
    drawn = slide.shapes.add_chart(kind, Inches(1), Inches(1), Inches(4), Inches(4), data).chart
    drawn.has_title = bool(title)
    if title:
        drawn.chart_title.text_frame.text = title
        drawn.value_axis.has_title = True
        drawn.value_axis.axis_title.text_frame.text = "percent"
    presentation.save(folder / "a.pptx")
    (document,) = read(folder / "a.pptx")
    assert_covered(document)
    return document


def test_slides_charts_are_rows_of_categories_and_series(tmp_path):
    data = CategoryChartData()
    data.categories = ["North", "West"]
    data.add_series("2024", (81, None))
    data.add_series("2025", (0.1 + 0.2, 92))
    found = chart(tmp_path, XL_CHART_TYPE.COLUMN_CLUSTERED, data, "Satisfaction")
    assert found.text.split("\n\n", 1)[1] == (
        "Satisfaction\n\nNorth; 2024 (percent): 81; 2025 (percent): 0.3\nWest; 2025 (percent): 92"
    )
    assert found.blocks[-1].caption == "Satisfaction"


def test_slides_charts_have_levels_percents_and_points(tmp_path):
    data = CategoryChartData(number_format="0%")
    for year in ("2024", "2025"):
        outer = data.add_category(year)
        outer.add_sub_category("Q1")
        outer.add_sub_category("Q2")
    data.add_series("Share", (0.1, 0.2, 0.3, 0.45))
    text = chart(tmp_path, XL_CHART_TYPE.LINE, data).text
    assert "2024 Q1; Share: 10%\n2024 Q2; Share: 20%\n2025 Q1; Share: 30%\n2025 Q2; Share: 45%" in text
    points = XyChartData()
    points.add_series("Speed").add_data_point(1.5, 7)
    assert chart(tmp_path, XL_CHART_TYPE.XY_SCATTER, points).text.endswith("1.5; Speed: 7")


def test_word_charts_are_rows_behind_their_paragraph(tmp_path):
    names = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'

    def values(tag: str, kind: str, *texts: str) -> str:
        points = "".join(f'<c:pt idx="{n}"><c:v>{text}</c:v></c:pt>' for n, text in enumerate(texts))
        return f"<c:{tag}><c:{kind}Ref><c:{kind}Cache>{points}</c:{kind}Cache></c:{kind}Ref></c:{tag}>"

    inner = values("tx", "str", "Share") + values("cat", "str", "North", "West") + values("val", "num", "0.5", "7")
    space = f"<c:chart {names}><c:plotArea><c:barChart><c:ser>{inner}</c:ser></c:barChart></c:plotArea></c:chart>"
    path = word(
        tmp_path, p("See:", f'<w:r><w:drawing><c:chart {names} r:id="chart"/></w:drawing></w:r>') + p("End"), chart=space
    )
    with ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["word/chart.xml"] = entries["word/chart.xml"].replace(
        b"w:chartSpace xmlns", f"c:chartSpace {names} xmlns".encode(), 1
    )
    entries["word/chart.xml"] = entries["word/chart.xml"].replace(b"/w:chartSpace", b"/c:chartSpace")
    assert lines(make_zip(path, entries)) == ["See:", "North; Share: 0.5", "West; Share: 7", "End"]


def test_word_title_has_no_number_of_a_heading(tmp_path):
    (document,) = read(word(tmp_path, p("Scope", style="H1") + p("x"), styles=HEADINGS, numbering=levels(("decimal", "%1"))))
    assert (document.title, document.text) == ("Scope", "1 Scope\n\nx")
