"""The texts that people read: all of them in every language, and none outside of the catalogue."""

import ast
import re
import string
from datetime import date, datetime
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from rag.languages import formats
from rag.languages.spoken import (
    LANGUAGES,
    Language,
    accepted,
    assist_texts,
    desk_texts,
    speaking,
    spoken,
    texts,
    texts_in,
)

ROOT = Path(__file__).parent.parent
APPS = ROOT / "rag" / "apps"
SERVER, DESK = APPS / "server", ROOT / "rag" / "desk"
FOLDERS = (APPS / "page", SERVER, SERVER / "widget", SERVER / "desk", DESK, DESK / "mail")
PYTHON = sorted(path for folder in FOLDERS for path in folder.glob("*.py"))
PAGES = (SERVER / "pages", SERVER / "desk" / "pages")
TEMPLATES = sorted(path for folder in PAGES for path in folder.glob("*.html"))
SCRIPTS = sorted(path for folder in (*PAGES, APPS / "page") for path in folder.glob("*.js"))
FOR_PROGRAMMERS = {"reference.html"}  # it lists the routes of the API, whose descriptions are the code's
AREAS = ("answers", "desk_errors", "page", "person", "server", "widget")
OWN_AREAS = ("desk", "desk_assist")  # their names are their own
# In the terminal that the server was started in, or by `rag desk`.
SAID_TO_OPERATORS = ("/notice.py", "/place.py", "/provider.py", "/running.py", "/webhooks.py", "/mail/sending.py")
PLURALS = {"zero", "one", "two", "few", "many", "other"}


