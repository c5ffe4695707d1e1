"""reStructuredText as docutils reads it and Sphinx publishes it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.loading.restructured import load_restructured
from rag.types import Document
from tests.test_loading import assert_covered, failure, read_text
from tests.test_loading_blocks import blocks, marks, rows


def rest(folder: Path, text: str) -> Document:
    return read_text(folder, "a.rst", text)


def said(folder: Path, text: str) -> list[str]:
    return [text for _, text in blocks(rest(folder, text))]


def test_restructured_sections_lists_and_code(tmp_path):
    text = (
        "====\nPlan\n====\n\nText over\ntwo lines.\n\nHow\n===\n\n1. one\n#. two\n\n   a) inner\n\n"
        "* bullet\n\nRun::\n\n  go\n    on\n\nMore\n----\nx"
    )
    document = rest(tmp_path, text)
    assert blocks(document) == [
        ("heading1", "Plan"),
        ("paragraph", "Text over two lines."),
        ("heading2", "How"),
        ("item0", "1. one"),
        ("item0", "2. two"),
        ("item1", "a) inner"),
        ("item0", "- bullet"),
        ("paragraph", "Run:"),
        ("code", "go\n  on"),
        ("heading3", "More"),
        ("paragraph", "x"),
    ]
    assert document.title == "Plan"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":ref:`the form <form>` and :doc:`Start </a/b>`", "the form and Start"),
        ("See :ref:`pay-later` or :doc:`/guide/how_to_pay`.", "See pay later or how to pay."),
        (":term:`Escrow`, :abbr:`VAT (value added tax)`, :strange:`thing`", "Escrow, VAT (value added tax), thing"),
        (":guilabel:`&Save` in :menuselection:`File --> Open`", "Save in File → Open"),
        (":func:`os.join`, :py:class:`~a.b.C`, :meth:`!run`", "os.join(), C, run()"),
        (":pep:`8`, :rfc:`the rules <2822#x>`, :issue:`12`", "PEP 8, the rules, issue 12"),
        ("`site <https://x.example>`_, `site`_, gone_, `gone too`_, |gone|", "site, site, gone, gone too, gone"),
        ("H\\ :sub:`2`\\ O, 10\\ :sup:`6`, 1\\ :sup:`st`, :math:`a^2`", "H2O, 10⁶, 1st, a^2"),
        ("snake\\_case and \\*stars\\*, **bold**, ``a *b*``", "snake_case and *stars*, bold, a *b*"),
        ("|K| is |new|\n\n.. |K| replace:: *Kettle* Pro\n.. |new| image:: a.png\n   :alt: new here", "Kettle Pro is new here"),
    ],
)
def test_restructured_roles_and_references_show_their_text(tmp_path, text, shown):
    assert rest(tmp_path, text).text == shown


def test_restructured_labels_of_the_page_are_the_titles_they_stand_at(tmp_path):
    text = "Plan\n====\n\n.. _how-it-works:\n\nHow it works, in short\n----------------------\n\nSee :ref:`how-it-works`."
    assert said(tmp_path, text)[-1] == "See How it works, in short."


def test_restructured_inline_markup_is_marks(tmp_path):
    text = (
        "Fill in **all** of the `form <https://x.example/f>`__, *now*, with ``x=1`` or `here`_.\n\n.. _here: mailto:a@x.example"
    )
    assert marks(rest(tmp_path, text)) == [
        ("strong", "all"),
        ("link", "form", "https://x.example/f"),
        ("emphasis", "now"),
        ("code", "x=1"),
        ("link", "here", "mailto:a@x.example"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (".. note:: Keep it.\n   Well.\n\n   More.", ["Note: Keep it. Well.", "More."]),
        (".. admonition:: How long?\n\n   Six days.", ["How long? Six days."]),
        (".. warning::\n\n   - a", ["Warning:", "- a"]),
        (".. versionadded:: 3.2\n   The switch.", ["New in version 3.2: The switch."]),
        (".. deprecated:: 3.1", ["Deprecated since version 3.1"]),
        (".. seealso:: The :doc:`/form`.", ["See also: The form."]),
        (
            ".. tab-set::\n\n   .. tab-item:: Linux\n\n      Type.\n\n   .. tab-item:: macOS\n\n      Press.",
            ["Linux: Type.", "macOS: Press."],
        ),
        (".. dropdown:: How *long*?\n   :open:\n\n   Six days.", ["How long? Six days."]),
        (".. option:: -q, --quiet\n\n   Say nothing.", ["-q, --quiet: Say nothing."]),
        (".. py:function:: f(a)\n                 f(b)\n   :async:\n\n   Does it.", ["f(a), f(b): Does it."]),
        (
            ".. glossary::\n\n   Alpha\n   Beta\n      Letters.\n\n   Gamma\n      The third.",
            ["Alpha, Beta: Letters.", "Gamma: The third."],
        ),
        (".. rubric:: Rates\n\nx", ["Rates", "x"]),
        (".. only:: html\n\n   Seen.", ["Seen."]),
        (".. unheard-of:: A title\n   :with: option\n\n   A text.", ["A title: A text."]),
        (".. hlist::\n   :columns: 3\n\n   * a\n   * b", ["- a", "- b"]),
        (".. image:: a/setup.png\n   :alt: setup\n\n.. image:: b.png\n   :alt: The plug is red", ["The plug is red"]),
        (
            ".. figure:: a.png\n   :alt: A plug\n   :unknown: x\n\n   The caption.\n\n   The legend.",
            ["A plug", "The caption.", "The legend."],
        ),
        (".. toctree::\n   :caption: Help\n\n   a/b\n   Pay later <c>", ["- Pay later"]),
        ("term : kind\n   What it is.\nother\n   More.", ["term (kind): What it is.", "other: More."]),
        (":Owner: Payments team\n:orphan:\n\nText", ["Owner: Payments team", "Text"]),
        ("-a, --all   Everything\n-o FILE     To a file", ["-a, --all: Everything", "-o FILE: To a file"]),
        ("| Harbour Lane 3\n| Leeds", ["Harbour Lane 3\nLeeds"]),
        (".. This is a comment\n   of two lines\n\n.. _label:\n\nText", ["Text"]),
        (".. index:: pay\n.. highlight:: sh\n.. include:: /etc/hostname\n.. raw:: html\n\n   <b>x</b>\n\nText", ["Text"]),
        ("Text\n\n.. math::\n   :label: eq\n\n   a^2", ["Text", "a^2"]),
    ],
)
def test_restructured_directives_and_lists_show_their_text(tmp_path, text, shown):
    assert said(tmp_path, text) == shown


def test_restructured_code_says_its_language_or_file(tmp_path):
    text = (
        ".. code-block:: sh\n   :linenos:\n\n   ls\n\n.. code-block:: python\n   :caption: a.py\n\n"
        "   x = 1\n\n.. parsed-literal::\n\n   *x*\n\n>>> 1\n1"
    )
    document = rest(tmp_path, text)
    assert [(kind, text) for kind, text in blocks(document)] == [("code", text) for text in ("ls", "x = 1", "x", ">>> 1\n1")]
    assert [block.caption for block in document.blocks] == ["sh", "a.py", "", ""]


@pytest.mark.parametrize(
    "table",
    [
        "+------+------+\n| Item | Days |\n+======+======+\n| Lamp | 30   |\n+------+------+",
        "====  ====\nItem  Days\n====  ====\nLamp  30\n====  ====",
        ".. list-table:: Returns\n   :header-rows: 1\n   :widths: auto\n\n   * - Item\n     - Days\n   * - Lamp\n     - 30",
        ".. csv-table:: Returns\n   :header: Item, Days\n\n   Lamp, 30",
    ],
)
def test_restructured_tables_are_rows(tmp_path, table):
    document = rest(tmp_path, f"{table}\n\nAfter")
    assert rows(document) == [{"Item": "Lamp", "Days": "30"}]


def test_restructured_cells_that_span_stand_in_all_columns(tmp_path):
    table = "+---+---+\n| a | b |\n+===+===+\n| 1     |\n+---+---+\n| 2 | 3 |\n+---+---+"
    assert rows(rest(tmp_path, table))[-1] == {"a": "2", "b": "3"}


def test_restructured_footnotes_stand_where_they_are_referred_to(tmp_path):
    text = (
        "Send it by post [1]_. Wait.\n\nGift cards [#n]_ too.\n\n.. rubric:: Footnotes\n\n"
        ".. [1] E-mail is *not* accepted.\n.. [#n] and vouchers\n.. [#x] Nobody refers to it."
    )
    assert said(tmp_path, text) == [
        "Send it by post. (E-mail is not accepted.) Wait.",
        "Gift cards (and vouchers) too.",
        "Nobody refers to it.",
    ]


def test_restructured_sections_of_footnotes_alone_have_no_heading(tmp_path):
    text = "Plan\n====\n\nBy post [1]_.\n\nReferences\n----------\n\n.. [1] Not by mail.\n\nSoon\n----"
    assert said(tmp_path, text) == ["Plan", "By post. (Not by mail.)", "Soon"]


def test_restructured_text_that_is_no_markup_is_kept(tmp_path):
    text = "An *open star, a |bar.\n\n+---+\n| a\n+---+\n\nTail"
    assert "An *open star, a |bar." in rest(tmp_path, text).text
    assert "| a" in rest(tmp_path, text).text


def test_restructured_that_nests_too_deeply_is_refused_and_not_cut(tmp_path):
    path = tmp_path / "a.rst"
    path.write_text("- " * 5_000 + "x")
    error = failure(path)
    assert error.reason == "damaged"
    assert "too deeply" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "*" * 30_000,
        "`" * 30_000,
        "|a" * 20_000,
        ".. a::\n" * 3_000,
        ":a:`b` " * 5_000,
        "a\n=\n" * 2_000,
        "_" * 30_000,
        "[1]_ " * 3_000 + "\n\n.. [1] x.",
    ],
)
def test_restructured_of_hostile_text_is_read_in_time(tmp_path, text):
    read_text(tmp_path, "a.rst", f"{text}\n\nend")


@given(st.text(st.sampled_from("ab \n-*`_|:.=+[]1<>#"), max_size=120))
def test_restructured_positions_hold_for_any_signs(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("rest") / "a.rst"
    path.write_text(text + "\n\nend", encoding="utf-8")
    (document,) = load_restructured(path, "a.rst")
    assert_covered(document)
    assert document.text.endswith("end")
