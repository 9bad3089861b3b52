"""Accounts from the command line, by the same rules as on the pages."""

import io
import sys
from datetime import UTC, datetime

import pytest

from app.web.accounts.passwords import Passwords
from storage.accounts.invites import open_invite
from storage.accounts.raters import find_person
from storage.database.engine import open_database
from storage.values import Role, digest
from tests.app.commands.conftest import Console


def test_an_added_person_is_listed_with_role_and_language(console: Console) -> None:
    assert console("raters add Ann --role reviewer --language zh").code == 0
    rows = console("raters list --json").json["raters"]
    assert [(row["name"], row["role"], row["language"], row["active"]) for row in rows] == [
        ("ann", "reviewer", "zh", True)
    ]
    assert "reviewer" in console("raters list").out
    console("raters add bo")
    assert console("raters list --json").json["raters"][1]["language"] is None


def test_the_printed_password_opens_the_account(console: Console) -> None:
    printed = console("raters add ann").out.rsplit("Password: ", 1)[1].strip()
    assert Passwords().is_right(_hash("ann"), printed)
    changed = console("raters password ann").out.rsplit("Password: ", 1)[1].strip()
    assert not Passwords().is_right(_hash("ann"), printed)
    assert Passwords().is_right(_hash("ann"), changed)


def test_a_password_can_come_from_standard_input_and_is_never_printed(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    ran = console("raters add ann --ask")
    assert ran.code == 0
    assert "horse" not in ran.out + ran.err
    assert Passwords().is_right(_hash("ann"), "correct horse battery")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raters add ann", "the user name 'ann' is taken"),
        ("raters add ''", "expected a user name of 1 to 60 visible characters"),
        ("raters role bo admin", "no account is named 'bo'"),
        ("raters password bo", "no account is named 'bo'"),
        ("raters erase bo --yes", "no account is named 'bo'"),
        ("raters invite --campaign None", "no campaign 'None'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(line: str, said: str, console: Console) -> None:
    assert console("raters add ann").code == 0
    ran = console(line)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("evenhand: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_roles_and_access_change(console: Console) -> None:
    console("raters add ann")
    assert console("raters role ann admin").code == 0
    assert console("raters deactivate ann").code == 0
    assert _row(console) == ("admin", False)
    assert console("raters deactivate ann --undo").code == 0
    assert _row(console) == ("admin", True)


def test_erasing_asks_first_unless_told_not_to(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console("raters add ann")
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert console("raters erase ann").code == 1
    assert len(console("raters list --json").json["raters"]) == 1
    assert console("raters erase ann --yes").code == 0
    assert console("raters list --json").json == {"raters": []}


def test_an_invitation_is_a_link_to_the_site_that_was_named(console: Console) -> None:
    link = console("raters invite --role reviewer --days 2 --site https://votes.example/").out.strip()
    site, token = link.rsplit("/invite/", 1)
    assert site == "https://votes.example"
    database = open_database("evenhand.db")
    with database.reading() as session:
        offer = open_invite(session, digest(token), now=datetime.now(UTC))
    database.close()
    assert offer.role is Role.reviewer


def _row(console: Console) -> tuple[str, bool]:
    row = console("raters list --json").json["raters"][0]
    return row["role"], row["active"]


def _hash(name: str) -> str:
    database = open_database("evenhand.db")
    with database.reading() as session:
        person = find_person(session, name)
    database.close()
    assert person is not None
    return person.password_hash
