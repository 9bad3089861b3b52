"""Ballots and votes, on both databases: the pair that a rater gets, and the rows that a vote writes."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select
from sqlmodel import col

from arena.campaigns.creation import CampaignPlan
from arena.campaigns.ends import EndCause
from arena.campaigns.open_ballots import OpenBallots, VoteInput
from storage.campaigns import campaigns
from storage.campaigns.progress_counts import outcome_counts
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Comment, Preference
from storage.database.tables import Ballot, Campaign, Response
from storage.errors import Conflict, NotFound
from storage.ledger import chain, preferences
from storage.ledger.battle_reading import Selection, read_battles
from storage.values import BallotState, CampaignState, SkipReason, Winner, digest
from tests.arena.small_campaign import Arena, make_arena


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def arena(database: Database) -> Arena:
    return make_arena(database)


def token(opened: OpenBallots) -> str:
    assert opened.current is not None
    return opened.current.token


def shown(opened: OpenBallots) -> tuple[int, int, int]:
    """The pair on screen, whatever its token."""
    assert opened.current is not None
    return opened.current.question_id, opened.current.left_id, opened.current.right_id


def rows(arena: Arena) -> list[Preference]:
    with arena.database.reading() as session:
        return list(session.execute(select(Preference).order_by(col(Preference.position))).scalars())


def states(arena: Arena) -> Counter[str]:
    with arena.database.reading() as session:
        return Counter(session.execute(select(col(Ballot.state))).scalars())


def vote_through(arena: Arena, rater: int, winner: Winner = Winner.tie) -> list[OpenBallots]:
    """Vote until nothing is left; every reply that had a pair on screen."""
    opened = arena.voting.open_ballots(rater)
    replies = []
    while opened.current is not None:
        replies.append(opened)
        opened = arena.voting.vote(rater, token(opened), VoteInput(winner))
    return replies


def test_a_rater_has_one_shown_and_one_reserved_ballot_in_any_number_of_tabs(arena: Arena) -> None:
    rater = arena.raters[0]
    first = arena.voting.open_ballots(rater)
    assert arena.voting.open_ballots(rater).current == first.current
    assert arena.another_process().open_ballots(rater).next == first.next
    assert states(arena) == {BallotState.shown: 1, BallotState.reserved: 1}


def test_a_vote_shows_the_reserved_pair_and_reserves_another(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    after = arena.voting.vote(rater, token(opened), VoteInput(Winner.model_a, seconds=4.5))
    assert after.current == opened.next
    assert after.next is not None and after.next != opened.next
    assert (after.done, after.total) == (1, 12)
    assert states(arena) == {BallotState.voted: 1, BallotState.shown: 1, BallotState.reserved: 1}


def test_a_preference_names_the_sides_as_they_were_shown(arena: Arena) -> None:
    rater = arena.raters[0]
    swaps = set()
    for opened in vote_through(arena, rater, Winner.model_a):
        with arena.database.reading() as session:
            ballot = session.execute(select(Ballot).where(col(Ballot.token) == token(opened))).scalar_one()
            row = session.execute(select(Preference).where(col(Preference.ballot_id) == ballot.id)).scalar_one()
            left = session.get_one(Response, opened.current.left_id if opened.current else 0)
        swaps.add(ballot.swapped)
        shown_left = ballot.response_b_id if ballot.swapped else ballot.response_a_id
        assert row.response_a_id == shown_left == left.id
        assert row.model_a_id == left.model_id
        assert row.winner == Winner.model_a
    assert swaps == {True, False}


def test_the_same_token_fifty_times_at_once_writes_one_row(arena: Arena) -> None:
    rater = arena.raters[0]
    named = token(arena.voting.open_ballots(rater))
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda _: arena.voting.vote(rater, named, VoteInput(Winner.model_b)), range(50)))
    assert len(rows(arena)) == 1
    assert sum(not opened.repeated for opened in replies) == 1
    assert {opened.recorded for opened in replies if opened.repeated} == {Winner.model_b}
    assert len({opened.current for opened in replies}) == 1


def test_a_second_vote_on_a_ballot_is_answered_with_the_first(arena: Arena) -> None:
    rater = arena.raters[0]
    named = token(arena.voting.open_ballots(rater))
    arena.voting.vote(rater, named, VoteInput(Winner.model_a))
    again = arena.voting.vote(rater, named, VoteInput(Winner.model_b))
    assert again.repeated and again.recorded == Winner.model_a
    assert [row.winner for row in rows(arena)] == [Winner.model_a]


def test_nobody_gets_a_pair_twice_and_all_pairs_are_reached(arena: Arena) -> None:
    pairs = []
    for opened in vote_through(arena, arena.raters[0]):
        assert opened.current is not None
        pairs.append((opened.current.question_id, frozenset((opened.current.left_id, opened.current.right_id))))
    assert len(pairs) == len(set(pairs)) == 4 * 3


@pytest.mark.parametrize("overlap", [1, 2])
def test_no_pair_is_given_to_more_raters_than_the_overlap(database: Database, overlap: int) -> None:
    arena = make_arena(database, n_raters=4, overlap=overlap)

    def work(rater: int) -> None:
        service = arena.another_process()
        opened = service.open_ballots(rater)
        while opened.current is not None:
            opened = service.vote(rater, token(opened), VoteInput(Winner.tie))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, arena.raters))
    with database.reading() as session:
        held = session.execute(
            select(col(Ballot.question_id), col(Ballot.response_a_id), col(Ballot.response_b_id)).where(
                col(Ballot.state) == BallotState.voted
            )
        ).all()
    assert set(Counter(tuple(row) for row in held).values()) == {overlap}
    assert len(held) == 12 * overlap
    assert sorted(row.position for row in rows(arena)) == list(range(1, 12 * overlap + 1))


def test_undo_supersedes_the_vote_and_brings_its_pair_back(arena: Arena) -> None:
    rater = arena.raters[0]
    first = arena.voting.open_ballots(rater)
    second = arena.voting.vote(rater, token(first), VoteInput(Winner.model_a))
    back = arena.voting.undo(rater)
    assert back.current is not None and back.current.recorded == Winner.model_a
    assert shown(back) == shown(first) and token(back) != token(first)
    assert back.next == second.current
    assert states(arena) == {BallotState.shown: 1, BallotState.reserved: 1, BallotState.withdrawn: 1}
    arena.voting.vote(rater, token(back), VoteInput(Winner.model_b))
    written = rows(arena)
    assert [(row.winner, row.supersedes) for row in written] == [(Winner.model_a, None), (None, 1), (Winner.model_b, 2)]
    with arena.database.reading() as session:
        battles = read_battles(session, Selection())
    assert len(battles) == 1 and battles.counts == {"superseded": 1}


def test_an_undone_vote_that_is_not_given_again_counts_as_undone(arena: Arena) -> None:
    rater = arena.raters[0]
    arena.voting.vote(rater, token(arena.voting.open_ballots(rater)), VoteInput(Winner.model_a))
    arena.voting.undo(rater)
    with arena.database.reading() as session:
        battles = read_battles(session, Selection())
    assert len(battles) == 0
    assert battles.counts == {"undone": 1}


def test_undo_goes_back_step_by_step_and_then_says_that_nothing_is_left(arena: Arena) -> None:
    rater = arena.raters[0]
    first = arena.voting.open_ballots(rater)
    second = arena.voting.vote(rater, token(first), VoteInput(Winner.tie))
    arena.voting.vote(rater, token(second), VoteInput(Winner.both_bad))
    back = arena.voting.undo(rater)
    assert shown(back) == shown(second) and back.current is not None and back.current.recorded == "both_bad"
    assert shown(arena.voting.undo(rater)) == shown(first)
    with pytest.raises(Conflict, match="no answer of yours"):
        arena.voting.undo(rater)


def test_a_skip_keeps_the_pair_from_this_rater_and_frees_it_for_another(database: Database) -> None:
    arena = make_arena(database, n_models=2, n_questions=1)
    one, other = arena.raters
    opened = arena.voting.open_ballots(one)
    assert arena.voting.open_ballots(other).current is None
    after = arena.voting.skip(one, token(opened), SkipReason.cannot_judge, comment="not my field")
    assert after.current is None and (after.done, after.total) == (1, 1)
    assert arena.voting.open_ballots(other).current is not None
    assert arena.voting.open_ballots(one).current is None
    assert rows(arena) == []


def test_a_skip_can_be_undone_without_a_ledger_row(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    arena.voting.skip(rater, token(opened), SkipReason.too_long)
    back = arena.voting.undo(rater)
    assert shown(back) == shown(opened)
    assert rows(arena) == []
    assert arena.voting.vote(rater, token(back), VoteInput(Winner.tie)).done == 1


def test_a_ballot_belongs_to_its_rater(arena: Arena) -> None:
    one, other = arena.raters
    named = token(arena.voting.open_ballots(one))
    for call in (
        lambda: arena.voting.vote(other, named, VoteInput(Winner.tie)),
        lambda: arena.voting.skip(other, named, SkipReason.other),
        lambda: arena.voting.mark_shown(other, named),
        lambda: arena.voting.vote(one, "made-up", VoteInput(Winner.tie)),
    ):
        with pytest.raises(NotFound, match="not yours"):
            call()
    assert rows(arena) == []


def test_shown_at_is_set_once_and_by_the_page(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)

    def shown_at(named: str) -> object:
        with arena.database.reading() as session:
            return session.execute(select(col(Ballot.shown_at)).where(col(Ballot.token) == named)).scalar_one()

    assert shown_at(token(opened)) is None
    arena.voting.mark_shown(rater, token(opened))
    stamped = shown_at(token(opened))
    arena.clock.forward(seconds=5)
    arena.voting.mark_shown(rater, token(opened))
    assert shown_at(token(opened)) == stamped
    assert opened.next is not None
    arena.voting.vote(rater, token(opened), VoteInput(Winner.tie), showing=opened.next.token)
    assert shown_at(opened.next.token) is not None


def test_a_reservation_expires_and_its_pair_goes_to_another_rater(database: Database) -> None:
    arena = make_arena(database, n_models=2, n_questions=2)
    one, other = arena.raters
    opened = arena.voting.open_ballots(one)
    assert arena.voting.open_ballots(other).current is None
    arena.clock.forward(minutes=11)
    taken = arena.voting.open_ballots(other)
    assert taken.current is not None and opened.next is not None
    assert taken.current.question_id == opened.next.question_id
    after = arena.voting.vote(one, token(opened), VoteInput(Winner.tie))
    assert after.current is None
    assert states(arena)[BallotState.expired] == 1


def test_an_expired_reservation_is_renewed_while_its_place_is_free(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    arena.clock.forward(hours=30)
    assert arena.voting.open_ballots(rater).current == opened.current
    assert arena.voting.vote(rater, token(opened), VoteInput(Winner.tie)).current == opened.next


def test_pausing_withdraws_what_is_reserved_and_keeps_the_vote_on_screen(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    with arena.database.writing() as session:
        campaigns.set_state(session, arena.campaign, CampaignState.paused, now=arena.clock())
    after = arena.voting.vote(rater, token(opened), VoteInput(Winner.model_a))
    assert after.current is None and after.next is None
    assert len(rows(arena)) == 1
    assert arena.voting.open_ballots(rater, arena.campaign).end is EndCause.paused


def exclude(arena: Arena, **target: int) -> None:
    with arena.database.writing() as session:
        preferences.exclude(session, actor_id=None, reason="test", now=arena.clock(), **target)


def test_an_excluded_question_is_no_longer_handed_out_even_by_a_process_that_has_it_in_memory(
    database: Database,
) -> None:
    arena = make_arena(database, n_models=2, n_questions=3)
    one, _ = arena.raters
    opened = arena.voting.open_ballots(one)
    assert opened.next is not None
    exclude(arena, question_id=opened.next.question_id)
    assert states(arena) == {BallotState.shown: 1, BallotState.withdrawn: 1}
    after = arena.voting.vote(one, token(opened), VoteInput(Winner.tie))
    assert after.current is not None and after.current.question_id != opened.next.question_id
    assert after.next is None


def test_an_excluded_rater_gets_nothing_more_and_takes_up_no_place(database: Database) -> None:
    arena = make_arena(database, n_models=2, n_questions=2)
    one, other = arena.raters
    opened = arena.voting.open_ballots(one)
    arena.voting.vote(one, token(opened), VoteInput(Winner.model_b))
    exclude(arena, rater_id=one)
    assert arena.voting.open_ballots(one).end is EndCause.removed
    with pytest.raises(Conflict, match="no answer of yours"):
        arena.voting.undo(one)
    assert len(vote_through(arena, other)) == 2
    with database.reading() as session:
        battles = read_battles(session, Selection())
    assert len(battles) == 2 and battles.counts == {"excluded": 1}


def test_a_rater_who_was_removed_cannot_come_back_by_undo(arena: Arena) -> None:
    rater = arena.raters[0]
    arena.voting.vote(rater, token(arena.voting.open_ballots(rater)), VoteInput(Winner.tie))
    with arena.database.writing() as session:
        campaigns.remove_rater(session, arena.campaign, rater, now=arena.clock())
    with pytest.raises(Conflict, match="no answer of yours"):
        arena.voting.undo(rater)
    assert arena.voting.open_ballots(rater).end is EndCause.removed


def test_a_late_copy_of_an_undone_vote_is_refused(arena: Arena) -> None:
    rater = arena.raters[0]
    old = token(arena.voting.open_ballots(rater))
    arena.voting.vote(rater, old, VoteInput(Winner.model_a))
    arena.voting.undo(rater)
    with pytest.raises(NotFound):
        arena.voting.vote(rater, old, VoteInput(Winner.model_a))
    assert [row.winner for row in rows(arena)] == [Winner.model_a, None]


def test_a_pair_that_expired_on_screen_and_went_to_others_takes_no_vote(database: Database) -> None:
    arena = make_arena(database, n_models=2, n_questions=1)
    one, other = arena.raters
    opened = arena.voting.open_ballots(one)
    arena.clock.forward(hours=25)
    assert len(vote_through(arena, other)) == 1
    with pytest.raises(Conflict, match="taken back"):
        arena.voting.vote(one, token(opened), VoteInput(Winner.tie))
    assert arena.voting.open_ballots(one).current is None
    assert len(rows(arena)) == 1


def test_a_skipped_pair_that_went_to_others_does_not_come_back(database: Database) -> None:
    arena = make_arena(database, n_models=2, n_questions=1)
    one, other = arena.raters
    arena.voting.skip(one, token(arena.voting.open_ballots(one)), SkipReason.too_long)
    assert len(vote_through(arena, other)) == 1
    with pytest.raises(Conflict, match="somebody else"):
        arena.voting.undo(one)


def test_places_that_another_process_freed_are_found_before_a_campaign_counts_as_finished(database: Database) -> None:
    arena = make_arena(database, n_models=2, n_questions=2)
    one, other = arena.raters
    opened = arena.voting.open_ballots(one)
    assert arena.voting.open_ballots(other).current is None
    with database.writing() as session:
        campaigns.remove_rater(session, arena.campaign, one, now=arena.clock())
    assert opened.current is not None
    assert len(vote_through(arena, other)) == 2


def test_a_paused_campaign_hands_out_nothing_that_was_reserved_meanwhile(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    with arena.database.writing() as session:
        session.execute(Campaign.__table__.update().values(state=CampaignState.paused))  # type: ignore[attr-defined]
    after = arena.voting.vote(rater, token(opened), VoteInput(Winner.tie))
    assert after.current is None and after.next is None


def test_a_withdrawn_pair_takes_no_vote(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    with arena.database.writing() as session:
        campaigns.remove_rater(session, arena.campaign, rater, now=arena.clock())
    with pytest.raises(Conflict, match="taken back"):
        arena.voting.vote(rater, token(opened), VoteInput(Winner.tie))


def test_a_rater_without_a_campaign_has_no_open_ballots(arena: Arena) -> None:
    with arena.database.writing() as session:
        campaigns.remove_rater(session, arena.campaign, arena.raters[1], now=arena.clock())
    assert arena.voting.open_ballots(arena.raters[1]) == OpenBallots.nothing()


def test_a_comment_lies_outside_the_ledger_and_is_committed_to(arena: Arena) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    arena.voting.vote(rater, token(opened), VoteInput(Winner.tie, comment="both fine"))
    with arena.database.writing() as session:
        comment = session.execute(select(Comment)).scalar_one()
        row = session.execute(select(Preference)).scalar_one()
        assert row.comment_digest == digest(comment.salt + "both fine")
        session.delete(comment)
    with arena.database.reading() as session:
        assert list(chain.broken_batches(session)) == []


def test_a_flagged_vote_stays_out_of_the_board_and_is_counted(arena: Arena) -> None:
    rater = arena.raters[0]
    arena.voting.vote(rater, token(arena.voting.open_ballots(rater)), VoteInput(Winner.tie, flag="broken"))
    with arena.database.reading() as session:
        without = read_battles(session, Selection())
        with_it = read_battles(session, Selection(flagged=True))
    assert (len(without), without.counts) == (0, {"flagged": 1})
    assert (len(with_it), with_it.counts) == (1, {})


def test_responses_that_arrive_later_add_pairs_to_the_campaign(arena: Arena) -> None:
    rater = arena.raters[0]
    assert arena.voting.open_ballots(rater).total == 12
    with arena.database.writing() as session:
        session.execute(Response.__table__.update().where(col(Response.id) == 1).values(state="refused"))  # type: ignore[attr-defined]
    arena.clock.forward(seconds=31)
    assert arena.voting.open_ballots(rater).total in (10, 11)  # a pair on the opened stays


def test_an_operation_that_fails_leaves_no_trace(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("disk gone")

    with monkeypatch.context() as broken:
        broken.setattr(chain, "append", refuse)
        with pytest.raises(RuntimeError):
            arena.voting.vote(rater, token(opened), VoteInput(Winner.tie))
    assert rows(arena) == [] and arena.voting.open_ballots(rater).current == opened.current
    assert arena.voting.vote(rater, token(opened), VoteInput(Winner.tie)).total == 12


def test_an_informative_campaign_asks_more_about_unsure_pairs_and_stores_the_probability(database: Database) -> None:
    """Model 0 beats model 1 and 2 every time, and 1 and 2 never met: their pair is worth most."""
    plan = CampaignPlan(name="campaign", policy="informative")
    arena = make_arena(database, n_models=3, n_questions=12, plan=plan)
    names = {name: model for model, name in arena.models.items()}
    first = names["model-0"]
    for _ in range(14):
        opened = arena.voting.open_ballots(arena.raters[0])
        assert opened.current is not None
        with database.reading() as session:
            sides = [
                session.get_one(Response, one).model_id for one in (opened.current.left_id, opened.current.right_id)
            ]
        if first in sides:
            arena.voting.vote(arena.raters[0], token(opened), VoteInput(list(Winner)[sides.index(first)]))
        else:
            arena.voting.skip(arena.raters[0], token(opened), SkipReason.other)
    with database.reading() as session:
        counts = outcome_counts(session, arena.campaign)
        assert all(first in (one.model_a, one.model_b) for one in counts)
        assert sum(one.votes for one in counts) == len(rows(arena))
    opened = arena.another_process().open_ballots(arena.raters[1])
    assert opened.current is not None
    with database.reading() as session:
        ballots = session.execute(select(Ballot).where(col(Ballot.rater_id) == arena.raters[1])).scalars().all()
        model = {one.id: one.model_id for one in session.execute(select(Response)).scalars()}
    for one in ballots:
        is_unsure = first not in (model[one.response_a_id], model[one.response_b_id or 0])
        assert (one.probability > 1 / 36) == is_unsure
        assert one.policy == "informative"


def test_a_vote_takes_few_statements(arena: Arena) -> None:
    """Each costs processor time of every vote; two of them wrote times twice and looked for a pause twice."""
    rater = arena.raters[0]
    opened = arena.voting.open_ballots(rater)
    said: list[str] = []
    event.listen(arena.database.engine, "before_cursor_execute", lambda *values: said.append(values[2]))
    arena.voting.vote(rater, token(opened), VoteInput(Winner.tie, seconds=4.0))
    assert len(said) <= 15, said  # PostgreSQL takes two to lock
    assert sum("rater_pause" in one for one in said) == 1
    assert sum("ballot_time" in one for one in said) == 1
