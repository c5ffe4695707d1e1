"""In which language the server answers."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from rag.languages.spoken import texts_in
from tests.serving import application, request

DE, ZH = texts_in("de"), texts_in("zh")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = application(tmp_path_factory.mktemp("data"))
    yield made
    made.state.visitors.close()


def get(app: FastAPI, path: str, **headers: str) -> httpx.Response:
    return request(app, "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_page_is_in_the_language_that_the_browser_asks_for(app: FastAPI) -> None:
    german = get(app, "/login", accept_language="de-CH,en;q=0.8")
    assert DE.PW in german.text
    assert '<html lang="de">' in german.text
    assert texts_in("en").PW in get(app, "/login", accept_language="fr").text


def test_what_was_chosen_comes_before_what_the_browser_asks_for(app: FastAPI) -> None:
    chosen = get(app, "/language/zh", accept_language="de", referer="http://127.0.0.1:7860/login?x=1", host="127.0.0.1:7860")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/login?x=1")
    cookie = chosen.headers["set-cookie"].partition(";")[0]
    assert ZH.PW in get(app, "/login", accept_language="de", cookie=cookie).text
    assert DE.PW in get(app, "/login", accept_language="de", cookie="footnote_language=xx").text


@pytest.mark.parametrize("came", ["https://evil.example/login", "http://127.0.0.1:7860//evil.example/", "nonsense", ""])
def test_choosing_a_language_leads_to_no_other_site(app: FastAPI, came: str) -> None:
    assert get(app, "/language/de", referer=came).headers["location"] == "/"


def test_a_language_without_texts_is_no_page(app: FastAPI) -> None:
    refused = get(app, "/language/fr", accept_language="de")
    assert (refused.status_code, refused.json()["detail"]) == (404, DE.NO_PAGE)


def test_refusals_before_any_route_are_in_the_language_too(app: FastAPI) -> None:
    foreign = request(app, "POST", "/login", headers={"accept-language": "zh", "sec-fetch-site": "cross-site"})
    assert (foreign.status_code, foreign.json()["detail"]) == (403, ZH.FOREIGN_SITE)


def test_the_setting_comes_before_the_browser(tmp_path: Path) -> None:
    app = application(tmp_path, language="zh")
    assert ZH.PW in get(app, "/login", accept_language="de").text
    assert DE.PW in get(app, "/login", cookie="footnote_language=de").text
    app.state.visitors.close()