def catalogue(language: Language) -> dict[str, Any]:
    def named(area: str, prefix: str = "") -> list[tuple[str, Any]]:
        module = import_module(f"rag.languages.{language}.{area}")
        return [(prefix + name, value) for name, value in vars(module).items() if name.isupper()]

    found = [*chain(*map(named, AREAS)), *chain(*(named(area, f"{area}.") for area in OWN_AREAS))]
    assert len(found) == len(dict(found)), f"{language}: one name stands for two texts"
    return dict(found)


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every text by where it stands; the plural forms of one are one."""
    if isinstance(value, dict):
        if value.keys() <= PLURALS:
            return {path: value}
        return {key: leaf for name, one in value.items() for key, leaf in leaves(one, f"{path}.{name}").items()}
    if isinstance(value, tuple):
        return {key: leaf for n, one in enumerate(value) for key, leaf in leaves(one, f"{path}.{n}").items()}
    return {path: value}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_has_every_text_with_the_same_fields(language: Language) -> None:
    english, own = (leaves(catalogue(one)) for one in ("en", language))
    assert own.keys() == english.keys()
    for path, text in own.items():
        if isinstance(text, dict):
            forms = Locale.parse(texts_in(language).LOCALE).plural_form.tags | {"other"}
            assert text.keys() == forms, f"{path}: {language} has these plural forms"
            wanted = fields(english[path]["other"]) - {"n"}
            assert fields(text["other"]) - {"n"} == wanted, path
            assert all(fields(form) - {"n"} <= wanted for form in text.values()), path
        elif isinstance(text, str):
            assert fields(text) == fields(english[path]), path
            assert bool(text.strip()) == bool(english[path].strip()), f"{path} is empty"
        else:
            assert text == english[path], f"{path}: a number that differs from English"


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_language_has_no_text_left_in_english(language: Language) -> None:
    """A text of two words or more that stands there as it does in English was forgotten."""
    english, own = (leaves(catalogue(one)) for one in ("en", language))
    same = [path for path, text in own.items() if text == english[path] and len(re.findall(r"[A-Za-z]{2,}", str(text))) > 1]
    assert [path for path in same if fields(str(own[path])) == set()] == []


def test_languages_are_the_packages_that_there_are() -> None:
    packages = {path.parent.name for path in (ROOT / "rag" / "languages").glob("*/__init__.py")}
    assert packages == set(LANGUAGES)


def test_formal_address_in_german_and_chinese() -> None:
    german, chinese = ("\n".join(map(str, leaves(catalogue(one)).values())) for one in ("de", "zh"))
    assert not re.search(r"\b(?:du|dein\w*|dich|dir)\b", german, re.IGNORECASE)
    assert "你" not in chinese


def test_texts_are_said_in_the_language_spoken() -> None:
    assert (spoken(), texts.SEND) == ("en", "Send")
    with speaking("de"):
        with speaking("zh"):
            assert (texts.SEND, desk_texts.CLAIM, assist_texts.INSERT) == ("发送", "接手", "插入")
        assert (texts.SEND, desk_texts.CLAIM, assist_texts.INSERT) == ("Senden", "Übernehmen", "Einfügen")


def test_numbers_dates_and_plural_forms_are_those_of_the_locale() -> None:
    said: dict[Language, list[str]] = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = [
                formats.number(1299.5, 2),
                formats.percent(0.87),
                formats.day(date(2026, 3, 1)),
                formats.month(date(2026, 3, 1)),
                formats.moment(datetime(2026, 3, 1, 9, 5)),
                formats.count(texts.FILES, 1),
                formats.count(texts.FILES, 1200),
                formats.lasting(5, "minute"),
                formats.language_name("en"),
            ]
    assert said == {
        "en": "1,299.50|87%|1 March 2026|March 2026|1 Mar 2026 09:05|1 file|1,200 files|5 minutes|English".split("|"),
        "de": "1.299,50|87\xa0%|1. März 2026|März 2026|01.03.2026 09:05|1 Datei|1.200 Dateien|5 Minuten|Englisch".split("|"),
        "zh": "1,299.50|87%|2026年3月1日|2026年3月|2026年3月1日 09:05|1 个文件|1,200 个文件|5分钟|英语".split("|"),
    }


def test_spans_of_time_and_days_are_those_of_the_locale() -> None:
    said: dict[Language, list[str]] = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = [
                formats.lasting(3, "hour", "short"),
                formats.away(-2, "day"),
                formats.away(3, "hour"),
                formats.time_of_day(datetime(2026, 3, 1, 9, 5)),
                formats.week()[0],
            ]
    assert said == {
        "en": ["3 hrs", "2 days ago", "in 3 hr", "09:05", "Monday"],
        "de": ["3 Std.", "vor 2 Tagen", "in 3 Std.", "09:05", "Montag"],
        "zh": ["3小时", "2天前", "3小时后", "09:05", "星期一"],
    }


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.2,zh-Hant;q=0.7", "zh"),
        ("fr;q=1, *;q=0.1", None),
        ("de;q=0", None),
        ("en;q=high, de;q=0.1", "de"),
        ("", None),
    ],
)
def test_accepted_is_what_the_browser_likes_best(header: str, language: Language | None) -> None:
    assert accepted(header) == language


_BLOCKS = r"\{% block kind %\}.*?\{% endblock %\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"  # a "kind" is an attribute


def html_words(text: str) -> list[str]:
    """The words that a person would read of HTML: outside of tags, and in attributes that are read out."""
    attributes = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"{]*)"', text)
    shown = re.sub(r"<(code|kbd|script|style)\b.*?</\1>|<[^<>]*>|&\w+;", " ", text, flags=re.DOTALL)
    return re.findall(r"[^\W\d_]{2,}", " ".join([shown, *attributes]))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_words_of_their_own(path: Path) -> None:
    if path.name not in FOR_PROGRAMMERS:
        source = re.sub(
            r"\{% block kind %\}.*?\{% endblock %\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}",
            "",
            path.read_text("utf-8"),
            flags=re.DOTALL,
        )
        assert html_words(source) == []


def constant(node: ast.AST) -> str | None:
    """A text with `{}` for what is put into it; None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def words_outside(path: Path) -> list[str]:
    """Words in HTML, in what components are called with, and in what errors and notices say."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    passed_over = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings; pieces of a whole text
    passed_over |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    found: list[str] = []
    for node in nodes:
        text = None if id(node) in passed_over else constant(node)
        if text and re.search(r"</?[a-z]", text):
            found += html_words(re.sub(r"<svg.*?</svg>", "", text))
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            shown = (
                node.args
                if re.search(r"Refused$|Warning$|RagError$|NotFoundError$|DeskError$|Button$|Tab$|HTML$|Radio$", name)
                else []
            )
            named = [keyword.value for keyword in node.keywords if keyword.arg in {"label", "placeholder", "info", "problem"}]
            for argument in [*shown, *named]:
                said = constant(argument)
                # what a person is to do at the command line is said in English
                if said and "<" not in said and "`rag " not in said and len(re.findall(r"[^\W\d_]{2,}", said)) > 0:
                    found.append(said)
    return found


ENGLISH = ("/widgets.py",)  # who makes widgets does so at the command line


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT / "rag")))
def test_code_has_no_words_for_people(path: Path) -> None:
    if not path.as_posix().endswith(SAID_TO_OPERATORS + ENGLISH):
        assert words_outside(path) == []


def test_words_in_code_are_found() -> None:
    """The test above can fail."""
    source = ROOT / "tests" / "data" / "texts" / "words.py.txt"
    assert words_outside(source) == ["Send it", "Wrong", "Press", "here", "Close"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_have_no_words_for_people(path: Path) -> None:
    """A text is three words with a capital letter, outside of comments."""
    bare = re.sub(r"//[^\n]*", "", path.read_text("utf-8"))
    quoted = re.findall(r'"([^"\n]*)"|`([^`]*)`', bare)
    assert [text for pair in quoted for text in pair if re.match(r"[A-Z][a-z]+ [\w ]+", text)] == []
