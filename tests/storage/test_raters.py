"""People, their sign-ins and their invitations, on both databases."""

import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlmodel import Session, SQLModel, col

from arena.campaigns.open_ballots import VoteInput
from storage.accounts.invites import Invitation, accept_invite, add_invite, open_invite
from storage.accounts.raters import (
    NewPerson,
    add_person,
    erase_person,
    find_person,
    normal_username,
    people,
    person_named,
    set_active,
    set_language,
    set_password_hash,
    set_role,
)
from storage.accounts.sign_ins import (
    IDLE,
    LIFETIME,
    TOUCH_EVERY,
    close_sign_in,
    open_sign_in,
    purge_sign_ins,
    rater_of_sign_in,
    touch_sign_in,
)
from storage.campaigns import campaigns
from storage.conversations.uploads import search_pictures
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Comment, Preference
from storage.database.tables import Account, Invite, Rater, SignIn
from storage.errors import BadInput, Conflict, NotFound
from storage.ledger import chain
from storage.values import Role, SkipReason, Winner, digest
from tests.arena.small_campaign import make_arena

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
COOKIE = digest("cookie")
LINK = digest("link")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


def add(session: Session, username: str = "ann", role: Role = Role.annotator) -> int:
    return add_person(session, NewPerson(username, "hash", f"key of {username}", role), now=NOW)


def n_rows(session: Session, table: type[SQLModel]) -> int:
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize("spelling", ["ANN", " ann ", "Ann", unicodedata.normalize("NFD", "ann")])
def test_a_name_is_found_in_every_spelling(database: Database, spelling: str) -> None:
    with database.writing() as session:
        rater_id = add(session)
        found = find_person(session, spelling)
    assert found is not None
    assert (found.rater_id, found.username, found.role, found.active) == (rater_id, "ann", Role.annotator, True)


def test_composed_and_decomposed_letters_are_one_name(database: Database) -> None:
    with database.writing() as session:
        add(session, "Zoé")
        assert find_person(session, unicodedata.normalize("NFD", "zoÉ")) is not None


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 61, "a\x00b", "a\nb", "a\u202eb", "a\u200bb", "a\ufeffb", "a\u00a0b", "\ud800"],
    ids=["empty", "blank", "long", "nul", "line", "bidi", "zero-width", "bom", "no-break", "surrogate"],
)
def test_a_name_must_be_visible(name: str) -> None:
    with pytest.raises(BadInput, match="visible characters"):
        normal_username(name)


@pytest.mark.parametrize("name", ["李雷", "anna-maria o'neil", "ann@lab.example", "Ünal_2"])
def test_ordinary_names_of_many_scripts_are_names(name: str) -> None:
    assert normal_username(name) == unicodedata.normalize("NFC", name.casefold())


def test_a_taken_name_is_refused_and_leaves_no_rater(database: Database) -> None:
    with database.writing() as session:
        add(session)
    with pytest.raises(Conflict, match="'ann' is taken"), database.writing() as session:
        add_person(session, NewPerson("ANN", "hash", "another key"), now=NOW)
    with database.reading() as session:
        assert n_rows(session, Rater) == 1


def test_changes_reach_the_account_they_name(database: Database) -> None:
    with database.writing() as session:
        rater_id, other = add(session), add(session, "bo")
        set_role(session, rater_id, Role.admin)
        set_language(session, rater_id, "zh")
        set_active(session, rater_id, active=False)
        set_password_hash(session, rater_id, "new hash")
        ann, bo = people(session)
    assert (ann.role, ann.language, ann.active, ann.password_hash) == (Role.admin, "zh", False, "new hash")
    assert (bo.rater_id, bo.role, bo.language, bo.active, bo.password_hash) == (
        other,
        Role.annotator,
        "en",
        True,
        "hash",
    )


def test_changes_to_nobody_are_refused(database: Database) -> None:
    with database.writing() as session:
        for change in (
            lambda: set_role(session, 99, Role.admin),
            lambda: set_language(session, 99, "en"),
            lambda: set_active(session, 99, active=True),
            lambda: set_password_hash(session, 99, "hash"),
            lambda: erase_person(session, 99, search_pictures(session, 99), now=NOW),
            lambda: person_named(session, "nobody"),
        ):
            with pytest.raises(NotFound):
                change()


