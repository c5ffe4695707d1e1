"""A count over all rows of a table, and its highest and lowest: what is computed, and when nothing is."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from benchmarks.wishes import unmarked
from rag.answering.compose import Composed, compose
from rag.answering.tally import Wish, tally
from rag.checking import ExactChecker
from rag.chunking import split
from rag.config import load_settings
from rag.index.catalogue import CatalogueReader
from rag.index.knowledge_base import KnowledgeBase
from rag.languages.spoken import Language, speaking
from rag.reading import LateInteractionReader
from rag.service import Assistant, Models
from rag.text import words
from rag.types import Chunk, Evidence, Passage, Span
from rag.units import units
from tests.fakes import SPEC, FakeEmbedder
from tests.test_loading import read
from tests.test_service import ScriptedGenerator

LAMPS = [
    ["Name", "Type", "Price", "Dimmable"],
    ["Arbor", "floor lamp", "20 euros", "no"],
    ["Birch", "desk lamp", "25 euros", "yes"],
    ["Cedar", "desk lamp", "30 euros", "no"],
    ["Dogwood", "floor lamp", "35 euros", "yes"],
    ["Elder", "desk lamp", "40 euros", "no"],
    ["Fir", "desk lamp", "145 euros", "yes"],
]


class Told:
    """Wishes of messages with their words marked as in data/tables/questions.csv; `column` is the answer to which has them."""

    def __init__(self, wants: str, marked: str, column: tuple[str, bool] | None = None) -> None:
        self.message, stretches = unmarked(marked)
        roles = {"thing", "condition", "measure"}
        negated = any(role == "not" for *_, role in stretches)
        said = tuple((self.message[start:end], role) for start, end, role in stretches if role in roles)
        inside = [n for start, end, _ in stretches for n in range(start, end)]
        others = tuple(self.message[a:b] for a, b in words(self.message) if a not in inside)
        self._wish = None if negated or wants == "other" else Wish(wants, said, others)  # type: ignore[arg-type]
        self._column = column

    def wish(self, message: str) -> Wish | None:
        return self._wish

    def column(self, message: str, wish: Wish, names: Sequence[str]) -> tuple[int, bool] | None:
        return (
            (list(names).index(next(name for name in names if name.startswith(self._column[0]))), self._column[1])
            if self._column
            else None
        )


def passages(folder: Path, name: str, content: object, most: int = 60) -> list[Chunk]:
    path = folder / name
    if isinstance(content, str):
        path.write_text(content, "utf-8")
    else:
        book = openpyxl.Workbook()
        for row in content:  # type: ignore[attr-defined]
            book.active.append(row)
        book.save(path)
    return [chunk for document in read(path) for chunk in split(document, words, most, 0)]


def csv(rows: Sequence[Sequence[str]]) -> str:
    return "".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\n" for row in rows)


def md(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n"


def html(rows: Sequence[Sequence[str]]) -> str:
    cells = [
        "".join(f"<{tag}>{cell}</{tag}>" for cell in row) for row, tag in zip(rows, ["th", *["td"] * len(rows)], strict=False)
    ]
    return "<h1>Lamps</h1><table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


def answer(
    chunks: Sequence[Chunk], told: Told, language: Language = "en", at: int = 0
) -> tuple[Composed, tuple[Evidence, ...], bool]:
    """What is said where the reader chose the first row of a passage; whether it was computed."""
    chunk = chunks[at]
    row = next(unit for unit in units(chunk.text, chunk.blocks) if unit.kind == "row")
    span = Span(row.start, row.end, 1.0)
    evidence = [Evidence(Passage(chunk, 1.0, 1.0), (), span, 1.0, 1.0, 1.0, units=(span,))]
    with speaking(language):
        composed = compose(evidence)
        found = tally(told.message, evidence, composed, told, lambda name: list(chunks))
    return *(found or (composed, ())), found is not None


ROWS, DESK, PRICE = "6 rows of “Lamps”", "4 rows of “Lamps” with Type: desk lamp", ("Price", False)
DIMMABLE = "How many [lamps] are {dimmable}?"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lamps.csv", csv(LAMPS)),
        ("lamps.md", f"# Lamps\n\n{md(LAMPS)}"),
        ("lamps.html", html(LAMPS)),
        ("lamps.xlsx", LAMPS),
        (
            "lamps.md",
            f"# Lamps\n\nAll of our lamps.\n\n{md(LAMPS)}\n## Bulbs\n\n{md([['Bulb', 'Watt'], ['E27', '7'], ['E14', '4']])}",
        ),
    ],
)
@pytest.mark.parametrize("most", [40, 60, 400])
def test_rows_are_counted_over_all_passages_of_a_table(tmp_path: Path, name: str, content: object, most: int) -> None:
    chunks = passages(tmp_path, name, content, most)
    said, rests, computed = answer(chunks, Told("count", DIMMABLE))
    assert computed
    lines = said.text.split("\n")
    assert lines[0] == "3 of the 6 rows of “Lamps” have Dimmable: yes."
    assert lines[1:] == ["Birch: Dimmable yes.", "Dogwood: Dimmable yes.", "Fir: Dimmable yes."]
    for start, end, n in said.parts:
        named = said.text[start:end].rsplit("\n", 1)[-1].split(":")[0]
        assert named in rests[n - 1].passage.chunk.text


@pytest.mark.parametrize(
    ("wants", "marked", "column", "first", "language"),
    [
        ("count", "how many {floor} [lamps] do you have", None, "2 of the 6 rows of “Lamps” have Type: floor lamp.", "en"),
        ("count", "{desk} [lamps] {dimmable}?", None, f"2 of the {ROWS} have Type: desk lamp and Dimmable: yes.", "en"),
        ("count", "how many [lamps] are there", None, "“Lamps” has 6 rows.", "en"),
        ("count", "Wie viele [Lamps] sind {dimmable}?", None, "3 von 6 Zeilen in „Lamps“ haben Dimmable: yes.", "de"),
        ("extreme", "<cheapest> {desk} [lamp]", PRICE, f"The lowest Price in the {DESK} is 25 euros.", "en"),
        ("sum", "<total price> of the {desk} [lamps]", PRICE, f"Price in the {DESK} adds up to 240 euros.", "en"),
        ("extreme", "which [lamp] <costs most>", ("Price", True), f"The highest Price in the {ROWS} is 145 euros.", "en"),
    ],
)  # fmt: skip
def test_what_is_said(
    tmp_path: Path, wants: str, marked: str, column: tuple[str, bool] | None, first: str, language: Language
) -> None:
    chunks = passages(tmp_path, "lamps.csv", csv(LAMPS))
    said, _, computed = answer(chunks, Told(wants, marked, column), language)
    assert computed
    assert said.text.split("\n")[0] == first


@pytest.mark.parametrize(
    ("wants", "marked"),
    [
        ("other", "how many lamps are dimmable"),  # the head is not sure
        ("count", "how many [lamps] are ~not~ {dimmable}"),
        ("count", "how many [lamps] are {waterproof}"),  # of what the table says nothing
        ("count", "how many [lamps] are {dimmable} and {waterproof}"),
        ("count", "how many [chairs] are {dimmable}"),
        ("count", "how many [euros] is the {Fir}"),  # a look-up
        ("count", "how many {desk} or {floor} [lamps] are there"),
        ("count", "how many [lamps] {cost 20 euros}"),
        ("count", "how many [lamps] for {20}"),
        ("count", "how many waterproof"),
        ("count", "how many [dimmable]"),
        ("count", "how many [desk] are there"),  # is of some rows and no words of others
        ("extreme", "<cheapest> [lamp]"),  # no column is known to say it
    ],
)
def test_nothing_is_computed(tmp_path: Path, wants: str, marked: str) -> None:
    chunks = passages(tmp_path, "lamps.csv", csv(LAMPS))
    assert not answer(chunks, Told(wants, marked))[2]


def changed(column: int, value: str) -> list[list[str]]:
    return [
        LAMPS[0],
        *([*row[:column], value if n == 2 else row[column], *row[column + 1 :]] for n, row in enumerate(LAMPS[1:])),
    ]


@pytest.mark.parametrize(
    ("content", "wants", "marked"),
    [
        (csv(changed(3, "ask us")), "count", DIMMABLE),  # neither yes nor no
        (csv(changed(3, "")), "count", DIMMABLE),
        (csv([[*row, row[3]] for row in LAMPS]), "count", DIMMABLE),  # two columns of one name
        (csv(changed(1, "no desk lamp")), "count", "how many {desk} [lamps]"),
        (csv(changed(2, "not sold")), "extreme", "<cheapest> [lamp]"),
        (csv(changed(2, "1,450 euros")), "extreme", "<cheapest> [lamp]"),  # one and a half, or many
        (csv(changed(2, "30 pounds")), "extreme", "<cheapest> [lamp]"),
    ],
)  # fmt: skip
def test_a_table_that_leaves_it_open(tmp_path: Path, content: str, wants: str, marked: str) -> None:
    chunks = passages(tmp_path, "lamps.csv", content)
    assert not answer(chunks, Told(wants, marked, ("Price", False) if wants == "extreme" else None))[2]


def test_two_tables_with_the_same_columns(tmp_path: Path) -> None:
    text = f"# Lamps\n\n## Berlin\n\n{md(LAMPS[:3])}\n## Bonn\n\n{md([LAMPS[0], *LAMPS[3:]])}"
    assert not answer(passages(tmp_path, "lamps.md", text), Told("count", DIMMABLE))[2]


def test_many_rows_are_named_and_rest_on_their_passages(tmp_path: Path) -> None:
    rows = [LAMPS[0], *([f"Lamp{n}", "desk lamp", f"{n} euros", "yes" if n % 3 else "no"] for n in range(1, 121))]
    chunks = passages(tmp_path, "lamps.csv", csv(rows))
    said, rests, computed = answer(chunks, Told("count", DIMMABLE), at=2)
    assert computed
    assert said.text.startswith("80 of the 120 rows of “Lamps” have Dimmable: yes. Lamp1, Lamp2, Lamp4, ")
    assert said.text.endswith("Lamp89 and 20 more")
    assert said.parts[-1][1] == len(said.text)
    for start, end, n in said.parts[1:]:
        assert all(
            name in rests[n - 1].passage.chunk.text
            for name in said.text[start:end].removesuffix(" and 20 more").split(", ")
            if name
        )


def test_all_rows_are_counted_only_where_they_are_what_was_asked(tmp_path: Path) -> None:
    desks = [["Desk", "Room"], ["HR Desk", "1"], ["IT Desk North", "2"], ["IT Desk South", "3"], ["Library", "4"]]
    chunks = passages(tmp_path, "who-to-ask.md", f"# Who to ask at Ossenby\n\n{md(desks)}")
    assert not answer(chunks, Told("count", "number of [IT desks]?"))[2]
    assert not answer(chunks, Told("count", "how many [sites] does [ossenby] have"))[2]
    assert not answer(chunks, Told("count", "how many [ossenby]"))[2]


def test_none_is_an_answer(tmp_path: Path) -> None:
    rows = [LAMPS[0], *([*row[:3], "no"] for row in LAMPS[1:])]
    said, _, computed = answer(passages(tmp_path, "lamps.csv", csv(rows)), Told("count", DIMMABLE))
    assert computed
    assert said.parts == ((0, len(said.text), 1),)
    assert said.text == "0 of the 6 rows of “Lamps” have Dimmable: yes."


@pytest.mark.parametrize(("refuse_below", "most"), [(0.0, 200), (1.0, 200), (0.0, 2)])
def test_an_answer_cites_every_passage_that_was_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse_below: float, most: int
) -> None:
    """Though only one is read, and though the reader thinks that nothing answers; none of a table that is too long."""
    monkeypatch.setattr(CatalogueReader.passages, "__defaults__", (most,))
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "lamps.csv").write_text(csv([LAMPS[0], *([f"Lamp{n}", "lamp", "1", "yes"] for n in range(1, 60))]), "utf-8")
    settings = load_settings({"data_dir": tmp_path / "data", "refuse_below": refuse_below, "top_k": 1, "chunk_tokens": 64})
    embedder = FakeEmbedder()
    base = KnowledgeBase.open("default", settings.data_dir, settings, SPEC, embedder, embedder.tokenize)
    reader, told = LateInteractionReader(embedder.embed_tokens), Told("count", DIMMABLE)
    models = Models(embedder, embedder.tokenize, SPEC, [reader], ScriptedGenerator, ExactChecker(), {}, wishes=told)
    with closing(Assistant(settings, models, base)) as assistant:
        assistant.ingest([folder])
        found = assistant.ask(told.message)
        parts = base.passages("lamps.csv")
    if most == 2:
        assert not parts
        assert "59" not in found.text
        return
    assert found.text.startswith("59 of the 59 rows of “Lamps” have Dimmable: yes. Lamp1, Lamp2, ")
    assert (found.status, found.confidence) == ("quoted", 0.9)
    assert [citation.n for citation in found.citations] == list(range(1, len(parts) + 1))
    assert {citation.text for citation in found.citations} == {chunk.text for chunk in parts}
    for support in found.support:
        cited = next(citation for citation in found.citations if citation.n == support.n)
        assert found.text[support.start : support.end].split(", ")[-1] in cited.text


def test_chinese(tmp_path: Path) -> None:
    rows = [
        ["型号", "快充", "颜色", "价格"],
        ["甲一", "支持", "红色", "900 元"],
        ["乙二", "不支持", "黑色", "700 元"],
        ["丙三", "支持", "黑色", "800 元"],
    ]
    chunks = passages(tmp_path, "手机.csv", csv(rows))
    said, *_ = answer(chunks, Told("count", "有几个[型号]支持{快充}"), "zh")
    assert said.text == "“手机”共 3 行，其中 2 行为快充：支持。\n甲一，快充：支持。\n丙三，快充：支持。"
    said, *_ = answer(chunks, Told("count", "{黑色}的[手机]有几款"), "zh")
    assert said.text.startswith("“手机”共 3 行，其中 2 行为颜色：黑色。")
    said, *_ = answer(chunks, Told("extreme", "{黑色}的[手机]<最便宜>的", ("价格", False)), "zh")
    assert said.text.split("\n") == ["在“手机”中颜色：黑色的 2 行里，价格最低为 700 元。", "乙二，颜色：黑色，价格：700 元。"]
