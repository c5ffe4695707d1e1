"""Excel, CSV and JSON lines as a person reads them: shown values, hidden parts, several tables on a sheet, all fields."""

import datetime as dt
import time
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from rag.loading import load
from rag.loading.formulas import Workbook
from rag.loading.number_format import shown
from rag.types import Document

EURO = '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-'


def read(path: Path) -> tuple[Document, ...]:
    return tuple(load(path, path.name, seconds=60, memory_mb=1024, max_mb=64))


def sheet(folder: Path, cells: list[list[object]], strong: tuple[int, ...] = ()) -> list[str]:
    """The lines of a workbook of these rows below the sheet's name; the rows of `strong` are bold."""
    book = openpyxl.Workbook()
    for row in cells:
        book.active.append(row)
    for n in strong:
        for cell in book.active[n]:
            cell.font = Font(bold=True)
    return saved(book, folder)


def saved(book: openpyxl.Workbook, folder: Path) -> list[str]:
    book.save(folder / "a.xlsx")
    (document,) = read(folder / "a.xlsx")
    return [line for line in document.text.split("\n")[1:] if line]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (9.5, '"£"#,##0.00', "£9.50"),
        (-9.5, '"£"#,##0.00', "-£9.50"),
        (1234.5, EURO, "1,234.50 €"),
        (-12.5, EURO, "-12.50 €"),
        (0, EURO, "- €"),
        (1234, "[$€-407] #,##0", "€ 1.234"),
        (1299.5, r"#,##0.00\ [$€-407]", "1.299,50 €"),
        (1299.5, r"#,##0.00\ [$€-de-DE]", "1.299,50 €"),
        (1299.5, "[$£-809]#,##0.00", "£1,299.50"),
        (1299.5, r"#,##0.00\ [$€-2]", "1,299.50 €"),
        (12345, "[$-407]0.00E+00", "1,23E+04"),
        (0.3, "[$-407]General", "0,3"),
        (-1234.5, "$#,##0.00_);[Red]($#,##0.00)", "($1,234.50)"),
        (0.075, "0.0%", "7.5%"),
        (0.15, "0%", "15%"),
        (42, "00000", "00042"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (2.675, "0.00", "2.68"),
        (12345, "0.00E+00", "1.23E+04"),
        (1.5, "# ?/?", "1 1/2"),
        (25, '0.0\\ "kg"', "25.0 kg"),
        (3, '[>=10]"many";0 "left"', "3 left"),
        (7, ";;;", ""),
        (0.1 + 0.2, "General", "0.3"),
        (45, "@", "45"),
        ("007", "0.00", "007"),
        (True, "0.00", "TRUE"),
        (dt.datetime(2027, 3, 31), "dd/mm/yyyy", "31/03/2027"),
        (dt.datetime(2027, 3, 31), "d mmmm yyyy", "31 March 2027"),
        (dt.datetime(2027, 9, 1), "[$-809]ddd d mmm yyyy", "Wed 1 Sep 2027"),
        (dt.datetime(2026, 3, 1), "[$-407]d. mmmm yyyy", "1. März 2026"),
        (dt.datetime(2026, 3, 1), "[$-407]ddd, d. mmm yyyy", "So, 1. Mär 2026"),
        (dt.datetime(2026, 3, 1), '[$-804]yyyy"年"m"月"d"日" dddd', "2026年3月1日 星期日"),
        (dt.datetime(2026, 3, 1), "[$-F800]dddd, mmmm dd, yyyy", "Sunday, March 01, 2026"),
        (dt.datetime(2027, 3, 31), "mm-dd-yy", "2027-03-31"),
        (dt.datetime(2027, 3, 31, 14, 7), "yyyy-mm-dd h:mm AM/PM", "2027-03-31 2:07 PM"),
        (dt.datetime(2027, 3, 31), "yyyy-mm-dd h:mm:ss", "2027-03-31"),
        (dt.time(8, 30), "h:mm", "8:30"),
        (dt.timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (dt.timedelta(minutes=90), "[mm]:ss", "90:00"),
    ],
)
def test_shown_is_what_excel_shows(value, code, text):
    assert shown(value, code) == text


