"""Text that is read off pictures: scans, photos, pictures in documents; its limits, and that nothing is fetched."""

import io
import signal
import socket
import sys

import numpy as np
import pytest
from PIL import Image

from rag.about import LeftOut
from rag.errors import LoadError
from rag.loading import OcrLimits, ParserProcess, ocr, wire
from rag.loading.builder import Builder
from rag.loading.images import load_image
from rag.loading.limits import limits
from rag.loading.ocr import ocr_for
from rag.loading.ocr_layout import append_lines
from rag.loading.ocr_lines import straightened
from rag.loading.pdf import load_pdf
from rag.loading.pdf_words import Word
from rag.loading.slides import load_slides
from rag.loading.word import load_word
from tests.pdf_writer import Page, lines, write
from tests.pictures import PRICES, drawn, photo, price_list

pytest.importorskip("rapidocr")
reads = pytest.mark.slow  # each picture takes a second or more
LIMITS = OcrLimits(seconds=600, threads=2)
ROWS = [f"Service: {name}; EUR: {price}" for name, price in PRICES[1:]]
NOTE = "The lamp holds 600 lumens for 1.8 hours"


def texts(document):
    return [document.text[block.start : block.end] for block in document.blocks]


def read(path, loader=load_image, allowed=LIMITS):
    with ocr_for(path.name, allowed):
        documents = loader(path, path.name)
    return wire.unpack(wire.pack(documents))[0]


def failure(path, loader=load_image, allowed=LIMITS):
    with pytest.raises(LoadError) as caught:
        read(path, loader, allowed)
    assert str(caught.value).startswith(path.name)
    return caught.value.reason, str(caught.value)


def saved(picture, path, **extras):
    picture.save(path, **extras)
    return path


def note():
    return drawn([(40, 60, NOTE, 30)], (800, 200))


@reads
def test_a_photo_of_a_price_list_is_rows_with_the_names_of_its_columns(tmp_path):
    document = read(saved(photo(price_list()), tmp_path / "prices.jpg"))
    assert texts(document) == ["Price list", *ROWS, "Open Monday to Friday 9:00 to 18:30"]
    assert document.title == "Price list"
    assert {mark.kind for mark in document.marks} == {"ocr"}
    assert {section.page for section in document.sections} == {None}


@reads
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_picture_that_lies_on_its_side_is_read(tmp_path, turn):
    assert texts(read(saved(price_list().rotate(turn, expand=True), tmp_path / "a.png")))[1:-1] == ROWS


@reads
def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6  # The camera was turned by 90 degrees.
    path = saved(note().rotate(90, expand=True), tmp_path / "a.jpg", exif=exif)
    assert texts(read(path)) == [NOTE]


@reads
@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp"])
def test_each_format_is_read(tmp_path, suffix):
    assert texts(read(saved(note(), tmp_path / f"a.{suffix}"))) == [NOTE]


@reads
def test_letters_on_a_transparent_ground_stand_on_white(tmp_path):
    clear = Image.new("RGBA", (800, 200))
    clear.putalpha(note().point(lambda value: 255 - value))
    assert texts(read(saved(clear, tmp_path / "a.png"))) == [NOTE]


@reads
def test_the_pictures_of_a_tiff_are_pages(tmp_path):
    second = drawn([(40, 60, "Second page of the fax", 30)], (800, 200))
    document = read(saved(note(), tmp_path / "fax.tif", save_all=True, append_images=[second]))
    assert [(section.page, document.text[section.start : section.end].strip()) for section in document.sections] == [
        (1, NOTE),
        (2, "Second page of the fax"),
    ]


@reads
@pytest.mark.shared
def test_chinese_is_read(shared_data, tmp_path):
    import pypdfium2

    with pypdfium2.PdfDocument(shared_data / "files-pdf" / "pypdf" / "issue-914-xmp-data.pdf") as document:
        picture = document[0].render(scale=2, crop=(0, 600, 0, 60)).to_pil()
    assert "雨润白条猪肉" in read(saved(picture, tmp_path / "a.png")).text


