from pathlib import Path

import pytest

from rag.config import Settings, load_settings, misspelt
from rag.errors import SettingsError


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_TOP_K", "7")
    assert load_settings().top_k == 7
    assert load_settings({"top_k": 3}).top_k == 3


@pytest.mark.parametrize(("name", "value"), [("RAG_PORT", "seventy"), ("RAG_POOLING", "max"), ("RAG_DENSE_WEIGHT", "1.5")])
def test_a_bad_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        load_settings()


def test_every_setting_says_why() -> None:
    assert all(field.description and len(field.description) > 25 for field in Settings.model_fields.values())


def test_reading_settings_makes_no_folder(tmp_path: Path) -> None:
    load_settings({"data_dir": tmp_path / "new", "models_dir": tmp_path / "models"})
    assert not list(tmp_path.iterdir())


def test_misspelt_names_the_setting_that_may_be_meant() -> None:
    environment = {"RAG_TOPK": "3", "RAG_TOP_K": "3", "RAG_LOG": "INFO", "RAG_XYZZY": "", "HOME": "/"}
    assert misspelt(environment) == ["RAG_TOPK is no setting; did you mean RAG_TOP_K?", "RAG_XYZZY is no setting"]