@pytest.mark.parametrize(
    "code",
    [
        "",
        None,
        "[",
        '"',
        "\\",
        "0" * 10_000,
        "E+",
        "?/?",
        "/",
        ";",
        "[$",
        "0.0.0",
        "%",
        ",,,",
        "AM/PM",
        "[$-",
        "[$-zz-ZZ]",
        "[$-1]",
    ],
)
def test_shown_takes_any_format(code):
    assert all(isinstance(shown(value, code), str) for value in (0, -1, 1.5, 1e300, dt.time(1), dt.timedelta(-1), "x"))


def test_sheets_are_read_as_shown(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Code", "Fee", "Rate", "Until", "Open", "Sold"])
    book.active.append([42, 9.5, 0.075, dt.datetime(2027, 3, 31), dt.time(8, 30), True])
    for cell, code in zip(book.active[2], ("00000", '"£"0.00', "0.0%", "dd/mm/yyyy", "h:mm", "General"), strict=True):
        cell.number_format = code
    assert saved(book, tmp_path) == ["Code: 00042; Fee: £9.50; Rate: 7.5%; Until: 31/03/2027; Open: 8:30; Sold: TRUE"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["Artikel", "Preis im Monat", "Gültig ab"], ["1.250", "1. März 2026"]),
        (["Item with all its parts", "Price of a month", "Valid from"], ["1,250", "1. March 2026"]),
        (["A", "B", "C"], ["1,250", "1. March 2026"]),
    ],
)
def test_sheets_numbers_and_dates_are_written_as_the_workbook_is(tmp_path, names, shown):
    book = openpyxl.Workbook()
    book.active.append(names)
    book.active.append([names[0], 1250, dt.datetime(2026, 3, 1)])
    book.active["B2"].number_format, book.active["C2"].number_format = "#,##0", "d. mmmm yyyy"
    (line,) = saved(book, tmp_path)
    assert line == "; ".join(f"{name}: {value}" for name, value in zip(names, [names[0], *shown], strict=True))


