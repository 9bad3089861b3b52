"""Gold items, swapped repeats, caps, deadlines and shares of overlap: what is drawn, and what of it counts."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from arena.campaigns.creation import progress
from arena.campaigns.ends import EndCause
from arena.campaigns.gold_files import GoldRow, add_agreed_pairs, add_gold_rows
from arena.campaigns.open_ballots import OpenBallot, OpenBallots, VoteInput
from storage.campaigns import rules
from storage.campaigns.campaigns import campaign_row
from storage.campaigns.gold import gold_pairs
from storage.campaigns.gold_answers import gold_answers, list_gold
from storage.campaigns.rules import QualityRules
from storage.database.engine import Database, open_database
from storage.database.tables import Ballot, Campaign
from storage.errors import BadInput, Conflict
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.chain import broken_batches
from storage.values import BallotState, SpecialDraw, Winner
from tests.arena.small_campaign import Arena, make_arena
from tests.clocks import START


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, durable=False)
    yield opened
    opened.close()


def ruled(database: Database, rules_: QualityRules, **sizes: Any) -> Arena:
    arena = make_arena(database, **sizes)
    with database.writing() as session:
        rules.set_rules(session, arena.campaign, rules_)
    return arena


def gold_row(question: int, winner: Winner, *, onboarding: bool = False) -> GoldRow:
    key = f"q{question}"
    return GoldRow("f:1", None, key, "model-1", "model-0", winner, None, None, None, "because", onboarding)


def vote_through(
    arena: Arena, rater: int, choose: Callable[[OpenBallot], Winner] = lambda _: Winner.tie, most: int = 1_000
) -> list[OpenBallots]:
    opened = arena.voting.open_ballots(rater)
    replies = [opened]
    while opened.current is not None and len(replies) <= most:
        opened = arena.voting.vote(rater, opened.current.token, VoteInput(choose(opened.current)))
        replies.append(opened)
    return replies


def ballots_of(arena: Arena, rater: int) -> list[Ballot]:
    with arena.database.reading() as session:
        mine = select(Ballot).where(col(Ballot.rater_id) == rater, col(Ballot.state) == BallotState.voted)
        return list(session.execute(mine.order_by(col(Ballot.id))).scalars())


def test_silent_gold_is_mixed_in_at_its_share_and_never_counts(database: Database) -> None:
    arena = ruled(database, QualityRules(gold_share=0.25), n_models=3, n_questions=20)
    with database.writing() as session:
        rows = [gold_row(number, Winner.model_a) for number in range(12)]
        assert add_gold_rows(session, arena.campaign, rows, now=START) == (12, 0)
        wanted = progress(session, session.get_one(Campaign, arena.campaign)).votes_wanted
    vote_through(arena, arena.raters[0])
    drawn = Counter(one.policy for one in ballots_of(arena, arena.raters[0]))
    assert wanted == 20 * 3 - 12  # pairs that are gold items are taken out of the ordinary draws
    assert drawn["deficit"] == wanted
    assert drawn[SpecialDraw.gold] == 12  # 25 % of the draws would be more than there are
    with database.reading() as session:
        battles = read_battles(session, Selection())
        assert (len(battles), battles.counts) == (wanted, {"gold": 12})
        assert len(read_battles(session, Selection(gold=True))) == wanted + 12
        assert {one.is_right for one in gold_answers(session, arena.campaign)} == {False}  # all were voted a tie
        assert list(broken_batches(session)) == []
        done = progress(session, session.get_one(Campaign, arena.campaign))
    assert (done.ballots[BallotState.voted], done.special) == (wanted, {SpecialDraw.gold: 12})
    assert done.votes_filled == done.votes_wanted == wanted


def test_an_answer_to_gold_is_right_by_response_and_not_by_side(database: Database) -> None:
    arena = ruled(database, QualityRules(gold_share=0.5), n_models=3, n_questions=12)
    with database.writing() as session:
        add_gold_rows(session, arena.campaign, [gold_row(n, Winner.model_a) for n in range(12)], now=START)
        right = {one.question_id: one.response_b_id for one in gold_pairs(session, arena.campaign)}  # of model-1

    def choose(pair: OpenBallot) -> Winner:
        if right[pair.question_id] not in (pair.left_id, pair.right_id):
            return Winner.tie
        return Winner.model_a if pair.left_id == right[pair.question_id] else Winner.model_b

    vote_through(arena, arena.raters[0], choose)
    with database.reading() as session:
        answers = gold_answers(session, arena.campaign)
        lines = list_gold(session, arena.campaign)
    assert len(answers) == 12
    assert all(one.is_right for one in answers)
    assert len({one.swapped for one in ballots_of(arena, arena.raters[0]) if one.policy == SpecialDraw.gold}) == 2
    assert [(one.model_a, one.model_b, one.winner, one.answers, one.right) for one in lines] == (
        [("model-0", "model-1", "model_b", 1, 1)] * 12
    )


def test_onboarding_comes_first_and_in_order(database: Database) -> None:
    arena = ruled(database, QualityRules(), n_questions=6)
    with database.writing() as session:
        rows = [gold_row(number, Winner.tie, onboarding=True) for number in (5, 1, 3)]
        add_gold_rows(session, arena.campaign, rows, now=START)
        wanted = [one.question_id for one in gold_pairs(session, arena.campaign)]
    vote_through(arena, arena.raters[0])
    mine = ballots_of(arena, arena.raters[0])
    assert [one.question_id for one in mine[:3]] == wanted
    assert [one.policy for one in mine[:3]] == [SpecialDraw.onboarding] * 3
    assert {one.policy for one in mine[3:]} == {"deficit"}


def test_a_repeat_has_swapped_sides_a_distance_and_only_the_first_answer_counts(database: Database) -> None:
    gap = 6
    arena = ruled(database, QualityRules(repeat_share=0.3, repeat_gap=gap), n_models=4, n_questions=12)
    replies = vote_through(arena, arena.raters[0])
    mine = ballots_of(arena, arena.raters[0])
    first = {
        (one.question_id, one.response_a_id, one.response_b_id): n for n, one in enumerate(mine) if not one.occasion
    }
    repeats = [(n, one) for n, one in enumerate(mine) if one.occasion]
    assert 15 <= len(repeats) <= 45  # 30 % of 103
    for place, one in repeats:
        before = first[one.question_id, one.response_a_id, one.response_b_id]
        assert (mine[before].swapped, one.policy, one.occasion) == (not one.swapped, SpecialDraw.repeat, 1)
        assert place - before > gap
    with database.reading() as session:
        battles = read_battles(session, Selection())
    assert (len(battles), battles.counts) == (72, {"repeated": len(repeats)})
    totals = [one.total for one in replies]
    assert max(totals) - min(totals) <= 1  # nobody can tell from the progress what was a repeat


def test_a_share_of_the_pairs_gets_the_overlap_and_the_others_one_rater(database: Database) -> None:
    arena = make_arena(database, n_models=4, n_questions=20, n_raters=3, overlap=3)
    with database.writing() as session:
        rules.set_rules(session, arena.campaign, QualityRules(overlap_share=0.2))
        wanted = progress(session, session.get_one(Campaign, arena.campaign)).votes_wanted
    for rater in arena.raters:
        vote_through(arena, rater)
    with database.reading() as session:
        ballots = session.execute(select(Ballot).where(col(Ballot.state) == BallotState.voted)).scalars()
        raters = Counter((one.question_id, one.response_a_id, one.response_b_id) for one in ballots)
    assert set(raters.values()) == {1, 3}
    several = Counter(raters.values())[3]
    assert several + Counter(raters.values())[1] == 120
    assert 14 <= several <= 36  # 20 % of 120
    assert wanted == 120 + 2 * several


def test_a_cap_ends_the_work_of_one_rater(database: Database) -> None:
    arena = ruled(database, QualityRules(most_votes=5), n_questions=6)
    replies = vote_through(arena, arena.raters[0])
    assert len(ballots_of(arena, arena.raters[0])) == 5
    assert (replies[-1].end, replies[-1].done, {one.total for one in replies}) == (EndCause.cap_reached, 5, {5})
    back = arena.voting.undo(arena.raters[0])
    assert back.current is not None
    assert arena.voting.vote(arena.raters[0], back.current.token, VoteInput(Winner.tie)).end is EndCause.cap_reached
    assert vote_through(arena, arena.raters[1], most=2)[-1].current is not None


def test_after_the_deadline_the_pair_on_screen_may_be_answered_and_no_other(database: Database) -> None:
    deadline = START + timedelta(hours=1)
    arena = ruled(database, QualityRules(deadline=deadline))
    opened = arena.voting.open_ballots(arena.raters[0])
    arena.clock.forward(hours=2)
    assert opened.current is not None
    late = arena.voting.vote(arena.raters[0], opened.current.token, VoteInput(Winner.tie))
    assert (late.recorded, late.current, late.next, late.end) == (None, None, None, EndCause.deadline_passed)
    assert arena.voting.open_ballots(arena.raters[1]).end is EndCause.deadline_passed
    assert len(ballots_of(arena, arena.raters[0])) == 1


def test_a_rater_who_fails_gold_is_paused_until_somebody_lifts_it(database: Database) -> None:
    settings = QualityRules(gold_share=0.4, pause_after=3, pause_below=0.7)
    arena = ruled(database, settings, n_questions=20)
    with database.writing() as session:
        add_gold_rows(session, arena.campaign, [gold_row(n, Winner.model_a) for n in range(10)], now=START)
    careless, other = arena.raters
    ended = vote_through(arena, careless)[-1]
    assert ended.end is EndCause.quality_paused
    with pytest.raises(Conflict, match="paused you"):
        arena.voting.undo(careless)
    assert arena.voting.open_ballots(other).current is not None
    with database.writing() as session:
        (pause,) = rules.pauses(session, arena.campaign)
        assert (pause.rule, pause.n_right, pause.n_total) == ("gold", 0, 3)
        rules.lift_pause(session, arena.campaign, careless, by=None, note="talked to them", now=arena.clock())
    again = vote_through(arena, careless)[-1]
    with database.reading() as session:
        second = rules.pauses(session, arena.campaign)[1]
    assert (again.end, second.n_total) == (EndCause.quality_paused, 3)  # counted anew after the pause


def test_agreed_votes_become_gold_items(database: Database) -> None:
    arena = make_arena(database, n_models=2, n_questions=8, n_raters=3, overlap=3)
    better = min(arena.models)

    def choose(pair: OpenBallot) -> Winner:
        is_even = pair.question_id % 2 == 0
        return Winner.model_a if is_even and pair.left_id < pair.right_id else Winner.model_b if is_even else Winner.tie

    for rater in arena.raters:
        vote_through(arena, rater, choose)
    assert better
    with database.writing() as session:
        assert add_agreed_pairs(session, arena.campaign, least=3, most=10, onboarding=True, now=START) == (4, 0)
        assert {one.winner for one in gold_pairs(session, arena.campaign)} == {Winner.model_a}
        with pytest.raises(BadInput, match="got none"):
            add_agreed_pairs(session, arena.campaign, least=3, most=10, onboarding=True, now=START)


def test_ordinary_draws_are_the_same_with_and_without_rules(tmp_path: object) -> None:
    def pairs(number: int, chosen: QualityRules) -> list[tuple[int, int, int | None]]:
        database = open_database(f"{tmp_path}/{number}.db", durable=False)
        arena = ruled(database, chosen, n_questions=10)
        vote_through(arena, arena.raters[0])
        found = [(one.question_id, one.response_a_id, one.response_b_id) for one in ballots_of(arena, arena.raters[0])]
        database.close()
        return found

    plain = pairs(1, QualityRules())
    assert pairs(2, QualityRules(most_votes=25)) == plain[:25]
    assert pairs(3, replace(QualityRules(), deadline=START + timedelta(days=9))) == plain
    assert all(one != other for one, other in pairwise(plain))


def test_a_campaign_of_an_older_version_has_no_rules(database: Database) -> None:
    arena = make_arena(database)
    with database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM campaign_rules")
        assert rules.rules_of(session, arena.campaign) == QualityRules()
        assert rules.rules_in(campaign_row(session, arena.campaign)) == QualityRules()
