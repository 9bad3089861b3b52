"""Settings: the option wins over the variable, the variable over the default."""

import pytest

from app.settings import DEFAULT_DATABASE, read_endpoint, read_settings


@pytest.mark.parametrize(
    ("option", "environment", "database"),
    [
        (None, {}, DEFAULT_DATABASE),
        (None, {"EVENHAND_DATABASE": ""}, DEFAULT_DATABASE),
        (None, {"EVENHAND_DATABASE": "team.db"}, "team.db"),
        ("mine.db", {"EVENHAND_DATABASE": "team.db"}, "mine.db"),
    ],
)
def test_where_the_store_is(option: str | None, environment: dict[str, str], database: str) -> None:
    assert read_settings(database=option, environment=environment).database == database


@pytest.mark.parametrize(("value", "debug"), [("1", True), ("yes", True), ("0", False), (" ", False), ("", False)])
def test_debugging_is_off_unless_asked_for(value: str, debug: bool) -> None:
    assert read_settings(environment={"EVENHAND_DEBUG": value}).debug is debug


def test_a_display_is_a_desktop() -> None:
    assert read_settings(environment={"WAYLAND_DISPLAY": "wayland-0"}).has_desktop


def test_an_endpoint_is_reached_by_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    key = {"OPENAI_API_KEY": "k"}
    assert read_endpoint("https://models.example/v1", None, environment=key).proxy == "http://proxy.example:3128"
    assert read_endpoint("https://inside.example/v1", None, environment=key).proxy is None
    assert read_endpoint("http://127.0.0.1:8000/v1", None, environment={}).proxy is None
