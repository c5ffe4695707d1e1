"""Evidence to a whole, readable answer in the document's own words, with what is needed to render it."""

from dataclasses import replace

import pytest

from rag.about import About
from rag.answering.compose import Composed, compose, say_row
from rag.answering.compose import _number as number_of
from rag.languages.spoken import speaking
from rag.types import Block, Chunk, Evidence, Mark, Passage, Span
from rag.units import Unit

STEPS = "To change your password:\n1. Press Sign in.\n2. Press Forgot password.\n3. Open the link."
LIST = f"Sign in\n{STEPS}\nIt is valid for 45 minutes. Ask us if it does not come."
TABLE = "Country: Sweden; Express: €26.00; Days: 3 to 4, working\nCountry: Norway; Express: €29.00"


def blocks_of(text: str, kinds: list[str]) -> tuple[Block, ...]:
    found, at = [], 0
    for kind, line in zip(kinds, text.split("\n"), strict=True):
        found.append(Block(at, at + len(line), kind, marker=line.partition(" ")[0] if kind == "item" else ""))  # type: ignore[arg-type]
        at += len(line) + 1
    return tuple(found)


def evidence(text: str, blocks: tuple[Block, ...], best: str, marks: tuple[Mark, ...] = ()) -> Evidence:
    start = text.index(best)
    span = Span(start, start + len(best), 1.0)
    chunk = Chunk("id", "doc.md", "Title", text, 0, len(text), blocks=blocks, marks=marks)
    return Evidence(Passage(chunk, 1.0, 1.0), (), span, 1.0, 1.0, 1.0)


def compose_one(item: Evidence) -> Composed:
    return compose([item])


KINDS = ["heading", "paragraph", "item", "item", "item", "paragraph"]


def test_compose_says_a_list_whole_with_what_introduces_it() -> None:
    found = compose_one(evidence(LIST, blocks_of(LIST, KINDS), "2. Press Forgot password."))
    assert found.text == STEPS
    assert [block.kind for block in found.blocks] == ["paragraph", "item", "item", "item"]
    assert [found.text[block.start : block.end] for block in found.blocks] == found.text.split("\n")
    assert {n for _, _, n in found.parts} == {1}


def test_compose_goes_on_where_a_sentence_announces_a_list() -> None:
    found = compose_one(evidence(LIST, blocks_of(LIST, KINDS), "To change your password:"))
    assert found.text.endswith("3. Open the link.")


def test_compose_leaves_a_heading_out() -> None:
    found = compose_one(evidence(LIST, blocks_of(LIST, KINDS), "Sign in\nTo change your password:"))
    assert found.text.startswith("To change")


def test_compose_says_one_sentence_of_a_paragraph() -> None:
    found = compose_one(evidence(LIST, blocks_of(LIST, KINDS), "It is valid for 45 minutes."))
    assert (found.text, [block.kind for block in found.blocks]) == ("It is valid for 45 minutes.", ["paragraph"])


def test_compose_joins_sentences_of_one_paragraph_in_one_block() -> None:
    found = compose_one(evidence(LIST, blocks_of(LIST, KINDS), "It is valid for 45 minutes. Ask us if it does not come."))
    assert (found.text, len(found.blocks)) == ("It is valid for 45 minutes. Ask us if it does not come.", 1)


def test_compose_says_a_row_as_a_sentence_whose_cells_are_known() -> None:
    cells = tuple((TABLE.index(v), TABLE.index(v) + len(v)) for v in ("Sweden", "€26.00", "3 to 4, working"))
    row = Block(0, TABLE.index("\n"), "row", columns=("Country", "Express", "Days"), cells=cells)
    found = compose_one(evidence(TABLE, (row,), "Country: Sweden", (Mark(cells[1][0], cells[1][1], "strong"),)))
    assert found.text == "Sweden: Express €26.00; Days 3 to 4, working."
    (block,) = found.blocks
    assert [found.text[start:end] for start, end in block.cells] == ["Sweden", "€26.00", "3 to 4, working"]
    (mark,) = found.marks
    assert found.text[mark.start : mark.end] == "€26.00"


def test_say_row_leaves_out_empty_cells() -> None:
    text = "Sweden;;4 days"
    said, cells = say_row(text, Block(0, 14, "row", columns=("", "Price", "Time"), cells=((0, 6), (7, 7), (8, 14))))
    assert (said, cells) == ("Sweden: Time 4 days.", ((0, 6), (6, 6), (13, 19)))


def test_compose_without_blocks_quotes_the_sentences() -> None:
    text = "Lamps ship free. Bags do not."
    assert compose_one(evidence(text, (), "Bags do not.")).text == "Bags do not."


def test_compose_of_a_long_list_says_only_what_answers() -> None:
    text = "\n".join(f"{n}. Step {n}" for n in range(1, 41))
    found = compose_one(evidence(text, blocks_of(text, ["item"] * 40), "7. Step 7"))
    assert found.text == "7. Step 7"


