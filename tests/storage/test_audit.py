"""The audit log, invitations in a list, and changes of campaigns that two people make at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from storage.accounts.invites import Invitation, InviteState, accept_invite, add_invite, invites, revoke_invite
from storage.accounts.raters import NewPerson, add_person, erase_person, set_active, set_password_hash, set_role
from storage.audit import Author, Subject, Via, audit_lines, n_audit_lines, sign
from storage.campaigns import campaigns
from storage.campaigns.changing import check_unchanged, fingerprint, open_ballot_counts, rename_campaign, settings_of
from storage.campaigns.question_choice import QuestionChoice, question_counts
from storage.campaigns.rules import QualityRules, set_rules
from storage.conversations.uploads import search_pictures
from storage.database.engine import Database, open_database
from storage.database.tables import Question
from storage.errors import Conflict, NotFound
from storage.ledger import preferences
from storage.values import BallotState, CampaignState, Role, as_turn, digest
from tests.arena.small_campaign import Arena, make_arena
from tests.clocks import START


@pytest.fixture
def arena(database_url: str) -> Iterator[Arena]:
    database = open_database(database_url)
    yield make_arena(database)
    database.close()


def root_of(database: Database) -> int:
    with database.writing() as session:
        return add_person(session, NewPerson("root", "no hash", "key-root", Role.admin), now=START)


def test_every_change_names_its_author_with_old_and_new_value(arena: Arena) -> None:
    root, campaign = root_of(arena.database), arena.campaign
    with arena.database.writing() as session:
        sign(session, Author(root, Via.page, START))
        ann = add_person(session, NewPerson("ann", "no hash", "key-ann"), now=START)
        set_role(session, ann, Role.reviewer)
        set_active(session, ann, active=False)
        set_password_hash(session, ann, "a hash that must not be logged")
        campaigns.invite_raters(session, campaign, [ann])
        campaigns.remove_rater(session, campaign, ann, now=START)
        campaigns.set_state(session, campaign, CampaignState.paused, now=START)
        campaigns.set_guidelines(session, campaign, "Be kind.", now=START)
        rename_campaign(session, campaign, "renamed")
        campaigns.change_drawing(session, campaign, overlap=3, policy="deficit", uniform_share=0.1)
        set_rules(session, campaign, QualityRules(most_votes=9))
        preferences.exclude(session, rater_id=ann, actor_id=root, reason="too fast", now=START)
        preferences.readmit(session, rater_id=ann, actor_id=root, reason="was wrong", now=START)
        add_invite(session, digest("x"), Invitation(Role.admin, None, START), created_by=root, now=START)
        erase_person(session, ann, search_pictures(session, ann), now=START)
    with arena.database.reading() as session:
        lines = audit_lines(session)
        assert n_audit_lines(session, subject=Subject.campaign) == 5
        assert len(audit_lines(session, subject=Subject.rater, number=ann, limit=3)) == 3
    assert {(line.actor, line.via, line.at) for line in lines} == {("root", "page", START)}
    assert [(line.name, line.what, line.old, line.new) for line in reversed(lines)] == [
        ("key-ann", "account", None, "annotator"),
        ("key-ann", "role", "annotator", "reviewer"),
        ("key-ann", "sign_in", "yes", "no"),
        ("key-ann", "password", None, None),
        ("key-ann", "campaign", None, "campaign"),
        ("key-ann", "campaign", "campaign", None),
        ("renamed", "state", "open", "paused"),
        ("renamed", "guidelines", "version 1", "version 2"),
        ("renamed", "name", "campaign", "renamed"),
        ("renamed", "overlap", "1", "3"),
        ("renamed", "most_votes", None, "9"),
        ("key-ann", "exclusion", None, "too fast"),
        ("key-ann", "exclusion", "too fast", None),
        (digest("x")[:10], "created", None, "admin"),
        ("key-ann", "erased", None, None),
    ], "the name of an erased person is gone from the log too"


def test_a_session_without_an_author_and_a_change_to_the_same_value_write_nothing(arena: Arena) -> None:
    with arena.database.writing() as session:
        campaigns.set_state(session, arena.campaign, CampaignState.closed, now=START)
        sign(session, Author(None, Via.command, START))
        campaigns.set_state(session, arena.campaign, CampaignState.closed, now=START)
        set_rules(session, arena.campaign, QualityRules())
        rename_campaign(session, arena.campaign, "campaign")
        assert audit_lines(session) == []


def test_the_second_of_two_editors_is_told_and_the_first_change_stays(arena: Arena) -> None:
    with arena.database.writing() as session:
        shown = fingerprint(settings_of(session, arena.campaign))
        check_unchanged(settings_of(session, arena.campaign), shown)
        set_rules(session, arena.campaign, QualityRules(most_votes=4))
    with pytest.raises(Conflict, match="somebody else changed"), arena.database.writing() as session:
        check_unchanged(settings_of(session, arena.campaign), shown)
    with arena.database.reading() as session:
        assert settings_of(session, arena.campaign)["most_votes"] == 4
        with pytest.raises(NotFound):
            settings_of(session, 99)


def test_open_ballots_are_counted_by_state(arena: Arena) -> None:
    arena.voting.open_ballots(arena.raters[0])
    with arena.database.reading() as session:
        assert open_ballot_counts(session, arena.campaign) == {BallotState.shown: 1, BallotState.reserved: 1}
        assert question_counts(session).source == {"test": 4}


def test_invitations_are_listed_with_their_state_and_an_open_one_is_revoked_once(arena: Arena) -> None:
    later = START + timedelta(days=2)
    with arena.database.writing() as session:
        for name, lasts in (("open", 9), ("used", 9), ("old", 1)):
            offer = Invitation(Role.annotator, arena.campaign, START + timedelta(days=lasts), "zh")
            add_invite(session, digest(name), offer, created_by=None, now=START)
        accept_invite(session, digest("used"), NewPerson("ann", "no hash", "key"), now=START)
        states = {line.name: line for line in invites(session, now=later)}
        names = {name: digest(name)[:10] for name in ("open", "used", "old")}
        assert [states[names[name]].state for name in names] == [
            InviteState.open,
            InviteState.used,
            InviteState.expired,
        ]
        assert states[names["used"]].used_by == "ann"
        assert (states[names["open"]].campaign, states[names["open"]].language) == ("campaign", "zh")
        revoke_invite(session, names["open"], now=later)
        for name in names.values():
            with pytest.raises(Conflict):
                revoke_invite(session, name, now=later)
        with pytest.raises(NotFound):
            revoke_invite(session, "%", now=later)
        with pytest.raises(NotFound):
            accept_invite(session, digest("open"), NewPerson("bo", "no hash", "key-bo"), now=later)


def test_questions_are_chosen_by_words_of_their_text_and_by_campaign(arena: Arena) -> None:
    with arena.database.writing() as session:
        session.add(Question(source="zh", key="a", turns=[as_turn("怎么泡100%绿茶？")], created_at=START))
        session.add(Question(source="zh", key="b", turns=[as_turn("Green TEA_time")], category="tea", created_at=START))
        session.flush()

        def found(**choice: Any) -> int:
            return len(campaigns.eligible_questions(session, QuestionChoice(**choice)))

        assert found(search="绿茶") == 1 and found(search="tea_") == 1 and found(search="0%绿") == 1
        assert found(search="text") == 0, "words of the form of storage are not words of the text"
        assert found(like=arena.campaign) == 4 and found(source=("zh", "test")) == 6
        assert found(source="zh", category=("", "tea")) == 2 and found(source="zh", category="") == 1
