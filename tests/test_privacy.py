"""Masking: what is found, what is left alone, and that log lines are masked."""

import io
import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.masking import measure
from rag.privacy import KINDS, find, mask
from rag.privacy.logs import JsonFormatter, MaskingFormatter, mask_handlers
from tests.privacy_lines import CHECKSUMMED


@pytest.mark.parametrize("part", ["held", "fresh", "blind", "last"])
def test_masking_finds_personal_data_and_no_order_numbers(part: str) -> None:
    recall, false, errors = measure(part)
    found, there = (sum(recall[kind][n] for kind in CHECKSUMMED) for n in (0, 1))
    assert there >= 100
    assert found / there >= 0.99, errors
    assert all(found / there >= 0.95 for found, there in recall.values()), errors
    assert {group for group, (wrong, _) in false.items() if group == "-order" and wrong} == set(), errors
    assert sum(wrong for wrong, _ in false.values()) <= 0.005 * sum(lines for _, lines in false.values()), errors


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111 04/29", "card [card] 04/29"),
        ("card 4111 1111 1111 1112", "card [card]"),  # mistyped: the label says what it is
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("My card for this order is 4539148803436467", "My card for this order is [card]"),
        ("order no. is 4539148803436467", "order no. is 4539148803436467"),
        ("DE89 3704 0044 0532 0130 00 bitte", "[iban] bitte"),
        ("DE88 3704 0044 0532 0130 00 bitte", "DE88 3704 0044 0532 0130 00 bitte"),
        ("phone # 2024561111", "phone # [phone]"),
        ("order # 2024561111", "order # 2024561111"),
        ("0171 2345678 um 12 Uhr", "[phone] um 12 Uhr"),
        ("手机13812345678，订单13812345678", "手机[phone]，订单13812345678"),
        ("身份证１１０１０５１９４９１２３１００２Ｘ", "身份证[id]"),
        ("call me on 2026-05-12 at 14:30", "call me on 2026-05-12 at 14:30"),
        ("password: sunshine", "password: [password]"),
        ("my password is wrong", "my password is wrong"),
        ("https://anna:s3cret@example.com/x", "https://anna:[password]@example.com/x"),
        ("anna@example.com,ben@example.com", "[email],[email]"),
        ("", ""),
    ],
)
def test_mask_puts_a_placeholder_for_each(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.text(alphabet=st.sampled_from("0123456789 -./+()@:=[]abcdezkpiABX是号，\n"), max_size=200))
def test_mask_changes_nothing_twice_and_keeps_the_rest(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
    found, last, rest = find(text), 0, []
    for item in found:
        assert last <= item.start < item.end <= len(text)
        assert item.kind in KINDS
        rest.append(text[last : item.start])
        last = item.end
    assert "".join(part + f"[{item.kind}]" for part, item in zip(rest, found, strict=True)) + text[last:] == once


def test_json_lines_are_masked_and_one_object_each(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(said := io.StringIO())
    handler.setFormatter(JsonFormatter())
    try:
        raise ValueError("card 4111 1111 1111 1111")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, "", 1, "of %s\nand", ("anna@example.com",), sys.exc_info())
    handler.handle(record)
    (line,) = said.getvalue().splitlines()
    found = json.loads(line)
    assert (found["level"], found["message"]) == ("ERROR", "of [email]\nand")
    assert "ValueError: card [card]" in found["error"]


def test_handlers_that_libraries_set_up_mask_too() -> None:
    logger, said = logging.getLogger("a.library.of.others"), io.StringIO()
    logger.addHandler(handler := logging.StreamHandler(said))
    handler.setFormatter(logging.Formatter("%(name)s says %(message)s"))
    try:
        mask_handlers()
        mask_handlers()
        logger.warning("to anna@example.com")
    finally:
        logger.removeHandler(handler)
    assert said.getvalue() == "a.library.of.others says to [email]\n"


def test_log_lines_and_tracebacks_are_masked() -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(MaskingFormatter("%(message)s"))
    logger = logging.Logger("other library")
    logger.addHandler(handler)
    try:
        raise ValueError("anna@example.com asked")
    except ValueError:
        logger.exception("card %s failed for order %s", "4111 1111 1111 1111", "4539148803436467")
    text = said.getvalue()
    assert "card [card] failed for order 4539148803436467" in text
    assert "ValueError: [email] asked" in text
    assert "anna" not in text.replace('anna@example.com asked")', "")
