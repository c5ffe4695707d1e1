"""What a document says of itself: dates, labels, notices, properties and languages."""

import json
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.about import About, about_of, first_day, last_day, said
from rag.loading import load
from rag.loading.builder import Builder
from rag.loading.dates import read_date
from rag.loading.notices import of_head, of_values
from rag.loading.pieces import plain
from rag.loading.properties import of_file


def head(*paragraphs: str, title: str = "Refund rules") -> dict[str, object]:
    builder = Builder()
    builder.heading(1, plain(title))
    for text in paragraphs:
        builder.add("paragraph", plain(text))
    return said(of_head(builder.document("refunds.md", builder.title)))


def read(folder: Path, name: str, text: str) -> dict[str, object]:
    (folder / name).write_text(text, "utf-8")
    return loaded(folder / name)


def loaded(path: Path) -> dict[str, object]:
    document, *_ = load(path, path.name, seconds=30, memory_mb=1024, max_mb=5)
    return said(document.about)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026-3-1", "2026-03-01"),
        ("2026-03-01T10:00:00Z", "2026-03-01"),
        ("2026-03-01 10:00", "2026-03-01"),
        ("20260301", "2026-03-01"),
        ("2026/03/01", "2026-03-01"),
        ("2026.03.01", "2026-03-01"),
        ("1 March 2026", "2026-03-01"),
        ("1st of March 2026", "2026-03-01"),
        ("March 1, 2026", "2026-03-01"),
        ("Monday, 2 March 2026", "2026-03-02"),
        ("Sept. 2026", "2026-09"),
        ("March 2026", "2026-03"),
        ("03/2026", "2026-03"),
        ("2026", "2026"),
        ("1. März 2026", "2026-03-01"),
        ("Sonntag, 1. März 2026", "2026-03-01"),
        ("01.03.2026", "2026-03-01"),
        ("1. 3. 2026", "2026-03-01"),
        ("2026年3月1日", "2026-03-01"),
        ("2026年3月", "2026-03"),
        ("13/02/2026", "2026-02-13"),
        ("02/13/2026", "2026-02-13"),
        ("31.2.2026", ""),
        ("2026-13", ""),
        ("14", ""),
        ("3.2", ""),
        ("may", ""),
        ("1.3.26", ""),
        ("Kendal 2026", ""),
        ("3 days ago", ""),
    ],
)
def test_dates_are_read_as_precisely_as_they_are_written(text, day):
    assert read_date(text) == day


