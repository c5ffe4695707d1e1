from rag.query import Query
from tests.fakes import FakeEmbedder


def test_query_has_no_half_characters_which_no_tokenizer_takes() -> None:
    asked = Query.of("zebra \udcff speed", FakeEmbedder(), lambda typed: "half \ud800 " + typed)
    assert (asked.message, asked.text) == ("zebra \ufffd speed", "half \ufffd zebra \ufffd speed")
    assert asked.search_text == asked.text
