"""How many cells of tables in PDFs come out right, by kind of table, and how often prose is taken for a table.

    python -m benchmarks.pdf_tables [--plumber] [--seeds 5] [--prose FILE.pdf ...]

The PDFs are made here with reportlab (requirements-bench.txt). A cell is right where its row's first cell, its column's name
and its text are those of the table that was drawn. `--plumber` measures pdfplumber's tables in the same way, by lines and by
text. `--prose` counts the tables found in files that have none.
"""

import argparse
import io
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.platypus import BaseDocTemplate, Frame, ListFlowable, PageTemplate, Paragraph, Preformatted, Spacer, Table

from rag.loading.builder import Builder
from rag.loading.grid import Cell, append_table, guessed_header
from rag.loading.pdf_tables import continued, tables
from rag.loading.pdf_words import PageTable, page_words
from rag.loading.pieces import plain

Fact = tuple[str, str, str]
"""(the row's first cell, the column's name, the cell)."""
Pages = list[list[PageTable]]

STYLES = getSampleStyleSheet()
BODY, SMALL = STYLES["BodyText"], ParagraphStyle("small", parent=STYLES["BodyText"], fontSize=9, leading=11)
JUSTIFIED = ParagraphStyle("justified", parent=BODY, alignment=TA_JUSTIFY)
NOUNS = "kettle lamp bag strap clamp valve filter cable hinge bracket stopper handle nozzle gasket pump sensor".split()
KINDS = "steel brass copper travel spare garden wall folding quiet heavy small large front rear outer inner".split()
VERBS = "holds keeps moves cleans opens closes needs takes gives shows joins lifts".split()
PROSE = (
    "The {a} {b} {v} the {c} {d} when it is cold, and nobody has to wait for it. Keep the {b} dry and away from children. "
    "If the {d} is damaged, write to us within 14 days and send the {c} {d} back in its box. "
)


@dataclass(frozen=True)
class Case:
    """A PDF and the facts of its tables."""

    kind: str
    data: bytes
    facts: Counter[Fact]


def sentence(rng: random.Random) -> str:
    return PROSE.format(a=rng.choice(KINDS), b=rng.choice(NOUNS), c=rng.choice(KINDS), d=rng.choice(NOUNS), v=rng.choice(VERBS))


def prose(rng: random.Random, sentences: int = 3) -> str:
    return " ".join(sentence(rng) for _ in range(sentences))


def values(rng: random.Random, rows: int, columns: int) -> list[list[str]]:
    """A header and rows: a name, a material where there are four columns, numbers with and without units."""
    makers: list[tuple[str, Callable[[], str]]] = [
        ("Price", lambda: f"{rng.randint(1, 1500):,}.{rng.choice(('00', '50', '90'))}"),
        ("Weight", lambda: f"{rng.randint(20, 950)} g"),
        ("In stock", lambda: rng.choice(("yes", "no", "on order"))),
        ("Size", lambda: f"{rng.randint(10, 99)} x {rng.randint(10, 99)} mm"),
        ("Part number", lambda: f"LF-{rng.randint(100, 999)}"),
    ]
    chosen = [makers[0], *rng.sample(makers[1:], columns - 2)]
    names = rng.sample([f"{kind.title()} {noun}" for kind in KINDS for noun in NOUNS], rows)
    return [["Article", *(name for name, _ in chosen)], *([name, *(make() for _, make in chosen)] for name in names)]


def facts(grid: Sequence[Sequence[str]], header: int = 1) -> Counter[Fact]:
    names = [" ".join(dict.fromkeys(filter(None, (row[n] for row in grid[:header])))) for n in range(len(grid[0]))]
    return Counter((row[0], names[n], row[n]) for row in grid[header:] for n in range(1, len(row)) if row[n])


def document(story: list[Any], columns: int = 1) -> bytes:
    file = io.BytesIO()
    template = BaseDocTemplate(file, pagesize=A4, leftMargin=60, rightMargin=60, topMargin=60, bottomMargin=60)
    width = (A4[0] - 120 - 20 * (columns - 1)) / columns
    frames = [Frame(60 + n * (width + 20), 60, width, A4[1] - 120, 0, 0, 0, 0) for n in range(columns)]
    template.addPageTemplates(PageTemplate("page", frames))
    template.build(story)
    return file.getvalue()