def test_sheets_leave_out_what_is_hidden(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Item", "Cost", "Price"], ["Lamp", 17, 49], ["Draft", 1, 2], ["Desk", 90, 199]):
        book.active.append(row)
    book.active.column_dimensions["B"].hidden = True
    book.active.row_dimensions[3].hidden = True
    for state in ("hidden", "veryHidden"):
        other = book.create_sheet(state)
        other.append(["Item", "Purchase"])
        other.append(["Lamp", 17])
        other.sheet_state = state
    assert saved(book, tmp_path) == ["Item: Lamp; Price: 49", "Item: Desk; Price: 199"]


def test_sheets_of_blank_styled_rows_cost_little(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Item", "Price"])
    book.active.append(["Lamp", 49])
    book.active.cell(1_048_576, 16_384).font = Font(bold=True)
    for row in range(3, 50_000):
        book.active.cell(row, 1).font = Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    started = time.monotonic()
    assert read(tmp_path / "a.xlsx")[0].text == "Sheet\n\nItem: Lamp; Price: 49"
    assert time.monotonic() - started < 20


def test_sheets_find_the_header_below_a_title_and_notes(tmp_path):
    lines = sheet(
        tmp_path,
        [
            ["Rental prices"],
            ["Valid from", "1 May"],
            [],
            [None, "Instrument", "Student", "Adult", "Deposit"],
            [None, "Tuba", 41, 81, 210],
            [None, "Viola", 43, 85, 220],
            [],
            [None, "Prices include VAT."],
        ],
    )
    assert lines == [
        "Rental prices",
        "Valid from: 1 May",
        "Instrument: Tuba; Student: 41; Adult: 81; Deposit: 210",
        "Instrument: Viola; Student: 43; Adult: 85; Deposit: 220",
        "Prices include VAT.",
    ]


def test_sheets_tables_below_each_other_have_their_own_headers(tmp_path):
    cells = [["Model", "Months"], ["Pump A", 6], [], ["Branch", "Phone"], ["Kiel", 5550101], ["Bonn", 5550102]]
    assert sheet(tmp_path, cells) == [
        "Model: Pump A; Months: 6",
        "Branch: Kiel; Phone: 5550101",
        "Branch: Bonn; Phone: 5550102",
    ]


def test_sheets_two_columns_of_texts_are_labels_and_values(tmp_path):
    cells = [["Owner", "Payments team"], ["Warranty", "two years"], ["Contact", "mail us"]]
    assert sheet(tmp_path, cells) == ["Owner: Payments team", "Warranty: two years", "Contact: mail us"]
    assert sheet(tmp_path, [["All about it"], *cells, ["Weight", "2 kg"]])[1:] == [
        *("Owner: Payments team", "Warranty: two years", "Contact: mail us", "Weight: 2 kg"),
    ]


def test_sheets_two_columns_below_names_keep_them(tmp_path):
    cells = [["Part", "Team"], ["Cards", "Payments"], ["Parcels", "Post"]]
    named = ["Part: Cards; Team: Payments", "Part: Parcels; Team: Post"]
    assert sheet(tmp_path, cells, strong=(1,)) == named
    assert sheet(tmp_path, [["Question", "Answer"], ["How?", "By card."]]) == ["Question: How?; Answer: By card."]
    (tmp_path / "a.csv").write_text("\n".join(map(",".join, cells)))
    assert read(tmp_path / "a.csv")[0].text.split("\n") == named


def test_sheets_tables_below_each_other_are_told_by_bold_headers(tmp_path):
    cells = [["Model", "Colour"], ["Pump", "red"], [], ["Branch", "City"], ["North", "Kiel"]]
    assert sheet(tmp_path, cells, strong=(1, 4)) == ["Model: Pump; Colour: red", "Branch: North; City: Kiel"]


def test_sheets_tables_go_on_below_a_blank_row(tmp_path):
    cells = [["Item", "Price"], ["Lamp", 49], [], ["Desk", 199], ["Chair", 89]]
    assert sheet(tmp_path, cells) == ["Item: Lamp; Price: 49", "Item: Desk; Price: 199", "Item: Chair; Price: 89"]


def test_sheets_tables_beside_each_other_are_two(tmp_path):
    cells = [
        ["Model", "Months", None, "Branch", "Phone"],
        ["Pump A", 6, None, "Kiel", 5550101],
        ["Pump B", 9, None, "Bonn", 5550102],
        [None, None, None, "Hof", 5550103],
    ]
    assert sheet(tmp_path, cells) == [
        "Model: Pump A; Months: 6",
        "Model: Pump B; Months: 9",
        "Branch: Kiel; Phone: 5550101",
        "Branch: Bonn; Phone: 5550102",
        "Branch: Hof; Phone: 5550103",
    ]


def test_sheets_blank_columns_in_a_table_part_nothing(tmp_path):
    cells = [["Item", "Size", None, "Price", "Deposit"], ["Lamp", "S", None, 49, 10], ["Desk", "L", None, 199, 20]]
    assert sheet(tmp_path, cells)[1] == "Item: Desk; Size: L; Price: 199; Deposit: 20"


def test_sheets_years_are_names_and_values_are_not(tmp_path):
    assert sheet(tmp_path, [["Item", 2024, 2025], ["Rent", 500, 510]]) == ["Item: Rent; 2024: 500; 2025: 510"]
    assert sheet(tmp_path, [["Pump A", 14], ["Pump B", 12]]) == ["Pump A: 14", "Pump B: 12"]
    assert sheet(tmp_path, [["Größe der Dose in Litern", 0.5, 1.5], ["weiß", 8, 9]])[0].endswith("weiß; 0,5: 8; 1,5: 9")


def test_sheets_headers_of_several_levels_are_joined(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Line", "Price", None], [None, "day", "night"], ["2", 3, 5]):
        book.active.append(row)
    book.active.merge_cells("A1:A2")
    book.active.merge_cells("B1:C1")
    assert saved(book, tmp_path) == ["Line: 2; Price day: 3; Price night: 5"]


def test_table_of_questions_keeps_its_other_columns(tmp_path):
    path = tmp_path / "faq.csv"
    path.write_text(
        "Help of May\n\nquestion,answer,product,valid until\nHow long?,4 hours.,Scooter X9,2027-06-30\nWet?,Yes.,,\n"
    )
    first, second = read(path)
    assert (first.name, first.title) == ("faq.csv#row=4", "How long?")
    assert first.text == "How long?\n\n4 hours.\n\nproduct: Scooter X9\n\nvalid until: 2027-06-30"
    assert second.text == "Wet?\n\nYes."


def test_table_finds_the_header_below_a_title(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("Prices of May,,\n\nItem,Day,Week\nLamp,4,20\nDesk,9,40\n\nBranch,Phone\nKiel,555 0101\n")
    text = read(path)[0].text
    assert (
        text == "Prices of May\n\nItem: Lamp; Day: 4; Week: 20\nItem: Desk; Day: 9; Week: 40\n\nBranch: Kiel; Phone: 555 0101"
    )


def test_json_lines_keep_numbers_lists_and_nested_fields(tmp_path):
    path = tmp_path / "a.jsonl"
    record = '{"title": "Tent", "text": "Roomy.", "price": 329.00, "new": true, "old": null, "colours": ["blue", "red"], '
    path.write_text(
        record + '"specs": {"pegs": 20, "poles": [{"mm": 9}, {"mm": 11}]}}\n{"id": 12345678901234567890, "name": "Mat"}\n'
    )
    first, second = read(path)
    assert first.title == "Tent"
    assert first.text.split("\n\n") == [
        "Tent",
        "Roomy.",
        "price: 329.00",
        "new: true",
        "colours: blue, red",
        "specs.pegs: 20",
        "specs.poles.1.mm: 9",
        "specs.poles.2.mm: 11",
    ]
    assert second.text == "id: 12345678901234567890\n\nname: Mat"


def test_json_lines_of_deep_records_are_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a":' * 200 + "1" + "}" * 200)
    assert read(path)[0].text.endswith('"1"' + "}" * 150)


def test_formulas_without_a_value_are_computed_or_left_blank(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["Item", "Day", "Days", "Total", "Check"],
        ["Cleaner", 22, 3, "=B2*C2", "=VLOOKUP(A2,A2:B3,2)"],
        ["Drill", 15, 2, "=B3*C3", "=E3+1"],
        ["Sum", None, None, "=ROUND(SUM(D2:D3)*(1+Rates!A1%), 1)", "=Nowhere!A1+1"],
    ):
        book.active.append(row)
    book.active["D2"].number_format = '"£"0.00'
    book.create_sheet("Rates").append([19])
    book["Rates"].sheet_state = "hidden"
    assert saved(book, tmp_path) == [
        "Item: Cleaner; Day: 22; Days: 3; Total: £66.00",
        "Item: Drill; Day: 15; Days: 2; Total: 30",
        "Item: Sum; Total: 114.2",
    ]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=-2^2", 4),
        ("=2+3*4-6/2", 11),
        ("=2^3^2", 64),
        ("=50%*4", 2),
        ("=SUM(A1:A3,1)", 6),
        ("=AVERAGE(A1:A2)", 2.5),
        ("=A3*2", None),
        ("=SUM(A1:A4)", None),  # A date among them.
        ("=1/0", None),
        ("=B1", None),
        ("=IF(A1>1,2,3)", None),
        ("=9^9^9^9", None),
        ("=" + "(" * 999, None),
        ("=SUM(A1:XFD1048576)", None),
        ("=", None),
    ],
)
def test_workbook_values_of_formulas(formula, value):
    cells = {("S", 1, 1): 2, ("S", 2, 1): 3, ("S", 3, 1): "text", ("S", 4, 1): dt.time(1), ("S", 1, 2): (formula,)}
    assert Workbook(cells).value(("S", 1, 2)) == value
