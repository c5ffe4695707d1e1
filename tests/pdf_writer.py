"""PDFs for tests, written by hand so that each says exactly where its words stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

REGULAR, BOLD = "/F1", "/F2"


def text(x: float, y: float, words: str, size: float = 11, font: str = REGULAR, matrix: str = "1 0 0 1") -> str:
    """Words at a place counted from the lower left corner of the page, in points."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT {font} {size} Tf {matrix} {x} {y} Tm ({escaped}) Tj ET\n"


def lines(x: float, y: float, words: Sequence[str], step: float = 14, size: float = 11, font: str = REGULAR) -> str:
    """Lines below each other, the first at a place."""
    return "".join(text(x, y - n * step, line, size, font) for n, line in enumerate(words))


def marked(role: str, number: int, content: str) -> str:
    """Content that the file's tags refer to by its number."""
    return f"/{role} << /MCID {number} >> BDC\n{content}EMC\n"


@dataclass(frozen=True)
class Page:
    """A page: what is written on it, further entries of its dictionary, and its annotations."""

    content: str
    entries: str = ""
    annotations: Sequence[str] = field(default_factory=tuple)


def write(
    path: Path, *pages: Page, form: bool = False, outline: Sequence[tuple[str, int]] = (), tags: Sequence[str] = ()
) -> Path:
    """A PDF of pages of 595 by 842 points in Helvetica.

    `outline` has titles with the numbers of their pages from 0; `tags` the roles of the first page's marked contents.
    """
    fonts = "/Font << /F1 1 0 R /F2 2 0 R >>"
    objects = [
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        "",  # the pages
    ]

    def add(body: str) -> int:
        objects.append(body)
        return len(objects)

    kids, fields = [], []
    for page in pages:
        content = add(f"<< /Length {len(page.content)} >>\nstream\n{page.content}\nendstream")
        annotations = [add(f"<< /Type /Annot {annotation} >>") for annotation in page.annotations]
        fields += annotations
        listed = " ".join(f"{n} 0 R" for n in annotations)
        kids.append(
            add(
                f"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Resources << {fonts} >> /Contents {content} 0 R "
                f"/Annots [{listed}] {page.entries} >>"
            )
        )
    objects[2] = f"<< /Type /Pages /Kids [{' '.join(f'{n} 0 R' for n in kids)}] /Count {len(kids)} >>"
    catalog = "/Type /Catalog /Pages 3 0 R"
    if form:
        catalog += f" /AcroForm << /Fields [{' '.join(f'{n} 0 R' for n in fields)}] /DA (/F1 11 Tf 0 g) /DR << {fonts} >> >>"
    if outline:
        root = len(objects) + 1
        marks = [root + 1 + n for n in range(len(outline))]
        add(f"<< /Type /Outlines /First {marks[0]} 0 R /Last {marks[-1]} 0 R /Count {len(marks)} >>")
        for n, (title, page) in enumerate(outline):
            after = f"/Next {marks[n + 1]} 0 R" if n + 1 < len(marks) else ""
            before = f"/Prev {marks[n - 1]} 0 R" if n else ""
            add(f"<< /Title ({title}) /Parent {root} 0 R {after} {before} /Dest [{kids[page]} 0 R /Fit] >>")
        catalog += f" /Outlines {root} 0 R"
    if tags:
        root = len(objects) + 1
        elements = [root + 1 + n for n in range(len(tags))]
        listed = " ".join(f"{n} 0 R" for n in elements)
        add(f"<< /Type /StructTreeRoot /K [{listed}] /ParentTree << /Nums [0 [{listed}]] >> >>")
        for n, tag in enumerate(tags):
            add(f"<< /Type /StructElem /S /{tag} /P {root} 0 R /Pg {kids[0]} 0 R /K {n} >>")
        catalog += f" /StructTreeRoot {root} 0 R /MarkInfo << /Marked true >>"
    catalog_number = add(f"<< {catalog} >>")
    body = "".join(f"{n} 0 obj\n{entry}\nendobj\n" for n, entry in enumerate(objects, start=1))
    trailer = f"trailer << /Size {len(objects) + 1} /Root {catalog_number} 0 R >>\n%%EOF"
    path.write_bytes(f"%PDF-1.7\n{body}{trailer}".encode("cp1252"))
    return path
