"""Makes the tiny documents beside it, the same text in every format: `python tests/data/loading/make.py`."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import docx
import openpyxl
import pptx
from pptx.util import Inches

HERE = Path(__file__).parent
PARAGRAPH = "You may return any item within 30 days of delivery."
ANSWER = "The refund arrives within 5 business days."
ROWS = [("Item", "Days"), ("Shoes", "30"), ("Books", "14")]

MARKDOWN = f"""# Returns

{PARAGRAPH}

## Deadlines

{ANSWER}

| Item | Days |
|---|---|
| Shoes | 30 |
| Books | 14 |
"""

HTML = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Returns | Shop</title><style>p {{ color: red }}</style></head>
<body>
<header><a href="/">Shop</a></header>
<nav><ul><li><a href="/cart">Your cart</a></li></ul></nav>
<main>
<h1>Returns</h1>
<p>You may return any item <b>within 30 days</b>
of delivery.</p>
<h2>Deadlines</h2>
<p>{ANSWER}</p>
<table><tr><th>Item</th><th>Days</th></tr><tr><td>Shoes</td><td>30</td></tr><tr><td>Books</td><td>14</td></tr></table>
</main>
<footer>Imprint and cookies</footer>
<script>alert("never")</script>
</body></html>
"""

XHTML = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x.js"/></head><body>{body}</body></html>
"""


def main() -> None:
    """Write every file."""
    text = {
        "returns.md": f"---\ntitle: Returns\n---\n\n{MARKDOWN}",
        "returns.mdx": f"import Card from './card'\n\n{MARKDOWN}\n<Card>\n",
        "returns.txt": _underlined(" | "),
        "returns.rst": _underlined("  "),
        "returns.html": HTML,
        "returns.xhtml": XHTML.format(body=HTML.partition("<main>")[2].partition("</main>")[0]),
        "table.csv": "Item;Days\nShoes;30\n\nBooks;14\n",
        "faq.csv": 'Question,No,Answer\nHow long?,1,30 days.\n"How do I\npay?",2,"By card, or cash."\nOpen?,3,\n',
        "faq.tsv": "问题\t答案\n多久可以退货？\t三十天。\n",
        "faq.jsonl": '{"q": "How long?", "a": "30 days."}\n\n{"title": "Pay", "body": "By card."}\n{"n": "Closed"}\n',
    }
    for name, content in text.items():
        (HERE / name).write_text(content, encoding="utf-8", newline="\n")
    _word()
    _slides()
    _workbook()
    _book()
    _pdf(
        "returns.pdf",
        [["24 Returns", f"11 {PARAGRAPH}"], ["18 Deadlines", f"11 {ANSWER}", *(f"11 {a} | {b}" for a, b in ROWS)]],
    )
    _pdf("scanned.pdf", [[]])
    _pdf(
        "locked.pdf",
        [["11 Secret"]],
        trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>]",
    )


def _underlined(gap: str) -> str:
    rows = "\n".join(gap.join(row) for row in ROWS)
    return f"Returns\n=======\n\n{PARAGRAPH}\n\nDeadlines\n---------\n\n{ANSWER}\n\n{rows}\n"


def _word() -> None:
    document = docx.Document()
    document.add_heading("Returns", 1)
    document.add_paragraph(PARAGRAPH)
    document.add_heading("Deadlines", 2)
    document.add_paragraph(ANSWER)
    table = document.add_table(rows=0, cols=2)
    for row in ROWS:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
    document.add_paragraph("Keep the label", style="List Bullet")
    document.add_paragraph("Keep the box", style="List Bullet")
    document.save(HERE / "returns.docx")


def _slides() -> None:
    presentation = pptx.Presentation()
    for title, text in (("Returns", PARAGRAPH), ("Deadlines", ANSWER)):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    table = slide.shapes.add_table(len(ROWS), 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            table.cell(r, c).text = value
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    presentation.save(HERE / "returns.pptx")


def _workbook() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Returns"
    book.active.append([PARAGRAPH])
    sheet = book.create_sheet("Deadlines")
    for row in (*ROWS, [ANSWER]):
        sheet.append(row)
    book.save(HERE / "returns.xlsx")


def _book() -> None:
    chapters = HTML.partition("<main>")[2].partition("</main>")[0].partition("<h2>")
    with ZipFile(HERE / "returns.epub", "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", ZIP_STORED)
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        archive.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            '<dc:title>Returns</dc:title></metadata><manifest><item id="b" href="b%20two.xhtml"/><item id="a" href="a.xhtml"/>'
            '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        archive.writestr("OEBPS/b two.xhtml", XHTML.format(body=chapters[1] + chapters[2]))
        archive.writestr("OEBPS/a.xhtml", XHTML.format(body=chapters[0]))


def _pdf(name: str, pages: list[list[str]], trailer: bytes = b"") -> None:
    """A PDF by hand; a line is its letters' size and its text."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, lines in enumerate(pages):
        drawn = "".join(
            f"BT /F1 {size} Tf 72 {720 - 40 * row} Td ({text}) Tj ET\n"
            for row, (size, _, text) in enumerate(s.partition(" ") for s in lines)
        ).encode()
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>"
            % (5 + 2 * n)
        )
        objects.append(b"<< /Length %d >>\nstream\n%sendstream" % (len(drawn), drawn))
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    extra = trailer % ((b"41" * 32,) * 2) if trailer else b""
    out += b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, extra, start)
    (HERE / name).write_bytes(out)


if __name__ == "__main__":
    main()
