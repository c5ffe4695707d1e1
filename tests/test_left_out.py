"""What loading could not read of a file: counted, named, and the rest is read."""

import json
import zipfile
from pathlib import Path

import openpyxl
import pptx
import pytest
from pptx.util import Inches

from rag.about import LeftOut
from rag.apps import left_out
from rag.apps.page import documents
from rag.errors import LoadError
from rag.index.ingestion import IngestReport
from rag.languages import en as texts
from rag.types import FileReport
from tests.test_loading import make_zip, read
from tests.test_loading_word import word

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000"
    "000049454e44ae426082"
)
PICTURE = (
    '<w:p><w:r><w:drawing><wp:inline xmlns:wp="urn:wp"><wp:docPr id="1" name="Picture 1"{said}>{extra}</wp:docPr>'
    '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
    '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"/></a:graphicData></a:graphic>'
    "</wp:inline></w:drawing></w:r></w:p>"
)
DECORATIVE = '<d:decorative xmlns:d="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/>'


def test_a_workbook_says_what_is_hidden_and_what_has_no_value(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Item", "Cost", "Price"], ["Lamp", 17, 49], ["Draft", 1, 2], ["Desk", 90, "=NOSUCH(1)"]):
        book.active.append(row)
    book.active.title = "Prices"
    book.active.column_dimensions["B"].hidden = True
    book.active.column_dimensions["Z"].hidden = True  # nothing stands in it
    book.active.row_dimensions[3].hidden = True
    for state in ("hidden", "veryHidden"):
        other = book.create_sheet(f"{state} costs")
        other.append(["Lamp", 17])
        other.sheet_state = state
    book.save(tmp_path / "a.xlsx")
    assert set(read(tmp_path / "a.xlsx")[0].left_out) == {
        LeftOut("hidden sheets", 2, "hidden costs"),
        LeftOut("hidden rows", 1, "Prices, row 3"),
        LeftOut("hidden columns", 1, "Prices"),
        LeftOut("formulas without a value", 1, "Prices, row 4"),
    }


def test_a_workbook_that_is_read_whole_leaves_nothing_out(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Lamp", 49])
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx")[0].left_out == ()


def test_pictures_of_word_count_where_nothing_describes_them(tmp_path: Path) -> None:
    pictures = (("", ""), (' descr=""', ""), (' descr="The opened lamp"', ""), ("", DECORATIVE))
    body = "".join(PICTURE.format(said=said, extra=extra) for said, extra in pictures)
    (document,) = read(word(tmp_path, f"<w:p><w:r><w:t>Open the lamp.</w:t></w:r></w:p>{body}"))
    assert document.left_out == (LeftOut("pictures without text", 2),)


def test_pictures_of_slides_count_where_nothing_describes_them(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    presentation = pptx.Presentation()
    for _ in range(2):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = "The lamp"
    for described in (False, True):
        picture = slide.shapes.add_picture(str(tmp_path / "a.png"), 0, 0, Inches(1))
        picture._element.nvPicPr.cNvPr.set("descr", "The opened lamp" if described else "")
    presentation.save(str(tmp_path / "a.pptx"))
    assert read(tmp_path / "a.pptx")[0].left_out == (LeftOut("pictures without text", 1, "slide 2"),)


def test_a_damaged_chart_of_word_is_left_out_and_the_text_is_read(tmp_path: Path) -> None:
    chart = '<w:p><w:r><w:drawing><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="chart"/>'
    path = word(tmp_path, f"<w:p><w:r><w:t>Sales grew.</w:t></w:r></w:p>{chart}</w:drawing></w:r></w:p>", chart="<c:chart>")
    (document,) = read(path)
    assert document.text == "Sales grew."
    assert document.left_out == (LeftOut("unreadable parts", 1, "/word/chart.xml"),)


def book_of(folder: Path, **chapters: bytes | None) -> Path:
    """An EPUB whose spine names these chapters; None: it is not in the file."""
    items = "".join(f'<item id="{name}" href="{name}.xhtml"/>' for name in chapters)
    spine = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    entries = {
        "META-INF/container.xml": b'<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>',
        "a.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>".encode(),
        **{f"{name}.xhtml": text for name, text in chapters.items() if text is not None},
    }
    return make_zip(folder / "a.epub", entries)


def damage(path: Path, member: str) -> None:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(member)
        start = info.header_offset + 30 + len(member)
    data = bytearray(path.read_bytes())
    data[start : start + info.compress_size] = b"\xff" * info.compress_size
    path.write_bytes(data)


def test_chapters_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    path = book_of(tmp_path, one=b"<html><body><p>One is read.</p></body></html>", two=b"<html><body>2" * 50, three=None)
    damage(path, "two.xhtml")
    (document,) = read(path)
    assert document.text == "One is read."
    assert document.left_out == (LeftOut("unreadable parts", 2, "two.xhtml"),)


def test_a_book_of_which_no_chapter_can_be_read_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(LoadError) as failed:
        read(book_of(tmp_path, one=None, two=None))
    assert failed.value.reason == "damaged"


def test_lines_that_are_no_json_are_left_out_where_most_are(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(['{"text": "One."}', "{broken", '{"text": "Two."}', "[3]", '{"text": "Four."}']))
    found = read(path)
    assert [document.name for document in found] == ["a.jsonl#line=1", "a.jsonl#line=3", "a.jsonl#line=5"]
    assert found[0].left_out == (LeftOut("lines that are no JSON", 2, "line 2"),)
    assert found[1].left_out == ()


def test_a_file_whose_lines_are_mostly_no_json_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "over\nseveral"}, indent=2) + '\n{"text": "one"}\n')
    with pytest.raises(LoadError, match="line 1 is not JSON"):
        read(path)


def test_questions_without_an_answer_are_left_out_and_the_first_document_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("question,answer\nWhy?,\nWhen?,Tomorrow.\nWhere?\n")
    (document,) = read(path)
    assert document.left_out == (LeftOut("rows without an answer", 2, "row 2"),)


def test_what_was_left_out_is_said_in_the_list_and_in_the_report() -> None:
    parts = (LeftOut("hidden sheets", 2, "<b>Costs"), LeftOut("formulas without a value", 1))
    assert left_out.say(parts) == "2 hidden sheets (first: <b>Costs), 1 formula without a value"
    file = FileReport("prices.xlsx", "ready", "Prices", 1, 3, 900, left_out=parts)
    assert "Not read: 2 hidden sheets (first: &lt;b&gt;Costs), 1 formula without a value" in documents.file_list([file])
    told = documents.report(IngestReport(1, 0, 0, 0, (), 0.1, incomplete=(file,)))
    assert "1 added, 0 replaced, 0 unchanged; of 1 file something was not read:" in told
    assert "prices.xlsx</bdi>: 2 hidden sheets" in told


def test_a_file_that_says_it_is_for_staff_is_told_to_be_hidden() -> None:
    assert texts.ADDED_INTERNAL in documents.report(IngestReport(1, 0, 0, 0, (), 0.1, internal=1))
    assert texts.ADDED_INTERNAL in documents.report(IngestReport(0, 0, 1, 0, (), 0.1), "internal")
    assert texts.ADDED_INTERNAL not in documents.report(IngestReport(1, 0, 0, 0, (), 0.1))


def test_a_report_of_many_files_is_bounded() -> None:
    failed = tuple(FileReport(f"{n}.pdf", "quarantined", message=f"{n}.pdf is damaged") for n in range(500))
    told = documents.report(IngestReport(0, 0, 0, 0, failed, 0.1))
    assert told.count("<li>") == documents.MOST_TOLD + 1
    assert "and 480 more, in the list below" in told