def test_a_date_that_may_be_two_is_only_its_year_where_the_language_does_not_tell():
    assert [read_date("03/04/2026", language) for language in ("en", "", "de", "fr")] == [
        *("2026", "2026"),
        *("2026-04-03", "2026-04-03"),
    ]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_form(day):
    forms = ["%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y", "%Y年%m月%d日", "%Y%m%d"]
    assert {read_date(day.strftime(form)) for form in forms} == {day.isoformat()}


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_none(text):
    found = read_date(text)
    assert found == "" or first_day(found) <= last_day(found)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Valid from 1 March 2026.", {"valid_from": "2026-03-01"}),
        ("Version 14, valid from 1 October 2026.", {"version": "14", "valid_from": "2026-10-01"}),
        ("Edition 4, February 2026", {"version": "4", "date": "2026-02"}),
        ("Version 3.2 (March 2026)", {"version": "3.2", "date": "2026-03"}),
        ("4th edition, May 2024", {"version": "4", "date": "2024-05"}),
        ("As of January 2024.", {"date": "2024-01"}),
        ("Created: 1 Jan 2024 | Last updated: 3 March 2026", {"date": "2026-03-03"}),
        ("Valid until March 31, 2026.", {"valid_until": "2026-03-31"}),
        ("Effective date: 01/02/2026", {"valid_from": "2026"}),
        (
            "It was valid from 1 January 2023 until 31 March 2025 and applies to orders of that time.",
            {"valid_from": "2023-01-01", "valid_until": "2025-03-31"},
        ),
        ("Status: superseded by Refund rules 2026", {"superseded": True, "superseded_by": "Refund rules 2026"}),
        ("This page has been replaced by Refund rules 2026.", {"superseded": True, "superseded_by": "Refund rules 2026"}),
        ("This page is out of date.", {"superseded": True}),
        ("Deprecated: use the new form instead", {"superseded": True}),
        ("Owner: Payments team", {"owner": "Payments team"}),
        ("Gültig ab 1. März 2026, Version 3.2", {"valid_from": "2026-03-01", "version": "3.2"}),
        ("Stand: März 2026", {"date": "2026-03"}),
        ("4. Auflage, Mai 2024", {"version": "4", "date": "2024-05"}),
        ("Diese Seite ist veraltet.", {"superseded": True}),
        ("Ersetzt durch: Richtlinie 2026", {"superseded": True, "superseded_by": "Richtlinie 2026"}),
        ("自2026年3月1日起施行", {"valid_from": "2026-03-01"}),
        ("有效期至：2026年12月31日", {"valid_until": "2026-12-31"}),
        ("版本：V2.1  生效日期：2026-03-01", {"version": "2.1", "valid_from": "2026-03-01"}),
        ("本文已被《退货政策2026》取代", {"superseded": True, "superseded_by": "退货政策2026"}),
        ("已由《退货政策2026》取代", {"superseded": True, "superseded_by": "退货政策2026"}),
        ("本文件已被新版取代", {"superseded": True, "superseded_by": "新版"}),
        ("本政策有效期自2026年1月1日起至2026年12月31日止。", {"valid_from": "2026-01-01", "valid_until": "2026-12-31"}),
        ("Gültig vom 1. Januar 2026 bis 31. Dezember 2026", {"valid_from": "2026-01-01", "valid_until": "2026-12-31"}),
        (
            "Version 3, valid from 1 May 2026 to 2 May 2026",
            {"version": "3", "valid_from": "2026-05-01", "valid_until": "2026-05-02"},
        ),
        ("Diese Seite wurde durch die Richtlinie 2026 ersetzt.", {"superseded": True, "superseded_by": "Richtlinie 2026"}),
        ("Status: ersetzt durch Richtlinie 2026", {"superseded": True, "superseded_by": "Richtlinie 2026"}),
        ("Author: Ann Lee | Last updated: 3 March 2026", {"date": "2026-03-03"}),
        ("编号：A-12  版本：V2.1  生效日期：2026-03-01", {"version": "2.1", "valid_from": "2026-03-01"}),
        ("Owner: Payments, Leeds", {"owner": "Payments, Leeds"}),
    ],
)
def test_labels_and_notices_at_the_head_are_read(line, found):
    assert head(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "Internal: staff only",
        "INTERNAL USE ONLY",
        "Confidential – do not share",
        "For support agents only.",
        "Version 9. Not for customers.",
        "Audience: internal",
        "TLP:AMBER",
        "Nur für Mitarbeitende",
        "Nur für den internen Gebrauch bestimmt",
        "Zielgruppe: Mitarbeitende",
        "内部资料，请勿外传",
        "仅限员工使用",
    ],
)
def test_a_notice_at_the_head_makes_a_document_internal(line):
    assert head(line)["audience"] == "internal"


@pytest.mark.parametrize("title", ["Refund rules (internal)", "[Internal] Refund rules", "INTERNAL: Refund rules"])
def test_a_title_can_make_a_document_internal(title):
    assert head("We pay.", title=title) == {"audience": "internal"}


