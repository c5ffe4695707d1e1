import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import text


@given(st.text())
def test_words_and_sentences_are_sorted_disjoint_and_in_bounds(value: str) -> None:
    for spans in (text.words(value), text.sentences(value)):
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(edges)
        assert all(0 <= start < end <= len(value) for start, end in spans)


@given(st.text())
def test_every_word_lies_in_a_sentence(value: str) -> None:
    found = text.sentences(value)
    assert all(any(start <= a and b <= end for start, end in found) for a, b in text.words(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("You pay 5.00 EUR. It ships today!", ["You pay 5.00 EUR.", "It ships today!"]),
        ("See e.g. the manual. Done.", ["See e.g. the manual.", "Done."]),
        ("我们在三十天内退货。可以吗？好", ["我们在三十天内退货。", "可以吗？", "好"]),
        ("# Returns\nSend it back", ["# Returns", "Send it back"]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("It is valid from 24.12. to 31.12. in shops.", ["It is valid from 24.12. to 31.12. in shops."]),
        ("Es kommt am 3. oder 4. Werktag. Danach nicht.", ["Es kommt am 3. oder 4. Werktag.", "Danach nicht."]),
        ("Im 2. Quartal ab dem 15. Mai.", ["Im 2. Quartal ab dem 15. Mai."]),
        (
            "Orders (Mo. bis Fr. bis 14 Uhr) leave at once. Others wait.",
            ["Orders (Mo. bis Fr. bis 14 Uhr) leave at once.", "Others wait."],
        ),
        (
            "The fee is max. 5 € until Dec. 24 at Hauptstr. 12 in Bonn.",
            ["The fee is max. 5 € until Dec. 24 at Hauptstr. 12 in Bonn."],
        ),
        ("It is here. iPhone users wait.", ["It is here.", "iPhone users wait."]),
        ("hi. i bought a lamp. it broke", ["hi.", "i bought a lamp.", "it broke"]),
        ("Sie zahlen 4. Danach ist es frei.", ["Sie zahlen 4.", "Danach ist es frei."]),
        ("1. Open it.\n2. Press 5. Wait.\n10. End", ["1. Open it.", "2. Press 5.", "Wait.", "10. End"]),
        (
            "Vaccination of children should go on to\nthe extent possible, and at most\n30 days late.\nOthers wait.",
            ["Vaccination of children should go on to\nthe extent possible, and at most\n30 days late.", "Others wait."],
        ),
        (
            "To help you prepare for the possible spread of\nCOVID-19, ensure\nyour plan covers it.\nSo do others\nof us.",
            [
                "To help you prepare for the possible spread of\nCOVID-19, ensure\nyour plan covers it.",
                "So do others",
                "of us.",
            ],
        ),
        ("Vaccination of children should go on to\n\nthe extent", ["Vaccination of children should go on to", "the extent"]),
        ("Bring all of these with you, please:\nan apple", ["Bring all of these with you, please:", "an apple"]),
        ("- an apple that was picked yesterday\n- a pear", ["- an apple that was picked yesterday", "- a pear"]),
        ("Take an apple that was picked yesterday\n2) eat", ["Take an apple that was picked yesterday", "2) eat"]),
        ("price of an apple, in a bag | 30 EUR\nprice of", ["price of an apple, in a bag | 30 EUR", "price of"]),
        ("# how apples are picked and by whom\nwe pick", ["# how apples are picked and by whom", "we pick"]),
        ("an apple\na pear", ["an apple", "a pear"]),
        ("Ask Prof. Lee. Contact No. 5 is closed.", ["Ask Prof. Lee.", "Contact No. 5 is closed."]),
        ("Open to 5 p.m. Then we close.", ["Open to 5 p.m.", "Then we close."]),
        ("Open from 9 a.m. to 5 p.m. on weekdays.", ["Open from 9 a.m. to 5 p.m. on weekdays."]),
        ("Is it free? No. Nothing is.", ["Is it free?", "No.", "Nothing is."]),
        ("The U.S. Army and J. Smith came. Then left.", ["The U.S. Army and J. Smith came.", "Then left."]),
        ("Nehmen Sie z.B. Nr. 5. Danke.", ["Nehmen Sie z.B. Nr. 5.", "Danke."]),
        ("Stand: 2. November 2026. Gilt ab 1. Januar.", ["Stand: 2. November 2026.", "Gilt ab 1. Januar."]),
        ("Die Frist beträgt 14. Danach kostet es.", ["Die Frist beträgt 14.", "Danach kostet es."]),
        ("„Sie ist möglich.“ Sie zahlen nichts.", ["„Sie ist möglich.“", "Sie zahlen nichts."]),
        ("Es heißt: »Das geht.« Danach nicht.", ["Es heißt: »Das geht.«", "Danach nicht."]),
        ("可以退货吗?可以。太好了!请联系客服。", ["可以退货吗?", "可以。", "太好了!", "请联系客服。"]),
        ("见 a.cn/s?词=退货。", ["见 a.cn/s?词=退货。"]),
        ("Gilt bis 31. 12. 2026. Danach nicht.", ["Gilt bis 31. 12. 2026.", "Danach nicht."]),
        ("Lieferung bis 24.12. 2026 möglich. Danach nicht.", ["Lieferung bis 24.12. 2026 möglich.", "Danach nicht."]),
        ("Es kostet 3 Mio. Euro gem. Vertrag mit Dr. med. Lee.", ["Es kostet 3 Mio. Euro gem. Vertrag mit Dr. med. Lee."]),
        (
            "Call from 9 a.m. Monday to 5 p.m. EST on Friday. Others wait.",
            ["Call from 9 a.m. Monday to 5 p.m. EST on Friday.", "Others wait."],
        ),
    ],
)
def test_sentences(value: str, expected: list[str]) -> None:
    assert [value[start:end] for start, end in text.sentences(value)] == expected


def test_terms_fold_case_and_cut_chinese_into_bigrams() -> None:
    assert text.terms("Straße 退货政策 1,299.00 ﬁne") == ["strasse", "退货", "货政", "政策", "1,299.00", "fine"]


@given(st.text(alphabet="〇零一二两三四五六七八九十百千万亿天"))
def test_any_chinese_numerals_have_terms(value: str) -> None:
    assert bool(text.terms(value)) == bool(value)
    assert text.terms("营业额一亿二")[-1] == "亿二"


def test_stems_join_inflections() -> None:
    assert len({text.stem(word) for word in ("return", "Returns", "returned", "returning")}) == 1


@pytest.mark.parametrize(("word", "expected"), [("the", False), ("refund", True), ("x", False), ("7", True), ("退", True)])
def test_content_words(word: str, expected: bool) -> None:
    assert text.is_content(word) is expected


def test_letters_are_counted_by_script() -> None:
    assert text.scripts("How long? 42 退货 Ждём") == {"LATIN": 7, "CJK": 2, "CYRILLIC": 4}