def around(rng: random.Random, table: Table) -> list[Any]:
    table.hAlign = rng.choice(("LEFT", "CENTER"))
    heading = Paragraph(f"{rng.choice(KINDS).title()} {rng.choice(NOUNS)}", STYLES["Heading2"])
    return [heading, Paragraph(prose(rng), BODY), Spacer(1, 8), table, Spacer(1, 8), Paragraph(prose(rng), BODY)]


GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.grey)]
BOLD = [("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]
BOOK = [("LINEABOVE", (0, 0), (-1, 0), 1, colors.black), ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black)]
BOOK += [("LINEBELOW", (0, -1), (-1, -1), 1, colors.black)]
EACH = [("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.grey), ("LINEABOVE", (0, 0), (-1, 0), 0.3, colors.grey)]
BOX = ("BOX", (0, 0), (-1, -1), 0.5, colors.black)
NARROW = [("FONTSIZE", (0, 0), (-1, -1), 7), ("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 3)]
RIGHT = [("ALIGN", (1, 0), (-1, -1), "RIGHT")]
SHADED = [("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey)]
ZEBRA = [("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.whitesmoke])]


def simple(style: list[Any]) -> Callable[[random.Random], tuple[list[Any], Counter[Fact]]]:
    def make(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
        grid = values(rng, rng.randint(3, 12), rng.randint(2, 5))
        return around(rng, Table(grid, style=style)), facts(grid)

    return make


def wrapped(style: list[Any], valign: str = "TOP") -> Callable[[random.Random], tuple[list[Any], Counter[Fact]]]:
    def make(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
        grid = values(rng, rng.randint(3, 8), 3)
        grid = [[*row, "Remarks" if n == 0 else sentence(rng).partition(",")[0]] for n, row in enumerate(grid)]
        cells = [[*row[:3], Paragraph(row[3], SMALL)] if n else row for n, row in enumerate(grid)]
        align = [("VALIGN", (0, 0), (-1, -1), valign)]
        return around(rng, Table(cells, style=[*style, *align], colWidths=[110, 70, 90, 130])), facts(grid)

    return make


def merged(style: list[Any]) -> Callable[[random.Random], tuple[list[Any], Counter[Fact]]]:
    def make(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
        names = [row[0] for row in values(rng, rng.randint(4, 8), 2)[1:]]
        top, below = ["Article", "2024", "2024", "2025", "2025"], ["Article", "Sold", "Left", "Sold", "Left"]
        body = [[name, *(str(rng.randint(1, 999)) for _ in range(4))] for name in names]
        shown = [["Article", "2024", "", "2025", ""], ["", *below[1:]], *body]
        spans: list[Any] = [("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (4, 0)), ("SPAN", (0, 0), (0, 1))]
        spans.append(("ALIGN", (1, 0), (-1, 0), "CENTER"))
        return around(rng, Table(shown, style=[*style, *spans])), facts([top, below, *body], 2)

    return make


def long_table(repeat: int) -> Callable[[random.Random], tuple[list[Any], Counter[Fact]]]:
    def make(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
        grid = values(rng, 50, 4)
        return [Paragraph(prose(rng), BODY), Table(grid, style=GRID + BOLD, repeatRows=repeat)], facts(grid)

    return make


def beside(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
    grid = values(rng, rng.randint(4, 8), 3)
    inner = Table(grid, style=GRID + BOLD)
    outer = Table([[Paragraph(prose(rng), BODY), inner]], colWidths=[200, 260], style=[("VALIGN", (0, 0), (-1, -1), "TOP")])
    return [outer], facts(grid)


def texts(style: list[Any]) -> Callable[[random.Random], tuple[list[Any], Counter[Fact]]]:
    """Two columns of texts, some of several lines."""

    def make(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
        grid = [["Sign", "What to do"]]
        grid += [[f"{rng.choice(KINDS)} {noun}", sentence(rng).partition(",")[0]] for noun in rng.sample(NOUNS, 6)]
        cells = [[row[0], Paragraph(row[1], SMALL)] if n else row for n, row in enumerate(grid)]
        return around(rng, Table(cells, style=style, colWidths=[120, 140])), facts(grid)

    return make


def gaps(style: list[Any]) -> Callable[[random.Random], tuple[list[Any], Counter[Fact]]]:
    """Some cells are empty, prices as in Germany, and a row over all columns parts the rest."""

    def make(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
        names = rng.sample([f"{kind.title()}es {noun.title()}" for kind in KINDS for noun in NOUNS], 10)
        prices = [f"{rng.randint(1, 99)},{rng.randint(10, 99)} €" for _ in range(20)]
        grid = [["Artikel", "Einzeln", "Ab 10 Stück", "Lager"]]
        for k, name in enumerate(names):
            grid.append([name, prices[k], prices[10 + k] if rng.random() < 0.7 else "", rng.choice(("ja", "nein", ""))])
        shown = [*grid[:6], ["Ersatzteile", "", "", ""], *grid[6:]]
        return around(rng, Table(shown, style=[*style, ("SPAN", (0, 6), (-1, 6))])), facts(grid)

    return make


def in_column(rng: random.Random) -> tuple[list[Any], Counter[Fact]]:
    """A table within one of two columns of prose: `document` is given two."""
    grid = values(rng, rng.randint(3, 6), 3)
    return [*around(rng, Table(grid, style=BOOK)), *(Paragraph(prose(rng, 5), JUSTIFIED) for _ in range(12))], facts(grid)


TABLES: dict[str, Callable[[random.Random], tuple[list[Any], Counter[Fact]]]] = {
    "all lines": simple(GRID),
    "all lines, header bold and shaded": simple(GRID + BOLD + SHADED),
    "all lines, cells of several lines": wrapped(GRID + BOLD),
    "all lines, cells in the middle": wrapped(GRID, "MIDDLE"),
    "all lines, merged header": merged(GRID),
    "lines below header and at the ends": simple(BOOK),
    "the same, cells of several lines": wrapped(BOOK),
    "the same, merged header": merged([BOOK[0], ("LINEBELOW", (0, 1), (-1, 1), 0.5, colors.black), BOOK[-1]]),
    "line below each row": simple(EACH + BOLD),
    "line below each row, several lines": wrapped(EACH),
    "shaded rows": simple(SHADED + ZEBRA + BOLD),
    "no lines, header bold": simple(BOLD),
    "no lines, header plain": simple([]),
    "no lines, numbers to the right": simple(RIGHT),
    "no lines, cells of several lines": wrapped(BOLD),
    "no lines, merged header": merged(BOLD),
    "over two pages, header repeated": long_table(1),
    "over two pages, header once": long_table(0),
    "beside text": beside,
    "two columns of text, all lines": texts(GRID),
    "two columns of text, a line below each row": texts(EACH + BOLD),
    "two columns of text, no lines, header bold": texts(BOLD),
    "a frame and lines below the rows": simple([*EACH, BOX]),
    "lines between the columns, frame, line below the header": simple(
        [BOX, BOOK[1], ("LINEAFTER", (0, 0), (-2, -1), 0.5, colors.black)]
    ),
    "empty cells and a row over all, all lines": gaps(GRID),
    "empty cells and a row over all, line below header and at the ends": gaps(BOOK),
    "empty cells and a row over all, no lines": gaps(BOLD),
    "small letters, narrow columns": simple(NARROW),
    "in one of two columns": in_column,
}


def letter(rng: random.Random) -> list[Any]:
    left = Paragraph("<br/>".join(("Larkfell Goods Ltd", "Canal Yard 4", "Kendal LA9 0ZX", "England")), BODY)
    right = Paragraph("<br/>".join(("Anna Weber", "Hauptweg 12", "20095 Hamburg", "Germany")), BODY)
    return [Table([[left, right]], colWidths=[230, 230]), Spacer(1, 20), Paragraph(prose(rng, 8), BODY)]


def items(rng: random.Random) -> list[Any]:
    entries = [Paragraph(sentence(rng), BODY) for _ in range(8)]
    return [ListFlowable(entries, bulletType=rng.choice(("1", "bullet"))), Paragraph(prose(rng, 4), BODY)]


def contents(rng: random.Random) -> list[Any]:
    rows = [f"{n}. {rng.choice(KINDS)} {rng.choice(NOUNS)} " for n in range(1, 20)]
    return [Preformatted("\n".join(row.ljust(70, ".") + f" {n * 3}" for n, row in enumerate(rows, 1)), STYLES["Code"])]


def code(rng: random.Random) -> list[Any]:
    lines = [f"{rng.choice(NOUNS)}_{n} = {rng.randint(1, 99)}".ljust(30) + f"# {sentence(rng)[:40]}" for n in range(20)]
    return [Preformatted("\n".join(lines), STYLES["Code"])]


NONE: dict[str, tuple[int, Callable[[random.Random], list[Any]]]] = {
    "prose": (1, lambda rng: [Paragraph(prose(rng, 5), BODY) for _ in range(8)]),
    "prose in two columns": (2, lambda rng: [Paragraph(prose(rng, 5), BODY) for _ in range(16)]),
    "justified, in two columns": (2, lambda rng: [Paragraph(prose(rng, 5), JUSTIFIED) for _ in range(16)]),
    "justified, in three columns": (3, lambda rng: [Paragraph(prose(rng, 5), JUSTIFIED) for _ in range(16)]),
    "two addresses beside each other": (1, letter),
    "lists": (1, items),
    "contents with dots": (1, contents),
    "code with comments": (1, code),
}


def ours(data: bytes) -> Pages:
    pages: Pages = []
    with pypdfium2.PdfDocument(data) as pdf:
        for page in pdf:
            pages.append(tables(page, [word for word in page_words(page) if word.turn == 0]))
    for before, after in pairwise(pages):
        if before and after:
            after[0] = continued(before[-1], after[0], guessed_header(before[-1].rows)) or after[0]
    return pages


def plumber(settings: dict[str, str]) -> Callable[[bytes], Pages]:
    import pdfplumber

    def read(data: bytes) -> Pages:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            return [
                [
                    PageTable(
                        found.bbox,
                        tuple(tuple(Cell(plain((text or "").replace("\n", " "))) for text in row) for row in found.extract()),
                    )
                    for found in page.find_tables(settings)
                ]
                for page in pdf.pages
            ]

    return read


def facts_of(pages: Pages) -> Counter[Fact]:
    """What a person reads in the rows: through the builder, as it is for all formats."""
    builder = Builder()
    for page in pages:
        for table in page:
            append_table(builder, table.rows, guessed_header)
    read = builder.document("x", "x")
    found: Counter[Fact] = Counter()
    for block in read.blocks:
        texts = [read.text[start:end] for start, end in block.cells]
        found.update((texts[0], name, text) for name, text in list(zip(block.columns, texts, strict=True))[1:] if text)
    return found


def cases(seeds: int) -> Iterator[Case]:
    for kind, make in TABLES.items():
        for seed in range(seeds):
            story, expected = make(random.Random(f"{kind} {seed}"))
            yield Case(kind, document(story, 2 if make is in_column else 1), expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plumber", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--prose", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    readers: dict[str, Callable[[bytes], Pages]] = {"ours": ours}
    if arguments.plumber:
        readers["pdfplumber, lines"] = plumber({})
        readers["pdfplumber, text"] = plumber({"vertical_strategy": "text", "horizontal_strategy": "text"})
    made = list(cases(arguments.seeds))
    for name, read in readers.items():
        print(f"\n## {name}\n\n| kind | precision | recall |\n|---|---|---|")
        scores: dict[str, list[int]] = {}
        start = time.perf_counter()
        pages = 0
        for case in made:
            found = read(case.data)
            pages += len(found)
            got = facts_of(found)
            for key in (case.kind, "all"):
                score = scores.setdefault(key, [0, 0, 0])
                score[0] += (got & case.facts).total()
                score[1] += got.total()
                score[2] += case.facts.total()
        for kind, (right, given, wanted) in scores.items():
            print(f"| {kind} | {right / max(1, given):.2f} | {right / wanted:.2f} |")
        print(f"\n{(time.perf_counter() - start) / pages:.3f} s a page\n\n| no table | found |\n|---|---|")
        for kind, (columns, make) in NONE.items():
            files = (document(make(random.Random(f"{kind} {n}")), columns) for n in range(arguments.seeds))
            count = sum(len(page) for file in files for page in read(file))
            print(f"| {kind} | {count} |")
        for path in arguments.prose:
            found = read(path.read_bytes())
            print(f"| {path.name}, {len(found)} pages | {sum(map(len, found))} |")


if __name__ == "__main__":
    main()
