"""Every format gives the same document; every unreadable file gives its reason."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import LoadError
from rag.loading import SUFFIXES, discover, load
from rag.loading.builder import Builder, Table, readable
from rag.loading.cleaning import clean
from rag.loading.encoding import decode
from rag.loading.pieces import Style, link
from rag.loading.wire import pack, unpack
from rag.types import Block, Document

DATA = Path(__file__).parent / "data" / "loading"
SHARED = Path(__file__).parents[2] / "shared" / "data"
RETURNS = ["md", "mdx", "txt", "rst", "html", "xhtml", "docx", "pptx", "xlsx", "epub", "pdf"]
PAGES = {"pptx": [1, 2], "pdf": [1, 2]}


def read(path: Path, name: str | None = None) -> tuple[Document, ...]:
    return load(path, name or path.name, seconds=30, memory_mb=1024, max_mb=20)


def read_text(folder: Path, name: str, content: str | bytes) -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (document,) = read(path)
    assert_covered(document)
    return document


def failure(path: Path, **limits: float) -> LoadError:
    with pytest.raises(LoadError) as caught:
        load(path, path.name, **{"seconds": 30, "memory_mb": 1024, "max_mb": 20, **limits})
    assert path.name in str(caught.value)
    return caught.value


def outcome(path: Path) -> tuple[str, str]:
    """("read", all text) or (reason, message)."""
    try:
        documents = load(path, path.name, seconds=30, memory_mb=1024, max_mb=50)
    except LoadError as error:
        return error.reason, str(error)
    for document in documents:
        assert_covered(document)
    return "read", "\n".join(document.text for document in documents)


def assert_covered(document: Document) -> None:
    """What holds of every document: sections cover it, blocks hold all that is visible, marks and cells lie in blocks."""
    text = document.text
    ends = [0, *(section.end for section in document.sections)]
    assert [section.start for section in document.sections] == ends[:-1]
    assert ends[-1] == len(text)
    assert all(section.start < section.end for section in document.sections)
    assert clean(text) == text == text.rstrip()
    position = 0
    for block in document.blocks:
        assert position <= block.start < block.end <= len(text)
        assert not text[position : block.start].strip()
        assert text[block.start : block.end].strip() == text[block.start : block.end]
        assert_block(block, text)
        position = block.end
    assert position == len(text)
    assert_marks(document)


def assert_block(block: Block, text: str) -> None:
    assert text.startswith(block.marker, block.start)
    assert (block.kind == "item") == bool(block.marker)
    assert len(block.cells) == len(block.columns)
    assert block.kind == "row" or not block.cells
    if block.kind != "code":
        assert "\n\n" not in text[block.start : block.end]
    if block.kind in {"heading", "row"}:
        assert "\n" not in text[block.start : block.end]
    position = block.start
    for start, end in block.cells:
        assert position <= start <= end <= block.end
        assert text[start:end].strip() == text[start:end]
        position = end


def assert_marks(document: Document) -> None:
    order = [(mark.start, -mark.end) for mark in document.marks]
    assert order == sorted(order)
    blocks = iter(document.blocks)
    block = next(blocks, None)
    for mark in document.marks:
        while block is not None and block.end <= mark.start:
            block = next(blocks)
        assert block is not None
        assert block.start <= mark.start < mark.end <= block.end
        assert document.text[mark.start : mark.end].strip() == document.text[mark.start : mark.end]
        assert bool(mark.target) == (mark.kind == "link")
        assert not mark.target or mark.target.lower().startswith(("http://", "https://", "mailto:"))


@pytest.mark.parametrize("suffix", RETURNS)
def test_every_format_gives_the_same_document(suffix):
    (document,) = read(DATA / f"returns.{suffix}", f"help/returns.{suffix}")
    assert_covered(document)
    assert (document.name, document.title) == (f"help/returns.{suffix}", "Returns")
    first, last = document.sections
    assert (first.headings[-1], last.headings[-1]) == ("Returns", "Deadlines")
    assert "You may return any item within 30 days of delivery." in document.text[first.start : first.end]
    body = document.text[last.start : last.end]
    assert "Deadlines" in body.split("\n")[0]
    assert "The refund arrives within 5 business days." in body
    assert "Shoes" in body
    assert any("Shoes" in line and "30" in line for line in body.split("\n"))
    assert [section.page for section in document.sections] == PAGES.get(suffix, [None, None])


def test_all_suffixes_have_a_tiny_document():
    aliases = {".text", ".log", ".markdown", ".htm", ".ndjson", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"}
    assert {path.suffix for path in DATA.iterdir()} >= SUFFIXES - aliases


@pytest.mark.parametrize("suffix", ["html", "xhtml", "epub", "md"])
def test_levels_nest_where_the_format_has_them(suffix):
    (document,) = read(DATA / f"returns.{suffix}")
    expected = ("Deadlines",) if suffix == "epub" else ("Returns", "Deadlines")  # An EPUB's chapters stand side by side.
    assert document.sections[-1].headings == expected


def test_menus_scripts_and_footers_are_no_content():
    (document,) = read(DATA / "returns.html")
    assert not {"cart", "Imprint", "never", "color"} & set(document.text.replace("(", " ").split())
    assert "within 30 days of delivery" in document.text


def test_furniture_is_dropped_without_a_main_element(tmp_path):
    page = """<title>T</title><div id=menu>Home</div><div class="sidebar x">Ads</div><header>Top</header><form><h1>Pay</h1>
    <p>By card.<ol><li>Open<li>Tap <b>pay</b><ul><li>twice</ul></ol><p hidden>x<p style="display: none">x</form><footer>End"""
    document = read_text(tmp_path, "page.html", page)
    assert document.text == "Pay\n\nBy card.\n\n1. Open\n2. Tap pay\n- twice"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("<section id=menu><h2>Our menu</h2><ul><li>Pizza Margherita 9 €</ul></section>", "Our menu\n\n- Pizza Margherita 9 €"),
        ("<div class=sidebar><h3>Opening hours</h3><p>Monday to Friday</div>", "Opening hours\n\nMonday to Friday"),
        ("<aside class=note>Batteries are <b>not</b> included.</aside>", "Batteries are not included."),
        ("<aside>不含电池。</aside>", "不含电池。"),
        ("<div class=menu><ul><li>Pizza 9 €<li>Pasta 8 €</ul></div>", "- Pizza 9 €\n- Pasta 8 €"),
        ("<aside><table><tr><th>Owner<td>Ann</table></aside>", "Owner: Ann"),
        ("<aside>See <a href=x>terms</a>, which apply.</aside>", "See terms, which apply."),
        ("<aside>Loading...<script>a(). b.</script></aside>", ""),
        ("<div class=sidebar><h3>More</h3><a href=a>How to pay by card</a> <a href=b>How to pay later</a> new.</div>", ""),
        ("<div class=sidebar><h3>Newsletter</h3><form><input><button>Sign up</button></form></div>", ""),
        ("<div class=menu><ul><li>Home<li>Help</ul></div>", ""),
        ("<header>Batteries are not included.</header>", ""),
        ("<footer>Batteries are not included.</footer>", ""),
        ("<nav>Batteries are not included.</nav>", ""),
    ],
)
def test_names_make_furniture_only_of_what_says_nothing(tmp_path, part, said):
    document = read_text(tmp_path, "page.html", f"<body><h1>Shop</h1>{part}<p>End")
    assert document.text == "\n\n".join(filter(None, ("Shop", said, "End")))
    assert document.sections[-1].headings == ("Shop",)


def test_layout_tables_are_walked_and_data_tables_are_rows(tmp_path):
    rows = "<tr><th>x<th>y<tr><td>1<br>2<td>3"
    page = f"<table><tr><td><h2>A</h2><table><caption>Prices</caption>{rows}</table></table><pre>a\n  b</pre>"
    assert read_text(tmp_path, "page.html", page).text == "A\n\nPrices\n\nx: 1 2; y: 3\n\na\n  b"


def test_html_declares_its_encoding(tmp_path):
    page = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><p>да</p>'.encode("cp1251")
    assert read_text(tmp_path, "page.html", page).text == "да"


def test_entities_of_xhtml_are_characters(tmp_path):
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>a&nbsp;b &lt; c&eacute;</p></body></html>'
    assert read_text(tmp_path, "page.xhtml", page).text == "a b < cé"


def test_slides_have_notes_and_lists_have_bullets():
    assert read(DATA / "returns.pptx")[0].text.endswith("Say it slowly.")
    assert read(DATA / "returns.docx")[0].text.endswith("- Keep the label\n- Keep the box")


def test_rows_read_as_sentences():
    assert "Item: Shoes; Days: 30\nItem: Books; Days: 14" in read(DATA / "returns.xlsx")[0].text
    assert read(DATA / "table.csv")[0].text == "Item: Shoes; Days: 30\nItem: Books; Days: 14"


def test_a_table_of_questions_is_a_document_a_row():
    first, second = read(DATA / "faq.csv", "a/faq.csv")
    assert (first.name, first.title, first.text) == ("a/faq.csv#row=2", "How long?", "How long?\n\n30 days.\n\nNo: 1")
    assert (second.name, second.title) == ("a/faq.csv#row=3", "How do I pay?")
    assert second.text == "How do I pay?\n\nBy card, or cash.\n\nNo: 2"
    (chinese,) = read(DATA / "faq.tsv")
    assert (chinese.name, chinese.text) == ("faq.tsv#row=2", "多久可以退货？\n\n三十天。")


def test_html_in_a_table_of_questions_is_read(tmp_path):
    path = tmp_path / "faq.csv"
    path.write_text(
        "question,answer,Body (HTML)\n"
        'Can I return?,"<p>Yes, within <strong>30&nbsp;days</strong>.</p><ul><li>Unused</li></ul>",'
        "<p>Nice &amp; <b>red</b></p>\n"
        '<b>Pay?</b>,"By <a href=""https://x.example"">card</a>\nor cash.\n\n- <i>now</i>\n- later",<ul><li>x</ul>\n'
        "Post?,a < b and c > d,one<br>two\n"
        "Gone?,<p></p>,\n"
    )
    documents = read(path)
    assert [(d.title, d.text.split("\n\n", 1)[1]) for d in documents] == [
        ("Can I return?", "Yes, within 30 days.\n\n- Unused\n\nBody (HTML): Nice & red"),
        ("Pay?", "By card\nor cash.\n\n- now\n- later\n\nBody (HTML):\n\n- x"),
        ("Post?", "a < b and c > d\n\nBody (HTML): one\ntwo"),
    ]
    assert documents[1].marks[0].target == "https://x.example"
    assert documents[0].left_out[0].count == 1


def test_html_in_rows_and_records_is_read(tmp_path):
    rows = "Item,About,Stock\nLamp,<p>Nice &amp; <b>red</b></p><ul><li>small</li></ul>,a < b\nDesk,Big,2\n"
    assert (
        read_text(tmp_path, "a.csv", rows).text
        == "Item: Lamp; About: Nice & red small; Stock: a < b\nItem: Desk; About: Big; Stock: 2"
    )
    record = '{"name": "Lamp", "body": "<h2>Use</h2><p>Plug in.</p>", "size": "3"}'
    document = read_text(tmp_path, "a.jsonl", record)
    assert document.text == "name: Lamp\n\nbody:\n\nUse\n\nPlug in.\n\nsize: 3"
    assert [section.headings for section in document.sections] == [(), ("Use",), ()]
    assert read_text(tmp_path, "a.jsonl", '{"text": "<p>One</p><p>Two</p>"}').text == "One\n\nTwo"


def test_blank_rows_count_as_a_spreadsheet_counts_them(tmp_path):
    path = tmp_path / "faq.csv"
    path.write_text("q,a\n\nWhen?,Now.\n")
    assert [document.name for document in read(path)] == ["faq.csv#row=3"]


def test_json_lines_are_a_document_a_line():
    documents = read(DATA / "faq.jsonl")
    assert [(d.name, d.title) for d in documents] == [
        ("faq.jsonl#line=1", "How long?"),
        ("faq.jsonl#line=3", "Pay"),
        ("faq.jsonl#line=4", "Faq"),
    ]
    assert [d.text for d in documents] == ["How long?\n\n30 days.", "Pay\n\nBy card.", "Closed"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("intro\n# A\n## B\ntext\n# C", [(), ("A",), ("A", "B"), ("C",)]),
        ("# A\n```\n# no\n~~~\n```\n~~~~\n# no\n~~~~\n", [("A",)]),
        ("A *b*\n====\n\nB\n---\n\ntext\n---\n", [("A b",), ("A b", "B"), ("A b", "text")]),
        ("## [Link](http://x) `code` {#id} ##\n#not\n####### no", [("Link code",)]),
        ("# C#\n\na | b\n--- | ---\n", [("C#",)]),
    ],
)
def test_markdown_headings_open_sections(tmp_path, text, paths):
    document = read_text(tmp_path, "a.md", text)
    assert [section.headings for section in document.sections] == paths
    assert [document.text[b.start : b.end] for b in document.blocks if b.kind == "heading"] == [
        path[-1] for path in paths if path
    ]


def test_front_matter_gives_the_title_and_is_left_out(tmp_path):
    document = read_text(tmp_path, "a.md", '---\r\nlayout: x\r\ntitle: "Refunds: how"\r\n---\r\n# Other\r\ntext')
    assert (document.title, document.text) == ("Refunds: how", "Other\n\ntext")


def test_component_lines_of_mdx_are_dropped_outside_code(tmp_path):
    text = "import A from 'a'\n\n<A b='c'>\nText <b>bold</b>\n</A>\n\n```\nimport A from 'a'\n```\n"
    assert read_text(tmp_path, "a.mdx", text).text == "Text bold\n\nimport A from 'a'"


def test_the_title_is_made_of_the_file_name_last(tmp_path):
    assert read_text(tmp_path, "returns-policy_2026.txt", "text").title == "Returns policy 2026"
    assert (readable("a/.x"), readable("---.txt")) == (".x", "---.txt")


def test_text_is_normalised_once(tmp_path):
    document = read_text(tmp_path, "a.txt", "\ufeff\r\na \t\r\nb\x00\x07\rc\x0cd\n\n\n\n\n\ne\u0301 \u00e9\n\n")
    assert document.text == "a\nb\nc\nd\n\ne\u0301 \u00e9"


WIDE = "Ein Text, wie er in Büros entsteht: drei Zeilen,\nnoch eine und dann\nSchluß.\n" * 4


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp1252"]
)
def test_encodings_are_detected(encoding):
    assert decode(WIDE.encode(encoding), "a.txt") == WIDE


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "退货政策：三十天之内可以退货。"),
        ("big5", "退貨政策：三十天之內可以退貨，請保留收據。"),
        *((encoding, "日本語の文章を少し長めに書きます。") for encoding in ("shift_jis", "euc_jp", "iso2022_jp")),
        ("iso2022_kr", "반품은 배송 후 삼십일 이내에 가능합니다."),
    ],
)
def test_east_asian_encodings_are_detected(encoding, text):
    assert decode((text * 5).encode(encoding), "a.txt") == text * 5


def test_discover_lists_files_by_name_and_skips_what_is_no_document(tmp_path):
    for name in ("b/z.md", "b/a.md", "a.xyz", ".hidden/a.md", ".env", "~$a.docx", "node_modules/a.md", "b/__pycache__/a.md"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "secret.md").touch()
    (tmp_path / "root" / "out.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "root" / "up").symlink_to(tmp_path)
    (tmp_path / "root" / "in.md").symlink_to(tmp_path / "root" / "b" / "a.md")
    os.mkfifo(tmp_path / "root" / "pipe.md")
    assert [name for _, name in discover(tmp_path / "root")] == ["a.xyz", "b/a.md", "b/z.md", "in.md"]
    assert discover(tmp_path / "secret.md") == [(tmp_path / "secret.md", "secret.md")]


def test_discover_names_can_be_stored(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("text")
    ((path, name),) = discover(tmp_path)
    assert name == "\ufffd.txt"
    assert load(path, name, seconds=30, memory_mb=1024, max_mb=1)[0].name == name


@pytest.mark.parametrize(
    ("name", "content", "reason", "says"),
    [
        ("a.md", b"", "empty", "0 bytes"),
        ("a.exe", b"MZ", "unknown type", r"\.exe files, only \.bmp \.csv"),
        ("a", b"text", "unknown type", "without a suffix"),
        ("a.md", b" \n\t\n---\n", "no text", "no words"),
        ("a.csv", b"question,answer\n", "no text", "no words"),
        ("a.html", b"<p></p>", "no text", "no words"),
        ("a.txt", bytes(range(256)) * 20, "damaged", "binary"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged", "97-2003"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted", "password"),
        ("a.pptx", b"%PDF-1.4", "damaged", "rename it to end in .pdf"),
        ("a.epub", b"PK\x03\x04 cut off", "damaged", "its end is missing"),
        ("a.pdf", b"hello", "damaged", "PdfiumError"),
        ("a.jsonl", b'{"a": "b"}\n{"a": ', "damaged", "line 2 is not JSON"),
        ("a.jsonl", b"[" * 100_000, "damaged", "line 1 is not JSON"),
        ("a.jsonl", b"[1]", "damaged", "no JSON object"),
    ],
)
def test_each_unreadable_file_has_its_reason(tmp_path, name, content, reason, says):
    path = tmp_path / name
    path.write_bytes(content)
    error = failure(path)
    assert error.reason == reason
    assert error.args[0]
    with pytest.raises(LoadError, match=says):
        raise error


def test_encrypted_and_scanned_pdfs_are_told_apart():
    assert failure(DATA / "locked.pdf").reason == "encrypted"
    scanned = failure(DATA / "scanned.pdf")
    assert (scanned.reason, "OCR" in str(scanned)) == ("no text", True)


def test_large_missing_and_special_files_are_not_opened(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"a" * 2_000_000)
    error = failure(path, max_mb=1)
    assert (error.reason, "1.9 MB" in str(error)) == ("too large", True)
    os.mkfifo(tmp_path / "pipe.md")
    assert failure(tmp_path / "pipe.md").reason == "unreadable"
    assert failure(tmp_path / "missing.md").reason == "unreadable"


def make_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_zip_bomb_is_not_inflated(tmp_path):
    path = make_zip(tmp_path / "bomb.docx", {"word/document.xml": bytes(64 << 20)})
    started = time.monotonic()
    error = failure(path)
    assert error.reason == "too large"
    assert time.monotonic() - started < 20
    path = make_zip(tmp_path / "many.docx", {f"{n}": b"" for n in range(10_001)})
    assert failure(path).reason == "too large"


@pytest.mark.parametrize("inside", ["../../etc/passwd", "/etc/passwd", "a/..\\b", "C:\\x"])
def test_names_that_lead_out_of_a_container_are_refused(tmp_path, inside):
    error = failure(make_zip(tmp_path / "a.docx", {"word/document.xml": b"<a/>", inside: b""}))
    assert (error.reason, "outside of itself" in str(error)) == ("damaged", True)


def test_a_container_of_another_kind_is_named(tmp_path):
    error = failure(make_zip(tmp_path / "a.docx", {"x.txt": b"hello"}))
    assert (error.reason, "no Word document" in str(error)) == ("damaged", True)


ENTITIES = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
LAUGHS = f"<!DOCTYPE a [<!ENTITY a0 'lol'>{ENTITIES}]>"
EXTERNAL = "<!DOCTYPE a [<!ENTITY a11 SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize("prologue", [LAUGHS, EXTERNAL])
@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.epub", "a.xhtml"])
def test_entities_are_neither_expanded_nor_fetched(tmp_path, name, prologue):
    xml = f'<?xml version="1.0"?>{prologue}<html><body><p>word &a11; end</p></body></html>'
    path = tmp_path / name
    if name.endswith("xhtml"):
        path.write_text(xml)
        assert read(path)[0].text == "word end"
        return
    with ZipFile(DATA / f"returns.{path.suffix[1:]}") as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        for entry in source.namelist():
            hostile = entry in {"word/document.xml", "xl/worksheets/sheet1.xml", "OEBPS/book.opf"}
            target.writestr(entry, xml if hostile else source.read(entry))
    started = time.monotonic()
    reason, text = outcome(path)
    assert reason in {"read", "damaged", "no text"}
    assert "root:" not in text
    assert "lollol" not in text
    assert time.monotonic() - started < 20


def test_deep_html_is_no_crash(tmp_path):
    path = tmp_path / "deep.html"
    path.write_text("<div>" * 100_000 + "word")
    assert outcome(path)[0] == "damaged"
    path.write_text("<div>" * 1_000 + "word")
    assert outcome(path) == ("read", "word")


def test_importing_is_light():
    code = "import sys, rag.loading; print({'torch', 'gradio', 'chromadb', 'lxml', 'docx', 'pypdfium2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=DATA.parents[2])
    assert done.stdout.strip() == "set()"


STYLES = st.lists(
    st.sampled_from([Style("strong"), Style("emphasis"), Style("code"), link("https://a.example")]), max_size=3, unique=True
)
PIECES = st.lists(st.tuples(st.text(max_size=10) | st.sampled_from([" ", "\n", "a b", "\r"]), STYLES.map(tuple)), max_size=4)
BLOCKS = st.one_of(
    st.tuples(st.just("text"), PIECES),
    st.tuples(st.just("heading"), st.integers(0, 6), PIECES),
    st.tuples(st.just("begin_item"), st.sampled_from(["-", "1.", "(a)"]), st.integers(0, 3)),
    st.tuples(st.just("end_item")),
    st.tuples(st.just("code"), st.text(max_size=30), st.text(max_size=5)),
    st.tuples(
        st.just("row"),
        st.sampled_from([Table(), Table(("a", "", "b"), "c"), Table(labelled=True)]),
        st.lists(PIECES, max_size=4),
    ),
    st.tuples(st.just("page"), st.integers(1, 5)),
    st.tuples(st.just("close_sections")),
)


@given(st.lists(BLOCKS, max_size=20))
def test_positions_hold_whatever_is_built(blocks):
    builder = Builder()
    for method, *arguments in blocks:
        getattr(builder, method)(*arguments)
    document = builder.document("a.txt")
    assert_covered(document)
    assert document.title
    assert unpack(pack([document])) == (document,)


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


@pytest.mark.shared
@pytest.mark.parametrize("folder", ["files-encodings", "files-office", "files-pdf"])
def test_shared_files_are_read_or_refused_with_a_reason(folder):
    root = SHARED / folder
    if not root.is_dir():
        pytest.skip(f"needs {root}")
    reasons, slow = Counter(), []
    for path, _ in discover(root):
        started = time.monotonic()
        reasons[outcome(path)[0]] += 1
        if time.monotonic() - started > 30:
            slow.append(path)
    assert not slow
    expected = {
        # 27 are .xml and 5 .srt; EUC-TW is unknown to Python, one HTML page begins with a thousand zero bytes.
        "files-encodings": {"damaged": 2},
        # of one document without text the chart is read
        "files-office": {"no text": 14, "unknown type": 1},
        "files-pdf": {"encrypted": 10, "no text": 8, "unknown type": 1},
    }[folder]
    assert {reason: reasons[reason] for reason in expected} == expected
    assert set(reasons) <= {"read", "unknown type", *expected}


@pytest.mark.shared
def test_shared_pdfs_with_text_are_read_and_locked_ones_are_encrypted():
    manifest = SHARED / "files-pdf" / "MANIFEST.tsv"
    if not manifest.is_file():
        pytest.skip(f"needs {manifest}")
    rows = [line.split("\t") for line in manifest.read_text().splitlines()[1:]]
    wrong = []
    for file, _, _, password, _, characters, *_ in rows:
        path = manifest.parent / file
        if not path.is_file():
            continue
        locked = "required" in password or not characters
        expected = "encrypted" if locked else "read" if int(characters) > 2 else "no text"
        wrong += [] if outcome(path)[0] == expected else [file]
    # The manifest says that the first two open without a password; PDFium, which reads them here, asks for one. The text of the
    # last stands outside its pages, where nobody sees it.
    assert wrong == [*(f"pypdf/encryption/r{n}-user-password.pdf" for n in (5, 6)), "pypdf/imagemagick-images.pdf"]


@pytest.mark.shared
def test_shared_encodings_decode_to_the_right_text():
    manifest = SHARED / "files-encodings" / "MANIFEST.tsv"
    if not manifest.is_file():
        pytest.skip(f"needs {manifest}")
    # Vendor supersets draw these signs differently from the standards; either is the same sign.
    same = str.maketrans("―〜−", "—～－")
    wrong = []
    for line in manifest.read_text().splitlines()[1:]:
        file, _, encoding, *_ = line.split("\t")
        codec = "-".join(encoding.split("-")[:2]) if encoding.startswith("windows") else encoding
        data = (manifest.parent / file).read_bytes()
        try:
            right = decode(data, file).translate(same) == data.decode(codec).removeprefix("\ufeff").translate(same)
        except (LoadError, LookupError):
            right = False
        wrong += [] if right else [file]
    assert wrong == ["CP932/www2.chuo-u.ac.jp-suishin.xml", "EUC-TW/_ude_euc-tw1.txt", "ascii/_mozilla_bug638318_text.html"]
