"""Readers of every layout, on tiny files; and where a quote stands in a document that a parser has changed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.datasets.dataset import Dataset, Question, Quote, sample, with_off_topic
from rag.datasets.formats import read
from rag.errors import RagError
from rag.evaluation.location import QuoteFinder

DATA = Path(__file__).parent / "data" / "evaluation"


def by_id(dataset: Dataset) -> dict[str, Question]:
    return {question.id: question for question in dataset.questions}


def test_squad_paragraphs_are_passages_below_the_title_of_their_article() -> None:
    dataset = read(DATA / "squad.json")
    assert [title for title, _ in dataset.passages] == ["Return policy", "Return policy", "Lamps"]
    question = by_id(dataset)["a"]
    assert question.documents == {"000000.md": 1}
    assert question.answers == ("30 days", "takes 30 days")
    for quote in question.quotes:
        assert dataset.passages[0][1][quote.start :].startswith(quote.text)


def test_squad_knows_what_is_impossible() -> None:
    question = by_id(read(DATA / "squad.json"))["b"]
    assert (question.answerable, question.answers, question.quotes) == (False, (), ())
    assert question.documents == {"000000.md": 1}


def test_chinese_squad_files_are_read() -> None:
    dataset = read(DATA / "squad-zh.json")
    assert dataset.passages[0][0] == "退货"
    assert by_id(dataset)["z1"].answers == ("三十天",)


def test_a_folder_of_squad_files_needs_a_split_that_names_one() -> None:
    assert read(DATA, "squad", split="zh").name == "squad-zh"
    with pytest.raises(RagError, match=r"has 3 files for the split squad: it holds squad, squad-official, squad-zh"):
        read(DATA, "squad", split="squad")


def test_beir_takes_the_test_split_its_grades_and_answers() -> None:
    dataset = read(DATA / "beir")
    assert by_id(dataset)["q1"].documents == {"000000.md": 2}
    assert by_id(dataset)["q1"].answers == ("30 days",)
    assert by_id(dataset)["q2"].documents == {"000001.md": 1}
    assert dataset.passages[2] == ("The lamp", "The lamp")
    assert len(read(DATA / "beir", split="train").questions) == 1


def test_beir_over_files_asks_for_the_page_of_a_passage() -> None:
    dataset = read(DATA / "beir", documents=DATA / "beir" / "pages")
    assert by_id(dataset)["q1"].documents == {"service.html": 2}
    assert (dataset.passages, dataset.folder) == ((), DATA / "beir" / "pages")


def test_excerpts_quote_their_corpus_by_offset() -> None:
    dataset = read(DATA / "excerpts")
    (question,) = dataset.questions
    text = (DATA / "excerpts" / "corpora" / "policy.md").read_text("utf-8")
    assert [text[quote.start : quote.start + len(quote.text)] for quote in question.quotes] == [q.text for q in question.quotes]
    assert question.documents == {"policy.md": 1}


def test_a_faq_row_without_a_document_is_unanswerable() -> None:
    questions = read(DATA / "faq.csv", documents=DATA / "shop").questions
    assert [question.answerable for question in questions] == [True, True, True, False]
    assert questions[1].documents == {"faq.csv#row=3": 1}
    assert questions[0].quotes == (Quote("policy.md", "30 days"),)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bad.json", "{", "bad.json is not JSON"),
        ("other.json", '{"rows": []}', "other.json has not SQuAD's layout at question 1"),
        ("none.json", '{"data": []}', "none.json has no questions"),
        (
            "notes.txt",
            "x",
            "notes.txt has none of the known layouts: name one with --format, of squad, beir, excerpts, faq-csv",
        ),
    ],
)
def test_what_is_no_dataset_is_one_clear_error(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(RagError) as error:
        read(tmp_path / name)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\nnot json\n', "corpus.jsonl line 2 is not JSON"),
        ("corpus.jsonl", '{"_id": "d1"}\n', "corpus.jsonl line 1 has no text"),
        ("queries.jsonl", "[1]\n", "queries.jsonl line 1 has no _id and no text"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq9\td1\t1\n", "test.tsv line 2: query 'q9' is not in queries.jsonl"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\thigh\n", "test.tsv line 2: the score is 'high'"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\n", "test.tsv line 2 has 2 cells"),
        ("qrels/test.tsv", "query\tpassage\n", "test.tsv line 1 has no column query-id and none corpus-id and none score"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "has no questions"),
    ],
)
def test_a_bad_line_of_beir_is_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / "qrels").mkdir()
    for file in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        (tmp_path / file).write_text((DATA / "beir" / file).read_text("utf-8"))
    (tmp_path / name).write_text(content)
    with pytest.raises(RagError) as error:
        read(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",policy.md,x", "faq.csv line 2 has no question"),
        ("Why?,,because", "faq.csv line 2 has an answer, but names no document"),
        ("Why?", "faq.csv line 2 has 1 cells"),
        ('"Why?,policy.md,x', "faq.csv line 2 is no row of a table"),
    ],
)
def test_a_bad_row_of_a_table_is_named(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "faq.csv").write_text(f"question,document,answer\n{row}\n")
    with pytest.raises(RagError) as error:
        read(tmp_path / "faq.csv", documents=DATA / "shop")
    assert message in str(error.value)


def test_options_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for arguments, message in [
        ((tmp_path / "nowhere.json",), "nowhere.json does not exist"),
        ((DATA / "beir", None, "dev"), "has no split dev: name one with --split, of test, train"),
        ((DATA / "faq.csv",), "name their folder with --documents"),
        ((DATA / "faq.csv", None, "test", DATA / "shop"), "--split does not go with it"),
        ((DATA / "squad.json", None, None, DATA / "shop"), "--documents does not go with squad"),
        ((DATA / "squad.json", None, "test"), "is one file: --split goes with its folder"),
        ((DATA / "excerpts", None, "finance"), "has no question of the corpus 'finance'"),
        ((DATA / "beir", None, None, DATA / "faq.csv"), "which is no folder"),
    ]:
        with pytest.raises(RagError) as error:
            read(*arguments)
        assert message in str(error.value)


def test_a_sample_repeats_and_keeps_the_order() -> None:
    dataset = Dataset("d", tuple(Question(str(n), "?") for n in range(50)))
    drawn = [question.id for question in sample(dataset, 10, 3).questions]
    assert drawn == [question.id for question in sample(dataset, 10, 3).questions]
    assert drawn == sorted(drawn, key=int)
    assert drawn != [question.id for question in sample(dataset, 10, 4).questions]
    assert sample(dataset, None, 1) is dataset
    assert len(sample(dataset, 80, 1).questions) == 50


def test_off_topic_questions_become_unanswerable() -> None:
    both = with_off_topic(read(DATA / "beir"), read(DATA / "squad.json"))
    assert [question.answerable for question in both.questions] == [True, True, False, False, False, False]
    assert both.passages == read(DATA / "beir").passages
    assert len(by_id(both)) == 6


def test_a_quote_is_found_nearest_to_where_it_should_be() -> None:
    located = QuoteFinder("One lamp. Two\nlamps. One  lamp.")
    assert located.find(Quote("d", "One lamp.", 25)) == (21, 31)
    assert located.find(Quote("d", "One lamp.", 0)) == (0, 9)
    assert located.find(Quote("d", "Two lamps.")) == (10, 20)
    assert located.find(Quote("d", "three")) is None
    assert located.find(Quote("d", " ")) is None


@given(st.text(st.sampled_from("ab \n\t退"), min_size=1), st.data())
def test_any_stretch_of_a_text_is_found_where_its_characters_are(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text)))
    place = QuoteFinder(text).find(Quote("d", text[start:end], start))
    wanted = "".join(text[start:end].split())
    assert (place is None) == (not wanted)
    if place:
        assert "".join(text[slice(*place)].split()) == wanted
        assert start <= place[0] < place[1] <= end