def test_a_language_that_is_not_offered_is_refused(database: Database) -> None:
    with database.writing() as session:
        rater_id = add(session)
        with pytest.raises(BadInput, match="'fr'"):
            set_language(session, rater_id, "fr")  # type: ignore[arg-type]


def test_erasing_takes_name_sessions_and_comments_and_leaves_the_votes(database: Database) -> None:
    arena = make_arena(database, n_raters=1)
    with database.writing() as session:
        erased = add(session)
        campaigns.invite_raters(session, arena.campaign, [erased])
        open_sign_in(session, COOKIE, erased, now=NOW)
    for rater_id in (erased, *arena.raters):
        ballots = arena.voting.open_ballots(rater_id)
        assert ballots.current is not None
        ballots = arena.voting.vote(
            rater_id, ballots.current.token, VoteInput(Winner.tie, comment=f"said by {rater_id}")
        )
        assert ballots.current is not None
        arena.voting.skip(rater_id, ballots.current.token, SkipReason.other, comment=f"said by {rater_id}")
    with database.writing() as session:
        erase_person(session, erased, search_pictures(session, erased), now=NOW)
    with database.reading() as session:
        assert find_person(session, "ann") is None
        assert n_rows(session, SignIn) == 0
        assert set(session.execute(select(col(Comment.body))).scalars()) == {f"said by {arena.raters[0]}"}
        assert n_rows(session, Preference) == 2
        assert session.get(Rater, erased) is not None
        assert list(chain.broken_batches(session)) == []


def test_a_session_is_its_persons_until_it_ends(database: Database) -> None:
    with database.writing() as session:
        rater_id = add(session, role=Role.reviewer)
        open_sign_in(session, COOKIE, rater_id, now=NOW)
        person = rater_of_sign_in(session, COOKIE, NOW)
        assert person is not None
        assert (person.rater_id, person.username, person.role, person.language) == (
            rater_id,
            "ann",
            Role.reviewer,
            "en",
        )
        assert rater_of_sign_in(session, digest("another"), NOW) is None
        close_sign_in(session, COOKIE)
        assert rater_of_sign_in(session, COOKIE, NOW) is None


def test_an_unused_session_ends_after_the_idle_time(database: Database) -> None:
    with database.writing() as session:
        open_sign_in(session, COOKIE, add(session), now=NOW)
        assert rater_of_sign_in(session, COOKIE, NOW + IDLE - timedelta(seconds=1)) is not None
        assert rater_of_sign_in(session, COOKIE, NOW + IDLE) is None


def test_a_session_in_use_ends_after_its_lifetime(database: Database) -> None:
    with database.writing() as session:
        open_sign_in(session, COOKIE, add(session), now=NOW)
        last = NOW + LIFETIME - timedelta(seconds=1)
        touch_sign_in(session, COOKIE, last)
        assert rater_of_sign_in(session, COOKIE, last) is not None
        assert rater_of_sign_in(session, COOKIE, NOW + LIFETIME) is None


def test_a_session_asks_to_be_touched_at_most_once_a_minute(database: Database) -> None:
    with database.writing() as session:
        open_sign_in(session, COOKIE, add(session), now=NOW)

        def is_stale(moment: datetime) -> bool:
            person = rater_of_sign_in(session, COOKIE, moment)
            assert person is not None
            return person.is_stale

        later = NOW + TOUCH_EVERY
        assert not is_stale(later - timedelta(seconds=1))
        assert is_stale(later)
        touch_sign_in(session, COOKIE, later)
        assert not is_stale(later + timedelta(seconds=1))


def test_finding_a_session_is_one_statement(database: Database) -> None:
    with database.writing() as session:
        open_sign_in(session, COOKIE, add(session), now=NOW)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as session:
        rater_of_sign_in(session, COOKIE, NOW)
    event.remove(database.engine, "before_cursor_execute", note)
    assert [text for text in statements if not text.startswith("BEGIN")] == [
        text for text in statements if "JOIN" in text
    ]
    assert sum("JOIN" in text for text in statements) == 1


