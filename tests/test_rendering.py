"""Blocks and marks to a terminal: what a person sees there, and that nothing in a document acts on it."""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rag.apps.cli import printing
from rag.apps.cli.rendering import inert, rendered
from rag.types import Answer, Block, Citation, Mark, Span, Support

TEXT = (
    "Delivery\n\nSee our rates and terms.\n\n1. Pack it.\n- In paper.\n\n"
    "Country: France; Price: £4.90\nCountry: Germany; Price: £5.90\n\nrag ask x\n  --json"
)


def block(kind: str, words: str, text: str = TEXT, **fields: object) -> Block:
    start = text.index(words)
    return Block(start, start + len(words), kind, **fields)


def row(country: str, price: str, caption: str = "Rates", columns: tuple[str, ...] = ("Country", "Price")) -> Block:
    start = TEXT.index(f"Country: {country}")
    cells = tuple((TEXT.index(value, start), TEXT.index(value, start) + len(value)) for value in (country, price))
    return Block(start, cells[-1][1], "row", columns=columns, cells=cells, caption=caption)


BLOCKS = (
    block("heading", "Delivery", level=1),
    block("paragraph", "See our rates and terms."),
    block("item", "1. Pack it.", marker="1."),
    block("item", "- In paper.", marker="-", level=1),
    row("France", "£4.90"),
    row("Germany", "£5.90"),
    block("code", "rag ask x\n  --json", caption="Shell"),
)


def at(words: str, text: str = TEXT) -> tuple[int, int]:
    return text.index(words), text.index(words) + len(words)


def shown(text: str, *parts: object, width: int = 80, colours: bool = False, **named: object) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=colours, color_system="standard" if colours else None)
    for part in rendered(text, *parts, width=width, **named):
        console.print(part)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_rendering_lays_blocks_out() -> None:
    assert shown(TEXT, BLOCKS) == (
        "Delivery\n\nSee our rates and terms.\n\n1. Pack it.\n  - In paper.\n\n"
        "Rates\nCountry   Price\n───────────────\nFrance    £4.90\nGermany   £5.90\n\nShell\n    rag ask x\n      --json"
    )


def test_rendering_labels_the_cells_where_a_table_does_not_fit() -> None:
    assert "Rates\nCountry: France\nPrice: £4.90\n\nCountry: Germany\nPrice: £5.90\n" in shown(TEXT, BLOCKS, width=18)


def test_rendering_takes_rows_of_other_columns_for_another_table() -> None:
    found = shown(TEXT, (row("France", "£4.90"), row("Germany", "£5.90", columns=("Land", "Preis"))))
    assert re.search(r"Country +Price\n.*\nFrance +£4.90\nRates\nLand +Preis\n.*\nGermany +£5.90", found)


def test_rendering_of_a_row_without_cells_is_its_text() -> None:
    assert shown("a | b", (Block(0, 5, "row"),)) == "a | b"


def test_rendering_without_blocks_is_the_text() -> None:
    assert shown(TEXT) == TEXT


def test_rendering_keeps_what_no_block_holds() -> None:
    assert shown(TEXT, BLOCKS[1:2]).split() == TEXT.split()


def test_rendering_shows_the_target_of_a_link_once() -> None:
    marks = (Mark(*at("rates"), "link", "https://shop.example/r"), Mark(*at("terms"), "link", "https://shop.example/r"))
    assert "See our rates <https://shop.example/r> and terms.\n" in shown(TEXT, BLOCKS, marks)
    bare = "Go to https://shop.example/r now"
    assert shown(bare, (), (Mark(*at("https://shop.example/r", bare), "link", "https://shop.example/r"),)) == bare


def test_rendering_makes_emphasis_bold_and_code_another_colour() -> None:
    marks = (Mark(*at("rates"), "strong"), Mark(*at("terms"), "code"))
    found = shown(TEXT, BLOCKS, marks, colours=True)
    assert "See our \x1b[1mrates\x1b[0m and \x1b[36mterms\x1b[0m." in found


def test_rendering_keeps_highlights_in_a_cell() -> None:
    assert "\x1b[4m£4\x1b[0m.90" in shown(TEXT, BLOCKS, styles=[(*at("£4"), "underline")], colours=True)