def test_compose_keeps_links_at_their_place() -> None:
    text = "Write to us. See the help page for more."
    place = text.index("help page")
    link = Mark(place, place + 9, "link", "https://example.org/help")
    (mark,) = compose_one(evidence(text, (), "See the help page for more.", (link,))).marks
    assert (mark.start, mark.end, mark.target) == (8, 17, "https://example.org/help")


def selected(text: str, kinds: list[str], *chosen: str, verdict: str = "", cells: tuple[Span, ...] = ()) -> Evidence:
    """Evidence of which these units were chosen."""
    item = evidence(text, blocks_of(text, kinds), chosen[0] if chosen else text)
    spans = tuple(Span(text.index(unit), text.index(unit) + len(unit), 0.9) for unit in chosen)
    return replace(item, units=spans, verdict=verdict, cells=cells)


def placed(item: Evidence, document: str, start: int = 0) -> Evidence:
    chunk = item.passage.chunk
    moved = replace(chunk, document=document, start=start, end=start + len(chunk.text))
    return replace(item, passage=replace(item.passage, chunk=moved))


def test_compose_says_the_chosen_units_of_all_passages_with_what_each_rests_on() -> None:
    one = selected("Bags may be returned. We are nice.", ["paragraph"], "Bags may be returned.")
    nothing = selected("Lamps.", ["paragraph"])
    two = placed(selected("The sale is excluded.", ["paragraph"], "The sale is excluded."), "sale.md")
    found = compose([one, nothing, two])
    assert found.text == "Bags may be returned.\nThe sale is excluded."
    assert [(found.text[a:b], n) for a, b, n in found.parts] == [("Bags may be returned.", 1), ("The sale is excluded.", 3)]


def test_compose_says_yes_or_no_first_and_rests_it_on_what_follows() -> None:
    found = compose([selected("Bags may be returned.", ["paragraph"], "Bags may be returned.", verdict="yes")])
    assert found.text == "Yes. Bags may be returned."
    assert found.parts == ((0, len(found.text), 1),)
    assert [(block.start, block.end) for block in found.blocks] == [(0, len(found.text))]


def test_yes_or_no_before_a_row_stands_in_a_paragraph_of_its_own() -> None:
    cells = tuple((TABLE.index(v), TABLE.index(v) + len(v)) for v in ("Sweden", "€26.00"))
    row = Block(0, TABLE.index("\n"), "row", columns=("Country", "Express"), cells=cells)
    item = evidence(TABLE, (row,), "Country: Sweden")
    found = compose([replace(item, units=(Span(row.start, row.end, 0.9),), verdict="yes")])
    assert found.text == "Yes. Sweden: Express €26.00."
    assert [(found.text[b.start : b.end], b.kind) for b in found.blocks] == [
        ("Yes. ", "paragraph"),
        ("Sweden: Express €26.00.", "row"),
    ]
    assert found.parts == ((0, len(found.text), 1),)


def test_compose_says_steps_whole_and_of_a_list_what_was_chosen() -> None:
    assert compose([selected(LIST, KINDS, "2. Press Forgot password.")]).text == STEPS
    kinds = ["paragraph", "item", "item", "item", "item"]
    text = "We take:\n- cards\n- PayPal\n- cash\n- gift vouchers"
    assert compose([selected(text, kinds, "- PayPal")]).text == "We take:\n- PayPal"
    assert compose([selected(text, kinds, "- PayPal", "- cash")]).text == text
    assert compose([selected(text, kinds, "We take:")]).text == text


def test_compose_says_all_steps_where_code_or_a_note_stands_between_them() -> None:
    text = "1. Open it.\nrun it\n2. Click.\nNote this.\n3. Save.\nElsewhere.\n1. Another list."
    blocks = blocks_of(text, ["item", "code", "item", "paragraph", "item", "paragraph", "item"])
    chosen = replace(evidence(text, blocks, "2. Click."), units=(Span(text.index("2."), text.index("2.") + 9, 0.9),))
    assert compose([chosen]).text == text.partition("\nElsewhere")[0]


@pytest.mark.parametrize(("marker", "number"), [("3.", 3), ("(12)", 12), ("③", 3), ("三、", 3), ("-", None), ("a)", None)])
def test_numbers_of_steps(marker: str, number: int | None) -> None:
    assert number_of(Unit(0, 1, "item", Block(0, 1, "item", marker=marker))) == number


def test_compose_does_not_repeat_what_another_passage_said() -> None:
    one, again = (selected("Bags may be returned.", ["paragraph"], "Bags may be returned.") for _ in range(2))
    assert compose([one, again]).text == "Bags may be returned."