@pytest.mark.parametrize(
    "line",
    [
        "We deliver to staff only on Mondays.",
        "Internal: 36 x 20 x 12 cm",
        "Internal combustion engines are not allowed on board.",
        "The offer is valid until 31 May 2026 in all shops that take part in it this year.",
        "Agents: see below",
        "For newer orders read the present returns policy, valid from 1 April 2025.",
        "The price was replaced by a new one.",
        "Version",
        "It costs 20 euros.",
        "Standard shipping costs 4.90 €. Free shipping is valid from 1 November 2025 to 31 December 2025 on all orders.",
        "Christmas discount of 10 %, valid until 31 December 2025.",
        "Die Aktion ist gültig vom 1. November 2025 bis 31. Dezember 2025.",
        "春节期间自2026年2月10日至2026年2月20日暂停发货。",
        "如商品缺货，我们会用同类商品代替。",
        "纸质发票已被电子发票取代。",
        "Ersetzt durch ein neues Gerät.",
        "客服",
        "Replaced by a new one free of charge.",
        "Durch ein neues Gerät ersetzt.",
        "Audience: staff, customers",
        "Valid from 1 November 2025 to 31 December 2025 on all orders.",
        "Gültig vom 1. November 2025 bis 31. Dezember 2025 in allen Läden.",
        "有效期2026年1月1日至2026年3月1日的优惠券可以使用。",
    ],
)
def test_sentences_are_not_read_for_what_they_mean(line):
    assert head(line) == {}


def test_only_the_head_is_read():
    builder = Builder()
    builder.heading(1, plain("Refunds"))
    builder.add("paragraph", plain("We pay within five days."))
    builder.heading(2, plain("History"))
    builder.add("paragraph", plain("Staff only"))
    builder.add("paragraph", plain("Valid until 1 March 2020"))
    builder.add("paragraph", plain("We are glad to help."))
    assert of_head(builder.document("a.md", "Refunds")) == About()


def test_a_footer_can_make_a_document_internal():
    assert head("We pay within five days.", "And we are glad to.", "For internal use only") == {"audience": "internal"}


@pytest.mark.parametrize("signature", ["客服", "员工", "Agents", "Staff", "Mitarbeitende"])
def test_a_role_makes_a_document_internal_as_a_value_or_in_a_title_only(signature):
    assert head("We are glad to help.", "Call us from 9 to 5.", signature) == {}
    assert head("We pay.", title=f"{signature}: how to log in") == {}
    assert head("We pay.", title=f"Refund rules ({signature})") == {"audience": "internal"}
    assert head(f"Audience: {signature}") == {"audience": "internal"}
    assert head(f"Internal: {signature}") == {"audience": "internal"}


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"date": "2024-01-01", "lastmod": "2026-03-01"}, {"date": "2026-03-01"}),
        ({"last_modified_at": "2026-03-01 08:00:00"}, {"date": "2026-03-01"}),
        ({"expiryDate": "2026-03-31"}, {"valid_until": "2026-03-31"}),
        ({"valid_until": "31 March 2026", "version": "2.1"}, {"valid_until": "2026-03-31", "version": "2.1"}),
        ({"superseded_by": "returns.md"}, {"superseded": True, "superseded_by": "returns.md"}),
        ({"superseded_by": "no"}, {}),
        ({"deprecated": "true"}, {"superseded": True}),
        ({"status": "archived"}, {"superseded": True}),
        ({"audience": "staff"}, {"audience": "internal"}),
        ({"audience": "staff, customers"}, {}),
        ({"audience": "developers"}, {}),
        ({"visibility": "private"}, {"audience": "internal"}),
        ({"internal": "true"}, {"audience": "internal"}),
        ({"internal": "false", "draft": "false", "published": "true"}, {}),
        ({"draft": "true"}, {"audience": "internal"}),
        ({"published": "false"}, {"audience": "internal"}),
        ({"lang": "de-AT", "owner": "Payments"}, {"language": "de", "owner": "Payments"}),
        ({"date": "soon", "version": "the newest"}, {}),
    ],
)
def test_keys_of_front_matter_are_read(keys, found):
    assert said(of_values((key, [value]) for key, value in keys.items())) == found


def test_what_stands_on_the_page_counts_more_than_its_keys(tmp_path):
    text = "---\ndate: 2024-01-01\nlang: de\n---\n# Preise\n\nStand: März 2026\n"
    assert read(tmp_path, "a.md", text) == {"language": "de", "date": "2026-03"}