@pytest.mark.parametrize(
    ("behind", "line"),
    [
        ("Delivery", "Delivery [1]"),
        ("our rates and terms", "See our rates and terms [1]."),
        ("See our rates and terms.", "See our rates and terms. [1]"),
        ("1. Pack it.\n", "1. Pack it. [1]"),
        ("£4.90", "France    £4.90 [1]"),
        ("Germany", "Germany [1]   £5.90"),
        ("Price: £5.90", "Germany   £5.90 [1]"),
        ("--json", "      --json [1]"),
    ],
)
def test_rendering_puts_a_marker_behind_its_words(behind: str, line: str) -> None:
    found = shown(TEXT, BLOCKS, notes=[(at(behind)[1], " [1]")]).splitlines()
    assert line in found
    assert sum("[1]" in one for one in found) == 1


HOSTILE = "\x1b]0;owned\x07 \x1b[2J [bold]x[/bold] [link=javascript:x]y[/link] :smile: \r\x08 \x9b31m \u202eabc\u202c \ud800"


def test_rendering_shows_control_characters_and_markup_and_obeys_none() -> None:
    blocks = (Block(0, len(HOSTILE), "row", columns=(HOSTILE, "b"), cells=((0, 5), (6, len(HOSTILE))), caption=HOSTILE),)
    for found in (shown(HOSTILE), shown(HOSTILE, blocks, width=300), shown(HOSTILE, blocks, width=10)):
        assert not set(found) & set("\x1b\x07\r\x08\x9b\u202e\u202c\ud800")
    assert "[bold]x[/bold] [link=javascript:x]y[/link] :smile:" in shown(HOSTILE, width=200)
    link = (Mark(0, 3, "link", "https://a.example/\x1b[2J"),)
    assert "<https://a.example/␛[2J>" in shown("abc", (), link)


@given(st.text())
def test_inert_text_keeps_its_length_and_can_be_written(text: str) -> None:
    assert len(inert(text)) == len(text)
    assert inert(text).encode().decode() == inert(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", inert(text))


@given(st.text(st.sampled_from("ab \n|"), max_size=40), st.data())
def test_rendering_loses_no_word(text: str, data: st.DataObject) -> None:
    """Whatever stretches are blocks: every letter is shown, in its order."""
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    kinds = st.sampled_from(("heading", "paragraph", "item", "code"))
    blocks = [Block(a, b, data.draw(kinds)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    assert re.findall(r"[ab|]", shown(text, blocks)) == re.findall(r"[ab|]", text)


def test_printing_an_answer_puts_markers_and_evidence_below(capsys: pytest.CaptureFixture[str]) -> None:
    text = "Delivery to France is £4.90."
    blocks = (Block(0, len(text), "row", columns=("Country", "Price"), cells=(at("France", text), at("£4.90", text))),)
    cited = Citation(1, "rates\x1b.xlsx", "Rates", (), 2, 0, len(TEXT), TEXT, 0.9, (Span(*at("£4.90"), 1.0),), None, BLOCKS)
    printing.print_answer(Answer("q", "q", text, "answered", 0.9, (cited,), (Support(0, len(text), 1, 1.0),), blocks=blocks))
    printed = capsys.readouterr().out
    assert re.search(r"Country +Price *\n.*\nFrance +£4.90 \[1\]", printed)
    assert "[1] rates␛.xlsx, page 2 — Rates" in printed
    assert re.search(r"France +£4.90 *\nGermany +£5.90", printed)


def test_printing_a_passage_says_that_it_was_read_by_ocr(capsys: pytest.CaptureFixture[str]) -> None:
    text = "Colour print A4: 0.50"
    read = Citation(1, "prices.jpg", "Prices", (), None, 0, len(text), text, 0.9, (), marks=(Mark(0, len(text), "ocr"),))
    printing.print_citation(read)
    assert "prices.jpg — Prices (read by OCR)" in capsys.readouterr().out
    printing.print_citation(replace(read, marks=()))
    assert "OCR" not in capsys.readouterr().out


def test_printing_a_problem_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    printing.print_problem("a [red]b[/red]\n  \x1b[31mc " + "long " * 40)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("rag: a [red]b[/red] ␛[31mc long")