@pytest.mark.parametrize("ending", ["deactivated", "new password", "erased", "demoted"])
def test_a_change_of_the_account_reaches_open_sessions(database: Database, ending: str) -> None:
    with database.writing() as session:
        rater_id = add(session, role=Role.admin)
        open_sign_in(session, COOKIE, rater_id, now=NOW)
        if ending == "deactivated":
            set_active(session, rater_id, active=False)
        elif ending == "new password":
            set_password_hash(session, rater_id, "new hash")
        elif ending == "erased":
            erase_person(session, rater_id, search_pictures(session, rater_id), now=NOW)
        else:
            set_role(session, rater_id, Role.annotator)
        person = rater_of_sign_in(session, COOKIE, NOW)
    assert person is None if ending != "demoted" else person is not None and person.role is Role.annotator


def test_a_session_of_an_account_that_was_let_in_again_is_a_new_one(database: Database) -> None:
    with database.writing() as session:
        rater_id = add(session)
        open_sign_in(session, COOKIE, rater_id, now=NOW)
        set_active(session, rater_id, active=False)
        set_active(session, rater_id, active=True)
        assert rater_of_sign_in(session, COOKIE, NOW) is None


def test_ended_sessions_are_purged_and_live_ones_stay(database: Database) -> None:
    with database.writing() as session:
        ann, bo = add(session), add(session, "bo")
        open_sign_in(session, digest("idle"), ann, now=NOW - IDLE)
        open_sign_in(session, digest("live"), bo, now=NOW)
        assert purge_sign_ins(session, NOW) == 1
        assert session.execute(select(col(SignIn.token_digest))).scalars().all() == [digest("live")]


def invite(session: Session, role: Role = Role.reviewer, campaign_id: int | None = None) -> None:
    offer = Invitation(role, campaign_id, NOW + timedelta(days=1))
    add_invite(session, LINK, offer, created_by=None, now=NOW)


def test_an_invitation_gives_its_own_role_and_campaign(database: Database) -> None:
    arena = make_arena(database)
    with database.writing() as session:
        invite(session, Role.reviewer, arena.campaign)
        wanted = NewPerson("Ann", "hash", "key", role=Role.admin, language="zh")
        rater_id = accept_invite(session, LINK, wanted, now=NOW)
        ann = person_named(session, "ann")
        used = session.get(Invite, LINK)
        members = campaigns.rater_ids(session, arena.campaign)
    assert (ann.role, ann.language) == (Role.reviewer, "zh")
    assert used is not None
    assert (used.used_at, used.used_by) == (NOW, rater_id)
    assert rater_id in members


def test_an_invitation_works_once_and_not_after_its_time(database: Database) -> None:
    with database.writing() as session:
        invite(session)
        assert open_invite(session, LINK, now=NOW).role is Role.reviewer
        for late in (NOW + timedelta(days=1), NOW + timedelta(days=2)):
            with pytest.raises(NotFound):
                open_invite(session, LINK, now=late)
            with pytest.raises(NotFound):
                accept_invite(session, LINK, NewPerson("ann", "hash", "a"), now=late)
        accept_invite(session, LINK, NewPerson("ann", "hash", "a"), now=NOW)
        with pytest.raises(NotFound, match="used or expired"):
            accept_invite(session, LINK, NewPerson("bo", "hash", "b"), now=NOW)
        with pytest.raises(NotFound):
            open_invite(session, LINK, now=NOW)
        assert n_rows(session, Account) == 1


def test_an_invitation_stays_open_when_the_name_is_taken(database: Database) -> None:
    with database.writing() as session:
        add(session)
        invite(session)
    with pytest.raises(Conflict), database.writing() as session:
        accept_invite(session, LINK, NewPerson("ANN", "hash", "b"), now=NOW)
    with database.writing() as session:
        accept_invite(session, LINK, NewPerson("bo", "hash", "b"), now=NOW)


def test_browsers_that_race_for_an_invitation_make_one_account(database: Database) -> None:
    with database.writing() as session:
        invite(session)
    start = Barrier(8)

    def accept(number: int) -> bool:
        start.wait()
        try:
            with database.writing() as session:
                accept_invite(session, LINK, NewPerson(f"rater {number}", "hash", f"key {number}"), now=NOW)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(accept, range(8)))
    with database.reading() as session:
        assert (sum(outcomes), n_rows(session, Account), n_rows(session, Rater)) == (1, 1, 1)