@reads
def test_noise_is_no_text(tmp_path):
    noise = Image.fromarray(np.random.default_rng(2).integers(0, 255, (300, 400), np.uint8))
    reason, message = failure(saved(noise, tmp_path / "noise.png"))
    assert reason == "no text"
    assert "sharper" in message


@reads
def test_only_the_pages_without_text_are_read_by_ocr(tmp_path):
    import pypdfium2

    written = write(tmp_path / "text.pdf", Page(lines(60, 760, ["Kettles are sold at the desk."])))
    scan = saved(drawn([(100, 200, NOTE, 40)], (1240, 1754)), tmp_path / "scan.pdf", resolution=150)
    both = pypdfium2.PdfDocument.new()
    for path in (written, scan):
        both.import_pages(pypdfium2.PdfDocument(path))
    both.save(tmp_path / "both.pdf")
    document = read(tmp_path / "both.pdf", load_pdf)
    assert texts(document) == ["Kettles are sold at the desk.", NOTE]
    assert [section.page for section in document.sections] == [1, 2]
    assert [document.text[mark.start : mark.end] for mark in document.marks] == [NOTE]
    assert document.left_out == ()
    assert read(tmp_path / "both.pdf", load_pdf, None).left_out == (LeftOut("pages without text", 1, "page 2"),)


@reads
def test_a_stamp_on_a_scan_is_not_all_of_its_text(tmp_path):
    import pypdfium2

    saved(drawn([(100, 200, NOTE, 40)], (1240, 1754)), tmp_path / "scan.pdf", resolution=150)
    with pypdfium2.PdfDocument(tmp_path / "scan.pdf") as document:
        assert ocr.is_picture(document[0], letters=12)
        assert not ocr.is_picture(document[0], letters=500)
    with pypdfium2.PdfDocument(write(tmp_path / "empty.pdf", Page(""))) as document:
        assert not ocr.is_picture(document[0], letters=0)


@reads
def test_pictures_in_word_and_powerpoint_stand_where_they_are(tmp_path):
    import docx
    import pptx

    saved(note(), tmp_path / "note.png")
    saved(drawn([], (30, 30)), tmp_path / "icon.png")
    word = docx.Document()
    word.add_paragraph("Before it.")
    word.add_picture(str(tmp_path / "icon.png"))
    word.add_picture(str(tmp_path / "note.png"))
    word.add_paragraph("Behind it.")
    word.save(tmp_path / "a.docx")
    assert texts(read(tmp_path / "a.docx", load_word)) == ["Before it.", NOTE, "Behind it."]

    slides = pptx.Presentation()
    for _ in range(2):  # The same picture twice, as a logo is.
        slides.slides.add_slide(slides.slide_layouts[6]).shapes.add_picture(str(tmp_path / "note.png"), 0, 0)
    slides.save(tmp_path / "a.pptx")
    assert texts(read(tmp_path / "a.pptx", load_slides)) == [NOTE]


def test_pictures_in_documents_are_left_out_where_they_may_not_be_read(tmp_path):
    import docx

    saved(note(), tmp_path / "note.png")
    word = docx.Document()
    word.add_paragraph("Before it.")
    word.add_picture(str(tmp_path / "note.png"))
    word.save(tmp_path / "a.docx")
    assert texts(read(tmp_path / "a.docx", load_word, None)) == ["Before it."]


def test_without_ocr_a_picture_says_how_to_have_it_read(tmp_path, monkeypatch):
    path = saved(note(), tmp_path / "a.png")
    assert failure(path, allowed=None) == ("no text", "a.png is a picture: reading pictures is off; set RAG_OCR=true")
    monkeypatch.setattr(ocr, "find_spec", lambda module: None)
    reason, message = failure(path)
    assert reason == "no text"
    assert 'pip install "footnote-rag[ocr]"' in message