def test_compose_says_a_list_of_two_passages_once_and_in_its_order() -> None:
    first = selected("1. Open it.\n2. Turn it.", ["item", "item"], "2. Turn it.")
    second = selected("2. Turn it.\n3. Close it.", ["item", "item"], "3. Close it.")
    later = placed(second, "doc.md", len("1. Open it.\n"))
    for order in ([first, later], [later, first]):
        assert compose(order).text == "1. Open it.\n2. Turn it.\n3. Close it."


def test_compose_says_what_differs_from_what_was_said_by_a_number_or_of_rows_by_a_name() -> None:
    said = "Parcels to Sweden arrive by courier within {} working days."
    texts = [said.format(n) for n in (3, 5)]
    found = [placed(selected(text, ["paragraph"], text), f"{n}.md") for n, text in enumerate(texts)]
    assert compose(found).text == "\n".join(texts)
    said = "普通会员在{}天内可以退货并退款。"
    found = [placed(selected(text, ["paragraph"], text), text) for text in map(said.format, ("三十", "六十"))]
    assert compose(found).text.count("天内") == 2
    rows = []
    for country in ("Sweden", "Norway"):
        text = f"{country} express courier parcel insured worldwide working days"
        row = Block(0, len(text), "row", cells=((0, 6), (7, len(text))))
        item = evidence(text, (row,), text)
        rows.append(placed(replace(item, units=(Span(0, len(text), 1.0),)), f"{country}.md"))
    assert compose(rows).text.count("express courier") == 2


def test_compose_says_of_a_row_the_cells_that_were_asked_for() -> None:
    values = ("Sweden", "€26.00", "3 to 4, working")
    cells = tuple((TABLE.index(v), TABLE.index(v) + len(v)) for v in values)
    row = Block(0, TABLE.index("\n"), "row", columns=("Country", "Express", "Days"), cells=cells)
    item = replace(evidence(TABLE, (row,), "Country: Sweden"), units=(Span(0, row.end, 0.9),), cells=(Span(*cells[1], 1.0),))
    found = compose([item])
    assert found.text == "Sweden: Express €26.00."
    assert [found.text[a:b] for a, b in found.blocks[0].cells] == ["Sweden", "€26.00", ""]


def test_compose_says_a_sentence_with_the_one_it_goes_on_from() -> None:
    text = "A gift card is valid for 36 months. What is not used by then expires. Ask us."
    assert compose([selected(text, ["paragraph"], "What is not used by then expires.")]).text == text.removesuffix(" Ask us.")
    asked = "Do gift cards expire? After 36 months."
    assert compose([selected(asked, ["paragraph"], "After 36 months.")]).text == "After 36 months."


def test_compose_joins_chinese_sentences_without_blanks() -> None:
    text = "不能。税号无效。“请写信。”谢谢。再见。"
    said = evidence(text, (Block(0, len(text), "paragraph"),), text)
    assert compose_one(said).text == text
    spans = [Span(start, start + len(part), 1.0) for part in ("不能。", "谢谢。") for start in [text.index(part)]]
    chosen = replace(said, units=tuple(spans), verdict="yes")
    with speaking("zh"):
        assert compose_one(chosen).text == "是的。不能。“请写信。”谢谢。"


def test_say_row_names_the_column_of_a_first_cell_that_is_only_a_number() -> None:
    row = Block(0, 3, "row", columns=("Weight (kg)", "Price (€)"), cells=((0, 1), (2, 3)))
    assert say_row("5 8", row)[0] == "Weight (kg) 5: Price (€) 8."


def test_say_row_is_punctuated_as_its_language_is() -> None:
    text = "瑞典26 欧元3 天，工作日"
    row = Block(0, len(text), "row", columns=("国家", "特快", "时效"), cells=((0, 2), (2, 7), (7, len(text))))
    said, cells = say_row(text, row)
    assert said == "瑞典，特快：26 欧元；时效：3 天，工作日。"
    assert [said[slice(*cell)] for cell in cells] == ["瑞典", "26 欧元", "3 天，工作日"]
    assert say_row("可以！", Block(0, 3, "row", columns=("退货",), cells=((0, 3),)))[0] == "可以！"


def test_compose_says_the_date_of_a_page_only_where_it_is_all_that_answers() -> None:
    text = "Stand: 2. November 2026\nDie Lieferung dauert drei Tage."
    item = evidence(text, blocks_of(text, ["paragraph", "paragraph"]), text)
    known = replace(item.passage.chunk, about=About(language="de", date="2026-11-02"))
    both = replace(item, passage=Passage(known, 1.0, 1.0))
    assert compose_one(both).text == "Die Lieferung dauert drei Tage."
    assert compose_one(replace(both, quote=Span(0, 23, 1.0))).text == "Stand: 2. November 2026"
    assert compose_one(item).text == text  # nothing is known of this page
    chosen = replace(both, units=(Span(0, 23, 0.9), Span(24, len(text), 0.4)))  # it was asked for
    assert compose_one(chosen).text == text