def test_toml_front_matter_says_what_yaml_does(tmp_path):
    text = "+++\ndraft = true\nexpiryDate = 2026-03-31\n+++\n# Prices\n\nThe service costs 20 euros a month, all in all.\n"
    assert read(tmp_path, "a.md", text) == {"language": "en", "valid_until": "2026-03-31", "audience": "internal"}


def test_a_page_says_it_in_its_meta_elements(tmp_path):
    page = (
        '<html lang="en-GB"><head><title>Prices</title><meta property="article:modified_time" content="2026-03-01T09:00">'
        '<meta name="audience" content="internal"></head><body><main><h1>Prices</h1><p>It costs 20 euros.</p></main></body>'
    )
    assert read(tmp_path, "a.html", page) == {"language": "en", "date": "2026-03-01", "audience": "internal"}


def test_a_word_document_says_it_in_its_properties(tmp_path):
    import docx

    document = docx.Document()
    document.add_heading("Prices", 1)
    document.add_paragraph("The monthly service costs 20 euros, all in all.")
    document.save(tmp_path / "new.docx")
    assert "date" not in loaded(tmp_path / "new.docx")  # that of the template says nothing
    document.core_properties.modified = datetime(2026, 3, 1)
    document.core_properties.content_status = "Superseded"
    document.save(tmp_path / "a.docx")
    assert loaded(tmp_path / "a.docx") == {"language": "en", "date": "2026-03-01", "superseded": True}


@pytest.mark.parametrize("core", [b"", b"<a>", b" " * 100_000, b"<a><modified>then</modified><b/></a>"])
def test_properties_that_cannot_be_read_say_nothing(tmp_path, core):
    with ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("docProps/core.xml", core)
    (tmp_path / "b.pptx").write_bytes(core)
    (tmp_path / "c.pdf").write_bytes(core)
    assert {of_file(tmp_path / name) for name in ("a.docx", "b.pptx", "c.pdf", "d.md")} == {About()}


def test_rows_and_records_say_it_of_themselves(tmp_path):
    read(tmp_path, "faq.csv", "question,answer,audience\nWhat is it?,A lamp.,public\nWhat do we pay?,20 euros.,staff\n")
    rows = load(tmp_path / "faq.csv", "faq.csv", seconds=30, memory_mb=1024, max_mb=5)
    assert [row.about.audience for row in rows] == ["public", "internal"]
    lines = [{"text": "A lamp costs 20 euros.", "valid_until": "2026-03-31"}, {"text": "Nothing."}]
    read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)))
    records = load(tmp_path / "a.jsonl", "a.jsonl", seconds=30, memory_mb=1024, max_mb=5)
    assert [record.about.valid_until for record in records] == ["2026-03-31", ""]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The monthly cleaning service costs 34 euros and can be cancelled at the end of every quarter.", "en"),
        ("Die monatliche Reinigung kostet 34 Euro und kann zum Ende jedes Quartals gekündigt werden.", "de"),
        ("每月清洁服务的费用为三十四欧元，可以在每个季度末取消，退款会在五个工作日内退回原付款方式。", "zh"),
        ("20 30 40", ""),
    ],
)
def test_the_language_is_told_by_the_text(tmp_path, text, language):
    assert read(tmp_path, "a.txt", text).get("language", "") == language


def test_each_row_of_a_file_has_its_own_language_or_that_of_the_file(tmp_path):
    rows = [f"How do I send back order number {n}?,You print a label and bring the parcel to a shop." for n in range(20)]
    others = [
        "Wie schicke ich etwas zurück?,Sie drucken das Etikett und geben das Paket ab.",
        "怎么退货？,请打印标签并寄回包裹。",
        "When?,Now.",
    ]
    read(tmp_path, "faq.csv", "\n".join(["question,answer", *rows, *others]))
    documents = load(tmp_path / "faq.csv", "faq.csv", seconds=30, memory_mb=1024, max_mb=5)
    assert [document.about.language for document in documents] == [*["en"] * 20, "de", "zh", "en"]


@given(st.lists(st.text(max_size=120), max_size=6))
def test_no_text_at_the_head_stops_the_reading(paragraphs):
    about_of(head(*paragraphs))
