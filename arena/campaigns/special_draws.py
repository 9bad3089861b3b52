"""Ballots that are not drawn for a new vote: onboarding items, silent gold items, and swapped repeats.

Whether a draw is special follows from the seed, the rater and the number of the draw alone, so a rater cannot tell
from the progress on the page, which counts special ballots in advance. Onboarding items come first, in the order in
which they were added. A draw that would be special but for which nothing is left becomes an ordinary one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from arena.campaigns.occupancy import CampaignOccupancy
from arena.campaigns.open_ballots import GoldFeedback, VoteInput
from arena.campaigns.score_recording import ScoreInput
from storage.campaigns import ballots
from storage.campaigns.ballots import SPECIAL, BallotRow
from storage.campaigns.gold import GoldPair, gold_pairs
from storage.values import BallotState, SpecialDraw

_COIN = 1
"""Last part of the seed that decides sides and items of special draws; ordinary draws have none."""


def draw_special(connection: Connection, occupancy: CampaignOccupancy, rater_id: int) -> dict[str, Any] | None:
    """Columns of a special ballot for a rater; None when the next draw is an ordinary one.

    The probability of a gold item is its share among the gold items that the rater has not had, and that of a repeat
    its share among the pairs that could be repeated; neither counts on a leaderboard.
    """
    rules = occupancy.rules
    if not occupancy.gold and not rules.repeat_share:
        return None
    mine = ballots.of_rater(connection, rater_id, occupancy.id)
    new = _unanswered(occupancy.gold, mine)
    first = [one for one in new if one.onboarding]
    number = ballots.n_drawn(connection, rater_id, occupancy.id) + 1
    generator = np.random.default_rng((occupancy.campaign.seed, rater_id, number, _COIN))
    if first:
        return _gold(occupancy, rater_id, first[:1], generator)
    chance = _chances(occupancy.campaign.seed, rater_id, number)[-1]
    if chance < rules.gold_share and (silent := [one for one in new if not one.onboarding]):
        return _gold(occupancy, rater_id, silent, generator)
    if rules.gold_share <= chance < rules.gold_share + rules.repeat_share:
        return _repeat(occupancy, rater_id, _repeatable(occupancy, mine), generator)
    return None


def gold_feedback(
    connection: Connection, occupancy: CampaignOccupancy, row: BallotRow, given: VoteInput | ScoreInput
) -> tuple[GoldFeedback, ...]:
    """The expected answers to an onboarding item that a rater answered wrongly; none where the campaign says nothing.

    Args:
        connection: a transaction.
        occupancy: occupancy of the campaign.
        row: the ballot that was answered.
        given: the answer.
    """
    if not tells_answers(occupancy, row):
        return ()
    shown = ballots.shown_responses(connection, row._asdict())
    found = []
    for item in gold_pairs(connection, occupancy.id):
        if not item.onboarding or item.question_id != row.question_id:
            continue
        if isinstance(given, VoteInput):
            same = item.pair == (row.question_id, row.response_a_id, row.response_b_id)
            if same and not item.accepts(given.winner, swapped=row.swapped):
                winner = item.shown_winner(swapped=row.swapped)
                found.append(GoldFeedback(row.question_id, winner, given.winner, explanation=item.explanation))
        elif item.response_a_id in shown and item.dimension is not None:
            place = shown.index(item.response_a_id)
            score = given.scores[place].get(item.dimension)
            if not item.accepts_score(score):
                found.append(_missed_score(item, place, score))
    return tuple(found)


def tells_answers(occupancy: CampaignOccupancy, row: BallotRow) -> bool:
    """Whether the expected answer of a ballot is told after a wrong one, so that its answer cannot be taken back."""
    return occupancy.rules.onboarding_feedback and row.policy == SpecialDraw.onboarding


def _missed_score(item: GoldPair, place: int, given: int | None) -> GoldFeedback:
    return GoldFeedback(
        item.question_id,
        given=given,
        place=place,
        dimension=item.dimension,
        score_low=item.score_low,
        score_high=item.score_high,
        explanation=item.explanation,
    )


def planned_special(connection: Connection, occupancy: CampaignOccupancy, rater_id: int, ordinary: int) -> int:
    """The number of special ballots among the next draws of a rater, until a number of ordinary ones is drawn.

    Exact as long as no pair is skipped and enough pairs can be repeated.
    """
    rules = occupancy.rules
    if not occupancy.gold and not rules.repeat_share:
        return 0
    new = _unanswered(occupancy.gold, ballots.of_rater(connection, rater_id, occupancy.id))
    first = sum(one.onboarding for one in new)
    drawn = ballots.n_drawn(connection, rater_id, occupancy.id) + first
    share = rules.gold_share + rules.repeat_share
    reach = drawn + len(new) + int((ordinary + 1) / (1.0 - share)) + 100
    chances = _chances(occupancy.campaign.seed, rater_id, reach)[drawn:]
    is_gold = chances < rules.gold_share
    is_gold &= np.cumsum(is_gold) <= len(new) - first
    onboarding = sum(one.onboarding for one in occupancy.gold)
    can_repeat = np.arange(drawn + 1, reach + 1) > rules.repeat_gap + onboarding + 1
    is_special = is_gold | (can_repeat & (chances >= rules.gold_share) & (chances < share))
    until = int(np.searchsorted(np.cumsum(~is_special), ordinary + 1))
    return first + int(is_special[:until].sum())


def _chances(seed: int, rater_id: int, number: int) -> NDArray[np.float64]:
    """One number in [0, 1) for each draw of a rater up to this one; earlier draws keep theirs."""
    return np.random.default_rng((seed, rater_id)).random(number)


def _unanswered(items: list[GoldPair], mine: list[BallotRow]) -> list[GoldPair]:
    """The gold items whose pair a rater neither has nor had."""
    had = {(row.question_id, row.response_a_id, row.response_b_id) for row in mine}
    return [one for one in items if one.pair not in had]


def _repeatable(occupancy: CampaignOccupancy, mine: list[BallotRow]) -> list[BallotRow]:
    """The ordinary votes of a rater that are old enough to be repeated, and were not."""
    repeated = {(row.question_id, row.response_a_id, row.response_b_id) for row in mine if row.policy in SPECIAL}
    old = mine[: max(len(mine) - occupancy.rules.repeat_gap, 0)]
    return [
        row
        for row in old
        if row.state == BallotState.voted
        and row.policy not in SPECIAL
        and row.flag is None
        and (row.question_id, row.response_a_id, row.response_b_id) not in repeated
        and occupancy.cells.find(row.question_id, row.response_a_id, row.response_b_id) is not None
    ]


def _gold(
    occupancy: CampaignOccupancy, rater_id: int, items: list[GoldPair], generator: np.random.Generator
) -> dict[str, Any]:
    chosen = items[int(generator.integers(len(items)))]
    row = occupancy.ballot(rater_id, chosen.pair, swapped=bool(generator.integers(2)), probability=1.0 / len(items))
    return row | {"policy": str(SpecialDraw.onboarding if chosen.onboarding else SpecialDraw.gold)}


def _repeat(
    occupancy: CampaignOccupancy, rater_id: int, old: list[BallotRow], generator: np.random.Generator
) -> dict[str, Any] | None:
    if not old:
        return None
    chosen = old[int(generator.integers(len(old)))]
    pair = (chosen.question_id, chosen.response_a_id, chosen.response_b_id)
    row = occupancy.ballot(rater_id, pair, swapped=not chosen.swapped, probability=1.0 / len(old))
    return row | {"policy": str(SpecialDraw.repeat), "occasion": chosen.occasion + 1}
