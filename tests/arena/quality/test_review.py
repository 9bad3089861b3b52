"""Disagreements, decisions and remarks: what a reviewer sees, decides and takes back, and what boards count."""

from collections.abc import Iterator

import pytest

from arena.campaigns.open_ballots import VoteInput
from storage.campaigns.review import disputed_pairs, pair_named, remarks
from storage.database.engine import Database, open_database
from storage.errors import BadInput, NotFound
from storage.ledger import adjudications
from storage.ledger.adjudications import decide, decisions, take_back
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.chain import broken_batches
from storage.values import SkipReason, Winner
from tests.arena.small_campaign import Arena, make_arena


@pytest.fixture
def arena(database_url: str) -> Iterator[Arena]:
    """Two models, four questions, three raters: all agree but on q1, where one disagrees, and q2, which one flags."""
    database: Database = open_database(database_url, durable=False)
    made = make_arena(database, n_models=2, n_questions=4, n_raters=3, overlap=3)
    for place, rater in enumerate(made.raters):
        opened = made.voting.open_ballots(rater)
        while opened.current is not None:
            pair = opened.current
            first_left = pair.left_id < pair.right_id
            wanted = not first_left if (pair.question_id, place) == (2, 2) else first_left
            flag = "refusal" if (pair.question_id, place) == (3, 0) else None
            comment = "it says no" if flag else None
            if (pair.question_id, place) == (4, 1):
                opened = made.voting.skip(rater, pair.token, SkipReason.too_long, comment="endless")
                continue
            vote = VoteInput(Winner.model_a if wanted else Winner.model_b, flag=flag, comment=comment)
            opened = made.voting.vote(rater, pair.token, vote)
    yield made
    database.close()


def test_divided_and_flagged_pairs_wait_until_somebody_decides(arena: Arena) -> None:
    with arena.database.writing() as session:
        first, second = disputed_pairs(session, arena.campaign)
        assert (first.question, first.votes["model_a"], first.votes["model_b"], first.flags) == ("q1", 2, 1, {})
        assert first.split == pytest.approx(1 / 3)
        assert (second.question, second.flags, second.split) == ("q2", {"refusal": 1}, 0.0)
        number = decide(
            session, first.pair, Winner.model_b, actor_id=arena.raters[0], reason="B is right", now=arena.clock()
        )
        assert [one.question for one in disputed_pairs(session, arena.campaign)] == ["q2"]
        (done,) = disputed_pairs(session, arena.campaign, decided=True)
        assert done.decision is not None
        assert (done.decision.position, done.decision.winner) == (number, Winner.model_b)


def test_a_board_counts_decisions_only_where_that_is_chosen_and_never_changes_votes(arena: Arena) -> None:
    with arena.database.writing() as session:
        pair, turned = pair_named(session, arena.campaign, "test/q1", "model-0", "model-1")
        assert not turned
        before = read_battles(session, Selection())
        number = decide(session, pair, Winner.model_b, actor_id=None, reason="B is right", now=arena.clock())
        plain = read_battles(session, Selection())
        chosen = read_battles(session, Selection(adjudicated=True))
    assert (len(plain), plain.counts, plain.decisions) == (len(before), before.counts, 0)
    assert len(chosen) == len(before) - 3 + 1
    assert (chosen.counts["adjudicated"], chosen.decisions) == (3, 1)
    row = int((chosen.position == number).nonzero()[0][0])
    assert (chosen.models[chosen.a[row]], chosen.score[row], chosen.rater[row]) == ("model-0", 0.0, -1)
    assert chosen.questions[chosen.question[row]] == "test/q1"
    with arena.database.writing() as session:
        again = decide(session, pair, Winner.tie, actor_id=None, reason="neither", now=arena.clock())
        assert [(one.position, one.winner) for one in decisions(session)] == [(again, Winner.tie)]
        take_back(session, again, actor_id=arena.raters[0], reason="", now=arena.clock())
        assert decisions(session) == []
        assert [one.position for one in decisions(session, up_to=number)] == [number]
        assert len(read_battles(session, Selection(adjudicated=True))) == len(before)
        assert list(broken_batches(session)) == []
        with pytest.raises(NotFound, match="no decision number"):
            take_back(session, again, actor_id=None, reason="", now=arena.clock())
        with pytest.raises(BadInput, match="expected a reason"):
            decide(session, pair, Winner.tie, actor_id=None, reason="  ", now=arena.clock())
        with pytest.raises(BadInput, match="some raters"):
            read_battles(session, Selection(adjudicated=True, rater="r0"))
        with pytest.raises(NotFound, match="expected one pair"):
            pair_named(session, arena.campaign, "q9", "model-0", "model-1")
    assert adjudications.LONGEST_REASON > 0


def test_flags_skip_reasons_and_comments_have_a_reader(arena: Arena) -> None:
    with arena.database.reading() as session:
        found = remarks(session, arena.campaign)
    told = {(one.rater, one.question, one.vote is not None, one.flag, one.skip, one.comment) for one in found}
    assert told == {
        ("r0", "q2", True, "refusal", None, "it says no"),
        ("r1", "q3", False, None, "too_long", "endless"),
    }
