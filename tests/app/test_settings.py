"""Settings: the option wins over the variable, the variable over the default."""

import pytest

from app.settings import DEFAULT_DATABASE, read_settings


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
