"""Passwords, guessing, sessions and invitations, below the pages."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.web.accounts import passwords
from app.web.accounts.accounts import Accounts, Credentials, TooManyAttempts, WrongCredentials
from app.web.accounts.passwords import Passwords
from app.web.accounts.sessions import COOKIE, SignIns, includes
from app.web.accounts.throttle import (
    FORGET_AFTER_SECONDS,
    FREE_PER_ADDRESS,
    FREE_PER_NAME,
    LONGEST_WAIT_SECONDS,
    MOST_KEYS,
    Throttle,
)
from storage.accounts.raters import person_named, set_active
from storage.accounts.sign_ins import IDLE
from storage.database.engine import Database, open_database
from storage.database.tables import Account, Invite, SignIn
from storage.errors import BadInput, Conflict, NotAllowed, NotFound
from storage.values import Role
from tests.app.site import PASSWORD
from tests.clocks import Clock

HERE = "192.0.2.7"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hashes() -> Passwords:
    return Passwords()


@pytest.fixture
def accounts(database: Database, clock: Clock, hashes: Passwords) -> Accounts:
    throttle = Throttle(salt=b"salt", seconds=clock.seconds)
    made = Accounts(database, clock=clock, passwords=hashes, throttle=throttle)
    made.add(Credentials("ann", PASSWORD))
    return made


def test_the_right_password_signs_in_under_any_spelling_of_the_name(accounts: Accounts) -> None:
    assert accounts.sign_in(Credentials(" ANN", PASSWORD), address=HERE).username == "ann"


def test_passwords_are_the_same_whatever_form_a_keyboard_sends() -> None:
    hashes = Passwords()
    stored = hashes.hash("pass\u0301word")
    assert hashes.is_right(stored, "pas\u015bword")
    assert not hashes.is_right(stored, "password")


@pytest.mark.parametrize("password", ["", "x" * (passwords.SHORTEST - 1), "x" * (passwords.LONGEST + 1)])
def test_passwords_that_are_too_short_or_too_long_are_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(BadInput, match="expected a password of"):
        accounts.add(Credentials("bo", password))


def test_a_longer_password_with_the_same_beginning_is_wrong() -> None:
    hashes = Passwords()
    longest = "x" * passwords.LONGEST
    assert not hashes.is_right(hashes.hash(longest), longest + "y")


def test_a_hash_costs_what_owasp_asks_for(cheap_passwords: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "TIME_COST", cheap_passwords[0])
    monkeypatch.setattr(passwords, "MEMORY_KIB", cheap_passwords[1])
    assert Passwords().hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_only_hashes_and_digests_are_stored(accounts: Accounts, database: Database, clock: Clock) -> None:
    token = SignIns(database, clock=clock).open(accounts.sign_in(Credentials("ann", PASSWORD), address=HERE).rater_id)
    link = accounts.invite(Role.annotator)
    with database.reading() as session:
        stored = [
            *session.execute(select(col(Account.password_hash))).scalars(),
            *session.execute(select(col(SignIn.token_digest))).scalars(),
            *session.execute(select(col(Invite.token_digest))).scalars(),
        ]
    assert len(stored) == 3
    assert stored[0].startswith("$argon2id$")
    assert not any(secret in text for text in stored for secret in (PASSWORD, token, link))


@pytest.mark.parametrize(
    "given",
    [
        Credentials("ann", "wrong"),
        Credentials("nobody", PASSWORD),
        Credentials("", ""),
        Credentials("a\u202eb", PASSWORD),
        Credentials("off", PASSWORD),
    ],
    ids=["wrong password", "unknown name", "empty", "impossible name", "inactive"],
)
def test_every_failed_sign_in_takes_the_same_work_and_gives_the_same_message(
    accounts: Accounts, database: Database, hashes: Passwords, given: Credentials
) -> None:
    off = accounts.add(Credentials("off", PASSWORD))
    with database.writing() as session:
        set_active(session, off, active=False)
    before = hashes.n_checks
    with pytest.raises(WrongCredentials) as error:
        accounts.sign_in(given, address=HERE)
    assert hashes.n_checks == before + 1
    assert str(error.value) == "no active account has this user name and password; check both and try again"


def test_a_hash_of_older_parameters_is_replaced_without_signing_out(
    accounts: Accounts, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_ins = SignIns(database, clock=clock)
    with database.reading() as session:
        before = person_named(session, "ann")
    token = sign_ins.open(before.rater_id)
    monkeypatch.setattr(Passwords, "is_outdated", lambda self, password_hash: password_hash == before.password_hash)
    accounts.sign_in(Credentials("ann", PASSWORD), address=HERE)
    with database.reading() as session:
        assert person_named(session, "ann").password_hash != before.password_hash
    assert sign_ins.who(token) is not None


def test_a_new_password_ends_every_session(accounts: Accounts, database: Database, clock: Clock) -> None:
    sign_ins = SignIns(database, clock=clock)
    ann = accounts.sign_in(Credentials("ann", PASSWORD), address=HERE)
    token = sign_ins.open(ann.rater_id)
    accounts.set_password(ann.rater_id, "another one")
    assert sign_ins.who(token) is None
    assert accounts.sign_in(Credentials("ann", "another one"), address=HERE)


def fail(accounts: Accounts, name: str, *, address: str = HERE) -> None:
    with pytest.raises(WrongCredentials):
        accounts.sign_in(Credentials(name, "wrong"), address=address)


def test_guessing_at_a_name_is_slowed_down_and_then_not_checked(
    accounts: Accounts, clock: Clock, hashes: Passwords
) -> None:
    for _ in range(FREE_PER_NAME):
        fail(accounts, "ann")
    before = hashes.n_checks
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyAttempts) as error:
            accounts.sign_in(Credentials("ANN", PASSWORD), address="198.51.100.1")
        waits.append(error.value.wait_seconds)
        clock.forward(seconds=error.value.wait_seconds)
        fail(accounts, "ann")
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS]
    assert hashes.n_checks == before + 8


def test_the_owner_gets_in_after_the_wait_and_starts_afresh(accounts: Accounts, clock: Clock) -> None:
    for _ in range(FREE_PER_NAME):
        fail(accounts, "ann")
    clock.forward(seconds=LONGEST_WAIT_SECONDS)
    accounts.sign_in(Credentials("ann", PASSWORD), address=HERE)
    for _ in range(FREE_PER_NAME):
        fail(accounts, "ann")


def test_guessing_at_many_names_from_one_address_is_slowed_down(accounts: Accounts) -> None:
    for number in range(FREE_PER_ADDRESS):
        fail(accounts, f"name {number}")
    with pytest.raises(TooManyAttempts):
        accounts.sign_in(Credentials("ann", PASSWORD), address=HERE)
    assert accounts.sign_in(Credentials("ann", PASSWORD), address="198.51.100.1")


def test_a_team_behind_one_address_can_keep_signing_in(accounts: Accounts) -> None:
    for _ in range(FREE_PER_ADDRESS + 5):
        assert accounts.sign_in(Credentials("ann", PASSWORD), address=HERE)


def test_attempts_at_once_do_not_slip_past_the_count() -> None:
    clock = Clock()
    throttle = Throttle(salt=b"salt", seconds=clock.seconds)
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: throttle.begin("ann", HERE), range(64)))
    assert sum(wait == 0.0 for wait in waits) == FREE_PER_NAME


def test_failures_are_forgotten_after_an_hour_and_never_fill_the_memory() -> None:
    clock = Clock()
    throttle = Throttle(salt=b"salt", seconds=clock.seconds)
    for _ in range(FREE_PER_NAME):
        throttle.begin("ann", HERE)
    clock.forward(seconds=FORGET_AFTER_SECONDS)
    assert throttle.begin("ann", HERE) == 0.0
    for number in range(MOST_KEYS):
        throttle.begin(f"name {number}", f"address {number}")
    assert len(throttle._failures) == MOST_KEYS


def test_the_throttle_keeps_no_name_and_no_address() -> None:
    throttle = Throttle(salt=b"salt", seconds=Clock().seconds)
    throttle.begin("ann", HERE)
    kept = repr(vars(throttle))
    assert HERE not in kept
    assert "ann" not in kept


def test_no_address_is_ever_written_to_the_store(accounts: Accounts, database: Database, tmp_path: Path) -> None:
    fail(accounts, "ann", address="203.0.113.99")
    accounts.sign_in(Credentials("ann", PASSWORD), address="203.0.113.99")
    database.close()
    assert not any(b"203.0.113.99" in path.read_bytes() for path in tmp_path.iterdir())


def test_each_role_includes_those_below_it() -> None:
    order = [Role.annotator, Role.reviewer, Role.admin]
    assert [[includes(role, needed) for needed in order] for role in order] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_handlers_get_the_person_or_an_error(accounts: Accounts, database: Database, clock: Clock) -> None:
    sign_ins = SignIns(database, clock=clock)
    rater_id = accounts.add(Credentials("rev", PASSWORD), role=Role.reviewer)
    cookies = {COOKIE: sign_ins.open(rater_id)}
    assert sign_ins.require(cookies, Role.reviewer).rater_id == rater_id
    with pytest.raises(NotAllowed, match="'admin'"):
        sign_ins.require(cookies, Role.admin)
    with pytest.raises(NotAllowed, match="signed in"):
        sign_ins.require({})


def test_a_session_in_use_outlives_the_idle_time(accounts: Accounts, database: Database, clock: Clock) -> None:
    sign_ins = SignIns(database, clock=clock)
    token = sign_ins.open(accounts.sign_in(Credentials("ann", PASSWORD), address=HERE).rater_id)
    for _ in range(3):
        clock.forward(seconds=IDLE.total_seconds() - 1)
        assert sign_ins.who(token) is not None
    clock.forward(seconds=IDLE.total_seconds())
    assert sign_ins.who(token) is None
    assert sign_ins.purge() == 1


@pytest.mark.parametrize("token", [None, "", "x", "x" * 10_000])
def test_a_cookie_that_is_no_session_is_nobody(accounts: Accounts, database: Database, token: str | None) -> None:
    assert SignIns(database, clock=Clock()).who(token) is None


def test_an_invitation_is_used_up_by_the_account_that_it_made(accounts: Accounts, clock: Clock) -> None:
    link = accounts.invite(Role.reviewer, lasts=timedelta(days=1))
    assert accounts.invitation(link).role is Role.reviewer
    with pytest.raises(Conflict):
        accounts.accept(link, Credentials("ann", PASSWORD), language="en")
    accounts.accept(link, Credentials("bo", PASSWORD), language="zh")
    assert accounts.sign_in(Credentials("bo", PASSWORD), address=HERE).language == "zh"
    for call in (
        lambda: accounts.invitation(link),
        lambda: accounts.accept(link, Credentials("cy", PASSWORD), language="en"),
        lambda: accounts.invitation("guessed"),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_dead_link_costs_no_password_hash(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Passwords, "hash", lambda self, password: pytest.fail("a hash was computed"))
    with pytest.raises(NotFound):
        accounts.accept("guessed", Credentials("bo", PASSWORD), language="en")
