from rag.query import Query, parted
from tests.fakes import FakeEmbedder


def test_query_has_no_half_characters_which_no_tokenizer_takes() -> None:
    asked = Query.of("zebra \udcff speed", FakeEmbedder())
    assert asked.message == asked.text == asked.search_text == "zebra \ufffd speed"
    leaning = asked.after(["half \ud800"], "an \udcff answer", FakeEmbedder())
    assert leaning.text == "half \ufffd zebra \ufffd speed"
    assert leaning.context == "half \ufffd an \ufffd answer zebra \ufffd speed"


def test_a_follow_up_is_read_by_itself_and_searched_with_what_it_leans_on() -> None:
    query = Query.of(" and lamps? ", FakeEmbedder()).after(["how long may I return a bag"], "30 days.", FakeEmbedder())
    assert (query.message, query.search_text) == ("and lamps?", "and lamps?")
    assert query.text == "how long may I return a bag and lamps?"
    assert query.context == "how long may I return a bag 30 days. and lamps?"
    assert query.before == "how long may I return a bag 30 days."


def test_a_long_message_is_searched_whole_and_read_by_its_end() -> None:
    told = "The lamp arrived on Monday, " + "and it rained " * 20
    query = Query.of(f"{told}so how long may I return it?", FakeEmbedder())
    assert query.message.startswith(query.before)
    assert query.message.endswith(query.search_text)
    assert (len(query.search_text.split()), query.text) == (40, query.search_text)
    assert query.context == f"{query.before} {query.search_text}"
    before, asked = parted("灯" * 100 + "怎么退货？")
    assert (before, asked) == ("灯" * 24, "灯" * 76 + "怎么退货？")
    assert Query.of("灯" * 900 + "怎么退货？", FakeEmbedder()).context.endswith("灯怎么退货？")
    small = FakeEmbedder()
    small.window = 50
    cut = Query.of(f"{told}so how long may I return it?", small).context
    assert query.context.endswith(f" {cut}")
    assert 40 <= len(cut.split()) <= 50
    leaning = query.after(["do you sell lamps"], "Yes.", FakeEmbedder())
    assert leaning.before == f"do you sell lamps Yes. {query.before}"
    assert leaning.search_text == query.search_text