def test_a_bomb_and_a_broken_picture_are_told(tmp_path):
    bomb = saved(Image.new("1", (20_000, 20_000)), tmp_path / "bomb.png")
    assert bomb.stat().st_size < 100_000
    assert failure(bomb)[0] == "too large"
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    assert failure(tmp_path / "broken.jpg")[0] == "damaged"
    whole = io.BytesIO()
    note().save(whole, "PNG")
    (tmp_path / "cut.png").write_bytes(whole.getvalue()[:400])
    assert failure(tmp_path / "cut.png")[0] == "damaged"


@reads
def test_a_file_may_have_so_many_pictures_and_take_so_long(tmp_path):
    path = saved(note(), tmp_path / "fax.tif", save_all=True, append_images=[note()])
    reason, message = failure(path, allowed=OcrLimits(pages=1))
    assert reason == "too large"
    assert "more than 1 pages or pictures" in message
    reason, message = failure(path, allowed=OcrLimits(seconds=1e-6))
    assert reason == "too slow"
    assert "RAG_OCR_SECONDS" in message


@reads
@pytest.mark.skipif(sys.platform != "linux", reason="memory limits are enforced on Linux only")
@pytest.mark.parametrize("memory_mb", [150, 900])  # too little for its libraries; for a picture
def test_ocr_that_runs_out_of_memory_says_what_to_raise(tmp_path, memory_mb):
    path = saved(drawn([(60, 200, NOTE, 40)], (1600, 2000)), tmp_path / "a.png")
    with ParserProcess() as process, pytest.raises(LoadError, match="RAG_OCR_MEMORY_MB") as caught:
        process.parse(path, path.name, seconds=60, memory_mb=400, ocr=OcrLimits(memory_mb=memory_mb))
    assert caught.value.reason == "too large"


@reads
def test_nothing_is_fetched(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection is opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    ocr._engine.cache_clear()
    assert texts(read(saved(note(), tmp_path / "a.png"))) == [NOTE]


@pytest.mark.skipif(sys.platform == "win32", reason="no alarms")
def test_limits_within_limits_stop_the_clock_of_the_outer_ones():
    with limits(100, 4096):
        with limits(5, 4096):
            assert signal.getitimer(signal.ITIMER_REAL)[0] <= 5
        assert 90 < signal.getitimer(signal.ITIMER_REAL)[0] <= 100
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.parametrize(("slope", "change"), [(0.0, 0.0), (0.03, 0.0), (-0.04, 0.08), (0.05, -0.06)])
def test_rows_seen_at_an_angle_are_level_again(slope, change):
    rows = []
    for n in range(8):
        y0 = 100 + 60 * n
        for x0, x1 in ((50, 350), (800, 880)):
            ends = [y0 + (slope + change * (y0 - 310) / 420) * (x - 465) for x in (x0, x1)]
            rows.append([(x0, ends[0] - 15), (x1, ends[1] - 15), (x1, ends[1] + 15), (x0, ends[0] + 15)])
    boxes = straightened(np.array(rows, float))
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    assert np.abs(middles[::2] - middles[1::2]).max() < 8


def line(x0, y0, text, height=20.0):
    return Word(text, x0, y0, x0 + 9 * len(text), y0 + height, height, False)


def test_columns_of_a_scan_are_read_one_after_the_other():
    left = ["The reading room is open to all", "members on weekdays and on the", "first Saturday of each month."]
    right = ["Printing costs twelve cents for a", "page in black, and the printer", "takes cards only, no coins."]
    builder = Builder()
    places = [line(x, 100 + 30 * n, text) for x, side in ((40, left), (400, right)) for n, text in enumerate(side)]
    append_lines(builder, [line(40, 20, "Library guide", 40), *places])
    assert texts(builder.document("a", "a")) == ["Library guide", " ".join(left), " ".join(right)]
